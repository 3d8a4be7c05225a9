//! Conditions of a level: trees of tests, and what is asked of related rows.

use super::level::Place;
use super::{Counted, Embed, Filter, Reference, Scope};
use crate::fault::Refusal;
use crate::request::{self, Condition, FieldRef, IsValue, Operator};
use backstay_schema::model::{FieldId, FieldType, Model, Scalar};

impl Scope<'_> {
    /// Conditions of a level, all of which must hold.
    pub(super) fn conditions(
        &mut self,
        place: &Place<'_>,
        embeds: &[Embed],
        conditions: &[Condition],
    ) -> Result<Filter, Refusal> {
        let mut all = Vec::with_capacity(conditions.len());
        for condition in conditions {
            all.push(self.condition(place, embeds, condition, 1)?);
        }
        Ok(match all.len() {
            0 => Filter::True,
            1 => all.remove(0),
            _ => Filter::And(all),
        })
    }

    fn condition(
        &mut self,
        place: &Place<'_>,
        embeds: &[Embed],
        condition: &Condition,
        depth: usize,
    ) -> Result<Filter, Refusal> {
        self.bounds.condition(depth)?;
        let mut each = |conditions: &[Condition]| {
            conditions
                .iter()
                .map(|inner| self.condition(place, embeds, inner, depth + 1))
                .collect::<Result<Vec<_>, _>>()
        };
        match condition {
            Condition::And(inner) => {
                let mut inner = each(inner)?;
                // What asks for nothing is no filter: a write without a filter cannot hide behind it.
                inner.retain(|filter| *filter != Filter::True);
                Ok(if inner.is_empty() { Filter::True } else { Filter::And(inner) })
            }
            Condition::Or(inner) => Ok(Filter::Or(each(inner)?)),
            Condition::Not(inner) => Ok(Filter::Not(Box::new(self.condition(place, embeds, inner, depth + 1)?))),
            Condition::Test { field, operator } => {
                if let Some(predicate) = child_test(embeds, field, operator) {
                    return Ok(predicate);
                }
                let operand = self.reference(place.model, &place.label, field)?;
                let test = self.test(place.model, &operand, operator)?;
                Ok(Filter::Test { operand, test })
            }
            Condition::Related { relation, filter } => {
                Ok(Filter::Related(Box::new(self.hidden(place, relation, filter)?)))
            }
            Condition::RelatedCount { relation, filter, of, operator } => {
                self.aggregates_allowed()?;
                let level = Box::new(self.hidden(place, relation, filter)?);
                let model = self.model_of(level.level.model);
                let of = self.counted(model, &model.table, of)?;
                let test = self.test(model, &count_of(model), operator)?;
                Ok(Filter::RelatedCount { level, of, test })
            }
        }
    }

    /// The columns of a count.
    pub(super) fn counted(&self, model: &Model, label: &str, of: &request::Counted) -> Result<Counted, Refusal> {
        let columns = of.columns.iter().map(|name| self.column_of(model, label, name)).collect::<Result<_, _>>()?;
        Ok(Counted { columns, distinct: of.distinct })
    }

    /// A column by its name.
    pub(super) fn column_of(&self, model: &Model, label: &str, name: &str) -> Result<FieldId, Refusal> {
        let field = FieldRef { name: name.to_owned(), path: Vec::new() };
        self.reference(model, label, &field).map(|reference| reference.field)
    }
}

/// Something of the type of a count, for the tests of one.
fn count_of(model: &Model) -> Reference {
    let ty = FieldType { scalar: Scalar::BigInt, list: false, nullable: false, items_nullable: false };
    Reference { model: model.id, field: FieldId(0), path: Vec::new(), ty }
}

/// `<embed>=is.null` and its negation ask for rows of the embed.
fn child_test(embeds: &[Embed], field: &FieldRef, operator: &Operator) -> Option<Filter> {
    if !field.path.is_empty() {
        return None;
    }
    let child = embeds.iter().position(|embed| embed.name.as_ref() == Some(&field.name))?;
    match operator {
        Operator::Is(IsValue::Null) => Some(Filter::Not(Box::new(Filter::HasChild { child }))),
        Operator::Is(IsValue::NotNull) => Some(Filter::HasChild { child }),
        Operator::Is(IsValue::True | IsValue::False | IsValue::Unknown)
        | Operator::Compare(..)
        | Operator::In(_)
        | Operator::IsDistinct(_)
        | Operator::Set(..)
        | Operator::Search { .. } => None,
    }
}
