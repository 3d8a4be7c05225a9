//! Data folders that programs of earlier days have left behind, under `fixtures/frozen`: this program must open each, answer as
//! they did, and migrate it. A folder of a later program is refused, and left as it is.

use crate::assure::{Profile, Tally};
use crate::http::Client;
use crate::server::{self, Build, Server};
use crate::shell;
use anyhow::{Context, Result, ensure};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A data folder of an earlier program.
pub(super) struct Frozen {
    pub(super) name: String,
    folder: PathBuf,
}

/// Each folder under its own schema and under the next, and two from the future.
pub(super) fn run(_: &Profile) -> Result<Tally> {
    shell::ensure("sqlite3", "sqlite3")?;
    let binary = server::build(Build::Tested)?;
    let scratch = server::scratch("frozen")?;
    let mut tally = Tally::default();
    for frozen in Frozen::all()? {
        let data = scratch.join(&frozen.name);
        frozen.thaw(&data)?;
        tally.note(&format!("{}: opens and answers", frozen.name), frozen.answers(&binary, &data, "schema"));
        tally.note(&format!("{}: migrates", frozen.name), frozen.migrates(&binary, &data));
    }
    let newest = Frozen::all()?.pop().context("no folder is frozen")?;
    for (name, sql, expected) in FUTURE {
        let data = scratch.join(name);
        newest.thaw(&data)?;
        tally.note(&format!("{name} is refused"), newest.refused(&binary, &data, sql, expected));
    }
    std::fs::remove_dir_all(&scratch)?;
    Ok(tally)
}

/// What later programs might have done to a folder, and what must be said about it.
const FUTURE: &[(&str, &str, &[&str])] = &[
    (
        "a newer format",
        "UPDATE _backstay_meta SET value = '99' WHERE key = 'format'",
        &["has format 99", "knows formats up to", "newer program"],
    ),
    (
        "a newer catalogue",
        "UPDATE _backstay_migrations SET catalog = replace(catalog, '\"ty\":\"Text\"', '\"ty\":\"Vector\"')",
        &["the stored catalogue cannot be read", "newer program"],
    ),
];

