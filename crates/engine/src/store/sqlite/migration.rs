//! Runs the statements of a migration on the writer's connection, all or none.

use super::carrying::filled_from;
use super::fault;
use crate::migrate::{Applied, MigrateError, MigrationPlan, Outcome};
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior};

/// Called before each statement with its position; an error stands for a crash there.
pub(crate) type Before<'a> = &'a mut dyn FnMut(usize) -> rusqlite::Result<()>;

/// Number and catalogue of the last migration; 0 and `None` before the first.
pub(crate) fn last(conn: &Connection) -> Result<(i64, Option<String>), MigrateError> {
    if let Some(from) = filled_from(conn).map_err(store)? {
        return Err(MigrateError::BeingFilled { from });
    }
    last_even_filling(conn)
}

/// The same of a database that may be being filled.
pub(crate) fn last_even_filling(conn: &Connection) -> Result<(i64, Option<String>), MigrateError> {
    let sql = "SELECT id, catalog FROM _backstay_migrations ORDER BY id DESC LIMIT 1";
    let unreadable = |error| {
        // Damage to the file: it is stored as text.
        if let rusqlite::Error::Utf8Error(_, error) = error {
            return MigrateError::Catalog { reason: error.to_string() };
        }
        store(error)
    };
    let row = conn.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?))).optional().map_err(unreadable)?;
    Ok(row.map_or((0, None), |(id, catalog)| (id, Some(catalog))))
}

/// Every migration, oldest first.
pub(crate) fn history(conn: &Connection) -> Result<Vec<Applied>, MigrateError> {
    let read = || -> rusqlite::Result<Vec<Applied>> {
        let mut statement = conn.prepare("SELECT id, applied_at, changes FROM _backstay_migrations ORDER BY id")?;
        let rows = statement
            .query_map([], |row| Ok(Applied { id: row.get(0)?, applied_at: row.get(1)?, changes: row.get(2)? }))?;
        rows.collect()
    };
    read().map_err(store)
}

/// Applies a plan.
pub(crate) fn apply(
    conn: &mut Connection,
    plan: &MigrationPlan,
    applied_at: &str,
    before: Before<'_>,
) -> Result<Outcome, MigrateError> {
    if plan.is_empty() {
        return Ok(Outcome::NothingToDo);
    }
    // A table that is rebuilt is dropped in between; references to it are checked at the end instead.
    conn.pragma_update(None, "foreign_keys", false).map_err(store)?;
    let outcome = transact(conn, plan, applied_at, before);
    conn.pragma_update(None, "foreign_keys", true).map_err(store)?;
    conn.flush_prepared_statement_cache();
    outcome
}

fn transact(
    conn: &mut Connection,
    plan: &MigrationPlan,
    applied_at: &str,
    before: Before<'_>,
) -> Result<Outcome, MigrateError> {
    let transaction = conn.transaction_with_behavior(TransactionBehavior::Immediate).map_err(store)?;
    let (id, catalog) = last(&transaction)?;
    if id != plan.base {
        let there = catalog.as_deref() == Some(plan.catalog.as_str());
        return if there { Ok(Outcome::NothingToDo) } else { Err(MigrateError::Stale) };
    }
    for (position, sql) in plan.statements().enumerate() {
        before(position).and_then(|()| transaction.execute_batch(sql)).map_err(|error| MigrateError::Statement {
            step: position + 1,
            sql: sql.to_owned(),
            reason: error.to_string(),
        })?;
    }
    let ran = plan.statements().count();
    before(ran).map_err(store)?;
    check_references(&transaction)?;
    let changes: Vec<&str> = plan.changes.iter().map(|change| change.text.as_str()).collect();
    let insert = "INSERT INTO _backstay_migrations (id, applied_at, catalog, changes, sql) VALUES (?1, ?2, ?3, ?4, ?5)";
    let sql = plan.statements().collect::<Vec<_>>().join(";\n");
    let row = (plan.base + 1, applied_at, &plan.catalog, changes.join("\n"), sql);
    transaction.execute(insert, row).map_err(store)?;
    before(ran + 1).map_err(store)?;
    transaction.commit().map_err(store)?;
    Ok(Outcome::Applied(plan.base + 1))
}

fn check_references(transaction: &Transaction<'_>) -> Result<(), MigrateError> {
    let sql = "SELECT \"table\", parent, count(*) FROM pragma_foreign_key_check GROUP BY 1, 2 LIMIT 1";
    let found = transaction.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?, row.get::<_, i64>(2)?)));
    match found.optional().map_err(store)? {
        None => Ok(()),
        Some((relation, referenced, count)) => {
            Err(MigrateError::Dangling { relation, referenced, count: u64::try_from(count).unwrap_or(0) })
        }
    }
}

