//! Requests through `resolve`, `authorize` and `bind`, as rows of data. `select` builds requests from a short notation, `print` writes
//! plans in one line.

mod authorize;
mod fixture;
mod print;
mod resolve;
mod rows;
mod select;
mod values;
