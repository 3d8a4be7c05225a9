//! The last step: every rule text gets its checked form. In: a schema whose names are all known. Out: the same schema with
//! expressions, and every mistake in them.

use crate::model::Schema;
use crate::report::Report;

/// Checks every rule of the schema.
pub(super) fn check(_schema: &mut Schema, _report: &mut Report) {}
