//! Sign-in as one thing: what every flow needs, made once at start. In: an open engine, settings, keys. Out: [`Auth`].
//! Each flow stands in a file of its own, as a block of methods.

use crate::api_keys;
use crate::clean_up::Removed;
use crate::code::{CodeLength, InvalidCodeLength};
use crate::csrf::Csrf;
use crate::email::Email;
use crate::limits::backoff::Backoff;
use crate::limits::{Caller, Limiter, LimiterOptions, Refused, Route};
use crate::master::{MasterKey, Purpose, SubKey};
use crate::password::{HashPool, HashSettings, PoolSize};
use crate::pkce::PlainChallenges;
use crate::policy::Policy;
use crate::profile::Profile;
use crate::provider::{InvalidProvider, Providers};
use crate::redirect::{InvalidRedirects, Loopback, Matching, RedirectRules, Target};
use crate::refusal::{AuthError, Code, Refusal};
use crate::role_order::{InvalidRoles, RoleOrder};
use crate::secret_box::SecretBox;
use crate::settings::{Profile as WireProfile, Settings};
use crate::signing_keys::SigningKeys;
use crate::verifier::Verifier;
use backstay_engine::rate::counts::Taken;
use backstay_engine::{Engine, Failure};
use backstay_infra::http_out::HttpOut;
use backstay_infra::template::Templates;
use rand::CryptoRng;
use serde_json::Value;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use uuid::Uuid;

/// Addresses whose failed passwords are remembered.
const BACKOFF_ADDRESSES_MAX: usize = 100_000;

/// What [`Auth`] is made of.
pub struct Parts {
    /// The open database.
    pub engine: Engine,
    /// Choices of the operator.
    pub settings: Settings,
    /// Cost of new password hashes.
    pub hashing: HashSettings,
    /// How much hashing runs at once.
    pub pool: PoolSize,
    /// What passwords must be.
    pub policy: Policy,
    /// How often things may be tried.
    pub limits: LimiterOptions,
    /// Whether any port of this machine may be led to: for development.
    pub loopback: Loopback,
    /// The master key.
    pub master: MasterKey,
    /// Checks tokens at every door.
    pub verifier: Arc<Verifier>,
    /// The texts of mails.
    pub templates: Templates,
    /// Speaks to sign-in providers.
    pub http: HttpOut,
    /// A cryptographic generator.
    pub rng: Box<dyn CryptoRng + Send>,
}

