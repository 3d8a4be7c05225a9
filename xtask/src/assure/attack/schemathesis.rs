//! schemathesis against `/openapi.json` as four callers see it: each answer must be one that the document names, with its headers and
//! its shape, never a failure of the server; credentials must count; what the document allows is accepted, what it forbids refused.

use super::portal::Portal;
use crate::assure::{Profile, Tally, tally};
use crate::shell::say;
use crate::{python, server, shell};
use anyhow::{Context, Result, bail, ensure};
use std::path::Path;

/// Callers: the name of a key, or of a role for a token.
const CALLERS: [&str; 4] = ["anon", "learner", "admin", "service"];

/// What the coverage phase of the deep profile sends, and the server takes where PostgREST does: any JSON as the text of a text column,
/// and a body without keys, which writes nothing. Goes on in the last table of the configuration, that of writes.
const LENIENT: &str = "checks.negative_data_rejection.expected-statuses = \
    [\"2xx\", \"400\", \"401\", \"403\", \"404\", \"405\", \"406\", \"409\", \"415\", \"422\", \"428\", \"429\"]\n";

/// Runs every caller.
pub(super) fn run(profile: &Profile) -> Result<Tally> {
    let tool = python::tool("schemathesis")?;
    tally::at_once(&CALLERS, |caller| {
        let mut tally = Tally::default();
        tally.note(caller, run_as(&tool, caller, profile));
        Ok(tally)
    })
}

fn run_as(tool: &Path, caller: &str, profile: &Profile) -> Result<String> {
    let portal = Portal::start(&format!("schemathesis-{caller}"), &[])?;
    let credential = if matches!(caller, "anon" | "service") { portal.key(caller)? } else { portal.token(caller)? };
    let (document, header) = (format!("{}/openapi.json", portal.url()), format!("Authorization: Bearer {credential}"));
    let (examples, seed) = (profile.pick("3", "100"), profile.seed.to_string());
    let folder = server::scratch(&format!("schemathesis-files-{caller}"))?;
    let written = std::fs::read_to_string(shell::root().join("xtask/fixtures/schemathesis.toml"))?;
    let config = folder.join("schemathesis.toml").display().to_string();
    std::fs::write(&config, written + profile.pick("", LENIENT))?;
    let mut command = shell::command(
        &tool.to_string_lossy(),
        &[
            "--config-file",
            &config,
            "run",
            &document,
            "-H",
            &header,
            "--checks",
            "all",
            // The document has the methods that a role may use. Another one is refused for what it asks (403, or 400 and 404 before
            // that), and `Allow` has what is at the path for anybody.
            "--exclude-checks",
            "unsupported_method,allow_header_conformance",
            // Sign-in has cases of its own: random addresses and codes would only meet its limits.
            "--exclude-path-regex",
            "^/auth/",
            "--phases",
            profile.pick("fuzzing", "examples,coverage,fuzzing"),
            "--max-examples",
            examples,
            "--seed",
            &seed,
            "--continue-on-failure",
            "--no-color",
            "--suppress-health-check",
            "all",
        ],
    );
    // It leaves its own files where it runs.
    let output = command.current_dir(&folder).output().context("cannot start schemathesis")?;
    let _ = std::fs::remove_dir_all(&folder);
    let text = String::from_utf8_lossy(&output.stdout);
    let line = |word: &str| text.lines().rev().find(|line| line.contains(word)).unwrap_or_default().trim().to_owned();
    let counts = line(" generated");
    ensure!(!counts.is_empty(), "schemathesis counted nothing:\n{text}\n{}", String::from_utf8_lossy(&output.stderr));
    if !output.status.success() {
        say(&text);
        bail!("{counts}");
    }
    Ok(counts)
}
