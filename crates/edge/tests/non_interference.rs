//! What a caller may not see must not change one byte of any answer: two databases that differ in nothing else are asked
//! the same random requests, in several worlds. Every failure prints the request and both answers. The callers are real ones: an
//! account's session, or an API key.
//!
//! On SQLite `NI_PAIRS` requests (5,000 when unset), on PostgreSQL and MariaDB `NI_SERVER_PAIRS` each (a tenth of them when unset),
//! from `NI_SEED` (1 when unset). `NI_MINUTES` ends each store's share earlier.
//!
//! Nothing is evened out: the clock stands, and rows bring their keys. A field that masks and rules depend on is not the caller's
//! to write in a way that opens: one who may open his own row may see it afterwards.
//!
//! Left out by name, because the constraint itself tells: a row that the caller may write, with a key that a hidden row has
//! (`23505`); a reference to a hidden row that no rule forbids (`23503` or not); and deleting or re-keying a row that hidden rows
//! refer to. Keys and references in bodies are therefore of visible rows, of rows in neither database, or refused by a rule.

#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]
#![expect(clippy::disallowed_methods, reason = "the amount and the seed come from outside")]

#[path = "non_interference/api.rs"]
mod api;
#[path = "non_interference/caller.rs"]
mod caller;
#[path = "non_interference/dice.rs"]
mod dice;
#[path = "non_interference/generate.rs"]
mod generate;
#[path = "non_interference/graphql.rs"]
mod graphql;
#[path = "stores/place.rs"]
mod place;
#[path = "non_interference/worlds.rs"]
mod worlds;

use api::{Api, Side, shown};
use backstay_plan::Principal;
use backstay_plan::access::View;
use dice::Dice;
use generate::Ask;
use graphql::Known;
use http::header::{ETAG, HeaderValue};
use place::Store;
use std::time::{Duration, Instant};
use worlds::World;

/// Requests after which both databases are made anew: some writes are kept.
const REQUESTS_PER_DATABASE: u64 = 250;

fn given(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap())
}

fn number(name: &str, default: u64) -> u64 {
    given(name).unwrap_or(default)
}

/// How many requests a store is asked, where SQLite is asked so many when nothing is said.
fn pairs(store: Store, default: u64) -> u64 {
    let pairs = number("NI_PAIRS", default);
    match store {
        Store::Sqlite => pairs,
        Store::Postgres | Store::Mysql => number("NI_SERVER_PAIRS", pairs / 10),
    }
}

/// When a share of the requests that begins now ends at the latest.
fn until(shares: u64) -> Option<Instant> {
    given("NI_MINUTES").map(|minutes| Instant::now() + Duration::from_secs(minutes * 60 / shares))
}

/// Worlds share requests and time evenly.
fn worlds_len() -> u64 {
    u64::try_from(worlds::ALL.len()).unwrap()
}

/// A merge that meets a row twice is answered with 500, as PostgREST does.
fn is_merge_twice(status: &HeaderValue) -> bool {
    status.as_bytes().ends_with(b"=21000")
}

/// What a number of requests came to.
#[derive(Default)]
struct Tally {
    asked: u64,
    answered: u64,
    leaks: Vec<String>,
}

impl Tally {
    async fn ask(&mut self, pair: &(Api, Api), ask: &Ask) -> Option<String> {
        let one = pair.0.send(ask).await;
        let two = pair.1.send(ask).await;
        self.asked += 1;
        self.answered += u64::from(one.status().is_success());
        let tag = one.headers().get(ETAG).and_then(|tag| tag.to_str().ok()).map(str::to_owned);
        let broken = one.status().is_server_error() && !one.headers().get("proxy-status").is_some_and(is_merge_twice);
        let (one, two) = (shown(&one), shown(&two));
        if one == two && !broken {
            return tag;
        }
        self.leaks.push(format!("{}\n--- first\n{one}\n--- second\n{two}\n", ask.shown()));
        None
    }
}

