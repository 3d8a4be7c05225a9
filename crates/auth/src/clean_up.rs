//! Removes what has had its time, while the server runs. In: settings and the time. Out: fewer rows, and how many went.
//! Rows go in small transactions, so that requests never wait for long. Nothing that could still be used is touched.

use crate::asker::Asker;
use crate::audit::{About, Actor, Entry};
use crate::refusal::AuthError;
use crate::service::Auth;
use crate::settings::Settings;
use backstay_engine::Failure;
use backstay_engine::ask::{self, Ask, Filter, Reading};
use backstay_engine::steps::Step;
use serde::Deserialize;
use serde_json::json;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// Time between two rounds.
const ROUND_EVERY: Duration = Duration::from_secs(300);
/// Rows that go in one transaction.
const BATCH: u32 = 200;
const DAY: Duration = Duration::from_secs(24 * 3_600);
/// A mail that was asked for and could not be made for this long is of no use any more.
const MAIL_REQUEST_LIFE: Duration = Duration::from_secs(3_600);
/// Longest time from the beginning of a flow to the exchange of its code, and after that for noticing a second exchange.
const FLOW_LIFE: Duration = DAY;
/// How long a session that is over is remembered, so that its tokens are told why.
const SESSION_MEMORY: Duration = DAY;
/// After this a factor that was never proven goes.
const UNPROVEN_FACTOR_LIFE: Duration = Duration::from_secs(300);
/// How long it is kept that a mail was sent, or given up. Its text is gone by then.
const MAIL_MEMORY: Duration = Duration::from_secs(7 * 24 * 3_600);

/// Rows of one table that have had their time.
struct Rule {
    /// As metrics name them.
    name: &'static str,
    table: &'static str,
    /// The column with the account whose tokens must be looked at again, where there is one.
    owner: Option<&'static str>,
    /// Which rows; none keeps all.
    due: fn(&Settings) -> Vec<Overdue>,
}

/// Rows that have had their time by one column, whose index leads to them: what is kept is not looked at in each round.
#[derive(Clone)]
struct Overdue {
    by: &'static str,
    rows: Filter,
}

impl Overdue {
    fn read(&self, rule: &Rule) -> Ask<Reading> {
        let columns: Vec<&'static str> = std::iter::once("id").chain(rule.owner).collect();
        ask::read(rule.table).columns(&columns).when(self.rows.clone()).ascending(self.by).limit(BATCH)
    }
}

const RULES: [Rule; 8] = [
    Rule { name: "one_time_tokens", table: "auth_one_time_tokens", owner: None, due: one_time_tokens },
    Rule { name: "mail_requests", table: "auth_mail_requests", owner: None, due: mail_requests },
    Rule { name: "flow_states", table: "auth_flow_states", owner: None, due: flow_states },
    Rule { name: "sessions", table: "auth_sessions", owner: Some("user_id"), due: sessions },
    Rule { name: "challenges", table: "auth_challenges", owner: None, due: challenges },
    Rule { name: "factors", table: "auth_factors", owner: None, due: factors },
    Rule { name: "audit", table: "auth_audit", owner: None, due: audit },
    Rule { name: "mails", table: "mail_messages", owner: None, due: mails },
];
/// The place of accounts among the counters, after the rules.
const ACCOUNTS: usize = RULES.len();

/// How many rows were removed since the start, by rule.
#[derive(Debug, Default)]
pub(crate) struct Removed([AtomicU64; RULES.len() + 1]);

impl Removed {
    fn add(&self, at: usize, rows: usize) {
        if let Some(counter) = self.0.get(at) {
            counter.fetch_add(u64::try_from(rows).unwrap_or(u64::MAX), Ordering::Relaxed);
        }
    }
}

#[derive(Deserialize)]
struct Due {
    id: Uuid,
    user_id: Option<Uuid>,
}

