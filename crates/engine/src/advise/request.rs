//! What a plan looks for: at each level the fields that filter, rules and relations compare, and those that it is sorted by.

use super::{Need, rule};
use backstay_plan::authorized::{Child, Column, Gate, Node, Operand, OrderKey, Plan, Predicate, SortBy, Source, Test};
use backstay_plan::request::{CompareOp, IsValue, Quantity};
use backstay_schema::Schema;
use backstay_schema::model::{FieldId, Model, ModelId};

/// The needs of a plan; of each level one, or one for each way that its rules let rows through.
pub(super) fn needs(schema: &Schema, plan: &Plan) -> Vec<Need> {
    let mut needs = Vec::new();
    let mut walk = Walk { schema, needs: &mut needs };
    match plan {
        Plan::Read(read) => walk.node(&read.root, &[]),
        Plan::Insert(insert) => insert.returning.iter().for_each(|node| walk.below(node)),
        Plan::Update(update) => walk.changed(update.model, &update.filter, &update.using, update.returning.as_ref()),
        Plan::Delete(delete) => walk.changed(delete.model, &delete.filter, &delete.using, delete.returning.as_ref()),
        Plan::Call(_) => {}
    }
    needs
}

struct Walk<'a> {
    schema: &'a Schema,
    needs: &'a mut Vec<Need>,
}

impl<'a> Walk<'a> {
    fn model(&self, id: ModelId) -> Option<&'a Model> {
        self.schema.models.get(usize::from(id.0))
    }

    fn changed(&mut self, model: ModelId, filter: &Predicate, gate: &Gate, returning: Option<&Node>) {
        let mut found = Compared::default();
        found.predicate(filter);
        self.level(model, &found, gate, &[]);
        filter.related().into_iter().for_each(|child| self.child(child));
        returning.into_iter().for_each(|node| self.below(node));
    }

    /// A level that is reached by columns of its own.
    fn node(&mut self, node: &Node, joined: &[FieldId]) {
        if node.source == Source::Table {
            let mut found = Compared { equal: joined.to_vec(), range: None };
            found.predicate(&node.filter);
            let sorted: Vec<(FieldId, bool)> = node.order.iter().map_while(sorted_by).collect();
            // Of one row nothing is sorted, and groups are sorted after they are made.
            let sorted = if node.grouped || node.limit.is_none() { &[][..] } else { &sorted[..] };
            self.level(node.model, &found, &node.gate, sorted);
        }
        self.below(node);
    }

    fn level(&mut self, model: ModelId, found: &Compared, gate: &Gate, sorted: &[(FieldId, bool)]) {
        let Some(model) = self.model(model) else { return };
        let ways = match gate {
            Gate::Open => Vec::new(),
            Gate::Closed => return,
            Gate::When(expr) => rule::ways(self.schema, expr),
        };
        self.needs.extend(ways.iter().flat_map(|way| way.beyond.iter().cloned()));
        let mut add = |equal: &[FieldId], range: Option<FieldId>| {
            if let Some(need) = Need::of(model, equal, range, sorted).filter(|need| !self.needs.contains(need)) {
                self.needs.push(need);
            }
        };
        match ways.as_slice() {
            // What the request itself asks for says more than a choice between rules.
            [] => add(&found.equal, found.range),
            [way] => add(&[found.equal.as_slice(), &way.equal].concat(), found.range.or(way.range)),
            _several if !found.equal.is_empty() => add(&found.equal, found.range),
            several => several.iter().for_each(|way| add(&way.equal, found.range.or(way.range))),
        }
    }

    fn below(&mut self, node: &Node) {
        node.below().for_each(|child| self.child(child));
    }

    fn child(&mut self, child: &Child) {
        let far = |pairs: &[(Column, Column)]| pairs.iter().map(|(_, far)| far.field).collect::<Vec<_>>();
        match &child.junction {
            None => self.node(&child.node, &far(&child.join)),
            Some(junction) => {
                let found = Compared { equal: far(&child.join), range: None };
                self.level(junction.model, &found, &junction.gate, &[]);
                self.node(&child.node, &far(&junction.join));
            }
        }
    }
}

/// Fields that a filter compares in every row that passes.
#[derive(Default)]
struct Compared {
    equal: Vec<FieldId>,
    range: Option<FieldId>,
}

impl Compared {
    fn predicate(&mut self, filter: &Predicate) {
        match filter {
            Predicate::And(all) => all.iter().for_each(|one| self.predicate(one)),
            Predicate::Test { operand, test } => {
                if let Some(field) = plain(operand) {
                    self.test(field, test);
                }
            }
            Predicate::True
            | Predicate::False
            | Predicate::Or(_)
            | Predicate::Not(_)
            | Predicate::HasChild { .. }
            | Predicate::Related(_)
            | Predicate::RelatedCount { .. } => {}
        }
    }

    fn test(&mut self, field: FieldId, test: &Test) {
        match test {
            Test::Compare(CompareOp::Eq, Quantity::One | Quantity::Any, _)
            | Test::In(_)
            | Test::Is(IsValue::Null | IsValue::True | IsValue::False) => self.equal.push(field),
            Test::Compare(CompareOp::Gt | CompareOp::Gte | CompareOp::Lt | CompareOp::Lte, Quantity::One, _) => {
                self.range = self.range.or(Some(field))
            }
            Test::Compare(..) | Test::Is(_) | Test::IsDistinct(_) | Test::Set(..) | Test::Search { .. } => {}
        }
    }
}

/// The field that is compared as it is stored: behind a mask or a path no index of the field helps.
fn plain(operand: &Operand) -> Option<FieldId> {
    (operand.path.is_empty() && operand.column.mask.is_none()).then_some(operand.column.field)
}

fn sorted_by(key: &OrderKey) -> Option<(FieldId, bool)> {
    match &key.by {
        SortBy::Value(operand) if key.through.is_empty() => plain(operand).map(|field| (field, key.descending)),
        SortBy::Value(_) | SortBy::Count(_) => None,
    }
}
