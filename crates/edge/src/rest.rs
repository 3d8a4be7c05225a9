//! The data API over HTTP, in PostgREST's dialect.

mod body;
mod headers;
mod parse;
mod path;
mod render;
