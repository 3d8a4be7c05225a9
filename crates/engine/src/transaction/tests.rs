//! Several requests together: all or none, later ones with results of earlier ones.

use crate::engine::Engine;
use crate::fault::Failure;
use crate::store::conformance::{Who, insert, read, show, sqlite};
use crate::store::sqlite::Settings;
use backstay_plan::limits::Limits;
use backstay_plan::{Principal, Request};
use serde_json::{Value, json};

const SCHEMA: &str = r#"
type Author @model(table: "authors") @access(ops: [ALL]) { id: Int! @id(auto: INCREMENT) name: String! @unique }
type Book @model(table: "books") @access(ops: [ALL]) {
  id: Int! @id(auto: INCREMENT)
  title: String! @length(max: 20)
  author_id: Int
  author: Author @relation(fields: ["author_id"], references: ["id"])
}"#;

fn add(relation: &str, rows: &Value) -> Request {
    insert(relation, rows, "*")
}

/// What the requests come to together, or what failed.
async fn together(engine: &Engine, requests: Vec<Request>, rollback: bool) -> String {
    let who: Principal = Who::anyone();
    let requests = requests.into_iter().map(|request| (request, who.clone())).collect();
    match engine.run_together(requests, rollback).await {
        Ok(answers) => answers.into_iter().map(|answer| show(Ok(answer))).collect::<Vec<_>>().join("; "),
        Err(Failure::InTransaction { index, failure }) => format!("{index}: {}", show(Err(*failure))),
        Err(other) => other.to_string(),
    }
}

#[tokio::test]
async fn all_or_none() {
    let dir = tempfile::tempdir().unwrap();
    let engine = sqlite(dir.path(), SCHEMA, Settings::default()).await;
    let ana = || add("authors", &json!([{"name": "Ana"}]));
    let by_first = || add("books", &json!([{"title": "One", "author_id": {"$ref": "0.0.id"}}]));
    let many = json!((0..10_001).map(|n| json!({"name": n.to_string()})).collect::<Vec<_>>());
    let too_many = Limits::default().transaction_operations_max + 1;
    let rows = [
        (vec![ana(), by_first()], true, r#"1/1 [{"id":1,"name":"Ana"}]; 1/1 [{"id":1,"title":"One","author_id":1}]"#),
        (vec![ana(), by_first(), ana()], false, "2: unique authors_name_key (name)=(Ana)"),
        (
            vec![ana(), add("books", &json!([{"title": "One", "author_id": 9}])), ana()],
            false,
            "1: books books_author_id_fkey misses authors (author_id)=(9)",
        ),
        (vec![ana(), add("books", &json!([{"title": {"$ref": "0.0.id.x"}}]))], false, "1: reference 0.0.id.x: The"),
        (vec![ana(), add("books", &json!([{"title": {"$ref": "1.0.id"}}]))], false, "1: reference 1.0.id: It must"),
        (vec![ana(), add("books", &json!([{"author_id": {"$ref": "0.0.name"}, "title": "x"}]))], false, "1: invalid"),
        (vec![ana(), read("nothing", "*", "")], false, "1: "),
        (vec![ana(), add("authors", &many)], false, "1: "),
        (vec![ana(); usize::from(too_many)], false, ""),
        (vec![], false, ""),
    ];
    for (requests, rollback, expected) in rows {
        let found = together(&engine, requests, rollback).await;
        assert!(found.starts_with(expected), "{found} is not {expected}");
        assert_eq!(show(engine.run(&read("authors", "*", ""), &Who::anyone()).await), "0/0 []");
    }
    let kept = together(&engine, vec![ana(), by_first(), read("books", "title", "author_id=$0.0.id")], false).await;
    assert_eq!(
        kept,
        r#"1/1 [{"id":1,"name":"Ana"}]; 1/1 [{"id":1,"title":"One","author_id":1}]; 0/0 [{"title":"One"}]"#
    );
    let read_back = engine.run(&read("books", "title", "author_id=1"), &Who::anyone()).await;
    assert_eq!(show(read_back), r#"0/0 [{"title":"One"}]"#);
}

#[tokio::test]
async fn neighbours_are_not_hurt() {
    let dir = tempfile::tempdir().unwrap();
    let engine = sqlite(dir.path(), SCHEMA, Settings::default()).await;
    let failing = vec![add("authors", &json!([{"name": "X"}])), add("authors", &json!([{"name": "X"}]))];
    let (first, failed, last) = tokio::join!(
        async { engine.run(&add("authors", &json!([{"name": "A"}])), &Who::anyone()).await },
        together(&engine, failing, false),
        async { engine.run(&add("authors", &json!([{"name": "B"}])), &Who::anyone()).await },
    );
    assert!(first.is_ok() && last.is_ok());
    assert!(failed.starts_with("1: unique authors_name_key"), "{failed}");
    assert_eq!(
        show(engine.run(&read("authors", "name", ""), &Who::anyone()).await),
        r#"0/0 [{"name":"A"},{"name":"B"}]"#
    );
}
