//! What a request came to: JSON bytes that no later stage has to parse, and the numbers a protocol puts in its headers.

use crate::Failure;
use backstay_schema::model::CachePolicy;
use bytes::Bytes;
use serde::de::DeserializeOwned;
use std::time::Duration;

/// The outcome of a request.
#[derive(Debug, Clone)]
pub struct Answer {
    /// A JSON array of rows (`[]` for none), or one JSON value for an operation. Empty when nothing was to be returned.
    pub body: Bytes,
    /// Elements of the array in `body`.
    pub rows: u64,
    /// Rows without limit and offset, when asked for.
    pub total: Option<u64>,
    /// Rows written; 0 for reads.
    pub affected: u64,
    /// Rows of an upsert that were not there before; equals `affected` for a plain insert.
    pub inserted: u64,
    /// For how long and by whom the answer may be kept: the strictest `@cache` of all that was read.
    pub cache: Option<CachePolicy>,
    /// Time spent in each stage.
    pub timings: Timings,
}

impl Answer {
    /// The rows, read as values of a type.
    ///
    /// # Errors
    /// [`Failure::Internal`] when a row does not have the shape of the type.
    pub fn rows<T: DeserializeOwned>(&self) -> Result<Vec<T>, Failure> {
        if self.body.is_empty() {
            return Ok(Vec::new());
        }
        serde_json::from_slice(&self.body)
            .map_err(|error| Failure::Internal { reason: format!("a row is not what it should be: {error}") })
    }

    /// The first row, if there is one.
    ///
    /// # Errors
    /// As [`Answer::rows`].
    pub fn row<T: DeserializeOwned>(&self) -> Result<Option<T>, Failure> {
        Ok(self.rows()?.into_iter().next())
    }
}

/// Time spent in each stage of the pipeline.
#[derive(Debug, Clone, Copy, Default)]
pub struct Timings {
    /// Names to ids; zero when the plan was cached.
    pub resolve: Duration,
    /// Rules and masks; zero when the plan was cached.
    pub authorize: Duration,
    /// Plan to SQL; zero when the plan was cached.
    pub compile: Duration,
    /// Queue, statement and commit.
    pub execute: Duration,
}
