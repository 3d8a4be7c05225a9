//! Brings the database to the schema, as far as the person allowed. In: an open engine and a schema. Out: a database that fits, or why not.

use crate::config::Config;
use crate::problem::Problem;
use crate::terminal::{self, Tone};
use backstay_engine::Engine;
use backstay_engine::migrate::{self, MigrateError, MigrationPlan, Permission};
use backstay_schema::Schema;
use std::sync::Arc;

/// What there is to do.
///
/// # Errors
/// When the database's own description of itself cannot be read, or the schema cannot be stored.
pub(crate) async fn plan(engine: &Engine, schema: &Arc<Schema>) -> Result<MigrationPlan, Problem> {
    migrate::plan(engine, Arc::clone(schema)).await.map_err(|error| problem(&error, "."))
}

/// Applies additions at the start of a server. `true` when the database was new.
///
/// # Errors
/// Something would be lost, with the command that applies it; or the rows do not fit.
pub(crate) async fn apply_additions(engine: &Engine, schema: &Arc<Schema>, config: &Config) -> Result<bool, Problem> {
    let plan = plan(engine, schema).await?;
    if plan.losses().next().is_some() {
        return Err(refused(&plan, config));
    }
    run(engine, plan, Permission::AdditiveOnly, config).await
}

/// Shows and applies what the schema asks for. `true` when the database was new.
///
/// # Errors
/// Something would be lost and that is not allowed; or the rows do not fit.
pub(crate) async fn apply(
    engine: &Engine,
    schema: &Arc<Schema>,
    allow_destructive: bool,
    config: &Config,
) -> Result<bool, Problem> {
    let plan = plan(engine, schema).await?;
    let loses = plan.losses().next().is_some();
    if plan.base > 0 {
        show(&plan);
    }
    if loses && !allow_destructive {
        return Err(Problem::new("the schema asks for changes that lose data; they are not applied")
            .help("put back what was taken out, or rename with @rename(from: \"old\")")
            .help("to lose it: start again with --allow-destructive, or stop and run `backstay migrate apply --allow-destructive`"));
    }
    let permission = if allow_destructive { Permission::Destructive } else { Permission::AdditiveOnly };
    run(engine, plan, permission, config).await
}

/// Refuses a database that does not fit the schema; for commands that only read.
///
/// # Errors
/// The database is not what the schema says.
pub(crate) async fn must_fit(engine: &Engine, schema: &Arc<Schema>, config: &Config) -> Result<(), Problem> {
    let plan = plan(engine, schema).await?;
    if plan.is_empty() {
        return Ok(());
    }
    show(&plan);
    Err(Problem::new("the database is not what the schema says")
        .help(format!("bring it there: {}", command(config, ""))))
}

/// The changes in words.
pub(crate) fn show(plan: &MigrationPlan) {
    for change in &plan.changes {
        match &change.loses {
            None => terminal::headed(Tone::Good, "change", &change.text),
            Some(loss) => terminal::headed(Tone::Error, "LOSES DATA", &format!("{} ({loss})", change.text)),
        }
    }
}

/// The refusal of a plan that loses data, with the command that applies it.
pub(crate) fn refused(plan: &MigrationPlan, config: &Config) -> Problem {
    show(plan);
    Problem::new("the schema asks for changes that lose data; nothing was changed")
        .help(format!("look at them: {}", command(config, "plan")))
        .help(format!("apply them: {} --allow-destructive", command(config, "apply")))
}

/// Runs a plan.
///
/// # Errors
/// Nothing was changed.
pub(crate) async fn run(
    engine: &Engine,
    plan: MigrationPlan,
    permission: Permission,
    config: &Config,
) -> Result<bool, Problem> {
    if plan.is_empty() {
        return Ok(false);
    }
    let is_new = plan.base == 0;
    let changes = plan.changes.len();
    migrate::apply(engine, plan, permission).await.map_err(|error| problem(&error, &command(config, "plan")))?;
    tracing::info!(changes, "the database was brought to the schema");
    Ok(is_new)
}

fn command(config: &Config, step: &str) -> String {
    let step = if step.is_empty() { "apply" } else { step };
    format!("backstay migrate --schema {} --data {} {step}", config.schema.display(), config.data_dir.display())
}

fn problem(error: &MigrateError, look: &str) -> Problem {
    let message = match std::error::Error::source(error) {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    };
    let next = match error {
        MigrateError::Catalog { .. } => {
            "the data folder is from a newer program, or damaged; use that program, another folder or a backup".to_owned()
        }
        MigrateError::Refused(_) => "change the schema so that this database can store it".to_owned(),
        MigrateError::Destructive { .. } => format!("look at the changes: {look}"),
        MigrateError::Stale => "run the command again".to_owned(),
        MigrateError::Statement { .. } => "nothing was changed; a new rule may not fit the rows that are there: mend them first, or give the field a default".to_owned(),
        MigrateError::Dangling { .. } => "nothing was changed; mend or remove those rows first".to_owned(),
        MigrateError::Lacking { .. } => "change the schema, or write it anew: backstay init --from URL".to_owned(),
        MigrateError::BeingFilled { .. } => "end it: backstay move … --resume; or choose another database".to_owned(),
        MigrateError::Store(_) => "nothing was changed; make room or give the right to write, then start again".to_owned(),
    };
    Problem::new(message).help(next)
}
