//! Writes stored values as JSON, byte for byte as `json_object` of SQLite and PostgreSQL do.

use super::functions::instant;
use backstay_compile::statement::Encode;
use rusqlite::types::ValueRef;

/// Appends one stored value.
pub(crate) fn write_value(out: &mut Vec<u8>, value: ValueRef<'_>, encode: Encode) {
    match (value, encode) {
        (ValueRef::Null, _) => out.extend_from_slice(b"null"),
        (ValueRef::Integer(number), Encode::Bool) => {
            out.extend_from_slice(if number == 0 { b"false" } else { b"true" });
        }
        (ValueRef::Integer(number), _) => {
            out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
        }
        (ValueRef::Real(number), _) => write_float(out, number),
        (ValueRef::Text(text), Encode::Raw) => out.extend_from_slice(text),
        (ValueRef::Text(text), Encode::Timestamp) => match std::str::from_utf8(text) {
            Ok(stored) if stored.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'-' | b':' | b'.' | b'+' | b'T')) => {
                let (local, zone) = instant::wire(stored);
                out.push(b'"');
                out.extend_from_slice(local.as_bytes());
                out.extend_from_slice(zone.as_bytes());
                out.push(b'"');
            }
            Ok(_) | Err(_) => write_text(out, text),
        },
        (ValueRef::Text(text), _) => write_text(out, text),
        (ValueRef::Blob(bytes), _) => {
            out.extend_from_slice(b"\"\\\\x");
            write_hex(out, bytes);
            out.push(b'"');
        }
    }
}

/// Appends a double: shortest form that reads back the same, without `.0`, as PostgreSQL prints it.
pub(crate) fn write_float(out: &mut Vec<u8>, number: f64) {
    if number.is_nan() {
        out.extend_from_slice(b"\"NaN\"");
    } else if number.is_infinite() {
        out.extend_from_slice(if number > 0.0 { b"\"Infinity\"" } else { b"\"-Infinity\"" });
    } else {
        match plain_digits(number, &mut ryu::Buffer::new()) {
            Some(digits) => out.extend_from_slice(digits.as_bytes()),
            None => out.extend_from_slice(float_text(number).as_bytes()),
        }
    }
}

/// The digits of a double of ordinary size, the quick way.
fn plain_digits(number: f64, buffer: &mut ryu::Buffer) -> Option<&str> {
    let ordinary = (1e-4..1e15).contains(&number.abs());
    let digits = ordinary.then(|| buffer.format_finite(number))?;
    // Some sizes print with an exponent here and without one in PostgreSQL.
    (!digits.contains('e')).then(|| digits.strip_suffix(".0").unwrap_or(digits))
}

/// A finite double as PostgreSQL prints it: plain digits between 1e-4 and 1e15, else with an exponent.
pub(crate) fn float_text(number: f64) -> String {
    if number == 0.0 {
        return if number.is_sign_negative() { "-0".to_owned() } else { "0".to_owned() };
    }
    let exponent_form = format!("{number:e}");
    let (mantissa, exponent) = exponent_form.split_once('e').unwrap_or((exponent_form.as_str(), "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..15).contains(&exponent) {
        return format!("{number}");
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.unsigned_abs())
}

/// Appends lower-case hex digits.
pub(crate) fn write_hex(out: &mut Vec<u8>, bytes: &[u8]) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    out.reserve(bytes.len() * 2);
    for byte in bytes {
        out.push(DIGITS[usize::from(byte >> 4)]);
        out.push(DIGITS[usize::from(byte & 15)]);
    }
}

/// Appends a JSON string. Bytes that are not UTF-8 (only a foreign tool can have stored them) become U+FFFD.
pub(crate) fn write_text(out: &mut Vec<u8>, text: &[u8]) {
    match std::str::from_utf8(text) {
        Ok(_) => write_utf8(out, text),
        Err(_) => write_utf8(out, String::from_utf8_lossy(text).as_bytes()),
    }
}

