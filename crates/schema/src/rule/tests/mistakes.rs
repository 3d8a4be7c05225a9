//! Rules that are wrong: code, underlined text, message and help.

use super::*;

#[test]
fn every_row() {
    for (kind, source, expected) in [READS_1, READS_2, READS_3, READS_4, READS_5, ROWS, COMPUTED, CHECKS].concat() {
        check_rule(kind, source, expected);
    }
}

/// What is said to words that other languages have, and to functions called in another way than theirs.
#[test]
fn help_for_what_other_languages_say() {
    for (source, help) in [
        ("title.toUpperCase() == 'X'", "write x.upperAscii()"),
        ("title.toLower() == 'x'", "write x.lowerAscii()"),
        ("title.length() > 1", "write size(x)"),
        ("title.includes('x')", "write x.contains('…'), or `'…' in list`"),
        ("any(tags)", "write list.exists(x, …)"),
        ("every(tags)", "write list.all(x, …)"),
        ("existsOne(tags)", "write list.exists_one(x, …)"),
        ("min(points, 3) > 1", "write math.least(a, b)"),
        ("max(points, 3) > 1", "write math.greatest(a, b)"),
        ("trim(title) == 'x'", "write text.trim()"),
        ("size() > 1", "write size(x)"),
        ("timestamp() < now", "write timestamp(\"2024-12-31T00:00:00Z\")"),
        ("duration() < now - createdAt", "write duration(\"24h\")"),
        ("hasRole()", "write hasRole('name')"),
        ("isOwner(1)", "write isOwner()"),
        ("createdAt.getFullYear() > 2024", "compare with timestamp(\"…\") or a duration"),
        ("auth.signedIn", "did you mean `!auth.isAnon`?"),
        ("auth.email_verified", "did you mean `auth.verified`?"),
        ("auth.user_metadata == title", "did you mean `auth.claims.user_metadata`?"),
        ("title equals 'x'", "write `==`"),
    ] {
        let found = outcome(Kind::Read, source);
        assert!(found.ends_with(&format!(" | {help}")), "{source}: {found}");
    }
}

