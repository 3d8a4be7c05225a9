//! Orders of rows: `posts_order_by`; and the names of columns as an enum.

use super::{Builder, define};
use backstay_schema::graphql::{TypeKind, relation_aggregate};
use backstay_schema::model::ModelId;

/// Directions, with where nulls stand.
const DIRECTIONS: [(&str, Option<&str>); 6] = [
    ("asc", Some("Smallest first, nulls last.")),
    ("asc_nulls_first", Some("Smallest first, nulls first.")),
    ("asc_nulls_last", Some("Smallest first, nulls last.")),
    ("desc", Some("Largest first, nulls first.")),
    ("desc_nulls_first", Some("Largest first, nulls first.")),
    ("desc_nulls_last", Some("Largest first, nulls last.")),
];

impl Builder<'_> {
    pub(super) fn order(&mut self, id: ModelId) {
        let columns: Vec<_> = self.shape(id).queryable().collect();
        let mut members: Vec<_> =
            columns.iter().map(|field| define::input(&field.name, define::named("order_by"))).collect();
        for (name, relationship) in self.relations(id) {
            if relationship.cardinality.is_to_one() {
                let of = self.kind(relationship.to, TypeKind::OrderBy);
                members.push(define::input(name, define::named(&of)));
            } else if self.offer.aggregates {
                let of = self.kind(relationship.to, TypeKind::AggregateOrderBy);
                members.push(define::input(&relation_aggregate(name), define::named(&of)));
            }
        }
        let own = self.kind(id, TypeKind::OrderBy);
        self.add(define::input_object(&own, Some("By what to sort, and how."), members));
        if self.offer.aggregates {
            let count = define::input("count", define::named("order_by"));
            self.add(define::input_object(&self.kind(id, TypeKind::AggregateOrderBy), None, vec![count]));
        }
        let values = columns.iter().map(|field| (field.name.as_str(), field.description.as_deref()));
        let ty = define::enumeration(&self.kind(id, TypeKind::SelectColumn), None, values);
        self.add(ty);
        if !self.out.contains_key("order_by") {
            self.add(define::enumeration("order_by", Some("How to sort."), DIRECTIONS));
        }
    }
}
