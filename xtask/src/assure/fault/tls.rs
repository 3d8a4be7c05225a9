//! A real server with a certificate: what each way to check it accepts and refuses, and a restart under load over TLS.

use super::{broken, each, mariadb};
use crate::assure::fault::cluster::Cluster;
use crate::assure::{Profile, Tally};
use crate::server;
use crate::services::Own;
use crate::shell;
use anyhow::{Context, Result, bail, ensure};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What an address asks for, on which host, and what a refusal must speak of; empty when the node serves, with encryption.
type Row = (&'static str, &'static str, &'static str);

const POSTGRES: &[Row] = &[
    ("sslmode=disable", "localhost", "no encryption"),
    ("sslmode=prefer", "localhost", ""),
    ("sslmode=require", "127.0.0.1", ""),
    ("sslmode=verify-ca&sslrootcert=CA", "127.0.0.1", ""),
    ("sslmode=verify-ca&sslrootcert=OTHER", "127.0.0.1", "certificate"),
    ("sslmode=verify-full&sslrootcert=CA", "localhost", ""),
    ("sslmode=verify-full&sslrootcert=CA", "127.0.0.1", "certificate"),
    ("sslmode=verify-full&sslrootcert=OTHER", "localhost", "certificate"),
    ("sslmode=verify-full", "localhost", "certificate"),
];
const MARIADB: &[Row] = &[
    ("ssl-mode=DISABLED", "localhost", "access denied"),
    ("ssl-mode=PREFERRED", "localhost", ""),
    ("ssl-mode=REQUIRED", "127.0.0.1", ""),
    ("ssl-mode=VERIFY_CA&ssl-ca=CA", "127.0.0.1", ""),
    ("ssl-mode=VERIFY_CA&ssl-ca=OTHER", "127.0.0.1", "certificate"),
    ("ssl-mode=VERIFY_IDENTITY&ssl-ca=CA", "localhost", ""),
    ("ssl-mode=VERIFY_IDENTITY&ssl-ca=CA", "127.0.0.1", "certificate"),
    ("ssl-mode=VERIFY_IDENTITY&ssl-ca=OTHER", "localhost", "certificate"),
    ("ssl-mode=VERIFY_IDENTITY", "localhost", "certificate"),
];

/// Every row, then the restart.
pub(super) fn run(_: &Profile) -> Result<Tally> {
    shell::ensure("openssl", "openssl")?;
    let keys = server::scratch("fault-tls")?;
    authority(&keys, "ca")?;
    authority(&keys, "other")?;
    let tally = each(|database| {
        let server = secured(&keys, database)?;
        let mut tally = Tally::default();
        let (rows, strictest) = match database {
            "postgres" => (POSTGRES, "sslmode=verify-full&sslrootcert=CA"),
            "mariadb" => (MARIADB, "ssl-mode=VERIFY_IDENTITY&ssl-ca=CA"),
            other => bail!("no certificates for {other}"),
        };
        for (asks, host, refusal) in rows {
            let outcome = empty(&server, database)
                .and_then(|()| row((&server, database), &address(&server, database, (&keys, asks, host)), refusal));
            tally.note(&format!("{database}, {asks} on {host}"), outcome);
        }
        let address = address(&server, database, (&keys, strictest, "localhost"));
        let outcome = empty(&server, database).and_then(|()| restart(&server, &address));
        tally.note(&format!("{database}, restart over TLS"), outcome);
        Ok(tally)
    });
    let _ = std::fs::remove_dir_all(&keys);
    tally
}

/// A server with a certificate, which lets the node in with encryption only.
fn secured(keys: &Path, database: &str) -> Result<Own> {
    match database {
        "postgres" => {
            let server = Own::make(database, &["-c ssl=on"])?;
            certify(keys, server.folder(), "postgres")?;
            let rules = "local all all trust\nhostssl all all all trust\n";
            std::fs::write(server.folder().join("data/pg_hba.conf"), rules)?;
            server.again()?;
            Ok(server)
        }
        _ => {
            // Names within the folder of its data, where it works.
            let server = Own::make(database, &["--ssl-cert=server.crt", "--ssl-key=server.key"])?;
            certify(keys, server.folder(), "mysql")?;
            server.again()?;
            let role = "CREATE USER app@'%' REQUIRE SSL; GRANT ALL ON test.* TO app@'%'";
            shell::run_quietly(&mut mariadb(&server, role))?;
            Ok(server)
        }
    }
}

fn address(server: &Own, database: &str, (keys, asks, host): (&Path, &str, &str)) -> String {
    let asks = asks.replace("OTHER", &file(keys, "other.pem")).replace("=CA", &format!("={}", file(keys, "ca.pem")));
    let base = server.address().replace("127.0.0.1", host);
    let base = if database == "mariadb" { base.replace("root@", "app@") } else { base };
    format!("{base}?{asks}")
}

/// Removes what the node before has made.
fn empty(server: &Own, database: &str) -> Result<()> {
    match database {
        "postgres" => psql(server, "DROP SCHEMA public CASCADE; CREATE SCHEMA public").map(drop),
        _ => shell::run_quietly(&mut mariadb(server, "DROP DATABASE test; CREATE DATABASE test")),
    }
}

/// How many connections of nodes there are, and how many of them are encrypted.
fn connections(server: &Own, database: &str) -> Result<(String, String)> {
    if database == "mariadb" {
        // It lets the role in with encryption only, so that all are.
        let count = "SELECT count(*) FROM information_schema.processlist WHERE user = 'app'";
        let output = mariadb(server, count).output()?;
        let all = String::from_utf8(output.stdout)?.trim().to_owned();
        return Ok((all.clone(), all));
    }
    // Our own question is asked over TLS too, so it is left out.
    let count = "SELECT count(*) FILTER (WHERE ssl), count(*) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) \
                 WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()";
    let counted = psql(server, count)?;
    let (encrypted, all) = counted.split_once('|').context("no counts")?;
    Ok((encrypted.to_owned(), all.to_owned()))
}

fn psql(server: &Own, text: &str) -> Result<String> {
    let mut psql = shell::command("psql", &["-X", "-w", "-At", "-q", "-d", &server.address()]);
    for part in text.split(';') {
        psql.args(["-c", part]);
    }
    let output = psql.output()?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}

fn row((server, database): (&Own, &str), address: &str, refusal: &str) -> Result<String> {
    match Cluster::start(address, 1, &[]) {
        Ok(cluster) => {
            ensure!(refusal.is_empty(), "it serves");
            let (encrypted, all) = connections(server, database)?;
            ensure!(encrypted == all && all != "0", "{encrypted} of {all} connections are encrypted");
            drop(cluster);
            Ok(format!("serves, {all} connections, all encrypted"))
        }
        Err(error) => {
            let Some(refused) = error.downcast_ref::<server::Refused>() else { return Err(error) };
            let said = refused.said.to_lowercase();
            ensure!(!refusal.is_empty() && said.contains(refusal), "refused, and it says {}", refused.said);
            Ok("refused, and told so".to_owned())
        }
    }
}

fn restart(database: &Own, address: &str) -> Result<String> {
    let mut cluster = Cluster::start(address, 1, &[])?;
    let (seen, figures) = broken(&mut cluster, "tls", None, |_| {
        database.stop()?;
        std::thread::sleep(Duration::from_millis(300));
        database.again()
    })?;
    ensure!(seen.errors() > 0, "nobody noticed");
    Ok(figures)
}

fn file(keys: &Path, name: &str) -> String {
    keys.join(name).display().to_string()
}

/// A self-signed certificate that may sign others, and its key.
fn authority(keys: &Path, name: &str) -> Result<()> {
    let (key, cert) = (file(keys, &format!("{name}.key")), file(keys, &format!("{name}.pem")));
    let subject = format!("/CN=Backstay test {name}");
    let args = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30"];
    let more = ["-addext", "keyUsage=critical,keyCertSign", "-subj", &subject, "-keyout", &key, "-out", &cert];
    shell::run_quietly(shell::command("openssl", &args).args(more))
}

/// Gives a server that has not started yet a certificate for `localhost`.
fn certify(keys: &Path, folder: &Path, owner: &str) -> Result<()> {
    let data: PathBuf = folder.join("data");
    let part = |ending: &str| file(keys, &[owner, ending].concat());
    let (request, extra, serial) = (part(".csr"), part(".ext"), part(".srl"));
    let (key, cert) = (file(&data, "server.key"), file(&data, "server.crt"));
    let args = ["req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
    shell::run_quietly(shell::command("openssl", &args).args([
        "-subj",
        "/CN=localhost",
        "-keyout",
        &key,
        "-out",
        &request,
    ]))?;
    std::fs::write(&extra, "subjectAltName=DNS:localhost\nbasicConstraints=CA:FALSE\n")?;
    let (ca, ca_key) = (file(keys, "ca.pem"), file(keys, "ca.key"));
    let sign = ["x509", "-req", "-days", "30", "-in", &request, "-CA", &ca, "-CAkey", &ca_key, "-CAcreateserial"];
    shell::run_quietly(shell::command("openssl", &sign).args([
        "-CAserial",
        &serial,
        "-extfile",
        &extra,
        "-out",
        &cert,
    ]))?;
    shell::run_quietly(&mut shell::command("chmod", &["600", &key]))?;
    for path in [&key, &cert] {
        if !Path::new(path).exists() {
            bail!("openssl wrote no {path}");
        }
    }
    shell::run_quietly(&mut shell::command("chown", &["-R", owner, &data.display().to_string()]))
}
