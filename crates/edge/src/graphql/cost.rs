//! What an operation costs: a field is 1, a list multiplies by its limit, aggregates and nested rows are 5. In: a validated operation
//! and the shape of its variables. Out: a formula over their values, whose result `plan::limits` judges. A fragment counts once.

use super::plan::Given;
use super::shape::Variables;
use apollo_compiler::executable::{Field, FragmentMap, Operation, Selection, SelectionSet};
use apollo_compiler::response::JsonValue;
use apollo_compiler::schema::ExtendedType;
use apollo_compiler::{Name, Schema as Types};
use std::collections::HashMap;

const AGGREGATE: u64 = 5;
const NESTED_ROW: u64 = 5;
/// Rows of a page that does not say how many.
const PAGE: u64 = 50;

/// What an operation costs with variables of one shape.
#[derive(Debug)]
pub(super) struct Formula {
    /// Sums that others multiply, each behind those that it multiplies itself.
    nodes: Vec<Sum>,
    root: Sum,
    rows_max: u64,
}

/// A number, and products that depend on values.
#[derive(Debug, Clone, Default)]
struct Sum {
    known: u64,
    /// Fields that it counts, each once however many rows there are.
    fields: u64,
    terms: Vec<Term>,
}

#[derive(Debug, Clone, Copy)]
struct Term {
    rows: Rows,
    /// Position of what is multiplied.
    of: usize,
}

/// How many rows there are of something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Rows {
    Known(u64),
    /// As many as a leaf says, or some other number when it says none.
    Leaf {
        at: usize,
        otherwise: u64,
    },
}

impl Formula {
    /// The formula of an operation. `rows_max` is how many rows a level answers at most.
    pub(super) fn of(
        types: &Types,
        fragments: &FragmentMap,
        operation: &Operation,
        variables: &Variables<'_>,
        rows_max: u32,
    ) -> Self {
        let rows_max = u64::from(rows_max);
        let mut meter = Meter { types, fragments, variables, rows_max, counted: HashMap::new(), nodes: Vec::new() };
        let root = meter.selections(&operation.selection_set, None);
        Self { nodes: meter.nodes, root, rows_max }
    }

    /// What the operation costs with some values.
    pub(super) fn cost(&self, leaves: &[&JsonValue]) -> u64 {
        let mut costs = Vec::with_capacity(self.nodes.len());
        for node in &self.nodes {
            let cost = self.sum(node, (&costs, leaves));
            costs.push(cost);
        }
        self.sum(&self.root, (&costs, leaves))
    }

    /// Fields of the operation, those of a fragment wherever it is used.
    pub(super) fn fields(&self) -> u64 {
        self.root.fields
    }

    fn sum(&self, sum: &Sum, (costs, leaves): (&[u64], &[&JsonValue])) -> u64 {
        let term = |term: &Term| {
            let rows = match term.rows {
                Rows::Known(rows) => rows,
                Rows::Leaf { at, otherwise } => leaves.get(at).and_then(|leaf| leaf.as_u64()).unwrap_or(otherwise),
            };
            rows.min(self.rows_max).max(1).saturating_mul(costs.get(term.of).copied().unwrap_or(u64::MAX))
        };
        sum.terms.iter().map(term).fold(sum.known, u64::saturating_add)
    }
}

impl Sum {
    /// What one field costs by itself.
    fn field(known: u64) -> Self {
        Self { known, fields: 1, terms: Vec::new() }
    }

    fn add(&mut self, other: Sum) {
        self.known = self.known.saturating_add(other.known);
        self.fields = self.fields.saturating_add(other.fields);
        self.terms.extend(other.terms);
    }
}

struct Meter<'d> {
    types: &'d Types,
    fragments: &'d FragmentMap,
    variables: &'d Variables<'d>,
    rows_max: u64,
    counted: HashMap<(&'d Name, Option<Rows>), Sum>,
    nodes: Vec<Sum>,
}

impl<'d> Meter<'d> {
    /// `rows` is how many rows a list of this level has that takes no arguments of its own: its parent said.
    fn selections(&mut self, set: &'d SelectionSet, rows: Option<Rows>) -> Sum {
        let mut sum = Sum::default();
        for selection in &set.selections {
            sum.add(match selection {
                Selection::Field(field) => self.field(field, rows),
                Selection::InlineFragment(inline) => self.selections(&inline.selection_set, rows),
                Selection::FragmentSpread(spread) => self.fragment(&spread.fragment_name, rows),
            });
        }
        sum
    }

    fn fragment(&mut self, name: &Name, rows: Option<Rows>) -> Sum {
        let fragments = self.fragments;
        let Some((name, fragment)) = fragments.get_key_value(name) else { return Sum::default() };
        if let Some(sum) = self.counted.get(&(name, rows)) {
            return sum.clone();
        }
        let sum = self.selections(&fragment.selection_set, rows);
        // What depends on values is worked out once, wherever the fragment is used.
        let sum = if sum.terms.is_empty() { sum } else { self.times(Rows::Known(1), sum) };
        self.counted.insert((name, rows), sum.clone());
        sum
    }

