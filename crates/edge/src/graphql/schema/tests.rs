//! Types of each role: whole, valid, and silent about what the role may not use.

use super::*;
use crate::graphql::names::{Naming, ScalarNames, TypeNames};
use backstay_plan::principal::{RoleSet, WireRole};
use backstay_schema::{Source, parse};

const PORTAL: &str = r#"
enum Role @role { learner admin }
enum Mood { calm wild }
type Address { street: String! lines: [Int] }
type Learner @model @timestamps @authUser(signup: BOTH, copy: ["name"])
  @access(roles: ["admin"], ops: [ALL])
  @access(roles: ["user"],  ops: [READ, UPDATE], when: "id == auth.uid")
{
  id: ID! @id
  name: String! @length(min: 1, max: 120)
  email: Email! @unique @writable(roles: ["admin"])
  role: Role! @default(value: learner) @writable(roles: ["admin"])
  scores: JSON            @visible(to: ["admin"])
  mbeClearance: Boolean! @default(value: false) @visible(to: ["admin"])
  psp: String             @visible(to: ["admin"])
  secretNote: String      @private
  home: Address
  posts: [Post!]!
}
"What learners write."
type Post @model @access(roles: ["user"], ops: [READ, CREATE, UPDATE, DELETE])
  @searchable(fields: ["title"]) {
  id: BigInt! @id(auto: INCREMENT)
  title: String! @length(max: 80)
  body: String @readable(when: "authorId == auth.uid")
  likes: Int! @default(value: 0)
  tags: [String!]! @items(max: 5)
  mood: Mood! @default(value: calm)
  author: Learner! @relation
  labels: [Label!]!
}
type Label @model @access(ops: [READ]) { id: ID! @id text: String! posts: [Post!]! }
type Drop @model @access(ops: [CREATE]) { id: ID! @id text: String! }
type Audit @model @access(roles: ["admin"], ops: [READ]) { id: ID! @id line: String! }
type Hidden @model(graphql: false) @access(ops: [ALL]) { id: ID! @id line: String! }
type Dash @model(table: "dash-board") @access(ops: [READ]) { a: Int! @id b: Int! @id at: DateTime }
extend type Query {
  busy(least: Int = 3, mood: Mood = calm): [Post!]! @query(sql: { sqlite: "SELECT * FROM posts WHERE likes >= :least" }) @readable(roles: ["user"])
  total: BigInt! @query(sql: { sqlite: "SELECT count(*) FROM posts" }) @readable
}
"#;

fn schema(text: &str) -> Schema {
    let parsed = parse(&[Source { name: "schema.graphql".to_owned(), text: text.to_owned() }]);
    parsed.schema.unwrap_or_else(|| panic!("{:?}", parsed.diagnostics))
}

fn roles(name: &str) -> RoleSet {
    match name {
        "anon" => RoleSet::anonymous(),
        "service" => RoleSet::service(),
        "user" => RoleSet { wire: WireRole::Authenticated, application: Vec::new() },
        role => RoleSet { wire: WireRole::Authenticated, application: vec![role.to_owned()] },
    }
}

fn seen_with(role: &str, naming: Naming, offer: Offer) -> Valid<Types> {
    let (schema, roles) = (schema(PORTAL), roles(role));
    types(&schema, &View::new(&schema, &roles), &Names::of(&schema, naming), offer)
}

const ALL: Offer = Offer { aggregates: true, federation: true };

fn seen(role: &str) -> Valid<Types> {
    seen_with(role, Naming::default(), ALL)
}

/// Names of what a type has: fields, members, values.
fn parts(types: &Types, name: &str) -> Vec<String> {
    let names = |names: Vec<&Name>| names.into_iter().map(ToString::to_string).collect();
    match types.types.get(name) {
        Some(ExtendedType::Object(ty)) => names(ty.fields.keys().collect()),
        Some(ExtendedType::InputObject(ty)) => names(ty.fields.keys().collect()),
        Some(ExtendedType::Enum(ty)) => names(ty.values.keys().collect()),
        Some(ExtendedType::Union(ty)) => ty.members.iter().map(|member| member.name.to_string()).collect(),
        Some(ExtendedType::Scalar(_) | ExtendedType::Interface(_)) | None => Vec::new(),
    }
}

