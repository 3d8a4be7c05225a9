//! Nodes of one application on one database, with one key for all, and what is stored at the end.

use super::ledger::Stored;
use crate::http::Client;
use crate::server::{self, Build, Server};
use crate::shell;
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::path::PathBuf;

/// Numbers that the clients raise.
pub(super) const COUNTERS: usize = 16;
/// Rows of one page of the audit.
const PAGE: usize = 1000;

/// Running nodes.
pub(super) struct Cluster {
    nodes: Vec<(Server, PathBuf)>,
    /// The service key of all.
    pub(super) token: String,
}

impl Cluster {
    /// Starts `count` nodes on a database, each with a folder of its own and the same keys.
    pub(super) fn start(database: &str, count: usize, env: &[(&str, &str)]) -> Result<Self> {
        Self::start_on(&vec![database.to_owned(); count], env)
    }

    /// The same with an address of the database for each node.
    pub(super) fn start_on(databases: &[String], env: &[(&str, &str)]) -> Result<Self> {
        let binary = server::build(Build::Tested)?;
        let schema = shell::root().join("xtask/fixtures/fault.graphql").display().to_string();
        let mut nodes: Vec<(Server, PathBuf)> = Vec::new();
        for database in databases {
            let address = server::free_address()?;
            let data = server::scratch(&format!("fault-{}", address.port()))?;
            if let Some((_, first)) = nodes.first() {
                std::fs::copy(first.join("keys.json"), data.join("keys.json"))?;
            }
            let (folder, listen) = (data.display().to_string(), address.to_string());
            let args = ["serve", "--schema", &schema, "--data", &folder, "--listen", &listen];
            let mut all = vec![("BACKSTAY_DATABASE_URL", database.as_str()), ("BACKSTAY_LOG", "warn")];
            all.extend(env);
            nodes.push((Server::start(&binary, &args, address, &all)?, data));
        }
        let (_, data) = nodes.first().context("a cluster has a node")?;
        let token = server::service_key(&binary, data)?;
        let cluster = Self { nodes, token };
        let rows: Vec<Value> = (0..COUNTERS).map(|id| json!({"id": id, "value": 0})).collect();
        let reply = cluster.client()?.send("POST", "/rest/v1/counters", &json!(rows).to_string())?;
        ensure!(reply.status == 201, "the numbers were answered with {} {}", reply.status, reply.body);
        Ok(cluster)
    }

    /// Puts the numbers back to 0.
    pub(super) fn reset(&self) -> Result<()> {
        let reply = self.client()?.send("PATCH", "/rest/v1/counters?id=gte.0", "{\"value\":0}")?;
        ensure!(reply.status == 204, "the numbers were answered with {} {}", reply.status, reply.body);
        Ok(())
    }

    /// Where each node listens.
    pub(super) fn addresses(&self) -> Vec<SocketAddr> {
        self.nodes.iter().map(|(server, _)| server.address).collect()
    }

    /// Kills a node.
    pub(super) fn kill(&mut self, node: usize) -> Result<()> {
        self.nodes.get_mut(node).context("no such node")?.0.kill()
    }

    /// Every node but `killed` runs still, as the process that was started.
    pub(super) fn all_run(&mut self, killed: Option<usize>) -> Result<()> {
        for (number, (server, _)) in self.nodes.iter_mut().enumerate() {
            ensure!(Some(number) == killed || server.is_running(), "node {number} has ended: {}", server.said());
        }
        Ok(())
    }

    /// A connection to the last node, which no test kills.
    pub(super) fn client(&self) -> Result<Client> {
        let (server, _) = self.nodes.last().context("a cluster has a node")?;
        Client::connect(server.address, &self.token)
    }

    /// Everything that is stored.
    pub(super) fn stored(&self) -> Result<Stored> {
        let (mut stored, mut client, mut after) = (Stored::default(), self.client()?, 0);
        loop {
            let path = format!("/rest/v1/entries?select=id,note&id=gt.{after}&order=id&limit={PAGE}");
            let rows = rows(&mut client, &path)?;
            for row in &rows {
                after = row["id"].as_i64().context("a row without its key")?;
                *stored.notes.entry(row["note"].as_str().unwrap_or_default().to_owned()).or_default() += 1;
            }
            if rows.len() < PAGE {
                break;
            }
        }
        for row in rows(&mut client, "/rest/v1/counters")? {
            stored.counters.insert(row["id"].as_i64().unwrap_or(-1), row["value"].as_i64().unwrap_or(-1));
        }
        Ok(stored)
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        for (server, data) in &mut self.nodes {
            let _ = server.kill();
            let _ = std::fs::remove_dir_all(data);
        }
    }
}

fn rows(client: &mut Client, path: &str) -> Result<Vec<Value>> {
    let reply = client.send("GET", path, "")?;
    ensure!(reply.status == 200, "{path}: {} {}", reply.status, reply.body);
    Ok(serde_json::from_str(&reply.body)?)
}
