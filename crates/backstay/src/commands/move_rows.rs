//! `backstay move`: a whole application from one database to another. What is no row is named, and stays where it is.

use crate::assemble::{self, Place};
use crate::cli::{CheckFormat, Move};
use crate::config::Config;
use crate::problem::{self, Problem};
use crate::terminal::{self, Tone};
use crate::{project, telemetry};
use backstay_engine::carry::{self, CarryError, Moved, Options, Step};
use backstay_engine::{Engine, migrate};
use backstay_schema::Schema;
use indicatif::ProgressBar;
use serde_json::json;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Moves the rows.
pub(crate) async fn run(arguments: &Move, config: Option<PathBuf>) -> Result<(), Problem> {
    let config = project::settings(&arguments.project, config, None)?;
    telemetry::start_quiet(&config.log)?;
    let schema = assemble::schema(&config.schema)?;
    let from = assemble::place_of("--from", &arguments.from, &config.data_dir)?;
    let to = assemble::place_of("--to", &arguments.to, &config.data_dir)?;
    let label = label(&from);
    let files: Vec<PathBuf> = [&from, &to].into_iter().filter_map(file).collect();
    if arguments.from == arguments.to || (files.len() == 2 && files.first() == files.last()) {
        return Err(Problem::usage("--from and --to are the same database"));
    }
    if let Place::File(path) = &from
        && !path.is_file()
    {
        return Err(Problem::new(format!("there is no database at {}", path.display()))
            .help("name the file that is there: --from sqlite:PATH"));
    }
    let source = assemble::engine_at(from, Arc::clone(&schema), &config)?;
    let options = Options { from: label, resume: arguments.resume };
    let moved = match must_fit(&source, &schema, &options.from).await {
        Ok(()) => between(&source, to, (&schema, &config), &options).await,
        Err(problem) => Err(problem),
    };
    super::serve::close(source).await;
    tell(&moved?, arguments, &config, &files)
}

/// A place without its password.
fn label(place: &Place) -> String {
    match place {
        Place::File(_) => format!("sqlite:{}", file(place).unwrap_or_default().display()),
        Place::Postgres(address) => format!("postgres://{address}"),
        Place::Mysql(address) => format!("mysql://{address}"),
    }
}

/// The file of a place, whichever way it was named.
fn file(place: &Place) -> Option<PathBuf> {
    match place {
        Place::File(path) => {
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
            let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
            Some(path.file_name().map_or_else(|| path.clone(), |name| folder.join(name)))
        }
        Place::Postgres(_) | Place::Mysql(_) => None,
    }
}

async fn must_fit(source: &Engine, schema: &Arc<Schema>, from: &str) -> Result<(), Problem> {
    let plan = crate::migration::plan(source, schema).await?;
    if plan.base == 0 {
        return Err(Problem::new(format!("{from} holds no application")));
    }
    if plan.is_empty() {
        return Ok(());
    }
    crate::migration::show(&plan);
    Err(Problem::new(format!("{from} is not what the schema says; nothing was moved"))
        .help("bring it there: BACKSTAY_DATABASE_URL=… backstay migrate apply; or use the schema that it was made by"))
}

async fn between(
    source: &Engine,
    to: Place,
    (schema, config): (&Arc<Schema>, &Config),
    options: &Options,
) -> Result<Moved, Problem> {
    let target = assemble::engine_at(to, Arc::clone(schema), config)?;
    let mut bar = ProgressBar::hidden();
    let moved = carry::run(source, &target, options, &mut |step| show(&mut bar, step)).await;
    bar.finish_and_clear();
    super::serve::close(target).await;
    moved.map_err(|error| explained(&error))
}

