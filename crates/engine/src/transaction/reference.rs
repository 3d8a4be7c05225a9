//! References to earlier results among the values of a request: `$0.0.id` as a value of the query string, `{"$ref": "0.0.id"}` as
//! a value of a body. First the operation, then the steps into the JSON it answered. `$$` is a dollar sign at the start of a text
//! that is no reference, `{"$value": …}` any JSON.

use crate::fault::Failure;
use crate::store::Outcome;
use backstay_plan::request::{Cell, Input};
use serde_json::value::RawValue;
use std::collections::HashMap;
use std::time::Instant;

/// Steps of one reference, so that none is worth an attack.
const STEPS_MAX: usize = 16;

/// A value that is an earlier result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reference {
    input: usize,
    place: Place,
    path: Path,
}

/// Where in an input the value goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// It is the input.
    Whole,
    /// An element of a list.
    Item(usize),
    /// A cell of a row.
    Cell(usize, usize),
}

/// Where the value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Path {
    /// As it was written.
    text: String,
    operation: usize,
    steps: Vec<String>,
}

impl Path {
    /// Reads `0.0.id`; the operation must come before `index`.
    fn read(text: &str, index: usize) -> Result<Self, Failure> {
        let wrong = |problem| Failure::Reference { reference: text.to_owned(), problem };
        let mut steps = text.split('.').map(str::to_owned);
        let operation = steps.next().and_then(|first| position(&first));
        let operation = operation.ok_or_else(|| wrong("It must begin with the position of an operation."))?;
        let steps: Vec<String> = steps.collect();
        if steps.iter().any(String::is_empty) {
            return Err(wrong("A step of it is empty."));
        }
        if steps.len() > STEPS_MAX {
            return Err(wrong("It has more than 16 steps."));
        }
        if operation >= index {
            return Err(wrong("It must lead to an earlier operation."));
        }
        Ok(Self { text: text.to_owned(), operation, steps })
    }

    /// The JSON text it leads to.
    fn follow<'a>(&self, done: &'a [Outcome]) -> Result<&'a str, Failure> {
        let wrong = |problem| Failure::Reference { reference: self.text.clone(), problem };
        let body = done.get(self.operation).map(|outcome| outcome.body.as_slice()).unwrap_or_default();
        if body.is_empty() {
            return Err(wrong("That operation answers no rows; ask for them with Prefer: return=representation."));
        }
        let mut at: &RawValue = serde_json::from_slice(body).map_err(|_| wrong("That operation answers no JSON."))?;
        for step in &self.steps {
            let text = at.get();
            let next = if text.starts_with('[') {
                let at = position(step).ok_or_else(|| wrong("A step into a list must be a position."))?;
                let list: Vec<&RawValue> = serde_json::from_str(text).unwrap_or_default();
                list.get(at).copied()
            } else {
                let members: HashMap<String, &RawValue> = serde_json::from_str(text).unwrap_or_default();
                members.get(step).copied()
            };
            at = next.ok_or_else(|| wrong("The result has no such element."))?;
        }
        Ok(at.get())
    }
}

fn position(text: &str) -> Option<usize> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| plain)
}

/// Finds the references of the request at `index`, and takes the marks off what only looks like one.
pub(super) fn take(inputs: &mut [Input], index: usize) -> Result<Vec<Reference>, Failure> {
    let mut found = Vec::new();
    for (input, value) in inputs.iter_mut().enumerate() {
        let mut keep = |place, path: Option<Path>| found.extend(path.map(|path| Reference { input, place, path }));
        match value {
            Input::Text(text) => keep(Place::Whole, of_text(text, index)?),
            Input::List(items) => {
                for (at, item) in items.iter_mut().enumerate() {
                    keep(Place::Item(at), of_text(item, index)?);
                }
            }
            Input::Json(json) => match marked(json) {
                Some(Marked::Reference(path)) => keep(Place::Whole, Some(path_of(&path, index)?)),
                Some(Marked::Value(value)) => *json = value,
                None => {}
            },
            Input::Rows(rows) => {
                for (row, cells) in rows.iter_mut().enumerate() {
                    for (column, cell) in cells.iter_mut().enumerate() {
                        let Cell::Json(json) = cell else { continue };
                        match marked(json) {
                            Some(Marked::Reference(path)) => {
                                keep(Place::Cell(row, column), Some(path_of(&path, index)?));
                            }
                            Some(Marked::Value(value)) if value == "null" => *cell = Cell::Null,
                            Some(Marked::Value(value)) => *json = value.into(),
                            None => {}
                        }
                    }
                }
            }
            Input::Int(_) => {}
        }
    }
    Ok(found)
}

