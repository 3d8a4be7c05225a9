//! Indexes. A unique one over some rows only becomes one over all of them, with a column of its own that is NULL in the others.

use crate::ast::CreateIndex;
use crate::render::definition::{create_index, named};
use crate::render::statement::{list, parenthesised, term};
use crate::render::text::Text;

/// Writes an index. Without the condition an index that is no constraint has more rows, no others.
pub(super) fn index(out: &mut Text, of: &CreateIndex) {
    let Some(condition) = of.filter.as_ref().filter(|_| of.unique) else {
        return create_index(out, &CreateIndex { filter: None, ..of.clone() });
    };
    let marker = ["bs_only_", &of.name].concat();
    named(out, "ALTER TABLE ", &of.table);
    named(out, " ADD COLUMN ", &marker);
    out.syntax(" tinyint GENERATED ALWAYS AS (CASE WHEN ");
    term(out, condition);
    out.syntax(" THEN 1 END) VIRTUAL");
    named(out, ", ADD UNIQUE INDEX ", &of.name);
    out.syntax(" ");
    parenthesised(out, |out| {
        list(out, &of.columns, ", ", |out, (name, _)| out.ident(name));
        named(out, ", ", &marker);
    });
}
