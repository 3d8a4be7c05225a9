//! Which mails there are, what each says by default, and what a template may use. In: a kind. Out: its names, texts and sample values.

use serde::Serialize;
use serde_json::{Value, json};

/// A mail that the server sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Somebody signed up: proves the address.
    Confirmation,
    /// An administrator invites somebody.
    Invite,
    /// Sign-in without a password.
    MagicLink,
    /// A forgotten password.
    Recovery,
    /// A change of the address, to the old and to the new one.
    EmailChange,
    /// A code before something delicate.
    Reauthentication,
    /// Notice: the password was changed.
    PasswordChanged,
    /// Notice: the address was changed.
    EmailChanged,
    /// Notice: the phone number was changed.
    PhoneChanged,
    /// Notice: a way to sign in was added.
    IdentityLinked,
    /// Notice: a way to sign in was removed.
    IdentityUnlinked,
    /// Notice: a second factor was added.
    MfaFactorEnrolled,
    /// Notice: a second factor was removed.
    MfaFactorUnenrolled,
}

/// Values for a template; what is empty counts as absent (`{{ if .Token }}`).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Variables {
    /// Address of the application.
    #[serde(rename = "SiteURL")]
    pub site_url: String,
    /// Link that does what the code does.
    #[serde(rename = "ConfirmationURL")]
    pub confirmation_url: String,
    /// Address of the account.
    #[serde(rename = "Email")]
    pub email: String,
    /// Address that the account is to have.
    #[serde(rename = "NewEmail")]
    pub new_email: String,
    /// The code.
    #[serde(rename = "Token")]
    pub token: String,
    /// What the link carries.
    #[serde(rename = "TokenHash")]
    pub token_hash: String,
    /// Where the link leads in the end.
    #[serde(rename = "RedirectTo")]
    pub redirect_to: String,
    /// Address that this mail goes to.
    #[serde(rename = "SendingTo")]
    pub sending_to: String,
    /// What the user says about himself: an object, or null.
    #[serde(rename = "Data")]
    pub data: Value,
    /// Address that the account had.
    #[serde(rename = "OldEmail")]
    pub old_email: String,
    /// Phone number of the account.
    #[serde(rename = "Phone")]
    pub phone: String,
    /// Phone number that the account had.
    #[serde(rename = "OldPhone")]
    pub old_phone: String,
    /// Way to sign in, such as `google`.
    #[serde(rename = "Provider")]
    pub provider: String,
    /// Kind of second factor, such as `totp`.
    #[serde(rename = "FactorType")]
    pub factor_type: String,
}

/// Names of [`Variables`] in templates.
pub const VARIABLES: &[&str] = &[
    "SiteURL",
    "ConfirmationURL",
    "Email",
    "NewEmail",
    "Token",
    "TokenHash",
    "RedirectTo",
    "SendingTo",
    "Data",
    "OldEmail",
    "Phone",
    "OldPhone",
    "Provider",
    "FactorType",
];

/// What stands in the program for one mail.
pub(super) struct BuiltIn {
    pub kind: Kind,
    pub name: &'static str,
    pub subject: &'static str,
    pub mjml: &'static str,
    pub text: &'static str,
}

macro_rules! defaults {
    ($($kind:ident $name:literal $subject:literal)+) => {
        /// Every mail.
        pub const ALL: &[Kind] = &[$(Kind::$kind),+];

        pub(super) const DEFAULTS: &[BuiltIn] = &[$(BuiltIn {
            kind: Kind::$kind,
            name: $name,
            subject: $subject,
            mjml: include_str!(concat!("../../templates/", $name, ".mjml")),
            text: include_str!(concat!("../../templates/", $name, ".txt")),
        }),+];

        impl Kind {
            /// Name of its files.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$kind => $name),+ }
            }
        }
    };
}

defaults! {
    Confirmation "confirmation" "Confirm your email address"
    Invite "invite" "You are invited to {{ host .SiteURL }}"
    MagicLink "magic_link" "Your sign-in code for {{ host .SiteURL }}"
    Recovery "recovery" "Reset your password"
    EmailChange "email_change" "Confirm the change of your email address"
    Reauthentication "reauthentication" "Your code for {{ host .SiteURL }}"
    PasswordChanged "password_changed_notification" "Your password was changed"
    EmailChanged "email_changed_notification" "Your email address was changed"
    PhoneChanged "phone_changed_notification" "Your phone number was changed"
    IdentityLinked "identity_linked_notification" "A new way to sign in was added"
    IdentityUnlinked "identity_unlinked_notification" "A way to sign in was removed"
    MfaFactorEnrolled "mfa_factor_enrolled_notification" "A second step was added to your sign-in"
    MfaFactorUnenrolled "mfa_factor_unenrolled_notification" "A second step was removed from your sign-in"
}

/// Parts that the default templates share; a file of the same name replaces one.
pub(super) const PARTS: &[(&str, &str)] = &[
    ("_head.mjml", include_str!("../../templates/_head.mjml")),
    ("_header.mjml", include_str!("../../templates/_header.mjml")),
    ("_code.mjml", include_str!("../../templates/_code.mjml")),
    ("_link.mjml", include_str!("../../templates/_link.mjml")),
    ("_not_you.mjml", include_str!("../../templates/_not_you.mjml")),
    ("_footer.mjml", include_str!("../../templates/_footer.mjml")),
];

/// Values like those of a real mail, for previews.
#[must_use]
pub fn sample(kind: Kind) -> Variables {
    let hash = "b3f0c1d29e7a4c5f8d6e1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d5e6f";
    let (verb, has_code) = match kind {
        Kind::Confirmation => ("signup", true),
        Kind::Invite => ("invite", true),
        Kind::MagicLink => ("magiclink", true),
        Kind::Recovery => ("recovery", true),
        Kind::EmailChange => ("email_change", true),
        Kind::Reauthentication => ("", true),
        Kind::PasswordChanged
        | Kind::EmailChanged
        | Kind::PhoneChanged
        | Kind::IdentityLinked
        | Kind::IdentityUnlinked
        | Kind::MfaFactorEnrolled
        | Kind::MfaFactorUnenrolled => ("", false),
    };
    let link = format!(
        "https://api.example.org/auth/v1/verify?token={hash}&type={verb}&redirect_to=https%3A%2F%2Fapp.example.org%2Fwelcome"
    );
    let when = |yes: bool, text: &str| if yes { text.to_owned() } else { String::new() };
    let changes = matches!(kind, Kind::EmailChange);
    Variables {
        site_url: "https://app.example.org".to_owned(),
        confirmation_url: when(!verb.is_empty(), &link),
        email: "ana@example.org".to_owned(),
        new_email: when(changes, "ana.silva@example.org"),
        token: when(has_code, "481516"),
        token_hash: when(!verb.is_empty(), hash),
        redirect_to: when(!verb.is_empty(), "https://app.example.org/welcome"),
        sending_to: if changes { "ana.silva@example.org".to_owned() } else { "ana@example.org".to_owned() },
        data: json!({ "name": "Ana Silva" }),
        old_email: when(kind == Kind::EmailChanged, "ana.old@example.org"),
        phone: when(kind == Kind::PhoneChanged, "+351 555 0199"),
        old_phone: when(kind == Kind::PhoneChanged, "+351 555 0123"),
        provider: when(matches!(kind, Kind::IdentityLinked | Kind::IdentityUnlinked), "google"),
        factor_type: when(matches!(kind, Kind::MfaFactorEnrolled | Kind::MfaFactorUnenrolled), "totp"),
    }
}
