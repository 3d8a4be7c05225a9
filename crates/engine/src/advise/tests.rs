//! What schemas and requests ask for: the line of each index that is missing, and what the engine records.

use super::*;
use crate::store::conformance::{Who, insert, read, schema, sqlite, update};
use crate::store::sqlite::Settings;
use serde_json::json;

#[track_caller]
fn check(text: &str, recorded: &[(Need, u64)], expected: &[&str]) {
    let found = missing(&schema(text), &recorded.iter().cloned().collect());
    let lines: Vec<String> = found.iter().map(|one| format!("{} {}", one.model, one.directive())).collect();
    assert_eq!(lines, expected, "{text}");
}

fn note(directives: &str, fields: &str) -> String {
    format!(
        "type Note @model(table: \"notes\") {directives} {{ id: ID! @id ownerId: String n: Int at: DateTime {fields} }}"
    )
}

fn need(equal: &[&str], range: Option<&str>, order: &[(&str, bool)]) -> Need {
    Need {
        relation: "notes".to_owned(),
        equal: equal.iter().map(|name| (*name).to_owned()).collect(),
        range: range.map(str::to_owned),
        order: order.iter().map(|(name, down)| ((*name).to_owned(), *down)).collect(),
    }
}

#[test]
fn rules() {
    let owner = "Note @index(fields: [\"ownerId\"])";
    let when = |rule: &str| format!("@access(ops: [READ], when: \"{rule}\")");
    for (rule, expected) in [
        ("ownerId == auth.uid", &[owner][..]),
        ("auth.uid == ownerId", &[owner]),
        ("ownerId == auth.uid && n > 3", &[owner]),
        ("ownerId == auth.uid || n == 3", &[owner]),
        ("(ownerId == auth.uid || n == 3) && n != 4", &[owner]),
        // A constant is in many rows.
        ("ownerId == auth.claims.org && n == 3", &[owner]),
        // Nobody says which.
        ("n == 3", &[]),
        ("n > 3", &[]),
        ("!(ownerId == auth.uid)", &[]),
        ("ownerId.startsWith('a')", &[]),
        ("id == auth.uid", &[]),
    ] {
        check(&note(&when(rule), ""), &[], expected);
    }
    check(&note(&when("ownerId == auth.uid"), "").replace("ownerId: String", "ownerId: String @index"), &[], &[]);
    check(&note("@access(ops: [CREATE], when: \"ownerId == auth.uid\")", ""), &[], &[]);
}

#[test]
fn relations() {
    let team = r#"
type Team @model(table: "teams") @access(ops: [READ], when: "members.exists(m, m.userId == auth.uid)") {
  id: Int! @id
  members: [Member!]! @hasMany
}
type Member @model(table: "members") { id: Int! @id userId: String! team: Team! @belongsTo }"#;
    check(team, &[], &["Member @index(fields: [\"teamId\", \"userId\"])"]);
    // Tables that we make have an index of each foreign key, others may not.
    let theirs = team.replace("when: \"members.exists(m, m.userId == auth.uid)\"", "when: \"true\"");
    check(&theirs, &[], &[]);
    check(
        &theirs.replace("\"members\")", "\"members\", managed: false)"),
        &[],
        &["Member @index(fields: [\"teamId\"])"],
    );
}

