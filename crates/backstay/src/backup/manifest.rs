//! The manifest of a backup: what is in it and what it must look like. In: JSON. Out: a checked [`Manifest`], or why it is none.

use super::DATABASE;
use crate::problem::Problem;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Component, Path};

/// Name of the manifest in a backup.
pub(crate) const FILE: &str = "manifest.json";
/// Layout of a backup. A higher number means that a newer program made it.
pub(crate) const FORMAT: u32 = 1;
/// Largest manifest that is read.
pub(crate) const BYTES_MAX: u64 = 4 << 20;

/// What is in a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Manifest {
    /// [`FORMAT`] of the program that made it.
    pub backup_format: u32,
    /// Version of that program.
    pub backstay_version: String,
    /// When the copy of the database began, RFC 3339.
    pub taken_at: String,
    /// Format of the database.
    pub database_format: i64,
    /// Number of the last migration; `None` before the first.
    pub last_migration: Option<i64>,
    /// References to rows that were not there already when the backup was made.
    pub dangling_references: u64,
    /// Rows of each table.
    pub rows: BTreeMap<String, u64>,
    /// Every other file.
    pub files: Vec<Entry>,
}

/// One file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Entry {
    /// Where it is in the backup.
    pub path: String,
    /// Its size.
    pub bytes: u64,
    /// Its SHA-256 in hexadecimal.
    pub sha256: String,
}

/// The part that every format has.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Formats {
    backup_format: u32,
    #[serde(default)]
    backstay_version: String,
    #[serde(default)]
    database_format: i64,
}

impl Manifest {
    /// Reads and checks a manifest.
    ///
    /// # Errors
    /// It is no manifest, is newer than this program, or names files that no backup has.
    pub(crate) fn parse(text: &str) -> Result<Self, Problem> {
        let not_ours = |error: serde_json::Error| {
            Problem::new(format!("{FILE} is not the manifest of a backup: {error}"))
                .help("was it made by `backstay backup`?")
        };
        let formats: Formats = serde_json::from_str(text).map_err(not_ours)?;
        if formats.backup_format > FORMAT || formats.database_format > backstay_engine::open::FORMAT {
            let (what, found, known) = if formats.backup_format > FORMAT {
                ("backup", i64::from(formats.backup_format), i64::from(FORMAT))
            } else {
                ("database", formats.database_format, backstay_engine::open::FORMAT)
            };
            return Err(Problem::new(format!(
                "the backup was made by backstay {} with {what} format {found}, and this program ({}) knows formats up to {known}",
                formats.backstay_version,
                env!("CARGO_PKG_VERSION"),
            ))
            .help("restore it with that version or a newer one"));
        }
        let manifest: Self = serde_json::from_str(text).map_err(not_ours)?;
        let odd = manifest.files.iter().find(|entry| !is_plain(&entry.path));
        if let Some(entry) = odd {
            return Err(Problem::new(format!("{FILE} names `{}`, which is no file of a backup", entry.path)));
        }
        if !manifest.files.iter().any(|entry| entry.path == DATABASE) {
            return Err(Problem::new(format!("{FILE} names no database")));
        }
        Ok(manifest)
    }

    /// The manifest as text.
    ///
    /// # Errors
    /// Never in practice: it holds numbers and texts.
    pub(crate) fn text(&self) -> Result<String, Problem> {
        let text = serde_json::to_string_pretty(self)
            .map_err(|error| Problem::new(format!("cannot write {FILE}: {error}")))?;
        Ok(text + "\n")
    }

    /// Bytes of all files.
    pub(crate) fn bytes(&self) -> u64 {
        self.files.iter().fold(0, |sum, entry| sum.saturating_add(entry.bytes))
    }

    /// Rows of all tables but ours.
    pub(crate) fn rows_total(&self) -> u64 {
        self.rows.iter().filter(|(table, _)| !table.starts_with('_')).map(|(_, rows)| rows).sum()
    }
}

/// A relative path of at most two plain names, as the files of a backup have.
fn is_plain(path: &str) -> bool {
    let parts: Vec<_> = Path::new(path).components().collect();
    let plain = parts.iter().all(|part| matches!(part, Component::Normal(_)));
    plain && (1..=2).contains(&parts.len()) && path != FILE && !path.contains('\0')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(change: impl Fn(&mut serde_json::Value)) -> String {
        let mut value = serde_json::json!({
            "backupFormat": 1, "backstayVersion": "0.1.0", "takenAt": "2026-11-25T00:00:00Z", "databaseFormat": 1,
            "lastMigration": null, "danglingReferences": 0, "rows": {"books": 2, "_backstay_meta": 1},
            "files": [{"path": "backstay.db", "bytes": 5, "sha256": "00"}],
        });
        change(&mut value);
        value.to_string()
    }

    #[track_caller]
    fn refuse(text: &str, words: &[&str]) {
        let message = Manifest::parse(text).unwrap_err().message;
        for word in words {
            assert!(message.contains(word), "no `{word}` in {message}");
        }
    }

    #[test]
    fn what_is_no_manifest_of_ours_is_refused() {
        let good = Manifest::parse(&text(|_| {})).unwrap();
        assert_eq!((good.bytes(), good.rows_total()), (5, 2));
        assert_eq!(Manifest::parse(&good.text().unwrap()).unwrap(), good);
        refuse("", &["not the manifest of a backup"]);
        refuse("{}", &["backupFormat"]);
        refuse(
            r#"{"backupFormat":9,"backstayVersion":"7.0.0","files":"elsewhere now"}"#,
            &["7.0.0", "backup format 9", "up to 1"],
        );
        refuse(&text(|value| value["databaseFormat"] = 99.into()), &["database format 99"]);
        refuse(&text(|value| value["files"] = serde_json::json!([])), &["names no database"]);
        for path in ["/etc/passwd", "../x", "a/../b", "a/b/c", "", "manifest.json", "a\0b", "./x"] {
            let entry = serde_json::json!([{"path": path, "bytes": 1, "sha256": ""}]);
            refuse(&text(|value| value["files"] = entry.clone()), &["no file of a backup"]);
        }
    }
}
