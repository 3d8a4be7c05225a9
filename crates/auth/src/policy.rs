//! What a new password must be. In: the password, the policy, words that are known about its owner. Out: fine, or reasons.
//! Length counts first (ASVS 6.2.1, NIST 800-63B-4 3.1.1.2); character sets only for compatibility; lists are offline.

mod breached;

pub use breached::is_breached;

use crate::password::Password;
use std::collections::BTreeSet;
use std::fmt;

/// Longest password, bytes. All of it counts; none is cut.
pub const PASSWORD_BYTES_MAX: usize = 256;

/// Least length by default, characters; 15 is advised where no second factor is in use.
pub const LENGTH_MIN: usize = 8;

/// Least characters of a word that is looked for in a password.
const WORD_CHARS_MIN: usize = 4;

/// Least different characters of a password.
const DIFFERENT_CHARS_MIN: usize = 4;

/// What a policy asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Least length in characters (`auth.password.min_length`).
    pub length_min: usize,
    /// Sets of characters; a password needs one of each. Empty unless a project moves from a server that had them.
    pub character_sets: Vec<String>,
    /// The application's name: no password is made of it.
    pub app_name: String,
}

impl Default for Policy {
    fn default() -> Self {
        Self { length_min: LENGTH_MIN, character_sets: Vec::new(), app_name: String::new() }
    }
}

/// Why a password is weak, as the wire names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// Too short or too long.
    Length,
    /// A set of characters is missing.
    Characters,
    /// In the list of breached passwords, made of the owner's own words, or of a few characters.
    Pwned,
}

impl Reason {
    /// The wire's word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Length => "length",
            Self::Characters => "characters",
            Self::Pwned => "pwned",
        }
    }
}

/// A password that is refused. The message says what to do, and holds nothing of the password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct WeakPassword {
    /// Each once, in the order of [`Reason`].
    pub reasons: Vec<Reason>,
    /// For the person who chose it.
    pub message: String,
}

impl Policy {
    /// Checks a new password. `words` are the e-mail address and the name of its owner, in any case.
    ///
    /// # Errors
    /// [`WeakPassword`] with every reason that can be told at once.
    pub fn check(&self, password: &Password, words: &[&str]) -> Result<(), WeakPassword> {
        let text = password.as_str();
        let mut faults: Vec<(Reason, Fault<'_>)> = Vec::new();
        let is_short = text.chars().count() < self.length_min;
        let is_long = text.len() > PASSWORD_BYTES_MAX;
        if is_short {
            faults.push((Reason::Length, Fault::Short(self.length_min)));
        }
        if is_long {
            faults.push((Reason::Length, Fault::Long));
        }
        let lacks = |set: &String| !set.is_empty() && !text.contains(|c| set.contains(c));
        if !is_long && self.character_sets.iter().any(lacks) {
            faults.push((Reason::Characters, Fault::Sets(&self.character_sets)));
        }
        // A password of the wrong length has to change anyway: how easy it is to guess is judged of the next one.
        if !is_long && !is_short {
            faults.extend(self.guessable(text, words).map(|fault| (Reason::Pwned, fault)));
        }
        if faults.is_empty() {
            return Ok(());
        }
        let mut reasons: Vec<Reason> = faults.iter().map(|&(reason, _)| reason).collect();
        reasons.dedup();
        let message = faults.iter().map(|(_, fault)| fault.to_string()).collect::<Vec<_>>().join(" ");
        Err(WeakPassword { reasons, message })
    }

    fn guessable(&self, text: &str, words: &[&str]) -> Option<Fault<'_>> {
        if is_breached(text) {
            Some(Fault::Breached)
        } else if is_made_of(text, words.iter().copied().chain([self.app_name.as_str()])) {
            Some(Fault::OwnWords)
        } else {
            let different = text.chars().collect::<BTreeSet<_>>().len();
            (different < DIFFERENT_CHARS_MIN).then_some(Fault::FewCharacters)
        }
    }
}

enum Fault<'a> {
    Short(usize),
    Long,
    Sets(&'a [String]),
    Breached,
    OwnWords,
    FewCharacters,
}

impl fmt::Display for Fault<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Short(least) => write!(f, "Password should be at least {least} characters."),
            Self::Long => write!(f, "Password should be at most {PASSWORD_BYTES_MAX} bytes."),
            Self::Sets(sets) => {
                write!(f, "Password should contain at least one character of each: {}.", sets.join(", "))
            }
            Self::Breached => {
                f.write_str("Password is known to be easy to guess: it is in lists that attackers try first.")
            }
            Self::OwnWords => {
                f.write_str("Password should not be made of your name, your address or the name of this application.")
            }
            Self::FewCharacters => {
                write!(f, "Password should have at least {DIFFERENT_CHARS_MIN} different characters.")
            }
        }
    }
}

