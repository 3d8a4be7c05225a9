//! Example values. In: a field's type and validation rules. Out: a value that they accept, or nothing where none can be made up.
//! The same field always gets the same value.

use backstay_schema::Schema;
use backstay_schema::model::{Field, FieldType, Model, Scalar, Validator};
use regex::Regex;
use regex_syntax::hir::{Class, Hir, HirKind};
use serde_json::{Value, json};

/// A value that a write of the field may carry.
pub(super) fn value(schema: &Schema, model: &Model, field: &Field) -> Option<Value> {
    let chosen = field.validators.iter().find_map(|validator| match validator {
        Validator::OneOf(values) => values.first().cloned(),
        Validator::Length { .. }
        | Validator::Range { .. }
        | Validator::Pattern { .. }
        | Validator::Email
        | Validator::Url
        | Validator::Phone
        | Validator::Items { .. }
        | Validator::JsonSchema(_) => None,
    });
    // A JSON Schema may ask for anything.
    if field.validators.iter().any(|validator| matches!(validator, Validator::JsonSchema(_))) {
        return None;
    }
    if !field.ty.list {
        return chosen.or_else(|| scalar(schema, model, field));
    }
    let count = field.validators.iter().find_map(|validator| match validator {
        Validator::Items { min, .. } => *min,
        Validator::Length { .. }
        | Validator::Range { .. }
        | Validator::Pattern { .. }
        | Validator::Email
        | Validator::Url
        | Validator::Phone
        | Validator::OneOf(_)
        | Validator::JsonSchema(_) => None,
    });
    match count.unwrap_or(1).min(1) {
        _ if count.is_some_and(|count| count > 1) => None,
        0 => Some(json!([])),
        _ => Some(Value::Array(vec![chosen.or_else(|| scalar(schema, model, field))?])),
    }
}

/// A value for an argument, which has no rules but its type.
pub(super) fn argument(schema: &Schema, ty: &FieldType) -> Option<Value> {
    let one = plain(schema, ty.scalar)?;
    Some(if ty.list { json!([one]) } else { one })
}

fn scalar(schema: &Schema, model: &Model, field: &Field) -> Option<Value> {
    let rules = &field.validators;
    match field.ty.scalar {
        Scalar::Int | Scalar::BigInt | Scalar::Float | Scalar::Decimal => Some(number(rules)),
        Scalar::String | Scalar::Id => text(model, field),
        Scalar::Email => Some(json!(address_of(model))),
        Scalar::Boolean
        | Scalar::Uuid
        | Scalar::DateTime
        | Scalar::Date
        | Scalar::Time
        | Scalar::Bytes
        | Scalar::Json
        | Scalar::Url
        | Scalar::Phone
        | Scalar::Enum(_)
        | Scalar::Object(_) => plain(schema, field.ty.scalar),
    }
}

fn plain(schema: &Schema, scalar: Scalar) -> Option<Value> {
    Some(match scalar {
        Scalar::Int | Scalar::BigInt | Scalar::Float | Scalar::Decimal => json!(1),
        Scalar::Boolean => json!(false),
        Scalar::String | Scalar::Id => json!("Example"),
        Scalar::Uuid => json!("0190d7a4-6b1e-7c3a-8f00-5d2b6a1c9e44"),
        Scalar::DateTime => json!("2030-01-31T12:30:00Z"),
        Scalar::Date => json!("2030-01-31"),
        Scalar::Time => json!("12:30:00"),
        Scalar::Bytes => json!("\\x00ff"),
        Scalar::Json => json!({ "note": "Example" }),
        Scalar::Email => json!("someone@example.org"),
        Scalar::Url => json!("https://example.org/page"),
        Scalar::Phone => json!("+431234567"),
        Scalar::Enum(id) => json!(schema.enums.get(usize::from(id.0))?.values.first()?),
        Scalar::Object(id) => {
            let object = schema.objects.get(usize::from(id.0))?;
            let member = |field: &backstay_schema::model::ObjectField| {
                // Objects may hold objects, but a required cycle cannot be written by anybody.
                if field.ty.nullable { None } else { Some((field.name.clone(), argument(schema, &field.ty))) }
            };
            let members: Option<serde_json::Map<String, Value>> =
                object.fields.iter().filter_map(member).map(|(name, value)| Some((name, value?))).collect();
            Value::Object(members?)
        }
    })
}

fn address_of(model: &Model) -> String {
    let name: String = model.name.chars().filter(char::is_ascii_alphanumeric).collect();
    format!("{}@example.org", name.to_lowercase())
}

