//! Proof Key for Code Exchange (RFC 7636), and the cookie that binds an OAuth state to the browser that began.
//! In: what a client sent. Out: a [`Challenge`], and whether a verifier answers it. No storage.

use crate::framed_mac::{digest, equals};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

/// Lengths of a verifier and of a plain challenge, characters (RFC 7636 4.1, 4.2).
const LENGTHS: std::ops::RangeInclusive<usize> = 43..=128;

/// Length of an S256 challenge: 32 bytes in base64url.
const S256_LENGTH: usize = 43;

/// How a challenge is made from a verifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// `BASE64URL(SHA256(verifier))`.
    S256,
    /// The verifier itself. Protects nothing once the request is seen; only behind a switch.
    Plain,
}

/// Whether `plain` is taken (`auth.pkce.allow_plain`; ASVS 10.4.6 and RFC 9700 2.1.1 ask for S256).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlainChallenges {
    /// Refused.
    Refused,
    /// Taken, for clients without WebCrypto.
    Taken,
}

/// Why a challenge is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PkceError {
    /// One of the pair is missing.
    #[error("code_challenge and code_challenge_method must be given together")]
    Incomplete,
    /// Neither `s256` nor `plain`.
    #[error("code_challenge_method must be s256")]
    UnknownMethod,
    /// `plain` while it is switched off.
    #[error("code_challenge_method plain is not allowed here; use s256")]
    PlainRefused,
    /// Wrong length or characters.
    #[error(
        "code_challenge must be 43 characters of base64url for s256, or 43 to 128 of A-Z a-z 0-9 . _ ~ - for plain"
    )]
    MalformedChallenge,
}

/// A challenge that a flow waits to see answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Challenge {
    text: Box<str>,
    method: Method,
}

impl Challenge {
    /// Reads the pair of a request: none, or both. Empty texts count as absent; the method's case does not matter.
    ///
    /// # Errors
    /// [`PkceError`]; 400 `validation_failed` on the wire.
    pub fn parse(
        challenge: Option<&str>,
        method: Option<&str>,
        plain: PlainChallenges,
    ) -> Result<Option<Self>, PkceError> {
        let given = |text: Option<&str>| text.filter(|text| !text.is_empty()).map(str::to_owned);
        let (text, method) = match (given(challenge), given(method)) {
            (None, None) => return Ok(None),
            (Some(text), Some(method)) => (text, method),
            (Some(_), None) | (None, Some(_)) => return Err(PkceError::Incomplete),
        };
        let method = match (method.to_ascii_lowercase().as_str(), plain) {
            ("s256", _) => Method::S256,
            ("plain", PlainChallenges::Taken) => Method::Plain,
            ("plain", PlainChallenges::Refused) => return Err(PkceError::PlainRefused),
            _unknown => return Err(PkceError::UnknownMethod),
        };
        let is_well_formed = match method {
            Method::S256 => text.len() == S256_LENGTH && URL_SAFE_NO_PAD.decode(&text).is_ok(),
            Method::Plain => is_verifier(&text),
        };
        if is_well_formed { Ok(Some(Self { text: text.into(), method })) } else { Err(PkceError::MalformedChallenge) }
    }

    /// A challenge as it was stored. `None` when the columns hold none.
    #[must_use]
    pub fn stored(text: &str, method: &str) -> Option<Self> {
        Self::parse(Some(text), Some(method), PlainChallenges::Taken).ok().flatten()
    }

    /// The challenge, for the database.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The method's name, for the database.
    #[must_use]
    pub fn method(&self) -> &'static str {
        match self.method {
            Method::S256 => "s256",
            Method::Plain => "plain",
        }
    }

    /// Whether `verifier` answers this challenge. Constant time; a malformed verifier never does.
    #[must_use]
    pub fn is_answered_by(&self, verifier: &str) -> bool {
        if !is_verifier(verifier) {
            return false;
        }
        match self.method {
            Method::S256 => {
                let made = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()));
                equals(made.as_bytes(), self.text.as_bytes())
            }
            Method::Plain => equals(verifier.as_bytes(), self.text.as_bytes()),
        }
    }
}

/// 43 to 128 unreserved characters.
fn is_verifier(text: &str) -> bool {
    LENGTHS.contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'~' | b'-'))
}

