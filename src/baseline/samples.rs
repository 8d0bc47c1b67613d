//! Recorded samples: CSV in, rounds of every case out.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

use flate2::read::MultiGzDecoder;

use crate::kit::{CaseId, Nanos};
use crate::stats::Summary;

use super::StoreError;
use super::gather::Gathering;
use super::parse::Fault;
use super::rows::{RowError, Rows};

/// Samples that are held at once. Beyond it, a round whose rows have passed is
/// summed up, and its rows must have stood together.
const MOST_HELD: usize = 4 << 20;

/// What a gzip file begins with. Source: RFC 1952, section 2.3.1.
const GZIP: [u8; 2] = [0x1f, 0x8b];

const CURE: &str = "the columns are `device,recording,round,case,sample,gpu_ns,wall_ns`, as \
                    `gate run --samples` writes them";

/// One recording of a file of samples.
#[derive(Clone, Debug, PartialEq)]
pub struct SampleRecording {
    /// The device, as the file calls it.
    pub device: String,
    /// The recording, as the file calls it.
    pub recording: String,
    /// Its cases.
    pub cases: BTreeMap<CaseId, SampledCase>,
}

/// One case of a recording.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SampledCase {
    /// Its rounds with their numbers, in the order of those.
    pub rounds: Vec<(u64, Summary)>,
    /// The smallest step between two samples of one round: what the clock
    /// resolves. None where no two differ.
    pub step: Option<Nanos>,
}

/// Reads a file of samples, plain or compressed with gzip.
///
/// Columns are found by their names; `sample` and `wall_ns` may be missing and
/// others may stand beside them. Each round of a case is summed up as
/// `stats::summarize` does, without its first `warmup` samples. Rows may stand in
/// any order in a file of up to four million samples; in a larger one those of
/// a round of a case must stand together, and memory stays bounded.
///
/// # Errors
///
/// [`StoreError::Unreadable`] with the place of what is no such file: a column
/// that is missing, a row of another length, a number that is none, a sample
/// that stands twice, a round without any sample but warm-up.
/// [`StoreError::Io`].
pub fn read_samples(path: &Path, warmup: usize) -> Result<Vec<SampleRecording>, StoreError> {
    let failed = |source: io::Error| StoreError::Io {
        path: path.to_owned(),
        source,
        cure: "make it readable, or give another file",
    };
    let mut file = BufReader::new(File::open(path).map_err(failed)?);
    let zipped = file.fill_buf().map_err(failed)?.starts_with(&GZIP);
    let read = if zipped {
        parse(BufReader::new(MultiGzDecoder::new(file)), warmup, MOST_HELD)
    } else {
        parse(file, warmup, MOST_HELD)
    };
    read.map_err(|error| match error {
        RowError::Fault(fault) => StoreError::Unreadable {
            path: path.to_owned(),
            line: fault.line,
            column: fault.column,
            message: fault.message,
        },
        RowError::Io(source) => failed(source),
    })
}

/// Reads a text of samples, of which at most `most_held` are held at once.
fn parse(
    text: impl BufRead,
    warmup: usize,
    most_held: usize,
) -> Result<Vec<SampleRecording>, RowError> {
    let mut rows = Rows::new(text);
    let columns = match rows.advance() {
        Ok(true) => Columns::of(&rows)?,
        Ok(false) => {
            return Err(RowError::Fault(Fault {
                line: 1,
                column: 1,
                message: format!("the file is empty; {CURE}"),
            }));
        }
        Err(error) => return Err(damaged(error, &rows)),
    };
    let mut file = Gathering::new(warmup, most_held);
    while rows.advance().map_err(|error| damaged(error, &rows))? {
        file.row(&rows, &columns)?;
    }
    file.finish()
}

/// A compressed file that was cut off or changed is a mistake with a place;
/// any other error of reading is the system's.
fn damaged<R: BufRead>(error: RowError, rows: &Rows<R>) -> RowError {
    match error {
        RowError::Io(error)
            if matches!(
                error.kind(),
                io::ErrorKind::InvalidData
                    | io::ErrorKind::InvalidInput
                    | io::ErrorKind::UnexpectedEof
            ) =>
        {
            RowError::Fault(Fault {
                line: rows.line(),
                column: 1,
                message: format!("the compressed file is damaged or cut off here ({error})"),
            })
        }
        other => other,
    }
}

/// Where each column stands.
pub(super) struct Columns {
    pub(super) count: usize,
    pub(super) device: usize,
    pub(super) recording: usize,
    pub(super) round: usize,
    pub(super) case: usize,
    pub(super) gpu_ns: usize,
    pub(super) sample: Option<usize>,
}

