//! Constants of a schema file as JSON, checked against the type they are for.

use serde_json::{Map, Number, Value as Json};

use super::Context;
use crate::declare::{Value, ValueKind};
use crate::model::{FieldType, Scalar};
use crate::report::did_you_mean;

/// The JSON of a constant; says so and answers `None` when it does not have the type.
pub(super) fn convert(context: &mut Context<'_>, value: &Value, ty: &FieldType, place: &str) -> Option<Json> {
    if matches!(value.kind, ValueKind::Null) {
        if ty.nullable || ty.scalar == Scalar::Json {
            return Some(Json::Null);
        }
        context.report.error("value-type", value.span, format!("{place} cannot be null"));
        return None;
    }
    if !ty.list {
        return convert_scalar(context, value, ty.scalar, place);
    }
    let ValueKind::List(items) = &value.kind else {
        let message = format!("{place} is a list, not {}", value.kind.noun());
        context.report.error_help("value-type", value.span, message, "write it in brackets".to_owned());
        return None;
    };
    let mut out = Vec::new();
    for item in items {
        let item_ty = FieldType { list: false, nullable: ty.items_nullable, ..ty.clone() };
        out.push(convert(context, item, &item_ty, place)?);
    }
    Some(Json::Array(out))
}

fn convert_scalar(context: &mut Context<'_>, value: &Value, scalar: Scalar, place: &str) -> Option<Json> {
    let (found, wanted) = match scalar {
        Scalar::Int => (whole(&value.kind).filter(|n| i32::try_from(*n).is_ok()).map(Json::from), "a 32-bit integer"),
        Scalar::BigInt => (whole(&value.kind).map(Json::from), "a 64-bit integer"),
        Scalar::Float => (float(&value.kind), "a number"),
        Scalar::Decimal => (decimal(&value.kind), "a decimal number"),
        Scalar::Boolean => (boolean(&value.kind), "true or false"),
        Scalar::String => (text(&value.kind), "a text in quotes"),
        Scalar::Id => (text(&value.kind).or_else(|| whole(&value.kind).map(|n| Json::String(n.to_string()))), "an id"),
        Scalar::Uuid => (uuid(&value.kind), "a UUID in quotes"),
        Scalar::DateTime => {
            (checked_text(&value.kind, is_date_time), "a time in quotes, such as \"2026-01-31T12:00:00Z\"")
        }
        Scalar::Date => (checked_text(&value.kind, is_date), "a date in quotes, such as \"2026-01-31\""),
        Scalar::Time => (checked_text(&value.kind, is_time), "a time of day in quotes, such as \"12:30:00\""),
        Scalar::Bytes => (checked_text(&value.kind, is_bytes), "bytes in quotes, such as \"\\\\x00ff\""),
        Scalar::Email => (checked_text(&value.kind, |text| text.contains('@')), "an e-mail address in quotes"),
        Scalar::Url => (checked_text(&value.kind, |text| text.contains("://")), "a URL in quotes"),
        Scalar::Phone => (checked_text(&value.kind, |text| text.starts_with('+')), "a phone number in quotes"),
        Scalar::Json | Scalar::Object(_) => (any(value), "a JSON value"),
        Scalar::Enum(id) => return enum_value(context, value, usize::from(id.0), place),
    };
    let found = match (scalar, found) {
        (Scalar::Object(_), Some(json)) if !json.is_object() => None,
        (_, found) => found,
    };
    if found.is_none() {
        let message = format!("{place} is {wanted}, not {}", described(&value.kind));
        context.report.error("value-type", value.span, message);
    }
    found
}

fn enum_value(context: &mut Context<'_>, value: &Value, at: usize, place: &str) -> Option<Json> {
    let known = context.enums.get(at)?;
    let (ValueKind::Enum(word) | ValueKind::String(word)) = &value.kind else {
        let message = format!("{place} is one of `{}`, not {}", known.values.join("`, `"), value.kind.noun());
        context.report.error("value-type", value.span, message);
        return None;
    };
    if known.values.contains(word) {
        return Some(Json::String(word.clone()));
    }
    let message = format!("`{}` has no value `{word}`", known.name);
    let help = did_you_mean(word, known.values.iter().map(String::as_str));
    context.report.error_help("unknown-enum-value", value.span, message, help);
    None
}

fn described(kind: &ValueKind) -> String {
    match kind {
        ValueKind::Int(digits) | ValueKind::Float(digits) => format!("`{digits}`"),
        ValueKind::String(text) if text.len() <= 60 => format!("\"{text}\""),
        ValueKind::Enum(word) => format!("`{word}`"),
        ValueKind::String(_)
        | ValueKind::Null
        | ValueKind::Bool(_)
        | ValueKind::Variable
        | ValueKind::List(_)
        | ValueKind::Object(_) => kind.noun().to_owned(),
    }
}

/// Any literal as JSON; enum values are texts.
fn any(value: &Value) -> Option<Json> {
    Some(match &value.kind {
        ValueKind::Null => Json::Null,
        ValueKind::Bool(flag) => Json::Bool(*flag),
        ValueKind::Int(digits) | ValueKind::Float(digits) => Json::Number(digits.parse::<Number>().ok()?),
        ValueKind::String(text) | ValueKind::Enum(text) => Json::String(text.clone()),
        ValueKind::Variable => return None,
        ValueKind::List(items) => Json::Array(items.iter().map(any).collect::<Option<_>>()?),
        ValueKind::Object(members) => {
            let mut map = Map::new();
            for (key, _, member) in members {
                map.insert(key.clone(), any(member)?);
            }
            Json::Object(map)
        }
    })
}

fn whole(kind: &ValueKind) -> Option<i64> {
    kind.int_digits()?.parse().ok()
}

fn float(kind: &ValueKind) -> Option<Json> {
    kind.digits()?.parse().ok().and_then(Number::from_f64).map(Json::Number)
}

fn decimal(kind: &ValueKind) -> Option<Json> {
    let text = kind.digits().or_else(|| kind.text())?;
    is_decimal(text).then(|| Json::String(text.to_owned()))
}

fn boolean(kind: &ValueKind) -> Option<Json> {
    kind.flag().map(Json::Bool)
}

fn text(kind: &ValueKind) -> Option<Json> {
    checked_text(kind, |_| true)
}

fn checked_text(kind: &ValueKind, fits: impl Fn(&str) -> bool) -> Option<Json> {
    kind.text().filter(|text| fits(text)).map(|text| Json::String(text.to_owned()))
}

fn uuid(kind: &ValueKind) -> Option<Json> {
    kind.text().filter(|text| is_uuid(text)).map(|text| Json::String(text.to_lowercase()))
}

fn is_decimal(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    [whole, fraction].iter().all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()))
}

fn is_uuid(text: &str) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12])
        && groups.iter().all(|group| group.bytes().all(|b| b.is_ascii_hexdigit()))
}

fn is_date_time(text: &str) -> bool {
    chrono::DateTime::parse_from_rfc3339(text).is_ok()
}

fn is_date(text: &str) -> bool {
    text.len() == 10 && chrono::NaiveDate::parse_from_str(text, "%Y-%m-%d").is_ok()
}

fn is_time(text: &str) -> bool {
    chrono::NaiveTime::parse_from_str(text, "%H:%M:%S%.f").is_ok()
}

fn is_bytes(text: &str) -> bool {
    text.strip_prefix("\\x").is_some_and(|hex| hex.len() % 2 == 0 && hex.bytes().all(|b| b.is_ascii_hexdigit()))
}
