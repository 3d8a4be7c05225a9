//! A person's own sessions: which there are, and ending one that is not theirs any more. In: a checked bearer. Out: what they show.

use crate::asker::{Asker, Bearer};
use crate::audit::{About, Entry};
use crate::own_account::Scope;
use crate::refusal::{AuthError, Code};
use crate::row::SessionRow;
use crate::service::Auth;
use crate::session::{self, COLUMNS, Ending};
use backstay_engine::ask;
use serde_json::{Value, json};
use uuid::Uuid;

/// A session as its owner sees it.
#[derive(Debug, Clone)]
pub struct OwnSession {
    row: SessionRow,
    is_current: bool,
}

impl OwnSession {
    /// The JSON of the contract.
    #[must_use]
    pub fn json(&self) -> Value {
        let row = &self.row;
        json!({
            "id": row.id,
            "current": self.is_current,
            "device": row.device_label,
            "user_agent": row.user_agent,
            "ip": row.last_used_ip.as_ref().or(row.ip.as_ref()),
            "aal": row.aal,
            "created_at": row.created_at,
            "last_used_at": row.last_used_at,
            "not_after": row.not_after,
        })
    }
}

impl Auth {
    /// The sessions of a bearer that can still be refreshed, the one used last first.
    ///
    /// # Errors
    /// The store's.
    pub async fn own_sessions(&self, bearer: &Bearer) -> Result<Vec<OwnSession>, AuthError> {
        let read = ask::read("auth_sessions")
            .columns(COLUMNS)
            .eq("user_id", json!(bearer.user_id))
            .is_null("revoked_at")
            .gt("last_rotated_at", ask::before(self.settings.sessions.idle))
            .when(ask::any([ask::is_null("not_after"), ask::gt("not_after", ask::now())]))
            .descending("last_used_at")
            .descending("id");
        let rows: Vec<SessionRow> = self.rows(read).await?;
        Ok(rows.into_iter().map(|row| OwnSession { is_current: row.id == bearer.session_id, row }).collect())
    }

    /// Ends one session of a bearer, their own or another.
    ///
    /// # Errors
    /// `session_not_found` for one that is not theirs or has ended; `validation_failed` for what is no id.
    pub async fn end_own_session(&self, bearer: &Bearer, id: &str, asker: &Asker) -> Result<(), AuthError> {
        let id = Uuid::parse_str(id)
            .map_err(|_| AuthError::refused(Code::ValidationFailedPath, "session_id must be a UUID"))?;
        let entry = Entry::of_user("logout", About::Account, bearer.user_id, asker).in_session(bearer.session_id);
        let entry = entry.with("ended", json!(id));
        let end = session::end(bearer.user_id, Ending::One(id), "ended by its owner").exactly_one();
        match self.commit(vec![end, entry.step()]).await {
            Ok(()) => Ok(()),
            Err(failure) if failure.unmet() == Some(0) => {
                Err(AuthError::refused(Code::SessionNotFoundPath, "Session not found"))
            }
            Err(failure) => Err(AuthError::store(failure)),
        }
    }

    /// Ends every session of a bearer but the one that asks.
    ///
    /// # Errors
    /// The store's.
    pub async fn end_other_sessions(&self, bearer: &Bearer, asker: &Asker) -> Result<(), AuthError> {
        self.sign_out(bearer, Scope::Others, asker).await
    }
}
