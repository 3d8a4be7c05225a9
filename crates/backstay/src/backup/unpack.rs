//! Brings the files of a backup into a folder, each compared with the manifest on its way. In: a folder, a file, or standard input.

use super::files::{self, Print};
use super::manifest::{self, Entry, Manifest};
use super::{archive, refused};
use crate::problem::Problem;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Where a backup is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Source {
    /// A folder.
    Folder(PathBuf),
    /// A .tar file.
    Archive(PathBuf),
    /// A .tar on standard input.
    Input,
}

impl Source {
    /// What stands at a path.
    ///
    /// # Errors
    /// Nothing does.
    pub(crate) fn find(path: &Path) -> Result<Self, Problem> {
        if path == Path::new("-") {
            return Ok(Self::Input);
        }
        let facts = std::fs::metadata(path).map_err(|error| refused("read the backup", path, &error))?;
        Ok(if facts.is_dir() { Self::Folder(path.to_path_buf()) } else { Self::Archive(path.to_path_buf()) })
    }
}

/// Copies everything into the empty folder `into`, and compares sizes and hashes.
///
/// # Errors
/// It is no backup, or not as it was made. `into` may hold a part of it.
pub(crate) fn unpack(source: &Source, into: &Path, each: files::Each<'_>) -> Result<Manifest, Problem> {
    match source {
        Source::Input => archive::unpack(std::io::stdin().lock(), into, each),
        Source::Archive(path) => {
            let file = File::open(path).map_err(|error| refused("read", path, &error))?;
            archive::unpack(std::io::BufReader::with_capacity(1 << 20, file), into, each)
        }
        Source::Folder(folder) => {
            let manifest = manifest_of(folder)?;
            for entry in &manifest.files {
                file(open(folder, entry)?, entry, into, each)?;
            }
            Ok(manifest)
        }
    }
}

/// Compares sizes and hashes of a folder where it is.
///
/// # Errors
/// It is no backup, or not as it was made.
pub(crate) fn compare(folder: &Path, each: files::Each<'_>) -> Result<Manifest, Problem> {
    let manifest = manifest_of(folder)?;
    for entry in &manifest.files {
        open(folder, entry)?;
        let path = folder.join(&entry.path);
        let print = files::print(&path, each).map_err(|error| refused("read", &path, &error))?;
        same(entry, &print)?;
    }
    Ok(manifest)
}

/// Writes one file of a backup into the folder `into`.
///
/// # Errors
/// It cannot be written, or is not as the manifest says.
pub(super) fn file(from: impl Read, entry: &Entry, into: &Path, each: files::Each<'_>) -> Result<(), Problem> {
    let to = into.join(&entry.path);
    let written = std::fs::create_dir_all(super::parent(&to)).and_then(|()| {
        // One byte more than it may have, so that a longer file is noticed and its rest is not read.
        files::write(from.take(entry.bytes.saturating_add(1)), &to, each)
    });
    same(entry, &written.map_err(|error| refused("write", &to, &error))?)
}

/// The refusal of a file that is not as it was.
pub(super) fn differs(path: &str) -> Problem {
    Problem::new(format!("`{path}` is not as it was when the backup was made"))
        .help("this backup is damaged or was changed: use another one")
}

fn same(entry: &Entry, print: &Print) -> Result<(), Problem> {
    let same = print.bytes == entry.bytes && print.sha256 == entry.sha256;
    if same { Ok(()) } else { Err(differs(&entry.path)) }
}

fn open(folder: &Path, entry: &Entry) -> Result<File, Problem> {
    let path = folder.join(&entry.path);
    let facts = std::fs::symlink_metadata(&path).map_err(|error| refused("read", &path, &error))?;
    if !facts.is_file() {
        return Err(differs(&entry.path));
    }
    File::open(&path).map_err(|error| refused("read", &path, &error))
}

fn manifest_of(folder: &Path) -> Result<Manifest, Problem> {
    let path = folder.join(manifest::FILE);
    let mut text = String::new();
    let read = File::open(&path).and_then(|file| file.take(manifest::BYTES_MAX).read_to_string(&mut text));
    match read {
        Ok(_) => Manifest::parse(&text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            Err(Problem::new(format!("{} is not a backup: it has no {}", folder.display(), manifest::FILE))
                .help("name what `backstay backup` made: its folder or .tar file"))
        }
        Err(error) => Err(refused("read", &path, &error)),
    }
}
