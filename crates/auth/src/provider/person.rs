//! Who somebody is by a provider's word. In: claims of a checked ID token, or JSON of the provider's API. Out: a [`Person`].
//! Only members of a fixed list are kept: a provider cannot write anything else into an account.

use crate::email::Email;
use crate::provider::EmailProof;
use serde_json::{Map, Value, json};

/// Longest text that is kept, bytes.
const TEXT_BYTES_MAX: usize = 1024;
/// Longest subject, bytes (OpenID Connect Core 2).
const SUBJECT_BYTES_MAX: usize = 255;

/// Somebody, by a provider's word.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Person {
    /// Id there; never given to another person.
    pub(crate) subject: String,
    /// Address; `None` when there is none that can be one.
    pub(crate) email: Option<Email>,
    /// Whether the provider has proven the address.
    pub(crate) verified: bool,
    /// What is kept in the identity.
    pub(crate) data: Map<String, Value>,
}

/// Members by their usual names, and the names under which providers give them.
const KEPT: [(&str, &[&str]); 9] = [
    ("iss", &["iss"]),
    ("name", &["name", "global_name", "login", "username"]),
    ("full_name", &["name", "global_name"]),
    ("given_name", &["given_name", "first_name"]),
    ("family_name", &["family_name", "last_name"]),
    ("preferred_username", &["preferred_username", "login", "username", "nickname"]),
    ("user_name", &["preferred_username", "login", "username", "nickname"]),
    ("avatar_url", &["picture", "avatar_url"]),
    ("picture", &["picture", "avatar_url"]),
];

impl Person {
    /// Reads what a provider says; `emails` is a list of addresses where it gives one apart.
    pub(crate) fn read(said: &Map<String, Value>, emails: Option<&Value>, proof: EmailProof) -> Option<Self> {
        let subject = said.get("sub").or_else(|| said.get("id")).and_then(subject)?;
        let (address, verified) = match proof {
            EmailProof::EmailVerified => (text(said, "email"), is_true(said.get("email_verified"))),
            EmailProof::DomainOwner => (text(said, "email"), is_true(said.get("xms_edov"))),
            EmailProof::AsGiven => (text(said, "email"), true),
            EmailProof::Verified => (text(said, "email"), is_true(said.get("verified"))),
            EmailProof::Listed => listed(emails),
        };
        let email = address.and_then(|address| Email::parse(&address).ok());
        let verified = verified && email.is_some();
        let mut data = Map::new();
        for (name, sources) in KEPT {
            if let Some(value) = sources.iter().find_map(|source| text(said, source)) {
                data.insert(name.to_owned(), json!(value));
            }
        }
        data.insert("sub".to_owned(), json!(subject));
        data.insert("provider_id".to_owned(), json!(subject));
        data.insert("email_verified".to_owned(), json!(verified));
        data.insert("phone_verified".to_owned(), json!(false));
        if let Some(email) = &email {
            data.insert("email".to_owned(), json!(email.as_str()));
        }
        Some(Self { subject, email, verified, data })
    }

    /// Adds a name that came with the first answer only.
    pub(crate) fn named(mut self, name: Option<&str>) -> Self {
        if let Some(name) = name.map(str::trim).filter(|name| !name.is_empty() && name.len() <= TEXT_BYTES_MAX) {
            for member in ["name", "full_name"] {
                self.data.entry(member).or_insert_with(|| json!(name));
            }
        }
        self
    }
}

fn subject(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.as_u64()?.to_string(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => return None,
    };
    (!text.is_empty() && text.len() <= SUBJECT_BYTES_MAX && !text.contains(char::is_control)).then_some(text)
}

fn text(said: &Map<String, Value>, member: &str) -> Option<String> {
    let text = match said.get(member)? {
        Value::String(text) => text.as_str(),
        // Facebook's picture.
        Value::Object(_) => said.get(member)?.pointer("/data/url")?.as_str()?,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => return None,
    };
    (!text.is_empty() && text.len() <= TEXT_BYTES_MAX).then(|| text.to_owned())
}

/// Apple and some others write it as text, Microsoft as a number.
fn is_true(value: Option<&Value>) -> bool {
    match value {
        Some(Value::Bool(is)) => *is,
        Some(Value::String(text)) => text == "true" || text == "1",
        Some(Value::Number(number)) => number.as_u64() == Some(1),
        _ => false,
    }
}

