//! Sort terms: `a.desc.nullslast,clients(name),data->>b`.

use super::field::field;
use super::scan::{Scanner, Step};
use backstay_plan::request::{OrderTerm, SortBy};
use std::borrow::Cow;

/// Takes the whole of an `order` parameter.
pub(super) fn order(scanner: &mut Scanner<'_>) -> Step<Vec<OrderTerm>> {
    let mut terms = Vec::with_capacity(1);
    loop {
        scanner.blanks();
        terms.push(term(scanner)?);
        scanner.blanks();
        if !scanner.eat(b',') {
            break;
        }
    }
    scanner.end("\",\" or end of input")?;
    Ok(terms)
}

fn term(scanner: &mut Scanner<'_>) -> Step<OrderTerm> {
    let related = scanner.attempt(|scanner| {
        let embed = scanner.name().map(Cow::into_owned)?;
        scanner.expect(b'(', "\"(\"")?;
        let field = field(scanner)?;
        scanner.expect(b')', "\")\"")?;
        direction(scanner, Some(embed), field)
    });
    match related {
        Ok(term) => Ok(term),
        Err(_) => {
            let field = field(scanner)?;
            direction(scanner, None, field)
        }
    }
}

fn direction(
    scanner: &mut Scanner<'_>,
    embed: Option<String>,
    field: backstay_plan::request::FieldRef,
) -> Step<OrderTerm> {
    let descending =
        suffix(scanner, [("asc", false), ("desc", true)], "\"asc\", \"desc\", \"nullsfirst\" or \"nullslast\"");
    let nulls_first = suffix(scanner, [("nullsfirst", true), ("nullslast", false)], "\"nullsfirst\" or \"nullslast\"");
    match scanner.peek() {
        None | Some(b',' | b' ' | b'\t') => {
            let (through, by) = (Vec::new(), SortBy::Field(field));
            Ok(OrderTerm { embed, through, by, descending: descending.unwrap_or(false), nulls_first })
        }
        Some(_) => Err(scanner.fail("delimiter (.), \",\" or end of input")),
    }
}

/// Takes `.word` if it comes next.
fn suffix(scanner: &mut Scanner<'_>, words: [(&str, bool); 2], expecting: &'static str) -> Option<bool> {
    scanner
        .attempt(|scanner| {
            scanner.expect(b'.', "delimiter (.), \",\" or end of input")?;
            let found = words.into_iter().find(|(word, _)| scanner.eat_word(word));
            found.map(|(_, value)| value).ok_or_else(|| scanner.fail(expecting))
        })
        .ok()
}
