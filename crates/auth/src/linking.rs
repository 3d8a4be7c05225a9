//! Which account somebody from a provider comes into. In: a [`Person`], perhaps an invitation or an account to add them to.
//! Out: the account and the steps of the arrival. An address that the provider has not proven never leads into an account.

use crate::asker::Asker;
use crate::audit::{About, Entry};
use crate::code::Purpose;
use crate::email::Email;
use crate::one_time::{self, consume};
use crate::provider::person::Person;
use crate::refusal::{AuthError, Code};
use crate::row::{IdentityRow, OneTimeRow};
use crate::service::Auth;
use crate::session::refuse_banned;
use crate::user::User;
use crate::users::{IDENTITY, MadeBy, NewAccount};
use crate::verify::{confirm_steps, drop_prior_credentials};
use backstay_engine::ask;
use backstay_engine::steps::Step;
use backstay_infra::template::Kind;
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// Somebody who arrives.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Arrival<'a> {
    /// Name of the provider.
    pub(crate) provider: &'a str,
    pub(crate) person: &'a Person,
    /// Token of an invitation that they followed.
    pub(crate) invite_token: Option<&'a str>,
    /// The account that they asked to be added to, while signed in there.
    pub(crate) link_to: Option<Uuid>,
}

/// An account that somebody arrives in when the steps are committed.
pub(crate) struct Arrived {
    pub(crate) user: User,
    pub(crate) steps: Vec<Step>,
}

/// What is known before the decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Facts {
    /// The account that the identity belongs to, and whether its address is confirmed.
    identity: Option<Owner>,
    /// The account that has the address, and whether it is confirmed there.
    address: Option<Owner>,
    address_given: bool,
    /// Whether the provider has proven the address.
    verified: bool,
    /// Whether the address of the identity's account is the provider's.
    same_address: bool,
    /// Whether accounts need a proven address.
    must_confirm: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Owner {
    Confirmed,
    Unconfirmed,
}

/// What an arrival does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Decision {
    /// Comes into the identity's account.
    Enter,
    /// The same, and proves the address that nobody had proven: what others may have set before goes.
    EnterAndProve,
    /// Becomes a way into the address's account.
    Attach,
    /// The same, and proves the address.
    AttachAndProve,
    /// Makes an account whose address is proven.
    Create,
    /// Makes one whose address is not.
    CreateUnproven,
    /// The address must be proven first.
    NeedsVerification,
    /// There is no address.
    NeedsAddress,
}

fn decide(facts: Facts) -> Decision {
    match (facts.identity, facts.address) {
        (Some(Owner::Confirmed), _) => Decision::Enter,
        (Some(Owner::Unconfirmed), _) if facts.verified && facts.same_address => Decision::EnterAndProve,
        (Some(Owner::Unconfirmed), _) if facts.must_confirm => Decision::NeedsVerification,
        (Some(Owner::Unconfirmed), _) => Decision::Enter,
        (None, _) if !facts.address_given => Decision::NeedsAddress,
        (None, Some(Owner::Confirmed)) if facts.verified => Decision::Attach,
        (None, Some(Owner::Unconfirmed)) if facts.verified => Decision::AttachAndProve,
        (None, Some(_)) => Decision::NeedsVerification,
        (None, None) if facts.verified => Decision::Create,
        (None, None) if facts.must_confirm => Decision::NeedsVerification,
        (None, None) => Decision::CreateUnproven,
    }
}

