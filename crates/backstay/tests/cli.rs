//! The binary from outside: every command's happy path and its bad input. Runs the built program in a folder of its own.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a failed step is a failed test")]

#[path = "cli/advising.rs"]
mod advising;
#[path = "cli/backup.rs"]
mod backup;
#[path = "cli/doctor.rs"]
mod doctor;
#[path = "cli/existing.rs"]
mod existing;
#[path = "cli/existing_mysql.rs"]
mod existing_mysql;
#[path = "cli/moving.rs"]
mod moving;
#[path = "cli/nodes.rs"]
mod nodes;

use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};
use tempfile::TempDir;

const SCHEMA: &str = r#"
type Book @model @access(ops: [READ]) {
  id: Int! @id(auto: NONE)
  title: String! @length(min: 2, max: 20)
  year: Int
  tags: [String!]
  secret: String @private
}
"#;

/// A folder with a schema, and the program run in it.
struct Shell {
    folder: TempDir,
}

/// What a run came to.
struct Run {
    code: i32,
    out: String,
    err: String,
}

impl Shell {
    fn new() -> Self {
        let shell = Self::empty();
        shell.write("schema.graphql", SCHEMA);
        shell
    }

    fn empty() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_backstay"));
        command.current_dir(self.path()).args(arguments).env("BACKSTAY_LOG", "warn");
        command
    }

    fn run(&self, arguments: &[&str]) -> Run {
        Run::of(&self.command(arguments).output().unwrap())
    }

    /// Runs and wants success; gives standard output.
    #[track_caller]
    fn good(&self, arguments: &[&str]) -> String {
        let run = self.run(arguments);
        assert_eq!(run.code, 0, "{arguments:?}: {}{}", run.out, run.err);
        run.out
    }

    /// Runs and wants this exit code, these words on standard error, and nothing on standard output.
    #[track_caller]
    fn bad(&self, arguments: &[&str], code: i32, words: &[&str]) {
        let run = self.run(arguments);
        assert_eq!((run.code, run.out.as_str()), (code, ""), "{arguments:?}: {}", run.err);
        for word in words {
            assert!(run.err.contains(word), "{arguments:?}: no `{word}` in\n{}", run.err);
        }
    }
}

impl Run {
    fn of(output: &Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout.clone()).unwrap(),
            err: String::from_utf8(output.stderr.clone()).unwrap(),
        }
    }
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[test]
fn help_teaches_every_command() {
    let shell = Shell::empty();
    let help = shell.good(&["--help"]);
    assert!(help.contains("Start here:") && help.contains("Exit codes:"), "{help}");
    for command in [
        "init", "dev", "serve", "check", "migrate", "keys", "token", "import", "export", "backup", "restore", "doctor",
        "explain", "schema", "mail", "config", "move", "advise",
    ] {
        assert!(help.contains(&format!("  {command} ")), "{command} is not in the help");
        let own = shell.good(&[command, "--help"]);
        assert!(own.contains("backstay ") && own.contains("Usage:"), "{own}");
    }
    shell.bad(&["srve"], 2, &["unrecognized subcommand", "serve"]);
    shell.bad(&["serve", "--prot", "1"], 2, &["unexpected argument '--prot'"]);
    shell.bad(&[], 2, &["Start here:"]);
}

#[test]
fn what_the_database_lacks_is_said_before_it_is_asked() {
    let shell = Shell::empty();
    let divided = r#"@model @partition(by: HASH, fields: ["id"], count: 2) @access(ops: [READ])"#;
    shell.write("schema.graphql", &format!("type Book {divided} {{ id: Int! @id }}"));
    let on = |url: &str| Run::of(&shell.command(&["check"]).env("BACKSTAY_DATABASE_URL", url).output().unwrap());
    let file = shell.run(&["check"]);
    assert_eq!(file.code, 0, "{}", file.err);
    assert!(file.err.contains("no-partitions") && file.err.contains("1 warning"), "{}", file.err);
    for url in ["postgres://nobody@127.0.0.1:1/none", "mysql://nobody@127.0.0.1:1/none"] {
        let server = on(url);
        assert!(server.code == 0 && server.err.contains("0 warnings"), "{}", server.err);
    }
    let referring = format!(
        "type Book {divided} {{ id: Int! @id shelf: Shelf }} type Shelf @model @access(ops: [READ]) {{ id: Int! @id }}"
    );
    shell.write("schema.graphql", &referring);
    let refused = on("mysql://nobody@127.0.0.1:1/none");
    assert!(refused.code == 1 && refused.err.contains("partition-reference"), "{}", refused.err);
    assert_eq!(on("postgres://nobody@127.0.0.1:1/none").code, 0);
}

