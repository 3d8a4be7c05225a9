//! The bill of materials: what the binary is made of, as CycloneDX JSON in `target/sbom/backstay.cdx.json`.
//! Made from `cargo metadata` and the lock file's hashes; no time and no random number is in it, so the same sources give the same file.

use super::{list, text};
use crate::assure::{Profile, Tally};
use crate::{server, shell};
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

const PRODUCT: &str = "backstay";

/// Writes the bill and checks it.
pub(super) fn run(_: &Profile) -> Result<Tally> {
    let mut tally = Tally::default();
    let bill = bill(&super::metadata()?)?;
    let text = serde_json::to_string_pretty(&bill)?;
    let path = server::target_dir().join("sbom").join("backstay.cdx.json");
    std::fs::create_dir_all(path.parent().context("no folder")?)?;
    std::fs::write(&path, format!("{text}\n"))?;
    tally.note("complete", complete(&bill).map(|count| format!("{count} components in {}", path.display())));
    let again = serde_json::to_string_pretty(&self::bill(&super::metadata()?)?)?;
    tally.note(
        "made twice",
        if text == again { Ok(format!("{} equal bytes", text.len())) } else { Err(anyhow::anyhow!("the two differ")) },
    );
    Ok(tally)
}

/// The packages that the product needs to run or to be built, without those that only tests need.
fn needed<'a>(metadata: &'a Value, root: &'a str) -> Result<BTreeMap<&'a str, Vec<&'a str>>> {
    let nodes = metadata.get("resolve").map_or(&[][..], |resolve| list(resolve, "nodes"));
    let nodes: BTreeMap<&str, &Value> = nodes.iter().filter_map(|node| Some((text(node, "id")?, node))).collect();
    let (mut needed, mut waiting) = (BTreeMap::new(), vec![root]);
    while let Some(id) = waiting.pop() {
        if needed.contains_key(id) {
            continue;
        }
        let node = nodes.get(id).with_context(|| format!("{id} was not resolved"))?;
        let mut of_it = Vec::new();
        for dependency in list(node, "deps") {
            let only_for_tests = list(dependency, "dep_kinds").iter().all(|kind| text(kind, "kind") == Some("dev"));
            if let Some(id) = text(dependency, "pkg").filter(|_| !only_for_tests) {
                of_it.push(id);
            }
        }
        of_it.sort_unstable();
        waiting.extend(&of_it);
        needed.insert(id, of_it);
    }
    Ok(needed)
}

fn bill(metadata: &Value) -> Result<Value> {
    let packages: BTreeMap<&str, &Value> =
        list(metadata, "packages").iter().filter_map(|package| Some((text(package, "id")?, package))).collect();
    let root = packages.iter().find(|(_, package)| text(package, "name") == Some(PRODUCT)).map(|(id, _)| *id);
    let root = root.context("the product is no package")?;
    let hashes = hashes()?;
    let needed = needed(metadata, root)?;
    let mut components = Vec::new();
    for id in needed.keys().filter(|id| **id != root) {
        components.push(component(packages.get(id).context("a package without a description")?, &hashes)?);
    }
    let name_of = |id: &str| packages.get(id).map(|package| purl(package)).unwrap_or_default();
    let mut dependencies: Vec<(String, Vec<String>)> =
        needed.iter().map(|(id, of_it)| (name_of(id), of_it.iter().map(|id| name_of(id)).collect())).collect();
    dependencies.sort();
    components.sort_by_key(|component| component.get("purl").map(ToString::to_string));
    let mut product = component(packages.get(root).context("the product is no package")?, &hashes)?;
    product["type"] = json!("application");
    Ok(json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": { "component": product },
        "components": components,
        "dependencies": dependencies.into_iter().map(|(of, on)| json!({ "ref": of, "dependsOn": on })).collect::<Vec<_>>(),
    }))
}

fn purl(package: &Value) -> String {
    let (name, version) = (text(package, "name").unwrap_or("?"), text(package, "version").unwrap_or("?"));
    format!("pkg:cargo/{name}@{version}")
}

fn component(package: &Value, hashes: &BTreeMap<(String, String), String>) -> Result<Value> {
    let name = text(package, "name").context("a package without a name")?;
    let version = text(package, "version").context("a package without a version")?;
    let purl = purl(package);
    let mut component = json!({ "type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl });
    let licence = text(package, "license").map(|licence| licence.replace(" / ", " OR ").replace('/', " OR "));
    let licence = licence.or_else(|| text(package, "license_file").map(|file| format!("LicenseRef-{name}-{file}")));
    component["licenses"] = json!([{ "expression": licence.with_context(|| format!("{name} has no licence"))? }]);
    if let Some(hash) = hashes.get(&(name.to_owned(), version.to_owned())) {
        component["hashes"] = json!([{ "alg": "SHA-256", "content": hash }]);
    }
    if let Some(repository) = text(package, "repository") {
        component["externalReferences"] = json!([{ "type": "vcs", "url": repository }]);
    }
    Ok(component)
}

/// SHA-256 of each package, as `Cargo.lock` has it.
fn hashes() -> Result<BTreeMap<(String, String), String>> {
    let lock: toml::Table = std::fs::read_to_string(shell::root().join("Cargo.lock"))?.parse()?;
    let packages = lock.get("package").and_then(toml::Value::as_array).context("Cargo.lock lists no packages")?;
    let field = |package: &toml::Value, key: &str| package.get(key).and_then(toml::Value::as_str).map(str::to_owned);
    let with_hash = packages.iter().filter_map(|package| {
        Some(((field(package, "name")?, field(package, "version")?), field(package, "checksum")?))
    });
    Ok(with_hash.collect())
}

/// Every component has what a reader needs, every reference leads somewhere, and none of a crate of others lacks its hash.
fn complete(bill: &Value) -> Result<usize> {
    let components = list(bill, "components");
    ensure!(components.len() > 50, "only {} components", components.len());
    let mut known: BTreeSet<&str> = components.iter().filter_map(|component| text(component, "bom-ref")).collect();
    ensure!(known.len() == components.len(), "two components have one name");
    known.extend(bill.pointer("/metadata/component/bom-ref").and_then(Value::as_str));
    for dependency in list(bill, "dependencies") {
        let named = list(dependency, "dependsOn").iter().filter_map(Value::as_str).chain(text(dependency, "ref"));
        for name in named {
            ensure!(known.contains(name), "{name} is referred to and not listed");
        }
    }
    for component in components {
        let name = text(component, "name").unwrap_or_default();
        let hashed = component.get("hashes").is_some() || name.starts_with("backstay");
        ensure!(hashed, "{name} has no hash");
    }
    Ok(components.len())
}
