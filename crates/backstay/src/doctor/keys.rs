//! Checks of the keys: who may read their file, how strong the secret is, when they expire. Shows no key.

use super::{Finding, Patient};
use backstay_auth::{KEYS_FILE, Secret, StoredKeys, expiry_of, stored_keys};

/// Time before the expiry of a key at which it is time to act, seconds.
const NOTICE_S: i64 = 90 * 24 * 3600;

fn stored(patient: &Patient) -> Result<Option<StoredKeys>, Finding> {
    stored_keys(&patient.config.data_dir).map_err(|error| {
        let reason = std::error::Error::source(&error).map(|source| format!(": {source}")).unwrap_or_default();
        Finding::problem(format!("{error}{reason}"), "restore that file from a backup, or check who may read it")
    })
}

pub(super) fn file(patient: &Patient) -> Vec<Finding> {
    let path = patient.config.data_dir.join(KEYS_FILE);
    vec![match stored(patient) {
        Err(finding) => finding,
        Ok(None) if patient.config.auth.jwt_secret.is_some() => Finding::ok("none: auth.jwt_secret is set"),
        Ok(None) => {
            Finding::warning(format!("there is no {} yet", path.display()), "the first start of the server makes it")
        }
        Ok(Some(keys)) if keys.mode & 0o077 != 0 => Finding::problem(
            format!("{} has mode {:03o}: others may read the secret that signs every token", path.display(), keys.mode),
            format!("chmod 600 {}; if somebody else was on this machine, make new keys", path.display()),
        ),
        Ok(Some(keys)) => Finding::ok(format!("{} has mode {:03o}", path.display(), keys.mode)),
    }]
}

pub(super) fn secret(patient: &Patient) -> Vec<Finding> {
    let weak = |name: &str, error: &dyn std::fmt::Display| {
        Finding::problem(format!("{name}: {error}"), "make one: head -c 32 /dev/urandom | base64")
    };
    vec![match (&patient.config.auth.jwt_secret, stored(patient)) {
        (Some(given), _) => match Secret::parse(given.reveal()) {
            Ok(_) => Finding::ok("auth.jwt_secret is strong enough"),
            Err(error) => weak("auth.jwt_secret", &error),
        },
        (None, Ok(Some(keys))) => match keys.secret {
            Ok(()) => Finding::ok(format!("the secret in {KEYS_FILE} is strong enough")),
            Err(error) => weak(KEYS_FILE, &error),
        },
        (None, Ok(None)) => Finding::ok("made at the first start"),
        (None, Err(_)) => Finding::ok("not looked at: the keys file cannot be read"),
    }]
}

pub(super) fn expiry(patient: &Patient) -> Vec<Finding> {
    let auth = &patient.config.auth;
    let made = stored(patient).ok().flatten().map(|keys| keys.expires_at_s);
    let of = |given: &Option<crate::config::units::Secret>| match given {
        Some(given) => expiry_of(given.reveal()),
        None => made,
    };
    let keys = [("anonymous", of(&auth.anon_key)), ("service", of(&auth.service_key))];
    let next = "make a new one and give it to the clients; `backstay token` signs one";
    keys.into_iter()
        .map(|(name, expires_at_s)| {
            let Some(at) = expires_at_s else {
                return Finding::ok(format!("the {name} key does not expire, or is made at the first start"));
            };
            let day = chrono::DateTime::<chrono::Utc>::from_timestamp(at, 0).unwrap_or_default().format("%F");
            let left = at.saturating_sub(patient.now_unix_s);
            if left <= 0 {
                Finding::problem(format!("the {name} key expired on {day}"), next)
            } else if left < NOTICE_S {
                Finding::warning(format!("the {name} key expires on {day}"), next)
            } else {
                Finding::ok(format!("the {name} key expires on {day}"))
            }
        })
        .collect()
}
