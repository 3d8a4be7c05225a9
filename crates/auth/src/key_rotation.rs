//! Changing the key that signs tokens, while serving. In: an [`Admin`], or the passing of time. Out: the keys as they are then.
//! Tokens of the key before stay valid as long as any can live; nobody is signed out.

use crate::admin::Admin;
use crate::asker::Asker;
use crate::audit::About;
use crate::refusal::{AuthError, Code, Refusal};
use crate::rotation::{KeyState, RotateError, rotate, tend};
use crate::service::Auth;
use crate::signing_keys::{self, KeysProblem};
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

/// Time between two looks at what is due.
const TEND_EVERY: Duration = Duration::from_secs(30);
/// Time between two looks at what other nodes have changed.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// Whether a key may take over that others may not have read yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Haste {
    /// Only when everybody who keeps the document of keys has the new one.
    Wait,
    /// At once: the present key is known to somebody who must not know it.
    Now,
}

impl Auth {
    /// The keys that sign or signed, with their states; never their secrets.
    ///
    /// # Errors
    /// `not_admin` for everybody but the service role.
    pub async fn signing_key_states(&self, admin: &Admin) -> Result<Value, AuthError> {
        self.admit_operator(admin).await?;
        Ok(shown(&self.key_states().await?))
    }

    /// Puts the standby key in the place of the current one.
    ///
    /// # Errors
    /// `not_admin`; `conflict` while the standby key is younger than the time that its document may be kept.
    pub async fn rotate_signing_keys(&self, admin: &Admin, haste: Haste, asker: &Asker) -> Result<Value, AuthError> {
        self.admit_operator(admin).await?;
        let states = self.key_states().await?;
        let now_s = self.now() / 1_000_000;
        let changes = match (rotate(&states, now_s), haste) {
            (Err(RotateError::StandbyTooFresh { ready_at_s, .. }), Haste::Now) => rotate(&states, ready_at_s),
            (outcome, Haste::Wait | Haste::Now) => outcome,
        };
        let changes = changes.map_err(|error| {
            let wait = match &error {
                RotateError::NoStandby => Duration::from_secs(1),
                RotateError::StandbyTooFresh { ready_at_s, .. } => {
                    Duration::from_secs(u64::try_from(ready_at_s.saturating_sub(now_s)).unwrap_or(0))
                }
            };
            Refusal::new(Code::Conflict, error.to_string()).after(wait)
        })?;
        self.change_keys(&changes).await?;
        let entry = admin.entry("signing_key_rotated", About::Token, None, asker);
        self.note(entry.with("forced", haste == Haste::Now)).await;
        Ok(shown(&self.key_states().await?))
    }

    async fn admit_operator(&self, admin: &Admin) -> Result<(), AuthError> {
        self.admit_admin(admin).await?;
        match admin {
            Admin::Operator { .. } => Ok(()),
            Admin::Account(_) => Err(AuthError::refused(Code::NotAdmin, "Signing keys are for the service role")),
        }
    }

    async fn key_states(&self) -> Result<Vec<KeyState>, AuthError> {
        signing_keys::stored(&self.engine).await.map_err(AuthError::store)
    }

    async fn change_keys(&self, changes: &[crate::rotation::Change]) -> Result<(), AuthError> {
        let mut seed = [0_u8; 32];
        self.with_rng(|rng| rng.fill_bytes(&mut seed));
        signing_keys::apply(&self.engine, &self.secrets, changes, &mut StdRng::from_seed(seed))
            .await
            .map_err(problem)?;
        self.signing.reload(&self.engine, &self.secrets, &self.verifier).await.map_err(problem)
    }

    /// Does what is due from time to time until `stop`: writes down which API keys were used, takes over keys that other nodes made
    /// or revoked, and removes signing keys whose tokens have all ended.
    pub async fn tend(&self, stop: &CancellationToken) {
        let pause = if self.engine.is_shared() { LOOK_EVERY } else { TEND_EVERY };
        let mut tended = Instant::now();
        let mut failing = false;
        loop {
            let stopped = tokio::select! {
                () = stop.cancelled() => true,
                () = tokio::time::sleep(pause) => false,
            };
            let done = if stopped || tended.elapsed() >= TEND_EVERY {
                tended = Instant::now();
                self.tend_once().await
            } else {
                self.take_over_keys().await
            };
            // Told once, however long it goes on.
            match &done {
                Err(error) if !failing => tracing::warn!(error = %error, "keys could not be tended"),
                Ok(()) if failing => tracing::info!("keys are tended again"),
                Ok(()) | Err(_) => {}
            }
            failing = done.is_err();
            if stopped {
                return;
            }
        }
    }

    async fn tend_once(&self) -> Result<(), AuthError> {
        self.write_key_uses().await?;
        self.take_over_keys().await?;
        let lifetimes = signing_keys::lifetimes(&self.settings);
        let due = tend(&self.key_states().await?, self.now() / 1_000_000, lifetimes);
        if due.is_empty() { Ok(()) } else { self.change_keys(&due).await }
    }

    /// Reads what other nodes have changed.
    async fn take_over_keys(&self) -> Result<(), AuthError> {
        self.reload_keys().await?;
        self.signing.reload(&self.engine, &self.secrets, &self.verifier).await.map_err(problem)
    }
}

fn shown(states: &[KeyState]) -> Value {
    let shown = |state: &KeyState| {
        let since = crate::instant::text(state.since_s.saturating_mul(1_000_000));
        json!({"kid": state.kid, "alg": "ES256", "status": state.status.name(), "since": since})
    };
    Value::Array(states.iter().map(shown).collect())
}

fn problem(problem: KeysProblem) -> AuthError {
    match problem {
        KeysProblem::Store(failure) => AuthError::Store(failure),
        KeysProblem::Unusable(reason) => {
            tracing::error!(reason, "the keys that sign tokens cannot be used");
            AuthError::Internal("the keys that sign tokens cannot be used")
        }
    }
}
