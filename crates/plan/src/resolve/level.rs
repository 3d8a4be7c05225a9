//! One level of a nested read and those below it: items, embeds, filters, sort terms, limits.

use super::{Embed, Level, Output, Rows, Scope, Sort, field, input};
use crate::authorized::Predicate;
use crate::fault::Refusal;
use crate::request::{self, Aggregate, Condition, FieldRef, IsValue, Item, JoinKind, Operator, OrderTerm};
use crate::value::{Cast, Param, Value};
use backstay_schema::model::{FieldType, Link, Model, Scalar};

/// What a cast makes, but for its scalar.
const PLAIN: FieldType = FieldType { scalar: Scalar::String, list: false, nullable: true, items_nullable: false };

/// A level while it is resolved.
struct Place<'m> {
    model: &'m Model,
    /// The relation's name in messages: PostgREST numbers joined tables by depth.
    label: String,
    depth: usize,
}

impl Scope<'_> {
    /// The top level of a read, or of what a write answers.
    pub(super) fn root(&mut self, model: &Model, rows: Rows, level: &request::Level) -> Result<Level, Refusal> {
        self.relationships(model, level, 1)?;
        let place = Place { model, label: model.table.clone(), depth: 0 };
        let bounded = match rows {
            Rows::Table | Rows::Operation(..) => true,
            Rows::Touched => false,
        };
        let mut resolved = self.level(&place, rows, level)?;
        if bounded {
            self.cap(model, &mut resolved);
        }
        Ok(resolved)
    }

    /// Checks the embeds of a level and below, and the sort terms that name them. PostgREST finds these mistakes in its own
    /// catalogue, before the database finds unknown columns, so they come first wherever they stand.
    pub(super) fn relationships(&mut self, model: &Model, level: &request::Level, depth: usize) -> Result<(), Refusal> {
        let mut found = Vec::new();
        for item in &level.items {
            if let Item::Embed(embed) = item {
                self.bounds.embed(depth)?;
                let relationship = self.relationship(model, &embed.target, embed.hint.as_deref())?;
                self.relationships(self.model_of(relationship.to), &embed.level, depth + 1)?;
                found.push((embed.alias.as_ref().unwrap_or(&embed.target), relationship.cardinality.is_to_one()));
            }
        }
        for target in level.order.iter().filter_map(|term| term.embed.as_ref()) {
            let from = model.table.clone();
            match found.iter().find(|(name, _)| *name == target) {
                None => return Err(Refusal::NotEmbedded { target: target.clone(), from }),
                Some((_, false)) => return Err(Refusal::OrderNotToOne { from, target: target.clone() }),
                Some((_, true)) => {}
            }
        }
        Ok(())
    }

    /// The request's filter of a write, in which no embed has a meaning.
    pub(super) fn write_filter(
        &mut self,
        model: &Model,
        filter: &[Condition],
    ) -> Result<Predicate<super::Reference>, Refusal> {
        let place = Place { model, label: model.table.clone(), depth: 0 };
        self.conditions(&place, &[], filter)
    }

    fn level(&mut self, place: &Place<'_>, rows: Rows, level: &request::Level) -> Result<Level, Refusal> {
        let mut resolved = Level {
            model: place.model.id,
            rows,
            outputs: Vec::with_capacity(level.items.len()),
            embeds: Vec::new(),
            filter: Predicate::True,
            grouped: false,
            order: Vec::new(),
            limit: None,
            offset: level.offset.map(|slot| input(slot, Cast::Offset)),
        };
        if let Some(slot) = level.limit {
            let max = self.rows_max(place.model, &resolved.rows);
            resolved.limit = Some(input(slot, Cast::Limit { max }));
        }
        for item in &level.items {
            self.item(place, item, &mut resolved)?;
        }
        resolved.grouped = resolved.outputs.iter().any(|output| aggregates(output, &resolved.embeds));
        resolved.filter = self.conditions(place, &resolved.embeds, &level.filter)?;
        self.bounds.order(level.order.len())?;
        for term in &level.order {
            let sort = self.sort(place, &resolved.embeds, term)?;
            if resolved.grouped && !is_group_key(&sort, &resolved) {
                return Err(Refusal::Unsupported {
                    reason: format!("order by '{}': it must be selected, or used in an aggregate", term.field.name),
                });
            }
            resolved.order.push(sort);
        }
        Ok(resolved)
    }

    fn item(&mut self, place: &Place<'_>, item: &Item, resolved: &mut Level) -> Result<(), Refusal> {
        self.bounds.item()?;
        let cast_of = |name: &Option<String>| name.as_deref().map(field::cast_target).transpose();
        match item {
            Item::All => resolved.outputs.push(Output::All),
            Item::Field { alias, field, cast, aggregate } => {
                let reference = self.reference(place.model, &place.label, field)?;
                let (aggregate, aggregate_cast) = match aggregate {
                    Some((aggregate, cast)) => (Some(*aggregate), cast_of(cast)?),
                    None => (None, None),
                };
                let key = match (alias, aggregate) {
                    (Some(alias), _) => alias.clone(),
                    (None, Some(aggregate)) => aggregate_key(aggregate).to_owned(),
                    (None, None) => field::output_key(field),
                };
                let cast = cast_of(cast)?;
                if let Some(aggregate) = aggregate {
                    self.aggregates_allowed()?;
                    let cast_type = cast.map(|target| FieldType { scalar: target.scalar(), ..PLAIN });
                    self.check_aggregate(aggregate, cast_type.as_ref().unwrap_or(&reference.ty))?;
                }
                resolved.outputs.push(Output::Value { key, reference, cast, aggregate, aggregate_cast });
            }
            Item::CountRows { alias, cast, bare: true } if field::find(place.model, "count").is_some() => {
                let field = FieldRef { name: "count".to_owned(), path: Vec::new() };
                let reference = self.reference(place.model, &place.label, &field)?;
                let key = alias.clone().unwrap_or(field.name);
                let cast = cast_of(cast)?;
                resolved.outputs.push(Output::Value { key, reference, cast, aggregate: None, aggregate_cast: None });
            }
            Item::CountRows { alias, cast, .. } => {
                self.aggregates_allowed()?;
                let key = alias.clone().unwrap_or_else(|| "count".to_owned());
                resolved.outputs.push(Output::CountRows { key, cast: cast_of(cast)? });
            }
            Item::Embed(embed) => self.embed(place, embed, resolved)?,
        }
        Ok(())
    }

    fn embed(&mut self, place: &Place<'_>, embed: &request::Embed, parent: &mut Level) -> Result<(), Refusal> {
        let depth = place.depth + 1;
        let relationship = self.relationship(place.model, &embed.target, embed.hint.as_deref())?;
        let model = self.model_of(relationship.to);
        let label = match relationship.link {
            Link::Forward(_) | Link::Inverse(_) => format!("{}_{depth}", model.table),
            Link::Junction { .. } => model.table.clone(),
        };
        let to_one = relationship.cardinality.is_to_one();
        let mut level = self.level(&Place { model, label, depth }, Rows::Table, &embed.level)?;
        if to_one {
            level.limit = None;
            level.offset = None;
        } else {
            self.cap(model, &mut level);
        }
        if embed.spread && to_one {
            level.grouped = false;
        } else if embed.spread && level.grouped {
            let reason = "Aggregates are not implemented for one-to-many or many-to-many spreads.".to_owned();
            return Err(Refusal::NotImplemented { reason });
        }
        let position = parent.embeds.len();
        let name = embed.alias.clone().unwrap_or_else(|| embed.target.clone());
        if embed.spread {
            parent.outputs.push(Output::Spread { embed: position });
        } else if outputs_anything(&level) {
            parent.outputs.push(Output::Embed { key: name.clone(), embed: position });
        }
        let inner = match embed.join {
            JoinKind::Inner => true,
            JoinKind::Left => false,
        };
        parent.embeds.push(Embed { relationship: relationship.id, name, inner, spread: embed.spread, to_one, level });
        Ok(())
    }

    fn conditions(
        &mut self,
        place: &Place<'_>,
        embeds: &[Embed],
        conditions: &[Condition],
    ) -> Result<Predicate<super::Reference>, Refusal> {
        let mut all = Vec::with_capacity(conditions.len());
        for condition in conditions {
            all.push(self.condition(place, embeds, condition, 1)?);
        }
        Ok(match all.len() {
            0 => Predicate::True,
            1 => all.remove(0),
            _ => Predicate::And(all),
        })
    }

    fn condition(
        &mut self,
        place: &Place<'_>,
        embeds: &[Embed],
        condition: &Condition,
        depth: usize,
    ) -> Result<Predicate<super::Reference>, Refusal> {
        self.bounds.condition(depth)?;
        let mut each = |conditions: &[Condition]| {
            conditions
                .iter()
                .map(|inner| self.condition(place, embeds, inner, depth + 1))
                .collect::<Result<Vec<_>, _>>()
        };
        match condition {
            Condition::And(inner) => Ok(Predicate::And(each(inner)?)),
            Condition::Or(inner) => Ok(Predicate::Or(each(inner)?)),
            Condition::Not(inner) => Ok(Predicate::Not(Box::new(self.condition(place, embeds, inner, depth + 1)?))),
            Condition::Test { field, operator } => {
                if let Some(predicate) = child_test(embeds, field, operator) {
                    return Ok(predicate);
                }
                let operand = self.reference(place.model, &place.label, field)?;
                let test = self.test(place.model, &operand, operator)?;
                Ok(Predicate::Test { operand, test })
            }
        }
    }

    fn sort(&self, place: &Place<'_>, embeds: &[Embed], term: &OrderTerm) -> Result<Sort, Refusal> {
        let (through, reference) = match &term.embed {
            None => (Vec::new(), self.reference(place.model, &place.label, &term.field)?),
            Some(name) => {
                let Some(position) = embeds.iter().position(|embed| embed.name == *name) else {
                    let from = place.model.table.clone();
                    return Err(Refusal::NotEmbedded { target: name.clone(), from });
                };
                let embed = &embeds[position];
                let mut through = vec![position];
                match selected(&embed.level, &term.field, &mut through) {
                    Some(reference) => (through, reference),
                    None => {
                        let label = format!("{}_{}", self.model_of(embed.level.model).table, place.depth + 1);
                        let reference = self.reference(self.model_of(embed.level.model), &label, &term.field)?;
                        (vec![position], reference)
                    }
                }
            }
        };
        Ok(Sort {
            through,
            reference,
            descending: term.descending,
            nulls_first: term.nulls_first.unwrap_or(term.descending),
        })
    }

    /// Gives a to-many level its row cap where the request names no limit.
    fn cap(&self, model: &Model, level: &mut Level) {
        let max = self.rows_max(model, &level.rows);
        level.limit.get_or_insert_with(|| Param::Constant(Value::Int(i64::from(max))));
    }

    fn rows_max(&self, model: &Model, rows: &Rows) -> u32 {
        match rows {
            Rows::Table | Rows::Operation(..) => {
                model.rows_max.map_or(self.limits.rows_max, |max| max.min(self.limits.rows_max))
            }
            Rows::Touched => self.limits.write_rows_max,
        }
    }
}

