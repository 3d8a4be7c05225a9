//! What an operator chooses about sign-in, as the rest of this crate reads it. In: checked values. Out: nothing.
//! Reading files and the environment is the program's business.

use crate::provider::ProviderSettings;
use std::time::Duration;

/// Choices about sign-in.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Address under which clients reach the server, without a slash at its end. Links are made from it and nothing else.
    pub external_url: String,
    /// Where people land after a link when the request names no allowed place.
    pub site_url: String,
    /// Further places that a link may lead to: whole addresses, or prefixes that end in `/*`.
    pub redirect_urls: Vec<String>,
    /// Who may sign up.
    pub signup: Signup,
    /// Whether an address must be proven before its owner can sign in with a password.
    pub confirm_email: bool,
    /// How closely the answers follow the original wire where this product is stricter.
    pub profile: Profile,
    /// Application roles, the most powerful first.
    pub roles: Vec<String>,
    /// Application roles that administer accounts; empty is the most powerful one alone.
    pub admin_roles: Vec<String>,
    /// Role of a new account; `None` is none.
    pub default_role: Option<String>,
    /// Lifetimes of sessions.
    pub sessions: Sessions,
    /// Mailed codes and links.
    pub codes: Codes,
    /// Whether both the old and the new address must agree to a change.
    pub secure_email_change: bool,
    /// Whether people may have an account without an address (`signInAnonymously`).
    pub anonymous_users: bool,
    /// Whether a signed-in person may add a further identity.
    pub manual_linking: bool,
    /// Whether tokens may come back in the fragment of an address.
    pub implicit_flow: bool,
    /// Whether a PKCE challenge may be the verifier itself.
    pub pkce_plain: bool,
    /// Application roles whose sessions need a second factor.
    pub mfa_roles: Vec<String>,
    /// Whether people are told by mail when their password, address or factors change.
    pub notices: bool,
    /// Whether a link that was not followed by a person first shows a page with a button.
    pub confirm_page: bool,
    /// Providers by which people sign in.
    pub providers: Vec<ProviderSettings>,
    /// Days that audit rows are kept.
    pub audit_days: u32,
    /// Days that unconfirmed accounts are kept.
    pub unconfirmed_days: u32,
}

/// Who may sign up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signup {
    /// Everybody.
    Open,
    /// Whoever was invited.
    Invite,
    /// Nobody: an administrator makes every account.
    AdminOnly,
}

/// How closely the original wire is followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// Where the original tells too much or allows too much, this product does not.
    Strict,
    /// As the original.
    Compat,
}

/// Lifetimes of sessions.
#[derive(Debug, Clone, Copy)]
pub struct Sessions {
    /// Of an access token.
    pub access_token: Duration,
    /// Time in which several tabs may present the same refresh token.
    pub reuse_window: Duration,
    /// Time in which the refresh token before the current one is accepted when the answer with the current one was lost.
    pub lost_response_grace: Duration,
    /// Without a refresh a session ends after this.
    pub idle: Duration,
    /// A session ends after this in any case.
    pub absolute: Duration,
    /// The same for sessions of the most powerful role.
    pub absolute_admin: Duration,
    /// Whether a sign-in ends the account's other sessions.
    pub single_per_user: bool,
}

impl Default for Sessions {
    fn default() -> Self {
        Self {
            access_token: Duration::from_secs(3_600),
            reuse_window: Duration::from_secs(30),
            lost_response_grace: Duration::from_secs(24 * 3_600),
            idle: Duration::from_secs(14 * 24 * 3_600),
            absolute: Duration::from_secs(30 * 24 * 3_600),
            absolute_admin: Duration::from_secs(12 * 3_600),
            single_per_user: false,
        }
    }
}

/// Mailed codes and links.
#[derive(Debug, Clone, Copy)]
pub struct Codes {
    /// Digits of a code, 6 to 10.
    pub length: u8,
    /// Life of a code.
    pub life: Duration,
    /// Life of a link.
    pub link_life: Duration,
    /// Wrong tries after which a code is dead.
    pub attempts: u16,
    /// Least time between two mails to one address.
    pub mail_gap: Duration,
}

impl Default for Codes {
    fn default() -> Self {
        Self {
            length: 6,
            life: Duration::from_secs(600),
            link_life: Duration::from_secs(3_600),
            attempts: 5,
            mail_gap: Duration::from_secs(60),
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            external_url: "http://127.0.0.1:8000".to_owned(),
            site_url: "http://127.0.0.1:8000".to_owned(),
            redirect_urls: Vec::new(),
            signup: Signup::Open,
            confirm_email: true,
            profile: Profile::Strict,
            roles: Vec::new(),
            admin_roles: Vec::new(),
            default_role: None,
            sessions: Sessions::default(),
            codes: Codes::default(),
            secure_email_change: true,
            anonymous_users: false,
            manual_linking: true,
            implicit_flow: true,
            pkce_plain: false,
            mfa_roles: Vec::new(),
            notices: true,
            confirm_page: true,
            providers: Vec::new(),
            audit_days: 90,
            unconfirmed_days: 30,
        }
    }
}
