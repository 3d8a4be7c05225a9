//! `LIKE` as PostgreSQL has it: `%` any run, `_` one character, `\` takes the next character as it is. Linear in practice,
//! at most value × pattern.

/// Case-sensitive match of the whole value.
pub(crate) fn like(value: &str, pattern: &str) -> bool {
    // Most patterns are words with `%` at one end or both.
    if !pattern.contains(['_', '\\']) {
        let inner = pattern.trim_matches('%');
        if !inner.contains('%') {
            return match (pattern.starts_with('%'), pattern.ends_with('%')) {
                (false, false) => value == pattern,
                (false, true) => value.starts_with(inner),
                (true, false) => value.ends_with(inner),
                (true, true) => value.contains(inner),
            };
        }
    }
    matches(value, &parse(pattern))
}

/// Match of the whole value without regard to case, by Unicode lower case.
pub(crate) fn ilike(value: &str, pattern: &str) -> bool {
    like(&value.to_lowercase(), &pattern.to_lowercase())
}

#[derive(Debug, Clone, Copy)]
enum Token {
    Run,
    Any,
    Exactly(char),
}

fn parse(pattern: &str) -> Vec<Token> {
    let mut tokens = Vec::with_capacity(pattern.len());
    let mut rest = pattern.chars();
    while let Some(letter) = rest.next() {
        tokens.push(match letter {
            '%' => Token::Run,
            '_' => Token::Any,
            '\\' => Token::Exactly(rest.next().unwrap_or('\\')),
            other => Token::Exactly(other),
        });
    }
    tokens
}

/// Matches with one point to go back to: the last `%` seen.
fn matches(value: &str, tokens: &[Token]) -> bool {
    let (mut text, mut at) = (value.chars(), 0);
    let mut retry: Option<(std::str::Chars<'_>, usize)> = None;
    loop {
        let stepped = match tokens.get(at) {
            Some(Token::Run) => {
                retry = Some((text.clone(), at + 1));
                at += 1;
                continue;
            }
            Some(Token::Any) => text.next().is_some(),
            Some(Token::Exactly(wanted)) => text.next() == Some(*wanted),
            None if text.as_str().is_empty() => return true,
            None => false,
        };
        if stepped {
            at += 1;
            continue;
        }
        let Some((from, after)) = retry.as_mut() else { return false };
        if from.next().is_none() {
            return false;
        }
        (text, at) = (from.clone(), *after);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows() {
        for (value, pattern, expected) in [
            ("", "", true),
            ("", "%", true),
            ("", "_", false),
            ("abc", "abc", true),
            ("abc", "ABC", false),
            ("abc", "a%", true),
            ("abc", "%c", true),
            ("abc", "%b%", true),
            ("abc", "a_c", true),
            ("abc", "a__c", false),
            ("é\u{1f600}", "__", true),
            ("a%c", "a\\%c", true),
            ("abc", "a\\%c", false),
            ("a_c", "a\\_c", true),
            ("a\\c", "a\\\\c", true),
            ("a\\", "a\\", true),
            ("aXbXc", "a%X%c", true),
            ("mississippi", "m%iss%ip%i", true),
            ("mississippi", "m%iss%iz%i", false),
            ("aaaa", "%%%a", true),
            ("a\nb", "a_b", true),
        ] {
            assert_eq!(like(value, pattern), expected, "{value} like {pattern}");
        }
        for (value, pattern, expected) in [
            ("ABC", "a%", true),
            ("Ärger", "är%", true),
            ("ΣΊΣΥΦΟΣ", "σίσυφος", true),
            ("abc", "_B_", true),
            ("abc", "x%", false),
        ] {
            assert_eq!(ilike(value, pattern), expected, "{value} ilike {pattern}");
        }
    }

    proptest::proptest! {
        #[test]
        fn agrees_with_a_regular_expression(value in "[ab]{0,8}", pattern in "[ab%_]{0,8}") {
            let regex: String = pattern.chars().map(|letter| match letter { '%' => ".*".to_owned(), '_' => ".".to_owned(), other => other.to_string() }).collect();
            let expected = regex::Regex::new(&format!("^(?:{regex})$")).unwrap().is_match(&value);
            proptest::prop_assert_eq!(like(&value, &pattern), expected);
            proptest::prop_assert_eq!(matches(&value, &parse(&pattern)), expected);
        }
    }
}
