//! Requests per second and CPU per request of four workloads, beside a hand-written server that does the same SQL, interleaved in one run.

use crate::crash::service_key;
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
/// Seconds of warm-up before each measurement.
const WARM_UP_S: u64 = 2;
const SECRET: &str = "bench-only-secret-of-at-least-32-bytes";
const WORKLOADS: &[&str] = &["insert", "read", "list", "embed"];

/// One measurement.
#[derive(Clone, Copy)]
struct Sample {
    per_second: f64,
    cpu_us: f64,
}

/// Fills a database, then measures each workload on the product and on the hand-written server, round by round.
pub(crate) fn run(seconds: u64, rounds: u32, connections: u32) -> Result<()> {
    shell::ensure("wrk", "wrk")?;
    let product = server::build(Build::Release)?;
    shell::run(&mut shell::command("cargo", &["build", "--quiet", "--release", "--package", "bench-peer"]))?;
    let peer = server::target_dir().join("release/bench-peer");
    let dir = server::scratch("bench")?;
    let (token, database) = fill(&product, &dir)?;
    let copy = dir.join("peer.db");
    std::fs::copy(&database, &copy)?;
    let targets = [start_product(&product, &dir)?, start_peer(&peer, &copy)?];
    say(&format!("start to first answer on {POSTS} rows: {:.0} ms", targets[0].started_in.as_secs_f64() * 1e3));
    say(&format!("idle memory: {:.1} MB", resident_mb(targets[0].pid())?));
    let bytes = std::fs::metadata(&product)?.len();
    #[expect(clippy::cast_precision_loss, reason = "a file size for people to read")]
    let size = bytes as f64 / 1e6;
    say(&format!("release binary: {size:.1} MB"));
    let load = Load { token, seconds, connections };
    let mut report = String::from(
        "\n| workload | ours req/s | ours CPU µs | by hand req/s | by hand CPU µs | CPU ratio |\n|---|---|---|---|---|---|\n",
    );
    for workload in WORKLOADS {
        let mut samples = [Vec::new(), Vec::new()];
        for _ in 0..rounds {
            for (target, kept) in targets.iter().zip(&mut samples) {
                kept.push(load.measure(target, workload)?);
            }
        }
        let [ours, theirs] = samples.map(median);
        writeln!(
            report,
            "| {workload} | {:.0} | {:.1} | {:.0} | {:.1} | {:.2} |",
            ours.per_second,
            ours.cpu_us,
            theirs.per_second,
            theirs.cpu_us,
            ours.cpu_us / theirs.cpu_us
        )?;
    }
    say(&report);
    say(&format!("memory after load: {:.1} MB", resident_mb(targets[0].pid())?));
    drop(targets);
    std::fs::remove_dir_all(&dir)?;
    Ok(())
}

fn start_product(binary: &Path, dir: &Path) -> Result<Server> {
    let address = server::free_address()?;
    let (listen, schema, data) = (address.to_string(), shell::root().join("bench/schema.graphql"), dir.join("data"));
    let args = ["serve", "--schema", &schema.to_string_lossy(), "--data", &data.to_string_lossy(), "--listen", &listen];
    pinned(binary, &args, address, &[("BACKSTAY_JWT_SECRET", SECRET), ("BACKSTAY_LOG", "warn")])
}

fn start_peer(binary: &Path, database: &Path) -> Result<Server> {
    let address = server::free_address()?;
    let listen = address.to_string();
    pinned(binary, &[&listen, &database.to_string_lossy(), SECRET], address, &[])
}

/// Starts a server on the first core; the load runs on the second.
fn pinned(binary: &Path, args: &[&str], address: std::net::SocketAddr, env: &[(&str, &str)]) -> Result<Server> {
    let binary = binary.to_string_lossy();
    let mut all = vec!["-c", "0", &*binary];
    all.extend(args);
    // taskset replaces itself with the server, so the process id is the server's.
    Server::start(Path::new("taskset"), &all, address, env)
}

/// Fills the product's database over its own API; gives a user's token and the database file.
fn fill(binary: &Path, dir: &Path) -> Result<(String, PathBuf)> {
    let server = start_product(binary, dir)?;
    let data = dir.join("data");
    let mut client = Client::connect(server.address, &service_key_with_secret(binary, &data)?)?;
    let author = |i: usize| format!("{{\"id\":{i},\"name\":\"Author {i}\"}}");
    post(&mut client, "authors", 1..=AUTHORS, author)?;
    let row = |i: usize| {
        let (author, rank) = (i % AUTHORS + 1, (i * 7919) % 1_000_003);
        format!(
            "{{\"title\":\"Post {i}\",\"body\":\"The body of post {i}, of usual length for a list.\",\"author_id\":{author},\"rank\":{rank}}}"
        )
    };
    for first in (1..=POSTS).step_by(FILL_BATCH) {
        post(&mut client, "posts", first..=first + FILL_BATCH - 1, row)?;
    }
    let token = Command::new(binary)
        .args(["token", "--role", "authenticated", "--sub", "bench", "--data", &data.to_string_lossy()])
        .env("BACKSTAY_JWT_SECRET", SECRET)
        .output()?;
    ensure!(token.status.success(), "`backstay token`: {}", String::from_utf8_lossy(&token.stderr));
    drop(server);
    // A last start and stop folds the write-ahead log into the file that is copied.
    let database = data.join("backstay.db");
    let mut fold = rusqlite_checkpoint(&database);
    shell::run_quietly(&mut fold)?;
    Ok((String::from_utf8(token.stdout)?.trim().to_owned(), database))
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
        None => service_key(binary, data),
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
        self.wrk(target, workload, WARM_UP_S)?;
        let before = cpu_ticks(target.pid())?;
        let (requests, per_second) = self.wrk(target, workload, self.seconds)?;
        let ticks = cpu_ticks(target.pid())? - before;
        // Linux counts in hundredths of a second.
        Ok(Sample { per_second, cpu_us: ticks * 10_000.0 / requests })
    }

    fn wrk(&self, target: &Server, workload: &str, seconds: u64) -> Result<(f64, f64)> {
        let script = shell::root().join(format!("bench/wrk/{workload}.lua"));
        let output = Command::new("taskset")
            .args(["-c", "1", "wrk", "-t1", &format!("-c{}", self.connections), &format!("-d{seconds}s"), "-s"])
            .arg(script)
            .arg(format!("http://{}", target.address))
            .env("BENCH_TOKEN", &self.token)
            .output()?;
        let text = String::from_utf8_lossy(&output.stdout);
        ensure!(!text.contains("Non-2xx"), "{workload}: some requests failed:\n{text}");
        let requests = text
            .lines()
            .find_map(|line| line.trim().split_once(" requests in"))
            .and_then(|(n, _)| n.trim().parse().ok());
        let per_second =
            text.lines().find_map(|line| line.strip_prefix("Requests/sec:")).and_then(|n| n.trim().parse().ok());
        requests.zip(per_second).with_context(|| format!("wrk printed no figures:\n{text}"))
    }
}

/// User and system time of a process, in clock ticks.
fn cpu_ticks(pid: u32) -> Result<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let fields: Vec<&str> = stat.rsplit_once(')').context("odd stat")?.1.split_whitespace().collect();
    let tick = |at: usize| fields.get(at).and_then(|f| f.parse::<f64>().ok()).context("odd stat");
    Ok(tick(11)? + tick(12)?)
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