/// 1, or the bound that is nearest to it.
fn number(rules: &[Validator]) -> Value {
    let (mut low, mut high) = (f64::MIN, f64::MAX);
    for rule in rules {
        if let Validator::Range { min, max } = rule {
            (low, high) = (low.max(min.unwrap_or(f64::MIN)), high.min(max.unwrap_or(f64::MAX)));
        }
    }
    let chosen = 1.0_f64.clamp(low, high.max(low));
    #[expect(clippy::cast_possible_truncation, reason = "a bound beyond 64 bits is kept as it is")]
    if chosen.fract() == 0.0 && chosen.abs() < 9e15 { json!(chosen as i64) } else { json!(chosen) }
}

/// A text that meets length, pattern and form, by trying a few.
fn text(model: &Model, field: &Field) -> Option<Value> {
    let mut candidates = Vec::new();
    for rule in &field.validators {
        match rule {
            Validator::Email => candidates.push(address_of(model)),
            Validator::Url => candidates.push("https://example.org/page".to_owned()),
            Validator::Phone => candidates.push("+431234567".to_owned()),
            Validator::Pattern { regex, .. } => {
                for more in [0, 1, 3, 8] {
                    let hir = regex_syntax::parse(regex).ok()?;
                    let mut made = String::new();
                    sample(&hir, more, &mut made)?;
                    candidates.push(made);
                }
            }
            Validator::Length { .. }
            | Validator::Range { .. }
            | Validator::OneOf(_)
            | Validator::Items { .. }
            | Validator::JsonSchema(_) => {}
        }
    }
    candidates.push(format!("Example {}", field.name));
    candidates.extend([1, 3, 8, 20, 64, 255].map(|length| "e".repeat(length)));
    candidates.into_iter().find(|text| accepts(&field.validators, text)).map(Value::from)
}

fn accepts(rules: &[Validator], text: &str) -> bool {
    rules.iter().all(|rule| match rule {
        Validator::Length { min, max } => {
            let length = u64::try_from(text.chars().count()).unwrap_or(u64::MAX);
            min.is_none_or(|min| length >= min) && max.is_none_or(|max| length <= max)
        }
        // A pattern with flags that the library reads otherwise is not for examples.
        Validator::Pattern { regex, flags, .. } => {
            flags.is_empty() && Regex::new(regex).is_ok_and(|regex| regex.is_match(text))
        }
        Validator::Email => text.contains('@'),
        Validator::Url => text.starts_with("https://"),
        Validator::Phone => text.starts_with('+'),
        Validator::Range { .. } | Validator::OneOf(_) | Validator::Items { .. } | Validator::JsonSchema(_) => true,
    })
}

/// Appends a text that an expression matches, with `more` repetitions than it needs at least.
fn sample(hir: &Hir, more: u32, into: &mut String) -> Option<()> {
    /// Longest text that is made.
    const LENGTH_MAX: usize = 512;
    if into.len() > LENGTH_MAX {
        return None;
    }
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => {}
        HirKind::Literal(literal) => into.push_str(std::str::from_utf8(&literal.0).ok()?),
        HirKind::Class(Class::Unicode(class)) => {
            // A letter where the class has one: the first member may be a control character.
            let has = |wanted: char| class.iter().any(|range| (range.start()..=range.end()).contains(&wanted));
            let letter = ['e', 'E', '1'].into_iter().find(|letter| has(*letter));
            into.push(letter.or_else(|| class.iter().next().map(|range| range.start()))?);
        }
        HirKind::Class(Class::Bytes(_)) => return None,
        HirKind::Repetition(repetition) => {
            let most = repetition.max.unwrap_or(u32::MAX);
            for _ in 0..repetition.min.saturating_add(more).min(most) {
                sample(&repetition.sub, 0, into)?;
            }
        }
        HirKind::Capture(capture) => sample(&capture.sub, more, into)?,
        HirKind::Concat(parts) => parts.iter().try_for_each(|part| sample(part, more, into))?,
        HirKind::Alternation(parts) => sample(parts.first()?, more, into)?,
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::sample;
    use regex::Regex;

    #[test]
    fn samples_match() {
        for pattern in [
            "^[a-z0-9]+(-[a-z0-9]+)*$",
            "^[A-Z]",
            "^\\d{4}-\\d{2}$",
            "^(red|blue)$",
            "^[^@]+@[^@]+$",
            "^\\+?[1-9][0-9]{6,14}$",
            "^[[:upper:]]{2,3}\\.x?$",
        ] {
            for more in [0, 1, 3] {
                let mut made = String::new();
                sample(&regex_syntax::parse(pattern).unwrap(), more, &mut made).unwrap();
                assert!(Regex::new(pattern).unwrap().is_match(&made), "{pattern}: {made}");
            }
        }
    }
}
