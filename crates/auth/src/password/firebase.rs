//! Firebase's variant of scrypt: the derived key encrypts the project's signer key, and the cipher text is the hash.
//! In: `$fbscrypt$v=1,n=14,r=8,p=1,ss=Bw==,sk=…$salt$hash`, the form that exports of GoTrue carry. Out: whether it fits.

use super::UnusableHash;
use super::phc::{BASE64, number, salt_bytes, tag_bytes};
use super::stored::scrypt_params;
use aes_gcm::aes::Aes256;
use aes_gcm::aes::cipher::{BlockCipherEncrypt as _, KeyInit as _};
use base64::Engine as _;
use subtle::ConstantTimeEq as _;

/// Bytes of a project's signer key.
const SIGNER_KEY_BYTES_MAX: usize = 128;

/// A parsed hash with the project's parameters.
#[derive(Clone)]
pub(super) struct Firebase {
    params: scrypt::Params,
    /// Salt of the account followed by the project's separator.
    salt: Vec<u8>,
    signer_key: Vec<u8>,
    tag: Vec<u8>,
}

impl Firebase {
    /// Parses what follows `$fbscrypt$`.
    pub(super) fn parse(rest: &str) -> Result<Self, UnusableHash> {
        let parts: Vec<&str> = rest.split('$').collect();
        let [params, salt, tag] = parts.as_slice() else { return Err(UnusableHash::Malformed) };
        let [mut version, mut log_n, mut r, mut p] = [None; 4];
        let (mut separator, mut signer_key) = (Vec::new(), None);
        for pair in params.split(',') {
            let (name, value) = pair.split_once('=').ok_or(UnusableHash::Malformed)?;
            let slot = match name {
                "v" => &mut version,
                "n" => &mut log_n,
                "r" => &mut r,
                "p" => &mut p,
                "ss" => {
                    separator = salt_bytes(value)?;
                    continue;
                }
                "sk" => {
                    signer_key = Some(BASE64.decode(value).map_err(|_| UnusableHash::Malformed)?);
                    continue;
                }
                _unknown => return Err(UnusableHash::Malformed),
            };
            *slot = Some(number(value)?);
        }
        if version != Some(1) {
            return Err(UnusableHash::Unsupported);
        }
        let (Some(log_n), Some(r), Some(p), Some(signer_key)) = (log_n, r, p, signer_key) else {
            return Err(UnusableHash::Malformed);
        };
        if signer_key.is_empty() || signer_key.len() > SIGNER_KEY_BYTES_MAX {
            return Err(UnusableHash::Malformed);
        }
        let mut salt = salt_bytes(salt)?;
        salt.extend_from_slice(&separator);
        Ok(Self { params: scrypt_params(log_n, r, p)?, salt, signer_key, tag: tag_bytes(tag)? })
    }

    /// Parameters of the key derivation.
    pub(super) fn params(&self) -> &scrypt::Params {
        &self.params
    }

    /// Whether the password fits.
    pub(super) fn fits(&self, password: &[u8]) -> bool {
        let mut key = [0_u8; 32];
        if scrypt::scrypt(password, &self.salt, &self.params, &mut key).is_err() {
            return false;
        }
        let cipher = Aes256::new(&key.into());
        // AES-256-CTR from a counter of zero, over the signer key.
        let mut made = self.signer_key.clone();
        for (counter, chunk) in (0_u128..).zip(made.chunks_mut(16)) {
            let mut stream = counter.to_be_bytes().into();
            cipher.encrypt_block(&mut stream);
            for (byte, mask) in chunk.iter_mut().zip(stream.iter()) {
                *byte ^= mask;
            }
        }
        made.ct_eq(&self.tag).into()
    }
}
