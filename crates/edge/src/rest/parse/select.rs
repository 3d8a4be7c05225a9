//! Select lists: `id,total:price.sum(),author:users!author_id!inner(name),...meta(a)`.

use super::builder::Builder;
use super::field::json_path;
use super::scan::{FIELD_NAME, Scanner, Step};
use backstay_plan::request::{Aggregate, Embed, FieldRef, Item, JoinKind, Level, Target};
use std::borrow::Cow;

const CAST: &str = "letter or digit";
const AFTER_FIELD: &str = "letter, digit, \"-\", \"->>\", \"->\", \"::\", \".\", \")\", \",\" or end of input";

/// Takes the whole of a `select` parameter; empty selects every readable column.
pub(super) fn select(scanner: &mut Scanner<'_>, builder: &mut Builder<'_>) -> Step<Vec<Item>> {
    let items = items(scanner, 0, builder)?;
    scanner.end(if items.is_empty() { FIELD_NAME } else { AFTER_FIELD })?;
    Ok(if items.is_empty() { vec![Item::All] } else { items })
}

/// Takes items up to `)` or the end.
fn items(scanner: &mut Scanner<'_>, depth: u16, builder: &mut Builder<'_>) -> Step<Vec<Item>> {
    let mut items = Vec::new();
    scanner.blanks();
    if matches!(scanner.peek(), None | Some(b')')) {
        return Ok(items);
    }
    loop {
        scanner.blanks();
        builder.count_item();
        // Past a bound nothing more is built; the bound is what is reported.
        if builder.is_over() {
            return Err(scanner.fail(FIELD_NAME));
        }
        items.push(item(scanner, depth, builder)?);
        scanner.blanks();
        if !scanner.eat(b',') {
            return Ok(items);
        }
    }
}

fn item(scanner: &mut Scanner<'_>, depth: u16, builder: &mut Builder<'_>) -> Step<Item> {
    if scanner.rest().starts_with("...") {
        let head = scanner.attempt(|scanner| {
            scanner.take(3);
            let target = scanner.name()?;
            relation_head(scanner, target)
        })?;
        return embed(scanner, None, head, depth, builder);
    }
    if scanner.peek() == Some(b'*') {
        return scanner.attempt(|scanner| {
            scanner.take(1);
            item_end(scanner)?;
            Ok(Item::All)
        });
    }
    let first = scanner.name()?;
    let (alias, name) = if scanner.peek() == Some(b':') && !scanner.rest().starts_with("::") {
        scanner.take(1);
        scanner.blanks();
        let name = scanner.name()?;
        (Some(first.into_owned()), name)
    } else {
        (None, first)
    };
    if name != "count"
        && matches!(scanner.peek(), Some(b'!' | b'('))
        && let Some(head) = scanner.attempt_silently(|scanner| relation_head(scanner, name.clone()))
    {
        return embed(scanner, Some(alias), head, depth, builder);
    }
    value(scanner, alias, name.into_owned(), builder)
}

/// The target of an embed and what stands between it and its parenthesis.
struct Head {
    target: String,
    hint: Option<String>,
    join: JoinKind,
}

fn relation_head(scanner: &mut Scanner<'_>, target: Cow<'_, str>) -> Step<Head> {
    let (mut hint, mut join) = (None, None);
    for _ in 0..2 {
        if !scanner.eat(b'!') {
            break;
        }
        let quoted = scanner.peek() == Some(b'"');
        let parameter = scanner.name()?;
        match parameter.as_ref() {
            // Of two the first counts.
            "inner" if !quoted => join = join.or(Some(JoinKind::Inner)),
            "left" if !quoted => join = join.or(Some(JoinKind::Left)),
            // A second hint has no meaning, but what was to be `inner` must not be passed over.
            word if !quoted && hint.is_some() && (word.starts_with("inner") || word.starts_with("left")) => {
                return Err(scanner.fail("\"(\""));
            }
            _ => hint = hint.or_else(|| Some(parameter.into_owned())),
        }
    }
    if scanner.peek() != Some(b'(') {
        return Err(scanner.fail("\"(\""));
    }
    Ok(Head { target: target.into_owned(), hint, join: join.unwrap_or(JoinKind::Left) })
}

/// Takes `(items)`. `alias` is `None` for a spread.
fn embed(
    scanner: &mut Scanner<'_>,
    alias: Option<Option<String>>,
    head: Head,
    depth: u16,
    builder: &mut Builder<'_>,
) -> Step<Item> {
    scanner.expect(b'(', "\"(\"")?;
    let depth = depth.saturating_add(1);
    builder.count_embed(depth);
    let items = items(scanner, depth, builder)?;
    scanner.expect(b')', "\")\"")?;
    let Head { target: name, hint, join } = head;
    let target = Target::Named { name, hint };
    let spread = alias.is_none();
    let level = Level { items, ..Level::default() };
    Ok(Item::Embed(Embed { alias: alias.flatten(), target, join, spread, level }))
}

/// Takes what follows the name of a column.
fn value(scanner: &mut Scanner<'_>, alias: Option<String>, name: String, builder: &mut Builder<'_>) -> Step<Item> {
    if name == "count" && scanner.rest().starts_with("()") {
        let counted = scanner.attempt_silently(|scanner| {
            scanner.take(2);
            let cast = cast(scanner)?;
            item_end(scanner)?;
            Ok(cast)
        });
        if let Some(cast) = counted {
            return Ok(Item::CountRows { alias, cast, bare: false });
        }
    }
    let path = json_path(scanner)?;
    builder.check_path(path.len());
    scanner.blanks();
    let before = cast(scanner)?;
    let aggregate = scanner.attempt(aggregate).ok();
    let after = match aggregate {
        Some(_) => cast(scanner)?,
        None => None,
    };
    item_end(scanner)?;
    if name == "count" && path.is_empty() && aggregate.is_none() {
        return Ok(Item::CountRows { alias, cast: before, bare: true });
    }
    let aggregate = aggregate.map(|aggregate| (aggregate, after));
    Ok(Item::Field { alias, field: FieldRef { name, path }, cast: before, aggregate })
}

fn cast(scanner: &mut Scanner<'_>) -> Step<Option<String>> {
    if scanner.eat_word("::") { scanner.identifier(CAST).map(|name| Some(name.to_owned())) } else { Ok(None) }
}

fn aggregate(scanner: &mut Scanner<'_>) -> Step<Aggregate> {
    const AGGREGATES: [(&str, Aggregate); 5] = [
        ("sum", Aggregate::Sum),
        ("avg", Aggregate::Avg),
        ("count", Aggregate::Count),
        ("max", Aggregate::Max),
        ("min", Aggregate::Min),
    ];
    scanner.expect(b'.', AFTER_FIELD)?;
    let found = AGGREGATES.into_iter().find(|(word, _)| scanner.eat_word(word));
    let (_, aggregate) = found.ok_or_else(|| scanner.fail("\"sum\", \"avg\", \"count\", \"max\" or \"min\""))?;
    if scanner.eat_word("()") { Ok(aggregate) } else { Err(scanner.fail("\"()\"")) }
}

/// An item must be followed by another, by the end of its list, or by nothing.
fn item_end(scanner: &Scanner<'_>) -> Step<()> {
    match scanner.rest().trim_start_matches([' ', '\t']).bytes().next() {
        None | Some(b',' | b')') => Ok(()),
        Some(_) => Err(scanner.fail(AFTER_FIELD)),
    }
}
