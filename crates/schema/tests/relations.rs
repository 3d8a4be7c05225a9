//! Relations: the columns, constraint names and relationships that relation fields make, and the mistakes they can hold.

use backstay_schema::model::{Cardinality, ForeignKey, Link, ReferentialAction, Relationship};
use backstay_schema::{Schema, Severity, Source, parse};

const USER: &str = "type User @model @access(ops: [ALL]) { name: String";
const POST: &str = "type Post @model @access(ops: [ALL]) { title: String";

fn parsed(sdl: &str) -> Schema {
    let parsed = parse(&[Source { name: "schema.graphql".to_owned(), text: sdl.to_owned() }]);
    let bad: Vec<_> = parsed.diagnostics.iter().filter(|finding| finding.severity != Severity::Note).collect();
    assert!(bad.is_empty(), "{sdl}\n{bad:#?}");
    parsed.schema.expect("no errors")
}

fn columns(schema: &Schema, model: usize, ids: &[backstay_schema::model::FieldId]) -> String {
    let names: Vec<&str> = ids.iter().map(|id| schema.models[model].fields[usize::from(id.0)].name.as_str()).collect();
    names.join(",")
}

fn key_line(schema: &Schema, key: &ForeignKey) -> String {
    let (from, to) = (usize::from(key.from.0), usize::from(key.to.0));
    format!(
        "{} {}({}) -> {}({})",
        key.name,
        schema.models[from].table,
        columns(schema, from, &key.from_fields),
        schema.models[to].table,
        columns(schema, to, &key.to_fields)
    )
}

fn way_line(schema: &Schema, way: &Relationship) -> String {
    let table = |id: backstay_schema::model::ModelId| schema.models[usize::from(id.0)].table.as_str();
    let link = match way.link {
        Link::Forward(key) => format!("by {}", schema.foreign_keys[usize::from(key.0)].name),
        Link::Inverse(key) => format!("back by {}", schema.foreign_keys[usize::from(key.0)].name),
        Link::Junction { junction, near, far } => format!(
            "through {} by {} and {}",
            table(junction),
            schema.foreign_keys[usize::from(near.0)].name,
            schema.foreign_keys[usize::from(far.0)].name
        ),
    };
    let kind = match way.cardinality {
        Cardinality::ManyToOne => "m2o",
        Cardinality::OneToOne => "o2o",
        Cardinality::OneToMany => "o2m",
        Cardinality::ManyToMany => "m2m",
    };
    let field = way.field_name.as_deref().map(|name| format!(".{name}")).unwrap_or_default();
    format!("{}{field} {kind} {} {link}", table(way.from), table(way.to))
}

/// A schema makes exactly these foreign keys and relationships, in any order.
#[track_caller]
fn check(sdl: &str, expected: &[&str]) {
    let schema = parsed(sdl);
    let mut lines: Vec<String> = schema.foreign_keys.iter().map(|key| key_line(&schema, key)).collect();
    lines.extend(schema.relationships.iter().map(|way| way_line(&schema, way)));
    lines.sort();
    let mut expected: Vec<&str> = expected.to_vec();
    expected.sort_unstable();
    assert_eq!(lines, expected, "{sdl}");
}

/// The text under a span.
fn under(sdl: &str, span: backstay_schema::Span) -> &str {
    let place = |offset: u32| usize::try_from(offset).unwrap_or(usize::MAX);
    sdl.get(place(span.start)..place(span.end)).expect("a span inside the text")
}

/// A schema has exactly one error or warning.
#[track_caller]
fn refused(sdl: &str, code: &str, underlined: &str, said: &str) {
    let parsed = parse(&[Source { name: "schema.graphql".to_owned(), text: sdl.to_owned() }]);
    let bad: Vec<_> = parsed.diagnostics.iter().filter(|finding| finding.severity != Severity::Note).collect();
    assert_eq!(bad.len(), 1, "{sdl}\n{bad:#?}");
    assert_eq!((bad[0].code, under(sdl, bad[0].span)), (code, underlined), "{sdl}\n{bad:#?}");
    let text = format!("{} {}", bad[0].message, bad[0].help.as_deref().unwrap_or_default());
    assert!(text.contains(said), "{sdl}\n{bad:#?}");
}

