//! Bounds and parses rule text. In: untrusted text. Out: the `cel` crate's tree with byte offsets, or one plain mistake.
//!
//! The parser is recursive and its messages list grammar tokens, so a scan of our own goes first: it limits length and
//! nesting, and finds the mistakes people make (`=`, `and`, a missing quote) while it can still say so in plain words.

use super::{Finding, Range, SOURCE_BYTES_MAX};
use crate::diagnostic::{Diagnostic, Span};
use cel::common::ast::{IdedExpr, SourceInfo};

/// Deepest nesting of operators, brackets and paths together.
const DEPTH_MAX: usize = 40;
/// Deepest nesting of brackets. A level costs the parser up to 200 KB of stack in an unoptimised build.
const BRACKETS_MAX: usize = 20;
/// Bracket levels that any thread's stack holds; deeper rules are parsed on a thread of [`STACK_BYTES`].
const BRACKETS_SHALLOW: usize = 4;
const STACK_BYTES: usize = 16 << 20;

/// Rule text and its place in the file.
pub(super) struct Text<'a> {
    pub(super) source: &'a str,
    pub(super) span: Span,
}

/// A parsed rule.
pub(super) struct Parsed {
    pub(super) root: IdedExpr,
    pub(super) info: SourceInfo,
}

pub(super) fn parse(text: &Text<'_>) -> Result<Parsed, Diagnostic> {
    parse_source(text.source).map_err(|finding| finding.place(text.span))
}

fn parse_source(source: &str) -> Result<Parsed, Finding> {
    let whole = Range { start: 0, end: source.len() };
    if source.len() > SOURCE_BYTES_MAX {
        let message = format!("this rule is {} bytes long; the limit is {SOURCE_BYTES_MAX}", source.len());
        return Err(Finding::error("rule-too-long", whole, message));
    }
    let tokens = scan(source)?;
    if tokens.is_empty() {
        return Err(Finding::error("rule-syntax", whole, "this rule is empty")
            .help("leave the argument out for a rule that always holds"));
    }
    check_order(source, &tokens)?;
    check_depth(&tokens, source)?;
    let run = || {
        let parsed = cel::parser::Parser::new().parse_with_source_info(source);
        parsed.map(|(root, info)| Parsed { root, info }).map_err(|errors| plain_error(source, &tokens, &errors))
    };
    if bracket_depth(&tokens) <= BRACKETS_SHALLOW {
        return run();
    }
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(STACK_BYTES).spawn_scoped(scope, run);
        thread.ok().and_then(|thread| thread.join().ok())
    })
    .unwrap_or_else(|| Err(Finding::error("rule-too-deep", whole, "there is no room to read a rule nested this deep")))
}

fn bracket_depth(tokens: &[Token]) -> usize {
    let mut open = 0_usize;
    let mut deepest = 0;
    for token in tokens {
        match token.kind {
            TokenKind::Open => open += 1,
            TokenKind::Close => open = open.saturating_sub(1),
            TokenKind::Operand
            | TokenKind::Binary
            | TokenKind::Bang
            | TokenKind::Minus
            | TokenKind::Comma
            | TokenKind::Question
            | TokenKind::Colon => {}
        }
        deepest = deepest.max(open);
    }
    deepest
}

/// Says where the parser stopped; the scan has already named every mistake it knows.
fn plain_error(source: &str, tokens: &[Token], errors: &cel::ParseErrors) -> Finding {
    let first = errors.errors.first();
    let (line, column) = first.map_or((1, 1), |error| error.pos);
    let offset = offset_of(source, line, column);
    let range = tokens
        .iter()
        .map(|token| token.range)
        .find(|range| range.end > offset)
        .unwrap_or(Range { start: source.len().min(offset), end: source.len() });
    let word = source.get(range.start..range.end).unwrap_or_default();
    let reason = first.map(|error| error.msg.as_str()).unwrap_or_default();
    let count = |kind| tokens.iter().filter(|token| token.kind == kind).count();
    let message = if count(TokenKind::Question) != count(TokenKind::Colon) {
        let choice = tokens.iter().find(|token| matches!(token.kind, TokenKind::Question | TokenKind::Colon));
        let range = choice.map_or(range, |token| token.range);
        return Finding::error("rule-syntax", range, "a choice has three parts").help("write `condition ? a : b`");
    } else if reason.starts_with("reserved identifier") {
        format!("`{word}` is a reserved word and cannot be used as a name")
    } else if reason.starts_with("invalid int literal") {
        format!("`{word}` is outside the range of a 64-bit integer")
    } else if reason.starts_with("invalid double literal") {
        format!("`{word}` is not a finite number")
    } else if reason.starts_with("invalid string literal") || word.ends_with(['\'', '"']) {
        format!("`{word}` holds an escape that does not exist")
    } else if reason.contains("has() macro") {
        "has() takes a path, such as has(auth.claims.org)".to_owned()
    } else if reason.contains("must be an identifier") || reason.contains("argument must be") {
        "the first argument of a macro is the name of its variable, such as members.exists(m, …)".to_owned()
    } else if word.is_empty() {
        "this rule is not complete".to_owned()
    } else {
        format!("`{word}` does not fit here")
    };
    Finding::error("rule-syntax", range, message)
}

