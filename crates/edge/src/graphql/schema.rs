//! The GraphQL types that one role set sees. In: schema, rules as the roles meet them, names. Out: an apollo schema.
//! What the roles can never read or run is not in it. Built from nodes: no SDL text is written and parsed again.

pub(super) mod aggregate;
mod comparison;
mod connection;
mod define;
mod federation;
mod filter;
mod mutation;
mod operation;
mod order;
mod root;
mod row;
mod value;

use super::names::Names;
use apollo_compiler::ast::Type;
use apollo_compiler::collections::IndexMap;
use apollo_compiler::schema::{ComponentName, ComponentOrigin, ExtendedType};
use apollo_compiler::validation::Valid;
use apollo_compiler::{Name, Schema as Types};
use backstay_plan::access::{Decision, View};
use backstay_schema::Schema;
use backstay_schema::graphql::TypeKind;
use backstay_schema::model::{Computed, Field, Model, ModelId, Op, Relationship, Scalar};
use std::collections::BTreeSet;

/// What is offered to everybody or nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Offer {
    /// Aggregates.
    pub(crate) aggregates: bool,
    /// The fields by which a gateway composes this API with others.
    pub(crate) federation: bool,
}

/// The types that `view` sees.
pub(crate) fn types(schema: &Schema, view: &View<'_>, names: &Names, offer: Offer) -> Valid<Types> {
    let shapes = schema.models.iter().map(|model| Shape::of(view, model)).collect();
    let mut builder = Builder {
        schema,
        view,
        names,
        offer,
        shapes,
        out: IndexMap::default(),
        scalars: BTreeSet::new(),
        comparisons: BTreeSet::new(),
    };
    for model in &schema.models {
        builder.model(model);
    }
    builder.roots();
    builder.comparisons();
    builder.values();
    builder.finish()
}

/// The types as SDL, with what a gateway needs to compose them.
pub(crate) use federation::subgraph;
pub(crate) use root::NOTHING;

/// What the roles may do with a model.
struct Shape<'s> {
    model: &'s Model,
    /// Columns that may be read in at least some rows, with whether there are rows where they are hidden.
    readable: Vec<(&'s Field, bool)>,
    /// Columns that an insert may name.
    insertable: Vec<&'s Field>,
    /// Columns that an update may name.
    updatable: Vec<&'s Field>,
    /// Whether rows may be inserted.
    inserts: bool,
    /// Whether rows may be changed, and said which.
    updates: bool,
    /// Whether rows may be removed, and said which.
    deletes: bool,
    /// Whether a row can be named by its primary key.
    by_key: bool,
}

impl<'s> Shape<'s> {
    fn of(view: &View<'s>, model: &'s Model) -> Self {
        let shown = model.doors.graphql;
        let reads = shown && view.allows(model.id, Op::Read);
        let readable: Vec<(&Field, bool)> = model
            .fields
            .iter()
            .filter(|_| reads)
            .filter_map(|field| match view.field(model.id, field.id).read {
                Decision::Never => None,
                Decision::Always => Some((field, false)),
                Decision::PerRow(_) => Some((field, true)),
            })
            .collect();
        let written = |op: Op| -> Vec<&Field> {
            let allowed = |field: &&Field| {
                let rules = view.field(model.id, field.id);
                match op {
                    Op::Create => rules.create != Decision::Never,
                    Op::Update => rules.updatable(),
                    Op::Read | Op::Delete => false,
                }
            };
            if !shown || !view.allows(model.id, op) {
                return Vec::new();
            }
            model
                .fields
                .iter()
                .filter(|field| field.managed.is_none() && field.computed.is_none())
                .filter(allowed)
                .collect()
        };
        let (insertable, updatable) = (written(Op::Create), written(Op::Update));
        let is_readable = |id| readable.iter().any(|(field, _)| field.id == id);
        let by_key = !model.keyless && model.key.iter().all(|id| is_readable(*id));
        Self {
            model,
            inserts: shown && view.allows(model.id, Op::Create) && !insertable.is_empty(),
            updates: !updatable.is_empty() && !readable.is_empty(),
            deletes: shown && view.allows(model.id, Op::Delete) && !readable.is_empty(),
            by_key,
            readable,
            insertable,
            updatable,
        }
    }

