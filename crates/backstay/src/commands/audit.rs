//! `backstay audit`: what happened to accounts, sessions and keys. In: what to look for. Out: a line each, or JSON.

use crate::cli::{Audit, ListFormat};
use crate::office::Office;
use crate::problem::{self, Problem};
use crate::terminal;
use http::Method;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use std::path::PathBuf;

/// Prints entries, the newest first.
pub(crate) async fn run(arguments: &Audit, config: Option<PathBuf>) -> Result<(), Problem> {
    let (office, _) = Office::open(&arguments.project, config).await?;
    let query = arguments.query.as_deref().unwrap_or_default();
    let query = utf8_percent_encode(query, NON_ALPHANUMERIC);
    let path = format!("/admin/audit?page={}&per_page={}&query={query}", arguments.page, arguments.limit);
    let answer = office.ask(Method::GET, &path, None).await;
    office.close().await;
    let answer = answer?;
    let text = match arguments.format {
        ListFormat::Json => format!("{answer}\n"),
        ListFormat::Text => answer.as_array().into_iter().flatten().map(line).collect(),
    };
    problem::output(terminal::data(text))
}

fn line(entry: &Value) -> String {
    let payload = &entry["payload"];
    let text = |value: &Value| value.as_str().filter(|text| !text.is_empty()).unwrap_or("-").to_owned();
    let who = match payload["actor_username"].as_str() {
        Some(name) if !name.is_empty() => name.to_owned(),
        _ => text(&payload["actor_type"]),
    };
    let failed = if payload["outcome"] == "failure" { "  failed" } else { "" };
    format!(
        "{}  {}  by {who}  about {}  from {}{failed}\n",
        text(&entry["created_at"]),
        text(&payload["action"]),
        text(&payload["target"]),
        text(&entry["ip_address"]),
    )
}
