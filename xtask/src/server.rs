//! A Backstay process for a measurement or a replay: built, started on a free port, stopped when dropped.

use crate::bench::cpu_ticks;
use crate::shell;
use anyhow::{Context, Result, bail, ensure};
use std::fmt;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Longest wait for a server's first healthy answer.
const START_MAX: Duration = Duration::from_secs(120);

/// Which build of the product to run.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Build {
    /// As the tests build it: unoptimised, but for [`prefer_release`].
    Tested,
    /// Optimised, for figures.
    Release,
}

/// Whether checks run the optimised binary.
static RELEASE: AtomicBool = AtomicBool::new(false);

/// Makes every check of this run take the binary that ships: more rounds in an hour, and what users have.
pub(crate) fn prefer_release() {
    RELEASE.store(true, Ordering::Relaxed);
}

/// A server that ended before it was ready.
#[derive(Debug)]
pub(crate) struct Refused {
    status: String,
    /// What it wrote to standard error.
    pub(crate) said: String,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the server ended with {} before it was ready: {}", self.status, self.said.trim())
    }
}

impl std::error::Error for Refused {}

/// A running server.
pub(crate) struct Server {
    child: Child,
    /// What it writes to standard error.
    log: PathBuf,
    /// Where it listens.
    pub(crate) address: SocketAddr,
    /// Time from the process's start to its first answer.
    pub(crate) started_in: Duration,
}

impl Server {
    /// Starts `program` with `args` and waits until `GET /health/ready` answers 200.
    pub(crate) fn start(program: &Path, args: &[&str], address: SocketAddr, env: &[(&str, &str)]) -> Result<Self> {
        Self::start_at(program, args, (address, "/health/ready"), env)
    }

    /// The same for a server that says by another path that it is ready.
    pub(crate) fn start_at(
        program: &Path,
        args: &[&str],
        (address, ready): (SocketAddr, &str),
        env: &[(&str, &str)],
    ) -> Result<Self> {
        let log = target_dir().join("scratch").join(format!("server-{}-{}.log", std::process::id(), address.port()));
        std::fs::create_dir_all(target_dir().join("scratch"))?;
        let mut command = Command::new(program);
        command.args(args).stdin(Stdio::null()).stdout(Stdio::null()).stderr(std::fs::File::create(&log)?);
        command.envs(env.iter().copied());
        let begin = Instant::now();
        let child = command.spawn().with_context(|| format!("cannot start {}", program.display()))?;
        let mut server = Server { child, log, address, started_in: Duration::ZERO };
        while begin.elapsed() < START_MAX {
            if let Ok(Some(status)) = server.child.try_wait() {
                let said = server.said();
                return Err(Refused { status: status.to_string(), said }.into());
            }
            if is_ready(address, ready) {
                server.started_in = begin.elapsed();
                return Ok(server);
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        bail!("the server was not ready within {START_MAX:?}")
    }

    /// Its process id.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Whether the process that was started runs still.
    pub(crate) fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// User and system time that it has taken so far.
    pub(crate) fn cpu_time(&self) -> Result<Duration> {
        // The kernel counts in hundredths of a second.
        Ok(Duration::from_secs_f64(cpu_ticks(self.pid())? / 100.0))
    }

    /// What it has written to standard error so far: its log, or why it ended.
    pub(crate) fn said(&self) -> String {
        std::fs::read(&self.log).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
    }

    /// Ends it as an operator would, and waits until it has.
    pub(crate) fn stop(&mut self) -> Result<()> {
        shell::run_quietly(&mut shell::command("kill", &["-TERM", &self.pid().to_string()]))?;
        let begin = Instant::now();
        while self.child.try_wait()?.is_none() {
            ensure!(begin.elapsed() < START_MAX, "the server did not end within {START_MAX:?}");
            std::thread::sleep(Duration::from_millis(5));
        }
        Ok(())
    }

    /// Ends it at once, as a crash would.
    pub(crate) fn kill(&mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_file(&self.log);
    }
}

/// Builds the product and gives the path of its binary.
pub(crate) fn build(build: Build) -> Result<PathBuf> {
    let release = build == Build::Release || RELEASE.load(Ordering::Relaxed);
    let (args, folder): (&[&str], &str) = if release {
        (&["build", "--quiet", "--release", "--package", "backstay"], "release")
    } else {
        // With the features of the tests: what they were built with need not be built again.
        (&["build", "--quiet", "--workspace", "--all-features", "--bin", "backstay"], "debug")
    };
    shell::run(&mut shell::command("cargo", args))?;
    Ok(target_dir().join(folder).join("backstay"))
}

/// Where cargo puts what it builds.
pub(crate) fn target_dir() -> PathBuf {
    #[expect(clippy::disallowed_methods, reason = "cargo tells its target directory by environment only")]
    std::env::var("CARGO_TARGET_DIR").map_or_else(|_| shell::root().join("target"), PathBuf::from)
}

/// A loopback address that nothing listens on.
pub(crate) fn free_address() -> Result<SocketAddr> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?)
}

/// A new empty folder under the target directory.
pub(crate) fn scratch(name: &str) -> Result<PathBuf> {
    let dir = target_dir().join("scratch").join(format!("{name}-{}", std::process::id()));
    if dir.exists() {
        std::fs::remove_dir_all(&dir)?;
    }
    std::fs::create_dir_all(&dir)?;
    Ok(dir)
}

/// The service key of a data directory.
pub(crate) fn service_key(binary: &Path, data: &Path) -> Result<String> {
    let args = ["keys", "list", "--data", &data.to_string_lossy(), "--format", "json"];
    let mut list = shell::command(&binary.to_string_lossy(), &args);
    let keys: serde_json::Value =
        serde_json::from_slice(&list.output()?.stdout).context("`backstay keys list` printed no JSON")?;
    Ok(keys.get("service").and_then(|k| k.as_str()).context("no service key")?.to_owned())
}

fn is_ready(address: SocketAddr, path: &str) -> bool {
    let Ok(mut stream) = TcpStream::connect_timeout(&address, Duration::from_millis(200)) else { return false };
    let _ = stream.set_read_timeout(Some(Duration::from_secs(2)));
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    if stream.write_all(request.as_bytes()).is_err() {
        return false;
    }
    let mut head = [0_u8; 12];
    stream.read_exact(&mut head).is_ok() && head.ends_with(b"200")
}
