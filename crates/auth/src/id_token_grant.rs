//! Sign-in with an ID token that an app got from a provider itself. In: the token, perhaps a nonce and an access token. Out: a session.

use crate::asker::{Asker, Bearer};
use crate::limits::{Caller, Route};
use crate::linking::Arrival;
use crate::provider::Protocol;
use crate::provider::id_token::{IdTokenError, NonceRule};
use crate::provider::person::Person;
use crate::refusal::{AuthError, Code};
use crate::service::Auth;
use crate::session::Session;

/// What an app sends.
#[derive(Clone, Default)]
pub struct IdTokenGrant {
    /// Name of the provider.
    pub provider: String,
    /// The token.
    pub id_token: String,
    /// The access token that came with it.
    pub access_token: Option<String>,
    /// What the token's nonce is the SHA-256 of.
    pub nonce: Option<String>,
}

impl Auth {
    /// Signs in with an ID token; with a bearer, adds the identity to the bearer's account.
    ///
    /// # Errors
    /// `provider_disabled`; OAuth's `invalid request` and `invalid nonce` for a token that does not hold; those of the account.
    pub async fn sign_in_with_id_token(
        &self,
        said: IdTokenGrant,
        link_to: Option<&Bearer>,
        asker: &Asker,
    ) -> Result<Session, AuthError> {
        self.admit(Route::Exchange, &Caller { ip: asker.ip, ..Caller::default() }).await?;
        let provider = self.providers.get(&said.provider).filter(|provider| provider.kind.protocol == Protocol::OpenId);
        let provider = provider.ok_or_else(|| {
            AuthError::refused(Code::ProviderDisabled, "Provider is not enabled for sign-in with an ID token")
        })?;
        if let Some(bearer) = link_to {
            self.may_change_identities(bearer).await?;
        }
        let rule = (NonceRule::HashOf(said.nonce.as_deref()), said.access_token.as_deref());
        let claims = self.checked(provider, &said.id_token, rule).await?.map_err(wrong)?;
        let person = Person::read(&claims, None, provider.kind.proof).ok_or_else(|| wrong(IdTokenError::Malformed))?;
        let link_to = link_to.map(|bearer| bearer.user_id);
        let arrival = Arrival { provider: &provider.name, person: &person, invite_token: None, link_to };
        self.arrive_and_begin(arrival, Vec::new(), asker).await
    }
}

fn wrong(error: IdTokenError) -> AuthError {
    let code = if error == IdTokenError::Nonce { Code::InvalidNonce } else { Code::InvalidIdToken };
    AuthError::refused(code, error.to_string())
}
