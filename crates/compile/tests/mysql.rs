//! What rules and writes come to on MySQL and MariaDB: nothing is compared as doubles by accident, no source looks at the rows
//! around it, and what a write did is read anew.
#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

use backstay_compile::statement::Step;
use backstay_compile::{Statement, compile, ddl};
use backstay_plan::Refusal;
use backstay_plan::authorize::authorize;
use backstay_plan::limits::Limits;
use backstay_plan::principal::{RoleSet, WireRole};
use backstay_plan::request::{Absent, Action, FieldRef, Insert, Item, Level, Read, Slot};
use backstay_plan::resolve::resolve;
use backstay_schema::model::Dialect;
use backstay_schema::{Schema, Source};

fn schema(text: &str) -> Schema {
    let parsed = backstay_schema::parse(&[Source { name: "schema.graphql".into(), text: text.to_owned() }]);
    let Some(schema) = parsed.schema else {
        let found: Vec<_> = parsed.diagnostics.iter().map(|found| found.message.clone()).collect();
        unreachable!("{text}: {found:?}")
    };
    schema
}

fn things(rule: &str) -> Schema {
    schema(&format!(
        r#"
type Thing @model(table: "things") @access(ops: [ALL], when: "{rule}") {{
  id: UUID! @id
  owner: UUID
  tags: [String!]
  numbers: [Int!]
  score: Int
  ratio: Float
  price: Decimal
  at: DateTime
  info: JSON
  name: String
}}
"#
    ))
}

fn compiled(action: &Action, schema: &Schema) -> Result<Statement, Refusal> {
    let roles = RoleSet { wire: WireRole::Authenticated, ..RoleSet::anonymous() };
    let resolved = resolve(action, schema, &Limits::default())?;
    compile(&authorize(resolved, schema, &roles)?, schema, Dialect::Mysql)
}

fn level() -> Level {
    let field = FieldRef { name: "name".into(), path: Vec::new() };
    Level { items: vec![Item::Field { alias: None, field, cast: None, aggregate: None }], ..Level::default() }
}

#[track_caller]
fn check(rule: &str, expected: &str) {
    let action = Action::Read(Read { relation: "things".into(), level: level(), total: false });
    let Statement::Read(read) = compiled(&action, &things(rule)).unwrap() else { unreachable!("a read") };
    let (_, condition) = read.sql.text.split_once(" WHERE ").unwrap();
    let (condition, _) = condition.split_once(" ORDER BY ").unwrap();
    let condition =
        condition.replace(" COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */", " COLLATE bin");
    assert_eq!(condition, expected, "{rule}");
}

#[test]
fn rules() {
    check("owner == auth.uid", "(t1.`owner` = ?)");
    check("owner != auth.uid", "((t1.`owner` = ?) IS NOT TRUE)");
    check("size(tags) > 1", "(json_length(t1.`tags`) > ?)");
    check("score + 1 > 2", "(bs_add(t1.`score`, ?) > ?)");
    check("ratio * 2.0 > 2.5", "(bs_mul_double(t1.`ratio`, ?) > ?)");
    check("price < 2.5", "(CAST(t1.`price` AS DOUBLE) < ?)");
    check("at < now", "(t1.`at` < CAST(replace(?, '+00:00', '') AS DATETIME(6)))");
    check("at + duration('1h') < now", "(bs_time_add(t1.`at`, ?) < CAST(replace(?, '+00:00', '') AS DATETIME(6)))");
    check("name.matches('^a.$')", "(t1.`name` REGEXP ?)");
    check("name.startsWith('a')", "(locate(?, t1.`name`) = 1)");
    check("info.level == 'a'", "((bs_json_as(json_extract(t1.`info`, ?), ?) COLLATE bin) = ?)");
    check("info.level == 2", "(CAST(bs_json_as(json_extract(t1.`info`, ?), ?) AS SIGNED) = ?)");
    check(
        "auth.uid in tags",
        "(? IN (SELECT (t2.`value` COLLATE bin) FROM JSON_TABLE(t1.`tags`, '$[*]' COLUMNS (`key` FOR ORDINALITY, \
         `value` longtext CHARACTER SET utf8mb4 COLLATE bin PATH '$', `json` json PATH '$')) AS t2))",
    );
    check(
        "numbers.exists(n, n > score)",
        "EXISTS (SELECT 1 FROM JSON_TABLE(t1.`numbers`, '$[*]' COLUMNS (`key` FOR ORDINALITY, `value` longtext CHARACTER SET \
         utf8mb4 COLLATE bin PATH '$', `json` json PATH '$')) AS t2 WHERE (CAST(t2.`value` AS SIGNED) > t1.`score`))",
    );
}

