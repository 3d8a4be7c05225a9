//! Registers the SQL functions, aggregates and collation that compiled statements call. What they compute stands in the
//! files beside this one, as plain Rust; here is only how SQLite's values get in and out.
//! Any NULL argument makes NULL, except for `bs_json_is`.

pub(crate) mod arithmetic;
pub(crate) mod cast;
pub(crate) mod decimal;
pub(crate) mod edit;
pub(crate) mod instant;
pub(crate) mod jsonb;
pub(crate) mod like;
pub(crate) mod member;
pub(crate) mod pattern;

use super::json::{write_float, write_hex};
use backstay_compile::functions::{DECIMAL_AVG, DECIMAL_COLLATION, DECIMAL_SUM, StoreFunction};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use decimal::Sum;
use rusqlite::functions::{Aggregate, Context, FunctionFlags};
use rusqlite::types::{ToSqlOutput, Value, ValueRef};
use rusqlite::{Connection, Error, Result};
use std::borrow::Cow;
use std::sync::Arc;

/// What a function answers.
type Answer = Result<ToSqlOutput<'static>>;

/// A condition that the caller of the statement hears about: `SQLSTATE:type:value`.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{state}:{ty}:{value}")]
pub(crate) struct Raised {
    /// SQLSTATE.
    pub(crate) state: &'static str,
    /// Type wanted, in PostgreSQL's words.
    pub(crate) ty: String,
    /// The value.
    pub(crate) value: String,
}

impl From<Raised> for Error {
    fn from(raised: Raised) -> Self {
        Error::UserFunctionError(Box::new(raised))
    }
}

/// Registers everything on a connection.
///
/// # Errors
/// The driver's.
pub(crate) fn register(conn: &Connection) -> Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_INNOCUOUS;
    for function in StoreFunction::ALL {
        conn.create_scalar_function(function.name(), i32::from(function.arity()), flags, move |context| {
            let null = (0..context.len()).any(|at| matches!(context.get_raw(at), ValueRef::Null));
            if null && function != StoreFunction::JsonIs { Ok(NULL) } else { call(function, context) }
        })?;
    }
    conn.create_aggregate_function(DECIMAL_SUM, 1, flags, DecimalAggregate { mean: false })?;
    conn.create_aggregate_function(DECIMAL_AVG, 1, flags, DecimalAggregate { mean: true })?;
    conn.create_collation(DECIMAL_COLLATION, decimal::compare)
}

const NULL: ToSqlOutput<'static> = ToSqlOutput::Owned(Value::Null);

