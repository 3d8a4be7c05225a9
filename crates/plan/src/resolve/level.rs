//! One level of a nested read and those below it: items, embeds, limits.

use super::sort::is_group_key;
use super::{Edge, Embed, Filter, Level, Output, Part, Reference, Rows, Scope, field, input};
use crate::authorized::CastTarget;
use crate::fault::Refusal;
use crate::principal::Api;
use crate::request::{self, Aggregate, Condition, FieldRef, Item, JoinKind, Target};
use crate::value::{Cast, Param, Value};
use backstay_schema::model::{FieldType, Link, Model, Relationship, Scalar};

/// What a cast makes, but for its scalar.
const PLAIN: FieldType = FieldType { scalar: Scalar::String, list: false, nullable: true, items_nullable: false };

/// A level while it is resolved.
pub(super) struct Place<'m> {
    pub(super) model: &'m Model,
    /// The relation's name in messages: PostgREST numbers joined tables by depth.
    pub(super) label: String,
    pub(super) depth: usize,
}

impl<'m> Place<'m> {
    /// The top level.
    pub(super) fn top(model: &'m Model) -> Self {
        Self { model, label: model.table.clone(), depth: 0 }
    }

    /// The level that a relationship leads to.
    pub(super) fn below(&self, model: &'m Model, relationship: &Relationship) -> Self {
        let depth = self.depth + 1;
        let label = match relationship.link {
            Link::Forward(_) | Link::Inverse(_) => format!("{}_{depth}", model.table),
            Link::Junction { .. } => model.table.clone(),
        };
        Self { model, label, depth }
    }
}

