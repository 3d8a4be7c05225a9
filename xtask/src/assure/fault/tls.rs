//! A real server with a certificate: what each way to check it accepts and refuses, and a restart under load over TLS.

use super::broken;
use crate::assure::fault::cluster::Cluster;
use crate::assure::{Profile, Tally};
use crate::server;
use crate::services::Own;
use crate::shell;
use anyhow::{Context, Result, bail, ensure};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What an address asks for, on which host, and what a refusal must speak of; empty when the node serves, with encryption.
const ROWS: &[(&str, &str, &str)] = &[
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

/// Every row, then the restart.
pub(super) fn run(_: &Profile) -> Result<Tally> {
    shell::ensure("openssl", "openssl")?;
    let keys = server::scratch("fault-tls")?;
    authority(&keys, "ca")?;
    authority(&keys, "other")?;
    let database = Own::make("postgres", &["-c ssl=on"])?;
    certify(&keys, database.folder())?;
    database.again()?;
    let mut tally = Tally::default();
    for (asks, host, refusal) in ROWS {
        let asks = asks.replace("CA", &file(&keys, "ca.pem")).replace("OTHER", &file(&keys, "other.pem"));
        let address = format!("{}?{asks}", database.address().replace("127.0.0.1", host));
        let name = format!("{} on {host}", asks.replace(&format!("{}/", keys.display()), ""));
        tally.note(&name, row(&database, &address, refusal));
    }
    let asks = format!("sslmode=verify-full&sslrootcert={}", file(&keys, "ca.pem"));
    let address = format!("{}?{asks}", database.address().replace("127.0.0.1", "localhost"));
    tally.note("restart over TLS", restart(&database, &address));
    let _ = std::fs::remove_dir_all(&keys);
    Ok(tally)
}

fn row(database: &Own, address: &str, refusal: &str) -> Result<String> {
    let fresh = "DROP SCHEMA public CASCADE; CREATE SCHEMA public";
    let psql = |text: &str| {
        let mut psql = shell::command("psql", &["-X", "-w", "-At", "-q", "-d", &database.address()]);
        for part in text.split(';') {
            psql.args(["-c", part]);
        }
        let output = psql.output()?;
        ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        anyhow::Ok(String::from_utf8(output.stdout)?.trim().to_owned())
    };
    psql(fresh)?;
    match Cluster::start(address, 1, &[]) {
        Ok(cluster) => {
            ensure!(refusal.is_empty(), "it serves");
            // Our own question is asked over TLS too, so it is left out.
            let count = "SELECT count(*) FILTER (WHERE ssl), count(*) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) \
                         WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()";
            let counted = psql(count)?;
            let (encrypted, all) = counted.split_once('|').context("no counts")?;
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

/// Gives a server that has not started yet a certificate for `localhost`, and lets nobody in without encryption.
fn certify(keys: &Path, folder: &Path) -> Result<()> {
    let data: PathBuf = folder.join("data");
    let (request, extra) = (file(keys, "server.csr"), file(keys, "server.ext"));
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
    shell::run_quietly(shell::command("openssl", &sign).args(["-extfile", &extra, "-out", &cert]))?;
    std::fs::write(data.join("pg_hba.conf"), "local all all trust\nhostssl all all all trust\n")?;
    shell::run_quietly(&mut shell::command("chmod", &["600", &key]))?;
    for path in [&key, &cert] {
        if !Path::new(path).exists() {
            bail!("openssl wrote no {path}");
        }
    }
    shell::run_quietly(&mut shell::command("chown", &["-R", "postgres", &data.display().to_string()]))
}
