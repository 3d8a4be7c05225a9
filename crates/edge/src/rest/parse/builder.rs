//! What the parts of one query string share: the values taken out so far, and the bounds that the whole must keep.

use backstay_plan::Refusal;
use backstay_plan::limits::Limits;
use backstay_plan::request::{Input, Slot};

/// Values and counters of one query string.
#[derive(Debug)]
pub(super) struct Builder<'l> {
    /// Values, addressed by [`Slot`].
    pub(super) inputs: Vec<Input>,
    limits: &'l Limits,
    conditions: u16,
    embeds: u16,
    items: u16,
    breach: Option<Refusal>,
}

impl<'l> Builder<'l> {
    /// Nothing taken yet; the first `reserved` slots are kept for the caller, who fills them later.
    pub(super) fn new(limits: &'l Limits, reserved: usize) -> Self {
        let inputs = vec![Input::Int(0); reserved];
        Self { inputs, limits, conditions: 0, embeds: 0, items: 0, breach: None }
    }

    /// Keeps a value and gives its address.
    pub(super) fn keep(&mut self, input: Input) -> Slot {
        let slot = u16::try_from(self.inputs.len()).unwrap_or_else(|_| self.over("values", u16::MAX.into(), u16::MAX));
        self.inputs.push(input);
        Slot(slot)
    }

    /// Counts a condition.
    pub(super) fn count_condition(&mut self) {
        self.conditions = self.conditions.saturating_add(1);
        if self.conditions > self.limits.conditions_max {
            self.over("conditions", self.limits.conditions_max.into(), ());
        }
    }

    /// Counts an embed at a depth.
    pub(super) fn count_embed(&mut self, depth: u16) {
        self.embeds = self.embeds.saturating_add(1);
        if self.embeds > self.limits.embeds_max {
            self.over("embeds", self.limits.embeds_max.into(), ());
        }
        if depth > self.limits.embed_depth_max {
            self.over("levels of embedding", self.limits.embed_depth_max.into(), ());
        }
    }

    /// Counts an item of a select list.
    pub(super) fn count_item(&mut self) {
        self.items = self.items.saturating_add(1);
        if self.items > self.limits.items_max {
            self.over("selected items", self.limits.items_max.into(), ());
        }
    }

    /// Checks the nesting of a condition.
    pub(super) fn check_condition_depth(&mut self, depth: u16) {
        if depth > self.limits.condition_depth_max {
            self.over("levels of nested conditions", self.limits.condition_depth_max.into(), ());
        }
    }

    /// Checks the number of sort terms of a level.
    pub(super) fn check_order_terms(&mut self, count: usize) {
        if count > usize::from(self.limits.order_terms_max) {
            self.over("order terms", self.limits.order_terms_max.into(), ());
        }
    }

    /// Checks the number of elements of a list.
    pub(super) fn check_list(&mut self, count: usize) {
        if u64::try_from(count).is_ok_and(|count| count > u64::from(self.limits.list_items_max)) {
            self.over("list elements", self.limits.list_items_max.into(), ());
        }
    }

    /// Checks the number of columns of a write.
    pub(super) fn check_columns(&mut self, count: usize) {
        if count > usize::from(self.limits.items_max) {
            self.over("columns", self.limits.items_max.into(), ());
        }
    }

    /// Checks the number of steps of a path.
    pub(super) fn check_path(&mut self, steps: usize) {
        if steps > usize::from(self.limits.path_steps_max) {
            self.over("path steps", self.limits.path_steps_max.into(), ());
        }
    }

    /// Whether a bound is broken, so that going on is of no use.
    pub(super) fn is_over(&self) -> bool {
        self.breach.is_some()
    }

    /// The bound that was broken first.
    pub(super) fn take_breach(&mut self) -> Option<Refusal> {
        self.breach.take()
    }

    /// Notes a broken bound, unless one was noted before.
    pub(super) fn refuse(&mut self, refusal: Refusal) {
        self.breach.get_or_insert(refusal);
    }

    fn over<T>(&mut self, what: &'static str, max: u64, value: T) -> T {
        self.refuse(Refusal::LimitExceeded { what, max });
        value
    }
}
