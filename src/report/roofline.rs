//! The roofline as a picture of its own: SVG, for a README or a slide.
//!
//! Source: Williams, Waterman and Patterson, Roofline, 2009.

use std::collections::HashMap;
use std::io::{self, Write};

use super::roofline_marks::{legend, legend_height, marks};
use super::sections::{arithmetic_roofs, memory_roofs};
use super::text::{clean, rate};
use super::{CaseReport, Rate, Report};

const WIDTH: f64 = 960.0;
pub(super) const LEFT: f64 = 110.0;
pub(super) const RIGHT: f64 = 930.0;
const TOP: f64 = 82.0;
pub(super) const BOTTOM: f64 = 482.0;

/// Ceilings that lie closer together than a line of text share a label.
const LINE: f64 = 18.0;

/// Decades that are shown below the slowest case that is more than its launch.
const BELOW: f64 = 1.0;

/// How it looks, on a light page and on a dark one. The colours of marks can be
/// told apart by those who confuse some, too (after Okabe and Ito, 2008), and
/// marks of one colour differ in shape.
const STYLE: &str = "\
text{font:13px system-ui,sans-serif;fill:#5f6368}.name{fill:#1d1f23}.title{font-size:17px;\
font-weight:600;fill:#1d1f23}.grid{stroke:#e9e7e2}.roof{stroke:#1d1f23;stroke-width:2;fill:none}\
.lower{stroke:#5f6368;stroke-dasharray:5 4;fill:none}.page{fill:#fff}\
.label{paint-order:stroke;stroke:#fff;stroke-width:4px;stroke-linejoin:round}\
.m{fill:var(--c);stroke:#fff;stroke-width:.8}.other{opacity:.3}\
.launch{fill:none;stroke:var(--c);stroke-width:1.3}\
.c0{--c:#0072b2}.c1{--c:#d55e00}.c2{--c:#009e73}.c3{--c:#a33b7c}.c4{--c:#8a6d00}.c5{--c:#555b66}";
const DARK: &str = "\
text{fill:#a3a7ae}.name,.title{fill:#e9e8e5}.grid{stroke:#2b2f35}.roof{stroke:#e9e8e5}\
.lower{stroke:#a3a7ae}.page{fill:#1b1d21}.label,.m{stroke:#1b1d21}\
.c0{--c:#56b4e9}.c1{--c:#ff8c42}.c2{--c:#2fc79a}.c3{--c:#e58ac0}.c4{--c:#e6c84a}.c5{--c:#b9bec8}";

/// A case in the picture.
pub(super) struct Point<'a> {
    pub(super) case: &'a CaseReport,
    /// FLOP a byte.
    pub(super) intensity: f64,
    /// FLOP a second.
    pub(super) speed: f64,
    /// Half of its time or more is its launch.
    pub(super) launch: bool,
    /// No variant at its shape, and of its intensity, is faster.
    pub(super) best: bool,
}

/// From a logarithm to pixels.
pub(super) struct Scale {
    low: i32,
    high: i32,
    from: f64,
    to: f64,
}

impl Scale {
    /// Whole decades that hold the values, at most twenty.
    fn of(values: impl Iterator<Item = f64>, from: f64, to: f64) -> Self {
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        for value in values {
            let log = value.log10();
            if log.is_finite() {
                low = low.min(log);
                high = high.max(log);
            }
        }
        let high = if high.is_finite() { high.ceil() } else { 1.0 }.clamp(-300.0, 300.0);
        let low = if low.is_finite() { low.floor() } else { 0.0 }.clamp(high - 20.0, high - 1.0);
        Self {
            low: low as i32,
            high: high as i32,
            from,
            to,
        }
    }

    fn log(&self, log: f64) -> f64 {
        let part = (log - f64::from(self.low)) / f64::from(self.high - self.low);
        self.from + part.clamp(0.0, 1.0) * (self.to - self.from)
    }

    /// How far apart two values lie.
    fn between(&self, a: f64, b: f64) -> f64 {
        let decade = (self.to - self.from).abs() / f64::from(self.high - self.low);
        (a / b).log10().abs() * decade
    }

    pub(super) fn at(&self, value: f64) -> f64 {
        self.log(value.log10())
    }
}

/// Writes the picture: every case that has a time and a model of its work, one
/// kind of mark for each kernel, under the ceilings that were measured. Where
/// there is nothing to draw, the picture says so.
///
/// # Errors
///
/// Of the writer.
pub fn write_roofline(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let (points, below) = shown(points(report));
    let height = BOTTOM + 58.0 + legend_height(&points);
    let adapter = escaped(&report.device.adapter);
    writeln!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" \
         width=\"{WIDTH}\" height=\"{height}\" role=\"img\" aria-labelledby=\"title\">\n\
         <title id=\"title\">Roofline of {adapter}, with {} cases</title>\n\
         <style>{STYLE}@media(prefers-color-scheme:dark){{{DARK}}}</style>\n\
         <rect class=\"page\" width=\"{WIDTH}\" height=\"{height}\" rx=\"8\"/>\n\
         <text class=\"title\" x=\"{LEFT}\" y=\"32\">Roofline: {adapter}</text>",
        points.len(),
    )?;
    match &report.ceilings {
        Some(ceilings) if !points.is_empty() => {
            writeln!(
                out,
                "<text x=\"{LEFT}\" y=\"54\">{}</text>",
                explained(&points, below)
            )?;
            chart(
                &points,
                &memory_roofs(ceilings),
                &arithmetic_roofs(ceilings),
                out,
            )?;
        }
        Some(_) => nothing("no case has both a time and a model of its work", out)?,
        None => nothing("the device's ceilings are not known", out)?,
    }
    writeln!(out, "</svg>")
}

