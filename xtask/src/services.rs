//! `cargo xtask services`: the servers that tests need. Takes the one on the standard port where it can be used; else starts one of
//! its own from the installed Debian package on a free port, with its files under the temporary folder, and leaves it running.

mod own;

use crate::server;
use crate::shell::{self, CannotRun, say};
use anyhow::{Context, Result, bail};
pub(crate) use own::Own;
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Longest wait for a server that was started.
const START_MAX: Duration = Duration::from_secs(30);

/// What can be done with the servers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Do {
    /// Find or start every one, and say where each is.
    Up,
    /// Stop those that were started here.
    Down,
}

/// A server that tests need.
struct Service {
    /// Its name here.
    name: &'static str,
    /// The variable that tells tests where it is.
    variable: &'static str,
    /// Where it usually is.
    usual: &'static str,
    /// Tries to use one at an address.
    works: fn(&str) -> bool,
    /// The address of one on a port of this machine.
    address: fn(u16) -> String,
    /// Makes the files of one in an empty folder.
    make: fn(&Path) -> Result<()>,
    /// Starts one on a port, with its files in a folder and options of its command line.
    start: fn(&Path, u16, &[&str]) -> Result<()>,
    /// Stops one by its folder.
    stop: fn(&Path) -> Result<()>,
    /// Stops one in the middle of everything.
    crash: fn(&Path) -> Result<()>,
    /// Where one notes its process id, in its folder.
    pid: &'static str,
}

const SERVICES: &[Service] = &[
    Service {
        name: "postgres",
        variable: "TEST_POSTGRES",
        usual: "postgres://postgres@127.0.0.1:5432/postgres",
        works: postgres_works,
        address: |port| format!("postgres://postgres@127.0.0.1:{port}/postgres"),
        make: make_postgres,
        start: start_postgres,
        stop: |folder| stop_postgres(folder, "fast"),
        crash: |folder| stop_postgres(folder, "immediate"),
        pid: "data/postmaster.pid",
    },
    Service {
        name: "mariadb",
        variable: "TEST_MYSQL",
        usual: "mysql://root@127.0.0.1:3306/test",
        works: mariadb_works,
        address: |port| format!("mysql://root@127.0.0.1:{port}/test"),
        make: make_mariadb,
        start: start_mariadb,
        stop: mariadb_admin,
        crash: kill,
        pid: "pid",
    },
    Service {
        name: "redis",
        variable: "TEST_REDIS",
        usual: "redis://127.0.0.1:6379/",
        works: redis_works,
        address: |port| format!("redis://127.0.0.1:{port}/"),
        make: |_| shell::ensure("redis-server", "redis-server"),
        start: start_redis,
        stop: stop_redis,
        crash: kill,
        pid: "pid",
    },
];

/// Does what was asked, for every service or the one named.
pub(crate) fn run(what: Do, only: Option<&str>) -> Result<()> {
    let chosen: Vec<&Service> =
        SERVICES.iter().filter(|service| only.is_none_or(|name| name == service.name)).collect();
    if chosen.is_empty() {
        let names: Vec<&str> = SERVICES.iter().map(|service| service.name).collect();
        bail!("there is no such service; there are {}", names.join(", "));
    }
    for service in chosen {
        match what {
            Do::Up => say(&format!("{}={}", service.variable, found_or_started(service)?)),
            Do::Down => stop(service)?,
        }
    }
    Ok(())
}

/// Where PostgreSQL is, for tests: the variable and its value. Starts it where it is not there.
///
/// # Errors
/// [`CannotRun`] when it cannot be had.
pub(crate) fn postgres() -> Result<(&'static str, String)> {
    let service = SERVICES.first().context("there are no services")?;
    Ok((service.variable, found_or_started(service)?))
}

/// Where MariaDB is, for tests: the variable and its value. Starts it where it is not there.
///
/// # Errors
/// [`CannotRun`] when it cannot be had.
pub(crate) fn mysql() -> Result<(&'static str, String)> {
    let service = SERVICES.iter().find(|service| service.name == "mariadb").context("there is no such service")?;
    Ok((service.variable, found_or_started(service)?))
}

/// The address of an empty MariaDB database of this name; what was in it is gone.
///
/// # Errors
/// The server cannot be had, or refuses.
pub(crate) fn fresh_mysql_database(name: &str) -> Result<String> {
    let (_, address) = mysql()?;
    let port = port_of(&address).context("the address names no port of this machine")?;
    let remake = ["DROP DATABASE IF EXISTS ", name, "; CREATE DATABASE ", name].concat();
    shell::run_quietly(&mut shell::command("mariadb", &["-h", "127.0.0.1", "-P", &port, "-u", "root", "-e", &remake]))?;
    let (base, _) = address.rsplit_once('/').context("the address names no database")?;
    Ok(format!("{base}/{name}"))
}