const READS_1: &[(&str, &str, &str)] = &[
    (
        "read",
        "status == 'publishd'",
        "rule-literal <'publishd'> `Status` has no value 'publishd' | did you mean 'published'?",
    ),
    (
        "read",
        "auth.claims.a == auth.claims.b",
        "rule-dynamic <auth.claims.a == auth.claims.b> the types of both sides are known only at run time | compare with a field or a constant, so that one side has a type",
    ),
    ("read", "has(note)", "rule-syntax <note> has() takes a path, such as has(auth.claims.org)"),
    (
        "read",
        "owner_id == auth.uid",
        "rule-unknown-name <owner_id> `Task` has no field `owner_id` | did you mean `ownerId`?",
    ),
    ("read", "user.id == ownerId", "rule-unknown-name <user> `Task` has no field `user` | the caller is `auth.uid`"),
    ("read", "auth.id == ownerId", "rule-unknown-name <auth.id> `auth` has no `id` | did you mean `auth.uid`?"),
    ("read", "title = 'x'", "rule-syntax <=> `=` is not an operator of the rule language | write `==`"),
    (
        "read",
        "title == 'é' && titel == 'ü'",
        "rule-unknown-name <titel> `Task` has no field `titel` | did you mean `title`?",
    ),
    ("read", "title == 'x", "rule-syntax <'x> this text has no closing quote | end it with '"),
    ("read", "a and b", "rule-syntax <and> `and` is not an operator of the rule language | write `&&`"),
    ("read", "done and hidden", "rule-syntax <and> `and` is not an operator of the rule language | write `&&`"),
    ("read", "done && ", "rule-syntax <&&> a value is missing after `&&`"),
    (
        "read",
        "points + 1 > 2.5",
        "rule-type <points + 1 > 2.5> `>` has an integer and a Float, and there are no implicit casts",
    ),
    ("read", "1 / 0 == 1", "rule-constant <1 / 0> this has no value: it overflows or divides by zero"),
    (
        "read",
        "project.members == null",
        "rule-type <project.members == null> `project.members` is a relation and never null | write `size(project.members) == 0`",
    ),
    (
        "read",
        "project == auth.uid",
        "rule-type <project> `project` is a row, not a value | name one of its fields, such as `project.id`",
    ),
    ("read", "members.userId == auth.uid", "rule-unknown-name <members> `Task` has no field `members`"),
    (
        "read",
        "project.members.userId == auth.uid",
        "rule-type <project.members.userId> `project.members` has many rows, so `.userId` is not one value | write `project.members.exists(x, x.userId == …)`",
    ),
    (
        "read",
        "new.status == 'draft'",
        "rule-scope <new> `new` has a meaning only in `check` and in hooks | in `when`, a bare name is a field of the existing row",
    ),
    (
        "read",
        "address.cty == 'Rome'",
        "rule-unknown-name <address.cty> `Address` has no field `cty` | did you mean `city`?",
    ),
    (
        "read",
        "tags[0] == 'x'",
        "rule-unsupported <tags[0]> `[…]` takes a constant key of a claim or JSON field | search a list with `x in list` or `list.exists(x, …)`",
    ),
    (
        "read",
        "tags == ['a']",
        "rule-type <tags == ['a']> `==` compares single values, not lists | search a list with `x in list` or `list.exists(x, …)`",
    ),
    ("read", "title.matches('(')", "rule-literal <'('> not a regular expression: unclosed group"),
    ("read", "title.matches(note)", "rule-unsupported <note> the pattern of matches() must be a constant text"),
    (
        "read",
        "title.lower() == 'x'",
        "rule-unsupported <title.lower()> `lower` is not a function of the rule language | write x.lowerAscii()",
    ),
    (
        "read",
        "now() > createdAt",
        "rule-unsupported <now()> `now` is not a function of the rule language | `now` is written without brackets",
    ),
    (
        "read",
        "math.least(points, 3) > math.greatest(price, 2)",
        "rule-type <math.least(points, 3) > math.greatest(price, 2)> `>` has an integer and a Float, and there are no implicit casts",
    ),
    (
        "read",
        "(done && hidden) == null",
        "rule-type <done && hidden) == null> a condition is never null | leave the comparison with null out",
    ),
    (
        "read",
        "status < 'x'",
        "rule-literal <'x'> `Status` has no value 'x' | its values are draft, published, archived",
    ),
    ("read", "score > 1", "rule-unsupported <score> `score` is computed by a function, which a rule cannot call"),
    (
        "read",
        "tags.map(t, t + 'x') == tags",
        "rule-unsupported <tags.map(t, t + 'x')> map() and filter() are not part of the rule language | use exists(), all() or exists_one() with the whole condition",
    ),
    ("read", "{'a': 1}.a == 1", "rule-unsupported <{> maps and messages (`{…}`) are not part of the rule language"),
    (
        "read",
        "title == b'x'",
        "rule-unsupported <b'x'> byte strings are not part of the rule language | leave the `b` out for text",
    ),
    (
        "read",
        "points == 1u",
        "rule-unsupported <1u> unsigned numbers are not part of the rule language | leave the `u` out",
    ),
    ("read", "title", "rule-type <title> a rule needs a condition, and this is a String | compare it with something"),
    ("read", "!title", "rule-type <title> `!` needs a condition, and this is a String | compare it with something"),
    (
        "read",
        "tags.contains('x')",
        "rule-type <tags.contains('x'> `tags` is a list, and contains() looks inside text | write `'x' in tags`",
    ),
    (
        "read",
        "auth.roles.contains('x')",
        "rule-type <auth.roles.contains('x'> `auth.roles` is a list, and contains() looks inside text | write `'x' in auth.roles`",
    ),
    (
        "read",
        "points == 9223372036854775808",
        "rule-syntax <9223372036854775808> `9223372036854775808` is outside the range of a 64-bit integer",
    ),
    (
        "read",
        r#"duration("7d") > now - createdAt"#,
        r#"rule-literal <"7d"> '7d' is not a duration | days are not a unit; write duration("168h")"#,
    ),
];

