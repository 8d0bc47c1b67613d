//! Questions to git about the repository that a project lies in. Reads, and
//! never writes: no checkout, no index, no worktree.

use std::ffi::OsStr;
use std::io::{BufRead, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use crate::kit::nearest;

use super::AppError;

/// How much of a hash is enough for a person.
const SHORT: usize = 9;

/// A repository, and the folder that it checks out into.
#[derive(Debug)]
pub(super) struct Repository {
    /// Canonical.
    pub(super) top: PathBuf,
}

/// A commit, as it was asked for and as what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Revision {
    /// As a person wrote it.
    pub(super) asked: String,
    /// The commit's hash, whole.
    pub(super) commit: String,
}

impl Revision {
    /// `main (1a2b3c4d5)`, or the short hash alone where a hash was asked for.
    pub(super) fn shown(&self) -> String {
        let short = self.commit.get(..SHORT).unwrap_or(&self.commit);
        if self.commit.starts_with(&self.asked) {
            short.to_owned()
        } else {
            format!("{} ({short})", self.asked)
        }
    }
}

/// A file of a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// From the top, as git writes it: parts between `/`.
    pub(super) path: Vec<u8>,
    /// What it is.
    pub(super) kind: Kind,
    /// Name of its contents.
    pub(super) object: String,
    /// Bytes.
    pub(super) size: u64,
}

/// What a file of a commit is; submodules are none of the commit's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    File,
    Link,
}

impl Repository {
    /// The repository that a folder lies in.
    pub(super) fn of(folder: &Path) -> Result<Self, AppError> {
        let output = git(folder, &["rev-parse", "--show-toplevel"])?;
        if !output.status.success() {
            return Err(AppError::Usage(format!(
                "--against compares with a git revision, and {} is in no git repository that can be read ({}); leave --against out there, and record a baseline with `gate update-baselines` to compare with",
                folder.display(),
                said(&output)
            )));
        }
        let top = PathBuf::from(os(output.stdout.trim_ascii_end()));
        let top = top.canonicalize().map_err(|error| {
            AppError::Usage(format!("{}: cannot be read: {error}", top.display()))
        })?;
        Ok(Self { top })
    }

    /// The commit that a revision names.
    pub(super) fn resolve(&self, asked: &str) -> Result<Revision, AppError> {
        // Git would take it for a flag.
        if asked.is_empty() || asked.starts_with('-') {
            return Err(AppError::Usage(format!(
                "`{asked}` is no git revision; name a branch, a tag or a commit, as in `--against main`"
            )));
        }
        let commit = format!("{asked}^{{commit}}");
        let output = git(&self.top, &["rev-parse", "--verify", "--quiet", &commit])?;
        let hash = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        let is_hash = hash.len() >= 40 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
        // A whole hash resolves whether its commit is there or not.
        if output.status.success() && is_hash && self.has(&hash)? {
            return Ok(Revision {
                asked: asked.to_owned(),
                commit: hash,
            });
        }
        Err(AppError::Usage(self.missing(asked)?))
    }

    fn has(&self, commit: &str) -> Result<bool, AppError> {
        Ok(git(&self.top, &["cat-file", "-e", commit])?
            .status
            .success())
    }

    /// What is wrong with a revision that is not there, and the cure.
    fn missing(&self, asked: &str) -> Result<String, AppError> {
        let shallow = git(&self.top, &["rev-parse", "--is-shallow-repository"])?;
        if shallow.stdout.trim_ascii() == b"true" {
            return Ok(format!(
                "this clone is shallow and does not hold `{asked}`; fetch it with `{}` (of GitHub's checkout action, `fetch-depth: 0` fetches all)",
                cure(asked)
            ));
        }
        let output = git(
            &self.top,
            &["for-each-ref", "--format=%(refname:short)", "--count=1000"],
        )?;
        let names = String::from_utf8_lossy(&output.stdout).into_owned();
        let hint = match nearest(asked, names.lines()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => {
                "`git fetch` gets what others pushed, and `git branch --all` lists what there is"
                    .into()
            }
        };
        Ok(format!("git knows no commit `{asked}` here; {hint}"))
    }

