//! Rules merged into plans: who may name what, which rows, which columns are masked.

use crate::fixture::{RULED, delete, insert, names, outcome, read, schema, test, update};
use crate::select::{level, order};
use backstay_plan::authorized::Predicate;
use backstay_plan::request::{Action, CompareOp, Conflict, Operator, Quantity, Resolution, Slot};

#[track_caller]
fn check(who: &str, action: &Action, expected: &str) {
    assert_eq!(outcome(&schema(RULED), who, action), expected, "as {who}");
}

#[track_caller]
fn check_read(who: &str, relation: &str, select: &str, expected: &str) {
    check(who, &read(relation, level(select)), expected);
}

fn equals(field: &str) -> backstay_plan::request::Condition {
    test(field, Operator::Compare(CompareOp::Eq, Quantity::One, Slot(0)))
}

#[test]
fn the_reference_case() {
    check_read("anon", "learners", "*", "refused: permission denied for table learners");
    check_read("user", "learners", "*", "learners?[id,name,email,createdAt,updatedAt] order id");
    check_read("learner", "learners", "*", "learners?[id,name,email,createdAt,updatedAt] order id");
    check_read("admin", "learners", "*", "learners[id,name,email,scores,psp,createdAt,updatedAt] order id");
    check_read("service", "learners", "*", "learners[id,name,email,scores,psp,createdAt,updatedAt] order id");
    check_read("user", "learners", "scores", "refused: permission denied for column scores of learners");
    check_read("user", "learners", "psp.count()", "refused: permission denied for column psp of learners");
    check_read("user", "learners", "scores->a", "refused: permission denied for column scores of learners");
    // Not even its type is told.
    check_read("user", "learners", "psp->a", "refused: permission denied for column psp of learners");
    check_read("user", "learners", "psp.sum()", "refused: permission denied for column psp of learners");
    check_read("anon", "learners", "name->a", "refused: permission denied for table learners");
    let mut filtered = level("id");
    filtered.filter = vec![equals("scores")];
    check("user", &read("learners", filtered), "refused: permission denied for column scores of learners");
    let mut sorted = level("id");
    sorted.order = order("psp");
    check("user", &read("learners", sorted), "refused: permission denied for column psp of learners");
    check(
        "user",
        &update("learners", "name", vec![equals("id")], None),
        "update learners(name=$0,updatedAt=UpdatedAt) where id Eq using ? check ?",
    );
    check(
        "user",
        &update("learners", "scores", vec![equals("id")], None),
        "refused: permission denied for column scores of learners",
    );
    check(
        "user",
        &update("learners", "email", vec![equals("id")], None),
        "refused: permission denied for column email of learners",
    );
    check(
        "user",
        &update("learners", "name", vec![equals("psp")], None),
        "refused: permission denied for column psp of learners",
    );
    check(
        "user",
        &update("learners", "name", vec![equals("id")], Some("*")),
        "update learners(name=$0,updatedAt=UpdatedAt) where id Eq using ? check ? returning touched?[id,name,email,createdAt,updatedAt]",
    );
    check(
        "user",
        &update("learners", "name", vec![equals("id")], Some("psp")),
        "refused: permission denied for column psp of learners",
    );
    check("user", &delete("learners", vec![equals("id")], None), "refused: permission denied for table learners");
    check("admin", &delete("learners", vec![equals("id")], None), "delete learners where id Eq using open");
}

#[test]
fn a_mask_that_refuses_does_so_whatever_the_row() {
    let text = r#"
type Letter @model(table: "letters") @access(ops: [READ]) {
  id: ID! @id
  hidden: String @readable(when: "id == auth.uid", mask: ERROR)
  masked: String @readable(when: "id == auth.uid")
  open: String @readable(when: "true", mask: ERROR)
}
"#;
    let check = |select: &str, expected: &str| {
        assert_eq!(outcome(&schema(text), "user", &read("letters", level(select))), expected, "{select}");
    };
    check("hidden", "refused: permission denied for column hidden of letters");
    check("masked,open", "letters[masked=masked~,open] order id");
}