const READS_2: &[(&str, &str, &str)] = &[
    (
        "read",
        "auth.uid in project.members",
        "rule-type <auth.uid in project.members> `project.members` is a relation, not a list | write `project.members.exists(x, x.… == auth.uid)`",
    ),
    (
        "read",
        "points < null",
        "rule-never-true <points < null> an order comparison with null is never true | ask for null with `== null` or `!= null`",
    ),
    ("read", "x.y.z", "rule-unknown-name <x> `Task` has no field `x`"),
    (
        "read",
        "published",
        "rule-unknown-name <published> `Task` has no field `published` | a value of an enum is text: 'published'",
    ),
    ("read", ".title == 'x'", "rule-unknown-name <title> `Task` has no field `.title` | did you mean `title`?"),
    ("read", "title..x", "rule-syntax <.> `.` does not fit here"),
    ("read", r#"title == "a\q""#, r#"rule-syntax <"a\q"> `"a\q"` holds an escape that does not exist"#),
    ("read", "title == if", "rule-syntax <if> `if` is a reserved word and cannot be used as a name"),
    ("read", "points in [1, null]", "rule-never-true <null> `in` never finds null | add `|| x == null`"),
    ("read", "points in []", "rule-never-true <points in []> nothing is in an empty list"),
    (
        "read",
        "existsx(tags)",
        "rule-unsupported <existsx(tags)> `existsx` is not a function of the rule language | did you mean `exists`?",
    ),
    (
        "read",
        "tags.exists(t)",
        "rule-unsupported <tags.exists(t)> `exists` is not called like this | write list.exists(x, condition on x)",
    ),
    (
        "read",
        "tags.exists(auth, auth == 'x')",
        "rule-syntax <tags.exists(auth, auth == 'x')> `auth` cannot name a macro's variable | choose another name",
    ),
    (
        "read",
        "(((((((((((((((((((((((((((((((((((((((((((((done)))))))))))))))))))))))))))))))))))))))))))))",
        "rule-too-deep <(> this rule nests too deep | at most 20 brackets or 40 operators nest; split the rule, or use `in [...]` for many values",
    ),
    ("read", "done &amp; hidden", "rule-syntax <&> `&` is not an operator of the rule language | write `&&`"),
    ("read", "done ; hidden", "rule-syntax <;> `;` is not an operator of the rule language | a rule is one expression"),
    (
        "read",
        "isowner()",
        "rule-unsupported <isowner()> `isowner` is not a function of the rule language | did you mean `isOwner`?",
    ),
    (
        "read",
        "title is null",
        "rule-syntax <is> `is` is not an operator of the rule language | write `x == null` or `x != null`",
    ),
    ("read", "not done", "rule-syntax <not> `not` is not an operator of the rule language | write `!`"),
    (
        "read",
        "day - day == 3",
        "rule-type <day - day> `-` has no meaning for a Date and a Date | arithmetic on times needs DateTime fields",
    ),
    (
        "read",
        "day == dueAt",
        "rule-type <day == dueAt> `==` has a Date and a DateTime, and there are no implicit casts | compare a DateTime with an instant, and a Date with a date such as '2024-12-31'",
    ),
    (
        "read",
        "dueAt > '2024-01-01'",
        r#"rule-type <dueAt > '2024-01-01'> `>` has a DateTime and a String, and there are no implicit casts | write an instant as timestamp("2024-12-31T00:00:00Z")"#,
    ),
    (
        "read",
        "points == '3'",
        "rule-type <points == '3'> `==` has an integer and a String, and there are no implicit casts | write the number without quotes, or the text with them",
    ),
    (
        "read",
        "done == 'true'",
        "rule-type <done == 'true'> `==` has a Boolean and a String, and there are no implicit casts | write true or false without quotes",
    ),
    ("read", "(done", "rule-syntax <(> `(` is never closed"),
    ("read", "done)", "rule-syntax <)> `)` closes nothing"),
    ("read", "[done", "rule-syntax <[> `[` is never closed"),
    ("read", "size(title]", "rule-syntax <]> `(` is closed by `]`"),
    ("read", "done ? hidden", "rule-syntax <?> a choice has three parts | write `condition ? a : b`"),
    ("read", "title ==", "rule-syntax <==> a value is missing after `==`"),
    ("read", "== title", "rule-syntax <==> a value is missing before `==`"),
    ("read", "title < < note", "rule-syntax <<> a value is missing before `<`"),
    ("read", "title, note", "rule-syntax <,> `,` does not fit here"),
    ("read", "title <> note", "rule-syntax <<>> `<>` is not an operator of the rule language | write `!=`"),
    ("read", "title === note", "rule-syntax <===> `===` is not an operator of the rule language | write `==`"),
    ("read", "done & hidden", "rule-syntax <&> `&` is not an operator of the rule language | write `&&`"),
    ("read", "done | hidden", "rule-syntax <|> `|` is not an operator of the rule language | write `||`"),
    (
        "read",
        "title like 'x'",
        "rule-syntax <like> `like` is not an operator of the rule language | write x.contains('…'), x.startsWith('…') or x.matches('…')",
    ),
    (
        "read",
        "points between 1 and 2",
        "rule-syntax <between> `between` is not an operator of the rule language | write `low <= x && x <= high`",
    ),
    ("read", "title == ‘x’", "rule-syntax <‘> `‘` has no meaning in a rule | use straight quotes: 'text'"),
];

const READS_3: &[(&str, &str, &str)] = &[
    (
        "read",
        "`title` == 'x'",
        "rule-syntax <`> ``` has no meaning in a rule | names are written without quotes, text as 'text'",
    ),
    ("read", "$title == 'x'", "rule-syntax <$> `$` has no meaning in a rule"),
    ("read", "title == 'x' OR done", "rule-syntax <OR> `OR` is not an operator of the rule language | write `||`"),
    ("read", "NOT done", "rule-syntax <NOT> `NOT` is not an operator of the rule language | write `!`"),
    ("read", "done == TRUE", "rule-unknown-name <TRUE> `Task` has no field `TRUE` | write `true`"),
    ("read", "title == NULL", "rule-unknown-name <NULL> `Task` has no field `NULL` | write `null`"),
    (
        "read",
        "done ? 'a' : 1",
        "rule-type <'a' : 1> `?` has a String and an integer, and there are no implicit casts | write the number without quotes, or the text with them",
    ),
    (
        "read",
        "done ? tags : tags",
        "rule-type <done ? tags : tags> `?` cannot choose between values that are a list (a String each)",
    ),
    (
        "read",
        "points ? done : hidden",
        "rule-type <points> `?` needs a condition, and this is an integer | compare it with something",
    ),
    ("read", "price % 2 == 0", "rule-type <price % 2> `%` has no meaning for a Float and a Float"),
    (
        "read",
        "price * points > 1",
        "rule-type <price * points> `*` has a Float and an integer, and there are no implicit casts",
    ),
    (
        "read",
        "title + points == 'x'",
        "rule-type <title + points> `+` has a String and an integer, and there are no implicit casts | write the number without quotes, or the text with them",
    ),
    (
        "read",
        "createdAt - 3 > now",
        "rule-type <createdAt - 3> `-` has a DateTime and an integer, and there are no implicit casts",
    ),
    ("read", "now < 5", "rule-type <now < 5> `<` has a DateTime and an integer, and there are no implicit casts"),
    (
        "read",
        "now - createdAt < '24h'",
        r#"rule-type <now - createdAt < '24h'> `<` has a duration and a String, and there are no implicit casts | write a duration as duration("24h")"#,
    ),
    (
        "read",
        r#"createdAt < duration("1h")"#,
        r#"rule-type <createdAt < duration("1h")> `<` has a DateTime and a duration, and there are no implicit casts | subtract first: `now - createdAt < duration("24h")`"#,
    ),
    (
        "read",
        r#"day + duration("1h") == day"#,
        r#"rule-type <day + duration("1h")> `+` has a Date and a duration, and there are no implicit casts"#,
    ),
    ("read", "day > start", "rule-type <day > start> `>` has a Date and a Time, and there are no implicit casts"),
    ("read", "start == '25:00'", "rule-literal <'25:00'> this text is not a Time | write it like '23:59:59'"),
    ("read", "day == '2024-13-01'", "rule-literal <'2024-13-01'> this text is not a Date | write it like '2024-12-31'"),
    (
        "read",
        "ref == 'nope'",
        "rule-literal <'nope'> this text is not a UUID | write it like '0b9e1a52-93f4-4c1b-8d5d-3c2f3a1b0c9d'",
    ),
    ("read", "status == role", "rule-type <status == role> `==` has a value of Status and a value of Role"),
    ("read", "done < hidden", "rule-type <done < hidden> a Boolean has no order, so `<` has no meaning"),
    ("read", "raw < raw", "rule-type <raw < raw> Bytes has no order, so `<` has no meaning"),
    (
        "read",
        "meta == meta",
        "rule-dynamic <meta == meta> the types of both sides are known only at run time | compare with a field or a constant, so that one side has a type",
    ),
    (
        "read",
        "title in note",
        "rule-type <note> `in` looks in a list, and this is a String | use x.contains(y) to look for a part of a text",
    ),
    (
        "read",
        r#"auth.claims.x < duration("1h")"#,
        "rule-type <auth.claims.x> a claim or JSON value cannot be a duration",
    ),
    (
        "read",
        "size(auth.claims.tags) > 1",
        "rule-dynamic <auth.claims.tags> the type of this is known only at run time, so it has no size | compare it with a field or a constant, or use `x in …`",
    ),
    (
        "read",
        "math.abs(auth.claims.n) > 1",
        "rule-type <auth.claims.n> math.abs needs numbers of one type, and this is a claim or JSON value",
    ),
    (
        "read",
        "auth.claims == null",
        "rule-type <auth.claims> `auth.claims` is not a value | name a fact of the session, such as `auth.uid` or `auth.claims.org`",
    ),
    (
        "read",
        "auth == null",
        "rule-type <auth> `auth` is not a value | name a fact of the session, such as `auth.uid` or `auth.claims.org`",
    ),
    ("read", "request.header == 'x'", "rule-unknown-name <request.header> `request` has no `header`"),
    (
        "read",
        "request == 'x'",
        "rule-type <request> `request` is not a value | name a fact of it: `request.ip`, `request.method` or `request.api`",
    ),
    (
        "read",
        "auth.foo == 'x'",
        "rule-unknown-name <auth.foo> `auth` has no `foo` | other claims of the token are `auth.claims.foo`",
    ),
    (
        "read",
        "auth.isAnonymous",
        "rule-unknown-name <auth.isAnonymous> `auth` has no `isAnonymous` | did you mean `auth.isAnon`?",
    ),
    (
        "read",
        "auth.uid()",
        "rule-unsupported <auth.uid()> `uid` is not a function of the rule language | write `auth.uid` without brackets",
    ),
    ("read", "now.year == 2024", "rule-type <now.year> `now` is a single value and has no `year`"),
    ("read", "title.length == 3", "rule-type <title.length> `title` is a single value and has no `length`"),
    ("read", "title.foo() == 'x'", "rule-unsupported <title.foo()> `foo` is not a function of the rule language"),
    ("read", "title.size == 3", "rule-type <title.size> `title` is a single value and has no `size`"),
];

const READS_4: &[(&str, &str, &str)] = &[
    (
        "read",
        "title.startsWith(3)",
        "rule-type <3> startsWith, endsWith and contains need text, and this is an integer",
    ),
    (
        "read",
        "points.startsWith('3')",
        "rule-type <points> startsWith, endsWith and contains need text, and this is an integer",
    ),
    (
        "read",
        "startsWith(title, 'a')",
        "rule-unsupported <startsWith(title, 'a')> `startsWith` is not called like this | write text.startsWith('…')",
    ),
    (
        "read",
        "title.startsWith('a', 'b')",
        "rule-unsupported <title.startsWith('a', 'b')> `startsWith` is not called like this | write text.startsWith('…')",
    ),
    ("read", "math.abs(title) > 1", "rule-type <title> math.abs needs numbers of one type, and this is a String"),
    ("read", "math.abs(1, 2) > 1", "rule-type <math.abs(1, 2)> math.abs takes one number"),
    ("read", "math.least(1) > 1", "rule-type <math.least(1)> math.least takes two numbers or more"),
    (
        "read",
        "math.floor(price) > 1",
        "rule-unsupported <math.floor(price)> `floor` is not a function of the rule language",
    ),
    (
        "read",
        "int(title) == 3",
        "rule-unsupported <int(title)> `int` is not a function of the rule language | there are no casts; compare values of one type",
    ),
    (
        "read",
        "hasRole(title)",
        "rule-unsupported <title> hasRole() takes a constant text | write `x in auth.roles` for a role that a field holds",
    ),
    ("read", "timestamp(title) > now", "rule-unsupported <title> timestamp() takes a constant text"),
    (
        "read",
        r#"timestamp("2024-01-01") > now"#,
        r#"rule-literal <"2024-01-01"> '2024-01-01' is not a timestamp | write it like timestamp("2024-12-31T23:59:59Z"), between the years 1 and 9999"#,
    ),
    (
        "read",
        r#"timestamp("0000-01-01T00:00:00Z") > now"#,
        r#"rule-literal <"0000-01-01T00:00:00Z"> '0000-01-01T00:00:00Z' is not a timestamp | write it like timestamp("2024-12-31T23:59:59Z"), between the years 1 and 9999"#,
    ),
    (
        "read",
        r#"duration("x") > now - createdAt"#,
        r#"rule-literal <"x"> 'x' is not a duration | write it like duration("168h"): h, m, s, ms and us are units"#,
    ),
    (
        "read",
        r#"timestamp("9999-12-31T23:59:59Z") + duration("1h") > now"#,
        r#"rule-constant <timestamp("9999-12-31T23:59:59Z") + duration("1h")> this has no value: it overflows or divides by zero"#,
    ),
    (
        "read",
        "-(-9223372036854775807 - 1) == 1",
        "rule-constant <-(-9223372036854775807 - 1> this has no value: it overflows or divides by zero",
    ),
    (
        "read",
        "9223372036854775807 + 1 == 1",
        "rule-constant <9223372036854775807 + 1> this has no value: it overflows or divides by zero",
    ),
    ("read", "1.5 / 0.0 > 1.0", "rule-constant <1.5 / 0.0> this has no value: it overflows or divides by zero"),
    ("read", "5 % 0 == 1", "rule-constant <5 % 0> this has no value: it overflows or divides by zero"),
    (
        "read",
        "math.abs(-9223372036854775807 - 1) == 1",
        "rule-constant <math.abs(-9223372036854775807 - 1)> this has no value: it overflows",
    ),
    ("read", "price == 9007199254740993", "rule-literal <9007199254740993> 9007199254740993 has no exact Float"),
    ("read", "1e400 > price", "rule-syntax <1e400> `1e400` is not a finite number"),
    (
        "read",
        "project.members.exists(m, m)",
        "rule-type <m> `m` is a row, not a value | name one of its fields, such as `m.id`",
    ),
    ("read", "project.members.exists(m, m.nme == 'x')", "rule-unknown-name <m.nme> `Member` has no field `nme`"),
    (
        "read",
        "project.members.exists(m, m == auth.uid)",
        "rule-type <m> `m` is a row, not a value | name one of its fields, such as `m.id`",
    ),
    (
        "read",
        "project.members.filter(m, m.level > 1).size() > 0",
        "rule-unsupported <project.members.filter(m, m.level > 1)> map() and filter() are not part of the rule language | use exists(), all() or exists_one() with the whole condition",
    ),
    (
        "read",
        "project.exists(p, p.public)",
        "rule-type <project> `project` is a row, not a value | name one of its fields, such as `project.id`",
    ),
    (
        "read",
        "title.exists(t, t == 'x')",
        "rule-type <title> a macro ranges over a relation or a list, and this is a String",
    ),
    (
        "read",
        "size(project) > 3",
        "rule-type <project> `project` is a row, not a value | name one of its fields, such as `project.id`",
    ),
    ("read", "size(points) > 3", "rule-type <points> size() needs text, a list or a relation, and this is an integer"),
    (
        "read",
        "size(meta) > 3",
        "rule-dynamic <meta> the type of this is known only at run time, so it has no size | compare it with a field or a constant, or use `x in …`",
    ),
    (
        "read",
        "scores.exists(s, s.startsWith('x'))",
        "rule-type <s> startsWith, endsWith and contains need text, and this is an integer",
    ),
    (
        "read",
        "scores.exists(s, s > 1.5)",
        "rule-type <s > 1.5> `>` has an integer and a Float, and there are no implicit casts",
    ),
    (
        "read",
        "[].exists(n, n == 1)",
        "rule-dynamic <[]> the type of these items is known only at run time | write `x in …` to look for a value",
    ),
    (
        "read",
        "[1, 'a'].exists(n, n == 1)",
        "rule-type <1, 'a'> a list has an integer and a String, and there are no implicit casts | write the number without quotes, or the text with them",
    ),
    (
        "read",
        "title in ['a', 1]",
        "rule-type <title in ['a', 1> `in` has a String and an integer, and there are no implicit casts | write the number without quotes, or the text with them",
    ),
    (
        "read",
        "points in [1, 2.5]",
        "rule-type <points in [1, 2.5> `in` has an integer and a Float, and there are no implicit casts",
    ),
    (
        "read",
        "status in ['draft', 'publised']",
        "rule-literal <'publised'> `Status` has no value 'publised' | did you mean 'published'?",
    ),
    ("read", "null in tags", "rule-type <null> `in` looks for a single value, and this is null"),
    ("read", "tags in tags", "rule-type <tags> `in` looks for a single value, and this is a list (a String each)"),
];

const READS_5: &[(&str, &str, &str)] = &[
    ("read", "done : hidden", "rule-syntax <:> a choice has three parts | write `condition ? a : b`"),
    ("read", "", "rule-syntax <> this rule is empty | leave the argument out for a rule that always holds"),
    ("read", "   ", "rule-syntax <   > this rule is empty | leave the argument out for a rule that always holds"),
    ("read", "done.x", "rule-type <done.x> `done` is a single value and has no `x`"),
];

const ROWS: &[(&str, &str, &str)] = &[
    (
        "row",
        "ownerId == auth.uid",
        "rule-scope <auth> `auth` cannot be used here: only this row's fields can | rules about the caller or the time belong in @access",
    ),
    (
        "row",
        "project.ownerId == 'x'",
        "rule-scope <project> `project` is another row; only this row's fields can be used here | rules over relations belong in @access",
    ),
    (
        "row",
        "now > createdAt",
        "rule-scope <now> `now` cannot be used here: only this row's fields can | rules about the caller or the time belong in @access",
    ),
    (
        "row",
        "hasRole('admin')",
        "rule-scope <hasRole('admin')> hasRole() cannot be used here: only this row's fields can",
    ),
    ("row", "isOwner()", "rule-scope <isOwner()> isOwner() cannot be used here: only this row's fields can"),
    ("row", "shout == 'x'", "rule-scope <shout> `shout` is computed; only stored fields can be used here"),
    (
        "row",
        "request.ip == 'x'",
        "rule-scope <request> `request` cannot be used here: only this row's fields can | rules about the caller or the time belong in @access",
    ),
    (
        "row",
        "new.title == 'x'",
        "rule-scope <new> `new` has a meaning only in `check` and in hooks | in `when`, a bare name is a field of the existing row",
    ),
    (
        "filter",
        "tags.exists(t, t == 'x')",
        "rule-scope <tags.exists(t, t == 'x')> macros cannot be used in the condition of an index",
    ),
    (
        "filter",
        "auth.uid == ownerId",
        "rule-scope <auth> `auth` cannot be used here: only this row's fields can | rules about the caller or the time belong in @access",
    ),
    (
        "filter",
        "'x' in tags",
        "rule-scope <'x' in tags> the condition of an index cannot look into a list field | compare with constants: `x in ['a', 'b']`",
    ),
];

const COMPUTED: &[(&str, &str, &str)] = &[
    (
        "Float",
        "points",
        "rule-type <points> this is an integer, and the field is a Float | there are no implicit casts",
    ),
    (
        "Decimal",
        "cost",
        "rule-unsupported <cost> an expression cannot compute a list, JSON, Decimal or Bytes value | use `fn` to compute it in a function, or another type",
    ),
    (
        "String",
        "points",
        "rule-type <points> this is an integer, and the field is a String | there are no implicit casts",
    ),
    ("Status", "'drft'", "rule-literal <'drft'> `Status` has no value 'drft' | did you mean 'draft'?"),
    (
        "Date",
        "createdAt",
        "rule-type <createdAt> this is a DateTime, and the field is a Date | there are no implicit casts",
    ),
    (
        "JSON",
        "meta",
        "rule-unsupported <meta> an expression cannot compute a list, JSON, Decimal or Bytes value | use `fn` to compute it in a function, or another type",
    ),
    (
        "[String]",
        "tags",
        "rule-unsupported <tags> an expression cannot compute a list, JSON, Decimal or Bytes value | use `fn` to compute it in a function, or another type",
    ),
    ("Int", "null", "rule-type <null> this is null, and the field is an integer | there are no implicit casts"),
    (
        "String",
        "project.name",
        "rule-scope <project> `project` is another row; only this row's fields can be used here | rules over relations belong in @access",
    ),
    ("String", "shout", "rule-scope <shout> `shout` is computed; only stored fields can be used here"),
    (
        "Int",
        "meta.count",
        "rule-dynamic <meta.count> the type of a JSON value is known only at run time | compute a condition on it, such as `meta.kind == 'x'`",
    ),
    (
        "String",
        "auth.uid",
        "rule-scope <auth> `auth` cannot be used here: only this row's fields can | rules about the caller or the time belong in @access",
    ),
];

const CHECKS: &[(&str, &str, &str)] = &[
    ("check", "new == null", "rule-type <new> `new` is a row, not a value | name one of its fields, such as `new.id`"),
    ("check", "old.x == 1", "rule-unknown-name <old.x> `Task` has no field `x`"),
    (
        "check",
        "this.title == 'x'",
        "rule-unknown-name <this> `Task` has no field `this` | a bare name is a field of this row, such as `ownerId`",
    ),
];

#[test]
fn several_mistakes_are_reported_at_once() {
    check_rule(
        "read",
        "titel == 'a' && (points == 'b' || nope)",
        "rule-unknown-name <titel> `Task` has no field `titel` | did you mean `title`?\n\
         rule-type <points == 'b'> `==` has an integer and a String, and there are no implicit casts \
         | write the number without quotes, or the text with them\n\
         rule-unknown-name <nope> `Task` has no field `nope` | did you mean `note`?",
    );
}

#[test]
fn long_and_deep_rules_are_refused_before_they_are_parsed() {
    let deep = |count: usize| format!("{}done{}", "(".repeat(count), ")".repeat(count));
    for source in [
        deep(500),
        format!("{}done", "!".repeat(3000)),
        format!("title{}", ".a".repeat(2000)),
        "1+".repeat(900) + "1 > 2",
    ] {
        assert!(outcome(Kind::Read, &source).starts_with("rule-too-deep"), "{source}");
    }
    assert!(outcome(Kind::Read, &format!("title == '{}'", "x".repeat(4096))).starts_with("rule-too-long"));
    let wide = vec!["done"; 500].join(" && ");
    assert!(outcome(Kind::Read, &wide).contains("done"));
}

/// The deepest rules that pass the scan, through the recursive parser and checker on a thread of 1 MiB.
#[test]
fn the_deepest_rules_fit_a_small_stack() {
    let nest = |open: &str, inner: &str, close: &str, count: usize| open.repeat(count) + inner + &close.repeat(count);
    let sources = [
        nest("(", "done", ")", 20),
        nest("(!", "done", ")", 12),
        nest("tags.exists(t, ", "done", ")", 9),
        nest("(points + ", "1", ")", 12) + " > 2",
        vec!["points"; 38].join(" + ") + " > 2",
        nest("(done ? ", "hidden", " : done)", 10),
    ];
    let run = move || {
        for source in sources {
            let result = outcome(Kind::Read, &source);
            assert!(!result.starts_with("rule-too-deep"), "{source}: {result}");
        }
    };
    std::thread::Builder::new().stack_size(1 << 20).spawn(run).unwrap().join().unwrap();
}
