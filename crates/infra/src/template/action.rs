//! One action of a template (`{{ … }}`), as Go spells it. In: the text between the braces. Out: an expression for the template engine.
//! Checks the names of variables and functions, so that a mistake is found when templates are loaded and not when a mail is due.

use super::catalog::VARIABLES;

/// Functions of Go's templates that are understood, and `host`, which takes the host out of a URL.
pub(super) const FUNCTIONS: &[&str] = &[
    "and", "eq", "ge", "gt", "host", "html", "index", "le", "len", "lt", "ne", "not", "or", "print", "printf",
    "urlquery",
];

/// What names mean at one place of a template.
#[derive(Debug, Clone, Default)]
pub(super) struct Scope {
    /// What the dot is; `None` for all variables.
    pub dot: Option<String>,
    /// Names that `{{ $name := … }}` has made, without the `$`.
    pub names: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    /// `.A.b`; empty for the dot alone. What it starts from stands before it.
    Path(Vec<String>),
    /// `$name.a`; `$.a` has an empty name.
    Variable(String, Vec<String>),
    Word(String),
    Text(String),
    Number(String),
    Pipe,
    Open,
    Close,
    /// `.a` right after a closing parenthesis.
    Field(Vec<String>),
}

/// `$name := rest`, when the action is one: the names on the left and the rest.
pub(super) fn assignment(action: &str) -> Option<(Vec<&str>, &str)> {
    let action = action.trim();
    if !action.starts_with('$') {
        return None;
    }
    let (left, right) = match action.split_once(":=") {
        Some(parts) => parts,
        None => action.split_once('=').filter(|(left, right)| !left.contains('"') && !right.starts_with('='))?,
    };
    let names: Vec<&str> = left.split(',').map(|name| name.trim().trim_start_matches('$')).collect();
    names.iter().all(|name| is_name(name)).then_some((names, right))
}

/// Translates an expression.
///
/// # Errors
/// A sentence about what is wrong.
pub(super) fn expression(source: &str, scope: &Scope) -> Result<String, String> {
    let tokens = tokens(source)?;
    let mut reader = Reader { tokens: &tokens, scope };
    let value = reader.pipeline()?;
    if reader.tokens.is_empty() { Ok(value) } else { Err("has a `)` too many".to_owned()) }
}

struct Reader<'a> {
    tokens: &'a [Token],
    scope: &'a Scope,
}

impl Reader<'_> {
    fn next(&mut self) -> Option<Token> {
        let (first, rest) = self.tokens.split_first()?;
        self.tokens = rest;
        Some(first.clone())
    }

    fn pipeline(&mut self) -> Result<String, String> {
        let mut value = self.command(None)?;
        while self.tokens.first() == Some(&Token::Pipe) {
            self.next();
            value = self.command(Some(value))?;
        }
        Ok(value)
    }

    /// A function with its arguments, or one value. The value before a `|` is the last argument.
    fn command(&mut self, piped: Option<String>) -> Result<String, String> {
        let name = match self.tokens.first() {
            Some(Token::Word(word)) if constant(word).is_none() => Some(word.clone()),
            _ => None,
        };
        if let Some(name) = &name {
            if !FUNCTIONS.contains(&name.as_str()) {
                return Err(unknown_function(name));
            }
            self.next();
        }
        let mut values = Vec::new();
        while let Some(value) = self.operand()? {
            values.push(value);
        }
        match name {
            Some(name) => {
                values.extend(piped);
                call(&name, &values)
            }
            None if piped.is_some() => Err("needs a function after `|`".to_owned()),
            None if values.len() > 1 => Err("has two values side by side; put a function before them".to_owned()),
            None => values.pop().ok_or_else(|| "is empty".to_owned()),
        }
    }

    fn operand(&mut self) -> Result<Option<String>, String> {
        let value = match self.tokens.first() {
            None | Some(Token::Pipe | Token::Close) => return Ok(None),
            Some(Token::Open) => {
                self.next();
                let inner = self.pipeline()?;
                if self.next() != Some(Token::Close) {
                    return Err("lacks a `)`".to_owned());
                }
                let fields = match self.tokens.first() {
                    Some(Token::Field(fields)) => fields.clone(),
                    _ => return Ok(Some(format!("({inner})"))),
                };
                self.next();
                return Ok(Some(chain(&format!("({inner})"), &fields)));
            }
            Some(Token::Path(fields) | Token::Field(fields)) => self.path(fields)?,
            Some(Token::Variable(name, fields)) if name.is_empty() => top(fields)?,
            Some(Token::Variable(name, fields)) => {
                if !self.scope.names.contains(name) {
                    return Err(format!("uses `${name}`, which has no value yet"));
                }
                chain(&format!("v_{name}"), fields)
            }
            Some(Token::Word(word)) => match constant(word) {
                Some(value) => value.to_owned(),
                None if FUNCTIONS.contains(&word.as_str()) => {
                    return Err(format!("needs parentheses around `{word} …` as an argument"));
                }
                None => return Err(unknown_function(word)),
            },
            Some(Token::Text(text)) => quoted(text),
            Some(Token::Number(number)) => number.clone(),
        };
        self.next();
        Ok(Some(value))
    }

    fn path(&self, fields: &[String]) -> Result<String, String> {
        match &self.scope.dot {
            Some(dot) => Ok(chain(dot, fields)),
            None => top(fields),
        }
    }
}

