//! Two versions of a schema file, and the steps between them: `!` marks what is lost or may be refused.

use super::*;
use crate::model::{DefaultValue, Schema};

fn schema(text: &str) -> Schema {
    let source = crate::Source { name: "schema.graphql".into(), text: text.into() };
    let parsed = crate::parse(&[source]);
    parsed.schema.unwrap_or_else(|| panic!("{:#?}\nin {text}", parsed.diagnostics))
}

/// The stored catalogue comes back from JSON, as it does from a database.
fn stored(text: &str) -> Catalog {
    let json = serde_json::to_string(&Catalog::of(&schema(text))).unwrap();
    serde_json::from_str(&json).unwrap()
}

#[track_caller]
fn check(old: &str, new: &str, expected: &[&str]) {
    let new = schema(new);
    let changes = diff(&stored(old), &new);
    let words: Vec<String> = changes
        .iter()
        .map(|change| {
            assert_eq!(change.is_destructive(), change.loses().is_some());
            let loses = change.loses().map(|loses| format!(" ! {loses}")).unwrap_or_default();
            format!("{}{loses}", change.describe())
        })
        .collect();
    assert_eq!(words, expected);
    assert_eq!(diff(&Catalog::of(&new), &new), [], "a database at the schema has nothing to change");
}

const POST: &str = "type Post @model { id: ID! @id title: String! }";

