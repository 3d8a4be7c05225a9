//! Requests per second and CPU per request of four workloads, interleaved in one run with a server written by hand that does the
//! same SQL, and with Express and Fastify over better-sqlite3.

mod auth;
mod graphql;
mod peers;
mod postgres;

use crate::conformance::Store;
use crate::http::Client;
use crate::server::{self, Build, Server};
use crate::shell::{self, say};
use anyhow::{Context, Result, ensure};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

const POSTS: usize = 100_000;
const AUTHORS: usize = 1_000;
/// Rows in one request of the fill.
const FILL_BATCH: usize = 1_000;
const SECRET: &str = "bench-only-secret-of-at-least-32-bytes";
const WORKLOADS: &[&str] = &["insert", "read", "list", "embed"];

/// One measurement.
#[derive(Clone, Copy)]
struct Sample {
    per_second: f64,
    cpu_us: f64,
    p50_ms: f64,
    p99_ms: f64,
}

/// A server that is measured.
struct Target {
    name: &'static str,
    server: Server,
}

/// What is measured.
#[derive(Clone, Copy, clap::ValueEnum)]
pub(crate) enum Of {
    /// Inserts, reads, lists, embedded lists, beside other servers.
    Data,
    /// Sign-in: reads with sessions' tokens, refreshes, sign-ins by password.
    Auth,
    /// Lists with related rows by GraphQL, beside REST and other servers.
    Graphql,
}

/// Measures one of them.
pub(crate) fn run((of, store): (Of, Store), seconds: u64, rounds: u32, connections: u32) -> Result<()> {
    ensure!(matches!(of, Of::Data) || store == Store::Sqlite, "only `data` is measured on one database or another");
    match of {
        Of::Data if store == Store::Postgres => postgres::run(seconds, rounds, connections),
        Of::Data => data(seconds, rounds, connections),
        Of::Auth => auth::run(seconds, rounds, connections),
        Of::Graphql => graphql::run(seconds, rounds, connections),
    }
}

/// Fills a database, then measures each workload on the product and on its peers, round by round.
fn data(seconds: u64, rounds: u32, connections: u32) -> Result<()> {
    shell::ensure("wrk", "wrk")?;
    let product = server::build(Build::Release)?;
    shell::run(&mut shell::command("cargo", &["build", "--quiet", "--release", "--package", "bench-peer"]))?;
    let dir = server::scratch("bench")?;
    let (token, database) = fill(&product, &dir)?;
    let targets = start_all(&product, &dir, &database)?;
    let ours = &targets[0].server;
    say(&format!("start to first answer on {POSTS} rows: {:.0} ms", ours.started_in.as_secs_f64() * 1e3));
    say(&format!("idle memory: {:.1} MB", resident_mb(ours.pid())?));
    let bytes = std::fs::metadata(&product)?.len();
    #[expect(clippy::cast_precision_loss, reason = "a file size for people to read")]
    let size = bytes as f64 / 1e6;
    say(&format!("release binary: {size:.1} MB"));
    let load = Load { token, seconds, connections };
    for workload in WORKLOADS {
        let mut samples = vec![Vec::new(); targets.len()];
        for _ in 0..rounds {
            for (target, kept) in targets.iter().zip(&mut samples) {
                kept.push(load.measure(&target.server, workload)?);
            }
        }
        let medians: Vec<Sample> = samples.into_iter().map(median).collect();
        say(&table(workload, targets.iter().map(|target| target.name), &medians)?);
    }
    say(&format!("memory after load: {:.1} MB", resident_mb(ours.pid())?));
    drop(targets);
    std::fs::remove_dir_all(&dir)?;
    Ok(())
}

fn table<'n>(workload: &str, names: impl Iterator<Item = &'n str>, medians: &[Sample]) -> Result<String> {
    let mut text = format!(
        "\n| {workload} | req/s | CPU µs a request | p50 ms | p99 ms | CPU beside ours |\n|---|---|---|---|---|---|\n"
    );
    for (name, sample) in names.zip(medians) {
        let beside = sample.cpu_us / medians[0].cpu_us;
        let Sample { per_second, cpu_us, p50_ms, p99_ms } = sample;
        writeln!(text, "| {name} | {per_second:.0} | {cpu_us:.1} | {p50_ms:.2} | {p99_ms:.2} | {beside:.2} |")?;
    }
    Ok(text)
}

/// The product first, then its peers, each on a copy of the database of its own.
fn start_all(product: &Path, dir: &Path, database: &Path) -> Result<Vec<Target>> {
    let copy = |name: &str| -> Result<PathBuf> {
        let path = dir.join(name).with_extension("db");
        std::fs::copy(database, &path)?;
        Ok(path)
    };
    let peer = server::target_dir().join("release/bench-peer");
    let by_hand = copy("by-hand")?;
    let mut targets = vec![
        Target { name: "Backstay", server: start_product(product, dir)? },
        Target { name: "by hand: axum, rusqlite", server: start_peer(&peer, &[], &by_hand)? },
    ];
    if let Err(error) = peers::install("bench/node") {
        say(&format!("Express and Fastify are not measured: {error:#}"));
        return Ok(targets);
    }
    for (name, script) in [("Express 5, better-sqlite3", "express.mjs"), ("Fastify 5, better-sqlite3", "fastify.mjs")] {
        let script = shell::root().join("bench/node").join(script);
        let database = copy(&script.file_stem().unwrap_or_default().to_string_lossy())?;
        targets.push(Target { name, server: start_peer(Path::new("node"), &[&script.to_string_lossy()], &database)? });
    }
    Ok(targets)
}

