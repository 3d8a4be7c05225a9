//! A random schema with rows in it: in the database, and beside it in stored form.

use crate::random::Random;
use backstay_engine::Engine;
use backstay_plan::Principal;
use backstay_plan::principal::{Identity, RoleSet, WireRole};
use backstay_plan::request::{
    Absent, Action, Cell, CompareOp, Condition, Delete, FieldRef, Guards, Input, Insert, Operator, Quantity, Request,
    Slot,
};
use backstay_plan::value::Value;
use backstay_schema::Source;
use backstay_schema::model::{Field, FieldId, ModelId, Scalar, Schema};
use backstay_schema::rule::literal;
use serde_json::{Map, Value as Json, json};

/// Types of the columns that models draw from.
const COLUMNS: [(&str, &str); 18] = [
    ("n", "Int"),
    ("m", "Int"),
    ("big", "BigInt"),
    ("f", "Float"),
    ("g", "Float"),
    ("cost", "Decimal"),
    ("flag", "Boolean"),
    ("done", "Boolean"),
    ("s", "String"),
    ("title", "String"),
    ("ref", "UUID"),
    ("at", "DateTime"),
    ("until", "DateTime"),
    ("day", "Date"),
    ("clock", "Time"),
    ("meta", "JSON"),
    ("color", "Color"),
    ("raw", "Bytes"),
];
const LISTS: [(&str, &str); 3] = [("tags", "[String]"), ("nums", "[Int]"), ("reals", "[Float]")];

/// When rows are deleted: the time of every request here.
const DELETED_AT: &str = "2024-02-29T12:00:00.000000+00:00";

/// Computed columns, and the columns they need.
const COMPUTED: [(&str, &str, &str, &[&str]); 4] = [
    ("next", "BigInt", "big + 1", &["big"]),
    ("loud", "String", "s.upperAscii() + title", &["s", "title"]),
    ("ratio", "Float", "f / g", &["f", "g"]),
    ("odd", "Boolean", "n % m == 1 || tags.exists(t, t == s)", &["n", "m", "tags", "s"]),
];

pub(crate) const INTS: [i64; 10] = [0, 1, -1, 2, 7, 100, -2_147_483_648, 2_147_483_647, 3, -3];
pub(crate) const BIG_INTS: [i64; 9] =
    [0, 1, -1, 9_007_199_254_740_992, 9_007_199_254_740_993, -9_007_199_254_740_993, i64::MAX, i64::MIN, 5];
pub(crate) const FLOATS: [f64; 9] = [0.0, 1.0, -1.5, 2.25, 0.1, 1e308, -1e308, 1e-300, 7.0];
pub(crate) const TEXTS: [&str; 11] = ["", "a", "A", "ab", " ab ", "é", "🙂x", "a%b_c\\", "it''s", "admin", "10"];
pub(crate) const UUIDS: [&str; 2] = ["0b9e1a52-93f4-4c1b-8d5d-3c2f3a1b0c9d", "ffffffff-93f4-4c1b-8d5d-3c2f3a1b0c9d"];
pub(crate) const INSTANTS: [&str; 6] = [
    "2024-02-29T12:00:00+00:00",
    "2024-02-29T11:59:59.999999+00:00",
    "1970-01-01T00:00:00+00:00",
    "0001-01-01T00:00:00+00:00",
    "9999-12-31T23:59:59.999999+00:00",
    "2023-12-31T23:00:00.5+00:00",
];
pub(crate) const DATES: [&str; 4] = ["2024-02-29", "1999-12-31", "0001-01-01", "9999-12-31"];
pub(crate) const TIMES: [&str; 4] = ["00:00:00", "12:30:00", "12:30:00.5", "23:59:59.999999"];
pub(crate) const COLORS: [&str; 3] = ["red", "green", "blue"];

/// A row: its model and its place in it.
pub(crate) type Row = (ModelId, usize);

/// A schema and its rows.
pub(crate) struct World {
    pub(crate) schema: Schema,
    /// By model, row and field; stored form.
    pub(crate) cells: Vec<Vec<Vec<Value>>>,
}

