//! Values on their way to the server, whose types the statement says, and cells on their way back.

use crate::store::Slotted;
use crate::store::sqlite::json::float_text;
use crate::store::verdict::Touched;
use backstay_plan::Refusal;
use backstay_plan::fault::ValueProblem;
use backstay_plan::value::Value;
use mysql_async::{Row, Value as Sent};

/// The parameters of a statement.
///
/// # Errors
/// A number that MySQL does not have.
pub(super) fn arguments(params: &[Slotted], row: &[Value], touched: &Touched) -> Result<Vec<Sent>, Refusal> {
    let argument = |slotted: &Slotted| match slotted {
        Slotted::Value(value) => sent(value),
        Slotted::Cell(cell) => row.get(usize::from(*cell)).map_or(Ok(Sent::NULL), sent),
        Slotted::Keys => Ok(Sent::Bytes(touched.keys_json().to_vec())),
    };
    params.iter().map(argument).collect()
}

/// A value as the driver sends it.
///
/// # Errors
/// A number that MySQL does not have.
pub(super) fn sent(value: &Value) -> Result<Sent, Refusal> {
    Ok(match value {
        Value::Null => Sent::NULL,
        Value::Bool(truth) => Sent::Int(i64::from(*truth)),
        Value::Int(number) => Sent::Int(*number),
        Value::Float(number) if number.is_finite() => Sent::Double(*number),
        Value::Float(number) => {
            let (ty, value) = ("double precision".to_owned(), number.to_string());
            return Err(Refusal::BadValue { ty, value, problem: ValueProblem::OutOfRange });
        }
        Value::Text(text) => Sent::Bytes(text.as_bytes().to_vec()),
        Value::Blob(bytes) => Sent::Bytes(bytes.clone()),
    })
}

/// One cell of an answer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Cell<'a> {
    /// NULL, or no such column.
    Null,
    /// An integer.
    Int(i64),
    /// A double.
    Real(f64),
    /// Text or JSON text.
    Text(&'a [u8]),
}

impl<'a> Cell<'a> {
    /// The cell at a place.
    pub(super) fn of(row: &'a Row, position: usize) -> Self {
        match row.as_ref(position) {
            Some(Sent::Bytes(bytes)) => Self::Text(bytes),
            Some(Sent::Int(number)) => Self::Int(*number),
            Some(Sent::UInt(number)) => Self::Int(i64::try_from(*number).unwrap_or(i64::MAX)),
            Some(Sent::Float(number)) => Self::Real(f64::from(*number)),
            Some(Sent::Double(number)) => Self::Real(*number),
            Some(Sent::NULL | Sent::Date(..) | Sent::Time(..)) | None => Self::Null,
        }
    }

    /// A count; what is none counts nothing.
    pub(super) fn number(self) -> u64 {
        match self {
            Self::Int(number) => u64::try_from(number).unwrap_or(0),
            Self::Text(text) => std::str::from_utf8(text).ok().and_then(|text| text.parse().ok()).unwrap_or(0),
            Self::Null | Self::Real(_) => 0,
        }
    }

    /// Whether it is the number 1.
    pub(super) fn is_true(self) -> bool {
        self.number() == 1
    }

    /// The text of it; empty for what is none.
    pub(super) fn text(self) -> String {
        match self {
            Self::Text(text) => String::from_utf8_lossy(text).into_owned(),
            Self::Int(number) => number.to_string(),
            Self::Real(number) => float_text(number),
            Self::Null => String::new(),
        }
    }

    /// Appends it as JSON; text is JSON already.
    pub(super) fn write(self, out: &mut Vec<u8>) {
        match self {
            Self::Text(json) => out.extend_from_slice(json),
            Self::Null => out.extend_from_slice(b"null"),
            Self::Int(number) => out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes()),
            Self::Real(number) => out.extend_from_slice(float_text(number).as_bytes()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_go_with_no_more_type_than_they_have() {
        for (value, expected) in [
            (Value::Null, Sent::NULL),
            (Value::Bool(true), Sent::Int(1)),
            (Value::Int(-7), Sent::Int(-7)),
            (Value::Float(1.5), Sent::Double(1.5)),
            (Value::Text("a\0'".into()), Sent::Bytes(b"a\0'".to_vec())),
            (Value::Blob(vec![0, 255]), Sent::Bytes(vec![0, 255])),
        ] {
            assert_eq!(sent(&value).unwrap(), expected);
        }
        for number in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert!(matches!(sent(&Value::Float(number)), Err(Refusal::BadValue { .. })));
        }
    }

    #[test]
    fn a_place_without_a_cell_is_null() {
        let touched = Touched::default();
        let params = [Slotted::Cell(1), Slotted::Keys, Slotted::Value(Value::Int(1))];
        let found = arguments(&params, &[Value::Int(5)], &touched).unwrap();
        assert_eq!(found, [Sent::NULL, Sent::Bytes(b"[]".to_vec()), Sent::Int(1)]);
    }
}