/// For each byte: 0 to copy, `u` for `\u00XX`, else the letter after the backslash.
const ESCAPES: [u8; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 0x20 {
        table[byte] = b'u';
        byte += 1;
    }
    table[0x08] = b'b';
    table[0x09] = b't';
    table[0x0a] = b'n';
    table[0x0c] = b'f';
    table[0x0d] = b'r';
    table[b'"' as usize] = b'"';
    table[b'\\' as usize] = b'\\';
    table
};

fn write_utf8(out: &mut Vec<u8>, text: &[u8]) {
    out.reserve(text.len() + 2);
    out.push(b'"');
    let mut copied = 0;
    for (at, &byte) in text.iter().enumerate() {
        let escape = ESCAPES[usize::from(byte)];
        if escape == 0 {
            continue;
        }
        out.extend_from_slice(&text[copied..at]);
        copied = at + 1;
        out.push(b'\\');
        out.push(escape);
        if escape == b'u' {
            out.extend_from_slice(b"00");
            write_hex(out, &[byte]);
        }
    }
    out.extend_from_slice(&text[copied..]);
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(value: ValueRef<'_>, encode: Encode, expected: &str) {
        let mut out = Vec::new();
        write_value(&mut out, value, encode);
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }

    #[test]
    fn values() {
        check(ValueRef::Null, Encode::Plain, "null");
        check(ValueRef::Integer(i64::MIN), Encode::Plain, "-9223372036854775808");
        check(ValueRef::Integer(1), Encode::Bool, "true");
        check(ValueRef::Integer(0), Encode::Bool, "false");
        check(ValueRef::Text(b"{\"a\":1}"), Encode::Raw, "{\"a\":1}");
        check(ValueRef::Text(b"1.50"), Encode::Raw, "1.50");
        check(
            ValueRef::Text(b"2024-01-02T03:04:05.100000+00:00"),
            Encode::Timestamp,
            "\"2024-01-02T03:04:05.1+00:00\"",
        );
        check(ValueRef::Blob(&[0, 255, 16]), Encode::Hex, "\"\\\\x00ff10\"");
        check(ValueRef::Blob(&[]), Encode::Hex, "\"\\\\x\"");
    }

    #[test]
    fn texts() {
        check(ValueRef::Text(b""), Encode::Plain, "\"\"");
        check(ValueRef::Text("é \u{1f600}/".as_bytes()), Encode::Plain, "\"é \u{1f600}/\"");
        check(
            ValueRef::Text(b"a\"b\\c\n\r\t\x08\x0c\x01\x1f\x7f"),
            Encode::Plain,
            "\"a\\\"b\\\\c\\n\\r\\t\\b\\f\\u0001\\u001f\x7f\"",
        );
        check(ValueRef::Text(&[b'a', 0xff, b'b']), Encode::Plain, "\"a\u{fffd}b\"");
    }

    #[test]
    fn floats() {
        for (number, text) in [
            (0.0, "0"),
            (-0.0, "-0"),
            (1.0, "1"),
            (-2.5, "-2.5"),
            (0.1, "0.1"),
            (100_000.0, "100000"),
            (123_456_789_012_345.0, "123456789012345"),
            (1e15, "1e+15"),
            (1.5e300, "1.5e+300"),
            (0.0001, "0.0001"),
            (0.00001, "1e-05"),
            (5e-324, "5e-324"),
            (f64::INFINITY, "\"Infinity\""),
            (f64::NAN, "\"NaN\""),
        ] {
            check(ValueRef::Real(number), Encode::Plain, text);
        }
    }

    proptest::proptest! {
        #[test]
        fn what_is_written_reads_back(text in "\\PC*|[\\x00-\\x7f]*", number in proptest::num::f64::NORMAL) {
            let mut out = Vec::new();
            write_text(&mut out, text.as_bytes());
            proptest::prop_assert_eq!(serde_json::from_slice::<String>(&out).unwrap(), text);
            let mut out = Vec::new();
            write_float(&mut out, number);
            proptest::prop_assert_eq!(std::str::from_utf8(&out).unwrap().parse::<f64>().unwrap(), number);
        }
    }
}
