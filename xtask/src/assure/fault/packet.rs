//! MariaDB bounds what it takes and answers (`max_allowed_packet`). In: a server with a small bound, values and answers beyond it.
//! Out: that each is refused with the code that is documented, whoever asks at the same moment, and everything else goes on.

use super::cluster::Cluster;
use crate::assure::{Profile, Tally};
use crate::http::{Client, Reply};
use crate::services::Own;
use anyhow::{Result, ensure};
use serde_json::{Value, json};

/// What the server takes and answers at most, bytes.
const PACKET: usize = 1024 * 1024;
/// Clients that are refused at the same time: more than the node has connections.
const CLIENTS: usize = 12;

/// Every way to ask for too much, then all of them together.
pub(super) fn run(_: &Profile) -> Result<Tally> {
    let server = Own::start("mariadb", &[&format!("--max-allowed-packet={PACKET}")])?;
    let cluster = Cluster::start(&server.address(), 1, &[])?;
    let mut tally = Tally::default();
    for (name, check) in CHECKS {
        let outcome = check(&cluster).and_then(|told| serves(&cluster).map(|()| told));
        tally.note(name, outcome);
    }
    Ok(tally)
}

type Run = fn(&Cluster) -> Result<String>;
const CHECKS: &[(&str, Run)] = &[
    ("values and answers below the bound", below),
    ("a value beyond the bound", value),
    ("a value beyond the bound, in a transaction", within),
    ("a filter beyond the bound", filter),
    ("an answer of one row beyond the bound", embedded),
    ("many at the same time", together),
];

/// Text of a part of what the server takes.
fn text(tenths: usize) -> String {
    "x".repeat(PACKET / 10 * tenths)
}

fn add(client: &mut Client, tenths: usize, counter: Option<i64>) -> Result<Reply> {
    let row = json!({ "note": text(tenths), "counter_id": counter });
    client.send("POST", "/rest/v1/entries", &row.to_string())
}

/// Refused as the documentation says, and not as a fault of the server.
fn refused(reply: &Reply) -> Result<String> {
    let body: Value = serde_json::from_str(&reply.body)?;
    ensure!((reply.status, body["code"].as_str()) == (400, Some("54000")), "{} {}", reply.status, reply.body);
    Ok(format!("400 54000, {}", body["message"]))
}

fn below(cluster: &Cluster) -> Result<String> {
    let mut client = cluster.client()?;
    for _ in 0..3 {
        let reply = add(&mut client, 8, None)?;
        ensure!(reply.status == 201, "a value was answered with {} {}", reply.status, reply.body);
    }
    let reply = client.send("GET", "/rest/v1/entries?select=note", "")?;
    ensure!(reply.status == 200 && reply.body.len() > 2 * PACKET, "{} {} bytes", reply.status, reply.body.len());
    Ok(format!("an answer of several rows has {} bytes", reply.body.len()))
}

fn value(cluster: &Cluster) -> Result<String> {
    refused(&add(&mut cluster.client()?, 20, None)?)
}

fn within(cluster: &Cluster) -> Result<String> {
    let row = |note: String| json!({"method": "POST", "path": "/entries", "body": {"note": note}});
    let body = json!([row("first".to_owned()), row(text(20))]).to_string();
    let mut client = cluster.client()?;
    let told = refused(&client.send("POST", "/rest/v1/", &body)?)?;
    let rest = client.send("GET", "/rest/v1/entries?note=eq.first", "")?;
    ensure!(rest.body == "[]", "the first row of a refused transaction is there");
    Ok(told)
}

fn filter(cluster: &Cluster) -> Result<String> {
    let query = "query($note: String) { entries(where: {note: {_eq: $note}}) { id } }";
    let body = json!({"query": query, "variables": {"note": text(12)}}).to_string();
    let reply = cluster.client()?.send("POST", "/graphql", &body)?;
    let body: Value = serde_json::from_str(&reply.body)?;
    let extensions = &body["errors"][0]["extensions"];
    ensure!(extensions["sqlstate"] == "54000", "{} {}", reply.status, reply.body);
    Ok(format!("{extensions}"))
}

/// Rows of one counter, each below the bound, which stand in its row.
fn embedded(cluster: &Cluster) -> Result<String> {
    let mut client = cluster.client()?;
    for _ in 0..3 {
        let reply = add(&mut client, 5, Some(1))?;
        ensure!(reply.status == 201, "a row was answered with {} {}", reply.status, reply.body);
    }
    refused(&client.send("GET", "/rest/v1/counters?id=eq.1&select=id,entries(note)", "")?)
}

fn together(cluster: &Cluster) -> Result<String> {
    std::thread::scope(|scope| {
        let ask = |number: usize| match number % 2 {
            0 => refused(&add(&mut cluster.client()?, 20, None)?),
            _ => refused(&cluster.client()?.send("GET", "/rest/v1/counters?id=eq.1&select=id,entries(note)", "")?),
        };
        let asked: Vec<_> = (0..CLIENTS).map(|number| scope.spawn(move || ask(number))).collect();
        for asked in asked {
            asked.join().unwrap_or_else(|_| anyhow::bail!("a client panicked"))?;
        }
        Ok(format!("{CLIENTS} were refused"))
    })
}

/// Small requests go on, as many as there are connections and more, and the node says that it is well.
fn serves(cluster: &Cluster) -> Result<()> {
    std::thread::scope(|scope| {
        let asked: Vec<_> = (0..CLIENTS)
            .map(|number| {
                scope.spawn(move || {
                    let mut client = cluster.client()?;
                    let body = json!({ "note": format!("afterwards {number}") }).to_string();
                    let reply = client.send("POST", "/rest/v1/entries", &body)?;
                    ensure!(reply.status == 201, "a small write was answered with {} {}", reply.status, reply.body);
                    let reply = client.send("GET", "/rest/v1/counters?limit=1", "")?;
                    ensure!(reply.status == 200, "a small read was answered with {} {}", reply.status, reply.body);
                    let reply = client.send("GET", "/health/ready", "")?;
                    ensure!(reply.status == 200, "it is not ready: {} {}", reply.status, reply.body);
                    Ok(())
                })
            })
            .collect();
        asked.into_iter().try_for_each(|asked| asked.join().unwrap_or_else(|_| anyhow::bail!("a client panicked")))
    })
}
