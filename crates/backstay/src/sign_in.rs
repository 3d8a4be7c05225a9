//! Makes sign-in from the settings, and sends its mails while the server runs. In: settings, keys, an open engine. Out: a ready [`Auth`].

use crate::config::sign_in::{self, Profile, Signup};
use crate::config::{Config, Mail};
use crate::problem::Problem;
use backstay_auth::limits::LimiterOptions;
use backstay_auth::password::{HashSettings, PoolSize};
use backstay_auth::policy::Policy;
use backstay_auth::provider::ProviderSettings;
use backstay_auth::redirect::Loopback;
use backstay_auth::service::{Parts, StartError};
use backstay_auth::settings::{self, Settings};
use backstay_auth::{Auth, Keys, Verifier};
use backstay_engine::Engine;
use backstay_infra::http_out::allow::AllowList;
use backstay_infra::http_out::{HttpOut, HttpOutOptions, Limits, Target};
use backstay_infra::mail::message::Mailbox;
use backstay_infra::mail::{self, MailUrl};
use backstay_infra::template::Templates;
use backstay_schema::Schema;
use backstay_schema::model::DefaultValue;
use rand::rngs::{StdRng, SysRng};
use rand::{SeedableRng as _, TryRng as _};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// Which server this is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Server {
    /// On a developer's machine.
    Development,
    /// For others.
    Production,
}

/// What the rest of the server holds too.
pub(crate) struct Held<'a> {
    /// Secrets of the data folder.
    pub keys: &'a Keys,
    /// Checks tokens.
    pub verifier: Arc<Verifier>,
}

/// Makes sign-in ready. `url` is where clients reach the server.
///
/// # Errors
/// Named for what a person can do about it.
pub(crate) async fn start(
    engine: &Engine,
    config: &Config,
    Held { keys, verifier }: Held<'_>,
    url: &str,
    server: Server,
) -> Result<Arc<Auth>, Problem> {
    let password = &config.auth.password;
    let memory_kib = u32::try_from(password.argon2_memory.bytes() / 1024).unwrap_or(u32::MAX);
    let hashing = HashSettings::new(memory_kib, password.argon2_time)
        .or_else(|_| HashSettings::lowered(memory_kib, password.argon2_time))
        .map_err(|error| Problem::new(format!("auth.password: {error}")))?;
    let mut seed = [0_u8; 32];
    SysRng.try_fill_bytes(&mut seed).map_err(|_| Problem::new("the operating system gives no random bytes"))?;
    let templates = Templates::load(config.mail.templates.as_deref())
        .map_err(|error| Problem::new(format!("{error}")).help("see them all with: backstay mail preview"))?;
    let parts = Parts {
        engine: engine.clone(),
        settings: settings(config, &engine.schema(), url),
        hashing,
        pool: PoolSize::for_cores(std::thread::available_parallelism().map_or(2, usize::from)),
        policy: Policy { length_min: password.min_length.into(), ..Policy::default() },
        limits: limits(config),
        loopback: match server {
            Server::Development => Loopback::AnyPort,
            Server::Production => Loopback::AsListed,
        },
        master: keys.master.clone(),
        verifier,
        templates,
        http: http(config)?,
        rng: Box::new(StdRng::from_seed(seed)),
    };
    Auth::start(parts).await.map(Arc::new).map_err(|error| {
        let next = match &error {
            StartError::Roles(_) => "auth.roles lists the roles of the application, the most powerful first",
            StartError::Redirects(_) => "write whole addresses, or prefixes that end in /*",
            StartError::Provider(_) => "docs/providers.md says how each provider is set up",
            StartError::CodeLength(_) | StartError::Hashing => "`backstay config reference` says what is allowed",
            StartError::Keys(_) => "start with the master key that this database was made with",
            StartError::Store(_) => "check the database with: backstay doctor",
        };
        Problem::new(error.to_string()).help(next)
    })
}

