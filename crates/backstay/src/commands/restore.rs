//! `backstay restore`: verifies a backup and puts it in place, in one step.

use crate::backup::manifest::Manifest;
use crate::backup::place::{self, Target};
use crate::backup::staging::Staging;
use crate::backup::unpack::{self, Source};
use crate::backup::{self, verify};
use crate::cli::{CheckFormat, Project, Restore};
use crate::config::Config;
use crate::problem::{self, Problem};
use crate::terminal::{self, Tone};
use crate::{assemble, listen, project, telemetry};
use indicatif::ProgressBar;
use std::path::{Path, PathBuf};
use tokio_util::sync::CancellationToken;

/// What a restore came to.
struct Restored {
    manifest: Manifest,
    /// Where it is; `None` when it was only verified.
    place: Option<PathBuf>,
    /// Where the old folder is.
    aside: Option<PathBuf>,
}

/// Restores or verifies.
pub(crate) async fn run(arguments: &Restore, config: Option<PathBuf>) -> Result<(), Problem> {
    let place = Project { schema: None, data: arguments.data.clone() };
    let config = project::settings(&place, config, None)?;
    telemetry::start_quiet(&config.log)?;
    let source = Source::find(&arguments.source)?;
    let stop = CancellationToken::new();
    listen::stop_on_signals(stop.clone())?;
    let (verify_only, replace, format) = (arguments.verify_only, arguments.replace, arguments.format);
    let work = tokio::task::spawn_blocking(move || {
        let watch = Watch { bar: terminal::progress(None, "bytes verified"), stop };
        let done = if verify_only { only_verify(&source, &watch) } else { restore(&source, &config, replace, &watch) };
        watch.bar.finish_and_clear();
        if watch.stop.is_cancelled() { done.map_err(|_| Problem::new("stopped; nothing was changed")) } else { done }
    });
    let restored = work.await.unwrap_or_else(|_| Err(Problem::new("restoring failed")))?;
    report(&restored, format)
}

/// Who watches.
struct Watch {
    bar: ProgressBar,
    stop: CancellationToken,
}

impl Watch {
    fn handled(&self, bytes: u64) -> std::io::Result<()> {
        self.bar.inc(bytes);
        if self.stop.is_cancelled() { Err(std::io::Error::other("stopped")) } else { Ok(()) }
    }
}

fn only_verify(source: &Source, watch: &Watch) -> Result<Restored, Problem> {
    let mut each = |bytes| watch.handled(bytes);
    let manifest = match source {
        Source::Folder(folder) => {
            let manifest = unpack::compare(folder, &mut each)?;
            verify::verify(folder, &manifest)?;
            manifest
        }
        Source::Archive(_) | Source::Input => {
            let scratch = tempfile::tempdir();
            let scratch = scratch.map_err(|error| Problem::new(format!("cannot make a scratch folder: {error}")))?;
            let manifest = unpack::unpack(source, scratch.path(), &mut each)?;
            verify::verify(scratch.path(), &manifest)?;
            manifest
        }
    };
    Ok(Restored { manifest, place: None, aside: None })
}

