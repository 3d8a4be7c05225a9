//! Project Wycheproof's vectors: signed text, key sets, and the primitives below them. Every invalid one is refused, every
//! valid one of an algorithm that we have is accepted, and the counts are stated so that an empty run fails.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test stops where it fails")]

use backstay_auth::VerifyKey;
use backstay_auth::jwk::JwkError;
use backstay_auth::jws::Keyring;
use p256::ecdsa::VerifyingKey;
use serde_json::Value;
use wycheproof::TestResult;

const SIGNATURES: &str = include_str!("wycheproof/json_web_signature_test.json");
const KEYS: &str = include_str!("wycheproof/json_web_key_test.json");

/// Vectors that are marked valid although a character that is no base64url stands in a part of the token (RFC 7515, 2:
/// no other characters). Their neighbours with the same fault are marked invalid; we refuse all of them.
const MARKED_VALID_BY_MISTAKE: [u64; 2] = [372, 373];

/// Vectors that are marked invalid although their text is, byte for byte, the one of vector 357, which is valid: the padding
/// that they are named after was lost. Padded parts are in `hostile.rs`.
const MARKED_INVALID_BY_MISTAKE: [u64; 2] = [367, 370];

#[derive(Debug, Default, PartialEq)]
struct Counts {
    accepted: usize,
    refused: usize,
    /// Valid, of an algorithm that we do not have.
    unsupported: usize,
}

/// Whether a token is signed by one of these keys.
fn opens(keys: Result<Vec<VerifyKey>, JwkError>, token: &str) -> bool {
    let ring = keys.ok().and_then(|keys| Keyring::new(keys, None).ok());
    ring.is_some_and(|ring| ring.open(token).is_ok())
}

fn run(
    file: &str,
    keys: impl Fn(&Value) -> Result<Vec<VerifyKey>, JwkError>,
    supported: impl Fn(&Value) -> bool,
) -> Counts {
    let file: Value = serde_json::from_str(file).unwrap();
    let mut counts = Counts::default();
    let mut total = 0;
    for group in file["testGroups"].as_array().unwrap() {
        // The public half where there is one, as it would be published.
        let key = group.get("public").unwrap_or(&group["private"]);
        for test in group["tests"].as_array().unwrap() {
            total += 1;
            let token = test["jws"].as_str().map_or_else(|| test["jws"].to_string(), str::to_owned);
            let accepted = opens(keys(key), &token);
            let id = test["tcId"].as_u64().unwrap();
            let valid = match test["result"] == "valid" {
                true => !MARKED_VALID_BY_MISTAKE.contains(&id),
                false => MARKED_INVALID_BY_MISTAKE.contains(&id),
            };
            match (valid, accepted) {
                (true, true) => counts.accepted += 1,
                (false, false) => counts.refused += 1,
                (true, false) if !supported(key) => counts.unsupported += 1,
                _ => panic!("vector {id} ({}): valid {valid}, accepted {accepted}", test["comment"]),
            }
        }
    }
    assert_eq!(file["numberOfTests"], total);
    counts
}

fn is_supported(key: &Value) -> bool {
    (key["kty"] == "oct" && key["alg"] == "HS256") || (key["kty"] == "EC" && key["alg"] == "ES256")
}

#[test]
fn signatures() {
    let one = |key: &Value| VerifyKey::from_jwk(key.to_string().as_bytes()).map(|key| vec![key]);
    let counts = run(SIGNATURES, one, is_supported);
    assert_eq!(counts, Counts { accepted: 12, refused: 355, unsupported: 34 });
}

#[test]
fn vectors_marked_by_mistake() {
    let file: Value = serde_json::from_str(SIGNATURES).unwrap();
    let tests: Vec<&Value> =
        file["testGroups"].as_array().unwrap().iter().flat_map(|group| group["tests"].as_array().unwrap()).collect();
    let text = |id: u64| tests.iter().find(|test| test["tcId"] == id).unwrap()["jws"].as_str().unwrap();
    assert!(MARKED_INVALID_BY_MISTAKE.iter().all(|id| text(*id) == text(357)));
    assert!(MARKED_VALID_BY_MISTAKE.iter().all(|id| text(*id).contains('?')));
}

#[test]
fn key_sets() {
    let set = |keys: &Value| VerifyKey::from_jwks(keys.to_string().as_bytes());
    let counts = run(KEYS, set, |set| set["keys"].as_array().unwrap().iter().all(is_supported));
    assert_eq!(counts, Counts { accepted: 2, refused: 21, unsupported: 3 });
}

/// Signatures of the length that tokens have: r and s, 32 bytes each.
#[test]
fn ecdsa_of_tokens() {
    let set = wycheproof::ecdsa::TestSet::load(wycheproof::ecdsa::TestName::EcdsaSecp256r1Sha256P1363).unwrap();
    let (mut accepted, mut refused) = (0, 0);
    for group in set.test_groups {
        let key = VerifyKey::es256(VerifyingKey::from_sec1_bytes(&group.key.key).unwrap());
        for test in group.tests {
            let holds = key.verifies(&test.msg, &test.sig);
            assert_eq!(holds, test.result == TestResult::Valid, "vector {}: {}", test.tc_id, test.comment);
            if holds { accepted += 1 } else { refused += 1 }
        }
    }
    assert_eq!((accepted, refused), (173, 89));
}

#[test]
fn hmac_of_tokens() {
    let set = wycheproof::mac::TestSet::load(wycheproof::mac::TestName::HmacSha256).unwrap();
    let (mut accepted, mut refused, mut short) = (0, 0, 0);
    for test in set.test_groups.iter().filter(|group| group.tag_size == 256).flat_map(|group| &group.tests) {
        match VerifyKey::hs256(None, &test.key) {
            Ok(key) => {
                let holds = key.verifies(&test.msg, &test.tag);
                assert_eq!(holds, test.result == TestResult::Valid, "vector {}: {}", test.tc_id, test.comment);
                if holds { accepted += 1 } else { refused += 1 }
            }
            Err(error) => {
                assert!(error == JwkError::TooShort && test.key.len() < 32, "vector {}", test.tc_id);
                short += 1;
            }
        }
    }
    assert_eq!((accepted, refused, short), (30, 54, 3));
}
