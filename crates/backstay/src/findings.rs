//! Shows what is wrong with a schema: underlined source for people, JSON for editors. In: the files and their diagnostics.

use crate::sources::SourceFile;
use crate::terminal;
use backstay_schema::{Diagnostic, Severity, Span};
use miette::{GraphicalReportHandler, GraphicalTheme, LabeledSpan, NamedSource, SourceCode};
use serde_json::{Value, json};
use std::fmt;

/// A diagnostic with its file, as miette wants it.
#[derive(Debug)]
struct Finding<'a> {
    diagnostic: &'a Diagnostic,
    source: Option<NamedSource<String>>,
}

/// All findings as text, errors first in the order of their places.
#[must_use]
pub(crate) fn text(files: &[SourceFile], diagnostics: &[Diagnostic]) -> String {
    let theme = if terminal::coloured() { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
    let handler = GraphicalReportHandler::new_themed(theme).with_links(false).with_width(120);
    let mut out = String::new();
    for diagnostic in sorted(diagnostics) {
        let file = files.get(usize::from(diagnostic.span.file));
        let source = file.map(|file| NamedSource::new(&file.name, file.text.clone()));
        let finding = Finding { diagnostic, source };
        if handler.render_report(&mut out, &finding).is_err() {
            out.push_str(&format!("{}: {}\n", place(files, diagnostic.span), diagnostic.message));
        }
        out.push('\n');
    }
    out
}

/// All findings as one JSON object.
#[must_use]
pub(crate) fn to_json(files: &[SourceFile], diagnostics: &[Diagnostic]) -> Value {
    let list: Vec<Value> = sorted(diagnostics)
        .into_iter()
        .map(|diagnostic| {
            let file = files.get(usize::from(diagnostic.span.file));
            json!({
                "file": file.map(|file| &file.name),
                "start": position(file, diagnostic.span.start),
                "end": position(file, diagnostic.span.end),
                "severity": diagnostic.severity,
                "code": diagnostic.code,
                "message": diagnostic.message,
                "help": diagnostic.help,
            })
        })
        .collect();
    json!({
        "errors": count(diagnostics, Severity::Error),
        "warnings": count(diagnostics, Severity::Warning),
        "notes": count(diagnostics, Severity::Note),
        "diagnostics": list,
    })
}

/// `2 errors, 1 warning, 0 notes`.
#[must_use]
pub(crate) fn summary(diagnostics: &[Diagnostic]) -> String {
    let part = |severity, word: &str| terminal::counted(count(diagnostics, severity), word);
    format!(
        "{}, {}, {}",
        part(Severity::Error, "error"),
        part(Severity::Warning, "warning"),
        part(Severity::Note, "note")
    )
}

/// Findings of one severity.
#[must_use]
pub(crate) fn count(diagnostics: &[Diagnostic], severity: Severity) -> usize {
    diagnostics.iter().filter(|diagnostic| diagnostic.severity == severity).count()
}

fn sorted(diagnostics: &[Diagnostic]) -> Vec<&Diagnostic> {
    let mut sorted: Vec<&Diagnostic> = diagnostics.iter().collect();
    sorted.sort_by_key(|d| (std::cmp::Reverse(d.severity), d.span.file, d.span.start));
    sorted
}

fn place(files: &[SourceFile], span: Span) -> String {
    let Some(file) = files.get(usize::from(span.file)) else { return "schema".to_owned() };
    let (line, column) = line_and_column(&file.text, span.start);
    format!("{}:{line}:{column}", file.name)
}

/// Offset in bytes, and line and column from 1; columns count characters.
fn position(file: Option<&SourceFile>, offset: u32) -> Value {
    let (line, column) = file.map_or((1, 1), |file| line_and_column(&file.text, offset));
    json!({ "offset": offset, "line": line, "column": column })
}

fn line_and_column(text: &str, offset: u32) -> (usize, usize) {
    let offset = usize::try_from(offset).unwrap_or(usize::MAX).min(text.len());
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
    (line, column)
}

impl fmt::Display for Finding<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.diagnostic.message)
    }
}

impl std::error::Error for Finding<'_> {}

impl miette::Diagnostic for Finding<'_> {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(self.diagnostic.code))
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.diagnostic.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
            Severity::Note => miette::Severity::Advice,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.diagnostic.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.source.as_ref().map(|source| source as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let source = self.source.as_ref()?;
        let length = source.inner().len();
        let start = usize::try_from(self.diagnostic.span.start).unwrap_or(usize::MAX).min(length);
        let end = usize::try_from(self.diagnostic.span.end).unwrap_or(usize::MAX).clamp(start, length);
        Some(Box::new(std::iter::once(LabeledSpan::new(None, start, end - start))))
    }
}

#[cfg(test)]
mod tests {
    use super::{text, to_json};
    use crate::sources::SourceFile;
    use backstay_schema::{Diagnostic, Severity, Span};

    fn files() -> Vec<SourceFile> {
        vec![SourceFile { name: "app.graphql".to_owned(), text: "type A @modell {\n  né: Strin\n}\n".to_owned() }]
    }

    fn finding(severity: Severity, start: u32, end: u32) -> Diagnostic {
        let span = Span { file: 0, start, end };
        Diagnostic {
            severity,
            code: "a-rule",
            message: "this is wrong".to_owned(),
            span,
            help: Some("write that".to_owned()),
        }
    }

    #[test]
    fn people_see_place_source_and_help() {
        let shown = text(&files(), &[finding(Severity::Error, 24, 29)]);
        for part in ["a-rule", "this is wrong", "app.graphql:2:", "né: Strin", "─────", "help: write that"] {
            assert!(shown.contains(part), "no `{part}` in\n{shown}");
        }
    }

    #[test]
    fn editors_get_positions_errors_first() {
        let found = to_json(&files(), &[finding(Severity::Warning, 0, 4), finding(Severity::Error, 24, 29)]);
        assert_eq!(found["errors"], 1);
        assert_eq!(found["diagnostics"][0]["start"], serde_json::json!({ "offset": 24, "line": 2, "column": 7 }));
        assert_eq!(found["diagnostics"][1]["severity"], "warning");
    }

    #[test]
    fn odd_spans_do_no_harm() {
        let odd = Span { file: 7, start: 9, end: 2 };
        let outside = Diagnostic { span: odd, ..finding(Severity::Error, 0, 0) };
        let inside_a_character = finding(Severity::Error, 21, 22);
        let beyond = finding(Severity::Error, 4_000, 5_000);
        let all = [outside, inside_a_character, beyond];
        assert!(text(&files(), &all).matches("this is wrong").count() == 3);
        assert_eq!(to_json(&files(), &all)["errors"], 3);
    }
}