/// The address of an empty PostgreSQL database of this name; what was in it is gone.
///
/// # Errors
/// The server cannot be had, or refuses.
pub(crate) fn fresh_database(name: &str) -> Result<String> {
    let (_, address) = postgres()?;
    let drop = ["DROP DATABASE IF EXISTS ", name, " WITH (FORCE)"].concat();
    let create = ["CREATE DATABASE ", name].concat();
    let args = ["-X", "-w", "-q", "-v", "ON_ERROR_STOP=1", "-d", &address, "-c", &drop, "-c", &create];
    shell::run_quietly(&mut shell::command("psql", &args))?;
    let (base, _) = address.rsplit_once('/').context("the address names no database")?;
    Ok(format!("{base}/{name}"))
}

fn found_or_started(service: &Service) -> Result<String> {
    if (service.works)(service.usual) {
        return Ok(service.usual.to_owned());
    }
    let folder = folder(service);
    let noted = folder.join("address");
    if let Ok(address) = std::fs::read_to_string(&noted)
        && (service.works)(&address)
    {
        return Ok(address);
    }
    say(&format!("starting {}", service.name));
    let port = server::free_address()?.port();
    let address = (service.address)(port);
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    std::fs::create_dir_all(&folder)?;
    (service.make)(&folder).with_context(|| format!("cannot make the files of {}", service.name))?;
    start(service, (&folder, port), &[])?;
    std::fs::write(noted, &address)?;
    Ok(address)
}

