//! SQLite's text for changes of structure.

use super::sqlite::{list, parenthesised, query, term};
use super::text::Text;
use crate::ast::{
    Alias, ColumnDefinition, ColumnType, Constraint, CreateIndex, CreateTable, CreateTrigger, Definition, ForeignKey,
    RowNumber, SearchDefinition, Term, TriggerEvent,
};
use crate::functions::DECIMAL_COLLATION;
use backstay_schema::model::{ReferentialAction, SortDirection};

/// Writes a definition.
pub(super) fn definition(out: &mut Text, of: &Definition) {
    match of {
        Definition::CreateTable(of) => create_table(out, of),
        Definition::DropTable(name) => named(out, "DROP TABLE ", name),
        Definition::RenameTable { from, to } => {
            named(out, "ALTER TABLE ", from);
            named(out, " RENAME TO ", to);
        }
        Definition::RenameColumn { table, from, to } => {
            named(out, "ALTER TABLE ", table);
            named(out, " RENAME COLUMN ", from);
            named(out, " TO ", to);
        }
        Definition::AddColumn { table, column: of } => {
            named(out, "ALTER TABLE ", table);
            out.syntax(" ADD COLUMN ");
            column(out, of);
        }
        Definition::CreateIndex(of) => create_index(out, of),
        Definition::DropIndex(name) => named(out, "DROP INDEX ", name),
        Definition::CreateSearch(of) => create_search(out, of),
        Definition::RebuildSearch(name) => {
            named(out, "INSERT INTO ", name);
            out.syntax(" ");
            parenthesised(out, |out| out.ident(name));
            out.syntax(" VALUES ('rebuild')");
        }
        Definition::CreateTrigger(of) => create_trigger(out, of),
        Definition::DropTrigger(name) => named(out, "DROP TRIGGER ", name),
        Definition::Copy { into, columns, query: rows } => {
            named(out, "INSERT INTO ", into);
            out.syntax(" ");
            names(out, columns);
            out.syntax(" ");
            query(out, rows);
        }
        Definition::CopyCounter { from, to } => copy_counter(out, from, to),
    }
}

fn named(out: &mut Text, syntax: &'static str, name: &str) {
    out.syntax(syntax);
    out.ident(name);
}

fn names(out: &mut Text, names: &[String]) {
    parenthesised(out, |out| list(out, names, ", ", |out, name| out.ident(name)));
}

fn create_table(out: &mut Text, of: &CreateTable) {
    named(out, "CREATE TABLE ", &of.name);
    out.syntax(" (\n  ");
    list(out, &of.columns, ",\n  ", column);
    for of in &of.constraints {
        out.syntax(",\n  ");
        constraint(out, of);
    }
    out.syntax("\n)");
}

fn column(out: &mut Text, of: &ColumnDefinition) {
    out.ident(&of.name);
    out.syntax(" ");
    match &of.ty {
        ColumnType::Integer => out.syntax("INTEGER"),
        ColumnType::Real => out.syntax("REAL"),
        ColumnType::Text => out.syntax("TEXT"),
        ColumnType::Decimal => {
            out.syntax("TEXT COLLATE ");
            out.syntax(DECIMAL_COLLATION);
        }
        ColumnType::Blob => out.syntax("BLOB"),
        // A type is any name, so it can be quoted like one.
        ColumnType::Authored(name) => out.ident(name),
    }
    match of.row_number {
        None => {}
        Some(RowNumber::Given) => out.syntax(" PRIMARY KEY"),
        Some(RowNumber::Increment) => out.syntax(" PRIMARY KEY AUTOINCREMENT"),
    }
    if of.required && of.row_number.is_none() {
        out.syntax(" NOT NULL");
    }
    if let Some(value) = &of.default {
        out.syntax(" DEFAULT ");
        parenthesised(out, |out| term(out, value));
    }
    if let Some((value, stored)) = &of.generated {
        out.syntax(" GENERATED ALWAYS AS ");
        parenthesised(out, |out| term(out, value));
        out.syntax(if *stored { " STORED" } else { " VIRTUAL" });
    }
    if let Some((name, condition)) = &of.check {
        out.syntax(" ");
        check(out, name, condition);
    }
    if let Some(key) = &of.references {
        named(out, " CONSTRAINT ", &key.name);
        references(out, key);
    }
}

fn check(out: &mut Text, name: &str, condition: &Term) {
    named(out, "CONSTRAINT ", name);
    out.syntax(" CHECK ");
    parenthesised(out, |out| term(out, condition));
}

