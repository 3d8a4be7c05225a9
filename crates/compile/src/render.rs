//! From the syntax tree to text. Infallible: what a dialect cannot do was refused while lowering.

mod definition;
mod mysql;
mod postgres;
mod sqlite;
mod statement;
mod text;

use crate::ast::Command;
use crate::statement::Sql;
use backstay_schema::model::Dialect;
use statement::Grammar;
use text::{Text, Values};

#[cfg(test)]
mod tests;

/// Writes a command with placeholders.
pub(crate) fn render(dialect: Dialect, command: &Command) -> Sql {
    let mut text = Text::new(Values::Bound, grammar(dialect));
    statement::command(&mut text, command);
    text.finish()
}

/// Writes a definition, where constants stand in the text because there are no placeholders.
pub(crate) fn render_definition(dialect: Dialect, command: &Command) -> String {
    let mut text = Text::new(Values::Written, grammar(dialect));
    statement::command(&mut text, command);
    text.finish().text
}

fn grammar(dialect: Dialect) -> &'static Grammar {
    match dialect {
        Dialect::Sqlite => &sqlite::GRAMMAR,
        Dialect::Mysql => &mysql::GRAMMAR,
        Dialect::Postgres => &postgres::GRAMMAR,
    }
}
