//! Every SQL shape has a folder in `golden/`: the request, the caller, the SQL with its parameters, and the answer.
//!
//! `request.http` begins with lines `key: value` between `---` lines: `schema` and `principal` name files under `golden/`
//! (by default `schema.graphql` and `principal.json` of the folder), `rule` stands in place of `$RULE` in the schema.
//! A folder with `before.graphql` is a migration to its schema instead. `UPDATE_GOLDEN=1` writes what is found.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a folder that cannot be read must fail the test")]

#[path = "golden/case.rs"]
mod case;
#[path = "golden/logical.rs"]
mod logical;
#[path = "golden/pretty.rs"]
mod pretty;
#[path = "golden/random.rs"]
mod random;
#[path = "golden/server.rs"]
mod server;
#[path = "golden/twin.rs"]
mod twin;
#[path = "golden/world.rs"]
mod world;

use case::{Case, Request};
use futures_util::future::join_all;
use random::Random;
use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use world::{Database, Worlds};

/// At least this many folders; a walk that finds fewer is looking in the wrong place.
const FOLDERS_MIN: usize = 250;

/// At least this many folders have a twin.
const TWINS_MIN: usize = 180;

/// Shares of the folders that are worked at together on a server.
const SHARES: usize = 4;

/// Reads in [`rest_and_graphql_answer_alike`].
const LOGICAL_READS: usize = 2_000;

/// Requests in [`no_request_breaks_the_database`].
const RANDOM_REQUESTS: usize = 3_000;

fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

/// Folders of cases, sorted.
fn folders() -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir(golden())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.join("request.http").exists() || path.join("before.graphql").exists())
        .collect();
    found.sort();
    found
}

