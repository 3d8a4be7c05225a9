//! Sessions: how one begins, what a client gets, how it ends, and what the verifier is told. In: a user who has proven who they are.
//! Out: steps, and tokens once these are committed. Refresh stands in `refresh_grant`.

use crate::access_token::{AccessToken, AuthMethod};
use crate::account::{AccountFacts, Assurance, Facts, FactsFuture, FactsUnavailable, Hold, Recheck};
use crate::asker::Asker;
use crate::audit::{About, Entry};
use crate::cookie_mode::CookieMode;
use crate::instant;
use crate::refresh::{FamilyKey, RefreshToken};
use crate::refusal::{AuthError, Code};
use crate::row::{Account, SessionRow};
use crate::secret_box::{Place, SecretKind};
use crate::service::Auth;
use crate::user::User;
use crate::user_agent;
use backstay_engine::steps::Step;
use backstay_engine::{Failure, ask};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use uuid::Uuid;

pub(crate) const COLUMNS: &[&str] = &[
    "id",
    "user_id",
    "created_at",
    "refreshed_at",
    "not_after",
    "aal",
    "factor_id",
    "user_agent",
    "ip",
    "tag",
    "family_key_enc",
    "counter",
    "barrier",
    "last_rotated_at",
    "current_used",
    "last_used_at",
    "last_used_ip",
    "device_label",
    "cookie_mode",
    "revoked_at",
    "revoke_reason",
];

/// How somebody proved who they are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ProvenBy<'a> {
    /// Such as `password` or `oauth`.
    pub(crate) method: &'a str,
    /// The provider that vouches for them, where one does.
    pub(crate) provider: Option<&'a str>,
}

impl<'a> From<&'a str> for ProvenBy<'a> {
    fn from(method: &'a str) -> Self {
        Self { method, provider: None }
    }
}

/// Why a session ended that another one took the place of.
pub(crate) const SUPERSEDED: &str = "signed in anew";

/// A session that begins when its steps are committed.
pub(crate) struct Beginning {
    pub(crate) id: Uuid,
    /// How the user proved who they are.
    pub(crate) method: AuthMethod,
    family_key: FamilyKey,
    kept: Kept,
    pub(crate) steps: Vec<Step>,
}

/// How a client keeps a session, and how long it can last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Kept {
    /// In cookies, when so.
    pub cookie_mode: Option<CookieMode>,
    /// Seconds until the session ends whatever happens.
    pub ends_in_s: i64,
}

/// What a client gets.
#[derive(Debug, Clone)]
pub struct Session {
    /// The session.
    pub id: Uuid,
    /// The user.
    pub user: User,
    /// Signed; short-lived.
    pub access_token: String,
    /// Opaque; used once.
    pub refresh_token: String,
    /// Life of the access token, seconds.
    pub expires_in: i64,
    /// Its end, unix seconds.
    pub expires_at: i64,
    /// How the client keeps it.
    pub kept: Kept,
    pub(crate) assurance: Assurance,
    pub(crate) methods: Vec<AuthMethod>,
}

impl Session {
    /// The JSON of the contract.
    #[must_use]
    pub fn json(&self) -> Value {
        json!({
            "access_token": self.access_token,
            "token_type": "bearer",
            "expires_in": self.expires_in,
            "expires_at": self.expires_at,
            "refresh_token": self.refresh_token,
            "user": self.user.json(),
        })
    }
}

/// Facts of a session that go into its access token.
pub(crate) struct Claims<'a> {
    pub(crate) session_id: Uuid,
    pub(crate) assurance: Assurance,
    pub(crate) methods: &'a [AuthMethod],
}

