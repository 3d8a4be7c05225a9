//! Accounts in the database: reading them whole, and the steps that make them. In: ids and addresses. Out: [`User`]s and steps.
//! An account, its e-mail identity and its profile row are made in one transaction.

use crate::email::Email;
use crate::refusal::AuthError;
use crate::row::{Account, FactorRow, IdentityRow};
use crate::service::Auth;
use crate::user::User;
use backstay_engine::steps::Step;
use backstay_engine::{Failure, ask};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use uuid::Uuid;

pub(crate) const ACCOUNT: &[&str] = &[
    "id",
    "email",
    "phone",
    "password_hash",
    "email_confirmed_at",
    "phone_confirmed_at",
    "invited_at",
    "confirmation_sent_at",
    "recovery_sent_at",
    "new_email",
    "new_phone",
    "email_change_sent_at",
    "phone_change_sent_at",
    "email_change_current_confirmed",
    "email_change_new_confirmed",
    "reauthentication_sent_at",
    "last_sign_in_at",
    "app_metadata",
    "user_metadata",
    "role",
    "is_anonymous",
    "is_sso",
    "banned_until",
    "deleted_at",
    "must_change_password",
    "temp_password_expires_at",
    "password_changed_at",
    "failed_attempts",
    "last_failed_at",
    "created_at",
    "updated_at",
];

pub(crate) const IDENTITY: &[&str] = &[
    "id",
    "user_id",
    "provider",
    "provider_id",
    "identity_data",
    "email",
    "last_sign_in_at",
    "created_at",
    "updated_at",
];

pub(crate) const FACTOR: &[&str] = &[
    "id",
    "user_id",
    "friendly_name",
    "factor_type",
    "status",
    "secret_enc",
    "phone",
    "last_step",
    "failures",
    "locked_until",
    "last_challenged_at",
    "created_at",
    "updated_at",
];

/// A new account.
#[derive(Debug, Clone)]
pub(crate) struct NewAccount<'a> {
    /// Its id, which is its profile's too.
    pub(crate) id: Uuid,
    /// Its address; anonymous accounts have none.
    pub(crate) email: Option<&'a Email>,
    /// PHC string.
    pub(crate) password_hash: Option<String>,
    /// Whether the address is proven.
    pub(crate) confirmed: bool,
    /// Who made it.
    pub(crate) made_by: MadeBy,
    /// What the person says.
    pub(crate) user_metadata: Map<String, Value>,
    /// What an administrator says; without `role`.
    pub(crate) app_metadata: Map<String, Value>,
    /// Application role; `None` takes the default.
    pub(crate) role: Option<&'a str>,
}

/// Who made an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MadeBy {
    /// Its owner, who signed up.
    Owner,
    /// Somebody else, by an invitation.
    Inviter,
    /// An administrator, or a provider's word.
    Another,
}

impl Auth {
    /// The account of an id; deleted ones are not there.
    pub(crate) async fn user_by_id(&self, id: Uuid) -> Result<Option<User>, AuthError> {
        self.user_where(ask::read("auth_users").eq("id", json!(id))).await
    }

    /// The account of an address.
    pub(crate) async fn user_by_email(&self, email: &Email) -> Result<Option<User>, AuthError> {
        self.user_where(ask::read("auth_users").eq("email", email.as_str()).eq("is_sso", false)).await
    }

    /// The account that waits to have this address.
    pub(crate) async fn user_by_new_email(&self, email: &Email) -> Result<Option<User>, AuthError> {
        self.user_where(ask::read("auth_users").eq("new_email", email.as_str())).await
    }

    /// The row of an address alone, for where it must not be told whether there is one: it costs one read, found or not.
    pub(crate) async fn account_by_email(&self, email: &Email) -> Result<Option<Account>, AuthError> {
        let read = ask::read("auth_users")
            .columns(ACCOUNT)
            .eq("email", email.as_str())
            .eq("is_sso", false)
            .is_null("deleted_at");
        self.engine.ask(read).await.map_err(AuthError::store)?.row().map_err(AuthError::store)
    }

    /// An account with what belongs to it, in one read and, where the profile holds it, one of the role.
    async fn user_where(&self, read: ask::Ask<ask::Reading>) -> Result<Option<User>, AuthError> {
        #[derive(Deserialize)]
        struct Whole {
            #[serde(flatten)]
            account: Account,
            auth_identities: Vec<IdentityRow>,
            auth_factors: Vec<FactorRow>,
        }
        let read = read.columns(ACCOUNT).is_null("deleted_at").with("auth_identities", IDENTITY, "created_at").with(
            "auth_factors",
            FACTOR,
            "created_at",
        );
        let answer = self.engine.ask(read).await.map_err(AuthError::store)?;
        let Some(whole) = answer.row::<Whole>().map_err(AuthError::store)? else { return Ok(None) };
        let Whole { account, auth_identities: identities, auth_factors: factors } = whole;
        let role = self.role_of(account.id, account.role.clone()).await?;
        Ok(Some(User { account, identities, factors, role }))
    }

