//! Bounds on what one request may ask for, shared by every protocol and by rules. A breach is the caller's error.

use crate::fault::Refusal;

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
    /// Bounds of a query document and of what it asks for.
    pub document: DocumentLimits,
}

/// Bounds of a query document (GraphQL), checked before anything is planned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DocumentLimits {
    /// Bytes of its text.
    pub bytes_max: u32,
    /// Lexical tokens of its text.
    pub tokens_max: u32,
    /// Nesting of its fields.
    pub depth_max: u16,
    /// Nesting of fields that ask about the schema.
    pub introspection_depth_max: u16,
    /// Fields with an alias.
    pub aliases_max: u16,
    /// Fields at the root of one operation.
    pub root_fields_max: u16,
    /// Directives.
    pub directives_max: u16,
    /// Sum of the costs of its fields; a batch shares it.
    pub complexity_max: u32,
    /// Requests of one batch; none is no batches.
    pub batch_max: u16,
    /// Bytes of one request besides the document's: its variables.
    pub variables_bytes_max: u32,
    /// Bytes of one answer.
    pub answer_bytes_max: u32,
    /// Time for one request, milliseconds.
    pub time_ms_max: u32,
}

impl Default for DocumentLimits {
    fn default() -> Self {
        Self {
            bytes_max: 64 * 1024,
            tokens_max: 2_000,
            depth_max: 12,
            introspection_depth_max: 15,
            aliases_max: 50,
            root_fields_max: 20,
            directives_max: 50,
            complexity_max: 5_000,
            batch_max: 10,
            variables_bytes_max: 1024 * 1024,
            answer_bytes_max: 16 * 1024 * 1024,
            time_ms_max: 10_000,
        }
    }
}

/// What a query document asks for, counted. Fragments count wherever they are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DocumentMeasure {
    /// Nesting of its fields.
    pub depth: u64,
    /// Nesting of fields that ask about the schema.
    pub introspection_depth: u64,
    /// Fields with an alias.
    pub aliases: u64,
    /// Fields at the root of the operation that has most.
    pub root_fields: u64,
    /// Directives.
    pub directives: u64,
    /// Fields of the operation that has most: each costs at least one.
    pub fields: u64,
}

impl DocumentLimits {
    /// Refuses a document that asks for too much.
    ///
    /// # Errors
    /// [`Refusal::LimitExceeded`], with the first limit that is exceeded.
    pub fn admit(&self, measure: &DocumentMeasure) -> Result<(), Refusal> {
        for (found, max, what) in [
            (measure.depth, u64::from(self.depth_max), "levels of fields"),
            (measure.introspection_depth, u64::from(self.introspection_depth_max), "levels of introspection"),
            (measure.aliases, u64::from(self.aliases_max), "aliases"),
            (measure.root_fields, u64::from(self.root_fields_max), "root fields"),
            (measure.directives, u64::from(self.directives_max), "directives"),
            (measure.fields, u64::from(self.complexity_max), "complexity"),
        ] {
            within(found, max, what)?;
        }
        Ok(())
    }

    /// Refuses a text that is too long to be read. `tokens` may be cut off once it is past the limit.
    ///
    /// # Errors
    /// [`Refusal::LimitExceeded`].
    pub fn admit_text(&self, bytes: usize, tokens: usize) -> Result<(), Refusal> {
        within(bytes as u64, u64::from(self.bytes_max), "bytes of the document")?;
        within(tokens as u64, u64::from(self.tokens_max), "tokens")
    }

    /// Refuses an operation, with its variables, that costs too much.
    ///
    /// # Errors
    /// [`Refusal::LimitExceeded`].
    pub fn admit_cost(&self, cost: u64) -> Result<(), Refusal> {
        within(cost, u64::from(self.complexity_max), "complexity")
    }

    /// Refuses variables that are too long to be read.
    ///
    /// # Errors
    /// [`Refusal::LimitExceeded`].
    pub fn admit_variables(&self, bytes: usize) -> Result<(), Refusal> {
        within(bytes as u64, u64::from(self.variables_bytes_max), "bytes of variables")
    }

    /// Refuses a batch of too many requests.
    ///
    /// # Errors
    /// [`Refusal::LimitExceeded`].
    pub fn admit_batch(&self, requests: usize) -> Result<(), Refusal> {
        within(requests as u64, u64::from(self.batch_max), "requests in a batch")
    }

    /// Refuses an answer that is too long to be sent.
    ///
    /// # Errors
    /// [`Refusal::LimitExceeded`].
    pub fn admit_answer(&self, bytes: usize) -> Result<(), Refusal> {
        within(bytes as u64, u64::from(self.answer_bytes_max), "bytes of answer")
    }
}

fn within(found: u64, max: u64, what: &'static str) -> Result<(), Refusal> {
    if found > max { Err(Refusal::LimitExceeded { what, max }) } else { Ok(()) }
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
            document: DocumentLimits::default(),
        }
    }
}
