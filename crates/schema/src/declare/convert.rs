//! Walks the parsed documents. In: definitions of all sources. Out: [`Declarations`], with extensions merged into
//! what they extend and every directive checked for name, place, arguments and repetition.

use std::collections::HashMap;

use apollo_compiler::ast::{self, Definition, DirectiveLocation};
use apollo_compiler::{Name, Node};

use super::{
    ArgumentDecl, Declarations, EnumDecl, FieldDecl, OperationDecl, Places, TypeDecl, TypeRef, Value, ValueKind,
};
use crate::diagnostic::Span;
use crate::directive::{self, Applied};
use crate::report::{Report, did_you_mean};

/// Names of the types whose fields are operations.
const ROOTS: [&str; 2] = ["Query", "Mutation"];

pub(super) struct Converter<'a> {
    places: &'a Places<'a>,
    report: &'a mut Report,
    out: Declarations,
    types: HashMap<String, usize>,
    enums: HashMap<String, usize>,
}

/// Name, fields and directives of one `type`, `input` or extension of one.
struct Body<'d> {
    name: &'d Name,
    description: Option<&'d Node<str>>,
    directives: Vec<Applied>,
    fields: Vec<FieldDecl>,
}

impl<'a> Converter<'a> {
    pub(super) fn new(places: &'a Places<'a>, report: &'a mut Report) -> Self {
        Self { places, report, out: Declarations::default(), types: HashMap::new(), enums: HashMap::new() }
    }

    pub(super) fn run(mut self, definitions: Vec<&Definition>) -> Declarations {
        for definition in &definitions {
            self.definition(definition);
        }
        // Extensions may stand before, or in another file than, what they extend.
        for definition in &definitions {
            self.extension(definition);
        }
        self.out
    }

    fn definition(&mut self, definition: &Definition) {
        match definition {
            Definition::OperationDefinition(_) | Definition::FragmentDefinition(_) => {
                let message = "a schema file holds definitions, not requests";
                self.report.error("not-a-definition", self.places.span(definition.location()), message);
            }
            Definition::DirectiveDefinition(def) => self.directive_definition(def),
            Definition::SchemaDefinition(def) => self.schema(&def.directives),
            Definition::ScalarTypeDefinition(def) => self.scalar(&def.name),
            Definition::ObjectTypeDefinition(def) => {
                self.no_interfaces(&def.implements_interfaces);
                let body = self.object_body(&def.name, &def.directives, &def.fields);
                self.add_type(Body { description: def.description.as_ref(), ..body });
            }
            Definition::InputObjectTypeDefinition(def) => {
                if !directive::table().is_own_type(def.name.as_str()) {
                    let body = self.input_body(&def.name, &def.directives, &def.fields);
                    self.add_type(Body { description: def.description.as_ref(), ..body });
                }
            }
            Definition::EnumTypeDefinition(def) => self.add_enum(def),
            Definition::InterfaceTypeDefinition(def) => self.unsupported("interface", &def.name),
            Definition::UnionTypeDefinition(def) => self.unsupported("union", &def.name),
            Definition::SchemaExtension(_)
            | Definition::ScalarTypeExtension(_)
            | Definition::ObjectTypeExtension(_)
            | Definition::InterfaceTypeExtension(_)
            | Definition::UnionTypeExtension(_)
            | Definition::EnumTypeExtension(_)
            | Definition::InputObjectTypeExtension(_) => {}
        }
    }

