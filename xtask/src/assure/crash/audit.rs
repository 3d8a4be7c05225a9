//! Starts a server on a data folder of the crash tests, and compares what it serves with what was acknowledged.

use super::ledger::{Ledger, Mark};
use crate::http::Client;
use crate::server::{self, Server};
use crate::shell;
use anyhow::{Context, Result, ensure};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

/// Rows read in one page.
const PAGE: usize = 1_000;
/// Name of the database in a data folder.
pub(super) const DATABASE: &str = "backstay.db";

/// Why the rows cannot be had.
#[derive(Debug)]
pub(super) enum ReadFault {
    /// The server refused.
    Answer { status: u16, body: String },
    /// A row does not hold what was written.
    Altered { row: String },
}

impl fmt::Display for ReadFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReadFault::Answer { status, body } => write!(f, "reading was answered with {status} {body}"),
            ReadFault::Altered { row } => write!(f, "a row is not what was written: {row}"),
        }
    }
}

impl std::error::Error for ReadFault {}

/// Starts a server on `data`; gives its service key too.
///
/// # Errors
/// When it refuses to start: what it said.
pub(super) fn start(binary: &Path, data: &Path, env: &[(&str, &str)]) -> Result<(Server, String)> {
    let address = server::free_address()?;
    let schema = shell::root().join("xtask/fixtures/crash.graphql");
    let (schema, folder, listen) = (schema.to_string_lossy(), data.to_string_lossy(), address.to_string());
    let args = ["serve", "--schema", &schema, "--data", &folder, "--listen", &listen];
    let server = Server::start(binary, &args, address, env)?;
    Ok((server, server::service_key(binary, data)?))
}

/// Fails unless every acknowledged row from id `from` on is there, whole, and with all of its batch. Gives the number stored.
pub(super) fn audit(server: &Server, token: &str, ledger: &Ledger, from: i64) -> Result<usize> {
    let stored = stored(server, token, from)?;
    let faults = ledger.faults(&stored, from);
    let some = |ids: &[i64]| ids.iter().take(5).copied().collect::<Vec<_>>();
    ensure!(
        faults.lost.is_empty(),
        "{} acknowledged rows are gone or older than they were: {:?}",
        faults.lost.len(),
        some(&faults.lost)
    );
    ensure!(faults.torn.is_empty(), "{} batches are torn: {:?}", faults.torn.len(), some(&faults.torn));
    Ok(stored.len())
}

/// Every row from id `from` on.
///
/// # Errors
/// [`ReadFault`], or a connection's.
pub(super) fn stored(server: &Server, token: &str, from: i64) -> Result<BTreeMap<i64, Mark>> {
    let mut client = Client::connect(server.address, token)?;
    let mut stored = BTreeMap::new();
    let mut after = from - 1;
    loop {
        let reply = client.send("GET", &format!("/rest/v1/marks?id=gt.{after}&order=id&limit={PAGE}"), "")?;
        if reply.status != 200 {
            return Err(ReadFault::Answer { status: reply.status, body: reply.body }.into());
        }
        let rows: Vec<Value> = serde_json::from_str(&reply.body).context("the answer is no list of rows")?;
        let Some(last) = rows.last() else { return Ok(stored) };
        after = last.get("id").and_then(Value::as_i64).context("a row without an id")?;
        for row in &rows {
            let mark = Mark::read(row).ok_or_else(|| ReadFault::Altered { row: cut(row) })?;
            stored.insert(mark.id, mark);
        }
    }
}

fn cut(row: &Value) -> String {
    row.to_string().chars().take(160).collect()
}

/// Fails unless SQLite finds the closed database whole, its indexes included.
pub(super) fn whole(data: &Path) -> Result<()> {
    let conn = rusqlite::Connection::open_with_flags(data.join(DATABASE), rusqlite::OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let verdict: String = conn.query_row("PRAGMA integrity_check", [], |row| row.get(0))?;
    ensure!(verdict == "ok", "integrity_check says {verdict}");
    Ok(())
}
