//! Changes of structure, as dialects write them alike. What is one dialect's own stands in its [`Grammar`](super::statement::Grammar).

use super::statement::{list, parenthesised, query, term};
use super::text::Text;
use crate::ast::{
    ColumnDefinition, ColumnType, Constraint, CreateIndex, CreateTable, Definition, ForeignKey, Partitions, RowNumber,
    Term,
};
use backstay_plan::value::{Param, Value};
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
            let Some((name, condition)) = of.check.as_ref().filter(|_| out.grammar().checks_apart) else {
                return column(out, of);
            };
            column(out, &ColumnDefinition { check: None, ..ColumnDefinition::clone(of) });
            out.syntax(", ADD ");
            check(out, name, condition);
        }
        Definition::CreateIndex(of) => (out.grammar().index)(out, of),
        Definition::DropIndex(name) => named(out, "DROP INDEX ", name),
        Definition::CreateSearch(_)
        | Definition::RebuildSearch(_)
        | Definition::DropSearch(_)
        | Definition::CreateTrigger(_)
        | Definition::CopyCounter { .. } => (out.grammar().companion)(out, of),
        Definition::CreatePartition { table, of, position } => create_partition(out, table, of, *position),
        Definition::DropTrigger(name) => named(out, "DROP TRIGGER ", name),
        Definition::Copy { into, columns, query: rows } => {
            named(out, "INSERT INTO ", into);
            out.syntax(" ");
            names(out, columns);
            out.syntax(" ");
            query(out, rows);
        }
        Definition::RenameIndex { from, to } => {
            named(out, "ALTER INDEX IF EXISTS ", from);
            named(out, " RENAME TO ", to);
        }
        Definition::AddForeignKey { table, key } => {
            named(out, "ALTER TABLE ", table);
            named(out, " ADD CONSTRAINT ", &key.name);
            out.syntax(" FOREIGN KEY ");
            names(out, &key.columns);
            references(out, key);
        }
        Definition::Call { function, names } => {
            out.syntax(out.grammar().run);
            out.syntax(function);
            parenthesised(out, |out| {
                list(out, names, ", ", |out, name| out.param(&Param::Constant(Value::Text(name.clone()))));
            });
        }
    }
}

pub(super) fn named(out: &mut Text, syntax: &'static str, name: &str) {
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
    out.syntax(out.grammar().table_end);
    if let Some(of) = &of.partitions {
        (out.grammar().partitions)(out, of);
    }
}

/// `PARTITION OF`, for a dialect whose partitions are tables.
fn create_partition(out: &mut Text, table: &str, of: &Partitions, position: usize) {
    named(out, "CREATE TABLE ", of.names.get(position).map_or("", String::as_str));
    named(out, " PARTITION OF ", table);
    let number = |of: usize| i64::try_from(of).unwrap_or(i64::MAX);
    let Some(bounds) = &of.bounds else {
        out.syntax(" FOR VALUES WITH (MODULUS ");
        out.number(number(of.names.len()));
        out.syntax(", REMAINDER ");
        out.number(number(position));
        return out.syntax(")");
    };
    let below = position.checked_sub(1).and_then(|before| bounds.get(before));
    for (before, bound, none) in
        [(" FOR VALUES FROM (", below, "MINVALUE"), (") TO (", bounds.get(position), "MAXVALUE")]
    {
        out.syntax(before);
        match bound {
            None => out.syntax(none),
            Some(bound) => out.param(&Param::Constant(bound.clone())),
        }
    }
    out.syntax(")");
}

/// `PARTITION BY` with every partition, for a dialect whose partitions are part of their table.
pub(super) fn partitions_within(out: &mut Text, of: &Partitions) {
    let Some(bounds) = &of.bounds else {
        out.syntax("\nPARTITION BY KEY ");
        names(out, &of.columns);
        out.syntax(" PARTITIONS ");
        return out.number(i64::try_from(of.names.len()).unwrap_or(i64::MAX));
    };
    out.syntax("\nPARTITION BY RANGE COLUMNS ");
    names(out, &of.columns);
    out.syntax(" (\n  ");
    let bounds = bounds.iter().map(Some).chain(std::iter::once(None));
    let parts: Vec<(&String, Option<&Value>)> = of.names.iter().zip(bounds).collect();
    list(out, &parts, ",\n  ", |out, (name, bound)| {
        named(out, "PARTITION ", name);
        out.syntax(" VALUES LESS THAN (");
        match bound {
            None => out.syntax("MAXVALUE"),
            Some(bound) => out.param(&Param::Constant(Value::clone(bound))),
        }
        out.syntax(")");
    });
    out.syntax("\n)");
}

/// `PARTITION BY`, for a dialect whose partitions are tables.
pub(super) fn partitioned_by(out: &mut Text, of: &Partitions) {
    out.syntax(if of.bounds.is_some() { " PARTITION BY RANGE " } else { " PARTITION BY HASH " });
    names(out, &of.columns);
}

fn column(out: &mut Text, of: &ColumnDefinition) {
    out.ident(&of.name);
    out.syntax(" ");
    match &of.ty {
        ColumnType::Authored(name) => (out.grammar().authored_type)(out, name),
        ColumnType::Short(ty, length) => (out.grammar().short_type)(out, *ty, *length),
        ColumnType::Usual(ty) => out.syntax((out.grammar().column_type)(*ty)),
    }
    let [given, counted] = out.grammar().row_number;
    match of.row_number {
        None => {}
        Some(RowNumber::Given) => out.syntax(given),
        Some(RowNumber::Increment) => out.syntax(counted),
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
        Constraint::Counter { name, column } => {
            named(out, "INDEX ", name);
            out.syntax(" ");
            names(out, std::slice::from_ref(column));
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
    out.syntax(out.grammar().deferrable);
}

pub(super) fn create_index(out: &mut Text, of: &CreateIndex) {
    out.syntax(if of.unique { "CREATE UNIQUE INDEX " } else { "CREATE INDEX " });
    out.ident(&of.name);
    named(out, " ON ", &of.table);
    out.syntax(" ");
    if let Some(method) = &of.using {
        (out.grammar().index_method)(out, method);
    }
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
