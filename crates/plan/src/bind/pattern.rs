//! Regular expressions of requests: bounded, and only what a linear-time engine can run.

use super::posix::written;
use crate::fault::{Refusal, ValueProblem};
use crate::limits::Limits;
use crate::value::RegexEngine;
use regex::RegexBuilder;

/// Bytes of a compiled expression.
const COMPILED_BYTES_MAX: usize = 1 << 20;

/// An expression that [`check`] lets pass, as PostgreSQL writes it.
pub(super) fn written_for(
    engine: RegexEngine,
    pattern: &str,
    ignore_case: bool,
    limits: &Limits,
) -> Result<String, Refusal> {
    check(pattern, ignore_case, limits)?;
    let (ty, value) = ("text".to_owned(), pattern.to_owned());
    written(engine, pattern, ignore_case).ok_or(Refusal::BadValue { ty, value, problem: ValueProblem::Regex })
}

/// Refuses an expression that is too long, malformed, or needs backtracking (back references, look-around).
pub(super) fn check(pattern: &str, ignore_case: bool, limits: &Limits) -> Result<(), Refusal> {
    let refuse = |problem| Refusal::BadValue { ty: "text".to_owned(), value: pattern.to_owned(), problem };
    if u32::try_from(pattern.len()).is_ok_and(|length| length <= limits.regex_bytes_max) {
        let built = RegexBuilder::new(pattern).case_insensitive(ignore_case).size_limit(COMPILED_BYTES_MAX).build();
        built.map(drop).map_err(|_| refuse(ValueProblem::Regex))
    } else {
        Err(refuse(ValueProblem::TooLarge))
    }
}
