//! What the documents say is there, is there.

use std::path::Path;

const DOCUMENTS: &[&str] = &["README.md", "DESIGN.md", "CONTRIBUTING.md", "CHANGELOG.md"];

fn read(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    let text = std::fs::read_to_string(&path);
    // Git on Windows may have given the lines another end.
    text.unwrap_or_else(|error| panic!("{name}: {error}"))
        .replace("\r\n", "\n")
}

/// Splits a document into its text and its fenced blocks.
fn parts(text: &str) -> (String, Vec<String>) {
    let (mut prose, mut blocks) = (String::new(), Vec::new());
    for (index, part) in text.split("```").enumerate() {
        if index % 2 == 0 {
            prose.push_str(part);
        } else {
            let code = part.split_once('\n').map_or("", |(_, code)| code);
            blocks.push(code.to_owned());
        }
    }
    (prose, blocks)
}

/// Where the links of a text lead.
fn links(prose: &str) -> Vec<&str> {
    prose
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split_once(')').map(|(link, _)| link))
        .collect()
}

/// The name that a heading is linked by: lower case, spaces as dashes,
/// punctuation dropped.
fn anchors(prose: &str) -> Vec<String> {
    prose
        .lines()
        .filter(|line| line.starts_with('#'))
        .map(|line| {
            line.trim_start_matches('#')
                .trim()
                .chars()
                .filter_map(|c| match c {
                    ' ' => Some('-'),
                    '-' | '_' => Some(c),
                    c => c.is_alphanumeric().then(|| c.to_ascii_lowercase()),
                })
                .collect()
        })
        .collect()
}

/// Links of a document that lead nowhere in this repository.
fn dead_links(text: &str) -> Vec<String> {
    let (prose, _) = parts(text);
    let (own, root) = (anchors(&prose), Path::new(env!("CARGO_MANIFEST_DIR")));
    links(&prose)
        .into_iter()
        .filter(|link| !link.starts_with("https://"))
        .filter(|link| {
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            let there = if file.is_empty() {
                own.clone()
            } else if !root.join(file).exists() {
                return true;
            } else if file.ends_with(".md") {
                anchors(&parts(&read(file)).0)
            } else {
                Vec::new()
            };
            !anchor.is_empty() && !there.iter().any(|known| known == anchor)
        })
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_link_leads_somewhere() {
    for document in DOCUMENTS {
        let text = read(document);
        assert_eq!(dead_links(&text), [""; 0], "{document}");
    }
    assert!(links(&read("README.md")).len() > 5);
}

#[test]
fn a_dead_link_is_found() {
    let text = "# A heading, with `code`\n[a](#a-heading-with-code) [b](#b) [c](src/none.rs) \
                [d](DESIGN.md#the-house) [e](DESIGN.md#none) [f](https://example.org)\n\
                ```\n[g](none)\n```\n";
    assert_eq!(dead_links(text), ["#b", "src/none.rs", "DESIGN.md#none"]);
}

#[test]
fn the_readme_shows_the_example_as_it_is() {
    let (_, blocks) = parts(&read("README.md"));
    for file in ["shaders/saxpy.wgsl", "specs/saxpy.yaml"] {
        let text = read(&format!("examples/saxpy/{file}"));
        assert!(
            blocks.contains(&text),
            "README.md has no block that is examples/saxpy/{file}"
        );
    }
}
