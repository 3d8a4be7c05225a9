//! A column changes its type: every value is there in its new form, or nothing changes.

use super::{Who, expect, insert, read, schema};
use crate::Engine;
use crate::migrate::{self, Permission};
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// Type before, value, type afterwards, value afterwards.
const CHANGES: &[(&str, &str, &str, &str)] = &[
    ("[String!]", r#"["a","b \"c\""]"#, "JSON", r#"["a","b \"c\""]"#),
    ("[String!]", "[]", "JSON", "[]"),
    ("[Int!]", "[3,4]", "JSON", "[3,4]"),
    ("[Boolean!]", "[true,false]", "JSON", "[true,false]"),
    ("[Decimal!]", r#"["1.50","2"]"#, "JSON", "[1.50,2]"),
    ("[Date!]", r#"["2024-02-29","2025-01-01"]"#, "JSON", r#"["2024-02-29","2025-01-01"]"#),
    ("[Bytes!]", r#"["\\x00ff","\\x01"]"#, "JSON", r#"["\\x00ff","\\x01"]"#),
    ("[Int!]", "[3,4]", "[String!]", r#"["3","4"]"#),
    ("[Int!]", "[]", "[String!]", "[]"),
    ("[Int!]", "[3,4]", "[BigInt!]", "[3,4]"),
    ("[String!]", r#"["3","-4"]"#, "[Int!]", "[3,-4]"),
    ("[Boolean!]", "[true,false]", "[String!]", r#"["true","false"]"#),
    ("[String!]", r#"["x","y"]"#, "String", r#""x""#),
    ("[Int!]", "[3,4]", "Int", "3"),
    ("Int", "3", "[String!]", r#"["3"]"#),
    ("Boolean", "false", "[Boolean!]", "[false]"),
    ("String", r#""q\"""#, "JSON", r#""q\"""#),
    ("Int", "3", "JSON", "3"),
];

/// A value that has no form in the new type.
const REFUSED: &[(&str, &str, &str)] = &[("[String!]", r#"["3","x"]"#, "[Int!]"), ("String", r#""x""#, "Int")];

/// A table with a column for each type.
fn table<'t>(types: impl Iterator<Item = &'t str>) -> String {
    let columns: String = types.enumerate().map(|(at, ty)| format!("  c{at}: {ty}\n")).collect();
    format!("type Bag @model(table: \"bags\") @access(ops: [ALL]) {{\n  id: Int! @id(auto: INCREMENT)\n{columns}}}\n")
}

/// The table of [`changes`].
pub(crate) fn before() -> String {
    table(CHANGES.iter().map(|(was, ..)| *was))
}

/// Every change at once, on a row of values and one of nulls.
pub(crate) async fn changes(engine: &Engine) {
    let value = |(at, (_, value, ..)): (usize, &(&str, &str, &str, &str))| {
        (format!("c{at}"), serde_json::from_str::<Value>(value).unwrap())
    };
    let row: Map<String, Value> = CHANGES.iter().enumerate().map(value).collect();
    let nulls: Map<String, Value> = row.keys().map(|column| (column.clone(), Value::Null)).collect();
    expect(engine.run(&insert("bags", &json!([row, nulls]), ""), &Who::anyone()).await, "2/2 ");
    let next = schema(&table(CHANGES.iter().map(|(.., is, _)| *is)));
    let plan = migrate::plan(engine, Arc::clone(&next)).await.unwrap();
    migrate::apply(engine, plan, Permission::Destructive).await.unwrap();
    engine.swap_schema(next).unwrap();
    for (at, (was, value, is, expected)) in CHANGES.iter().enumerate() {
        let column = format!("c{at}");
        let found = super::show(engine.run(&read("bags", &column, ""), &Who::anyone()).await);
        let expected = format!(r#"0/0 [{{"{column}":{expected}}},{{"{column}":null}}]"#);
        assert_eq!(found, expected, "{value} of {was} as {is}");
    }
}

/// The table of [`refusals`].
pub(crate) fn before_refusals() -> String {
    table(REFUSED.iter().map(|(was, ..)| *was))
}

/// A value without a form in the new type refuses the change, and stays.
pub(crate) async fn refusals(engine: &Engine) {
    for (at, (was, value, is)) in REFUSED.iter().enumerate() {
        let column = format!("c{at}");
        let row = json!([{ &column: serde_json::from_str::<Value>(value).unwrap() }]);
        let wanted = format!(r#"1/1 [{{"{column}":{value}}}]"#);
        expect(engine.run(&insert("bags", &row, &column), &Who::anyone()).await, &wanted);
        let types = REFUSED.iter().enumerate().map(|(other, (was, ..))| if other == at { *is } else { *was });
        let next = schema(&table(types));
        let plan = migrate::plan(engine, next).await.unwrap();
        assert!(migrate::apply(engine, plan, Permission::Destructive).await.is_err(), "{value} of {was} as {is}");
        let rows = super::show(engine.run(&read("bags", &column, &format!("id={}", at + 1)), &Who::anyone()).await);
        assert_eq!(rows, format!(r#"0/0 [{{"{column}":{value}}}]"#));
    }
}
