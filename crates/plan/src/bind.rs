//! Values of a request to values a driver binds. In: parameters of a statement and the inputs they point to.
//! Out: values in their stored form, or the refusal that PostgreSQL would give. Pure: time and chance come in as arguments.
//!
//! Stored forms: integers, doubles, booleans and bytes as they are; decimals, UUIDs, times and enums as canonical text; JSON and
//! lists as JSON text without blanks. In the JSON array of [`Cast::ListOf`] each item is what `json_each` must yield to equal the
//! stored column: a number, a boolean or text (decimals, bytes as `\x` hex, and JSON as its text, are text there).

mod cast;
mod cursor;
mod datetime;
mod json;
mod list;
mod number;
mod pattern;
mod posix;
mod prepared;
mod row;
mod search;
mod validate;

use crate::evaluate::{session_expr, session_value};
use crate::fault::{Refusal, ValueProblem};
use crate::limits::Limits;
use crate::principal::Principal;
use crate::request::{Input, Slot};
use crate::value::{Cast, Param, Value};
use backstay_schema::Schema;
use backstay_schema::model::{FieldType, Scalar};
pub use posix::written;
pub use prepared::{BadValidator, Prepared};
pub use row::{Generate, edited, insert_rows, update_row};

/// What values are bound against.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The schema of the plan.
    pub schema: &'a Schema,
    /// Its compiled validators.
    pub prepared: &'a Prepared,
    /// Bounds on values.
    pub limits: &'a Limits,
    /// Values of the request.
    pub inputs: &'a [Input],
    /// The caller.
    pub who: &'a Principal,
    /// Time of the request, microseconds since 1970-01-01T00:00:00Z.
    pub now_micros: i64,
}

/// What a write has come to when a statement of it is bound.
#[derive(Debug, Clone, Copy)]
pub struct Progress<'a> {
    /// Values of the row being written, by position in the plan's columns.
    pub cells: &'a [Value],
    /// JSON array of the keys touched so far.
    pub keys: &'a str,
}

impl Progress<'_> {
    /// A read, or a write that has touched nothing yet.
    pub const NONE: Progress<'static> = Progress { cells: &[], keys: "[]" };
}

/// Binds every parameter of a statement, in order.
///
/// # Errors
/// The first value that is not of its type.
pub fn params(params: &[Param], context: &Context, progress: &Progress) -> Result<Vec<Value>, Refusal> {
    params.iter().map(|each| param(each, context, progress)).collect()
}

/// Binds one parameter.
///
/// # Errors
/// A value that is not of its type.
pub fn param(param: &Param, context: &Context, progress: &Progress) -> Result<Value, Refusal> {
    match param {
        Param::Input { slot, cast } => input(*slot, cast, context),
        Param::Cell(position) => Ok(progress.cells.get(usize::from(*position)).cloned().unwrap_or(Value::Null)),
        Param::Keys => Ok(Value::Text(progress.keys.to_owned())),
        Param::Session { session, ty, list } => {
            Ok(session_value(session, *ty, *list, context.who).unwrap_or(Value::Null))
        }
        Param::SessionError { session, ty, list } => {
            Ok(Value::Int(session_value(session, *ty, *list, context.who).is_err().into()))
        }
        Param::SessionExpr(expr) => Ok(session_expr(expr, context.who, context.now_micros).unwrap_or(Value::Null)),
        Param::Now => Ok(Value::Text(datetime::stored_instant(context.now_micros))),
        Param::ProtectedRole => {
            Ok(context.prepared.protected_role().map_or(Value::Null, |role| Value::Text(role.to_owned())))
        }
        Param::Constant(value) => Ok(value.clone()),
        Param::RowsMax => Ok(Value::Int(context.limits.rows_max.into())),
    }
}

/// A constant of the schema in its stored form.
///
/// # Errors
/// A constant that is not of the type, which no checked schema holds.
pub fn constant(schema: &Schema, ty: &FieldType, json: &serde_json::Value) -> Result<Value, Refusal> {
    if json.is_null() {
        return Ok(Value::Null);
    }
    cast::json(ty, &json.to_string(), &cast::Reader { schema, limits: &Limits::default() })
}

/// A value that a database writes as JSON, in its stored form. `limits` bound its nesting and its items.
///
/// # Errors
/// A value that is not of the type.
pub fn stored(schema: &Schema, ty: &FieldType, json: &str, limits: &Limits) -> Result<Value, Refusal> {
    let reader = cast::Reader { schema, limits };
    // A JSON column tells the value null from no value; what reads requests does not.
    let is_json = matches!(ty.scalar, Scalar::Json | Scalar::Object(_)) && !ty.list;
    if is_json { cast::scalar(ty.scalar, json, &reader) } else { cast::json(ty, json, &reader) }
}

