//! `backstay backup`: a consistent copy of a data folder beside its running server.

use crate::backup::staging::Staging;
use crate::backup::take::{self, Order};
use crate::backup::{self, manifest::Manifest, place};
use crate::cli::{Backup, CheckFormat};
use crate::config::Config;
use crate::problem::{self, Problem};
use crate::terminal::{self, Tone};
use crate::{listen, project, telemetry};
use std::path::{Path, PathBuf};
use tokio_util::sync::CancellationToken;

/// Where a backup goes.
enum Destination {
    Folder(PathBuf),
    Archive(PathBuf),
    Output,
}

/// Makes the backup.
pub(crate) async fn run(arguments: &Backup, config: Option<PathBuf>) -> Result<(), Problem> {
    let config = project::settings(&arguments.project, config, None)?;
    telemetry::start_quiet(&config.log)?;
    let destination = destination(&arguments.dest, arguments.format)?;
    let stop = CancellationToken::new();
    listen::stop_on_signals(stop.clone())?;
    let keys = !arguments.without_keys;
    let format = arguments.format;
    let work =
        tokio::task::spawn_blocking(move || write(&destination, &config, keys, &stop).map(|made| (destination, made)));
    let (destination, manifest) = work.await.unwrap_or_else(|_| Err(Problem::new("making the backup failed")))?;
    report(&destination, &manifest, format)
}

fn destination(dest: &Path, format: CheckFormat) -> Result<Destination, Problem> {
    if dest == Path::new("-") {
        return match format {
            CheckFormat::Text => Ok(Destination::Output),
            CheckFormat::Json => {
                Err(Problem::usage("standard output takes the archive, so --format json has no place"))
            }
        };
    }
    if dest.symlink_metadata().is_ok() {
        return Err(Problem::new(format!("{} is there already; nothing is overwritten", dest.display()))
            .help("choose another name, for example with the date: \"backups/$(date +%F)\""));
    }
    let Some(parent) = Some(backup::parent(dest)).filter(|parent| parent.is_dir()) else {
        return Err(Problem::new(format!("there is no folder {}", backup::parent(dest).display()))
            .help("make it first; if it is on another disk, mount that"));
    };
    let name = dest.file_name().ok_or_else(|| Problem::usage(format!("{} is not a name", dest.display())))?;
    let path = parent.join(name);
    let archive = path.extension().is_some_and(|extension| extension == "tar");
    Ok(if archive { Destination::Archive(path) } else { Destination::Folder(path) })
}

fn write(
    destination: &Destination,
    config: &Config,
    keys: bool,
    stop: &CancellationToken,
) -> Result<Manifest, Problem> {
    let bar = terminal::progress(Some(0), "bytes copied");
    let order = Order { config, keys, bar: &bar, stop };
    let made = match destination {
        Destination::Folder(path) => into_folder(path, &order),
        Destination::Archive(path) => into_file(path, &order),
        Destination::Output => into_output(&order),
    };
    bar.finish_and_clear();
    // Whatever was going on when the person pressed the key: what counts is that they did.
    if stop.is_cancelled() { made.map_err(|_| Problem::new("stopped; nothing was kept")) } else { made }
}

fn into_folder(path: &Path, order: &Order<'_>) -> Result<Manifest, Problem> {
    let staging = Staging::beside(path, "partial")?;
    let manifest = take::take(staging.path(), order)?;
    publish(staging.path(), path)?;
    staging.keep();
    Ok(manifest)
}

fn into_file(path: &Path, order: &Order<'_>) -> Result<Manifest, Problem> {
    let staging = Staging::beside(path, "partial")?;
    let manifest = take::take(staging.path(), order)?;
    start_over(order, &manifest);
    let packed = staging.path().join("packed");
    backup::archive::pack_into_file(staging.path(), &manifest, &packed, &mut |bytes| order.handled(bytes))?;
    publish(&packed, path)?;
    Ok(manifest)
}

fn into_output(order: &Order<'_>) -> Result<Manifest, Problem> {
    let staging =
        tempfile::tempdir().map_err(|error| Problem::new(format!("cannot make a scratch folder: {error}")))?;
    let manifest = take::take(staging.path(), order)?;
    start_over(order, &manifest);
    let mut out = std::io::stdout().lock();
    backup::archive::pack(staging.path(), &manifest, &mut out, &mut |bytes| order.handled(bytes))
        .map_err(|error| Problem::new(format!("cannot write to standard output: {error}")))?;
    Ok(manifest)
}

fn start_over(order: &Order<'_>, manifest: &Manifest) {
    order.bar.set_length(manifest.bytes());
    order.bar.set_position(0);
    order.bar.set_message("bytes packed");
}

fn publish(from: &Path, to: &Path) -> Result<(), Problem> {
    let named = place::rename_new(from, to).and_then(|()| backup::files::sync(&backup::parent(to)));
    named.map_err(|error| backup::refused("put the backup at", to, &error))
}

fn report(destination: &Destination, manifest: &Manifest, format: CheckFormat) -> Result<(), Problem> {
    let path = match destination {
        Destination::Folder(path) | Destination::Archive(path) => Some(path.display().to_string()),
        Destination::Output => None,
    };
    if format == CheckFormat::Json {
        return problem::output(terminal::data(format!(
            "{:#}\n",
            serde_json::json!({ "path": path, "manifest": manifest })
        )));
    }
    if manifest.dangling_references > 0 {
        let text = format!("{} references to rows that are not there", manifest.dangling_references);
        terminal::headed(Tone::Warning, "warning", &text);
    }
    let rows = terminal::counted(manifest.rows_total(), "row");
    let bytes = terminal::counted(manifest.bytes(), "byte");
    let files = terminal::counted(manifest.files.len(), "file");
    let path = path.unwrap_or_else(|| "standard output".to_owned());
    terminal::headed(Tone::Good, "backed up", &format!("{path}: {rows}, {bytes} in {files}"));
    if !manifest.files.iter().any(|entry| entry.path == backstay_auth::KEYS_FILE) {
        terminal::message(
            "  without keys: tokens that were signed before need the same BACKSTAY_JWT_SECRET after a restore",
        );
    }
    Ok(())
}
