//! What the plan knows of levels as wholes and of related rows: each use of a relation or a column carries its rule.

use crate::fixture::{delete, names, outcome, outcome_within, read, roles, schema, test, update};
use crate::select::{field, level, order};
use backstay_plan::authorize::authorize;
use backstay_plan::authorized::{Plan, ReadPlan};
use backstay_plan::limits::Limits;
use backstay_plan::request::{
    Absent, Action, Aggregate, Bound, CompareOp, Condition, Counted, Edge, Edit, Embed, End, Fact, Item, JoinKind,
    Level, Operator, OrderTerm, Page, Part, Quantity, Slot, SortBy, Summary, Target, Update, Written,
};
use backstay_plan::resolve::resolve;

const TEXT: &str = r#"
type Author @model(table: "authors")
  @access(ops: [READ, UPDATE], when: "shown")
  @access(roles: ["admin"], ops: [ALL])
{
  id: ID! @id
  name: String @readable(when: "id == auth.uid")
  secret: String @readable(roles: ["admin"])
  rank: Int
  shown: Boolean!
  info: JSON
  books: [Book!]
}
type Book @model(table: "books") @access(ops: [READ, UPDATE, DELETE], when: "open") {
  id: ID! @id
  title: String!
  pages: Int
  open: Boolean!
  authorId: ID
  author: Author @relation(fields: ["authorId"])
}
type Hidden @model(table: "hidden") @access(roles: ["admin"], ops: [READ]) {
  id: ID! @id
  bookId: ID
  book: Book @relation(fields: ["bookId"])
}
"#;

#[track_caller]
fn check(who: &str, action: &Action, expected: &str) {
    assert_eq!(outcome(&schema(TEXT), who, action), expected, "as {who}");
}

fn equals(name: &str) -> Condition {
    test(name, Operator::Compare(CompareOp::Eq, Quantity::One, Slot(0)))
}

fn related(relation: &str, filter: Vec<Condition>) -> Condition {
    Condition::Related { relation: relation.to_owned(), filter }
}

fn counted(relation: &str, columns: &[&str]) -> Condition {
    Condition::RelatedCount {
        relation: relation.to_owned(),
        filter: vec![equals("open")],
        of: Counted { columns: columns.iter().map(|name| (*name).to_owned()).collect(), distinct: true },
        operator: Operator::Compare(CompareOp::Gt, Quantity::One, Slot(0)),
    }
}

fn filtered(relation: &str, condition: Condition) -> Action {
    read(relation, Level { filter: vec![condition], ..level("id") })
}

#[test]
fn conditions_on_related_rows() {
    let to_one = related("author", vec![equals("name")]);
    check(
        "user",
        &filtered("books", to_one.clone()),
        "books?[id] where some one<authorId=id>authors?[] where name~ Eq order id",
    );
    check(
        "user",
        &filtered("authors", related("books", vec![related("author", vec![])])),
        "authors?[id] where some many<id=authorId>books?[] where some one<authorId=id>authors?[] order id order id",
    );
    check(
        "user",
        &filtered("books", related("author", vec![equals("secret")])),
        "refused: permission denied for column secret of authors",
    );
    check(
        "user",
        &filtered("authors", counted("books", &["pages", "title"])),
        "authors?[id] where count(distinct pages,title) of many<id=authorId>books?[] where open Eq order id Gt order id",
    );
    check(
        "user",
        &filtered("books", counted("nothing", &[])),
        "refused: no relationship between `books` and `nothing`",
    );
    // Writes ask related rows too.
    check(
        "user",
        &delete("books", vec![to_one.clone()], None),
        "delete books where some one<authorId=id>authors?[] where name~ Eq using ?",
    );
    check(
        "user",
        &update("books", "title", vec![to_one], None),
        "update books(title=$0) where some one<authorId=id>authors?[] where name~ Eq using ? check ?",
    );
}

