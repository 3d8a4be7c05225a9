//! Which relationship an embed means: PostgREST's rules, then the names of declared relation fields.

use super::{Scope, shows};
use crate::fault::{Candidate, Refusal};
use crate::request::Target;
use backstay_schema::Schema;
use backstay_schema::model::{Cardinality, FieldId, ForeignKeyId, Link, Model, Relationship};

impl<'a> Scope<'a> {
    /// The one relationship from `origin` that a target chooses.
    pub(super) fn relationship(&self, origin: &Model, target: &Target) -> Result<&'a Relationship, Refusal> {
        match target {
            Target::Named { name, hint } => self.named(origin, name, hint.as_deref()),
            Target::Field(name) => {
                let declared = self.schema.relationships.iter().find(|relationship| {
                    relationship.from == origin.id
                        && relationship.field_name.as_ref() == Some(name)
                        && shows(self.model_of(relationship.to), self.door)
                });
                declared.ok_or_else(|| Refusal::NoRelationship {
                    from: origin.table.clone(),
                    target: name.clone(),
                    hint: None,
                    suggestion: None,
                })
            }
        }
    }

    /// The one relationship from `origin` that a name and a hint choose.
    fn named(&self, origin: &Model, target: &str, hint: Option<&str>) -> Result<&'a Relationship, Refusal> {
        let from_here: Vec<&Relationship> = self
            .schema
            .relationships
            .iter()
            .filter(|relationship| relationship.from == origin.id && shows(self.model_of(relationship.to), self.door))
            .collect();
        let chosen: Vec<&Relationship> =
            from_here.iter().copied().filter(|relationship| matches(self.schema, relationship, target, hint)).collect();
        if let [only] = chosen[..] {
            return Ok(only);
        }
        if hint.is_none()
            && let Some(declared) =
                from_here.into_iter().find(|relationship| relationship.field_name.as_deref() == Some(target))
        {
            return Ok(declared);
        }
        let from = origin.table.clone();
        if chosen.is_empty() {
            let hint = hint.map(str::to_owned);
            return Err(Refusal::NoRelationship { from, target: target.to_owned(), hint, suggestion: None });
        }
        let candidates = chosen.into_iter().map(|relationship| candidate(self.schema, relationship)).collect();
        Err(Refusal::AmbiguousRelationship { from, target: target.to_owned(), candidates })
    }
}

/// Whether target and hint name this relationship.
fn matches(schema: &Schema, relationship: &Relationship, target: &str, hint: Option<&str>) -> bool {
    let names_relation = model(schema, relationship.to).table == target;
    let ends = Ends::of(schema, relationship);
    if relationship.from == relationship.to {
        // One foreign key of a table to itself is two relationships: the relation's name means the children, the column the parent.
        let children = names_relation && relationship.cardinality == Cardinality::OneToMany;
        return match hint {
            None => children || relationship.cardinality == Cardinality::ManyToOne && ends.near_is(target),
            Some(hint) => children && ends.far_is(hint),
        };
    }
    match hint {
        None => names_relation || ends.constraint_is(target) || ends.near_is(target),
        Some(hint) => {
            names_relation
                && (ends.constraint_is(hint) || ends.near_is(hint) || ends.far_is(hint) || ends.junction == Some(hint))
        }
    }
}

/// The names by which a relationship can be chosen.
struct Ends<'s> {
    constraint: Option<&'s str>,
    near: Option<&'s str>,
    far: Option<&'s str>,
    junction: Option<&'s str>,
}

impl<'s> Ends<'s> {
    fn of(schema: &'s Schema, relationship: &Relationship) -> Self {
        let (id, forward) = match relationship.link {
            Link::Forward(id) => (id, true),
            Link::Inverse(id) => (id, false),
            Link::Junction { junction, .. } => {
                return Ends {
                    constraint: None,
                    near: None,
                    far: None,
                    junction: Some(&model(schema, junction).table),
                };
            }
        };
        let key = &schema.foreign_keys[usize::from(id.0)];
        let referencing = only_name(model(schema, key.from), &key.from_fields);
        let referenced = only_name(model(schema, key.to), &key.to_fields);
        let (near, far) = if forward { (referencing, referenced) } else { (referenced, referencing) };
        Ends { constraint: Some(&key.name), near, far, junction: None }
    }

    fn constraint_is(&self, name: &str) -> bool {
        self.constraint == Some(name)
    }

    fn near_is(&self, name: &str) -> bool {
        self.near == Some(name)
    }

    fn far_is(&self, name: &str) -> bool {
        self.far == Some(name)
    }
}

/// The name of a column that is the only one of its key.
fn only_name<'s>(model: &'s Model, fields: &[FieldId]) -> Option<&'s str> {
    match fields {
        [field] => Some(&model.fields[usize::from(field.0)].name),
        _ => None,
    }
}

fn model(schema: &Schema, id: backstay_schema::model::ModelId) -> &Model {
    &schema.models[usize::from(id.0)]
}

/// A relationship as an ambiguity error describes it.
fn candidate(schema: &Schema, relationship: &Relationship) -> Candidate {
    let from = model(schema, relationship.from);
    let to = model(schema, relationship.to);
    let (relationship_text, hint) = match relationship.link {
        Link::Forward(id) | Link::Inverse(id) => {
            let key = &schema.foreign_keys[usize::from(id.0)];
            let (near, far) = match relationship.link {
                Link::Inverse(_) => (&key.to_fields, &key.from_fields),
                Link::Forward(_) | Link::Junction { .. } => (&key.from_fields, &key.to_fields),
            };
            let text =
                format!("{} using {}{} and {}{}", key.name, from.table, names(from, near), to.table, names(to, far));
            (text, key.name.as_str())
        }
        Link::Junction { junction, near, far } => {
            let through = model(schema, junction);
            let end = |id: ForeignKeyId| {
                let key = &schema.foreign_keys[usize::from(id.0)];
                format!("{}{}", key.name, names(through, &key.from_fields))
            };
            (format!("{} using {} and {}", through.table, end(near), end(far)), through.table.as_str())
        }
    };
    Candidate {
        cardinality: match relationship.cardinality {
            Cardinality::ManyToOne => "many-to-one",
            Cardinality::OneToOne => "one-to-one",
            Cardinality::OneToMany => "one-to-many",
            Cardinality::ManyToMany => "many-to-many",
        },
        embedding: format!("{} with {}", from.table, to.table),
        relationship: relationship_text,
        hint: format!("{}!{hint}", to.table),
    }
}

/// `(a, b)`
fn names(model: &Model, fields: &[FieldId]) -> String {
    let names: Vec<&str> = fields.iter().map(|field| model.fields[usize::from(field.0)].name.as_str()).collect();
    format!("({})", names.join(", "))
}
