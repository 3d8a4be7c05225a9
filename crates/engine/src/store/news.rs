//! What nodes tell each other of accounts, as text: numbers of shards, or that everybody may have changed.

use crate::accounts::Concerned;

/// Bytes of a message; PostgreSQL takes no 8,000.
const TOLD_BYTES_MAX: usize = 7_000;
const EVERYBODY: &str = "*";

/// The message about accounts that a write is about; `None` when it is about nobody.
pub(crate) fn told(concerned: &Concerned) -> Option<String> {
    match concerned {
        Concerned::Nobody => None,
        Concerned::Some(shards) if shards.is_empty() => None,
        Concerned::Some(shards) => {
            let numbers: Vec<String> = shards.iter().map(u16::to_string).collect();
            Some(numbers.join(",")).filter(|told| told.len() <= TOLD_BYTES_MAX).or_else(|| Some(EVERYBODY.to_owned()))
        }
        Concerned::Everybody => Some(EVERYBODY.to_owned()),
    }
}

/// The accounts that a message is about.
pub(crate) fn heard(told: &str) -> Concerned {
    let shards = told.split(',').map(str::parse).collect::<Result<Vec<u16>, _>>();
    shards.map_or(Concerned::Everybody, Concerned::Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_is_heard() {
        for concerned in [Concerned::Some(vec![0, 17, 1023]), Concerned::Everybody] {
            assert_eq!(heard(&told(&concerned).unwrap()), concerned);
        }
        assert_eq!(told(&Concerned::Nobody), None);
        assert_eq!(told(&Concerned::Some(Vec::new())), None);
        let many = Concerned::Some((0..2_000).map(|n| n % 1024).collect());
        assert_eq!(told(&many).as_deref(), Some("*"));
        assert_eq!(heard("x"), Concerned::Everybody);
    }
}
