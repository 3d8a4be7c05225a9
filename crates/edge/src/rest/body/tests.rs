//! Bodies, and the columns and cells they are read as.

use super::*;

fn show(cell: &Cell) -> String {
    match cell {
        Cell::Absent => "-".to_owned(),
        Cell::Null => "null".to_owned(),
        Cell::Json(json) => json.to_string(),
        Cell::Text(text) => format!("'{text}'"),
    }
}

/// Columns, then rows; or why not.
#[track_caller]
fn check(format: BodyFormat, columns: Option<&[&str]>, body: &str, expected: &str) {
    let columns: Option<Vec<String>> = columns.map(|names| names.iter().map(|name| (*name).to_owned()).collect());
    let found = match rows(body.as_bytes(), format, columns.as_deref(), &Limits::default()) {
        Ok(payload) => {
            let rows: Vec<String> =
                payload.rows.iter().map(|row| row.iter().map(show).collect::<Vec<_>>().join(" ")).collect();
            format!("{}: {}", payload.columns.join(","), rows.join(" | "))
        }
        Err(BodyError::Invalid(message)) => message.to_owned(),
        Err(BodyError::Refused(Refusal::LimitExceeded { what, .. })) => format!("too many {what}"),
        Err(BodyError::Refused(other)) => other.to_string(),
    };
    assert_eq!(found, expected, "{body}");
}

#[track_caller]
fn json(body: &str, expected: &str) {
    check(BodyFormat::Json, None, body, expected);
}

#[test]
fn json_objects() {
    json("{}", ": ");
    json("[{}]", ": ");
    json("[{},{}]", ":  | ");
    json("[]", ": ");
    json(" [ ] ", ": ");
    json(r#"{"a":1}"#, "a: 1");
    json(r#"{"a":1.50,"b":null,"c":"x","d":[1, 2],"e":{"f":null}}"#, r#"a,b,c,d,e: 1.50 null "x" [1, 2] {"f":null}"#);
    json(r#"{"a":12345678901234567890.123}"#, "a: 12345678901234567890.123");
    json(r#"[{"a":1,"b":2},{"b":4,"a":3}]"#, "a,b: 1 2 | 3 4");
    json(r#"{"a":1,"a":2}"#, "a: 2");
    json(r#"[{"a":1,"b":2},{"a":3,"b":4,"a":5}]"#, "a,b: 1 2 | 5 4");
    json(r#"{"\u0061":1}"#, "a: 1");
    json(r#"{"圍":"棋"}"#, "圍: \"棋\"");
}

#[test]
fn json_that_holds_no_rows() {
    json("5", ": ");
    json("\"x\"", ": ");
    json("null", ": ");
    json("true", ": ");
}

#[test]
fn json_that_is_refused() {
    for body in [
        "",
        " ",
        "}{ x = 2",
        "{",
        "[",
        r#"{"a"}"#,
        r#"{"a":}"#,
        "[{}",
        "[{},]",
        "{} {}",
        r#"{"a":01}"#,
        "\u{feff}{}",
        "NaN",
    ] {
        json(body, "Empty or invalid json");
    }
    for body in [
        r#"[{"a":1},{"b":1}]"#,
        r#"[{"a":1},{"a":1,"b":1}]"#,
        r#"[{"a":1,"b":1},{"a":1}]"#,
        "[1]",
        r#"[{"a":1},2]"#,
        "[[]]",
    ] {
        json(body, "All object keys must match");
    }
    json(&format!("{{\"a\":{}{}}}", "[".repeat(66), "]".repeat(66)), "too many levels of JSON");
    json(&"[".repeat(1_000_000), "too many levels of JSON");
    json(&format!("[{}]", vec!["{}"; 10_001].join(",")), "too many rows");
    let wide: Vec<String> = (0..501).map(|n| format!("\"c{n}\":1")).collect();
    json(&format!("{{{}}}", wide.join(",")), "too many columns");
}

#[test]
fn brackets_in_texts_are_no_depth() {
    let body = format!("{{\"a\":\"{}\\\"{}\"}}", "[".repeat(500), "{".repeat(500));
    assert!(rows(body.as_bytes(), BodyFormat::Json, None, &Limits::default()).is_ok());
}

#[test]
fn json_with_given_columns() {
    let columns: Option<&[&str]> = Some(&["a", "b"]);
    check(BodyFormat::Json, columns, r#"[{"a":1,"z":9},{"b":2}]"#, "a,b: 1 - | - 2");
    check(BodyFormat::Json, columns, r#"{"b":null}"#, "a,b: - null");
    check(BodyFormat::Json, columns, "[]", "a,b: ");
    check(BodyFormat::Json, columns, "{}", "a,b: - -");
    check(BodyFormat::Json, columns, r#"[{"a":1},333]"#, "All object keys must match");
    check(BodyFormat::Json, columns, "", "Empty or invalid json");
}

#[test]
fn csv() {
    let csv = |body: &str, expected: &str| check(BodyFormat::Csv, None, body, expected);
    csv("a,b\nbar,baz", "a,b: 'bar' 'baz'");
    csv("a,b\r\nbar,baz\r\n", "a,b: 'bar' 'baz'");
    csv("a,b\nNULL,foo\n,x", "a,b: null 'foo' | '' 'x'");
    csv("a,b\n\"x,y\",\"say \"\"hi\"\"\"", "a,b: 'x,y' 'say \"hi\"'");
    csv("a,b\n\"two\nlines\",z", "a,b: 'two\nlines' 'z'");
    csv("a,b\nnull,Null", "a,b: 'null' 'Null'");
    csv("a", "a: ");
    csv("a,a\n1,2", "a: '2'");
    csv("\u{feff}a\n1", "a: '1'");
    csv("a,b\n1", "All lines must have same number of fields");
    csv("a,b\n1,2,3", "All lines must have same number of fields");
    csv("", "Empty or invalid csv");
    csv("a\n\"x", "Empty or invalid csv");
    check(BodyFormat::Csv, Some(&["b"]), "a,b\n1,2", "b: '2'");
    check(BodyFormat::Csv, Some(&["b", "c"]), "a,b\n1,2", "b,c: '2' -");
    csv(&format!("a\n{}", "1\n".repeat(10_001)), "too many rows");
}

#[test]
fn forms() {
    let form = |body: &str, expected: &str| check(BodyFormat::Form, None, body, expected);
    form("a=1&b=x+y", "a,b: '1' 'x y'");
    form("a=%C3%A9&b=", "a,b: 'é' ''");
    form("a=1&a=2", "a: '2'");
    form("a", ": ");
    form("", ": ");
    form("a=%FF", "The body is not UTF-8");
    check(BodyFormat::Form, Some(&["b"]), "a=1&b=2", "b: '2'");
}

#[test]
fn named_arguments() {
    let arguments = |body: &str| arguments(body.as_bytes(), BodyFormat::Json, &Limits::default());
    assert_eq!(arguments(""), Ok(Vec::new()));
    assert_eq!(arguments("{}"), Ok(Vec::new()));
    assert_eq!(arguments(r#"{"a":1}"#), Ok(vec![("a".to_owned(), Cell::Json("1".into()))]));
    assert_eq!(arguments("{"), Err(NOT_JSON));
    assert_eq!(arguments("[{},{}]"), Err(DIFFERENT_KEYS));
}
