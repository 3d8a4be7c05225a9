//! The project's own commands: `cargo xtask <command>`. Each prints what it does, how long it took, and last what failed.

mod bench;
mod conformance;
mod crash;
mod fault;
mod fuzz;
mod http;
mod load;
mod server;
mod shell;
mod test;

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
    },
    /// Kill the server under load, again and again, and count acknowledged rows that are gone.
    Crash {
        /// Kills.
        #[arg(long, default_value_t = 20)]
        cycles: u32,
        /// Seed of the kill times; printed so that a run can be repeated.
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    /// Fail the disk at the N-th call under load: nothing is acknowledged after it, and nothing acknowledged is lost.
    Fault {
        /// Faults, at calls sampled from the first 300.
        #[arg(long, default_value_t = 24)]
        cases: u32,
        /// Seed of the sample.
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    /// Overload, slow clients, bombs and idle connections: the server goes on serving, in bounded memory.
    Load {
        /// Seconds of each timed case.
        #[arg(long, default_value_t = 5)]
        seconds: u64,
    },
    /// Replay the fuzz corpus and mutate it: schema, rules, rules against SQL, queries, headers, bodies, CSV, tokens.
    Fuzz {
        /// Minutes for all targets together; without it, 20,000 mutations of each target within a minute.
        #[arg(long)]
        minutes: Option<u64>,
        /// Seed of the mutations.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// Only this target.
        #[arg(long)]
        target: Option<String>,
    },
    /// Measure requests per second and CPU per request beside a hand-written server, in one run.
    Bench {
        /// Seconds of each measurement.
        #[arg(long, default_value_t = 5)]
        seconds: u64,
        /// Rounds; medians are reported.
        #[arg(long, default_value_t = 3)]
        rounds: u32,
        /// Connections.
        #[arg(long, default_value_t = 64)]
        connections: u32,
    },
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Test { only } => test::run(only.as_deref()),
        Command::Conformance { dir, at_least, json } => conformance::run(&dir, at_least, json.as_deref()),
        Command::Crash { cycles, seed } => crash::run(cycles, seed),
        Command::Fault { cases, seed } => fault::run(cases, seed),
        Command::Load { seconds } => load::run(seconds),
        Command::Fuzz { minutes, seed, target } => fuzz::run(minutes, seed, target.as_deref()),
        Command::Bench { seconds, rounds, connections } => bench::run(seconds, rounds, connections),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            shell::say(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}
