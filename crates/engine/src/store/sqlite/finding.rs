//! What an existing file holds, read off its own description of itself. Nothing is written.

use backstay_schema::found::{Column, Default, ForeignKey, Found, Kind, Table, Unique};
use backstay_schema::model::Dialect;
use rusqlite::{Connection, OpenFlags, Row};
use std::collections::BTreeMap;
use std::path::Path;

/// Tables of our own and of SQLite itself are not told of.
const TABLES: &str = "SELECT name, type FROM pragma_table_list WHERE schema = 'main' AND type <> 'shadow' \
                      AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name";
const COLUMNS: &str = "SELECT name, type, \"notnull\", dflt_value, pk, hidden FROM pragma_table_xinfo(?1) ORDER BY cid";
const KEYS: &str =
    "SELECT id, \"table\", \"from\", \"to\", on_update, on_delete FROM pragma_foreign_key_list(?1) ORDER BY id, seq";
const INDEXES: &str = "SELECT name, \"unique\", origin, partial FROM pragma_index_list(?1) ORDER BY name";
const INDEXED: &str = "SELECT name FROM pragma_index_xinfo(?1) WHERE key = 1 ORDER BY seqno";
const TRIGGERS: &str = "SELECT name FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = ?1 ORDER BY name";

/// Reads what a file holds.
///
/// # Errors
/// The driver's, when it is no database that can be read.
pub(crate) fn look_at(path: &Path) -> rusqlite::Result<Found> {
    look(&Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?)
}

/// The same on a connection.
///
/// # Errors
/// The driver's.
pub(crate) fn look(conn: &Connection) -> rusqlite::Result<Found> {
    let mut found = Found { dialect: Dialect::Sqlite, tables: Vec::new(), enums: Vec::new(), others: Vec::new() };
    for (name, kind) in all(conn, TABLES, &[], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))? {
        match kind.as_str() {
            "table" if is_ours(&name) => {}
            "table" => found.tables.push(table(conn, &name)?),
            "virtual" => found.others.push((name, "virtual table".to_owned())),
            _ => found.others.push((name, kind)),
        }
    }
    // A reference that names no columns is to the key.
    let keys: BTreeMap<String, Vec<String>> =
        found.tables.iter().map(|table| (table.name.clone(), table.key.clone())).collect();
    for table in &mut found.tables {
        for key in &mut table.foreign_keys {
            let named = keys.keys().find(|name| name.eq_ignore_ascii_case(&key.table));
            if let Some(name) = named {
                name.clone_into(&mut key.table);
            }
            if key.references.is_empty() {
                key.references = keys.get(&key.table).cloned().unwrap_or_default();
            }
        }
    }
    Ok(found)
}

/// Whether a table is Backstay's own.
fn is_ours(name: &str) -> bool {
    name.starts_with("_backstay") || backstay_schema::system().models.iter().any(|model| model.table == name)
}

fn table(conn: &Connection, name: &str) -> rusqlite::Result<Table> {
    let mut keyed = Vec::new();
    let mut columns = Vec::new();
    for (column, place) in all(conn, COLUMNS, &[name], column)? {
        if place > 0 {
            keyed.push((place, column.name.clone()));
        }
        columns.push(column);
    }
    keyed.sort();
    let key: Vec<String> = keyed.into_iter().map(|(_, name)| name).collect();
    if let [only] = key.as_slice()
        && let Some(column) = columns.iter_mut().find(|column| column.name == *only)
        && column.declared.eq_ignore_ascii_case("integer")
    {
        // It is the number of the row.
        column.default = Default::Counter;
    }
    let (uniques, indexes, mut remarks) = indexes(conn, name)?;
    let triggers = all(conn, TRIGGERS, &[name], |row| row.get::<_, String>(0))?;
    remarks.extend(triggers.into_iter().map(|trigger| format!("trigger {trigger}")));
    let foreign_keys = foreign_keys(conn, name)?;
    Ok(Table { name: name.to_owned(), columns, key, uniques, indexes, foreign_keys, remarks })
}

