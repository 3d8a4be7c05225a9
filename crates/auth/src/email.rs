//! E-mail addresses of accounts. In: what a client sent. Out: an [`Email`] in lower case, or which rule it breaks.
//! Nothing is trimmed or mended, and an international domain stays as it was written.

use std::fmt;

/// Longest address, bytes (the wire's rule; RFC 5321 4.5.3.1.3 leaves 254 for the path).
pub const EMAIL_BYTES_MAX: usize = 255;

/// Longest part before the `@`, bytes (RFC 5321 4.5.3.1.1).
const LOCAL_BYTES_MAX: usize = 64;

/// Longest label of a domain, bytes (RFC 1035 2.3.4).
const LABEL_BYTES_MAX: usize = 63;

/// Characters besides letters and digits that the part before the `@` may hold (RFC 5322 3.2.3, `atext` and the dot).
const LOCAL_MARKS: &str = "!#$%&'*+-/=?^_`{|}~.";

/// Ranges outside ASCII that no address needs: invisible, turning the writing direction, or folded to `@` and `.`
/// by other software, so that two addresses look the same or one becomes another.
const REFUSED_RANGES: [(char, char); 14] = [
    ('\u{80}', '\u{a0}'),
    ('\u{ad}', '\u{ad}'),
    ('\u{61c}', '\u{61c}'),
    ('\u{180e}', '\u{180e}'),
    ('\u{2000}', '\u{206f}'),
    ('\u{2100}', '\u{214f}'),
    ('\u{2460}', '\u{24ff}'),
    ('\u{3000}', '\u{3002}'),
    ('\u{e000}', '\u{f8ff}'),
    ('\u{fe00}', '\u{fe0f}'),
    ('\u{fe50}', '\u{fe6f}'),
    ('\u{feff}', '\u{feff}'),
    ('\u{ff00}', '\u{ffff}'),
    ('\u{e0000}', '\u{10ffff}'),
];

/// A checked address in lower case. The same account whatever the case it is typed in.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Email(Box<str>);

/// Why a text is no address. The message is for the person who typed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidEmail {
    /// Nothing was given.
    #[error("the e-mail address is empty")]
    Empty,
    /// Over 255 bytes, or over 64 before the `@`.
    #[error("the e-mail address is too long: at most 255 bytes, 64 of them before the @")]
    TooLong,
    /// A blank, line break, control character or invisible character: what header injection is made of.
    #[error("the e-mail address contains a blank or an invisible character")]
    Invisible,
    /// No `@`, or more than one.
    #[error("the e-mail address needs exactly one @")]
    At,
    /// The part before the `@`.
    #[error("the part of the e-mail address before the @ is not valid")]
    Local,
    /// The part after the `@`.
    #[error("the part of the e-mail address after the @ is not a domain name")]
    Domain,
}

impl Email {
    /// Checks an address and puts it in lower case.
    ///
    /// Quoted local parts, comments and address literals (`"a b"@x`, `a@[127.0.0.1]`) are refused: no provider gives
    /// them to people, and software disagrees on what they mean.
    ///
    /// # Errors
    /// [`InvalidEmail`], the first rule that is broken.
    pub fn parse(raw: &str) -> Result<Self, InvalidEmail> {
        if raw.is_empty() {
            return Err(InvalidEmail::Empty);
        }
        if raw.len() > EMAIL_BYTES_MAX {
            return Err(InvalidEmail::TooLong);
        }
        if raw.chars().any(is_refused) {
            return Err(InvalidEmail::Invisible);
        }
        // A letter that folds into ASCII from outside of it (the Kelvin sign, the dotted I) would make one address
        // out of two.
        let folded = raw.to_lowercase();
        if folded.len() > EMAIL_BYTES_MAX {
            return Err(InvalidEmail::TooLong);
        }
        if ascii_letters(&folded) != ascii_letters(raw) {
            return Err(InvalidEmail::Local);
        }
        let (local, domain) = folded.split_once('@').ok_or(InvalidEmail::At)?;
        if domain.contains('@') {
            return Err(InvalidEmail::At);
        }
        if local.len() > LOCAL_BYTES_MAX {
            return Err(InvalidEmail::TooLong);
        }
        if !is_local(local) {
            return Err(InvalidEmail::Local);
        }
        if !is_domain(domain) {
            return Err(InvalidEmail::Domain);
        }
        Ok(Self(folded.into()))
    }

    /// The address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands before the `@`.
    #[must_use]
    pub fn local_part(&self) -> &str {
        self.0.split_once('@').map_or("", |(local, _)| local)
    }

