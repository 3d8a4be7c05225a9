//! Refreshing a session. In: a refresh token. Out: new tokens, or the end of the session where the token was stolen.
//! The counter goes on by one conditional update; whoever loses reads again and is judged anew.

use crate::account::Assurance;
use crate::asker::Asker;
use crate::audit::{About, Actor, Entry};
use crate::client::ClientFacts;
use crate::cookie_mode::CookieMode;
use crate::instant;
use crate::limits::{Caller, Route};
use crate::refresh::decision::{Decision, Profile, SessionState, Windows, decide};
use crate::refresh::{FamilyKey, RefreshToken};
use crate::refusal::{AuthError, Code};
use crate::row::SessionRow;
use crate::secret_box::{Place, SecretKind};
use crate::service::Auth;
use crate::session::{self, Claims, Ending, Kept, Session, refuse_banned};
use crate::user::User;
use backstay_engine::ask;
use backstay_engine::steps::Step;
use serde_json::{Value, json};
use std::time::Duration;

/// Why a session ended whose token was stolen.
const REUSED: &str = "refresh token reuse";
/// How often a request that lost against another one is judged anew.
const ROUNDS: u32 = 8;

impl Auth {
    /// Refreshes a session.
    ///
    /// # Errors
    /// As the contract's refresh grant. When the token was stolen, the session has ended by then.
    pub async fn refresh(&self, token: &str, asker: &Asker) -> Result<Session, AuthError> {
        let malformed = || AuthError::refused(Code::ValidationFailed, "Refresh token is not valid");
        if token.is_empty() {
            return Err(malformed());
        }
        let token = RefreshToken::decode(token).map_err(|_| malformed())?;
        let caller = Caller { ip: asker.ip, session: Some(token.session_id), ..Caller::default() };
        // Never 429: clients would take it for the end of the session.
        self.counted(Route::Refresh, &caller).await.map_err(|_| AuthError::Busy)?;
        for _ in 0..ROUNDS {
            let row = self.session_row(token.session_id).await?.ok_or_else(not_found)?;
            let key = self.family_key(&row)?;
            if !token.is_of(&key) {
                return Err(not_found());
            }
            if let Some(session) = self.judge(&token, &row, &key, asker).await? {
                return Ok(session);
            }
        }
        Err(AuthError::Busy)
    }

    /// Judges a token of a session; `None` when another request was faster.
    async fn judge(
        &self,
        token: &RefreshToken,
        row: &SessionRow,
        key: &FamilyKey,
        asker: &Asker,
    ) -> Result<Option<Session>, AuthError> {
        if row.revoked_at.is_some() {
            return Err(ended(row));
        }
        let user = self.user_by_id(row.user_id).await?.ok_or_else(not_found)?;
        refuse_banned(&user.account, self.now(), Code::UserBannedGrant)?;
        if row.not_after.as_ref().is_some_and(|end| !instant::is_ahead(end, self.now())) {
            return Err(expired());
        }
        let (state, now_s) = (state_of(row), self.now() / 1_000_000);
        let client = ClientFacts::of(asker.user_agent.as_deref().unwrap_or_default(), asker.ip);
        match decide(&state, token.counter, now_s, &client, (self.windows(&user), self.refresh_profile())) {
            Decision::Rotate => self.rotate(row, (user, key), asker).await,
            Decision::SameAgain => self.hand_out(row, (user, key), row.counter, asker).await.map(Some),
            Decision::Tolerate => {
                let entry = Entry::of_user("token_reuse_tolerated", About::Token, row.user_id, asker);
                self.note(entry.in_session(row.id)).await;
                self.hand_out(row, (user, key), row.counter, asker).await.map(Some)
            }
            // Answered like a busy server, so that the client keeps its session and finds the new token in its storage.
            Decision::Superseded => Err(AuthError::Busy),
            Decision::Theft => Err(self.stolen(row, asker).await),
            Decision::Ahead => Err(AuthError::refused(Code::ValidationFailed, "Refresh token is not valid")),
            Decision::Expired(_) => Err(expired()),
        }
    }

    async fn rotate(
        &self,
        row: &SessionRow,
        (user, key): (User, &FamilyKey),
        asker: &Asker,
    ) -> Result<Option<Session>, AuthError> {
        let next = row.counter.saturating_add(1);
        let cookie_mode = asker.cookie_mode.map(CookieMode::name).or(row.cookie_mode.as_deref());
        let update = ask::update("auth_sessions")
            .set("cookie_mode", json!(cookie_mode))
            .set("counter", next)
            .set("current_used", false)
            .set("last_rotated_at", ask::now())
            .set("refreshed_at", ask::now())
            .set("last_used_at", ask::now())
            .set("last_used_ip", json!(asker.ip))
            .set("user_agent", json!(asker.user_agent))
            .eq("id", json!(row.id))
            .eq("counter", row.counter)
            .is_null("revoked_at");
        let mut steps = vec![Step::system(update).exactly_one()];
        if self.is_first_of_day(row) {
            let entry = Entry::of_user("token_refreshed", About::Token, row.user_id, asker).in_session(row.id);
            steps.push(entry.with("counter", next).step());
        }
        match self.commit(steps).await {
            Ok(()) => self.hand_out(row, (user, key), next, asker).await.map(Some),
            Err(failure) if failure.unmet().is_some() => Ok(None),
            Err(failure) => Err(AuthError::store(failure)),
        }
    }

