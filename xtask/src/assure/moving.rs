//! Part `move`: an application goes from each kind of database to every other one, with kills on the way, and every row arrives.

use super::{Check, Profile, Tally};
use crate::server::{self, Build};
use crate::services;
use crate::shell;
use anyhow::{Context, Result, ensure};
use serde_json::Value;
use std::fmt::Write as _;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

/// The checks of this part.
pub(super) const CHECKS: &[Check] = &[
    Check { name: "pairs", shows: "rows of every type go between SQLite, PostgreSQL and MariaDB", run: pairs },
    Check { name: "kill", shows: "a move that is killed is not used, and goes on", run: kill },
];

/// Where a test's rows are made.
struct Bench {
    name: &'static str,
    binary: PathBuf,
    scratch: PathBuf,
}

/// A kind of database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Sqlite,
    Postgres,
    Mysql,
}

/// Each way from one kind to another one. Those from the file that is filled come first: they fill the others.
const WAYS: [(Kind, Kind); 6] = [
    (Kind::Sqlite, Kind::Postgres),
    (Kind::Sqlite, Kind::Mysql),
    (Kind::Postgres, Kind::Sqlite),
    (Kind::Mysql, Kind::Sqlite),
    (Kind::Postgres, Kind::Mysql),
    (Kind::Mysql, Kind::Postgres),
];

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
            Self::Mysql => "MariaDB",
        }
    }
}

fn pairs(profile: &Profile) -> Result<Tally> {
    let bench = Bench::new(profile, "move")?;
    let mut tally = Tally::default();
    let count = profile.pick(3_000, 1_000_000);
    let begin = Instant::now();
    bench.fill(count)?;
    tally.note("filled", Ok(format!("{count} rows in {:.1} s", begin.elapsed().as_secs_f32())));
    let mut all = None;
    for (from, to) in WAYS {
        tally.note(&named(from, to), bench.one_way((from, to), count, &mut all));
    }
    std::fs::remove_dir_all(&bench.scratch)?;
    Ok(tally)
}

fn named(from: Kind, to: Kind) -> String {
    [from.name(), " to ", to.name()].concat()
}

fn kill(profile: &Profile) -> Result<Tally> {
    let bench = Bench::new(profile, "move-kill")?;
    let mut tally = Tally::default();
    bench.fill(profile.pick(8_000, 200_000))?;
    let mut random = profile.random(21);
    for round in 0..profile.pick(1, 20) {
        for (from, to) in WAYS {
            let mut lives = Vec::new();
            lives.resize_with(2, || random.below(1_000));
            let what = format!("{}, round {round}", named(from, to));
            tally.note(&what, bench.killed(&bench.source(from)?, &bench.empty((from, to))?, &lives));
        }
    }
    std::fs::remove_dir_all(&bench.scratch)?;
    Ok(tally)
}

impl Bench {
    fn new(profile: &Profile, name: &'static str) -> Result<Self> {
        let binary = server::build(profile.pick(Build::Tested, Build::Release))?;
        Ok(Self { name, binary, scratch: server::scratch(name)? })
    }

    /// The address of the database that is filled first of its kind.
    fn source(&self, kind: Kind) -> Result<String> {
        match kind {
            Kind::Sqlite => Ok(format!("sqlite:{}", self.scratch.join("data/backstay.db").display())),
            Kind::Postgres => beside(&services::postgres()?.1, &self.database("first")),
            Kind::Mysql => beside(&services::mysql()?.1, &self.database("first")),
        }
    }

    /// The address of an empty database at the end of a way. What comes from the file is there for what goes on from there.
    fn empty(&self, (from, to): (Kind, Kind)) -> Result<String> {
        let name = self.database(if from == Kind::Sqlite { "first" } else { "second" });
        match to {
            Kind::Sqlite => {
                let folder = self.scratch.join(format!("of-{}", from.name()));
                if folder.exists() {
                    std::fs::remove_dir_all(&folder)?;
                }
                std::fs::create_dir_all(&folder)?;
                Ok(format!("sqlite:{}", folder.join("backstay.db").display()))
            }
            Kind::Postgres => services::fresh_database(&name),
            Kind::Mysql => services::fresh_mysql_database(&name),
        }
    }

