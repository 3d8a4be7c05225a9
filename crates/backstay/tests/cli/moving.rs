//! `backstay move` from outside, between files: what is refused, what is printed. Other databases: `cargo xtask assure move`.

use super::{Shell, json};

#[test]
fn a_move_takes_all_and_changes_nothing_when_it_is_refused() {
    let shell = Shell::new();
    shell.write("rows.json", r#"[{"id":1,"title":"Emma","tags":["a"]},{"id":2,"title":"Persuasion","secret":"x"}]"#);
    shell.good(&["import", "books", "rows.json", "--data", "data"]);
    shell.good(&["users", "create", "ana@example.com", "--data", "data"]);
    let from = "sqlite:data/backstay.db";
    let go = |from: &'static str, to: &'static str| ["move", "--from", from, "--to", to, "--data", "data"];
    shell.bad(&go(from, from), 2, &["the same database"]);
    shell.bad(&go(from, "sqlite:./data/../data/backstay.db"), 2, &["the same database"]);
    shell.bad(&go("sqlite:none.db", "sqlite:copy.db"), 1, &["there is no database at none.db"]);
    shell.bad(&go(from, "oracle:x"), 1, &["--to is not the address of a database"]);
    shell.bad(&go("postgres://nobody", from), 1, &["--from cannot be used"]);
    assert!(!shell.path().join("none.db").exists() && !shell.path().join("copy.db").exists());

    let moved =
        json(&shell.good(&["move", "--from", from, "--to", "sqlite:copy.db", "--data", "data", "--format", "json"]));
    assert_eq!(moved["resumed"], false);
    let tables = moved["tables"].as_array().unwrap();
    let rows = |name: &str| tables.iter().find(|table| table["table"] == name).map(|table| table["rows"].clone());
    assert_eq!((rows("books"), rows("auth_users")), (Some(2.into()), Some(1.into())));
    assert_eq!(moved["not_moved"], serde_json::json!(["keys.json"]));
    let export = |url: &str| {
        let output = shell.command(&["export", "books", "--data", "data"]).env("BACKSTAY_DATABASE_URL", url).output();
        String::from_utf8(output.unwrap().stdout).unwrap()
    };
    assert_eq!(export("sqlite:copy.db"), export(from));
    shell.bad(&go(from, "sqlite:copy.db"), 1, &["holds rows", "an empty database"]);

    shell.write("schema.graphql", "type Other @model @access(ops: [READ]) { id: ID! @id }");
    shell.bad(&go(from, "sqlite:new.db"), 1, &["is not what the schema says", "nothing was moved"]);
    assert!(!shell.path().join("new.db").exists());
}