    /// What stands after the `@`.
    #[must_use]
    pub fn domain(&self) -> &str {
        self.0.split_once('@').map_or("", |(_, domain)| domain)
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn is_refused(c: char) -> bool {
    c.is_control() || c.is_whitespace() || REFUSED_RANGES.iter().any(|&(first, last)| (first..=last).contains(&c))
}

fn ascii_letters(text: &str) -> usize {
    text.bytes().filter(u8::is_ascii_alphabetic).count()
}

fn is_local(local: &str) -> bool {
    let known = |c: char| c.is_ascii_alphanumeric() || LOCAL_MARKS.contains(c) || !c.is_ascii();
    !local.is_empty()
        && local.chars().all(known)
        && !local.starts_with('.')
        && !local.ends_with('.')
        && !local.contains("..")
}

fn is_domain(domain: &str) -> bool {
    let mut labels = domain.split('.');
    let last_is_number = domain.rsplit('.').next().is_none_or(|last| last.bytes().all(|byte| byte.is_ascii_digit()));
    domain.contains('.') && !last_is_number && labels.all(is_label)
}

fn is_label(label: &str) -> bool {
    let known = |c: char| c.is_ascii_alphanumeric() || c == '-' || !c.is_ascii();
    (1..=LABEL_BYTES_MAX).contains(&label.len())
        && label.chars().all(known)
        && !label.starts_with('-')
        && !label.ends_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(raw: &str, expected: Result<&str, InvalidEmail>) {
        assert_eq!(Email::parse(raw).as_ref().map(Email::as_str).map_err(|&error| error), expected, "{raw:?}");
    }

    #[test]
    fn addresses() {
        check("ana@example.com", Ok("ana@example.com"));
        check("Ana.Maria+News@Example.COM", Ok("ana.maria+news@example.com"));
        check("o'brien_x-1@sub.example.co.uk", Ok("o'brien_x-1@sub.example.co.uk"));
        check("a@b.c", Ok("a@b.c"));
        check("jürgen@münchen.de", Ok("jürgen@münchen.de"));
        check("JÜRGEN@MÜNCHEN.DE", Ok("jürgen@münchen.de"));
        check("用户@例子.广告", Ok("用户@例子.广告"));
        check("ana@xn--mnchen-3ya.de", Ok("ana@xn--mnchen-3ya.de"));
        check("a!b%c@example.com", Ok("a!b%c@example.com"));
        check(&format!("{}@example.com", "a".repeat(64)), Ok(&format!("{}@example.com", "a".repeat(64))));
    }

    #[test]
    fn refused() {
        use InvalidEmail::{At, Domain, Empty, Invisible, Local, TooLong};
        check("", Err(Empty));
        check("ana", Err(At));
        check("ana@b@example.com", Err(At));
        check("@example.com", Err(Local));
        check("ana@", Err(Domain));
        check("ana@localhost", Err(Domain));
        check("ana@.com", Err(Domain));
        check("ana@example..com", Err(Domain));
        check("ana@example.com.", Err(Domain));
        check("ana@-example.com", Err(Domain));
        check("ana@example-.com", Err(Domain));
        check("ana@exam_ple.com", Err(Domain));
        check("ana@127.0.0.1", Err(Domain));
        check("ana@[127.0.0.1]", Err(Domain));
        check("ana@example.com,eve@evil.com", Err(At));
        check("ana@example.com>", Err(Domain));
        check("<ana@example.com", Err(Local));
        check("\"ana\"@example.com", Err(Local));
        check("ana(x)@example.com", Err(Local));
        check(".ana@example.com", Err(Local));
        check("ana.@example.com", Err(Local));
        check("an..a@example.com", Err(Local));
        check("ana;eve@example.com", Err(Local));
        check("ana\\@example.com", Err(Local));
        check(&format!("{}@example.com", "a".repeat(65)), Err(TooLong));
        check(&format!("a@{}.com", "b".repeat(64)), Err(Domain));
        check(&format!("a@{}com", "b.".repeat(130)), Err(TooLong));
        check("mi\u{212a}e@example.com", Err(Invisible));
        check("\u{130}na@example.com", Err(Local));
    }

    #[test]
    fn injection_and_what_cannot_be_seen() {
        for hostile in [
            " ana@example.com",
            "ana@example.com ",
            "ana@exa mple.com",
            "ana@example.com\r\nBcc: eve@evil.com",
            "ana@example.com\n",
            "ana@example.com\0",
            "ana\t@example.com",
            "ana@example.com%0a\u{0b}",
            "\u{feff}ana@example.com",
            "ana\u{200b}@example.com",
            "ana\u{202e}@example.com",
            "ana@example\u{3002}com",
            "ana\u{ff20}example.com",
            "ana@exam\u{ad}ple.com",
            "ana@example\u{ff0e}com",
            "ana\u{fe6b}example.com",
            "ana\u{85}@example.com",
            "ana@example.com\u{2028}",
            "ana\u{e0041}@example.com",
            "ana\u{a0}@example.com",
            "\u{7f}ana@example.com",
        ] {
            check(hostile, Err(InvalidEmail::Invisible));
        }
    }

    proptest::proptest! {
        #[test]
        fn what_passes_is_stable_and_safe(raw in "[ -~\u{80}-\u{17f}]{0,12}@?[ -~\u{80}-\u{17f}]{0,12}") {
            if let Ok(email) = Email::parse(&raw) {
                let again = Email::parse(email.as_str());
                proptest::prop_assert_eq!(again, Ok(email.clone()));
                proptest::prop_assert!(!email.as_str().contains(|c: char| c.is_control() || c.is_whitespace()));
                proptest::prop_assert_eq!(format!("{}@{}", email.local_part(), email.domain()), email.as_str());
            }
        }
    }
}
