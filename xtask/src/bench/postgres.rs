//! The four workloads on PostgreSQL, in one run with the real PostgREST, Fastify over pg, Express over Sequelize, and a server by hand
//! that does the same SQL. Server and database have one core, the load the other; the database's time counts with the server's.

use super::{
    AUTHORS, FILL_BATCH, POSTS, SECRET, Sample, WORKLOADS, author, cpu_ticks, family_ticks, median, post, post_row,
};
use crate::assure::diff::postgrest;
use crate::http::Client;
use crate::server::{self, Build, Server};
use crate::services::Own;
use crate::shell::{self, say};
use anyhow::{Result, ensure};
use std::fmt::Write as _;
use std::path::Path;

/// Connections of every server to the database, as many as the product has by default.
const POOL: &str = "16";
const GRANTS: &[&str] = &[
    "CREATE ROLE authenticated",
    "GRANT USAGE ON SCHEMA public TO authenticated",
    "GRANT SELECT, INSERT ON posts, authors TO authenticated",
    "GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO authenticated",
    "VACUUM ANALYZE",
];

/// A server that is measured, and what its paths begin with.
struct Target {
    name: &'static str,
    root: &'static str,
    server: Server,
}

/// One measurement: the whole, and the database's part of the CPU.
#[derive(Clone, Copy)]
struct Both {
    sample: Sample,
    database_us: f64,
}

/// Fills a database, copies it for each server, and measures each workload on all of them, round by round.
pub(super) fn run(seconds: u64, rounds: u32, connections: u32) -> Result<()> {
    shell::ensure("wrk", "wrk")?;
    let product = server::build(Build::Release)?;
    shell::run(&mut shell::command("cargo", &["build", "--quiet", "--release", "--package", "bench-peer"]))?;
    let dir = server::scratch("bench-postgres")?;
    let database = Own::start("postgres", &["-c shared_buffers=256MB", "-c max_connections=100"])?;
    let postmaster = database.pid()?;
    shell::run_quietly(&mut shell::command("taskset", &["-a", "-c", "-p", "0", &postmaster.to_string()]))?;
    let token = fill(&product, &dir, &database)?;
    let targets = start_all(&product, &dir, &database)?;
    same_answers(&targets, &token)?;
    for workload in WORKLOADS {
        let mut samples = vec![Vec::new(); targets.len()];
        for _ in 0..rounds {
            for (target, kept) in targets.iter().zip(&mut samples) {
                let load = super::Load { token: token.clone(), seconds, connections };
                load.wrk((&target.server, target.root), workload, seconds)?;
                let before = (cpu_ticks(target.server.pid())?, family_ticks(postmaster)?);
                let run = load.wrk((&target.server, target.root), workload, seconds)?;
                let own = cpu_ticks(target.server.pid())? - before.0;
                let databases = family_ticks(postmaster)? - before.1;
                // Linux counts in hundredths of a second.
                let each = |ticks: f64| ticks * 10_000.0 / run.requests;
                kept.push(Both {
                    sample: Sample { cpu_us: each(own + databases), ..run.sample },
                    database_us: each(databases),
                });
            }
        }
        say(&table(workload, &targets, samples)?);
    }
    drop(targets);
    drop(database);
    std::fs::remove_dir_all(&dir)?;
    Ok(())
}

fn table(workload: &str, targets: &[Target], samples: Vec<Vec<Both>>) -> Result<String> {
    let mut text = format!(
        "\n| {workload} | req/s | CPU µs a request | of it the database | p50 ms | p99 ms | CPU beside ours |\n|---|---|---|---|---|---|---|\n"
    );
    let mut ours = None;
    for (target, both) in targets.iter().zip(samples) {
        let sample = median(both.iter().map(|both| both.sample).collect());
        let database = both.iter().find(|both| both.sample.cpu_us.total_cmp(&sample.cpu_us).is_eq());
        let first = *ours.get_or_insert(sample.cpu_us);
        writeln!(
            text,
            "| {} | {:.0} | {:.1} | {:.1} | {:.2} | {:.2} | {:.2} |",
            target.name,
            sample.per_second,
            sample.cpu_us,
            database.map_or(0.0, |both| both.database_us),
            sample.p50_ms,
            sample.p99_ms,
            sample.cpu_us / first
        )?;
    }
    Ok(text)
}

/// Fills a database by the product's own API, and copies it; gives a user's token.
fn fill(product: &Path, dir: &Path, database: &Own) -> Result<String> {
    sql(database, "postgres", &["CREATE DATABASE filled"])?;
    let server = start_product(product, dir, &address(database, "filled"))?;
    let data = dir.join("data");
    let mut client = Client::connect(server.address, &super::service_key_with_secret(product, &data)?)?;
    post(&mut client, "authors", 1..=AUTHORS, author)?;
    for first in (1..=POSTS).step_by(FILL_BATCH) {
        post(&mut client, "posts", first..=first + FILL_BATCH - 1, post_row)?;
    }
    let token = super::token(product, &data)?;
    drop(server);
    sql(database, "filled", GRANTS)?;
    Ok(token)
}

