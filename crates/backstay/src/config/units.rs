//! Values of the settings that need a unit or must not be printed: `"30s"`, `"10MiB"`, secrets. In: text. Out: a typed value or the reason.

use serde::{Deserialize, Deserializer, de};
use std::fmt;
use std::path::Path;
use std::time::Duration;

const TIME_UNITS: &[(&str, u64)] = &[("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)];
const SIZE_UNITS: &[(&str, u64)] = &[
    ("B", 1),
    ("KB", 1_000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
];

/// A length of time, written `500ms`, `30s`, `5m`, `12h`, `7d`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Interval(Duration);

/// A number of bytes, written `512B`, `64KiB`, `10MiB`, `1GiB` (or `KB`, `MB`, `GB` for powers of ten).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Size(u64);

/// Text that no log, error or debug output may show.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Secret(String);

impl Interval {
    /// So many seconds.
    #[must_use]
    pub(crate) const fn seconds(count: u64) -> Self {
        Self(Duration::from_secs(count))
    }

    /// So many milliseconds.
    #[must_use]
    pub(crate) const fn milliseconds(count: u64) -> Self {
        Self(Duration::from_millis(count))
    }

    /// As the standard library has it.
    #[must_use]
    pub(crate) const fn duration(self) -> Duration {
        self.0
    }

    /// Reads `30s` and its like.
    ///
    /// # Errors
    /// A sentence that says what is accepted.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        quantity(text, TIME_UNITS).map(|milliseconds| Self(Duration::from_millis(milliseconds))).ok_or_else(|| {
            format!("`{text}` is not a duration; write a whole number and a unit: 500ms, 30s, 5m, 12h, 7d")
        })
    }
}

impl Size {
    /// So many times 1,024 bytes.
    #[must_use]
    pub(crate) const fn kibibytes(count: u64) -> Self {
        Self(count << 10)
    }

    /// So many times 1,048,576 bytes.
    #[must_use]
    pub(crate) const fn mebibytes(count: u64) -> Self {
        Self(count << 20)
    }

    /// The number of bytes.
    #[must_use]
    pub(crate) const fn bytes(self) -> u64 {
        self.0
    }

    /// Reads `10MiB` and its like.
    ///
    /// # Errors
    /// A sentence that says what is accepted.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        quantity(text, SIZE_UNITS)
            .map(Self)
            .ok_or_else(|| format!("`{text}` is not a size; write a whole number and a unit: 512B, 64KiB, 10MiB, 1GiB"))
    }
}

impl Secret {
    /// The text itself, for the one place that needs it.
    #[must_use]
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

/// `dir:PATH` with its relative path below a folder; any other text as it is.
#[must_use]
pub(crate) fn folder_below(base: &Path, url: Secret) -> Secret {
    match url.0.strip_prefix("dir:") {
        Some(path) => Secret(format!("dir:{}", base.join(path).display())),
        None => url,
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let milliseconds = u64::try_from(self.0.as_millis()).unwrap_or(u64::MAX);
        largest_unit(f, milliseconds, TIME_UNITS)
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        largest_unit(f, self.0, SIZE_UNITS)
    }
}

impl<'de> Deserialize<'de> for Interval {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(from)?).map_err(de::Error::custom)
    }
}

impl<'de> Deserialize<'de> for Size {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(from)?).map_err(de::Error::custom)
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from).map(Self)
    }
}

fn quantity(text: &str, units: &[(&str, u64)]) -> Option<u64> {
    let text = text.trim();
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, unit) = text.split_at(digits);
    let (_, factor) = units.iter().find(|(name, _)| *name == unit.trim_start())?;
    number.parse::<u64>().ok()?.checked_mul(*factor)
}

/// Writes the value in the largest unit that divides it.
fn largest_unit(f: &mut fmt::Formatter<'_>, value: u64, units: &[(&str, u64)]) -> fmt::Result {
    let best = units
        .iter()
        .filter(|(_, factor)| value != 0 && value.is_multiple_of(*factor))
        .max_by_key(|(_, factor)| *factor);
    let (name, factor) = best.or(units.first()).copied().unwrap_or(("", 1));
    write!(f, "{}{name}", value / factor)
}

#[cfg(test)]
mod tests {
    use super::{Interval, Secret, Size};

    #[track_caller]
    fn interval(text: &str, milliseconds: Option<u128>) {
        assert_eq!(Interval::parse(text).ok().map(|i| i.duration().as_millis()), milliseconds);
    }

    #[track_caller]
    fn size(text: &str, bytes: Option<u64>) {
        assert_eq!(Size::parse(text).ok().map(Size::bytes), bytes);
    }

    #[test]
    fn units_are_read() {
        interval("30s", Some(30_000));
        interval("500ms", Some(500));
        interval(" 5 m ", Some(300_000));
        interval("7d", Some(604_800_000));
        interval("30", None);
        interval("s", None);
        interval("-1s", None);
        interval("99999999999999999999s", None);
        interval("18446744073709551615d", None);
        size("10MiB", Some(10 << 20));
        size("1KB", Some(1_000));
        size("512B", Some(512));
        size("10", None);
        size("1.5MiB", None);
        size("", None);
    }

    #[test]
    fn units_are_written_as_they_are_read() {
        assert_eq!(Interval::seconds(90).to_string(), "90s");
        assert_eq!(Interval::seconds(120).to_string(), "2m");
        assert_eq!(Interval::milliseconds(0).to_string(), "0ms");
        assert_eq!(Size::mebibytes(10).to_string(), "10MiB");
        assert_eq!(Size::kibibytes(16).to_string(), "16KiB");
    }

    #[test]
    fn secrets_are_not_printed() {
        assert!(!format!("{:?}", Secret("hunter2".to_owned())).contains("hunter2"));
    }
}
