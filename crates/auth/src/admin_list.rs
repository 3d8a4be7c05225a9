//! Lists that administrators read: accounts and the audit log, a page at a time. In: a page and what to look for. Out: rows and
//! how many there are.

use crate::admin::{Admin, invalid};
use crate::email::Email;
use crate::refusal::AuthError;
use crate::row::{Account, FactorRow, IdentityRow};
use crate::service::Auth;
use crate::user::User;
use crate::users::{ACCOUNT, FACTOR, IDENTITY};
use backstay_engine::ask;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use std::collections::HashMap;
use uuid::Uuid;

/// Rows of a page when it does not say.
const PER_PAGE: u32 = 50;

/// Most rows of a page.
const PER_PAGE_MAX: u32 = 1_000;

/// Accounts whose rows are read at once.
const TOGETHER: usize = 200;

/// A page, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// Which.
    pub number: u32,
    /// Rows of each.
    pub per_page: u32,
}

impl Page {
    /// Reads what a client asks for; nothing is the first page of fifty.
    ///
    /// # Errors
    /// `validation_failed`.
    pub fn parse(number: Option<&str>, per_page: Option<&str>) -> Result<Self, AuthError> {
        let read = |text: Option<&str>, default: u32| match text.map(str::parse::<u32>) {
            None => Some(default),
            Some(Ok(0)) | Some(Err(_)) => None,
            Some(Ok(number)) => Some(number),
        };
        let bad = |what: &str| invalid(format!("`{what}` is a whole number from 1"));
        let number = read(number, 1).ok_or_else(|| bad("page"))?;
        let per_page = read(per_page, PER_PAGE).ok_or_else(|| bad("per_page"))?;
        Ok(Self { number, per_page: per_page.min(PER_PAGE_MAX) })
    }

    fn offset(self) -> u32 {
        (self.number - 1).saturating_mul(self.per_page)
    }

    /// The last page of so many rows.
    #[must_use]
    pub fn last(self, total: u64) -> u64 {
        total.div_ceil(self.per_page.into()).max(1)
    }
}

/// Rows of a page.
#[derive(Debug, Clone)]
pub struct Listing<T> {
    /// The rows.
    pub rows: Vec<T>,
    /// Rows of all pages.
    pub total: u64,
}

/// Columns that accounts may be ordered by.
const ORDERS: [&str; 4] = ["created_at", "updated_at", "last_sign_in_at", "email"];

impl Auth {
    /// Accounts, the newest first unless `sort` says otherwise; of those with `filter` in their address, when it is given.
    ///
    /// # Errors
    /// `validation_failed` for an order that there is not.
    pub async fn users(
        &self,
        admin: &Admin,
        page: Page,
        (filter, sort): (Option<&str>, Option<&str>),
    ) -> Result<Listing<User>, AuthError> {
        self.admit_admin(admin).await?;
        let (column, descending) = order(sort.unwrap_or("created_at desc"))?;
        let mut read = ask::read("auth_users").columns(ACCOUNT).is_null("deleted_at");
        if let Some(text) = filter {
            read = read.when(match Uuid::parse_str(text) {
                Ok(id) => ask::eq("id", json!(id)),
                Err(_) => ask::any([ask::contains("email", text), ask::contains("phone", text)]),
            });
        }
        let read = if descending { read.descending(column) } else { read.ascending(column) };
        let read = read.ascending("id").limit(page.per_page).offset(page.offset()).with_total();
        let answer = self.engine.ask(read).await.map_err(AuthError::store)?;
        let accounts: Vec<Account> = answer.rows().map_err(AuthError::store)?;
        Ok(Listing { rows: self.complete_all(accounts).await?, total: answer.total.unwrap_or(0) })
    }

