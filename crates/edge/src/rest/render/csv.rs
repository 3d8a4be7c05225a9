//! Rows of JSON as CSV, by the rules of PostgreSQL's row text: `t` and `f`, `{1,NULL}` for lists, quotes around what has
//! blanks, parentheses or backslashes, and nothing for null. The first line names the columns.

use crate::rest::body::json::Object;
use bytes::Bytes;
use serde_json::Value;
use serde_json::value::RawValue;

/// A column of the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::rest) struct Column {
    /// Output key.
    pub(in crate::rest) key: String,
    /// What its values are.
    pub(in crate::rest) kind: Kind,
}

/// How values of a column are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::rest) enum Kind {
    /// A scalar.
    Scalar,
    /// A list of scalars, as `{…}`.
    List,
    /// JSON, as its text.
    Json,
}

/// The rows of a JSON array. Without rows only the header line is left. Columns that `columns` does not know are scalars or JSON.
pub(super) fn render(array: &[u8], columns: &[Column]) -> Bytes {
    let rows = std::str::from_utf8(array).ok().and_then(|text| serde_json::from_str::<Vec<Object<'_>>>(text).ok());
    let rows = rows.unwrap_or_default();
    let header: Vec<Column> = match rows.first() {
        None => columns.to_vec(),
        Some(row) => {
            let mut header: Vec<Column> = Vec::with_capacity(row.0.len());
            for (key, _) in &row.0 {
                if header.iter().all(|known| known.key != *key) {
                    let known = columns.iter().rfind(|column| column.key == *key);
                    header.push(Column {
                        key: key.clone().into_owned(),
                        kind: known.map_or(Kind::Scalar, |known| known.kind),
                    });
                }
            }
            header
        }
    };
    let mut output = String::with_capacity(array.len());
    for (at, column) in header.iter().enumerate() {
        separate(&mut output, at);
        name(&mut output, &column.key);
    }
    for row in &rows {
        output.push('\n');
        for (at, column) in header.iter().enumerate() {
            separate(&mut output, at);
            // Of equal keys the later one counts, as in JSON.
            if let Some((_, value)) = row.0.iter().rfind(|(key, _)| *key == column.key) {
                cell(&mut output, value, column.kind);
            }
        }
    }
    Bytes::from(output)
}

fn separate(output: &mut String, at: usize) {
    if at > 0 {
        output.push(',');
    }
}

fn cell(output: &mut String, value: &RawValue, kind: Kind) {
    let text = value.get();
    match (text.as_bytes().first(), kind) {
        (Some(b'n') | None, _) => {}
        (Some(_), Kind::Json) => field(output, text),
        (Some(b't'), Kind::Scalar | Kind::List) => output.push('t'),
        (Some(b'f'), Kind::Scalar | Kind::List) => output.push('f'),
        (Some(b'"'), Kind::Scalar | Kind::List) => {
            field(output, &serde_json::from_str::<String>(text).unwrap_or_else(|_| text.to_owned()));
        }
        (Some(b'['), Kind::List) => field(output, &list(text)),
        (Some(_), Kind::Scalar | Kind::List) => field(output, text),
    }
}

/// A column's name: as it is, unless it would break the line up.
fn name(output: &mut String, key: &str) {
    if key.contains([',', '"', '\n', '\r']) { field(output, key) } else { output.push_str(key) }
}

fn field(output: &mut String, text: &str) {
    let plain = |letter: char| !letter.is_whitespace() && !matches!(letter, '"' | '\\' | '(' | ')' | ',');
    if !text.is_empty() && text.chars().all(plain) {
        output.push_str(text);
        return;
    }
    output.push('"');
    for letter in text.chars() {
        if matches!(letter, '"' | '\\') {
            output.push(letter);
        }
        output.push(letter);
    }
    output.push('"');
}

/// `{1,NULL,"a b"}`
fn list(json: &str) -> String {
    let elements: Vec<Value> = serde_json::from_str(json).unwrap_or_default();
    let mut text = String::from("{");
    for (at, element) in elements.iter().enumerate() {
        separate(&mut text, at);
        match element {
            Value::Null => text.push_str("NULL"),
            Value::Bool(value) => text.push(if *value { 't' } else { 'f' }),
            Value::Number(number) => text.push_str(&number.to_string()),
            Value::String(element) => list_text(&mut text, element),
            Value::Array(_) | Value::Object(_) => list_text(&mut text, &element.to_string()),
        }
    }
    text.push('}');
    text
}

fn list_text(text: &mut String, element: &str) {
    let plain = |letter: char| !letter.is_whitespace() && !matches!(letter, '"' | '\\' | '{' | '}' | ',');
    if !element.is_empty() && !element.eq_ignore_ascii_case("null") && element.chars().all(plain) {
        text.push_str(element);
        return;
    }
    text.push('"');
    for letter in element.chars() {
        if matches!(letter, '"' | '\\') {
            text.push('\\');
        }
        text.push(letter);
    }
    text.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(json: &str, kinds: &[(&str, Kind)], expected: &str) {
        let columns: Vec<Column> =
            kinds.iter().map(|(key, kind)| Column { key: (*key).to_owned(), kind: *kind }).collect();
        assert_eq!(String::from_utf8_lossy(&render(json.as_bytes(), &columns)), expected);
    }

    #[test]
    fn rows_follow_postgresql() {
        check("[]", &[("a", Kind::Scalar), ("b", Kind::List)], "a,b");
        check(r#"[{"a":"1","b":"0"},{"a":null,"b":"x"}]"#, &[], "a,b\n1,0\n,x");
        check(r#"[{"a":true,"b":false}]"#, &[], "a,b\nt,f");
        check(r#"[{"a":true}]"#, &[("a", Kind::Json)], "a\ntrue");
        check(r#"[{"a":""}]"#, &[], "a\n\"\"");
        check(r#"[{"a":"x y"}]"#, &[], "a\n\"x y\"");
        check(r#"[{"a":"x,y"}]"#, &[], "a\n\"x,y\"");
        check(r#"[{"a":"(x)"}]"#, &[], "a\n\"(x)\"");
        check(r#"[{"a":"say \"hi\""}]"#, &[], "a\n\"say \"\"hi\"\"\"");
        check(r#"[{"a":"\\xdeadbeef"}]"#, &[], "a\n\"\\\\xdeadbeef\"");
        check(r#"[{"a":"é"}]"#, &[], "a\né");
        check(r#"[{"a":[1,null,3]}]"#, &[("a", Kind::List)], "a\n\"{1,NULL,3}\"");
        check(r#"[{"a":["x","y z","","null"]}]"#, &[("a", Kind::List)], "a\n\"{x,\"\"y z\"\",\"\"\"\",\"\"null\"\"}\"");
        check(r#"[{"a":[]}]"#, &[("a", Kind::List)], "a\n{}");
        check(r#"[{"a":[1,2]}]"#, &[("a", Kind::Json)], "a\n\"[1,2]\"");
        check(r#"[{"a":{"b":1}}]"#, &[("a", Kind::Json)], "a\n\"{\"\"b\"\":1}\"");
        check(r#"[{"a":1.50,"a":2}]"#, &[], "a\n2");
        check(r#"[{"a b":1}]"#, &[], "a b\n1");
        check(r#"[{"a,b":1}]"#, &[], "\"a,b\"\n1");
    }
}
