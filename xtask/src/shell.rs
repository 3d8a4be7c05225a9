//! Running other programs: found, started, timed, and reported when they fail.

use anyhow::{Context, Result, bail};
use std::fmt;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};

/// Something that this machine lacks, so that a check cannot even begin.
#[derive(Debug)]
pub(crate) struct CannotRun {
    /// What is needed, and how to get it.
    pub(crate) needs: String,
}

impl fmt::Display for CannotRun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.needs)
    }
}

impl std::error::Error for CannotRun {}

/// Writes a line to standard output, which is where a reader of CI looks.
pub(crate) fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    // A closed pipe is the reader's choice, not a failure of ours.
    let _ = writeln!(out, "{line}");
    let _ = out.flush();
}

/// The workspace's root.
pub(crate) fn root() -> PathBuf {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().unwrap_or(manifest).to_path_buf()
}

/// A command that runs in the workspace's root.
pub(crate) fn command(program: &str, args: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(args).current_dir(root()).stdin(Stdio::null());
    // What a later build could reuse costs this one time, and CI builds once.
    if in_ci() {
        command.env("CARGO_INCREMENTAL", "0");
    }
    command
}

/// Whether CI runs us, where nothing may be left out.
pub(crate) fn in_ci() -> bool {
    std::env::var_os("CI").is_some_and(|value| !value.is_empty() && value != "false")
}

/// Runs a command and fails when it does.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let shown = shown(command);
    let status = command.status().with_context(|| format!("cannot start `{shown}`"))?;
    if !status.success() {
        bail!("`{shown}` ended with {status}");
    }
    Ok(())
}

/// Runs a command, showing its output only when it fails.
pub(crate) fn run_quietly(command: &mut Command) -> Result<()> {
    let shown = shown(command);
    let output = command.output().with_context(|| format!("cannot start `{shown}`"))?;
    if !output.status.success() {
        say(&String::from_utf8_lossy(&output.stdout));
        say(&String::from_utf8_lossy(&output.stderr));
        bail!("`{shown}` ended with {}", output.status);
    }
    Ok(())
}

/// Runs a command and fails when it does, showing its output once it has ended, whole: others may be running.
pub(crate) fn run_apart(command: &mut Command) -> Result<()> {
    let shown = shown(command);
    let output = command.output().with_context(|| format!("cannot start `{shown}`"))?;
    say(&[String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr)].concat());
    if !output.status.success() {
        bail!("`{shown}` ended with {}", output.status);
    }
    Ok(())
}

/// Whether a program can be found on the path.
pub(crate) fn is_installed(program: &str) -> bool {
    Command::new("sh")
        .args(["-c", &format!("command -v {program}")])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Installs a Debian package when `program` is missing.
///
/// # Errors
/// [`CannotRun`] when it is missing still: it says what to install.
pub(crate) fn ensure(program: &str, package: &str) -> Result<()> {
    if is_installed(program) {
        return Ok(());
    }
    say(&format!("`{program}` is needed"));
    install(package)
}

/// Installs a Debian package.
///
/// # Errors
/// [`CannotRun`] when that does not work: it says what to install.
pub(crate) fn install(package: &str) -> Result<()> {
    // Debian's tools refuse to work beside themselves.
    static ONE_BY_ONE: Mutex<()> = Mutex::new(());
    let _turn = ONE_BY_ONE.lock().unwrap_or_else(PoisonError::into_inner);
    let needs = format!("Debian's package `{package}` is needed: install it and run again");
    if !is_installed("apt-get") {
        return Err(CannotRun { needs }.into());
    }
    say(&format!("installing {package}"));
    let mut install = command("apt-get", &["install", "-y", "-qq", "--no-install-recommends", package]);
    let install = install.env("DEBIAN_FRONTEND", "noninteractive");
    run_quietly(&mut command("apt-get", &["update", "-qq"]))
        .and_then(|()| run_quietly(install))
        .map_err(|error| CannotRun { needs: format!("{needs} ({error})") }.into())
}

fn shown(command: &Command) -> String {
    let mut words = vec![command.get_program().to_string_lossy().into_owned()];
    words.extend(command.get_args().map(|a| a.to_string_lossy().into_owned()));
    words.join(" ")
}
