//! Numbers from text, as PostgreSQL reads them.

use crate::fault::ValueProblem;
use std::ops::RangeInclusive;

/// Digits of a decimal, before and after the point together.
const DECIMAL_DIGITS_MAX: usize = 1_000;

/// An integer within bounds.
pub(super) fn integer(raw: &str, range: RangeInclusive<i64>) -> Result<i64, ValueProblem> {
    let text = raw.trim();
    match text.parse::<i64>() {
        Ok(number) if range.contains(&number) => Ok(number),
        Ok(_) => Err(ValueProblem::OutOfRange),
        Err(_) => {
            let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
            let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
            let beyond = is_number || overflows(digits, range.start().unsigned_abs());
            Err(if beyond { ValueProblem::OutOfRange } else { ValueProblem::Syntax })
        }
    }
}

/// Whether the digits at the start are too many, whatever follows them: PostgreSQL looks no further.
fn overflows(text: &str, most: u64) -> bool {
    let mut number = 0;
    for digit in text.chars().map_while(|character| character.to_digit(10)) {
        if number > most / 10 {
            return true;
        }
        number = number * 10 + u64::from(digit);
    }
    false
}

/// A finite double: NaN and the infinities have no JSON form.
pub(super) fn double(raw: &str) -> Result<f64, ValueProblem> {
    let number: f64 = raw.trim().parse().map_err(|_| ValueProblem::Syntax)?;
    if number.is_finite() { Ok(number) } else { Err(ValueProblem::OutOfRange) }
}

/// A decimal in canonical text: no plus sign, exponent, idle leading zeros or bare point; trailing zeros are kept.
pub(super) fn decimal(raw: &str) -> Result<String, ValueProblem> {
    let text = raw.trim();
    let (negative, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().map_err(|_| ValueProblem::Syntax)?),
        None => (unsigned, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() && fraction.is_empty() || !digits(whole) || !digits(fraction) {
        return Err(ValueProblem::Syntax);
    }
    let shift = usize::try_from(exponent.unsigned_abs()).map_err(|_| ValueProblem::OutOfRange)?;
    if whole.len() + fraction.len() + shift > DECIMAL_DIGITS_MAX {
        return Err(ValueProblem::OutOfRange);
    }
    let (whole, fraction) = moved(whole, fraction, exponent.is_negative(), shift);
    let whole = whole.trim_start_matches('0');
    let zero = whole.is_empty() && fraction.bytes().all(|byte| byte == b'0');
    let sign = if negative && !zero { "-" } else { "" };
    let whole = if whole.is_empty() { "0" } else { whole };
    Ok(if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") })
}

/// A decimal in its stored form without the zeros at its end: numbers that are equal are one text.
pub(super) fn plain(decimal: &str) -> &str {
    if decimal.contains('.') { decimal.trim_end_matches('0').trim_end_matches('.') } else { decimal }
}

/// Moves the decimal point by `shift` digits.
fn moved(whole: &str, fraction: &str, left: bool, shift: usize) -> (String, String) {
    if left {
        let padded = format!("{}{whole}", "0".repeat(shift.saturating_sub(whole.len())));
        let (kept, moved) = padded.split_at(padded.len() - shift);
        (kept.to_owned(), format!("{moved}{fraction}"))
    } else {
        let padded = format!("{fraction}{}", "0".repeat(shift.saturating_sub(fraction.len())));
        let (moved, kept) = padded.split_at(shift);
        (format!("{whole}{moved}"), kept.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::{ValueProblem, decimal, double, integer, plain};

    #[test]
    fn integers() {
        let check = |raw: &str, expected| assert_eq!(integer(raw, -5..=300), expected, "{raw}");
        check("42", Ok(42));
        check(" +7 ", Ok(7));
        check("-5", Ok(-5));
        check("-6", Err(ValueProblem::OutOfRange));
        check("99999999999999999999", Err(ValueProblem::OutOfRange));
        check("1.0", Err(ValueProblem::Syntax));
        check("", Err(ValueProblem::Syntax));
        check("null", Err(ValueProblem::Syntax));
        let check = |raw: &str, expected| assert_eq!(integer(raw, i64::from(i32::MIN)..=5), Err(expected), "{raw}");
        check("-99999999999x", ValueProblem::OutOfRange);
        check("99999999999::9", ValueProblem::OutOfRange);
        check("2147483648x", ValueProblem::Syntax);
        check("1x99999999999", ValueProblem::Syntax);
    }

    #[test]
    fn doubles() {
        let check = |raw: &str, expected| assert_eq!(double(raw), expected, "{raw}");
        check(" 1.5e3 ", Ok(1500.0));
        check("NaN", Err(ValueProblem::OutOfRange));
        check("1e999", Err(ValueProblem::OutOfRange));
        check("x", Err(ValueProblem::Syntax));
    }

    #[test]
    fn equal_decimals_are_one_text() {
        for (decimal, expected) in [("2.50", "2.5"), ("2.00", "2"), ("200", "200"), ("0.0", "0"), ("-0.10", "-0.1")] {
            assert_eq!(plain(decimal), expected, "{decimal}");
        }
    }

    #[test]
    fn decimals() {
        let check = |raw: &str, expected: Result<&str, ValueProblem>| {
            assert_eq!(decimal(raw), expected.map(str::to_owned), "{raw}");
        };
        check("1.10", Ok("1.10"));
        check("+007", Ok("7"));
        check("-.5", Ok("-0.5"));
        check("5.", Ok("5"));
        check("-0.00", Ok("0.00"));
        check("1e3", Ok("1000"));
        check("12.5e-3", Ok("0.0125"));
        check("1.25e1", Ok("12.5"));
        check("1e-2", Ok("0.01"));
        check("1e-0", Ok("1"));
        check("-1e2", Ok("-100"));
        check("12e-1", Ok("1.2"));
        check("0.05e1", Ok("0.5"));
        check(&format!("{}e990", "1".repeat(10)), Ok(&format!("{}{}", "1".repeat(10), "0".repeat(990))));
        check(&format!("{}e991", "1".repeat(10)), Err(ValueProblem::OutOfRange));
        check("1.5e996", Ok(&format!("15{}", "0".repeat(995))));
        check("x.5", Err(ValueProblem::Syntax));
        check("1e100000", Err(ValueProblem::OutOfRange));
        check(".", Err(ValueProblem::Syntax));
        check("", Err(ValueProblem::Syntax));
        check("1.2.3", Err(ValueProblem::Syntax));
        check("NaN", Err(ValueProblem::Syntax));
    }
}