#[test]
fn init_writes_a_project_that_is_valid() {
    for template in ["minimal", "learning-portal"] {
        let shell = Shell::empty();
        shell.good(&["init", "app", "--template", template]);
        for file in ["schema.graphql", "backstay.toml", ".env.example", ".gitignore"] {
            assert!(shell.path().join("app").join(file).is_file(), "{file}");
        }
        shell.good(&["check", "app/schema.graphql"]);
        // Never overwrites.
        shell.bad(&["init", "app"], 1, &["schema.graphql exists", "backstay dev app"]);
    }
    Shell::new().bad(&["init", "schema.graphql/below"], 1, &["cannot write"]);
    Shell::empty().bad(&["init", "--template", "nothing"], 2, &["learning-portal", "minimal"]);
}

#[test]
fn mails_can_be_looked_at() {
    let shell = Shell::empty();
    let paths = shell.good(&["mail", "preview"]);
    assert_eq!(paths.lines().count(), 27);
    for path in paths.lines() {
        assert!(shell.path().join(path).is_file(), "{path}");
    }
    let read = |path: &str| std::fs::read_to_string(shell.path().join(path)).unwrap();
    assert!(
        read("mail-preview/recovery.html").contains("481516") && read("mail-preview/recovery.txt").contains("481516")
    );
    assert_eq!(read("mail-preview/index.html").matches("<iframe").count(), 13);

    // The folder of the settings, then the one of the command line.
    shell.write("mails/recovery.txt", "From the settings: {{ .Token }}");
    shell.write("others/recovery.txt", "From the flag: {{ .Token }}");
    shell.write("backstay.toml", "[mail]\ntemplates = 'mails'");
    shell.good(&["mail", "preview", "out"]);
    assert_eq!(read("out/recovery.txt"), "From the settings: 481516");
    shell.good(&["mail", "preview", "out", "--templates", "others"]);
    assert_eq!(read("out/recovery.txt"), "From the flag: 481516");

    // Every mistake is told, and nothing is written.
    shell.write("others/recovery.html", "\n{{ .Tokn }}{{ if .Email }}");
    shell.write("others/recover.txt", "");
    shell.bad(
        &["mail", "preview", "never", "--templates", "others"],
        1,
        &[
            "recovery.html:2: `{{ .Tokn }}`",
            "recovery.html:2: `{{ if … }}` is never closed",
            "recover.txt: no mail is called",
            "docs/mail.md",
        ],
    );
    assert!(!shell.path().join("never").exists());
    shell.bad(&["mail", "preview", "--templates", "gone"], 1, &["cannot read gone", "--templates DIR"]);
    shell.bad(&["mail", "preview", "backstay.toml/below"], 1, &["cannot write backstay.toml/below"]);
    shell.bad(&["mail"], 2, &["preview"]);
}

#[test]
fn check_shows_every_mistake() {
    let shell = Shell::new();
    assert_eq!(shell.good(&["check"]), "");
    let found = json(&shell.good(&["check", "--format", "json"]));
    assert_eq!((&found["errors"], &found["diagnostics"]), (&Value::from(0), &Value::Array(Vec::new())));

    shell.write("broken.graphql", "type A @modell {\n  name: Strng\n}\n");
    shell.bad(
        &["check", "broken.graphql"],
        1,
        &["broken.graphql:1:8", "@model", "broken.graphql:2:9", "Strng", "help:"],
    );
    let run = shell.run(&["check", "broken.graphql", "--format", "json"]);
    let found = json(&run.out);
    assert_eq!(run.code, 1);
    assert!(found["errors"].as_u64().unwrap() >= 2, "{found}");
    let first = &found["diagnostics"][0];
    assert_eq!(
        (&first["file"], &first["start"]["line"], &first["severity"]),
        (&"broken.graphql".into(), &1.into(), &"error".into())
    );

    shell.bad(&["check", "missing.graphql"], 1, &["there is no schema at missing.graphql", "backstay init"]);
    std::fs::write(shell.path().join("latin.graphql"), b"type A @model { n\xe9: Int }").unwrap();
    shell.bad(&["check", "latin.graphql"], 1, &["not UTF-8"]);
    std::fs::create_dir(shell.path().join("empty")).unwrap();
    shell.bad(&["check", "empty"], 1, &["no *.graphql file"]);
}

