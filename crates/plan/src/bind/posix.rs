//! Regular expressions of our syntax written anew as PostgreSQL's advanced regular expressions, so that both match the same
//! texts: every class is spelt out, every flag is worked in, and no letter stands where it could mean something else.

use crate::value::RegexEngine;
use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Class, ClassUnicode, Hir, HirKind, Look, Repetition};

/// Largest bound of a repetition in PostgreSQL.
const REPEAT_MAX: u32 = 255;
/// Bytes of the expression written.
const LENGTH_MAX: usize = 1 << 18;
/// An expression that matches nothing.
const NEVER: &str = "(?=a)(?!a)";

/// The same expression for another engine; `None` when it cannot be said there.
#[must_use]
pub fn written(engine: RegexEngine, pattern: &str, ignore_case: bool) -> Option<String> {
    let posix = posix(pattern, ignore_case)?;
    match engine {
        RegexEngine::Postgres => Some(posix),
        RegexEngine::Perl => Some(perl(&posix)),
    }
}

/// What was written for PostgreSQL, for PCRE and ICU: a point matches line ends, and two escapes have other letters.
fn perl(posix: &str) -> String {
    let mut out = String::from("(?s)");
    let mut rest = posix;
    while let Some((before, escape)) = rest.split_once('\\') {
        out.push_str(before);
        rest = if let Some((digits, after)) = escape.strip_prefix('U').and_then(|hex| hex.split_at_checked(8)) {
            out.push_str(&["\\x{", digits, "}"].concat());
            after
        } else if let Some(after) = escape.strip_prefix('Z') {
            out.push_str("\\z");
            after
        } else {
            out.push('\\');
            escape
        };
    }
    out.push_str(rest);
    out
}

/// The same expression for PostgreSQL's `~`; `None` when it cannot be said there: a malformed one, a repetition of more than
/// 255 times, a half word boundary, or one that grows too long.
fn posix(pattern: &str, ignore_case: bool) -> Option<String> {
    let hir = ParserBuilder::new().case_insensitive(ignore_case).build().parse(pattern).ok()?;
    let mut out = String::new();
    write(&mut out, &hir)?;
    (out.len() <= LENGTH_MAX).then_some(out)
}

fn write(out: &mut String, hir: &Hir) -> Option<()> {
    if out.len() > LENGTH_MAX {
        return None;
    }
    match hir.kind() {
        HirKind::Empty => out.push_str("(?:)"),
        HirKind::Literal(literal) => std::str::from_utf8(&literal.0).ok()?.chars().for_each(|c| push_char(out, c)),
        HirKind::Class(Class::Unicode(class)) => push_class(out, class),
        HirKind::Class(Class::Bytes(class)) => push_class(out, &class.to_unicode_class()?),
        HirKind::Look(look) => push_look(out, *look)?,
        HirKind::Repetition(repetition) => push_repetition(out, repetition)?,
        HirKind::Capture(capture) => group(out, |out| write(out, &capture.sub))?,
        HirKind::Concat(parts) => parts.iter().try_for_each(|part| write(out, part))?,
        HirKind::Alternation(parts) => group(out, |out| {
            for (at, part) in parts.iter().enumerate() {
                if at > 0 {
                    out.push('|');
                }
                write(out, part)?;
            }
            Some(())
        })?,
    }
    Some(())
}

fn group(out: &mut String, inner: impl FnOnce(&mut String) -> Option<()>) -> Option<()> {
    out.push_str("(?:");
    inner(out)?;
    out.push(')');
    Some(())
}

fn push_char(out: &mut String, c: char) {
    if c.is_ascii_alphanumeric() {
        out.push(c);
    } else {
        out.push_str(&format!("\\U{:08X}", u32::from(c)));
    }
}

fn push_class(out: &mut String, class: &ClassUnicode) {
    match class.ranges() {
        [] => out.push_str(NEVER),
        [all] if all.start() == '\0' && all.end() == char::MAX => out.push('.'),
        ranges => {
            out.push('[');
            for range in ranges {
                // No text of a database holds U+0000.
                let start = range.start().max('\u{1}');
                if start > range.end() {
                    continue;
                }
                push_char(out, start);
                if start != range.end() {
                    out.push('-');
                    push_char(out, range.end());
                }
            }
            out.push(']');
        }
    }
}

