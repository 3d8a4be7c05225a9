//! From the syntax tree to text. Infallible: what a dialect cannot do was refused while lowering.

mod definition;
mod sqlite;
mod text;

use crate::ast::Command;
use crate::statement::Sql;
use backstay_schema::model::Dialect;

#[cfg(test)]
mod tests;

/// Writes a command with placeholders.
pub(crate) fn render(dialect: Dialect, command: &Command) -> Sql {
    let mut text = text::Text::new(text::Values::Bound);
    match dialect {
        // `compile` refuses the other dialects until they have a renderer.
        Dialect::Sqlite | Dialect::Postgres | Dialect::Mysql => sqlite::command(&mut text, command),
    }
    text.finish()
}

/// Writes a definition, where constants stand in the text because there are no placeholders.
pub(crate) fn render_definition(dialect: Dialect, command: &Command) -> String {
    let mut text = text::Text::new(text::Values::Written);
    match dialect {
        Dialect::Sqlite | Dialect::Postgres | Dialect::Mysql => sqlite::command(&mut text, command),
    }
    text.finish().text
}
