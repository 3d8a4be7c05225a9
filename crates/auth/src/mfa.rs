//! Second factors: enrolling an authenticator, proving it, removing it, and codes for when it is lost.
//! In: a checked bearer. Out: what to show, or a session of two factors. A proof is used up by one conditional statement.

use crate::account::Assurance;
use crate::asker::{Asker, Bearer};
use crate::audit::{About, Entry};
use crate::instant;
use crate::limits::{Caller, Route};
use crate::one_time::hex;
use crate::recovery_code::RecoveryCode;
use crate::refresh::decision::STEP_UP;
use crate::refusal::{AuthError, Code};
use crate::row::{FactorRow, SessionRow};
use crate::secret_box::{Place, SecretKind};
use crate::service::Auth;
use crate::session::Session;
use crate::totp::TotpSecret;
use crate::user::User;
use backstay_engine::ask;
use backstay_engine::steps::Step;
use backstay_infra::template::Kind;
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::Duration;
use uuid::Uuid;

/// Factors of one account.
const FACTORS_MAX: usize = 10;
/// Life of a question.
const CHALLENGE_LIFE: Duration = Duration::from_secs(300);
/// After this a factor that was never proven makes room.
const UNPROVEN_LIFE: Duration = Duration::from_secs(300);
/// Longest name of a factor, characters.
const NAME_CHARS_MAX: usize = 100;

/// What a new authenticator is shown as.
#[derive(Debug, Clone)]
pub struct Enrolled {
    /// The factor.
    pub id: Uuid,
    /// Its name.
    pub friendly_name: Option<String>,
    /// QR code, SVG.
    pub qr_code: String,
    /// The secret for typing.
    pub secret: String,
    /// `otpauth://…`
    pub uri: String,
}

/// What proves a factor, or stands in for it.
#[derive(Debug, Clone)]
pub enum FactorProof {
    /// A code of the authenticator, for a question.
    Totp {
        /// The factor.
        factor_id: Uuid,
        /// The question.
        challenge_id: Uuid,
        /// The code.
        code: String,
    },
    /// A recovery code.
    Recovery(String),
}

#[derive(Debug, Deserialize)]
struct ChallengeRow {
    session_id: Option<Uuid>,
    expires_at: String,
    verified_at: Option<String>,
}

impl Auth {
    /// Begins to enrol an authenticator.
    ///
    /// # Errors
    /// As the contract's `POST /factors`.
    pub async fn enrol(
        &self,
        bearer: &Bearer,
        (friendly_name, issuer): (Option<String>, Option<String>),
        asker: &Asker,
    ) -> Result<Enrolled, AuthError> {
        let user = self.own(bearer).await?;
        if user.account.is_anonymous {
            let message = "Anonymous users cannot enroll a second factor";
            return Err(AuthError::refused(Code::NoAuthorizationAnonymous, message));
        }
        if user.has_factor() && bearer.aal != "aal2" {
            return Err(AuthError::refused(Code::InsufficientAalEnrol, "AAL2 required to enroll a new factor"));
        }
        if user.factors.len() >= FACTORS_MAX {
            let message = "Maximum number of verified factors reached, unenroll to continue";
            return Err(AuthError::refused(Code::TooManyEnrolledFactors, message));
        }
        let friendly_name = friendly_name.filter(|name| !name.is_empty());
        if friendly_name.as_ref().is_some_and(|name| name.chars().count() > NAME_CHARS_MAX) {
            return Err(AuthError::refused(Code::ValidationFailed, "friendly_name is longer than 100 characters"));
        }
        let (id, user_id) = (self.new_id(), user.account.id);
        let row = id.to_string();
        let place = Place { kind: SecretKind::TotpSecret, row: &row };
        let (secret, sealed) = self.with_rng(|rng| {
            let secret = TotpSecret::generate(rng);
            let sealed = self.secrets.seal(rng, place, secret.as_bytes());
            (secret, sealed)
        });
        let sealed = sealed.map_err(|_| AuthError::Internal("a factor's secret cannot be sealed"))?;
        let account = user.account.email.clone().unwrap_or_else(|| user_id.to_string());
        let issuer = issuer.filter(|issuer| !issuer.is_empty()).unwrap_or_else(|| self.settings.site_url.clone());
        let shown = secret
            .enrolment(&issuer, &account)
            .map_err(|_| AuthError::refused(Code::ValidationFailed, "The issuer is too long"))?;
        let stale = ask::delete("auth_factors")
            .eq("user_id", json!(user_id))
            .eq("status", "unverified")
            .lt("created_at", ask::before(UNPROVEN_LIFE));
        let insert = ask::insert("auth_factors")
            .set("id", json!(id))
            .set("user_id", json!(user_id))
            .set("friendly_name", json!(friendly_name))
            .set("factor_type", "totp")
            .set("status", "unverified")
            .set("secret_enc", sealed);
        let entry = Entry::of_user("factor_in_progress", About::Factor, user_id, asker).in_session(bearer.session_id);
        match self.commit(vec![Step::system(stale), Step::system(insert), entry.step()]).await {
            Ok(()) => {
                Ok(Enrolled { id, friendly_name, qr_code: shown.qr_svg, secret: shown.secret_base32, uri: shown.uri })
            }
            Err(failure) if failure.collision().is_some() => {
                let message = "A factor with the friendly name for this user already exists";
                Err(AuthError::refused(Code::MfaFactorNameConflict, message))
            }
            Err(failure) => Err(AuthError::store(failure)),
        }
    }

