//! The table of one recording.

use std::io::{self, Write};

use kernel_gate::stats::Decision;

use super::data::Recording;
use super::gate::{self, Ended, Into, Looked};
use super::oracle::{self, Known};
use super::peers::{self, Peer, Verdicts};
use super::rate::{Rate, rate};
use super::replay::{BEYOND, LIMITS, Suite};

/// Kernels above this are told apart from shorter ones, in ns.
const SHORT: f64 = 25e3;

/// What a rule did to one suite: cases called slower, passed, and rounds.
struct Outcome {
    slower: Vec<bool>,
    passed: Vec<bool>,
    rounds: Vec<usize>,
}

/// A rule, ready to be asked.
enum Rule<'a> {
    Gate(&'a [Looked], Into),
    Oracle(&'a [Known], Into),
    Peer(Peer, &'a Verdicts),
}

impl Rule<'_> {
    fn name(&self) -> &'static str {
        match self {
            Self::Gate(_, Into::All) => "this gate",
            Self::Gate(_, Into::One) => "this gate, one case slower",
            Self::Oracle(_, Into::All) => "an oracle",
            Self::Oracle(_, Into::One) => "an oracle, one case slower",
            Self::Peer(peer, _) => peer.name(),
        }
    }

    fn judge(&self, index: usize, suite: &Suite, limit: f64, change: f64) -> Outcome {
        match self {
            Self::Oracle(known, into) => {
                let said = known[index].say(limit, change, *into);
                Outcome {
                    rounds: vec![suite.now.len(); said.slower.len()],
                    slower: said.slower,
                    passed: said.passed,
                }
            }
            Self::Gate(looked, into) => {
                let ended: Vec<Ended> = looked[index].end(limit, change, *into);
                Outcome {
                    slower: ended
                        .iter()
                        .map(|e| e.decision == Decision::Slower)
                        .collect(),
                    passed: ended
                        .iter()
                        .map(|e| [Decision::Pass, Decision::Faster].contains(&e.decision))
                        .collect(),
                    rounds: ended.iter().map(|e| e.rounds).collect(),
                }
            }
            Self::Peer(peer, verdicts) => {
                let slower = verdicts
                    .of(*peer, change, suite.before[0], suite.now[0])
                    .to_vec();
                Outcome {
                    passed: slower.iter().map(|s| !s).collect(),
                    rounds: vec![1; slower.len()],
                    slower,
                }
            }
        }
    }
}

/// Share of the cases that are picked.
fn share(flags: &[bool], picked: &[bool]) -> f64 {
    let of = picked.iter().filter(|p| **p).count();
    let hit = flags.iter().zip(picked).filter(|(f, p)| **f && **p).count();
    hit as f64 / of as f64
}

/// Injected changes that any cell asks for.
fn changes() -> Vec<f64> {
    let mut all: Vec<f64> = vec![0.0];
    for limit in LIMITS {
        all.push(limit);
        all.extend(BEYOND.iter().map(|beyond| limit + beyond));
    }
    all.sort_by(f64::total_cmp);
    all.dedup_by(|a, b| (*a - *b).abs() < 1e-12);
    all
}

/// Prints everything about one recording.
pub(crate) fn print(
    recording: &Recording,
    suites: &[Suite],
    seed: u64,
    out: &mut dyn Write,
) -> io::Result<()> {
    let side = suites[0].now.len();
    writeln!(
        out,
        "\n{}: {} cases, {} rounds, {side} drawn a side; {} samples of warm-up dropped",
        recording.name,
        recording.cases.len(),
        recording.rounds,
        recording.warmup,
    )?;
    let looked = gate::look(recording, suites);
    let verdicts = peers::judge(recording, &changes(), seed);
    let known = oracle::know(recording, suites);
    let mut rules = vec![
        Rule::Gate(&looked, Into::All),
        Rule::Gate(&looked, Into::One),
        Rule::Oracle(&known, Into::All),
        Rule::Oracle(&known, Into::One),
    ];
    rules.extend(Peer::ALL.map(|peer| Rule::Peer(peer, &verdicts)));
    for limit in LIMITS {
        limit_table(recording, suites, &rules, limit, out)?;
    }
    cases(recording, suites, &looked, out)
}

