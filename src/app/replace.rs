//! A report's file, replaced in one step: whoever reads it finds the old one
//! or the new one, whole.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// Writes a file by way of a temporary one beside it, which takes its place
/// when it is whole. Makes the folder where it is missing. What is no file (a
/// pipe, `/dev/null`) is written to as it is, and a link leads to what it
/// names.
///
/// # Errors
///
/// Of the file system, and of `write`; what stood there then stands there
/// still.
pub(super) fn replace(
    path: &Path,
    write: &mut dyn FnMut(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    if !is_replaceable(path) {
        let mut out = BufWriter::new(fs::OpenOptions::new().write(true).open(path)?);
        write(&mut out)?;
        return out.flush();
    }
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let folder = folder_of(&path);
    fs::create_dir_all(&folder)?;
    let file = temporary(&folder)?;
    let mut out = BufWriter::new(file);
    write(&mut out)?;
    let file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
    file.persist(&path).map_err(|error| error.error)?;
    Ok(())
}

/// Whether a path names a file, or nothing yet, so that another file can take
/// its place.
pub(super) fn is_replaceable(path: &Path) -> bool {
    fs::metadata(path).map_or(true, |known| known.is_file() || known.is_dir())
}

fn folder_of(path: &Path) -> PathBuf {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        Some(_) | None => PathBuf::from("."),
    }
}

/// A temporary file with the permissions that a file made here would have: a
/// report is made to be read by others.
fn temporary(folder: &Path) -> io::Result<tempfile::NamedTempFile<File>> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".gate-report-").suffix(".tmp");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(path: &Path) -> String {
        fs::read_to_string(path).expect("readable")
    }

    #[test]
    fn a_file_is_replaced_whole_or_not_at_all() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a/b/report.json");
        replace(&path, &mut |out| out.write_all(b"first")).expect("written");
        assert_eq!(text(&path), "first");
        let error = replace(&path, &mut |out| {
            out.write_all(b"second")?;
            Err(io::Error::other("no more"))
        });
        assert_eq!(error.expect_err("fails").to_string(), "no more");
        assert_eq!(text(&path), "first");
        let left = fs::read_dir(path.parent().expect("has one")).expect("a folder");
        assert_eq!(left.count(), 1, "nothing temporary is left");
    }

    #[test]
    fn a_folder_in_its_place_is_an_error() {
        let folder = tempfile::tempdir().expect("a folder");
        replace(folder.path(), &mut |out| out.write_all(b"x")).expect_err("a folder");
    }

    #[cfg(unix)]
    #[test]
    fn links_lead_on_devices_stay_and_others_may_read() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let folder = tempfile::tempdir().expect("a folder");
        let real = folder.path().join("real");
        fs::write(&real, "old").expect("written");
        let link = folder.path().join("link");
        symlink(&real, &link).expect("linked");
        replace(&link, &mut |out| out.write_all(b"new")).expect("written");
        assert_eq!(text(&real), "new");
        assert!(link.is_symlink());
        replace(Path::new("/dev/null"), &mut |out| out.write_all(b"x")).expect("written");
        assert!(!fs::metadata("/dev/null").expect("is there").is_file());
        let plain = folder.path().join("plain");
        fs::write(&plain, "").expect("written");
        let mode = |path| fs::metadata(path).expect("is there").permissions().mode();
        assert_eq!(mode(&real), mode(&plain));
    }
}
