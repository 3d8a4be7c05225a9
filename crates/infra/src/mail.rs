//! Sends one rendered mail. In: a [`Message`] of checked parts. Out: what the other side calls it, or an error that says whether to try again.
//! Queues, back-off and rate limits are absent: the sender loop has them.

mod dir;
pub mod message;
mod sendgrid;
mod smtp;
mod url;
pub mod wire;

pub use message::Message;
pub use url::{InvalidMailUrl, MailUrl, SendgridUrl, SmtpTls, SmtpUrl};

use crate::http_out::{BuildError, HttpOutOptions};
use std::path::PathBuf;
use std::pin::Pin;
use std::time::Duration;

/// The outcome of one mail, to come.
pub type Sending<'a> = Pin<Box<dyn Future<Output = Result<Accepted, SendError>> + Send + 'a>>;

/// A way to send mail.
pub trait Mailer: Send + Sync {
    /// Sends one mail to its one recipient.
    ///
    /// The same [`Message`] has the same id every time it is sent, so that a mail sent twice after a crash can be told to be one.
    ///
    /// # Errors
    /// [`SendError::retry`] says whether the same mail may be sent later.
    fn send<'a>(&'a self, message: &'a Message) -> Sending<'a>;
}

/// The other side has taken the mail over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// What it is called there: the server's last line, an id, or the path of a file.
    pub reference: String,
}

/// Whether a mail that failed may be sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// Not before this long; zero when the other side does not say.
    After(Duration),
    /// The same mail would fail the same way.
    Never,
}

/// Why a mail was not taken. No message holds an address, a subject or a body.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// Nobody answers, or not in time.
    #[error("the mail service cannot be reached: {reason}")]
    Unreachable {
        /// What happened.
        reason: String,
    },
    /// The service cannot take the mail now.
    #[error("the mail service is busy: {reason}")]
    Busy {
        /// Its words.
        reason: String,
        /// How long it wants to be left alone.
        after: Option<Duration>,
    },
    /// The service does not know us, or speaks too little of the protocol. The operator can mend it; the mail itself is good.
    #[error("the mail service does not accept the settings of `mail.url`: {reason}")]
    Settings {
        /// Its words.
        reason: String,
    },
    /// There is no such recipient.
    #[error("the mail service does not know the recipient: {reason}")]
    Recipient {
        /// Its words.
        reason: String,
    },
    /// The mail itself is refused.
    #[error("the mail service refused the mail: {reason}")]
    Refused {
        /// Its words.
        reason: String,
    },
}

impl SendError {
    /// Whether the same mail may be sent again, and when.
    #[must_use]
    pub fn retry(&self) -> Retry {
        match self {
            Self::Unreachable { .. } | Self::Settings { .. } => Retry::After(Duration::ZERO),
            Self::Busy { after, .. } => Retry::After(after.unwrap_or_default()),
            Self::Recipient { .. } | Self::Refused { .. } => Retry::Never,
        }
    }
}

/// Why there is no way to send mail.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The certificates named by `ca` cannot be used.
    #[error("cannot use the certificates in {}", path.display())]
    Certificates {
        /// File.
        path: PathBuf,
        /// What is wrong.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The encryption library refuses its settings.
    #[error("cannot set up encryption for mail")]
    Tls(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The client for requests to the outside.
    #[error("cannot set up the mail service")]
    HttpOut(#[source] BuildError),
}

/// Makes the mailer that a URL names. Does nothing on the network; reads the certificates that the URL names.
///
/// The host of the URL is the operator's own choice, so it may be on an inner network whatever `http_out` allows.
///
/// # Errors
/// When certificates cannot be read or encryption cannot be set up.
pub fn open(url: &MailUrl, http_out: HttpOutOptions) -> Result<Box<dyn Mailer>, OpenError> {
    Ok(match url {
        MailUrl::Smtp(url) => Box::new(smtp::Smtp::open(url)?),
        MailUrl::Sendgrid(url) => Box::new(sendgrid::Sendgrid::open(url, http_out).map_err(OpenError::HttpOut)?),
        MailUrl::Dir(path) => Box::new(dir::Dir::new(path.clone())),
    })
}

/// Words of another system: one line, printable, of bounded length.
fn words(text: &str) -> String {
    const CHARS_MAX: usize = 200;
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars().filter(|c| !c.is_control()).take(CHARS_MAX).collect()
}
