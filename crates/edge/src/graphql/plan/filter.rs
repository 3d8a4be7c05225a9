//! `where`: trees of comparisons, also of related rows and of their number.

use super::super::names::Member;
use super::fill::{Blank, Item};
use super::given::{Arguments, Given};
use super::{Draft, Step, unexpected, unexpected_null};
use backstay_plan::request::{
    CompareOp, Condition, Counted, FieldRef, Input, IsValue, Operator, PathKey, PathStep, Quantity, SearchSyntax, SetOp,
};
use backstay_schema::model::{Field, FieldType, Model, RelationshipId, Scalar};

/// What a member of a comparison tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Test {
    Compare(CompareOp),
    In,
    IsNull,
    Set(SetOp),
    Keys(SetOp),
    Search,
}

/// Members of comparisons: what they test, and whether they ask for the opposite.
const TESTS: [(&str, Test, bool); 24] = [
    ("_eq", Test::Compare(CompareOp::Eq), false),
    ("_neq", Test::Compare(CompareOp::Neq), false),
    ("_gt", Test::Compare(CompareOp::Gt), false),
    ("_gte", Test::Compare(CompareOp::Gte), false),
    ("_lt", Test::Compare(CompareOp::Lt), false),
    ("_lte", Test::Compare(CompareOp::Lte), false),
    ("_in", Test::In, false),
    ("_nin", Test::In, true),
    ("_is_null", Test::IsNull, false),
    ("_like", Test::Compare(CompareOp::Like), false),
    ("_nlike", Test::Compare(CompareOp::Like), true),
    ("_ilike", Test::Compare(CompareOp::Ilike), false),
    ("_nilike", Test::Compare(CompareOp::Ilike), true),
    ("_regex", Test::Compare(CompareOp::Match), false),
    ("_nregex", Test::Compare(CompareOp::Match), true),
    ("_iregex", Test::Compare(CompareOp::Imatch), false),
    ("_niregex", Test::Compare(CompareOp::Imatch), true),
    ("_contains", Test::Set(SetOp::Contains), false),
    ("_contained_in", Test::Set(SetOp::ContainedBy), false),
    ("_overlaps", Test::Set(SetOp::Overlaps), false),
    ("_has_key", Test::Keys(SetOp::HasAll), false),
    ("_has_keys_all", Test::Keys(SetOp::HasAll), false),
    ("_has_keys_any", Test::Keys(SetOp::HasAny), false),
    ("_search", Test::Search, false),
];

/// How the text of a full-text query is read.
const MODES: [(&str, SearchSyntax); 3] =
    [("plain", SearchSyntax::Plain), ("phrase", SearchSyntax::Phrase), ("web", SearchSyntax::Web)];

/// The type of text.
const TEXT: FieldType = FieldType { scalar: Scalar::String, list: false, nullable: true, items_nullable: false };

impl<'a> Draft<'a> {
    /// Conditions, all of which must hold.
    pub(super) fn filter(&mut self, model: &'a Model, given: Given<'a>) -> Step<Vec<Condition>> {
        let mut conditions = Vec::new();
        for (name, given) in given.members() {
            match name {
                "_and" => conditions.push(Condition::And(self.each(model, name, given)?)),
                "_or" => conditions.push(Condition::Or(self.each(model, name, given)?)),
                "_not" if given == Given::Null => return Err(unexpected_null(name)),
                "_not" => conditions.push(Condition::Not(Box::new(one(self.filter(model, given)?)))),
                _ => self.member(model, (name, given), &mut conditions)?,
            }
        }
        Ok(conditions)
    }

    fn each(&mut self, model: &'a Model, name: &str, given: Given<'a>) -> Step<Vec<Condition>> {
        if given == Given::Null {
            return Err(unexpected_null(name));
        }
        given.items().into_iter().map(|item| Ok(one(self.filter(model, item)?))).collect()
    }

    fn member(
        &mut self,
        model: &'a Model,
        (name, given): (&'a str, Given<'a>),
        conditions: &mut Vec<Condition>,
    ) -> Step<()> {
        if given == Given::Null {
            return Err(unexpected_null(name));
        }
        match self.source.names.member(model.id, name) {
            Some(Member::Column(id)) => {
                let field = model.fields.get(usize::from(id.0)).ok_or_else(|| unexpected("an unknown column"))?;
                for (test, given) in given.members() {
                    if test == "_cast" {
                        self.cast(name, given, conditions)?;
                        continue;
                    }
                    let operator = self.operator(&field.ty, test, given)?;
                    let field = FieldRef { name: name.to_owned(), path: Vec::new() };
                    conditions.push(operator.of(field));
                }
            }
            Some(Member::Relation(id)) => {
                let (related, _) = self.related(id)?;
                let filter = self.filter(related, given)?;
                conditions.push(Condition::Related { relation: name.to_owned(), filter });
            }
            Some(Member::RelationAggregate(id)) => {
                for (_, count) in given.members() {
                    self.count(id, count, conditions)?;
                }
            }
            None => return Err(unexpected(format!("unknown member '{name}' of a filter"))),
        }
        Ok(())
    }

    /// Tests of JSON as text, the only type that it is cast to.
    fn cast(&mut self, name: &str, given: Given<'a>, conditions: &mut Vec<Condition>) -> Step<()> {
        for (_, tests) in given.members() {
            for (test, given) in tests.members() {
                let path = vec![PathStep { text: true, key: PathKey::Whole }];
                conditions.push(self.operator(&TEXT, test, given)?.of(FieldRef { name: name.to_owned(), path }));
            }
        }
        Ok(())
    }

