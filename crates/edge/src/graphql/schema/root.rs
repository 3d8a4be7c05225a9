//! The fields of `Query` and `Mutation`.

use super::define::{self, FieldOf};
use super::{Builder, federation};
use apollo_compiler::Node;
use apollo_compiler::ast::InputValueDefinition;
use backstay_schema::graphql::{Root, TypeKind};
use backstay_schema::model::{Field, ModelId};

/// The only field of a `Query` that has nothing else: a type without fields is not GraphQL.
pub(crate) const NOTHING: &str = "_nothing";

impl Builder<'_> {
    pub(super) fn roots(&mut self) {
        let (mut queries, mut mutations) = (Vec::new(), Vec::new());
        for model in &self.schema.models {
            self.queries(model.id, &mut queries);
            self.mutations(model.id, &mut mutations);
        }
        self.operations(&mut queries, &mut mutations);
        if self.offer.federation {
            federation::add(self, &mut queries);
        }
        if queries.is_empty() {
            let about = "There is nothing that you may read. Sign in, or ask for a role that may.";
            queries.push(define::field(NOTHING, define::named("Boolean")).about(Some(about)));
        }
        self.add(define::object("Query", None, queries));
        if !mutations.is_empty() {
            self.add(define::object("Mutation", None, mutations));
        }
    }

    fn queries(&mut self, id: ModelId, out: &mut Vec<FieldOf>) {
        let shape = self.shape(id);
        if !shape.is_visible() {
            return;
        }
        let (by_key, about) = (shape.by_key, shape.model.description.as_deref());
        let row = self.names.object_name(id).to_owned();
        let name = |builder: &Self, root| builder.names.root_name(id, root);
        let arguments = self.list_arguments(id);
        let rows = define::list_of(&row).non_null();
        out.push(define::field(&name(self, Root::Select), rows).about(about).with(arguments.clone()));
        if by_key {
            let key = self.key_arguments(id);
            out.push(define::field(&name(self, Root::ByPk), define::named(&row)).with(key));
        }
        if self.offer.aggregates {
            let ty = define::named(&self.kind(id, TypeKind::Aggregate)).non_null();
            out.push(define::field(&name(self, Root::Aggregate), ty).with(arguments));
        }
        if by_key {
            let ty = define::named(&self.kind(id, TypeKind::Connection)).non_null();
            out.push(define::field(&name(self, Root::Connection), ty).with(self.page_arguments(id)));
        }
    }

    fn mutations(&mut self, id: ModelId, out: &mut Vec<FieldOf>) {
        let shape = self.shape(id);
        let (inserts, updates, deletes) = (shape.inserts, shape.updates, shape.deletes);
        let (by_key, visible) = (shape.by_key, shape.is_visible());
        let row = define::named(self.names.object_name(id));
        let response = define::named(&self.kind(id, TypeKind::MutationResponse));
        let filter = define::input("where", define::named(&self.kind(id, TypeKind::BoolExp)).non_null());
        let most = "Refuses, and changes nothing, when more rows are affected.";
        let max_affected = define::input_about("max_affected", define::named("Int"), Some(most));
        if inserts {
            let insert = self.kind(id, TypeKind::InsertInput);
            let conflict = self.conflict(id);
            let with = |input: Node<InputValueDefinition>| std::iter::once(input).chain(conflict.clone()).collect();
            let objects = with(define::input("objects", define::list_of(&insert).non_null()));
            out.push(define::field(&self.names.root_name(id, Root::Insert), response.clone()).with(objects));
            if visible {
                let object = with(define::input("object", define::named(&insert).non_null()));
                out.push(define::field(&self.names.root_name(id, Root::InsertOne), row.clone()).with(object));
            }
        }
        if updates {
            let mut arguments = self.changes(id);
            arguments.extend([filter.clone(), max_affected.clone()]);
            out.push(define::field(&self.names.root_name(id, Root::Update), response.clone()).with(arguments));
            if by_key {
                let key = define::named(&self.kind(id, TypeKind::PkColumnsInput)).non_null();
                let mut arguments = self.changes(id);
                arguments.push(define::input("pk_columns", key));
                out.push(define::field(&self.names.root_name(id, Root::UpdateByPk), row.clone()).with(arguments));
            }
            let several = define::input("updates", define::list_of(&self.kind(id, TypeKind::Updates)).non_null());
            let responses = response.clone().list();
            out.push(define::field(&self.names.root_name(id, Root::UpdateMany), responses).with(vec![several]));
        }
        if deletes {
            let arguments = vec![filter, max_affected];
            out.push(define::field(&self.names.root_name(id, Root::Delete), response).with(arguments));
            if by_key {
                let key = self.key_arguments(id);
                out.push(define::field(&self.names.root_name(id, Root::DeleteByPk), row).with(key));
            }
        }
    }

    fn key_arguments(&mut self, id: ModelId) -> Vec<Node<InputValueDefinition>> {
        let model = self.shape(id).model;
        let key: Vec<&Field> = model.fields.iter().filter(|field| model.key.contains(&field.id)).collect();
        let mut arguments = Vec::with_capacity(key.len());
        for field in key {
            let ty = self.value(&field.ty, false);
            arguments.push(define::input(&field.name, ty));
        }
        arguments
    }
}
