//! `assure`: one driver for everything that is done to break the product. In: which parts, how deep, which seed.
//! Out: counts of each check, a summary, and an error when one failed. What a check does is its own file's business.

mod attack;
mod crash;
pub(crate) mod diff;
mod fault;
mod fuzz;
mod load;
mod moving;
mod mutants;
mod profile;
mod race;
mod supply;
mod tally;
mod timing;
mod upgrade;

use crate::shell::{CannotRun, say};
use anyhow::{Result, bail, ensure};
pub(crate) use profile::{Depth, Profile};
use std::time::{Duration, Instant};
pub(crate) use tally::Tally;

/// A family of checks, named on the command line.
struct Part {
    name: &'static str,
    shows: &'static str,
    checks: &'static [Check],
}

/// One check: `part/name` on the command line. It prints what it does, and its seed where it has one.
struct Check {
    name: &'static str,
    shows: &'static str,
    run: fn(&Profile) -> Result<Tally>,
}

const PARTS: &[Part] = &[
    Part { name: "attack", shows: "known classes of attack are refused and change nothing", checks: attack::CHECKS },
    Part { name: "fuzz", shows: "no input makes it panic, hang or disagree with itself", checks: fuzz::CHECKS },
    Part { name: "diff", shows: "two ways to the same answer agree to the byte", checks: diff::CHECKS },
    Part { name: "crash", shows: "nothing that was acknowledged is lost or torn", checks: crash::CHECKS },
    Part {
        name: "fault",
        shows: "with the database or the way to it broken, nothing is lost or done twice, and all is well soon after",
        checks: fault::CHECKS,
    },
    Part { name: "mutants", shows: "tests notice when what decides is changed", checks: mutants::CHECKS },
    Part { name: "load", shows: "others are served while some ask too much", checks: load::CHECKS },
    Part {
        name: "race",
        shows: "what may happen once happens once, whoever tries at the same moment",
        checks: race::CHECKS,
    },
    Part { name: "timing", shows: "the time of an answer tells nothing", checks: timing::CHECKS },
    Part { name: "upgrade", shows: "older data opens, and a migration is whole or absent", checks: upgrade::CHECKS },
    Part { name: "move", shows: "an application goes to another database whole", checks: moving::CHECKS },
    Part { name: "supply", shows: "it is made of what it may be made of, and always the same", checks: supply::CHECKS },
];

/// How a check ended.
enum Outcome {
    Ran(Tally),
    /// It could not even begin: what it needs.
    CannotRun(String),
    Broke(String),
}

struct Line {
    name: String,
    outcome: Outcome,
    took: Duration,
}

/// Prints every part and check with what it shows.
pub(crate) fn list() {
    for part in PARTS {
        say(&format!("{:<18} {}", part.name, part.shows));
        for check in part.checks {
            say(&format!("  {:<16} {}", format!("{}/{}", part.name, check.name), check.shows));
        }
    }
}

/// Runs the checks that `wanted` names (all without a name); goes on after a failure, and fails at the end when one did.
///
/// A check that this machine cannot run is an error where `profile.complete` says that all must run.
pub(crate) fn run(wanted: &[String], profile: &Profile) -> Result<()> {
    let chosen = choose(wanted)?;
    let mut lines = Vec::new();
    for (name, check) in chosen {
        say(&format!("── {name}: {} (seed {})", check.shows, profile.seed));
        let begin = Instant::now();
        let outcome = match (check.run)(profile) {
            Ok(tally) => Outcome::Ran(tally),
            Err(error) if error.is::<CannotRun>() => Outcome::CannotRun(format!("{error:#}")),
            Err(error) => Outcome::Broke(format!("{error:#}")),
        };
        let line = Line { name, outcome, took: begin.elapsed() };
        say(&format!("── {}", told(&line)));
        lines.push(line);
    }
    summarise(&lines, profile)
}

/// The checks that are named, in the order of the table.
fn choose(wanted: &[String]) -> Result<Vec<(String, &'static Check)>> {
    let all: Vec<(&str, String, &'static Check)> = PARTS
        .iter()
        .flat_map(|part| part.checks.iter().map(|check| (part.name, format!("{}/{}", part.name, check.name), check)))
        .collect();
    for name in wanted {
        if !all.iter().any(|(part, check, _)| name == part || name == check) {
            let parts: Vec<_> = PARTS.iter().map(|part| part.name).collect();
            bail!("no part or check named `{name}`; parts are {}, and `--list` shows their checks", parts.join(", "));
        }
    }
    let named = |part: &str, check: &str| wanted.is_empty() || wanted.iter().any(|name| name == part || name == check);
    Ok(all.into_iter().filter(|(part, name, _)| named(part, name)).map(|(_, name, check)| (name, check)).collect())
}

fn told(line: &Line) -> String {
    let seconds = line.took.as_secs_f32();
    match &line.outcome {
        Outcome::Ran(tally) => format!("{}: {tally} in {seconds:.0} s", line.name),
        Outcome::CannotRun(needs) => format!("{}: did not run here: {needs}", line.name),
        Outcome::Broke(why) => format!("{}: FAILED in {seconds:.0} s: {why}", line.name),
    }
}

fn summarise(lines: &[Line], profile: &Profile) -> Result<()> {
    let (mut total, mut not_run, mut broken) = (Tally::default(), 0, 0_u64);
    say(&format!("── summary: {profile}"));
    for line in lines {
        say(&told(line));
        match &line.outcome {
            Outcome::Ran(tally) => total.add(*tally),
            Outcome::CannotRun(_) => not_run += 1,
            Outcome::Broke(_) => broken += 1,
        }
    }
    let took: Duration = lines.iter().map(|line| line.took).sum();
    total.failed += broken + if profile.complete { not_run } else { 0 };
    say(&format!("{} checks in {:.0} s, {not_run} of them did not run here", lines.len(), took.as_secs_f32()));
    say(&format!("{total}"));
    ensure!(total.failed == 0, "{} failed", total.failed);
    ensure!(total.passed > 0, "nothing ran");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::choose;

    #[track_caller]
    fn check(wanted: &[&str], expected: Result<&[&str], &str>) {
        let wanted: Vec<String> = wanted.iter().map(ToString::to_string).collect();
        match (choose(&wanted), expected) {
            (Ok(chosen), Ok(names)) => {
                assert_eq!(chosen.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), names);
            }
            (Err(error), Err(text)) => assert!(error.to_string().contains(text), "{error}"),
            (Ok(_), Err(text)) => panic!("expected: {text}"),
            (Err(error), Ok(_)) => panic!("{error}"),
        }
    }

    #[test]
    fn parts_and_checks_by_name() {
        check(&["crash/kill"], Ok(&["crash/kill"]));
        check(&["upgrade/kill", "upgrade"], Ok(&["upgrade/frozen", "upgrade/random", "upgrade/kill"]));
        check(&["upgrade/kill", "crash/kill"], Ok(&["crash/kill", "upgrade/kill"]));
        check(&["crush"], Err("no part or check named `crush`; parts are attack, fuzz"));
    }
}
