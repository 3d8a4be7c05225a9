//! Schemas that the tests share, and the way from a request to a printed plan.

use crate::print::Printer;
use crate::select;
use backstay_plan::authorize::authorize;
use backstay_plan::limits::Limits;
use backstay_plan::principal::{RoleSet, WireRole};
use backstay_plan::request::{Absent, Delete, Operator};
use backstay_plan::request::{Action, Condition, Insert, Level, Read, Slot, Update};
use backstay_plan::resolve::resolve;
use backstay_schema::{Schema, Source, parse};

/// Open tables with every kind of relationship.
pub(crate) const OPEN: &str = r#"
enum Colour { red green }
type Client @model(table: "clients") @access(ops: [ALL]) { id: Int! @id(auto: NONE)  name: String! }
type Project @model(table: "projects") @access(ops: [ALL]) {
  id: Int! @id(auto: NONE)  name: String!  client_id: Int  data: JSON  tags: [String!]  colour: Colour  done: Boolean
  body: String @searchable
  client: Client @relation(fields: ["client_id"], references: ["id"], name: "client_fk")
}
type Task @model(table: "tasks") @access(ops: [ALL]) {
  id: Int! @id(auto: NONE)  name: String!  cost: Decimal  project_id: Int
  project: Project @relation(fields: ["project_id"], references: ["id"])
}
type User @model(table: "users") @access(ops: [ALL]) {
  id: Int! @id(auto: NONE)  name: String!  count: Int
}
type UserTask @model(table: "users_tasks") @access(ops: [ALL]) {
  user_id: Int! @id(auto: NONE)  task_id: Int! @id(auto: NONE)
  user_rel: User! @relation(fields: ["user_id"], references: ["id"])
  task_rel: Task! @relation(fields: ["task_id"], references: ["id"])
}
type Node @model(table: "nodes") @access(ops: [ALL]) {
  id: Int! @id(auto: NONE)  parent_id: Int
  parent: Node @relation(fields: ["parent_id"], references: ["id"])
}
type Person @model(table: "people") @access(ops: [ALL]) { id: Int! @id(auto: NONE)  name: String }
type Message @model(table: "messages") @access(ops: [ALL]) {
  id: Int! @id(auto: NONE)  sender: Int!  recipient: Int!
  sender_rel: Person! @relation(fields: ["sender"], references: ["id"])
  recipient_rel: Person! @relation(fields: ["recipient"], references: ["id"])
}
type Country @model(table: "country") @access(ops: [ALL]) { id: Int! @id(auto: NONE)  name: String! }
type Capital @model(table: "capital") @access(ops: [ALL]) {
  code: Int! @id(auto: NONE)  name: String!  country_id: Int @unique
  country_rel: Country @relation(fields: ["country_id"], references: ["id"])
}
type Loose @model(table: "loose") @access(ops: [ALL]) { _key: ID! @id @private  a: String @unique  b: Int! }
type Item @model(table: "items") @timestamps @access(ops: [ALL]) @unique(fields: ["a", "b"]) {
  id: Int! @id(auto: INCREMENT)  a: Int  b: Int @default(value: 7)  twice: Int @computed(expr: "a * 2", stored: true)
}
"#;

/// Rules of every kind.
pub(crate) const RULED: &str = r#"
enum Role @role { learner admin editor }
type Learner @model @timestamps
  @access(roles: ["admin"], ops: [ALL])
  @access(roles: ["user"], ops: [READ, UPDATE], when: "id == auth.uid")
{
  id: ID! @id
  name: String! @length(min: 1, max: 20)
  email: Email! @unique @writable(roles: ["admin"])
  scores: JSON @visible(to: ["admin"])
  psp: String @visible(to: ["admin"])
}
type Post @model(table: "posts")
  @access(roles: ["anon"], ops: [READ], when: "published", fields: ["id", "title", "published"])
  @access(roles: ["user"], ops: [READ], when: "published", fields: ["id", "title", "published", "authorId"])
  @access(roles: ["user"], ops: [READ, UPDATE, DELETE], when: "authorId == auth.uid")
  @access(roles: ["user"], ops: [CREATE], check: "authorId == auth.uid", fields: ["id", "title", "authorId"])
  @deny(roles: ["learner"], ops: [DELETE])
  @access(roles: ["editor"], ops: [READ, UPDATE])
{
  id: ID! @id
  title: String!
  published: Boolean! @default(value: false)
  draft: String @readable(when: "authorId == auth.uid") @writable(when: "!published")
  secret: String @private
  authorId: ID!
  author: Learner @relation(fields: ["authorId"])
}
type Note @model(table: "notes") @softDelete(field: "deletedAt") @access(ops: [ALL]) { id: ID! @id  text: String }
type Log @model(table: "logs", ops: [CREATE, READ]) @access(roles: ["user"], ops: [CREATE]) { id: ID! @id  line: String }
"#;

#[track_caller]
pub(crate) fn schema(text: &str) -> Schema {
    let parsed = parse(&[Source { name: "test.graphql".to_owned(), text: text.to_owned() }]);
    parsed.schema.unwrap_or_else(|| panic!("{:#?}", parsed.diagnostics))
}

/// `anon`, `service`, or the application roles of a signed-in caller.
pub(crate) fn roles(who: &str) -> RoleSet {
    match who {
        "anon" => RoleSet::anonymous(),
        "service" => RoleSet::service(),
        roles => RoleSet {
            wire: WireRole::Authenticated,
            application: roles.split(',').filter(|role| *role != "user").map(str::to_owned).collect(),
        },
    }
}

pub(crate) fn read(relation: &str, level: Level) -> Action {
    Action::Read(Read { relation: relation.to_owned(), level, total: false })
}

pub(crate) fn insert(relation: &str, columns: &str, returning: Option<&str>) -> Insert {
    Insert {
        relation: relation.to_owned(),
        columns: names(columns),
        rows: Slot(0),
        absent: Absent::Null,
        conflict: None,
        returning: returning.map(select::level),
        referred: None,
    }
}

pub(crate) fn update(relation: &str, columns: &str, filter: Vec<Condition>, returning: Option<&str>) -> Action {
    Action::Update(Update {
        relation: relation.to_owned(),
        columns: names(columns),
        added: Vec::new(),
        edited: Vec::new(),
        row: Slot(0),
        absent: Absent::Null,
        filter,
        returning: returning.map(select::level),
    })
}

pub(crate) fn delete(relation: &str, filter: Vec<Condition>, returning: Option<&str>) -> Action {
    Action::Delete(Delete { relation: relation.to_owned(), filter, returning: returning.map(select::level) })
}

pub(crate) fn names(list: &str) -> Vec<String> {
    list.split(',').filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

/// A test of a column.
pub(crate) fn test(field: &str, operator: Operator) -> Condition {
    Condition::Test { field: select::field(field), operator }
}

/// The plan in one line, or the refusal's text.
pub(crate) fn outcome(schema: &Schema, who: &str, action: &Action) -> String {
    outcome_within(&Limits { unbounded_writes: true, ..Limits::default() }, schema, who, action)
}

/// The same within some limits.
pub(crate) fn outcome_within(limits: &Limits, schema: &Schema, who: &str, action: &Action) -> String {
    let planned = resolve(action, schema, limits).and_then(|resolved| authorize(resolved, schema, &roles(who)));
    match planned {
        Ok(plan) => Printer(schema).plan(plan.plan()),
        Err(refusal) => format!("refused: {refusal}"),
    }
}
