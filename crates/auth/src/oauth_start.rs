//! A login at a provider begins. In: what the client asks for. Out: where to send the browser, and the cookie that binds the login to it.
//! The state is the id of a row that is used once; PKCE and a nonce go along.

use crate::asker::{Asker, Bearer};
use crate::flow_state::ChallengePair;
use crate::limits::{Caller, Route};
use crate::pkce::{is_state_cookie, state_cookie};
use crate::provider::exchange::{Secrets, Wishes};
use crate::provider::{Provider, ProviderError};
use crate::refusal::{AuthError, Code};
use crate::secret_box::{Place, SecretKind};
use crate::service::Auth;
use backstay_engine::ask;
use backstay_engine::steps::Step;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::time::Duration;
use uuid::Uuid;

/// Life of a login, from its start to its end, and of its cookie.
pub const LOGIN_LIFE: Duration = Duration::from_secs(600);
/// Logins of one browser that are under way together, such as in several tabs.
const LOGINS_MAX: usize = 5;
/// Parameters that a client hands on to the provider.
const EXTRA_MAX: usize = 20;
/// Longest of them, bytes.
const EXTRA_BYTES_MAX: usize = 512;
/// What only the server says to a provider, and what is said to the server.
const RESERVED: [&str; 22] = [
    "client_id",
    "client_secret",
    "redirect_uri",
    "response_type",
    "response_mode",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
    "scope",
    "request",
    "request_uri",
    "registration",
    "resource",
    "audience",
    "provider",
    "redirect_to",
    "scopes",
    "invite_token",
    "skip_http_redirect",
    "apikey",
    "go",
];

/// A login that is to begin.
#[derive(Debug, Clone, Default)]
pub struct StartLogin {
    /// Name of the provider.
    pub provider: String,
    /// Where the client wants to be led in the end.
    pub redirect_to: Option<String>,
    /// Further scopes, separated by blanks or commas.
    pub scopes: Option<String>,
    /// PKCE.
    pub challenge: ChallengePair,
    /// Token of an invitation.
    pub invite_token: Option<String>,
    /// Every parameter of the request; reserved ones are dropped.
    pub extra: Vec<(String, String)>,
    /// The browser's cookie, when it has one.
    pub cookie: Option<String>,
}

/// A login that has begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StartedLogin {
    /// Where the browser is sent.
    pub url: String,
    /// Value of the cookie.
    pub cookie: String,
    /// Whether the cookie must come along when the provider's page posts a form.
    pub cross_site: bool,
}

/// What the address of a handed-over login holds, sealed.
#[derive(Serialize, Deserialize)]
struct HandedOver {
    url: String,
    state: String,
    cross_site: bool,
    /// Microseconds since 1970.
    until: i64,
}

/// A handed-over login must be taken up within this time.
const HAND_OVER_LIFE: Duration = Duration::from_secs(120);
const HAND_OVER: Place<'static> = Place { kind: SecretKind::Login, row: "handed over" };

impl Auth {
    /// Begins a login.
    ///
    /// # Errors
    /// `validation_failed` for a provider that is not set up, `over_request_rate_limit`, `provider_unavailable`.
    pub async fn start_login(&self, said: StartLogin, asker: &Asker) -> Result<StartedLogin, AuthError> {
        self.start_login_for(None, said, asker).await
    }

    /// Begins a login that adds an identity to the bearer's account. Out: an address of this server to send the browser to; the answer
    /// to a script's request cannot set the cookie that binds the login to the browser, a visit can.
    ///
    /// # Errors
    /// As [`Self::start_login`]; `manual_linking_disabled`, `insufficient_aal`.
    pub async fn start_linking(&self, bearer: &Bearer, said: StartLogin, asker: &Asker) -> Result<String, AuthError> {
        self.may_change_identities(bearer).await?;
        let started = self.start_login_for(Some(bearer.user_id), said, asker).await?;
        let until = self.now().saturating_add(crate::instant::span(HAND_OVER_LIFE));
        let state = started.cookie.clone();
        let content = HandedOver { url: started.url, state, cross_site: started.cross_site, until };
        let content = serde_json::to_vec(&content).map_err(|_| AuthError::Internal("a login cannot be written"))?;
        let sealed = self.with_rng(|rng| self.secrets.seal(rng, HAND_OVER, &content));
        let sealed = sealed.map_err(|_| AuthError::Internal("a login cannot be sealed"))?;
        Ok(format!("{}/auth/v1/authorize?go={sealed}", self.settings.external_url))
    }

