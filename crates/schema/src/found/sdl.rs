//! Writes the schema file.

use super::names::{self, Names};
use super::{Column, Default, ForeignKey, Found, Kind, Table};
use crate::model::Dialect;
use crate::naming;
use crate::system::reserved;
use std::collections::{HashMap, HashSet};

/// A schema file, and what it does not say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The file.
    pub text: String,
    /// What is left out, in words.
    pub left_out: Vec<String>,
}

const HEAD: &str = "\
# Written by `backstay init --from` from the tables that are there. `managed: false` says that they are left as they are.
# Nobody but the service role may do anything yet: give rules with @access, such as
#   @access(roles: [\"user\"], ops: [READ])

";

/// Writes the schema of a database.
#[must_use]
pub fn write(found: &Found) -> Written {
    let mut writer = Writer { found, types: HashMap::new(), enums: HashMap::new(), left_out: Vec::new() };
    writer.name_all();
    let mut text = HEAD.to_owned();
    for (name, values) in &found.enums {
        if let Some(own) = writer.enums.get(name) {
            text.push_str(&format!("enum {own} {{ {} }}\n", values.join(" ")));
        }
    }
    for table in &found.tables {
        if writer.types.contains_key(&table.name) {
            text.push('\n');
            text.push_str(&writer.model(table));
        }
    }
    if !writer.left_out.is_empty() {
        text.push_str("\n# Not in this file:\n");
        for line in &writer.left_out {
            text.push_str(&format!("# - {}\n", line.replace('\n', " ")));
        }
    }
    Written { text, left_out: writer.left_out }
}

struct Writer<'a> {
    found: &'a Found,
    /// Name of the type of each table that is written.
    types: HashMap<String, String>,
    /// Name of the type of each enum that is written.
    enums: HashMap<String, String>,
    left_out: Vec<String>,
}

/// A table with names for its columns.
struct Model<'a> {
    table: &'a Table,
    /// Name of the field of each column that is written.
    fields: HashMap<&'a str, String>,
    names: Names,
}

impl<'a> Writer<'a> {
    fn name_all(&mut self) {
        let mut names = Names::of_types();
        let (mut tables, mut left_out) = (HashSet::new(), Vec::new());
        for table in &self.found.tables {
            match unwritable(table) {
                None if !tables.insert(table.name.to_lowercase()) => {
                    left_out.push(format!("table \"{}\": another one differs by case alone", table.name));
                }
                None => drop(self.types.insert(table.name.clone(), names.free(&names::of_type(&table.name)))),
                Some(reason) => left_out.push(format!("table \"{}\": {reason}", table.name)),
            }
        }
        for (name, values) in &self.found.enums {
            let is_word =
                |value: &String| names::is_plain(value) && !["true", "false", "null"].contains(&value.as_str());
            if values.iter().all(is_word) && !values.is_empty() {
                self.enums.insert(name.clone(), names.free(&names::of_type(name)));
            } else {
                left_out.push(format!(
                    "enum \"{name}\", whose values are no names: a text in its place ({})",
                    values.join(", ")
                ));
            }
        }
        left_out.extend(self.found.others.iter().map(|(name, what)| format!("{what} \"{name}\"")));
        self.left_out = left_out;
    }