fn of_text(text: &mut String, index: usize) -> Result<Option<Path>, Failure> {
    let Some(rest) = text.strip_prefix('$') else { return Ok(None) };
    if rest.starts_with('$') {
        text.remove(0);
        return Ok(None);
    }
    if !rest.starts_with(|first: char| first.is_ascii_digit()) {
        return Ok(None);
    }
    Path::read(rest, index).map(Some)
}

/// An object of one member with a mark for a name.
enum Marked {
    /// `{"$ref": …}`, with its JSON.
    Reference(String),
    /// `{"$value": …}`, with its JSON.
    Value(String),
}

fn marked(json: &str) -> Option<Marked> {
    if !json.starts_with('{') {
        return None;
    }
    let members: HashMap<String, &RawValue> = serde_json::from_str(json).ok()?;
    if members.len() != 1 {
        return None;
    }
    let (name, value) = members.into_iter().next()?;
    match name.as_str() {
        "$ref" => Some(Marked::Reference(value.get().to_owned())),
        "$value" => Some(Marked::Value(value.get().to_owned())),
        _ => None,
    }
}

fn path_of(json: &str, index: usize) -> Result<Path, Failure> {
    let wrong = || Failure::Reference { reference: json.to_owned(), problem: "It must be text, such as \"0.0.id\"." };
    Path::read(&serde_json::from_str::<String>(json).map_err(|_| wrong())?, index)
}

/// Puts in what the references lead to.
pub(super) fn put(
    inputs: &mut [Input],
    references: &[Reference],
    done: &[Outcome],
    deadline: Instant,
) -> Result<(), Failure> {
    let started = Instant::now();
    for Reference { input, place, path } in references {
        let now = Instant::now();
        if now >= deadline {
            let limit_ms = u64::try_from(now.duration_since(started).as_millis()).unwrap_or(u64::MAX);
            return Err(Failure::Timeout { limit_ms });
        }
        let json = path.follow(done)?;
        match (inputs.get_mut(*input), place) {
            (Some(Input::Text(text)), Place::Whole) => *text = plain(json, path)?,
            (Some(Input::Json(value)), Place::Whole) => json.clone_into(value),
            (Some(Input::List(items)), Place::Item(at)) => {
                if let Some(item) = items.get_mut(*at) {
                    *item = plain(json, path)?;
                }
            }
            (Some(Input::Rows(rows)), Place::Cell(row, column)) => {
                if let Some(cell) = rows.get_mut(*row).and_then(|cells| cells.get_mut(*column)) {
                    *cell = if json == "null" { Cell::Null } else { Cell::Json(json.into()) };
                }
            }
            (
                Some(Input::Text(_) | Input::Json(_) | Input::List(_) | Input::Rows(_) | Input::Int(_)) | None,
                Place::Whole | Place::Item(_) | Place::Cell(..),
            ) => {}
        }
    }
    Ok(())
}

