//! Rows of a server as they are stored: pages out of one transaction, batches in by COPY. While a database is filled its foreign
//! keys are taken down, with their definitions kept in it, and put up again in the end, which checks every row.

use super::fault;
use super::link::{Link, POOLED_TRANSACTION, words};
use super::pool::Held;
use super::value::Argument;
use super::{Postgres, Settings};
use crate::Failure;
use crate::store::carry::{Begun, Row, Table, unfit};
use crate::store::text::Text;
use backstay_plan::limits::Limits;
use backstay_plan::value::Value;
use backstay_schema::model::{FieldType, Scalar};
use bytes::{BufMut as _, BytesMut};
use futures_util::SinkExt as _;
use serde::{Deserialize, Serialize};
use std::pin::pin;
use std::sync::Arc;
use tokio_postgres::types::{IsNull, ToSql as _, Type};

/// Under this name a database says that it is being filled.
const MARK: &str = "filling";
pub(super) const READ_MARK: &str = "SELECT value FROM _backstay_meta WHERE key = 'filling'";
/// One moment lasts while the other database is written and compared, and nothing is asked meanwhile.
const READ: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY; SET LOCAL statement_timeout = 0; \
                    SET LOCAL idle_in_transaction_session_timeout = 0";
const WRITE: &str = "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL statement_timeout = 0; \
                     SET LOCAL idle_in_transaction_session_timeout = 0";
/// One move into a database at a time. The number is "BSTM".
const LOCK: &str = "SELECT pg_advisory_xact_lock(1112757325)";
/// Foreign keys of tables by name, as what puts each up and what takes it down. Those of partitions come with their table's.
const FOREIGN_KEYS: &str = "SELECT format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname, pg_get_constraintdef(c.oid)), \
     format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) \
     FROM pg_constraint AS c JOIN pg_class AS t ON t.oid = conrelid \
     WHERE contype = 'f' AND conparentid = 0 AND t.relnamespace = CAST(current_schema() AS regnamespace) \
     AND t.relname IN (SELECT jsonb_array_elements_text(CAST($1 AS jsonb))) ORDER BY 1";
const COUNTED: &str =
    "SELECT CAST(pg_sequence_last_value(CAST(pg_get_serial_sequence(quote_ident($1), $2) AS regclass)) AS text)";
const COUNT_ON: &str = "SELECT setval(CAST(pg_get_serial_sequence(quote_ident($1), $2) AS regclass), \
     greatest(CAST($3 AS bigint), pg_sequence_last_value(CAST(pg_get_serial_sequence(quote_ident($1), $2) AS regclass))))";
/// Bytes that are sent at once.
const CHUNK_BYTES: usize = 256 * 1024;

/// What a database says while it is filled.
#[derive(Debug, Serialize, Deserialize)]
struct Mark {
    /// From where.
    from: String,
    /// What puts its foreign keys up again.
    foreign_keys: Vec<String>,
}

/// Where a database that is being filled is filled from, by what it says.
pub(super) fn filled_from(mark: &str) -> String {
    serde_json::from_str::<Mark>(mark).map_or_else(|_| mark.to_owned(), |mark| mark.from)
}

/// A connection on which the rows of one moment are read.
pub(crate) struct Reader {
    held: Held,
    limits: Limits,
}

impl Reader {
    async fn ask(&self, text: &Text, values: &[Value]) -> Result<Vec<tokio_postgres::Row>, Failure> {
        self.held.link()?.ask_with(text.as_str(), values).await.map_err(explain)
    }

    pub(crate) async fn page(
        &mut self,
        table: &Arc<Table>,
        after: Option<Row>,
        limit: u32,
    ) -> Result<Vec<Row>, Failure> {
        let all: Vec<usize> = (0..table.columns.len()).collect();
        let mut text = select(table, &all);
        let mut values = after.clone().unwrap_or_default();
        if after.is_some() {
            text = text.syntax(" WHERE (").list(table.key_names(), ", ", Text::ident).syntax(") > (");
            text = text.list(1..=values.len(), ", ", Text::parameter).syntax(")");
        }
        values.push(Value::Int(limit.into()));
        text = text.syntax(" ORDER BY ").list(table.key_names(), ", ", Text::ident).syntax(" LIMIT ");
        let rows = self.ask(&text.parameter(values.len()), &values).await?;
        rows.iter().map(|row| self.read(row, table, &all)).collect()
    }

    pub(crate) async fn last_key(&mut self, table: &Arc<Table>) -> Result<Option<Row>, Failure> {
        let text = select(table, &table.key).syntax(" ORDER BY ");
        let text = text.list(table.key_names(), ", ", |text, name| text.ident(name).syntax(" DESC"));
        let rows = self.ask(&text.syntax(" LIMIT 1"), &[]).await?;
        rows.first().map(|row| self.read(row, table, &table.key)).transpose()
    }