/// A rule that can fail is put over rows without a source that would have to see the row around it.
#[test]
fn macros_see_the_row_around_them() {
    let schema = schema(
        r#"
type Room @model(table: "rooms") @access(ops: [ALL], when: "!seats.exists(s, s.number / limit == 1)") {
  id: Int! @id
  name: String
  limit: Int!
  seats: [Seat!]! @relation
}
type Seat @model(table: "seats") @access(ops: [ALL]) {
  id: Int! @id
  number: Int!
  roomId: Int!
  room: Room! @relation(fields: ["roomId"], references: ["id"])
}
"#,
    );
    let action = Action::Read(Read { relation: "rooms".into(), level: level(), total: false });
    let Statement::Read(read) = compiled(&action, &schema).unwrap() else { unreachable!("a read") };
    assert!(!read.sql.text.contains("FROM (SELECT"), "{}", read.sql.text);
    assert!(read.sql.text.contains("IS NOT NULL) THEN"), "{}", read.sql.text);
}

#[test]
fn each_placeholder_has_its_parameter() {
    let action = Action::Read(Read { relation: "things".into(), level: level(), total: true });
    let Statement::Read(read) = compiled(&action, &things("owner == auth.uid || name == auth.uid")).unwrap() else {
        unreachable!("a read")
    };
    assert_eq!(read.sql.text.matches('?').count(), read.sql.params.len());
}

#[test]
fn inserts_are_read_anew() {
    let action = Action::Insert(Insert {
        relation: "things".into(),
        columns: vec!["name".into()],
        rows: Slot(0),
        absent: Absent::Null,
        conflict: None,
        returning: None,
        referred: None,
    });
    let Statement::Write(program) = compiled(&action, &things("score > 1")).unwrap() else { unreachable!("a write") };
    let insert = program.steps.iter().find(|step| matches!(step, Step::Insert { .. })).unwrap();
    let Step::Insert { sql, returns, reread, merge } = insert else { unreachable!("found above") };
    assert!(returns.check && merge.is_none() && !sql.text.contains("RETURNING"), "{}", sql.text);
    let reread = &reread.as_ref().unwrap().text;
    assert_eq!(reread, "SELECT (t1.`score` > ?) FROM `things` AS t1 WHERE (t1.`id` = ?)");
}

#[test]
fn tables() {
    let schema = schema(
        r#"
type Owner @model(table: "owners") @access(ops: [ALL]) @softDelete(field: "deletedAt") @check(expr: "size > 0")
  @check(expr: "bio.trim() != ''") {
  id: Int! @id(auto: INCREMENT)
  email: Email! @unique
  bio: String
  size: Int!
  deletedAt: DateTime
  double: Int! @computed(expr: "size * 2", stored: true)
}
"#,
    );
    let made = ddl::create_schema(&schema, Dialect::Mysql).unwrap().join("\n");
    for part in [
        "`id` int AUTO_INCREMENT",
        "`email` varchar(760) NOT NULL",
        "`bio` longtext",
        "GENERATED ALWAYS AS ((CASE WHEN (CAST(`size` AS DECIMAL(65,0)) * 2) BETWEEN",
        "ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4",
        "ADD COLUMN `bs_only_owners_email_key` tinyint GENERATED ALWAYS AS (CASE WHEN (`deletedAt` IS NULL) THEN 1 END) VIRTUAL",
    ] {
        assert!(made.contains(part), "{part}\n{made}");
    }
    // What only a write can verify does not stand in the table.
    assert!(!made.contains("bs_trim"), "{made}");
}

#[test]
fn what_cannot_be_said_is_refused() {
    let text = r#"
type Thing @model(table: "things") @access(ops: [ALL]) @searchable(fields: ["name"]) { id: Int! @id name: String! }
"#;
    let schema = schema(text);
    assert!(!ddl::create_schema(&schema, Dialect::Mysql).unwrap().join("\n").contains("fts"));
    let stored = r#"
type Thing @model(table: "things") @access(ops: [ALL]) {
  id: Int! @id
  name: String!
  trimmed: String @computed(expr: "name.trim()", stored: true)
}
"#;
    let refused = ddl::create_schema(&self::schema(stored), Dialect::Mysql).unwrap_err();
    let reason = "the stored field trimmed, which needs more than its row".to_owned();
    assert_eq!(refused, Refusal::NotImplemented { reason });
}
