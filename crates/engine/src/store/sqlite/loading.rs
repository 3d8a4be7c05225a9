//! What a bulk load needs of the store: one insert in its own savepoint, and a name for a dangling reference.

use super::Text;
use super::connection::Link;
use super::fault::{self, Trouble};
use super::program::{self, Progress};
use super::read::Stop;
use super::{Settings, foreign_key};
use crate::Failure;
use crate::compiled::Compiled;
use crate::store::Job;
use backstay_schema::ACCOUNTS;
use backstay_schema::model::Profile;

/// Steps of a bulk load, inside its transaction.
pub(crate) struct Loading;

impl Loading {
    /// Inserts one row. The outer error ends the load, the inner one is the row's.
    pub(crate) fn insert(link: &Link, job: &Job, settings: &Settings) -> rusqlite::Result<Result<(), Failure>> {
        link.conn.prepare_cached("SAVEPOINT job")?.raw_execute()?;
        let mut progress = Progress::default();
        let result = match program::run(link, job, settings, &mut progress) {
            Ok(_) => Ok(()),
            Err(Stop::Refused(failure)) => Err(*failure),
            Err(Stop::Driver(error)) if fault::trouble(&error) != Trouble::None || link.conn.is_autocommit() => {
                return Err(error);
            }
            Err(Stop::Driver(error)) => Err(fault::of_write(&error, link, job, &progress, settings.budget_ms())),
        };
        if result.is_err() {
            link.conn.prepare_cached(super::writer::UNDO)?.raw_execute()?;
        }
        link.conn.prepare_cached("RELEASE job")?.raw_execute()?;
        Ok(result)
    }

    /// The newest row of the table of accounts; 0 where there is none.
    pub(crate) fn accounts_so_far(link: &Link) -> rusqlite::Result<i64> {
        let newest = Text::default().syntax("SELECT coalesce(max(rowid), 0) FROM ").ident(ACCOUNTS);
        link.conn.query_row(newest.as_str(), [], |row| row.get(0))
    }

    /// Removes the accounts that the load made for rows which it took out again.
    pub(crate) fn end_accounts_since(link: &Link, compiled: &Compiled, before: i64) -> rusqlite::Result<()> {
        let Some(profile) = Profile::of(compiled.schema()).filter(|profile| profile.table == compiled.relation())
        else {
            return Ok(());
        };
        let text =
            Text::default().syntax("DELETE FROM ").ident(ACCOUNTS).syntax(" WHERE rowid > ?1 AND id NOT IN (SELECT ");
        let text = text.ident(&profile.key).syntax(" FROM ").ident(&profile.table).syntax(")");
        link.conn.execute(text.as_str(), [before]).map(drop)
    }

    /// The failure behind a row of `PRAGMA foreign_key_check`, whose last column is `position`.
    pub(crate) fn dangling(link: &Link, compiled: &Compiled, position: i64) -> rusqlite::Result<Failure> {
        let schema = compiled.schema();
        let table = compiled.relation();
        let sql = "SELECT \"from\" FROM pragma_foreign_key_list(?1) WHERE id = ?2 ORDER BY seq";
        let mut statement = link.conn.prepare(sql)?;
        let columns = statement.query_map((table, position), |row| row.get::<_, String>(0))?;
        let columns = columns.collect::<rusqlite::Result<Vec<_>>>()?;
        let model = fault::model_of(schema, table);
        let key = model.and_then(|model| {
            schema.foreign_keys.iter().filter(|key| key.from == model.id).find(|key| {
                let names = key.from_fields.iter().filter_map(|id| model.fields.get(usize::from(id.0)));
                names.map(|field| &field.column).eq(columns.iter())
            })
        });
        let referenced = key.and_then(|key| schema.models.get(usize::from(key.to.0)));
        Ok(Failure::ForeignKeyMissing {
            relation: table.to_owned(),
            constraint: key.map_or_else(|| foreign_key::default_name(table), |key| key.name.clone()),
            referenced: referenced.map(|model| model.table.clone()).unwrap_or_default(),
            key: None,
        })
    }
}