#[test]
fn only_a_relation_field_is_a_relation() {
    // `authors` is the relation's name in another dialect; here nothing but the field counts.
    check(
        "admin",
        &filtered("books", related("authors", vec![])),
        "refused: no relationship between `books` and `authors`",
    );
    let embed = |target: Target| {
        let embed = Embed { alias: None, target, join: JoinKind::Left, spread: false, level: level("id") };
        read("books", Level { items: vec![Item::Embed(embed)], ..Level::default() })
    };
    check("admin", &embed(Target::Field("author".to_owned())), "books?[author:one<authorId=id>authors[id]] order id");
    check(
        "admin",
        &embed(Target::Field("authorId".to_owned())),
        "refused: no relationship between `books` and `authorId`",
    );
}

#[test]
fn sorting_behind_relations() {
    let by = |through: &[&str], by| {
        let through = through.iter().map(|name| (*name).to_owned()).collect();
        let term = OrderTerm { embed: None, through, by, descending: true, nulls_first: None };
        Level { order: vec![term], ..level("id") }
    };
    let name = || SortBy::Field(field("name"));
    check(
        "user",
        &read("books", by(&["author"], name())),
        "books?[id] with 0:one<authorId=id>authors?[] order -authors.name~,id",
    );
    check(
        "user",
        &read("authors", by(&[], SortBy::Count("books".to_owned()))),
        "authors?[id] with 0:many<id=authorId>books?[] order id order -count books,id",
    );
    check(
        "user",
        &read("authors", by(&["books"], name())),
        "refused: `authors` and `books` do not form a to-one relationship",
    );
    check(
        "user",
        &read("books", by(&["author"], SortBy::Field(field("secret")))),
        "refused: permission denied for column secret of authors",
    );
}

/// The sort terms of a cursor's order, as the mark that tells it from others.
#[track_caller]
fn mark(relation: &str, order: Vec<OrderTerm>) -> String {
    let page = Some(Page { after: None, before: None, backward: false });
    let plan = plan_of(&read(relation, Level { page, order, ..level("id") }));
    plan.root.page.expect("a page").mark
}

#[track_caller]
fn plan_of(action: &Action) -> ReadPlan {
    let schema = schema(TEXT);
    let resolved = resolve(action, &schema, &Limits::default()).expect("resolved");
    let Plan::Read(plan) = authorize(resolved, &schema, &roles("admin")).expect("allowed").plan().clone() else {
        panic!("not a read")
    };
    plan
}

#[test]
fn cursors_of_other_orders_have_other_marks() {
    let through = |relation: &str, by| {
        let through = vec![relation.to_owned()];
        vec![OrderTerm { embed: None, through, by, descending: false, nulls_first: None }]
    };
    let nulls = |nulls_first| {
        let mut order = order("rank");
        order[0].nulls_first = Some(nulls_first);
        order
    };
    let count = OrderTerm {
        embed: None,
        through: Vec::new(),
        by: SortBy::Count("books".to_owned()),
        descending: false,
        nulls_first: None,
    };
    let orders = [
        ("authors", order("")),
        ("authors", order("rank")),
        ("authors", order("-rank")),
        ("authors", nulls(true)),
        ("authors", order("shown")),
        ("authors", order("rank,shown")),
        ("authors", order("shown,rank")),
        ("authors", order("info")),
        ("authors", order("info->a")),
        ("authors", order("info->b")),
        ("authors", order("info->0")),
        ("authors", order("info->a->b")),
        ("authors", vec![count]),
        ("books", order("title")),
        ("books", order("id,title")),
        ("books", through("author", SortBy::Field(field("rank")))),
        ("books", through("author", SortBy::Field(field("name")))),
    ];
    let marks: Vec<String> = orders.iter().map(|(relation, order)| mark(relation, order.clone())).collect();
    for (at, one) in marks.iter().enumerate() {
        assert_eq!(marks.iter().position(|other| other == one), Some(at), "{orders:?}");
    }
    // The same in every version, so that a cursor outlives an update.
    assert_eq!(mark("authors", order("")), "262567b5");
    assert_eq!(mark("authors", nulls(false)), mark("authors", order("rank")));
    assert_eq!(mark("authors", order("-rank")), "344fba2e");
}

