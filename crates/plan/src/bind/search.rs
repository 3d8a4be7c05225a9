//! Full-text queries to FTS5 MATCH text, and to a pattern over stems. User text only ever stands between double quotes, or
//! between blanks in a pattern, as words of letters and digits.
//!
//! FTS5 has no unary NOT, so a query is kept as a positive expression and a flag that negates the whole: `!a & b` becomes `b NOT a`,
//! `!a & !b` becomes `a OR b` negated. Stop words are dropped as PostgreSQL's `english` configuration does; stemming is the index's.

mod raw;

use super::json;
use crate::fault::{Refusal, ValueProblem};
use crate::limits::Limits;
use crate::request::SearchSyntax;
use backstay_schema::Schema;
use backstay_schema::model::{FieldId, ModelId};
use regex::Regex;
use std::sync::LazyLock;

/// Matches nothing.
const NOTHING: &str = "(?!)";

/// What FTS5 takes for a word: letters, digits and what is in private use. A word of ours may hold several.
static TOKEN: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"[\p{L}\p{N}\p{Co}]+").ok());

/// Words of one query.
const WORDS_MAX: usize = 64;

/// A translated query.
#[derive(Debug, PartialEq)]
pub(super) struct Query {
    /// Whether rows pass that do not match `expression`.
    pub(super) negated: bool,
    /// FTS5 expression; `None` matches nothing (a query of stop words).
    expression: Option<String>,
    /// [`Query::pattern`], before it is negated.
    pattern: Option<String>,
}

impl Query {
    /// A regular expression for texts that are ` word word … `, each in lower case and stemmed as those in it still are to be.
    /// It consists of look-aheads from the start alone, and has no letters or digits but those of words between blanks.
    pub(super) fn pattern(&self) -> String {
        match &self.pattern {
            None => NOTHING.to_owned(),
            Some(pattern) if self.negated => format!("^(?!{pattern})"),
            Some(pattern) => format!("^{pattern}"),
        }
    }

    /// The MATCH text, limited to one column where the index has several.
    pub(super) fn text(&self, schema: &Schema, model: ModelId, field: Option<FieldId>) -> String {
        let Some(expression) = &self.expression else {
            return "\"\"".to_owned();
        };
        let model = &schema.models[usize::from(model.0)];
        let several = model.search.as_ref().is_some_and(|index| index.fields.len() > 1);
        match field.filter(|_| several) {
            Some(field) => {
                let column = model.fields[usize::from(field.0)].column.replace('"', "\"\"");
                format!("{{\"{column}\"}} : ({expression})")
            }
            None => expression.clone(),
        }
    }
}

/// Reads a query text.
///
/// # Errors
/// Too many words, or text that the raw syntax does not know.
pub(super) fn translate(syntax: SearchSyntax, text: &str, limits: &Limits) -> Result<Query, Refusal> {
    let refuse = |problem| Refusal::BadValue { ty: "tsquery".to_owned(), value: text.to_owned(), problem };
    if text.len() > usize::try_from(limits.regex_bytes_max).unwrap_or(usize::MAX) {
        return Err(refuse(ValueProblem::TooLarge));
    }
    if words(text).count() > WORDS_MAX {
        return Err(Refusal::LimitExceeded { what: "words of a full-text query", max: WORDS_MAX as u64 });
    }
    let part = match syntax {
        SearchSyntax::Raw => raw::parse(text).ok_or_else(|| refuse(ValueProblem::Search))?,
        SearchSyntax::Plain => {
            let terms = words(text).filter_map(|word| Part::phrase(word, false));
            terms.reduce(Part::and)
        }
        SearchSyntax::Phrase => Part::phrase(text, false),
        SearchSyntax::Web => web(text),
    };
    Ok(match part {
        Some(part) => Query { negated: part.negated, expression: Some(part.text), pattern: Some(part.pattern) },
        None => Query { negated: false, expression: None, pattern: None },
    })
}

/// `"a phrase"`, `or`, `-not`; everything else is words that must all be there.
fn web(text: &str) -> Option<Part> {
    let mut any: Option<Part> = None;
    let mut all: Option<Part> = None;
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let (negated, after) = match rest.strip_prefix('-') {
            Some(after) => (true, after),
            None => (false, rest),
        };
        let (term, after) = match after.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"').unwrap_or((quoted, "")),
            None => after.split_at(after.find(|c: char| c.is_whitespace() || c == '"').unwrap_or(after.len())),
        };
        rest = after.trim_start();
        if !negated && term.eq_ignore_ascii_case("or") {
            any = join(any, all.take(), Part::or);
            continue;
        }
        let part = Part::phrase(term, false).map(|part| if negated { part.not() } else { part });
        all = join(all, part, Part::and);
    }
    join(any, all, Part::or)
}

/// Joins what is there of two parts; a part of stop words is as if it had not been written.
fn join(left: Option<Part>, right: Option<Part>, by: fn(Part, Part) -> Part) -> Option<Part> {
    match (left, right) {
        (Some(left), Some(right)) => Some(by(left, right)),
        (one, None) | (None, one) => one,
    }
}

