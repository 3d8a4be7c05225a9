//! The cases: requests one after the other on one database, each with its outcome.

use super::{Who, delete, expect, insert, read, update, upsert};
use crate::Engine;
use backstay_plan::request::{Guards, Request, Resolution};
use backstay_schema::model::Dialect;
use serde_json::{Value, json};

/// Readers, books and the loans between them.
pub(crate) const LIBRARY: &str = r#"
type Author @model(table: "authors") @access(ops: [ALL]) {
  id: Int! @id(auto: INCREMENT)
  name: String! @unique @length(max: 20)
  mentorId: Int
  mentor: Author @relation(fields: ["mentorId"], onDelete: NO_ACTION)
}

type Book @model(table: "books") @access(ops: [ALL]) @check(expr: "pages > 0", message: "a book has pages") {
  id: Int! @id(auto: INCREMENT)
  title: String!
  pages: Int
  authorId: Int
  author: Author @relation(fields: ["authorId"], onDelete: RESTRICT)
}

type Loan @model(table: "loans") @access(ops: [ALL]) {
  id: Int! @id(auto: INCREMENT)
  bookId: Int!
  book: Book @relation(fields: ["bookId"], onDelete: CASCADE)
}

type Fine @model(table: "fines") @access(ops: [ALL]) {
  id: Int! @id(auto: INCREMENT)
  loanId: Int!
  loan: Loan @relation(fields: ["loanId"], onDelete: NO_ACTION)
}

type Diary @model(table: "diaries")
  @access(ops: [CREATE])
  @access(ops: [READ], when: "ownerId == auth.uid") {
  id: Int! @id(auto: INCREMENT)
  ownerId: String!
  code: String @unique
  hidden: String @unique @readable(roles: ["admin"])
}
"#;

/// Boxes with things in them, of which only some are seen.
pub(crate) const BOXES: &str = r#"
type Box @model(table: "boxes")
  @access(ops: [CREATE, UPDATE], check: "open == true")
  @access(ops: [READ], when: "open == true") {
  id: Int! @id(auto: NONE)
  open: Boolean!
  things: [Thing!]
}

type Thing @model(table: "things")
  @access(ops: [READ], when: "shown == true")
  @access(ops: [CREATE, UPDATE], check: "shown == true && box.open == true") {
  id: Int! @id(auto: NONE)
  shown: Boolean!
  boxId: Int
  box: Box @relation(fields: ["boxId"])
  insideId: Int
  inside: Thing @relation(name: "inside", fields: ["insideId"])
  holds: [Thing!] @relation(name: "inside")
}
"#;

/// One column of each type.
pub(crate) const TYPES: &str = r#"
enum Mood { calm wild }
type Thing @model(table: "things") @access(ops: [ALL]) {
  id: UUID! @id
  int: Int
  big: BigInt
  float: Float
  decimal: Decimal
  yes: Boolean
  text: String
  at: DateTime
  day: Date
  time: Time
  bytes: Bytes
  json: JSON
  tags: [String!]
  mood: Mood
}
"#;

async fn run(engine: &Engine, rows: &[(Request, &str)]) {
    for (request, expected) in rows {
        expect(engine.run(request, &Who::anyone()).await, expected);
    }
}

async fn seed(engine: &Engine) {
    run(engine, &[
        (insert("authors", &json!([{"name": "Ann"}, {"name": "Ben"}]), ""), "2/2 "),
        (insert("books", &json!([{"title": "One", "pages": 1, "authorId": 1}, {"title": "Two", "pages": 2, "authorId": null}]), ""), "2/2 "),
    ])
    .await;
}

