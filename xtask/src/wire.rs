//! The wire suite: node tests that talk to the binary as clients do. Its packages are installed from its lock file.

use crate::{server, services, shell};
use anyhow::{Context, Result, ensure};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// Longest run of a test file.
const FILE_TIME_MAX: Duration = Duration::from_secs(300);

/// Where the servers of a suite have their rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum On {
    /// Each in a file of its own.
    Files,
    Postgres,
    Mariadb,
}

impl On {
    /// Every one.
    pub(crate) const ALL: [On; 3] = [On::Files, On::Postgres, On::Mariadb];

    /// What is said of it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            On::Files => "sqlite",
            On::Postgres => "postgres",
            On::Mariadb => "mariadb",
        }
    }

    /// Tells the tests of a suite; they make an empty place for each server that they start.
    ///
    /// # Errors
    /// The database cannot be had.
    pub(crate) fn tell(self, tests: &mut Command) -> Result<()> {
        let address = match self {
            On::Files => return Ok(()),
            On::Postgres => services::fresh_database("backstay_wire")?,
            On::Mariadb => services::mysql()?.1,
        };
        tests.env("BACKSTAY_WIRE_DATABASE", address);
        Ok(())
    }
}

/// The command that runs all test files of a folder, with the servers' rows in a kind of database.
///
/// # Errors
/// As [`suite`], or when the database cannot be had.
pub(crate) fn suite_on(on: On, folder: &str) -> Result<Command> {
    let mut tests = suite(folder, "")?;
    on.tell(&mut tests)?;
    Ok(tests)
}

/// The command that runs the test files of a folder whose name begins with `name`, against the binary that the tests build.
///
/// # Errors
/// When node, a package or the binary cannot be had, or no file has such a name.
pub(crate) fn suite(folder: &str, name: &str) -> Result<Command> {
    suite_within(folder, name, FILE_TIME_MAX)
}

/// The same, where each file may take longer.
///
/// # Errors
/// As [`suite`].
pub(crate) fn suite_within(folder: &str, name: &str, limit: Duration) -> Result<Command> {
    shell::ensure("node", "nodejs")?;
    let dir = shell::root().join("crates/backstay/tests/wire");
    npm_ci(&dir)?;
    // A folder may need packages that the others do without.
    if dir.join(folder).join("package.json").exists() {
        npm_ci(&dir.join(folder))?;
    }
    let binary = server::build(server::Build::Tested)?;
    let mut files: Vec<_> = std::fs::read_dir(dir.join(folder))
        .with_context(|| format!("no folder {folder} in the wire suite"))?
        .filter_map(|entry| entry.ok().map(|e| e.path()))
        .filter(|path| {
            let file = path.file_name().unwrap_or_default().to_string_lossy();
            file.starts_with(name) && file.ends_with(".test.mjs")
        })
        .collect();
    files.sort();
    ensure!(!files.is_empty(), "the wire suite has no {folder} tests named {name}*");
    let limit = format!("--test-timeout={}", limit.as_millis());
    let mut node = shell::command("node", &["--test", "--test-reporter=spec", &limit]);
    node.args(files).env("BACKSTAY_BIN", binary).current_dir(dir);
    Ok(node)
}

/// Installs the exact versions of a folder's lock file, when they are not there yet.
fn npm_ci(dir: &Path) -> Result<()> {
    shell::ensure("npm", "npm")?;
    let (lock, installed) = (dir.join("package-lock.json"), dir.join("node_modules/.package-lock.json"));
    let modified = |path: &Path| std::fs::metadata(path).and_then(|m| m.modified()).ok();
    if modified(&installed).is_some_and(|at| modified(&lock).is_some_and(|wanted| at >= wanted)) {
        return Ok(());
    }
    let mut npm = shell::command(
        "npm",
        &["ci", "--ignore-scripts", "--legacy-peer-deps", "--no-audit", "--no-fund", "--loglevel=error"],
    );
    shell::run_quietly(npm.current_dir(dir))
}
