//! Names to ids: columns, paths, embeds, aggregates, filters, sort terms, limits.

use crate::fixture::{OPEN, insert, outcome, read, roles, schema, test, update};
use crate::print::Printer;
use crate::select::{level, order};
use backstay_plan::authorize::authorize;
use backstay_plan::limits::Limits;
use backstay_plan::principal::Api;
use backstay_plan::request::{
    Action, CompareOp, Condition, Conflict, IsValue, Operator, Quantity, Resolution, SearchSyntax, SetOp, Slot,
};
use backstay_plan::resolve::{resolve, resolve_at};
use backstay_plan::{Refusal, suggest};
use backstay_schema::Schema;

/// Reads `relation` with a select list and sort terms.
#[track_caller]
fn check(relation: &str, select: &str, sort: &str, expected: &str) {
    let mut level = level(select);
    level.order = order(sort);
    let found = outcome(&schema(OPEN), "anon", &read(relation, level));
    let found = if sort.is_empty() { found.replace(" order id", "") } else { found };
    assert_eq!(found, expected, "{relation}?select={select}&order={sort}");
}

#[test]
fn columns_and_paths() {
    check("clients", "*", "", "clients[id,name]");
    check("clients", "n:name,id::text,id", "", "clients[n=name,id=id::text,id]");
    check(
        "projects",
        "data->a->>b,data->a->0,data->0,x:data->>a",
        "",
        "projects[b=data->a->>b,a=data->a->0,data=data->0,x=data->>a]",
    );
    check("projects", "tags->0,tags->>-1", "", "projects[tags=tags->0,tags=tags->>-1]");
    check("clients", "id,id", "", "clients[id,id]");
    check("items", "*", "", "items[id,a,b,twice,createdAt,updatedAt]");
    check("clients", "nope", "", "refused: column `clients.nope` does not exist");
    check("nope", "id", "", "refused: relation `nope` does not exist");
    check("clients", "id::money", "", "refused: type \"money\" does not exist");
    check("projects", "data->>a->b", "", "refused: operator does not exist: text -> unknown");
    check("projects", "data->>a->>0", "", "refused: operator does not exist: text ->> integer");
    check("clients", "name->a", "", "refused: operator does not exist: text -> unknown");
    check("projects", "id,clients(id,nope)", "", "refused: column `clients_1.nope` does not exist");
}

#[test]
fn every_column_is_what_the_table_holds() {
    let text = r#"
type Box @model(table: "boxes") @access(ops: [ALL]) {
  id: ID! @id
  side: Int
  twice: Int @computed(expr: "side * 2")
  thrice: Int @computed(expr: "side * 3", stored: true)
  label: String @computed(fn: "label")
}"#;
    let check = |select: &str, expected: &str| {
        assert_eq!(outcome(&schema(text), "anon", &read("boxes", level(select))), expected, "{select}");
    };
    check("*", "boxes[id,side,thrice] order id");
    check("twice,thrice", "boxes[twice,thrice] order id");
    check("label", "refused: feature not implemented: column 'label' is computed by a function");
}

#[test]
fn graphql_answers_as_text_what_a_double_cannot_hold() {
    let text = r#"
type Sum @model(table: "sums") @access(ops: [ALL]) { id: ID! @id  small: Int  large: BigInt  many: [BigInt!]  ratio: Float }
"#;
    let schema = schema(text);
    let check = |door: Api, expected: &str| {
        let action = read("sums", level("small,large,many,ratio,l:large::text"));
        let resolved = resolve_at(door, &action, &schema, &Limits::default()).expect("resolved");
        let plan = authorize(resolved, &schema, &roles("anon")).expect("allowed");
        assert_eq!(Printer(&schema).plan(plan.plan()), expected, "{door:?}");
    };
    for door in [Api::Rest, Api::Grpc, Api::Realtime, Api::Function] {
        check(door, "sums[small,large,many,ratio,l=large::text] order id");
    }
    check(Api::Graphql, "sums[small,large=large::exact,many,ratio,l=large::text] order id");
}