/// `<embed>=is.null` and its negation ask for rows of the embed.
fn child_test(embeds: &[Embed], field: &FieldRef, operator: &Operator) -> Option<Predicate<super::Reference>> {
    if !field.path.is_empty() {
        return None;
    }
    let child = embeds.iter().position(|embed| embed.name == field.name)?;
    match operator {
        Operator::Is(IsValue::Null) => Some(Predicate::Not(Box::new(Predicate::HasChild { child }))),
        Operator::Is(IsValue::NotNull) => Some(Predicate::HasChild { child }),
        Operator::Is(IsValue::True | IsValue::False | IsValue::Unknown)
        | Operator::Compare(..)
        | Operator::In(_)
        | Operator::IsDistinct(_)
        | Operator::Set(..)
        | Operator::Search { .. } => None,
    }
}

/// An output of a to-one embed that a sort term names by its key, also through the to-one spreads inside it.
fn selected(level: &Level, field: &FieldRef, through: &mut Vec<usize>) -> Option<super::Reference> {
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
            | Output::Spread { .. } => {}
        }
    }
    None
}

/// Whether an output is an aggregate of this level, or one that a to-one spread passes up to it.
fn aggregates(output: &Output, embeds: &[Embed]) -> bool {
    match output {
        Output::Value { aggregate, .. } => aggregate.is_some(),
        Output::CountRows { .. } => true,
        Output::Spread { embed } => {
            let embed = &embeds[*embed];
            embed.to_one && embed.level.outputs.iter().any(|inner| aggregates(inner, &embed.level.embeds))
        }
        Output::All | Output::Embed { .. } => false,
    }
}

