//! Loads the rows of a file into a model. In: a file. Out: counts, and the bad rows with their lines; kept whole or not at all.
//! The file is read twice: first to see that it can be read to its end and which fields it names, then to load it.

use crate::cli::RowFormat;
use crate::problem::Problem;
use crate::rows::{self, BadRow, Row};
use crate::terminal;
use backstay_edge::fault::{Caller, Fault};
use backstay_engine::Engine;
use backstay_engine::load::{Load, Reason, Report, SourceRow};
use backstay_plan::request::Cell;
use backstay_schema::Schema;
use backstay_schema::model::{Field, Model, Scalar};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

/// Rows between the reader of the file and the database.
const ROWS_AHEAD: usize = 1_024;

/// What there is to know before rows are loaded.
pub(crate) struct Scanned {
    /// Fields that the file names and that are to be written, in the model's order.
    pub columns: Vec<String>,
    /// Fields that the file names and that the server writes itself.
    pub left_out: Vec<String>,
    /// Rows, bad ones too.
    pub rows: u64,
}

/// The model of a name: its relation name, or its type name.
pub(crate) fn model<'a>(schema: &'a Schema, name: &str) -> Result<&'a Model, Problem> {
    let find = |same: &dyn Fn(&str) -> bool| schema.models.iter().find(|model| same(&model.table) || same(&model.name));
    if let Some(model) = find(&|known| known == name).or_else(|| find(&|known| known.eq_ignore_ascii_case(name))) {
        return Ok(model);
    }
    let names: Vec<&str> =
        schema.models.iter().filter(|model| !model.generated).map(|model| model.table.as_str()).collect();
    let near = names.iter().max_by(|a, b| strsim::jaro_winkler(a, name).total_cmp(&strsim::jaro_winkler(b, name)));
    let problem = Problem::usage(format!("there is no model `{name}` in the schema"));
    Err(match near.filter(|near| strsim::jaro_winkler(near, name) > 0.8) {
        Some(near) => problem.help(format!("did you mean `{near}`?")),
        None => problem.help(format!("the models are {}", names.join(", "))),
    })
}

/// The format that a file's name says.
pub(crate) fn format_of(path: &Path) -> Result<RowFormat, Problem> {
    match path.extension().and_then(|extension| extension.to_str()).map(str::to_ascii_lowercase).as_deref() {
        Some("csv") => Ok(RowFormat::Csv),
        Some("json") => Ok(RowFormat::Json),
        Some("ndjson" | "jsonl") => Ok(RowFormat::Ndjson),
        _ => Err(Problem::usage(format!("the name of {} does not tell its format", path.display()))
            .help("say it: --format csv, json or ndjson")),
    }
}

/// Reads the file to its end without loading anything.
///
/// # Errors
/// A file that cannot be read on. Bad rows are no error yet.
pub(crate) fn scan(input: &mut File, format: RowFormat, model: &Model) -> Result<Scanned, Problem> {
    let mut named = vec![false; model.fields.len()];
    let mut rows = 0;
    rows::read(&mut *input, format, &mut |row| {
        rows += 1;
        if let (1, RowFormat::Csv, Ok(row)) = (rows, format, &row)
            && let Some((name, _)) = row.cells.iter().find(|(name, _)| position(model, name).is_none())
        {
            return Err(Problem::new(format!("the header line is wrong: {}", unknown(model, name))));
        }
        for (name, _) in row.iter().flat_map(|row| &row.cells) {
            if let Some(named) = position(model, name).and_then(|at| named.get_mut(at)) {
                *named = true;
            }
        }
        Ok(())
    })?;
    input.seek(SeekFrom::Start(0)).map_err(|error| Problem::new(format!("the file cannot be read again: {error}")))?;
    let (left_out, columns): (Vec<_>, Vec<_>) = model
        .fields
        .iter()
        .zip(named)
        .filter(|(_, named)| *named)
        .map(|(field, _)| field)
        .partition(|field| field.managed.is_some());
    let names = |fields: Vec<&Field>| fields.into_iter().map(|field| field.name.clone()).collect();
    Ok(Scanned { columns: names(columns), left_out: names(left_out), rows })
}