impl Auth {
    /// Prepares a session of a user. Where an account has one session at a time, the ones before end with it.
    ///
    /// # Errors
    /// [`AuthError::Internal`] when its key cannot be sealed.
    pub(crate) fn begin_session<'a>(
        &self,
        user: &User,
        by: impl Into<ProvenBy<'a>>,
        asker: &Asker,
    ) -> Result<Beginning, AuthError> {
        let ProvenBy { method, provider } = by.into();
        let id = self.random_id();
        let (family_key, sealed) = self.with_rng(|rng| {
            let key = FamilyKey::generate(rng);
            let place = Place { kind: SecretKind::RefreshFamily, row: &id.to_string() };
            let sealed = self.secrets.seal(rng, place, key.as_bytes());
            (key, sealed)
        });
        let sealed = sealed.map_err(|_| AuthError::Internal("a refresh key cannot be sealed"))?;
        let life = if self.is_top_role(user) {
            self.settings.sessions.absolute_admin.min(self.settings.sessions.absolute)
        } else {
            self.settings.sessions.absolute
        };
        let agent = asker.user_agent.as_deref().unwrap_or_default();
        let session = ask::insert("auth_sessions")
            .set("id", json!(id))
            .set("user_id", json!(user.account.id))
            .set("not_after", ask::after(life))
            .set("aal", Assurance::One.name())
            .set("user_agent", json!(asker.user_agent))
            .set("ip", json!(asker.ip))
            .set("family_key_enc", sealed)
            .set("counter", 0)
            .set("last_rotated_at", ask::now())
            .set("last_used_at", ask::now())
            .set("last_used_ip", json!(asker.ip))
            .set("device_label", user_agent::device_label(agent))
            .set("cookie_mode", json!(asker.cookie_mode.map(CookieMode::name)));
        let amr =
            ask::insert("auth_amr").set("session_id", json!(id)).set("method", method).set("provider", json!(provider));
        let seen = ask::update("auth_users")
            .set("last_sign_in_at", ask::now())
            .set("failed_attempts", 0)
            .eq("id", json!(user.account.id));
        let mut audit =
            Entry::of_user("login", About::Account, user.account.id, asker).in_session(id).with("method", method);
        if let Some(provider) = provider {
            audit = audit.with("provider", provider);
        }
        let mut steps = vec![Step::system(session), Step::system(amr), Step::system(seen).exactly_one(), audit.step()];
        if self.settings.sessions.single_per_user {
            steps.push(end(user.account.id, Ending::AllBut(id), SUPERSEDED));
        }
        let provider = provider.map(str::to_owned);
        let method = AuthMethod { method: method.to_owned(), at_s: self.now() / 1_000_000, provider };
        let ends_in_s = i64::try_from(life.as_secs()).unwrap_or(i64::MAX);
        let kept = Kept { cookie_mode: asker.cookie_mode, ends_in_s };
        Ok(Beginning { id, method, family_key, kept, steps })
    }

    /// The tokens of a session whose steps were committed. `user` is as it is now.
    ///
    /// # Errors
    /// [`AuthError::Internal`] when a token cannot be signed.
    pub(crate) fn begun(&self, beginning: &Beginning, user: User) -> Result<Session, AuthError> {
        let claims = Claims {
            session_id: beginning.id,
            assurance: Assurance::One,
            methods: std::slice::from_ref(&beginning.method),
        };
        let refresh_token = RefreshToken::new(beginning.id, 0, &beginning.family_key).encode();
        Ok(Session { kept: beginning.kept, ..self.session(&claims, refresh_token, user)? })
    }

    /// A session with a new access token.
    ///
    /// # Errors
    /// [`AuthError::Internal`] when it cannot be signed.
    pub(crate) fn session(&self, claims: &Claims<'_>, refresh_token: String, user: User) -> Result<Session, AuthError> {
        let issued_at_s = self.now() / 1_000_000;
        let life_s = i64::try_from(self.settings.sessions.access_token.as_secs()).unwrap_or(i64::MAX);
        let access_token = self.access_token(claims, &user, (issued_at_s, life_s))?;
        Ok(Session {
            id: claims.session_id,
            access_token,
            refresh_token,
            expires_in: life_s,
            expires_at: issued_at_s.saturating_add(life_s),
            user,
            kept: Kept::default(),
            assurance: claims.assurance,
            methods: claims.methods.to_vec(),
        })
    }

    /// Signs an access token.
    ///
    /// # Errors
    /// [`AuthError::Internal`] when it cannot be signed, such as for what an administrator wrote into the metadata.
    pub(crate) fn access_token(
        &self,
        claims: &Claims<'_>,
        user: &User,
        (issued_at_s, life_s): (i64, i64),
    ) -> Result<String, AuthError> {
        let account = &user.account;
        let issuer = format!("{}/auth/v1", self.settings.external_url);
        let app_metadata: Map<String, Value> = user.app_metadata();
        let token = AccessToken {
            issuer: &issuer,
            user_id: account.id,
            session_id: claims.session_id,
            email: account.email.as_deref().unwrap_or_default(),
            phone: account.phone.as_deref().unwrap_or_default(),
            app_metadata: &app_metadata,
            user_metadata: &account.user_metadata,
            assurance: claims.assurance,
            methods: claims.methods,
            is_anonymous: account.is_anonymous,
            issued_at_s,
            life_s,
        };
        self.signing.current().sign(&token.claims()).map_err(|error| {
            tracing::error!(error = %error, "an access token cannot be signed");
            AuthError::Internal("an access token cannot be signed")
        })
    }

    /// Whether a user holds the most powerful role.
    pub(crate) fn is_top_role(&self, user: &User) -> bool {
        self.settings.roles.first().is_some_and(|top| user.role.as_ref() == Some(top))
    }

    /// The row of a session that has not ended.
    pub(crate) async fn live_session(&self, id: Uuid) -> Result<Option<SessionRow>, AuthError> {
        let read = ask::read("auth_sessions").columns(COLUMNS).eq("id", json!(id)).is_null("revoked_at");
        let row = self.rows::<SessionRow>(read).await?.into_iter().next();
        let now = self.now();
        Ok(row.filter(|row| row.not_after.as_ref().is_none_or(|end| instant::is_ahead(end, now))))
    }

    /// How a session was proven.
    pub(crate) async fn methods(&self, session_id: Uuid) -> Result<Vec<AuthMethod>, AuthError> {
        #[derive(Deserialize)]
        struct Row {
            method: String,
            provider: Option<String>,
            updated_at: String,
        }
        let read =
            ask::read("auth_amr").columns(&["method", "provider", "updated_at"]).eq("session_id", json!(session_id));
        let rows: Vec<Row> = self.rows(read).await?;
        let method = |row: Row| AuthMethod {
            method: row.method,
            at_s: instant::micros(&row.updated_at).unwrap_or_default() / 1_000_000,
            provider: row.provider,
        };
        Ok(rows.into_iter().map(method).collect())
    }
}