    /// Tests of the number of related rows.
    fn count(&mut self, id: RelationshipId, given: Given<'a>, conditions: &mut Vec<Condition>) -> Step<()> {
        const NUMBER: FieldType =
            FieldType { scalar: Scalar::BigInt, list: false, nullable: false, items_nullable: false };
        let (related, _) = self.related(id)?;
        let relation = self.relation(id).unwrap_or_default().to_owned();
        let mut members = Arguments::from(given.members());
        let filter = match members.take("filter") {
            Some(given) => self.filter(related, given)?,
            None => Vec::new(),
        };
        let columns = members.take("arguments").map(|given| self.source.names(given)).transpose()?.unwrap_or_default();
        let of = Counted { columns, distinct: members.take("distinct") == Some(Given::Bool(true)) };
        let predicate = members.take("predicate").ok_or_else(|| unexpected_null("predicate"))?;
        for (test, given) in predicate.members() {
            let Signed { operator, negated } = self.operator(&NUMBER, test, given)?;
            let (relation, filter, of) = (relation.clone(), filter.clone(), of.clone());
            let condition = Condition::RelatedCount { relation, filter, of, operator };
            conditions.push(if negated { Condition::Not(Box::new(condition)) } else { condition });
        }
        Ok(())
    }

    fn operator(&mut self, ty: &FieldType, name: &str, given: Given<'a>) -> Step<Signed> {
        if given == Given::Null {
            return Err(unexpected_null(name));
        }
        let found = TESTS.iter().find(|(known, ..)| *known == name);
        let (_, test, negated) = found.ok_or_else(|| unexpected(format!("unknown comparison '{name}'")))?;
        let operator = match test {
            Test::Compare(op) => Operator::Compare(*op, Quantity::One, self.keep(value(ty, &given))?),
            Test::In => Operator::In(self.keep(list(ty, name, given)?)?),
            Test::IsNull => {
                let negated = given == Given::Bool(false);
                return Ok(Signed { operator: Operator::Is(IsValue::Null), negated });
            }
            Test::Set(op) => Operator::Set(*op, self.keep(given.json())?),
            Test::Keys(op) => Operator::Set(*op, self.keep(list(&TEXT, name, given)?)?),
            Test::Search => self.search(given)?,
        };
        Ok(Signed { operator, negated: *negated })
    }

    fn search(&mut self, given: Given<'a>) -> Step<Operator> {
        let mut members = Arguments::from(given.members());
        let word = |given: Option<Given<'a>>| given.and_then(|given| self.source.word(&given));
        let query = members.take("query").ok_or_else(|| unexpected_null("query"))?;
        let mode = word(members.take("mode")).unwrap_or("plain");
        let syntax = MODES.iter().find(|(known, _)| *known == mode).map_or(SearchSyntax::Plain, |(_, syntax)| *syntax);
        let language = word(members.take("lang")).map(str::to_owned);
        Ok(Operator::Search { syntax, language, query: self.keep(value(&TEXT, &query))? })
    }
}

/// An operator, or its opposite.
struct Signed {
    operator: Operator,
    negated: bool,
}

impl Signed {
    fn of(self, field: FieldRef) -> Condition {
        let test = Condition::Test { field, operator: self.operator };
        if self.negated { Condition::Not(Box::new(test)) } else { test }
    }
}

/// Conditions that must all hold, as one.
fn one(mut conditions: Vec<Condition>) -> Condition {
    if conditions.len() == 1 { conditions.remove(0) } else { Condition::And(conditions) }
}

/// The value of a column, not yet cast.
pub(super) fn input(field: &Field, given: &Given<'_>) -> Blank {
    value(&field.ty, given)
}

fn takes_json(ty: &FieldType) -> bool {
    ty.list || matches!(ty.scalar, Scalar::Json | Scalar::Object(_))
}

fn value(ty: &FieldType, given: &Given<'_>) -> Blank {
    let json = takes_json(ty);
    match given {
        Given::Leaf(leaf) => Blank::Value { leaf: *leaf, json },
        Given::Text(text) if !json => Input::Text((*text).to_owned()).into(),
        Given::Number(text) if !json => Input::Text(text.clone().into_owned()).into(),
        Given::Bool(truth) if !json => Input::Text(truth.to_string()).into(),
        Given::Text(_) | Given::Number(_) | Given::Bool(_) | Given::Null | Given::List(_) | Given::Object(_) => {
            given.json().into()
        }
    }
}

/// A list of values, each as text.
fn list(ty: &FieldType, name: &str, given: Given<'_>) -> Step<Blank> {
    let items = given.items().iter().map(|item| text(ty, name, item)).collect::<Step<Vec<_>>>()?;
    Ok(Blank::List { items, name: name.to_owned() })
}

/// An item of a list of values, as text.
fn text(ty: &FieldType, name: &str, given: &Given<'_>) -> Step<Item> {
    if *given == Given::Null {
        return Err(unexpected_null(name));
    }
    match value(ty, given) {
        Blank::Value { leaf, json } => Ok(Item::Leaf { leaf, json }),
        Blank::Json(json) => Ok(Item::json(json)),
        Blank::Known(Input::Text(text) | Input::Json(text)) => Ok(Item::Known(text)),
        Blank::Known(Input::List(_) | Input::Int(_) | Input::Rows(_))
        | Blank::List { .. }
        | Blank::Number { .. }
        | Blank::Rows(_) => Err(unexpected("a list of single values was expected")),
    }
}
