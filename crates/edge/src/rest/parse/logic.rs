//! Logic trees: `(a.eq.1,not.and(b.gt.1,c.lt.2))`.

use super::builder::Builder;
use super::field::{DELIMITER, field};
use super::filter::{Place, condition};
use super::scan::{Scanner, Step};
use backstay_plan::request::Condition;

const TERM: &str = "field name (* or [a..z0..9_$]), negation operator (not) or logic operator (and, or)";
const LOGIC: &str = "logic operator (and, or)";

/// What joins the terms of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Join {
    /// All.
    And,
    /// At least one.
    Or,
}

impl Join {
    /// The condition that joins `terms`.
    pub(super) fn of(self, terms: Vec<Condition>) -> Condition {
        match self {
            Self::And => Condition::And(terms),
            Self::Or => Condition::Or(terms),
        }
    }
}

/// Takes `(term,…)`, at least one.
pub(super) fn terms(scanner: &mut Scanner<'_>, depth: u16, builder: &mut Builder<'_>) -> Step<Vec<Condition>> {
    scanner.spaced(b'(', "\"(\"")?;
    builder.check_condition_depth(depth);
    let mut terms = Vec::new();
    loop {
        // Past a bound nothing more is built; the bound is what is reported.
        if builder.is_over() {
            return Err(scanner.fail(TERM));
        }
        terms.push(term(scanner, depth, builder)?);
        scanner.blanks();
        if !scanner.eat(b',') {
            break;
        }
        scanner.blanks();
    }
    scanner.spaced(b')', "\",\" or \")\"")?;
    Ok(terms)
}

fn term(scanner: &mut Scanner<'_>, depth: u16, builder: &mut Builder<'_>) -> Step<Condition> {
    let filter = scanner.attempt(|scanner| {
        let field = field(scanner)?;
        scanner.expect(b'.', DELIMITER)?;
        condition(scanner, field, Place::Term, builder)
    });
    if let Ok(filter) = filter {
        return Ok(filter);
    }
    let negated = scanner
        .attempt(
            |scanner| if scanner.eat_word("not") { scanner.expect(b'.', DELIMITER) } else { Err(scanner.fail(TERM)) },
        )
        .is_ok();
    let join = if scanner.eat_word("and") {
        Join::And
    } else if scanner.eat_word("or") {
        Join::Or
    } else {
        return Err(scanner.fail(if negated { LOGIC } else { TERM }));
    };
    let joined = join.of(terms(scanner, depth.saturating_add(1), builder)?);
    Ok(if negated { Condition::Not(Box::new(joined)) } else { joined })
}