    pub(crate) async fn count(&mut self, table: &Arc<Table>) -> Result<u64, Failure> {
        let text = Text::default().syntax("SELECT CAST(count(*) AS text) FROM ").ident(&table.name);
        let rows = self.ask(&text, &[]).await?;
        Ok(rows.first().and_then(|row| row.try_get::<_, String>(0).ok()?.parse().ok()).unwrap_or(0))
    }

    pub(crate) async fn counted(&mut self, table: &Arc<Table>) -> Result<Option<i64>, Failure> {
        let Some(counter) = &table.counter else { return Ok(None) };
        let rows = self.held.link()?.ask(COUNTED, &[&table.name, counter]).await.map_err(explain)?;
        let number = rows.first().and_then(|row| row.try_get::<_, Option<String>>(0).ok().flatten());
        Ok(number.and_then(|number| number.parse().ok()))
    }

    /// Cells of the columns at these positions, in the form that every store binds.
    fn read(&self, row: &tokio_postgres::Row, table: &Table, columns: &[usize]) -> Result<Row, Failure> {
        let cell = |(position, at): (usize, &usize)| {
            let Some(column) = table.columns.get(*at) else { return Ok(Value::Null) };
            match row.try_get::<_, Option<&str>>(position).map_err(explain)? {
                None => Ok(Value::Null),
                Some(json) => backstay_plan::bind::stored(&table.schema, &column.ty, json, &self.limits)
                    .map_err(|refusal| unfit(table, column, &refusal.to_string())),
            }
        };
        columns.iter().enumerate().map(cell).collect()
    }
}

/// The columns at these positions as JSON text, which says a value of any type exactly.
fn select(table: &Table, columns: &[usize]) -> Text {
    let names = columns.iter().filter_map(|at| table.columns.get(*at)).map(|column| column.name.as_str());
    let json = |text: Text, name| text.syntax("CAST(to_json(").ident(name).syntax(") AS text)");
    Text::default().syntax("SELECT ").list(names, ", ", json).syntax(" FROM ").ident(&table.name)
}

impl Postgres {
    /// See [`crate::store::Store::reader`].
    pub(crate) async fn carrying_reader(&self) -> Result<Reader, Failure> {
        let held = self.pool.hold().await?;
        begin(held.link()?, READ, &self.pool.settings).await?;
        // What is in the database was within the bounds when it was written.
        let limits = Limits { list_items_max: u32::MAX, json_depth_max: u16::MAX, ..Limits::default() };
        Ok(Reader { held, limits })
    }

    /// See [`crate::store::Store::begin_filling`].
    pub(crate) async fn begin_filling(&self, from: &str, tables: &[Arc<Table>]) -> Result<Begun, Failure> {
        let held = self.pool.hold().await?;
        let link = held.link()?;
        begin(link, WRITE, &self.pool.settings).await?;
        link.ask(LOCK, &[]).await.map_err(explain)?;
        let marks = link.ask(READ_MARK, &[]).await.map_err(explain)?;
        if let Some(mark) = marks.first() {
            let found = filled_from(mark.try_get(0).map_err(explain)?);
            return Ok(if found == from { Begun::Again } else { Begun::OfAnother { from: found } });
        }
        for table in tables {
            let text = Text::default().syntax("SELECT 1 FROM ").ident(&table.name).syntax(" LIMIT 1");
            if !link.ask(text.as_str(), &[]).await.map_err(explain)?.is_empty() {
                return Ok(Begun::Filled { table: table.name.clone() });
            }
        }
        let names: Vec<&str> = tables.iter().map(|table| table.name.as_str()).collect();
        let names = serde_json::to_string(&names).map_err(|error| Failure::Internal { reason: error.to_string() })?;
        let keys = link.ask(FOREIGN_KEYS, &[&names]).await.map_err(explain)?;
        let column = |row: &tokio_postgres::Row, at: usize| row.try_get::<_, String>(at).map_err(explain);
        let foreign_keys = keys.iter().map(|row| column(row, 0)).collect::<Result<_, _>>()?;
        let mark = Mark { from: from.to_owned(), foreign_keys };
        let mark = serde_json::to_string(&mark).map_err(|error| Failure::Internal { reason: error.to_string() })?;
        let insert = "INSERT INTO _backstay_meta (key, value) VALUES ($1, $2)";
        link.ask(insert, &[MARK, &mark]).await.map_err(explain)?;
        for row in &keys {
            link.run_text(&column(row, 1)?).await.map_err(explain)?;
        }
        link.run_text("COMMIT").await.map_err(explain)?;
        held.keep();
        Ok(Begun::Anew)
    }

    /// See [`crate::store::Store::fill`].
    pub(crate) async fn fill(&self, table: &Arc<Table>, rows: Vec<Row>) -> Result<(), Failure> {
        let held = self.pool.hold().await?;
        let link = held.link()?;
        begin(link, WRITE, &self.pool.settings).await?;
        copy(link, table, &rows).await?;
        link.run_text("COMMIT").await.map_err(explain)?;
        held.keep();
        Ok(())
    }

