//! The target of GraphQL: a document goes all the way, through parser, types, plan, compiler and SQLite. The first line of an input
//! may hold variables as JSON. No input may make a panic, an internal error, or SQL that SQLite refuses.

use crate::rest::{Api, open};
use crate::{Outcome, kind};
use backstay_edge::graphql::{Graphql, Service, Settings, handle};
use backstay_plan::Principal;
use backstay_plan::principal::{Api as Door, RoleSet};
use bytes::Bytes;
use http::Request;
use serde_json::{Value, json};
use std::cell::RefCell;

pub(crate) const WORDS: &[&str] = &[
    "{ books { id } }",
    "mutation { ",
    "query($v: Int) { ",
    "books",
    "authors",
    "logs",
    "_by_pk(id: 1)",
    "_aggregate",
    "_connection",
    "(where: {",
    "(order_by: {",
    "limit: 1",
    "offset: 1",
    "distinct_on: [author_id]",
    "first: 1",
    "last: 1",
    "after: \"",
    "before: $v",
    "author { name }",
    "books { title }",
    "books_aggregate",
    "aggregate { count }",
    "count(columns: [id], distinct: true)",
    "sum { id }",
    "nodes { id }",
    "edges { cursor node { id } }",
    "pageInfo { hasNextPage endCursor }",
    "totalCount",
    "_and: [",
    "_or: [",
    "_not: {",
    "_eq: ",
    "_in: [",
    "_is_null: true",
    "_like: \"%\"",
    "_regex: \"^a\"",
    "_contains: {n: 1}",
    "_has_key: \"n\"",
    "predicate: {_gt: 0}",
    "asc_nulls_first",
    "desc",
    "insert_books(objects: [{id: 9, title: \"x\"",
    "author: {data: {id: 9, name: \"y\"}}",
    "books: {data: [{id: 8, title: \"z\"}]}",
    "on_conflict: {constraint: books_pkey, update_columns: [title]}",
    "update_books(where: {id: {_eq: 1}}, _set: {title: \"x\"}",
    "_inc: {author_id: 1}",
    "_append: {meta: {a: 1}}",
    "_delete_at_path: {meta: [\"n\"]}",
    "delete_books(where: {})",
    "max_affected: 1",
    "affected_rows",
    "returning { id }",
    "__typename",
    "__schema { types { name } }",
    "fragment F on Book { id ...F }",
    "...F",
    "... on Book { id }",
    "@skip(if: true)",
    "@include(if: $v)",
    "titled(word: \"o\") { id }",
    "add(a: 1)",
    "null",
    "$v",
    "{\"v\": 1}\n",
    "\"\"\"",
    "é",
    "}",
    ")",
    "]",
    "}}",
    ": ",
];

/// Inputs after which the database is made anew, since mutations stay.
const INPUTS_PER_DATABASE: usize = 1_000;

struct Fresh {
    api: Api,
    graphql: Graphql,
    left: usize,
}

thread_local! {
    static FRESH: RefCell<Option<Fresh>> = const { RefCell::new(None) };
}

/// A document, with its variables on a first line that is a JSON object.
///
/// # Errors
/// What must never be.
pub fn fuzz_graphql(data: &[u8]) -> Outcome {
    let text = String::from_utf8_lossy(data);
    let (variables, document) = match text.split_once('\n') {
        Some((first, rest)) if first.starts_with('{') => match serde_json::from_str::<Value>(first) {
            Ok(variables) => (variables, rest),
            Err(_) => (Value::Null, &*text),
        },
        _ => (Value::Null, &*text),
    };
    FRESH.with_borrow_mut(|fresh| {
        if fresh.as_ref().is_none_or(|fresh| fresh.left == 0) {
            let graphql = Graphql::new(Settings::default());
            *fresh = Some(Fresh { api: open()?, graphql, left: INPUTS_PER_DATABASE });
        }
        let Some(fresh) = fresh else { return Ok(0) };
        fresh.left -= 1;
        judged(fresh, &json!({ "query": document, "variables": variables }))
    })
}

fn judged(Fresh { api, graphql, .. }: &Fresh, body: &Value) -> Outcome {
    let request = Request::builder().method("POST").uri("/graphql").header("content-type", "application/json");
    let (parts, body) = request.body(Bytes::from(body.to_string())).map_err(|error| error.to_string())?.into_parts();
    let who = Principal { method: "POST", api: Door::Graphql, ..Principal::with_roles(RoleSet::anonymous()) };
    let misses = api.engine.stats().plan_misses;
    let service = Service { engine: &api.engine, graphql };
    let response = api.runtime.block_on(handle(service, &parts, body, &who, ""));
    let answer: Value = serde_json::from_slice(response.body())
        .map_err(|error| format!("the answer is no JSON: {error}: {:?}", response.body()))?;
    let error = answer.get("errors").and_then(|errors| errors.get(0)).cloned().unwrap_or_default();
    let code = error.pointer("/extensions/code").and_then(Value::as_str).unwrap_or_default();
    if response.status().is_server_error() || code == "unexpected" {
        return Err(format!("{} {:?}", response.status(), response.body()));
    }
    let message = error.get("message").and_then(Value::as_str).unwrap_or_default();
    let new_plan = api.engine.stats().plan_misses.wrapping_sub(misses);
    let fresh = if new_plan > 0 && code.is_empty() { api.engine.stats().plan_misses % 512 } else { 0 };
    Ok(kind(&format!("{code} {message}")) ^ u64::from(response.status().as_u16()) ^ (fresh << 32))
}
