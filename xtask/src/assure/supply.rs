//! Part `supply`: what the product is made of. Licences, sources and bans of every dependency, lock files, a bill of materials,
//! and two builds that must be equal to the byte.

mod deny;
mod locks;
mod made_of;
mod rules;
mod spdx;
mod twice;

use super::{Check, Profile};
use crate::shell;
use anyhow::{Context, Result, ensure};
use serde_json::Value;

/// The checks of this part.
pub(super) const CHECKS: &[Check] = &[
    Check {
        name: "rules",
        shows: "licences, sources and bans of deny.toml hold for every dependency",
        run: rules::run,
    },
    Check { name: "unsafe", shows: "every crate forbids unsafe code", run: locks::forbid_unsafe },
    Check {
        name: "locks",
        shows: "each npm lock file is complete, and says what its package file asks for",
        run: locks::run,
    },
    Check { name: "sbom", shows: "a CycloneDX bill of materials, complete and always the same", run: made_of::run },
    Check { name: "deny", shows: "cargo-deny, with advisories when a copy of their database is given", run: deny::run },
    Check { name: "twice", shows: "two builds in two folders are equal to the byte (deep profile)", run: twice::run },
];

/// `deny.toml`.
fn deny_toml() -> Result<toml::Table> {
    let path = shell::root().join("deny.toml");
    let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    text.parse().with_context(|| format!("{} is no TOML", path.display()))
}

/// The strings of a list at a path of keys.
fn strings(table: &toml::Table, path: &[&str]) -> Vec<String> {
    let Some((last, above)) = path.split_last() else { return Vec::new() };
    let table = above.iter().try_fold(table, |table, key| table.get(*key)?.as_table());
    let list = table.and_then(|table| table.get(*last)?.as_array());
    list.into_iter().flatten().filter_map(|item| item.as_str().map(str::to_owned)).collect()
}

/// What `cargo metadata` tells of the locked dependencies, on the platforms of `deny.toml`, with every feature.
fn metadata() -> Result<Value> {
    let mut cargo = shell::command("cargo", &["metadata", "--format-version", "1", "--locked", "--all-features"]);
    for target in strings(&deny_toml()?, &["graph", "targets"]) {
        cargo.args(["--filter-platform", &target]);
    }
    let output = cargo.output().context("cannot start `cargo metadata`")?;
    ensure!(output.status.success(), "`cargo metadata` failed: {}", String::from_utf8_lossy(&output.stderr).trim());
    serde_json::from_slice(&output.stdout).context("`cargo metadata` printed no JSON")
}

/// An array inside a JSON object; empty when it is not there.
fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// A text inside a JSON object.
fn text<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value.get(key).and_then(Value::as_str)
}

fn profile_is_deep(profile: &Profile) -> bool {
    profile.pick(false, true)
}