    /// Puts a question to a factor. Out: its id, and when it ends, unix seconds.
    ///
    /// # Errors
    /// `mfa_factor_not_found`.
    pub async fn challenge_factor(
        &self,
        bearer: &Bearer,
        factor_id: Uuid,
        asker: &Asker,
    ) -> Result<(Uuid, i64), AuthError> {
        let user = self.own(bearer).await?;
        let factor = factor_of(&user, factor_id)?;
        let id = self.random_id();
        let insert = ask::insert("auth_challenges")
            .set("id", json!(id))
            .set("factor_id", json!(factor.id))
            .set("session_id", json!(bearer.session_id))
            .set("ip", json!(asker.ip))
            .set("expires_at", ask::after(CHALLENGE_LIFE));
        let seen = ask::update("auth_factors").set("last_challenged_at", ask::now()).eq("id", json!(factor.id));
        let entry = Entry::of_user("challenge_created", About::Factor, user.account.id, asker);
        let steps = vec![Step::system(insert), Step::system(seen), entry.in_session(bearer.session_id).step()];
        self.commit(steps).await.map_err(AuthError::store)?;
        Ok((id, (self.now() + instant::span(CHALLENGE_LIFE)) / 1_000_000))
    }

    /// Takes the proof of a second factor: the session has two from then on, and its refresh tokens of before are worth nothing.
    ///
    /// # Errors
    /// As the contract's `POST /factors/{id}/verify`.
    pub async fn prove_factor(
        &self,
        bearer: &Bearer,
        proof: &FactorProof,
        asker: &Asker,
    ) -> Result<Session, AuthError> {
        let user = self.own(bearer).await?;
        let (factor, method, mut steps) = match proof {
            FactorProof::Totp { factor_id, challenge_id, code } => {
                let factor = factor_of(&user, *factor_id)?.clone();
                let caller = Caller { ip: asker.ip, factor: Some(factor.id), ..Caller::default() };
                self.admit(Route::FactorVerify, &caller).await?;
                let steps = self.totp_steps(bearer, &factor, (*challenge_id, code), asker).await?;
                (Some(factor), "totp", steps)
            }
            FactorProof::Recovery(code) => {
                let caller = Caller { ip: asker.ip, factor: Some(user.account.id), ..Caller::default() };
                self.admit(Route::FactorVerify, &caller).await?;
                (None, "recovery", vec![self.recovery_step(&user, code)?])
            }
        };
        let row = self.live_session(bearer.session_id).await?.ok_or_else(gone)?;
        steps.extend(self.step_up(&row, factor.as_ref(), method));
        let action = "verification_attempted";
        let entry = Entry::of_user(action, About::Factor, user.account.id, asker).in_session(bearer.session_id);
        steps.push(entry.with("method", method).step());
        let is_new = factor.as_ref().is_some_and(|factor| factor.status != "verified");
        if let Some(email) = user.account.email.as_ref().filter(|_| is_new) {
            steps
                .extend(self.notice(Kind::MfaFactorEnrolled, &user, email, |v| "totp".clone_into(&mut v.factor_type))?);
        }
        match self.commit_letter(steps).await {
            Ok(()) => {}
            Err(AuthError::Store(failure)) if failure.unmet().is_some() => return Err(failed()),
            Err(error) => return Err(error),
        }
        let counter = row.counter.saturating_add(STEP_UP);
        let row = SessionRow { aal: Assurance::Two.name().to_owned(), counter, ..row };
        let user = self.own(bearer).await?;
        let key = self.family_key(&row)?;
        self.hand_out(&row, (user, &key), counter, asker).await
    }

