//! `backstay serve`: the production server. Starts only on a schema without mistakes and a database that fits it.

use crate::cli::Serve;
use crate::problem::Problem;
use crate::sign_in::{self, Server};
use crate::{assemble, certificate, follow, listen, migration, project, recording, telemetry};
use backstay_edge::server;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;
use tokio_util::sync::CancellationToken;

/// Serves until a signal ends it.
pub(crate) async fn run(arguments: &Serve, config: Option<PathBuf>) -> Result<(), Problem> {
    let started = Instant::now();
    let config = project::settings(&arguments.project, config, arguments.listen.clone())?;
    telemetry::start(&config.log)?;
    let schema = assemble::schema_here(&config)?;
    // Before the database is opened, so that a second start on the same port harms nothing.
    let sockets = listen::open(&config).await?;
    let engine = assemble::engine(Arc::clone(&schema), &config)?;
    migration::apply_additions(&engine, &schema, &config).await?;
    let url = listen::url(&sockets, config.external_url.as_deref());
    let (app, auth) = assemble::app(engine.clone(), &config, &url, Server::Production).await?;
    let app = Arc::new(app);
    let stop = CancellationToken::new();
    listen::stop_on_signals(stop.clone())?;
    if let Some(certificates) = &sockets.tls {
        certificate::follow(Arc::clone(certificates), &config.server.tls, stop.clone())?;
    }
    let follow = follow::start(Arc::clone(&app), config.clone(), stop.clone());
    let recorded = recording::start(engine.clone(), &config.data_dir, stop.clone());
    let mails = sign_in::send_mails(auth, &config, stop.clone())?;
    tracing::info!(url, startup_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX), "ready");
    let served = server::serve(app, sockets, stop.clone()).await;
    stop.cancel();
    follow.abort();
    sign_in::finish(mails).await;
    let _ = recorded.await;
    close(engine).await;
    tracing::info!("stopped");
    served.map_err(|error| Problem::new(format!("cannot serve: {error}")))
}

/// Writes what is queued and closes the database.
pub(crate) async fn close(engine: backstay_engine::Engine) {
    if tokio::task::spawn_blocking(move || engine.close()).await.is_err() {
        tracing::error!("closing the database failed");
    }
}
