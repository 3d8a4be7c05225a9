//! SQL text for the few statements that the store writes itself: words are constants, names are quoted, values are bound.

/// SQL text in the making.
#[derive(Debug, Default)]
pub(crate) struct Text(String);

impl Text {
    /// Appends words of SQL.
    pub(crate) fn syntax(mut self, words: &'static str) -> Self {
        self.0.push_str(words);
        self
    }

    /// Appends a name in quotes.
    pub(crate) fn ident(mut self, name: &str) -> Self {
        self.0.push('"');
        for part in name.split_inclusive('"') {
            self.0.push_str(part);
            if part.ends_with('"') {
                self.0.push('"');
            }
        }
        self.0.push('"');
        self
    }

    /// Appends the parameter of a position, from 1, where parameters have numbers.
    pub(crate) fn parameter(mut self, position: usize) -> Self {
        self.0.push('$');
        self.0.push_str(&position.to_string());
        self
    }

    /// Appends a number, where the database takes no parameter.
    pub(crate) fn number(mut self, number: i64) -> Self {
        self.0.push_str(&number.to_string());
        self
    }

    /// Appends `each` of the items with words between them.
    pub(crate) fn list<T>(
        self,
        items: impl IntoIterator<Item = T>,
        between: &'static str,
        each: impl Fn(Self, T) -> Self,
    ) -> Self {
        items
            .into_iter()
            .enumerate()
            .fold(self, |text, (position, item)| each(if position == 0 { text } else { text.syntax(between) }, item))
    }

    /// The text.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::Text;

    #[test]
    fn names_cannot_leave_their_quotes() {
        let text = Text::default().syntax("SELECT ").list(["a", "b\"c", "\"", ""], ", ", Text::ident);
        assert_eq!(text.as_str(), r#"SELECT "a", "b""c", """", """#);
    }
}
