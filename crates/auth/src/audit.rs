//! The audit log: one row for what happened to an account, a session or a key. In: an action and who did it. Out: a step.
//! Rows never hold secrets, codes or tokens.

use crate::asker::Asker;
use crate::service::Auth;
use backstay_engine::ask;
use backstay_engine::steps::Step;
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// Kind of what an action is about, as the wire names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum About {
    /// Sign-in and sign-out.
    Account,
    /// An administrator's doing.
    Team,
    /// Tokens and keys.
    Token,
    /// A user's own data.
    User,
    /// Second factors.
    Factor,
}

/// Who did it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Actor {
    /// A person.
    User(Uuid),
    /// The holder of an API key of the database, or of the service role.
    Key(Option<Uuid>),
    /// The server, or somebody unknown.
    System,
}

/// One entry.
#[derive(Debug, Clone)]
pub(crate) struct Entry<'a> {
    pub(crate) action: &'static str,
    pub(crate) about: About,
    pub(crate) actor: Actor,
    pub(crate) session_id: Option<Uuid>,
    pub(crate) target: Option<Uuid>,
    pub(crate) succeeded: bool,
    pub(crate) asker: &'a Asker,
    pub(crate) traits: Map<String, Value>,
}

impl<'a> Entry<'a> {
    /// Something that a person did to their own account.
    pub(crate) fn of_user(action: &'static str, about: About, user: Uuid, asker: &'a Asker) -> Self {
        Self {
            action,
            about,
            actor: Actor::User(user),
            session_id: None,
            target: Some(user),
            succeeded: true,
            asker,
            traits: Map::new(),
        }
    }

    /// Something that did not succeed.
    pub(crate) fn failed(self) -> Self {
        Self { succeeded: false, ..self }
    }

    /// With the session that it happened in.
    pub(crate) fn in_session(self, session_id: Uuid) -> Self {
        Self { session_id: Some(session_id), ..self }
    }

    /// With a fact.
    pub(crate) fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.traits.insert(key.to_owned(), value.into());
        self
    }

    /// The row.
    pub(crate) fn step(self) -> Step {
        let about = match self.about {
            About::Account => "account",
            About::Team => "team",
            About::Token => "token",
            About::User => "user",
            About::Factor => "factor",
        };
        let (actor_type, actor_id) = match self.actor {
            Actor::User(id) => ("user", Some(id)),
            Actor::Key(id) => ("key", id),
            Actor::System => ("system", None),
        };
        let row = ask::insert("auth_audit")
            .set("actor_type", actor_type)
            .set("actor_id", json!(actor_id))
            .set("session_id", json!(self.session_id))
            .set("action", self.action)
            .set("log_type", about)
            .set("target", json!(self.target))
            .set("ip", json!(self.asker.ip))
            .set("user_agent", json!(self.asker.user_agent))
            .set("request_id", json!(self.asker.request_id))
            .set("outcome", if self.succeeded { "success" } else { "failure" })
            .set("traits", Value::Object(self.traits));
        Step::system(row)
    }
}

impl Auth {
    /// Writes an entry about something that changed nothing else. A log that cannot be written does not undo what happened; it is
    /// reported.
    pub(crate) async fn note(&self, entry: Entry<'_>) {
        if let Err(failure) = self.engine.run_steps(vec![entry.step()]).await {
            tracing::warn!(error = %failure, "an audit row could not be written");
        }
    }
}
