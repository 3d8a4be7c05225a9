//! Every directive and argument of the language: what it leaves in the model.

use std::fmt::Debug;

use backstay_schema::model::{Field, Model};
use backstay_schema::{Schema, Severity, Source, directives_sdl, parse};

fn parsed(sdl: &str) -> Schema {
    let parsed = parse(&[Source { name: "schema.graphql".to_owned(), text: sdl.to_owned() }]);
    let bad: Vec<_> = parsed.diagnostics.iter().filter(|finding| finding.severity == Severity::Error).collect();
    assert!(bad.is_empty(), "{sdl}\n{bad:#?}");
    parsed.schema.expect("no errors")
}

#[track_caller]
fn same(sdl: &str, found: &dyn Debug, expected: &str) {
    let shown = format!("{found:?}");
    assert!(shown == expected, "{sdl}\n found    {shown}\n expected {expected}");
}

/// Directives on a model leave `expected` where `pick` looks.
#[track_caller]
fn model<T: Debug>(directives: &str, pick: fn(&Model) -> T, expected: &str) {
    let sdl = format!(
        "enum Role @role {{ learner admin }} type Thing {directives} {{ id: ID! @id a: String b: String n: Int! role: Role }}"
    );
    same(&sdl, &pick(&parsed(&sdl).models[0]), expected);
}

/// A field `f` has `expected` where `pick` looks.
#[track_caller]
fn field<T: Debug>(field: &str, pick: fn(&Field) -> T, expected: &str) {
    let sdl =
        format!("enum Colour {{ red green }} input Size {{ w: Int }} type Thing @model {{ a: String n: Int {field} }}");
    let schema = parsed(&sdl);
    let found = schema.models[0].fields.iter().find(|field| field.name == "f").expect("the field f");
    same(&sdl, &pick(found), expected);
}

#[test]
fn models() {
    model("@model", |m| m.table.clone(), "\"things\"");
    model("@model(table: \"stuff\")", |m| m.table.clone(), "\"stuff\"");
    model("@model(schema: \"private\")", |m| m.db_schema.clone(), "Some(\"private\")");
    model("@model", |m| m.doors, "Doors { rest: true, graphql: true, grpc: true, realtime: true }");
    model("@model(rest: false)", |m| m.doors.rest, "false");
    model("@model(graphql: false)", |m| m.doors.graphql, "false");
    model("@model(grpc: false)", |m| m.doors.grpc, "false");
    model("@model(realtime: false)", |m| m.doors.realtime, "false");
    model("@model", |m| m.ops, "OpSet { read: true, create: true, update: true, delete: true }");
    model("@model(ops: [READ, DELETE])", |m| m.ops, "OpSet { read: true, create: false, update: false, delete: true }");
    model("@model(ops: CREATE)", |m| m.ops.create, "true");
    model("@model(ops: [])", |m| m.ops.read, "false");
    model("@model(maxRows: 50)", |m| m.rows_max, "Some(50)");
    model("@model", |m| m.rows_max, "None");
    model("@model @map(name: \"stuff\")", |m| m.table.clone(), "\"stuff\"");
    model("@model @rename(from: \"stuff\")", |m| m.renamed_from.clone(), "Some(\"stuff\")");
    model(
        "@model",
        |m| (m.generated, m.keyless, m.soft_delete, m.version, m.owner),
        "(false, false, None, None, None)",
    );
}

#[test]
fn descriptions() {
    let schema = parsed("\"A thing.\" type Thing @model { \"\"\"\n  Its name.\n\"\"\" name: String }");
    assert_eq!(schema.models[0].description.as_deref(), Some("A thing."));
    assert_eq!(schema.models[0].fields[1].description.as_deref(), Some("Its name."));
}