    fn model(&mut self, table: &'a Table) -> String {
        let mut model = Model { table, fields: HashMap::new(), names: Names::default() };
        for column in &table.columns {
            let reason = names::unspeakable(&column.name);
            let reason = reason.or((column.kind == Kind::Unknown).then_some("its type has no counterpart"));
            match reason {
                None => drop(model.fields.insert(&column.name, model.names.free(&names::plain(&column.name)))),
                Some(reason) => {
                    let required = column.required && column.default == Default::Null;
                    let so = if required { "; it must have a value, so that nothing can be inserted" } else { "" };
                    let line =
                        format!("column \"{}\".\"{}\" ({}): {reason}{so}", table.name, column.name, column.declared);
                    self.left_out.push(line);
                }
            }
        }
        let key = key_of(table);
        let mut lines: Vec<String> =
            table.remarks.iter().map(|remark| format!("  # {}", remark.replace('\n', " "))).collect();
        for column in &table.columns {
            match model.fields.get(column.name.as_str()) {
                Some(name) => lines.push(self.field(column, name, (table, &key))),
                None => lines.push(format!("  # \"{}\" {}: left out", column.name.replace('\n', " "), column.declared)),
            }
        }
        for foreign_key in &table.foreign_keys {
            lines.push(self.relation(&mut model, foreign_key));
        }
        let name = self.types.get(&table.name).cloned().unwrap_or_default();
        let uniques = self.constraints(&model, &key);
        format!(
            "type {name} @model(table: {}, managed: false){uniques} {{\n{}\n}}\n",
            quoted(&table.name),
            lines.join("\n")
        )
    }

    fn field(&self, column: &Column, name: &str, (table, key): (&Table, &[String])) -> String {
        let of_enum;
        let scalar = match &column.kind {
            Kind::Scalar(scalar) => *scalar,
            Kind::Enum(of) => {
                of_enum = self.enums.get(of);
                of_enum.map_or("String", String::as_str)
            }
            Kind::Unknown => "String",
        };
        let is_key = key.contains(&column.name);
        let (default, filled) = default_of(column, is_key);
        let ty = if column.list { format!("[{scalar}]") } else { scalar.to_owned() };
        let mut line = format!("  {name}: {ty}{}", if is_required(column, is_key) { "!" } else { "" });
        if is_key {
            line.push_str(&format!(" @id(auto: {})", counted(column, (table, key))));
        }
        line.push_str(&default);
        if name != column.name {
            line.push_str(&format!(" @map(name: {})", quoted(&column.name)));
        }
        if let (Kind::Enum(of), Dialect::Postgres) = (&column.kind, self.found.dialect) {
            line.push_str(&format!(" @dbType(postgres: {})", quoted(of)));
        }
        match &column.default {
            Default::Derived => line.push_str("  # the database derives it: it cannot be written"),
            Default::Counter if !is_key => line.push_str("  # the database counts it"),
            Default::Expression(text) if filled => {
                line.push_str(&format!("  # the database fills it: {}", text.replace('\n', " ")))
            }
            Default::Null | Default::Counter | Default::Expression(_) => {}
        }
        line
    }

    fn relation(&mut self, model: &mut Model<'_>, key: &ForeignKey) -> String {
        let table = model.table;
        let own: Option<Vec<&String>> = key.columns.iter().map(|column| model.fields.get(column.as_str())).collect();
        let target = self.found.tables.iter().find(|table| table.name == key.table);
        let their_fields = target.map(field_names);
        let theirs = their_fields.as_ref().and_then(|fields| {
            key.references.iter().map(|column| fields.get(column.as_str())).collect::<Option<Vec<&String>>>()
        });
        let unique = target.is_some_and(|target| {
            let same = |columns: &[String]| {
                columns.len() == key.references.len() && key.references.iter().all(|one| columns.contains(one))
            };
            same(&key_of(target)) || target.uniques.iter().any(|unique| same(&unique.columns))
        });
        let ty = self.types.get(&key.table).filter(|_| unique);
        let (Some(own), Some(theirs), Some(ty)) = (own, theirs, ty) else {
            let line = format!("reference \"{}\" of \"{}\" to \"{}\"", key.name, table.name, key.table);
            self.left_out.push(line.clone());
            return format!("  # {line}: left out");
        };
        let of_key = key_of(table);
        let has_value = |name: &String| {
            let column = table.columns.iter().find(|column| column.name == *name);
            column.is_some_and(|column| is_required(column, of_key.contains(name)))
        };
        let required = key.columns.iter().all(has_value);
        let list = |fields: &[&String]| {
            format!("[{}]", fields.iter().map(|field| quoted(field)).collect::<Vec<_>>().join(", "))
        };
        let (own, theirs) = (list(&own), list(&theirs));
        let mark = if required { "!" } else { "" };
        let mut arguments = format!("fields: {own}, references: {theirs}, name: {}", quoted(&key.name));
        for (argument, action) in [("onDelete", &key.on_delete), ("onUpdate", &key.on_update)] {
            match action.to_uppercase().as_str() {
                "CASCADE" => arguments.push_str(&format!(", {argument}: CASCADE")),
                "RESTRICT" => arguments.push_str(&format!(", {argument}: RESTRICT")),
                "SET NULL" => arguments.push_str(&format!(", {argument}: SET_NULL")),
                _ => {}
            }
        }
        let name = model.names.free(&relation_name(key, ty));
        format!("  {name}: {ty}{mark} @relation({arguments})")
    }

