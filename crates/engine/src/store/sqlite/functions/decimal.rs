//! Exact decimals as text: order, sum and mean. Up to 38 digits together; beyond that an error, never a rounded value.

use super::Raised;
use std::cmp::Ordering;

/// Digits after the point of a mean that does not come out even.
const MEAN_SCALE: u32 = 16;
/// Most digits after the point.
const SCALE_MAX: u32 = 38;

/// Order of two decimal texts as numbers. Texts that are no decimals come after those that are, by their bytes.
pub(crate) fn compare(left: &str, right: &str) -> Ordering {
    match (Parts::parse(left), Parts::parse(right)) {
        (Some(left), Some(right)) => left.compare(&right),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => left.cmp(right),
    }
}

/// A decimal text, taken apart: sign, digits before the point without leading zeros, digits after it without trailing ones.
#[derive(Debug, Clone, Copy)]
struct Parts<'a> {
    negative: bool,
    whole: &'a str,
    fraction: &'a str,
}

impl<'a> Parts<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let (negative, digits) = match text.as_bytes().first()? {
            b'-' => (true, &text[1..]),
            b'+' => (false, &text[1..]),
            _ => (false, text),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let plain = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if (whole.is_empty() && fraction.is_empty()) || !plain(whole) || !plain(fraction) {
            return None;
        }
        let (whole, fraction) = (whole.trim_start_matches('0'), fraction.trim_end_matches('0'));
        let zero = whole.is_empty() && fraction.is_empty();
        Some(Self { negative: negative && !zero, whole, fraction })
    }

    fn compare(&self, other: &Self) -> Ordering {
        let size = |left: &Self, right: &Self| {
            let whole = left.whole.len().cmp(&right.whole.len()).then_with(|| left.whole.cmp(right.whole));
            whole.then_with(|| left.fraction.cmp(right.fraction))
        };
        match (self.negative, other.negative) {
            (false, false) => size(self, other),
            (true, true) => size(other, self),
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
        }
    }
}

/// A running sum.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Sum {
    /// The sum times ten to the `scale`.
    units: i128,
    scale: u32,
    count: u64,
}

impl Sum {
    /// Adds a decimal text.
    ///
    /// # Errors
    /// `22P02` for a text that is no decimal, `22003` when the sum needs more digits than there are.
    pub(crate) fn add(&mut self, text: &str) -> Result<(), Raised> {
        let bad = |state| Raised { state, ty: "numeric".to_owned(), value: text.to_owned() };
        let parts = Parts::parse(text).ok_or_else(|| bad("22P02"))?;
        let scale =
            u32::try_from(parts.fraction.len()).ok().filter(|scale| *scale <= SCALE_MAX).ok_or_else(|| bad("22003"))?;
        let mut units: i128 = 0;
        for digit in parts.whole.bytes().chain(parts.fraction.bytes()) {
            let digit = i128::from(digit - b'0');
            units = units.checked_mul(10).and_then(|units| units.checked_add(digit)).ok_or_else(|| bad("22003"))?;
        }
        let units = if parts.negative { -units } else { units };
        let common = scale.max(self.scale);
        let widen = |units: i128, from: u32| units.checked_mul(10i128.checked_pow(common - from)?);
        let sum =
            widen(self.units, self.scale).zip(widen(units, scale)).and_then(|(left, right)| left.checked_add(right));
        self.units = sum.ok_or_else(|| bad("22003"))?;
        self.scale = common;
        self.count += 1;
        Ok(())
    }

    /// The sum; `None` over nothing.
    pub(crate) fn total(&self) -> Option<String> {
        (self.count > 0).then(|| text(self.units, self.scale))
    }

    /// The mean, rounded half away from zero; `None` over nothing.
    ///
    /// # Errors
    /// `22003` when it needs more digits than there are.
    pub(crate) fn mean(&self) -> Result<Option<String>, Raised> {
        if self.count == 0 {
            return Ok(None);
        }
        let scale = self.scale.max(MEAN_SCALE);
        let bad = || Raised { state: "22003", ty: "numeric".to_owned(), value: text(self.units, self.scale) };
        let factor = 10i128.checked_pow(scale - self.scale).ok_or_else(bad)?;
        let units = self.units.checked_mul(factor).ok_or_else(bad)?;
        let count = i128::from(self.count);
        let (quotient, rest) = (units / count, units % count);
        let rounded =
            if rest.unsigned_abs() * 2 >= count.unsigned_abs() { quotient + units.signum() } else { quotient };
        Ok(Some(text(rounded, scale)))
    }
}

/// `units` over ten to the `scale`, without zeros at the end.
fn text(units: i128, scale: u32) -> String {
    let scale = usize::try_from(scale).unwrap_or(0);
    let digits = format!("{:0>width$}", units.unsigned_abs(), width = scale + 1);
    let (whole, fraction) = digits.split_at(digits.len() - scale);
    let fraction = fraction.trim_end_matches('0');
    let sign = if units < 0 { "-" } else { "" };
    if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order() {
        let ascending = [
            "-100",
            "-99.5",
            "-1",
            "-0.5",
            "-0.05",
            "0",
            "0.049",
            "0.05",
            "0.5",
            "1",
            "9.99",
            "10",
            "123456789012345678901234567890.1",
        ];
        for (at, left) in ascending.iter().enumerate() {
            for (other, right) in ascending.iter().enumerate() {
                assert_eq!(compare(left, right), at.cmp(&other), "{left} with {right}");
            }
        }
        for (left, right) in [("1.50", "1.5"), ("-0", "0"), ("007", "7"), (".5", "0.5"), ("+1", "1"), ("1.", "1")] {
            assert_eq!(compare(left, right), Ordering::Equal, "{left} = {right}");
        }
        assert_eq!(compare("9", "x"), Ordering::Less);
        assert_eq!(compare("", "x"), Ordering::Less);
    }

    #[track_caller]
    fn check(values: &[&str], total: Result<&str, &str>, mean: Result<&str, &str>) {
        let mut sum = Sum::default();
        let added = values.iter().try_for_each(|value| sum.add(value));
        let found = added.as_ref().map(|()| sum.total().unwrap_or_default()).map_err(|raised| raised.state);
        assert_eq!(found.as_deref().map_err(|state| *state), total, "{values:?}");
        if added.is_ok() {
            let found = sum.mean().map(Option::unwrap_or_default).map_err(|raised| raised.state);
            assert_eq!(found.as_deref().map_err(|state| *state), mean, "{values:?}");
        }
    }

    #[test]
    fn sums() {
        check(&[], Ok(""), Ok(""));
        check(&["0.1", "0.2"], Ok("0.3"), Ok("0.15"));
        check(&["1.50", "-1.5"], Ok("0"), Ok("0"));
        check(&["10", "-30.25"], Ok("-20.25"), Ok("-10.125"));
        check(&["1", "1", "0"], Ok("2"), Ok("0.6666666666666667"));
        check(&["-1", "-1", "0"], Ok("-2"), Ok("-0.6666666666666667"));
        check(&["99999999999999999999999999999999999999"], Ok("99999999999999999999999999999999999999"), Err("22003"));
        check(&["99999999999999999999999999999999999999", "0.5"], Err("22003"), Ok(""));
        check(&["x"], Err("22P02"), Ok(""));
    }
}
