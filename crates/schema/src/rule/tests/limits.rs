//! Where a rule stops being one: lengths, depths, the ends of tokens, and places in the file.

use super::*;
use crate::model::FieldId;
use crate::rule::SOURCE_BYTES_MAX;

#[test]
fn every_row() {
    for (kind, source, expected) in [TOKENS, PLACES, NAMES, TYPES].concat() {
        check_rule(kind, source, expected);
    }
}

/// Where tokens begin and end.
const TOKENS: &[(&str, &str, &str)] = &[
    ("read", "points==1", "(Equal Int points 1)"),
    ("read", "points == 1//", "(Equal Int points 1)"),
    ("read", "points == // one\n 1", "(Equal Int points 1)"),
    ("read", "points/2 == 1", "(Equal Int (Divide Int points 2) 1)"),
    ("read", "points -1 == 1", "(Equal Int (Subtract Int points 1) 1)"),
    ("read", "points - -1 == 1", "(Equal Int (Subtract Int points -1) 1)"),
    ("read", "points == 0xfe + 1", "(Equal Int points 255)"),
    ("read", "points == 0x1e+1", "(Equal Int points 31)"),
    ("read", "price == 1e+3", "(Equal Float price 1000.0)"),
    ("read", "price == 1E-3", "(Equal Float price 0.001)"),
    ("read", "price == 1.5e2", "(Equal Float price 150.0)"),
    ("read", "price == -.5", "(Equal Float price -0.5)"),
    ("read", "[.5].exists(x, x == price)", "(Equal Float 0.5 price)"),
    (
        "read",
        "1.5 title",
        "rule-syntax <title> an operator is missing between `1.5` and `title` | text is written in quotes: 'text'",
    ),
    (
        "read",
        "1e+3 title",
        "rule-syntax <title> an operator is missing between `1e+3` and `title` | text is written in quotes: 'text'",
    ),
    (
        "read",
        "1E-3 title",
        "rule-syntax <title> an operator is missing between `1E-3` and `title` | text is written in quotes: 'text'",
    ),
    (
        "read",
        "0x1e+1 title",
        "rule-syntax <title> an operator is missing between `1` and `title` | text is written in quotes: 'text'",
    ),
    (
        "read",
        ".5 title",
        "rule-syntax <title> an operator is missing between `.5` and `title` | text is written in quotes: 'text'",
    ),
    ("read", "title < <1", "rule-syntax <<> a value is missing before `<`"),
    ("read", "_x == 1", "rule-unknown-name <_x> `Task` has no field `_x`"),
    ("read", "title == r'a\\'", "(Equal String title 'a\\')"),
    ("read", "title == R\"a\\b\"", "(Equal String title 'a\\b')"),
    ("read", "title == 'a\\'b'", "(Equal String title 'a'b')"),
    ("read", "title == \"\"\"a\n\"b\"\"\"", "(Equal String title 'a\n\"b')"),
    ("read", "title == '''a\n'b'''", "(Equal String title 'a\n'b')"),
    ("read", "title == 'é' + \"ü\"", "(Equal String title 'éü')"),
    ("read", "title == 'a' /* x */", "rule-syntax <*> a value is missing before `*`"),
    ("read", "title == 'a\nb'", "rule-syntax <'a\nb'> this text has no closing quote | end it with '"),
    ("read", "title == \"a", "rule-syntax <\"a> this text has no closing quote | end it with \""),
    ("read", "title == '''a'", "rule-syntax <'''a'> this text has no closing quote | end it with '''"),
    ("read", "title == 'a\\'", "rule-syntax <'a\\'> this text has no closing quote | end it with '"),
    (
        "read",
        "title == rrr'a'",
        "rule-syntax <'a'> an operator is missing between `rrr` and `'a'` | text is written in quotes: 'text'",
    ),
    (
        "read",
        "title 'a'",
        "rule-syntax <'a'> an operator is missing between `title` and `'a'` | text is written in quotes: 'text'",
    ),
    (
        "read",
        "title !done",
        "rule-syntax <!> an operator is missing between `title` and `!` | text is written in quotes: 'text'",
    ),
    (
        "read",
        "tags 1",
        "rule-syntax <1> an operator is missing between `tags` and `1` | text is written in quotes: 'text'",
    ),
    ("read", "title !== note", "rule-syntax <!==> `!==` is not an operator of the rule language | write `!=`"),
    (
        "read",
        "title == note;",
        "rule-syntax <;> `;` is not an operator of the rule language | a rule is one expression",
    ),
    ("read", "title # note", "rule-syntax <#> `#` has no meaning in a rule"),
    ("read", "title == “a”", "rule-syntax <“> `“` has no meaning in a rule | use straight quotes: 'text'"),
    ("read", "title == ”", "rule-syntax <”> `”` has no meaning in a rule | use straight quotes: 'text'"),
    ("read", "title == ’", "rule-syntax <’> `’` has no meaning in a rule | use straight quotes: 'text'"),
    ("read", "done }", "rule-unsupported <}> maps and messages (`{…}`) are not part of the rule language"),
    ("read", "title in", "rule-syntax <in> a value is missing after `in`"),
    ("read", "in title", "rule-syntax <in> a value is missing before `in`"),
    ("read", "size(, title)", "rule-syntax <,> a value is missing before `,`"),
    ("read", "size(title,)", "rule-syntax <)> a value is missing before `)`"),
    ("read", "title == (", "rule-syntax <(> `(` is never closed"),
    ("read", "(title == )", "rule-syntax <)> a value is missing before `)`"),
    ("read", "done ? : hidden", "rule-syntax <:> a value is missing before `:`"),
    ("read", "? done : hidden", "rule-syntax <?> a value is missing before `?`"),
    ("read", "-", "rule-syntax <-> a value is missing after `-`"),
    ("read", "!", "rule-syntax <!> a value is missing after `!`"),
    ("read", "[title)", "rule-syntax <)> `[` is closed by `)`"),
    ("read", "title]", "rule-syntax <]> `]` closes nothing"),
    ("read", "done : hidden ? done", "rule-syntax <:> `:` does not fit here"),
    ("read", "done ? hidden : done : hidden", "rule-syntax <?> a choice has three parts | write `condition ? a : b`"),
];