    /// All files of a commit, in git's order.
    pub(super) fn entries(&self, revision: &Revision) -> Result<Vec<Entry>, AppError> {
        let arguments = ["ls-tree", "-r", "-z", "-l", "--full-tree", &revision.commit];
        let output = git(&self.top, &arguments)?;
        if !output.status.success() {
            return Err(unreadable(revision, &said(&output)));
        }
        let lines = output.stdout.split(|byte| *byte == 0);
        let mut entries = Vec::new();
        for line in lines.filter(|line| !line.is_empty()) {
            entries.extend(
                entry(line).ok_or_else(|| unreadable(revision, "its list of files is garbled"))?,
            );
        }
        Ok(entries)
    }

    /// Contents of files, each handed on with its index, in their order.
    pub(super) fn contents(
        &self,
        revision: &Revision,
        entries: &[&Entry],
        take: &mut dyn FnMut(usize, Vec<u8>) -> Result<(), AppError>,
    ) -> Result<(), AppError> {
        let mut child = command(&self.top, &["cat-file", "--batch"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| not_started(&error))?;
        let failed = |what: &str| unreadable(revision, what);
        let (Some(mut stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(failed("git came without pipes"));
        };
        let names: String = entries
            .iter()
            .map(|entry| format!("{}\n", entry.object))
            .collect();
        // In a thread of its own: git answers before all has been asked. It
        // ends with the pipe, and a pipe that breaks shows in the answers.
        let asking = std::thread::spawn(move || drop(stdin.write_all(names.as_bytes())));
        let mut answers = std::io::BufReader::new(stdout);
        let mut result = Ok(());
        for (index, wanted) in entries.iter().enumerate() {
            result = read_object(&mut answers, wanted)
                .map_err(|what| failed(&what))
                .and_then(|bytes| take(index, bytes));
            if result.is_err() {
                break;
            }
        }
        drop(answers);
        // Fails where it has ended already.
        drop(child.kill());
        drop(child.wait());
        drop(asking.join());
        result
    }
}

/// One answer of `cat-file --batch`: a line with name, type and size, then the
/// contents and a newline.
fn read_object(answers: &mut impl BufRead, wanted: &Entry) -> Result<Vec<u8>, String> {
    let mut header = Vec::new();
    answers
        .by_ref()
        .take(256)
        .read_until(b'\n', &mut header)
        .map_err(|error| error.to_string())?;
    let header = String::from_utf8_lossy(&header).trim().to_owned();
    let size = header
        .strip_prefix(&format!("{} blob ", wanted.object))
        .and_then(|size| size.parse::<u64>().ok())
        .filter(|size| *size == wanted.size)
        .ok_or_else(|| {
            let path = String::from_utf8_lossy(&wanted.path);
            format!("git does not give `{path}` ({header})")
        })?;
    let mut bytes = Vec::new();
    answers
        .by_ref()
        .take(size + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| error.to_string())?;
    if bytes.pop() != Some(b'\n') || bytes.len() as u64 != size {
        return Err("git's answer ends in the middle of a file".to_owned());
    }
    Ok(bytes)
}

/// A line of `ls-tree -l`; none inside for what is no file, none at all for
/// what is no such line.
fn entry(line: &[u8]) -> Option<Option<Entry>> {
    let tab = line.iter().position(|byte| *byte == b'\t')?;
    let (head, path) = (std::str::from_utf8(&line[..tab]).ok()?, &line[tab + 1..]);
    let mut words = head.split_ascii_whitespace();
    let (mode, _, object, size) = (words.next()?, words.next()?, words.next()?, words.next()?);
    let kind = match mode {
        "100644" | "100755" | "100664" => Kind::File,
        "120000" => Kind::Link,
        _ => return Some(None),
    };
    Some(Some(Entry {
        path: path.to_owned(),
        kind,
        object: object.to_owned(),
        size: size.parse().ok()?,
    }))
}

/// How to fetch a revision that a shallow clone does not hold.
fn cure(asked: &str) -> String {
    let plain = asked.split(['~', '^', '@', ':']).next().unwrap_or(asked);
    if plain.len() != asked.len() || asked == "HEAD" {
        return "git fetch --deepen=100".to_owned();
    }
    let word: String = asked
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || "/._-".contains(*c))
        .collect();
    match word.strip_prefix("origin/") {
        Some(branch) => format!("git fetch --depth=1 origin {branch}:refs/remotes/origin/{branch}"),
        None if word.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
            format!("git fetch --depth=1 origin {word}")
        }
        None => format!("git fetch --depth=1 origin {word}:{word}"),
    }
}

