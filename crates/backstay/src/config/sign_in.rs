//! Settings of sign-in: who may come, how long they stay, and how they prove who they are. In: nothing. Out: checked sections.

use super::setting::{choice, section};
use super::units::{Interval, Secret, Size};

choice! {
    /// Who may sign up.
    pub(crate) enum Signup {
        /// Everybody.
        Open = "open",
        /// Whoever was invited.
        Invite = "invite",
        /// Nobody: an administrator makes every account.
        AdminOnly = "admin_only",
    }
}

choice! {
    /// How closely the original wire is followed.
    pub(crate) enum Profile {
        /// Where the original tells too much or allows too much, this product does not.
        Strict = "strict",
        /// As the original.
        Compat = "compat",
    }
}

section! {
    /// Lifetimes of sessions.
    pub(crate) struct Sessions {
        /// Life of an access token.
        pub access_token: Interval = Interval::seconds(3_600),
        /// Time in which several tabs may present the same refresh token and are given the same successor.
        pub reuse_window: Interval = Interval::seconds(30),
        /// Time in which the token before the current one is accepted when the answer with the current one was lost.
        pub lost_response_grace: Interval = Interval::seconds(24 * 3_600),
        /// A session that is not refreshed ends after this.
        pub idle: Interval = Interval::seconds(14 * 24 * 3_600),
        /// A session ends after this in any case.
        pub absolute: Interval = Interval::seconds(30 * 24 * 3_600),
        /// The same for sessions of the most powerful role.
        pub absolute_admin: Interval = Interval::seconds(12 * 3_600),
        /// Whether a sign-in ends the account's other sessions.
        pub single_per_user: bool = false,
    }
}

section! {
    /// Mailed codes and links.
    pub(crate) struct Codes {
        /// Digits of a code, 6 to 10.
        pub length: u8 = 6,
        /// Life of a code.
        pub life: Interval = Interval::seconds(600),
        /// Life of a link.
        pub link_life: Interval = Interval::seconds(3_600),
        /// Wrong tries after which a code is dead.
        pub attempts: u16 = 5,
        /// Least time between two mails to one address.
        pub mail_gap: Interval = Interval::seconds(60),
    }
}

section! {
    /// How often sign-in may be asked.
    pub(crate) struct SignInLimits {
        /// Whether there are limits at all. Never switch them off where strangers can reach the server.
        pub enabled: bool = true,
        /// Multiplies every limit that counts by client address, for tests behind one address.
        pub scale: u32 = 1,
        /// Mails that may leave in an hour, whoever asks.
        pub mail_per_hour: u32 = 100,
    }
}

section! {
    /// Passwords.
    pub(crate) struct Password {
        /// Fewest characters. 15 is recommended where a password is the only proof.
        pub min_length: u16 = 8,
        /// Memory of one Argon2id hash.
        pub argon2_memory: Size = Size::mebibytes(19),
        /// Passes of one Argon2id hash.
        pub argon2_time: u32 = 2,
    }
}

section! {
    /// Second factors.
    pub(crate) struct Mfa {
        /// Application roles whose sessions need a second factor before they may read or write data.
        pub require_for_roles: Vec<String> = Vec::new(),
    }
}

section! {
    /// Sessions in cookies, for browser applications that keep no tokens.
    pub(crate) struct Cookies {
        /// Origins, such as `https://app.example.org`, whose requests may be answered with cookies and may write with them.
        pub origins: Vec<String> = Vec::new(),
        /// Whether those origins get cookies without asking by `X-Use-Cookie`.
        pub default: bool = false,
        /// Whether the access token in the body of an answer with cookies lives for 60 seconds only.
        pub strict: bool = false,
    }
}

section! {
    /// A provider by which people sign in: `google`, `github`, `apple`, `azure`, `facebook`, `gitlab`, `discord`, or any name with an `issuer` (OpenID Connect).
    pub(crate) struct Provider {
        /// Identifier of this application at the provider; several, separated by commas, where an app has one of its own.
        pub client_id: String = String::new(),
        /// Secret of this application at the provider. For Apple the private key as PEM, with `key_id` and `team_id`.
        pub secret: Option<Secret> = None,
        /// Address of the provider, for providers that are not built in or have several.
        pub issuer: Option<String> = None,
        /// Further scopes to ask for.
        pub scopes: Vec<String> = Vec::new(),
        /// Apple only: id of the private key.
        pub key_id: Option<String> = None,
        /// Apple only: id of the team.
        pub team_id: Option<String> = None,
    }
}
