//! Steps over both spaces: all or none, once, and nothing of Backstay's own where an application can name it.

use super::*;
use crate::ask::{self, Ask, Updating};
use crate::clock::FixedClock;
use crate::migrate::{self, Permission};
use crate::store::conformance::{Who, insert, read, schema, show, sqlite};
use crate::store::sqlite::Settings;
use crate::{Engine, OpenOptions};
use serde_json::{Map, json};
use std::time::Duration;

const SCHEMA: &str =
    "type Note @model(table: \"notes\") @access(ops: [ALL]) { id: Int! @id(auto: INCREMENT) text: String! @unique }";

async fn engine(dir: &std::path::Path) -> Engine {
    sqlite(dir, SCHEMA, Settings::default()).await
}

/// What the steps came to: each body, or what failed.
async fn run(engine: &Engine, steps: Vec<Step>) -> String {
    match engine.run_steps(steps).await {
        Ok(answers) => {
            answers.iter().map(|answer| String::from_utf8_lossy(&answer.body)).collect::<Vec<_>>().join("; ")
        }
        Err(Failure::InTransaction { index, failure }) => format!("{index}: {}", show(Err(*failure))),
        Err(other) => other.to_string(),
    }
}

fn account(email: &str) -> Step {
    Step::system(ask::insert("auth_users").set("email", email).returning(&["id"]))
}

fn note(text: &str) -> Step {
    Step::application(insert("notes", &json!([{ "text": text }]), ""), Who::service())
}

fn session_of(step: usize) -> Step {
    let session =
        ask::insert("auth_sessions").set("user_id", ask::earlier(step, "id")).set("family_key_enc", "$0.0.id");
    Step::system(session.returning(&["family_key_enc", "created_at", "counter"]))
}

/// How many rows there are.
async fn count(engine: &Engine, table: &'static str) -> u64 {
    engine.ask(ask::read(table).columns(&["created_at"]).with_total()).await.unwrap().total.unwrap()
}

#[tokio::test]
async fn all_or_none_over_both_spaces() {
    let dir = tempfile::tempdir().unwrap();
    let engine = engine(dir.path()).await;
    let failing = [
        (vec![account("a@b.c"), note("x"), note("x")], "2: unique notes_text_key (text)=(x)"),
        (vec![note("x"), account("a@b.c"), account("a@b.c")], "2: unique auth_users_email_key (email)=(a@b.c)"),
        (vec![note("x"), session_of(0)], "1: internal error: step 0 answers no row with id"),
        (
            vec![
                note("x"),
                account("a@b.c"),
                Step::system(ask::delete("auth_users").eq("email", "nobody")).exactly_one(),
            ],
            "2: the result contains 0 rows",
        ),
        (vec![note("x"), Step::system(ask::insert("auth_users").set("id", "no uuid"))], "1: invalid value"),
        (vec![note("x"), Step::system(ask::read("notes").columns(&["id"]))], "1: internal error: relation"),
        (
            vec![account("a@b.c"), Step::application(read("auth_users", "*", ""), Who::service())],
            "1: relation `auth_users` does not exist",
        ),
    ];
    for (steps, expected) in failing {
        let found = run(&engine, steps).await;
        assert!(found.starts_with(expected), "{found} is not {expected}");
        assert_eq!(show(engine.run(&read("notes", "*", ""), &Who::anyone()).await), "0/0 []");
        assert_eq!(count(&engine, "auth_users").await, 0);
    }
    let unmet = vec![note("x"), Step::system(ask::delete("auth_users").eq("email", "nobody")).exactly_one()];
    assert_eq!(engine.run_steps(unmet).await.unwrap_err().unmet(), Some(1));
    let twice = engine.run_steps(vec![account("a@b.c"), account("a@b.c")]).await.unwrap_err();
    assert_eq!((twice.unmet(), twice.collision()), (None, Some("auth_users_email_key")));
}

