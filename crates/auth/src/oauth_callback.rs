//! A login at a provider ends. In: what the provider sends with the browser. Out: a place to lead it to, with a code, a session or an error.
//! A state works once, in the browser that it was given to, at the address of its own provider, for its own issuer.

use crate::asker::Asker;
use crate::audit::{About, Actor, Entry};
use crate::flow_state::ProviderTokens;
use crate::instant;
use crate::limits::{Caller, Route};
use crate::linking::{Arrival, Arrived};
use crate::oauth_start::{LOGIN_LIFE, unavailable};
use crate::provider::discovery::{Endpoints, get};
use crate::provider::exchange::{Secrets, Tokens};
use crate::provider::id_token::{self, Expected, IdTokenError, NonceRule};
use crate::provider::person::Person;
use crate::provider::{EmailProof, Protocol, Provider, ProviderError, discovery};
use crate::redirect::Target;
use crate::refusal::{AuthError, Code};
use crate::service::Auth;
use crate::session::{ProvenBy, Session};
use crate::users::is_taken;
use backstay_engine::ask;
use backstay_engine::steps::Step;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// Longest text of a provider that is shown, characters.
const SHOWN_MAX: usize = 200;
/// Longest code, bytes.
const CODE_BYTES_MAX: usize = 4096;
/// An arrival is prepared again when somebody else's changed what it stood on.
const ARRIVAL_TRIES: usize = 4;

/// What a provider sends with the browser.
#[derive(Debug, Clone, Default)]
pub struct Callback {
    /// The provider that the address names.
    pub provider: Option<String>,
    /// `state`.
    pub state: Option<String>,
    /// `code`.
    pub code: Option<String>,
    /// `error`.
    pub error: Option<String>,
    /// `error_description`.
    pub error_description: Option<String>,
    /// `iss` (RFC 9207).
    pub issuer: Option<String>,
    /// Apple's `user`: a name, sent once.
    pub user: Option<String>,
    /// The browser's cookie.
    pub cookie: Option<String>,
}

/// Where the browser is led, and with what.
#[derive(Debug)]
pub struct Landing {
    /// The place that the login began with; the site where the login is not known.
    pub target: Target,
    /// What came of it.
    pub outcome: Result<Outcome, Failed>,
}

/// A login that succeeded.
#[derive(Debug)]
pub enum Outcome {
    /// The client exchanges this code.
    Code(Uuid),
    /// The client takes the session out of the address.
    Session(Box<Session>, ProviderTokens),
}

/// A login that failed.
#[derive(Debug)]
pub struct Failed {
    /// Why.
    pub error: AuthError,
    /// The error of OAuth that the provider names.
    pub oauth_error: Option<&'static str>,
}

impl From<AuthError> for Failed {
    fn from(error: AuthError) -> Self {
        Self { error, oauth_error: None }
    }
}

/// The row of a login that waits.
#[derive(Debug, Deserialize)]
struct FlowRow {
    id: Uuid,
    authentication_method: String,
    provider_type: Option<String>,
    code_challenge: Option<String>,
    redirect_to: Option<String>,
    invite_token: Option<String>,
    linking_target_id: Option<Uuid>,
    outbound_verifier_enc: Option<String>,
    nonce: Option<String>,
    created_at: String,
}

const COLUMNS: &[&str] = &[
    "id",
    "authentication_method",
    "provider_type",
    "code_challenge",
    "redirect_to",
    "invite_token",
    "linking_target_id",
    "outbound_verifier_enc",
    "nonce",
    "created_at",
];

impl Auth {
    /// Ends a login.
    pub async fn finish_login(&self, said: Callback, asker: &Asker) -> Landing {
        let nowhere = |error| Landing { target: self.redirects.site(), outcome: Err(Failed::from(error)) };
        if let Err(error) = self.admit(Route::Exchange, &Caller { ip: asker.ip, ..Caller::default() }).await {
            return nowhere(error);
        }
        let flow = match self.waiting_flow(said.state.as_deref()).await {
            Ok(flow) => flow,
            Err(error) => return nowhere(error),
        };
        let target = flow.redirect_to.as_deref().and_then(Target::stored).unwrap_or_else(|| self.redirects.site());
        if flow.outbound_verifier_enc.is_some() && !self.began_here(&flow.id.to_string(), said.cookie.as_deref()) {
            // Somebody else's login: it stays untouched, and its place is not told.
            let entry = Entry::of_user("oauth_state_rejected", About::Account, Uuid::nil(), asker).failed();
            self.note(Entry { actor: Actor::System, target: None, ..entry }).await;
            return nowhere(state("This login was begun in another browser. Please begin again."));
        }
        let outcome = self.finish(flow, said, asker).await;
        Landing { target, outcome }
    }

