//! `--report FORMAT=FILE`: which reports to write, and where to.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// Reports beside what is printed.
#[derive(Clone, Debug, Default, Args)]
pub struct ReportArgs {
    /// Write a report too: json, junit, markdown, csv, sarif, github, html or roofline (SVG); `-` prints
    /// it in the table's place (may be repeated)
    #[arg(long = "report", value_name = "FORMAT=FILE", value_parser = parse)]
    pub reports: Vec<ReportArg>,
}

/// One report that is to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportArg {
    /// Its form.
    pub format: ReportFormat,
    /// Where it goes.
    pub to: Destination,
}

/// Where a report goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    /// `-`: standard output, instead of the table.
    Output,
    /// A file.
    File(PathBuf),
}

/// Form of a report in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ReportFormat {
    /// Everything, for programs
    Json,
    /// For viewers of tests
    Junit,
    /// For a page: a pull request's comment, a job's summary
    Markdown,
    /// One row a case, for spreadsheets
    Csv,
    /// For code scanning: findings at the specs' lines
    Sarif,
    /// The log of GitHub Actions, with annotations
    Github,
    /// One page for a browser, with charts and filters
    Html,
    /// The roofline alone, as an SVG picture
    Roofline,
}

impl ReportFormat {
    /// Its name on the command line.
    #[must_use]
    pub fn name(self) -> String {
        self.to_possible_value()
            .map(|value| value.get_name().to_owned())
            .unwrap_or_default()
    }
}

fn parse(text: &str) -> Result<ReportArg, String> {
    let known: Vec<String> = ReportFormat::value_variants()
        .iter()
        .map(|format| format.name())
        .collect();
    let known = known.join(", ");
    let Some((format, file)) = text.split_once('=') else {
        return Err(format!(
            "write FORMAT=FILE, such as `json=report.json`; formats are {known}"
        ));
    };
    let format = ReportFormat::from_str(format, false)
        .map_err(|_| format!("`{format}` is no format of a report; there are {known}"))?;
    if file.is_empty() {
        return Err(format!(
            "the file is missing: write `{}=FILE`, or `-` for standard output",
            format.name()
        ));
    }
    let to = match file {
        "-" => Destination::Output,
        file => Destination::File(file.into()),
    };
    Ok(ReportArg { format, to })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_a_format_and_a_file() {
        let report = |format, to| Ok(ReportArg { format, to });
        assert_eq!(
            parse("json=a=b.json"),
            report(ReportFormat::Json, Destination::File("a=b.json".into()))
        );
        assert_eq!(
            parse("csv=-"),
            report(ReportFormat::Csv, Destination::Output)
        );
        for bad in ["", "json", "=x", "json=", "xml=a", "JSON=a"] {
            let error = parse(bad).expect_err(bad);
            assert!(error.contains("json"), "{bad}: {error}");
        }
    }

    #[test]
    fn the_help_names_every_format() {
        use clap::CommandFactory;
        let command = crate::cli::Cli::command();
        let check = command.find_subcommand("check").expect("is there");
        let flag = check
            .get_arguments()
            .find(|argument| argument.get_id() == "reports")
            .expect("is there");
        let help = flag.get_help().expect("has help").to_string();
        for format in ReportFormat::value_variants() {
            assert!(help.contains(&format.name()), "{format:?}: {help}");
        }
    }
}
