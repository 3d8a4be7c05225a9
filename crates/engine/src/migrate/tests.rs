//! Schemas one after the other on one database with rows.

use super::{MigrateError, Outcome, Permission, apply, plan, status};
use crate::Engine;
use crate::store::conformance::{Who, insert, read, schema, show, sqlite};
use crate::store::sqlite::Settings;
use backstay_schema::diff::Catalog;
use serde_json::json;
use std::sync::Arc;

const FIRST: &str = r#"
type Author @model(table: "authors") @access(ops: [ALL]) {
  id: Int! @id(auto: INCREMENT)
  name: String!
  age: Int
  books: [Book!]
}
type Book @model(table: "books") @access(ops: [ALL]) @searchable(fields: ["title"]) {
  id: Int! @id(auto: INCREMENT)
  title: String!
  authorId: Int
  author: Author @relation(fields: ["authorId"], onDelete: CASCADE)
}
"#;

/// Brings the database to `text` and says how: the changes, what is lost, and what happened.
async fn to(engine: &Engine, text: &str, permission: Permission) -> String {
    let schema = schema(text);
    let plan = plan(engine, Arc::clone(&schema)).await.unwrap();
    let words: Vec<String> = plan.changes.iter().map(|change| change.text.clone()).collect();
    let outcome = match apply(engine, plan, permission).await {
        Ok(Outcome::NothingToDo) => "nothing to do".to_owned(),
        Ok(Outcome::Applied(id)) => {
            engine.swap_schema(schema).unwrap();
            format!("applied {id}")
        }
        Err(MigrateError::Destructive { losses }) => format!("refused: {}", losses.join("; ")),
        Err(error) => format!("failed: {error}"),
    };
    format!("{} => {outcome}", words.join(", "))
}

#[tokio::test]
async fn a_database_follows_its_schema() {
    let dir = tempfile::tempdir().unwrap();
    let engine = sqlite(dir.path(), FIRST, Settings::default()).await;
    let anyone = Who::anyone();
    let run = |request| {
        let (engine, anyone) = (engine.clone(), anyone.clone());
        async move { show(engine.run(&request, &anyone).await) }
    };
    let authors = json!([{"name": "Ann", "age": 40}, {"name": "Ben", "age": null}]);
    assert_eq!(run(insert("authors", &authors, "")).await, "2/2 ");
    assert_eq!(run(insert("books", &json!([{"title": "One", "authorId": 1}]), "")).await, "1/1 ");

    assert_eq!(to(&engine, FIRST, Permission::AdditiveOnly).await, " => nothing to do");
    let second = FIRST.replace("  age: Int\n", "  age: Int\n  born: Date\n");
    assert_eq!(to(&engine, &second, Permission::AdditiveOnly).await, "add column authors.born => applied 2");
    assert_eq!(run(read("authors", "id,born", "id=1")).await, r#"0/0 [{"id":1,"born":null}]"#);

    // Dropping needs permission; the rebuild keeps rows, references and the next number.
    let third = second.replace("  age: Int\n", "");
    let refused = to(&engine, &third, Permission::AdditiveOnly).await;
    assert!(refused.contains("=> refused: "), "{refused}");
    assert_eq!(run(read("authors", "age", "id=1")).await, r#"0/0 [{"age":40}]"#);
    let applied = to(&engine, &third, Permission::Destructive).await;
    assert!(applied.ends_with("=> applied 3"), "{applied}");
    assert_eq!(run(read("books", "title,authorId", "")).await, r#"0/0 [{"title":"One","authorId":1}]"#);
    assert_eq!(
        run(insert("authors", &json!([{"name": "Cid"}]), "id,name,born")).await,
        r#"1/1 [{"id":3,"name":"Cid","born":null}]"#
    );

    let fourth =
        third.replace("  name: String!\n", "  title: String! @rename(from: \"name\") @default(value: \"?\")\n");
    let applied = to(&engine, &fourth, Permission::AdditiveOnly).await;
    assert!(applied.ends_with("=> applied 4"), "{applied}");
    assert_eq!(run(read("authors", "title", "id=2")).await, r#"0/0 [{"title":"Ben"}]"#);

    let history = status(&engine).await.unwrap();
    assert_eq!(history.iter().map(|applied| applied.id).collect::<Vec<_>>(), [1, 2, 3, 4]);
}

#[tokio::test]
async fn a_database_from_before_sign_in_gains_its_tables_and_keeps_its_rows() {
    let dir = tempfile::tempdir().unwrap();
    let engine = sqlite(dir.path(), FIRST, Settings::default()).await;
    let anyone = Who::anyone();
    engine.run(&insert("authors", &json!([{"name": "Ann"}]), ""), &anyone).await.unwrap();
    // What such a database was: no tables of ours, and a catalogue that does not know of them.
    let catalog = serde_json::to_string(&Catalog::of(&schema(FIRST))).unwrap();
    let undo = move |link: &mut crate::store::sqlite::Link| {
        link.conn.pragma_update(None, "foreign_keys", false).unwrap();
        for model in &backstay_schema::system().models {
            link.conn.execute(&format!("DROP TABLE {}", model.table), []).unwrap();
        }
        link.conn.execute("UPDATE _backstay_migrations SET catalog = ?1", [catalog]).unwrap();
        link.conn.pragma_update(None, "foreign_keys", true).unwrap();
    };
    engine.inner().store.sqlite().alone(undo).await.unwrap();
    assert_eq!(to(&engine, FIRST, Permission::AdditiveOnly).await, "create the sign-in and mail tables => applied 2");
    assert_eq!(to(&engine, FIRST, Permission::AdditiveOnly).await, " => nothing to do");
    assert_eq!(show(engine.run(&read("authors", "name", ""), &anyone).await), r#"0/0 [{"name":"Ann"}]"#);
    engine.ask(crate::ask::insert("auth_users").set("email", "a@b.c")).await.unwrap();
}

#[tokio::test]
async fn starting_twice_applies_once() {
    let dir = tempfile::tempdir().unwrap();
    let engine = sqlite(dir.path(), FIRST, Settings::default()).await;
    let second = schema(&FIRST.replace("age: Int", "age: Int\n  born: Date"));
    let (one, other) = (plan(&engine, Arc::clone(&second)).await.unwrap(), plan(&engine, second).await.unwrap());
    let (one, other) =
        tokio::join!(apply(&engine, one, Permission::AdditiveOnly), apply(&engine, other, Permission::AdditiveOnly));
    assert_eq!((one.unwrap(), other.unwrap()), (Outcome::Applied(2), Outcome::NothingToDo));
}
