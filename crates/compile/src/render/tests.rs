//! The text of every node.

use super::{render, render_definition};
use crate::ast::{
    Aggregate, Alias, Authored, AuthoredPart, BinaryOp, Command, Definition, Delete, From, Function, Insert, Join,
    JoinKind, OnConflict, Query, Search, Select, SelectItem, Sort, Table, TableSource, Term, UnaryOp, Update,
};
use crate::datatype::{Base, DataType};
use crate::functions::StoreFunction;
use backstay_plan::request::SearchSyntax;
use backstay_plan::value::{Param, Value};
use backstay_schema::model::{Dialect, SortDirection};

fn column(name: &str) -> Term {
    Term::Column(Alias::Numbered(1), name.into())
}

fn boxed(name: &str) -> Box<Term> {
    Box::new(column(name))
}

fn table(alias: u16) -> Table {
    Table { source: TableSource::Named("t".into()), alias: Alias::Numbered(alias) }
}

fn select(term: Term) -> Select {
    Select { items: vec![SelectItem { term, name: None }], ..Select::default() }
}

fn one() -> Box<Query> {
    Box::new(Query::Select(Box::new(select(Term::Int(1)))))
}

fn text(value: &str) -> Term {
    Term::Param(Param::Constant(Value::Text(value.into())))
}

fn search() -> Term {
    Term::Match(Box::new(Search {
        index: "f".into(),
        row: column("rowid"),
        text: column("words"),
        language: "english".into(),
        syntax: SearchSyntax::Web,
        query: text("q"),
    }))
}

#[track_caller]
fn check_command(command: Command, expected: &str) {
    assert_eq!(render(Dialect::Sqlite, &command).text, expected);
}

#[track_caller]
fn check(term: Term, expected: &str) {
    check_command(Command::Query(Query::Select(Box::new(select(term)))), &["SELECT ", expected].concat());
}

#[track_caller]
fn check_select(select: Select, expected: &str) {
    check_command(Command::Query(Query::Select(Box::new(select))), expected);
}

#[test]
fn values() {
    check(column("a\"b"), "t1.\"a\"\"b\"");
    check(Term::Column(Alias::Table("x y".into()), "a".into()), "\"x y\".\"a\"");
    check(Term::Column(Alias::Excluded, "a".into()), "excluded.\"a\"");
    check(Term::Column(Alias::Bare, "a".into()), "\"a\"");
    check(Term::Column(Alias::Old, "a".into()), "old.\"a\"");
    check(Term::Column(Alias::New, "a".into()), "new.\"a\"");
    check(text("a"), "?1");
    check(Term::Null, "NULL");
    check(Term::Bool(true), "1");
    check(Term::Bool(false), "0");
    check(Term::Int(-7), "-7");
    check(Term::CountRows, "count(*)");
    check(Term::AsDecimal(boxed("a")), "(t1.\"a\" COLLATE decimal)");
    check(Term::InList(boxed("a"), vec![Term::Int(1), Term::Int(2)]), "(t1.\"a\" IN (1, 2))");
    check(Term::InQuery(vec![column("a")], one()), "(t1.\"a\" IN (SELECT 1))");
    check(Term::InQuery(vec![column("a"), column("b")], one()), "((t1.\"a\", t1.\"b\") IN (SELECT 1))");
    check(Term::Exists(one()), "EXISTS (SELECT 1)");
    check(Term::Scalar(one()), "(SELECT 1)");
    check(Term::Object(vec![("k".into(), Term::Int(1)), ("k".into(), Term::Null)]), "json_object(?1, 1, ?1, NULL)");
    check(Term::Array(vec![Term::Int(1), Term::Null]), "json_array(1, NULL)");
    check(search(), "(t1.\"rowid\" IN (SELECT rowid FROM \"f\" WHERE \"f\" MATCH ?1))");
}

#[test]
fn connectives() {
    check(Term::All(vec![]), "1");
    check(Term::Any(vec![]), "0");
    check(Term::All(vec![column("a"), Term::Any(vec![column("b"), Term::Null])]), "(t1.\"a\" AND (t1.\"b\" OR NULL))");
    let whens = vec![(column("a"), Term::Int(1)), (column("b"), Term::Int(2))];
    let case = |otherwise| Term::Case { whens: whens.clone(), otherwise };
    check(case(None), "CASE WHEN t1.\"a\" THEN 1 WHEN t1.\"b\" THEN 2 END");
    check(case(Some(Box::new(Term::Null))), "CASE WHEN t1.\"a\" THEN 1 WHEN t1.\"b\" THEN 2 ELSE NULL END");
}

