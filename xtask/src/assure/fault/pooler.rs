//! PgBouncer in transaction mode stands between nodes and database, and goes away and comes back.

use super::broken;
use crate::assure::fault::cluster::Cluster;
use crate::assure::{Profile, Tally};
use crate::server;
use crate::services::Own;
use crate::shell;
use anyhow::{Context, Result, ensure};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

/// Server connections of the pooler: fewer than two nodes have clients, so that sessions change hands.
const SIZE: usize = 4;

/// Load through the pooler, with it restarted meanwhile.
pub(super) fn run(profile: &Profile) -> Result<Tally> {
    shell::ensure("pgbouncer", "pgbouncer")?;
    let mut tally = Tally::default();
    let server = Own::start("postgres", &[])?;
    let mut pooler = Pooler::start(&server)?;
    let env = [("BACKSTAY_POSTGRES__PREPARED_STATEMENTS", "false")];
    let mut cluster = Cluster::start(&server.address_at(pooler.port), 2, &env)?;
    for round in profile.rounds(1, 10) {
        let outcome = broken(&mut cluster, &format!("pooler {round}"), None, |_| {
            pooler.stop()?;
            std::thread::sleep(Duration::from_millis(500));
            pooler.again()
        });
        let outcome = outcome.and_then(|(seen, figures)| {
            ensure!(seen.errors() > 0, "nobody noticed");
            Ok(figures)
        });
        tally.note(&format!("PgBouncer restarted, {SIZE} connections, round {round}"), outcome);
    }
    Ok(tally)
}

/// A running pooler.
struct Pooler {
    child: Option<Child>,
    folder: PathBuf,
    port: u16,
}

impl Pooler {
    fn start(server: &Own) -> Result<Self> {
        let port = server::free_address()?.port();
        let folder = server.folder().join("pooler");
        std::fs::create_dir_all(&folder)?;
        let (to, users) = (server.port(), folder.join("users.txt"));
        let text = format!(
            "[databases]\n* = host=127.0.0.1 port={to} user=postgres\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n\
             auth_type = any\nauth_file = {}\npool_mode = transaction\ndefault_pool_size = {SIZE}\nmax_client_conn = 200\n\
             ignore_startup_parameters = extra_float_digits,options\n",
            users.display()
        );
        std::fs::write(&users, "\"postgres\" \"\"\n")?;
        std::fs::write(folder.join("pgbouncer.ini"), text)?;
        shell::run_quietly(&mut shell::command("chown", &["-R", "postgres", &folder.display().to_string()]))?;
        let mut pooler = Self { child: None, folder, port };
        pooler.again()?;
        Ok(pooler)
    }

    fn again(&mut self) -> Result<()> {
        let settings = self.folder.join("pgbouncer.ini").display().to_string();
        let mut command = shell::command("runuser", &["-u", "postgres", "--", "pgbouncer", &settings]);
        let log = std::fs::File::create(self.folder.join("log"))?;
        let child =
            command.current_dir("/").stdout(Stdio::null()).stderr(log).spawn().context("cannot start pgbouncer")?;
        self.child = Some(child);
        let begin = Instant::now();
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            let said = std::fs::read_to_string(self.folder.join("log")).unwrap_or_default();
            ensure!(begin.elapsed() < Duration::from_secs(10), "pgbouncer did not start: {said}");
            std::thread::sleep(Duration::from_millis(10));
        }
        Ok(())
    }

    /// At once, with every connection of its clients.
    fn stop(&mut self) -> Result<()> {
        let Some(mut child) = self.child.take() else { return Ok(()) };
        // It is a child of `runuser`, which hands this signal on; the pooler ends on it at once.
        shell::run_quietly(&mut shell::command("kill", &["-TERM", &child.id().to_string()]))?;
        child.wait()?;
        Ok(())
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        let _ = self.stop();
    }
}
