//! Serves one connection. In: an accepted stream, and what kind of port it came to. Out: nothing is left of it when this returns.
//! HTTP/1.1 and HTTP/2 are told apart by the first bytes, on TLS by what was agreed in the handshake.

use super::gate::Whose;
use super::patient::Patient;
use super::signal::Signal;
use super::timer::LazyTimer;
use super::unreadable::{Explained, plain_on_tls};
use super::whole::Whole;
use super::{dispatch, redirect, turn_away};
use crate::app::Config;
use crate::server::dispatch::{Door, NotAdmitted};
use crate::tls::HTTP_2;
use bytes::Bytes;
use http::header::CONNECTION;
use http::{HeaderValue, Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use std::convert::Infallible;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// Most headers of one request.
const HEADERS_MAX: usize = 100;

/// Most requests that run at once on one HTTP/2 connection.
const STREAMS_MAX: u32 = 100;

/// First byte of a TLS handshake.
const HANDSHAKE: u8 = 0x16;

/// What a port is for.
#[derive(Clone)]
pub(super) enum Entry {
    /// The API in plain HTTP.
    Plain,
    /// The API in HTTPS.
    Tls(TlsAcceptor),
    /// The way to the HTTPS port.
    Redirect,
}

/// The protocols of HTTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Version {
    One,
    Two,
}

/// Serves one connection until it ends or `stop` lets its last request finish.
pub(super) async fn connection(door: Arc<Door>, (stream, peer): (TcpStream, SocketAddr), entry: Entry, stop: &Signal) {
    // A client that connects and says nothing holds a place among the connections: it gets as long as for a head.
    let limit = door.app.config.header_timeout;
    let asks = Asks {
        door,
        peer: peer.ip(),
        redirects: matches!(entry, Entry::Redirect),
        closes: matches!(entry, Entry::Plain),
    };
    match entry {
        Entry::Plain | Entry::Redirect => {
            let begun = tokio::time::timeout(limit, start_of(&stream));
            let Some(start) = unless_stopped(stop, begun).await else { return };
            let gate = &asks.door.app.gate;
            if !asks.redirects && start.can_wait() && !gate.has_time(Whose::Newcomer) {
                gate.refuse();
                let answer = &asks.door.overloaded;
                let _ = stream.into_std().and_then(|mut stream| turn_away(&mut stream, answer));
                return;
            }
            let version = if start.is_http_2() { Version::Two } else { Version::One };
            serve(stream, version, asks, stop).await;
        }
        // Apart, since it needs many times the room of a plain connection.
        Entry::Tls(acceptor) => Box::pin(secure(stream, &acceptor, asks, stop)).await,
    }
}

/// Shakes hands and serves a connection to the HTTPS port.
async fn secure(stream: TcpStream, acceptor: &TlsAcceptor, asks: Asks, stop: &Signal) {
    let limit = asks.door.app.config.header_timeout;
    let shaken = tokio::time::timeout(limit, handshake(stream, acceptor));
    let Some(Some(mut stream)) = unless_stopped(stop, shaken).await else {
        asks.door.app.metrics.handshake_failed();
        return;
    };
    let version = if stream.get_ref().1.alpn_protocol() == Some(HTTP_2) { Version::Two } else { Version::One };
    let begun = async { stream.fill_buf().await.map(|bytes| !bytes.is_empty()) };
    let Some(true) = unless_stopped(stop, tokio::time::timeout(limit, begun)).await else { return };
    serve(stream, version, asks, stop).await;
}

/// The outcome of a bounded wait; `None` when it failed, took too long, or the server stops.
async fn unless_stopped<T>(
    stop: &Signal,
    wait: impl Future<Output = Result<io::Result<T>, tokio::time::error::Elapsed>>,
) -> Option<T> {
    tokio::select! {
        outcome = wait => outcome.ok()?.ok(),
        () = stop.wait() => None,
    }
}

/// The first bytes of a connection.
#[derive(Default)]
pub(super) struct Start(pub(super) [u8; 16]);

