//! What an administrator says of an account, and the checks that need no account. In: a body. Out: checked parts, or what is wrong.

use crate::admin::invalid;
use crate::ban::Ban;
use crate::email::Email;
use crate::password::{Password, StoredHash};
use crate::refusal::AuthError;
use crate::service::{self, Auth};
use serde::Deserialize;
use serde_json::{Map, Value};
use uuid::Uuid;

/// What an administrator says of an account, new or not. Members that are not listed are ignored.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Edit {
    /// Id of a new account.
    pub id: Option<String>,
    /// Audience; there is one.
    pub aud: Option<String>,
    /// Wire role; there is one for people.
    pub role: Option<String>,
    /// Address.
    pub email: Option<String>,
    /// Telephone number.
    pub phone: Option<String>,
    /// Password.
    pub password: Option<String>,
    /// Hash of a password, from another system.
    pub password_hash: Option<String>,
    /// Whether the address counts as proven.
    pub email_confirm: Option<bool>,
    /// Whether the number counts as proven.
    pub phone_confirm: Option<bool>,
    /// What the person says about themselves: merged by top-level key, null removes one.
    pub user_metadata: Option<Map<String, Value>>,
    /// What administrators say, among it the application role in `role`: merged likewise.
    pub app_metadata: Option<Map<String, Value>>,
    /// `none`, or a length such as `24h`.
    pub ban_duration: Option<String>,
    /// What a new account is sent: `invite`, `temp_password`, `none`.
    pub send: Option<Sent>,
}

/// What a new account is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sent {
    /// A mail with a code and a link.
    Invite,
    /// Nothing; a password that must be changed is answered to the administrator.
    TempPassword,
    /// Nothing.
    None,
}

/// The parts of an [`Edit`], checked.
pub(crate) struct Parts {
    pub(crate) email: Option<Email>,
    pub(crate) phone: Option<String>,
    pub(crate) ban: Option<Ban>,
    /// `Some(None)` takes the role away.
    pub(crate) role: Option<Option<String>>,
    pub(crate) must_change_password: Option<bool>,
    pub(crate) user_metadata: Map<String, Value>,
    /// Without what stands elsewhere.
    pub(crate) app_metadata: Map<String, Value>,
}

impl Edit {
    /// Checks everything that can be checked without the account.
    ///
    /// # Errors
    /// `validation_failed`, `email_address_invalid`.
    pub(crate) fn parts(&self) -> Result<Parts, AuthError> {
        let said = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        if said(&self.aud).is_some_and(|aud| aud != "authenticated") {
            return Err(invalid("There is one audience, `authenticated`"));
        }
        if said(&self.role).is_some_and(|role| role != "authenticated") {
            return Err(invalid(
                "`role` is the role of the wire and always `authenticated`; roles of the application go into `app_metadata.role`",
            ));
        }
        if said(&self.password).is_some() && said(&self.password_hash).is_some() {
            return Err(invalid("Only a password or a password hash should be provided"));
        }
        let ban = said(&self.ban_duration).map(|text| {
            Ban::parse(&text).ok_or_else(|| invalid("`ban_duration` is `none`, or a length such as `24h` or `1h30m`"))
        });
        let mut app_metadata = self.app_metadata.clone().unwrap_or_default();
        let (role, must_change_password) = set_apart(&mut app_metadata)?;
        Ok(Parts {
            email: said(&self.email).map(|text| service::email(&text)).transpose()?,
            phone: said(&self.phone).map(|text| phone(&text)).transpose()?,
            ban: ban.transpose()?,
            role,
            must_change_password,
            user_metadata: self.user_metadata.clone().unwrap_or_default(),
            app_metadata,
        })
    }

    /// The id of a new account, when it is chosen.
    ///
    /// # Errors
    /// `validation_failed`.
    pub(crate) fn chosen_id(&self) -> Result<Option<Uuid>, AuthError> {
        let text = self.id.as_deref().filter(|text| !text.is_empty());
        text.map(|text| Uuid::parse_str(text).map_err(|_| invalid("`id` is not a UUID"))).transpose()
    }
}

