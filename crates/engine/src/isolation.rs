//! Whether a write must run as if nobody else wrote meanwhile. In: a plan and its statements. Out: yes or no.
//!
//! A write that one statement decides on, looking at no row but those it writes, is right under any isolation: the database looks
//! again at a row that changed while it waited. One that first looks and then writes, or whose rule looks at other rows, is not.

use backstay_compile::Statement;
use backstay_compile::statement::Step;
use backstay_plan::authorized::{Gate, Plan};
use backstay_schema::expr::Expr;

/// Whether others must not come between its steps.
pub(crate) fn serializable(plan: &Plan, statement: &Statement) -> bool {
    let Statement::Write(program) = statement else { return false };
    let looks_first = program.steps.iter().any(|step| match step {
        Step::SelectKeys(_) | Step::Verify { .. } | Step::Effect(_) | Step::Protect(_) => true,
        Step::Insert { .. }
        | Step::Mutate { .. }
        | Step::Validate { .. }
        | Step::VerifyCollision(_)
        | Step::CountConflicts(_)
        | Step::Represent(_) => false,
    });
    looks_first || gates(plan).into_iter().any(looks_at_others)
}

fn gates(plan: &Plan) -> Vec<&Gate> {
    match plan {
        Plan::Read(_) | Plan::Call(_) => Vec::new(),
        Plan::Insert(insert) => {
            let merged = insert.conflict.iter().flat_map(|conflict| [&conflict.using, &conflict.check]);
            merged.chain([&insert.check]).collect()
        }
        Plan::Update(update) => vec![&update.using, &update.check],
        Plan::Delete(delete) => vec![&delete.using],
    }
}

fn looks_at_others(gate: &Gate) -> bool {
    match gate {
        Gate::Open | Gate::Closed => false,
        Gate::When(rule) => looks(rule),
    }
}

/// Whether a rule looks at another row than the one it is about.
fn looks(expr: &Expr) -> bool {
    match expr {
        Expr::Path(path) => !path.hops.is_empty(),
        Expr::Count(_) | Expr::Quantified { .. } => true,
        Expr::QuantifiedList { over, body, .. } => looks(over) || looks(body),
        Expr::Literal(_) | Expr::Session(_) | Expr::Now | Expr::Item(_) => false,
        Expr::Not(inner) | Expr::IsNull(inner) | Expr::Negate(inner) => looks(inner),
        Expr::And(terms) | Expr::Or(terms) | Expr::List(terms) | Expr::Call { args: terms, .. } => {
            terms.iter().any(looks)
        }
        Expr::Compare { left, right, .. } | Expr::Arithmetic { left, right, .. } => looks(left) || looks(right),
        Expr::In { needle, haystack, .. } => looks(needle) || looks(haystack),
        Expr::Conditional { test, then, otherwise, .. } => looks(test) || looks(then) || looks(otherwise),
    }
}
