//! CPU per request of two queries: a list with its authors, and the same with the last three comments of each. By GraphQL and by REST
//! on the product, and by GraphQL on Yoga and Apollo Server with DataLoaders over better-sqlite3, round by round in one run.

use super::{
    Load, Sample, Target, median, post, rusqlite_checkpoint, service_key_with_secret, start_peer, table, token,
};
use crate::http::Client;
use crate::server::{self, Build, Server};
use crate::shell::{self, say};
use anyhow::{Result, ensure};
use std::path::{Path, PathBuf};

const POSTS: usize = 20_000;
const AUTHORS: usize = 1_000;
/// Comments of each post.
const COMMENTS: usize = 5;
const FILL_BATCH: usize = 1_000;

/// (what is asked, script by GraphQL, script by REST)
const WORKLOADS: &[(&str, &str, &str)] = &[
    ("list of 20 with authors", "graphql-author", "embed"),
    ("list of 20 with authors and last three comments", "graphql-comments", "rest-comments"),
];

/// Fills a database, then measures each query on every server.
pub(super) fn run(seconds: u64, rounds: u32, connections: u32) -> Result<()> {
    shell::ensure("wrk", "wrk")?;
    let product = server::build(Build::Release)?;
    let dir = server::scratch("bench-graphql")?;
    let database = fill(&product, &dir)?;
    let load = Load { token: token(&product, &dir.join("data"))?, seconds, connections };
    let mut targets = vec![Target { name: "Backstay, GraphQL", server: start(&product, &dir)? }];
    for (name, script) in [("GraphQL Yoga 5, DataLoader", "yoga.mjs"), ("Apollo Server 5, DataLoader", "apollo.mjs")] {
        super::install_node_peers("bench/node-graphql")?;
        let script = shell::root().join("bench/node-graphql").join(script);
        let server = start_peer(Path::new("node"), &[&script.to_string_lossy()], &database)?;
        targets.push(Target { name, server });
    }
    for (name, by_graphql, by_rest) in WORKLOADS {
        same_answer(&targets, &load.token, by_graphql)?;
        let mut samples = vec![Vec::new(); targets.len() + 1];
        for _ in 0..rounds {
            for (target, kept) in targets.iter().zip(&mut samples) {
                kept.push(load.measure(&target.server, by_graphql)?);
            }
            if let Some(kept) = samples.last_mut() {
                kept.push(load.measure(&targets[0].server, by_rest)?);
            }
        }
        let medians: Vec<Sample> = samples.into_iter().map(median).collect();
        let names = targets.iter().map(|target| target.name).chain(["Backstay, REST"]);
        say(&table(name, names, &medians)?);
    }
    drop(targets);
    std::fs::remove_dir_all(&dir)?;
    Ok(())
}

/// Every server answers a query alike: else what it costs would mean nothing.
fn same_answer(targets: &[Target], token: &str, script: &str) -> Result<()> {
    let text = std::fs::read_to_string(shell::root().join(format!("bench/wrk/{script}.lua")))?;
    let query = text.lines().find_map(|line| line.strip_prefix("local query = \"")).unwrap_or_default();
    let body = serde_json::json!({ "query": query.trim_end_matches('"'), "variables": { "n": 20 } }).to_string();
    let mut first = None;
    for target in targets {
        let mut client = Client::connect(target.server.address, token)?;
        let reply = client.send("POST", "/graphql", &body)?;
        ensure!(reply.status == 200, "{}: {} {}", target.name, reply.status, reply.body);
        let answer: serde_json::Value = serde_json::from_str(&reply.body)?;
        ensure!(answer["data"].is_object(), "{}: {}", target.name, reply.body);
        let known = first.get_or_insert_with(|| answer.clone());
        ensure!(*known == answer, "{} answers otherwise: {}", target.name, reply.body);
    }
    Ok(())
}

fn start(binary: &Path, dir: &Path) -> Result<Server> {
    super::start_product_on(binary, dir, "bench/graphql.graphql")
}

/// Fills the product's database over its own API; gives a copy of its file for the peers.
fn fill(binary: &Path, dir: &Path) -> Result<PathBuf> {
    let server = start(binary, dir)?;
    let data = dir.join("data");
    let mut client = Client::connect(server.address, &service_key_with_secret(binary, &data)?)?;
    post(&mut client, "authors", 1..=AUTHORS, |i| format!("{{\"id\":{i},\"name\":\"Author {i}\"}}"))?;
    let row = |i: usize| {
        let (author, rank) = (i % AUTHORS + 1, (i * 7919) % 1_000_003);
        format!(
            "{{\"id\":{i},\"title\":\"Post {i}\",\"body\":\"The body of post {i}.\",\"author_id\":{author},\"rank\":{rank}}}"
        )
    };
    for first in (1..=POSTS).step_by(FILL_BATCH) {
        post(&mut client, "posts", first..=first + FILL_BATCH - 1, row)?;
    }
    let comment = |i: usize| format!("{{\"text\":\"Comment {i}\",\"post_id\":{}}}", i % POSTS + 1);
    for first in (1..=POSTS * COMMENTS).step_by(FILL_BATCH) {
        post(&mut client, "comments", first..=first + FILL_BATCH - 1, comment)?;
    }
    drop(server);
    let database = data.join("backstay.db");
    shell::run_quietly(&mut rusqlite_checkpoint(&database))?;
    let copy = dir.join("peers.db");
    std::fs::copy(&database, &copy)?;
    Ok(copy)
}
