//! A folder in the making, beside the place that it is for. Taken away when it is dropped before it was put in place.

use super::{parent, refused};
use crate::problem::Problem;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

/// The folder.
#[derive(Debug)]
pub(crate) struct Staging {
    path: PathBuf,
}

impl Staging {
    /// Makes `.NAME.WORD-PROCESS` beside `place`, for its owner alone.
    ///
    /// # Errors
    /// The folder of `place` is not there or takes no new entries.
    pub(crate) fn beside(place: &Path, word: &str) -> Result<Self, Problem> {
        let name = place.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        Self::make(parent(place).join(format!(".{name}.{word}-{}", std::process::id())))
    }

    /// Makes `.WORD-PROCESS` inside `folder`.
    ///
    /// # Errors
    /// The folder takes no new entries.
    pub(crate) fn inside(folder: &Path, word: &str) -> Result<Self, Problem> {
        Self::make(folder.join(format!(".{word}-{}", std::process::id())))
    }

    fn make(path: PathBuf) -> Result<Self, Problem> {
        let made = std::fs::DirBuilder::new().mode(0o700).create(&path);
        made.map_err(|error| refused("make the folder", &path, &error))?;
        Ok(Self { path })
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Leaves it where it is.
    pub(crate) fn keep(mut self) {
        self.path = PathBuf::new();
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        if !self.path.as_os_str().is_empty() {
            let _ = std::fs::remove_dir_all(&self.path);
        }
    }
}