#[test]
fn every_role_sees_valid_types() {
    let styles =
        [Naming::default(), Naming { types: TypeNames::Relation, scalars: ScalarNames::Postgres, ..Naming::default() }];
    for role in ["anon", "user", "learner", "admin", "service"] {
        for naming in styles {
            for (aggregates, federation) in [(true, true), (false, true), (true, false)] {
                let types = seen_with(role, naming, Offer { aggregates, federation });
                let text = types.to_string();
                let validated = types.into_inner().validate();
                assert!(
                    validated.is_ok(),
                    "{role}: {}",
                    validated.err().map_or_else(String::new, |e| e.errors.to_string())
                );
                assert!(Types::parse_and_validate(&text, "sdl.graphql").is_ok(), "{role}: {text}");
            }
        }
    }
}

#[test]
fn what_a_learner_may_not_use_is_absent() {
    let types = seen("user");
    let text = types.to_string();
    for hidden in ["scores", "mbeClearance", "psp", "secretNote", "Audit", "audits", "Hidden", "hiddens"] {
        assert!(!text.contains(hidden), "{hidden}");
    }
    assert!(parts(&types, "learners_bool_exp").contains(&"email".to_owned()));
    assert_eq!(parts(&types, "learners_set_input"), ["id", "name", "home"]);
    for absent in ["insert_learners", "insert_learners_one", "delete_learners", "delete_learners_by_pk"] {
        assert!(!parts(&types, "Mutation").contains(&absent.to_owned()), "{absent}");
    }
    for present in
        ["update_learners", "update_learners_by_pk", "update_learners_many", "insert_posts", "delete_posts_by_pk"]
    {
        assert!(parts(&types, "Mutation").contains(&present.to_owned()), "{present}");
    }
    let admin = seen("admin");
    for present in ["scores", "mbeClearance", "psp"] {
        for of in
            ["Learner", "learners_bool_exp", "learners_order_by", "learners_select_column", "learners_insert_input"]
        {
            assert!(parts(&admin, of).contains(&present.to_owned()), "{of}.{present}");
        }
    }
    assert!(!admin.to_string().contains("secretNote"));
}

