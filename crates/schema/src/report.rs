//! Collects the findings of one run. In: codes, spans, messages. Out: the sorted list of [`Diagnostic`]s.

use crate::Source;
use crate::diagnostic::{Diagnostic, Severity, Span};

/// Findings so far.
#[derive(Debug, Default)]
pub(crate) struct Report {
    diagnostics: Vec<Diagnostic>,
}

impl Report {
    /// Refuses the schema.
    pub(crate) fn error(&mut self, code: &'static str, span: Span, message: impl Into<String>) {
        self.error_help(code, span, message, None);
    }

    /// Refuses the schema and says what to write instead.
    pub(crate) fn error_help(
        &mut self,
        code: &'static str,
        span: Span,
        message: impl Into<String>,
        help: impl Into<Option<String>>,
    ) {
        let (message, help) = (message.into(), help.into());
        self.diagnostics.push(Diagnostic { severity: Severity::Error, code, message, span, help });
    }

    /// Points out what was probably not meant.
    pub(crate) fn warning(&mut self, code: &'static str, span: Span, message: impl Into<String>, help: &str) {
        let (message, help) = (message.into(), Some(help.to_owned()));
        self.diagnostics.push(Diagnostic { severity: Severity::Warning, code, message, span, help });
    }

    /// Tells something worth knowing.
    pub(crate) fn note(&mut self, code: &'static str, span: Span, message: impl Into<String>) {
        let message = message.into();
        self.diagnostics.push(Diagnostic { severity: Severity::Note, code, message, span, help: None });
    }

    /// Takes over findings of another stage.
    pub(crate) fn extend(&mut self, diagnostics: Vec<Diagnostic>) {
        self.diagnostics.extend(diagnostics);
    }

    /// Whether anything so far refuses the schema.
    pub(crate) fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(|finding| finding.severity == Severity::Error)
    }

    /// Whether declarations are missing because the text could not be read.
    pub(crate) fn has_syntax_errors(&self) -> bool {
        self.diagnostics.iter().any(|finding| ["syntax", "schema-too-large"].contains(&finding.code))
    }

    /// Every finding in the order of the files, without repetitions. Places stand inside their file, at character boundaries:
    /// after an unreadable character the parser's own places are off by its length.
    pub(crate) fn finish(mut self, sources: &[Source]) -> Vec<Diagnostic> {
        for finding in &mut self.diagnostics {
            let text = sources.get(usize::from(finding.span.file)).map_or("", |source| source.text.as_str());
            let start = boundary(text, finding.span.start);
            let end = boundary(text, finding.span.end.max(start));
            finding.span = Span { file: finding.span.file, start, end };
        }
        self.diagnostics.sort_by(|a, b| {
            let place = |d: &Diagnostic| (d.span.file, d.span.start, d.span.end);
            place(a).cmp(&place(b)).then(b.severity.cmp(&a.severity)).then(a.code.cmp(b.code))
        });
        self.diagnostics.dedup();
        self.diagnostics
    }
}

/// The character boundary at or before an offset.
fn boundary(text: &str, offset: u32) -> u32 {
    let offset = usize::try_from(offset).unwrap_or(usize::MAX);
    u32::try_from(text.floor_char_boundary(offset)).unwrap_or(u32::MAX)
}

/// The candidate that `word` was probably meant to be, if one is close.
pub(crate) fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // Long words are not worth comparing, and comparing them costs their length squared.
    if word.len() > 100 {
        return None;
    }
    let folded = word.to_lowercase();
    let near = |candidate: &str| strsim::damerau_levenshtein(&folded, &candidate.to_lowercase());
    let (distance, best) = candidates
        .into_iter()
        .filter(|candidate| candidate.len() <= 100)
        .map(|candidate| (near(candidate), candidate))
        .min()?;
    let longer = word.len().max(best.len());
    (distance <= 2.max(longer / 3) && distance < longer).then_some(best)
}

/// ``did you mean `x`?`` for the nearest candidate, if one is close.
pub(crate) fn did_you_mean<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    nearest(word, candidates).map(|best| format!("did you mean `{best}`?"))
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn suggestions() {
        #[track_caller]
        fn check(word: &str, candidates: &[&str], expected: Option<&str>) {
            assert_eq!(nearest(word, candidates.iter().copied()), expected);
        }
        check("modle", &["model", "module", "id"], Some("model"));
        check("Datetime", &["Date", "DateTime"], Some("DateTime"));
        check("zzz", &["model", "id"], None);
        check("x", &["y"], None);
        check("admn", &["learner", "admin"], Some("admin"));
    }
}