fn nothing(why: &str, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "<text x=\"{LEFT}\" y=\"{TOP}\">{why}</text>")
}

/// What there is to see, so far as there is any of it.
fn explained(points: &[Point<'_>], below: usize) -> String {
    let mut text = format!("{} cases", points.len());
    if points.iter().any(|point| !point.best) {
        text += "; faint: slower variants of a shape";
    }
    if below > 0 || points.iter().any(|point| point.launch) {
        text += "; hollow: launching takes half of the time or more";
    }
    if below > 0 {
        text += &format!("; {below} more of these lie below");
    }
    text
}

/// The cases that have a place.
fn points(report: &Report) -> Vec<Point<'_>> {
    let mut points: Vec<Point<'_>> = report.cases.iter().filter_map(point).collect();
    let mut best: HashMap<(&str, u64), f64> = HashMap::new();
    for point in &points {
        let fastest = best.entry(rivals(point)).or_insert(point.speed);
        *fastest = fastest.max(point.speed);
    }
    for point in &mut points {
        point.best = best.get(&rivals(point)).is_none_or(|s| point.speed >= *s);
    }
    points
}

fn point(case: &CaseReport) -> Option<Point<'_>> {
    let (time, _, _) = case.time?;
    let (flops, bytes) = (case.work.flops?, case.work.bytes?);
    let point = Point {
        case,
        intensity: flops / bytes,
        speed: flops / time.seconds(),
        launch: case.bound.as_deref() == Some("launch"),
        best: true,
    };
    let drawn = |value: f64| value.is_finite() && value > 0.0;
    (drawn(point.intensity) && drawn(point.speed)).then_some(point)
}

/// What a case shares with the variants that do the same.
fn rivals<'a>(point: &Point<'a>) -> (&'a str, u64) {
    let id = point.case.id.0.as_str();
    let subject = id.split_once('@').map_or(id, |(subject, _)| subject);
    (subject, point.intensity.to_bits())
}

/// Without those that are all launch, and so far down that the others would
/// be pressed together; and how many those are.
fn shown(mut points: Vec<Point<'_>>) -> (Vec<Point<'_>>, usize) {
    let all = points.len();
    let slowest = points
        .iter()
        .filter(|point| !point.launch)
        .map(|point| point.speed)
        .reduce(f64::min);
    if let Some(slowest) = slowest {
        let least = 10_f64.powf((slowest.log10() - BELOW).floor());
        points.retain(|point| !point.launch || point.speed >= least);
    }
    let below = all - points.len();
    (points, below)
}

