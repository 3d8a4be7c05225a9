//! Each database of ours against our PostgreSQL: the same rows, headers and codes, in the same order.

use super::compare::Comparison;
use super::served::Served;
use crate::assure::{Profile, Tally};
use crate::services;
use crate::shell::say;
use anyhow::Result;

/// A database: its name, and where a fresh one is; `None` for a file.
type Store = (&'static str, fn() -> Result<Option<String>>);

const STORES: &[Store] = &[("Backstay on SQLite", || Ok(None))];

/// Every database but PostgreSQL itself.
pub(super) fn run(profile: &Profile) -> Result<Tally> {
    let mut tally = Tally::default();
    for (name, fresh) in STORES {
        say(name);
        let other = Served::start("diff-store", fresh()?.as_deref())?;
        let database = services::fresh_database("backstay_diff_stores")?;
        let postgres = Served::start("diff-postgres", Some(&database))?;
        let comparison = Comparison {
            sides: [other.side(name), postgres.side("Backstay on PostgreSQL")],
            explained: super::explained::STORES,
            same_order: true,
            requests: profile.pick(super::QUICK, super::DEEP),
            until: super::until(profile),
        };
        tally.add(comparison.run(profile)?);
    }
    Ok(tally)
}
