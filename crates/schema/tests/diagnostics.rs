//! Every mistake a schema file can hold: its code, the text that is underlined, and a part of what is said about it.

use backstay_schema::{Severity, Source, parse};

/// `sdl` gives exactly one error or warning: `code`, under `underlined`, whose message and help hold `said`.
#[track_caller]
fn check(sdl: &str, code: &str, underlined: &str, said: &str) {
    let parsed = parse(&[Source { name: "schema.graphql".to_owned(), text: sdl.to_owned() }]);
    let findings: Vec<_> = parsed.diagnostics.iter().filter(|finding| finding.severity != Severity::Note).collect();
    let shown: Vec<String> = findings
        .iter()
        .map(|finding| {
            let help = finding.help.as_deref().unwrap_or_default();
            format!("{} under `{}`: {} — {help}", finding.code, under(sdl, finding.span), finding.message)
        })
        .collect();
    assert_eq!(findings.len(), 1, "{sdl}\n{shown:#?}");
    assert!(shown[0].starts_with(&format!("{code} under `{underlined}`: ")), "{sdl}\n{shown:#?}");
    assert!(shown[0].contains(said), "{sdl}\n{shown:#?}");
    let is_error = findings[0].severity == Severity::Error;
    assert_eq!(parsed.schema.is_none(), is_error, "an error refuses the schema, a warning does not: {sdl}");
}

/// The text under a span.
fn under(sdl: &str, span: backstay_schema::Span) -> &str {
    let place = |offset: u32| usize::try_from(offset).unwrap_or(usize::MAX);
    sdl.get(place(span.start)..place(span.end)).expect("a span inside the text")
}

/// The first finding about text that cannot be read.
#[track_caller]
fn first(sdl: &str, underlined: &str, said: &str) {
    let parsed = parse(&[Source { name: "schema.graphql".to_owned(), text: sdl.to_owned() }]);
    assert!(parsed.schema.is_none(), "{sdl}");
    let finding = &parsed.diagnostics[0];
    assert_eq!((finding.code, under(sdl, finding.span)), ("syntax", underlined), "{sdl}: {}", finding.message);
    assert!(finding.message.contains(said), "{sdl}: {}", finding.message);
}

/// A mistake in a field of an otherwise sound model.
#[track_caller]
fn field(field: &str, code: &str, underlined: &str, said: &str) {
    let sdl = format!(
        "enum Colour {{ red green }}\ninput Size {{ w: Int }}\ntype Other @model @access(ops: [ALL]) {{ name: String }}\n\
         type Thing @model @access(ops: [ALL]) {{ filler: Int\n{field} }}"
    );
    check(&sdl, code, underlined, said);
}

/// A mistake in a directive on an otherwise sound model.
#[track_caller]
fn model(directives: &str, code: &str, underlined: &str, said: &str) {
    let sdl = format!(
        "enum Role @role {{ learner admin }}\ntype Thing @model @access(ops: [ALL]) {directives} \
         {{ a: String b: String n: Int j: JSON secret: String @private }}"
    );
    check(&sdl, code, underlined, said);
}

/// A mistake in an operation.
#[track_caller]
fn operation(operation: &str, code: &str, underlined: &str, said: &str) {
    let sdl = format!(
        "type Thing @model @access(ops: [ALL]) {{ a: String }}\ninput Size {{ w: Int }}\nextend type Query {{ {operation} }}"
    );
    check(&sdl, code, underlined, said);
}

#[test]
fn syntax() {
    first("type Thing {", "", "expected Field Definition");
    first("type Thing @model { a: }", "}", "expected a Type");
    first("type Thing @model(table: \"x) { a: Int }", "\"x) { a: Int }", "unterminated");
    first("type Thing @map(name: $x) { a: Int }", "$", "variable");
    first("type A { a: Int }\n}", "}", "expected");
    check("query { a }", "not-a-definition", "query { a }", "definitions");
    check("interface Node { id: ID! }", "unsupported-definition", "Node", "interface");
    check("type A @model @access(ops: [ALL]) { x: Int } union B = A", "unsupported-definition", "B", "union");
    check("interface I { a: Int }", "unsupported-definition", "I", "interface");
    check(
        "type A implements Node @model @access(ops: [ALL]) { a: Int }",
        "unsupported-definition",
        "Node",
        "interface",
    );
    check("type Subscription { a: Int }", "unsupported-definition", "Subscription", "subscriptions");
    check("scalar Datetime", "unknown-scalar", "Datetime", "did you mean `DateTime`?");
    check("directive @mine on OBJECT", "directive-definition", "mine", "own directives only");
    check("", "empty-schema", "", "no model");
}

