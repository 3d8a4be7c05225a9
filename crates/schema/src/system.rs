//! Backstay's own tables, as a schema that the ordinary code checks. In: `system.graphql`. Out: one [`Schema`], made once.
//! An application's schema never holds these tables, and no name of its own may begin as theirs do.

use crate::declare::Source;
use crate::model::{Profile, Schema};
use crate::{Parsed, Whose, parse_of};
use std::sync::{Arc, LazyLock};

const SDL: &str = include_str!("system.graphql");

/// The table of accounts.
pub const ACCOUNTS: &str = "auth_users";

/// How names of Backstay's own tables, and of what it may add to a database, begin.
pub const RESERVED_PREFIXES: [&str; 3] = ["auth_", "mail_", "_backstay"];

/// The schema of accounts, sessions, keys, audit and mail.
#[must_use]
pub fn system() -> Arc<Schema> {
    static SYSTEM: LazyLock<Arc<Schema>> = LazyLock::new(|| Arc::new(read().schema.unwrap_or_default()));
    Arc::clone(&SYSTEM)
}

/// [`system`] as it is beside an application: accounts know the table of their profiles.
#[must_use]
pub fn system_beside(application: &Schema) -> Arc<Schema> {
    match Profile::of(application) {
        None => system(),
        profile => Arc::new(Schema { profile, ..Schema::clone(&system()) }),
    }
}

fn read() -> Parsed {
    parse_of(&[Source { name: "system.graphql".to_owned(), text: SDL.to_owned() }], Whose::Backstay)
}

/// The reserved prefix that a name of the database begins with, if it does. Case does not matter to SQLite and MySQL.
pub(crate) fn reserved(name: &str) -> Option<&'static str> {
    let lower = name.to_lowercase();
    RESERVED_PREFIXES.into_iter().find(|prefix| lower.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_schema_has_no_finding() {
        let parsed = read();
        let found: Vec<String> = parsed.diagnostics.iter().map(|found| format!("{found:?}")).collect();
        assert_eq!(found, Vec::<String>::new());
        let tables: Vec<&str> = system().models.iter().map(|model| reserved(&model.table).unwrap()).collect();
        assert_eq!(tables.len(), 15);
    }

    #[test]
    fn rows_go_with_their_account_unless_they_tell_of_it() {
        let schema = system();
        let users = schema.models.iter().find(|model| model.table == "auth_users").unwrap().id;
        for model in &schema.models {
            let names_user = model.fields.iter().any(|field| field.name == "user_id");
            let key = schema.foreign_keys.iter().find(|key| key.from == model.id && key.to == users);
            let cascades = key.is_some_and(|key| key.on_delete == crate::model::ReferentialAction::Cascade);
            assert_eq!(names_user, cascades, "{}", model.table);
        }
    }
}
