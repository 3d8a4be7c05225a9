//! Targets that need no database: schema text, rule text, tokens.

use crate::{Outcome, kind};
use backstay_auth::{DeclaredRoles, Secret, Verdict, Verifier, VerifierOptions, sign};
use backstay_schema::model::{ModelId, Schema};
use backstay_schema::rule::{self, Kind, Scope};
use backstay_schema::{Source, Span, parse};
use serde_json::{Value, json};
use std::cell::OnceCell;
use std::fmt::Write as _;

pub(crate) const SDL_WORDS: &[&str] = &[
    "type A @model @access(ops: [ALL]) { id: ID! @id }",
    "@id",
    "@relation(fields: [\"a\"])",
    "@hasMany",
    "@manyToMany",
    "@access(roles: [\"user\"], when: \"true\")",
    "@readable(when: \"id == auth.uid\", mask: OMIT)",
    "@unique",
    "@index(fields: [\"a desc\"])",
    "@default(value: {a: [1]})",
    "@check(expr: \"a > 0\")",
    "@computed(expr: \"a + 1\")",
    "@softDelete",
    "@timestamps",
    "@searchable",
    "extend type Query { f(a: Int = 1): [A!] @query(sql: {sqlite: \"select 1\"}) }",
    "enum E { a b }",
    "input I { a: Int }",
    "[",
    "]",
    "{",
    "}",
    "(",
    ")",
    "!",
    ":",
    "\"",
    "\"\"\"",
    "null",
    "String",
    "Int",
    "BigInt",
    "Decimal",
    "JSON",
    "DateTime",
    "Bytes",
    "UUID",
    "interface",
    "union",
];

pub(crate) const RULE_WORDS: &[&str] = &[
    "&&",
    "||",
    "!",
    "==",
    "!=",
    "<=",
    ">",
    " in ",
    "(",
    ")",
    "[",
    "]",
    "?",
    ":",
    "null",
    "true",
    "false",
    "auth.uid",
    "auth.claims.org",
    "auth.role",
    "hasRole('admin')",
    "now",
    "down.exists(d, d.n > 1)",
    "many.all(x, x.flag)",
    "up.s",
    "tags.exists(t, t == 'a')",
    "size(s)",
    "s.matches('^a')",
    "s.contains('a')",
    "startsWith",
    "endsWith",
    "lowerAscii()",
    "duration('1h')",
    "timestamp('2024-02-29T12:00:00Z')",
    "9223372036854775807",
    "-9223372036854775808",
    "1e308",
    "0.0",
    "/ 0",
    "% m",
    "big + 1",
    "meta.a",
    "meta['x y']",
    "has(meta.a)",
    "up.up.n",
    "id",
    "n",
    "m",
    "f",
    "g",
    "cost",
    "flag",
    "s",
    "title",
    "at",
    "until",
    "day",
    "color == 'red'",
    "b'\\x00'",
    "'é🙂'",
    "type(n)",
    "{'a': 1}",
];

pub(crate) const TOKEN_WORDS: &[&str] = &[
    ".",
    "..",
    "=",
    "eyJhbGciOiJub25lIn0",
    "eyJhbGciOiJIUzI1NiJ9",
    "eyJyb2xlIjoic2VydmljZV9yb2xlIn0",
    "-",
    "_",
    "+",
    "/",
    " ",
    "Bearer ",
    "\n",
    "A",
];

/// Ends with findings or a schema; every finding stands inside the text.
///
/// # Errors
/// What must never be.
pub fn fuzz_sdl(data: &[u8]) -> Outcome {
    let text = String::from_utf8_lossy(data).into_owned();
    let parsed = parse(&[Source { name: "schema.graphql".to_owned(), text: text.clone() }]);
    let mut seen = String::new();
    for finding in &parsed.diagnostics {
        let place = |offset: u32| usize::try_from(offset).unwrap_or(usize::MAX);
        if text.get(place(finding.span.start)..place(finding.span.end)).is_none() {
            return Err(format!("a finding stands outside the text: {finding:?}"));
        }
        if finding.message.is_empty() || finding.code.is_empty() {
            return Err(format!("a finding says nothing: {finding:?}"));
        }
        // Only the first few: the set of all would make every input new.
        if seen.len() < 16 {
            seen.push_str(finding.code);
        }
    }
    let refused = parsed.diagnostics.iter().any(|finding| finding.severity == backstay_schema::Severity::Error);
    if parsed.schema.is_none() != refused {
        return Err("neither a schema nor an error".to_owned());
    }
    if let Some(schema) = &parsed.schema {
        let _ = write!(seen, "models {}", "m".repeat(schema.models.len().min(4)));
    }
    Ok(kind(&seen))
}

