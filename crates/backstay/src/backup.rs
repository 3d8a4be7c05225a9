//! Backups: a folder or a .tar with the database, the keys, the schema and a manifest that says what they must look like.
//! `take` makes one, `unpack` and `verify` read one, `place` puts one where a server finds it. Knows nothing of the network.

pub(crate) mod archive;
pub(crate) mod files;
pub(crate) mod manifest;
pub(crate) mod place;
pub(crate) mod staging;
pub(crate) mod take;
pub(crate) mod unpack;
pub(crate) mod verify;

use std::path::{Path, PathBuf};

/// The database in a backup and in a data folder.
pub(crate) const DATABASE: &str = "backstay.db";
/// Folder of the schema's files in a backup, and in a data folder that was restored.
pub(crate) const SCHEMA: &str = "schema";

/// A sentence about a file that the system refused.
pub(crate) fn refused(doing: &str, path: &Path, error: &std::io::Error) -> crate::problem::Problem {
    use std::io::ErrorKind;
    let is = |kinds: &[ErrorKind]| kinds.contains(&error.kind());
    let next = if is(&[ErrorKind::StorageFull, ErrorKind::QuotaExceeded]) {
        "make room on that disk"
    } else if is(&[ErrorKind::PermissionDenied, ErrorKind::ReadOnlyFilesystem]) {
        "run it as a user that may do that there, such as the server's own or root"
    } else {
        "check that path and its disk"
    };
    crate::problem::Problem::new(format!("cannot {doing} {}: {error}", path.display())).help(next)
}

/// Folder in which a path stands.
pub(crate) fn parent(path: &Path) -> PathBuf {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_path_buf(),
        _ => PathBuf::from("."),
    }
}