#[test]
fn types() {
    for (text, expected) in [
        ("Int", "Int"),
        ("BigInt", "BigInt"),
        ("Float", "Float"),
        ("Decimal", "Decimal"),
        ("Boolean", "Boolean"),
        ("String", "String"),
        ("ID", "Id"),
        ("UUID", "Uuid"),
        ("DateTime", "DateTime"),
        ("Date", "Date"),
        ("Time", "Time"),
        ("Bytes", "Bytes"),
        ("JSON", "Json"),
        ("Email", "Email"),
        ("URL", "Url"),
        ("Phone", "Phone"),
        ("Colour", "Enum(EnumId(0))"),
        ("Size", "Object(ObjectId(0))"),
    ] {
        field(&format!("f: {text}"), |f| f.ty.scalar, expected);
    }
    let shape = |f: &Field| (f.ty.nullable, f.ty.list, f.ty.items_nullable);
    field("f: Int", shape, "(true, false, false)");
    field("f: Int!", shape, "(false, false, false)");
    field("f: [Int]", shape, "(true, true, true)");
    field("f: [Int!]", shape, "(true, true, false)");
    field("f: [Int!]!", shape, "(false, true, false)");
}

#[test]
fn keys() {
    let default = |f: &Field| f.default.clone();
    field("f: ID! @id", default, "Some(UuidV7)");
    field("f: UUID! @id", default, "Some(UuidV7)");
    field("f: Int! @id", default, "Some(Increment)");
    field("f: BigInt! @id", default, "Some(Increment)");
    field("f: String! @id", default, "None");
    field("f: ID! @id(auto: NONE)", default, "None");
    field("f: ID! @id(auto: UUID)", default, "Some(UuidV4)");
    field("f: String! @id(auto: UUIDV7)", default, "Some(UuidV7)");
    field("f: ID! @id(auto: ULID)", default, "Some(Ulid)");
    field("f: Int! @id(auto: INCREMENT)", default, "Some(Increment)");
    field("f: Int! @id g: ID! @id", default, "None");
    field("f: ID! @id @default(value: \"x\")", default, "Some(Constant(String(\"x\")))");
    let schema = parsed("type Thing @model { name: String }");
    let thing = &schema.models[0];
    assert_eq!((thing.fields[0].name.as_str(), thing.key[0].0), ("id", 0));
    let schema = parsed("type Thing @model { _key: ID! @id @private name: String }");
    assert!(schema.models[0].keyless);
    let schema = parsed("type Thing @model { a: Int! @id(auto: NONE) x: Int b: String! @id }");
    same("composite", &schema.models[0].key, "[FieldId(0), FieldId(2)]");
}

#[test]
fn defaults() {
    let default = |f: &Field| f.default.clone();
    field("f: Int @default(value: 7)", default, "Some(Constant(Number(7)))");
    field("f: BigInt @default(value: 9007199254740993)", default, "Some(Constant(Number(9007199254740993)))");
    field("f: Float @default(value: 1)", default, "Some(Constant(Number(1.0)))");
    field("f: Decimal @default(value: 1.10)", default, "Some(Constant(String(\"1.10\")))");
    field("f: Decimal @default(value: \"1.10\")", default, "Some(Constant(String(\"1.10\")))");
    field("f: Boolean @default(value: false)", default, "Some(Constant(Bool(false)))");
    field("f: String @default(value: \"\")", default, "Some(Constant(String(\"\")))");
    field("f: ID @default(value: 5)", default, "Some(Constant(String(\"5\")))");
    field(
        "f: UUID @default(value: \"0190A000-0000-7000-8000-00000000ABCD\")",
        default,
        "Some(Constant(String(\"0190a000-0000-7000-8000-00000000abcd\")))",
    );
    field("f: Date @default(value: \"2026-01-31\")", default, "Some(Constant(String(\"2026-01-31\")))");
    field("f: Time @default(value: \"12:30:00.5\")", default, "Some(Constant(String(\"12:30:00.5\")))");
    field("f: Colour @default(value: red)", default, "Some(Constant(String(\"red\")))");
    field("f: Colour @default(value: \"red\")", default, "Some(Constant(String(\"red\")))");
    field(
        "f: JSON @default(value: {foo: \"bar\", n: [1, null]})",
        default,
        "Some(Constant(Object {\"foo\": String(\"bar\"), \"n\": Array [Number(1), Null]}))",
    );
    field("f: [Int!] @default(value: [1, 2])", default, "Some(Constant(Array [Number(1), Number(2)]))");
    field("f: Size @default(value: {w: 1})", default, "Some(Constant(Object {\"w\": Number(1)}))");
    field("f: DateTime @default(expr: \"now()\")", default, "Some(Now)");
    field("f: Date @default(expr: \"now()\")", default, "Some(Now)");
    field("f: UUID @default(expr: \"uuid()\")", default, "Some(UuidV4)");
    field("f: ID @default(expr: \"uuidv7()\")", default, "Some(UuidV7)");
    field("f: String @default(expr: \"ulid()\")", default, "Some(Ulid)");
    field("f: ID @default(expr: \"auth.uid\")", default, "Some(AuthUid)");
    field("f: Int @default(value: 1)", |f| f.default_on_update, "false");
    field("f: DateTime @default(expr: \"now()\", onUpdate: true)", |f| f.default_on_update, "true");
}