    fn extension(&mut self, definition: &Definition) {
        match definition {
            Definition::SchemaExtension(def) => self.schema(&def.directives),
            Definition::ScalarTypeExtension(def) => self.scalar(&def.name),
            Definition::ObjectTypeExtension(def) => {
                self.no_interfaces(&def.implements_interfaces);
                let body = self.object_body(&def.name, &def.directives, &def.fields);
                self.extend_type(body);
            }
            Definition::InputObjectTypeExtension(def) => {
                let body = self.input_body(&def.name, &def.directives, &def.fields);
                self.extend_type(body);
            }
            Definition::EnumTypeExtension(def) => self.extend_enum(def),
            Definition::InterfaceTypeExtension(def) => self.unsupported("interface", &def.name),
            Definition::UnionTypeExtension(def) => self.unsupported("union", &def.name),
            Definition::OperationDefinition(_)
            | Definition::FragmentDefinition(_)
            | Definition::DirectiveDefinition(_)
            | Definition::SchemaDefinition(_)
            | Definition::ScalarTypeDefinition(_)
            | Definition::ObjectTypeDefinition(_)
            | Definition::InterfaceTypeDefinition(_)
            | Definition::UnionTypeDefinition(_)
            | Definition::EnumTypeDefinition(_)
            | Definition::InputObjectTypeDefinition(_) => {}
        }
    }

    fn directive_definition(&mut self, def: &ast::DirectiveDefinition) {
        // The published directives.graphql may stand beside the schema, for editors.
        if directive::table().find(def.name.as_str()).is_none() {
            let message = format!("`@{}` is declared here, but Backstay acts on its own directives only", def.name);
            let help = did_you_mean(def.name.as_str(), directive::table().names());
            self.report.error_help("directive-definition", self.span(&def.name), message, help);
        }
    }

    fn scalar(&mut self, name: &Name) {
        let known = directive::table().scalar_names();
        if !known.iter().any(|scalar| scalar == name.as_str()) {
            let message = format!("scalar `{name}` is not one of Backstay's");
            let help = did_you_mean(name.as_str(), known.iter().map(String::as_str))
                .or_else(|| Some("the scalars are Int, Float, String, Boolean, ID, BigInt, Decimal, UUID, DateTime, Date, Time, Bytes, JSON, Email, URL, Phone".to_owned()));
            self.report.error_help("unknown-scalar", self.span(name), message, help);
        }
    }

    fn unsupported(&mut self, what: &str, name: &Name) {
        let message = format!("`{what} {name}`: a schema file has types, inputs and enums, no {what}s");
        self.report.error("unsupported-definition", self.span(name), message);
    }

    fn no_interfaces(&mut self, interfaces: &[Name]) {
        if let Some(name) = interfaces.first() {
            let message = format!("`implements {name}`: a schema file has no interfaces");
            self.report.error("unsupported-definition", self.span(name), message);
        }
    }

    fn schema(&mut self, directives: &ast::DirectiveList) {
        let applied = self.applied(directives, DirectiveLocation::Schema);
        self.out.schema_directives.extend(applied);
    }