#[test]
fn targets_and_hints() {
    let client = "one<client_id=id>clients[id]";
    for target in ["clients", "client_fk", "client_id", "client"] {
        let select = format!("{target}(id)");
        check("projects", &select, "", &format!("projects[{target}:{client}]"));
    }
    for hint in ["client_fk", "client_id", "id"] {
        check("projects", &format!("c:clients!{hint}(id)"), "", &format!("projects[c:{client}]"));
    }
    check("clients", "projects(id)", "", "clients[projects:many<id=client_id>projects[id]]");
    check("clients", "projects!client_id!inner(id)", "", "clients[projects:many!<id=client_id>projects[id]]");
    check("users", "tasks(id)", "", "users[tasks:many<id=user_id;users_tasks;task_id=id>tasks[id]]");
    check("users", "t:tasks!users_tasks(id)", "", "users[t:many<id=user_id;users_tasks;task_id=id>tasks[id]]");
    check("nodes", "nodes(id)", "", "nodes[nodes:many<id=parent_id>nodes[id]]");
    check(
        "nodes",
        "parent_id(id),parent(id)",
        "",
        "nodes[parent_id:one<parent_id=id>nodes[id],parent:one<parent_id=id>nodes[id]]",
    );
    check("nodes", "nodes!parent_id(id)", "", "nodes[nodes:many<id=parent_id>nodes[id]]");
    for target in ["country", "country_id", "capital_country_id_fkey", "country!id", "country!country_id"] {
        let key = target.split('!').next().unwrap_or_default();
        check(
            "capital",
            &format!("{target}(id)"),
            "",
            &format!("capital[{key}:one<country_id=id>country[id]] order code"),
        );
    }
    for target in ["capital", "id", "capital_country_id_fkey", "capital!id", "capital!country_id"] {
        let key = target.split('!').next().unwrap_or_default();
        check("country", &format!("{target}(code)"), "", &format!("country[{key}:one<id=country_id>capital[code]]"));
    }
    check("messages", "people!sender(name)", "", "messages[people:one<sender=id>people[name]]");
    check("projects", "users(id)", "", "refused: no relationship between `projects` and `users`");
    check("messages", "people!nope(id)", "", "refused: no relationship between `messages` and `people`");
    check("nodes", "nodes!nodes_parent_id_fkey(id)", "", "refused: no relationship between `nodes` and `nodes`");
    check("projects", "users(nope),nope", "", "refused: no relationship between `projects` and `users`");
}

#[test]
fn ambiguous_embeds_list_their_candidates() {
    let action = read("messages", level("people(id)"));
    let refusal = resolve(&action, &schema(OPEN), &Limits::default()).expect_err("ambiguous");
    let Refusal::AmbiguousRelationship { from, target, candidates } = refusal else { panic!("{refusal}") };
    assert_eq!((from.as_str(), target.as_str()), ("messages", "people"));
    let texts: Vec<String> = candidates
        .iter()
        .map(|one| format!("{} | {} | {} | {}", one.cardinality, one.embedding, one.relationship, one.hint))
        .collect();
    assert_eq!(
        texts,
        [
            "many-to-one | messages with people | messages_sender_fkey using messages(sender) and people(id) | people!messages_sender_fkey",
            "many-to-one | messages with people | messages_recipient_fkey using messages(recipient) and people(id) | people!messages_recipient_fkey",
        ]
    );
}

