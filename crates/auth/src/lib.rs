//! Identity without HTTP: the server's keys, signed tokens, and who a credential stands for.
//! In: text of a credential and the time. Out: an [`Identity`](backstay_plan::principal::Identity) or why not.

pub mod access_token;
pub mod account;
pub mod api_key;
pub mod client;
pub mod code;
pub mod csrf;
pub mod email;
mod framed_mac;
pub mod jwk;
pub mod jws;
pub mod keys;
pub mod limits;
pub mod master;
pub mod password;
pub mod pkce;
pub mod policy;
pub mod recovery_code;
pub mod redirect;
pub mod refresh;
pub mod role_order;
pub mod roles;
pub mod rotation;
pub mod secret_box;
pub mod signing;
mod strict_json;
pub mod token;
pub mod totp;
pub mod user_agent;
pub mod verifier;

pub use account::{AccountFacts, ChangeCounter, Facts, FactsUnavailable, Recheck};
pub use jwk::VerifyKey;
pub use keys::{GivenKeys, KEYS_FILE, Keys, KeysError, Secret, StoredKeys, expiry_of, stored_keys};
pub use master::{MasterKey, MasterKeyError};
pub use roles::DeclaredRoles;
pub use secret_box::SecretBox;
pub use signing::SigningKey;
pub use token::{SignError, TokenError, sign};
pub use verifier::{Verdict, Verifier, VerifierOptions};