impl Auth {
    /// Decides, and prepares the steps. Nothing is kept yet; a collision at the commit means that the facts have changed.
    ///
    /// # Errors
    /// `signup_disabled`, `user_banned`, `provider_email_needs_verification`, `email_address_not_provided`, `invite_not_found`,
    /// `identity_already_exists`.
    pub(crate) async fn arrive(&self, arrival: Arrival<'_>, asker: &Asker) -> Result<Arrived, AuthError> {
        let identity = self.identity(arrival.provider, &arrival.person.subject).await?;
        if let Some(target) = arrival.link_to {
            return self.add_identity(target, identity, arrival, asker).await;
        }
        let owner = match &identity {
            Some(identity) => Some(self.user_by_id(identity.user_id).await?.ok_or_else(gone)?),
            None => None,
        };
        if let (None, Some(token)) = (&owner, arrival.invite_token) {
            return self.accept_invitation(token, arrival, asker).await;
        }
        let holder = match &arrival.person.email {
            Some(email) => self.user_by_email(email).await?,
            None => None,
        };
        let confirmed = |user: &User| {
            if user.account.email_confirmed_at.is_some() { Owner::Confirmed } else { Owner::Unconfirmed }
        };
        let address = arrival.person.email.as_ref().map(Email::as_str);
        let facts = Facts {
            identity: owner.as_ref().map(confirmed),
            address: holder.as_ref().map(confirmed),
            address_given: address.is_some(),
            verified: arrival.person.verified,
            same_address: owner.as_ref().is_some_and(|user| user.account.email.as_deref() == address),
            must_confirm: self.settings.confirm_email,
        };
        let decision = decide(facts);
        match (decision, owner, identity, holder) {
            (Decision::Enter | Decision::EnterAndProve, Some(user), Some(identity), _) => {
                refuse_banned(&user.account, self.now(), Code::UserBannedBearer)?;
                let mut steps = Vec::new();
                if decision == Decision::EnterAndProve {
                    steps.extend(confirm_steps(&user));
                    steps.extend(drop_all_but(&user, identity.id));
                }
                steps.push(renew(&identity, arrival.person));
                Ok(Arrived { user, steps })
            }
            (Decision::Attach | Decision::AttachAndProve, None, None, Some(user)) => {
                self.attach(user, decision == Decision::AttachAndProve, arrival, asker)
            }
            (Decision::Create | Decision::CreateUnproven, None, None, None) => {
                self.create_from(arrival, decision == Decision::Create, asker)
            }
            (Decision::NeedsAddress, ..) => {
                let message = format!("{} gives no e-mail address of this account", arrival.provider);
                Err(AuthError::refused(Code::EmailAddressNotProvided, message))
            }
            (Decision::NeedsVerification, ..) => {
                let message = format!(
                    "{} has not verified the e-mail address of this account. Verify it there and try again, or sign in by another way and link {} then.",
                    arrival.provider, arrival.provider
                );
                Err(AuthError::refused(Code::ProviderEmailNeedsVerification, message))
            }
            _ => Err(AuthError::Internal("an arrival without its account")),
        }
    }

    /// The identity of a subject at a provider.
    async fn identity(&self, provider: &str, subject: &str) -> Result<Option<IdentityRow>, AuthError> {
        let read = ask::read("auth_identities").columns(IDENTITY).eq("provider", provider).eq("provider_id", subject);
        Ok(self.rows::<IdentityRow>(read).await?.into_iter().next())
    }

    /// Adds the identity to the account of a signed-in person, whatever its address.
    async fn add_identity(
        &self,
        target: Uuid,
        identity: Option<IdentityRow>,
        arrival: Arrival<'_>,
        asker: &Asker,
    ) -> Result<Arrived, AuthError> {
        let user = self.user_by_id(target).await?.ok_or_else(gone)?;
        refuse_banned(&user.account, self.now(), Code::UserBannedBearer)?;
        match identity {
            Some(identity) if identity.user_id == target => {
                let steps = vec![renew(&identity, arrival.person)];
                Ok(Arrived { user, steps })
            }
            Some(_) => {
                Err(AuthError::refused(Code::IdentityAlreadyExists, "Identity is already linked to another user"))
            }
            None => {
                let mut steps = vec![new_identity(target, arrival.provider, arrival.person)];
                steps.push(linked(target, arrival.provider, asker));
                steps.extend(self.told_of(&user, arrival.provider)?);
                Ok(Arrived { user, steps })
            }
        }
    }

