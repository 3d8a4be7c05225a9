//! The rules of `deny.toml`, proved from `cargo metadata` alone: cargo-deny takes minutes to build, this takes a second.
//! Absent: advisories, which need their database, and the text of licence files.

use super::{list, spdx, strings, text};
use crate::assure::{Profile, Tally};
use crate::shell::say;
use anyhow::{Context, Result, ensure};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// What `deny.toml` says.
struct Rules {
    allowed: BTreeSet<String>,
    /// Crate and expression, for those whose manifest names no licence.
    clarified: BTreeMap<String, String>,
    banned: BTreeSet<String>,
    registries: BTreeSet<String>,
}

/// Checks every package; a control makes sure that a bad one would be found.
pub(super) fn run(_: &Profile) -> Result<Tally> {
    let rules = Rules::of(&super::deny_toml()?)?;
    let metadata = super::metadata()?;
    let mut tally = Tally::default();
    for package in list(&metadata, "packages") {
        let name = format!("{} {}", text(package, "name").unwrap_or("?"), text(package, "version").unwrap_or("?"));
        tally.note_quietly(&name, rules.check(package));
    }
    let (name, outcome) = ("planted packages are refused", control(&rules));
    tally.note(name, outcome);
    say(&format!(
        "{} packages; {} licences allowed, {} crates banned",
        list(&metadata, "packages").len(),
        rules.allowed.len(),
        rules.banned.len()
    ));
    Ok(tally)
}

impl Rules {
    fn of(deny: &toml::Table) -> Result<Self> {
        let tables = |path: [&str; 2]| -> Vec<toml::Table> {
            let list = deny.get(path[0]).and_then(|section| section.get(path[1])).and_then(toml::Value::as_array);
            list.into_iter().flatten().filter_map(|item| item.as_table().cloned()).collect()
        };
        let field = |table: &toml::Table, key: &str| {
            table
                .get(key)
                .and_then(toml::Value::as_str)
                .map(str::to_owned)
                .with_context(|| format!("deny.toml: `{key}` is missing"))
        };
        let clarified = tables(["licenses", "clarify"]);
        let clarified = clarified.iter().map(|table| Ok((field(table, "crate")?, field(table, "expression")?)));
        let rules = Self {
            allowed: strings(deny, &["licenses", "allow"]).into_iter().collect(),
            clarified: clarified.collect::<Result<_>>()?,
            banned: tables(["bans", "deny"]).iter().map(|table| field(table, "crate")).collect::<Result<_>>()?,
            registries: strings(deny, &["sources", "allow-registry"]).into_iter().collect(),
        };
        ensure!(
            !rules.allowed.is_empty() && !rules.banned.is_empty() && !rules.registries.is_empty(),
            "deny.toml says nothing"
        );
        Ok(rules)
    }

    fn check(&self, package: &Value) -> Result<()> {
        let name = text(package, "name").context("a package without a name")?;
        ensure!(!self.banned.contains(name), "it is banned");
        if let Some(source) = text(package, "source") {
            let registry = source.strip_prefix("registry+").with_context(|| format!("it comes from {source}"))?;
            ensure!(self.registries.contains(registry), "it comes from the registry {registry}");
        }
        let licence = text(package, "license").or_else(|| self.clarified.get(name).map(String::as_str));
        let licence = licence.context("it names no licence, and deny.toml clarifies none")?;
        let met = spdx::is_met(licence, &|name| self.allowed.contains(name))?;
        ensure!(met, "its licence is {licence}");
        Ok(())
    }
}

/// Packages that must not pass.
fn control(rules: &Rules) -> Result<String> {
    let registry = "registry+https://github.com/rust-lang/crates.io-index";
    let planted = [
        serde_json::json!({"name": "openssl-sys", "license": "MIT", "source": registry}),
        serde_json::json!({"name": "a", "license": "AGPL-3.0-only", "source": registry}),
        serde_json::json!({"name": "a", "license": "MIT AND AGPL-3.0-only", "source": registry}),
        serde_json::json!({"name": "a", "license": null, "source": registry}),
        serde_json::json!({"name": "a", "license": "MIT", "source": "git+https://example.org/a#0"}),
        serde_json::json!({"name": "a", "license": "MIT", "source": "registry+https://example.org/index"}),
    ];
    for package in &planted {
        ensure!(rules.check(package).is_err(), "{package} passed");
    }
    Ok(format!("{} of {}", planted.len(), planted.len()))
}
