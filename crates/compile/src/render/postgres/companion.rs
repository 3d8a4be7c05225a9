//! What PostgreSQL keeps beside a table: an index of the words of each searched column. It needs no triggers, and counters
//! belong to their columns.

use super::vector;
use crate::ast::{Definition, SearchDefinition};
use crate::render::definition::named;
use crate::render::statement::list;
use crate::render::text::Text;

/// Writes such a definition; others are written alike on every dialect.
pub(super) fn companion(out: &mut Text, of: &Definition) {
    match of {
        Definition::CreateSearch(of) => create_search(out, of),
        Definition::DropSearch(name) => named(out, "DROP INDEX ", name),
        // An index is full from the start and keeps itself, so that `ddl` makes none of these.
        Definition::RebuildSearch(_) | Definition::CreateTrigger(_) | Definition::CopyCounter { .. } => {}
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
    named(out, "CREATE INDEX ", &of.name);
    named(out, " ON ", &of.table);
    out.syntax(" USING gin (");
    list(out, &of.columns, ", ", |out, column| vector(out, &of.language, |out| out.ident(column)));
    out.syntax(")");
}
