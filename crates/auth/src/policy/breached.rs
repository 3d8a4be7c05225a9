//! The list of breached passwords, as a filter inside the binary. In: a password. Out: whether it is in the list.
//! No password of the list is missed; one of 256 others is taken for one of it. Made by `cargo xtask breached`.

use sha2::{Digest as _, Sha256};
use std::sync::LazyLock;
use xorf::{BinaryFuse8Ref, Filter as _, FilterRef as _};

/// The file; see `data/README.md` beside it for the source and its licence.
static FILE: &[u8] = include_bytes!("../../data/breached-passwords.bin");

/// First bytes of the file.
const MAGIC: &[u8] = b"BSBP1";

/// Bytes of the filter's descriptor.
const DESCRIPTOR_BYTES: usize = 20;

struct Breached {
    filter: BinaryFuse8Ref<'static>,
    /// Lengths of the list's passwords, bytes: others need no look-up, and so are never taken for one.
    lengths: std::ops::RangeInclusive<usize>,
    #[cfg(test)]
    count: u32,
}

static BREACHED: LazyLock<Option<Breached>> = LazyLock::new(|| read(FILE));

/// Whether a password is in the list, whatever its case.
#[must_use]
pub fn is_breached(password: &str) -> bool {
    let folded = password.to_lowercase();
    BREACHED.as_ref().is_some_and(|list| list.lengths.contains(&folded.len()) && list.filter.contains(&key(&folded)))
}

/// The first eight bytes of the SHA-256 of a password in lower case.
fn key(folded: &str) -> u64 {
    let digest: [u8; 32] = Sha256::digest(folded.as_bytes()).into();
    digest.first_chunk().map_or(0, |first| u64::from_le_bytes(*first))
}

/// Layout: magic, shortest, longest, count (4 bytes), descriptor, fingerprints.
fn read(file: &'static [u8]) -> Option<Breached> {
    let rest = file.strip_prefix(MAGIC)?;
    let (&[shortest, longest], rest) = rest.split_first_chunk()?;
    let (count, rest) = rest.split_first_chunk()?;
    let (descriptor, fingerprints) = rest.split_at_checked(DESCRIPTOR_BYTES)?;
    // The filter reads up to the end that the descriptor names.
    let lengths = usize::from(shortest)..=usize::from(longest);
    let count = u32::from_le_bytes(*count);
    (usize::try_from(count).ok()? <= fingerprints.len()).then(|| Breached {
        filter: BinaryFuse8Ref::from_dma(descriptor, fingerprints),
        lengths,
        #[cfg(test)]
        count,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::rngs::StdRng;
    use rand::{Rng as _, SeedableRng as _};

    #[test]
    fn the_file_is_whole() {
        let list = BREACHED.as_ref().unwrap();
        assert!(list.count >= 90_000, "{} passwords; ASVS 6.2.4 asks for 3,000", list.count);
        assert!(FILE.len() < 125_000, "{} bytes", FILE.len());
        assert_eq!(list.lengths, 8..=26);
        for cut in [0, 4, 5, 10, 30] {
            assert!(read(&FILE[..cut]).is_none(), "{cut}");
        }
    }

    #[test]
    fn the_worst_passwords_are_in_it() {
        for known in [
            "password",
            "12345678",
            "123456789",
            "1234567890",
            "baseball",
            "football",
            "jennifer",
            "superman",
            "iloveyou",
            "trustno1",
            "starwars",
            "password1",
            "computer",
            "michelle",
            "princess",
            "sunshine",
            "qwertyuiop",
            "1q2w3e4r",
            "1qaz2wsx",
            "corvette",
            "PassWord",
            "QWERTYUIOP",
        ] {
            assert!(is_breached(known), "{known}");
        }
    }

    #[test]
    fn one_of_256_others_is_taken_for_one() {
        let mut rng = StdRng::seed_from_u64(4);
        let taken = (0..100_000).filter(|_| is_breached(&format!("{:016x}", rng.next_u64()))).count();
        // 390 are expected; five standard deviations are 99.
        assert!((290..490).contains(&taken), "{taken} of 100,000");
        let long = (0..10_000).filter(|_| is_breached(&format!("{:032x}", rng.next_u64()))).count();
        assert_eq!(long, 0, "longer than any of the list");
    }
}
