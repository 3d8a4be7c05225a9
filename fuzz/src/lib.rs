//! Fuzz targets: plain functions from bytes to what was seen, or to what must never be.
//!
//! A target gives a number that stands for the path an input took (a status with its message, a new statement shape).
//! The driver keeps inputs that lead to a new number and mutates those, which is how it finds its way without instrumentation.

mod graphql;
mod rest;
mod rule_sql;
mod text;

#[path = "../../crates/engine/tests/rule_equivalence/generate.rs"]
mod generate;
#[path = "../../crates/engine/tests/rule_equivalence/memory.rs"]
mod memory;
#[path = "../../crates/engine/tests/rule_equivalence/random.rs"]
#[expect(clippy::unwrap_used, reason = "made for a test, which stops where it fails")]
mod random;
#[path = "../../crates/engine/tests/rule_equivalence/world.rs"]
#[expect(clippy::unwrap_used, clippy::panic, reason = "made for a test, which stops where it fails")]
mod world;

pub use graphql::fuzz_graphql;
pub use rest::{fuzz_body, fuzz_csv, fuzz_headers, fuzz_query, fuzz_select, fuzz_transaction};
pub use rule_sql::{fuzz_rule_sql, rules};
pub use text::{fuzz_rule, fuzz_sdl, fuzz_token, signed};

use std::hash::{DefaultHasher, Hash, Hasher};

/// What an input led to: a number for its path, or a finding.
pub type Outcome = Result<u64, String>;

/// A function to feed bytes to.
#[derive(Debug)]
pub struct Target {
    /// Its name, and the name of its folder in the corpus.
    pub name: &'static str,
    /// Takes an input.
    pub run: fn(&[u8]) -> Outcome,
    /// Pieces that mean something to it.
    pub words: &'static [&'static str],
}

/// Every target.
pub const TARGETS: &[Target] = &[
    Target { name: "sdl", run: fuzz_sdl, words: text::SDL_WORDS },
    Target { name: "rule", run: fuzz_rule, words: text::RULE_WORDS },
    Target { name: "rule_sql", run: fuzz_rule_sql, words: text::RULE_WORDS },
    Target { name: "query", run: fuzz_query, words: rest::QUERY_WORDS },
    Target { name: "select", run: fuzz_select, words: rest::QUERY_WORDS },
    Target { name: "headers", run: fuzz_headers, words: rest::HEADER_WORDS },
    Target { name: "body", run: fuzz_body, words: rest::BODY_WORDS },
    Target { name: "csv", run: fuzz_csv, words: rest::CSV_WORDS },
    Target { name: "graphql", run: fuzz_graphql, words: graphql::WORDS },
    Target { name: "transaction", run: fuzz_transaction, words: rest::TRANSACTION_WORDS },
    Target { name: "token", run: fuzz_token, words: text::TOKEN_WORDS },
];

/// A number for a text without its names and numbers, so that two messages of one kind count once.
fn kind(text: &str) -> u64 {
    let mut hash = DefaultHasher::new();
    let mut quoted = false;
    for character in text.chars() {
        if matches!(character, '"' | '`' | '\'') {
            quoted = !quoted;
        } else if !quoted && !character.is_ascii_digit() {
            character.hash(&mut hash);
        }
    }
    hash.finish()
}
