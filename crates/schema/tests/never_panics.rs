//! Whatever the text, parsing ends with findings or a schema: no panic, no endless loop, no span outside the text.

use backstay_schema::{Source, directives_sdl, parse};
use proptest::prelude::*;

const SOUND: &str = r#"
enum Role @role { learner admin }
input Address { street: String! lines: [String!] }
"A course."
type Course @model(table: "courses", maxRows: 5) @timestamps @softDelete @searchable(fields: ["title"])
  @access(roles: ["user"], ops: [READ], when: "teacher.id == auth.uid || members.exists(m, m.userId == auth.uid)")
  @unique(fields: ["title", "code"], where: "code > 3") @index(fields: ["code desc"]) @check(expr: "code > 0")
  @webhook(on: [CREATE], url: "https://a.b", fields: ["title"]) @cache(ttl: "30s") @rateLimit(per: "1m", max: 3) {
  id: ID! @id
  title: String! @length(min: 1) @pattern(regex: "^a", flags: "i") @default(value: "x")
  code: Int @range(min: 0, max: 1e3) @readable(roles: ["admin"], when: "code == 1", mask: OMIT)
  address: Address @default(value: {street: "s", lines: ["a"]})
  shown: String @computed(expr: "title + 'x'")
  teacher: User! @relation(onDelete: CASCADE)
  members: [Member!] @hasMany(by: "course")
  tags: [Tag!] @manyToMany
}
type User @model @access(ops: [ALL]) { id: ID! @id email: Email @unique courses: [Course!] }
type Member @model @access(ops: [ALL]) { userId: ID! @id courseId: ID! @id user: User! @relation(fields: ["userId"]) course: Course! @relation(fields: ["courseId"]) }
type Tag @model @access(ops: [ALL]) { id: Int! @id label: String courses: [Course!] @manyToMany }
extend type Query { titles(a: Int = 1): [String!] @visible(to: ["user"]) @query(sql: {sqlite: "select title from courses where code = :a"}) }
extend schema @cron(schedule: "0 3 * * *", fn: "f")
"#;

/// Parses and checks that every finding stands inside the text, at character boundaries.
fn survives(text: &str) {
    let parsed = parse(&[Source { name: "schema.graphql".to_owned(), text: text.to_owned() }]);
    for finding in &parsed.diagnostics {
        let place = |offset: u32| usize::try_from(offset).unwrap_or(usize::MAX);
        assert!(text.get(place(finding.span.start)..place(finding.span.end)).is_some(), "{finding:?} in {text}");
        assert!(!finding.message.is_empty() && !finding.code.is_empty());
    }
    let refused = parsed.diagnostics.iter().any(|finding| finding.severity == backstay_schema::Severity::Error);
    assert_eq!(parsed.schema.is_none(), refused, "{text}");
}

#[test]
fn the_sound_schema_is_sound() {
    let parsed = parse(&[Source { name: "schema.graphql".to_owned(), text: SOUND.to_owned() }]);
    assert!(parsed.schema.is_some(), "{:#?}", parsed.diagnostics);
}

