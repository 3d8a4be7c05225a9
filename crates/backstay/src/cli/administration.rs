//! The command line of administration: keys, accounts, the audit log. Names, flags and the help that teaches them.

use super::Project;
use clap::{Args, Subcommand, ValueEnum};

/// `backstay keys`
#[derive(Debug, Args)]
pub(crate) struct Keys {
    /// Where the schema and the data are.
    #[command(flatten)]
    pub project: Project,
    /// What to do.
    #[command(subcommand)]
    pub action: KeysAction,
}

/// What to do with keys.
#[derive(Debug, Subcommand)]
pub(crate) enum KeysAction {
    /// Print both keys; they are made when the data folder has none yet.
    List {
        /// The API keys of the database, too.
        #[arg(long)]
        all: bool,
        /// How they are printed.
        #[arg(long, value_enum, default_value_t = KeysFormat::Text)]
        format: KeysFormat,
    },
    /// Make an API key. It is printed once.
    Create(NewKey),
    /// End an API key: the next request with it is refused.
    Revoke {
        /// Its id, or its prefix as `list` shows it.
        key: String,
    },
    /// Put the next key in place that signs tokens; nobody is signed out.
    Rotate {
        /// Also when the next key was published less than ten minutes ago, such as when the present one has leaked.
        #[arg(long)]
        now: bool,
    },
}

/// What an API key is to be.
#[derive(Debug, Args)]
pub(crate) struct NewKey {
    /// Where it is used, for people.
    #[arg(long)]
    pub name: String,
    /// What it is for.
    #[arg(long, value_enum, default_value_t = ApiKeyKind::Custom)]
    pub kind: ApiKeyKind,
    /// Application role of a custom key.
    #[arg(long)]
    pub role: Option<String>,
    /// What a custom key may be used for, such as rest:read; may be repeated. None is all that its role may do.
    #[arg(long)]
    pub scope: Vec<String>,
    /// Claims of a custom key that rules read, as a JSON object.
    #[arg(long, value_name = "JSON")]
    pub claims: Option<String>,
    /// When it ends, such as 90d.
    #[arg(long, value_name = "DURATION")]
    pub expires: Option<String>,
    /// How it is printed.
    #[arg(long, value_enum, default_value_t = KeysFormat::Text)]
    pub format: KeysFormat,
}

/// Kinds of API keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ApiKeyKind {
    /// Goes into clients; anonymous.
    Publishable,
    /// Stays on servers; bypasses every rule.
    Secret,
    /// Of a machine, with a role of the application.
    Custom,
}

impl std::fmt::Display for ApiKeyKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Publishable => "publishable",
            Self::Secret => "secret",
            Self::Custom => "custom",
        })
    }
}

/// Shapes of the key list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum KeysFormat {
    /// A line each.
    Text,
    /// `{"anon":…,"service":…}`
    Json,
}

pub(super) const KEYS: &str = "\
The anonymous key may be in a client. The service key bypasses every rule: keep it on servers.

Examples:
  backstay keys list
  ANON=$(backstay keys list --data .backstay --format json | jq -r .anon)
  curl -H \"apikey: $ANON\" http://127.0.0.1:8000/rest/v1/courses
  backstay keys create --name \"nightly export\" --role admin --scope rest:read --expires 90d
  backstay keys create --name web --kind publishable
  backstay keys list --all
  backstay keys revoke bs_3fQz81Ka
  backstay keys rotate

Keys of the database can be made and revoked while a server runs: it is asked over HTTP at the address of `listen`.";

/// `backstay users`
#[derive(Debug, Args)]
pub(crate) struct Users {
    /// Where the schema and the data are.
    #[command(flatten)]
    pub project: Project,
    /// What to do.
    #[command(subcommand)]
    pub action: UsersAction,
}

