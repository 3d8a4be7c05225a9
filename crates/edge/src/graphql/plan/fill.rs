//! Requests with blanks: what a document asks for with variables of one shape, and where their values go. In: leaves. Out: requests.
//! The same document with other values is only filled in again.

use super::given::{Given, Leaf};
use super::{Step, unexpected, unexpected_null};
use apollo_compiler::response::JsonValue;
use backstay_engine::transaction::{Link, Linked, Rows};
use backstay_plan::Request;
use backstay_plan::request::{Action, Cell, Guards, Input};

/// A request whose values are not all known.
#[derive(Debug, Clone)]
pub(in crate::graphql) struct Form {
    pub(super) action: Action,
    pub(super) blanks: Vec<Blank>,
    pub(super) affected_max: Option<Blank>,
}

/// One value of a request.
#[derive(Debug, Clone)]
pub(super) enum Blank {
    /// Known from the document.
    Known(Input),
    /// A value, for a column that takes JSON or one that does not.
    Value { leaf: Leaf, json: bool },
    /// JSON that holds leaves.
    Json(Json),
    /// Values, each as text. `name` is what they are given for.
    List { items: Vec<Item>, name: String },
    /// A whole number that is not negative. `name` is what it is given for.
    Number { leaf: Leaf, name: &'static str },
    /// Rows of a write.
    Rows(Vec<Vec<CellBlank>>),
}

/// An item of [`Blank::List`].
#[derive(Debug, Clone)]
pub(super) enum Item {
    /// Known from the document.
    Known(String),
    /// A leaf, or each item of one that is a list, for a column that takes JSON or one that does not.
    Leaf { leaf: Leaf, json: bool },
    /// JSON that holds leaves.
    Json(Json),
}

/// A cell of [`Blank::Rows`].
#[derive(Debug, Clone)]
pub(super) enum CellBlank {
    /// Known from the document.
    Known(Cell),
    /// JSON that holds leaves.
    Json(Json),
}

/// JSON text that may hold leaves: pieces of text with the leaf behind each, and the text behind the last.
#[derive(Debug, Clone, Default)]
pub(super) struct Json {
    pieces: Vec<(String, Leaf)>,
    tail: String,
}

impl Json {
    /// Where text is appended.
    pub(super) fn text(&mut self) -> &mut String {
        &mut self.tail
    }

    /// Appends a leaf.
    pub(super) fn leaf(&mut self, leaf: Leaf) {
        self.pieces.push((std::mem::take(&mut self.tail), leaf));
    }

    /// The text, when it holds no leaf.
    fn known(self) -> Result<String, Self> {
        if self.pieces.is_empty() { Ok(self.tail) } else { Err(self) }
    }

    /// The text with leaves put in.
    pub(super) fn filled(&self, leaves: &[&JsonValue]) -> String {
        let mut out = String::new();
        for (text, leaf) in &self.pieces {
            out.push_str(text);
            out.push_str(&leaf.of(leaves).to_string());
        }
        out.push_str(&self.tail);
        out
    }
}

impl From<Input> for Blank {
    fn from(input: Input) -> Self {
        Self::Known(input)
    }
}

impl From<Json> for Blank {
    fn from(json: Json) -> Self {
        json.known().map_or_else(Self::Json, |text| Self::Known(Input::Json(text)))
    }
}

impl From<&Given<'_>> for CellBlank {
    fn from(given: &Given<'_>) -> Self {
        if *given == Given::Null {
            return Self::Known(Cell::Null);
        }
        given.json().known().map_or_else(Self::Json, |text| Self::Known(Cell::Json(text.into())))
    }
}

impl From<Vec<Vec<CellBlank>>> for Blank {
    fn from(rows: Vec<Vec<CellBlank>>) -> Self {
        Self::Rows(rows)
    }
}

impl Item {
    /// JSON as an item.
    pub(super) fn json(json: Json) -> Self {
        json.known().map_or_else(Self::Json, Self::Known)
    }
}

impl Leaf {
    fn of<'l>(self, leaves: &[&'l JsonValue]) -> &'l JsonValue {
        // The leaves are those of variables of the same shape.
        leaves.get(self.at).copied().unwrap_or(&JsonValue::Null)
    }
}

