//! What SQLite keeps beside a table: a full-text index with the triggers that fill it, and the counter of its keys.

use crate::ast::{Alias, CreateTrigger, Definition, SearchDefinition, Term, TriggerEvent};
use crate::render::definition::named;
use crate::render::statement::{list, parenthesised, term};
use crate::render::text::Text;
use backstay_plan::value::{Param, Value};

/// Writes such a definition; others are written alike on every dialect.
pub(super) fn companion(out: &mut Text, of: &Definition) {
    match of {
        Definition::CreateSearch(of) => create_search(out, of),
        Definition::RebuildSearch(name) => {
            named(out, "INSERT INTO ", name);
            out.syntax(" ");
            parenthesised(out, |out| out.ident(name));
            out.syntax(" VALUES ('rebuild')");
        }
        Definition::DropSearch(name) => named(out, "DROP TABLE ", name),
        Definition::CreateTrigger(of) => create_trigger(out, of),
        Definition::CopyCounter { from, to } => copy_counter(out, from, to),
        Definition::CreateTable(_)
        | Definition::CreatePartition { .. }
        | Definition::DropTable(_)
        | Definition::RenameTable { .. }
        | Definition::RenameColumn { .. }
        | Definition::RenameIndex { .. }
        | Definition::AddColumn { .. }
        | Definition::AddForeignKey { .. }
        | Definition::CreateIndex(_)
        | Definition::DropIndex(_)
        | Definition::DropTrigger(_)
        | Definition::Copy { .. }
        | Definition::Call { .. } => crate::render::definition::definition(out, of),
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
    let name = |out: &mut Text, name: &str| out.param(&Param::Constant(Value::Text(name.to_owned())));
    out.syntax("INSERT INTO sqlite_sequence (name, seq) SELECT ");
    name(out, to);
    out.syntax(", seq FROM sqlite_sequence WHERE name = ");
    name(out, from);
}
