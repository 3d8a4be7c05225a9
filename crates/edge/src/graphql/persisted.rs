//! Documents that clients name instead of sending: by hash, as they were sent before (APQ), or as a manifest lists them.
//! The protocol is Apollo's: `extensions.persistedQuery` with `version` 1 and `sha256Hash`.

use super::document::{self, DocumentId};
use super::error::GraphqlError;
use super::outcome::{Refused, Stage};
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use serde::Deserialize;
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

/// How long a document that a client sent is known by its hash, seconds.
const TTL_S: i64 = 24 * 60 * 60;

/// How a request names its document.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PersistedQuery {
    /// Version of the protocol.
    version: u32,
    /// Hash of the text, or the name that a manifest gives it.
    sha256_hash: String,
}

/// Documents that may run where no others may.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrustedDocuments(HashMap<String, Arc<str>>);

#[derive(Deserialize)]
#[serde(untagged)]
enum Manifest {
    /// Apollo's `generate-persisted-query-manifest`.
    Operations { operations: Vec<ManifestOperation> },
    /// Hash to text, as Relay and the code generators write it.
    Plain(HashMap<String, String>),
}

#[derive(Deserialize)]
struct ManifestOperation {
    id: String,
    body: String,
}

impl TrustedDocuments {
    /// Reads a manifest: an object from hash to text, or Apollo's `operations` with `id` and `body`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(json: &str) -> Result<Self, serde_json::Error> {
        let listed: Vec<(String, String)> = match serde_json::from_str(json)? {
            Manifest::Operations { operations } => {
                operations.into_iter().map(|operation| (operation.id, operation.body)).collect()
            }
            Manifest::Plain(listed) => listed.into_iter().collect(),
        };
        let mut documents = HashMap::with_capacity(listed.len());
        for (name, text) in listed {
            let text: Arc<str> = text.into();
            // A client that sends the text itself is as welcome as one that sends its name.
            documents.insert(hex(&document::id(&text)), Arc::clone(&text));
            documents.insert(name, text);
        }
        Ok(Self(documents))
    }
}

/// Documents that are known by their hash.
pub(crate) struct Persisted {
    /// Only these may run.
    trusted: Option<TrustedDocuments>,
    /// What clients sent, and until when it is known; `None` when nothing is kept.
    sent: Option<Cache<DocumentId, (Arc<str>, i64), ByText>>,
}

impl fmt::Debug for Persisted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Persisted").field("trusted", &self.trusted.is_some()).finish_non_exhaustive()
    }
}

#[derive(Debug, Clone, Copy)]
struct ByText;

impl Weighter<DocumentId, (Arc<str>, i64)> for ByText {
    fn weight(&self, _: &DocumentId, (text, _): &(Arc<str>, i64)) -> u64 {
        text.len() as u64 + 64
    }
}

impl Persisted {
    /// Keeps at most `bytes_max` bytes of what clients send; with a manifest nothing else may run.
    pub(crate) fn new(bytes_max: u64, trusted: Option<TrustedDocuments>) -> Self {
        let sent = (bytes_max > 0 && trusted.is_none()).then(|| Cache::with_weighter(1_000, bytes_max, ByText));
        Self { trusted, sent }
    }

    /// The text of the document that a request sends or names, with its id.
    ///
    /// # Errors
    /// When there is none, or it may not run.
    pub(crate) fn text(
        &self,
        query: Option<&str>,
        named: Option<&PersistedQuery>,
        now_unix_s: i64,
    ) -> Result<(DocumentId, Arc<str>), Refused> {
        let malformed = |message: &str| Err(Refused::of(Stage::Parameters, GraphqlError::new("bad-request", message)));
        if named.is_some_and(|named| named.version != 1) {
            return malformed("Unsupported persisted query version");
        }
        if let Some(trusted) = &self.trusted {
            return trusted.text(query, named);
        }
        match (query, named) {
            (None, None) => malformed("The request has no query"),
            (Some(text), None) => Ok((document::id(text), Arc::from(text))),
            (query, Some(named)) => {
                let Some(sent) = &self.sent else { return Err(not_supported()) };
                match query {
                    Some(text) => {
                        let id = document::id(text);
                        if !named.sha256_hash.eq_ignore_ascii_case(&hex(&id)) {
                            return malformed("The provided sha256Hash is not the query's");
                        }
                        let text: Arc<str> = Arc::from(text);
                        sent.insert(id, (Arc::clone(&text), now_unix_s.saturating_add(TTL_S)));
                        Ok((id, text))
                    }
                    None => {
                        let id = unhex(&named.sha256_hash);
                        let known = id.and_then(|id| Some((id, sent.get(&id)?)));
                        match known {
                            Some((id, (text, until))) if now_unix_s < until => Ok((id, text)),
                            Some(_) | None => Err(not_found()),
                        }
                    }
                }
            }
        }
    }
}

impl TrustedDocuments {
    fn text(&self, query: Option<&str>, named: Option<&PersistedQuery>) -> Result<(DocumentId, Arc<str>), Refused> {
        let name = match (named, query) {
            (Some(named), _) => named.sha256_hash.clone(),
            (None, Some(text)) => hex(&document::id(text)),
            (None, None) => String::new(),
        };
        match self.0.get(&name) {
            Some(text) if query.is_none_or(|query| query == &**text) => Ok((document::id(text), Arc::clone(text))),
            Some(_) | None => Err(not_supported()),
        }
    }
}

