//! Accepts connections and answers their requests. In: a listener and an [`App`]. Out: when told to stop, nothing is left running.
//! Hyper's own builders are used without a stack of layers: each request passes one function, `dispatch::answer`.

mod body;
pub(crate) mod compress;
mod connection;
mod cors;
mod dispatch;
pub(crate) mod gate;
mod headers;
mod landing;
mod patient;
mod redirect;
pub(crate) mod refused;
mod route;
mod unreadable;
mod untaken;

use crate::app::App;
use crate::tls::Certificates;
use connection::{Entry, connection};
use dispatch::Door;
use std::io::Write as _;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Pause after a failed accept, such as for lack of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// How often recorded durations are moved into their buckets.
const METRICS_UPKEEP: Duration = Duration::from_secs(5);

/// Marks answers that belong to a page of ours, such as its scripts: they get the page's content policy.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PageAsset;

/// What the server listens on.
#[derive(Debug)]
pub struct Sockets {
    /// The API.
    pub api: TcpListener,
    /// Certificate and key of the API's port; `None` is plain HTTP.
    pub tls: Option<Arc<Certificates>>,
    /// A plain HTTP port that sends clients to the external address and answers nothing but health.
    pub redirect: Option<TcpListener>,
}

impl From<TcpListener> for Sockets {
    fn from(api: TcpListener) -> Self {
        Self { api, tls: None, redirect: None }
    }
}

/// Serves until `stop`, then lets running requests finish for at most the configured time.
///
/// # Errors
/// When a listener's address cannot be read; nothing was served then.
pub async fn serve(app: Arc<App>, sockets: impl Into<Sockets>, stop: CancellationToken) -> std::io::Result<()> {
    let Sockets { api, tls, redirect } = sockets.into();
    tracing::info!(server.address = %api.local_addr()?, server.tls = tls.is_some(), "serving");
    if let Some(redirect) = &redirect {
        tracing::info!(server.address = %redirect.local_addr()?, "redirecting to HTTPS");
    }
    let entry = match tls {
        Some(certificates) => Entry::Tls(certificates.acceptor()),
        None => Entry::Plain,
    };
    let server = Server {
        door: Arc::new(Door::new(app)),
        open: Arc::new(AtomicUsize::new(0)),
        tasks: TaskTracker::new(),
        stop,
        kill: CancellationToken::new(),
    };
    match &redirect {
        Some(redirect) => {
            tokio::join!(server.accept(&api, entry), server.accept(redirect, Entry::Redirect));
        }
        None => server.accept(&api, entry).await,
    }
    drop((api, redirect));
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
    async fn accept(&self, listener: &TcpListener, entry: Entry) {
        let mut upkeep = tokio::time::interval(METRICS_UPKEEP);
        let mut refused = 0;
        loop {
            tokio::select! {
                () = self.stop.cancelled() => return,
                _ = upkeep.tick() => {
                    self.door.app.metrics.upkeep();
                    self.door.app.engine.upkeep();
                    self.tell_of_refusals(&mut refused);
                }
                accepted = listener.accept() => match accepted {
                    Ok((stream, peer)) => self.admit(stream, peer, entry.clone()),
                    Err(error) => {
                        tracing::warn!(error = %error, "cannot accept a connection");
                        tokio::time::sleep(ACCEPT_PAUSE).await;
                    }
                },
            }
        }
    }

    /// Gives a connection a task of its own, or turns it away at once when there are too many.
    fn admit(&self, stream: TcpStream, peer: SocketAddr, entry: Entry) {
        let metrics = &self.door.app.metrics;
        if self.open.load(Ordering::Relaxed) >= self.door.app.config.connections_max {
            metrics.connection_refused();
            // A TLS client waits for a handshake and could not read it.
            if !matches!(entry, Entry::Tls(_)) {
                // Tokio's own write would wait to be told that there is room, of which a new connection has plenty.
                let _ = stream.into_std().and_then(|mut stream| stream.write(&self.door.full));
            }
            return;
        }
        // Answers are written whole: waiting for more to send only adds delay.
        let _ = stream.set_nodelay(true);
        let waiting = self.door.app.gate.arrived();
        let guard = OpenConnection::new(Arc::clone(&self.open), Arc::clone(&self.door));
        let (door, stop, kill) = (Arc::clone(&self.door), self.stop.clone(), self.kill.clone());
        self.tasks.spawn(async move {
            let _guard = guard;
            drop(waiting);
            tokio::select! {
                () = connection(door, (stream, peer), entry, stop) => {}
                () = kill.cancelled() => {}
            }
        });
    }

    /// One line for all that were turned away: a line for each would be load on top of load.
    fn tell_of_refusals(&self, told: &mut u64) {
        let refused = self.door.app.gate.refused();
        if refused > *told {
            let (requests, under_way) = (refused - *told, self.door.app.gate.under_way());
            tracing::warn!(requests.refused = requests, requests.under_way = under_way, "overloaded");
            *told = refused;
        }
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
