//! The type of a model's rows: its columns, its relations, and the aggregates beside them.

use super::{Builder, define};
use apollo_compiler::Node;
use apollo_compiler::ast::InputValueDefinition;
use backstay_schema::graphql::{TypeKind, relation_aggregate};
use backstay_schema::model::ModelId;

impl Builder<'_> {
    pub(super) fn row(&mut self, id: ModelId) {
        let model = self.shape(id).model;
        let columns: Vec<_> = self.shape(id).readable.clone();
        let mut fields = Vec::with_capacity(columns.len());
        for (field, masked) in columns {
            let ty = self.value(&field.ty, field.ty.nullable || masked);
            fields.push(define::field(&field.name, ty).about(field.description.as_deref()));
        }
        for (name, relationship) in self.relations(id) {
            let target = self.names.object_name(relationship.to).to_owned();
            if relationship.cardinality.is_to_one() {
                // A row that the caller may not see is null, so that any relation can be.
                fields.push(define::field(name, define::named(&target)));
                continue;
            }
            let arguments = self.list_arguments(relationship.to);
            fields.push(define::field(name, define::list_of(&target).non_null()).with(arguments.clone()));
            if self.offer.aggregates {
                let ty = define::named(&self.kind(relationship.to, TypeKind::Aggregate)).non_null();
                fields.push(define::field(&relation_aggregate(name), ty).with(arguments));
            }
        }
        let ty = define::object(self.names.object_name(id), model.description.as_deref(), fields);
        self.add(ty);
    }

    /// The arguments of every list of rows.
    pub(super) fn list_arguments(&mut self, model: ModelId) -> Vec<Node<InputValueDefinition>> {
        self.scalars.insert("Int".to_owned());
        vec![
            define::input_about(
                "distinct_on",
                define::list_of(&self.kind(model, TypeKind::SelectColumn)),
                Some("One row for each combination of these columns, which `order_by` starts with."),
            ),
            define::input_about("limit", define::named("Int"), Some("Most rows.")),
            define::input_about("offset", define::named("Int"), Some("Rows skipped.")),
            define::input_about(
                "order_by",
                define::list_of(&self.kind(model, TypeKind::OrderBy)),
                Some("In which order."),
            ),
            define::input_about("where", define::named(&self.kind(model, TypeKind::BoolExp)), Some("Which rows.")),
        ]
    }
}
