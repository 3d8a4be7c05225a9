//! What a caller may not see must not change one byte of any answer: two databases that differ in nothing else are asked
//! the same random requests. Every failure prints the request and both answers.
//!
//! `NI_PAIRS` requests (5,000 when unset) from `NI_SEED` (1 when unset).
//!
//! A field that masks depend on is not the caller's to write: one who may open his own row may see it afterwards.
//!
//! Left out by name, because the constraint itself tells: a new row whose key a hidden row has (`23505`), a reference to a
//! hidden row (`23503` or not), and deleting or re-keying a row that hidden rows refer to. Keys and references in request
//! bodies are therefore either of visible rows or of rows in neither database.

#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]
#![expect(clippy::disallowed_methods, reason = "the amount and the seed come from outside")]

use backstay_edge::rest::{Service, handle};
use backstay_engine::{Engine, OpenOptions, migrate};
use backstay_plan::Principal;
use backstay_plan::limits::Limits;
use backstay_plan::principal::{Api as Door, Identity, RoleSet, WireRole};
use backstay_schema::{Source, parse};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, Request, Response};
use std::fmt::Write as _;
use std::sync::Arc;

const SCHEMA: &str = r#"
type Author @model(table: "authors") @access(roles: ["user"], ops: [READ, UPDATE], when: "shown == true") {
  id: Int! @id(auto: NONE)
  name: String!
  secret: String @private
  shown: Boolean!
  books: [Book!]
}
type Book @model(table: "books")
  @access(roles: ["user"], ops: [ALL], when: "owner == auth.uid") {
  id: Int! @id(auto: NONE)
  title: String!
  owner: String!
  rank: Int
  tags: [String]
  meta: JSON
  open: Boolean @writable(roles: ["admin"])
  draft: String @readable(when: "open == true")
  price: Int @readable(when: "open == true")
  secret: String @private
  author_id: Int
  author: Author @relation(fields: ["author_id"], references: ["id"])
}
type Vault @model(table: "vaults") @access(roles: ["admin"], ops: [ALL]) {
  id: Int! @id(auto: NONE)
  line: String
}
"#;

/// Rows both databases have; `$…` is what the caller may not see, and differs.
const ROWS: [(&str, &str); 3] = [
    (
        "/authors",
        r#"[{"id":1,"name":"Ana","secret":"$S","shown":true},{"id":2,"name":"Ben","secret":"$T","shown":true},
            {"id":3,"name":"$S","secret":"x","shown":false}]"#,
    ),
    (
        "/books",
        r#"[{"id":1,"title":"One","owner":"me","rank":1,"tags":["a","b"],"meta":{"n":1},"open":true,"draft":"d","price":5,"secret":"$S","author_id":1},
            {"id":2,"title":"Two","owner":"me","rank":1,"tags":[],"meta":null,"open":false,"draft":"$S","price":$N,"secret":"$T","author_id":1},
            {"id":3,"title":"Three","owner":"me","rank":null,"tags":null,"meta":[1],"open":null,"draft":"$T","price":$M,"secret":null,"author_id":2},
            {"id":4,"title":"Four","owner":"me","rank":2,"tags":["b"],"meta":{"n":"x"},"open":false,"draft":$Q,"price":$N,"secret":"$S","author_id":3},
            {"id":5,"title":"$S","owner":"other","rank":$N,"tags":["$T"],"meta":{"n":$M},"open":true,"draft":"$T","price":$N,"secret":"s","author_id":1},
            {"id":6,"title":"Six","owner":"other","rank":$M,"tags":["a"],"meta":{"n":1},"open":true,"draft":"d","price":$M,"secret":"s","author_id":2}]"#,
    ),
    ("/vaults", r#"[{"id":1,"line":"$S"}]"#),
];
const LEFT: [(&str, &str); 5] = [("$S", "aaa"), ("$T", "mmm"), ("$N", "1"), ("$M", "900"), ("$Q", "null")];
const RIGHT: [(&str, &str); 5] = [("$S", "zzz"), ("$T", "d"), ("$N", "77"), ("$M", "-3"), ("$Q", "\"d\"")];
/// Hidden rows that only the right database has.
const ONLY_RIGHT: [(&str, &str); 3] = [
    ("/authors", r#"[{"id":4,"name":"Cy","secret":"d","shown":false}]"#),
    (
        "/books",
        r#"[{"id":0,"title":"One","owner":"other","rank":1,"tags":["a"],"meta":{"n":1},"open":true,"draft":"d","price":5,"secret":"d","author_id":1},
            {"id":7,"title":"Two","owner":"other","rank":1,"tags":["b"],"meta":null,"open":true,"draft":"d","price":9,"secret":"d","author_id":4}]"#,
    ),
    ("/vaults", r#"[{"id":2,"line":"d"},{"id":3,"line":"d"}]"#),
];

/// A small generator of numbers that repeats from its seed (`SplitMix64`).
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn one_in(&mut self, n: u64) -> bool {
        self.next().is_multiple_of(n)
    }

    fn pick<'a>(&mut self, words: &[&'a str]) -> &'a str {
        let at = self.next() % u64::try_from(words.len()).unwrap();
        words[usize::try_from(at).unwrap()]
    }
}

