//! Carries an application's rows from one database to another: accounts, Backstay's own tables and the application's, in key
//! order and in batches, each kept by itself. In the end every table is counted and summed up on both sides.
//!
//! A database that is being filled says so of itself: no server uses it, and only a move from the same place goes on with it.

mod tally;
#[cfg(test)]
mod tests;

use crate::engine::Engine;
use crate::fault::Failure;
use crate::migrate::{self, MigrateError, Permission};
use crate::store::carry::{Begun, Reader, Row, Table};
use backstay_plan::value::Value;
use std::collections::HashMap;
use std::sync::Arc;
pub use tally::Tally;

/// Rows that are read, and kept, at once: at first, and at most.
const FIRST_ROWS: u32 = 64;
const BATCH_ROWS: u32 = 4_096;
/// Bytes that a batch should not pass by much.
const BATCH_BYTES: usize = 8 * 1024 * 1024;

/// What is to be done.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where the rows come from, in words that hold no secret; a move that goes on must have the same.
    pub from: String,
    /// Whether a move that was interrupted goes on.
    pub resume: bool,
}

/// What happens meanwhile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step<'a> {
    /// So many rows are to be moved in all.
    Total(u64),
    /// A table begins; so many of its rows were there from before.
    Table(&'a str, u64),
    /// So many rows more were moved.
    Moved(u64),
    /// So many rows are to be compared in all.
    Comparing(u64),
    /// So many rows more were read again.
    Compared(u64),
}

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// Whether a move that was interrupted went on.
    pub resumed: bool,
    /// Each table, with what is in it on both sides.
    pub tables: Vec<(String, Tally)>,
}

/// Why a move did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum CarryError {
    /// The database that is to be filled holds rows. Nothing was changed.
    #[error("the table \"{table}\" holds rows, and a move fills an empty database")]
    Filled {
        /// The table.
        table: String,
    },
    /// The database that is to be filled has tables that are not those of the schema. Nothing was changed.
    #[error("the database to be filled has tables of another schema")]
    OtherSchema,
    /// The tables cannot be made. Nothing was changed.
    #[error("the tables cannot be made: {0}")]
    Migrate(MigrateError),
    /// A move from the same place was interrupted. Nothing was changed.
    #[error("a move into this database was interrupted")]
    Interrupted,
    /// A move from elsewhere was interrupted. Nothing was changed.
    #[error("a move from {from} into this database was interrupted")]
    OfAnother {
        /// From where.
        from: String,
    },
    /// Rows cannot be read.
    #[error("cannot read \"{table}\": {failure}")]
    Read {
        /// The table.
        table: String,
        /// Why.
        failure: Failure,
    },
    /// Rows cannot be written. Batches before them were kept.
    #[error("cannot write \"{table}\": {failure}")]
    Write {
        /// The table.
        table: String,
        /// Why.
        failure: Failure,
    },
    /// The two sides are not the same.
    #[error("\"{table}\" differs: {source_side} were read, {target_side} are there")]
    Differs {
        /// The table.
        table: String,
        /// What it was read as.
        source_side: Tally,
        /// What was written.
        target_side: Tally,
    },
    /// The database failed, or does not take a reference.
    #[error("{0}")]
    Store(Failure),
}

