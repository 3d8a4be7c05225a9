//! Value rules: what a stored value must satisfy besides its type. A failure says which rule, for the caller.

use super::cast::{self, Reader};
use super::number;
use crate::value::Value;
use backstay_schema::model::{FieldType, ObjectId, Scalar};
use regex::Regex;
use serde_json::Value as Json;
use serde_json::value::RawValue;
use std::collections::HashSet;

/// A compiled validator.
#[derive(Debug)]
pub(super) enum Check {
    Length {
        min: Option<u64>,
        max: Option<u64>,
    },
    Range {
        min: Option<f64>,
        max: Option<f64>,
    },
    Pattern {
        regex: Regex,
        message: Option<String>,
    },
    Email,
    Url,
    Phone,
    OneOf(Vec<Json>),
    /// Of decimals, each as [`number::plain`] has it.
    OneOfNumbers(Vec<String>),
    Items {
        min: Option<u64>,
        max: Option<u64>,
        unique: bool,
    },
    JsonSchema(Box<jsonschema::Validator>),
    Object(ObjectId),
}

/// Runs the checks of a field on a value in its stored form; NULL passes.
///
/// # Errors
/// What is wrong, as the end of a sentence that starts with the field.
pub(super) fn run(checks: &[Check], ty: &FieldType, value: &Value, reader: &Reader) -> Result<(), String> {
    if checks.is_empty() || *value == Value::Null {
        return Ok(());
    }
    if !ty.list {
        return checks.iter().try_for_each(|check| check.scalar(value, reader));
    }
    let Value::Text(text) = value else { return Ok(()) };
    let items: Vec<Json> = serde_json::from_str(text).unwrap_or_default();
    // Doubles do not hold every decimal.
    let is_decimal = ty.scalar == Scalar::Decimal;
    let digits: Vec<&RawValue> = if is_decimal { serde_json::from_str(text).unwrap_or_default() } else { Vec::new() };
    for check in checks {
        if let Check::Items { min, max, unique } = check {
            between(items.len(), *min, *max, "item", "@items")?;
            let distinct: HashSet<String> = items.iter().map(ToString::to_string).collect();
            if *unique && distinct.len() < items.len() {
                return Err("must not repeat an item (@items)".to_owned());
            }
            continue;
        }
        for (at, item) in items.iter().enumerate().filter(|(_, item)| !item.is_null()) {
            let value = digits.get(at).map(|digits| Value::Text(digits.get().to_owned()));
            check.scalar(&value.unwrap_or_else(|| scalar_of(item)), reader)?;
        }
    }
    Ok(())
}

/// An item of a list as the value it would be in a column.
fn scalar_of(item: &Json) -> Value {
    match item {
        Json::Null => Value::Null,
        Json::Bool(value) => Value::Bool(*value),
        Json::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => Value::Int(whole),
            (None, Some(double)) => Value::Float(double),
            (None, None) => Value::Text(number.to_string()),
        },
        Json::String(text) => Value::Text(text.clone()),
        Json::Array(_) | Json::Object(_) => Value::Text(item.to_string()),
    }
}

