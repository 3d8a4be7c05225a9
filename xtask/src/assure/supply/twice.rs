//! Two builds of one commit in two folders, which must be equal to the byte: then anybody can check what a release was built from.

use super::profile_is_deep;
use crate::assure::{Profile, Tally};
use crate::server;
use crate::shell::{self, say};
use anyhow::{Context, Result, ensure};
use sha2::{Digest, Sha256};
use std::path::Path;
use std::process::{Command, Stdio};

/// Builds twice and compares. Uncommitted changes are not in it.
pub(super) fn run(profile: &Profile) -> Result<Tally> {
    if !profile_is_deep(profile) {
        say("two release builds take too long for the quick profile: run `cargo xtask assure supply/twice --deep`");
        return Ok(Tally::default());
    }
    let scratch = server::scratch("twice")?;
    let mut tally = Tally::default();
    let equal = || -> Result<String> {
        // Commits may come while it builds.
        let head = shell::command("git", &["rev-parse", "HEAD"]).output()?;
        let commit = String::from_utf8(head.stdout)?;
        let commit = commit.trim();
        // Names of different lengths, so that a path that slips in shows.
        let first = built(&scratch.join("a"), commit)?;
        let second = built(&scratch.join("another-folder"), commit)?;
        ensure!(first == second, "SHA-256 {first} and {second}");
        Ok(format!("SHA-256 {first}"))
    };
    tally.note("two folders, one binary", equal());
    std::fs::remove_dir_all(&scratch)?;
    Ok(tally)
}

/// Builds the sources of a commit in a folder of their own; the hash of the binary.
fn built(folder: &Path, commit: &str) -> Result<String> {
    let sources = folder.join("sources");
    std::fs::create_dir_all(&sources)?;
    let mut archive = shell::command("git", &["archive", commit]).stdout(Stdio::piped()).spawn()?;
    let tar = archive.stdout.take().context("git archive gives no output")?;
    let unpacked = Command::new("tar").arg("-x").arg("-C").arg(&sources).stdin(tar).status()?;
    ensure!(archive.wait()?.success() && unpacked.success(), "the sources cannot be unpacked");
    let target = folder.join("target");
    let mut cargo = Command::new("cargo");
    cargo.args(["build", "--quiet", "--locked", "--release", "--package", "backstay"]).current_dir(&sources);
    cargo.env("CARGO_TARGET_DIR", &target).env("RUSTFLAGS", remap(&[(&sources, "/backstay"), (&target, "/target")]));
    cargo.env("CFLAGS", format!("-ffile-prefix-map={}=/target", target.display())).stdin(Stdio::null());
    shell::run(&mut cargo)?;
    let binary = std::fs::read(target.join("release/backstay")).context("no binary was built")?;
    Ok(Sha256::digest(&binary).iter().map(|byte| format!("{byte:02x}")).collect())
}

fn remap(paths: &[(&Path, &str)]) -> String {
    let flags: Vec<String> =
        paths.iter().map(|(from, to)| format!("--remap-path-prefix={}={to}", from.display())).collect();
    flags.join(" ")
}