#[test]
fn many_to_many_candidates_name_the_junction() {
    let text = r#"
type A @model(table: "a") @access(ops: [ALL]) { id: Int! @id(auto: NONE) }
type B @model(table: "b") @access(ops: [ALL]) { id: Int! @id(auto: NONE) }
type J @model(table: "j") @access(ops: [ALL]) {
  a: Int! @id(auto: NONE)  b: Int! @id(auto: NONE)  b2: Int! @id(auto: NONE)
  ar: A! @relation(fields: ["a"], references: ["id"])
  br: B! @relation(fields: ["b"], references: ["id"])
  br2: B! @relation(fields: ["b2"], references: ["id"])
}"#;
    let refusal = resolve(&read("a", level("b(id)")), &schema(text), &Limits::default()).expect_err("ambiguous");
    let Refusal::AmbiguousRelationship { candidates, .. } = refusal else { panic!("{refusal}") };
    let texts: Vec<(&str, &str)> =
        candidates.iter().map(|one| (one.relationship.as_str(), one.hint.as_str())).collect();
    assert_eq!(
        texts,
        [("j using j_a_fkey(a) and j_b_fkey(b)", "b!j"), ("j using j_a_fkey(a) and j_b2_fkey(b2)", "b!j")]
    );
}

#[test]
fn embeds_without_output() {
    check("projects", "id,clients()", "", "projects[id] with 0:one<client_id=id>clients[]");
    check(
        "users",
        "id,users_tasks(tasks(project(client())))",
        "",
        "users[id] with 0:many<id=user_id>users_tasks[] with 0:one<task_id=id>tasks[] with 0:one<project_id=id>projects[] with 0:one<client_id=id>clients[] order user_id,task_id",
    );
    check("projects", "id,...clients()", "", "projects[id,...one<client_id=id>clients[]]");
}

#[test]
fn aggregates_and_spreads() {
    check("tasks", "cost.sum()", "", "tasks group [sum=cost.sum]");
    check(
        "tasks",
        "t:cost.sum()::text,project_id",
        "project_id",
        "tasks group [t=cost.sum::text,project_id] order project_id",
    );
    check("projects", "data->>k::int.sum()", "", "projects group [sum=data->>k::int.sum]");
    check("tasks", "name.sum()", "", "refused: function sum(text) does not exist");
    check("tasks", "name.avg()", "", "refused: function avg(text) does not exist");
    check("projects", "done.max()", "", "refused: function max(boolean) does not exist");
    check("projects", "data.min()", "", "refused: function min(jsonb) does not exist");
    check("tasks", "count()", "", "tasks group [count=count()]");
    check("tasks", "n:count()::text", "", "tasks group [n=count()::text]");
    check("tasks", "count", "", "tasks group [count=count()]");
    check("users", "count", "", "users[count]");
    check("projects", "name,tasks(count)", "", "projects[name,tasks:many<id=project_id>tasks group [count=count()]]");
    check(
        "tasks",
        "cost.sum(),project(name)",
        "",
        "tasks group [sum=cost.sum,project:one<project_id=id>projects[name]]",
    );
    check(
        "tasks",
        "cost.sum(),...project(name,id.max())",
        "project(name)",
        "tasks group [sum=cost.sum,...one<project_id=id>projects[name,max=id.max]] order projects.name",
    );
    // A group has one row of an embed, and of a spread what is selected of it.
    check(
        "tasks",
        "cost.sum(),project(name)",
        "project(id)",
        "tasks group [sum=cost.sum,project:one<project_id=id>projects[name]] order projects.id",
    );
    for key in ["id", "max"] {
        check(
            "tasks",
            "cost.sum(),...project(name,max:id.max())",
            &format!("project({key})"),
            &if key == "id" {
                format!("refused: unsupported: order by '{key}': it must be selected, or used in an aggregate")
            } else {
                format!("refused: column `projects_1.{key}` does not exist")
            },
        );
    }
    check(
        "tasks",
        "...project(...clients(name,count()))",
        "",
        "tasks group [...one<project_id=id>projects[...one<client_id=id>clients[name,count=count()]]]",
    );
    check("projects", "name,...tasks(task:name)", "", "projects[name,...many<id=project_id>tasks[task=name]]");
    check(
        "projects",
        "name,...tasks(cost.sum())",
        "",
        "refused: feature not implemented: Aggregates are not implemented for one-to-many or many-to-many spreads.",
    );
    check(
        "tasks",
        "project_id,cost.sum()",
        "cost",
        "refused: unsupported: order by 'cost': it must be selected, or used in an aggregate",
    );
    check(
        "tasks",
        "cost.sum()",
        "name",
        "refused: unsupported: order by 'name': it must be selected, or used in an aggregate",
    );
}

