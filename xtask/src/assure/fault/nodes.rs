//! One of three nodes is killed under load: its clients go to the others, which notice nothing.

use super::{broken, each};
use crate::assure::fault::cluster::Cluster;
use crate::assure::{Profile, Tally};
use crate::services::Own;
use anyhow::Result;

/// A fresh cluster for each kill.
pub(super) fn run(profile: &Profile) -> Result<Tally> {
    each(|database| {
        let mut tally = Tally::default();
        for round in profile.rounds(1, 10) {
            let server = Own::start(database, &[])?;
            let mut cluster = Cluster::start(&server.address(), 3, &[])?;
            let outcome = broken(&mut cluster, "killed", Some(0), |cluster| cluster.kill(0));
            tally.note(&format!("{database}, one of three nodes killed, round {round}"), outcome.map(|(_, told)| told));
        }
        Ok(tally)
    })
}
