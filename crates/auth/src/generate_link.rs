//! Links that an administrator hands over in another way than by this server's mail. In: a kind and an address.
//! Out: the account, its code and its link. No mail is sent.

use crate::admin::{Admin, email_exists, invalid, not_found, refused_write};
use crate::asker::Asker;
use crate::audit::About;
use crate::code::Purpose;
use crate::invite::Proof;
use crate::mailing::link_type;
use crate::one_time::Wanted;
use crate::password::Password;
use crate::password_grant::set_hash;
use crate::refusal::AuthError;
use crate::service::{self, Auth};
use crate::user::User;
use backstay_engine::ask;
use backstay_engine::steps::Step;
use serde_json::{Map, Value, json};

/// A link that is asked for.
#[derive(Debug, Clone, Default)]
pub struct WantedLink {
    /// `signup`, `invite`, `magiclink`, `recovery`, `email_change_current`, `email_change_new`.
    pub kind: String,
    /// Address of the account, there already or not.
    pub email: String,
    /// Password of a new account.
    pub password: Option<String>,
    /// Where the address is to change to.
    pub new_email: Option<String>,
    /// What a new account says about itself.
    pub data: Map<String, Value>,
    /// Where the link is to lead.
    pub redirect_to: Option<String>,
}

/// A link that was made.
#[derive(Debug, Clone)]
pub struct Linked {
    /// The account.
    pub user: User,
    /// The link.
    pub action_link: String,
    /// The code, which may be typed instead.
    pub email_otp: String,
    /// What the link carries, for pages that send it themselves.
    pub hashed_token: String,
    /// The kind, as it came to be.
    pub verification_type: &'static str,
    /// Where the link leads.
    pub redirect_to: String,
}

impl Linked {
    /// The JSON of the contract: the account's members, and the link's.
    #[must_use]
    pub fn json(&self) -> Value {
        let mut out = self.user.json();
        out["action_link"] = json!(self.action_link);
        out["email_otp"] = json!(self.email_otp);
        out["hashed_token"] = json!(self.hashed_token);
        out["verification_type"] = json!(self.verification_type);
        out["redirect_to"] = json!(self.redirect_to);
        out
    }
}

/// The account of a link, and what is done to it.
struct Aim {
    user: User,
    purpose: Purpose,
    steps: Vec<Step>,
    /// Whom the code belongs to.
    sent_to: String,
}

impl Auth {
    /// Makes a link.
    ///
    /// # Errors
    /// As the contract's `POST /admin/generate_link`.
    pub async fn generate_link(&self, admin: &Admin, wanted: WantedLink, asker: &Asker) -> Result<Linked, AuthError> {
        self.admit_admin(admin).await?;
        let aim = self.aim(admin, &wanted).await?;
        let redirect_to = self.redirects.resolve(wanted.redirect_to.as_deref()).as_str().to_owned();
        let id = aim.user.account.id;
        let by_mail_before = aim.user.account.email_confirmed_at.is_some();
        let issued = self.issue(
            &Wanted {
                user_id: id,
                purpose: aim.purpose,
                sent_to: &aim.sent_to,
                flow_state_id: None,
                redirect_to: &redirect_to,
                // As with a mail of the kind: whoever set a password before may be somebody else than who gets the link.
                drops_prior_credentials: !by_mail_before
                    && matches!(aim.purpose, Purpose::Magiclink | Purpose::Recovery),
            },
            asker,
        );
        let kind = aim.purpose.as_str();
        let mut steps = aim.steps;
        steps.push(issued.step);
        steps.push(admin.entry("link_generated", About::User, id, asker).with("type", kind).step());
        self.commit(steps).await.map_err(refused_write)?;
        let user = self.user_by_id(id).await?.ok_or(AuthError::Internal("the account of a link is not there"))?;
        let token = issued.link.as_str().to_owned();
        Ok(Linked {
            action_link: self.verify_url(&token, link_type(aim.purpose), &redirect_to),
            user,
            email_otp: issued.code.as_str().to_owned(),
            hashed_token: token,
            verification_type: kind,
            redirect_to,
        })
    }

