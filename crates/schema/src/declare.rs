//! Turns SDL text into declarations. In: the sources. Out: types, enums and operations with their directives checked
//! one by one against `directives.graphql`. Names are looked up later, in `build`.

mod convert;

use std::collections::HashMap;

use apollo_compiler::ast::Document;
use apollo_compiler::parser::{FileId, Parser, SourceSpan};

use crate::diagnostic::Span;
use crate::directive::Applied;
use crate::report::Report;

/// Nesting of values and types that the parser follows.
const RECURSION_MAX: usize = 64;
/// Tokens of all sources together.
const TOKENS_MAX: usize = 2_000_000;
/// Syntax errors of one source that are reported; beyond, they repeat what is known.
const SYNTAX_ERRORS_MAX: usize = 50;
/// Bytes of all sources together.
const BYTES_MAX: usize = 16 * 1024 * 1024;

/// One file of a schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Name for messages, such as its path.
    pub name: String,
    /// SDL text.
    pub text: String,
}

/// Everything the sources declare, in their order, extensions merged.
#[derive(Debug, Default)]
pub(crate) struct Declarations {
    pub(crate) types: Vec<TypeDecl>,
    pub(crate) enums: Vec<EnumDecl>,
    pub(crate) operations: Vec<OperationDecl>,
    pub(crate) schema_directives: Vec<Applied>,
}

/// A `type` or `input`.
#[derive(Debug, Default)]
pub(crate) struct TypeDecl {
    pub(crate) name: String,
    pub(crate) span: Span,
    pub(crate) description: Option<String>,
    pub(crate) directives: Vec<Applied>,
    pub(crate) fields: Vec<FieldDecl>,
}

impl TypeDecl {
    /// The first application of a directive.
    pub(crate) fn directive(&self, name: &str) -> Option<&Applied> {
        self.directives.iter().find(|applied| applied.name == name)
    }

    /// Every application of a directive.
    pub(crate) fn directives<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Applied> {
        self.directives.iter().filter(move |applied| applied.name == name)
    }
}

/// A field of a type.
#[derive(Debug)]
pub(crate) struct FieldDecl {
    pub(crate) name: String,
    pub(crate) span: Span,
    pub(crate) description: Option<String>,
    pub(crate) ty: TypeRef,
    pub(crate) arguments: Vec<ArgumentDecl>,
    pub(crate) directives: Vec<Applied>,
}

impl FieldDecl {
    /// The first application of a directive.
    pub(crate) fn directive(&self, name: &str) -> Option<&Applied> {
        self.directives.iter().find(|applied| applied.name == name)
    }

    /// Whether a directive is applied.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.directive(name).is_some()
    }
}

/// An argument of an operation.
#[derive(Debug)]
pub(crate) struct ArgumentDecl {
    pub(crate) name: String,
    pub(crate) span: Span,
    pub(crate) ty: TypeRef,
    pub(crate) default: Option<Value>,
}

/// A type as written.
#[derive(Debug, Clone)]
pub(crate) struct TypeRef {
    pub(crate) name: String,
    pub(crate) span: Span,
    pub(crate) nullable: bool,
    /// How many brackets stand around the name.
    pub(crate) list_depth: u8,
    pub(crate) items_nullable: bool,
}

/// An enum.
#[derive(Debug)]
pub(crate) struct EnumDecl {
    pub(crate) name: String,
    pub(crate) span: Span,
    pub(crate) description: Option<String>,
    pub(crate) directives: Vec<Applied>,
    pub(crate) values: Vec<(String, Span)>,
}

/// A field of `Query` or `Mutation`.
#[derive(Debug)]
pub(crate) struct OperationDecl {
    pub(crate) read_only: bool,
    pub(crate) field: FieldDecl,
}

/// A literal with its place.
#[derive(Debug, Clone)]
pub(crate) struct Value {
    pub(crate) kind: ValueKind,
    pub(crate) span: Span,
}

/// A literal.
#[derive(Debug, Clone)]
pub(crate) enum ValueKind {
    Null,
    Bool(bool),
    /// Digits as written.
    Int(String),
    /// Number as written.
    Float(String),
    String(String),
    Enum(String),
    Variable,
    List(Vec<Value>),
    Object(Vec<(String, Span, Value)>),
}

impl ValueKind {
    /// The text of a string in quotes.
    pub(crate) fn text(&self) -> Option<&str> {
        if let ValueKind::String(text) = self { Some(text) } else { None }
    }

    /// An enum value.
    pub(crate) fn word(&self) -> Option<&str> {
        if let ValueKind::Enum(word) = self { Some(word) } else { None }
    }

    /// The digits of an integer.
    pub(crate) fn int_digits(&self) -> Option<&str> {
        if let ValueKind::Int(digits) = self { Some(digits) } else { None }
    }

    /// The digits of any number.
    pub(crate) fn digits(&self) -> Option<&str> {
        if let ValueKind::Int(digits) | ValueKind::Float(digits) = self { Some(digits) } else { None }
    }

    /// True or false.
    pub(crate) fn flag(&self) -> Option<bool> {
        if let ValueKind::Bool(flag) = self { Some(*flag) } else { None }
    }

