//! From the fields of a validated operation to requests of the plan. Names are looked up, nothing is checked but the form of values:
//! what a caller may do, and what it may cost, is decided where every protocol's requests are.

mod aggregate;
mod connection;
mod entities;
mod fill;
mod filter;
mod given;
mod insert;
mod mutation;
mod order;
mod page;
mod query;
mod select;

use super::error::GraphqlError;
use super::names::Names;
use super::shape::Variables;
use crate::fault::{Caller, Fault};
use apollo_compiler::executable::{Field, FragmentMap, Selection, SelectionSet};
use backstay_plan::Refusal;
use backstay_plan::limits::Limits;
use backstay_plan::request::{Action, Slot};
use backstay_schema::Schema;
use backstay_schema::model::{Model, ModelId};
use fill::Blank;
use given::Arguments;
use std::cell::Cell;
use std::collections::{HashMap, HashSet};

pub(super) use entities::{Entities, Group, KEYS, ROWS, Spelling, entities};
pub(super) use fill::{Form, LinkedForm};
pub(super) use given::{Given, Leaf};
pub(super) use mutation::{Member, Response, Script, Told};
pub(super) use query::query;

/// What the fields of one operation are translated with.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    pub(super) schema: &'a Schema,
    pub(super) names: &'a Names,
    pub(super) fragments: &'a FragmentMap,
    pub(super) variables: &'a Variables<'a>,
    pub(super) limits: &'a Limits,
    /// Set where what is asked depends on a leaf.
    pub(super) depends: &'a Cell<bool>,
}

/// How an answer of the engine becomes the value of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// The rows as they are.
    Rows,
    /// The only row, or null.
    One,
    /// The value that an operation answers.
    Value,
}

/// What a field of a query asks for.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub(super) form: Form,
    pub(super) shape: Shape,
}

type Step<T> = Result<T, GraphqlError>;

/// A response key and the fields that answer it together.
pub(super) struct Selected<'a> {
    pub(super) key: &'a str,
    pub(super) fields: Vec<&'a Field>,
}

impl<'a> Selected<'a> {
    /// The field whose name and arguments count; the others agree with it.
    pub(super) fn field(&self) -> Option<&'a Field> {
        self.fields.first().copied()
    }

    /// Its name.
    pub(super) fn name(&self) -> &'a str {
        self.field().map_or("", |field| field.name.as_str())
    }

    /// What is selected below.
    pub(super) fn below(&self) -> Vec<&'a SelectionSet> {
        self.fields.iter().map(|field| &field.selection_set).collect()
    }
}

impl<'a> Source<'a> {
    fn model(&self, id: ModelId) -> Option<&'a Model> {
        self.schema.models.get(usize::from(id.0))
    }

    /// The fields of some selections of one type, fragments taken in and directives obeyed, in the order of first appearance.
    pub(super) fn fields(&self, sets: &[&'a SelectionSet]) -> Vec<Selected<'a>> {
        let mut collected = Collected::default();
        let ty = sets.first().map_or("", |set| set.ty.as_str());
        for set in sets {
            self.collect(set, ty, &mut collected);
        }
        collected.fields
    }

    fn collect(&self, set: &'a SelectionSet, ty: &str, into: &mut Collected<'a>) {
        for selection in &set.selections {
            match selection {
                Selection::Field(field) => {
                    if self.is_included(&field.directives) {
                        into.add(field);
                    }
                }
                Selection::InlineFragment(fragment) => {
                    let fits = fragment.type_condition.as_ref().is_none_or(|condition| applies(condition, ty));
                    if fits && self.is_included(&fragment.directives) {
                        self.collect(&fragment.selection_set, ty, into);
                    }
                }
                Selection::FragmentSpread(spread) => {
                    let Some(fragment) = self.fragments.get(&spread.fragment_name) else { continue };
                    if applies(&fragment.selection_set.ty, ty)
                        && self.is_included(&spread.directives)
                        && into.spreads.insert(spread.fragment_name.as_str())
                    {
                        self.collect(&fragment.selection_set, ty, into);
                    }
                }
            }
        }
    }

    fn is_included(&self, directives: &apollo_compiler::ast::DirectiveList) -> bool {
        let says = |name: &str| {
            let directive = directives.get(name)?;
            let condition = directive.arguments.iter().find(|argument| argument.name == "if")?;
            match Given::of(&condition.value, self.variables)? {
                Given::Bool(truth) => Some(truth),
                Given::Null
                | Given::Number(_)
                | Given::Text(_)
                | Given::List(_)
                | Given::Object(_)
                | Given::Leaf(_) => None,
            }
        };
        says("skip") != Some(true) && says("include") != Some(false)
    }

    /// A value that what is asked depends on, when it is a word. As a leaf it is not known, which is noted.
    fn word(&self, given: &Given<'a>) -> Option<&'a str> {
        match given {
            Given::Text(word) => Some(word),
            Given::Leaf(_) => {
                self.depends.set(true);
                None
            }
            Given::Null | Given::Bool(_) | Given::Number(_) | Given::List(_) | Given::Object(_) => None,
        }
    }

    /// Names, of columns and the like.
    fn names(&self, given: Given<'a>) -> Step<Vec<String>> {
        let name =
            |given: Given<'a>| self.word(&given).map(str::to_owned).ok_or_else(|| unexpected("a name was expected"));
        given.items().into_iter().map(name).collect()
    }

    fn arguments(&self, field: &'a Field) -> Arguments<'a> {
        Arguments::of(&field.arguments, self.variables)
    }
}

/// Whether a fragment on a type is for an object of another: of the types here, only the union of entities is more than one.
fn applies(condition: &str, ty: &str) -> bool {
    condition == ty || condition == "_Entity"
}

#[derive(Default)]
struct Collected<'a> {
    fields: Vec<Selected<'a>>,
    at: HashMap<&'a str, usize>,
    spreads: HashSet<&'a str>,
}

impl<'a> Collected<'a> {
    fn add(&mut self, field: &'a Field) {
        let key = field.response_key().as_str();
        let at = *self.at.entry(key).or_insert(self.fields.len());
        match self.fields.get_mut(at) {
            Some(selected) => selected.fields.push(field),
            None => self.fields.push(Selected { key, fields: vec![field] }),
        }
    }
}

/// A request while it is made: the values taken out so far.
pub(super) struct Draft<'a> {
    source: Source<'a>,
    blanks: Vec<Blank>,
}

impl<'a> Draft<'a> {
    fn new(source: Source<'a>) -> Self {
        Self { source, blanks: Vec::new() }
    }

    /// Keeps a value and gives its address.
    fn keep(&mut self, value: impl Into<Blank>) -> Step<Slot> {
        let max = u64::from(u16::MAX);
        let slot =
            u16::try_from(self.blanks.len()).map_err(|_| refused(&Refusal::LimitExceeded { what: "values", max }))?;
        self.blanks.push(value.into());
        Ok(Slot(slot))
    }

    fn form(self, action: Action) -> Form {
        Form { action, blanks: self.blanks, affected_max: None }
    }
}

/// What the plan would refuse, found on the way to it.
fn refused(refusal: &Refusal) -> GraphqlError {
    GraphqlError::of_fault(&Fault::of_refusal(refusal, Caller { anonymous: false, method: "POST" }))
}

/// A value that the schema lets through and that has no meaning here.
fn unexpected(message: impl Into<String>) -> GraphqlError {
    GraphqlError::new("validation-failed", message)
}

/// A null where a value is needed, such as in a comparison: it must not stand for "anything".
fn unexpected_null(what: &str) -> GraphqlError {
    unexpected(format!("unexpected null value for '{what}'"))
}
