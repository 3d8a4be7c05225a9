//! Counts of what passed and failed: noted case by case, or read from what another program prints.

use crate::shell::say;
use anyhow::{Context, Result, bail, ensure};
use std::fmt;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

/// How many cases passed and failed.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub(crate) struct Tally {
    /// Cases that ended as promised.
    pub(crate) passed: u64,
    /// Cases that did not.
    pub(crate) failed: u64,
}

impl Tally {
    /// Adds other counts.
    pub(crate) fn add(&mut self, other: Tally) {
        self.passed += other.passed;
        self.failed += other.failed;
    }

    /// Counts a case and prints it: its figures, or why it failed.
    pub(crate) fn note(&mut self, name: &str, outcome: Result<String>) {
        match outcome {
            Ok(figures) => {
                self.passed += 1;
                say(&format!("ok      {name}: {figures}"));
            }
            Err(error) => self.fail(name, &error),
        }
    }

    /// Counts a case, and prints it only when it failed: for cases in their hundreds.
    pub(crate) fn note_quietly(&mut self, name: &str, outcome: Result<()>) {
        match outcome {
            Ok(()) => self.passed += 1,
            Err(error) => self.fail(name, &error),
        }
    }

    fn fail(&mut self, name: &str, error: &anyhow::Error) {
        self.failed += 1;
        say(&format!("FAILED  {name}: {error:#}"));
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)
    }
}

/// Runs a check for each of several at once, and adds up what they count: most of the time each waits for something. Their lines come
/// mixed, so each line names what it is about.
///
/// # Errors
/// The first of theirs, once all have ended.
pub(crate) fn at_once<T: Sync>(several: &[T], run: impl Fn(&T) -> Result<Tally> + Sync) -> Result<Tally> {
    let ended: Vec<Result<Tally>> = std::thread::scope(|scope| {
        let running: Vec<_> = several.iter().map(|one| scope.spawn(|| run(one))).collect();
        running.into_iter().map(|one| one.join().unwrap_or_else(|_| bail!("it ended by a panic"))).collect()
    });
    let mut tally = Tally::default();
    for one in ended {
        tally.add(one?);
    }
    Ok(tally)
}

/// Runs a command, shows what it prints, and adds up the counts in it, in the words of cargo's tests, node's and our own drivers.
///
/// # Errors
/// When it cannot be started, or counted nothing. A command that fails without counting a failure counts as one.
pub(crate) fn counted(command: &mut Command) -> Result<Tally> {
    let program = command.get_program().to_string_lossy().into_owned();
    let mut child = command.stdout(Stdio::piped()).spawn().with_context(|| format!("cannot start `{program}`"))?;
    let mut tally = Tally::default();
    for line in BufReader::new(child.stdout.take().context("no output")?).lines() {
        let line = line?;
        tally.add(counts(&line));
        say(&line);
    }
    let status = child.wait()?;
    if !status.success() && tally.failed == 0 {
        say(&format!("`{program}` ended with {status}"));
        tally.failed = 1;
    }
    ensure!(tally != Tally::default(), "`{program}` ran nothing");
    Ok(tally)
}

/// The counts that a line tells, as `3 passed; 0 failed` or as node's `ℹ pass 3`.
fn counts(line: &str) -> Tally {
    let words: Vec<&str> = line.split([' ', ';', ',']).filter(|word| !word.is_empty()).collect();
    let before = |name: &str| {
        let at = words.iter().position(|word| *word == name)?;
        words.get(at.checked_sub(1)?)?.parse().ok()
    };
    if let (Some(passed), Some(failed)) = (before("passed"), before("failed")) {
        return Tally { passed, failed };
    }
    match words[..] {
        ["ℹ", "pass", number] => Tally { passed: number.parse().unwrap_or_default(), failed: 0 },
        ["ℹ", "fail", number] => Tally { passed: 0, failed: number.parse().unwrap_or_default() },
        _ => Tally::default(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Tally, at_once, counts};
    use anyhow::bail;

    #[track_caller]
    fn check(line: &str, passed: u64, failed: u64) {
        assert_eq!(counts(line), Tally { passed, failed });
    }

    #[test]
    fn several_at_once() {
        let passed = |passed| Ok(Tally { passed, failed: 1 });
        assert_eq!(at_once(&[1, 2, 3], |number| passed(*number)).unwrap(), Tally { passed: 6, failed: 3 });
        let failed = at_once(&[1, 2, 3], |number| if *number == 2 { bail!("the second") } else { passed(*number) });
        assert_eq!(failed.unwrap_err().to_string(), "the second");
    }

    #[test]
    fn lines_of_other_programs() {
        check("test result: ok. 3 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s", 3, 1);
        check("12 passed, 0 failed", 12, 0);
        check("ℹ pass 630", 630, 0);
        check("ℹ fail 2", 0, 2);
        check("all passed", 0, 0);
        check("passed", 0, 0);
        check("", 0, 0);
    }
}
