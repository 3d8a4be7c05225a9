//! The texts of the mails. In: a folder of templates, or none. Out: for each mail subject, text and HTML, with the values put in.
//! Templates are read, compiled and checked once, when they are loaded; a mistake in one is found then, with its line.

mod action;
mod catalog;
mod engine;
mod go;
mod mjml;
mod plain;

pub use catalog::{ALL, Kind, VARIABLES, Variables, sample};
pub use plain::text_of;

use crate::mail::message::Subject;
use catalog::{DEFAULTS, PARTS};
use go::{Form, Mistake};
use minijinja::Environment;
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

/// All templates, ready to render.
#[derive(Debug)]
pub struct Templates {
    engine: Environment<'static>,
    /// Kinds whose text is taken out of their HTML.
    derived: Vec<Kind>,
}

/// One mail's content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// One line.
    pub subject: Subject,
    /// Plain text.
    pub text: String,
    /// HTML.
    pub html: String,
}

/// A mistake in a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Name of the file in its folder.
    pub file: String,
    /// Line, from 1; `None` when the whole file is meant.
    pub line: Option<usize>,
    /// What is wrong.
    pub problem: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}: {}", self.file, self.problem),
            None => write!(f, "{}: {}", self.file, self.problem),
        }
    }
}

/// Why templates cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The folder or a file of it cannot be read.
    #[error("cannot read {}", path.display())]
    Unreadable {
        /// Folder or file.
        path: PathBuf,
        /// The system's words.
        #[source]
        source: std::io::Error,
    },
    /// Every mistake of every file.
    #[error("the mail templates have mistakes: {}", list(findings))]
    Mistakes {
        /// In the order of the files' names.
        findings: Vec<Finding>,
    },
}

