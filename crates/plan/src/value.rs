//! Values on their way into a statement, and where each comes from. Out of here nothing is ever spliced into SQL text.

use crate::request::Slot;
use backstay_schema::expr::{Expr, Session, ValueType};
use backstay_schema::model::{FieldId, FieldType, ModelId};

/// A value a driver can bind.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// NULL.
    Null,
    /// Boolean.
    Bool(bool),
    /// Integer.
    Int(i64),
    /// Double.
    Float(f64),
    /// Text; also decimals, times and JSON, in their stored form.
    Text(String),
    /// Bytes.
    Blob(Vec<u8>),
}

/// A parameter of a statement: bound when the statement runs, so the text depends only on the shape of the request.
#[derive(Debug, Clone, PartialEq)]
pub enum Param {
    /// A value of the request, cast to a type. A bad cast is the caller's error.
    Input {
        /// Which.
        slot: Slot,
        /// Type it must have.
        cast: Cast,
    },
    /// The cell of the row being written, by position in the plan's columns.
    Cell(u16),
    /// JSON array of key arrays of the rows that the write has touched so far, such as `[[1,"a"],[2,"b"]]`.
    Keys,
    /// A fact about the caller as a value of one type: null when absent, an error (which denies) when of another type.
    Session {
        /// Which fact.
        session: Session,
        /// Type it is used as.
        ty: ValueType,
        /// Whether the value is a list, bound as a JSON array.
        list: bool,
    },
    /// 1 when [`Param::Session`] of the same fact and type is an error, else 0.
    SessionError {
        /// Which fact.
        session: Session,
        /// Type it is used as.
        ty: ValueType,
        /// Whether it is used as a list.
        list: bool,
    },
    /// An expression over the session alone, evaluated before the statement runs; an error binds NULL.
    SessionExpr(Box<Expr>),
    /// Time of the request.
    Now,
    /// The application role that must not lose its last holder; NULL when there is none.
    ProtectedRole,
    /// A constant of a rule.
    Constant(Value),
    /// The server's row cap, for limits.
    RowsMax,
}

/// Whose regular expressions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RegexEngine {
    /// PostgreSQL's advanced ones.
    Postgres,
    /// Perl's, as MariaDB (PCRE) and MySQL (ICU) read them.
    Perl,
}

/// How a request's value is read.
#[derive(Debug, Clone, PartialEq)]
pub enum Cast {
    /// Like an untyped literal compared with a column of this type. Lists become a JSON array.
    Field(FieldType),
    /// As text.
    Text,
    /// A list of text patterns, bound as a JSON array.
    TextList,
    /// A list of values of the type, bound as a JSON array.
    ListOf(FieldType),
    /// JSON text.
    Json,
    /// A regular expression; a bad one is the caller's error.
    Regex {
        /// Whether case is ignored.
        ignore_case: bool,
    },
    /// A list of regular expressions, bound as a JSON array.
    RegexList {
        /// Whether case is ignored.
        ignore_case: bool,
    },
    /// [`Cast::Regex`], written anew for the regular expressions of a database.
    PosixRegex {
        /// Whose.
        engine: RegexEngine,
        /// Whether case is ignored.
        ignore_case: bool,
    },
    /// [`Cast::RegexList`], each written anew for the regular expressions of a database.
    PosixRegexList {
        /// Whose.
        engine: RegexEngine,
        /// Whether case is ignored.
        ignore_case: bool,
    },
    /// A row limit: the smaller of the value and the cap.
    Limit {
        /// The server's cap, or the model's where that is lower.
        max: u32,
    },
    /// A row offset: zero when negative.
    Offset,
    /// A full-text query, translated to the store's syntax (SQLite: FTS5 MATCH text).
    Search {
        /// How the text is read.
        syntax: crate::request::SearchSyntax,
        /// Columns searched, as positions in the model's search index; empty is all.
        model: ModelId,
        /// The column searched, `None` for the whole index.
        field: Option<FieldId>,
    },
    /// A full-text query that a database reads itself; one that is malformed or too long is the caller's error.
    SearchText(crate::request::SearchSyntax),
    /// A full-text query as a regular expression over the stems of a text, with words that still are to be stemmed.
    SearchPattern(crate::request::SearchSyntax),
    /// Whether a full-text query passes the rows that do not match [`Cast::Search`] of the same text: 1 or 0.
    SearchNegated(crate::request::SearchSyntax),
    /// A value in a cursor.
    Cursor {
        /// Mark of the order that the cursor must be of.
        mark: String,
        /// Position of the value among the sort keys.
        at: usize,
        /// How many sort keys there are.
        keys: usize,
        /// Type of the value.
        ty: FieldType,
    },
    /// An argument of an operation.
    Argument {
        /// Its type.
        ty: FieldType,
        /// Value when the request leaves it out, as JSON text.
        default: Option<String>,
    },
}
