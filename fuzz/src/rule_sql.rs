//! A rule as text, read twice: by the in-memory evaluator, and compiled to SQL on SQLite. Both must say the same of every row.

use crate::generate::Generator;
use crate::random::Random;
use crate::world::{self, World};
use crate::{Outcome, kind};
use backstay_engine::clock::FixedClock;
use backstay_engine::migrate::{self, Permission};
use backstay_engine::{Engine, Failure, OpenOptions};
use backstay_plan::Principal;
use backstay_plan::evaluate::{Context, Patterns, Truth, evaluate};
use backstay_plan::fault::Refusal;
use backstay_plan::principal::{Api, Identity, RoleSet};
use backstay_plan::request::{Action, FieldRef, Guards, Item, Level, Read, Request};
use backstay_schema::Span;
use backstay_schema::expr::Expr;
use backstay_schema::model::{AccessRule, Audience, ModelId, OpSet, Rule, Schema};
use backstay_schema::rule::{self, Kind, Scope};
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::sync::Arc;
use tokio::runtime::Runtime;

/// 2024-02-29T12:00:00Z
const NOW_US: i64 = 1_709_208_000_000_000;
/// Seed of the schema and its rows: one with relations of every kind.
const WORLD_SEED: u64 = 4;
const ROLE: &str = "fuzzed";

struct Both {
    runtime: Runtime,
    engine: Engine,
    world: World,
    who: Principal,
    patterns: Patterns,
    _data: tempfile::TempDir,
}

thread_local! {
    static BOTH: RefCell<Option<Result<Both, String>>> = const { RefCell::new(None) };
}

impl Both {
    fn open() -> Result<Self, String> {
        let mut random = Random::new(WORLD_SEED);
        let mut world = World::new(&mut random);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|e| e.to_string())?;
        let data = tempfile::tempdir().map_err(|e| e.to_string())?;
        let schema = Arc::new(world.schema.clone());
        let options =
            OpenOptions { clock: Arc::new(FixedClock(NOW_US)), ..OpenOptions::new(data.path().join("fuzz.db")) };
        let engine = Engine::open(Arc::clone(&schema), options).map_err(|e| e.to_string())?;
        runtime.block_on(async {
            let plan = migrate::plan(&engine, schema).await.map_err(|e| e.to_string())?;
            migrate::apply(&engine, plan, Permission::AdditiveOnly).await.map_err(|e| e.to_string())?;
            world.fill(&engine, &mut random).await;
            Ok::<(), String>(())
        })?;
        let mut identity = world::identity(&mut random);
        identity.roles.application = vec!["admin".to_owned(), ROLE.to_owned()];
        let identity = Arc::new(Identity { roles: RoleSet { ..identity.roles.clone() }, ..identity });
        let who = Principal { identity, ip: "10.0.0.1".parse().ok(), method: "GET", api: Api::Rest };
        Ok(Self { runtime, engine, world, who, patterns: Patterns::default(), _data: data })
    }

    /// Keys of the rows that the caller sees under a rule; nothing when the request is refused or runs out of time.
    fn seen(&self, about: ModelId, source: &str, expr: Expr) -> Result<Option<BTreeSet<String>>, String> {
        let mut schema: Schema = self.world.schema.clone();
        let Some(model) = schema.models.get_mut(usize::from(about.0)) else { return Ok(None) };
        model.allows.push(AccessRule {
            who: Audience::Roles(vec![ROLE.to_owned()]),
            ops: OpSet { read: true, ..OpSet::default() },
            when: Some(Rule { source: source.to_owned(), expr, span: Span::default() }),
            check: None,
            fields: None,
            span: Span::default(),
        });
        let relation = model.table.clone();
        self.engine.swap_schema(Arc::new(schema)).map_err(|error| error.to_string())?;
        let field = FieldRef { name: "id".into(), path: Vec::new() };
        let item = Item::Field { alias: None, field, cast: None, aggregate: None };
        let level = Level { items: vec![item], ..Level::default() };
        let action = Action::Read(Read { relation, level, total: false });
        let request = Request { action, inputs: Vec::new(), guards: Guards::default() };
        match self.runtime.block_on(self.engine.run(&request, &self.who)) {
            Ok(answer) => {
                let rows: Vec<serde_json::Value> = serde_json::from_slice(&answer.body).map_err(|e| e.to_string())?;
                let key = |row: &serde_json::Value| row.get("id").and_then(|id| id.as_str()).map(str::to_owned);
                Ok(Some(rows.iter().filter_map(key).collect()))
            }
            // Roles alone have decided that no row passes.
            Err(Failure::Refused(Refusal::RelationDenied { .. })) => Ok(Some(BTreeSet::new())),
            Err(Failure::Refused(_) | Failure::Timeout { .. }) => Ok(None),
            Err(failure) => Err(format!("SQLite refuses it: {failure:?}")),
        }
    }

    fn compare(&self, source: &str) -> Outcome {
        let about = ModelId(0);
        let scope = Scope { schema: &self.world.schema, model: Some(about), kind: Kind::Read, signed_in: true };
        let (expr, _) = match rule::check(&scope, source, Span::default()) {
            Ok(checked) => checked,
            Err(findings) => return Ok(kind(findings.first().map_or("", |finding| finding.message.as_str()))),
        };
        let held = self.seen(about, source, expr.clone())?;
        let missed = self.seen(about, source, Expr::Not(Box::new(expr.clone())))?;
        let (Some(held), Some(missed)) = (held, missed) else { return Ok(1) };
        for row in self.world.rows_of(about) {
            let context = Context {
                schema: &self.world.schema,
                rows: &self.world,
                row: Some(row),
                old: None,
                principal: &self.who,
                now_us: NOW_US,
                patterns: &self.patterns,
            };
            let in_memory = evaluate(&expr, &context);
            let key = self.world.key(row);
            let in_sql = match (held.contains(&key), missed.contains(&key)) {
                (true, false) => Truth::True,
                (false, true) => Truth::False,
                (false, false) => Truth::Error,
                (true, true) => return Err("both the rule and its negation hold".to_owned()),
            };
            if in_sql != in_memory {
                return Err(format!("memory {in_memory:?}, SQL {in_sql:?} for {}", self.world.show(row)));
            }
        }
        let shape: String = format!("{expr:?}").chars().filter(char::is_ascii_uppercase).take(10).collect();
        Ok(kind(&shape))
    }
}

/// A rule that passes the checker holds for the same rows in memory and in SQL.
///
/// # Errors
/// What must never be.
pub fn fuzz_rule_sql(data: &[u8]) -> Outcome {
    let source = String::from_utf8_lossy(data);
    BOTH.with(|cell| {
        let mut cell = cell.borrow_mut();
        cell.get_or_insert_with(Both::open).as_ref().map_err(Clone::clone)?.compare(&source)
    })
}

/// Generated rules to mutate, in place of a corpus.
#[must_use]
pub fn rules(seed: u64, count: usize) -> Vec<String> {
    let world = World::new(&mut Random::new(WORLD_SEED));
    let mut random = Random::new(seed);
    (0..count)
        .map(|_| {
            let depth = 1 + random.below(4);
            Generator::new(&mut random, &world.schema, ModelId(0)).rule(depth)
        })
        .collect()
}
