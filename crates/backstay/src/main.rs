//! The `backstay` binary: reads the command line, runs one command, and turns its outcome into an exit code.

mod assemble;
mod backup;
mod certificate;
mod cli;
mod commands;
mod config;
mod counts;
mod doctor;
mod explain;
mod findings;
mod follow;
mod graphql;
mod listen;
mod load;
mod migration;
mod office;
mod problem;
mod project;
mod recording;
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
    small_pages();
    let cli = cli::Cli::parse();
    match commands::run(cli.command, cli.config) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => problem.report(),
    }
}

/// Keeps memory in pages of the usual size. The allocator asks for huge ones, and an idle server then holds three times what it uses.
#[cfg(target_os = "linux")]
fn small_pages() {
    // Where the kernel does not know the call, memory is only larger.
    let _ = rustix::thread::disable_transparent_huge_pages(true);
}

#[cfg(not(target_os = "linux"))]
fn small_pages() {}
