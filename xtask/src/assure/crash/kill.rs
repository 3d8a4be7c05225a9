//! kill -9 under load: writers insert, the server dies at a random moment, and every acknowledged row must be there after the restart.

use super::{Profile, Tally};
use crate::http::Client;
use crate::server::{self, Build, Server};
use crate::shell::{self, say};
use anyhow::{Result, ensure};
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

const WRITERS: usize = 16;
/// Rows read in one page of the check.
const PAGE: usize = 1_000;

/// Kills the server again and again, and fails when an acknowledged row is gone.
pub(super) fn run(profile: &Profile) -> Result<Tally> {
    let binary = server::build(Build::Debug)?;
    let data = server::scratch("crash")?;
    let schema = shell::root().join("xtask/fixtures/crash.graphql");
    let next = AtomicI64::new(1);
    let mut acknowledged = BTreeSet::new();
    let (mut random, mut kills) = (profile.random(1), 0);
    for cycle in profile.rounds(20, 200) {
        let (mut server, token) = start(&binary, &schema, &data)?;
        if cycle > 0 {
            check(server.address, &token, &acknowledged)?;
        }
        let life = Duration::from_millis(50 + random.below(450));
        acknowledged.extend(write_until_killed(&mut server, &token, &next, life)?);
        kills += 1;
    }
    let (server, token) = start(&binary, &schema, &data)?;
    let stored = check(server.address, &token, &acknowledged)?;
    let report = (acknowledged.len(), stored);
    drop(server);
    std::fs::remove_dir_all(&data)?;
    say(&format!(
        "{} rows acknowledged over {kills} kills by {WRITERS} writers, {} stored, 0 lost",
        report.0, report.1
    ));
    ensure!(report.0 > kills, "too few rows were acknowledged for the test to mean anything");
    Ok(Tally { passed: kills as u64, failed: 0 })
}

pub(super) fn start(binary: &Path, schema: &Path, data: &Path) -> Result<(Server, String)> {
    let address = server::free_address()?;
    let listen = address.to_string();
    let args = ["serve", "--schema", &schema.to_string_lossy(), "--data", &data.to_string_lossy(), "--listen", &listen];
    let server = Server::start(binary, &args, address, &[])?;
    Ok((server, server::service_key(binary, data)?))
}

fn write_until_killed(server: &mut Server, token: &str, next: &AtomicI64, life: Duration) -> Result<Vec<i64>> {
    let stop = AtomicBool::new(false);
    let address = server.address;
    std::thread::scope(|scope| {
        let writers: Vec<_> = (0..WRITERS).map(|_| scope.spawn(|| write(address, token, next, &stop))).collect();
        std::thread::sleep(life);
        let killed = server.kill();
        stop.store(true, Ordering::Relaxed);
        let mut acknowledged = Vec::new();
        for writer in writers {
            acknowledged.extend(writer.join().unwrap_or_default());
        }
        killed.map(|()| acknowledged)
    })
}

/// Inserts until the server is gone; gives the ids it acknowledged.
fn write(address: SocketAddr, token: &str, next: &AtomicI64, stop: &AtomicBool) -> Vec<i64> {
    let mut acknowledged = Vec::new();
    let Ok(mut client) = Client::connect(address, token) else { return acknowledged };
    while !stop.load(Ordering::Relaxed) {
        let id = next.fetch_add(1, Ordering::Relaxed);
        match client.send("POST", "/rest/v1/marks", &format!("{{\"id\":{id},\"note\":\"row {id}\"}}")) {
            Ok(reply) if reply.status == 201 => acknowledged.push(id),
            Ok(_) => {}
            Err(_) => break,
        }
    }
    acknowledged
}

/// Reads every row and fails when an acknowledged one is gone; gives the number stored.
pub(super) fn check(address: SocketAddr, token: &str, acknowledged: &BTreeSet<i64>) -> Result<usize> {
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
