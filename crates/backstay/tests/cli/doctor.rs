//! `backstay doctor` from outside: a good folder beside its server, and one row for each thing that can be wrong.

use super::existing::Scratch;
use super::{Run, SCHEMA, Server, Shell, json};
use serde_json::Value;
use std::os::unix::fs::PermissionsExt as _;

/// Verdict and sentence of the first finding of a check that is not ok, else of its first.
fn of(report: &Value, check: &str) -> (String, String) {
    let findings: Vec<_> = report["checks"].as_array().unwrap().iter().filter(|one| one["check"] == check).collect();
    let found = findings.iter().find(|one| one["verdict"] != "ok").or(findings.first()).unwrap();
    assert_eq!(found["verdict"] == "ok", found["next"].is_null(), "{found}");
    (found["verdict"].as_str().unwrap().to_owned(), found["says"].as_str().unwrap().to_owned())
}

fn examine(shell: &Shell, variables: &[(&str, &str)]) -> (i32, Value) {
    let mut command = shell.command(&["doctor", "--data", "data", "--format", "json"]);
    let run = Run::of(&command.envs(variables.iter().copied()).output().unwrap());
    (run.code, json(&run.out))
}

fn seeded() -> Shell {
    let shell = Shell::new();
    shell.good(&["migrate", "--data", "data", "apply"]);
    shell.good(&["keys", "list", "--data", "data"]);
    shell
}

#[test]
fn a_running_server_is_well() {
    let shell = seeded();
    let server = Server::start(&shell, &["serve", "--data", "data"]);
    let (code, report) = examine(&shell, &[]);
    assert_eq!((code, &report["problems"]), (0, &0.into()), "{report:#}");
    for check in [
        "followers",
        "redis",
        "settings",
        "schema",
        "database",
        "structure",
        "references",
        "log size",
        "migrations",
        "keys file",
        "secret",
        "key expiry",
        "clock",
        "disk sync",
        "mail",
        "https",
        "exposure",
        "metrics",
    ] {
        let (verdict, says) = of(&report, check);
        let slow = check == "disk sync" && verdict == "warning";
        assert!(verdict == "ok" || slow, "{check}: {says}");
    }
    let text = shell.good(&["doctor", "--data", "data"]);
    assert!(text.contains("0 problems") && text.contains("ok       structure"), "{text}");
    assert_eq!(server.stop(), 0);
    let left: Vec<_> =
        std::fs::read_dir(shell.path().join("data")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().contains("doctor")), "{left:?}");
}