impl World {
    pub(crate) fn new(random: &mut Random) -> World {
        let text = sdl(random);
        let parsed = backstay_schema::parse(&[Source { name: "schema.graphql".into(), text: text.clone() }]);
        let schema = parsed.schema.unwrap_or_else(|| panic!("{:#?}\n{text}", parsed.diagnostics));
        let cells = schema.models.iter().map(|_| Vec::new()).collect();
        World { schema, cells }
    }

    /// Makes rows in every model, those that are referred to first.
    pub(crate) async fn fill(&mut self, engine: &Engine, random: &mut Random) {
        let service = Principal::with_roles(RoleSet::service());
        for at in 0..self.schema.models.len() {
            let id = ModelId(u16::try_from(at).unwrap());
            let count = if self.schema.models[at].generated { 6 } else { 3 + random.below(10) };
            let mut rows: Vec<Vec<Json>> = Vec::new();
            for row in 0..count {
                let cells = self.row(random, id, row);
                let is_new = !self.schema.models[at].generated || !rows.contains(&cells);
                if is_new {
                    rows.push(cells);
                }
            }
            let model = &self.schema.models[at];
            let fields: Vec<&Field> = model.fields.iter().filter(|field| is_written(field)).collect();
            let stored = |cells: &Vec<Json>| -> Vec<Value> {
                let mut by_field = vec![Value::Null; model.fields.len()];
                for (field, cell) in fields.iter().zip(cells) {
                    by_field[usize::from(field.id.0)] = stored(field, cell);
                }
                by_field
            };
            self.cells[at] = rows.iter().map(stored).collect();
            let cell = |cell: &Json| if cell.is_null() { Cell::Null } else { Cell::Json(cell.to_string().into()) };
            let input = Input::Rows(rows.iter().map(|row| row.iter().map(cell).collect()).collect());
            let insert = Insert {
                relation: model.table.clone(),
                columns: fields.iter().map(|field| field.name.clone()).collect(),
                rows: Slot(0),
                absent: Absent::Default,
                conflict: None,
                returning: None,
                referred: None,
            };
            let request = Request { action: Action::Insert(insert), inputs: vec![input], guards: Guards::default() };
            engine.run(&request, &service).await.unwrap_or_else(|error| panic!("{error:?} for {rows:?}"));
            self.delete_some(engine, random, id).await;
        }
    }

    /// Deletes some rows of a model that keeps deleted ones.
    async fn delete_some(&mut self, engine: &Engine, random: &mut Random, id: ModelId) {
        let model = &self.schema.models[usize::from(id.0)];
        let Some(deleted) = model.soft_delete else { return };
        for row in self.rows_of(id) {
            if !random.one_in(4) {
                continue;
            }
            let field = FieldRef { name: "id".into(), path: Vec::new() };
            let operator = Operator::Compare(CompareOp::Eq, Quantity::One, Slot(0));
            let filter = vec![Condition::Test { field, operator }];
            let delete = Delete { relation: model.table.clone(), filter, returning: None };
            let inputs = vec![Input::Text(self.key(row))];
            let request = Request { action: Action::Delete(delete), inputs, guards: Guards::default() };
            let answer = engine.run(&request, &Principal::with_roles(RoleSet::service())).await.unwrap();
            assert_eq!(answer.affected, 1);
            self.cells[usize::from(id.0)][row.1][usize::from(deleted.0)] = Value::Text(DELETED_AT.to_owned());
        }
    }

    /// The cells of a new row, as JSON, for every field that callers write.
    fn row(&self, random: &mut Random, model: ModelId, row: usize) -> Vec<Json> {
        let of = &self.schema.models[usize::from(model.0)];
        let fields = of.fields.iter().filter(|field| is_written(field));
        fields.map(|field| self.cell(random, model, field, row)).collect()
    }

    fn cell(&self, random: &mut Random, model: ModelId, field: &Field, row: usize) -> Json {
        let key = self.schema.foreign_keys.iter().find(|key| key.from == model && key.from_fields == [field.id]);
        if let Some(key) = key {
            let there = &self.cells[usize::from(key.to.0)];
            if there.is_empty() || (field.ty.nullable && random.one_in(4)) {
                return Json::Null;
            }
            let Value::Text(id) = &random.pick(there)[usize::from(key.to_fields[0].0)] else { panic!("keys are text") };
            return json!(id);
        }
        if field.name == "id" {
            return json!(if row < 2 { TEXTS[row + 1].to_owned() } else { format!("k{row}") });
        }
        if field.ty.nullable && random.one_in(4) {
            return Json::Null;
        }
        if field.ty.list {
            let len = random.below(4);
            let item = |random: &mut Random| {
                if random.one_in(6) { Json::Null } else { scalar(random, field.ty.scalar) }
            };
            return (0..len).map(|_| item(random)).collect();
        }
        let value = scalar(random, field.ty.scalar);
        if value.is_null() && !field.ty.nullable { json!({}) } else { value }
    }

