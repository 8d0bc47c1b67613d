//! Cases in rows and columns, in as many columns as there is room for.

use comfy_table::{CellAlignment, ContentArrangement, LineStyle, Table};

use super::label::{Group, groups};
use super::text::{change, clean, interval, measured, percent, rate, roofline, width, wrap};
use super::words::{Kind, Word, verdict};
use super::{CaseReport, Report, StageReport};
use crate::kit::Ratio;

/// Right of a column, beside the one that the table itself leaves.
const GAP: u16 = 1;

/// A column for labels narrower than this is no column.
const LEAST: usize = 12;

/// One label in so many may have a line of its own beside the table.
const FEW: usize = 4;

/// A column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Column {
    Case,
    Before,
    Time,
    /// The time without its interval, where room is short.
    TimeAlone,
    Change,
    Rate,
    /// Percent of the roofline, with what bounds it.
    RooflineBound,
    Roofline,
    Verdict,
}

impl Column {
    fn title(self, kind: Kind) -> &'static str {
        match self {
            Self::Case => "case",
            Self::Before => "before",
            Self::Time | Self::TimeAlone => "time",
            Self::Change => "change",
            Self::Rate => "rate",
            Self::RooflineBound | Self::Roofline => "roofline",
            Self::Verdict => match kind {
                Kind::Check | Kind::Compare => "verdict",
                Kind::Run => "output",
                Kind::Update | Kind::Refused => "outcome",
            },
        }
    }

    fn alignment(self) -> CellAlignment {
        match self {
            Self::Case | Self::RooflineBound | Self::Verdict => CellAlignment::Left,
            Self::Before
            | Self::Time
            | Self::TimeAlone
            | Self::Change
            | Self::Rate
            | Self::Roofline => CellAlignment::Right,
        }
    }
}

/// The sets of columns to try, the fullest first.
fn layouts(kind: Kind) -> &'static [&'static [Column]] {
    use Column::{Before, Case, Change, Rate, Roofline, RooflineBound, Time, TimeAlone, Verdict};
    match kind {
        Kind::Compare => &[
            &[Case, Before, Time, Change, Verdict],
            &[Case, Time, Change, Verdict],
            &[Case, TimeAlone, Change, Verdict],
        ],
        Kind::Check => &[
            &[Case, Time, Change, Rate, RooflineBound, Verdict],
            &[Case, Time, Change, Rate, Roofline, Verdict],
            &[Case, Time, Change, Rate, Verdict],
            &[Case, Time, Change, Verdict],
            &[Case, TimeAlone, Change, Verdict],
        ],
        Kind::Run => &[
            &[Case, Time, Rate, RooflineBound, Verdict],
            &[Case, Time, Rate, Roofline, Verdict],
            &[Case, Time, Rate, Verdict],
            &[Case, Time, Verdict],
        ],
        Kind::Update | Kind::Refused => &[
            &[Case, Before, Time, Change, Rate, Roofline, Verdict],
            &[Case, Before, Time, Change, Rate, Verdict],
            &[Case, Before, Time, Change, Verdict],
            &[Case, Before, TimeAlone, Change, Verdict],
        ],
    }
}

/// One line of output.
pub(super) enum GridLine {
    /// The titles, and the rule below them.
    Title(String),
    /// What the cases below have in common.
    Heading(String),
    /// A case, or a part of it, with the word that is its verdict where this
    /// line shows it.
    Case(String, Option<Word>),
    /// A stage of the pipeline above.
    Stage(String),
}

/// All cases of a report, at most so many columns wide; without a limit, each
/// on one line with its whole identity.
pub(super) fn grid(report: &Report, columns: Option<usize>) -> Vec<GridLine> {
    if report.cases.is_empty() {
        return Vec::new();
    }
    let kind = Kind::of(report);
    let groups = match columns {
        Some(_) => groups(&report.cases),
        None => vec![Group {
            heading: String::new(),
            labels: report.cases.iter().map(|case| clean(&case.id.0)).collect(),
        }],
    };
    for layout in layouts(kind) {
        let used: Vec<Column> = layout
            .iter()
            .copied()
            .filter(|column| is_used(*column, report))
            .collect();
        let lines = table(report, kind, &groups, &used, columns);
        if let Some(lines) = lines {
            return lines;
        }
    }
    stacked(report, kind, &groups, columns.unwrap_or(usize::MAX))
}