    /// The row of a state that this server gave out for a login at a provider.
    async fn waiting_flow(&self, said: Option<&str>) -> Result<FlowRow, AuthError> {
        let said = said.ok_or_else(|| state("OAuth state parameter missing"))?;
        let unknown = || state("OAuth state is not known");
        let id = Uuid::parse_str(said).ok().filter(|id| id.to_string() == said).ok_or_else(unknown)?;
        let read = ask::read("auth_flow_states").columns(COLUMNS).eq("id", json!(id));
        let flow = self.rows::<FlowRow>(read).await?.into_iter().next();
        // Flows of mails live in the same table; they are no logins.
        flow.filter(|flow| flow.authentication_method == "oauth").ok_or_else(unknown)
    }

    async fn finish(&self, flow: FlowRow, said: Callback, asker: &Asker) -> Result<Outcome, Failed> {
        let used = || AuthError::refused(Code::FlowStateAlreadyUsed, "OAuth state was already used");
        let sealed = flow.outbound_verifier_enc.as_deref().ok_or_else(used)?;
        let begun = instant::micros(&flow.created_at).unwrap_or_default();
        if self.now().saturating_sub(begun) > instant::span(LOGIN_LIFE) {
            return Err(state("OAuth state has expired").into());
        }
        // Used from here on, whatever comes of it.
        let claim = ask::update("auth_flow_states")
            .set("outbound_verifier_enc", Value::Null)
            .eq("id", json!(flow.id))
            .is_set("outbound_verifier_enc");
        match self.commit(vec![Step::system(claim).exactly_one()]).await {
            Ok(()) => {}
            Err(failure) if failure.unmet().is_some() => return Err(used().into()),
            Err(failure) => return Err(AuthError::store(failure).into()),
        }
        let id = flow.id.to_string();
        let lost = || state("OAuth state cannot be read any more");
        let verifier = self.unsealed(&id, sealed).ok_or_else(lost)?;
        let name = flow.provider_type.as_deref().unwrap_or_default();
        let provider = self.providers.get(name).ok_or_else(|| {
            AuthError::refused(Code::BadOauthCallback, "This sign-in provider is not enabled any more")
        })?;
        self.check_place(provider, said.provider.as_deref())?;
        let endpoints = provider.endpoints(self.now()).await.map_err(|error| unavailable(provider, &error))?;
        check_issuer(&endpoints, said.issuer.as_deref())?;
        if let Some(error) = said.error.as_deref() {
            return Err(refused_there(error, said.error_description.as_deref()));
        }
        let code = said.code.as_deref().filter(|code| code.len() <= CODE_BYTES_MAX);
        let code = code.ok_or_else(|| callback("OAuth callback with a missing or malformed authorization code"))?;
        let redirect_uri = self.provider_redirect(provider);
        let nonce = flow.nonce.clone().unwrap_or_default();
        let secrets = Secrets { state: &id, nonce: &nonce, verifier: &verifier, redirect_uri: &redirect_uri };
        let tokens = provider.exchange(&endpoints, &secrets, (code, self.now() / 1_000_000)).await;
        let tokens = tokens.map_err(|error| unavailable(provider, &error))?;
        let person = self.person_of(provider, &endpoints, &tokens, &nonce).await?;
        let person = person.named(apple_name(said.user.as_deref()).as_deref());
        let tokens = ProviderTokens { access: tokens.access, refresh: tokens.refresh };
        Ok(self.land(&flow, (provider, &person), tokens, asker).await?)
    }

    /// The address that the browser came back to is the provider's own.
    fn check_place(&self, provider: &Provider, said: Option<&str>) -> Result<(), AuthError> {
        match said {
            Some(name) if name == provider.name => Ok(()),
            None if !self.is_strict() => Ok(()),
            Some(_) | None => Err(state("OAuth state belongs to another provider")),
        }
    }

    /// Who the tokens are of.
    async fn person_of(
        &self,
        provider: &Provider,
        endpoints: &Endpoints,
        tokens: &Tokens,
        nonce: &str,
    ) -> Result<Person, AuthError> {
        let unhelpful = |error: ProviderError| unavailable(provider, &error);
        let mut said = match provider.kind.protocol {
            Protocol::OAuth { .. } => Map::new(),
            Protocol::OpenId => {
                let token = tokens.id_token.as_deref();
                let token = token.ok_or_else(|| callback("The sign-in provider sends no ID token"))?;
                let rule = (NonceRule::Is(nonce), Some(tokens.access.as_str()));
                self.checked(provider, token, rule).await?.map_err(|error| callback(error.to_string()))?
            }
        };
        let first = endpoints.people.first();
        if let Some(address) = first.filter(|_| !said.contains_key("email")) {
            let more: Map<String, Value> =
                get(&provider.http, address, Some(&tokens.access), "account").await.map_err(unhelpful)?;
            if !said.is_empty() && said.get("sub") != more.get("sub") {
                return Err(callback("The sign-in provider speaks of two people"));
            }
            for (name, value) in more {
                said.entry(name).or_insert(value);
            }
        }
        let emails: Option<Value> = match endpoints.people.get(1) {
            Some(address) if provider.kind.proof == EmailProof::Listed => {
                Some(get(&provider.http, address, Some(&tokens.access), "list of addresses").await.map_err(unhelpful)?)
            }
            Some(_) | None => None,
        };
        Person::read(&said, emails.as_ref(), provider.kind.proof)
            .ok_or_else(|| callback("The sign-in provider does not say who this is"))
    }

