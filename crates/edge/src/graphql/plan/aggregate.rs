//! `R_aggregate`: counts, sums and the like, and the rows they are about.

use super::super::schema::aggregate;
use super::given::{Arguments, Given};
use super::{Draft, Selected, Step, unexpected};
use apollo_compiler::executable::SelectionSet;
use backstay_plan::request::{Aggregate, Counted, Level, Part, Summary};
use backstay_schema::model::Model;

/// Fields that hold one aggregate of several columns.
const FUNCTIONS: [(&str, Aggregate); 4] =
    [("sum", Aggregate::Sum), ("avg", Aggregate::Avg), ("min", Aggregate::Min), ("max", Aggregate::Max)];

impl<'a> Draft<'a> {
    /// One object for all rows that the arguments choose.
    pub(super) fn whole(
        &mut self,
        model: &'a Model,
        arguments: &mut Arguments<'a>,
        sets: &[&'a SelectionSet],
    ) -> Step<Level> {
        let page = self.page(model, arguments)?;
        let ty = sets.first().map_or("", |set| set.ty.as_str());
        let mut parts = Vec::new();
        for selected in self.source.fields(sets) {
            let key = selected.key.to_owned();
            let name = selected.field().map_or("", |field| field.name.as_str());
            parts.push(match name {
                "__typename" => Part::Constant { key, text: ty.to_owned() },
                "nodes" => Part::Rows { key, items: self.items(model, &selected.below())? },
                "aggregate" => Part::Summary { key, items: self.summaries(model, &selected.below())? },
                _ => return Err(unexpected(format!("unknown field '{name}'"))),
            });
        }
        Ok(Level { parts, ..page })
    }

    fn summaries(&self, model: &Model, sets: &[&'a SelectionSet]) -> Step<Vec<Summary>> {
        let ty = sets.first().map_or("", |set| set.ty.as_str());
        self.source.fields(sets).iter().map(|selected| self.summary(model, ty, selected)).collect()
    }

    fn summary(&self, model: &Model, ty: &str, selected: &Selected<'a>) -> Step<Summary> {
        let Some(field) = selected.field() else { return Err(unexpected("a field without a name")) };
        let key = selected.key.to_owned();
        match field.name.as_str() {
            "__typename" => Ok(Summary::Constant { key, text: ty.to_owned() }),
            "count" => {
                let mut arguments = self.source.arguments(field);
                let columns =
                    arguments.take("columns").map(|given| self.source.names(given)).transpose()?.unwrap_or_default();
                let distinct = arguments.take("distinct") == Some(Given::Bool(true));
                Ok(Summary::Count { key, of: Counted { columns, distinct } })
            }
            name => {
                let function = FUNCTIONS.iter().find(|(known, _)| *known == name);
                let (_, function) = function.ok_or_else(|| unexpected(format!("unknown field '{name}'")))?;
                let ty = field.selection_set.ty.as_str();
                let mut items = Vec::new();
                for selected in self.source.fields(&selected.below()) {
                    let column = selected.field().map_or("", |field| field.name.as_str());
                    let key = selected.key.to_owned();
                    items.push(if column == "__typename" {
                        Summary::Constant { key, text: ty.to_owned() }
                    } else {
                        let cast = self.text_of(model, *function, column);
                        Summary::Value { key, function: *function, column: column.to_owned(), cast }
                    });
                }
                Ok(Summary::Object { key, items })
            }
        }
    }

    /// What an aggregate is cast to where such numbers are text.
    fn text_of(&self, model: &Model, function: Aggregate, column: &str) -> Option<String> {
        let column = &model.fields.iter().find(|field| field.name == column)?.ty;
        let result = aggregate::result(function, column)?;
        (!result.list && self.source.names.as_text(result.scalar)).then(|| "text".to_owned())
    }
}