impl Start {
    fn is_http_2(&self) -> bool {
        self.0.starts_with(b"PRI ")
    }

    /// Whether it may be told to come again: not what is answered under every load, and not HTTP/2, where each request is told so.
    /// A question that comes in pieces is not seen to be one.
    pub(super) fn can_wait(&self) -> bool {
        let watches = [&b"GET /health/"[..], b"HEAD /health/", b"GET /metrics"];
        !self.is_http_2() && !watches.iter().any(|watch| self.0.starts_with(watch))
    }
}

/// Looks at the first bytes and leaves them where they are.
async fn start_of(stream: &TcpStream) -> io::Result<Start> {
    let mut start = Start::default();
    match stream.peek(&mut start.0).await? {
        0 => Err(io::ErrorKind::UnexpectedEof.into()),
        _ => Ok(start),
    }
}

/// The handshake; `None` for a client that speaks plain HTTP, which is told so.
async fn handshake(mut stream: TcpStream, acceptor: &TlsAcceptor) -> io::Result<Option<TlsStream<TcpStream>>> {
    let mut first = [0_u8; 1];
    if stream.peek(&mut first).await? == 1 && first[0] != HANDSHAKE {
        if first[0].is_ascii_uppercase() {
            stream.write_all(&plain_on_tls()).await?;
            stream.shutdown().await?;
        }
        return Ok(None);
    }
    acceptor.accept(stream).await.map(Some)
}

/// What answers the requests of a connection.
#[derive(Clone)]
struct Asks {
    door: Arc<Door>,
    peer: IpAddr,
    redirects: bool,
    /// Whether a refused request ends the connection: the next one is then refused before it is read. Not where opening one costs more.
    closes: bool,
}

impl Asks {
    async fn answer(self, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
        let can_close = self.closes && request.version() < http::Version::HTTP_2;
        let mut answer = if self.redirects && !dispatch::is_health(&request) {
            redirect::answer(self.door.app.config.external_url.as_deref(), request.uri())
        } else {
            // Apart: a connection that says nothing should not hold room for the largest request.
            Box::pin(dispatch::answer(&self.door, request, self.peer)).await
        };
        if can_close && answer.extensions().get::<NotAdmitted>().is_some() {
            answer.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
        Ok(answer.map(Full::new))
    }
}

async fn serve<S>(stream: S, version: Version, asks: Asks, stop: &Signal)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let door = Arc::clone(&asks.door);
    let config: &Config = &door.app.config;
    let io = TokioIo::new(Explained::new(Whole::new(Patient::new(stream, config.request_timeout))));
    let service = service_fn(move |request| asks.clone().answer(request));
    // Errors of a connection (a client that goes away, bad framing) were answered by hyper where possible.
    let ended = match version {
        Version::Two => {
            let mut builder = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
            builder
                .timer(TokioTimer::new())
                .max_concurrent_streams(STREAMS_MAX)
                .max_header_list_size(u32::try_from(config.header_bytes_max).unwrap_or(u32::MAX))
                .keep_alive_interval(config.header_timeout)
                .keep_alive_timeout(config.header_timeout);
            let mut connection = Box::pin(builder.serve_connection(io, service));
            tokio::select! {
                biased;
                ended = connection.as_mut() => ended,
                () = stop.wait() => { connection.as_mut().graceful_shutdown(); connection.await }
            }
        }
        Version::One => {
            let mut builder = hyper::server::conn::http1::Builder::new();
            builder
                .timer(LazyTimer::default())
                .header_read_timeout(config.header_timeout)
                .max_headers(HEADERS_MAX)
                .max_header_size(config.header_bytes_max)
                .max_buf_size(config.header_bytes_max.max(8192) + 8192);
            let mut connection = std::pin::pin!(builder.serve_connection(io, service));
            tokio::select! {
                biased;
                ended = connection.as_mut() => ended,
                () = stop.wait() => { connection.as_mut().graceful_shutdown(); connection.await }
            }
        }
    };
    if let Err(error) = ended {
        tracing::debug!(error = %error, "connection ended early");
    }
}
