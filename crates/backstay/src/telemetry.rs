//! Logs: where they go, in which shape, how much. In: the `log` settings. Out: a subscriber for the whole process.

use crate::config::{Log, LogFormat};
use crate::problem::Problem;
use crate::terminal;
use tracing_subscriber::EnvFilter;

/// The driver of PostgreSQL.
const QUIET: &str = "tokio_postgres=warn";

/// Starts logging for a command that ends by itself: warnings only, unless the settings ask for something.
///
/// # Errors
/// A filter that cannot be read.
pub(crate) fn start_quiet(log: &Log) -> Result<(), Problem> {
    let asked = log.filter != Log::default().filter;
    let filter = if asked { log.filter.clone() } else { "warn".to_owned() };
    start(&Log { filter, ..log.clone() })
}

/// Starts logging to standard error.
///
/// # Errors
/// A filter that cannot be read.
pub(crate) fn start(log: &Log) -> Result<(), Problem> {
    let filter = EnvFilter::builder().parse(&log.filter).map_err(|error| {
        Problem::new(format!("log.filter: `{}` is not a filter: {error}", log.filter)).help(
            "a level (error, warn, info, debug, trace), or levels by module: BACKSTAY_LOG=warn,backstay_engine=debug",
        )
    })?;
    let json = match log.format {
        LogFormat::Json => true,
        LogFormat::Pretty => false,
        LogFormat::Auto => !terminal::watched(),
    };
    // At debug it writes the values of statements, and among them codes and hashes. Nobody may ask for that.
    let filter = match QUIET.parse() {
        Ok(directive) => filter.add_directive(directive),
        Err(_) => filter,
    };
    let subscriber = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // A second start in one process (a test) keeps the first.
    let _ = if json {
        subscriber.json().flatten_event(true).with_current_span(true).with_span_list(false).try_init()
    } else {
        subscriber.with_ansi(terminal::coloured()).with_target(false).try_init()
    };
    Ok(())
}
