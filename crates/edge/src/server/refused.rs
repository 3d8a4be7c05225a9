//! Requests that are refused before any protocol sees them. Out: a [`Fault`], so that they look like every other error of the API.

use crate::fault::{Fault, code};
use backstay_auth::TokenError;
use http::HeaderValue;
use http::header::{ALLOW, WWW_AUTHENTICATE};

/// Why a request is refused at the door.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    /// The credential is bad.
    Token(TokenError),
    /// Whether the session of the credential still holds cannot be found out now.
    Accounts,
    /// More than one `Authorization` or `apikey` header.
    RepeatedCredential,
    /// There is no credential, and anonymous callers are not let in.
    AnonymousOff,
    /// A cookie authenticates a write that another site may have made; why.
    Csrf(&'static str),
    /// The caller is not the service role, for what only that may see.
    ServiceOnly,
    /// No such path.
    NotFound,
    /// The root of the REST API is switched off.
    RootOff,
    /// The path has no such method; the ones it has.
    Method(&'static str),
    /// `Content-Encoding` is not identity.
    ContentEncoding,
    /// The body is larger than this many bytes.
    BodyTooLarge(usize),
    /// The body ended early or was badly framed.
    BodyBroken,
    /// The client took too long to send the body.
    BodyTimeout,
    /// The request ran for too long.
    Timeout,
    /// Too many bytes of answers wait for their clients.
    Untaken,
    /// Too many connections are open.
    Connections,
    /// Those under way take so long that one more would wait too long.
    Overloaded,
    /// A defect of ours.
    Internal,
}

impl Refused {
    /// What is wrong with the credential, where that is why.
    #[must_use]
    pub(crate) fn token_error(&self) -> Option<&TokenError> {
        if let Refused::Token(error) = self { Some(error) } else { None }
    }

    /// Status, code and text of the refusal.
    #[must_use]
    pub fn fault(&self) -> Fault {
        match self {
            Refused::Token(error) => Fault::of_token(error),
            Refused::Accounts => Fault::new(code::UNAVAILABLE, "The accounts cannot be read at the moment"),
            Refused::RepeatedCredential => Fault::new(code::TOKEN, "Authorization and apikey may each be sent once")
                .header(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer error=\"invalid_token\"")),
            Refused::AnonymousOff => Fault::new(code::ANONYMOUS_OFF, "Anonymous access is disabled")
                .header(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer")),
            Refused::Csrf(reason) => {
                Fault::new(code::CSRF, format!("The cookie was not taken for this request: {reason}"))
                    .hint(Some("Send X-CSRF-Token from an allowed origin, or a token in Authorization.".to_owned()))
            }
            Refused::ServiceOnly => Fault::new(code::PRIVILEGE, "permission denied: the service key is needed"),
            Refused::NotFound => Fault::new(code::PATH, "Invalid path specified in request URL"),
            Refused::RootOff => Fault::new(code::ROOT_OFF, "Root endpoint metadata is disabled"),
            Refused::Method(allowed) => {
                Fault::new(code::METHOD, "Unsupported HTTP method").header(ALLOW, HeaderValue::from_static(allowed))
            }
            Refused::ContentEncoding => Fault::new(code::ENCODING, "Compressed request bodies are not accepted")
                .hint(Some("Send the body as it is, without Content-Encoding.".to_owned())),
            Refused::BodyTooLarge(max) => {
                Fault::new(code::BODY_TOO_LARGE, format!("Request body is larger than {max} bytes"))
            }
            Refused::BodyBroken => Fault::new(code::BODY, "Request body could not be read"),
            Refused::BodyTimeout => Fault::new(code::BODY_TIMEOUT, "Request body did not arrive within the time limit"),
            Refused::Timeout => Fault::new(code::REQUEST_TIMEOUT, "Request exceeded the time limit"),
            Refused::Untaken => Fault::new(code::BUSY, "Too many answers wait to be taken; try again later"),
            Refused::Connections => Fault::new(code::BUSY, "Too many connections"),
            Refused::Overloaded => Fault::new(code::BUSY, "Too many requests are under way; try again later"),
            Refused::Internal => Fault::new(code::INTERNAL, "Internal server error"),
        }
    }
}
