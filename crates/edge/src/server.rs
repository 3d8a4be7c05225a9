//! Accepts connections and answers their requests. In: a listener and an [`App`]. Out: when told to stop, nothing is left running.
//! Hyper's own builders are used without a stack of layers: each request passes one function, `dispatch::answer`.

mod body;
pub(crate) mod compress;
mod cors;
mod dispatch;
mod headers;
mod landing;
pub(crate) mod refused;
mod route;
mod unreadable;

use crate::app::App;
use bytes::Bytes;
use dispatch::Door;
use http::Request;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use std::convert::Infallible;
use std::io::Write as _;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use unreadable::Explained;

/// Most headers of one request.
const HEADERS_MAX: usize = 100;

/// Most requests that run at once on one HTTP/2 connection.
const STREAMS_MAX: u32 = 100;

/// Pause after a failed accept, such as for lack of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// How often recorded durations are moved into their buckets.
const METRICS_UPKEEP: Duration = Duration::from_secs(5);

/// What a client gets when there are too many connections.
const BUSY: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nConnection: close\r\n\
Content-Type: application/json; charset=utf-8\r\nContent-Length: 77\r\n\r\n\
{\"code\":\"BSY503\",\"message\":\"Too many connections\",\"details\":null,\"hint\":null}";

/// Marks answers that belong to a page of ours, such as its scripts: they get the page's content policy.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PageAsset;

/// Serves until `stop`, then lets running requests finish for at most the configured time.
///
/// # Errors
/// When the listener's address cannot be read; nothing was served then.
pub async fn serve(app: Arc<App>, listener: TcpListener, stop: CancellationToken) -> std::io::Result<()> {
    let address = listener.local_addr()?;
    tracing::info!(server.address = %address, "serving");
    let server = Server {
        door: Arc::new(Door::new(app)),
        open: Arc::new(AtomicUsize::new(0)),
        tasks: TaskTracker::new(),
        stop,
        kill: CancellationToken::new(),
    };
    server.accept(&listener).await;
    drop(listener);
    server.drain().await;
    Ok(())
}

/// One running server.
struct Server {
    door: Arc<Door>,
    open: Arc<AtomicUsize>,
    tasks: TaskTracker,
    /// Finish what runs, take nothing new.
    stop: CancellationToken,
    /// Drop what still runs.
    kill: CancellationToken,
}

impl Server {
    async fn accept(&self, listener: &TcpListener) {
        let mut upkeep = tokio::time::interval(METRICS_UPKEEP);
        loop {
            tokio::select! {
                () = self.stop.cancelled() => return,
                _ = upkeep.tick() => {
                    self.door.app.metrics.upkeep();
                    self.door.app.engine.upkeep();
                }
                accepted = listener.accept() => match accepted {
                    Ok((stream, peer)) => self.admit(stream, peer),
                    Err(error) => {
                        tracing::warn!(error = %error, "cannot accept a connection");
                        tokio::time::sleep(ACCEPT_PAUSE).await;
                    }
                },
            }
        }
    }

    /// Gives a connection a task of its own, or turns it away at once when there are too many.
    fn admit(&self, stream: TcpStream, peer: SocketAddr) {
        let metrics = &self.door.app.metrics;
        if self.open.load(Ordering::Relaxed) >= self.door.app.config.connections_max {
            metrics.connection_refused();
            if let Ok(mut stream) = stream.into_std() {
                let _ = stream.write(BUSY);
            }
            return;
        }
        // Answers are written whole: waiting for more to send only adds delay.
        let _ = stream.set_nodelay(true);
        let guard = OpenConnection::new(Arc::clone(&self.open), Arc::clone(&self.door));
        let (door, stop, kill) = (Arc::clone(&self.door), self.stop.clone(), self.kill.clone());
        self.tasks.spawn(async move {
            let _guard = guard;
            tokio::select! {
                () = connection(door, stream, peer, stop) => {}
                () = kill.cancelled() => {}
            }
        });
    }

    async fn drain(&self) {
        self.tasks.close();
        let grace = self.door.app.config.shutdown_grace;
        tracing::info!(server.connections = self.tasks.len(), "stopping");
        if tokio::time::timeout(grace, self.tasks.wait()).await.is_err() {
            tracing::warn!(server.connections = self.tasks.len(), "connections are cut: the time to finish is over");
            self.kill.cancel();
            self.tasks.wait().await;
        }
    }
}

/// Counts a connection for as long as it lives.
struct OpenConnection {
    open: Arc<AtomicUsize>,
    door: Arc<Door>,
}

impl OpenConnection {
    fn new(open: Arc<AtomicUsize>, door: Arc<Door>) -> Self {
        open.fetch_add(1, Ordering::Relaxed);
        door.app.metrics.connected();
        Self { open, door }
    }
}

impl Drop for OpenConnection {
    fn drop(&mut self) {
        self.open.fetch_sub(1, Ordering::Relaxed);
        self.door.app.metrics.disconnected();
    }
}

/// Serves one connection, HTTP/1.1 or HTTP/2 with prior knowledge, told apart by its first bytes.
async fn connection(door: Arc<Door>, stream: TcpStream, peer: SocketAddr, stop: CancellationToken) {
    let config = &door.app.config;
    let mut first = [0_u8; 4];
    // A client that connects and says nothing holds a place among the connections: it gets as long as for a head.
    let peeked = tokio::select! {
        peeked = tokio::time::timeout(config.header_timeout, stream.peek(&mut first)) => peeked,
        () = stop.cancelled() => return,
    };
    let Ok(Ok(1..)) = peeked else { return };
    let io = TokioIo::new(Explained::new(stream));
    let answering = Arc::clone(&door);
    let service = service_fn(move |request: Request<Incoming>| {
        let door = Arc::clone(&answering);
        async move { Ok::<_, Infallible>(dispatch::answer(&door, request, peer.ip()).await.map(Full::<Bytes>::new)) }
    });
    // Errors of a connection (a client that goes away, bad framing) were answered by hyper where possible.
    if &first == b"PRI " {
        let mut builder = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
        builder
            .timer(TokioTimer::new())
            .max_concurrent_streams(STREAMS_MAX)
            .max_header_list_size(u32::try_from(config.header_bytes_max).unwrap_or(u32::MAX))
            .keep_alive_interval(config.header_timeout)
            .keep_alive_timeout(config.header_timeout);
        let mut connection = std::pin::pin!(builder.serve_connection(io, service));
        let ended = tokio::select! {
            ended = connection.as_mut() => ended,
            () = stop.cancelled() => { connection.as_mut().graceful_shutdown(); connection.await }
        };
        log_end(ended);
    } else {
        let mut builder = hyper::server::conn::http1::Builder::new();
        builder
            .timer(TokioTimer::new())
            .header_read_timeout(config.header_timeout)
            .max_headers(HEADERS_MAX)
            .max_header_size(config.header_bytes_max)
            .max_buf_size(config.header_bytes_max.max(8192) + 8192);
        let mut connection = std::pin::pin!(builder.serve_connection(io, service));
        let ended = tokio::select! {
            ended = connection.as_mut() => ended,
            () = stop.cancelled() => { connection.as_mut().graceful_shutdown(); connection.await }
        };
        log_end(ended);
    }
}

fn log_end(ended: hyper::Result<()>) {
    if let Err(error) = ended {
        tracing::debug!(error = %error, "connection ended early");
    }
}