    /// The rows of a model that are not deleted.
    pub(crate) fn rows_of(&self, model: ModelId) -> Vec<Row> {
        let rows = (0..self.cells[usize::from(model.0)].len()).map(|row| (model, row));
        let deleted = self.schema.models[usize::from(model.0)].soft_delete;
        rows.filter(|row| deleted.is_none_or(|field| *self.at(*row, field) == Value::Null)).collect()
    }

    pub(crate) fn at(&self, row: Row, field: FieldId) -> &Value {
        &self.cells[usize::from(row.0.0)][row.1][usize::from(field.0)]
    }

    /// The key of a row, which is text.
    pub(crate) fn key(&self, row: Row) -> String {
        let model = &self.schema.models[usize::from(row.0.0)];
        match self.at(row, model.key[0]) {
            Value::Text(text) => text.clone(),
            other @ (Value::Null | Value::Bool(_) | Value::Int(_) | Value::Float(_) | Value::Blob(_)) => {
                panic!("keys are text, not {other:?}")
            }
        }
    }

    pub(crate) fn show(&self, row: Row) -> String {
        let model = &self.schema.models[usize::from(row.0.0)];
        let cells: Vec<String> =
            model.fields.iter().map(|field| format!("{}={:?}", field.name, self.at(row, field.id))).collect();
        cells.join(" ")
    }
}

/// Whether callers write a field: it is neither computed nor kept by the server.
fn is_written(field: &Field) -> bool {
    field.computed.is_none() && field.managed.is_none()
}

/// Two to four models in a chain of relations, each with some of the columns, and perhaps a many-to-many relation.
fn sdl(random: &mut Random) -> String {
    let models = 2 + random.below(3);
    let many = random.one_in(2).then(|| (random.below(models), random.below(models))).filter(|(a, b)| a != b);
    let mut text = String::from("enum Color { red green blue }\n");
    for at in 0..models {
        let soft = if random.one_in(3) { " @softDelete" } else { "" };
        text.push_str(&format!("type M{at} @model(table: \"t{at}\"){soft} {{ id: ID! @id(auto: NONE)\n"));
        let mut has = Vec::new();
        for (name, ty) in COLUMNS.iter().chain(&LISTS) {
            if random.below(10) < 7 {
                has.push(*name);
                let required = if random.one_in(3) { "!" } else { "" };
                text.push_str(&format!("  {name}: {ty}{required}\n"));
            }
        }
        for (name, ty, expr, needs) in COMPUTED {
            if needs.iter().all(|need| has.contains(need)) && random.one_in(2) {
                text.push_str(&format!("  {name}: {ty} @computed(expr: \"{expr}\")\n"));
            }
        }
        if at > 0 {
            let required = if random.one_in(4) { "!" } else { "" };
            text.push_str(&format!("  up: M{}{required} @relation(name: \"chain{at}\")\n", at - 1));
        }
        if at + 1 < models {
            text.push_str(&format!("  down: [M{}!]! @relation(name: \"chain{}\")\n", at + 1, at + 1));
        }
        if let Some((a, b)) = many {
            if at == a {
                text.push_str(&format!("  many: [M{b}!]! @relation(name: \"many\")\n"));
            }
            if at == b {
                text.push_str(&format!("  back: [M{a}!]! @relation(name: \"many\")\n"));
            }
        }
        text.push_str("}\n");
    }
    text
}

