//! Asking for a mail, and a wrong password, cost the same whether the address has an account or not: the same statements, the same rows,
//! one commit. Counted, not timed; times are `cargo xtask assure timing`.

use crate::place::Store;
use crate::server::{LEARNERS, Server, code_of, home};
use backstay_auth::mailed_code::{AskCode, Resend};
use backstay_auth::refusal::Code;
use backstay_auth::settings::Settings;
use backstay_engine::ask;
use serde_json::Value;

const ASKED: [&str; 5] = ["recover", "code", "code for anybody", "signup", "email_change"];
const TABLES: [&str; 7] = [
    "auth_mail_requests",
    "mail_messages",
    "auth_one_time_tokens",
    "auth_flow_states",
    "auth_audit",
    "auth_users",
    "auth_identities",
];

/// What a request cost: statements planned, reads run, writes committed, commits; and new rows of each table.
#[derive(Debug, PartialEq, Eq)]
struct Cost {
    planned: u64,
    reads: u64,
    committed: u64,
    commits: u64,
    rows: Vec<usize>,
}

async fn asked(server: &Server, what: &str, email: &str) {
    let email_said = Some(email.to_owned());
    let outcome = match what {
        "password" => {
            assert_eq!(code_of(server.sign_in(email, "another horse battery 8").await), Some(Code::InvalidCredentials));
            return;
        }
        "recover" => server.auth.recover(email, &Default::default(), None, &home()).await,
        "code" | "code for anybody" => {
            let said = AskCode { email: email_said, create_user: what != "code", ..AskCode::default() };
            server.auth.send_code(said, &home()).await
        }
        kind => {
            let said = Resend { kind: kind.to_owned(), email: email_said, ..Resend::default() };
            server.auth.resend(said, &home()).await
        }
    };
    outcome.unwrap();
}

async fn rows(server: &Server) -> Vec<usize> {
    let mut rows = Vec::new();
    for table in TABLES {
        rows.push(server.rows::<Value>(ask::read(table).columns(&["id"])).await.len());
    }
    rows
}

async fn cost(server: &Server, what: &str, email: &str) -> Cost {
    let (there, before) = (rows(server).await, server.engine.stats());
    asked(server, what, email).await;
    let after = server.engine.stats();
    let rows = rows(server).await.iter().zip(there).map(|(now, then)| now - then).collect();
    Cost {
        planned: after.plan_hits + after.plan_misses - before.plan_hits - before.plan_misses,
        reads: after.reads_inline + after.reads_blocking - before.reads_inline - before.reads_blocking,
        committed: after.committed - before.committed,
        commits: after.commits - before.commits,
        rows,
    }
}

async fn asking_for_a_mail_costs_the_same_for_all(store: Store) {
    let server = Server::start(store, LEARNERS, Settings::default()).await;
    server.person("known@example.com").await;
    server.sign_up("unproven@example.com").await.unwrap();
    server.mails().await;
    for (n, what) in ASKED.into_iter().enumerate() {
        let mut costs = Vec::new();
        for email in ["known@example.com", "unproven@example.com", &format!("nobody.{n}@example.com")] {
            costs.push(cost(&server, what, email).await);
        }
        let one_row = Cost { planned: 1, reads: 0, committed: 1, commits: 1, rows: vec![1, 0, 0, 0, 0, 0, 0] };
        assert!(costs.iter().all(|cost| *cost == one_row), "{what}: {costs:?}");
    }
}

async fn a_wrong_password_costs_the_same_for_all(store: Store) {
    let server = Server::start(store, LEARNERS, Settings::default()).await;
    server.person("known@example.com").await;
    server.sign_up("unproven@example.com").await.unwrap();
    for _ in 0..2 {
        let mut costs = Vec::new();
        for email in ["known@example.com", "unproven@example.com", "nobody@example.com"] {
            costs.push(cost(&server, "password", email).await);
        }
        let one_line = Cost { planned: 3, reads: 1, committed: 1, commits: 1, rows: vec![0, 0, 0, 0, 1, 0, 0] };
        assert!(costs.iter().all(|cost| *cost == one_line), "{costs:?}");
    }
}

async fn who_is_there_is_told_by_the_mail_alone(store: Store) {
    let server = Server::start(store, LEARNERS, Settings::default()).await;
    server.person("known@example.com").await;
    server.sign_up("unproven@example.com").await.unwrap();
    server.mails().await;
    let rows: [(&str, &str, &[&str]); 11] = [
        ("recover", "known@example.com", &["recovery"]),
        ("recover", "unproven@example.com", &["recovery"]),
        ("recover", "nobody@example.com", &[]),
        ("code", "known@example.com", &["magic_link"]),
        ("code", "unproven@example.com", &["confirmation"]),
        ("code", "nobody@example.com", &[]),
        ("signup", "known@example.com", &[]),
        ("signup", "unproven@example.com", &["confirmation"]),
        ("email_change", "known@example.com", &[]),
        ("code for anybody", "new@example.com", &["confirmation"]),
        ("recover", "new@example.com", &["recovery"]),
    ];
    for (what, email, expected) in rows {
        asked(&server, what, email).await;
        let mails = server.mails().await;
        let found: Vec<&str> = mails.iter().map(|mail| mail.template.as_str()).collect();
        assert_eq!(found, expected, "{what} {email}");
        assert!(mails.iter().all(|mail| mail.to == email), "{mails:?}");
    }
}

async fn data_that_the_profile_refuses_makes_no_account_and_no_noise(store: Store) {
    let server = Server::start(store, LEARNERS, Settings::default()).await;
    let data = [("name".to_owned(), Value::String("x".repeat(21)))].into_iter().collect();
    let said = AskCode { email: Some("new@example.com".to_owned()), create_user: true, data, ..AskCode::default() };
    server.auth.send_code(said, &home()).await.unwrap();
    assert!(server.mails().await.is_empty());
    assert!(server.rows::<Value>(ask::read("auth_users").columns(&["id"])).await.is_empty());
    assert!(server.rows::<Value>(ask::read("auth_mail_requests").columns(&["id"])).await.is_empty());
}

on_each_store!(
    asking_for_a_mail_costs_the_same_for_all,
    a_wrong_password_costs_the_same_for_all,
    who_is_there_is_told_by_the_mail_alone,
    data_that_the_profile_refuses_makes_no_account_and_no_noise,
);
