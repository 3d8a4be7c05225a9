//! JSON as text: members and items are written by their types and joined.

use super::function;
use crate::ast::{JsonRows, Term};
use crate::datatype::{Base, DataType};
use crate::render::statement::{list, sort, term};
use crate::render::text::Text;
use backstay_plan::value::{Param, Value};

/// A value as the wire shows it. Concatenation makes text of numbers that has no collation of its own.
pub(super) fn wire_text(out: &mut Text, inner: &Term, ty: DataType) {
    let (before, after) = match (ty.base, ty.list) {
        (_, true) | (Base::Text | Base::Uuid | Base::Json, false) => ("", ""),
        (Base::Integer | Base::BigInt | Base::Float, false) => ("concat(", ")"),
        (Base::Decimal, false) => {
            ("trim(TRAILING '.' FROM trim(TRAILING '0' FROM concat(CAST(", " AS DECIMAL(65,30)))))")
        }
        (Base::Boolean, false) => ("elt(1 + ", ", 'false', 'true')"),
        (Base::Instant, false) => (
            "concat(trim(TRAILING '.' FROM trim(TRAILING '0' FROM date_format(",
            ", '%Y-%m-%dT%H:%i:%s.%f'))), '+00:00')",
        ),
        (Base::Date, false) => ("date_format(", ", '%Y-%m-%d')"),
        (Base::Time, false) => ("trim(TRAILING '.' FROM trim(TRAILING '0' FROM time_format(", ", '%H:%i:%s.%f')))"),
        (Base::Bytes, false) => ("concat('\\x', lower(hex(", ")))"),
    };
    out.syntax(before);
    term(out, inner);
    out.syntax(after);
}

/// A value as JSON text; `null` without one.
pub(super) fn json_text(out: &mut Text, inner: &Term, ty: DataType) {
    let (before, after) = match (ty.base, ty.list) {
        (_, true) | (Base::Json | Base::Integer | Base::BigInt | Base::Float, false) => {
            return coalesced(out, |out| term(out, inner));
        }
        (Base::Decimal | Base::Boolean, false) => ("", ""),
        (Base::Text | Base::Uuid, false) => ("json_quote(", ")"),
        (Base::Instant | Base::Date | Base::Time, false) => ("concat('\"', ", ", '\"')"),
        (Base::Bytes, false) => {
            return coalesced(out, |out| {
                out.syntax("concat('\"\\\\x', lower(hex(");
                term(out, inner);
                out.syntax(")), '\"')");
            });
        }
    };
    coalesced(out, |out| {
        out.syntax(before);
        wire_text(out, inner, ty);
        out.syntax(after);
    });
}

fn coalesced(out: &mut Text, inner: impl FnOnce(&mut Text)) {
    out.syntax("coalesce(");
    inner(out);
    out.syntax(", 'null')");
}

/// An array over rows, in an order of its own.
pub(super) fn json_rows(out: &mut Text, of: &JsonRows) {
    out.syntax("coalesce(concat('[', group_concat(");
    term(out, &of.value);
    if !of.order.is_empty() {
        out.syntax(" ORDER BY ");
        list(out, &of.order, ", ", sort);
    }
    out.syntax(" SEPARATOR ','");
    match (&of.limit, &of.offset) {
        (None, None) => {}
        (Some(limit), _) => {
            out.syntax(" LIMIT ");
            term(out, limit);
        }
        (None, Some(_)) => out.syntax(" LIMIT 18446744073709551615"),
    }
    if let Some(offset) = &of.offset {
        out.syntax(" OFFSET ");
        term(out, offset);
    }
    out.syntax("), ']'), '[]')");
}

/// Members whose values are JSON text. Each key is a parameter, with the signs around it.
pub(super) fn object(out: &mut Text, members: &[(String, Term)]) {
    if members.is_empty() {
        return out.syntax("'{}'");
    }
    out.syntax("concat(");
    for (at, (key, value)) in members.iter().enumerate() {
        let mut text = String::from(if at == 0 { "{" } else { "," });
        text.push_str(&quoted(key));
        text.push(':');
        out.param(&Param::Constant(Value::Text(text)));
        out.syntax(", ");
        term(out, value);
        out.syntax(", ");
    }
    out.syntax("'}')");
}

