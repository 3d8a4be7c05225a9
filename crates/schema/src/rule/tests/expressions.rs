//! Rules that are right, and what they become. A trailing `!code` is a warning.

use super::fixture::of;
use super::*;

#[test]
fn reads_1() {
    for (kind, source, expected) in [
        (Kind::Read, "ownerId == auth.uid", "(Equal String ownerId uid)"),
        (Kind::Read, "isOwner()", "(Equal String ownerId uid)"),
        (
            Kind::Read,
            "project.ownerId == auth.uid && !auth.isAnon",
            "(and (Equal String project.ownerId uid) (not anon))",
        ),
        (
            Kind::Read,
            "project.members.exists(m, m.userId == auth.uid)",
            "(Exists project.members* $0 (Equal String $0.userId uid))",
        ),
        (Kind::Read, "size(project.members) < 5", "(Less Int (count project.members*) 5)"),
        (Kind::Read, "'x' in tags", "(in String 'x' tags)"),
        (Kind::Read, "tags.exists(t, t == 'x')", "(Exists String tags $0 (Equal String $0 'x'))"),
        (
            Kind::Read,
            "tags.all(t, t.startsWith('a') || t == note)",
            "(All String tags $0 (or (StartsWith $0 'a') (Equal String $0 note)))",
        ),
        (
            Kind::Read,
            r#"now - createdAt < duration("24h")"#,
            "(Less Duration (Subtract Duration now createdAt) ~86400000000)",
        ),
        (
            Kind::Read,
            r#"createdAt > timestamp("2024-01-01T00:00:00Z")"#,
            "(Greater Timestamp createdAt @1704067200000000)",
        ),
        (Kind::Read, "day == '2024-01-01'", "(Equal Date day '2024-01-01')"),
        (
            Kind::Read,
            "ref == '0B9E1A52-93F4-4C1B-8D5D-3C2F3A1B0C9D'",
            "(Equal String ref '0b9e1a52-93f4-4c1b-8d5d-3c2f3a1b0c9d')",
        ),
        (Kind::Read, "status in ['draft', 'published']", "(in String status ['draft' 'published'])"),
        (Kind::Read, "auth.claims.org == title", "(Equal String claim(org) title)"),
        (Kind::Read, "auth.claims['https://x/y'].z == 3", "(Equal Int claim(https://x/y.z) 3)"),
        (Kind::Read, "has(auth.claims.org)", "hasclaim(org)"),
        (Kind::Read, "hasRole('admn')", "hasrole(admn) !rule-unknown-role"),
        (Kind::Read, "hasRole('admin') || done", "(or hasrole(admin) done)"),
        (Kind::Read, "auth.roles.exists(r, r == 'admin')", "(Exists String roles() $0 (Equal String $0 'admin'))"),
        (Kind::Read, "role in auth.roles", "(in String role roles())"),
        (Kind::Read, "!(ownerId == auth.uid)", "(not (Equal String ownerId uid)) !rule-anonymous-negation"),
        (Kind::Read, "ownerId != auth.uid", "(NotEqual String ownerId uid) !rule-anonymous-negation"),
        (Kind::Read, "price > 10", "(Greater Float price 10.0)"),
        (Kind::Read, "points / 0 == 1", "(Equal Int (Divide Int points 0) 1)"),
        (Kind::Read, "project == null", "(isnull project.id)"),
        (Kind::Read, "project.settings == null", "(isnull project.settings.id)"),
        (Kind::Read, "meta.a.b == 'x'", "(Equal String meta->a->b 'x')"),
        (Kind::Read, "address.city == 'Rome'", "(Equal String address->city 'Rome')"),
        (Kind::Read, "meta['k'] == 5", "(Equal Int meta->k 5)"),
        (Kind::Read, "title.matches('^[a-z]+$')", "(Matches title '^[a-z]+$')"),
        (Kind::Read, "math.abs(points) > 3", "(Greater Int (Abs points) 3)"),
        (Kind::Read, "math.least(points, 3, big) > 1", "(Greater Int (Least points 3 big) 1)"),
        (
            Kind::Read,
            "size(title) < 3 && title.size() > 1",
            "(and (Less Int (Size title) 3) (Greater Int (Size title) 1))",
        ),
        (Kind::Read, "done ? hidden : points > 1", "(if Bool done hidden (Greater Int points 1))"),
        (Kind::Read, "(done ? 'a' : note) == title", "(Equal String (if String done 'a' note) title)"),
        (Kind::Read, "done == null", "(isnull done)"),
        (Kind::Read, "true", "true"),
        (Kind::Read, "1 == 1", "true !rule-constant"),
        (Kind::Read, "shout == 'x'", "(Equal String shout 'x')"),
        (Kind::Read, "auth.claims.beta", "(Equal Bool claim(beta) true)"),
    ] {
        check_rule(kind, source, expected);
    }
}