#[test]
fn every_level_right_below() {
    let not = |inner| Condition::Not(Box::new(inner));
    let number = Condition::RelatedCount {
        relation: "author".to_owned(),
        filter: Vec::new(),
        of: Counted::default(),
        operator: Operator::Compare(CompareOp::Gt, Quantity::One, Slot(0)),
    };
    let filter = vec![Condition::Or(vec![not(related("author", vec![])), equals("title")]), not(number)];
    let embed = Embed {
        alias: None,
        target: Target::Field("author".to_owned()),
        join: JoinKind::Left,
        spread: false,
        level: level("id"),
    };
    let below = |items: Vec<Item>, filter: Vec<Condition>| {
        plan_of(&read("books", Level { items, filter, ..Level::default() })).root.below().count()
    };
    assert_eq!(below(level("id").items, vec![]), 0);
    assert_eq!(below(level("id").items, vec![equals("title")]), 0);
    assert_eq!(below(vec![Item::Embed(embed.clone())], vec![]), 1);
    assert_eq!(below(level("id").items, filter.clone()), 2);
    assert_eq!(below(vec![Item::Embed(embed)], filter), 3);
}

#[test]
fn wholes() {
    let key = |key: &str| key.to_owned();
    let value =
        |column: &str| Summary::Value { key: key("v"), function: Aggregate::Max, column: key(column), cast: None };
    let whole = |items: Vec<Summary>| {
        let parts = vec![
            Part::Constant { key: key("t"), text: key("x") },
            Part::Summary { key: key("aggregate"), items },
            Part::Rows { key: key("nodes"), items: level("id,name").items },
        ];
        read("authors", Level { parts, ..Level::default() })
    };
    let count = Summary::Count { key: key("n"), of: Counted::default() };
    check(
        "user",
        &whole(vec![count, Summary::Object { key: key("max"), items: vec![value("name")] }]),
        "authors?{t=\"x\",aggregate:{n=count(),max:{v=name~.max}},nodes:[id,name=name~]}[] order id",
    );
    check("user", &whole(vec![value("secret")]), "refused: permission denied for column secret of authors");
    check("user", &whole(vec![value("shown")]), "refused: function max(boolean) does not exist");
}

#[test]
fn distinct_columns_come_first_in_the_order() {
    let distinct = |columns: &[&str], terms: &str| {
        let distinct = columns.iter().map(|name| (*name).to_owned()).collect();
        read("authors", Level { distinct, order: order(terms), ..level("id") })
    };
    check("user", &distinct(&["rank"], ""), "authors?[id] order id");
    check("user", &distinct(&["rank"], "-rank,id"), "authors?[id] order -rank,id");
    check("user", &distinct(&["rank", "id"], "id,rank"), "authors?[id] order id,rank");
    let refused = "refused: DISTINCT ON expressions must match initial ORDER BY expressions";
    // A part of a column, or a column of another row, is another value.
    check("user", &distinct(&["info"], "info->a"), refused);
    let author = OrderTerm {
        embed: None,
        through: vec!["author".to_owned()],
        by: SortBy::Field(field("id")),
        descending: false,
        nulls_first: None,
    };
    let of_author = Level { distinct: vec!["id".to_owned()], order: vec![author], ..level("id") };
    check("user", &read("books", of_author), refused);
    check("user", &distinct(&["rank"], "id,rank"), refused);
    check("user", &distinct(&["secret"], ""), "refused: permission denied for column secret of authors");
}