#[test]
fn extremes() {
    let deep = |open: &str, close: &str, times: usize| format!("{}{}", open.repeat(times), close.repeat(times));
    for text in [
        format!("type A @model {{ a: {} }}", deep("[", "]", 100_000)),
        format!("type A @model @default(value: {}) {{ a: Int }}", deep("[", "]", 100_000)),
        format!("type A @model {{ a: JSON @default(value: {}) }}", deep("{a: ", "}", 50_000)),
        format!("type A @model {{ a: JSON @default(value: {}) }}", deep("[", "]", 60)),
        deep("{", "}", 100_000),
        deep("type A {", "}", 10_000),
        format!("type {} @model {{ a: Int }}", "A".repeat(1_000_000)),
        format!("type A @model @{} {{ a: Int }}", "a".repeat(1_000_000)),
        format!("type A @model {{ a: String @default(value: \"{}\") }}", "x".repeat(1_000_000)),
        format!("type A @model {{ a: Int @default(value: {}) }}", "9".repeat(100_000)),
        format!("type A @model {{ a: Float @default(value: 1e{}) }}", "9".repeat(1_000)),
        format!("type A @model @access(ops: [ALL], when: \"{}\") {{ a: Int }}", "(".repeat(3_000)),
        format!("type A @model {{ a: String @pattern(regex: \"{}\") }}", "(a*)*".repeat(2_000)),
        format!("type A @model {{ a: String @pattern(regex: \"{}\") }}", "(".repeat(5_000)),
        format!("type A @model {{ a: JSON @schema(json: \"{}\") }}", "[".repeat(100_000)),
        format!("\"\"\"{}", "x".repeat(100_000)),
        "\u{feff}type A @model { a: Int }".to_owned(),
        "type A @model { a: Int } # é\u{0}\u{1f}".to_owned(),
        "type A @model { a: Int\r\r\n\u{2028}\u{b} \u{c} b: \"x\n }".to_owned(),
        "type Ä @model { ä: Int @ä(ä: \"ä\") }".to_owned(),
        "\"é\" type A @model(table: \"é\\u00e9\\uD83D\") @access(ops: [ALL], when: \"é\") { a: Int }".to_owned(),
        directives_sdl().to_owned(),
        format!("{SOUND}\n{}", directives_sdl()),
    ] {
        survives(&text);
    }
    let models: String =
        (0..300).map(|n| format!("type M{n} @model @access(ops: [ALL]) {{ a: M{} }}\n", (n + 1) % 300)).collect();
    survives(&models);
    let junction: String =
        (0..300).map(|n| format!("k{n}: Int! @id r{n}: A! @relation(fields: [\"k{n}\"])\n")).collect();
    survives(&format!(
        "type A @model @access(ops: [ALL]) {{ id: Int! @id }} type J @model @access(ops: [ALL]) {{ {junction} }}"
    ));
    let types: String = (0..11_000).map(|n| format!("enum E{n} {{ a }}\n")).collect();
    survives(&types);
}

#[test]
fn no_sources() {
    assert_eq!(parse(&[]).diagnostics.len(), 1);
    let empty = Source { name: "a".to_owned(), text: String::new() };
    assert!(parse(&[empty.clone(), empty]).schema.is_some());
}

/// A change to the sound schema: a range is cut out and something is put there.
fn mangled() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "",
        "{",
        "}",
        "(",
        ")",
        "[",
        "]",
        ":",
        "!",
        "\"",
        "\"\"\"",
        "@",
        "$",
        "&",
        "|",
        "...",
        "é",
        "\u{0}",
        "null",
        "@id",
        "@relation",
        "@model",
        "type",
        "input",
        "extend",
        "enum",
        "Course",
        "[Course!]",
        "User",
        "0",
        "-1",
        "1e999",
        "99999999999999999999",
        "\"\\u\"",
        "\"\\uD800\"",
        "fields: [\"x\"]",
        "when: \"\"",
        "@hasOne",
        "#",
        "\n",
        " ",
    ]);
    let cuts = prop::collection::vec((0..SOUND.len(), 0..12_usize, pieces), 1..6);
    cuts.prop_map(|cuts| {
        let mut text = SOUND.to_owned();
        for (at, length, piece) in cuts {
            let start = floor(&text, at);
            let end = floor(&text, at.saturating_add(length)).max(start);
            text.replace_range(start..end, piece);
        }
        text
    })
}

fn floor(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// Words of the language in any order.
fn word_salad() -> impl Strategy<Value = String> {
    let words: Vec<String> = SOUND.split_whitespace().map(str::to_owned).collect();
    prop::collection::vec(prop::sample::select(words), 0..60).prop_map(|words| words.join(" "))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn mangled_schemas_survive(text in mangled()) {
        survives(&text);
    }

    #[test]
    fn word_salad_survives(text in word_salad()) {
        survives(&text);
    }

    #[test]
    fn any_text_survives(text in "\\PC{0,200}") {
        survives(&text);
    }
}