    /// Whether a session was not refreshed yet today (UTC). Only such a refresh is written into the audit log, with the counter, whose
    /// difference to the entry before is how many there were.
    fn is_first_of_day(&self, row: &SessionRow) -> bool {
        const DAY_MICROS: i64 = 24 * 3_600 * 1_000_000;
        let day = |micros: i64| micros.div_euclid(DAY_MICROS);
        row.refreshed_at.as_deref().and_then(instant::micros).is_none_or(|last| day(last) != day(self.now()))
    }

    /// The tokens of a session at a counter.
    pub(crate) async fn hand_out(
        &self,
        row: &SessionRow,
        (user, key): (User, &FamilyKey),
        counter: u64,
        asker: &Asker,
    ) -> Result<Session, AuthError> {
        let methods = self.methods(row.id).await?;
        let assurance = Assurance::of_claim(Some(&Value::String(row.aal.clone())));
        let claims = Claims { session_id: row.id, assurance, methods: &methods };
        let session = self.session(&claims, RefreshToken::new(row.id, counter, key).encode(), user)?;
        let end = row.not_after.as_deref().and_then(instant::micros);
        let ends_in_s = end.map_or(i64::MAX, |end| end.saturating_sub(self.now()) / 1_000_000);
        let stored = row.cookie_mode.as_deref().and_then(CookieMode::parse);
        Ok(Session { kept: Kept { cookie_mode: asker.cookie_mode.or(stored), ends_in_s }, ..session })
    }

    /// Ends a session whose token was stolen, and says so. The end is committed although the answer is an error.
    async fn stolen(&self, row: &SessionRow, asker: &Asker) -> AuthError {
        let entry = Entry::of_user("refresh_token_reuse", About::Token, row.user_id, asker).in_session(row.id).failed();
        let entry = Entry { actor: Actor::System, ..entry };
        let steps = vec![session::end(row.user_id, Ending::One(row.id), REUSED), entry.step()];
        if let Err(failure) = self.commit(steps).await {
            return AuthError::store(failure);
        }
        already_used()
    }

    /// After a change of password only the live refresh token of the session that made it counts: an older one, though it was lost on
    /// its way, proves less. The live one stays, since the client is given no other.
    pub(crate) async fn outdate_refresh_tokens(&self, session_id: uuid::Uuid) -> Result<Option<Step>, AuthError> {
        let row = self.session_row(session_id).await?;
        let update = row.map(|row| ask::update("auth_sessions").set("barrier", row.counter).eq("id", json!(row.id)));
        Ok(update.map(Step::system))
    }

    /// The row of a session, ended or not.
    pub(crate) async fn session_row(&self, id: uuid::Uuid) -> Result<Option<SessionRow>, AuthError> {
        let read = ask::read("auth_sessions").columns(session::COLUMNS).eq("id", json!(id));
        Ok(self.rows(read).await?.into_iter().next())
    }

    /// The key of a session's refresh tokens.
    pub(crate) fn family_key(&self, row: &SessionRow) -> Result<FamilyKey, AuthError> {
        let place = Place { kind: SecretKind::RefreshFamily, row: &row.id.to_string() };
        let opened = self.secrets.open(place, &row.family_key_enc).ok();
        opened
            .and_then(|bytes| FamilyKey::from_bytes(&bytes))
            .ok_or(AuthError::Internal("a session's key does not open with this master key"))
    }

    fn windows(&self, user: &User) -> Windows {
        let sessions = &self.settings.sessions;
        let seconds = |duration: Duration| i64::try_from(duration.as_secs()).unwrap_or(i64::MAX);
        let absolute =
            if self.is_top_role(user) { sessions.absolute_admin.min(sessions.absolute) } else { sessions.absolute };
        Windows {
            reuse_s: seconds(sessions.reuse_window),
            lost_answer_s: seconds(sessions.lost_response_grace),
            idle_s: seconds(sessions.idle),
            absolute_s: seconds(absolute),
        }
    }

    fn refresh_profile(&self) -> Profile {
        if self.is_strict() { Profile::Strict } else { Profile::Compat }
    }
}

/// What is stored of a session, for the judgement.
fn state_of(row: &SessionRow) -> SessionState {
    let seconds = |text: &str| instant::micros(text).unwrap_or_default() / 1_000_000;
    let ip = row.last_used_ip.as_deref().or(row.ip.as_deref()).and_then(|text| text.parse().ok());
    SessionState {
        counter: row.counter,
        barrier: row.barrier,
        created_at_s: seconds(&row.created_at),
        rotated_at_s: seconds(row.last_rotated_at.as_deref().unwrap_or(&row.created_at)),
        current_used: row.current_used,
        client: ClientFacts::of(row.user_agent.as_deref().unwrap_or_default(), ip),
    }
}

/// What the token of an ended session is told: reuse stays reuse.
fn ended(row: &SessionRow) -> AuthError {
    match row.revoke_reason.as_deref() {
        Some(REUSED) => already_used(),
        Some(session::SUPERSEDED) => expired(),
        Some(_) | None => not_found(),
    }
}

fn not_found() -> AuthError {
    AuthError::refused(Code::RefreshTokenNotFound, "Invalid Refresh Token: Refresh Token Not Found")
}

fn already_used() -> AuthError {
    AuthError::refused(Code::RefreshTokenAlreadyUsed, "Invalid Refresh Token: Already Used")
}

fn expired() -> AuthError {
    AuthError::refused(Code::SessionExpired, "Invalid Refresh Token: Session Expired")
}
