//! Columns, paths into them, casts and output keys.

use super::{Reference, Scope};
use crate::authorized::CastTarget;
use crate::fault::{Refusal, postgres_name};
use crate::request::{FieldRef, PathKey, PathStep};
use backstay_schema::model::{Computed, Field, FieldType, Model, Scalar};

impl Scope<'_> {
    /// A column and the type at the end of its path. `label` is the relation's name in messages.
    pub(super) fn reference(&self, model: &Model, label: &str, field: &FieldRef) -> Result<Reference, Refusal> {
        self.bounds.path(field.path.len())?;
        let found = find(model, &field.name).ok_or_else(|| unknown(label, &field.name))?;
        self.column.set(Some((model.id, found.id)));
        if let Some(Computed::Function(_)) = found.computed {
            return Err(Refusal::NotImplemented {
                reason: format!("column '{}' is computed by a function", found.name),
            });
        }
        let ty = after_path(&found.ty, &field.path)?;
        Ok(Reference { model: model.id, field: found.id, path: field.path.clone(), ty })
    }
}

/// The column of this name.
pub(super) fn find<'m>(model: &'m Model, name: &str) -> Option<&'m Field> {
    model.fields.iter().find(|field| field.name == name)
}

pub(super) fn unknown(label: &str, column: &str) -> Refusal {
    Refusal::UnknownColumn { relation: label.to_owned(), column: column.to_owned() }
}

/// Follows a path by type: `->` into JSON and lists gives JSON, `->>` gives text, into which no step leads.
fn after_path(start: &FieldType, path: &[PathStep]) -> Result<FieldType, Refusal> {
    let mut ty = start.clone();
    for step in path {
        if !ty.list && !matches!(ty.scalar, Scalar::Json | Scalar::Object(_)) {
            return Err(Refusal::BadPath {
                ty: postgres_name(ty.scalar).to_owned(),
                operator: if step.text { "->>" } else { "->" },
                right: match step.key {
                    PathKey::Member(_) => "unknown",
                    PathKey::Index(_) => "integer",
                    PathKey::Whole => "text[]",
                },
            });
        }
        let scalar = if step.text { Scalar::String } else { Scalar::Json };
        ty = FieldType { scalar, list: false, nullable: true, items_nullable: false };
    }
    Ok(ty)
}

/// The key under which a column or path is output: the last member named, else the column.
pub(super) fn output_key(field: &FieldRef) -> String {
    let member = field.path.iter().rev().find_map(|step| match &step.key {
        PathKey::Member(name) => Some(name),
        PathKey::Index(_) | PathKey::Whole => None,
    });
    member.unwrap_or(&field.name).clone()
}

/// The type that a cast names.
pub(super) fn cast_target(name: &str) -> Result<CastTarget, Refusal> {
    let lower = name.to_ascii_lowercase();
    let target = match lower.as_str() {
        "text" | "varchar" | "character varying" | "char" | "bpchar" | "name" => CastTarget::Text,
        "int" | "int4" | "integer" | "int2" | "smallint" => CastTarget::Scalar(Scalar::Int),
        "int8" | "bigint" => CastTarget::Scalar(Scalar::BigInt),
        "numeric" | "decimal" => CastTarget::Scalar(Scalar::Decimal),
        "float8" | "float4" | "float" | "real" | "double precision" => CastTarget::Scalar(Scalar::Float),
        "bool" | "boolean" => CastTarget::Scalar(Scalar::Boolean),
        "date" => CastTarget::Scalar(Scalar::Date),
        "time" => CastTarget::Scalar(Scalar::Time),
        "timestamptz" | "timestamp" | "timestamp with time zone" | "timestamp without time zone" => {
            CastTarget::Scalar(Scalar::DateTime)
        }
        "uuid" => CastTarget::Scalar(Scalar::Uuid),
        "json" | "jsonb" => CastTarget::Scalar(Scalar::Json),
        "bytea" => CastTarget::Scalar(Scalar::Bytes),
        _ => return Err(Refusal::UnknownType { name: name.to_owned() }),
    };
    Ok(target)
}
