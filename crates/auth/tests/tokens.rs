//! Every way a token can be bad, row by row, and what a good one stands for.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test stops where it fails")]

use backstay_auth::{DeclaredRoles, Secret, TokenError, Verdict, Verifier, VerifierOptions, sign};
use backstay_plan::principal::{Identity, WireRole};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Map, Value, json};
use std::sync::Arc;

const SECRET: &str = "a-secret-of-this-test-that-is-long-enough";
const NOW: i64 = 1_700_000_000;

fn secret() -> Secret {
    Secret::parse(SECRET).unwrap()
}

fn options() -> VerifierOptions {
    VerifierOptions {
        secret: Some(secret()),
        roles: DeclaredRoles::named(&["learner", "admin"]),
        ..VerifierOptions::default()
    }
}

fn verifier() -> Verifier {
    Verifier::new(options())
}

fn identify(verifier: &Verifier, token: &str, now: i64) -> Result<Arc<Identity>, TokenError> {
    verifier.verify(token, now).and_then(Verdict::fresh)
}

fn object(value: Value) -> Map<String, Value> {
    let Value::Object(map) = value else { panic!("not an object: {value}") };
    map
}

fn token(claims: Value) -> String {
    sign(&secret(), &object(claims)).unwrap()
}

fn part(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(text)
}

/// A token with this header text and payload text, signed with HMAC-SHA256 over exactly those parts.
fn forged(header: &str, payload: &str, key: &[u8]) -> String {
    let message = format!("{}.{}", part(header), part(payload));
    let signature =
        jsonwebtoken::crypto::sign(message.as_bytes(), &EncodingKey::from_secret(key), Algorithm::HS256).unwrap();
    format!("{message}.{signature}")
}

const HS256: &str = r#"{"alg":"HS256","typ":"JWT"}"#;
const ADMIN: &str = r#"{"role":"service_role","exp":1800000000}"#;

#[track_caller]
fn refused(token: &str, expected: &TokenError) {
    let verifier = verifier();
    for attempt in ["first", "again"] {
        assert_eq!(identify(&verifier, token, NOW).as_ref().err(), Some(expected), "{attempt}: {token:.100}");
    }
}

#[test]
fn bad_form() {
    let good = token(json!({"role": "authenticated", "sub": "u"}));
    let (message, signature) = good.rsplit_once('.').unwrap();
    let (header, payload) = message.split_once('.').unwrap();
    refused("", &TokenError::Empty);
    refused("x", &TokenError::Parts { got: 1 });
    refused("a.b", &TokenError::Parts { got: 2 });
    refused("a.b.c.d", &TokenError::Parts { got: 4 });
    refused(&format!("{good}."), &TokenError::Parts { got: 4 });
    refused(&format!(".{good}"), &TokenError::Parts { got: 4 });
    let too_long = TokenError::TooLong { max: 16 * 1024 };
    refused(&"a".repeat(16 * 1024 + 1), &too_long);
    refused(&token(json!({"role": "anon", "x": "y".repeat(13_000)})), &too_long);
    refused("..", &TokenError::Undecodable);
    refused(&format!(".{payload}.{signature}"), &TokenError::Undecodable);
    refused(&format!("!{message}.{signature}"), &TokenError::Undecodable);
    refused(&format!(" {good}"), &TokenError::Undecodable);
    refused(&format!("{header}=.{payload}.{signature}"), &TokenError::Undecodable);
    refused(
        &format!("{}.{payload}.{signature}", STANDARD.encode("{\"alg\":\"HS256\"} ??>>")),
        &TokenError::Undecodable,
    );
    refused(&format!("{}.{payload}.{signature}", part("not json")), &TokenError::Undecodable);
    refused(&format!("{}.{payload}.{signature}", part("[]")), &TokenError::Undecodable);
    refused(&format!("{}.{payload}.{signature}", part("null")), &TokenError::Undecodable);
    refused("Bearer x.y.z", &TokenError::Undecodable);
    refused("é.é.é", &TokenError::Undecodable);
    refused("sb_secret_0123456789", &TokenError::UnknownKey);
    refused("sb_publishable_0123456789", &TokenError::UnknownKey);
}

