//! The models as one role set sees them, as GraphQL SDL without directives: rules are nobody's business but the server's.

use backstay_plan::access::{Decision, View};
use backstay_schema::Schema;
use backstay_schema::model::{FieldType, Model, Op, Scalar};
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// Types and enums of what `view` may read.
#[must_use]
pub fn sdl(schema: &Schema, view: &View<'_>) -> String {
    let mut printer = Printer { schema, view, scalars: BTreeSet::new(), named: BTreeSet::new() };
    let models: Vec<String> = schema.models.iter().filter_map(|model| printer.model(model)).collect();
    let objects = printer.objects();
    let enums = schema.enums.iter().filter(|declared| printer.named.contains(&declared.name)).map(|declared| {
        let values: Vec<String> = declared.values.iter().map(|value| format!("  {value}\n")).collect();
        format!(
            "{}enum {} {{\n{}}}\n",
            description(declared.description.as_deref(), ""),
            declared.name,
            values.concat()
        )
    });
    let scalars = printer.scalars.iter().map(|name| format!("scalar {name}\n"));
    let mut parts: Vec<String> = Vec::new();
    if !printer.scalars.is_empty() {
        parts.push(scalars.collect());
    }
    parts.extend(enums);
    parts.extend(models);
    parts.extend(objects);
    parts.join("\n")
}

struct Printer<'a> {
    schema: &'a Schema,
    view: &'a View<'a>,
    /// Scalars that GraphQL does not know by itself.
    scalars: BTreeSet<&'static str>,
    /// Enums and objects in use.
    named: BTreeSet<String>,
}

impl Printer<'_> {
    fn is_visible(&self, model: &Model) -> bool {
        !model.generated && self.view.allows(model.id, Op::Read)
    }

    fn model(&mut self, model: &Model) -> Option<String> {
        if !self.is_visible(model) {
            return None;
        }
        let mut out = format!("{}type {} {{\n", description(model.description.as_deref(), ""), model.name);
        for field in &model.fields {
            let decision = &self.view.field(model.id, field.id).read;
            if *decision == Decision::Never {
                continue;
            }
            let masked = matches!(decision, Decision::PerRow(_));
            let ty = self.ty(&field.ty, field.ty.nullable || masked);
            let _ = writeln!(out, "{}  {}: {ty}", description(field.description.as_deref(), "  "), field.name);
        }
        for relationship in self.schema.relationships.iter().filter(|relationship| relationship.from == model.id) {
            let Some(name) = &relationship.field_name else { continue };
            let Some(target) = self.schema.models.get(usize::from(relationship.to.0)) else { continue };
            if self.is_visible(target) {
                // A row that the caller may not see is null, so that a to-one relation can always be.
                let ty = if relationship.cardinality.is_to_one() {
                    target.name.clone()
                } else {
                    format!("[{}!]!", target.name)
                };
                let _ = writeln!(out, "  {name}: {ty}");
            }
        }
        out.push_str("}\n");
        Some(out)
    }

    /// Objects in use, and those that they use.
    fn objects(&mut self) -> Vec<String> {
        let mut printed = BTreeSet::new();
        let mut out = Vec::new();
        loop {
            let next = self
                .schema
                .objects
                .iter()
                .find(|object| self.named.contains(&object.name) && !printed.contains(&object.name));
            let Some(object) = next else { return out };
            printed.insert(object.name.clone());
            let mut text = format!("type {} {{\n", object.name);
            for field in &object.fields {
                let ty = self.ty(&field.ty, field.ty.nullable);
                let _ = writeln!(text, "  {}: {ty}", field.name);
            }
            text.push_str("}\n");
            out.push(text);
        }
    }

    fn ty(&mut self, ty: &FieldType, nullable: bool) -> String {
        let name = self.name(ty.scalar);
        let mut text = match (ty.list, ty.items_nullable) {
            (true, true) => format!("[{name}]"),
            (true, false) => format!("[{name}!]"),
            (false, _) => name,
        };
        if !nullable {
            text.push('!');
        }
        text
    }

    fn name(&mut self, scalar: Scalar) -> String {
        let own = match scalar {
            Scalar::Int => return "Int".to_owned(),
            Scalar::Float => return "Float".to_owned(),
            Scalar::Boolean => return "Boolean".to_owned(),
            Scalar::String => return "String".to_owned(),
            Scalar::Id => return "ID".to_owned(),
            Scalar::BigInt => "BigInt",
            Scalar::Decimal => "Decimal",
            Scalar::Uuid => "UUID",
            Scalar::DateTime => "DateTime",
            Scalar::Date => "Date",
            Scalar::Time => "Time",
            Scalar::Bytes => "Bytes",
            Scalar::Json => "JSON",
            Scalar::Email => "Email",
            Scalar::Url => "URL",
            Scalar::Phone => "Phone",
            Scalar::Enum(id) => {
                let name = self.schema.enums.get(usize::from(id.0)).map_or("String", |declared| &declared.name);
                self.named.insert(name.to_owned());
                return name.to_owned();
            }
            Scalar::Object(id) => {
                let name = self.schema.objects.get(usize::from(id.0)).map_or("JSON", |object| &object.name);
                self.named.insert(name.to_owned());
                return name.to_owned();
            }
        };
        self.scalars.insert(own);
        own.to_owned()
    }
}

/// A description as a block string.
fn description(text: Option<&str>, indent: &str) -> String {
    match text {
        None | Some("") => String::new(),
        Some(text) => format!(
            "{indent}\"\"\"\n{indent}{}\n{indent}\"\"\"\n",
            text.replace("\"\"\"", "\\\"\"\"").replace('\n', &format!("\n{indent}"))
        ),
    }
}
