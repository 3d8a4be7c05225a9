//! Inputs and answers of writes: rows to insert, values to set, what to do on a conflict.

use super::{Builder, define};
use apollo_compiler::Node;
use apollo_compiler::ast::{InputValueDefinition, Type, Value};
use backstay_schema::graphql::{self as spelling, TypeKind};
use backstay_schema::model::{Field, FieldId, Link, ModelId, Scalar};

/// (argument, type of its value, type of what it holds for a column; `None` is the column's own)
const JSON_OPERATORS: [(&str, TypeKind, Option<&str>, &str); 5] = [
    ("_append", TypeKind::AppendInput, None, "JSON to add at the end."),
    ("_prepend", TypeKind::PrependInput, None, "JSON to add at the start."),
    ("_delete_key", TypeKind::DeleteKeyInput, Some("String"), "The member to remove."),
    ("_delete_elem", TypeKind::DeleteElemInput, Some("Int"), "The position of the element to remove."),
    ("_delete_at_path", TypeKind::DeleteAtPathInput, Some("[String]"), "The path of the value to remove."),
];

impl Builder<'_> {
    /// What an insert takes.
    pub(super) fn insert(&mut self, id: ModelId) {
        let columns: Vec<&Field> = self.shape(id).insertable.clone();
        let mut members = Vec::with_capacity(columns.len());
        for field in &columns {
            let ty = self.value(&field.ty, true);
            members.push(define::input_about(&field.name, ty, field.description.as_deref()));
        }
        for relationship in self.schema.relationships.iter().filter(|relationship| relationship.from == id) {
            let Some(name) = relationship.field_name.as_deref() else { continue };
            let far = self.shape(relationship.to);
            if !far.inserts {
                continue;
            }
            let kind = match relationship.link {
                Link::Forward(_) => TypeKind::ObjRelInsertInput,
                Link::Inverse(_) if relationship.cardinality.is_to_one() => TypeKind::ObjRelInsertInput,
                Link::Inverse(_) => TypeKind::ArrRelInsertInput,
                Link::Junction { junction, .. } if self.shape(junction).inserts => TypeKind::ArrRelInsertInput,
                Link::Junction { .. } => continue,
            };
            members.push(define::input(name, define::named(&self.kind(relationship.to, kind))));
        }
        let row = self.kind(id, TypeKind::InsertInput);
        self.add(define::input_object(&row, Some("A row to insert. What is left out takes its default."), members));
        let conflict = self.conflict(id);
        let with_conflict = |data: Type| {
            let mut members = vec![define::input("data", data)];
            members.extend(conflict.clone());
            members
        };
        let one = with_conflict(define::named(&row).non_null());
        self.add(define::input_object(&self.kind(id, TypeKind::ObjRelInsertInput), None, one));
        let many = with_conflict(define::list_of(&row).non_null());
        self.add(define::input_object(&self.kind(id, TypeKind::ArrRelInsertInput), None, many));
    }

    /// The argument that says what to do with a row that is there already; only who may change rows has it.
    pub(super) fn conflict(&mut self, id: ModelId) -> Option<Node<InputValueDefinition>> {
        let shape = self.shape(id);
        if !shape.updates || !shape.inserts {
            return None;
        }
        let model = shape.model;
        let named = |fields: &[FieldId]| {
            fields.iter().all(|id| {
                shape.insertable.iter().any(|field| field.id == *id)
                    || shape.readable.iter().any(|(field, _)| field.id == *id)
            })
        };
        let mut constraints = Vec::new();
        if !model.keyless {
            constraints.push(spelling::key_constraint(model));
        }
        let uniques = model.uniques.iter().filter(|unique| unique.filter.is_none() && named(&unique.fields));
        constraints.extend(uniques.map(|unique| spelling::constraint(unique).into_owned()));
        if constraints.is_empty() {
            return None;
        }
        let own = self.kind(id, TypeKind::OnConflict);
        if !self.out.contains_key(own.as_str()) {
            let constraint = self.kind(id, TypeKind::Constraint);
            let values = constraints.iter().map(|name| (name.as_str(), None));
            self.add(define::enumeration(&constraint, Some("Unique constraints."), values));
            let update = self.kind(id, TypeKind::UpdateColumn);
            let columns: Vec<&Field> = self.shape(id).updatable.clone();
            let values = columns.iter().map(|field| (field.name.as_str(), None));
            self.add(define::enumeration(&update, Some("Columns that may be changed."), values));
            let empty = Some(Value::List(Vec::new()));
            let members = vec![
                define::input("constraint", define::named(&constraint).non_null()),
                define::input_default(
                    "update_columns",
                    define::list_of(&update).non_null(),
                    empty,
                    Some("What the row that is there takes over; nothing leaves it as it is."),
                ),
                define::input("where", define::named(&self.kind(id, TypeKind::BoolExp))),
            ];
            self.add(define::input_object(&own, Some("What to do when a row is there already."), members));
        }
        Some(define::input("on_conflict", define::named(&own)))
    }

    /// What an update takes.
    pub(super) fn update(&mut self, id: ModelId) {
        let columns: Vec<&Field> = self.shape(id).updatable.clone();
        let mut members = Vec::with_capacity(columns.len());
        for field in &columns {
            let ty = self.value(&field.ty, true);
            members.push(define::input_about(&field.name, ty, field.description.as_deref()));
        }
        self.add(define::input_object(&self.kind(id, TypeKind::SetInput), Some("Values to set."), members));
        let numbers: Vec<_> = columns.iter().filter(|field| is_number(field)).copied().collect();
        if !numbers.is_empty() {
            let members = numbers.iter().map(|field| {
                let ty = self.value(&field.ty, true);
                define::input(&field.name, ty)
            });
            let members = members.collect();
            self.add(define::input_object(&self.kind(id, TypeKind::IncInput), Some("Numbers to add."), members));
        }
        let documents: Vec<_> = columns.iter().filter(|field| is_json(field)).copied().collect();
        for (_, kind, of, about) in JSON_OPERATORS.iter().filter(|_| !documents.is_empty()) {
            let mut members = Vec::with_capacity(documents.len());
            for field in &documents {
                let ty = match of {
                    None => self.scalar(field.ty.scalar),
                    Some("[String]") => define::list_of("String"),
                    Some(name) => {
                        self.scalars.insert((*name).to_owned());
                        define::named(name)
                    }
                };
                members.push(define::input(&field.name, ty));
            }
            self.add(define::input_object(&self.kind(id, *kind), Some(about), members));
        }
        let shape = self.shape(id);
        if shape.by_key {
            let model = shape.model;
            let key: Vec<&Field> = model.fields.iter().filter(|field| model.key.contains(&field.id)).collect();
            let mut members = Vec::with_capacity(key.len());
            for field in key {
                let ty = self.value(&field.ty, false);
                members.push(define::input(&field.name, ty));
            }
            self.add(define::input_object(&self.kind(id, TypeKind::PkColumnsInput), Some("The primary key."), members));
        }
        let mut members = vec![define::input("where", define::named(&self.kind(id, TypeKind::BoolExp)).non_null())];
        members.extend(self.changes(id));
        self.add(define::input_object(&self.kind(id, TypeKind::Updates), Some("One of several changes."), members));
    }

    /// The arguments that say what changes.
    pub(super) fn changes(&self, id: ModelId) -> Vec<Node<InputValueDefinition>> {
        let updatable = &self.shape(id).updatable;
        let argument = |name: &str, kind: TypeKind, about: &str| {
            define::input_about(name, define::named(&self.kind(id, kind)), Some(about))
        };
        let mut arguments = vec![argument("_set", TypeKind::SetInput, "Values to set.")];
        if updatable.iter().any(|field| is_number(field)) {
            arguments.push(argument("_inc", TypeKind::IncInput, "Numbers to add."));
        }
        if updatable.iter().any(|field| is_json(field)) {
            arguments.extend(JSON_OPERATORS.iter().map(|(name, kind, _, about)| argument(name, *kind, about)));
        }
        arguments
    }

    /// What a write answers.
    pub(super) fn response(&mut self, id: ModelId) {
        self.scalars.insert("Int".to_owned());
        let mut fields = vec![
            define::field("affected_rows", define::named("Int").non_null()).about(Some("How many rows were written.")),
        ];
        if self.shape(id).is_visible() {
            let rows = define::list_of(self.names.object_name(id)).non_null();
            fields.push(define::field("returning", rows).about(Some("Those that the caller may read.")));
        }
        self.add(define::object(&self.kind(id, TypeKind::MutationResponse), None, fields));
    }
}

fn is_number(field: &Field) -> bool {
    !field.ty.list && matches!(field.ty.scalar, Scalar::Int | Scalar::BigInt | Scalar::Float | Scalar::Decimal)
}

fn is_json(field: &Field) -> bool {
    !field.ty.list && matches!(field.ty.scalar, Scalar::Json | Scalar::Object(_))
}