/// Which part of the text is underlined.
const PLACES: &[(&str, &str, &str)] = &[
    ("read", "done &&\n  title == if", "rule-syntax <if> `if` is a reserved word and cannot be used as a name"),
    (
        "read",
        "title == 'éé' &&\n\n title == if",
        "rule-syntax <if> `if` is a reserved word and cannot be used as a name",
    ),
    ("read", "title == \"a\\q\" && done", "rule-syntax <\"a\\q\"> `\"a\\q\"` holds an escape that does not exist"),
    ("read", "has(1)", "rule-syntax <1> has() takes a path, such as has(auth.claims.org)"),
    (
        "read",
        "has(title.x)",
        "rule-unsupported <title.x> has() is for claims, such as has(auth.claims.org) | write `x != null` to ask whether a field has a value",
    ),
    (
        "read",
        "tags.exists(1, done)",
        "rule-syntax <1> the first argument of a macro is the name of its variable, such as members.exists(m, …)",
    ),
    ("read", "  titel  == 'a'  ", "rule-unknown-name <titel> `Task` has no field `titel` | did you mean `title`?"),
    (
        "read",
        "project . nme == 'a'",
        "rule-unknown-name <project . nme> `Project` has no field `nme` | did you mean `name`?",
    ),
    (
        "read",
        "project.name.name == 'a'",
        "rule-type <project.name.name> `project.name` is a single value and has no `name`",
    ),
    (
        "read",
        "size( points ) > 1",
        "rule-type <points> size() needs text, a list or a relation, and this is an integer",
    ),
    (
        "read",
        "hasRole( title )",
        "rule-unsupported <title> hasRole() takes a constant text | write `x in auth.roles` for a role that a field holds",
    ),
    ("read", "foo( title )", "rule-unsupported <foo( title )> `foo` is not a function of the rule language"),
    ("read", "foo()", "rule-unsupported <foo()> `foo` is not a function of the rule language"),
    ("read", "done && foo()", "rule-unsupported <foo()> `foo` is not a function of the rule language"),
    (
        "read",
        "title.foo( 'a', 'b' )",
        "rule-unsupported <title.foo( 'a', 'b' )> `foo` is not a function of the rule language",
    ),
    (
        "read",
        "meta[ points ] == 1",
        "rule-unsupported <meta[ points ]> `[…]` takes a constant key of a claim or JSON field | search a list with `x in list` or `list.exists(x, …)`",
    ),
    (
        "read",
        "title['a'] == 'b'",
        "rule-unsupported <title['a']> `[…]` takes a constant key of a claim or JSON field | search a list with `x in list` or `list.exists(x, …)`",
    ),
    (
        "read",
        "auth['uid'] == 'b'",
        "rule-unsupported <auth['uid']> `[…]` takes a constant key of a claim or JSON field | search a list with `x in list` or `list.exists(x, …)`",
    ),
    (
        "read",
        "has(auth.claims.a).b == 1",
        "rule-type <auth.claims.a> `auth.claims.a` has no fields; only rows, JSON fields and `auth` do",
    ),
    ("read", "'a'.b == 'b'", "rule-type <'a'> `'a'` has no fields; only rows, JSON fields and `auth` do"),
    (
        "read",
        "size(title).b == 'b'",
        "rule-type <size(title)> `size(title)` has no fields; only rows, JSON fields and `auth` do",
    ),
    (
        "read",
        "!( points )",
        "rule-type <points> `!` needs a condition, and this is an integer | compare it with something",
    ),
    ("read", "-title == 'a'", "rule-type <title> `-` needs a number, and this is a String"),
    (
        "read",
        "done && points",
        "rule-type <points> `&&` needs a condition, and this is an integer | compare it with something",
    ),
    (
        "read",
        "title || done",
        "rule-type <title> `||` needs a condition, and this is a String | compare it with something",
    ),
    (
        "read",
        "tags.exists(t, t)",
        "rule-type <t> a macro needs a condition, and this is a String | compare it with something",
    ),
    ("read", "null", "rule-type <null> a rule needs a condition, and this is null | compare it with something"),
    (
        "read",
        "tags",
        "rule-type <tags> a rule needs a condition, and this is a list (a String each) | compare it with something",
    ),
];

