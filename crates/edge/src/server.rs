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
mod signal;
mod timer;
mod unreadable;
mod untaken;
mod whole;

use crate::app::App;
use crate::tls::Certificates;
use connection::{Entry, Start, connection};
use dispatch::Door;
use gate::Whose;
use signal::Signal;
#[cfg(target_os = "linux")]
use socket2::SockRef;
use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::io::unix::{AsyncFd, AsyncFdReadyGuard};
use tokio::net::TcpListener;
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Pause after a failed accept, such as for lack of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Most connections that are taken in before others have their turn.
const ACCEPTS_MAX: usize = 256;

/// Turning connections away may take one part in so many of what the processors can do. Further ones wait with the kernel.
const TURNED_AWAY_PART: u32 = 10;

/// Longest that waiting connections are left alone: a thread that was interrupted seems to have worked for longer than it did.
const REST_MAX: Duration = Duration::from_millis(100);

/// Most bytes that are taken from a client that is turned away.
const SENT_MAX: usize = 64 * 1024;

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
    let (api, redirect) = (watched(api)?, redirect.map(watched).transpose()?);
    let entry = match tls {
        Some(certificates) => Entry::Tls(certificates.acceptor()),
        None => Entry::Plain,
    };
    let server = Server {
        door: Arc::new(Door::new(app)),
        open: Arc::new(AtomicUsize::new(0)),
        tasks: TaskTracker::new(),
        stop,
        finish: Arc::default(),
        kill: Arc::default(),
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

/// A listener of which it is told when a connection waits, and no more.
#[expect(deprecated, reason = "its successor is unsafe code; a listener's descriptor never changes")]
fn watched(listener: TcpListener) -> std::io::Result<AsyncFd<std::net::TcpListener>> {
    AsyncFd::new(listener.into_std()?)
}

/// One running server.
struct Server {
    door: Arc<Door>,
    open: Arc<AtomicUsize>,
    tasks: TaskTracker,
    /// Take nothing new.
    stop: CancellationToken,
    /// Finish what runs.
    finish: Arc<Signal>,
    /// Drop what still runs.
    kill: Arc<Signal>,
}

impl Server {
    async fn accept(&self, listener: &AsyncFd<std::net::TcpListener>, entry: Entry) {
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
                ready = listener.readable() => match ready.and_then(|ready| self.take_in(ready, &entry)) {
                    Ok(None) => tokio::task::yield_now().await,
                    Ok(Some(rest)) => tokio::time::sleep(rest).await,
                    Err(error) => {
                        tracing::warn!(error = %error, "cannot accept a connection");
                        tokio::time::sleep(ACCEPT_PAUSE).await;
                    }
                },
            }
        }
    }

    /// Takes in what waits. The runtime is told of a connection only once it is let in: most of what refusing it would cost.
    /// Where some had to be turned away, or were gone before they could be, it gives the time for which the others are left
    /// waiting: a request that is served costs little more than a connection that is not, and under a flood of them there would
    /// be no time left to serve.
    fn take_in(
        &self,
        mut ready: AsyncFdReadyGuard<'_, std::net::TcpListener>,
        entry: &Entry,
    ) -> std::io::Result<Option<Duration>> {
        let (begun, mut turned_away) = (Instant::now(), false);
        for _ in 0..ACCEPTS_MAX {
            match ready.try_io(|listener| listener.get_ref().accept()) {
                // Those that have gone again before they are let in are no failure of the listener, but cost as much as the others.
                Ok(Ok((stream, peer))) => turned_away |= !self.admit(stream, peer, entry).unwrap_or(false),
                Ok(Err(error)) if error.kind() == ErrorKind::ConnectionAborted => {}
                Ok(Err(error)) => return Err(error),
                Err(_) => break,
            }
        }
        Ok(turned_away.then(|| rest_after(begun.elapsed(), Handle::current().metrics().num_workers())))
    }

    /// Gives a connection a task of its own, or turns it away at once when there are too many, or no time for its request.
    /// Whether it was let in.
    fn admit(&self, mut stream: TcpStream, peer: SocketAddr, entry: &Entry) -> std::io::Result<bool> {
        let app = &self.door.app;
        stream.set_nonblocking(true)?;
        if self.open.load(Ordering::Relaxed) >= app.config.connections_max {
            app.metrics.connection_refused();
            // A TLS client waits for a handshake and could not read it.
            if !matches!(entry, Entry::Tls(_)) {
                stream.write_all(&self.door.full)?;
            }
            return Ok(false);
        }
        // Of one that has sent nothing yet it is not known what it wants: it is asked again when it has.
        let mut start = Start::default();
        if matches!(entry, Entry::Plain)
            && !app.gate.has_time(Whose::Newcomer)
            && stream.peek(&mut start.0).is_ok_and(|known| known > 0)
            && start.can_wait()
        {
            app.gate.refuse();
            turn_away(&mut stream, &self.door.overloaded)?;
            return Ok(false);
        }
        // Answers are written whole: waiting for more to send only adds delay.
        stream.set_nodelay(true)?;
        let stream = tokio::net::TcpStream::from_std(stream)?;
        let waiting = app.gate.arrived();
        let guard = OpenConnection::new(Arc::clone(&self.open), Arc::clone(&self.door));
        let (door, entry) = (Arc::clone(&self.door), entry.clone());
        let (finish, kill) = (Arc::clone(&self.finish), Arc::clone(&self.kill));
        self.tasks.spawn(async move {
            let _guard = guard;
            drop(waiting);
            tokio::select! {
                biased;
                () = kill.wait() => {}
                () = connection(door, (stream, peer), entry, &finish) => {}
            }
        });
        Ok(true)
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
        self.finish.tell();
        self.tasks.close();
        let grace = self.door.app.config.shutdown_grace;
        tracing::info!(server.connections = self.tasks.len(), "stopping");
        if tokio::time::timeout(grace, self.tasks.wait()).await.is_err() {
            tracing::warn!(server.connections = self.tasks.len(), "connections are cut: the time to finish is over");
            self.kill.tell();
            self.tasks.wait().await;
        }
    }
}