const TABLES: &[&str] =
    &["books", "books", "books", "books", "books", "books", "authors", "authors", "authors", "vaults", "nothing"];
/// Columns of a table with tests that fit them; one in eight tests is drawn for another column.
const FITTING: &[(&str, &[&str])] = &[
    ("id", &["eq.1", "gt.1", "in.(1,2,5,7)", "neq.3", "lt.0"]),
    ("title", TEXTS),
    ("draft", TEXTS),
    ("owner", TEXTS),
    ("name", TEXTS),
    ("price", NUMBERS),
    ("rank", NUMBERS),
    ("author_id", NUMBERS),
    ("open", TRUTHS),
    ("shown", TRUTHS),
    ("tags", &["cs.{a}", "cd.{a,b}", "ov.{b,mmm}", "eq.{a,b}", "is.null"]),
    ("meta->n", &["eq.1", "gt.0", "is.null"]),
    ("meta->>n", TEXTS),
    ("secret", TEXTS),
    ("nothing", TEXTS),
];
const BOOK: &[&str] = &[
    "id",
    "title",
    "draft",
    "draft",
    "price",
    "price",
    "owner",
    "rank",
    "author_id",
    "open",
    "tags",
    "meta->n",
    "meta->>n",
];
const AUTHOR: &[&str] = &["id", "name", "shown", "name"];
const ODD: &[&str] = &["secret", "nothing", "name", "title", "author.name", "books.price"];
const TEXTS: &[&str] = &[
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
const TRUTHS: &[&str] = &["is.true", "is.null", "eq.true", "not.is.true", "neq.false"];
const BOOK_SELECTS: &[&str] = &[
    "*",
    "id",
    "title",
    "draft",
    "price",
    "rank",
    "author(*)",
    "author!inner(name)",
    "...author(name)",
    "price::text",
    "d:draft",
    "meta->n",
    "author(name,books(id,draft))",
    "author(n:id,books!inner(price))",
];
const AUTHOR_SELECTS: &[&str] = &["*", "id", "name", "books(*)", "books(draft,price)", "books!inner(id)", "shown"];
const AGGREGATES: &[&str] =
    &["count()", "price.sum()", "price.max()", "draft.min()", "rank.avg()", "draft.max()", "price.count()"];
const ODD_SELECTS: &[&str] =
    &["secret", "author(secret)", "books(secret)", "nothing", "books(count)", "books(price.sum())", "count()"];
const PREFERS: &[&str] = &[
    "count=exact",
    "count=planned",
    "count=estimated",
    "return=representation",
    "return=representation, count=exact",
    "return=minimal",
    "return=headers-only",
    "max-affected=1, handling=strict",
    "resolution=merge-duplicates, return=representation",
    "resolution=ignore-duplicates, return=representation",
    "missing=default, return=representation",
];
const ACCEPTS: &[&str] =
    &["application/json", "text/csv", "application/vnd.pgrst.object+json", "application/vnd.pgrst.plan"];
const ROWS_NEW: &[&str] = &[
    r#"{"id":1000,"title":"New","owner":"me","author_id":1}"#,
    r#"[{"id":1000,"title":"New","owner":"me"},{"id":1001,"title":"New","owner":"other"}]"#,
    r#"{"id":1,"title":"Again","owner":"me"}"#,
    r#"{"id":1000,"title":"New","owner":"me","author_id":9999}"#,
    r#"{"id":1000,"title":"New","owner":"me","secret":"d"}"#,
    r#"{"title":"New"}"#,
];
const PATCHES: &[&str] = &[
    r#"{"title":"Changed"}"#,
    r#"{"rank":7}"#,
    r#"{"open":true}"#,
    r#"{"open":false}"#,
    r#"{"draft":"d"}"#,
    r#"{"price":1}"#,
    r#"{"secret":"d"}"#,
    r#"{"owner":"other"}"#,
    r#"{"author_id":2}"#,
    r#"{"rank":3,"tags":["x"]}"#,
    "{}",
    "[",
];

const AUTHORS_NEW: &[&str] = &[r#"{"id":1000,"name":"New","shown":true}"#, r#"{"id":1000,"title":"New"}"#];
const AUTHOR_PATCHES: &[&str] = &[
    r#"{"name":"Changed"}"#,
    r#"{"shown":false}"#,
    r#"{"secret":"d"}"#,
    r#"{"name":null}"#,
    r#"{"name":"Ana","shown":true}"#,
];

/// A condition on a column of `table`, as column and test.
fn condition(dice: &mut Dice, table: &str) -> (&'static str, &'static str) {
    let column = match (dice.one_in(12), table) {
        (true, _) => dice.pick(ODD),
        (false, "authors") => dice.pick(AUTHOR),
        (false, _) => dice.pick(BOOK),
    };
    let fitting = if dice.one_in(12) { "title" } else { column };
    let tests = FITTING.iter().find(|(name, _)| *name == fitting).map_or(TEXTS, |(_, tests)| *tests);
    (column, dice.pick(tests))
}

fn select(dice: &mut Dice, table: &str) -> String {
    let words = match table {
        "authors" => AUTHOR_SELECTS,
        _ if dice.one_in(5) => AGGREGATES,
        _ => BOOK_SELECTS,
    };
    let mut items = vec![dice.pick(words)];
    while dice.one_in(2) {
        let next = if dice.one_in(10) { dice.pick(ODD_SELECTS) } else { dice.pick(words) };
        if !items.contains(&next) {
            items.push(next);
        }
    }
    format!("select={}", items.join(","))
}

/// `METHOD /path`, a header a line, and a body.
fn request(dice: &mut Dice) -> (String, String) {
    let table = dice.pick(TABLES);
    let method = dice.pick(&["GET", "GET", "GET", "GET", "GET", "HEAD", "PATCH", "POST", "DELETE"]);
    // Books are what nothing refers to; deleting an author tells of hidden books by its foreign key.
    let method = if method == "DELETE" && table == "authors" { "GET" } else { method };
    let mut query = Vec::new();
    if dice.one_in(2) {
        query.push(select(dice, table));
    }
    let mut wanted = u32::from(matches!(method, "PATCH" | "DELETE"));
    while wanted > 0 || dice.one_in(2) {
        wanted = wanted.saturating_sub(1);
        let (column, test) = condition(dice, table);
        query.push(format!("{column}={test}"));
    }
    if dice.one_in(5) {
        let tree = dice.pick(&["or", "and", "not.or", "not.and"]);
        let ((a, b), (c, d)) = (condition(dice, table), condition(dice, table));
        query.push(format!("{tree}=({a}.{b},{c}.{d})"));
    }
    if dice.one_in(3) {
        let direction = dice.pick(&["", ".asc", ".desc", ".desc.nullslast", ".nullsfirst"]);
        let column =
            if dice.one_in(10) { dice.pick(ODD) } else { dice.pick(if table == "authors" { AUTHOR } else { BOOK }) };
        query.push(format!("order={column}{direction}"));
    }
    if dice.one_in(4) {
        query.push(format!(
            "{}={}",
            dice.pick(&["limit", "limit", "limit", "offset"]),
            dice.pick(&["0", "1", "2", "5"])
        ));
    }
    let mut head = format!("{method} /{table}?{}", query.join("&"));
    let prefer = if dice.one_in(2) { format!(", {}", dice.pick(PREFERS)) } else { String::new() };
    write!(head, "\nPrefer: tx=rollback{prefer}").unwrap();
    if dice.one_in(5) {
        write!(head, "\nAccept: {}", dice.pick(ACCEPTS)).unwrap();
    }
    if dice.one_in(8) {
        write!(head, "\nRange: {}", dice.pick(&["0-0", "1-1", "0-2", "3-", "9-10"])).unwrap();
    }
    let body = match (method, table) {
        ("POST", "authors") => dice.pick(AUTHORS_NEW),
        ("POST", _) => dice.pick(ROWS_NEW),
        ("PATCH", "authors") => dice.pick(AUTHOR_PATCHES),
        ("PATCH", _) => dice.pick(PATCHES),
        _ => "",
    };
    (head, body.to_owned())
}

struct Api {
    engine: Engine,
    limits: Limits,
    _data: tempfile::TempDir,
}

fn caller(wire: WireRole) -> Principal {
    let roles = RoleSet { wire, application: Vec::new() };
    let identity = Identity { roles, uid: Some("me".to_owned()), claims: serde_json::Map::new() };
    Principal { identity: Arc::new(identity), ip: None, method: "GET", api: Door::Rest }
}

impl Api {
    async fn open(values: &[(&str, &str)], more: &[(&str, &str)]) -> Self {
        let parsed = parse(&[Source { name: "schema.graphql".to_owned(), text: SCHEMA.to_owned() }]);
        assert!(parsed.schema.is_some(), "{:#?}", parsed.diagnostics);
        let schema = Arc::new(parsed.schema.unwrap());
        let data = tempfile::tempdir().unwrap();
        let engine = Engine::open(Arc::clone(&schema), OpenOptions::new(data.path().join("test.db"))).unwrap();
        let plan = migrate::plan(&engine, schema).await.unwrap();
        migrate::apply(&engine, plan, migrate::Permission::AdditiveOnly).await.unwrap();
        let api = Self { engine, limits: Limits::default(), _data: data };
        for (path, body) in ROWS.iter().chain(more) {
            let body = values.iter().fold((*body).to_owned(), |body, (name, value)| body.replace(name, value));
            let response = api.send(&format!("POST {path}"), &body, WireRole::Service).await;
            assert_eq!(response.status(), 201, "{response:?}");
        }
        api
    }

    async fn send(&self, head: &str, body: &str, wire: WireRole) -> Response<Bytes> {
        let mut lines = head.lines();
        let (method, path) = lines.next().unwrap().split_once(' ').unwrap();
        let mut request = Request::new(());
        *request.method_mut() = method.parse::<Method>().unwrap();
        *request.uri_mut() =
            path.replace('{', "%7B").replace('}', "%7D").replace('^', "%5E").replace('>', "%3E").parse().unwrap();
        for line in lines {
            let (name, value) = line.split_once(": ").unwrap();
            request.headers_mut().append(HeaderName::try_from(name).unwrap(), HeaderValue::try_from(value).unwrap());
        }
        let (parts, ()) = request.into_parts();
        let service = Service {
            engine: &self.engine,
            rates: &backstay_edge::rate::Rates::default(),
            limits: &self.limits,
            tx_override: true,
            server_timing: false,
            strict_embed_names: false,
        };
        let path = parts.uri.path().to_owned();
        handle(service, &parts, Bytes::from(body.to_owned()), caller(wire), &path).await
    }
}

fn shown(response: &Response<Bytes>) -> String {
    format!("{} {:?}\n{}", response.status(), response.headers(), String::from_utf8_lossy(response.body()))
}

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().map_or(default, |text| text.parse().unwrap())
}

/// Requests that were answered, and those that the two databases answered differently.
async fn compare(pairs: u64, seed: u64, wire: WireRole) -> (u64, Vec<String>) {
    let left = Api::open(&LEFT, &[]).await;
    let right = Api::open(&RIGHT, &ONLY_RIGHT).await;
    let mut dice = Dice(seed);
    let (mut answered, mut leaks) = (0, Vec::new());
    for _ in 0..pairs {
        let (head, body) = request(&mut dice);
        let one = left.send(&head, &body, wire).await;
        let two = right.send(&head, &body, wire).await;
        answered += u64::from(one.status().is_success());
        let (one, two) = (shown(&one), shown(&two));
        if one != two {
            leaks.push(format!("{head}\n{body}\n--- left\n{one}\n--- right\n{two}\n"));
        }
    }
    leaks.sort_by_key(String::len);
    (answered, leaks)
}

#[tokio::test]
async fn what_is_hidden_changes_no_answer() {
    let (pairs, seed) = (number("NI_PAIRS", 5_000), number("NI_SEED", 1));
    let (answered, leaks) = compare(pairs, seed, WireRole::Authenticated).await;
    let first = leaks.iter().take(5).map(String::as_str).collect::<String>();
    assert!(leaks.is_empty(), "seed {seed}: {} of {pairs} requests tell, the shortest are:\n{first}", leaks.len());
    assert!(answered * 4 > pairs, "only {answered} of {pairs} requests were answered: the test asks too little");
}

/// The same requests by a caller who may see everything must find the differences, or the test above shows nothing.
#[tokio::test]
async fn who_sees_all_sees_the_difference() {
    let (answered, leaks) = compare(500, 1, WireRole::Service).await;
    assert!(leaks.len() * 4 > 500, "{} of {answered} answers differ", leaks.len());
}