#[tokio::test]
async fn every_folder() {
    #[expect(clippy::disallowed_methods, reason = "a switch of this test, not configuration")]
    let update = std::env::var("UPDATE_GOLDEN").is_ok_and(|value| value == "1");
    let folders = folders();
    assert!(folders.len() >= FOLDERS_MIN, "found {} folders", folders.len());
    let mut worlds = Worlds::new(golden());
    let mut wrong = Vec::new();
    for folder in folders {
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        let found = match Case::read(&golden(), &folder) {
            Case::Request(request) => worlds.answer(&request).await,
            Case::Migration(migration) => worlds.migrate(&migration).await,
        };
        for (file, text) in found {
            let path = folder.join(file);
            let expected = fs::read_to_string(&path).unwrap_or_default();
            if expected == text {
                continue;
            }
            if update {
                fs::write(&path, text).unwrap();
            } else {
                wrong.push(format!("{name}/{file}\n--- expected\n{expected}\n--- found\n{text}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} differ; `UPDATE_GOLDEN=1` accepts\n{}", wrong.len(), wrong.join("\n"));
}

/// What can be said in GraphQL comes to the same SQL and the same rows. A folder without a twin says why not.
#[tokio::test]
async fn every_twin() {
    let mut worlds = Worlds::new(golden());
    let alone = fs::read_to_string(golden().join("without_twin.txt")).unwrap();
    let alone: Vec<&str> = alone.lines().filter_map(|line| Some(line.split_once(": ")?.0)).collect();
    let (mut twins, mut wrong) = (0_usize, Vec::new());
    for folder in folders() {
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        let Case::Request(request) = Case::read(&golden(), &folder) else { continue };
        assert_eq!(request.twin.is_none(), alone.contains(&name.as_str()), "{name} in without_twin.txt");
        twins += usize::from(request.twin.is_some());
        wrong.extend(worlds.differs(&request).await.map(|difference| format!("{name}\n{difference}")));
    }
    assert!(twins >= TWINS_MIN, "found {twins} twins");
    assert!(wrong.is_empty(), "{} differ\n{}", wrong.len(), wrong.join("\n\n"));
}

/// The same read comes to the same rows by REST and by GraphQL, for callers who may see all, some and little.
#[tokio::test]
async fn rest_and_graphql_answer_alike() {
    let callers = [like("read_all"), like("mask_output_ana"), like("mask_output_anon")];
    let database = Worlds::new(golden()).open(&callers[0]).await;
    alike(&database, &callers).await;
}

/// The same on PostgreSQL.
#[tokio::test]
async fn rest_and_graphql_answer_alike_on_postgres() {
    let callers = [like("read_all"), like("mask_output_ana"), like("mask_output_anon")];
    let mut server = server::Server::postgres().await;
    let database = server.database(&callers[0]).await;
    alike(&database, &callers).await;
    database.0.close();
    server.clear().await;
}

async fn alike(database: &Database, callers: &[Request]) {
    let mut random = Random(23);
    let (mut rows, mut refused) = (0_usize, 0_usize);
    for _ in 0..LOGICAL_READS {
        let caller = &callers[random.below(callers.len())];
        let read = logical::logical(&mut random);
        let (status, body) = database.ask(&read.rest, caller.who.clone()).await;
        let answer = database.ask_graphql(&read.graphql, &caller.who).await;
        if status == 200 {
            let found: serde_json::Value = serde_json::from_str(&body).unwrap();
            assert_eq!(answer["data"][read.relation], found, "{}\n{}\n{answer}", read.rest, read.graphql);
            rows += found.as_array().map_or(0, Vec::len);
        } else {
            assert!(answer.get("errors").is_some(), "{}\n{body}\n{}\n{answer}", read.rest, read.graphql);
            refused += 1;
        }
    }
    assert!(rows * 2 > LOGICAL_READS && refused * 3 < LOGICAL_READS, "{rows} rows, {refused} refused");
}

/// PostgreSQL answers each request as SQLite does, and a migration leaves the same rows. Where it does not, the folder has a
/// `response.postgres.json` that says how, and `docs/databases.md` why.
#[tokio::test]
async fn every_folder_on_postgres() {
    every_folder_on(server::Server::postgres).await;
}

/// The same of MySQL, or MariaDB, with `response.mysql.json`.
#[tokio::test]
async fn every_folder_on_mysql() {
    every_folder_on(server::Server::mysql).await;
}

/// Several at a time: most of it is waiting for the disk of the server.
async fn every_folder_on<S: Future<Output = server::Server>>(connect: impl Fn() -> S) {
    let mut shares: Vec<Vec<(PathBuf, Case)>> = (0..SHARES).map(|_| Vec::new()).collect();
    let mut read = HashMap::new();
    for (number, folder) in folders().into_iter().enumerate() {
        let case = Case::read(&golden(), &folder);
        // Those that read the same rows are in one share, which makes them once.
        let at = match &case {
            Case::Request(request) if request.reads() => *read.entry(request.rows()).or_insert(number),
            Case::Request(_) | Case::Migration(_) => number,
        };
        shares[at % SHARES].push((folder, case));
    }
    let wrong =
        join_all(shares.into_iter().map(|share| async { share_on(connect().await, share).await })).await.concat();
    assert!(wrong.is_empty(), "{} differ; `UPDATE_GOLDEN=1` accepts\n{}", wrong.len(), wrong.join("\n"));
}

/// What is wrong in some of the folders.
async fn share_on(mut server: server::Server, share: Vec<(PathBuf, Case)>) -> Vec<String> {
    #[expect(clippy::disallowed_methods, reason = "a switch of this test, not configuration")]
    let update = std::env::var("UPDATE_GOLDEN").is_ok_and(|value| value == "1");
    let mut wrong = Vec::new();
    for (folder, case) in share {
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        let found = match case {
            Case::Request(request) => server.answer(&request).await,
            Case::Migration(migration) => server.migrate(&migration).await,
        };
        let usual = fs::read_to_string(folder.join("response.json")).unwrap();
        let path = folder.join(format!("response.{}.json", server.name()));
        let expected = fs::read_to_string(&path).unwrap_or_else(|_| usual.clone());
        if server::same(&expected, &found) {
            continue;
        }
        if !update {
            wrong.push(format!("{name}\n--- expected\n{expected}\n--- found\n{found}"));
        } else if server::same(&usual, &found) {
            fs::remove_file(&path).unwrap();
        } else {
            fs::write(&path, found).unwrap();
        }
    }
    server.clear().await;
    wrong
}

/// Whatever a caller asks for, both databases answer it alike: the same status, and the same rows or the same code.
#[tokio::test]
async fn random_requests_on_postgres() {
    random_requests_on(server::Server::postgres().await).await;
}

/// The same of MySQL, or MariaDB.
#[tokio::test]
async fn random_requests_on_mysql() {
    random_requests_on(server::Server::mysql().await).await;
}

async fn random_requests_on(mut server: server::Server) {
    #[expect(clippy::disallowed_methods, reason = "a switch of this test, not configuration")]
    let requests = std::env::var("SHAPES").ok().and_then(|count| count.parse().ok()).unwrap_or(RANDOM_REQUESTS / 3);
    let callers = [like("read_all"), like("mask_output_ana"), like("mask_output_anon")];
    let (one, other) = (Worlds::new(golden()).open(&callers[0]).await, server.database(&callers[0]).await);
    let mut random = Random(13);
    let mut wrong = Vec::new();
    let mut answered = 0_usize;
    for _ in 0..requests {
        let caller = &callers[random.below(callers.len())];
        let target = random.target();
        let (status, body) = one.ask(&target, caller.who.clone()).await;
        let (found_status, found) = other.ask(&target, caller.who.clone()).await;
        answered += usize::from(status < 300);
        let alike = status == found_status && server::agree(status, &body, &found);
        let answers = [(status, body.as_str()), (found_status, found.as_str())];
        if !alike && !server::is_explained(server.name(), answers) {
            wrong.push(format!("{target}\n{status} {body}\n{found_status} {found}"));
        }
    }
    other.0.close();
    server.clear().await;
    assert!(answered > requests / 2, "only {answered} were answered");
    assert!(wrong.is_empty(), "{} of {requests} differ\n{}", wrong.len(), wrong.join("\n\n"));
}

/// A request whose folder gives schema, rows and caller.
fn like(folder: &str) -> Request {
    match Case::read(&golden(), &golden().join(folder)) {
        Case::Request(request) => *request,
        Case::Migration(_) => panic!("{folder} is a migration"),
    }
}

/// Whatever a caller asks for in the grammar of the data API is answered or refused: no request makes SQL that SQLite rejects.
#[tokio::test]
async fn no_request_breaks_the_database() {
    #[expect(clippy::disallowed_methods, reason = "a switch of this test, not configuration")]
    let requests = std::env::var("SHAPES").ok().and_then(|count| count.parse().ok()).unwrap_or(RANDOM_REQUESTS);
    let mut worlds = Worlds::new(golden());
    let callers = [like("read_all"), like("mask_output_ana"), like("mask_output_anon")];
    let database = worlds.open(&callers[0]).await;
    let mut random = Random(7);
    let (mut answered, mut refused) = (0_usize, 0_usize);
    for _ in 0..requests {
        let caller = &callers[random.below(callers.len())];
        let target = random.target();
        let (status, body) = database.ask(&target, caller.who.clone()).await;
        assert!(status < 500, "{target}\n{status} {body}");
        let count = if status < 300 { &mut answered } else { &mut refused };
        *count += 1;
    }
    // A refused request shows nothing about SQL, so most must not be.
    assert!(answered > refused, "{answered} answered, {refused} refused");
}

/// What a caller may not see changes no answer: two databases that differ only in hidden values and rows answer alike, whatever is
/// selected, filtered, sorted, grouped, searched or embedded.
#[tokio::test]
async fn hidden_values_change_no_answer() {
    let mut worlds = Worlds::new(golden());
    let (ana, anonymous) = (like("mask_output_ana"), like("mask_output_anon"));
    let one = worlds.open(&ana).await;
    // Ben's note, his hidden review, and what moderators wrote: none is Ana's to see.
    let mut changed = like("mask_output_ana");
    for (from, to) in [
        ("private sea of ben", "zebra"),
        (r#""stars":4,"body":"Bright sea""#, r#""stars":1,"body":"aardvark""#),
        (r#"{"ok":true}"#, r#"{"ok":[1]}"#),
    ] {
        assert!(changed.seed.contains(from), "the seed has no {from}");
        changed.seed = changed.seed.replace(from, to);
    }
    let other = worlds.open(&changed).await;
    let mut random = Random(11);
    let mut answered = 0_usize;
    for _ in 0..RANDOM_REQUESTS {
        let caller = if random.below(4) == 0 { &anonymous } else { &ana };
        let target = random.target_about("reviews");
        let (status, body) = one.ask(&target, caller.who.clone()).await;
        assert_eq!((status, body), other.ask(&target, caller.who.clone()).await, "{target}");
        answered += usize::from(status < 300);
    }
    assert!(answered > RANDOM_REQUESTS / 3, "only {answered} were answered");
}
