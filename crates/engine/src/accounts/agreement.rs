//! An account and its profile are one thing at every door: they agree in existence, id and e-mail address after every write.

use crate::ask;
use crate::fault::Failure;
use crate::load::{Load, SourceRow};
use crate::migrate::{self, Permission};
use crate::steps::Step;
use crate::store::conformance::{Who, delete, insert, read, schema, show, sqlite, update, upsert};
use crate::store::sqlite::Settings;
use crate::{Engine, OpenOptions};
use backstay_plan::Request;
use backstay_plan::limits::Limits;
use backstay_plan::request::{Cell, Resolution};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

const SCHEMA: &str = r#"
enum Role @role { learner admin }
type Learner @model(table: "learners") @timestamps @authUser(signup: BOTH, copy: ["name"]) @access(ops: [ALL]) {
  id: ID! @id
  name: String! @default(value: "n")
  email: Email! @unique
  role: Role! @default(value: learner)
  teamId: Int
  team: Team @relation(fields: ["teamId"])
}
type Team @model(table: "teams") @access(ops: [ALL]) { id: Int! @id(auto: NONE) }"#;

/// The same, but that deleting marks a profile and changes are counted.
fn soft() -> String {
    SCHEMA.replace("@timestamps", "@timestamps @softDelete @version")
}

/// A UUID by its last digit.
fn id(n: u8) -> String {
    format!("0190f5fe-7c00-7a00-8000-00000000000{n:x}")
}

fn add(n: u8, email: &str, role: &str) -> Request {
    insert("learners", &json!([{"id": id(n), "email": email, "role": role}]), "")
}

fn merge(rows: &Value, on: &[&str]) -> Request {
    upsert("learners", rows, on, Resolution::Merge)
}

async fn run(engine: &Engine, request: Request) -> String {
    show(engine.run(&request, &Who::anyone()).await)
}

async fn rows(engine: &Engine, what: ask::Ask<ask::Reading>) -> Vec<Map<String, Value>> {
    engine.ask(what).await.unwrap().rows().unwrap()
}

fn text(row: &Map<String, Value>, column: &str) -> Option<String> {
    row[column].as_str().map(str::to_lowercase)
}

/// Live profiles and accounts, each by its id with its address in lower case.
async fn both(engine: &Engine) -> [BTreeMap<Option<String>, Option<String>>; 2] {
    let profiles = engine.run(&read("learners", "id,email", ""), &Who::service()).await.unwrap().rows().unwrap();
    let accounts = rows(engine, ask::read("auth_users").columns(&["id", "email"]).is_null("deleted_at")).await;
    [profiles, accounts].map(|rows| rows.iter().map(|row| (text(row, "id"), text(row, "email"))).collect())
}

#[track_caller]
fn assert_agree([profiles, accounts]: [BTreeMap<Option<String>, Option<String>>; 2], after: &str) {
    assert_eq!(profiles, accounts, "profiles and accounts after {after}");
}

