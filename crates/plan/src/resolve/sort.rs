//! Sort terms of a level, and the columns of which each combination of values keeps one row.

use super::level::Place;
use super::{Embed, Level, Output, Reference, Scope, Sort, SortBy};
use crate::fault::Refusal;
use crate::request::{self, FieldRef, OrderTerm};
use backstay_schema::model::FieldId;

impl Scope<'_> {
    /// A sort term. What it needs besides the embeds that are there is put behind them.
    pub(super) fn sort(
        &mut self,
        place: &Place<'_>,
        embeds: &mut Vec<Embed>,
        term: &OrderTerm,
    ) -> Result<Sort, Refusal> {
        let (through, by) = match (&term.embed, &term.by) {
            (Some(name), request::SortBy::Field(field)) => {
                let (through, reference) = self.embedded(place, embeds, name, field)?;
                (through, SortBy::Value(reference))
            }
            (Some(_), request::SortBy::Count(relation)) => {
                let reason = format!("order by the number of '{relation}' of an embedded resource");
                return Err(Refusal::Unsupported { reason });
            }
            (None, by) => self.followed(place, embeds, &term.through, by)?,
        };
        let nulls_first = term.nulls_first.unwrap_or(term.descending);
        Ok(Sort { through, by, descending: term.descending, nulls_first })
    }

    /// What relation fields lead to.
    fn followed(
        &mut self,
        place: &Place<'_>,
        embeds: &mut Vec<Embed>,
        through: &[String],
        by: &request::SortBy,
    ) -> Result<(Vec<usize>, SortBy), Refusal> {
        let position = embeds.len();
        let Some((first, rest)) = through.split_first() else {
            return match by {
                request::SortBy::Field(field) => {
                    Ok((Vec::new(), SortBy::Value(self.reference(place.model, &place.label, field)?)))
                }
                request::SortBy::Count(relation) => {
                    self.aggregates_allowed()?;
                    embeds.push(self.hidden(place, relation, &[])?);
                    Ok((Vec::new(), SortBy::Count(position)))
                }
            };
        };
        let mut next = self.hidden(place, first, &[])?;
        if !next.to_one {
            let from = place.model.table.clone();
            return Err(Refusal::OrderNotToOne { from, target: first.clone() });
        }
        let model = self.model_of(next.level.model);
        let below = Place { model, label: model.table.clone(), depth: place.depth + 1 };
        let (mut positions, by) = self.followed(&below, &mut next.level.embeds, rest, by)?;
        positions.insert(0, position);
        embeds.push(next);
        Ok((positions, by))
    }

    /// A value of a to-one embed that is selected.
    fn embedded(
        &self,
        place: &Place<'_>,
        embeds: &[Embed],
        name: &String,
        field: &FieldRef,
    ) -> Result<(Vec<usize>, Reference), Refusal> {
        let Some(position) = embeds.iter().position(|embed| embed.name.as_ref() == Some(name)) else {
            let from = place.model.table.clone();
            return Err(Refusal::NotEmbedded { target: name.clone(), from });
        };
        let embed = &embeds[position];
        let mut through = vec![position];
        if let Some(reference) = selected(&embed.level, field, &mut through) {
            return Ok((through, reference));
        }
        let label = format!("{}_{}", self.model_of(embed.level.model).table, place.depth + 1);
        let reference = self.reference(self.model_of(embed.level.model), &label, field)?;
        Ok((vec![position], reference))
    }

    /// The columns of which each combination of values keeps its first row. The first sort terms must be of these, so that
    /// it is clear which row is the first.
    pub(super) fn distinct(
        &self,
        place: &Place<'_>,
        level: &request::Level,
        resolved: &Level,
    ) -> Result<Vec<FieldId>, Refusal> {
        let columns = level.distinct.iter().map(|name| self.column_of(place.model, &place.label, name));
        let columns: Vec<FieldId> = columns.collect::<Result<_, _>>()?;
        let is_one_of = |sort: &Sort| match &sort.by {
            SortBy::Value(reference) => {
                sort.through.is_empty() && reference.path.is_empty() && columns.contains(&reference.field)
            }
            SortBy::Count(_) => false,
        };
        if resolved.order.iter().take(columns.len()).all(is_one_of) { Ok(columns) } else { Err(Refusal::DistinctOrder) }
    }
}

/// An output of a to-one embed that a sort term names by its key, also through the to-one spreads inside it.
fn selected(level: &Level, field: &FieldRef, through: &mut Vec<usize>) -> Option<Reference> {
    if !field.path.is_empty() {
        return None;
    }
    for output in &level.outputs {
        match output {
            Output::Value { key, reference, aggregate: None, .. } if *key == field.name => {
                return Some(reference.clone());
            }
            Output::Spread { embed } if level.embeds[*embed].to_one => {
                through.push(*embed);
                if let Some(reference) = selected(&level.embeds[*embed].level, field, through) {
                    return Some(reference);
                }
                through.pop();
            }
            Output::All
            | Output::Value { .. }
            | Output::CountRows { .. }
            | Output::Embed { .. }
            | Output::Constant { .. }
            | Output::Spread { .. } => {}
        }
    }
    None
}

/// Whether a sort term of a grouped level sorts by something that is one value in each group.
pub(super) fn is_group_key(sort: &Sort, level: &Level) -> bool {
    match sort.through.split_first() {
        None => level.outputs.iter().any(|output| match output {
            Output::All => true,
            Output::Value { reference, aggregate, .. } => {
                aggregate.is_none() && sort.by == SortBy::Value(reference.clone())
            }
            Output::CountRows { .. } | Output::Embed { .. } | Output::Spread { .. } | Output::Constant { .. } => false,
        }),
        Some((first, rest)) => {
            let inner = Sort { through: rest.to_vec(), ..sort.clone() };
            level.embeds.get(*first).is_some_and(|embed| !embed.spread || is_group_key(&inner, &embed.level))
        }
    }
}