#[test]
fn tables() {
    check("type A @model { id: ID! @id }", "type A @model { id: ID! @id }", &[]);
    check(
        "type A @model { id: ID! @id }",
        "type A @model { id: ID! @id } type B @model { id: ID! @id }",
        &["create table bs"],
    );
    check(
        "type A @model { id: ID! @id } type B @model { id: ID! @id }",
        "type A @model { id: ID! @id }",
        &["drop table bs ! every row of bs"],
    );
    check(
        "type A @model { id: ID! @id }",
        r#"type B @model @rename(from: "as") { id: ID! @id }"#,
        &["rename table as to bs"],
    );
    // The rename stays in the file after it was made.
    check(r#"type B @model { id: ID! @id }"#, r#"type B @model @rename(from: "as") { id: ID! @id }"#, &[]);
}

#[test]
fn columns() {
    let to = |fields: &str| format!("type Post @model {{ id: ID! @id {fields} }}");
    for (fields, expected) in [
        ("title: String!", &[] as &[&str]),
        ("title: String! @pattern(regex: \"a\") @default(value: \"x\") @private", &[]),
        ("title: Email!", &[]),
        ("title: String! body: String", &["add column posts.body"]),
        ("title: String! body: String done: Boolean", &["add column posts.body", "add column posts.done"]),
        (
            "title: String! body: String!",
            &["change table posts: add required column body \
               ! nothing if posts is empty; else it is refused, because body has no default"],
        ),
        (
            "title: String! done: Boolean! @default(value: false)",
            &["change table posts: add column done, filled with its default"],
        ),
        (
            "title: String! at: DateTime! @default(expr: \"now()\")",
            &["change table posts: add column at, filled with its default"],
        ),
        ("", &["change table posts: drop column title ! the values of posts.title"]),
        ("title: String", &["change table posts: let title be null"]),
        ("title: String! @length(min: 1)", &["change table posts: change the checks of title"]),
        (
            "title: Int!",
            &["change table posts: change title from Text to Int ! values of posts.title that do not convert"],
        ),
        (
            "title: [String!]!",
            &["change table posts: change title from Text to [Text] ! values of posts.title that do not convert"],
        ),
        (
            "title: String! @unique",
            &["change table posts: make unique: title \
               ! nothing, unless rows of posts are equal in title: then it is refused"],
        ),
        ("title: String! @index", &["create index posts_title_idx on posts"]),
        ("name: String! @rename(from: \"title\")", &["rename column posts.title to name"]),
        ("title: String! @searchable", &["create the full-text index of posts"]),
        (
            "title: String! loud: String @computed(expr: \"title.upperAscii()\", stored: true)",
            &["change table posts: add column loud"],
        ),
        ("title: String! loud: String @computed(expr: \"title.upperAscii()\")", &[]),
    ] {
        check(POST, &to(fields), expected);
    }
}

#[test]
fn other_changes() {
    let post = |fields: &str| format!("type Post @model {{ id: ID! @id {fields} }}");
    check(&post("n: Int"), &post("n: BigInt"), &["change table posts: change n from Int to BigInt"]);
    check(&post("n: Int"), &post("n: String"), &["change table posts: change n from Int to Text"]);
    check(&post("n: [Int!]"), &post("n: JSON"), &["change table posts: change n from [Int] to Json"]);
    check(
        &post("n: [Int!]"),
        &post("n: Int"),
        &["change table posts: change n from [Int] to Int \
           ! all items of posts.n but the first, and values that do not convert"],
    );
    check(
        &post("n: [Int!]"),
        &post("n: [String!]"),
        &["change table posts: change n from [Int] to [Text] ! values of posts.n that do not convert"],
    );
    check(
        &post("n: Int"),
        &post("n: Int!"),
        &["change table posts: require n ! nothing, unless rows of posts have no n: then it is refused"],
    );
    check(
        &post("n: Int"),
        &post("n: Int! @default(value: 0)"),
        &["change table posts: require n, with its default in place of null"],
    );
    check(&post("n: Int @unique"), &post("n: Int"), &["change table posts: let n repeat"]);
    check(&post("n: Int @index"), &post("n: Int"), &["drop index posts_n_idx"]);
    check(&post("n: String @searchable"), &post("n: String"), &["drop the full-text index of posts"]);
    check(
        &post("n: String @searchable"),
        &post("n: String! @searchable"),
        &[
            "drop the full-text index of posts",
            "change table posts: require n ! nothing, unless rows of posts have no n: then it is refused",
        ],
    );
    check(
        &post("n: String @searchable m: Int @index"),
        &post("k: String @searchable @rename(from: \"n\") m: Int @index"),
        &["drop the full-text index of posts", "rename column posts.n to k", "create the full-text index of posts"],
    );
}

#[test]
fn enums() {
    let with = |values: &str| format!("enum E {{ {values} }} type Post @model {{ id: ID! @id e: E }}");
    check(&with("a b"), &with("b a"), &[]);
    check(&with("a b"), &with("a b c"), &["change table posts: let e be c"]);
    check(
        &with("a b"),
        &with("a"),
        &["change table posts: stop e from being b \
           ! nothing, unless rows of posts hold such a e: then it is refused"],
    );
    check(&with("a"), "type Post @model { id: ID! @id e: String }", &["change table posts: let e hold any text"]);
    check(
        "type Post @model { id: ID! @id e: String }",
        &with("a"),
        &["change table posts: limit e to a ! nothing, unless rows of posts hold another e: then it is refused"],
    );
}

#[test]
fn relations() {
    let plain = "type User @model { id: ID! @id } type Post @model { id: ID! @id }";
    let related = "type User @model { id: ID! @id } type Post @model { id: ID! @id author: User }";
    check(plain, related, &["add column posts.authorId", "create index posts_authorId_idx on posts"]);
    check(
        related,
        plain,
        &[
            "drop index posts_authorId_idx",
            "change table posts: drop column authorId, let authorId refer to nothing ! the values of posts.authorId",
        ],
    );
    check(
        related,
        r#"type User @model { id: ID! @id }
           type Post @model { id: ID! @id author: User @relation(onDelete: CASCADE) }"#,
        &["drop index posts_authorId_idx", "change table posts: make authorId refer to users"],
    );
}

#[test]
fn a_rebuild_says_where_values_come_from() {
    let old = "type Post @model { id: ID! @id a: Int b: String c: Int gone: Int }";
    let new = schema(
        r#"type Post @model { id: ID! @id a: BigInt b: String! @default(value: "x") c: Int at: DateTime! @default(expr: "now()") d: Int }"#,
    );
    let changes = diff(&stored(old), &new);
    let [Change::RebuildTable { copy, .. }] = changes.as_slice() else { panic!("{changes:?}") };
    let column = |name: &str| copy.iter().find(|copy| copy.column == name).map(|copy| copy.from.clone()).unwrap();
    let kept = |name: &str, convert, instead_of_null| Source::Column { name: name.into(), convert, instead_of_null };
    assert_eq!(column("id"), kept("id", None, None));
    assert_eq!(column("a"), kept("a", Some(((Type::Int, false), (Type::BigInt, false))), None));
    assert_eq!(column("b"), kept("b", None, Some(DefaultValue::Constant("x".into()))));
    assert_eq!(column("c"), kept("c", None, None));
    assert_eq!(column("at"), Source::Default(DefaultValue::Now));
    assert_eq!(column("d"), Source::Null);
    assert_eq!(copy.len(), 6);
}

#[test]
fn permissions_are_not_kept() {
    let open = r#"type Post @model @access(ops: [ALL]) { id: ID! @id secret: String @visible(to: ["admin"]) name: String @private }"#;
    let json = serde_json::to_string(&stored(open)).unwrap();
    assert!(!json.contains("admin") && !json.contains("private"), "{json}");
    check(open, "type Post @model { id: ID! @id secret: String name: String }", &[]);
}

#[test]
fn partitions() {
    let event = |directive: &str| format!("type Event @model {directive} {{ id: ID! @id at: DateTime! @id }}");
    let by = |bounds: &str| event(&format!("@partition(by: RANGE, fields: [\"at\"], bounds: [{bounds}])"));
    let (first, second) = ("\"2026-01-01T00:00:00Z\"", "\"2027-01-01T00:00:00Z\"");
    check(&by(first), &by(first), &[]);
    check(&event(""), &by(first), &["change table events: divide it into 2 partitions by at"]);
    check(&by(first), &by(&format!("{first}, {second}")), &["change table events: divide it into 3 partitions by at"]);
    check(&by(first), &event(""), &["change table events: put its partitions together"]);
    check(
        &by(first),
        &by(first)
            .replace("at: DateTime! @id", "then: DateTime! @id @rename(from: \"at\")")
            .replace("\"at\"]", "\"then\"]"),
        &["rename column events.at to then"],
    );
}