    /// Accounts with what belongs to them, in the same order.
    async fn complete_all(&self, accounts: Vec<Account>) -> Result<Vec<User>, AuthError> {
        let ids: Vec<Uuid> = accounts.iter().map(|account| account.id).collect();
        let mut identities: HashMap<Uuid, Vec<IdentityRow>> = HashMap::new();
        let mut factors: HashMap<Uuid, Vec<FactorRow>> = HashMap::new();
        let mut roles: HashMap<Uuid, String> = HashMap::new();
        for some in ids.chunks(TOGETHER) {
            for row in self.rows_of::<IdentityRow>("auth_identities", IDENTITY, some).await? {
                identities.entry(row.user_id).or_default().push(row);
            }
            for row in self.rows_of::<FactorRow>("auth_factors", FACTOR, some).await? {
                factors.entry(row.user_id).or_default().push(row);
            }
            roles.extend(self.profile_roles(some).await?);
        }
        let holds = self.profile().is_some_and(|profile| profile.holds_role());
        let whole = |account: Account| User {
            identities: identities.remove(&account.id).unwrap_or_default(),
            factors: factors.remove(&account.id).unwrap_or_default(),
            role: if holds { roles.remove(&account.id) } else { account.role.clone() },
            account,
        };
        Ok(accounts.into_iter().map(whole).collect())
    }

    /// Rows of some accounts, oldest first, however many there are.
    async fn rows_of<T: DeserializeOwned>(
        &self,
        table: &'static str,
        columns: &'static [&'static str],
        ids: &[Uuid],
    ) -> Result<Vec<T>, AuthError> {
        let mut all = Vec::new();
        loop {
            let offset = u32::try_from(all.len()).unwrap_or(u32::MAX);
            let read = ask::read(table)
                .columns(columns)
                .when(ask::among("user_id", ids.iter().map(Uuid::to_string)))
                .ascending("created_at")
                .ascending("id")
                .offset(offset);
            let some: Vec<T> = self.rows(read).await?;
            if some.is_empty() {
                return Ok(all);
            }
            all.extend(some);
        }
    }

    async fn profile_roles(&self, ids: &[Uuid]) -> Result<Vec<(Uuid, String)>, AuthError> {
        #[derive(Deserialize)]
        struct Row {
            id: Uuid,
            role: Option<String>,
        }
        let Some((request, service)) = self.profile().and_then(|profile| profile.read_roles(ids)) else {
            return Ok(Vec::new());
        };
        let rows: Vec<Row> =
            self.engine.run(&request, &service).await.map_err(AuthError::store)?.rows().map_err(AuthError::store)?;
        Ok(rows.into_iter().filter_map(|row| Some((row.id, row.role?))).collect())
    }

    /// Entries of the audit log, the newest first; of one author, action or kind when `query` says so: `action:login`.
    ///
    /// # Errors
    /// `validation_failed` for a query of another form.
    pub async fn audit_log(&self, admin: &Admin, page: Page, query: Option<&str>) -> Result<Listing<Value>, AuthError> {
        self.admit_admin(admin).await?;
        let columns: &[&str] = &[
            "id",
            "at",
            "actor_type",
            "actor_id",
            "session_id",
            "action",
            "log_type",
            "target",
            "ip",
            "user_agent",
            "request_id",
            "outcome",
            "traits",
        ];
        let mut read = ask::read("auth_audit").columns(columns);
        if let Some((of, value)) = query.map(|text| text.split_once(':').unwrap_or((text, ""))) {
            read = match of {
                "author" => read.eq("actor_id", self.author(value).await?),
                "action" => read.eq("action", value),
                "type" => read.eq("log_type", value),
                _ => return Err(invalid("`query` is `author:…`, `action:…` or `type:…`")),
            };
        }
        let read = read.descending("at").descending("id").limit(page.per_page).offset(page.offset()).with_total();
        let answer = self.engine.ask(read).await.map_err(AuthError::store)?;
        let rows: Vec<AuditRow> = answer.rows().map_err(AuthError::store)?;
        let actors: Vec<Uuid> = rows.iter().filter_map(AuditRow::person).collect();
        let names = self.names(&actors).await?;
        let entry = |row: AuditRow| row.json(&names);
        Ok(Listing { rows: rows.into_iter().map(entry).collect(), total: answer.total.unwrap_or(0) })
    }

    /// The id that an author is logged by.
    async fn author(&self, named: &str) -> Result<String, AuthError> {
        let Ok(email) = Email::parse(named) else { return Ok(named.to_owned()) };
        let user = self.user_by_email(&email).await?;
        Ok(user.map_or_else(|| named.to_owned(), |user| user.account.id.to_string()))
    }

    /// Addresses of accounts.
    async fn names(&self, ids: &[Uuid]) -> Result<HashMap<Uuid, String>, AuthError> {
        #[derive(Deserialize)]
        struct Row {
            id: Uuid,
            email: Option<String>,
        }
        let mut names = HashMap::new();
        for some in ids.chunks(TOGETHER) {
            let read = ask::read("auth_users")
                .columns(&["id", "email"])
                .when(ask::among("id", some.iter().map(Uuid::to_string)));
            let rows: Vec<Row> = self.rows(read).await?;
            names.extend(rows.into_iter().filter_map(|row| Some((row.id, row.email?))));
        }
        Ok(names)
    }
}

