//! Turns a rule about the changed row into the same rule about the row as it was.

use backstay_schema::expr::{Expr, Path, RelationPath, Root};

/// The expression with every column of the row read before the update.
pub(super) fn before(expr: &Expr) -> Expr {
    let one = |inner: &Expr| Box::new(before(inner));
    let each = |inner: &[Expr]| inner.iter().map(before).collect::<Vec<_>>();
    match expr {
        Expr::Literal(_) | Expr::Session(_) | Expr::Now | Expr::Item(_) => expr.clone(),
        Expr::Path(path) => Expr::Path(Path { root: root(path.root), ..path.clone() }),
        Expr::Not(inner) => Expr::Not(one(inner)),
        Expr::And(inner) => Expr::And(each(inner)),
        Expr::Or(inner) => Expr::Or(each(inner)),
        Expr::Compare { op, ty, left, right } => Expr::Compare { op: *op, ty: *ty, left: one(left), right: one(right) },
        Expr::IsNull(inner) => Expr::IsNull(one(inner)),
        Expr::In { ty, needle, haystack } => Expr::In { ty: *ty, needle: one(needle), haystack: one(haystack) },
        Expr::List(inner) => Expr::List(each(inner)),
        Expr::Arithmetic { op, ty, left, right } => {
            Expr::Arithmetic { op: *op, ty: *ty, left: one(left), right: one(right) }
        }
        Expr::Negate(inner) => Expr::Negate(one(inner)),
        Expr::Conditional { ty, test, then, otherwise } => {
            Expr::Conditional { ty: *ty, test: one(test), then: one(then), otherwise: one(otherwise) }
        }
        Expr::Call { function, args } => Expr::Call { function: *function, args: each(args) },
        Expr::Quantified { quantifier, over, variable, body } => {
            Expr::Quantified { quantifier: *quantifier, over: relation(over), variable: *variable, body: one(body) }
        }
        Expr::QuantifiedList { quantifier, over, ty, variable, body } => Expr::QuantifiedList {
            quantifier: *quantifier,
            over: one(over),
            ty: *ty,
            variable: *variable,
            body: one(body),
        },
        Expr::Count(over) => Expr::Count(relation(over)),
    }
}

fn relation(path: &RelationPath) -> RelationPath {
    RelationPath { root: root(path.root), ..path.clone() }
}

fn root(root: Root) -> Root {
    match root {
        Root::Row | Root::Old => Root::Old,
        Root::Variable(variable) => Root::Variable(variable),
    }
}
