//! A query as one line of text, so that a row of a test says all of it.

use crate::rest::parse::Query;
use backstay_plan::request::{
    CompareOp, Condition, FieldRef, Input, Item, JoinKind, Level, Operator, PathKey, Quantity, Slot, SortBy, Target,
};
use std::fmt::Write as _;

/// Items, then in order and where there are any: filter, order, limits, columns, conflict target, embeds by old name.
pub(super) fn print(query: &Query) -> String {
    let printer = Printer(&query.inputs);
    let mut text = printer.level(&query.level);
    if !query.filter.is_empty() {
        let _ = write!(text, " where {}", printer.conditions(&query.filter, " and "));
    }
    if let Some(limit) = query.limit {
        let _ = write!(text, " limit {limit}");
    }
    if let Some(offset) = query.offset {
        let _ = write!(text, " offset {offset}");
    }
    if let Some(columns) = &query.columns {
        let _ = write!(text, " columns {columns:?}");
    }
    if let Some(columns) = &query.on_conflict {
        let _ = write!(text, " conflict {columns:?}");
    }
    for (target, alias) in &query.renamed {
        let _ = write!(text, " renamed {target}={alias}");
    }
    text
}

struct Printer<'a>(&'a [Input]);

impl Printer<'_> {
    fn level(&self, level: &Level) -> String {
        let items: Vec<String> = level.items.iter().map(|item| self.item(item)).collect();
        let mut text = items.join(", ");
        if !level.filter.is_empty() {
            let _ = write!(text, " where {}", self.conditions(&level.filter, " and "));
        }
        if !level.order.is_empty() {
            let terms: Vec<String> = level
                .order
                .iter()
                .map(|term| {
                    let embed = term.embed.as_ref().map_or_else(String::new, |embed| format!("{embed}/"));
                    let direction = if term.descending { " desc" } else { "" };
                    let nulls = match term.nulls_first {
                        Some(true) => " nullsfirst",
                        Some(false) => " nullslast",
                        None => "",
                    };
                    let by = match &term.by {
                        SortBy::Field(of) => field(of),
                        SortBy::Count(relation) => format!("count {relation}"),
                    };
                    format!("{embed}{by}{direction}{nulls}")
                })
                .collect();
            let _ = write!(text, " order {}", terms.join(", "));
        }
        if let Some(limit) = level.limit {
            let _ = write!(text, " limit {}", self.input(limit));
        }
        if let Some(offset) = level.offset {
            let _ = write!(text, " offset {}", self.input(offset));
        }
        text
    }

    fn item(&self, item: &Item) -> String {
        let alias_of = |alias: &Option<String>| alias.as_ref().map_or_else(String::new, |alias| format!("{alias}="));
        let cast_of = |cast: &Option<String>| cast.as_ref().map_or_else(String::new, |cast| format!("::{cast}"));
        match item {
            Item::All => "*".to_owned(),
            Item::Field { alias, field: column, cast, aggregate } => {
                let aggregate = aggregate.as_ref().map_or_else(String::new, |(aggregate, cast)| {
                    format!(" {aggregate:?}{}", cast_of(cast)).to_lowercase()
                });
                format!("{}{}{}{aggregate}", alias_of(alias), field(column), cast_of(cast))
            }
            Item::CountRows { alias, cast, bare } => {
                format!("{}count{}{}", alias_of(alias), if *bare { "" } else { "()" }, cast_of(cast))
            }
            Item::Embed(embed) => {
                let spread = if embed.spread { "..." } else { "" };
                let (target, hint) = match &embed.target {
                    Target::Named { name, hint } => (name, hint.as_ref()),
                    Target::Field(name) => (name, None),
                };
                let hint = hint.map_or_else(String::new, |hint| format!("!{hint}"));
                let inner = if embed.join == JoinKind::Inner { " inner" } else { "" };
                format!("{spread}{}{}{hint}{inner}({})", alias_of(&embed.alias), target, self.level(&embed.level))
            }
            Item::Constant { key, text } => format!("{key}={text:?}"),
        }
    }

    fn conditions(&self, conditions: &[Condition], joint: &str) -> String {
        conditions.iter().map(|condition| self.condition(condition)).collect::<Vec<_>>().join(joint)
    }

    fn condition(&self, condition: &Condition) -> String {
        match condition {
            Condition::And(terms) => format!("({})", self.conditions(terms, " and ")),
            Condition::Or(terms) => format!("({})", self.conditions(terms, " or ")),
            Condition::Not(inner) => format!("not {}", self.condition(inner)),
            Condition::Test { field: column, operator } => format!("{} {}", field(column), self.operator(operator)),
            Condition::Related { relation, filter } => format!("some {relation}({})", self.conditions(filter, " and ")),
            Condition::RelatedCount { relation, filter, of: _, operator } => {
                format!("count {relation}({}) {}", self.conditions(filter, " and "), self.operator(operator))
            }
        }
    }

    fn operator(&self, operator: &Operator) -> String {
        match operator {
            Operator::Compare(op, quantity, slot) => {
                let word = match op {
                    CompareOp::Eq => "=",
                    CompareOp::Neq => "<>",
                    CompareOp::Gt => ">",
                    CompareOp::Gte => ">=",
                    CompareOp::Lt => "<",
                    CompareOp::Lte => "<=",
                    CompareOp::Like => "like",
                    CompareOp::Ilike => "ilike",
                    CompareOp::Match => "match",
                    CompareOp::Imatch => "imatch",
                };
                let quantity = match quantity {
                    Quantity::One => "",
                    Quantity::Any => " any",
                    Quantity::All => " all",
                };
                format!("{word}{quantity} {}", self.input(*slot))
            }
            Operator::In(slot) => format!("in {}", self.input(*slot)),
            Operator::Is(value) => format!("is {value:?}"),
            Operator::IsDistinct(slot) => format!("isdistinct {}", self.input(*slot)),
            Operator::Set(op, slot) => format!("{op:?} {}", self.input(*slot)),
            Operator::Search { syntax, language, query } => {
                let language = language.as_ref().map_or_else(String::new, |language| format!("({language})"));
                format!("{syntax:?}{language} {}", self.input(*query))
            }
        }
    }

    fn input(&self, slot: Slot) -> String {
        match self.0.get(usize::from(slot.0)) {
            Some(Input::Text(text)) => format!("'{text}'"),
            Some(Input::List(list)) => format!("{list:?}"),
            Some(Input::Int(number)) => number.to_string(),
            other => format!("{other:?}"),
        }
    }
}

fn field(field: &FieldRef) -> String {
    let mut text = format!("<{}>", field.name);
    for step in &field.path {
        text.push_str(if step.text { "->>" } else { "->" });
        match &step.key {
            PathKey::Member(name) => text.push_str(name),
            PathKey::Whole => text.push_str("{}"),
            PathKey::Index(index) => {
                let _ = write!(text, "[{index}]");
            }
        }
    }
    text
}
