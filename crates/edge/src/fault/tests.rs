//! Failures and what clients see of them.

use super::*;
use backstay_engine::Failure;
use backstay_engine::fault::KeyDetail;
use backstay_plan::Refusal;
use backstay_plan::fault::{Candidate, ValueProblem};

const USER: Caller = Caller { anonymous: false, method: "POST" };
const ANONYMOUS: Caller = Caller { anonymous: true, method: "GET" };

/// Status, then the four members of the body.
#[track_caller]
fn check(failure: impl Into<Failure>, expected: &str) {
    check_for(USER, failure, expected);
}

#[track_caller]
fn check_for(caller: Caller, failure: impl Into<Failure>, expected: &str) {
    let fault = Fault::of_failure(&failure.into(), caller);
    let members = |name: &str| {
        let body: Value = serde_json::from_slice(&fault.body()).unwrap();
        body.get(name).cloned().unwrap()
    };
    let text = |value: Value| if let Value::String(text) = value { text } else { value.to_string() };
    let found = ["code", "message", "details", "hint"].map(|name| text(members(name))).join(" | ");
    assert_eq!(format!("{} {found}", fault.status.as_u16()), expected);
    assert!(code::ALL.iter().any(|code| code.name == fault.code), "{} is in the table", fault.code);
}

fn key() -> Option<KeyDetail> {
    Some(KeyDetail { columns: vec!["a".into(), "b".into()], values: vec!["1".into(), "x".into()] })
}

fn bad(ty: &str, problem: ValueProblem) -> Refusal {
    Refusal::BadValue { ty: ty.into(), value: "x".into(), problem }
}

#[test]
fn rate_limits() {
    for (wait_ms, seconds) in [(0, "1"), (1, "1"), (1_001, "2"), (60_000, "60")] {
        let failure = Failure::RateLimited { max: 2, per_ms: 60_000, wait: std::time::Duration::from_millis(wait_ms) };
        let response = Fault::of_failure(&failure, USER).into_response();
        assert_eq!(response.headers()["retry-after"], seconds, "{wait_ms}");
    }
    let failure = Failure::RateLimited { max: 2, per_ms: 60_000, wait: std::time::Duration::from_secs(9) };
    check(failure, "429 BSY429 | Too many requests | At most 2 in 60000 ms are allowed here. | null");
}

#[test]
fn constraints() {
    check(
        Failure::Unique { constraint: "t_c_key".into(), key: key() },
        "409 23505 | duplicate key value violates unique constraint \"t_c_key\" | Key (a, b)=(1, x) already exists. | null",
    );
    check(
        Failure::Unique { constraint: "t_c_key".into(), key: None },
        "409 23505 | duplicate key value violates unique constraint \"t_c_key\" | null | null",
    );
    check(
        Failure::ForeignKeyMissing {
            relation: "t".into(),
            constraint: "t_c_fkey".into(),
            referenced: "p".into(),
            key: key(),
        },
        "409 23503 | insert or update on table \"t\" violates foreign key constraint \"t_c_fkey\" \
         | Key (a, b)=(1, x) is not present in table \"p\". | null",
    );
    check(
        Failure::ForeignKeyReferenced {
            relation: "p".into(),
            constraint: "t_c_fkey".into(),
            referencing: "t".into(),
            key: key(),
        },
        "409 23503 | update or delete on table \"p\" violates foreign key constraint \"t_c_fkey\" on table \"t\" \
         | Key (a, b)=(1, x) is still referenced from table \"t\". | null",
    );
    check(
        Refusal::NullValue { relation: "t".into(), column: "c".into(), row: Some("(null, foo)".into()) },
        "400 23502 | null value in column \"c\" of relation \"t\" violates not-null constraint \
         | Failing row contains (null, foo). | null",
    );
    check(
        Refusal::CheckFailed { relation: "t".into(), constraint: "t_c_check".into(), details: "c: too long".into() },
        "400 23514 | new row for relation \"t\" violates check constraint \"t_c_check\" | c: too long | null",
    );
    check(
        Failure::MergeTwice,
        "500 21000 | ON CONFLICT DO UPDATE command cannot affect row a second time | null | Ensure that no rows proposed for \
         insertion within the same command have duplicate constrained values.",
    );
}