    /// A verified address leads into the account that has it.
    fn attach(&self, user: User, proves: bool, arrival: Arrival<'_>, asker: &Asker) -> Result<Arrived, AuthError> {
        refuse_banned(&user.account, self.now(), Code::UserBannedBearer)?;
        let id = user.account.id;
        let mut steps = Vec::new();
        if proves {
            // Whoever made the account has not proven the address; this person has.
            steps.extend(confirm_steps(&user));
            steps.extend(drop_prior_credentials(&user));
            steps.push(one_time::clear(id));
            let action = if user.account.invited_at.is_some() { "invite_accepted" } else { "user_signedup" };
            steps.push(Entry::of_user(action, About::Team, id, asker).with("provider", arrival.provider).step());
        }
        let kept = if proves { &Map::new() } else { &user.account.user_metadata };
        let update = ask::update("auth_users")
            .set("user_metadata", Value::Object(completed(kept, &arrival.person.data)))
            .eq("id", json!(id));
        steps.push(Step::system(update).exactly_one());
        steps.push(new_identity(id, arrival.provider, arrival.person));
        steps.push(linked(id, arrival.provider, asker));
        if !proves {
            steps.extend(self.told_of(&user, arrival.provider)?);
        }
        Ok(Arrived { user, steps })
    }

    fn create_from(&self, arrival: Arrival<'_>, proven: bool, asker: &Asker) -> Result<Arrived, AuthError> {
        self.refuse_closed_signup()?;
        let Arrival { provider, person, .. } = arrival;
        let email = person.email.as_ref().ok_or(AuthError::Internal("an account without an address"))?;
        let id = self.new_id();
        let new = NewAccount {
            id,
            email: Some(email),
            password_hash: None,
            confirmed: proven,
            made_by: MadeBy::Another,
            user_metadata: person.data.clone(),
            app_metadata: Map::new(),
            role: None,
        };
        let mut steps = self.create_steps_with(new, Some(new_identity(id, provider, person)));
        steps.push(Entry::of_user("user_signedup", About::Team, id, asker).with("provider", provider).step());
        let user = self.draft(id, email, &person.data);
        Ok(Arrived { user, steps })
    }

    /// An invitation is accepted by whoever holds its link and comes with the address that it was sent to.
    async fn accept_invitation(&self, token: &str, arrival: Arrival<'_>, asker: &Asker) -> Result<Arrived, AuthError> {
        let none = || AuthError::refused(Code::InviteNotFound, "Invite not found");
        let row: OneTimeRow = match self.check_link(&[Purpose::Invite], token).await {
            Ok(row) => row,
            Err(AuthError::Refused(_)) => return Err(none()),
            Err(error) => return Err(error),
        };
        let user = self.user_by_id(row.user_id).await?.ok_or_else(none)?;
        if user.account.email.as_deref() != arrival.person.email.as_ref().map(Email::as_str) {
            let message = "Invited email does not match emails from external provider";
            return Err(AuthError::refused(Code::InviteNotFound, message));
        }
        let mut arrived = self.attach(user, true, arrival, asker)?;
        arrived.steps.insert(0, consume(&row));
        Ok(arrived)
    }

    /// The mail about a new way into an account.
    fn told_of(&self, user: &User, provider: &str) -> Result<Option<Step>, AuthError> {
        let Some(address) = &user.account.email else { return Ok(None) };
        self.notice(Kind::IdentityLinked, user, address, |variables| provider.clone_into(&mut variables.provider))
    }
}

fn gone() -> AuthError {
    AuthError::refused(Code::UserNotFoundBearer, "The account of this identity does not exist any more")
}

fn linked(user_id: Uuid, provider: &str, asker: &Asker) -> Step {
    Entry::of_user("identity_linked", About::User, user_id, asker).with("provider", provider).step()
}

fn new_identity(user_id: Uuid, provider: &str, person: &Person) -> Step {
    let insert = ask::insert("auth_identities")
        .set("user_id", json!(user_id))
        .set("provider", provider)
        .set("provider_id", person.subject.as_str())
        .set("identity_data", Value::Object(person.data.clone()))
        .set("email", json!(person.email.as_ref().map(Email::as_str)))
        .set("last_sign_in_at", ask::now());
    Step::system(insert)
}

