//! Runs the read that decides whether an error message may show a key.

use super::Settings;
use super::connection::Link;
use super::read;
use crate::store::{Job, probe};
use backstay_plan::value::Value;
use backstay_schema::model::{FieldId, Model};

/// Whether the caller can read a row that holds these values in these columns.
pub(crate) fn sees(link: &Link, job: &Job, model: &Model, fields: &[FieldId], values: &[Value]) -> bool {
    let Some((compiled, bound)) = probe::look(job, model, fields, values) else { return false };
    let params = bound.texts.first().map_or(&[][..], Vec::as_slice);
    read::run(link, &compiled, params, &Settings::default()).is_ok_and(|outcome| outcome.rows > 0)
}