    /// Checks an ID token of a provider; with newer keys where the known ones do not hold the token's.
    pub(crate) async fn checked(
        &self,
        provider: &Provider,
        token: &str,
        (nonce, access_token): (NonceRule<'_>, Option<&str>),
    ) -> Result<Result<Map<String, Value>, IdTokenError>, AuthError> {
        let unhelpful = |error: ProviderError| unavailable(provider, &error);
        let now = self.now();
        let endpoints = provider.endpoints(now).await.map_err(unhelpful)?;
        let issuer = issuer_of(provider, &endpoints, token);
        let client_ids = &provider.client_ids;
        let expected = Expected { issuer: &issuer, client_ids, nonce, access_token, now };
        let keys = provider.keys(now, false).await.map_err(unhelpful)?;
        match id_token::check(token, &keys, &expected) {
            Err(IdTokenError::UnknownKey) => {
                let keys = provider.keys(now, true).await.map_err(unhelpful)?;
                Ok(id_token::check(token, &keys, &expected))
            }
            outcome => Ok(outcome),
        }
    }

    /// Writes the arrival and the end of the flow in one transaction.
    async fn land(
        &self,
        flow: &FlowRow,
        (provider, person): (&Provider, &Person),
        tokens: ProviderTokens,
        asker: &Asker,
    ) -> Result<Outcome, AuthError> {
        let invite =
            flow.invite_token.as_deref().and_then(|sealed| self.unsealed(&format!("{} invitation", flow.id), sealed));
        let arrival = Arrival {
            provider: &provider.name,
            person,
            invite_token: invite.as_deref(),
            link_to: flow.linking_target_id,
        };
        if flow.code_challenge.is_none() {
            let session = self.arrive_and_begin(arrival, vec![spent(flow.id)], asker).await?;
            return Ok(Outcome::Session(Box::new(session), tokens));
        }
        let sealed = self.seal_provider_tokens(flow.id, &tokens)?;
        for _ in 0..ARRIVAL_TRIES {
            let Arrived { user, mut steps } = self.arrive(arrival, asker).await?;
            let (code, answer) = self.answer_flow(flow.id, user.account.id);
            steps.push(answer);
            let keep =
                ask::update("auth_flow_states").set("provider_tokens_enc", sealed.as_str()).eq("id", json!(flow.id));
            steps.push(Step::system(keep).exactly_one());
            match self.commit_letter(steps).await {
                Ok(()) => {
                    return Ok(Outcome::Code(code));
                }
                Err(AuthError::Store(failure)) if is_taken(&failure) || failure.unmet().is_some() => {}
                Err(error) => return Err(error),
            }
        }
        Err(contended())
    }

    /// An arrival that is answered with a session at once. `along` happens in the same transaction.
    pub(crate) async fn arrive_and_begin(
        &self,
        arrival: Arrival<'_>,
        along: Vec<Step>,
        asker: &Asker,
    ) -> Result<Session, AuthError> {
        for _ in 0..ARRIVAL_TRIES {
            let Arrived { user, mut steps } = self.arrive(arrival, asker).await?;
            let id = user.account.id;
            let by = ProvenBy { method: "oauth", provider: Some(arrival.provider) };
            let beginning = self.begin_session(&user, by, asker)?;
            steps.extend(beginning.steps.iter().cloned());
            steps.extend(along.iter().cloned());
            match self.commit_letter(steps).await {
                Ok(()) => {
                    let user = self.user_by_id(id).await?;
                    let user = user.ok_or(AuthError::Internal("an account is gone before its session began"))?;
                    return self.begun(&beginning, user);
                }
                // Somebody else took the address, the identity or the invitation in the same moment: decide again.
                Err(AuthError::Store(failure)) if is_taken(&failure) || failure.unmet().is_some() => {}
                Err(error) => return Err(error),
            }
        }
        Err(contended())
    }
}

/// The issuer that a token must name: the provider's. Of Microsoft's common endpoint, the tenant's that the token names.
fn issuer_of(provider: &Provider, endpoints: &Endpoints, token: &str) -> String {
    let issuer = endpoints.issuer.clone().unwrap_or_default();
    if provider.kind.name != "azure" || !issuer.contains(discovery::TENANT) {
        return issuer;
    }
    let claims = id_token::peek(token).unwrap_or_default();
    let tenant = claims.get("tid").and_then(Value::as_str).and_then(|tenant| Uuid::parse_str(tenant).ok());
    issuer.replace(discovery::TENANT, &tenant.unwrap_or_default().to_string())
}

/// RFC 9207: an answer that names an issuer names this one; a provider that promises to name itself does.
fn check_issuer(endpoints: &Endpoints, said: Option<&str>) -> Result<(), AuthError> {
    let own = endpoints.issuer.as_deref();
    let right = match said {
        Some(said) => own.is_none_or(|own| own == said),
        None => !endpoints.names_issuer,
    };
    if right { Ok(()) } else { Err(callback("The answer comes from another sign-in provider")) }
}

/// The provider, or the person there, said no.
fn refused_there(error: &str, description: Option<&str>) -> Failed {
    const KNOWN: [&str; 11] = [
        "access_denied",
        "account_selection_required",
        "consent_required",
        "interaction_required",
        "invalid_request",
        "invalid_scope",
        "login_required",
        "server_error",
        "temporarily_unavailable",
        "unauthorized_client",
        "unsupported_response_type",
    ];
    // Apple's and some others' own word for a person who turned back.
    let error = if error.starts_with("user_cancelled") || error == "user_denied" { "access_denied" } else { error };
    let oauth_error = KNOWN.into_iter().find(|known| *known == error).unwrap_or("server_error");
    let shown: String = description.unwrap_or_default().chars().filter(|c| !c.is_control()).take(SHOWN_MAX).collect();
    let message = if shown.is_empty() { "The sign-in provider refused the login".to_owned() } else { shown };
    Failed { error: AuthError::refused(Code::BadOauthCallback, message), oauth_error: Some(oauth_error) }
}

/// A flow without PKCE has no code to exchange: its row has done its work.
fn spent(flow: Uuid) -> Step {
    Step::system(ask::update("auth_flow_states").set("exchanged_at", ask::now()).eq("id", json!(flow))).exactly_one()
}

/// The name that Apple's form holds at the first login. It only names: everything else of it is ignored.
fn apple_name(form: Option<&str>) -> Option<String> {
    let said: Value = serde_json::from_str(form?).ok()?;
    let part = |name: &str| said.pointer(name).and_then(Value::as_str).unwrap_or_default();
    let whole = format!("{} {}", part("/name/firstName"), part("/name/lastName"));
    Some(whole.trim().to_owned())
}

fn state(message: &'static str) -> AuthError {
    AuthError::refused(Code::BadOauthState, message)
}

fn callback(message: impl Into<std::borrow::Cow<'static, str>>) -> AuthError {
    AuthError::refused(Code::BadOauthCallback, message)
}

fn contended() -> AuthError {
    AuthError::refused(Code::Conflict, "This account is being changed by another request. Please try again.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoints(issuer: Option<&str>, names_issuer: bool) -> Endpoints {
        let (authorize, token) = (String::new(), String::new());
        Endpoints {
            issuer: issuer.map(str::to_owned),
            authorize,
            token,
            people: Vec::new(),
            keys: None,
            names_issuer,
            basic_auth: false,
        }
    }

    #[test]
    fn issuers() {
        let one = endpoints(Some("https://one"), false);
        let strict = endpoints(Some("https://one"), true);
        let plain = endpoints(None, false);
        assert!(check_issuer(&one, None).is_ok() && check_issuer(&one, Some("https://one")).is_ok());
        assert!(check_issuer(&strict, Some("https://one")).is_ok() && check_issuer(&plain, Some("https://x")).is_ok());
        assert!(check_issuer(&one, Some("https://two")).is_err() && check_issuer(&one, Some("https://one/")).is_err());
        assert!(check_issuer(&strict, None).is_err());
    }

    #[test]
    fn words_of_a_provider_are_not_repeated_blindly() {
        let failed = refused_there("access_denied", Some("No\r\n thanks"));
        assert_eq!((failed.oauth_error, failed.error.to_string()), (Some("access_denied"), "No thanks".to_owned()));
        assert_eq!(refused_there("<script>", None).oauth_error, Some("server_error"));
        assert_eq!(refused_there("user_cancelled_authorize", None).oauth_error, Some("access_denied"));
        assert_eq!(refused_there("x", Some(&"y".repeat(999))).error.to_string().len(), SHOWN_MAX);
    }

    #[test]
    fn a_form_only_names() {
        let form = r#"{"name":{"firstName":"Ana","lastName":"Lee"},"email":"admin@b.org"}"#;
        assert_eq!(apple_name(Some(form)).as_deref(), Some("Ana Lee"));
        assert_eq!(apple_name(Some("{")), None);
        assert_eq!(apple_name(None), None);
    }
}
