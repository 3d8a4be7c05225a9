//! Part `fault`: the database or the way to it breaks under load, with real servers. In: stores that have servers. Out: that no
//! acknowledged write is lost, nothing is done twice, errors end two seconds after the fault, and no node has to be restarted.

mod cluster;
mod ledger;
mod load;
mod network;
mod nodes;
mod packet;
mod pool;
mod pooler;
mod redis;
mod restart;
mod tls;

use super::{Check, Tally, tally};
use crate::services::Own;
use crate::shell;
use anyhow::{Result, ensure};
use cluster::Cluster;
use load::{Load, Seen};
use std::process::Command;
use std::time::Duration;

/// The checks of this part.
pub(super) const CHECKS: &[Check] = &[
    Check { name: "restart", shows: "the database stops, crashes and starts again under load", run: restart::run },
    Check { name: "network", shows: "the network between a node and its database is cut", run: network::run },
    Check { name: "nodes", shows: "one of three nodes is killed", run: nodes::run },
    Check { name: "pool", shows: "every connection is taken, here and at the server", run: pool::run },
    Check { name: "pooler", shows: "a pooler in transaction mode stands between, and restarts", run: pooler::run },
    Check { name: "tls", shows: "the database is asked for its certificate", run: tls::run },
    Check { name: "packet", shows: "a value or an answer is larger than MariaDB takes", run: packet::run },
    Check { name: "redis", shows: "Redis is emptied and stopped while it counts and sessions end", run: redis::run },
];

/// The services that are databases of the product.
const DATABASES: &[&str] = &["postgres", "mariadb"];

/// Time of load before and after a fault.
const CALM: Duration = Duration::from_millis(1_500);
/// Time of load after a fault: it covers the two seconds in which errors may still come.
const AFTERWARDS: Duration = Duration::from_secs(4);

/// A check for every database, all at once.
fn each(run: impl Fn(&str) -> Result<Tally> + Sync) -> Result<Tally> {
    tally::at_once(DATABASES, |database| run(database))
}

/// Statements for MariaDB's own client, as its administrator.
fn mariadb(server: &Own, text: &str) -> Command {
    let port = server.port().to_string();
    shell::command("mariadb", &["-h", "127.0.0.1", "-P", &port, "-u", "root", "-N", "-B", "test", "-e", text])
}

/// A load with a fault in it: what breaks is `fault`, from its begin to its return.
fn broken(
    cluster: &mut Cluster,
    name: &str,
    broken: Option<usize>,
    fault: impl FnOnce(&mut Cluster) -> Result<()>,
) -> Result<(Seen, String)> {
    cluster.reset()?;
    // The nodes' addresses are all that the clients know of the cluster.
    let (seen, window) = Load::run((cluster.addresses(), cluster.token.clone()), name, |now| {
        std::thread::sleep(CALM);
        let from = now();
        fault(cluster)?;
        let to = now();
        std::thread::sleep(AFTERWARDS);
        Ok((from, to))
    })?;
    cluster.all_run(broken)?;
    let figures = seen.judge(window, broken)?;
    let faults = seen.ledger.faults(&cluster.stored()?);
    ensure!(faults.is_empty(), "{} writes are not as promised, the first: {}", faults.len(), faults.join("\n"));
    let kept = seen.ledger.kept();
    Ok((seen, format!("{kept} acknowledged writes, none lost, none twice; {figures}")))
}