    /// Takes a handed-over login up in the browser that visits its address.
    ///
    /// # Errors
    /// `bad_oauth_state`.
    pub fn take_up_login(&self, sealed: &str, cookie: Option<&str>) -> Result<StartedLogin, AuthError> {
        let bad = || AuthError::refused(Code::BadOauthState, "This login has expired. Please begin again.");
        let content = self.secrets.open(HAND_OVER, sealed).map_err(|_| bad())?;
        let login: HandedOver = serde_json::from_slice(&content).map_err(|_| bad())?;
        if login.until < self.now() {
            return Err(bad());
        }
        Ok(StartedLogin { url: login.url, cookie: joined(&login.state, cookie), cross_site: login.cross_site })
    }

    async fn start_login_for(
        &self,
        link_to: Option<Uuid>,
        said: StartLogin,
        asker: &Asker,
    ) -> Result<StartedLogin, AuthError> {
        let provider = self.providers.get(&said.provider).ok_or_else(|| {
            AuthError::refused(Code::ValidationFailed, "Unsupported provider: provider is not enabled")
        })?;
        let challenge = self.challenge(&said.challenge)?;
        if challenge.is_none() && !self.settings.implicit_flow {
            return Err(AuthError::refused(Code::ValidationFailed, "Sign-in by a provider needs PKCE here"));
        }
        self.admit(Route::Exchange, &Caller { ip: asker.ip, ..Caller::default() }).await?;
        let endpoints = provider.endpoints(self.now()).await.map_err(|error| unavailable(provider, &error))?;
        let id = self.random_id();
        let state = id.to_string();
        let (verifier, nonce) = (self.random_text(), self.random_text());
        let redirect_uri = self.provider_redirect(provider);
        let secrets = Secrets { state: &state, nonce: &nonce, verifier: &verifier, redirect_uri: &redirect_uri };
        let scopes: Vec<String> = said
            .scopes
            .iter()
            .flat_map(|scopes| scopes.split([' ', ',']))
            .filter(|scope| !scope.is_empty() && scope.len() <= EXTRA_BYTES_MAX)
            .take(EXTRA_MAX)
            .map(str::to_owned)
            .collect();
        let extra: Vec<(String, String)> = said.extra.into_iter().filter(is_handed_on).take(EXTRA_MAX).collect();
        let wishes = Wishes { scopes: &scopes, extra: &extra };
        let url =
            provider.authorize_url(&endpoints, &secrets, &wishes).map_err(|error| unavailable(provider, &error))?;
        let redirect_to = self.redirects.resolve(said.redirect_to.as_deref());
        let mut row = ask::insert("auth_flow_states")
            .set("id", json!(id))
            .set("authentication_method", "oauth")
            .set("provider_type", provider.name.as_str())
            .set("redirect_to", redirect_to.as_str())
            .set("linking_target_id", json!(link_to))
            .set("outbound_verifier_enc", self.sealed(&state, &verifier)?)
            .set("nonce", nonce.as_str());
        if let Some(challenge) = &challenge {
            row = row.set("code_challenge", challenge.as_str()).set("code_challenge_method", challenge.method());
        }
        if let Some(token) = said.invite_token.as_deref().filter(|token| token.len() <= EXTRA_BYTES_MAX) {
            row = row.set("invite_token", self.sealed(&format!("{state} invitation"), token)?);
        }
        self.commit(vec![Step::system(row)]).await.map_err(AuthError::store)?;
        let own = state_cookie(self.cookies.as_bytes(), &state);
        let cookie = joined(&own, said.cookie.as_deref());
        // A login that is handed over gets its own mark only: whoever asks for it is not the browser.
        let cookie = if link_to.is_some() { own } else { cookie };
        Ok(StartedLogin { url, cookie, cross_site: provider.kind.form_post })
    }

    /// Whether a browser's cookie says that it began a login.
    pub(crate) fn began_here(&self, state: &str, cookie: Option<&str>) -> bool {
        let marks = cookie.unwrap_or_default().split('.').take(LOGINS_MAX);
        marks.fold(false, |found, mark| found | is_state_cookie(self.cookies.as_bytes(), state, mark))
    }

