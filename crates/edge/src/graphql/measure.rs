//! Counts what a document asks for, before it is validated or planned. In: its text, then its syntax tree.
//! Linear in the document: a fragment is counted once and its counts are added wherever it is used.
//! Decides nothing: the bounds are `plan::limits`'.

use apollo_compiler::Name;
use apollo_compiler::ast::{Definition, DirectiveList, Document, FragmentDefinition, Selection};
use backstay_plan::limits::DocumentMeasure;
use std::collections::HashMap;

/// Lexical tokens of a text; counting stops one past `most`.
pub(super) fn tokens(text: &str, most: usize) -> usize {
    let bytes = text.as_bytes();
    let (mut at, mut count) = (0, 0);
    while let Some(byte) = bytes.get(at).copied() {
        if count > most {
            return count;
        }
        let rest = bytes.get(at..).unwrap_or_default();
        let (length, counted) = match byte {
            b' ' | b'\t' | b'\n' | b'\r' | b',' => (1, 0),
            b'#' => (rest.iter().position(|byte| matches!(byte, b'\n' | b'\r')).unwrap_or(rest.len()), 0),
            b'"' => (string_bytes(rest), 1),
            b'.' => (rest.iter().take(3).take_while(|byte| **byte == b'.').count(), 1),
            _ if is_word(byte) => (rest.iter().take_while(|byte| is_word(**byte)).count(), 1),
            _ => (1, 1),
        };
        at += length;
        count += counted;
    }
    count
}

fn is_word(byte: u8) -> bool {
    byte == b'_' || byte.is_ascii_alphanumeric() || !byte.is_ascii()
}

/// Length of the string that a text starts with.
fn string_bytes(text: &[u8]) -> usize {
    if text.starts_with(b"\"\"\"") {
        let mut at = 3;
        while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
            if rest.starts_with(b"\\\"\"\"") {
                at += 4;
            } else if rest.starts_with(b"\"\"\"") {
                return at + 3;
            } else {
                at += 1;
            }
        }
        return text.len();
    }
    let mut at = 1;
    while let Some(byte) = text.get(at).copied() {
        match byte {
            b'\\' => at += 2,
            b'"' => return at + 1,
            b'\n' | b'\r' => return at,
            _ => at += 1,
        }
    }
    text.len()
}

/// Fragments that use each other in a circle, by the name of one of them.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Cycle(pub(super) Name);

/// What a document asks for.
///
/// # Errors
/// [`Cycle`], for which there is no count.
pub(super) fn measure(document: &Document) -> Result<DocumentMeasure, Cycle> {
    let mut fragments = HashMap::new();
    for definition in &document.definitions {
        if let Definition::FragmentDefinition(fragment) = definition {
            fragments.insert(&fragment.name, &**fragment);
        }
    }
    let mut counter = Counter { fragments, counted: HashMap::new(), directives: 0, aliases: 0 };
    let mut all = DocumentMeasure::default();
    for definition in &document.definitions {
        // Definitions of types are refused as such.
        if let Definition::OperationDefinition(operation) = definition {
            counter.directives(&operation.directives);
            for variable in &operation.variables {
                counter.directives(&variable.directives);
            }
            let counts = counter.selections(&operation.selection_set)?;
            all.depth = all.depth.max(counts.depth);
            all.introspection_depth = all.introspection_depth.max(counts.introspection_depth);
            all.root_fields = all.root_fields.max(counts.top);
            all.fields = all.fields.max(counts.fields);
        } else if let Definition::FragmentDefinition(fragment) = definition {
            // Also one that nothing uses: it is validated all the same.
            counter.fragment(&fragment.name)?;
        }
    }
    all.aliases = counter.aliases;
    all.directives = counter.directives;
    Ok(all)
}

/// What a set of selections asks for.
#[derive(Debug, Clone, Copy, Default)]
struct Counts {
    /// Levels of fields.
    depth: u64,
    /// Levels below a field that asks about the schema.
    introspection_depth: u64,
    /// Fields of its own level.
    top: u64,
    /// Fields of all levels.
    fields: u64,
}

struct Counter<'d> {
    fragments: HashMap<&'d Name, &'d FragmentDefinition>,
    /// `None` while a fragment is being counted.
    counted: HashMap<&'d Name, Option<Counts>>,
    directives: u64,
    aliases: u64,
}

impl<'d> Counter<'d> {
    fn directives(&mut self, directives: &DirectiveList) {
        self.directives = self.directives.saturating_add(directives.0.len() as u64);
    }

