//! The one place where a failure gets its HTTP status, code and text. In: what the engine, the plan, a parser or the
//! verifier reports. Out: a [`Fault`], which renders itself. Inner crates know no HTTP, and edges decide no status.

pub mod code;
mod failure;
mod graphql;
mod refusal;
mod text;

pub use code::Code;
pub use graphql::{GraphqlMedia, Stage, StatusMode};
pub(crate) use refusal::denied;

use crate::request_id;
use backstay_auth::TokenError;
use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderName, Response, StatusCode};
use serde_json::Value;

/// Seconds after which a client may try again.
const RETRY_AFTER_S: u32 = 1;

/// An error as a client sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    /// HTTP status.
    pub status: StatusCode,
    /// Code in the body and in `Proxy-Status`.
    pub code: &'static str,
    /// What went wrong.
    pub message: String,
    /// More about it; an array for ambiguous relationships only.
    pub details: Option<Box<Value>>,
    /// What to do about it.
    pub hint: Option<String>,
    /// Position of the operation that failed, in a transaction.
    pub operation: Option<usize>,
    /// Further headers.
    pub headers: Vec<(HeaderName, HeaderValue)>,
}

/// What a text depends on besides the failure.
#[derive(Debug, Clone, Copy)]
pub struct Caller {
    /// Whether the caller has no identity of their own, so that signing in may help.
    pub anonymous: bool,
    /// HTTP method.
    pub method: &'static str,
}

impl Fault {
    /// A fault of a code, with the status that belongs to it.
    #[must_use]
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        let status = StatusCode::from_u16(code.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut headers = Vec::new();
        if status == StatusCode::SERVICE_UNAVAILABLE {
            headers.push((RETRY_AFTER, HeaderValue::from(RETRY_AFTER_S)));
        }
        Self { status, code: code.name, message: message.into(), details: None, hint: None, operation: None, headers }
    }

    /// The same with details.
    #[must_use]
    pub fn details(mut self, details: impl Into<Value>) -> Self {
        self.details = Some(Box::new(details.into()));
        self
    }

    /// The same with a hint.
    #[must_use]
    pub fn hint(mut self, hint: Option<String>) -> Self {
        self.hint = hint;
        self
    }

    /// The same as the fault of one operation of a transaction.
    #[must_use]
    pub fn of_operation(mut self, index: usize) -> Self {
        self.operation = Some(index);
        self
    }

    /// The same with another header.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// A fault for a credential that was refused.
    #[must_use]
    pub fn of_token(error: &TokenError) -> Self {
        let code = match error {
            TokenError::NoSecret => return Self::new(code::NO_SECRET, error.to_string()),
            TokenError::UnknownRole { .. } => code::ROLE,
            TokenError::Banned | TokenError::PasswordChangeRequired | TokenError::SecondFactorRequired => {
                return Self::new(code::ACCOUNT, error.to_string());
            }
            TokenError::Empty
            | TokenError::TooLong { .. }
            | TokenError::Parts { .. }
            | TokenError::Algorithm
            | TokenError::SharedSecretOff
            | TokenError::Type
            | TokenError::ForeignKey { .. }
            | TokenError::Signature
            | TokenError::Undecodable
            | TokenError::UnknownKey
            | TokenError::KeyExpired
            | TokenError::SecretInBrowser => code::TOKEN,
            TokenError::ClaimsNotObject
            | TokenError::ClaimNotNumber { .. }
            | TokenError::SubjectNotString
            | TokenError::AudienceShape
            | TokenError::SessionClaim { .. }
            | TokenError::WrongIssuer
            | TokenError::NoSessions
            | TokenError::SessionEnded
            | TokenError::Expired
            | TokenError::NotYetValid
            | TokenError::IssuedAtFuture
            | TokenError::WrongAudience
            | TokenError::RoleNotString
            | TokenError::TooManyRoles { .. } => code::CLAIMS,
        };
        let message = error.to_string();
        let challenge = format!("Bearer error=\"invalid_token\", error_description={message:?}");
        let challenge =
            HeaderValue::try_from(challenge).unwrap_or(HeaderValue::from_static("Bearer error=\"invalid_token\""));
        Self::new(code, message).header(WWW_AUTHENTICATE, challenge)
    }

    /// The JSON body.
    #[must_use]
    pub fn body(&self) -> Bytes {
        let text = |text: &Option<String>| text.as_ref().map_or(Value::Null, |text| Value::String(text.clone()));
        let mut body = serde_json::json!({
            "code": self.code,
            "message": self.message,
            "details": self.details.as_deref().unwrap_or(&Value::Null),
            "hint": text(&self.hint),
        });
        if let Some(operation) = self.operation {
            body["operation"] = operation.into();
        }
        Bytes::from(body.to_string())
    }

    /// The whole answer.
    #[must_use]
    pub fn into_response(self) -> Response<Bytes> {
        let mut response = Response::new(self.body());
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
        let status = format!("backstay; error={}", self.code);
        if let Ok(status) = HeaderValue::try_from(status) {
            headers.insert(HeaderName::from_static("proxy-status"), status);
        }
        for (name, value) in self.headers {
            headers.insert(name, value);
        }
        response
    }

    /// A defect of ours. What it was goes to the log only.
    #[must_use]
    pub fn internal(reason: &str) -> Self {
        tracing::error!(request.id = request_id::current(), error.reason = reason, "internal error");
        Self::new(code::INTERNAL, "Internal server error")
    }
}

#[cfg(test)]
mod tests;