/// Starts one and waits until it works.
fn start(service: &Service, (folder, port): (&Path, u16), options: &[&str]) -> Result<()> {
    (service.start)(folder, port, options).with_context(|| format!("cannot start {}", service.name))?;
    let (address, begin) = ((service.address)(port), Instant::now());
    while !(service.works)(&address) {
        if begin.elapsed() > START_MAX {
            return Err(
                CannotRun { needs: format!("{} was started and does not answer at {address}", service.name) }.into()
            );
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}

fn stop(service: &Service) -> Result<()> {
    let folder = folder(service);
    if !folder.join("address").exists() {
        say(&format!("{}: none was started here", service.name));
        return Ok(());
    }
    (service.stop)(&folder)?;
    std::fs::remove_dir_all(&folder)?;
    say(&format!("{}: stopped", service.name));
    Ok(())
}

/// Where the files of a service are: not below the project, whose folders other users may not enter.
fn folder(service: &Service) -> PathBuf {
    std::env::temp_dir().join("backstay-services").join(service.name)
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

fn succeeds(program: &str, args: &[&str]) -> bool {
    Command::new(program)
        .args(args)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

fn postgres_works(address: &str) -> bool {
    let _ = shell::ensure("psql", "postgresql-client");
    // Tests make databases of their own.
    let asked = [
        "-X",
        "-w",
        "-At",
        "-d",
        address,
        "-c",
        "SELECT 1 / (rolcreatedb::int) FROM pg_roles WHERE rolname = current_user",
    ];
    succeeds("psql", &asked)
}

/// A program of the newest installed server, which Debian keeps off the path.
fn postgres_tool(name: &str) -> Result<String> {
    let mut versions: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .map(|entries| entries.filter_map(|entry| entry.ok().map(|entry| entry.path())).collect())
        .unwrap_or_default();
    versions.sort();
    let newest = versions.pop().map(|version| version.join("bin").join(name)).filter(|tool| tool.exists());
    newest.map(|tool| shown(&tool)).context("PostgreSQL's server is not installed (Debian's package is `postgresql`)")
}

fn make_postgres(folder: &Path) -> Result<()> {
    if postgres_tool("initdb").is_err() {
        // It has no program on the path to ask for.
        shell::install("postgresql")?;
    }
    own("postgres", folder)?;
    let data = shown(&folder.join("data"));
    let init = ["-D", &data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"];
    as_user("postgres", &postgres_tool("initdb")?, &init)
}

fn start_postgres(folder: &Path, port: u16, options: &[&str]) -> Result<()> {
    let (data, log) = (shown(&folder.join("data")), shown(&folder.join("log")));
    let place = format!("-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories={}", folder.display());
    let options = std::iter::once(place.as_str()).chain(options.iter().copied()).collect::<Vec<_>>().join(" ");
    as_user("postgres", &postgres_tool("pg_ctl")?, &["start", "-w", "-D", &data, "-l", &log, "-o", &options])
}

fn stop_postgres(folder: &Path, mode: &str) -> Result<()> {
    as_user("postgres", &postgres_tool("pg_ctl")?, &["stop", "-m", mode, "-D", &shown(&folder.join("data"))])
}

fn mariadb_works(address: &str) -> bool {
    let Some(port) = port_of(address) else { return false };
    succeeds("mariadb", &["-h", "127.0.0.1", "-P", &port, "-u", "root", "-e", "CREATE DATABASE IF NOT EXISTS test"])
}

fn make_mariadb(folder: &Path) -> Result<()> {
    shell::ensure("mariadbd", "mariadb-server")?;
    own("mysql", folder)?;
    let data = format!("--datadir={}", folder.join("data").display());
    shell::run_quietly(&mut shell::command(
        "mariadb-install-db",
        &["--user=mysql", "--auth-root-authentication-method=normal", "--skip-test-db", &data],
    ))
}

fn start_mariadb(folder: &Path, port: u16, options: &[&str]) -> Result<()> {
    let (data, socket, pid) = (folder.join("data"), folder.join("socket"), folder.join("pid"));
    let data = format!("--datadir={}", data.display());
    let (socket, pid) = (format!("--socket={}", socket.display()), format!("--pid-file={}", pid.display()));
    let port = format!("--port={port}");
    let mut server = shell::command(
        "mariadbd",
        &[
            "--no-defaults",
            "--user=mysql",
            "--bind-address=127.0.0.1",
            "--max-allowed-packet=64M",
            &data,
            &socket,
            &pid,
            &port,
        ],
    );
    server.args(options);
    server.stdout(Stdio::null()).stderr(std::fs::File::create(folder.join("log"))?).spawn()?;
    Ok(())
}

fn mariadb_admin(folder: &Path) -> Result<()> {
    let socket = format!("--socket={}", folder.join("socket").display());
    shell::run_quietly(&mut shell::command("mariadb-admin", &["-u", "root", &socket, "shutdown"]))
}

fn redis_works(address: &str) -> bool {
    let Some(port) = port_of(address) else { return false };
    succeeds("redis-cli", &["-h", "127.0.0.1", "-p", &port, "PING"])
}

fn start_redis(folder: &Path, port: u16, options: &[&str]) -> Result<()> {
    let (port, dir, pid) = (port.to_string(), shown(folder), shown(&folder.join("pid")));
    let args = [
        "--daemonize",
        "yes",
        "--bind",
        "127.0.0.1",
        "--port",
        &port,
        "--save",
        "",
        "--appendonly",
        "no",
        "--dir",
        &dir,
        "--pidfile",
        &pid,
    ];
    shell::run_quietly(shell::command("redis-server", &args).args(options))
}

fn stop_redis(folder: &Path) -> Result<()> {
    let pid = std::fs::read_to_string(folder.join("pid"))?;
    shell::run_quietly(&mut shell::command("kill", &[pid.trim()]))
}

/// Kills the process that noted its id in the folder, and waits until it is gone.
fn kill(folder: &Path) -> Result<()> {
    let pid = std::fs::read_to_string(folder.join("pid"))?.trim().to_owned();
    shell::run_quietly(&mut shell::command("kill", &["-KILL", &pid]))?;
    while Path::new("/proc").join(&pid).join("exe").exists() {
        std::thread::sleep(Duration::from_millis(5));
    }
    Ok(())
}

/// The port in an address, when something listens there.
fn port_of(address: &str) -> Option<String> {
    let after = address.rsplit_once("127.0.0.1:")?.1;
    let port = after.split('/').next()?.to_owned();
    let there: SocketAddr = format!("127.0.0.1:{port}").parse().ok()?;
    TcpStream::connect_timeout(&there, Duration::from_secs(1)).ok().map(|_| port)
}

fn own(user: &str, folder: &Path) -> Result<()> {
    shell::run_quietly(&mut shell::command("chown", &["-R", user, &shown(folder)]))
}

/// Runs a program as a user that may own a server's files; servers refuse to run as root.
fn as_user(user: &str, program: &str, args: &[&str]) -> Result<()> {
    let mut all = vec!["-u", user, "--", program];
    all.extend(args);
    let mut command = shell::command("runuser", &all);
    // What it starts must not hold this program's output open.
    let status = command.current_dir("/").stdout(Stdio::null()).stderr(Stdio::null()).status()?;
    if status.success() { Ok(()) } else { bail!("`{program}` as {user} ended with {status}") }
}
