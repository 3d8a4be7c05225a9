//! Operations as they were asked before: by role set, document, operation and shape of the variables. Who asks so again has nothing
//! parsed and nothing walked: the values are put into the blanks of the requests.

use super::cost::Formula;
use super::document::DocumentId;
use super::operation::Work;
use quick_cache::sync::Cache;
use quick_cache::{Equivalent, Weighter};
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// Templates that are kept, about.
const KEPT_ABOUT: usize = 2_000;

/// Bytes of them, about.
const KEPT_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// The longest shape that is kept: more values come once, such as the rows of a bulk insert.
const SHAPE_BYTES_MAX: usize = 4 * 1024;

/// Bytes of a template for each of its fields, about.
const FIELD_BYTES: u64 = 256;

/// An operation with variables of one shape.
#[derive(Debug)]
pub(crate) struct Template {
    /// What it costs.
    pub(crate) cost: Formula,
    /// What it asks for.
    pub(crate) work: Work,
}

/// What a template is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Of<'a> {
    /// The front.
    pub(crate) front: u64,
    /// The document.
    pub(crate) document: DocumentId,
    /// Name of the operation; none is empty.
    pub(crate) operation: &'a str,
    /// Shape of the variables.
    pub(crate) shape: &'a str,
}

/// [`Of`], owned.
#[derive(Debug, Clone)]
struct Key {
    front: u64,
    document: DocumentId,
    operation: Box<str>,
    shape: Box<str>,
}

impl Key {
    fn of(&self) -> Of<'_> {
        Of { front: self.front, document: self.document, operation: &self.operation, shape: &self.shape }
    }
}

impl Hash for Of<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        // A document's id is a hash already; its first bytes do.
        (self.front, &self.document[..8], self.operation, self.shape).hash(state);
    }
}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.of().hash(state);
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.of() == other.of()
    }
}

impl Eq for Key {}

impl Equivalent<Key> for Of<'_> {
    fn equivalent(&self, key: &Key) -> bool {
        *self == key.of()
    }
}

#[derive(Debug, Clone, Copy)]
struct ByBytes;

impl Weighter<Key, Arc<Template>> for ByBytes {
    fn weight(&self, key: &Key, template: &Arc<Template>) -> u64 {
        (key.operation.len() + 2 * key.shape.len()) as u64 + (1 + template.cost.fields()).saturating_mul(FIELD_BYTES)
    }
}

/// Templates that were made before.
pub(crate) struct Templates(Cache<Key, Arc<Template>, ByBytes>);

impl Default for Templates {
    fn default() -> Self {
        Self(Cache::with_weighter(KEPT_ABOUT, KEPT_BYTES_MAX, ByBytes))
    }
}

impl fmt::Debug for Templates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Templates").field("kept", &self.0.len()).finish()
    }
}

impl Templates {
    /// The template of an operation.
    pub(crate) fn get(&self, of: Of<'_>) -> Option<Arc<Template>> {
        self.0.get(&of)
    }

    /// Keeps a template, unless something is wrong with it or it will hardly be asked for again.
    pub(crate) fn keep(&self, of: Of<'_>, template: &Arc<Template>) {
        if template.work.is_sound() && of.shape.len() <= SHAPE_BYTES_MAX {
            let Of { front, document, operation, shape } = of;
            let key = Key { front, document, operation: operation.into(), shape: shape.into() };
            self.0.insert(key, Arc::clone(template));
        }
    }

    /// Forgets all of them.
    pub(crate) fn clear(&self) {
        self.0.clear();
    }

    /// How many are kept.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }
}
