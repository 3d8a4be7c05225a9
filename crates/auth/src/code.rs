//! One-time codes and link tokens of a mail. In: randomness, a pepper, who and what for. Out: what is mailed, what is stored.
//! The code and the link of one mail are independent: 10^6 guesses at one tell nothing of the other. No clock, no storage.

use crate::framed_mac::{DIGEST_BYTES, digest, equals};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::CryptoRng;
use sha2::{Digest as _, Sha256};
use std::fmt;
use uuid::Uuid;

/// Life of a typed code, seconds (ASVS 6.5.5: at most 10 minutes).
pub const CODE_LIFE_S: u32 = 600;

/// Life of a link, seconds.
pub const LINK_LIFE_S: u32 = 3600;

/// Wrong tries that end a code. Counted before the comparison, in a transaction of its own.
pub const ATTEMPTS_MAX: u32 = 5;

/// Random bytes of a link token (256 bits).
const LINK_BYTES: usize = 32;

/// Marks the link of a PKCE flow, which answers with a code instead of a session.
const PKCE_PREFIX: &str = "pkce_";

/// Longest text that is looked at as a typed code.
const TYPED_BYTES_MAX: usize = 32;

/// What a code or link is good for. A code of one purpose never serves another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Purpose {
    /// Confirms a new account.
    Signup,
    /// Signs in without a password.
    Magiclink,
    /// Opens a password reset.
    Recovery,
    /// Accepts an invitation.
    Invite,
    /// The old address agrees to the change of address.
    EmailChangeCurrent,
    /// The new address proves that it is read.
    EmailChangeNew,
    /// Proves presence before a password change.
    Reauthentication,
    /// Signs in by text message.
    Sms,
    /// Proves a new phone number.
    PhoneChange,
}

impl Purpose {
    /// All of them, with their stored names.
    pub const ALL: [(Self, &'static str); 9] = [
        (Self::Signup, "signup"),
        (Self::Magiclink, "magiclink"),
        (Self::Recovery, "recovery"),
        (Self::Invite, "invite"),
        (Self::EmailChangeCurrent, "email_change_current"),
        (Self::EmailChangeNew, "email_change_new"),
        (Self::Reauthentication, "reauthentication"),
        (Self::Sms, "sms"),
        (Self::PhoneChange, "phone_change"),
    ];

    /// The stored name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Signup => "signup",
            Self::Magiclink => "magiclink",
            Self::Recovery => "recovery",
            Self::Invite => "invite",
            Self::EmailChangeCurrent => "email_change_current",
            Self::EmailChangeNew => "email_change_new",
            Self::Reauthentication => "reauthentication",
            Self::Sms => "sms",
            Self::PhoneChange => "phone_change",
        }
    }

    /// The purpose of a stored name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == name).map(|&(purpose, _)| purpose)
    }

    /// Purposes that a verify request's `type` may stand for, tried in this order; `None` for an unknown type.
    #[must_use]
    pub fn of_verify_type(name: &str, slots: Slots) -> Option<&'static [Self]> {
        Some(match (name, slots) {
            ("signup", _) => &[Self::Signup],
            ("invite", _) => &[Self::Invite],
            ("recovery", Slots::PerPurpose) => &[Self::Recovery],
            ("magiclink", Slots::PerPurpose) => &[Self::Magiclink],
            ("recovery", Slots::Shared) => &[Self::Recovery, Self::Magiclink],
            ("magiclink", Slots::Shared) => &[Self::Magiclink, Self::Recovery],
            ("email", Slots::PerPurpose) => &[Self::Signup, Self::Invite, Self::Magiclink],
            ("email", Slots::Shared) => &[Self::Signup, Self::Invite, Self::Magiclink, Self::Recovery],
            ("email_change", _) => &[Self::EmailChangeNew, Self::EmailChangeCurrent],
            ("sms", _) => &[Self::Sms],
            ("phone_change", _) => &[Self::PhoneChange],
            _unknown => return None,
        })
    }
}

/// Whether a magic link and a recovery code may stand for one another, as older servers let them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Slots {
    /// Each purpose on its own.
    PerPurpose,
    /// Magic link and recovery share one slot (`compat`).
    Shared,
}

/// Digits of a code: 6 to 10.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CodeLength(u8);

/// A length of codes outside of 6 to 10.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a code has 6 to 10 digits, not {0}")]
pub struct InvalidCodeLength(pub u8);

impl Default for CodeLength {
    fn default() -> Self {
        Self(6)
    }
}