fn input(slot: Slot, cast: &Cast, context: &Context) -> Result<Value, Refusal> {
    let reader = cast::Reader { schema: context.schema, limits: context.limits };
    let given = context.inputs.get(usize::from(slot.0));
    match cast {
        Cast::Field(ty) => one(ty, given, &reader),
        Cast::Text => Ok(text_of(given).map_or(Value::Null, |text| Value::Text(text.to_owned()))),
        Cast::TextList => Ok(Value::Text(list::texts(items(given), &reader)?)),
        Cast::ListOf(ty) => Ok(Value::Text(list::members(ty, items(given), &reader)?)),
        Cast::Json => match text_of(given) {
            Some(text) => Ok(Value::Text(json::minify(text, reader.limits)?)),
            None => Ok(Value::Null),
        },
        Cast::Regex { ignore_case } => {
            let text = text_of(given).unwrap_or_default();
            pattern::check(text, *ignore_case, reader.limits)?;
            Ok(Value::Text(text.to_owned()))
        }
        Cast::RegexList { ignore_case } => {
            for text in items(given) {
                pattern::check(text, *ignore_case, reader.limits)?;
            }
            Ok(Value::Text(list::texts(items(given), &reader)?))
        }
        Cast::PosixRegex { engine, ignore_case } => {
            let text = text_of(given).unwrap_or_default();
            Ok(Value::Text(pattern::written_for(*engine, text, *ignore_case, reader.limits)?))
        }
        Cast::PosixRegexList { engine, ignore_case } => {
            let patterns = items(given).map(|text| pattern::written_for(*engine, text, *ignore_case, reader.limits));
            let patterns = patterns.collect::<Result<Vec<_>, _>>()?;
            Ok(Value::Text(list::texts(patterns.iter().map(String::as_str), &reader)?))
        }
        Cast::Limit { max } => {
            let max = i64::from(*max);
            Ok(Value::Int(whole(given, &reader)?.map_or(max, |limit| limit.clamp(0, max))))
        }
        Cast::Offset => Ok(Value::Int(whole(given, &reader)?.unwrap_or(0).max(0))),
        Cast::Search { syntax, model, field } => {
            let query = search::translate(*syntax, text_of(given).unwrap_or_default(), reader.limits)?;
            Ok(Value::Text(query.text(context.schema, *model, *field)))
        }
        Cast::SearchText(syntax) => {
            let text = text_of(given).unwrap_or_default();
            search::translate(*syntax, text, reader.limits)?;
            Ok(Value::Text(text.to_owned()))
        }
        Cast::SearchPattern(syntax) => {
            let query = search::translate(*syntax, text_of(given).unwrap_or_default(), reader.limits)?;
            Ok(Value::Text(query.pattern()))
        }
        Cast::SearchNegated(syntax) => {
            let query = search::translate(*syntax, text_of(given).unwrap_or_default(), reader.limits)?;
            Ok(Value::Int(query.negated.into()))
        }
        Cast::Cursor { mark, at, keys, ty } => {
            cursor::value(text_of(given).unwrap_or_default(), mark, (*at, *keys), ty, &reader)
        }
        Cast::Argument { ty, default } => match (given, default) {
            (None, Some(default)) => cast::json(ty, default, &reader),
            _ => one(ty, given, &reader),
        },
    }
}

/// A single value of a type, however the protocol gave it.
fn one(ty: &FieldType, given: Option<&Input>, reader: &cast::Reader) -> Result<Value, Refusal> {
    match given {
        None => Ok(Value::Null),
        Some(Input::Text(text)) => cast::text(ty, text, reader),
        Some(Input::Json(text)) => cast::json(ty, text, reader),
        Some(Input::Int(number)) => cast::text(ty, &number.to_string(), reader),
        Some(Input::List(texts)) if ty.list => list::stored(ty, texts.iter().map(|text| Some(text.as_str())), reader),
        Some(Input::List(_) | Input::Rows(_)) => Err(cast::bad(ty, "", ValueProblem::Syntax)),
    }
}

fn text_of(given: Option<&Input>) -> Option<&str> {
    match given? {
        Input::Text(text) | Input::Json(text) => Some(text),
        Input::List(_) | Input::Int(_) | Input::Rows(_) => None,
    }
}

fn items(given: Option<&Input>) -> impl ExactSizeIterator<Item = &str> + Clone {
    let items: &[String] = match given {
        Some(Input::List(items)) => items,
        Some(Input::Text(_) | Input::Json(_) | Input::Int(_) | Input::Rows(_)) | None => &[],
    };
    items.iter().map(String::as_str)
}

fn whole(given: Option<&Input>, reader: &cast::Reader) -> Result<Option<i64>, Refusal> {
    const WHOLE: FieldType = FieldType { scalar: Scalar::BigInt, list: false, nullable: true, items_nullable: false };
    match given {
        Some(Input::Int(number)) => Ok(Some(*number)),
        other => match one(&WHOLE, other, reader)? {
            Value::Int(number) => Ok(Some(number)),
            Value::Null | Value::Bool(_) | Value::Float(_) | Value::Text(_) | Value::Blob(_) => Ok(None),
        },
    }
}
