//! What a provider publishes about itself: endpoints and keys. In: its issuer. Out: [`Endpoints`] and keys, fetched seldom.
//! All requests of all people share one fetch; a key that is not known is looked for once a minute at most.

use crate::provider::{Protocol, Provider, ProviderError};
use backstay_infra::http_out::{HttpOut, Request, Target};
use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Method};
use openidconnect::core::CoreJsonWebKeySet;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::sync::Arc;
use tokio::sync::Mutex;

/// What is known is taken for this long, microseconds.
const ENDPOINTS_LIFE: i64 = 3_600 * 1_000_000;
const KEYS_LIFE: i64 = 600 * 1_000_000;
/// Keys are not fetched again for a token's sake within this time, microseconds.
const KEYS_GAP: i64 = 60 * 1_000_000;

/// Where a provider is spoken to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Endpoints {
    /// As it names itself; OpenID Connect only.
    pub(crate) issuer: Option<String>,
    pub(crate) authorize: String,
    pub(crate) token: String,
    /// Addresses that tell who somebody is.
    pub(crate) people: Vec<String>,
    pub(crate) keys: Option<String>,
    /// Whether every answer through the browser must name the issuer (RFC 9207).
    pub(crate) names_issuer: bool,
    /// Whether the secret goes into the header of the exchange.
    pub(crate) basic_auth: bool,
}

/// What was fetched, and when.
#[derive(Default)]
pub(crate) struct Cache {
    endpoints: Mutex<Option<(Arc<Endpoints>, i64)>>,
    keys: Mutex<Option<(Arc<CoreJsonWebKeySet>, i64)>>,
}

/// Members of the published document that are read.
#[derive(Deserialize)]
struct Document {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    userinfo_endpoint: Option<String>,
    jwks_uri: String,
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

impl Provider {
    /// Where this provider is spoken to.
    ///
    /// # Errors
    /// [`ProviderError`].
    pub(crate) async fn endpoints(&self, now: i64) -> Result<Arc<Endpoints>, ProviderError> {
        let mut held = self.cache.endpoints.lock().await;
        if let Some((endpoints, at)) = held.as_ref().filter(|(_, at)| now.saturating_sub(*at) < ENDPOINTS_LIFE) {
            let _ = at;
            return Ok(Arc::clone(endpoints));
        }
        let endpoints = Arc::new(match self.kind.protocol {
            Protocol::OpenId => self.discovered().await?,
            Protocol::OAuth { .. } => self.fixed(),
        });
        *held = Some((Arc::clone(&endpoints), now));
        Ok(endpoints)
    }

    /// The keys of this provider, no older than ten minutes. With `missed` a key was not among them: they are fetched again.
    ///
    /// # Errors
    /// [`ProviderError`].
    pub(crate) async fn keys(&self, now: i64, missed: bool) -> Result<Arc<CoreJsonWebKeySet>, ProviderError> {
        let endpoints = self.endpoints(now).await?;
        let mut held = self.cache.keys.lock().await;
        let life = if missed { KEYS_GAP } else { KEYS_LIFE };
        if let Some((keys, _)) = held.as_ref().filter(|(_, at)| now.saturating_sub(*at) < life) {
            return Ok(Arc::clone(keys));
        }
        let unusable = |problem: &str| ProviderError::Unusable { what: "key set", problem: problem.to_owned() };
        let address = endpoints.keys.as_deref().ok_or_else(|| unusable("it publishes none"))?;
        let keys: CoreJsonWebKeySet = get(&self.http, address, None, "key set").await?;
        let keys = Arc::new(keys);
        *held = Some((Arc::clone(&keys), now));
        Ok(keys)
    }

    /// The endpoints of a provider that publishes none.
    fn fixed(&self) -> Endpoints {
        let Protocol::OAuth { api, api_elsewhere, authorize, token, people } = self.kind.protocol else {
            return self.nowhere();
        };
        let base = self.base.trim_end_matches('/');
        let api = if self.is_own_base { format!("{base}{api_elsewhere}") } else { api.to_owned() };
        // Facebook's browser pages and its API are different hosts.
        let token_base = if self.kind.name == "facebook" { &api } else { base };
        Endpoints {
            issuer: None,
            authorize: format!("{base}{authorize}"),
            token: format!("{token_base}{token}"),
            people: people.iter().map(|path| format!("{api}{path}")).collect(),
            keys: None,
            names_issuer: false,
            basic_auth: false,
        }
    }

