//! Settings from environment variables. In: variables. Out: a TOML table of the same shape as the file.
//! `BACKSTAY_` + the path in capitals with `__` between levels; a few names have a short form.

use super::file::ConfigError;
use super::setting::{Entry, Kind, NAME};
use std::ffi::OsString;
use std::path::Path;
use toml::{Table, Value};

const PREFIX: &str = "BACKSTAY_";

/// Short names, and the keys they stand for.
pub(crate) const SHORT_FORMS: &[(&str, &str)] = &[
    ("BACKSTAY_MASTER_KEY", "auth.master_key"),
    ("BACKSTAY_JWT_SECRET", "auth.jwt_secret"),
    ("BACKSTAY_ANON_KEY", "auth.anon_key"),
    ("BACKSTAY_SERVICE_KEY", "auth.service_key"),
    ("BACKSTAY_SITE_URL", "auth.site_url"),
    ("BACKSTAY_LOG", "log.filter"),
    ("BACKSTAY_REST_TX_OVERRIDE", "rest.tx_override"),
    ("BACKSTAY_MAIL_URL", "mail.url"),
    ("BACKSTAY_MAIL_FROM", "mail.from"),
];

/// What the environment says.
#[derive(Debug, Default)]
pub(crate) struct FromEnvironment {
    /// Values, in the order of the variables.
    pub values: Vec<Found>,
    /// Variables that were left alone although they look like ours.
    pub notes: Vec<String>,
}

/// One value.
#[derive(Debug)]
pub(crate) struct Found {
    /// The full name of its variable.
    pub name: String,
    /// Where it stands in the file.
    pub path: Vec<String>,
    /// As the file would hold it.
    pub value: Value,
}

/// The full name of a key in the environment.
#[must_use]
pub(crate) fn variable_name(path: &[&str]) -> String {
    format!("{PREFIX}{}", path.join("__").to_uppercase())
}

/// The variables of this process.
pub(crate) fn variables() -> impl Iterator<Item = (OsString, OsString)> {
    std::env::vars_os()
}

/// Reads every variable that begins with `BACKSTAY_`.
///
/// An unknown name with `__` is meant as a setting and is an error; another unknown name may belong to something else and is noted.
///
/// # Errors
/// A value of the wrong type, or an unknown setting, by the variable's name.
pub(crate) fn read(
    variables: impl Iterator<Item = (OsString, OsString)>,
    entries: &[Entry],
) -> Result<FromEnvironment, ConfigError> {
    let mut found = FromEnvironment::default();
    for (name, value) in variables {
        let Some(name) = name.to_str().filter(|name| name.starts_with(PREFIX)) else { continue };
        let Some((entry, path)) = entry_of(name, entries) else {
            found.notes.push(unknown(name, entries)?);
            continue;
        };
        let Some(text) = value.to_str() else {
            return Err(ConfigError::Variable {
                name: name.to_owned(),
                problem: "its value is not UTF-8 text".to_owned(),
            });
        };
        let Some(kind) = entry.value.as_ref().map(|value| value.kind) else { continue };
        let value = typed(text, kind).map_err(|problem| ConfigError::Variable { name: name.to_owned(), problem })?;
        let names: Vec<&str> = path.iter().map(String::as_str).collect();
        found.values.push(Found { name: variable_name(&names), path, value });
    }
    Ok(found)
}

/// The key that a variable sets, and its names in the file.
fn entry_of<'a>(variable: &str, entries: &'a [Entry]) -> Option<(&'a Entry, Vec<String>)> {
    let short = SHORT_FORMS.iter().find(|(short, _)| *short == variable).map(|(_, path)| *path);
    let written: Vec<&str> = variable.strip_prefix(PREFIX)?.split("__").collect();
    entries.iter().filter(|entry| entry.value.is_some()).find_map(|entry| match short {
        Some(path) => (entry.path.join(".") == path).then(|| (entry, owned(&entry.path))),
        None => names(entry, &written).map(|path| (entry, path)),
    })
}

/// The names of an entry as written in a variable's name, in capitals; names of the operator's choice become small letters.
fn names(entry: &Entry, written: &[&str]) -> Option<Vec<String>> {
    if entry.path.len() != written.len() {
        return None;
    }
    let each = entry.path.iter().zip(written).map(|(own, written)| match *own {
        NAME if written.is_empty() => None,
        NAME => Some(written.to_lowercase()),
        own => (own.to_uppercase() == **written).then(|| own.to_owned()),
    });
    each.collect()
}

fn owned(path: &[&str]) -> Vec<String> {
    path.iter().map(|name| (*name).to_owned()).collect()
}

fn unknown(name: &str, entries: &[Entry]) -> Result<String, ConfigError> {
    let names = entries.iter().filter(|entry| entry.value.is_some()).map(|entry| variable_name(&entry.path));
    let names: Vec<String> = names.chain(SHORT_FORMS.iter().map(|(short, _)| (*short).to_owned())).collect();
    let suggestion = super::file::nearest(name, names.iter().map(String::as_str));
    if name.contains("__") {
        return Err(ConfigError::UnknownVariable { name: name.to_owned(), suggestion });
    }
    let hint = suggestion.map(|other| format!("; did you mean {other}?")).unwrap_or_default();
    Ok(format!("{name} is set and is not a setting{hint}"))
}

fn typed(text: &str, kind: Kind) -> Result<Value, String> {
    match kind {
        Kind::Boolean => match text {
            "true" | "1" => Ok(Value::Boolean(true)),
            "false" | "0" => Ok(Value::Boolean(false)),
            _ => Err(format!("`{text}` is not `true` or `false`")),
        },
        Kind::Number => text.trim().parse().map(Value::Integer).map_err(|_| format!("`{text}` is not a whole number")),
        Kind::List => {
            let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
            Ok(Value::Array(items.map(|item| Value::String(item.to_owned())).collect()))
        }
        Kind::Path => {
            // Absolute, because relative paths in the table start at the folder of the settings file.
            let path =
                std::path::absolute(Path::new(text)).map_err(|error| format!("`{text}` is not a path: {error}"))?;
            Ok(Value::String(path.display().to_string()))
        }
        Kind::Text | Kind::Duration | Kind::Size | Kind::Secret | Kind::Choice(_) => Ok(Value::String(text.to_owned())),
    }
}

/// Puts a value at its path, making the sections above it.
pub(crate) fn insert(table: &mut Table, path: &[String], value: Value) {
    match path {
        [] => {}
        [key] => {
            table.insert(key.clone(), value);
        }
        [section, rest @ ..] => {
            let below = table.entry(section.clone()).or_insert_with(|| Value::Table(Table::new()));
            if let Value::Table(below) = below {
                insert(below, rest, value);
            }
        }
    }
}
