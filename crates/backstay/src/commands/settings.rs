//! `backstay config`: the reference of settings and commands, and the file with every default.

use crate::cli::{self, Settings, SettingsPart};
use crate::config::reference;
use crate::problem::{self, Problem};
use crate::terminal;

/// Prints the document.
pub(crate) fn run(arguments: &Settings) -> Result<(), Problem> {
    problem::output(terminal::data(match arguments.what {
        SettingsPart::Reference => reference::page(),
        SettingsPart::Defaults => reference::default_file(),
        SettingsPart::Commands => cli::page(),
    }))
}