fn limit_table(
    recording: &Recording,
    suites: &[Suite],
    rules: &[Rule],
    limit: f64,
    out: &mut dyn Write,
) -> io::Result<()> {
    let percent = 100.0 * limit;
    write!(out, "\n{:<32}", format!("L = {percent} %"))?;
    let mut heads = vec![
        "alarm at 0".to_owned(),
        "alarm at L".into(),
        "all pass".into(),
    ];
    heads.extend(BEYOND.map(|b| format!("finds L+{}", 100.0 * b)));
    heads.extend(["undecided".to_owned(), "rounds".into()]);
    for head in heads {
        write!(out, " {head:>16}")?;
    }
    writeln!(out)?;
    let long: Vec<bool> = recording.cases.iter().map(|c| c.time() > SHORT).collect();
    let every = vec![true; long.len()];
    for rule in rules {
        row(rule.name(), rule, &every, recording, suites, limit, out)?;
        let (Rule::Gate(..) | Rule::Oracle(..), true) =
            (rule, long.contains(&false) && long.contains(&true))
        else {
            continue;
        };
        row("  above 25 us", rule, &long, recording, suites, limit, out)?;
    }
    Ok(())
}

fn row(
    name: &str,
    rule: &Rule,
    picked: &[bool],
    recording: &Recording,
    suites: &[Suite],
    limit: f64,
    out: &mut dyn Write,
) -> io::Result<()> {
    let over = |change: f64, value: &dyn Fn(&Outcome) -> f64| -> Rate {
        let values: Vec<f64> = suites
            .iter()
            .enumerate()
            .map(|(index, suite)| value(&rule.judge(index, suite, limit, change)))
            .collect();
        rate(&values, suites, recording.rounds)
    };
    let alarm = |o: &Outcome| f64::from(share(&o.slower, picked) > 0.0);
    let mut cells = vec![
        over(0.0, &alarm),
        over(limit, &alarm),
        over(0.0, &|o| f64::from(share(&o.passed, picked) >= 1.0)),
    ];
    for beyond in BEYOND {
        cells.push(over(limit + beyond, &|o| share(&o.slower, picked)));
    }
    cells.push(over(0.0, &|o| {
        let open: Vec<bool> = o
            .slower
            .iter()
            .zip(&o.passed)
            .map(|(s, p)| !s && !p)
            .collect();
        share(&open, picked)
    }));
    write!(out, "{name:<32}")?;
    for cell in cells {
        write!(out, " {:>16}", cell.percent())?;
    }
    // Rounds are counts, not shares: median and mean over suites and cases.
    let mut rounds: Vec<usize> = suites
        .iter()
        .enumerate()
        .flat_map(|(index, suite)| rule.judge(index, suite, limit, 0.0).rounds)
        .zip(picked.iter().cycle())
        .filter_map(|(rounds, picked)| picked.then_some(rounds))
        .collect();
    rounds.sort_unstable();
    let mean = rounds.iter().sum::<usize>() as f64 / rounds.len() as f64;
    writeln!(
        out,
        " {:>16}",
        format!("{} (mean {mean:.1})", rounds[rounds.len() / 2])
    )
}

/// This gate, case by case, at the largest limit.
fn cases(
    recording: &Recording,
    suites: &[Suite],
    looked: &[Looked],
    out: &mut dyn Write,
) -> io::Result<()> {
    let limit = LIMITS[LIMITS.len() - 1];
    writeln!(
        out,
        "\nthis gate, case by case, each alone slower, L = {} %\n{:<32} {:>10} {:>8} {:>8} {:>16} {:>16} {:>16} {:>16}",
        100.0 * limit,
        "",
        "time, us",
        "ticks",
        "sigma, %",
        "alarm at L",
        "finds L+1",
        "finds L+2",
        "undecided at 0",
    )?;
    for (i, case) in recording.cases.iter().enumerate() {
        let over = |change: f64, wanted: Decision| {
            let values: Vec<f64> = looked
                .iter()
                .map(|l| f64::from(l.end(limit, change, Into::One)[i].decision == wanted))
                .collect();
            rate(&values, suites, recording.rounds).percent()
        };
        let sigma = looked.iter().map(|l| l.sigmas()[i].ln()).sum::<f64>() / looked.len() as f64;
        writeln!(
            out,
            "{:<32} {:>10.2} {:>8.0} {:>8.3} {:>16} {:>16} {:>16} {:>16}",
            case.name,
            case.time() / 1e3,
            case.time() / case.tick,
            100.0 * sigma.exp(),
            over(limit, Decision::Slower),
            over(limit + 0.01, Decision::Slower),
            over(limit + 0.02, Decision::Slower),
            over(0.0, Decision::Continue),
        )?;
    }
    Ok(())
}
