//! What the names of a GraphQL document stand for, and the other way round. In: a schema. Out: [`Names`], made once a schema.
//! Spelling is `backstay_schema::graphql`'s; here is only the look-up. Knows no roles.

use backstay_schema::Schema;
use backstay_schema::graphql::{self as spelling, Root, TypeKind};
use backstay_schema::model::{FieldId, Model, ModelId, OperationId, RelationshipId, Scalar};
use std::collections::HashMap;

/// How types are named and numbers written; the same for all roles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Naming {
    /// What a model's own type is called.
    pub types: TypeNames,
    /// What scalars are called.
    pub scalars: ScalarNames,
    /// Whether every number of 64 bits and every decimal is answered as text, and not only what a double cannot hold.
    pub text_numbers: bool,
}

/// What a model's own type is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TypeNames {
    /// As in the schema file: `BlogPost`.
    #[default]
    Schema,
    /// As its relation: `blog_posts`.
    Relation,
}

/// What scalars are called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ScalarNames {
    /// As in the schema file: `DateTime`.
    #[default]
    Schema,
    /// As in PostgreSQL: `timestamptz`.
    Postgres,
}

/// What a root field stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    /// Rows of a model.
    Model(Root, ModelId),
    /// A custom operation.
    Operation(OperationId),
}

/// What a field of a model's type, or a member of its filter or order, stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Member {
    /// A column.
    Column(FieldId),
    /// A relation.
    Relation(RelationshipId),
    /// Aggregates over a to-many relation.
    RelationAggregate(RelationshipId),
}

/// What a value of `R_constraint` stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Constraint {
    /// The primary key.
    Key,
    /// Position in the model's unique constraints.
    Unique(usize),
}

/// Names of one schema.
#[derive(Debug)]
pub(crate) struct Names {
    naming: Naming,
    queries: HashMap<String, Target>,
    mutations: HashMap<String, Target>,
    types: HashMap<String, ModelId>,
    models: Vec<ModelNames>,
}

#[derive(Debug)]
struct ModelNames {
    base: String,
    object: String,
    members: HashMap<String, Member>,
    constraints: HashMap<String, Constraint>,
}

impl Names {
    /// The names of a schema.
    pub(crate) fn of(schema: &Schema, naming: Naming) -> Self {
        let models: Vec<ModelNames> = schema.models.iter().map(|model| model_names(schema, model, naming)).collect();
        let (mut queries, mut mutations, mut types) = (HashMap::new(), HashMap::new(), HashMap::new());
        for (model, names) in schema.models.iter().zip(&models).filter(|(model, _)| model.doors.graphql) {
            for root in Root::QUERIES {
                queries.insert(root.name(&names.base), Target::Model(root, model.id));
            }
            for root in Root::MUTATIONS {
                mutations.insert(root.name(&names.base), Target::Model(root, model.id));
            }
            types.insert(names.object.clone(), model.id);
        }
        for operation in &schema.operations {
            let of = if operation.read_only { &mut queries } else { &mut mutations };
            of.insert(operation.name.clone(), Target::Operation(operation.id));
        }
        Self { naming, queries, mutations, types, models }
    }

    /// What a field of `Query` stands for.
    pub(crate) fn query(&self, name: &str) -> Option<Target> {
        self.queries.get(name).copied()
    }

    /// What a field of `Mutation` stands for.
    pub(crate) fn mutation(&self, name: &str) -> Option<Target> {
        self.mutations.get(name).copied()
    }

    /// The model whose own type has this name.
    pub(crate) fn object(&self, name: &str) -> Option<ModelId> {
        self.types.get(name).copied()
    }

    /// What a field of a model's own type stands for; also a member of its filter, order or input.
    pub(crate) fn member(&self, model: ModelId, name: &str) -> Option<Member> {
        self.models.get(usize::from(model.0))?.members.get(name).copied()
    }

    /// What a value of a model's `R_constraint` stands for.
    pub(crate) fn constraint(&self, model: ModelId, name: &str) -> Option<Constraint> {
        self.models.get(usize::from(model.0))?.constraints.get(name).copied()
    }

    /// Name of a model's own type.
    pub(crate) fn object_name(&self, model: ModelId) -> &str {
        self.models.get(usize::from(model.0)).map_or("", |names| &names.object)
    }

    /// What GraphQL calls a model's relation.
    pub(crate) fn base(&self, model: ModelId) -> &str {
        self.models.get(usize::from(model.0)).map_or("", |names| &names.base)
    }

    /// Name of one of a model's further types.
    pub(crate) fn type_name(&self, model: ModelId, kind: TypeKind) -> String {
        kind.name(self.base(model))
    }

    /// Name of a root field.
    pub(crate) fn root_name(&self, model: ModelId, root: Root) -> String {
        root.name(self.base(model))
    }

    /// Whether numbers of this type are answered as text, whatever they are.
    pub(crate) fn as_text(&self, scalar: Scalar) -> bool {
        self.naming.text_numbers && matches!(scalar, Scalar::BigInt | Scalar::Decimal)
    }

    /// Name of a scalar, an enum or a structured JSON value.
    pub(crate) fn scalar<'s>(&self, schema: &'s Schema, scalar: Scalar) -> &'s str {
        match self.naming.scalars {
            ScalarNames::Schema => spelling::scalar_name(schema, scalar),
            ScalarNames::Postgres => match scalar {
                Scalar::BigInt => "bigint",
                Scalar::Float => "float8",
                Scalar::Decimal => "numeric",
                Scalar::Uuid => "uuid",
                Scalar::DateTime => "timestamptz",
                Scalar::Date => "date",
                Scalar::Time => "time",
                Scalar::Bytes => "bytea",
                Scalar::Json => "jsonb",
                Scalar::Email => "citext",
                Scalar::Url | Scalar::Phone => "String",
                Scalar::Int | Scalar::Boolean | Scalar::String | Scalar::Id | Scalar::Enum(_) | Scalar::Object(_) => {
                    spelling::scalar_name(schema, scalar)
                }
            },
        }
    }
}

fn model_names(schema: &Schema, model: &Model, naming: Naming) -> ModelNames {
    let base = spelling::base(model).into_owned();
    let object = match naming.types {
        TypeNames::Schema => model.name.clone(),
        TypeNames::Relation => base.clone(),
    };
    let mut members: HashMap<String, Member> =
        model.fields.iter().map(|field| (field.name.clone(), Member::Column(field.id))).collect();
    for relationship in schema.relationships.iter().filter(|relationship| relationship.from == model.id) {
        let Some(name) = &relationship.field_name else { continue };
        members.insert(name.clone(), Member::Relation(relationship.id));
        if !relationship.cardinality.is_to_one() {
            members.insert(spelling::relation_aggregate(name), Member::RelationAggregate(relationship.id));
        }
    }
    let mut constraints: HashMap<String, Constraint> = model
        .uniques
        .iter()
        .enumerate()
        .map(|(at, unique)| (spelling::constraint(unique).into_owned(), Constraint::Unique(at)))
        .collect();
    constraints.insert(spelling::key_constraint(model), Constraint::Key);
    ModelNames { base, object, members, constraints }
}
