//! Makes a backup: copies the database, the keys and the schema into a folder, looks at the copy, and writes its manifest.

use super::files::{self, Print};
use super::manifest::{self, Entry, Manifest};
use super::{DATABASE, SCHEMA, refused};
use crate::config::Config;
use crate::problem::Problem;
use crate::{assemble, project, sources};
use backstay_auth::KEYS_FILE;
use backstay_engine::look::{Copying, Depth, Look, LookError};
use indicatif::ProgressBar;
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::Path;
use tokio_util::sync::CancellationToken;

/// What is to be in a backup, and who watches.
pub(crate) struct Order<'a> {
    /// Where everything is.
    pub config: &'a Config,
    /// Whether the keys file is in it.
    pub keys: bool,
    /// Shows how far it is.
    pub bar: &'a ProgressBar,
    /// Ends it early.
    pub stop: &'a CancellationToken,
}

/// What is read from a database for its manifest.
pub(super) struct Facts {
    pub(super) last_migration: Option<i64>,
    pub(super) dangling_references: u64,
    pub(super) rows: BTreeMap<String, u64>,
}

impl Order<'_> {
    /// Moves the bar; an error once it is to stop.
    pub(crate) fn handled(&self, bytes: u64) -> std::io::Result<()> {
        self.bar.inc(bytes);
        if self.stop.is_cancelled() { Err(std::io::Error::other("stopped")) } else { Ok(()) }
    }
}

/// Fills the empty folder `into`.
///
/// # Errors
/// Something cannot be read or written, or the database is damaged. `into` may hold a part of it.
pub(crate) fn take(into: &Path, order: &Order<'_>) -> Result<Manifest, Problem> {
    let taken_at = project::now_rfc3339();
    let schema = sources::read(&order.config.schema)?;
    let mut entries = vec![database(into, order)?];
    let keys = order.config.data_dir.join(KEYS_FILE);
    if order.keys && keys.exists() {
        let file = std::fs::File::open(&keys).map_err(|error| refused("read", &keys, &error))?;
        entries.push(entry(KEYS_FILE.to_owned(), write(file, &into.join(KEYS_FILE), order)?));
    }
    let folder = into.join(SCHEMA);
    std::fs::create_dir(&folder).map_err(|error| refused("make the folder", &folder, &error))?;
    for source in &schema {
        let name = Path::new(&source.name).file_name().map(|name| name.to_string_lossy().into_owned());
        let name = name.unwrap_or_else(|| "schema.graphql".to_owned());
        let print = write(source.text.as_bytes(), &folder.join(&name), order)?;
        entries.push(entry(format!("{SCHEMA}/{name}"), print));
    }
    let look = Look::at_rest(&into.join(DATABASE)).map_err(|error| look_problem(&error))?;
    let damages = look.damages(Depth::Quick).map_err(|error| look_problem(&error))?;
    if let Some(first) = damages.first() {
        return Err(Problem::new(format!("the database is damaged: {first}"))
            .help("no backup was made of it, so that none takes the place of a good one")
            .help("stop the server and restore the last backup, or keep a copy of the whole data folder"));
    }
    let facts = facts(&look)?;
    let manifest = Manifest {
        backup_format: manifest::FORMAT,
        backstay_version: env!("CARGO_PKG_VERSION").to_owned(),
        taken_at,
        database_format: look.format().map_err(|error| look_problem(&error))?,
        last_migration: facts.last_migration,
        dangling_references: facts.dangling_references,
        rows: facts.rows,
        files: entries,
    };
    write(manifest.text()?.as_bytes(), &into.join(manifest::FILE), order)?;
    for folder in [folder.as_path(), into] {
        files::sync(folder).map_err(|error| refused("sync", folder, &error))?;
    }
    Ok(manifest)
}

fn database(into: &Path, order: &Order<'_>) -> Result<Entry, Problem> {
    use std::os::unix::fs::PermissionsExt as _;
    let to = into.join(DATABASE);
    let live = Look::live(&assemble::database_file(order.config)?).map_err(|error| look_problem(&error))?;
    let mut watch = |copying: Copying| {
        order.bar.set_length(copying.total_bytes);
        order.bar.set_position(copying.done_bytes);
        if order.stop.is_cancelled() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    live.copy(&to, &mut watch).map_err(|error| look_problem(&error))?;
    let private = std::fs::set_permissions(&to, std::fs::Permissions::from_mode(0o600));
    private.and_then(|()| files::sync(&to)).map_err(|error| refused("sync", &to, &error))?;
    order.bar.set_message("bytes hashed");
    order.bar.set_position(0);
    let print = files::print(&to, &mut |bytes| order.handled(bytes)).map_err(|error| refused("read", &to, &error))?;
    Ok(entry(DATABASE.to_owned(), print))
}

fn write(from: impl std::io::Read, to: &Path, order: &Order<'_>) -> Result<Print, Problem> {
    files::write(from, to, &mut |bytes| order.handled(bytes)).map_err(|error| refused("write", to, &error))
}

fn entry(path: String, print: Print) -> Entry {
    Entry { path, bytes: print.bytes, sha256: print.sha256 }
}

/// What a manifest says of a database.
///
/// # Errors
/// The database cannot be read.
pub(super) fn facts(look: &Look) -> Result<Facts, Problem> {
    let read = || -> Result<Facts, LookError> {
        Ok(Facts {
            last_migration: look.last_migration()?.map(|migration| migration.id),
            dangling_references: look.dangling()?.iter().map(|dangling| dangling.rows).sum(),
            rows: look.tables()?.into_iter().map(|one| (one.table, one.rows)).collect(),
        })
    };
    read().map_err(|error| look_problem(&error))
}

/// A look that failed, for the person at the terminal.
pub(crate) fn look_problem(error: &LookError) -> Problem {
    match error {
        LookError::Open(error) => assemble::open_problem(error, None),
        LookError::Copy { path, source } => Problem::new(format!("cannot write {}: {source}", path.display()))
            .help("make room there, or choose another place"),
        LookError::Stopped => Problem::new("stopped; nothing was kept"),
    }
}