#[test]
fn validators() {
    let rules = |f: &Field| f.validators.clone();
    field("f: String @length(min: 1, max: 5)", rules, "[Length { min: Some(1), max: Some(5) }]");
    field("f: [String!] @length(max: 5)", rules, "[Length { min: None, max: Some(5) }]");
    field("f: Decimal @range(min: -1, max: 2.5)", rules, "[Range { min: Some(-1.0), max: Some(2.5) }]");
    field(
        "f: String @pattern(regex: \"^a$\", flags: \"i\", message: \"no\")",
        rules,
        "[Pattern { regex: \"^a$\", flags: \"i\", message: Some(\"no\") }]",
    );
    field("f: String @pattern(regex: \"a\") @pattern(regex: \"b\")", |f| f.validators.len(), "2");
    field("f: String @email", rules, "[Email]");
    field("f: String @url", rules, "[Url]");
    field("f: String @phone", rules, "[Phone]");
    field("f: String @oneOf(values: [\"a\", \"b\"])", rules, "[OneOf([String(\"a\"), String(\"b\")])]");
    field("f: Int @oneOf(values: [1])", rules, "[OneOf([Number(1)])]");
    field(
        "f: [Int!] @items(min: 1, max: 2, unique: true)",
        rules,
        "[Items { min: Some(1), max: Some(2), unique: true }]",
    );
    field(
        "f: JSON @schema(json: \"{\\\"type\\\":\\\"object\\\"}\")",
        rules,
        "[JsonSchema(Object {\"type\": String(\"object\")})]",
    );
    field(
        "f: JSON @schema(json: \"\"\"\n{\"type\": \"array\"}\n\"\"\")",
        rules,
        "[JsonSchema(Object {\"type\": String(\"array\")})]",
    );
}

#[test]
fn columns() {
    field("f: Int", |f| f.column.clone(), "\"f\"");
    field("f: Int @map(name: \"g\")", |f| f.column.clone(), "\"g\"");
    field("f: Int @rename(from: \"g\")", |f| f.renamed_from.clone(), "Some(\"g\")");
    field(
        "f: Int @dbType(postgres: \"smallint\", mysql: \"tinyint(1)\", sqlite: \"INT\")",
        |f| f.db_types.clone(),
        "[(Sqlite, \"INT\"), (Postgres, \"smallint\"), (Mysql, \"tinyint(1)\")]",
    );
    field("f: String @private", |f| f.private, "true");
    field("f: String @writeOnly", |f| (f.write_only, f.hashed), "(true, false)");
    field("f: String @hash", |f| (f.write_only, f.hashed), "(true, true)");
    field("f: String @hash(algo: ARGON2ID)", |f| f.hashed, "true");
    let stored = |f: &Field| match &f.computed {
        Some(backstay_schema::model::Computed::Expr { expr, stored }) => format!("{} {stored}", expr.source),
        Some(backstay_schema::model::Computed::Function(name)) => format!("fn {name}"),
        None => String::new(),
    };
    field("f: String @computed(expr: \"a + 'x'\")", stored, "\"a + 'x' false\"");
    field("f: String @computed(expr: \"a + 'x'\", stored: true)", stored, "\"a + 'x' true\"");
    field("f: String @computed(fn: \"shout\")", stored, "\"fn shout\"");
    field(
        "f: String @file(bucket: \"b\", maxSize: \"10MiB\", types: [\"image/*\", \"text/csv\"])",
        |f| f.file.clone(),
        "Some(FileRule { bucket: \"b\", size_bytes_max: Some(10485760), media_types: [\"image/*\", \"text/csv\"] })",
    );
    field(
        "f: ID @file(bucket: \"b\", maxSize: 512)",
        |f| f.file.as_ref().map(|file| file.size_bytes_max),
        "Some(Some(512))",
    );
    field("f: Int! @version", |f| (f.managed, f.default.clone()), "(Some(Version), Some(Constant(Number(1))))");
    field("f: Int @deprecated(reason: \"old\")", |f| f.private, "false");
}