#[test]
fn names_of_types() {
    let two = "type A @model @access(ops: [ALL]) { a: Int } type A @model { b: Int }";
    check(two, "duplicate-type", "A", "extend type A");
    check("enum A { x } enum A { y }", "duplicate-type", "A", "twice");
    check("type String { a: Int }", "reserved-name", "String", "reserved");
    check("enum BackstayOp2 { a } type BackstaySql { a: Int }", "reserved-name", "BackstaySql", "reserved");
    check("type __A { a: Int }", "reserved-name", "__A", "reserved");
    check("type _A @model @access(ops: [ALL]) { a: Int }", "reserved-name", "_A", "start with `_`");
    check("extend type Thin { a: Int } type Thing { a: Int }", "unknown-type", "Thin", "did you mean `Thing`?");
    check("extend enum Rol { a } enum Role { b }", "unknown-type", "Rol", "did you mean `Role`?");
    check("enum A", "empty-type", "A", "no values");
    check("enum A { x x }", "duplicate-enum-value", "x", "twice");
    check("enum A @role { x } enum B @role { y }", "duplicate-role-enum", "@role", "one enum");
    check("enum A @role { user }", "reserved-role", "user", "meaning");
    check("type Thing @model @access(ops: [ALL])", "empty-type", "Thing", "no fields");
    check("input A { a: A! }", "endless-object", "A", "nullable");
    check("input A { a: Int a: Int }", "duplicate-field", "a", "twice");
    check("type A { a(b: Int): Int }", "field-arguments", "b", "no arguments");
    check("input A { a: Int = 1 }", "unsupported-default", "1", "no default");
    check("type A { a: Int @unique }", "directive-needs-model", "@unique", "a field of a model");
    check("type A @timestamps { a: Int }", "directive-needs-model", "@timestamps", "add `@model` to `A`");
    check("input A { m: M } type M @model @access(ops: [ALL]) { a: Int }", "model-as-value", "M", "hold its key");
}

#[test]
fn directives() {
    model("@modle", "unknown-directive", "@modle", "did you mean `@model`?");
    field("a: Int @uniqe", "unknown-directive", "@uniqe", "did you mean `@unique`?");
    field("a: Int @zzzzzzzzzz", "unknown-directive", "@zzzzzzzzzz", "no directive");
    model("@unique(feilds: [\"a\"], fields: [\"a\"])", "unknown-argument", "feilds", "did you mean `fields`?");
    field("a: Int @private(a: 1)", "unknown-argument", "a", "it takes none");
    field("a: Int @timestamps", "directive-location", "@timestamps", "it stands on a type");
    model("@id", "directive-location", "@id", "it stands on a field of a type");
    check("enum A @model { a }", "directive-location", "@model", "an enum");
    check("enum A { a @private }", "directive-location", "@private", "an enum value");
    check("extend schema @model", "directive-location", "@model", "`schema`");
    model("@softDelete @softDelete", "duplicate-directive", "@softDelete", "twice");
    field("a: Int @unique @unique", "duplicate-directive", "@unique", "twice");
    check(
        "type A @model @access(ops: [ALL]) { a: Int } extend type A @model",
        "duplicate-directive",
        "@model",
        "already",
    );
    model("@map(name: \"a\", name: \"b\")", "duplicate-argument", "name", "twice");
    model("@map", "missing-argument", "@map", "needs the argument `name`");
    model("@map(name: null)", "argument-type", "null", "cannot be null");
    model("@map(name: 1)", "argument-type", "1", "a text in quotes, not an Int");
    model("@deny(ops: [REED])", "unknown-enum-value", "REED", "did you mean `READ`?");
    model("@deny(ops: [\"READ\"])", "argument-type", "READ", "write READ without quotes");
    model("@deny(ops: 1)", "argument-type", "1", "not an Int");
    model("@deny(ops: [READ], roles: [admin])", "argument-type", "admin", "a text in quotes");
    model("@cache(ttl: \"30\")", "invalid-duration", "30", "such as \"30s\"");
    model("@cache(ttl: 30)", "argument-type", "30", "a span of time in quotes");
    field("a: String @file(bucket: \"b\", maxSize: \"10 bananas\")", "invalid-size", "10 bananas", "10MiB");
    field("a: String @file(bucket: \"b\", maxSize: true)", "argument-type", "true", "a size");
    field("a: Int @default(value: 1, onUpdate: 1)", "argument-type", "1", "true or false");
    field("a: String @length(min: 1.5)", "argument-type", "1.5", "an integer");
    field("a: Float @range(min: \"1\")", "argument-type", "1", "a number");
}

#[test]
fn models() {
    check("type A @model { a: Int }", "unreachable-model", "A", "nobody but the service role");
    check(
        "type A @model(rest: false, graphql: false, grpc: false, realtime: false) @access(ops: [ALL]) { a: Int }",
        "unreachable-model",
        "A",
        "no API shows",
    );
    let table = |name: &str| format!("type A @model(table: \"{name}\") @access(ops: [ALL]) {{ a: Int }}");
    check(&table(""), "invalid-table-name", "\"\"", "empty");
    check(&table("rpc"), "invalid-table-name", "rpc", "operations");
    check(&table("sqlite_a"), "invalid-table-name", "sqlite_a", "reserved");
    check(&table("a/b"), "invalid-table-name", "a/b", "slash");
    check(&table("auth_users"), "reserved-table-name", "auth_users", "app_auth_users");
    check(&table("Mail_lists"), "reserved-table-name", "Mail_lists", "start with `mail_`");
    check(&table("_backstay_meta"), "reserved-table-name", "_backstay_meta", "`_backstay`");
    check("type AuthUser @model @access(ops: [ALL]) { a: Int }", "reserved-table-name", "AuthUser", "app_auth_users");
    check(
        "type A @model @access(ops: [ALL]) @unique(fields: [\"a\"], name: \"auth_users_email_key\") { a: Int }",
        "reserved-constraint-name",
        "A",
        "app_auth_users_email_key",
    );
    check(&table(&"x".repeat(64)), "invalid-table-name", &"x".repeat(64), "63 bytes");
    check(
        "type Item @model @access(ops: [ALL]) { a: Int } type Items @model @access(ops: [ALL]) { a: Int }",
        "duplicate-table",
        "Items",
        "`Item` and `Items` would both be the table `items`",
    );
    check(
        "type A @model(table: \"b\") @map(name: \"b\") @access(ops: [ALL]) { a: Int }",
        "conflicting-directives",
        "b",
        "both name the table",
    );
    check("type A @model(maxRows: 0) @access(ops: [ALL]) { a: Int }", "invalid-argument", "0", "at least 1");
    check(
        "type A @model(ops: [READ]) @access(ops: [CREATE]) { a: Int }",
        "unreachable-rule",
        "@access",
        "leaves out every operation",
    );
}

