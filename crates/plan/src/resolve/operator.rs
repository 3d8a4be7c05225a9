//! Operators against types: which test a request's operator is on a value, and how its input is cast.

use super::{Reference, Scope, input};
use crate::authorized::Test;
use crate::fault::{Refusal, postgres_name};
use crate::request::{Aggregate, CompareOp, IsValue, Operator, Quantity, SearchSyntax, SetOp, Slot};
use crate::value::Cast;
use backstay_schema::model::{FieldType, Model, Scalar};

impl Scope<'_> {
    /// The test that an operator is on a value.
    pub(super) fn test(&self, model: &Model, reference: &Reference, operator: &Operator) -> Result<Test, Refusal> {
        let ty = &reference.ty;
        match operator {
            Operator::Compare(op, quantity, slot) => {
                let cast = self.compare_cast(*op, *quantity, ty)?;
                Ok(Test::Compare(*op, *quantity, input(*slot, cast)))
            }
            Operator::In(slot) => Ok(Test::In(input(*slot, Cast::ListOf(ty.clone())))),
            Operator::Is(value) => match value {
                IsValue::Null | IsValue::NotNull => Ok(Test::Is(*value)),
                IsValue::True | IsValue::False | IsValue::Unknown if ty.scalar == Scalar::Boolean && !ty.list => {
                    Ok(Test::Is(*value))
                }
                IsValue::True => Err(self.no_operator(ty, "IS TRUE")),
                IsValue::False => Err(self.no_operator(ty, "IS FALSE")),
                IsValue::Unknown => Err(self.no_operator(ty, "IS UNKNOWN")),
            },
            Operator::IsDistinct(slot) => Ok(Test::IsDistinct(input(*slot, value_cast(ty)))),
            Operator::Set(SetOp::HasAll | SetOp::HasAny, _) if !is_json(ty) => Err(self.no_operator(ty, "?")),
            Operator::Set(op @ (SetOp::HasAll | SetOp::HasAny), slot) => {
                Ok(Test::Set(*op, input(*slot, Cast::TextList)))
            }
            Operator::Set(op, slot) => {
                let json = is_json(ty);
                let fits = match op {
                    SetOp::Contains | SetOp::ContainedBy => ty.list || json,
                    SetOp::Overlaps => ty.list,
                    SetOp::StrictlyLeft
                    | SetOp::StrictlyRight
                    | SetOp::NotExtendRight
                    | SetOp::NotExtendLeft
                    | SetOp::Adjacent
                    | SetOp::HasAll
                    | SetOp::HasAny => false,
                };
                if !fits {
                    return Err(self.no_operator(ty, set_symbol(*op)));
                }
                Ok(Test::Set(*op, input(*slot, value_cast(ty))))
            }
            Operator::Search { syntax, language, query } => {
                self.search(model, reference, (*syntax, *query), language.as_deref())
            }
        }
    }

    fn compare_cast(&self, op: CompareOp, quantity: Quantity, ty: &FieldType) -> Result<Cast, Refusal> {
        let one = quantity == Quantity::One;
        match op {
            CompareOp::Eq | CompareOp::Neq | CompareOp::Gt | CompareOp::Gte | CompareOp::Lt | CompareOp::Lte => {
                Ok(if one { value_cast(ty) } else { Cast::ListOf(ty.clone()) })
            }
            CompareOp::Like | CompareOp::Ilike | CompareOp::Match | CompareOp::Imatch if !is_text(ty) => {
                Err(self.no_operator(ty, compare_symbol(op)))
            }
            CompareOp::Like | CompareOp::Ilike => Ok(if one { Cast::Text } else { Cast::TextList }),
            CompareOp::Match | CompareOp::Imatch => {
                let ignore_case = op == CompareOp::Imatch;
                Ok(if one { Cast::Regex { ignore_case } } else { Cast::RegexList { ignore_case } })
            }
        }
    }

    /// Full-text search needs an index of the column, in the language asked for.
    fn search(
        &self,
        model: &Model,
        reference: &Reference,
        (syntax, query): (SearchSyntax, Slot),
        language: Option<&str>,
    ) -> Result<Test, Refusal> {
        let column = || model.fields[usize::from(reference.field.0)].name.as_str();
        let index = model.search.as_ref().filter(|index| {
            reference.path.is_empty() && index.fields.iter().any(|(field, _)| *field == reference.field)
        });
        let Some(index) = index else {
            let reason = format!("full-text search on column '{}', which is not @searchable", column());
            return Err(Refusal::NotImplemented { reason });
        };
        if let Some(language) = language.filter(|language| !language.eq_ignore_ascii_case(&index.language)) {
            let reason =
                format!("full-text search in '{language}' on column '{}', indexed as '{}'", column(), index.language);
            return Err(Refusal::NotImplemented { reason });
        }
        Ok(Test::Search {
            query: input(query, Cast::Search { syntax, model: model.id, field: Some(reference.field) }),
            negated: input(query, Cast::SearchNegated(syntax)),
        })
    }

    pub(super) fn no_operator(&self, ty: &FieldType, operator: &str) -> Refusal {
        Refusal::NoOperator { ty: self.type_name(ty), operator: operator.to_owned() }
    }

    /// Refuses aggregates where the operator has switched them off.
    pub(super) fn aggregates_allowed(&self) -> Result<(), Refusal> {
        if self.limits.aggregates { Ok(()) } else { Err(Refusal::AggregatesOff) }
    }

    /// Refuses an aggregate that has no meaning on a type, as PostgreSQL does: sums of texts, the largest of JSON values.
    pub(super) fn check_aggregate(&self, aggregate: Aggregate, ty: &FieldType) -> Result<(), Refusal> {
        let scalar = ty.scalar;
        let fits = match aggregate {
            Aggregate::Count => true,
            Aggregate::Sum | Aggregate::Avg => {
                !ty.list && matches!(scalar, Scalar::Int | Scalar::BigInt | Scalar::Float | Scalar::Decimal)
            }
            Aggregate::Max | Aggregate::Min => {
                ty.list || !matches!(scalar, Scalar::Boolean | Scalar::Json | Scalar::Object(_))
            }
        };
        let name = super::level::aggregate_key(aggregate);
        if fits { Ok(()) } else { Err(Refusal::NoFunction { name, ty: self.type_name(ty) }) }
    }

    /// A type in PostgreSQL's words.
    fn type_name(&self, ty: &FieldType) -> String {
        let name = match ty.scalar {
            Scalar::Enum(id) => format!("public.{}", self.schema.enums[usize::from(id.0)].name),
            Scalar::Json | Scalar::Object(_) => "jsonb".to_owned(),
            Scalar::Int
            | Scalar::BigInt
            | Scalar::Float
            | Scalar::Decimal
            | Scalar::Boolean
            | Scalar::String
            | Scalar::Id
            | Scalar::Uuid
            | Scalar::DateTime
            | Scalar::Date
            | Scalar::Time
            | Scalar::Bytes
            | Scalar::Email
            | Scalar::Url
            | Scalar::Phone => postgres_name(ty.scalar).to_owned(),
        };
        if ty.list { format!("{name}[]") } else { name }
    }
}

