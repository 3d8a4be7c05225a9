//! Exchanging the code that a link or a provider led back with (RFC 7636). In: the code and the verifier. Out: a session.
//! A code is exchanged once: the second use ends the session of the first, since one of the two was a thief (RFC 6749 4.1.2).

use crate::asker::Asker;
use crate::audit::{About, Actor, Entry};
use crate::flow_state::ProviderTokens;
use crate::instant;
use crate::limits::{Caller, Route};
use crate::pkce::Challenge;
use crate::refusal::{AuthError, Code};
use crate::service::Auth;
use crate::session::{self, Ending, ProvenBy, Session, refuse_banned};
use backstay_engine::ask;
use backstay_engine::steps::Step;
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::Duration;
use uuid::Uuid;

/// Life of a code.
const CODE_LIFE: Duration = Duration::from_secs(5 * 60);

/// What a client sends.
#[derive(Debug, Clone, Default)]
pub struct PkceGrant {
    /// The code.
    pub auth_code: String,
    /// The secret that the challenge was made of.
    pub code_verifier: String,
}

/// What a code is exchanged for.
#[derive(Debug)]
pub struct Exchanged {
    /// The session.
    pub session: Session,
    /// Tokens of the provider that the person came from; they are handed out here and kept nowhere.
    pub provider_tokens: Option<ProviderTokens>,
}

/// What is stored of a flow, as far as its exchange goes.
#[derive(Debug, Deserialize)]
struct Flow {
    id: Uuid,
    user_id: Option<Uuid>,
    authentication_method: String,
    provider_type: Option<String>,
    code_challenge: Option<String>,
    code_challenge_method: Option<String>,
    auth_code_issued_at: Option<String>,
    provider_tokens_enc: Option<String>,
    exchanged_at: Option<String>,
    session_id: Option<Uuid>,
}

const COLUMNS: &[&str] = &[
    "id",
    "user_id",
    "authentication_method",
    "provider_type",
    "code_challenge",
    "code_challenge_method",
    "auth_code_issued_at",
    "provider_tokens_enc",
    "exchanged_at",
    "session_id",
];

impl Auth {
    /// Exchanges a code for a session.
    ///
    /// # Errors
    /// `flow_state_not_found`, also for a code that was used, whose session has ended by then; `flow_state_expired`;
    /// `bad_code_verifier`, which uses nothing up; `user_banned`; `validation_failed`.
    pub async fn exchange_code(&self, said: &PkceGrant, asker: &Asker) -> Result<Exchanged, AuthError> {
        self.admit(Route::Exchange, &Caller { ip: asker.ip, ..Caller::default() }).await?;
        if said.auth_code.is_empty() || said.code_verifier.is_empty() {
            let message = "invalid request: both auth code and code verifier should be non-empty";
            return Err(AuthError::refused(Code::ValidationFailed, message));
        }
        let code = Uuid::parse_str(&said.auth_code).map_err(|_| not_found())?;
        let flow = self.flow_of(code).await?.ok_or_else(not_found)?;
        if flow.exchanged_at.is_some() {
            return Err(self.used_again(&flow, asker).await);
        }
        let issued = flow.auth_code_issued_at.as_deref().and_then(instant::micros).ok_or_else(not_found)?;
        if self.now() > issued.saturating_add(instant::span(CODE_LIFE)) {
            let message = "invalid flow state, flow state has expired";
            return Err(AuthError::refused(Code::FlowStateExpired, message));
        }
        if !is_answered(&flow, &said.code_verifier) {
            let message = "code challenge does not match previously saved code verifier";
            return Err(AuthError::refused(Code::BadCodeVerifier, message));
        }
        self.exchange(&flow, code, asker).await
    }

    async fn exchange(&self, flow: &Flow, code: Uuid, asker: &Asker) -> Result<Exchanged, AuthError> {
        let id = flow.user_id.ok_or_else(not_found)?;
        let user = self.user_by_id(id).await?.ok_or_else(not_found)?;
        refuse_banned(&user.account, self.now(), Code::UserBannedGrant)?;
        let method = flow.authentication_method.as_str();
        // Flows of mails have `email` there, which vouches for nothing.
        let provider = flow.provider_type.as_deref().filter(|_| method == "oauth");
        let beginning = self.begin_session(&user, ProvenBy { method, provider }, asker)?;
        let take = ask::update("auth_flow_states")
            .set("exchanged_at", ask::now())
            .set("session_id", json!(beginning.id))
            .set("provider_tokens_enc", Value::Null)
            .set("outbound_verifier_enc", Value::Null)
            .eq("id", json!(flow.id))
            .eq("auth_code", json!(code))
            .is_null("exchanged_at");
        let mut steps = vec![Step::system(take).exactly_one()];
        steps.extend(beginning.steps.iter().cloned());
        match self.commit(steps).await {
            Ok(()) => {
                let provider_tokens = self.open_provider_tokens(flow.id, flow.provider_tokens_enc.as_deref());
                Ok(Exchanged { session: self.begun(&beginning, user)?, provider_tokens })
            }
            Err(failure) if failure.unmet() == Some(0) => {
                // Somebody was faster by a moment: this is the second use.
                let flow = self.flow_of(code).await?.ok_or_else(not_found)?;
                Err(self.used_again(&flow, asker).await)
            }
            Err(failure) => Err(AuthError::store(failure)),
        }
    }

    async fn flow_of(&self, code: Uuid) -> Result<Option<Flow>, AuthError> {
        let read = ask::read("auth_flow_states").columns(COLUMNS).eq("auth_code", json!(code));
        Ok(self.rows(read).await?.into_iter().next())
    }

    /// Ends the session that a code was exchanged for, and says no. The end is committed although the answer is an error.
    async fn used_again(&self, flow: &Flow, asker: &Asker) -> AuthError {
        let (Some(user_id), Some(session_id)) = (flow.user_id, flow.session_id) else { return not_found() };
        let entry = Entry::of_user("token_revoked", About::Token, user_id, asker).in_session(session_id);
        let entry = Entry { actor: Actor::System, ..entry.failed().with("reason", "authorization code used again") };
        let steps = vec![session::end(user_id, Ending::One(session_id), "code used again"), entry.step()];
        if let Err(failure) = self.commit(steps).await {
            return AuthError::store(failure);
        }
        not_found()
    }
}

/// Whether a verifier answers the challenge of a flow. Constant time.
fn is_answered(flow: &Flow, verifier: &str) -> bool {
    let (Some(challenge), Some(method)) = (&flow.code_challenge, &flow.code_challenge_method) else { return false };
    Challenge::stored(challenge, method).is_some_and(|challenge| challenge.is_answered_by(verifier))
}

fn not_found() -> AuthError {
    AuthError::refused(Code::FlowStateNotFound, "invalid flow state, no valid flow state found")
}
