//! The binary from outside: every command's happy path and its bad input. Runs the built program in a folder of its own.

use serde_json::Value;
use std::path::Path;
use std::process::{Command, Output};
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
    for command in
        ["init", "dev", "serve", "check", "migrate", "keys", "token", "import", "export", "explain", "schema", "config"]
    {
        assert!(help.contains(&format!("  {command} ")), "{command} is not in the help");
        let own = shell.good(&[command, "--help"]);
        assert!(own.contains("backstay ") && own.contains("Usage:"), "{own}");
    }
    shell.bad(&["srve"], 2, &["unrecognized subcommand", "serve"]);
    shell.bad(&["serve", "--prot", "1"], 2, &["unexpected argument '--prot'"]);
    shell.bad(&[], 2, &["Start here:"]);
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
fn check_shows_every_mistake() {
    let shell = Shell::new();
    assert_eq!(shell.good(&["check"]), "");
    let found = json(&shell.good(&["check", "--format", "json"]));
    assert_eq!((&found["errors"], &found["diagnostics"]), (&Value::from(0), &Value::Array(Vec::new())));

    shell.write("broken.graphql", "type A @modell {\n  name: Strng\n}\n");
    shell.bad(
        &["check", "broken.graphql"],
        1,
        &["broken.graphql:1:9", "@model", "broken.graphql:2:9", "Strng", "help:"],
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
