//! The HTML page of 10,000 cases, written and opened: `cargo bench --bench page`.
//!
//! Prints its size, the least of seven times to write it, and, where there is a
//! Chromium (or `CHROME` names one), the least and the median of seven times
//! from the beginning of its loading until its first rows were painted, and from
//! there until the roofline with all cases was.

#![expect(clippy::print_stdout, reason = "a bench prints its numbers")]

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use kernel_gate::kit::{
    Backend, CaseId, Ceilings, Correctness, DeviceFacts, DeviceKind, DeviceLimits, Features,
    Method, Nanos, Place, Ratio, Timer, Work,
};
use kernel_gate::report::{
    BeforeRound, CaseReport, Rate, Reasoning, Report, RoundReport, write_html,
};
use kernel_gate::stats::Change;
use kernel_gate::verdict::{
    BaselineEvidence, BaselineOutcome, Environment, Evidence, Judgement, Plausibility, Verdict,
};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

const CASES: usize = 10_000;
const REPEATS: usize = 7;

/// Says when the first rows were painted, and when the roofline was.
const TELL: &str = "<script>
(async () => {
  const painted = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  while (!document.documentElement.dataset.ready) await new Promise((done) => setTimeout(done, 1));
  await painted();
  const opened = performance.now();
  location.hash = '#roofline';
  while (!document.querySelector('#view svg path')) await painted();
  console.log(`opened ${opened} roofline ${performance.now() - opened} ms`);
})();
</script>";

fn case(index: usize, random: &mut ChaCha8Rng) -> CaseReport {
    let time = 10_f64.powf(random.random_range(3.0..7.0));
    let near = |random: &mut ChaCha8Rng, part: f64| {
        Nanos(time * (1.0 + part * random.random_range(-1.0..1.0)))
    };
    let moved: f64 = random.random_range(-0.01..0.01);
    let bytes = time * random.random_range(100.0..3_000.0);
    CaseReport {
        id: CaseId(format!(
            "moe/kernel{}[experts=8,hidden=4096,k=2,tokens={}]@workgroup={}",
            index / 500,
            index / 5,
            32 << (index % 5)
        )),
        names: Vec::new(),
        place: Place::new("specs/moe.yaml", 31, 5),
        time: Some((Nanos(time), Nanos(time * 0.996), Nanos(time * 1.004))),
        before: Some(Nanos(time / (1.0 + moved))),
        rates: vec![Rate {
            unit: "GB/s".into(),
            value: bytes / time,
        }],
        work: Work {
            flops: Some(bytes * random.random_range(0.1..50.0)),
            bytes: Some(bytes),
            tokens: None,
        },
        roofline: Some(Ratio(random.random_range(0.01..1.0))),
        bound: Some("memory".into()),
        evidence: Evidence {
            correctness: Correctness::Right {
                repeatable: true,
                by_wgsl: false,
            },
            plausibility: Plausibility::Plausible,
            ranges: Vec::new(),
            baseline: BaselineEvidence {
                outcome: BaselineOutcome::Pass,
                change: Some(Change {
                    estimate: Ratio(moved),
                    low: Ratio(moved - 0.008),
                    high: Ratio(moved + 0.006),
                    top: Ratio(moved + 0.008),
                    detectable: Ratio(0.008),
                    sigma: 0.002,
                    freedom: 15.0,
                    rounds: (10, 3),
                }),
                limit: Ratio(0.02),
                labels: Vec::new(),
            },
            paired: None,
            environment: Environment::Steady,
            lost: None,
        },
        judgement: Judgement {
            verdict: Verdict::Pass,
            fails: false,
            advisory: false,
            reason: "not slower than its baseline".into(),
        },
        rounds: (0..3)
            .map(|_| RoundReport {
                time: near(random, 0.004),
                spread: Ratio(random.random_range(0.001..0.01)),
                samples: 64,
                batch: 16,
                warm: true,
                quantiles: (0..11)
                    .map(|step| near(random, 0.002 + 0.002 * f64::from(step)))
                    .collect(),
            })
            .collect(),
        stages: Vec::new(),
        history: Vec::new(),
        reasoning: Reasoning {
            before: (0..10)
                .map(|round| BeforeRound {
                    recording: 1 + round / 5,
                    time: near(random, 0.004),
                    spread: Ratio(random.random_range(0.001..0.01)),
                    samples: 64,
                })
                .collect(),
            ..Reasoning::default()
        },
        compile: Some(Nanos(12.3e6)),
        code: format!("{:016x}", random.random::<u64>()),
        notes: Vec::new(),
    }
}

