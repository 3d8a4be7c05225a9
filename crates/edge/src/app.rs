//! What every request handler is given: the engine, the keys, the settings, the meters.
//! Built once by the program; nothing here changes while it serves except what the fields guard themselves.

use crate::client_address::TrustedProxies;
use crate::cookies::CookieSessions;
use crate::docs::Documents;
use crate::graphql::{self, Graphql};
use crate::metrics::Metrics;
use crate::rest;
use crate::server::gate::Gate;
use backstay_auth::{AccountFacts, Auth, Verifier};
use backstay_engine::Engine;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// The parts of a running server.
pub struct App {
    /// Runs requests.
    pub engine: Engine,
    /// Checks credentials.
    pub verifier: Arc<Verifier>,
    /// Answers whether a session still holds; without it the tokens of sessions are refused.
    pub accounts: Option<Arc<dyn AccountFacts>>,
    /// Sign-in; without it there is no `/auth/v1`.
    pub auth: Option<Arc<Auth>>,
    /// Rules of sessions in cookies; there are none without sign-in.
    pub(crate) cookies: Option<CookieSessions>,
    /// Settings.
    pub config: Config,
    /// Counters, rendered at `/metrics`.
    pub metrics: Metrics,
    /// OpenAPI documents that are ready.
    pub documents: Documents,
    /// Whether there is time for one more request.
    pub(crate) gate: Arc<Gate>,
    /// What GraphQL keeps ready.
    pub graphql: Graphql,
}

impl App {
    /// A server over an open engine, on its clock.
    #[must_use]
    pub fn new(engine: Engine, verifier: impl Into<Arc<Verifier>>, config: Config) -> Self {
        Self {
            engine,
            graphql: Graphql::new(config.graphql.clone()),
            verifier: verifier.into(),
            accounts: None,
            auth: None,
            cookies: None,
            gate: Gate::new(config.requests_max),
            config,
            metrics: Metrics::new(),
            documents: Documents::default(),
        }
    }

    /// The same with sign-in, which also answers whether a session still holds.
    #[must_use]
    pub fn with_auth(self, auth: Arc<Auth>) -> Self {
        let cookies = CookieSessions::new(&self.config.cookies, &auth.settings().external_url);
        Self {
            accounts: Some(Arc::clone(&auth) as Arc<dyn AccountFacts>),
            auth: Some(auth),
            cookies: Some(cookies),
            ..self
        }
    }

    /// Seconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub fn now_unix_s(&self) -> i64 {
        self.engine.clock().now_micros().div_euclid(1_000_000)
    }
}

impl<'a> From<&'a App> for rest::Service<'a> {
    fn from(app: &'a App) -> Self {
        let config = &app.config;
        Self {
            engine: &app.engine,
            limits: app.engine.limits(),
            tx_override: config.tx_override,
            server_timing: config.server_timing,
            strict_embed_names: config.strict_embed_names,
        }
    }
}

impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("App").field("config", &self.config).finish_non_exhaustive()
    }
}

/// Settings of the HTTP side.
#[derive(Debug, Clone)]
pub struct Config {
    /// Largest request body, bytes; a larger one is answered with 413.
    pub body_bytes_max: usize,
    /// Largest request head, bytes; a larger one is answered with 431.
    pub header_bytes_max: usize,
    /// Time for a client to send a request head; also how long an idle connection is kept.
    pub header_timeout: Duration,
    /// Time for a whole request, its body included; after it the answer is 408 or 504.
    pub request_timeout: Duration,
    /// Open connections; further ones are answered with 503 at once.
    pub connections_max: usize,
    /// Requests under way at once; further ones are answered with 503 at once, and fewer are let in where that many would wait long.
    pub requests_max: usize,
    /// Time that running requests get to finish after the stop signal.
    pub shutdown_grace: Duration,
    /// Which web pages may call the API.
    pub cors: CorsOrigins,
    /// Sessions in cookies.
    pub cookies: Cookies,
    /// A second path prefix for the REST API, such as `/api`; empty serves it at the root too.
    pub rest_alias: Option<String>,
    /// Whether `Prefer: tx=rollback` and `tx=commit` are obeyed.
    pub tx_override: bool,
    /// Whether the root of the REST API describes it.
    pub rest_root: bool,
    /// Whether an embed that has an alias is known by that alone.
    pub strict_embed_names: bool,
    /// GraphQL.
    pub graphql: graphql::Settings,
    /// Whether callers without a credential are let in as anonymous.
    pub anonymous: bool,
    /// Address under which clients reach the server; used in documents. Never taken from a request.
    pub external_url: Option<String>,
    /// Whose word about the client's address is taken.
    pub trusted_proxies: TrustedProxies,
    /// Whether clients are told to use HTTPS only. Set it when the server is reached by HTTPS.
    pub hsts: bool,
    /// Whether answers carry `Server-Timing`.
    pub server_timing: bool,
    /// Whether `/metrics` is open to everybody; else it answers the machine itself and the service key.
    pub metrics_public: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            body_bytes_max: 10 * 1024 * 1024,
            header_bytes_max: 64 * 1024,
            header_timeout: Duration::from_secs(10),
            request_timeout: Duration::from_secs(30),
            connections_max: 10_000,
            requests_max: 1_024,
            shutdown_grace: Duration::from_secs(10),
            cors: CorsOrigins::Any,
            cookies: Cookies::default(),
            rest_alias: None,
            tx_override: false,
            rest_root: true,
            strict_embed_names: false,
            graphql: graphql::Settings::default(),
            anonymous: true,
            external_url: None,
            trusted_proxies: TrustedProxies::default(),
            hsts: false,
            server_timing: false,
            metrics_public: false,
        }
    }
}

/// Sessions in cookies, for pages that keep no tokens.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cookies {
    /// Origins besides the server's own whose pages may have cookies and write with them.
    pub origins: Vec<String>,
    /// Whether those get cookies without asking.
    pub default: bool,
    /// Whether the access token that scripts get lives for a minute only.
    pub strict: bool,
}

/// Origins of web pages that may call the API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CorsOrigins {
    /// Every origin.
    Any,
    /// These, compared as text, such as `https://app.example.org`.
    Listed(Vec<String>),
}
