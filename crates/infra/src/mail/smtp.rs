//! Mail by SMTP. In: a mail. Out: the server's answer, sorted by whether the same mail may be sent again.

use super::message::Message;
use super::url::{SmtpTls, SmtpUrl};
use super::{Accepted, Mailer, OpenError, SendError, Sending, wire, words};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, CertificateStore, Tls, TlsParameters};
use lettre::transport::smtp::{Error, PoolConfig};
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use std::error::Error as StdError;
use std::time::Duration;

/// Time for one command and its answer.
const COMMAND_TIMEOUT: Duration = Duration::from_secs(20);
/// Time for a whole mail.
const MAIL_TIMEOUT: Duration = Duration::from_secs(60);
const CONNECTIONS_MAX: u32 = 4;
const IDLE_TIMEOUT: Duration = Duration::from_secs(30);

/// A pool of connections to one server.
pub(super) struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
}

impl Smtp {
    pub(super) fn open(url: &SmtpUrl) -> Result<Self, OpenError> {
        let pool = PoolConfig::new().max_size(CONNECTIONS_MAX).min_idle(0).idle_timeout(IDLE_TIMEOUT);
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(url.host.clone())
            .port(url.port)
            .tls(encryption(url)?)
            .timeout(Some(COMMAND_TIMEOUT))
            .pool_config(pool);
        if let Some((user, password)) = &url.credentials {
            builder = builder.credentials(Credentials::new(user.clone(), password.clone()));
        }
        Ok(Self { transport: builder.build() })
    }
}

fn encryption(url: &SmtpUrl) -> Result<Tls, OpenError> {
    let parameters = || {
        let mut builder = TlsParameters::builder(url.host.clone()).certificate_store(CertificateStore::WebpkiRoots);
        if let Some(path) = &url.ca {
            let refuse =
                |source: Box<dyn StdError + Send + Sync>| OpenError::Certificates { path: path.clone(), source };
            let pem = std::fs::read(path).map_err(|error| refuse(error.into()))?;
            builder = builder.add_root_certificate(Certificate::from_pem(&pem).map_err(|error| refuse(error.into()))?);
        }
        // Encryption that the other side may leave out altogether keeps listeners away, not impostors: so any certificate will do
        // there, and servers with a made-up one on an inner network just work.
        let builder = builder.dangerous_accept_invalid_certs(url.tls == SmtpTls::Opportunistic && url.ca.is_none());
        builder.build().map_err(|error| OpenError::Tls(error.into()))
    };
    Ok(match url.tls {
        SmtpTls::None => Tls::None,
        SmtpTls::Opportunistic => Tls::Opportunistic(parameters()?),
        SmtpTls::Required => Tls::Required(parameters()?),
        SmtpTls::Wrapped => Tls::Wrapper(parameters()?),
    })
}

impl Mailer for Smtp {
    fn send<'a>(&'a self, message: &'a Message) -> Sending<'a> {
        Box::pin(async move {
            let mail = wire::render(message).map_err(|error| SendError::Refused { reason: error.to_string() })?;
            match tokio::time::timeout(MAIL_TIMEOUT, self.transport.send(mail)).await {
                Ok(Ok(answer)) => Ok(Accepted { reference: words(&answer.message().collect::<Vec<_>>().join(" ")) }),
                Ok(Err(error)) => Err(sort(&error)),
                Err(_) => Err(SendError::Unreachable { reason: format!("no answer in {} s", MAIL_TIMEOUT.as_secs()) }),
            }
        })
    }
}

/// Sorts by the reply code (RFC 5321, RFC 4954). The stage of the conversation is not known, the codes are specific enough.
fn sort(error: &Error) -> SendError {
    let reason = words(&chain(error));
    let Some(code) = error.status().map(u16::from) else {
        let is_settings = error.is_client() || error.is_tls();
        return if is_settings { SendError::Settings { reason } } else { SendError::Unreachable { reason } };
    };
    match code {
        // 454 is "temporary authentication failure"; all other 4xx are about load, space and greylisting.
        400..=499 => SendError::Busy { reason, after: None },
        // Asks for authentication or encryption, or does not accept ours.
        502..=504 | 523..=538 => SendError::Settings { reason },
        550 | 551 | 553 | 556 => SendError::Recipient { reason },
        _ => SendError::Refused { reason },
    }
}

fn chain(error: &Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let more = cause.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        next = cause.source();
    }
    text
}
