//! Rows of writes: casts, defaults, managed columns, missing values and value rules.

use crate::fixture::{OPEN, insert, roles, schema, update};
use backstay_plan::authorize::authorize;
use backstay_plan::authorized::Plan;
use backstay_plan::bind::{self, Context, Generate, Prepared};
use backstay_plan::limits::Limits;
use backstay_plan::principal::{Identity, Principal};
use backstay_plan::request::{Absent, Action, Cell, Edit, Input};
use backstay_plan::resolve::resolve;
use backstay_plan::value::Value;
use std::sync::Arc;

const RULED: &str = r#"
input Address { street: String!  number: Int  tags: [String!] }
type Thing @model(table: "things") @timestamps @version @access(ops: [ALL]) {
  id: ID! @id
  owner: ID @default(expr: "auth.uid")
  name: String @length(min: 2, max: 5)
  code: String @pattern(regex: "^[a-z]+$", flags: "i", message: "must be letters")
  size: Int @range(min: 1, max: 10)
  kind: String @oneOf(values: ["a", "b"])
  mail: Email
  link: URL
  phone: Phone
  tags: [String!] @items(min: 1, max: 2, unique: true) @length(max: 3)
  address: Address
  doc: JSON @schema(json: "{\"type\":\"object\",\"required\":[\"x\"]}")
  secret: String @hash
}
"#;

struct Counter(u32);

impl Generate for Counter {
    fn uuid_v4(&mut self) -> String {
        self.ulid()
    }
    fn uuid_v7(&mut self) -> String {
        self.ulid()
    }
    fn ulid(&mut self) -> String {
        self.0 += 1;
        format!("id{}", self.0)
    }
    fn hash(&mut self, secret: &str) -> Option<String> {
        Some(format!("hash of {secret}"))
    }
}

/// Binds rows of JSON cells; `-` is an absent cell, `null` is NULL. Out: values as text, or the refusal.
fn bound(text: &str, action: &Action, rows: &[&[&str]]) -> String {
    let schema = schema(text);
    let unbounded = Limits { unbounded_writes: true, ..Limits::default() };
    let resolved = resolve(action, &schema, &unbounded).expect("resolved");
    let plan = authorize(resolved, &schema, &roles("user")).expect("authorized");
    let prepared = Prepared::new(&schema).expect("validators");
    let limits = Limits { write_rows_max: 2, ..Limits::default() };
    let identity = Identity { roles: roles("user"), uid: Some("me".to_owned()), claims: serde_json::Map::new() };
    let who = Principal { identity: Arc::new(identity), ..Principal::with_roles(roles("user")) };
    let cell = |cell: &&str| match *cell {
        "-" => Cell::Absent,
        "null" => Cell::Null,
        json => Cell::Json(json.into()),
    };
    let inputs = [Input::Rows(rows.iter().map(|row| row.iter().map(cell).collect()).collect())];
    let context =
        Context { schema: &schema, prepared: &prepared, limits: &limits, inputs: &inputs, who: &who, now_micros: 0 };
    let values = match plan.plan() {
        Plan::Insert(plan) => bind::insert_rows(plan, &context, &mut Counter(0)),
        Plan::Update(plan) => bind::update_row(plan, &context, &mut Counter(0)).map(|row| vec![row]),
        Plan::Read(_) | Plan::Delete(_) | Plan::Call(_) => panic!("not a write of rows"),
    };
    let print = |value: &Value| match value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Int(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        Value::Text(text) => format!("'{text}'"),
        Value::Blob(bytes) => format!("{bytes:?}"),
    };
    match values {
        Ok(rows) => {
            let rows: Vec<String> =
                rows.iter().map(|row| row.iter().map(print).collect::<Vec<_>>().join(" ")).collect();
            rows.join("; ")
        }
        Err(backstay_plan::Refusal::CheckFailed { constraint, details, .. }) => format!("{constraint}: {details}"),
        Err(backstay_plan::Refusal::NullValue { column, row, .. }) => format!("null {column}: {row:?}"),
        Err(refusal) => refusal.to_string(),
    }
}

#[track_caller]
fn check(columns: &str, rows: &[&[&str]], expected: &str) {
    assert_eq!(bound(OPEN, &Action::Insert(insert("items", columns, None)), rows), expected, "{columns} {rows:?}");
}

#[test]
fn defaults_and_nulls() {
    let now = "'1970-01-01T00:00:00.000000+00:00'";
    check("a", &[&["1"], &["\"2\""]], &format!("1 null 7 {now} {now}; 2 null 7 {now} {now}"));
    check("", &[&[]], &format!("null 7 {now} {now}"));
    check("b", &[&["-"]], &format!("null null {now} {now}"));
    check(
        "id",
        &[&["null"]],
        "null id: Some(\"(null, null, 7, null, 1970-01-01T00:00:00.000000+00:00, 1970-01-01T00:00:00.000000+00:00)\")",
    );
    check("a", &[&["1"], &["2"], &["3"]], "request exceeds rows to write: 2");
    check("a", &[&["\"x\""]], "invalid value for type \"integer\"");
    let mut defaulted = insert("items", "id,a,b", None);
    defaulted.absent = Absent::Default;
    let found = bound(OPEN, &Action::Insert(defaulted), &[&["-", "-", "-"]]);
    assert_eq!(found, format!("null null 7 {now} {now}"));
}