    fn database(&self, which: &str) -> String {
        format!("assure_{}_{which}", self.name.replace('-', "_"))
    }

    fn product(&self, arguments: &[&str]) -> Command {
        let mut command = shell::command(&self.binary.to_string_lossy(), arguments);
        let schema = shell::root().join("xtask/fixtures/move.graphql");
        command.arg("--schema").arg(schema).arg("--data").arg(self.scratch.join("data"));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn done(&self, arguments: &[&str]) -> Result<Output> {
        let output = self.product(arguments).output()?;
        ensure!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        Ok(output)
    }

    /// Makes an application with so many rows, and accounts.
    fn fill(&self, count: u64) -> Result<()> {
        let path = self.scratch.join("rows.ndjson");
        let mut out = BufWriter::new(std::fs::File::create(&path)?);
        for n in 0..count {
            writeln!(out, "{}", row(n)?)?;
        }
        out.flush()?;
        drop(out);
        self.done(&["import", "every", &path.to_string_lossy()])?;
        std::fs::remove_file(&path)?;
        for n in 0..3 {
            self.done(&["users", "create", &format!("u{n}@example.com")])?;
        }
        Ok(())
    }

    /// Moves, and gives what was printed.
    fn moved(&self, from: &str, to: &str, resume: bool) -> Result<Value> {
        let mut arguments = vec!["move", "--from", from, "--to", to, "--format", "json"];
        arguments.extend(resume.then_some("--resume"));
        serde_json::from_slice(&self.done(&arguments)?.stdout).context("the move printed no JSON")
    }

    /// Moves all rows one way; on every way each table has the same sum.
    fn one_way(&self, way: (Kind, Kind), count: u64, all: &mut Option<Value>) -> Result<String> {
        let (from, to) = (self.source(way.0)?, self.empty(way)?);
        let begin = Instant::now();
        let moved = self.moved(&from, &to, false)?;
        let took = begin.elapsed();
        ensure!(rows_of(&moved, "every") == Some(count), "{moved}");
        ensure!(rows_of(&moved, "auth_users") == Some(3), "{moved}");
        let tables = moved.get("tables").context("no tables")?;
        let first = all.get_or_insert_with(|| tables.clone());
        ensure!(first == tables, "{first}\nand on this way {tables}");
        Ok(format!("{count} rows in {:.1} s", took.as_secs_f32()))
    }

    /// Kills a move again and again, then lets it end; says where it was each time. Each share (in thousandths) says when: of what it
    /// takes in all, and every second time from where rows are under way.
    fn killed(&self, from: &str, to: &str, shares: &[u64]) -> Result<String> {
        let mut told = String::new();
        let whole = Duration::from_millis(2_500);
        let mut was_begun = false;
        for (number, share) in shares.iter().enumerate() {
            let mut arguments = vec!["move", "--from", from, "--to", to];
            arguments.extend(was_begun.then_some("--resume"));
            let mut child = self.product(&arguments).spawn()?;
            while number % 2 == 1 && child.try_wait()?.is_none() && !self.is_begun(to)? {}
            std::thread::sleep(whole.mul_f64(f64::from(u32::try_from(*share)?) / 1_000.0));
            let ended = child.try_wait()?;
            child.kill()?;
            child.wait()?;
            if ended.is_some_and(|status| status.success()) {
                return Ok(format!("{told}it had ended before the kill"));
            }
            was_begun = self.is_begun(to)?;
            write!(told, "{} ", if was_begun { "killed on its way," } else { "killed before it began," })?;
            if was_begun {
                let refused = self.product(&["move", "--from", from, "--to", to]).output()?;
                let words = String::from_utf8_lossy(&refused.stderr);
                ensure!(!refused.status.success() && words.contains("--resume"), "it began anew: {words}");
            }
        }
        let ended = self.moved(from, to, true)?;
        let resumed = ended.get("resumed").and_then(Value::as_bool);
        ensure!(resumed == Some(was_begun), "it says that it resumed: {resumed:?}, and {was_begun} is so");
        ensure!(!self.is_begun(to)?, "the mark stays");
        Ok(format!("{told}then {} rows", ended.get("rows").context("no rows")?))
    }

    /// Whether a server would refuse the database because a move into it was interrupted.
    fn is_begun(&self, url: &str) -> Result<bool> {
        if url.strip_prefix("sqlite:").is_some_and(|path| !Path::new(path).exists()) {
            return Ok(false);
        }
        let status = self.product(&["migrate", "status"]).env("BACKSTAY_DATABASE_URL", url).output()?;
        Ok(String::from_utf8_lossy(&status.stderr).contains("has not come to its end"))
    }
}

/// The address of another database of the same server.
fn beside(address: &str, name: &str) -> Result<String> {
    let (base, _) = address.rsplit_once('/').context("the address names no database")?;
    Ok(format!("{base}/{name}"))
}

fn rows_of(printed: &Value, table: &str) -> Option<u64> {
    let tables = printed.get("tables")?.as_array()?;
    tables.iter().find(|found| found.get("table").and_then(Value::as_str) == Some(table))?.get("rows")?.as_u64()
}

/// A row in which every type has a value, with the ends of its range among them.
fn row(n: u64) -> Result<Value> {
    let pick = |values: &[&str]| -> Result<Value> {
        let at = usize::try_from(n)? % values.len();
        Ok(serde_json::from_str(values.get(at).copied().unwrap_or("null"))?)
    };
    let mut row = serde_json::Map::new();
    let mut put = |name: &str, value: Value| drop(row.insert(name.to_owned(), value));
    put("small", pick(&["-2147483648", "0", "2147483646", "null"])?);
    put("large", pick(&["-9223372036854775808", "-1", "9223372036854775807"])?);
    put("double", pick(&["0.1", "-1e300", "5e-324", "123456789.123"])?);
    put("exact", pick(&["\"12345678901234567890.12345678900\"", "\"-0.5\"", "\"0\"", "\"1e5\""])?);
    put("truth", pick(&["true", "false", "null"])?);
    put("text", pick(&[r#""""#, r#""tab\tline\nback\\slash \"q\" \\N""#, r#""naïve 😀 ' ; --""#, r#""\u0001""#])?);
    put("uuid", format!("00000000-0000-4000-8000-{n:012x}").into());
    put(
        "at",
        pick(&[r#""0001-01-01T00:00:00Z""#, r#""9999-12-31T23:59:59.999999Z""#, r#""2026-11-25T18:00:00.5+01:00""#])?,
    );
    put("day", pick(&[r#""0001-01-01""#, r#""9999-12-31""#, r#""2024-02-29""#])?);
    put("hour", pick(&[r#""00:00:00""#, r#""23:59:59.999999""#, r#""12:30:00.5""#])?);
    put("bytes", pick(&[r#""\\x""#, r#""\\x00ff5c""#, r#""\\x0a""#])?);
    put("json", pick(&["null", r#"{"b":[1,2.50,{"z":"\t\\ \u0001"}],"a":null}"#, r#""x\"y""#, "[]", "1e3"])?);
    put("spot", serde_json::json!({"x": 1, "label": format!("spot \"{n}\"")}));
    put("mood", pick(&[r#""glad""#, r#""sad""#])?);
    put("mail", format!("u{n}@example.com").into());
    put("smalls", pick(&["[1,null]", "[]", "null"])?);
    put("doubles", pick(&["[0.1,1e21,-3]"])?);
    put("exacts", pick(&[r#"["1.50","-3"]"#])?);
    put("truths", pick(&["[true,null,false]", "null"])?);
    put("texts", pick(&[r#"["","a,b","c\"d\\e","NULL","{x}","line\nend",null]"#, "[]"])?);
    put("uuids", pick(&[r#"["00000000-0000-4000-8000-00000000000a"]"#])?);
    put("ats", pick(&[r#"["2026-11-25T18:00:00.25Z"]"#])?);
    put("days", pick(&[r#"["2024-02-29"]"#, "[]"])?);
    put("jsons", pick(&[r#"[{"a":["b"]},"x",1,null]"#])?);
    put("moods", pick(&[r#"["sad","glad"]"#])?);
    Ok(Value::Object(row))
}
