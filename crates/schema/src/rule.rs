//! Rule text (CEL) to a typed [`Expr`]. In: a scope, the text and where it stands. Out: the expression and what it uses, or
//! every mistake in it. The language is a subset of CEL; whatever is outside is refused by name, never guessed at.
//!
//! `source` bounds and parses the text, `check` types it (names in `names`, operators in `operators`, functions and macros
//! in `calls`, constants in `literal`), `constant` computes what is known at load, `warning` and `witness` find what is legal and odd.

mod calls;
mod check;
pub mod constant;
pub mod literal;
mod names;
mod operators;
mod source;
mod warning;
pub(crate) mod witness;

use crate::diagnostic::{Diagnostic, Severity, Span};
use crate::expr::{Expr, ValueType};
use crate::model::{FieldId, FieldType, ModelId, Schema};

/// Longest rule text, bytes.
pub const SOURCE_BYTES_MAX: usize = 4096;

/// What the names of a rule mean and which of them it may use.
///
/// `schema` needs models, fields, relationships and enums; `Field::computed` must be `Some` for computed fields, with any
/// placeholder as its expression while rules are still being checked.
#[derive(Debug, Clone)]
pub struct Scope<'a> {
    /// The schema that names are looked up in.
    pub schema: &'a Schema,
    /// The model whose row is `this row`; `None` for a custom operation, where only the session has names.
    pub model: Option<ModelId>,
    /// What the rule is for.
    pub kind: Kind,
    /// Whether only signed-in callers ever reach the rule, which silences warnings about anonymous ones.
    pub signed_in: bool,
}

/// What a rule is for, which decides the names it may use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// `when` of an access or field rule: the existing row, its relations, the session and the time.
    Read,
    /// `check` of an access rule: as [`Kind::Read`] on the new row, which `new.x` names too; `old.x` is the row before an update.
    Check,
    /// `@computed(expr:)`: this row's stored columns; a value of the field's type.
    Computed(FieldType),
    /// `@check(expr:)`: this row's stored columns.
    RowCheck,
    /// `where` of an index or unique constraint: this row's stored columns.
    Filter,
    /// `when` of a webhook, job or hook: as [`Kind::Check`].
    Hook,
}

impl Kind {
    /// Whether the session, the time and related rows are out of reach.
    fn is_row_only(&self) -> bool {
        match self {
            Kind::Computed(_) | Kind::RowCheck | Kind::Filter => true,
            Kind::Read | Kind::Check | Kind::Hook => false,
        }
    }

    /// Whether `new.` and `old.` have a meaning.
    fn has_old(&self) -> bool {
        match self {
            Kind::Check | Kind::Hook => true,
            Kind::Read | Kind::Computed(_) | Kind::RowCheck | Kind::Filter => false,
        }
    }
}

/// What is known about a checked expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExprInfo {
    /// Type of its value; [`ValueType::Bool`] for everything but computed fields.
    pub ty: ValueType,
    /// Whether the value is a list.
    pub list: bool,
    /// Whether the value may be null.
    pub nullable: bool,
    /// Whether it reads the session.
    pub uses_session: bool,
    /// Whether it reads the time of the request.
    pub uses_now: bool,
    /// Whether it reads other rows than its own.
    pub uses_relations: bool,
    /// Whether it reads the row before the update.
    pub uses_old: bool,
    /// Columns it reads, sorted, without duplicates.
    pub fields: Vec<(ModelId, FieldId)>,
    /// Legal and probably not meant.
    pub warnings: Vec<Diagnostic>,
}

/// Checks `source`, whose first byte stands at `span.start`.
///
/// # Errors
/// Every mistake found, each with its own part of the text; syntax mistakes hide the others.
pub fn check(scope: &Scope<'_>, source: &str, span: Span) -> Result<(Expr, ExprInfo), Vec<Diagnostic>> {
    let text = source::Text { source, span };
    let parsed = source::parse(&text).map_err(|mistake| vec![mistake])?;
    check::run(scope, &text, &parsed)
}

/// A byte range in the rule's own text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Range {
    start: usize,
    end: usize,
}

impl Range {
    fn to(self, other: Range) -> Range {
        Range { start: self.start.min(other.start), end: self.end.max(other.end) }
    }
}

/// A finding before it is placed in the file.
#[derive(Debug, Clone)]
struct Finding {
    severity: Severity,
    code: &'static str,
    message: String,
    range: Range,
    help: Option<String>,
}

impl Finding {
    fn error(code: &'static str, range: Range, message: impl Into<String>) -> Finding {
        Finding { severity: Severity::Error, code, message: message.into(), range, help: None }
    }

    fn warning(code: &'static str, range: Range, message: impl Into<String>) -> Finding {
        Finding { severity: Severity::Warning, code, message: message.into(), range, help: None }
    }

    fn help(mut self, help: impl Into<String>) -> Finding {
        self.help = Some(help.into());
        self
    }

    fn place(self, span: Span) -> Diagnostic {
        let at = |offset: usize| {
            let offset = u32::try_from(offset).unwrap_or(u32::MAX);
            let place = span.start.saturating_add(offset);
            if span.end > span.start { place.min(span.end) } else { place }
        };
        let span = Span { file: span.file, start: at(self.range.start), end: at(self.range.end) };
        Diagnostic { severity: self.severity, code: self.code, message: self.message, span, help: self.help }
    }
}

#[cfg(test)]
mod tests;
