//! Whether a rule about new rows asks for another row of the same model in a way that the new row meets by itself.
//! In: a checked rule. Out: yes or no. A `check` sees the table with the new row in it, so
//! `team.members.exists(m, m.userId == auth.uid)` on `Member` lets everybody make themselves a member.

use crate::expr::{Comparison, Expr, Path, Quantifier, RelationPath, Root, Variable};
use crate::model::{FieldId, Link, Model, Relationship, Schema};

/// Whether an `exists` that the rule needs ranges over rows of `model` and does not leave the new row out by its key.
pub(crate) fn is_its_own(schema: &Schema, model: &Model, expr: &Expr) -> bool {
    let nested = |expr: &Expr| is_its_own(schema, model, expr);
    match expr {
        Expr::And(operands) | Expr::Or(operands) => operands.iter().any(nested),
        Expr::Conditional { then, otherwise, .. } => nested(then) || nested(otherwise),
        Expr::Quantified { quantifier: Quantifier::Exists, over, variable, body } => {
            (ranges_over(schema, model, over) && !leaves_out(&model.key, *variable, body)) || nested(body)
        }
        // Under a negation a new row can only make the rule stricter; the rest asks about no other row.
        Expr::Not(_)
        | Expr::Quantified { .. }
        | Expr::QuantifiedList { .. }
        | Expr::Literal(_)
        | Expr::Path(_)
        | Expr::Session(_)
        | Expr::Now
        | Expr::Compare { .. }
        | Expr::IsNull(_)
        | Expr::In { .. }
        | Expr::List(_)
        | Expr::Arithmetic { .. }
        | Expr::Negate(_)
        | Expr::Call { .. }
        | Expr::Item(_)
        | Expr::Count(_) => false,
    }
}

fn ranges_over(schema: &Schema, model: &Model, over: &RelationPath) -> bool {
    let by = |relationship: &Relationship| match relationship.link {
        Link::Forward(_) | Link::Inverse(_) => relationship.to == model.id,
        Link::Junction { junction, .. } => relationship.to == model.id || junction == model.id,
    };
    schema.relationships.get(usize::from(over.relation.0)).is_some_and(by)
}

/// Whether the condition says that the other row's key differs from the new row's.
fn leaves_out(key: &[FieldId], variable: Variable, body: &Expr) -> bool {
    if let Expr::And(operands) = body {
        return operands.iter().any(|operand| leaves_out(key, variable, operand));
    }
    if let Expr::Compare { op: Comparison::NotEqual, left, right, .. } = body {
        let both = |a: &Expr, b: &Expr| is_key(key, Root::Variable(variable), a) && is_key(key, Root::Row, b);
        return both(left, right) || both(right, left);
    }
    false
}

fn is_key(key: &[FieldId], from: Root, expr: &Expr) -> bool {
    matches!(expr, Expr::Path(Path { root, hops, field, .. }) if *root == from && hops.is_empty() && key.contains(field))
}
