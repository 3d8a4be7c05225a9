//! Pairs of databases as data: a schema, rows of both, and what only one of them has. Each world shows another way to hide.

#[path = "worlds/campus.rs"]
mod campus;
#[path = "worlds/library.rs"]
mod library;
#[path = "worlds/tenants.rs"]
mod tenants;
#[path = "worlds/tree.rs"]
mod tree;

/// Two databases that differ in what the caller may not see.
pub(crate) struct World {
    pub(crate) name: &'static str,
    pub(crate) schema: &'static str,
    /// Rows of both, in the order in which they are made; `$…` is what the caller may not see, and differs.
    pub(crate) rows: &'static [(&'static str, &'static str)],
    /// What `$…` is in each of the two.
    pub(crate) holes: &'static [(&'static str, &'static str, &'static str)],
    /// Hidden rows that only the second has.
    pub(crate) only_second: &'static [(&'static str, &'static str)],
    /// The caller's id; `"me"` stands for it in bodies.
    pub(crate) uid: &'static str,
    /// The caller's role in `app_metadata`, and claims that rules read, as JSON. Without either it is an account, else an API key.
    pub(crate) claims: &'static str,
    /// Drawn evenly: a table that matters more comes more than once.
    pub(crate) tables: &'static [&'static Table],
    /// Custom operations that answer rows of one of the tables, with arguments.
    pub(crate) calls: &'static [(&'static str, &'static Table)],
}

/// What can be asked of a table.
pub(crate) struct Table {
    pub(crate) name: &'static str,
    /// Columns (or JSON paths) that the caller may name.
    pub(crate) columns: &'static [(&'static str, Kind)],
    pub(crate) selects: &'static [&'static str],
    pub(crate) aggregates: &'static [&'static str],
    /// Query and body of inserts and upserts.
    pub(crate) inserts: &'static [(&'static str, &'static str)],
    pub(crate) patches: &'static [&'static str],
    /// Filters on the whole key, for PUT, with bodies that hold it.
    pub(crate) puts: &'static [(&'static str, &'static str)],
    /// Whether removing a row tells nothing by its foreign keys.
    pub(crate) removable: bool,
    /// What is refused, in select and elsewhere.
    pub(crate) odd: &'static [&'static str],
}

/// Which tests fit a column.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    Key,
    Text,
    /// Text with an index of its words.
    Words,
    Number,
    Truth,
    List,
    Time,
    /// One of these.
    Word(&'static [&'static str]),
}

impl Kind {
    pub(crate) fn tests(self) -> &'static [&'static str] {
        match self {
            Self::Key => &["eq.1", "gt.1", "in.(1,2,5,7)", "neq.3", "lt.0", "not.in.(1,2)", "isdistinct.4"],
            Self::Text => TEXTS,
            Self::Words => WORDS,
            Self::Number => NUMBERS,
            Self::Truth => &["is.true", "is.null", "eq.true", "not.is.true", "neq.false", "is.unknown"],
            Self::List => &["cs.{a}", "cd.{a,b}", "ov.{b,mmm}", "eq.{a,b}", "is.null", "not.cs.{b}"],
            Self::Time => &["gt.2020-01-01T00:00:00Z", "lt.2020-01-01T00:00:00Z", "is.null", "not.is.null"],
            Self::Word(tests) => tests,
        }
    }
}

pub(crate) const TEXTS: &[&str] = &[
    "eq.d",
    "neq.d",
    "gt.c",
    "lte.m",
    "is.null",
    "not.is.null",
    "like.*m*",
    "ilike.Z*",
    "match.^a",
    "in.(d,aaa,zzz)",
    "not.in.(One,d)",
    "isdistinct.d",
    "like(all).{a*,*a}",
    "not.eq.mmm",
];
const WORDS: &[&str] = &[
    "fts.d",
    "plfts.aaa",
    "phfts.d mmm",
    "wfts.aaa or zzz",
    "wfts.-d",
    "not.fts.d",
    "not.wfts.zzz",
    "fts.o:*",
    "plfts(english).one",
    "eq.d",
    "gt.c",
    "is.null",
    "not.is.null",
    "ilike.*o*",
];
const NUMBERS: &[&str] = &[
    "eq.1",
    "eq.77",
    "not.eq.77",
    "gt.1",
    "lt.900",
    "gte.5",
    "is.null",
    "not.is.null",
    "in.(1,2,77,900)",
    "isdistinct.5",
    "eq(any).{1,77}",
];

/// What is added to the schema of the first world after a text of it, all of it hidden from its caller.
pub(crate) const HIDDEN: &[(&str, &str)] = &[
    ("  shown: Boolean!\n", "  whisper: String @private @unique\n  rumour: Int @visible(to: [\"admin\"]) @index\n"),
    (
        "  price: Int @readable(when: \"open == true\")\n",
        "  ghosts_id: Int @visible(to: [\"admin\"])\n  ghost: Ghost @relation(fields: [\"ghosts_id\"], references: [\"id\"])\n",
    ),
    (
        "  line: String\n}\n",
        "type Ghost @model(table: \"ghosts\") @access(roles: [\"admin\"], ops: [ALL]) { id: Int! @id(auto: NONE) books: [Book!] }\n",
    ),
    (
        "extend type Query {\n",
        "  all_ghosts: [Ghost!] @readable(roles: [\"admin\"]) @query(sql: {sqlite: \"SELECT * FROM ghosts\"})\n",
    ),
];

/// Names that are almost those of [`HIDDEN`]: nobody may be told what they are close to.
pub(crate) const NEAR_MISSES: &[&str] = &[
    "/ghost",
    "/ghostss",
    "/authors?select=whispe",
    "/authors?whispers=eq.a",
    "/authors?order=rumours",
    "/authors?select=rumor",
    "/books?select=ghosts_i",
    "/books?select=title,ghostt(id)",
    "/books?ghosts.id=eq.1",
    "/authors?select=id,books(ghosts_ids)",
    "/rpc/all_ghost",
    "/rpc/all_ghostss",
];

/// The id of an account.
pub(crate) const ACCOUNT: &str = "0198b2f0-0000-7000-8000-00000000000a";

pub(crate) const ALL: &[&World] = &[&library::WORLD, &campus::WORLD, &tree::WORLD, &tenants::WORLD];
