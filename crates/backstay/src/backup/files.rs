//! Copies and hashes files, and makes sure that they are on the disk. In: paths. Out: sizes and SHA-256 in hexadecimal.

use sha2::{Digest, Sha256};
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

/// Bytes read at a time.
const CHUNK_BYTES: usize = 1 << 20;

/// Size and hash of what was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Print {
    /// Bytes.
    pub bytes: u64,
    /// SHA-256, 64 hexadecimal digits.
    pub sha256: String,
}

/// Called with the number of bytes just handled; an error ends the work.
pub(crate) type Each<'a> = &'a mut dyn FnMut(u64) -> std::io::Result<()>;

/// Hashes a file.
pub(crate) fn print(path: &Path, each: Each<'_>) -> std::io::Result<Print> {
    pass(File::open(path)?, &mut std::io::sink(), each)
}

/// Writes all of `from` into a new file for its owner alone, synced.
pub(crate) fn write(from: impl Read, to: &Path, each: Each<'_>) -> std::io::Result<Print> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(to)?;
    let print = pass(from, &mut file, each)?;
    file.sync_all()?;
    Ok(print)
}

fn pass(mut from: impl Read, to: &mut dyn Write, each: Each<'_>) -> std::io::Result<Print> {
    let mut buffer = vec![0; CHUNK_BYTES];
    let (mut hash, mut bytes) = (Sha256::new(), 0);
    loop {
        let read = match from.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        let chunk = buffer.get(..read).unwrap_or_default();
        hash.update(chunk);
        to.write_all(chunk)?;
        bytes += read as u64;
        each(read as u64)?;
    }
    let sha256 = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(Print { bytes, sha256 })
}

/// Makes sure that a file or the names in a folder are on the disk.
pub(crate) fn sync(path: &Path) -> std::io::Result<()> {
    File::open(path)?.sync_all()
}
