//! Puts the parts of the server together. In: settings and a checked schema. Out: an open engine, an `App`.

use crate::config::{Config, Durability, ProxyHeader};
use crate::counts::counts;
use crate::problem::Problem;
use crate::sign_in::{self, Server};
use crate::sources::{self, SourceFile};
use crate::terminal;
use crate::{findings, graphql, project};
use backstay_auth::{Auth, DeclaredRoles, Verifier, VerifierOptions};
use backstay_edge::app::{self, App, CorsOrigins};
use backstay_edge::client_address::{self, TrustedProxies};
use backstay_engine::store::{Database, mysql, postgres, sqlite};
use backstay_engine::{Engine, OpenError, OpenOptions};
use backstay_infra::cidr::Cidr;
use backstay_schema::model::Dialect;
use backstay_schema::{Diagnostic, Schema, Severity, Source};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use uuid::Uuid;

/// A schema that was read and checked.
pub(crate) struct Checked {
    /// The schema; `None` when a finding is an error.
    pub schema: Option<Arc<Schema>>,
    /// Its files.
    pub files: Vec<SourceFile>,
    /// All findings.
    pub diagnostics: Vec<Diagnostic>,
}

/// Reads and checks a schema.
///
/// # Errors
/// Files that cannot be read. Mistakes in the schema are findings.
pub(crate) fn check(schema: &Path) -> Result<Checked, Problem> {
    let files = sources::read(schema)?;
    let sources: Vec<Source> =
        files.iter().map(|file| Source { name: file.name.clone(), text: file.text.clone() }).collect();
    let parsed = backstay_schema::parse(&sources);
    let failed = findings::count(&parsed.diagnostics, Severity::Error) > 0;
    Ok(Checked { schema: parsed.schema.filter(|_| !failed).map(Arc::new), files, diagnostics: parsed.diagnostics })
}

/// The same, with what the database of the settings does not have.
///
/// # Errors
/// As [`check`].
pub(crate) fn check_here(config: &Config) -> Result<Checked, Problem> {
    let mut checked = check(&config.schema)?;
    let lacking = checked.schema.as_ref().map(|schema| lacking(schema, config)).unwrap_or_default();
    if findings::count(&lacking, Severity::Error) > 0 {
        checked.schema = None;
    }
    checked.diagnostics.extend(lacking);
    Ok(checked)
}

/// What a schema asks for and the database of the settings does not have.
fn lacking(schema: &Schema, config: &Config) -> Vec<Diagnostic> {
    let dialect = match place(config) {
        Ok(Place::File(_)) => Dialect::Sqlite,
        Ok(Place::Postgres(_)) => Dialect::Postgres,
        Ok(Place::Mysql(_)) => Dialect::Mysql,
        // An address that cannot be used is told of when it is.
        Err(_) => return Vec::new(),
    };
    backstay_schema::fit::findings(schema, dialect)
}

/// Reads and checks a schema for the database of the settings; mistakes are shown, and what has no effect there.
///
/// # Errors
/// As [`schema`].
pub(crate) fn schema_here(config: &Config) -> Result<Arc<Schema>, Problem> {
    let mut checked = check_here(config)?;
    if let Some(schema) = checked.schema.clone() {
        checked.diagnostics = lacking(&schema, config);
        show(&checked, Severity::Warning);
    }
    accepted(checked, &config.schema)
}

/// As [`schema_here`]; what was probably not meant is shown too.
///
/// # Errors
/// As [`schema`].
pub(crate) fn schema_with_warnings(config: &Config) -> Result<Arc<Schema>, Problem> {
    let checked = check_here(config)?;
    if checked.schema.is_some() {
        show(&checked, Severity::Warning);
    }
    accepted(checked, &config.schema)
}

/// Reads and checks a schema; mistakes are shown.
///
/// # Errors
/// Files that cannot be read, or a schema with mistakes.
pub(crate) fn schema(path: &Path) -> Result<Arc<Schema>, Problem> {
    accepted(check(path)?, path)
}

/// Shows the findings of one kind, if there are any.
pub(crate) fn show(checked: &Checked, severity: Severity) {
    let found: Vec<Diagnostic> = checked.diagnostics.iter().filter(|d| d.severity == severity).cloned().collect();
    if !found.is_empty() {
        terminal::message(&findings::text(&checked.files, &found));
    }
}

fn accepted(checked: Checked, path: &Path) -> Result<Arc<Schema>, Problem> {
    if checked.schema.is_none() {
        show(&checked, Severity::Error);
    }
    checked.schema.ok_or_else(|| {
        Problem::new(format!("the schema {} has {}", path.display(), findings::summary(&checked.diagnostics)))
            .help(format!("mend it; see everything with: backstay check {}", path.display()))
    })
}

