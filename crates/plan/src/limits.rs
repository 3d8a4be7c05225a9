//! Bounds on what one request may ask for, shared by every protocol and by rules. A breach is the caller's error.

/// Bounds of one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Levels of embedding below the root.
    pub embed_depth_max: u16,
    /// Embeds in one request.
    pub embeds_max: u16,
    /// Items of all select lists together.
    pub items_max: u16,
    /// Conditions of all filters together.
    pub conditions_max: u16,
    /// Nesting of `and`, `or`, `not`.
    pub condition_depth_max: u16,
    /// Sort terms of one level.
    pub order_terms_max: u16,
    /// Elements of one `in` list or array value.
    pub list_items_max: u32,
    /// Rows of one write.
    pub write_rows_max: u32,
    /// Rows answered at every level, whatever the request says.
    pub rows_max: u32,
    /// Rows of a page that does not say how many.
    pub page_rows: u32,
    /// Bytes of one regular expression.
    pub regex_bytes_max: u32,
    /// Steps of one JSON path.
    pub path_steps_max: u16,
    /// Nesting of a JSON value.
    pub json_depth_max: u16,
    /// Whether aggregates may be asked for.
    pub aggregates: bool,
    /// Whether every caller may change or remove all rows at once, and not the service role alone.
    pub unbounded_writes: bool,
    /// Operations of one transaction.
    pub transaction_operations_max: u16,
    /// References to earlier results in one transaction.
    pub transaction_references_max: u16,
    /// Rows that the operations of one transaction write and answer together.
    pub transaction_rows_max: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            embed_depth_max: 8,
            embeds_max: 50,
            items_max: 500,
            conditions_max: 200,
            condition_depth_max: 16,
            order_terms_max: 16,
            list_items_max: 10_000,
            write_rows_max: 10_000,
            rows_max: 1_000,
            page_rows: 50,
            regex_bytes_max: 1_000,
            path_steps_max: 16,
            json_depth_max: 64,
            aggregates: true,
            unbounded_writes: false,
            transaction_operations_max: 100,
            transaction_references_max: 1_000,
            transaction_rows_max: 10_000,
        }
    }
}
