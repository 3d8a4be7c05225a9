//! Junction models of many-to-many relations: named ones are looked up, missing ones are added as declarations.
//!
//! A generated junction of `Post` and `Tag` is the model `PostTag`, table `posts_tags` (the tables in alphabetical order),
//! key `(postId, tagId)`; with `name: "labels"` it is `Labels`, table `labels`. Its rows go when either end goes.
//! Its rules follow its ends', see `junction_access`.

use super::relations::{Owner, Plan, RelationField, Role, key_names};
use super::{Context, Named, position};
use crate::declare::{FieldDecl, TypeDecl, TypeRef, Value, ValueKind};
use crate::diagnostic::Span;
use crate::directive::Applied;
use crate::model::{ModelId, ReferentialAction};
use crate::naming;
use crate::report::did_you_mean;

/// Gives every many-to-many relation its junction.
pub(super) fn add(context: &mut Context<'_>, plan: &mut Plan) {
    for index in 0..plan.fields.len() {
        let Role::ManyToMany { through, other, junction: None } = &plan.fields[index].role else { continue };
        let other = *other;
        let found = match through.clone() {
            Some((name, span)) => named_junction(context, &name, span),
            None => Some(generate(context, plan, index, other)),
        };
        for at in [Some(index), other].into_iter().flatten() {
            if let Role::ManyToMany { junction, .. } = &mut plan.fields[at].role {
                *junction = found;
            }
        }
    }
}

fn named_junction(context: &mut Context<'_>, name: &str, span: Span) -> Option<ModelId> {
    if let Some(Named::Model(id)) = context.names.get(name) {
        return Some(*id);
    }
    let message = format!("there is no model `{name}`");
    let help = did_you_mean(name, context.models.iter().map(|decl| decl.name.as_str()));
    context.report.error_help("unknown-type", span, message, help);
    None
}

fn generate(context: &mut Context<'_>, plan: &mut Plan, index: usize, other: Option<usize>) -> ModelId {
    let relation = &plan.fields[index];
    let (near, far, span, pair) = (relation.model, relation.target, relation.span, relation.pair.clone());
    let mut ends = [near, far];
    ends.sort_by_key(|end| table_of(context.model(*end)));
    let [first, second] = ends;
    let (first_name, second_name) = (context.model(first).name.clone(), context.model(second).name.clone());
    let (type_name, table) = match &pair {
        Some(pair) => (naming::pascal_case(pair), naming::snake_case(pair)),
        None => (
            format!("{first_name}{second_name}"),
            format!("{}_{}", table_of(context.model(first)), table_of(context.model(second))),
        ),
    };
    let id = ModelId(position(context.models.len()));
    if context.names.contains_key(&type_name) {
        let message =
            format!("the junction of `{first_name}` and `{second_name}` would be called `{type_name}`, which exists");
        let help =
            "write `@manyToMany(through:)` with the junction's name, or give the relation another `name`".to_owned();
        context.report.error_help("duplicate-type", span, message, help);
    }
    // On a relation of a model with itself, the list's own name tells the ends apart.
    let field_name = &plan.fields[index].name;
    let singular = field_name.strip_suffix('s').unwrap_or(field_name).to_owned();
    let second_end = match other.map(|at| plan.fields[at].name.clone()) {
        _ if first != second => naming::camel_case(&second_name),
        Some(_) | None if singular != naming::camel_case(&first_name) => singular,
        Some(_) | None => format!("other{second_name}"),
    };
    let labels = [(first, naming::camel_case(&first_name)), (second, second_end)];
    let mut fields = Vec::new();
    for (target, label) in labels {
        let columns = key_columns(context.model(target), &label);
        for (name, ty) in &columns {
            fields.push(column(name, ty, span));
        }
        let owner = Owner {
            columns: columns.iter().map(|(name, _)| (name.clone(), span)).collect(),
            references: Vec::new(),
            on_delete: ReferentialAction::Cascade,
            on_update: ReferentialAction::Cascade,
            unique: false,
        };
        let ty = TypeRef {
            name: context.model(target).name.clone(),
            span,
            nullable: false,
            list_depth: 0,
            items_nullable: false,
        };
        plan.fields.push(RelationField {
            model: id,
            at: fields.len(),
            name: label.clone(),
            span,
            target,
            nullable: false,
            pair: None,
            role: Role::Owner(owner),
        });
        fields.push(FieldDecl {
            name: label,
            span,
            description: None,
            ty,
            arguments: Vec::new(),
            directives: vec![directive("relation", span, Vec::new())],
        });
    }
    let model = directive("model", span, vec![("table".to_owned(), text(&table, span))]);
    context.names.insert(type_name.clone(), Named::Model(id));
    context.models.push(TypeDecl {
        name: type_name,
        span,
        description: None,
        directives: vec![model, directive(GENERATED, span, Vec::new())],
        fields,
    });
    id
}

/// Marks the declaration of a generated junction; not a name that a schema file can hold.
pub(super) const GENERATED: &str = "generated junction";

/// The table of a model as declared.
pub(super) fn table_of(decl: &TypeDecl) -> String {
    let named = decl.directive("model").and_then(|model| model.text("table"));
    let mapped = decl.directive("map").and_then(|map| map.text("name"));
    named.or(mapped).map_or_else(|| naming::table_name(&decl.name), |(name, _)| name.to_owned())
}

/// Column names and type names that hold the key of a model.
fn key_columns(decl: &TypeDecl, label: &str) -> Vec<(String, String)> {
    let keys = key_names(decl);
    keys.iter()
        .map(|key| {
            let name =
                if keys.len() == 1 { format!("{label}Id") } else { format!("{label}{}", naming::capitalised(key)) };
            let declared = decl.fields.iter().find(|field| field.name == *key);
            (name, declared.map_or_else(|| "ID".to_owned(), |field| field.ty.name.clone()))
        })
        .collect()
}

fn column(name: &str, ty: &str, span: Span) -> FieldDecl {
    let auto = Value { kind: ValueKind::Enum("NONE".to_owned()), span };
    FieldDecl {
        name: name.to_owned(),
        span,
        description: None,
        ty: TypeRef { name: ty.to_owned(), span, nullable: false, list_depth: 0, items_nullable: false },
        arguments: Vec::new(),
        directives: vec![directive("id", span, vec![("auto".to_owned(), auto)])],
    }
}

fn directive(name: &str, span: Span, arguments: Vec<(String, Value)>) -> Applied {
    Applied { name: name.to_owned(), span, has_arguments: !arguments.is_empty(), arguments }
}

fn text(text: &str, span: Span) -> Value {
    Value { kind: ValueKind::String(text.to_owned()), span }
}
