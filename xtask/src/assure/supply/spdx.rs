//! Licence expressions as crates write them. In: `(MIT OR Apache-2.0) AND ISC`. Out: whether some choice needs only allowed licences.

use anyhow::{Result, bail, ensure};

/// Whether an expression can be met by licences that `is_allowed`.
///
/// `/` is the old way to write `OR`. A licence with an exception is asked for as one name, `X WITH Y`; where that is not
/// allowed, `X` alone is enough, since an exception only gives more rights.
///
/// # Errors
/// When the text is no expression.
pub(super) fn is_met(expression: &str, is_allowed: &dyn Fn(&str) -> bool) -> Result<bool> {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut rest = words.as_slice();
    let met = any(&mut rest, is_allowed)?;
    ensure!(rest.is_empty(), "`{expression}` goes on after its end");
    Ok(met)
}

fn any(rest: &mut &[&str], is_allowed: &dyn Fn(&str) -> bool) -> Result<bool> {
    let mut met = all(rest, is_allowed)?;
    while take(rest, "OR") {
        met |= all(rest, is_allowed)?;
    }
    Ok(met)
}

fn all(rest: &mut &[&str], is_allowed: &dyn Fn(&str) -> bool) -> Result<bool> {
    let mut met = one(rest, is_allowed)?;
    while take(rest, "AND") {
        met &= one(rest, is_allowed)?;
    }
    Ok(met)
}

fn one(rest: &mut &[&str], is_allowed: &dyn Fn(&str) -> bool) -> Result<bool> {
    if take(rest, "(") {
        let met = any(rest, is_allowed)?;
        ensure!(take(rest, ")"), "a bracket is not closed");
        return Ok(met);
    }
    let name = word(rest)?;
    if take(rest, "WITH") {
        let exception = word(rest)?;
        return Ok(is_allowed(&format!("{name} WITH {exception}")) || is_allowed(name));
    }
    Ok(is_allowed(name))
}

fn word<'a>(rest: &mut &[&'a str]) -> Result<&'a str> {
    match rest.split_first() {
        Some((word, after)) if !["OR", "AND", "WITH", "(", ")"].contains(word) => {
            *rest = after;
            Ok(word)
        }
        Some((word, _)) => bail!("a licence is missing before `{word}`"),
        None => bail!("a licence is missing at the end"),
    }
}

fn take(rest: &mut &[&str], wanted: &str) -> bool {
    match rest.split_first() {
        Some((word, after)) if *word == wanted => {
            *rest = after;
            true
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::is_met;

    #[track_caller]
    fn check(expression: &str, expected: Option<bool>) {
        let allowed = |name: &str| ["MIT", "Apache-2.0", "ISC"].contains(&name);
        assert_eq!(is_met(expression, &allowed).ok(), expected, "{expression}");
    }

    #[test]
    fn expressions() {
        check("MIT", Some(true));
        check("GPL-3.0-only", Some(false));
        check("GPL-3.0-only OR MIT", Some(true));
        check("GPL-3.0-only AND MIT", Some(false));
        check("MIT/Apache-2.0", Some(true));
        check("Apache-2.0 / MIT", Some(true));
        check("Apache-2.0 WITH LLVM-exception", Some(true));
        check("GPL-2.0-only WITH Classpath-exception-2.0", Some(false));
        check("(MIT OR GPL-3.0-only) AND ISC", Some(true));
        check("(MIT OR ISC) AND GPL-3.0-only", Some(false));
        check("MIT AND GPL-3.0-only OR ISC", Some(true));
        for broken in ["", "OR MIT", "MIT OR", "(MIT", "MIT)", "MIT ISC", "MIT WITH"] {
            check(broken, None);
        }
    }
}
