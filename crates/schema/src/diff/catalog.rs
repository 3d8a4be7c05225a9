//! The physical side of a schema, and how it is read off one.

use crate::model::{
    Computed, DefaultValue, Dialect, Divided, Field, FieldId, FieldType, Model, Profile, ReferentialAction, Scalar,
    Schema, SortDirection, Validator,
};
use serde::{Deserialize, Serialize};

/// Everything that a database holds for a schema. Tables are in the order of the schema.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Catalog {
    /// Every table.
    pub tables: Vec<Table>,
    /// The table whose rows are the profiles of accounts: each has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profiles: Option<String>,
    /// Which functions of ours the database holds; `None` where the server brings them along.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub functions: Option<String>,
}

/// A table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// Its columns; computed ones only when they are stored.
    pub columns: Vec<Column>,
    /// Columns of the primary key.
    pub key: Vec<String>,
    /// Whether the database counts the key up.
    pub counts: bool,
    /// Unique constraints over every row. Those over some rows are indexes.
    pub uniques: Vec<Index>,
    /// Indexes, the ones behind foreign keys and partial unique constraints among them.
    pub indexes: Vec<Index>,
    /// Foreign keys.
    pub foreign_keys: Vec<ForeignKey>,
    /// Row-level checks.
    pub checks: Vec<Check>,
    /// Full-text index.
    pub search: Option<Search>,
    /// How it is divided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partition: Option<Partition>,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Family of its type.
    pub ty: Type,
    /// Whether the value is a list of that type.
    pub list: bool,
    /// Whether NULL is refused.
    pub required: bool,
    /// Values of an enum; empty for other types.
    pub values: Vec<String>,
    /// Conditions of validators that the database holds too, as text.
    pub checks: Vec<String>,
    /// Text of the expression that the column stores.
    pub generated: Option<String>,
    /// Types that replace the usual ones, by dialect.
    pub db_types: Vec<(String, String)>,
}

/// Families of types that are stored alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Type {
    /// 32-bit integer.
    Int,
    /// 64-bit integer.
    BigInt,
    /// Double.
    Float,
    /// Exact decimal.
    Decimal,
    /// True or false.
    Boolean,
    /// Text of any kind, enums included.
    Text,
    /// UUID.
    Uuid,
    /// Instant.
    DateTime,
    /// Calendar date.
    Date,
    /// Time of day.
    Time,
    /// Bytes.
    Bytes,
    /// JSON of any shape.
    Json,
}

/// An index or unique constraint.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Index {
    /// Its name.
    pub name: String,
    /// Columns, and whether each is descending.
    pub columns: Vec<(String, bool)>,
    /// Whether it is unique.
    pub unique: bool,
    /// Text of the condition on rows.
    pub filter: Option<String>,
    /// The column that marks deleted rows, which the index leaves out.
    pub alive: Option<String>,
    /// Access method.
    pub using: Option<String>,
}

/// A foreign key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ForeignKey {
    /// Its name.
    pub name: String,
    /// Referencing columns.
    pub columns: Vec<String>,
    /// Referenced table.
    pub table: String,
    /// Referenced columns.
    pub references: Vec<String>,
    /// `no action`, `restrict`, `cascade` or `set null`.
    pub on_delete: String,
    /// The same on a change of the referenced key.
    pub on_update: String,
}

/// A row-level check.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Check {
    /// Its name.
    pub name: String,
    /// Rule text.
    pub rule: String,
}

/// How a table is divided.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Partition {
    /// Columns that say which partition a row is in.
    pub columns: Vec<String>,
    /// Bounds between ranges; empty where rows are divided evenly.
    pub bounds: Vec<serde_json::Value>,
    /// How many partitions there are.
    pub count: usize,
}

/// A full-text index.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Search {
    /// Columns.
    pub columns: Vec<String>,
    /// Language.
    pub language: String,
}

impl Catalog {
    /// The catalogue of a database that was brought to a schema. Tables that are not managed are not in it.
    #[must_use]
    pub fn of(schema: &Schema) -> Catalog {
        let profiles = Profile::of(schema).map(|profile| profile.table);
        let managed = schema.models.iter().filter(|model| model.managed);
        Catalog { tables: managed.map(|model| table(schema, model)).collect(), profiles, functions: None }
    }

