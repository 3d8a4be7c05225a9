//! Tokens that attackers send, against a server with a current and a standby key and the shared secret: every one is refused,
//! and is refused again when it was seen before.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test stops where it fails")]

use backstay_auth::{Secret, SigningKey, TokenError, Verifier, VerifierOptions};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE, URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use p256::ecdsa::Signature;
use p256::ecdsa::signature::Signer as _;
use p256::pkcs8::{DecodePrivateKey as _, EncodePublicKey as _, LineEnding};
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use serde_json::{Value, json};
use sha2::Sha256;

const SECRET: &str = "a-secret-of-this-test-that-is-long-enough";
const ISSUER: &str = "https://api.example.com/auth/v1";
const NOW: i64 = 1_700_000_000;
const ID: &str = "00000000-0000-0000-0000-000000000001";

struct Attacker {
    verifier: Verifier,
    key: SigningKey,
    /// The same private key in the hands of the test, to sign what the server would never sign.
    raw: p256::ecdsa::SigningKey,
    refused: usize,
}

fn part(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn payload() -> String {
    json!({
        "iss": ISSUER, "sub": ID, "aud": "authenticated", "exp": NOW + 3600, "iat": NOW, "role": "authenticated",
        "session_id": ID,
    })
    .to_string()
}

fn hs256(header: &str, payload: &str, key: &[u8]) -> String {
    let message = format!("{}.{}", part(header), part(payload));
    let mac = Hmac::<Sha256>::new_from_slice(key).unwrap().chain_update(message.as_bytes()).finalize();
    format!("{message}.{}", part(mac.into_bytes()))
}

impl Attacker {
    fn new() -> Self {
        let mut rng = StdRng::seed_from_u64(1);
        let (key, standby) = (SigningKey::generate(&mut rng), SigningKey::generate(&mut rng));
        let verifier = Verifier::new(VerifierOptions {
            secret: Some(Secret::parse(SECRET).unwrap()),
            audience: Some("authenticated".to_owned()),
            issuer: Some(ISSUER.to_owned()),
            ..VerifierOptions::default()
        });
        verifier.replace_keys(vec![key.verify_key(), standby.verify_key()]).unwrap();
        let raw = p256::ecdsa::SigningKey::from_pkcs8_pem(&key.to_pem().unwrap()).unwrap();
        Self { verifier, key, raw, refused: 0 }
    }

    fn header(&self) -> String {
        format!(r#"{{"alg":"ES256","kid":"{}","typ":"JWT"}}"#, self.key.kid())
    }

    /// Signed with the server's own key: only the form can be wrong.
    fn es256(&self, header: impl AsRef<[u8]>, payload: impl AsRef<[u8]>) -> String {
        self.sign_parts(&part(header), &part(payload))
    }

    fn sign_parts(&self, header: &str, payload: &str) -> String {
        let signature: Signature = self.raw.sign(format!("{header}.{payload}").as_bytes());
        format!("{header}.{payload}.{}", part(signature.to_bytes()))
    }

    #[track_caller]
    fn refuse(&mut self, token: &str) -> TokenError {
        let first = self.verifier.verify(token, NOW).map(|verdict| format!("{verdict:?}"));
        let again = self.verifier.verify(token, NOW).map(|verdict| format!("{verdict:?}"));
        assert_eq!(first, again, "{token:.200}");
        self.refused += 1;
        first.expect_err(token)
    }

    #[track_caller]
    fn refuse_as(&mut self, token: &str, expected: &TokenError) {
        assert_eq!(&self.refuse(token), expected, "{token:.200}");
    }
}

#[test]
fn none_gets_in() {
    let mut attacker = Attacker::new();
    let (header, payload) = (attacker.header(), payload());
    let good = attacker.es256(&header, &payload);
    assert!(attacker.verifier.verify(&good, NOW).is_ok(), "the table starts from a token that is right");
    algorithms(&mut attacker, &payload);
    headers(&mut attacker, &payload);
    forms(&mut attacker, &header, &payload, &good);
    claims(&mut attacker, &header, &payload);
    assert!(attacker.refused >= 100, "{}", attacker.refused);
    assert_eq!(attacker.verifier.remembered(), 1, "nothing that was refused is remembered");
}

fn algorithms(attacker: &mut Attacker, payload: &str) {
    let kid = attacker.key.kid().to_owned();
    for alg in [
        "none", "None", "NONE", "nOnE", "", "es256", "ES256 ", "ES384", "ES512", "ES256K", "RS256", "PS256", "EdDSA",
        "HS384", "HS512", "dir",
    ] {
        let header = format!(r#"{{"alg":"{alg}","kid":"{kid}","typ":"JWT"}}"#);
        let signed = attacker.es256(&header, payload);
        attacker.refuse_as(&signed, &TokenError::Algorithm);
        attacker.refuse_as(&format!("{}.{}.", part(&header), part(payload)), &TokenError::Algorithm);
    }
    for alg in [r#"["ES256"]"#, "null", "1", r#"{"ES256":1}"#] {
        let signed = attacker.es256(format!(r#"{{"alg":{alg},"kid":"{kid}"}}"#), payload);
        attacker.refuse_as(&signed, &TokenError::Algorithm);
    }
    // The public key as the secret of an HMAC, in every form in which it is published.
    let public = *attacker.raw.verifying_key();
    let pem = public.to_public_key_pem(LineEnding::LF).unwrap();
    let jwk = attacker.key.public_jwk();
    let forms: [Vec<u8>; 7] = [
        pem.clone().into_bytes(),
        pem.trim_end().as_bytes().to_vec(),
        public.to_public_key_der().unwrap().as_bytes().to_vec(),
        public.to_sec1_bytes().to_vec(),
        jwk.to_string().into_bytes(),
        jwk["x"].as_str().unwrap().as_bytes().to_vec(),
        Vec::new(),
    ];
    for key in &forms {
        let named = hs256(&format!(r#"{{"alg":"HS256","kid":"{kid}"}}"#), payload, key);
        attacker.refuse_as(&named, &TokenError::Algorithm);
        attacker.refuse_as(&hs256(r#"{"alg":"HS256"}"#, payload, key), &TokenError::Signature);
    }
    // The shared secret does not sign for a key id, and an ECDSA signature is no HMAC.
    let named = hs256(&format!(r#"{{"alg":"HS256","kid":"{kid}"}}"#), payload, SECRET.as_bytes());
    attacker.refuse_as(&named, &TokenError::Algorithm);
    let swapped = attacker.es256(r#"{"alg":"HS256"}"#, payload);
    attacker.refuse_as(&swapped, &TokenError::Signature);
}

fn headers(attacker: &mut Attacker, payload: &str) {
    let kid = attacker.key.kid().to_owned();
    // A key id that is not one of ours: never another key, never the secret.
    for kid in [
        "",
        "x",
        "../../../../dev/null",
        "' or 1=1 --",
        "http://evil.example/k",
        "\\u0000",
        &kid.to_uppercase(),
        &kid[..20],
        &"k".repeat(300),
    ] {
        let signed = attacker.es256(format!(r#"{{"alg":"ES256","kid":"{kid}"}}"#), payload);
        attacker.refuse_as(&signed, &TokenError::Signature);
        attacker.refuse_as(
            &hs256(&format!(r#"{{"alg":"HS256","kid":"{kid}"}}"#), payload, SECRET.as_bytes()),
            &TokenError::Signature,
        );
    }
    for header in [
        r#"{"alg":"ES256"}"#.to_owned(),
        r#"{"alg":"ES256","kid":null}"#.to_owned(),
        format!(r#"{{"alg":"ES256","kid":["{kid}"]}}"#),
    ] {
        let signed = attacker.es256(&header, payload);
        attacker.refuse_as(&signed, &TokenError::Signature);
    }
    let jwk = attacker.key.public_jwk();
    for (member, value) in [
        ("jwk", jwk),
        ("jku", json!("https://evil.example/jwks")),
        ("x5u", json!("https://evil.example/c")),
        ("x5c", json!(["MIIB"])),
    ] {
        let signed = attacker.es256(format!(r#"{{"alg":"ES256","kid":"{kid}","{member}":{value}}}"#), payload);
        attacker.refuse_as(&signed, &TokenError::ForeignKey { member });
    }
    for extra in [
        r#""crit":["exp"]"#,
        r#""crit":[]"#,
        r#""crit":null"#,
        r#""b64":false"#,
        r#""b64":true"#,
        r#""typ":"JWE""#,
        r#""typ":"at+jwt""#,
        r#""typ":null"#,
        r#""typ":["JWT"]"#,
    ] {
        let signed = attacker.es256(format!(r#"{{"alg":"ES256","kid":"{kid}",{extra}}}"#), payload);
        attacker.refuse_as(&signed, &TokenError::Type);
    }
    for header in [
        format!(r#"{{"alg":"none","alg":"ES256","kid":"{kid}"}}"#),
        format!(r#"{{"alg":"ES256","kid":"x","kid":"{kid}"}}"#),
        format!(r#"{{"alg":"ES256","\u0061lg":"ES256","kid":"{kid}"}}"#),
        format!(r#"{{"alg":"ES256","kid":"{kid}"}} {{}}"#),
        format!(r#"{{"alg":"ES256","kid":"{kid}","x":{}1{}}}"#, "[".repeat(500), "]".repeat(500)),
        "[]".to_owned(),
        "null".to_owned(),
        String::new(),
    ] {
        let signed = attacker.es256(&header, payload);
        attacker.refuse_as(&signed, &TokenError::Undecodable);
    }
    let mut bytes = attacker.header().into_bytes();
    bytes[10] = 0xff;
    let signed = attacker.es256(bytes, payload);
    attacker.refuse_as(&signed, &TokenError::Undecodable);
}

fn forms(attacker: &mut Attacker, header: &str, payload: &str, good: &str) {
    let (message, signature) = good.rsplit_once('.').unwrap();
    let raw = URL_SAFE_NO_PAD.decode(signature).unwrap();
    for (token, got) in [
        (format!("{good}."), 4),
        (format!(".{good}"), 4),
        (format!("{good}.x"), 4),
        (message.to_owned(), 2),
        ("x".to_owned(), 1),
        (format!("{message}..{signature}"), 4),
    ] {
        attacker.refuse_as(&token, &TokenError::Parts { got });
    }
    let der = Signature::from_slice(&raw).unwrap().to_der();
    for changed in [
        String::new(),
        part(&raw[..63]),
        part([&raw[..], &[0]].concat()),
        part([0; 64]),
        part([0xff; 64]),
        part(der.as_bytes()),
        part([&raw[32..], &raw[..32]].concat()),
        STANDARD.encode(&raw),
        URL_SAFE.encode(&raw),
        format!("{signature}="),
        format!(" {signature}"),
        format!("{signature}\n"),
        signature.to_lowercase(),
    ] {
        attacker.refuse_as(&format!("{message}.{changed}"), &TokenError::Signature);
    }
    // Parts that are not strict base64url, signed as they stand.
    for (header, payload) in [
        (format!("{}=", part(header)), part(payload)),
        (format!(" {}", part(header)), part(payload)),
        (part(header), format!("{}==", part(payload))),
        (part(header), format!("{}\n", part(payload))),
        (part(header), format!("{}!", part(payload))),
        (part(header), "é".to_owned()),
        (part(header), String::new()),
    ] {
        let signed = attacker.sign_parts(&header, &payload);
        attacker.refuse_as(&signed, &TokenError::Undecodable);
    }
    let huge = attacker.es256(header, format!(r#"{{"x":"{}"}}"#, "y".repeat(20_000)));
    attacker.refuse_as(&huge, &TokenError::TooLong { max: 16 * 1024 });
    attacker.refuse_as(&".".repeat(20_000), &TokenError::TooLong { max: 16 * 1024 });
    attacker.refuse_as(&".".repeat(16_000), &TokenError::Parts { got: 16_001 });
    attacker.refuse_as("", &TokenError::Empty);
    let json = json!({"payload": part(payload), "protected": part(header), "signature": signature}).to_string();
    attacker.refuse_as(&json, &TokenError::Parts { got: 1 });
}

fn claims(attacker: &mut Attacker, header: &str, payload: &str) {
    let open = payload.trim_end_matches('}');
    // A member that occurs twice, at any level, in any spelling.
    for extra in [
        r#""role":"service_role""#,
        r#""sub":"x""#,
        r#""exp":9999999999"#,
        r#""\u0072ole":"authenticated""#,
        r#""app_metadata":{"role":"a","role":"b"}"#,
    ] {
        let signed = attacker.es256(header, format!("{open},{extra}}}"));
        attacker.refuse_as(&signed, &TokenError::Undecodable);
    }
    let deep = format!(r#"{open},"x":{}1{}}}"#, "[".repeat(2000), "]".repeat(2000));
    let signed = attacker.es256(header, deep);
    attacker.refuse_as(&signed, &TokenError::Undecodable);
    let signed = attacker.es256(header, [open.as_bytes(), b",\"x\":\"\xff\xfe\"}"].concat());
    attacker.refuse_as(&signed, &TokenError::Undecodable);
    let with = |claim: &str, text: &str| {
        let mut claims: Value = serde_json::from_str(payload).unwrap();
        claims[claim] = json!("@@");
        claims.to_string().replace("\"@@\"", text)
    };
    let Value::Object(_) = serde_json::from_str::<Value>(payload).unwrap() else { panic!("an object") };
    for (claim, text) in [
        ("exp", "\"1800000000\""),
        ("exp", "NaN"),
        ("exp", "Infinity"),
        ("exp", "1e999"),
        ("exp", "-1e308"),
        ("exp", "0"),
        ("exp", "null"),
        ("exp", "true"),
        ("exp", "[9999999999]"),
        ("exp", "{}"),
        ("exp", "1699999969.9"),
        ("exp", "0x7fffffff"),
        ("nbf", "1700000031"),
        ("nbf", "\"0\""),
        ("nbf", "1e300"),
        ("iat", "1700000031"),
        ("iat", "[]"),
        ("iss", "null"),
        ("iss", "\"https://evil.example\""),
        ("iss", "[\"https://api.example.com/auth/v1\"]"),
        ("iss", "\"\""),
        ("aud", "null"),
        ("aud", "\"\""),
        ("aud", "[]"),
        ("aud", "[[\"authenticated\"]]"),
        ("aud", "[\"other\"]"),
        ("aud", "{\"a\":\"authenticated\"}"),
        ("sub", "null"),
        ("sub", "7"),
        ("sub", "[\"x\"]"),
        ("sub", "\"\""),
        ("sub", "\"' or 1=1\""),
        ("session_id", "null"),
        ("session_id", "\"\""),
        ("session_id", "7"),
        ("session_id", "{\"$gt\":\"\"}"),
        ("role", "\"service_role\""),
        ("role", "\"anon\""),
        ("role", "null"),
        ("role", "[\"authenticated\"]"),
        ("role", "\"postgres\""),
        ("app_metadata", "{\"roles\":\"admin\"}"),
        ("app_metadata", "{\"role\":{\"$ne\":1}}"),
    ] {
        let signed = attacker.es256(header, with(claim, text));
        attacker.refuse(&signed);
    }
}
