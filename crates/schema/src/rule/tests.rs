//! Rule text to expression, or to the diagnostic people get: code, underlined text, message and help.

mod expressions;
mod fixture;
mod limits;
mod mistakes;
mod simplify;
mod warnings;

use super::{Kind, Scope, check};
use crate::model::ModelId;
use crate::{Severity, Span};
use fixture::{of, print, schema};

/// Start of the text in an imaginary file, so that spans are seen to be shifted.
const START: u32 = 100;

fn span() -> Span {
    Span { file: 3, start: START, end: START }
}

fn outcome(kind: Kind, source: &str) -> String {
    let schema = schema();
    let scope = Scope { schema: &schema, model: Some(ModelId(0)), kind, signed_in: false };
    match check(&scope, source, span()) {
        Ok((expr, info)) => {
            let warnings: Vec<&str> = info.warnings.iter().map(|warning| warning.code).collect();
            let mark = if warnings.is_empty() { String::new() } else { format!(" !{}", warnings.join(",")) };
            format!("{}{mark}", print(&schema, &expr))
        }
        Err(diagnostics) => {
            let lines: Vec<String> = diagnostics
                .iter()
                .filter(|diagnostic| diagnostic.severity == Severity::Error)
                .map(|diagnostic| {
                    assert_eq!(diagnostic.span.file, 3);
                    let at = |place: u32| usize::try_from(place - START).unwrap();
                    let text = source.get(at(diagnostic.span.start)..at(diagnostic.span.end)).unwrap_or("?");
                    let help = diagnostic.help.as_deref().map(|help| format!(" | {help}")).unwrap_or_default();
                    format!("{} <{text}> {}{help}", diagnostic.code, diagnostic.message)
                })
                .collect();
            lines.join("\n")
        }
    }
}

/// `kind` is what the rule is for, or the type of a computed field.
#[track_caller]
fn check_rule(kind: &str, source: &str, expected: &str) {
    let kind = match kind {
        "read" => Kind::Read,
        "check" => Kind::Check,
        "row" => Kind::RowCheck,
        "filter" => Kind::Filter,
        wanted => Kind::Computed(of(wanted)),
    };
    assert_eq!(outcome(kind, source), expected, "in {source}");
}
