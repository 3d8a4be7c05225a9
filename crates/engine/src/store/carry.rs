//! Rows as they are stored, from one database to another: pages in key order out, whole batches in. In: tables of a schema.
//! Out: values in the form that every store binds. No rule, default or validator has a part in it.

use super::{Store, mysql, postgres, sqlite};
use crate::Failure;
use backstay_plan::value::Value;
use backstay_schema::model::{DefaultValue, FieldType, Schema};
use std::sync::Arc;

/// A row, in the order of [`Table::columns`].
pub(crate) type Row = Vec<Value>;

/// A table whose rows are carried.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    /// Its name.
    pub(crate) name: String,
    /// Its columns, but for those that the database derives.
    pub(crate) columns: Vec<Column>,
    /// Positions of the key's columns.
    pub(crate) key: Vec<usize>,
    /// The column that the database counts up.
    pub(crate) counter: Option<String>,
    /// The schema it is of.
    pub(crate) schema: Arc<Schema>,
}

/// A column whose values are carried.
#[derive(Debug, Clone)]
pub(crate) struct Column {
    /// Its name.
    pub(crate) name: String,
    /// Type of its values.
    pub(crate) ty: FieldType,
}

impl Table {
    /// The tables of a schema.
    pub(crate) fn all(schema: &Arc<Schema>) -> Vec<Arc<Table>> {
        let table = |model: &backstay_schema::model::Model| {
            let stored = || model.fields.iter().filter(|field| field.computed.is_none());
            let columns = stored().map(|field| Column { name: field.column.clone(), ty: field.ty.clone() }).collect();
            let counter = stored().find(|field| field.default == Some(DefaultValue::Increment));
            Arc::new(Table {
                name: model.table.clone(),
                columns,
                key: model.key.iter().filter_map(|id| stored().position(|field| field.id == *id)).collect(),
                counter: counter.map(|field| field.column.clone()),
                schema: Arc::clone(schema),
            })
        };
        schema.models.iter().map(table).collect()
    }

    /// Names of the key's columns.
    pub(crate) fn key_names(&self) -> impl Iterator<Item = &str> {
        self.key.iter().filter_map(|at| self.columns.get(*at)).map(|column| column.name.as_str())
    }

    /// The key of a row.
    pub(crate) fn key_of(&self, row: &[Value]) -> Row {
        self.key.iter().filter_map(|at| row.get(*at)).cloned().collect()
    }
}

/// What the beginning of a move found in the database that is to be filled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Begun {
    /// Every table was empty; it is marked as being filled now.
    Anew,
    /// A move from the same place was interrupted.
    Again,
    /// A move from elsewhere was interrupted.
    OfAnother {
        /// From where.
        from: String,
    },
    /// A table holds rows.
    Filled {
        /// Which.
        table: String,
    },
}

/// Reads rows as they are at one moment.
pub(crate) enum Reader {
    /// Of a file.
    Sqlite(sqlite::carrying::Reader),
    /// Of a PostgreSQL server.
    Postgres(Box<postgres::carrying::Reader>),
    /// Of a MySQL or MariaDB server.
    Mysql(Box<mysql::carrying::Reader>),
}

impl Reader {
    /// Up to `limit` rows behind a key, in key order.
    ///
    /// # Errors
    /// The store failed, or a value is none of its column's type.
    pub(crate) async fn page(
        &mut self,
        table: &Arc<Table>,
        after: Option<Row>,
        limit: u32,
    ) -> Result<Vec<Row>, Failure> {
        match self {
            Self::Sqlite(reader) => reader.page(table, after, limit).await,
            Self::Postgres(reader) => reader.page(table, after, limit).await,
            Self::Mysql(reader) => reader.page(table, after, limit).await,
        }
    }

    /// The last key of a table; `None` when it is empty.
    ///
    /// # Errors
    /// The store failed.
    pub(crate) async fn last_key(&mut self, table: &Arc<Table>) -> Result<Option<Row>, Failure> {
        match self {
            Self::Sqlite(reader) => reader.last_key(table).await,
            Self::Postgres(reader) => reader.last_key(table).await,
            Self::Mysql(reader) => reader.last_key(table).await,
        }
    }

    /// Rows of a table.
    ///
    /// # Errors
    /// The store failed.
    pub(crate) async fn count(&mut self, table: &Arc<Table>) -> Result<u64, Failure> {
        match self {
            Self::Sqlite(reader) => reader.count(table).await,
            Self::Postgres(reader) => reader.count(table).await,
            Self::Mysql(reader) => reader.count(table).await,
        }
    }

    /// The number that the database counted up to; `None` where it counts nothing or has not yet.
    ///
    /// # Errors
    /// The store failed.
    pub(crate) async fn counted(&mut self, table: &Arc<Table>) -> Result<Option<i64>, Failure> {
        match self {
            Self::Sqlite(reader) => reader.counted(table).await,
            Self::Postgres(reader) => reader.counted(table).await,
            Self::Mysql(reader) => reader.counted(table).await,
        }
    }
}

impl Store {
    /// Reads rows as they are now.
    ///
    /// # Errors
    /// The store failed.
    pub(crate) async fn reader(&self) -> Result<Reader, Failure> {
        match self {
            Self::Sqlite(store) => sqlite::carrying::Reader::open(store).map(Reader::Sqlite),
            Self::Postgres(store) => {
                let reader = Box::pin(store.carrying_reader()).await?;
                Ok(Reader::Postgres(Box::new(reader)))
            }
            Self::Mysql(store) => {
                let reader = Box::pin(store.carrying_reader()).await?;
                Ok(Reader::Mysql(Box::new(reader)))
            }
        }
    }

    /// Looks whether the database can be filled, and marks it as being filled: until [`Store::end_filling`] no server uses it.
    ///
    /// # Errors
    /// The store failed; nothing was changed.
    pub(crate) async fn begin_filling(&self, from: &str, tables: &[Arc<Table>]) -> Result<Begun, Failure> {
        match self {
            Self::Sqlite(store) => sqlite::carrying::begin(store, from, tables).await,
            Self::Postgres(store) => Box::pin(store.begin_filling(from, tables)).await,
            Self::Mysql(store) => Box::pin(store.begin_filling(from, tables)).await,
        }
    }

    /// Puts rows into a table in one transaction; what they refer to may not be there yet.
    ///
    /// # Errors
    /// The store failed; none of the rows was kept.
    pub(crate) async fn fill(&self, table: &Arc<Table>, rows: Vec<Row>) -> Result<(), Failure> {
        match self {
            Self::Sqlite(store) => sqlite::carrying::fill(store, table, rows).await,
            Self::Postgres(store) => Box::pin(store.fill(table, rows)).await,
            Self::Mysql(store) => Box::pin(store.fill(table, rows)).await,
        }
    }

    /// Checks every reference, sets the counters, and takes the mark away.
    ///
    /// # Errors
    /// The store failed or a reference leads nowhere; the mark stays.
    pub(crate) async fn end_filling(&self, counted: Vec<(Arc<Table>, i64)>) -> Result<(), Failure> {
        match self {
            Self::Sqlite(store) => sqlite::carrying::end(store, counted).await,
            Self::Postgres(store) => Box::pin(store.end_filling(counted)).await,
            Self::Mysql(store) => Box::pin(store.end_filling(counted)).await,
        }
    }
}

/// A value that is none of its column's type.
pub(crate) fn unfit(table: &Table, column: &Column, reason: &str) -> Failure {
    Failure::Internal { reason: format!("a value of \"{}\".\"{}\" cannot be read: {reason}", table.name, column.name) }
}
