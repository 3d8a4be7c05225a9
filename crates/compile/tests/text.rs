//! Statement text depends only on the shape of a request: whatever a caller can choose stands beside it, as a parameter.
#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

use backstay_compile::statement::{Sql, Step};
use backstay_compile::{Statement, compile};
use backstay_plan::Refusal;
use backstay_plan::authorize::authorize;
use backstay_plan::limits::Limits;
use backstay_plan::principal::RoleSet;
use backstay_plan::request::{
    Action, CompareOp, Condition, Embed, FieldRef, Item, JoinKind, Level, Operator, OrderTerm, PathKey, PathStep,
    Quantity, Read, Slot, SortBy, Target,
};
use backstay_plan::resolve::resolve;
use backstay_schema::model::Dialect;
use backstay_schema::{Schema, Source};
use proptest::prelude::*;

const DIALECTS: [Dialect; 3] = [Dialect::Sqlite, Dialect::Postgres, Dialect::Mysql];

const SCHEMA: &str = r#"
type Owner @model(table: "owners") @access(ops: [ALL]) {
  id: Int! @id(auto: NONE)
  name: String
}
type Thing @model(table: "things") @access(ops: [ALL]) {
  id: Int! @id(auto: NONE)
  info: JSON
  secret: String @readable(when: "id > 1")
  ownerId: Int
  owner: Owner @relation(fields: ["ownerId"], references: ["id"])
}
"#;

fn schema(text: &str) -> Schema {
    let parsed = backstay_schema::parse(&[Source { name: "schema.graphql".into(), text: text.into() }]);
    parsed.schema.unwrap()
}

fn compiled(action: &Action, schema: &Schema, dialect: Dialect) -> Result<Statement, Refusal> {
    let resolved = resolve(action, schema, &Limits::default())?;
    compile(&authorize(resolved, schema, &RoleSet::anonymous())?, schema, dialect)
}

fn statements(statement: Statement) -> Vec<Sql> {
    match statement {
        Statement::Read(read) => vec![read.sql],
        Statement::Write(program) => program
            .steps
            .into_iter()
            .map(|step| match step {
                Step::SelectKeys(sql) | Step::CountConflicts(sql) | Step::VerifyCollision(sql) => sql,
                Step::Effect(sql) | Step::Protect(sql) => sql,
                Step::Insert { sql, .. }
                | Step::Mutate { sql, .. }
                | Step::Verify { sql, .. }
                | Step::Validate { sql, .. } => sql,
                Step::Represent(read) => read.sql,
            })
            .collect(),
    }
}

/// A read in which everything that a caller can name is `chosen`.
fn read(chosen: &str, index: i64) -> Action {
    let step = |text, key| PathStep { text, key };
    let info = |text| FieldRef {
        name: "info".into(),
        path: vec![
            step(false, PathKey::Member(chosen.to_owned())),
            step(false, PathKey::Index(index)),
            step(text, PathKey::Member(chosen.to_owned())),
        ],
    };
    let field = |alias: Option<&str>, field| Item::Field {
        alias: alias.map(ToOwned::to_owned),
        field,
        cast: None,
        aggregate: None,
    };
    let name = FieldRef { name: "name".into(), path: Vec::new() };
    let embed = Embed {
        alias: Some([chosen, "2"].concat()),
        target: Target::Named { name: "owner".into(), hint: None },
        join: JoinKind::Inner,
        spread: false,
        level: Level { items: vec![field(Some(chosen), name)], ..Level::default() },
    };
    let test = |field, operator| Condition::Test { field, operator };
    let compare = |op| Operator::Compare(op, Quantity::One, Slot(0));
    let level = Level {
        items: vec![field(Some(chosen), info(true)), Item::Embed(embed)],
        filter: vec![test(info(true), compare(CompareOp::Like)), test(info(false), compare(CompareOp::Gt))],
        order: vec![OrderTerm {
            embed: None,
            through: Vec::new(),
            by: SortBy::Field(info(false)),
            descending: true,
            nulls_first: None,
        }],
        limit: Some(Slot(1)),
        ..Level::default()
    };
    Action::Read(Read { relation: "things".into(), level, total: true })
}

proptest! {
    #[test]
    fn names_of_the_caller_stay_out(tail in "[^\u{0}]{0,12}", index in -9_999_999_i64..-1_000) {
        // A sign that no statement has by itself.
        let chosen = ["§", tail.as_str()].concat();
        let schema = schema(SCHEMA);
        for dialect in DIALECTS {
            for sql in statements(compiled(&read(&chosen, index), &schema, dialect).unwrap()) {
                prop_assert!(!sql.text.contains('§'), "{}", sql.text);
                prop_assert!(!sql.text.contains(&index.to_string()), "{}", sql.text);
            }
        }
    }
}

#[test]
fn text_is_the_same_each_time_and_for_each_name() {
    let schema = schema(SCHEMA);
    for dialect in DIALECTS {
        let text = |chosen: &str| {
            let statements = statements(compiled(&read(chosen, -1), &schema, dialect).unwrap());
            statements.into_iter().map(|sql| sql.text).collect::<Vec<_>>()
        };
        assert_eq!(text("a"), text("a"));
        assert_eq!(text("a"), text("b"));
    }
}
