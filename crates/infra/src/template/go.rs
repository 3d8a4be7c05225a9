//! Templates in the spelling of Go's `text/template`, which the mail templates of GoTrue use. In: the text of a file. Out: the same
//! template for the engine, or every mistake with its line.

use super::action::{self, Scope};

/// What a template makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// HTML: addresses in links are checked.
    Html,
    /// Plain text or a subject.
    Text,
}

/// A mistake at a line of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mistake {
    /// Line, from 1.
    pub line: usize,
    /// What is wrong.
    pub problem: String,
}

struct Block {
    word: &'static str,
    line: usize,
    has_else: bool,
    /// What names meant outside.
    outer: Scope,
}

struct Translator {
    out: String,
    mistakes: Vec<Mistake>,
    blocks: Vec<Block>,
    scope: Scope,
    count: usize,
    form: Form,
}

/// Translates a template.
///
/// # Errors
/// All mistakes, in their order.
pub(super) fn translate(source: &str, form: Form) -> Result<String, Vec<Mistake>> {
    let mut translator = Translator {
        out: String::with_capacity(source.len() + source.len() / 8),
        mistakes: Vec::new(),
        blocks: Vec::new(),
        scope: Scope::default(),
        count: 0,
        form,
    };
    translator.all(source);
    if translator.mistakes.is_empty() { Ok(translator.out) } else { Err(translator.mistakes) }
}

/// The parts of a template: text, and what stands in `{{ }}`, with the byte where each begins.
pub(super) enum Part<'a> {
    /// Outside of braces.
    Text(&'a str),
    /// Inside, without the braces.
    Action(&'a str),
    /// Braces that never close.
    Open,
}

/// Cuts a template into its parts.
pub(super) fn parts(source: &str) -> Vec<(usize, Part<'_>)> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = source[at..].find("{{").map(|start| at + start) {
        if start > at {
            found.push((at, Part::Text(&source[at..start])));
        }
        let Some(length) = action_length(&source[start + 2..]) else {
            found.push((start, Part::Open));
            return found;
        };
        found.push((start, Part::Action(&source[start + 2..start + 2 + length])));
        at = start + 2 + length + 2;
    }
    if at < source.len() {
        found.push((at, Part::Text(&source[at..])));
    }
    found
}

/// Bytes before the closing braces; those inside of quotes and comments do not close.
fn action_length(text: &str) -> Option<usize> {
    if let Some(start) = text.find("/*").filter(|start| text[..*start].trim_matches(['-', ' ']).is_empty()) {
        let end = start + text[start..].find("*/")?;
        return text[end..].find("}}").map(|length| end + length);
    }
    let mut quote = None;
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match quote {
            Some(_) if escaped => escaped = false,
            Some('"' | '\'') if c == '\\' => escaped = true,
            Some(open) if c == open => quote = None,
            Some(_) => {}
            None if text[at..].starts_with("}}") => return Some(at),
            None if matches!(c, '"' | '\'' | '`') => quote = Some(c),
            None => {}
        }
    }
    None
}

impl Translator {
    fn all(&mut self, source: &str) {
        let parts = parts(source);
        let line_of = |at: usize| source[..at].matches('\n').count() + 1;
        for (index, (at, part)) in parts.iter().enumerate() {
            match part {
                Part::Text(text) => {
                    let before = index.checked_sub(1).and_then(|index| parts.get(index));
                    self.text(trimmed(text, before, parts.get(index + 1)));
                }
                Part::Action(action) => {
                    if let Err(problem) = self.action(bare(action), line_of(*at)) {
                        self.mistakes
                            .push(Mistake { line: line_of(*at), problem: format!("`{{{{{action}}}}}` {problem}") });
                    }
                }
                Part::Open => {
                    self.mistakes
                        .push(Mistake { line: line_of(*at), problem: "`{{` is never closed by `}}`".to_owned() });
                }
            }
        }
        while let Some(block) = self.blocks.pop() {
            let problem = format!("`{{{{ {} … }}}}` is never closed by `{{{{ end }}}}`", block.word);
            self.mistakes.push(Mistake { line: block.line, problem });
        }
    }

