//! What the writers of a crash test know: which rows were acknowledged, and which belong together.
//! In: rows as they were sent. Out: rows as they must be found. It knows no HTTP.

use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Most rows of one batch; a batch's number says how many rows it has.
const BATCH_ROWS_MAX: i64 = 16;

/// A row as it must be stored.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Mark {
    pub(super) id: i64,
    pub(super) batch: i64,
    pub(super) version: i64,
}

impl Mark {
    /// What the row's text must be: for some ids longer than a page, so that it goes through overflow pages too.
    fn note(self) -> String {
        let words = match self.id % 16 {
            0 => 400,
            1 => 60,
            _ => 2,
        };
        format!("row {} version {} ", self.id, self.version).repeat(words)
    }

    /// A checksum over the whole row (FNV-1a, cut to what JSON numbers hold).
    fn seal(self) -> i64 {
        let text = format!("{}/{}/{}/{}", self.id, self.batch, self.version, self.note());
        let hash = text
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
        i64::try_from(hash >> 12).unwrap_or_default()
    }

    /// The row as a request sends it.
    pub(super) fn json(self) -> Value {
        let Mark { id, batch, version } = self;
        json!({"id": id, "batch": batch, "version": version, "note": self.note(), "seal": self.seal()})
    }

    /// The row that an answer holds; `None` when its content is not what belongs to its id, batch and version.
    pub(super) fn read(row: &Value) -> Option<Mark> {
        let number = |name: &str| row.get(name).and_then(Value::as_i64);
        let mark = Mark { id: number("id")?, batch: number("batch")?, version: number("version")? };
        (mark.json() == *row).then_some(mark)
    }
}

/// The number of a batch that has `rows` rows.
pub(super) fn batch_number(count: i64, rows: i64) -> i64 {
    count * BATCH_ROWS_MAX + rows
}

/// A transaction, answered or not: its batch is there and its row was raised to this version, or neither.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pair {
    pub(super) batch: i64,
    pub(super) raised: Mark,
}

/// What is known about the rows of a database.
#[derive(Default, Clone)]
pub(super) struct Ledger {
    /// Acknowledged rows; a later version may have been stored without its acknowledgement.
    pub(super) rows: BTreeMap<i64, Mark>,
    /// Requests that were acknowledged.
    pub(super) acknowledged: u64,
    /// Requests that were refused, or left without an answer.
    pub(super) unanswered: u64,
    /// Transactions that were asked for.
    pub(super) pairs: Vec<Pair>,
    /// Requests that were acknowledged although they were sent after the disk had failed.
    pub(super) late: u64,
}

impl Ledger {
    /// Takes over what another writer knows.
    pub(super) fn merge(&mut self, other: Ledger) {
        self.rows.extend(other.rows);
        self.acknowledged += other.acknowledged;
        self.unanswered += other.unanswered;
        self.pairs.extend(other.pairs);
        self.late += other.late;
    }

    /// Everything that is wrong with what is stored; empty when all is as promised. `from` is the first id that was read.
    pub(super) fn faults(&self, stored: &BTreeMap<i64, Mark>, from: i64) -> Faults {
        let mut faults = Faults::default();
        for (id, wanted) in self.rows.range(from..) {
            match stored.get(id) {
                Some(found) if found.batch == wanted.batch && found.version >= wanted.version => {}
                Some(_) | None => faults.lost.push(*id),
            }
        }
        let mut sizes: BTreeMap<i64, i64> = BTreeMap::new();
        for mark in stored.values() {
            *sizes.entry(mark.batch).or_default() += 1;
        }
        faults
            .torn
            .extend(sizes.iter().filter(|(batch, rows)| *batch % BATCH_ROWS_MAX != **rows).map(|(batch, _)| *batch));
        let batches: BTreeSet<i64> = sizes.into_keys().collect();
        for Pair { batch, raised } in self.pairs.iter().filter(|pair| pair.raised.id >= from) {
            let found = stored.get(&raised.id).map_or(0, |found| found.version);
            // A later update hides whether this one was stored.
            if found <= raised.version && (found == raised.version) != batches.contains(batch) {
                faults.torn.push(*batch);
            }
        }
        faults
    }
}

/// Rows and batches that are not as promised.
#[derive(Default, Debug, PartialEq, Eq)]
pub(super) struct Faults {
    /// Acknowledged rows that are gone or older than they were.
    pub(super) lost: Vec<i64>,
    /// Batches of which only a part is there.
    pub(super) torn: Vec<i64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(stored: &[(i64, i64, i64)], lost: &[i64], torn: &[i64]) {
        let mark = |(id, batch, version)| Mark { id, batch, version };
        let (double, single) = (batch_number(1, 2), batch_number(2, 1));
        let rows = [(1, double, 1), (2, double, 1), (3, single, 2)].map(mark);
        let pair = Pair { batch: batch_number(3, 1), raised: mark((3, single, 3)) };
        let ledger = Ledger {
            rows: rows.into_iter().map(|mark| (mark.id, mark)).collect(),
            pairs: vec![pair],
            ..Ledger::default()
        };
        let stored = stored.iter().map(|row| (row.0, mark(*row))).collect();
        assert_eq!(ledger.faults(&stored, 0), Faults { lost: lost.to_vec(), torn: torn.to_vec() });
    }

    #[test]
    fn what_must_be_there() {
        let (pair, single, other) = (batch_number(1, 2), batch_number(2, 1), batch_number(3, 1));
        check(&[(1, pair, 1), (2, pair, 1), (3, single, 2)], &[], &[]);
        check(&[(1, pair, 1), (2, pair, 1), (3, single, 1)], &[3], &[]);
        check(&[(1, pair, 1), (3, single, 2)], &[2], &[pair]);
        check(&[(1, pair, 1), (2, pair, 1), (3, single, 3)], &[], &[other]);
        check(&[(1, pair, 1), (2, pair, 1), (3, single, 3), (4, other, 1)], &[], &[]);
        check(&[(1, pair, 1), (2, pair, 1), (3, single, 2), (4, other, 1)], &[], &[other]);
        check(&[(1, pair, 1), (2, pair, 1), (3, single, 4)], &[], &[]);
    }

    #[test]
    fn a_row_knows_its_content() {
        let mark = Mark { id: 16, batch: 17, version: 2 };
        let mut row = mark.json();
        assert_eq!(Mark::read(&row), Some(mark));
        row["note"] = json!("row 16 version 2 ");
        assert_eq!(Mark::read(&row), None);
    }
}
