//! A random schema, its rows, and a random change of both. In: dice. Out: the schema's text, and what every table must hold.

use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Random numbers that a seed repeats.
pub(super) struct Dice(u64);

impl Dice {
    /// Dice of one round of a seed.
    pub(super) fn new(seed: u64, round: u64) -> Self {
        let mut dice = Self((seed << 32 ^ round).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        dice.below(2);
        dice
    }

    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % limit
    }

    fn one_in(&mut self, chances: usize) -> bool {
        self.below(chances) == 0
    }
}

/// What must become of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Must {
    Apply,
    Refuse,
}

/// Name of a table, its columns and whether anybody may read them, and its rows by id.
type ExpectedTable = (String, Vec<(String, bool)>, Vec<Map<String, Value>>);

/// What is expected of a change.
pub(super) struct Expected {
    /// Whether somebody has to agree first.
    pub(super) asks: bool,
    pub(super) outcome: Must,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Int,
    BigInt,
    Float,
    Text,
    Boolean,
}

const KINDS: [Kind; 5] = [Kind::Int, Kind::BigInt, Kind::Float, Kind::Text, Kind::Boolean];

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Kind::Int => "Int",
            Kind::BigInt => "BigInt",
            Kind::Float => "Float",
            Kind::Text => "String",
            Kind::Boolean => "Boolean",
        }
    }

    fn value(self, dice: &mut Dice) -> Value {
        match self {
            Kind::Int | Kind::BigInt => json!(dice.below(2_000_000)),
            // Halves, so that no digit is lost on the way through text.
            Kind::Float => json!(f64::from(u32::try_from(dice.below(2_000)).unwrap()) + 0.5),
            Kind::Text => json!(["", "a'b", "naïve \"quoted\"", "null", "x; DROP TABLE y", "\u{1F980}"][dice.below(6)]),
            Kind::Boolean => json!(dice.one_in(2)),
        }
    }

    fn default(self) -> (&'static str, Value) {
        match self {
            Kind::Int | Kind::BigInt => ("7", json!(7)),
            Kind::Float => ("1.5", json!(1.5)),
            Kind::Text => ("\"none\"", json!("none")),
            Kind::Boolean => ("true", json!(true)),
        }
    }
}

#[derive(Clone)]
struct Field {
    name: String,
    was: Option<String>,
    kind: Kind,
    required: bool,
    default: bool,
    open: bool,
    /// The table it refers to.
    refers: Option<String>,
}

impl Field {
    fn text(&self, types: &BTreeMap<String, String>) -> String {
        let mut text = format!("  {}: {}{}", self.name, self.kind.name(), if self.required { "!" } else { "" });
        if self.default {
            text += &format!(" @default(value: {})", self.kind.default().0);
        }
        if !self.open {
            text += " @readable(roles: [\"admin\"])";
        }
        if let Some(was) = &self.was {
            text += &format!(" @rename(from: \"{was}\")");
        }
        if let Some(other) = self.refers.as_ref().and_then(|table| types.get(table)) {
            text += &format!("\n  {}Row: {other} @relation(fields: [\"{}\"])", self.name, self.name);
        }
        text
    }
}

struct Table {
    name: String,
    was: Option<String>,
    open: bool,
    fields: Vec<Field>,
    rows: Vec<Map<String, Value>>,
}

/// A schema and its rows.
pub(super) struct Shape {
    tables: Vec<Table>,
    names: usize,
}

/// A change of one table; `None` when it does not fit.
type Step = fn(&mut Shape, usize, &mut Dice) -> Option<Expected>;

const fn fine(asks: bool) -> Option<Expected> {
    Some(Expected { asks, outcome: Must::Apply })
}

const STEPS: &[Step] = &[
    Shape::add_field,
    Shape::add_field,
    Shape::drop_field,
    Shape::rename_field,
    Shape::widen,
    Shape::require,
    Shape::relax,
    Shape::add_table,
    Shape::drop_table,
    Shape::rename_table,
    Shape::relate,
    Shape::unrelate,
    Shape::open_or_close,
];

impl Shape {
    /// Two or three tables of up to five fields.
    pub(super) fn random(dice: &mut Dice) -> Self {
        let mut shape = Self { tables: Vec::new(), names: 0 };
        for _ in 0..2 + dice.below(2) {
            shape.add_table(0, dice);
        }
        if dice.one_in(2) {
            shape.relate(0, dice);
        }
        shape
    }

    fn name(&mut self, of: &str) -> String {
        self.names += 1;
        format!("{of}{}", self.names)
    }

    fn field(&mut self, dice: &mut Dice) -> Field {
        let kind = KINDS[dice.below(KINDS.len())];
        let required = dice.one_in(3);
        let name = self.name("f");
        Field { name, was: None, kind, required, default: dice.one_in(3), open: !dice.one_in(4), refers: None }
    }

