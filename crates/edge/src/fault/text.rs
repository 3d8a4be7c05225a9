//! Phrases that several faults share.

/// `"name"`.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{name}\"")
}