#[tokio::test]
async fn writes_of_profiles() {
    let dir = tempfile::tempdir().unwrap();
    let engine = sqlite(dir.path(), SCHEMA, Settings::default()).await;
    // An account without a profile, as sign-up leaves it for a moment.
    let waiting = ask::insert("auth_users").set("id", id(9)).set("email", "nine@x.org");
    engine.ask(waiting).await.unwrap();
    let upper = id(10).to_uppercase();
    let set = |n, columns: Value| update("learners", &columns, &format!("id={}", id(n)), "");
    let taken = "unique learners_email_key -";
    for (request, expected) in [
        (add(1, "One@X.org", "admin"), "1/1 "),
        (add(2, "nine@X.org", "learner"), taken),
        (
            insert("learners", &json!([{"id": id(2), "email": "two@x.org"}, {"id": id(3), "email": "NINE@x.org"}]), ""),
            taken,
        ),
        (add(9, "other@x.org", "learner"), "new row violates the row-level rule of learners"),
        (add(9, "NINE@x.org", "learner"), "1/1 "),
        (insert("learners", &json!([{"id": "ana", "email": "a@x.org"}]), ""), "invalid value for type \"uuid\""),
        (
            insert("learners", &json!([{"id": upper, "email": "ten@x.org"}]), "id"),
            &format!(r#"1/1 [{{"id":"{}"}}]"#, id(10)),
        ),
        (set(1, json!({"id": id(4)})), "column \"id\" is the account's id, which does not change"),
        (set(1, json!({"id": id(1), "name": "same id"})), "1/0 "),
        (
            merge(&json!([{"id": id(4), "email": "One@X.org"}]), &["email"]),
            "column \"id\" is the account's id, which does not change",
        ),
        (set(1, json!({"email": "first@x.org"})), "1/0 "),
        (set(1, json!({"email": "TEN@x.org"})), taken),
        (merge(&json!([{"id": id(1), "email": "UN@x.org"}, {"id": id(5), "email": "five@x.org"}]), &[]), "2/1 "),
        (
            upsert(
                "learners",
                &json!([{"id": id(1), "email": "zzz@x.org"}, {"id": id(6), "email": "six@x.org"}]),
                &[],
                Resolution::Ignore,
            ),
            "1/1 ",
        ),
        (delete("learners", &format!("id={}", id(5)), "email"), r#"1/0 [{"email":"five@x.org"}]"#),
        (delete("learners", &format!("id={}", id(6)), ""), "1/0 "),
    ] {
        let shown = format!("{request:?}");
        let found = run(&engine, request).await;
        assert!(found.starts_with(expected), "{found} is not {expected}: {shown}");
        let mut sides = both(&engine).await;
        let lone =
            sides[1].clone().into_iter().filter(|(id_of, _)| *id_of == Some(id(9)) && !sides[0].contains_key(id_of));
        let lone: Vec<_> = lone.collect();
        lone.iter().for_each(|(id_of, _)| drop(sides[1].remove(id_of)));
        assert_agree(sides, &shown);
    }
    let [profiles, _] = both(&engine).await;
    assert_eq!(profiles.into_keys().flatten().collect::<Vec<_>>(), [id(1), id(9), id(10)]);
}

#[tokio::test]
async fn whoever_may_not_write_the_row_is_told_that_first() {
    let dir = tempfile::tempdir().unwrap();
    let own = SCHEMA.replace(
        "@access(ops: [ALL]) {\n  id: ID!",
        "@access(ops: [READ, UPDATE], when: \"id == auth.uid\") {\n  id: ID!",
    );
    let engine = sqlite(dir.path(), &own, Settings::default()).await;
    let made = engine.run(&add(1, "one@x.org", "learner"), &Who::service()).await;
    assert_eq!(show(made), "1/1 ");
    let moved = update("learners", &json!({ "id": id(2) }), &format!("id={}", id(1)), "");
    let denied = show(engine.run(&moved, &Who::user(&id(1))).await);
    assert_eq!(denied, "new row violates the row-level rule of learners");
    let refused = show(engine.run(&moved, &Who::service()).await);
    assert_eq!(refused, "column \"id\" is the account's id, which does not change");
}

#[tokio::test]
async fn a_new_address_is_unconfirmed_and_ends_what_was_mailed_to_the_old_one() {
    let dir = tempfile::tempdir().unwrap();
    let engine = sqlite(dir.path(), SCHEMA, Settings::default()).await;
    run(&engine, add(1, "one@x.org", "admin")).await;
    run(&engine, add(2, "two@x.org", "admin")).await;
    let mut made = Vec::new();
    for n in [1, 2] {
        let identity =
            ask::insert("auth_identities").set("user_id", id(n)).set("provider", "email").set("provider_id", id(n));
        let token = ask::insert("auth_one_time_tokens").set("user_id", id(n)).set("purpose", "recovery");
        made.push(Step::system(identity.set("email", "old@x.org")));
        made.push(Step::system(token.set("sent_to", "old@x.org").set("expires_at", ask::now())));
        made.push(Step::system(ask::update("auth_users").set("email_confirmed_at", ask::now()).eq("id", id(n))));
    }
    engine.run_steps(made).await.unwrap();
    // Only the case differs for one, so nothing of it changes.
    run(&engine, update("learners", &json!({"email": "ONE@x.org"}), &format!("id={}", id(1)), "")).await;
    run(&engine, update("learners", &json!({"email": "New@x.org"}), &format!("id={}", id(2)), "")).await;
    let of = |table| ask::read(table).ascending(if table == "auth_users" { "id" } else { "user_id" });
    let accounts = rows(&engine, of("auth_users").columns(&["email", "email_confirmed_at"])).await;
    assert_eq!(
        (text(&accounts[0], "email").unwrap().as_str(), accounts[0]["email_confirmed_at"].is_null()),
        ("one@x.org", false)
    );
    assert_eq!(
        (text(&accounts[1], "email").unwrap().as_str(), accounts[1]["email_confirmed_at"].is_null()),
        ("new@x.org", true)
    );
    let identities = rows(&engine, of("auth_identities").columns(&["email"])).await;
    assert_eq!(json!(identities), json!([{"email": "old@x.org"}, {"email": "new@x.org"}]));
    let tokens = rows(&engine, of("auth_one_time_tokens").columns(&["user_id"])).await;
    assert_eq!(json!(tokens), json!([{ "user_id": id(1) }]));
}

#[tokio::test]
async fn a_deleted_profile_ends_its_sessions() {
    for (schema, rest) in [(SCHEMA.to_owned(), 0), (soft(), 1)] {
        let dir = tempfile::tempdir().unwrap();
        let engine = sqlite(dir.path(), &schema, Settings::default()).await;
        run(&engine, add(1, "one@x.org", "admin")).await;
        engine.ask(ask::insert("auth_sessions").set("user_id", id(1)).set("family_key_enc", "k")).await.unwrap();
        assert_eq!(run(&engine, delete("learners", "", "")).await, "1/0 ");
        let sessions = rows(&engine, ask::read("auth_sessions").columns(&["revoked_at"])).await;
        assert_eq!(sessions.len(), rest);
        assert!(sessions.iter().all(|session| !session["revoked_at"].is_null()));
        assert_agree(both(&engine).await, "a delete");
        // The address is free again.
        assert_eq!(run(&engine, add(2, "one@x.org", "admin")).await, "1/1 ");
    }
}

#[tokio::test]
async fn the_last_holder_of_a_protected_role_stays() {
    let dir = tempfile::tempdir().unwrap();
    let schema = schema(SCHEMA);
    let limits = Limits { unbounded_writes: true, ..Limits::default() };
    let protected_role = Some("admin".to_owned());
    let options = OpenOptions { protected_role, limits, ..OpenOptions::new(dir.path().join("data.db")) };
    let engine = Engine::open(Arc::clone(&schema), options).unwrap();
    let plan = migrate::plan(&engine, schema).await.unwrap();
    migrate::apply(&engine, plan, Permission::AdditiveOnly).await.unwrap();
    let role = |tests: &str, role: &str| update("learners", &json!({ "role": role }), tests, "");
    let last = "nobody else with the role \"admin\" could sign in";
    let one = format!("id={}", id(1));
    // Nobody has the role yet, so nobody can be the last.
    run(&engine, add(3, "three@x.org", "learner")).await;
    assert_eq!(run(&engine, role("", "learner")).await, "1/0 ");
    run(&engine, add(1, "one@x.org", "admin")).await;
    let refused = [
        role(&one, "learner"),
        role("", "learner"),
        delete("learners", &one, ""),
        delete("learners", "", ""),
        merge(&json!([{"id": id(1), "email": "one@x.org", "role": "learner"}]), &[]),
    ];
    for request in &refused {
        assert_eq!(run(&engine, request.clone()).await, last, "{request:?}");
    }
    let of_one = |what: ask::Ask<ask::Updating>| Step::system(what.eq("id", id(1)));
    let far = ask::after(std::time::Duration::from_secs(60));
    let by_steps = || {
        [
            of_one(ask::update("auth_users").set("banned_until", far.clone())),
            of_one(ask::update("auth_users").set("deleted_at", ask::now())),
            Step::system(ask::delete("auth_users").eq("id", id(1))),
        ]
    };
    for step in by_steps() {
        let failure = engine.run_steps(vec![step]).await.unwrap_err();
        assert_eq!(failure.to_string(), format!("operation 0 of the transaction: {last}"));
    }
    assert_eq!(run(&engine, role(&one, "admin")).await, "1/0 ", "no change is no loss");
    run(&engine, add(2, "two@x.org", "admin")).await;
    let both_at_once = json!([
        {"id": id(1), "email": "one@x.org", "role": "learner"}, {"id": id(2), "email": "two@x.org", "role": "learner"}
    ]);
    assert_eq!(run(&engine, merge(&both_at_once, &[])).await, last);
    // One who is banned does not count; once the ban is over, they do.
    engine
        .run_steps(vec![Step::system(ask::update("auth_users").set("banned_until", far.clone()).eq("id", id(2)))])
        .await
        .unwrap();
    assert_eq!(run(&engine, role(&one, "learner")).await, last);
    engine
        .run_steps(vec![Step::system(ask::update("auth_users").set("banned_until", ask::now()).eq("id", id(2)))])
        .await
        .unwrap();
    assert_eq!(run(&engine, role(&one, "learner")).await, "1/0 ");
    assert_agree(both(&engine).await, "all of it");
}

#[tokio::test]
async fn changes_are_counted_before_they_are_acknowledged() {
    let dir = tempfile::tempdir().unwrap();
    let engine = sqlite(dir.path(), SCHEMA, Settings::default()).await;
    run(&engine, add(1, "one@x.org", "admin")).await;
    run(&engine, add(2, "two@x.org", "learner")).await;
    let stamps = || (engine.accounts().stamp(&id(1)), engine.accounts().stamp(&id(2)));
    let set = |columns: Value| update("learners", &columns, &format!("id={}", id(1)), "");
    let before = stamps();
    for (request, moves) in [
        (set(json!({"name": "x"})), 0),
        (set(json!({"role": "learner"})), 1),
        (set(json!({"email": "uno@x.org"})), 1),
        (set(json!({"email": "two@x.org"})), 0),
        (merge(&json!([{"id": id(1), "email": "uno@x.org", "role": "admin"}]), &[]), 1),
        (delete("learners", &format!("id={}", id(1)), ""), 1),
    ] {
        let at = stamps();
        let _ = run(&engine, request.clone()).await;
        assert_eq!((stamps().0 - at.0, stamps().1), (moves, before.1), "{request:?}");
    }
    let at = stamps();
    let session = ask::update("auth_sessions").set("revoked_at", ask::now()).eq("user_id", id(2));
    engine.run_steps(vec![Step::system(session).concerning(id(2))]).await.unwrap();
    engine.ask(ask::update("auth_users").set("banned_until", ask::now()).eq("id", id(2))).await.unwrap();
    engine.ask(ask::update("auth_users").set("must_change_password", true).eq("id", id(2))).await.unwrap();
    engine.ask(ask::update("auth_users").set("last_sign_in_at", ask::now()).eq("id", id(2))).await.unwrap();
    assert_eq!(stamps(), (at.0, at.1 + 3));
}

#[tokio::test]
async fn an_import_makes_accounts_for_the_rows_it_keeps() {
    let dir = tempfile::tempdir().unwrap();
    let engine = sqlite(dir.path(), SCHEMA, Settings::default()).await;
    let cell = |text: &str| Cell::Text(text.into());
    let row = |line, n, email: &str, team: Cell| SourceRow { line, cells: Ok(vec![cell(&id(n)), cell(email), team]) };
    let rows = vec![
        row(1, 1, "one@x.org", Cell::Null),
        row(2, 2, "ONE@x.org", Cell::Null),
        row(3, 3, "three@x.org", cell("7")),
    ];
    let columns = ["id", "email", "teamId"].map(str::to_owned).to_vec();
    let load = Load { relation: "learners".to_owned(), columns, skip_bad: true };
    let report = engine.load(load, rows.into_iter()).await.unwrap();
    assert_eq!((report.loaded, report.bad), (1, 2));
    let sides = both(&engine).await;
    assert_eq!(sides[0].len(), 1);
    assert_agree(sides, "an import");
}

#[tokio::test]
async fn profiles_from_before_get_accounts() {
    let dir = tempfile::tempdir().unwrap();
    let engine =
        sqlite(dir.path(), &SCHEMA.replace("@authUser(signup: BOTH, copy: [\"name\"])", ""), Settings::default()).await;
    run(&engine, add(1, "One@x.org", "admin")).await;
    let bound = schema(SCHEMA);
    let plan = migrate::plan(&engine, Arc::clone(&bound)).await.unwrap();
    let changes: Vec<_> = plan.changes.iter().map(|change| change.text.as_str()).collect();
    assert_eq!(changes, ["make an account for each row of learners"]);
    migrate::apply(&engine, plan, Permission::AdditiveOnly).await.unwrap();
    engine.swap_schema(Arc::clone(&bound)).unwrap();
    assert_agree(both(&engine).await, "the migration");
    assert!(migrate::plan(&engine, bound).await.unwrap().is_empty());
}

/// Small numbers from a seed.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u8) -> u8 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        u8::try_from(self.0 % u64::from(bound)).unwrap()
    }

    fn id(&mut self) -> String {
        id(self.below(6))
    }

    fn email(&mut self) -> String {
        let user = ["ann", "ANN", "Bob", "cid", "dot"][usize::from(self.below(5))];
        format!("{user}@x.org")
    }
}