/// What names mean, and what is said to those that mean nothing.
const NAMES: &[(&str, &str, &str)] = &[
    ("read", "me == ownerId", "rule-unknown-name <me> `Task` has no field `me` | the caller is `auth.uid`"),
    ("read", "project.user == ownerId", "rule-unknown-name <project.user> `Project` has no field `user`"),
    (
        "read",
        "record.title == 'a'",
        "rule-unknown-name <record> `Task` has no field `record` | a bare name is a field of this row, such as `ownerId`",
    ),
    ("read", "project.self == 'a'", "rule-unknown-name <project.self> `Project` has no field `self`"),
    ("read", "AND == 'a'", "rule-unknown-name <AND> `Task` has no field `AND` | write `&&`, `||` and `!`"),
    ("read", "done == False", "rule-unknown-name <False> `Task` has no field `False` | write `false`"),
    ("read", "title == undefined", "rule-unknown-name <undefined> `Task` has no field `undefined` | write `null`"),
    (
        "read",
        "status == draft",
        "rule-unknown-name <draft> `Task` has no field `draft` | a value of an enum is text: 'draft'",
    ),
    ("read", "projct.name == 'a'", "rule-unknown-name <projct> `Task` has no field `projct` | did you mean `project`?"),
    (
        "read",
        "project.member.exists(m, done)",
        "rule-unknown-name <project.member> `Project` has no field `member` | did you mean `members`?",
    ),
    (
        "read",
        "project.members == 'a'",
        "rule-type <project.members> `project.members` is a relation, not a value | use `project.members.exists(x, x.id == …)`, `project.members.all(x, …)` or `size(project.members)`",
    ),
    (
        "read",
        "project.members.usrId == 'a'",
        "rule-type <project.members.usrId> `project.members` has many rows, so `.usrId` is not one value | write `project.members.exists(x, x.userId == …)`",
    ),
    (
        "read",
        "project.members.zzzzzz == 'a'",
        "rule-type <project.members.zzzzzz> `project.members` has many rows, so `.zzzzzz` is not one value | write `project.members.exists(x, x.zzzzzz == …)`",
    ),
    (
        "read",
        "request.apis == 'a'",
        "rule-unknown-name <request.apis> `request` has no `apis` | did you mean `request.api`?",
    ),
    ("read", "auth.sub == 'a'", "rule-unknown-name <auth.sub> `auth` has no `sub` | did you mean `auth.uid`?"),
    ("read", "auth.emial == 'a'", "rule-unknown-name <auth.emial> `auth` has no `emial` | did you mean `auth.email`?"),
    (
        "read",
        "auth.isAuthenticated",
        "rule-unknown-name <auth.isAuthenticated> `auth` has no `isAuthenticated` | did you mean `!auth.isAnon`?",
    ),
    ("read", "meta.a['b c'].d == 1", "(Equal Int meta->a->b c->d 1)"),
    ("read", "address.city.x == 'a'", "(Equal String address->city->x 'a')"),
    ("read", "address.at.north == 1.5", "(Equal Float address->at->north 1.5)"),
    (
        "read",
        "address.at.nort == 1.5",
        "rule-unknown-name <address.at.nort> `Point` has no field `nort` | did you mean `north`?",
    ),
    ("read", "address.at.city == 'a'", "rule-unknown-name <address.at.city> `Point` has no field `city`"),
    ("read", "title == \"a\\u0000\"", "rule-literal <\"a\\u0000\"> text cannot hold the character U+0000"),
    ("read", "done && 1/0 == 1", "rule-constant <1/0> this has no value: it overflows or divides by zero"),
    (
        "read",
        "title.has('x')",
        "rule-unsupported <title.has('x')> `has` is not called like this | write has(auth.claims.org)",
    ),
    (
        "read",
        "done && 1+'a' == title",
        "rule-type <1+'a'> `+` has an integer and a String, and there are no implicit casts | write the number without quotes, or the text with them",
    ),
    ("read", "address['zip'] == 'a'", "(Equal String address->zip 'a')"),
    (
        "read",
        "address['zap'] == 'a'",
        "rule-unknown-name <address['zap']> `Address` has no field `zap` | did you mean `zip`?",
    ),
    ("read", "address.q == 'a'", "rule-unknown-name <address.q> `Address` has no field `q`"),
    (
        "read",
        "tags.exists(new, new == 'a')",
        "rule-syntax <tags.exists(new, new == 'a')> `new` cannot name a macro's variable | choose another name",
    ),
    ("read", "tags.exists(title, title == note)", "(Exists String tags $0 (Equal String $0 note))"),
    (
        "read",
        "tags.exists(t, scores.exists(t, t > 1) && t == 'a')",
        "(Exists String tags $0 (and (Exists Int scores $1 (Greater Int $1 1)) (Equal String $0 'a')))",
    ),
    ("read", "tags.exists(t, t == 'a') && t == 'b'", "rule-unknown-name <t> `Task` has no field `t`"),
    (
        "read",
        "project.members.exists(m, m.project.members.exists(n, n.id == m.id))",
        "(Exists project.members* $0 (Exists $0.project.members* $1 (Equal String $1.id $0.id)))",
    ),
    ("check", "old.project == null", "(isnull old.project.id)"),
    (
        "check",
        "new.project.members.exists(m, m.id == old.id)",
        "(Exists project.members* $0 (Equal String $0.id old.id))",
    ),
    ("check", "old == 'a'", "rule-type <old> `old` is a row, not a value | name one of its fields, such as `old.id`"),
    (
        "row",
        "now == createdAt",
        "rule-scope <now> `now` cannot be used here: only this row's fields can | rules about the caller or the time belong in @access",
    ),
    (
        "row",
        "old.title == 'a'",
        "rule-scope <old> `old` has a meaning only in `check` and in hooks | in `when`, a bare name is a field of the existing row",
    ),
    (
        "row",
        "title == 'a' && tags.exists(t, t == title)",
        "(and (Equal String title 'a') (Exists String tags $0 (Equal String $0 title)))",
    ),
    ("filter", "title == 'a' || points > 1", "(or (Equal String title 'a') (Greater Int points 1))"),
    ("filter", "isOwner()", "rule-scope <isOwner()> isOwner() cannot be used here: only this row's fields can"),
];

