//! Custom operations: found by name and argument names, allowed by their rules, shaped like reads.

use crate::fixture::{outcome, roles, schema};
use crate::select::level;
use backstay_plan::access::View;
use backstay_plan::limits::Limits;
use backstay_plan::request::{Action, Call, Slot};
use backstay_plan::resolve::resolve;
use backstay_plan::{Refusal, suggest};

const OPERATIONS: &str = r#"
type Book @model(table: "books") @access(roles: ["user"], ops: [READ], when: "ownerId == auth.uid") {
  id: ID! @id  title: String!  ownerId: ID  secret: String @private
}
extend type Query {
  newBooks(since: Date!, limit: Int = 3): [Book!]! @query(sql: {sqlite: "SELECT * FROM books"}) @visible(to: ["user"])
  total(kind: String): Int! @query(sql: {sqlite: "SELECT 1"}) @readable
  mine: Int! @query(sql: {sqlite: "SELECT 1"}) @readable(when: "auth.uid != null")
  internal: Int! @query(sql: {sqlite: "SELECT 1"})
}
extend type Mutation {
  publish(id: ID!): Boolean! @mutation(fn: "f") @readable
}
"#;

fn call(operation: &str, arguments: &str, read_only: bool, select: &str) -> Action {
    let arguments = arguments.split(',').filter(|name| !name.is_empty());
    Action::Call(Call {
        operation: operation.to_owned(),
        arguments: (0..).zip(arguments).map(|(slot, name)| (name.to_owned(), Slot(slot))).collect(),
        read_only,
        level: level(select),
        total: false,
    })
}

#[track_caller]
fn check(who: &str, action: &Action, expected: &str) {
    let found = outcome(&schema(OPERATIONS), who, action);
    let found = found.split_once("=Input").map_or(found.as_str(), |(head, _)| head);
    assert_eq!(found, expected, "as {who}");
}

#[test]
fn rows_of_a_model_are_read_like_a_table() {
    check("user", &call("newBooks", "since", true, "*"), "newBooks/2?[id,title,ownerId]");
    check("user", &call("newBooks", "since,limit", false, "t:title"), "newBooks/2?[t=title]");
    check("service", &call("newBooks", "since", true, "secret"), "newBooks/2[secret]");
    check("user", &call("newBooks", "since", true, "secret"), "refused: permission denied for column secret of books");
    check("anon", &call("newBooks", "since", true, "id"), "refused: permission denied for table books");
}

#[test]
fn scalars_and_rules() {
    check("anon", &call("total", "", true, "*"), "call total(kind=Constant(Null))");
    check("anon", &call("total", "kind", true, "*"), "call total(kind");
    check("user", &call("mine", "", true, "*"), "call mine()");
    check("anon", &call("internal", "", true, "*"), "refused: permission denied for function internal");
    check("service", &call("internal", "", true, "*"), "call internal()");
}

#[test]
fn unknown_names_and_verbs() {
    check("user", &call("newBooks", "", true, "*"), "refused: no operation `newBooks` with these arguments");
    check("user", &call("newBooks", "since,nope", true, "*"), "refused: no operation `newBooks` with these arguments");
    check("user", &call("nope", "", true, "*"), "refused: no operation `nope` with these arguments");
    check("user", &call("publish", "id", true, "*"), "refused: cannot execute `publish` in a read-only transaction");
    check(
        "user",
        &call("publish", "id", false, "*"),
        "refused: feature not implemented: operation 'publish' is a function",
    );
}

#[test]
fn suggestions() {
    let schema = schema(OPERATIONS);
    let check = |who: &str, action: &Action, expected: Option<&str>| {
        let refusal = resolve(action, &schema, &Limits::default()).expect_err("refused");
        let roles = roles(who);
        let refusal = suggest::complete(refusal, &View::new(&schema, &roles));
        let Refusal::UnknownOperation { suggestion, .. } = refusal else { panic!("{refusal}") };
        assert_eq!(suggestion.as_deref(), expected, "as {who}");
    };
    check("user", &call("newBook", "", true, "*"), Some("newBooks"));
    check("anon", &call("newBook", "", true, "*"), None);
    check("user", &call("newBooks", "x", true, "*"), Some("newBooks(limit, since)"));
    check("anon", &call("internals", "", true, "*"), None);
}
