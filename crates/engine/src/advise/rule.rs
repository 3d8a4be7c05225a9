//! What rules and relations look for: fields of the row, or of rows related to it, that are compared with what is known before the
//! database is asked.

use super::Need;
use backstay_schema::Schema;
use backstay_schema::expr::{Comparison, Expr, Quantifier, RelationPath, Root, Variable};
use backstay_schema::model::{AccessRule, Audience, FieldId, ForeignKeyId, Link, Model, Op};

/// Most ways of one rule that are told apart.
const WAYS_MAX: usize = 8;

/// One way in which a rule lets rows through.
#[derive(Debug, Clone, Default)]
pub(super) struct Way {
    /// Fields that equal something known.
    pub(super) equal: Vec<FieldId>,
    /// A field that lies above or below something known.
    pub(super) range: Option<FieldId>,
    /// What is looked for in related tables.
    pub(super) beyond: Vec<Need>,
    /// Those of `equal` for which the caller says what is looked for: a constant mostly is in many rows.
    by_caller: Vec<FieldId>,
}

/// The needs of every rule and relation, each with where it comes from.
pub(super) fn needs(schema: &Schema) -> Vec<(Need, String)> {
    let mut needs = Vec::new();
    for key in &schema.foreign_keys {
        let of = |id: backstay_schema::model::ModelId| schema.models.get(usize::from(id.0));
        let (Some(from), Some(to)) = (of(key.from), of(key.to)) else { continue };
        let reason = format!("the relation from {} to {}", from.name, to.name);
        needs.extend(Need::of(from, &key.from_fields, None, &[]).map(|need| (need, reason)));
    }
    for model in &schema.models {
        for allow in &model.allows {
            needs.extend(of_rule(schema, model, allow));
        }
    }
    needs
}

fn of_rule(schema: &Schema, model: &Model, allow: &AccessRule) -> Vec<(Need, String)> {
    let looks = [Op::Read, Op::Update, Op::Delete].into_iter().any(|op| allow.ops.contains(op));
    let Some(rule) = allow.when.as_ref().filter(|_| looks) else { return Vec::new() };
    let who = match &allow.who {
        Audience::Anyone => "anyone".to_owned(),
        Audience::Roles(roles) => roles.join(", "),
    };
    let reason = format!("the rule of {} for {who}: {}", model.name, rule.source);
    let ways = ways(schema, &rule.expr);
    let mut needs: Vec<Need> = ways.iter().flat_map(|way| way.beyond.clone()).collect();
    needs.extend(ways.iter().filter_map(|way| Need::of(model, &way.by_caller, None, &[])));
    needs.into_iter().map(|need| (need, reason.clone())).collect()
}

/// The ways in which a condition on a row lets it through.
pub(super) fn ways(schema: &Schema, expr: &Expr) -> Vec<Way> {
    of(schema, expr, Root::Row)
}

fn of(schema: &Schema, expr: &Expr, root: Root) -> Vec<Way> {
    if let Expr::Or(branches) = expr {
        let mut ways: Vec<Way> = branches.iter().flat_map(|branch| of(schema, branch, root)).collect();
        ways.truncate(WAYS_MAX);
        return ways;
    }
    let Expr::And(parts) = expr else { return vec![one(schema, expr, root)] };
    parts.iter().fold(vec![Way::default()], |ways, part| {
        let more = of(schema, part, root);
        let mut all: Vec<Way> = ways.iter().flat_map(|way| more.iter().map(|other| both(way, other))).collect();
        all.truncate(WAYS_MAX);
        all
    })
}

fn both(a: &Way, b: &Way) -> Way {
    Way {
        equal: [a.equal.as_slice(), &b.equal].concat(),
        range: a.range.or(b.range),
        beyond: [a.beyond.as_slice(), &b.beyond].concat(),
        by_caller: [a.by_caller.as_slice(), &b.by_caller].concat(),
    }
}

/// What a condition without choices compares; nothing for one that no index helps.
fn one(schema: &Schema, expr: &Expr, root: Root) -> Way {
    let mut way = Way::default();
    if let Expr::Compare { op, left, right, ty: _ } = expr {
        let sides = [(left, right), (right, left)];
        let found = sides.into_iter().find_map(|(field, value)| Some((own(field, root)?, given(value)?)));
        let Some((field, by_caller)) = found else { return way };
        match op {
            Comparison::Equal => {
                way.equal.push(field);
                way.by_caller.extend(by_caller.then_some(field));
            }
            Comparison::Less | Comparison::LessOrEqual | Comparison::Greater | Comparison::GreaterOrEqual => {
                way.range = Some(field);
            }
            Comparison::NotEqual => {}
        }
    }
    if let Expr::In { needle, haystack, ty: _ } = expr
        && let (Some(field), Some(by_caller)) = (own(needle, root), given(haystack))
    {
        way.equal.push(field);
        way.by_caller.extend(by_caller.then_some(field));
    }
    if let Expr::Quantified { quantifier: Quantifier::Exists, over, variable, body } = expr
        && over.root == root
    {
        way.beyond = related(schema, over, *variable, body);
    }
    way
}

/// What is looked for among related rows.
fn related(schema: &Schema, over: &RelationPath, variable: Variable, body: &Expr) -> Vec<Need> {
    let relationship = schema.relationships.get(usize::from(over.relation.0)).filter(|_| over.hops.is_empty());
    let Some(relationship) = relationship else { return Vec::new() };
    let key = |id: ForeignKeyId| schema.foreign_keys.get(usize::from(id.0));
    let model = |id: backstay_schema::model::ModelId| schema.models.get(usize::from(id.0));
    let found = match relationship.link {
        Link::Forward(_) => None,
        Link::Inverse(id) => model(relationship.to).zip(key(id)).map(|found| (found, true)),
        Link::Junction { junction, near, far: _ } => model(junction).zip(key(near)).map(|found| (found, false)),
    };
    let Some(((table, key), has_body)) = found else { return Vec::new() };
    let ways = if has_body { of(schema, body, Root::Variable(variable)) } else { vec![Way::default()] };
    let need = |way: &Way| Need::of(table, &[key.from_fields.as_slice(), &way.by_caller].concat(), None, &[]);
    ways.iter().filter_map(need).chain(ways.iter().flat_map(|way| way.beyond.clone())).collect()
}

/// The field of the row itself.
fn own(expr: &Expr, root: Root) -> Option<FieldId> {
    let Expr::Path(path) = expr else { return None };
    let is_own = path.root == root && path.hops.is_empty() && path.json.is_empty() && !path.list;
    is_own.then_some(path.field)
}

/// Whether a value is known before the database is asked, and then whether it is the caller's.
fn given(expr: &Expr) -> Option<bool> {
    if let Expr::List(all) | Expr::Call { args: all, .. } = expr {
        return any_of_caller(all);
    }
    if let Expr::Arithmetic { left, right, .. } = expr {
        return Some(given(left)? | given(right)?);
    }
    if let Expr::Negate(inner) = expr {
        return given(inner);
    }
    let of_caller = matches!(expr, Expr::Session(_));
    (of_caller || matches!(expr, Expr::Literal(_) | Expr::Now)).then_some(of_caller)
}

/// Whether all are known, and then whether one is the caller's.
fn any_of_caller(all: &[Expr]) -> Option<bool> {
    all.iter().try_fold(false, |of_caller, one| Some(given(one)? | of_caller))
}