fn call(function: StoreFunction, context: &Context<'_>) -> Answer {
    let text = |at| text_of(context.get_raw(at));
    match function {
        StoreFunction::Like => truth(like::like(&text(0), &text(1))),
        StoreFunction::Ilike => truth(like::ilike(&text(0), &text(1))),
        StoreFunction::Regex => truth(regex(context, false)?.is_match(&text(0))),
        StoreFunction::RegexIgnoreCase => truth(regex(context, true)?.is_match(&text(0))),
        StoreFunction::JsonContains => truth(jsonb::contains(&json(context, 0)?, &json(context, 1)?)),
        StoreFunction::JsonOverlaps => truth(jsonb::overlaps(&json(context, 0)?, &json(context, 1)?)),
        StoreFunction::JsonCompare => int(jsonb::compare(&json(context, 0)?, &json(context, 1)?) as i64),
        StoreFunction::JsonGet => optional_text(member::get(&text(0), member_key(context))),
        StoreFunction::JsonText => optional_text(member::get_text(&text(0), member_key(context))),
        StoreFunction::JsonSortKey => Ok(ToSqlOutput::Owned(Value::Blob(jsonb::sort_key(&json(context, 0)?)))),
        StoreFunction::JsonAs => Ok(ToSqlOutput::Owned(member::as_rule_value(&json(context, 0)?, &text(1)))),
        StoreFunction::JsonIs => match (context.get_raw(0), context.get_raw(1)) {
            (ValueRef::Null, _) | (_, ValueRef::Null) => truth(true),
            _ => truth(member::is_rule_value(&json(context, 0)?, &text(1))),
        },
        StoreFunction::Cast => Ok(ToSqlOutput::Owned(cast::cast(context.get_raw(0), &text(1))?)),
        StoreFunction::Bytes => {
            let mut out = b"\\x".to_vec();
            write_hex(&mut out, bytes_of(context.get_raw(0)));
            optional_text(String::from_utf8(out).ok())
        }
        StoreFunction::Float => {
            let mut out = Vec::new();
            write_float(&mut out, float_of(context.get_raw(0)));
            optional_text(String::from_utf8(out).ok())
        }
        StoreFunction::Timestamp => optional_text(Some(instant::render(&text(0)).into_owned())),
        StoreFunction::Trim => optional_text(Some(text(0).trim().to_owned())),
        StoreFunction::Lower => optional_text(Some(text(0).to_lowercase())),
        StoreFunction::StartsWith => truth(text(0).starts_with(text(1).as_ref())),
        StoreFunction::EndsWith => truth(text(0).ends_with(text(1).as_ref())),
        StoreFunction::Contains => truth(text(0).contains(text(1).as_ref())),
        StoreFunction::Add => numbers(context, i64::checked_add, |a, b| a + b),
        StoreFunction::Subtract => numbers(context, i64::checked_sub, |a, b| a - b),
        StoreFunction::Multiply => numbers(context, i64::checked_mul, |a, b| a * b),
        StoreFunction::Divide => numbers(context, i64::checked_div, |a, b| a / b),
        StoreFunction::Remainder => numbers(context, arithmetic::remainder, |_, _| f64::NAN),
        StoreFunction::Abs => Ok(ToSqlOutput::Owned(arithmetic::absolute(context.get_raw(0)))),
        StoreFunction::DecimalAdd => {
            let mut sum = decimal::Sum::default();
            sum.add(&text(0)).and_then(|()| sum.add(&text(1)))?;
            optional_text(sum.total())
        }
        StoreFunction::TimeAdd => match context.get_raw(1) {
            ValueRef::Integer(micros) => optional_text(instant::add(&text(0), micros)),
            ValueRef::Null | ValueRef::Real(_) | ValueRef::Text(_) | ValueRef::Blob(_) => Ok(NULL),
        },
        StoreFunction::Micros => optional_int(instant::micros(&text(0))),
        StoreFunction::Cursor => optional_text(Some(URL_SAFE_NO_PAD.encode(text(0).as_bytes()))),
        StoreFunction::JsonHasAll => truth(jsonb::has_keys(&json(context, 0)?, &json(context, 1)?, true)),
        StoreFunction::JsonConcat => json_text(edit::concat(json(context, 0)?, json(context, 1)?)),
        StoreFunction::JsonDeleteKey => json_text(edit::delete_key(json(context, 0)?, &text(1))),
        StoreFunction::JsonDeleteAt => match context.get_raw(1) {
            ValueRef::Integer(at) => json_text(edit::delete_at(json(context, 0)?, at)),
            ValueRef::Null | ValueRef::Real(_) | ValueRef::Text(_) | ValueRef::Blob(_) => Ok(NULL),
        },
        StoreFunction::JsonDeletePath => json_text(edit::delete_path(json(context, 0)?, &json(context, 1)?)),
        StoreFunction::JsonHasAny => truth(jsonb::has_keys(&json(context, 0)?, &json(context, 1)?, false)),
    }
}

fn json_text(value: serde_json::Value) -> Answer {
    optional_text(Some(value.to_string()))
}

fn truth(truth: bool) -> Answer {
    int(i64::from(truth))
}

fn int(number: i64) -> Answer {
    Ok(ToSqlOutput::Owned(Value::Integer(number)))
}

fn optional_int(number: Option<i64>) -> Answer {
    Ok(number.map_or(NULL, |number| ToSqlOutput::Owned(Value::Integer(number))))
}

fn optional_text(text: Option<String>) -> Answer {
    Ok(text.map_or(NULL, |text| ToSqlOutput::Owned(Value::Text(text))))
}