impl Auth {
    /// Removes what has had its time, again and again until `stop`.
    pub async fn clean(&self, stop: &CancellationToken) {
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(ROUND_EVERY) => {}
            }
            if let Err(error) = self.clean_up(stop).await {
                tracing::warn!(error = %error, "rows of sign-in that have had their time could not be removed; it is tried again");
            }
        }
    }

    /// Removes what has had its time now; `stop` ends it between two transactions.
    ///
    /// # Errors
    /// The store's; what was removed until then stays removed.
    pub async fn clean_up(&self, stop: &CancellationToken) -> Result<(), AuthError> {
        for (at, rule) in RULES.iter().enumerate() {
            for due in (rule.due)(&self.settings) {
                loop {
                    if stop.is_cancelled() {
                        return Ok(());
                    }
                    let removed = self.remove_batch(rule, &due).await?;
                    self.removed.add(at, removed);
                    if removed < BATCH as usize {
                        break;
                    }
                }
            }
        }
        self.remove_accounts(stop).await
    }

    /// How many rows were removed since the start, by what they were.
    #[must_use]
    pub fn removed(&self) -> Vec<(&'static str, u64)> {
        let names = RULES.iter().map(|rule| rule.name).chain(["unconfirmed_accounts"]);
        names.zip(&self.removed.0).map(|(name, count)| (name, count.load(Ordering::Relaxed))).collect()
    }

    /// Removes some rows of a rule. Out: how many were found.
    async fn remove_batch(&self, rule: &Rule, due: &Overdue) -> Result<usize, AuthError> {
        let rows: Vec<Due> = self.rows(due.read(rule)).await?;
        if rows.is_empty() {
            return Ok(0);
        }
        // Looked at again while removing: a session may have been refreshed since.
        let ids = rows.iter().map(|row| row.id.to_string());
        let mut step = Step::system(ask::delete(rule.table).when(ask::among("id", ids)).when(due.rows.clone()));
        let mut owners: Vec<Uuid> = rows.iter().filter_map(|row| row.user_id).collect();
        owners.sort_unstable();
        owners.dedup();
        for owner in owners {
            step = step.concerning(owner.to_string());
        }
        self.commit(vec![step]).await.map_err(AuthError::store)?;
        Ok(rows.len())
    }

    /// Removes accounts that their owners made and never proved, each with its profile in a transaction of its own: one that rows of
    /// the application refer to stays, and keeps no other one.
    async fn remove_accounts(&self, stop: &CancellationToken) -> Result<(), AuthError> {
        let Some(due) = accounts(&self.settings) else { return Ok(()) };
        let asker = Asker::new(None, None, "clean-up");
        let mut after = Uuid::nil();
        loop {
            let rows: Vec<Due> = self.rows(accounts_after(&due, after)).await?;
            let Some(last) = rows.last() else { return Ok(()) };
            after = last.id;
            for row in &rows {
                if stop.is_cancelled() {
                    return Ok(());
                }
                let remove = Step::system(ask::delete("auth_users").eq("id", json!(row.id)).when(due.clone()));
                let entry =
                    Entry::of_user("user_deleted", About::Team, row.id, &asker).with("reason", "never confirmed");
                let entry = Entry { actor: Actor::System, ..entry };
                match self.commit(vec![remove.exactly_one(), entry.step()]).await {
                    Ok(()) => self.removed.add(ACCOUNTS, 1),
                    // Proven in the meantime, or referred to.
                    Err(failure) if failure.unmet().is_some() || is_referred_to(&failure) => {}
                    Err(failure) => return Err(AuthError::store(failure)),
                }
            }
        }
    }
}

fn is_referred_to(failure: &Failure) -> bool {
    if let Failure::InTransaction { failure, .. } = failure {
        return is_referred_to(failure);
    }
    matches!(failure, Failure::ForeignKeyReferenced { .. })
}

/// Some of the accounts that are due, in the order of their ids.
fn accounts_after(due: &Filter, after: Uuid) -> Ask<Reading> {
    ask::read("auth_users").columns(&["id"]).when(due.clone()).gt("id", json!(after)).ascending("id").limit(BATCH)
}

/// A time before that of the request.
fn past(column: &'static str, age: Duration) -> Filter {
    ask::lt(column, ask::before(age))
}

/// The same for so many days; none are for ever.
fn past_days(column: &'static str, days: u32) -> Option<Filter> {
    (days > 0).then(|| past(column, DAY.saturating_mul(days)))
}

/// Rows older than an age.
fn older(column: &'static str, age: Duration) -> Vec<Overdue> {
    vec![Overdue { by: column, rows: past(column, age) }]
}

fn one_time_tokens(_: &Settings) -> Vec<Overdue> {
    let link = ask::any([ask::is_null("link_expires_at"), ask::lt("link_expires_at", ask::now())]);
    vec![Overdue { by: "expires_at", rows: ask::all([ask::lt("expires_at", ask::now()), link]) }]
}