fn start_product(binary: &Path, dir: &Path) -> Result<Server> {
    start_product_on(binary, dir, ("bench/schema.graphql", &[]))
}

/// Starts the product on a schema, with more of its environment.
fn start_product_on(binary: &Path, dir: &Path, (schema, more): (&str, &[(&str, &str)])) -> Result<Server> {
    let address = server::free_address()?;
    let (listen, schema, data) = (address.to_string(), shell::root().join(schema), dir.join("data"));
    let args = ["serve", "--schema", &schema.to_string_lossy(), "--data", &data.to_string_lossy(), "--listen", &listen];
    let env = [&[("BACKSTAY_JWT_SECRET", SECRET), ("BACKSTAY_LOG", "warn")], more].concat();
    pinned(binary, &args, (address, "/health/ready"), &env)
}

fn start_peer(program: &Path, args: &[&str], database: &Path) -> Result<Server> {
    start_peer_at(program, args, &database.to_string_lossy())
}

/// Starts a peer on a database, by its file or its address.
fn start_peer_at(program: &Path, args: &[&str], database: &str) -> Result<Server> {
    let address = server::free_address()?;
    let listen = address.to_string();
    let mut all = args.to_vec();
    all.extend([&*listen, database, SECRET]);
    pinned(program, &all, (address, "/health/ready"), &[("NODE_ENV", "production")])
}

/// Starts a server on the first core; the load runs on the second.
fn pinned(
    binary: &Path,
    args: &[&str],
    (address, ready): (std::net::SocketAddr, &str),
    env: &[(&str, &str)],
) -> Result<Server> {
    let binary = binary.to_string_lossy();
    let mut all = vec!["-c", "0", &*binary];
    all.extend(args);
    // taskset replaces itself with the server, so the process id is the server's.
    Server::start_at(Path::new("taskset"), &all, (address, ready), env)
}

/// Fills the product's database over its own API; gives a user's token and the database file.
fn fill(binary: &Path, dir: &Path) -> Result<(String, PathBuf)> {
    let server = start_product(binary, dir)?;
    let data = dir.join("data");
    let mut client = Client::connect(server.address, &service_key_with_secret(binary, &data)?)?;
    post(&mut client, "authors", 1..=AUTHORS, author)?;
    for first in (1..=POSTS).step_by(FILL_BATCH) {
        post(&mut client, "posts", first..=first + FILL_BATCH - 1, post_row)?;
    }
    let token = token(binary, &data)?;
    drop(server);
    // A last start and stop folds the write-ahead log into the file that is copied.
    let database = data.join("backstay.db");
    let mut fold = rusqlite_checkpoint(&database);
    shell::run_quietly(&mut fold)?;
    Ok((token, database))
}

/// An author to fill in.
fn author(i: usize) -> String {
    format!("{{\"id\":{i},\"name\":\"Author {i}\"}}")
}

/// A post to fill in.
fn post_row(i: usize) -> String {
    let (author, rank) = (i % AUTHORS + 1, (i * 7919) % 1_000_003);
    format!(
        "{{\"title\":\"Post {i}\",\"body\":\"The body of post {i}, of usual length for a list.\",\"author_id\":{author},\"rank\":{rank}}}"
    )
}

/// A user's token.
fn token(binary: &Path, data: &Path) -> Result<String> {
    let token = Command::new(binary)
        .args(["token", "--role", "authenticated", "--sub", "bench", "--data", &data.to_string_lossy()])
        .env("BACKSTAY_JWT_SECRET", SECRET)
        .output()?;
    ensure!(token.status.success(), "`backstay token`: {}", String::from_utf8_lossy(&token.stderr));
    Ok(String::from_utf8(token.stdout)?.trim().to_owned())
}

fn rusqlite_checkpoint(database: &Path) -> Command {
    let mut command = shell::command(
        "python3",
        &["-c", "import sqlite3,sys; sqlite3.connect(sys.argv[1]).execute('PRAGMA wal_checkpoint(TRUNCATE)')"],
    );
    command.arg(database);
    command
}

fn service_key_with_secret(binary: &Path, data: &Path) -> Result<String> {
    let mut list = shell::command(
        &binary.to_string_lossy(),
        &["keys", "list", "--data", &data.to_string_lossy(), "--format", "json"],
    );
    let keys: serde_json::Value = serde_json::from_slice(&list.env("BACKSTAY_JWT_SECRET", SECRET).output()?.stdout)?;
    match keys.get("service").and_then(|k| k.as_str()) {
        Some(key) => Ok(key.to_owned()),
        None => server::service_key(binary, data),
    }
}

