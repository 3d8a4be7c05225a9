//! Rules over rows in memory: what each type of column reads as, and how nulls, errors and related rows decide.

use crate::fixture::{roles, schema};
use backstay_plan::evaluate::Truth::{self, Error, False, True};
use backstay_plan::evaluate::{Context, Patterns, Rows, evaluate};
use backstay_plan::principal::{Identity, Principal};
use backstay_plan::value::Value;
use backstay_schema::model::{FieldId, ModelId, RelationshipId};
use backstay_schema::rule::{self, Kind, Scope};
use backstay_schema::{Schema, Span};
use std::sync::{Arc, LazyLock};

const WORLD: &str = r#"
enum Colour { red green }
type Owner @model(table: "owners") @access(ops: [ALL]) { id: Int! @id(auto: NONE)  rank: Int }
type Thing @model(table: "things") @access(ops: [ALL]) {
  id: Int! @id(auto: NONE)
  name: String  empty: String  flag: Boolean  small: Int  big: BigInt  ratio: Float  cost: Decimal  at: DateTime
  day: Date  clock: Time  raw: Bytes  colour: Colour  doc: JSON  tags: [String!]  costs: [Decimal!]  numbers: [Int!]
  twice: Int @computed(expr: "small * 2")
  broken: Int @computed(expr: "small / 0")
  owner_id: Int  owner: Owner @relation(fields: ["owner_id"], references: ["id"])
  other_id: Int  other: Owner @relation(fields: ["other_id"], references: ["id"])
  parts: [Part!]
}
type Part @model(table: "parts") @access(ops: [ALL]) {
  id: Int! @id(auto: NONE)  size: Int
  thing_id: Int  thing: Thing @relation(fields: ["thing_id"], references: ["id"])
}
"#;

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| schema(WORLD));

/// One thing, its owner and its parts; the other owner is missing.
#[derive(Clone, Copy)]
enum Row {
    Thing { integers: bool },
    Owner,
    Part(i64),
}

struct World;

impl Rows for World {
    type Row = Row;

    fn value(&self, row: &Row, model: ModelId, field: FieldId) -> Value {
        let name = &SCHEMA.models[usize::from(model.0)].fields[usize::from(field.0)].name;
        match (row, name.as_str()) {
            (Row::Thing { integers }, name) => thing(name, *integers),
            (Row::Owner, "rank") => Value::Int(3),
            (Row::Part(3), "size") => Value::Null,
            (Row::Part(size), "size") => Value::Int(*size),
            (Row::Owner | Row::Part(_), _) => Value::Int(1),
        }
    }

    fn related(&self, _row: &Row, relationship: RelationshipId) -> Vec<Row> {
        let relationship = &SCHEMA.relationships[usize::from(relationship.0)];
        match relationship.field_name.as_deref() {
            Some("owner") => vec![Row::Owner],
            Some("parts") => vec![Row::Part(1), Row::Part(2), Row::Part(3)],
            Some("thing") => vec![Row::Thing { integers: false }],
            _ => Vec::new(),
        }
    }
}

