//! Types of values, for dialects whose values carry types of their own: the one table of what a scalar is stored as, what a
//! rule computes with, and what a parameter is read as.

use backstay_plan::value::{Cast, Param, Value};
use backstay_schema::diff::Type;
use backstay_schema::expr::ValueType;
use backstay_schema::model::{FieldType, Scalar};

/// The type of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DataType {
    /// Type of the value, or of each item of a list.
    pub(crate) base: Base,
    /// Whether it is a list.
    pub(crate) list: bool,
}

/// Types of single values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Base {
    /// 32-bit integer.
    Integer,
    /// 64-bit integer.
    BigInt,
    /// Double.
    Float,
    /// Exact decimal.
    Decimal,
    /// True or false.
    Boolean,
    /// Text.
    Text,
    /// UUID.
    Uuid,
    /// Instant.
    Instant,
    /// Calendar date.
    Date,
    /// Time of day.
    Time,
    /// Bytes.
    Bytes,
    /// JSON.
    Json,
}

impl Base {
    /// Name in a cast of a select list, which is PostgreSQL's on every dialect.
    pub(crate) fn cast_name(self) -> &'static str {
        match self {
            Base::Integer => "integer",
            Base::BigInt => "bigint",
            Base::Float => "double precision",
            Base::Decimal => "numeric",
            Base::Boolean => "boolean",
            Base::Text => "text",
            Base::Uuid => "uuid",
            Base::Instant => "timestamp with time zone",
            Base::Date => "date",
            Base::Time => "time",
            Base::Bytes => "bytea",
            Base::Json => "json",
        }
    }
}

impl DataType {
    /// Text.
    pub(crate) const TEXT: DataType = DataType::one(Base::Text);
    /// JSON.
    pub(crate) const JSON: DataType = DataType::one(Base::Json);

    /// A single value.
    pub(crate) const fn one(base: Base) -> DataType {
        DataType { base, list: false }
    }

    /// Of a single value of a column.
    pub(crate) fn of_scalar(scalar: Scalar) -> DataType {
        DataType::one(match scalar {
            Scalar::Int => Base::Integer,
            Scalar::BigInt => Base::BigInt,
            Scalar::Float => Base::Float,
            Scalar::Decimal => Base::Decimal,
            Scalar::Boolean => Base::Boolean,
            Scalar::String | Scalar::Id | Scalar::Email | Scalar::Url | Scalar::Phone | Scalar::Enum(_) => Base::Text,
            Scalar::Uuid => Base::Uuid,
            Scalar::DateTime => Base::Instant,
            Scalar::Date => Base::Date,
            Scalar::Time => Base::Time,
            Scalar::Bytes => Base::Bytes,
            Scalar::Json | Scalar::Object(_) => Base::Json,
        })
    }

    /// Of a column.
    pub(crate) fn of_field(ty: &FieldType) -> DataType {
        DataType { list: ty.list, ..DataType::of_scalar(ty.scalar) }
    }

    /// Of a column in a stored catalogue.
    pub(crate) fn of_family(ty: Type) -> DataType {
        DataType::one(match ty {
            Type::Int => Base::Integer,
            Type::BigInt => Base::BigInt,
            Type::Float => Base::Float,
            Type::Decimal => Base::Decimal,
            Type::Boolean => Base::Boolean,
            Type::Text => Base::Text,
            Type::Uuid => Base::Uuid,
            Type::DateTime => Base::Instant,
            Type::Date => Base::Date,
            Type::Time => Base::Time,
            Type::Bytes => Base::Bytes,
            Type::Json => Base::Json,
        })
    }

    /// What a rule computes with. Rules know UUIDs as text and durations as microseconds.
    pub(crate) fn of_rule(ty: ValueType) -> DataType {
        DataType::one(match ty {
            ValueType::Bool => Base::Boolean,
            ValueType::Int | ValueType::Duration => Base::BigInt,
            ValueType::Float => Base::Float,
            ValueType::String => Base::Text,
            ValueType::Timestamp => Base::Instant,
            ValueType::Date => Base::Date,
            ValueType::Time => Base::Time,
            ValueType::Bytes => Base::Bytes,
            ValueType::Dynamic => Base::Json,
        })
    }

    /// A list of what a rule computes with. JSON of any shape stands in it as text.
    pub(crate) fn list_of_rule(ty: ValueType) -> DataType {
        DataType::list_of(DataType::of_rule(ty).base)
    }

    /// A list as it is bound, or made of JSON: JSON and lists stand in it as text.
    fn list_of(base: Base) -> DataType {
        let base = if base == Base::Json { Base::Text } else { base };
        DataType { base, list: true }
    }

    /// What a parameter is read as where its place does not say more. Cells of written rows always stand where it does.
    pub(crate) fn of_param(param: &Param) -> DataType {
        match param {
            Param::Input { slot: _, cast } => DataType::of_cast(cast),
            Param::Cell(_) | Param::ProtectedRole => DataType::TEXT,
            Param::Keys => DataType::JSON,
            Param::Session { session: _, ty, list: false } => DataType::of_rule(*ty),
            Param::Session { session: _, ty, list: true } => DataType::list_of_rule(*ty),
            Param::SessionError { .. } => DataType::one(Base::Boolean),
            Param::SessionExpr(expr) => DataType::of_rule(expr.value_type().unwrap_or(ValueType::Bool)),
            Param::Now => DataType::one(Base::Instant),
            Param::Constant(value) => DataType::of_value(value),
            Param::RowsMax => DataType::one(Base::BigInt),
        }
    }

    fn of_value(value: &Value) -> DataType {
        DataType::one(match value {
            Value::Null | Value::Text(_) => Base::Text,
            Value::Bool(_) => Base::Boolean,
            Value::Int(_) => Base::BigInt,
            Value::Float(_) => Base::Float,
            Value::Blob(_) => Base::Bytes,
        })
    }

    fn of_cast(cast: &Cast) -> DataType {
        match cast {
            Cast::Field(ty) | Cast::Argument { ty, default: _ } | Cast::Cursor { ty, .. } => DataType::of_field(ty),
            Cast::ListOf(ty) if ty.list => DataType::list_of(Base::Text),
            Cast::ListOf(ty) => DataType::list_of(DataType::of_scalar(ty.scalar).base),
            Cast::TextList | Cast::RegexList { .. } | Cast::PosixRegexList { .. } => DataType::list_of(Base::Text),
            Cast::Json => DataType::JSON,
            Cast::Limit { .. } | Cast::Offset => DataType::one(Base::BigInt),
            Cast::SearchNegated(_) => DataType::one(Base::Boolean),
            Cast::Text
            | Cast::Regex { .. }
            | Cast::PosixRegex { .. }
            | Cast::Search { .. }
            | Cast::SearchText(_)
            | Cast::SearchPattern(_) => DataType::TEXT,
        }
    }
}
