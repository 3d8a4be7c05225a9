//! Part `attack`: requests of known classes of attack, each with the refusal it must get.

use super::{Check, Profile, Tally, tally};
use crate::wire;
use anyhow::Result;

/// The checks of this part.
pub(super) const CHECKS: &[Check] =
    &[Check { name: "rest", shows: "hostile names, rows, tokens and bodies at the REST API", run: rest }];

fn rest(_: &Profile) -> Result<Tally> {
    tally::counted(&mut wire::suite("clients", "attack")?)
}