#[test]
fn recorded_shapes() {
    let text = note("@access(ops: [READ])", "done: Boolean data: JSON tags: [String!]");
    check(&text, &[(need(&["n"], None, &[]), 1)], &["Note @index(fields: [\"n\"])"]);
    check(&text, &[(need(&["n"], None, &[("at", true)]), 1)], &["Note @index(fields: [\"n\", \"at desc\"])"]);
    check(&text, &[(need(&["n"], Some("at"), &[]), 1)], &["Note @index(fields: [\"n\", \"at\"])"]);
    check(&text, &[(need(&[], None, &[("at", true)]), 1)], &["Note @index(fields: [\"at desc\"])"]);
    // A longer one serves a shorter one too, and those that are asked for more come first.
    check(
        &text,
        &[(need(&["n"], None, &[]), 1), (need(&["n"], None, &[("at", false)]), 2), (need(&["ownerId"], None, &[]), 9)],
        &["Note @index(fields: [\"ownerId\"])", "Note @index(fields: [\"n\", \"at\"])"],
    );
    // What no index holds, or the schema no longer has.
    check(
        &text,
        &[(need(&["data"], None, &[]), 1), (need(&["gone"], None, &[]), 1), (need(&["tags"], None, &[]), 1)],
        &[],
    );
    for (index, order) in [("n\", \"at", ("at", false)), ("n\", \"at", ("at", true)), ("n\", \"at desc", ("at", false))]
    {
        let indexed =
            text.replace("@access(ops: [READ])", &format!("@access(ops: [READ]) @index(fields: [\"{index}\"])"));
        check(&indexed, &[(need(&["n"], None, &[order]), 1), (need(&["n"], None, &[]), 1)], &[]);
    }
    let unique = text.replace("@access(ops: [READ])", "@access(ops: [READ]) @unique(fields: [\"n\"])");
    check(&unique, &[(need(&["n", "ownerId"], None, &[("at", true)]), 1)], &[]);
}

const SERVED: &str = r#"
type Author @model(table: "authors") @access(ops: [ALL]) { id: Int! @id name: String! books: [Book!]! @hasMany }
type Book @model(table: "books") @access(ops: [ALL], when: "ownerId == auth.uid") {
  id: Int! @id
  title: String!
  ownerId: String
  author: Author @belongsTo
}"#;

#[tokio::test]
async fn requests_are_counted_by_what_they_look_for() {
    let dir = tempfile::tempdir().unwrap();
    let engine = sqlite(dir.path(), SERVED, Settings::default()).await;
    let ana = Who::user("ana");
    for title in ["a", "b", "c"] {
        engine.run(&read("books", "id", &format!("title={title}")), &ana).await.unwrap();
    }
    engine.run(&read("books", "id", "id=1"), &ana).await.unwrap();
    engine.run(&read("authors", "id", "name=x"), &ana).await.unwrap();
    engine.run(&update("authors", &json!({"name": "y"}), "name=x", "id"), &ana).await.unwrap();
    let of = |relation: &str, fields: &[&str]| Need {
        relation: relation.to_owned(),
        equal: fields.iter().map(|name| (*name).to_owned()).collect(),
        range: None,
        order: Vec::new(),
    };
    let expected = Recorded::from([(of("books", &["ownerId", "title"]), 3), (of("authors", &["name"]), 2)]);
    assert_eq!(engine.needs(), expected);
    assert_eq!(engine.needs(), Recorded::new());
}

#[tokio::test]
async fn a_copy_of_a_file_is_tried() {
    let dir = tempfile::tempdir().unwrap();
    let engine = sqlite(dir.path(), SERVED, Settings::default()).await;
    let rows: Vec<_> = (0..900).map(|id| json!({"id": id, "name": format!("n{}", id % 300)})).collect();
    engine.run(&insert("authors", &json!(rows), ""), &Who::service()).await.unwrap();
    let need = Need { relation: "authors".into(), equal: vec!["name".into()], range: None, order: Vec::new() };
    let schema = schema(SERVED);
    let found = missing(&schema, &Recorded::from([(need, 1)]));
    let trials: Vec<Trial> = found.iter().filter_map(|one| Trial::of(&schema, one)).collect();
    let at = found.iter().position(|one| one.model == "Author").unwrap();
    let copy = dir.path().join("copy.db");
    let look = crate::look::Look::live(&dir.path().join("data.db")).unwrap();
    look.copy(&copy, &mut |_| std::ops::ControlFlow::Continue(())).unwrap();
    let weighed = crate::look::weigh(&copy, &trials).unwrap().remove(at).unwrap();
    assert_eq!((weighed.rows, weighed.whole), (900, true));
    assert!(weighed.before.plan[0].starts_with("SCAN authors"), "{weighed:?}");
    assert!(weighed.after.plan[0].contains("INDEX bs_advised_idx (name=?)"), "{weighed:?}");
    engine.close();
}
