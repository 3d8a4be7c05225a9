//! What has had its time is removed, and nothing else.

use crate::place::Store;
use crate::server::{DAY, LEARNERS, Server, bearer, home};
use backstay_auth::admin::Admin;
use backstay_auth::admin_edit::{Edit, Sent};
use backstay_auth::flow_state::ChallengePair;
use backstay_auth::settings::{Sessions, Settings};
use backstay_engine::ask;
use backstay_engine::steps::Step;
use backstay_plan::Request;
use backstay_plan::principal::{Principal, RoleSet};
use backstay_plan::request::{Absent, Action, Cell, Guards, Input, Insert, Slot};
use serde_json::Value;
use std::collections::BTreeMap;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

const DAY_S: i64 = 24 * 3_600;

impl Server {
    /// Cleans up. Out: what this round removed, by name.
    async fn cleaned(&self) -> BTreeMap<&'static str, u64> {
        let before: BTreeMap<_, _> = self.auth.removed().into_iter().collect();
        self.auth.clean_up(&CancellationToken::new()).await.unwrap();
        let after = self.auth.removed().into_iter();
        after.map(|(name, count)| (name, count - before[name])).filter(|(_, count)| *count > 0).collect()
    }

    async fn count(&self, table: &'static str) -> usize {
        self.rows::<Value>(ask::read(table).columns(&["id"])).await.len()
    }

    /// A row of the application that refers to somebody's profile.
    async fn post_by(&self, author: Uuid) {
        let insert = Insert {
            relation: "posts".to_owned(),
            columns: vec!["authorId".to_owned()],
            rows: Slot(0),
            absent: Absent::Default,
            conflict: None,
            referred: None,
            returning: None,
        };
        let cell = Cell::Json(Value::String(author.to_string()).to_string().into());
        let inputs = vec![Input::Rows(vec![vec![cell]])];
        let request = Request { action: Action::Insert(insert), inputs, guards: Guards::default() };
        let step = Step::application(request, Principal::with_roles(RoleSet::service()));
        self.engine.run_steps(vec![step]).await.unwrap();
    }

    async fn account(&self, email: &str) -> Option<Uuid> {
        #[derive(serde::Deserialize)]
        struct Row {
            id: Uuid,
        }
        let read = ask::read("auth_users").columns(&["id"]).eq("email", email);
        self.rows::<Row>(read).await.pop().map(|row| row.id)
    }
}

#[track_caller]
fn check(found: &BTreeMap<&'static str, u64>, expected: &[(&'static str, u64)]) {
    assert_eq!(*found, expected.iter().copied().collect::<BTreeMap<_, _>>());
}

async fn rows_go_when_their_time_has_come(store: Store) {
    let server = Server::start(store, LEARNERS, Settings::default()).await;
    let session = server.person("ana@example.com").await;
    server.sign_up("bo@example.com").await.unwrap();
    let challenge = ChallengePair { challenge: Some("c".repeat(43)), method: Some("s256".to_owned()) };
    server.auth.recover("ana@example.com", &challenge, None, &home()).await.unwrap();
    server.auth.answer_mail_requests().await.unwrap();
    server
        .engine
        .ask(ask::update("mail_messages").set("status", "sent").set("text", "").eq("template", "recovery"))
        .await
        .unwrap();
    server.auth.recover("ana@example.com", &ChallengePair::default(), None, &home()).await.unwrap();
    let bearer = bearer(session.user.account.id, session.id, "aal1");
    let factor = server.auth.enrol(&bearer, (None, None), &home()).await.unwrap();
    server.auth.challenge_factor(&bearer, factor.id, &home()).await.unwrap();
    let audit = u64::try_from(server.count("auth_audit").await).unwrap();
    check(&server.cleaned().await, &[]);
    server.clock.pass(301);
    check(&server.cleaned().await, &[("challenges", 1), ("factors", 1)]);
    // The codes are over, their links are not.
    server.clock.pass(600);
    check(&server.cleaned().await, &[]);
    server.clock.pass(3_600);
    check(&server.cleaned().await, &[("mail_requests", 1), ("one_time_tokens", 2)]);
    server.clock.pass(DAY_S);
    check(&server.cleaned().await, &[("flow_states", 1)]);
    // Not the one that was never sent.
    server.clock.pass(6 * DAY_S);
    check(&server.cleaned().await, &[("mails", 1)]);
    assert_eq!(server.count("mail_messages").await, 1);
    // Not used for fourteen days, and remembered for another one.
    server.clock.pass(7 * DAY_S);
    check(&server.cleaned().await, &[]);
    server.clock.pass(DAY_S);
    check(&server.cleaned().await, &[("sessions", 1)]);
    server.clock.pass(15 * DAY_S);
    check(&server.cleaned().await, &[("unconfirmed_accounts", 1)]);
    assert_eq!(server.account("bo@example.com").await, None);
    server.clock.pass(60 * DAY_S);
    check(&server.cleaned().await, &[("audit", audit)]);
    assert!(server.account("ana@example.com").await.is_some());
}