impl Scope<'_> {
    /// The top level of a read, or of what a write answers.
    pub(super) fn root(&mut self, model: &Model, rows: Rows, level: &request::Level) -> Result<Level, Refusal> {
        self.relationships(model, level, 1)?;
        let place = Place::top(model);
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
        for item in level.items.iter().chain(level.parts.iter().flat_map(items_of)) {
            if let Item::Embed(embed) = item {
                self.bounds.embed(depth)?;
                let relationship = self.relationship(model, &embed.target)?;
                self.relationships(self.model_of(relationship.to), &embed.level, depth + 1)?;
                if let Some(name) = name_of(embed) {
                    found.push((name, relationship.cardinality.is_to_one()));
                }
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
    pub(super) fn write_filter(&mut self, model: &Model, filter: &[Condition]) -> Result<Filter, Refusal> {
        self.conditions(&Place::top(model), &[], filter)
    }

    fn level(&mut self, place: &Place<'_>, rows: Rows, level: &request::Level) -> Result<Level, Refusal> {
        let mut resolved = Level {
            model: place.model.id,
            rows,
            outputs: Vec::with_capacity(level.items.len()),
            embeds: Vec::new(),
            filter: Filter::True,
            grouped: false,
            distinct: Vec::new(),
            order: Vec::new(),
            limit: None,
            offset: level.offset.map(|slot| input(slot, Cast::Offset)),
            page: level.page.clone(),
            parts: Vec::new(),
        };
        if let Some(slot) = level.limit {
            let max = self.rows_max(place.model, &resolved.rows);
            resolved.limit = Some(input(slot, Cast::Limit { max }));
        }
        for item in &level.items {
            self.item(place, item, &mut resolved)?;
        }
        for part in &level.parts {
            let part = self.part(place, part, &mut resolved)?;
            resolved.parts.push(part);
        }
        resolved.grouped = resolved.outputs.iter().any(|output| aggregates(output, &resolved.embeds));
        resolved.filter = self.conditions(place, &resolved.embeds, &level.filter)?;
        self.bounds.order(level.order.len())?;
        for term in &level.order {
            let sort = self.sort(place, &mut resolved.embeds, term)?;
            if resolved.grouped && !is_group_key(&sort, &resolved) {
                let name = match &term.by {
                    request::SortBy::Field(field) => &field.name,
                    request::SortBy::Count(relation) => relation,
                };
                return Err(Refusal::Unsupported {
                    reason: format!("order by '{name}': it must be selected, or used in an aggregate"),
                });
            }
            resolved.order.push(sort);
        }
        resolved.distinct = self.distinct(place, level, &resolved)?;
        Ok(resolved)
    }

    /// Readers of GraphQL take every number for a double: what it cannot hold is text there.
    fn exact(&self, reference: &Reference) -> Option<CastTarget> {
        let whole = matches!(reference.ty.scalar, Scalar::BigInt) && !reference.ty.list;
        (whole && self.door == Api::Graphql).then_some(CastTarget::Exact)
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
                let cast = cast_of(cast)?.or_else(|| self.exact(&reference));
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
            Item::Constant { key, text } => {
                resolved.outputs.push(Output::Constant { key: key.clone(), text: text.clone() });
            }
        }
        Ok(())
    }

    /// A member of the object that stands for the rows of a level. Rows of it name embeds of the level.
    fn part(&mut self, place: &Place<'_>, part: &request::Part, resolved: &mut Level) -> Result<Part, Refusal> {
        self.bounds.item()?;
        Ok(match part {
            request::Part::Constant { key, text } => Part::Constant { key: key.clone(), text: text.clone() },
            request::Part::Rows { key, items } => {
                let outputs = self.outputs(place, key, items, resolved)?;
                let limit = resolved.limit.clone().unwrap_or_else(|| self.most(place.model, &resolved.rows));
                Part::Rows { key: key.clone(), outputs, limit }
            }
            request::Part::Edges { key, items } => {
                let mut edges = Vec::with_capacity(items.len());
                for edge in items {
                    self.bounds.item()?;
                    edges.push(match edge {
                        request::Edge::Constant { key, text } => {
                            Edge::Constant { key: key.clone(), text: text.clone() }
                        }
                        request::Edge::Cursor { key } => Edge::Cursor { key: key.clone() },
                        request::Edge::Row { key, items } => {
                            Edge::Row { key: key.clone(), outputs: self.outputs(place, key, items, resolved)? }
                        }
                    });
                }
                Part::Edges { key: key.clone(), items: edges }
            }
            request::Part::Bounds { key, items } => Part::Bounds { key: key.clone(), items: items.clone() },
            request::Part::Total { key } => {
                self.aggregates_allowed()?;
                Part::Total { key: key.clone() }
            }
            request::Part::Summary { key, items } => {
                self.aggregates_allowed()?;
                Part::Summary { key: key.clone(), items: self.summaries(place, items)? }
            }
        })
    }

    /// What is output of each row that stands in an object. Embeds are those of the level.
    fn outputs(
        &mut self,
        place: &Place<'_>,
        key: &str,
        items: &[Item],
        resolved: &mut Level,
    ) -> Result<Vec<Output>, Refusal> {
        for item in items {
            self.item(place, item, resolved)?;
        }
        let outputs = std::mem::take(&mut resolved.outputs);
        if outputs.iter().any(|output| aggregates(output, &resolved.embeds)) {
            return Err(Refusal::Unsupported { reason: format!("aggregates among the members of '{key}'") });
        }
        Ok(outputs)
    }

    fn embed(&mut self, place: &Place<'_>, embed: &request::Embed, parent: &mut Level) -> Result<(), Refusal> {
        let relationship = self.relationship(place.model, &embed.target)?;
        let model = self.model_of(relationship.to);
        let to_one = relationship.cardinality.is_to_one();
        let mut level = self.level(&place.below(model, relationship), Rows::Table, &embed.level)?;
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
        if embed.spread {
            parent.outputs.push(Output::Spread { embed: position });
        } else if outputs_anything(&level) {
            let key = embed.alias.clone().unwrap_or_else(|| embed.target.name().to_owned());
            parent.outputs.push(Output::Embed { key, embed: position });
        }
        let inner = match embed.join {
            JoinKind::Inner => true,
            JoinKind::Left => false,
        };
        let name = name_of(embed).cloned();
        parent.embeds.push(Embed { relationship: relationship.id, name, inner, spread: embed.spread, to_one, level });
        Ok(())
    }

    /// An embed that outputs nothing: it is there for a filter or a sort term.
    pub(super) fn hidden(&mut self, place: &Place<'_>, relation: &str, filter: &[Condition]) -> Result<Embed, Refusal> {
        let relationship = self.relationship(place.model, &Target::Field(relation.to_owned()))?;
        let below = place.below(self.model_of(relationship.to), relationship);
        self.bounds.embed(below.depth)?;
        let level = request::Level { filter: filter.to_vec(), ..request::Level::default() };
        let level = self.level(&below, Rows::Table, &level)?;
        let to_one = relationship.cardinality.is_to_one();
        Ok(Embed { relationship: relationship.id, name: None, inner: false, spread: false, to_one, level })
    }

    /// Gives a to-many level its row cap where the request names no limit. What stands for all of its rows is not capped: the
    /// rows in it are, and its aggregates are about all.
    fn cap(&self, model: &Model, level: &mut Level) {
        if level.page.is_some() {
            let rows = self.rows_max(model, &level.rows).min(self.limits.page_rows);
            level.limit.get_or_insert_with(|| Param::Constant(Value::Int(i64::from(rows))));
        } else if level.parts.is_empty() && level.limit.is_none() {
            level.limit = Some(self.most(model, &level.rows));
        }
    }

    fn most(&self, model: &Model, rows: &Rows) -> Param {
        Param::Constant(Value::Int(i64::from(self.rows_max(model, rows))))
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

/// What a member of an object outputs of each row.
fn items_of(part: &request::Part) -> Vec<&Item> {
    match part {
        request::Part::Rows { items, .. } => items.iter().collect(),
        request::Part::Edges { items, .. } => {
            let items = items.iter().filter_map(|edge| match edge {
                request::Edge::Row { items, .. } => Some(items),
                request::Edge::Constant { .. } | request::Edge::Cursor { .. } => None,
            });
            items.flatten().collect()
        }
        request::Part::Constant { .. }
        | request::Part::Summary { .. }
        | request::Part::Bounds { .. }
        | request::Part::Total { .. } => Vec::new(),
    }
}

/// The name by which filters and sort terms know an embed.
fn name_of(embed: &request::Embed) -> Option<&String> {
    match &embed.target {
        Target::Named { name, .. } => Some(embed.alias.as_ref().unwrap_or(name)),
        Target::Field(_) => None,
    }
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
        Output::All | Output::Embed { .. } | Output::Constant { .. } => false,
    }
}

/// Whether a level has an output at any depth; `tasks(projects())` has none.
fn outputs_anything(level: &Level) -> bool {
    let outputs = level.outputs.iter().any(|output| match output {
        Output::All
        | Output::Value { .. }
        | Output::CountRows { .. }
        | Output::Embed { .. }
        | Output::Constant { .. } => true,
        Output::Spread { embed } => outputs_anything(&level.embeds[*embed].level),
    });
    outputs || !level.parts.is_empty()
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
