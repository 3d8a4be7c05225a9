//! Rules of generated junctions. In: a schema whose rules are checked. Out: the same, where a link may be read by whoever
//! may read both rows that it joins, and made or removed by whoever may update both. What is denied on an end is denied on
//! the link. A link is never changed in place: its columns are its key.

use crate::expr::{Expr, Path, RelationPath, Root, Session};
use crate::model::{
    AccessRule, Audience, Doors, ForeignKey, Link, Model, ModelId, OpSet, RelationshipId, Rule, Schema,
};

const NONE: OpSet = OpSet { read: false, create: false, update: false, delete: false };

/// Gives every generated junction the rules that follow from its ends'.
pub(super) fn derive(schema: &mut Schema) {
    let generated: Vec<ModelId> = schema.models.iter().filter(|model| model.generated).map(|model| model.id).collect();
    for id in generated {
        let Some((allows, denies, doors)) = rules(schema, id) else { continue };
        if let Some(model) = schema.models.get_mut(usize::from(id.0)) {
            (model.allows, model.denies, model.doors) = (allows, denies, doors);
        }
    }
}

/// One row that a link joins, and the way from the link to it.
struct End<'s> {
    model: &'s Model,
    way: RelationshipId,
}

fn rules(schema: &Schema, junction: ModelId) -> Option<(Vec<AccessRule>, Vec<AccessRule>, Doors)> {
    let keys: Vec<&ForeignKey> = schema.foreign_keys.iter().filter(|key| key.from == junction).collect();
    let end = |key: &ForeignKey| -> Option<End<'_>> {
        let way = schema.relationships.iter().find(|known| known.link == Link::Forward(key.id))?.id;
        Some(End { model: schema.models.get(usize::from(key.to.0))?, way })
    };
    let [near, far] = keys.as_slice() else { return None };
    let (near, far) = (end(near)?, end(far)?);
    let read = |ops: OpSet| ops.read;
    let update = |ops: OpSet| ops.update;
    let changes = OpSet { create: true, delete: true, ..NONE };
    let mut allows = both(&near, &far, read, OpSet { read: true, ..NONE });
    allows.extend(both(&near, &far, update, changes));
    let mut denies = Vec::new();
    for side in [&near, &far] {
        denies.extend(either(side, read, OpSet { read: true, ..NONE }));
        denies.extend(either(side, update, changes));
    }
    let (a, b) = (near.model.doors, far.model.doors);
    let doors = Doors {
        rest: a.rest && b.rest,
        graphql: a.graphql && b.graphql,
        grpc: a.grpc && b.grpc,
        realtime: a.realtime && b.realtime,
    };
    Some((allows, denies, doors))
}

/// One rule for each pair of rules that together open both ends.
fn both(near: &End<'_>, far: &End<'_>, counts: fn(OpSet) -> bool, ops: OpSet) -> Vec<AccessRule> {
    let mut out = Vec::new();
    for left in near.model.allows.iter().filter(|rule| counts(rule.ops)) {
        for right in far.model.allows.iter().filter(|rule| counts(rule.ops)) {
            let (who, holds) = narrowed(&left.who, &right.who);
            let conditions = [moved(left.when.as_ref(), near), moved(right.when.as_ref(), far), holds];
            out.push(AccessRule {
                who,
                ops,
                when: joined(conditions, left),
                check: None,
                fields: None,
                span: left.span,
            });
        }
    }
    out
}

/// One rule for each rule that closes an end; those about single fields close no row.
fn either(end: &End<'_>, counts: fn(OpSet) -> bool, ops: OpSet) -> Vec<AccessRule> {
    let about_rows = end.model.denies.iter().filter(|rule| rule.fields.is_none() && counts(rule.ops));
    about_rows
        .map(|rule| AccessRule {
            who: rule.who.clone(),
            ops,
            when: joined([moved(rule.when.as_ref(), end), None, None], rule),
            check: None,
            fields: None,
            span: rule.span,
        })
        .collect()
}

/// Callers that are both: the first audience, and a condition that they are of the second.
fn narrowed(left: &Audience, right: &Audience) -> (Audience, Option<Expr>) {
    match (left, right) {
        (Audience::Anyone, other) | (other, Audience::Anyone) => (other.clone(), None),
        (Audience::Roles(first), Audience::Roles(second)) if first == second => (left.clone(), None),
        (Audience::Roles(_), Audience::Roles(second)) => {
            (left.clone(), Some(Expr::or(second.iter().map(|role| has_role(role)).collect())))
        }
    }
}

fn has_role(role: &str) -> Expr {
    match role {
        "anon" => Expr::Session(Session::IsAnon),
        "user" => Expr::Not(Box::new(Expr::Session(Session::IsAnon))),
        other => Expr::Session(Session::HasRole(other.to_owned())),
    }
}

fn joined(conditions: [Option<Expr>; 3], rule: &AccessRule) -> Option<Rule> {
    let parts: Vec<Expr> = conditions.into_iter().flatten().collect();
    let source = "follows from the rules of both ends".to_owned();
    (!parts.is_empty()).then(|| Rule { source, expr: Expr::and(parts), span: rule.span })
}

/// A condition on an end's row as a condition on the link's row.
fn moved(rule: Option<&Rule>, end: &End<'_>) -> Option<Expr> {
    rule.map(|rule| rebased(&rule.expr, end.way))
}

fn rebased(expr: &Expr, way: RelationshipId) -> Expr {
    if let Expr::Path(path) = expr {
        return Expr::Path(Path { hops: longer(path.root, &path.hops, way), ..path.clone() });
    }
    if let Expr::Count(rows) = expr {
        return Expr::Count(moved_rows(rows, way));
    }
    let moved = expr.rebuild(&mut |part| rebased(part, way));
    if let Expr::Quantified { quantifier, over, variable, body } = moved {
        return Expr::Quantified { quantifier, over: moved_rows(&over, way), variable, body };
    }
    moved
}

fn moved_rows(rows: &RelationPath, way: RelationshipId) -> RelationPath {
    RelationPath { hops: longer(rows.root, &rows.hops, way), ..rows.clone() }
}

/// What started at the end's row now starts at the link's and goes to the end first.
fn longer(root: Root, hops: &[RelationshipId], way: RelationshipId) -> Vec<RelationshipId> {
    match root {
        Root::Row => std::iter::once(way).chain(hops.iter().copied()).collect(),
        Root::Old | Root::Variable(_) => hops.to_vec(),
    }
}