    /// See [`crate::store::Store::end_filling`].
    pub(crate) async fn end_filling(&self, counted: Vec<(Arc<Table>, i64)>) -> Result<(), Failure> {
        let held = self.pool.hold().await?;
        let link = held.link()?;
        begin(link, WRITE, &self.pool.settings).await?;
        link.ask(LOCK, &[]).await.map_err(explain)?;
        let marks = link.ask(READ_MARK, &[]).await.map_err(explain)?;
        let mark = marks.first().map(|row| row.try_get::<_, String>(0).map_err(explain)).transpose()?;
        let mark = mark.and_then(|mark| serde_json::from_str::<Mark>(&mark).ok());
        for foreign_key in mark.map(|mark| mark.foreign_keys).unwrap_or_default() {
            link.run_text(&foreign_key).await.map_err(explain)?;
        }
        for (table, number) in counted {
            let counter = table.counter.as_deref().unwrap_or_default();
            link.ask(COUNT_ON, &[&table.name, counter, &number.to_string()]).await.map_err(explain)?;
        }
        link.ask("DELETE FROM _backstay_meta WHERE key = $1", &[MARK]).await.map_err(explain)?;
        link.run_text("COMMIT").await.map_err(explain)?;
        held.keep();
        Ok(())
    }
}

async fn begin(link: &Link, text: &str, settings: &Settings) -> Result<(), Failure> {
    link.run_text(text).await.map_err(explain)?;
    if !settings.prepares {
        link.run_text(POOLED_TRANSACTION).await.map_err(explain)?;
    }
    Ok(())
}

async fn copy(link: &Link, table: &Table, rows: &[Row]) -> Result<(), Failure> {
    let columns = table.columns.iter().map(|column| column.name.as_str());
    let text = Text::default().syntax("COPY ").ident(&table.name).syntax(" (");
    let text = text.list(columns, ", ", Text::ident).syntax(") FROM STDIN");
    let mut sink = pin!(link.copy_in(text.as_str()).await.map_err(explain)?);
    let types: Vec<Type> = table.columns.iter().map(|column| sent_as(&column.ty)).collect();
    let (mut out, mut scratch) = (BytesMut::new(), BytesMut::new());
    for row in rows {
        for (position, value) in row.iter().enumerate() {
            if position > 0 {
                out.put_u8(b'\t');
            }
            let unsendable = |error: Box<dyn std::error::Error + Sync + Send>| {
                let reason = format!("\"{}\" cannot take a value: {error}", table.name);
                Failure::Internal { reason }
            };
            scratch.clear();
            let ty = types.get(position).unwrap_or(&Type::TEXT);
            match Argument::Value(value).to_sql(ty, &mut scratch).map_err(unsendable)? {
                IsNull::Yes => out.put_slice(b"\\N"),
                IsNull::No => escape(&mut out, &scratch),
            }
        }
        out.put_u8(b'\n');
        if out.len() >= CHUNK_BYTES {
            sink.send(out.split().freeze()).await.map_err(explain)?;
        }
    }
    sink.send(out.freeze()).await.map_err(explain)?;
    let kept = sink.as_mut().finish().await.map_err(explain)?;
    if kept != rows.len() as u64 {
        let reason = format!("\"{}\" took {kept} of {} rows", table.name, rows.len());
        return Err(Failure::Internal { reason });
    }
    Ok(())
}

/// The type by which a value is written as text: of lists it matters whether their items are JSON.
fn sent_as(ty: &FieldType) -> Type {
    match (ty.list, matches!(ty.scalar, Scalar::Json | Scalar::Object(_))) {
        (false, _) => Type::TEXT,
        (true, true) => Type::JSONB_ARRAY,
        (true, false) => Type::TEXT_ARRAY,
    }
}

/// Appends a value with what COPY gives a meaning behind backslashes.
fn escape(out: &mut BytesMut, value: &[u8]) {
    for byte in value {
        match byte {
            b'\\' => out.put_slice(b"\\\\"),
            b'\t' => out.put_slice(b"\\t"),
            b'\n' => out.put_slice(b"\\n"),
            b'\r' => out.put_slice(b"\\r"),
            other => out.put_u8(*other),
        }
    }
}

/// What went wrong, with the server's words.
fn explain(error: tokio_postgres::Error) -> Failure {
    let plain = fault::plain(&error, 0);
    if !matches!(plain, Failure::Internal { .. } | Failure::Refused(_)) {
        return plain;
    }
    let detail = error.as_db_error().and_then(|told| told.detail().or(told.where_()));
    let detail = detail.map(|detail| format!(": {detail}")).unwrap_or_default();
    Failure::Internal { reason: [words(&error), detail].concat() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_copy_gives_a_meaning_is_escaped() {
        for (value, expected) in [("a\tb\\N\r\n", "a\\tb\\\\N\\r\\n"), ("", ""), ("é\u{1}", "é\u{1}")] {
            let mut out = BytesMut::new();
            escape(&mut out, value.as_bytes());
            assert_eq!(out, expected.as_bytes());
        }
    }
}
