//! The parts of a mail, checked once. In: text from anybody. Out: values that cannot break out of the header they stand in.

use std::fmt;
use std::str::FromStr;
use std::time::SystemTime;

const ADDRESS_BYTES_MAX: usize = 254;
const LOCAL_BYTES_MAX: usize = 64;
const NAME_CHARS_MAX: usize = 100;
const SUBJECT_CHARS_MAX: usize = 200;
const ID_BYTES_MAX: usize = 64;
const HEADER_VALUE_BYTES_MAX: usize = 900;

/// One mail to one recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Names the mail for ever: the same when it is sent again.
    pub id: MessageId,
    /// When it was written; its `Date`.
    pub written_at: SystemTime,
    /// Sender.
    pub from: Mailbox,
    /// Recipient.
    pub to: Mailbox,
    /// Subject.
    pub subject: Subject,
    /// Plain text.
    pub text: String,
    /// HTML.
    pub html: String,
    /// Further headers.
    pub headers: Vec<ExtraHeader>,
}

/// An address that one mail can be sent to: `local@domain`, without quotes, comments or white space.
///
/// The local part is ASCII; a domain of other letters is kept in its ASCII form (`xn--…`).
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct EmailAddress {
    local: String,
    domain: String,
}

/// A name beside an address: one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DisplayName(String);

/// Whom a mail is from or for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mailbox {
    /// Name that mail programs show.
    pub name: Option<DisplayName>,
    /// Address.
    pub address: EmailAddress,
}

/// A subject: one line of bounded length.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject(String);

/// Id of a mail; letters, digits, `-`, `_` and `.`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct MessageId(String);

/// A header that the mail does not have anyway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExtraHeader {
    name: String,
    value: String,
}

/// Why text is not a part of a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPart {
    /// Not an address.
    #[error("not a mail address: {0}")]
    Address(&'static str),
    /// Not an address with a name.
    #[error("not a sender; write `name@example.org` or `Name <name@example.org>`")]
    Mailbox,
    /// Not an id.
    #[error("a mail's id is 1 to {ID_BYTES_MAX} letters, digits, `-`, `_` and `.`")]
    Id,
    /// Not a header name, or one that the mail has anyway.
    #[error("not the name of a further header")]
    HeaderName,
    /// Control characters, or too long.
    #[error("not the value of a header: one line of at most {HEADER_VALUE_BYTES_MAX} bytes")]
    HeaderValue,
}

impl EmailAddress {
    /// Reads an address; blanks around it are ignored, the domain is put in lower case.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(raw: &str) -> Result<Self, InvalidPart> {
        let refuse = |why| Err(InvalidPart::Address(why));
        let raw = raw.trim_matches([' ', '\t']);
        let Some((local, domain)) = raw.rsplit_once('@') else { return refuse("it has no `@`") };
        let is_atom = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c);
        if local.is_empty() || local.len() > LOCAL_BYTES_MAX {
            return refuse("what stands before the `@` must have 1 to 64 characters");
        }
        if !local.chars().all(is_atom) {
            return refuse("what stands before the `@` may hold letters, digits and !#$%&'*+-/=?^_`{|}~. only");
        }
        if local.starts_with('.') || local.ends_with('.') || local.contains("..") {
            return refuse("a dot must stand between other characters");
        }
        let domain = ascii_domain(domain).ok_or(InvalidPart::Address("what follows the `@` is not a domain"))?;
        if local.len() + 1 + domain.len() > ADDRESS_BYTES_MAX {
            return refuse("it is longer than 254 characters");
        }
        Ok(Self { local: local.to_owned(), domain })
    }

    /// What follows the `@`.
    #[must_use]
    pub fn domain(&self) -> &str {
        &self.domain
    }

    /// What stands before the `@`.
    #[must_use]
    pub fn local(&self) -> &str {
        &self.local
    }
}

/// The domain in ASCII. Literal addresses (`[10.0.0.1]`, `127.0.0.1`) are none.
fn ascii_domain(raw: &str) -> Option<String> {
    // The URL parser would skip or decode what has no place in a domain.
    if raw.is_empty() || raw.chars().any(|c| c.is_ascii() && !(c.is_ascii_alphanumeric() || c == '-' || c == '.')) {
        return None;
    }
    let url::Host::Domain(domain) = url::Host::parse(raw).ok()? else { return None };
    let is_label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    domain.split('.').all(is_label).then_some(domain)
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.local, self.domain)
    }
}

/// Addresses are personal: logs and debug output show the domain only.
impl fmt::Debug for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EmailAddress(…@{})", self.domain)
    }
}