/// Opens the database of the settings for a schema. Tables are not touched.
///
/// # Errors
/// Named for what a person can do about it; nothing was changed.
pub(crate) fn engine(schema: Arc<Schema>, config: &Config) -> Result<Engine, Problem> {
    open(schema, config)?.map_err(|error| open_problem(&error, Some(config)))
}

/// The same, for whoever has something else to do when it cannot be opened.
///
/// # Errors
/// Settings that cannot be used.
pub(crate) fn open(schema: Arc<Schema>, config: &Config) -> Result<Result<Engine, OpenError>, Problem> {
    let options = open_options(config, &schema)?;
    Ok(Engine::open(schema, options))
}

/// An engine that plans requests and runs none: beside a file, on a database of its own in an empty folder; else on the database
/// of the settings.
///
/// # Errors
/// The folder or the database cannot be used.
pub(crate) fn explaining_engine(schema: Arc<Schema>, folder: &Path, config: &Config) -> Result<Engine, Problem> {
    let options = open_options(config, &schema)?;
    let database = match options.database {
        Database::Sqlite { settings, .. } => Database::Sqlite { path: folder.join("scratch.db"), settings },
        server @ (Database::Postgres { .. } | Database::Mysql { .. }) => server,
    };
    Engine::open(schema, OpenOptions { database, explain: true, ..options })
        .map_err(|error| open_problem(&error, Some(config)))
}

/// The database's file in a data folder.
const DATABASE_FILE: &str = "backstay.db";

/// A database, by what it is kept in.
pub(crate) enum Place {
    /// A file: where it is or will be.
    File(PathBuf),
    /// A PostgreSQL server.
    Postgres(postgres::Address),
    /// A MySQL or MariaDB server.
    Mysql(mysql::Address),
}

/// Where the database of the settings is.
///
/// # Errors
/// A database that this version does not speak, or an address that cannot be read.
pub(crate) fn place(config: &Config) -> Result<Place, Problem> {
    match &config.database_url {
        Some(url) => place_of("database_url", url.reveal(), &config.data_dir),
        None => Ok(Place::File(config.data_dir.join(DATABASE_FILE))),
    }
}

/// Where the database of an address is. `given` is what the person calls the address.
///
/// # Errors
/// As [`place`].
pub(crate) fn place_of(given: &str, url: &str, data_dir: &Path) -> Result<Place, Problem> {
    let (scheme, rest) = url.split_once(':').unwrap_or((url, ""));
    match scheme {
        "sqlite" => match rest.trim_start_matches("//") {
            "" => Ok(Place::File(data_dir.join(DATABASE_FILE))),
            path => Ok(Place::File(PathBuf::from(path))),
        },
        "postgres" | "postgresql" => postgres::Address::parse(url).map(Place::Postgres).map_err(|error| {
            Problem::new(format!("{given} cannot be used: {error}"))
                .help("write it as postgres://USER:PASSWORD@HOST:PORT/NAME?sslmode=verify-full")
        }),
        "mysql" | "mariadb" => mysql::Address::parse(url).map(Place::Mysql).map_err(|error| {
            Problem::new(format!("{given} cannot be used: {error}"))
                .help("write it as mysql://USER:PASSWORD@HOST:PORT/NAME?ssl-mode=VERIFY_IDENTITY")
        }),
        "mongodb" => Err(Problem::new(format!("{given} names `{scheme}`, which this version does not support"))
            .help("use sqlite:PATH, postgres://… or mysql://…")),
        _ => Err(Problem::new(format!("{given} is not the address of a database"))
            .help("sqlite:PATH, for example sqlite:/var/lib/backstay/app.db, or postgres://USER:PASSWORD@HOST/NAME")),
    }
}

/// The database file of the settings, for what works on files.
///
/// # Errors
/// As [`place`]; or the database is no file.
pub(crate) fn database_file(config: &Config) -> Result<PathBuf, Problem> {
    match place(config)? {
        Place::File(path) => Ok(path),
        Place::Postgres(address) => Err(on_a_server(&address)
            .help("use the tools of the server, such as pg_dump and pg_restore; the data folder holds the keys")),
        Place::Mysql(address) => Err(on_a_server(&address)
            .help("use the tools of the server, such as mysqldump and mysql; the data folder holds the keys")),
    }
}

fn on_a_server(address: &impl std::fmt::Display) -> Problem {
    Problem::new(format!("the database is on a server ({address}), and this command works on a file"))
}

