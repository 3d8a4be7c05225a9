//! Value rules of a field: bounds, patterns, formats, choices, JSON Schemas; each checked against the field's type.

use super::{Context, literal};
use crate::declare::FieldDecl;
use crate::diagnostic::Span;
use crate::directive::Applied;
use crate::model::{FieldType, Scalar, Validator};

/// Reads every value rule of a field.
pub(super) fn read(context: &mut Context<'_>, field: &FieldDecl, ty: &FieldType) -> Vec<Validator> {
    let mut out = Vec::new();
    for applied in &field.directives {
        let is_text = matches!(ty.scalar, Scalar::String | Scalar::Id | Scalar::Email | Scalar::Url | Scalar::Phone);
        let is_number = matches!(ty.scalar, Scalar::Int | Scalar::BigInt | Scalar::Float | Scalar::Decimal);
        let (fits, wanted) = match applied.name.as_str() {
            "length" | "pattern" => (is_text, "a text"),
            "email" | "url" | "phone" => (ty.scalar == Scalar::String, "a String"),
            "range" => (is_number, "a number"),
            "oneOf" => (is_text || is_number, "a text or a number"),
            "items" => (ty.list, "a list"),
            "schema" => (ty.scalar == Scalar::Json, "JSON"),
            _no_value_rule => continue,
        };
        if !fits {
            let message =
                format!("`@{}` needs {wanted}, and `{}` is of type {}", applied.name, field.name, field.ty.name);
            let help = (applied.name == "oneOf" && matches!(ty.scalar, Scalar::Enum(_)))
                .then(|| "an enum lists its values already".to_owned());
            context.report.error_help("directive-type", applied.span, message, help);
            continue;
        }
        let validator = match applied.name.as_str() {
            "length" => length(context, applied),
            "range" => range(context, applied),
            "pattern" => pattern(context, applied),
            "email" => Some(Validator::Email),
            "url" => Some(Validator::Url),
            "phone" => Some(Validator::Phone),
            "oneOf" => one_of(context, applied, field, ty),
            "items" => items(context, applied),
            _schema => json_schema(context, applied),
        };
        out.extend(validator);
    }
    out
}

fn bound(context: &mut Context<'_>, applied: &Applied, name: &str) -> Option<(u64, Span)> {
    let (number, span) = applied.integer(name)?;
    match u64::try_from(number) {
        Ok(number) => Some((number, span)),
        Err(_) => {
            let message = format!("`{name}` of `@{}` cannot be negative", applied.name);
            context.report.error("invalid-argument", span, message);
            None
        }
    }
}

fn bounds(context: &mut Context<'_>, applied: &Applied) -> (Option<u64>, Option<u64>) {
    let (min, max) = (bound(context, applied, "min"), bound(context, applied, "max"));
    if let (Some((least, _)), Some((most, span))) = (min, max)
        && least > most
    {
        let message = format!("`@{}` lets nothing through: {least} is more than {most}", applied.name);
        context.report.error("empty-range", span, message);
    }
    (min.map(|(number, _)| number), max.map(|(number, _)| number))
}

fn needs_bound(context: &mut Context<'_>, applied: &Applied) {
    if !applied.has_arguments {
        let message = format!("`@{}` needs `min` or `max`", applied.name);
        context.report.error("missing-argument", applied.span, message);
    }
}

fn length(context: &mut Context<'_>, applied: &Applied) -> Option<Validator> {
    needs_bound(context, applied);
    let (min, max) = bounds(context, applied);
    Some(Validator::Length { min, max })
}

fn items(context: &mut Context<'_>, applied: &Applied) -> Option<Validator> {
    needs_bound(context, applied);
    let (min, max) = bounds(context, applied);
    Some(Validator::Items { min, max, unique: applied.flag("unique", false) })
}

fn range(context: &mut Context<'_>, applied: &Applied) -> Option<Validator> {
    needs_bound(context, applied);
    let (min, max) = (applied.number("min"), applied.number("max"));
    if let (Some((least, _)), Some((most, span))) = (min, max)
        && least > most
    {
        let message = format!("`@range` lets nothing through: {least} is more than {most}");
        context.report.error("empty-range", span, message);
    }
    Some(Validator::Range { min: min.map(|(number, _)| number), max: max.map(|(number, _)| number) })
}

fn pattern(context: &mut Context<'_>, applied: &Applied) -> Option<Validator> {
    let (regex, span) = applied.text("regex")?;
    let (flags, flags_span) = applied.text("flags").unwrap_or(("", span));
    if let Some(wrong) = flags.chars().find(|flag| !"imsxu".contains(*flag)) {
        let message = format!("`{wrong}` is not a flag of `@pattern`; it takes `i`, `m`, `s`, `x` and `u`");
        context.report.error("invalid-regex", flags_span, message);
        return None;
    }
    let full = if flags.is_empty() { regex.to_owned() } else { format!("(?{flags}){regex}") };
    if let Err(fault) = regex::RegexBuilder::new(&full).size_limit(1 << 20).build() {
        let text = fault.to_string();
        let reason = text.lines().last().unwrap_or_default().trim().trim_start_matches("error: ").to_owned();
        let help = "look-around and back-references are not part of the language".to_owned();
        context.report.error_help(
            "invalid-regex",
            span,
            format!("`{regex}` is not a regular expression: {reason}"),
            help,
        );
        return None;
    }
    let message = applied.text("message").map(|(message, _)| message.to_owned());
    Some(Validator::Pattern { regex: regex.to_owned(), flags: flags.to_owned(), message })
}

fn one_of(context: &mut Context<'_>, applied: &Applied, field: &FieldDecl, ty: &FieldType) -> Option<Validator> {
    let item = FieldType { list: false, nullable: false, ..ty.clone() };
    let place = format!("a choice of `{}`", field.name);
    let mut values = Vec::new();
    for value in applied.items("values")? {
        values.push(literal::convert(context, value, &item, &place)?);
    }
    if values.is_empty() {
        context.report.error("empty-range", applied.span, "`@oneOf` lets nothing through: it has no values");
    }
    Some(Validator::OneOf(values))
}

fn json_schema(context: &mut Context<'_>, applied: &Applied) -> Option<Validator> {
    let (text, span) = applied.text("json")?;
    match serde_json::from_str::<serde_json::Value>(text) {
        Ok(document) if document.is_object() || document.is_boolean() => Some(Validator::JsonSchema(document)),
        Ok(_) => {
            context.report.error("invalid-json-schema", span, "a JSON Schema is an object, true or false");
            None
        }
        Err(fault) => {
            context.report.error("invalid-json-schema", span, format!("the JSON Schema is not JSON: {fault}"));
            None
        }
    }
}
