//! Sign-ins that lead through a mail or another site and come back (PKCE, RFC 7636). In: a challenge. Out: steps on flow states.

use crate::pkce::{Challenge, PkceError};
use crate::refusal::{AuthError, Code};
use crate::secret_box::{Place, SecretKind};
use crate::service::Auth;
use backstay_engine::ask;
use backstay_engine::steps::Step;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::fmt;
use uuid::Uuid;

/// The pair of a request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChallengePair {
    /// `code_challenge`.
    pub challenge: Option<String>,
    /// `code_challenge_method`.
    pub method: Option<String>,
}

/// Tokens of an identity provider, which the client gets once. Never printed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProviderTokens {
    /// `provider_token`.
    #[serde(rename = "provider_token")]
    pub access: String,
    /// `provider_refresh_token`.
    #[serde(rename = "provider_refresh_token", default, skip_serializing_if = "Option::is_none")]
    pub refresh: Option<String>,
}

impl fmt::Debug for ProviderTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ProviderTokens([redacted])")
    }
}

impl Auth {
    /// Reads the pair of a request; `None` when there is none.
    ///
    /// # Errors
    /// `validation_failed`.
    pub(crate) fn challenge(&self, pair: &ChallengePair) -> Result<Option<Challenge>, AuthError> {
        let parsed = Challenge::parse(pair.challenge.as_deref(), pair.method.as_deref(), self.plain_challenges());
        parsed.map_err(|error: PkceError| AuthError::refused(Code::ValidationFailed, error.to_string()))
    }

    /// A flow that waits for a link of a mail. Out: its id, and the step that stores it.
    pub(crate) fn mail_flow(
        &self,
        user_id: Uuid,
        challenge: &Challenge,
        method: &str,
        redirect_to: &str,
    ) -> (Uuid, Step) {
        let id = self.random_id();
        let row = ask::insert("auth_flow_states")
            .set("id", json!(id))
            .set("user_id", json!(user_id))
            .set("authentication_method", method)
            .set("provider_type", "email")
            .set("code_challenge", challenge.as_str())
            .set("code_challenge_method", challenge.method())
            .set("redirect_to", redirect_to);
        (id, Step::system(row))
    }

    /// Seals the tokens of a provider for the row of their flow.
    ///
    /// # Errors
    /// [`AuthError::Internal`].
    pub(crate) fn seal_provider_tokens(&self, flow: Uuid, tokens: &ProviderTokens) -> Result<String, AuthError> {
        let text = serde_json::to_vec(tokens).map_err(|_| AuthError::Internal("provider tokens cannot be written"))?;
        let place = Place { kind: SecretKind::ProviderToken, row: &flow.to_string() };
        let sealed = self.with_rng(|rng| self.secrets.seal(rng, place, &text));
        sealed.map_err(|_| AuthError::Internal("provider tokens cannot be sealed"))
    }

    /// Opens the sealed tokens of a provider; `None` when there are none, or they are not this server's.
    pub(crate) fn open_provider_tokens(&self, flow: Uuid, sealed: Option<&str>) -> Option<ProviderTokens> {
        let place = Place { kind: SecretKind::ProviderToken, row: &flow.to_string() };
        serde_json::from_slice(&self.secrets.open(place, sealed?).ok()?).ok()
    }

    /// Gives a flow its code, once its link was followed. Out: the code, and the step, which is met once.
    pub(crate) fn answer_flow(&self, flow: Uuid, user_id: Uuid) -> (Uuid, Step) {
        let code = self.random_id();
        let update = ask::update("auth_flow_states")
            .set("auth_code", json!(code))
            .set("user_id", json!(user_id))
            .set("auth_code_issued_at", ask::now())
            .eq("id", json!(flow))
            .is_null("auth_code");
        (code, Step::system(update).exactly_one())
    }
}