/// A value of a type, as JSON on the wire.
fn scalar(random: &mut Random, scalar: Scalar) -> Json {
    match scalar {
        Scalar::Int => json!(random.pick(&INTS)),
        Scalar::BigInt => json!(random.pick(&BIG_INTS)),
        Scalar::Float => json!(random.pick(&FLOATS)),
        Scalar::Decimal => json!(random.pick(&["0", "10.50", "-3", "2.25", "123456789.125", "0.1"])),
        Scalar::Boolean => json!(random.one_in(2)),
        Scalar::String | Scalar::Id | Scalar::Email | Scalar::Url | Scalar::Phone => json!(random.pick(&TEXTS)),
        Scalar::Uuid => json!(random.pick(&UUIDS)),
        Scalar::DateTime => json!(random.pick(&INSTANTS)),
        Scalar::Date => json!(random.pick(&DATES)),
        Scalar::Time => json!(random.pick(&TIMES)),
        Scalar::Bytes => json!(random.pick(&["\\x", "\\x00ff", "\\x61"])),
        Scalar::Json | Scalar::Object(_) => any_json(random, 2),
        Scalar::Enum(_) => json!(random.pick(&COLORS)),
    }
}

/// JSON of any shape, often with the keys that rules ask for.
fn any_json(random: &mut Random, depth: usize) -> Json {
    match random.below(if depth == 0 { 7 } else { 11 }) {
        0 => Json::Null,
        1 => json!(random.one_in(2)),
        2 => json!(random.pick(&INTS)),
        3 => json!(random.pick(&BIG_INTS)),
        4 => json!(random.pick(&FLOATS)),
        5 => json!(random.pick(&TEXTS)),
        6 => json!(random.pick(&INSTANTS)),
        7 => (0..random.below(4)).map(|_| json!(random.pick(&TEXTS))).collect(),
        8 => (0..random.below(4)).map(|_| any_json(random, 0)).collect(),
        _ => {
            let keys = ["a", "b", "n", "x y", "1"];
            let members = (0..random.below(4)).map(|_| ((*random.pick(&keys)).to_owned(), any_json(random, depth - 1)));
            Json::Object(members.collect::<Map<String, Json>>())
        }
    }
}

/// The stored form of a cell.
fn stored(field: &Field, cell: &Json) -> Value {
    if cell.is_null() {
        return Value::Null;
    }
    if field.ty.list || matches!(field.ty.scalar, Scalar::Json | Scalar::Object(_)) {
        return Value::Text(cell.to_string());
    }
    match (field.ty.scalar, cell) {
        (Scalar::DateTime, Json::String(text)) => {
            Value::Text(literal::timestamp(text).and_then(literal::timestamp_text).unwrap())
        }
        (Scalar::Bytes, Json::String(text)) => Value::Blob(
            text.as_bytes()[2..]
                .chunks(2)
                .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
                .collect(),
        ),
        (_, Json::String(text)) => Value::Text(text.clone()),
        (_, Json::Bool(value)) => Value::Bool(*value),
        (Scalar::Float, Json::Number(value)) => Value::Float(value.as_f64().unwrap()),
        (_, Json::Number(value)) => Value::Int(value.as_i64().unwrap()),
        (_, other) => panic!("{other} in {}", field.name),
    }
}

/// A signed-in caller with claims that are there, missing, null or of another type.
pub(crate) fn identity(random: &mut Random) -> Identity {
    let mut claims = Map::new();
    for key in ["org", "n", "f", "flag", "at", "orgs", "nums", "deep", "email", "aal", "email_verified"] {
        if random.one_in(4) {
            continue;
        }
        let value = match key {
            _ if random.one_in(5) => any_json(random, 1),
            "n" => json!(random.pick(&INTS)),
            "f" => json!(random.pick(&FLOATS)),
            "flag" | "email_verified" => json!(random.one_in(2)),
            "at" => json!(random.pick(&INSTANTS)),
            "orgs" => (0..random.below(4)).map(|_| json!(random.pick(&TEXTS))).collect(),
            "nums" => (0..random.below(4)).map(|_| json!(random.pick(&INTS))).collect(),
            "deep" => json!({"a": random.pick(&TEXTS)}),
            _ => json!(random.pick(&TEXTS)),
        };
        claims.insert(key.to_owned(), value);
    }
    let uid = (!random.one_in(6)).then(|| (*random.pick(&TEXTS)).to_owned());
    let application = if random.one_in(3) { vec!["admin".to_owned()] } else { Vec::new() };
    let roles = RoleSet { wire: WireRole::Authenticated, application };
    Identity { roles, uid, claims }
}