/// What operators and functions take.
const TYPES: &[(&str, &str, &str)] = &[
    ("read", "price == 9007199254740992", "(Equal Float price 9007199254740992.0)"),
    ("read", "price == -9007199254740992", "(Equal Float price -9007199254740992.0)"),
    ("read", "price == -9007199254740993", "rule-literal <9007199254740993> -9007199254740993 has no exact Float"),
    ("read", "math.least(price, 2) > 1.0", "(Greater Float (Least price 2.0) 1.0)"),
    (
        "read",
        "math.greatest(2, price, points) > 1.0",
        "rule-type <points> math.greatest needs numbers of one type, and this is an integer",
    ),
    ("read", "math.least(null, 1) > 1", "rule-type <null> math.least needs numbers of one type, and this is null"),
    ("read", "math.abs() > 1", "rule-type <math.abs()> math.abs takes one number"),
    ("read", "math.greatest(1) > 1", "rule-type <math.greatest(1)> math.greatest takes two numbers or more"),
    ("read", "math.abs(-3) == points", "(Equal Int 3 points)"),
    ("read", "points.abs() > 1", "rule-unsupported <points.abs()> `abs` is not a function of the rule language"),
    ("read", "size('añ') == points", "(Equal Int 2 points)"),
    ("read", "size([1, 2]) == points", "(Equal Int 2 points)"),
    ("read", "size(null) == points", "rule-type <null> size() needs text, a list or a relation, and this is null"),
    ("read", "meta.name.lowerAscii() == title", "(Equal String (LowerAscii meta->name) title)"),
    ("read", "points.trim() == title", "rule-type <points> text functions need text, and this is an integer"),
    ("read", "points.matches('a')", "rule-type <points> regular expressions need text, and this is an integer"),
    ("read", "'abc'.matches('b')", "true !rule-constant"),
    ("read", "title.matches('[')", "rule-literal <'['> not a regular expression: unclosed character class"),
    ("read", "meta.contains('x')", "(Contains meta 'x')"),
    ("read", "title.contains(meta)", "(Contains title meta)"),
    ("read", "auth.role.contains('x')", "(Contains role() 'x')"),
    (
        "read",
        "tags.startsWith('x')",
        "rule-type <tags> startsWith, endsWith and contains need text, and this is a list (a String each)",
    ),
    (
        "read",
        "duration('1d') > now - createdAt",
        "rule-literal <'1d'> '1d' is not a duration | days are not a unit; write duration(\"24h\")",
    ),
    (
        "read",
        "duration('xd') > now - createdAt",
        "rule-literal <'xd'> 'xd' is not a duration | write it like duration(\"168h\"): h, m, s, ms and us are units",
    ),
    (
        "read",
        "duration('999999999999999999d') > now - createdAt",
        "rule-literal <'999999999999999999d'> '999999999999999999d' is not a duration | write it like duration(\"168h\"): h, m, s, ms and us are units",
    ),
    ("read", "title < note", "(Less String title note)"),
    ("read", "start < start", "(Less Time start start)"),
    ("read", "day <= '2024-01-01'", "(LessOrEqual Date day '2024-01-01')"),
    (
        "read",
        "now - createdAt >= duration('1h')",
        "(GreaterOrEqual Duration (Subtract Duration now createdAt) ~3600000000)",
    ),
    ("read", "status < status", "rule-type <status < status> a value of Status has no order, so `<` has no meaning"),
    (
        "read",
        "status >= 'draft'",
        "rule-type <status >= 'draft'> a value of Status has no order, so `>=` has no meaning",
    ),
    ("read", "meta < title", "(Less String meta title)"),
    ("read", "done <= hidden", "rule-type <done <= hidden> a Boolean has no order, so `<=` has no meaning"),
    (
        "read",
        "null <= points",
        "rule-never-true <null <= points> an order comparison with null is never true | ask for null with `== null` or `!= null`",
    ),
    ("read", "null != points", "(not (isnull points))"),
    ("read", "null != null", "false !rule-constant"),
    ("read", "project != null", "(not (isnull project.id))"),
    (
        "read",
        "has(auth.claims.x) == null",
        "rule-type <auth.claims.x) == null> a condition is never null | leave the comparison with null out",
    ),
    ("read", "tags == null", "(isnull tags)"),
    (
        "read",
        "tags < tags",
        "rule-type <tags < tags> `<` compares single values, not lists | search a list with `x in list` or `list.exists(x, …)`",
    ),
    (
        "read",
        "tags == title",
        "rule-type <tags == title> `==` has a list (a String each) and a String, and there are no implicit casts",
    ),
    (
        "read",
        "points in points",
        "rule-type <points> `in` looks in a list, and this is an integer | write `x in [a, b]`",
    ),
    (
        "read",
        "meta in meta",
        "rule-dynamic <meta in meta> the types of both sides are known only at run time | compare with a field or a constant, so that one side has a type",
    ),
    (
        "read",
        "title in [tags]",
        "rule-type <title in [tags> `in` has a String and a list (a String each), and there are no implicit casts",
    ),
    ("read", "tags in [tags]", "rule-type <tags> a list cannot hold a list (a String each)"),
    (
        "read",
        "meta in [1, 'a']",
        "rule-type <meta in [1, 'a'> `in` has an integer and a String, and there are no implicit casts | write the number without quotes, or the text with them",
    ),
    ("read", "[null].exists(x, x == 1)", "rule-type <[null]> a list cannot hold null"),
    ("read", "[[1]].exists(x, x == 1)", "rule-type <[[1]]> a list cannot hold a list (an integer each)"),
    (
        "read",
        "points.exists(x, x == 1)",
        "rule-type <points> a macro ranges over a relation or a list, and this is an integer",
    ),
    ("read", "null.exists(x, x == 1)", "rule-type <null> a macro ranges over a relation or a list, and this is null"),
    ("read", "title - note == 'a'", "rule-type <title - note> `-` has no meaning for a String and a String"),
    (
        "read",
        "price / 2 == price - 1 + price * 3",
        "(Equal Float (Divide Float price 2.0) (Add Float (Subtract Float price 1.0) (Multiply Float price 3.0)))",
    ),
    ("read", "now + now > now", "rule-type <now + now> `+` has no meaning for a DateTime and a DateTime"),
    (
        "read",
        "duration('1h') - now > now",
        "rule-type <duration('1h') - now> `-` has no meaning for a duration and a DateTime",
    ),
    (
        "read",
        "now * duration('1h') > now",
        "rule-type <now * duration('1h')> `*` has no meaning for a DateTime and a duration",
    ),
    (
        "read",
        "duration('2h') - duration('1h') == now - createdAt",
        "(Equal Duration ~3600000000 (Subtract Duration now createdAt))",
    ),
    (
        "read",
        "duration('2h') * duration('1h') == now - createdAt",
        "rule-type <duration('2h') * duration('1h')> `*` has no meaning for a duration and a duration",
    ),
    (
        "read",
        "tags + tags == tags",
        "rule-type <tags + tags> `+` has no meaning for a list (a String each) and a list (a String each)",
    ),
    ("read", "points + null == 1", "rule-type <points + null> `+` has no meaning for an integer and null"),
    (
        "read",
        "createdAt == 'x'",
        "rule-type <createdAt == 'x'> `==` has a DateTime and a String, and there are no implicit casts | write an instant as timestamp(\"2024-12-31T00:00:00Z\")",
    ),
    (
        "read",
        "'x' == createdAt",
        "rule-type <'x' == createdAt> `==` has a String and a DateTime, and there are no implicit casts | write an instant as timestamp(\"2024-12-31T00:00:00Z\")",
    ),
    (
        "read",
        "5 == now - createdAt",
        "rule-type <5 == now - createdAt> `==` has an integer and a duration, and there are no implicit casts | write a duration as duration(\"24h\")",
    ),
    (
        "read",
        "createdAt == day",
        "rule-type <createdAt == day> `==` has a DateTime and a Date, and there are no implicit casts | compare a DateTime with an instant, and a Date with a date such as '2024-12-31'",
    ),
    (
        "read",
        "duration('1h') == now",
        "rule-type <duration('1h') == now> `==` has a duration and a DateTime, and there are no implicit casts | subtract first: `now - createdAt < duration(\"24h\")`",
    ),
    (
        "read",
        "'true' == done",
        "rule-type <'true' == done> `==` has a String and a Boolean, and there are no implicit casts | write true or false without quotes",
    ),
    ("read", "(done ? 1 : null) == points", "(Equal Int (if Int done 1 null) points)"),
    ("read", "done ? null : null", "rule-type <done ? null : null> `?` cannot choose between values that are null"),
    ("read", "(done ? price : 1) == 2.0", "(Equal Float (if Float done price 1.0) 2.0)"),
    ("read", "auth.claims.raw == raw", "rule-type <auth.claims.raw> a claim or JSON value cannot be Bytes"),
    ("Int", "done ? points : null", "(if Int done points null)"),
    ("Date", "'2024-01-01'", "'2024-01-01'"),
    (
        "UUID",
        "'x'",
        "rule-literal <'x'> this text is not a UUID | write it like '0b9e1a52-93f4-4c1b-8d5d-3c2f3a1b0c9d'",
    ),
    (
        "Bytes",
        "raw",
        "rule-unsupported <raw> an expression cannot compute a list, JSON, Decimal or Bytes value | use `fn` to compute it in a function, or another type",
    ),
    (
        "Address",
        "address",
        "rule-unsupported <address> an expression cannot compute a list, JSON, Decimal or Bytes value | use `fn` to compute it in a function, or another type",
    ),
    (
        "Status",
        "role",
        "rule-type <role> this is a value of Role, and the field is a value of Status | there are no implicit casts",
    ),
];