#[test]
fn missing_values() {
    let of = |relation: &str, columns: &str, row: &[&str]| {
        bound(OPEN, &Action::Insert(insert(relation, columns, None)), &[row])
    };
    assert_eq!(of("clients", "name", &["\"foo\""]), "null id: Some(\"(null, foo)\")");
    assert_eq!(of("clients", "id,name", &["1", "null"]), "null name: Some(\"(1, null)\")");
    // The hidden key stands in no text.
    assert_eq!(of("loose", "a", &["\"x\""]), "null b: Some(\"(x, null)\")");
    let long = format!("\"{}\"", "x".repeat(70));
    assert_eq!(of("clients", "name", &[&long]), format!("null id: Some(\"(null, {}...)\")", "x".repeat(64)));
    let change = update("clients", "name", Vec::new(), None);
    assert_eq!(bound(OPEN, &change, &[&["null"]]), "null name: None");
}

#[track_caller]
fn check_rule(column: &str, cell: &str, expected: &str) {
    let found = bound(RULED, &Action::Insert(insert("things", column, None)), &[&[cell]]);
    let found = found.split_once(" 'id1' ").map_or(found.as_str(), |(head, _)| head);
    assert_eq!(found, expected, "{column}: {cell}");
}

#[test]
fn value_rules() {
    check_rule("name", "\"äöü\"", "'äöü'");
    check_rule("name", "null", "null");
    check_rule("name", "\"x\"", "things_name_check: Field 'name' must have at least 2 characters (@length).");
    check_rule("name", "\"abcdef\"", "things_name_check: Field 'name' must have at most 5 characters (@length).");
    check_rule("code", "\"AbC\"", "'AbC'");
    check_rule("code", "\"a1\"", "things_code_check: Field 'code' must be letters.");
    check_rule("size", "10", "10");
    check_rule("size", "0", "things_size_check: Field 'size' must be at least 1 (@range).");
    check_rule("size", "11", "things_size_check: Field 'size' must be at most 10 (@range).");
    check_rule("kind", "\"a\"", "'a'");
    check_rule("kind", "null", "null");
    check_rule("address", "null", "null");
    check_rule("kind", "\"c\"", "things_kind_check: Field 'kind' must be one of \"a\", \"b\" (@oneOf).");
    check_rule("mail", "\"a@b\"", "things_mail_check: Field 'mail' must be an e-mail address (@email).");
    check_rule("link", "\"https://example.org\"", "'https://example.org'");
    check_rule("link", "\"x\"", "things_link_check: Field 'link' must be an absolute http or https URL (@url).");
    check_rule(
        "phone",
        "\"1\"",
        "things_phone_check: Field 'phone' must be a phone number such as +14155550100 (@phone).",
    );
    check_rule("tags", "[\"a\",\"b\"]", "'[\"a\",\"b\"]'");
    check_rule("tags", "[]", "things_tags_check: Field 'tags' must have at least 1 item (@items).");
    check_rule("tags", "[\"a\",\"a\"]", "things_tags_check: Field 'tags' must not repeat an item (@items).");
    check_rule("tags", "[\"abcd\"]", "things_tags_check: Field 'tags' must have at most 3 characters (@length).");
    check_rule("address", "{\"street\": \"a\", \"number\": 1}", "'{\"street\":\"a\",\"number\":1}'");
    check_rule(
        "address",
        "{\"number\": 1}",
        "things_address_check: Field 'address' must have a member 'street' (Address).",
    );
    check_rule(
        "address",
        "{\"street\": 1}",
        "things_address_check: Field 'address' has a member 'street' of another type than Address declares.",
    );
    check_rule(
        "address",
        "{\"street\": \"a\", \"x\": 1}",
        "things_address_check: Field 'address' has a member 'x' that Address does not declare.",
    );
    check_rule("address", "[]", "things_address_check: Field 'address' must be an object of type Address.");
    check_rule("doc", "{\"x\": 1}", "'{\"x\":1}'");
    check_rule(
        "doc",
        "{}",
        "things_doc_check: Field 'doc' does not fit its JSON Schema at '': \"x\" is a required property (@schema).",
    );
    check_rule("secret", "\"pass\"", "'hash of pass'");
}

