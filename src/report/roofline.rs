//! The roofline as a picture of its own: SVG, for a README or a slide.
//!
//! Source: Williams, Waterman and Patterson, Roofline, 2009.

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::sections::{arithmetic_roofs, memory_roofs};
use super::text::{clean, rate};
use super::{CaseReport, Rate, Report};

const WIDTH: f64 = 960.0;
const HEIGHT: f64 = 540.0;
const LEFT: f64 = 110.0;
const RIGHT: f64 = 930.0;
const TOP: f64 = 60.0;
const BOTTOM: f64 = 440.0;

/// Kernels that have a mark of their own; the others share one. Told apart by
/// shape first: two kernels of one shape differ in colour.
const MARKS: usize = 8;

/// How it looks, on a light page and on a dark one. The marks' colours can be
/// told apart by those who confuse some, too (Okabe and Ito, 2008).
const STYLE: &str = "\
text{font:13px system-ui,sans-serif;fill:#5f6368}.name{fill:#1d1f23}.title{font-size:17px;\
font-weight:600;fill:#1d1f23}.grid{stroke:#e4e2dd}.roof{stroke:#1d1f23;stroke-width:2;fill:none}\
.lower{stroke:#5f6368;stroke-dasharray:5 4;fill:none}.m{stroke:#fff;stroke-width:1}.page{fill:#fff}\
.a{fill:#0072b2}.b{fill:#d55e00}";
const DARK: &str = "\
text{fill:#a3a7ae}.name,.title{fill:#e9e8e5}.grid{stroke:#30343a}.roof{stroke:#e9e8e5}\
.lower{stroke:#a3a7ae}.m{stroke:#1b1d21}.page{fill:#1b1d21}.a{fill:#56b4e9}.b{fill:#e69f00}";

/// A case in the picture.
struct Point<'a> {
    case: &'a CaseReport,
    /// FLOP a byte.
    intensity: f64,
    /// FLOP a second.
    speed: f64,
}

/// From a logarithm to pixels.
struct Scale {
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

