//! `backstay doctor`: runs every check and tells what to do next. Works beside a running server.

use crate::assemble::{Checked, Place};
use crate::cli::{CheckFormat, Doctor};
use crate::config::{Config, Overrides};
use crate::doctor::{CHECKS, Database, Finding, Patient, Server, Verdict};
use crate::problem::{self, Problem};
use crate::{assemble, counts, project, terminal};
use backstay_engine::look::Look;
use backstay_engine::look::server::Address;
use std::path::{Path, PathBuf};

/// A finding with the check that it is from.
type Told = (&'static str, Finding);

/// Tells everything; a problem when one was found.
pub(crate) async fn run(arguments: &Doctor, file: Option<PathBuf>) -> Result<(), Problem> {
    let told = examine(arguments, file).await;
    let count = |verdict| told.iter().filter(|(_, finding)| finding.verdict == verdict).count();
    let (problems, warnings) = (count(Verdict::Problem), count(Verdict::Warning));
    let text = match arguments.format {
        CheckFormat::Text => {
            let counts = [terminal::counted(problems, "problem"), terminal::counted(warnings, "warning")];
            text(&told) + &counts.join(", ") + "\n"
        }
        CheckFormat::Json => {
            let checks = told.iter().map(|(check, finding)| {
                serde_json::json!({
                    "check": check, "verdict": finding.verdict, "says": finding.says, "next": finding.next,
                })
            });
            let checks: Vec<_> = checks.collect();
            let report = serde_json::json!({ "problems": problems, "warnings": warnings, "checks": checks });
            format!("{report:#}\n")
        }
    };
    problem::output(terminal::data(text))?;
    if problems > 0 { Err(Problem::shown()) } else { Ok(()) }
}

async fn examine(arguments: &Doctor, file: Option<PathBuf>) -> Vec<Told> {
    let folder = arguments.project.schema.as_deref().and_then(Path::parent).map(Path::to_path_buf);
    let loaded = crate::config::load(&Overrides {
        file,
        project: folder,
        schema: arguments.project.schema.clone(),
        data_dir: arguments.project.data.clone(),
        listen: None,
    });
    // Without settings nobody knows where to look for anything else.
    let loaded = match loaded {
        Ok(loaded) => loaded,
        Err(error) => return vec![("settings", Finding::of(&Problem::from(error)))],
    };
    let place = match assemble::place(&loaded.config) {
        Ok(place) => place,
        Err(problem) => return vec![("settings", Finding::of(&problem))],
    };
    let schema = assemble::check_here(&loaded.config);
    let database = match place {
        Place::File(path) => Database::File { look: Look::live(&path), path },
        Place::Postgres(address) => server(Address::Postgres(address), &schema, &loaded.config).await,
        Place::Mysql(address) => server(Address::Mysql(address), &schema, &loaded.config).await,
    };
    let redis = match &loaded.config.redis_url {
        Some(url) => Some(counts::answers(url.reveal()).await),
        None => None,
    };
    let now_unix_s = project::now_unix_s();
    let patient = Patient { schema, database, redis, now_unix_s, notes: loaded.notes, config: loaded.config };
    CHECKS.iter().flat_map(|check| (check.run)(&patient).into_iter().map(|finding| (check.name, finding))).collect()
}

async fn server(address: Address, schema: &Result<Checked, Problem>, config: &Config) -> Database {
    let usable = schema.as_ref().ok().and_then(|checked| checked.schema.as_deref());
    Database::Server(Box::new(Server::examine(address, usable, config).await))
}

fn text(told: &[Told]) -> String {
    let mut out = String::new();
    for (check, finding) in told {
        let verdict = match finding.verdict {
            Verdict::Ok => "ok",
            Verdict::Warning => "warning",
            Verdict::Problem => "PROBLEM",
        };
        out.push_str(&format!("{verdict:<8} {check:<12} {}\n", finding.says));
        if let Some(next) = &finding.next {
            out.push_str(&format!("{:<8} {:<12} → {next}\n", "", ""));
        }
    }
    out
}
