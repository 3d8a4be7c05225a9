//! Random requests that fit a world: reads, writes, calls and transactions, well formed mostly.

use crate::dice::Dice;
use crate::worlds::{TEXTS, Table, World};
use serde_json::{Value, json};
use std::fmt::Write as _;

/// A request.
#[derive(Clone)]
pub(crate) struct Ask {
    pub(crate) method: &'static str,
    /// With its query string, not escaped yet.
    pub(crate) path: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

const PREFERS: &[&str] = &[
    "count=exact",
    "count=planned",
    "count=estimated",
    "return=representation",
    "return=representation, count=exact",
    "return=minimal",
    "return=headers-only",
    "max-affected=1, handling=strict",
    "resolution=merge-duplicates, return=representation",
    "resolution=ignore-duplicates, return=representation",
    "missing=default, return=representation",
];
const ACCEPTS: &[&str] =
    &["application/json", "text/csv", "application/vnd.pgrst.object+json", "application/vnd.pgrst.plan"];

impl Ask {
    pub(crate) fn new(method: &'static str, path: &str) -> Self {
        Self { method, path: path.to_owned(), headers: Vec::new(), body: String::new() }
    }

    pub(crate) fn with_body(mut self, body: &str) -> Self {
        body.clone_into(&mut self.body);
        self
    }

    pub(crate) fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn encoded_path(&self) -> String {
        let mut path = String::with_capacity(self.path.len());
        for character in self.path.chars() {
            if matches!(character, ' ' | '"' | '<' | '>' | '^' | '`' | '{' | '|' | '}') {
                write!(path, "%{:02X}", u32::from(character)).unwrap();
            } else {
                path.push(character);
            }
        }
        path
    }