impl Form {
    /// The request with leaves put in.
    pub(in crate::graphql) fn fill(&self, leaves: &[&JsonValue]) -> Step<Request> {
        let inputs = self.blanks.iter().map(|blank| blank.fill(leaves)).collect::<Step<Vec<_>>>()?;
        let affected_max = match self.affected_max.as_ref().map(|blank| blank.fill(leaves)).transpose()? {
            Some(Input::Int(max)) => u64::try_from(max).ok(),
            Some(Input::Text(_) | Input::List(_) | Input::Json(_) | Input::Rows(_)) | None => None,
        };
        Ok(Request { action: self.action.clone(), inputs, guards: Guards { affected_max, ..Guards::default() } })
    }
}

impl Blank {
    fn fill(&self, leaves: &[&JsonValue]) -> Step<Input> {
        Ok(match self {
            Self::Known(input) => input.clone(),
            Self::Value { leaf, json } => value(leaf.of(leaves), *json),
            Self::Json(json) => Input::Json(json.filled(leaves)),
            Self::List { items, name } => {
                let mut texts = Vec::with_capacity(items.len());
                for item in items {
                    item.fill((leaves, name), &mut texts)?;
                }
                Input::List(texts)
            }
            Self::Number { leaf, name } => {
                let number = leaf.of(leaves).as_i64().filter(|number| *number >= 0);
                Input::Int(number.ok_or_else(|| negative(name))?)
            }
            Self::Rows(rows) => {
                let cell = |blank: &CellBlank| match blank {
                    CellBlank::Known(cell) => cell.clone(),
                    CellBlank::Json(json) => Cell::Json(json.filled(leaves).into()),
                };
                Input::Rows(rows.iter().map(|cells| cells.iter().map(cell).collect()).collect())
            }
        })
    }
}

impl Item {
    fn fill(&self, (leaves, name): (&[&JsonValue], &str), into: &mut Vec<String>) -> Step<()> {
        let mut push = |found: &JsonValue, json: bool| match value(found, json) {
            _ if found.is_null() => Err(unexpected_null(name)),
            Input::Text(text) | Input::Json(text) => {
                into.push(text);
                Ok(())
            }
            Input::List(_) | Input::Int(_) | Input::Rows(_) => Err(unexpected("a list of single values was expected")),
        };
        match self {
            Self::Known(text) => into.push(text.clone()),
            Self::Json(json) => into.push(json.filled(leaves)),
            Self::Leaf { leaf, json } => {
                let found = leaf.of(leaves);
                match found.as_array().filter(|_| leaf.list) {
                    Some(items) => items.iter().try_for_each(|item| push(item, *json))?,
                    None => push(found, *json)?,
                }
            }
        }
        Ok(())
    }
}

/// A number of rows that is none.
pub(super) fn negative(name: &str) -> super::GraphqlError {
    unexpected(format!("'{name}' must be a whole number that is not negative"))
}

/// A value of a column that takes JSON, or of one that does not; not yet cast.
fn value(value: &JsonValue, json: bool) -> Input {
    match value {
        JsonValue::String(text) if !json => Input::Text(text.as_str().to_owned()),
        JsonValue::Number(number) if !json => Input::Text(number.to_string()),
        JsonValue::Bool(truth) if !json => Input::Text(truth.to_string()),
        JsonValue::String(_)
        | JsonValue::Number(_)
        | JsonValue::Bool(_)
        | JsonValue::Null
        | JsonValue::Array(_)
        | JsonValue::Object(_) => Input::Json(value.to_string()),
    }
}

/// A request of a transaction whose values are not all known.
#[derive(Debug, Clone)]
pub(in crate::graphql) struct LinkedForm {
    pub(super) form: Form,
    pub(super) links: Vec<Link>,
    pub(super) written_by: Option<Rows>,
}

impl From<Form> for LinkedForm {
    fn from(form: Form) -> Self {
        Self { form, links: Vec::new(), written_by: None }
    }
}

impl LinkedForm {
    /// The request with leaves put in.
    pub(in crate::graphql) fn fill(&self, leaves: &[&JsonValue]) -> Step<Linked> {
        Ok(Linked { request: self.form.fill(leaves)?, links: self.links.clone(), written_by: self.written_by })
    }
}
