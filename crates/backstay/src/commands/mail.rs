//! `backstay mail`: the mails as files to look at. In: templates, or none. Out: .html and .txt of each, and one page with all.

use crate::cli::{Mail, MailAction, Project};
use crate::problem::{self, Problem};
use crate::project;
use crate::terminal::{self, Tone};
use backstay_infra::template::{Kind, LoadError, Rendered, Templates};
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// Writes the previews and prints their paths.
pub(crate) fn run(arguments: &Mail, config: Option<PathBuf>) -> Result<(), Problem> {
    let MailAction::Preview { dir, templates } = &arguments.action;
    let folder = match templates {
        Some(folder) => Some(folder.clone()),
        None => project::settings(&Project::default(), config, None)?.mail.templates,
    };
    let mails = load(folder.as_deref())?.previews().map_err(|error| Problem::new(with_cause(&error)))?;
    std::fs::create_dir_all(dir).map_err(|error| cannot_write(dir, &error))?;
    let mut files = Vec::new();
    for (kind, mail) in &mails {
        files.push((format!("{}.html", kind.name()), mail.html.clone()));
        files.push((format!("{}.txt", kind.name()), mail.text.clone()));
    }
    files.push(("index.html".to_owned(), index(&mails)));
    let mut paths = String::new();
    for (name, text) in files {
        let path = dir.join(name);
        std::fs::write(&path, text).map_err(|error| cannot_write(&path, &error))?;
        paths.push_str(&format!("{}\n", path.display()));
    }
    problem::output(terminal::data(paths))?;
    terminal::message(&format!("Open {} in a browser to see all of them.", dir.join("index.html").display()));
    Ok(())
}

/// The templates of a folder; every mistake is shown.
fn load(folder: Option<&Path>) -> Result<Templates, Problem> {
    Templates::load(folder).map_err(|error| match error {
        LoadError::Unreadable { .. } => Problem::new(with_cause(&error))
            .help("name a folder of templates: --templates DIR, or mail.templates in the settings"),
        LoadError::Mistakes { findings } => {
            for finding in &findings {
                terminal::headed(Tone::Error, "error", &finding.to_string());
            }
            terminal::headed(Tone::Help, " help", "docs/mail.md lists names, variables and functions");
            Problem::shown()
        }
    })
}

fn with_cause(error: &dyn std::error::Error) -> String {
    error.source().map_or_else(|| error.to_string(), |cause| format!("{error}: {cause}"))
}

fn cannot_write(path: &Path, error: &std::io::Error) -> Problem {
    Problem::new(format!("cannot write {}: {error}", path.display()))
        .help("choose a folder that this user may write: backstay mail preview DIR")
}

/// One page that shows every mail as on a phone, with its subject.
fn index(mails: &[(Kind, Rendered)]) -> String {
    let mut out = String::from(INDEX_HEAD);
    for (kind, mail) in mails {
        let name = kind.name();
        let subject = mail.subject.as_str().replace('&', "&amp;").replace('<', "&lt;");
        let _ = writeln!(
            out,
            "<section><h2>{subject}</h2><p><a href=\"{name}.html\">{name}.html</a> <a href=\"{name}.txt\">{name}.txt</a></p>\
             <iframe src=\"{name}.html\" title=\"{name}\" loading=\"lazy\" sandbox></iframe></section>"
        );
    }
    out.push_str("</main>\n</html>\n");
    out
}

const INDEX_HEAD: &str = "\
<!doctype html>
<html lang=\"en\">
<meta charset=\"utf-8\">
<meta name=\"viewport\" content=\"width=device-width\">
<title>Mail preview</title>
<style>
  :root { color-scheme: light dark; }
  body { font: 15px/1.4 system-ui, sans-serif; margin: 24px; }
  main { display: grid; gap: 24px; grid-template-columns: repeat(auto-fill, minmax(360px, 1fr)); }
  h2 { font-size: 16px; margin: 0; }
  p { margin: 4px 0 8px; }
  iframe { width: 360px; height: 640px; border: 1px solid #8884; border-radius: 8px; background: #fff; }
</style>
<h1>Mail preview</h1>
<main>
";
