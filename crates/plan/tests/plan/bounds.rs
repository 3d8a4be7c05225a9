//! How many rows each level gives, and in which form the values of filters are bound.

use crate::fixture::{insert, outcome, read, roles, schema, test};
use crate::select::level;
use backstay_plan::Refusal;
use backstay_plan::authorize::authorize;
use backstay_plan::authorized::{Node, Plan, Predicate, Test};
use backstay_plan::limits::Limits;
use backstay_plan::request::{Action, CompareOp, Conflict, Operator, Quantity, Resolution, Slot};
use backstay_plan::resolve::resolve;
use backstay_plan::value::{Cast, Param, Value};
use backstay_schema::Schema;

const SHELVES: &str = r#"
type Shelf @model(table: "shelves", maxRows: 30) @access(ops: [ALL]) @index(fields: ["place"])
  @index(fields: ["code"], unique: true) @index(fields: ["label"], unique: true, where: "place > 0")
  @unique(fields: ["slot"], where: "place > 0") {
  id: Int! @id(auto: NONE)  place: Int  code: Int  label: Int  slot: Int  names: [String!]
  doc: JSON  docs: [JSON!]
}
type Book @model(table: "books") @access(ops: [ALL]) {
  id: Int! @id(auto: NONE)  shelf_id: Int
  shelf: Shelf @relation(fields: ["shelf_id"], references: ["id"])
  pages: [Page!]
}
type Page @model(table: "pages", maxRows: 5000) @access(ops: [ALL]) {
  id: Int! @id(auto: NONE)  book_id: Int
  book: Book @relation(fields: ["book_id"], references: ["id"])
}
"#;

fn limits() -> Limits {
    Limits { rows_max: 1_000, write_rows_max: 77, ..Limits::default() }
}

#[track_caller]
fn planned(schema: &Schema, action: &Action) -> Plan {
    let resolved = resolve(action, schema, &limits()).expect("resolved");
    authorize(resolved, schema, &roles("anon")).expect("allowed").plan().clone()
}

/// The limits of a level and of those below it; below zero where the request asks for one.
fn caps(node: &Node) -> Vec<Option<i64>> {
    let own = node.limit.as_ref().map(|limit| {
        if let Param::Constant(Value::Int(rows)) = limit {
            return *rows;
        }
        let Param::Input { cast: Cast::Limit { max }, .. } = limit else { panic!("{limit:?}") };
        -i64::from(*max)
    });
    std::iter::once(own).chain(node.children.iter().flat_map(|child| caps(&child.node))).collect()
}

#[track_caller]
fn check(relation: &str, select: &str, asked: bool, expected: &[Option<i64>]) {
    let schema = schema(SHELVES);
    let mut top = level(select);
    top.limit = asked.then_some(Slot(0));
    let Plan::Read(plan) = planned(&schema, &read(relation, top)) else { panic!("not a read") };
    assert_eq!(caps(&plan.root), expected, "{relation}?select={select}");
}

#[test]
fn each_level_has_the_smaller_of_two_caps() {
    check("shelves", "id", false, &[Some(30)]);
    check("books", "id", false, &[Some(1_000)]);
    check("pages", "id", false, &[Some(1_000)]);
    // What a request asks for is cut to the same.
    check("shelves", "id", true, &[Some(-30)]);
    check("pages", "id", true, &[Some(-1_000)]);
    // To one: there is no more than one.
    check("books", "id,shelves(id)", false, &[Some(1_000), None]);
    check("shelves", "id,books(id,pages(id))", false, &[Some(30), Some(1_000), Some(1_000)]);
    check("books", "id,shelves(id,books(id))", true, &[Some(-1_000), None, Some(1_000)]);
}

#[test]
fn what_a_write_answers_is_every_row_that_it_wrote() {
    let schema = schema(SHELVES);
    let asked = |limit| {
        let mut change = insert("shelves", "id", Some("id,books(id)"));
        change.returning.as_mut().expect("an answer").limit = limit;
        Action::Insert(change)
    };
    for (limit, expected) in [(None, [None, Some(1_000)]), (Some(Slot(0)), [Some(-77), Some(1_000)])] {
        let Plan::Insert(plan) = planned(&schema, &asked(limit)) else { panic!("not an insert") };
        assert_eq!(caps(plan.returning.as_ref().expect("an answer")), expected);
    }
}

#[test]
fn aggregates_can_be_switched_off() {
    let schema = schema(SHELVES);
    let off = Limits { aggregates: false, ..limits() };
    for (select, allowed) in [("place.sum()", false), ("count()", false), ("id", true)] {
        let found = resolve(&read("shelves", level(select)), &schema, &off);
        assert_eq!(matches!(found, Err(Refusal::AggregatesOff)), !allowed, "{select}");
        assert_eq!(resolve(&read("shelves", level(select)), &schema, &limits()).err(), None, "{select}");
    }
}

#[test]
fn rows_meet_on_what_is_unique_over_all_rows() {
    let schema = schema(SHELVES);
    for (column, is_target) in [("id", true), ("code", true), ("place", false), ("label", false), ("slot", false)] {
        let mut change = insert("shelves", "id,place,code,label,slot", None);
        change.conflict = Some(Conflict::on(vec![column.to_owned()], Resolution::Merge));
        let found = outcome(&schema, "anon", &Action::Insert(change));
        assert_eq!(found.contains(&format!("conflict({column})")), is_target, "{found}");
        assert_eq!(found.contains("there is no unique or exclusion constraint"), !is_target, "{found}");
    }
}

#[test]
fn values_of_filters_are_bound_as_their_operator_needs() {
    let schema = schema(SHELVES);
    let cast_of = |column: &str, op: CompareOp, quantity: Quantity| {
        let mut top = level("id");
        top.filter = vec![test(column, Operator::Compare(op, quantity, Slot(0)))];
        let Plan::Read(plan) = planned(&schema, &read("shelves", top)) else { panic!("not a read") };
        let Predicate::Test { test: Test::Compare(_, _, Param::Input { cast, .. }), .. } = plan.root.filter else {
            panic!("{:?}", plan.root.filter)
        };
        cast
    };
    use CompareOp::{Eq, Gt, Ilike, Imatch, Like, Match};
    for op in [Eq, Gt] {
        assert!(matches!(cast_of("place", op, Quantity::One), Cast::Field(ty) if !ty.list));
        assert!(matches!(cast_of("place", op, Quantity::Any), Cast::ListOf(ty) if !ty.list));
        assert!(matches!(cast_of("place", op, Quantity::All), Cast::ListOf(_)));
    }
    // JSON is compared as text of its own form, a list of it as a list.
    assert_eq!(cast_of("doc", Eq, Quantity::One), Cast::Json);
    assert_eq!(cast_of("docs->0", Eq, Quantity::One), Cast::Json);
    assert!(matches!(cast_of("docs", Eq, Quantity::One), Cast::Field(ty) if ty.list));
    for op in [Like, Ilike] {
        assert_eq!(cast_of("names->>0", op, Quantity::One), Cast::Text);
        assert_eq!(cast_of("names->>0", op, Quantity::Any), Cast::TextList);
    }
    for (op, ignore_case) in [(Match, false), (Imatch, true)] {
        assert_eq!(cast_of("names->>0", op, Quantity::One), Cast::Regex { ignore_case });
        assert_eq!(cast_of("names->>0", op, Quantity::All), Cast::RegexList { ignore_case });
    }
}
