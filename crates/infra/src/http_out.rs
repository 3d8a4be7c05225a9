//! The one client for requests to the outside. In: method, target, headers, body. Out: status, headers and a bounded body, or why not.
//! Whoever chooses the target, nothing inside is reached unless the operator allows it; proxies of the environment, cookies and
//! compression are absent.

pub mod address;
pub mod allow;
mod guard;
mod hop;

pub use guard::{Blocked, Lookup, LookupFn, system_lookup};

use allow::AllowList;
use bytes::{Bytes, BytesMut};
use guard::{Guard, GuardedLookup, Unknown};
use hop::HopRefused;
use http::{HeaderMap, Method, StatusCode};
use reqwest::redirect::{Attempt, Policy};
use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// Bounds of every request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Time to look the name up, connect and agree on encryption.
    pub connect_timeout: Duration,
    /// Time for the whole request, the body of the answer included.
    pub timeout: Duration,
    /// Bytes of the body of an answer.
    pub body_bytes_max: usize,
    /// Headers of an answer.
    pub headers_max: usize,
    /// Bytes of the headers of an answer, names and values.
    pub header_bytes_max: usize,
    /// Redirects that are followed. Every hop is checked like the first target.
    pub redirects_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(5),
            timeout: Duration::from_secs(30),
            body_bytes_max: 1 << 20,
            headers_max: 100,
            header_bytes_max: 32 << 10,
            redirects_max: 0,
        }
    }
}

/// What the client is made of.
#[derive(Clone)]
pub struct HttpOutOptions {
    /// Inner targets that may be called.
    pub allow: AllowList,
    /// Bounds of every request.
    pub limits: Limits,
    /// How names are looked up.
    pub lookup: LookupFn,
}

impl Default for HttpOutOptions {
    fn default() -> Self {
        Self { allow: AllowList::default(), limits: Limits::default(), lookup: system_lookup() }
    }
}

impl fmt::Debug for HttpOutOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { allow, limits, lookup: _ } = self;
        f.debug_struct("HttpOutOptions").field("allow", allow).field("limits", limits).finish_non_exhaustive()
    }
}

/// The client. Cheap to clone; connections are kept and shared.
#[derive(Clone)]
pub struct HttpOut {
    client: reqwest::Client,
    guard: Arc<Guard>,
    limits: Limits,
}

impl fmt::Debug for HttpOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpOut").field("limits", &self.limits).finish_non_exhaustive()
    }
}

/// A request to the outside.
#[derive(Debug, Clone)]
pub struct Request {
    /// Method.
    pub method: Method,
    /// Where to.
    pub target: Target,
    /// Headers; `Host`, `Content-Length` and `User-Agent` are set when they are absent.
    pub headers: HeaderMap,
    /// Body; empty for none.
    pub body: Bytes,
}

/// An answer from the outside.
#[derive(Debug, Clone)]
pub struct Response {
    /// Status, whatever it is: 4xx and 5xx are answers, not errors.
    pub status: StatusCode,
    /// Headers.
    pub headers: HeaderMap,
    /// Body, never longer than the limit.
    pub body: Bytes,
}

/// An address of the web that a request may name: `http` or `https`, with a host. Its debug form hides everything but scheme and host.
#[derive(Clone, PartialEq, Eq)]
pub struct Target(Url);

impl Target {
    /// Reads a URL.
    ///
    /// # Errors
    /// [`EgressError::Url`] when it is none, [`EgressError::Blocked`] for other schemes.
    pub fn parse(text: &str) -> Result<Self, EgressError> {
        let url = Url::parse(text).map_err(|source| EgressError::Url { source })?;
        match url.scheme() {
            "http" | "https" => Ok(Self(url)),
            other => Err(Blocked::Scheme { scheme: other.to_owned() }.into()),
        }
    }

