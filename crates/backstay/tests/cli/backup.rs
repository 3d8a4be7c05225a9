//! Backups from outside: made beside a running server, verified, put in place, refused when they are not what they were.

use super::{SCHEMA, Server, Shell, json, key};
use serde_json::Value;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

/// A folder with three rows in `data`, and its server stopped.
fn seeded() -> Shell {
    let shell = Shell::new();
    shell.write("rows.json", r#"[{"id":1,"title":"Emma"},{"id":2,"title":"Persuasion"},{"id":3,"title":"Sanditon"}]"#);
    shell.good(&["import", "books", "rows.json", "--data", "data"]);
    shell.good(&["keys", "list", "--data", "data"]);
    shell
}

fn titles(shell: &Shell, data: &str) -> Vec<String> {
    let rows = json(&shell.good(&["export", "books", "--data", data]));
    rows.as_array().unwrap().iter().map(|row| row["title"].as_str().unwrap().to_owned()).collect()
}

/// Names in a folder, sorted.
fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Paths and bytes of every file below a folder.
fn content(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    let mut waiting = vec![folder.to_path_buf()];
    while let Some(path) = waiting.pop() {
        if path.is_dir() {
            waiting.extend(std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else {
            found.push((path.clone(), std::fs::read(path).unwrap()));
        }
    }
    found.sort();
    found
}

#[test]
fn a_backup_is_made_while_the_server_runs_and_restored_elsewhere() {
    let shell = Shell::new();
    let server = Server::start(&shell, &["serve", "--data", "data"]);
    let service = key(&shell, "data", "service");
    for (id, title) in [(1, "Emma"), (2, "Persuasion")] {
        let row = format!(r#"{{"id":{id},"title":"{title}"}}"#);
        assert_eq!(server.request("POST", "/rest/v1/books", &service, &row).unwrap().0, 201);
    }
    let made = json(&shell.good(&["backup", "one", "--data", "data", "--format", "json"]));
    assert_eq!((&made["path"], &made["manifest"]["rows"]["books"]), (&"./one".into(), &2.into()), "{made}");
    assert_eq!(made["manifest"]["lastMigration"], 1);
    shell.good(&["backup", "one.tar", "--data", "data", "--without-keys"]);
    let piped = shell.command(&["backup", "-", "--data", "data"]).output().unwrap();
    assert!(piped.status.success());
    std::fs::write(shell.path().join("piped.tar"), &piped.stdout).unwrap();
    assert_eq!(names(&shell.path().join("one")), ["backstay.db", "keys.json", "manifest.json", "schema"]);
    for (path, mode) in [("one", 0o700), ("one/backstay.db", 0o600), ("one/keys.json", 0o600), ("one.tar", 0o600)] {
        let facts = std::fs::metadata(shell.path().join(path)).unwrap();
        assert_eq!(facts.permissions().mode() & 0o777, mode, "{path}");
    }
    assert!(!names(shell.path()).iter().any(|name| name.contains("partial")), "{:?}", names(shell.path()));

    // The server goes on, and what comes later is not in the backup.
    let late = r#"{"id":3,"title":"Sanditon"}"#;
    assert_eq!(server.request("POST", "/rest/v1/books", &service, late).unwrap().0, 201);
    shell.bad(&["restore", "one", "--data", "data", "--replace"], 1, &["in use by another", "stop the server"]);
    for source in ["one", "one.tar", "piped.tar"] {
        let verified = json(&shell.good(&["restore", source, "--verify-only", "--format", "json"]));
        assert_eq!((&verified["verified"], &verified["restored"]), (&true.into(), &Value::Null), "{source}");
        let to = format!("from-{source}");
        shell.good(&["restore", source, "--data", &to]);
        assert_eq!(titles(&shell, &to), ["Emma", "Persuasion"], "{source}");
        let keys = shell.path().join(&to).join("keys.json");
        assert_eq!(keys.exists(), source != "one.tar");
    }
    assert_eq!(key(&shell, "from-one", "service"), service);
    assert_eq!(server.stop(), 0);
    let schema = std::fs::read_to_string(shell.path().join("from-one/schema/schema.graphql")).unwrap();
    assert_eq!(schema, SCHEMA);
    let again = Server::start(&shell, &["serve", "--schema", "from-one/schema", "--data", "from-one"]);
    assert_eq!(again.get("/rest/v1/books?select=id&order=id").unwrap().1, r#"[{"id":1},{"id":2}]"#);
}

#[test]
fn nothing_is_overwritten() {
    let shell = seeded();
    shell.good(&["backup", "one", "--data", "data"]);
    let before = content(shell.path());
    shell.bad(&["backup", "one", "--data", "data"], 1, &["one is there already", "another name"]);
    shell.bad(&["backup", "schema.graphql", "--data", "data"], 1, &["is there already"]);
    shell.bad(&["backup", "no/where", "--data", "data"], 1, &["there is no folder no"]);
    shell.bad(&["backup", "two", "--data", "none"], 1, &["there is no database at none/backstay.db"]);
    shell.bad(&["backup", "two", "--data", "data", "--schema", "none.graphql"], 1, &["no schema at none.graphql"]);
    shell.bad(&["backup", "-", "--data", "data", "--format", "json"], 2, &["standard output"]);
    shell.bad(&["restore", "one", "--data", "data"], 1, &["data is not empty", "--replace"]);
    shell.bad(&["restore", "none", "--data", "new"], 1, &["cannot read the backup none"]);
    shell.bad(&["restore", "data", "--data", "new"], 1, &["data is not a backup", "manifest.json"]);
    shell.bad(&["restore", "schema.graphql", "--data", "new"], 1, &["archive"]);
    shell.bad(&["restore", "one", "--data", "schema.graphql"], 1, &["schema.graphql is a file"]);
    shell.bad(&["restore", "one", "--verify-only", "--replace"], 2, &["cannot be used with"]);
    let after: Vec<_> = content(shell.path()).into_iter().filter(|(path, _)| !is_shared_memory(path)).collect();
    assert_eq!(after, before.into_iter().filter(|(path, _)| !is_shared_memory(path)).collect::<Vec<_>>());
}

/// Files by which SQLite's processes agree; a look at a database makes them anew.
fn is_shared_memory(path: &Path) -> bool {
    let name = path.to_string_lossy();
    name.ends_with("-shm") || name.ends_with("-wal")
}

#[test]
fn a_replaced_folder_is_kept() {
    let shell = seeded();
    shell.good(&["backup", "one", "--data", "data"]);
    shell.write("more.json", r#"[{"id":4,"title":"Lady Susan"}]"#);
    shell.good(&["import", "books", "more.json", "--data", "data"]);
    let report = json(&shell.good(&["restore", "one", "--data", "data", "--replace", "--format", "json"]));
    let aside = report["aside"].as_str().unwrap().to_owned();
    assert_eq!(titles(&shell, "data").len(), 3);
    assert_eq!(titles(&shell, &aside).len(), 4);
    assert!(aside.contains("data.before-restore-2"), "{aside}");
}

#[test]
fn a_changed_backup_is_refused_and_nothing_is_put_in_place() {
    let shell = seeded();
    shell.good(&["backup", "good", "--data", "data"]);
    let good = shell.path().join("good");
    let bad = shell.path().join("bad");
    let change = |file: &str, with: &dyn Fn(Vec<u8>) -> Vec<u8>| {
        let _ = std::fs::remove_dir_all(&bad);
        std::fs::create_dir_all(bad.join("schema")).unwrap();
        for (path, bytes) in content(&good) {
            let name = path.strip_prefix(&good).unwrap();
            let bytes = if name == Path::new(file) { with(bytes) } else { bytes };
            std::fs::write(bad.join(name), bytes).unwrap();
        }
    };
    let flipped = |mut bytes: Vec<u8>| {
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        bytes
    };
    let manifest = |with: &dyn Fn(&mut Value)| {
        change("manifest.json", &|bytes| {
            let mut value: Value = serde_json::from_slice(&bytes).unwrap();
            with(&mut value);
            value.to_string().into_bytes()
        });
    };
    let refuse = |words: &[&str]| {
        for arguments in [vec!["restore", "bad", "--verify-only"], vec!["restore", "bad", "--data", "new"]] {
            shell.bad(&arguments, 1, words);
        }
        shell.bad(&["restore", "bad", "--data", "data", "--replace"], 1, words);
        assert!(!shell.path().join("new").exists());
        assert_eq!(titles(&shell, "data").len(), 3);
        let left: Vec<_> = names(shell.path()).into_iter().filter(|name| name.contains("restor")).collect();
        assert!(left.is_empty(), "{left:?}");
    };
    for file in ["backstay.db", "keys.json", "schema/schema.graphql"] {
        change(file, &flipped);
        refuse(&[file, "not as it was"]);
        change(file, &|mut bytes| {
            bytes.pop();
            bytes
        });
        refuse(&[file, "not as it was"]);
    }
    manifest(&|value| value["backupFormat"] = 2.into());
    refuse(&["backup format 2", "up to 1"]);
    manifest(&|value| value["databaseFormat"] = 99.into());
    refuse(&["database format 99"]);
    manifest(&|value| value["rows"]["books"] = 4.into());
    refuse(&["3 rows in `books`", "4 rows"]);
    manifest(&|value| value["rows"]["pages"] = 1.into());
    refuse(&["no such table in `pages`"]);
    manifest(&|value| value["lastMigration"] = 7.into());
    refuse(&["another migration"]);
    manifest(&|value| value["files"][0]["path"] = "../../x".into());
    refuse(&["../../x"]);
    std::fs::remove_file(bad.join("backstay.db")).unwrap();
    refuse(&["../../x"]);

    shell.good(&["backup", "whole.tar", "--data", "data"]);
    let whole = std::fs::read(shell.path().join("whole.tar")).unwrap();
    for (length, words) in [(0, "archive"), (700, "archive"), (whole.len() / 2, "")] {
        std::fs::write(shell.path().join("cut.tar"), &whole[..length]).unwrap();
        shell.bad(&["restore", "cut.tar", "--data", "new"], 1, &[words]);
        assert!(!shell.path().join("new").exists());
    }
}

#[test]
fn a_damaged_database_is_not_backed_up() {
    let shell = seeded();
    let database = shell.path().join("data/backstay.db");
    let mut bytes = std::fs::read(&database).unwrap();
    let length = bytes.len();
    bytes[length - 4096..].fill(0xff);
    std::fs::write(&database, bytes).unwrap();
    shell.bad(&["backup", "one", "--data", "data"], 1, &["is damaged", "restore the last backup"]);
    assert!(!shell.path().join("one").exists());
}