/// The client that speaks to sign-in providers: those that the operator names may stand on inner networks.
fn http(config: &Config) -> Result<HttpOut, Problem> {
    let issuers = config.auth.providers.values().filter_map(|provider| provider.issuer.as_deref());
    let allow =
        AllowList::parse(&config.egress.allow).map_err(|error| Problem::new(format!("egress.allow: {error}")))?;
    let hosts = issuers.filter_map(|issuer| Target::parse(issuer).ok());
    let allow = hosts.fold(allow, |allow, target| allow.with_host(target.host()));
    // A request to sign-in may take ten seconds and needs up to four answers.
    let limits =
        Limits { connect_timeout: Duration::from_secs(2), timeout: Duration::from_secs(4), ..Limits::default() };
    let options = HttpOutOptions { allow, limits, ..HttpOutOptions::default() };
    HttpOut::new(options).map_err(|error| Problem::new(format!("sign-in providers cannot be called: {error}")))
}

/// The providers that are set up.
fn providers(config: &Config) -> Vec<ProviderSettings> {
    let provider = |(name, said): (&String, &sign_in::Provider)| ProviderSettings {
        name: name.clone(),
        client_ids: said.client_id.split(',').map(|id| id.trim().to_owned()).filter(|id| !id.is_empty()).collect(),
        secret: said.secret.as_ref().map(|secret| secret.reveal().to_owned()),
        issuer: said.issuer.clone(),
        scopes: said.scopes.clone(),
        key_id: said.key_id.clone(),
        team_id: said.team_id.clone(),
    };
    config.auth.providers.iter().map(provider).collect()
}

/// Sends mails, tends the keys and removes what has had its time until `stop`; the task ends when the mail it is at has left.
///
/// # Errors
/// A mail service that cannot be used.
pub(crate) fn send_mails(auth: Arc<Auth>, config: &Config, stop: CancellationToken) -> Result<JoinHandle<()>, Problem> {
    let (url, from) = sender(&config.mail, config, auth.settings())?;
    let options = HttpOutOptions::default();
    let mailer = mail::open(&url, options).map_err(|error| Problem::new(format!("mail.url: {error}")))?;
    Ok(tokio::spawn(async move {
        tokio::join!(auth.send_mails(&*mailer, &from, &stop), auth.tend(&stop), auth.clean(&stop));
    }))
}

/// Waits for the mail that is being sent.
pub(crate) async fn finish(mails: JoinHandle<()>) {
    if mails.await.is_err() {
        tracing::error!("the mail sender ended by a panic");
    }
}

/// How mail leaves, and from whom. Without a setting it is written into the data folder.
fn sender(mail: &Mail, config: &Config, settings: &Settings) -> Result<(MailUrl, Mailbox), Problem> {
    let url = match &mail.url {
        Some(url) => MailUrl::parse(url.reveal()).map_err(|error| Problem::new(format!("mail.url: {error}")))?,
        None => {
            let folder = config.data_dir.join("mail");
            tracing::warn!(folder = %folder.display(), "mail.url is not set; mails are written into a folder");
            MailUrl::Dir(folder)
        }
    };
    let from = match &mail.from {
        Some(from) => Mailbox::parse(from).map_err(|error| Problem::new(format!("mail.from: {error}")))?,
        None => default_sender(&settings.site_url)?,
    };
    Ok((url, from))
}

/// `no-reply` at the host of the site; a site that is an address, as in development, has no name to send from.
fn default_sender(site_url: &str) -> Result<Mailbox, Problem> {
    let host = site_url.split("://").nth(1).unwrap_or_default();
    let host = host.split(['/', ':', '?', '#']).next().unwrap_or_default();
    Mailbox::parse(&format!("no-reply@{host}"))
        .or_else(|_| Mailbox::parse("no-reply@localhost.localdomain"))
        .map_err(|error| Problem::new(format!("mail.from: {error}")))
}