/// A schema with something of every type, for rules.
const RULE_SCHEMA: &str = include_str!("../schemas/rule.graphql");

thread_local! {
    static RULE: OnceCell<Option<Schema>> = const { OnceCell::new() };
    static TOKEN: OnceCell<Option<(Verifier, Vec<String>)>> = const { OnceCell::new() };
}

/// The checker ends with an expression or with findings, for every kind of rule.
///
/// # Errors
/// What must never be.
pub fn fuzz_rule(data: &[u8]) -> Outcome {
    let text = String::from_utf8_lossy(data);
    RULE.with(|cell| {
        let source = || Source { name: "rule.graphql".to_owned(), text: RULE_SCHEMA.to_owned() };
        let schema = cell.get_or_init(|| parse(&[source()]).schema).as_ref().ok_or("the schema of rules is refused")?;
        let mut seen = String::new();
        for rule_kind in [Kind::Read, Kind::Check, Kind::RowCheck] {
            let scope = Scope { schema, model: Some(ModelId(0)), kind: rule_kind, signed_in: true };
            match rule::check(&scope, &text, Span::default()) {
                Ok((expr, _)) => {
                    let shape: String = format!("{expr:?}").chars().filter(char::is_ascii_uppercase).take(12).collect();
                    seen.push_str(&shape);
                }
                Err(findings) if findings.is_empty() => return Err("refused without a finding".to_owned()),
                Err(findings) => findings.iter().take(2).for_each(|finding| seen.push_str(&finding.message)),
            }
        }
        Ok(kind(&seen))
    })
}

const SECRET: &str = "a-secret-of-the-fuzz-targets-that-is-long-enough";
/// 2023-11-14T22:13:20Z
const NOW_S: i64 = 1_700_000_000;

/// The tokens that are right; any other is to be refused.
fn tokens(secret: &Secret) -> Vec<String> {
    let claims = [
        json!({"role": "authenticated", "sub": "u1", "exp": 1_800_000_000_i64}),
        json!({"role": "service_role", "exp": 1_800_000_000_i64}),
        json!({"role": "anon", "exp": 1_800_000_000_i64, "aud": ["authenticated"], "roles": ["learner"]}),
    ];
    let objects = claims.iter().filter_map(Value::as_object);
    objects.filter_map(|claims| sign(secret, claims).ok()).collect()
}

/// Right tokens to mutate, which no file has to hold.
#[must_use]
pub fn signed() -> Vec<String> {
    Secret::parse(SECRET).map(|secret| tokens(&secret)).unwrap_or_default()
}

/// A token that was not signed by us is refused, whatever it looks like.
///
/// # Errors
/// What must never be.
pub fn fuzz_token(data: &[u8]) -> Outcome {
    let text = String::from_utf8_lossy(data);
    TOKEN.with(|cell| {
        let made = cell.get_or_init(|| {
            let secret = Secret::parse(SECRET).ok()?;
            let known = tokens(&secret);
            let roles = DeclaredRoles::named(&["learner", "admin"]);
            Some((Verifier::new(VerifierOptions { secret: Some(secret), roles, ..VerifierOptions::default() }), known))
        });
        let (verifier, known) = made.as_ref().ok_or("no keys")?;
        // A word `@0` stands for a right token, so that the corpus holds none.
        let text = known
            .iter()
            .enumerate()
            .fold(text.into_owned(), |text, (at, token)| text.replace(&format!("@{at}"), token));
        match verifier.verify(&text, NOW_S).and_then(Verdict::fresh) {
            Ok(_) if !known.contains(&text) => Err(format!("a token that nobody signed was accepted: {text}")),
            Ok(identity) => Ok(kind(&format!("{:?}", identity.roles))),
            Err(_) if known.iter().take(2).any(|token| *token == text) => Err("a right token was refused".to_owned()),
            Err(error) => Ok(kind(&format!("{error:?}"))),
        }
    })
}
