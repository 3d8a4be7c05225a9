//! Bounds the bytes of large answers that wait for their clients, all connections together.
//! In: an answer. Out: the same answer, counted until its last byte is written; or nothing, when there is no room for it.

use bytes::Bytes;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Smallest answer that is counted, bytes. Smaller ones are bounded by the number of connections.
const COUNTED_MIN: usize = 16 * 1024;

/// Most bytes of answers that wait, unless a single one is larger.
pub(crate) const BYTES_MAX: usize = 256 * 1024 * 1024;

/// Bytes of answers that were not taken yet.
#[derive(Debug)]
pub(crate) struct Untaken {
    bytes: AtomicUsize,
    max: usize,
}

/// Whether an answer may be refused for lack of room.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kept {
    /// It can be asked for again.
    IfRoom,
    /// It tells of something done, which a client must not be made to do again.
    Always,
}

impl Untaken {
    /// Nothing waits.
    pub(crate) fn new(max: usize) -> Arc<Self> {
        Arc::new(Self { bytes: AtomicUsize::new(0), max })
    }

    /// Counts an answer until nothing refers to its bytes; `None` when there is no room.
    pub(crate) fn count(self: &Arc<Self>, answer: Bytes, kept: Kept) -> Option<Bytes> {
        let bytes = answer.len();
        if bytes < COUNTED_MIN {
            return Some(answer);
        }
        let before = self.bytes.fetch_add(bytes, Ordering::Relaxed);
        let counted = Counted { answer, untaken: Arc::clone(self) };
        let fits = before == 0 || before.saturating_add(bytes) <= self.max;
        (fits || kept == Kept::Always).then(|| Bytes::from_owner(counted))
    }
}

/// The bytes of an answer, with their share of the count.
struct Counted {
    answer: Bytes,
    untaken: Arc<Untaken>,
}

impl AsRef<[u8]> for Counted {
    fn as_ref(&self) -> &[u8] {
        &self.answer
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.untaken.bytes.fetch_sub(self.answer.len(), Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_counted_until_they_are_gone() {
        let untaken = Untaken::new(100_000);
        let of = |bytes| Bytes::from(vec![b'x'; bytes]);
        let first = untaken.count(of(60_000), Kept::IfRoom).unwrap();
        let part = first.slice(1..3);
        assert!(untaken.count(of(60_000), Kept::IfRoom).is_none());
        assert!(untaken.count(of(COUNTED_MIN - 1), Kept::IfRoom).is_some(), "small ones pass");
        let write = untaken.count(of(60_000), Kept::Always).unwrap();
        drop((first, write));
        assert!(untaken.count(of(60_000), Kept::IfRoom).is_none(), "a part of the first is still there");
        assert_eq!(part, &b"xx"[..]);
        drop(part);
        assert_eq!(untaken.bytes.load(Ordering::Relaxed), 0);
        let huge = untaken.count(of(200_000), Kept::IfRoom).unwrap();
        assert_eq!(huge.len(), 200_000, "one alone always passes");
    }
}