#[test]
fn pages_need_a_key_that_can_be_shown() {
    let key = |key: &str| key.to_owned();
    let page = |relation: &str| {
        let page = Some(Page { after: Some(Slot(0)), before: None, backward: false });
        let edges = vec![Edge::Cursor { key: key("c") }, Edge::Row { key: key("node"), items: level("id").items }];
        let parts = vec![
            Part::Edges { key: key("edges"), items: edges },
            Part::Bounds {
                key: key("info"),
                items: vec![Bound::End { key: key("m"), end: End::Last, fact: Fact::More }],
            },
            Part::Total { key: key("total") },
        ];
        read(relation, Level { page, parts, ..Level::default() })
    };
    check("user", &page("books"), "books?{edges:{c,node:[id]},info,total}[] order id");
    let text = r#"type Note @model(table: "notes") @access(ops: [READ]) { id: ID! @id @private  text: String }"#;
    let level = Level { page: Some(Page { after: None, before: None, backward: false }), ..level("text") };
    let found = outcome(&schema(text), "user", &read("notes", level));
    assert_eq!(found, "refused: permission denied for column id of notes");
}

#[test]
fn writes_of_every_row() {
    let check = |who: &str, action: &Action, expected: &str| {
        assert_eq!(outcome_within(&Limits::default(), &schema(TEXT), who, action), expected, "as {who}");
    };
    let refused = "refused: UPDATE requires a WHERE clause";
    let all = |filter: Vec<Condition>| update("authors", "rank", filter, None);
    check("user", &all(vec![]), refused);
    check("user", &all(vec![Condition::And(vec![])]), refused);
    check("user", &all(vec![Condition::And(vec![Condition::And(vec![])])]), refused);
    check("service", &all(vec![]), "update authors(rank=$0) using open check open");
    check("user", &delete("books", vec![], None), "refused: DELETE requires a WHERE clause");
    // What may not be done at all is said first.
    check("user", &delete("hidden", vec![], None), "refused: permission denied for table hidden");
}

#[test]
fn every_change_of_every_row_needs_a_filter() {
    let refused = "refused: UPDATE requires a WHERE clause";
    for (columns, added, edited, expected) in [
        ("rank", "", &[][..], refused),
        ("", "rank", &[], refused),
        ("", "", &[("info", Edit::Append)], refused),
        ("shown", "rank", &[("info", Edit::Append)], refused),
        // What changes nothing is about no row.
        ("", "", &[], "update authors() using open check open"),
    ] {
        let Action::Update(mut all) = change("authors", columns, added, edited) else { panic!("not an update") };
        all.filter.clear();
        let found = outcome_within(&Limits::default(), &schema(TEXT), "admin", &Action::Update(all));
        assert_eq!(found, expected, "{columns} {added} {edited:?}");
    }
}

#[test]
fn embeds_count_wherever_they_stand() {
    let limits = |embed_depth_max, embeds_max| Limits { embed_depth_max, embeds_max, ..Limits::default() };
    let check = |limits: &Limits, level: Level, expected: &str| {
        let found = outcome_within(limits, &schema(TEXT), "admin", &read("books", level));
        let found = if found.starts_with("refused") { found.as_str() } else { "taken" };
        assert_eq!(found, expected, "{limits:?}");
    };
    let items = || level("author(books(id))").items;
    let key = || "k".to_owned();
    let levels = [
        Level { items: items(), ..Level::default() },
        Level { parts: vec![Part::Rows { key: key(), items: items() }], ..Level::default() },
        Level {
            parts: vec![Part::Edges { key: key(), items: vec![Edge::Row { key: key(), items: items() }] }],
            ..Level::default()
        },
    ];
    for level in levels {
        check(&limits(2, 2), level.clone(), "taken");
        check(&limits(2, 1), level.clone(), "refused: request exceeds embedded resources: 1");
        check(&limits(1, 2), level, "refused: request exceeds levels of embedding: 1");
    }
    // So do the rows that a sort term or a condition asks.
    let term = |through: &[&str]| {
        let through = through.iter().map(|name| (*name).to_owned()).collect();
        let by = SortBy::Field(field("rank"));
        OrderTerm { embed: None, through, by, descending: false, nulls_first: None }
    };
    let sorted = Level { order: vec![term(&["author"])], ..level("id") };
    check(&limits(1, 1), sorted.clone(), "taken");
    check(&limits(0, 1), sorted, "refused: request exceeds levels of embedding: 0");
    let asked = Level { filter: vec![related("author", vec![related("books", vec![])])], ..level("id") };
    check(&limits(2, 2), asked.clone(), "taken");
    check(&limits(1, 2), asked.clone(), "refused: request exceeds levels of embedding: 1");
    check(&limits(2, 1), asked, "refused: request exceeds embedded resources: 1");
}

