//! Names for types and fields, made of names that may be anything. Each is used once, whatever its case.

use crate::directive;
use crate::naming;
use std::collections::HashSet;

/// Names that mean something to GraphQL or to Backstay.
const TAKEN: [&str; 5] = ["Query", "Mutation", "Subscription", "Void", "Role"];

/// Names that were given.
#[derive(Debug, Default)]
pub(super) struct Names(HashSet<String>);

impl Names {
    /// Names for types, with those of scalars taken.
    pub(super) fn of_types() -> Self {
        let scalars = directive::table().scalar_names().iter().map(String::as_str);
        Self(scalars.chain(TAKEN).map(str::to_lowercase).collect())
    }

    /// Takes a name when nobody has it.
    pub(super) fn take(&mut self, name: &str) -> bool {
        self.0.insert(name.to_lowercase())
    }

    /// The name itself, or one after it that nobody has.
    pub(super) fn free(&mut self, name: &str) -> String {
        let numbered = (2_u32..).map(|number| format!("{name}{number}"));
        let mut all = std::iter::once(name.to_owned()).chain(numbered);
        all.find(|name| self.take(name)).unwrap_or_default()
    }
}

/// Whether GraphQL takes a name as it is, and nobody else claims it.
pub(super) fn is_plain(name: &str) -> bool {
    let mut letters = name.chars();
    let begins = letters.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
    let own = ["rowid", "_rowid_"].contains(&name.to_lowercase().as_str());
    begins && letters.all(|c| c.is_ascii_alphanumeric() || c == '_') && !name.starts_with("__") && !own
}

/// The name with what GraphQL does not take replaced.
pub(super) fn plain(name: &str) -> String {
    if is_plain(name) {
        return name.to_owned();
    }
    let kept: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    let kept = kept.trim_matches('_');
    match kept.chars().next() {
        Some(first) if first.is_ascii_digit() => format!("n{kept}"),
        Some(_) if is_plain(kept) => kept.to_owned(),
        Some(_) => format!("{kept}_value"),
        None => "value".to_owned(),
    }
}

/// `film actor` → `FilmActor`.
pub(super) fn of_type(name: &str) -> String {
    naming::pascal_case(&plain(name))
}

/// Why a table or column cannot be named in a schema, if it cannot.
pub(super) fn unspeakable(name: &str) -> Option<&'static str> {
    if name.is_empty() || name.len() > 63 {
        return Some("its name is empty or longer than 63 bytes");
    }
    name.chars().any(|c| c.is_control() || c == '/' || c == '"').then_some("its name holds a slash or a quote")
}