    pub(crate) fn shown(&self) -> String {
        let headers: String = self.headers.iter().map(|(name, value)| format!("\n{name}: {value}")).collect();
        format!("{} {}{headers}\n{}", self.method, self.path, self.body)
    }
}

/// A request; a quarter of the writes are kept.
pub(crate) fn request(dice: &mut Dice, world: &World) -> Ask {
    if dice.one_in(8) {
        return transaction(dice, world);
    }
    let mut ask = operation(dice, world);
    let writes = !matches!(ask.method, "GET" | "HEAD");
    let rolled_back = writes && !dice.one_in(4);
    let prefer = if dice.one_in(2) { Some(dice.pick(PREFERS)) } else { None };
    let prefer = [rolled_back.then_some("tx=rollback"), prefer].into_iter().flatten().collect::<Vec<_>>().join(", ");
    if !prefer.is_empty() {
        ask = ask.with_header("Prefer", &prefer);
    }
    if dice.one_in(5) {
        ask = ask.with_header("Accept", dice.pick(ACCEPTS));
    }
    if dice.one_in(8) {
        ask = ask.with_header("Range", dice.pick(&["0-0", "1-1", "0-2", "3-", "9-10"]));
    }
    ask
}

/// What can be asked alone and in a transaction.
fn operation(dice: &mut Dice, world: &World) -> Ask {
    if !world.calls.is_empty() && dice.one_in(6) {
        let (path, table) = dice.of(world.calls);
        let method = dice.pick(&["GET", "GET", "HEAD", "POST"]);
        let query = query(dice, table, method);
        let joint = if path.contains('?') { '&' } else { '?' };
        let ask = Ask::new(method, &format!("{path}{joint}{}", query.join("&")));
        return if method == "POST" { ask.with_body("{}") } else { ask };
    }
    let table = dice.of(world.tables);
    let method = dice.pick(&["GET", "GET", "GET", "GET", "GET", "HEAD", "PATCH", "POST", "DELETE", "PUT"]);
    let method = if method == "DELETE" && !table.removable { "GET" } else { method };
    let mut query = query(dice, table, method);
    let body = match method {
        "POST" => {
            let (more, body) = dice.of(table.inserts);
            query.retain(|pair| pair.starts_with("select="));
            query.push((*more).to_owned());
            *body
        }
        "PUT" => {
            let (key, body) = dice.of(table.puts);
            query.retain(|pair| pair.starts_with("select="));
            query.push((*key).to_owned());
            *body
        }
        "PATCH" => dice.pick(table.patches),
        _ => "",
    };
    query.retain(|pair| !pair.is_empty());
    Ask::new(method, &format!("/{}?{}", table.name, query.join("&"))).with_body(body)
}

/// Several operations, some with a result of an earlier one.
fn transaction(dice: &mut Dice, world: &World) -> Ask {
    let mut steps = Vec::new();
    while steps.is_empty() || (steps.len() < 5 && !dice.one_in(3)) {
        let mut ask = operation(dice, world);
        if !steps.is_empty() && dice.one_in(3) {
            let earlier = dice.next() % u64::try_from(steps.len()).unwrap();
            let table = dice.of(world.tables);
            let (column, _) = dice.of(table.columns);
            let joint = if ask.path.contains('?') { '&' } else { '?' };
            write!(ask.path, "{joint}{column}=eq.${earlier}.0.{column}").unwrap();
        }
        let body: Value = serde_json::from_str(&ask.body).unwrap_or_default();
        let mut step = json!({"method": ask.method, "path": ask.encoded_path(), "body": body});
        if dice.one_in(2) || !matches!(ask.method, "GET" | "HEAD") {
            step["headers"] = json!({"Prefer": dice.pick(PREFERS)});
        }
        steps.push(step);
    }
    let ask = Ask::new("POST", "/").with_body(&Value::from(steps).to_string());
    let ask = ask.with_header("Content-Type", "application/json");
    if dice.one_in(4) { ask } else { ask.with_header("Prefer", "tx=rollback") }
}

fn query(dice: &mut Dice, table: &Table, method: &str) -> Vec<String> {
    let mut query = Vec::new();
    if dice.one_in(2) {
        query.push(select(dice, table));
    }
    let mut wanted = u32::from(matches!(method, "PATCH" | "DELETE"));
    while wanted > 0 || dice.one_in(2) {
        wanted = wanted.saturating_sub(1);
        let (column, test) = condition(dice, table);
        query.push(format!("{column}={test}"));
    }
    if dice.one_in(5) {
        let tree = dice.pick(&["or", "and", "not.or", "not.and"]);
        let ((a, b), (c, d)) = (condition(dice, table), condition(dice, table));
        query.push(format!("{tree}=({a}.{b},{c}.{d})"));
    }
    if dice.one_in(3) {
        let direction = dice.pick(&["", ".asc", ".desc", ".desc.nullslast", ".nullsfirst"]);
        query.push(format!("order={}{direction}", column(dice, table)));
    }
    if dice.one_in(4) {
        let (name, amount) = (dice.pick(&["limit", "limit", "limit", "offset"]), dice.pick(&["0", "1", "2", "5"]));
        query.push(format!("{name}={amount}"));
    }
    query
}

fn column(dice: &mut Dice, table: &Table) -> &'static str {
    if dice.one_in(12) { dice.pick(table.odd) } else { dice.of(table.columns).0 }
}

/// A condition, as column and test. One in twelve tests is of another kind than the column.
fn condition(dice: &mut Dice, table: &Table) -> (&'static str, &'static str) {
    if dice.one_in(12) {
        return (dice.pick(table.odd), dice.pick(TEXTS));
    }
    let (column, kind) = *dice.of(table.columns);
    let kind = if dice.one_in(12) { dice.of(table.columns).1 } else { kind };
    (column, dice.pick(kind.tests()))
}

fn select(dice: &mut Dice, table: &Table) -> String {
    let words = if dice.one_in(5) { table.aggregates } else { table.selects };
    let mut items = vec![dice.pick(words)];
    while dice.one_in(2) {
        let next = if dice.one_in(10) { dice.pick(table.odd) } else { dice.pick(words) };
        if !items.contains(&next) {
            items.push(next);
        }
    }
    format!("select={}", items.join(","))
}