    /// Whether the type of the model's rows exists.
    fn is_visible(&self) -> bool {
        !self.readable.is_empty()
    }

    /// Columns that filters, orders and aggregates may name: what is worked out after the query is not among them.
    fn queryable(&self) -> impl Iterator<Item = &'s Field> {
        let stored = |field: &Field| !matches!(field.computed, Some(Computed::Function(_)));
        self.readable.iter().map(|(field, _)| *field).filter(move |field| stored(field))
    }
}

/// Which filter on a value is in use.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Comparison {
    /// Name of its type.
    name: String,
    /// Name of the value's type.
    scalar: String,
    kind: comparison::Kind,
}

/// Types so far.
struct Builder<'a> {
    schema: &'a Schema,
    view: &'a View<'a>,
    names: &'a Names,
    offer: Offer,
    shapes: Vec<Shape<'a>>,
    out: IndexMap<Name, ExtendedType>,
    /// Scalars, enums and objects in use, by name.
    scalars: BTreeSet<String>,
    comparisons: BTreeSet<Comparison>,
}

impl<'a> Builder<'a> {
    fn model(&mut self, model: &Model) {
        let Some(shape) = self.shapes.get(usize::from(model.id.0)) else { return };
        let (visible, inserts, updates, deletes) = (shape.is_visible(), shape.inserts, shape.updates, shape.deletes);
        if visible {
            self.row(model.id);
            self.filter(model.id);
            self.order(model.id);
            self.aggregate(model.id);
            self.connection(model.id);
        }
        if inserts {
            self.insert(model.id);
        }
        if updates {
            self.update(model.id);
        }
        if inserts || updates || deletes {
            self.response(model.id);
        }
    }

    fn add(&mut self, ty: ExtendedType) {
        self.out.insert(ty.name().clone(), ty);
    }

    fn shape(&self, model: ModelId) -> &Shape<'a> {
        // Shapes are made from the very models that the ids come from.
        &self.shapes[usize::from(model.0)]
    }

    fn kind(&self, model: ModelId, kind: TypeKind) -> String {
        self.names.type_name(model, kind)
    }

    /// Relations of a model whose far side the roles can see, with the name of the field.
    fn relations(&self, model: ModelId) -> Vec<(&'a str, &'a Relationship)> {
        let schema = self.schema;
        schema
            .relationships
            .iter()
            .filter(|relationship| relationship.from == model)
            .filter_map(|relationship| Some((relationship.field_name.as_deref()?, relationship)))
            .filter(|(_, relationship)| self.shape(relationship.to).is_visible())
            .collect()
    }

    /// The type of a value, which is in use from now on.
    fn scalar(&mut self, scalar: Scalar) -> Type {
        let name = self.names.scalar(self.schema, scalar);
        self.scalars.insert(name.to_owned());
        define::named(name)
    }

    fn finish(self) -> Valid<Types> {
        let mut types = Types::new();
        let root = |name: &str| {
            self.out
                .contains_key(name)
                .then(|| ComponentName { origin: ComponentOrigin::Definition, name: define::name(name) })
        };
        let definition = types.schema_definition.make_mut();
        definition.query = root("Query");
        definition.mutation = root("Mutation");
        // Built-in scalars that nothing uses are left out, as validation does.
        types.types.retain(|name, ty| !is_unused(name, ty, &self.scalars));
        types.types.extend(self.out);
        // Names were checked with the schema file, and every reference is to a type that is added with it.
        Valid::assume_valid(types)
    }
}

fn is_unused(name: &Name, ty: &ExtendedType, used: &BTreeSet<String>) -> bool {
    matches!(ty, ExtendedType::Scalar(_))
        && !matches!(name.as_str(), "String" | "Boolean")
        && !used.contains(name.as_str())
}

#[cfg(test)]
mod tests;
