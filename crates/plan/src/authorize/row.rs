//! Turns a rule about the changed row into the same rule about the row as it was.

use backstay_schema::expr::{Expr, Root};

/// The expression with every column of the row read before the update.
pub(super) fn before(expr: &Expr) -> Expr {
    let mut rebuilt = expr.rebuild(&mut before);
    if let Expr::Path(path) = &mut rebuilt {
        path.root = old(path.root);
    } else if let Expr::Quantified { over, .. } | Expr::Count(over) = &mut rebuilt {
        over.root = old(over.root);
    }
    rebuilt
}

fn old(root: Root) -> Root {
    match root {
        Root::Row | Root::Old => Root::Old,
        Root::Variable(variable) => Root::Variable(variable),
    }
}
