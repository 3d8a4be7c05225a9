//! JSON text: checked, and rid of the blanks between its tokens. Numbers and member order stay as written.

use crate::fault::{Refusal, ValueProblem};
use crate::limits::Limits;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use std::fmt;

/// The same JSON value without blanks.
///
/// # Errors
/// Text that is not one JSON value, or one nested too deep.
pub(super) fn minify(raw: &str, limits: &Limits) -> Result<String, Refusal> {
    let minified = without_blanks(raw, limits.json_depth_max).ok_or_else(|| refusal(raw, ValueProblem::TooLarge))?;
    match serde_json::from_str::<Readable>(&minified) {
        Ok(_) => Ok(minified),
        Err(_) => Err(malformed(raw)),
    }
}

/// A JSON value that every reader can hold: its numbers are finite doubles, its strings Unicode.
struct Readable;

impl<'de> Deserialize<'de> for Readable {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Readable)
    }
}

impl<'de> Visitor<'de> for Readable {
    type Value = Readable;

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Readable, E> {
        Ok(Readable)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Readable, E> {
        Ok(Readable)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Readable, E> {
        Ok(Readable)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Readable, E> {
        Ok(Readable)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Readable, E> {
        Ok(Readable)
    }

    fn visit_str<E>(self, _: &str) -> Result<Readable, E> {
        Ok(Readable)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Readable, A::Error> {
        while items.next_element::<Readable>()?.is_some() {}
        Ok(Readable)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Readable, A::Error> {
        while members.next_entry::<Readable, Readable>()?.is_some() {}
        Ok(Readable)
    }
}

/// The refusal of text that is not JSON.
pub(super) fn malformed(raw: &str) -> Refusal {
    refusal(raw, ValueProblem::Syntax)
}

fn refusal(raw: &str, problem: ValueProblem) -> Refusal {
    Refusal::BadValue { ty: "json".to_owned(), value: raw.to_owned(), problem }
}

/// Appends a JSON string.
pub(super) fn push_string(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if u32::from(c) < 0x20 => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
}

/// Drops blanks outside strings; `None` when arrays and objects nest deeper than allowed. A blank that separates two tokens
/// which would otherwise join (`1 2`) is kept, so that malformed text stays malformed.
fn without_blanks(raw: &str, depth_max: u16) -> Option<String> {
    let mut out = String::with_capacity(raw.len());
    let mut depth = 0;
    let mut in_string = false;
    let mut escaped = false;
    let mut blank = false;
    for c in raw.chars() {
        if in_string {
            in_string = escaped || c != '"';
            escaped = !escaped && c == '\\';
            out.push(c);
            continue;
        }
        match c {
            ' ' | '\t' | '\n' | '\r' => {
                blank = true;
                continue;
            }
            '"' => in_string = true,
            '[' | '{' => {
                depth += 1;
                if depth > depth_max {
                    return None;
                }
            }
            ']' | '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if blank && out.ends_with(is_word) && is_word(c) {
            out.push(' ');
        }
        blank = false;
        out.push(c);
    }
    Some(out)
}

fn is_word(c: char) -> bool {
    !matches!(c, '[' | ']' | '{' | '}' | ',' | ':' | '"')
}

#[cfg(test)]
mod tests {
    use super::{minify, push_string};
    use crate::fault::{Refusal, ValueProblem};
    use crate::limits::Limits;

    #[track_caller]
    fn check(raw: &str, expected: Result<&str, ValueProblem>) {
        let limits = Limits { json_depth_max: 3, ..Limits::default() };
        let found = minify(raw, &limits).map_err(|refusal| {
            let Refusal::BadValue { problem, .. } = refusal else { panic!("{refusal}") };
            problem
        });
        assert_eq!(found, expected.map(str::to_owned), "{raw}");
    }

    #[test]
    fn minified() {
        check(r#" { "a b" : [ 1 , "c \" d" , null ] } "#, Ok(r#"{"a b":[1,"c \" d",null]}"#));
        check("12345678901234567890.10", Ok("12345678901234567890.10"));
        check("\"\\\\\" ", Ok("\"\\\\\""));
        check("1 2", Err(ValueProblem::Syntax));
        check("tr ue", Err(ValueProblem::Syntax));
        check("", Err(ValueProblem::Syntax));
        check("{a:1}", Err(ValueProblem::Syntax));
        check("[1e999]", Err(ValueProblem::Syntax));
        check(r#""\ud800""#, Err(ValueProblem::Syntax));
        check("[[[1]]]", Ok("[[[1]]]"));
        check("[[[[1]]]]", Err(ValueProblem::TooLarge));
        // Levels are counted, not brackets.
        check("[[], [[]], {}, [[1], {}]]", Ok("[[],[[]],{},[[1],{}]]"));
        check(r#"{"a":[{}],"b":[[{}]]}"#, Err(ValueProblem::TooLarge));
    }

    #[test]
    fn strings() {
        let mut out = String::new();
        push_string(&mut out, "a\"b\\c\n\u{1}ü");
        assert_eq!(out, "\"a\\\"b\\\\c\\n\\u0001ü\"");
    }
}