    /// The host, as it is connected to.
    #[must_use]
    pub fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default()
    }

    /// Whole, secrets included.
    #[must_use]
    pub fn url(&self) -> &Url {
        &self.0
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}/…", self.0.scheme(), self.host())
    }
}

/// Why there is no answer. No message holds more of a target than its host.
#[derive(Debug, thiserror::Error)]
pub enum EgressError {
    /// Not a URL.
    #[error("the target is not a URL")]
    Url {
        /// What is wrong.
        #[source]
        source: url::ParseError,
    },
    /// The target may not be called.
    #[error("the request was not sent")]
    Blocked(#[from] Blocked),
    /// The name leads nowhere.
    #[error("the name `{host}` cannot be looked up")]
    Unknown {
        /// Name.
        host: String,
    },
    /// No connection, or no agreement on encryption.
    #[error("cannot connect to `{host}`")]
    Connect {
        /// Host.
        host: String,
        /// The system's words.
        #[source]
        source: Box<dyn StdError + Send + Sync>,
    },
    /// The time was over.
    #[error("`{host}` did not answer in {limit_ms} ms")]
    Timeout {
        /// Host.
        host: String,
        /// The bound that was met.
        limit_ms: u128,
    },
    /// More redirects than are followed.
    #[error("`{host}` redirects more than {redirects_max} times")]
    Redirects {
        /// Host of the target.
        host: String,
        /// The bound.
        redirects_max: usize,
    },
    /// The head of the answer is too large.
    #[error("`{host}` answers with more headers than are taken ({header_bytes_max} bytes)")]
    HeadTooLarge {
        /// Host.
        host: String,
        /// The bound.
        header_bytes_max: usize,
    },
    /// The body of the answer is too large.
    #[error("`{host}` answers with more than {body_bytes_max} bytes")]
    BodyTooLarge {
        /// Host.
        host: String,
        /// The bound.
        body_bytes_max: usize,
    },
    /// The connection broke, or what came is not HTTP.
    #[error("the exchange with `{host}` broke off")]
    Broken {
        /// Host.
        host: String,
        /// What happened.
        #[source]
        source: Box<dyn StdError + Send + Sync>,
    },
}

impl EgressError {
    /// Whether the same request may succeed later without anybody changing anything.
    #[must_use]
    pub fn is_worth_retrying(&self) -> bool {
        match self {
            Self::Unknown { .. } | Self::Connect { .. } | Self::Timeout { .. } | Self::Broken { .. } => true,
            Self::Url { .. }
            | Self::Blocked(_)
            | Self::Redirects { .. }
            | Self::HeadTooLarge { .. }
            | Self::BodyTooLarge { .. } => false,
        }
    }
}

/// The client cannot be made.
#[derive(Debug, thiserror::Error)]
#[error("cannot make the client for requests to the outside")]
pub struct BuildError(#[source] Box<dyn StdError + Send + Sync>);

impl HttpOut {
    /// Makes the client. Does nothing on the network.
    ///
    /// # Errors
    /// When the encryption library refuses its own settings.
    pub fn new(options: HttpOutOptions) -> Result<Self, BuildError> {
        let HttpOutOptions { allow, limits, lookup } = options;
        let guard = Arc::new(Guard { allow, lookup });
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(tls()?)
            .no_proxy()
            .dns_resolver(GuardedLookup(Arc::clone(&guard)))
            .redirect(redirects(Arc::clone(&guard), limits.redirects_max))
            .referer(false)
            .retry(reqwest::retry::never())
            .connect_timeout(limits.connect_timeout)
            .pool_idle_timeout(Duration::from_secs(60))
            .pool_max_idle_per_host(8)
            .http1_max_headers(limits.headers_max)
            .http2_max_header_list_size(u32::try_from(limits.header_bytes_max).unwrap_or(u32::MAX))
            .user_agent(concat!("backstay/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| BuildError(error.into()))?;
        Ok(Self { client, guard, limits })
    }

    /// Sends a request and takes the whole answer.
    ///
    /// # Errors
    /// Named by [`EgressError`]; a status of 4xx or 5xx is none.
    pub async fn send(&self, request: Request) -> Result<Response, EgressError> {
        self.guard.check_url(request.target.url())?;
        let host = request.target.host().to_owned();
        match tokio::time::timeout(self.limits.timeout, self.exchange(request, &host)).await {
            Ok(outcome) => outcome,
            Err(_) => Err(EgressError::Timeout { host, limit_ms: self.limits.timeout.as_millis() }),
        }
    }

    async fn exchange(&self, request: Request, host: &str) -> Result<Response, EgressError> {
        let Request { method, target, headers, body } = request;
        let sent = self.client.request(method, target.0).headers(headers).body(body).send().await;
        let mut answer = sent.map_err(|error| self.explain(error, host))?;
        let header_bytes: usize = answer.headers().iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
        if header_bytes > self.limits.header_bytes_max {
            let header_bytes_max = self.limits.header_bytes_max;
            return Err(EgressError::HeadTooLarge { host: host.to_owned(), header_bytes_max });
        }
        let body_bytes_max = self.limits.body_bytes_max;
        let too_large = || EgressError::BodyTooLarge { host: host.to_owned(), body_bytes_max };
        let announced = answer.content_length().and_then(|length| usize::try_from(length).ok());
        if announced.is_some_and(|length| length > body_bytes_max) {
            return Err(too_large());
        }
        let mut body = BytesMut::new();
        while let Some(chunk) = answer.chunk().await.map_err(|error| self.explain(error, host))? {
            if body.len().saturating_add(chunk.len()) > body_bytes_max {
                return Err(too_large());
            }
            body.extend_from_slice(&chunk);
        }
        let headers = std::mem::take(answer.headers_mut());
        Ok(Response { status: answer.status(), headers, body: body.freeze() })
    }

    /// Finds what the client's error is about.
    fn explain(&self, error: reqwest::Error, host: &str) -> EgressError {
        let host = host.to_owned();
        if let Some(blocked) = cause::<Blocked>(&error) {
            return EgressError::Blocked(blocked.clone());
        }
        if let Some(unknown) = cause::<Unknown>(&error) {
            return EgressError::Unknown { host: unknown.host.clone() };
        }
        if cause::<TooManyRedirects>(&error).is_some() {
            return EgressError::Redirects { host, redirects_max: self.limits.redirects_max };
        }
        if error.is_timeout() {
            let limit = if error.is_connect() { self.limits.connect_timeout } else { self.limits.timeout };
            return EgressError::Timeout { host, limit_ms: limit.as_millis() };
        }
        let is_connect = error.is_connect();
        let source = Box::new(error.without_url());
        if is_connect { EgressError::Connect { host, source } } else { EgressError::Broken { host, source } }
    }
}

/// The first error of a kind in a chain of causes.
fn cause<'a, E: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a E> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        next = error.source();
    }
    None
}

#[derive(Debug, thiserror::Error)]
#[error("too many redirects")]
struct TooManyRedirects;

/// Without redirects their answers are handed over as they are. With them every hop is checked.
fn redirects(guard: Arc<Guard>, redirects_max: usize) -> Policy {
    if redirects_max == 0 {
        return Policy::none();
    }
    Policy::custom(move |attempt: Attempt<'_>| {
        match hop::check(&guard, attempt.previous(), attempt.url(), redirects_max) {
            Ok(()) => attempt.follow(),
            Err(HopRefused::TooMany) => attempt.error(TooManyRedirects),
            Err(HopRefused::Blocked(blocked)) => attempt.error(blocked),
        }
    })
}

/// TLS 1.2 and 1.3 with the web's own roots, on one named provider, so that no other crate's choice changes it.
fn tls() -> Result<rustls::ClientConfig, BuildError> {
    let roots = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let versions = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let mut config =
        versions.map_err(|error| BuildError(error.into()))?.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}
