//! Random writes, each undone at its end: what they answer is compared, not what they leave.

use super::grammar::{Grammar, Request};
use super::tables::{Kind, Table};
use serde_json::{Map, Value, json};

/// A write to a table.
pub(super) fn write(grammar: &mut Grammar, table: &'static Table) -> Request {
    match *grammar.choose(&["POST", "POST", "PATCH", "DELETE"]) {
        "POST" => insert(grammar, table),
        method => change(grammar, table, method),
    }
}

fn insert(grammar: &mut Grammar, table: &'static Table) -> Request {
    let bulk = grammar.chance(3);
    let mut rows = vec![row(grammar, table)];
    if bulk {
        // Rows of one request name the same columns.
        let mut other = row(grammar, table);
        if let (Value::Object(first), Value::Object(other)) = (&rows[0], &mut other) {
            let both = first.keys().filter(|key| !other.contains_key(*key)).cloned().collect::<Vec<_>>();
            other.extend(both.into_iter().map(|key| (key, Value::Null)));
            other.retain(|key, _| first.contains_key(key));
        }
        rows.push(other);
    }
    let mut prefer = vec!["tx=rollback".to_owned(), returning(grammar)];
    let mut query = Vec::new();
    if grammar.chance(3) {
        prefer.push(format!("resolution={}", grammar.choose(&["merge-duplicates", "ignore-duplicates"])));
        if grammar.chance(2) {
            let target = *grammar.choose(&["id", "name", "key,scope", "shelf_id,book_id"]);
            query.push(format!("on_conflict={target}"));
        }
    }
    if bulk && grammar.chance(2) {
        let names: Vec<String> = table
            .columns
            .iter()
            .map(|column| column.name)
            .filter(|name| !name.contains('-'))
            .map(|name| format!("%22{name}%22"))
            .collect();
        query.push(format!("columns={}", names.join(",")));
        if grammar.chance(2) {
            prefer.push("missing=default".to_owned());
        }
    }
    if grammar.chance(2) {
        query.push(format!("select={}", columns(grammar, table)));
    }
    if grammar.chance(4) {
        prefer.push("count=exact".to_owned());
    }
    let body = if bulk { json!(rows).to_string() } else { rows.remove(0).to_string() };
    request("POST", table, (query, prefer), body)
}

fn change(grammar: &mut Grammar, table: &'static Table, method: &'static str) -> Request {
    let mut query = vec![grammar.filter(table)];
    let mut prefer = vec!["tx=rollback".to_owned(), returning(grammar)];
    if grammar.chance(3) {
        query.push(grammar.filter(table));
    }
    if grammar.chance(2) {
        query.push(format!("select={}", columns(grammar, table)));
    }
    if grammar.chance(4) {
        prefer.push("count=exact".to_owned());
    }
    let mut body = String::new();
    if method == "PATCH" {
        let mut changes = row(grammar, table);
        if let Value::Object(members) = &mut changes {
            if !grammar.chance(6) {
                members.retain(|name, _| !table.keys.contains(&name.as_str()));
            }
            let keep = members.keys().nth(1).cloned();
            if grammar.chance(2) {
                members.retain(|name, _| Some(name) == keep.as_ref());
            }
        }
        body = changes.to_string();
    }
    request(method, table, (query, prefer), body)
}

fn request(method: &'static str, table: &Table, (query, prefer): (Vec<String>, Vec<String>), body: String) -> Request {
    let mut headers = vec![("Prefer", prefer.join(","))];
    if !body.is_empty() {
        headers.push(("Content-Type", "application/json".to_owned()));
    }
    let mark = if query.is_empty() { "" } else { "?" };
    let target = format!("/{}{mark}{}", table.name, query.join("&"));
    Request { method, target, headers, body, ordered: false, bent_from: None }
}

fn returning(grammar: &mut Grammar) -> String {
    format!("return={}", grammar.choose(&["representation", "representation", "minimal"]))
}

fn columns(grammar: &mut Grammar, table: &'static Table) -> String {
    if grammar.chance(3) {
        return "*".to_owned();
    }
    (0..2).map(|_| grammar.choose(table.columns).name).collect::<Vec<_>>().join(",")
}

/// A row that fits, but for some of its values.
fn row(grammar: &mut Grammar, table: &'static Table) -> Value {
    let mut row = Map::new();
    for column in table.columns.iter().filter(|column| !column.name.contains('-')) {
        let needed = table.keys.contains(&column.name) || ["title", "name"].contains(&column.name);
        if !needed && grammar.chance(3) {
            continue;
        }
        let text = grammar.value(column).replace("%2B", "+");
        let value = match column.kind {
            _ if !needed && grammar.chance(6) => Value::Null,
            Kind::Int | Kind::Number | Kind::Bool | Kind::Json => {
                serde_json::from_str(&text).unwrap_or(Value::String(text))
            }
            Kind::TextList => json!(["a", "b c"]),
            Kind::IntList => json!([1, 2]),
            Kind::Text | Kind::Time | Kind::JsonText | Kind::Bytes | Kind::Uuid | Kind::Enum => Value::String(text),
        };
        // Keys that are free as often as keys that are taken.
        let value = if table.keys == [column.name] && grammar.chance(2) { json!(9) } else { value };
        row.insert(column.name.to_owned(), value);
    }
    Value::Object(row)
}
