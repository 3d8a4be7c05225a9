//! Mail by SendGrid's HTTP API (`POST /v3/mail/send`). In: a mail. Out: its id there, or the answer sorted by whether to send again.

use super::message::{Mailbox, Message};
use super::url::SendgridUrl;
use super::{Accepted, Mailer, SendError, Sending, wire, words};
use crate::http_out::{BuildError, HttpOut, HttpOutOptions, Request, Response, Target};
use http::header::{AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use serde_json::{Map, Value, json};
use std::time::Duration;

/// The service, with the key of one account.
pub(super) struct Sendgrid {
    client: HttpOut,
    target: Target,
    authorization: HeaderValue,
}

impl Sendgrid {
    pub(super) fn open(url: &SendgridUrl, mut http_out: HttpOutOptions) -> Result<Self, BuildError> {
        http_out.allow = http_out.allow.with_host(url.endpoint.host());
        Ok(Self {
            client: HttpOut::new(http_out)?,
            target: url.endpoint.clone(),
            authorization: url.authorization.clone(),
        })
    }
}

impl Mailer for Sendgrid {
    fn send<'a>(&'a self, message: &'a Message) -> Sending<'a> {
        Box::pin(async move {
            let mut headers = HeaderMap::new();
            headers.insert(AUTHORIZATION, self.authorization.clone());
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            let request = Request {
                method: Method::POST,
                target: self.target.clone(),
                headers,
                body: body(message).to_string().into(),
            };
            match self.client.send(request).await {
                Ok(answer) if answer.status.is_success() => Ok(Accepted { reference: reference(&answer) }),
                Ok(answer) => Err(sort(&answer)),
                Err(error) if error.is_worth_retrying() => Err(SendError::Unreachable { reason: error.to_string() }),
                Err(error) => Err(SendError::Settings { reason: error.to_string() }),
            }
        })
    }
}

/// The mail in the service's form. Links are left as they are: a rewritten link would be opened by the service's own counter first.
fn body(message: &Message) -> Value {
    let mut headers: Map<String, Value> =
        wire::headers(message).map(|(name, value)| (name.to_owned(), json!(value))).collect();
    headers.insert("Message-ID".to_owned(), json!(wire::message_id(message)));
    json!({
        "personalizations": [{ "to": [mailbox(&message.to)] }],
        "from": mailbox(&message.from),
        "subject": message.subject.as_str(),
        "content": [
            { "type": "text/plain", "value": message.text },
            { "type": "text/html", "value": message.html },
        ],
        "headers": headers,
        "tracking_settings": {
            "click_tracking": { "enable": false, "enable_text": false },
            "open_tracking": { "enable": false },
        },
    })
}

fn mailbox(mailbox: &Mailbox) -> Value {
    match &mailbox.name {
        Some(name) => json!({ "email": mailbox.address.to_string(), "name": name.as_str() }),
        None => json!({ "email": mailbox.address.to_string() }),
    }
}

fn reference(answer: &Response) -> String {
    let id = answer.headers.get("x-message-id").and_then(|id| id.to_str().ok());
    words(id.unwrap_or_default())
}

fn sort(answer: &Response) -> SendError {
    let reason = reason(answer);
    match answer.status {
        StatusCode::TOO_MANY_REQUESTS => SendError::Busy { reason, after: retry_after(&answer.headers) },
        StatusCode::REQUEST_TIMEOUT => SendError::Busy { reason, after: None },
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::NOT_FOUND => SendError::Settings { reason },
        status if status.is_server_error() => SendError::Busy { reason, after: retry_after(&answer.headers) },
        status if status.is_client_error() => match is_about_recipient(&answer.body) {
            true => SendError::Recipient { reason },
            false => SendError::Refused { reason },
        },
        _ => SendError::Settings { reason },
    }
}

/// The status and the first error that the body lists.
fn reason(answer: &Response) -> String {
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let text = body.pointer("/errors/0/message").and_then(Value::as_str).unwrap_or_default();
    words(&format!("{} {text}", answer.status.as_u16()))
}

fn is_about_recipient(body: &[u8]) -> bool {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let field = body.pointer("/errors/0/field").and_then(Value::as_str).unwrap_or_default();
    field.starts_with("personalizations") && field.contains(".to")
}

fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(RETRY_AFTER)?.to_str().ok()?.parse().ok()?;
    Some(Duration::from_secs(seconds))
}
