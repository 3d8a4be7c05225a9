//! Fields of `Query`: rows, a row by its key, aggregates, custom operations.

use super::super::names::Target;
use super::given::{Arguments, Given};
use super::{Asked, Draft, Form, Selected, Shape, Source, Step, unexpected, unexpected_null};
use apollo_compiler::executable::SelectionSet;
use backstay_plan::request::{Action, Call, CompareOp, Condition, FieldRef, Level, Operator, Quantity, Read};
use backstay_schema::graphql::Root;
use backstay_schema::model::{Field, Model, Operation, OperationId, ReturnType};

/// The request of one field of `Query`.
pub(in crate::graphql) fn query<'a>(source: Source<'a>, selected: &Selected<'a>) -> Step<Asked> {
    let Some(field) = selected.field() else { return Err(unexpected("a field without a name")) };
    let target = source.names.query(&field.name);
    let target = target.ok_or_else(|| unexpected(format!("unknown field '{}'", field.name)))?;
    let mut arguments = source.arguments(field);
    let sets = selected.below();
    match target {
        Target::Operation(id) => call(source, id, arguments, &sets),
        Target::Model(root, id) => {
            let model = source.model(id).ok_or_else(|| unexpected("an unknown model"))?;
            let mut draft = Draft::new(source);
            let (level, shape) = match root {
                Root::Select => (draft.rows(model, &mut arguments, &sets)?, Shape::Rows),
                Root::ByPk => {
                    let filter = draft.key(model, &mut arguments)?;
                    (Level { filter, ..draft.level(model, &sets)? }, Shape::One)
                }
                Root::Aggregate => (draft.whole(model, &mut arguments, &sets)?, Shape::One),
                Root::Connection => (draft.connection(model, &mut arguments, &sets)?, Shape::One),
                Root::Insert
                | Root::InsertOne
                | Root::Update
                | Root::UpdateByPk
                | Root::UpdateMany
                | Root::Delete
                | Root::DeleteByPk => return Err(unexpected("not a field of a query")),
            };
            let action = Action::Read(Read { relation: model.table.clone(), level, total: false });
            Ok(Asked { form: draft.form(action), shape })
        }
    }
}

/// The call of a custom operation.
pub(super) fn call<'a>(
    source: Source<'a>,
    id: OperationId,
    mut arguments: Arguments<'a>,
    sets: &[&'a SelectionSet],
) -> Step<Asked> {
    let operation = source.schema.operations.get(usize::from(id.0));
    let operation = operation.ok_or_else(|| unexpected("an unknown operation"))?;
    let mut draft = Draft::new(source);
    let mut given = Vec::with_capacity(operation.arguments.len());
    for argument in &operation.arguments {
        if let Some(value) = arguments.take_or_null(&argument.name) {
            given.push((argument.name.clone(), draft.keep(value.json())?));
        }
    }
    let (level, shape) = draft.answered(operation, &mut arguments, sets)?;
    let (operation, read_only) = (operation.name.clone(), operation.read_only);
    let action = Action::Call(Call { operation, arguments: given, read_only, level, total: false });
    Ok(Asked { form: draft.form(action), shape })
}

impl<'a> Draft<'a> {
    fn answered(
        &mut self,
        operation: &Operation,
        arguments: &mut Arguments<'a>,
        sets: &[&'a SelectionSet],
    ) -> Step<(Level, Shape)> {
        let model = |id| self.source.model(id).ok_or_else(|| unexpected("an unknown model"));
        match operation.returns {
            ReturnType::Models(id) => {
                let model = model(id)?;
                Ok((self.rows(model, arguments, sets)?, Shape::Rows))
            }
            ReturnType::Model(id) => {
                let model = model(id)?;
                Ok((self.level(model, sets)?, Shape::One))
            }
            ReturnType::Scalar(_) | ReturnType::Object { .. } | ReturnType::Void => {
                Ok((Level::default(), Shape::Value))
            }
        }
    }

    /// A request for the rows of a level of a model.
    pub(super) fn rows(
        &mut self,
        model: &'a Model,
        arguments: &mut Arguments<'a>,
        sets: &[&'a SelectionSet],
    ) -> Step<Level> {
        let page = self.page(model, arguments)?;
        Ok(Level { items: self.items(model, sets)?, ..page })
    }

    /// What is selected of a model's rows.
    pub(super) fn level(&mut self, model: &'a Model, sets: &[&'a SelectionSet]) -> Step<Level> {
        Ok(Level { items: self.items(model, sets)?, ..Level::default() })
    }

    /// The row whose key the arguments name.
    pub(super) fn key(&mut self, model: &'a Model, arguments: &mut Arguments<'a>) -> Step<Vec<Condition>> {
        let fields = model.key.iter().filter_map(|id| model.fields.get(usize::from(id.0)));
        let mut conditions = Vec::with_capacity(model.key.len());
        for field in fields {
            let value = arguments.take_or_null(&field.name).unwrap_or(Given::Null);
            conditions.push(self.equal(field, &value)?);
        }
        Ok(conditions)
    }

    /// Whether a column has a value.
    pub(super) fn equal(&mut self, field: &Field, value: &Given<'a>) -> Step<Condition> {
        if *value == Given::Null {
            return Err(unexpected_null(&field.name));
        }
        let slot = self.keep(super::filter::input(field, value))?;
        let field = FieldRef { name: field.name.clone(), path: Vec::new() };
        Ok(Condition::Test { field, operator: Operator::Compare(CompareOp::Eq, Quantity::One, slot) })
    }
}

/// The request for the row of a model that has a key, for whoever knows the key by other ways than an argument.
pub(super) fn by_key<'a>(
    source: Source<'a>,
    model: &'a Model,
    key: &[(&'a Field, Given<'a>)],
    sets: &[&'a SelectionSet],
) -> Step<Form> {
    let mut draft = Draft::new(source);
    let filter = key.iter().map(|(field, value)| draft.equal(field, value)).collect::<Step<Vec<_>>>()?;
    let level = Level { filter, ..draft.level(model, sets)? };
    Ok(draft.form(Action::Read(Read { relation: model.table.clone(), level, total: false })))
}
