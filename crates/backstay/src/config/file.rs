//! Finds, reads and merges the settings. In: a folder or a file, variables, flags. Out: a [`Config`] with absolute or working-directory paths.

use super::environment::{self, Found, FromEnvironment};
use super::setting::{Entry, Setting};
use super::{Config, FILE_NAME, units};
use std::borrow::Cow;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use toml::{Table, Value};

/// What the command line says.
#[derive(Debug, Default, Clone)]
pub(crate) struct Overrides {
    /// `--config FILE`.
    pub file: Option<PathBuf>,
    /// Folder of the project: where `backstay.toml` is looked for and where its relative paths start. `None` is the working directory.
    pub project: Option<PathBuf>,
    /// `--schema`.
    pub schema: Option<PathBuf>,
    /// `--data`.
    pub data_dir: Option<PathBuf>,
    /// `--listen`.
    pub listen: Option<String>,
}

/// Settings, and what there is to say about them.
#[derive(Debug)]
pub(crate) struct Loaded {
    /// The settings.
    pub config: Config,
    /// Variables that look like ours and are not.
    pub notes: Vec<String>,
}

/// Why the settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigError {
    /// The file is there and cannot be read.
    #[error("cannot read {}: {reason}", path.display())]
    Unreadable {
        /// File.
        path: PathBuf,
        /// The system's words.
        reason: String,
    },
    /// A key that does not exist.
    #[error("{place}: unknown setting `{key}`")]
    UnknownKey {
        /// `file:line:column`.
        place: String,
        /// As written.
        key: String,
        /// A key of similar name.
        suggestion: Option<String>,
    },
    /// Not TOML, or a value of the wrong type.
    #[error("{place}: {problem}")]
    Invalid {
        /// `file:line:column`.
        place: String,
        /// What is wrong.
        problem: String,
    },
    /// A value of the right type that cannot be meant.
    #[error("the setting `{key}` {problem}")]
    Value {
        /// Path of the key.
        key: &'static str,
        /// What is wrong, as the rest of a sentence.
        problem: Cow<'static, str>,
    },
    /// A variable with a value of the wrong type.
    #[error("{name}: {problem}")]
    Variable {
        /// Name of the variable.
        name: String,
        /// What is wrong.
        problem: String,
    },
    /// A variable that is meant as a setting and is none.
    #[error("unknown setting {name} in the environment")]
    UnknownVariable {
        /// Name of the variable.
        name: String,
        /// A name of similar spelling.
        suggestion: Option<String>,
    },
}

impl ConfigError {
    /// What to do about it.
    #[must_use]
    pub(crate) fn next_step(&self) -> String {
        match self {
            Self::UnknownKey { suggestion: Some(other), .. } => format!("did you mean `{other}`?"),
            Self::UnknownVariable { suggestion: Some(other), .. } => format!("did you mean {other}?"),
            Self::UnknownKey { .. }
            | Self::UnknownVariable { .. }
            | Self::Invalid { .. }
            | Self::Value { .. }
            | Self::Variable { .. } => "`backstay config reference` lists every setting with its type".to_owned(),
            Self::Unreadable { .. } => "check that the file exists and that this user may read it".to_owned(),
        }
    }
}

/// Settings of a command: defaults, file, environment, flags; later ones win.
///
/// # Errors
/// The first value that cannot be used, with its place.
pub(crate) fn load(overrides: &Overrides) -> Result<Loaded, ConfigError> {
    load_with(overrides, environment::variables())
}

