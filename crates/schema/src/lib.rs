//! The schema file, checked. In: SDL text. Out: a [`Schema`] or every [`Diagnostic`] of the file at once.
//! Pure: no clock, randomness, environment, files or network.

mod build;
mod declare;
pub mod diagnostic;
pub mod diff;
mod directive;
mod duration;
pub mod expr;
pub mod fit;
pub mod found;
pub mod graphql;
pub mod model;
mod naming;
mod report;
pub mod rule;
mod system;

pub use declare::Source;
pub use diagnostic::{Diagnostic, Severity, Span};
pub use directive::directives_sdl;
pub use expr::Expr;
pub use model::Schema;
pub use system::{ACCOUNTS, RESERVED_PREFIXES, system, system_beside};

/// What the sources hold.
#[derive(Debug, Clone)]
pub struct Parsed {
    /// The schema; `None` when any finding is an error.
    pub schema: Option<Schema>,
    /// Every finding, in the order of the files.
    pub diagnostics: Vec<Diagnostic>,
}

/// Parses and checks a schema written in one or several sources; their order does not matter to what it means.
///
/// Shape: every mistake is reported, not only the first; warnings and notes come with a usable schema too.
#[must_use]
pub fn parse(sources: &[Source]) -> Parsed {
    parse_of(sources, Whose::Application)
}

/// Whose tables a schema describes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whose {
    /// A user's. Names of Backstay's own tables are refused.
    Application,
    /// Backstay's own. Nobody but the server needs to reach them.
    Backstay,
}

fn parse_of(sources: &[Source], whose: Whose) -> Parsed {
    let mut report = report::Report::default();
    let declarations = declare::declare(sources, &mut report);
    // After a syntax error declarations are missing, and every use of them would be reported as unknown.
    if report.has_syntax_errors() {
        return Parsed { schema: None, diagnostics: report.finish(sources) };
    }
    let schema = build::build(declarations, whose, &mut report);
    let schema = (!report.has_errors()).then_some(schema);
    Parsed { schema, diagnostics: report.finish(sources) }
}
