//! Rows that `backstay dev` puts into a new database: the files of `dev.seed`, in the order of their names.

use crate::config::Config;
use crate::load;
use crate::problem::Problem;
use crate::terminal::{self, Tone};
use backstay_engine::Engine;
use backstay_schema::Schema;
use std::fs::File;
use std::path::{Path, PathBuf};

/// Loads every file of the seed folder, if there is one. Files are named `<number>-<relation>.<format>`.
pub(crate) async fn load(engine: &Engine, schema: &Schema, config: &Config) -> Result<(), Problem> {
    let Some(folder) = &config.dev.seed else { return Ok(()) };
    for file in files(folder)? {
        let name = relation(&file);
        let model = load::model(schema, &name).map_err(|problem| Problem {
            code: crate::problem::EXIT_PROBLEM,
            ..problem.help(format!("the file is {}", file.display()))
        })?;
        let format = load::format_of(&file)?;
        let mut input =
            File::open(&file).map_err(|error| Problem::new(format!("cannot read {}: {error}", file.display())))?;
        let scanned = load::scan(&mut input, format, model)?;
        let report = load::load(engine, model, (input, format), &scanned, false).await?;
        if report.bad > 0 {
            for line in load::bad_rows(&report, &file.display().to_string()) {
                terminal::headed(Tone::Error, "bad row", &line);
            }
            return Err(Problem::new(format!("{} was not loaded", file.display()))
                .help(format!("mend it, delete {}, and start again", config.data_dir.display())));
        }
        terminal::headed(
            Tone::Good,
            "loaded",
            &format!("{} into {}", terminal::counted(report.loaded, "row"), model.table),
        );
    }
    Ok(())
}

fn files(folder: &Path) -> Result<Vec<PathBuf>, Problem> {
    let unreadable = |error: std::io::Error| {
        Problem::new(format!("cannot read the folder {} of `dev.seed`: {error}", folder.display()))
            .help("name another in backstay.toml, or take the line out")
    };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.is_file() && load::format_of(&path).is_ok() {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// `courses` of `2-courses.json`.
fn relation(file: &Path) -> String {
    let stem = file.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    match stem.split_once('-') {
        Some((number, name)) if number.bytes().all(|byte| byte.is_ascii_digit()) => name.to_owned(),
        _ => stem.to_owned(),
    }
}
