//! Rules that are right, and what they become. A trailing `!code` is a warning.

use super::*;

#[test]
fn every_row() {
    for (kind, source, expected) in [READS_1, READS_2, READS_3, READS_4, CHECKS, ROWS, COMPUTED].concat() {
        check_rule(kind, source, expected);
    }
}

/// What is known at load is computed then.
#[test]
fn constants() {
    for (source, value) in [
        ("'abc'.startsWith('a')", true),
        ("'abc'.startsWith('b')", false),
        ("'abc'.endsWith('c')", true),
        ("'abc'.endsWith('b')", false),
        ("'abc'.contains('b')", true),
        ("'abc'.contains('d')", false),
        ("'ABC'.lowerAscii() == 'abc'", true),
        ("'abc'.upperAscii() == 'ABC'", true),
        ("math.abs(-1.5) == 1.5", true),
        ("math.greatest(1, 3, 2) == 3", true),
        ("math.least(2, 1, 3) == 1", true),
        ("1.5 + 2.0 == 3.5", true),
        ("3.5 - 1.5 == 2.0", true),
        ("1.5 * 3.0 == 4.5", true),
        ("3.0 / 2.0 == 1.5", true),
        ("1.5 < 2.5 && 2.5 <= 2.5", true),
        ("2.5 < 1.5", false),
        ("2 >= 3", false),
        ("3 <= 3", true),
        ("true == true", true),
        ("true != true", false),
        (r#"duration("1h") + timestamp("2024-01-01T00:00:00Z") == timestamp("2024-01-01T01:00:00Z")"#, true),
        (r#"timestamp("2024-01-01T01:00:00Z") - duration("1h") == timestamp("2024-01-01T00:00:00Z")"#, true),
        (r#"timestamp("2024-01-01T01:00:00Z") - timestamp("2024-01-01T00:00:00Z") == duration("1h")"#, true),
    ] {
        let found = outcome(Kind::Read, source);
        assert_eq!(found.split(' ').next(), Some(if value { "true" } else { "false" }), "{source}: {found}");
    }
}

const READS_1: &[(&str, &str, &str)] = &[
    ("read", "ownerId == auth.uid", "(Equal String ownerId uid)"),
    ("read", "isOwner()", "(Equal String ownerId uid)"),
    ("read", "project.ownerId == auth.uid && !auth.isAnon", "(and (Equal String project.ownerId uid) (not anon))"),
    (
        "read",
        "project.members.exists(m, m.userId == auth.uid)",
        "(Exists project.members* $0 (Equal String $0.userId uid))",
    ),
    ("read", "size(project.members) < 5", "(Less Int (count project.members*) 5)"),
    ("read", "'x' in tags", "(in String 'x' tags)"),
    ("read", "tags.exists(t, t == 'x')", "(Exists String tags $0 (Equal String $0 'x'))"),
    (
        "read",
        "tags.all(t, t.startsWith('a') || t == note)",
        "(All String tags $0 (or (StartsWith $0 'a') (Equal String $0 note)))",
    ),
    ("read", r#"now - createdAt < duration("24h")"#, "(Less Duration (Subtract Duration now createdAt) ~86400000000)"),
    ("read", r#"createdAt > timestamp("2024-01-01T00:00:00Z")"#, "(Greater Timestamp createdAt @1704067200000000)"),
    ("read", "day == '2024-01-01'", "(Equal Date day '2024-01-01')"),
    (
        "read",
        "ref == '0B9E1A52-93F4-4C1B-8D5D-3C2F3A1B0C9D'",
        "(Equal String ref '0b9e1a52-93f4-4c1b-8d5d-3c2f3a1b0c9d')",
    ),
    ("read", "status in ['draft', 'published']", "(in String status ['draft' 'published'])"),
    ("read", "auth.claims.org == title", "(Equal String claim(org) title)"),
    ("read", "auth.claims['https://x/y'].z == 3", "(Equal Int claim(https://x/y.z) 3)"),
    ("read", "has(auth.claims.org)", "hasclaim(org)"),
    ("read", "hasRole('admn')", "hasrole(admn) !rule-unknown-role"),
    ("read", "hasRole('admin') || done", "(or hasrole(admin) done)"),
    ("read", "auth.roles.exists(r, r == 'admin')", "(Exists String roles() $0 (Equal String $0 'admin'))"),
    ("read", "role in auth.roles", "(in String role roles())"),
    ("read", "!(ownerId == auth.uid)", "(not (Equal String ownerId uid)) !rule-anonymous-negation"),
    ("read", "ownerId != auth.uid", "(NotEqual String ownerId uid) !rule-anonymous-negation"),
    ("read", "price > 10", "(Greater Float price 10.0)"),
    ("read", "points / 0 == 1", "(Equal Int (Divide Int points 0) 1)"),
    ("read", "project == null", "(isnull project.id)"),
    ("read", "project.settings == null", "(isnull project.settings.id)"),
    ("read", "meta.a.b == 'x'", "(Equal String meta->a->b 'x')"),
    ("read", "address.city == 'Rome'", "(Equal String address->city 'Rome')"),
    ("read", "meta['k'] == 5", "(Equal Int meta->k 5)"),
    ("read", "title.matches('^[a-z]+$')", "(Matches title '^[a-z]+$')"),
    ("read", "math.abs(points) > 3", "(Greater Int (Abs points) 3)"),
    ("read", "math.least(points, 3, big) > 1", "(Greater Int (Least points 3 big) 1)"),
    ("read", "size(title) < 3 && title.size() > 1", "(and (Less Int (Size title) 3) (Greater Int (Size title) 1))"),
    ("read", "done ? hidden : points > 1", "(if Bool done hidden (Greater Int points 1))"),
    ("read", "(done ? 'a' : note) == title", "(Equal String (if String done 'a' note) title)"),
    ("read", "done == null", "(isnull done)"),
    ("read", "true", "true"),
    ("read", "1 == 1", "true !rule-constant"),
    ("read", "shout == 'x'", "(Equal String shout 'x')"),
    ("read", "auth.claims.beta", "(Equal Bool claim(beta) true)"),
];

const READS_2: &[(&str, &str, &str)] = &[
    ("read", "'a' + 'b' == 'ab'", "true !rule-constant"),
    ("read", "role == 'admin'", "(Equal String role 'admin')"),
    ("read", "auth.role == 'amin'", "(Equal String role() 'amin') !rule-unknown-role"),
    ("read", "request.api == 'rest'", "(Equal String api 'rest') !rule-never-true"),
    ("read", r#""x".contains(title)"#, "(Contains 'x' title)"),
    ("read", "-points < -3", "(Less Int (neg points) -3)"),
    ("read", "points == -9223372036854775808", "(Equal Int points -9223372036854775808)"),
    (
        "read",
        "project.members.exists(m, m.project.tasks.exists(t, t.id == id && t.title == m.userId))",
        "(Exists project.members* $0 (Exists $0.project.tasks* $1 (and (Equal String $1.id id) (Equal String $1.title $0.userId))))",
    ),
    ("read", "null == null", "true !rule-constant"),
    ("read", "points == null", "(isnull points)"),
    ("read", "title != null && note == null", "(and (not (isnull title)) (isnull note))"),
    ("read", "['a','b'].exists(x, x == title)", "(or (Equal String 'a' title) (Equal String 'b' title))"),
    ("read", "5 in scores && points in scores", "(and (in Int 5 scores) (in Int points scores))"),
    ("read", "size(tags) + size(auth.roles) > 2", "(Greater Int (Add Int (Size tags) (Size roles())) 2)"),
    ("read", "raw == raw", "(Equal Bytes raw raw)"),
    ("read", "cost > 10.5", "(Greater Float cost 10.5)"),
    ("read", "auth.verified && auth.aal == 'aal2'", "(and verified() (Equal String aal() 'aal2'))"),
    ("read", "!auth.verified", "(not verified()) !rule-anonymous-negation"),
    (
        "read",
        "title == 'a' || title == 'b' || title == 'c' || title == 'd'",
        "(or (Equal String title 'a') (Equal String title 'b') (Equal String title 'c') (Equal String title 'd'))",
    ),
    ("read", "hidden", "hidden"),
    ("read", "!hidden", "(not hidden)"),
    ("read", "!!hidden", "hidden"),
    ("read", "hidden && true", "(Equal Bool hidden true)"),
    (
        "read",
        r#"title == "tab\tquote\"x" && note == r'a\d'"#,
        r#"(and (Equal String title 'tab	quote"x') (Equal String note 'a\d'))"#,
    ),
    ("read", "title == '''a'b'''", "(Equal String title 'a'b')"),
    ("read", "done // comment", "done"),
    ("read", "done && hidden", "(and done hidden)"),
    ("read", "note != null ? note == 'x' : done", "(if Bool (not (isnull note)) (Equal String note 'x') done)"),
    ("read", "done ? null : note == 'x'", "(if Bool done null (Equal String note 'x'))"),
    ("read", "(done ? null : note) == 'x'", "(Equal String (if String done null note) 'x')"),
    ("read", "points % 2 == 0", "(Equal Int (Remainder Int points 2) 0)"),
    ("read", "price * 2 > 1.5", "(Greater Float (Multiply Float price 2.0) 1.5)"),
    ("read", "title + note + ref == 'x'", "(Equal String (Add String (Add String title note) ref) 'x')"),
    ("read", r#"createdAt + duration("1h") > now"#, "(Greater Timestamp (Add Timestamp createdAt ~3600000000) now)"),
    ("read", r#"duration("1h") + createdAt > now"#, "(Greater Timestamp (Add Timestamp ~3600000000 createdAt) now)"),
    (
        "read",
        r#"duration("1h") + duration("2h") > now - createdAt"#,
        "(Greater Duration ~10800000000 (Subtract Duration now createdAt))",
    ),
    ("read", "start >= '08:30'", "(GreaterOrEqual Time start '08:30:00')"),
    ("read", "status == old_status", "(Equal String status old_status)"),
    ("read", "status == title", "(Equal String status title)"),
    ("read", "meta == 'x'", "(Equal String meta 'x')"),
];

const READS_3: &[(&str, &str, &str)] = &[
    ("read", "meta < 3", "(Less Int meta 3)"),
    ("read", "meta == null", "(isnull meta)"),
    ("read", "meta.a == null", "(isnull meta->a)"),
    ("read", "'x' in meta", "(in String 'x' meta)"),
    ("read", "'x' in meta.tags", "(in String 'x' meta->tags)"),
    ("read", "auth.uid in auth.claims.team.members", "(in String uid claim(team.members))"),
    ("read", "auth.claims.org in ['a', 'b']", "(in String claim(org) ['a' 'b'])"),
    ("read", "auth.claims.org in [title, 'b']", "(in String claim(org) [title 'b'])"),
    ("read", "auth.claims.org in auth.roles", "(in String claim(org) roles())"),
    ("read", "auth.claims.level + 1 > 2", "(Greater Int (Add Int claim(level) 1) 2)"),
    ("read", "auth.claims.level > points", "(Greater Int claim(level) points)"),
    ("read", "auth.claims.since < now", "(Less Timestamp claim(since) now)"),
    (
        "read",
        r#"auth.claims.until > timestamp("2024-01-01T00:00:00Z")"#,
        "(Greater Timestamp claim(until) @1704067200000000)",
    ),
    ("read", "auth.claims.birthday == day", "(Equal Date claim(birthday) day)"),
    ("read", "auth.claims.name.startsWith('a')", "(StartsWith claim(name) 'a')"),
    ("read", "request.ip == '127.0.0.1'", "(Equal String ip '127.0.0.1')"),
    ("read", "request.method in ['GET', 'HEAD']", "(in String method ['GET' 'HEAD'])"),
    ("read", "request.method == 'get'", "(Equal String method 'get') !rule-never-true"),
    ("read", "matches(title, 'a')", "(Matches title 'a')"),
    (
        "read",
        "title.trim().lowerAscii() == note.upperAscii()",
        "(Equal String (LowerAscii (Trim title)) (UpperAscii note))",
    ),
    ("read", "' a '.trim() == 'a'", "true !rule-constant"),
    ("read", "'abc'.matches('^b')", "false !rule-constant"),
    ("read", "hasRole('user') && hasRole('anon')", "(and hasrole(user) hasrole(anon))"),
    ("read", "0x10 == points", "(Equal Int 16 points)"),
    ("read", "price > 1e3", "(Greater Float price 1000.0)"),
    ("read", ".5 < price", "(Less Float 0.5 price)"),
    ("read", "project.name.startsWith('x')", "(StartsWith project.name 'x')"),
    ("read", "project.settings.theme == 'dark'", "(Equal String project.settings.theme 'dark')"),
    (
        "read",
        "project.settings.project.members.all(m, m.role == 'admin')",
        "(All project.settings.project.members* $0 (Equal String $0.role 'admin'))",
    ),
    (
        "read",
        "project.members.exists_one(m, m.userId == auth.uid && m.level > points)",
        "(ExistsOne project.members* $0 (and (Equal String $0.userId uid) (Greater Int $0.level points)))",
    ),
    (
        "read",
        "project.members.exists(m, isOwner() || m.userId == ownerId)",
        "(Exists project.members* $0 (or (Equal String ownerId uid) (Equal String $0.userId ownerId)))",
    ),
    (
        "read",
        "project.members.exists(m, m.project.ownerId == auth.uid)",
        "(Exists project.members* $0 (Equal String $0.project.ownerId uid))",
    ),
    ("read", "project.members.exists(tags, tags.level > 1)", "(Exists project.members* $0 (Greater Int $0.level 1))"),
    (
        "read",
        "size(project.members) == size(project.tasks)",
        "(Equal Int (count project.members*) (count project.tasks*))",
    ),
    ("read", "project.members.size() > 3", "(Greater Int (count project.members*) 3)"),
    ("read", "scores.all(s, s > 0 && s < points)", "(All Int scores $0 (and (Greater Int $0 0) (Less Int $0 points)))"),
    (
        "read",
        "tags.exists(t, tags.exists(u, u == t && t != 'x'))",
        "(Exists String tags $0 (Exists String tags $1 (and (Equal String $1 $0) (NotEqual String $0 'x'))))",
    ),
    ("read", "[1, 2, 3].all(n, n < points)", "(and (Less Int 1 points) (Less Int 2 points) (Less Int 3 points))"),
    ("read", "[1, 2].exists_one(n, n == points)", "(ExistsOne Int [1 2] $0 (Equal Int $0 points))"),
    ("read", "price in [1, 2.5]", "(in Float price [1.0 2.5])"),
];

const READS_4: &[(&str, &str, &str)] = &[
    ("read", "role in [auth.role, 'admin']", "(in String role [role() 'admin'])"),
    ("read", "'a' in ['a', 'b']", "true !rule-constant"),
    ("read", "'c' in ['a', 'b']", "false !rule-constant"),
    ("read", "'c' in ['a', title]", "(in String 'c' [title])"),
    (
        "read",
        "ref in ['0B9E1A52-93F4-4C1B-8D5D-3C2F3A1B0C9D']",
        "(in String ref ['0b9e1a52-93f4-4c1b-8d5d-3c2f3a1b0c9d'])",
    ),
    ("read", "true && done", "(Equal Bool done true)"),
    ("read", "false && done", "false !rule-constant"),
    ("read", "done || true", "true !rule-constant"),
    ("read", "done && done", "(Equal Bool done true)"),
    ("read", "!(done || true)", "false !rule-constant"),
    ("read", "true ? done : hidden", "done"),
    ("read", "!(done && auth.uid == ownerId)", "(not (and done (Equal String uid ownerId))) !rule-anonymous-negation"),
    ("read", "!auth.isAnon && ownerId != auth.uid", "(and (not anon) (NotEqual String ownerId uid))"),
    ("read", "!(auth.isAnon || ownerId == auth.uid)", "(not (or anon (Equal String ownerId uid)))"),
    ("read", "auth.uid != null && ownerId != auth.uid", "(and (not (isnull uid)) (NotEqual String ownerId uid))"),
    ("read", "!(auth.uid in tags)", "(not (in String uid tags)) !rule-anonymous-negation"),
    (
        "read",
        "!project.members.exists(m, m.userId == auth.uid)",
        "(not (Exists project.members* $0 (Equal String $0.userId uid))) !rule-anonymous-negation",
    ),
    ("read", "!hasRole('admin')", "(not hasrole(admin))"),
    ("read", r#"title == "\u00e9""#, "(Equal String title 'é')"),
    ("read", "title == ''", "(Equal String title '')"),
    ("read", "(title).size() == 1", "(Equal Int (Size title) 1)"),
    (
        "read",
        "project.members.exists(m, m.project.members.exists(n, n.userId == m.userId && n.role != m.role))",
        "(Exists project.members* $0 (Exists $0.project.members* $1 (and (Equal String $1.userId $0.userId) (NotEqual String $1.role $0.role))))",
    ),
    ("read", "auth.email == email", "(Equal String email() email)"),
    (
        "read",
        "auth.email.endsWith('@example.com') && auth.verified",
        "(and (EndsWith email() '@example.com') verified())",
    ),
    ("read", "size(note) == null", "(isnull (Size note))"),
    ("read", "(title + note) != null", "(not (isnull (Add String title note)))"),
    ("read", "!(points > 1)", "(not (Greater Int points 1))"),
    (
        "read",
        "points * 2 - big / 3 >= 10",
        "(GreaterOrEqual Int (Subtract Int (Multiply Int points 2) (Divide Int big 3)) 10)",
    ),
];

const CHECKS: &[(&str, &str, &str)] = &[
    (
        "check",
        "new.status == 'draft' && old.status != 'archived' && points > old.points",
        "(and (Equal String status 'draft') (NotEqual String old.status 'archived') (Greater Int points old.points))",
    ),
    ("check", "old.project.ownerId == auth.uid", "(Equal String old.project.ownerId uid)"),
    ("check", "old == null", "(isnull old.id)"),
    ("check", "old.title == new.title", "(Equal String old.title title)"),
];

const ROWS: &[(&str, &str, &str)] = &[
    ("row", "points > 0 && size(title) < 100", "(and (Greater Int points 0) (Less Int (Size title) 100))"),
    ("filter", "status == 'draft'", "(Equal String status 'draft')"),
    ("row", "tags.all(t, size(t) < 10)", "(All String tags $0 (Less Int (Size $0) 10))"),
    ("row", "size(tags) < 5 && !(title == note)", "(and (Less Int (Size tags) 5) (not (Equal String title note)))"),
    ("filter", "note != null && !hidden", "(and (not (isnull note)) (not hidden))"),
    ("filter", "status in ['draft']", "(in String status ['draft'])"),
];

const COMPUTED: &[(&str, &str, &str)] = &[
    ("String!", "title + ' ' + note", "(Add String (Add String title ' ') note) !rule-nullable"),
    ("String", "title + ' ' + note", "(Add String (Add String title ' ') note)"),
    ("Int", "points * 2", "(Multiply Int points 2)"),
    ("Float", "3", "3.0"),
    ("Boolean!", "done && hidden", "(and done hidden)"),
    ("String", "title.upperAscii()", "(UpperAscii title)"),
    ("Int!", "size(title)", "(Size title)"),
    ("Boolean", "points > 3", "(Greater Int points 3)"),
    ("Status", "done ? 'draft' : 'published'", "(if String done 'draft' 'published')"),
    ("DateTime", r#"createdAt + duration("24h")"#, "(Add Timestamp createdAt ~86400000000)"),
    ("Int!", "points", "points !rule-nullable"),
    ("Float", "price / 2", "(Divide Float price 2.0)"),
    ("Boolean!", "meta.kind == 'x'", "(Equal String meta->kind 'x')"),
];

#[test]
fn info_says_what_is_read() {
    let schema = schema();
    let check = |kind: Kind, source: &str| {
        let scope = Scope { schema: &schema, model: Some(ModelId(0)), kind, signed_in: true };
        check(&scope, source, span()).unwrap().1
    };
    let plain = check(Kind::Read, "title == note && note != ownerId");
    assert!(!plain.uses_session && !plain.uses_now && !plain.uses_relations && !plain.uses_old);
    assert_eq!(plain.fields.len(), 3);
    let all = check(Kind::Check, "old.title != auth.uid && now > createdAt && project.public");
    assert!(all.uses_session && all.uses_now && all.uses_relations && all.uses_old);
    assert_eq!(all.warnings, []);
    let operation = Scope { schema: &schema, model: None, kind: Kind::Read, signed_in: false };
    assert!(super::check(&operation, "hasRole('admin')", span()).is_ok());
    assert!(super::check(&operation, "title == 'x'", span()).is_err());
}