impl FromStr for EmailAddress {
    type Err = InvalidPart;

    fn from_str(raw: &str) -> Result<Self, InvalidPart> {
        Self::parse(raw)
    }
}

impl DisplayName {
    /// Makes a name of any text: control characters and line ends become blanks, runs of blanks one. `None` when nothing is left.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        Some(one_line(text, NAME_CHARS_MAX)).filter(|name| !name.is_empty()).map(Self)
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Subject {
    /// Makes a subject of any text: control characters and line ends become blanks, runs of blanks one; cut at 200 characters.
    #[must_use]
    pub fn from_text(text: &str) -> Self {
        Self(one_line(text, SUBJECT_CHARS_MAX))
    }

    /// The subject.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Mailbox {
    /// Reads `name@example.org` or `Name <name@example.org>`, quotes around the name or none: the form of `mail.from`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(raw: &str) -> Result<Self, InvalidPart> {
        let raw = raw.trim();
        if raw.chars().any(char::is_control) {
            return Err(InvalidPart::Mailbox);
        }
        let Some(inner) = raw.strip_suffix('>') else {
            return Ok(Self { name: None, address: EmailAddress::parse(raw)? });
        };
        let (name, address) = inner.rsplit_once('<').ok_or(InvalidPart::Mailbox)?;
        let name = name.trim();
        let name = name.strip_prefix('"').and_then(|name| name.strip_suffix('"')).unwrap_or(name);
        if name.contains(['"', '<', '>', '\\']) {
            return Err(InvalidPart::Mailbox);
        }
        Ok(Self { name: DisplayName::from_text(name), address: EmailAddress::parse(address)? })
    }
}

impl From<EmailAddress> for Mailbox {
    fn from(address: EmailAddress) -> Self {
        Self { name: None, address }
    }
}

impl MessageId {
    /// Checks an id, such as a UUID or the number of a row.
    ///
    /// # Errors
    /// [`InvalidPart::Id`].
    pub fn parse(raw: &str) -> Result<Self, InvalidPart> {
        let is_fine = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
        let fits = !raw.is_empty() && raw.len() <= ID_BYTES_MAX && !raw.starts_with('.') && !raw.ends_with('.');
        if fits && !raw.contains("..") && raw.bytes().all(is_fine) {
            Ok(Self(raw.to_owned()))
        } else {
            Err(InvalidPart::Id)
        }
    }

    /// The id.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Headers that say what a mail is; nobody else may write them. `Content-` and `Resent-` stand for all that begin so.
const FIXED: &[&str] = &[
    "from",
    "sender",
    "reply-to",
    "to",
    "cc",
    "bcc",
    "subject",
    "date",
    "message-id",
    "mime-version",
    "received",
    "return-path",
    "auto-submitted",
    "x-entity-ref-id",
    "dkim-signature",
    "authentication-results",
    "in-reply-to",
];

impl ExtraHeader {
    /// Checks a header.
    ///
    /// # Errors
    /// [`InvalidPart::HeaderName`] for odd names and for headers that the mail has anyway, [`InvalidPart::HeaderValue`] for
    /// control characters and for text that looks encoded (`=?`).
    pub fn new(name: &str, value: &str) -> Result<Self, InvalidPart> {
        let lower = name.to_ascii_lowercase();
        let is_name = !name.is_empty()
            && name.len() <= 64
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && name.starts_with(|c: char| c.is_ascii_alphabetic());
        if !is_name || FIXED.contains(&lower.as_str()) || lower.starts_with("content-") || lower.starts_with("resent-")
        {
            return Err(InvalidPart::HeaderName);
        }
        if value.len() > HEADER_VALUE_BYTES_MAX || value.chars().any(is_break) || value.contains("=?") {
            return Err(InvalidPart::HeaderValue);
        }
        Ok(Self { name: name.to_owned(), value: value.to_owned() })
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The value.
    #[must_use]
    pub fn value(&self) -> &str {
        &self.value
    }
}

/// Characters that end a line, are not printed, or turn the direction of the text after them.
fn is_break(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

fn one_line(text: &str, chars_max: usize) -> String {
    let blanked: String = text.chars().map(|c| if is_break(c) { ' ' } else { c }).collect();
    // What looks encoded would be decoded by the reader's program, line ends included.
    let line = blanked.split_whitespace().collect::<Vec<_>>().join(" ").replace("=?", "= ?");
    match line.char_indices().nth(chars_max) {
        Some((end, _)) => format!("{}…", line[..end].trim_end()),
        None => line,
    }
}