#[test]
fn one_of_compares_by_kind() {
    let text = r#"
input Street { name: String! }
input Home { streets: [Street!]  main: Street }
type Choice @model(table: "choices") @access(ops: [ALL]) {
  id: ID! @id
  number: Int @oneOf(values: [1, 2])
  ratio: Float @oneOf(values: [1.5, 2.5])
  exact: Decimal @oneOf(values: [1.5, 2.5])
  name: String @oneOf(values: ["a", "2"])
  numbers: [Int!] @oneOf(values: [1, 2])
  ratios: [Float!] @oneOf(values: [1, 2.5, 4.0])
  exacts: [Decimal!] @oneOf(values: [1.5, 2])
  names: [String!] @oneOf(values: ["a", "2"])
  home: Home
}
"#;
    let check = |column: &str, cell: &str, fits: bool| {
        let found = bound(text, &Action::Insert(insert("choices", column, None)), &[&[cell]]);
        assert_eq!(!found.contains("_check: "), fits, "{column}: {cell}: {found}");
    };
    for (column, good, bad) in [
        ("number", "2", "3"),
        ("ratio", "2.5", "3.5"),
        ("exact", "2.5", "3.5"),
        ("exact", "\"2.5\"", "\"25\""),
        ("name", "\"2\"", "\"b\""),
        ("numbers", "[2, 1]", "[2, 3]"),
        ("ratios", "[1.0, 2.5]", "[1.5]"),
        ("ratios", "[1, 4]", "[3]"),
        ("exacts", "[2, 1.5]", "[1.5, 3]"),
        ("exacts", "[2.0, 1.50]", "[1.51]"),
        ("names", "[\"2\"]", "[\"a\", \"b\"]"),
        ("home", r#"{"streets":[{"name":"a"},{"name":"b"}],"main":{"name":"c"}}"#, r#"{"streets":[{"name":"a"},{}]}"#),
        ("home", r#"{"streets":null,"main":null}"#, r#"{"main":{"name":1}}"#),
        ("home", "{}", r#"{"streets":{"name":"a"}}"#),
    ] {
        check(column, good, true);
        check(column, bad, false);
    }
}

#[test]
fn bounds_include_their_ends() {
    check_rule("name", "\"ab\"", "'ab'");
    check_rule("name", "\"abcde\"", "'abcde'");
    check_rule("size", "1", "1");
    check_rule("tags", "[\"a\"]", "'[\"a\"]'");
    check_rule("tags", "[\"abc\"]", "'[\"abc\"]'");
    check_rule("tags", "[\"a\",\"b\",\"c\"]", "things_tags_check: Field 'tags' must have at most 2 items (@items).");
    check_rule("link", "\"http://example.org\"", "'http://example.org'");
    check_rule("phone", "\"+123\"", "'+123'");
    check_rule("mail", "\"a@example.org\"", "'a@example.org'");
}

#[test]
fn what_an_edit_leaves_is_checked() {
    let (schema, limits) = (schema(RULED), Limits::default());
    let prepared = Prepared::new(&schema).expect("validators");
    let model = schema.models.iter().find(|model| model.table == "things").expect("the model");
    let check = |name: &str, json: &str, fits: bool| {
        let field = model.fields.iter().find(|field| field.name == name).expect("the field");
        let found = bind::edited((model, field), json, (&schema, &prepared, &limits));
        assert_eq!(found.is_ok(), fits, "{name}: {json}: {found:?}");
    };
    for (name, good, bad) in [
        ("doc", r#"{"x":1,"y":2}"#, r#"{"y":2}"#),
        ("address", r#"{"street":"a","tags":["b"]}"#, r#"{"tags":["b"]}"#),
        ("address", r#"{"street":"a","number":1}"#, r#"{"street":"a","number":"b"}"#),
    ] {
        check(name, good, true);
        check(name, bad, false);
    }
}

#[test]
fn the_server_fills_in() {
    let found = bound(RULED, &Action::Insert(insert("things", "", None)), &[&[]]);
    let now = "'1970-01-01T00:00:00.000000+00:00'";
    assert_eq!(found, format!("'id1' 'me' {now} {now} 1"));
    let change = update("things", "name", Vec::new(), None);
    assert_eq!(bound(RULED, &change, &[&["\"abc\""]]), format!("'abc' {now} null"));
}

#[test]
fn what_says_which_part_goes_has_a_type_of_its_own() {
    let check = |edit: Edit, cell: &str, expected: &str| {
        let Action::Update(mut change) = update("projects", "", Vec::new(), None) else { panic!("not an update") };
        change.edited = vec![("data".to_owned(), edit)];
        assert_eq!(bound(OPEN, &Action::Update(change), &[&[cell]]), expected, "{edit:?} {cell}");
    };
    check(Edit::Append, r#"{"a": "1"}"#, r#"'{"a":"1"}'"#);
    check(Edit::Prepend, r#""x""#, r#"'"x"'"#);
    check(Edit::DeleteKey, r#""x""#, "'x'");
    check(Edit::DeleteElement, "-1", "-1");
    check(Edit::DeleteElement, r#""x""#, "invalid value for type \"integer\"");
    check(Edit::DeletePath, r#"["a", "0"]"#, r#"'["a","0"]'"#);
    check(Edit::DeletePath, "7", "invalid value for type \"text[]\"");
    check(Edit::DeletePath, "null", "null");
}
