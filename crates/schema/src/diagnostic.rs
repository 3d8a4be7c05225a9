//! One mistake in a schema file: where it is, what is wrong, what to write instead.
//! Rendering (colours, underlines) is the caller's; this is data.

use serde::Serialize;

/// A byte range in one of the schema's source files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize)]
pub struct Span {
    /// Index into the list of sources that was given to the parser.
    pub file: u16,
    /// First byte.
    pub start: u32,
    /// One past the last byte; equal to `start` for an empty range.
    pub end: u32,
}

/// How bad a [`Diagnostic`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Legal and worth knowing, such as a directive whose machinery is not active yet.
    Note,
    /// Legal and probably not what was meant.
    Warning,
    /// The schema is refused.
    Error,
}

/// One finding about a schema file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    /// Error, warning or note.
    pub severity: Severity,
    /// Stable kebab-case name of the rule that was broken, such as `unknown-directive`.
    pub code: &'static str,
    /// One sentence, without a trailing full stop.
    pub message: String,
    /// Where; the first is what gets underlined.
    pub span: Span,
    /// What to write instead, when known.
    pub help: Option<String>,
}