#[test]
fn fields() {
    field("a: Strin", "unknown-type", "Strin", "did you mean `String`?");
    field("a: Othr", "unknown-type", "Othr", "did you mean `Other`?");
    field("a: Void", "unknown-type", "Void", "an answer of an operation");
    field("a: [[Int]]", "nested-list", "Int", "use `JSON`");
    field("a: Int a: Int", "duplicate-field", "a", "twice");
    field("a: Int a: Other", "duplicate-field", "a", "twice");
    field("otherId: Other2 other: Other", "unknown-type", "Other2", "did you mean `Other`?");
    field("a(x: Int): Int", "field-arguments", "x", "no arguments");
    field("__a: Int", "reserved-name", "__a", "GraphQL");
    field("rowid: Int", "reserved-name", "rowid", "SQLite");
    field("A: Int a: Int", "duplicate-column", "a", "@map(name:)");
    field("a: Int @map(name: \"\")", "invalid-name", "\"\"", "needs a name");
    field("a: Int @map(name: \"b\") b: Int", "duplicate-column", "b", "both be the column");
    field("a: Int @dbType", "missing-argument", "@dbType", "sqlite");
    field("a: Int @dbType(sqlite: \"INT; DROP\")", "invalid-name", "INT; DROP", "not a column type");
    field("limit: Int", "parameter-name", "limit", "cannot be filtered");
    field("now: Int", "rule-word", "now", "in a rule");
    field("a: Int @query(sql: {sqlite: \"select 1\"})", "directive-location", "@query", "Query or Mutation");
}

#[test]
fn keys() {
    field("a: [Int!]! @id", "key-type", "Int", "cannot be a list");
    field("a: JSON! @id", "key-type", "JSON", "cannot be a key");
    field("a: String @id", "key-nullable", "String", "write `String!`");
    field("id: Int", "missing-key", "id", "put `@id` on it");
    field("a: String! @id(auto: INCREMENT)", "key-strategy", "INCREMENT", "does not fit");
    field("a: Int! @id(auto: UUIDV7)", "key-strategy", "UUIDV7", "does not fit");
    field("a: UUID! @id(auto: ULID)", "key-strategy", "ULID", "does not fit");
    field("a: Int! @id(auto: INCREMENT) b: Int! @id", "key-strategy", "INCREMENT", "one field");
    field("a: ID! @id(auto: UUID) @default(expr: \"uuid()\")", "conflicting-directives", "@default", "both say");
    field("a: ID! @id(auto: SERIAL)", "unknown-enum-value", "SERIAL", "UUIDV7");
}

#[test]
fn defaults() {
    field("a: Int @default", "missing-argument", "@default", "`value` or `expr`");
    field(
        "a: DateTime @default(value: \"2026-01-01T00:00:00Z\", expr: \"now()\")",
        "conflicting-arguments",
        "now()",
        "not both",
    );
    field("a: DateTime @default(expr: \"noww()\")", "unknown-default", "noww()", "did you mean `now()`?");
    field("a: Int @default(expr: \"now()\")", "default-type", "now()", "of type Int");
    field("a: UUID @default(expr: \"ulid()\")", "default-type", "ulid()", "of type UUID");
    field("a: Int @default(expr: \"auth.uid\")", "default-type", "auth.uid", "of type Int");
    field("a: Int @default(value: \"1\")", "value-type", "1", "a 32-bit integer");
    field("a: Int @default(value: 3000000000)", "value-type", "3000000000", "a 32-bit integer");
    field("a: BigInt @default(value: 9223372036854775808)", "value-type", "9223372036854775808", "64-bit");
    field("a: Float @default(value: true)", "value-type", "true", "a number");
    field("a: Boolean @default(value: 1)", "value-type", "1", "true or false");
    field("a: String @default(value: 1)", "value-type", "1", "a text in quotes");
    field("a: Decimal @default(value: \"1,5\")", "value-type", "1,5", "a decimal");
    field("a: UUID @default(value: \"x\")", "value-type", "x", "a UUID");
    field("a: DateTime @default(value: \"2026-01-01\")", "value-type", "2026-01-01", "a time");
    field("a: Date @default(value: \"2026-02-30\")", "value-type", "2026-02-30", "a date");
    field("a: Time @default(value: \"25:00:00\")", "value-type", "25:00:00", "a time of day");
    field("a: Colour @default(value: rde)", "unknown-enum-value", "rde", "did you mean `red`?");
    field("a: Colour @default(value: 1)", "value-type", "1", "`red`, `green`");
    field("a: Size @default(value: 1)", "value-type", "1", "a JSON value");
    field("a: [Int!] @default(value: 1)", "value-type", "1", "in brackets");
    field("a: [Int!] @default(value: [1, null])", "value-type", "null", "cannot be null");
    field("a: Int! @default(value: null)", "missing-argument", "@default", "`value` or `expr`");
}

