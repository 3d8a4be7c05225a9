//! Filters on rows: `posts_bool_exp`, and the ones on aggregates of the rows that hang on a row.

use super::{Builder, define};
use backstay_schema::graphql::{LOGIC, TypeKind, relation_aggregate};
use backstay_schema::model::{FieldType, ModelId, Scalar};

impl Builder<'_> {
    pub(super) fn filter(&mut self, id: ModelId) {
        let own = self.kind(id, TypeKind::BoolExp);
        let mut members: Vec<_> = LOGIC
            .iter()
            .map(|name| match *name {
                "_not" => define::input(name, define::named(&own)),
                name => define::input(name, define::list_of(&own)),
            })
            .collect();
        let shape = self.shape(id);
        let search = shape.model.search.clone();
        let columns: Vec<_> = shape.queryable().collect();
        for field in columns {
            let searchable = search.as_ref().is_some_and(|index| index.fields.iter().any(|(of, _)| *of == field.id));
            let comparison = self.comparison(&field.ty, searchable);
            members.push(define::input(&field.name, define::named(&comparison)));
        }
        for (name, relationship) in self.relations(id) {
            let of = self.kind(relationship.to, TypeKind::BoolExp);
            members.push(define::input(name, define::named(&of)));
            if !relationship.cardinality.is_to_one() && self.offer.aggregates {
                let of = self.kind(relationship.to, TypeKind::AggregateBoolExp);
                members.push(define::input(&relation_aggregate(name), define::named(&of)));
            }
        }
        self.add(define::input_object(&own, Some("Which rows: all members must hold."), members));
        if self.offer.aggregates {
            self.aggregate_filter(id);
        }
    }

    fn aggregate_filter(&mut self, id: ModelId) {
        let count = self.kind(id, TypeKind::AggregateBoolExpCount);
        let whole = FieldType { scalar: Scalar::Int, list: false, nullable: true, items_nullable: false };
        let predicate = self.comparison(&whole, false);
        let members = vec![
            define::input("arguments", define::list_of(&self.kind(id, TypeKind::SelectColumn))),
            define::input("distinct", define::named("Boolean")),
            define::input("filter", define::named(&self.kind(id, TypeKind::BoolExp))),
            define::input("predicate", define::named(&predicate).non_null()),
        ];
        self.add(define::input_object(&count, None, members));
        let members = vec![define::input("count", define::named(&count))];
        self.add(define::input_object(&self.kind(id, TypeKind::AggregateBoolExp), None, members));
    }
}
