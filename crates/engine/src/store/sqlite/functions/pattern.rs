//! Regular expressions in linear time, with bounded size.

use super::Raised;
use regex::{Regex, RegexBuilder};

/// Most memory of one compiled expression, bytes.
const COMPILED_BYTES_MAX: usize = 1 << 20;

/// Compiles a pattern.
///
/// # Errors
/// `2201B` when it is malformed, uses what only backtracking can do, or is too large.
pub(crate) fn build(pattern: &str, ignore_case: bool) -> Result<Regex, Raised> {
    let built = RegexBuilder::new(pattern).case_insensitive(ignore_case).size_limit(COMPILED_BYTES_MAX).build();
    built.map_err(|_| Raised { state: "2201B", ty: "text".to_owned(), value: pattern.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::build;

    #[test]
    fn rows() {
        for (pattern, ignore_case, value, expected) in [
            ("b", false, "abc", Some(true)),
            ("^b", false, "abc", Some(false)),
            ("B", false, "abc", Some(false)),
            ("B", true, "abc", Some(true)),
            ("(a)\\1", false, "aa", None),
            ("(", false, "", None),
            ("(?:a{1000}){1000}", false, "", None),
        ] {
            assert_eq!(build(pattern, ignore_case).ok().map(|regex| regex.is_match(value)), expected, "{pattern}");
        }
    }
}
