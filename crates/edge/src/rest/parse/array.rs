//! PostgreSQL's text form of a one-dimensional array: `{a,"b,c",NULL}`.

/// The elements of an array literal; `None` when it is malformed. NULLs are left out: they equal nothing.
pub(super) fn elements(text: &str) -> Option<Vec<String>> {
    let inside = text.trim().strip_prefix('{')?.strip_suffix('}')?;
    let mut elements = Vec::new();
    if inside.trim().is_empty() {
        return Some(elements);
    }
    let mut letters = inside.chars().peekable();
    loop {
        while letters.next_if(|c| c.is_ascii_whitespace()).is_some() {}
        if letters.next_if_eq(&'"').is_some() {
            elements.push(quoted(&mut letters)?);
        } else if let Some(element) = plain(&mut letters)? {
            elements.push(element);
        }
        while letters.next_if(|c| c.is_ascii_whitespace()).is_some() {}
        match letters.next() {
            None => return Some(elements),
            Some(',') => {}
            Some(_) => return None,
        }
    }
}

type Letters<'a> = std::iter::Peekable<std::str::Chars<'a>>;

fn quoted(letters: &mut Letters<'_>) -> Option<String> {
    let mut element = String::new();
    loop {
        match letters.next()? {
            '"' => return Some(element),
            '\\' => element.push(letters.next()?),
            letter => element.push(letter),
        }
    }
}

/// An element without quotes; the inner `None` is NULL.
fn plain(letters: &mut Letters<'_>) -> Option<Option<String>> {
    let mut element = String::new();
    while let Some(letter) = letters.next_if(|c| *c != ',') {
        match letter {
            '\\' => element.push(letters.next()?),
            '{' | '}' | '"' => return None,
            letter => element.push(letter),
        }
    }
    let trimmed = element.trim_end().len();
    element.truncate(trimmed);
    if element.is_empty() {
        return None;
    }
    Some(Some(element).filter(|element| !element.eq_ignore_ascii_case("null")))
}
