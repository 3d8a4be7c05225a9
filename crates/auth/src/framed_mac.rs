//! A keyed digest over several fields that no other split of the same bytes can produce. In: key, label, fields. Out: 32 bytes.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use subtle::ConstantTimeEq as _;

/// Bytes of a digest.
pub(crate) const DIGEST_BYTES: usize = 32;

/// HMAC-SHA-256 over a label and fields, each preceded by its length.
pub(crate) fn digest(key: &[u8; 32], label: &'static str, fields: &[&[u8]]) -> [u8; DIGEST_BYTES] {
    // HMAC fills a short key up with zeros itself (RFC 2104); done here, the length is fixed and nothing can fail.
    let mut block = [0_u8; 64];
    block.split_at_mut(key.len()).0.copy_from_slice(key);
    let mut mac = Hmac::<Sha256>::new(&block.into());
    for field in std::iter::once(label.as_bytes()).chain(fields.iter().copied()) {
        mac.update(&u64::try_from(field.len()).unwrap_or(u64::MAX).to_be_bytes());
        mac.update(field);
    }
    mac.finalize().into_bytes().into()
}

/// Compares in constant time.
pub(crate) fn equals(left: &[u8], right: &[u8]) -> bool {
    left.ct_eq(right).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_splits_are_the_same() {
        let of = |label, fields: &[&[u8]]| digest(&[7; 32], label, fields);
        let base = of("code", &[b"signup", b"u1", b"123456"]);
        assert_eq!(base, of("code", &[b"signup", b"u1", b"123456"]));
        for other in [
            of("code", &[b"signupu", b"1", b"123456"]),
            of("code", &[b"signup", b"u11", b"23456"]),
            of("code", &[b"signup", b"u1123456"]),
            of("codesignup", &[b"u1", b"123456"]),
            of("code", &[b"signup", b"u1", b"123456", b""]),
            digest(&[8; 32], "code", &[b"signup", b"u1", b"123456"]),
        ] {
            assert!(!equals(&base, &other));
        }
        assert!(!equals(&base, &base[..31]));
    }
}
