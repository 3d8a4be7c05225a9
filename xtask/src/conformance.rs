//! Replays a folder of recorded request and response pairs against a fresh server.

use crate::server::{self, Build, Server};
use crate::services;
use crate::shell::{self, say};
use anyhow::{Context, Result, bail, ensure};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The database that the server runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Store {
    /// A file.
    Sqlite,
    /// A database of its own on a PostgreSQL server.
    Postgres,
    /// A database of its own on a MariaDB server.
    Mysql,
}

/// Starts a server on the folder's schema, seeds it, replays every `cases*.json`, and checks the share that passes.
pub(crate) fn run(dir: &Path, at_least_percent: f64, json: Option<&Path>, store: Store) -> Result<()> {
    let dir = dir.canonicalize().with_context(|| format!("no folder {}", dir.display()))?;
    shell::ensure("node", "nodejs")?;
    let cases = case_files(&dir)?;
    let binary = server::build(Build::Tested)?;
    let (mut passed, mut failed) = (0_u64, 0_u64);
    for file in cases {
        let found = replay(&binary, (&dir, &file), json, store)?;
        passed += found.0;
        failed += found.1;
    }
    let total = passed + failed;
    ensure!(total > 0, "no case ran");
    #[expect(clippy::cast_precision_loss, reason = "case counts are far below 2^52")]
    let share = 100.0 * passed as f64 / total as f64;
    say(&format!("{share:.2} % of {total} cases passed; at least {at_least_percent} % must"));
    say(&format!("{passed} passed, {failed} failed"));
    if share < at_least_percent {
        bail!("too many cases failed");
    }
    Ok(())
}

fn case_files(dir: &Path) -> Result<Vec<PathBuf>> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(dir)?
        .filter_map(|entry| entry.ok().map(|e| e.path()))
        .filter(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            name.starts_with("cases") && name.ends_with(".json")
        })
        .collect();
    files.sort();
    ensure!(!files.is_empty(), "no cases*.json in {}", dir.display());
    Ok(files)
}

fn replay(binary: &Path, (dir, cases): (&Path, &Path), json: Option<&Path>, store: Store) -> Result<(u64, u64)> {
    let data = server::scratch("conformance")?;
    let address = server::free_address()?;
    let (listen, schema) = (address.to_string(), dir.join("schema.graphql"));
    let args = ["serve", "--schema", &schema.to_string_lossy(), "--data", &data.to_string_lossy(), "--listen", &listen];
    let database = match store {
        Store::Sqlite => String::new(),
        Store::Postgres => services::fresh_database("backstay_conformance")?,
        Store::Mysql => services::fresh_mysql_database("backstay_conformance")?,
    };
    let mut env = vec![("BACKSTAY_REST_TX_OVERRIDE", "true")];
    if !database.is_empty() {
        env.push(("BACKSTAY_DATABASE_URL", database.as_str()));
    }
    let server = Server::start(binary, &args, address, &env)?;
    let keys =
        Command::new(binary).args(["keys", "list", "--data", &data.to_string_lossy(), "--format", "json"]).output()?;
    let keys: serde_json::Value =
        serde_json::from_slice(&keys.stdout).context("`backstay keys list` printed no JSON")?;
    let key = |name: &str| keys.get(name).and_then(|v| v.as_str()).unwrap_or_default().to_owned();
    let base = format!("http://{}/rest/v1", server.address);
    let seed = dir.join("seed.mjs");
    shell::run(Command::new("node").arg(seed).env("BASE_URL", &base).env("SERVICE_KEY", key("service")))?;
    let results = json.map_or_else(|| data.join("results.json"), Path::to_path_buf);
    let mut runner = Command::new("node");
    runner.arg(dir.join("run.mjs")).arg(cases).arg("--json").arg(&results);
    // The runner ends with 1 when a case fails; whether that is too many is decided by the caller.
    runner.env("BASE_URL", &base).env("API_KEY", key("anon")).status().context("cannot start node")?;
    let text = std::fs::read_to_string(&results).context("the runner left no results")?;
    let report: serde_json::Value = serde_json::from_str(&text)?;
    let count = |name: &str| report.get(name).and_then(serde_json::Value::as_u64).unwrap_or_default();
    drop(server);
    std::fs::remove_dir_all(&data)?;
    Ok((count("passed"), count("failed")))
}