fn report() -> Report {
    let mut random = ChaCha8Rng::seed_from_u64(1);
    Report {
        format: 1,
        gate: env!("CARGO_PKG_VERSION").into(),
        command: "check".into(),
        against: None,
        part: None,
        suites: vec!["moe".into()],
        device: DeviceFacts {
            adapter: "Adapter".into(),
            kind: DeviceKind::Discrete,
            backend: Backend::Vulkan,
            driver: "driver".into(),
            driver_info: "1.0".into(),
            wgpu: "30".into(),
            cpu: None,
            timer: Timer {
                method: Method::PassTimestamps,
                tick: Nanos(32.0),
                empty_pass: Nanos(640.0),
            },
            limits: DeviceLimits::webgpu_default(),
            features: Features::default(),
        },
        classes: vec!["any-gpu".into()],
        ceilings: Some(Ceilings {
            copy: 2.9e12,
            read: 3.1e12,
            fma_f32: 5.6e13,
            fma_f16: Some(1.2e14),
            cooperative_matrix: None,
            launch: Nanos(1_600.0),
            cache: Some(50 << 20),
        }),
        confidence: 0.99,
        seed: 1,
        rounds: 3,
        elapsed: Nanos(60e9),
        busy: Nanos(40e9),
        cases: (0..CASES).map(|index| case(index, &mut random)).collect(),
        left_out: Vec::new(),
        filtered: 0,
        notes: Vec::new(),
        interrupted: false,
        unmeasured: 0,
        exit: 0,
    }
}

fn browser() -> Option<PathBuf> {
    let named = std::env::var_os("CHROME").map(PathBuf::from);
    let usual = ["chromium", "chromium-browser", "google-chrome"].map(PathBuf::from);
    named.into_iter().chain(usual).find(|program| {
        Command::new(program)
            .arg("--version")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    })
}

/// Opens a page once, and gives both times in milliseconds.
fn open(browser: &Path, page: &Path) -> Option<(f64, f64)> {
    let profile = tempfile::tempdir().ok()?;
    let mut child = Command::new(browser)
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--enable-logging=stderr",
            "--remote-debugging-port=0",
        ])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .arg(format!("file://{}", page.display()))
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .ok()?;
    let lines = BufReader::new(child.stderr.take()?).lines();
    let told = lines.map_while(Result::ok).find_map(|line| {
        let (_, rest) = line.split_once("opened ")?;
        let (opened, rest) = rest.split_once(" roofline ")?;
        let (roofline, _) = rest.split_once(" ms")?;
        Some((opened.parse().ok()?, roofline.parse().ok()?))
    });
    // It would stay open for ever.
    let _gone_already = child.kill();
    let _status = child.wait();
    told
}

/// The least and the median of some numbers.
fn least_and_median(mut numbers: Vec<f64>) -> (f64, f64) {
    numbers.sort_by(f64::total_cmp);
    (numbers[0], numbers[numbers.len() / 2])
}

fn main() {
    let report = report();
    let mut page = Vec::new();
    let mut least = Duration::MAX;
    for _ in 0..REPEATS {
        page.clear();
        let begin = Instant::now();
        write_html(&report, &mut page).expect("writes to memory");
        least = least.min(begin.elapsed());
    }
    println!(
        "{CASES} cases: {:.2} MB, written in {:.2} s",
        page.len() as f64 / 1e6,
        least.as_secs_f64()
    );
    let Some(browser) = browser() else {
        println!("there is no Chromium here, so the page was not opened");
        return;
    };
    let folder = tempfile::tempdir().expect("a folder for the page");
    let file = folder.path().join("page.html");
    page.extend_from_slice(TELL.as_bytes());
    std::fs::write(&file, &page).expect("writes the page");
    let times: Vec<(f64, f64)> = (0..REPEATS).filter_map(|_| open(&browser, &file)).collect();
    if times.is_empty() {
        println!("the browser did not open the page");
        return;
    }
    let (opened, roofline) = times.iter().copied().unzip();
    let (least, median) = least_and_median(opened);
    println!(
        "opened in {:.2} s at least, {:.2} s in the middle",
        least / 1e3,
        median / 1e3
    );
    let (least, median) = least_and_median(roofline);
    println!(
        "its roofline in {:.2} s more at least, {:.2} s in the middle",
        least / 1e3,
        median / 1e3
    );
}
