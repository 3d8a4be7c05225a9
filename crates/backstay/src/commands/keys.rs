//! `backstay keys`: the anonymous and the service key of a data folder.

use crate::cli::{Keys, KeysAction, KeysFormat, Project};
use crate::problem::{self, Problem};
use crate::{project, terminal};
use std::path::PathBuf;

/// Prints both keys.
pub(crate) fn run(arguments: &Keys, config: Option<PathBuf>) -> Result<(), Problem> {
    let KeysAction::List { data, format } = &arguments.action;
    let place = Project { schema: None, data: data.clone() };
    let keys = project::keys(&project::settings(&place, config, None)?)?;
    let text = match format {
        KeysFormat::Text => format!("anon     {}\nservice  {}\n", keys.anon, keys.service),
        KeysFormat::Json => format!("{}\n", serde_json::json!({ "anon": keys.anon, "service": keys.service })),
    };
    problem::output(terminal::data(text))
}
