//! A column with a path into it (`data->a->>0`), and the dotted paths of keys (`roles.actors.name`).

use super::scan::{Scanner, Step};
use backstay_plan::request::{FieldRef, PathKey, PathStep};
use std::borrow::Cow;
use std::collections::HashSet;

/// What separates names, for messages.
pub(super) const DELIMITER: &str = "delimiter (.)";
const JSON_KEY: &str = "any non reserved character different from: .,>()";

/// Takes a column and the path into it, with blanks around.
pub(super) fn field(scanner: &mut Scanner<'_>) -> Step<FieldRef> {
    scanner.blanks();
    let name = scanner.name()?.into_owned();
    let path = json_path(scanner)?;
    scanner.blanks();
    Ok(FieldRef { name, path })
}

/// Takes `->key` and `->>key` steps, as many as there are.
pub(super) fn json_path(scanner: &mut Scanner<'_>) -> Step<Vec<PathStep>> {
    let mut path = Vec::new();
    while scanner.eat_word("->") {
        let text = scanner.eat(b'>');
        let key = match scanner.attempt(index) {
            Ok(index) => PathKey::Index(index),
            Err(_) => PathKey::Member(json_key(scanner)?),
        };
        path.push(PathStep { text, key });
    }
    Ok(path)
}

/// Takes digits that are a whole path segment.
fn index(scanner: &mut Scanner<'_>) -> Step<i64> {
    let negative = scanner.eat(b'-');
    let count = scanner.rest().bytes().take_while(u8::is_ascii_digit).count();
    if count == 0 {
        return Err(scanner.fail("digit"));
    }
    let digits = scanner.take(count);
    let rest = scanner.rest();
    let ended = rest.is_empty() || rest.starts_with(['.', ',']) || rest.starts_with("->") || rest.starts_with("::");
    if !ended {
        return Err(scanner.fail("digit, \"->\", \"::\", \".\", \",\" or end of input"));
    }
    let value = digits.parse::<i64>().unwrap_or(i64::MAX);
    Ok(if negative { value.saturating_neg() } else { value })
}

/// Takes a JSON key: quoted, or any characters but the reserved ones; a `-` belongs to it unless an arrow begins.
fn json_key(scanner: &mut Scanner<'_>) -> Step<String> {
    if scanner.peek() == Some(b'"') {
        return scanner.quoted().map(Cow::into_owned);
    }
    let mut key = json_key_part(scanner)?.to_owned();
    while scanner.at_dash() {
        scanner.take(1);
        key.push('-');
        key.push_str(json_key_part(scanner)?);
    }
    Ok(key)
}

fn json_key_part<'a>(scanner: &mut Scanner<'a>) -> Step<&'a str> {
    let part = scanner.until(b"(-:.,>)");
    if part.is_empty() { Err(scanner.fail(JSON_KEY)) } else { Ok(part.trim()) }
}

/// Takes the whole of a filter's key: the embeds it goes through, and the column with its path.
pub(super) fn tree_path<'a>(scanner: &mut Scanner<'a>) -> Step<(Vec<Cow<'a, str>>, FieldRef)> {
    let mut names = names(scanner)?;
    let path = json_path(scanner)?;
    scanner.end("\"->>\", \"->\", delimiter (.) or end of input")?;
    let name = names.pop().unwrap_or_default().into_owned();
    Ok((names, FieldRef { name, path }))
}

/// Takes the whole of a key made of names alone.
pub(super) fn name_path<'a>(scanner: &mut Scanner<'a>) -> Step<Vec<Cow<'a, str>>> {
    let names = names(scanner)?;
    scanner.end("delimiter (.) or end of input")?;
    Ok(names)
}

fn names<'a>(scanner: &mut Scanner<'a>) -> Step<Vec<Cow<'a, str>>> {
    let mut names = Vec::with_capacity(1);
    names.push(scanner.name()?);
    while scanner.eat(b'.') {
        names.push(scanner.name()?);
    }
    Ok(names)
}

/// Takes the whole of a list of names (`columns`, `on_conflict`), each once.
pub(super) fn name_list(scanner: &mut Scanner<'_>) -> Step<Vec<String>> {
    let mut seen = HashSet::new();
    let mut names = Vec::new();
    loop {
        let name = scanner.name()?;
        if seen.insert(name.clone()) {
            names.push(name.into_owned());
        }
        scanner.blanks();
        if !scanner.eat(b',') {
            break;
        }
        scanner.blanks();
    }
    scanner.end("\",\" or end of input")?;
    Ok(names)
}