async fn system<V: ask::Verb>(engine: &Engine, what: ask::Ask<V>) -> Result<String, Failure> {
    Ok(show(engine.ask(what).await))
}

/// A write at one of the doors; what it comes to does not matter.
async fn step(engine: &Engine, kinds: u8, random: &mut Random) -> Result<String, Failure> {
    let (user, email) = (random.id(), random.email());
    let one = format!("id={user}");
    let row = json!([{"id": user, "email": email}]);
    let two = json!([{"id": user, "email": email}, {"id": random.id(), "email": random.email()}]);
    let request = match random.below(kinds) {
        0 => insert("learners", &row, ""),
        1 => insert("learners", &two, ""),
        2 => merge(&row, &[]),
        3 => merge(&two, &[]),
        4 => merge(&row, &["email"]),
        5 => upsert("learners", &two, &[], Resolution::Ignore),
        6 => update("learners", &json!({ "email": email }), &one, ""),
        7 => update("learners", &json!({"id": user, "role": "admin"}), "", ""),
        8 => delete("learners", &one, ""),
        9 => return system(engine, ask::update("auth_users").set("email", email.to_lowercase()).eq("id", user)).await,
        10 => return system(engine, ask::delete("auth_users").eq("id", user)).await,
        11 => return system(engine, ask::update("auth_users").set("deleted_at", ask::now()).eq("id", user)).await,
        12 => {
            let account = ask::insert("auth_users").set("id", user).set("email", email.to_lowercase());
            let steps = vec![Step::system(account), Step::application(insert("learners", &row, ""), Who::service())];
            return engine.run_steps(steps).await.map(|_| "signed up".to_owned());
        }
        // Only where deleting marks is there a profile to come back.
        _ => return system(engine, ask::update("auth_users").set("deleted_at", Value::Null).eq("id", user)).await,
    };
    Ok(run(engine, request).await)
}

async fn agree_through(dir: &Path, (schema, kinds): (&str, u8), seed: u64) {
    let engine = sqlite(dir, schema, Settings::default()).await;
    let mut random = Random(seed);
    let mut kept = 0;
    for at in 0..300 {
        let before = random.0;
        let outcome = step(&engine, kinds, &mut random).await;
        let shown = format!("write {at} of seed {seed} (state {before}): {outcome:?}");
        assert!(!shown.contains("internal error"), "{shown}");
        kept += usize::from(outcome.is_ok_and(|text| text.starts_with(|c: char| c.is_ascii_digit() && c != '0')));
        assert_agree(both(&engine).await, &shown);
    }
    assert!(kept > 30, "only {kept} writes were kept");
}

#[tokio::test]
async fn any_sequence_of_writes() {
    for seed in 1..=4 {
        let dir = tempfile::tempdir().unwrap();
        agree_through(&dir.path().join("hard"), (SCHEMA, 13), seed).await;
        agree_through(&dir.path().join("soft"), (&soft(), 14), seed).await;
    }
}