#[test]
fn who_sees_which_roots() {
    let roots =
        |role: &str, of: &str| parts(&seen_with(role, Naming::default(), Offer { federation: false, ..ALL }), of);
    assert_eq!(
        roots("anon", "Query"),
        [
            "labels",
            "labels_by_pk",
            "labels_aggregate",
            "labels_connection",
            "dash_board",
            "dash_board_by_pk",
            "dash_board_aggregate",
            "dash_board_connection",
            "total",
        ]
    );
    // Who may not read has no row to be answered with.
    assert_eq!(roots("anon", "Mutation"), ["insert_drops"]);
    assert_eq!(parts(&seen("anon"), "drops_mutation_response"), ["affected_rows"]);
    let nothing = schema(r#"type A @model @access(roles: ["admin"], ops: [ALL]) { a: Int }"#);
    let names = Names::of(&nothing, Naming::default());
    let anonymous = RoleSet::anonymous();
    let types = types(&nothing, &View::new(&nothing, &anonymous), &names, Offer { federation: false, ..ALL });
    assert_eq!(parts(&types, "Query"), [NOTHING]);
    assert_eq!(parts(&types, "Mutation"), Vec::<String>::new());
}

#[test]
fn shapes_of_fields() {
    let types = seen("user");
    for (of, field, expected) in [
        ("Post", "title", "String!"),
        ("Post", "body", "String"),
        ("Post", "tags", "[String!]!"),
        ("Post", "author", "Learner"),
        ("Post", "labels", "[Label!]!"),
        ("Post", "labels_aggregate", "labels_aggregate!"),
        ("Learner", "home", "Address"),
        ("Query", "posts", "[Post!]!"),
        ("Query", "posts_by_pk", "Post"),
        ("Query", "posts_aggregate", "posts_aggregate!"),
        ("Query", "posts_connection", "posts_connection!"),
        ("Query", "busy", "[Post!]!"),
        ("Query", "total", "BigInt"),
        ("Mutation", "insert_posts", "posts_mutation_response"),
        ("Mutation", "insert_posts_one", "Post"),
        ("Mutation", "update_posts_many", "[posts_mutation_response]"),
        ("posts_mutation_response", "returning", "[Post!]!"),
        ("posts_sum_fields", "likes", "BigInt"),
        ("posts_max_fields", "title", "String"),
        ("posts_edge", "node", "Post!"),
    ] {
        let found = types.type_field(of, field).map(|definition| definition.ty.to_string());
        assert_eq!(found.ok().as_deref(), Some(expected), "{of}.{field}");
    }
    let arguments = |of: &str, field: &str| -> Vec<String> {
        let field = types.type_field(of, field).unwrap();
        field.arguments.iter().map(|argument| format!("{}: {}", argument.name, argument.ty)).collect()
    };
    assert_eq!(arguments("Query", "dash_board_by_pk"), ["a: Int!", "b: Int!"]);
    assert_eq!(
        arguments("Query", "posts"),
        [
            "distinct_on: [posts_select_column!]",
            "limit: Int",
            "offset: Int",
            "order_by: [posts_order_by!]",
            "where: posts_bool_exp",
        ]
    );
    assert_eq!(
        arguments("Query", "busy"),
        [
            "least: Int",
            "mood: Mood",
            "limit: Int",
            "offset: Int",
            "order_by: [posts_order_by!]",
            "where: posts_bool_exp"
        ]
    );
    assert_eq!(
        arguments("Mutation", "update_posts"),
        ["_set: posts_set_input", "_inc: posts_inc_input", "where: posts_bool_exp!", "max_affected: Int"]
    );
    assert_eq!(
        arguments("Mutation", "insert_posts"),
        ["objects: [posts_insert_input!]!", "on_conflict: posts_on_conflict"]
    );
    assert_eq!(parts(&types, "posts_constraint"), ["posts_pkey"]);
    assert!(parts(&types, "String_searchable_comparison_exp").contains(&"_search".to_owned()));
    assert!(!parts(&types, "String_comparison_exp").contains(&"_search".to_owned()));
}

#[test]
fn names_of_other_conventions() {
    let naming = Naming { types: TypeNames::Relation, scalars: ScalarNames::Postgres, ..Naming::default() };
    let types = seen_with("admin", naming, ALL);
    let ty = |of: &str, field: &str| types.type_field(of, field).map(|field| field.ty.to_string()).ok();
    assert_eq!(ty("Query", "learners").as_deref(), Some("[learners!]!"));
    assert_eq!(ty("learners", "createdAt").as_deref(), Some("timestamptz!"));
    assert_eq!(ty("learners", "scores").as_deref(), Some("jsonb"));
    assert_eq!(ty("posts", "id").as_deref(), Some("bigint!"));
    assert!(types.types.contains_key("timestamptz_comparison_exp"));
    assert!(!types.types.contains_key("Learner") && !types.types.contains_key("DateTime"));
}

#[test]
fn subgraphs_have_keys() {
    let (schema, roles) = (schema(PORTAL), roles("user"));
    let view = View::new(&schema, &roles);
    let names = Names::of(&schema, Naming::default());
    let types = types(&schema, &view, &names, ALL);
    assert_eq!(parts(&types, "_Entity"), ["Learner", "Post", "Label", "Dash", "LabelPost"]);
    let text = subgraph(&types, &view, &names);
    for part in [
        "type Post @key(fields: \"id\")",
        "type Dash @key(fields: \"a b\")",
        "type PageInfo @shareable",
        "extend schema @link(",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    for absent in ["_Any", "_service", "_entities", "union _Entity"] {
        assert!(!text.contains(absent), "{absent}");
    }
}