    /// The steps that use up a code of an authenticator and its question.
    async fn totp_steps(
        &self,
        bearer: &Bearer,
        factor: &FactorRow,
        (challenge_id, code): (Uuid, &str),
        asker: &Asker,
    ) -> Result<Vec<Step>, AuthError> {
        let read = ask::read("auth_challenges")
            .columns(&["session_id", "expires_at", "verified_at"])
            .eq("id", json!(challenge_id))
            .eq("factor_id", json!(factor.id));
        let challenge = self.rows::<ChallengeRow>(read).await?.into_iter().next();
        let challenge = challenge.filter(|row| row.session_id == Some(bearer.session_id));
        let alive =
            challenge.is_some_and(|row| row.verified_at.is_none() && instant::is_ahead(&row.expires_at, self.now()));
        if !alive {
            let message = "MFA challenge has expired, verify against another challenge or create a new challenge.";
            return Err(AuthError::refused(Code::MfaChallengeExpired, message));
        }
        let row = factor.id.to_string();
        let place = Place { kind: SecretKind::TotpSecret, row: &row };
        let sealed = factor.secret_enc.as_deref().and_then(|sealed| self.secrets.open(place, sealed).ok());
        let secret = sealed
            .and_then(|bytes| TotpSecret::from_bytes(&bytes))
            .ok_or(AuthError::Internal("a factor's secret does not open with this master key"))?;
        let now_s = self.now_ms() / 1_000;
        let last_step = factor.last_step.and_then(|step| u64::try_from(step).ok());
        let Ok(step) = secret.verify(code, last_step, now_s) else {
            let count = ask::update("auth_factors").add("failures", 1).eq("id", json!(factor.id));
            let entry = Entry::of_user("verification_attempted", About::Factor, bearer.user_id, asker).failed();
            self.commit(vec![Step::system(count), entry.step()]).await.map_err(AuthError::store)?;
            return Err(failed());
        };
        let used = ask::update("auth_factors")
            .set("last_step", step)
            .set("status", "verified")
            .set("failures", 0)
            .eq("id", json!(factor.id))
            .when(ask::any([ask::is_null("last_step"), ask::lt("last_step", step)]));
        let answered = ask::update("auth_challenges")
            .set("verified_at", ask::now())
            .eq("id", json!(challenge_id))
            .is_null("verified_at");
        Ok(vec![Step::system(used).exactly_one(), Step::system(answered).exactly_one()])
    }

    /// The step that uses up a recovery code.
    fn recovery_step(&self, user: &User, code: &str) -> Result<Step, AuthError> {
        let code = RecoveryCode::parse(code).ok_or_else(failed)?;
        let hash = code.hash(self.pepper.as_bytes(), user.account.id);
        let used = ask::update("auth_recovery_codes")
            .set("used_at", ask::now())
            .eq("user_id", json!(user.account.id))
            .eq("code_hash", hex(hash.as_bytes()))
            .is_null("used_at");
        Ok(Step::system(used).exactly_one())
    }

    /// The steps that give a session its second factor, and end the user's sessions of one.
    fn step_up(&self, row: &SessionRow, factor: Option<&FactorRow>, method: &'static str) -> Vec<Step> {
        let counter = row.counter.saturating_add(STEP_UP);
        let session = ask::update("auth_sessions")
            .set("aal", Assurance::Two.name())
            .set("factor_id", json!(factor.map(|factor| factor.id)))
            .set("counter", counter)
            .set("barrier", counter)
            .set("last_rotated_at", ask::now())
            .eq("id", json!(row.id))
            .eq("counter", row.counter)
            .is_null("revoked_at");
        let amr = ask::upsert("auth_amr", &["session_id", "method"])
            .set("session_id", json!(row.id))
            .set("method", method)
            .set("updated_at", ask::now());
        let others = ask::update("auth_sessions")
            .set("revoked_at", ask::now())
            .set("revoke_reason", "second factor proven elsewhere")
            .eq("user_id", json!(row.user_id))
            .eq("aal", Assurance::One.name())
            .neq("id", json!(row.id))
            .is_null("revoked_at");
        let about = row.user_id.to_string();
        vec![Step::system(session).exactly_one().concerning(about), Step::system(amr), Step::system(others)]
    }

