//! Random schemas one after the other on a database with rows. A model in memory knows what must be left of them.
//!
//! `MIGRATIONS` pairs of schemas (40 when unset) from `MIGRATIONS_SEED` (1 when unset). Each: the plan must say what is lost, and
//! do nothing without permission; a crash before each statement must leave everything as it was; then every value that was not
//! dropped must be there, and nothing else.

#![expect(clippy::disallowed_methods, reason = "the number of rounds and the seed of a test come from its caller")]

use super::shape::{self, Dice, Shape};
use crate::Engine;
use crate::migrate::{MigrateError, MigrationPlan, Outcome, Permission, apply, plan};
use crate::store::conformance::{Who, insert, read, schema, show, sqlite};
use crate::store::sqlite::migration::{Before, apply as apply_on, last};
use crate::store::sqlite::{Link, Settings};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::Arc;

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().map_or(default, |text| text.parse().unwrap())
}

/// What the rounds came to.
#[derive(Debug, Default)]
struct Seen {
    applied: u32,
    destructive: u32,
    refused: u32,
    crashes: usize,
    values: usize,
}

#[tokio::test]
async fn what_is_not_dropped_survives() {
    let (rounds, seed) = (number("MIGRATIONS", 40), number("MIGRATIONS_SEED", 1));
    let mut seen = Seen::default();
    for round in 0..rounds {
        one(&mut Dice::new(seed, round), &mut seen, &format!("seed {seed}, round {round}")).await;
    }
    writeln!(std::io::stdout(), "{rounds} pairs of schemas, seed {seed}: {seen:?}").unwrap();
    assert!(u64::from(seen.applied) * 2 > rounds, "too few were applied for the test to mean anything: {seen:?}");
    if rounds >= 40 {
        assert!(seen.destructive > 0 && seen.crashes > 0 && seen.values > 1_000, "{seen:?}");
    }
}

/// From one random schema with rows to another.
async fn one(dice: &mut Dice, seen: &mut Seen, context: &str) {
    let dir = tempfile::tempdir().unwrap();
    let mut shape = Shape::random(dice);
    let engine = sqlite(dir.path(), &shape.text(), Settings::default()).await;
    for (table, rows) in shape.fill(dice) {
        let count = rows.len();
        let outcome = show(engine.run(&insert(&table, &Value::Array(rows), ""), &Who::service()).await);
        assert_eq!(outcome, format!("{count}/{count} "), "{context}");
    }
    compare(&engine, &shape, seen, context).await;
    let before = dump(&engine).await;
    let old = shape.text();
    let expected = shape.change(dice);
    let new = schema(&shape.text());
    let context = format!("{context}\n{old}\n=>\n{}", shape.text());
    let planned = plan(&engine, Arc::clone(&new)).await.unwrap();
    assert_eq!(
        planned.losses().next().is_some(),
        expected.asks,
        "{context}\nthe plan says {:?}",
        planned.losses().collect::<Vec<_>>()
    );
    if expected.asks {
        seen.destructive += 1;
        let refused = apply(&engine, planned.clone(), Permission::AdditiveOnly).await;
        assert!(matches!(refused, Err(MigrateError::Destructive { .. })), "{context}\n{refused:?}");
        assert_eq!(dump(&engine).await, before, "{context}\nchanged without permission");
    }
    for at in 0..planned.statements().count() + 2 {
        crash(&engine, planned.clone(), at).await;
        assert_eq!(dump(&engine).await, before, "{context}\nafter a crash before statement {at}");
        seen.crashes += 1;
    }
    match apply(&engine, planned.clone(), Permission::Destructive).await {
        Ok(Outcome::Applied(_)) => assert_ne!(expected.outcome, shape::Must::Refuse, "{context}\nwas not refused"),
        Ok(Outcome::NothingToDo) => assert!(planned.is_empty(), "{context}\nwas not applied"),
        Err(error) => {
            assert_ne!(expected.outcome, shape::Must::Apply, "{context}\n{error}");
            assert_eq!(dump(&engine).await, before, "{context}\nrefused, and changed");
            seen.refused += 1;
            return;
        }
    }
    seen.applied += 1;
    engine.swap_schema(Arc::clone(&new)).unwrap();
    compare(&engine, &shape, seen, &context).await;
    assert!(plan(&engine, new).await.unwrap().is_empty(), "{context}\nthere is something left to do");
    sound(&engine, &context).await;
}