/// [`load`] with the variables given.
pub(super) fn load_with(
    overrides: &Overrides,
    variables: impl Iterator<Item = (OsString, OsString)>,
) -> Result<Loaded, ConfigError> {
    let mut entries = Vec::new();
    Config::default().describe(&[], &[], &mut entries);

    let (file, text) = read_file(overrides)?;
    let place = file.clone().unwrap_or_else(|| PathBuf::from(FILE_NAME));
    let mut table = parse_file(&place, &text, &entries)?;
    let FromEnvironment { values, notes } = environment::read(variables, &entries)?;
    for Found { name, path, value } in values {
        let mut alone = Table::new();
        environment::insert(&mut alone, &path, value.clone());
        Value::Table(alone)
            .try_into::<Config>()
            .map_err(|error| ConfigError::Variable { name, problem: first_line(error.message()) })?;
        let value = from_working_directory(&path, value);
        environment::insert(&mut table, &path, value);
    }
    let mut config: Config = Value::Table(table).try_into().map_err(|error: toml::de::Error| ConfigError::Invalid {
        place: place.display().to_string(),
        problem: first_line(error.message()),
    })?;

    config.check().map_err(|(key, problem)| ConfigError::Value { key, problem })?;
    let base = base_folder(overrides, file.as_deref());
    config.schema = base.join(&config.schema);
    config.data_dir = base.join(&config.data_dir);
    let tls = &mut config.server.tls;
    for file in [&mut tls.cert, &mut tls.key].into_iter().flatten() {
        *file = base.join(&*file);
    }
    config.dev.seed = config.dev.seed.map(|seed| base.join(seed));
    config.mail.templates = config.mail.templates.map(|folder| base.join(folder));
    config.mail.url = config.mail.url.map(|url| units::folder_below(&base, url));
    if let Some(schema) = &overrides.schema {
        config.schema.clone_from(schema);
    }
    if let Some(data_dir) = &overrides.data_dir {
        config.data_dir.clone_from(data_dir);
    }
    if let Some(listen) = &overrides.listen {
        config.listen.clone_from(listen);
    }
    Ok(Loaded { config, notes })
}

/// The candidate whose spelling is nearest, when it is near enough to be meant.
pub(super) fn nearest<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> Option<String> {
    candidates
        .map(|candidate| (strsim::jaro_winkler(name, candidate), candidate))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate.to_owned())
}

/// `dir:PATH` of a variable starts at the working directory, as every path in the environment does.
fn from_working_directory(path: &[String], value: Value) -> Value {
    let folder = value.as_str().filter(|_| path == ["mail", "url"]).and_then(|url| url.strip_prefix("dir:"));
    match folder.filter(|folder| !folder.is_empty()).map(std::path::absolute) {
        Some(Ok(folder)) => Value::String(format!("dir:{}", folder.display())),
        Some(Err(_)) | None => value,
    }
}

fn base_folder(overrides: &Overrides, file: Option<&Path>) -> PathBuf {
    if let Some(project) = &overrides.project {
        return project.clone();
    }
    file.and_then(Path::parent).map(Path::to_path_buf).unwrap_or_default()
}

/// The settings file and its text. A file that was named must exist; one that is looked for need not.
fn read_file(overrides: &Overrides) -> Result<(Option<PathBuf>, String), ConfigError> {
    let unreadable = |path: &Path, error: &std::io::Error| ConfigError::Unreadable {
        path: path.to_path_buf(),
        reason: error.to_string(),
    };
    if let Some(path) = &overrides.file {
        let text = std::fs::read_to_string(path).map_err(|error| unreadable(path, &error))?;
        return Ok((Some(path.clone()), text));
    }
    let path = overrides.project.clone().unwrap_or_default().join(FILE_NAME);
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok((Some(path), text)),
        Err(error) if matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory) => {
            Ok((None, String::new()))
        }
        Err(error) => Err(unreadable(&path, &error)),
    }
}