    /// Removes a factor. Sessions that were proven with it have one factor from then on.
    ///
    /// # Errors
    /// `mfa_factor_not_found`, `insufficient_aal`.
    pub async fn unenrol(&self, bearer: &Bearer, factor_id: Uuid, asker: &Asker) -> Result<(), AuthError> {
        let user = self.own(bearer).await?;
        let factor = factor_of(&user, factor_id)?;
        let verified = factor.status == "verified";
        if verified && bearer.aal != "aal2" {
            return Err(AuthError::refused(Code::InsufficientAalUnenrol, "AAL2 required to unenroll verified factor"));
        }
        let entry = Entry::of_user("factor_unenrolled", About::Factor, user.account.id, asker);
        let mut steps = self.remove_factor_steps(&user, factor).await?;
        steps.push(entry.in_session(bearer.session_id).step());
        if let Some(email) = user.account.email.as_ref().filter(|_| verified) {
            let fill = |v: &mut backstay_infra::template::Variables| "totp".clone_into(&mut v.factor_type);
            steps.extend(self.notice(Kind::MfaFactorUnenrolled, &user, email, fill)?);
        }
        self.commit_letter(steps).await?;
        Ok(())
    }

    /// The steps that remove a factor; the last verified one takes the recovery codes along.
    pub(crate) async fn remove_factor_steps(&self, user: &User, factor: &FactorRow) -> Result<Vec<Step>, AuthError> {
        #[derive(Deserialize)]
        struct Proven {
            id: Uuid,
        }
        let read = ask::read("auth_sessions").columns(&["id"]).eq("factor_id", json!(factor.id));
        let sessions: Vec<Proven> = self.rows(read).await?;
        let ids = sessions.iter().map(|session| session.id.to_string());
        let amr = ask::delete("auth_amr").eq("method", "totp").when(ask::among("session_id", ids));
        let drop = ask::update("auth_sessions")
            .set("aal", Assurance::One.name())
            .set("factor_id", Value::Null)
            .eq("factor_id", json!(factor.id));
        let mut steps = vec![
            Step::system(amr),
            Step::system(drop).concerning(user.account.id.to_string()),
            Step::system(ask::delete("auth_factors").eq("id", json!(factor.id))).exactly_one(),
        ];
        let others = user.factors.iter().any(|other| other.id != factor.id && other.status == "verified");
        if !others {
            steps.push(Step::system(ask::delete("auth_recovery_codes").eq("user_id", json!(user.account.id))));
        }
        Ok(steps)
    }

    /// Makes a new set of recovery codes; those of before are dead. They are shown once.
    ///
    /// # Errors
    /// `insufficient_aal` for a session of one factor, `mfa_factor_not_found` without a verified factor.
    pub async fn new_recovery_codes(&self, bearer: &Bearer, asker: &Asker) -> Result<Vec<String>, AuthError> {
        let user = self.own(bearer).await?;
        if !user.has_factor() {
            return Err(AuthError::refused(Code::MfaFactorNotFound, "There is no verified factor to recover"));
        }
        if bearer.aal != "aal2" {
            return Err(AuthError::refused(Code::InsufficientAalEnrol, "AAL2 required to make recovery codes"));
        }
        let id = user.account.id;
        let codes = self.with_rng(|rng| RecoveryCode::generate_set(rng));
        let mut steps = vec![Step::system(ask::delete("auth_recovery_codes").eq("user_id", json!(id)))];
        for code in &codes {
            let hash = hex(code.hash(self.pepper.as_bytes(), id).as_bytes());
            let insert = ask::insert("auth_recovery_codes").set("user_id", json!(id)).set("code_hash", hash);
            steps.push(Step::system(insert));
        }
        let entry = Entry::of_user("recovery_codes_created", About::Factor, id, asker).in_session(bearer.session_id);
        steps.push(entry.step());
        self.commit(steps).await.map_err(AuthError::store)?;
        Ok(codes.iter().map(ToString::to_string).collect())
    }
}

fn factor_of(user: &User, id: Uuid) -> Result<&FactorRow, AuthError> {
    let found = user.factors.iter().find(|factor| factor.id == id);
    found.ok_or_else(|| AuthError::refused(Code::MfaFactorNotFound, "Factor not found"))
}

fn failed() -> AuthError {
    AuthError::refused(Code::MfaVerificationFailed, "Invalid TOTP code entered")
}

fn gone() -> AuthError {
    AuthError::refused(Code::SessionNotFoundBearer, "Session from session_id claim in JWT does not exist")
}
