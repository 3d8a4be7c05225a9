//! Everything the program writes: data to standard output, everything meant for a person to standard error.
//! A closed pipe (`backstay export … | head`) ends the output quietly.

use indicatif::{ProgressBar, ProgressStyle};
use std::io::{IsTerminal, Write};

/// Colours of a heading.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Tone {
    /// Something failed.
    Error,
    /// Something that is probably not meant.
    Warning,
    /// A hint.
    Help,
    /// Something went well.
    Good,
    /// A name in a list.
    Strong,
}

/// A number of things in words: `1 row`, `2 rows`.
#[must_use]
pub(crate) fn counted(number: impl std::fmt::Display, thing: &str) -> String {
    let number = number.to_string();
    let ending = if number == "1" { "" } else { "s" };
    format!("{number} {thing}{ending}")
}

/// Writes data to standard output, without adding a line end.
///
/// # Errors
/// When the output is closed or full; callers stop writing then.
pub(crate) fn data(text: impl AsRef<[u8]>) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_ref())?;
    out.flush()
}

/// Writes a line for a person to standard error. A closed standard error is ignored: there is nobody to tell.
pub(crate) fn message(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

/// Writes a heading such as `error` in its colour, and a text after it.
pub(crate) fn headed(tone: Tone, heading: &str, text: &str) {
    message(&format!("{}: {text}", paint(tone, heading)));
}

/// Whether a person watches standard error.
#[must_use]
pub(crate) fn watched() -> bool {
    std::io::stderr().is_terminal()
}

/// Whether messages are coloured: on a terminal, unless `NO_COLOR` is set.
#[must_use]
pub(crate) fn coloured() -> bool {
    watched() && !crate::config::no_colour()
}

/// The text in a colour, where colours are shown.
#[must_use]
pub(crate) fn paint(tone: Tone, text: &str) -> String {
    if !coloured() {
        return text.to_owned();
    }
    let code = match tone {
        Tone::Error => "1;31",
        Tone::Warning => "1;33",
        Tone::Help => "1;36",
        Tone::Good => "1;32",
        Tone::Strong => "1",
    };
    format!("\u{1b}[{code}m{text}\u{1b}[0m")
}

/// A bar over `total` of something, or a counter when the total is unknown. Shown only on a terminal.
#[must_use]
pub(crate) fn progress(total: Option<u64>, unit: &'static str) -> ProgressBar {
    if !watched() {
        return ProgressBar::hidden();
    }
    let (bar, template) = match total {
        Some(total) => (ProgressBar::new(total), "{bar:30} {percent:>3} %  {human_pos} {msg}  {elapsed}"),
        None => (ProgressBar::new_spinner(), "{spinner} {human_pos} {msg}  {elapsed}"),
    };
    bar.set_style(ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar.set_message(unit);
    bar
}