/// Takes out of the metadata what is kept elsewhere: clients send back what they read.
fn set_apart(metadata: &mut Map<String, Value>) -> Result<(Option<Option<String>>, Option<bool>), AuthError> {
    metadata.remove("provider");
    metadata.remove("providers");
    if metadata.remove("roles").is_some_and(|roles| !roles.is_null()) {
        return Err(invalid("An account has one role: write it into `app_metadata.role`"));
    }
    let role = match metadata.remove("role") {
        None => None,
        Some(Value::Null) => Some(None),
        Some(Value::String(role)) => Some(Some(role)),
        Some(Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
            return Err(invalid("`app_metadata.role` is the name of a role, or null"));
        }
    };
    let must_change = match metadata.remove("must_change_password") {
        None => None,
        Some(Value::Null) => Some(false),
        Some(Value::Bool(must)) => Some(must),
        Some(Value::String(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
            return Err(invalid("`app_metadata.must_change_password` is true or false"));
        }
    };
    Ok((role, must_change))
}

/// A number after E.164, without its plus.
fn phone(text: &str) -> Result<String, AuthError> {
    let digits = text.strip_prefix('+').unwrap_or(text);
    let is_number = (7..=15).contains(&digits.len())
        && !digits.starts_with('0')
        && digits.bytes().all(|byte| byte.is_ascii_digit());
    if is_number { Ok(digits.to_owned()) } else { Err(invalid("Invalid phone number format (E.164 required)")) }
}

impl Auth {
    /// The hash of the password that an administrator sets, as text or as a hash of another system.
    ///
    /// # Errors
    /// `weak_password`; `validation_failed` for a hash that cannot be checked.
    pub(crate) async fn edited_hash(
        &self,
        edit: &Edit,
        (email, said): (Option<&Email>, &Map<String, Value>),
    ) -> Result<Option<String>, AuthError> {
        if let Some(password) = edit.password.as_deref().filter(|text| !text.is_empty()) {
            let password = Password::new(password);
            if let Some(email) = email {
                self.check_policy(&password, email, said)?;
            }
            return self.hash(password).await.map(Some);
        }
        let Some(hash) = edit.password_hash.as_deref().filter(|text| !text.is_empty()) else { return Ok(None) };
        StoredHash::parse(hash).map_err(|unusable| invalid(format!("`password_hash`: {unusable}")))?;
        Ok(Some(hash.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[track_caller]
    fn check(body: Value, refused: Option<&str>) {
        let edit: Edit = serde_json::from_value(body).unwrap();
        let error = edit.parts().err().map(|error| error.to_string());
        match refused {
            None => assert_eq!(error, None),
            Some(part) => assert!(error.as_ref().is_some_and(|error| error.contains(part)), "{error:?}"),
        }
    }

    #[test]
    fn bodies() {
        check(json!({}), None);
        check(json!({"role": "authenticated", "aud": "authenticated", "email": "", "phone": ""}), None);
        check(
            json!({"app_metadata": {"role": "admin", "provider": "email", "providers": ["email"], "roles": null}}),
            None,
        );
        check(json!({"phone": "+4915112345678", "ban_duration": "24h"}), None);
        check(json!({"role": "service_role"}), Some("app_metadata.role"));
        check(json!({"role": "admin"}), Some("app_metadata.role"));
        check(json!({"aud": "other"}), Some("audience"));
        check(json!({"app_metadata": {"roles": ["admin"]}}), Some("one role"));
        check(json!({"app_metadata": {"role": ["admin"]}}), Some("name of a role"));
        check(json!({"app_metadata": {"must_change_password": "no"}}), Some("true or false"));
        check(json!({"password": "a", "password_hash": "b"}), Some("Only a password or"));
        check(json!({"ban_duration": "forever"}), Some("ban_duration"));
        check(json!({"phone": "0151"}), Some("E.164"));
        check(json!({"email": "no address"}), Some("email"));
    }

    #[test]
    fn what_stands_elsewhere_is_not_kept_twice() {
        let edit = Edit {
            app_metadata: json!({"role": "admin", "providers": ["x"], "must_change_password": true, "plan": "pro"})
                .as_object()
                .cloned(),
            ..Edit::default()
        };
        let parts = edit.parts().unwrap();
        assert_eq!(Value::Object(parts.app_metadata), json!({"plan": "pro"}));
        assert_eq!((parts.role, parts.must_change_password), (Some(Some("admin".to_owned())), Some(true)));
    }
}