#[derive(Deserialize)]
struct AuditRow {
    id: Uuid,
    at: String,
    actor_type: String,
    actor_id: Option<String>,
    session_id: Option<Uuid>,
    action: String,
    log_type: String,
    target: Option<String>,
    ip: Option<String>,
    user_agent: Option<String>,
    request_id: Option<String>,
    outcome: String,
    traits: Map<String, Value>,
}

impl AuditRow {
    fn person(&self) -> Option<Uuid> {
        self.actor_id.as_deref().filter(|_| self.actor_type == "user").and_then(|id| Uuid::parse_str(id).ok())
    }

    /// As the wire has it, with the further facts beside those of the original.
    fn json(self, names: &HashMap<Uuid, String>) -> Value {
        let username = self.person().and_then(|id| names.get(&id).cloned()).unwrap_or_default();
        json!({
            "id": self.id,
            "payload": {
                "actor_id": self.actor_id.unwrap_or_default(),
                "actor_username": username,
                "actor_type": self.actor_type,
                "action": self.action,
                "log_type": self.log_type,
                "target": self.target,
                "session_id": self.session_id,
                "user_agent": self.user_agent,
                "request_id": self.request_id,
                "outcome": self.outcome,
                "traits": self.traits,
                "timestamp": self.at,
            },
            "created_at": self.at,
            "ip_address": self.ip.unwrap_or_default(),
        })
    }
}

/// A column and whether the largest comes first.
fn order(text: &str) -> Result<(&'static str, bool), AuthError> {
    let mut words = text.split_whitespace();
    let column = words.next().and_then(|name| ORDERS.into_iter().find(|column| *column == name));
    let descending = match words.next() {
        None | Some("desc") => Some(true),
        Some("asc") => Some(false),
        Some(_) => None,
    };
    match (column, descending, words.next()) {
        (Some(column), Some(descending), None) => Ok((column, descending)),
        _ => Err(invalid(format!("`sort` is one of {}, then `asc` or `desc`", ORDERS.join(", ")))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages() {
        let check = |number, per_page, expected: Option<(u32, u32)>| {
            let page = Page::parse(number, per_page).ok().map(|page| (page.number, page.per_page));
            assert_eq!(page, expected, "{number:?} {per_page:?}");
        };
        check(None, None, Some((1, 50)));
        check(Some("3"), Some("10"), Some((3, 10)));
        check(Some("1"), Some("5000"), Some((1, 1000)));
        for wrong in ["0", "-1", "x", "1.5", "4294967296"] {
            check(Some(wrong), None, None);
            check(None, Some(wrong), None);
        }
        assert_eq!(Page::parse(Some("4294967295"), Some("1000")).unwrap().offset(), u32::MAX);
        assert_eq!(Page { number: 1, per_page: 50 }.last(0), 1);
        assert_eq!(Page { number: 1, per_page: 50 }.last(101), 3);
    }

    #[test]
    fn orders() {
        assert_eq!(order("created_at").unwrap(), ("created_at", true));
        assert_eq!(order("email asc").unwrap(), ("email", false));
        for wrong in ["", "password_hash asc", "email up", "email asc x", "email; drop"] {
            assert!(order(wrong).is_err(), "{wrong}");
        }
    }
}
