//! What an operation costs with its variables: a field is 1, a list multiplies by its limit, aggregates and nested rows are 5.
//! In: a validated operation. Out: a number that `plan::limits` judges. A fragment is worked out once.

use apollo_compiler::ast::Value;
use apollo_compiler::executable::{Field, Operation, Selection, SelectionSet};
use apollo_compiler::response::{JsonMap, JsonValue};
use apollo_compiler::schema::ExtendedType;
use apollo_compiler::{ExecutableDocument, Name, Schema as Types};
use std::collections::HashMap;

const AGGREGATE: u64 = 5;
const NESTED_ROW: u64 = 5;
/// Rows of a page that does not say how many.
const PAGE: u64 = 50;

/// The cost of an operation. `rows_max` is how many rows a level answers at most.
pub(super) fn cost(
    types: &Types,
    document: &ExecutableDocument,
    operation: &Operation,
    variables: &JsonMap,
    rows_max: u32,
) -> u64 {
    let mut meter = Meter { types, document, variables, rows_max: u64::from(rows_max), fragments: HashMap::new() };
    meter.selections(&operation.selection_set, None)
}

struct Meter<'d> {
    types: &'d Types,
    document: &'d ExecutableDocument,
    variables: &'d JsonMap,
    rows_max: u64,
    fragments: HashMap<(&'d Name, Option<u64>), u64>,
}

impl<'d> Meter<'d> {
    /// `rows` is how many rows a list of this level has that takes no arguments of its own: its parent said.
    fn selections(&mut self, set: &'d SelectionSet, rows: Option<u64>) -> u64 {
        let mut sum: u64 = 0;
        for selection in &set.selections {
            let cost = match selection {
                Selection::Field(field) => self.field(field, rows),
                Selection::InlineFragment(inline) => self.selections(&inline.selection_set, rows),
                Selection::FragmentSpread(spread) => self.fragment(&spread.fragment_name, rows),
            };
            sum = sum.saturating_add(cost);
        }
        sum
    }

    fn fragment(&mut self, name: &Name, rows: Option<u64>) -> u64 {
        let document = self.document;
        let Some((name, fragment)) = document.fragments.get_key_value(name) else { return 0 };
        if let Some(cost) = self.fragments.get(&(name, rows)) {
            return *cost;
        }
        let cost = self.selections(&fragment.selection_set, rows);
        self.fragments.insert((name, rows), cost);
        cost
    }

    fn field(&mut self, field: &'d Field, rows: Option<u64>) -> u64 {
        // Questions about the schema have a limit of their own.
        if field.name.starts_with("__") {
            return 1;
        }
        let own = self.rows(field);
        let is_list = field.definition.ty.is_list() && !field.selection_set.selections.is_empty();
        if is_list {
            let rows = own.or(rows).unwrap_or(self.rows_max / 10).max(1);
            let each = self.selections(&field.selection_set, None);
            return 1_u64.saturating_add(rows.saturating_mul(each));
        }
        let base = if field.name == "aggregate" && !field.selection_set.selections.is_empty() { AGGREGATE } else { 1 };
        let below = self.selections(&field.selection_set, own);
        base.saturating_add(below).saturating_add(self.nested_rows(field))
    }

    /// How many rows a field says it is about; `None` when it takes no argument that could say so.
    fn rows(&self, field: &Field) -> Option<u64> {
        let takes = |name: &str| field.definition.arguments.iter().any(|argument| argument.name == name);
        let rows = if takes("limit") {
            self.number(field, "limit").unwrap_or(self.rows_max / 10)
        } else if takes("first") {
            self.number(field, "first").or_else(|| self.number(field, "last")).unwrap_or(PAGE)
        } else if takes("objects") {
            self.length(field, "objects")
        } else if takes("representations") {
            self.length(field, "representations")
        } else if takes("max_affected") {
            self.number(field, "max_affected").unwrap_or(self.rows_max / 10)
        } else {
            return None;
        };
        Some(rows.min(self.rows_max))
    }

    fn number(&self, field: &Field, name: &str) -> Option<u64> {
        match &**field.specified_argument_by_name(name)? {
            Value::Int(number) => number.as_str().parse().ok(),
            Value::Variable(variable) => self.variables.get(variable.as_str())?.as_u64(),
            Value::Null
            | Value::Enum(_)
            | Value::String(_)
            | Value::Float(_)
            | Value::Boolean(_)
            | Value::List(_)
            | Value::Object(_) => None,
        }
    }

