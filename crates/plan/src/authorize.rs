//! Merges a role set's rules into a resolved request. Every column passes through [`Authorizer::column`] and every relation through
//! [`Authorizer::readable`], so nothing can be named, joined, filtered or sorted by without its rule.

mod page;
mod row;
mod write;

use crate::access::{Decision, View, all, not_deleted};
use crate::authorized::{
    AuthorizedPlan, CallPlan, Child, Column, Counted, Edge, Gate, Junction, Node, Operand, OrderKey, Output, Part,
    Plan, Predicate, ReadPlan, SortBy, Source, Summary,
};
use crate::fault::Refusal;
use crate::principal::RoleSet;
use crate::resolve::{self, Level, Reference, Resolved, Rows};
use backstay_schema::Schema;
use backstay_schema::model::{
    Computed, DefaultValue, Field, FieldId, ForeignKeyId, Link, Model, ModelId, Op, OperationId,
};

/// Checks a resolved request against the rules of a role set and puts row rules and field masks in place.
///
/// # Errors
/// The first relation or column that the role set may not use, or an operation that the model does not offer.
pub fn authorize(resolved: Resolved, schema: &Schema, roles: &RoleSet) -> Result<AuthorizedPlan, Refusal> {
    let authorizer = Authorizer { schema, view: View::new(schema, roles) };
    let plan = match resolved {
        Resolved::Read { root, total } => Plan::Read(ReadPlan { root: authorizer.node(root)?, total }),
        Resolved::Insert(insert) => Plan::Insert(Box::new(authorizer.insert(insert)?)),
        Resolved::Update(update) => Plan::Update(authorizer.update(update)?),
        Resolved::Delete(delete) => Plan::Delete(authorizer.delete(delete)?),
        Resolved::Misfit { model, field, refusal } => {
            authorizer.readable(model)?;
            authorizer.column(model, field)?;
            return Err(refusal);
        }
        Resolved::Call { operation, arguments } => {
            Plan::Call(CallPlan { operation, arguments, gate: authorizer.callable(operation)? })
        }
    };
    Ok(AuthorizedPlan(plan))
}

struct Authorizer<'s> {
    schema: &'s Schema,
    view: View<'s>,
}

