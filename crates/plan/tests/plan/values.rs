//! Values of requests in their stored form, and PostgreSQL's classes of mistakes.

use crate::fixture::{OPEN, roles, schema};
use backstay_plan::Refusal;
use backstay_plan::bind::{self, Context, Prepared, Progress};
use backstay_plan::fault::ValueProblem::{self, DateTimeRange, DateTimeSyntax, OutOfRange, Regex, Syntax, TooLarge};
use backstay_plan::limits::Limits;
use backstay_plan::principal::Principal;
use backstay_plan::request::{Input, SearchSyntax, Slot};
use backstay_plan::value::{Cast, Param, RegexEngine, Value};
use backstay_schema::model::{EnumId, FieldType, Scalar};

fn of(scalar: Scalar) -> FieldType {
    FieldType { scalar, list: false, nullable: true, items_nullable: true }
}

fn list(scalar: Scalar) -> FieldType {
    FieldType { list: true, ..of(scalar) }
}

fn bound(input: Input, cast: Cast) -> Result<Value, Refusal> {
    let schema = schema(OPEN);
    let prepared = Prepared::new(&schema).expect("validators");
    let limits = Limits { list_items_max: 4, regex_bytes_max: 20, json_depth_max: 3, ..Limits::default() };
    let who = Principal::with_roles(roles("user"));
    let inputs = [input];
    let context =
        Context { schema: &schema, prepared: &prepared, limits: &limits, inputs: &inputs, who: &who, now_micros: 0 };
    bind::param(&Param::Input { slot: Slot(0), cast }, &context, &Progress::NONE)
}

#[track_caller]
fn check(cast: Cast, raw: &str, expected: Value) {
    assert_eq!(bound(Input::Text(raw.to_owned()), cast), Ok(expected), "{raw}");
}

#[track_caller]
fn check_list(cast: Cast, items: &[&str], expected: &str) {
    let input = Input::List(items.iter().map(|&item| item.to_owned()).collect());
    assert_eq!(bound(input, cast), Ok(Value::Text(expected.to_owned())), "{items:?}");
}