/// What the provider says now. Met only while the identity is there.
fn renew(identity: &IdentityRow, person: &Person) -> Step {
    let mut data = identity.identity_data.clone();
    data.extend(person.data.clone());
    let update = ask::update("auth_identities")
        .set("identity_data", Value::Object(data))
        .set("email", json!(person.email.as_ref().map(Email::as_str)))
        .set("last_sign_in_at", ask::now())
        .eq("id", json!(identity.id));
    Step::system(update).exactly_one()
}

/// Everything by which somebody else could come in, but for one identity.
fn drop_all_but(user: &User, identity: Uuid) -> Vec<Step> {
    let kept = user.identities.iter().filter(|other| other.id == identity).cloned();
    let mut steps = drop_prior_credentials(user);
    // The rows of identities go as a whole; the one that stays is written again.
    for row in kept {
        let insert = ask::insert("auth_identities")
            .set("id", json!(row.id))
            .set("user_id", json!(row.user_id))
            .set("provider", row.provider)
            .set("provider_id", row.provider_id)
            .set("identity_data", Value::Object(row.identity_data));
        steps.push(Step::system(insert));
    }
    steps
}

/// What the person has said, with what the provider says where they have said nothing.
fn completed(said: &Map<String, Value>, given: &Map<String, Value>) -> Map<String, Value> {
    let mut all = given.clone();
    all.extend(said.clone());
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every combination of what is known: an address that the provider has not proven never enters an account by itself.
    #[test]
    fn no_unproven_address_enters() {
        let owners = [None, Some(Owner::Confirmed), Some(Owner::Unconfirmed)];
        let mut seen = 0;
        for identity in owners {
            for address in owners {
                for bits in 0..16_u8 {
                    let bit = |at: u8| bits & (1 << at) != 0;
                    let facts = Facts {
                        identity,
                        address,
                        address_given: bit(0),
                        verified: bit(1) && bit(0),
                        same_address: bit(2),
                        must_confirm: bit(3),
                    };
                    let decision = decide(facts);
                    seen += 1;
                    if !facts.verified {
                        assert!(
                            !matches!(
                                decision,
                                Decision::Attach
                                    | Decision::AttachAndProve
                                    | Decision::EnterAndProve
                                    | Decision::Create
                            ),
                            "{facts:?}"
                        );
                    }
                    if identity.is_none() && address.is_some() {
                        assert!(
                            !matches!(decision, Decision::Enter | Decision::Create | Decision::CreateUnproven),
                            "{facts:?}"
                        );
                    }
                    if matches!(decision, Decision::Attach) {
                        assert_eq!(address, Some(Owner::Confirmed), "an unconfirmed account keeps nothing: {facts:?}");
                    }
                    if facts.must_confirm {
                        assert_ne!(decision, Decision::CreateUnproven, "{facts:?}");
                        let unproven = identity == Some(Owner::Unconfirmed) && decision == Decision::Enter;
                        assert!(!unproven, "{facts:?}");
                    }
                }
            }
        }
        assert_eq!(seen, 144);
    }

    #[track_caller]
    fn check(identity: Option<Owner>, address: Option<Owner>, verified: bool, expected: Decision) {
        let facts = Facts { identity, address, address_given: true, verified, same_address: true, must_confirm: true };
        assert_eq!(decide(facts), expected);
    }

    #[test]
    fn rows_of_the_contract() {
        use Owner::{Confirmed, Unconfirmed};
        check(None, None, true, Decision::Create);
        check(None, None, false, Decision::NeedsVerification);
        check(None, Some(Confirmed), true, Decision::Attach);
        check(None, Some(Confirmed), false, Decision::NeedsVerification);
        check(None, Some(Unconfirmed), true, Decision::AttachAndProve);
        check(None, Some(Unconfirmed), false, Decision::NeedsVerification);
        check(Some(Confirmed), Some(Unconfirmed), false, Decision::Enter);
        check(Some(Unconfirmed), Some(Unconfirmed), true, Decision::EnterAndProve);
        check(Some(Unconfirmed), Some(Unconfirmed), false, Decision::NeedsVerification);
        let nobody = Facts {
            identity: None,
            address: None,
            address_given: false,
            verified: false,
            same_address: false,
            must_confirm: false,
        };
        assert_eq!(decide(nobody), Decision::NeedsAddress);
    }
}
