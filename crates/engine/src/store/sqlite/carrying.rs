//! Rows of a file as they are stored: pages out of a read transaction, batches in on the writer's connection.

use super::connection::Link;
use super::fault;
use super::read::to_sql;
use super::{Settings, Sqlite};
use crate::Failure;
use crate::store::carry::{Begun, Row, Table, unfit};
use crate::store::text::Text;
use backstay_plan::value::Value;
use backstay_schema::model::Scalar;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, OptionalExtension, TransactionBehavior};
use std::sync::{Arc, Mutex, PoisonError};

/// Under this name a database says that it is being filled, and from where.
const MARK: &str = "filling";
const READ_MARK: &str = "SELECT value FROM _backstay_meta WHERE key = ?1";

/// Where a database that is being filled is filled from; `None` for every other one.
pub(super) fn filled_from(conn: &Connection) -> rusqlite::Result<Option<String>> {
    conn.query_row(READ_MARK, [MARK], |row| row.get(0)).optional()
}

/// A connection on which the rows of one moment are read.
pub(crate) struct Reader {
    link: Arc<Mutex<Link>>,
}

impl Reader {
    /// Begins to read.
    ///
    /// # Errors
    /// The file cannot be read.
    pub(crate) fn open(store: &Sqlite) -> Result<Self, Failure> {
        let link = store.reader().map_err(explain)?;
        link.conn.execute_batch("BEGIN").map_err(explain)?;
        Ok(Self { link: Arc::new(Mutex::new(link)) })
    }

    async fn ask<T: Send + 'static>(
        &self,
        table: &Arc<Table>,
        work: impl FnOnce(&Connection, &Table) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        let (link, table) = (Arc::clone(&self.link), Arc::clone(table));
        let asked = move || work(&link.lock().unwrap_or_else(PoisonError::into_inner).conn, &table);
        tokio::task::spawn_blocking(asked)
            .await
            .unwrap_or_else(|error| Err(Failure::Internal { reason: error.to_string() }))
    }

    pub(crate) async fn page(&self, table: &Arc<Table>, after: Option<Row>, limit: u32) -> Result<Vec<Row>, Failure> {
        self.ask(table, move |conn, table| page(conn, table, after.as_deref(), limit)).await
    }

    pub(crate) async fn last_key(&self, table: &Arc<Table>) -> Result<Option<Row>, Failure> {
        self.ask(table, last_key).await
    }

    pub(crate) async fn count(&self, table: &Arc<Table>) -> Result<u64, Failure> {
        let count = |conn: &Connection, table: &Table| {
            let text = Text::default().syntax("SELECT count(*) FROM ").ident(&table.name);
            let rows = conn.query_row(text.as_str(), [], |row| row.get::<_, i64>(0)).map_err(explain)?;
            Ok(u64::try_from(rows).unwrap_or(0))
        };
        self.ask(table, count).await
    }

    pub(crate) async fn counted(&self, table: &Arc<Table>) -> Result<Option<i64>, Failure> {
        if table.counter.is_none() {
            return Ok(None);
        }
        let counted = |conn: &Connection, table: &Table| {
            let sql = "SELECT seq FROM sqlite_sequence WHERE name = ?1";
            conn.query_row(sql, [&table.name], |row| row.get(0)).optional().map_err(explain)
        };
        self.ask(table, counted).await
    }
}

fn page(conn: &Connection, table: &Table, after: Option<&[Value]>, limit: u32) -> Result<Vec<Row>, Failure> {
    let columns = table.columns.iter().map(|column| column.name.as_str());
    let mut text = Text::default().syntax("SELECT ").list(columns, ", ", Text::ident).syntax(" FROM ");
    text = text.ident(&table.name);
    if after.is_some() {
        text = text.syntax(" WHERE (").list(table.key_names(), ", ", Text::ident).syntax(") > (");
        text = text.list(&table.key, ", ", |text, _| text.syntax("?")).syntax(")");
    }
    text = text.syntax(" ORDER BY ").list(table.key_names(), ", ", Text::ident).syntax(" LIMIT ?");
    let mut statement = conn.prepare_cached(text.as_str()).map_err(explain)?;
    let after = after.unwrap_or_default();
    let limit = ToSqlOutput::from(i64::from(limit));
    for (position, value) in after.iter().map(to_sql).chain([limit]).enumerate() {
        statement.raw_bind_parameter(position + 1, value).map_err(explain)?;
    }
    let mut found = Vec::new();
    let mut rows = statement.raw_query();
    while let Some(row) = rows.next().map_err(explain)? {
        found.push(read(row, table)?);
    }
    Ok(found)
}

fn last_key(conn: &Connection, table: &Table) -> Result<Option<Row>, Failure> {
    let text = Text::default().syntax("SELECT ").list(table.key_names(), ", ", Text::ident).syntax(" FROM ");
    let text = text.ident(&table.name).syntax(" ORDER BY ");
    let text = text.list(table.key_names(), ", ", |text, name| text.ident(name).syntax(" DESC")).syntax(" LIMIT 1");
    let mut statement = conn.prepare(text.as_str()).map_err(explain)?;
    let mut rows = statement.raw_query();
    let Some(row) = rows.next().map_err(explain)? else { return Ok(None) };
    let value = |(position, at): (usize, &usize)| cell(row.get_ref(position).map_err(explain)?, table, *at);
    table.key.iter().enumerate().map(value).collect::<Result<_, _>>().map(Some)
}

