//! A JSON body: an object, or an array of objects with the same keys. Values keep their text, so numbers lose nothing.

use super::{BodyError, DIFFERENT_KEYS, NOT_JSON, Payload, check_column_count, check_row_count};
use backstay_plan::Refusal;
use backstay_plan::limits::Limits;
use backstay_plan::request::Cell;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;

pub(super) fn rows(body: &[u8], columns: Option<&[String]>, limits: &Limits) -> Result<Payload, BodyError> {
    check_depth(body, limits)?;
    let text = std::str::from_utf8(body).map_err(|_| NOT_JSON)?;
    let objects = match document(text)? {
        Document::Object(object) => vec![Some(object)],
        Document::Array(objects) => objects,
        Document::Scalar => Vec::new(),
    };
    check_row_count(objects.len(), limits)?;
    let mut layout = match columns {
        Some(columns) => Layout::given(columns),
        None => Layout::of_first(objects.first().and_then(Option::as_ref), limits)?,
    };
    let mut rows = Vec::with_capacity(objects.len());
    for object in &objects {
        rows.push(layout.row(object.as_ref().ok_or(DIFFERENT_KEYS)?)?);
    }
    Ok(Payload { columns: layout.columns, rows })
}

/// Refuses a body that is nested too deeply, before anything is built of it.
fn check_depth(body: &[u8], limits: &Limits) -> Result<(), BodyError> {
    // The rows' own array and object are not values.
    let max = u32::from(limits.json_depth_max).saturating_add(2);
    let (mut depth, mut quoted, mut escaped) = (0_u32, false, false);
    for byte in body {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'[' | b'{' if !quoted => {
                depth = depth.saturating_add(1);
                if depth > max {
                    let max = limits.json_depth_max.into();
                    return Err(BodyError::Refused(Refusal::LimitExceeded { what: "levels of JSON", max }));
                }
            }
            b']' | b'}' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    Ok(())
}

/// Members of an object, in order.
pub(in crate::rest) struct Object<'a>(pub(in crate::rest) Vec<(Cow<'a, str>, &'a RawValue)>);

/// A body. An element of an array that is no object is `None`.
enum Document<'a> {
    Object(Object<'a>),
    Array(Vec<Option<Object<'a>>>),
    Scalar,
}

/// Which column each member goes to.
struct Layout {
    columns: Vec<String>,
    /// Whether every object must have exactly the columns.
    exact: bool,
    /// The column of each member of the object before, tried first: objects mostly look alike.
    guesses: Vec<usize>,
}

impl Layout {
    fn given(columns: &[String]) -> Self {
        Self { columns: columns.to_vec(), exact: false, guesses: Vec::new() }
    }

    fn of_first(object: Option<&Object<'_>>, limits: &Limits) -> Result<Self, BodyError> {
        let members = object.map_or(&[][..], |object| object.0.as_slice());
        check_column_count(members.len(), limits)?;
        let mut columns: Vec<String> = Vec::with_capacity(members.len());
        for (name, _) in members {
            if !columns.iter().any(|known| known == name) {
                columns.push(name.clone().into_owned());
            }
        }
        Ok(Self { columns, exact: true, guesses: Vec::new() })
    }

    fn row(&mut self, object: &Object<'_>) -> Result<Vec<Cell>, BodyError> {
        let mut row = vec![Cell::Absent; self.columns.len()];
        let mut filled = 0_usize;
        for (at, (name, value)) in object.0.iter().enumerate() {
            let Some(place) = self.place(at, name) else {
                if self.exact {
                    return Err(DIFFERENT_KEYS);
                }
                continue;
            };
            if let Some(cell) = row.get_mut(place) {
                filled = filled.saturating_add(usize::from(matches!(cell, Cell::Absent)));
                *cell = if value.get() == "null" { Cell::Null } else { Cell::Json(value.get().into()) };
            }
        }
        if self.exact && filled < row.len() { Err(DIFFERENT_KEYS) } else { Ok(row) }
    }

    fn place(&mut self, at: usize, name: &str) -> Option<usize> {
        let is = |place: &usize| self.columns.get(*place).is_some_and(|column| column == name);
        if let Some(place) = self.guesses.get(at).copied().filter(is) {
            return Some(place);
        }
        let place = self.columns.iter().position(|column| column == name);
        if self.guesses.len() <= at && at < self.columns.len() {
            self.guesses.resize(at.saturating_add(1), usize::MAX);
        }
        if let (Some(guess), Some(place)) = (self.guesses.get_mut(at), place) {
            *guess = place;
        }
        place
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Object<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Object<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(name) = map.next_key::<Name<'de>>()? {
                    members.push((name.0, map.next_value()?));
                }
                Ok(Object(members))
            }
        }
        deserializer.deserialize_map(Members)
    }
}

/// A member's name, borrowed where it has no escapes.
struct Name<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Name<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl<'de> Visitor<'de> for Text {
            type Value = Name<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a name")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Name(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Name(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(Text)
    }
}

/// Reads the whole body.
fn document(text: &str) -> Result<Document<'_>, BodyError> {
    let first = text.trim_start().bytes().next();
    let document = match first {
        Some(b'{') => serde_json::from_str(text).map(Document::Object),
        Some(b'[') => serde_json::from_str::<Vec<&RawValue>>(text).and_then(|elements| {
            elements.into_iter().map(RawValue::get).map(object).collect::<Result<_, _>>().map(Document::Array)
        }),
        Some(_) | None => serde_json::from_str::<IgnoredAny>(text).map(|_| Document::Scalar),
    };
    document.map_err(|_| NOT_JSON)
}

/// Reads an element of an array of rows; anything but an object is `None`.
fn object(text: &str) -> serde_json::Result<Option<Object<'_>>> {
    if text.starts_with('{') { serde_json::from_str(text).map(Some) } else { Ok(None) }
}