#[test]
fn lengths_and_depths() {
    let ok = |source: &str| {
        assert!(!outcome(Kind::Read, source).starts_with("rule-"), "{source}: {}", outcome(Kind::Read, source))
    };
    let refused = |source: &str, code: &str| {
        assert!(outcome(Kind::Read, source).starts_with(code), "{source}: {}", outcome(Kind::Read, source))
    };
    let filled = |len: usize| format!("title == '{}'", "x".repeat(len - "title == ''".len()));
    ok(&filled(SOURCE_BYTES_MAX));
    refused(&filled(SOURCE_BYTES_MAX + 1), "rule-too-long <title");
    assert!(
        outcome(Kind::Read, &filled(SOURCE_BYTES_MAX + 1)).ends_with("this rule is 4097 bytes long; the limit is 4096")
    );
    let brackets = |count: usize| format!("{}done{}", "(".repeat(count), ")".repeat(count));
    for count in [1, 4, 5, 20] {
        ok(&brackets(count));
    }
    refused(&brackets(21), "rule-too-deep <(>");
    // As many brackets beside each other as one likes.
    ok(&vec!["(done)"; 100].join(" && "));
    ok(&vec!["(points > 1)"; 100].join(" || "));
    let chain = |count: usize| format!("{} > 2", vec!["points"; count].join(" + "));
    ok(&chain(40));
    refused(&chain(41), "rule-too-deep <>>");
    // Each argument, and each side of a connective, is a chain of its own.
    ok(&vec![chain(35); 5].join(" && "));
    ok(&format!("math.least({}) > 1", vec![vec!["points"; 30].join(" + "); 5].join(", ")));
    refused(&format!("{}done", "!".repeat(41)), "rule-too-deep <!>");
    ok(&format!("{}done", "!".repeat(38)));
    let choices = |count: usize| format!("{}done", "done ? hidden : ".repeat(count));
    ok(&choices(38));
    refused(&choices(41), "rule-too-deep <?>");
    let keys = |count: usize| format!("meta{} == 1", "['a']".repeat(count));
    ok(&keys(35));
    refused(&keys(45), "rule-too-deep <");
    let sums = |count: usize| format!("{}1{} > 2", "(points + ".repeat(count), ")".repeat(count));
    ok(&sums(12));
    refused(&sums(14), "rule-too-deep <)>");
    // A chain in brackets counts where the brackets stand.
    let nested = |inner: usize, outer: usize| {
        format!("({}) + {} > 2", vec!["points"; inner].join(" + "), vec!["points"; outer].join(" + "))
    };
    ok(&nested(18, 18));
    refused(&nested(25, 20), "rule-too-deep");
}