impl Check {
    fn scalar(&self, value: &Value, reader: &Reader) -> Result<(), String> {
        let text = match value {
            Value::Text(text) => Some(text.as_str()),
            Value::Null | Value::Bool(_) | Value::Int(_) | Value::Float(_) | Value::Blob(_) => None,
        };
        let holds = |ok: bool, otherwise: &str| if ok { Ok(()) } else { Err(otherwise.to_owned()) };
        match self {
            Check::Length { min, max } => match value {
                Value::Text(text) => between(text.chars().count(), *min, *max, "character", "@length"),
                Value::Blob(bytes) => between(bytes.len(), *min, *max, "byte", "@length"),
                Value::Null | Value::Bool(_) | Value::Int(_) | Value::Float(_) => Ok(()),
            },
            Check::Range { min, max } => range(value, *min, *max),
            Check::Pattern { regex, message } => holds(
                text.is_none_or(|text| regex.is_match(text)),
                message.as_deref().unwrap_or("does not match its pattern (@pattern)"),
            ),
            Check::Email => holds(text.is_none_or(is_email), "must be an e-mail address (@email)"),
            Check::Url => holds(text.is_none_or(is_url), "must be an absolute http or https URL (@url)"),
            Check::Phone => holds(text.is_none_or(is_phone), "must be a phone number such as +14155550100 (@phone)"),
            Check::OneOf(values) => {
                let allowed: Vec<String> = values.iter().map(ToString::to_string).collect();
                holds(
                    values.iter().any(|allowed| same(value, allowed)),
                    &format!("must be one of {} (@oneOf)", allowed.join(", ")),
                )
            }
            Check::OneOfNumbers(numbers) => holds(
                text.is_none_or(|text| numbers.iter().any(|number| number == number::plain(text))),
                &format!("must be one of {} (@oneOf)", numbers.join(", ")),
            ),
            Check::Items { .. } => Ok(()),
            Check::JsonSchema(validator) => {
                let document: Json = text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or(Json::Null);
                match validator.iter_errors(&document).next() {
                    None => Ok(()),
                    Some(error) => {
                        Err(format!("does not fit its JSON Schema at '{}': {error} (@schema)", error.instance_path()))
                    }
                }
            }
            Check::Object(id) => {
                let document: Json = text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or(Json::Null);
                object(*id, &document, reader)
            }
        }
    }
}

fn between(count: usize, min: Option<u64>, max: Option<u64>, unit: &str, rule: &str) -> Result<(), String> {
    let count = u64::try_from(count).unwrap_or(u64::MAX);
    let plural = |number: u64| if number == 1 { "" } else { "s" };
    match (min, max) {
        (Some(min), _) if count < min => Err(format!("must have at least {min} {unit}{} ({rule})", plural(min))),
        (_, Some(max)) if count > max => Err(format!("must have at most {max} {unit}{} ({rule})", plural(max))),
        _ => Ok(()),
    }
}

fn range(value: &Value, min: Option<f64>, max: Option<f64>) -> Result<(), String> {
    let number = match value {
        #[expect(clippy::cast_precision_loss, reason = "bounds are doubles")]
        Value::Int(number) => *number as f64,
        Value::Float(number) => *number,
        Value::Text(text) => match text.parse() {
            Ok(number) => number,
            Err(_) => return Ok(()),
        },
        Value::Null | Value::Bool(_) | Value::Blob(_) => return Ok(()),
    };
    match (min, max) {
        (Some(min), _) if number < min => Err(format!("must be at least {min} (@range)")),
        (_, Some(max)) if number > max => Err(format!("must be at most {max} (@range)")),
        _ => Ok(()),
    }
}

/// Whether a value, or an item of a list, is one of the constants of a rule.
fn same(value: &Value, allowed: &Json) -> bool {
    match value {
        Value::Text(text) => allowed.as_str() == Some(text),
        Value::Int(number) => allowed.as_i64() == Some(*number),
        Value::Float(number) => allowed.as_f64() == Some(*number),
        Value::Null | Value::Bool(_) | Value::Blob(_) => false,
    }
}

/// Checks the members of a structured JSON value against its declared type.
fn object(id: ObjectId, document: &Json, reader: &Reader) -> Result<(), String> {
    let declared = &reader.schema.objects[usize::from(id.0)];
    let Some(members) = document.as_object() else {
        return Err(format!("must be an object of type {}", declared.name));
    };
    if let Some(unknown) = members.keys().find(|key| !declared.fields.iter().any(|field| field.name == **key)) {
        return Err(format!("has a member '{unknown}' that {} does not declare", declared.name));
    }
    for field in &declared.fields {
        match members.get(&field.name) {
            None | Some(Json::Null) if field.ty.nullable => {}
            None | Some(Json::Null) => return Err(format!("must have a member '{}' ({})", field.name, declared.name)),
            Some(value) => {
                let fits = cast::json(&field.ty, &value.to_string(), reader).is_ok() && is_kind(&field.ty, value);
                if !fits {
                    return Err(format!(
                        "has a member '{}' of another type than {} declares",
                        field.name, declared.name
                    ));
                }
                member(&field.ty, value, reader)?;
            }
        }
    }
    Ok(())
}

