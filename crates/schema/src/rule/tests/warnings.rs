//! What is legal and probably not meant: when it is said, about which part of the text, and when it is not.

use super::*;

/// Every warning as `code <text> message | help`.
fn warned(kind: Kind, signed_in: bool, source: &str) -> String {
    let schema = schema();
    let scope = Scope { schema: &schema, model: Some(ModelId(0)), kind, signed_in };
    let (_, info) = check(&scope, source, span()).unwrap_or_else(|errors| panic!("{source}: {errors:?}"));
    let lines = info.warnings.iter().map(|warning| {
        let at = |place: u32| usize::try_from(place - START).unwrap();
        let text = &source[at(warning.span.start)..at(warning.span.end)];
        let help = warning.help.as_deref().unwrap_or_default();
        assert_eq!(warning.severity, Severity::Warning);
        format!("{} <{text}> {} | {help}", warning.code, warning.message)
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn every_row() {
    for (source, expected) in [
        ("1 == 1", "rule-constant <1 == 1> this rule is always true | write \"true\" if that is meant"),
        (" 1 == 2 ", "rule-constant < 1 == 2 > this rule is always false | write \"false\" if that is meant"),
        (
            "done && null == 1",
            "rule-constant <done && null == 1> this rule is always false | write \"false\" if that is meant",
        ),
        ("true", ""),
        (" false ", ""),
        ("hasRole('admn')", "rule-unknown-role <'admn'> `Role` declares no role 'admn' | did you mean 'admin'?"),
        (
            "hasRole('zzzzzzzz')",
            "rule-unknown-role <'zzzzzzzz'> `Role` declares no role 'zzzzzzzz' | its roles are learner, admin",
        ),
        ("'admn' == auth.role", "rule-unknown-role <'admn'> `Role` declares no role 'admn' | did you mean 'admin'?"),
        ("'usr' in auth.roles", "rule-unknown-role <'usr'> `Role` declares no role 'usr' | did you mean 'user'?"),
        (
            "auth.role in ['admin', 'lerner']",
            "rule-unknown-role <'lerner'> `Role` declares no role 'lerner' | did you mean 'learner'?",
        ),
        ("hasRole('anon') || hasRole('authenticated') || hasRole('service_role') || hasRole('user')", ""),
        ("auth.role == 'learner'", ""),
        (
            "request.api == 'rest'",
            "rule-never-true <'rest'> this fact is never 'rest' | it is one of REST, GRAPHQL, GRPC, REALTIME, FUNCTION",
        ),
        (
            "'get' == request.method",
            "rule-never-true <'get'> this fact is never 'get' | it is one of GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS",
        ),
        ("auth.aal == 'aal3'", "rule-never-true <'aal3'> this fact is never 'aal3' | it is one of aal1, aal2"),
        (
            "request.method in ['GET', 'TRACE']",
            "rule-never-true <'TRACE'> this fact is never 'TRACE' | it is one of GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS",
        ),
        ("request.api == 'GRPC' && request.method == 'PUT' && auth.aal == 'aal1'", ""),
        ("auth.uid == 'x' && auth.email == 'y' && request.ip == 'z'", ""),
        ("title == 'rest'", ""),
    ] {
        assert_eq!(warned(Kind::Read, false, source), expected, "{source}");
    }
}

#[test]
fn a_value_that_may_be_null() {
    let message = "this may be null, and the field is not nullable | remove the `!` of the field's type";
    assert_eq!(
        warned(Kind::Computed(of("Int!")), false, "points + 1"),
        format!("rule-nullable <points + 1> {message}")
    );
    for (wanted, source) in [("Int", "points + 1"), ("Int!", "big + 1"), ("Int!", "3"), ("Boolean!", "points == null")]
    {
        assert_eq!(warned(Kind::Computed(of(wanted)), false, source), "", "{source}");
    }
}

/// Rules that a caller without a session passes by a comparison that is false for them, and those that keep such a caller out.
#[test]
fn negations_that_anonymous_callers_pass() {
    for source in [
        "ownerId != auth.uid",
        "auth.uid != ownerId",
        "!(ownerId == auth.uid)",
        "email != auth.email",
        "!auth.verified",
        "auth.aal != 'aal2'",
        "auth.claims.org != title",
        "!auth.claims.beta",
        "!(done && ownerId == auth.uid)",
        "!(done || ownerId == auth.uid)",
        "done || ownerId != auth.uid",
        "done && ownerId != auth.uid",
        "!(auth.uid in tags)",
        "!(title in auth.claims.team)",
        "!(title in [auth.email, note])",
        "!(title in [note, auth.email])",
        "!project.members.exists(m, m.userId == auth.uid)",
        "project.members.exists(m, m.userId != auth.uid)",
        "!tags.exists(t, t == auth.uid)",
        "tags.all(t, t != auth.uid)",
        "done ? ownerId != auth.uid : done",
        "done ? done : ownerId != auth.uid",
        "(ownerId != auth.uid) ? done : hidden",
        // A guard of another branch, or one that anonymous callers pass too, keeps nobody out.
        "hasRole('anon') && ownerId != auth.uid",
        "(auth.uid == ownerId || done) && ownerId != auth.uid",
        "!auth.isAnon || ownerId != auth.uid",
        "auth.isAnon && ownerId != auth.uid",
        "auth.uid == null && ownerId != auth.uid",
        "title != null && ownerId != auth.uid",
        "title == note && ownerId != auth.uid",
        "request.method == 'GET' && ownerId != auth.uid",
        "!(!auth.isAnon || ownerId == auth.uid)",
        "!(title == null || ownerId == auth.uid)",
        "!(auth.isAnon && ownerId == auth.uid)",
    ] {
        assert!(warned(Kind::Read, false, source).contains("rule-anonymous-negation"), "{source}");
        assert_eq!(warned(Kind::Read, true, source), "", "only signed-in callers reach it: {source}");
    }
    for source in [
        "ownerId == auth.uid",
        "!(ownerId != auth.uid)",
        "auth.verified",
        "auth.uid in tags",
        "title in [auth.email]",
        "!(title in ['a', note])",
        "!(title in tags)",
        "title != note",
        "auth.role != 'admin'",
        "request.ip != 'x'",
        "!hasRole('admin')",
        "!auth.isAnon && ownerId != auth.uid",
        "ownerId != auth.uid && !auth.isAnon",
        "auth.uid != null && ownerId != auth.uid",
        "auth.email != null && !(title == auth.claims.x)",
        "hasRole('admin') && ownerId != auth.uid",
        "has(auth.claims.org) && auth.claims.org != title",
        "auth.uid == title && ownerId != auth.uid",
        "title == auth.uid && ownerId != auth.uid",
        "!auth.isAnon && (done || ownerId != auth.uid)",
        "!auth.isAnon && !(title in [auth.email])",
        "!auth.isAnon && !auth.verified",
        "!(auth.isAnon || ownerId == auth.uid)",
        "!(auth.uid == null || ownerId == auth.uid)",
        "!(auth.isAnon || done && auth.uid in tags)",
        "!auth.isAnon && !project.members.exists(m, m.userId == auth.uid)",
        "!auth.isAnon && tags.all(t, t != auth.uid)",
        "!auth.isAnon && (done ? ownerId != auth.uid : hidden)",
    ] {
        assert_eq!(warned(Kind::Read, false, source), "", "{source}");
    }
    let message =
        "an anonymous caller passes this negated comparison, because every comparison with a missing fact is false";
    assert_eq!(
        warned(Kind::Hook, false, "ownerId != auth.uid"),
        format!(
            "rule-anonymous-negation <ownerId != auth.uid> {message} | add `!auth.isAnon &&`, or limit the rule to roles: [\"user\"]"
        )
    );
}
