//! TypeScript types of the REST API as one role set sees it, in the form that `supabase gen types` prints: `createClient<Database>`
//! of the official clients takes it as it is.

use backstay_plan::access::{Decision, View};
use backstay_plan::authorized::Gate;
use backstay_schema::Schema;
use backstay_schema::model::{
    Cardinality, Field, FieldType, Link, Model, Op, Operation, Relationship, ReturnType, Scalar,
};
use std::fmt::Write as _;

const HEADER: &str = r"// Made by `backstay schema types --lang ts`. Do not edit: make it again when the schema changes.

export type Json = string | number | boolean | null | { [key: string]: Json | undefined } | Json[]

export type Database = {
  // Lets the client choose the query features of this API.
  __InternalSupabase: {
    PostgrestVersion: '13.0.5'
  }
  public: {
    Tables: {
";

const FOOTER: &str = r"    CompositeTypes: {
      [_ in never]: never
    }
  }
}

type PublicSchema = Database['public']

export type Tables<T extends keyof PublicSchema['Tables']> = PublicSchema['Tables'][T]['Row']
export type TablesInsert<T extends keyof PublicSchema['Tables']> = PublicSchema['Tables'][T]['Insert']
export type TablesUpdate<T extends keyof PublicSchema['Tables']> = PublicSchema['Tables'][T]['Update']
export type Enums<T extends keyof PublicSchema['Enums']> = PublicSchema['Enums'][T]
";

const NOTHING: &str = "      [_ in never]: never\n";

/// The types of what `view` may see.
#[must_use]
pub fn typescript(schema: &Schema, view: &View<'_>) -> String {
    let printer = Printer { schema, view };
    let mut out = String::from(HEADER);
    let tables: String = schema.models.iter().filter_map(|model| printer.table(model)).collect();
    out.push_str(if tables.is_empty() { NOTHING } else { &tables });
    out.push_str("    }\n    Views: {\n      [_ in never]: never\n    }\n    Functions: {\n");
    let functions: String = schema.operations.iter().filter_map(|operation| printer.function(operation)).collect();
    out.push_str(if functions.is_empty() { NOTHING } else { &functions });
    out.push_str("    }\n    Enums: {\n");
    let mut enums = String::new();
    for declared in &schema.enums {
        // Only those that something printed above uses.
        if out.contains(&enum_reference(&declared.name)) {
            let values: Vec<String> = declared.values.iter().map(|value| quoted(value)).collect();
            let _ = writeln!(enums, "      {}: {}", key(&declared.name), values.join(" | "));
        }
    }
    out.push_str(if enums.is_empty() { NOTHING } else { &enums });
    out.push_str("    }\n");
    out.push_str(FOOTER);
    out
}

struct Printer<'a> {
    schema: &'a Schema,
    view: &'a View<'a>,
}

