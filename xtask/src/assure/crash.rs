//! Part `crash`: processes that die and disks that fail; what was acknowledged must survive.

mod backup;
mod calls;
mod kill;

use super::{Check, Profile, Tally};

/// The checks of this part.
pub(super) const CHECKS: &[Check] = &[
    Check { name: "kill", shows: "kill -9 under load loses no acknowledged row", run: kill::run },
    Check {
        name: "backup",
        shows: "a backup under load holds what was acknowledged; a killed restore leaves old or new",
        run: backup::run,
    },
    Check { name: "calls", shows: "nothing is acknowledged after a call on the disk failed", run: calls::run },
];