async fn a_session_in_use_stays(store: Store) {
    let sessions = Sessions { absolute: DAY * 100, ..Sessions::default() };
    let server = Server::start(store, LEARNERS, Settings { sessions, ..Settings::default() }).await;
    let mut token = server.person("ana@example.com").await.refresh_token;
    for _ in 0..9 {
        server.clock.pass(10 * DAY_S);
        check(&server.cleaned().await.into_iter().filter(|(name, _)| *name == "sessions").collect(), &[]);
        token = server.auth.refresh(&token, &home()).await.unwrap().refresh_token;
    }
    // The hundredth day has passed, and another one.
    server.clock.pass(11 * DAY_S + 1);
    assert_eq!(server.cleaned().await.get("sessions"), Some(&1));
}

async fn only_accounts_that_nobody_needs_go(store: Store) {
    let server = Server::start(store, LEARNERS, Settings::default()).await;
    let made =
        |name: &str, send| Edit { email: Some(format!("{name}@example.com")), send: Some(send), ..Edit::default() };
    let admin = Admin::Operator { key: None };
    for edit in [made("invited", Sent::Invite), made("made", Sent::None)] {
        server.auth.create_user(&admin, &edit, None, &home()).await.unwrap();
    }
    for name in ["forgotten", "posting", "late"] {
        server.sign_up(&format!("{name}@example.com")).await.unwrap();
    }
    server.person("proven@example.com").await;
    server.post_by(server.account("posting@example.com").await.unwrap()).await;
    server.clock.pass(20 * DAY_S);
    // Asking for the mail once more gives them their time anew.
    server.sign_up("late@example.com").await.unwrap();
    server.clock.pass(10 * DAY_S + 1);
    assert_eq!(server.cleaned().await.get("unconfirmed_accounts"), Some(&1));
    for (name, is_there) in
        [("invited", true), ("made", true), ("forgotten", false), ("posting", true), ("late", true), ("proven", true)]
    {
        assert_eq!(server.account(&format!("{name}@example.com")).await.is_some(), is_there, "{name}");
    }
    // The address is free again, and its profile is gone with the account.
    server.sign_up("forgotten@example.com").await.unwrap();
    server.clock.pass(20 * DAY_S + 1);
    assert_eq!(server.cleaned().await.get("unconfirmed_accounts"), Some(&1), "the late one, and no other");
}

async fn no_days_keep_for_ever(store: Store) {
    let server =
        Server::start(store, LEARNERS, Settings { audit_days: 0, unconfirmed_days: 0, ..Settings::default() }).await;
    server.sign_up("bo@example.com").await.unwrap();
    server.clock.pass(1_000 * DAY_S);
    check(&server.cleaned().await, &[("one_time_tokens", 1)]);
    assert!(server.account("bo@example.com").await.is_some());
}

async fn many_rows_go_in_batches_and_a_stop_is_heard(store: Store) {
    let server = Server::start(store, LEARNERS, Settings::default()).await;
    for n in 0..450 {
        server
            .auth
            .recover(&format!("nobody.{n}@example.com"), &ChallengePair::default(), None, &home())
            .await
            .unwrap();
    }
    server.clock.pass(3_601);
    let stop = CancellationToken::new();
    stop.cancel();
    server.auth.clean_up(&stop).await.unwrap();
    assert_eq!(server.count("auth_mail_requests").await, 450);
    let before = server.engine.stats().commits;
    check(&server.cleaned().await, &[("mail_requests", 450)]);
    assert_eq!(server.engine.stats().commits - before, 3);
}

on_each_store!(
    rows_go_when_their_time_has_come,
    a_session_in_use_stays,
    only_accounts_that_nobody_needs_go,
    no_days_keep_for_ever,
    many_rows_go_in_batches_and_a_stop_is_heard,
);
