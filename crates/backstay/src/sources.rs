//! Reads the schema from disk. In: a file, or a folder of `*.graphql` files. Out: its texts, in the order of their names.

use crate::problem::Problem;
use std::path::{Path, PathBuf};

/// Largest schema, all files together. A larger one is certainly not a schema.
const BYTES_MAX: u64 = 16 << 20;

/// One file of a schema.
#[derive(Debug, Clone)]
pub(crate) struct SourceFile {
    /// Path as the person would write it.
    pub name: String,
    /// Its text.
    pub text: String,
}

/// The files of a schema.
///
/// # Errors
/// The path is not there, not readable, not text, or a folder without `*.graphql` files.
pub(crate) fn read(path: &Path) -> Result<Vec<SourceFile>, Problem> {
    let missing = || {
        Problem::new(format!("there is no schema at {}", path.display()))
            .help("name it with --schema FILE, or make one: backstay init")
    };
    let facts = std::fs::metadata(path).map_err(|error| {
        if error.kind() == std::io::ErrorKind::NotFound { missing() } else { unreadable(path, &error) }
    })?;
    let files = if facts.is_dir() { graphql_files(path)? } else { vec![path.to_path_buf()] };
    if files.is_empty() {
        return Err(Problem::new(format!("the folder {} has no *.graphql file", path.display()))
            .help("make one: backstay init"));
    }
    let mut bytes_left = BYTES_MAX;
    let mut sources = Vec::with_capacity(files.len());
    for file in files {
        let length = std::fs::metadata(&file).map_err(|error| unreadable(&file, &error))?.len();
        bytes_left = bytes_left.checked_sub(length).ok_or_else(|| {
            Problem::new(format!("the schema at {} is larger than {} MiB", path.display(), BYTES_MAX >> 20))
        })?;
        let bytes = std::fs::read(&file).map_err(|error| unreadable(&file, &error))?;
        let text = String::from_utf8(bytes).map_err(|error| {
            let offset = error.utf8_error().valid_up_to();
            Problem::new(format!("{} is not UTF-8 text (byte {offset})", file.display())).help("save it as UTF-8")
        })?;
        sources.push(SourceFile { name: file.display().to_string(), text });
    }
    Ok(sources)
}

fn graphql_files(folder: &Path) -> Result<Vec<PathBuf>, Problem> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(|error| unreadable(folder, &error))? {
        let path = entry.map_err(|error| unreadable(folder, &error))?.path();
        if path.extension().is_some_and(|extension| extension == "graphql") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn unreadable(path: &Path, error: &std::io::Error) -> Problem {
    Problem::new(format!("cannot read {}: {error}", path.display())).help("check that this user may read it")
}
