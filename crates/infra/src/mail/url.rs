//! Reads `mail.url`. In: text. Out: a way to send mail with all its parts, or what is wrong and what to write. Secrets are never printed.

use crate::http_out::Target;
use http::HeaderValue;
use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use url::Url;

const SENDGRID_HOST: &str = "api.sendgrid.com";
const SENDGRID_PATH: &str = "/v3/mail/send";

/// Where mail goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MailUrl {
    /// `smtp://` and `smtps://`.
    Smtp(SmtpUrl),
    /// `sendgrid://KEY`.
    Sendgrid(SendgridUrl),
    /// `dir:PATH`: files, for development and tests.
    Dir(PathBuf),
}

/// A mail server.
#[derive(Clone, PartialEq, Eq)]
pub struct SmtpUrl {
    /// Name or address, without brackets.
    pub host: String,
    /// Port.
    pub port: u16,
    /// User and password.
    pub credentials: Option<(String, String)>,
    /// Encryption.
    pub tls: SmtpTls,
    /// Certificates (PEM) that are trusted beside the web's own.
    pub ca: Option<PathBuf>,
}

/// Encryption of a connection to a mail server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SmtpTls {
    /// None.
    None,
    /// When the server offers it (`STARTTLS`); its certificate is not checked.
    Opportunistic,
    /// `STARTTLS`, or no mail; the certificate is checked.
    Required,
    /// From the first byte; the certificate is checked.
    Wrapped,
}

/// SendGrid, or what speaks like it.
#[derive(Clone, PartialEq, Eq)]
pub struct SendgridUrl {
    /// Where mails are posted.
    pub endpoint: Target,
    /// `Bearer` and the key; marked as sensitive.
    pub authorization: HeaderValue,
}

/// Why a URL names no way to send mail. Holds nothing of the URL but its scheme and parameter names.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidMailUrl {
    /// No scheme that is known.
    #[error("must begin with smtp://, smtps://, sendgrid:// or dir:")]
    Scheme,
    /// Not a URL.
    #[error("is not a URL ({0}); characters such as @ : / # in a user or password are written %40 %3A %2F %23")]
    Syntax(url::ParseError),
    /// No server.
    #[error("names no server: smtp://user:password@mail.example.org:587")]
    NoHost,
    /// Something after the server that has no meaning.
    #[error(
        "has a path or fragment after the server, which means nothing; a `/` or `#` in a password is written %2F or %23"
    )]
    Path,
    /// A password without a user, or the other way round.
    #[error("needs both a user and a password, or neither: smtp://user:password@mail.example.org:587")]
    HalfCredentials,
    /// Not UTF-8 after decoding.
    #[error("has a user or password that is not UTF-8 text")]
    CredentialText,
    /// A parameter that does not exist.
    #[error("has the unknown parameter `{0}`; there are `tls` and `ca`")]
    Parameter(String),
    /// Not a value of `tls`.
    #[error("has tls={0}; it is one of `required`, `opportunistic`, `none`")]
    Tls(String),
    /// `tls` on a connection that is encrypted from the start.
    #[error("needs no `tls` parameter: smtps:// is always encrypted")]
    TlsTwice,
    /// Key of SendGrid.
    #[error("needs the key of the account: sendgrid://SG.xxxx")]
    Key,
    /// `dir:` without a folder.
    #[error("names no folder: dir:./mail")]
    Folder,
}

impl MailUrl {
    /// Reads the URL.
    ///
    /// # Errors
    /// What is wrong, as the rest of a sentence that begins with the name of the setting.
    pub fn parse(text: &str) -> Result<Self, InvalidMailUrl> {
        let text = text.trim();
        if let Some(path) = text.strip_prefix("dir:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            return if path.is_empty() { Err(InvalidMailUrl::Folder) } else { Ok(Self::Dir(PathBuf::from(path))) };
        }
        let scheme = text.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
        match scheme.as_deref() {
            Some("smtp") => smtp(text, SmtpTls::Opportunistic, 587).map(Self::Smtp),
            Some("smtps") => smtp(text, SmtpTls::Wrapped, 465).map(Self::Smtp),
            Some("sendgrid") => sendgrid(text).map(Self::Sendgrid),
            _ => Err(InvalidMailUrl::Scheme),
        }
    }
}