/// Whether any case has something to say there.
fn is_used(column: Column, report: &Report) -> bool {
    match column {
        Column::Case | Column::Verdict => true,
        Column::Before => report.cases.iter().any(|case| case.before.is_some()),
        Column::Time | Column::TimeAlone => report.cases.iter().any(|case| case.time.is_some()),
        Column::Change => report
            .cases
            .iter()
            .any(|case| case.evidence.change().is_some()),
        Column::Rate => report.cases.iter().any(|case| !case.rates.is_empty()),
        Column::RooflineBound => report
            .cases
            .iter()
            .any(|case| case.roofline.is_some() || case.bound.is_some()),
        Column::Roofline => report.cases.iter().any(|case| case.roofline.is_some()),
    }
}

fn cell(column: Column, case: &CaseReport, kind: Kind) -> String {
    let text = match column {
        Column::Case => None,
        Column::Before => case.before.map(|time| time.to_string()),
        Column::Time => measured(case),
        Column::TimeAlone => case.time.map(|(location, _, _)| location.to_string()),
        Column::Change => case.evidence.change().map(change),
        Column::Rate => case.rates.first().map(rate),
        Column::RooflineBound => match (case.roofline, &case.bound) {
            (Some(part), Some(bound)) => Some(format!("{:>5} {}", roofline(part), clean(bound))),
            (Some(part), None) => Some(format!("{:>5}", roofline(part))),
            (None, Some(bound)) => Some(format!("{:>5} {}", "", clean(bound))),
            (None, None) => None,
        },
        Column::Roofline => case.roofline.map(roofline),
        Column::Verdict => Some(verdict(case, kind).signed()),
    };
    text.unwrap_or_default()
}

fn stage_cell(column: Column, stage: &StageReport) -> String {
    match column {
        Column::Case => format!(
            "    - {} {}",
            clean(&stage.kernel),
            percent(Ratio((stage.share.0 * 100.0).round() / 100.0))
        ),
        Column::Time | Column::TimeAlone => stage.time.to_string(),
        Column::Before => stage
            .before
            .map_or_else(String::new, |time| time.to_string()),
        Column::Change => stage.change.map(interval).unwrap_or_default(),
        Column::Rate | Column::RooflineBound | Column::Roofline | Column::Verdict => String::new(),
    }
}

/// What a line of the table's body is.
enum Row<'a> {
    Case(&'a CaseReport),
    Stage,
}

/// The table with these columns; none where it is too wide. A few labels that
/// alone make it too wide get a line of their own.
fn table(
    report: &Report,
    kind: Kind,
    groups: &[Group],
    columns: &[Column],
    limit: Option<usize>,
) -> Option<Vec<GridLine>> {
    let indent = if limit.is_some() { "  " } else { "" };
    let labels: Vec<String> = groups
        .iter()
        .flat_map(|group| &group.labels)
        .map(|label| format!("{indent}{}", clean(label)))
        .collect();
    let mut room = usize::MAX;
    let (mut lines, mut rows) = render(report, kind, columns, &labels, room);
    if let Some(limit) = limit {
        let excess = widest(&lines).saturating_sub(limit);
        if excess > 0 {
            let longest = labels.iter().map(|label| width(label)).max()?;
            room = longest.checked_sub(excess).filter(|room| *room >= LEAST)?;
            let over = labels.iter().filter(|label| width(label) > room).count();
            if over * FEW > labels.len() {
                return None;
            }
            (lines, rows) = render(report, kind, columns, &labels, room);
            // The names of stages can be what is too long.
            if widest(&lines) > limit {
                return None;
            }
        }
    }

    let wide = widest(&lines);
    let mut lines = lines.into_iter();
    let title = lines.next()?;
    let rule = lines.next()?.chars().take(wide).collect();
    let mut out = vec![GridLine::Title(title), GridLine::Title(rule)];
    let mut headings = Headings::new(groups, limit);
    let mut labels = labels.iter();
    for (line, row) in lines.zip(rows) {
        match row {
            Row::Case(case) => {
                out.extend(headings.before_case());
                let label = labels.next()?;
                if width(label) > room {
                    out.extend(
                        wrap(label, limit, indent, "    ")
                            .into_iter()
                            .map(|line| GridLine::Case(line, None)),
                    );
                }
                out.push(GridLine::Case(line, Some(verdict(case, kind))));
            }
            Row::Stage => out.push(GridLine::Stage(line)),
        }
    }
    Some(out)
}

