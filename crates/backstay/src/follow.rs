//! Follows migrations that other nodes make: the schema is read again, and put in use once the database is what it says. Until then
//! the one before goes on serving, and the log says what is lacking.

use crate::config::Config;
use crate::problem::Problem;
use crate::{assemble, findings, migration};
use backstay_auth::DeclaredRoles;
use backstay_edge::app::App;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// Time after which a schema that does not fit the database is read again: its file may come later than the migration.
const AGAIN: Duration = Duration::from_secs(5);

/// Follows until the token says to stop.
pub(crate) fn start(app: Arc<App>, config: Config, stop: CancellationToken) -> JoinHandle<()> {
    tokio::spawn(async move {
        let Some(mut migrated) = app.engine.migrated() else { return };
        let (mut in_use, mut fits) = (0, true);
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                changed = migrated.changed() => if changed.is_err() { return },
                () = tokio::time::sleep(AGAIN), if !fits => {}
            }
            let number = *migrated.borrow_and_update();
            if number == in_use && fits {
                continue;
            }
            // What the first look sees was mostly there at the start.
            let is_first = std::mem::replace(&mut in_use, number) == 0;
            match take_over(&app, &config).await {
                Ok(()) if is_first => {}
                Ok(()) => {
                    tracing::info!(migration = number, "the schema was read again after another node's migration");
                    fits = true;
                }
                Err(problem) => {
                    if fits {
                        let reason = problem.message;
                        tracing::error!(migration = number, reason, "the schema does not fit another node's migration");
                    }
                    fits = false;
                }
            }
        }
    })
}

async fn take_over(app: &App, config: &Config) -> Result<(), Problem> {
    let checked = assemble::check_here(config)?;
    let summary = findings::summary(&checked.diagnostics);
    let Some(schema) = checked.schema else { return Err(Problem::new(format!("the schema has {summary}"))) };
    let plan = migration::plan(&app.engine, &schema).await?;
    if !plan.is_empty() {
        let changes = plan.changes.len();
        return Err(Problem::new(format!("{changes} changes lie between the schema's file and the database")));
    }
    // What is kept for a schema is worth keeping while it is the same.
    if *app.engine.schema() == *schema {
        return Ok(());
    }
    app.engine
        .swap_schema(Arc::clone(&schema))
        .map_err(|error| Problem::new(format!("the schema cannot be used: {error}")))?;
    app.verifier.replace_roles(DeclaredRoles::of(&schema));
    Ok(())
}