#[test]
fn validators() {
    field("a: Int @length(max: 1)", "directive-type", "@length", "needs a text");
    field("a: String @length", "missing-argument", "@length", "`min` or `max`");
    field("a: String @length(min: -1)", "invalid-argument", "-1", "negative");
    field("a: String @length(min: 3, max: 2)", "empty-range", "2", "lets nothing through");
    field("a: String @range(max: 1)", "directive-type", "@range", "needs a number");
    field("a: Int @range", "missing-argument", "@range", "`min` or `max`");
    field("a: Int @range(min: 3, max: 2)", "empty-range", "2", "lets nothing through");
    field("a: Int @pattern(regex: \"x\")", "directive-type", "@pattern", "needs a text");
    field("a: String @pattern(regex: \"(\")", "invalid-regex", "(", "not a regular expression");
    field("a: String @pattern(regex: \"(?=a)\")", "invalid-regex", "(?=a)", "look-around");
    field("a: String @pattern(regex: \"a\", flags: \"g\")", "invalid-regex", "g", "not a flag");
    field("a: Int @email", "directive-type", "@email", "needs a String");
    field("a: Int @url", "directive-type", "@url", "needs a String");
    field("a: Int @phone", "directive-type", "@phone", "needs a String");
    field("a: Int @oneOf(values: [\"x\"])", "value-type", "x", "a choice of `a`");
    field("a: Int @oneOf(values: [])", "empty-range", "@oneOf", "no values");
    field("a: Colour @oneOf(values: [red])", "directive-type", "@oneOf", "an enum lists its values");
    field("a: String @items(max: 1)", "directive-type", "@items", "needs a list");
    field("a: [Int!] @items", "missing-argument", "@items", "`min` or `max`");
    field("a: String @schema(json: \"{}\")", "directive-type", "@schema", "needs JSON");
    field("a: JSON @schema(json: \"{\")", "invalid-json-schema", "{", "not JSON");
    field("a: JSON @schema(json: \"1\")", "invalid-json-schema", "1", "an object");
}

#[test]
fn secrets_and_derived_values() {
    field("a: Int @private @readable", "conflicting-directives", "@readable", "contradict");
    field("a: Int @private @writable", "conflicting-directives", "@writable", "contradict");
    field("a: Int @private @visible(to: [\"user\"])", "conflicting-directives", "@visible", "contradict");
    field("a: Int @private @writeOnly", "conflicting-directives", "@writeOnly", "contradict");
    field("a: Int @writeOnly @readable", "conflicting-directives", "@readable", "contradict");
    field("a: String @hash @unique", "conflicting-directives", "@unique", "contradict");
    field("a: String @hash @default(value: \"x\")", "conflicting-directives", "@default", "contradict");
    field("a: Int @hash", "directive-type", "@hash", "needs a String");
    field("a: String @hash(algo: MD5)", "unknown-enum-value", "MD5", "ARGON2ID");
    field("a: Int @computed(expr: \"filler\") @default(value: 1)", "conflicting-directives", "@default", "contradict");
    field("a: Int @computed(expr: \"filler\") @writable", "conflicting-directives", "@writable", "contradict");
    field("a: Int @computed", "missing-argument", "@computed", "`expr` or `fn`");
    field("a: Int @computed(expr: \"filler\", fn: \"f\")", "conflicting-arguments", "f", "not both");
    field("a: Int @file(bucket: \"b\")", "directive-type", "@file", "needs a String");
    field("a: String @file", "missing-argument", "@file", "`bucket`");
    field("a: String @file(bucket: \"a b\")", "invalid-name", "a b", "not a bucket name");
    field("a: String @file(bucket: \"b\", types: [\"png\"])", "invalid-argument", "png", "media type");
    field("a: String @private @searchable", "conflicting-directives", "@searchable", "may not be read");
    field("a: String @writeOnly @searchable", "conflicting-directives", "@searchable", "may not be read");
}

#[test]
fn managed_columns() {
    model("@timestamps(created: \"a\")", "directive-type", "a", "needs the type `DateTime!`");
    model("@softDelete(field: \"n\")", "directive-type", "n", "needs the type `DateTime`");
    model("@version(field: \"a\")", "directive-type", "a", "`Int!` or `BigInt!`");
    field("v: Int @version", "directive-type", "v", "`Int!` or `BigInt!`");
    field("v: Int! @version(field: \"v\")", "argument-location", "@version", "takes no `field`");
    check(
        "type A @model @version @access(ops: [ALL]) { a: Int v: Int! @version }",
        "duplicate-directive",
        "@version",
        "one `@version`",
    );
}

/// A mistake in how a table is divided; its key is `id`, `at` and `n`.
#[track_caller]
fn divided(partition: &str, directives: &str, code: &str, underlined: &str, said: &str) {
    let sdl = format!(
        "type Event @model @access(ops: [ALL]) {directives} @partition({partition}) \
         {{ id: ID! @id at: DateTime! @id n: Int! @id a: String b: Boolean! @default(value: true) }}"
    );
    check(&sdl, code, underlined, said);
}

