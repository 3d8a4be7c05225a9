//! Renders translated templates. In: a template by name, values. Out: text; everything that a value brings into HTML is escaped.

use super::catalog::Variables;
use minijinja::value::{Rest, Value, ValueKind};
use minijinja::{AutoEscape, Environment, Error, ErrorKind, UndefinedBehavior};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::fmt::Write;
use url::Url;

/// The engine, without templates. Names that end in `.html` are HTML, all others plain text.
pub(super) fn environment() -> Environment<'static> {
    let mut engine = Environment::new();
    // By name, and named by us: a template that is called otherwise would not be escaped.
    engine.set_auto_escape_callback(|name| if name.ends_with(".html") { AutoEscape::Html } else { AutoEscape::None });
    engine.set_undefined_behavior(UndefinedBehavior::Chainable);
    engine.set_formatter(|out, state, value| {
        let is_html = matches!(state.auto_escape(), AutoEscape::Html);
        let text = printed(value);
        let written = if is_html { escape(&text, out) } else { out.write_str(&without_controls(&text)) };
        written.map_err(|_| Error::new(ErrorKind::WriteFailure, "the text cannot be written"))
    });
    engine.add_function("go_len", |value: Value| value.len().unwrap_or(0));
    engine.add_function("go_host", |value: Value| host(&printed(&value)));
    engine.add_function("go_urlquery", |value: Value| {
        url::form_urlencoded::byte_serialize(printed(&value).as_bytes()).collect::<String>()
    });
    engine.add_function("go_link", |value: Value| link(&printed(&value)));
    engine.add_function("go_range", |value: Value| pairs(&value));
    engine.add_function("go_print", |values: Rest<Value>| values.iter().map(printed).collect::<String>());
    engine.add_function("go_printf", |format: String, values: Rest<Value>| formatted(&format, &values));
    engine
}

/// Values under the name `top`. What is null is absent.
pub(super) fn context(variables: &Variables) -> Value {
    let top = serde_json::to_value(variables).unwrap_or_default();
    Value::from(BTreeMap::from([("top".to_owned(), value(top))]))
}

fn value(json: Json) -> Value {
    match json {
        Json::Null => Value::UNDEFINED,
        Json::Bool(value) => value.into(),
        Json::Number(number) => match (number.as_i64(), number.as_u64(), number.as_f64()) {
            (Some(value), _, _) => value.into(),
            (None, Some(value), _) => value.into(),
            (None, None, value) => value.unwrap_or_default().into(),
        },
        Json::String(text) => text.into(),
        Json::Array(items) => items.into_iter().map(value).collect::<Vec<_>>().into(),
        Json::Object(members) => {
            let kept = members.into_iter().filter(|(_, value)| !value.is_null());
            kept.map(|(name, member)| (name, value(member))).collect::<BTreeMap<_, _>>().into()
        }
    }
}

/// A value as Go prints it.
fn printed(value: &Value) -> String {
    if value.is_undefined() || value.is_none() {
        return String::new();
    }
    if value.kind() == ValueKind::Bool { value.is_true().to_string() } else { value.to_string() }
}

fn escape(text: &str, out: &mut impl Write) -> std::fmt::Result {
    for c in text.chars() {
        match c {
            '<' => out.write_str("&lt;")?,
            '>' => out.write_str("&gt;")?,
            '&' => out.write_str("&amp;")?,
            '"' => out.write_str("&quot;")?,
            '\'' => out.write_str("&#39;")?,
            c if c.is_control() && !matches!(c, '\n' | '\t') => out.write_char(' ')?,
            c => out.write_char(c)?,
        }
    }
    Ok(())
}

fn without_controls(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && !matches!(c, '\n' | '\t') { ' ' } else { c }).collect()
}

/// The host of an address, with its port where it names one; the text itself when it is no address.
fn host(text: &str) -> String {
    let url = Url::parse(text).ok();
    let host = url.as_ref().and_then(|url| url.host_str().map(|host| (host, url.port())));
    match host {
        Some((host, Some(port))) => format!("{host}:{port}"),
        Some((host, None)) => host.to_owned(),
        None => text.to_owned(),
    }
}

/// An address for a link. Addresses that are programs become `#`.
fn link(text: &str) -> String {
    let bare: String = text.chars().filter(|c| !c.is_control() && !c.is_whitespace()).take(16).collect();
    let bare = bare.to_ascii_lowercase();
    let is_program = ["javascript:", "data:", "vbscript:"].iter().any(|scheme| bare.starts_with(scheme));
    if is_program { "#".to_owned() } else { text.to_owned() }
}

/// Keys and values of a list or map; nothing for anything else.
fn pairs(value: &Value) -> Vec<(Value, Value)> {
    let Ok(items) = value.try_iter() else { return Vec::new() };
    if value.kind() == ValueKind::Map {
        return items.map(|key| (key.clone(), value.get_item(&key).unwrap_or_default())).collect();
    }
    let is_list = value.kind() == ValueKind::Seq;
    items.enumerate().filter(|_| is_list).map(|(index, item)| (Value::from(index), item)).collect()
}

/// `%s`, `%v`, `%d` and `%q`; `%%` is a percent sign. Anything else stays as it is.
fn formatted(format: &str, values: &[Value]) -> String {
    let mut out = String::new();
    let mut values = values.iter();
    let mut chars = format.chars();
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        match chars.next() {
            Some('s' | 'v' | 'd') => out.push_str(&values.next().map(printed).unwrap_or_default()),
            Some('q') => out.push_str(&format!("\"{}\"", values.next().map(printed).unwrap_or_default())),
            Some('%') | None => out.push('%'),
            Some(other) => out.extend(['%', other]),
        }
    }
    out
}