impl<'s> Authorizer<'s> {
    fn model(&self, id: ModelId) -> &'s Model {
        &self.schema.models[usize::from(id.0)]
    }

    fn named(&self, model: ModelId, field: FieldId) -> &'s Field {
        &self.model(model).fields[usize::from(field.0)]
    }

    /// The rows of a model that may be read, or a refusal when no rule lets any.
    fn readable(&self, id: ModelId) -> Result<Gate, Refusal> {
        let model = self.model(id);
        let gate = offered(model, Op::Read, self.view.model(id).read.clone())?;
        Ok(all(vec![gate, not_deleted(model)]))
    }

    /// A column as the caller may read it; refused where it may not be read in any row.
    fn column(&self, model: ModelId, field: FieldId) -> Result<Column, Refusal> {
        match &self.view.field(model, field).read {
            Decision::Always => Ok(Column { model, field, mask: None }),
            Decision::PerRow(expr) => Ok(Column { model, field, mask: Some(expr.clone()) }),
            Decision::Never => Err(self.denied(model, field)),
        }
    }

    fn denied(&self, model: ModelId, field: FieldId) -> Refusal {
        Refusal::ColumnDenied {
            relation: self.model(model).table.clone(),
            column: self.named(model, field).name.clone(),
        }
    }

    fn operand(&self, reference: Reference) -> Result<Operand, Refusal> {
        let Reference { model, field, path, ty } = reference;
        Ok(Operand { column: self.column(model, field)?, path, ty })
    }

    fn callable(&self, operation: OperationId) -> Result<Gate, Refusal> {
        let operation = &self.schema.operations[usize::from(operation.0)];
        self.view.operation(operation).ok_or_else(|| Refusal::OperationDenied { name: operation.name.clone() })
    }

    fn node(&self, level: Level) -> Result<Node, Refusal> {
        let mut gate = self.readable(level.model)?;
        let ordered = matches!(level.rows, Rows::Table) || !level.order.is_empty();
        let source = match level.rows {
            Rows::Table => Source::Table,
            Rows::Touched => Source::Touched,
            Rows::Operation(operation, arguments) => {
                gate = all(vec![gate, self.callable(operation)?]);
                Source::Operation(operation, arguments)
            }
        };
        let outputs = self.outputs(level.model, level.outputs)?;
        let mut order = Vec::with_capacity(level.order.len() + 1);
        for sort in level.order {
            let resolve::Sort { through, by, descending, nulls_first } = sort;
            let by = match by {
                resolve::SortBy::Value(reference) => SortBy::Value(self.operand(reference)?),
                resolve::SortBy::Count(child) => SortBy::Count(child),
            };
            order.push(OrderKey { through, by, descending, nulls_first });
        }
        let distinct = self.columns(level.model, level.distinct)?;
        let parts = level.parts.into_iter().map(|part| self.part(level.model, part)).collect::<Result<_, _>>()?;
        if ordered && !level.grouped {
            self.break_ties(level.model, &mut order);
        }
        let filter = self.predicate(level.filter)?;
        let children = level.embeds.into_iter().map(|embed| self.child(embed)).collect::<Result<Vec<_>, _>>()?;
        let page = level.page.map(|page| self.page(level.model, page, (&order, &children))).transpose()?;
        Ok(Node {
            model: level.model,
            source,
            gate,
            filter,
            outputs,
            children,
            grouped: level.grouped,
            order,
            distinct,
            limit: level.limit,
            offset: level.offset,
            page,
            parts,
        })
    }

    fn columns(&self, model: ModelId, fields: Vec<FieldId>) -> Result<Vec<Column>, Refusal> {
        fields.into_iter().map(|field| self.column(model, field)).collect()
    }

    fn part(&self, model: ModelId, part: resolve::Part) -> Result<Part, Refusal> {
        Ok(match part {
            resolve::Part::Constant { key, text } => Part::Constant { key, text },
            resolve::Part::Rows { key, outputs, limit } => {
                Part::Rows { key, outputs: self.outputs(model, outputs)?, limit }
            }
            resolve::Part::Summary { key, items } => Part::Summary { key, items: self.summaries(model, items)? },
            resolve::Part::Edges { key, items } => {
                let each = |edge| {
                    Ok(match edge {
                        Edge::Constant { key, text } => Edge::Constant { key, text },
                        Edge::Cursor { key } => Edge::Cursor { key },
                        Edge::Row { key, outputs } => Edge::Row { key, outputs: self.outputs(model, outputs)? },
                    })
                };
                Part::Edges { key, items: items.into_iter().map(each).collect::<Result<_, _>>()? }
            }
            resolve::Part::Bounds { key, items } => Part::Bounds { key, items },
            resolve::Part::Total { key } => Part::Total { key },
        })
    }

    fn summaries(&self, model: ModelId, items: Vec<resolve::Summary>) -> Result<Vec<Summary>, Refusal> {
        let each = |item| {
            Ok(match item {
                Summary::Constant { key, text } => Summary::Constant { key, text },
                Summary::Count { key, of } => Summary::Count { key, of: self.counted(model, of)? },
                Summary::Value { key, function, column, cast } => {
                    Summary::Value { key, function, column: self.column(model, column)?, cast }
                }
                Summary::Object { key, items } => Summary::Object { key, items: self.summaries(model, items)? },
            })
        };
        items.into_iter().map(each).collect()
    }

    fn counted(&self, model: ModelId, of: resolve::Counted) -> Result<Counted, Refusal> {
        Ok(Counted { columns: self.columns(model, of.columns)?, distinct: of.distinct })
    }

    fn outputs(&self, id: ModelId, outputs: Vec<resolve::Output>) -> Result<Vec<Output>, Refusal> {
        let mut authorized = Vec::with_capacity(outputs.len());
        for output in outputs {
            authorized.push(match output {
                resolve::Output::All => {
                    authorized.extend(self.every_column(self.model(id)));
                    continue;
                }
                resolve::Output::Value { key, reference, cast, aggregate, aggregate_cast } => {
                    Output::Value { key, operand: self.operand(reference)?, cast, aggregate, aggregate_cast }
                }
                resolve::Output::CountRows { key, cast } => Output::CountRows { key, cast },
                resolve::Output::Embed { key, embed } => Output::Child { key, child: embed },
                resolve::Output::Spread { embed } => Output::Spread { child: embed },
                resolve::Output::Constant { key, text } => Output::Constant { key, text },
            });
        }
        Ok(authorized)
    }

    /// What `*` stands for: every readable column that the table holds.
    fn every_column(&self, model: &'s Model) -> impl Iterator<Item = Output> {
        model.fields.iter().filter(|field| is_stored(field)).filter_map(|field| {
            let column = self.column(model.id, field.id).ok()?;
            let operand = Operand { column, path: Vec::new(), ty: field.ty.clone() };
            let key = field.name.clone();
            Some(Output::Value { key, operand, cast: None, aggregate: None, aggregate_cast: None })
        })
    }

    /// Adds the primary key as the last sort keys, so that the order of rows is fixed.
    fn break_ties(&self, id: ModelId, order: &mut Vec<OrderKey>) {
        for field in &self.model(id).key {
            let named = self.named(id, *field);
            let column = match self.column(id, *field) {
                Ok(column) => column,
                // A generated key tells nothing but the order of creation; any other hidden key must not shape the answer.
                Err(_) if is_generated(named) => Column { model: id, field: *field, mask: None },
                Err(_) => continue,
            };
            let asked = order.iter().any(|key| match &key.by {
                SortBy::Value(operand) => {
                    key.through.is_empty() && operand.path.is_empty() && operand.column.field == *field
                }
                SortBy::Count(_) => false,
            });
            if !asked {
                let by = SortBy::Value(Operand { column, path: Vec::new(), ty: named.ty.clone() });
                order.push(OrderKey { through: Vec::new(), by, descending: false, nulls_first: false });
            }
        }
    }

    fn predicate(&self, predicate: resolve::Filter) -> Result<Predicate, Refusal> {
        let each = |inner: Vec<resolve::Filter>| {
            inner.into_iter().map(|predicate| self.predicate(predicate)).collect::<Result<Vec<_>, _>>()
        };
        Ok(match predicate {
            Predicate::True => Predicate::True,
            Predicate::False => Predicate::False,
            Predicate::And(inner) => Predicate::And(each(inner)?),
            Predicate::Or(inner) => Predicate::Or(each(inner)?),
            Predicate::Not(inner) => Predicate::Not(Box::new(self.predicate(*inner)?)),
            Predicate::Test { operand, test } => Predicate::Test { operand: self.operand(operand)?, test },
            Predicate::HasChild { child } => Predicate::HasChild { child },
            Predicate::Related(embed) => Predicate::Related(Box::new(self.child(*embed)?)),
            Predicate::RelatedCount { level, of, test } => {
                let model = level.level.model;
                Predicate::RelatedCount { level: Box::new(self.child(*level)?), of: self.counted(model, of)?, test }
            }
        })
    }

    fn child(&self, embed: resolve::Embed) -> Result<Child, Refusal> {
        let mut node = self.node(embed.level)?;
        if embed.to_one {
            // One row needs no order.
            node.order.clear();
        }
        let relationship = &self.schema.relationships[usize::from(embed.relationship.0)];
        let key = |id: ForeignKeyId| &self.schema.foreign_keys[usize::from(id.0)];
        let (join, junction) = match relationship.link {
            Link::Forward(id) => {
                let key = key(id);
                (self.pairs((key.from, &key.from_fields), (key.to, &key.to_fields))?, None)
            }
            Link::Inverse(id) => {
                let key = key(id);
                (self.pairs((key.to, &key.to_fields), (key.from, &key.from_fields))?, None)
            }
            Link::Junction { junction, near, far } => {
                let (near, far) = (key(near), key(far));
                let gate = self.junction_gate(junction)?;
                let join = self.pairs((near.to, &near.to_fields), (junction, &near.from_fields))?;
                let onward = self.pairs((junction, &far.from_fields), (far.to, &far.to_fields))?;
                (join, Some(Junction { model: junction, gate, join: onward }))
            }
        };
        let (to_one, inner) = (embed.to_one, embed.inner);
        Ok(Child { relationship: embed.relationship, join, junction, to_one, inner, node })
    }

    fn pairs(
        &self,
        (left, left_fields): (ModelId, &[FieldId]),
        (right, right_fields): (ModelId, &[FieldId]),
    ) -> Result<Vec<(Column, Column)>, Refusal> {
        let pairs = left_fields.iter().zip(right_fields);
        pairs.map(|(l, r)| Ok((self.join_column(left, *l)?, self.join_column(right, *r)?))).collect()
    }

    /// A generated junction holds nothing but the two keys, and whoever may read both ends may follow it.
    fn join_column(&self, model: ModelId, field: FieldId) -> Result<Column, Refusal> {
        if self.follows_ends(model) {
            return Ok(Column { model, field, mask: None });
        }
        self.column(model, field)
    }

    fn junction_gate(&self, junction: ModelId) -> Result<Gate, Refusal> {
        if self.follows_ends(junction) { Ok(Gate::Open) } else { self.readable(junction) }
    }

    fn follows_ends(&self, id: ModelId) -> bool {
        self.model(id).generated
    }
}

/// The rule of an operation that the model offers and some rule allows.
fn offered<T>(model: &Model, op: Op, rule: Option<T>) -> Result<T, Refusal> {
    let relation = || model.table.clone();
    if !model.ops.contains(op) {
        return Err(Refusal::OperationOff { relation: relation() });
    }
    rule.ok_or_else(|| Refusal::RelationDenied { relation: relation() })
}

fn is_stored(field: &Field) -> bool {
    match &field.computed {
        None => true,
        Some(Computed::Expr { stored, .. }) => *stored,
        Some(Computed::Function(_)) => false,
    }
}

fn is_generated(field: &Field) -> bool {
    match field.default {
        Some(DefaultValue::UuidV4 | DefaultValue::UuidV7 | DefaultValue::Ulid | DefaultValue::Increment) => true,
        Some(DefaultValue::Constant(_) | DefaultValue::Now | DefaultValue::AuthUid) | None => false,
    }
}
