//! Packages of the Node peers. Their SQLite takes minutes to build, so what is built is kept for every checkout of this machine.

use crate::shell::{self, say};
use anyhow::{Context, Result, ensure};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Longest build of SQLite, on a machine that does much else.
const BUILD_MAX: Duration = Duration::from_secs(1_200);
/// Between two signs of life of a build.
const TOLD_EVERY: Duration = Duration::from_secs(30);
/// Where the built module is, in a folder of packages.
const MODULE: &str = "node_modules/better-sqlite3/build/Release/better_sqlite3.node";

/// Installs the packages of a folder of Node peers, and the SQLite that they use.
pub(super) fn install(folder: &str) -> Result<()> {
    let dir = shell::root().join(folder);
    packages(&dir)?;
    let module = dir.join(MODULE);
    if module.exists() {
        return Ok(());
    }
    let kept = kept(&dir)?;
    if !kept.exists() {
        build(&dir)?;
        std::fs::create_dir_all(kept.parent().unwrap_or(&kept))?;
        // Under its name only when it is whole.
        let part = kept.with_extension(std::process::id().to_string());
        std::fs::copy(&module, &part)?;
        std::fs::rename(part, &kept)?;
        return Ok(());
    }
    say("taking better-sqlite3 as it was built before");
    std::fs::create_dir_all(module.parent().unwrap_or(&module))?;
    std::fs::copy(kept, module)?;
    Ok(())
}

/// Installs the exact versions of a folder's lock file, when they are not there yet.
fn packages(dir: &Path) -> Result<()> {
    let modified = |path: PathBuf| std::fs::metadata(path).and_then(|of| of.modified()).ok();
    let (wanted, there) =
        (modified(dir.join("package-lock.json")), modified(dir.join("node_modules/.package-lock.json")));
    if there.is_some_and(|there| wanted.is_some_and(|wanted| there >= wanted)) {
        return Ok(());
    }
    say(&format!("installing the packages of {}", dir.display()));
    shell::run_quietly(shell::command("npm", &["ci", "--ignore-scripts", "--loglevel=error"]).current_dir(dir))
}

/// The file of a module that was built before: by its version, and by the interface of the Node that it is for.
fn kept(dir: &Path) -> Result<PathBuf> {
    let manifest = std::fs::read(dir.join("node_modules/better-sqlite3/package.json"))?;
    let manifest: serde_json::Value = serde_json::from_slice(&manifest)?;
    let version = manifest["version"].as_str().context("better-sqlite3 has no version")?;
    let node = Command::new("node").args(["-p", "process.versions.modules + '-' + process.arch"]).output()?;
    ensure!(node.status.success(), "node does not run");
    let node = String::from_utf8(node.stdout)?;
    let name = format!("better_sqlite3-{version}-{}.node", node.trim());
    Ok(std::env::temp_dir().join("backstay-node-modules").join(name))
}

/// Builds SQLite with the headers of the node that is installed, saying now and then that it goes on.
fn build(dir: &Path) -> Result<()> {
    say("building better-sqlite3, once on this machine; it takes minutes");
    let args = ["rebuild", "better-sqlite3", "--ignore-scripts=false", "--build-from-source", "--nodedir=/usr"];
    let mut npm = shell::command("npm", &args);
    let mut npm = npm.current_dir(dir).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
    let begin = Instant::now();
    let mut told = begin;
    loop {
        if let Some(status) = npm.try_wait()? {
            ensure!(status.success(), "building better-sqlite3 ended with {status}");
            break;
        }
        if begin.elapsed() > BUILD_MAX {
            let _ = npm.kill();
            let _ = npm.wait();
            anyhow::bail!("building better-sqlite3 took more than {BUILD_MAX:?}");
        }
        if told.elapsed() > TOLD_EVERY {
            told = Instant::now();
            say(&format!("… still building, {:.0} s so far", begin.elapsed().as_secs_f64()));
        }
        std::thread::sleep(Duration::from_millis(200));
    }
    say(&format!("built in {:.0} s", begin.elapsed().as_secs_f64()));
    ensure!(dir.join(MODULE).exists(), "the build of better-sqlite3 left no module");
    Ok(())
}