    fn length(&self, field: &Field, name: &str) -> u64 {
        let Some(value) = field.specified_argument_by_name(name) else { return 0 };
        match &**value {
            Value::List(items) => items.len() as u64,
            Value::Variable(variable) => match self.variables.get(variable.as_str()) {
                Some(JsonValue::Array(items)) => items.len() as u64,
                Some(_) => 1,
                None => 0,
            },
            // One value stands for a list of it.
            Value::Null
            | Value::Enum(_)
            | Value::String(_)
            | Value::Float(_)
            | Value::Int(_)
            | Value::Boolean(_)
            | Value::Object(_) => 1,
        }
    }

    /// Rows that are inserted with the rows of an insert.
    fn nested_rows(&self, field: &Field) -> u64 {
        let rows = ["objects", "object"].iter().filter_map(|name| {
            let definition = field.definition.arguments.iter().find(|argument| argument.name == *name)?;
            let value = field.specified_argument_by_name(name)?;
            Some(self.in_value(definition.ty.inner_named_type(), value))
        });
        rows.fold(0, u64::saturating_add).saturating_mul(NESTED_ROW)
    }

    /// Members of an input object that are rows or lists of rows, with the type of those rows.
    fn nested(&self, ty: &Name, member: &str) -> Option<&'d Name> {
        let types = self.types;
        let ExtendedType::InputObject(object) = types.types.get(ty)? else { return None };
        let wrapper = object.fields.get(member)?.ty.inner_named_type();
        if !wrapper.ends_with("_rel_insert_input") {
            return None;
        }
        let ExtendedType::InputObject(wrapper) = types.types.get(wrapper)? else { return None };
        Some(wrapper.fields.get("data")?.ty.inner_named_type())
    }

    fn in_value(&self, ty: &Name, value: &Value) -> u64 {
        match value {
            Value::Variable(variable) => {
                self.variables.get(variable.as_str()).map_or(0, |value| self.in_json(ty, value))
            }
            Value::List(items) => items.iter().map(|item| self.in_value(ty, item)).fold(0, u64::saturating_add),
            Value::Object(members) => {
                let nested = members.iter().filter_map(|(name, value)| {
                    let row = self.nested(ty, name)?;
                    Some(match &**value {
                        Value::Object(wrapper) => {
                            let data = wrapper.iter().find(|(name, _)| name == "data").map(|(_, data)| &**data);
                            data.map_or(0, |data| self.rows_of_value(row, data))
                        }
                        Value::Variable(variable) => {
                            self.variables.get(variable.as_str()).map_or(0, |value| self.rows_of_wrapper(row, value))
                        }
                        Value::Null
                        | Value::Enum(_)
                        | Value::String(_)
                        | Value::Float(_)
                        | Value::Int(_)
                        | Value::Boolean(_)
                        | Value::List(_) => 0,
                    })
                });
                nested.fold(0, u64::saturating_add)
            }
            Value::Null | Value::Enum(_) | Value::String(_) | Value::Float(_) | Value::Int(_) | Value::Boolean(_) => 0,
        }
    }

    fn rows_of_value(&self, row: &Name, data: &Value) -> u64 {
        let own = match data {
            Value::List(items) => items.len() as u64,
            Value::Variable(variable) => {
                return self.variables.get(variable.as_str()).map_or(0, |data| self.rows_of_json(row, data));
            }
            Value::Null
            | Value::Enum(_)
            | Value::String(_)
            | Value::Float(_)
            | Value::Int(_)
            | Value::Boolean(_)
            | Value::Object(_) => 1,
        };
        own.saturating_add(self.in_value(row, data))
    }

    fn in_json(&self, ty: &Name, value: &JsonValue) -> u64 {
        match value {
            JsonValue::Array(items) => items.iter().map(|item| self.in_json(ty, item)).fold(0, u64::saturating_add),
            JsonValue::Object(members) => {
                let nested = members
                    .iter()
                    .filter_map(|(name, value)| Some(self.rows_of_wrapper(self.nested(ty, name.as_str())?, value)));
                nested.fold(0, u64::saturating_add)
            }
            JsonValue::Null | JsonValue::Bool(_) | JsonValue::Number(_) | JsonValue::String(_) => 0,
        }
    }

    fn rows_of_wrapper(&self, row: &Name, wrapper: &JsonValue) -> u64 {
        wrapper.get("data").map_or(0, |data| self.rows_of_json(row, data))
    }

    fn rows_of_json(&self, row: &Name, data: &JsonValue) -> u64 {
        let own = data.as_array().map_or(1, |items| items.len() as u64);
        own.saturating_add(self.in_json(row, data))
    }
}
