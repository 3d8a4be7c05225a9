//! Making an account of one's own. In: an address and a password, or nothing. Out: the account, or a session where nothing is to be
//! proven. Whether an address has an account already is told to nobody who cannot read its mail.

use crate::asker::Asker;
use crate::audit::{About, Actor, Entry};
use crate::code::Purpose;
use crate::email::Email;
use crate::flow_state::ChallengePair;
use crate::limits::{Caller, Route};
use crate::password::{HashError, Password, Salt};
use crate::pkce::Challenge;
use crate::policy::WeakPassword;
use crate::proof::Letter;
use crate::refusal::{AuthError, Code, Refusal};
use crate::row::Account;
use crate::service::{self, Auth};
use crate::session::Session;
use crate::settings::Signup as Allowed;
use crate::user::User;
use crate::users::{MadeBy, NewAccount, email_identity_data, is_taken};
use backstay_engine::ask;
use backstay_engine::steps::Step;
use backstay_schema::model::Signup as ProfileSignup;
use serde_json::{Map, Value, json};
use std::borrow::Cow;

/// What somebody who signs up says.
#[derive(Debug, Clone, Default)]
pub struct SignUp {
    /// Address.
    pub email: Option<String>,
    /// Telephone number.
    pub phone: Option<String>,
    /// Password.
    pub password: Option<String>,
    /// What they say about themselves.
    pub data: Map<String, Value>,
    /// PKCE.
    pub challenge: ChallengePair,
    /// Where the link of the mail is to lead.
    pub redirect_to: Option<String>,
}

/// What comes of it.
#[derive(Debug, Clone)]
pub enum SignedUp {
    /// The address is to be proven first: the account as its JSON, real or not.
    Pending(Value),
    /// Signed in.
    Session(Box<Session>),
}

impl Auth {
    /// Makes an account.
    ///
    /// # Errors
    /// As the contract's `/signup`.
    pub async fn sign_up(&self, said: SignUp, asker: &Asker) -> Result<SignedUp, AuthError> {
        match (&said.email, &said.phone) {
            (Some(_), Some(_)) => {
                Err(validation("Only an email address or phone number should be provided on signup."))
            }
            (None, Some(_)) => Err(AuthError::refused(Code::PhoneProviderDisabled, "Phone signups are disabled")),
            (None, None) if said.password.is_some() => Err(validation("To signup, please provide your email")),
            (None, None) => self.sign_up_anonymously(said, asker).await,
            (Some(address), None) => {
                let address = service::email(address)?;
                self.sign_up_with_email(&address, said, asker).await
            }
        }
    }

    async fn sign_up_with_email(&self, email: &Email, said: SignUp, asker: &Asker) -> Result<SignedUp, AuthError> {
        let password = said.password.as_deref().filter(|password| !password.is_empty());
        let password = Password::new(password.ok_or_else(|| validation("Signup requires a valid password"))?);
        self.refuse_closed_signup()?;
        let challenge = self.challenge(&said.challenge)?;
        let caller = Caller { ip: asker.ip, address: Some(email), ..Caller::default() };
        self.admit(Route::Signup, &caller).await?;
        self.check_policy(&password, email, &said.data)?;
        // Hashed whether the account is there or not: the time tells nothing.
        let hash = self.hash(password).await?;
        let redirect_to = self.redirects.resolve(said.redirect_to.as_deref()).as_str().to_owned();
        if let Some(user) = self.user_by_email(email).await? {
            return self.sign_up_again(user, (challenge, &redirect_to), said, asker).await;
        }
        let id = self.new_id();
        let new = NewAccount {
            id,
            email: Some(email),
            password_hash: Some(hash),
            confirmed: !self.settings.confirm_email,
            made_by: MadeBy::Owner,
            user_metadata: said.data.clone(),
            app_metadata: Map::new(),
            role: None,
        };
        let mut steps = self.create_steps(new);
        steps.push(Entry::of_user("user_signedup", About::Team, id, asker).step());
        let draft = self.draft(id, email, &said.data);
        if !self.settings.confirm_email {
            let beginning = self.begin_session(&draft, "password", asker)?;
            steps.extend(beginning.steps.iter().cloned());
            match self.commit(steps).await {
                Ok(()) => {}
                Err(failure) if is_taken(&failure) => return Err(already_exists()),
                Err(failure) => return Err(AuthError::store(failure)),
            }
            let user = self.user_by_id(id).await?.ok_or(AuthError::Internal("a new account is not there"))?;
            return Ok(SignedUp::Session(Box::new(self.begun(&beginning, user)?)));
        }
        let letter = Letter {
            purpose: Purpose::Signup,
            to: email.as_str(),
            redirect_to: &redirect_to,
            challenge: challenge.as_ref(),
            drops_prior_credentials: false,
        };
        steps.extend(self.letter_steps(&draft, &letter, asker).await?);
        match self.commit_letter(steps).await {
            Ok(()) => {}
            // Somebody else signed up with the address in the same moment; their account stands.
            Err(AuthError::Store(failure)) if is_taken(&failure) => {
                return Ok(SignedUp::Pending(self.pretended(email, &said.data)));
            }
            Err(error) => return Err(error),
        }
        let user = self.user_by_id(id).await?.ok_or(AuthError::Internal("a new account is not there"))?;
        Ok(SignedUp::Pending(repeated(user, &said.data)))
    }