fn store(error: rusqlite::Error) -> MigrateError {
    MigrateError::Store(Box::new(fault::plain(&error, 0)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::migrate::Described;
    use crate::open;
    use crate::store::sqlite::Durability;
    use std::path::Path;

    /// Everything that the database says about itself and holds, for comparison.
    fn dump(path: &Path) -> String {
        let conn = Connection::open(path).unwrap();
        assert_eq!(conn.query_row("PRAGMA integrity_check", [], |row| row.get::<_, String>(0)).unwrap(), "ok");
        let mut out = String::new();
        let mut list = |sql: &str| {
            let mut statement = conn.prepare(sql).unwrap();
            let mut rows = statement.query([]).unwrap();
            while let Some(row) = rows.next().unwrap() {
                out.push_str(&row.get::<_, Option<String>>(0).unwrap().unwrap_or_default());
                out.push('\n');
            }
        };
        list("SELECT sql FROM sqlite_schema WHERE name NOT LIKE '\\_%' ESCAPE '\\' ORDER BY name");
        list("SELECT catalog FROM _backstay_migrations ORDER BY id");
        list("SELECT json_array(id, name) FROM t ORDER BY id");
        out
    }

    fn migration(base: i64, sql: &[&str]) -> MigrationPlan {
        let changes = vec![Described { text: format!("change {base}"), loses: None }];
        let sql = sql.iter().map(|sql| (*sql).to_owned()).collect();
        MigrationPlan { base, changes, sql, own_sql: Vec::new(), catalog: format!("{{\"version\":{base}}}") }
    }

    fn first() -> MigrationPlan {
        migration(
            0,
            &[
                "CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT)",
                "CREATE TABLE child (id INTEGER PRIMARY KEY, t INTEGER REFERENCES t (id) ON DELETE CASCADE)",
                "INSERT INTO t VALUES (1, 'a'), (2, 'b')",
                "INSERT INTO child VALUES (1, 1), (2, 2)",
            ],
        )
    }

    /// Rebuilds a table that others refer to.
    fn second() -> MigrationPlan {
        migration(
            1,
            &[
                "CREATE TABLE new_t (id INTEGER PRIMARY KEY, name TEXT NOT NULL)",
                "INSERT INTO new_t SELECT id, name FROM t",
                "DROP TABLE t",
                "ALTER TABLE new_t RENAME TO t",
                "CREATE INDEX t_name_idx ON t (name)",
            ],
        )
    }

    #[test]
    fn a_crash_at_any_statement_leaves_the_old_state_and_the_next_start_completes() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("data.db");
        let mut opened = open::open(&path, Durability::Full).unwrap();
        apply(&mut opened.link.conn, &first(), "t", &mut |_| Ok(())).unwrap();
        drop(opened);
        let old = dump(&path);
        for crash_at in 0..=second().sql.len() + 1 {
            let mut opened = open::open(&path, Durability::Full).unwrap();
            let mut crash = |at| if at == crash_at { Err(rusqlite::Error::InvalidQuery) } else { Ok(()) };
            apply(&mut opened.link.conn, &second(), "t", &mut crash).unwrap_err();
            let enforced: i64 = opened.link.conn.query_row("PRAGMA foreign_keys", [], |row| row.get(0)).unwrap();
            assert_eq!(enforced, 1);
            drop(opened);
            assert_eq!(dump(&path), old, "after a crash before statement {crash_at}");
        }
        let mut opened = open::open(&path, Durability::Full).unwrap();
        assert_eq!(apply(&mut opened.link.conn, &second(), "t", &mut |_| Ok(())).unwrap(), Outcome::Applied(2));
        assert_eq!(history(&opened.link.conn).unwrap().len(), 2);
        let children: i64 = opened.link.conn.query_row("SELECT count(*) FROM child", [], |row| row.get(0)).unwrap();
        assert_eq!(children, 2, "a rebuild must not cascade");
    }

    #[test]
    fn applies_once() {
        let dir = tempfile::tempdir().unwrap();
        let mut opened = open::open(&dir.path().join("data.db"), Durability::Full).unwrap();
        let conn = &mut opened.link.conn;
        assert_eq!(apply(conn, &first(), "t", &mut |_| Ok(())).unwrap(), Outcome::Applied(1));
        assert_eq!(apply(conn, &first(), "t", &mut |_| Ok(())).unwrap(), Outcome::NothingToDo);
        let mut other = first();
        other.catalog = "{}".to_owned();
        assert!(matches!(apply(conn, &other, "t", &mut |_| Ok(())), Err(MigrateError::Stale)));
    }

    #[test]
    fn a_catalogue_that_is_no_text_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let mut opened = open::open(&dir.path().join("data.db"), Durability::Full).unwrap();
        let conn = &mut opened.link.conn;
        apply(conn, &first(), "t", &mut |_| Ok(())).unwrap();
        conn.execute("UPDATE _backstay_migrations SET catalog = CAST(x'7bff7d' AS TEXT)", []).unwrap();
        let error = last(conn).unwrap_err();
        assert!(matches!(error, MigrateError::Catalog { .. }), "{error}");
    }

    #[test]
    fn rows_that_do_not_fit_stop_it() {
        let dir = tempfile::tempdir().unwrap();
        let mut opened = open::open(&dir.path().join("data.db"), Durability::Full).unwrap();
        let conn = &mut opened.link.conn;
        apply(conn, &first(), "t", &mut |_| Ok(())).unwrap();
        let mut dropping = migration(1, &["DELETE FROM t WHERE id = 2"]);
        let error = apply(conn, &dropping, "t", &mut |_| Ok(())).unwrap_err();
        assert_eq!(error.to_string(), "1 rows of \"child\" would refer to rows of \"t\" that do not exist");
        dropping.sql = vec!["CREATE TABLE t (id)".to_owned()];
        let error = apply(conn, &dropping, "t", &mut |_| Ok(())).unwrap_err();
        assert!(matches!(error, MigrateError::Statement { step: 1, .. }), "{error}");
        assert_eq!(last(conn).unwrap().0, 1);
    }
}