impl CodeLength {
    /// A checked length.
    ///
    /// # Errors
    /// [`InvalidCodeLength`] outside of 6 to 10.
    pub fn new(digits: u8) -> Result<Self, InvalidCodeLength> {
        if (6..=10).contains(&digits) { Ok(Self(digits)) } else { Err(InvalidCodeLength(digits)) }
    }

    /// The number of digits.
    #[must_use]
    pub fn get(self) -> u8 {
        self.0
    }
}

/// A code of 6 to 10 digits, as mailed or as typed. Never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Code(Box<str>);

impl Code {
    /// A fresh one; every value is equally likely.
    pub fn generate(rng: &mut dyn CryptoRng, length: CodeLength) -> Self {
        let count = 10_u64.pow(u32::from(length.0));
        // Draws in the last, incomplete round of `count` values would favour small codes: they are drawn again.
        let fair = u64::MAX - u64::MAX % count;
        let value = loop {
            let drawn = rng.next_u64();
            if drawn < fair {
                break drawn % count;
            }
        };
        let width = usize::from(length.0);
        Self(format!("{value:0width$}").into())
    }

    /// Reads what a person typed or pasted: digits, with blanks and hyphens between them.
    ///
    /// `None` is answered like a wrong code.
    #[must_use]
    pub fn parse(typed: &str) -> Option<Self> {
        if typed.len() > TYPED_BYTES_MAX {
            return None;
        }
        let digits: String = typed.chars().filter(|c| !matches!(c, ' ' | '-')).collect();
        let is_code = (6..=10).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
        is_code.then(|| Self(digits.into()))
    }

    /// The digits, for the mail.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What the database keeps. Without the pepper a dump does not give the code away.
    #[must_use]
    pub fn hash(&self, pepper: &[u8; 32], purpose: Purpose, user_id: Uuid) -> CodeHash {
        let fields: [&[u8]; 3] = [purpose.as_str().as_bytes(), user_id.as_bytes(), self.0.as_bytes()];
        CodeHash(digest(pepper, "backstay one-time code 1", &fields))
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Code([redacted])")
    }
}

/// The stored form of a code: HMAC-SHA-256 under the pepper, bound to purpose and user.
#[derive(Debug, Clone, Copy)]
pub struct CodeHash([u8; DIGEST_BYTES]);

impl CodeHash {
    /// The bytes, for the database.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Compares with stored bytes in constant time; bytes of another length never match.
    #[must_use]
    pub fn matches(&self, stored: &[u8]) -> bool {
        equals(&self.0, stored)
    }
}

/// How the link of a mail ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkFlow {
    /// With a session.
    Implicit,
    /// With a code that the application exchanges.
    Pkce,
}

/// The token of a link: 256 random bits, opaque to clients. Never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct LinkToken {
    text: Box<str>,
    flow: LinkFlow,
}

impl LinkToken {
    /// A fresh one.
    pub fn generate(rng: &mut dyn CryptoRng, flow: LinkFlow) -> Self {
        let mut bytes = [0_u8; LINK_BYTES];
        rng.fill_bytes(&mut bytes);
        let prefix = match flow {
            LinkFlow::Implicit => "",
            LinkFlow::Pkce => PKCE_PREFIX,
        };
        Self { text: format!("{prefix}{}", URL_SAFE_NO_PAD.encode(bytes)).into(), flow }
    }

    /// Reads the token of a request. `None` is answered like an expired one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (flow, body) = match text.strip_prefix(PKCE_PREFIX) {
            Some(body) => (LinkFlow::Pkce, body),
            None => (LinkFlow::Implicit, text),
        };
        // The length is checked before decoding, so that a huge text costs nothing.
        let is_token = body.len() == 43 && URL_SAFE_NO_PAD.decode(body).is_ok_and(|bytes| bytes.len() == LINK_BYTES);
        is_token.then(|| Self { text: text.into(), flow })
    }

    /// The text, for the mail.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// How the link ends.
    #[must_use]
    pub fn flow(&self) -> LinkFlow {
        self.flow
    }

    /// What the database keeps: SHA-256 of the text with its prefix, so that cutting the prefix off does not turn a
    /// PKCE link into one that hands out a session.
    #[must_use]
    pub fn hash(&self) -> [u8; DIGEST_BYTES] {
        Sha256::digest(self.text.as_bytes()).into()
    }
}