/// What to do with accounts. WHO is an id or a whole address.
#[derive(Debug, Subcommand)]
pub(crate) enum UsersAction {
    /// Make an account. Its password is printed once, works for a day and must be changed.
    Create {
        /// Address.
        email: String,
        /// Application role [default: that of new accounts].
        #[arg(long)]
        role: Option<String>,
        /// Name [default: the address before its @].
        #[arg(long)]
        name: Option<String>,
        /// What else the profile is filled with, as a JSON object.
        #[arg(long, value_name = "JSON")]
        profile: Option<String>,
        /// Send a mail with a code and a link instead of making a password.
        #[arg(long, conflicts_with = "password_stdin")]
        invite: bool,
        /// Read the password from standard input.
        #[arg(long)]
        password_stdin: bool,
    },
    /// List accounts, the newest first.
    List {
        /// Only those with this in their address.
        #[arg(long, value_name = "TEXT")]
        filter: Option<String>,
        /// Which page.
        #[arg(long, default_value_t = 1)]
        page: u32,
        /// Accounts of a page.
        #[arg(long, default_value_t = 50)]
        per_page: u32,
        /// How they are printed.
        #[arg(long, value_enum, default_value_t = ListFormat::Text)]
        format: ListFormat,
    },
    /// Show all about an account.
    Show {
        /// Id or address.
        who: String,
    },
    /// Keep an account from signing in; its tokens end at once.
    Ban {
        /// Id or address.
        who: String,
        /// How long, such as 24h.
        #[arg(long, value_name = "DURATION", default_value = "876000h")]
        r#for: String,
    },
    /// End a ban.
    Unban {
        /// Id or address.
        who: String,
    },
    /// Give an account another role; it counts from its next request on.
    SetRole {
        /// Id or address.
        who: String,
        /// The role.
        role: String,
    },
    /// Remove an account with its profile.
    Delete {
        /// Id or address.
        who: String,
        /// Keep the row of the account, without anything to sign in with.
        #[arg(long)]
        soft: bool,
    },
    /// Print a link and a code with which the owner sets another password.
    ResetPassword {
        /// Id or address.
        who: String,
    },
}

/// Shapes of lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ListFormat {
    /// A line each.
    Text,
    /// A JSON array.
    Json,
}

pub(super) const USERS: &str = "\
Works while a server runs: it is asked over HTTP at the address of `listen`. Else the database is opened here.

Examples:
  backstay users create ana@example.com --role teacher
  backstay users list --filter example.com
  backstay users ban ana@example.com --for 24h
  backstay users set-role ana@example.com admin
  backstay users reset-password ana@example.com";

/// `backstay create-admin`
#[derive(Debug, Args)]
pub(crate) struct CreateAdmin {
    /// Where the schema and the data are.
    #[command(flatten)]
    pub project: Project,
    /// Address.
    pub email: String,
    /// Role [default: the most powerful one].
    #[arg(long)]
    pub role: Option<String>,
    /// Name [default: the address before its @].
    #[arg(long)]
    pub name: Option<String>,
    /// What else the profile is filled with, as a JSON object.
    #[arg(long, value_name = "JSON")]
    pub profile: Option<String>,
    /// Read the password from standard input instead of making one.
    #[arg(long)]
    pub password_stdin: bool,
}

pub(super) const CREATE_ADMIN: &str = "\
There is no account to begin with, and no password that everybody knows.

Examples:
  backstay create-admin ana@example.com
  printf '%s' \"$PASSWORD\" | backstay create-admin ana@example.com --password-stdin";

/// `backstay audit`
#[derive(Debug, Args)]
pub(crate) struct Audit {
    /// Where the schema and the data are.
    #[command(flatten)]
    pub project: Project,
    /// `author:ID-OR-ADDRESS`, `action:NAME` or `type:NAME`.
    #[arg(long)]
    pub query: Option<String>,
    /// Which page.
    #[arg(long, default_value_t = 1)]
    pub page: u32,
    /// Entries of a page.
    #[arg(long, default_value_t = 50)]
    pub limit: u32,
    /// How they are printed.
    #[arg(long, value_enum, default_value_t = ListFormat::Text)]
    pub format: ListFormat,
}

pub(super) const AUDIT: &str = "\
The newest entries come first. They are kept for `auth.audit_days`.

Examples:
  backstay audit
  backstay audit --query action:login_failed
  backstay audit --query author:ana@example.com --format json";
