//! Part `crash`: processes that die, disks that fail and files that are damaged; what was acknowledged must survive.
//! One load ([`writers`]), one memory of what was acknowledged ([`ledger`]) and one check ([`audit`]) serve every file here.

mod audit;
mod backup;
mod calls;
mod damage;
mod disk;
mod kill;
mod ledger;
mod mount;
mod power;
mod writers;

use super::{Check, Profile, Tally};

/// The checks of this part.
pub(super) const CHECKS: &[Check] = &[
    Check { name: "kill", shows: "kill -9 under load loses and tears nothing", run: kill::run },
    Check {
        name: "backup",
        shows: "a backup under load holds what was acknowledged; a killed restore leaves old or new",
        run: backup::run,
    },
    Check { name: "power", shows: "a power cut under load loses no acknowledged row (XFS, ext4)", run: power::run },
    Check { name: "calls", shows: "nothing is acknowledged after a call on the disk failed", run: calls::run },
    Check { name: "full", shows: "a full disk stops writes by name, and heals without a restart", run: disk::full },
    Check { name: "read-only", shows: "a disk that turns read-only stops writes by name", run: disk::read_only },
    Check {
        name: "damage",
        shows: "damaged and foreign files are refused by name, or only whole work is served",
        run: damage::run,
    },
];