    /// Where a provider sends browsers back to: an address of its own, so that no other provider's answer can be taken for its own. Where
    /// the original wire is followed, all share one.
    pub(crate) fn provider_redirect(&self, provider: &Provider) -> String {
        let base = format!("{}/auth/v1/callback", self.settings.external_url);
        if self.is_strict() { format!("{base}/{}", provider.name) } else { base }
    }

    /// Seals a secret of a login.
    pub(crate) fn sealed(&self, row: &str, secret: &str) -> Result<String, AuthError> {
        let place = Place { kind: SecretKind::Login, row };
        let sealed = self.with_rng(|rng| self.secrets.seal(rng, place, secret.as_bytes()));
        sealed.map_err(|_| AuthError::Internal("a secret of a login cannot be sealed"))
    }

    /// Opens a secret of a login.
    pub(crate) fn unsealed(&self, row: &str, sealed: &str) -> Option<String> {
        let place = Place { kind: SecretKind::Login, row };
        self.secrets.open(place, sealed).ok().and_then(|bytes| String::from_utf8(bytes).ok())
    }

    /// 256 random bits as text.
    fn random_text(&self) -> String {
        let mut bytes = [0_u8; 32];
        self.with_rng(|rng| rng.fill_bytes(&mut bytes));
        URL_SAFE_NO_PAD.encode(bytes)
    }
}

/// Whether a parameter goes on to the provider.
fn is_handed_on((name, value): &(String, String)) -> bool {
    let fits = !name.is_empty() && name.len() <= EXTRA_BYTES_MAX && value.len() <= EXTRA_BYTES_MAX;
    fits && !RESERVED.contains(&name.to_ascii_lowercase().as_str())
}

/// The mark of a new login before those of the browser's others.
fn joined(own: &str, others: Option<&str>) -> String {
    let is_mark = |mark: &&str| mark.len() == own.len() && *mark != own;
    let others = others.unwrap_or_default().split('.').filter(is_mark).take(LOGINS_MAX - 1);
    std::iter::once(own).chain(others).collect::<Vec<_>>().join(".")
}

/// A provider that is of no help, on the wire. What it said goes into the log.
pub(crate) fn unavailable(provider: &Provider, error: &ProviderError) -> AuthError {
    let cause = std::error::Error::source(error).map(ToString::to_string);
    tracing::warn!(provider = %provider.name, error = %error, cause, "a sign-in provider is of no help");
    match error {
        ProviderError::Unreachable(_) => {
            AuthError::refused(Code::ProviderUnavailable, "The sign-in provider does not answer. Please try again.")
        }
        ProviderError::Unusable { .. } => {
            AuthError::refused(Code::BadOauthCallback, "The sign-in provider's answer cannot be used.")
        }
        ProviderError::Refuses { .. } => {
            AuthError::refused(Code::BadOauthCallback, "The sign-in provider refuses this login.")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reserved_parameters_are_dropped() {
        let on = |name: &str, value: &str| is_handed_on(&(name.to_owned(), value.to_owned()));
        for name in RESERVED {
            assert!(!on(name, "x") && !on(&name.to_ascii_uppercase(), "x"), "{name}");
        }
        assert!(on("prompt", "consent") && on("access_type", "offline") && on("login_hint", "a@b.org"));
        assert!(!on("", "x") && !on("hd", &"x".repeat(513)) && !on(&"x".repeat(513), "x"));
    }

    #[test]
    fn marks_of_several_logins() {
        let marks = ["a".repeat(43), "b".repeat(43), "c".repeat(43)];
        assert_eq!(joined(&marks[0], None), marks[0]);
        let two = joined(&marks[1], Some(&marks[0]));
        assert_eq!(two, format!("{}.{}", marks[1], marks[0]));
        assert_eq!(joined(&marks[1], Some(&two)), two, "once each");
        assert_eq!(joined(&marks[2], Some("x.y.z")), marks[2], "only marks");
        let mut many = marks[0].clone();
        for letter in ["d", "e", "f", "g", "h", "i"] {
            many = joined(&letter.repeat(43), Some(&many));
        }
        assert_eq!(many.split('.').count(), LOGINS_MAX);
    }
}
