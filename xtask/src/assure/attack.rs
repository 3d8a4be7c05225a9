//! Part `attack`: requests of known classes of attack, each with the refusal it must get.

use super::{Check, Profile, Tally, tally};
use crate::{shell, wire};
use anyhow::Result;

/// The checks of this part.
pub(super) const CHECKS: &[Check] =
    &[Check { name: "cases", shows: "46 classes of attack, each case at every door it fits through", run: cases }];

fn cases(_: &Profile) -> Result<Tally> {
    // The database is compared by its dump, by other code than the server's.
    shell::ensure("sqlite3", "sqlite3")?;
    tally::counted(&mut wire::suite("attack", "")?)
}
