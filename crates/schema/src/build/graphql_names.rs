//! Names of the GraphQL API: each is given once. In: the built schema. Out: findings about names that two things would have.

use crate::diagnostic::Span;
use crate::graphql::{self as spelling, FIXED_ROOTS, FIXED_TYPES, LOGIC, Root, TypeKind};
use crate::model::{Model, Scalar, Schema};
use crate::report::Report;
use std::collections::{HashMap, HashSet};

/// Words that a value of an enum cannot be.
const NO_ENUM_VALUES: [&str; 3] = ["true", "false", "null"];

/// Adds the findings about models that GraphQL shows, and about operations.
pub(super) fn check(schema: &Schema, report: &mut Report) {
    let shown: Vec<&Model> = schema.models.iter().filter(|model| model.doors.graphql).collect();
    let mut clashes = Clashes { report, told: HashSet::new() };
    types(schema, &shown, &mut clashes);
    roots(schema, &shown, &mut clashes);
    for model in shown {
        members(schema, model, &mut clashes);
    }
}

/// Findings so far: two things that share one name often share several, and one is enough to say.
struct Clashes<'r> {
    report: &'r mut Report,
    told: HashSet<(String, String)>,
}

/// Who has a name already, in words.
struct Taken {
    names: HashMap<String, String>,
    /// What the names are of.
    what: &'static str,
}

impl Taken {
    fn new<'n>(what: &'static str, fixed: impl IntoIterator<Item = &'n str>) -> Self {
        let own = |name: &str| (name.to_owned(), "GraphQL itself".to_owned());
        Self { names: fixed.into_iter().map(own).collect(), what }
    }

    fn take(&mut self, name: String, owner: &str, span: Span, clashes: &mut Clashes<'_>) {
        let Some(first) = self.names.get(&name) else {
            self.names.insert(name, owner.to_owned());
            return;
        };
        if clashes.told.insert((first.clone(), owner.to_owned())) {
            let message = format!("{first} and {owner} would both have the GraphQL {} `{name}`", self.what);
            let help = "rename one, or leave a model out with `@model(graphql: false)`".to_owned();
            clashes.report.error_help("graphql-name", span, message, help);
        }
    }
}

fn types(schema: &Schema, shown: &[&Model], clashes: &mut Clashes<'_>) {
    let mut taken = Taken::new("type", FIXED_TYPES.iter().copied());
    for model in shown {
        taken.take(model.name.clone(), &format!("`{}`", model.name), model.span, clashes);
    }
    // Enums and structured values do not remember where they stand: the name says which it is.
    for declared in &schema.enums {
        taken.take(declared.name.clone(), &format!("the enum `{}`", declared.name), Span::default(), clashes);
    }
    for object in &schema.objects {
        taken.take(object.name.clone(), &format!("the type `{}`", object.name), Span::default(), clashes);
    }
    for scalar in used_scalars(schema) {
        let name = spelling::scalar_name(schema, scalar);
        for filter in [spelling::comparison(name, false), spelling::comparison(name, true)] {
            taken.take(filter, &format!("the filter on `{name}`"), Span::default(), clashes);
        }
    }
    for model in shown {
        let base = spelling::base(model);
        for kind in TypeKind::ALL {
            taken.take(kind.name(&base), &format!("`{}`", model.name), model.span, clashes);
        }
    }
}

fn used_scalars(schema: &Schema) -> Vec<Scalar> {
    let mut used = vec![Scalar::String, Scalar::Int];
    for field in schema.models.iter().flat_map(|model| &model.fields) {
        if !used.contains(&field.ty.scalar) {
            used.push(field.ty.scalar);
        }
    }
    used
}

fn roots(schema: &Schema, shown: &[&Model], clashes: &mut Clashes<'_>) {
    let mut queries = Taken::new("query field", FIXED_ROOTS.iter().copied());
    let mut mutations = Taken::new("mutation field", []);
    for model in shown {
        let (base, owner) = (spelling::base(model), format!("`{}`", model.name));
        for root in Root::QUERIES {
            queries.take(root.name(&base), &owner, model.span, clashes);
        }
        for root in Root::MUTATIONS {
            mutations.take(root.name(&base), &owner, model.span, clashes);
        }
    }
    for operation in &schema.operations {
        let taken = if operation.read_only { &mut queries } else { &mut mutations };
        taken.take(operation.name.clone(), &format!("the operation `{}`", operation.name), operation.span, clashes);
    }
}

fn members(schema: &Schema, model: &Model, clashes: &mut Clashes<'_>) {
    let mut taken = Taken::new("field", LOGIC);
    for field in &model.fields {
        taken.take(field.name.clone(), &format!("the field `{}`", field.name), field.span, clashes);
        if NO_ENUM_VALUES.contains(&field.name.as_str()) {
            let message = format!("`{}` cannot be a field name: GraphQL has no enum value of that name", field.name);
            let help = "rename it, or leave the model out with `@model(graphql: false)`".to_owned();
            clashes.report.error_help("graphql-name", field.span, message, help);
        }
    }
    let relations = schema.relationships.iter().filter(|relationship| relationship.from == model.id);
    for relationship in relations.filter(|relationship| !relationship.cardinality.is_to_one()) {
        let Some(name) = &relationship.field_name else { continue };
        let owner = format!("the aggregates of `{name}`");
        taken.take(spelling::relation_aggregate(name), &owner, model.span, clashes);
    }
    let mut constraints = Taken::new("constraint", []);
    constraints.take(spelling::key_constraint(model), "the primary key", model.span, clashes);
    for unique in &model.uniques {
        let owner = format!("the constraint `{}`", unique.name);
        constraints.take(spelling::constraint(unique).into_owned(), &owner, model.span, clashes);
    }
}
