//! What the plan refuses, as a fault.

use super::{Caller, Fault, code};
use backstay_plan::Refusal;
use backstay_plan::fault::{Candidate, ValueProblem};
use http::StatusCode;
use http::header::{HeaderValue, WWW_AUTHENTICATE};
use serde_json::{Value, json};

const NO_OPERATOR_HINT: &str =
    "No operator matches the given name and argument types. You might need to add explicit type casts.";
const NO_CONFLICT_TARGET: &str = "there is no unique or exclusion constraint matching the ON CONFLICT specification";
const DISTINCT_ORDER: &str = "SELECT DISTINCT ON expressions must match initial ORDER BY expressions";
const NO_FUNCTION_HINT: &str =
    "No function matches the given name and argument types. You might need to add explicit type casts.";

impl Fault {
    /// A fault for a request that was refused while it was planned or bound.
    #[must_use]
    pub fn of_refusal(refusal: &Refusal, caller: Caller) -> Self {
        match refusal {
            Refusal::UnknownRelation { name, suggestion } => {
                let hint = suggestion.as_ref().map(|table| format!("Perhaps you meant the table 'public.{table}'"));
                Self::new(code::NO_TABLE, format!("Could not find the table 'public.{name}' in the schema cache"))
                    .hint(hint)
            }
            Refusal::UnknownColumn { relation, column } => {
                Self::new(code::UNDEFINED_COLUMN, format!("column {relation}.{column} does not exist"))
            }
            Refusal::UnknownWriteColumn { relation, column } => Self::new(
                code::NO_COLUMN,
                format!("Could not find the '{column}' column of '{relation}' in the schema cache"),
            ),
            Refusal::RelationDenied { relation } => denied(format!("permission denied for table {relation}"), caller),
            Refusal::OperationDenied { name } => denied(format!("permission denied for function {name}"), caller),
            Refusal::ColumnDenied { relation, column } => {
                denied(format!("permission denied for column \"{column}\" of relation \"{relation}\""), caller)
            }
            Refusal::RowDenied { relation } => {
                denied(format!("new row violates row-level security policy for table \"{relation}\""), caller)
            }
            Refusal::OperationOff { relation } => operation_off(relation, caller),
            Refusal::NoRelationship { from, target, hint, suggestion } => {
                let using = hint.as_ref().map_or_else(String::new, |hint| format!(" using the hint '{hint}'"));
                let message =
                    format!("Could not find a relationship between '{from}' and '{target}' in the schema cache");
                let details = format!(
                    "Searched for a foreign key relationship between '{from}' and '{target}'{using} in the schema 'public', \
                     but no matches were found."
                );
                let hint =
                    suggestion.as_ref().map(|other| format!("Perhaps you meant '{other}' instead of '{target}'."));
                Self::new(code::NO_RELATIONSHIP, message).details(details).hint(hint)
            }
            Refusal::AmbiguousRelationship { from, target, candidates } => ambiguous(from, target, candidates),
            Refusal::OrderNotToOne { from, target } => {
                Self::new(code::ORDER_NOT_TO_ONE, format!("A related order on '{target}' is not possible"))
                    .details(format!("'{from}' and '{target}' do not form a many-to-one or one-to-one relationship"))
            }
            Refusal::NotEmbedded { target, from: _ } => {
                Self::new(code::NOT_EMBEDDED, format!("'{target}' is not an embedded resource in this request"))
                    .hint(Some(format!("Verify that '{target}' is included in the 'select' query parameter.")))
            }
            Refusal::NoOperator { ty, operator } => {
                Self::new(code::NO_OPERATOR, format!("operator does not exist: {ty} {operator} unknown"))
                    .hint(Some(NO_OPERATOR_HINT.to_owned()))
            }
            Refusal::NoFunction { name, ty } => {
                Self::new(code::NO_OPERATOR, format!("function {name}({ty}) does not exist"))
                    .hint(Some(NO_FUNCTION_HINT.to_owned()))
            }
            Refusal::BadPath { ty, operator, right } => {
                Self::new(code::NO_OPERATOR, format!("operator does not exist: {ty} {operator} {right}"))
                    .hint(Some(NO_OPERATOR_HINT.to_owned()))
            }
            Refusal::AggregatesOff => Self::new(code::AGGREGATES_OFF, "Use of aggregate functions is not allowed"),
            Refusal::UnknownType { name } => Self::new(code::UNDEFINED_TYPE, format!("type \"{name}\" does not exist")),
            Refusal::NotImplemented { reason } | Refusal::Unsupported { reason } => {
                Self::new(code::NOT_IMPLEMENTED, "Feature not implemented").details(reason.clone())
            }
            Refusal::NoConflictTarget => Self::new(code::CONFLICT_TARGET, NO_CONFLICT_TARGET),
            Refusal::DistinctOrder => Self::new(code::DISTINCT, DISTINCT_ORDER),
            Refusal::BadCursor => Self::new(code::CURSOR, "The cursor cannot be read, or it is of another order"),
            Refusal::NoFilter { verb } => Self::new(code::NO_WHERE, format!("{verb} requires a WHERE clause")),
            Refusal::ReadOnlyColumn { relation: _, column, inserting } => {
                let message = if *inserting {
                    format!("cannot insert a non-DEFAULT value into column \"{column}\"")
                } else {
                    format!("column \"{column}\" can only be updated to DEFAULT")
                };
                Self::new(code::GENERATED, message).details(format!("Column \"{column}\" is a generated column."))
            }
            Refusal::NoScope { scope } => no_scope(scope),
            Refusal::AccountId { column } => account_id(column),
            Refusal::LastOfRole { role } => last_of_role(role),
            Refusal::UnknownOperation { name, arguments, suggestion } => {
                unknown_operation(name, arguments, suggestion.as_deref())
            }
            Refusal::NotReadOnly { name } => {
                Self::new(code::READ_ONLY_CALL, format!("cannot execute {name} in a read-only transaction"))
            }
            Refusal::BadValue { ty, value, problem } => bad_value(ty, value, *problem),
            Refusal::NullValue { relation, column, row } => {
                let message = format!(
                    "null value in column \"{column}\" of relation \"{relation}\" violates not-null constraint"
                );
                let fault = Self::new(code::NOT_NULL, message);
                match row {
                    Some(row) => fault.details(format!("Failing row contains {row}.")),
                    None => fault,
                }
            }
            Refusal::CheckFailed { relation, constraint, details } => {
                let message = format!("new row for relation \"{relation}\" violates check constraint \"{constraint}\"");
                Self::new(code::CHECK, message).details(details.clone())
            }
            Refusal::LimitExceeded { what, max } => {
                Self::new(code::TOO_LARGE, format!("The request has more {what} than the limit of {max}"))
            }
        }
    }
}