#[test]
fn partitions() {
    let all = "@partition";
    divided(
        "by: HASH, fields: [\"a\"], count: 4",
        "",
        "partition-key",
        all,
        "divides `Event` by `a`, which is not part of its key",
    );
    divided("by: HASH, fields: [\"a\"], count: 4", "", "partition-key", all, "put `@id` on `a` too");
    divided("by: HASH, fields: [\"x\"], count: 4", "", "unknown-field", "x", "`Event` has no field `x`");
    divided("by: HASH, fields: [], count: 4", "", "missing-argument", all, "names no field");
    divided("by: HASH, fields: [\"id\", \"id\"], count: 4", "", "repeated-field", all, "twice");
    divided("by: HASH, fields: [\"id\"]", "", "missing-argument", all, "needs the argument `count`");
    divided("by: HASH, fields: [\"id\"], count: 1", "", "invalid-argument", "1", "from 2 to 1000");
    divided("by: HASH, fields: [\"id\"], count: 2, bounds: [1]", "", "conflicting-arguments", "[1]", "`by: RANGE`");
    divided("by: RANGE, fields: [\"n\"], bounds: [1], count: 2", "", "conflicting-arguments", "2", "`by: HASH`");
    divided("by: RANGE, fields: [\"n\", \"at\"], bounds: [1]", "", "invalid-argument", all, "takes one field");
    divided("by: RANGE, fields: [\"n\"]", "", "missing-argument", all, "1 to 999 `bounds`");
    divided("by: RANGE, fields: [\"n\"], bounds: [\"x\"]", "", "value-type", "x", "a bound of `n` is a 32-bit integer");
    divided("by: RANGE, fields: [\"n\"], bounds: [10, 9]", "", "invalid-argument", "9", "bounds ascend");
    divided("by: RANGE, fields: [\"n\"], bounds: [9, 9]", "", "invalid-argument", "9", "none stands twice");
    divided(
        "by: RANGE, fields: [\"at\"], bounds: [\"2026-01-01T00:00:00+01:00\"]",
        "",
        "invalid-argument",
        "2026-01-01T00:00:00+01:00",
        "an instant of UTC",
    );
    divided(
        "by: RANGE, fields: [\"n\"], bounds: [1]",
        "@unique(fields: [\"a\"])",
        "partition-key",
        all,
        "`events_a_key` cannot be unique across partitions: it lacks `n`",
    );
    divided(
        "by: RANGE, fields: [\"n\"], bounds: [1]",
        "@index(fields: [\"a\"], unique: true)",
        "partition-key",
        all,
        "`events_a_idx` cannot be unique",
    );
    let boolean =
        "type T @model @access(ops: [ALL]) @partition(by: RANGE, fields: [\"b\"], bounds: [true]) { b: Boolean! @id }";
    check(boolean, "directive-type", all, "a range is of Int");
    let theirs = "type T @model(managed: false) @access(ops: [ALL]) @partition(by: HASH, fields: [\"id\"], count: 2) { id: ID! @id }";
    check(theirs, "conflicting-directives", all, "not managed");
    let taken = "type T @model(table: \"t\") @access(ops: [ALL]) @partition(by: HASH, fields: [\"id\"], count: 2) { id: ID! @id }\n\
                 type P @model(table: \"t_part2\") @access(ops: [ALL]) { id: ID! @id }";
    check(taken, "duplicate-table", all, "is called as a partition of `T` is");
    let long = format!(
        "type T @model(table: \"{}\") @access(ops: [ALL]) @partition(by: HASH, fields: [\"id\"], count: 2) {{ id: ID! @id }}",
        "t".repeat(55)
    );
    check(&long, "invalid-table-name", all, "leaves no room");
}

/// What one database lacks is found where the database is known.
#[test]
fn what_a_database_lacks() {
    use backstay_schema::fit;
    use backstay_schema::model::Dialect;
    let found = |sdl: &str, dialect| {
        let parsed = parse(&[Source { name: "schema.graphql".to_owned(), text: sdl.to_owned() }]);
        let schema = parsed.schema.unwrap_or_else(|| panic!("{:?}", parsed.diagnostics));
        let findings = fit::findings(&schema, dialect);
        findings.iter().map(|found| (found.severity, found.code, under(sdl, found.span).to_owned())).collect::<Vec<_>>()
    };
    let alone = "type A @model @access(ops: [ALL]) @partition(by: HASH, fields: [\"id\"], count: 2) { id: ID! @id }";
    let referring = "type A @model @access(ops: [ALL]) @partition(by: HASH, fields: [\"id\"], count: 2) { id: ID! @id b: B! }\n\
                     type B @model @access(ops: [ALL]) { id: ID! @id }";
    let referred = "type A @model @access(ops: [ALL]) @partition(by: HASH, fields: [\"id\"], count: 2) { id: ID! @id }\n\
                    type B @model @access(ops: [ALL]) { id: ID! @id a: A! }";
    let warned = vec![(Severity::Warning, "no-partitions", "@partition".to_owned())];
    let refused = vec![(Severity::Error, "partition-reference", "@partition".to_owned())];
    for (sdl, on_mysql) in [(alone, vec![]), (referring, refused.clone()), (referred, refused)] {
        assert_eq!(found(sdl, Dialect::Sqlite), warned, "{sdl}");
        assert_eq!(found(sdl, Dialect::Postgres), vec![], "{sdl}");
        assert_eq!(found(sdl, Dialect::Mysql), on_mysql, "{sdl}");
    }
}