#[test]
fn rules_on_some_columns_mask_the_others() {
    check_read("anon", "posts", "*", "posts?[id,title,published] order id");
    check_read("anon", "posts", "draft", "refused: permission denied for column draft of posts");
    // Readable in own rows only, by the rule without `fields`; `draft` by its own rule besides.
    check_read("user", "posts", "*", "posts?[id,title,published,draft=draft~,authorId] order id");
    // A rule without condition opens every row; the field's own rule stays.
    check_read("editor", "posts", "*", "posts[id,title,published,draft=draft~,authorId] order id");
    check_read("service", "posts", "*", "posts[id,title,published,draft,secret,authorId] order id");
    check_read("editor", "posts", "secret", "refused: permission denied for column secret of posts");
    let mut probed = level("id");
    probed.filter = vec![equals("draft")];
    probed.order = order("-draft");
    check("user", &read("posts", probed), "posts?[id] where draft~ Eq order -draft~,id");
}

#[test]
fn embeds_carry_their_own_rules() {
    check_read(
        "user",
        "posts",
        "id,learners(*)",
        "posts?[id,learners:one<authorId=id>learners?[id,name,email,createdAt,updatedAt]] order id",
    );
    check_read("anon", "posts", "id,learners(id)", "refused: permission denied for table learners");
    check_read("user", "posts", "id,learners(psp)", "refused: permission denied for column psp of learners");
    check_read(
        "user",
        "learners",
        "id,posts(draft)",
        "learners?[id,posts:many<id=authorId>posts?[draft=draft~] order id] order id",
    );
    let mut sorted = level("id,learners(id)");
    sorted.order = order("learners(psp)");
    check("user", &read("posts", sorted), "refused: permission denied for column psp of learners");
}

#[test]
fn join_columns_are_columns() {
    let text = r#"
type Author @model(table: "authors") @access(ops: [ALL]) { id: ID! @id }
type Book @model(table: "books") @access(ops: [ALL]) {
  id: ID! @id
  authorId: ID @readable(roles: ["user"], when: "shared")
  shared: Boolean!
  author: Author @relation(fields: ["authorId"])
}"#;
    let check = |who: &str, relation: &str, select: &str, expected: &str| {
        assert_eq!(outcome(&schema(text), who, &read(relation, level(select))), expected, "as {who}");
    };
    check("user", "books", "authors(id)", "books[authors:one<authorId~=id>authors[id]] order id");
    check("user", "authors", "books(id)", "authors[books:many<id=authorId~>books[id] order id] order id");
    check("anon", "books", "authors(id)", "refused: permission denied for column authorId of books");
    check("anon", "authors", "books(id)", "refused: permission denied for column authorId of books");
}

#[test]
fn junctions_have_rules() {
    let text = r#"
type A @model(table: "a") @access(ops: [ALL]) { id: ID! @id  bs: [B!] @manyToMany }
type B @model(table: "b") @access(ops: [ALL]) { id: ID! @id  as: [A!] @manyToMany }
type C @model(table: "c") @access(ops: [ALL]) { id: ID! @id }
type D @model(table: "d") @access(ops: [ALL]) { id: ID! @id }
type CD @model(table: "cd") @access(roles: ["user"], ops: [READ], when: "open") {
  c: ID! @id(auto: NONE)  d: ID! @id(auto: NONE)  open: Boolean!
  cr: C! @relation(fields: ["c"])  dr: D! @relation(fields: ["d"])
}
type E @model(table: "e") @access(ops: [READ], when: "open") {
  id: ID! @id @readable(roles: ["user"])  open: Boolean!  fs: [F!] @manyToMany
}
type F @model(table: "f") @access(roles: ["user"], ops: [READ], when: "open") {
  id: ID! @id  open: Boolean!  es: [E!] @manyToMany
}"#;
    let check = |who: &str, relation: &str, select: &str, expected: &str| {
        assert_eq!(outcome(&schema(text), who, &read(relation, level(select))), expected, "as {who}");
    };
    check("anon", "a", "b(id)", "a[b:many<id=aId;a_b;bId=id>b[id] order id] order id");
    check("user", "c", "d(id)", "c[d:many<id=c;cd?;d=id>d[id] order id] order id");
    check("anon", "c", "d(id)", "refused: permission denied for table cd");
    // A generated one is followed under the rules of its ends, and asks for no rule of its own.
    check("user", "e", "f(open)", "e?[f:many<id=eId;e_f;fId=id>f?[open] order id] order id");
    check("user", "f", "e(open)", "f?[e:many<id=fId;e_f;eId=id>e?[open] order id] order id");
    check("anon", "e", "f(open)", "refused: permission denied for table f");
    check("anon", "f", "e(open)", "refused: permission denied for table f");
}

