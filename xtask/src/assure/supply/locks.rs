//! Lock files of npm, and the ban on unsafe code: what can be read from files of the repository.

use super::text;
use crate::assure::{Profile, Tally};
use crate::shell;
use anyhow::{Context, Result, ensure};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// Crates of ours that may hold unsafe code, with the reason.
const MAY_BE_UNSAFE: &[(&str, &str)] =
    &[("backstay-libfuzzer", "libFuzzer calls a C function, which its macro exports; it is no part of the product")];

/// Where packages of npm may come from, when a lock file says it.
const NPM_REGISTRY: &str = "https://registry.npmjs.org/";

/// Checks every `package.json` of the repository.
pub(super) fn run(_: &Profile) -> Result<Tally> {
    let mut tally = Tally::default();
    let mut manifests = tracked("package.json")?;
    manifests.retain(|path| path.file_name().is_some_and(|name| name == "package.json"));
    ensure!(!manifests.is_empty(), "the repository has no package.json");
    for manifest in manifests {
        tally.note(&manifest.display().to_string(), lock_of(&shell::root().join(&manifest)));
    }
    Ok(tally)
}

/// Files of the repository whose name ends so.
fn tracked(end: &str) -> Result<Vec<PathBuf>> {
    let output = shell::command("git", &["ls-files", "-z", "--", &format!("*{end}")]).output()?;
    ensure!(output.status.success(), "`git ls-files` failed: {}", String::from_utf8_lossy(&output.stderr).trim());
    let names = String::from_utf8(output.stdout)?;
    Ok(names.split('\0').filter(|name| !name.is_empty()).map(PathBuf::from).collect())
}

fn json(path: &Path) -> Result<Value> {
    let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    serde_json::from_slice(&bytes).with_context(|| format!("{} is no JSON", path.display()))
}

/// The lock file beside a package file: there, in step with it, and complete.
fn lock_of(manifest: &Path) -> Result<String> {
    let asked = json(manifest)?;
    let lock = json(&manifest.with_file_name("package-lock.json"))?;
    ensure!(lock.get("lockfileVersion").and_then(Value::as_u64) >= Some(3), "its lock file is of an old version");
    let packages = lock.get("packages").and_then(Value::as_object).context("its lock file lists no packages")?;
    let root = packages.get("").context("its lock file has no root")?;
    for kind in ["dependencies", "devDependencies", "optionalDependencies"] {
        ensure!(
            asked.get(kind) == root.get(kind),
            "`{kind}` of package.json and of its lock file differ; run `npm install`"
        );
        for (name, version) in asked.get(kind).and_then(Value::as_object).into_iter().flatten() {
            let exact = version.as_str().is_some_and(|version| version.starts_with(|c: char| c.is_ascii_digit()));
            ensure!(exact, "{name} is not asked for by one version, but by {version}");
        }
    }
    let mut scripts = 0;
    for (path, package) in packages.iter().filter(|(path, _)| !path.is_empty()) {
        let integrity = text(package, "integrity").unwrap_or_default();
        ensure!(integrity.starts_with("sha512-"), "{path} has no SHA-512");
        ensure!(text(package, "version").is_some(), "{path} has no version");
        let elsewhere = text(package, "resolved").filter(|from| !from.starts_with(NPM_REGISTRY));
        ensure!(elsewhere.is_none(), "{path} comes from {}", elsewhere.unwrap_or_default());
        scripts += usize::from(package.get("hasInstallScript") == Some(&Value::Bool(true)));
    }
    Ok(format!("{} packages, each with a SHA-512; {scripts} with install scripts", packages.len() - 1))
}

/// Checks that each crate of the workspace takes its lints from the workspace, and that those forbid unsafe code.
pub(super) fn forbid_unsafe(_: &Profile) -> Result<Tally> {
    let mut tally = Tally::default();
    let read = |path: &Path| -> Result<toml::Table> { Ok(std::fs::read_to_string(shell::root().join(path))?.parse()?) };
    let workspace = read(Path::new("Cargo.toml"))?;
    let lint = ["workspace", "lints", "rust"].iter().try_fold(&workspace, |table, key| table.get(*key)?.as_table());
    let forbidden = lint.and_then(|rust| rust.get("unsafe_code")?.as_str()) == Some("forbid");
    tally.note(
        "the workspace's lints",
        if forbidden { Ok("forbid unsafe_code".to_owned()) } else { Err(anyhow::anyhow!("do not forbid unsafe_code")) },
    );
    for manifest in tracked("Cargo.toml")?.iter().filter(|path| path.as_path() != Path::new("Cargo.toml")) {
        let table = read(manifest)?;
        let Some(name) = table.get("package").and_then(|package| package.get("name")?.as_str()) else { continue };
        let inherits = table.get("lints").and_then(|lints| lints.get("workspace")?.as_bool()) == Some(true);
        let excused = MAY_BE_UNSAFE.iter().any(|(excused, _)| *excused == name);
        let outcome =
            if inherits || excused { Ok(()) } else { Err(anyhow::anyhow!("it does not take the workspace's lints")) };
        tally.note_quietly(name, outcome);
    }
    Ok(tally)
}
