//! sslyze against the HTTPS port, with an RSA and an EC key: only TLS 1.2 and 1.3, and Mozilla's intermediate profile.

use crate::assure::{Profile, Tally};
use crate::server::{self, Build, Server};
use crate::{python, shell};
use anyhow::{Context, Result, ensure};
use serde_json::Value;
use serde_json::value::RawValue;
use std::collections::HashMap;
use std::path::Path;

const OLD: [&str; 4] =
    ["ssl_2_0_cipher_suites", "ssl_3_0_cipher_suites", "tls_1_0_cipher_suites", "tls_1_1_cipher_suites"];
const NEW: [&str; 2] = ["tls_1_2_cipher_suites", "tls_1_3_cipher_suites"];

/// Scans a server with each kind of key.
pub(super) fn run(_: &Profile) -> Result<Tally> {
    let tool = python::tool("sslyze")?;
    shell::ensure("openssl", "openssl")?;
    let folder = server::scratch("tls")?;
    let mut tally = Tally::default();
    for (name, kind) in [("RSA 2048", &["rsa:2048"][..]), ("P-256", &["ec", "-pkeyopt", "ec_paramgen_curve:P-256"])] {
        tally.note(name, scan(&tool, &folder, kind));
    }
    let _ = std::fs::remove_dir_all(&folder);
    Ok(tally)
}

fn scan(tool: &Path, folder: &Path, kind: &[&str]) -> Result<String> {
    let in_folder = |name: &str| folder.join(name).display().to_string();
    let (cert, key, report) = (in_folder("cert.pem"), in_folder("key.pem"), in_folder("report.json"));
    let subject =
        ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-days", "90", "-nodes", "-x509"];
    let mut request = shell::command("openssl", &["req", "-newkey"]);
    shell::run_quietly(request.args(kind).args(subject).args(["-keyout", &key, "-out", &cert]))?;
    let binary = server::build(Build::Tested)?;
    let (address, health) = (server::free_address()?, server::free_address()?);
    let schema = shell::root().join("xtask/fixtures/crash.graphql").display().to_string();
    let (data, listen, plain) = (in_folder("data"), address.to_string(), health.to_string());
    let arguments = ["serve", "--schema", &schema, "--data", &data, "--listen", &listen];
    let settings = [
        ("BACKSTAY_SERVER__TLS__CERT", cert.as_str()),
        ("BACKSTAY_SERVER__TLS__KEY", &key),
        ("BACKSTAY_SERVER__TLS__REDIRECT_LISTEN", &plain),
        ("BACKSTAY_EXTERNAL_URL", "https://localhost"),
    ];
    // The plain port answers health, and with it that both ports are open.
    let running = Server::start(&binary, &arguments, health, &settings)?;
    let target = format!("localhost:{}", address.port());
    let mut sslyze =
        shell::command(&tool.to_string_lossy(), &["--json_out", &report, "--mozilla_config=intermediate", &target]);
    let output = sslyze.output().context("cannot start sslyze")?;
    drop(running);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    judge(&results(&std::fs::read_to_string(&report).context(text.clone())?)?, &text)
}

/// An object whose values are not read yet: a report holds numbers of a whole RSA modulus, which no number type takes.
type Unread = HashMap<String, Box<RawValue>>;

/// The results of the one scan of a report.
fn results(report: &str) -> Result<Unread> {
    let report: Unread = serde_json::from_str(report)?;
    let scans = report.get("server_scan_results").context("the report has no results")?;
    let mut scans: Vec<Unread> = serde_json::from_str(scans.get())?;
    ensure!(scans.len() == 1, "the report tells of {} scans", scans.len());
    let scan = scans.remove(0).remove("scan_result").context("the scan has no result")?;
    Ok(serde_json::from_str(scan.get())?)
}

fn judge(results: &Unread, text: &str) -> Result<String> {
    let accepted = |version: &str| {
        let found: Option<Value> = results.get(version).and_then(|found| serde_json::from_str(found.get()).ok());
        let suites = found.as_ref().and_then(|found| found.pointer("/result/accepted_cipher_suites"));
        suites
            .and_then(Value::as_array)
            .map(Vec::len)
            .with_context(|| format!("sslyze did not look at {version}:\n{text}"))
    };
    for version in OLD {
        ensure!(accepted(version)? == 0, "{version} are accepted");
    }
    let mut counts = Vec::new();
    for version in NEW {
        let count = accepted(version)?;
        ensure!(count > 0, "{version} are not accepted");
        counts.push(count);
    }
    // What it says of a certificate that nobody signed is no matter of the server's.
    let verdict: Vec<&str> = text.lines().skip_while(|line| !line.contains("COMPLIANCE")).collect();
    let complaints: Vec<&&str> =
        verdict.iter().filter(|line| line.trim_start().starts_with('*') && !line.contains("certificate")).collect();
    ensure!(!verdict.is_empty() && complaints.is_empty(), "not Mozilla's intermediate profile: {complaints:?}");
    Ok(format!(
        "{} suites of TLS 1.2, {} of 1.3, no older version",
        counts.first().unwrap_or(&0),
        counts.get(1).unwrap_or(&0)
    ))
}
