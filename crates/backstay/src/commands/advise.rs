//! `backstay advise`: which indexes are missing, and what each would cost and bring. Works beside a running server: of its database it
//! only reads.

use crate::assemble::Place;
use crate::cli::Advise;
use crate::config::Config;
use crate::problem::{self, Problem};
use crate::terminal::{self, Tone};
use crate::{assemble, migration, project, recording, telemetry};
use backstay_engine::advise::{self, Cost, Missing, Recorded, Trial, Weighed};
use backstay_engine::look::Look;
use backstay_schema::Schema;
use serde_json::{Value, json};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Missing indexes that are told; the most wanted come first.
const TOLD_MAX: usize = 20;

/// What became of a trial: the figures, or why there are none.
type Tried = Result<Weighed, String>;

/// Tells which indexes are missing.
pub(crate) async fn run(arguments: &Advise, config: Option<PathBuf>) -> Result<(), Problem> {
    let config = project::settings(&arguments.project, config, None)?;
    telemetry::start_quiet(&config.log)?;
    let schema = assemble::schema(&config.schema)?;
    let recorded = recorded(&arguments.recorded, &config)?;
    let mut missing = advise::missing(&schema, &recorded);
    let left_out = missing.len().saturating_sub(TOLD_MAX);
    missing.truncate(TOLD_MAX);
    let tried = if arguments.no_measure || missing.is_empty() {
        missing.iter().map(|_| Err("not asked for".to_owned())).collect()
    } else {
        weigh(&schema, &missing, arguments.rows, &config).await?
    };
    let advice: Vec<(Missing, Tried)> = missing.into_iter().zip(tried).collect();
    let requests = recorded.values().fold(0_u64, |sum, requests| sum.saturating_add(*requests));
    if arguments.json {
        let indexes: Vec<Value> = advice.iter().map(|(missing, tried)| report(missing, tried)).collect();
        let page = json!({ "requestsRecorded": requests, "missing": indexes, "leftOut": left_out });
        return problem::output(terminal::data(format!("{page:#}\n")));
    }
    problem::output(terminal::data(advice.iter().map(|(missing, tried)| text(missing, tried)).collect::<String>()))?;
    let helping = advice.iter().filter(|(_, tried)| tried.as_ref().is_ok_and(Weighed::helps)).count();
    let indexes = if advice.len() == 1 {
        "1 index is missing".to_owned()
    } else {
        format!("{} indexes are missing", advice.len())
    };
    let requests = terminal::counted(requests, "request");
    terminal::headed(
        Tone::Good,
        "advice",
        &format!("{indexes}, {helping} measured to help; {requests} without an index were recorded"),
    );
    if left_out > 0 {
        terminal::headed(Tone::Help, "help", &format!("{left_out} more are left out: add these first"));
    }
    Ok(())
}

/// What the servers of the named files recorded; without names, the one of this data folder.
fn recorded(files: &[PathBuf], config: &Config) -> Result<Recorded, Problem> {
    if files.is_empty() {
        return recording::read(&recording::file(&config.data_dir));
    }
    let mut all = Recorded::new();
    for path in files {
        if !path.exists() {
            return Err(Problem::usage(format!("there is no file {}", path.display())));
        }
        recording::add(&mut all, recording::read(path)?);
    }
    Ok(all)
}

/// Tries every index on a copy.
async fn weigh(schema: &Arc<Schema>, missing: &[Missing], rows: u32, config: &Config) -> Result<Vec<Tried>, Problem> {
    let trials: Vec<Trial> = missing.iter().filter_map(|missing| Trial::of(schema, missing)).collect();
    match assemble::place(config)? {
        Place::File(path) => {
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
            let folder = folder.to_path_buf();
            let weighing = tokio::task::spawn_blocking(move || weigh_file(&path, &folder, &trials));
            weighing.await.map_err(|_| Problem::new("measuring failed"))?
        }
        Place::Postgres(_) | Place::Mysql(_) => {
            let scratch = config.data_dir.clone();
            let engine = assemble::explaining_engine(Arc::clone(schema), &scratch, config)?;
            migration::must_fit(&engine, schema, config).await?;
            let weighed = engine.weigh(&trials, rows).await;
            super::close(engine).await;
            weighed.map_err(|failure| Problem::new(format!("the database cannot be asked: {failure}")))
        }
    }
}

/// Copies the file beside itself, where there is room for such a file, and tries every index on the copy.
fn weigh_file(path: &Path, folder: &Path, trials: &[Trial]) -> Result<Vec<Tried>, Problem> {
    let failed = |reason: String| {
        Problem::new(format!("nothing can be measured: {reason}"))
            .help("run it as the server's user, with room for a copy of the database; or give --no-measure")
    };
    let scratch = tempfile::tempdir_in(folder).map_err(|error| failed(error.to_string()))?;
    let reason = |error: &dyn std::error::Error| match error.source() {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    };
    let look = Look::live(path).map_err(|error| failed(reason(&error)))?;
    let copy = scratch.path().join("advise.db");
    look.copy(&copy, &mut |_| ControlFlow::Continue(())).map_err(|error| failed(reason(&error)))?;
    backstay_engine::look::weigh(&copy, trials).map_err(|error| failed(reason(&error)))
}

fn report(missing: &Missing, tried: &Tried) -> Value {
    let cost = |cost: &Cost| json!({ "micros": cost.micros, "queryPlan": cost.plan });
    let measured = match tried {
        Ok(weighed) => json!({
            "rows": weighed.rows,
            "allRows": weighed.whole,
            "before": cost(&weighed.before),
            "after": cost(&weighed.after),
            "makingMicros": weighed.making_micros,
            "helps": weighed.helps(),
        }),
        Err(reason) => json!({ "notMeasured": reason }),
    };
    json!({
        "model": missing.model,
        "relation": missing.need.relation,
        "directive": missing.directive(),
        "serves": missing.serves,
        "requests": missing.requests,
        "measured": measured,
    })
}

fn text(missing: &Missing, tried: &Tried) -> String {
    let mut out = format!("type {}  {}\n", missing.model, missing.directive());
    let mut line = |heading: &str, text: &str| out.push_str(&format!("  {heading:<8} {text}\n"));
    for reason in &missing.serves {
        line("serves", reason);
    }
    if missing.requests > 0 {
        line("asked", &format!("{} so far", terminal::counted(missing.requests, "time")));
    }
    match tried {
        Err(reason) => line("measured", &format!("nothing: {reason}")),
        Ok(weighed) => {
            for (heading, cost) in [("before", &weighed.before), ("after", &weighed.after)] {
                line(heading, &millis(cost.micros));
                cost.plan.iter().for_each(|step| line("", &format!("| {step}")));
            }
            let of = if weighed.whole { "all of them" } else { "a part" };
            let making = millis(weighed.making_micros);
            line("measured", &format!("on a copy of {} rows, {of}; made in {making}", weighed.rows));
            line(
                "verdict",
                match (weighed.helps(), missing.managed) {
                    (true, true) => "it helps: add the line to the type",
                    (true, false) => {
                        "it helps: make it in the database, whose tables are not managed, and add the line"
                    }
                    (false, _) => "it does not help these rows",
                },
            );
        }
    }
    out.push('\n');
    out
}

fn millis(micros: u64) -> String {
    format!("{}.{:03} ms", micros / 1_000, micros % 1_000)
}