/// What is done to a good folder, and what is then said of which check.
type Row =
    (&'static str, fn(&Shell), &'static [(&'static str, &'static str)], &'static str, &'static str, &'static str);

const ROWS: &[Row] = &[
    (
        "database",
        |shell| std::fs::remove_file(shell.path().join("data/backstay.db")).unwrap(),
        &[],
        "warning",
        "no database",
        "",
    ),
    ("database", |shell| shell.write("data/backstay.db", "my notes"), &[], "problem", "not a Backstay database", ""),
    ("structure", |shell| damage(shell), &[], "problem", "damaged", "restore"),
    ("references", |shell| dangle(shell), &[], "problem", "1 rows of pages", "mend"),
    ("schema", |shell| shell.write("schema.graphql", "type A @model { id: Strin }"), &[], "problem", "error", "check"),
    (
        "schema",
        |shell| std::fs::remove_file(shell.path().join("schema.graphql")).unwrap(),
        &[],
        "problem",
        "no schema",
        "",
    ),
    (
        "migrations",
        |shell| shell.write("schema.graphql", &SCHEMA.replace("  year: Int\n", "")),
        &[],
        "problem",
        "lose data",
        "migrate plan",
    ),
    (
        "migrations",
        |shell| shell.write("schema.graphql", &SCHEMA.replace("year: Int\n", "year: Int\n  pages: Int\n")),
        &[],
        "warning",
        "1 changes",
        "migrate plan",
    ),
    ("keys file", |shell| mode(shell, 0o644), &[], "problem", "644", "chmod 600"),
    ("keys file", |shell| shell.write("data/keys.json", "hunter2"), &[], "problem", "not a keys file", ""),
    (
        "secret",
        |shell| shell.write("data/keys.json", r#"{"version":1,"jwtSecret":"hunter2","createdAtS":1}"#),
        &[],
        "problem",
        "at least 32",
        "urandom",
    ),
    (
        "key expiry",
        |shell| shell.write("data/keys.json", r#"{"version":1,"jwtSecret":"hunter2","createdAtS":1}"#),
        &[],
        "problem",
        "expired on 1979",
        "new",
    ),
    ("secret", |_| {}, &[("BACKSTAY_JWT_SECRET", "hunter2")], "problem", "auth.jwt_secret", "urandom"),
    ("settings", |_| {}, &[("BACKSTAY_LISTN", "x")], "warning", "BACKSTAY_LISTEN", ""),
    ("settings", |shell| shell.write("backstay.toml", "lisen = 'x'"), &[], "problem", "lisen", "listen"),
    (
        "redis",
        |_| {},
        &[("BACKSTAY_REDIS_URL", "redis://:hunter2@127.0.0.1:1/")],
        "problem",
        "redis_url",
        "each node counts",
    ),
    ("redis", |_| {}, &[("BACKSTAY_REDIS_URL", "http://hunter2")], "problem", "no address of Redis", "redis://"),
    ("durability", |_| {}, &[("BACKSTAY_SQLITE__DURABILITY", "normal")], "warning", "power cut", "full"),
    (
        "open files",
        |_| {},
        &[("BACKSTAY_SERVER__CONNECTIONS_MAX", "4000000000")],
        "warning",
        "4000000128",
        "LimitNOFILE",
    ),
    ("settings", |_| {}, &[("BACKSTAY_MAIL_URL", "mailhost:hunter2")], "problem", "mail.url", "reference"),
    ("mail", |_| {}, &[("BACKSTAY_LISTEN", "0.0.0.0:8000")], "warning", "not set", "smtp://"),
    ("https", |_| {}, &[("BACKSTAY_SERVER__HSTS", "true")], "problem", "hsts", "external_url"),
    ("https", |_| {}, &[("BACKSTAY_EXTERNAL_URL", "https://a.example")], "warning", "https://a.example", "hsts"),
    ("https", |_| {}, &[("BACKSTAY_LISTEN", "0.0.0.0:8000")], "warning", "external_url is unset", "proxy"),
    ("exposure", |_| {}, &[("BACKSTAY_LISTEN", "0.0.0.0:8000")], "warning", "cors.origins", "origins"),
    (
        "metrics",
        |_| {},
        &[("BACKSTAY_LISTEN", "[::]:8000"), ("BACKSTAY_SERVER__METRICS_PUBLIC", "true")],
        "warning",
        "metrics_public",
        "",
    ),
];

#[test]
fn what_is_wrong_is_named() {
    for (check, change, variables, verdict, says, next) in ROWS {
        let shell = seeded();
        change(&shell);
        let (code, report) = examine(&shell, variables);
        let found =
            report["checks"].as_array().unwrap().iter().find(|one| one["check"] == *check && one["verdict"] != "ok");
        let found = found.unwrap_or_else(|| panic!("{check}, {variables:?}: nothing found in {report:#}"));
        assert_eq!(found["verdict"], *verdict, "{found}");
        assert!(found["says"].as_str().unwrap().contains(says), "no `{says}` in {found}");
        assert!(found["next"].as_str().unwrap().contains(next), "no `{next}` in {found}");
        assert_eq!(code, i32::from(report["problems"] != 0), "{report:#}");
        assert!(!report.to_string().contains("hunter2"), "a secret is shown: {report:#}");
    }
}

/// Servers that are to follow, and Redis, are asked. A server that follows nobody is told of, and one that is not there.
#[test]
fn followers_and_redis_are_asked() {
    let scratch = Scratch::new("");
    let shell = Shell::new();
    let url = scratch.both();
    let redis = redis();
    let variables = [
        ("BACKSTAY_DATABASE_URL", url.as_str()),
        ("BACKSTAY_POSTGRES__REPLICAS", &format!("{url} postgres://hunter2:hunter2@127.0.0.1:1/none")),
        ("BACKSTAY_REDIS_URL", redis.as_str()),
    ];
    let (code, report) = examine(&shell, &variables);
    let told = report["checks"].as_array().unwrap().iter().filter(|one| one["check"] == "followers");
    let told: Vec<&str> =
        told.filter(|one| one["verdict"] == "problem").filter_map(|one| one["says"].as_str()).collect();
    assert_eq!(told.len(), 2, "{report:#}");
    assert!(told[0].contains("follows no other server"), "{told:?}");
    assert!(told[1].starts_with("127.0.0.1:1/none: "), "{told:?}");
    let (verdict, says) = of(&report, "redis");
    assert_eq!(verdict, "ok", "{says}");
    assert_eq!(code, 1);
    assert!(!report.to_string().contains("hunter2"), "a secret is shown: {report:#}");
}

#[expect(clippy::disallowed_methods, reason = "where a service listens is the machine's to say")]
fn redis() -> String {
    std::env::var("TEST_REDIS").unwrap_or_else(|_| "redis://127.0.0.1:6379/".to_owned())
}

fn mode(shell: &Shell, bits: u32) {
    let path = shell.path().join("data/keys.json");
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(bits)).unwrap();
}

fn damage(shell: &Shell) {
    let path = shell.path().join("data/backstay.db");
    let mut bytes = std::fs::read(&path).unwrap();
    let length = bytes.len();
    bytes[length - 4096..].fill(0xff);
    std::fs::write(path, bytes).unwrap();
}

fn dangle(shell: &Shell) {
    let conn = rusqlite::Connection::open(shell.path().join("data/backstay.db")).unwrap();
    conn.execute_batch(
        "PRAGMA foreign_keys = OFF;
         CREATE TABLE pages (id INTEGER PRIMARY KEY, book INTEGER REFERENCES books (id));
         INSERT INTO pages VALUES (1, 77)",
    )
    .unwrap();
}
