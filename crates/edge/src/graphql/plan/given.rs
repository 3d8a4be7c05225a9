//! Values of arguments, wherever they stand: in the document, in a variable, or partly in each. Borrowed, never copied. What a
//! variable has that is merely put in stands as a [`Leaf`].

use super::super::shape::Variables;
use super::fill::Json;
use apollo_compiler::Node;
use apollo_compiler::ast::{Argument, Value};
use apollo_compiler::response::JsonValue;
use std::borrow::Cow;

/// A value. Variables stand as their values.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Given<'a> {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// A number, as written.
    Number(Cow<'a, str>),
    /// Text, or the value of an enum.
    Text(&'a str),
    /// A list.
    List(Vec<Given<'a>>),
    /// Members in the order in which they stand.
    Object(Vec<(&'a str, Given<'a>)>),
    /// A value that is known when the request is made.
    Leaf(Leaf),
}

/// A value of a variable that what is asked does not depend on. It is never null.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Leaf {
    /// Position among the leaves of the variables.
    pub(crate) at: usize,
    /// Whether it is a list of values.
    pub(crate) list: bool,
}

impl<'a> Given<'a> {
    /// A value of a document. `None` for a variable that has no value: then what it stands for is not there.
    pub(crate) fn of(value: &'a Value, variables: &Variables<'a>) -> Option<Self> {
        Some(match value {
            Value::Null => Self::Null,
            Value::Boolean(truth) => Self::Bool(*truth),
            Value::Int(number) => Self::Number(Cow::Borrowed(number.as_str())),
            Value::Float(number) => Self::Number(Cow::Borrowed(number.as_str())),
            Value::Enum(name) => Self::Text(name.as_str()),
            Value::String(text) => Self::Text(text),
            Value::Variable(name) => variables.get(name.as_str())?.clone(),
            // An item cannot be left out: without a value it is null.
            Value::List(items) => {
                Self::List(items.iter().map(|item| Self::of(item, variables).unwrap_or(Self::Null)).collect())
            }
            Value::Object(members) => {
                let member = |(name, value): &'a (_, Node<Value>)| {
                    let name: &'a apollo_compiler::Name = name;
                    Some((name.as_str(), Self::of(value, variables)?))
                };
                Self::Object(members.iter().filter_map(member).collect())
            }
        })
    }

    /// A value of a variable as it is.
    pub(crate) fn of_json(value: &'a JsonValue) -> Self {
        match value {
            JsonValue::Null => Self::Null,
            JsonValue::Bool(truth) => Self::Bool(*truth),
            JsonValue::Number(number) => Self::Number(Cow::Owned(number.to_string())),
            JsonValue::String(text) => Self::Text(text.as_str()),
            JsonValue::Array(items) => Self::List(items.iter().map(Self::of_json).collect()),
            JsonValue::Object(members) => {
                Self::Object(members.iter().map(|(name, value)| (name.as_str(), Self::of_json(value))).collect())
            }
        }
    }

    /// The value as JSON text.
    pub(super) fn json(&self) -> Json {
        let mut out = Json::default();
        self.write(&mut out);
        out
    }

    fn write(&self, out: &mut Json) {
        match self {
            Self::Null => out.text().push_str("null"),
            Self::Bool(true) => out.text().push_str("true"),
            Self::Bool(false) => out.text().push_str("false"),
            Self::Number(number) => out.text().push_str(number),
            Self::Text(text) => quote(out.text(), text),
            Self::Leaf(leaf) => out.leaf(*leaf),
            Self::List(items) => {
                out.text().push('[');
                for (at, item) in items.iter().enumerate() {
                    if at > 0 {
                        out.text().push(',');
                    }
                    item.write(out);
                }
                out.text().push(']');
            }
            Self::Object(members) => {
                out.text().push('{');
                for (at, (name, value)) in members.iter().enumerate() {
                    if at > 0 {
                        out.text().push(',');
                    }
                    quote(out.text(), name);
                    out.text().push(':');
                    value.write(out);
                }
                out.text().push('}');
            }
        }
    }

    /// The members of an object; of another value none.
    pub(super) fn members(self) -> Vec<(&'a str, Given<'a>)> {
        match self {
            Self::Object(members) => members,
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::Text(_) | Self::List(_) | Self::Leaf(_) => Vec::new(),
        }
    }

    /// The items of a list; a single value stands for a list of it, and null for none. A leaf that is a list stays one item.
    pub(crate) fn items(self) -> Vec<Given<'a>> {
        match self {
            Self::List(items) => items,
            Self::Null => Vec::new(),
            single @ (Self::Bool(_) | Self::Number(_) | Self::Text(_) | Self::Object(_) | Self::Leaf(_)) => {
                vec![single]
            }
        }
    }
}

/// Appends a JSON string.
fn quote(out: &mut String, text: &str) {
    // A string always has a JSON form.
    out.push_str(&serde_json::to_string(text).unwrap_or_default());
}

/// The arguments of a field, by name.
#[derive(Debug, Default)]
pub(super) struct Arguments<'a>(Vec<(&'a str, Given<'a>)>);

impl<'a> Arguments<'a> {
    /// Those that have a value.
    pub(super) fn of(arguments: &'a [Node<Argument>], variables: &Variables<'a>) -> Self {
        let named =
            |argument: &'a Node<Argument>| Some((argument.name.as_str(), Given::of(&argument.value, variables)?));
        Self(arguments.iter().filter_map(named).collect())
    }

    /// The members of an object, each once.
    pub(super) fn from(members: Vec<(&'a str, Given<'a>)>) -> Self {
        Self(members)
    }

    /// Takes one out; one that is null is not there.
    pub(super) fn take(&mut self, name: &str) -> Option<Given<'a>> {
        self.take_or_null(name).filter(|value| *value != Given::Null)
    }

    /// Takes one out.
    pub(super) fn take_or_null(&mut self, name: &str) -> Option<Given<'a>> {
        let at = self.0.iter().position(|(known, _)| *known == name)?;
        Some(self.0.swap_remove(at).1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn written_as_json() {
        let value = Given::Object(vec![
            ("a", Given::List(vec![Given::Null, Given::Bool(true), Given::Number(Cow::Borrowed("1.50"))])),
            ("b\"c", Given::Text("d\n\u{1}é")),
        ]);
        assert_eq!(value.json().filled(&[]), r#"{"a":[null,true,1.50],"b\"c":"d\n\u0001é"}"#);
        let (seven, list) =
            (JsonValue::from("7\"".to_owned()), JsonValue::Array(vec![JsonValue::from(1), JsonValue::Null]));
        let (one, other) = (Leaf { at: 1, list: false }, Leaf { at: 0, list: true });
        let value = Given::Object(vec![("a", Given::Leaf(one)), ("b", Given::List(vec![Given::Leaf(other)]))]);
        assert_eq!(value.json().filled(&[&list, &seven]), r#"{"a":"7\"","b":[[1,null]]}"#);
    }

    #[test]
    fn a_single_value_is_a_list_of_it() {
        assert_eq!(Given::Text("a").items(), vec![Given::Text("a")]);
        assert_eq!(Given::List(vec![Given::Null]).items(), vec![Given::Null]);
        assert_eq!(Given::Null.items(), vec![]);
    }
}