/// How long to leave waiting connections alone after it took so long to turn others away, with so many processors.
fn rest_after(turning_away: Duration, processors: usize) -> Duration {
    let processors = u32::try_from(processors).unwrap_or(u32::MAX).max(1);
    (turning_away * (TURNED_AWAY_PART - 1) / processors).min(REST_MAX)
}

/// Refuses a connection before anything is read of it: reading is much of what a request costs.
fn turn_away(stream: &mut TcpStream, answer: &[u8]) -> std::io::Result<()> {
    // Closing over bytes that were not taken resets the connection, and the client may lose the answer. A long body is not waited for.
    let mut sent = [0_u8; 4096];
    for _ in 0..SENT_MAX / sent.len() {
        if !matches!(stream.read(&mut sent), Ok(taken) if taken == sent.len()) {
            break;
        }
    }
    hold_back(stream)?;
    stream.write(answer).map(drop)
}

/// Keeps what is written until the connection is closed: answer and end then go as one packet, a third of what turning away costs.
#[cfg(target_os = "linux")]
fn hold_back(stream: &TcpStream) -> std::io::Result<()> {
    SockRef::from(stream).set_tcp_cork(true)
}

#[cfg(not(target_os = "linux"))]
fn hold_back(_: &TcpStream) -> std::io::Result<()> {
    Ok(())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turning_away_takes_a_tenth_of_the_processors() {
        let ms = Duration::from_millis;
        for (took, processors, rest) in
            [(ms(0), 1, ms(0)), (ms(1), 1, ms(9)), (ms(2), 9, ms(2)), (ms(1), 0, ms(9)), (ms(50), 1, REST_MAX)]
        {
            assert_eq!(rest_after(took, processors), rest, "{took:?} with {processors}");
        }
    }
}
