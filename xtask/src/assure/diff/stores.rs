//! Each database of ours against our PostgreSQL: the same rows, headers and codes, in the same order.

use super::compare::{Comparison, Explained};
use super::served::Served;
use crate::assure::{Profile, Tally};
use crate::services;
use anyhow::Result;

/// A database.
struct Store {
    name: &'static str,
    /// Where a fresh one is; `None` for a file.
    fresh: fn() -> Result<Option<String>>,
    explained: &'static [Explained],
}

const SQLITE: Store = Store { name: "Backstay on SQLite", fresh: || Ok(None), explained: super::explained::SQLITE };

const MARIADB: Store = Store {
    name: "Backstay on MariaDB",
    fresh: || services::fresh_mysql_database(DATABASE).map(Some),
    explained: super::explained::MARIADB,
};

const DATABASE: &str = "backstay_diff_stores";

pub(super) fn sqlite(profile: &Profile) -> Result<Tally> {
    beside_postgres(&SQLITE, profile)
}

pub(super) fn mariadb(profile: &Profile) -> Result<Tally> {
    beside_postgres(&MARIADB, profile)
}

fn beside_postgres(store: &Store, profile: &Profile) -> Result<Tally> {
    let other = Served::start("diff-store", (store.fresh)()?.as_deref(), profile)?;
    let database = services::fresh_database(DATABASE)?;
    let postgres = Served::start("diff-postgres", Some(&database), profile)?;
    let comparison = Comparison {
        sides: [other.side(store.name), postgres.side("Backstay on PostgreSQL")],
        explained: store.explained,
        same_order: true,
        requests: profile.pick(super::QUICK, super::DEEP),
        until: super::until(profile),
        swept: database,
    };
    comparison.run(profile)
}
