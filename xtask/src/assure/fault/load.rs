//! Clients behind a load balancer while something breaks: single rows, pairs of one transaction, raised numbers, reads.
//! Each answer is kept with its time, so that it can be said when there were errors and which.

use super::cluster::COUNTERS;
use super::ledger::{Fate, Ledger};
use crate::http::{Client, Reply};
use anyhow::{Result, ensure};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Clients at the same time; each raises a number of its own.
const CLIENTS: usize = COUNTERS;
/// Pause of a client after each request, so that a slow machine bears all of them.
const PAUSE: Duration = Duration::from_millis(8);
/// Time for which a balancer sends nothing to a node that did not answer.
const AWAY: Duration = Duration::from_secs(1);
/// Time after a fault in which there may still be errors.
const AFTER: Duration = Duration::from_secs(2);

/// How a request ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Ended {
    Good,
    /// Refused with a code, told to come again.
    Refused(String),
    /// A write of which the server does not know.
    Unknown,
    /// The node of this number closed the connection or took none.
    Broken(usize),
    /// In no way that is promised.
    Wrong(String),
}

/// One request.
#[derive(Debug)]
pub(super) struct Event {
    /// From the start of the load to its answer.
    at: Duration,
    took: Duration,
    ended: Ended,
}

/// What the clients saw.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) ledger: Ledger,
    events: Vec<Event>,
}

/// A running load.
pub(super) struct Load {
    addresses: Vec<SocketAddr>,
    token: String,
    name: String,
    begin: Instant,
    stop: AtomicBool,
}

/// Which nodes may be asked.
struct Balancer<'a> {
    load: &'a Load,
    at: usize,
    away_until: Vec<Instant>,
    client: Option<Client>,
}

impl Load {
    /// Runs the clients while `during` breaks something. What is given is told the moment of the load, for its windows.
    pub(super) fn run<T>(
        (addresses, token): (Vec<SocketAddr>, String),
        name: &str,
        during: impl FnOnce(&dyn Fn() -> Duration) -> Result<T>,
    ) -> Result<(Seen, T)> {
        let load =
            Load { addresses, token, name: name.to_owned(), begin: Instant::now(), stop: AtomicBool::new(false) };
        std::thread::scope(|scope| {
            let load = &load;
            let clients: Vec<_> = (0..CLIENTS).map(|number| scope.spawn(move || load.client(number))).collect();
            let given = during(&|| load.begin.elapsed());
            load.stop.store(true, Ordering::SeqCst);
            let mut seen = Seen::default();
            for client in clients {
                let own = client.join().unwrap_or_else(|_| Seen {
                    events: vec![Event {
                        at: Duration::ZERO,
                        took: Duration::ZERO,
                        ended: Ended::Wrong("a client panicked".to_owned()),
                    }],
                    ..Seen::default()
                });
                seen.ledger.merge(own.ledger);
                seen.events.extend(own.events);
            }
            Ok((seen, given?))
        })
    }

    fn client(&self, number: usize) -> Seen {
        let mut seen = Seen::default();
        let now = Instant::now();
        let mut balancer =
            Balancer { load: self, at: number, away_until: vec![now; self.addresses.len()], client: None };
        let mut turn = number;
        while !self.stop.load(Ordering::SeqCst) {
            turn += 1;
            let note = format!("{} {number} {turn}", self.name);
            let sent = Instant::now();
            let ended = match turn % 4 {
                0 => {
                    let ended = balancer.ask("POST", "/rest/v1/entries", &json!({ "note": note }).to_string());
                    seen.ledger.singles.insert(note, ended.fate());
                    ended
                }
                1 => {
                    let row = json!({"method": "POST", "path": "/entries", "body": {"note": note}});
                    let ended = balancer.ask("POST", "/rest/v1/", &json!([row, row]).to_string());
                    seen.ledger.pairs.insert(note, ended.fate());
                    ended
                }
                2 => {
                    let query = format!(
                        "mutation {{ update_counters_by_pk(pk_columns: {{id: {number}}}, _inc: {{value: 1}}) {{ value }} }}"
                    );
                    let ended = balancer.ask("POST", "/graphql", &json!({ "query": query }).to_string());
                    let raises = seen.ledger.raises.entry(i64::try_from(number).unwrap_or(-1)).or_default();
                    match ended.fate() {
                        Fate::Kept => raises.0 += 1,
                        Fate::Unknown => raises.1 += 1,
                        Fate::Refused => {}
                    }
                    ended
                }
                _ => balancer.ask("GET", "/rest/v1/entries?select=id,note&order=id.desc&limit=3", ""),
            };
            seen.events.push(Event { at: self.begin.elapsed(), took: sent.elapsed(), ended });
            std::thread::sleep(PAUSE);
        }
        seen
    }
}