#[test]
fn values() {
    check(
        bad("integer", ValueProblem::Syntax),
        "400 22P02 | invalid input syntax for type integer: \"x\" | null | null",
    );
    check(bad("integer[]", ValueProblem::Syntax), "400 22P02 | malformed array literal: \"x\" | null | null");
    check(bad("color", ValueProblem::Enum), "400 22P02 | invalid input value for enum color: \"x\" | null | null");
    check(
        bad("date", ValueProblem::DateTimeSyntax),
        "400 22007 | invalid input syntax for type date: \"x\" | null | null",
    );
    check(
        bad("date", ValueProblem::DateTimeRange),
        "400 22008 | date/time field value out of range: \"x\" | null | null",
    );
    check(
        bad("integer", ValueProblem::OutOfRange),
        "400 22003 | value \"x\" is out of range for type integer | null | null",
    );
    check(bad("text", ValueProblem::Regex), "400 2201B | invalid regular expression: x | null | null");
}

#[test]
fn names() {
    check(
        Refusal::UnknownRelation { name: "projectx".into(), suggestion: Some("projects".into()) },
        "404 PGRST205 | Could not find the table 'public.projectx' in the schema cache | null \
         | Perhaps you meant the table 'public.projects'",
    );
    check(
        Refusal::UnknownColumn { relation: "t".into(), column: "c".into() },
        "400 42703 | column t.c does not exist | null | null",
    );
    check(
        Refusal::UnknownWriteColumn { relation: "t".into(), column: "c".into() },
        "400 PGRST204 | Could not find the 'c' column of 't' in the schema cache | null | null",
    );
    check(
        Refusal::NoRelationship {
            from: "a".into(),
            target: "b".into(),
            hint: Some("h".into()),
            suggestion: Some("c".into()),
        },
        "400 PGRST200 | Could not find a relationship between 'a' and 'b' in the schema cache | Searched for a foreign key \
         relationship between 'a' and 'b' using the hint 'h' in the schema 'public', but no matches were found. \
         | Perhaps you meant 'c' instead of 'b'.",
    );
    let candidate = Candidate {
        cardinality: "many-to-one",
        embedding: "a with b".into(),
        relationship: "a_b_fkey using a(b) and b(id)".into(),
        hint: "b!a_b_fkey".into(),
    };
    check(
        Refusal::AmbiguousRelationship { from: "a".into(), target: "b".into(), candidates: vec![candidate] },
        "300 PGRST201 | Could not embed because more than one relationship was found for 'a' and 'b' \
         | [{\"cardinality\":\"many-to-one\",\"embedding\":\"a with b\",\"relationship\":\"a_b_fkey using a(b) and b(id)\"}] \
         | Try changing 'b' to one of the following: 'b!a_b_fkey'. Find the desired relationship in the 'details' key.",
    );
    check(
        Refusal::NotEmbedded { target: "x".into(), from: "t".into() },
        "400 PGRST108 | 'x' is not an embedded resource in this request | null \
         | Verify that 'x' is included in the 'select' query parameter.",
    );
    check(
        Refusal::OrderNotToOne { from: "a".into(), target: "b".into() },
        "400 PGRST118 | A related order on 'b' is not possible \
         | 'a' and 'b' do not form a many-to-one or one-to-one relationship | null",
    );
    check(Refusal::AggregatesOff, "400 PGRST123 | Use of aggregate functions is not allowed | null | null");
    check(Refusal::UnknownType { name: "x".into() }, "400 42704 | type \"x\" does not exist | null | null");
    check(
        Refusal::BadPath { ty: "text".into(), operator: "->", right: "integer" },
        "404 42883 | operator does not exist: text -> integer | null | No operator matches the given name and argument types. \
         You might need to add explicit type casts.",
    );
    check(
        Refusal::ReadOnlyColumn { relation: "t".into(), column: "b".into(), inserting: true },
        "400 428C9 | cannot insert a non-DEFAULT value into column \"b\" | Column \"b\" is a generated column. | null",
    );
    check(
        Refusal::AccountId { column: "id".into() },
        "400 428C9 | column \"id\" can only be updated to DEFAULT \
         | Column \"id\" is the account's id, which does not change. | null",
    );
    check(
        Refusal::LastOfRole { role: "admin".into() },
        "409 BSY409 | Nobody else with the role 'admin' could sign in | The change was undone. \
         | Give another account the role 'admin' first.",
    );
    let call = |arguments: &[&str]| Refusal::UnknownOperation {
        name: "f".into(),
        arguments: arguments.iter().map(|name| (*name).to_owned()).collect(),
        suggestion: None,
    };
    check(
        call(&[]),
        "404 PGRST202 | Could not find the function public.f without parameters in the schema cache | Searched for the function \
         public.f without parameters, but no matches were found in the schema cache. | null",
    );
    check(
        call(&["a", "b"]),
        "404 PGRST202 | Could not find the function public.f(a, b) in the schema cache | Searched for the function \
         public.f with parameters a, b, but no matches were found in the schema cache. | null",
    );
}