/// Items that are JSON text.
pub(super) fn array(out: &mut Text, items: &[Term]) {
    if items.is_empty() {
        return out.syntax("'[]'");
    }
    out.syntax("concat('[', ");
    list(out, items, ", ',', ", term);
    out.syntax(", ']')");
}

/// A member or an item, as JSON; NULL without one.
pub(super) fn extract(out: &mut Text, json: &Term, key: &Term) {
    if is_position(key) {
        // A position in something else than an array would be that value.
        out.syntax("if(json_type(");
        term(out, json);
        out.syntax(") = 'ARRAY', ");
        extract_at(out, json, key);
        return out.syntax(", NULL)");
    }
    extract_at(out, json, key);
}

/// A member or an item as text; NULL for null.
pub(super) fn extract_text(out: &mut Text, json: &Term, key: &Term) {
    out.syntax("json_unquote(nullif(concat(");
    extract(out, json, key);
    out.syntax("), 'null'))");
}

/// An item by its position, as text.
pub(super) fn element(out: &mut Text, json: &Term, position: &Term) {
    out.syntax("json_unquote(nullif(concat(json_extract(");
    if let Term::Element(each) = json {
        crate::render::statement::alias(out, each);
        out.syntax(".`json`");
    } else {
        term(out, json);
    }
    out.syntax(", ");
    if let Term::Int(at) = position {
        out.syntax("'$[");
        out.number(*at);
        out.syntax("]'");
    } else {
        term(out, position);
    }
    out.syntax(")), 'null'))");
}

fn extract_at(out: &mut Text, json: &Term, key: &Term) {
    if let Term::Param(Param::Constant(Value::Int(..0))) = key {
        return extract_from_end(out, json, key);
    }
    match path_of(key) {
        Some(path) => {
            out.syntax("json_extract(");
            term(out, json);
            out.syntax(", ");
            out.param(&Param::Constant(Value::Text(path)));
            out.syntax(")");
        }
        None => {
            out.syntax("json_extract(");
            term(out, json);
            out.syntax(", concat('$.', ");
            function(out, "json_quote", &[key]);
            out.syntax("))");
        }
    }
}

/// An item counted from the end. Not by a path with `last`: MariaDB 10.11 finds nothing by it at every second evaluation.
fn extract_from_end(out: &mut Text, json: &Term, key: &Term) {
    out.syntax("json_extract(");
    term(out, json);
    out.syntax(", concat('$[', nullif(greatest(json_length(");
    term(out, json);
    out.syntax(") + ");
    term(out, key);
    out.syntax(", -1), -1), ']'))");
}

fn is_position(key: &Term) -> bool {
    matches!(key, Term::Param(Param::Constant(Value::Int(_))))
}

/// The path of a key, or of a position counted from the start, that the request names.
fn path_of(key: &Term) -> Option<String> {
    let Term::Param(Param::Constant(value)) = key else { return None };
    match value {
        Value::Int(at) => Some(["$[", &at.to_string(), "]"].concat()),
        Value::Text(name) => Some(["$.", &quoted(name)].concat()),
        Value::Null | Value::Bool(_) | Value::Float(_) | Value::Blob(_) => None,
    }
}

/// A text as JSON.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::{path_of, quoted};
    use crate::ast::Term;
    use backstay_plan::value::{Param, Value};

    #[track_caller]
    fn check(key: Value, expected: &str) {
        assert_eq!(path_of(&Term::Param(Param::Constant(key))).as_deref(), Some(expected));
    }

    #[test]
    fn paths() {
        check(Value::Text("a".into()), r#"$."a""#);
        check(Value::Text("a\"b\\".into()), r#"$."a\"b\\""#);
        check(Value::Int(0), "$[0]");
        check(Value::Int(7), "$[7]");
        assert_eq!(quoted("é\n"), "\"é\\n\"");
    }
}
