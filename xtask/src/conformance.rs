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

impl Store {
    /// Cases of the recorded ones that a database refuses, as `docs/databases.md` says.
    fn refuses(self) -> &'static [&'static str] {
        match self {
            Self::Sqlite | Self::Postgres => &[],
            Self::Mysql => FULL_TEXT,
        }
    }
}

/// Cases about full text.
const FULL_TEXT: &[&str] = &[
    "QuerySpec/can use lexeme boolean operators(&=%26, |=%7C, !) in to_tsquery/4",
    "QuerySpec/can use lexeme boolean operators(&=%26, |=%7C, !) in to_tsquery/6",
    "QuerySpec/can use lexeme boolean operators(&=%26, |=%7C, !) in to_tsquery/8",
    "QuerySpec/finds matches with plainto_tsquery/2",
    "QuerySpec/finds matches with websearch_to_tsquery/2",
    "QuerySpec/can be negated with not operator/6",
    "QuerySpec/can be negated with not operator/8",
    "QuerySpec/can be negated with not operator/10",
    "QuerySpec/can be negated with not operator/12",
    "QuerySpec/finds matches/2",
    "QuerySpec/can be negated with not operator/14",
];

/// Starts a server on the folder's schema, seeds it, replays every `cases*.json`, and checks the share that passes.
pub(crate) fn run(dir: &Path, at_least_percent: f64, json: Option<&Path>, store: Store) -> Result<()> {
    let dir = dir.canonicalize().with_context(|| format!("no folder {}", dir.display()))?;
    shell::ensure("node", "nodejs")?;
    let cases = case_files(&dir)?;
    let binary = server::build(Build::Tested)?;
    let (mut passed, mut failures) = (0_u64, Vec::new());
    for file in cases {
        let found = replay(&binary, (&dir, &file), json, store)?;
        passed += found.0;
        failures.extend(found.1);
    }
    let unlisted: Vec<&String> = failures.iter().filter(|case| !store.refuses().contains(&case.as_str())).collect();
    let (failed, refused) = (unlisted.len() as u64, failures.len() - unlisted.len());
    say(&format!("{refused} of {} cases fail that the database is said to refuse", store.refuses().len()));
    ensure!(refused == 0 || refused == store.refuses().len(), "not all of them fail: the list is wrong");
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

fn replay(
    binary: &Path,
    (dir, cases): (&Path, &Path),
    json: Option<&Path>,
    store: Store,
) -> Result<(u64, Vec<String>)> {
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
    let results = report.get("results").and_then(serde_json::Value::as_array).map_or(&[][..], Vec::as_slice);
    let fails = |result: &&serde_json::Value| result.get("pass").and_then(serde_json::Value::as_bool) == Some(false);
    let name = |result: &serde_json::Value| Some(result.get("id")?.as_str()?.to_owned());
    let failed: Vec<String> = results.iter().filter(fails).filter_map(name).collect();
    ensure!(failed.len() as u64 == count("failed"), "the runner's report names other cases than it counts");
    Ok((count("passed"), failed))
}