#[test]
fn constraints() {
    model("@unique", "missing-argument", "@unique", "needs the argument `fields`");
    model("@unique(fields: [])", "missing-argument", "@unique", "needs the argument `fields`");
    model("@unique(fields: [\"aa\"])", "unknown-field", "aa", "did you mean `a`?");
    model("@unique(fields: [\"a\", \"a\"])", "repeated-field", "@unique", "twice");
    model("@unique(fields: [\"j\"])", "directive-type", "@unique", "cannot compare the JSON");
    model("@unique(fields: [\"a\"], name: \"\")", "invalid-name", "\"\"", "1 to 63 bytes");
    model("@unique(fields: [\"a\"]) @unique(fields: [\"a\"])", "duplicate-constraint", "Thing", "things_a_key");
    field("a: Int @unique(fields: [\"a\"])", "argument-location", "[\"a\"]", "put the directive on the type");
    field("a: [Int!] @unique", "directive-type", "@unique", "a list cannot be unique");
    model("@index(fields: [\"a sideways\"])", "invalid-argument", "a sideways", "`asc` or `desc`");
    model("@index(fields: [\"a desc b\"])", "invalid-argument", "a desc b", "no place");
    model("@index(fields: [\"x\"])", "unknown-field", "x", "`Thing` has no field `x`");
    model("@index(fields: [\"a\"], using: \"btre\")", "invalid-argument", "btre", "did you mean `btree`?");
    model("@unique(fields: [\"a\"], where: \"b ==\")", "rule-syntax", "==", "missing");
    model("@searchable", "missing-argument", "@searchable", "needs the argument `fields`");
    model("@searchable(fields: [\"n\"])", "directive-type", "n", "not a text");
    model("@searchable(fields: [\"secret\"])", "conflicting-directives", "secret", "may not be read");
    model("@searchable(fields: [\"a\"], weights: [1, 2])", "invalid-argument", "@searchable", "2 weight(s)");
    model("@searchable(fields: [\"a\"], weights: [0])", "invalid-argument", "0", "more than 0");
    field("a: String @searchable(fields: [\"a\"])", "argument-location", "[\"a\"]", "takes no `fields`");
    field("a: Int @searchable", "directive-type", "@searchable", "not a text");
    model("@check(expr: \"n\")", "rule-type", "n", "");
}

#[test]
fn rules() {
    model("@deny(ops: [])", "empty-list", "@deny", "names no operation");
    model("@deny(ops: [READ], roles: [])", "empty-list", "[]", "names no role");
    model("@deny(ops: [READ], roles: [\"admn\"])", "unknown-role", "admn", "did you mean `admin`?");
    model("@deny(ops: [READ], roles: [\"teacher\"])", "unknown-role", "teacher", "the roles are");
    model("@deny(ops: [READ], roles: [\"authenticated\"])", "reserved-role", "authenticated", "write `user`");
    model("@deny(ops: [READ], roles: [\"service_role\"])", "service-role", "service_role", "bypasses");
    model("@deny(ops: [READ], roles: [\"user\", \"user\"])", "repeated-role", "user", "twice");
    model("@deny(ops: [READ], fields: [\"bb\"])", "unknown-field", "bb", "did you mean `b`?");
    model("@deny(ops: [READ], fields: [])", "empty-list", "@deny", "leave it out");
    model("@deny(ops: [READ], check: \"true\")", "unused-argument", "true", "neither CREATE nor UPDATE");
    field("a: Int @writable(on: [DELETE])", "invalid-argument", "[DELETE]", "not by DELETE");
    field("a: Int @readable(mask: NONE)", "unknown-enum-value", "NONE", "NULL");
    model("@access(ops: [READ], when: \"aa == 'x'\")", "rule-unknown-name", "aa", "did you mean `a`");
    model("@access(ops: [READ], when: \"a == 1\")", "rule-type", "a == 1", "");
    model("@access(roles: [\"user\"], ops: [UPDATE], check: \"b == \")", "rule-syntax", "==", "missing");
    field("a: Int @readable(when: \"fillr == 1\")", "rule-unknown-name", "fillr", "did you mean `filler`");
    field("a: Int @writable(when: \"fillr == 1\")", "rule-unknown-name", "fillr", "did you mean `filler`");
    field("a: String @computed(expr: \"filler\")", "rule-type", "filler", "");
}

#[test]
fn accounts() {
    let account = |arguments: &str, fields: &str| {
        format!(
            "enum Role @role {{ learner admin }} type A @model @access(ops: [ALL]) @authUser{arguments} {{ {fields} }}"
        )
    };
    check(&account("(copy: [\"nme\"])", "id: ID! @id name: String"), "unknown-field", "nme", "did you mean `name`?");
    check(&account("(copy: [\"id\"])", "id: ID! @id name: String"), "auth-user-copy", "id", "the account's id");
    check(
        &account("(copy: [\"role\"])", "id: ID! @id role: Role! @default(value: learner)"),
        "auth-user-copy",
        "role",
        "anybody could choose their role",
    );
    check(&account("(copy: [\"p\"])", "id: ID! @id p: String @private"), "auth-user-copy", "p", "private");
    check(&account("", "id: Int! @id"), "auth-user-key", "@authUser", "ID or UUID");
    check(&account("", "id: ID! @id name: String!"), "auth-user-missing", "@authUser", "nothing fills `A.name`");
    let two =
        "type A @model @access(ops: [ALL]) @authUser { a: Int } type B @model @access(ops: [ALL]) @authUser { a: Int }";
    check(two, "duplicate-auth-user", "@authUser", "there is one");
}

