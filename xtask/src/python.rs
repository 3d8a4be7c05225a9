//! Python tools of the project: a virtual environment under the target directory, with the exact versions of `fixtures/requirements.txt`.

use crate::server;
use crate::shell::{self, CannotRun, say};
use anyhow::Result;
use std::path::PathBuf;

/// The path of an installed tool; installs all of them first where that was not done for these versions.
///
/// # Errors
/// [`CannotRun`] when Python or a package cannot be had.
pub(crate) fn tool(name: &str) -> Result<PathBuf> {
    let folder = server::target_dir().join("python");
    let wanted = shell::root().join("xtask/fixtures/requirements.txt");
    let stamp = folder.join("installed.txt");
    let text = std::fs::read_to_string(&wanted)?;
    if std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == text) {
        return Ok(folder.join("bin").join(name));
    }
    shell::ensure("python3", "python3")?;
    say("installing the Python tools of xtask/fixtures/requirements.txt");
    let needs = |what: &str, error: anyhow::Error| CannotRun { needs: format!("{what} ({error})") };
    let place = folder.display().to_string();
    let make = || shell::run_quietly(&mut shell::command("python3", &["-m", "venv", "--clear", &place]));
    // Debian keeps the half of `venv` that installs pip in a package of its own.
    make()
        .or_else(|_| {
            shell::run_quietly(
                shell::command("apt-get", &["install", "-y", "-qq", "--no-install-recommends", "python3-venv"])
                    .env("DEBIAN_FRONTEND", "noninteractive"),
            )?;
            make()
        })
        .map_err(|error| needs("a Python with `venv` is needed (Debian's package is `python3-venv`)", error))?;
    let (pip, list) = (folder.join("bin/pip").display().to_string(), wanted.display().to_string());
    let arguments = ["install", "--quiet", "--disable-pip-version-check", "-r", &list];
    shell::run_quietly(&mut shell::command(&pip, &arguments)).map_err(|error| {
        needs("the packages of xtask/fixtures/requirements.txt are needed from a package index", error)
    })?;
    std::fs::write(&stamp, text)?;
    Ok(folder.join("bin").join(name))
}