    /// The schema file.
    pub(super) fn text(&self) -> String {
        let types: BTreeMap<String, String> =
            self.tables.iter().map(|table| (table.name.clone(), format!("Type{}", table.name))).collect();
        let mut text = String::new();
        for table in &self.tables {
            let rename = table.was.as_ref().map(|was| format!(" @rename(from: \"{was}\")")).unwrap_or_default();
            let access = if table.open { "@access(ops: [ALL])" } else { "@access(roles: [\"admin\"], ops: [ALL])" };
            let fields: Vec<String> = table.fields.iter().map(|field| field.text(&types)).collect();
            let back: Vec<String> = self
                .tables
                .iter()
                .flat_map(|other| {
                    let refers = other.fields.iter().filter(|field| field.refers.as_ref() == Some(&table.name));
                    refers.map(|field| format!("  {}Rows: [{}!]", field.name, types[&other.name]))
                })
                .collect();
            text += &format!(
                "enum Role @role {{ admin }}\ntype {} @model(table: \"{}\"){rename} {access} {{\n  id: Int! @id(auto: NONE)\n{}\n{}\n}}\n",
                types[&table.name], table.name, fields.join("\n"), back.join("\n")
            ).replace("enum Role @role { admin }\n", if text.is_empty() { "enum Role @role { admin }\n" } else { "" });
        }
        text
    }

    /// Rows for every table, in an order in which references find their rows.
    pub(super) fn fill(&mut self, dice: &mut Dice) -> Vec<(String, Vec<Value>)> {
        let mut order: Vec<usize> = (0..self.tables.len()).collect();
        order.sort_by_key(|at| self.tables[*at].fields.iter().any(|field| field.refers.is_some()));
        let mut filled = Vec::new();
        for at in order {
            let count = dice.below(12);
            let counts: BTreeMap<String, usize> =
                self.tables.iter().map(|table| (table.name.clone(), table.rows.len())).collect();
            let table = &mut self.tables[at];
            for id in 0..count {
                let mut row = Map::from_iter([("id".to_owned(), json!(id))]);
                for field in &table.fields {
                    let others = field.refers.as_ref().map(|other| counts[other]);
                    let value = match others {
                        _ if !field.required && dice.one_in(3) => Value::Null,
                        Some(0) => Value::Null,
                        Some(others) => json!(dice.below(others)),
                        None => field.kind.value(dice),
                    };
                    row.insert(field.name.clone(), value);
                }
                table.rows.push(row);
            }
            if count > 0 {
                filled.push((table.name.clone(), table.rows.iter().cloned().map(Value::Object).collect()));
            }
        }
        filled
    }

    /// Each table with its columns, whether anybody may read them, and its rows by id.
    pub(super) fn expected(&self) -> Vec<ExpectedTable> {
        let of = |table: &Table| {
            let columns = table.fields.iter().map(|field| (field.name.clone(), table.open && field.open)).collect();
            (table.name.clone(), columns, table.rows.clone())
        };
        self.tables.iter().map(of).collect()
    }

    /// Changes one to three things, each of another table.
    pub(super) fn change(&mut self, dice: &mut Dice) -> Expected {
        let mut all = Expected { asks: false, outcome: Must::Apply };
        let before: Vec<String> = self.tables.iter().map(|table| table.name.clone()).collect();
        let mut touched: Vec<String> = Vec::new();
        for _ in 0..1 + dice.below(3) {
            let at = dice.below(self.tables.len().max(1));
            let Some(name) = self.tables.get(at).map(|table| table.name.clone()) else { continue };
            // A table of this change holds no rows: nothing can be lost of it.
            if touched.contains(&name) || !before.contains(&name) {
                continue;
            }
            let step = STEPS[dice.below(STEPS.len())];
            if let Some(expected) = step(self, at, dice) {
                all.asks |= expected.asks;
                if expected.outcome == Must::Refuse {
                    all.outcome = Must::Refuse;
                }
                touched.push(name);
                touched.extend(self.tables.get(at).map(|table| table.name.clone()));
            }
        }
        all
    }

    fn pick(&self, at: usize, dice: &mut Dice, fits: fn(&Field) -> bool) -> Option<usize> {
        let fields = &self.tables[at].fields;
        let fitting: Vec<usize> = (0..fields.len()).filter(|field| fits(&fields[*field])).collect();
        (!fitting.is_empty()).then(|| fitting[dice.below(fitting.len())])
    }

    /// A required field without a default can only be added to an empty table.
    fn add_field(&mut self, at: usize, dice: &mut Dice) -> Option<Expected> {
        let field = self.field(dice);
        let table = &mut self.tables[at];
        let value = if field.default { field.kind.default().1 } else { Value::Null };
        for row in &mut table.rows {
            row.insert(field.name.clone(), value.clone());
        }
        let asks = field.required && !field.default;
        let outcome = if asks && !table.rows.is_empty() { Must::Refuse } else { Must::Apply };
        table.fields.push(field);
        Some(Expected { asks, outcome })
    }

    fn drop_field(&mut self, at: usize, dice: &mut Dice) -> Option<Expected> {
        let field = self.pick(at, dice, |_| true)?;
        let table = &mut self.tables[at];
        let name = table.fields.remove(field).name;
        for row in &mut table.rows {
            row.shift_remove(&name);
        }
        fine(true)
    }

