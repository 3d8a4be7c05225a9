//! Rules of a role set as one gate: what is decided is gone, and what is said twice is asked once.

use crate::fixture::{roles, schema};
use backstay_plan::access::View;
use backstay_plan::authorized::Gate;
use backstay_schema::expr::Expr;
use backstay_schema::model::ModelId;

/// How many conditions the rule for reading has: `open`, `closed`, `none` for no rule, `one`, or the operator and a number.
#[track_caller]
fn check(access: &str, expected: &str) {
    let text = format!(
        "enum Role @role {{ admin editor }}\n\
         type Note @model(table: \"notes\") {access} {{ id: ID! @id  a: Boolean!  b: Boolean!  c: Boolean! }}"
    );
    let (schema, roles) = (schema(&text), roles("user"));
    let view = View::new(&schema, &roles);
    let found = match &view.model(ModelId(0)).read {
        None => "none".to_owned(),
        Some(Gate::Open) => "open".to_owned(),
        Some(Gate::Closed) => "closed".to_owned(),
        Some(Gate::When(Expr::Or(parts))) => format!("or {}", parts.len()),
        Some(Gate::When(Expr::And(parts))) => format!("and {}", parts.len()),
        Some(Gate::When(_)) => "one".to_owned(),
    };
    assert_eq!(found, expected, "{access}");
}

#[test]
fn gates_are_as_short_as_they_can_be() {
    let rule = |when: &str| format!("@access(ops: [READ], when: \"{when}\")");
    let deny = |when: &str| format!("@deny(ops: [READ], when: \"{when}\")");
    let all = |rules: &[String]| rules.join(" ");
    check("@access(roles: [\"admin\"], ops: [READ])", "none");
    check("@access(ops: [READ])", "open");
    check(&rule("a"), "one");
    check(&all(&[rule("a"), rule("b")]), "or 2");
    check(&all(&[rule("a"), rule("a")]), "one");
    check(&all(&[rule("a"), rule("b"), rule("a")]), "or 2");
    // What the roles decide is no condition any more.
    check(&rule("hasRole('admin')"), "closed");
    check(&rule("hasRole('user')"), "open");
    check(&all(&[rule("hasRole('admin')"), rule("hasRole('editor')")]), "closed");
    check(&all(&[rule("a"), rule("hasRole('admin')")]), "one");
    check(&all(&[rule("a"), rule("hasRole('user')")]), "open");
    // Denials come to what is allowed, each once.
    check(&all(&[rule("a"), deny("b")]), "and 2");
    check(&all(&[rule("a"), deny("b"), deny("b")]), "and 2");
    check(&all(&[rule("a"), deny("b"), deny("c")]), "and 3");
    check(&all(&[rule("a"), deny("hasRole('admin')")]), "one");
    check(&all(&[rule("a"), deny("hasRole('user')")]), "closed");
    check(&all(&[rule("hasRole('user')"), deny("b")]), "one");
}
