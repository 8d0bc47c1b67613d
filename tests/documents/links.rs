//! Links of the documents.

use std::path::Path;

use super::markdown::{Document, chapters, read, root};

const DOCUMENTS: &[&str] = &["README.md", "DESIGN.md", "CONTRIBUTING.md", "CHANGELOG.md"];

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
fn dead_links(document: &Document) -> Vec<String> {
    let folder = Path::new(&document.name).parent().expect("is a file");
    links(&document.prose)
        .into_iter()
        .filter(|link| !link.starts_with("https://"))
        .filter(|link| {
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            let there = if file.is_empty() {
                anchors(&document.prose)
            } else if !root().join(folder).join(file).exists() {
                return true;
            } else if file.ends_with(".md") {
                let name = folder.join(file).display().to_string();
                anchors(&Document::read(&name).prose)
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
    let chapters = chapters();
    let guide = chapters.iter().map(String::as_str);
    for name in DOCUMENTS.iter().copied().chain(guide) {
        let document = Document::read(name);
        assert_eq!(dead_links(&document), [""; 0], "{name}");
    }
    assert!(links(&read("README.md")).len() > 5);
}

#[test]
fn a_dead_link_is_found() {
    let text = "# A heading, with `code`\n[a](#a-heading-with-code) [b](#b) [c](src/none.rs) \
                [d](DESIGN.md#the-house) [e](DESIGN.md#none) [f](https://example.org)\n\
                ```\n[g](none)\n```\n";
    let document = Document::parse("a.md", text);
    assert_eq!(
        dead_links(&document),
        ["#b", "src/none.rs", "DESIGN.md#none"]
    );
    let below = Document::parse("docs/src/a.md", "[a](faq.md) [b](README.md)");
    assert_eq!(dead_links(&below), ["README.md"]);
}

#[test]
fn no_heading_of_a_document_has_the_name_of_another() {
    for name in chapters() {
        let mut anchors = anchors(&Document::read(&name).prose);
        anchors.sort();
        let all = anchors.len();
        anchors.dedup();
        assert_eq!(anchors.len(), all, "{name}");
    }
}

/// A book is printed from its own folder: a link that leads out of it would
/// lead nowhere there.
#[test]
fn the_guide_is_whole_in_itself() {
    let summary = read("docs/src/SUMMARY.md");
    for name in chapters() {
        let document = Document::read(&name);
        let out = links(&document.prose)
            .into_iter()
            .filter(|link| !link.starts_with("https://") && link.contains('/'));
        assert_eq!(out.collect::<Vec<_>>(), [""; 0], "{name}");
        let file = name.trim_start_matches("docs/src/");
        assert!(
            file == "SUMMARY.md" || summary.contains(&format!("]({file})")),
            "SUMMARY.md does not have {file}"
        );
    }
}

#[test]
fn the_readme_shows_the_example_as_it_is() {
    let readme = Document::read("README.md");
    for file in ["shaders/saxpy.wgsl", "specs/saxpy.yaml"] {
        let text = read(&format!("examples/saxpy/{file}"));
        assert!(
            readme.blocks.iter().any(|block| block.text == text),
            "README.md has no block that is examples/saxpy/{file}"
        );
    }
}