#[test]
fn check_names_directives_that_are_not_active() {
    let shell = Shell::empty();
    shell.write(
        "schema.graphql",
        "type A @model @access(ops: [READ]) @webhook(on: [CREATE], url: \"https://example.org\") { id: ID! @id }",
    );
    let run = shell.run(&["check"]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(run.err.contains("@webhook") && run.err.contains("not active"), "{}", run.err);
}

#[test]
fn a_folder_of_files_is_one_schema() {
    let shell = Shell::empty();
    shell.write("schema/a.graphql", "type A @model @access(ops: [READ]) { id: ID! @id  b: B! @relation }");
    shell.write("schema/b.graphql", "type B @model @access(ops: [READ]) { id: ID! @id }");
    shell.write("schema/notes.txt", "not a schema");
    shell.good(&["check", "schema"]);
}

#[test]
fn settings_are_checked() {
    let shell = Shell::new();
    shell.write("backstay.toml", "[server]\nbody_mux = '1MiB'\n");
    shell.bad(&["check"], 1, &["backstay.toml:2:1: unknown setting `server.body_mux`", "did you mean `body_max`?"]);
    shell.write("backstay.toml", "listen = 8000\n");
    shell.bad(&["check"], 1, &["backstay.toml:1:10", "string"]);
    shell.bad(&["check", "--config", "nowhere.toml"], 1, &["cannot read nowhere.toml"]);
    shell.write("backstay.toml", "");
    let run = Run::of(&shell.command(&["check"]).env("BACKSTAY_LIMITS__ROWS_MAX", "x").output().unwrap());
    assert!(run.code == 1 && run.err.contains("BACKSTAY_LIMITS__ROWS_MAX: `x` is not a whole number"), "{}", run.err);
    let run = Run::of(&shell.command(&["check"]).env("BACKSTAY_LISTN", "x").output().unwrap());
    assert!(run.code == 0 && run.err.contains("did you mean BACKSTAY_LISTEN?"), "{}", run.err);
    assert!(shell.good(&["config", "reference"]).contains("BACKSTAY_REST_TX_OVERRIDE"));
    assert!(shell.good(&["config", "defaults"]).contains("# listen = "));
}

#[test]
fn keys_are_made_once() {
    let shell = Shell::empty();
    let first = json(&shell.good(&["keys", "list", "--data", "data", "--format", "json"]));
    assert_eq!(first, json(&shell.good(&["keys", "list", "--data", "data", "--format", "json"])));
    assert_ne!(first["anon"], first["service"]);
    let text = shell.good(&["keys", "list", "--data", "data"]);
    assert!(text.contains(first["anon"].as_str().unwrap()) && text.contains(first["service"].as_str().unwrap()));
    shell.write("data/keys.json", "not ours");
    shell.bad(&["keys", "list", "--data", "data"], 1, &["data/keys.json", "not a keys file"]);
    shell.write("file", "");
    shell.bad(&["keys", "list", "--data", "file"], 1, &["file"]);
    let short = Run::of(
        &shell.command(&["keys", "list", "--data", "other"]).env("BACKSTAY_JWT_SECRET", "short-word").output().unwrap(),
    );
    assert!(short.code == 1 && short.err.contains("JWT secret") && !short.err.contains("short-word"), "{}", short.err);
}

#[test]
fn tokens_carry_what_rules_read() {
    let shell = Shell::empty();
    let more = r#"{"org":"blue","app_metadata":{"team":7}}"#;
    let token =
        shell.good(&["token", "--data", "data", "--role", "admin", "--sub", "ada", "--ttl", "2h", "--claims", more]);
    let claims = claims(token.trim());
    assert_eq!(
        (&claims["sub"], &claims["role"], &claims["org"]),
        (&"ada".into(), &"authenticated".into(), &"blue".into())
    );
    assert_eq!(claims["app_metadata"], serde_json::json!({ "role": "admin", "team": 7 }));
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 7200);

    shell.bad(&["token", "--data", "data", "--role", "admin"], 2, &["--sub ID"]);
    shell.bad(&["token", "--data", "data", "--role", "user", "--sub", "a"], 2, &["--role authenticated"]);
    shell.bad(&["token", "--data", "data", "--role", "anon", "--claims", "[1]"], 2, &["not a JSON object"]);
    shell.bad(&["token", "--data", "data", "--role", "anon", "--claims", "{"], 2, &["not JSON"]);
    shell.bad(&["token", "--data", "data", "--role", "anon", "--ttl", "soon"], 2, &["not a duration"]);
}

