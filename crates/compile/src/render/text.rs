//! The only three ways to write SQL: `syntax` (known when this program was built), `ident` (quoted) and `param` (a placeholder).
//! Beside them stands `authored`, for the SQL that the schema's author wrote.

use crate::ast::{Authored, AuthoredPart};
use crate::statement::Sql;
use backstay_plan::value::{Param, Value};

/// SQL text in the making.
pub(super) struct Text {
    text: String,
    params: Vec<Param>,
    values: Values,
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
    pub(super) fn new(values: Values) -> Self {
        Text { text: String::new(), params: Vec::new(), values }
    }

    pub(super) fn finish(self) -> Sql {
        Sql { text: self.text, params: self.params }
    }

    /// Text that was known when this program was built.
    pub(super) fn syntax(&mut self, syntax: &'static str) {
        self.text.push_str(syntax);
    }

    /// A name, quoted.
    pub(super) fn ident(&mut self, name: &str) {
        self.quoted(name, '"');
    }

    /// A whole number that is part of the statement's shape.
    pub(super) fn number(&mut self, number: i64) {
        self.text.push_str(&number.to_string());
    }

    /// A value. Equal parameters share a placeholder.
    pub(super) fn param(&mut self, param: &Param) {
        if let (Values::Written, Param::Constant(value)) = (self.values, param) {
            return self.literal(value);
        }
        let known = self.params.iter().position(|known| known == param);
        let at = known.unwrap_or_else(|| {
            self.params.push(param.clone());
            self.params.len() - 1
        });
        self.text.push('?');
        self.text.push_str(&(at + 1).to_string());
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

    fn literal(&mut self, value: &Value) {
        match value {
            Value::Null => self.text.push_str("NULL"),
            Value::Bool(value) => self.text.push_str(if *value { "1" } else { "0" }),
            Value::Int(value) => self.text.push_str(&value.to_string()),
            Value::Float(value) => self.text.push_str(&float_literal(*value)),
            Value::Text(text) => self.quoted(text, '\''),
            Value::Blob(bytes) => {
                self.text.push_str("x'");
                for byte in bytes {
                    for nibble in [byte >> 4, byte & 15] {
                        self.text.extend(char::from_digit(u32::from(nibble), 16));
                    }
                }
                self.text.push('\'');
            }
        }
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

fn float_literal(value: f64) -> String {
    if value.is_nan() {
        return String::from("NULL");
    }
    if value.is_infinite() {
        return String::from(if value > 0.0 { "9e999" } else { "-9e999" });
    }
    let mut text = value.to_string();
    if !text.contains('.') {
        text.push_str(".0");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{Text, Values};
    use backstay_plan::value::{Param, Value};

    #[track_caller]
    fn check(values: Values, value: Value, expected: &str) {
        let mut text = Text::new(values);
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
        let mut text = Text::new(Values::Bound);
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