fn numbers(context: &Context<'_>, of_ints: fn(i64, i64) -> Option<i64>, of_floats: fn(f64, f64) -> f64) -> Answer {
    let (left, right) = (context.get_raw(0), context.get_raw(1));
    Ok(ToSqlOutput::Owned(arithmetic::numbers(left, right, of_ints, of_floats)))
}

/// The pattern in the second argument, compiled once for a statement.
fn regex(context: &Context<'_>, ignore_case: bool) -> Result<Arc<regex::Regex>> {
    context.get_or_create_aux(1, |pattern: ValueRef<'_>| -> std::result::Result<_, Raised> {
        pattern::build(&text_of(pattern), ignore_case)
    })
}

fn json(context: &Context<'_>, at: usize) -> Result<serde_json::Value> {
    let raw = context.get_raw(at);
    match raw {
        ValueRef::Null => Ok(serde_json::Value::Null),
        ValueRef::Integer(number) => Ok(number.into()),
        ValueRef::Real(number) => Ok(number.into()),
        ValueRef::Text(_) | ValueRef::Blob(_) => {
            let text = text_of(raw);
            let bad = |_| Raised { state: "22P02", ty: "json".to_owned(), value: text.clone().into_owned() };
            Ok(serde_json::from_str(&text).map_err(bad)?)
        }
    }
}

fn member_key<'a>(context: &'a Context<'_>) -> member::Key<'a> {
    match context.get_raw(1) {
        ValueRef::Integer(position) => member::Key::Position(position),
        other @ (ValueRef::Null | ValueRef::Real(_) | ValueRef::Text(_) | ValueRef::Blob(_)) => {
            member::Key::Name(text_of(other))
        }
    }
}