#[test]
fn hooks() {
    model("@webhook(on: [CREATE], url: \"example.org\")", "invalid-url", "example.org", "env:NAME");
    model("@webhook(on: [CREATE], url: \"env:\")", "invalid-url", "env:", "env:NAME");
    model("@webhook(on: [READ], url: \"https://a.b\")", "unknown-enum-value", "READ", "CREATE");
    model("@webhook(on: [], url: \"https://a.b\")", "empty-list", "@webhook", "names no operation");
    model(
        "@webhook(on: [CREATE], url: \"https://a.b\", fields: [\"secret\"])",
        "private-in-payload",
        "secret",
        "never sent",
    );
    model("@webhook(on: [CREATE], url: \"https://a.b\", fields: [\"c\"])", "unknown-field", "c", "no field `c`");
    model(
        "@webhook(on: [CREATE], url: \"https://a.b\", when: \"new.c == 1\")",
        "rule-unknown-name",
        "new.c",
        "did you mean `a`?",
    );
    model("@job(on: [CREATE])", "missing-argument", "@job", "`queue` or `fn`");
    model("@job(on: [CREATE], fn: \"a b\")", "invalid-name", "a b", "not a function name");
    model("@job(on: [CREATE], queue: \"q q\")", "invalid-name", "q q", "not a queue name");
    model("@job(on: [CREATE], fn: \"f\", delay: \"1 week\")", "invalid-duration", "1 week", "not a span of time");
    model("@on(op: [CREATE])", "missing-argument", "@on", "`fn`");
    model("@on(op: [CREATE], fn: \"f\", run: NEVER)", "unknown-enum-value", "NEVER", "BEFORE");
    model("@rateLimit(per: \"1m\", max: 0)", "invalid-argument", "0", "at least 1");
    model("@rateLimit(per: \"0s\", max: 1)", "invalid-duration", "0s", "limits nothing");
    model("@rateLimit(per: \"1m\", max: 1, by: COOKIE)", "unknown-enum-value", "COOKIE", "IP");
    model("@cache(ttl: \"1m\", scope: WORLD)", "unknown-enum-value", "WORLD", "ROLE");
    check(
        "extend schema @cron(schedule: \"0 3 * *\", fn: \"f\") type A { a: Int }",
        "invalid-schedule",
        "0 3 * *",
        "4 fields",
    );
    check(
        "extend schema @cron(schedule: \"0 3 * * *\", fn: \"\") type A { a: Int }",
        "invalid-name",
        "\"\"",
        "function",
    );
}

#[test]
fn operations() {
    operation("a: Int @readable", "operation-without-body", "a", "nothing says how");
    operation("a: Int @query(sql: {sqlite: \"select 1\"})", "unreachable-operation", "a", "only the service role");
    operation("a: Int @readable @query(sql: {})", "missing-argument", "{}", "at least one database");
    operation("a: Int @readable @query(sql: \"select 1\")", "argument-type", "select 1", "an object");
    operation("a: Int @readable @query(sql: {oracle: \"x\"})", "unknown-argument", "oracle", "no `oracle`");
    operation("a: Int @readable @query(sql: {sqlite: \" \"})", "empty-sql", " ", "empty");
    operation(
        "a(name: String): Int @readable @query(sql: {sqlite: \"select :nme, :name\"})",
        "unknown-placeholder",
        ":nme",
        "did you mean `name`?",
    );
    operation(
        "a(x: Int): Int @readable @query(sql: {sqlite: \"select 1\"})",
        "unused-argument",
        "x",
        "no statement of `a` uses `:x`",
    );
    operation("a(now: Int): Int @readable @query(sql: {sqlite: \"select :now\"})", "reserved-name", "now", "session");
    operation("a(x: Thing): Int @readable @query(sql: {sqlite: \":x\"})", "model-as-value", "Thing", "its key");
    operation("a(x: Int = \"1\"): Int @readable @query(sql: {sqlite: \":x\"})", "value-type", "1", "integer");
    operation("a: Thin @readable @query(sql: {sqlite: \"select 1\"})", "unknown-type", "Thin", "did you mean `Thing`?");
    operation("a: [[Int]] @readable @query(sql: {sqlite: \"select 1\"})", "nested-list", "Int", "JSON");
    operation("a: [Void] @readable @query(sql: {sqlite: \"select 1\"})", "return-type", "Void", "no list");
    operation(
        "a: Int @readable @unique @query(sql: {sqlite: \"x\"})",
        "directive-on-operation",
        "@unique",
        "does not apply",
    );
    operation("a: Int @readable @mutation(fn: \"f\")", "directive-location", "@mutation", "field of Mutation");
    operation("a: Int @readable(mask: OMIT) @query(sql: {sqlite: \"x\"})", "argument-location", "OMIT", "no `mask`");
    operation(
        "a: Int @readable @query(sql: {sqlite: \"x\"}) a: Int @readable @query(sql: {sqlite: \"x\"})",
        "duplicate-field",
        "a",
        "two operations",
    );
    operation("__a: Int @readable @query(sql: {sqlite: \"x\"})", "reserved-name", "__a", "reserved");
    check(
        "extend type Mutation { a: Int @readable @cache(ttl: \"1s\") @query(sql: {sqlite: \"x\"}) }",
        "directive-location",
        "@cache",
        "cannot be cached",
    );
    check(
        "extend type Mutation { a: Int @readable @mutation(fn: \"f\") @query(sql: {sqlite: \"x\"}) }",
        "conflicting-directives",
        "@mutation",
        "both say how",
    );
}

