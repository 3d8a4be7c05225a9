//! Opens the listening sockets, with their certificate, and waits for the signals that end the server.

use crate::certificate;
use crate::config::Config;
use crate::problem::Problem;
use backstay_edge::server::Sockets;
use std::io::ErrorKind;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// Opens everything that the settings listen on. Certificates are read first, so that a mistake in them takes no port.
///
/// # Errors
/// Named for what a person can do about it.
pub(crate) async fn open(config: &Config) -> Result<Sockets, Problem> {
    let tls = certificate::load(config)?;
    let api = bind(&config.listen).await?;
    let redirect = match &config.server.tls.redirect_listen {
        Some(address) => {
            Some(bind(address).await.map_err(|problem| problem.help("that is `server.tls.redirect_listen`"))?)
        }
        None => None,
    };
    Ok(Sockets { api, tls, redirect })
}

/// Listens on `address`, such as `127.0.0.1:8000`.
///
/// # Errors
/// Named for what a person can do about it: taken, not allowed, no such address.
async fn bind(address: &str) -> Result<TcpListener, Problem> {
    if address.rsplit_once(':').is_none_or(|(host, port)| host.is_empty() || port.parse::<u16>().is_err()) {
        return Err(Problem::usage(format!("`{address}` is not an address with a port"))
            .help("for example --listen 127.0.0.1:8000"));
    }
    TcpListener::bind(address).await.map_err(|error| {
        if error.kind() == ErrorKind::AddrInUse {
            return Problem::new(format!("the port of {address} is taken: something else listens there"))
                .help(format!("stop it, or choose another port: --listen {}", next_port(address)));
        }
        let next = if error.kind() == ErrorKind::PermissionDenied {
            "ports below 1024 are for root; choose a higher one and put a proxy in front"
        } else {
            "127.0.0.1 is this machine alone, 0.0.0.0 every address of it"
        };
        Problem::new(format!("cannot listen on {address}: {error}")).help(next)
    })
}

/// Cancels `stop` at the first SIGINT or SIGTERM; a second SIGINT ends the program at once.
///
/// # Errors
/// When the system does not let signals be watched.
pub(crate) fn stop_on_signals(stop: CancellationToken) -> Result<(), Problem> {
    use tokio::signal::unix::{SignalKind, signal};
    let unable = |error: std::io::Error| Problem::new(format!("cannot watch for signals: {error}"));
    let mut interrupt = signal(SignalKind::interrupt()).map_err(unable)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(unable)?;
    tokio::spawn(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        stop.cancel();
        interrupt.recv().await;
        std::process::exit(130);
    });
    Ok(())
}

fn next_port(address: &str) -> String {
    let Some((host, port)) = address.rsplit_once(':') else { return address.to_owned() };
    let port = port.parse::<u16>().ok().and_then(|port| port.checked_add(1)).unwrap_or(8001);
    format!("{host}:{port}")
}

/// The URL under which the server is reached: as configured, else the listener's own address.
pub(crate) fn url(sockets: &Sockets, external: Option<&str>) -> String {
    if let Some(external) = external {
        return external.trim_end_matches('/').to_owned();
    }
    let scheme = if sockets.tls.is_some() { "https" } else { "http" };
    match sockets.api.local_addr() {
        Ok(address) if address.ip().is_unspecified() => format!("{scheme}://127.0.0.1:{}", address.port()),
        Ok(address) => format!("{scheme}://{address}"),
        Err(_) => format!("{scheme}://127.0.0.1"),
    }
}
