//! An error as GraphQL clients see it. In: a [`Fault`], or what the parser and the validator found. Out: its JSON.

use crate::fault::Fault;
use crate::request_id;
use apollo_compiler::diagnostic::Diagnostic;
use apollo_compiler::parser::SourceMap;
use apollo_compiler::request::RequestError;
use apollo_compiler::response::GraphQLError;
use apollo_compiler::validation::{DiagnosticData, DiagnosticList};
use http::StatusCode;
use serde_json::{Map, Value, json};

/// Errors of one document that are told.
const FOUND_MAX: usize = 20;

/// One error of an answer.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct GraphqlError {
    /// What went wrong.
    pub(crate) message: String,
    /// `extensions.code`.
    pub(crate) code: &'static str,
    /// Line and column in the document, from 1.
    pub(crate) locations: Vec<(usize, usize)>,
    /// Which field of the answer: its response keys from the root.
    pub(crate) path: Vec<String>,
    /// The failure that it is, where every protocol knows it.
    fault: Option<Box<Fault>>,
}

impl GraphqlError {
    /// An error of the request itself.
    pub(crate) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { message: message.into(), code, locations: Vec::new(), path: Vec::new(), fault: None }
    }

    /// A failure that every protocol knows, in the same words.
    pub(crate) fn of_fault(fault: &Fault) -> Self {
        Self { fault: Some(Box::new(fault.clone())), ..Self::new(fault.graphql_code(), fault.message.as_str()) }
    }

    /// The failure whose status and headers the whole answer gets: the caller must slow down, or come back later.
    pub(crate) fn transport(&self) -> Option<&Fault> {
        let waits = |status| matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE);
        self.fault.as_deref().filter(|fault| waits(fault.status))
    }

    /// Where a text stops being GraphQL: what follows from that is not told.
    pub(crate) fn of_syntax(found: &DiagnosticList) -> Vec<Self> {
        let first = found.iter().next().map(|diagnostic| diagnostic.unstable_to_json_compat());
        first.into_iter().map(|error| Self::of_apollo("parse-failed", error)).collect()
    }

    /// What is wrong with a document, in its order. A selection that is empty since its fields are unknown is told as those.
    pub(crate) fn of_validation(found: &DiagnosticList) -> Vec<Self> {
        let name = |diagnostic: &Diagnostic<'_, DiagnosticData>| diagnostic.error.unstable_error_name();
        let unknown = found.iter().any(|diagnostic| name(&diagnostic) == Some("UndefinedField"));
        let follows = |diagnostic: &Diagnostic<'_, DiagnosticData>| {
            unknown && matches!(name(diagnostic), Some("MissingSubselection" | "EmptyFieldSet"))
        };
        let told = found.iter().filter(|diagnostic| !follows(diagnostic)).take(FOUND_MAX);
        told.map(|diagnostic| Self::of_apollo("validation-failed", diagnostic.unstable_to_json_compat())).collect()
    }

    /// What is wrong with a request for a document.
    pub(crate) fn of_request(code: &'static str, error: &RequestError, sources: &SourceMap) -> Self {
        Self::of_apollo(code, error.to_graphql_error(sources))
    }

    fn of_apollo(code: &'static str, error: GraphQLError) -> Self {
        let locations = error.locations.iter().map(|at| (at.line, at.column)).collect();
        Self { locations, ..Self::new(code, error.message) }
    }

    /// The same about a root field of the answer, by its response key.
    pub(crate) fn at(mut self, key: &str) -> Self {
        self.path.insert(0, key.to_owned());
        self
    }

    /// The error as JSON.
    pub(crate) fn to_json(&self) -> Value {
        let mut extensions = Map::new();
        extensions.insert("code".to_owned(), Value::from(self.code));
        if let Some(fault) = &self.fault {
            if fault.is_sqlstate() {
                extensions.insert("sqlstate".to_owned(), Value::from(fault.code));
            }
            if let Some(details) = fault.details.as_deref() {
                extensions.insert("details".to_owned(), details.clone());
            }
            if let Some(hint) = fault.hint.as_deref() {
                extensions.insert("hint".to_owned(), Value::from(hint));
            }
        }
        if self.code == "unexpected" {
            // What it was stands in the log under this id.
            extensions.insert("requestId".to_owned(), Value::from(request_id::current()));
        }
        let mut error = Map::new();
        error.insert("message".to_owned(), Value::from(self.message.as_str()));
        if !self.locations.is_empty() {
            let place = |(line, column): &(usize, usize)| json!({ "line": line, "column": column });
            error.insert("locations".to_owned(), self.locations.iter().map(place).collect());
        }
        if !self.path.is_empty() {
            error.insert("path".to_owned(), Value::from(self.path.clone()));
        }
        error.insert("extensions".to_owned(), Value::Object(extensions));
        Value::Object(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::code;

    #[test]
    fn of_faults() {
        let fault = Fault::new(code::UNIQUE, "duplicate key").details("Key (a)=(1) already exists.");
        let error = GraphqlError::of_fault(&fault).at("insert_a");
        assert_eq!(
            error.to_json().to_string(),
            r#"{"message":"duplicate key","path":["insert_a"],"extensions":{"code":"constraint-violation","sqlstate":"23505","details":"Key (a)=(1) already exists."}}"#
        );
        assert!(error.transport().is_none());
        let busy = GraphqlError::of_fault(&Fault::new(code::OVERLOADED, "later"));
        assert_eq!(busy.transport().map(|fault| fault.headers.len()), Some(1));
    }
}
