//! The tables of `fixtures/diff.graphql`: columns with values that fit them, ways to embed, and the rows that are there.

use serde_json::{Value, json};

/// What may be asked of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Int,
    Number,
    Text,
    Bool,
    Time,
    TextList,
    IntList,
    Json,
    /// A part of JSON, as text.
    JsonText,
    Bytes,
    Uuid,
    Enum,
}

/// A column.
#[derive(Debug)]
pub(super) struct Column {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    /// Values as they stand in a query string.
    pub(super) values: &'static [&'static str],
}

/// A way from a table to another.
#[derive(Debug)]
pub(super) struct Embed {
    /// As it stands in `select`.
    pub(super) target: &'static str,
    pub(super) to: &'static str,
    pub(super) to_one: bool,
}

/// A table.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) name: &'static str,
    pub(super) keys: &'static [&'static str],
    pub(super) columns: &'static [Column],
    pub(super) embeds: &'static [Embed],
}

const fn column(name: &'static str, kind: Kind, values: &'static [&'static str]) -> Column {
    Column { name, kind, values }
}

const fn to_one(target: &'static str, to: &'static str) -> Embed {
    Embed { target, to, to_one: true }
}

const fn to_many(target: &'static str, to: &'static str) -> Embed {
    Embed { target, to, to_one: false }
}

const IDS: &[&str] = &["1", "2", "3", "7", "0"];

/// Every table.
pub(super) const TABLES: &[Table] = &[
    Table {
        name: "authors",
        keys: &["id"],
        columns: &[
            column("id", Kind::Int, IDS),
            column("name", Kind::Text, &["Ana", "Bo Ek", "çelik", "b%"]),
            column("country", Kind::Text, &["NO", "no", ""]),
            column("born", Kind::Time, &["1950-02-01", "1961-12-31"]),
            column("mentor_id", Kind::Int, IDS),
        ],
        embeds: &[
            to_many("books!books_author_id_fkey", "books"),
            to_many("books!editor_id", "books"),
            to_one("mentor_id", "authors"),
            to_many("authors!mentor_id", "authors"),
            to_many("authors", "authors"),
            to_many("books", "books"),
        ],
    },
    Table {
        name: "books",
        keys: &["id"],
        columns: &[
            column("id", Kind::Int, IDS),
            column("title", Kind::Text, &["The Sea Road", "Small Stars", "tide", "100% \\ sea", "_"]),
            column("genre", Kind::Enum, &["novel", "poetry"]),
            column("pages", Kind::Int, &["80", "320", "-1", "2147483647"]),
            column("sold", Kind::Int, &["9007199254740993", "12", "-9223372036854775808"]),
            column("price", Kind::Number, &["19.90", "0.1", "1e2", "123456789012345678.123456789"]),
            column("rating", Kind::Number, &["4.5", "3", "1e-7", "-0.25"]),
            column("in_print", Kind::Bool, &["true", "false"]),
            column("published", Kind::Time, &["1999-05-01", "2024-02-29"]),
            column("added_at", Kind::Time, &["2024-01-02T03:04:05Z", "2024-01-02T03:04:05.678901%2B02:00"]),
            column("opens", Kind::Time, &["08:30", "23:59:59.5"]),
            column("tags", Kind::TextList, &["{sea,north}", "{}", "{\"a b\"}"]),
            column("scores", Kind::IntList, &["{3,1}", "{}", "{1}"]),
            column("info", Kind::Json, &["{\"size\":1}", "{}", "[1,2]"]),
            column("info->size", Kind::Json, &["1", "{}", "\"x\""]),
            column("info->>format", Kind::JsonText, &["hard", "soft"]),
            column("info->a->>0", Kind::JsonText, &["1", "x"]),
            column("cover", Kind::Bytes, &["\\x00ff", "\\x"]),
            column("isbn", Kind::Uuid, &["7d444840-9dc0-11d1-b245-5ffdce74fad2"]),
            column("author_id", Kind::Int, IDS),
            column("editor_id", Kind::Int, IDS),
        ],
        embeds: &[
            to_one("authors!books_author_id_fkey", "authors"),
            to_one("author_id", "authors"),
            to_one("authors!editor_id", "authors"),
            to_one("details", "details"),
            to_many("shelf_books", "shelf_books"),
            to_many("shelves", "shelves"),
            to_one("authors", "authors"),
        ],
    },
    Table {
        name: "details",
        keys: &["book_id"],
        columns: &[
            column("book_id", Kind::Int, IDS),
            column("note", Kind::Text, &["dull", "sea"]),
            column("weight", Kind::Number, &["0.5", "2"]),
        ],
        embeds: &[to_one("books", "books"), to_one("book_id", "books")],
    },
    Table {
        name: "shelves",
        keys: &["id"],
        columns: &[
            column("id", Kind::Int, IDS),
            column("name", Kind::Text, &["New", "Old"]),
            column("room", Kind::Text, &["east", "west"]),
        ],
        embeds: &[to_many("books", "books"), to_many("shelf_books", "shelf_books")],
    },
    Table {
        name: "shelf_books",
        keys: &["shelf_id", "book_id"],
        columns: &[
            column("shelf_id", Kind::Int, IDS),
            column("book_id", Kind::Int, IDS),
            column("position", Kind::Int, &["1", "2"]),
        ],
        embeds: &[to_one("shelves", "shelves"), to_one("books", "books")],
    },
    Table {
        name: "settings",
        keys: &["key", "scope"],
        columns: &[
            column("key", Kind::Text, &["color", "size"]),
            column("scope", Kind::Text, &["web", "app"]),
            column("value", Kind::Text, &["blue", "none"]),
            column("revision", Kind::Int, &["1", "2"]),
        ],
        embeds: &[],
    },
];

/// A table by its name; the first where there is none.
pub(super) fn table(name: &str) -> &'static Table {
    TABLES.iter().find(|table| table.name == name).unwrap_or(&TABLES[0])
}

