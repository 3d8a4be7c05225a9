//! The `backstay` binary: reads the command line, runs one command, and turns its outcome into an exit code.

mod assemble;
mod backup;
mod certificate;
mod cli;
mod commands;
mod config;
mod doctor;
mod explain;
mod findings;
mod listen;
mod load;
mod migration;
mod office;
mod problem;
mod project;
mod rows;
mod seed;
mod sign_in;
mod sources;
mod telemetry;
mod terminal;
mod watch;

use clap::Parser;
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    match commands::run(cli.command, cli.config) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => problem.report(),
    }
}
