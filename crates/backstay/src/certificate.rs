//! The certificate of the server. In: the settings. Out: certificates in use, followed until the server stops.
//! Files are read again on SIGHUP and at an interval, because no way of watching sees every way in which certificates are replaced
//! (links, mounts, network file systems).

use crate::config::{Config, Tls};
use crate::problem::Problem;
use backstay_edge::tls::{Certificates, Reloaded, TlsError, TlsFiles, Validity};
use backstay_engine::clock::{Clock as _, SystemClock};
use std::sync::Arc;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// The certificates of the settings; `None` when the server speaks plain HTTP.
///
/// # Errors
/// Files that cannot be used, named for what a person can do about it.
pub(crate) fn load(config: &Config) -> Result<Option<Arc<Certificates>>, Problem> {
    let Tls { cert: Some(cert), key: Some(key), .. } = &config.server.tls else { return Ok(None) };
    let files = TlsFiles { cert: cert.clone(), key: key.clone() };
    let certificates = Certificates::load(files).map_err(|error| problem(&error))?;
    warn_of_dates(&certificates);
    if let Some(host) = config.external_url.as_deref().and_then(host)
        && !certificates.is_for(host)
    {
        tracing::warn!(tls.host = host, "the certificate is not for the host of external_url: clients will refuse it");
    }
    Ok(Some(Arc::new(certificates)))
}

/// Reads the files again on SIGHUP and at the interval of the settings, until `stop`.
///
/// # Errors
/// When the system does not let signals be watched.
pub(crate) fn follow(certificates: Arc<Certificates>, tls: &Tls, stop: CancellationToken) -> Result<(), Problem> {
    let mut hangup =
        signal(SignalKind::hangup()).map_err(|error| Problem::new(format!("cannot watch for signals: {error}")))?;
    let mut ticks = tokio::time::interval(tls.check_interval.duration());
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    tokio::spawn(async move {
        let mut told = None;
        loop {
            let asked = tokio::select! {
                () = stop.cancelled() => return,
                signal = hangup.recv() => signal.is_some(),
                _ = ticks.tick() => false,
            };
            if asked {
                told = None;
            }
            let certificates = Arc::clone(&certificates);
            let reloaded =
                tokio::task::spawn_blocking(move || reload(&certificates).map_err(|error| error.to_string()));
            match reloaded.await {
                Ok(Ok(Reloaded::Unchanged)) if asked => tracing::info!("the certificate is the same as before"),
                Ok(Ok(Reloaded::Unchanged | Reloaded::Replaced)) => told = None,
                // Two files are never replaced at one moment, so the first failure of a kind is said once.
                Ok(Err(reason)) if told.as_ref() != Some(&reason) => {
                    tracing::warn!(reason, "the new certificate cannot be used; the one before stays in use");
                    told = Some(reason);
                }
                Ok(Err(_)) | Err(_) => {}
            }
        }
    });
    Ok(())
}

fn reload(certificates: &Certificates) -> Result<Reloaded, TlsError> {
    let reloaded = certificates.reload()?;
    if reloaded == Reloaded::Replaced {
        tracing::info!("new connections get the new certificate");
        warn_of_dates(certificates);
    }
    Ok(reloaded)
}

fn warn_of_dates(certificates: &Certificates) {
    let now = u64::try_from(SystemClock.now_micros().div_euclid(1_000_000)).unwrap_or(0);
    match certificates.validity(now) {
        Validity::Good => {}
        Validity::EndsSoon(at) => tracing::warn!(tls.ends = date(at), "the certificate ends soon"),
        Validity::Ended(at) => tracing::warn!(tls.ended = date(at), "the certificate has ended: clients refuse it"),
        Validity::NotYet(at) => {
            tracing::warn!(tls.begins = date(at), "the certificate does not hold yet: clients refuse it")
        }
    }
}

/// A Unix time as people write it.
fn date(unix_s: u64) -> String {
    let time = i64::try_from(unix_s).ok().and_then(|seconds| chrono::DateTime::from_timestamp(seconds, 0));
    time.map_or_else(|| format!("{unix_s} s after 1970"), |time| time.format("%Y-%m-%dT%H:%M:%SZ").to_string())
}

/// The host of an address such as `https://api.example.org:8443/x`.
fn host(url: &str) -> Option<&str> {
    let authority = url.split_once("://")?.1.split(['/', '?']).next()?;
    match authority.strip_prefix('[') {
        Some(v6) => v6.split(']').next(),
        None => authority.split(':').next(),
    }
}

fn problem(error: &TlsError) -> Problem {
    let next = match error {
        TlsError::Unreadable { .. } => "check the path in `server.tls`, and that this user may read the file",
        TlsError::NotPem { .. } => {
            "`server.tls.cert` names the certificate with its chain (fullchain.pem), `server.tls.key` its key (privkey.pem)"
        }
        TlsError::KeyMismatch { .. } => {
            "name the key that the certificate was made with; the first certificate of the file counts"
        }
        TlsError::Unusable { .. } => "certificates with an RSA key of 2048 bits or more, P-256, P-384 or Ed25519 work",
    };
    Problem::new(error.to_string()).help(next)
}

#[cfg(test)]
mod tests {
    use super::{date, host};

    #[test]
    fn hosts() {
        for (url, expected) in [
            ("https://api.example.org", "api.example.org"),
            ("https://api.example.org:8443/x", "api.example.org"),
            ("https://[::1]:8443", "::1"),
            ("https://10.0.0.1/", "10.0.0.1"),
        ] {
            assert_eq!(host(url), Some(expected));
        }
        assert_eq!(date(1_900_000_000), "2030-03-17T17:46:40Z");
    }
}