fn operation_off(relation: &str, caller: Caller) -> Fault {
    Fault::new(code::METHOD, format!("Unsupported HTTP method: {}", caller.method))
        .details(format!("It is switched off for '{relation}'"))
}

fn no_scope(scope: &str) -> Fault {
    Fault::new(code::PRIVILEGE, format!("permission denied: the API key has no scope '{scope}'"))
}

fn account_id(column: &str) -> Fault {
    Fault::new(code::GENERATED, format!("column \"{column}\" can only be updated to DEFAULT"))
        .details(format!("Column \"{column}\" is the account's id, which does not change."))
}

fn last_of_role(role: &str) -> Fault {
    Fault::new(code::LAST_OF_ROLE, format!("Nobody else with the role '{role}' could sign in"))
        .details("The change was undone.")
        .hint(Some(format!("Give another account the role '{role}' first.")))
}

/// A refusal for want of a privilege: anonymous callers are asked to sign in.
pub(crate) fn denied(message: String, caller: Caller) -> Fault {
    let mut fault = Fault::new(code::PRIVILEGE, message);
    if caller.anonymous {
        fault.status = StatusCode::UNAUTHORIZED;
        fault = fault.header(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    fault
}

fn ambiguous(from: &str, target: &str, candidates: &[Candidate]) -> Fault {
    let details: Vec<Value> = candidates
        .iter()
        .map(|candidate| {
            json!({
                "cardinality": candidate.cardinality,
                "embedding": candidate.embedding,
                "relationship": candidate.relationship,
            })
        })
        .collect();
    let hints: Vec<String> = candidates.iter().map(|candidate| format!("'{}'", candidate.hint)).collect();
    let message = format!("Could not embed because more than one relationship was found for '{from}' and '{target}'");
    let hint = format!(
        "Try changing '{target}' to one of the following: {}. Find the desired relationship in the 'details' key.",
        hints.join(", ")
    );
    Fault::new(code::AMBIGUOUS_RELATIONSHIP, message).details(Value::Array(details)).hint(Some(hint))
}

fn unknown_operation(name: &str, arguments: &[String], suggestion: Option<&str>) -> Fault {
    let (short, long) = match arguments {
        [] => (" without parameters".to_owned(), " without parameters".to_owned()),
        [one] => (format!("({one})"), format!(" with parameter {one}")),
        several => (format!("({})", several.join(", ")), format!(" with parameters {}", several.join(", "))),
    };
    let message = format!("Could not find the function public.{name}{short} in the schema cache");
    let details =
        format!("Searched for the function public.{name}{long}, but no matches were found in the schema cache.");
    let hint = suggestion.map(|other| format!("Perhaps you meant to call the function public.{other}"));
    Fault::new(code::NO_OPERATION, message).details(details).hint(hint)
}

fn bad_value(ty: &str, value: &str, problem: ValueProblem) -> Fault {
    match problem {
        ValueProblem::Syntax if ty.ends_with("[]") => {
            Fault::new(code::TEXT_SYNTAX, format!("malformed array literal: \"{value}\""))
        }
        ValueProblem::Syntax => {
            Fault::new(code::TEXT_SYNTAX, format!("invalid input syntax for type {ty}: \"{value}\""))
        }
        ValueProblem::Enum => Fault::new(code::TEXT_SYNTAX, format!("invalid input value for enum {ty}: \"{value}\"")),
        ValueProblem::DateTimeSyntax => {
            Fault::new(code::DATETIME_SYNTAX, format!("invalid input syntax for type {ty}: \"{value}\""))
        }
        ValueProblem::DateTimeRange => {
            Fault::new(code::DATETIME_RANGE, format!("date/time field value out of range: \"{value}\""))
        }
        ValueProblem::OutOfRange => {
            Fault::new(code::OUT_OF_RANGE, format!("value \"{value}\" is out of range for type {ty}"))
        }
        ValueProblem::Regex => Fault::new(code::REGEX, format!("invalid regular expression: {value}")),
        ValueProblem::Search => Fault::new(code::SEARCH_SYNTAX, format!("syntax error in tsquery: \"{value}\"")),
        ValueProblem::TooLarge => Fault::new(code::TOO_LARGE, format!("the value is too large for type {ty}")),
    }
}