/// Whether a sort term of a grouped level sorts by something that is one value in each group.
fn is_group_key(sort: &Sort, level: &Level) -> bool {
    match sort.through.split_first() {
        None => level.outputs.iter().any(|output| match output {
            Output::All => true,
            Output::Value { reference, aggregate, .. } => aggregate.is_none() && *reference == sort.reference,
            Output::CountRows { .. } | Output::Embed { .. } | Output::Spread { .. } => false,
        }),
        Some((first, rest)) => {
            let inner = Sort { through: rest.to_vec(), ..sort.clone() };
            level.embeds.get(*first).is_some_and(|embed| !embed.spread || is_group_key(&inner, &embed.level))
        }
    }
}

/// Whether a level has an output at any depth; `tasks(projects())` has none.
fn outputs_anything(level: &Level) -> bool {
    level.outputs.iter().any(|output| match output {
        Output::All | Output::Value { .. } | Output::CountRows { .. } | Output::Embed { .. } => true,
        Output::Spread { embed } => outputs_anything(&level.embeds[*embed].level),
    })
}

pub(super) fn aggregate_key(aggregate: Aggregate) -> &'static str {
    match aggregate {
        Aggregate::Sum => "sum",
        Aggregate::Avg => "avg",
        Aggregate::Count => "count",
        Aggregate::Max => "max",
        Aggregate::Min => "min",
    }
}
