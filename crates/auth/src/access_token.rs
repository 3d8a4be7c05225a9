//! What an access token says. In: a user, a session, the time. Out: the claims, in the order that clients print them.
//! A user's own metadata is bounded: a token travels with every request.

use crate::account::Assurance;
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// Audience of every access token.
pub const AUDIENCE: &str = "authenticated";

/// Largest `user_metadata` in a token, bytes of JSON. A larger one is left out.
pub const USER_METADATA_BYTES_MAX: usize = 8 * 1024;

/// One way in which a session was authenticated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthMethod {
    /// Such as `password` or `otp`.
    pub method: String,
    /// When, unix seconds.
    pub at_s: i64,
    /// The identity provider, where there was one.
    pub provider: Option<String>,
}

/// Everything that an access token is made from.
#[derive(Debug, Clone, Copy)]
pub struct AccessToken<'a> {
    /// Public address of the sign-in API.
    pub issuer: &'a str,
    /// The user.
    pub user_id: Uuid,
    /// The session.
    pub session_id: Uuid,
    /// E-mail address; empty for none.
    pub email: &'a str,
    /// Telephone number; empty for none.
    pub phone: &'a str,
    /// What only the server and its administrators write; `role` in it is copied to `app_role`.
    pub app_metadata: &'a Map<String, Value>,
    /// What the user writes.
    pub user_metadata: &'a Map<String, Value>,
    /// How strongly the session is authenticated.
    pub assurance: Assurance,
    /// How the session was authenticated, in any order.
    pub methods: &'a [AuthMethod],
    /// Whether the user has neither address nor number.
    pub is_anonymous: bool,
    /// Time of issue, unix seconds.
    pub issued_at_s: i64,
    /// Life, seconds.
    pub life_s: i64,
}

impl AccessToken<'_> {
    /// The claims.
    #[must_use]
    pub fn claims(&self) -> Map<String, Value> {
        let fits = Value::from(self.user_metadata.clone()).to_string().len() <= USER_METADATA_BYTES_MAX;
        let mut claims = Map::new();
        let mut add = |name: &str, value: Value| claims.insert(name.to_owned(), value);
        add("iss", self.issuer.into());
        add("sub", self.user_id.to_string().into());
        add("aud", AUDIENCE.into());
        add("exp", self.issued_at_s.saturating_add(self.life_s).into());
        add("iat", self.issued_at_s.into());
        add("email", self.email.into());
        add("phone", self.phone.into());
        add("app_metadata", self.app_metadata.clone().into());
        add("user_metadata", if fits { self.user_metadata.clone().into() } else { json!({}) });
        if !fits {
            add("user_metadata_truncated", true.into());
        }
        add("role", AUDIENCE.into());
        if let Some(role) = self.app_metadata.get("role").filter(|role| role.is_string()) {
            add("app_role", role.clone());
        }
        add("aal", self.assurance.name().into());
        add("amr", self.methods());
        add("session_id", self.session_id.to_string().into());
        add("is_anonymous", self.is_anonymous.into());
        claims
    }

    /// Newest first.
    fn methods(&self) -> Value {
        let mut methods: Vec<&AuthMethod> = self.methods.iter().collect();
        methods.sort_by_key(|method| std::cmp::Reverse(method.at_s));
        let entry = |method: &&AuthMethod| match &method.provider {
            None => json!({ "method": method.method, "timestamp": method.at_s }),
            Some(provider) => json!({ "method": method.method, "timestamp": method.at_s, "provider": provider }),
        };
        methods.iter().map(entry).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(user_metadata: Value, app_metadata: Value, expected: Value) {
        let (Value::Object(user_metadata), Value::Object(app_metadata)) = (user_metadata, app_metadata) else {
            panic!("objects")
        };
        let method = |method: &str, at_s, provider: Option<&str>| AuthMethod {
            method: method.to_owned(),
            at_s,
            provider: provider.map(str::to_owned),
        };
        let token = AccessToken {
            issuer: "https://api.example.com/auth/v1",
            user_id: Uuid::from_u128(1),
            session_id: Uuid::from_u128(2),
            email: "ana@example.com",
            phone: "",
            app_metadata: &app_metadata,
            user_metadata: &user_metadata,
            assurance: Assurance::Two,
            methods: &[method("oauth", 100, Some("google")), method("totp", 200, None)],
            is_anonymous: false,
            issued_at_s: 1_794_996_400,
            life_s: 3600,
        };
        let text = Value::from(token.claims()).to_string();
        assert_eq!(text, expected.to_string());
    }

    #[test]
    fn claims() {
        let expected = |user: Value, truncated: bool, app: Value| {
            let mut claims = json!({
                "iss": "https://api.example.com/auth/v1", "sub": "00000000-0000-0000-0000-000000000001",
                "aud": "authenticated", "exp": 1_795_000_000, "iat": 1_794_996_400, "email": "ana@example.com",
                "phone": "", "app_metadata": app, "user_metadata": user,
            });
            let map = claims.as_object_mut().unwrap();
            if truncated {
                map.insert("user_metadata_truncated".to_owned(), true.into());
            }
            map.insert("role".to_owned(), "authenticated".into());
            if app["role"].is_string() {
                map.insert("app_role".to_owned(), app["role"].clone());
            }
            map.insert("aal".to_owned(), "aal2".into());
            let amr = json!([{"method": "totp", "timestamp": 200}, {"method": "oauth", "timestamp": 100, "provider": "google"}]);
            map.insert("amr".to_owned(), amr);
            map.insert("session_id".to_owned(), "00000000-0000-0000-0000-000000000002".into());
            map.insert("is_anonymous".to_owned(), false.into());
            claims
        };
        let app = json!({"provider": "google", "providers": ["google"], "role": "learner"});
        check(json!({"name": "Ana"}), app.clone(), expected(json!({"name": "Ana"}), false, app.clone()));
        let plain = json!({"provider": "email"});
        check(json!({}), plain.clone(), expected(json!({}), false, plain));
        // `{"x":"…"}` is eight bytes and the text.
        let exact = json!({ "x": "y".repeat(USER_METADATA_BYTES_MAX - 8) });
        check(exact.clone(), app.clone(), expected(exact, false, app.clone()));
        check(json!({ "x": "y".repeat(USER_METADATA_BYTES_MAX - 7) }), app.clone(), expected(json!({}), true, app));
    }
}
