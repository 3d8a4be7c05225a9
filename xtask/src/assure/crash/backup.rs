//! Backups under load: every row acknowledged before a backup began is in it, and a restore that is killed leaves the old folder
//! or the new one.

use super::{Profile, Tally};
use crate::http::Client;
use crate::server::{self, Build, Server};
use crate::shell::{self, say};
use anyhow::{Context, Result, bail, ensure};
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

const WRITERS: usize = 8;
/// Rows read in one page of the check.
const PAGE: usize = 1_000;
/// What the database of a folder holds that is to be replaced. It is never opened as one.
const OLD: &[u8] = b"old";

/// Backs up under load, restores elsewhere, reads every row back; then kills restores.
pub(super) fn run(profile: &Profile) -> Result<Tally> {
    let bench = Bench {
        binary: server::build(Build::Tested)?,
        schema: shell::root().join("xtask/fixtures/marks.graphql"),
        scratch: server::scratch("backup")?,
    };
    let mut tally = Tally::default();
    let backups = bench.under_load(profile.pick(4, 40))?;
    for (number, acknowledged) in backups.iter().enumerate() {
        tally.note(&format!("backup {number}"), bench.restored(number, acknowledged));
    }
    let last = bench.backup(backups.len().saturating_sub(1));
    let whole = bench.time_of_restore(&last)?;
    let (mut random, mut new) = (profile.random(11), 0_u32);
    let kills = profile.pick(12_u32, 200);
    for number in 0..kills {
        let life = whole.mul_f64(f64::from(u32::try_from(random.below(1_100))?) / 1_000.0);
        let outcome = bench.killed(number, &last, life).map(|is_new| new += u32::from(is_new));
        tally.note_quietly(&format!("restore killed after {life:?}"), outcome);
    }
    say(&format!("{kills} restores killed: {new} left the new folder, the others the old one"));
    std::fs::remove_dir_all(&bench.scratch)?;
    Ok(tally)
}

struct Bench {
    binary: PathBuf,
    schema: PathBuf,
    scratch: PathBuf,
}

impl Bench {
    fn backup(&self, number: usize) -> PathBuf {
        self.scratch.join(format!("backup-{number}"))
    }

    fn product(&self, arguments: &[&str]) -> Command {
        let mut command = shell::command(&self.binary.to_string_lossy(), arguments);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command
    }

    /// Makes backups while rows are written; for each, the ids that were acknowledged before it began.
    fn under_load(&self, count: usize) -> Result<Vec<BTreeSet<i64>>> {
        let data = self.scratch.join("data");
        let (server, token) = start(&self.binary, &self.schema, &data)?;
        let (stop, next, acknowledged) = (AtomicBool::new(false), AtomicI64::new(1), Mutex::new(BTreeSet::new()));
        let writer = || write(server.address, &token, &next, &stop, &acknowledged);
        std::thread::scope(|scope| {
            for _ in 0..WRITERS {
                scope.spawn(writer);
            }
            let made = (0..count).map(|number| {
                let before = wait_for_more(&acknowledged, (number + 1) * 200)?;
                let (schema, dest) = (self.schema.to_string_lossy(), self.backup(number));
                let status = self
                    .product(&[
                        "backup",
                        &dest.to_string_lossy(),
                        "--schema",
                        &schema,
                        "--data",
                        &data.to_string_lossy(),
                    ])
                    .status()?;
                ensure!(status.success(), "`backstay backup` ended with {status}");
                Ok(before)
            });
            let made = made.collect();
            stop.store(true, Ordering::Relaxed);
            made
        })
    }

    /// Restores a backup into a new folder and reads every row back.
    fn restored(&self, number: usize, acknowledged: &BTreeSet<i64>) -> Result<String> {
        let to = self.scratch.join(format!("restored-{number}"));
        let source = self.backup(number);
        let status = self.product(&["restore", &source.to_string_lossy(), "--data", &to.to_string_lossy()]).status()?;
        ensure!(status.success(), "`backstay restore` ended with {status}");
        let (server, token) = start(&self.binary, &self.schema, &to)?;
        let stored = check(server.address, &token, acknowledged)?;
        Ok(format!("{} rows acknowledged before it began, {stored} in it", acknowledged.len()))
    }