#[test]
fn operators() {
    for (op, expected) in [
        (UnaryOp::Not, "(NOT t1.\"a\")"),
        (UnaryOp::Negate, "(- t1.\"a\")"),
        (UnaryOp::IsNull, "(t1.\"a\" IS NULL)"),
        (UnaryOp::IsNotNull, "(t1.\"a\" IS NOT NULL)"),
        (UnaryOp::IsTrue, "(t1.\"a\" IS TRUE)"),
        (UnaryOp::IsNotTrue, "(t1.\"a\" IS NOT TRUE)"),
        (UnaryOp::IsFalse, "(t1.\"a\" IS FALSE)"),
        (UnaryOp::ToFloat, "CAST(t1.\"a\" AS REAL)"),
    ] {
        check(Term::Unary(op, boxed("a")), expected);
    }
    for (op, expected) in [
        (BinaryOp::Equal, "="),
        (BinaryOp::NotEqual, "<>"),
        (BinaryOp::Less, "<"),
        (BinaryOp::LessOrEqual, "<="),
        (BinaryOp::Greater, ">"),
        (BinaryOp::GreaterOrEqual, ">="),
        (BinaryOp::Distinct, "IS NOT"),
        (BinaryOp::Concat, "||"),
        (BinaryOp::Add, "+"),
        (BinaryOp::JsonMember, "->"),
    ] {
        check(Term::Binary(op, boxed("a"), boxed("b")), &["(t1.\"a\" ", expected, " t1.\"b\")"].concat());
    }
}

#[test]
fn functions_have_their_arity() {
    let mut functions = vec![
        (Function::Json, "json", 1),
        (Function::ListLength, "json_array_length", 1),
        (Function::JsonQuote, "json_quote", 1),
        (Function::Length, "length", 1),
        (Function::Lower, "lower", 1),
        (Function::Upper, "upper", 1),
        (Function::Least, "min", 2),
        (Function::Greatest, "max", 2),
        (Function::Coalesce, "coalesce", 2),
    ];
    functions.extend(StoreFunction::ALL.map(|store| (Function::Store(store), store.name(), store.arity().into())));
    for (function, name, arity) in functions {
        let args = vec![Term::Int(1); arity];
        check(Term::Call(function, args), &[name, "(", &vec!["1"; arity].join(", "), ")"].concat());
    }
    for (aggregate, name) in [
        (Aggregate::Count, "count"),
        (Aggregate::Sum, "sum"),
        (Aggregate::Avg, "avg"),
        (Aggregate::Min, "min"),
        (Aggregate::Max, "max"),
        (Aggregate::JsonArray, "json_group_array"),
        (Aggregate::DecimalSum, "decimal_sum"),
        (Aggregate::DecimalAvg, "decimal_avg"),
    ] {
        check(Term::Aggregate(aggregate, boxed("a")), &[name, "(t1.\"a\")"].concat());
    }
}

#[test]
fn selects() {
    let from = Some(From { table: table(1), joins: Vec::new() });
    let plain = Select { from, ..select(column("a")) };
    check_select(plain.clone(), "SELECT t1.\"a\" FROM \"t\" AS t1");
    let items = vec![SelectItem { term: Term::Int(1), name: Some("n\"".into()) }];
    check_select(Select { items, ..plain.clone() }, "SELECT 1 AS \"n\"\"\" FROM \"t\" AS t1");
    check_select(
        Select { filter: Some(column("b")), group: vec![column("c"), column("d")], ..plain.clone() },
        "SELECT t1.\"a\" FROM \"t\" AS t1 WHERE t1.\"b\" GROUP BY t1.\"c\", t1.\"d\"",
    );
    let join = |kind, alias| Join { kind, table: table(alias), on: Term::Bool(true) };
    let joins = vec![join(JoinKind::Inner, 2), join(JoinKind::Left, 3)];
    check_select(
        Select { from: Some(From { table: table(1), joins }), ..plain.clone() },
        "SELECT t1.\"a\" FROM \"t\" AS t1 JOIN \"t\" AS t2 ON 1 LEFT JOIN \"t\" AS t3 ON 1",
    );
    for (source, expected) in [
        (TableSource::Query(one()), "SELECT t1.\"a\" FROM (SELECT 1) AS t1"),
        (TableSource::Elements(Box::new(text("[]"))), "SELECT t1.\"a\" FROM json_each(?1) AS t1"),
    ] {
        let from = Some(From { table: Table { source, alias: Alias::Numbered(1) }, joins: Vec::new() });
        check_select(Select { from, ..plain.clone() }, expected);
    }
    for (limit, offset, expected) in [
        (Some(Term::Int(1)), None, " LIMIT 1"),
        (Some(Term::Int(1)), Some(Term::Int(2)), " LIMIT 1 OFFSET 2"),
        (None, Some(Term::Int(2)), " LIMIT -1 OFFSET 2"),
    ] {
        let expected = ["SELECT t1.\"a\" FROM \"t\" AS t1", expected].concat();
        check_select(Select { limit, offset, ..plain.clone() }, &expected);
    }
    check_command(Command::Query(Query::UnionAll(vec![*one(), *one()])), "SELECT 1 UNION ALL SELECT 1");
    let authored = Authored(vec![AuthoredPart::Text("x -- y ".into()), AuthoredPart::Param(Param::Now)]);
    check_command(Command::Query(Query::Authored(authored.clone())), "x -- y ?1\n");
    check_command(Command::Authored(authored), "x -- y ?1\n");
}