impl Columns {
    /// From the first row.
    fn of<R: BufRead>(rows: &Rows<R>) -> Result<Self, RowError> {
        let mut places: HashMap<&str, usize> = HashMap::new();
        for index in 0..rows.len() {
            let name = rows.field(index)?;
            if places.insert(name, index).is_some() && !name.is_empty() {
                return Err(rows.fault(index, format!("the column `{name}` stands here twice")));
            }
        }
        let needed = |name: &str| {
            places
                .get(name)
                .copied()
                .ok_or_else(|| rows.fault(0, format!("there is no column `{name}`; {CURE}")))
        };
        Ok(Self {
            count: rows.len(),
            device: needed("device")?,
            recording: needed("recording")?,
            round: needed("round")?,
            case: needed("case")?,
            gpu_ns: needed("gpu_ns")?,
            sample: places.get("sample").copied(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "device,recording,round,case,sample,gpu_ns,wall_ns\n";

    fn read(text: &str, warmup: usize) -> Vec<SampleRecording> {
        match parse(text.as_bytes(), warmup, 1_000) {
            Ok(read) => read,
            Err(error) => panic!("{error:?}"),
        }
    }

    fn fault(text: &str, warmup: usize, most_held: usize) -> String {
        match parse(text.as_bytes(), warmup, most_held) {
            Err(RowError::Fault(fault)) => {
                format!("{}:{}: {}", fault.line, fault.column, fault.message)
            }
            other => panic!("{other:?}"),
        }
    }

    /// Warm-up is what has the lowest numbers, wherever its rows stand: of
    /// round 1 that is 900, and 10, 20, 30, 40 are left, their middle half 25.
    #[test]
    fn a_round_is_the_middle_of_its_samples_without_warm_up() {
        let text = format!(
            "{HEAD}d,a,1,k,3,30,\nd,a,1,k,0,900,\nd,a,1,k,4,40,\nd,a,1,k,1,10,\nd,a,1,k,2,20,\n\
             d,a,0,k,0,900,7\nd,a,0,k,1,8,7\n"
        );
        let read = read(&text, 1);
        let case = &read[0].cases[&CaseId("k".into())];
        let rounds: Vec<(u64, f64, usize)> = case
            .rounds
            .iter()
            .map(|(round, summary)| (*round, summary.location.0, summary.samples))
            .collect();
        assert_eq!(rounds, [(0, 8.0, 1), (1, 25.0, 4)]);
        assert_eq!(case.step, Some(Nanos(10.0)));
    }

    #[test]
    fn recordings_of_one_file_stay_apart_and_columns_go_by_name() {
        let text = "gpu_ns,case,round,recording,device,mood\n\
                    5,\"k[m=1,n=2]\",0,night,gpu,good\n6,j,0,day,gpu,bad\n7,j,1,day,gpu,bad\n";
        let read = read(text, 0);
        assert_eq!(read.len(), 2);
        assert_eq!(
            (read[0].device.as_str(), read[0].recording.as_str()),
            ("gpu", "night")
        );
        assert_eq!(read[0].cases.len(), 1);
        assert_eq!(read[1].cases[&CaseId("j".into())].rounds.len(), 2);
        assert_eq!(read[1].cases[&CaseId("j".into())].step, None);
    }

    #[test]
    fn mistakes_have_line_column_and_cure() {
        let of = |rest: &str| fault(&format!("{HEAD}{rest}"), 0, 1_000);
        insta::assert_snapshot!(fault("", 0, 9), @"1:1: the file is empty; the columns are `device,recording,round,case,sample,gpu_ns,wall_ns`, as `gate run --samples` writes them");
        insta::assert_snapshot!(fault("device,round\n", 0, 9), @"1:1: there is no column `recording`; the columns are `device,recording,round,case,sample,gpu_ns,wall_ns`, as `gate run --samples` writes them");
        insta::assert_snapshot!(of("d,a,0,k,0,fast,\n"), @"2:11: `fast` is no time: it is a number of ns above zero");
        insta::assert_snapshot!(of("d,a,0,k,0,NaN,\n"), @"2:11: `NaN` is no time: it is a number of ns above zero");
        insta::assert_snapshot!(of("d,a,0,k,0,0,\n"), @"2:11: `0` is no time: it is a number of ns above zero");
        insta::assert_snapshot!(of("d,a,0,k,0,5,\nd,a,-1,k,0,5,\n"), @"3:5: `-1` is no round: it is a whole number");
        insta::assert_snapshot!(of("d,a,0,k,0,5\n"), @"2:11: this row has 6 fields, and the first line names 7 columns");
        insta::assert_snapshot!(of("d,a,0,,0,5,\n"), @"2:7: the case has no name");
        insta::assert_snapshot!(of("d,a,0,k,0,5,\nd,a,0,k,0,6,\n"), @"2:1: sample 0 of round 0 of `k` stands twice in recording `a`; two recordings in one file need names of their own (`gate run --recording`)");
        insta::assert_snapshot!(fault(&format!("{HEAD}d,a,0,k,0,5,\n"), 1, 9), @"2:1: round 0 of `k`, 1 sample without the first 1 for warm-up: a round has no samples; give fewer with `--warmup`");
    }

    /// With room for two samples, rounds whose rows stand together are read,
    /// and rounds whose rows do not are told so.
    #[test]
    fn what_is_held_is_bounded() {
        let row = |round: u32, sample: u32| format!("d,a,{round},k,{sample},5,\n");
        let mut sorted = HEAD.to_owned();
        for round in 0..50 {
            sorted.push_str(&(row(round, 0) + &row(round, 1)));
        }
        let read = parse(sorted.as_bytes(), 0, 2).expect("reads");
        assert_eq!(read[0].cases[&CaseId("k".into())].rounds.len(), 50);

        let mixed = HEAD.to_owned() + &row(0, 0) + &row(1, 0) + &row(2, 0) + &row(0, 1);
        assert!(fault(&mixed, 0, 2).starts_with("5:5: round 0 of `k` stands apart"));
        let long = HEAD.to_owned() + &row(0, 0) + &row(0, 1) + &row(0, 2);
        assert!(fault(&long, 0, 2).contains("which no round needs"));
    }
}