fn show(bar: &mut ProgressBar, step: Step<'_>) {
    match step {
        Step::Total(rows) => *bar = terminal::progress(Some(rows), "rows moved"),
        Step::Table(table, there) => {
            bar.inc(there);
            bar.set_message(format!("rows moved ({table})"));
        }
        Step::Moved(rows) | Step::Compared(rows) => bar.inc(rows),
        Step::Comparing(rows) => {
            bar.finish_and_clear();
            *bar = terminal::progress(Some(rows), "rows compared");
        }
    }
}

fn explained(error: &CarryError) -> Problem {
    let problem = if let CarryError::Migrate(inner @ migrate::MigrateError::Store(_)) = error {
        let source = std::error::Error::source(inner).map(ToString::to_string).unwrap_or_default();
        Problem::new(format!("{error}: {source}"))
    } else {
        Problem::new(error)
    };
    match error {
        CarryError::Filled { .. } => problem.help("name an empty database with --to"),
        CarryError::OtherSchema => problem.help("name an empty database with --to, or use its schema"),
        CarryError::Interrupted => problem.help("go on with it: --resume; or remove that database and begin anew"),
        CarryError::OfAnother { from } => {
            problem.help(format!("end that move: --from {from} --resume; or remove that database and begin anew"))
        }
        CarryError::Write { .. } => problem
            .help("the other database does not take such a value: docs/databases.md says what differs")
            .help("mend it at its source, then go on: --resume"),
        CarryError::Read { .. } | CarryError::Store(_) => problem.help("go on when that is mended: --resume"),
        CarryError::Differs { .. } => problem
            .help(
                "no server starts on the copy; rows may have changed at the source meanwhile, or cannot be kept there",
            )
            .help("stop every server, remove the copy, and begin anew"),
        CarryError::Migrate(_) => problem,
    }
}

fn tell(moved: &Moved, arguments: &Move, config: &Config, files: &[PathBuf]) -> Result<(), Problem> {
    let rows: u64 = moved.tables.iter().map(|(_, tally)| tally.rows).sum();
    let stays = others(config, files);
    match arguments.format {
        CheckFormat::Text => {
            let width = moved.tables.iter().map(|(table, _)| table.len()).max().unwrap_or(0);
            let line = |(table, tally): &(String, carry::Tally)| {
                format!("{table:<width$}  {:>10}  {}\n", tally.rows, tally.checksum())
            };
            problem::output(terminal::data(moved.tables.iter().map(line).collect::<String>()))?;
        }
        CheckFormat::Json => {
            let table = |(table, tally): &(String, carry::Tally)| json!({"table": table, "rows": tally.rows, "checksum": tally.checksum()});
            let tables: Vec<_> = moved.tables.iter().map(table).collect();
            let out = json!({"resumed": moved.resumed, "rows": rows, "tables": tables, "not_moved": stays});
            problem::output(terminal::data(format!("{out}\n")))?;
        }
    }
    let how = match (arguments.resume, moved.resumed) {
        (true, true) => "an interrupted move went on; ",
        (true, false) => "there was no interrupted move, so all was moved anew; ",
        (false, _) => "",
    };
    let tables = terminal::counted(moved.tables.len(), "table");
    let text =
        format!("{} of {tables}; {how}counts and checksums are the same on both sides", terminal::counted(rows, "row"));
    terminal::headed(Tone::Good, "moved", &text);
    if !stays.is_empty() {
        let text = format!(
            "{} in {}: start the server with the same data folder",
            stays.join(", "),
            config.data_dir.display()
        );
        terminal::headed(Tone::Warning, "not moved", &text);
    }
    Ok(())
}

/// What else is in the data folder.
fn others(config: &Config, files: &[PathBuf]) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(&config.data_dir) else { return Vec::new() };
    let is_database = |path: &Path| {
        let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        files.iter().any(|file| path.to_string_lossy().starts_with(file.to_string_lossy().as_ref()))
    };
    let mut names: Vec<String> = entries
        .filter_map(Result::ok)
        .filter(|entry| !is_database(&entry.path()))
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| !name.starts_with("backstay.db"))
        .collect();
    names.sort();
    names
}
