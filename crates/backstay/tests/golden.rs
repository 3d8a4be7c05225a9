//! Every SQL shape has a folder in `golden/`: the request, the caller, the SQL with its parameters, and the answer.
//!
//! `request.http` begins with lines `key: value` between `---` lines: `schema` and `principal` name files under `golden/`
//! (by default `schema.graphql` and `principal.json` of the folder), `rule` stands in place of `$RULE` in the schema.
//! A folder with `before.graphql` is a migration to its schema instead. `UPDATE_GOLDEN=1` writes what is found.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a folder that cannot be read must fail the test")]

#[path = "golden/case.rs"]
mod case;
#[path = "golden/pretty.rs"]
mod pretty;
#[path = "golden/world.rs"]
mod world;

use case::Case;
use std::fs;
use std::path::{Path, PathBuf};
use world::Worlds;

/// At least this many folders; a walk that finds fewer is looking in the wrong place.
const FOLDERS_MIN: usize = 250;

fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

/// Folders of cases, sorted.
fn folders() -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir(golden())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.join("request.http").exists() || path.join("before.graphql").exists())
        .collect();
    found.sort();
    found
}

#[tokio::test]
async fn every_folder() {
    #[expect(clippy::disallowed_methods, reason = "a switch of this test, not configuration")]
    let update = std::env::var("UPDATE_GOLDEN").is_ok_and(|value| value == "1");
    let folders = folders();
    assert!(folders.len() >= FOLDERS_MIN, "found {} folders", folders.len());
    let mut worlds = Worlds::new(golden());
    let mut wrong = Vec::new();
    for folder in folders {
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        let found = match Case::read(&golden(), &folder) {
            Case::Request(request) => worlds.answer(&request).await,
            Case::Migration(migration) => worlds.migrate(&migration).await,
        };
        for (file, text) in found {
            let path = folder.join(file);
            let expected = fs::read_to_string(&path).unwrap_or_default();
            if expected == text {
                continue;
            }
            if update {
                fs::write(&path, text).unwrap();
            } else {
                wrong.push(format!("{name}/{file}\n--- expected\n{expected}\n--- found\n{text}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} differ; `UPDATE_GOLDEN=1` accepts\n{}", wrong.len(), wrong.join("\n"));
}