    /// A sign-up with an address that has an account.
    async fn sign_up_again(
        &self,
        user: User,
        (challenge, redirect_to): (Option<Challenge>, &str),
        said: SignUp,
        asker: &Asker,
    ) -> Result<SignedUp, AuthError> {
        self.rehearse(&said.data).await?;
        let address = user.account.email.clone().unwrap_or_default();
        let entry = Entry::of_user("user_repeated_signup", About::User, user.account.id, asker);
        let entry = Entry { actor: Actor::System, ..entry };
        if user.account.email_confirmed_at.is_some() {
            // A new account would have cost a mail: a spent budget must not tell the two apart.
            self.admit_mail().await?;
            self.note(entry).await;
            if !self.settings.confirm_email {
                return Err(already_exists());
            }
            let email = service::email(&address)?;
            return Ok(SignedUp::Pending(self.pretended(&email, &said.data)));
        }
        // Not proven yet: another mail, and the password of the first sign-up stays.
        let letter = Letter {
            purpose: Purpose::Signup,
            to: &address,
            redirect_to,
            challenge: challenge.as_ref(),
            drops_prior_credentials: false,
        };
        let mut steps = vec![entry.step()];
        steps.extend(self.letter_steps(&user, &letter, asker).await?);
        self.commit_letter(steps).await?;
        let user = self.user_by_id(user.account.id).await?.unwrap_or(user);
        Ok(SignedUp::Pending(repeated(user, &said.data)))
    }

    /// Makes an account of what was said and takes it back, so that a profile's model refuses a repeated sign-up as it would a first.
    async fn rehearse(&self, said: &Map<String, Value>) -> Result<(), AuthError> {
        let id = self.new_id();
        let nobody = service::email(&format!("{id}@example.invalid"))?;
        let mut steps = self.create_steps(NewAccount {
            id,
            email: Some(&nobody),
            password_hash: None,
            confirmed: false,
            made_by: MadeBy::Owner,
            user_metadata: said.clone(),
            app_metadata: Map::new(),
            role: None,
        });
        let last = steps.len();
        // No row has this id: the transaction ends here, with nothing kept.
        let never = ask::update("auth_users").set("updated_at", ask::now()).eq("id", json!(uuid::Uuid::nil()));
        steps.push(Step::system(never).exactly_one());
        match self.commit(steps).await {
            Err(failure) if failure.unmet() == Some(last) => Ok(()),
            Err(failure) => Err(AuthError::store(failure)),
            Ok(()) => Err(AuthError::Internal("a rehearsal was kept")),
        }
    }