fn column(row: &Row<'_>) -> rusqlite::Result<(Column, i64)> {
    let declared: String = row.get(1)?;
    let (derived, default) = (row.get::<_, i64>(5)? >= 2, row.get::<_, Option<String>>(3)?);
    let place: i64 = row.get(4)?;
    let column = Column {
        name: row.get(0)?,
        kind: kind(&declared),
        list: false,
        required: row.get::<_, bool>(2)? || place > 0,
        default: match default {
            _ if derived => Default::Derived,
            Some(text) if !text.eq_ignore_ascii_case("null") => Default::Expression(text),
            Some(_) | None => Default::Null,
        },
        declared,
    };
    Ok((column, place))
}

/// What the values of a column are said to be. Dates are texts of any form, so texts they stay.
fn kind(declared: &str) -> Kind {
    let upper = declared.to_uppercase();
    let has = |words: &[&str]| words.iter().any(|word| upper.contains(word));
    Kind::Scalar(match () {
        () if has(&["BOOL"]) => "Boolean",
        () if has(&["INT"]) => "BigInt",
        () if has(&["CHAR", "CLOB", "TEXT", "DATE", "TIME", "UUID", "ENUM"]) => "String",
        () if has(&["REAL", "FLOA", "DOUB", "NUMERIC", "DECIMAL", "MONEY"]) => "Float",
        () if has(&["JSON"]) => "JSON",
        () if has(&["BLOB", "BINARY"]) => "Bytes",
        () => return Kind::Unknown,
    })
}

type Indexes = (Vec<Unique>, Vec<Vec<String>>, Vec<String>);

fn indexes(conn: &Connection, table: &str) -> rusqlite::Result<Indexes> {
    let (mut uniques, mut plain, mut remarks) = (Vec::new(), Vec::new(), Vec::new());
    let row = |row: &Row<'_>| {
        Ok((row.get::<_, String>(0)?, row.get::<_, bool>(1)?, row.get::<_, String>(2)?, row.get::<_, bool>(3)?))
    };
    for (name, unique, origin, partial) in all(conn, INDEXES, &[table], row)? {
        let columns = all(conn, INDEXED, &[&name], |row| row.get::<_, Option<String>>(0))?;
        match columns.into_iter().collect::<Option<Vec<String>>>().filter(|_| !partial) {
            Some(_) if origin == "pk" => {}
            Some(columns) if unique => uniques.push(Unique { name, columns }),
            Some(columns) => plain.push(columns),
            None => remarks.push(format!("index {name}, over an expression or some rows")),
        }
    }
    for unique in &mut uniques {
        if unique.name.starts_with("sqlite_autoindex") {
            unique.name = format!("{table}_{}_key", unique.columns.join("_"));
        }
    }
    Ok((uniques, plain, remarks))
}

fn foreign_keys(conn: &Connection, table: &str) -> rusqlite::Result<Vec<ForeignKey>> {
    let mut keys = BTreeMap::<i64, ForeignKey>::new();
    let row = |row: &Row<'_>| {
        let text = |at: usize| row.get::<_, String>(at);
        Ok((row.get::<_, i64>(0)?, text(1)?, text(2)?, row.get::<_, Option<String>>(3)?, text(4)?, text(5)?))
    };
    for (id, other, from, to, on_update, on_delete) in all(conn, KEYS, &[table], row)? {
        let new = || ForeignKey {
            name: String::new(),
            columns: Vec::new(),
            table: other,
            references: Vec::new(),
            on_delete,
            on_update,
        };
        let key = keys.entry(id).or_insert_with(new);
        key.columns.push(from);
        key.references.extend(to);
    }
    // SQLite lists the last one first, and tells no names.
    let named = |mut key: ForeignKey| {
        key.name = format!("{table}_{}_fkey", key.columns.join("_"));
        key
    };
    Ok(keys.into_values().rev().map(named).collect())
}

fn all<T>(
    conn: &Connection,
    sql: &str,
    params: &[&str],
    read: impl Fn(&Row<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<Vec<T>> {
    let mut statement = conn.prepare(sql)?;
    statement.query_map(rusqlite::params_from_iter(params), |row| read(row))?.collect()
}
