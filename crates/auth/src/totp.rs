//! Time-based codes of an authenticator app (RFC 6238): SHA-1, 6 digits, 30 seconds, one step of skew.
//! In: a secret, a code, the time and the last step that was accepted. Out: the new last step, or why not. No storage.

use qrcode::QrCode;
use qrcode::render::svg;
use rand::CryptoRng;
use std::fmt;
use totp_rs::{Builder, Totp};

/// Seconds of a step.
pub const STEP_S: u64 = 30;

/// Digits of a code.
pub const DIGITS: u8 = 6;

/// Steps before and after the present one that are accepted (RFC 6238 5.2).
const SKEW_STEPS: u16 = 1;

/// Bytes of a secret: the output of SHA-1 (RFC 4226 section 4, R6).
const SECRET_BYTES: usize = 20;

/// Longest issuer or account name in a URI, characters: longer ones make the QR code hard to read.
const NAME_CHARS_MAX: usize = 64;

/// Pixels of one module of the QR code.
const MODULE_PIXELS: u32 = 4;

/// A factor's secret. Stored encrypted, shown once at enrolment, never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct TotpSecret([u8; SECRET_BYTES]);

/// Why a code is not accepted. On the wire all are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TotpRefusal {
    /// Not six digits.
    #[error("a code has six digits")]
    Malformed,
    /// Not the code of this moment.
    #[error("the code is not the one of this moment")]
    Wrong,
    /// The code, or a later one, was accepted before (ASVS 6.5.1).
    #[error("the code was used already; wait for the next one")]
    Replayed,
}

/// What enrolment shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enrolment {
    /// `otpauth://totp/…`.
    pub uri: String,
    /// The URI as a QR code, an SVG document that holds no `#` and so survives in a data URL.
    pub qr_svg: String,
    /// The secret in base32, for typing.
    pub secret_base32: String,
}

/// Why an enrolment cannot be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the QR code of the authenticator secret cannot be drawn")]
pub struct EnrolmentError;

impl TotpSecret {
    /// A fresh one.
    pub fn generate(rng: &mut dyn CryptoRng) -> Self {
        let mut bytes = [0_u8; SECRET_BYTES];
        rng.fill_bytes(&mut bytes);
        Self(bytes)
    }

    /// A stored one; `None` when it has not 20 bytes.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// The bytes, to be encrypted.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Checks a code. The answer is the step that the caller stores in one conditional statement
    /// (`where last_step is null or last_step < ?`), so that two requests with one code cannot both pass.
    ///
    /// # Errors
    /// [`TotpRefusal`]; a replay is told apart so that it can be audited.
    pub fn verify(&self, code: &str, last_step: Option<u64>, now_unix_s: u64) -> Result<u64, TotpRefusal> {
        if code.len() != usize::from(DIGITS) || !code.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(TotpRefusal::Malformed);
        }
        // The library adds the skew to the step; no clock comes near the end of the range.
        let now_unix_s = now_unix_s.min(u64::MAX / 4);
        let step = self.generator(None, "").check(code, now_unix_s).ok_or(TotpRefusal::Wrong)?;
        match last_step {
            Some(last) if step <= last => Err(TotpRefusal::Replayed),
            Some(_) | None => Ok(step),
        }
    }

    /// The code at a time: for tests and for clients of our own.
    #[must_use]
    pub fn code_at(&self, unix_s: u64) -> String {
        self.generator(None, "").generate(unix_s.min(u64::MAX / 4)).to_string()
    }

    /// What to show for `account` (an address) at `issuer` (the application's name).
    ///
    /// # Errors
    /// [`EnrolmentError`] when the QR code cannot hold the URI, which the lengths rule out.
    pub fn enrolment(&self, issuer: &str, account: &str) -> Result<Enrolment, EnrolmentError> {
        let (issuer, account) = (label(issuer), label(account));
        let secret_base32 = self.generator(None, "").secret().to_base32();
        let uri = format!(
            "otpauth://totp/{0}:{1}?secret={secret_base32}&issuer={0}&algorithm=SHA1&digits={DIGITS}&period={STEP_S}",
            escape(&issuer),
            escape(&account)
        );
        let code = QrCode::new(uri.as_bytes()).map_err(|_| EnrolmentError)?;
        let qr_svg = code
            .render::<svg::Color>()
            .dark_color(svg::Color("black"))
            .light_color(svg::Color("white"))
            .module_dimensions(MODULE_PIXELS, MODULE_PIXELS)
            .build();
        let qr_svg = qr_svg.split_once("?>").map_or(qr_svg.as_str(), |(_, svg)| svg).to_owned();
        Ok(Enrolment { uri, qr_svg, secret_base32 })
    }

    fn generator(&self, issuer: Option<&str>, account: &str) -> Totp {
        Builder::new()
            .with_algorithm(totp_rs::Algorithm::SHA1)
            .with_digits(DIGITS)
            .with_skew(SKEW_STEPS)
            .with_step_duration(STEP_S)
            .with_secret(self.0.to_vec())
            .with_issuer(issuer)
            .with_account_name(account)
            .build_noncompliant()
    }
}