/// A server over an open engine, with sign-in. `url` is where clients reach it.
///
/// # Errors
/// Keys that cannot be made or read, proxies that are no addresses, settings that sign-in cannot use.
pub(crate) async fn app(
    engine: Engine,
    config: &Config,
    url: &str,
    server: Server,
) -> Result<(App, Arc<Auth>), Problem> {
    let keys = project::keys(config)?;
    let counted = engine.clone();
    let changes =
        move |user: Uuid| counted.accounts().stamp(user.hyphenated().encode_lower(&mut Uuid::encode_buffer()));
    let verifier = Arc::new(Verifier::new(VerifierOptions {
        secret: Some(keys.secret.clone()),
        legacy_hs256: config.auth.legacy_keys,
        anon_key: Some(keys.anon.clone()),
        service_key: Some(keys.service.clone()),
        issuer: Some(format!("{url}/auth/v1")),
        roles: DeclaredRoles::of(&engine.schema()),
        changes: Some(Arc::new(changes)),
        cached_tokens_max: config.auth.token_cache_entries_max,
        ..VerifierOptions::default()
    }));
    let held = sign_in::Held { keys: &keys, verifier: Arc::clone(&verifier) };
    let auth = sign_in::start(&engine, config, held, url, server).await?;
    Ok((App::new(engine, verifier, app_config(config, server)?).with_auth(Arc::clone(&auth)), auth))
}

fn trusted_proxies(server: &crate::config::Server) -> Result<TrustedProxies, Problem> {
    let networks = server.trusted_proxies.iter().map(|text| Cidr::parse(text)).collect::<Result<_, _>>();
    let networks = networks.map_err(|error| {
        Problem::usage(format!("the setting `server.trusted_proxies`: {error}"))
            .help("for example [\"127.0.0.1\", \"10.0.0.0/8\", \"fd00::/8\"]")
    })?;
    let header = match server.proxy_header {
        ProxyHeader::XForwardedFor => client_address::ProxyHeader::XForwardedFor,
        ProxyHeader::Forwarded => client_address::ProxyHeader::Forwarded,
    };
    Ok(TrustedProxies { networks, header })
}

fn app_config(config: &Config, server: Server) -> Result<app::Config, Problem> {
    let size = |size: crate::config::units::Size| usize::try_from(size.bytes()).unwrap_or(usize::MAX);
    let any = config.cors.origins.iter().any(|origin| origin == "*");
    Ok(app::Config {
        body_bytes_max: size(config.server.body_max),
        header_bytes_max: size(config.server.header_max),
        header_timeout: config.server.header_timeout.duration(),
        request_timeout: config.server.request_timeout.duration(),
        connections_max: usize::try_from(config.server.connections_max).unwrap_or(usize::MAX),
        requests_max: usize::try_from(config.server.requests_max).unwrap_or(usize::MAX),
        shutdown_grace: config.server.shutdown_grace.duration(),
        cors: if any { CorsOrigins::Any } else { CorsOrigins::Listed(config.cors.origins.clone()) },
        cookies: app::Cookies {
            origins: config.auth.cookies.origins.clone(),
            default: config.auth.cookies.default,
            strict: config.auth.cookies.strict,
        },
        rest_alias: config.rest.alias.clone(),
        tx_override: config.rest.tx_override,
        rest_root: config.rest.root,
        strict_embed_names: config.rest.strict_embed_names,
        graphql: graphql::settings(config, server)?,
        anonymous: config.auth.anonymous,
        external_url: config.external_url.clone(),
        trusted_proxies: trusted_proxies(&config.server)?,
        hsts: config.server.keeps_to_https(),
        server_timing: config.server.timing,
        metrics_public: config.server.metrics_public,
    })
}

fn count(count: u32) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

fn sqlite_settings(config: &Config) -> sqlite::Settings {
    let defaults = sqlite::Settings::default();
    sqlite::Settings {
        durability: match config.sqlite.durability {
            Durability::Full => sqlite::Durability::Full,
            Durability::Normal => sqlite::Durability::Normal,
        },
        readers: config.sqlite.readers.map_or(defaults.readers, |readers| usize::from(readers).max(1)),
        queue_max: count(config.sqlite.queue_max),
        batch_max: count(config.sqlite.batch_max),
        batch_time_max: config.sqlite.batch_time_max.duration(),
        budget: config.sqlite.statement_timeout.duration(),
        answer_bytes_max: usize::try_from(config.sqlite.answer_max.bytes()).unwrap_or(usize::MAX),
        ..defaults
    }
}