fn chart(
    points: &[Point<'_>],
    memory: &[(&str, f64)],
    arithmetic: &[(&str, f64)],
    out: &mut dyn Write,
) -> io::Result<()> {
    let highest = |roofs: &[(&str, f64)]| roofs.iter().map(|(_, value)| *value).fold(0.0, f64::max);
    let (widest, fastest) = (highest(memory), highest(arithmetic));
    let ridge = fastest / widest;
    let x = Scale::of(
        points
            .iter()
            .map(|point| point.intensity)
            .chain([ridge * 3.0]),
        LEFT,
        RIGHT,
    );
    let y = Scale::of(
        points
            .iter()
            .map(|point| point.speed)
            .chain([fastest * 1.3]),
        BOTTOM,
        TOP,
    );
    grid(&x, &y, out)?;
    marks(points, &x, &y, out)?;
    memory_lines(memory, fastest, &x, &y, out)?;
    arithmetic_lines(arithmetic, widest, &x, &y, out)?;
    legend(points, out)
}

/// The slopes: what memory could feed.
fn memory_lines(
    roofs: &[(&str, f64)],
    fastest: f64,
    x: &Scale,
    y: &Scale,
    out: &mut dyn Write,
) -> io::Result<()> {
    // From where the line enters the picture to where it meets the roof.
    let ends = |value: f64| {
        let begin = 10_f64.powi(x.low).max(10_f64.powi(y.low) / value);
        let end = (fastest / value).min(10_f64.powi(x.high));
        (
            (x.at(begin), y.at(begin * value)),
            (x.at(end), y.at(end * value)),
        )
    };
    let groups = together(roofs, y);
    for (index, group) in groups.iter().enumerate() {
        for (member, (_, value)) in group.iter().enumerate() {
            let ((x1, y1), (x2, y2)) = ends(*value);
            let class = roof(index + member);
            writeln!(
                out,
                "<line class=\"{class}\" x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\"/>"
            )?;
        }
        let Some((_, value)) = group.first() else {
            continue;
        };
        let ((x1, y1), (x2, y2)) = ends(*value);
        let slope = (y2 - y1).atan2(x2 - x1).to_degrees();
        let (tx, ty) = (x1 + (x2 - x1) * 0.28, y1 + (y2 - y1) * 0.28);
        let away = if index == 0 { -9 } else { 18 };
        writeln!(
            out,
            "<text class=\"name label\" transform=\"translate({tx:.1} {ty:.1}) rotate({slope:.1})\" \
             dy=\"{away}\">{}</text>",
            named(group, "GB/s")
        )?;
    }
    Ok(())
}

/// The level lines: what units of arithmetic could do.
fn arithmetic_lines(
    roofs: &[(&str, f64)],
    widest: f64,
    x: &Scale,
    y: &Scale,
    out: &mut dyn Write,
) -> io::Result<()> {
    let groups = together(roofs, y);
    for (index, group) in groups.iter().enumerate() {
        for (member, (_, value)) in group.iter().enumerate() {
            let (at, from) = (y.at(*value), x.at(value / widest));
            let class = roof(index + member);
            writeln!(
                out,
                "<line class=\"{class}\" x1=\"{from:.1}\" x2=\"{RIGHT}\" y1=\"{at:.1}\" y2=\"{at:.1}\"/>"
            )?;
        }
        if let Some((_, value)) = group.first() {
            writeln!(
                out,
                "<text class=\"name label\" x=\"{RIGHT}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
                y.at(*value) - 7.0,
                named(group, "GFLOP/s")
            )?;
        }
    }
    Ok(())
}

/// The highest is the roof.
fn roof(index: usize) -> &'static str {
    if index == 0 { "roof" } else { "lower" }
}

/// Ceilings from the highest down, those together whose labels would meet.
fn together<'a>(roofs: &[(&'a str, f64)], y: &Scale) -> Vec<Vec<(&'a str, f64)>> {
    let mut sorted = roofs.to_vec();
    sorted.sort_by(|(_, a), (_, b)| b.total_cmp(a));
    let mut groups: Vec<Vec<(&str, f64)>> = Vec::new();
    for roof in sorted {
        match groups.last_mut() {
            Some(group)
                if group
                    .first()
                    .is_some_and(|(_, first)| y.between(*first, roof.1) < LINE) =>
            {
                group.push(roof);
            }
            Some(_) | None => groups.push(vec![roof]),
        }
    }
    groups
}

/// The label of some ceilings.
fn named(group: &[(&str, f64)], unit: &str) -> String {
    let names: Vec<String> = group
        .iter()
        .map(|(name, value)| format!("{name} {}", in_units(unit, *value)))
        .collect();
    names.join(", ")
}

fn grid(x: &Scale, y: &Scale, out: &mut dyn Write) -> io::Result<()> {
    for power in x.low..=x.high {
        let at = x.log(f64::from(power));
        writeln!(
            out,
            "<line class=\"grid\" x1=\"{at:.1}\" x2=\"{at:.1}\" y1=\"{TOP}\" y2=\"{BOTTOM}\"/>\
             <text x=\"{at:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
            BOTTOM + 20.0,
            if (-3..=4).contains(&power) {
                10_f64.powi(power).to_string()
            } else {
                format!("1e{power}")
            }
        )?;
    }
    for power in y.low..=y.high {
        let at = y.log(f64::from(power));
        writeln!(
            out,
            "<line class=\"grid\" x1=\"{LEFT}\" x2=\"{RIGHT}\" y1=\"{at:.1}\" y2=\"{at:.1}\"/>\
             <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
            LEFT - 9.0,
            at + 4.0,
            decade(power)
        )?;
    }
    writeln!(
        out,
        "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">FLOP a byte of memory traffic</text>",
        f64::midpoint(LEFT, RIGHT),
        BOTTOM + 42.0
    )
}

/// A power of ten FLOP a second: `10 GFLOP/s`.
fn decade(power: i32) -> String {
    const PREFIXES: [&str; 7] = ["", "k", "M", "G", "T", "P", "E"];
    let group = power.div_euclid(3);
    match usize::try_from(group).ok().and_then(|at| PREFIXES.get(at)) {
        Some(prefix) => format!(
            "{} {prefix}FLOP/s",
            10_i32.pow(power.rem_euclid(3).unsigned_abs())
        ),
        None => format!("1e{power} FLOP/s"),
    }
}

pub(super) fn in_units(unit: &str, value: f64) -> String {
    rate(&Rate {
        unit: unit.to_owned(),
        value: value / 1e9,
    })
}

/// Text that is no markup.
pub(super) fn escaped(text: &str) -> String {
    clean(text)
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