#[test]
fn sort_terms() {
    check("projects", "id", "-name,id", "projects[id] order -name,id");
    check("projects", "id", "data->>a", "projects[id] order data->>a,id");
    check(
        "projects",
        "clients(id)",
        "clients(name),-clients(id)",
        "projects[clients:one<client_id=id>clients[id]] order clients.name,-clients.id,id",
    );
    check(
        "projects",
        "c:clients(x:name)",
        "c(x)",
        "projects[c:one<client_id=id>clients[x=name]] order clients.name,id",
    );
    check(
        "tasks",
        "project(...clients(cn:name))",
        "project(cn)",
        "tasks[project:one<project_id=id>projects[...one<client_id=id>clients[cn=name]]] order projects.clients.name,id",
    );
    // What many rows are spread into is not one value.
    check("tasks", "project(...tasks(tn:name))", "project(tn)", "refused: column `projects_1.tn` does not exist");
    check("projects", "id,clients(id)", "clientsx(id)", "refused: `clientsx` is not an embedded resource");
    check("clients", "p:projects(id)", "p(id)", "refused: `clients` and `p` do not form a to-one relationship");
    check("loose", "b", "", "loose[b] order _key");
    check("users_tasks", "user_id", "-task_id", "users_tasks[user_id] order -task_id,user_id");
}

#[track_caller]
fn check_filter(condition: Condition, expected: &str) {
    let mut level = level("id,clients(),tasks()");
    level.filter = vec![condition];
    let found = outcome(&schema(OPEN), "anon", &read("projects", level));
    let found = found.split_once(" where ").map_or(found.as_str(), |(_, filter)| filter);
    assert_eq!(found.trim_end_matches(" order id"), expected);
}

#[test]
fn filters() {
    let compare = |op| Operator::Compare(op, Quantity::One, Slot(0));
    let search = |language: Option<&str>| Operator::Search {
        syntax: SearchSyntax::Plain,
        language: language.map(str::to_owned),
        query: Slot(0),
    };
    check_filter(test("id", compare(CompareOp::Eq)), "id Eq");
    check_filter(test("data->a->>b", compare(CompareOp::Ilike)), "data->a->>b Ilike");
    check_filter(test("id", compare(CompareOp::Like)), "refused: operator does not exist: integer ~~");
    check_filter(test("id", compare(CompareOp::Ilike)), "refused: operator does not exist: integer ~~*");
    check_filter(test("id", compare(CompareOp::Match)), "refused: operator does not exist: integer ~");
    check_filter(test("colour", compare(CompareOp::Imatch)), "refused: operator does not exist: public.Colour ~*");
    check_filter(test("tags", Operator::Set(SetOp::Overlaps, Slot(0))), "tags Overlaps");
    check_filter(test("data", Operator::Set(SetOp::Contains, Slot(0))), "data Contains");
    check_filter(test("data", Operator::Set(SetOp::Overlaps, Slot(0))), "refused: operator does not exist: jsonb &&");
    check_filter(test("tags", Operator::Set(SetOp::Adjacent, Slot(0))), "refused: operator does not exist: text[] -|-");
    check_filter(test("name", Operator::Set(SetOp::Contains, Slot(0))), "refused: operator does not exist: text @>");
    for op in [SetOp::HasAny, SetOp::HasAll] {
        check_filter(test("data", Operator::Set(op, Slot(0))), &format!("data {op:?}"));
        check_filter(test("data->a", Operator::Set(op, Slot(0))), &format!("data->a {op:?}"));
        check_filter(test("tags", Operator::Set(op, Slot(0))), "refused: operator does not exist: text[] ?");
        check_filter(test("name", Operator::Set(op, Slot(0))), "refused: operator does not exist: text ?");
    }
    check_filter(test("done", Operator::Is(IsValue::Unknown)), "done IsUnknown");
    check_filter(test("name", Operator::Is(IsValue::True)), "refused: operator does not exist: text IS TRUE");
    check_filter(test("body", search(None)), "body Search");
    check_filter(test("body", search(Some("english"))), "body Search");
    check_filter(
        test("body", search(Some("german"))),
        "refused: feature not implemented: full-text search in 'german' on column 'body', indexed as 'english'",
    );
    check_filter(
        test("name", search(None)),
        "refused: feature not implemented: full-text search on column 'name', which is not @searchable",
    );
    check_filter(test("clients", Operator::Is(IsValue::Null)), "not has clients");
    check_filter(
        Condition::Or(vec![
            Condition::Not(Box::new(test("tasks", Operator::Is(IsValue::Null)))),
            test("id", Operator::In(Slot(0))),
        ]),
        "(not not has tasks or id In)",
    );
    check_filter(test("tasks", compare(CompareOp::Eq)), "refused: column `projects.tasks` does not exist");
    check_filter(test("nope", Operator::Is(IsValue::Null)), "refused: column `projects.nope` does not exist");
}

