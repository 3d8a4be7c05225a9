//! `backstay import`: loads a file into a model, all rows or none. Bad rows are reported with their line and reason.

use crate::cli::{Import, RowFormat};
use crate::load;
use crate::problem::Problem;
use crate::terminal::{self, Tone};
use crate::{assemble, migration, project, telemetry};
use backstay_engine::load::Report;
use std::fs::File;
use std::io::{Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Loads the rows.
pub(crate) async fn run(arguments: &Import, config: Option<PathBuf>) -> Result<(), Problem> {
    let config = project::settings(&arguments.project, config, None)?;
    telemetry::start_quiet(&config.log)?;
    let schema = assemble::schema(&config.schema)?;
    let model = load::model(&schema, &arguments.model)?.clone();
    let (mut file, format) = open(arguments)?;
    let scanned = load::scan(&mut file, format, &model)?;
    for name in &scanned.left_out {
        terminal::headed(
            Tone::Warning,
            "warning",
            &format!("`{name}` is written by the server; what the file says is left out"),
        );
    }
    let engine = assemble::engine(Arc::clone(&schema), &config)?;
    let fits = migration::apply_additions(&engine, &schema, &config).await;
    let outcome = match fits {
        Ok(_) => load::load(&engine, &model, (file, format), &scanned, arguments.skip_bad).await,
        Err(problem) => Err(problem),
    };
    super::serve::close(engine).await;
    report(&outcome?, arguments, &model.table)
}

fn open(arguments: &Import) -> Result<(File, RowFormat), Problem> {
    if arguments.file == Path::new("-") {
        let format = arguments.format.ok_or_else(|| {
            Problem::usage("standard input has no name that tells its format")
                .help("say it: --format csv, json or ndjson")
        })?;
        return Ok((spooled()?, format));
    }
    let unreadable = |error: std::io::Error| Problem::new(format!("cannot read {}: {error}", arguments.file.display()));
    let file = File::open(&arguments.file).map_err(unreadable)?;
    if file.metadata().map_err(unreadable)?.is_dir() {
        return Err(Problem::new(format!("{} is a folder", arguments.file.display()))
            .help("name a .csv, .json or .ndjson file"));
    }
    let format = arguments.format.map_or_else(|| load::format_of(&arguments.file), Ok)?;
    Ok((file, format))
}

/// Standard input on disk, since it is read twice.
fn spooled() -> Result<File, Problem> {
    let make = || {
        let mut file = tempfile::tempfile()?;
        std::io::copy(&mut std::io::stdin().lock(), &mut file)?;
        file.seek(SeekFrom::Start(0))?;
        Ok::<File, std::io::Error>(file)
    };
    make().map_err(|error| {
        Problem::new(format!("cannot keep standard input: {error}")).help("save it to a file and import that")
    })
}

fn report(report: &Report, arguments: &Import, table: &str) -> Result<(), Problem> {
    for line in load::bad_rows(report, &arguments.file.display().to_string()) {
        terminal::headed(Tone::Error, "bad row", &line);
    }
    if report.bad > 0 && !arguments.skip_bad {
        let (word, are) = if report.bad == 1 { ("row", "is") } else { ("rows", "are") };
        return Err(Problem::new(format!("nothing was loaded: {} {word} {are} bad", report.bad))
            .help("mend the file, or load the other rows with --skip-bad"));
    }
    let left_out = if report.bad > 0 { format!(", {} left out", report.bad) } else { String::new() };
    terminal::headed(
        Tone::Good,
        "loaded",
        &format!("{} into {table}{left_out}", terminal::counted(report.loaded, "row")),
    );
    Ok(())
}
