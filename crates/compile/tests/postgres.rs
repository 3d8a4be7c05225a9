//! What rules come to on PostgreSQL, where values carry types: each comparison must be one that an index can answer.
#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

use backstay_compile::statement::Step;
use backstay_compile::{Statement, compile, ddl};
use backstay_plan::authorize::authorize;
use backstay_plan::limits::Limits;
use backstay_plan::principal::{RoleSet, WireRole};
use backstay_plan::request::{Absent, Action, Edit, FieldRef, Insert, Item, Level, Read, Slot, Update};
use backstay_plan::resolve::resolve;
use backstay_schema::model::Dialect;
use backstay_schema::{Schema, Source};

fn schema(rule: &str) -> Schema {
    let text = format!(
        r#"
type Thing @model(table: "things") @access(ops: [ALL], when: "{rule}") {{
  id: UUID! @id
  owner: UUID
  mentor: UUID
  tags: [String!]
  friends: [UUID!]
  score: Int
  price: Decimal
  at: DateTime
  info: JSON
  name: String
}}
"#
    );
    let parsed = backstay_schema::parse(&[Source { name: "schema.graphql".into(), text }]);
    let Some(schema) = parsed.schema else {
        let found: Vec<_> = parsed.diagnostics.iter().map(|found| found.message.clone()).collect();
        unreachable!("{rule}: {found:?}")
    };
    schema
}

fn compiled(action: &Action, schema: &Schema) -> Statement {
    let roles = RoleSet { wire: WireRole::Authenticated, ..RoleSet::anonymous() };
    let resolved = resolve(action, schema, &Limits::default()).unwrap();
    compile(&authorize(resolved, schema, &roles).unwrap(), schema, Dialect::Postgres).unwrap()
}

fn level() -> Level {
    let field = FieldRef { name: "name".into(), path: Vec::new() };
    Level { items: vec![Item::Field { alias: None, field, cast: None, aggregate: None }], ..Level::default() }
}

#[track_caller]
fn check(rule: &str, expected: &str) {
    let action = Action::Read(Read { relation: "things".into(), level: level(), total: false });
    let Statement::Read(read) = compiled(&action, &schema(rule)) else { unreachable!("a read") };
    let (_, condition) = read.sql.text.split_once(" WHERE ").unwrap();
    let (condition, _) = condition.split_once(" ORDER BY ").unwrap();
    assert_eq!(condition, expected, "{rule}");
}

#[test]
fn rules() {
    check("owner == auth.uid", r#"(t1."owner" = bs_uuid($1::text))"#);
    check("auth.uid == owner", r#"(bs_uuid($1::text) = t1."owner")"#);
    check("owner == mentor", r#"(t1."owner" = t1."mentor")"#);
    check("owner != auth.uid", r#"((t1."owner" = bs_uuid($1::text)) IS NOT TRUE)"#);
    check("owner < name", r#"((CAST(CAST(t1."owner" AS uuid) AS text) COLLATE "C") < t1."name")"#);
    check("owner in [auth.uid, name]", r#"(t1."owner" IN (bs_uuid($1::text), bs_uuid(t1."name")))"#);
    check(
        "auth.uid in friends",
        r#"($1::text IN (SELECT (CAST(t2."value" AS text) COLLATE "C") FROM unnest(CAST(t1."friends" AS text[])) AS t2(value)))"#,
    );
    check("size(tags) > 1", r#"(cardinality(CAST(t1."tags" AS text[])) > $1::int8)"#);
    check("score + 1 > 2", r#"(bs_add(CAST(t1."score" AS int8), $1::int8) > $2::int8)"#);
    check("price < 2.5", r#"(CAST(t1."price" AS float8) < $1::float8)"#);
    check("at < now", r#"(t1."at" < $1::timestamptz)"#);
    check("at + duration('1h') < now", r#"(bs_time_add(t1."at", $1::int8) < $2::timestamptz)"#);
    check("name.matches('^a.$')", r#"(t1."name" ~ $1::text)"#);
    check(
        "info.level == 'a'",
        r#"((CAST(bs_json_as((t1."info" -> $1::text), $2::text) AS text) COLLATE "C") = $3::text)"#,
    );
}

/// What a write answers sees other rows as they were before it, so that such a check comes after it.
#[test]
fn checks_that_read_tables_come_after_the_write() {
    let text = r#"
type Room @model(table: "rooms") @access(ops: [ALL]) { id: Int! @id(auto: NONE) open: Boolean! }
type Seat @model(table: "seats") @access(ops: [ALL], when: "room.open") {
  id: Int! @id
  roomId: Int!
  room: Room! @relation(fields: ["roomId"], references: ["id"])
}
"#;
    let parsed = backstay_schema::parse(&[Source { name: "schema.graphql".into(), text: text.into() }]);
    let action = Action::Insert(Insert {
        relation: "seats".into(),
        columns: vec!["roomId".into()],
        rows: Slot(0),
        absent: Absent::Null,
        conflict: None,
        returning: None,
        referred: None,
    });
    let Statement::Write(program) = compiled(&action, &parsed.schema.unwrap()) else { unreachable!("a write") };
    let insert = program.steps.iter().position(|step| matches!(step, Step::Insert { .. })).unwrap();
    let Step::Insert { returns, .. } = &program.steps[insert] else { unreachable!("found above") };
    assert!(returns.keys && !returns.check);
    let Step::Verify { sql, .. } = &program.steps[insert + 1] else { unreachable!("the check follows") };
    assert!(sql.text.contains("jsonb_array_elements"), "{}", sql.text);
}

/// Whether a value that was changed in part fits its rules is known when it is there.
#[test]
fn what_is_changed_in_part_is_validated_after_the_write() {
    let text = r#"
type Thing @model(table: "things") @access(ops: [ALL]) { id: Int! @id(auto: NONE)  info: JSON @schema(json: "{}")  note: JSON }
"#;
    let parsed = backstay_schema::parse(&[Source { name: "schema.graphql".into(), text: text.into() }]);
    let action = Action::Update(Update {
        relation: "things".into(),
        columns: Vec::new(),
        added: Vec::new(),
        edited: vec![("info".into(), Edit::Append), ("note".into(), Edit::Append)],
        row: Slot(0),
        absent: Absent::Null,
        filter: Vec::new(),
        returning: None,
    });
    let resolved = resolve(&action, parsed.schema.as_ref().unwrap(), &Limits::default()).unwrap();
    let schema = &parsed.schema.unwrap();
    let plan = authorize(resolved, schema, &RoleSet::service()).unwrap();
    for dialect in [Dialect::Sqlite, Dialect::Postgres, Dialect::Mysql] {
        let Statement::Write(program) = compile(&plan, schema, dialect).unwrap() else { unreachable!("a write") };
        let [.., Step::Mutate { .. }, Step::Validate { sql, field }] = program.steps.as_slice() else {
            unreachable!("{:?}", program.steps)
        };
        assert_eq!(field.0, 1);
        assert!(sql.text.contains("info") && !sql.text.contains("note"), "{}", sql.text);
    }
}

#[test]
fn functions_are_made_before_they_are_called() {
    let made = ddl::prelude(Dialect::Postgres).concat();
    for name in ["bs_uuid", "bs_add", "bs_time_add", "bs_json_as", "bs_json_is", "bs_counted", "bs_set_aside"] {
        assert!(made.contains(&format!("FUNCTION {name}(")), "{name}");
    }
    assert!(ddl::prelude(Dialect::Sqlite).is_empty());
}
