//! `backstay check`: every finding of a schema, for people or for editors.

use crate::assemble::{self, Checked};
use crate::cli::{Check, CheckFormat, Project};
use crate::problem::{self, Problem};
use crate::terminal::{self, Tone};
use crate::{findings, project};
use backstay_schema::Severity;
use std::path::PathBuf;

/// Shows all findings; a problem when one is an error.
pub(crate) fn run(arguments: &Check, config: Option<PathBuf>) -> Result<(), Problem> {
    let place = Project { schema: arguments.file.clone(), data: None };
    let config = project::settings(&place, config, None)?;
    let schema = &config.schema;
    let Checked { files, diagnostics, .. } = assemble::check_here(&config)?;
    let failed = findings::count(&diagnostics, Severity::Error) > 0;
    match arguments.format {
        CheckFormat::Json => problem::output(terminal::data(format!("{}\n", findings::to_json(&files, &diagnostics))))?,
        CheckFormat::Text => {
            if !diagnostics.is_empty() {
                terminal::message(findings::text(&files, &diagnostics).trim_end());
            }
            let (tone, word) = if failed { (Tone::Error, "not valid") } else { (Tone::Good, "valid") };
            terminal::headed(tone, word, &format!("{}: {}", schema.display(), findings::summary(&diagnostics)));
        }
    }
    if failed { Err(Problem::shown()) } else { Ok(()) }
}