impl fmt::Debug for TotpSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TotpSecret([redacted])")
    }
}

/// A name as a label may hold it: without colons, which part issuer and account, and without control characters.
fn label(name: &str) -> String {
    let name: String =
        name.chars().map(|c| if c == ':' || c.is_control() { ' ' } else { c }).take(NAME_CHARS_MAX).collect();
    name.trim().to_owned()
}

/// Percent-encodes all but the unreserved characters (RFC 3986 2.3).
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            escaped.push(char::from(byte));
        } else {
            escaped.push_str(&format!("%{byte:02X}"));
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng as _;
    use rand::rngs::StdRng;

    fn rfc() -> TotpSecret {
        TotpSecret::from_bytes(b"12345678901234567890").unwrap()
    }

    #[test]
    fn vectors_of_rfc_6238() {
        // Appendix B, SHA-1: the last six of its eight digits.
        for (time, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(rfc().code_at(time), code, "{time}");
            assert_eq!(rfc().verify(code, None, time), Ok(time / STEP_S));
        }
    }

    #[test]
    fn one_step_of_skew_and_no_replay() {
        let secret = rfc();
        let code = secret.code_at(3000);
        #[track_caller]
        fn check(secret: &TotpSecret, code: &str, last: Option<u64>, now: u64, expected: Result<u64, TotpRefusal>) {
            assert_eq!(secret.verify(code, last, now), expected);
        }
        check(&secret, &code, None, 2999, Ok(100));
        check(&secret, &code, None, 3059, Ok(100));
        check(&secret, &code, None, 2969, Err(TotpRefusal::Wrong));
        check(&secret, &code, None, 3060, Err(TotpRefusal::Wrong));
        check(&secret, &code, Some(99), 3000, Ok(100));
        check(&secret, &code, Some(100), 3000, Err(TotpRefusal::Replayed));
        check(&secret, &code, Some(101), 3000, Err(TotpRefusal::Replayed));
        check(&secret, &code, Some(u64::MAX), 3000, Err(TotpRefusal::Replayed));
        for malformed in ["", "12345", "1234567", "12345a", "12 456", "１２３４５６", "-12345", "12345\n"] {
            check(&secret, malformed, None, 3000, Err(TotpRefusal::Malformed));
        }
        assert!(secret.verify("000000", None, u64::MAX).is_err());
        assert!(secret.verify(&secret.code_at(0), None, 0).is_ok());
    }

    #[test]
    fn enrolment_is_escaped() {
        let secret = TotpSecret::generate(&mut StdRng::seed_from_u64(1));
        let shown = secret.enrolment("Ana's App: \"beta\"", "ana+x@example.com").unwrap();
        let base32 = &shown.secret_base32;
        assert_eq!(base32.len(), 32);
        assert_eq!(
            shown.uri,
            format!(
                "otpauth://totp/Ana%27s%20App%20%20%22beta%22:ana%2Bx%40example.com?secret={base32}\
                 &issuer=Ana%27s%20App%20%20%22beta%22&algorithm=SHA1&digits=6&period=30"
            )
        );
        assert!(shown.qr_svg.starts_with("<svg ") && shown.qr_svg.ends_with("</svg>"));
        assert!(!shown.qr_svg.contains('#') && !shown.qr_svg.contains('%'));
        let longest = secret.enrolment(&"ü".repeat(300), &"&secret=AAAA".repeat(50)).unwrap();
        assert_eq!(longest.uri.matches("secret=").count(), 1);
        let other = totp_rs::Totp::from_url_unchecked(&shown.uri).unwrap();
        assert_eq!(other.generate(3000).to_string(), secret.code_at(3000), "another reader agrees");
        assert_eq!(TotpSecret::from_bytes(&[1; 19]), None);
    }
}