/// Which sessions of a user end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// All.
    All,
    /// This one.
    One(Uuid),
    /// All but this one.
    AllBut(Uuid),
}

/// Ends sessions. Their access tokens are refused from the next request on.
pub(crate) fn end(user_id: Uuid, ending: Ending, reason: &'static str) -> Step {
    let update = ask::update("auth_sessions")
        .set("revoked_at", ask::now())
        .set("revoke_reason", reason)
        .eq("user_id", json!(user_id))
        .is_null("revoked_at");
    Step::system(match ending {
        Ending::All => update,
        Ending::One(id) => update.eq("id", json!(id)),
        Ending::AllBut(id) => update.neq("id", json!(id)),
    })
    .concerning(user_id.to_string())
}

/// Whether an account may not sign in now.
pub(crate) fn is_banned(account: &Account, now_micros: i64) -> bool {
    account.banned_until.as_ref().is_some_and(|until| instant::is_ahead(until, now_micros))
}

/// Refuses a banned account.
///
/// # Errors
/// The code, which differs by route.
pub(crate) fn refuse_banned(account: &Account, now_micros: i64, code: Code) -> Result<(), AuthError> {
    if is_banned(account, now_micros) { Err(AuthError::refused(code, "User is banned")) } else { Ok(()) }
}

impl AccountFacts for Auth {
    fn facts(&self, recheck: Recheck) -> FactsFuture<'_> {
        Box::pin(async move {
            self.facts_now(recheck).await.map_err(|error| {
                tracing::error!(error = %error, "a session could not be looked up");
                FactsUnavailable
            })
        })
    }
}

impl Auth {
    async fn facts_now(&self, recheck: Recheck) -> Result<Facts, AuthError> {
        let ended =
            Facts { session_alive: false, banned: false, roles: Vec::new(), assurance: Assurance::One, hold: None };
        let Some(session) = self.live_session(recheck.session_id).await? else { return Ok(ended) };
        if session.user_id != recheck.user_id {
            return Ok(ended);
        }
        let read = ask::read("auth_users")
            .columns(crate::users::ACCOUNT)
            .eq("id", json!(recheck.user_id))
            .is_null("deleted_at");
        let Some(account) = self.rows::<Account>(read).await?.into_iter().next() else { return Ok(ended) };
        let role = self.role_of(account.id, account.role.clone()).await?;
        let assurance = Assurance::of_claim(Some(&Value::String(session.aal)));
        Ok(Facts {
            session_alive: true,
            banned: is_banned(&account, self.now()),
            hold: self.hold(&account, role.as_deref(), assurance),
            roles: role.into_iter().collect(),
            assurance,
        })
    }

    /// What a user has to do before anything else.
    fn hold(&self, account: &Account, role: Option<&str>, assurance: Assurance) -> Option<Hold> {
        let needs_factor = role.is_some_and(|role| self.settings.mfa_roles.iter().any(|needs| needs == role));
        if account.must_change_password {
            Some(Hold::PasswordChange)
        } else {
            (needs_factor && assurance == Assurance::One).then_some(Hold::SecondFactor)
        }
    }

    /// Runs steps of a flow.
    ///
    /// # Errors
    /// The store's; nothing was kept.
    pub(crate) async fn commit(&self, steps: Vec<Step>) -> Result<(), Failure> {
        self.engine.run_steps(steps).await.map(|_| ())
    }
}
