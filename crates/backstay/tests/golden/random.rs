//! Random requests over the library schema, mostly right.

use std::fmt::Write as _;

/// A linear congruential generator: the same requests in every run.
pub(crate) struct Random(pub(crate) u64);

/// A relation: its columns with values that fit, and its embeds as `(target, relation, to-one)`.
struct Relation {
    name: &'static str,
    columns: &'static [(&'static str, &'static str)],
    embeds: &'static [(&'static str, &'static str, bool)],
}

const RELATIONS: &[Relation] = &[
    Relation {
        name: "books",
        columns: &[
            ("id", "1"),
            ("title", "Small Stars"),
            ("blurb", "sea"),
            ("genre", "novel"),
            ("pages", "80"),
            ("price", "19.90"),
            ("rating", "4.5"),
            ("inPrint", "true"),
            ("published", "1999-05-01"),
            ("addedAt", "2024-01-02T03:04:05Z"),
            ("opens", "08:30"),
            ("tags", "{sea,north}"),
            ("scores", "{3,1}"),
            ("info", "{\"a\":1}"),
            ("info->size", "{}"),
            ("info->>format", "hard"),
            ("info->0", "1"),
            ("cover", "\\x00ff"),
            ("isbn", "7d444840-9dc0-11d1-b245-5ffdce74fad2"),
            ("long", "true"),
            ("shelfMark", "x"),
            ("authorId", "1"),
        ],
        embeds: &[
            ("author", "authors", true),
            ("publisher", "publishers", true),
            ("reviews", "reviews", false),
            ("shelves", "shelves", false),
        ],
    },
    Relation {
        name: "authors",
        columns: &[("id", "1"), ("name", "Bo Ek"), ("country", "NO"), ("born", "1950-02-01"), ("mentorId", "1")],
        embeds: &[("mentor", "authors", true), ("books", "books", false)],
    },
    Relation {
        name: "publishers",
        columns: &[("id", "1"), ("name", "Quill"), ("city", "Bergen")],
        embeds: &[("books", "books", false)],
    },
    Relation {
        name: "reviews",
        columns: &[
            ("id", "1"),
            ("userId", "ana"),
            ("stars", "3"),
            ("body", "sea"),
            ("hidden", "false"),
            ("note", "dull"),
        ],
        embeds: &[("book", "books", true)],
    },
    Relation { name: "shelves", columns: &[("id", "1"), ("name", "New")], embeds: &[("books", "books", false)] },
    Relation {
        name: "settings",
        columns: &[("key", "color"), ("scope", "web"), ("value", "blue"), ("revision", "1")],
        embeds: &[],
    },
];

fn named(name: &str) -> &'static Relation {
    RELATIONS.iter().find(|relation| relation.name == name).unwrap()
}