#[test]
fn reads_2() {
    for (kind, source, expected) in [
        (Kind::Read, "'a' + 'b' == 'ab'", "true !rule-constant"),
        (Kind::Read, "role == 'admin'", "(Equal String role 'admin')"),
        (Kind::Read, "auth.role == 'amin'", "(Equal String role() 'amin') !rule-unknown-role"),
        (Kind::Read, "request.api == 'rest'", "(Equal String api 'rest') !rule-never-true"),
        (Kind::Read, r#""x".contains(title)"#, "(Contains 'x' title)"),
        (Kind::Read, "-points < -3", "(Less Int (neg points) -3)"),
        (Kind::Read, "points == -9223372036854775808", "(Equal Int points -9223372036854775808)"),
        (
            Kind::Read,
            "project.members.exists(m, m.project.tasks.exists(t, t.id == id && t.title == m.userId))",
            "(Exists project.members* $0 (Exists $0.project.tasks* $1 (and (Equal String $1.id id) (Equal String $1.title $0.userId))))",
        ),
        (Kind::Read, "null == null", "true !rule-constant"),
        (Kind::Read, "points == null", "(isnull points)"),
        (Kind::Read, "title != null && note == null", "(and (not (isnull title)) (isnull note))"),
        (Kind::Read, "['a','b'].exists(x, x == title)", "(or (Equal String 'a' title) (Equal String 'b' title))"),
        (Kind::Read, "5 in scores && points in scores", "(and (in Int 5 scores) (in Int points scores))"),
        (Kind::Read, "size(tags) + size(auth.roles) > 2", "(Greater Int (Add Int (Size tags) (Size roles())) 2)"),
        (Kind::Read, "raw == raw", "(Equal Bytes raw raw)"),
        (Kind::Read, "cost > 10.5", "(Greater Float cost 10.5)"),
        (Kind::Read, "auth.verified && auth.aal == 'aal2'", "(and verified() (Equal String aal() 'aal2'))"),
        (Kind::Read, "!auth.verified", "(not verified()) !rule-anonymous-negation"),
        (
            Kind::Read,
            "title == 'a' || title == 'b' || title == 'c' || title == 'd'",
            "(or (Equal String title 'a') (Equal String title 'b') (Equal String title 'c') (Equal String title 'd'))",
        ),
        (Kind::Read, "hidden", "hidden"),
        (Kind::Read, "!hidden", "(not hidden)"),
        (Kind::Read, "!!hidden", "hidden"),
        (Kind::Read, "hidden && true", "(Equal Bool hidden true)"),
        (
            Kind::Read,
            r#"title == "tab\tquote\"x" && note == r'a\d'"#,
            r#"(and (Equal String title 'tab	quote"x') (Equal String note 'a\d'))"#,
        ),
        (Kind::Read, "title == '''a'b'''", "(Equal String title 'a'b')"),
        (Kind::Read, "done // comment", "done"),
        (Kind::Read, "done && hidden", "(and done hidden)"),
        (Kind::Read, "note != null ? note == 'x' : done", "(if Bool (not (isnull note)) (Equal String note 'x') done)"),
        (Kind::Read, "done ? null : note == 'x'", "(if Bool done null (Equal String note 'x'))"),
        (Kind::Read, "(done ? null : note) == 'x'", "(Equal String (if String done null note) 'x')"),
        (Kind::Read, "points % 2 == 0", "(Equal Int (Remainder Int points 2) 0)"),
        (Kind::Read, "price * 2 > 1.5", "(Greater Float (Multiply Float price 2.0) 1.5)"),
        (Kind::Read, "title + note + ref == 'x'", "(Equal String (Add String (Add String title note) ref) 'x')"),
        (
            Kind::Read,
            r#"createdAt + duration("1h") > now"#,
            "(Greater Timestamp (Add Timestamp createdAt ~3600000000) now)",
        ),
        (
            Kind::Read,
            r#"duration("1h") + createdAt > now"#,
            "(Greater Timestamp (Add Timestamp ~3600000000 createdAt) now)",
        ),
        (
            Kind::Read,
            r#"duration("1h") + duration("2h") > now - createdAt"#,
            "(Greater Duration ~10800000000 (Subtract Duration now createdAt))",
        ),
        (Kind::Read, "start >= '08:30'", "(GreaterOrEqual Time start '08:30:00')"),
        (Kind::Read, "status == old_status", "(Equal String status old_status)"),
        (Kind::Read, "status == title", "(Equal String status title)"),
        (Kind::Read, "meta == 'x'", "(Equal String meta 'x')"),
    ] {
        check_rule(kind, source, expected);
    }
}

#[test]
fn reads_3() {
    for (kind, source, expected) in [
        (Kind::Read, "meta < 3", "(Less Int meta 3)"),
        (Kind::Read, "meta == null", "(isnull meta)"),
        (Kind::Read, "meta.a == null", "(isnull meta->a)"),
        (Kind::Read, "'x' in meta", "(in String 'x' meta)"),
        (Kind::Read, "'x' in meta.tags", "(in String 'x' meta->tags)"),
        (Kind::Read, "auth.uid in auth.claims.team.members", "(in String uid claim(team.members))"),
        (Kind::Read, "auth.claims.org in ['a', 'b']", "(in String claim(org) ['a' 'b'])"),
        (Kind::Read, "auth.claims.org in [title, 'b']", "(in String claim(org) [title 'b'])"),
        (Kind::Read, "auth.claims.org in auth.roles", "(in String claim(org) roles())"),
        (Kind::Read, "auth.claims.level + 1 > 2", "(Greater Int (Add Int claim(level) 1) 2)"),
        (Kind::Read, "auth.claims.level > points", "(Greater Int claim(level) points)"),
        (Kind::Read, "auth.claims.since < now", "(Less Timestamp claim(since) now)"),
        (
            Kind::Read,
            r#"auth.claims.until > timestamp("2024-01-01T00:00:00Z")"#,
            "(Greater Timestamp claim(until) @1704067200000000)",
        ),
        (Kind::Read, "auth.claims.birthday == day", "(Equal Date claim(birthday) day)"),
        (Kind::Read, "auth.claims.name.startsWith('a')", "(StartsWith claim(name) 'a')"),
        (Kind::Read, "request.ip == '127.0.0.1'", "(Equal String ip '127.0.0.1')"),
        (Kind::Read, "request.method in ['GET', 'HEAD']", "(in String method ['GET' 'HEAD'])"),
        (Kind::Read, "request.method == 'get'", "(Equal String method 'get') !rule-never-true"),
        (Kind::Read, "matches(title, 'a')", "(Matches title 'a')"),
        (
            Kind::Read,
            "title.trim().lowerAscii() == note.upperAscii()",
            "(Equal String (LowerAscii (Trim title)) (UpperAscii note))",
        ),
        (Kind::Read, "' a '.trim() == 'a'", "true !rule-constant"),
        (Kind::Read, "'abc'.matches('^b')", "false !rule-constant"),
        (Kind::Read, "hasRole('user') && hasRole('anon')", "(and hasrole(user) hasrole(anon))"),
        (Kind::Read, "0x10 == points", "(Equal Int 16 points)"),
        (Kind::Read, "price > 1e3", "(Greater Float price 1000.0)"),
        (Kind::Read, ".5 < price", "(Less Float 0.5 price)"),
        (Kind::Read, "project.name.startsWith('x')", "(StartsWith project.name 'x')"),
        (Kind::Read, "project.settings.theme == 'dark'", "(Equal String project.settings.theme 'dark')"),
        (
            Kind::Read,
            "project.settings.project.members.all(m, m.role == 'admin')",
            "(All project.settings.project.members* $0 (Equal String $0.role 'admin'))",
        ),
        (
            Kind::Read,
            "project.members.exists_one(m, m.userId == auth.uid && m.level > points)",
            "(ExistsOne project.members* $0 (and (Equal String $0.userId uid) (Greater Int $0.level points)))",
        ),
        (
            Kind::Read,
            "project.members.exists(m, isOwner() || m.userId == ownerId)",
            "(Exists project.members* $0 (or (Equal String ownerId uid) (Equal String $0.userId ownerId)))",
        ),
        (
            Kind::Read,
            "project.members.exists(m, m.project.ownerId == auth.uid)",
            "(Exists project.members* $0 (Equal String $0.project.ownerId uid))",
        ),
        (
            Kind::Read,
            "project.members.exists(tags, tags.level > 1)",
            "(Exists project.members* $0 (Greater Int $0.level 1))",
        ),
        (
            Kind::Read,
            "size(project.members) == size(project.tasks)",
            "(Equal Int (count project.members*) (count project.tasks*))",
        ),
        (Kind::Read, "project.members.size() > 3", "(Greater Int (count project.members*) 3)"),
        (
            Kind::Read,
            "scores.all(s, s > 0 && s < points)",
            "(All Int scores $0 (and (Greater Int $0 0) (Less Int $0 points)))",
        ),
        (
            Kind::Read,
            "tags.exists(t, tags.exists(u, u == t && t != 'x'))",
            "(Exists String tags $0 (Exists String tags $1 (and (Equal String $1 $0) (NotEqual String $0 'x'))))",
        ),
        (
            Kind::Read,
            "[1, 2, 3].all(n, n < points)",
            "(and (Less Int 1 points) (Less Int 2 points) (Less Int 3 points))",
        ),
        (Kind::Read, "[1, 2].exists_one(n, n == points)", "(ExistsOne Int [1 2] $0 (Equal Int $0 points))"),
        (Kind::Read, "price in [1, 2.5]", "(in Float price [1.0 2.5])"),
    ] {
        check_rule(kind, source, expected);
    }
}

#[test]
fn reads_4() {
    for (kind, source, expected) in [
        (Kind::Read, "role in [auth.role, 'admin']", "(in String role [role() 'admin'])"),
        (Kind::Read, "'a' in ['a', 'b']", "true !rule-constant"),
        (Kind::Read, "'c' in ['a', 'b']", "false !rule-constant"),
        (Kind::Read, "'c' in ['a', title]", "(in String 'c' [title])"),
        (
            Kind::Read,
            "ref in ['0B9E1A52-93F4-4C1B-8D5D-3C2F3A1B0C9D']",
            "(in String ref ['0b9e1a52-93f4-4c1b-8d5d-3c2f3a1b0c9d'])",
        ),
        (Kind::Read, "true && done", "(Equal Bool done true)"),
        (Kind::Read, "false && done", "false !rule-constant"),
        (Kind::Read, "done || true", "true !rule-constant"),
        (Kind::Read, "done && done", "(Equal Bool done true)"),
        (Kind::Read, "!(done || true)", "false !rule-constant"),
        (Kind::Read, "true ? done : hidden", "done"),
        (
            Kind::Read,
            "!(done && auth.uid == ownerId)",
            "(not (and done (Equal String uid ownerId))) !rule-anonymous-negation",
        ),
        (Kind::Read, "!auth.isAnon && ownerId != auth.uid", "(and (not anon) (NotEqual String ownerId uid))"),
        (Kind::Read, "!(auth.isAnon || ownerId == auth.uid)", "(not (or anon (Equal String ownerId uid)))"),
        (
            Kind::Read,
            "auth.uid != null && ownerId != auth.uid",
            "(and (not (isnull uid)) (NotEqual String ownerId uid))",
        ),
        (Kind::Read, "!(auth.uid in tags)", "(not (in String uid tags)) !rule-anonymous-negation"),
        (
            Kind::Read,
            "!project.members.exists(m, m.userId == auth.uid)",
            "(not (Exists project.members* $0 (Equal String $0.userId uid))) !rule-anonymous-negation",
        ),
        (Kind::Read, "!hasRole('admin')", "(not hasrole(admin))"),
        (Kind::Read, r#"title == "\u00e9""#, "(Equal String title 'é')"),
        (Kind::Read, "title == ''", "(Equal String title '')"),
        (Kind::Read, "(title).size() == 1", "(Equal Int (Size title) 1)"),
        (
            Kind::Read,
            "project.members.exists(m, m.project.members.exists(n, n.userId == m.userId && n.role != m.role))",
            "(Exists project.members* $0 (Exists $0.project.members* $1 (and (Equal String $1.userId $0.userId) (NotEqual String $1.role $0.role))))",
        ),
        (Kind::Read, "auth.email == email", "(Equal String email() email)"),
        (
            Kind::Read,
            "auth.email.endsWith('@example.com') && auth.verified",
            "(and (EndsWith email() '@example.com') verified())",
        ),
        (Kind::Read, "size(note) == null", "(isnull (Size note))"),
        (Kind::Read, "(title + note) != null", "(not (isnull (Add String title note)))"),
        (Kind::Read, "!(points > 1)", "(not (Greater Int points 1))"),
        (
            Kind::Read,
            "points * 2 - big / 3 >= 10",
            "(GreaterOrEqual Int (Subtract Int (Multiply Int points 2) (Divide Int big 3)) 10)",
        ),
    ] {
        check_rule(kind, source, expected);
    }
}

#[test]
fn checks() {
    for (kind, source, expected) in [
        (
            Kind::Check,
            "new.status == 'draft' && old.status != 'archived' && points > old.points",
            "(and (Equal String status 'draft') (NotEqual String old.status 'archived') (Greater Int points old.points))",
        ),
        (Kind::Check, "old.project.ownerId == auth.uid", "(Equal String old.project.ownerId uid)"),
        (Kind::Check, "old == null", "(isnull old.id)"),
        (Kind::Check, "old.title == new.title", "(Equal String old.title title)"),
    ] {
        check_rule(kind, source, expected);
    }
}

#[test]
fn rows() {
    for (kind, source, expected) in [
        (Kind::RowCheck, "points > 0 && size(title) < 100", "(and (Greater Int points 0) (Less Int (Size title) 100))"),
        (Kind::Filter, "status == 'draft'", "(Equal String status 'draft')"),
        (Kind::RowCheck, "tags.all(t, size(t) < 10)", "(All String tags $0 (Less Int (Size $0) 10))"),
        (
            Kind::RowCheck,
            "size(tags) < 5 && !(title == note)",
            "(and (Less Int (Size tags) 5) (not (Equal String title note)))",
        ),
        (Kind::Filter, "note != null && !hidden", "(and (not (isnull note)) (not hidden))"),
        (Kind::Filter, "status in ['draft']", "(in String status ['draft'])"),
    ] {
        check_rule(kind, source, expected);
    }
}

#[test]
fn computed() {
    for (kind, source, expected) in [
        (
            Kind::Computed(of("String!")),
            "title + ' ' + note",
            "(Add String (Add String title ' ') note) !rule-nullable",
        ),
        (Kind::Computed(of("String")), "title + ' ' + note", "(Add String (Add String title ' ') note)"),
        (Kind::Computed(of("Int")), "points * 2", "(Multiply Int points 2)"),
        (Kind::Computed(of("Float")), "3", "3.0"),
        (Kind::Computed(of("Boolean!")), "done && hidden", "(and done hidden)"),
        (Kind::Computed(of("String")), "title.upperAscii()", "(UpperAscii title)"),
        (Kind::Computed(of("Int!")), "size(title)", "(Size title)"),
        (Kind::Computed(of("Boolean")), "points > 3", "(Greater Int points 3)"),
        (Kind::Computed(of("Status")), "done ? 'draft' : 'published'", "(if String done 'draft' 'published')"),
        (Kind::Computed(of("DateTime")), r#"createdAt + duration("24h")"#, "(Add Timestamp createdAt ~86400000000)"),
        (Kind::Computed(of("Int!")), "points", "points !rule-nullable"),
        (Kind::Computed(of("Float")), "price / 2", "(Divide Float price 2.0)"),
        (Kind::Computed(of("Boolean!")), "meta.kind == 'x'", "(Equal String meta->kind 'x')"),
    ] {
        check_rule(kind, source, expected);
    }
}

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