fn read(row: &rusqlite::Row<'_>, table: &Table) -> Result<Row, Failure> {
    (0..table.columns.len()).map(|at| cell(row.get_ref(at).map_err(explain)?, table, at)).collect()
}

/// A cell of the column at a position, in the form that every store binds.
fn cell(found: ValueRef<'_>, table: &Table, at: usize) -> Result<Value, Failure> {
    let Some(column) = table.columns.get(at) else { return Ok(Value::Null) };
    let single = |scalar| column.ty.scalar == scalar && !column.ty.list;
    Ok(match found {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) if single(Scalar::Boolean) => Value::Bool(number != 0),
        ValueRef::Integer(number) if single(Scalar::Decimal) => Value::Text(number.to_string()),
        ValueRef::Integer(number) => Value::Int(number),
        ValueRef::Real(number) => Value::Float(number),
        ValueRef::Text(text) => match std::str::from_utf8(text) {
            Ok(text) => Value::Text(text.to_owned()),
            Err(error) => return Err(unfit(table, column, &error.to_string())),
        },
        ValueRef::Blob(bytes) => Value::Blob(bytes.to_vec()),
    })
}

/// See [`crate::store::Store::begin_filling`].
pub(crate) async fn begin(store: &Sqlite, from: &str, tables: &[Arc<Table>]) -> Result<Begun, Failure> {
    let (from, tables) = (from.to_owned(), tables.to_vec());
    let work = move |link: &mut Link| -> rusqlite::Result<Begun> {
        let transaction = link.conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        match filled_from(&transaction)? {
            Some(found) if found == from => return Ok(Begun::Again),
            Some(found) => return Ok(Begun::OfAnother { from: found }),
            None => {}
        }
        for table in &tables {
            let text = Text::default().syntax("SELECT EXISTS (SELECT 1 FROM ").ident(&table.name).syntax(")");
            if transaction.query_row(text.as_str(), [], |row| row.get::<_, bool>(0))? {
                return Ok(Begun::Filled { table: table.name.clone() });
            }
        }
        transaction.execute("INSERT INTO _backstay_meta (key, value) VALUES (?1, ?2)", (MARK, &from))?;
        transaction.commit()?;
        Ok(Begun::Anew)
    };
    store.writer.alone(work).await?.map_err(explain)
}

/// See [`crate::store::Store::fill`].
pub(crate) async fn fill(store: &Sqlite, table: &Arc<Table>, rows: Vec<Row>) -> Result<(), Failure> {
    let table = Arc::clone(table);
    let work = move |link: &mut Link| -> rusqlite::Result<()> {
        link.conn.pragma_update(None, "foreign_keys", false)?;
        let filled = insert(&mut link.conn, &table, &rows);
        link.conn.pragma_update(None, "foreign_keys", true)?;
        filled?;
        // The log would grow to the size of the database.
        link.conn.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))
    };
    store.writer.alone(work).await?.map_err(explain)
}

fn insert(conn: &mut Connection, table: &Table, rows: &[Row]) -> rusqlite::Result<()> {
    let transaction = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let columns = table.columns.iter().map(|column| column.name.as_str());
    let text = Text::default().syntax("INSERT INTO ").ident(&table.name).syntax(" (");
    let text = text.list(columns, ", ", Text::ident).syntax(") VALUES (");
    let text = text.list(&table.columns, ", ", |text, _| text.syntax("?")).syntax(")");
    let mut statement = transaction.prepare_cached(text.as_str())?;
    for row in rows {
        for (position, value) in row.iter().enumerate() {
            statement.raw_bind_parameter(position + 1, to_sql(value))?;
        }
        statement.raw_execute()?;
    }
    drop(statement);
    transaction.commit()
}

/// See [`crate::store::Store::end_filling`].
pub(crate) async fn end(store: &Sqlite, counted: Vec<(Arc<Table>, i64)>) -> Result<(), Failure> {
    let work = move |link: &mut Link| -> Result<(), Failure> {
        let transaction = link.conn.transaction_with_behavior(TransactionBehavior::Immediate).map_err(explain)?;
        let sql = "SELECT \"table\", parent FROM pragma_foreign_key_check LIMIT 1";
        let dangling = transaction.query_row(sql, [], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)));
        if let Some((table, parent)) = dangling.optional().map_err(explain)? {
            let reason = format!("a row of \"{table}\" refers to one of \"{parent}\" that is not there");
            return Err(Failure::Internal { reason });
        }
        for (table, number) in counted {
            let update = "UPDATE sqlite_sequence SET seq = max(seq, ?2) WHERE name = ?1";
            if transaction.execute(update, (&table.name, number)).map_err(explain)? == 0 {
                let insert = "INSERT INTO sqlite_sequence (name, seq) VALUES (?1, ?2)";
                transaction.execute(insert, (&table.name, number)).map_err(explain)?;
            }
        }
        transaction.execute("DELETE FROM _backstay_meta WHERE key = ?1", [MARK]).map_err(explain)?;
        transaction.commit().map_err(explain)
    };
    store.writer.alone(work).await?
}

fn explain(error: rusqlite::Error) -> Failure {
    let plain = fault::plain(&error, Settings::default().budget_ms());
    if matches!(plain, Failure::Internal { .. }) { Failure::Internal { reason: error.to_string() } } else { plain }
}