impl Random {
    /// A number below a limit.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit
    }

    fn one_in(&mut self, limit: usize) -> bool {
        self.below(limit) == 0
    }

    /// One of some.
    pub(crate) fn pick<'t, T>(&mut self, items: &'t [T]) -> &'t T {
        &items[self.below(items.len())]
    }

    /// A path with a query string.
    pub(crate) fn target(&mut self) -> String {
        let relation = self.pick(RELATIONS);
        self.target_of(relation)
    }

    /// A path with a query string, of a relation more often than of others.
    pub(crate) fn target_about(&mut self, name: &str) -> String {
        let relation = if self.one_in(2) { named(name) } else { self.pick(RELATIONS) };
        self.target_of(relation)
    }

    fn target_of(&mut self, relation: &'static Relation) -> String {
        let mut rest = String::new();
        let items = self.level(relation, "", 0, &mut rest);
        format!("/{}?select={items}{rest}", relation.name)
    }

    /// The items of a level. Its filters, order and limits go to the end of the query string.
    fn level(&mut self, relation: &'static Relation, prefix: &str, depth: usize, rest: &mut String) -> String {
        let grouped = self.one_in(5);
        let mut items = Vec::new();
        for _ in 0..=self.below(3) {
            items.push(self.item(relation, grouped));
        }
        for (target, to, to_one) in relation.embeds {
            if depth < 3 && self.one_in(3) {
                let spread = self.one_in(3) && (*to_one || !grouped);
                let join = if self.one_in(4) { "!inner" } else { "" };
                let alias = format!("e{depth}{target}");
                let path = format!("{prefix}{}.", if spread { target } else { alias.as_str() });
                let inner = self.embedded(named(to), (&path, depth + 1), spread, rest);
                items.push(if spread {
                    format!("...{target}{join}({inner})")
                } else {
                    format!("{alias}:{target}{join}({inner})")
                });
                if self.one_in(5) && !spread {
                    let not = if self.one_in(2) { "not." } else { "" };
                    write!(rest, "&{prefix}{alias}={not}is.null").unwrap();
                }
                if self.one_in(4) && *to_one && !spread {
                    write!(rest, "&{prefix}order={alias}(id).desc").unwrap();
                }
            }
        }
        self.modifiers(relation, prefix, rest);
        items.join(",")
    }

    fn embedded(
        &mut self,
        relation: &'static Relation,
        (path, depth): (&str, usize),
        spread: bool,
        rest: &mut String,
    ) -> String {
        if spread {
            // Aggregates in a to-many spread are refused, so a spread asks for plain columns.
            let (column, _) = *self.pick(relation.columns);
            return format!("s{depth}:{column}");
        }
        if self.one_in(8) {
            return String::new();
        }
        self.level(relation, path, depth, rest)
    }

    fn item(&mut self, relation: &'static Relation, grouped: bool) -> String {
        if grouped && self.one_in(2) {
            let number = relation.columns.iter().find(|(name, _)| ["pages", "price", "rating", "stars"].contains(name));
            return match (self.below(3), number) {
                (0, _) | (_, None) => String::from("count()"),
                (1, Some((name, _))) => format!("{name}.{}()", self.pick(&["sum", "avg", "min", "max", "count"])),
                (_, Some((name, _))) => format!("a:{name}.sum()::text"),
            };
        }
        if !grouped && self.one_in(8) {
            return String::from("*");
        }
        let (column, _) = *self.pick(relation.columns);
        let cast = if self.one_in(6) { "::text" } else { "" };
        let alias = if self.one_in(3) { "x:" } else { "" };
        format!("{alias}{column}{cast}")
    }

    fn modifiers(&mut self, relation: &'static Relation, prefix: &str, rest: &mut String) {
        for _ in 0..self.below(3) {
            let (column, value) = *self.pick(relation.columns);
            let test = self.test(column, value);
            if self.one_in(4) && !value.contains(['{', ' ', '"', '\\']) {
                let (other, other_value) = *self.pick(relation.columns);
                write!(rest, "&{prefix}or=({column}.eq.{value},not.and({other}.is.null,{other}.not.is.null))").unwrap();
                assert!(!other_value.is_empty());
            } else {
                write!(rest, "&{prefix}{column}={test}").unwrap();
            }
        }
        if self.one_in(3) {
            let (column, _) = *self.pick(relation.columns);
            let direction = self.pick(&["", ".asc", ".desc", ".desc.nullslast", ".asc.nullsfirst"]);
            write!(rest, "&{prefix}order={column}{direction}").unwrap();
        }
        if self.one_in(4) {
            write!(rest, "&{prefix}limit={}", self.below(3)).unwrap();
        }
        if self.one_in(6) {
            write!(rest, "&{prefix}offset={}", self.below(3)).unwrap();
        }
    }

    fn test(&mut self, column: &str, value: &str) -> String {
        let not = if self.one_in(4) { "not." } else { "" };
        let searchable = ["title", "blurb", "body", "note"].contains(&column);
        let text = searchable || ["name", "city", "country", "info->>format", "value"].contains(&column);
        let operator = match self.below(9) {
            0 => return format!("{not}is.null"),
            1 if value.starts_with('{') => "cs",
            1 if text => return format!("{not}ilike.*{}*", &value[..1]),
            2 if value.starts_with('{') => "ov",
            2 if text => return format!("{not}match.^{}", &value[..1]),
            3 if searchable => return format!("{not}wfts.{value}"),
            4 if !value.starts_with('{') => return format!("{not}in.(\"{value}\")"),
            5 if !value.starts_with('{') => return format!("{not}gte(any).{{\"{value}\"}}"),
            6 => "isdistinct",
            7 => "neq",
            _ => self.pick(&["eq", "gt", "lte"]),
        };
        format!("{not}{operator}.{value}")
    }
}