    fn nowhere(&self) -> Endpoints {
        Endpoints {
            issuer: Some(self.base.clone()),
            authorize: String::new(),
            token: String::new(),
            people: Vec::new(),
            keys: None,
            names_issuer: false,
            basic_auth: false,
        }
    }

    async fn discovered(&self) -> Result<Endpoints, ProviderError> {
        let address = format!("{}/.well-known/openid-configuration", self.base.trim_end_matches('/'));
        let document: Document = get(&self.http, &address, None, "configuration").await?;
        let unusable = |problem: &str| ProviderError::Unusable { what: "configuration", problem: problem.to_owned() };
        if !self.is_named(&document.issuer) {
            return Err(unusable("it names another issuer"));
        }
        let endpoints = [
            Some(&document.authorization_endpoint),
            Some(&document.token_endpoint),
            Some(&document.jwks_uri),
            document.userinfo_endpoint.as_ref(),
        ];
        let encrypted = self.base.starts_with("https:");
        if endpoints.into_iter().flatten().any(|url| encrypted && !url.starts_with("https://")) {
            return Err(unusable("an endpoint is not encrypted"));
        }
        let methods = document.token_endpoint_auth_methods_supported;
        let basic = methods.is_none_or(|methods| methods.iter().any(|method| method == "client_secret_basic"));
        Ok(Endpoints {
            issuer: Some(document.issuer),
            authorize: document.authorization_endpoint,
            token: document.token_endpoint,
            people: document.userinfo_endpoint.into_iter().collect(),
            keys: Some(document.jwks_uri),
            names_issuer: document.authorization_response_iss_parameter_supported,
            basic_auth: basic && self.kind.name != "apple",
        })
    }

    /// Whether a published issuer is this provider. Microsoft's common endpoint leaves a gap for the tenant.
    fn is_named(&self, issuer: &str) -> bool {
        if self.kind.name == "azure" && issuer.contains(TENANT) {
            let (head, tail) = issuer.split_once(TENANT).unwrap_or_default();
            return self
                .base
                .strip_prefix(head)
                .and_then(|rest| rest.trim_end_matches('/').strip_suffix(tail))
                .is_some_and(|tenant| !tenant.contains('/'));
        }
        issuer == self.base
    }
}

/// The gap in Microsoft's common issuer.
pub(crate) const TENANT: &str = "{tenantid}";

/// Asks for JSON.
///
/// # Errors
/// [`ProviderError`].
pub(crate) async fn get<T: DeserializeOwned>(
    http: &HttpOut,
    address: &str,
    bearer: Option<&str>,
    what: &'static str,
) -> Result<T, ProviderError> {
    let unusable = |problem: String| ProviderError::Unusable { what, problem };
    let target = Target::parse(address).map_err(|error| unusable(error.to_string()))?;
    let mut headers = HeaderMap::new();
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    if let Some(bearer) = bearer {
        let mut value = HeaderValue::try_from(format!("Bearer {bearer}"))
            .map_err(|_| unusable("its access token does not fit into a header".to_owned()))?;
        value.set_sensitive(true);
        headers.insert(AUTHORIZATION, value);
    }
    let request = Request { method: Method::GET, target, headers, body: Bytes::new() };
    let answer = http.send(request).await.map_err(|error| ProviderError::Unreachable(error.into()))?;
    if answer.status.is_server_error() {
        return Err(ProviderError::Unreachable(format!("{what}: status {}", answer.status.as_u16()).into()));
    }
    if !answer.status.is_success() {
        return Err(unusable(format!("status {}", answer.status.as_u16())));
    }
    let kind = answer.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase().ends_with("json") {
        return Err(unusable("it is not JSON by its content type".to_owned()));
    }
    serde_json::from_slice(&answer.body).map_err(|error| {
        let reason = if error.is_data() { "a member is missing or of another type" } else { "it is not JSON" };
        unusable(reason.to_owned())
    })
}
