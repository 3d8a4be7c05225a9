//! sqlmap against every place of a request that becomes part of a query, and against a server that is really injectable: a scan that
//! does not find what is there shows nothing.

use super::portal::Portal;
use crate::assure::{Profile, Tally, tally};
use crate::python;
use crate::server;
use crate::services;
use crate::shell;
use anyhow::{Context, Result, bail, ensure};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};

/// A place of a request. `*` marks it for sqlmap.
struct Form {
    name: &'static str,
    /// Whether the quick profile tries it.
    quick: bool,
    path: &'static str,
    header: &'static str,
    body: &'static str,
}

const fn query(name: &'static str, quick: bool, path: &'static str) -> Form {
    Form { name, quick, path, header: "", body: "" }
}

const FORMS: &[Form] = &[
    query("filter value", true, "/rest/v1/courses?title=eq.One*"),
    query("filter operator", false, "/rest/v1/courses?title=eq*.One"),
    query("filter list", false, "/rest/v1/courses?title=in.(One*,Two)"),
    query("pattern", false, "/rest/v1/courses?title=ilike.*One"),
    query("full text", false, "/rest/v1/courses?title=wfts.One*"),
    query("column name", true, "/rest/v1/courses?title*=eq.One"),
    query("logic tree", false, "/rest/v1/courses?or=(title.eq.One*,slug.eq.one)"),
    query("select", true, "/rest/v1/courses?select=title*"),
    query("alias", false, "/rest/v1/courses?select=a*:title"),
    query("cast", false, "/rest/v1/courses?select=title::text*"),
    query("embed", false, "/rest/v1/courses?select=title,enrolments(id*)"),
    query("order", true, "/rest/v1/courses?order=title*"),
    query("limit", false, "/rest/v1/courses?limit=1*"),
    query("offset", false, "/rest/v1/courses?offset=1*"),
    query("JSON path", true, "/rest/v1/learners?scores->>maths*=eq.1"),
    query("relation", false, "/rest/v1/courses*"),
    query("operation", false, "/rest/v1/rpc/courseStatistics*"),
    query("argument", true, "/rest/v1/rpc/courseStatistics?minLearners=1*"),
    Form { name: "Range", quick: false, path: "/rest/v1/courses", header: "Range: 0-9*", body: "" },
    Form { name: "Prefer", quick: false, path: "/rest/v1/courses", header: "Prefer: count=exact*", body: "" },
    Form {
        name: "body value",
        quick: true,
        path: "/rest/v1/learners",
        header: "Prefer: tx=rollback",
        body: r#"{"name":"Ana*","email":"ana@example.org"}"#,
    },
    Form {
        name: "body key",
        quick: false,
        path: "/rest/v1/learners",
        header: "Prefer: tx=rollback",
        body: r#"{"name*":"Ana","email":"ana@example.org"}"#,
    },
    Form {
        name: "columns",
        quick: false,
        path: "/rest/v1/learners?columns=name,email*",
        header: "Prefer: tx=rollback",
        body: r#"{"name":"Ana","email":"ana@example.org"}"#,
    },
    Form {
        name: "on_conflict",
        quick: false,
        path: "/rest/v1/learners?on_conflict=email*",
        header: "Prefer: tx=rollback,resolution=merge-duplicates",
        body: r#"{"name":"Ana","email":"ana@example.org"}"#,
    },
    Form {
        name: "argument in a body",
        quick: false,
        path: "/rest/v1/rpc/courseStatistics",
        header: "",
        body: r#"{"minLearners":"1*"}"#,
    },
    Form {
        name: "transaction path",
        quick: false,
        path: "/rest/v1/",
        header: "",
        body: r#"[{"method":"GET","path":"/courses?title=eq.One*"}]"#,
    },
    Form {
        name: "transaction body",
        quick: false,
        path: "/rest/v1/",
        header: "Prefer: tx=rollback",
        body: r#"[{"method":"POST","path":"/learners","body":{"name":"Ana*","email":"ana@example.org"}}]"#,
    },
];

