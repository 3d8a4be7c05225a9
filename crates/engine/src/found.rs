//! What an existing database holds, without making it one of ours.

use crate::fault::Failure;
use crate::store::{Database, mysql, postgres, sqlite};
use backstay_schema::found::Found;

/// Looks at a database, and leaves it as it is.
///
/// # Errors
/// It cannot be reached or read.
pub async fn look(database: &Database) -> Result<Found, Failure> {
    match database {
        Database::Sqlite { path, settings: _ } => {
            let path = path.clone();
            let looked = tokio::task::spawn_blocking(move || sqlite::finding::look_at(&path)).await;
            let looked = looked.map_err(|error| Failure::Internal { reason: error.to_string() })?;
            looked.map_err(|error| Failure::Unavailable { reason: error.to_string() })
        }
        Database::Postgres { address, settings } => {
            let store = postgres::Postgres::open(address.clone(), settings.clone(), std::sync::Arc::default());
            Box::pin(store.found()).await
        }
        Database::Mysql { address, settings } => {
            let store = mysql::Mysql::open(address.clone(), settings.clone(), std::sync::Arc::default());
            Box::pin(store.found()).await
        }
    }
}