/// Why sign-in cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The places that links may lead to.
    #[error(transparent)]
    Redirects(#[from] InvalidRedirects),
    /// The roles and their order.
    #[error(transparent)]
    Roles(#[from] InvalidRoles),
    /// Length of codes.
    #[error(transparent)]
    CodeLength(#[from] InvalidCodeLength),
    /// A sign-in provider.
    #[error(transparent)]
    Provider(#[from] InvalidProvider),
    /// The hashing settings.
    #[error("passwords cannot be hashed with these settings")]
    Hashing,
    /// The keys that sign tokens.
    #[error("the keys that sign tokens cannot be read: {0}")]
    Keys(String),
    /// The database.
    #[error("the accounts cannot be read")]
    Store(#[source] Failure),
}

/// Sign-in.
pub struct Auth {
    pub(crate) engine: Engine,
    pub(crate) settings: Settings,
    pub(crate) hashing: HashPool,
    pub(crate) policy: Policy,
    pub(crate) limiter: Limiter,
    pub(crate) backoff: Backoff,
    pub(crate) redirects: RedirectRules,
    pub(crate) role_order: RoleOrder,
    pub(crate) code_length: CodeLength,
    pub(crate) pepper: SubKey,
    pub(crate) secrets: SecretBox,
    pub(crate) csrf: Csrf,
    pub(crate) signing: SigningKeys,
    pub(crate) verifier: Arc<Verifier>,
    pub(crate) templates: Templates,
    pub(crate) providers: Providers,
    pub(crate) cookies: SubKey,
    /// What `clean_up` has removed.
    pub(crate) removed: Removed,
    /// Woken when a mail was asked for or put into the queue.
    pub(crate) mail_queued: Notify,
    rng: Mutex<Box<dyn CryptoRng + Send>>,
}

impl fmt::Debug for Auth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Auth").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl Auth {
    /// Makes sign-in ready: reads the keys that sign tokens, or makes the first ones.
    ///
    /// # Errors
    /// [`StartError`]; a setting that cannot be used, or a database that does not answer.
    pub async fn start(parts: Parts) -> Result<Self, StartError> {
        let Parts {
            engine,
            settings,
            hashing,
            pool,
            policy,
            limits,
            loopback,
            master,
            verifier,
            templates,
            http,
            mut rng,
        } = parts;
        let matching = match settings.profile {
            WireProfile::Strict => Matching::Strict,
            WireProfile::Compat => Matching::Compat,
        };
        let redirects = RedirectRules::parse(&settings.site_url, &settings.redirect_urls, matching, loopback)?;
        let role_order = RoleOrder::parse(&settings.roles)?;
        let code_length = CodeLength::new(settings.codes.length)?;
        let providers = Providers::new(&settings.providers, &http)?;
        let hashing = HashPool::new(hashing, pool, &mut *rng).map_err(|_| StartError::Hashing)?;
        let secrets = SecretBox::new(&master);
        let signing = SigningKeys::open(&engine, &secrets, &settings, &verifier, &mut *rng).await?;
        verifier.keys().replace(api_keys::known(&engine).await.map_err(StartError::Store)?);
        Ok(Self {
            engine,
            hashing,
            policy,
            limiter: Limiter::new(limits),
            backoff: Backoff::new(BACKOFF_ADDRESSES_MAX),
            redirects,
            role_order,
            code_length,
            pepper: master.subkey(Purpose::OtpPepper),
            secrets,
            csrf: Csrf::new(&master),
            signing,
            verifier,
            templates,
            providers,
            cookies: master.subkey(Purpose::Cookies),
            removed: Removed::default(),
            mail_queued: Notify::new(),
            rng: Mutex::new(rng),
            settings,
        })
    }

    /// Choices of the operator.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Where a browser is led: what it asks for where that is allowed, else the site.
    #[must_use]
    pub fn target(&self, asked: Option<&str>) -> Target {
        self.redirects.resolve(asked)
    }

    /// The document of public keys.
    #[must_use]
    pub fn public_keys(&self) -> Arc<Value> {
        self.signing.document()
    }

    /// Providers by which people sign in, and whether each is set up.
    #[must_use]
    pub fn providers(&self) -> Vec<(String, bool)> {
        self.providers.names()
    }

    /// The time of now, microseconds since 1970.
    pub(crate) fn now(&self) -> i64 {
        self.engine.clock().now_micros()
    }

    /// The time of now, milliseconds since 1970.
    pub(crate) fn now_ms(&self) -> u64 {
        u64::try_from(self.now() / 1_000).unwrap_or(0)
    }

    /// Lends the generator.
    pub(crate) fn with_rng<T>(&self, work: impl FnOnce(&mut dyn CryptoRng) -> T) -> T {
        let mut rng = self.rng.lock().unwrap_or_else(PoisonError::into_inner);
        work(&mut **rng)
    }

    /// A random id (UUID version 4).
    pub(crate) fn random_id(&self) -> Uuid {
        let mut bytes = [0_u8; 16];
        self.with_rng(|rng| rng.fill_bytes(&mut bytes));
        uuid::Builder::from_random_bytes(bytes).into_uuid()
    }

    /// A time-ordered id (UUID version 7), for rows that are read in the order they were made in.
    pub(crate) fn new_id(&self) -> Uuid {
        let mut random = [0_u8; 10];
        self.with_rng(|rng| rng.fill_bytes(&mut random));
        uuid::Builder::from_unix_timestamp_millis(self.now_ms(), &random).into_uuid()
    }

    /// The application's profile model, where it has one.
    pub(crate) fn profile(&self) -> Option<Profile> {
        Profile::of(&self.engine.schema())
    }

    /// How closely the original wire is followed.
    pub(crate) fn is_strict(&self) -> bool {
        self.settings.profile == WireProfile::Strict
    }

    /// Whether a challenge may be the verifier itself.
    pub(crate) fn plain_challenges(&self) -> PlainChallenges {
        if self.settings.pkce_plain || !self.is_strict() { PlainChallenges::Taken } else { PlainChallenges::Refused }
    }

    /// Counts a request here, and then with the other nodes.
    ///
    /// # Errors
    /// A refusal that says when to come back.
    pub(crate) async fn admit(&self, route: Route, caller: &Caller<'_>) -> Result<(), AuthError> {
        self.counted(route, caller).await.map_err(|refused| too_many(&refused).into())
    }

    /// The same, with the refusal itself.
    pub(crate) async fn counted(&self, route: Route, caller: &Caller<'_>) -> Result<(), Refused> {
        self.limiter.admit(route, caller, self.now_ms())?;
        for (by, asked) in self.limiter.together(route, caller) {
            if let Some(Taken::Refused { wait }) = self.engine.take(asked).await {
                return Err(Refused::after(route, by, wait));
            }
        }
        Ok(())
    }
}

/// Reads an address of a request.
///
/// # Errors
/// `validation_failed`.
pub(crate) fn email(text: &str) -> Result<Email, AuthError> {
    Email::parse(text).map_err(|invalid| {
        AuthError::refused(Code::ValidationFailed, format!("Unable to validate email address: {invalid}"))
    })
}

/// What a full count is on the wire.
pub(crate) fn too_many(refused: &Refused) -> Refusal {
    let wait = Duration::from_secs(refused.retry_after_s.into());
    let (code, message) = match refused.route {
        Route::MailedCode | Route::MailSent => (
            Code::OverEmailSendRateLimit,
            format!("For security purposes, you can only request this after {} seconds.", refused.retry_after_s),
        ),
        Route::Password
        | Route::Refresh
        | Route::VerifyCode
        | Route::VerifyLink
        | Route::Signup
        | Route::AnonymousSignup
        | Route::FactorVerify
        | Route::Admin
        | Route::Exchange => (Code::OverRequestRateLimit, "Request rate limit reached".to_owned()),
    };
    Refusal::new(code, message).after(wait)
}
