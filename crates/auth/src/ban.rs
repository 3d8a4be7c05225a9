//! Lengths of bans, as clients write them: `24h`, `1h30m`, `none`. In: text. Out: a [`Ban`], or nothing.

use std::time::Duration;

/// Units, in nanoseconds.
const UNITS: [(&str, f64); 7] =
    [("ns", 1.0), ("us", 1e3), ("µs", 1e3), ("ms", 1e6), ("s", 1e9), ("m", 60.0 * 1e9), ("h", 3_600.0 * 1e9)];

/// Longest ban: 100 years, which instants of the store can hold.
const LONGEST: Duration = Duration::from_secs(100 * 365 * 24 * 3_600);

/// What is to become of a ban.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ban {
    /// It ends.
    Lift,
    /// It lasts so long from now.
    For(Duration),
}

impl Ban {
    /// Reads a length; longer ones than a hundred years are a hundred years.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if text == "none" {
            return Some(Self::Lift);
        }
        let mut rest = text;
        let mut nanos = 0.0;
        while !rest.is_empty() {
            let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
            let (number, after) = rest.split_at(digits);
            let end = after.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(after.len());
            let (unit, after) = after.split_at(end);
            let (_, factor) = UNITS.iter().find(|(name, _)| *name == unit)?;
            nanos += number.parse::<f64>().ok()? * factor;
            rest = after;
        }
        let length = Duration::try_from_secs_f64(nanos / 1e9).unwrap_or(LONGEST).min(LONGEST);
        (!text.is_empty() && !length.is_zero()).then_some(Self::For(length))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths() {
        let check = |text: &str, seconds: Option<f64>| {
            let expected = seconds.map(|seconds| Ban::For(Duration::from_secs_f64(seconds)));
            assert_eq!(Ban::parse(text), expected, "{text:?}");
        };
        check("24h", Some(86_400.0));
        check("1h30m", Some(5_400.0));
        check("1.5h", Some(5_400.0));
        check("300ms", Some(0.3));
        check("876000h", Some(100.0 * 365.0 * 86_400.0));
        check("9999999999999999999h", Some(100.0 * 365.0 * 86_400.0));
        for wrong in ["", "h", "24", "-1h", "1d", "1h ", "1..5h", "0s", "1hh", "NaNh", "none "] {
            check(wrong, None);
        }
        assert_eq!(Ban::parse("none"), Some(Ban::Lift));
    }
}