#[test]
fn managed_columns() {
    let names = |m: &Model| m.fields.iter().skip(5).map(|f| format!("{} {:?}", f.name, f.managed)).collect::<Vec<_>>();
    model("@model @timestamps", names, "[\"createdAt Some(CreatedAt)\", \"updatedAt Some(UpdatedAt)\"]");
    model(
        "@model @timestamps(created: \"made\", updated: \"changed\")",
        names,
        "[\"made Some(CreatedAt)\", \"changed Some(UpdatedAt)\"]",
    );
    model("@model @softDelete", names, "[\"deletedAt Some(DeletedAt)\"]");
    model("@model @softDelete(field: \"gone\")", |m| (names_of(m), m.soft_delete), "(\"gone\", Some(FieldId(5)))");
    model("@model @version", |m| (names_of(m), m.version), "(\"version\", Some(FieldId(5)))");
    model("@model @version(field: \"rev\")", |m| (names_of(m), m.version), "(\"rev\", Some(FieldId(5)))");
    model("@model @version(field: \"n\")", |m| m.version.is_some(), "true");
}

fn names_of(model: &Model) -> String {
    model.fields.last().map(|field| field.name.clone()).unwrap_or_default()
}

#[test]
fn constraints() {
    let uniques = |m: &Model| {
        let line = |u: &backstay_schema::model::Unique| {
            format!("{} {:?} {}", u.name, u.fields.iter().map(|f| f.0).collect::<Vec<_>>(), rule(u.filter.as_ref()))
        };
        m.uniques.iter().map(line).collect::<Vec<_>>().join("; ")
    };
    model("@model @unique(fields: [\"a\", \"b\"])", uniques, "\"things_a_b_key [1, 2] \"");
    model("@model @unique(fields: \"a\", name: \"one\")", uniques, "\"one [1] \"");
    model("@model @unique(fields: [\"a\"], where: \"n > 1\")", uniques, "\"things_a_key [1] n > 1\"");
    model("@model @softDelete @unique(fields: [\"a\"])", uniques, "\"things_a_key [1] deletedAt == null\"");
    model(
        "@model @softDelete @unique(fields: [\"a\"], where: \"n > 1\")",
        uniques,
        "\"things_a_key [1] (n > 1) && deletedAt == null\"",
    );
    let partition = |m: &Model| m.partition.as_ref().map(|of| (of.fields.clone(), of.divided.clone(), of.count()));
    model("@model @partition(by: HASH, fields: [\"id\"], count: 4)", partition, "Some(([FieldId(0)], Hash(4), 4))");
    model(
        "@model @partition(by: RANGE, fields: [\"id\"], bounds: [\"g\", \"n\"])",
        partition,
        "Some(([FieldId(0)], Range([String(\"g\"), String(\"n\")]), 3))",
    );
    let indexes = |m: &Model| {
        let line = |i: &backstay_schema::model::Index| {
            format!("{} {:?} {} {} {:?}", i.name, i.fields, i.unique, rule(i.filter.as_ref()), i.using)
        };
        m.indexes.iter().map(line).collect::<Vec<_>>().join("; ")
    };
    model(
        "@model @index(fields: [\"a\", \"b desc\"])",
        indexes,
        "\"things_a_b_idx [(FieldId(1), Ascending), (FieldId(2), Descending)] false  None\"",
    );
    model(
        "@model @index(fields: [\"a asc\"], unique: true)",
        indexes,
        "\"things_a_idx [(FieldId(1), Ascending)] true  None\"",
    );
    model(
        "@model @index(fields: [\"a\"], where: \"n > 1\", using: \"gin\", name: \"i\")",
        indexes,
        "\"i [(FieldId(1), Ascending)] false n > 1 Some(\\\"gin\\\")\"",
    );
    let schema = parsed(
        "type Thing @model { a: Int @unique b: Int @index c: Int @unique(name: \"c\", where: \"a > 1\") d: Int @index(unique: true, name: \"d\") }",
    );
    same("field constraints", &uniques(&schema.models[0]), "\"things_a_key [1] ; c [3] a > 1\"");
    same(
        "field indexes",
        &indexes(&schema.models[0]),
        "\"things_b_idx [(FieldId(2), Ascending)] false  None; d [(FieldId(4), Ascending)] true  None\"",
    );
    let checks = |m: &Model| {
        m.checks.iter().map(|c| format!("{} {} {:?}", c.name, c.rule.source, c.message)).collect::<Vec<_>>()
    };
    model(
        "@model @check(expr: \"n > 0\", message: \"more\") @check(expr: \"n < 9\")",
        checks,
        "[\"things_check1 n > 0 Some(\\\"more\\\")\", \"things_check2 n < 9 None\"]",
    );
    model(
        "@model @searchable(fields: [\"a\", \"b\"], weights: [2, 0.5], lang: \"french\")",
        |m| m.search.clone(),
        "Some(SearchIndex { fields: [(FieldId(1), 2.0), (FieldId(2), 0.5)], language: \"french\" })",
    );
    let schema =
        parsed("type Thing @model { a: String @searchable b: String @searchable(weights: 3, lang: \"german\") }");
    same(
        "field search",
        &schema.models[0].search,
        "Some(SearchIndex { fields: [(FieldId(1), 1.0), (FieldId(2), 3.0)], language: \"german\" })",
    );
}

