//! Rows of a write: cells cast, defaults and managed columns filled in, nulls and value rules checked.
//! Row-level `@check` rules and the caller's own rules are not checked here: the database does, where it sees the whole row.

use super::cast::{self, Reader};
use super::{Context, Prepared, datetime, validate};
use crate::authorized::{InsertPlan, UpdatePlan, WriteColumn, WriteSource};
use crate::fault::Refusal;
use crate::limits::Limits;
use crate::request::{Absent, Cell, Edit, Input};
use crate::value::Value;
use backstay_schema::Schema;
use backstay_schema::model::{DefaultValue, Field, FieldId, FieldType, Managed, Model, ModelId, Scalar};
use std::fmt::Write;

/// Values that chance or a costly computation makes.
pub trait Generate {
    /// A random UUID, lower case.
    fn uuid_v4(&mut self) -> String;
    /// A time-ordered UUID, lower case.
    fn uuid_v7(&mut self) -> String;
    /// A ULID.
    fn ulid(&mut self) -> String;
    /// The hash under which a secret is stored; `None` when this build cannot hash.
    fn hash(&mut self, secret: &str) -> Option<String>;
}

/// The values of every row of an insert, by position in the plan's columns.
///
/// # Errors
/// A cell that is not of its type, a missing value, a failed value rule, or too many rows.
pub fn insert_rows(
    plan: &InsertPlan,
    context: &Context,
    generate: &mut dyn Generate,
) -> Result<Vec<Vec<Value>>, Refusal> {
    let rows = rows(context);
    let max = context.limits.write_rows_max;
    if !u32::try_from(rows.len()).is_ok_and(|count| count <= max) {
        return Err(Refusal::LimitExceeded { what: "rows to write", max: max.into() });
    }
    let mut writer = Writer::new(plan.model, plan.absent, context, generate);
    let mut bound = Vec::with_capacity(rows.len());
    for row in rows {
        let values = writer.values(&plan.columns, row)?;
        if let Some(field) = writer.first_missing(&plan.columns, &values) {
            return Err(Refusal::NullValue {
                relation: writer.model.table.clone(),
                column: field.name.clone(),
                row: Some(writer.row_text(&plan.shown, &plan.columns, &values)),
            });
        }
        bound.push(writer.checked(&plan.columns, values)?);
    }
    Ok(bound)
}

/// The values of an update, by position in the plan's columns. A [`Managed::Version`] column is NULL here: the statement counts up.
///
/// # Errors
/// As [`insert_rows`].
pub fn update_row(plan: &UpdatePlan, context: &Context, generate: &mut dyn Generate) -> Result<Vec<Value>, Refusal> {
    let mut writer = Writer::new(plan.model, plan.absent, context, generate);
    let row = rows(context).first().map_or(&[][..], Vec::as_slice);
    let mut values = writer.values(&plan.columns, row)?;
    for (column, value) in plan.columns.iter().zip(&mut values) {
        if column.source == WriteSource::Managed(Managed::Version) {
            *value = Value::Null;
        } else if *value == Value::Null && !writer.field(column.field).ty.nullable {
            let column = writer.field(column.field).name.clone();
            return Err(Refusal::NullValue { relation: writer.model.table.clone(), column, row: None });
        }
    }
    writer.checked(&plan.columns, values)
}

/// Runs the value rules of a column on what a change of a part of it has left there, as JSON text.
///
/// # Errors
/// The rule that it fails.
pub fn edited(
    (model, field): (&Model, &Field),
    json: &str,
    (schema, prepared, limits): (&Schema, &Prepared, &Limits),
) -> Result<(), Refusal> {
    let checks = prepared.checks(model.id, field.id);
    let checked = validate::run(checks, &field.ty, &Value::Text(json.to_owned()), &Reader { schema, limits });
    checked.map_err(|problem| broken(model, field, &problem))
}

/// The refusal of a value that fails a rule.
fn broken(model: &Model, field: &Field, problem: &str) -> Refusal {
    Refusal::CheckFailed {
        relation: model.table.clone(),
        constraint: format!("{}_{}_check", model.table, field.name),
        details: format!("Field '{}' {problem}.", field.name),
    }
}

