//! `order_by`: columns, columns behind relations, numbers of related rows.

use super::super::names::Member;
use super::given::Given;
use super::{Draft, Step, unexpected};
use backstay_plan::request::{FieldRef, OrderTerm, SortBy};
use backstay_schema::model::Model;

/// Words of the enum: whether largest come first, and where nulls stand if it says so.
const DIRECTIONS: [(&str, bool, Option<bool>); 6] = [
    ("asc", false, None),
    ("asc_nulls_first", false, Some(true)),
    ("asc_nulls_last", false, Some(false)),
    ("desc", true, None),
    ("desc_nulls_first", true, Some(true)),
    ("desc_nulls_last", true, Some(false)),
];

impl<'a> Draft<'a> {
    /// Sort terms in the order in which they stand.
    pub(super) fn order(&self, model: &'a Model, given: Given<'a>) -> Step<Vec<OrderTerm>> {
        let mut terms = Vec::new();
        for object in given.items() {
            self.order_object(model, object, &[], &mut terms)?;
        }
        Ok(terms)
    }

    fn order_object(
        &self,
        model: &'a Model,
        given: Given<'a>,
        through: &[String],
        terms: &mut Vec<OrderTerm>,
    ) -> Step<()> {
        for (name, given) in given.members() {
            if given == Given::Null {
                continue;
            }
            match self.source.names.member(model.id, name) {
                Some(Member::Column(_)) => {
                    let field = FieldRef { name: name.to_owned(), path: Vec::new() };
                    terms.push(self.term(through, SortBy::Field(field), &given)?);
                }
                Some(Member::Relation(id)) => {
                    let (related, _) = self.related(id)?;
                    let through = [through, &[name.to_owned()]].concat();
                    self.order_object(related, given, &through, terms)?;
                }
                Some(Member::RelationAggregate(id)) => {
                    let relation = self.relation(id).unwrap_or_default().to_owned();
                    for (_, direction) in given.members() {
                        terms.push(self.term(through, SortBy::Count(relation.clone()), &direction)?);
                    }
                }
                None => return Err(unexpected(format!("unknown member '{name}' of an order"))),
            }
        }
        Ok(())
    }

    fn term(&self, through: &[String], by: SortBy, given: &Given<'a>) -> Step<OrderTerm> {
        let word = self.source.word(given).unwrap_or_default();
        let found = DIRECTIONS.iter().find(|(known, ..)| *known == word);
        let (_, descending, nulls_first) = found.ok_or_else(|| unexpected("a direction was expected, such as asc"))?;
        let (descending, nulls_first) = (*descending, *nulls_first);
        Ok(OrderTerm { embed: None, through: through.to_vec(), by, descending, nulls_first })
    }
}
