//! The network between nodes and database is cut: with a reset, in silence, and so that connections are forgotten.

use super::{broken, each};
use crate::assure::fault::cluster::Cluster;
use crate::assure::{Profile, Tally};
use crate::proxy::{Network, Proxy};
use crate::services::Own;
use anyhow::{Result, ensure};
use std::time::Duration;

const CUTS: &[(&str, Network)] =
    &[("reset", Network::Reset), ("silent", Network::Silent), ("forgotten", Network::Forgotten)];

/// Every kind of cut.
pub(super) fn run(profile: &Profile) -> Result<Tally> {
    each(|database| {
        let mut tally = Tally::default();
        let server = Own::start(database, &[])?;
        let proxy = Proxy::start(([127, 0, 0, 1], server.port()).into())?;
        let through = server.address_at(proxy.address.port());
        let mut cluster = Cluster::start(&through, 2, &[])?;
        for round in profile.rounds(1, 20) {
            let length = Duration::from_millis(profile.pick(3_000, 1_000 + round * 500));
            for (name, cut) in CUTS {
                let outcome = broken(&mut cluster, &format!("{name} {round}"), None, |_| {
                    proxy.set(*cut);
                    std::thread::sleep(length);
                    proxy.set(Network::Whole);
                    Ok(())
                });
                tally.note(
                    &format!("{database}, the network {name}, round {round}"),
                    outcome.and_then(|(seen, figures)| {
                        // What only came late was no error.
                        ensure!(*cut == Network::Silent || seen.errors() > 0, "nobody noticed");
                        Ok(figures)
                    }),
                );
            }
        }
        Ok(tally)
    })
}