fn rows<'a>(context: &Context<'a>) -> &'a [Vec<Cell>] {
    let rows = context.inputs.iter().find_map(|input| match input {
        Input::Rows(rows) => Some(rows.as_slice()),
        Input::Text(_) | Input::List(_) | Input::Int(_) | Input::Json(_) => None,
    });
    rows.unwrap_or(&[])
}

struct Writer<'a> {
    model: &'a Model,
    absent: Absent,
    context: &'a Context<'a>,
    reader: Reader<'a>,
    generate: &'a mut dyn Generate,
}

impl<'a> Writer<'a> {
    fn new(model: ModelId, absent: Absent, context: &'a Context<'a>, generate: &'a mut dyn Generate) -> Self {
        let reader = Reader { schema: context.schema, limits: context.limits };
        let model = &context.schema.models[usize::from(model.0)];
        Self { model, absent, context, reader, generate }
    }

    fn field(&self, id: FieldId) -> &'a Field {
        &self.model.fields[usize::from(id.0)]
    }

    fn values(&mut self, columns: &[WriteColumn], row: &[Cell]) -> Result<Vec<Value>, Refusal> {
        let mut values = Vec::with_capacity(columns.len());
        for column in columns {
            let field = self.field(column.field);
            let ty = self.type_of(field);
            values.push(match &column.source {
                WriteSource::Edited(edit, position) => {
                    let ty = edit_type(*edit).unwrap_or(ty);
                    match row.get(usize::from(*position)).unwrap_or(&Cell::Absent) {
                        Cell::Null | Cell::Absent => Value::Null,
                        Cell::Json(text) => cast::json(ty, text, &self.reader)?,
                        Cell::Text(text) => cast::text(ty, text, &self.reader)?,
                    }
                }
                WriteSource::Cell(position) | WriteSource::Added(position) => {
                    match row.get(usize::from(*position)).unwrap_or(&Cell::Absent) {
                        Cell::Null => Value::Null,
                        Cell::Json(text) => cast::json(ty, text, &self.reader)?,
                        Cell::Text(text) => cast::text(ty, text, &self.reader)?,
                        Cell::Absent => match (self.absent, &field.default) {
                            (Absent::Null, _) | (Absent::Default, None) => Value::Null,
                            (Absent::Default, Some(default)) => self.default(field, default)?,
                        },
                    }
                }
                WriteSource::Default(default) => self.default(field, default)?,
                WriteSource::Managed(Managed::CreatedAt | Managed::UpdatedAt | Managed::DeletedAt) => {
                    self.now(field)?
                }
                WriteSource::Managed(Managed::Version) => Value::Int(1),
            });
        }
        Ok(values)
    }

    /// The type of a cell: the key of a profile is the id of an account, a UUID in its one spelling.
    fn type_of(&self, field: &'a Field) -> &'a FieldType {
        const ACCOUNT_ID: &FieldType =
            &FieldType { scalar: Scalar::Uuid, list: false, nullable: false, items_nullable: false };
        let is_account = self.model.auth_user.is_some() && self.model.key.contains(&field.id);
        if is_account { ACCOUNT_ID } else { &field.ty }
    }

    fn default(&mut self, field: &'a Field, default: &DefaultValue) -> Result<Value, Refusal> {
        Ok(match default {
            DefaultValue::Constant(json) if json.is_null() => Value::Null,
            DefaultValue::Constant(json) => cast::json(&field.ty, &json.to_string(), &self.reader)?,
            DefaultValue::Now => self.now(field)?,
            DefaultValue::UuidV4 => Value::Text(self.generate.uuid_v4()),
            DefaultValue::UuidV7 => Value::Text(self.generate.uuid_v7()),
            DefaultValue::Ulid => Value::Text(self.generate.ulid()),
            // The database counts.
            DefaultValue::Increment => Value::Null,
            DefaultValue::AuthUid => match &self.context.who.identity.uid {
                Some(uid) => cast::text(self.type_of(field), uid, &self.reader)?,
                None => Value::Null,
            },
        })
    }

    /// The time of the request in the column's type: instant, date or time of day.
    fn now(&self, field: &Field) -> Result<Value, Refusal> {
        cast::text(&field.ty, &datetime::stored_instant(self.context.now_micros), &self.reader)
    }

    /// The first column, in declaration order, that must have a value and has none.
    fn first_missing(&self, columns: &[WriteColumn], values: &[Value]) -> Option<&'a Field> {
        self.model.fields.iter().find(|field| {
            if field.ty.nullable || field.computed.is_some() {
                return false;
            }
            match columns.iter().zip(values).find(|(column, _)| column.field == field.id) {
                None => true,
                Some((column, value)) => *value == Value::Null && !self.counts(column, field),
            }
        })
    }

    /// Whether the database fills the column in: a counter that the row does not set itself.
    fn counts(&self, column: &WriteColumn, field: &Field) -> bool {
        let counter = field.default == Some(DefaultValue::Increment);
        match &column.source {
            WriteSource::Default(_) => counter,
            WriteSource::Cell(_) => counter && self.absent == Absent::Default,
            WriteSource::Added(_) | WriteSource::Edited(..) | WriteSource::Managed(_) => false,
        }
    }

    /// Runs the value rules, then hashes what is stored as a hash.
    fn checked(&mut self, columns: &[WriteColumn], mut values: Vec<Value>) -> Result<Vec<Value>, Refusal> {
        for (column, value) in columns.iter().zip(&mut values) {
            // What becomes of a value that is counted up is checked by the table, and of one that is changed in part when it is there.
            if matches!(column.source, WriteSource::Added(_) | WriteSource::Edited(..)) {
                continue;
            }
            let field = self.field(column.field);
            let checks = self.context.prepared.checks(self.model.id, field.id);
            let checked = validate::run(checks, &field.ty, value, &self.reader);
            checked.map_err(|problem| broken(self.model, field, &problem))?;
            if let (true, Value::Text(secret)) = (field.hashed, &value) {
                let hash = self.generate.hash(secret);
                let reason = || Refusal::NotImplemented { reason: format!("hashing of column '{}'", field.name) };
                *value = Value::Text(hash.ok_or_else(reason)?);
            }
        }
        Ok(values)
    }

    /// The row as PostgreSQL prints it in an error, as far as it may be shown: `(null, foo)`.
    fn row_text(&self, shown: &[FieldId], columns: &[WriteColumn], values: &[Value]) -> String {
        const NULL: Value = Value::Null;
        let mut text = String::from("(");
        for (position, field) in shown.iter().enumerate() {
            if position > 0 {
                text.push_str(", ");
            }
            let value = columns.iter().zip(values).find(|(column, _)| column.field == *field).map_or(&NULL, |(_, v)| v);
            push_printed(&mut text, value);
        }
        text.push(')');
        text
    }
}

