//! Ways from a row to related rows, as rules walk them: unmasked, and past soft-deleted rows.

use super::{Lowering, Row, all, binary};
use crate::ast::{BinaryOp, From, Join, JoinKind, Query, Select, SelectItem, Term};
use backstay_plan::Refusal;
use backstay_schema::model::{FieldId, ForeignKeyId, Link, ModelId, RelationshipId};

/// Rows reached by some relationships, one after the other.
pub(crate) struct Walk {
    /// Tables, joined to each other.
    from: From,
    /// Conditions that tie the first table to the row it starts from.
    filter: Vec<Term>,
    /// The last row.
    pub(crate) end: Row,
}

impl Walk {
    /// A select over the rows reached, under one more condition.
    pub(crate) fn select(self, items: Vec<SelectItem>, condition: Option<Term>) -> Query {
        let mut filter = self.filter;
        filter.extend(condition);
        Query::Select(Box::new(Select { items, from: Some(self.from), filter: all(filter), ..Select::default() }))
    }
}

impl Lowering<'_> {
    /// Walks relationships from a row. `None` without relationships.
    pub(crate) fn walk(&mut self, start: &Row, relationships: &[RelationshipId]) -> Result<Option<Walk>, Refusal> {
        let mut walk: Option<Walk> = None;
        for id in relationships {
            let relationship = &self.schema.relationships[usize::from(id.0)];
            match relationship.link {
                Link::Forward(key) => walk = Some(self.step(walk, start, relationship.to, Side::Forward(key))?),
                Link::Inverse(key) => walk = Some(self.step(walk, start, relationship.to, Side::Inverse(key))?),
                Link::Junction { junction, near, far } => {
                    walk = Some(self.step(walk, start, junction, Side::Inverse(near))?);
                    walk = Some(self.step(walk, start, relationship.to, Side::Forward(far))?);
                }
            }
        }
        Ok(walk)
    }

    fn step(&mut self, walk: Option<Walk>, start: &Row, to: ModelId, side: Side) -> Result<Walk, Refusal> {
        let (table, end) = self.table(to);
        let (here, there) = self.columns_of(side);
        let before = walk.as_ref().map_or(start, |walk| &walk.end).clone();
        let mut terms = Vec::with_capacity(here.len() + 1);
        for (near, far) in here.iter().zip(&there) {
            terms.push(binary(BinaryOp::Equal, self.column(&end, *far)?, self.column(&before, *near)?));
        }
        terms.extend(self.alive(&end)?);
        Ok(match walk {
            None => Walk { from: From { table, joins: Vec::new() }, filter: terms, end },
            Some(mut walk) => {
                let on = all(terms).unwrap_or(Term::Bool(true));
                walk.from.joins.push(Join { kind: JoinKind::Inner, table, on });
                Walk { end, ..walk }
            }
        })
    }

    /// Columns of the row walked from, and of the row walked to.
    fn columns_of(&self, side: Side) -> (Vec<FieldId>, Vec<FieldId>) {
        match side {
            Side::Forward(id) => {
                let key = &self.schema.foreign_keys[usize::from(id.0)];
                (key.from_fields.clone(), key.to_fields.clone())
            }
            Side::Inverse(id) => {
                let key = &self.schema.foreign_keys[usize::from(id.0)];
                (key.to_fields.clone(), key.from_fields.clone())
            }
        }
    }
}

/// A foreign key and which side it is walked from.
#[derive(Clone, Copy)]
enum Side {
    /// From the referencing row.
    Forward(ForeignKeyId),
    /// From the referenced row.
    Inverse(ForeignKeyId),
}
