//! The path after the mount point: `/`, `/<relation>` or `/rpc/<operation>`.

use super::parse::pairs::{Plus, decode};
use crate::fault::{Fault, code};

/// What a path addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Target {
    /// The document that describes the API.
    Root,
    /// A relation.
    Relation(String),
    /// A custom operation.
    Operation(String),
}

/// Reads a path; one slash at its end does not count.
pub(super) fn target(path: &str) -> Result<Target, Fault> {
    let invalid = || Fault::new(code::PATH, "Invalid path specified in request URL");
    let path = path.strip_prefix('/').unwrap_or(path);
    let path = path.strip_suffix('/').unwrap_or(path);
    let segment = |text: &str| decode(text, Plus::Plus).map(|name| name.into_owned()).map_err(|_| invalid());
    match path.split_once('/') {
        None if path.is_empty() => Ok(Target::Root),
        None => Ok(Target::Relation(segment(path)?)),
        Some(("rpc", name)) if !name.is_empty() && !name.contains('/') => Ok(Target::Operation(segment(name)?)),
        Some(_) => Err(invalid()),
    }
}