fn mail_requests(_: &Settings) -> Vec<Overdue> {
    older("created_at", MAIL_REQUEST_LIFE)
}

fn flow_states(_: &Settings) -> Vec<Overdue> {
    older("created_at", FLOW_LIFE)
}

fn sessions(settings: &Settings) -> Vec<Overdue> {
    let idle = settings.sessions.idle.saturating_add(SESSION_MEMORY);
    let unused = ask::any([ask::is_null("last_rotated_at"), past("last_rotated_at", idle)]);
    let unused = Overdue { by: "created_at", rows: ask::all([past("created_at", idle), unused]) };
    [
        older("not_after", SESSION_MEMORY),
        older("revoked_at", SESSION_MEMORY),
        older("created_at", settings.sessions.absolute.saturating_add(SESSION_MEMORY)),
        vec![unused],
    ]
    .concat()
}

fn challenges(_: &Settings) -> Vec<Overdue> {
    vec![Overdue { by: "expires_at", rows: ask::lt("expires_at", ask::now()) }]
}

fn factors(_: &Settings) -> Vec<Overdue> {
    let unasked = ask::any([ask::is_null("last_challenged_at"), past("last_challenged_at", UNPROVEN_FACTOR_LIFE)]);
    let unproven = [ask::eq("status", "unverified"), past("created_at", UNPROVEN_FACTOR_LIFE), unasked];
    vec![Overdue { by: "created_at", rows: ask::all(unproven) }]
}

fn audit(settings: &Settings) -> Vec<Overdue> {
    past_days("at", settings.audit_days).map(|rows| Overdue { by: "at", rows }).into_iter().collect()
}

fn mails(_: &Settings) -> Vec<Overdue> {
    let rows = ask::all([ask::neq("status", "queued"), past("created_at", MAIL_MEMORY)]);
    vec![Overdue { by: "created_at", rows }]
}

fn accounts(settings: &Settings) -> Option<Filter> {
    let old = past_days("created_at", settings.unconfirmed_days)?;
    // A confirmation that was asked for once more gives them the time anew.
    let asked =
        ask::any([ask::is_null("confirmation_sent_at"), past_days("confirmation_sent_at", settings.unconfirmed_days)?]);
    let never = ["email_confirmed_at", "phone_confirmed_at", "last_sign_in_at", "invited_at", "deleted_at"];
    let never = never.map(ask::is_null);
    Some(ask::all([ask::eq("is_self_made", true), ask::eq("is_anonymous", false), old, asked].into_iter().chain(never)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use backstay_engine::migrate::{self, Permission};
    use backstay_engine::store::sqlite;
    use backstay_engine::{Engine, OpenOptions};
    use backstay_schema::Source;
    use std::sync::Arc;

    /// An index must lead to the rows that are due: a round comes every few minutes, and nearly always nothing is.
    #[tokio::test]
    async fn no_table_is_read_through() {
        let folder = tempfile::tempdir().unwrap();
        let text = "type Note @model @access(ops: [ALL]) { id: Int! @id(auto: INCREMENT) }";
        let parsed = backstay_schema::parse(&[Source { name: "schema.graphql".to_owned(), text: text.to_owned() }]);
        let schema = Arc::new(parsed.schema.unwrap());
        let options = OpenOptions::sqlite(folder.path().join("data.db"), sqlite::Settings::default());
        let engine = Engine::open(Arc::clone(&schema), options).unwrap();
        let plan = migrate::plan(&engine, schema).await.unwrap();
        migrate::apply(&engine, plan, Permission::AdditiveOnly).await.unwrap();
        let settings = Settings::default();
        let due = RULES.iter().flat_map(|rule| (rule.due)(&settings).into_iter().map(move |due| due.read(rule)));
        let accounts = accounts_after(&accounts(&settings).unwrap(), Uuid::nil());
        let mut plans = 0;
        for read in due.chain([accounts]) {
            let explained = engine.explain_ask(read).await.unwrap();
            for statement in explained.statements {
                let plan = statement.query_plan.join("\n");
                // By the key alone is no better than all of them.
                let by = plan.contains("SEARCH") && !plan.contains("SCAN") && !plan.contains("sqlite_autoindex");
                assert!(by, "{}\n{plan}", statement.sql);
                plans += 1;
            }
        }
        assert_eq!(plans, RULES.len() + 4);
    }
}
