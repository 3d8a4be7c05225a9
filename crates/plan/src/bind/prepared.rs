//! Validators of a schema, compiled once.

use super::number;
use super::validate::Check;
use backstay_schema::Schema;
use backstay_schema::model::{Field, FieldId, ModelId, Scalar, Validator};
use regex::RegexBuilder;

/// The validators of every field, ready to run, and what else values are bound against.
#[derive(Debug)]
pub struct Prepared {
    /// By model, then field.
    checks: Vec<Vec<Vec<Check>>>,
    protected_role: Option<String>,
}

/// A validator that cannot be compiled; the schema check refuses such schemas before.
#[derive(Debug, thiserror::Error)]
#[error("validator of {model}.{field} cannot be compiled: {reason}")]
pub struct BadValidator {
    /// Model name.
    pub model: String,
    /// Field name.
    pub field: String,
    /// Why.
    pub reason: String,
}

impl Prepared {
    /// Compiles every pattern and JSON Schema of `schema`.
    ///
    /// # Errors
    /// The first one that cannot be compiled.
    pub fn new(schema: &Schema) -> Result<Self, BadValidator> {
        let mut checks = Vec::with_capacity(schema.models.len());
        for model in &schema.models {
            let fields = model.fields.iter().map(|field| {
                compile(field).map_err(|reason| BadValidator {
                    model: model.name.clone(),
                    field: field.name.clone(),
                    reason,
                })
            });
            checks.push(fields.collect::<Result<Vec<_>, _>>()?);
        }
        Ok(Self { checks, protected_role: None })
    }

    /// The same, for an application role that must not lose its last holder.
    #[must_use]
    pub fn protecting(self, role: Option<String>) -> Self {
        Self { protected_role: role, ..self }
    }

    /// The application role that must not lose its last holder.
    #[must_use]
    pub fn protected_role(&self) -> Option<&str> {
        self.protected_role.as_deref()
    }

    pub(super) fn checks(&self, model: ModelId, field: FieldId) -> &[Check] {
        let of_model = self.checks.get(usize::from(model.0));
        of_model.and_then(|fields| fields.get(usize::from(field.0))).map_or(&[], Vec::as_slice)
    }
}

fn compile(field: &Field) -> Result<Vec<Check>, String> {
    let mut checks = Vec::new();
    match field.ty.scalar {
        Scalar::Email => checks.push(Check::Email),
        Scalar::Url => checks.push(Check::Url),
        Scalar::Phone => checks.push(Check::Phone),
        Scalar::Object(id) => checks.push(Check::Object(id)),
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
        | Scalar::Enum(_) => {}
    }
    for validator in &field.validators {
        checks.push(match validator {
            Validator::Length { min, max } => Check::Length { min: *min, max: *max },
            Validator::Range { min, max } => Check::Range { min: *min, max: *max },
            Validator::Pattern { regex, flags, message } => Check::Pattern {
                regex: RegexBuilder::new(regex)
                    .case_insensitive(flags.contains('i'))
                    .multi_line(flags.contains('m'))
                    .dot_matches_new_line(flags.contains('s'))
                    .ignore_whitespace(flags.contains('x'))
                    .build()
                    .map_err(|error| error.to_string())?,
                message: message.clone(),
            },
            Validator::Email => Check::Email,
            Validator::Url => Check::Url,
            Validator::Phone => Check::Phone,
            Validator::OneOf(values) if field.ty.scalar == Scalar::Decimal => {
                Check::OneOfNumbers(values.iter().map(plain).collect::<Result<_, _>>()?)
            }
            Validator::OneOf(values) => Check::OneOf(values.clone()),
            Validator::Items { min, max, unique } => Check::Items { min: *min, max: *max, unique: *unique },
            Validator::JsonSchema(document) => {
                let validator = jsonschema::validator_for(document).map_err(|error| error.to_string())?;
                Check::JsonSchema(Box::new(validator))
            }
        });
    }
    Ok(checks)
}

/// A constant of a decimal, which is a text, as values are compared with it.
fn plain(constant: &serde_json::Value) -> Result<String, String> {
    let text = constant.as_str().map_or_else(|| constant.to_string(), str::to_owned);
    let read = number::decimal(&text).map_err(|_| format!("{text} is no decimal"))?;
    Ok(number::plain(&read).to_owned())
}