/// Asks both databases of a world; one tagged answer in four is asked for again, unless it has changed.
async fn compare(store: Store, world: &World, requests: u64, dice: &mut Dice, who: impl Fn() -> Principal) -> Tally {
    let (mut tally, until) = (Tally::default(), until(worlds_len()));
    let goes_on = |asked: u64, end: u64| asked < end && until.is_none_or(|until| Instant::now() < until);
    while goes_on(tally.asked, requests) {
        let pair = (
            Api::open_on(store, world, (world.schema, Side::First), who()).await,
            Api::open_on(store, world, (world.schema, Side::Second), who()).await,
        );
        assert_eq!(pair.0.documents(), pair.1.documents());
        let end = requests.min(tally.asked + REQUESTS_PER_DATABASE);
        while goes_on(tally.asked, end) {
            let ask = generate::request(dice, world);
            if let Some(tag) = tally.ask(&pair, &ask).await
                && dice.one_in(4)
            {
                tally.ask(&pair, &ask.with_header("If-None-Match", &tag)).await;
            }
        }
    }
    tally.leaks.sort_by_key(String::len);
    tally
}

#[tokio::test]
async fn what_is_hidden_changes_no_answer() {
    rest_tells_nothing(Store::Sqlite).await;
}

#[tokio::test]
async fn what_is_hidden_changes_no_answer_on_postgres() {
    rest_tells_nothing(Store::Postgres).await;
}

#[tokio::test]
async fn what_is_hidden_changes_no_answer_on_mysql() {
    rest_tells_nothing(Store::Mysql).await;
}

async fn rest_tells_nothing(store: Store) {
    let seed = number("NI_SEED", 1);
    let share = pairs(store, 5_000) / worlds_len();
    let mut dice = Dice(seed);
    let (mut asked, mut told) = (0, Vec::new());
    for world in worlds::ALL {
        let who = world.caller().await;
        let tally = compare(store, world, share, &mut dice, || who.clone()).await;
        let Tally { asked: of_world, answered, leaks } = tally;
        eprintln!(
            "non-interference on {store:?}, {}: seed {seed}, {of_world} requests, {answered} answered, {} differ",
            world.name,
            leaks.len()
        );
        assert!(
            answered * 4 > of_world,
            "only {answered} of {of_world} were answered in {}: it asks too little",
            world.name
        );
        asked += of_world;
        leaks.iter().take(3).for_each(|leak| eprintln!("{leak}"));
        told.extend(leaks.into_iter().take(5).map(|leak| format!("in {}:\n{leak}", world.name)));
    }
    assert!(told.is_empty(), "seed {seed}, {asked} requests; some tell, the shortest are:\n{}", told.join("\n"));
}

/// The same through GraphQL: filters, orders, aggregates, pages, writes, error texts, and what the types tell.
#[tokio::test]
async fn what_is_hidden_changes_no_answer_of_graphql() {
    graphql_tells_nothing(Store::Sqlite).await;
}

#[tokio::test]
async fn what_is_hidden_changes_no_answer_of_graphql_on_postgres() {
    graphql_tells_nothing(Store::Postgres).await;
}

#[tokio::test]
async fn what_is_hidden_changes_no_answer_of_graphql_on_mysql() {
    graphql_tells_nothing(Store::Mysql).await;
}