/// Reads the file, checks that every key exists, and that every value is of its type.
fn parse_file(path: &Path, text: &str, entries: &[Entry]) -> Result<Table, ConfigError> {
    let invalid = |error: &toml::de::Error| {
        let start = error.span().map_or(0, |span| span.start);
        ConfigError::Invalid { place: place(path, text, start), problem: first_line(error.message()) }
    };
    let table: Table = text.parse().map_err(|error| invalid(&error))?;
    if let Some(unknown) = unknown_key(&table, &mut Vec::new(), entries) {
        let key = unknown.last().cloned().unwrap_or_default();
        let start = key_offset(text, &unknown);
        let section = &unknown[..unknown.len().saturating_sub(1)];
        let siblings = entries
            .iter()
            .filter(|entry| entry.path.len() == unknown.len())
            .filter(|entry| Entry { path: entry.path[..section.len()].to_vec(), ..(*entry).clone() }.is_at(section));
        let everywhere = entries.iter().filter_map(|entry| entry.path.last().map(|last| (*last, entry.path.join("."))));
        let suggestion = nearest(&key, siblings.filter_map(|entry| entry.path.last().copied()))
            .or_else(|| everywhere.into_iter().find(|(last, _)| *last == key).map(|(_, path)| path));
        return Err(ConfigError::UnknownKey { place: place(path, text, start), key: unknown.join("."), suggestion });
    }
    toml::from_str::<Config>(text).map_err(|error| invalid(&error))?;
    Ok(table)
}

fn unknown_key(table: &Table, above: &mut Vec<String>, entries: &[Entry]) -> Option<Vec<String>> {
    for (key, value) in table {
        above.push(key.clone());
        let entry = entries.iter().find(|entry| entry.is_at(above));
        let unknown = match (entry, value) {
            (None, _) => Some(above.clone()),
            (Some(entry), Value::Table(below)) if entry.value.is_none() => unknown_key(below, above, entries),
            (Some(_), _) => None,
        };
        if unknown.is_some() {
            return unknown;
        }
        above.pop();
    }
    None
}

/// Byte offset of a key in the text; 0 when it is written in a form that is not searched for.
fn key_offset(text: &str, path: &[String]) -> usize {
    let Some(key) = path.last() else { return 0 };
    let heading = path.join(".");
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        let start = line.len() - line.trim_start().len();
        let content = line.trim();
        let name = content.split(['=', ']']).next().unwrap_or_default().trim_start_matches('[').trim();
        if name == key || name == heading {
            return offset + start;
        }
        offset += line.len();
    }
    0
}

fn place(path: &Path, text: &str, offset: usize) -> String {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
    format!("{}:{line}:{column}", path.display())
}

