//! Requests through `resolve`, `authorize` and `bind`, as rows of data. `select` builds requests from a short notation, `print` writes
//! plans in one line.

#![expect(clippy::panic, reason = "a fixture that does not hold ends its test")]

mod authorize;
mod bounds;
mod calls;
mod document;
mod evaluate;
mod fixture;
mod print;
mod properties;
mod related;
mod resolve;
mod rows;
mod select;
mod values;
mod view;