/// A single value as the query string would have it.
fn plain(json: &str, path: &Path) -> Result<String, Failure> {
    let wrong = |problem| Failure::Reference { reference: path.text.clone(), problem };
    match json.as_bytes().first() {
        Some(b'"') => serde_json::from_str(json).map_err(|_| wrong("The result is no text.")),
        Some(b'n') => Err(wrong("The result is null, and a filter takes a value.")),
        Some(b'{' | b'[') => Err(wrong("The result is a list or an object, and a filter takes a single value.")),
        Some(_) | None => Ok(json.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::time::Duration;

    const ROW: &str =
        r#"[{"id":12345678901234567890,"name":"A\"b","done":true,"none":null,"tags":["x","y"],"meta":{"a":{"b":1}}}]"#;

    fn done() -> Vec<Outcome> {
        let body = |text: &str| Outcome { body: text.as_bytes().to_vec(), ..Outcome::default() };
        vec![body(ROW), body(""), body("[]"), body("7")]
    }

    /// A value as the writer binds it, or what is wrong with it.
    #[track_caller]
    fn check(mut input: Input, expected: &str) {
        let deadline = Instant::now() + Duration::from_secs(60);
        let mut inputs = [input.clone()];
        let result = take(&mut inputs, 4).and_then(|references| put(&mut inputs, &references, &done(), deadline));
        [input] = inputs;
        let shown = match (result, input) {
            (Err(failure), _) => failure.to_string(),
            (Ok(()), Input::Text(text) | Input::Json(text)) => text,
            (Ok(()), Input::List(items)) => items.join("|"),
            (Ok(()), Input::Int(number)) => number.to_string(),
            (Ok(()), Input::Rows(rows)) => format!("{:?}", rows[0][0]),
        };
        assert!(shown.starts_with(expected), "{shown}");
    }

    #[test]
    fn values_of_a_query_string() {
        for (text, expected) in [
            ("$0.0.id", "12345678901234567890"),
            ("$0.0.name", "A\"b"),
            ("$0.0.done", "true"),
            ("$0.0.tags.1", "y"),
            ("$0.0.meta.a.b", "1"),
            ("$3", "7"),
            ("plain", "plain"),
            ("a$0.0.id", "a$0.0.id"),
            ("$", "$"),
            ("$name", "$name"),
            ("$$5.00", "$5.00"),
            ("$$$", "$$"),
            ("$0.0.none", "reference 0.0.none: The result is null"),
            ("$0.0.tags", "reference 0.0.tags: The result is a list or an object"),
            ("$0.0.meta", "reference 0.0.meta: The result is a list or an object"),
            ("$0.0.psp", "reference 0.0.psp: The result has no such element"),
            ("$0.1.id", "reference 0.1.id: The result has no such element"),
            ("$0.id", "reference 0.id: A step into a list"),
            ("$0.+0.id", "reference 0.+0.id: A step into a list"),
            ("$0.0.id.x", "reference 0.0.id.x: The result has no such element"),
            ("$0.0.tags.99999999999999999999", "reference 0.0.tags.99999999999999999999: A step into a list"),
            ("$1.0.id", "reference 1.0.id: That operation answers no rows"),
            ("$2.0.id", "reference 2.0.id: The result has no such element"),
            ("$4.0.id", "reference 4.0.id: It must lead to an earlier operation"),
            ("$99999999999999999999.0", "reference 99999999999999999999.0: It must begin with"),
            ("$5 dollars", "reference 5 dollars: It must begin with"),
            ("$0..id", "reference 0..id: A step of it is empty"),
            ("$0.", "reference 0.: A step of it is empty"),
            ("$0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0", "reference 0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0: It has more"),
        ] {
            check(Input::Text(text.to_owned()), expected);
        }
        check(Input::List(vec!["$0.0.id".into(), "$$x".into(), "b".into()]), "12345678901234567890|$x|b");
        check(Input::Int(5), "5");
    }

    #[test]
    fn values_of_a_body() {
        for (value, expected) in [
            (json!({"$ref": "0.0.id"}), "Json(\"12345678901234567890\")"),
            (json!({"$ref": "0.0.none"}), "Null"),
            (json!({"$ref": "0.0.meta"}), "Json(\"{\\\"a\\\":{\\\"b\\\":1}}\")"),
            (json!({"$ref": "0.0.tags"}), "Json(\"[\\\"x\\\",\\\"y\\\"]\")"),
            (json!({"$value": {"$ref": "0.0.id"}}), "Json(\"{\\\"$ref\\\":\\\"0.0.id\\\"}\")"),
            (json!({"$value": null}), "Null"),
            (json!({"$ref": "0.0.id", "b": 1}), "Json(\"{\\\"$ref\\\""),
            (json!({"a": {"$ref": "0.0.id"}}), "Json(\"{\\\"a\\\""),
            (json!("$0.0.id"), "Json(\"\\\"$0.0.id\\\"\")"),
            (json!({"$ref": 1}), "reference 1: It must be text"),
            (json!({"$ref": {"$ref": "0"}}), "reference {\"$ref\":\"0\"}: It must be text"),
            (json!({"$ref": ""}), "reference : It must begin with"),
            (json!({"$ref": "7.0.id"}), "reference 7.0.id: It must lead to an earlier"),
        ] {
            check(Input::Rows(vec![vec![Cell::Json(value.to_string().into())]]), expected);
        }
        check(Input::Json(r#"{"$ref":"0.0.tags"}"#.into()), "[\"x\",\"y\"]");
        check(Input::Rows(vec![vec![Cell::Absent]]), "Absent");
    }

    #[test]
    fn time_ends() {
        let mut inputs = [Input::Text("$0.0.id".into())];
        let references = take(&mut inputs, 1).unwrap();
        let result = put(&mut inputs, &references, &done(), Instant::now());
        assert!(matches!(result, Err(Failure::Timeout { .. })), "{result:?}");
    }
}