/// A path that starts from all variables: its first name must be one of them.
fn top(fields: &[String]) -> Result<String, String> {
    match fields.first() {
        Some(name) if VARIABLES.contains(&name.as_str()) => Ok(chain("top", fields)),
        Some(name) => {
            let known = VARIABLES.iter().map(|name| format!(".{name}")).collect::<Vec<_>>().join(" ");
            Err(format!("uses the unknown variable `.{name}`; there are {known}"))
        }
        None => Err("prints all variables at once; name one".to_owned()),
    }
}

fn chain(start: &str, fields: &[String]) -> String {
    fields.iter().fold(start.to_owned(), |value, field| format!("{value}[{}]", quoted(field)))
}

fn call(name: &str, values: &[String]) -> Result<String, String> {
    let count = values.len();
    let exactly = |wanted: usize| {
        let problem = || format!("gives `{name}` {count} values; it takes {wanted}");
        if count == wanted { Ok(()) } else { Err(problem()) }
    };
    let at_least = |wanted: usize| {
        let problem = || format!("gives `{name}` {count} values; it takes at least {wanted}");
        if count >= wanted { Ok(()) } else { Err(problem()) }
    };
    let infix = |operator: &str| format!("({})", values.join(operator));
    match name {
        "and" | "or" => at_least(1).map(|()| infix(if name == "and" { " and " } else { " or " })),
        "not" => exactly(1).map(|()| format!("(not {})", values.join(""))),
        "eq" => at_least(2).map(|()| {
            let (first, others) = values.split_first().map_or(("", values), |(first, others)| (first.as_str(), others));
            format!("({})", others.iter().map(|other| format!("{first} == {other}")).collect::<Vec<_>>().join(" or "))
        }),
        "ne" => exactly(2).map(|()| infix(" != ")),
        "lt" => exactly(2).map(|()| infix(" < ")),
        "le" => exactly(2).map(|()| infix(" <= ")),
        "gt" => exactly(2).map(|()| infix(" > ")),
        "ge" => exactly(2).map(|()| infix(" >= ")),
        "index" => at_least(2).map(|()| values.join("[") + &"]".repeat(count - 1)),
        // Everything is escaped for where it stands; once is enough.
        "html" => exactly(1).map(|()| values.join("")),
        "len" | "host" | "urlquery" => exactly(1).map(|()| format!("go_{name}({})", values.join(""))),
        "print" | "printf" => at_least(1).map(|()| format!("go_{name}({})", values.join(", "))),
        _ => Err(unknown_function(name)),
    }
}

