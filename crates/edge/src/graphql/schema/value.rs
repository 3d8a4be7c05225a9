//! Types of values: scalars, enums, structured JSON. In: those in use. Out: their definitions.

use super::{Builder, define};
use apollo_compiler::ast::Type;
use backstay_schema::graphql::scalar_name;
use backstay_schema::model::{FieldType, ObjectType, Scalar};

/// (name in the schema file, description, page that specifies it)
const SCALARS: &[(Scalar, &str, Option<&str>)] = &[
    (Scalar::BigInt, "A whole number of 64 bits: a JSON number, or its digits as text.", None),
    (Scalar::Decimal, "An exact decimal number: a JSON number, or its digits as text.", None),
    (Scalar::Float, "A number of double precision.", None),
    (Scalar::Uuid, "A UUID in its hyphenated form, in lower case.", Some("https://www.rfc-editor.org/rfc/rfc9562")),
    (
        Scalar::DateTime,
        "An instant as RFC 3339 has it, in UTC.",
        Some("https://scalars.graphql.org/andimarek/date-time"),
    ),
    (Scalar::Date, "A calendar date: `2026-01-31`.", Some("https://scalars.graphql.org/andimarek/local-date")),
    (Scalar::Time, "A time of day: `23:59:59.999999`.", None),
    (Scalar::Bytes, "Bytes as `\\x` and hexadecimal digits.", None),
    (Scalar::Json, "Any JSON value.", None),
    (Scalar::Email, "An e-mail address.", None),
    (Scalar::Url, "An absolute URL.", Some("https://www.rfc-editor.org/rfc/rfc3986")),
    (Scalar::Phone, "A phone number in E.164 form, such as +431234567.", None),
];

impl Builder<'_> {
    /// The type of a column or argument.
    pub(super) fn value(&mut self, ty: &FieldType, nullable: bool) -> Type {
        let scalar = self.scalar(ty.scalar);
        let value = match (ty.list, ty.items_nullable) {
            (true, true) => scalar.list(),
            (true, false) => scalar.non_null().list(),
            (false, _) => scalar,
        };
        if nullable { value } else { value.non_null() }
    }

    /// Defines the values in use.
    pub(super) fn values(&mut self) {
        let schema = self.schema;
        for (scalar, description, page) in SCALARS {
            let name = self.names.scalar(schema, *scalar);
            // `String` and `Float` are GraphQL's own.
            if self.scalars.contains(name) && !matches!(name, "String" | "Float") {
                let ty = define::scalar(name, Some(*description), *page);
                self.add(ty);
            }
        }
        for declared in &schema.enums {
            if self.scalars.contains(&declared.name) {
                let values = declared.values.iter().map(|value| (value.as_str(), None));
                let ty = define::enumeration(&declared.name, declared.description.as_deref(), values);
                self.add(ty);
            }
        }
        for object in &schema.objects {
            if self.scalars.contains(&object.name) {
                let members = self.members(object);
                let ty = define::scalar(&object.name, Some(&members), None);
                self.add(ty);
            }
        }
    }

    /// What a structured JSON value holds, for people.
    fn members(&self, object: &ObjectType) -> String {
        let members: Vec<String> = object
            .fields
            .iter()
            .map(|field| {
                let name = scalar_name(self.schema, field.ty.scalar);
                let open = if field.ty.list { "[" } else { "" };
                let close = match (field.ty.list, field.ty.items_nullable) {
                    (true, true) => "]",
                    (true, false) => "!]",
                    (false, _) => "",
                };
                let end = if field.ty.nullable { "" } else { "!" };
                format!("{}: {open}{name}{close}{end}", field.name)
            })
            .collect();
        format!("A JSON object: `{{ {} }}`.", members.join(", "))
    }
}