    fn replace(&self, number: u32, source: &Path) -> Result<(PathBuf, Command)> {
        let place = self.scratch.join(format!("killed-{number}")).join("data");
        std::fs::create_dir_all(&place)?;
        std::fs::write(place.join("backstay.db"), OLD)?;
        let (source, data) = (source.to_string_lossy(), place.to_string_lossy());
        let command = self.product(&["restore", &source, "--data", &data, "--replace"]);
        Ok((place, command))
    }

    fn time_of_restore(&self, source: &Path) -> Result<Duration> {
        let (_, mut command) = self.replace(u32::MAX, source)?;
        let begin = Instant::now();
        ensure!(command.status()?.success(), "`backstay restore --replace` failed");
        Ok(begin.elapsed())
    }

    /// Kills a restore; whether it left the new folder.
    fn killed(&self, number: u32, source: &Path, life: Duration) -> Result<bool> {
        let (place, mut command) = self.replace(number, source)?;
        let mut child = command.spawn()?;
        std::thread::sleep(life);
        child.kill()?;
        child.wait()?;
        let found = std::fs::read(place.join("backstay.db")).context("no database is left")?;
        if found == OLD {
            return Ok(false);
        }
        ensure!(found == std::fs::read(source.join("backstay.db"))?, "a part of the backup is in place");
        ensure!(place.join("keys.json").exists(), "the database is in place without its keys");
        let above = place.parent().context("a folder above")?;
        for entry in std::fs::read_dir(above)? {
            if std::fs::read(entry?.path().join("backstay.db")).is_ok_and(|bytes| bytes == OLD) {
                return Ok(true);
            }
        }
        bail!("the old folder is gone")
    }
}

/// Waits until so many ids are acknowledged, and gives them.
fn wait_for_more(acknowledged: &Mutex<BTreeSet<i64>>, count: usize) -> Result<BTreeSet<i64>> {
    let begin = Instant::now();
    loop {
        let now = acknowledged.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if now.len() >= count {
            return Ok(now);
        }
        ensure!(begin.elapsed() < Duration::from_secs(60), "only {} rows were acknowledged in a minute", now.len());
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Inserts until it is told to stop, and notes each id once it is acknowledged.
fn write(address: SocketAddr, token: &str, next: &AtomicI64, stop: &AtomicBool, acknowledged: &Mutex<BTreeSet<i64>>) {
    let Ok(mut client) = Client::connect(address, token) else { return };
    while !stop.load(Ordering::Relaxed) {
        let id = next.fetch_add(1, Ordering::Relaxed);
        let row = format!("{{\"id\":{id},\"note\":\"{}\"}}", "word ".repeat(200));
        match client.send("POST", "/rest/v1/marks", &row) {
            Ok(reply) if reply.status == 201 => {
                acknowledged.lock().unwrap_or_else(PoisonError::into_inner).insert(id);
            }
            Ok(_) => {}
            Err(_) => return,
        }
    }
}

fn start(binary: &Path, schema: &Path, data: &Path) -> Result<(Server, String)> {
    let address = server::free_address()?;
    let listen = address.to_string();
    let args = ["serve", "--schema", &schema.to_string_lossy(), "--data", &data.to_string_lossy(), "--listen", &listen];
    let server = Server::start(binary, &args, address, &[])?;
    Ok((server, server::service_key(binary, data)?))
}

/// Reads every row and fails when an acknowledged one is gone; gives the number stored.
fn check(address: SocketAddr, token: &str, acknowledged: &BTreeSet<i64>) -> Result<usize> {
    let mut client = Client::connect(address, token)?;
    let mut stored = BTreeSet::new();
    let mut after = 0;
    loop {
        let reply = client.send("GET", &format!("/rest/v1/marks?select=id&id=gt.{after}&order=id&limit={PAGE}"), "")?;
        ensure!(reply.status == 200, "reading back: {} {}", reply.status, reply.body);
        let rows: Vec<serde_json::Value> = serde_json::from_str(&reply.body)?;
        let ids: Vec<i64> = rows.iter().filter_map(|row| row.get("id").and_then(serde_json::Value::as_i64)).collect();
        ensure!(ids.len() == rows.len(), "a row without an id");
        let Some(last) = ids.last() else { break };
        after = *last;
        stored.extend(ids);
    }
    let lost: Vec<_> = acknowledged.difference(&stored).take(10).collect();
    ensure!(lost.is_empty(), "acknowledged rows are gone, the first of them {lost:?}");
    Ok(stored.len())
}
