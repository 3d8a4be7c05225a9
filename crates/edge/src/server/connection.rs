//! Serves one connection. In: an accepted stream, and what kind of port it came to. Out: nothing is left of it when this returns.
//! HTTP/1.1 and HTTP/2 are told apart by the first bytes, on TLS by what was agreed in the handshake.

use super::patient::Patient;
use super::unreadable::{Explained, plain_on_tls};
use super::{dispatch, redirect};
use crate::app::Config;
use crate::server::dispatch::Door;
use crate::tls::HTTP_2;
use bytes::Bytes;
use http::{Request, Response};
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
use tokio_util::sync::CancellationToken;

/// Most headers of one request.
const HEADERS_MAX: usize = 100;

/// Most requests that run at once on one HTTP/2 connection.
const STREAMS_MAX: u32 = 100;

/// Bytes of a connection that tell what it is.
const START: usize = 16;

/// Most bytes that are taken from a client that is turned away.
const SENT_MAX: usize = 64 * 1024;

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
pub(super) async fn connection(
    door: Arc<Door>,
    (stream, peer): (TcpStream, SocketAddr),
    entry: Entry,
    stop: CancellationToken,
) {
    // A client that connects and says nothing holds a place among the connections: it gets as long as for a head.
    let limit = door.app.config.header_timeout;
    let asks = Asks { door, peer: peer.ip(), redirects: matches!(entry, Entry::Redirect) };
    match entry {
        Entry::Plain | Entry::Redirect => {
            let begun = tokio::time::timeout(limit, start_of(&stream));
            let Some(start) = unless_stopped(&stop, begun).await else { return };
            let version = if start.starts_with(b"PRI ") { Version::Two } else { Version::One };
            let can_be_refused = version == Version::One && !asks.redirects && !is_watch(&start);
            if can_be_refused && !asks.door.app.gate.admits() {
                return turn_away(&stream, &asks.door.overloaded);
            }
            serve(stream, version, asks, stop).await;
        }
        Entry::Tls(acceptor) => {
            let shaken = tokio::time::timeout(limit, handshake(stream, &acceptor));
            let Some(Some(stream)) = unless_stopped(&stop, shaken).await else {
                asks.door.app.metrics.handshake_failed();
                return;
            };
            let version = if stream.get_ref().1.alpn_protocol() == Some(HTTP_2) { Version::Two } else { Version::One };
            let mut stream = stream;
            let begun = async { stream.fill_buf().await.map(|bytes| !bytes.is_empty()) };
            let Some(true) = unless_stopped(&stop, tokio::time::timeout(limit, begun)).await else { return };
            serve(stream, version, asks, stop).await;
        }
    }
}

/// The outcome of a bounded wait; `None` when it failed, took too long, or the server stops.
async fn unless_stopped<T>(
    stop: &CancellationToken,
    wait: impl Future<Output = Result<io::Result<T>, tokio::time::error::Elapsed>>,
) -> Option<T> {
    tokio::select! {
        outcome = wait => outcome.ok()?.ok(),
        () = stop.cancelled() => None,
    }
}

/// Looks at the first bytes and leaves them where they are.
async fn start_of(stream: &TcpStream) -> io::Result<[u8; START]> {
    let mut start = [0_u8; START];
    match stream.peek(&mut start).await? {
        0 => Err(io::ErrorKind::UnexpectedEof.into()),
        _ => Ok(start),
    }
}

/// Whether a connection begins with a question that is answered under every load. One that comes in pieces may be missed.
fn is_watch(start: &[u8]) -> bool {
    [&b"GET /health/"[..], b"HEAD /health/", b"GET /metrics"].iter().any(|watch| start.starts_with(watch))
}

/// Refuses a connection before anything is read of it: reading is much of what a request costs.
fn turn_away(stream: &TcpStream, answer: &[u8]) {
    // Closing over bytes that were not taken resets the connection, and the client may lose the answer. A long body is not waited for.
    let mut sent = [0_u8; 4096];
    for _ in 0..SENT_MAX / sent.len() {
        if !matches!(stream.try_read(&mut sent), Ok(taken) if taken == sent.len()) {
            break;
        }
    }
    let _ = stream.try_write(answer);
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
}

impl Asks {
    async fn answer(self, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
        let answer = if self.redirects && !dispatch::is_health(&request) {
            redirect::answer(self.door.app.config.external_url.as_deref(), request.uri())
        } else {
            // Apart: a connection that says nothing should not hold room for the largest request.
            Box::pin(dispatch::answer(&self.door, request, self.peer)).await
        };
        Ok(answer.map(Full::new))
    }
}

async fn serve<S>(stream: S, version: Version, asks: Asks, stop: CancellationToken)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let door = Arc::clone(&asks.door);
    let config: &Config = &door.app.config;
    let io = TokioIo::new(Explained::new(Patient::new(stream, config.request_timeout)));
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
            let mut connection = std::pin::pin!(builder.serve_connection(io, service));
            tokio::select! {
                ended = connection.as_mut() => ended,
                () = stop.cancelled() => { connection.as_mut().graceful_shutdown(); connection.await }
            }
        }
        Version::One => {
            let mut builder = hyper::server::conn::http1::Builder::new();
            builder
                .timer(TokioTimer::new())
                .header_read_timeout(config.header_timeout)
                .max_headers(HEADERS_MAX)
                .max_header_size(config.header_bytes_max)
                .max_buf_size(config.header_bytes_max.max(8192) + 8192);
            let mut connection = std::pin::pin!(builder.serve_connection(io, service));
            tokio::select! {
                ended = connection.as_mut() => ended,
                () = stop.cancelled() => { connection.as_mut().graceful_shutdown(); connection.await }
            }
        }
    };
    if let Err(error) = ended {
        tracing::debug!(error = %error, "connection ended early");
    }
}
