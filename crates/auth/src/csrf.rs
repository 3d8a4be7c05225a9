//! The value that a page must repeat in a header when a cookie authenticates it. In: a session, randomness. Out: text, or whether it holds.
//! A signed double submit: another site can neither read the cookie nor make a value for the session.

use crate::master::{MasterKey, Purpose};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use rand::CryptoRng;
use sha2::Sha256;
use std::fmt;
use subtle::ConstantTimeEq as _;
use uuid::Uuid;

const RANDOM_BYTES: usize = 16;
const MAC_BYTES: usize = 32;

/// Makes and checks the values of a server.
#[derive(Clone)]
pub struct Csrf(Hmac<Sha256>);

impl Csrf {
    /// Of a server.
    #[must_use]
    pub fn new(master: &MasterKey) -> Self {
        let key = master.subkey(Purpose::Csrf);
        Self(Hmac::new_from_slice(key.as_bytes()).expect("HMAC takes keys of every length"))
    }

    /// A value for a session; another one each time.
    pub fn issue(&self, rng: &mut dyn CryptoRng, session_id: Uuid) -> String {
        let mut random = [0; RANDOM_BYTES];
        rng.fill_bytes(&mut random);
        URL_SAFE_NO_PAD.encode([&random[..], &self.mac(session_id, &random)].concat())
    }

    /// Whether a request repeats in its header the value of its cookie, and the value is of its session.
    #[must_use]
    pub fn holds(&self, session_id: Uuid, cookie: &str, header: &str) -> bool {
        let same = bool::from(cookie.as_bytes().ct_eq(header.as_bytes()));
        let Ok(bytes) = URL_SAFE_NO_PAD.decode(cookie) else { return false };
        let Some((random, mac)) = bytes.split_at_checked(RANDOM_BYTES) else { return false };
        same && bool::from(mac.ct_eq(&self.mac(session_id, random)))
    }

    fn mac(&self, session_id: Uuid, random: &[u8]) -> [u8; MAC_BYTES] {
        self.0.clone().chain_update(session_id.as_bytes()).chain_update(random).finalize().into_bytes().into()
    }
}

impl fmt::Debug for Csrf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Csrf([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng as _;
    use rand::rngs::StdRng;

    #[test]
    fn holds_for_its_session_only() {
        let mut rng = StdRng::seed_from_u64(1);
        let (ours, theirs) = (MasterKey::generate(&mut rng), MasterKey::generate(&mut rng));
        let (ours, theirs) = (Csrf::new(&ours), Csrf::new(&theirs));
        let (session, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let value = ours.issue(&mut rng, session);
        assert!(ours.holds(session, &value, &value));
        assert_ne!(value, ours.issue(&mut rng, session));
        let again = ours.issue(&mut rng, session);
        for (csrf, session, cookie, header) in [
            (&ours, other, &value[..], &value[..]),
            (&theirs, session, &value, &value),
            (&ours, session, &value, &again),
            (&ours, session, &value, ""),
            (&ours, session, "", ""),
            (&ours, session, "AAAA", "AAAA"),
            (&ours, session, "*", "*"),
            (&ours, session, &value[..value.len() - 1], &value[..value.len() - 1]),
            (&ours, session, &"A".repeat(64), &"A".repeat(64)),
        ] {
            assert!(!csrf.holds(session, cookie, header), "{session} {cookie} {header}");
        }
    }
}