#[test]
fn writes() {
    let check_insert = |who: &str, columns: &str, expected: &str| {
        check(who, &Action::Insert(insert("posts", columns, None)), expected);
    };
    check_insert("user", "title,authorId", "insert posts(title=$0,authorId=$1,id=default,published=default) check ?");
    check_insert("user", "title,published", "refused: permission denied for column published of posts");
    check_insert("anon", "title", "refused: permission denied for table posts");
    check_insert("service", "secret", "insert posts(secret=$0,id=default,published=default) check open");
    check("user", &Action::Insert(insert("logs", "line", None)), "insert logs(line=$0,id=default) check open");
    check("user", &Action::Insert(insert("logs", "line", Some("id"))), "refused: permission denied for table logs");
    check("anon", &Action::Insert(insert("logs", "line", None)), "refused: permission denied for table logs");
    check("user", &update("logs", "line", Vec::new(), None), "refused: operation is switched off for logs");
    check("service", &delete("logs", Vec::new(), None), "refused: operation is switched off for logs");
    // A writable rule that depends on the row refuses the write rather than passing the row over.
    check(
        "editor",
        &update("posts", "title", vec![equals("id")], None),
        "update posts(title=$0) where id Eq using open check open",
    );
    check(
        "editor",
        &update("posts", "draft", vec![equals("id")], None),
        "update posts(draft=$0) where id Eq using open check ?",
    );
    check("user", &delete("posts", vec![equals("id")], None), "delete posts where id Eq using ?");
    check("learner", &delete("posts", vec![equals("id")], None), "delete posts where id Eq using closed");
}

#[test]
fn a_field_is_written_in_the_operations_that_its_rule_names() {
    let text = r#"
enum Role @role { admin }
type Ticket @model @access(ops: [ALL]) {
  id: Int! @id
  subject: String @writable(on: [CREATE])
  state: String @writable(on: [UPDATE])
  owner: String @writable(roles: ["admin"], on: [CREATE])
}"#;
    let check = |who: &str, action: &Action, expected: &str| {
        assert_eq!(outcome(&schema(text), who, action), expected, "as {who}");
    };
    let update = |column: &str| update("tickets", column, vec![equals("id")], None);
    let refused = |column: &str| format!("refused: permission denied for column {column} of tickets");
    let create = |column: &str| Action::Insert(insert("tickets", column, None));
    check("user", &create("subject"), "insert tickets(subject=$0,id=default) check open");
    check("user", &update("subject"), &refused("subject"));
    check("user", &create("state"), &refused("state"));
    check("user", &update("state"), "update tickets(state=$0) where id Eq using open check open");
    check("user", &create("owner"), &refused("owner"));
    check("admin", &create("owner"), "insert tickets(owner=$0,id=default) check open");
    check("admin", &update("owner"), &refused("owner"));
    check("service", &update("subject"), "update tickets(subject=$0) where id Eq using open check open");
}

#[test]
fn upserts_need_the_rules_of_updates() {
    let upsert = |relation: &str, columns: &str, resolution: Resolution| {
        let mut insert = insert(relation, columns, None);
        insert.conflict = Some(Conflict::on(names("id"), resolution));
        Action::Insert(insert)
    };
    check(
        "user",
        &upsert("posts", "id,title,authorId", Resolution::Merge),
        "insert posts(id=$0,title=$1,authorId=$2,published=default) check ? conflict(id) set(title,authorId) using ? check ?",
    );
    check("user", &upsert("logs", "id,line", Resolution::Merge), "refused: operation is switched off for logs");
    check(
        "user",
        &upsert("logs", "id,line", Resolution::Ignore),
        "insert logs(id=$0,line=$1) check open conflict(id) set() using open check open",
    );
}

#[test]
fn a_merge_that_filters_asks_rows_that_may_be_read() {
    let upsert = |relation: &str, columns: &str, filter: &[&str]| {
        let mut insert = insert(relation, columns, None);
        insert.conflict = Some(Conflict {
            filter: filter.iter().map(|name| equals(name)).collect(),
            ..Conflict::on(names("id"), Resolution::Merge)
        });
        Action::Insert(insert)
    };
    let posts = "insert posts(id=$0,title=$1,authorId=$2,published=default) check ? conflict(id) set(title,authorId)";
    let of_posts = |filter: &[&str]| upsert("posts", "id,title,authorId", filter);
    check("user", &of_posts(&[]), &format!("{posts} using ? check ?"));
    check("user", &of_posts(&["title"]), &format!("{posts} where title Eq seen ? using ? check ?"));
    check("user", &of_posts(&["secret"]), "refused: permission denied for column secret of posts");
    let notes = "insert notes(id=$0,text=$1) check open conflict(id) set(text)";
    check("user", &upsert("notes", "id,text", &[]), &format!("{notes} using open check open"));
    check("user", &upsert("notes", "id,text", &["id"]), &format!("{notes} where id Eq seen ? using open check open"));
}

