//! The keys that sign access tokens, in the database. In: stored keys, the changes that `rotation` asks for. Out: the key that signs
//! now, the published document, and what the verifier trusts. Nodes that share a database share the keys.

use crate::instant;
use crate::jwk::VerifyKey;
use crate::rotation::{Change, KeyState, KeyStatus, Lifetimes, tend};
use crate::secret_box::SecretBox;
use crate::service::StartError;
use crate::settings::Settings;
use crate::signing::{SigningKey, jwks};
use crate::token::LEEWAY_S;
use crate::verifier::Verifier;
use backstay_engine::steps::Step;
use backstay_engine::{Engine, Failure, ask};
use rand::CryptoRng;
use serde::Deserialize;
use serde_json::Value;
use std::sync::{Arc, PoisonError, RwLock};

/// Time in which every node has learnt of a rotation, seconds.
const SPREAD_S: i64 = 60;

/// The keys in use.
pub(crate) struct SigningKeys(RwLock<Live>);

#[derive(Clone)]
struct Live {
    current: Arc<SigningKey>,
    document: Arc<Value>,
}

#[derive(Debug, Deserialize)]
struct Row {
    kid: String,
    private_enc: Option<String>,
    public_jwk: Value,
    status: String,
    created_at: String,
    rotated_at: Option<String>,
}

/// Why the keys cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KeysProblem {
    /// The database.
    #[error("the database failed")]
    Store(#[source] Box<Failure>),
    /// A stored key that does not open: another master key than the one it was stored with.
    #[error("{0}")]
    Unusable(String),
}

impl From<Failure> for KeysProblem {
    fn from(failure: Failure) -> Self {
        Self::Store(Box::new(failure))
    }
}

impl From<KeysProblem> for StartError {
    fn from(problem: KeysProblem) -> Self {
        match problem {
            KeysProblem::Store(failure) => Self::Store(*failure),
            KeysProblem::Unusable(reason) => Self::Keys(reason),
        }
    }
}

impl SigningKeys {
    /// Reads the keys, makes those that are missing, and tells the verifier.
    ///
    /// # Errors
    /// [`KeysProblem`].
    pub(crate) async fn open(
        engine: &Engine,
        secrets: &SecretBox,
        settings: &Settings,
        verifier: &Verifier,
        rng: &mut (dyn CryptoRng + Send),
    ) -> Result<Self, KeysProblem> {
        let now_s = engine.clock().now_micros() / 1_000_000;
        let due = tend(&states(&read(engine).await?), now_s, lifetimes(settings));
        apply(engine, secrets, &due, rng).await?;
        let live = load(engine, secrets, verifier).await?;
        Ok(Self(RwLock::new(live)))
    }

    /// Reads the keys again, after a rotation here or elsewhere.
    ///
    /// # Errors
    /// [`KeysProblem`]; the keys are as before.
    pub(crate) async fn reload(
        &self,
        engine: &Engine,
        secrets: &SecretBox,
        verifier: &Verifier,
    ) -> Result<(), KeysProblem> {
        let live = load(engine, secrets, verifier).await?;
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = live;
        Ok(())
    }

    /// The key that signs.
    pub(crate) fn current(&self) -> Arc<SigningKey> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner).current)
    }

    /// The document of public keys.
    pub(crate) fn document(&self) -> Arc<Value> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner).document)
    }
}

/// How long tokens live.
pub(crate) fn lifetimes(settings: &Settings) -> Lifetimes {
    let access_token_s = i64::try_from(settings.sessions.access_token.as_secs()).unwrap_or(i64::MAX);
    Lifetimes { access_token_s, leeway_s: LEEWAY_S, spread_s: SPREAD_S }
}

/// Makes, moves and removes keys, all or none.
///
/// # Errors
/// [`KeysProblem`]; nothing was changed.
pub(crate) async fn apply(
    engine: &Engine,
    secrets: &SecretBox,
    changes: &[Change],
    rng: &mut (dyn CryptoRng + Send),
) -> Result<(), KeysProblem> {
    if changes.is_empty() {
        return Ok(());
    }
    let mut steps = Vec::with_capacity(changes.len());
    for change in changes {
        steps.push(match change {
            Change::Create(status) => Step::system(create(secrets, *status, rng)?),
            Change::Move { kid, to } => Step::system(
                ask::update("auth_signing_keys")
                    .set("status", to.name())
                    .set("rotated_at", ask::now())
                    .eq("kid", kid.as_str()),
            )
            .exactly_one(),
            Change::Remove { kid } => Step::system(ask::delete("auth_signing_keys").eq("kid", kid.as_str())),
        });
    }
    engine.run_steps(steps).await?;
    Ok(())
}

fn create(
    secrets: &SecretBox,
    status: KeyStatus,
    rng: &mut (dyn CryptoRng + Send),
) -> Result<ask::Ask<ask::Inserting>, KeysProblem> {
    let key = SigningKey::generate(rng);
    let sealed = key.seal(rng, secrets).map_err(|error| KeysProblem::Unusable(error.to_string()))?;
    Ok(ask::insert("auth_signing_keys")
        .set("kid", key.kid())
        .set("alg", "ES256")
        .set("private_enc", sealed)
        .set("public_jwk", key.public_jwk())
        .set("status", status.name()))
}

/// The keys with their states, oldest first.
///
/// # Errors
/// The store's.
pub(crate) async fn stored(engine: &Engine) -> Result<Vec<KeyState>, Failure> {
    Ok(states(&read(engine).await?))
}

async fn read(engine: &Engine) -> Result<Vec<Row>, Failure> {
    let columns = &["kid", "private_enc", "public_jwk", "status", "created_at", "rotated_at"];
    engine.ask(ask::read("auth_signing_keys").columns(columns).ascending("created_at")).await?.rows()
}

fn states(rows: &[Row]) -> Vec<KeyState> {
    let state = |row: &Row| {
        let since = row.rotated_at.as_deref().unwrap_or(&row.created_at);
        let since_s = instant::micros(since).unwrap_or_default() / 1_000_000;
        KeyStatus::parse(&row.status).map(|status| KeyState { kid: row.kid.clone(), status, since_s })
    };
    rows.iter().filter_map(state).collect()
}

async fn load(engine: &Engine, secrets: &SecretBox, verifier: &Verifier) -> Result<Live, KeysProblem> {
    let rows = read(engine).await?;
    let unusable = |problem: &str| KeysProblem::Unusable(problem.to_owned());
    let current = rows
        .iter()
        .filter(|row| KeyStatus::parse(&row.status) == Some(KeyStatus::Current))
        .max_by(|a, b| a.rotated_at.cmp(&b.rotated_at))
        .ok_or_else(|| unusable("there is no current key"))?;
    let sealed = current.private_enc.as_deref().ok_or_else(|| unusable("the current key has no private part"))?;
    let current = SigningKey::unseal(secrets, &current.kid, sealed).map_err(|error| unusable(&error.to_string()))?;
    let trusted: Result<Vec<VerifyKey>, _> =
        rows.iter().map(|row| VerifyKey::from_jwk(row.public_jwk.to_string().as_bytes())).collect();
    let trusted = trusted.map_err(|error| unusable(&error.to_string()))?;
    verifier.replace_keys(trusted).map_err(|error| unusable(&error.to_string()))?;
    let document = jwks(rows.iter().map(|row| &row.public_jwk));
    Ok(Live { current: Arc::new(current), document: Arc::new(document) })
}

impl std::fmt::Debug for SigningKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SigningKeys")
    }
}
