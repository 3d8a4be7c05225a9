//! Checks of the schema and the database: whether it opens, is whole, and is what the schema says.

use super::{Database, Finding, Patient, server, size};
use crate::backup::take::look_problem;
use crate::config::Durability;
use crate::findings;
use backstay_engine::OpenError;
use backstay_engine::look::{Depth, LastMigration, Look, LookError};
use backstay_engine::migrate::{MigrateError, MigrationPlan};
use backstay_schema::Severity;

/// Size of the write-ahead log from which something is wrong: four times what the server lets it grow to by itself.
const LOG_BYTES_MAX: u64 = 256 << 20;

pub(super) fn schema(patient: &Patient) -> Vec<Finding> {
    let path = patient.config.schema.display();
    let checked = match &patient.schema {
        Ok(checked) => checked,
        Err(problem) => return vec![Finding::of(problem)],
    };
    let says = format!("{path}: {}", findings::summary(&checked.diagnostics));
    let next = format!("see them: backstay check {path}");
    vec![if findings::count(&checked.diagnostics, Severity::Error) > 0 {
        Finding::problem(says, next)
    } else if findings::count(&checked.diagnostics, Severity::Warning) > 0 {
        Finding::warning(says, next)
    } else {
        Finding::ok(says)
    }]
}

pub(super) fn opens(patient: &Patient) -> Vec<Finding> {
    let (file, look) = match &patient.database {
        Database::File { path, look } => (path, look),
        Database::Server(server) => return server::opens(server),
    };
    let path = file.display();
    vec![match look {
        Ok(look) => match look.format() {
            Ok(format) => {
                let bytes = std::fs::metadata(file).map_or(0, |facts| facts.len());
                Finding::ok(format!("{path}: format {format}, {}", size(bytes)))
            }
            Err(error) => Finding::of(&look_problem(&error)),
        },
        Err(LookError::Open(OpenError::Missing { .. })) => {
            Finding::warning(format!("there is no database at {path} yet"), "the first start of the server makes it")
        }
        Err(error) => Finding::of(&look_problem(error)),
    }]
}

/// Runs a check on an open file; without one there is nothing more to say than `database` has said.
fn with(patient: &Patient, check: impl FnOnce(&Look) -> Result<Vec<Finding>, LookError>) -> Vec<Finding> {
    match &patient.database {
        Database::File { look: Ok(look), .. } => {
            check(look).unwrap_or_else(|error| vec![Finding::of(&look_problem(&error))])
        }
        Database::File { look: Err(_), .. } => vec![Finding::ok("not looked at: no database was opened")],
        Database::Server(_) => vec![Finding::ok("not looked at: the server sees to it")],
    }
}

pub(super) fn structure(patient: &Patient) -> Vec<Finding> {
    with(patient, |look| {
        let damages = look.damages(Depth::Quick)?;
        let next = "stop the server, keep a copy of the data folder, and restore the last backup: backstay restore";
        Ok(match damages.is_empty() {
            true => vec![Finding::ok("no damage found (quick check)")],
            false => damages.into_iter().map(|damage| Finding::problem(format!("damaged: {damage}"), next)).collect(),
        })
    })
}

pub(super) fn references(patient: &Patient) -> Vec<Finding> {
    with(patient, |look| {
        let dangling = look.dangling()?;
        if dangling.is_empty() {
            return Ok(vec![Finding::ok("every reference leads to a row")]);
        }
        let told = dangling.iter().map(|one| {
            let says =
                format!("{} rows of {} refer to rows of {} that are not there", one.rows, one.table, one.referenced);
            Finding::problem(says, "mend or remove those rows; a migration is refused as long as they are there")
        });
        Ok(told.collect())
    })
}

pub(super) fn log_size(patient: &Patient) -> Vec<Finding> {
    let Database::File { path, .. } = &patient.database else { return with(patient, |_| Ok(Vec::new())) };
    let mut path = path.as_os_str().to_owned();
    path.push("-wal");
    let bytes = std::fs::metadata(&path).map_or(0, |facts| facts.len());
    let says = format!("the write-ahead log has {}", size(bytes));
    vec![if bytes > LOG_BYTES_MAX {
        Finding::warning(says, "something reads for long, such as a backup; if nothing does, restart the server")
    } else {
        Finding::ok(says)
    }]
}

pub(super) fn migrations(patient: &Patient) -> Vec<Finding> {
    let look = match &patient.database {
        Database::File { look: Ok(look), .. } => look,
        Database::File { look: Err(_), .. } => return with(patient, |_| Ok(Vec::new())),
        Database::Server(server) => return server::migrations(server),
    };
    let Some(schema) = patient.schema.as_ref().ok().and_then(|checked| checked.schema.as_ref()) else {
        return vec![Finding::ok("not looked at: the schema cannot be used")];
    };
    vec![fits(look.last_migration().ok().flatten().as_ref(), look.pending(schema).as_ref())]
}

/// Whether the database is what the schema says.
pub(super) fn fits(last: Option<&LastMigration>, pending: Result<&MigrationPlan, &MigrateError>) -> Finding {
    let last = last.map_or("none was applied".to_owned(), |last| format!("number {} of {}", last.id, last.applied_at));
    let plan = match pending {
        Ok(plan) => plan,
        Err(error) => return Finding::problem(error.to_string(), "see: backstay migrate plan"),
    };
    if plan.is_empty() {
        Finding::ok(format!("the database is what the schema says; the last one: {last}"))
    } else if plan.losses().next().is_some() {
        let next = "the server does not start with them; look at them: backstay migrate plan";
        Finding::problem(format!("{} changes are not applied, and some lose data", plan.changes.len()), next)
    } else {
        let next = "the next start applies them; look at them: backstay migrate plan";
        Finding::warning(format!("{} changes are not applied", plan.changes.len()), next)
    }
}

pub(super) fn followers(patient: &Patient) -> Vec<Finding> {
    match &patient.database {
        Database::Server(server) => server::followers(server),
        Database::File { .. } => vec![Finding::ok("a file has none")],
    }
}

pub(super) fn durability(patient: &Patient) -> Vec<Finding> {
    if let Database::Server(server) = &patient.database {
        return server::durability(server);
    }
    vec![match patient.config.sqlite.durability {
        Durability::Full => Finding::ok("an acknowledged write survives a power cut"),
        Durability::Normal => Finding::warning(
            "sqlite.durability is `normal`: a power cut may lose acknowledged writes",
            "set it to `full`, unless the rows may be lost",
        ),
    }]
}