fn restore(source: &Source, config: &Config, replace: bool, watch: &Watch) -> Result<Restored, Problem> {
    // A data folder that is a link stays one: what it leads to is replaced.
    let place = std::fs::canonicalize(&config.data_dir).unwrap_or_else(|_| config.data_dir.clone());
    if assemble::database_file(config)? != config.data_dir.join(backup::DATABASE) {
        return Err(Problem::new("database_url names a database outside of the data folder, where a restore puts it")
            .help(
                "unset database_url for this command, restore into a new folder with --data DIR, and move the database",
            ));
    }
    let target = place::target(&place)?;
    let lock = claim(&place, &target, replace)?;
    let staging = match target {
        Target::FreeMount => Staging::inside(&place, "restoring")?,
        Target::Free | Target::Taken | Target::TakenMount => {
            let above = backup::parent(&place);
            std::fs::create_dir_all(&above).map_err(|error| backup::refused("make the folder", &above, &error))?;
            Staging::beside(&place, "restoring")?
        }
    };
    let manifest = unpack::unpack(source, staging.path(), &mut |bytes| watch.handled(bytes))?;
    watch.bar.set_message("bytes copied; now the database is verified");
    verify::verify(staging.path(), &manifest)?;
    let schema = staging.path().join(backup::SCHEMA);
    let synced =
        [schema.as_path(), staging.path()].into_iter().filter(|path| path.exists()).try_for_each(backup::files::sync);
    synced
        .and_then(|()| place::give(staging.path(), &place))
        .map_err(|error| backup::refused("finish", staging.path(), &error))?;
    if watch.stop.is_cancelled() {
        return Err(Problem::shown());
    }
    let aside = place::aside(&place, &project::now_rfc3339());
    let put = place::put(staging.path(), &place, &target, &aside, &mut |_| Ok(()));
    // Where a step failed, what is there now may be the old folder: it is not ours to take away.
    staging.keep();
    put.map_err(|error| backup::refused("put the backup at", &place, &error))?;
    drop(lock);
    let aside = (target == Target::Taken).then_some(aside);
    Ok(Restored { manifest, place: Some(config.data_dir.clone()), aside })
}

/// Makes sure that the place may be taken and that no server uses it, for as long as the answer lives.
fn claim(place: &Path, target: &Target, replace: bool) -> Result<Option<std::fs::File>, Problem> {
    match target {
        Target::Free | Target::FreeMount => Ok(None),
        Target::Taken | Target::TakenMount if !replace => {
            Err(Problem::new(format!("{} is not empty; nothing was changed", place.display()))
                .help("restore into another folder with --data DIR, or replace this one with --replace: it is moved aside, not deleted"))
        }
        Target::TakenMount => Err(Problem::new(format!(
            "{} is a file system of its own, which cannot be exchanged in one step; nothing was changed",
            place.display()
        ))
        .help("stop the server, move its files away, and restore into the empty folder; or use a folder inside of it with --data DIR")),
        Target::Taken => {
            let held = backstay_engine::open::hold(&place.join(backup::DATABASE));
            held.map(Some).map_err(|error| assemble::open_problem(&error, None))
        }
    }
}

fn report(restored: &Restored, format: CheckFormat) -> Result<(), Problem> {
    let Restored { manifest, place, aside } = restored;
    let shown = |path: &Option<PathBuf>| path.as_ref().map(|path| path.display().to_string());
    if format == CheckFormat::Json {
        let report = serde_json::json!({ "verified": true, "restored": shown(place), "aside": shown(aside), "manifest": manifest });
        return problem::output(terminal::data(format!("{report:#}\n")));
    }
    let what = format!(
        "{}, taken {} by backstay {}",
        terminal::counted(manifest.rows_total(), "row"),
        manifest.taken_at,
        manifest.backstay_version
    );
    let Some(place) = place else {
        terminal::headed(Tone::Good, "verified", &format!("{what}; it can be restored"));
        return Ok(());
    };
    terminal::headed(Tone::Good, "restored", &format!("{}: {what}", place.display()));
    if let Some(aside) = aside {
        terminal::headed(Tone::Help, "kept", &format!("the folder before is {}", aside.display()));
    }
    if !manifest.files.iter().any(|entry| entry.path == backstay_auth::KEYS_FILE) {
        let keys = "the backup has no keys: set BACKSTAY_JWT_SECRET and BACKSTAY_MASTER_KEY to the old ones, or copy keys.json here before the start; else new keys are made";
        terminal::headed(Tone::Warning, "warning", keys);
    }
    let schema = place.join(backup::SCHEMA);
    terminal::message(&format!(
        "  its schema is in {0}; start with: backstay serve --schema {0} --data {1}",
        schema.display(),
        place.display()
    ));
    Ok(())
}
