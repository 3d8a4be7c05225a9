//! Streams every row of a relation as JSON objects, without holding more than one of them.

use crate::accounts::Concerned;
use crate::engine::Engine;
use crate::fault::Failure;
use crate::prepare::{self, Context};
use crate::store::Job;
use backstay_plan::Principal;
use backstay_plan::limits::Limits;
use backstay_plan::principal::RoleSet;
use backstay_plan::request::{Action, Guards, Item, Level, Read, Request};
use std::ops::ControlFlow;
use std::sync::Arc;

impl Engine {
    /// Calls `each` with the JSON text of every row that the service role can read, in primary-key order, until it breaks.
    /// All rows are of one moment. Blocks, on a connection of its own. Returns how many rows there were.
    ///
    /// # Errors
    /// When the relation does not exist or the store fails.
    pub fn export(&self, relation: &str, each: &mut dyn FnMut(&[u8]) -> ControlFlow<()>) -> Result<u64, Failure> {
        let inner = self.inner();
        let limits = Limits { rows_max: u32::MAX, ..inner.limits };
        let who = Principal::with_roles(RoleSet::service());
        let level = Level { items: vec![Item::All], ..Level::default() };
        let action = Action::Read(Read { relation: relation.to_owned(), level, total: false });
        let compiled = Arc::new(prepare::compiled(&inner.loaded(), &action, &who, &limits)?);
        let request = Request { action, inputs: Vec::new(), guards: Guards::default() };
        let now_micros = inner.clock.now_micros();
        let context = Context { who: &who, now_micros, limits: &limits, ids: &inner.ids, hash: inner.hash };
        let bound = prepare::bound(&compiled, &request, &context)?;
        let (guards, concerned) = (Guards::default(), Concerned::Nobody);
        inner.store.stream(&Job { compiled, bound, guards, who, now_micros, concerned }, each)
    }
}
