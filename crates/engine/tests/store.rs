//! Whole requests against a database file.

use backstay_engine::migrate::{self, Permission};
use backstay_engine::{Answer, Engine, Failure, OpenOptions};
use backstay_plan::principal::RoleSet;
use backstay_plan::request::*;
use backstay_plan::{Principal, Request};
use backstay_schema::Source;
use std::sync::Arc;

const SCHEMA: &str = r#"
type Author @model(table: "authors") @access(ops: [ALL]) {
  id: Int! @id(auto: INCREMENT)
  name: String! @unique @length(max: 20)
  born: Date
  books: [Book!]
}

type Book @model(table: "books") @access(ops: [ALL]) {
  id: Int! @id(auto: INCREMENT)
  title: String!
  price: Decimal
  author: Author @relation(onDelete: RESTRICT)
}
"#;

fn schema(text: &str) -> Arc<backstay_schema::Schema> {
    let parsed = backstay_schema::parse(&[Source { name: "test".into(), text: text.into() }]);
    Arc::new(parsed.schema.unwrap_or_else(|| panic!("{:#?}", parsed.diagnostics)))
}

async fn open(dir: &std::path::Path, text: &str) -> Engine {
    let schema = schema(text);
    let engine = Engine::open(Arc::clone(&schema), OpenOptions::new(dir.join("data.db"))).unwrap();
    let plan = migrate::plan(&engine, schema).await.unwrap();
    migrate::apply(&engine, plan, Permission::AdditiveOnly).await.unwrap();
    engine
}

fn insert(relation: &str, columns: &[&str], rows: &[&[&str]], returning: bool) -> Request {
    let cells = |row: &&[&str]| row.iter().map(|cell| Cell::Json((*cell).into())).collect();
    let returning = returning.then(|| Level { items: vec![Item::All], ..Level::default() });
    Request {
        action: Action::Insert(Insert {
            relation: relation.into(),
            columns: columns.iter().map(|c| (*c).into()).collect(),
            rows: Slot(0),
            absent: Absent::Default,
            conflict: None,
            returning,
        }),
        inputs: vec![Input::Rows(rows.iter().map(cells).collect())],
        guards: Guards::default(),
    }
}

fn read(relation: &str) -> Request {
    let level = Level { items: vec![Item::All], ..Level::default() };
    Request {
        action: Action::Read(Read { relation: relation.into(), level, total: true }),
        inputs: vec![],
        guards: Guards::default(),
    }
}

fn body(answer: &Answer) -> &str {
    std::str::from_utf8(&answer.body).unwrap()
}

#[tokio::test]
async fn rows_go_in_and_come_out() {
    let dir = tempfile::tempdir().unwrap();
    let engine = open(dir.path(), SCHEMA).await;
    let anyone = Principal::with_roles(RoleSet::anonymous());
    let request = insert("authors", &["name", "born"], &[&["\"Ann\"", "\"1970-01-02\""], &["\"Ben\"", "null"]], true);
    let answer = engine.run(&request, &anyone).await.unwrap();
    assert_eq!(body(&answer), r#"[{"id":1,"name":"Ann","born":"1970-01-02"},{"id":2,"name":"Ben","born":null}]"#);
    assert_eq!((answer.rows, answer.affected, answer.inserted), (2, 2, 2));
    let answer = engine.run(&read("authors"), &anyone).await.unwrap();
    assert_eq!((answer.rows, answer.total), (2, Some(2)));
    let error = engine.run(&insert("authors", &["name"], &[&["\"Ann\""]], false), &anyone).await.unwrap_err();
    assert!(
        matches!(&error, Failure::Unique { constraint, key: Some(key) } if constraint == "authors_name_key" && key.values == ["Ann"]),
        "{error:?}"
    );
    let error =
        engine.run(&insert("books", &["title", "authorId"], &[&["\"T\"", "9"]], false), &anyone).await.unwrap_err();
    assert!(
        matches!(&error, Failure::ForeignKeyMissing { constraint, key: Some(key), .. } if constraint == "books_authorId_fkey" && key.values == ["9"]),
        "{error:?}"
    );
}
