//! A TCP proxy that stands for the network between a node and its database, and breaks as networks do.

use anyhow::Result;
use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use std::time::Duration;

/// Time between two looks at what the network is to do.
const LOOK: Duration = Duration::from_millis(10);
const BLOCK: usize = 64 * 1024;

/// What the network does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Network {
    /// It carries everything.
    Whole = 0,
    /// Connections are reset, and new ones too: somebody on the way says that there is no way.
    Reset = 1,
    /// Nothing is carried and nothing is said. What was on its way arrives once it is whole again.
    Silent = 2,
    /// The same, but what there was of connections is forgotten: they stay silent when it is whole again.
    Forgotten = 3,
}

/// A network between whoever connects to it and one address.
pub(crate) struct Proxy {
    wires: Arc<Wires>,
    /// Where to connect to instead of the address.
    pub(crate) address: SocketAddr,
}

struct Wires {
    network: AtomicU8,
    /// Connections made before this number are silent for ever.
    forgotten: AtomicU64,
    made: AtomicU64,
    closed: AtomicBool,
    to: SocketAddr,
}

impl Proxy {
    /// A network that is whole.
    ///
    /// # Errors
    /// There is no free port.
    pub(crate) fn start(to: SocketAddr) -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let wires = Arc::new(Wires {
            network: AtomicU8::new(0),
            forgotten: AtomicU64::new(0),
            made: AtomicU64::new(0),
            closed: AtomicBool::new(false),
            to,
        });
        let own = Arc::clone(&wires);
        std::thread::spawn(move || own.accept(&listener));
        Ok(Self { wires, address })
    }

    /// Changes what the network does.
    pub(crate) fn set(&self, network: Network) {
        if network == Network::Forgotten {
            self.wires.forgotten.store(self.wires.made.load(Ordering::SeqCst), Ordering::SeqCst);
        }
        self.wires.network.store(network as u8, Ordering::SeqCst);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.wires.closed.store(true, Ordering::SeqCst);
    }
}

impl Wires {
    fn is(&self, network: Network) -> bool {
        self.network.load(Ordering::SeqCst) == network as u8
    }

    fn is_over(&self) -> bool {
        self.closed.load(Ordering::SeqCst) || self.is(Network::Reset)
    }

    /// Whether a connection carries nothing now.
    fn is_silent(&self, number: u64) -> bool {
        self.is(Network::Silent) || self.is(Network::Forgotten) || number < self.forgotten.load(Ordering::SeqCst)
    }

    fn accept(self: Arc<Self>, listener: &TcpListener) {
        while !self.closed.load(Ordering::SeqCst) {
            match listener.accept() {
                // Dropped, it is closed at once.
                Ok((_, _)) if self.is(Network::Reset) => {}
                Ok((near, _)) => {
                    let number = self.made.fetch_add(1, Ordering::SeqCst);
                    let wires = Arc::clone(&self);
                    std::thread::spawn(move || wires.carry(near, number));
                }
                Err(_) => std::thread::sleep(LOOK / 2),
            }
        }
    }

    /// Carries one connection, both ways, until an end closes or the network resets it.
    fn carry(self: Arc<Self>, near: TcpStream, number: u64) {
        // A connection that begins in silence is made when that is over.
        while self.is_silent(number) && !self.is_over() {
            std::thread::sleep(LOOK);
        }
        let Ok(far) = TcpStream::connect_timeout(&self.to, Duration::from_secs(1)) else { return };
        for end in [&near, &far] {
            let _ = end.set_nodelay(true);
            let _ = end.set_nonblocking(false);
            let _ = end.set_read_timeout(Some(LOOK));
        }
        let (Ok(near_too), Ok(far_too)) = (near.try_clone(), far.try_clone()) else { return };
        let back = Arc::clone(&self);
        let thread = std::thread::spawn(move || back.pump((far_too, near_too), number));
        self.pump((near, far), number);
        let _ = thread.join();
    }

    fn pump(&self, (mut from, mut to): (TcpStream, TcpStream), number: u64) {
        let mut block = vec![0; BLOCK];
        while !self.is_over() {
            let read = match from.read(&mut block) {
                Ok(0) => break,
                Ok(read) => read,
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => continue,
                Err(_) => break,
            };
            while self.is_silent(number) && !self.is_over() {
                std::thread::sleep(LOOK);
            }
            let Some(bytes) = block.get(..read).filter(|_| !self.is_over()) else { break };
            if to.write_all(bytes).is_err() {
                break;
            }
        }
        // An end that goes is no news either, until the network carries it.
        while self.is_silent(number) && !self.is_over() {
            std::thread::sleep(LOOK);
        }
        let _ = from.shutdown(Shutdown::Both);
        let _ = to.shutdown(Shutdown::Both);
    }
}