fn constraint(out: &mut Text, of: &Constraint) {
    match of {
        Constraint::PrimaryKey { name, columns } => {
            named(out, "CONSTRAINT ", name);
            out.syntax(" PRIMARY KEY ");
            names(out, columns);
        }
        Constraint::Unique { name, columns } => {
            named(out, "CONSTRAINT ", name);
            out.syntax(" UNIQUE ");
            names(out, columns);
        }
        Constraint::ForeignKey(key) => {
            named(out, "CONSTRAINT ", &key.name);
            out.syntax(" FOREIGN KEY ");
            names(out, &key.columns);
            references(out, key);
        }
        Constraint::Check { name, term } => check(out, name, term),
    }
}

/// RESTRICT is written as NO ACTION, which is checked at the end of the statement as well: only that can be deferred, and the
/// store defers it to find out which row still refers to a removed one.
fn references(out: &mut Text, key: &ForeignKey) {
    named(out, " REFERENCES ", &key.table);
    out.syntax(" ");
    names(out, &key.references);
    out.syntax(match key.on_delete {
        ReferentialAction::NoAction | ReferentialAction::Restrict => "",
        ReferentialAction::Cascade => " ON DELETE CASCADE",
        ReferentialAction::SetNull => " ON DELETE SET NULL",
    });
    out.syntax(match key.on_update {
        ReferentialAction::NoAction | ReferentialAction::Restrict => "",
        ReferentialAction::Cascade => " ON UPDATE CASCADE",
        ReferentialAction::SetNull => " ON UPDATE SET NULL",
    });
}

fn create_index(out: &mut Text, of: &CreateIndex) {
    out.syntax(if of.unique { "CREATE UNIQUE INDEX " } else { "CREATE INDEX " });
    out.ident(&of.name);
    named(out, " ON ", &of.table);
    out.syntax(" ");
    parenthesised(out, |out| {
        list(out, &of.columns, ", ", |out, (name, direction)| {
            out.ident(name);
            if matches!(direction, SortDirection::Descending) {
                out.syntax(" DESC");
            }
        });
    });
    if let Some(condition) = &of.filter {
        out.syntax(" WHERE ");
        term(out, condition);
    }
}

fn create_search(out: &mut Text, of: &SearchDefinition) {
    named(out, "CREATE VIRTUAL TABLE ", &of.name);
    out.syntax(" USING fts5 ");
    parenthesised(out, |out| {
        list(out, &of.columns, ", ", |out, name| out.ident(name));
        named(out, ", content=", &of.table);
        out.syntax(", tokenize='porter unicode61'");
    });
}

fn create_trigger(out: &mut Text, of: &CreateTrigger) {
    named(out, "CREATE TRIGGER ", &of.name);
    out.syntax(match of.event {
        TriggerEvent::Insert => " AFTER INSERT",
        TriggerEvent::Delete => " AFTER DELETE",
        TriggerEvent::Update => " AFTER UPDATE",
    });
    named(out, " ON ", &of.table);
    out.syntax(" BEGIN");
    if matches!(of.event, TriggerEvent::Delete | TriggerEvent::Update) {
        change_search(out, &of.search, Alias::Old);
    }
    if matches!(of.event, TriggerEvent::Insert | TriggerEvent::Update) {
        change_search(out, &of.search, Alias::New);
    }
    out.syntax(" END");
}

/// Adds the new row to an index, or takes the old one out.
fn change_search(out: &mut Text, of: &SearchDefinition, row: Alias) {
    let removes = matches!(row, Alias::Old);
    named(out, " INSERT INTO ", &of.name);
    out.syntax(" (");
    if removes {
        out.ident(&of.name);
        out.syntax(", ");
    }
    out.syntax("rowid");
    for name in &of.columns {
        named(out, ", ", name);
    }
    out.syntax(") VALUES (");
    if removes {
        out.syntax("'delete', ");
    }
    out.syntax(if removes { "old.rowid" } else { "new.rowid" });
    for name in &of.columns {
        out.syntax(", ");
        term(out, &Term::Column(row.clone(), name.clone()));
    }
    out.syntax(");");
}

fn copy_counter(out: &mut Text, from: &str, to: &str) {
    let name = |out: &mut Text, name: &str| {
        out.param(&backstay_plan::value::Param::Constant(backstay_plan::value::Value::Text(name.to_owned())));
    };
    out.syntax("INSERT INTO sqlite_sequence (name, seq) SELECT ");
    name(out, to);
    out.syntax(", seq FROM sqlite_sequence WHERE name = ");
    name(out, from);
}
