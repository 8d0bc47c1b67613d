//! The marks of a roofline, one kind for each kernel, and their legend.

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::roofline::{BOTTOM, LEFT, Point, RIGHT, Scale, escaped, in_units};

/// Shapes: a circle, a square, two triangles, a diamond.
const SHAPES: [&str; 5] = [
    "m-4.5 0a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0-9 0z",
    "m-4-4h8v8h-8z",
    "m-5 4h10l-5-9z",
    "m-5.5 0l5.5-5.5 5.5 5.5-5.5 5.5z",
    "m-5-4h10l-5 9z",
];

/// Colours, which the picture's style has for either theme.
const COLOURS: usize = 6;

/// Kernels that have a mark of their own; the others share the last.
const MARKS: usize = SHAPES.len() * COLOURS;

/// Names in a row of the legend.
const COLUMNS: usize = 5;

/// Height of a row of the legend.
const ROW: f64 = 20.0;

/// A case's kernel, by whatever suite.
fn kernel<'a>(point: &Point<'a>) -> &'a str {
    let id = point.case.id.0.as_str();
    let subject = id.split(['[', '@']).next().unwrap_or_default();
    subject.split_once('/').map_or(subject, |(_, name)| name)
}

/// The kernels, from those that compute least on a byte to those that compute
/// most, each with its mark.
fn kernels<'a>(points: &[Point<'a>]) -> Vec<(&'a str, usize)> {
    let mut all: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for point in points {
        all.entry(kernel(point)).or_default().push(point.intensity);
    }
    let mut sorted: Vec<(f64, &str)> = all
        .into_iter()
        .map(|(kernel, mut intensities)| {
            intensities.sort_by(f64::total_cmp);
            (intensities[intensities.len() / 2], kernel)
        })
        .collect();
    sorted.sort_by(|(a, one), (b, other)| a.total_cmp(b).then(one.cmp(other)));
    sorted
        .into_iter()
        .enumerate()
        .map(|(index, (_, kernel))| (kernel, index.min(MARKS - 1)))
        .collect()
}

/// The rows of the legend.
fn rows(kernels: usize) -> usize {
    kernels.min(MARKS).div_ceil(COLUMNS)
}

/// The room that the legend takes.
pub(super) fn legend_height(points: &[Point<'_>]) -> f64 {
    rows(kernels(points).len()) as f64 * ROW + 18.0
}

/// The cases: slower variants behind the fastest, and launches behind both.
pub(super) fn marks(
    points: &[Point<'_>],
    x: &Scale,
    y: &Scale,
    out: &mut dyn Write,
) -> io::Result<()> {
    let kinds: BTreeMap<&str, usize> = kernels(points).into_iter().collect();
    let mut order: Vec<&Point<'_>> = points.iter().collect();
    order.sort_by_key(|point| (!point.launch, point.best));
    for point in order {
        let kind = kinds.get(kernel(point)).copied().unwrap_or(MARKS - 1);
        writeln!(
            out,
            "{}<title>{}: {}, {}</title></path>",
            mark(
                kind,
                x.at(point.intensity),
                y.at(point.speed),
                point.launch,
                !point.best
            ),
            escaped(&point.case.id.0),
            point
                .case
                .time
                .map_or_else(String::new, |(time, _, _)| time.to_string()),
            in_units("GFLOP/s", point.speed)
        )?;
    }
    Ok(())
}

/// Which mark is whose, column by column.
pub(super) fn legend(points: &[Point<'_>], out: &mut dyn Write) -> io::Result<()> {
    let mut kernels = kernels(points);
    if kernels.len() > MARKS {
        kernels.truncate(MARKS);
        kernels[MARKS - 1].0 = "others";
    }
    let rows = rows(kernels.len()).max(1);
    let width = (RIGHT - LEFT) / COLUMNS as f64;
    for (index, (name, kind)) in kernels.iter().enumerate() {
        let left = LEFT + (index / rows) as f64 * width;
        let top = BOTTOM + 70.0 + (index % rows) as f64 * ROW;
        let short: String = name.chars().take(20).collect();
        writeln!(
            out,
            "{}</path><text class=\"name\" x=\"{:.1}\" y=\"{:.1}\">{}</text>",
            mark(*kind, left, top - 4.0, false, false),
            left + 12.0,
            top,
            escaped(&short)
        )?;
    }
    Ok(())
}

/// The beginning of a mark. Neighbours in the legend differ in shape and colour.
fn mark(kind: usize, x: f64, y: f64, launch: bool, faint: bool) -> String {
    let colour = kind % COLOURS;
    let shape = SHAPES[(kind / COLOURS + colour) % SHAPES.len()];
    let filled = if launch { "launch" } else { "m" };
    let faint = if faint { " other" } else { "" };
    format!("<path class=\"{filled} c{colour}{faint}\" d=\"M{x:.1} {y:.1}{shape}\">")
}