/// A database: sqlmap's word for it, and where a fresh one of a name is; `None` for a file.
type Database = (&'static str, fn(&str) -> Result<Option<String>>);

const DATABASES: &[Database] = &[
    ("sqlite", |_| Ok(None)),
    ("postgresql", |name| services::fresh_database(name).map(Some)),
    ("mysql", |name| services::fresh_mysql_database(name).map(Some)),
];

/// Scans the control and the forms of the profile, on every database.
pub(super) fn run(profile: &Profile) -> Result<Tally> {
    let tool = python::tool("sqlmap")?;
    tally::at_once(DATABASES, |database| scan(profile, &tool, database))
}

fn scan(profile: &Profile, tool: &Path, (dbms, fresh): &Database) -> Result<Tally> {
    let output = server::scratch(&format!("sqlmap-{dbms}"))?;
    let (level, risk) = (profile.pick("1", "3"), profile.pick("1", "2"));
    let scanner = Scanner { tool, output: &output, dbms, level, risk };
    let mut tally = Tally::default();
    let control = Control::start(fresh("backstay_injectable")?.as_deref())?;
    let found = scanner.scan(&format!("http://127.0.0.1:{}/?title=One*", control.port), &[], "")?;
    tally.note(
        &format!("{dbms}, control: an injectable server"),
        if found { Ok("found".to_owned()) } else { Err(anyhow::anyhow!("not found")) },
    );
    let database = fresh("backstay_sqlmap")?;
    let mut settings = vec![("BACKSTAY_REST_TX_OVERRIDE", "true")];
    settings.extend(database.as_deref().map(|database| ("BACKSTAY_DATABASE_URL", database)));
    let portal = Portal::start(&format!("sqlmap-portal-{dbms}"), &settings)?;
    let key = format!("apikey: {}", portal.key("service")?);
    for form in FORMS.iter().filter(|form| profile.pick(form.quick, true)) {
        let headers: Vec<&str> = [key.as_str(), form.header].into_iter().filter(|header| !header.is_empty()).collect();
        let found = scanner.scan(&format!("{}{}", portal.url(), form.path), &headers, form.body);
        let outcome =
            found.and_then(|found| if found { bail!("sqlmap calls it injectable") } else { Ok("clean".to_owned()) });
        tally.note(&format!("{dbms}, {}", form.name), outcome);
    }
    let _ = std::fs::remove_dir_all(&output);
    Ok(tally)
}

struct Scanner<'a> {
    tool: &'a Path,
    output: &'a Path,
    dbms: &'a str,
    level: &'a str,
    risk: &'a str,
}

impl Scanner<'_> {
    /// Whether sqlmap finds an injection.
    fn scan(&self, url: &str, headers: &[&str], body: &str) -> Result<bool> {
        let mut command = shell::command(
            &self.tool.to_string_lossy(),
            &[
                "--batch",
                "--disable-coloring",
                "--flush-session",
                "--dbms",
                self.dbms,
                "--technique=BEUST",
                "--time-sec=2",
                "--ignore-code=*",
                "--skip-waf",
                "--level",
                self.level,
                "--risk",
                self.risk,
                "--output-dir",
                &self.output.to_string_lossy(),
                "-u",
                url,
            ],
        );
        for header in headers {
            command.args(["-H", header]);
        }
        if !body.is_empty() {
            command.args(["-H", "Content-Type: application/json", "--data", body]);
        }
        let output = command.output().context("cannot start sqlmap")?;
        let text = String::from_utf8_lossy(&output.stdout);
        let found = text.contains("identified the following injection point");
        let clean = text.contains("do not appear to be injectable");
        ensure!(found != clean, "sqlmap came to no verdict:\n{text}");
        Ok(found)
    }
}

/// The injectable server.
struct Control {
    child: Child,
    port: u16,
}

impl Control {
    fn start(database: Option<&str>) -> Result<Self> {
        let script = shell::root().join("xtask/fixtures/injectable.py").display().to_string();
        let mut command = shell::command("python3", &[&script]);
        let mut child = command.args(database).stdout(Stdio::piped()).spawn()?;
        let mut line = String::new();
        let read = child.stdout.take().map(|out| BufReader::new(out).read_line(&mut line));
        let port = line.trim().parse();
        let control = |port| Self { child, port };
        match (read, port) {
            (Some(Ok(_)), Ok(port)) => Ok(control(port)),
            _ => {
                drop(control(0));
                bail!("the control server did not start")
            }
        }
    }
}

impl Drop for Control {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