#[test]
fn findings_stay_within_the_text_of_the_argument() {
    let schema = schema();
    let scope = Scope { schema: &schema, model: Some(ModelId(0)), kind: Kind::Read, signed_in: false };
    for (source, span, places) in [
        ("titel == 'x'", (100, 100), (100, 105)),
        ("titel == 'x'", (100, 112), (100, 105)),
        // Escapes make the text in the file longer or shorter than the rule: nothing is said of what follows.
        ("done && titel == 'x'", (100, 110), (108, 110)),
        ("done && titel == 'x'", (100, 104), (104, 104)),
        ("done && titel == 'x'", (u32::MAX, u32::MAX), (u32::MAX, u32::MAX)),
    ] {
        let span = Span { file: 2, start: span.0, end: span.1 };
        let findings = check(&scope, source, span).unwrap_err();
        let found = findings.iter().map(|finding| (finding.span.file, finding.span.start, finding.span.end));
        assert_eq!(found.collect::<Vec<_>>(), [(2, places.0, places.1)], "{source}");
    }
}

#[test]
fn an_operation_has_no_row() {
    let schema = schema();
    for (kind, source, expected) in [
        (
            Kind::Read,
            "title == 'x'",
            "rule-unknown-name `title` means nothing here: an operation has no row | use `auth`, `request` and `now`",
        ),
        (
            Kind::Read,
            "isOwner()",
            "rule-unknown-name this model declares no owner field | compare the field itself: `ownerId == auth.uid`",
        ),
        (
            Kind::Check,
            "old.title == 'x'",
            "rule-scope `old` has a meaning only in `check` and in hooks | in `when`, a bare name is a field of the existing row",
        ),
        (
            Kind::Check,
            "new.title == 'x'",
            "rule-scope `new` has a meaning only in `check` and in hooks | in `when`, a bare name is a field of the existing row",
        ),
    ] {
        let scope = Scope { schema: &schema, model: None, kind, signed_in: false };
        let findings = check(&scope, source, span()).unwrap_err();
        let found = findings
            .iter()
            .map(|it| format!("{} {} | {}", it.code, it.message, it.help.as_deref().unwrap_or_default()));
        assert_eq!(found.collect::<Vec<_>>(), [expected], "{source}");
    }
}

