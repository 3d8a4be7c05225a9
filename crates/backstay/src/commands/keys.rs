//! `backstay keys`: the two keys of a data folder, the API keys of its database, and the keys that sign tokens.

use crate::cli::{Keys, KeysAction, KeysFormat, NewKey, Project};
use crate::config::units::Interval;
use crate::office::Office;
use crate::problem::{self, Problem};
use crate::{project, terminal};
use backstay_engine::clock::{Clock, SystemClock};
use http::Method;
use serde_json::{Value, json};
use std::path::PathBuf;

/// Does what the command line says about keys.
pub(crate) async fn run(arguments: &Keys, config: Option<PathBuf>) -> Result<(), Problem> {
    let place = &arguments.project;
    match &arguments.action {
        KeysAction::List { all, format } => list(place, config, (*all, *format)).await,
        KeysAction::Create(new) => {
            let body = wanted(new)?;
            let key = asked(place, config, (Method::POST, "/admin/api-keys", Some(body))).await?;
            terminal::message("This is the only time that the key is shown.");
            let text = match new.format {
                KeysFormat::Json => key.to_string(),
                KeysFormat::Text => key["api_key"].as_str().unwrap_or_default().to_owned(),
            };
            problem::output(terminal::data(format!("{text}\n")))
        }
        KeysAction::Revoke { key } => {
            let keys = asked(place, config.clone(), (Method::GET, "/admin/api-keys", None)).await?;
            let is = |row: &&Value| [&row["id"], &row["prefix"]].iter().any(|name| name.as_str() == Some(key.as_str()));
            let row = keys.as_array().into_iter().flatten().find(is).ok_or_else(|| {
                Problem::new("there is no such key")
                    .help("name it by its id or prefix; see them with: backstay keys list --all")
            })?;
            let path = format!("/admin/api-keys/{}", row["id"].as_str().unwrap_or_default());
            let row = asked(place, config, (Method::DELETE, &path, None)).await?;
            problem::output(terminal::data(format!("revoked {}\n", line(&row))))
        }
        KeysAction::Rotate { now } => {
            let body = json!({ "now": now });
            let keys = asked(place, config, (Method::POST, "/admin/signing-keys/rotate", Some(body))).await?;
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            let row = |key: &Value| {
                format!("{:8}  {}  since {}\n", text(&key["status"]), text(&key["kid"]), text(&key["since"]))
            };
            problem::output(terminal::data(keys.as_array().into_iter().flatten().map(row).collect::<String>()))
        }
    }
}

async fn list(place: &Project, config: Option<PathBuf>, (all, format): (bool, KeysFormat)) -> Result<(), Problem> {
    let keys = project::keys(&project::settings(place, config.clone(), None)?)?;
    let rows = if all { Some(asked(place, config, (Method::GET, "/admin/api-keys", None)).await?) } else { None };
    let text = match format {
        KeysFormat::Text => {
            let rows = rows.iter().filter_map(Value::as_array).flatten().map(|row| format!("{}\n", line(row)));
            format!("anon     {}\nservice  {}\n{}", keys.anon, keys.service, rows.collect::<String>())
        }
        KeysFormat::Json => {
            let mut out = json!({ "anon": keys.anon, "service": keys.service });
            if let Some(rows) = rows {
                out["keys"] = rows;
            }
            format!("{out}\n")
        }
    };
    problem::output(terminal::data(text))
}

async fn asked(
    place: &Project,
    config: Option<PathBuf>,
    (method, path, body): (Method, &str, Option<Value>),
) -> Result<Value, Problem> {
    let (office, _) = Office::open(place, config).await?;
    let answer = office.ask(method, path, body.as_ref()).await;
    office.close().await;
    answer
}

fn wanted(new: &NewKey) -> Result<Value, Problem> {
    let mut body = json!({"name": new.name, "kind": new.kind.to_string(), "role": new.role, "scopes": new.scope});
    if let Some(text) = &new.claims {
        let claims: Value = serde_json::from_str(text).map_err(|error| {
            Problem::usage(format!("--claims is not JSON: {error}")).help("for example --claims '{\"org\":\"blue\"}'")
        })?;
        body["claims"] = claims;
    }
    if let Some(text) = &new.expires {
        let life = Interval::parse(text).map_err(|reason| Problem::usage(format!("--expires: {reason}")))?;
        let life = i64::try_from(life.duration().as_micros()).unwrap_or(i64::MAX);
        let end = chrono::DateTime::<chrono::Utc>::from_timestamp_micros(SystemClock.now_micros().saturating_add(life));
        let end = end.ok_or_else(|| Problem::usage("--expires is too long"))?;
        body["expires_at"] = json!(end.to_rfc3339_opts(chrono::SecondsFormat::Secs, true));
    }
    Ok(body)
}

fn line(row: &Value) -> String {
    let text = |key: &str| row[key].as_str().unwrap_or_default().to_owned();
    let mut out = format!("{}  {:11}  {}…  {}", text("id"), text("kind"), text("prefix"), text("name"));
    for (key, word) in [("role", "role"), ("expires_at", "until"), ("last_used_at", "used"), ("revoked_at", "revoked")]
    {
        if let Some(value) = row[key].as_str() {
            out.push_str(&format!("  {word} {value}"));
        }
    }
    out
}
