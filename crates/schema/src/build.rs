//! Turns declarations into a [`Schema`]. In: [`Declarations`]. Out: models with every implied thing written out, every
//! name looked up, every mistake reported. Rules get their checked form in the last step, `rules`.
//!
//! Order: names → relations are planned on the declarations (junctions are added as declarations) → columns → keys, foreign
//! keys and relationships → what names columns (constraints, rules, hooks) → operations → rules.

mod access;
mod columns;
mod constraints;
mod derived;
mod graphql_names;
mod hooks;
mod identifiers;
mod junction_access;
mod junctions;
mod lint;
mod literal;
mod objects;
mod operations;
mod partitions;
mod relations;
mod relationships;
mod rules;
mod validators;

use std::collections::HashMap;

use crate::Whose;
use crate::declare::{Declarations, TypeDecl, TypeRef};
use crate::diagnostic::Span;
use crate::directive;
use crate::expr::{Expr, Literal};
use crate::model::{EnumId, EnumType, FieldId, Model, ModelId, ObjectId, Rule, Scalar, Schema};
use crate::report::{Report, did_you_mean};

/// Types, enums and operations that a schema may have.
const DEFINITIONS_MAX: usize = 10_000;
/// Relation fields that a schema may have.
const RELATIONS_MAX: usize = 20_000;
/// Columns a model may have.
const COLUMNS_MAX: usize = 1_000;

/// What a type name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Named {
    Value(Scalar),
    Model(ModelId),
}

/// What every step needs.
struct Context<'a> {
    /// Declarations of the models, by [`ModelId`]; generated junctions come last.
    models: Vec<TypeDecl>,
    names: HashMap<String, Named>,
    enums: Vec<EnumType>,
    role_enum: Option<EnumId>,
    whose: Whose,
    report: &'a mut Report,
}

impl Context<'_> {
    fn model(&self, id: ModelId) -> &TypeDecl {
        // Ids are made from this very vector.
        &self.models[usize::from(id.0)]
    }

    fn model_ids(&self) -> impl Iterator<Item = ModelId> + use<> {
        (0..self.models.len()).map(|index| ModelId(position(index)))
    }

    /// What a type name stands for; says so when it stands for nothing.
    fn look_up(&mut self, ty: &TypeRef) -> Option<Named> {
        if let Some(named) = self.names.get(&ty.name) {
            return Some(*named);
        }
        let scalars = directive::table().scalar_names().iter().map(String::as_str);
        let help = did_you_mean(&ty.name, self.names.keys().map(String::as_str).chain(scalars));
        let message = if ty.name == "Void" {
            "`Void` is only an answer of an operation".to_owned()
        } else {
            format!("there is no type `{}`", ty.name)
        };
        self.report.error_help("unknown-type", ty.span, message, help);
        None
    }
}

/// A position as it stands in ids; the limits keep it in range.
fn position(index: usize) -> u16 {
    u16::try_from(index).unwrap_or(u16::MAX)
}

/// A rule whose checked form comes in the last step; until then it is false, which denies.
fn unchecked(text: (&str, Span)) -> Rule {
    Rule { source: text.0.to_owned(), expr: Expr::Literal(Literal::Bool(false)), span: text.1 }
}

/// Finds a field of a model by name; says so when there is none.
fn find_field(model: &Model, name: &str, span: Span, report: &mut Report) -> Option<FieldId> {
    let found = model.fields.iter().find(|field| field.name == name);
    if found.is_none() {
        let help = did_you_mean(name, model.fields.iter().map(|field| field.name.as_str()));
        report.error_help("unknown-field", span, format!("`{}` has no field `{name}`", model.name), help);
    }
    found.map(|field| field.id)
}

/// Builds the schema. Only a report without errors makes it usable.
pub(crate) fn build(declarations: Declarations, whose: Whose, report: &mut Report) -> Schema {
    let Declarations { types, enums, operations, schema_directives } = declarations;
    let definitions = types.len().saturating_add(enums.len()).saturating_add(operations.len());
    if definitions > DEFINITIONS_MAX {
        let message = format!("the schema has {definitions} definitions; the most is {DEFINITIONS_MAX}");
        report.error("schema-too-large", Span::default(), message);
        return Schema::default();
    }
    let (models, enums_found) = (Vec::new(), Vec::new());
    let mut context = Context { models, names: scalar_names(), enums: enums_found, role_enum: None, whose, report };
    objects::add_enums(&mut context, &enums);
    let object_decls = add_names(&mut context, types);
    if relations::count(&context) > RELATIONS_MAX {
        let message = format!("the schema has more than {RELATIONS_MAX} relations");
        context.report.error("schema-too-large", Span::default(), message);
        return Schema::default();
    }
    let mut plan = relations::plan(&mut context);
    junctions::add(&mut context, &mut plan);
    let mut schema = Schema { objects: objects::convert(&mut context, &object_decls), ..Schema::default() };
    schema.models = columns::build(&mut context, &plan);
    identifiers::check(&mut context, &schema);
    let resolved = relationships::add_foreign_keys(&mut context, &mut schema, &plan);
    constraints::add(&mut context, &mut schema, &plan);
    partitions::add(&mut context, &mut schema);
    relationships::add(&mut context, &mut schema, &plan, &resolved);
    access::add(&mut context, &mut schema);
    derived::add(&mut context, &mut schema);
    hooks::add(&mut context, &mut schema);
    operations::add(&mut context, &mut schema, &operations, &schema_directives);
    schema.enums = std::mem::take(&mut context.enums);
    schema.role_enum = context.role_enum;
    lint::check(&context.models, &schema, (context.whose, context.report));
    // A name that is a mistake by itself needs no second finding.
    if context.whose == Whose::Application && !context.report.has_errors() {
        graphql_names::check(&schema, context.report);
    }
    rules::check(&mut schema, context.report);
    derived::only_live_rows(&mut schema);
    junction_access::derive(&mut schema);
    schema
}

/// Sorts types into models and embedded objects, and gives each its id.
fn add_names(context: &mut Context<'_>, types: Vec<TypeDecl>) -> Vec<TypeDecl> {
    let mut objects = Vec::new();
    for decl in types {
        if decl.directive("model").is_some() {
            let id = ModelId(position(context.models.len()));
            context.names.insert(decl.name.clone(), Named::Model(id));
            context.models.push(decl);
        } else {
            let id = ObjectId(position(objects.len()));
            context.names.insert(decl.name.clone(), Named::Value(Scalar::Object(id)));
            objects.push(decl);
        }
    }
    objects
}

fn scalar_names() -> HashMap<String, Named> {
    let pairs = [
        ("Int", Scalar::Int),
        ("BigInt", Scalar::BigInt),
        ("Float", Scalar::Float),
        ("Decimal", Scalar::Decimal),
        ("Boolean", Scalar::Boolean),
        ("String", Scalar::String),
        ("ID", Scalar::Id),
        ("UUID", Scalar::Uuid),
        ("DateTime", Scalar::DateTime),
        ("Date", Scalar::Date),
        ("Time", Scalar::Time),
        ("Bytes", Scalar::Bytes),
        ("JSON", Scalar::Json),
        ("Email", Scalar::Email),
        ("URL", Scalar::Url),
        ("Phone", Scalar::Phone),
    ];
    pairs.into_iter().map(|(name, scalar)| (name.to_owned(), Named::Value(scalar))).collect()
}