    fn object_body<'d>(
        &mut self,
        name: &'d Name,
        directives: &ast::DirectiveList,
        fields: &[Node<ast::FieldDefinition>],
    ) -> Body<'d> {
        let directives = self.applied(directives, DirectiveLocation::Object);
        let fields = fields.iter().map(|field| self.field(field)).collect();
        Body { name, description: None, directives, fields }
    }

    fn input_body<'d>(
        &mut self,
        name: &'d Name,
        directives: &ast::DirectiveList,
        fields: &[Node<ast::InputValueDefinition>],
    ) -> Body<'d> {
        let directives = self.applied(directives, DirectiveLocation::InputObject);
        let mut members = Vec::new();
        for field in fields {
            if let Some(default) = &field.default_value {
                let message = "a member of an embedded object has no default";
                self.report.error("unsupported-default", self.places.span(default.location()), message);
            }
            members.push(FieldDecl {
                name: field.name.to_string(),
                span: self.span(&field.name),
                description: text(field.description.as_ref()),
                ty: self.type_ref(&field.ty),
                arguments: Vec::new(),
                directives: self.applied(&field.directives, DirectiveLocation::InputFieldDefinition),
            });
        }
        Body { name, description: None, directives, fields: members }
    }

    fn field(&mut self, field: &ast::FieldDefinition) -> FieldDecl {
        let mut arguments = Vec::new();
        for argument in &field.arguments {
            self.applied(&argument.directives, DirectiveLocation::ArgumentDefinition);
            arguments.push(ArgumentDecl {
                name: argument.name.to_string(),
                span: self.span(&argument.name),
                ty: self.type_ref(&argument.ty),
                default: argument.default_value.as_ref().map(|value| self.value(value)),
            });
        }
        FieldDecl {
            name: field.name.to_string(),
            span: self.span(&field.name),
            description: text(field.description.as_ref()),
            ty: self.type_ref(&field.ty),
            arguments,
            directives: self.applied(&field.directives, DirectiveLocation::FieldDefinition),
        }
    }

    fn add_type(&mut self, body: Body<'_>) {
        let name = body.name.as_str();
        if ROOTS.contains(&name) {
            self.add_operations(body);
            return;
        }
        if !self.free_name(body.name) {
            return;
        }
        if name == "Subscription" && !body.directives.iter().any(|applied| applied.name == "model") {
            let message = "subscriptions come from the models; only Query and Mutation take operations";
            self.report.error("unsupported-definition", self.span(body.name), message);
        }
        self.types.insert(name.to_owned(), self.out.types.len());
        self.out.types.push(TypeDecl {
            name: name.to_owned(),
            span: self.span(body.name),
            description: text(body.description),
            directives: body.directives,
            fields: body.fields,
        });
    }

    fn extend_type(&mut self, body: Body<'_>) {
        let name = body.name.as_str();
        if ROOTS.contains(&name) {
            self.add_operations(body);
            return;
        }
        match self.types.get(name).and_then(|index| self.out.types.get_mut(*index)) {
            Some(extended) => {
                refuse_repeated(&extended.directives, &body.directives, self.report);
                extended.directives.extend(body.directives);
                extended.fields.extend(body.fields);
            }
            None => {
                let message = format!("`extend type {name}`: no type of this name is defined");
                let help = did_you_mean(name, self.types.keys().map(String::as_str).chain(ROOTS));
                self.report.error_help("unknown-type", self.span(body.name), message, help);
            }
        }
    }

    fn add_operations(&mut self, body: Body<'_>) {
        let read_only = body.name.as_str() == "Query";
        self.out.operations.extend(body.fields.into_iter().map(|field| OperationDecl { read_only, field }));
    }

    fn add_enum(&mut self, def: &ast::EnumTypeDefinition) {
        if directive::table().is_own_type(def.name.as_str()) || !self.free_name(&def.name) {
            return;
        }
        let directives = self.applied(&def.directives, DirectiveLocation::Enum);
        self.enums.insert(def.name.to_string(), self.out.enums.len());
        let values = self.enum_values(&def.values);
        self.out.enums.push(EnumDecl {
            name: def.name.to_string(),
            span: self.span(&def.name),
            description: text(def.description.as_ref()),
            directives,
            values,
        });
    }

    fn extend_enum(&mut self, def: &ast::EnumTypeExtension) {
        let directives = self.applied(&def.directives, DirectiveLocation::Enum);
        let values = self.enum_values(&def.values);
        match self.enums.get(def.name.as_str()).and_then(|index| self.out.enums.get_mut(*index)) {
            Some(extended) => {
                refuse_repeated(&extended.directives, &directives, self.report);
                extended.directives.extend(directives);
                extended.values.extend(values);
            }
            None => {
                let message = format!("`extend enum {}`: no enum of this name is defined", def.name);
                let help = did_you_mean(def.name.as_str(), self.enums.keys().map(String::as_str));
                self.report.error_help("unknown-type", self.span(&def.name), message, help);
            }
        }
    }

    fn enum_values(&mut self, values: &[Node<ast::EnumValueDefinition>]) -> Vec<(String, Span)> {
        let mut out = Vec::new();
        for value in values {
            self.applied(&value.directives, DirectiveLocation::EnumValue);
            out.push((value.value.to_string(), self.span(&value.value)));
        }
        out
    }

    /// Whether a type may take this name; says so when not.
    fn free_name(&mut self, name: &Name) -> bool {
        let text = name.as_str();
        let span = self.span(name);
        if text.starts_with("__") || directive::table().is_own_type(text) {
            self.report.error("reserved-name", span, format!("`{text}` is a reserved name"));
            return false;
        }
        if self.types.contains_key(text) || self.enums.contains_key(text) {
            let help = Some(format!("write `extend type {text}` to add to it"));
            self.report.error_help("duplicate-type", span, format!("`{text}` is defined twice"), help);
            return false;
        }
        true
    }

    fn applied(&mut self, list: &ast::DirectiveList, location: DirectiveLocation) -> Vec<Applied> {
        let mut raw = Vec::new();
        for node in &list.0 {
            let arguments = node
                .arguments
                .iter()
                .map(|arg| (arg.name.to_string(), self.span(&arg.name), self.value(&arg.value)))
                .collect();
            let (whole, name) = (self.places.span(node.location()), self.span(&node.name));
            let span = Span { start: whole.start, ..name };
            raw.push(directive::Written { name: node.name.to_string(), span, arguments });
        }
        directive::check(raw, location, self.report)
    }

    fn type_ref(&mut self, ty: &ast::Type) -> TypeRef {
        let name = ty.inner_named_type();
        let mut list_depth = 0_u8;
        let mut items_nullable = true;
        let mut inner = ty;
        while let ast::Type::List(item) | ast::Type::NonNullList(item) = inner {
            list_depth = list_depth.saturating_add(1);
            inner = item;
            items_nullable = !inner.is_non_null();
        }
        TypeRef {
            name: name.to_string(),
            span: self.span(name),
            nullable: !ty.is_non_null(),
            list_depth,
            items_nullable: list_depth > 0 && items_nullable,
        }
    }

    fn value(&self, node: &Node<ast::Value>) -> Value {
        let kind = match &**node {
            ast::Value::Null => ValueKind::Null,
            ast::Value::Enum(name) => ValueKind::Enum(name.to_string()),
            ast::Value::Variable(_) => ValueKind::Variable,
            ast::Value::String(text) => ValueKind::String(text.clone()),
            ast::Value::Float(number) => ValueKind::Float(number.as_str().to_owned()),
            ast::Value::Int(number) => ValueKind::Int(number.as_str().to_owned()),
            ast::Value::Boolean(flag) => ValueKind::Bool(*flag),
            ast::Value::List(items) => ValueKind::List(items.iter().map(|item| self.value(item)).collect()),
            ast::Value::Object(members) => ValueKind::Object(
                members.iter().map(|(key, value)| (key.to_string(), self.span(key), self.value(value))).collect(),
            ),
        };
        let mut span = self.places.span(node.location());
        if let ValueKind::String(text) = &kind {
            span = self.inside_quotes(span, text);
        }
        Value { kind, span }
    }

    /// The span of a string's content, where the source holds it letter for letter, so that offsets inside it are places.
    fn inside_quotes(&self, span: Span, text: &str) -> Span {
        let (Ok(start), Ok(end)) = (usize::try_from(span.start), usize::try_from(span.end)) else { return span };
        let source = self.places.sources.get(usize::from(span.file)).and_then(|source| source.text.get(start..end));
        match source.and_then(|slice| slice.find(text)) {
            Some(at) if !text.is_empty() => {
                let begin = span.start.saturating_add(u32::try_from(at).unwrap_or(0));
                let length = u32::try_from(text.len()).unwrap_or(0);
                Span { start: begin, end: begin.saturating_add(length), ..span }
            }
            Some(_) | None => span,
        }
    }

    fn span(&self, name: &Name) -> Span {
        self.places.span(name.location())
    }
}

/// An extension may repeat only what is repeatable.
fn refuse_repeated(known: &[Applied], added: &[Applied], report: &mut Report) {
    for applied in added {
        let once = directive::table().find(&applied.name).is_some_and(|definition| !definition.repeatable);
        if once && known.iter().any(|other| other.name == applied.name) {
            let message = format!("`@{}` stands on this type already", applied.name);
            report.error("duplicate-directive", applied.span, message);
        }
    }
}

fn text(description: Option<&Node<str>>) -> Option<String> {
    description.map(|node| node.trim().to_owned()).filter(|text| !text.is_empty())
}