#[test]
fn what_others_take_from_a_row_that_is_there_is_read() {
    let text = r#"
type Box @model(table: "boxes") @access(ops: [CREATE, UPDATE]) @access(ops: [READ], when: "open") {
  id: ID! @id
  open: Boolean
  code: String @unique
  mark: String @unique @readable(when: "id == auth.uid")
  hidden: String @unique @readable(roles: ["admin"])
}"#;
    let check = |columns: &str, taken: Option<&str>, expected: &str| {
        let mut insert = insert("boxes", columns, None);
        insert.conflict = Some(Conflict::on(names("id"), Resolution::Merge));
        insert.referred = taken.map(names);
        let found = outcome(&schema(text), "user", &Action::Insert(insert));
        let found = found.split_once(" using ").map_or(found.as_str(), |(_, gates)| gates);
        assert_eq!(found, expected, "{columns} {taken:?}");
    };
    check("id,open", None, "open check open");
    check("id,open", Some("id"), "open check open");
    check("id,code", Some("code"), "open check open");
    check("id,open", Some("code"), "? check open");
    check("id,open", Some("code,mark"), "? check ?");
    check("id,open", Some("hidden"), "refused: permission denied for column hidden of boxes");
    check("id,open", Some("nothing"), "refused: column `boxes.nothing` does not exist");
}

#[test]
fn defaults_of_updates_are_applied_again() {
    let text = r#"
type Page @model(table: "pages") @access(ops: [ALL]) {
  id: ID! @id
  title: String
  state: String @default(value: "draft", onUpdate: true)
  kind: String @default(value: "plain")
}"#;
    let check = |columns: &str, expected: &str| {
        let change = update("pages", columns, vec![equals("id")], None);
        assert_eq!(
            outcome(&schema(text), "user", &change),
            format!("update pages({expected}) where id Eq using open check open")
        );
    };
    check("title", "title=$0,state=default");
    check("kind", "kind=$0,state=default");
    check("state", "state=$0");
    check("title,state", "title=$0,state=$1");
}

#[test]
fn soft_deleted_rows_are_gone_for_everybody() {
    check_read("service", "notes", "id", "notes?[id] order id");
    check("anon", &update("notes", "text", Vec::new(), None), "update notes(text=$0) using ? check open");
    check("anon", &delete("notes", Vec::new(), Some("id")), "delete notes using ? returning touched?[id]");
}

#[test]
fn a_hidden_key_does_not_order_rows() {
    let text = r#"
type Secret @model(table: "secrets") @access(ops: [READ]) { ssn: String! @id @readable(roles: ["admin"])  name: String }
type Loose @model(table: "loose") @access(ops: [READ]) { _key: ID! @id @private  name: String }
"#;
    let check = |who: &str, relation: &str, expected: &str| {
        assert_eq!(outcome(&schema(text), who, &read(relation, level("name"))), expected, "as {who}");
    };
    check("anon", "secrets", "secrets[name]");
    check("admin", "secrets", "secrets[name] order ssn");
    check("anon", "loose", "loose[name] order _key");
}

#[test]
fn a_condition_tells_which_child_levels_it_asks() {
    let has = |child| Predicate::HasChild { child };
    let check = |condition: &Predicate, expected: [bool; 3]| {
        assert_eq!([0, 1, 2].map(|child| condition.asks(child)), expected, "{condition:?}");
    };
    check(&has(1), [false, true, false]);
    check(&Predicate::Not(Box::new(has(0))), [true, false, false]);
    check(&Predicate::And(vec![Predicate::True, has(2)]), [false, false, true]);
    check(&Predicate::Or(vec![has(0), Predicate::Not(Box::new(Predicate::And(vec![has(1)])))]), [true, true, false]);
    check(&Predicate::And(vec![Predicate::True, Predicate::False]), [false, false, false]);
}