fn post(
    client: &mut Client,
    table: &str,
    rows: std::ops::RangeInclusive<usize>,
    row: impl Fn(usize) -> String,
) -> Result<()> {
    let body = rows.map(row).collect::<Vec<_>>().join(",");
    let reply = client.send("POST", &format!("/rest/v1/{table}"), &format!("[{body}]"))?;
    ensure!(reply.status == 201, "filling {table}: {} {}", reply.status, reply.body);
    Ok(())
}

struct Load {
    token: String,
    seconds: u64,
    connections: u32,
}

impl Load {
    fn measure(&self, target: &Server, workload: &str) -> Result<Sample> {
        self.measure_with(target, None, workload)
    }

    /// Measures a server together with the database server that works for it alone, by its process id.
    fn measure_with(&self, target: &Server, database: Option<u32>, workload: &str) -> Result<Sample> {
        let ticks = || Ok::<f64, anyhow::Error>(cpu_ticks(target.pid())? + database.map_or(Ok(0.0), family_ticks)?);
        // The warm-up lasts as long as what is measured.
        self.wrk((target, "/rest/v1"), workload, self.seconds)?;
        let before = ticks()?;
        let run = self.wrk((target, "/rest/v1"), workload, self.seconds)?;
        let ticks = ticks()? - before;
        // Linux counts in hundredths of a second.
        Ok(Sample { cpu_us: ticks * 10_000.0 / run.requests, ..run.sample })
    }

    fn wrk(&self, (target, root): (&Server, &str), workload: &str, seconds: u64) -> Result<Run> {
        let script = shell::root().join(format!("bench/wrk/{workload}.lua"));
        let output = Command::new("taskset")
            .args([
                "-c",
                "1",
                "wrk",
                "-t1",
                &format!("-c{}", self.connections),
                &format!("-d{seconds}s"),
                "--latency",
                "-s",
            ])
            .arg(script)
            .arg(format!("http://{}", target.address))
            .env("BENCH_TOKEN", &self.token)
            .env("BENCH_ROOT", root)
            .output()?;
        let text = String::from_utf8_lossy(&output.stdout);
        ensure!(!text.contains("Non-2xx"), "{workload}: some requests failed:\n{text}");
        Run::read(&text).with_context(|| format!("wrk printed no figures:\n{text}"))
    }
}

/// What wrk counted.
struct Run {
    requests: f64,
    sample: Sample,
}

impl Run {
    fn read(text: &str) -> Option<Run> {
        let after = |label: &str| text.lines().find_map(|line| line.trim().strip_prefix(label)).map(str::trim);
        let requests = text.lines().find_map(|line| line.trim().split_once(" requests in"))?.0.trim().parse().ok()?;
        let per_second = after("Requests/sec:")?.parse().ok()?;
        let sample = Sample { per_second, cpu_us: 0.0, p50_ms: millis(after("50%")?)?, p99_ms: millis(after("99%")?)? };
        Some(Run { requests, sample })
    }
}

/// `1.50ms`, `820.00us` or `1.20s` in milliseconds.
fn millis(text: &str) -> Option<f64> {
    let units = [("us", 0.001), ("ms", 1.0), ("s", 1000.0)];
    let (digits, unit) = units.iter().find_map(|(name, factor)| Some((text.strip_suffix(name)?, factor)))?;
    digits.parse::<f64>().ok().map(|value| value * unit)
}

/// User and system time of a process, in clock ticks.
pub(crate) fn cpu_ticks(pid: u32) -> Result<f64> {
    Ok(Stat::of(pid)?.own)
}

/// The same of a process and its children, those that have ended among them.
fn family_ticks(pid: u32) -> Result<f64> {
    let parent = Stat::of(pid)?;
    let mut ticks = parent.own + parent.ended;
    for entry in std::fs::read_dir("/proc")? {
        let Some(id) = entry?.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        // One that ends meanwhile is counted with its parent the next time.
        if let Ok(child) = Stat::of(id)
            && child.parent == pid
        {
            ticks += child.own;
        }
    }
    Ok(ticks)
}

/// What Linux says of a process; times in clock ticks.
struct Stat {
    parent: u32,
    own: f64,
    /// Of children that have ended.
    ended: f64,
}

impl Stat {
    fn of(pid: u32) -> Result<Self> {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
        let fields: Vec<&str> = stat.rsplit_once(')').context("odd stat")?.1.split_whitespace().collect();
        let tick = |at: usize| fields.get(at).and_then(|f| f.parse::<f64>().ok()).context("odd stat");
        let parent = fields.get(1).and_then(|f| f.parse().ok()).context("odd stat")?;
        Ok(Self { parent, own: tick(11)? + tick(12)?, ended: tick(13)? + tick(14)? })
    }
}

fn resident_mb(pid: u32) -> Result<f64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|l| l.strip_prefix("VmRSS:")).context("no VmRSS")?;
    let kb: f64 = line.trim().trim_end_matches(" kB").trim().parse()?;
    Ok(kb / 1024.0)
}

fn median(mut samples: Vec<Sample>) -> Sample {
    samples.sort_by(|a, b| a.cpu_us.total_cmp(&b.cpu_us));
    samples[samples.len() / 2]
}