    /// A sum for each of some rows.
    fn times(&mut self, rows: Rows, each: Sum) -> Sum {
        match rows {
            Rows::Known(rows) if each.terms.is_empty() => {
                Sum { known: rows.min(self.rows_max).max(1).saturating_mul(each.known), ..each }
            }
            Rows::Known(_) | Rows::Leaf { .. } => {
                let fields = each.fields;
                self.nodes.push(each);
                Sum { known: 0, fields, terms: vec![Term { rows, of: self.nodes.len() - 1 }] }
            }
        }
    }

    fn field(&mut self, field: &'d Field, rows: Option<Rows>) -> Sum {
        // Questions about the schema have a limit of their own.
        if field.name.starts_with("__") {
            return Sum::field(1);
        }
        let own = self.rows(field);
        let is_list = field.definition.ty.is_list() && !field.selection_set.selections.is_empty();
        if is_list {
            let rows = own.or(rows).unwrap_or(Rows::Known(self.rows_max / 10));
            let each = self.selections(&field.selection_set, None);
            let mut sum = self.times(rows, each);
            sum.add(Sum::field(1));
            return sum;
        }
        let base = if field.name == "aggregate" && !field.selection_set.selections.is_empty() { AGGREGATE } else { 1 };
        let mut sum = self.selections(&field.selection_set, own);
        sum.add(Sum::field(base.saturating_add(self.nested_rows(field))));
        sum
    }

    /// How many rows a field says it is about; `None` when it takes no argument that could say so.
    fn rows(&self, field: &'d Field) -> Option<Rows> {
        let takes = |name: &str| field.definition.arguments.iter().any(|argument| argument.name == name);
        let share = self.rows_max / 10;
        if takes("limit") {
            Some(self.number(field, "limit", share).unwrap_or(Rows::Known(share)))
        } else if takes("first") {
            let number = |name| self.number(field, name, PAGE);
            Some(number("first").or_else(|| number("last")).unwrap_or(Rows::Known(PAGE)))
        } else if takes("objects") {
            Some(Rows::Known(self.length(field, "objects")))
        } else if takes("representations") {
            Some(Rows::Known(self.length(field, "representations")))
        } else if takes("max_affected") {
            Some(self.number(field, "max_affected", share).unwrap_or(Rows::Known(share)))
        } else {
            None
        }
    }

    fn argument(&self, field: &'d Field, name: &str) -> Option<Given<'d>> {
        Given::of(field.specified_argument_by_name(name)?, self.variables)
    }

    fn number(&self, field: &'d Field, name: &str, otherwise: u64) -> Option<Rows> {
        match self.argument(field, name)? {
            Given::Number(number) => number.parse().ok().map(Rows::Known),
            Given::Leaf(leaf) => Some(Rows::Leaf { at: leaf.at, otherwise }),
            Given::Null | Given::Text(_) | Given::Bool(_) | Given::List(_) | Given::Object(_) => None,
        }
    }

    fn length(&self, field: &'d Field, name: &str) -> u64 {
        self.argument(field, name).map_or(0, |given| given.items().len() as u64)
    }

    /// Rows that are inserted with the rows of an insert.
    fn nested_rows(&self, field: &'d Field) -> u64 {
        let rows = ["objects", "object"].iter().filter_map(|name| {
            let definition = field.definition.arguments.iter().find(|argument| argument.name == *name)?;
            Some(self.below(definition.ty.inner_named_type(), &self.argument(field, name)?))
        });
        rows.fold(0, u64::saturating_add).saturating_mul(NESTED_ROW)
    }

    /// The type of the rows that a member of an input object holds, when it holds rows.
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

    /// Rows that hang on a row, or on each of several.
    fn below(&self, ty: &Name, given: &Given<'_>) -> u64 {
        let all: Box<dyn Iterator<Item = u64> + '_> = match given {
            Given::List(items) => Box::new(items.iter().map(|item| self.below(ty, item))),
            Given::Object(members) => Box::new(members.iter().filter_map(|(name, wrapper)| {
                let row = self.nested(ty, name)?;
                let Given::Object(wrapper) = wrapper else { return None };
                let (_, data) = wrapper.iter().find(|(name, _)| *name == "data")?;
                let own = match data {
                    Given::List(items) => items.len() as u64,
                    Given::Null => 0,
                    Given::Object(_) | Given::Text(_) | Given::Bool(_) | Given::Number(_) | Given::Leaf(_) => 1,
                };
                Some(own.saturating_add(self.below(row, data)))
            })),
            Given::Null | Given::Text(_) | Given::Bool(_) | Given::Number(_) | Given::Leaf(_) => return 0,
        };
        all.fold(0, u64::saturating_add)
    }
}
