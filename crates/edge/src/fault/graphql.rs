//! The word that GraphQL clients know a failure by (`extensions.code`), from the code that every protocol shares.

use super::Fault;
use super::code::{self, Code};
use http::StatusCode;

/// Codes whose word does not follow from their class.
const WORDS: &[(Code, &str)] = &[
    (code::CLAIMS, "invalid-jwt"),
    (code::TOKEN, "invalid-jwt"),
    (code::ROLE, "invalid-jwt"),
    (code::ANONYMOUS_OFF, "access-denied"),
    (code::ACCOUNT, "access-denied"),
    (code::NOT_IMPLEMENTED, "not-supported"),
    (code::AGGREGATES_OFF, "not-supported"),
    (code::METHOD, "not-supported"),
    (code::MAX_AFFECTED, "limit-exceeded"),
    (code::TOO_LARGE, "limit-exceeded"),
    (code::RATE, "limit-exceeded"),
    (code::BODY_TOO_LARGE, "limit-exceeded"),
    (code::TIMEOUT, "timeout"),
    (code::REQUEST_TIMEOUT, "timeout"),
    (code::BODY_TIMEOUT, "timeout"),
    (code::MERGE_TWICE, "conflict"),
    (code::LAST_OF_ROLE, "conflict"),
    (code::SEARCH_SYNTAX, "data-exception"),
    (code::NO_WHERE, "validation-failed"),
    (code::DISTINCT, "validation-failed"),
    (code::REFERENCE, "bad-request"),
];

/// Classes of SQLSTATEs.
const CLASSES: &[(&str, &str)] =
    &[("22", "data-exception"), ("23", "constraint-violation"), ("40", "conflict"), ("42501", "permission-error")];

/// Where a GraphQL request was refused, before it ran.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// The body, or the query string, is not what the protocol says.
    Parameters,
    /// The document is not GraphQL.
    Parse,
    /// The document does not fit the types, the variables do not fit the document, or a limit is exceeded.
    Validation,
    /// The document that the request names is not known.
    Persisted,
    /// GET would change something.
    Method,
}

/// Which text about GraphQL over HTTP the statuses follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum StatusMode {
    /// What clients and the audit package expect.
    #[default]
    Audit,
    /// The draft of August 2026.
    Draft2026,
}

/// What a client of GraphQL reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GraphqlMedia {
    /// `application/graphql-response+json`: statuses tell refusals apart.
    Response,
    /// `application/json`: a well-formed answer has status 200.
    Json,
}

impl GraphqlMedia {
    /// The status of a request that was refused at a stage.
    #[must_use]
    pub fn status(self, stage: Stage, mode: StatusMode) -> StatusCode {
        match (stage, mode, self) {
            (Stage::Method, _, _) => StatusCode::METHOD_NOT_ALLOWED,
            (Stage::Parameters, _, _) => StatusCode::BAD_REQUEST,
            (Stage::Persisted, _, _) => StatusCode::OK,
            (Stage::Parse, StatusMode::Draft2026, _) => StatusCode::BAD_REQUEST,
            (Stage::Validation, StatusMode::Draft2026, _) => StatusCode::UNPROCESSABLE_ENTITY,
            (Stage::Parse | Stage::Validation, StatusMode::Audit, GraphqlMedia::Response) => StatusCode::BAD_REQUEST,
            (Stage::Parse | Stage::Validation, StatusMode::Audit, GraphqlMedia::Json) => StatusCode::OK,
        }
    }

    /// The status of a request that ran.
    #[must_use]
    pub fn answered(self, mode: StatusMode, partial: bool) -> StatusCode {
        // The draft's own number for data beside errors.
        const PARTIAL_SUCCESS: u16 = 294;
        match mode {
            StatusMode::Draft2026 if partial => StatusCode::from_u16(PARTIAL_SUCCESS).unwrap_or(StatusCode::OK),
            StatusMode::Draft2026 | StatusMode::Audit => StatusCode::OK,
        }
    }
}

impl Fault {
    /// `extensions.code` of the failure.
    #[must_use]
    pub fn graphql_code(&self) -> &'static str {
        let is = |code: &Code| code.name == self.code && code.status == self.status.as_u16();
        if let Some((_, word)) = WORDS.iter().find(|(code, _)| is(code)) {
            return word;
        }
        if self.code == code::PRIVILEGE.name && self.status == StatusCode::UNAUTHORIZED {
            return "access-denied";
        }
        if let Some((_, word)) = CLASSES.iter().find(|(class, _)| self.is_sqlstate() && self.code.starts_with(class)) {
            return word;
        }
        match self.status {
            StatusCode::NOT_FOUND => "not-found",
            status if status.is_server_error() => "unexpected",
            _ => "bad-request",
        }
    }

    /// Whether the code is a SQLSTATE.
    #[must_use]
    pub fn is_sqlstate(&self) -> bool {
        self.code.len() == 5
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_a_word() {
        const KNOWN: [&str; 14] = [
            "bad-request",
            "not-found",
            "access-denied",
            "permission-error",
            "invalid-jwt",
            "constraint-violation",
            "data-exception",
            "conflict",
            "limit-exceeded",
            "not-supported",
            "timeout",
            "unexpected",
            "parse-failed",
            "validation-failed",
        ];
        for code in code::ALL {
            let word = Fault::new(*code, "").graphql_code();
            assert!(KNOWN.contains(&word), "{word}");
        }
    }

    #[test]
    fn words() {
        for (code, word) in [
            (code::UNIQUE, "constraint-violation"),
            (code::CHECK, "constraint-violation"),
            (code::TEXT_SYNTAX, "data-exception"),
            (code::SEARCH_SYNTAX, "data-exception"),
            (code::REFERENCE, "bad-request"),
            (code::ROLE, "invalid-jwt"),
            (code::PRIVILEGE, "permission-error"),
            (code::NOT_IMPLEMENTED, "not-supported"),
            (code::TOO_LARGE, "limit-exceeded"),
            (code::NO_TABLE, "not-found"),
            (code::TIMEOUT, "timeout"),
            (code::INTERNAL, "unexpected"),
            (code::OVERLOADED, "unexpected"),
            (code::NO_WHERE, "validation-failed"),
        ] {
            assert_eq!(Fault::new(code, "").graphql_code(), word, "{}", code.name);
        }
        let mut anonymous = Fault::new(code::PRIVILEGE, "");
        anonymous.status = StatusCode::UNAUTHORIZED;
        assert_eq!(anonymous.graphql_code(), "access-denied");
    }
}