/// Goes into the members that are objects themselves.
fn member(ty: &FieldType, value: &Json, reader: &Reader) -> Result<(), String> {
    let Scalar::Object(id) = ty.scalar else { return Ok(()) };
    match value.as_array().filter(|_| ty.list) {
        Some(items) => items.iter().filter(|item| !item.is_null()).try_for_each(|item| object(id, item, reader)),
        None => object(id, value, reader),
    }
}

/// Whether a JSON value is of the kind that the type is written as: texts are not numbers here.
fn is_kind(ty: &FieldType, value: &Json) -> bool {
    if ty.list {
        return value.is_array();
    }
    match ty.scalar {
        Scalar::Int | Scalar::BigInt | Scalar::Float | Scalar::Decimal => value.is_number(),
        Scalar::Boolean => value.is_boolean(),
        Scalar::Json => true,
        Scalar::Object(_) => value.is_object(),
        Scalar::String
        | Scalar::Id
        | Scalar::Uuid
        | Scalar::DateTime
        | Scalar::Date
        | Scalar::Time
        | Scalar::Bytes
        | Scalar::Email
        | Scalar::Url
        | Scalar::Phone
        | Scalar::Enum(_) => value.is_string(),
    }
}

fn is_email(text: &str) -> bool {
    let Some((user, host)) = text.rsplit_once('@') else { return false };
    let plain = !text.chars().any(|c| c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | ',' | ';' | '"'));
    let host_fits = host.contains('.') && host.split('.').all(|label| !label.is_empty() && !label.starts_with('-'));
    plain && text.len() <= 254 && !user.is_empty() && !user.contains('@') && host_fits
}

fn is_url(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once("://") else { return false };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let known = scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https");
    known && !host.is_empty() && !text.chars().any(|c| c.is_whitespace() || c.is_control())
}

fn is_phone(text: &str) -> bool {
    text.strip_prefix('+').is_some_and(|digits| {
        (2..=15).contains(&digits.len()) && !digits.starts_with('0') && digits.bytes().all(|byte| byte.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use super::{is_email, is_phone, is_url};

    #[test]
    fn formats() {
        let check = |test: fn(&str) -> bool, text: &str, expected: bool| assert_eq!(test(text), expected, "{text}");
        check(is_email, "ana@example.org", true);
        check(is_email, "ana.b+c@mail.example.org", true);
        check(is_email, "ana@example", false);
        check(is_email, "@example.org", false);
        check(is_email, "a@b@example.org", false);
        check(is_email, "a b@example.org", false);
        check(is_email, "a@example..org", false);
        check(is_email, "a@example.org\n", false);
        for c in ['<', '>', ',', ';', '"', ' ', '\t', '\0', '\u{7f}'] {
            check(is_email, &format!("a{c}b@example.org"), false);
        }
        check(is_url, "https://example.org/a?b#c", true);
        check(is_url, "HTTP://localhost:80", true);
        check(is_url, "ftp://example.org", false);
        check(is_url, "https://", false);
        check(is_url, "https:///path", false);
        check(is_url, "javascript:alert(1)", false);
        check(is_url, "https://a b", false);
        check(is_phone, "+14155550100", true);
        check(is_phone, "14155550100", false);
        check(is_phone, "+04155550100", false);
        check(is_phone, "+1234567890123456", false);
    }
}
