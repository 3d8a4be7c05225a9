//! Full text: the functions of the migration do to words what SQLite's index does, and searches find the same rows on both.

use super::Scratch;
use crate::migrate;
use crate::store::conformance::{Who, insert, read, schema, show, sqlite};
use crate::store::mysql::Settings;
use backstay_plan::request::{Action, Condition, FieldRef, Input, Operator, Request, SearchSyntax, Slot};
use mysql_async::prelude::Queryable as _;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const TEXTS: &str = "type Text @model(table: \"texts\") @access(ops: [ALL]) { id: Int! @id body: String! @searchable }";

/// What words end in, each of which some step of the stemmer looks at.
const ENDS: &[&str] = &[
    "s", "es", "ies", "sses", "ed", "eed", "ing", "ational", "tional", "enci", "anci", "izer", "bli", "alli", "entli",
    "eli", "ousli", "ization", "ation", "ator", "alism", "iveness", "fulness", "ousness", "aliti", "iviti", "biliti",
    "logi", "icate", "ative", "alize", "iciti", "ical", "ful", "ness", "al", "ance", "ence", "er", "ic", "able",
    "ible", "ant", "ement", "ment", "ent", "sion", "tion", "ion", "ou", "ism", "ate", "iti", "ous", "ive", "ize", "e",
    "ll", "y", "l", "at", "bl", "iz", "tt", "pp", "ly", "ss",
];

/// The same numbers in each run.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % end
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }

    fn letters(&mut self, of: &str, most: usize) -> String {
        let letters: Vec<char> = of.chars().collect();
        (0..self.below(most + 1)).map(|_| letters[self.below(letters.len())]).collect()
    }
}

/// Stems of words, as the index of SQLite holds them.
fn indexed(words: &[String]) -> Vec<String> {
    let database = rusqlite::Connection::open_in_memory().unwrap();
    database
        .execute_batch(
            "CREATE VIRTUAL TABLE words USING fts5 (word, tokenize='porter unicode61');
             CREATE VIRTUAL TABLE stems USING fts5vocab (words, instance);",
        )
        .unwrap();
    let mut add = database.prepare("INSERT INTO words (rowid, word) VALUES (?1, ?2)").unwrap();
    for (row, word) in words.iter().enumerate() {
        add.execute((i64::try_from(row).unwrap(), word)).unwrap();
    }
    let mut stems = database.prepare("SELECT term FROM stems ORDER BY doc").unwrap();
    stems.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
}

/// A database of an earlier program has other functions, and the same tables.
#[tokio::test]
async fn functions_that_are_not_there_are_made_when_the_server_starts() {
    let scratch = Scratch::new().await;
    drop(scratch.open(TEXTS, Settings::default()).await);
    let mut beside = scratch.beside().await;
    beside.query_drop("DROP FUNCTION bs_stems").await.unwrap();
    let earlier = "UPDATE _backstay_migrations SET catalog = JSON_REMOVE(catalog, '$.functions')";
    beside.query_drop(earlier).await.unwrap();
    let engine = scratch.open(TEXTS, Settings::default()).await;
    let stems: Option<String> = beside.query_first("SELECT bs_stems(' running ')").await.unwrap();
    assert_eq!(stems.unwrap().trim(), "run");
    let plan = migrate::plan(&engine, schema(TEXTS)).await.unwrap();
    assert!(plan.is_empty(), "{:?}", plan.changes);
}

#[tokio::test]
async fn words_have_the_stems_that_sqlite_gives_them() {
    let mut random = Random(5);
    let mut words = BTreeSet::new();
    for _ in 0..6_000 {
        let start = random.letters("aeiouybcdfghlmnprstvwxyz", 5);
        let ends: String = (0..random.below(4)).map(|_| random.pick(ENDS)).collect();
        words.insert(start + &ends);
    }
    words.extend((0..2_000).map(|_| random.letters("aeyyssdtlnéßÅЖΣς4", 6)));
    words.remove("");
    let words: Vec<String> = words.into_iter().collect();
    let scratch = Scratch::new().await;
    drop(scratch.open(TEXTS, Settings::default()).await);
    let mut beside = scratch.beside().await;
    let mut found: Vec<String> = Vec::new();
    for some in words.chunks(200) {
        let text = [" ", &some.join(" "), " "].concat();
        let stems: Option<String> = beside.exec_first("SELECT bs_stems(bs_folded(?))", (text,)).await.unwrap();
        found.extend(stems.unwrap().split_whitespace().map(str::to_owned));
    }
    for ((word, expected), found) in words.iter().zip(indexed(&words)).zip(&found) {
        assert_eq!(*found, expected, "{word}");
    }
    assert_eq!(found.len(), words.len());
}

fn search(syntax: SearchSyntax, query: &str) -> Request {
    let mut request = read("texts", "id", "");
    let Action::Read(read) = &mut request.action else { unreachable!("a read") };
    let field = FieldRef { name: "body".to_owned(), path: Vec::new() };
    let operator = Operator::Search { syntax, language: None, query: Slot(0) };
    read.level.filter.push(Condition::Test { field, operator });
    request.inputs.push(Input::Text(query.to_owned()));
    request
}