    fn constraints(&self, model: &Model<'_>, key: &[String]) -> String {
        let mut out = String::new();
        let mut seen = HashSet::from([key.to_vec()]);
        let list = |columns: &[String]| -> Option<String> {
            let fields: Option<Vec<String>> =
                columns.iter().map(|column| model.fields.get(column.as_str()).map(|field| quoted(field))).collect();
            Some(format!("[{}]", fields?.join(", ")))
        };
        for unique in &model.table.uniques {
            if let Some(fields) = list(&unique.columns).filter(|_| seen.insert(unique.columns.clone())) {
                let name = self.name_of(model.table, &unique.name);
                out.push_str(&format!("\n  @unique(fields: {fields}, name: {})", quoted(&name)));
            }
        }
        for index in &model.table.indexes {
            if let Some(fields) = list(index).filter(|_| seen.insert(index.clone())) {
                out.push_str(&format!("\n  @index(fields: {fields})"));
            }
        }
        out
    }
}

impl Writer<'_> {
    /// A constraint's name, with its table before it where several tables have one of the same name.
    fn name_of(&self, table: &Table, name: &str) -> String {
        let uniques = self.found.tables.iter().flat_map(|table| &table.uniques);
        match uniques.filter(|unique| unique.name == name).count() {
            0 | 1 => name.to_owned(),
            _ => [&table.name, "_", name].concat(),
        }
    }
}

/// The fields of a table's columns, as [`Writer::model`] names them.
fn field_names(table: &Table) -> HashMap<&str, String> {
    let mut names = Names::default();
    let speakable = |column: &&Column| names::unspeakable(&column.name).is_none() && column.kind != Kind::Unknown;
    table
        .columns
        .iter()
        .filter(speakable)
        .map(|column| (column.name.as_str(), names.free(&names::plain(&column.name))))
        .collect()
}

/// `customer_id` → `customer`; where the column says nothing, the type.
fn relation_name(key: &ForeignKey, ty: &str) -> String {
    let only = match key.columns.as_slice() {
        [only] => names::plain(only),
        _ => String::new(),
    };
    let stem = ["_id", "Id", "ID", "_fk"].iter().find_map(|ending| only.strip_suffix(ending));
    stem.filter(|stem| names::is_plain(stem)).map_or_else(|| naming::camel_case(ty), str::to_owned)
}

/// The key's columns: the primary key, else a unique constraint whose columns have a value in every row.
fn key_of(table: &Table) -> Vec<String> {
    if !table.key.is_empty() {
        return table.key.clone();
    }
    let required = |name: &String| table.columns.iter().any(|column| column.name == *name && column.required);
    let unique = table.uniques.iter().find(|unique| unique.columns.iter().all(required));
    unique.map(|unique| unique.columns.clone()).unwrap_or_default()
}

