//! `backstay export`: every row of a model on standard output, in key order, all of one moment.

use crate::cli::{Export, RowFormat};
use crate::load;
use crate::problem::{self, Problem};
use crate::{assemble, migration, project, telemetry, terminal};
use backstay_engine::Engine;
use backstay_schema::model::Model;
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::io::{BufWriter, Write};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;

/// The members of a row; values stay text, so that numbers come out as the database wrote them.
type Members<'a> = BTreeMap<String, &'a RawValue>;

/// Writes the rows.
pub(crate) async fn run(arguments: &Export, config: Option<PathBuf>) -> Result<(), Problem> {
    let config = project::settings(&arguments.project, config, None)?;
    telemetry::start_quiet(&config.log)?;
    let schema = assemble::schema(&config.schema)?;
    let model = load::model(&schema, &arguments.model)?.clone();
    let engine = assemble::engine(Arc::clone(&schema), &config)?;
    let written = match migration::must_fit(&engine, &schema, &config).await {
        Ok(()) => {
            let (engine, format) = (engine.clone(), arguments.format);
            let work = tokio::task::spawn_blocking(move || write_all(&engine, &model, format));
            work.await.unwrap_or_else(|_| Err(Problem::new("reading the rows failed")))
        }
        Err(problem) => Err(problem),
    };
    super::serve::close(engine).await;
    written
}

fn write_all(engine: &Engine, model: &Model, format: RowFormat) -> Result<(), Problem> {
    let names = model
        .fields
        .iter()
        .filter(|field| field.computed.is_none() && !field.write_only)
        .map(|field| field.name.as_str());
    let mut sink =
        Sink { out: BufWriter::with_capacity(1 << 16, std::io::stdout()), format, names: names.collect(), rows: 0 };
    let bar = terminal::progress(None, "rows");
    let mut written = sink.begin();
    let read = engine.export(&model.table, &mut |row| {
        if written.is_ok() {
            written = sink.row(row);
            bar.inc(1);
        }
        if written.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    });
    bar.finish_and_clear();
    read.map_err(|failure| Problem::new(format!("cannot read {}: {failure}", model.table)))?;
    problem::output(written.and_then(|()| sink.end()))
}

/// Where the rows go, in which shape.
struct Sink<'a> {
    out: BufWriter<std::io::Stdout>,
    format: RowFormat,
    names: Vec<&'a str>,
    rows: u64,
}

impl Sink<'_> {
    fn begin(&mut self) -> std::io::Result<()> {
        match self.format {
            RowFormat::Csv => {
                let header: Vec<String> = self.names.iter().map(|name| (*name).to_owned()).collect();
                self.csv_line(&header)
            }
            RowFormat::Json | RowFormat::Ndjson => Ok(()),
        }
    }

    fn row(&mut self, row: &[u8]) -> std::io::Result<()> {
        match self.format {
            RowFormat::Json => {
                let before: &[u8] = if self.rows == 0 { b"[\n" } else { b",\n" };
                self.out.write_all(before)?;
                self.out.write_all(row)?;
            }
            RowFormat::Ndjson => {
                self.out.write_all(row)?;
                self.out.write_all(b"\n")?;
            }
            RowFormat::Csv => {
                let members: Members<'_> = serde_json::from_slice(row)?;
                let cells: Vec<String> = self
                    .names
                    .iter()
                    .map(|name| members.get(*name).map(|value| plain(value)).unwrap_or_default())
                    .collect();
                self.csv_line(&cells)?;
            }
        }
        self.rows += 1;
        Ok(())
    }

    fn csv_line(&mut self, cells: &[String]) -> std::io::Result<()> {
        let mut writer = csv::Writer::from_writer(&mut self.out);
        writer.write_record(cells).map_err(std::io::Error::other)?;
        writer.flush()
    }

    fn end(mut self) -> std::io::Result<()> {
        match (self.format, self.rows) {
            (RowFormat::Json, 0) => self.out.write_all(b"[]\n")?,
            (RowFormat::Json, _) => self.out.write_all(b"\n]\n")?,
            (RowFormat::Csv | RowFormat::Ndjson, _) => {}
        }
        self.out.flush()
    }
}

/// The text of a value: without quotes where it is a text, empty for null.
fn plain(value: &RawValue) -> String {
    match value.get() {
        "null" => String::new(),
        text => serde_json::from_str::<String>(text).unwrap_or_else(|_| text.to_owned()),
    }
}
