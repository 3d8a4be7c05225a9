//! cargo-deny itself: the same `deny.toml`, licence texts too, and advisories when a copy of their database is given.
//! It is installed once, into `target/tools`; building it takes minutes, so the quick profile runs it only where it is there.

use super::profile_is_deep;
use crate::assure::{Profile, Tally};
use crate::server;
use crate::shell::{self, say};
use anyhow::{Context, Result, ensure};
use std::path::Path;
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

const VERSION: &str = "0.20.2";
/// A copy older than this says too little about a release.
const STALE_DAYS: u64 = 60;

/// Runs its checks, one case each.
pub(super) fn run(profile: &Profile) -> Result<Tally> {
    let binary = server::target_dir().join("tools/bin/cargo-deny");
    if !binary.exists() {
        if !profile_is_deep(profile) && profile.advisory_db.is_none() {
            say(
                "cargo-deny is not built here: the quick profile leaves it to supply/rules, which reads the same deny.toml",
            );
            return Ok(Tally::default());
        }
        install()?;
    }
    // It reads every package's manifest, those of other systems too, which no build here has asked for.
    shell::run_quietly(&mut shell::command("cargo", &["fetch", "--quiet", "--locked"]))?;
    let mut tally = Tally::default();
    for check in ["bans", "licenses", "sources"] {
        tally.note(
            check,
            checked(shell::command(
                &binary.to_string_lossy(),
                &["--offline", "check", "--hide-inclusion-graph", check],
            )),
        );
    }
    match &profile.advisory_db {
        Some(database) => tally.note("advisories", advisories(&binary, database)),
        None => say("advisories were not looked at: give a copy of their database with --advisory-db DIR"),
    }
    Ok(tally)
}

/// Builds it, unoptimised: that takes half the time, and it has little to do.
fn install() -> Result<()> {
    let tools = server::target_dir().join("tools");
    let (root, build) = (tools.to_string_lossy(), tools.join("build"));
    say(&format!("building cargo-deny {VERSION} into {root}, once"));
    let version = format!("cargo-deny@{VERSION}");
    let args = [
        "install",
        "--quiet",
        "--debug",
        "--locked",
        "--root",
        &root,
        "--target-dir",
        &build.to_string_lossy(),
        &version,
    ];
    shell::run_quietly(&mut shell::command("cargo", &args))?;
    // What it was built from is of no more use.
    std::fs::remove_dir_all(&build).with_context(|| format!("cannot remove {}", build.display()))
}

fn checked(mut command: Command) -> Result<String> {
    let output = command.output().context("cannot start cargo-deny")?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{}", said.trim());
    Ok(said.lines().last().unwrap_or("ok").trim().to_owned())
}

/// Looks for advisories in a copy of the database, which must be a git repository.
fn advisories(binary: &Path, database: &Path) -> Result<String> {
    let database = database.canonicalize().with_context(|| format!("no folder {}", database.display()))?;
    let days = age_days(&database)?;
    say(&format!("the advisory database was last changed {days} days ago"));
    let scratch = server::scratch("deny")?;
    let config = scratch.join("gitconfig");
    std::fs::write(&config, git_config(&database)?)?;
    let mut command = shell::command(&binary.to_string_lossy(), &["check", "--hide-inclusion-graph", "advisories"]);
    command.env("GIT_CONFIG_GLOBAL", &config);
    let said = checked(command);
    std::fs::remove_dir_all(&scratch)?;
    let said = said?;
    // What an old copy knows is looked for all the same; that it found nothing is not enough.
    ensure!(days <= STALE_DAYS, "{said}, but the advisory database is {days} days old; fetch a newer copy");
    Ok(format!("{said}, with advisories {days} days old"))
}

/// Tells git to take the copy wherever `deny.toml` names an address of the database.
fn git_config(database: &Path) -> Result<String> {
    let addresses = super::strings(&super::deny_toml()?, &["advisories", "db-urls"]);
    ensure!(!addresses.is_empty(), "deny.toml: `db-urls` is missing");
    let instead: String = addresses.iter().map(|address| format!("\tinsteadOf = {address}\n")).collect();
    Ok(format!("[url \"file://{}\"]\n{instead}[safe]\n\tdirectory = *\n", database.display()))
}

fn age_days(database: &Path) -> Result<u64> {
    let output = Command::new("git").arg("-C").arg(database).args(["log", "-1", "--format=%ct"]).output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let at: u64 = text.trim().parse().with_context(|| format!("{} is no git repository", database.display()))?;
    #[expect(clippy::disallowed_methods, reason = "the age of a file is measured by the machine's clock")]
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    Ok(now.saturating_sub(at) / 86_400)
}
