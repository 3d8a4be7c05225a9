//! `backstay migrate`: shows what the schema asks of the database, and applies it.

use crate::cli::{Migrate, MigrateStep};
use crate::config::Config;
use crate::problem::{self, Problem};
use crate::terminal::{self, Tone};
use crate::{assemble, migration, project, telemetry};
use backstay_engine::Engine;
use backstay_engine::migrate::{self, MigrationPlan, Permission};
use backstay_schema::Schema;
use std::path::PathBuf;
use std::sync::Arc;

/// Runs a step.
pub(crate) async fn run(arguments: &Migrate, config: Option<PathBuf>) -> Result<(), Problem> {
    let config = project::settings(&arguments.project, config, None)?;
    telemetry::start_quiet(&config.log)?;
    let schema = assemble::schema_here(&config)?;
    let engine = assemble::engine(Arc::clone(&schema), &config)?;
    let outcome = step(&engine, &schema, arguments.step, &config).await;
    super::serve::close(engine).await;
    outcome
}

async fn step(engine: &Engine, schema: &Arc<Schema>, step: MigrateStep, config: &Config) -> Result<(), Problem> {
    let plan = migration::plan(engine, schema).await?;
    match step {
        MigrateStep::Plan => problem::output(terminal::data(in_words(&plan))),
        MigrateStep::Apply { allow_destructive } => apply(engine, plan, allow_destructive, config).await,
        MigrateStep::Status => status(engine, &plan).await,
    }
}

/// Changes in words, and the SQL below them; SQL comments, so that the whole is SQL. Of Backstay's own tables only their number.
fn in_words(plan: &MigrationPlan) -> String {
    if plan.is_empty() {
        return "-- nothing to do: the database is what the schema says\n".to_owned();
    }
    let mut out = String::new();
    for change in &plan.changes {
        let loss = change.loses.as_ref().map(|loss| format!("  -- LOSES DATA: {loss}")).unwrap_or_default();
        out.push_str(&format!("-- {}{loss}\n", change.text));
    }
    out.push('\n');
    for statement in &plan.sql {
        out.push_str(&format!("{};\n", statement.trim_end().trim_end_matches(';')));
    }
    if !plan.own_sql.is_empty() {
        out.push_str(&format!("-- and {} statements for the sign-in and mail tables\n", plan.own_sql.len()));
    }
    out
}

async fn apply(engine: &Engine, plan: MigrationPlan, allow_destructive: bool, config: &Config) -> Result<(), Problem> {
    if plan.is_empty() {
        terminal::message("nothing to do: the database is what the schema says");
        return Ok(());
    }
    if plan.losses().next().is_some() && !allow_destructive {
        return Err(migration::refused(&plan, config));
    }
    migration::show(&plan);
    let changes = plan.changes.len();
    let permission = if allow_destructive { Permission::Destructive } else { Permission::AdditiveOnly };
    migration::run(engine, plan, permission, config).await?;
    terminal::headed(Tone::Good, "applied", &format!("{changes} changes"));
    Ok(())
}

async fn status(engine: &Engine, plan: &MigrationPlan) -> Result<(), Problem> {
    let applied = migrate::status(engine).await.map_err(|error| Problem::new(format!("{error}")))?;
    let mut out = String::new();
    for migration in &applied {
        out.push_str(&format!(
            "{}  {}  {}\n",
            migration.id,
            migration.applied_at,
            migration.changes.replace('\n', "; ")
        ));
    }
    problem::output(terminal::data(out))?;
    if plan.is_empty() {
        terminal::headed(Tone::Good, "up to date", "the database is what the schema says");
        return Ok(());
    }
    migration::show(plan);
    Err(Problem::new(format!("{} changes are not applied", plan.changes.len()))
        .help("see them with their SQL: backstay migrate plan"))
}
