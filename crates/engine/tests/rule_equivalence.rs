//! The readers of rules agree: what the in-memory evaluator answers for a row is what the compiled SQL answers on each database.
//!
//! Each round makes a schema, rows with nulls and boundary values, and rules. A rule is read twice, as it is and negated, so
//! that true, false and error are told apart. `RULE_SEED` repeats a run, `RULE_PAIRS` sets how many (rule, row) pairs are tried on a
//! file, `RULE_PAIRS_SERVER` how many on each server.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test stops where it fails")]

#[path = "rule_equivalence/generate.rs"]
mod generate;
#[path = "rule_equivalence/memory.rs"]
mod memory;
#[path = "rule_equivalence/place.rs"]
mod place;
#[path = "rule_equivalence/random.rs"]
mod random;
#[path = "rule_equivalence/world.rs"]
mod world;

use backstay_engine::{Engine, Failure};
use backstay_plan::Principal;
use backstay_plan::evaluate::{Context, Patterns, Truth, evaluate};
use backstay_plan::fault::Refusal;
use backstay_plan::principal::{Api, Identity, RoleSet};
use backstay_plan::request::{Action, FieldRef, Guards, Item, Level, Read, Request};
use backstay_schema::Span;
use backstay_schema::expr::Expr;
use backstay_schema::model::{AccessRule, Audience, ModelId, OpSet, Rule};
use backstay_schema::rule::{self, Kind, Scope};
use generate::Generator;
use place::Place;
use random::Random;
use std::collections::BTreeSet;
use std::sync::Arc;
use world::World;

const PAIRS: usize = 20_000;
/// A database on a server costs more to make than it does to ask.
const PAIRS_SERVER: usize = 2_000;
const RULES_PER_ROUND: usize = 40;
/// 2024-02-29T12:00:00Z
const NOW_US: i64 = 1_709_208_000_000_000;

#[expect(clippy::disallowed_methods, reason = "a test that repeats a run takes its seed from the environment")]
fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// A rule of the round and the caller it is tried with.
struct Case {
    source: String,
    expr: Expr,
    identity: Identity,
}

#[tokio::test(flavor = "current_thread")]
async fn memory_and_sqlite_agree() {
    agrees(Place::Sqlite, setting("RULE_PAIRS", PAIRS as u64)).await;
}

#[tokio::test(flavor = "current_thread")]
async fn memory_and_postgres_agree() {
    agrees(Place::Postgres, setting("RULE_PAIRS_SERVER", PAIRS_SERVER as u64)).await;
}

#[tokio::test(flavor = "current_thread")]
async fn memory_and_mysql_agree() {
    agrees(Place::Mysql, setting("RULE_PAIRS_SERVER", PAIRS_SERVER as u64)).await;
}

async fn agrees(place: Place, pairs_wanted: u64) {
    let seed = setting("RULE_SEED", 20_241_121);
    let pairs_wanted = usize::try_from(pairs_wanted).unwrap();
    eprintln!("RULE_SEED={seed}");
    let mut random = Random::new(seed);
    let mut tally = Tally::default();
    while tally.pairs < pairs_wanted {
        round(place, &mut random, seed, &mut tally).await;
    }
    eprintln!("{place:?} {tally:?}");
    assert!(tally.holds * 20 > tally.pairs && tally.misses * 20 > tally.pairs, "the generator is one-sided: {tally:?}");
    assert!(tally.errors * 200 > tally.pairs, "the generator makes too few errors: {tally:?}");
    assert_eq!(tally.disagreements, Vec::<String>::new());
}

#[derive(Debug, Default)]
struct Tally {
    pairs: usize,
    holds: usize,
    misses: usize,
    errors: usize,
    disagreements: Vec<String>,
}