    /// A table by name.
    #[must_use]
    pub fn table(&self, name: &str) -> Option<&Table> {
        self.tables.iter().find(|table| table.name == name)
    }
}

impl Table {
    /// A column by name.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }
}

/// Whether the table has a column for a field.
pub(super) fn is_column(field: &Field) -> bool {
    !matches!(field.computed, Some(Computed::Expr { stored: false, .. } | Computed::Function(_)))
}

fn table(schema: &Schema, model: &Model) -> Table {
    let names = |ids: &[FieldId]| names(model, ids);
    let own_keys = || schema.foreign_keys.iter().filter(|key| key.from == model.id);
    let foreign_keys = own_keys().map(|key| {
        let to = schema.models.get(usize::from(key.to.0));
        ForeignKey {
            name: key.name.clone(),
            columns: names(&key.from_fields),
            table: to.map(|to| to.table.clone()).unwrap_or_default(),
            references: to.map(|to| self::names(to, &key.to_fields)).unwrap_or_default(),
            on_delete: action(key.on_delete).to_owned(),
            on_update: action(key.on_update).to_owned(),
        }
    });
    let (uniques, indexes) = indexes(schema, model);
    let counts = model.key.iter().any(|id| {
        let field = model.fields.get(usize::from(id.0));
        field.is_some_and(|field| field.default == Some(DefaultValue::Increment))
    });
    Table {
        name: model.table.clone(),
        columns: model.fields.iter().filter(|field| is_column(field)).map(|field| column(schema, field)).collect(),
        key: names(&model.key),
        counts,
        uniques,
        indexes,
        foreign_keys: foreign_keys.collect(),
        checks: model
            .checks
            .iter()
            .map(|check| Check { name: check.name.clone(), rule: check.rule.source.clone() })
            .collect(),
        search: model.search.as_ref().map(|search| Search {
            columns: names(&search.fields.iter().map(|(id, _)| *id).collect::<Vec<_>>()),
            language: search.language.clone(),
        }),
        partition: model.partition.as_ref().map(|partition| Partition {
            columns: names(&partition.fields),
            bounds: match &partition.divided {
                Divided::Range(bounds) => bounds.clone(),
                Divided::Hash(_) => Vec::new(),
            },
            count: partition.count(),
        }),
    }
}

/// Unique constraints over every row, and everything that is an index of its own.
fn indexes(schema: &Schema, model: &Model) -> (Vec<Index>, Vec<Index>) {
    let plain = |name: String, fields: &[FieldId], unique: bool| Index {
        name,
        columns: names(model, fields).into_iter().map(|name| (name, false)).collect(),
        unique,
        filter: None,
        alive: None,
        using: None,
    };
    let (mut uniques, mut indexes) = (Vec::new(), Vec::new());
    let mut covered = vec![model.key.clone()];
    for unique in &model.uniques {
        let alive = model.soft_delete.filter(|_| !is_referenced(schema, model, &unique.fields));
        let mut index = plain(unique.name.clone(), &unique.fields, true);
        if alive.is_none() && unique.filter.is_none() {
            covered.push(unique.fields.clone());
            uniques.push(index);
        } else {
            index.filter = unique.filter.as_ref().map(|rule| rule.source.clone());
            index.alive = alive.and_then(|id| names(model, &[id]).pop());
            indexes.push(index);
        }
    }
    for index in &model.indexes {
        let fields: Vec<FieldId> = index.fields.iter().map(|(id, _)| *id).collect();
        let mut found = plain(index.name.clone(), &fields, index.unique);
        for (column, (_, direction)) in found.columns.iter_mut().zip(&index.fields) {
            column.1 = *direction == SortDirection::Descending;
        }
        found.filter = index.filter.as_ref().map(|rule| rule.source.clone());
        found.using.clone_from(&index.using);
        if index.filter.is_none() {
            covered.push(fields);
        }
        indexes.push(found);
    }
    for key in schema.foreign_keys.iter().filter(|key| key.from == model.id) {
        if !covered.iter().any(|fields| fields.starts_with(&key.from_fields)) {
            covered.push(key.from_fields.clone());
            let name = format!("{}_{}_idx", model.table, names(model, &key.from_fields).join("_"));
            indexes.push(plain(name, &key.from_fields, false));
        }
    }
    (uniques, indexes)
}