/// The type of what says which part of a JSON value is changed; `None` is JSON itself.
fn edit_type(edit: Edit) -> Option<&'static FieldType> {
    const fn of(scalar: Scalar, list: bool) -> FieldType {
        FieldType { scalar, list, nullable: false, items_nullable: false }
    }
    const KEY: &FieldType = &of(Scalar::String, false);
    const POSITION: &FieldType = &of(Scalar::Int, false);
    const PATH: &FieldType = &of(Scalar::String, true);
    match edit {
        Edit::Append | Edit::Prepend => None,
        Edit::DeleteKey => Some(KEY),
        Edit::DeleteElement => Some(POSITION),
        Edit::DeletePath => Some(PATH),
    }
}

/// Appends a value as PostgreSQL's error texts print it, cut after 64 characters.
fn push_printed(out: &mut String, value: &Value) {
    const CHARACTERS_MAX: usize = 64;
    let printed = match value {
        Value::Null => return out.push_str("null"),
        Value::Bool(value) => return out.push(if *value { 't' } else { 'f' }),
        Value::Int(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        Value::Text(text) => text.clone(),
        Value::Blob(bytes) => bytes.iter().fold("\\x".to_owned(), |mut hex, byte| {
            // Writing to a String cannot fail.
            let _ = write!(hex, "{byte:02x}");
            hex
        }),
    };
    match printed.char_indices().nth(CHARACTERS_MAX) {
        Some((end, _)) => {
            out.push_str(&printed[..end]);
            out.push_str("...");
        }
        None => out.push_str(&printed),
    }
}
