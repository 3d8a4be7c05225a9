//! `backstay init`: writes a schema, settings and an example environment file. Never overwrites.

use crate::assemble::{self, Place};
use crate::cli::{Init, Template};
use crate::config::reference;
use crate::problem::Problem;
use crate::terminal::{self, Tone};
use backstay_engine::store::{Database, mysql, postgres, sqlite};
use backstay_schema::found::Written;
use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::Path;

const MINIMAL: &str = include_str!("../../templates/minimal.graphql");
const LEARNING_PORTAL: &str = include_str!("../../../../examples/learning-portal/schema.graphql");
const ENVIRONMENT: &str = include_str!("../../templates/env.example");
const IGNORED: &str = "# Database and keys of `backstay dev`.\n.backstay/\n.env\n";

/// Writes the files that are not there yet.
pub(crate) async fn run(arguments: &Init) -> Result<(), Problem> {
    let dir = &arguments.dir;
    if dir.join("schema.graphql").exists() {
        return Err(Problem::new(format!("{} exists", dir.join("schema.graphql").display()))
            .help(format!("serve it: backstay dev {}; or choose another folder: backstay init DIR", dir.display())));
    }
    let found = match &arguments.from {
        Some(url) => Some(found(url).await?),
        None => None,
    };
    let schema = match (&found, arguments.template) {
        (Some(found), _) => found.text.as_str(),
        (None, Template::Minimal) => MINIMAL,
        (None, Template::LearningPortal) => LEARNING_PORTAL,
    };
    std::fs::create_dir_all(dir).map_err(|error| cannot_write(dir, &error))?;
    let settings = reference::default_file();
    let files = [
        ("schema.graphql", schema),
        (crate::config::FILE_NAME, settings.as_str()),
        (".env.example", ENVIRONMENT),
        (".gitignore", IGNORED),
    ];
    for (name, text) in files {
        let path = dir.join(name);
        let verb = if write_new(&path, text)? { terminal::paint(Tone::Good, "wrote") } else { "kept ".to_owned() };
        terminal::message(&format!("  {verb} {}", path.display()));
    }
    for line in found.iter().flat_map(|found| &found.left_out) {
        terminal::headed(Tone::Warning, "left out", line);
    }
    let next = if found.is_some() {
        "give rules in the schema, then: BACKSTAY_DATABASE_URL=… backstay dev"
    } else {
        "backstay dev"
    };
    terminal::message(&format!("\nNext: {next} {}", dir.display()));
    Ok(())
}

/// The schema of a database that is there.
async fn found(url: &str) -> Result<Written, Problem> {
    let database = match assemble::place_of("--from", url, Path::new("."))? {
        Place::File(path) if !path.is_file() => {
            return Err(Problem::new(format!("there is no database at {}", path.display()))
                .help("name the file that is there: --from sqlite:PATH"));
        }
        Place::File(path) => Database::Sqlite { path, settings: sqlite::Settings::default() },
        Place::Postgres(address) => Database::Postgres { address, settings: postgres::Settings::default() },
        Place::Mysql(address) => Database::Mysql { address, settings: mysql::Settings::default() },
    };
    let found = backstay_engine::found::look(&database).await;
    let found = found.map_err(|failure| Problem::new(format!("the database cannot be read: {failure}")))?;
    if found.tables.is_empty() {
        return Err(Problem::new("the database holds no tables").help(
            "of PostgreSQL, tables are looked for where `search_path` leads: …?options=-c%20search_path%3DNAME",
        ));
    }
    Ok(backstay_schema::found::write(&found))
}

/// Whether the file was written; `false` when it was there.
fn write_new(path: &Path, text: &str) -> Result<bool, Problem> {
    let mut file = match OpenOptions::new().write(true).create_new(true).open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::AlreadyExists => return Ok(false),
        Err(error) => return Err(cannot_write(path, &error)),
    };
    file.write_all(text.as_bytes()).map_err(|error| cannot_write(path, &error))?;
    Ok(true)
}

fn cannot_write(path: &Path, error: &std::io::Error) -> Problem {
    Problem::new(format!("cannot write {}: {error}", path.display()))
        .help("choose a folder that this user may write: backstay init DIR")
}