fn not_found() -> Refused {
    Refused::of(Stage::Persisted, GraphqlError::new("PERSISTED_QUERY_NOT_FOUND", "PersistedQueryNotFound"))
}

fn not_supported() -> Refused {
    Refused::of(Stage::Persisted, GraphqlError::new("PERSISTED_QUERY_NOT_SUPPORTED", "PersistedQueryNotSupported"))
}

fn hex(id: &DocumentId) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |value: u8| char::from(DIGITS[usize::from(value & 15)]);
    id.iter().flat_map(|byte| [digit(byte >> 4), digit(*byte)]).collect()
}

fn unhex(text: &str) -> Option<DocumentId> {
    let bytes = text.as_bytes();
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|value| u8::try_from(value).ok());
    let mut id = DocumentId::default();
    if bytes.len() != id.len() * 2 {
        return None;
    }
    for (to, pair) in id.iter_mut().zip(bytes.chunks_exact(2)) {
        let [high, low] = pair else { return None };
        *to = digit(*high)? << 4 | digit(*low)?;
    }
    Some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(version: u32, hash: &str) -> PersistedQuery {
        PersistedQuery { version, sha256_hash: hash.to_owned() }
    }

    fn code(answer: Result<(DocumentId, Arc<str>), Refused>) -> Result<String, &'static str> {
        answer.map(|(_, text)| text.to_string()).map_err(|refused| refused.errors[0].code)
    }

    #[test]
    fn hashes() {
        let id = document::id("{a}");
        assert_eq!(unhex(&hex(&id)), Some(id));
        assert_eq!(unhex(&hex(&id).to_uppercase()), Some(id));
        for bad in ["", "00", &"g".repeat(64), &"0".repeat(65)] {
            assert_eq!(unhex(bad), None);
        }
    }

    #[test]
    fn automatic() {
        let persisted = Persisted::new(10_000, None);
        let hash = hex(&document::id("{a}"));
        let by_hash = || Some(named(1, &hash));
        let ask = |query, named: Option<PersistedQuery>, now| code(persisted.text(query, named.as_ref(), now));
        assert_eq!(ask(None, by_hash(), 0), Err("PERSISTED_QUERY_NOT_FOUND"));
        assert_eq!(ask(Some("{b}"), by_hash(), 0), Err("bad-request"));
        assert_eq!(ask(None, by_hash(), 0), Err("PERSISTED_QUERY_NOT_FOUND"));
        assert_eq!(ask(Some("{a}"), by_hash(), 0), Ok("{a}".to_owned()));
        assert_eq!(ask(None, by_hash(), TTL_S - 1), Ok("{a}".to_owned()));
        assert_eq!(ask(None, by_hash(), TTL_S), Err("PERSISTED_QUERY_NOT_FOUND"));
        assert_eq!(ask(None, Some(named(2, &hash)), 0), Err("bad-request"));
        assert_eq!(ask(None, Some(named(1, "x")), 0), Err("PERSISTED_QUERY_NOT_FOUND"));
        assert_eq!(ask(Some("{c}"), None, 0), Ok("{c}".to_owned()));
        assert_eq!(ask(None, None, 0), Err("bad-request"));
        let off = Persisted::new(0, None);
        assert_eq!(code(off.text(None, by_hash().as_ref(), 0)), Err("PERSISTED_QUERY_NOT_SUPPORTED"));
        assert_eq!(code(off.text(Some("{a}"), None, 0)), Ok("{a}".to_owned()));
    }

    #[test]
    fn room_is_bounded() {
        let persisted = Persisted::new(10_000, None);
        for at in 0..10_000 {
            let text = format!("{{ a{at} }}");
            let named = named(1, &hex(&document::id(&text)));
            assert!(persisted.text(Some(&text), Some(&named), 0).is_ok());
        }
        assert!(persisted.sent.as_ref().is_some_and(|sent| sent.weight() <= 10_000 && sent.len() < 200));
    }

    #[test]
    fn manifests() {
        let apollo = r#"{"format":"apollo-persisted-query-manifest","version":1,"operations":[{"id":"first","name":"A","type":"query","body":"{a}"}]}"#;
        for json in [apollo, r#"{"first":"{a}"}"#] {
            let persisted = Persisted::new(10_000, Some(TrustedDocuments::parse(json).unwrap()));
            let ask = |query, named: Option<PersistedQuery>| code(persisted.text(query, named.as_ref(), 0));
            assert_eq!(ask(None, Some(named(1, "first"))), Ok("{a}".to_owned()));
            assert_eq!(ask(None, Some(named(1, &hex(&document::id("{a}"))))), Ok("{a}".to_owned()));
            assert_eq!(ask(Some("{a}"), None), Ok("{a}".to_owned()));
            for (query, name) in
                [(Some("{b}"), None), (None, Some("second")), (Some("{b}"), Some("first")), (None, None)]
            {
                assert_eq!(ask(query, name.map(|name| named(1, name))), Err("PERSISTED_QUERY_NOT_SUPPORTED"));
            }
        }
        for bad in ["", "[]", r#"{"a":1}"#, r#"{"operations":[{"id":1}]}"#] {
            assert!(TrustedDocuments::parse(bad).is_err(), "{bad}");
        }
    }
}