/// The main address when it is verified, else any verified one, else the main one.
fn listed(emails: Option<&Value>) -> (Option<String>, bool) {
    let list = emails.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let is = |entry: &Value, mark: &str| entry.get(mark) == Some(&Value::Bool(true));
    let main = list.iter().find(|entry| is(entry, "primary") && is(entry, "verified"));
    let chosen = main
        .or_else(|| list.iter().find(|entry| is(entry, "verified")))
        .or_else(|| list.iter().find(|entry| is(entry, "primary")));
    let address = chosen.and_then(|entry| entry.get("email")).and_then(Value::as_str);
    (address.map(str::to_owned), chosen.is_some_and(|entry| is(entry, "verified")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(proof: EmailProof, said: Value, emails: Option<Value>, expected: Option<(&str, Option<&str>, bool)>) {
        let Value::Object(said) = said else { panic!("an object") };
        let person = Person::read(&said, emails.as_ref(), proof);
        let found = person
            .as_ref()
            .map(|person| (person.subject.as_str(), person.email.as_ref().map(Email::as_str), person.verified));
        assert_eq!(found, expected);
    }

    #[test]
    fn people() {
        use EmailProof::{AsGiven, DomainOwner, EmailVerified, Listed, Verified};
        let mail = Some("a@b.org");
        check(
            EmailVerified,
            json!({"sub": "1", "email": "A@b.org", "email_verified": true}),
            None,
            Some(("1", mail, true)),
        );
        check(
            EmailVerified,
            json!({"sub": "1", "email": "a@b.org", "email_verified": "true"}),
            None,
            Some(("1", mail, true)),
        );
        check(
            EmailVerified,
            json!({"sub": "1", "email": "a@b.org", "email_verified": "yes"}),
            None,
            Some(("1", mail, false)),
        );
        check(EmailVerified, json!({"sub": "1", "email": "a@b.org"}), None, Some(("1", mail, false)));
        check(EmailVerified, json!({"sub": "1", "email": "a@b.org", "verified": true}), None, Some(("1", mail, false)));
        check(
            EmailVerified,
            json!({"sub": "1", "email": "no address", "email_verified": true}),
            None,
            Some(("1", None, false)),
        );
        check(
            DomainOwner,
            json!({"sub": "1", "email": "a@b.org", "email_verified": true}),
            None,
            Some(("1", mail, false)),
        );
        check(DomainOwner, json!({"sub": "1", "email": "a@b.org", "xms_edov": 1}), None, Some(("1", mail, true)));
        check(AsGiven, json!({"id": "9", "email": "a@b.org"}), None, Some(("9", mail, true)));
        check(AsGiven, json!({"id": "9"}), None, Some(("9", None, false)));
        check(Verified, json!({"id": "9", "email": "a@b.org", "verified": false}), None, Some(("9", mail, false)));
        check(Listed, json!({"id": 7, "email": "x@y.org"}), None, Some(("7", None, false)));
        let list = json!([{"email": "x@y.org", "primary": true, "verified": false}, {"email": "a@b.org", "primary": false, "verified": true}]);
        check(Listed, json!({"id": 7, "email": "x@y.org"}), Some(list), Some(("7", mail, true)));
        for nobody in [
            json!({}),
            json!({"sub": ""}),
            json!({"sub": null}),
            json!({"sub": "a\nb"}),
            json!({"sub": "a".repeat(256)}),
            json!({"id": -1}),
        ] {
            check(EmailVerified, nobody, None, None);
        }
    }

    #[test]
    fn keeps_a_fixed_list() {
        let Value::Object(said) = json!({"sub": "1", "name": "Ana", "role": "admin", "picture": {"data": {"url": "https://p"}}, "app_metadata": {}})
        else {
            panic!("an object")
        };
        let person = Person::read(&said, None, EmailProof::EmailVerified).unwrap();
        assert_eq!(person.data.get("picture"), Some(&json!("https://p")));
        assert!(!person.data.contains_key("role") && !person.data.contains_key("app_metadata"));
        assert_eq!(person.clone().named(Some("Other")).data["name"], json!("Ana"));
    }
}
