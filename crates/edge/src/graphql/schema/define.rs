//! Short ways to write definitions of GraphQL types. Knows nothing of models.

use apollo_compiler::ast::{EnumValueDefinition, FieldDefinition, InputValueDefinition, Type, Value};
use apollo_compiler::schema::{
    Component, DirectiveList, EnumType, ExtendedType, InputObjectType, ObjectType, ScalarType, UnionType,
};
use apollo_compiler::{Name, Node};

/// A name that is known to be one.
pub(super) fn name(text: &str) -> Name {
    Name::new_unchecked(text)
}

/// A type by name, which may be null.
pub(super) fn named(text: &str) -> Type {
    Type::Named(name(text))
}

/// `[X!]`, which may be null.
pub(super) fn list_of(text: &str) -> Type {
    named(text).non_null().list()
}

fn node(text: Option<&str>) -> Option<Node<str>> {
    text.filter(|text| !text.is_empty()).map(Node::new_str)
}

/// A field of an object.
pub(super) struct FieldOf(FieldDefinition);

/// A field of an object type.
pub(super) fn field(text: &str, ty: Type) -> FieldOf {
    FieldOf(FieldDefinition {
        description: None,
        name: name(text),
        arguments: Vec::new(),
        ty,
        directives: apollo_compiler::ast::DirectiveList::default(),
    })
}

impl FieldOf {
    pub(super) fn about(mut self, description: Option<&str>) -> Self {
        self.0.description = node(description);
        self
    }

    pub(super) fn with(mut self, arguments: Vec<Node<InputValueDefinition>>) -> Self {
        self.0.arguments = arguments;
        self
    }
}

/// An argument, or a member of an input object.
pub(super) fn input(text: &str, ty: Type) -> Node<InputValueDefinition> {
    input_about(text, ty, None)
}

/// The same with a description.
pub(super) fn input_about(text: &str, ty: Type, description: Option<&str>) -> Node<InputValueDefinition> {
    input_default(text, ty, None, description)
}

/// The same with a value for when it is left out.
pub(super) fn input_default(
    text: &str,
    ty: Type,
    default: Option<Value>,
    description: Option<&str>,
) -> Node<InputValueDefinition> {
    Node::new(InputValueDefinition {
        description: node(description),
        name: name(text),
        ty: Node::new(ty),
        default_value: default.map(Node::new),
        directives: apollo_compiler::ast::DirectiveList::default(),
    })
}

/// An object type.
pub(super) fn object(text: &str, description: Option<&str>, fields: Vec<FieldOf>) -> ExtendedType {
    ExtendedType::Object(Node::new(ObjectType {
        description: node(description),
        name: name(text),
        implements_interfaces: apollo_compiler::collections::IndexSet::default(),
        directives: DirectiveList::default(),
        fields: fields.into_iter().map(|FieldOf(field)| (field.name.clone(), Component::new(field))).collect(),
    }))
}

/// An input object type.
pub(super) fn input_object(
    text: &str,
    description: Option<&str>,
    fields: Vec<Node<InputValueDefinition>>,
) -> ExtendedType {
    let component = |field: Node<InputValueDefinition>| {
        let component = field.to_component(apollo_compiler::schema::ComponentOrigin::Definition);
        (field.name.clone(), component)
    };
    ExtendedType::InputObject(Node::new(InputObjectType {
        description: node(description),
        name: name(text),
        directives: DirectiveList::default(),
        fields: fields.into_iter().map(component).collect(),
    }))
}

/// An enum type.
pub(super) fn enumeration<'v>(
    text: &str,
    description: Option<&str>,
    values: impl IntoIterator<Item = (&'v str, Option<&'v str>)>,
) -> ExtendedType {
    let value = |(value, description): (&str, Option<&str>)| {
        let definition = EnumValueDefinition {
            description: node(description),
            value: name(value),
            directives: apollo_compiler::ast::DirectiveList::default(),
        };
        (name(value), Component::new(definition))
    };
    ExtendedType::Enum(Node::new(EnumType {
        description: node(description),
        name: name(text),
        directives: DirectiveList::default(),
        values: values.into_iter().map(value).collect(),
    }))
}

/// A scalar type, with the page that specifies it.
pub(super) fn scalar(text: &str, description: Option<&str>, specified_by: Option<&str>) -> ExtendedType {
    let mut directives = DirectiveList::default();
    if let Some(url) = specified_by {
        let argument =
            apollo_compiler::ast::Argument { name: name("url"), value: Node::new(Value::String(url.to_owned())) };
        directives.0.push(Component::new(apollo_compiler::ast::Directive {
            name: name("specifiedBy"),
            arguments: vec![Node::new(argument)],
        }));
    }
    ExtendedType::Scalar(Node::new(ScalarType { description: node(description), name: name(text), directives }))
}

/// A union type.
pub(super) fn union<'m>(text: &str, members: impl IntoIterator<Item = &'m str>) -> ExtendedType {
    let origin = apollo_compiler::schema::ComponentOrigin::Definition;
    ExtendedType::Union(Node::new(UnionType {
        description: None,
        name: name(text),
        directives: DirectiveList::default(),
        members: members.into_iter().map(|member| name(member).to_component(origin.clone())).collect(),
    }))
}