impl Balancer<'_> {
    fn ask(&mut self, method: &str, path: &str, body: &str) -> Ended {
        let Some(mut client) = self.connection() else { return Ended::Broken(self.node()) };
        match client.send(method, path, body) {
            Ok(reply) => {
                self.client = Some(client);
                judged(path, &reply)
            }
            Err(_) => {
                let node = self.node();
                self.away();
                Ended::Broken(node)
            }
        }
    }

    fn node(&self) -> usize {
        self.at % self.load.addresses.len()
    }

    /// Notes that a node does not answer, and turns to the next.
    fn away(&mut self) {
        let node = self.node();
        if let Some(until) = self.away_until.get_mut(node) {
            *until = Instant::now() + AWAY;
        }
        self.at += 1;
    }

    /// The connection there is, or one to a node that answers; a balancer tells its client nothing of those that do not.
    fn connection(&mut self) -> Option<Client> {
        if let Some(client) = self.client.take() {
            return Some(client);
        }
        for _ in 0..self.load.addresses.len() {
            let node = self.node();
            let is_away = self.away_until.get(node).is_some_and(|until| *until > Instant::now());
            let address = self.load.addresses.get(node)?;
            match Client::connect(*address, &self.load.token) {
                Ok(client) if !is_away => return Some(client),
                Ok(_) => self.at += 1,
                Err(_) => self.away(),
            }
        }
        None
    }
}

impl Ended {
    fn fate(&self) -> Fate {
        match self {
            Ended::Good => Fate::Kept,
            Ended::Refused(_) => Fate::Refused,
            Ended::Unknown | Ended::Broken(_) | Ended::Wrong(_) => Fate::Unknown,
        }
    }
}

/// What an answer says.
fn judged(path: &str, reply: &Reply) -> Ended {
    let body: Value = serde_json::from_str(&reply.body).unwrap_or_default();
    let error = if path == "/graphql" { &body["errors"][0]["extensions"] } else { &body };
    let code = ["sqlstate", "code"].iter().find_map(|name| error[name].as_str()).unwrap_or_default();
    let refused = || Ended::Refused(code.to_owned());
    match reply.status {
        200 if path == "/graphql" && body["data"]["update_counters_by_pk"]["value"].is_i64() => Ended::Good,
        // A GraphQL client reads of refusals in the body.
        200 if path == "/graphql" => match code {
            "08007" => Ended::Unknown,
            "57014" | "53300" | "timeout" | "unexpected" => refused(),
            _ => Ended::Wrong(reply.body.clone()),
        },
        200 if body.is_array() => Ended::Good,
        201 => Ended::Good,
        503 if reply.header("retry-after").is_some() => refused(),
        504 if code == "08007" => Ended::Unknown,
        // Stopped before its commit.
        500 if code == "57014" => refused(),
        status => Ended::Wrong(format!("{status} {}", reply.body)),
    }
}

impl Seen {
    /// Errors came only within a window and two seconds after it, each in a way that is promised; some came, and all was well
    /// again. `broken` is a node that may close connections.
    pub(super) fn judge(&self, (from, to): (Duration, Duration), broken: Option<usize>) -> Result<String> {
        let errors: Vec<&Event> = self.events.iter().filter(|event| event.ended != Ended::Good).collect();
        for event in &errors {
            match &event.ended {
                Ended::Wrong(text) => anyhow::bail!("at {:?} an answer is wrong: {text}", event.at),
                Ended::Broken(node) => {
                    ensure!(Some(*node) == broken, "at {:?} node {node} broke a connection", event.at);
                }
                Ended::Good | Ended::Refused(_) | Ended::Unknown => {}
            }
            ensure!(event.at >= from, "an error at {:?}, before the fault at {from:?}: {:?}", event.at, event.ended);
        }
        let last = errors.iter().map(|event| event.at).max().unwrap_or(from);
        let over = last.saturating_sub(to);
        let late: Vec<_> = errors.iter().filter(|event| event.at > to + AFTER).collect();
        ensure!(
            late.is_empty(),
            "{} of {} errors come too late after {to:?}, when the fault was over: {late:?}",
            late.len(),
            errors.len()
        );
        let good = |a: Duration, b: Duration| {
            self.events.iter().filter(|event| event.ended == Ended::Good && event.at > a && event.at <= b).count()
        };
        let (before, after) = (good(Duration::ZERO, from), good(to + AFTER, Duration::MAX));
        ensure!(before > 0 && after > 0, "{before} requests were answered before the fault, {after} after it");
        let longest = self.events.iter().map(|event| event.took).max().unwrap_or_default();
        let unknown = errors.iter().filter(|event| event.ended == Ended::Unknown).count();
        Ok(format!(
            "{} requests, {} errors ({unknown} unknown) of a fault of {:.1} s, the last {:.1} s after it, longest answer {:.1} s",
            self.events.len(),
            errors.len(),
            (to - from).as_secs_f32(),
            over.as_secs_f32(),
            longest.as_secs_f32()
        ))
    }

    /// Errors in all.
    pub(super) fn errors(&self) -> usize {
        self.events.iter().filter(|event| event.ended != Ended::Good).count()
    }
}
