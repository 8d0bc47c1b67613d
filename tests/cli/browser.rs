//! The HTML report in a real browser: filters are clicked, charts are drawn.
//!
//! Where there is no Chromium the tests say so and pass: everything else of this
//! project is tested with Rust alone. `CHROME` names another program.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::project::{Project, case};

/// A browser, if there is one.
fn browser() -> Option<PathBuf> {
    let named = std::env::var_os("CHROME").map(PathBuf::from);
    let usual = [
        "chromium",
        "chromium-browser",
        "google-chrome",
        "google-chrome-stable",
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    ];
    let found = named
        .into_iter()
        .chain(usual.map(PathBuf::from))
        .find(|program| {
            Command::new(program)
                .arg("--version")
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status()
                .is_ok_and(|status| status.success())
        });
    if found.is_none() {
        // Not by a macro, whose words are kept back where a test passes.
        let _nobody_listens = writeln!(
            std::io::stderr(),
            "SKIPPED: there is no Chromium here, so the HTML report was not opened; install \
             chromium, or set CHROME to one"
        );
    }
    found
}

/// Runs a browser on a page until its clock, which is not the wall's, has run
/// out; gives what it printed.
fn open(browser: &Path, profile: &Path, url: &str, flags: &[String]) -> String {
    let output = Command::new(browser)
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--hide-scrollbars",
            "--virtual-time-budget=10000",
        ])
        .arg(format!("--user-data-dir={}", profile.display()))
        .args(flags)
        .arg(url)
        .output()
        .expect("the browser starts");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Does what a person would do, and leaves what there was to see as JSON.
const VISIT: &str = include_str!("visit.js");

/// What a visit saw, from the page as it was at the end.
fn seen(dom: &str) -> Value {
    let (_, rest) = dom
        .split_once("<pre id=\"seen\">")
        .expect("the visit ended");
    let (text, _) = rest.split_once("</pre>").expect("has an end");
    let text = text
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&");
    serde_json::from_str(&text).expect("is JSON")
}

#[test]
fn the_page_filters_sorts_and_shows_a_case() {
    let Some(browser) = browser() else { return };
    let project = Project::new();
    project.measure("update-baselines", &[]).exits(0);
    project.cases(&json!([{"match": "n=128]", "times": [20e6]}]));
    project.check(&[
        "--report",
        "html=page.html",
        "--report",
        "roofline=roof.svg",
    ]);
    let page = project.read("page.html");
    let visited = project.path("visited.html");
    std::fs::write(&visited, format!("{page}<script>\n{VISIT}</script>")).expect("writes");
    let profile = tempfile::tempdir().expect("a folder");
    let url = format!("file://{}", visited.display());
    let seen = seen(&open(
        &browser,
        profile.path(),
        &url,
        &["--dump-dom".into()],
    ));
    assert_eq!(seen["error"], Value::Null);

    let all = seen["all"].as_array().expect("rows");
    assert_eq!(all.len(), 3);
    assert_eq!(seen["slower"], json!([case(128)]));
    assert_eq!(seen["typed"], json!([case(128)]));
    assert_eq!(seen["pressed"], "true");
    assert_eq!(seen["count"], "1 of 3 cases");
    assert_eq!(seen["sorted"], json!(["descending", case(128)]));
    assert_eq!(seen["heading"], case(128));
    assert_eq!(seen["focused"], "H2");
    assert!(seen["dots"].as_u64() > seen["lines"].as_u64(), "{seen}");
    assert!(seen["lines"].as_u64() > Some(0), "{seen}");
    assert_eq!(seen["themes"], json!(["dark", true]));
    assert_eq!(seen["unnamed"], 0);
    assert_eq!(seen["fetched"], 0);
}

/// To be looked at: `target/tmp/page-*.png`.
#[test]
fn the_page_is_painted_light_dark_and_on_a_phone() {
    let Some(browser) = browser() else { return };
    let project = Project::new();
    project.measure("update-baselines", &[]).exits(0);
    project.check(&["--report", "html=page.html"]);
    let url = format!("file://{}", project.path("page.html").display());
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let mut pictures = Vec::new();
    for (name, width, height, scheme) in [
        ("light", 1280, 900, 1),
        ("dark", 1280, 900, 0),
        ("phone", 500, 900, 1),
    ] {
        let file = folder.join(format!("page-{name}.png"));
        let profile = tempfile::tempdir().expect("a folder");
        let flags = [
            format!("--screenshot={}", file.display()),
            format!("--window-size={width},{height}"),
            format!("--blink-settings=preferredColorScheme={scheme}"),
        ];
        open(&browser, profile.path(), &url, &flags);
        let picture = std::fs::read(&file).expect("a picture");
        assert!(picture.starts_with(b"\x89PNG"), "{name}");
        // The size stands in the header, in big-endian bytes.
        let side = |at: usize| u32::from_be_bytes(picture[at..at + 4].try_into().expect("four"));
        assert_eq!((side(16), side(20)), (width, height), "{name}");
        pictures.push(picture);
    }
    assert_ne!(pictures[0], pictures[1], "dark is painted as light");
}
