//! kill -9 in the middle of a migration, at the N-th call on the database's files. What is left must be the old state or the new
//! one, and migrating again must complete it.

use super::frozen::Frozen;
use crate::assure::{Profile, Tally};
use crate::server::{self, Build};
use crate::shell::{self, say};
use anyhow::{Context, Result, ensure};
use std::path::{Path, PathBuf};

/// More calls than any migration of a small database makes.
const CALLS_MAX: u64 = 2_000;

struct Bench {
    binary: PathBuf,
    shim: PathBuf,
    scratch: PathBuf,
    frozen: Frozen,
}

/// Kills at sampled calls in the quick profile, at every call in the deep one.
pub(super) fn run(profile: &Profile) -> Result<Tally> {
    shell::ensure("cc", "gcc")?;
    let scratch = server::scratch("migration")?;
    let shim = scratch.join("fault.so");
    let source = shell::root().join("xtask/fixtures/fault.c");
    let mut cc = shell::command("cc", &["-shared", "-fPIC", "-O1", "-o"]);
    shell::run_quietly(cc.arg(&shim).arg(&source).arg("-ldl"))?;
    let frozen = Frozen::all()?.pop().context("no folder is frozen")?;
    let bench = Bench { binary: server::build(Build::Tested)?, shim, scratch, frozen };
    let calls = bench.calls()?;
    let mut random = profile.random(12);
    let wanted: Vec<u64> = profile.pick((0..12).map(|_| 1 + random.below(calls)).collect(), (1..=calls).collect());
    let (mut tally, mut new) = (Tally::default(), 0_u32);
    for at in &wanted {
        let outcome = bench.killed(*at).map(|is_new| new += u32::from(is_new));
        tally.note_quietly(&format!("killed at call {at} of {calls}"), outcome);
    }
    say(&format!("{} kills at {calls} calls: {new} left the new state, the others the old one", wanted.len()));
    std::fs::remove_dir_all(&bench.scratch)?;
    Ok(tally)
}

impl Bench {
    /// Calls that a whole migration makes: the number at which a kill no longer strikes, found by halving.
    fn calls(&self) -> Result<u64> {
        let (mut struck, mut missed) = (0, CALLS_MAX);
        ensure!(!self.strikes(missed)?, "a migration makes more than {CALLS_MAX} calls");
        while missed - struck > 1 {
            let middle = struck.midpoint(missed);
            if self.strikes(middle)? { struck = middle } else { missed = middle }
        }
        ensure!(struck > 10, "a migration makes only {struck} calls: the library does not count them");
        Ok(struck)
    }

    fn strikes(&self, at: u64) -> Result<bool> {
        let data = self.scratch.join("count");
        let struck = self.strike(at, &data);
        std::fs::remove_dir_all(&data)?;
        struck
    }

    /// Migrates, and dies at a call; whether it did.
    fn strike(&self, at: u64, data: &Path) -> Result<bool> {
        self.frozen.thaw(data)?;
        let mut migrate = self.frozen.migrate(&self.binary, data, ("next", &["apply", "--allow-destructive"]));
        migrate.env("LD_PRELOAD", &self.shim).env("FAULT_KIND", "any").env("FAULT_KILL", "1");
        let status = migrate.env("FAULT_AT", at.to_string()).env("FAULT_NAME", ".db").status()?;
        ensure!(status.code() != Some(1), "the migration failed by itself");
        Ok(!status.success())
    }

    /// Kills at a call; whether the new state is left.
    fn killed(&self, at: u64) -> Result<bool> {
        let data = self.scratch.join(format!("at-{at}"));
        ensure!(self.strike(at, &data)?, "it was not reached");
        let is = |which| -> Result<bool> {
            Ok(self.frozen.migrate(&self.binary, &data, (which, &["status"])).status()?.success())
        };
        let is_new = is("next")?;
        if !is_new {
            // The old schema adds nothing but Backstay's own tables, so a server on it may start.
            self.frozen.answers(&self.binary, &data, "schema").context("neither the new state nor the old one")?;
            let mut again = self.frozen.migrate(&self.binary, &data, ("next", &["apply", "--allow-destructive"]));
            ensure!(again.status()?.success(), "migrating again failed");
        }
        self.frozen.answers(&self.binary, &data, "next").context("after the migration")?;
        std::fs::remove_dir_all(&data)?;
        Ok(is_new)
    }
}