/// Every table as the service role sees it, value by value, and as anybody sees it, column by column.
async fn compare(engine: &Engine, shape: &Shape, seen: &mut Seen, context: &str) {
    for (table, columns, rows) in shape.expected() {
        let answer = engine.run(&read(&table, "*", ""), &Who::service()).await.unwrap();
        let mut found: Vec<Map<String, Value>> = serde_json::from_slice(&answer.body).unwrap();
        found.sort_by_key(|row| row.get("id").and_then(Value::as_i64));
        assert_eq!(plain(&found), plain(&rows), "{context}\nrows of {table}");
        seen.values += found.iter().map(Map::len).sum::<usize>();
        for (column, is_open) in columns {
            let outcome = engine.run(&read(&table, &column, ""), &Who::anyone()).await;
            assert_eq!(outcome.is_ok(), is_open, "{context}\n{table}.{column} for anybody: {}", show(outcome));
        }
    }
}

/// Rows as text, with every number as a float: 5 and 5.0 are one value, 5 and "5" are not.
fn plain(rows: &[Map<String, Value>]) -> Vec<BTreeMap<&str, String>> {
    let text = |value: &Value| value.as_f64().map_or_else(|| value.to_string(), |number| number.to_string());
    rows.iter().map(|row| row.iter().map(|(name, value)| (name.as_str(), text(value))).collect()).collect()
}

/// Runs a plan that dies before the statement at a position.
async fn crash(engine: &Engine, plan: MigrationPlan, at: usize) {
    let work = move |link: &mut Link| {
        let mut died = |position| if position == at { Err(rusqlite::Error::InvalidQuery) } else { Ok(()) };
        let before: Before<'_> = &mut died;
        let base = last(&link.conn).unwrap().0;
        let outcome = apply_on(&mut link.conn, &plan, "t", before);
        assert!(outcome.is_err() || plan.is_empty(), "the crash before statement {at} did not happen");
        assert_eq!(last(&link.conn).unwrap().0, base);
    };
    engine.inner().store.sqlite().alone(work).await.unwrap();
}

/// Everything the database says about itself and holds.
async fn dump(engine: &Engine) -> Vec<String> {
    let work = |link: &mut Link| {
        let names = texts(
            link,
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name",
        );
        let mut out = texts(link, "SELECT name || ': ' || coalesce(sql, '') FROM sqlite_schema ORDER BY name");
        for name in names {
            let columns = texts(link, &format!("SELECT 'quote(\"' || name || '\")' FROM pragma_table_info('{name}')"));
            out.extend(texts(
                link,
                &format!("SELECT '{name}: ' || {} FROM \"{name}\" ORDER BY 1", columns.join(" || ', ' || ")),
            ));
        }
        out
    };
    engine.inner().store.sqlite().alone(work).await.unwrap()
}

fn texts(link: &Link, sql: &str) -> Vec<String> {
    let mut statement = link.conn.prepare(sql).unwrap();
    let rows = statement.query_map([], |row| row.get(0)).unwrap();
    rows.collect::<Result<_, _>>().unwrap()
}

/// The file is whole, and no row refers to one that is not there.
async fn sound(engine: &Engine, context: &str) {
    let work = |link: &mut Link| {
        let mut found = texts(link, "SELECT integrity_check FROM pragma_integrity_check");
        found.extend(texts(link, "SELECT \"table\" || ' refers to nothing' FROM pragma_foreign_key_check"));
        found
    };
    assert_eq!(engine.inner().store.sqlite().alone(work).await.unwrap(), ["ok"], "{context}");
}

/// A field that comes back after it was dropped is a new one: no value and no permission of the old one is left, whichever was open.
#[tokio::test]
async fn a_field_that_comes_back_is_a_new_one() {
    let table = |field: &str| {
        format!("type Note @model @access(ops: [ALL]) {{ id: Int! @id(auto: NONE) text: String {field} }}")
    };
    let (open, closed) = ("secret: String", "secret: String @readable(roles: [\"admin\"])");
    for (first, again) in [(open, closed), (closed, open), (open, open), (closed, closed)] {
        let dir = tempfile::tempdir().unwrap();
        let engine = sqlite(dir.path(), &table(first), Settings::default()).await;
        let row = json!([{"id": 1, "text": "a", "secret": "old"}]);
        engine.run(&insert("notes", &row, ""), &Who::service()).await.unwrap();
        for text in [table(""), table(again)] {
            let next = schema(&text);
            let planned = plan(&engine, Arc::clone(&next)).await.unwrap();
            apply(&engine, planned, Permission::Destructive).await.unwrap();
            engine.swap_schema(next).unwrap();
        }
        let all = show(engine.run(&read("notes", "id,text,secret", ""), &Who::service()).await);
        assert_eq!(all, r#"0/0 [{"id":1,"text":"a","secret":null}]"#, "{first} => {again}");
        let anybody = engine.run(&read("notes", "secret", ""), &Who::anyone()).await;
        assert_eq!(anybody.is_ok(), again == open, "{first} => {again}");
        assert!(
            !dump(&engine).await.iter().any(|line| line.starts_with("notes:") && line.contains("old")),
            "a value is left"
        );
    }
}
