//! Spans of time and sizes as they stand in a schema file: `30s`, `1m`, `168h`, `10MiB`.

/// Milliseconds of a span such as `30s`; a bare number has no unit and is refused.
pub(crate) fn parse_ms(text: &str) -> Option<u64> {
    let (number, unit) = split(text)?;
    let factor: u64 = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _unknown => return None,
    };
    number.checked_mul(factor)
}

/// Bytes of a size such as `10MiB` or `512`.
pub(crate) fn parse_bytes(text: &str) -> Option<u64> {
    let (number, unit) = split(text)?;
    let factor: u64 = match unit {
        "" | "B" => 1,
        "KB" | "kB" => 1_000,
        "MB" => 1_000_000,
        "GB" => 1_000_000_000,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        _unknown => return None,
    };
    number.checked_mul(factor)
}

fn split(text: &str) -> Option<(u64, &str)> {
    let text = text.trim();
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at_checked(digits)?;
    Some((number.parse().ok()?, unit.trim_start()))
}

#[cfg(test)]
mod tests {
    use super::{parse_bytes, parse_ms};

    #[test]
    fn spans_of_time() {
        for (text, expected) in [
            ("30s", Some(30_000)),
            ("1m", Some(60_000)),
            ("250ms", Some(250)),
            ("2 h", Some(7_200_000)),
            ("1d", Some(86_400_000)),
            ("30", None),
            ("s", None),
            ("-1s", None),
            ("99999999999999999999s", None),
            ("18446744073709551615d", None),
        ] {
            assert_eq!(parse_ms(text), expected, "{text}");
        }
    }

    #[test]
    fn sizes() {
        for (text, expected) in [
            ("512", Some(512)),
            ("10MiB", Some(10_485_760)),
            ("1 KB", Some(1_000)),
            ("1.5MB", None),
            ("MB", None),
            ("10mib", None),
        ] {
            assert_eq!(parse_bytes(text), expected, "{text}");
        }
    }
}
