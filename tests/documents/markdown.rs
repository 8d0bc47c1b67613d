//! Just as much of Markdown as the documents use.

use std::path::{Path, PathBuf};

/// A fenced block.
#[derive(Clone, Debug)]
pub(crate) struct Block {
    /// Line of its fence.
    pub(crate) line: usize,
    /// The language: the first word behind the fence.
    pub(crate) language: String,
    /// The other words: `exit=1`, `output`.
    pub(crate) marks: Vec<String>,
    /// What is in it, each line ended.
    pub(crate) text: String,
}

impl Block {
    /// What stands behind `name=`.
    pub(crate) fn mark(&self, name: &str) -> Option<&str> {
        self.marks
            .iter()
            .find_map(|mark| mark.strip_prefix(name)?.strip_prefix('='))
    }

    pub(crate) fn is(&self, mark: &str) -> bool {
        self.marks.iter().any(|known| known == mark)
    }
}

/// A document of the repository.
#[derive(Debug)]
pub(crate) struct Document {
    /// Its path from the root.
    pub(crate) name: String,
    /// What stands outside of blocks, blank lines in their place.
    pub(crate) prose: String,
    pub(crate) blocks: Vec<Block>,
}

pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

pub(crate) fn read(name: &str) -> String {
    let text = std::fs::read_to_string(root().join(name));
    // Git on Windows may have given the lines another end.
    text.unwrap_or_else(|error| panic!("{name}: {error}"))
        .replace("\r\n", "\n")
}

/// Names of the guide's chapters, from the root.
pub(crate) fn chapters() -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(root().join("docs/src"))
        .expect("there is a guide")
        .map(|entry| entry.expect("readable").path())
        .filter(|path| path.extension().is_some_and(|end| end == "md"))
        .map(|path: PathBuf| {
            let name = path.file_name().expect("has a name").to_string_lossy();
            format!("docs/src/{name}")
        })
        .collect();
    names.sort();
    names
}

impl Document {
    pub(crate) fn read(name: &str) -> Self {
        Self::parse(name, &read(name))
    }

    pub(crate) fn parse(name: &str, text: &str) -> Self {
        let (mut prose, mut blocks) = (String::new(), Vec::new());
        let mut open: Option<Block> = None;
        for (index, line) in text.lines().enumerate() {
            let fence = line.trim_start().strip_prefix("```");
            match (&mut open, fence) {
                (None, Some(info)) => {
                    let mut words = info.split_whitespace().map(str::to_owned);
                    open = Some(Block {
                        line: index + 1,
                        language: words.next().unwrap_or_default(),
                        marks: words.collect(),
                        text: String::new(),
                    });
                }
                (Some(block), None) => {
                    block.text.push_str(line);
                    block.text.push('\n');
                }
                (Some(_), Some(_)) => blocks.extend(open.take()),
                (None, None) => prose.push_str(line),
            }
            prose.push('\n');
        }
        assert!(open.is_none(), "{name}: a block has no end");
        Self {
            name: name.to_owned(),
            prose,
            blocks,
        }
    }

    /// Where a block stands, for a message.
    pub(crate) fn place(&self, block: &Block) -> String {
        format!("{}:{}", self.name, block.line)
    }
}

#[test]
fn blocks_have_their_language_marks_and_line() {
    let text = "# A\n\n```sh exit=1 in=empty\ngate check\n```\ntext\n```text output\nx\n```\n";
    let document = Document::parse("a.md", text);
    assert_eq!(document.prose, "# A\n\n\n\n\ntext\n\n\n\n");
    let [first, second] = document.blocks.as_slice() else {
        panic!("{document:?}");
    };
    assert_eq!((first.language.as_str(), first.line), ("sh", 3));
    assert_eq!((first.mark("exit"), first.mark("ex")), (Some("1"), None));
    assert_eq!(first.text, "gate check\n");
    assert!(second.is("output") && !second.is("out"));
    assert_eq!(document.place(second), "a.md:7");
}