#[test]
fn casts_by_every_name() {
    for (names, cast) in [
        ("text varchar char bpchar name CHARACTER_VARYING", "text"),
        ("int int4 integer int2 smallint INT", "int"),
        ("int8 bigint", "bigint"),
        ("numeric decimal", "decimal"),
        ("float8 float4 float real double_precision", "float"),
        ("bool boolean", "boolean"),
        ("date", "date"),
        ("time", "time"),
        ("timestamptz timestamp timestamp_with_time_zone timestamp_without_time_zone", "datetime"),
        ("uuid", "uuid"),
        ("json jsonb", "json"),
        ("bytea", "bytes"),
    ] {
        for name in names.split(' ') {
            let name = name.replace('_', " ");
            check("clients", &format!("id::{name}"), "", &format!("clients[id=id::{cast}]"));
        }
    }
}

#[test]
fn only_single_numbers_are_counted_up_and_once() {
    let count = |columns: &str, added: &str, expected: &str| {
        let Action::Update(mut change) = update("items", columns, Vec::new(), None) else { panic!("not an update") };
        change.added = crate::fixture::names(added);
        check_write(&Action::Update(change), expected);
    };
    count("a", "a", "refused: unsupported: multiple assignments to the column 'a'");
    count("", "b,b", "refused: unsupported: multiple assignments to the column 'b'");
    count("", "twice", "refused: column \"twice\" can only be updated to DEFAULT");
    let of = |relation: &str, column: &str, expected: &str| {
        let Action::Update(mut change) = update(relation, "", Vec::new(), None) else { panic!("not an update") };
        change.added = crate::fixture::names(column);
        check_write(&Action::Update(change), expected);
    };
    of("clients", "name", "refused: operator does not exist: text +");
    of("projects", "tags", "refused: operator does not exist: text[] +");
}

#[track_caller]
fn check_write(action: &Action, expected: &str) {
    assert_eq!(outcome(&schema(OPEN), "anon", action), expected);
}