/// An FTS5 expression and the same as look-aheads, perhaps negated as a whole.
#[derive(Debug)]
struct Part {
    negated: bool,
    text: String,
    pattern: String,
}

impl Part {
    /// Words in order; `None` when only stop words are left. Stop words inside a phrase keep their place.
    fn phrase(text: &str, prefix: bool) -> Option<Part> {
        let words: Vec<&str> = words(text).collect();
        let kept = |word: &&str| !is_stop_word(word);
        let first = words.iter().position(kept)?;
        let last = words.iter().rposition(kept)?;
        let mut quoted = String::new();
        let kept = words[first..=last].join(" ");
        json::push_string(&mut quoted, &kept);
        let begins = prefix && last + 1 == words.len();
        if begins {
            quoted.push_str(" *");
        }
        let tokens: Vec<&str> = TOKEN.iter().flat_map(|token| token.find_iter(&kept)).map(|of| of.as_str()).collect();
        let pattern = match tokens.as_slice() {
            [] => NOTHING.to_owned(),
            tokens => ["(?=.* ", &tokens.join(" "), if begins { ")" } else { " )" }].concat(),
        };
        Some(Part { negated: false, text: quoted, pattern })
    }

    fn not(self) -> Part {
        Part { negated: !self.negated, ..self }
    }

    fn and(self, other: Part) -> Part {
        match (self.negated, other.negated) {
            (false, false) => Part::binary(false, &self, Operator::And, &other),
            (false, true) => Part::binary(false, &self, Operator::AndNot, &other),
            (true, false) => Part::binary(false, &other, Operator::AndNot, &self),
            (true, true) => Part::binary(true, &self, Operator::Or, &other),
        }
    }

    fn or(self, other: Part) -> Part {
        self.not().and(other.not()).not()
    }

    fn binary(negated: bool, left: &Part, operator: Operator, right: &Part) -> Part {
        let (left, one, right, other) = (&left.text, &left.pattern, &right.text, &right.pattern);
        let (text, pattern) = match operator {
            Operator::And => (format!("({left} AND {right})"), format!("{one}{other}")),
            Operator::AndNot => (format!("({left} NOT {right})"), format!("{one}(?!{other})")),
            Operator::Or => (format!("({left} OR {right})"), format!("(?:{one}|{other})")),
        };
        Part { negated, text, pattern }
    }
}

/// What joins two expressions.
#[derive(Clone, Copy)]
enum Operator {
    And,
    AndNot,
    Or,
}

/// Runs of letters and digits.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty())
}

fn is_stop_word(word: &str) -> bool {
    let lower = word.to_lowercase();
    STOP_WORDS.binary_search(&lower.as_str()).is_ok()
}

/// PostgreSQL's `english.stop`, sorted.
const STOP_WORDS: &[&str] = &[
    "a",
    "about",
    "above",
    "after",
    "again",
    "against",
    "all",
    "am",
    "an",
    "and",
    "any",
    "are",
    "as",
    "at",
    "be",
    "because",
    "been",
    "before",
    "being",
    "below",
    "between",
    "both",
    "but",
    "by",
    "can",
    "did",
    "do",
    "does",
    "doing",
    "don",
    "down",
    "during",
    "each",
    "few",
    "for",
    "from",
    "further",
    "had",
    "has",
    "have",
    "having",
    "he",
    "her",
    "here",
    "hers",
    "herself",
    "him",
    "himself",
    "his",
    "how",
    "i",
    "if",
    "in",
    "into",
    "is",
    "it",
    "its",
    "itself",
    "just",
    "me",
    "more",
    "most",
    "my",
    "myself",
    "no",
    "nor",
    "not",
    "now",
    "of",
    "off",
    "on",
    "once",
    "only",
    "or",
    "other",
    "our",
    "ours",
    "ourselves",
    "out",
    "over",
    "own",
    "s",
    "same",
    "she",
    "should",
    "so",
    "some",
    "such",
    "t",
    "than",
    "that",
    "the",
    "their",
    "theirs",
    "them",
    "themselves",
    "then",
    "there",
    "these",
    "they",
    "this",
    "those",
    "through",
    "to",
    "too",
    "under",
    "until",
    "up",
    "very",
    "was",
    "we",
    "were",
    "what",
    "when",
    "where",
    "which",
    "while",
    "who",
    "whom",
    "why",
    "will",
    "with",
    "you",
    "your",
    "yours",
    "yourself",
    "yourselves",
];

#[cfg(test)]
mod tests {
    use super::{STOP_WORDS, translate};
    use crate::fault::{Refusal, ValueProblem};
    use crate::limits::Limits;
    use crate::request::SearchSyntax::{self, Phrase, Plain, Raw, Web};

