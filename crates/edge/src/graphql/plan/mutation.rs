//! Fields of `Mutation`, which become requests of one transaction, in order, and what each field answers of them.

use super::super::names::Target;
use super::fill::{Blank, CellBlank};
use super::given::{Arguments, Given};
use super::{Draft, Form, LinkedForm, Selected, Shape, Source, Step, query, unexpected};
use apollo_compiler::executable::SelectionSet;
use backstay_plan::request::{Absent, Action, Condition, Delete, Edit, Level, Part, Update};
use backstay_schema::graphql::Root;
use backstay_schema::model::Model;
use std::ops::Range;

/// Arguments that change JSON in part.
const EDITS: [(&str, Edit); 5] = [
    ("_append", Edit::Append),
    ("_prepend", Edit::Prepend),
    ("_delete_key", Edit::DeleteKey),
    ("_delete_elem", Edit::DeleteElement),
    ("_delete_at_path", Edit::DeletePath),
];

/// The requests of a mutation.
#[derive(Debug, Default)]
pub(in crate::graphql) struct Script {
    pub(in crate::graphql) steps: Vec<LinkedForm>,
}

/// What a field answers.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::graphql) enum Told {
    /// An object about some steps.
    Response(Response),
    /// One for each of several changes.
    Responses(Vec<Response>),
    /// What a step answers.
    Answer(usize, Shape),
}

/// Members of the object about some steps, by response key.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::graphql) struct Response {
    pub(in crate::graphql) members: Vec<(String, Member)>,
}

/// A member of [`Response`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::graphql) enum Member {
    /// How many rows the steps wrote together.
    Affected(Range<usize>),
    /// The rows that a step answers.
    Returning(usize),
    /// The rows that a step answers under one of several names.
    Part(usize, String),
    /// A text that depends on nothing.
    Constant(String),
}

impl Script {
    /// Adds the requests of a field.
    pub(in crate::graphql) fn add<'a>(&mut self, source: Source<'a>, selected: &Selected<'a>) -> Step<Told> {
        let Some(field) = selected.field() else { return Err(unexpected("a field without a name")) };
        let target = source.names.mutation(&field.name);
        let target = target.ok_or_else(|| unexpected(format!("unknown field '{}'", field.name)))?;
        let mut arguments = source.arguments(field);
        let sets = selected.below();
        let (root, id) = match target {
            Target::Model(root, id) => (root, id),
            Target::Operation(id) => {
                let asked = query::call(source, id, arguments, &sets)?;
                return Ok(Told::Answer(self.push(asked.form), asked.shape));
            }
        };
        let model = source.model(id).ok_or_else(|| unexpected("an unknown model"))?;
        match root {
            Root::Insert => {
                let objects = arguments.take("objects").map(Given::items).unwrap_or_default();
                let rows = Returned::of(source, &sets);
                let first = self.steps.len();
                let answer = self.insert(source, model, (objects, arguments.take("on_conflict")), rows.as_ref())?;
                Ok(Told::Response(response(source, &sets, first..self.steps.len(), answer)))
            }
            Root::InsertOne => {
                let object = arguments.take("object").ok_or_else(|| super::unexpected_null("object"))?;
                let conflict = arguments.take("on_conflict");
                let answer = self.insert(source, model, (vec![object], conflict), Some(&Returned::Rows(sets)))?;
                Ok(Told::Answer(answer.unwrap_or_default(), Shape::One))
            }
            Root::Update => Ok(Told::Response(self.update(source, model, &mut arguments, &sets)?)),
            Root::UpdateByPk => {
                let mut key = Arguments::from(arguments.take("pk_columns").map(Given::members).unwrap_or_default());
                let mut draft = Draft::new(source);
                let changes = draft.changes(model, &mut arguments)?;
                let filter = draft.key(model, &mut key)?;
                let returning = Some(draft.level(model, &sets)?);
                let form = draft.update(model, changes, (filter, returning));
                Ok(Told::Answer(self.push(form), Shape::One))
            }
            Root::UpdateMany => {
                let updates = arguments.take("updates").map(Given::items).unwrap_or_default();
                let each =
                    |update: Given<'a>| self.update(source, model, &mut Arguments::from(update.members()), &sets);
                Ok(Told::Responses(updates.into_iter().map(each).collect::<Step<_>>()?))
            }
            Root::Delete => {
                let rows = Returned::of(source, &sets);
                let mut draft = Draft::new(source);
                let filter = draft.which(model, &mut arguments)?;
                let returning = rows.as_ref().map(|rows| draft.returned(model, rows)).transpose()?;
                let affected_max = affected_max(&mut arguments)?;
                let delete = Delete { relation: model.table.clone(), filter, returning };
                let step = self.push(Form { affected_max, ..draft.form(Action::Delete(delete)) });
                Ok(Told::Response(response(source, &sets, step..step + 1, rows.map(|_| step))))
            }
            Root::DeleteByPk => {
                let mut draft = Draft::new(source);
                let filter = draft.key(model, &mut arguments)?;
                let returning = Some(draft.level(model, &sets)?);
                let delete = Delete { relation: model.table.clone(), filter, returning };
                Ok(Told::Answer(self.push(draft.form(Action::Delete(delete))), Shape::One))
            }
            Root::Select | Root::ByPk | Root::Aggregate | Root::Connection => {
                Err(unexpected("not a field of a mutation"))
            }
        }
    }

    /// Adds a request and tells its position.
    pub(super) fn push(&mut self, form: impl Into<LinkedForm>) -> usize {
        self.steps.push(form.into());
        self.steps.len() - 1
    }

    fn update<'a>(
        &mut self,
        source: Source<'a>,
        model: &'a Model,
        arguments: &mut Arguments<'a>,
        sets: &[&'a SelectionSet],
    ) -> Step<Response> {
        let rows = Returned::of(source, sets);
        let mut draft = Draft::new(source);
        let changes = draft.changes(model, arguments)?;
        let filter = draft.which(model, arguments)?;
        let returning = rows.as_ref().map(|rows| draft.returned(model, rows)).transpose()?;
        let affected_max = affected_max(arguments)?;
        let step = self.push(Form { affected_max, ..draft.update(model, changes, (filter, returning)) });
        Ok(response(source, sets, step..step + 1, rows.map(|_| step)))
    }
}