fn rule(rule: Option<&backstay_schema::model::Rule>) -> String {
    rule.map(|rule| rule.source.clone()).unwrap_or_default()
}

#[test]
fn rules() {
    let allows = |m: &Model| {
        let line = |a: &backstay_schema::model::AccessRule| {
            let ops: String = [(a.ops.read, 'r'), (a.ops.create, 'c'), (a.ops.update, 'u'), (a.ops.delete, 'd')]
                .iter()
                .filter(|(on, _)| *on)
                .map(|(_, letter)| *letter)
                .collect();
            format!("{:?} {ops} [{}] [{}] {:?}", a.who, rule(a.when.as_ref()), rule(a.check.as_ref()), a.fields)
        };
        m.allows.iter().chain(&m.denies).map(line).collect::<Vec<_>>().join("; ")
    };
    model("@model @access(ops: [ALL])", allows, "\"Anyone rcud [] [] None\"");
    model(
        "@model @access(roles: [\"user\", \"anon\"], ops: READ)",
        allows,
        "\"Roles([\\\"user\\\", \\\"anon\\\"]) r [] [] None\"",
    );
    model(
        "@model @access(roles: [\"admin\"], ops: [CREATE, UPDATE], when: \"n > 1\", check: \"n > 2\", fields: [\"a\", \"n\"])",
        allows,
        "\"Roles([\\\"admin\\\"]) cu [n > 1] [n > 2] Some([FieldId(1), FieldId(3)])\"",
    );
    model("@model @deny(ops: [DELETE], when: \"n == 1\")", allows, "\"Anyone d [n == 1] [] None\"");
    let rules = |f: &Field| {
        let line =
            |r: &backstay_schema::model::FieldRule| format!("{:?} [{}] {:?}", r.who, rule(r.when.as_ref()), r.mask);
        let (read, write): (Vec<_>, Vec<_>) =
            (f.readable.iter().map(line).collect(), f.writable.iter().map(line).collect());
        format!("r {} w {}", read.join("; "), write.join("; "))
    };
    field("f: Int", rules, "\"r  w \"");
    field("f: Int @readable(roles: [\"a\"])", rules, "\"r Roles([\\\"a\\\"]) [] Null w \"");
    field("f: Int @readable(when: \"n > 1\", mask: OMIT)", rules, "\"r Anyone [n > 1] Omit w \"");
    field("f: Int @readable(mask: ERROR)", rules, "\"r Anyone [] Error w \"");
    field("f: Int @readable(mask: NULL)", rules, "\"r Anyone [] Null w \"");
    field("f: Int @writable(roles: [\"a\"], when: \"n > 1\")", rules, "\"r  w Roles([\\\"a\\\"]) [n > 1] Null\"");
    field(
        "f: Int @writable(on: [CREATE])",
        |f| f.writable[0].ops,
        "OpSet { read: false, create: true, update: false, delete: false }",
    );
    field(
        "f: Int @writable",
        |f| f.writable[0].ops,
        "OpSet { read: false, create: true, update: true, delete: false }",
    );
    field("f: Int @visible(to: [\"a\"])", rules, "\"r Roles([\\\"a\\\"]) [] Null w Roles([\\\"a\\\"]) [] Null\"");
    field("f: Int @visible(to: \"a\") @readable(when: \"n > 1\")", |f| (f.readable.len(), f.writable.len()), "(2, 1)");
    let schema = parsed("enum Role @role { learner admin } type Thing @model { a: Int }");
    same("@role", &schema.role_enum, "Some(EnumId(0))");
}