fn smtp(text: &str, tls: SmtpTls, port: u16) -> Result<SmtpUrl, InvalidMailUrl> {
    let url = Url::parse(text).map_err(InvalidMailUrl::Syntax)?;
    let host = url.host_str().filter(|host| !host.is_empty()).ok_or(InvalidMailUrl::NoHost)?;
    let host = host.trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase();
    if !matches!(url.path(), "" | "/") || url.fragment().is_some() {
        return Err(InvalidMailUrl::Path);
    }
    let credentials = match (url.username(), url.password()) {
        ("", None) => None,
        (user, Some(password)) if !user.is_empty() => Some((decoded(user)?, decoded(password)?)),
        _ => return Err(InvalidMailUrl::HalfCredentials),
    };
    let mut found = SmtpUrl { port: url.port().unwrap_or(port), credentials, tls, ca: None, host };
    // A password must not travel in the clear because somebody on the way took the offer of encryption out.
    if tls == SmtpTls::Opportunistic && found.credentials.is_some() && !is_this_machine(&found.host) {
        found.tls = SmtpTls::Required;
    }
    for (name, value) in url.query_pairs() {
        match (name.as_ref(), value.as_ref()) {
            ("tls", _) if tls == SmtpTls::Wrapped => return Err(InvalidMailUrl::TlsTwice),
            ("tls", "required") => found.tls = SmtpTls::Required,
            ("tls", "opportunistic") => found.tls = SmtpTls::Opportunistic,
            ("tls", "none") => found.tls = SmtpTls::None,
            ("tls", other) => return Err(InvalidMailUrl::Tls(other.to_owned())),
            ("ca", path) => found.ca = Some(PathBuf::from(path)),
            (other, _) => return Err(InvalidMailUrl::Parameter(other.to_owned())),
        }
    }
    Ok(found)
}

/// `sendgrid://KEY` and, for another region or a test, `sendgrid://KEY@HOST[:PORT]`: HTTPS, and HTTP to this machine.
fn sendgrid(text: &str) -> Result<SendgridUrl, InvalidMailUrl> {
    let rest = text.split_once("://").map_or("", |(_, rest)| rest).trim_end_matches('/');
    let (key, place) = rest.rsplit_once('@').map_or((rest, SENDGRID_HOST), |(key, place)| (key, place));
    let is_key = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_');
    if key.is_empty() || !key.bytes().all(is_key) {
        return Err(InvalidMailUrl::Key);
    }
    let secure = Url::parse(&format!("https://{place}")).map_err(InvalidMailUrl::Syntax)?;
    if secure.path() != "/" || secure.query().is_some() || secure.fragment().is_some() {
        return Err(InvalidMailUrl::Path);
    }
    let host = secure.host_str().ok_or(InvalidMailUrl::NoHost)?.trim_start_matches('[').trim_end_matches(']');
    let scheme = if is_this_machine(host) { "http" } else { "https" };
    let endpoint = Target::parse(&format!("{scheme}://{place}{SENDGRID_PATH}")).map_err(|_| InvalidMailUrl::NoHost)?;
    let mut authorization = HeaderValue::from_str(&format!("Bearer {key}")).map_err(|_| InvalidMailUrl::Key)?;
    authorization.set_sensitive(true);
    Ok(SendgridUrl { endpoint, authorization })
}

fn decoded(text: &str) -> Result<String, InvalidMailUrl> {
    percent_encoding::percent_decode_str(text)
        .decode_utf8()
        .map(std::borrow::Cow::into_owned)
        .map_err(|_| InvalidMailUrl::CredentialText)
}

fn is_this_machine(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

impl fmt::Debug for SmtpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, port, credentials, tls, ca } = self;
        f.debug_struct("SmtpUrl")
            .field("host", host)
            .field("port", port)
            .field("credentials", &credentials.as_ref().map(|_| "…"))
            .field("tls", tls)
            .field("ca", ca)
            .finish()
    }
}

impl fmt::Debug for SendgridUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { endpoint, authorization: _ } = self;
        f.debug_struct("SendgridUrl").field("endpoint", endpoint).finish_non_exhaustive()
    }
}