/// A check sees the table with the new row in it.
#[test]
fn rules_that_a_new_row_meets_by_itself() {
    let team = "type Team @model @access(ops: [READ]) { id: Int! @id  members: [Member!]! }";
    let member = |access: &str| {
        format!(
            "{team} type Member @model {access} {{ id: Int! @id  team: Team! @relation(fields: [\"teamId\"])  teamId: Int!  userId: ID! }}"
        )
    };
    let warns = |access: &str, underlined: &str| {
        check(&member(access), "rule-own-witness", underlined, "exists(m, m.id != id && …)");
    };
    let rule = "team.members.exists(m, m.userId == auth.uid)";
    warns(&format!("@access(roles: [\"user\"], ops: [ALL], when: \"{rule}\")"), rule);
    warns(&format!("@access(roles: [\"user\"], ops: [CREATE], check: \"{rule}\")"), rule);
    warns(
        &format!("@access(roles: [\"user\"], ops: [CREATE], when: \"true\", check: \"userId == 'x' && {rule}\")"),
        &format!("userId == 'x' && {rule}"),
    );
    let silent = |access: &str| {
        let parsed = parse(&[Source { name: "schema.graphql".to_owned(), text: member(access) }]);
        assert!(parsed.diagnostics.is_empty(), "{access}: {:?}", parsed.diagnostics);
    };
    let excluded = "team.members.exists(m, m.id != id && m.userId == auth.uid)";
    silent(&format!("@access(roles: [\"user\"], ops: [ALL], when: \"{excluded}\")"));
    silent(&format!("@access(roles: [\"user\"], ops: [READ, UPDATE, DELETE], when: \"{rule}\")"));
    silent(&format!(
        "@access(roles: [\"user\"], ops: [CREATE, READ], when: \"{rule}\", check: \"userId == auth.uid\")"
    ));
    silent("@access(roles: [\"user\"], ops: [CREATE], check: \"size(team.members) < 5\")");
    let create = |rule: &str| format!("@access(roles: [\"user\"], ops: [CREATE], check: \"{rule}\")");
    for rule in [
        "userId == 'x' || team.members.exists(m, m.userId == auth.uid)",
        "userId == 'x' ? team.members.exists(m, m.userId == auth.uid) : userId == 'y'",
        "userId == 'x' ? userId == auth.uid : team.members.exists(m, m.userId == auth.uid)",
        "team.members.exists(m, m.id == id && m.userId == auth.uid)",
        "team.members.exists(m, m.teamId != teamId)",
        "team.members.exists(m, m.team.id != id)",
        "team.members.exists(m, m.id != teamId)",
        "team.members.exists(m, m.id != m.id)",
        "team.members.exists(m, m.id != id || m.userId == auth.uid)",
        "team.members.exists(m, m.id != id && m.team.members.exists(n, n.userId == auth.uid))",
        "team.members.exists(m, m.id != id && m.team.members.exists(n, n.id != m.id))",
    ] {
        warns(&create(rule), rule);
    }
    for rule in [
        "team.members.exists(m, id != m.id && m.userId == auth.uid)",
        "team.members.exists(m, m.userId == auth.uid && m.id != id)",
        "!team.members.exists(m, m.userId == 'x')",
        "team.members.all(m, m.userId == auth.uid)",
        "team.members.exists_one(m, m.userId == auth.uid)",
        "['x'].exists(x, x == userId)",
        "team.id == teamId",
    ] {
        silent(&create(rule));
    }
}

#[test]
fn graphql_names() {
    let two = |first: &str, second: &str| {
        let model = |name: &str, table: &str| {
            format!("type {name} @model(table: \"{table}\") @access(ops: [ALL]) {{ a: Int }}")
        };
        format!("{} {}", model("A", first), model("B", second))
    };
    check(&two("posts", "posts_aggregate"), "graphql-name", "B", "the GraphQL type `posts_aggregate_bool_exp`");
    check(&two("a-b", "a_b"), "graphql-name", "B", "`A` and `B` would both have the GraphQL");
    check(
        "type posts_order_by @model(table: \"x\") @access(ops: [ALL]) { a: Int } type Post @model @access(ops: [ALL]) { a: Int }",
        "graphql-name",
        "Post",
        "type `posts_order_by`",
    );
    check("type PageInfo @model @access(ops: [ALL]) { a: Int }", "graphql-name", "PageInfo", "GraphQL itself");
    field("_and: Int", "graphql-name", "_and", "the GraphQL field `_and`");
    field("null: Int", "graphql-name", "null", "no enum value");
    check(
        "type Post @model @access(ops: [ALL]) { a: Int } extend type Query { posts_by_pk: Int @query(sql: { sqlite: \"SELECT 1\" }) @readable }",
        "graphql-name",
        "posts_by_pk",
        "the operation `posts_by_pk`",
    );
}

/// Who is reached through a junction is reached by a new row of the junction too.
#[test]
fn rules_that_a_new_link_meets_by_itself() {
    let schema = |model: &str, rule: &str| {
        let access = |of: &str| {
            if of == model {
                format!("@access(roles: [\"user\"], ops: [CREATE], check: \"{rule}\")")
            } else {
                "@access(ops: [READ])".to_owned()
            }
        };
        format!(
            "type Team @model {} {{ id: Int! @id  people: [Person!] @manyToMany(through: \"Seat\") }}
             type Person @model {} {{ id: Int! @id  userId: ID!  teams: [Team!] @manyToMany(through: \"Seat\") }}
             type Seat @model {} {{
               teamId: Int! @id(auto: NONE)  personId: Int! @id(auto: NONE)
               team: Team! @relation(fields: [\"teamId\"])  person: Person! @relation(fields: [\"personId\"])
             }}
             type Coach @model {} {{ id: Int! @id  team: Team! @relation(fields: [\"teamId\"])  teamId: Int! }}",
            access("Team"),
            access("Person"),
            access("Seat"),
            access("Coach"),
        )
    };
    let people = "team.people.exists(p, p.userId == auth.uid)";
    check(&schema("Seat", people), "rule-own-witness", people, "exists(");
    let fellows = "teams.exists(t, t.people.exists(p, p.userId == auth.uid))";
    check(&schema("Person", fellows), "rule-own-witness", fellows, "exists(");
    for (model, rule) in [("Coach", people), ("Person", "teams.exists(t, t.id == id)")] {
        let text = schema(model, rule);
        let parsed = parse(&[Source { name: "schema.graphql".to_owned(), text }]);
        assert!(parsed.diagnostics.is_empty(), "{model}: {:?}", parsed.diagnostics);
    }
}
