//! The globs of GoTrue's redirect list. In: a pattern. Out: whether a URL fits. Linear in pattern times URL: no backtracking.
//! `*` and `?` stop at `.` and `/`, `**` stops nowhere, `[a-z]` and `[!a-z]` are one character, `{a,b}` is a choice.

/// Longest pattern, characters.
const PATTERN_CHARS_MAX: usize = 512;

/// Most patterns that the choices of one may stand for.
const CHOICES_MAX: usize = 64;

/// A parsed pattern: its choices, each a list of steps.
#[derive(Debug, Clone)]
pub(super) struct Glob(Vec<Vec<Step>>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Char(char),
    /// `?`
    One,
    /// `*`
    Some,
    /// `**`
    Any,
    Class {
        ranges: Vec<(char, char)>,
        is_negated: bool,
    },
}

impl Glob {
    pub(super) fn parse(text: &str) -> Result<Self, &'static str> {
        if text.chars().count() > PATTERN_CHARS_MAX || text.contains(|c: char| c.is_control() || c.is_whitespace()) {
            return Err("it is too long, or has a blank in it");
        }
        let chars: Vec<char> = text.chars().collect();
        let patterns = expand(&chars)?;
        patterns.iter().map(|pattern| steps(pattern)).collect::<Result<_, _>>().map(Self)
    }

    pub(super) fn matches(&self, text: &str) -> bool {
        self.0.iter().any(|steps| fits(steps, text))
    }
}

/// Writes the choices out.
fn expand(pattern: &[char]) -> Result<Vec<Vec<char>>, &'static str> {
    const UNBALANCED: &str = "its braces do not match";
    let Some(open) = position(pattern, '{') else {
        return if position(pattern, '}').is_some() { Err(UNBALANCED) } else { Ok(vec![pattern.to_vec()]) };
    };
    let (head, rest) = (pattern.get(..open).unwrap_or_default(), pattern.get(open + 1..).unwrap_or_default());
    let close = position(rest, '}').ok_or(UNBALANCED)?;
    let (body, tail) = (rest.get(..close).unwrap_or_default(), rest.get(close + 1..).unwrap_or_default());
    if body.contains(&'{') {
        return Err("braces within braces are not allowed");
    }
    let mut expanded = Vec::new();
    for tail in expand(tail)? {
        for choice in body.split(|&c| c == ',') {
            expanded.push([head, choice, &tail].concat());
        }
        if expanded.len() > CHOICES_MAX {
            return Err("its braces stand for too many choices");
        }
    }
    Ok(expanded)
}

/// Where `wanted` stands without a backslash before it.
fn position(pattern: &[char], wanted: char) -> Option<usize> {
    let mut is_escaped = false;
    pattern.iter().position(|&c| {
        let found = c == wanted && !is_escaped;
        is_escaped = c == '\\' && !is_escaped;
        found
    })
}

fn steps(pattern: &[char]) -> Result<Vec<Step>, &'static str> {
    let mut steps = Vec::new();
    let mut chars = pattern.iter().copied().peekable();
    while let Some(c) = chars.next() {
        steps.push(match c {
            '*' if chars.next_if_eq(&'*').is_some() => Step::Any,
            '*' => Step::Some,
            '?' => Step::One,
            '\\' => Step::Char(chars.next().ok_or("it ends in a backslash")?),
            '[' => class(&mut chars)?,
            c => Step::Char(c),
        });
    }
    Ok(steps)
}

fn class(chars: &mut std::iter::Peekable<impl Iterator<Item = char>>) -> Result<Step, &'static str> {
    let is_negated = chars.next_if_eq(&'!').is_some();
    let mut ranges = Vec::new();
    loop {
        let first = match chars.next().ok_or("its brackets do not match")? {
            ']' if !ranges.is_empty() => return Ok(Step::Class { ranges, is_negated }),
            c => c,
        };
        let last = match chars.next_if_eq(&'-') {
            Some(_) => chars.next().filter(|&last| last != ']' && last >= first).ok_or("a range is not in order")?,
            None => first,
        };
        ranges.push((first, last));
    }
}

/// Walks the text once, keeping the set of steps that may come next.
fn fits(steps: &[Step], text: &str) -> bool {
    let mut reached = vec![false; steps.len() + 1];
    if let Some(first) = reached.first_mut() {
        *first = true;
    }
    skip_stars(steps, &mut reached);
    for c in text.chars() {
        let mut next = vec![false; steps.len() + 1];
        for (place, step) in steps.iter().enumerate() {
            if !reached.get(place).copied().unwrap_or(false) {
                continue;
            }
            let is_separator = matches!(c, '.' | '/');
            let (stays, moves) = match step {
                Step::Any => (true, false),
                Step::Some => (!is_separator, false),
                Step::One => (false, !is_separator),
                Step::Char(wanted) => (false, *wanted == c),
                Step::Class { ranges, is_negated } => {
                    let is_in = ranges.iter().any(|&(first, last)| (first..=last).contains(&c));
                    (false, is_in != *is_negated)
                }
            };
            for (target, is_reached) in [(place, stays), (place + 1, moves)] {
                if let Some(slot) = next.get_mut(target).filter(|_| is_reached) {
                    *slot = true;
                }
            }
        }
        skip_stars(steps, &mut next);
        reached = next;
    }
    reached.last().copied().unwrap_or(false)
}

/// Stars may stand for nothing.
fn skip_stars(steps: &[Step], reached: &mut [bool]) {
    for (place, step) in steps.iter().enumerate() {
        let is_star = matches!(step, Step::Any | Step::Some);
        if is_star
            && reached.get(place).copied().unwrap_or(false)
            && let Some(next) = reached.get_mut(place + 1)
        {
            *next = true;
        }
    }
}
