//! Sort terms, limits and offsets.

use super::check;
use crate::rest::parse::range::{BadRange, Window, header_range, window};

#[test]
fn terms() {
    check("order=id", "* order <id>");
    check("order=id.asc", "* order <id>");
    check("order=id.desc", "* order <id> desc");
    check("order=a.desc,b.asc", "* order <a> desc, <b>");
    check("order=a.nullsfirst", "* order <a> nullsfirst");
    check("order=a.nullslast", "* order <a> nullslast");
    check("order=a.desc.nullsfirst", "* order <a> desc nullsfirst");
    check("order=a.asc.nullslast", "* order <a> nullslast");
    check("order=%20a.desc%20,%20b%20", "* order <a> desc, <b>");
    check("order=data->key.asc.nullslast", "* order <data>->key nullslast");
    check("order=data->!@%23$%25^%26*_a.asc.nullslast", "* order <data>->!@#$%^&*_a nullslast");
    check("order=data->0.desc", "* order <data>->[0] desc");
    check("order=data->>id", "* order <data>->>id");
    check("order=\"a.b\".desc", "* order <a.b> desc");
    check("order=a-b.desc", "* order <a-b> desc");
    check("order=clients(name)", "* order clients/<name>");
    check("order=clients(name).desc.nullsfirst", "* order clients/<name> desc nullsfirst");
    check("order=clients(data->key).desc", "* order clients/<data>->key desc");
    check("order=name,clients(name),id", "* order <name>, clients/<name>, <id>");
    check("order=a&order=b", "* order <a>");
    check("select=a(b)&a.order=b.desc", "a(<b> order <b> desc)");
    check("select=x:a(b)&x.order=c(d).desc", "x=a(<b> order c/<d> desc)");
    check("select=a(b(c))&a.b.order=c", "a(b(<c> order <c>))");
}

#[test]
fn limits() {
    check("limit=5", "* limit 5");
    check("offset=5", "* offset 5");
    check("limit=3&offset=2", "* limit 3 offset 2");
    check("limit=1&limit=2", "* limit 2");
    check("limit=abc", "*");
    check("limit=", "*");
    check("limit=%205%20", "* limit 5");
    check("limit=-1", "* limit -1");
    check("limit=99999999999999999999", "* limit 9223372036854775807");
    check("limit=1.5", "*");
    check("select=a(b)&a.limit=2", "a(<b> limit 2)");
    check("select=a(b)&a.offset=2", "a(<b> offset 2)");
    check("select=a(b)&a.limit=2&a.offset=3", "a(<b> limit 2 offset 3)");
    check("select=a(b)&a.limit=0", "a(<b> limit 0)");
    check("select=a(b)&a.offset=-4", "a(<b>)");
    check("select=a(b(c))&a.b.limit=1&limit=9", "a(b(<c> limit 1)) limit 9");
    check("select=x:a(b)&x.limit=2", "x=a(<b> limit 2)");
}

#[test]
fn windows() {
    #[track_caller]
    fn check(limit: Option<i64>, offset: Option<i64>, header: &str, expected: Result<(i64, Option<i64>), BadRange>) {
        let found = window(limit, offset, header_range(header));
        assert_eq!(found, expected.map(|(first, limit)| Window { first, limit }));
    }
    check(None, None, "", Ok((0, None)));
    check(Some(3), None, "", Ok((0, Some(3))));
    check(Some(3), Some(2), "", Ok((2, Some(3))));
    check(None, Some(2), "", Ok((2, None)));
    check(Some(0), None, "", Ok((0, Some(0))));
    check(Some(0), Some(7), "", Ok((7, Some(0))));
    check(Some(-1), None, "", Err(BadRange::NegativeLimit));
    check(None, Some(-1), "", Ok((0, None)));
    check(Some(1), Some(-1), "", Ok((0, Some(0))));
    check(Some(2), Some(-4), "", Err(BadRange::NegativeLimit));
    check(Some(3), Some(-1), "", Ok((0, Some(2))));
    check(Some(i64::MAX), Some(i64::MAX), "", Ok((i64::MAX, Some(1))));
    check(None, None, "0-1", Ok((0, Some(2))));
    check(None, None, "0-", Ok((0, None)));
    check(None, None, "10-100", Ok((10, Some(91))));
    check(None, None, "1-0", Err(BadRange::Reversed));
    check(None, None, "-5", Ok((0, None)));
    check(None, None, "a-b", Ok((0, None)));
    check(None, None, "items=0-5", Ok((0, None)));
    check(None, None, "1-2-3", Ok((0, None)));
    check(Some(3), None, "0-1", Ok((0, Some(2))));
    check(Some(3), None, "1-9", Ok((1, Some(2))));
    check(Some(3), Some(2), "3-9", Ok((3, Some(2))));
    check(Some(3), None, "5-6", Err(BadRange::NegativeLimit));
    check(Some(0), None, "5-6", Ok((0, Some(0))));
    check(None, None, "0-99999999999999999999", Ok((0, Some(i64::MAX))));
}
