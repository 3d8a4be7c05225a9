//! What went wrong, for the person at the terminal: one sentence, its causes, and what to do next.

use crate::config::ConfigError;
use crate::terminal::{self, Tone};
use std::fmt::Display;
use std::process::ExitCode;

/// The command found or met a problem.
pub(crate) const EXIT_PROBLEM: u8 = 1;
/// The command line itself is wrong.
pub(crate) const EXIT_USAGE: u8 = 2;

/// Why a command ends without having done its work.
#[derive(Debug)]
pub(crate) struct Problem {
    /// What is wrong.
    pub message: String,
    /// What to do next; empty when the message says all.
    pub next: Vec<String>,
    /// [`EXIT_PROBLEM`] or [`EXIT_USAGE`].
    pub code: u8,
    /// Whether it was shown already, so that only the code is left to give.
    pub shown: bool,
}

impl Problem {
    /// Something met while working.
    #[must_use]
    pub(crate) fn new(message: impl Display) -> Self {
        Self { message: message.to_string(), next: Vec::new(), code: EXIT_PROBLEM, shown: false }
    }

    /// A command line that cannot be meant.
    #[must_use]
    pub(crate) fn usage(message: impl Display) -> Self {
        Self { code: EXIT_USAGE, ..Self::new(message) }
    }

    /// The command has said everything already.
    #[must_use]
    pub(crate) fn shown() -> Self {
        Self { shown: true, ..Self::new("") }
    }

    /// Adds what to do next.
    #[must_use]
    pub(crate) fn help(mut self, next: impl Display) -> Self {
        self.next.push(next.to_string());
        self
    }

    /// Shows it, unless that was done.
    pub(crate) fn show(&self) {
        if !self.shown {
            terminal::headed(Tone::Error, "error", &self.message);
            for next in &self.next {
                terminal::headed(Tone::Help, " help", next);
            }
        }
    }

    /// Shows it and turns it into the exit code.
    #[must_use]
    pub(crate) fn report(&self) -> ExitCode {
        self.show();
        ExitCode::from(self.code)
    }
}

impl From<ConfigError> for Problem {
    fn from(error: ConfigError) -> Self {
        let next = error.next_step();
        Self::new(error).help(next)
    }
}

/// A closed output is no failure of the command, any other one is.
pub(crate) fn output(result: std::io::Result<()>) -> Result<(), Problem> {
    match result {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        Err(error) => Err(Problem::new(format!("cannot write to standard output: {error}"))),
        Ok(()) => Ok(()),
    }
}