    /// What a message calls it.
    pub(crate) fn noun(&self) -> &'static str {
        match self {
            ValueKind::Null => "null",
            ValueKind::Bool(_) => "a Boolean",
            ValueKind::Int(_) => "an Int",
            ValueKind::Float(_) => "a Float",
            ValueKind::String(_) => "a String",
            ValueKind::Enum(_) => "an enum value",
            ValueKind::Variable => "a variable",
            ValueKind::List(_) => "a list",
            ValueKind::Object(_) => "an object",
        }
    }
}

/// Turns parser locations into [`Span`]s.
#[derive(Debug)]
pub(crate) struct Places<'a> {
    pub(crate) sources: &'a [Source],
    files: HashMap<FileId, u16>,
}

impl Places<'_> {
    pub(crate) fn span(&self, location: Option<SourceSpan>) -> Span {
        let Some(location) = location else { return Span::default() };
        let file = self.files.get(&location.file_id()).copied().unwrap_or_default();
        let clip = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
        Span { file, start: clip(location.offset()), end: clip(location.end_offset()) }
    }
}

/// Parses and checks what can be checked without looking names up.
pub(crate) fn declare(sources: &[Source], report: &mut Report) -> Declarations {
    let mut places = Places { sources, files: HashMap::new() };
    let total: usize = sources.iter().map(|source| source.text.len()).fold(0, usize::saturating_add);
    if total > BYTES_MAX || sources.len() > usize::from(u16::MAX) {
        let message = format!("the schema has {total} bytes; the most is {BYTES_MAX}");
        report.error("schema-too-large", Span::default(), message);
        return Declarations::default();
    }
    let mut documents = Vec::new();
    for (index, source) in (0_u16..).zip(sources) {
        documents.push(parse_source(index, source, &mut places, report));
    }
    let definitions = documents.iter().flat_map(|document| &document.definitions);
    convert::Converter::new(&places, report).run(definitions.collect())
}

fn parse_source(index: u16, source: &Source, places: &mut Places<'_>, report: &mut Report) -> Document {
    let mut parser = Parser::new().recursion_limit(RECURSION_MAX).token_limit(TOKENS_MAX);
    let result = parser.parse_ast(source.text.as_str(), &source.name);
    let document = match result {
        Ok(document) => document,
        Err(failed) => {
            for finding in failed.errors.iter().take(SYNTAX_ERRORS_MAX) {
                // An empty file declares nothing, which is no mistake in itself.
                if failed.partial.definitions.is_empty() && finding.error.to_string().contains("Unexpected <EOF>") {
                    continue;
                }
                let span = finding.line_column_range().map_or(Span { file: index, start: 0, end: 0 }, |range| Span {
                    file: index,
                    start: byte_offset(&source.text, range.start.line, range.start.column),
                    end: byte_offset(&source.text, range.end.line, range.end.column),
                });
                report.error("syntax", span, readable(&finding.error.to_string()));
            }
            failed.partial
        }
    };
    for file in document.sources.keys() {
        places.files.entry(*file).or_insert(index);
    }
    document
}

/// The parser's message with its token names written as the tokens.
fn readable(message: &str) -> String {
    const TOKENS: [(&str, &str); 14] = [
        ("L_CURLY", "`{`"),
        ("R_CURLY", "`}`"),
        ("L_PAREN", "`(`"),
        ("R_PAREN", "`)`"),
        ("L_BRACK", "`[`"),
        ("R_BRACK", "`]`"),
        ("COLON", "`:`"),
        ("EQ", "`=`"),
        ("AT", "`@`"),
        ("PIPE", "`|`"),
        ("BANG", "`!`"),
        ("DOLLAR", "`$`"),
        ("NAME", "a name"),
        ("EOF", "the end of the file"),
    ];
    let message = message.trim_start_matches("syntax error: ").trim_start_matches("parser limit reached: ");
    let words = message.trim_end_matches('.').split(' ').map(|word| {
        let bare = word.trim_end_matches(',');
        let known = TOKENS.iter().find(|(token, _)| *token == bare);
        known.map_or_else(|| word.to_owned(), |(_, written)| format!("{written}{}", &word[bare.len()..]))
    });
    words.collect::<Vec<_>>().join(" ")
}

/// What the parser counts as the end of a line; a carriage return before a line feed is one end with it.
const LINE_ENDS: [char; 7] = ['\n', '\r', '\u{b}', '\u{c}', '\u{85}', '\u{2028}', '\u{2029}'];

/// Byte offset of a line and column, both counted from one, the column in characters.
fn byte_offset(text: &str, line: usize, column: usize) -> u32 {
    let mut before = 0;
    for _ in 1..line {
        let rest = text.get(before..).unwrap_or_default();
        let Some(end) = rest.find(LINE_ENDS) else { break };
        let after = rest.get(end..).unwrap_or_default();
        let length = if after.starts_with("\r\n") { 2 } else { after.chars().next().map_or(0, char::len_utf8) };
        before += end + length;
    }
    let rest = text.get(before..).unwrap_or_default();
    let within: usize = rest.chars().take(column.saturating_sub(1)).map(char::len_utf8).sum();
    u32::try_from(before.saturating_add(within)).unwrap_or(u32::MAX)
}
