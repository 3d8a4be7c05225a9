//! The reference page and the commented default file, made from the doc comments of the settings.

use super::Config;
use super::environment::{SHORT_FORMS, variable_name};
use super::setting::{Entry, Kind, NAME, Setting};

/// `docs/configuration.md`.
#[must_use]
pub(crate) fn page() -> String {
    let mut out = String::from(PAGE_HEAD);
    for entry in entries() {
        let Some(value) = &entry.value else {
            let title =
                if entry.path.is_empty() { "Top level".to_owned() } else { format!("`[{}]`", entry.path.join(".")) };
            out.push_str(&format!(
                "\n## {title}\n\n{}\n\n| key | meaning | type | default | environment |\n|---|---|---|---|---|\n",
                sentence(&entry)
            ));
            continue;
        };
        let key = entry.path.last().copied().unwrap_or_default();
        let default = value.default.as_ref().map_or_else(|| "unset".to_owned(), |default| format!("`{default}`"));
        let meaning = sentence(&entry).replace('|', "\\|");
        out.push_str(&format!(
            "| `{key}` | {meaning} | {} | {default} | `{}` |\n",
            kind_name(value.kind),
            environment_name(&entry)
        ));
    }
    out
}

/// A settings file in which every key stands, commented out, with its default.
#[must_use]
pub(crate) fn default_file() -> String {
    let mut out = String::from(FILE_HEAD);
    for entry in entries() {
        if entry.path.is_empty() {
            continue;
        }
        out.push('\n');
        for line in &entry.docs {
            out.push_str(&format!("#{line}\n"));
        }
        match &entry.value {
            // A section whose name the operator chooses is shown by an example, commented out with its keys.
            None if entry.path.contains(&NAME) => {
                out.push_str(&format!("# [{}]\n", entry.path.join(".").replace(NAME, EXAMPLE)));
            }
            None => out.push_str(&format!("[{}]\n", entry.path.join("."))),
            Some(value) => {
                let key = entry.path.last().copied().unwrap_or_default();
                out.push_str(&format!(
                    "# {key} = {}\n",
                    value.default.as_deref().unwrap_or(match value.kind {
                        Kind::Number => "2",
                        Kind::Boolean => "true",
                        Kind::Text
                        | Kind::Path
                        | Kind::Duration
                        | Kind::Size
                        | Kind::List
                        | Kind::Secret
                        | Kind::Choice(_) => "\"\"",
                    })
                ));
            }
        }
    }
    out
}

/// Shown where the operator chooses a name.
const EXAMPLE: &str = "google";

/// Keys before sections, in the order in which they are declared.
fn entries() -> Vec<Entry> {
    let mut entries = Vec::new();
    Config::default().describe(&[], &[], &mut entries);
    entries
}

fn environment_name(entry: &Entry) -> String {
    let path = entry.path.join(".");
    let short = SHORT_FORMS.iter().find(|(_, of)| *of == path).map(|(short, _)| (*short).to_owned());
    short.unwrap_or_else(|| variable_name(&entry.path))
}

fn sentence(entry: &Entry) -> String {
    entry.docs.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" ")
}

fn kind_name(kind: Kind) -> String {
    match kind {
        Kind::Text => "text".to_owned(),
        Kind::Path => "path".to_owned(),
        Kind::Boolean => "`true`, `false`".to_owned(),
        Kind::Number => "number".to_owned(),
        Kind::Duration => "duration".to_owned(),
        Kind::Size => "size".to_owned(),
        Kind::List => "list of texts".to_owned(),
        Kind::Secret => "secret".to_owned(),
        Kind::Choice(words) => words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", "),
    }
}

const PAGE_HEAD: &str = "\
# Configuration

<!-- Generated: `backstay config reference > docs/configuration.md`. A test fails when it is stale. -->

Settings come from three places; the later one wins: `backstay.toml`, the environment, flags.
`backstay.toml` is looked for in the project's folder: the one given to `backstay dev`, else the one of `--schema`, else the working
directory. `--config FILE` names another.
Relative paths in the file start at the file's folder, relative paths in the environment and in flags at the working directory.

Every key can be set in the environment: `BACKSTAY_` and its path in capitals, with `__` between levels. A list is separated by commas.
Where a shorter name exists, the table shows that one; the long one works too.

Durations are a whole number and a unit: `500ms`, `30s`, `5m`, `12h`, `7d`. Sizes too: `512B`, `64KiB`, `10MiB`, `1GiB`.
An unknown key is an error. Secrets are never logged or printed.
";

const FILE_HEAD: &str = "\
# Settings of Backstay. Every key is shown with its default; remove the `#` in front of one to change it.
# Made by `backstay config defaults`; `backstay config reference` shows all keys with their types and environment variables.
";

#[cfg(test)]
mod tests {
    use super::{default_file, page};
    use crate::config::Config;
    use std::path::Path;

    #[track_caller]
    fn fresh(file: &str, command: &str, expected: &str) {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(file);
        let found = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(found == expected, "docs/{file} is stale; run `cargo run -- config {command} > docs/{file}`");
    }

    #[test]
    fn the_committed_files_are_fresh() {
        fresh("configuration.md", "reference", &page());
        fresh("backstay.toml", "defaults", &default_file());
        fresh("commands.md", "commands", &crate::cli::page());
    }

    #[test]
    fn the_default_file_is_the_default() {
        assert_eq!(toml::from_str::<Config>(&default_file()).unwrap(), Config::default());
        // With every `#` taken away it is still a settings file, so the keys and the forms of their values are right.
        let is_key = |line: &str| line.starts_with("# [") || line.starts_with("# ") && line.contains(" = ");
        let bare: Vec<&str> =
            default_file_lines().into_iter().map(|line| if is_key(line) { &line[2..] } else { line }).collect();
        toml::from_str::<Config>(&bare.join("\n")).unwrap();
    }

    fn default_file_lines() -> Vec<&'static str> {
        default_file().leak().lines().collect()
    }
}
