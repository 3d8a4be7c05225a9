//! The only three ways to write SQL: `syntax` (known when this program was built), `ident` (quoted) and `param` (a placeholder).
//! Beside them stands `authored`, for the SQL that the schema's author wrote.

use super::statement::Grammar;
use crate::ast::{Authored, AuthoredPart};
use crate::datatype::DataType;
use crate::statement::{Limit, Sql};
use backstay_plan::value::Param;

/// SQL text in the making.
pub(super) struct Text {
    text: String,
    params: Vec<(Param, Option<DataType>)>,
    limits: Vec<Limit>,
    values: Values,
    /// Whether the query being written groups its rows.
    grouped: bool,
    grammar: &'static Grammar,
}

/// How values are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Values {
    /// As placeholders.
    Bound,
    /// As literals: in definitions, which take constants of the schema and no placeholders.
    Written,
}

impl Text {
    pub(super) fn new(values: Values, grammar: &'static Grammar) -> Self {
        Text { text: String::new(), params: Vec::new(), limits: Vec::new(), values, grouped: false, grammar }
    }

    pub(super) fn finish(self) -> Sql {
        let params = self.params.into_iter().map(|(param, _)| param).collect();
        Sql { text: self.text, params, limits: self.limits }
    }

    /// What is the dialect's own.
    pub(super) fn grammar(&self) -> &'static Grammar {
        self.grammar
    }

    /// Whether it is a definition, which has no placeholders.
    pub(super) fn is_definition(&self) -> bool {
        self.values == Values::Written
    }

    /// Writes a query, which groups its rows or does not.
    pub(super) fn with_groups(&mut self, grouped: bool, inner: impl FnOnce(&mut Self)) {
        let outer = std::mem::replace(&mut self.grouped, grouped);
        inner(self);
        self.grouped = outer;
    }

    /// Whether the innermost query groups its rows.
    pub(super) fn is_grouped(&self) -> bool {
        self.grouped
    }

    /// Writes something with its constants, which are the schema's, as literals.
    pub(super) fn in_literals(&mut self, inner: impl FnOnce(&mut Self)) {
        let values = std::mem::replace(&mut self.values, Values::Written);
        inner(self);
        self.values = values;
    }

    /// Text that was known when this program was built.
    pub(super) fn syntax(&mut self, syntax: &'static str) {
        self.text.push_str(syntax);
    }

    /// A name, quoted.
    pub(super) fn ident(&mut self, name: &str) {
        let Grammar { quote, name_max, .. } = self.grammar;
        match name.char_indices().nth(*name_max) {
            // Longer names are cut, as the other databases do or need not.
            Some((end, _)) => self.quoted(&name[..end], *quote),
            None => self.quoted(name, *quote),
        }
    }

    /// A whole number that is part of the statement's shape.
    pub(super) fn number(&mut self, number: i64) {
        self.text.push_str(&number.to_string());
    }

    /// A value.
    pub(super) fn param(&mut self, param: &Param) {
        (self.grammar.param)(self, param, None);
    }

    /// A value that is the limit of a query.
    pub(super) fn limit(&mut self, param: &Param) {
        let begin = self.text.len();
        self.param(param);
        if let Some(position) = self.params.iter().rposition(|(known, _)| known == param) {
            self.limits.push(Limit { at: begin..self.text.len(), param: position });
        }
    }

    /// A value that is written as a literal, if it is one; tells whether it was.
    pub(super) fn written(&mut self, param: &Param) -> bool {
        match (self.values, param) {
            (Values::Written, Param::Constant(value)) => {
                (self.grammar.literal)(self, value);
                true
            }
            (Values::Written | Values::Bound, _) => false,
        }
    }

    /// The number of a parameter's placeholder. Equal parameters of one type share it.
    pub(super) fn placeholder(&mut self, sign: char, param: &Param, ty: Option<DataType>) {
        let known = self.params.iter().position(|(known, of)| known == param && *of == ty);
        let at = known.unwrap_or_else(|| {
            self.params.push((param.clone(), ty));
            self.params.len() - 1
        });
        self.text.push(sign);
        self.text.push_str(&(at + 1).to_string());
    }

    /// A parameter's placeholder where each stands for itself.
    pub(super) fn positional(&mut self, param: &Param) {
        self.params.push((param.clone(), None));
        self.text.push('?');
    }

    /// SQL of the schema's author. Ends in a new line, so that a comment at its end takes nothing with it.
    pub(super) fn authored(&mut self, authored: &Authored) {
        for part in &authored.0 {
            match part {
                AuthoredPart::Text(text) => self.text.push_str(text),
                AuthoredPart::Param(param) => self.param(param),
            }
        }
        self.text.push('\n');
    }

    /// A text literal.
    pub(super) fn quote(&mut self, text: &str) {
        self.quoted(text, '\'');
    }

    /// Digits of bytes.
    pub(super) fn hex(&mut self, bytes: &[u8]) {
        for byte in bytes {
            for nibble in [byte >> 4, byte & 15] {
                self.text.extend(char::from_digit(u32::from(nibble), 16));
            }
        }
    }

    /// A finite double, with a point.
    pub(super) fn float(&mut self, value: f64) {
        let text = value.to_string();
        self.text.push_str(&text);
        if !text.contains('.') {
            self.text.push_str(".0");
        }
    }

    /// A type as the schema's author wrote it, which `ddl` has looked at.
    pub(super) fn authored_type(&mut self, name: &str) {
        self.text.push_str(name);
    }

    fn quoted(&mut self, text: &str, quote: char) {
        self.text.push(quote);
        for c in text.chars().filter(|c| *c != '\0') {
            if c == quote {
                self.text.push(quote);
            }
            self.text.push(c);
        }
        self.text.push(quote);
    }
}

#[cfg(test)]
mod tests {
    use super::{Text, Values};
    use crate::render::sqlite::GRAMMAR;
    use backstay_plan::value::{Param, Value};

    #[track_caller]
    fn check(values: Values, value: Value, expected: &str) {
        let mut text = Text::new(values, &GRAMMAR);
        text.param(&Param::Constant(value));
        assert_eq!(text.finish().text, expected);
    }

    #[test]
    fn values() {
        check(Values::Bound, Value::Text("a'b".into()), "?1");
        check(Values::Written, Value::Text("a'b".into()), "'a''b'");
        check(Values::Written, Value::Text("a\0b".into()), "'ab'");
        check(Values::Written, Value::Int(-3), "-3");
        check(Values::Written, Value::Float(2.0), "2.0");
        check(Values::Written, Value::Float(1e300), &format!("{}.0", 1e300_f64));
        check(Values::Written, Value::Float(f64::NEG_INFINITY), "-9e999");
        check(Values::Written, Value::Float(f64::NAN), "NULL");
        check(Values::Written, Value::Bool(true), "1");
        check(Values::Written, Value::Null, "NULL");
        check(Values::Written, Value::Blob(vec![0, 255]), "x'00ff'");
    }

    #[test]
    fn names_are_quoted_and_equal_params_shared() {
        let mut text = Text::new(Values::Bound, &GRAMMAR);
        text.ident("a\"; drop table x --");
        text.syntax(" = ");
        text.param(&Param::Now);
        text.param(&Param::Keys);
        text.param(&Param::Now);
        let sql = text.finish();
        assert_eq!(sql.text, "\"a\"\"; drop table x --\" = ?1?2?1");
        assert_eq!(sql.params, vec![Param::Now, Param::Keys]);
    }
}