/// Moves every row.
///
/// # Errors
/// See [`CarryError`]. What was kept stays marked as unfinished.
pub async fn run(
    source: &Engine,
    target: &Engine,
    options: &Options,
    told: &mut dyn FnMut(Step<'_>),
) -> Result<Moved, CarryError> {
    let mut tables = Table::all(&backstay_schema::system());
    tables.extend(Table::all(&source.schema()));
    let filling = &target.inner().store;
    make_tables(target).await?;
    let resumed = match filling.begin_filling(&options.from, &tables).await.map_err(CarryError::Store)? {
        Begun::Anew => false,
        Begun::Again if options.resume => true,
        Begun::Again => return Err(CarryError::Interrupted),
        Begun::OfAnother { from } => return Err(CarryError::OfAnother { from }),
        Begun::Filled { table } => return Err(CarryError::Filled { table }),
    };
    let mut reader = source.inner().store.reader().await.map_err(CarryError::Store)?;
    told(Step::Total(total(&mut reader, &tables).await?));
    let mut sums = HashMap::new();
    for table in &tables {
        if let Some(tally) = fill(&mut reader, target, table, told).await? {
            sums.insert(table.name.clone(), tally);
        }
    }
    let tables = compare(&mut reader, target, (&tables, &sums), told).await?;
    Ok(Moved { resumed, tables })
}

/// Makes the tables of the schema where there are none.
async fn make_tables(target: &Engine) -> Result<(), CarryError> {
    let (store, schema) = (&target.inner().store, target.schema());
    let (base, catalog) = store.last_migration_even_filling().await.map_err(CarryError::Migrate)?;
    let plan = migrate::between(base, catalog.as_deref(), &schema, store.dialect()).map_err(CarryError::Migrate)?;
    if plan.is_empty() {
        return Ok(());
    }
    if plan.base > 0 {
        return Err(CarryError::OtherSchema);
    }
    migrate::apply(target, plan, Permission::AdditiveOnly).await.map(drop).map_err(CarryError::Migrate)
}

async fn total(reader: &mut Reader, tables: &[Arc<Table>]) -> Result<u64, CarryError> {
    let mut rows = 0;
    for table in tables {
        rows += reader.count(table).await.map_err(|failure| unread(table, failure))?;
    }
    Ok(rows)
}

/// Moves what is not there yet. The tally of all, where all went through here.
async fn fill(
    reader: &mut Reader,
    target: &Engine,
    table: &Arc<Table>,
    told: &mut dyn FnMut(Step<'_>),
) -> Result<Option<Tally>, CarryError> {
    let filling = &target.inner().store;
    let mut there = filling.reader().await.map_err(CarryError::Store)?;
    let before = there.count(table).await.map_err(|failure| unread(table, failure))?;
    // Batches were kept in key order, so that what is missing comes behind what is there.
    let mut after = there.last_key(table).await.map_err(|failure| unread(table, failure))?;
    drop(there);
    told(Step::Table(&table.name, before));
    let (mut tally, mut scratch) = (Tally::default(), Vec::new());
    let mut page = reader.page(table, after.take(), FIRST_ROWS).await.map_err(|failure| unread(table, failure))?;
    while let Some(last) = page.last() {
        let next = table.key_of(last);
        page.iter().for_each(|row| tally.add(table, row, &mut scratch));
        let (rows, limit) = (page.len() as u64, rows_at_once(&page));
        let (filled, read) =
            tokio::join!(filling.fill(table, std::mem::take(&mut page)), reader.page(table, Some(next), limit));
        filled.map_err(|failure| CarryError::Write { table: table.name.clone(), failure })?;
        told(Step::Moved(rows));
        page = read.map_err(|failure| unread(table, failure))?;
    }
    Ok((before == 0).then_some(tally))
}

/// Reads every table of the filled database again, and ends the move when it is the same as the other's.
async fn compare(
    reader: &mut Reader,
    target: &Engine,
    (tables, sums): (&[Arc<Table>], &HashMap<String, Tally>),
    told: &mut dyn FnMut(Step<'_>),
) -> Result<Vec<(String, Tally)>, CarryError> {
    let filling = &target.inner().store;
    let mut there = filling.reader().await.map_err(CarryError::Store)?;
    told(Step::Comparing(total(&mut there, tables).await?));
    let (mut compared, mut counted) = (Vec::new(), Vec::new());
    for table in tables {
        let source_side = match sums.get(&table.name) {
            Some(tally) => *tally,
            None => sum(reader, table, &mut |_| ()).await?,
        };
        let target_side = sum(&mut there, table, &mut |rows| told(Step::Compared(rows))).await?;
        if source_side != target_side {
            return Err(CarryError::Differs { table: table.name.clone(), source_side, target_side });
        }
        compared.push((table.name.clone(), target_side));
        if let Some(number) = reader.counted(table).await.map_err(|failure| unread(table, failure))? {
            counted.push((Arc::clone(table), number));
        }
    }
    drop(there);
    filling.end_filling(counted).await.map_err(CarryError::Store)?;
    Ok(compared)
}

async fn sum(reader: &mut Reader, table: &Arc<Table>, told: &mut dyn FnMut(u64)) -> Result<Tally, CarryError> {
    let (mut tally, mut scratch) = (Tally::default(), Vec::new());
    let (mut after, mut limit) = (None::<Row>, FIRST_ROWS);
    loop {
        let page = reader.page(table, after, limit).await.map_err(|failure| unread(table, failure))?;
        limit = rows_at_once(&page);
        let Some(last) = page.last() else { return Ok(tally) };
        after = Some(table.key_of(last));
        page.iter().for_each(|row| tally.add(table, row, &mut scratch));
        told(page.len() as u64);
    }
}

/// How many rows the next batch takes, after one of these.
fn rows_at_once(page: &[Row]) -> u32 {
    let bytes = |value: &Value| match value {
        Value::Null | Value::Bool(_) | Value::Int(_) | Value::Float(_) => 8,
        Value::Text(text) => 32 + text.len(),
        Value::Blob(bytes) => 32 + bytes.len(),
    };
    let mean = page.iter().flatten().map(bytes).sum::<usize>() / page.len().max(1);
    u32::try_from(BATCH_BYTES / mean.max(1)).unwrap_or(BATCH_ROWS).clamp(1, BATCH_ROWS)
}

fn unread(table: &Table, failure: Failure) -> CarryError {
    CarryError::Read { table: table.name.clone(), failure }
}
