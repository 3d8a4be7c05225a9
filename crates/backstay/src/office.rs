//! Administration from the command line. In: a request of the admin API. Out: its answer, as JSON.
//! A server that runs is asked over HTTP, since the database is its own; else the same code answers here.

use crate::cli::Project;
use crate::config::Config;
use crate::problem::Problem;
use crate::sign_in::Server;
use crate::{assemble, commands, migration, project};
use backstay_auth::Auth;
use backstay_edge::app::App;
use backstay_engine::{Engine, OpenError};
use backstay_infra::http_out::{self, HttpOut, HttpOutOptions, Target};
use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use http::{Method, StatusCode};
use serde_json::Value;
use std::path::PathBuf;
use std::sync::Arc;

const APIKEY: HeaderName = HeaderName::from_static("apikey");
const VERSION: HeaderName = HeaderName::from_static("x-supabase-api-version");

/// Where requests are answered.
pub(crate) enum Office {
    /// In this process, which has the database to itself.
    Here(Box<Here>),
    /// At the server that has the database.
    Server(Box<Remote>),
}

pub(crate) struct Here {
    app: App,
    auth: Arc<Auth>,
    engine: Engine,
}

pub(crate) struct Remote {
    out: HttpOut,
    url: String,
    key: String,
}

impl Office {
    /// Opens the database of a project, or finds the server that has it.
    ///
    /// # Errors
    /// Named for what a person can do about it.
    pub(crate) async fn open(place: &Project, file: Option<PathBuf>) -> Result<(Self, Config), Problem> {
        let config = project::settings(place, file, None)?;
        let schema = assemble::schema(&config.schema)?;
        let engine = match assemble::open(Arc::clone(&schema), &config)? {
            Ok(engine) => engine,
            Err(OpenError::InUse { .. }) => return Ok((Self::Server(Box::new(remote(&config)?)), config)),
            Err(error) => return Err(assemble::open_problem(&error, Some(&config))),
        };
        migration::apply_additions(&engine, &schema, &config).await?;
        let url = config.external_url.clone().unwrap_or_else(|| loopback(&config));
        let (app, auth) = assemble::app(engine.clone(), &config, &url, Server::Production).await?;
        Ok((Self::Here(Box::new(Here { app, auth, engine })), config))
    }

    /// Asks, and gives the answer's JSON.
    ///
    /// # Errors
    /// What the administration says no to, in its own words.
    pub(crate) async fn ask(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Value, Problem> {
        let body = Bytes::from(body.map(Value::to_string).unwrap_or_default());
        let (status, body) = match self {
            Self::Here(here) => {
                let request = http::Request::builder()
                    .method(method)
                    .uri(format!("/auth/v1{path}"))
                    .header(VERSION, "2024-01-01")
                    .body(body)
                    .map_err(|error| Problem::new(format!("cannot ask for {path}: {error}")))?;
                let response = backstay_edge::administer(&here.app, &here.auth, request).await;
                (response.status(), response.into_body())
            }
            Self::Server(remote) => remote.send(method, path, body).await?,
        };
        let value = if body.is_empty() {
            Value::Null
        } else {
            serde_json::from_slice(&body).map_err(|error| Problem::new(format!("the answer is not JSON: {error}")))?
        };
        if status.is_success() { Ok(value) } else { Err(refused(status, &value)) }
    }

    /// Closes the database. Mails that were queued leave when a server runs.
    pub(crate) async fn close(self) {
        if let Self::Here(here) = self {
            let Here { app, auth, engine } = *here;
            drop((app, auth));
            commands::close(engine).await;
        }
    }
}

impl Remote {
    async fn send(&self, method: Method, path: &str, body: Bytes) -> Result<(StatusCode, Bytes), Problem> {
        let target = Target::parse(&format!("{}/auth/v1{path}", self.url))
            .map_err(|error| Problem::new(format!("cannot ask {}: {error}", self.url)))?;
        let key = HeaderValue::try_from(&self.key).map_err(|_| Problem::new("the service key fits in no header"))?;
        let mut headers = HeaderMap::new();
        headers.insert(APIKEY, key);
        headers.insert(VERSION, HeaderValue::from_static("2024-01-01"));
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let sent = self.out.send(http_out::Request { method, target, headers, body }).await;
        let response = sent.map_err(|error| {
            Problem::new(format!("a server uses the database, and does not answer at {}: {error}", self.url))
                .help("say where it listens: BACKSTAY_LISTEN=127.0.0.1:8000, or `external_url` in the settings")
        })?;
        Ok((response.status, response.body))
    }
}

/// The server that has the database: at the address that the settings say it listens at.
fn remote(config: &Config) -> Result<Remote, Problem> {
    let url = loopback(config);
    let host = url.split("://").nth(1).unwrap_or_default();
    let host = host.rsplit_once(':').map_or(host, |(host, _)| host);
    let options = HttpOutOptions::default();
    let allow = options.allow.clone().with_host(host.trim_matches(['[', ']']));
    let out = HttpOut::new(HttpOutOptions { allow, ..options })
        .map_err(|error| Problem::new(format!("no requests can be made: {error}")))?;
    Ok(Remote { out, url, key: project::keys(config)?.service })
}

/// Where a server with these settings is reached from its own machine.
fn loopback(config: &Config) -> String {
    let (host, port) = config.listen.rsplit_once(':').unwrap_or((&config.listen, "8000"));
    let host = match host {
        "0.0.0.0" | "" => "127.0.0.1",
        "[::]" => "[::1]",
        host => host,
    };
    format!("http://{host}:{port}")
}

fn refused(status: StatusCode, body: &Value) -> Problem {
    let text = |key: &str| body.get(key).and_then(Value::as_str);
    let message = text("message").or_else(|| text("msg")).unwrap_or("the server gives no reason");
    let problem = Problem::new(message.to_owned());
    let next = match text("code") {
        Some("user_not_found") => "see the accounts with: backstay users list",
        Some("last_admin") => "make another administrator first: backstay users set-role WHO ROLE",
        Some("weak_password") => "choose a longer one that nobody knows, or let one be made",
        Some("email_exists") => "see it with: backstay users show EMAIL",
        _ if status == StatusCode::UNAUTHORIZED => {
            "the server refuses the service key of this data folder: is it another server, or is `auth.legacy_keys` off?"
        }
        _ => return problem,
    };
    problem.help(next)
}
