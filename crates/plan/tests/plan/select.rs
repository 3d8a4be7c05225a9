//! A short notation for requests: `id,c:clients!hint!inner(name),...x(y),total.sum(),data->a->>b::int`.
//! Filters are built by hand; the real grammar is the protocol's and tested there.

use backstay_plan::request::{
    Aggregate, Embed, FieldRef, Item, JoinKind, Level, OrderTerm, PathKey, PathStep, SortBy, Target,
};

/// A level from a select list.
pub(crate) fn level(select: &str) -> Level {
    let mut rest = select;
    let items = items(&mut rest);
    assert!(rest.is_empty(), "left over: {rest}");
    Level { items, ..Level::default() }
}

/// Sort terms such as `name`, `-name` and `clients(name)`.
pub(crate) fn order(terms: &str) -> Vec<OrderTerm> {
    let term = |text: &str| {
        let descending = text.starts_with('-');
        let text = text.trim_start_matches('-');
        let (embed, name) = match text.split_once('(') {
            Some((embed, name)) => (Some(embed.to_owned()), name.trim_end_matches(')')),
            None => (None, text),
        };
        OrderTerm { embed, through: Vec::new(), by: SortBy::Field(field(name)), descending, nulls_first: None }
    };
    terms.split(',').filter(|text| !text.is_empty()).map(term).collect()
}

/// A column with a path.
pub(crate) fn field(text: &str) -> FieldRef {
    let mut parts = text.split("->");
    let name = parts.next().unwrap_or_default().to_owned();
    let step = |part: &str| {
        let (text, key) = part.strip_prefix('>').map_or((false, part), |key| (true, key));
        let key = key.parse().map_or_else(|_| PathKey::Member(key.to_owned()), PathKey::Index);
        PathStep { text, key }
    };
    FieldRef { name, path: parts.map(step).collect() }
}

fn items(rest: &mut &str) -> Vec<Item> {
    let mut items = Vec::new();
    while !rest.is_empty() && !rest.starts_with(')') {
        let end = rest.find([',', '(', ')']).unwrap_or(rest.len());
        let (head, after) = rest.split_at(end);
        *rest = after;
        if after.starts_with("()") && (head.ends_with("count") || head.contains('.')) && !head.starts_with("...") {
            let end = after
                .find([',', ')'])
                .map_or(after.len(), |_| 2 + after[2..].find([',', ')']).unwrap_or(after.len() - 2));
            let cast = after[2..end].strip_prefix("::").map(str::to_owned);
            *rest = &after[end..];
            items.push(aggregate(head, cast));
        } else if let Some(inside) = after.strip_prefix('(') {
            *rest = inside;
            let level = Level { items: self::items(rest), ..Level::default() };
            *rest = rest.strip_prefix(')').expect("a closing parenthesis");
            items.push(Item::Embed(embed(head, level)));
        } else {
            items.push(plain(head));
        }
        *rest = rest.strip_prefix(',').unwrap_or(rest);
    }
    items
}

fn alias(text: &str) -> (Option<String>, &str) {
    match text.split_once(':') {
        Some((alias, rest)) if !rest.starts_with(':') && !alias.is_empty() => (Some(alias.to_owned()), rest),
        _ => (None, text),
    }
}

fn plain(head: &str) -> Item {
    let (alias, head) = alias(head);
    let (head, cast) = head.split_once("::").map_or((head, None), |(head, cast)| (head, Some(cast.to_owned())));
    match head {
        "*" => Item::All,
        "count" => Item::CountRows { alias, cast, bare: true },
        _ => Item::Field { alias, field: field(head), cast, aggregate: None },
    }
}

fn aggregate(head: &str, result_cast: Option<String>) -> Item {
    let (alias, head) = alias(head);
    if head == "count" {
        return Item::CountRows { alias, cast: result_cast, bare: false };
    }
    let (head, name) = head.rsplit_once('.').expect("column.aggregate()");
    let (head, cast) = head.split_once("::").map_or((head, None), |(head, cast)| (head, Some(cast.to_owned())));
    let aggregate = match name {
        "sum" => Aggregate::Sum,
        "avg" => Aggregate::Avg,
        "count" => Aggregate::Count,
        "max" => Aggregate::Max,
        "min" => Aggregate::Min,
        other => panic!("no aggregate {other}"),
    };
    Item::Field { alias, field: field(head), cast, aggregate: Some((aggregate, result_cast)) }
}

fn embed(head: &str, level: Level) -> Embed {
    let (spread, head) = head.strip_prefix("...").map_or((false, head), |head| (true, head));
    let (alias, head) = alias(head);
    let mut parts = head.split('!');
    let name = parts.next().unwrap_or_default().to_owned();
    let (mut hint, mut join) = (None, JoinKind::Left);
    for part in parts {
        match part {
            "inner" => join = JoinKind::Inner,
            "left" => {}
            other => hint = Some(other.to_owned()),
        }
    }
    Embed { alias, target: Target::Named { name, hint }, join, spread, level }
}