#[test]
fn bad_algorithm() {
    let unsigned = |header: &str| format!("{}.{}.", part(header), part(ADMIN));
    refused(&unsigned(r#"{"alg":"none"}"#), &TokenError::Algorithm);
    refused(&unsigned(r#"{"alg":"None"}"#), &TokenError::Algorithm);
    refused(&unsigned(r#"{"alg":"nOnE","typ":"JWT"}"#), &TokenError::Algorithm);
    refused(&unsigned(r#"{"alg":""}"#), &TokenError::Algorithm);
    refused(&unsigned("{}"), &TokenError::Algorithm);
    refused(&forged(r#"{"alg":"none"}"#, ADMIN, SECRET.as_bytes()), &TokenError::Algorithm);
    refused(&forged(r#"{"typ":"JWT"}"#, ADMIN, SECRET.as_bytes()), &TokenError::Algorithm);
    refused(&forged(r#"{"alg":"hs256"}"#, ADMIN, SECRET.as_bytes()), &TokenError::Algorithm);
    refused(&forged(r#"{"alg":"HS256 "}"#, ADMIN, SECRET.as_bytes()), &TokenError::Algorithm);
    refused(&forged(r#"{"alg":["HS256"]}"#, ADMIN, SECRET.as_bytes()), &TokenError::Algorithm);
    refused(&forged(r#"{"alg":null}"#, ADMIN, SECRET.as_bytes()), &TokenError::Algorithm);
    for other in ["HS384", "HS512", "RS256", "PS256", "ES256", "EdDSA", "HS1", "dir", "A128KW"] {
        refused(&forged(&format!(r#"{{"alg":"{other}"}}"#), ADMIN, SECRET.as_bytes()), &TokenError::Algorithm);
    }
    for real in [Algorithm::HS384, Algorithm::HS512] {
        let key = EncodingKey::from_secret(SECRET.as_bytes());
        let token = jsonwebtoken::encode(&Header::new(real), &object(json!({"role": "service_role"})), &key).unwrap();
        refused(&token, &TokenError::Algorithm);
    }
}

#[test]
fn bad_header_members() {
    let signed = |header: &str| forged(header, ADMIN, SECRET.as_bytes());
    refused(&signed(r#"{"alg":"HS256","typ":"JWE"}"#), &TokenError::Type);
    refused(&signed(r#"{"alg":"HS256","typ":1}"#), &TokenError::Type);
    refused(&signed(r#"{"alg":"HS256","typ":null}"#), &TokenError::Type);
    refused(&signed(r#"{"alg":"HS256","crit":["exp"]}"#), &TokenError::Type);
    refused(&signed(r#"{"alg":"HS256","crit":[]}"#), &TokenError::Type);
    refused(&signed(r#"{"alg":"HS256","b64":false,"crit":["b64"]}"#), &TokenError::Type);
}

#[test]
fn bad_signature() {
    let good = token(json!({"role": "authenticated", "sub": "u"}));
    let (message, signature) = good.rsplit_once('.').unwrap();
    let (header, payload) = message.split_once('.').unwrap();
    refused(&format!("{message}."), &TokenError::Signature);
    refused(&format!("{message}.{}", &signature[..signature.len() - 4]), &TokenError::Signature);
    refused(&format!("{message}.{signature}AAAA"), &TokenError::Signature);
    refused(&format!("{message}.{}", part(&"\0".repeat(32))), &TokenError::Signature);
    refused(&format!("{header}.{}.{signature}", part(ADMIN)), &TokenError::Signature);
    refused(&format!("{}.{payload}.{signature}", part(r#"{"typ":"JWT","alg":"HS256"} "#)), &TokenError::Signature);
    refused(&forged(HS256, ADMIN, b""), &TokenError::Signature);
    refused(&forged(HS256, ADMIN, b"\0"), &TokenError::Signature);
    refused(&forged(HS256, ADMIN, b"secret"), &TokenError::Signature);
    refused(&forged(HS256, ADMIN, b"super-secret-jwt-token-with-at-least-32-characters-long"), &TokenError::Signature);
    refused(&forged(HS256, ADMIN, SECRET.to_uppercase().as_bytes()), &TokenError::Signature);
    // A key that the token brings along, or points to, is not used.
    let jwk = format!(r#"{{"alg":"HS256","jwk":{{"kty":"oct","k":"{}"}}}}"#, part("their key"));
    refused(&forged(&jwk, ADMIN, b"their key"), &TokenError::ForeignKey { member: "jwk" });
    for (member, value) in [("jku", r#""https://evil.test/k""#), ("x5u", r#""https://evil.test/k""#), ("x5c", "[]")] {
        for key in [&b"their key"[..], SECRET.as_bytes()] {
            let header = format!(r#"{{"alg":"HS256","{member}":{value}}}"#);
            refused(&forged(&header, ADMIN, key), &TokenError::ForeignKey { member });
        }
    }
    refused(&forged(r#"{"alg":"HS256","kid":"/dev/null"}"#, ADMIN, b""), &TokenError::Signature);
    refused(&forged(r#"{"alg":"HS256","kid":"' or 1=1 --"}"#, ADMIN, b"1"), &TokenError::Signature);
    // An unknown id never falls back to the secret, even when that signed.
    for kid in [r#""""#, r#""x""#, r#""../../x""#, "null", "7", "[]", &format!("\"{}\"", "k".repeat(300))] {
        let header = format!(r#"{{"alg":"HS256","kid":{kid}}}"#);
        refused(&forged(&header, ADMIN, SECRET.as_bytes()), &TokenError::Signature);
    }
}

#[test]
fn bad_claims() {
    let signed = |payload: &str| forged(HS256, payload, SECRET.as_bytes());
    for payload in ["[]", "null", "1", "\"service_role\"", "true"] {
        refused(&signed(payload), &TokenError::ClaimsNotObject);
    }
    for payload in ["", "{", "{\"role\":}", "\u{0}", &format!("{}1{}", "[".repeat(2000), "]".repeat(2000))] {
        refused(&signed(payload), &TokenError::Undecodable);
    }
    refused(&signed(r#"{"role":"anon","exp":1e999}"#), &TokenError::Undecodable);
    for claim in ["exp", "nbf", "iat"] {
        for value in [json!("1800000000"), json!(true), json!([1]), json!({})] {
            refused(&token(json!({"role": "anon", claim: value})), &TokenError::ClaimNotNumber { claim });
        }
    }
    refused(&token(json!({"exp": NOW - 31})), &TokenError::Expired);
    refused(&token(json!({"exp": 0})), &TokenError::Expired);
    refused(&token(json!({"exp": -1})), &TokenError::Expired);
    refused(&token(json!({"exp": i64::MIN})), &TokenError::Expired);
    refused(&token(json!({"nbf": NOW + 31})), &TokenError::NotYetValid);
    refused(&token(json!({"nbf": u64::MAX})), &TokenError::NotYetValid);
    refused(&token(json!({"iat": NOW + 31})), &TokenError::IssuedAtFuture);
    refused(&token(json!({"iat": 1e300})), &TokenError::IssuedAtFuture);
    refused(&token(json!({"role": "authenticated", "sub": 7})), &TokenError::SubjectNotString);
    refused(&token(json!({"role": "authenticated", "sub": {"$ne": null}})), &TokenError::SubjectNotString);
    refused(&token(json!({"aud": 1})), &TokenError::AudienceShape);
    refused(&token(json!({"aud": ["a", 1]})), &TokenError::AudienceShape);
    refused(&token(json!({"role": ["service_role"]})), &TokenError::RoleNotString);
    refused(&token(json!({"role": "postgres"})), &TokenError::UnknownRole { role: "postgres".to_owned() });
    refused(&token(json!({"role": "user"})), &TokenError::UnknownRole { role: "user".to_owned() });
    refused(&token(json!({"role": "SERVICE_ROLE"})), &TokenError::UnknownRole { role: "SERVICE_ROLE".to_owned() });
    refused(&token(json!({"role": "service_role\u{0}"})), &TokenError::UnknownRole { role: "service_role".to_owned() });
}

#[test]
fn good() {
    let check = |claims: Value, wire: WireRole, application: &[&str], uid: Option<&str>| {
        let identity = identify(&verifier(), &token(claims.clone()), NOW).unwrap();
        assert_eq!(identity.roles.wire, wire, "{claims}");
        assert_eq!(identity.roles.application, application, "{claims}");
        assert_eq!(identity.uid.as_deref(), uid, "{claims}");
        assert_eq!(identity.claims, object(claims));
    };
    check(json!({}), WireRole::Anonymous, &[], None);
    check(json!({"role": "anon", "sub": "u"}), WireRole::Anonymous, &[], None);
    check(json!({"role": "authenticated", "sub": "u"}), WireRole::Authenticated, &[], Some("u"));
    check(json!({"role": "authenticated", "sub": ""}), WireRole::Authenticated, &[], None);
    check(json!({"role": "admin", "sub": "u"}), WireRole::Authenticated, &["admin"], Some("u"));
    check(json!({"role": "service_role"}), WireRole::Service, &[], None);
    check(json!({"role": "anon", "exp": NOW - 30, "nbf": NOW + 30, "iat": NOW + 30}), WireRole::Anonymous, &[], None);
    check(json!({"role": "anon", "exp": 1_800_000_000.5, "aud": []}), WireRole::Anonymous, &[], None);
    check(json!({"role": "anon", "exp": null, "aud": null, "sub": null}), WireRole::Anonymous, &[], None);
    let header = r#"{"typ":"jwt","alg":"HS256"}"#;
    assert!(identify(&verifier(), &forged(header, ADMIN, SECRET.as_bytes()), NOW).is_ok());
}

#[test]
fn audience() {
    let verifier = Verifier::new(VerifierOptions { audience: Some("authenticated".to_owned()), ..options() });
    for (aud, expected) in [
        (json!("authenticated"), Ok(())),
        (json!(["x", "authenticated"]), Ok(())),
        (json!(null), Ok(())),
        (json!([]), Ok(())),
        (json!("other"), Err(TokenError::WrongAudience)),
        (json!(["x"]), Err(TokenError::WrongAudience)),
        (json!(""), Err(TokenError::WrongAudience)),
        (json!({}), Err(TokenError::AudienceShape)),
    ] {
        assert_eq!(identify(&verifier, &token(json!({"role": "anon", "aud": aud})), NOW).map(drop), expected, "{aud}");
    }
}

#[test]
fn remembered_until_it_expires() {
    let verifier = verifier();
    let token = token(json!({"role": "authenticated", "sub": "u", "exp": NOW + 100, "nbf": NOW}));
    let first = identify(&verifier, &token, NOW).unwrap();
    let again = identify(&verifier, &token, NOW + 1).unwrap();
    assert!(Arc::ptr_eq(&first, &again), "the second answer comes from the cache");
    assert!(identify(&verifier, &token, NOW + 130).is_ok());
    assert_eq!(identify(&verifier, &token, NOW + 131).unwrap_err(), TokenError::Expired);
    assert_eq!(identify(&verifier, &token, NOW + 131).unwrap_err(), TokenError::Expired);
    assert_eq!(identify(&verifier, &token, NOW - 31).unwrap_err(), TokenError::NotYetValid);
    // One character more or less is another token.
    assert!(identify(&verifier, &token[..token.len() - 1], NOW).is_err());
}

#[test]
fn roles_of_a_changed_schema() {
    let verifier = verifier();
    let token = token(json!({"role": "admin"}));
    assert!(identify(&verifier, &token, NOW).is_ok());
    verifier.replace_roles(DeclaredRoles::named(&["teacher"]));
    assert_eq!(identify(&verifier, &token, NOW).unwrap_err(), TokenError::UnknownRole { role: "admin".to_owned() });
}

#[test]
fn opaque_keys() {
    let (anon, service) = ("sb_publishable_0123456789abc", "sb_secret_0123456789abcdef");
    let verifier = Verifier::new(VerifierOptions {
        anon_key: Some(anon.to_owned()),
        service_key: Some(service.to_owned()),
        ..options()
    });
    let wire = |key: &str| identify(&verifier, key, NOW).map(|identity| identity.roles.wire);
    assert_eq!(wire(anon), Ok(WireRole::Anonymous));
    assert_eq!(wire(service), Ok(WireRole::Service));
    assert_eq!(wire(&service[..service.len() - 1]), Err(TokenError::UnknownKey));
    assert_eq!(wire(&format!("{service}x")), Err(TokenError::UnknownKey));
    assert_eq!(wire(&token(json!({"role": "authenticated"}))), Ok(WireRole::Authenticated));
}

#[test]
fn without_a_secret() {
    let verifier = Verifier::new(VerifierOptions::default());
    let token = token(json!({"role": "service_role"}));
    assert_eq!(identify(&verifier, &token, NOW).unwrap_err(), TokenError::NoSecret);
    assert_eq!(identify(&verifier, &forged(HS256, ADMIN, b""), NOW).unwrap_err(), TokenError::NoSecret);
    assert_eq!(verifier.anonymous().roles.wire, WireRole::Anonymous);
}