#[test]
fn sort_terms_go_as_deep_as_embeds() {
    let term = OrderTerm {
        embed: None,
        through: vec!["project".to_owned(), "client".to_owned()],
        by: SortBy::Field(field("name")),
        descending: false,
        nulls_first: None,
    };
    let action = read("tasks", Level { order: vec![term], ..level("id") });
    let within = |embed_depth_max| {
        let limits = Limits { embed_depth_max, ..Limits::default() };
        outcome_within(&limits, &schema(crate::fixture::OPEN), "anon", &action)
    };
    assert!(within(2).starts_with("tasks[id]"), "{}", within(2));
    assert_eq!(within(1), "refused: request exceeds levels of embedding: 1");
}

#[test]
fn edits_of_json() {
    let edit = |column: &str, edit| change("authors", "rank", "", &[(column, edit)]);
    check(
        "admin",
        &edit("info", Edit::Append),
        "update authors(rank=$0,info Append $1) where id Eq using open check open",
    );
    check("admin", &edit("name", Edit::DeleteKey), "refused: operator does not exist: text ||");
    check("admin", &edit("rank", Edit::Append), "refused: operator does not exist: integer ||");
    let check = |column: &str, expected: &str| {
        let found = outcome(&schema(COUNTERS), "user", &change("counters", "", "", &[(column, Edit::Append)]));
        assert_eq!(found, expected, "{column}");
    };
    for column in ["shape", "checked"] {
        check(column, &format!("update counters({column} Append $0) where id Eq using open check open"));
    }
    check("many", "refused: operator does not exist: jsonb[] ||");
}

#[test]
fn cells_are_numbered_over_all_that_an_update_changes() {
    use Edit::{Append, DeleteElement};
    let check = |columns: &str, added: &str, edited: &[(&str, Edit)], expected: &str| {
        let expected = format!("update counters({expected}) where id Eq using open check open");
        assert_eq!(outcome(&schema(COUNTERS), "user", &change("counters", columns, added, edited)), expected);
    };
    check("", "a", &[], "a+=$0");
    check("", "a,b", &[("x", Append)], "a+=$0,b+=$1,x Append $2");
    check("", "", &[("x", Append), ("y", DeleteElement)], "x Append $0,y DeleteElement $1");
    check("name,note", "", &[("x", Append)], "name=$0,note=$1,x Append $2");
    check("name,note", "a,b", &[], "name=$0,note=$1,a+=$2,b+=$3");
    check(
        "name,note,c",
        "a,b",
        &[("x", Append), ("y", Append)],
        "name=$0,note=$1,c=$2,a+=$3,b+=$4,x Append $5,y Append $6",
    );
}

const COUNTERS: &str = r#"
input Shape { sides: Int }
type Counter @model(table: "counters") @access(ops: [ALL]) {
  id: ID! @id  name: String  note: String  a: Int  b: Int  c: Int  x: JSON  y: JSON
  shape: Shape  checked: JSON @schema(json: "{}")  many: [JSON!]
}
"#;

/// An update that sets columns, counts others up and changes parts of others.
fn change(relation: &str, columns: &str, added: &str, edited: &[(&str, Edit)]) -> Action {
    Action::Update(Update {
        relation: relation.to_owned(),
        columns: names(columns),
        added: names(added),
        edited: edited.iter().map(|(column, edit)| ((*column).to_owned(), *edit)).collect(),
        row: Slot(0),
        absent: Absent::Null,
        filter: vec![equals("id")],
        returning: None,
    })
}

#[test]
fn written_rows_are_read_under_read_rules() {
    let written =
        |relation: &str, select: &str| Action::Written(Written { relation: relation.to_owned(), level: level(select) });
    check("user", &written("authors", "id,name"), "touched?[id,name=name~]");
    check("user", &written("hidden", "id"), "refused: permission denied for table hidden");
}
