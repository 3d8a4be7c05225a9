//! The two steps of OAuth 2.0 at a provider: where to send the browser, and the exchange of the code that it brings back.
//! In: the secrets of one login. Out: an address; tokens. PKCE with S256 always, whether the provider looks at it or not.

use crate::provider::discovery::Endpoints;
use crate::provider::{Provider, ProviderError, apple};
use backstay_infra::http_out::{EgressError, HttpOut, Request, Target};
use bytes::Bytes;
use oauth2::basic::{
    BasicErrorResponse, BasicRevocationErrorResponse, BasicTokenIntrospectionResponse, BasicTokenType,
};
use oauth2::{
    AuthType, AuthUrl, AuthorizationCode, Client, ClientId, ClientSecret, CsrfToken, EndpointNotSet, EndpointSet,
    ExtraTokenFields, HttpRequest, HttpResponse, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, RequestTokenError,
    Scope, StandardRevocableToken, StandardTokenResponse, TokenResponse as _, TokenUrl,
};
use serde::{Deserialize, Serialize};

/// What an exchange may bring beside the tokens of OAuth.
#[derive(Debug, Serialize, Deserialize)]
struct Extra {
    id_token: Option<String>,
}

impl ExtraTokenFields for Extra {}

type Answer = StandardTokenResponse<Extra, BasicTokenType>;
type Ready = Client<
    BasicErrorResponse,
    Answer,
    BasicTokenIntrospectionResponse,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointSet,
>;

/// Tokens that a provider gave. Never printed.
pub(crate) struct Tokens {
    pub(crate) access: String,
    pub(crate) refresh: Option<String>,
    pub(crate) id_token: Option<String>,
}

/// The secrets of one login.
pub(crate) struct Secrets<'a> {
    pub(crate) state: &'a str,
    pub(crate) nonce: &'a str,
    pub(crate) verifier: &'a str,
    /// Where the provider sends the browser back to.
    pub(crate) redirect_uri: &'a str,
}

/// What the client adds to the address of the provider.
pub(crate) struct Wishes<'a> {
    pub(crate) scopes: &'a [String],
    pub(crate) extra: &'a [(String, String)],
}

impl Provider {
    /// Where the browser is sent.
    ///
    /// # Errors
    /// [`ProviderError::Unusable`] for an endpoint that is no address.
    pub(crate) fn authorize_url(
        &self,
        endpoints: &Endpoints,
        secrets: &Secrets<'_>,
        wishes: &Wishes<'_>,
    ) -> Result<String, ProviderError> {
        let client = self.client(endpoints, secrets.redirect_uri, None)?;
        let verifier = PkceCodeVerifier::new(secrets.verifier.to_owned());
        let scopes = self.scopes.iter().chain(wishes.scopes.iter().filter(|scope| !self.scopes.contains(scope)));
        let mut request = client
            .authorize_url(|| CsrfToken::new(secrets.state.to_owned()))
            .add_scopes(scopes.cloned().map(Scope::new))
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier));
        if endpoints.issuer.is_some() {
            request = request.add_extra_param("nonce", secrets.nonce.to_owned());
        }
        if self.kind.form_post {
            request = request.add_extra_param("response_mode", "form_post");
        }
        for (name, value) in wishes.extra {
            request = request.add_extra_param(name.clone(), value.clone());
        }
        Ok(request.url().0.into())
    }

    /// Exchanges a code.
    ///
    /// # Errors
    /// [`ProviderError`].
    pub(crate) async fn exchange(
        &self,
        endpoints: &Endpoints,
        secrets: &Secrets<'_>,
        (code, now_s): (&str, i64),
    ) -> Result<Tokens, ProviderError> {
        let secret = match self.secret.as_deref() {
            Some(key) if self.kind.name == "apple" && apple::is_key(key) => {
                Some(apple::client_secret(self, key, now_s)?)
            }
            other => other.map(str::to_owned),
        };
        let client = self.client(endpoints, secrets.redirect_uri, secret)?;
        let http = self.http.clone();
        let send = move |request: HttpRequest| {
            let http = http.clone();
            async move { send(&http, request).await }
        };
        let answer = client
            .exchange_code(AuthorizationCode::new(code.to_owned()))
            .set_pkce_verifier(PkceCodeVerifier::new(secrets.verifier.to_owned()))
            .request_async(&send)
            .await;
        let answer = answer.map_err(|error| match error {
            RequestTokenError::ServerResponse(response) => {
                ProviderError::Refuses { error: response.error().to_string() }
            }
            RequestTokenError::Request(error) => ProviderError::Unreachable(error.into()),
            RequestTokenError::Parse(..) => unusable("it is no token answer"),
            RequestTokenError::Other(_) => unusable("it is empty"),
        })?;
        if *answer.token_type() != BasicTokenType::Bearer {
            return Err(unusable("its tokens are not bearer tokens"));
        }
        Ok(Tokens {
            access: answer.access_token().secret().clone(),
            refresh: answer.refresh_token().map(|token| token.secret().clone()),
            id_token: answer.extra_fields().id_token.clone(),
        })
    }

    fn client(
        &self,
        endpoints: &Endpoints,
        redirect_uri: &str,
        secret: Option<String>,
    ) -> Result<Ready, ProviderError> {
        let no_address =
            |_| ProviderError::Unusable { what: "configuration", problem: "an endpoint is no address".to_owned() };
        let client = Client::new(ClientId::new(self.client_id().to_owned()))
            .set_auth_uri(AuthUrl::new(endpoints.authorize.clone()).map_err(no_address)?)
            .set_token_uri(TokenUrl::new(endpoints.token.clone()).map_err(no_address)?)
            .set_redirect_uri(RedirectUrl::new(redirect_uri.to_owned()).map_err(no_address)?)
            .set_auth_type(if endpoints.basic_auth { AuthType::BasicAuth } else { AuthType::RequestBody });
        Ok(match secret {
            Some(secret) => client.set_client_secret(ClientSecret::new(secret)),
            None => client,
        })
    }
}

fn unusable(problem: &str) -> ProviderError {
    ProviderError::Unusable { what: "token answer", problem: problem.to_owned() }
}

async fn send(http: &HttpOut, request: HttpRequest) -> Result<HttpResponse, EgressError> {
    let (parts, body) = request.into_parts();
    let target = Target::parse(&parts.uri.to_string())?;
    let request = Request { method: parts.method, target, headers: parts.headers, body: Bytes::from(body) };
    let answer = http.send(request).await?;
    let mut response = HttpResponse::new(answer.body.to_vec());
    *response.status_mut() = answer.status;
    *response.headers_mut() = answer.headers;
    Ok(response)
}