#[test]
fn sort_keys_say_where_nulls_stand_only_against_the_default() {
    use SortDirection::{Ascending, Descending};
    for (direction, nulls_first, expected) in [
        (Ascending, None, ""),
        (Ascending, Some(true), ""),
        (Ascending, Some(false), " NULLS LAST"),
        (Descending, None, " DESC"),
        (Descending, Some(false), " DESC"),
        (Descending, Some(true), " DESC NULLS FIRST"),
    ] {
        let order = vec![Sort { term: column("b"), direction, nulls_first }];
        let expected = ["SELECT 1 ORDER BY t1.\"b\"", expected].concat();
        check_select(Select { order, ..select(Term::Int(1)) }, &expected);
    }
}

#[test]
fn writes() {
    let insert = Insert {
        table: "t".into(),
        columns: vec!["a".into(), "b".into()],
        values: vec![Term::Param(Param::Cell(0)), Term::Null],
        overriding: false,
        conflict: None,
        unless: None,
        returning: Vec::new(),
    };
    check_command(Command::Insert(insert.clone()), "INSERT INTO \"t\" (\"a\", \"b\") VALUES (?1, NULL)");
    let defaults = Insert { columns: Vec::new(), values: Vec::new(), ..insert.clone() };
    check_command(Command::Insert(defaults), "INSERT INTO \"t\" DEFAULT VALUES");
    let conflict = OnConflict { target: vec!["a".into()], target_filter: None, set: Vec::new(), filter: None };
    let ignoring = Insert { conflict: Some(conflict.clone()), ..insert.clone() };
    check_command(
        Command::Insert(ignoring),
        "INSERT INTO \"t\" (\"a\", \"b\") VALUES (?1, NULL) ON CONFLICT (\"a\") DO NOTHING",
    );
    let set = vec![("b".to_owned(), Term::Column(Alias::Excluded, "b".into()))];
    let conflict = OnConflict { target_filter: Some(Term::Bool(true)), set: set.clone(), ..conflict };
    let merging = Insert { conflict: Some(conflict), returning: vec![Term::Int(1), Term::Int(2)], ..insert };
    check_command(
        Command::Insert(merging),
        "INSERT INTO \"t\" (\"a\", \"b\") VALUES (?1, NULL) ON CONFLICT (\"a\") WHERE 1 \
         DO UPDATE SET \"b\" = excluded.\"b\" RETURNING 1, 2",
    );
    let update =
        Update { table: "t".into(), among: None, set, filter: Some(Term::Bool(true)), returning: vec![Term::Int(1)] };
    check_command(Command::Update(update), "UPDATE \"t\" SET \"b\" = excluded.\"b\" WHERE 1 RETURNING 1");
    let delete = Delete { table: "t".into(), among: None, filter: Some(Term::Bool(false)), returning: Vec::new() };
    check_command(Command::Delete(delete), "DELETE FROM \"t\" WHERE 0");
}

#[test]
fn definitions_write_their_constants() {
    let copy = Definition::Copy {
        into: "n\"w".into(),
        columns: vec!["a".into()],
        query: Query::Select(Box::new(select(text("it's")))),
    };
    let written = render_definition(Dialect::Sqlite, &Command::Define(copy));
    assert_eq!(written, "INSERT INTO \"n\"\"w\" (\"a\") SELECT 'it''s'");
}

#[track_caller]
fn check_postgres(term: Term, expected: &str) {
    let command = Command::Query(Query::Select(Box::new(select(term))));
    assert_eq!(render(Dialect::Postgres, &command).text, ["SELECT ", expected].concat());
}

