//! What is selected of the rows of a model: columns, related rows, aggregates of related rows.

use super::super::names::Member;
use super::{Draft, Selected, Step, unexpected};
use apollo_compiler::executable::SelectionSet;
use backstay_plan::request::{Embed, FieldRef, Item, JoinKind, Level, Target};
use backstay_schema::model::{Model, RelationshipId};

impl<'a> Draft<'a> {
    /// The items of a selection, in the order in which they are answered.
    pub(super) fn items(&mut self, model: &'a Model, sets: &[&'a SelectionSet]) -> Step<Vec<Item>> {
        let ty = sets.first().map_or("", |set| set.ty.as_str());
        self.source.fields(sets).iter().map(|selected| self.item(model, ty, selected)).collect()
    }

    fn item(&mut self, model: &'a Model, ty: &str, selected: &Selected<'a>) -> Step<Item> {
        let Some(field) = selected.field() else { return Err(unexpected("a field without a name")) };
        let name = field.name.as_str();
        if name == "__typename" {
            return Ok(Item::Constant { key: selected.key.to_owned(), text: ty.to_owned() });
        }
        let alias = (selected.key != name).then(|| selected.key.to_owned());
        match self.source.names.member(model.id, name) {
            Some(Member::Column(id)) => {
                let field = FieldRef { name: name.to_owned(), path: Vec::new() };
                let ty = model.fields.get(usize::from(id.0)).map(|field| &field.ty);
                let text = ty.is_some_and(|ty| !ty.list && self.source.names.as_text(ty.scalar));
                Ok(Item::Field { alias, field, cast: text.then(|| "text".to_owned()), aggregate: None })
            }
            Some(Member::Relation(id)) => {
                let (related, to_one) = self.related(id)?;
                let sets = selected.below();
                let level = if to_one {
                    self.level(related, &sets)?
                } else {
                    let mut arguments = self.source.arguments(field);
                    self.rows(related, &mut arguments, &sets)?
                };
                Ok(embed(alias, name, level))
            }
            Some(Member::RelationAggregate(id)) => {
                let (related, _) = self.related(id)?;
                let mut arguments = self.source.arguments(field);
                let level = self.whole(related, &mut arguments, &selected.below())?;
                let relation = self.relation(id).unwrap_or_default();
                Ok(embed(Some(selected.key.to_owned()), relation, level))
            }
            None => Err(unexpected(format!("unknown field '{name}'"))),
        }
    }

    /// The model that a relation leads to, and whether it leads to one row at most.
    pub(super) fn related(&self, id: RelationshipId) -> Step<(&'a Model, bool)> {
        let relationship = self.source.schema.relationships.get(usize::from(id.0));
        let found = relationship
            .and_then(|relationship| Some((self.source.model(relationship.to)?, relationship.cardinality.is_to_one())));
        found.ok_or_else(|| unexpected("an unknown relation"))
    }

    /// The field that declares a relation.
    pub(super) fn relation(&self, id: RelationshipId) -> Option<&'a str> {
        self.source.schema.relationships.get(usize::from(id.0))?.field_name.as_deref()
    }
}

fn embed(alias: Option<String>, relation: &str, level: Level) -> Item {
    let target = Target::Field(relation.to_owned());
    Item::Embed(Embed { alias, target, join: JoinKind::Left, spread: false, level })
}