fn unknown_function(name: &str) -> String {
    match name {
        "template" | "define" | "block" => {
            format!("uses `{name}`; shared parts are MJML files, put in by <mj-include path=\"…\" />")
        }
        "break" | "continue" => format!("uses `{name}`, which is not understood"),
        _ if VARIABLES.contains(&name) => {
            format!("uses the unknown function `{name}`; the variable is written `.{name}`")
        }
        _ => format!("uses the unknown function `{name}`; there are {}", FUNCTIONS.join(" ")),
    }
}

fn constant(word: &str) -> Option<&'static str> {
    match word {
        "true" => Some("true"),
        "false" => Some("false"),
        "nil" => Some("none"),
        _ => None,
    }
}

/// A text as the engine reads it.
pub(super) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && !text.starts_with(|c: char| c.is_ascii_digit())
        && text.chars().all(|c| c.is_alphanumeric() || c == '_')
}

fn tokens(source: &str) -> Result<Vec<Token>, String> {
    let mut found: Vec<Token> = Vec::new();
    let mut rest = source.trim();
    while let Some(first) = rest.chars().next() {
        let (token, after) = match first {
            '|' => (Token::Pipe, &rest[1..]),
            '(' => (Token::Open, &rest[1..]),
            ')' => (Token::Close, &rest[1..]),
            '.' => {
                let (fields, after) = fields(rest)?;
                let follows = found.last() == Some(&Token::Close) && source_is_tight(source, rest);
                (if follows { Token::Field(fields) } else { Token::Path(fields) }, after)
            }
            '$' => {
                let (name, after) = word(&rest[1..]);
                let (fields, after) = if after.starts_with('.') { fields(after)? } else { (Vec::new(), after) };
                (Token::Variable(name.to_owned(), fields), after)
            }
            '"' | '`' | '\'' => text(rest, first)?,
            '-' | '+' | '0'..='9' => {
                let end = rest[1..].find(|c: char| !(c.is_ascii_digit() || c == '.')).map_or(rest.len(), |end| end + 1);
                (Token::Number(number(&rest[..end])?), &rest[end..])
            }
            c if c.is_alphabetic() || c == '_' => {
                let (name, after) = word(rest);
                (Token::Word(name.to_owned()), after)
            }
            c => return Err(format!("has a `{c}` that means nothing")),
        };
        found.push(token);
        rest = after.trim_start();
    }
    Ok(found)
}

/// Whether no blank stands before the rest of a source.
fn source_is_tight(source: &str, rest: &str) -> bool {
    let before = &source.trim_end()[..source.trim_end().len() - rest.len()];
    !before.ends_with(char::is_whitespace)
}

fn number(text: &str) -> Result<String, String> {
    let is_number = text.parse::<f64>().is_ok();
    if is_number {
        Ok(text.trim_start_matches('+').to_owned())
    } else {
        Err(format!("has `{text}`, which is no number"))
    }
}

fn word(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(text.len());
    text.split_at(end)
}

/// `.A.b` in names; none for the dot alone.
fn fields(text: &str) -> Result<(Vec<String>, &str), String> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(after) = rest.strip_prefix('.') {
        let (name, more) = word(after);
        if name.is_empty() {
            return if found.is_empty() {
                Ok((found, after))
            } else {
                Err("has a dot without a name after it".to_owned())
            };
        }
        found.push(name.to_owned());
        rest = more;
    }
    if rest.starts_with('-') {
        return Err(format!(
            "has a `-` in a name; write index .Data \"{}-…\"",
            found.last().map_or("", String::as_str)
        ));
    }
    Ok((found, rest))
}

fn text(source: &str, quote: char) -> Result<(Token, &str), String> {
    let mut value = String::new();
    let mut chars = source.char_indices().skip(1);
    while let Some((at, c)) = chars.next() {
        match c {
            c if c == quote => return Ok((Token::Text(value), &source[at + 1..])),
            '\\' if quote != '`' => match chars.next().map(|(_, c)| c) {
                Some('n') => value.push('\n'),
                Some('t') => value.push('\t'),
                Some(c @ ('"' | '\'' | '\\')) => value.push(c),
                _ => return Err("has an escape in a text that is not \\n, \\t, \\\" or \\\\".to_owned()),
            },
            c => value.push(c),
        }
    }
    Err(format!("has a text without its closing {quote}"))
}