/// Any value as text.
pub(crate) fn text_of(value: ValueRef<'_>) -> Cow<'_, str> {
    match value {
        ValueRef::Null => Cow::Borrowed(""),
        ValueRef::Integer(number) => Cow::Owned(number.to_string()),
        ValueRef::Real(number) => Cow::Owned(super::json::float_text(number)),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => String::from_utf8_lossy(bytes),
    }
}

fn bytes_of(value: ValueRef<'_>) -> &[u8] {
    match value {
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => bytes,
        ValueRef::Null | ValueRef::Integer(_) | ValueRef::Real(_) => &[],
    }
}

fn float_of(value: ValueRef<'_>) -> f64 {
    match value {
        #[expect(clippy::cast_precision_loss, reason = "an integer in a column of doubles is a double")]
        ValueRef::Integer(number) => number as f64,
        ValueRef::Real(number) => number,
        ValueRef::Null | ValueRef::Text(_) | ValueRef::Blob(_) => text_of(value).parse().unwrap_or(f64::NAN),
    }
}

/// `decimal_sum` and `decimal_avg`.
struct DecimalAggregate {
    mean: bool,
}

impl Aggregate<Sum, Option<String>> for DecimalAggregate {
    fn init(&self, _: &mut Context<'_>) -> Result<Sum> {
        Ok(Sum::default())
    }

    fn step(&self, context: &mut Context<'_>, sum: &mut Sum) -> Result<()> {
        match context.get_raw(0) {
            ValueRef::Null => Ok(()),
            value @ (ValueRef::Integer(_) | ValueRef::Real(_) | ValueRef::Text(_) | ValueRef::Blob(_)) => {
                Ok(sum.add(&text_of(value))?)
            }
        }
    }

    fn finalize(&self, _: &mut Context<'_>, sum: Option<Sum>) -> Result<Option<String>> {
        let Some(sum) = sum else { return Ok(None) };
        Ok(if self.mean { sum.mean()? } else { sum.total() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connection() -> Connection {
        let conn = Connection::open_in_memory().unwrap();
        register(&conn).unwrap();
        conn
    }

    #[test]
    fn every_function_is_registered() {
        let conn = connection();
        let registered = |name: &str, arity: i32| {
            conn.query_row(
                "SELECT count(*) FROM pragma_function_list WHERE name = ?1 AND narg = ?2",
                (name, arity),
                |row| row.get::<_, i64>(0),
            )
            .unwrap()
        };
        for function in StoreFunction::ALL {
            assert_eq!(registered(function.name(), i32::from(function.arity())), 1, "{}", function.name());
        }
        for name in backstay_compile::functions::AGGREGATES {
            assert_eq!(registered(name, 1), 1, "{name}");
        }
        conn.prepare("SELECT 'a' < 'b' COLLATE decimal").unwrap();
    }

    #[track_caller]
    fn check(sql: &str, expected: &str) {
        let conn = connection();
        let answer = conn.query_row(&format!("SELECT {sql}"), [], |row| Ok(format!("{:?}", row.get::<_, Value>(0)?)));
        let answer = answer.unwrap_or_else(|error| {
            let Error::SqliteFailure(_, Some(message)) = &error else { return error.to_string() };
            message.clone()
        });
        assert_eq!(answer, expected, "{sql}");
    }

    #[test]
    fn answers() {
        check("bs_like('abc', 'a%')", "Integer(1)");
        check("bs_like(NULL, 'a%')", "Null");
        check("bs_ilike('ÀB', 'à_')", "Integer(1)");
        check("bs_regex('abc', 'b')", "Integer(1)");
        check("bs_regex_i('ABC', 'b')", "Integer(1)");
        check("bs_regex('abc', '(')", "2201B:text:(");
        check("bs_json_contains('{\"a\":1,\"b\":2}', '{\"a\":1}')", "Integer(1)");
        check("bs_json_contains('nonsense', '{}')", "22P02:json:nonsense");
        check("bs_json_overlaps('[1,2]', '[2,3]')", "Integer(1)");
        check("bs_json_cmp('1', '2')", "Integer(-1)");
        check("bs_json_get('{\"a\":\"x\"}', 'a')", "Text(\"\\\"x\\\"\")");
        check("bs_json_get('[1,2]', -1)", "Text(\"2\")");
        check("bs_json_text('{\"a\":\"x\"}', 'a')", "Text(\"x\")");
        check("bs_json_text('{\"a\":null}', 'a')", "Null");
        check("bs_json_key('1') < bs_json_key('2')", "Integer(1)");
        check("bs_json_as('7', 'int')", "Integer(7)");
        check("bs_json_is(NULL, 'int')", "Integer(1)");
        check("bs_json_is('\"x\"', 'int')", "Integer(0)");
        check("bs_cast('12', 'integer')", "Integer(12)");
        check("bs_cast('x', 'integer')", "22P02:integer:x");
        check("bs_bytes(x'00ff')", "Text(\"\\\\x00ff\")");
        check("bs_float(1.0)", "Text(\"1\")");
        check("bs_timestamptz('2024-01-02T03:04:05.100000+00:00')", "Text(\"2024-01-02T03:04:05.1+00:00\")");
        check("bs_trim(' a ')", "Text(\"a\")");
        check("bs_starts_with('abc', 'ab')", "Integer(1)");
        check("bs_ends_with('abc', 'ab')", "Integer(0)");
        check("bs_contains('abc', 'b')", "Integer(1)");
        check("bs_add(9223372036854775807, 1)", "Null");
        check("bs_sub(3, 1)", "Integer(2)");
        check("bs_mul(4, 5)", "Integer(20)");
        check("bs_div(-7, 2)", "Integer(-3)");
        check("bs_rem(7, 0)", "Null");
        check("bs_rem(7.5, 2.0)", "Null");
        check("bs_add(7.5, 2.0)", "Real(9.5)");
        check("bs_div(7.5, 0.0)", "Null");
        check("bs_abs(-7)", "Integer(7)");
        check("bs_time_add('2024-01-01T00:00:00.000000+00:00', -1)", "Text(\"2023-12-31T23:59:59.999999+00:00\")");
        check("bs_micros('1970-01-01T00:00:01.000000+00:00')", "Integer(1000000)");
        check("decimal_sum(column1) FROM (VALUES ('0.1'), ('0.2'), (NULL))", "Text(\"0.3\")");
        check("decimal_avg(column1) FROM (VALUES ('1'), ('2'))", "Text(\"1.5\")");
        check("decimal_sum(column1) FROM (VALUES (NULL))", "Null");
        check("'9.5' < '10' COLLATE decimal", "Integer(1)");
        check("'1.50' = '1.5' COLLATE decimal", "Integer(1)");
    }
}