    async fn aim(&self, admin: &Admin, wanted: &WantedLink) -> Result<Aim, AuthError> {
        let email = service::email(&wanted.email)?;
        let present = self.user_by_email(&email).await?;
        if let Some(user) = &present {
            // A link is as good as a password of its account.
            self.check_grant(admin, user.role.as_slice(), user.role.as_slice())?;
        }
        let sent_to = email.as_str().to_owned();
        match (wanted.kind.as_str(), present) {
            ("recovery", Some(user)) => Ok(Aim { user, purpose: Purpose::Recovery, steps: Vec::new(), sent_to }),
            ("magiclink", Some(user)) => Ok(Aim { user, purpose: Purpose::Magiclink, steps: Vec::new(), sent_to }),
            ("recovery" | "email_change_current" | "email_change_new", None) => Err(not_found()),
            ("invite", present) => {
                let (user, steps) = self.invited(admin, &email, &wanted.data, present).await?;
                Ok(Aim { user, purpose: Purpose::Invite, steps, sent_to })
            }
            ("signup", Some(user)) if user.account.email_confirmed_at.is_some() => Err(email_exists()),
            ("signup" | "magiclink", present) => self.aim_at_signup(admin, wanted, &email, present).await,
            ("email_change_current", Some(user)) => self.aim_at_change(user, Purpose::EmailChangeCurrent, wanted).await,
            ("email_change_new", Some(user)) => self.aim_at_change(user, Purpose::EmailChangeNew, wanted).await,
            _ => Err(invalid(
                "`type` is one of signup, invite, magiclink, recovery, email_change_current, email_change_new",
            )),
        }
    }

    async fn aim_at_signup(
        &self,
        admin: &Admin,
        wanted: &WantedLink,
        email: &crate::email::Email,
        present: Option<User>,
    ) -> Result<Aim, AuthError> {
        let password = wanted.password.as_deref().filter(|text| !text.is_empty());
        if password.is_none() && wanted.kind == "signup" {
            return Err(invalid("Signup requires a valid password"));
        }
        let mut hash = None;
        if let Some(password) = password {
            let password = Password::new(password);
            self.check_policy(&password, email, &wanted.data)?;
            hash = Some(self.hash(password).await?);
        }
        let (user, steps) = match present {
            Some(user) => {
                let id = user.account.id;
                (user, hash.map(|hash| Step::system(set_hash(id, hash))).into_iter().collect())
            }
            None => {
                self.check_grant(admin, &[], self.settings.default_role.as_slice())?;
                let id = self.new_id();
                let new = self.unproven(id, email, &wanted.data, Proof::Link { password_hash: hash });
                (self.draft(id, email, &wanted.data), self.create_steps(new))
            }
        };
        Ok(Aim { user, purpose: Purpose::Signup, steps, sent_to: email.as_str().to_owned() })
    }

    async fn aim_at_change(&self, user: User, purpose: Purpose, wanted: &WantedLink) -> Result<Aim, AuthError> {
        let new = wanted.new_email.as_deref().filter(|text| !text.is_empty());
        let new = service::email(new.ok_or_else(|| invalid("`new_email` is needed to change an address"))?)?;
        if self.user_by_email(&new).await?.is_some() {
            return Err(email_exists());
        }
        let mut steps = Vec::new();
        if user.account.new_email.as_deref() != Some(new.as_str()) {
            let update = ask::update("auth_users")
                .set("new_email", new.as_str())
                .set("email_change_current_confirmed", false)
                .set("email_change_new_confirmed", false)
                .set("email_change_sent_at", ask::now())
                .eq("id", json!(user.account.id));
            steps.push(Step::system(update));
        }
        let present = user.account.email.clone().unwrap_or_default();
        let sent_to = if purpose == Purpose::EmailChangeNew { new.as_str().to_owned() } else { present };
        Ok(Aim { user, purpose, steps, sent_to })
    }
}
