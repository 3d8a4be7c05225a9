//! What a gateway needs to compose this API with others: `_service`, `_entities`, and SDL with keys.
//! The vocabulary is Apollo Federation 2's.

use super::define::{self, FieldOf};
use super::{Builder, Names, Types};
use apollo_compiler::Node;
use apollo_compiler::ast::{Argument, Directive, Value};
use apollo_compiler::schema::{Component, ExtendedType};
use backstay_plan::access::View;
use backstay_schema::model::{Field, ModelId};
use std::fmt::Write as _;

/// Types that every such API defines: a gateway must not take them for different ones.
const SHARED: [&str; 1] = ["PageInfo"];

const LINK: &str =
    "extend schema @link(url: \"https://specs.apollo.dev/federation/v2.3\", import: [\"@key\", \"@shareable\"])\n";

/// Adds the fields by which a gateway reads the types and the entities.
pub(super) fn add(builder: &mut Builder<'_>, queries: &mut Vec<FieldOf>) {
    let service = define::object("_Service", None, vec![define::field("sdl", define::named("String"))]);
    builder.add(service);
    queries.push(define::field("_service", define::named("_Service").non_null()));
    let entities: Vec<String> = builder
        .shapes
        .iter()
        .filter(|shape| shape.by_key)
        .map(|shape| builder.names.object_name(shape.model.id).to_owned())
        .collect();
    if entities.is_empty() {
        return;
    }
    builder.add(define::scalar("_Any", None, None));
    builder.add(define::union("_Entity", entities.iter().map(String::as_str)));
    let representations = define::input("representations", define::named("_Any").non_null().list().non_null());
    let several = define::named("_Entity").list().non_null();
    queries.push(define::field("_entities", several).with(vec![representations]));
}

/// The types as SDL for a gateway: entities have their key, and what belongs to the protocol itself is left out.
pub(crate) fn subgraph(types: &Types, view: &View<'_>, names: &Names) -> String {
    let mut out = types.clone();
    for name in ["_Any", "_Entity", "_Service"] {
        out.types.shift_remove(name);
    }
    if let Some(ExtendedType::Object(query)) = out.types.get_mut("Query") {
        let fields = &mut query.make_mut().fields;
        fields.shift_remove("_service");
        fields.shift_remove("_entities");
    }
    for model in &view.schema().models {
        if let Some(key) = key(view, model.id)
            && let Some(ExtendedType::Object(object)) = out.types.get_mut(names.object_name(model.id))
        {
            object.make_mut().directives.0.push(key);
        }
    }
    for name in SHARED {
        if let Some(ExtendedType::Object(object)) = out.types.get_mut(name) {
            let directive = Directive { name: define::name("shareable"), arguments: Vec::new() };
            object.make_mut().directives.0.push(Component::new(directive));
        }
    }
    let mut text = LINK.to_owned();
    let _ = write!(text, "\n{out}");
    text
}

/// `@key(fields: "…")` of a model whose rows can be named by their key.
fn key(view: &View<'_>, id: ModelId) -> Option<Component<Directive>> {
    let model = view.schema().models.get(usize::from(id.0))?;
    let shape = super::Shape::of(view, model);
    if !shape.by_key {
        return None;
    }
    let names: Vec<&str> = model
        .fields
        .iter()
        .filter(|field: &&Field| model.key.contains(&field.id))
        .map(|field| field.name.as_str())
        .collect();
    let value = Node::new(Value::String(names.join(" ")));
    let argument = Node::new(Argument { name: define::name("fields"), value });
    Some(Component::new(Directive { name: define::name("key"), arguments: vec![argument] }))
}