impl Printer<'_> {
    fn is_visible(&self, model: &Model) -> bool {
        let ops = [Op::Read, Op::Create, Op::Update, Op::Delete];
        model.doors.rest && ops.into_iter().any(|op| self.view.allows(model.id, op))
    }

    fn table(&self, model: &Model) -> Option<String> {
        if !self.is_visible(model) {
            return None;
        }
        let mut out = format!("      {}: {{\n", key(&model.table));
        self.members(&mut out, "Row", model, |field| {
            let decision = &self.view.field(model.id, field.id).read;
            let masked = matches!(decision, Decision::PerRow(_));
            let shown = self.view.allows(model.id, Op::Read) && *decision != Decision::Never;
            shown.then(|| format!(": {}", self.ts(&field.ty, field.ty.nullable || masked)))
        });
        self.members(&mut out, "Insert", model, |field| {
            let written = self.view.allows(model.id, Op::Create)
                && is_settable(field)
                && self.view.field(model.id, field.id).create != Decision::Never;
            let optional = if field.ty.nullable || field.default.is_some() { "?" } else { "" };
            written.then(|| format!("{optional}: {}", self.ts(&field.ty, field.ty.nullable)))
        });
        self.members(&mut out, "Update", model, |field| {
            let written = self.view.allows(model.id, Op::Update)
                && is_settable(field)
                && self.view.field(model.id, field.id).updatable();
            written.then(|| format!("?: {}", self.ts(&field.ty, field.ty.nullable)))
        });
        let mut related = String::new();
        for relationship in self.schema.relationships.iter().filter(|relationship| relationship.from == model.id) {
            self.relationship(&mut related, model, relationship);
        }
        if related.is_empty() {
            out.push_str("        Relationships: []\n      }\n");
        } else {
            let _ = write!(out, "        Relationships: [\n{related}        ]\n      }}\n");
        }
        Some(out)
    }

    fn members(&self, out: &mut String, name: &str, model: &Model, member: impl Fn(&Field) -> Option<String>) {
        let members: String = model
            .fields
            .iter()
            .filter_map(|field| member(field).map(|text| format!("          {}{text}\n", key(&field.name))))
            .collect();
        let members = if members.is_empty() { "          [_ in never]: never\n".to_owned() } else { members };
        let _ = write!(out, "        {name}: {{\n{members}        }}\n");
    }

    /// Foreign keys that the table holds; the client finds the other directions itself.
    fn relationship(&self, out: &mut String, model: &Model, relationship: &Relationship) {
        let Link::Forward(id) = relationship.link else { return };
        let Some(foreign_key) = self.schema.foreign_keys.get(usize::from(id.0)) else { return };
        let Some(target) = self.schema.models.get(usize::from(foreign_key.to.0)) else { return };
        let columns = |of: &Model, ids: &[backstay_schema::model::FieldId]| -> Option<Vec<String>> {
            ids.iter()
                .map(|&id| {
                    let readable = self.view.field(of.id, id).read != Decision::Never;
                    of.fields.get(usize::from(id.0)).filter(|_| readable).map(|field| quoted(&field.name))
                })
                .collect()
        };
        if !self.view.allows(target.id, Op::Read) || !target.doors.rest {
            return;
        }
        let (Some(from), Some(to)) =
            (columns(model, &foreign_key.from_fields), columns(target, &foreign_key.to_fields))
        else {
            return;
        };
        let one_to_one = relationship.cardinality == Cardinality::OneToOne;
        let _ = write!(
            out,
            "          {{\n            foreignKeyName: {}\n            columns: [{}]\n            isOneToOne: {one_to_one}\n            \
             referencedRelation: {}\n            referencedColumns: [{}]\n          }},\n",
            quoted(&foreign_key.name),
            from.join(", "),
            quoted(&target.table),
            to.join(", "),
        );
    }

    fn function(&self, operation: &Operation) -> Option<String> {
        if matches!(self.view.operation(operation), None | Some(Gate::Closed)) {
            return None;
        }
        let arguments: Vec<String> = operation
            .arguments
            .iter()
            .map(|argument| {
                let optional = if argument.default.is_some() || argument.ty.nullable { "?" } else { "" };
                format!("{}{optional}: {}", key(&argument.name), self.ts(&argument.ty, argument.ty.nullable))
            })
            .collect();
        let arguments =
            if arguments.is_empty() { "never".to_owned() } else { format!("{{ {} }}", arguments.join("; ")) };
        let model = |id: &backstay_schema::model::ModelId| {
            let table = self.schema.models.get(usize::from(id.0)).map(|model| quoted(&model.table));
            table.map_or("Json".to_owned(), |table| format!("Database['public']['Tables'][{table}]['Row']"))
        };
        let returns = match &operation.returns {
            ReturnType::Models(id) => format!("{}[]", model(id)),
            ReturnType::Model(id) => format!("{} | null", model(id)),
            ReturnType::Scalar(ty) => self.ts(ty, ty.nullable),
            ReturnType::Object { object, list } => {
                format!("{}{}", self.object(*object, 0), if *list { "[]" } else { "" })
            }
            ReturnType::Void => "undefined".to_owned(),
        };
        let name = key(&operation.name);
        Some(format!("      {name}: {{\n        Args: {arguments}\n        Returns: {returns}\n      }}\n"))
    }

    fn ts(&self, ty: &FieldType, nullable: bool) -> String {
        let item = self.scalar(ty.scalar, 0);
        let mut text = match (ty.list, ty.items_nullable) {
            (true, true) => format!("({item} | null)[]"),
            (true, false) if item.contains(' ') => format!("({item})[]"),
            (true, false) => format!("{item}[]"),
            (false, _) => item,
        };
        if nullable {
            text.push_str(" | null");
        }
        text
    }

    fn scalar(&self, scalar: Scalar, depth: u8) -> String {
        match scalar {
            Scalar::Int | Scalar::BigInt | Scalar::Float | Scalar::Decimal => "number".to_owned(),
            Scalar::Boolean => "boolean".to_owned(),
            Scalar::String
            | Scalar::Id
            | Scalar::Uuid
            | Scalar::DateTime
            | Scalar::Date
            | Scalar::Time
            | Scalar::Bytes
            | Scalar::Email
            | Scalar::Url
            | Scalar::Phone => "string".to_owned(),
            Scalar::Json => "Json".to_owned(),
            Scalar::Enum(id) => self
                .schema
                .enums
                .get(usize::from(id.0))
                .map_or("string".to_owned(), |declared| enum_reference(&declared.name)),
            Scalar::Object(id) => self.object(id, depth),
        }
    }

    /// Objects are written out in place; one that holds itself ends in `Json`.
    fn object(&self, id: backstay_schema::model::ObjectId, depth: u8) -> String {
        const DEPTH_MAX: u8 = 8;
        let Some(object) = self.schema.objects.get(usize::from(id.0)).filter(|_| depth < DEPTH_MAX) else {
            return "Json".to_owned();
        };
        let members: Vec<String> = object
            .fields
            .iter()
            .map(|field| {
                let item = self.scalar(field.ty.scalar, depth + 1);
                let list = if field.ty.list { "[]" } else { "" };
                let (optional, null) = if field.ty.nullable { ("?", " | null") } else { ("", "") };
                format!("{}{optional}: {item}{list}{null}", key(&field.name))
            })
            .collect();
        format!("{{ {} }}", members.join("; "))
    }
}

/// Whether a caller can set the field at all.
fn is_settable(field: &Field) -> bool {
    field.managed.is_none() && field.computed.is_none()
}

fn enum_reference(name: &str) -> String {
    format!("Database['public']['Enums'][{}]", quoted(name))
}

/// A member name: quoted unless it is an identifier.
fn key(name: &str) -> String {
    let mut letters = name.chars();
    let starts = letters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_');
    if starts && letters.all(|letter| letter.is_ascii_alphanumeric() || letter == '_') {
        name.to_owned()
    } else {
        quoted(name)
    }
}

/// A string literal.
fn quoted(text: &str) -> String {
    let mut out = String::from("'");
    for letter in text.chars() {
        match letter {
            '\'' | '\\' => {
                out.push('\\');
                out.push(letter);
            }
            letter if letter.is_control() || matches!(letter, '\u{2028}' | '\u{2029}') => {
                let _ = write!(out, "\\u{{{:x}}}", u32::from(letter));
            }
            letter => out.push(letter),
        }
    }
    out.push('\'');
    out
}
