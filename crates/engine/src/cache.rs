//! The plan cache: one lookup from a request's shape and a role set to its [`Compiled`] statement.
//! Nothing is cloned to look: the key is compared by reference.

use crate::compiled::Compiled;
use backstay_plan::principal::{Api, RoleSet};
use backstay_plan::request::Action;
use quick_cache::Equivalent;
use quick_cache::sync::Cache;
use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// What a plan depends on.
#[derive(Debug, Clone)]
struct Key {
    action: Action,
    door: Api,
    roles: RoleSet,
    generation: u64,
}

/// [`Key`] by reference.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shape<'a> {
    /// The request's shape.
    pub(crate) action: &'a Action,
    /// The protocol, which decides which models there are.
    pub(crate) door: Api,
    /// The caller's roles.
    pub(crate) roles: &'a RoleSet,
    /// Which schema.
    pub(crate) generation: u64,
}

impl Key {
    fn shape(&self) -> Shape<'_> {
        Shape { action: &self.action, door: self.door, roles: &self.roles, generation: self.generation }
    }
}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.shape().hash(state);
    }
}

impl Hash for Shape<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.action.hash(state);
        self.door.hash(state);
        self.roles.hash(state);
        self.generation.hash(state);
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.shape().equivalent(other)
    }
}

impl Eq for Key {}

impl Equivalent<Key> for Shape<'_> {
    fn equivalent(&self, key: &Key) -> bool {
        self.generation == key.generation
            && self.door == key.door
            && *self.roles == key.roles
            && *self.action == key.action
    }
}

/// Compiled statements by shape, the least useful ones dropped first.
#[derive(Debug)]
pub(crate) struct PlanCache {
    entries: Cache<Key, Arc<Compiled>>,
    hits: AtomicU64,
    misses: AtomicU64,
}

impl PlanCache {
    /// A cache of at most `entries_max` statements.
    pub(crate) fn new(entries_max: usize) -> Self {
        Self { entries: Cache::new(entries_max), hits: AtomicU64::new(0), misses: AtomicU64::new(0) }
    }

    /// The statement of a shape.
    pub(crate) fn get(&self, shape: &Shape<'_>) -> Option<Arc<Compiled>> {
        let found = self.entries.get(shape);
        let counter = if found.is_some() { &self.hits } else { &self.misses };
        counter.fetch_add(1, Ordering::Relaxed);
        found
    }

    /// Keeps a statement.
    pub(crate) fn insert(&self, shape: Shape<'_>, compiled: &Arc<Compiled>) {
        let key = Key {
            action: shape.action.clone(),
            door: shape.door,
            roles: shape.roles.clone(),
            generation: shape.generation,
        };
        self.entries.insert(key, Arc::clone(compiled));
    }

    /// Every entry, in no order.
    pub(crate) fn all(&self) -> Vec<Arc<Compiled>> {
        self.entries.iter().map(|(_, compiled)| compiled).collect()
    }

    /// Forgets everything.
    pub(crate) fn clear(&self) {
        self.entries.clear();
    }

    /// Hits and misses so far.
    pub(crate) fn counts(&self) -> (u64, u64) {
        (self.hits.load(Ordering::Relaxed), self.misses.load(Ordering::Relaxed))
    }
}