#[test]
fn owners() {
    let owner = |fields: &str| {
        let schema = parsed(&format!("type Thing @model {{ {fields} }}"));
        let model = &schema.models[0];
        model.owner.map(|id| model.fields[usize::from(id.0)].name.clone()).unwrap_or_default()
    };
    assert_eq!(owner("a: ID"), "");
    assert_eq!(owner("a: ID @default(expr: \"auth.uid\") ownerId: ID"), "a");
    assert_eq!(owner("userId: ID ownerId: UUID"), "ownerId");
    assert_eq!(owner("user_id: String"), "user_id");
    assert_eq!(owner("owner_id: Int userId: ID"), "userId");
    let schema = parsed("type Account @model @authUser { a: Int } type Note @model { owner: Account }");
    assert_eq!(schema.models[1].owner.map(|id| id.0), Some(1));
}

#[test]
fn accounts() {
    let account = |m: &Model| m.auth_user.clone();
    model(
        "@model @authUser",
        account,
        "Some(AuthUser { signup: Both, copy: [], role: Some(FieldId(4)), email: None })",
    );
    model("@model @authUser(signup: SELF)", |m| m.auth_user.as_ref().map(|a| a.signup), "Some(SelfService)");
    model("@model @authUser(signup: ADMIN)", |m| m.auth_user.as_ref().map(|a| a.signup), "Some(Admin)");
    model(
        "@model @authUser(signup: BOTH, copy: [\"a\", \"n\"])",
        |m| m.auth_user.as_ref().map(|a| a.copy.clone()),
        "Some([FieldId(1), FieldId(3)])",
    );
}

