//! The load of every crash test: single inserts, bulk inserts, updates and transactions, until told to stop or cut off.
//! What was acknowledged goes into a [`Ledger`].

use super::ledger::{Ledger, Mark, Pair, batch_number};
use crate::http::Client;
use serde_json::json;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

/// Connections that write at the same time.
pub(super) const WRITERS: usize = 16;
/// Rows of a bulk insert.
const BULK: i64 = 7;

/// Writers of one database: their ids go on from load to load.
pub(super) struct Load {
    next: AtomicI64,
    stop: AtomicBool,
    /// Set before the power goes: an answer that comes later is none, since it could not have left the machine.
    is_dark: AtomicBool,
    /// A file that is there once the disk has failed.
    failed: Option<PathBuf>,
}

/// What one request asks for.
struct Ask {
    method: &'static str,
    path: String,
    body: String,
    /// Rows that are there once it is acknowledged, as they are then.
    rows: Vec<Mark>,
    pair: Option<Pair>,
}

impl Load {
    /// A load that starts with the first id.
    pub(super) fn new() -> Self {
        Self { next: AtomicI64::new(1), stop: AtomicBool::new(false), is_dark: AtomicBool::new(false), failed: None }
    }

    /// The same, where `log` comes to be once the disk has failed.
    pub(super) fn until_failed(log: &Path) -> Self {
        Self { failed: Some(log.to_owned()), ..Self::new() }
    }

    /// The first id that no writer has used.
    pub(super) fn next_id(&self) -> i64 {
        self.next.load(Ordering::Relaxed)
    }

    /// Says that the disk goes now: answers no longer count.
    pub(super) fn darken(&self) {
        self.is_dark.store(true, Ordering::SeqCst);
    }

    /// Writes on all connections while `during` runs, then stops. Gives what was acknowledged, and what `during` gave.
    pub(super) fn run<T>(&self, address: SocketAddr, token: &str, during: impl FnOnce() -> T) -> (Ledger, T) {
        self.stop.store(false, Ordering::Relaxed);
        self.is_dark.store(false, Ordering::SeqCst);
        std::thread::scope(|scope| {
            let writers: Vec<_> =
                (0..WRITERS).map(|number| scope.spawn(move || self.write(address, token, number))).collect();
            let given = during();
            self.stop.store(true, Ordering::Relaxed);
            let mut ledger = Ledger::default();
            for writer in writers {
                ledger.merge(writer.join().unwrap_or_default());
            }
            (ledger, given)
        })
    }

    /// One connection: it makes its turns in an order of its own, and ends with the connection.
    fn write(&self, address: SocketAddr, token: &str, number: usize) -> Ledger {
        let mut ledger = Ledger::default();
        let Ok(mut client) = Client::connect(address, token) else { return ledger };
        let mut turn = number;
        while !self.stop.load(Ordering::Relaxed) {
            let ask = self.ask(turn, ledger.rows.values().next_back().copied());
            turn += 1;
            let late = self.failed.as_ref().is_some_and(|log| log.exists());
            ledger.pairs.extend(ask.pair);
            match client.send(ask.method, &ask.path, &ask.body) {
                Ok(reply) if (200..300).contains(&reply.status) && !self.is_dark.load(Ordering::SeqCst) => {
                    ledger.acknowledged += 1;
                    ledger.late += u64::from(late);
                    ledger.rows.extend(ask.rows.into_iter().map(|mark| (mark.id, mark)));
                }
                Ok(_) => ledger.unanswered += 1,
                Err(_) => {
                    ledger.unanswered += 1;
                    break;
                }
            }
        }
        ledger
    }

    /// The request of a turn; `last` is a row of this writer that it may update. No two turns give a row the same version.
    fn ask(&self, turn: usize, last: Option<Mark>) -> Ask {
        let version = 2 + i64::try_from(turn).unwrap_or_default();
        let raised = last.map(|mark| Mark { version, ..mark });
        match (turn % 4, raised) {
            (1, _) => self.insert(BULK),
            (2, Some(raised)) => Ask {
                method: "PATCH",
                path: format!("/rest/v1/marks?id=eq.{}", raised.id),
                body: changes(raised).to_string(),
                rows: vec![raised],
                pair: None,
            },
            (3, Some(raised)) => self.transaction(raised),
            _ => self.insert(1),
        }
    }

    fn fresh(&self, rows: i64) -> Vec<Mark> {
        let first = self.next.fetch_add(rows, Ordering::Relaxed);
        let batch = batch_number(first, rows);
        (first..first + rows).map(|id| Mark { id, batch, version: 1 }).collect()
    }

    fn insert(&self, count: i64) -> Ask {
        let rows = self.fresh(count);
        let body = json!(rows.iter().map(|mark| mark.json()).collect::<Vec<_>>()).to_string();
        Ask { method: "POST", path: "/rest/v1/marks".to_owned(), body, rows, pair: None }
    }

    /// Two inserts and an update of an older row, all or none.
    fn transaction(&self, raised: Mark) -> Ask {
        let mut rows = self.fresh(2);
        let pair = rows.first().map(|mark| Pair { batch: mark.batch, raised });
        let mut operations: Vec<_> =
            rows.iter().map(|mark| json!({"method": "POST", "path": "/marks", "body": mark.json()})).collect();
        let path = format!("/marks?id=eq.{}", raised.id);
        operations.insert(1, json!({"method": "PATCH", "path": path, "body": changes(raised)}));
        rows.push(raised);
        Ask { method: "POST", path: "/rest/v1/".to_owned(), body: json!(operations).to_string(), rows, pair }
    }
}

/// The members of a row that an update changes.
fn changes(mark: Mark) -> serde_json::Value {
    let mut row = mark.json();
    if let Some(members) = row.as_object_mut() {
        members.retain(|name, _| !matches!(name.as_str(), "id" | "batch"));
    }
    row
}