/// Rows go in, are changed, are removed, and come out in key order.
pub(crate) async fn rows(engine: &Engine) {
    seed(engine).await;
    run(
        engine,
        &[
            (
                read("authors", "*", ""),
                r#"0/0 [{"id":1,"name":"Ann","mentorId":null},{"id":2,"name":"Ben","mentorId":null}]"#,
            ),
            (read("authors", "name", "id=2"), r#"0/0 [{"name":"Ben"}]"#),
            (read("authors", "name", "id=9"), "0/0 []"),
            (
                insert("authors", &json!([{"name": "Cid", "mentorId": 1}]), "id,mentorId"),
                r#"1/1 [{"id":3,"mentorId":1}]"#,
            ),
            (update("authors", &json!({"name": "Dan"}), "id=3", "*"), r#"1/0 [{"id":3,"name":"Dan","mentorId":1}]"#),
            (update("authors", &json!({"mentorId": null}), "", ""), "3/0 "),
            (update("authors", &json!({"name": "X"}), "id=9", "*"), "0/0 []"),
            (delete("authors", "id=3", "name"), r#"1/0 [{"name":"Dan"}]"#),
            (delete("authors", "id=3", ""), "0/0 "),
            (insert("authors", &json!([]), "*"), "0/0 []"),
        ],
    )
    .await;
}

/// Violations are named, and nothing of the request is kept.
pub(crate) async fn constraints(engine: &Engine) {
    seed(engine).await;
    run(
        engine,
        &[
            (insert("authors", &json!([{"name": "New"}, {"name": "Ann"}]), ""), "unique authors_name_key (name)=(Ann)"),
            (insert("authors", &json!([{"id": 1, "name": "New"}]), ""), "unique authors_pkey (id)=(1)"),
            (
                insert("authors", &json!([{"name": "Twin"}, {"name": "Twin"}]), ""),
                "unique authors_name_key (name)=(Twin)",
            ),
            (update("authors", &json!({"name": "Ann"}), "id=2", ""), "unique authors_name_key (name)=(Ann)"),
            (insert("authors", &json!([{"name": null}]), ""), "null value in column \"name\""),
            (
                insert("books", &json!([{"title": "Three", "pages": 0}]), ""),
                "check books books_check1: a book has pages",
            ),
            (
                insert("authors", &json!([{"name": "123456789012345678901"}]), ""),
                "check authors authors_name_check: Field 'name' must have at most 20 characters (@length).",
            ),
            (read("authors", "name", ""), r#"0/0 [{"name":"Ann"},{"name":"Ben"}]"#),
        ],
    )
    .await;
}

/// Foreign keys are named on both sides.
pub(crate) async fn references(engine: &Engine) {
    seed(engine).await;
    run(
        engine,
        &[
            (
                insert("books", &json!([{"title": "X", "pages": 1, "authorId": 9}]), ""),
                "books books_authorId_fkey misses authors (authorId)=(9)",
            ),
            (
                update("books", &json!({"authorId": 8}), "id=1", ""),
                "books books_authorId_fkey misses authors (authorId)=(8)",
            ),
            (delete("authors", "id=1", ""), "authors books_authorId_fkey referenced by books (id)=(1)"),
            (
                update("authors", &json!({"id": 7}), "id=1", ""),
                "authors books_authorId_fkey referenced by books (id)=(1)",
            ),
            // Rows of one request may refer to each other in any order.
            (
                insert(
                    "authors",
                    &json!([{"id": 10, "name": "K", "mentorId": 11}, {"id": 11, "name": "L", "mentorId": null}]),
                    "id",
                ),
                r#"2/2 [{"id":10},{"id":11}]"#,
            ),
            (
                insert(
                    "authors",
                    &json!([{"id": 12, "name": "M", "mentorId": 13}, {"id": 14, "name": "N", "mentorId": 12}]),
                    "",
                ),
                "authors authors_mentorId_fkey misses authors (mentorId)=(13)",
            ),
            (delete("authors", "id=11", ""), "authors authors_mentorId_fkey referenced by authors (id)=(11)"),
            // A cascade goes on until something refuses.
            (insert("loans", &json!([{"bookId": 1}, {"bookId": 2}]), ""), "2/2 "),
            (delete("books", "id=2", ""), "1/0 "),
            (read("loans", "id", ""), r#"0/0 [{"id":1}]"#),
            (insert("fines", &json!([{"loanId": 1}]), ""), "1/1 "),
            (delete("books", "id=1", ""), "loans fines_loanId_fkey referenced by fines (id)=(1)"),
            (read("books", "id", ""), r#"0/0 [{"id":1}]"#),
        ],
    )
    .await;
}

/// Merging and ignoring.
pub(crate) async fn upserts(engine: &Engine) {
    seed(engine).await;
    let merge = |json: Value, on: &[&str]| upsert("authors", &json, on, Resolution::Merge);
    let ignore = |json: Value, on: &[&str]| upsert("authors", &json, on, Resolution::Ignore);
    run(
        engine,
        &[
            (
                merge(json!([{"id": 1, "name": "Ann2"}, {"id": 3, "name": "Cid"}]), &[]),
                r#"2/1 [{"id":1,"name":"Ann2","mentorId":null},{"id":3,"name":"Cid","mentorId":null}]"#,
            ),
            (merge(json!([{"name": "Ben", "mentorId": 1}]), &["name"]), r#"1/0 [{"id":2,"name":"Ben","mentorId":1}]"#),
            (
                merge(json!([{"id": 5, "name": "E"}, {"id": 5, "name": "F"}]), &[]),
                "ON CONFLICT DO UPDATE command cannot affect row a second time",
            ),
            (
                merge(json!([{"id": 7, "name": "Ben"}, {"id": 2, "name": "Ben"}]), &["name"]),
                "ON CONFLICT DO UPDATE command cannot affect row a second time",
            ),
            (merge(json!([{"id": 1, "name": "Ben"}]), &[]), "unique authors_name_key (name)=(Ben)"),
            (
                ignore(json!([{"id": 1, "name": "Zoe"}, {"id": 4, "name": "Dot"}]), &[]),
                r#"1/1 [{"id":4,"name":"Dot","mentorId":null}]"#,
            ),
            (
                ignore(json!([{"id": 6, "name": "G"}, {"id": 6, "name": "G"}]), &[]),
                r#"1/1 [{"id":6,"name":"G","mentorId":null}]"#,
            ),
            (read("authors", "name", "id=1"), r#"0/0 [{"name":"Ann2"}]"#),
            // Rows of one request may refer to each other in any order, and what is left out refers to nothing.
            (
                merge(
                    json!([{"id": 1, "name": "Ann", "mentorId": 21}, {"id": 21, "name": "V", "mentorId": null}]),
                    &[],
                ),
                r#"2/1 [{"id":1,"name":"Ann","mentorId":21},{"id":21,"name":"V","mentorId":null}]"#,
            ),
            (
                ignore(
                    json!([{"id": 1, "name": "Zoe", "mentorId": 99}, {"id": 22, "name": "W", "mentorId": 23},
                        {"id": 23, "name": "X", "mentorId": null}]),
                    &[],
                ),
                r#"2/2 [{"id":22,"name":"W","mentorId":23},{"id":23,"name":"X","mentorId":null}]"#,
            ),
            (
                merge(json!([{"id": 24, "name": "Y", "mentorId": 25}, {"id": 1, "name": "Ann", "mentorId": 26}]), &[]),
                "authors authors_mentorId_fkey misses authors (mentorId)=(25)",
            ),
        ],
    )
    .await;
}

/// What a rule refuses is refused for that: whether a reference would have been broken is then nothing that the caller may learn.
pub(crate) async fn rules_before_references(engine: &Engine) {
    let boxes = json!([{"id": 1, "open": true}, {"id": 2, "open": true}, {"id": 3, "open": false}]);
    expect(engine.run(&insert("boxes", &boxes, ""), &Who::service()).await, "3/3 ");
    let things = json!([{"id": 1, "shown": true, "boxId": 1, "insideId": null}, {"id": 2, "shown": false, "boxId": 1, "insideId": 1}]);
    expect(engine.run(&insert("things", &things, ""), &Who::service()).await, "2/2 ");
    let (of_boxes, of_things) =
        ("new row violates the row-level rule of boxes", "new row violates the row-level rule of things");
    run(
        engine,
        &[
            // A box that things are in gets another key, and one that none is in.
            (update("boxes", &json!({"id": 11, "open": false}), "id=1", ""), of_boxes),
            (update("boxes", &json!({"id": 12, "open": false}), "id=2", ""), of_boxes),
            (update("boxes", &json!({"id": 11}), "id=1", ""), "boxes things_boxId_fkey referenced by things (id)=(1)"),
            (update("boxes", &json!({"id": 12}), "id=2", ""), "1/0 "),
            // A box that is there and not seen, and one that is not there.
            (insert("things", &json!([{"id": 5, "shown": true, "boxId": 3}]), ""), of_things),
            (insert("things", &json!([{"id": 5, "shown": true, "boxId": 9}]), ""), of_things),
            (insert("things", &json!([{"id": 5, "shown": false, "boxId": 9}]), "id"), of_things),
            (update("things", &json!({"boxId": 3}), "id=1", ""), of_things),
            (update("things", &json!({"boxId": 9}), "id=1", ""), of_things),
            (update("things", &json!({"insideId": 9, "shown": false}), "id=1", "id"), of_things),
            // Only the last row is refused by a rule.
            (
                insert(
                    "things",
                    &json!([{"id": 5, "shown": true, "boxId": 1, "insideId": 9},
                    {"id": 6, "shown": false, "boxId": 1, "insideId": null}]),
                    "",
                ),
                of_things,
            ),
            // What no rule refuses is told as it is.
            (
                insert("things", &json!([{"id": 5, "shown": true, "boxId": 1, "insideId": 9}]), ""),
                "things inside misses things (insideId)=(9)",
            ),
            (update("things", &json!({"insideId": 9}), "id=1", ""), "things inside misses things (insideId)=(9)"),
            (
                insert(
                    "things",
                    &json!([{"id": 5, "shown": true, "boxId": 1, "insideId": 6},
                    {"id": 6, "shown": true, "boxId": 1, "insideId": null}]),
                    "",
                ),
                "2/2 ",
            ),
        ],
    )
    .await;
}

/// A write that worked and is rolled back all the same.
pub(crate) async fn guards(engine: &Engine) {
    seed(engine).await;
    let guarded = |request: Request, guards: Guards| Request { guards, ..request };
    let singular = Guards { singular: true, ..Guards::default() };
    let at_most_one = Guards { affected_max: Some(1), ..Guards::default() };
    let rollback = Guards { rollback: true, ..Guards::default() };
    let rename = |tests| update("authors", &json!({"mentorId": 1}), tests, "id");
    run(
        engine,
        &[
            (guarded(rename(""), singular), "the result contains 2 rows"),
            (guarded(rename("id=9"), singular), "the result contains 0 rows"),
            (guarded(delete("authors", "id=9", ""), singular), "the result contains 0 rows"),
            (guarded(rename(""), at_most_one), "query affects 2 rows, more than the limit of 1"),
            (guarded(rename(""), rollback), r#"2/0 [{"id":1},{"id":2}]"#),
            (guarded(insert("authors", &json!([{"name": "Gone"}]), "name"), rollback), r#"1/1 [{"name":"Gone"}]"#),
            (guarded(read("authors", "id", ""), singular), "the result contains 2 rows"),
            (read("authors", "id,mentorId", ""), r#"0/0 [{"id":1,"mentorId":null},{"id":2,"mentorId":null}]"#),
            (guarded(rename("id=2"), singular), r#"1/0 [{"id":2}]"#),
        ],
    )
    .await;
}

/// A key stands in a message only for those who could have read it.
pub(crate) async fn messages_tell_no_secrets(engine: &Engine) {
    let first = insert("diaries", &json!([{"ownerId": "ann", "code": "c", "hidden": "h"}]), "");
    expect(engine.run(&first, &Who::service()).await, "1/1 ");
    let code = insert("diaries", &json!([{"ownerId": "ben", "code": "c"}]), "");
    let key = insert("diaries", &json!([{"id": 1, "ownerId": "ben", "code": null}]), "");
    for (request, who, expected) in [
        (&code, Who::user("ann"), "unique diaries_code_key (code)=(c)"),
        (&code, Who::user("ben"), "unique diaries_code_key -"),
        (&code, Who::anyone(), "unique diaries_code_key -"),
        (&code, Who::service(), "unique diaries_code_key (code)=(c)"),
        (&key, Who::user("ben"), "unique diaries_pkey -"),
    ] {
        expect(engine.run(request, &who).await, expected);
    }
    let hidden = insert("diaries", &json!([{"ownerId": "ann", "hidden": "h"}]), "");
    expect(engine.run(&hidden, &Who::service()).await, "unique diaries_hidden_key (hidden)=(h)");
    let found = super::show(engine.run(&hidden, &Who::user("ann")).await);
    assert!(!found.contains("(h)"), "{found}");
}

/// Each type goes in and comes out in its wire form.
pub(crate) async fn types(engine: &Engine) {
    let id = "00000000-0000-0000-0000-00000000000a";
    let row = json!({
        "id": id.to_uppercase(), "int": -5, "big": 9_007_199_254_740_993_i64, "float": 1.5, "decimal": "12.50", "yes": true,
        "text": "q\"\\\u{1}é", "at": "2024-01-02T03:04:05.6+01:00", "day": "2024-02-29", "time": "03:04:05", "bytes": "\\x00ff",
        "json": {"a": [1, null]}, "tags": ["x", "y"], "mood": "wild"
    });
    // How many zeros were written is not kept where a column has as many places in every row.
    let decimal = match engine.inner().store.dialect() {
        Dialect::Sqlite | Dialect::Postgres => "12.50",
        Dialect::Mysql => "12.5",
    };
    let expected = format!(
        r#"[{{"id":"{id}","int":-5,"big":9007199254740993,"float":1.5,"decimal":{decimal},"yes":true,"text":"q\"\\\u0001é","at":"2024-01-02T02:04:05.6+00:00","day":"2024-02-29","time":"03:04:05","bytes":"\\x00ff","json":{{"a":[1,null]}},"tags":["x","y"],"mood":"wild"}}]"#
    );
    let nothing = json!([{"id": "00000000-0000-0000-0000-00000000000b"}]);
    let nulls = r#"1/1 [{"id":"00000000-0000-0000-0000-00000000000b","int":null,"mood":null,"json":null}]"#;
    run(
        engine,
        &[
            (insert("things", &json!([row]), "*"), &format!("1/1 {expected}")),
            (read("things", "*", "at=2024-01-02T02:04:05.6Z&decimal=12.5&yes=true"), &format!("0/0 {expected}")),
            (insert("things", &nothing, "id,int,mood,json"), nulls),
        ],
    )
    .await;
}
