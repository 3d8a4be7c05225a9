//! Repository rules that the compiler cannot hold: who may depend on whom, how long files may be, and what pure crates may not touch.

#![expect(clippy::unwrap_used, reason = "a rule that cannot be checked is a failure")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// (crate, the workspace crates it may name, outside crates it must never name, why it exists)
const LAYERS: &[(&str, &[&str], &[&str], &str)] = &[
    ("schema", &[], &["tokio", "axum", "hyper", "rusqlite", "rand"], "the schema file, checked"),
    ("plan", &["schema"], &["tokio", "axum", "hyper", "rusqlite", "rand"], "requests, rules and what is allowed"),
    ("compile", &["plan", "schema"], &["tokio", "axum", "hyper", "rusqlite", "rand"], "plans to SQL"),
    ("engine", &["compile", "plan", "schema"], &["axum", "hyper", "tonic"], "the only crate with database drivers"),
    ("infra", &[], &["axum", "hyper", "rusqlite"], "outside systems that are not the main database"),
    ("auth", &["engine", "infra", "plan", "schema"], &["axum", "hyper", "rusqlite"], "identity without HTTP"),
    ("edge", &["auth", "engine", "infra", "plan", "schema"], &["rusqlite"], "every protocol: parse and render"),
    ("backstay", &["auth", "compile", "edge", "engine", "infra", "plan", "schema"], &["rusqlite"], "the binary"),
];

const FILE_LINES_MAX: usize = 800;

/// Names that say nothing about what is inside.
const EMPTY_NAMES: &[&str] = &["common", "core", "shared", "types", "utils", "util", "helpers"];

/// (file, word, why it is allowed there)
const EXCEPTIONS: &[(&str, &str, &str)] = &[
    (
        "schema/src/rule/source.rs",
        "std::thread",
        "the rule parser recurses: it runs on a stack of known size, and its answer is the same",
    ),
    ("engine/src/load.rs", "DELETE ", "takes back one row by its rowid, from a table named by the schema"),
    (
        "engine/src/store/sqlite/foreign_key.rs",
        "SELECT ",
        "asks after a failed reference, in tables and columns named by the schema",
    ),
];

fn is_excepted(path: &Path, word: &str) -> bool {
    EXCEPTIONS.iter().any(|(file, what, _)| path.ends_with(file) && *what == word)
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// Rust files of the workspace, without what is built or installed.
fn rust_files() -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut todo = vec![root().join("crates"), root().join("xtask"), root().join("bench"), root().join("fuzz")];
    while let Some(dir) = todo.pop() {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() && name != "target" && name != "node_modules" {
                todo.push(path);
            } else if name.ends_with(".rs") {
                files.push(path);
            }
        }
    }
    assert!(files.len() > 20, "the walk found too few files to mean anything");
    files
}

#[test]
fn crates_depend_only_downwards() {
    for (name, allowed, banned, _) in LAYERS {
        let text = fs::read_to_string(root().join("crates").join(name).join("Cargo.toml")).unwrap();
        let manifest: toml::Table = text.parse().unwrap();
        let dependencies = manifest["dependencies"].as_table().unwrap();
        for dependency in dependencies.keys().map(String::as_str) {
            match dependency.strip_prefix("backstay-") {
                Some(ours) => assert!(allowed.contains(&ours), "`{name}` must not depend on `{ours}`"),
                None => assert!(!banned.contains(&dependency), "`{name}` must not depend on `{dependency}`"),
            }
        }
    }
    let listed: BTreeSet<_> = LAYERS.iter().map(|(name, ..)| (*name).to_owned()).collect();
    let found: BTreeSet<_> = fs::read_dir(root().join("crates"))
        .unwrap()
        .map(|e| e.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    assert_eq!(listed, found, "a new crate needs a line in LAYERS saying why it exists");
}

#[test]
fn files_are_short_and_say_what_they_are() {
    for path in rust_files() {
        let text = fs::read_to_string(&path).unwrap();
        let code = text.split("#[cfg(test)]\nmod tests").next().unwrap().lines().count();
        assert!(code <= FILE_LINES_MAX, "{} has {code} lines", path.display());
        assert!(!path.ends_with("mod.rs"), "{}: use `name.rs` beside `name/`", path.display());
        assert!(text.starts_with("//!"), "{} must open with a `//!` line", path.display());
        let stem = path.file_stem().unwrap().to_string_lossy().into_owned();
        assert!(!EMPTY_NAMES.contains(&stem.as_str()), "{}: name the thing", path.display());
    }
}

#[test]
fn pure_crates_touch_nothing_outside() {
    let banned = ["std::env", "std::fs", "std::net", "SystemTime", "Instant::now", "std::thread"];
    for krate in ["schema", "plan", "compile"] {
        let source = root().join("crates").join(krate).join("src");
        for path in rust_files()
            .into_iter()
            .filter(|p| p.starts_with(&source) && !p.components().any(|part| part.as_os_str() == "tests"))
        {
            let text = fs::read_to_string(&path).unwrap();
            let code = text.split("#[cfg(test)]").next().unwrap().to_owned();
            for word in banned {
                // `std::net::IpAddr` is a plain value.
                let used = code.matches(word).count()
                    - code.matches("std::net::IpAddr").count() * usize::from(word == "std::net");
                assert!(used == 0 || is_excepted(&path, word), "{} uses {word}", path.display());
            }
        }
    }
}

#[test]
fn a_decision_has_a_number_of_its_own() {
    let mut numbers = BTreeSet::new();
    for entry in fs::read_dir(root().join("docs/decisions")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let number = name.split('-').next().unwrap().to_owned();
        let title = fs::read_to_string(&path).unwrap();
        let wanted = [format!("# {number}: "), format!("# {}. ", number.trim_start_matches('0'))];
        assert!(wanted.iter().any(|start| title.starts_with(start)), "{name} must open with `{}`", wanted[0]);
        assert!(numbers.insert(number), "{name} has the number of another decision");
    }
    assert!(numbers.len() > 10, "the walk found too few decisions to mean anything");
}

#[test]
fn sql_text_is_never_put_together_by_format() {
    for path in rust_files().into_iter().filter(|p| p.to_string_lossy().contains("/src/") && !p.ends_with("tests.rs")) {
        let text = fs::read_to_string(&path).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap().to_owned();
        for verb in ["SELECT ", "INSERT ", "UPDATE ", "DELETE ", "CREATE ", "ALTER ", "DROP "] {
            let needle = format!("format!(\"{verb}");
            assert!(!code.contains(&needle) || is_excepted(&path, verb), "{} builds SQL by format!", path.display());
        }
    }
}