#[tokio::test]
async fn values_are_taken_as_they_are_and_earlier_results_by_name() {
    let dir = tempfile::tempdir().unwrap();
    let schema = schema(SCHEMA);
    let clock = Arc::new(FixedClock(1_700_000_000_000_000));
    let engine =
        Engine::open(Arc::clone(&schema), OpenOptions { clock, ..OpenOptions::new(dir.path().join("data.db")) })
            .unwrap();
    let plan = migrate::plan(&engine, schema).await.unwrap();
    migrate::apply(&engine, plan, Permission::AdditiveOnly).await.unwrap();
    let id = "0190f5fe-7c00-7a00-8000-000000000001";
    let first = ask::insert("auth_users").set("id", id).set("user_metadata", json!({"name": "$0.0.id"}));
    let steps = vec![Step::system(first.returning(&["id", "user_metadata"])), session_of(0), note("$0.0.id")];
    let found = run(&engine, steps).await;
    let session = r#"[{"family_key_enc":"$0.0.id","created_at":"2023-11-14T22:13:20+00:00","counter":0}]"#;
    assert_eq!(found, format!(r#"[{{"id":"{id}","user_metadata":{{"name":"$0.0.id"}}}}]; {session}; "#));
    assert_eq!(show(engine.run(&read("notes", "text", ""), &Who::anyone()).await), r#"0/0 [{"text":"$0.0.id"}]"#);

    let of_user = || ask::read("auth_sessions").columns(&["counter"]);
    for (ask, found) in [
        (of_user().eq("family_key_enc", "$0.0.id"), 1),
        (of_user().eq("user_id", id).is_null("revoked_at").lt("created_at", ask::after(Duration::from_secs(1))), 1),
        (of_user().gt("created_at", ask::before(Duration::from_secs(1))).is_set("user_agent"), 0),
        (of_user().when(ask::any([ask::is_null("tag"), ask::eq("tag", "x")])).neq("aal", "aal2"), 1),
        (of_user().when(ask::among("aal", ["aal1", "aal2"])), 1),
        (of_user().when(ask::all([ask::eq("aal", "aal1"), ask::eq("tag", Json::Null)])), 0),
        (of_user().descending("created_at").ascending("id").limit(1).offset(1), 0),
    ] {
        assert_eq!(engine.ask(ask.clone()).await.unwrap().rows, found, "{ask:?}");
    }
    let alone = engine.ask(of_user().eq("user_id", ask::earlier(0, "id"))).await.unwrap_err();
    assert!(matches!(alone, Failure::Internal { .. }), "{alone}");
}

#[tokio::test]
async fn upserts_and_counting_up() {
    let dir = tempfile::tempdir().unwrap();
    let engine = engine(dir.path()).await;
    let hit = || {
        let row = ask::insert_unless_there("auth_rate", &["bucket", "window"]).set("bucket", "b").set("window", 60);
        let count = ask::update("auth_rate").add("count", 1).eq("bucket", "b").eq("window", 60).returning(&["count"]);
        vec![Step::system(row.set("expires_at", ask::now())), Step::system(count).exactly_one()]
    };
    for expected in [r#"; [{"count":1}]"#, r#"; [{"count":2}]"#] {
        assert_eq!(run(&engine, hit()).await, expected);
    }
    let over = ask::update("auth_rate").add("count", i64::MAX).eq("bucket", "b");
    let refused = run(&engine, vec![Step::system(over)]).await;
    assert!(refused.starts_with("0: invalid value for type \"bigint\""), "{refused}");
    let key = |status: &str| {
        let key = ask::upsert("auth_signing_keys", &["kid"]).set("kid", "k").set("alg", "ES256");
        Step::system(key.set("public_jwk", json!({})).set("status", status).returning(&["status"]))
    };
    assert_eq!(
        run(&engine, vec![key("current"), key("previous")]).await,
        r#"[{"status":"current"}]; [{"status":"previous"}]"#
    );
}

fn consume(id: &str) -> Ask<Updating> {
    ask::update("auth_one_time_tokens").set("used_at", ask::now()).eq("id", id).is_null("used_at")
}

#[tokio::test]
async fn of_64_consumers_one_wins() {
    let dir = tempfile::tempdir().unwrap();
    let engine = engine(dir.path()).await;
    let token = |step| {
        let token = ask::insert("auth_one_time_tokens").set("user_id", ask::earlier(step, "id"));
        let token = token.set("purpose", "signup").set("sent_to", "a@b.c").set("expires_at", ask::now());
        Step::system(token.returning(&["id"]))
    };
    let made = engine.run_steps(vec![account("a@b.c"), token(0)]).await.unwrap();
    let row: Map<String, Json> = made[1].row().unwrap().unwrap();
    let id = row["id"].as_str().unwrap().to_owned();
    let mut racers = tokio::task::JoinSet::new();
    for racer in 0..64 {
        let (engine, id) = (engine.clone(), id.clone());
        racers.spawn(async move {
            // What is done with the token comes before its consumption here, so that a loser has something to undo.
            engine.run_steps(vec![note(&format!("{racer}")), Step::system(consume(&id)).exactly_one()]).await
        });
    }
    let results = racers.join_all().await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
    assert!(results.iter().filter_map(|result| result.as_ref().err()).all(|failure| failure.unmet() == Some(1)));
    let notes = engine.run(&read("notes", "id", ""), &Who::anyone()).await.unwrap();
    assert_eq!(notes.rows, 1, "only the winner's note is kept");
}

#[tokio::test]
async fn rows_go_with_their_account() {
    let dir = tempfile::tempdir().unwrap();
    let engine = engine(dir.path()).await;
    engine.run_steps(vec![account("a@b.c"), session_of(0)]).await.unwrap();
    assert_eq!(count(&engine, "auth_sessions").await, 1);
    engine.ask(ask::delete("auth_users").eq("email", "a@b.c")).await.unwrap();
    assert_eq!(count(&engine, "auth_sessions").await, 0);
}

#[tokio::test]
async fn a_hot_request_is_planned_once() {
    let dir = tempfile::tempdir().unwrap();
    let engine = engine(dir.path()).await;
    let before = engine.stats().plan_misses;
    for user in ["a@b.c", "d@e.f", "g@h.i"] {
        let found = engine.ask(ask::read("auth_users").columns(&["id"]).eq("email", user)).await.unwrap();
        assert_eq!(found.rows, 0);
        engine.swap_schema(schema(SCHEMA)).unwrap();
    }
    // Changing the application's schema forgets all plans.
    assert_eq!(engine.stats().plan_misses - before, 3);
    for user in ["a@b.c", "d@e.f"] {
        engine.ask(ask::read("auth_users").columns(&["id"]).eq("email", user)).await.unwrap();
    }
    assert_eq!(engine.stats().plan_misses - before, 4);
    assert!(engine.statements().is_empty(), "statements of doors only");
}