/// Columns of an update.
struct Changes {
    columns: Vec<String>,
    added: Vec<String>,
    edited: Vec<(String, Edit)>,
    row: backstay_plan::request::Slot,
}

impl<'a> Draft<'a> {
    /// What an update changes.
    fn changes(&mut self, model: &Model, arguments: &mut Arguments<'a>) -> Step<Changes> {
        let (set, added) = (arguments.take("_set"), arguments.take("_inc"));
        let parts: Vec<(Edit, Given<'a>)> =
            EDITS.iter().filter_map(|(name, edit)| Some((*edit, arguments.take(name)?))).collect();
        if set.is_none() && added.is_none() && parts.is_empty() {
            return Err(unexpected(format!(
                "an update of '{}' needs at least one operator, such as _set",
                model.table
            )));
        }
        let (mut columns, mut counted, mut cells) = (Vec::new(), Vec::new(), Vec::new());
        for (name, value) in set.map(Given::members).unwrap_or_default() {
            columns.push(name.to_owned());
            cells.push(CellBlank::from(&value));
        }
        for (name, value) in added.map(Given::members).unwrap_or_default() {
            if value == Given::Null {
                return Err(super::unexpected_null(name));
            }
            counted.push(name.to_owned());
            cells.push(CellBlank::from(&value));
        }
        let mut edited = Vec::new();
        for (edit, given) in parts {
            for (name, value) in given.members() {
                if value == Given::Null {
                    return Err(super::unexpected_null(name));
                }
                edited.push((name.to_owned(), edit));
                cells.push(CellBlank::from(&value));
            }
        }
        let row = self.keep(vec![cells])?;
        Ok(Changes { columns, added: counted, edited, row })
    }

    fn update(self, model: &Model, changes: Changes, (filter, returning): (Vec<Condition>, Option<Level>)) -> Form {
        let Changes { columns, added, edited, row } = changes;
        let (relation, absent) = (model.table.clone(), Absent::Null);
        self.form(Action::Update(Update { relation, columns, added, edited, row, absent, filter, returning }))
    }

    /// The rows that a write is about. Nothing given is every row, which the plan refuses to most.
    fn which(&mut self, model: &'a Model, arguments: &mut Arguments<'a>) -> Step<Vec<Condition>> {
        let given = arguments.take("where").ok_or_else(|| super::unexpected_null("where"))?;
        self.filter(model, given)
    }
}

/// How many rows a write may touch to be kept.
fn affected_max(arguments: &mut Arguments<'_>) -> Step<Option<Blank>> {
    arguments.take("max_affected").map(|given| super::page::whole("max_affected", &given)).transpose()
}

/// What is selected of the rows that a write answers.
pub(super) enum Returned<'a> {
    /// Under one name.
    Rows(Vec<&'a SelectionSet>),
    /// Under several.
    Parts(Vec<(&'a str, Vec<&'a SelectionSet>)>),
}

impl<'a> Returned<'a> {
    /// `None` when they are not selected.
    fn of(source: Source<'a>, sets: &[&'a SelectionSet]) -> Option<Self> {
        let fields = source.fields(sets);
        let returning = fields.iter().filter(|selected| selected.name() == "returning");
        let mut parts: Vec<_> = returning.map(|selected| (selected.key, selected.below())).collect();
        match parts.len() {
            0 => None,
            1 => parts.pop().map(|(_, sets)| Self::Rows(sets)),
            _ => Some(Self::Parts(parts)),
        }
    }
}

impl<'a> Draft<'a> {
    /// The level that a write answers.
    pub(super) fn returned(&mut self, model: &'a Model, returned: &Returned<'a>) -> Step<Level> {
        match returned {
            Returned::Rows(sets) => self.level(model, sets),
            Returned::Parts(several) => {
                let part = |(key, sets): &(&'a str, Vec<&'a SelectionSet>)| {
                    Ok(Part::Rows { key: (*key).to_owned(), items: self.items(model, sets)? })
                };
                Ok(Level { parts: several.iter().map(part).collect::<Step<_>>()?, ..Level::default() })
            }
        }
    }
}

fn response<'a>(source: Source<'a>, sets: &[&'a SelectionSet], steps: Range<usize>, answer: Option<usize>) -> Response {
    let ty = sets.first().map_or("", |set| set.ty.as_str());
    let fields = source.fields(sets);
    let several = fields.iter().filter(|selected| selected.name() == "returning").count() > 1;
    let member = |selected: &Selected<'a>| {
        let member = match (selected.name(), answer) {
            ("affected_rows", _) => Member::Affected(steps.clone()),
            ("returning", Some(step)) if several => Member::Part(step, selected.key.to_owned()),
            ("returning", Some(step)) => Member::Returning(step),
            _ => Member::Constant(ty.to_owned()),
        };
        (selected.key.to_owned(), member)
    };
    Response { members: fields.iter().map(member).collect() }
}