/// Texts whose words are near one another, and some that are hard to take apart.
fn texts(random: &mut Random) -> Vec<String> {
    const WORDS: &[&str] = &[
        "relate",
        "Relations",
        "relational",
        "river",
        "Rivers,",
        "riverside",
        "the",
        "of",
        "a",
        "hoping",
        "hopping",
        "hope",
        "sky",
        "skies",
        "café",
        "cafe\u{301}s",
        "CAFÉS",
        "Ärger",
        "arger",
        "ΟΔΟΣ",
        "οδός",
        "Москва",
        "москва",
        "हिन्दी",
        "fish's",
        "x-ray",
        "2,000",
        "日本",
        "don't",
        "y",
        "I",
        "aed",
        "ab_c",
        "😀",
        "İzmir",
        "ﬁne",
    ];
    let mut texts: Vec<String> = Vec::new();
    for _ in 0..60 {
        let words: Vec<&str> = (0..1 + random.below(7)).map(|_| random.pick(WORDS)).collect();
        texts.push(words.join(random.pick(&[" ", " ", "\n", " - ", "\u{a0}"])));
    }
    // Words and phrases across the borders of the pieces that a text is read in.
    texts.extend(
        (1_985..2_005)
            .map(|length| format!("{}related rivers hoped", "ab ".repeat(length / 3) + &"-".repeat(length % 3))),
    );
    texts.push(format!("{}relation", "x".repeat(5_000)));
    texts.push(format!("{} relation", "x".repeat(5_000)));
    texts.push(" ".repeat(5_000) + "relations" + &" .".repeat(2_500) + "rivers");
    texts.push("rivers ".repeat(3_000));
    texts.push(String::new());
    texts
}

#[tokio::test]
async fn searches_find_the_rows_that_sqlite_finds() {
    let mut random = Random(11);
    let rows: Vec<Value> =
        texts(&mut random).iter().enumerate().map(|(id, body)| json!({"id": id, "body": body})).collect();
    let dir = tempfile::tempdir().unwrap();
    let own = sqlite(dir.path(), TEXTS, crate::store::sqlite::Settings::default()).await;
    let scratch = Scratch::new().await;
    let engine = scratch.open(TEXTS, Settings::default()).await;
    for engine in [&own, &engine] {
        engine.run(&insert("texts", &Value::Array(rows.clone()), ""), &Who::service()).await.unwrap();
    }
    let one = [
        "relate",
        "relations",
        "river",
        "rivers",
        "riversides",
        "the",
        "hope",
        "hoped",
        "hop",
        "sky",
        "skies",
        "cafe",
        "café",
        "caf",
        "Ärger",
        "οδος",
        "ОДОС",
        "МОСКВА",
        "हिन्दी",
        "fish",
        "s",
        "ray",
        "2000",
        "000",
        "日本",
        "日",
        "don't",
        "y",
        "i",
        "aed",
        "ab",
        "😀",
        "izmir",
        "fine",
        "x",
    ];
    let two = one.map(|word| (SearchSyntax::Plain, word.to_owned()));
    let mut queries: Vec<_> = two.into_iter().collect();
    for _ in 0..16 {
        let [first, second, third] = [random.pick(&one), random.pick(&one), random.pick(&one)];
        queries.push((SearchSyntax::Phrase, format!("{first} {second}")));
        queries.push((SearchSyntax::Plain, format!("{first} {second}")));
        queries.push((SearchSyntax::Web, format!("{first} or {second} -{third}")));
        queries.push((SearchSyntax::Raw, format!("!'{first}' & ('{second}' | !'{third}':*)")));
        queries.push((SearchSyntax::Raw, format!("'{first}' <-> '{second}':* | '{third}'")));
    }
    queries.push((SearchSyntax::Raw, "!the".to_owned()));
    queries.push((SearchSyntax::Web, "-rivers".to_owned()));
    let mut found = 0;
    for (syntax, query) in queries {
        let request = search(syntax, &query);
        let expected = show(own.run(&request, &Who::service()).await);
        found += usize::from(expected.contains("id"));
        assert_eq!(show(engine.run(&request, &Who::service()).await), expected, "{syntax:?} {query}");
    }
    assert!(found > 60, "{found} searches find something");
    own.close();
}

/// What others write is found.
#[tokio::test]
async fn what_others_write_is_found() {
    let scratch = Scratch::new().await;
    let engine = scratch.open(TEXTS, Settings::default()).await;
    let mut beside = scratch.beside().await;
    beside.query_drop("INSERT INTO texts VALUES (1, 'Hopping rivers'), (2, 'Seas')").await.unwrap();
    beside.query_drop("UPDATE texts SET body = 'Rivers' WHERE id = 2").await.unwrap();
    let request = search(SearchSyntax::Plain, "river");
    assert_eq!(show(engine.run(&request, &Who::service()).await), r#"0/0 [{"id":1},{"id":2}]"#);
}