    /// Expected: the expression, with `!` in front when the whole is negated; empty matches nothing.
    #[track_caller]
    fn check(syntax: SearchSyntax, text: &str, expected: &str) {
        let query = translate(syntax, text, &Limits::default()).expect(text);
        let sign = if query.negated { "!" } else { "" };
        assert_eq!(format!("{sign}{}", query.expression.unwrap_or_default()), expected, "{text}");
    }

    #[track_caller]
    fn refused(text: &str) {
        let refusal = translate(Raw, text, &Limits::default());
        assert!(matches!(refusal, Err(Refusal::BadValue { problem: ValueProblem::Search, .. })), "{text}: {refusal:?}");
    }

    #[test]
    fn stop_words_are_sorted() {
        assert!(STOP_WORDS.is_sorted());
    }

    #[test]
    fn plain_and_phrase() {
        check(Plain, "The Fat Rats", r#"("Fat" AND "Rats")"#);
        check(Plain, "the of", "");
        check(Plain, "", "");
        check(Plain, r#"a" OR b*) NEAR"#, r#"("b" AND "NEAR")"#);
        check(Phrase, "The Fat Cats", r#""Fat Cats""#);
        check(Phrase, "cats of rats", r#""cats of rats""#);
    }

    #[test]
    fn raw() {
        check(Raw, "fun", r#""fun""#);
        check(Raw, "impossible|possible", r#"("impossible" OR "possible")"#);
        check(Raw, "fun&!possible", r#"("fun" NOT "possible")"#);
        check(Raw, "!possible", r#"!"possible""#);
        check(Raw, "!a1 & !b1", r#"!("a1" OR "b1")"#);
        check(Raw, "x1 | !y1", r#"!("y1" NOT "x1")"#);
        check(Raw, "x1 | y1 & z1", r#"("x1" OR ("y1" AND "z1"))"#);
        check(Raw, "(x1 | y1) & z1", r#"(("x1" OR "y1") AND "z1")"#);
        check(Raw, "!!x1", r#""x1""#);
        check(Raw, "fat <-> rat", r#""fat rat""#);
        check(Raw, "fat<1>rat & sat", r#"("fat rat" AND "sat")"#);
        check(Raw, "super:*", r#""super" *"#);
        check(Raw, "super:*A & 'two words':B", r#"("super" * AND "two words")"#);
        check(Raw, "the & rat", r#""rat""#);
        check(Raw, "'it''s rat'", r#""rat""#);
        check(Raw, "", "");
        refused("fat rats");
        refused("fat &");
        refused("(fat");
        refused("fat)");
        refused("| fat");
        refused("fat <5> rat");
        refused(&format!("{}x{}", "(".repeat(200), ")".repeat(200)));
        refused(&format!("{}x", "!".repeat(40)));
    }

    #[test]
    fn web() {
        check(Web, "The Fat Rats", r#"("Fat" AND "Rats")"#);
        check(Web, "impossible or fat or fun", r#"(("impossible" OR "fat") OR "fun")"#);
        check(Web, r#""fat cats" -rats"#, r#"("fat cats" NOT "rats")"#);
        check(Web, "-rats", r#"!"rats""#);
        check(Web, r#""" - or "unclosed x"#, r#""unclosed x""#);
    }

    #[track_caller]
    fn pattern(syntax: SearchSyntax, text: &str, expected: &str) {
        assert_eq!(translate(syntax, text, &Limits::default()).expect(text).pattern(), expected, "{text}");
    }

    #[test]
    fn patterns() {
        pattern(Plain, "The Fat Rats", "^(?=.* Fat )(?=.* Rats )");
        pattern(Plain, "the of", "(?!)");
        pattern(Plain, "a.*) b|(c", "^(?=.* b )(?=.* c )");
        pattern(Plain, "\u{24b6}", "^(?!)");
        pattern(Plain, "की", "^(?=.* क )");
        pattern(Phrase, "cats of rats", "^(?=.* cats of rats )");
        pattern(Phrase, "हिन्दी", "^(?=.* ह न द )");
        pattern(Raw, "super:* & !light", "^(?=.* super)(?!(?=.* light ))");
        pattern(Raw, "!(x1 | y1)", "^(?!(?:(?=.* x1 )|(?=.* y1 )))");
        pattern(Web, "fat or fun -rats", "^(?:(?=.* fat )|(?=.* fun )(?!(?=.* rats )))");
    }

    #[test]
    fn bounds() {
        let many = "word ".repeat(65);
        let refusal = translate(Plain, &many, &Limits::default());
        assert!(matches!(refusal, Err(Refusal::LimitExceeded { max: 64, .. })), "{refusal:?}");
        let most = "word ".repeat(64);
        assert!(translate(Plain, &most, &Limits::default()).is_ok(), "as many words as may be");
        let most = "x".repeat(1_000);
        check(Plain, &most, &format!("\"{most}\""));
        let long = "x".repeat(1_001);
        let refusal = translate(Plain, &long, &Limits::default());
        assert!(matches!(refusal, Err(Refusal::BadValue { problem: ValueProblem::TooLarge, .. })), "{refusal:?}");
    }
}