/// Loads a file that was scanned. With bad rows nothing is kept, unless they are to be skipped.
///
/// # Errors
/// The database does not take them; nothing was kept.
pub(crate) async fn load(
    engine: &Engine,
    model: &Model,
    (file, format): (File, RowFormat),
    scanned: &Scanned,
    skip_bad: bool,
) -> Result<Report, Problem> {
    let (send, receive) = sync_channel(ROWS_AHEAD);
    let columns = scanned.columns.clone();
    let reader = Reader { model: model.clone(), columns: columns.clone(), send };
    let read = tokio::task::spawn_blocking(move || reader.read(file, format));
    let bar = terminal::progress(Some(scanned.rows), "rows");
    let rows = bar.wrap_iter(Received(receive));
    let load = Load { relation: model.table.clone(), columns, skip_bad };
    let outcome = engine.load(load, rows).await;
    bar.finish_and_clear();
    let report = outcome.map_err(|failure| {
        Problem::new(format!("nothing was loaded: {failure}"))
            .help("when that is put right, import again: nothing of the file was kept")
    })?;
    // The reader ended when the last row was taken; that it read the same as before is already in the rows.
    match read.await {
        Ok(Ok(())) => Ok(report),
        Ok(Err(problem)) => Err(problem),
        Err(_) => Err(Problem::new("reading the file failed")),
    }
}

/// The bad rows of a report in words, one a line.
#[must_use]
pub(crate) fn bad_rows(report: &Report, file: &str) -> Vec<String> {
    let mut lines: Vec<String> = report
        .problems
        .iter()
        .map(|problem| format!("{file}:{}: {}", problem.line, in_words(&problem.reason)))
        .collect();
    let rest = report.bad.saturating_sub(u64::try_from(lines.len()).unwrap_or(u64::MAX));
    if rest > 0 {
        lines.push(format!("… and {rest} more"));
    }
    lines
}

/// What an API client would read.
fn in_words(reason: &Reason) -> String {
    let failure = match reason {
        Reason::Unreadable(text) => return text.clone(),
        Reason::Refused(failure) => failure,
    };
    let fault = Fault::of_failure(failure, Caller { anonymous: false, method: "POST" });
    let details =
        fault.details.as_ref().map(|details| details.as_str().map_or_else(|| details.to_string(), str::to_owned));
    [Some(fault.message), details, fault.hint]
        .into_iter()
        .flatten()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join("; ")
}

/// Reads the file on a thread of its own.
struct Reader {
    model: Model,
    columns: Vec<String>,
    send: SyncSender<SourceRow>,
}

impl Reader {
    fn read(self, input: impl Read, format: RowFormat) -> Result<(), Problem> {
        rows::read(input, format, &mut |row| {
            let source = match row {
                Err(BadRow { line, reason }) => SourceRow { line, cells: Err(reason) },
                Ok(row) => SourceRow { line: row.line, cells: self.cells(row) },
            };
            // Nobody takes rows any more when the database refused; it has said why.
            self.send.send(source).map_err(|_| Problem::new("the database takes no more rows"))
        })
    }

    fn cells(&self, row: Row) -> Result<Vec<Cell>, String> {
        let mut cells = vec![Cell::Absent; self.columns.len()];
        for (name, cell) in row.cells {
            let field = position(&self.model, &name)
                .and_then(|at| self.model.fields.get(at))
                .ok_or_else(|| unknown(&self.model, &name))?;
            if field.computed.is_some() {
                return Err(format!("`{name}` is computed and cannot be written"));
            }
            let at = self.columns.iter().position(|column| *column == name);
            if let Some(place) = at.and_then(|at| cells.get_mut(at)) {
                *place = structured(field, cell);
            }
        }
        Ok(cells)
    }
}

struct Received(Receiver<SourceRow>);

impl Iterator for Received {
    type Item = SourceRow;

    fn next(&mut self) -> Option<SourceRow> {
        self.0.recv().ok()
    }
}

fn position(model: &Model, name: &str) -> Option<usize> {
    model.fields.iter().position(|field| field.name == name)
}

fn unknown(model: &Model, name: &str) -> String {
    let near = model.fields.iter().map(|field| (strsim::jaro_winkler(name, &field.name), &field.name));
    let near = near.filter(|(likeness, _)| *likeness > 0.8).max_by(|a, b| a.0.total_cmp(&b.0));
    let hint = near.map(|(_, near)| format!("; did you mean `{near}`?")).unwrap_or_default();
    format!("`{}` has no field `{name}`{hint}", model.table)
}

/// A list or a JSON value in a CSV cell is JSON, where it can be.
fn structured(field: &Field, cell: Cell) -> Cell {
    match cell {
        Cell::Text(text)
            if (field.ty.list || matches!(field.ty.scalar, Scalar::Json | Scalar::Object(_)))
                && serde_json::from_str::<serde::de::IgnoredAny>(&text).is_ok() =>
        {
            Cell::Json(text)
        }
        other @ (Cell::Absent | Cell::Null | Cell::Json(_) | Cell::Text(_)) => other,
    }
}