/// A column of the thing. `integers`: as a database stores it that has no booleans, and doubles without fraction as integers.
fn thing(column: &str, integers: bool) -> Value {
    let text = |text: &str| Value::Text(text.to_owned());
    match column {
        "name" => text("Ann"),
        "flag" if integers => Value::Int(1),
        "flag" => Value::Bool(true),
        "small" => Value::Int(7),
        "big" => Value::Int(i64::MAX),
        "ratio" | "cost" if integers => Value::Int(2),
        "ratio" => Value::Float(2.0),
        "cost" => text("2.00"),
        "at" => text("2024-01-01T00:00:00.000000+00:00"),
        "day" => text("2024-01-01"),
        "clock" => text("08:30:00"),
        "raw" => Value::Blob(vec![0, 0xab]),
        "colour" => text("red"),
        "doc" => text(
            r#"{"a":{"b":5},"s":"x","n":null,"f":1.5,"at":"2024-01-01T00:00:00Z","day":"2024-01-01","clock":"08:30","list":["x",null],"mixed":["y",1]}"#,
        ),
        "tags" => text(r#"["a","b"]"#),
        "costs" => text(r#"["1.50",2]"#),
        "numbers" => text("[1,2,3]"),
        _ => Value::Null,
    }
}

#[track_caller]
fn check_over(row: Option<Row>, source: &str, expected: Truth) {
    let model = SCHEMA.models.iter().find(|model| model.name == "Thing").map(|model| model.id);
    let scope = Scope { schema: &SCHEMA, model, kind: Kind::Check, signed_in: true };
    let (expr, _) = rule::check(&scope, source, Span::default()).unwrap_or_else(|found| panic!("{source}: {found:#?}"));
    let claims = serde_json::json!({ "text": "x", "day": "2024-01-01", "clock": "08:30:00", "list": ["a"] });
    let claims = claims.as_object().expect("an object").clone();
    let identity = Identity { roles: roles("user"), uid: Some("me".to_owned()), claims };
    let principal = Principal { identity: Arc::new(identity), ..Principal::with_roles(roles("user")) };
    let patterns = Patterns::default();
    let (rows, old) = (&World, None);
    let context = Context { schema: &SCHEMA, rows, row, old, principal: &principal, now_us: 0, patterns: &patterns };
    assert_eq!(evaluate(&expr, &context), expected, "{source}");
    assert_eq!(evaluate(&expr, &context), expected, "{source}, with its pattern compiled");
}

#[track_caller]
fn check(source: &str, expected: Truth) {
    check_over(Some(Row::Thing { integers: false }), source, expected);
}

#[test]
fn columns_read_as_their_type() {
    for integers in [false, true] {
        for (source, expected) in [
            ("flag", True),
            ("!flag", False),
            ("ratio == 2.0 && ratio < 2.5", True),
            ("cost == 2.0 && cost > 1.5", True),
        ] {
            check_over(Some(Row::Thing { integers }), source, expected);
        }
    }
    check("name == 'Ann' && name != 'Bob'", True);
    check("name == 'Bob'", False);
    check("small == 7 && small > 6 && small < 8", True);
    check("big == 9223372036854775807", True);
    check("big + 1 > 0", Error);
    check("at == timestamp('2024-01-01T00:00:00Z')", True);
    check("at > now", True);
    check("day == '2024-01-01' && day < '2024-01-02'", True);
    check("clock == '08:30' && clock >= '08:29'", True);
    check("raw == raw", True);
    check("raw != raw", False);
    check("colour == 'red'", True);
    check("colour == 'green'", False);
}

#[test]
fn values_inside_json() {
    check("doc.a.b == 5", True);
    check("doc.a.b == 6", False);
    check("doc.a.b == 'x'", Error);
    check("doc.a.none == 5", False);
    check("doc.s.none == 5", False);
    check("doc.n == null && doc.none == null", True);
    check("doc.a == null", False);
    check("doc.f > 1.25", True);
    check("doc.f > 1", Error);
    check("doc.at == at", True);
    check("doc.day == day", True);
    check("doc.clock == clock", True);
    check("doc.s == day", Error);
    check("doc.s == clock", Error);
    check("'x' in doc.list", True);
    check("'y' in doc.list", False);
    check("'y' in doc.mixed", Error);
    check("'y' in doc.none", False);
    check("'y' in doc.s", Error);
    check("auth.claims.day == day && auth.claims.clock == clock", True);
    check("auth.claims.text == day", Error);
}

#[test]
fn lists() {
    check("'a' in tags", True);
    check("'c' in tags", False);
    check("size(tags) == 2 && size(numbers) == 3", True);
    check("tags.exists(t, t == 'b')", True);
    check("tags.exists(t, t == 'c')", False);
    check("tags.all(t, t < 'c')", True);
    check("tags.all(t, t < 'b')", False);
    check("1.5 in costs && 2.0 in costs", True);
    check("2.5 in costs", False);
    check("numbers.exists_one(n, n > 2)", True);
    check("numbers.exists_one(n, n > 1)", False);
    check("numbers.exists_one(n, n > 3)", False);
    check("numbers.exists(n, numbers.exists(m, m == n + 2))", True);
    check("numbers.exists(n, numbers.exists(m, m == n + 3))", False);
    check("'a' in auth.claims.list", True);
    check("name in ['Ann', 'Bob']", True);
    check("empty in ['Ann', 'Bob']", False);
    check("small in [1, big + 1, 7]", True);
    check("small in [1, big + 1]", Error);
}

#[test]
fn macros_absorb_errors_where_another_row_decides() {
    check("numbers.exists(n, 6 / (n - 2) == 6)", True);
    check("numbers.exists(n, 6 / (n - 2) == 7)", Error);
    check("numbers.all(n, 6 / (n - 2) == 6)", False);
    check("numbers.all(n, 6 / (n - 2) != 7)", Error);
    check("numbers.exists_one(n, 6 / (n - 2) == 6)", Error);
}

#[test]
fn related_rows() {
    check("owner.rank == 3", True);
    check("owner.rank == 4", False);
    check("owner == null", False);
    check("other == null", True);
    check("other.rank == 3", False);
    check("other.rank == null", True);
    check("size(parts) == 3", True);
    check("parts.exists(p, p.size == 2)", True);
    check("parts.exists(p, p.size == 4)", False);
    check("parts.all(p, p.size == null || p.size < 3)", True);
    check("parts.all(p, p.size < 3)", False);
    check("parts.exists_one(p, p.size > 1)", True);
    check("parts.exists_one(p, p.size > 0)", False);
    check("parts.exists(p, p.thing.name == 'Ann')", True);
    check("parts.exists(p, p.thing.name == 'Bob')", False);
    check("old.small == 7", False);
    check("old.small == null", True);
}

#[test]
fn nulls_and_errors() {
    check("empty == 'x'", False);
    check("empty != 'x'", True);
    check("empty == null", True);
    check("name == null", False);
    check("!(empty == 'x')", True);
    check("empty.startsWith('x')", False);
    check("small / 0 == 1", Error);
    check("!(small / 0 == 1)", Error);
    check("small / 0 == 1 || flag", True);
    check("flag && small / 0 == 1", Error);
    check("!flag && small / 0 == 1", False);
    check("small / 0 == 1 && !flag", False);
    check("!flag || small / 0 == 1", Error);
    check("twice == 14", True);
    check("broken == 14", False);
    check("broken == null", True);
    check("(flag ? small : big) == 7", True);
    check("(!flag ? small : big) == 7", False);
    check("-small == -7", True);
    check_over(None, "name == null", True);
    check_over(None, "name == 'Ann'", False);
}

#[test]
fn functions_and_patterns() {
    check("name.matches('^A.n$')", True);
    check("name.matches('^B')", False);
    check("empty.matches('^B')", False);
    check("name.startsWith('A') && name.endsWith('n') && name.contains('n')", True);
    check("name.lowerAscii() == 'ann' && name.upperAscii() == 'ANN'", True);
    check("size(name) == 3", True);
    check("math.least(small, 3) == 3 && math.greatest(small, 3) == 7 && math.abs(-small) == 7", True);
}

#[test]
fn only_true_passes() {
    assert_eq!([True, False, Error].map(Truth::passes), [true, false, false]);
}