fn list(findings: &[Finding]) -> String {
    findings.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// A template that cannot be rendered with these values.
#[derive(Debug, thiserror::Error)]
#[error("cannot render the mail template `{name}`")]
pub struct RenderError {
    /// Name of the mail.
    pub name: &'static str,
    #[source]
    source: minijinja::Error,
}

/// Files by name.
type Files = BTreeMap<String, String>;

impl Templates {
    /// Loads the templates that stand in the program, replaced by those of a folder where it has them.
    ///
    /// A folder holds `<name>.mjml` or `<name>.html`, `<name>.txt`, `<name>.subject`, and MJML files that these include.
    ///
    /// # Errors
    /// All mistakes at once. The folder must exist.
    pub fn load(folder: Option<&Path>) -> Result<Self, LoadError> {
        Self::from_files(&folder.map(read).transpose()?.unwrap_or_default())
    }

    /// Renders one mail.
    ///
    /// # Errors
    /// When a template does with a value what the value does not allow, such as comparing a text with a number.
    pub fn render(&self, kind: Kind, variables: &Variables) -> Result<Rendered, RenderError> {
        let context = engine::context(variables);
        let part = |extension: &str| {
            let template = self.engine.get_template(&format!("{}.{extension}", kind.name()))?;
            template.render(&context)
        };
        let fail = |source| RenderError { name: kind.name(), source };
        let html = part("html").map_err(fail)?;
        let text = if self.derived.contains(&kind) { plain::text_of(&html) } else { part("txt").map_err(fail)? };
        Ok(Rendered { subject: Subject::from_text(&part("subject").map_err(fail)?), text, html })
    }

    /// Every mail with sample values, in a fixed order.
    ///
    /// # Errors
    /// The first that cannot be rendered.
    pub fn previews(&self) -> Result<Vec<(Kind, Rendered)>, RenderError> {
        ALL.iter().map(|kind| Ok((*kind, self.render(*kind, &sample(*kind))?))).collect()
    }

    fn from_files(files: &Files) -> Result<Self, LoadError> {
        let mut findings = strays(files);
        let mut templates = Self { engine: engine::environment(), derived: Vec::new() };
        for (name, text) in files.iter().filter(|(name, _)| name.ends_with(".mjml")) {
            findings.extend(mistakes(name, go::translate(text, Form::Html).err().unwrap_or_default()));
        }
        // Sources are checked by themselves first, so that a mistake is told with its own file and line, and once.
        let is_broken = findings.iter().any(|finding| finding.file.ends_with(".mjml"));
        for built_in in DEFAULTS {
            let file = |extension: &str| files.get_key_value(&format!("{}.{extension}", built_in.name));
            let html = match (file("html"), file("mjml")) {
                (Some((_, html)), _) => Ok((format!("{}.html", built_in.name), html.clone())),
                (None, own) => {
                    let source = own.map_or(built_in.mjml, |(_, text)| text.as_str());
                    let name = format!("{}.mjml", built_in.name);
                    match mjml::compile(source, |path| included_file(files, path)) {
                        Ok(html) => Ok((name, html)),
                        Err(problem) => Err(Finding { file: name, line: None, problem }),
                    }
                }
            };
            let has_own_html = file("html").is_some() || file("mjml").is_some();
            let text = match file("txt") {
                Some((_, text)) => Some(text.as_str()),
                // A text that says something else than the HTML beside it is worse than one made from it.
                None if has_own_html => None,
                None => Some(built_in.text),
            };
            if text.is_none() {
                templates.derived.push(built_in.kind);
            }
            let subject = file("subject").map_or(built_in.subject, |(_, subject)| subject.trim());
            match html {
                Ok((name, _)) if is_broken && name.ends_with(".mjml") => {}
                Ok((name, html)) => findings.extend(templates.add(built_in.name, "html", (&name, &html))),
                Err(finding) => findings.push(finding),
            }
            if let Some(text) = text {
                findings.extend(templates.add(built_in.name, "txt", (&format!("{}.txt", built_in.name), text)));
            }
            findings.extend(templates.add(built_in.name, "subject", (&format!("{}.subject", built_in.name), subject)));
        }
        findings.sort_by(|a, b| (&a.file, a.line).cmp(&(&b.file, b.line)));
        findings.dedup();
        if findings.is_empty() { Ok(templates) } else { Err(LoadError::Mistakes { findings }) }
    }

    /// Translates and compiles one part of a mail, from a file and its text.
    fn add(&mut self, name: &str, part: &str, (file, source): (&str, &str)) -> Vec<Finding> {
        let form = if part == "html" { Form::Html } else { Form::Text };
        let is_compiled = file.ends_with(".mjml");
        let mut found = Vec::new();
        if part == "subject" && source.lines().count() != 1 {
            found.push(Finding { file: file.to_owned(), line: None, problem: "a subject is one line".to_owned() });
        }
        match go::translate(source, form) {
            Ok(translated) => {
                if let Err(error) = self.engine.add_template_owned(format!("{name}.{part}"), translated) {
                    found.push(Finding { file: file.to_owned(), line: None, problem: error.to_string() });
                }
            }
            // Lines of compiled MJML mean nothing to its author.
            Err(problems) => found.extend(
                mistakes(file, problems)
                    .map(|finding| Finding { line: finding.line.filter(|_| !is_compiled), ..finding }),
            ),
        }
        found
    }
}

fn mistakes(file: &str, problems: Vec<Mistake>) -> impl Iterator<Item = Finding> {
    problems.into_iter().map(move |Mistake { line, problem }| Finding {
        file: file.to_owned(),
        line: Some(line),
        problem,
    })
}

fn included_file(files: &Files, path: &str) -> Option<String> {
    let built_in = || PARTS.iter().find(|(name, _)| *name == path).map(|(_, text)| (*text).to_owned());
    files.get(path).cloned().or_else(built_in)
}

/// Files that mean nothing, or two that mean the same.
fn strays(files: &Files) -> Vec<Finding> {
    let names: Vec<&str> = DEFAULTS.iter().map(|built_in| built_in.name).collect();
    let default_sources = DEFAULTS.iter().map(|built_in| built_in.mjml).chain(PARTS.iter().map(|(_, text)| *text));
    let included: Vec<&str> =
        files.values().map(String::as_str).chain(default_sources).flat_map(mjml::included).collect();
    let mut found = Vec::new();
    for name in files.keys() {
        let (stem, extension) = name.rsplit_once('.').unwrap_or((name, ""));
        let problem = if extension == "html" && files.contains_key(&format!("{stem}.mjml")) {
            format!("stands beside {stem}.mjml; keep one of them")
        } else if names.contains(&stem) || included.contains(&name.as_str()) {
            continue;
        } else if extension == "mjml" {
            format!("is no template and no other file includes it; templates are {}", names.join(", "))
        } else {
            format!("no mail is called `{stem}`; there are {}", names.join(", "))
        };
        found.push(Finding { file: name.clone(), line: None, problem });
    }
    found
}

/// The template files of a folder; others, and folders in it, are left alone.
fn read(folder: &Path) -> Result<Files, LoadError> {
    let unreadable = |path: &Path| {
        let path = path.to_path_buf();
        move |source| LoadError::Unreadable { path, source }
    };
    let mut files = Files::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable(folder))? {
        let path = entry.map_err(unreadable(folder))?.path();
        let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
        if !matches!(extension, "mjml" | "html" | "txt" | "subject") || !path.is_file() {
            continue;
        }
        let text = std::fs::read_to_string(&path).map_err(unreadable(&path))?;
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        files.insert(name, text);
    }
    Ok(files)
}
