//! Random reads that both REST and GraphQL can say, and how each says them.

use super::random::Random;

/// A column: its name, and its values as REST and GraphQL write them.
type Column = (&'static str, &'static [(&'static str, &'static str)]);

/// A relation: its columns, and its relation fields with the relation each leads to.
struct Relation {
    name: &'static str,
    columns: &'static [Column],
    to_one: &'static [(&'static str, &'static str)],
}

const NUMBERS: &[(&str, &str)] = &[("1", "1"), ("80", "80"), ("4", "4")];
const TEXTS: &[(&str, &str)] = &[("sea", "\"sea\""), ("Bo Ek", "\"Bo Ek\""), ("NO", "\"NO\"")];

const RELATIONS: &[Relation] = &[
    Relation {
        name: "books",
        columns: &[
            ("id", NUMBERS),
            ("title", TEXTS),
            ("genre", &[("novel", "novel"), ("poetry", "poetry")]),
            ("pages", NUMBERS),
            ("price", &[("19.90", "19.90"), ("100", "100")]),
            ("rating", &[("4.5", "4.5"), ("3", "3")]),
            ("inPrint", &[("true", "true"), ("false", "false")]),
            ("published", &[("1999-05-01", "\"1999-05-01\"")]),
            ("addedAt", &[("2024-01-02T03:04:05Z", "\"2024-01-02T03:04:05Z\"")]),
            ("opens", &[("08:30", "\"08:30\"")]),
            ("isbn", &[("7d444840-9dc0-11d1-b245-5ffdce74fad2", "\"7d444840-9dc0-11d1-b245-5ffdce74fad2\"")]),
            ("authorId", NUMBERS),
        ],
        to_one: &[("author", "authors"), ("publisher", "publishers")],
    },
    Relation {
        name: "authors",
        columns: &[("id", NUMBERS), ("name", TEXTS), ("country", TEXTS), ("born", &[("1950-02-01", "\"1950-02-01\"")])],
        to_one: &[("mentor", "authors")],
    },
    Relation { name: "publishers", columns: &[("id", NUMBERS), ("name", TEXTS), ("city", TEXTS)], to_one: &[] },
    Relation {
        name: "reviews",
        columns: &[("id", NUMBERS), ("userId", TEXTS), ("stars", NUMBERS), ("body", TEXTS), ("note", TEXTS)],
        to_one: &[("book", "books")],
    },
];

const OPERATORS: &[(&str, &str)] =
    &[("eq", "_eq"), ("neq", "_neq"), ("gt", "_gt"), ("gte", "_gte"), ("lt", "_lt"), ("lte", "_lte")];
const DIRECTIONS: &[(&str, &str)] =
    &[("asc", "asc"), ("desc", "desc"), ("asc.nullsfirst", "asc_nulls_first"), ("desc.nullslast", "desc_nulls_last")];

/// One read in both protocols.
pub(crate) struct Logical {
    /// Root field and relation.
    pub(crate) relation: &'static str,
    /// Path and query string.
    pub(crate) rest: String,
    /// Document.
    pub(crate) graphql: String,
}

/// A read, and the same read.
pub(crate) fn logical(random: &mut Random) -> Logical {
    let relation = random.pick(RELATIONS);
    let (rest_items, items) = selection(random, relation, 0);
    let (mut rest, mut arguments) = (format!("/{}?select={rest_items}", relation.name), Vec::new());
    let mut conditions = Vec::new();
    for _ in 0..random.below(3) {
        let (column, test, comparison) = condition(random, relation);
        rest += &format!("&{column}={test}");
        conditions.push(comparison);
    }
    if random.below(3) == 0 {
        let ((a, at, ac), (b, bt, bc)) = (condition(random, relation), condition(random, relation));
        let (word, tree, negated) =
            *random.pick(&[("or", "_or", false), ("not.or", "_or", true), ("not.and", "_and", true)]);
        rest += &format!("&{word}=({a}.{at},{b}.{bt})");
        let tree = format!("{{{tree}: [{ac}, {bc}]}}");
        conditions.push(if negated { format!("{{_not: {tree}}}") } else { tree });
    }
    if !conditions.is_empty() {
        arguments.push(format!("where: {{_and: [{}]}}", conditions.join(", ")));
    }
    if random.below(2) == 0 {
        let ((column, _), (word, direction)) = (random.pick(relation.columns), random.pick(DIRECTIONS));
        rest += &format!("&order={column}.{word}");
        arguments.push(format!("order_by: {{{column}: {direction}}}"));
    }
    for name in ["limit", "offset"] {
        if random.below(3) == 0 {
            let number = random.below(4);
            rest += &format!("&{name}={number}");
            arguments.push(format!("{name}: {number}"));
        }
    }
    let arguments = if arguments.is_empty() { String::new() } else { format!("({})", arguments.join(", ")) };
    let graphql = format!("{{ {}{arguments} {{ {items} }} }}", relation.name);
    Logical { relation: relation.name, rest, graphql }
}

fn selection(random: &mut Random, relation: &Relation, depth: usize) -> (String, String) {
    let (mut rest, mut graphql) = (Vec::new(), Vec::new());
    for at in 0..=random.below(3) {
        let (column, _) = random.pick(relation.columns);
        rest.push(format!("c{at}:{column}"));
        graphql.push(format!("c{at}: {column}"));
    }
    for (field, to) in relation.to_one {
        if depth < 3 && random.below(3) == 0 {
            let (Some(to), key) = (RELATIONS.iter().find(|known| known.name == *to), format!("r{depth}{field}")) else {
                continue;
            };
            let (rest_items, items) = selection(random, to, depth + 1);
            rest.push(format!("{key}:{field}({rest_items})"));
            graphql.push(format!("{key}: {field} {{ {items} }}"));
        }
    }
    (rest.join(","), graphql.join(" "))
}

/// Column, REST's test, and GraphQL's condition.
fn condition(random: &mut Random, relation: &Relation) -> (&'static str, String, String) {
    let (column, values) = random.pick(relation.columns);
    let (value, literal) = random.pick(values);
    match random.below(5) {
        0 => (column, "is.null".to_owned(), format!("{{{column}: {{_is_null: true}}}}")),
        1 => (column, format!("in.(\"{value}\")"), format!("{{{column}: {{_in: [{literal}]}}}}")),
        2 => (column, format!("not.in.(\"{value}\")"), format!("{{{column}: {{_nin: [{literal}]}}}}")),
        _ => {
            // Enums and booleans have no order in GraphQL.
            let operators = if ["genre", "inPrint"].contains(column) { &OPERATORS[..2] } else { OPERATORS };
            let (word, operator) = random.pick(operators);
            (column, format!("{word}.{value}"), format!("{{{column}: {{{operator}: {literal}}}}}"))
        }
    }
}