fn start_all(product: &Path, dir: &Path, database: &Own) -> Result<Vec<Target>> {
    let copy = |name: &str| -> Result<String> {
        sql(database, "postgres", &[&["CREATE DATABASE ", name, " TEMPLATE filled"].concat()])?;
        sql(database, name, &["VACUUM ANALYZE"])?;
        Ok(address(database, name))
    };
    let peer = server::target_dir().join("release/bench-peer");
    let rest = postgrest::program()?;
    let node = |script: &str| shell::root().join("bench/node-postgres").join(script).display().to_string();
    let mut targets = vec![
        Target { name: "Backstay", root: "/rest/v1", server: start_product(product, dir, &copy("backstay")?)? },
        Target {
            name: "by hand: axum, tokio-postgres",
            root: "/rest/v1",
            server: start_peer(&peer, &[], &copy("by_hand")?)?,
        },
        Target { name: "PostgREST 12", root: "", server: start_postgrest(&rest, &copy("postgrest")?)? },
    ];
    for (name, script) in [("Fastify 5, pg", "fastify.mjs"), ("Express 5, Sequelize 6", "express.mjs")] {
        let copied = copy(script.trim_end_matches(".mjs"))?;
        let server = start_peer(Path::new("node"), &[&node(script)], &copied)?;
        targets.push(Target { name, root: "/rest/v1", server });
    }
    Ok(targets)
}

fn start_product(product: &Path, dir: &Path, database: &str) -> Result<Server> {
    let address = server::free_address()?;
    let schema = shell::root().join("bench/schema.graphql").display().to_string();
    let (listen, data) = (address.to_string(), dir.join("data").display().to_string());
    let args = ["serve", "--schema", &schema, "--data", &data, "--listen", &listen];
    let env = [("BACKSTAY_JWT_SECRET", SECRET), ("BACKSTAY_LOG", "warn"), ("BACKSTAY_DATABASE_URL", database)];
    super::pinned(product, &args, (address, "/health/ready"), &env)
}

fn start_peer(program: &Path, args: &[&str], database: &str) -> Result<Server> {
    let address = server::free_address()?;
    let listen = address.to_string();
    let mut all = args.to_vec();
    all.extend([&*listen, database, SECRET]);
    super::pinned(program, &all, (address, "/health/ready"), &[("NODE_ENV", "production")])
}

fn start_postgrest(program: &Path, database: &str) -> Result<Server> {
    let address = server::free_address()?;
    let port = address.port().to_string();
    let env = [
        ("PGRST_DB_URI", database),
        ("PGRST_DB_SCHEMAS", "public"),
        ("PGRST_DB_ANON_ROLE", "authenticated"),
        ("PGRST_DB_POOL", POOL),
        ("PGRST_JWT_SECRET", SECRET),
        ("PGRST_JWT_CACHE_MAX_LIFETIME", "3600"),
        ("PGRST_SERVER_HOST", "127.0.0.1"),
        ("PGRST_SERVER_PORT", &port),
        ("PGRST_LOG_LEVEL", "crit"),
    ];
    super::pinned(program, &[], (address, "/authors?limit=1"), &env)
}

/// Every server answers each read alike: else what it costs would mean nothing.
fn same_answers(targets: &[Target], token: &str) -> Result<()> {
    for path in [
        "/posts?id=eq.4711",
        "/posts?order=rank.desc&limit=20",
        "/posts?select=id,title,author:authors(id,name)&order=rank.desc&limit=20",
    ] {
        let mut first = None;
        for target in targets {
            let mut client = Client::connect(target.server.address, token)?;
            let reply = client.send("GET", &[target.root, path].concat(), "")?;
            ensure!(reply.status == 200, "{}: {} {}", target.name, reply.status, reply.body);
            let answer: serde_json::Value = serde_json::from_str(&reply.body)?;
            let known = first.get_or_insert_with(|| answer.clone());
            ensure!(*known == answer, "{} answers {path} otherwise: {}", target.name, reply.body);
        }
    }
    Ok(())
}

fn address(database: &Own, name: &str) -> String {
    let address = database.address();
    let server = address.rsplit_once('/').map_or("", |(server, _)| server);
    [server, "/", name].concat()
}

fn sql(database: &Own, name: &str, statements: &[&str]) -> Result<()> {
    let address = address(database, name);
    let mut psql = shell::command("psql", &["-X", "-w", "-q", "-v", "ON_ERROR_STOP=1", "-d", &address]);
    for statement in statements {
        psql.args(["-c", statement]);
    }
    shell::run_quietly(&mut psql)
}
