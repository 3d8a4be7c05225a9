//! Power cuts: the file system under the database forgets what was not synced, at a random moment under load.
//! XFS and ext4 by turns, each on an image of its own whose database goes on from cut to cut.

use super::audit::{audit, start, whole};
use super::ledger::Ledger;
use super::mount::{Kind, Mount};
use super::writers::Load;
use super::{Profile, Tally};
use crate::server::{self, Build};
use crate::shell::{self, say};
use anyhow::{Result, ensure};
use std::path::Path;
use std::time::Duration;

/// A database on a file system of its own.
struct Machine {
    name: &'static str,
    mount: Mount,
    load: Load,
    ledger: Ledger,
}

/// Cuts the power again and again.
pub(super) fn run(profile: &Profile) -> Result<Tally> {
    let binary = server::build(Build::Tested)?;
    shell::ensure("xfs_io", "xfsprogs")?;
    let dir = server::scratch("power")?;
    let machine = |name, kind| {
        let mount = Mount::image(kind, &dir.join(name))?;
        anyhow::Ok(Machine { name, mount, load: Load::new(), ledger: Ledger::default() })
    };
    let mut machines = [machine("xfs", Kind::Xfs)?, machine("ext4", Kind::Ext4)?];
    let (mut random, mut tally) = (profile.random(3), Tally::default());
    for number in profile.rounds(10, 100) {
        let machine = &mut machines[usize::from(number % 2 == 1)];
        let life = Duration::from_millis(20 + random.below(profile.pick(400, 900)));
        let outcome = one(&binary, machine, life);
        let lost = outcome.is_err();
        tally.note_quietly(&format!("cut {number} on {} after {life:?}", machine.name), outcome);
        if lost {
            break;
        }
    }
    for machine in &machines {
        let data = machine.mount.at.join("data");
        let (server, token) = start(&binary, &data, &[])?;
        let stored = audit(&server, &token, &machine.ledger, 1)?;
        drop(server);
        whole(&data)?;
        say(&format!(
            "{}: {} requests acknowledged, {} left without an answer or refused, {stored} rows stored, 0 lost, 0 torn, integrity_check ok",
            machine.name, machine.ledger.acknowledged, machine.ledger.unanswered,
        ));
        ensure!(machine.ledger.acknowledged > 0, "nothing was acknowledged on {}", machine.name);
    }
    drop(machines);
    let _ = std::fs::remove_dir_all(&dir);
    Ok(tally)
}

/// One life of the machine, and the check of what it wrote.
fn one(binary: &Path, machine: &mut Machine, life: Duration) -> Result<()> {
    let (data, from) = (machine.mount.at.join("data"), machine.load.next_id());
    let (mut server, token) = start(binary, &data, &[])?;
    let (ledger, cut) = machine.load.run(server.address, &token, || {
        std::thread::sleep(life);
        machine.load.darken();
        machine.mount.cut()
    });
    cut?;
    server.kill()?;
    machine.ledger.merge(ledger.clone());
    machine.mount.off()?;
    machine.mount.again()?;
    let (mut server, token) = start(binary, &data, &[])?;
    audit(&server, &token, &ledger, from)?;
    server.kill()?;
    whole(&data)
}