#[test]
fn postgres_says_the_type_of_what_it_binds() {
    let uuid = DataType::one(Base::Uuid);
    let typed = |term, ty| Term::Typed(Box::new(term), ty);
    check_postgres(text("a"), "$1::text");
    check_postgres(Term::Param(Param::Now), "$1::timestamptz");
    check_postgres(Term::Param(Param::Keys), "$1::jsonb");
    check_postgres(typed(Term::Param(Param::Cell(0)), DataType { list: true, ..uuid }), "$1::uuid[]");
    check_postgres(typed(Term::Null, uuid), "CAST(NULL AS uuid)");
    check_postgres(typed(column("a"), DataType::TEXT), "(CAST(t1.\"a\" AS text) COLLATE \"C\")");
    // One value of two types has two numbers.
    check_postgres(
        Term::All(vec![text("a"), typed(text("a"), uuid), text("a")]),
        "($1::text AND $2::uuid AND $1::text)",
    );
}

#[test]
fn postgres_has_words_of_its_own() {
    check_postgres(Term::Bool(true), "TRUE");
    check_postgres(Term::Any(vec![]), "FALSE");
    check_postgres(Term::Binary(BinaryOp::Distinct, boxed("a"), boxed("b")), "(t1.\"a\" IS DISTINCT FROM t1.\"b\")");
    check_postgres(Term::InArray(boxed("a"), boxed("b")), "(t1.\"a\" = ANY (t1.\"b\"))");
    check_postgres(Term::List(vec![Term::Int(1)]), "ARRAY[1]");
    check_postgres(Term::Array(vec![column("a"), column("b")]), "(('[' || t1.\"a\" || ',' || t1.\"b\") || ']')");
    check_postgres(Term::Array(vec![]), "'[]'");
    check_postgres(Term::Object(vec![]), "'{}'");
    check_postgres(search(), "(to_tsvector('english', t1.\"words\") @@ websearch_to_tsquery('english', $1::text))");
    for (aggregate, expected) in [
        (Aggregate::Avg, "(CAST(sum(t1.\"a\") AS float8) / count(t1.\"a\"))"),
        (Aggregate::AnyTrue, "bool_or(t1.\"a\")"),
        (Aggregate::CountTrue, "count(*) FILTER (WHERE t1.\"a\")"),
        (Aggregate::JsonArray, "coalesce('[' || string_agg(t1.\"a\", ',') || ']', '[]')"),
        (Aggregate::OfGroup, "(array_agg(t1.\"a\"))[1]"),
    ] {
        check_postgres(Term::Aggregate(aggregate, boxed("a")), expected);
    }
    for (function, expected) in [
        (StoreFunction::Like, "(t1.\"a\" LIKE t1.\"b\")"),
        (StoreFunction::RegexIgnoreCase, "(t1.\"a\" ~ t1.\"b\")"),
        (StoreFunction::JsonText, "((t1.\"a\" ->> t1.\"b\") COLLATE \"C\")"),
        (StoreFunction::Contains, "(strpos(t1.\"a\", t1.\"b\") > 0)"),
        (StoreFunction::Add, "bs_add(t1.\"a\", t1.\"b\")"),
    ] {
        check_postgres(Term::Call(Function::Store(function), vec![column("a"), column("b")]), expected);
    }
    let source = TableSource::Keys;
    let from = Some(From { table: Table { source, alias: Alias::Numbered(1) }, joins: Vec::new() });
    let keys = Command::Query(Query::Select(Box::new(Select { from, ..select(Term::Int(1)) })));
    let expected = "SELECT 1 FROM jsonb_array_elements($1::jsonb) WITH ORDINALITY AS t1(value, key)";
    assert_eq!(render(Dialect::Postgres, &keys).text, expected);
}

/// A text is copied once more for each that it is joined with, so that many are joined in parts.
#[test]
fn postgres_joins_long_objects_in_parts() {
    let members = |count| Term::Object(vec![("k".to_owned(), column("a")); count]);
    let rest = |count| vec!["$2::text || t1.\"a\""; count].join(" || ");
    check_postgres(members(16), &format!("(($1::text || t1.\"a\" || {}) || '}}')", rest(15)));
    check_postgres(members(18), &format!("(($1::text || t1.\"a\" || {}) || ({}) || '}}')", rest(15), rest(2)));
}

#[test]
fn postgres_writes_json_by_type() {
    for (ty, expected) in [
        (DataType::one(Base::Integer), "coalesce(CAST(t1.\"a\" AS text), 'null')"),
        (DataType::JSON, "coalesce(CAST(t1.\"a\" AS text), 'null')"),
        (DataType::one(Base::Uuid), "coalesce('\"' || CAST(t1.\"a\" AS text) || '\"', 'null')"),
        (DataType::TEXT, "coalesce(CAST(to_json(t1.\"a\") AS text), 'null')"),
        (DataType { base: Base::Integer, list: true }, "coalesce(CAST(to_json(t1.\"a\") AS text), 'null')"),
    ] {
        check_postgres(Term::JsonText(boxed("a"), ty), expected);
    }
}