fn offset_of(source: &str, line: isize, column: isize) -> usize {
    let line = usize::try_from(line).unwrap_or(1).max(1);
    let column = usize::try_from(column).unwrap_or(1).max(1);
    let before: usize = source.split_inclusive('\n').take(line - 1).map(str::len).sum();
    before.saturating_add(column - 1).min(source.len())
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum TokenKind {
    /// A name, number, string or keyword literal.
    Operand,
    /// An operator that takes a value at both sides, `.` among them.
    Binary,
    /// `!`
    Bang,
    /// `-`, which is binary after a value.
    Minus,
    /// `(` or `[`
    Open,
    /// `)` or `]`
    Close,
    /// `,`
    Comma,
    /// `?`
    Question,
    /// `:`
    Colon,
}

#[derive(Debug, Clone, Copy)]
struct Token {
    kind: TokenKind,
    range: Range,
}

/// Operators that are one or two characters, longest first.
const BINARY: [&str; 14] = ["==", "!=", "<=", ">=", "&&", "||", "<", ">", "+", "*", "/", "%", ".", "-"];

/// Spellings of other languages and what this one writes.
const FOREIGN: [(&str, &str); 7] = [
    ("===", "=="),
    ("!==", "!="),
    ("<>", "!="),
    ("=", "=="),
    ("&", "&&"),
    ("|", "||"),
    (";", "a rule is one expression"),
];

fn scan(source: &str) -> Result<Vec<Token>, Finding> {
    let mut tokens: Vec<Token> = Vec::new();
    let mut at = 0;
    while let Some(rest) = source.get(at..).filter(|rest| !rest.is_empty()) {
        let first = rest.chars().next().unwrap_or(' ');
        if first.is_whitespace() {
            at += first.len_utf8();
        } else if rest.starts_with("//") {
            at += rest.find('\n').unwrap_or(rest.len());
        } else {
            let (kind, len) = scan_token(rest, at, tokens.last().is_some_and(|last| ends_value(last.kind)))?;
            tokens.push(Token { kind, range: Range { start: at, end: at + len } });
            at += len;
        }
    }
    Ok(tokens)
}

fn ends_value(kind: TokenKind) -> bool {
    matches!(kind, TokenKind::Operand | TokenKind::Close)
}

fn scan_token(rest: &str, at: usize, after_value: bool) -> Result<(TokenKind, usize), Finding> {
    let first = rest.chars().next().unwrap_or(' ');
    if let Some(len) = string_len(rest, at)? {
        return Ok((TokenKind::Operand, len));
    }
    if first.is_ascii_alphabetic() || first == '_' {
        let len = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
        let kind = if rest.get(..len) == Some("in") { TokenKind::Binary } else { TokenKind::Operand };
        return Ok((kind, len));
    }
    let second_is_digit = rest.as_bytes().get(1).is_some_and(u8::is_ascii_digit);
    if first.is_ascii_digit() || (first == '.' && second_is_digit && !after_value) {
        return Ok((TokenKind::Operand, number_len(rest)));
    }
    let kind = match first {
        '(' | '[' => Some(TokenKind::Open),
        ')' | ']' => Some(TokenKind::Close),
        ',' => Some(TokenKind::Comma),
        '?' => Some(TokenKind::Question),
        ':' => Some(TokenKind::Colon),
        '-' => Some(TokenKind::Minus),
        _ => None,
    };
    if let Some(kind) = kind {
        return Ok((kind, 1));
    }
    foreign(rest, at)?;
    if let Some(operator) = BINARY.iter().find(|operator| rest.starts_with(**operator)) {
        return Ok((TokenKind::Binary, operator.len()));
    }
    if first == '!' {
        return Ok((TokenKind::Bang, 1));
    }
    let range = Range { start: at, end: at + first.len_utf8() };
    let finding = Finding::error("rule-syntax", range, format!("`{first}` has no meaning in a rule"));
    Err(match first {
        '{' | '}' => {
            Finding::error("rule-unsupported", range, "maps and messages (`{…}`) are not part of the rule language")
        }
        '‘' | '’' | '“' | '”' => finding.help("use straight quotes: 'text'"),
        '`' => finding.help("names are written without quotes, text as 'text'"),
        _ => finding,
    })
}

fn foreign(rest: &str, at: usize) -> Result<(), Finding> {
    let Some((written, instead)) = FOREIGN.iter().find(|(written, _)| rest.starts_with(*written)) else {
        return Ok(());
    };
    let is_ours = (*written == "=" && rest.starts_with("==") && !rest.starts_with("==="))
        || (*written == "&" && rest.starts_with("&&"))
        || (*written == "|" && rest.starts_with("||"));
    if is_ours {
        return Ok(());
    }
    let range = Range { start: at, end: at + written.len() };
    let finding = Finding::error("rule-syntax", range, format!("`{written}` is not an operator of the rule language"));
    Err(if *written == ";" { finding.help(*instead) } else { finding.help(format!("write `{instead}`")) })
}

fn number_len(rest: &str) -> usize {
    let bytes = rest.as_bytes();
    let mut len = 0;
    while let Some(&byte) = bytes.get(len) {
        let previous = len.checked_sub(1).and_then(|before| bytes.get(before)).copied().unwrap_or(b'0');
        let is_sign = matches!(byte, b'+' | b'-') && matches!(previous, b'e' | b'E') && !rest.starts_with("0x");
        let is_point = byte == b'.' && bytes.get(len + 1).is_some_and(u8::is_ascii_digit);
        if byte.is_ascii_alphanumeric() || is_sign || is_point { len += 1 } else { break }
    }
    len
}

/// Length of the string literal that `rest` starts with, prefix and quotes included.
fn string_len(rest: &str, at: usize) -> Result<Option<usize>, Finding> {
    let prefix = rest.find(|c: char| !matches!(c, 'r' | 'R' | 'b' | 'B')).unwrap_or(rest.len());
    let Some(body) = rest.get(prefix..).filter(|body| prefix <= 2 && body.starts_with(['\'', '"'])) else {
        return Ok(None);
    };
    let raw = rest.get(..prefix).is_some_and(|prefix| prefix.contains(['r', 'R']));
    let quote = ["'''", "\"\"\"", "'", "\""].into_iter().find(|quote| body.starts_with(*quote)).unwrap_or("'");
    let mut offset = quote.len();
    while let Some(tail) = body.get(offset..).filter(|tail| !tail.is_empty()) {
        if tail.starts_with(quote) {
            return Ok(Some(prefix + offset + quote.len()));
        }
        let mut characters = tail.chars();
        let first = characters.next().unwrap_or(' ');
        offset += first.len_utf8();
        if first == '\\' && !raw {
            offset += characters.next().map_or(0, char::len_utf8);
        }
        if first == '\n' && quote.len() == 1 {
            break;
        }
    }
    let range = Range { start: at, end: at + rest.len() };
    Err(Finding::error("rule-syntax", range, "this text has no closing quote").help(format!("end it with {quote}")))
}

/// Checks that values and operators alternate and brackets match.
fn check_order(source: &str, tokens: &[Token]) -> Result<(), Finding> {
    let mut open: Vec<Token> = Vec::new();
    let mut previous: Option<Token> = None;
    for token in tokens {
        let word = source.get(token.range.start..token.range.end).unwrap_or_default();
        let after_value = previous.is_some_and(|previous| ends_value(previous.kind));
        match token.kind {
            TokenKind::Operand | TokenKind::Bang if after_value => {
                return Err(missing_operator(source, previous, *token));
            }
            TokenKind::Operand | TokenKind::Bang => {}
            TokenKind::Minus => {}
            TokenKind::Open => open.push(*token),
            TokenKind::Close => {
                close(source, &mut open, *token)?;
                let is_empty = previous.is_some_and(|previous| previous.kind == TokenKind::Open);
                if !after_value && !is_empty {
                    return Err(missing_value(token.range, word));
                }
            }
            TokenKind::Binary | TokenKind::Comma | TokenKind::Question | TokenKind::Colon => {
                if !after_value && word != "." {
                    return Err(missing_value(token.range, word));
                }
            }
        }
        previous = Some(*token);
    }
    if let Some(token) = open.last() {
        let word = source.get(token.range.start..token.range.end).unwrap_or_default();
        return Err(Finding::error("rule-syntax", token.range, format!("`{word}` is never closed")));
    }
    if let Some(last) = previous.filter(|last| !ends_value(last.kind)) {
        let word = source.get(last.range.start..last.range.end).unwrap_or_default();
        return Err(Finding::error("rule-syntax", last.range, format!("a value is missing after `{word}`")));
    }
    Ok(())
}

fn close(source: &str, open: &mut Vec<Token>, token: Token) -> Result<(), Finding> {
    let word = source.get(token.range.start..token.range.end).unwrap_or_default();
    let opened = open.pop().and_then(|open| source.get(open.range.start..open.range.end));
    match (opened, word) {
        (Some("("), ")") | (Some("["), "]") => Ok(()),
        (Some(opened), _) => {
            Err(Finding::error("rule-syntax", token.range, format!("`{opened}` is closed by `{word}`")))
        }
        (None, _) => Err(Finding::error("rule-syntax", token.range, format!("`{word}` closes nothing"))),
    }
}

fn missing_value(range: Range, word: &str) -> Finding {
    Finding::error("rule-syntax", range, format!("a value is missing before `{word}`"))
}

fn missing_operator(source: &str, previous: Option<Token>, token: Token) -> Finding {
    let word = |token: Token| source.get(token.range.start..token.range.end).unwrap_or_default();
    let (before, after) = (previous.map(word).unwrap_or_default(), word(token));
    let instead = |word: &str| match word.to_ascii_lowercase().as_str() {
        "and" => Some("write `&&`"),
        "or" => Some("write `||`"),
        "is" => Some("write `x == null` or `x != null`"),
        "like" | "ilike" | "regexp" | "rlike" => Some("write x.contains('…'), x.startsWith('…') or x.matches('…')"),
        "between" => Some("write `low <= x && x <= high`"),
        "eq" | "equals" => Some("write `==`"),
        _ => None,
    };
    if let Some(help) = instead(after) {
        let message = format!("`{after}` is not an operator of the rule language");
        return Finding::error("rule-syntax", token.range, message).help(help);
    }
    if before.eq_ignore_ascii_case("not") {
        let range = previous.map_or(token.range, |previous| previous.range);
        return Finding::error("rule-syntax", range, format!("`{before}` is not an operator of the rule language"))
            .help("write `!`");
    }
    Finding::error("rule-syntax", token.range, format!("an operator is missing between `{before}` and `{after}`"))
        .help("text is written in quotes: 'text'")
}

/// A bracket level while [`check_depth`] walks: the longest chain so far and the chain being read.
#[derive(Default)]
struct Level {
    longest: usize,
    operators: usize,
    deepest: usize,
    choices: usize,
}

impl Level {
    fn end_chain(&mut self) {
        self.longest = self.longest.max(self.operators + self.deepest);
        self.operators = 0;
        self.deepest = 0;
    }

    fn depth(mut self) -> usize {
        self.end_chain();
        self.longest + self.choices + 1
    }
}

/// Bounds the depth of the tree before a recursive parser sees it. `&&` and `||` chains are balanced by the parser, any
/// other chain of operators nests once for each.
fn check_depth(tokens: &[Token], source: &str) -> Result<(), Finding> {
    let mut levels = vec![Level::default()];
    for token in tokens {
        let depth = match token.kind {
            TokenKind::Open => {
                levels.push(Level::default());
                if levels.len() > BRACKETS_MAX + 1 { DEPTH_MAX + 1 } else { levels.len() }
            }
            TokenKind::Close => {
                let inner = levels.pop().unwrap_or_default().depth();
                let Some(level) = levels.last_mut() else { break };
                level.deepest = level.deepest.max(inner);
                level.operators += 1;
                level.operators + level.deepest
            }
            TokenKind::Comma | TokenKind::Colon | TokenKind::Question => {
                let Some(level) = levels.last_mut() else { break };
                level.end_chain();
                level.choices += usize::from(token.kind == TokenKind::Question);
                level.longest + level.choices
            }
            TokenKind::Binary | TokenKind::Bang | TokenKind::Minus => {
                let Some(level) = levels.last_mut() else { break };
                let is_connective = matches!(source.get(token.range.start..token.range.end), Some("&&" | "||"));
                if is_connective {
                    level.end_chain()
                } else {
                    level.operators += 1
                }
                level.operators + level.deepest
            }
            TokenKind::Operand => 0,
        };
        if depth > DEPTH_MAX {
            let message = "this rule nests too deep";
            return Err(Finding::error("rule-too-deep", token.range, message)
                .help(format!(
                    "at most {BRACKETS_MAX} brackets or {DEPTH_MAX} operators nest; split the rule, or use `in [...]` for many values"
                )));
        }
    }
    Ok(())
}