#[test]
fn writes() {
    let merge = |columns: &str| Some(Conflict::on(crate::fixture::names(columns), Resolution::Merge));
    let upsert = |relation: &str, columns: &str, target: &str| {
        let mut insert = insert(relation, columns, None);
        insert.conflict = merge(target);
        Action::Insert(insert)
    };
    check_write(&Action::Insert(insert("clients", "id,name", None)), "insert clients(id=$0,name=$1) check open");
    check_write(&Action::Insert(insert("clients", "id,name,id", None)), "insert clients(id=$2,name=$1) check open");
    check_write(
        &Action::Insert(insert("items", "a", Some("id"))),
        "insert items(a=$0,id=default,b=default,createdAt=CreatedAt,updatedAt=UpdatedAt) check open returning touched[id]",
    );
    check_write(
        &Action::Insert(insert("items", "a,nope,twice", None)),
        "refused: column `nope` of `items` cannot be written: no such column",
    );
    check_write(
        &Action::Insert(insert("items", "twice", None)),
        "refused: column \"twice\" can only be updated to DEFAULT",
    );
    check_write(
        &Action::Insert(insert("items", "createdAt", None)),
        "refused: column \"createdAt\" can only be updated to DEFAULT",
    );
    check_write(
        &Action::Insert(insert("items", "nope", Some("nope(id)"))),
        "refused: no relationship between `items` and `nope`",
    );
    check_write(
        &upsert("items", "id,a", ""),
        "insert items(id=$0,a=$1,b=default,createdAt=CreatedAt,updatedAt=UpdatedAt) check open conflict(id) set(a,updatedAt) using open check open",
    );
    check_write(
        &upsert("items", "a,b", "b,a"),
        "insert items(a=$0,b=$1,id=default,createdAt=CreatedAt,updatedAt=UpdatedAt) check open conflict(a,b) set(updatedAt) using open check open",
    );
    check_write(
        &upsert("items", "a", "a"),
        "refused: there is no unique or exclusion constraint matching the ON CONFLICT specification",
    );
    check_write(
        &upsert("items", "a,b", "a,id"),
        "refused: there is no unique or exclusion constraint matching the ON CONFLICT specification",
    );
    check_write(&upsert("items", "a", "nope"), "refused: column `items.nope` does not exist");
    check_write(&upsert("loose", "a,b", ""), "insert loose(a=$0,b=$1,_key=default) check open");
    check_write(
        &upsert("loose", "a,b", "a"),
        "insert loose(a=$0,b=$1,_key=default) check open conflict(a) set(b) using open check open",
    );
    check_write(
        &update("items", "a", Vec::new(), None),
        "update items(a=$0,updatedAt=UpdatedAt) using open check open",
    );
    check_write(
        &update("items", "", Vec::new(), Some("id")),
        "update items() using open check open returning touched[id]",
    );
    check_write(&update("nope", "nope", Vec::new(), None), "refused: relation `nope` does not exist");
    check_write(
        &update("items", "nope", Vec::new(), None),
        "refused: column `nope` of `items` cannot be written: no such column",
    );
    let embed = test("clients", Operator::Is(IsValue::Null));
    check_write(
        &update("projects", "name", vec![embed], Some("id,clients(id)")),
        "refused: column `projects.clients` does not exist",
    );
}

#[track_caller]
fn check_suggestion(schema: &Schema, who: &str, relation: &str, select: &str, expected: Option<&str>) {
    let refusal = resolve(&read(relation, level(select)), schema, &Limits::default()).expect_err("refused");
    let roles = crate::fixture::roles(who);
    let view = backstay_plan::access::View::new(schema, &roles);
    let refusal = suggest::complete(refusal, &view);
    let (Refusal::UnknownRelation { suggestion: found, .. } | Refusal::NoRelationship { suggestion: found, .. }) =
        refusal
    else {
        panic!("{refusal}")
    };
    assert_eq!(found.as_deref(), expected, "{relation} {select} as {who}");
}

#[test]
fn suggestions_name_only_what_the_caller_knows() {
    let open = schema(OPEN);
    check_suggestion(&open, "anon", "projectx", "id", Some("projects"));
    check_suggestion(&open, "anon", "zzz", "id", None);
    check_suggestion(&open, "anon", "projects", "client_s(id)", Some("clients"));
    check_suggestion(&open, "anon", "messages", "people!nope(id)", None);
    // Near in name, but not related.
    check_suggestion(&open, "anon", "projects", "user_s(id)", None);
    let ruled = schema(crate::fixture::RULED);
    check_suggestion(&ruled, "user", "posts", "learner_s(id)", Some("learners"));
    check_suggestion(&ruled, "anon", "posts", "learner_s(id)", None);
    check_suggestion(&ruled, "user", "learnerx", "id", Some("learners"));
    check_suggestion(&ruled, "anon", "learnerx", "id", None);
}

