//! The database is stopped under load, and its processes are killed, and it starts again.

use super::{broken, each};
use crate::assure::fault::cluster::Cluster;
use crate::assure::{Profile, Tally};
use crate::services::Own;
use anyhow::{Result, ensure};
use std::time::Duration;

/// Both ways to go away, on one server after the other.
pub(super) fn run(profile: &Profile) -> Result<Tally> {
    each(|database| {
        let mut tally = Tally::default();
        let server = Own::start(database, &[])?;
        let mut cluster = Cluster::start(&server.address(), 2, &[])?;
        for round in profile.rounds(1, 20) {
            for (name, go) in [("stopped", Own::stop as fn(&Own) -> Result<()>), ("crashed", Own::crash)] {
                let away = Duration::from_millis(profile.pick(500, 200 + round * 150));
                tally.note(
                    &format!("{database} {name}, round {round}"),
                    broken(&mut cluster, &format!("{name} {round}"), None, |_| {
                        go(&server)?;
                        std::thread::sleep(away);
                        server.again()
                    })
                    .and_then(|(seen, figures)| {
                        ensure!(seen.errors() > 0, "nobody noticed");
                        Ok(figures)
                    }),
                );
            }
        }
        Ok(tally)
    })
}
