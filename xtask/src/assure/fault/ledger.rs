//! What the clients of a fault test know of each of their writes, and what must be stored because of it.
//! In: writes with how each was answered, and the rows that were found. Out: what was lost, done twice, or kept though refused.

use std::collections::BTreeMap;

/// What a client knows of a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// It was acknowledged: it is there, once.
    Kept,
    /// It was refused, and nothing of it is there.
    Refused,
    /// Nobody said: it is there once, or not at all.
    Unknown,
}

/// What the clients know together.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    /// Single rows by their text.
    pub(super) singles: BTreeMap<String, Fate>,
    /// Two rows of one transaction by their text.
    pub(super) pairs: BTreeMap<String, Fate>,
    /// Raises of each number: acknowledged ones, and those of which nobody knows.
    pub(super) raises: BTreeMap<i64, (i64, i64)>,
}

/// What was found in the database.
#[derive(Debug, Default)]
pub(super) struct Stored {
    /// Rows by their text: how often each is there.
    pub(super) notes: BTreeMap<String, i64>,
    /// Numbers.
    pub(super) counters: BTreeMap<i64, i64>,
}

impl Ledger {
    /// Takes over what another client knows.
    pub(super) fn merge(&mut self, other: Ledger) {
        self.singles.extend(other.singles);
        self.pairs.extend(other.pairs);
        for (id, (known, unknown)) in other.raises {
            let sum = self.raises.entry(id).or_default();
            *sum = (sum.0 + known, sum.1 + unknown);
        }
    }

    /// Writes that were acknowledged.
    pub(super) fn kept(&self) -> usize {
        let kept = |fates: &BTreeMap<String, Fate>| fates.values().filter(|fate| **fate == Fate::Kept).count();
        let raised: i64 = self.raises.values().map(|(known, _)| known).sum();
        kept(&self.singles) + kept(&self.pairs) + usize::try_from(raised).unwrap_or(0)
    }

    /// Everything that is not as it was promised; empty when all is.
    pub(super) fn faults(&self, stored: &Stored) -> Vec<String> {
        let mut faults = Vec::new();
        for (fates, rows) in [(&self.singles, 1), (&self.pairs, 2)] {
            for (note, fate) in fates {
                let found = stored.notes.get(note).copied().unwrap_or(0);
                let right = match fate {
                    Fate::Kept => found == rows,
                    Fate::Refused => found == 0,
                    Fate::Unknown => found == rows || found == 0,
                };
                if !right {
                    faults.push(format!("{note}: {fate:?}, and {found} of {rows} rows are there"));
                }
            }
        }
        for (id, (known, unknown)) in &self.raises {
            let found = stored.counters.get(id).copied().unwrap_or(0);
            if !(*known..=known + unknown).contains(&found) {
                faults.push(format!(
                    "number {id}: {known} raises were acknowledged, {unknown} unknown, and it is {found}"
                ));
            }
        }
        faults
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(fate: Fate, rows: i64, found: i64, right: bool) {
        let fates = BTreeMap::from([("a".to_owned(), fate)]);
        let ledger = match rows {
            1 => Ledger { singles: fates, ..Ledger::default() },
            _ => Ledger { pairs: fates, ..Ledger::default() },
        };
        let stored = Stored { notes: BTreeMap::from([("a".to_owned(), found)]), ..Stored::default() };
        assert_eq!(ledger.faults(&stored).is_empty(), right, "{fate:?} {rows} {found}");
    }

    #[test]
    fn rows() {
        check(Fate::Kept, 1, 1, true);
        check(Fate::Kept, 1, 0, false);
        check(Fate::Kept, 1, 2, false);
        check(Fate::Refused, 1, 0, true);
        check(Fate::Refused, 1, 1, false);
        check(Fate::Unknown, 1, 0, true);
        check(Fate::Unknown, 1, 1, true);
        check(Fate::Unknown, 1, 2, false);
        check(Fate::Kept, 2, 2, true);
        check(Fate::Kept, 2, 1, false);
        check(Fate::Unknown, 2, 1, false);
    }

    #[test]
    fn numbers() {
        let ledger = Ledger { raises: BTreeMap::from([(1, (3, 2))]), ..Ledger::default() };
        for (found, right) in [(2, false), (3, true), (5, true), (6, false)] {
            let stored = Stored { counters: BTreeMap::from([(1, found)]), ..Stored::default() };
            assert_eq!(ledger.faults(&stored).is_empty(), right, "{found}");
        }
    }
}