const AUTHOR: [&str; 3] = [
    "posts_authorId_fkey posts(authorId) -> users(id)",
    "posts.author m2o users by posts_authorId_fkey",
    "users o2m posts back by posts_authorId_fkey",
];
const AUTHOR_AND_POSTS: [&str; 3] = [
    "posts_authorId_fkey posts(authorId) -> users(id)",
    "posts.author m2o users by posts_authorId_fkey",
    "users.posts o2m posts back by posts_authorId_fkey",
];

#[test]
fn to_one() {
    check(&format!("{USER} }} {POST} author: User }}"), &AUTHOR);
    check(&format!("{USER} }} {POST} author: User! @relation }}"), &AUTHOR);
    check(&format!("{USER} }} {POST} author: User @belongsTo }}"), &AUTHOR);
    check(&format!("{USER} }} {POST} authorId: ID author: User @relation(fields: [\"authorId\"]) }}"), &AUTHOR);
    check(&format!("{USER} }} {POST} author: User @relation(fields: \"authorId\") authorId: ID }}"), &AUTHOR);
    check(&format!("{USER} }} {POST} authorId: ID author: User @belongsTo(fields: [\"authorId\"]) }}"), &AUTHOR);
    check(&format!("{USER} }} {POST} authorId: ID author: User }}"), &AUTHOR);
    check(
        &format!(
            "{USER} email: Email @unique }} {POST} author: User @relation(references: [\"email\"], name: \"writer\") }}"
        ),
        &[
            "writer posts(authorId) -> users(email)",
            "posts.author m2o users by writer",
            "users o2m posts back by writer",
        ],
    );
}