#[test]
fn privileges() {
    let denied = || Refusal::RelationDenied { relation: "t".into() };
    check(denied(), "403 42501 | permission denied for table t | null | null");
    check_for(ANONYMOUS, denied(), "401 42501 | permission denied for table t | null | null");
    check(
        Refusal::RowDenied { relation: "t".into() },
        "403 42501 | new row violates row-level security policy for table \"t\" | null | null",
    );
    let challenge =
        |caller| Fault::of_refusal(&denied(), caller).into_response().headers().contains_key(WWW_AUTHENTICATE);
    assert!(challenge(ANONYMOUS) && !challenge(USER));
}

#[test]
fn guards_and_the_server() {
    check(
        Failure::NotSingular { rows: 2 },
        "406 PGRST116 | Cannot coerce the result to a single JSON object | The result contains 2 rows | null",
    );
    check(
        Failure::TooManyAffected { affected: 9, max: 1 },
        "400 PGRST124 | Query result exceeds max-affected preference constraint | The query affects 9 rows | null",
    );
    check(
        Refusal::LimitExceeded { what: "embeds", max: 50 },
        "400 54000 | The request has more embeds than the limit of 50 | null | null",
    );
    check(
        Refusal::NotReadOnly { name: "f".into() },
        "405 25006 | cannot execute f in a read-only transaction | null | null",
    );
    check(Failure::Internal { reason: "secret".into() }, "500 PGRSTX00 | Internal server error | null | null");
    check(Failure::Unavailable { reason: "secret".into() }, "503 PGRST000 | Database connection error. | null | null");
    check(
        Failure::CommitUnknown { reason: "secret".into() },
        "504 08007 | The outcome of the write is not known | The database did not say whether it committed. Look before you write again. | null",
    );
    check(Failure::DiskFull, "503 53100 | No space left for writes | null | null");
}

#[test]
fn every_503_says_when_to_come_back() {
    for failure in [
        Failure::Overloaded { queue: "write" },
        Failure::DiskFull,
        Failure::ReadOnly { reason: String::new() },
        Failure::Unavailable { reason: String::new() },
    ] {
        let response = Fault::of_failure(&failure, USER).into_response();
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert!(response.headers().contains_key(RETRY_AFTER));
    }
}

#[test]
fn every_answer_names_its_code() {
    let response = Fault::new(code::NO_TABLE, "x").into_response();
    assert_eq!(response.headers()["proxy-status"], "backstay; error=PGRST205");
    assert_eq!(response.headers()[CONTENT_TYPE], "application/json; charset=utf-8");
}

#[test]
fn refused_tokens() {
    #[track_caller]
    fn check(error: &TokenError, expected: &str, challenge: Option<&str>) {
        let fault = Fault::of_token(error);
        assert_eq!(format!("{} {} {}", fault.status.as_u16(), fault.code, fault.message), expected);
        let response = fault.into_response();
        let found = response.headers().get(WWW_AUTHENTICATE).map(|value| value.to_str().unwrap());
        assert_eq!(found, challenge);
    }
    let challenge = "Bearer error=\"invalid_token\", error_description=\"JWT expired\"";
    check(&TokenError::Expired, "401 PGRST303 JWT expired", Some(challenge));
    let challenge = "Bearer error=\"invalid_token\", error_description=\"No suitable key or wrong key type\"";
    check(&TokenError::Signature, "401 PGRST301 No suitable key or wrong key type", Some(challenge));
    check(&TokenError::NoSecret, "500 PGRST300 Server lacks JWT secret", None);
    let challenge = "Bearer error=\"invalid_token\", error_description=\"role \\\"x\\\" does not exist\"";
    check(&TokenError::UnknownRole { role: "x".into() }, "401 22023 role \"x\" does not exist", Some(challenge));
}

#[test]
fn the_page_of_codes_is_fresh() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/errors.md");
    let page = code::page();
    let stored = std::fs::read_to_string(path).unwrap_or_default();
    if !stored.starts_with(&page) {
        let by_hand = stored.split_once(code::BY_HAND).map_or("", |(_, rest)| rest.trim_start());
        std::fs::write(path, format!("{page}\n{by_hand}")).unwrap();
        panic!("docs/errors.md was stale and has been written anew; commit it");
    }
}
