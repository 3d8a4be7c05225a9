//! Disks that stop taking writes while the server runs: full, and turned read-only. Reads must go on, and writes must be
//! refused by name.

use super::audit::{audit, start, whole};
use super::ledger::{Mark, batch_number};
use super::mount::{Kind, Mount};
use super::writers::Load;
use super::{Profile, Tally};
use crate::http::{Client, Reply};
use crate::server::{self, Build, Server};
use crate::shell;
use anyhow::{Context, Result, ensure};
use std::path::Path;
use std::time::{Duration, Instant};

/// Memory that the rest of the disk is filled with, KiB: given back later.
const BALLAST_KIB: u64 = 1_024;
/// Longest load until a disk of a few megabytes is full.
const FILL_MAX: Duration = Duration::from_secs(60);
/// Rows that no writer uses.
const PROBE_IDS: i64 = 1_000_000_000;

/// Fills small disks of several sizes.
pub(super) fn full(profile: &Profile) -> Result<Tally> {
    let binary = server::build(Build::Tested)?;
    let dir = server::scratch("full")?;
    let (mut random, mut tally) = (profile.random(4), Tally::default());
    for number in profile.rounds(3, 25) {
        let kib = 4_096 + random.below(8_192);
        let mount = Mount::memory(kib, &dir.join("disk"))?;
        tally.note(&format!("disk {number} of {kib} KiB"), one_full(&binary, &mount));
        mount.off()?;
    }
    let _ = std::fs::remove_dir_all(&dir);
    Ok(tally)
}

fn one_full(binary: &Path, mount: &Mount) -> Result<String> {
    let (data, ballast) = (mount.at.join("data"), mount.at.join("ballast"));
    std::fs::write(&ballast, vec![1; usize::try_from(BALLAST_KIB * 1024)?])?;
    let (mut server, token) = start(binary, &data, &[])?;
    let load = Load::new();
    let (ledger, filled) = load.run(server.address, &token, || until_refused(&server, &token));
    filled?;
    let rows = audit(&server, &token, &ledger, 1).context("while the disk is full")?;
    ensure!(health(&server)? == 200, "readiness turned red, although a full disk heals");
    std::fs::remove_file(&ballast)?;
    let healed = write(&server, &token, 2)?;
    ensure!(healed.status == 201, "no healing once there is room: {} {}", healed.status, healed.body);
    server.kill()?;
    let (server, token) = start(binary, &data, &[])?;
    audit(&server, &token, &ledger, 1).context("after the restart")?;
    drop(server);
    whole(&data)?;
    Ok(format!("{} requests acknowledged, {rows} rows read while it was full, healed", ledger.acknowledged))
}

/// Waits until a write is refused for want of room, while others fill the disk.
fn until_refused(server: &Server, token: &str) -> Result<()> {
    let begin = Instant::now();
    for number in 100.. {
        ensure!(begin.elapsed() < FILL_MAX, "the disk was not full within {FILL_MAX:?}");
        let reply = write(server, token, number)?;
        if reply.status == 503 && reply.body.contains("53100") {
            return Ok(());
        }
        ensure!(reply.status == 201, "a write on a filling disk: {} {}", reply.status, reply.body);
        std::thread::sleep(Duration::from_millis(5));
    }
    Ok(())
}

/// Lets the file system under a running server turn read-only, as ext4 does after an error of its own.
pub(super) fn read_only(profile: &Profile) -> Result<Tally> {
    let binary = server::build(Build::Tested)?;
    let dir = server::scratch("read-only")?;
    let mut tally = Tally::default();
    for number in profile.rounds(1, 10) {
        let mount = Mount::image(Kind::Ext4, &dir.join(format!("ext4-{number}")))?;
        tally.note(&format!("disk {number}"), one_read_only(&binary, &mount));
    }
    let _ = std::fs::remove_dir_all(&dir);
    Ok(tally)
}

fn one_read_only(binary: &Path, mount: &Mount) -> Result<String> {
    let data = mount.at.join("data");
    let (mut server, token) = start(binary, &data, &[])?;
    let load = Load::new();
    let (ledger, turned) = load.run(server.address, &token, || {
        std::thread::sleep(Duration::from_millis(150));
        // A sync that is under way while ext4 stops may be reported as done: what it was for counts as not answered.
        load.darken();
        let turned = turn_read_only(mount);
        std::thread::sleep(Duration::from_millis(150));
        turned
    });
    turned?;
    let refused = write(&server, &token, 1)?;
    ensure!(refused.status == 503 && refused.body.contains("PGRST001"), "a write: {} {}", refused.status, refused.body);
    ensure!(health(&server)? == 503, "readiness stayed green");
    let rows = audit(&server, &token, &ledger, 1).context("while the disk is read-only")?;
    server.kill()?;
    let error = start(binary, &data, &[]).err().context("a server started on a read-only disk")?;
    ensure!(format!("{error:#}").contains("read-only"), "the start says {error:#}");
    mount.off()?;
    mount.again()?;
    let (server, token) = start(binary, &data, &[])?;
    audit(&server, &token, &ledger, 1).context("after the restart")?;
    drop(server);
    whole(&data)?;
    mount.off()?;
    Ok(format!("{} requests acknowledged, {rows} rows read while it was read-only", ledger.acknowledged))
}

fn turn_read_only(mount: &Mount) -> Result<()> {
    let trigger = Path::new("/sys/fs/ext4").join(mount.device()?).join("trigger_fs_error");
    // The write itself is answered with the error that it causes.
    let written = std::fs::write(&trigger, "test");
    let mounts = std::fs::read_to_string("/proc/mounts")?;
    let at = format!(" {} ", mount.at.display());
    let line = mounts.lines().find(|line| line.contains(&at)).context("it is not mounted")?;
    let is_read_only = line.contains("emergency_ro") || line.contains(" ro,");
    if !is_read_only {
        let needs = format!("{} must be writable ({written:?}): run as root, on a kernel with ext4", trigger.display());
        return Err(shell::CannotRun { needs }.into());
    }
    Ok(())
}

/// A write of its own.
fn write(server: &Server, token: &str, number: i64) -> Result<Reply> {
    let mark = Mark { id: PROBE_IDS + number, batch: batch_number(PROBE_IDS + number, 1), version: 1 };
    Client::connect(server.address, token)?.send("POST", "/rest/v1/marks", &mark.json().to_string())
}

fn health(server: &Server) -> Result<u16> {
    Ok(Client::connect(server.address, "")?.send("GET", "/health/ready", "")?.status)
}
