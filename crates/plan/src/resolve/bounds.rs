//! Counts what a request asks for against [`Limits`], in one pass. A breach is refused before the part is looked at.

use crate::fault::Refusal;
use crate::limits::Limits;

/// What was counted so far.
pub(super) struct Bounds<'a> {
    limits: &'a Limits,
    embeds: u64,
    items: u64,
    conditions: u64,
}

impl<'a> Bounds<'a> {
    pub(super) fn new(limits: &'a Limits) -> Self {
        Self { limits, embeds: 0, items: 0, conditions: 0 }
    }

    /// Counts an embed at `depth` levels below the root.
    pub(super) fn embed(&mut self, depth: usize) -> Result<(), Refusal> {
        self.embeds += 1;
        within("levels of embedding", depth, self.limits.embed_depth_max.into())?;
        within("embedded resources", self.embeds, self.limits.embeds_max.into())
    }

    /// Counts an item of a select list.
    pub(super) fn item(&mut self) -> Result<(), Refusal> {
        self.items += 1;
        within("select items", self.items, self.limits.items_max.into())
    }

    /// Counts a condition nested `depth` deep.
    pub(super) fn condition(&mut self, depth: usize) -> Result<(), Refusal> {
        self.conditions += 1;
        within("levels of conditions", depth, self.limits.condition_depth_max.into())?;
        within("conditions", self.conditions, self.limits.conditions_max.into())
    }

    /// Checks the sort terms of one level.
    pub(super) fn order(&self, terms: usize) -> Result<(), Refusal> {
        within("order terms", terms, self.limits.order_terms_max.into())
    }

    /// Checks the steps of one JSON path.
    pub(super) fn path(&self, steps: usize) -> Result<(), Refusal> {
        within("steps of a JSON path", steps, self.limits.path_steps_max.into())
    }
}

fn within(what: &'static str, count: impl TryInto<u64>, max: u64) -> Result<(), Refusal> {
    match count.try_into() {
        Ok(count) if count <= max => Ok(()),
        Ok(_) | Err(_) => Err(Refusal::LimitExceeded { what, max }),
    }
}