#[track_caller]
fn check_limit(limits: Limits, action: &Action, expected: &str) {
    let refusal = resolve(action, &schema(OPEN), &limits).expect_err("too much");
    assert_eq!(refusal.to_string(), expected);
}

#[test]
fn limits() {
    let all = Limits::default();
    let action = read("projects", level("id,clients(id),tasks(users(id))"));
    check_limit(Limits { embed_depth_max: 1, ..all }, &action, "request exceeds levels of embedding: 1");
    check_limit(Limits { embeds_max: 2, ..all }, &action, "request exceeds embedded resources: 2");
    check_limit(Limits { items_max: 5, ..all }, &action, "request exceeds select items: 5");
    check_limit(
        Limits { path_steps_max: 2, ..all },
        &read("projects", level("data->a->b->c")),
        "request exceeds steps of a JSON path: 2",
    );
    let mut sorted = level("id");
    sorted.order = order("id,name,-id");
    check_limit(Limits { order_terms_max: 2, ..all }, &read("projects", sorted), "request exceeds order terms: 2");
    let mut filtered = level("id");
    let null = || test("id", Operator::Is(IsValue::Null));
    filtered.filter = vec![null(), Condition::Not(Box::new(Condition::Not(Box::new(null()))))];
    let action = read("projects", filtered);
    check_limit(Limits { conditions_max: 3, ..all }, &action, "request exceeds conditions: 3");
    check_limit(Limits { condition_depth_max: 2, ..all }, &action, "request exceeds levels of conditions: 2");
}

#[test]
fn every_kind_of_nesting_counts_as_a_level_of_conditions() {
    let null = || test("id", Operator::Is(IsValue::Null));
    let not = |inner| Condition::Not(Box::new(inner));
    let and = |inner| Condition::And(vec![null(), inner]);
    let or = |inner| Condition::Or(vec![inner, null()]);
    for (levels, condition) in [
        (1, null()),
        (2, and(null())),
        (2, or(null())),
        (2, not(null())),
        (3, and(or(null()))),
        (3, or(and(null()))),
        (4, not(and(not(null())))),
        (4, or(not(or(null())))),
        (5, and(and(or(or(null()))))),
    ] {
        let mut filtered = level("id");
        filtered.filter = vec![null(), condition];
        let action = read("projects", filtered);
        let within = |condition_depth_max| Limits { condition_depth_max, ..Limits::default() };
        assert_eq!(resolve(&action, &schema(OPEN), &within(levels)).err(), None, "{levels} {action:?}");
        let expected = format!("request exceeds levels of conditions: {}", levels - 1);
        check_limit(within(levels - 1), &action, &expected);
    }
}

#[test]
fn a_door_shows_what_is_meant_for_it() {
    let text = |doors: &str| {
        format!(
            "type Lock @model(table: \"locks\"{doors}) @access(ops: [ALL]) {{ id: ID! @id  keys: [Key!] }}\n\
             type Key @model(table: \"keys\") @access(ops: [ALL]) {{ id: ID! @id  lock: Lock @relation(fields: [\"lockId\"])  lockId: ID }}"
        )
    };
    let all = [
        (Api::Rest, "rest"),
        (Api::Function, "rest"),
        (Api::Graphql, "graphql"),
        (Api::Grpc, "grpc"),
        (Api::Realtime, "realtime"),
    ];
    for closed in ["", "rest", "graphql", "grpc", "realtime"] {
        let doors = if closed.is_empty() { String::new() } else { format!(", {closed}: false") };
        let schema = schema(&text(&doors));
        let found =
            |door, relation, select| resolve_at(door, &read(relation, level(select)), &schema, &Limits::default());
        for (door, name) in all {
            let shown = name != closed;
            assert_eq!(found(door, "locks", "id").is_ok(), shown, "{door:?}, {closed} closed");
            assert_eq!(found(door, "keys", "lock(id)").is_ok(), shown, "{door:?}, {closed} closed");
            assert!(found(door, "keys", "id").is_ok(), "{door:?}, {closed} closed");
        }
    }
}
