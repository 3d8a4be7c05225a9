//! `Accept-Profile` and `Content-Profile`: there is one schema, and other names are refused.

use crate::fault::{Fault, code};
use http::{HeaderMap, Method};

/// The schema that is exposed.
pub(in crate::rest) const SCHEMA: &str = "public";

/// Whether a profile was asked for, which is then named in the answer.
pub(in crate::rest) fn negotiated(headers: &HeaderMap, method: &Method) -> Result<bool, Fault> {
    let reads = !matches!(*method, Method::POST | Method::PATCH | Method::PUT | Method::DELETE);
    let name = if reads { "accept-profile" } else { "content-profile" };
    let Some(value) = headers.get(name) else {
        return Ok(false);
    };
    if value.as_bytes() == SCHEMA.as_bytes() {
        return Ok(true);
    }
    let asked = String::from_utf8_lossy(value.as_bytes());
    let hint = format!("Only the following schemas are exposed: {SCHEMA}");
    Err(Fault::new(code::SCHEMA, format!("Invalid schema: {asked}")).hint(Some(hint)))
}
