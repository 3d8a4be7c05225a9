//! Every code that an error body can carry, with its status: the table that `docs/errors.md` is made of.
//! `PGRSTgnn` are PostgREST's, five characters are SQLSTATEs: clients know both.

use std::fmt::Write as _;

/// A code, its HTTP status, and when it is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Code {
    /// What stands in the body and in `Proxy-Status`.
    pub name: &'static str,
    /// HTTP status.
    pub status: u16,
    /// When it is sent, for the documentation.
    pub when: &'static str,
}

macro_rules! codes {
    ($($ident:ident = $name:literal, $status:literal, $when:literal;)*) => {
        $(#[doc = $when] pub const $ident: Code = Code { name: $name, status: $status, when: $when };)*

        /// Every code, by family.
        pub const ALL: &[Code] = &[$($ident),*];
    };
}

codes! {
    UNAVAILABLE = "PGRST000", 503, "The database cannot be used. Carries `Retry-After`.";
    READ_ONLY = "PGRST001", 503, "The database takes no writes; reads go on. Carries `Retry-After`.";
    QUERY_SYNTAX = "PGRST100", 400, "The query string breaks the grammar; the message has the column.";
    RPC_METHOD = "PGRST101", 405, "The verb is not offered on an operation.";
    BODY = "PGRST102", 400, "The body cannot be read, or its objects have different keys.";
    RANGE = "PGRST103", 416, "The range asked for is impossible or lies behind the last row.";
    PUT_FILTERS = "PGRST105", 405, "A PUT whose filters are not exactly the primary key.";
    SCHEMA = "PGRST106", 406, "`Accept-Profile` or `Content-Profile` names a schema that is not exposed.";
    MEDIA_TYPE = "PGRST107", 406, "None of the media types in `Accept` is available.";
    NOT_EMBEDDED = "PGRST108", 400, "A filter, order or limit addresses an embed that is not selected.";
    PUT_RANGE = "PGRST114", 400, "A PUT with `limit` or `offset`.";
    PUT_KEY = "PGRST115", 400, "A PUT whose body has another key than the URL.";
    NOT_SINGULAR = "PGRST116", 406, "One object was asked for, and there are none or several. A write was rolled back.";
    METHOD = "PGRST117", 405, "The verb is not offered on the relation.";
    ORDER_NOT_TO_ONE = "PGRST118", 400, "Sorting by an embed that is not to-one.";
    PREFERENCES = "PGRST122", 400, "An unknown preference together with `handling=strict`.";
    AGGREGATES_OFF = "PGRST123", 400, "Aggregates are switched off (`limits.aggregates`).";
    MAX_AFFECTED = "PGRST124", 400, "More rows were affected than `max-affected` allows. Rolled back.";
    PATH = "PGRST125", 404, "The path is not one segment, or not `/rpc/<operation>`.";
    ROOT_OFF = "PGRST126", 404, "The root of the API is switched off (`rest.root`).";
    NOT_IMPLEMENTED = "PGRST127", 400, "Understood, and not available here; the details say what.";
    NO_RELATIONSHIP = "PGRST200", 400, "No relationship fits an embed.";
    AMBIGUOUS_RELATIONSHIP = "PGRST201", 300, "Several relationships fit an embed; the details list them.";
    NO_OPERATION = "PGRST202", 404, "No operation of that name takes those arguments.";
    NO_COLUMN = "PGRST204", 400, "A body or `columns` names a column that is not there.";
    NO_TABLE = "PGRST205", 404, "The relation is not there, or the caller may not know of it.";
    NO_SECRET = "PGRST300", 500, "The server has no secret to check tokens with.";
    TOKEN = "PGRST301", 401, "The token cannot be decoded, or is not signed by this server; or the API key is unknown, has expired, or came from a browser and must not.";
    ANONYMOUS_OFF = "PGRST302", 401, "A credential is needed.";
    CLAIMS = "PGRST303", 401, "The token's claims do not hold: expired, not yet valid, another audience, its session has ended.";
    INTERNAL = "PGRSTX00", 500, "A defect of the server; the log has it under the request's id. Nothing was changed.";
    COMMIT_UNKNOWN = "08007", 504, "The connection to the database broke while it committed. The write may or may not have been kept.";
    MERGE_TWICE = "21000", 500, "A merge payload names the same row twice.";
    NO_WHERE = "21000", 400, "A change or removal without any filter.";
    OUT_OF_RANGE = "22003", 400, "A number outside the range of its type.";
    DATETIME_SYNTAX = "22007", 400, "Text that is no date or time.";
    DATETIME_RANGE = "22008", 400, "A date or time that does not exist.";
    ROLE = "22023", 401, "The token names a role that does not exist.";
    REFERENCE = "22023", 400, "A value of a transaction refers to a result that is not there.";
    TEXT_SYNTAX = "22P02", 400, "Text that is no value of its type.";
    REGEX = "2201B", 400, "A regular expression that is malformed or not supported.";
    NOT_NULL = "23502", 400, "NULL for a column that must have a value.";
    FOREIGN_KEY = "23503", 409, "A reference to a row that is not there, or the removal of a row that others refer to.";
    UNIQUE = "23505", 409, "A row with the same unique values is there already.";
    CHECK = "23514", 400, "A validation rule forbids the value or the row.";
    READ_ONLY_CALL = "25006", 405, "An operation with effects, called by GET or HEAD.";
    OPERATION_FAILED = "39000", 500, "An operation's own SQL failed.";
    PRIVILEGE = "42501", 403, "The caller may not do that; 401 with `WWW-Authenticate` when anonymous.";
    SEARCH_SYNTAX = "42601", 400, "A full-text query that cannot be read.";
    UNDEFINED_COLUMN = "42703", 400, "A column of select, filter or order that is not there.";
    UNDEFINED_TYPE = "42704", 400, "A cast to a type that is not there.";
    NO_OPERATOR = "42883", 404, "An operator or aggregate that has no meaning on the type of the value.";
    CONFLICT_TARGET = "42P10", 400, "`on_conflict` names no unique constraint.";
    DISTINCT = "42P10", 400, "The first columns of the order are not those that are to be distinct.";
    GENERATED = "428C9", 400, "A value for a column that only the server writes, or another id for an account.";
    DISK_FULL = "53100", 503, "No space left for writes; reads go on. Carries `Retry-After`.";
    OVERLOADED = "53300", 503, "Too many requests wait for the database; nothing was run. Carries `Retry-After`.";
    TOO_LARGE = "54000", 400, "The request asks for more than a limit allows.";
    HTTP = "BSY400", 400, "The request is not valid HTTP, such as a URL with a character that must be percent-encoded.";
    CURSOR = "BSY401", 400, "A cursor that cannot be read, or one of another order.";
    ACCOUNT = "BSY403", 403, "The account may not be used now: it is banned, or its password must be changed first.";
    CSRF = "BSY403", 403, "A cookie authenticates the request, and another site may have made it: Origin or `X-CSRF-Token` does not fit.";
    BODY_TIMEOUT = "BSY408", 408, "The request body did not arrive within the time limit.";
    LAST_OF_ROLE = "BSY409", 409, "The change would leave nobody with a role that somebody must hold. It was undone.";
    BODY_TOO_LARGE = "BSY413", 413, "The request body is larger than the server accepts.";
    URL_TOO_LONG = "BSY414", 414, "The URL is longer than the server accepts.";
    ENCODING = "BSY415", 415, "The request body is compressed; send it as it is.";
    CONTENT_TYPE = "BSY415", 415, "The body of a GraphQL request is not JSON, or does not say so.";
    HEADERS_TOO_LARGE = "BSY431", 431, "The headers are larger than the server accepts.";
    RATE = "BSY429", 429, "The caller has used up a rate limit. Carries `Retry-After`.";
    BUSY = "BSY503", 503, "Too many connections, too many requests under way, or too many bytes of answers that clients have not taken; nothing was changed. Carries `Retry-After`.";
    REQUEST_TIMEOUT = "BSY504", 504, "The request ran longer than the server allows. A write may or may not have been kept.";
    TIMEOUT = "57014", 500, "The statement ran longer than its budget and was stopped.";
}

/// Line of the page behind which it is written by hand.
pub const BY_HAND: &str = "<!-- What follows is written by hand. -->";

/// The page that lists every code, as Markdown, up to and with [`BY_HAND`].
#[must_use]
pub fn page() -> String {
    let mut page = String::from(
        "# Errors\n\n\
         <!-- Made from crates/edge/src/fault/code.rs; a test fails when this page is stale. -->\n\n\
         Every error of the data API has a JSON body with four members: `code`, `message`, `details` and `hint`, the last two\n\
         often null. The header `Proxy-Status: backstay; error=<code>` carries the code too, for requests without a body.\n\
         Codes of the form `PGRSTnnn` are PostgREST's; the others are SQLSTATEs.\n\n\
         | code | status | when |\n|---|---|---|\n",
    );
    for code in ALL {
        // Writing to a String cannot fail.
        let _ = writeln!(page, "| `{}` | {} | {} |", code.name, code.status, code.when);
    }
    let _ = write!(page, "\n{BY_HAND}\n");
    page
}