/// Whether little is left of a password without words that anyone would try for this owner.
fn is_made_of<'a>(text: &str, known: impl Iterator<Item = &'a str>) -> bool {
    let words: BTreeSet<String> = known.flat_map(pieces).collect();
    [text.to_lowercase(), unmasked(text)].into_iter().any(|folded| {
        let rest = words.iter().rev().fold(folded.clone(), |rest, word| rest.replace(word.as_str(), ""));
        let letters = rest.chars().filter(|c| c.is_alphabetic()).count();
        rest.len() < folded.len() && letters < 4 && rest.chars().count() < 8
    })
}

/// A word, what stands before its `@`, and the parts of that; all in lower case and of at least four characters.
fn pieces(word: &str) -> Vec<String> {
    let folded = word.to_lowercase();
    let local = folded.split_once('@').map_or(folded.as_str(), |(local, _)| local);
    let joined: String = local.chars().filter(|c| c.is_alphanumeric()).collect();
    let parts = local.split(|c: char| !c.is_alphanumeric()).map(str::to_owned);
    parts.chain([joined, local.to_owned()]).filter(|piece| piece.chars().count() >= WORD_CHARS_MIN).collect()
}

/// Letters in place of the digits and marks that people write for them.
fn unmasked(text: &str) -> String {
    let letter = |c| match c {
        '0' => 'o',
        '1' | '!' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        c => c,
    };
    text.to_lowercase().chars().map(letter).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use Reason::{Characters, Length, Pwned};

    #[track_caller]
    fn check(policy: &Policy, password: &str, words: &[&str], expected: &[Reason]) {
        let reasons = policy.check(&Password::new(password), words).err().map(|weak| weak.reasons).unwrap_or_default();
        assert_eq!(reasons, expected, "{password}");
    }

    #[test]
    fn lengths() {
        let policy = Policy::default();
        check(&policy, "", &[], &[Length]);
        check(&policy, "aaaa", &[], &[Length]);
        check(&policy, "gq7Zk2x", &[], &[Length]);
        check(&policy, "gq7Zk2xw", &[], &[]);
        check(&policy, "пароль-длинный", &[], &[]);
        check(&policy, "🦀🐙🦑🐠🐡🦐🐚🐋", &[], &[]);
        check(&policy, &"correct horse ".repeat(18), &[], &[]);
        check(&policy, &"correct horse ".repeat(19), &[], &[Length]);
        check(&Policy { length_min: 15, ..Policy::default() }, "gq7Zk2xw gq7Zk2", &[], &[]);
        check(&Policy { length_min: 15, ..Policy::default() }, "gq7Zk2xw gq7Zk", &[], &[Length]);
    }

    #[test]
    fn sets() {
        let sets = vec!["abcdefghijklmnopqrstuvwxyz".to_owned(), "0123456789".to_owned(), "!ü".to_owned()];
        let policy = Policy { character_sets: sets, ..Policy::default() };
        check(&policy, "kqzxwvj7!", &[], &[]);
        check(&policy, "kqzxwvj7ü", &[], &[]);
        check(&policy, "kqzxwvjp!", &[], &[Characters]);
        check(&policy, "KQZ7!", &[], &[Length, Characters]);
        let weak = policy.check(&Password::new("kqzx!"), &[]).unwrap_err();
        assert_eq!(
            weak.message,
            "Password should be at least 8 characters. Password should contain at least one character of each: \
             abcdefghijklmnopqrstuvwxyz, 0123456789, !ü."
        );
    }

    #[test]
    fn own_words() {
        let policy = Policy { app_name: "Backstay".to_owned(), ..Policy::default() };
        let owner = ["Ana.Kowalska+x@example.com", "Anastazja Kowalska-Nowak"];
        for weak in [
            "kowalska1",
            "Kowalska2026",
            "AnaKowalska!",
            "ana.kowalska",
            "anakowalska99",
            "backstay",
            "Backstay2026!",
            "B@ck5tay2026",
            "k0w4l5k4!!",
            "kowalskanowak",
            "anastazja7777",
        ] {
            check(&policy, weak, &owner, &[Pwned]);
        }
        for fine in ["kowalska likes tall ships", "backstay837261940582", "vermilion-anchor-9"] {
            check(&policy, fine, &owner, &[]);
        }
        check(&policy, "example.c0m-x", &["a@b.c", "Al"], &[]);
    }

    #[test]
    fn easy_ones() {
        let policy = Policy::default();
        for weak in [
            "password",
            "Password",
            "PASSWORD1",
            "qwertyuiop",
            "12345678",
            "iloveyou",
            "baseball",
            "trustno1",
            "football",
        ] {
            check(&policy, weak, &[], &[Pwned]);
        }
        check(&policy, &"ab".repeat(40), &[], &[Pwned]);
        check(&policy, &"abcd".repeat(10), &[], &[]);
        assert_eq!([Length, Characters, Pwned].map(Reason::as_str), ["length", "characters", "pwned"],);
    }
}