    async fn sign_up_anonymously(&self, said: SignUp, asker: &Asker) -> Result<SignedUp, AuthError> {
        if !self.settings.anonymous_users {
            let message = "Anonymous sign-ins are disabled";
            return Err(AuthError::refused(Code::AnonymousProviderDisabled, message));
        }
        self.refuse_closed_signup()?;
        self.admit(Route::AnonymousSignup, &Caller { ip: asker.ip, ..Caller::default() }).await?;
        let id = self.new_id();
        let new = NewAccount {
            id,
            email: None,
            password_hash: None,
            confirmed: false,
            made_by: MadeBy::Owner,
            user_metadata: said.data.clone(),
            app_metadata: Map::new(),
            role: None,
        };
        let mut steps = self.create_steps(new);
        steps.push(Entry::of_user("user_signedup", About::Team, id, asker).with("provider", "anonymous").step());
        let draft = User { role: None, ..self.draft_of(id, None, &said.data) };
        let beginning = self.begin_session(&draft, "anonymous", asker)?;
        steps.extend(beginning.steps.iter().cloned());
        self.commit(steps).await.map_err(AuthError::store)?;
        let user = self.user_by_id(id).await?.ok_or(AuthError::Internal("a new account is not there"))?;
        Ok(SignedUp::Session(Box::new(self.begun(&beginning, user)?)))
    }

    /// Refuses where people do not make accounts themselves.
    pub(crate) fn refuse_closed_signup(&self) -> Result<(), AuthError> {
        let by_profile = self.profile().is_some_and(|profile| profile.signup == ProfileSignup::Admin);
        if self.settings.signup == Allowed::Open && !by_profile {
            return Ok(());
        }
        Err(AuthError::refused(Code::SignupDisabled, "Signups not allowed for this instance"))
    }

    /// Refuses a weak password.
    pub(crate) fn check_policy(
        &self,
        password: &Password,
        email: &Email,
        said: &Map<String, Value>,
    ) -> Result<(), AuthError> {
        let name = said.get("name").and_then(Value::as_str).unwrap_or_default();
        self.policy.check(password, &[email.as_str(), name]).map_err(|weak| weak_password(weak).into())
    }

    /// Hashes a password.
    pub(crate) async fn hash(&self, password: Password) -> Result<String, AuthError> {
        let salt = self.with_rng(|rng| Salt::generate(rng));
        self.hashing.hash(password, salt).await.map_err(|error| hashing(&error))
    }

    /// An account that is about to be made, for its mail.
    pub(crate) fn draft(&self, id: uuid::Uuid, email: &Email, said: &Map<String, Value>) -> User {
        self.draft_of(id, Some(email), said)
    }

    fn draft_of(&self, id: uuid::Uuid, email: Option<&Email>, said: &Map<String, Value>) -> User {
        let now = crate::instant::text(self.now());
        let account = Account::new(id, email.map(|email| email.as_str().to_owned()), said.clone(), now);
        User { account, identities: Vec::new(), factors: Vec::new(), role: self.settings.default_role.clone() }
    }

    /// What a sign-up with an address that is taken looks like: a new account in all but its identities.
    fn pretended(&self, email: &Email, said: &Map<String, Value>) -> Value {
        let mut user = self.draft(self.new_id(), email, said);
        user.account.confirmation_sent_at = Some(user.account.created_at.clone());
        user.account.app_metadata.insert("provider".to_owned(), json!("email"));
        user.account.app_metadata.insert("providers".to_owned(), json!(["email"]));
        user.json()
    }
}

/// An account that is not proven, with what is said now, as it is said. What a store makes of it would tell a new account from one that
/// was there, and what somebody said before is not this caller's to read.
fn repeated(mut user: User, said: &Map<String, Value>) -> Value {
    let address = user.account.email.clone().unwrap_or_default();
    user.account.user_metadata = said.clone();
    for identity in user.identities.iter_mut().filter(|identity| identity.provider == "email") {
        identity.identity_data = email_identity_data(identity.user_id, &address, false, said);
    }
    user.json()
}

fn validation(message: &'static str) -> AuthError {
    AuthError::refused(Code::ValidationFailed, message)
}

fn already_exists() -> AuthError {
    AuthError::refused(Code::UserAlreadyExists, "User already registered")
}

/// A weak password on the wire.
pub(crate) fn weak_password(weak: WeakPassword) -> Refusal {
    let reasons = weak.reasons.iter().map(|reason| reason.as_str()).collect();
    Refusal { reasons, ..Refusal::new(Code::WeakPassword, Cow::Owned(weak.message)) }
}

/// A password that was not hashed.
pub(crate) fn hashing(error: &HashError) -> AuthError {
    match error {
        HashError::Busy => AuthError::Busy,
        HashError::Failed => AuthError::Internal("a password cannot be hashed"),
    }
}