    /// The rows of a read.
    pub(crate) async fn rows<T: serde::de::DeserializeOwned>(
        &self,
        read: ask::Ask<ask::Reading>,
    ) -> Result<Vec<T>, AuthError> {
        self.engine.ask(read).await.map_err(AuthError::store)?.rows().map_err(AuthError::store)
    }

    /// The application role of an account: the profile's where it has one, else what the account's row holds.
    pub(crate) async fn role_of(&self, id: Uuid, own: Option<String>) -> Result<Option<String>, AuthError> {
        #[derive(Deserialize)]
        struct Row {
            role: Option<String>,
        }
        let Some((request, service)) = self.profile().and_then(|profile| profile.read_role(id)) else { return Ok(own) };
        let answer = self.engine.run(&request, &service).await.map_err(AuthError::store)?;
        let row: Option<Row> = answer.row().map_err(AuthError::store)?;
        Ok(row.and_then(|row| row.role))
    }

    /// The steps that make an account, the identity of its address and its profile row.
    pub(crate) fn create_steps(&self, new: NewAccount<'_>) -> Vec<Step> {
        let identity = new.email.map(|email| email_identity(new.id, email, new.confirmed, &new.user_metadata));
        self.create_steps_with(new, identity.map(Step::system))
    }

    /// The same with the identity given.
    pub(crate) fn create_steps_with(&self, new: NewAccount<'_>, identity: Option<Step>) -> Vec<Step> {
        let role = new.role.or(self.settings.default_role.as_deref());
        let profile = self.profile();
        let own_role = role.filter(|_| !profile.as_ref().is_some_and(crate::profile::Profile::holds_role));
        let mut account = ask::insert("auth_users")
            .set("id", json!(new.id))
            .set("email", json!(new.email.map(Email::as_str)))
            .set("password_hash", json!(new.password_hash))
            .set("user_metadata", Value::Object(new.user_metadata.clone()))
            .set("app_metadata", Value::Object(new.app_metadata))
            .set("role", json!(own_role))
            .set("is_self_made", new.made_by == MadeBy::Owner)
            .set("is_anonymous", new.email.is_none());
        if new.confirmed {
            account = account.set("email_confirmed_at", ask::now());
        }
        if new.made_by == MadeBy::Inviter {
            account = account.set("invited_at", ask::now());
        }
        let mut steps = vec![Step::system(account)];
        steps.extend(identity);
        if let Some(profile) = profile {
            steps.push(profile.insert(new.id, new.email.map(Email::as_str), &new.user_metadata, role));
        }
        steps
    }
}

/// The identity of an address.
pub(crate) fn email_identity(
    user_id: Uuid,
    email: &Email,
    confirmed: bool,
    said: &Map<String, Value>,
) -> ask::Ask<ask::Inserting> {
    ask::insert("auth_identities")
        .set("user_id", json!(user_id))
        .set("provider", "email")
        .set("provider_id", json!(user_id))
        .set("identity_data", Value::Object(email_identity_data(user_id, email.as_str(), confirmed, said)))
        .set("email", email.as_str())
        .set("last_sign_in_at", ask::now())
}

/// What the identity of an address holds.
pub(crate) fn email_identity_data(
    user_id: Uuid,
    email: &str,
    confirmed: bool,
    said: &Map<String, Value>,
) -> Map<String, Value> {
    let mut data = said.clone();
    data.insert("sub".to_owned(), json!(user_id));
    data.insert("email".to_owned(), json!(email));
    data.insert("email_verified".to_owned(), json!(confirmed));
    data.insert("phone_verified".to_owned(), json!(false));
    data
}

/// Whether a write failed because the profile's model refuses what the person said.
pub(crate) fn is_unfit(failure: &Failure) -> bool {
    if let Failure::InTransaction { failure, .. } = failure {
        return is_unfit(failure);
    }
    matches!(failure, Failure::Refused(_) | Failure::ForeignKeyMissing { .. })
}

/// Whether a write failed because another account has the address.
pub(crate) fn is_taken(failure: &Failure) -> bool {
    failure.collision().is_some()
}
