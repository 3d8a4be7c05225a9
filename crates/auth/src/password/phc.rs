//! The PHC string format: `$id[$v=N][$key=value,…]$salt$hash`. In: text. Out: its fields, decoded and bounded.
//! Written by hand because stored hashes come from many libraries: unknown keys are refused, not skipped.

use super::UnusableHash;
use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};

/// Standard base64, with or without padding: libraries differ.
pub(super) const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Fewest bytes of a hash: a shorter one is too easy to hit by chance.
const TAG_BYTES_MIN: usize = 16;

/// Most bytes of a hash or a salt.
const FIELD_BYTES_MAX: usize = 128;

/// Fields of a PHC string after its name.
pub(super) struct Fields<'a> {
    /// `v=`, when it is given.
    pub(super) version: Option<u32>,
    /// The parameters' text; empty when there are none.
    pub(super) params: &'a str,
    /// Decoded salt.
    pub(super) salt: Vec<u8>,
    /// Decoded hash.
    pub(super) tag: Vec<u8>,
}

/// Splits what follows `$id$`.
pub(super) fn parse(rest: &str) -> Result<Fields<'_>, UnusableHash> {
    let parts: Vec<&str> = rest.split('$').collect();
    let (version, params, salt, tag) = match parts.as_slice() {
        [version, params, salt, tag] => {
            let version = version.strip_prefix("v=").ok_or(UnusableHash::Malformed)?;
            (Some(number(version)?), *params, *salt, *tag)
        }
        [params, salt, tag] => (None, *params, *salt, *tag),
        _other => return Err(UnusableHash::Malformed),
    };
    Ok(Fields { version, params, salt: salt_bytes(salt)?, tag: tag_bytes(tag)? })
}

/// The values of `names`, in their order. Every name must be there once, and no other.
pub(super) fn params<const N: usize>(text: &str, names: [&str; N]) -> Result<[u32; N], UnusableHash> {
    let mut found = [None; N];
    for pair in text.split(',') {
        let (name, value) = pair.split_once('=').ok_or(UnusableHash::Malformed)?;
        let place = names.iter().position(|&known| known == name).ok_or(UnusableHash::Malformed)?;
        let slot = found.get_mut(place).ok_or(UnusableHash::Malformed)?;
        if slot.replace(number(value)?).is_some() {
            return Err(UnusableHash::Malformed);
        }
    }
    let mut values = [0; N];
    for (value, found) in values.iter_mut().zip(found) {
        *value = found.ok_or(UnusableHash::Malformed)?;
    }
    Ok(values)
}

/// A plain decimal number: no sign, no leading zero.
pub(super) fn number(text: &str) -> Result<u32, UnusableHash> {
    let is_plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_plain || (text.len() > 1 && text.starts_with('0')) {
        return Err(UnusableHash::Malformed);
    }
    text.parse().map_err(|_| UnusableHash::TooCostly)
}

/// A decoded salt of 1 to 128 bytes.
pub(super) fn salt_bytes(text: &str) -> Result<Vec<u8>, UnusableHash> {
    bytes(text, 1)
}

/// A decoded hash of 16 to 128 bytes.
pub(super) fn tag_bytes(text: &str) -> Result<Vec<u8>, UnusableHash> {
    bytes(text, TAG_BYTES_MIN)
}

fn bytes(text: &str, least: usize) -> Result<Vec<u8>, UnusableHash> {
    let bytes = BASE64.decode(text).map_err(|_| UnusableHash::Malformed)?;
    if (least..=FIELD_BYTES_MAX).contains(&bytes.len()) { Ok(bytes) } else { Err(UnusableHash::Malformed) }
}