impl Frozen {
    /// Every folder, by name.
    pub(super) fn all() -> Result<Vec<Self>> {
        let root = shell::root().join("xtask/fixtures/frozen");
        let mut all = Vec::new();
        for entry in std::fs::read_dir(&root)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                all.push(Self { name: entry.file_name().to_string_lossy().into_owned(), folder: entry.path() });
            }
        }
        all.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(all)
    }

    /// Unpacks the data into a new folder.
    pub(super) fn thaw(&self, data: &Path) -> Result<()> {
        std::fs::create_dir_all(data)?;
        let mut tar = shell::command("tar", &["-xzf"]);
        shell::run_quietly(tar.arg(self.folder.join("data.tar.gz")).arg("-C").arg(data))
    }

    /// Its schema at the time (`schema`) or the one to migrate to (`next`).
    pub(super) fn schema(&self, which: &str) -> PathBuf {
        self.folder.join(format!("{which}.graphql"))
    }

    /// Starts a server on the data and asks for what was written down. The server may only add to the database.
    pub(super) fn answers(&self, binary: &Path, data: &Path, which: &str) -> Result<String> {
        let golden: Value = serde_json::from_slice(&std::fs::read(self.folder.join("golden.json"))?)?;
        let cases = golden
            .get(which)
            .and_then(Value::as_array)
            .with_context(|| format!("nothing is written down for {which}"))?;
        let address = server::free_address()?;
        let (schema, listen) = (self.schema(which), address.to_string());
        let args =
            ["serve", "--schema", &schema.to_string_lossy(), "--data", &data.to_string_lossy(), "--listen", &listen];
        let server = Server::start(binary, &args, address, &[])?;
        let token = server::service_key(binary, data)?;
        let mut client = Client::connect(server.address, &token)?;
        for case in cases {
            let path = case.get(0).and_then(Value::as_str).context("a case without a path")?;
            let expected = case.get(1).context("a case without an answer")?;
            let reply = client.send("GET", path, "")?;
            if expected.is_null() {
                ensure!(reply.status == 404, "{path}: {} {}, though it must be gone", reply.status, reply.body);
                continue;
            }
            ensure!(reply.status == 200, "{path}: {} {}", reply.status, reply.body);
            let found: Value = serde_json::from_str(&reply.body)?;
            ensure!(found == *expected, "{path}\n  found    {found}\n  expected {expected}");
        }
        Ok(format!("{} requests", cases.len()))
    }

    /// `backstay migrate STEP` under a schema.
    pub(super) fn migrate(&self, binary: &Path, data: &Path, (which, step): (&str, &[&str])) -> Command {
        let (schema, data) = (self.schema(which), data.to_string_lossy());
        let args = ["migrate", "--schema", &schema.to_string_lossy(), "--data", &data];
        let mut command = shell::command(&binary.to_string_lossy(), &args);
        command.args(step).stdout(Stdio::null()).stderr(Stdio::null());
        command
    }

    /// The plan names what is lost, nothing is done without permission, and then all that was not dropped is there.
    fn migrates(&self, binary: &Path, data: &Path) -> Result<String> {
        let output = |step: &[&str]| -> Result<(Output, String)> {
            let output =
                self.migrate(binary, data, ("next", step)).stdout(Stdio::piped()).stderr(Stdio::piped()).output()?;
            let text =
                format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
            Ok((output, text))
        };
        let (planned, plan) = output(&["plan"])?;
        ensure!(planned.status.success() && plan.contains("LOSES DATA"), "the plan says {plan}");
        let (refused, said) = output(&["apply"])?;
        ensure!(!refused.status.success() && said.contains("--allow-destructive"), "without permission: {said}");
        self.answers(binary, data, "schema").context("after a refused migration")?;
        let (applied, said) = output(&["apply", "--allow-destructive"])?;
        ensure!(applied.status.success(), "with permission: {said}");
        let (status, said) = output(&["status"])?;
        ensure!(status.status.success(), "the status afterwards: {said}");
        let losses = plan.lines().filter(|line| line.contains("LOSES DATA")).count();
        self.answers(binary, data, "next").map(|answers| format!("{losses} losses told, {answers}"))
    }

    /// A folder of a later program is named as such, and nothing in it is changed.
    fn refused(&self, binary: &Path, data: &Path, sql: &str, expected: &[&str]) -> Result<String> {
        let database = data.join("backstay.db");
        let mut sqlite = shell::command("sqlite3", &[]);
        shell::run_quietly(sqlite.arg(&database).arg(format!("{sql}; PRAGMA wal_checkpoint(TRUNCATE)")))?;
        let before = dump(&database)?;
        let (schema, data) = (self.schema("schema"), data.to_string_lossy());
        let args = ["serve", "--schema", &schema.to_string_lossy(), "--data", &data, "--listen", "127.0.0.1:0"];
        let output = shell::command(&binary.to_string_lossy(), &args).output()?;
        let said = String::from_utf8_lossy(&output.stderr).split_whitespace().collect::<Vec<_>>().join(" ");
        ensure!(!output.status.success(), "it was opened: {said}");
        for words in expected {
            ensure!(said.contains(words), "`{words}` is not said: {said}");
        }
        ensure!(dump(&database)? == before, "the database was changed");
        Ok("said so, changed nothing".to_owned())
    }
}

/// Everything that a database holds, but for what SQLite notes about the sizes of indexes.
fn dump(database: &Path) -> Result<String> {
    let output = shell::command("sqlite3", &[]).arg(database).arg(".dump").output()?;
    ensure!(output.status.success(), "sqlite3 cannot read {}", database.display());
    let text = String::from_utf8_lossy(&output.stdout);
    let kept = text.lines().filter(|line| !line.contains("sqlite_stat") && !line.starts_with("ANALYZE"));
    Ok(kept.collect::<Vec<_>>().join("\n"))
}