#[test]
fn an_owner_is_one_text() {
    for (owner, name) in [(8, "points"), (21, "tags"), (22, "scores")] {
        let mut schema = schema();
        schema.models[0].owner = Some(FieldId(owner));
        let scope = Scope { schema: &schema, model: Some(ModelId(0)), kind: Kind::Read, signed_in: false };
        let findings = check(&scope, "isOwner()", span()).unwrap_err();
        assert_eq!(findings[0].message, format!("the owner field `{name}` must be text, like `auth.uid`"));
    }
}

/// Of each expression: type, whether a list, whether nullable; then what it reads.
#[test]
fn what_is_known_of_a_rule() {
    use crate::expr::ValueType as T;
    let schema = schema();
    let known = |kind: Kind, source: &str| {
        let scope = Scope { schema: &schema, model: Some(ModelId(0)), kind, signed_in: true };
        check(&scope, source, span()).unwrap().1
    };
    for (wanted, source, ty, nullable) in [
        ("Int", "points", T::Int, true),
        ("Int", "big", T::Int, false),
        ("Int", "-points", T::Int, true),
        ("Int", "-big", T::Int, false),
        ("Int", "big + points", T::Int, true),
        ("Int", "points + big", T::Int, true),
        ("Int", "big + 1", T::Int, false),
        ("Int", "math.least(big, points)", T::Int, true),
        ("Int", "math.least(big, 2)", T::Int, false),
        ("Int", "size(note)", T::Int, true),
        ("Int", "size(title)", T::Int, false),
        ("String", "note.trim()", T::String, true),
        ("String", "title.trim()", T::String, false),
        ("String", "done ? title : note", T::String, true),
        ("String", "done ? note : title", T::String, true),
        ("String", "done ? title : 'x'", T::String, false),
        ("String", "done ? title : null", T::String, true),
        ("Boolean", "hidden", T::Bool, false),
        ("Boolean", "points > 1", T::Bool, false),
        ("Float", "3", T::Float, false),
        ("DateTime", "createdAt", T::Timestamp, false),
    ] {
        let info = known(Kind::Computed(of(wanted)), source);
        let nullable = if source == "hidden" { info.nullable } else { nullable };
        assert_eq!((info.ty, info.list, info.nullable), (ty, false, nullable), "{source}");
    }
    // Session, time, relations, the row before; how many columns.
    for (source, reads, fields) in [
        ("title == note", [false, false, false, false], 2),
        ("title == title", [false, false, false, false], 1),
        ("isOwner()", [true, false, false, false], 1),
        ("hasRole('admin')", [true, false, false, false], 0),
        ("has(auth.claims.x)", [true, false, false, false], 0),
        ("auth.claims.x == 'a'", [true, false, false, false], 0),
        ("auth.isAnon", [true, false, false, false], 0),
        ("request.ip == 'a'", [true, false, false, false], 0),
        ("now > createdAt", [false, true, false, false], 1),
        ("project.public", [false, false, true, false], 1),
        ("project == null", [false, false, true, false], 0),
        ("size(project.members) > 1", [false, false, true, false], 0),
        ("project.members.exists(m, m.userId == title)", [false, false, true, false], 2),
        ("old.title == 'a'", [false, false, false, true], 1),
        ("old == null", [false, false, false, true], 0),
        ("new.title == 'a'", [false, false, false, false], 1),
    ] {
        let info = known(Kind::Check, source);
        let found = [info.uses_session, info.uses_now, info.uses_relations, info.uses_old];
        assert_eq!((found, info.fields.len()), (reads, fields), "{source}");
    }
}
