//! Sessions that a browser keeps in cookies. In: what the client asks for. Out: [`CookieMode`], values against forged requests, short tokens.
//! Which cookies there are is the edge's business.

use crate::asker::Asker;
use crate::audit::{About, Actor, Entry};
use crate::refusal::AuthError;
use crate::service::Auth;
use crate::session::{Claims, Session};
use std::time::Duration;
use uuid::Uuid;

/// How long the cookies of a session last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CookieMode {
    /// Until the browser is closed.
    Session,
    /// As long as the session.
    Persistent,
}

impl CookieMode {
    /// As the header and the database have it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            CookieMode::Session => "session",
            CookieMode::Persistent => "persistent",
        }
    }

    /// From the header or the database.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [CookieMode::Session, CookieMode::Persistent].into_iter().find(|mode| mode.name() == name)
    }
}

impl Auth {
    /// A value that a page must repeat in a header when it writes with the cookies of a session.
    #[must_use]
    pub fn csrf_value(&self, session_id: Uuid) -> String {
        self.with_rng(|rng| self.csrf.issue(rng, session_id))
    }

    /// Whether a request repeats in its header the value of its cookie, and the value is of its session.
    #[must_use]
    pub fn csrf_holds(&self, session_id: Uuid, cookie: &str, header: &str) -> bool {
        self.csrf.holds(session_id, cookie, header)
    }

    /// Writes down that a request with the cookies of a session was refused, since another site may have made it.
    pub async fn note_csrf(&self, user_id: Option<Uuid>, reason: &'static str, asker: &Asker) {
        let entry = Entry::of_user("csrf_rejected", About::Token, user_id.unwrap_or_default(), asker).failed();
        let entry = Entry { actor: Actor::System, target: user_id, ..entry };
        self.note(entry.with("reason", reason)).await;
    }

    /// The same session with an access token that lives for `life` only: for pages that work with cookies and must not keep more.
    ///
    /// # Errors
    /// [`AuthError::Internal`] when it cannot be signed.
    pub fn shortened(&self, session: &Session, life: Duration) -> Result<Session, AuthError> {
        let issued_at_s = self.now() / 1_000_000;
        let life_s = i64::try_from(life.as_secs()).unwrap_or(i64::MAX).min(session.expires_in);
        let claims = Claims { session_id: session.id, assurance: session.assurance, methods: &session.methods };
        let access_token = self.access_token(&claims, &session.user, (issued_at_s, life_s))?;
        let expires_at = issued_at_s.saturating_add(life_s);
        Ok(Session { access_token, expires_in: life_s, expires_at, ..session.clone() })
    }
}