    fn at(&self, value: f64) -> f64 {
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
    let points: Vec<Point<'_>> = report.cases.iter().filter_map(point).collect();
    writeln!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" \
         width=\"{WIDTH}\" height=\"{HEIGHT}\" role=\"img\" aria-labelledby=\"title\">\n\
         <title id=\"title\">Roofline of {}, with {} cases</title>\n\
         <style>{STYLE}@media(prefers-color-scheme:dark){{{DARK}}}</style>\n\
         <rect class=\"page\" width=\"{WIDTH}\" height=\"{HEIGHT}\" rx=\"8\"/>\n\
         <text class=\"title\" x=\"{LEFT}\" y=\"34\">Roofline: {}</text>",
        escaped(&report.device.adapter),
        points.len(),
        escaped(&report.device.adapter),
    )?;
    match &report.ceilings {
        Some(ceilings) if !points.is_empty() => {
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

fn point(case: &CaseReport) -> Option<Point<'_>> {
    let (time, _, _) = case.time?;
    let (flops, bytes) = (case.work.flops?, case.work.bytes?);
    let point = Point {
        case,
        intensity: flops / bytes,
        speed: flops / time.seconds(),
    };
    let drawn = |value: f64| value.is_finite() && value > 0.0;
    (drawn(point.intensity) && drawn(point.speed)).then_some(point)
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
    let (first, last) = (10_f64.powi(x.low), 10_f64.powi(x.high));
    for (name, value) in memory {
        // From where the line enters the picture to where it meets the roof.
        let begin = first.max(10_f64.powi(y.low) / value);
        let end = (fastest / value).min(last);
        let class = if *value == widest { "roof" } else { "lower" };
        let (x1, y1, x2, y2) = (
            x.at(begin),
            y.at(begin * value),
            x.at(end),
            y.at(end * value),
        );
        let slope = (y2 - y1).atan2(x2 - x1).to_degrees();
        let (tx, ty) = (x1 + (x2 - x1) * 0.35, y1 + (y2 - y1) * 0.35);
        let away = if *value == widest { -8 } else { 17 };
        writeln!(
            out,
            "<line class=\"{class}\" x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\"/>\
             <text class=\"name\" transform=\"translate({tx:.1} {ty:.1}) rotate({slope:.1})\" \
             dy=\"{away}\">{name} {}</text>",
            in_units("GB/s", *value)
        )?;
    }
    for (name, value) in arithmetic {
        let class = if *value == fastest { "roof" } else { "lower" };
        let (at, from) = (y.at(*value), x.at(value / widest));
        let label = at + if *value == fastest { -7.0 } else { 16.0 };
        writeln!(
            out,
            "<line class=\"{class}\" x1=\"{from:.1}\" x2=\"{RIGHT}\" y1=\"{at:.1}\" y2=\"{at:.1}\"/>\
             <text class=\"name\" x=\"{RIGHT}\" y=\"{label:.1}\" text-anchor=\"end\">{name} {}</text>",
            in_units("GFLOP/s", *value)
        )?;
    }
    marks(points, &x, &y, out)
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

/// The cases, a kernel at a time, and the legend.
fn marks(points: &[Point<'_>], x: &Scale, y: &Scale, out: &mut dyn Write) -> io::Result<()> {
    let mut kernels: BTreeMap<&str, Vec<&Point<'_>>> = BTreeMap::new();
    for point in points {
        let kernel = point.case.id.0.split(['[', '@']).next().unwrap_or_default();
        kernels.entry(kernel).or_default().push(point);
    }
    let several = kernels.len() > MARKS;
    let mut legend: Vec<(String, usize)> = Vec::new();
    for (index, (kernel, points)) in kernels.into_iter().enumerate() {
        let mark = index.min(MARKS - 1);
        if index == mark {
            let others = several && mark == MARKS - 1;
            let name = if others { "others" } else { kernel };
            legend.push((name.to_owned(), mark));
        }
        for point in points {
            writeln!(
                out,
                "{}<title>{}: {}, {}</title></path>",
                shape(mark, x.at(point.intensity), y.at(point.speed)),
                escaped(&point.case.id.0),
                point
                    .case
                    .time
                    .map_or_else(String::new, |(time, _, _)| time.to_string()),
                in_units("GFLOP/s", point.speed)
            )?;
        }
    }
    for (index, (name, mark)) in legend.iter().enumerate() {
        let left = LEFT + (index % 4) as f64 * 205.0;
        let top = BOTTOM + 68.0 + (index / 4) as f64 * 22.0;
        let short: String = name.chars().take(24).collect();
        writeln!(
            out,
            "{}</path><text class=\"name\" x=\"{:.1}\" y=\"{:.1}\">{}</text>",
            shape(*mark, left, top - 4.0),
            left + 12.0,
            top,
            escaped(&short)
        )?;
    }
    Ok(())
}

/// The beginning of a mark: a circle, a square, a triangle, a diamond, and the
/// same in another colour.
fn shape(mark: usize, x: f64, y: f64) -> String {
    let path = match mark % 4 {
        0 => "m-5 0a5 5 0 1 0 10 0a5 5 0 1 0-10 0z",
        1 => "m-4.5-4.5h9v9h-9z",
        2 => "m-5.5 4.5h11l-5.5-10z",
        _ => "m-6 0l6-6 6 6-6 6z",
    };
    let colour = if mark < 4 { 'a' } else { 'b' };
    format!("<path class=\"m {colour}\" d=\"M{x:.1} {y:.1}{path}\">")
}

fn in_units(unit: &str, value: f64) -> String {
    rate(&Rate {
        unit: unit.to_owned(),
        value: value / 1e9,
    })
}

/// Text that is no markup.
fn escaped(text: &str) -> String {
    clean(text)
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