#[test]
fn to_many() {
    check(&format!("{USER} posts: [Post!]! }} {POST} author: User }}"), &AUTHOR_AND_POSTS);
    check(&format!("{USER} posts: [Post!] @relation }} {POST} author: User }}"), &AUTHOR_AND_POSTS);
    check(&format!("{USER} posts: [Post] @hasMany }} {POST} author: User }}"), &AUTHOR_AND_POSTS);
    check(&format!("{USER} posts: [Post!] @hasMany(by: \"author\") }} {POST} author: User }}"), &AUTHOR_AND_POSTS);
    check(&format!("{USER} posts: [Post!] @hasMany(by: \"authorId\") }} {POST} author: User }}"), &AUTHOR_AND_POSTS);
    check(
        &format!("{USER} posts: [Post!] @hasMany(by: \"writer\") }} {POST} writer: ID }}"),
        &[
            "posts_writer_fkey posts(writer) -> users(id)",
            "posts m2o users by posts_writer_fkey",
            "users.posts o2m posts back by posts_writer_fkey",
        ],
    );
    let paired = format!(
        "{USER} written: [Post!] @relation(name: \"wrote\") checked: [Post!] @relation(name: \"checks\") }}
         {POST} author: User @relation(name: \"wrote\") editor: User @relation(name: \"checks\") }}"
    );
    check(
        &paired,
        &[
            "wrote posts(authorId) -> users(id)",
            "checks posts(editorId) -> users(id)",
            "posts.author m2o users by wrote",
            "posts.editor m2o users by checks",
            "users.written o2m posts back by wrote",
            "users.checked o2m posts back by checks",
        ],
    );
}

#[test]
fn one_to_one() {
    let expected = [
        "posts_authorId_fkey posts(authorId) -> users(id)",
        "posts.author o2o users by posts_authorId_fkey",
        "users.post o2o posts back by posts_authorId_fkey",
    ];
    check(&format!("{USER} post: Post @hasOne }} {POST} author: User }}"), &expected);
    check(&format!("{USER} post: Post @hasOne }} {POST} authorId: ID @unique author: User }}"), &expected);
    check(
        &format!(
            "{USER} post: Post @relation(name: \"x\") }} {POST} authorId: ID author: User @relation(fields: [\"authorId\"], name: \"x\") }}"
        ),
        &["x posts(authorId) -> users(id)", "posts.author o2o users by x", "users.post o2o posts back by x"],
    );
    check(
        &format!("{USER} }} {POST} author: User @unique }}"),
        &[expected[0], expected[1], "users o2o posts back by posts_authorId_fkey"],
    );
    let schema = parsed(&format!("{USER} post: Post @hasOne }} {POST} author: User }}"));
    assert_eq!(schema.models[1].uniques[0].name, "posts_authorId_key");
    // The key is shared: a profile's id is its user's.
    check(
        &format!(
            "{USER} }} type Profile @model @access(ops: [ALL]) {{ id: ID! @id user: User! @relation(fields: [\"id\"]) }}"
        ),
        &[
            "profiles_id_fkey profiles(id) -> users(id)",
            "profiles.user o2o users by profiles_id_fkey",
            "users o2o profiles back by profiles_id_fkey",
        ],
    );
}

#[test]
fn composite_keys() {
    let order = "type Order @model @access(ops: [ALL]) { year: Int! @id number: Int! @id }";
    check(
        &format!("{order} type Line @model @access(ops: [ALL]) {{ order: Order! }}"),
        &[
            "lines_orderYear_orderNumber_fkey lines(orderYear,orderNumber) -> orders(year,number)",
            "lines.order m2o orders by lines_orderYear_orderNumber_fkey",
            "orders o2m lines back by lines_orderYear_orderNumber_fkey",
        ],
    );
    check(
        &format!(
            "{order} type Line @model @access(ops: [ALL]) {{ n: Int! y: Int! \
             order: Order! @relation(fields: [\"n\", \"y\"], references: [\"number\", \"year\"]) }}"
        ),
        &[
            "lines_n_y_fkey lines(n,y) -> orders(number,year)",
            "lines.order m2o orders by lines_n_y_fkey",
            "orders o2m lines back by lines_n_y_fkey",
        ],
    );
}

#[test]
fn self_relations() {
    check(
        "type Node @model @access(ops: [ALL]) { parent: Node children: [Node!] }",
        &[
            "nodes_parentId_fkey nodes(parentId) -> nodes(id)",
            "nodes.parent m2o nodes by nodes_parentId_fkey",
            "nodes.children o2m nodes back by nodes_parentId_fkey",
        ],
    );
    check(
        "type Node @model @access(ops: [ALL]) { parent: Node next: Node @relation(name: \"next\") }",
        &[
            "nodes_parentId_fkey nodes(parentId) -> nodes(id)",
            "next nodes(nextId) -> nodes(id)",
            "nodes.parent m2o nodes by nodes_parentId_fkey",
            "nodes o2m nodes back by nodes_parentId_fkey",
            "nodes.next m2o nodes by next",
            "nodes o2m nodes back by next",
        ],
    );
    check(
        "type User @model @access(ops: [ALL]) { follows: [User!] @relation(name: \"follows\") followers: [User!] @relation(name: \"follows\") }",
        &[
            "follows_userId_fkey follows(userId) -> users(id)",
            "follows_followId_fkey follows(followId) -> users(id)",
            "follows.user m2o users by follows_userId_fkey",
            "follows.follow m2o users by follows_followId_fkey",
            "users o2m follows back by follows_userId_fkey",
            "users o2m follows back by follows_followId_fkey",
            "users.follows m2m users through follows by follows_userId_fkey and follows_followId_fkey",
            "users.followers m2m users through follows by follows_followId_fkey and follows_userId_fkey",
        ],
    );
}

const TAGS: [&str; 8] = [
    "posts_tags_postId_fkey posts_tags(postId) -> posts(id)",
    "posts_tags_tagId_fkey posts_tags(tagId) -> tags(id)",
    "posts_tags.post m2o posts by posts_tags_postId_fkey",
    "posts_tags.tag m2o tags by posts_tags_tagId_fkey",
    "posts o2m posts_tags back by posts_tags_postId_fkey",
    "tags o2m posts_tags back by posts_tags_tagId_fkey",
    "posts.tags m2m tags through posts_tags by posts_tags_postId_fkey and posts_tags_tagId_fkey",
    "tags.posts m2m posts through posts_tags by posts_tags_tagId_fkey and posts_tags_postId_fkey",
];

#[test]
fn many_to_many() {
    let tag = "type Tag @model @access(ops: [ALL]) { label: String";
    check(&format!("{tag} posts: [Post!] }} {POST} tags: [Tag!] }}"), &TAGS);
    check(&format!("{POST} tags: [Tag!] }} {tag} posts: [Post!] }}"), &TAGS);
    check(&format!("{tag} posts: [Post!] @manyToMany }} {POST} tags: [Tag!] @manyToMany }}"), &TAGS);
    let mut one_sided = TAGS;
    one_sided[7] = "tags m2m posts through posts_tags by posts_tags_tagId_fkey and posts_tags_postId_fkey";
    check(&format!("{tag} }} {POST} tags: [Tag!] @manyToMany }}"), &one_sided);
    let link = "type Link @model(table: \"posts_tags\") @access(ops: [ALL]) { postId: ID! @id tagId: ID! @id \
                post: Post! @relation(fields: [\"postId\"]) tag: Tag! @relation(fields: [\"tagId\"]) }";
    check(
        &format!(
            "{tag} posts: [Post!] @manyToMany(through: \"Link\") }} {POST} tags: [Tag!] @relation(through: \"Link\") }} {link}"
        ),
        &TAGS,
    );
    // A junction with a key of its own is one only because `through` says so.
    let own_key = link.replace("postId: ID! @id tagId: ID! @id", "postId: ID! tagId: ID!");
    check(
        &format!(
            "{tag} posts: [Post!] @manyToMany(through: \"Link\") }} {POST} tags: [Tag!] @relation(through: \"Link\") }} {own_key}"
        ),
        &TAGS,
    );
    let named = "posts: [Post!] @relation(name: \"labels\")";
    let schema = parsed(&format!("{tag} {named} }} {POST} tags: [Tag!] @relation(name: \"labels\") }}"));
    assert_eq!((schema.models[2].name.as_str(), schema.models[2].table.as_str()), ("Labels", "labels"));
    assert!(schema.models[2].generated);
    assert_eq!(schema.models[2].key.len(), 2);
    assert!(schema.foreign_keys.iter().all(|key| key.on_delete == ReferentialAction::Cascade));
}

#[test]
fn junctions_of_the_data_api() {
    // Shapes of PostgREST's own fixture: junctions found by their key, self pairs, several keys to one table.
    check(
        "type Poster @model @access(ops: [ALL]) { id: Int! @id(auto: NONE) }
         type Subscription @model @access(ops: [ALL]) {
           subscriber: Int! @id(auto: NONE)
           subscribed: Int! @id(auto: NONE)
           subscriber_rel: Poster! @relation(fields: [\"subscriber\"], references: [\"id\"])
           subscribed_rel: Poster! @relation(fields: [\"subscribed\"], references: [\"id\"])
         }",
        &[
            "subscriptions_subscriber_fkey subscriptions(subscriber) -> posters(id)",
            "subscriptions_subscribed_fkey subscriptions(subscribed) -> posters(id)",
            "subscriptions.subscriber_rel m2o posters by subscriptions_subscriber_fkey",
            "subscriptions.subscribed_rel m2o posters by subscriptions_subscribed_fkey",
            "posters o2m subscriptions back by subscriptions_subscriber_fkey",
            "posters o2m subscriptions back by subscriptions_subscribed_fkey",
            "posters m2m posters through subscriptions by subscriptions_subscriber_fkey and subscriptions_subscribed_fkey",
            "posters m2m posters through subscriptions by subscriptions_subscribed_fkey and subscriptions_subscriber_fkey",
        ],
    );
    // The key of a one-to-one table holds its foreign key in another order.
    check(
        "type Students @model @access(ops: [ALL]) { id: Int! @id code: String! @id }
         type StudentsInfo @model(table: \"students_info\") @access(ops: [ALL]) {
           id: Int! @id
           code: String! @id
           code_id_rel: Students! @relation(fields: [\"code\", \"id\"], references: [\"code\", \"id\"], onDelete: CASCADE)
         }",
        &[
            "students_info_code_id_fkey students_info(code,id) -> students(code,id)",
            "students_info.code_id_rel o2o students by students_info_code_id_fkey",
            "students o2o students_info back by students_info_code_id_fkey",
        ],
    );
}

#[test]
fn implied_columns() {
    let schema = parsed(
        "type Team @model @access(ops: [ALL]) { code: Int! @id lead: Member! @relation(references: [\"mail\"]) }
         type Member @model @access(ops: [ALL]) { mail: Email! @unique team: Team }",
    );
    let shown: Vec<String> = schema
        .models
        .iter()
        .flat_map(|model| &model.fields)
        .map(|field| format!("{}: {:?}{}", field.name, field.ty.scalar, if field.ty.nullable { "" } else { "!" }))
        .collect();
    assert_eq!(shown, ["code: Int!", "leadId: Email!", "id: Id!", "mail: Email!", "teamId: Int"]);
}

#[test]
fn actions() {
    let schema = parsed(&format!(
        "{USER} }} {POST} a: User @relation(onDelete: CASCADE, onUpdate: RESTRICT) b: User @relation(onDelete: SET_NULL) c: User @relation(onDelete: NO_ACTION) }}"
    ));
    let actions: Vec<_> = schema.foreign_keys.iter().map(|key| (key.on_delete, key.on_update)).collect();
    let none = ReferentialAction::NoAction;
    let expected =
        [(ReferentialAction::Cascade, ReferentialAction::Restrict), (ReferentialAction::SetNull, none), (none, none)];
    assert_eq!(actions, expected);
}

#[test]
fn mistakes() {
    let post = |field: &str| format!("{USER} }} {POST} {field} }}");
    refused(
        &post("x: Int authorId: ID author: User @relation(fields: [\"autorId\"])"),
        "unknown-field",
        "autorId",
        "did you mean `authorId`?",
    );
    refused(&post("author: User @relation(fields: [\"writer\"])"), "unknown-field", "writer", "a column is added");
    refused(
        &post("x: Int author: User @relation(fields: [\"author\"])"),
        "unknown-field",
        "author",
        "a column is added",
    );
    refused(&post("author: User @relation(references: [\"nam\"])"), "unknown-field", "nam", "did you mean `name`?");
    refused(
        &post("author: User @relation(references: [\"name\"])"),
        "reference-not-unique",
        "author",
        "may have the same `name`",
    );
    refused(&post("authorId: Int author: User"), "relation-fields", "authorId", "the type of `User.id`");
    refused(
        &post("a: ID b: ID author: User @relation(fields: [\"a\", \"b\"])"),
        "relation-fields",
        "author",
        "2 field(s) for the 1",
    );
    refused(&post("authorId: ID author: User!"), "relation-nullability", "author", "write `!` on both");
    refused(&post("author: User! @relation(onDelete: SET_NULL)"), "set-null-required", "author", "cannot clear");
    refused(&post("author: User @relation @belongsTo"), "conflicting-directives", "@belongsTo", "both say what");
    refused(&post("author: User @hasMany"), "relation-type", "@hasMany", "needs a list");
    refused(&post("author: User @relation(through: \"User\")"), "relation-type", "User", "belongs on a list");
    refused(&post("author: User @private"), "directive-on-relation", "@private", "declare the foreign key field");
    refused(&post("author: String @relation"), "relation-type", "@relation", "whose type is a model");
    refused(&post("author: [[User]]"), "nested-list", "User", "list of lists");
    refused(
        &post("author: User @hasOne"),
        "relation-without-inverse",
        "author",
        "add `post: Post @relation` to `User`",
    );
    refused(&post("authors: [User!]"), "relation-without-inverse", "authors", "@manyToMany");
    refused(&post("authors: [User!] @hasMany(by: \"x\")"), "relation-without-inverse", "x", "no to-one field");
    refused(&post("authors: [User!] @manyToMany(through: \"Lnk\")"), "unknown-type", "Lnk", "no model `Lnk`");
    refused(&post("authors: [User!] @manyToMany(through: \"User\")"), "relation-through", "authors", "no junction");
    refused(
        &post("a: User @relation(name: \"x\") b: User @relation(name: \"x\")"),
        "duplicate-constraint",
        "b",
        "two foreign keys called `x`",
    );
    refused(
        &format!("{USER} posts: [Post!] }} {POST} author: User editor: User }}"),
        "ambiguous-relation",
        "posts",
        "`author`, `editor`",
    );
    refused(&format!("{USER} post: Post }} {POST} author: User }}"), "ambiguous-relation", "post", "@hasOne");
    refused(
        &format!("{USER} post: Post }} {POST} authorId: ID author: User @relation(fields: [\"authorId\"]) }}"),
        "ambiguous-relation",
        "post",
        "@hasOne",
    );
    parsed(&format!("{USER} post: Post @relation }} {POST} author: User @belongsTo }}"));
    refused(
        &format!("{USER} posts: [Post!] more: [Post!] }} {POST} author: User }}"),
        "duplicate-relation",
        "more",
        "the same relation",
    );
    refused(
        &format!("{USER} posts: [Post!] @relation(fields: [\"id\"]) }} {POST} author: User }}"),
        "relation-type",
        "[\"id\"]",
        "the side that holds the key",
    );
    refused(
        &format!(
            "{USER} code: Int }} {POST} code: Int author: User @relation(fields: [\"code\"], references: [\"code\"]) }}"
        ),
        "reference-not-unique",
        "author",
        "refer to its key",
    );
    refused(
        &format!(
            "{} code: Int @unique }} {POST} code: Int author: User @relation(fields: [\"code\"], references: [\"code\"]) }}",
            USER.replace("@model", "@model @softDelete")
        ),
        "reference-not-unique",
        "author",
        "only its key",
    );
}

#[test]
fn cycles() {
    refused(
        "type A @model @access(ops: [ALL]) { b: B! @belongsTo as: [B!] @hasMany(by: \"a\") }
         type B @model @access(ops: [ALL]) { a: A! @belongsTo }",
        "cyclic-required-relations",
        "b",
        "`A` needs `B`, which needs `A`",
    );
    refused(
        "type A @model @access(ops: [ALL]) { b: B! } type B @model @access(ops: [ALL]) { c: C! } \
         type C @model @access(ops: [ALL]) { a: A! }",
        "cyclic-required-relations",
        "b",
        "`A` needs `B`, which needs `C`, which needs `A`",
    );
    refused("type A @model @access(ops: [ALL]) { a: A! }", "cyclic-required-relations", "a", "refer to itself");
    parsed(
        "type A @model @access(ops: [ALL]) { b: B! } type B @model @access(ops: [ALL]) { c: C } type C @model @access(ops: [ALL]) { a: A! }",
    );
}

/// The rules of the junction that `left` and `right`, directives of two models, make between them.
#[track_caller]
fn junction_rules(left: &str, right: &str, expected: &[&str]) {
    let schema = parsed(&format!(
        "type Post @model {left} {{ writer: ID open: Boolean tags: [Tag!] }} type Tag @model {right} {{ owner: ID posts: [Post!] }}"
    ));
    let junction = schema.models.last().expect("the junction");
    let rule = |sign: &str, rule: &backstay_schema::model::AccessRule| {
        let ops = if rule.ops.read { "read" } else { "change" };
        let way = |hops: &[backstay_schema::model::RelationshipId]| -> String {
            hops.iter()
                .filter_map(|id| schema.relationships[usize::from(id.0)].field_name.clone())
                .collect::<Vec<_>>()
                .join(".")
        };
        let mut paths = Vec::new();
        let mut open: Vec<&backstay_schema::Expr> = rule.when.iter().map(|when| &when.expr).collect();
        while let Some(expr) = open.pop() {
            if let backstay_schema::Expr::Path(path) = expr {
                let name = &schema.models[usize::from(path.model.0)].fields[usize::from(path.field.0)].name;
                paths.push(format!("{}.{name}", way(&path.hops)));
            }
            open.extend(expr.parts());
        }
        paths.sort();
        assert!(!rule.ops.update, "a link is not changed in place");
        format!("{sign}{ops} {:?} {}", rule.who, paths.join(","))
    };
    let mut found: Vec<String> = junction.allows.iter().map(|allow| rule("+", allow)).collect();
    found.extend(junction.denies.iter().map(|deny| rule("-", deny)));
    assert_eq!(found, expected);
}

#[test]
fn rules_of_generated_junctions() {
    let user = "Roles([\"user\"])";
    junction_rules("@access(ops: [ALL])", "@access(ops: [ALL])", &["+read Anyone ", "+change Anyone "]);
    junction_rules(
        "@access(roles: [\"user\"], ops: [READ, UPDATE], when: \"writer == auth.uid\")",
        "@access(ops: [READ])",
        &[&format!("+read {user} post.writer")],
    );
    junction_rules(
        "@access(roles: [\"user\"], ops: [READ, UPDATE], when: \"writer == auth.uid || open\")",
        "@access(roles: [\"user\"], ops: [UPDATE], when: \"owner == auth.uid\")",
        &[&format!("+change {user} post.open,post.writer,tag.owner")],
    );
    junction_rules(
        "@access(ops: [READ]) @access(roles: [\"admin\"], ops: [READ]) @deny(ops: [READ], when: \"open == false\")",
        "@access(ops: [READ]) @deny(ops: [READ], fields: [\"owner\"])",
        &["+read Anyone ", "+read Roles([\"admin\"]) ", "-read Anyone post.open"],
    );
}

#[test]
fn callers_of_a_junction_hold_a_role_of_each_end() {
    let schema = parsed(
        "type Post @model @access(roles: [\"writer\"], ops: [READ]) { tags: [Tag!] }
         type Tag @model @access(roles: [\"user\", \"clerk\"], ops: [READ]) { posts: [Post!] }",
    );
    let rule = &schema.models[2].allows[0];
    assert_eq!(format!("{:?}", rule.who), "Roles([\"writer\"])");
    let condition = format!("{:?}", rule.when.as_ref().expect("a condition").expr);
    assert!(condition.contains("HasRole(\"clerk\")") && condition.contains("IsAnon"), "{condition}");
}