impl fmt::Debug for LinkToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LinkToken([redacted], {:?})", self.flow)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng as _;
    use rand::rngs::StdRng;

    const PEPPER: [u8; 32] = [9; 32];

    #[test]
    fn lengths() {
        let mut rng = StdRng::seed_from_u64(1);
        for digits in 0..=u8::MAX {
            match CodeLength::new(digits) {
                Ok(length) => assert_eq!(Code::generate(&mut rng, length).as_str().len(), usize::from(digits)),
                Err(error) => assert!(!(6..=10).contains(&digits), "{error}"),
            }
        }
    }

    #[test]
    fn every_digit_is_as_likely_at_every_place() {
        let mut rng = StdRng::seed_from_u64(2);
        let mut counts = [[0_u32; 10]; 6];
        for _ in 0..60_000 {
            for (place, digit) in Code::generate(&mut rng, CodeLength::default()).as_str().bytes().enumerate() {
                counts[place][usize::from(digit - b'0')] += 1;
            }
        }
        // Chi-squared with 9 degrees of freedom: 33.7 is passed by chance once in 10,000.
        for place in counts {
            let chi: f64 = place.iter().map(|&count| (f64::from(count) - 6000.0).powi(2) / 6000.0).sum();
            assert!(chi < 33.7, "{place:?}: {chi}");
        }
    }

    #[test]
    fn typed_codes() {
        #[track_caller]
        fn check(typed: &str, expected: Option<&str>) {
            assert_eq!(Code::parse(typed).as_ref().map(Code::as_str), expected, "{typed:?}");
        }
        check("012345", Some("012345"));
        check("123 456", Some("123456"));
        check(" 123-456 ", Some("123456"));
        check("1234567890", Some("1234567890"));
        check("12345", None);
        check("12345678901", None);
        check("12345a", None);
        check("+12345", None);
        check("１２３４５６", None);
        check("123456\n", None);
        check("", None);
        check(&"1".repeat(100_000), None);
    }

    #[test]
    fn a_hash_is_bound_to_purpose_user_and_pepper() {
        let (code, user) = (Code::parse("123456").unwrap(), Uuid::from_u128(1));
        let stored = code.hash(&PEPPER, Purpose::Signup, user);
        assert!(code.hash(&PEPPER, Purpose::Signup, user).matches(stored.as_bytes()));
        assert!(!code.hash(&PEPPER, Purpose::Recovery, user).matches(stored.as_bytes()));
        assert!(!code.hash(&PEPPER, Purpose::Signup, Uuid::from_u128(2)).matches(stored.as_bytes()));
        assert!(!code.hash(&[8; 32], Purpose::Signup, user).matches(stored.as_bytes()));
        assert!(!stored.matches(b"") && !stored.matches(&stored.as_bytes()[1..]));
        assert_eq!(format!("{code:?}"), "Code([redacted])");
    }

    #[test]
    fn links() {
        let mut rng = StdRng::seed_from_u64(3);
        let (implicit, pkce) =
            (LinkToken::generate(&mut rng, LinkFlow::Implicit), LinkToken::generate(&mut rng, LinkFlow::Pkce));
        assert!(pkce.as_str().starts_with("pkce_") && implicit.as_str().len() == 43);
        for token in [&implicit, &pkce] {
            assert_eq!(LinkToken::parse(token.as_str()).as_ref(), Some(token));
        }
        let cut = LinkToken::parse(&pkce.as_str()[5..]).unwrap();
        assert_ne!(cut.hash(), pkce.hash(), "the prefix cannot be cut off");
        for broken in ["", "pkce_", "abc", &implicit.as_str()[1..], &format!("{}=", implicit.as_str())] {
            assert_eq!(LinkToken::parse(broken), None, "{broken}");
        }
        assert_eq!(LinkToken::parse(&format!("pkce_{}", pkce.as_str())), None);
        assert_eq!(LinkToken::parse(&"A".repeat(1 << 20)), None);
        assert!(!format!("{pkce:?}").contains(&pkce.as_str()[5..]));
    }

    #[test]
    fn purposes() {
        for (purpose, name) in Purpose::ALL {
            assert_eq!((purpose.as_str(), Purpose::parse(name)), (name, Some(purpose)));
        }
        assert_eq!(Purpose::parse("Signup"), None);
        assert_eq!(Purpose::of_verify_type("nonsense", Slots::PerPurpose), None);
        assert_eq!(Purpose::of_verify_type("reauthentication", Slots::Shared), None);
        let recovery = Purpose::of_verify_type("recovery", Slots::PerPurpose).unwrap();
        assert_eq!(recovery, [Purpose::Recovery]);
        assert!(!Purpose::of_verify_type("email", Slots::PerPurpose).unwrap().contains(&Purpose::Recovery));
        assert!(Purpose::of_verify_type("email", Slots::Shared).unwrap().contains(&Purpose::Recovery));
    }
}
