//! Documents: parsed, measured, validated, and kept for the next time. In: text. Out: a [`Document`], or what is wrong with it.

use super::error::GraphqlError;
use super::front::Front;
use super::measure::{self, Cycle};
use super::outcome::{Refused, Stage};
use crate::fault::Fault;
use apollo_compiler::ExecutableDocument;
use apollo_compiler::executable::Operation;
use apollo_compiler::parser::Parser;
use apollo_compiler::validation::Valid;
use backstay_plan::Refusal;
use backstay_plan::limits::DocumentLimits;
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use sha2::{Digest as _, Sha256};
use std::fmt;
use std::sync::Arc;

/// Nesting of whatever the parser recurses for: selections, values, types.
const RECURSION_MAX: usize = 128;

/// Bytes of text of the documents that are kept; in memory each takes some dozen times its text.
const KEPT_BYTES_MAX: u64 = 2 * 1024 * 1024;

/// Documents that are kept, about.
const KEPT_ABOUT: usize = 2_000;

/// SHA-256 of a document's text.
pub(crate) type DocumentId = [u8; 32];

/// The id of a text.
pub(crate) fn id(text: &str) -> DocumentId {
    Sha256::digest(text.as_bytes()).into()
}

/// A document that the types of a front allow.
pub(crate) struct Document {
    /// SHA-256 of the text.
    pub(crate) id: DocumentId,
    /// What it says.
    pub(crate) executable: Valid<ExecutableDocument>,
    /// What the operations ask for, in the order of the document.
    asks: Vec<(Option<String>, Asks)>,
    bytes: usize,
}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Document").field("bytes", &self.bytes).finish_non_exhaustive()
    }
}

/// What kinds of root fields an operation has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Asks {
    /// Rows.
    pub(crate) data: bool,
    /// The schema (`__schema`, `__type`).
    pub(crate) schema: bool,
    /// What is known without the database: the schema, `__typename`, `_service`.
    pub(crate) constants: bool,
    /// Rows of many types by their keys, whose types are values.
    pub(crate) entities: bool,
}

impl Asks {
    fn of(document: &ExecutableDocument, operation: &Operation) -> Self {
        let mut asks = Self::default();
        for field in operation.root_fields(document) {
            match field.name.as_str() {
                "__schema" | "__type" => (asks.schema, asks.constants) = (true, true),
                "__typename" | "_service" | super::schema::NOTHING => asks.constants = true,
                "_entities" => (asks.data, asks.entities) = (true, true),
                _ => asks.data = true,
            }
        }
        asks
    }
}

impl Document {
    /// Parses, measures and validates a text.
    ///
    /// # Errors
    /// A limit, before anything is read; then what the parser, then what the validator found.
    fn read(front: &Front, id: DocumentId, text: &str, limits: &DocumentLimits) -> Result<Self, Refused> {
        let exceeded = |refusal: &Refusal| Refused::new(Stage::Validation, vec![of_limit(refusal)]);
        let tokens = measure::tokens(text, usize::try_from(limits.tokens_max).unwrap_or(usize::MAX));
        limits.admit_text(text.len(), tokens).map_err(|refusal| exceeded(&refusal))?;
        let mut parser = Parser::new().recursion_limit(RECURSION_MAX);
        let parsed = parser.parse_ast(text, "document.graphql");
        if parser.recursion_reached() > RECURSION_MAX {
            let max = u64::try_from(RECURSION_MAX).unwrap_or(u64::MAX);
            return Err(exceeded(&Refusal::LimitExceeded { what: "levels of nesting", max }));
        }
        let parsed = parsed.map_err(|failed| Refused::new(Stage::Parse, GraphqlError::of_syntax(&failed.errors)))?;
        let measured = measure::measure(&parsed).map_err(|Cycle(name)| {
            let message = format!("Cannot spread fragment \"{name}\" within itself.");
            Refused::new(Stage::Validation, vec![GraphqlError::new("validation-failed", message)])
        })?;
        limits.admit(&measured).map_err(|refusal| exceeded(&refusal))?;
        let executable = parsed
            .to_executable_validate(&front.types)
            .map_err(|failed| Refused::new(Stage::Validation, GraphqlError::of_validation(&failed.errors)))?;
        let asks = executable
            .operations
            .iter()
            .map(|operation| (operation.name.as_ref().map(ToString::to_string), Asks::of(&executable, operation)))
            .collect();
        Ok(Self { id, asks, executable, bytes: text.len() })
    }

    /// What an operation of the document asks for.
    pub(crate) fn asks(&self, operation: &Operation) -> Asks {
        let name = operation.name.as_ref().map(|name| name.as_str());
        self.asks.iter().find(|(of, _)| of.as_deref() == name).map_or(Asks::default(), |(_, asks)| *asks)
    }
}

/// A limit that was exceeded, by name.
pub(crate) fn of_limit(refusal: &Refusal) -> GraphqlError {
    GraphqlError::of_fault(&fault(refusal))
}

/// A cost that was exceeded, and what to do about it.
pub(crate) fn of_cost(refusal: &Refusal, rows_max: u32) -> GraphqlError {
    let hint = format!(
        "A list multiplies what is below it by its `limit`, or by {} when it has none: give the lists a `limit`, or ask for less.",
        rows_max / 10
    );
    GraphqlError::of_fault(&fault(refusal).hint(Some(hint)))
}

fn fault(refusal: &Refusal) -> Fault {
    Fault::of_refusal(refusal, crate::fault::Caller { anonymous: false, method: "POST" })
}

/// Documents that were read before, by front and text.
pub(crate) struct Documents(Cache<(u64, DocumentId), Arc<Document>, ByText>);

impl Default for Documents {
    fn default() -> Self {
        Self(Cache::with_weighter(KEPT_ABOUT, KEPT_BYTES_MAX, ByText))
    }
}

impl fmt::Debug for Documents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Documents").field("kept", &self.0.len()).finish()
    }
}

#[derive(Debug, Clone, Copy)]
struct ByText;

impl Weighter<(u64, DocumentId), Arc<Document>> for ByText {
    fn weight(&self, _: &(u64, DocumentId), document: &Arc<Document>) -> u64 {
        document.bytes as u64 + 64
    }
}

impl Documents {
    /// Forgets all of them.
    pub(crate) fn clear(&self) {
        self.0.clear();
    }

    /// The document of a text, for what a front shows.
    ///
    /// # Errors
    /// What is wrong with it; that is not kept.
    pub(crate) fn read(
        &self,
        front: &Front,
        id: DocumentId,
        text: &str,
        limits: &DocumentLimits,
    ) -> Result<Arc<Document>, Refused> {
        if let Some(document) = self.0.get(&(front.id, id)) {
            return Ok(document);
        }
        let document = Arc::new(Document::read(front, id, text, limits)?);
        self.0.insert((front.id, id), Arc::clone(&document));
        Ok(document)
    }
}