fn first_line(message: &str) -> String {
    message.lines().next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::{Overrides, load_with};
    use crate::config::units::Size;
    use std::ffi::OsString;
    use std::path::PathBuf;

    fn attempt(file: &str, variables: &[(&str, &str)]) -> Result<super::Loaded, String> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("backstay.toml"), file).unwrap();
        let overrides = Overrides { project: Some(folder.path().to_path_buf()), ..Overrides::default() };
        let variables: Vec<(OsString, OsString)> =
            variables.iter().map(|(name, value)| (name.into(), value.into())).collect();
        load_with(&overrides, variables.into_iter()).map_err(|error| {
            let text = format!("{error} | {}", error.next_step());
            text.replace(&format!("{}/", folder.path().display()), "")
        })
    }

    #[track_caller]
    fn refuse(file: &str, variables: &[(&str, &str)], expected: &str) {
        assert_eq!(attempt(file, variables).map(|_| ()).unwrap_err(), expected);
    }

    #[test]
    fn mistakes_are_named() {
        let reference = "`backstay config reference` lists every setting with its type";
        refuse("lisen = 'x'", &[], "backstay.toml:1:1: unknown setting `lisen` | did you mean `listen`?");
        refuse(
            "\n[server]\n  body_mux = '1MiB'",
            &[],
            "backstay.toml:3:3: unknown setting `server.body_mux` | did you mean `body_max`?",
        );
        refuse(
            "[sever]\nbody_max = '1MiB'",
            &[],
            "backstay.toml:1:1: unknown setting `sever` | did you mean `server`?",
        );
        refuse(
            "tx_override = true",
            &[],
            "backstay.toml:1:1: unknown setting `tx_override` | did you mean `rest.tx_override`?",
        );
        refuse(
            "[server]\nbody_max = 10",
            &[],
            &format!("backstay.toml:2:12: invalid type: integer `10`, expected a string | {reference}"),
        );
        refuse(
            "[server]\nrequest_timeout = '30'",
            &[],
            &format!(
                "backstay.toml:2:19: `30` is not a duration; write a whole number and a unit: 500ms, 30s, 5m, 12h, 7d | {reference}"
            ),
        );
        refuse(
            "",
            &[("BACKSTAY_LIMITS__ROWS_MAX", "many")],
            &format!("BACKSTAY_LIMITS__ROWS_MAX: `many` is not a whole number | {reference}"),
        );
        refuse(
            "",
            &[("BACKSTAY_LIMITS__ROW_MAX", "1")],
            "unknown setting BACKSTAY_LIMITS__ROW_MAX in the environment | did you mean BACKSTAY_LIMITS__ROWS_MAX?",
        );
        refuse(
            "",
            &[("BACKSTAY_REST_TX_OVERRIDE", "yes")],
            &format!("BACKSTAY_REST_TX_OVERRIDE: `yes` is not `true` or `false` | {reference}"),
        );
        refuse(
            "external_url = 'api.example.org'",
            &[],
            &format!("the setting `external_url` must begin with http:// or https:// | {reference}"),
        );
        refuse(
            "",
            &[("BACKSTAY_SQLITE__BATCH_MAX", "0")],
            &format!("the setting `sqlite.batch_max` must be at least 1 | {reference}"),
        );
        refuse(
            "[server.tls]\ncert = 'a.pem'",
            &[],
            &format!("the setting `server.tls.key` is needed with server.tls.cert | {reference}"),
        );
        refuse(
            "[server.tls]\ncert = 'a.pem'\nkey = 'b.pem'\nredirect_listen = '0.0.0.0:80'",
            &[],
            &format!(
                "the setting `server.tls.redirect_listen` needs an external_url that begins with https://: that is where it redirects to | {reference}"
            ),
        );
        assert!(
            attempt("", &[("BACKSTAY_LIMITS__EMBEDS_MAX", "70000")])
                .unwrap_err()
                .starts_with("BACKSTAY_LIMITS__EMBEDS_MAX: ")
        );
    }

    #[test]
    fn mail_is_checked_without_telling_its_secrets() {
        let reference = "`backstay config reference` lists every setting with its type";
        let refuse_mail = |file: &str, expected: &str| {
            let message = attempt(file, &[]).map(|_| ()).unwrap_err();
            assert_eq!(message, format!("the setting `{expected} | {reference}"));
            assert!(!message.contains("hunter2"), "{message}");
        };
        refuse_mail(
            "[mail]\nurl = 'http://hunter2'",
            "mail.url` must begin with smtp://, smtps://, sendgrid:// or dir:",
        );
        refuse_mail(
            "[mail]\nurl = 'smtp://hunter2@h'",
            "mail.url` needs both a user and a password, or neither: smtp://user:password@mail.example.org:587",
        );
        refuse_mail("[mail]\nfrom = 'ana'", "mail.from` is not a mail address: it has no `@`");
        refuse_mail(
            "[egress]\nallow = ['10.0.0.0/33']",
            "egress.allow` has an entry that means nothing: `10.0.0.0/33` has a prefix length that its address does not \
             have; write a host (`id.example.org`, `*.example.org`), an address (`127.0.0.1`) or a network (`10.0.0.0/8`)",
        );
    }

    #[test]
    fn mail_folders_start_where_they_are_named() {
        let file = "[mail]\nurl = 'dir:mail'\nfrom = 'a@b.org'\ntemplates = 'mails'";
        let mail = attempt(file, &[]).unwrap().config.mail;
        let folder = mail.url.unwrap().reveal().strip_prefix("dir:").map(PathBuf::from).unwrap();
        assert!(folder.is_absolute() && folder.ends_with("mail"));
        assert_eq!(mail.templates.unwrap(), folder.with_file_name("mails"));
        let mail = attempt(file, &[("BACKSTAY_MAIL_URL", "dir:here")]).unwrap().config.mail;
        let here = std::path::absolute("here").unwrap();
        assert_eq!(mail.url.unwrap().reveal(), format!("dir:{}", here.display()));
    }

    #[test]
    fn environment_wins_over_file() {
        let file = "[server]\nbody_max = '1MiB'\n[limits]\nrows_max = 5";
        let config =
            attempt(file, &[("BACKSTAY_SERVER__BODY_MAX", "2MiB"), ("BACKSTAY_CORS__ORIGINS", "https://a, https://b")])
                .unwrap()
                .config;
        assert_eq!(config.server.body_max, Size::mebibytes(2));
        assert_eq!(config.limits.rows_max, 5);
        assert_eq!(config.cors.origins, ["https://a", "https://b"]);
    }

    #[test]
    fn names_of_the_operator_s_choice() {
        let file = "[auth.providers.google]\nclient_id = 'g'\n[auth.providers.school]\nclient_id = 's'\nissuer = 'https://id.school'";
        let variables =
            [("BACKSTAY_AUTH__PROVIDERS__GOOGLE__SECRET", "x"), ("BACKSTAY_AUTH__PROVIDERS__GITHUB__CLIENT_ID", "h")];
        let providers = attempt(file, &variables).unwrap().config.auth.providers;
        let ids: Vec<_> =
            providers.iter().map(|(name, provider)| (name.as_str(), provider.client_id.as_str())).collect();
        assert_eq!(ids, [("github", "h"), ("google", "g"), ("school", "s")]);
        assert!(providers["google"].secret.is_some());
        let problem = attempt("[auth.providers.google]\nclient = 'g'", &[]).unwrap_err();
        assert!(problem.contains("auth.providers.google.client"), "{problem}");
        let problem = attempt("", &[("BACKSTAY_AUTH__PROVIDERS__GOOGLE__ID", "g")]).unwrap_err();
        assert!(problem.starts_with("unknown setting BACKSTAY_AUTH__PROVIDERS__GOOGLE__ID"), "{problem}");
    }

    #[test]
    fn short_names_work() {
        let config = attempt(
            "",
            &[("BACKSTAY_LOG", "debug"), ("BACKSTAY_REST_TX_OVERRIDE", "true"), ("BACKSTAY_DATA_DIR", "/d")],
        )
        .unwrap()
        .config;
        assert_eq!(
            (config.log.filter.as_str(), config.rest.tx_override, config.data_dir),
            ("debug", true, PathBuf::from("/d"))
        );
    }

    #[test]
    fn unknown_short_names_are_noted() {
        let notes = attempt("", &[("BACKSTAY_LISTN", "x"), ("BACKSTAY_WHATEVER", "y"), ("OTHER", "z")]).unwrap().notes;
        assert_eq!(notes.len(), 2, "{notes:?}");
        assert!(notes[0].contains("did you mean BACKSTAY_LISTEN?"), "{notes:?}");
    }

    #[test]
    fn flags_win() {
        let flags = Overrides {
            listen: Some("0.0.0.0:1".to_owned()),
            schema: Some(PathBuf::from("s.graphql")),
            ..Overrides::default()
        };
        let variables = [(OsString::from("BACKSTAY_LISTEN"), OsString::from("0.0.0.0:2"))];
        let config = load_with(&flags, variables.into_iter()).unwrap().config;
        assert_eq!((config.listen.as_str(), config.schema), ("0.0.0.0:1", PathBuf::from("s.graphql")));
    }
}