/// Value of the cookie `__Host-bs-oauth` for an OAuth `state`: whoever lacks it did not begin this login (RFC 6749 10.12).
#[must_use]
pub fn state_cookie(key: &[u8; 32], state: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest(key, "backstay oauth state 1", &[state.as_bytes()]))
}

/// Whether a cookie belongs to `state`. Constant time.
#[must_use]
pub fn is_state_cookie(key: &[u8; 32], state: &str, cookie: &str) -> bool {
    equals(state_cookie(key, state).as_bytes(), cookie.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use PlainChallenges::{Refused, Taken};

    /// The pair of RFC 7636, appendix B.
    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    #[test]
    fn the_pair_of_the_rfc() {
        for method in ["s256", "S256"] {
            let challenge = Challenge::parse(Some(CHALLENGE), Some(method), Refused).unwrap().unwrap();
            assert!(challenge.is_answered_by(VERIFIER));
            assert_eq!(Challenge::stored(challenge.as_str(), challenge.method()), Some(challenge.clone()));
            let short = &VERIFIER[1..];
            let changed = VERIFIER.replace('d', "e");
            let padded = format!("{VERIFIER}=");
            let long = "a".repeat(129);
            for wrong in ["", CHALLENGE, short, &changed, &padded, &long, "ünïcode"] {
                assert!(!challenge.is_answered_by(wrong), "{wrong}");
            }
        }
    }

    #[test]
    fn pairs() {
        #[track_caller]
        fn check(
            challenge: Option<&str>,
            method: Option<&str>,
            plain: PlainChallenges,
            expected: Result<bool, PkceError>,
        ) {
            assert_eq!(Challenge::parse(challenge, method, plain).map(|pair| pair.is_some()), expected);
        }
        check(None, None, Refused, Ok(false));
        check(Some(""), Some(""), Refused, Ok(false));
        check(Some(CHALLENGE), None, Refused, Err(PkceError::Incomplete));
        check(None, Some("s256"), Refused, Err(PkceError::Incomplete));
        check(Some(CHALLENGE), Some(""), Refused, Err(PkceError::Incomplete));
        check(Some(CHALLENGE), Some("sha256"), Refused, Err(PkceError::UnknownMethod));
        check(Some(CHALLENGE), Some("s256 "), Refused, Err(PkceError::UnknownMethod));
        check(Some(CHALLENGE), Some("plain"), Refused, Err(PkceError::PlainRefused));
        check(Some(CHALLENGE), Some("Plain"), Taken, Ok(true));
        check(Some(&CHALLENGE[1..]), Some("s256"), Refused, Err(PkceError::MalformedChallenge));
        check(Some(&format!("{CHALLENGE}a")), Some("s256"), Refused, Err(PkceError::MalformedChallenge));
        check(Some(&CHALLENGE.replace('E', "+")), Some("s256"), Refused, Err(PkceError::MalformedChallenge));
        check(Some(&CHALLENGE.replace('E', "~")), Some("s256"), Refused, Err(PkceError::MalformedChallenge));
        check(Some(&"~".repeat(128)), Some("plain"), Taken, Ok(true));
        check(Some(&"~".repeat(129)), Some("plain"), Taken, Err(PkceError::MalformedChallenge));
        check(Some(&"/".repeat(43)), Some("plain"), Taken, Err(PkceError::MalformedChallenge));
    }

    #[test]
    fn plain_is_the_verifier_itself() {
        let challenge = Challenge::parse(Some(VERIFIER), Some("plain"), Taken).unwrap().unwrap();
        assert!(challenge.is_answered_by(VERIFIER));
        assert!(!challenge.is_answered_by(CHALLENGE));
    }

    #[test]
    fn a_state_belongs_to_one_browser() {
        let cookie = state_cookie(&[1; 32], "state-1");
        assert!(is_state_cookie(&[1; 32], "state-1", &cookie));
        assert!(!is_state_cookie(&[1; 32], "state-2", &cookie));
        assert!(!is_state_cookie(&[2; 32], "state-1", &cookie));
        assert!(!is_state_cookie(&[1; 32], "state-1", ""));
        assert!(!is_state_cookie(&[1; 32], "state-1", &format!("{cookie} ")));
    }
}