fn unreadable(revision: &Revision, what: &str) -> AppError {
    AppError::Usage(format!(
        "{} cannot be read from this repository: {what}; `git fsck` tells what is missing",
        revision.shown()
    ))
}

fn not_started(error: &std::io::Error) -> AppError {
    AppError::Usage(format!(
        "--against needs git, and it did not start: {error}; install git, or leave --against out"
    ))
}

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new("git");
    command
        .arg("-C")
        .arg(folder)
        .args(arguments)
        // Not even an index that is refreshed on the way.
        .env("GIT_OPTIONAL_LOCKS", "0");
    command
}

fn git(folder: &Path, arguments: &[&str]) -> Result<Output, AppError> {
    command(folder, arguments)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| not_started(&error))
}

/// What git complained about, on one line.
fn said(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr);
    let line = text.lines().next().unwrap_or("git said nothing").trim();
    line.strip_prefix("fatal: ").unwrap_or(line).to_owned()
}

/// A path as git writes it.
#[cfg(unix)]
pub(super) fn os(bytes: &[u8]) -> &OsStr {
    std::os::unix::ffi::OsStrExt::from_bytes(bytes)
}

/// A path as git writes it, in UTF-8.
#[cfg(not(unix))]
pub(super) fn os(bytes: &[u8]) -> &OsStr {
    OsStr::new(std::str::from_utf8(bytes).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_files_is_read_and_what_is_none_is_left_out() {
        let file = b"100644 blob 1234abcd      17\tspecs/a b.yaml";
        assert_eq!(
            entry(file),
            Some(Some(Entry {
                path: b"specs/a b.yaml".to_vec(),
                kind: Kind::File,
                object: "1234abcd".into(),
                size: 17,
            }))
        );
        let link = entry(b"120000 blob 12       3\tl")
            .flatten()
            .expect("a link");
        assert_eq!(link.kind, Kind::Link);
        assert_eq!(entry(b"160000 commit 12       -\tmodule"), Some(None));
        for bad in [&b"100644 blob 12"[..], b"100644 blob 12 x\ta", b"\xff\ta"] {
            assert_eq!(entry(bad), None);
        }
    }

    #[test]
    fn an_answer_is_the_file_that_was_asked_for_or_none() {
        let wanted = Entry {
            path: b"a".to_vec(),
            kind: Kind::File,
            object: "12ab".into(),
            size: 3,
        };
        let read = |text: &[u8]| read_object(&mut &text[..], &wanted);
        assert_eq!(read(b"12ab blob 3\nxyz\n"), Ok(b"xyz".to_vec()));
        for bad in [
            &b"12ab missing\n"[..],
            b"12ab blob 4\nwxyz\n",
            b"12ab blob 3\nxy",
            b"34cd blob 3\nxyz\n",
            b"",
        ] {
            assert!(read(bad).is_err());
        }
    }

    #[test]
    fn what_to_fetch_depends_on_what_was_asked_for() {
        let hash = "0123456789abcdef0123456789abcdef01234567";
        for (asked, expected) in [
            ("HEAD~3", "git fetch --deepen=100"),
            ("main^", "git fetch --deepen=100"),
            (
                "origin/main",
                "git fetch --depth=1 origin main:refs/remotes/origin/main",
            ),
            ("v1.2", "git fetch --depth=1 origin v1.2:v1.2"),
            (hash, &format!("git fetch --depth=1 origin {hash}")),
        ] {
            assert_eq!(cure(asked), expected);
        }
    }

    #[test]
    fn a_revision_is_shown_with_its_hash_once() {
        let revision = |asked: &str| Revision {
            asked: asked.into(),
            commit: "0123456789abcdef".into(),
        };
        assert_eq!(revision("main").shown(), "main (012345678)");
        assert_eq!(revision("0123").shown(), "012345678");
    }
}
