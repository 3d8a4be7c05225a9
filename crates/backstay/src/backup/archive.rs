//! A backup as one .tar file: the manifest first, then the files in its order. No compression, no links, no other kinds of entries.

use super::manifest::{self, Manifest};
use super::{files, refused};
use crate::problem::Problem;
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;

/// Writes the files of `folder` into `out`.
///
/// # Errors
/// The system's.
pub(crate) fn pack(
    folder: &Path,
    manifest: &Manifest,
    out: &mut dyn Write,
    each: files::Each<'_>,
) -> std::io::Result<()> {
    let mut tar = tar::Builder::new(out);
    let names = std::iter::once(manifest::FILE).chain(manifest.files.iter().map(|entry| entry.path.as_str()));
    for name in names {
        let file = File::open(folder.join(name))?;
        let facts = file.metadata()?;
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(tar::EntryType::Regular);
        header.set_mode(0o600);
        header.set_size(facts.len());
        let changed = facts.modified().ok().and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok());
        header.set_mtime(changed.map_or(0, |at| at.as_secs()));
        tar.append_data(&mut header, name, Watched { file, each })?;
    }
    tar.into_inner()?.flush()
}

/// A file whose reading is watched.
struct Watched<'a> {
    file: File,
    each: files::Each<'a>,
}

impl Read for Watched<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.file.read(buffer)?;
        (self.each)(read as u64)?;
        Ok(read)
    }
}

/// Unpacks an archive into the empty folder `into`: what the manifest names, as it says, and nothing else.
///
/// # Errors
/// It is no archive of a backup, was cut off, or holds something else. `into` may hold a part of it.
pub(crate) fn unpack(from: impl Read, into: &Path, each: files::Each<'_>) -> Result<Manifest, Problem> {
    let unreadable = |error: std::io::Error| {
        Problem::new(format!("the archive cannot be read: {error}"))
            .help("it may be cut off, or was not made by `backstay backup`")
    };
    let mut tar = tar::Archive::new(from);
    let mut entries = tar.entries().map_err(unreadable)?;
    let Some(first) = entries.next() else {
        return Err(Problem::new("the archive is empty"));
    };
    let first = first.map_err(unreadable)?;
    if first.path_bytes().as_ref() != manifest::FILE.as_bytes() || first.size() > manifest::BYTES_MAX {
        return Err(Problem::new(format!("the archive does not begin with {}", manifest::FILE))
            .help("it was not made by `backstay backup`"));
    }
    let mut text = String::new();
    let bytes = first.size();
    first.take(manifest::BYTES_MAX).read_to_string(&mut text).map_err(unreadable)?;
    if (text.len() as u64) < bytes {
        return Err(cut_off(manifest::FILE));
    }
    let manifest = Manifest::parse(&text)?;
    let mut missing: BTreeSet<&str> = manifest.files.iter().map(|entry| entry.path.as_str()).collect();
    for entry in entries {
        let entry = entry.map_err(unreadable)?;
        let path = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let known = manifest.files.iter().find(|known| known.path == path);
        let Some(known) = known.filter(|_| entry.header().entry_type().is_file() && missing.remove(path.as_str()))
        else {
            return Err(Problem::new(format!("the archive holds `{path}`, which its manifest does not name")));
        };
        if entry.size() != known.bytes {
            return Err(super::unpack::differs(&path));
        }
        super::unpack::file(entry, known, into, each)?;
    }
    match missing.first() {
        None => Ok(manifest),
        Some(path) => Err(cut_off(path)),
    }
}

fn cut_off(path: &str) -> Problem {
    Problem::new(format!("the archive ends before the end of `{path}`")).help("it is cut off: copy it again")
}

/// Writes a packed copy of `folder` to a new file, synced.
///
/// # Errors
/// The file cannot be written.
pub(crate) fn pack_into_file(
    folder: &Path,
    manifest: &Manifest,
    to: &Path,
    each: files::Each<'_>,
) -> Result<(), Problem> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut write = || -> std::io::Result<()> {
        let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(to)?;
        pack(folder, manifest, &mut file, each)?;
        file.sync_all()
    };
    write().map_err(|error| refused("write", to, &error))
}