async fn graphql_tells_nothing(store: Store) {
    let seed = number("NI_SEED", 1);
    let share = pairs(store, 2_000) / worlds_len();
    let (mut dice, mut told) = (Dice(seed), Vec::new());
    for world in worlds::ALL {
        let (mut asked, mut answered, until) = (0, 0, until(worlds_len()));
        let goes_on = |asked: u64, end: u64| asked < end && until.is_none_or(|until| Instant::now() < until);
        let who = world.caller().await;
        while goes_on(asked, share) {
            let one = Api::open_on(store, world, (world.schema, Side::First), who.clone()).await;
            let two = Api::open_on(store, world, (world.schema, Side::Second), who.clone()).await;
            let types = serde_json::json!({ "query": INTROSPECTION });
            assert_eq!(shown(&one.graphql(&types).await), shown(&two.graphql(&types).await), "{}", world.name);
            let schema = one.schema();
            let known = Known { schema: &schema, view: View::new(&schema, one.roles()) };
            let end = share.min(asked + REQUESTS_PER_DATABASE);
            while goes_on(asked, end) {
                let body = graphql::body(&mut dice, world, &known);
                let (first, second) = (one.graphql(&body).await, two.graphql(&body).await);
                asked += 1;
                let text = String::from_utf8_lossy(first.body()).into_owned();
                answered += u64::from(!text.contains("\"errors\""));
                let broken = first.status().is_server_error() || text.contains("\"unexpected\"");
                let (first, second) = (shown(&first), shown(&second));
                if first != second || broken {
                    told.push(format!("in {}:\n{body:#}\n--- first\n{first}\n--- second\n{second}", world.name));
                }
            }
        }
        eprintln!(
            "non-interference of GraphQL on {store:?}, {}: seed {seed}, {asked} requests, {answered} answered",
            world.name
        );
        assert!(answered * 2 > asked, "only {answered} of {asked} were answered in {}", world.name);
    }
    told.sort_by_key(String::len);
    told.truncate(5);
    assert!(told.is_empty(), "seed {seed}; some tell, the shortest are:\n{}", told.join("\n"));
}

/// Everything that the types tell.
const INTROSPECTION: &str = "{ __schema { queryType { name } mutationType { name } types { kind name description \
     fields(includeDeprecated: true) { name description args { name type { ...T } } type { ...T } } \
     inputFields { name type { ...T } } enumValues { name } } directives { name } } } \
     fragment T on __Type { kind name ofType { kind name ofType { kind name ofType { kind name } } } }";

/// Tables, columns and operations that the caller has no right to: with them and without, documents and suggestions are the same.
#[tokio::test]
async fn what_has_no_right_to_be_seen_changes_no_document() {
    documents_tell_nothing(Store::Sqlite, 500).await;
}

#[tokio::test]
async fn what_has_no_right_to_be_seen_changes_no_document_on_servers() {
    for store in [Store::Postgres, Store::Mysql] {
        documents_tell_nothing(store, 100).await;
    }
}

async fn documents_tell_nothing(store: Store, requests: u64) {
    let world = worlds::ALL[0];
    let more = worlds::HIDDEN.iter().fold(world.schema.to_owned(), |schema, (place, text)| {
        assert!(schema.contains(place), "{place}");
        schema.replacen(place, &format!("{place}{text}"), 1)
    });
    let who = world.caller().await;
    let without = Api::open_on(store, world, (world.schema, Side::First), who.clone()).await;
    let with = Api::open_on(store, world, (&more, Side::First), who).await;
    assert!(!with.documents().contains("hosts"), "the documents tell");
    assert_eq!(without.documents(), with.documents());
    let (pair, mut dice, mut tally) = ((without, with), Dice(number("NI_SEED", 1)), Tally::default());
    for near in worlds::NEAR_MISSES {
        tally.ask(&pair, &Ask::new("GET", near)).await;
    }
    while tally.asked < requests {
        let ask = generate::request(&mut dice, world);
        tally.ask(&pair, &ask).await;
    }
    assert_eq!(tally.leaks, Vec::<String>::new());
}

/// The same requests by a caller who may see everything must find the differences, or the test above shows nothing.
#[tokio::test]
async fn who_sees_all_sees_the_difference() {
    for store in [Store::Sqlite, Store::Postgres, Store::Mysql] {
        let requests = if store == Store::Sqlite { 250 } else { 100 };
        for world in worlds::ALL {
            let tally = compare(store, world, requests, &mut Dice(1), World::all_seeing).await;
            let differ = u64::try_from(tally.leaks.len()).unwrap();
            assert!(differ * 5 > tally.asked, "{store:?}, {}: only {differ} answers differ", world.name);
        }
    }
}
