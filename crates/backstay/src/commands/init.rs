//! `backstay init`: writes a schema, settings and an example environment file. Never overwrites.

use crate::cli::{Init, Template};
use crate::config::reference;
use crate::problem::Problem;
use crate::terminal::{self, Tone};
use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::Path;

const MINIMAL: &str = include_str!("../../templates/minimal.graphql");
const LEARNING_PORTAL: &str = include_str!("../../../../examples/learning-portal/schema.graphql");
const ENVIRONMENT: &str = include_str!("../../templates/env.example");
const IGNORED: &str = "# Database and keys of `backstay dev`.\n.backstay/\n.env\n";

/// Writes the files that are not there yet.
pub(crate) fn run(arguments: &Init) -> Result<(), Problem> {
    let dir = &arguments.dir;
    let schema = match arguments.template {
        Template::Minimal => MINIMAL,
        Template::LearningPortal => LEARNING_PORTAL,
    };
    if dir.join("schema.graphql").exists() {
        return Err(Problem::new(format!("{} exists", dir.join("schema.graphql").display()))
            .help(format!("serve it: backstay dev {}; or choose another folder: backstay init DIR", dir.display())));
    }
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
    terminal::message(&format!("\nNext: backstay dev {}", dir.display()));
    Ok(())
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