#[test]
fn hooks() {
    let hook = |m: &Model| {
        m.hooks.iter().map(|h| format!("{:?} [{}]", h.action, rule(h.when.as_ref()))).collect::<Vec<_>>().join("; ")
    };
    model(
        "@model @webhook(on: [CREATE], url: \"https://a.b/c\")",
        hook,
        "\"Webhook { url: \\\"https://a.b/c\\\", fields: None, secret: None } []\"",
    );
    model(
        "@model @webhook(on: UPDATE, url: \"env:HOOK\", when: \"new.n > old.n\", fields: [\"a\"], secret: \"s\")",
        hook,
        "\"Webhook { url: \\\"env:HOOK\\\", fields: Some([FieldId(1)]), secret: Some(\\\"s\\\") } [new.n > old.n]\"",
    );
    model(
        "@model @webhook(on: [UPDATE, DELETE], url: \"http://a\")",
        |m| m.hooks[0].on,
        "OpSet { read: false, create: false, update: true, delete: true }",
    );
    model(
        "@model @job(on: [CREATE], queue: \"q\", fn: \"f\", when: \"n > 1\", delay: \"1m\")",
        hook,
        "\"Job { queue: \\\"q\\\", function: \\\"f\\\", delay_ms: 60000 } [n > 1]\"",
    );
    model(
        "@model @job(on: CREATE, fn: \"f\")",
        hook,
        "\"Job { queue: \\\"default\\\", function: \\\"f\\\", delay_ms: 0 } []\"",
    );
    model("@model @on(op: CREATE, fn: \"f\")", hook, "\"Function { name: \\\"f\\\", before: false } []\"");
    model(
        "@model @on(op: [CREATE], fn: \"f\", run: BEFORE, when: \"n > 1\")",
        hook,
        "\"Function { name: \\\"f\\\", before: true } [n > 1]\"",
    );
    model("@model @cache(ttl: \"30s\")", |m| m.cache, "Some(CachePolicy { ttl_ms: 30000, scope: Role })");
    model("@model @cache(ttl: \"1h\", scope: USER)", |m| m.cache, "Some(CachePolicy { ttl_ms: 3600000, scope: User })");
    model("@model @cache(ttl: \"1d\", scope: PUBLIC)", |m| m.cache.map(|c| c.scope), "Some(Public)");
    model(
        "@model @rateLimit(per: \"1m\", max: 10) @rateLimit(per: \"1s\", max: 2, by: USER)",
        |m| m.rate_limits.clone(),
        "[RateLimit { per_ms: 60000, max: 10, by: Ip }, RateLimit { per_ms: 1000, max: 2, by: User }]",
    );
    model("@model @rateLimit(per: \"1m\", max: 1, by: KEY)", |m| m.rate_limits[0].by, "Key");
    let schema = parsed("extend schema @cron(schedule: \"0 3 * * *\", fn: \"nightly\")");
    assert_eq!((schema.crons[0].schedule.as_str(), schema.crons[0].function.as_str()), ("0 3 * * *", "nightly"));
}

