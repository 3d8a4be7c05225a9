//! A small mail server for tests that speaks SMTP with STARTTLS and AUTH. In: what to offer and which commands to fail. Keeps the mails.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

const CERTIFICATE: &[u8] = include_bytes!("../mail/localhost.pem");
const KEY: &[u8] = include_bytes!("../mail/localhost.key");

/// What the server offers.
#[derive(Clone, Default)]
pub(crate) struct Offer {
    /// `STARTTLS`.
    pub(crate) starttls: bool,
    /// Encrypted from the first byte.
    pub(crate) wrapped: bool,
    /// User and password that it wants.
    pub(crate) login: Option<(&'static str, &'static str)>,
    /// Answers to commands instead of the usual ones: `RCPT` → `550 …`; an empty one closes the connection.
    pub(crate) replies: HashMap<&'static str, &'static str>,
}

/// A mail as it came.
#[derive(Clone, Debug)]
pub(crate) struct Mail {
    pub(crate) from: String,
    pub(crate) to: Vec<String>,
    pub(crate) data: Vec<u8>,
    pub(crate) encrypted: bool,
}

/// A server on a port of its own; ends with the test.
pub(crate) struct Server {
    pub(crate) port: u16,
    mails: Arc<Mutex<Vec<Mail>>>,
    connections: Arc<Mutex<usize>>,
}

impl Server {
    pub(crate) async fn start(offer: Offer) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = Self { port, mails: Arc::default(), connections: Arc::default() };
        let (mails, connections) = (Arc::clone(&server.mails), Arc::clone(&server.connections));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                *connections.lock().unwrap() += 1;
                tokio::spawn(session(stream, offer.clone(), Arc::clone(&mails)));
            }
        });
        server
    }

    pub(crate) fn mails(&self) -> Vec<Mail> {
        self.mails.lock().unwrap().clone()
    }

    pub(crate) fn connections(&self) -> usize {
        *self.connections.lock().unwrap()
    }
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

fn acceptor() -> TlsAcceptor {
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let certificates = CertificateDer::pem_slice_iter(CERTIFICATE).map(Result::unwrap).collect();
    let key = PrivateKeyDer::from_pem_slice(KEY).unwrap();
    TlsAcceptor::from(Arc::new(config.with_no_client_auth().with_single_cert(certificates, key).unwrap()))
}

/// A connection, in the clear until it is not.
struct Line {
    inner: BufReader<Box<dyn Stream>>,
    encrypted: bool,
}

impl Line {
    fn new(stream: Box<dyn Stream>, encrypted: bool) -> Self {
        Self { inner: BufReader::new(stream), encrypted }
    }

    async fn read(&mut self) -> Option<Vec<u8>> {
        let mut line = Vec::new();
        let count = self.inner.read_until(b'\n', &mut line).await.ok()?;
        (count > 0).then_some(line)
    }

    async fn say(&mut self, text: &str) -> Option<()> {
        self.inner.get_mut().write_all(format!("{text}\r\n").as_bytes()).await.ok()?;
        self.inner.get_mut().flush().await.ok()
    }
}

async fn session(stream: TcpStream, offer: Offer, mails: Arc<Mutex<Vec<Mail>>>) -> Option<()> {
    let mut line = if offer.wrapped {
        Line::new(Box::new(acceptor().accept(stream).await.ok()?), true)
    } else {
        Line::new(Box::new(stream), false)
    };
    line.say(offer.replies.get("CONNECT").unwrap_or(&"220 test ESMTP")).await?;
    let (mut from, mut to) = (String::new(), Vec::new());
    let mut is_known = offer.login.is_none();
    while let Some(raw) = line.read().await {
        let command = String::from_utf8_lossy(&raw).trim_end().to_owned();
        let verb = command.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
        if let Some(reply) = offer.replies.get(verb.as_str()) {
            if reply.is_empty() {
                return None;
            }
            line.say(reply).await?;
            continue;
        }
        match verb.as_str() {
            "EHLO" => {
                line.say("250-test").await?;
                if offer.starttls && !line.encrypted {
                    line.say("250-STARTTLS").await?;
                }
                if offer.login.is_some() {
                    line.say("250-AUTH PLAIN LOGIN").await?;
                }
                line.say("250 8BITMIME").await?;
            }
            "STARTTLS" => {
                line.say("220 go ahead").await?;
                let plain = line.inner.into_inner();
                line = Line::new(Box::new(acceptor().accept(plain).await.ok()?), true);
            }
            "AUTH" => {
                let sent = command.rsplit(' ').next().and_then(|text| STANDARD.decode(text).ok()).unwrap_or_default();
                let wanted = offer.login.map(|(user, password)| format!("\0{user}\0{password}").into_bytes());
                is_known = Some(sent) == wanted;
                line.say(if is_known { "235 welcome" } else { "535 5.7.8 who are you" }).await?;
            }
            "MAIL" | "RCPT" if !is_known => line.say("530 5.7.0 authenticate first").await?,
            "MAIL" => {
                from = between(&command);
                to.clear();
                line.say("250 ok").await?;
            }
            "RCPT" => {
                to.push(between(&command));
                line.say("250 ok").await?;
            }
            "DATA" => {
                line.say("354 go on").await?;
                let mut data = Vec::new();
                loop {
                    let part = line.read().await?;
                    if part == b".\r\n" {
                        break;
                    }
                    data.extend_from_slice(part.strip_prefix(b".").unwrap_or(&part));
                }
                let mail = Mail { from: from.clone(), to: to.clone(), data, encrypted: line.encrypted };
                mails.lock().unwrap().push(mail);
                line.say(offer.replies.get("END").unwrap_or(&"250 2.0.0 queued as 42")).await?;
            }
            "QUIT" => return line.say("221 bye").await,
            "RSET" | "NOOP" => line.say("250 ok").await?,
            _ => line.say("502 unknown").await?,
        }
    }
    None
}

fn between(command: &str) -> String {
    let inner = command.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
    inner.map_or_else(|| command.to_owned(), |(address, _)| address.to_owned())
}
