//! Part `attack`: requests of known classes of attack, each with the refusal it must get; scanners that others wrote.

mod portal;
mod schemathesis;
mod sqlmap;
mod tls;

use super::{Check, Depth, Profile, Tally, tally};
use crate::shell::{self, say};
use crate::wire::{self, On};
use anyhow::Result;
use std::time::Duration;

/// Longest run of the cases of sign-in, which wait for mails and limits, on a machine with much else to do.
const SIGN_IN_TIME_MAX: Duration = Duration::from_secs(1_200);

/// Classes of sign-in that the quick profile tries on servers too: how a database writes what it keeps may tell people apart.
const QUICK_ON_SERVERS: &str = "22";

/// The checks of this part.
pub(super) const CHECKS: &[Check] = &[
    Check { name: "cases", shows: "47 classes of attack, each case at every door it fits through", run: cases },
    Check {
        name: "sign-in",
        shows: "the same classes at sign-in: flows, mails, enumeration, limits; no secret in log or metrics",
        run: sign_in,
    },
    Check {
        name: "openapi",
        shows: "schemathesis: every answer is one that the document names",
        run: schemathesis::run,
    },
    Check { name: "sqlmap", shows: "no place of a request reaches the text of a query", run: sqlmap::run },
    Check { name: "tls", shows: "sslyze: TLS 1.2 and 1.3 only, Mozilla's intermediate profile", run: tls::run },
];

fn cases(_: &Profile) -> Result<Tally> {
    // The database is compared by its dump, by other code than the server's.
    shell::ensure("sqlite3", "sqlite3")?;
    tally::counted(&mut wire::suite("attack", "attack")?)
}

fn sign_in(profile: &Profile) -> Result<Tally> {
    let mut tally = Tally::default();
    for on in On::ALL {
        say(&format!("on {}", on.name()));
        let mut tests = wire::suite_within("attack", "sign_in", SIGN_IN_TIME_MAX)?;
        on.tell(&mut tests)?;
        if on != On::Files && profile.depth == Depth::Quick {
            tests.env("BACKSTAY_ATTACK_CLASSES", QUICK_ON_SERVERS);
        }
        tally.add(tally::counted(&mut tests)?);
    }
    Ok(tally)
}
