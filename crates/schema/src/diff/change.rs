//! One step from a stored catalogue to a schema, in data and in words.

use super::Type;
use crate::model::DefaultValue;

/// A step. Steps are made in order, inside one transaction with foreign keys unchecked until its end.
///
/// Tables, columns and indexes of the schema are named, not described: whoever makes the SQL looks them up by their names in
/// the schema that the diff was made for.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// `ALTER TABLE … RENAME TO …`; references of other tables follow.
    RenameTable {
        /// Old name.
        from: String,
        /// New name.
        to: String,
    },
    /// `ALTER TABLE … RENAME COLUMN …`; keys, indexes and references follow.
    RenameColumn {
        /// Table, by its new name.
        table: String,
        /// Old name.
        from: String,
        /// New name.
        to: String,
    },
    /// Removes the full-text index of a table, with its triggers. Comes before anything else that touches the table.
    DropSearch {
        /// Table, by its name before every change.
        table: String,
    },
    /// Removes an index.
    DropIndex {
        /// Its name.
        name: String,
    },
    /// Removes a table with its indexes.
    DropTable {
        /// Its name.
        table: String,
    },
    /// Makes a table of the schema with its indexes and its full-text index.
    CreateTable {
        /// Its name.
        table: String,
    },
    /// Adds a column that may be NULL to a table; its check and a foreign key of it alone come inline.
    AddColumn {
        /// Table.
        table: String,
        /// Column.
        column: String,
    },
    /// Makes the table anew under another name as the schema says, copies every row, and puts it in the old one's place;
    /// then makes every index of the table and its full-text index, which is filled. `copy` has each column of the new
    /// table but generated ones.
    RebuildTable {
        /// Table.
        table: String,
        /// Where each column's values come from.
        copy: Vec<Copy>,
        /// What changes in it.
        because: Vec<Reason>,
    },
    /// Makes an index, or a partial unique constraint, of a table that stays.
    CreateIndex {
        /// Table.
        table: String,
        /// Its name.
        name: String,
        /// Whether rows may be refused by it.
        unique: bool,
    },
    /// Makes and fills the full-text index of a table that stays.
    CreateSearch {
        /// Table.
        table: String,
    },
}

/// A column of a rebuilt table.
#[derive(Debug, Clone, PartialEq)]
pub struct Copy {
    /// Its name.
    pub column: String,
    /// Where its values come from.
    pub from: Source,
}

/// Where the values of a column come from.
#[derive(Debug, Clone, PartialEq)]
pub enum Source {
    /// A column of the old table.
    Column {
        /// Its name.
        name: String,
        /// Families and listness before and after, when they differ.
        convert: Option<((Type, bool), (Type, bool))>,
        /// What takes the place of NULL, when the column no longer allows it and has a default.
        instead_of_null: Option<DefaultValue>,
    },
    /// The default of a new column, once for each row.
    Default(DefaultValue),
    /// Nothing: NULL. A required column without default refuses the rebuild if there are rows.
    Null,
}

/// Part of what changes in a rebuilt table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// In words.
    pub text: String,
    /// What is lost or refused by it; `None` when nothing is.
    pub loses: Option<String>,
}

impl Change {
    /// The step in words.
    #[must_use]
    pub fn describe(&self) -> String {
        match self {
            Change::RenameTable { from, to } => format!("rename table {from} to {to}"),
            Change::RenameColumn { table, from, to } => format!("rename column {table}.{from} to {to}"),
            Change::DropSearch { table } => format!("drop the full-text index of {table}"),
            Change::DropIndex { name } => format!("drop index {name}"),
            Change::DropTable { table } => format!("drop table {table}"),
            Change::CreateTable { table } => format!("create table {table}"),
            Change::AddColumn { table, column } => format!("add column {table}.{column}"),
            Change::RebuildTable { table, because, .. } => {
                let reasons: Vec<&str> = because.iter().map(|reason| reason.text.as_str()).collect();
                format!("change table {table}: {}", reasons.join(", "))
            }
            Change::CreateIndex { table, name, unique } => {
                format!("create {}index {name} on {table}", if *unique { "unique " } else { "" })
            }
            Change::CreateSearch { table } => format!("create the full-text index of {table}"),
        }
    }

    /// What is lost, or which rows may refuse the step, in words; `None` when it is safe.
    #[must_use]
    pub fn loses(&self) -> Option<String> {
        match self {
            Change::DropTable { table } => Some(format!("every row of {table}")),
            Change::CreateIndex { table, name, unique: true } => {
                Some(format!("nothing, unless rows of {table} are equal in {name}: then it is refused"))
            }
            Change::RebuildTable { because, .. } => {
                let losses: Vec<&str> = because.iter().filter_map(|reason| reason.loses.as_deref()).collect();
                (!losses.is_empty()).then(|| losses.join("; "))
            }
            Change::RenameTable { .. }
            | Change::RenameColumn { .. }
            | Change::DropSearch { .. }
            | Change::DropIndex { .. }
            | Change::CreateTable { .. }
            | Change::AddColumn { .. }
            | Change::CreateIndex { unique: false, .. }
            | Change::CreateSearch { .. } => None,
        }
    }

    /// Whether data may be lost or rows may refuse it, so that somebody has to agree first.
    #[must_use]
    pub fn is_destructive(&self) -> bool {
        self.loses().is_some()
    }
}