fn push_look(out: &mut String, look: Look) -> Option<()> {
    match look {
        Look::Start => out.push_str("\\A"),
        Look::End => out.push_str("\\Z"),
        Look::StartLF => out.push_str("(?:\\A|(?<=\\n))"),
        Look::EndLF => out.push_str("(?:\\Z|(?=\\n))"),
        Look::WordAscii => push_boundary(out, "[0-9A-Za-z_]", true),
        Look::WordAsciiNegate => push_boundary(out, "[0-9A-Za-z_]", false),
        Look::WordUnicode => push_boundary(out, &word_class()?, true),
        Look::WordUnicodeNegate => push_boundary(out, &word_class()?, false),
        Look::StartCRLF
        | Look::EndCRLF
        | Look::WordStartAscii
        | Look::WordEndAscii
        | Look::WordStartUnicode
        | Look::WordEndUnicode
        | Look::WordStartHalfAscii
        | Look::WordEndHalfAscii
        | Look::WordStartHalfUnicode
        | Look::WordEndHalfUnicode => return None,
    }
    Some(())
}

/// `\w` spelt out.
fn word_class() -> Option<String> {
    let hir = regex_syntax::parse("\\w").ok()?;
    let mut out = String::new();
    write(&mut out, &hir)?;
    Some(out)
}

fn push_boundary(out: &mut String, word: &str, is_boundary: bool) {
    let (same, other) = if is_boundary { ("(?!", "(?=") } else { ("(?=", "(?!") };
    out.push_str(&["(?:(?<=", word, ")", same, word, ")|(?<!", word, ")", other, word, "))"].concat());
}

fn push_repetition(out: &mut String, repetition: &Repetition) -> Option<()> {
    let (min, max) = (repetition.min, repetition.max);
    if min > REPEAT_MAX || max.is_some_and(|max| max > REPEAT_MAX) {
        return None;
    }
    group(out, |out| write(out, &repetition.sub))?;
    match (min, max) {
        (0, None) => out.push('*'),
        (1, None) => out.push('+'),
        (0, Some(1)) => out.push('?'),
        (min, None) => out.push_str(&format!("{{{min},}}")),
        (min, Some(max)) => out.push_str(&format!("{{{min},{max}}}")),
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::{posix, written};
    use crate::value::RegexEngine;

    #[track_caller]
    fn check(pattern: &str, expected: Option<&str>) {
        assert_eq!(posix(pattern, false).as_deref(), expected, "{pattern}");
    }

    #[test]
    fn written_anew() {
        check("abc", Some("abc"));
        check("a.c", Some("a[\\U00000001-\\U00000009\\U0000000B-\\U0010FFFF]c"));
        check("(?s)a.c", Some("a.c"));
        check("^a$", Some("\\Aa\\Z"));
        check("(?m)^a$", Some("(?:\\A|(?<=\\n))a(?:\\Z|(?=\\n))"));
        check("(a|bc)+", Some("(?:(?:(?:a|bc)))+"));
        check("a{2,3}?", Some("(?:a){2,3}"));
        check("[a-c\\]x]", Some("[\\U0000005Da-cx]"));
        check("a\\+b", Some("a\\U0000002Bb"));
        check("(?-u)\\bx", Some("(?:(?<=[0-9A-Za-z_])(?![0-9A-Za-z_])|(?<![0-9A-Za-z_])(?=[0-9A-Za-z_]))x"));
        check("\\b{start}x", None);
        check("[a-c]", Some("[a-c]"));
        check("[\\x00-c]", Some("[\\U00000001-c]"));
        check("[a-\\x{10FFFF}]", Some("[a-\\U0010FFFF]"));
        check("a{255}", Some("(?:a){255,255}"));
        check("a{255,}", Some("(?:a){255,}"));
        check("a{2,255}", Some("(?:a){2,255}"));
        check("a{256}", None);
        check("a{256,}", None);
        check("a{2,256}", None);
        let word = posix("\\w", false).expect("the letters of words");
        assert!(word.starts_with("[0-9A-Z") && word.ends_with(']'), "{word}");
        let boundary = |is: &str, other: &str| format!("(?:(?<={word})({is}{word})|(?<!{word})({other}{word}))x");
        check("\\bx", Some(&boundary("?!", "?=")));
        check("\\Bx", Some(&boundary("?=", "?!")));
        check("(", None);
        check("[^\\s\\S]", Some("(?=a)(?!a)"));
        let perl = |pattern| written(RegexEngine::Perl, pattern, false);
        assert_eq!(
            perl("^a.é$").as_deref(),
            Some("(?s)\\Aa[\\x{00000001}-\\x{00000009}\\x{0000000B}-\\x{0010FFFF}]\\x{000000E9}\\z")
        );
        assert_eq!(perl("(?m)^"), Some("(?s)(?:\\A|(?<=\\n))".to_owned()));
        assert_eq!(posix("aé", true).as_deref(), Some("[Aa][\\U000000C9\\U000000E9]"));
    }
}