    /// Text as it is; what the engine would take for its own marks is hidden from it.
    fn text(&mut self, text: &str) {
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            if c == '{' && matches!(chars.peek(), None | Some('{' | '%' | '#')) {
                self.out.push_str("{{ '{' }}");
            } else {
                self.out.push(c);
            }
        }
    }

    fn action(&mut self, action: &str, line: usize) -> Result<(), String> {
        if action.starts_with("/*") {
            return Ok(());
        }
        let (word, rest) = action
            .split_once(|c: char| c.is_whitespace() || c == '(')
            .map_or((action, ""), |(word, _)| (word, action[word.len()..].trim()));
        match word {
            "if" => self.open_if(rest, line),
            "with" => self.open_with(rest, line),
            "range" => self.open_range(rest, line),
            "else" => self.other(rest),
            "end" => self.close(rest),
            _ => match action::assignment(action) {
                Some((names, value)) => self.assign(&names, value),
                None => self.print(action),
            },
        }
    }

    fn print(&mut self, source: &str) -> Result<(), String> {
        let value = action::expression(source, &self.scope)?;
        let is_link = self.form == Form::Html && ends_in_link(&self.out);
        self.out.push_str(&if is_link { format!("{{{{ go_link({value}) }}}}") } else { format!("{{{{ {value} }}}}") });
        Ok(())
    }

    fn assign(&mut self, names: &[&str], source: &str) -> Result<(), String> {
        let [name] = names else { return Err("gives one value to two names".to_owned()) };
        let value = action::expression(source, &self.scope)?;
        self.out.push_str(&format!("{{% set v_{name} = {value} %}}"));
        self.scope.names.push((*name).to_owned());
        Ok(())
    }

    fn open(&mut self, word: &'static str, line: usize) {
        let outer = self.scope.clone();
        self.blocks.push(Block { word, line, has_else: false, outer });
    }

    fn open_if(&mut self, source: &str, line: usize) -> Result<(), String> {
        self.open("if", line);
        let value = action::expression(source, &self.scope)?;
        self.out.push_str(&format!("{{% if {value} %}}"));
        Ok(())
    }

    fn open_with(&mut self, source: &str, line: usize) -> Result<(), String> {
        self.open("with", line);
        let (names, source) = action::assignment(source).unwrap_or((Vec::new(), source));
        let value = action::expression(source, &self.scope)?;
        let dot = self.fresh("dot");
        self.out.push_str(&format!("{{% set {dot} = {value} %}}"));
        for name in names {
            self.out.push_str(&format!("{{% set v_{name} = {dot} %}}"));
            self.scope.names.push(name.to_owned());
        }
        self.out.push_str(&format!("{{% if {dot} %}}"));
        self.scope.dot = Some(dot);
        Ok(())
    }

    fn open_range(&mut self, source: &str, line: usize) -> Result<(), String> {
        self.open("range", line);
        let (names, source) = action::assignment(source).unwrap_or((Vec::new(), source));
        let value = action::expression(source, &self.scope)?;
        let pair = self.fresh("pair");
        self.out.push_str(&format!("{{% for {pair} in go_range({value}) %}}"));
        let bindings = match names.as_slice() {
            [] => vec![],
            [value] => vec![(*value, 1)],
            [key, value] => vec![(*key, 0), (*value, 1)],
            _ => return Err("has more than two names".to_owned()),
        };
        for (name, index) in bindings {
            self.out.push_str(&format!("{{% set v_{name} = {pair}[{index}] %}}"));
            self.scope.names.push(name.to_owned());
        }
        self.scope.dot = Some(format!("{pair}[1]"));
        Ok(())
    }

    fn other(&mut self, rest: &str) -> Result<(), String> {
        let scope = self.blocks.last().map(|block| block.outer.clone());
        let block = self.blocks.last_mut().ok_or("stands outside of an `if`, `with` or `range`")?;
        if block.has_else {
            return Err("comes after the `else` of the same block".to_owned());
        }
        if let Some(source) = rest.strip_prefix("if").filter(|source| source.starts_with([' ', '('])) {
            if block.word != "if" {
                return Err(format!("stands in a `{}`; close it first", block.word));
            }
            self.scope = scope.unwrap_or_default();
            let value = action::expression(source, &self.scope)?;
            self.out.push_str(&format!("{{% elif {value} %}}"));
            return Ok(());
        }
        if !rest.is_empty() {
            return Err("is neither `else` nor `else if …`".to_owned());
        }
        block.has_else = true;
        self.scope = scope.unwrap_or_default();
        self.out.push_str("{% else %}");
        Ok(())
    }

    fn close(&mut self, rest: &str) -> Result<(), String> {
        if !rest.is_empty() {
            return Err("has something after `end`".to_owned());
        }
        let block = self.blocks.pop().ok_or("closes nothing")?;
        self.out.push_str(if block.word == "range" { "{% endfor %}" } else { "{% endif %}" });
        self.scope = block.outer;
        Ok(())
    }

    fn fresh(&mut self, kind: &str) -> String {
        self.count += 1;
        format!("{kind}_{}", self.count)
    }
}

/// An action without its trim marks.
fn bare(action: &str) -> &str {
    let action = action.strip_prefix('-').filter(|rest| rest.starts_with(char::is_whitespace)).unwrap_or(action);
    let action = action.strip_suffix('-').filter(|rest| rest.ends_with(char::is_whitespace)).unwrap_or(action);
    action.trim()
}

/// A text without the white space that `{{-` and `-}}` beside it take away.
fn trimmed<'a>(text: &'a str, before: Option<&(usize, Part<'_>)>, after: Option<&(usize, Part<'_>)>) -> &'a str {
    let mut text = text;
    if let Some((_, Part::Action(action))) = before
        && action.strip_suffix('-').is_some_and(|rest| rest.ends_with(char::is_whitespace))
    {
        text = text.trim_start();
    }
    if let Some((_, Part::Action(action))) = after
        && action.strip_prefix('-').is_some_and(|rest| rest.starts_with(char::is_whitespace))
    {
        text = text.trim_end();
    }
    text
}

/// Whether what follows is the beginning of an address in an attribute.
fn ends_in_link(html: &str) -> bool {
    let Some(head) = html.strip_suffix(['"', '\'']) else { return false };
    let Some(name) = head.trim_end().strip_suffix('=') else { return false };
    let name = name.trim_end().to_ascii_lowercase();
    ["href", "src", "action", "background"].iter().any(|attribute| name.ends_with(attribute))
}
