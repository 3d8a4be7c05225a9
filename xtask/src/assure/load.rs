//! Part `load`: more than the server can do, and clients that do not play fair. It must go on serving the others, in bounded memory.

mod bodies;
mod connections;
mod frames;
mod open_loop;
mod overload;
mod readers;

use super::Check;
use crate::http::Client;
use crate::server::{self, Build, Server};
use crate::shell;
use anyhow::{Context, Result, ensure};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The checks of this part.
pub(super) const CHECKS: &[Check] = &[
    Check {
        name: "overload",
        shows: "three times what it can do: goodput stays, the rest is told to come again",
        run: overload::run,
    },
    Check { name: "bodies", shows: "bodies that are too large, endless, compressed or deep", run: bodies::run },
    Check { name: "slow", shows: "slowhttptest's four modes", run: connections::slow },
    Check { name: "readers", shows: "clients that ask for much and do not take it", run: readers::run },
    Check {
        name: "frames",
        shows: "HTTP/2: many streams, rapid reset, endless headers, and floods of small frames",
        run: frames::run,
    },
    Check { name: "idle", shows: "ten thousand kept-alive connections", run: connections::idle },
];

/// A fresh server that is to be put under load; its data is removed with it.
struct Bench {
    server: Server,
    token: String,
    data: PathBuf,
}

impl Bench {
    /// Starts it; each check has one of its own, so that one's memory is not the other's.
    fn start(name: &str, env: &[(&str, &str)]) -> Result<Self> {
        // Ten thousand connections need as many files, here and in the server, which takes over our limit.
        let own = std::process::id().to_string();
        // Where that is not allowed, the limit may be high enough as it is; if not, the case says which connection failed.
        let _ = shell::command("prlimit", &["--pid", &own, "--nofile=20000:20000"]).output();
        let binary = server::build(Build::Tested)?;
        let data = server::scratch(&format!("load-{name}"))?;
        let schema = shell::root().join("xtask/fixtures/marks.graphql");
        let address = server::free_address()?;
        let listen = address.to_string();
        let args =
            ["serve", "--schema", &schema.to_string_lossy(), "--data", &data.to_string_lossy(), "--listen", &listen];
        let server = Server::start(&binary, &args, address, env)?;
        let token = server::service_key(&binary, &data)?;
        Ok(Self { server, token, data })
    }

    /// Resident memory of the server, KiB.
    fn memory(&self) -> Result<u64> {
        memory(self.server.pid())
    }

    fn client(&self) -> Result<Client> {
        Client::connect(self.server.address, &self.token)
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        // The server has its files open: removing them first would only unlink them.
        let _ = self.server.kill();
        let _ = std::fs::remove_dir_all(&self.data);
    }
}

/// Resident memory of a process, KiB.
fn memory(pid: u32) -> Result<u64> {
    let status = std::fs::read_to_string(Path::new("/proc").join(pid.to_string()).join("status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}

/// The server answers within a second.
fn alive(address: SocketAddr) -> Result<Duration> {
    let begin = Instant::now();
    let reply = Client::connect(address, "")?.send("GET", "/health/live", "")?;
    ensure!(reply.status == 200, "liveness says {}", reply.status);
    ensure!(begin.elapsed() < Duration::from_secs(1), "a health check took {:?}", begin.elapsed());
    Ok(begin.elapsed())
}