fn widest(lines: &[String]) -> usize {
    // The rule under the titles is as wide as the table, blanks included.
    lines
        .iter()
        .enumerate()
        .filter(|(index, _)| *index != 1)
        .map(|(_, line)| width(line))
        .max()
        .unwrap_or(0)
}

/// Lines of the table, and what each is below the titles and their rule.
/// Labels longer than `room` are left away.
fn render<'a>(
    report: &'a Report,
    kind: Kind,
    columns: &[Column],
    labels: &[String],
    room: usize,
) -> (Vec<String>, Vec<Row<'a>>) {
    let mut table = Table::new();
    table
        .force_no_tty()
        .set_content_arrangement(ContentArrangement::Disabled);
    *table.style_mut() =
        comfy_table::TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─'));
    table.set_header(columns.iter().map(|column| column.title(kind)));
    let mut rows = Vec::new();
    for (case, label) in report.cases.iter().zip(labels) {
        rows.push(Row::Case(case));
        table.add_row(columns.iter().map(|column| match column {
            Column::Case if width(label) > room => String::new(),
            Column::Case => label.clone(),
            _ => cell(*column, case, kind),
        }));
        for stage in &case.stages {
            rows.push(Row::Stage);
            table.add_row(columns.iter().map(|column| stage_cell(*column, stage)));
        }
    }
    for (column, which) in table.column_iter_mut().zip(columns) {
        column.set_padding((0, GAP));
        column.set_cell_alignment(which.alignment());
    }
    let lines = table.lines().map(|line| line.trim_end().to_owned());
    (lines.collect(), rows)
}

/// Hands out each group's heading before its first case.
struct Headings<'a> {
    groups: std::slice::Iter<'a, Group>,
    left: usize,
    limit: Option<usize>,
}

impl<'a> Headings<'a> {
    fn new(groups: &'a [Group], limit: Option<usize>) -> Self {
        Self {
            groups: groups.iter(),
            left: 0,
            limit,
        }
    }

    fn before_case(&mut self) -> Vec<GridLine> {
        let mut lines = Vec::new();
        if self.left == 0
            && let Some(group) = self.groups.next()
        {
            self.left = group.labels.len();
            if !group.heading.is_empty() {
                lines.extend(
                    wrap(&clean(&group.heading), self.limit, "", "  ")
                        .into_iter()
                        .map(GridLine::Heading),
                );
            }
        }
        self.left = self.left.saturating_sub(1);
        lines
    }
}

/// A few lines a case, for where no table has room.
fn stacked(report: &Report, kind: Kind, groups: &[Group], limit: usize) -> Vec<GridLine> {
    let mut out = Vec::new();
    let mut headings = Headings::new(groups, Some(limit));
    let labels = groups.iter().flat_map(|group| &group.labels);
    for (case, label) in report.cases.iter().zip(labels) {
        out.extend(headings.before_case());
        for line in wrap(&clean(label), Some(limit), "  ", "    ") {
            out.push(GridLine::Case(line, None));
        }
        let mut fields = vec![cell(Column::Time, case, kind)];
        if matches!(kind, Kind::Update | Kind::Refused) && case.before.is_some() {
            fields.push(format!("before {}", cell(Column::Before, case, kind)));
        }
        fields.push(cell(Column::Change, case, kind));
        fields.push(cell(Column::Rate, case, kind));
        if case.roofline.is_some() {
            fields.push(format!(
                "{} of roofline",
                cell(Column::Roofline, case, kind)
            ));
        }
        let word = verdict(case, kind);
        let mut line = format!("    {}", word.signed());
        let mut word = Some(word);
        for field in fields.iter().filter(|field| !field.is_empty()) {
            if width(&line) + 2 + width(field) > limit && line != "    " {
                out.push(GridLine::Case(
                    std::mem::replace(&mut line, "    ".to_owned()),
                    word.take(),
                ));
                line.push_str(field);
            } else {
                line.push_str("  ");
                line.push_str(field);
            }
        }
        out.push(GridLine::Case(line, word));
        for stage in &case.stages {
            let name = stage_cell(Column::Case, stage);
            let text = format!("{}, {}", name.trim_start_matches([' ', '-']), stage.time);
            for line in wrap(&text, Some(limit), "    - ", "      ") {
                out.push(GridLine::Stage(line));
            }
        }
    }
    out
}