async fn round(place: Place, random: &mut Random, seed: u64, tally: &mut Tally) {
    let mut world = World::new(random);
    let written = world.schema.models.iter().filter(|model| !model.generated).count();
    let about = ModelId(u16::try_from(random.below(written)).unwrap());
    let cases: Vec<Case> = (0..RULES_PER_ROUND).map(|_| case(random, &world, about)).collect();
    let opened = place.open(&world.schema).await;
    let engine = &opened.engine;
    world.fill(engine, random).await;
    let held = visible_to_all(engine, &world, about, &cases, Expr::clone).await;
    let missed = visible_to_all(engine, &world, about, &cases, |expr| Expr::Not(Box::new(expr.clone()))).await;
    let patterns = Patterns::default();
    for (at, case) in cases.iter().enumerate() {
        let (held, missed) = (&held[at], &missed[at]);
        for row in world.rows_of(about) {
            let principal = caller(case, at);
            let context = Context {
                schema: &world.schema,
                rows: &world,
                row: Some(row),
                old: None,
                principal: &principal,
                now_us: NOW_US,
                patterns: &patterns,
            };
            let in_memory = evaluate(&case.expr, &context);
            let key = world.key(row);
            let in_sql = match (held, missed) {
                (Err(error), _) | (_, Err(error)) => Err(error.clone()),
                (Ok(held), Ok(missed)) => Ok(match (held.contains(&key), missed.contains(&key)) {
                    (true, false) => Truth::True,
                    (false, true) => Truth::False,
                    (false, false) => Truth::Error,
                    (true, true) => {
                        tally.disagreements.push(format!("both the rule and its negation hold: {}", case.source));
                        break;
                    }
                }),
            };
            tally.pairs += 1;
            match in_memory {
                Truth::True => tally.holds += 1,
                Truth::False => tally.misses += 1,
                Truth::Error => tally.errors += 1,
            }
            if in_sql != Ok(in_memory) && tally.disagreements.len() < 8 {
                let shown = format!(
                    "RULE_SEED={seed}: memory {in_memory:?}, SQL {in_sql:?}\n  rule {}\n  row {}\n  uid {:?}, claims {}\n  {:?}",
                    case.source,
                    world.show(row),
                    case.identity.uid,
                    serde_json::Value::Object(case.identity.claims.clone()),
                    case.expr,
                );
                eprintln!("{shown}");
                tally.disagreements.push(case.source.clone());
                break;
            }
        }
    }
    opened.remove().await;
}

/// A rule that passes the checker, with a caller for it.
fn case(random: &mut Random, world: &World, about: ModelId) -> Case {
    loop {
        let depth = 1 + random.below(6);
        let source = Generator::new(random, &world.schema, about).rule(depth);
        let scope = Scope { schema: &world.schema, model: Some(about), kind: Kind::Read, signed_in: true };
        if let Ok((expr, _)) = rule::check(&scope, &source, Span::default()) {
            return Case { source, expr, identity: world::identity(random) };
        }
    }
}

fn caller(case: &Case, at: usize) -> Principal {
    let mut application = case.identity.roles.application.clone();
    application.push(format!("case{at}"));
    let roles = RoleSet { application, ..case.identity.roles.clone() };
    let identity = Arc::new(Identity { roles, ..case.identity.clone() });
    Principal { identity, ip: "10.0.0.1".parse().ok(), method: "GET", api: Api::Rest }
}

/// What each case's caller sees under its rule, changed by `change`.
async fn visible_to_all(
    engine: &Engine,
    world: &World,
    about: ModelId,
    cases: &[Case],
    change: impl Fn(&Expr) -> Expr,
) -> Vec<Result<BTreeSet<String>, String>> {
    let mut schema = world.schema.clone();
    for (at, case) in cases.iter().enumerate() {
        schema.models[usize::from(about.0)].allows.push(AccessRule {
            who: Audience::Roles(vec![format!("case{at}")]),
            ops: OpSet { read: true, ..OpSet::default() },
            when: Some(Rule { source: case.source.clone(), expr: change(&case.expr), span: Span::default() }),
            check: None,
            fields: None,
            span: Span::default(),
        });
    }
    engine.swap_schema(Arc::new(schema)).unwrap();
    let mut seen = Vec::with_capacity(cases.len());
    for (at, case) in cases.iter().enumerate() {
        seen.push(visible(engine, world, about, &caller(case, at)).await);
    }
    seen
}

/// Keys of the rows a caller sees.
async fn visible(engine: &Engine, world: &World, about: ModelId, who: &Principal) -> Result<BTreeSet<String>, String> {
    let field = FieldRef { name: "id".into(), path: Vec::new() };
    let item = Item::Field { alias: None, field, cast: None, aggregate: None };
    let level = Level { items: vec![item], ..Level::default() };
    let read = Read { relation: world.schema.models[usize::from(about.0)].table.clone(), level, total: false };
    let request = Request { action: Action::Read(read), inputs: Vec::new(), guards: Guards::default() };
    match engine.run(&request, who).await {
        Ok(answer) => {
            let rows: Vec<serde_json::Map<String, serde_json::Value>> = serde_json::from_slice(&answer.body).unwrap();
            Ok(rows.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect())
        }
        // Roles alone have decided that no row passes.
        Err(Failure::Refused(Refusal::RelationDenied { .. })) => Ok(BTreeSet::new()),
        Err(error) => Err(format!("{error:?}")),
    }
}