    fn rename_field(&mut self, at: usize, dice: &mut Dice) -> Option<Expected> {
        let field = self.pick(at, dice, |field| field.refers.is_none())?;
        let to = self.name("g");
        let table = &mut self.tables[at];
        let from = std::mem::replace(&mut table.fields[field].name, to.clone());
        for row in &mut table.rows {
            let value = row.shift_remove(&from).unwrap();
            row.insert(to.clone(), value);
        }
        table.fields[field].was = Some(from);
        fine(false)
    }

    /// To a type that has every value of the old one.
    fn widen(&mut self, at: usize, dice: &mut Dice) -> Option<Expected> {
        let field = self.pick(at, dice, |field| field.kind == Kind::Int && field.refers.is_none() && !field.default)?;
        let kind = [Kind::BigInt, Kind::Float, Kind::Text][dice.below(3)];
        let table = &mut self.tables[at];
        table.fields[field].kind = kind;
        for row in &mut table.rows {
            let value = &mut row[&table.fields[field].name];
            match (kind, value.as_i64()) {
                (Kind::Text, Some(number)) => *value = json!(number.to_string()),
                (Kind::Float, Some(number)) => *value = json!(f64::from(u32::try_from(number).unwrap())),
                _ => {}
            }
        }
        fine(false)
    }

    /// Nulls become the default; without one they refuse it.
    fn require(&mut self, at: usize, dice: &mut Dice) -> Option<Expected> {
        let field = self.pick(at, dice, |field| !field.required && field.refers.is_none())?;
        let table = &mut self.tables[at];
        let field = &mut table.fields[field];
        field.required = true;
        let mut outcome = Must::Apply;
        for row in table.rows.iter_mut().filter(|row| row[&field.name].is_null()) {
            if field.default {
                row[&field.name] = field.kind.default().1;
            } else {
                outcome = Must::Refuse;
            }
        }
        Some(Expected { asks: !field.default, outcome })
    }

    fn relax(&mut self, at: usize, dice: &mut Dice) -> Option<Expected> {
        let field = self.pick(at, dice, |field| field.required)?;
        self.tables[at].fields[field].required = false;
        fine(false)
    }

    fn add_table(&mut self, _: usize, dice: &mut Dice) -> Option<Expected> {
        let fields = (0..1 + dice.below(5)).map(|_| self.field(dice)).collect();
        let name = self.name("t");
        self.tables.push(Table { name, was: None, open: !dice.one_in(3), fields, rows: Vec::new() });
        fine(false)
    }

    fn drop_table(&mut self, at: usize, _: &mut Dice) -> Option<Expected> {
        let name = &self.tables[at].name;
        let is_needed =
            self.tables.iter().any(|table| table.fields.iter().any(|field| field.refers.as_ref() == Some(name)));
        if is_needed || self.tables.len() == 1 {
            return None;
        }
        self.tables.remove(at);
        fine(true)
    }

    fn rename_table(&mut self, at: usize, _: &mut Dice) -> Option<Expected> {
        let to = self.name("u");
        let from = std::mem::replace(&mut self.tables[at].name, to.clone());
        self.tables[at].was = Some(from.clone());
        for field in self.tables.iter_mut().flat_map(|table| &mut table.fields) {
            if field.refers.as_ref() == Some(&from) {
                field.refers = Some(to.clone());
            }
        }
        fine(false)
    }

    /// A new field that refers to another table, null in every row.
    fn relate(&mut self, at: usize, _: &mut Dice) -> Option<Expected> {
        let other = (0..self.tables.len()).find(|other| *other != at)?;
        let refers = Some(self.tables[other].name.clone());
        // Two references between the same tables would need names for their other sides.
        if self.tables[at].fields.iter().any(|field| field.refers == refers) {
            return None;
        }
        if self.tables[other].fields.iter().any(|field| field.refers.is_some()) {
            return None;
        }
        let name = self.name("r");
        let table = &mut self.tables[at];
        for row in &mut table.rows {
            row.insert(name.clone(), Value::Null);
        }
        let field = Field { name, was: None, kind: Kind::Int, required: false, default: false, open: true, refers };
        table.fields.push(field);
        fine(false)
    }

    /// The field stays, with its values; it refers to nothing.
    fn unrelate(&mut self, at: usize, dice: &mut Dice) -> Option<Expected> {
        let field = self.pick(at, dice, |field| field.refers.is_some())?;
        self.tables[at].fields[field].refers = None;
        fine(false)
    }

    /// Who may read is no matter of the database: nothing to migrate, and at once in force.
    fn open_or_close(&mut self, at: usize, dice: &mut Dice) -> Option<Expected> {
        let field = dice.below(self.tables[at].fields.len() + 1);
        let table = &mut self.tables[at];
        match table.fields.get_mut(field) {
            Some(field) => field.open = !field.open,
            None => table.open = !table.open,
        }
        fine(false)
    }
}