/// Why a table cannot stand in a schema, if it cannot.
fn unwritable(table: &Table) -> Option<String> {
    if let Some(reason) = names::unspeakable(&table.name) {
        return Some(reason.to_owned());
    }
    if let Some(prefix) = reserved(&table.name) {
        return Some(format!("names that begin with `{prefix}` are Backstay's"));
    }
    let lower = table.name.to_lowercase();
    if lower == "rpc" || ["sqlite_", "pg_", "backstay_"].iter().any(|prefix| lower.starts_with(prefix)) {
        return Some("its name is reserved".to_owned());
    }
    let key = key_of(table);
    if key.is_empty() {
        return Some("it has neither a primary key nor columns that are unique and always have a value".to_owned());
    }
    let fit = |name: &String| {
        let column = table.columns.iter().find(|column| column.name == *name);
        column.is_some_and(|column| {
            let scalar = matches!(column.kind, Kind::Scalar(scalar) if scalar != "JSON");
            scalar && !column.list && names::unspeakable(name).is_none()
        })
    };
    (!key.iter().all(fit)).then(|| "a column of its key has a type or a name that has no counterpart".to_owned())
}

/// How the key is filled in.
fn counted(column: &Column, (table, key): (&Table, &[String])) -> &'static str {
    let refers = table.foreign_keys.iter().any(|foreign| foreign.columns.contains(&column.name));
    let uuid = matches!(&column.default, Default::Expression(text) if text.contains("uuid"));
    match &column.default {
        Default::Counter if key.len() == 1 && !refers => "INCREMENT",
        Default::Expression(_) if uuid && column.kind == Kind::Scalar("UUID") => "UUID",
        Default::Null | Default::Counter | Default::Derived | Default::Expression(_) => "NONE",
    }
}

/// Whether the field has a value in every row, and every insert must give one.
fn is_required(column: &Column, is_key: bool) -> bool {
    is_key || (column.required && !default_of(column, is_key).1)
}

/// The directive for a default, and whether the database fills the column in where the schema cannot say how.
fn default_of(column: &Column, is_key: bool) -> (String, bool) {
    let text = match &column.default {
        Default::Null => return (String::new(), false),
        Default::Counter | Default::Derived => return (String::new(), true),
        Default::Expression(_) if is_key => return (String::new(), false),
        Default::Expression(text) => text.trim(),
    };
    let Kind::Scalar(scalar) = column.kind else { return (String::new(), true) };
    let lower = text.to_lowercase();
    let is_time = matches!(scalar, "DateTime" | "Date" | "Time");
    if is_time && (lower == "now()" || lower.starts_with("current_")) {
        return (" @default(expr: \"now()\")".to_owned(), false);
    }
    if scalar == "UUID" && lower == "gen_random_uuid()" {
        return (" @default(expr: \"uuid()\")".to_owned(), false);
    }
    match constant(text, scalar).filter(|_| !column.list) {
        Some(value) => (format!(" @default(value: {value})"), false),
        None => (String::new(), true),
    }
}

/// A constant in the words of a database as one of the schema's.
fn constant(text: &str, scalar: &str) -> Option<String> {
    let bare = text.split_once("::").map_or(text, |(value, _)| value).trim_matches(['(', ')']);
    let inner = bare.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\''));
    let value = inner.unwrap_or(bare);
    match scalar {
        "Boolean" => match value.to_lowercase().as_str() {
            "true" | "1" | "t" => Some("true".to_owned()),
            "false" | "0" | "f" => Some("false".to_owned()),
            _ => None,
        },
        "Int" | "BigInt" => value.parse::<i64>().ok().map(|number| number.to_string()),
        "Float" => value.parse::<f64>().ok().filter(|number| number.is_finite()).map(|_| value.to_owned()),
        "Decimal" => value.parse::<f64>().ok().filter(|number| number.is_finite()).map(|_| quoted(value)),
        "String" => inner.filter(|value| !value.contains("::")).map(|value| quoted(&value.replace("''", "'"))),
        _ => None,
    }
}

/// A text as GraphQL writes it.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