#[test]
fn operations() {
    let show = |operations: &str| {
        let schema = parsed(&format!(
            "type Thing @model @access(ops: [ALL]) {{ a: String }} input Size {{ w: Int }} {operations}"
        ));
        let o = &schema.operations[0];
        format!("{} {} {:?} {:?} {:?}", o.name, o.read_only, o.returns, o.body, o.callable.len())
    };
    let query =
        |field: &str| show(&format!("extend type Query {{ {field} @readable @query(sql: {{sqlite: \"x\"}}) }}"));
    let body = "Sql([(Sqlite, \"x\")]) 1";
    assert_eq!(query("q: [Thing!]!"), format!("q true Models(ModelId(0)) {body}"));
    assert_eq!(query("q: Thing"), format!("q true Model(ModelId(0)) {body}"));
    assert_eq!(query("q: Size"), format!("q true Object {{ object: ObjectId(0), list: false }} {body}"));
    assert_eq!(query("q: [Size]"), format!("q true Object {{ object: ObjectId(0), list: true }} {body}"));
    assert_eq!(query("q: Void"), format!("q true Void {body}"));
    let scalar = "Scalar(FieldType { scalar: Int, list: true, nullable: true, items_nullable: false })";
    assert_eq!(query("q: [Int!]"), format!("q true {scalar} {body}"));
    assert_eq!(
        show("type Mutation { m: Void @visible(to: [\"user\"]) @mutation(fn: \"f\") }"),
        "m false Void Function(\"f\") 1"
    );
    assert_eq!(
        show("type Query { q: Void @query(sql: {postgres: \"p\", mysql: \"m\", sqlite: \"s\"}) }"),
        "q true Void Sql([(Postgres, \"p\"), (Mysql, \"m\"), (Sqlite, \"s\")]) 0"
    );
    let schema = parsed(
        "extend type Query { \"Says.\" q(a: Int!, b: [String!] = [\"x\"]): Int @readable(roles: [\"user\"], when: \"auth.verified\")
           @cache(ttl: \"1s\") @rateLimit(per: \"1m\", max: 5) @query(sql: {sqlite: \"select :a, :b, :auth_uid, :now\"}) }",
    );
    let o = &schema.operations[0];
    assert_eq!(o.description.as_deref(), Some("Says."));
    assert_eq!(o.arguments[1].default, Some(serde_json::json!(["x"])));
    assert_eq!((o.arguments[0].default.is_none(), o.arguments[0].ty.nullable), (true, false));
    assert_eq!(rule(o.callable[0].when.as_ref()), "auth.verified");
    assert_eq!((o.cache.map(|c| c.ttl_ms), o.rate_limits.len()), (Some(1_000), 1));
}

#[test]
fn notes_about_what_is_not_active() {
    for (sdl, directive) in [
        ("type A @model @access(ops: [ALL]) @webhook(on: CREATE, url: \"https://a\") { a: Int }", "@webhook"),
        ("type A @model @access(ops: [ALL]) @job(on: CREATE, fn: \"f\") { a: Int }", "@job"),
        ("type A @model @access(ops: [ALL]) @on(op: CREATE, fn: \"f\") { a: Int }", "@on"),
        ("type A @model @access(ops: [ALL]) @version { a: Int }", "@version"),
        ("type A @model @access(ops: [ALL]) { a: Int! @version }", "@version"),
        ("type A @model @access(ops: [ALL]) { a: String @hash }", "@hash"),
        ("type A @model @access(ops: [ALL]) { a: String @computed(fn: \"f\") }", "@computed"),
        ("type A @model @access(ops: [ALL]) { a: String @file(bucket: \"b\") }", "@file"),
        ("type Mutation { a: Void @readable @mutation(fn: \"f\") }", "@mutation"),
        (
            "schema @cron(schedule: \"0 3 * * *\", fn: \"f\") { query: Query } type A @model @access(ops: [ALL]) { a: Int }",
            "@cron",
        ),
    ] {
        let parsed = parse(&[Source { name: "s".to_owned(), text: sdl.to_owned() }]);
        assert_eq!(parsed.diagnostics.len(), 1, "{sdl} {:#?}", parsed.diagnostics);
        let note = &parsed.diagnostics[0];
        assert_eq!((note.severity, note.code), (Severity::Note, "not-active-yet"), "{sdl}");
        assert!(note.message.contains(directive), "{sdl} {}", note.message);
        let (start, end) = (usize::try_from(note.span.start).unwrap(), usize::try_from(note.span.end).unwrap());
        assert_eq!(&sdl[start..end], directive);
    }
}

#[test]
fn several_files() {
    let source = |name: &str, text: &str| Source { name: name.to_owned(), text: text.to_owned() };
    let sources = [
        source("a.graphql", "extend type Thing @access(ops: [ALL]) { more: Other }"),
        source("directives.graphql", directives_sdl()),
        source("b.graphql", "type Thing @model { a: Colour } extend enum Colour { green }"),
        source("c.graphql", "enum Colour { red } type Other @model @access(ops: [ALL]) { b: Strin }"),
    ];
    let parsed = parse(&sources);
    assert_eq!(parsed.diagnostics.len(), 1, "{:#?}", parsed.diagnostics);
    let span = parsed.diagnostics[0].span;
    assert_eq!(span.file, 3);
    let fixed = source("c.graphql", "enum Colour { red } type Other @model @access(ops: [ALL]) { b: String }");
    let [a, directives, b, _] = sources;
    let parsed = parse(&[a, directives, b, fixed]);
    let schema = parsed.schema.expect("no errors");
    assert_eq!(schema.enums[0].values, ["red", "green"]);
    assert_eq!(schema.models[0].fields.len(), 3);
    assert_eq!(schema.models[0].allows.len(), 1);
}

#[test]
fn every_directive_is_documented() {
    let mut last_was_text = false;
    let mut directives = 0;
    for line in directives_sdl().lines().map(str::trim) {
        let starts_argument =
            line.split_once(": ").is_some_and(|(name, _)| name.chars().all(|c| c.is_ascii_alphanumeric()));
        if line.starts_with("directive @") || starts_argument {
            assert!(last_was_text, "{line}");
        }
        directives += usize::from(line.starts_with("directive @"));
        last_was_text = line.starts_with('"') && line.ends_with('"');
    }
    assert_eq!(directives, 48);
}