fn mysql_settings(config: &Config) -> mysql::Settings {
    let of = &config.mysql;
    mysql::Settings {
        connections_max: usize::from(of.connections_max),
        queue_max: count(of.queue_max),
        queue_wait_max: of.queue_wait_max.duration(),
        budget: of.statement_timeout.duration(),
        answer_bytes_max: usize::try_from(of.answer_max.bytes()).unwrap_or(usize::MAX),
    }
}

/// The servers that reads go to.
///
/// # Errors
/// One of the addresses is none.
pub(crate) fn followers(config: &Config) -> Result<Vec<postgres::Address>, Problem> {
    let addresses =
        config.postgres.replicas.as_ref().map(|addresses| addresses.reveal().to_owned()).unwrap_or_default();
    let follower = |address: &str| {
        postgres::Address::parse(address).map_err(|error| {
            Problem::new(format!("postgres.replicas cannot be used: {error}"))
                .help("addresses with blanks between them, each as postgres://USER:PASSWORD@HOST:PORT/NAME")
        })
    };
    addresses.split_whitespace().map(follower).collect()
}

fn postgres_settings(config: &Config) -> Result<postgres::Settings, Problem> {
    let of = &config.postgres;
    Ok(postgres::Settings {
        connections_max: usize::from(of.connections_max),
        queue_max: count(of.queue_max),
        queue_wait_max: of.queue_wait_max.duration(),
        budget: of.statement_timeout.duration(),
        answer_bytes_max: usize::try_from(of.answer_max.bytes()).unwrap_or(usize::MAX),
        prepares: of.prepared_statements,
        replicas: followers(config)?,
        replica_lag_max: of.replica_lag_max.duration(),
    })
}

fn open_options(config: &Config, schema: &Schema) -> Result<OpenOptions, Problem> {
    open_options_at(place(config)?, config, schema)
}

/// Opens a database for a schema, with the settings but for where it is. Tables are not touched.
///
/// # Errors
/// Named for what a person can do about it; nothing was changed.
pub(crate) fn engine_at(place: Place, schema: Arc<Schema>, config: &Config) -> Result<Engine, Problem> {
    let options = open_options_at(place, config, &schema)?;
    Engine::open(schema, options).map_err(|error| open_problem(&error, None))
}

fn open_options_at(place: Place, config: &Config, schema: &Schema) -> Result<OpenOptions, Problem> {
    let (options, plans_max) = match place {
        Place::File(path) => (OpenOptions::sqlite(path, sqlite_settings(config)), config.sqlite.plan_cache_entries_max),
        Place::Postgres(address) => {
            (OpenOptions::postgres(address, postgres_settings(config)?), config.postgres.plan_cache_entries_max)
        }
        Place::Mysql(address) => {
            (OpenOptions::mysql(address, mysql_settings(config)), config.mysql.plan_cache_entries_max)
        }
    };
    Ok(OpenOptions {
        limits: config.limits.plan(&config.graphql),
        plans_max: count(plans_max),
        protected_role: sign_in::protected_role(config, schema),
        counts: config.redis_url.as_ref().map(|url| counts(url.reveal())).transpose()?,
        ..options
    })
}

pub(crate) fn open_problem(error: &OpenError, config: Option<&Config>) -> Problem {
    let message = match std::error::Error::source(error) {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    };
    let other = match config {
        Some(config) => format!("or choose another data folder than {}: --data DIR", config.data_dir.display()),
        None => "or choose another data folder: --data DIR".to_owned(),
    };
    let next = match error {
        OpenError::Missing { .. } => format!("start a server once, which makes it, {other}"),
        OpenError::InUse { .. } => format!("stop the server that uses it, {other}"),
        OpenError::ReadOnly { .. } => format!("give this user the right to write there, {other}"),
        OpenError::DiskFull { .. } => format!("make room, {other}"),
        OpenError::NotOurs { .. } => format!("move that file away, {other}"),
        OpenError::NewerFormat { .. } => format!("start a newer backstay, {other}"),
        OpenError::Damaged { .. } => format!("restore it from a backup, {other}"),
        OpenError::ForeignLog { log, .. } => {
            format!(
                "restore both from one backup; or, when the file is the one to keep, move {} away, {other}",
                log.display()
            )
        }
        OpenError::Schema(_) => "change the rule that it names; `backstay check` shows where it stands".to_owned(),
        OpenError::Directory { .. } | OpenError::Sqlite { .. } => {
            format!("check that this user may read and write there, {other}")
        }
    };
    Problem::new(message).help(next)
}