/// How one value compared with a column is cast.
fn value_cast(ty: &FieldType) -> Cast {
    match ty.scalar {
        Scalar::Json | Scalar::Object(_) if !ty.list => Cast::Json,
        Scalar::Int
        | Scalar::BigInt
        | Scalar::Float
        | Scalar::Decimal
        | Scalar::Boolean
        | Scalar::String
        | Scalar::Id
        | Scalar::Uuid
        | Scalar::DateTime
        | Scalar::Date
        | Scalar::Time
        | Scalar::Bytes
        | Scalar::Json
        | Scalar::Email
        | Scalar::Url
        | Scalar::Phone
        | Scalar::Enum(_)
        | Scalar::Object(_) => Cast::Field(ty.clone()),
    }
}

fn is_json(ty: &FieldType) -> bool {
    !ty.list && matches!(ty.scalar, Scalar::Json | Scalar::Object(_))
}

fn is_text(ty: &FieldType) -> bool {
    !ty.list && matches!(ty.scalar, Scalar::String | Scalar::Id | Scalar::Email | Scalar::Url | Scalar::Phone)
}

fn compare_symbol(op: CompareOp) -> &'static str {
    match op {
        CompareOp::Eq => "=",
        CompareOp::Neq => "<>",
        CompareOp::Gt => ">",
        CompareOp::Gte => ">=",
        CompareOp::Lt => "<",
        CompareOp::Lte => "<=",
        CompareOp::Like => "~~",
        CompareOp::Ilike => "~~*",
        CompareOp::Match => "~",
        CompareOp::Imatch => "~*",
    }
}

fn set_symbol(op: SetOp) -> &'static str {
    match op {
        SetOp::Contains => "@>",
        SetOp::ContainedBy => "<@",
        SetOp::Overlaps => "&&",
        SetOp::StrictlyLeft => "<<",
        SetOp::StrictlyRight => ">>",
        SetOp::NotExtendRight => "&<",
        SetOp::NotExtendLeft => "&>",
        SetOp::Adjacent => "-|-",
        SetOp::HasAll => "?&",
        SetOp::HasAny => "?|",
    }
}