#[track_caller]
fn check_bad(cast: Cast, raw: &str, ty: &str, problem: ValueProblem) {
    let expected = Refusal::BadValue { ty: ty.to_owned(), value: raw.to_owned(), problem };
    assert_eq!(bound(Input::Text(raw.to_owned()), cast), Err(expected), "{raw}");
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

#[test]
fn scalars() {
    let field = |scalar| Cast::Field(of(scalar));
    check(field(Scalar::Int), "42", Value::Int(42));
    check_bad(field(Scalar::Int), "null", "integer", Syntax);
    check_bad(field(Scalar::Int), "", "integer", Syntax);
    check_bad(field(Scalar::Int), "3000000000", "integer", OutOfRange);
    check(field(Scalar::BigInt), "3000000000", Value::Int(3_000_000_000));
    check_bad(field(Scalar::BigInt), "9223372036854775808", "bigint", OutOfRange);
    check(field(Scalar::Float), "1.5", Value::Float(1.5));
    check(field(Scalar::Decimal), "01.50", text("1.50"));
    for (raw, value) in
        [("t", true), ("TRUE", true), ("yes", true), ("1", true), ("off", false), ("n", false), (" false ", false)]
    {
        check(field(Scalar::Boolean), raw, Value::Bool(value));
    }
    check_bad(field(Scalar::Boolean), "o", "boolean", Syntax);
    check_bad(field(Scalar::Boolean), "", "boolean", Syntax);
    check(field(Scalar::String), " a\"b ", text(" a\"b "));
    check_bad(field(Scalar::String), "a\0b", "text", Syntax);
    let uuid = "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11";
    check(field(Scalar::Uuid), "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11", text(uuid));
    check(field(Scalar::Uuid), "{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}", text(uuid));
    check_bad(field(Scalar::Uuid), "x", "uuid", Syntax);
    check(field(Scalar::DateTime), "2023-10-18T05:37:59.611Z", text("2023-10-18T05:37:59.611000+00:00"));
    check_bad(field(Scalar::DateTime), "Z", "timestamp with time zone", DateTimeSyntax);
    check_bad(field(Scalar::Date), "2023-02-30", "date", DateTimeRange);
    check(field(Scalar::Bytes), "\\xDEadbeef", Value::Blob(vec![0xde, 0xad, 0xbe, 0xef]));
    check(field(Scalar::Bytes), "a\\\\b\\001", Value::Blob(vec![b'a', b'\\', b'b', 1]));
    check(field(Scalar::Bytes), "\\111\\377\\070", Value::Blob(vec![0o111, 0o377, 0o070]));
    check_bad(field(Scalar::Bytes), "\\xabc", "bytea", Syntax);
    check_bad(field(Scalar::Bytes), "a\\b", "bytea", Syntax);
    check(field(Scalar::Enum(EnumId(0))), "red", text("red"));
    check_bad(field(Scalar::Enum(EnumId(0))), "RED", "Colour", ValueProblem::Enum);
    check(Cast::Json, " { \"a\" : 1 } ", text("{\"a\":1}"));
    check_bad(Cast::Json, "{a}", "json", Syntax);
    check_bad(Cast::Json, "[[[[1]]]]", "json", TooLarge);
}

#[test]
fn lists() {
    let column = |scalar| Cast::Field(list(scalar));
    let members = |scalar| Cast::ListOf(of(scalar));
    check(column(Scalar::Int), "{1, 2,NULL}", text("[1,2,null]"));
    check(column(Scalar::String), r#"{a,"b,\"c",NULL}"#, text(r#"["a","b,\"c",null]"#));
    check(column(Scalar::Boolean), "{t,f}", text("[true,false]"));
    check(column(Scalar::Decimal), "{1.50}", text("[1.50]"));
    check(column(Scalar::DateTime), "{2023-10-18}", text(r#"["2023-10-18T00:00:00+00:00"]"#));
    check(column(Scalar::Json), r#"{"[1, 2]"}"#, text("[[1,2]]"));
    check_bad(column(Scalar::Int), "1,2", "integer[]", Syntax);
    check_bad(column(Scalar::Int), "{{1}}", "integer[]", Syntax);
    let bad_item = Refusal::BadValue { ty: "integer".to_owned(), value: "x".to_owned(), problem: Syntax };
    assert_eq!(bound(Input::Text("{x}".to_owned()), column(Scalar::Int)), Err(bad_item.clone()));
    check_list(members(Scalar::Int), &["1", "2"], "[1,2]");
    check_list(members(Scalar::Int), &[], "[]");
    check_list(members(Scalar::String), &["a\"b", ""], r#"["a\"b",""]"#);
    check_list(members(Scalar::Decimal), &["1.0"], r#"["1.0"]"#);
    check_list(members(Scalar::Bytes), &["\\xAB"], r#"["\\xab"]"#);
    check_list(members(Scalar::Json), &["[1, 2]"], r#"["[1,2]"]"#);
    check_list(Cast::ListOf(list(Scalar::Int)), &["{1,2}"], r#"["[1,2]"]"#);
    check_list(Cast::TextList, &["a%", "b"], r#"["a%","b"]"#);
    assert_eq!(bound(Input::List(vec!["x".to_owned()]), members(Scalar::Int)), Err(bad_item));
    let many = Input::List(vec!["1".to_owned(); 5]);
    assert_eq!(bound(many, members(Scalar::Int)), Err(Refusal::LimitExceeded { what: "list items", max: 4 }));
}

#[test]
fn what_the_protocol_gave_is_read_by_its_kind() {
    let items = || Input::List(vec!["1".to_owned(), "2".to_owned()]);
    assert_eq!(bound(items(), Cast::Field(list(Scalar::Int))), Ok(text("[1,2]")));
    let refused = Refusal::BadValue { ty: "integer".to_owned(), value: String::new(), problem: Syntax };
    assert_eq!(bound(items(), Cast::Field(of(Scalar::Int))), Err(refused));
    assert_eq!(bound(Input::Text("3".to_owned()), Cast::Limit { max: 9 }), Ok(Value::Int(3)));
    assert_eq!(bound(Input::Text(String::new()), Cast::TextList), Ok(text("[]")));
}

#[test]
fn parameters_in_their_order() {
    let schema = schema(OPEN);
    let prepared = Prepared::new(&schema).expect("validators").protecting(Some("admin".to_owned()));
    assert_eq!(prepared.protected_role(), Some("admin"));
    let (limits, who) = (Limits { rows_max: 5, ..Limits::default() }, Principal::with_roles(roles("user")));
    let context =
        Context { schema: &schema, prepared: &prepared, limits: &limits, inputs: &[], who: &who, now_micros: 7 };
    let missing = |default: Option<&str>| Param::Input {
        slot: Slot(0),
        cast: Cast::Argument { ty: of(Scalar::Int), default: default.map(str::to_owned) },
    };
    let params = [
        Param::ProtectedRole,
        Param::RowsMax,
        Param::Now,
        Param::Keys,
        Param::Cell(1),
        missing(Some("3")),
        missing(None),
    ];
    let cells = [Value::Int(1), Value::Int(2)];
    let found = bind::params(&params, &context, &Progress { cells: &cells, keys: "[9]" });
    let now = text("1970-01-01T00:00:00.000007+00:00");
    let expected = vec![text("admin"), Value::Int(5), now, text("[9]"), Value::Int(2), Value::Int(3), Value::Null];
    assert_eq!(found, Ok(expected));
}

#[test]
fn windows_and_patterns() {
    let limit = Cast::Limit { max: 100 };
    let bind_int = |cast: Cast, number: i64| bound(Input::Int(number), cast);
    assert_eq!(bind_int(limit.clone(), 7), Ok(Value::Int(7)));
    assert_eq!(bind_int(limit.clone(), 101), Ok(Value::Int(100)));
    assert_eq!(bind_int(limit, -1), Ok(Value::Int(0)));
    assert_eq!(bind_int(Cast::Offset, -4), Ok(Value::Int(0)));
    assert_eq!(bind_int(Cast::Offset, 4), Ok(Value::Int(4)));
    check(Cast::Regex { ignore_case: false }, "^a.*z$", text("^a.*z$"));
    check_bad(Cast::Regex { ignore_case: false }, "(a)\\1", "text", Regex);
    check_bad(Cast::Regex { ignore_case: true }, "(", "text", Regex);
    check_bad(Cast::Regex { ignore_case: false }, "aaaaaaaaaaaaaaaaaaaaaaaa", "text", TooLarge);
    check_bad(Cast::Regex { ignore_case: false }, "((a{99}){99}){99}", "text", Regex);
}

#[test]
fn patterns_for_other_engines() {
    let one = |engine, ignore_case| Cast::PosixRegex { engine, ignore_case };
    check(one(RegexEngine::Postgres, false), "^a+$", text("\\A(?:a)+\\Z"));
    check(one(RegexEngine::Postgres, true), "^a$", text("\\A[Aa]\\Z"));
    check(one(RegexEngine::Perl, false), "^a+$", text("(?s)\\A(?:a)+\\z"));
    for engine in [RegexEngine::Postgres, RegexEngine::Perl] {
        check_bad(one(engine, false), "(", "text", Regex);
        // What our engine reads and the other cannot say.
        check_bad(one(engine, false), "a{256}", "text", Regex);
        check_bad(one(engine, false), "aaaaaaaaaaaaaaaaaaaaaaaa", "text", TooLarge);
        let list = Cast::PosixRegexList { engine, ignore_case: false };
        check_list(
            list.clone(),
            &["a", "b"],
            if engine == RegexEngine::Perl { r#"["(?s)a","(?s)b"]"# } else { r#"["a","b"]"# },
        );
        let refused = Refusal::BadValue { ty: "text".to_owned(), value: "(".to_owned(), problem: Regex };
        assert_eq!(bound(Input::List(vec!["a".to_owned(), "(".to_owned()]), list), Err(refused));
    }
}

#[test]
fn what_a_database_writes_as_json() {
    let schema = schema(OPEN);
    let check = |ty: FieldType, json: &str, expected: Option<Value>| {
        assert_eq!(bind::stored(&schema, &ty, json, &Limits::default()).ok(), expected, "{ty:?} {json}");
    };
    check(of(Scalar::Int), "7", Some(Value::Int(7)));
    check(of(Scalar::Int), "null", Some(Value::Null));
    check(of(Scalar::String), "\"a\"", Some(text("a")));
    check(of(Scalar::Int), "\"x\"", None);
    // In a column of JSON the value null is a value.
    check(of(Scalar::Json), "null", Some(text("null")));
    check(of(Scalar::Json), "{\"a\": null}", Some(text("{\"a\":null}")));
    check(of(Scalar::Json), "{", None);
    check(list(Scalar::Json), "null", Some(Value::Null));
    check(list(Scalar::Json), "[{\"a\": 1}, null]", Some(text("[{\"a\":1},null]")));
    check(list(Scalar::Int), "[1, 2]", Some(text("[1,2]")));
}

#[test]
fn arguments() {
    let argument =
        |scalar, default: Option<&str>| Cast::Argument { ty: of(scalar), default: default.map(str::to_owned) };
    let json = |text: &str, cast| bound(Input::Json(text.to_owned()), cast);
    assert_eq!(json("7", argument(Scalar::Int, None)), Ok(Value::Int(7)));
    assert_eq!(json("\"7\"", argument(Scalar::Int, None)), Ok(Value::Int(7)));
    assert_eq!(json("null", argument(Scalar::Int, Some("3"))), Ok(Value::Null));
    assert_eq!(json("\"a\\u00fc\"", argument(Scalar::String, None)), Ok(text("aü")));
    assert_eq!(json("{\"a\": [1]}", argument(Scalar::Json, None)), Ok(text("{\"a\":[1]}")));
    assert_eq!(json("\"x\"", argument(Scalar::Json, None)), Ok(text("\"x\"")));
    assert_eq!(json("[1, null]", Cast::Argument { ty: list(Scalar::Int), default: None }), Ok(text("[1,null]")));
}

#[test]
fn searches_name_their_column_only_among_several() {
    let two = r#"type A @model(table: "a") @access(ops: [ALL]) @searchable(fields: ["x", "y"]) { id: ID! @id  x: String  y: String }"#;
    let schema = schema(two);
    let prepared = Prepared::new(&schema).expect("validators");
    let limits = Limits::default();
    let who = Principal::with_roles(roles("user"));
    let inputs = [Input::Text("cats & !dogs".to_owned())];
    let context =
        Context { schema: &schema, prepared: &prepared, limits: &limits, inputs: &inputs, who: &who, now_micros: 0 };
    let field = schema.models[0].fields.iter().find(|field| field.name == "y").map(|field| field.id);
    let cast = Cast::Search { syntax: SearchSyntax::Raw, model: schema.models[0].id, field };
    let bind = |cast| bind::param(&Param::Input { slot: Slot(0), cast }, &context, &Progress::NONE);
    assert_eq!(bind(cast), Ok(text(r#"{"y"} : (("cats" NOT "dogs"))"#)));
    assert_eq!(bind(Cast::SearchNegated(SearchSyntax::Raw)), Ok(Value::Int(0)));
    // Whoever searches all columns names none.
    let model = schema.models[0].id;
    assert_eq!(
        bind(Cast::Search { syntax: SearchSyntax::Raw, model, field: None }),
        Ok(text(r#"("cats" NOT "dogs")"#))
    );
}

#[test]
fn searches_of_the_only_column_do_not_name_it() {
    let schema = schema(OPEN);
    let model = schema.models.iter().find(|model| model.table == "projects").expect("projects");
    let field = model.fields.iter().find(|field| field.name == "body").map(|field| field.id);
    let cast = Cast::Search { syntax: SearchSyntax::Plain, model: model.id, field };
    check(cast, "cats dogs", text(r#"("cats" AND "dogs")"#));
}
