//! Cursors: which values of a row they hold, and the mark by which one of another order is known.

use super::Authorizer;
use crate::authorized::{Child, OrderKey, Page, SortBy};
use crate::fault::Refusal;
use crate::request::{self, PathKey, Slot};
use crate::value::{Cast, Param};
use backstay_schema::model::{FieldType, ModelId, Scalar};

/// A number of rows.
const NUMBER: FieldType = FieldType { scalar: Scalar::BigInt, list: false, nullable: false, items_nullable: false };

impl Authorizer<'_> {
    /// A page of a level in an order. A cursor shows the values it is made of, so the key that makes them unique must be readable.
    pub(super) fn page(
        &self,
        model: ModelId,
        page: request::Page,
        (order, children): (&[OrderKey], &[Child]),
    ) -> Result<Page, Refusal> {
        for field in &self.model(model).key {
            self.column(model, *field)?;
        }
        let mark = self.mark(order, children);
        let values = |slot: Slot| {
            let value = |(at, key): (usize, &OrderKey)| {
                let ty = match &key.by {
                    SortBy::Value(operand) => operand.ty.clone(),
                    SortBy::Count(_) => NUMBER,
                };
                Param::Input { slot, cast: Cast::Cursor { mark: mark.clone(), at, keys: order.len(), ty } }
            };
            order.iter().enumerate().map(value).collect()
        };
        let (after, before) = (page.after.map(values), page.before.map(values));
        Ok(Page { after, before, backward: page.backward, mark })
    }

    /// A short text that differs between orders.
    fn mark(&self, order: &[OrderKey], children: &[Child]) -> String {
        let mut text = String::new();
        for OrderKey { through, by, descending, nulls_first } in order {
            let mut at = children;
            for position in through {
                let Some(child) = at.get(*position) else { break };
                text.push_str(&format!("{}.", child.relationship.0));
                at = &child.node.children;
            }
            match by {
                SortBy::Value(operand) => {
                    text.push_str(&self.named(operand.column.model, operand.column.field).name);
                    for step in &operand.path {
                        text.push_str("->");
                        match &step.key {
                            PathKey::Member(name) => text.push_str(name),
                            PathKey::Index(at) => text.push_str(&at.to_string()),
                            PathKey::Whole => {}
                        }
                    }
                }
                SortBy::Count(child) => {
                    let relationship = at.get(*child).map_or(0, |child| child.relationship.0);
                    text.push_str(&format!("count {relationship}"));
                }
            }
            text.push_str(&format!(" {descending} {nulls_first};"));
        }
        format!("{:08x}", fnv(text.as_bytes()))
    }
}

/// The 32-bit Fowler-Noll-Vo hash (1a): the same on every machine and in every version.
fn fnv(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
}