    fn selections(&mut self, selections: &'d [Selection]) -> Result<Counts, Cycle> {
        let mut all = Counts::default();
        for selection in selections {
            let counts = match selection {
                Selection::Field(field) => {
                    self.directives(&field.directives);
                    self.aliases += u64::from(field.alias.is_some());
                    let below = self.selections(&field.selection_set)?;
                    if matches!(field.name.as_str(), "__schema" | "__type") {
                        // Asking about the schema is bounded by its own depth, and costs nothing in the database.
                        Counts { depth: 1, introspection_depth: below.depth + 1, top: 1, fields: 1 }
                    } else {
                        Counts {
                            depth: below.depth + 1,
                            introspection_depth: below.introspection_depth,
                            top: 1,
                            fields: below.fields.saturating_add(1),
                        }
                    }
                }
                Selection::InlineFragment(inline) => {
                    self.directives(&inline.directives);
                    self.selections(&inline.selection_set)?
                }
                Selection::FragmentSpread(spread) => {
                    self.directives(&spread.directives);
                    self.fragment(&spread.fragment_name)?
                }
            };
            all.depth = all.depth.max(counts.depth);
            all.introspection_depth = all.introspection_depth.max(counts.introspection_depth);
            all.top = all.top.saturating_add(counts.top);
            all.fields = all.fields.saturating_add(counts.fields);
        }
        Ok(all)
    }

    fn fragment(&mut self, name: &Name) -> Result<Counts, Cycle> {
        // Validation says that it does not exist.
        let Some((name, fragment)) = self.fragments.get_key_value(name).map(|(name, of)| (*name, *of)) else {
            return Ok(Counts::default());
        };
        match self.counted.get(name) {
            Some(Some(counts)) => Ok(*counts),
            Some(None) => Err(Cycle(name.clone())),
            None => {
                self.counted.insert(name, None);
                self.directives(&fragment.directives);
                let counts = self.selections(&fragment.selection_set)?;
                self.counted.insert(name, Some(counts));
                Ok(counts)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lexical_tokens() {
        for (text, expected) in [
            ("", 0),
            ("{a}", 3),
            ("{ a, b # c d e\n }", 4),
            ("query Q($a: Int = 1) { a(b: $a) }", 19),
            ("{ a(b: \"x \\\" y\") }", 8),
            ("{ a(b: \"\"\"x \" \\\"\"\" y\n\"\"\") }", 8),
            ("...F ... on T", 5),
            ("{ a(b: \"open", 6),
            ("{ a(b: \"\"\"open", 6),
            ("1.5e3", 3),
        ] {
            assert_eq!(tokens(text, 1_000), expected, "{text}");
        }
        assert_eq!(tokens(&"a ".repeat(100), 10), 11);
    }

    #[track_caller]
    fn check(text: &str, expected: Result<[u64; 6], &str>) {
        let document = Document::parse(text, "").unwrap();
        let found = measure(&document)
            .map(|m| [m.depth, m.introspection_depth, m.aliases, m.root_fields, m.directives, m.fields]);
        assert_eq!(found, expected.map_err(|name| Cycle(Name::new(name).unwrap())));
    }

    #[test]
    fn counts() {
        check("{ a }", Ok([1, 0, 0, 1, 0, 1]));
        check("{ a { b { c } d } e }", Ok([3, 0, 0, 2, 0, 5]));
        check("{ x: a @skip(if: true) { y: b } ... @include(if: true) { z: c } }", Ok([2, 0, 3, 2, 2, 3]));
        check("{ ...F ...F } fragment F on Q { a { b } }", Ok([2, 0, 0, 2, 0, 4]));
        check("{ __schema { types { fields { name } } } a }", Ok([1, 4, 0, 2, 0, 2]));
        check("query A { a b c } query B { d { e } }", Ok([2, 0, 0, 3, 0, 3]));
        check("{ ...A } fragment A on Q { a { ...B } } fragment B on Q { b { ...A } }", Err("A"));
        check("{ a } fragment A on Q { ...A }", Err("A"));
        check("{ ...Missing a }", Ok([1, 0, 0, 1, 0, 1]));
    }

    #[test]
    fn fan_out_is_linear() {
        let mut text = "{ ...F0 }".to_owned();
        for at in 0..200 {
            text.push_str(&format!(" fragment F{at} on Q {{ ...F{0} ...F{0} a }}", at + 1));
        }
        text.push_str(" fragment F200 on Q { a }");
        let document = Document::parse(&text, "").unwrap();
        assert_eq!(measure(&document).map(|measure| measure.fields), Ok(u64::MAX));
    }
}