/// Whether a foreign key points at these columns, so that their constraint is over deleted rows too.
fn is_referenced(schema: &Schema, model: &Model, fields: &[FieldId]) -> bool {
    let same = |other: &[FieldId]| other.len() == fields.len() && other.iter().all(|id| fields.contains(id));
    schema.foreign_keys.iter().any(|key| key.to == model.id && same(&key.to_fields))
}

fn column(schema: &Schema, field: &Field) -> Column {
    let values = match field.ty.scalar {
        Scalar::Enum(id) => schema.enums.get(usize::from(id.0)).map(|found| found.values.clone()).unwrap_or_default(),
        Scalar::Int
        | Scalar::BigInt
        | Scalar::Float
        | Scalar::Decimal
        | Scalar::Boolean
        | Scalar::String
        | Scalar::Id
        | Scalar::Uuid
        | Scalar::DateTime
        | Scalar::Date
        | Scalar::Time
        | Scalar::Bytes
        | Scalar::Json
        | Scalar::Email
        | Scalar::Url
        | Scalar::Phone
        | Scalar::Object(_) => Vec::new(),
    };
    let generated = match &field.computed {
        Some(Computed::Expr { expr, stored: true }) => Some(expr.source.clone()),
        Some(Computed::Expr { stored: false, .. } | Computed::Function(_)) | None => None,
    };
    let db_types = field.db_types.iter().map(|(dialect, ty)| (dialect_name(*dialect).to_owned(), ty.clone()));
    Column {
        name: field.column.clone(),
        ty: type_of(field.ty.scalar),
        list: field.ty.list,
        required: !field.ty.nullable && field.computed.is_none(),
        values,
        checks: field.validators.iter().filter_map(|validator| check(validator, field)).collect(),
        generated,
        db_types: db_types.collect(),
    }
}

/// The condition of a validator, where a database holds it too.
fn check(validator: &Validator, field: &Field) -> Option<String> {
    let FieldType { list, .. } = field.ty;
    let range =
        |min: Option<String>, max: Option<String>| format!("{}..{}", min.unwrap_or_default(), max.unwrap_or_default());
    match validator {
        Validator::Length { min, max } if !list && !field.hashed => {
            Some(format!("length {}", range(min.map(|min| min.to_string()), max.map(|max| max.to_string()))))
        }
        Validator::Items { min, max, unique: _ } => {
            Some(format!("items {}", range(min.map(|min| min.to_string()), max.map(|max| max.to_string()))))
        }
        Validator::Range { min, max } if !list => {
            Some(format!("range {}", range(min.map(|min| min.to_string()), max.map(|max| max.to_string()))))
        }
        Validator::OneOf(values) if !list => Some(format!("one of {}", serde_json::Value::Array(values.clone()))),
        Validator::Length { .. }
        | Validator::Range { .. }
        | Validator::OneOf(_)
        | Validator::Pattern { .. }
        | Validator::Email
        | Validator::Url
        | Validator::Phone
        | Validator::JsonSchema(_) => None,
    }
}

/// The family of a scalar.
pub(super) fn type_of(scalar: Scalar) -> Type {
    match scalar {
        Scalar::Int => Type::Int,
        Scalar::BigInt => Type::BigInt,
        Scalar::Float => Type::Float,
        Scalar::Decimal => Type::Decimal,
        Scalar::Boolean => Type::Boolean,
        Scalar::String | Scalar::Id | Scalar::Email | Scalar::Url | Scalar::Phone | Scalar::Enum(_) => Type::Text,
        Scalar::Uuid => Type::Uuid,
        Scalar::DateTime => Type::DateTime,
        Scalar::Date => Type::Date,
        Scalar::Time => Type::Time,
        Scalar::Bytes => Type::Bytes,
        Scalar::Json | Scalar::Object(_) => Type::Json,
    }
}

fn names(model: &Model, ids: &[FieldId]) -> Vec<String> {
    ids.iter().filter_map(|id| model.fields.get(usize::from(id.0))).map(|field| field.column.clone()).collect()
}

fn action(action: ReferentialAction) -> &'static str {
    match action {
        ReferentialAction::NoAction => "no action",
        ReferentialAction::Restrict => "restrict",
        ReferentialAction::Cascade => "cascade",
        ReferentialAction::SetNull => "set null",
    }
}

fn dialect_name(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Sqlite => "sqlite",
        Dialect::Postgres => "postgres",
        Dialect::Mysql => "mysql",
    }
}
