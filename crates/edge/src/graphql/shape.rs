//! The variables of a request, taken apart: their shape, on which what is asked depends, and the values that are merely put in.
//! In: coerced variables and their declared types. Out: [`Shaped`]. Requests of one shape differ in values only.

use super::plan::{Given, Leaf};
use apollo_compiler::Schema as Types;
use apollo_compiler::ast::{Type, VariableDefinition};
use apollo_compiler::response::{JsonMap, JsonValue};
use apollo_compiler::schema::ExtendedType;
use apollo_compiler::{Name, Node};

/// Nesting of input objects that are taken apart; what is deeper stands as it is.
const DEPTH_MAX: usize = 64;

/// Variables, taken apart.
#[derive(Debug, Default)]
pub(super) struct Shaped<'a> {
    /// What tells one shape from another.
    pub(super) key: String,
    /// Values that are put in, in the order of the variables.
    pub(super) leaves: Vec<&'a JsonValue>,
    /// The variables that have a value, with leaves in place of what is put in.
    pub(super) variables: Variables<'a>,
}

/// Values of variables, by name.
#[derive(Debug, Default)]
pub(super) struct Variables<'a>(Vec<(&'a str, Given<'a>)>);

impl<'a> Variables<'a> {
    /// The value of a variable that has one.
    pub(super) fn get(&self, name: &str) -> Option<&Given<'a>> {
        self.0.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    fn whole(variables: &'a JsonMap) -> Self {
        Self(variables.iter().map(|(name, value)| (name.as_str(), Given::of_json(value))).collect())
    }
}

/// Takes variables apart.
pub(super) fn shaped<'a>(
    types: &Types,
    declared: &'a [Node<VariableDefinition>],
    variables: &'a JsonMap,
) -> Shaped<'a> {
    let mut shaped = Shaped::default();
    for definition in declared {
        let name = definition.name.as_str();
        match variables.get(name) {
            None => shaped.key.push('-'),
            Some(value) => {
                let given = shaped.take(types, (&definition.ty, value), 0);
                shaped.variables.0.push((name, given));
            }
        }
    }
    shaped
}

impl<'a> Shaped<'a> {
    /// Variables that are not taken apart: all they hold is part of what is asked.
    pub(super) fn whole(variables: &'a JsonMap) -> Self {
        Self { variables: Variables::whole(variables), ..Self::default() }
    }

    fn take(&mut self, types: &Types, (ty, value): (&Type, &'a JsonValue), depth: usize) -> Given<'a> {
        match (ty, value) {
            (_, JsonValue::Null) => {
                self.key.push('0');
                Given::Null
            }
            (Type::List(item) | Type::NonNullList(item), JsonValue::Array(items)) => {
                if is_leaf(types, item.inner_named_type()) {
                    return self.leaf(value, true);
                }
                self.key.push('[');
                let items = items.iter().map(|value| self.take(types, (item, value), depth)).collect();
                self.key.push(']');
                Given::List(items)
            }
            (Type::Named(name) | Type::NonNullNamed(name), value) => self.named(types, (name, value), depth),
            (Type::List(item) | Type::NonNullList(item), value) => self.take(types, (item, value), depth),
        }
    }

    fn named(&mut self, types: &Types, (name, value): (&Name, &'a JsonValue), depth: usize) -> Given<'a> {
        match (types.types.get(name), value) {
            (Some(ExtendedType::InputObject(object)), JsonValue::Object(members)) if depth < DEPTH_MAX => {
                self.key.push('{');
                let mut taken = Vec::with_capacity(members.len());
                for (name, value) in members {
                    // A name has none of the other signs in it.
                    self.key.push_str(name.as_str());
                    self.key.push(':');
                    let given = match object.fields.get(name.as_str()) {
                        Some(field) => self.take(types, (&field.ty, value), depth + 1),
                        None => self.part(value),
                    };
                    taken.push((name.as_str(), given));
                }
                self.key.push('}');
                Given::Object(taken)
            }
            _ if is_leaf(types, name) => self.leaf(value, false),
            _ => self.part(value),
        }
    }

    fn leaf(&mut self, value: &'a JsonValue, list: bool) -> Given<'a> {
        self.key.push(if list { '*' } else { '.' });
        self.leaves.push(value);
        Given::Leaf(Leaf { at: self.leaves.len() - 1, list })
    }

    /// A value that is part of the shape, such as an enum's.
    fn part(&mut self, value: &'a JsonValue) -> Given<'a> {
        self.key.push('=');
        self.key.push_str(&value.to_string());
        self.key.push(';');
        Given::of_json(value)
    }
}

/// Whether values of a type are merely put in: scalars, but for truth values, which decide what is asked.
fn is_leaf(types: &Types, name: &Name) -> bool {
    matches!(types.types.get(name), Some(ExtendedType::Scalar(_))) && name != "Boolean"
}

#[cfg(test)]
mod tests {
    use super::*;
    use apollo_compiler::parser::Parser;
    use apollo_compiler::request::coerce_variable_values;
    use apollo_compiler::{ExecutableDocument, Schema};
    use serde_json::json;

    const TYPES: &str = "type Query { a(i: Int, s: [String!], b: Boolean, e: E, o: O, l: [O!], j: JSON): Int } \
                         enum E { x y } scalar JSON input O { i: Int s: [String!] o: O e: E j: JSON }";

    fn key(declared: &str, variables: serde_json::Value) -> (String, usize) {
        let types = Schema::parse_and_validate(TYPES, "").unwrap();
        let text = format!("query({declared}) {{ __typename }}");
        let document = Parser::new().parse_ast(&text, "").unwrap().to_executable(&types).unwrap();
        let document: ExecutableDocument = document;
        let operation = document.operations.get(None).unwrap();
        let given: JsonMap = serde_json::from_value(variables).unwrap();
        let coerced = coerce_variable_values(&types, operation, &given).unwrap();
        let shaped = shaped(&types, &operation.variables, &coerced);
        (shaped.key, shaped.leaves.len())
    }

    #[test]
    fn shapes() {
        for (declared, variables, expected, leaves) in [
            ("$i: Int", json!({}), "-", 0),
            ("$i: Int", json!({"i": null}), "0", 0),
            ("$i: Int", json!({"i": 1}), ".", 1),
            ("$i: Int = 5", json!({}), ".", 1),
            ("$b: Boolean", json!({"b": true}), "=true;", 0),
            ("$e: E", json!({"e": "x"}), "=\"x\";", 0),
            ("$s: [String!]", json!({"s": ["a", "b"]}), "*", 1),
            ("$s: [String!]", json!({"s": "a"}), "*", 1),
            ("$j: JSON", json!({"j": {"a": [1, {}]}}), ".", 1),
            ("$o: O", json!({"o": {"i": 1, "o": {"s": ["a"], "e": "y"}}}), "{i:.o:{s:*e:=\"y\";}}", 2),
            ("$l: [O!], $i: Int", json!({"l": [{"j": 1}, {"i": null}], "i": 2}), "[{j:.}{i:0}].", 2),
        ] {
            assert_eq!(key(declared, variables.clone()), (expected.to_owned(), leaves), "{declared} {variables}");
        }
    }
}