/// A value that a column has.
pub(super) fn fitting(table: &str, column: &str) -> Option<Value> {
    let (_, rows) = rows().into_iter().find(|(name, _)| *name == table)?;
    rows.as_array()?.iter().filter_map(|row| row.get(column)).find(|value| !value.is_null()).cloned()
}

/// The rows, by table, parents first.
pub(super) fn rows() -> Vec<(&'static str, Value)> {
    vec![
        (
            "authors",
            json!([
                {"id": 1, "name": "Ana", "country": "NO", "born": "1950-02-01", "mentor_id": null},
                {"id": 2, "name": "Bo Ek", "country": null, "born": null, "mentor_id": 1},
                {"id": 3, "name": "çelik", "country": "no", "born": "1961-12-31", "mentor_id": 1},
                {"id": 7, "name": "b%", "country": "", "born": "2000-01-01", "mentor_id": 3}
            ]),
        ),
        ("books", books()),
        ("details", json!([{"book_id": 1, "note": "dull", "weight": 0.5}, {"book_id": 3, "note": null, "weight": 2}])),
        ("shelves", json!([{"id": 1, "name": "New", "room": "east"}, {"id": 2, "name": "Old", "room": null}])),
        (
            "shelf_books",
            json!([{"shelf_id": 1, "book_id": 1, "position": 1}, {"shelf_id": 1, "book_id": 2, "position": null},
                   {"shelf_id": 2, "book_id": 1, "position": 2}]),
        ),
        (
            "settings",
            json!([{"key": "color", "scope": "app", "value": "blue", "revision": 1},
                   {"key": "color", "scope": "web", "value": null, "revision": 2},
                   {"key": "size", "scope": "web", "value": "none", "revision": 1}]),
        ),
    ]
}

fn books() -> Value {
    let empty = |id: i64, title: &str| {
        json!({"id": id, "title": title, "genre": null, "pages": null, "sold": null, "price": null, "rating": null,
               "in_print": null, "published": null, "added_at": null, "opens": null, "tags": null, "scores": null,
               "info": null, "cover": null, "isbn": null, "author_id": null, "editor_id": null})
    };
    let with = |mut row: Value, more: Value| {
        if let (Some(row), Some(more)) = (row.as_object_mut(), more.as_object()) {
            row.extend(more.clone());
        }
        row
    };
    json!([
        with(
            empty(1, "The Sea Road"),
            json!({"genre": "novel", "pages": 320, "sold": 9_007_199_254_740_993_i64, "price": 19.90,
            "rating": 4.5, "in_print": true, "published": "1999-05-01", "added_at": "2024-01-02T03:04:05.678901Z",
            "opens": "08:30:00", "tags": ["sea", "north"], "scores": [3, 1],
            "info": {"size": 1, "format": "hard", "a": ["x", 1]}, "cover": "\\x00ff",
            "isbn": "7d444840-9dc0-11d1-b245-5ffdce74fad2", "author_id": 1, "editor_id": 2})
        ),
        with(
            empty(2, "Small Stars"),
            json!({"genre": "poetry", "pages": 80, "sold": 12, "price": 0.1, "rating": -0.25,
            "in_print": false, "published": "2024-02-29", "added_at": "2024-01-02T03:04:05Z", "opens": "23:59:59.5",
            "tags": [], "scores": [], "info": {"size": {}, "format": "soft"}, "author_id": 2, "editor_id": 2})
        ),
        with(empty(3, "Tide and tides"), json!({"pages": 80, "info": [1, 2], "author_id": 1, "tags": ["a b"]})),
        with(empty(7, "100% \\ sea"), json!({"genre": "novel", "in_print": true, "info": "x", "editor_id": 3})),
    ])
}