fn limits(config: &Config) -> LimiterOptions {
    let gap = u32::try_from(config.auth.codes.mail_gap.duration().as_secs()).unwrap_or(u32::MAX);
    LimiterOptions {
        enabled: config.auth.limits.enabled,
        scale: config.auth.limits.scale.into(),
        mail_gap_s: gap,
        mails_per_hour: config.auth.limits.mail_per_hour,
        ..LimiterOptions::default()
    }
}

fn settings(config: &Config, schema: &Schema, url: &str) -> Settings {
    let auth = &config.auth;
    let (sessions, codes) = (&auth.sessions, &auth.codes);
    Settings {
        external_url: url.to_owned(),
        site_url: auth.site_url.clone().unwrap_or_else(|| url.to_owned()),
        redirect_urls: auth.redirect_urls.clone(),
        signup: match auth.signup {
            Signup::Open => settings::Signup::Open,
            Signup::Invite => settings::Signup::Invite,
            Signup::AdminOnly => settings::Signup::AdminOnly,
        },
        confirm_email: auth.confirm_email,
        profile: match auth.profile {
            Profile::Strict => settings::Profile::Strict,
            Profile::Compat => settings::Profile::Compat,
        },
        roles: roles(config, schema),
        admin_roles: auth.admin_roles.clone(),
        default_role: auth.default_role.clone().or_else(|| profile_role(schema)),
        sessions: settings::Sessions {
            access_token: sessions.access_token.duration(),
            reuse_window: sessions.reuse_window.duration(),
            lost_response_grace: sessions.lost_response_grace.duration(),
            idle: sessions.idle.duration(),
            absolute: sessions.absolute.duration(),
            absolute_admin: sessions.absolute_admin.duration(),
            single_per_user: sessions.single_per_user,
        },
        codes: settings::Codes {
            length: codes.length,
            life: codes.life.duration(),
            link_life: codes.link_life.duration(),
            attempts: codes.attempts,
            mail_gap: codes.mail_gap.duration(),
        },
        secure_email_change: auth.secure_email_change,
        anonymous_users: auth.anonymous_users,
        manual_linking: auth.manual_linking,
        implicit_flow: auth.implicit_flow,
        pkce_plain: auth.pkce_plain,
        mfa_roles: auth.mfa.require_for_roles.clone(),
        notices: auth.notices,
        confirm_page: auth.confirm_page,
        providers: providers(config),
        audit_days: auth.audit_days,
        unconfirmed_days: auth.unconfirmed_days,
    }
}

/// Application roles, the most powerful first.
pub(crate) fn roles(config: &Config, schema: &Schema) -> Vec<String> {
    if !config.auth.roles.is_empty() {
        return config.auth.roles.clone();
    }
    let declared = schema.role_enum.and_then(|id| schema.enums.get(usize::from(id.0)));
    declared.map(|declared| declared.values.iter().rev().cloned().collect()).unwrap_or_default()
}

/// The role whose last holder is protected: the first of `auth.roles`, else one that is called `admin`.
pub(crate) fn protected_role(config: &Config, schema: &Schema) -> Option<String> {
    if let Some(first) = config.auth.roles.first() {
        return Some(first.clone());
    }
    roles(config, schema).into_iter().find(|role| role == "admin")
}

/// The role that the profile's model gives a new row.
fn profile_role(schema: &Schema) -> Option<String> {
    let model = schema.models.iter().find(|model| model.auth_user.is_some())?;
    let role = model.auth_user.as_ref()?.role?;
    match model.fields.get(usize::from(role.0))?.default.as_ref()? {
        DefaultValue::Constant(value) => value.as_str().map(str::to_owned),
        DefaultValue::Now
        | DefaultValue::UuidV4
        | DefaultValue::UuidV7
        | DefaultValue::Ulid
        | DefaultValue::Increment
        | DefaultValue::AuthUid => None,
    }
}