fn claims(token: &str) -> Value {
    use base64::Engine as _;
    let payload = token.split('.').nth(1).unwrap();
    json(&String::from_utf8(base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap())
}

/// A server that ends with the test.
struct Server {
    child: Child,
    address: String,
    /// Lines of standard error, as they come.
    messages: Receiver<String>,
}

impl Server {
    /// Starts `backstay <command> …` on a free port and waits until it is ready.
    fn start(shell: &Shell, arguments: &[&str]) -> Self {
        Self::start_with(shell, arguments, &[])
    }

    /// The same with variables of the environment.
    fn start_with(shell: &Shell, arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let address = free_address();
        let mut child = shell
            .command(arguments)
            .envs(environment.iter().copied())
            .args(["--listen", &address])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let stderr = child.stderr.take().unwrap();
        let (send, messages) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                if send.send(line).is_err() {
                    return;
                }
            }
        });
        let mut server = Self { child, address, messages };
        let deadline = Instant::now() + LONG;
        while server.get("/health/ready").is_none_or(|(status, _)| status != 200) {
            assert!(server.child.try_wait().unwrap().is_none(), "the server ended: {:?}", server.said());
            assert!(Instant::now() < deadline, "not ready: {:?}", server.said());
            std::thread::yield_now();
        }
        server
    }

    /// Status and body of a GET; `None` when nothing listens.
    fn get(&self, path: &str) -> Option<(u16, String)> {
        self.request("GET", path, "", "")
    }

    fn request(&self, method: &str, path: &str, key: &str, body: &str) -> Option<(u16, String)> {
        let mut stream = TcpStream::connect(&self.address).ok()?;
        stream.set_read_timeout(Some(LONG)).unwrap();
        let auth = if key.is_empty() { String::new() } else { format!("apikey: {key}\r\n") };
        let length = body.len();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n{auth}Content-Length: {length}\r\n\r\n"
        );
        stream.write_all((head + body).as_bytes()).ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        let status = answer.split(' ').nth(1)?.parse().ok()?;
        let body = answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned()).unwrap_or_default();
        Some((status, body))
    }

    /// Waits until standard error has said this.
    #[track_caller]
    fn wait_for(&self, words: &str) {
        let mut seen = Vec::new();
        loop {
            match self.messages.recv_timeout(LONG) {
                Ok(line) if line.contains(words) => return,
                Ok(line) => seen.push(line),
                Err(_) => panic!("no `{words}` in {seen:#?}"),
            }
        }
    }

    fn said(&self) -> Vec<String> {
        self.messages.try_iter().collect()
    }

    /// Asks it to stop and gives its exit code.
    fn stop(mut self) -> i32 {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        self.child.wait().unwrap().code().unwrap_or(-1)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Longest that anything here may take.
const LONG: Duration = Duration::from_secs(60);

fn free_address() -> String {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string()
}

fn key(shell: &Shell, data: &str, name: &str) -> String {
    json(&shell.good(&["keys", "list", "--data", data, "--format", "json"]))[name].as_str().unwrap().to_owned()
}

#[test]
fn serve_answers_and_stops() {
    let shell = Shell::new();
    let server = Server::start(&shell, &["serve", "--schema", "schema.graphql", "--data", "data"]);
    assert_eq!(server.get("/rest/v1/books").unwrap(), (200, "[]".to_owned()));
    let service = key(&shell, "data", "service");
    let (status, body) = server.request("POST", "/rest/v1/books", &service, r#"{"id":1,"title":"Emma"}"#).unwrap();
    assert_eq!((status, body.as_str()), (201, ""));
    assert_eq!(server.get("/rest/v1/books?select=id,title").unwrap().1, r#"[{"id":1,"title":"Emma"}]"#);

    // A second server on the same data, and one on the same port, are refused and harm nothing.
    let other = free_address();
    shell.bad(&["serve", "--data", "data", "--listen", &other], 1, &["in use by another", "--data DIR"]);
    shell.bad(
        &["serve", "--data", "data2", "--listen", &server.address],
        1,
        &["port", "is taken", &server.address, "--listen"],
    );
    assert!(!shell.path().join("data2").exists(), "a refused start left something behind");
    shell.bad(&["import", "books", "x.json", "--data", "data"], 1, &["x.json"]);
    assert_eq!(server.get("/rest/v1/books?select=id").unwrap().1, r#"[{"id":1}]"#);
    assert_eq!(server.stop(), 0);
    assert_eq!(json(&shell.good(&["export", "books", "--data", "data"]))[0]["title"], "Emma");
}

#[test]
fn serve_refuses_what_is_not_right() {
    let shell = Shell::new();
    shell.bad(&["serve", "--listen", "nowhere"], 2, &["not an address with a port"]);
    shell.bad(&["serve", "--listen", "192.0.2.1:80"], 1, &["192.0.2.1:80"]);
    shell.bad(&["serve", "--schema", "none.graphql"], 1, &["there is no schema at none.graphql"]);
    shell.write("broken.graphql", "type A @model { id: Strin }");
    shell.bad(
        &["serve", "--schema", "broken.graphql", "--data", "d"],
        1,
        &["Strin", "broken.graphql:1:", "backstay check broken.graphql"],
    );
    assert!(!shell.path().join("d").exists(), "a broken schema touched the data folder");

    let run =
        Run::of(&shell.command(&["serve"]).env("BACKSTAY_DATABASE_URL", "postgres://u:hunter2@h/db").output().unwrap());
    assert!(run.code == 1 && run.err.contains("postgres") && !run.err.contains("hunter2"), "{}", run.err);
    let run = Run::of(&shell.command(&["serve"]).env("BACKSTAY_LOG", "no=such=filter").output().unwrap());
    assert!(run.code == 1 && run.err.contains("log.filter"), "{}", run.err);
}

#[test]
fn files_of_others_are_left_alone() {
    let shell = Shell::new();
    for (content, words) in [("some notes", "no SQLite database"), ("", "")] {
        if content.is_empty() {
            continue;
        }
        shell.write("data/backstay.db", content);
        shell.bad(&["serve", "--data", "data"], 1, &["backstay.db", "not a Backstay database", words]);
        assert_eq!(std::fs::read_to_string(shell.path().join("data/backstay.db")).unwrap(), content);
    }
    shell.write("file", "a file where the folder should be");
    shell.bad(&["serve", "--data", "file"], 1, &["file"]);
}

#[test]
fn a_full_or_read_only_disk_is_named() {
    let shell = Shell::new();
    // /dev/full is not a folder, /proc takes no folders: both stand for places that cannot be used.
    shell.bad(&["migrate", "--data", "/proc/backstay", "apply"], 1, &["/proc/backstay", "--data DIR"]);
}

#[test]
fn a_newer_database_is_refused() {
    let shell = Shell::new();
    shell.good(&["migrate", "--data", "data", "apply"]);
    let database = shell.path().join("data/backstay.db");
    let newer = rusqlite::Connection::open(&database).unwrap();
    newer.execute("UPDATE _backstay_meta SET value = '99' WHERE key = 'format'", []).unwrap();
    drop(newer);
    shell.bad(&["serve", "--data", "data"], 1, &["has format 99", "newer"]);
}

#[test]
fn migrations_are_planned_applied_and_told() {
    let shell = Shell::new();
    let plan = shell.good(&["migrate", "--data", "data", "plan"]);
    assert!(plan.contains("CREATE TABLE \"books\"") && plan.starts_with("-- "), "{plan}");
    let status = shell.run(&["migrate", "--data", "data", "status"]);
    assert_eq!((status.code, status.out.as_str()), (1, ""));
    shell.good(&["migrate", "--data", "data", "apply"]);
    assert!(shell.good(&["migrate", "--data", "data", "status"]).contains("books"));
    assert!(shell.good(&["migrate", "--data", "data", "plan"]).contains("nothing to do"));
    assert!(
        shell.good(&["migrate", "plan", "--data", "data"]).contains("nothing to do"),
        "options stand on either side of the step"
    );

    shell.write("books.json", r#"[{"id":1,"title":"Emma","year":1815}]"#);
    shell.good(&["import", "books", "books.json", "--data", "data"]);
    shell.write("schema.graphql", &SCHEMA.replace("  year: Int\n", "  pages: Int\n"));
    shell.bad(&["migrate", "--data", "data", "apply"], 1, &["year", "lose", "--allow-destructive"]);
    shell.bad(
        &["serve", "--data", "data"],
        1,
        &["LOSES DATA", "year", "backstay migrate --schema schema.graphql --data data apply --allow-destructive"],
    );
    shell.bad(&["export", "books", "--data", "data"], 1, &["not what the schema says"]);
    let plan = shell.good(&["migrate", "--data", "data", "plan"]);
    assert!(plan.contains("LOSES DATA") && plan.contains("pages"), "{plan}");

    shell.write("schema.graphql", &SCHEMA.replace("  year: Int\n", "  pages: Int @rename(from: \"year\")\n"));
    shell.good(&["migrate", "--data", "data", "apply"]);
    assert_eq!(json(&shell.good(&["export", "books", "--data", "data"]))[0]["pages"], 1815);
    shell.write("schema.graphql", &SCHEMA.replace("  year: Int\n", ""));
    shell.good(&["migrate", "--data", "data", "apply", "--allow-destructive"]);
    assert!(json(&shell.good(&["export", "books", "--data", "data"]))[0].get("pages").is_none());
}

#[test]
fn import_and_export_go_round() {
    let shell = Shell::new();
    let rows = r#"[{"id":1,"title":"Emma","year":null,"tags":["a","b,c"],"secret":"s"},{"id":2,"title":"Øst \"x\"","year":7,"tags":null,"secret":null}]"#;
    shell.write("books.json", rows);
    shell.good(&["import", "books", "books.json", "--data", "one"]);
    let exported = shell.good(&["export", "Book", "--data", "one"]);
    assert_eq!(json(&exported), json(rows));
    for format in ["csv", "json", "ndjson"] {
        let text = shell.good(&["export", "books", "--data", "one", "--format", format]);
        let name = format!("again.{format}");
        shell.write(&name, &text);
        shell.good(&["import", "books", &name, "--data", format]);
        assert_eq!(json(&shell.good(&["export", "books", "--data", format])), json(rows), "{format}: {text}");
    }
    let piped = std::fs::File::open(shell.path().join("again.ndjson")).unwrap();
    let output = shell
        .command(&["import", "books", "-", "--format", "ndjson", "--data", "piped"])
        .stdin(piped)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", Run::of(&output).err);
    shell.good(&["migrate", "--data", "empty", "apply"]);
    assert_eq!(shell.good(&["export", "books", "--data", "empty", "--format", "csv"]), "id,title,year,tags,secret\n");
}

#[test]
fn import_is_all_or_nothing() {
    let shell = Shell::new();
    shell.write("books.csv", "id,title,year\n1,Emma,1815\n2,X,1\n3,Persuasion,soon\n1,Again,2\n4,Sanditon,\n5\n");
    let reasons = [
        "books.csv:3:",
        "books.csv:4:",
        "soon",
        "books.csv:5:",
        "already exists",
        "books.csv:7: it has 1 cells",
        "nothing was loaded: 4 rows are bad",
        "--skip-bad",
    ];
    shell.bad(&["import", "books", "books.csv", "--data", "data"], 1, &reasons);
    assert_eq!(shell.good(&["export", "books", "--data", "data", "--format", "ndjson"]), "");
    shell.good(&["import", "books", "books.csv", "--data", "data", "--skip-bad"]);
    assert_eq!(shell.good(&["export", "books", "--data", "data", "--format", "ndjson"]).lines().count(), 2);

    shell.write("names.csv", "id,titel\n9,Emma\n");
    shell.bad(&["import", "books", "names.csv", "--data", "data"], 1, &["no field `titel`; did you mean `title`?"]);
    shell.write("cut.json", r#"[{"id":9,"title":"Emma"},"#);
    shell.bad(&["import", "books", "cut.json", "--data", "data"], 1, &["not a JSON array of objects"]);
    shell.bad(&["import", "bookz", "books.csv", "--data", "data"], 2, &["no model `bookz`", "did you mean `books`?"]);
    shell.bad(&["import", "books", "nowhere.csv", "--data", "data"], 1, &["nowhere.csv"]);
    shell.bad(&["import", "books", "schema.graphql", "--data", "data"], 2, &["--format"]);
    shell.bad(&["export", "bookz", "--data", "data"], 2, &["no model `bookz`"]);
    assert_eq!(shell.good(&["export", "books", "--data", "data", "--format", "ndjson"]).lines().count(), 2);
}

#[test]
fn explain_names_rules_and_sql() {
    let shell = Shell::new();
    let shown = shell.good(&["explain", "--as", "anon", "--request", "GET /books?select=title&year=gt.1800"]);
    for part in ["Book (books), READ", "@access for anyone", "field   secret: never", "SELECT", "plan "] {
        assert!(shown.contains(part), "no `{part}` in\n{shown}");
    }
    let refused =
        json(&shell.good(&["explain", "--as", "user:u", "--request", "GET /books?select=secret", "--format", "json"]));
    assert_eq!((&refused["refused"]["status"], &refused["refused"]["body"]["code"]), (&403.into(), &"42501".into()));
    let write =
        shell.good(&["explain", "--as", "service", "--request", "POST /books", "--body", r#"{"id":1,"title":"Emma"}"#]);
    assert!(write.contains("INSERT INTO \"books\""), "{write}");
    shell.bad(&["explain", "--as", "user", "--request", "GET /books"], 2, &["--as user:ID"]);
    shell.bad(&["explain", "--as", "anon", "--request", "books"], 2, &["a method and a path"]);
    assert!(!shell.path().join(".backstay").exists(), "explain touched the data folder");
}

#[test]
fn documents_show_what_a_role_may_see() {
    let shell = Shell::new();
    let openapi = json(&shell.good(&["schema", "openapi", "--role", "anon"]));
    assert!(openapi["openapi"].as_str().unwrap().starts_with("3.1") && !openapi.to_string().contains("secret"));
    assert!(shell.good(&["schema", "openapi"]).contains("secret"));
    let types = shell.good(&["schema", "types", "--lang", "ts", "--role", "anon"]);
    assert!(types.contains("books") && types.contains("title") && !types.contains("secret"), "{types}");
    assert!(shell.good(&["schema", "sdl"]).contains("type Book"));
    assert!(shell.good(&["schema", "directives"]).contains("directive @model"));
    shell.bad(&["schema", "openapi", "--schema", "none.graphql"], 1, &["none.graphql"]);
}

#[test]
fn no_door_names_tables_of_our_own() {
    let shell = Shell::new();
    let server = Server::start(&shell, &["serve", "--schema", "schema.graphql", "--data", "data"]);
    let service = key(&shell, "data", "service");
    let system = backstay_schema::system();
    let documents = [
        shell.good(&["schema", "openapi"]),
        shell.good(&["schema", "sdl"]),
        shell.good(&["schema", "types", "--lang", "ts"]),
        server.request("GET", "/openapi.json", &service, "").unwrap().1,
    ];
    for model in &system.models {
        let table = model.table.as_str();
        let path = format!("/rest/v1/{table}");
        let embed = format!("/rest/v1/books?select=*,{table}(*)");
        let transaction = format!(r#"[{{"method":"GET","path":"/{table}"}}]"#);
        for (method, path, body, status) in [
            ("GET", path.as_str(), "", 404),
            ("POST", &path, "{}", 404),
            ("PATCH", &path, "{}", 404),
            ("DELETE", &path, "", 404),
            ("GET", &embed, "", 400),
            ("POST", "/rest/v1/", &transaction, 404),
            ("POST", &format!("/rest/v1/rpc/{table}"), "{}", 404),
        ] {
            let found = server.request(method, path, &service, body).unwrap();
            assert_eq!(found.0, status, "{method} {path} {body}: {}", found.1);
        }
        for document in &documents {
            assert!(!document.contains(table), "{table} is in {document}");
        }
    }
    assert_eq!(server.stop(), 0);
    shell.bad(&["export", "auth_users", "--data", "data"], 2, &["no model `auth_users`"]);
    shell.write("rows.json", "[]");
    shell.bad(&["import", "auth_users", "rows.json", "--data", "data"], 2, &["no model `auth_users`"]);
    let shown = shell.good(&["explain", "--as", "service", "--request", "GET /auth_users"]);
    assert!(shown.contains("PGRST205") && !shown.contains("SELECT"), "{shown}");
    shell.write("taken.graphql", "type AuthUser @model @access(ops: [ALL]) { a: Int }");
    shell.bad(&["check", "taken.graphql"], 1, &["reserved-table-name", "app_auth_users"]);
}

#[test]
fn dev_follows_the_schema() {
    let shell = Shell::new();
    shell.write("backstay.toml", "[dev]\nseed = \"rows\"\n");
    shell.write("rows/1-books.json", r#"[{"id":1,"title":"Emma","year":1815}]"#);
    let server = Server::start(&shell, &["dev"]);
    let url = format!("http://{}/rest/v1", server.address);
    server.wait_for(&url);
    server.wait_for(&format!("http://{}/graphql", server.address));
    server.wait_for("service key");
    server.wait_for(&format!("curl '{url}/books"));
    assert_eq!(server.get("/rest/v1/books?select=year").unwrap().1, r#"[{"year":1815}]"#);

    shell.write("schema.graphql", &SCHEMA.replace("year: Int\n", "year: Int\n  pages: Int @default(value: 3)\n"));
    server.wait_for("in use");
    assert_eq!(server.get("/rest/v1/books?select=year,pages").unwrap().0, 200);

    shell.write("schema.graphql", "type Book @model { title: Strin }");
    server.wait_for("Strin");
    server.wait_for("the one before goes on serving");
    assert_eq!(server.get("/rest/v1/books?select=year,pages").unwrap().0, 200);

    shell.write("schema.graphql", &SCHEMA.replace("  year: Int\n", "  pages: Int @default(value: 3)\n"));
    server.wait_for("LOSES DATA");
    server.wait_for("the one before goes on serving");
    assert_eq!(server.get("/rest/v1/books?select=year").unwrap().1, r#"[{"year":1815}]"#);
    assert_eq!(server.stop(), 0);

    let server = Server::start(&shell, &["dev", "--allow-destructive"]);
    assert_eq!(server.get("/rest/v1/books?select=year").unwrap().0, 400);
    assert_eq!(server.stop(), 0);
    shell.bad(&["dev", "nowhere"], 2, &["nowhere is not a folder", "backstay init nowhere"]);
    shell.bad(&["dev", "schema.graphql"], 2, &["backstay dev --schema schema.graphql"]);
}

#[test]
fn the_examples_work() {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
    let shell = Shell::empty();
    let movies = examples.join("movies");
    let text = |path: std::path::PathBuf| path.display().to_string();
    let schema = text(movies.join("schema.graphql"));
    shell.good(&["import", "movies", &text(movies.join("sample.ndjson")), "--schema", &schema, "--data", "movies"]);
    let rows = shell.good(&["export", "movies", "--schema", &schema, "--data", "movies", "--format", "ndjson"]);
    assert_eq!(rows.lines().count(), 22);

    let portal = examples.join("learning-portal");
    let server = Server::start(&shell, &["dev", &text(portal), "--data", "portal"]);
    assert!(server.get("/rest/v1/courses?select=slug&order=slug&limit=1").unwrap().1.contains("databases"));
    assert_eq!(server.get("/rest/v1/courses?select=staffNotes").unwrap().0, 401);
    assert_eq!(server.get("/rest/v1/learners").unwrap().0, 401);
    let service = key(&shell, "portal", "service");
    let (status, body) = server.request("GET", "/rest/v1/rpc/courseStatistics?minLearners=4", &service, "").unwrap();
    assert_eq!((status, body.as_str()), (200, r#"[{"course":"Linear algebra","learners":4,"meanProgress":63.75}]"#));
}
