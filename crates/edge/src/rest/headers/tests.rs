//! What headers are read as, and which preferences are echoed.

use super::accept::{Media, negotiate};
use super::prefer::{Preferences, Scope};
use super::*;
use http::{HeaderName, HeaderValue, Method};

fn headers(name: &str, values: &[&str]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for value in values {
        headers.append(HeaderName::try_from(name).unwrap(), HeaderValue::try_from(*value).unwrap());
    }
    headers
}

#[track_caller]
fn accepts(accept: &str, expected: Media) {
    assert_eq!(negotiate(&headers("accept", &[accept])).unwrap(), expected, "{accept}");
}

#[test]
fn media_types() {
    assert_eq!(negotiate(&HeaderMap::new()).unwrap(), Media::Array);
    accepts("*/*", Media::Array);
    accepts("", Media::Array);
    accepts("application/json", Media::Array);
    accepts("application/json; charset=utf-8", Media::Array);
    accepts("application/json;foo=bar;baz", Media::Array);
    accepts("Application/JSON", Media::Array);
    accepts("application/vnd.pgrst.array+json", Media::Array);
    accepts("application/vnd.pgrst.array", Media::Array);
    accepts("application/vnd.pgrst.array+json;nulls=stripped", Media::ArrayStripped);
    accepts("application/vnd.pgrst.array;nulls=stripped", Media::ArrayStripped);
    accepts("application/vnd.pgrst.array+json; nulls=\"stripped\"", Media::ArrayStripped);
    accepts("application/vnd.pgrst.object+json", Media::Object);
    accepts("application/vnd.pgrst.object", Media::Object);
    accepts("ApplicatIon/vnd.PgRsT.object+json", Media::Object);
    accepts("application/vnd.pgrst.object+json;nulls=stripped", Media::ObjectStripped);
    accepts("application/vnd.pgrst.object+json;nulls=kept", Media::Object);
    accepts("text/csv", Media::Csv);
    accepts("text/csv; header=present", Media::Csv);
    accepts("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", Media::Array);
    accepts("text/csv;q=0.5, application/json", Media::Array);
    accepts("application/json;q=0.5, text/csv", Media::Csv);
    accepts("application/json, text/csv", Media::Array);
    accepts("*/*, text/csv", Media::Csv);
    accepts("text/csv;q=0.8, application/json;q=0.80", Media::Csv);
    accepts("text/csv;q=0, */*;q=0.1", Media::Array);
    accepts("text/csv;q=nonsense, application/json;q=0.9", Media::Csv);
    assert_eq!(negotiate(&headers("accept", &["image/png", "text/csv"])).unwrap(), Media::Csv);
}

#[test]
fn media_types_that_are_not_there() {
    #[track_caller]
    fn check(accept: &str, expected: &str) {
        let fault = negotiate(&headers("accept", &[accept])).unwrap_err();
        assert_eq!((fault.status.as_u16(), fault.code), (406, "PGRST107"), "{accept}");
        assert_eq!(fault.message, format!("None of these media types are available: {expected}"));
    }
    check("text/unknowntype", "text/unknowntype");
    check("application/*", "application/*");
    check("text/*, image/png", "image/png, text/*");
    check("application/geo+json", "application/geo+json");
    check("application/vnd.pgrst.plan+json", "application/vnd.pgrst.plan+json");
    check("image/png;a=b;q=0.3", "image/png;a=b");
    check("application/json;q=0", "application/json");
}

/// Preferences in, those in effect out.
#[track_caller]
fn echoes(values: &[&str], scope: Scope, expected: Option<&str>) {
    let found = Preferences::read(&headers("prefer", values), true).applied(scope);
    assert_eq!(found.as_deref(), expected, "{values:?}");
}

const READ: Scope = Scope { duplicates: false, missing: false, returns: false, affected_max: false };
const INSERT: Scope = Scope { duplicates: true, missing: true, returns: true, affected_max: false };
const KEYLESS: Scope = Scope { duplicates: false, missing: true, returns: true, affected_max: false };
const UPDATE: Scope = Scope { duplicates: false, missing: true, returns: true, affected_max: true };
const DELETE: Scope = Scope { duplicates: false, missing: false, returns: true, affected_max: true };

#[test]
fn preferences_are_echoed_in_one_order() {
    echoes(&[], READ, None);
    echoes(&["count=exact"], READ, Some("count=exact"));
    echoes(&["count=none"], READ, None);
    echoes(&["return=representation, count=exact"], READ, Some("count=exact"));
    echoes(&["resolution=merge-duplicates, missing=default"], READ, None);
    echoes(&["handling=lenient, anything"], READ, Some("handling=lenient"));
    echoes(&["max-affected=5, handling=strict"], READ, Some("handling=strict"));
    echoes(
        &[
            "max-affected=5",
            "handling=strict, tx=rollback",
            "count=planned",
            "return=minimal, missing=null, resolution=ignore-duplicates",
        ],
        INSERT,
        Some("resolution=ignore-duplicates, missing=null, return=minimal, count=planned, tx=rollback, handling=strict"),
    );
    echoes(&["resolution=merge-duplicates,return=representation"], KEYLESS, Some("return=representation"));
    echoes(&["missing=default", "return=representation"], UPDATE, Some("missing=default, return=representation"));
    echoes(&["missing=default", "return=representation"], DELETE, Some("return=representation"));
    echoes(&["handling=strict, max-affected=10"], DELETE, Some("handling=strict, max-affected=10"));
    echoes(&["handling=lenient, max-affected=10"], DELETE, Some("handling=lenient"));
    echoes(&["max-affected=10"], DELETE, None);
    echoes(&["handling=strict, max-affected=ten"], DELETE, Some("handling=strict"));
    echoes(&["return=headers-only"], INSERT, Some("return=headers-only"));
    echoes(&["  count=exact ,   return=representation  "], INSERT, Some("return=representation, count=exact"));
}

#[test]
fn of_each_kind_the_first_counts() {
    echoes(&["count=exact, count=planned"], READ, Some("count=exact"));
    echoes(&["tx=commit", "tx=rollback"], READ, Some("tx=commit"));
    echoes(&["return=minimal", "return=representation"], INSERT, Some("return=minimal"));
    echoes(&["count=wrong, count=estimated"], READ, Some("count=estimated"));
}

#[test]
fn transactions_are_the_server_s_unless_it_says_otherwise() {
    let preferences = Preferences::read(&headers("prefer", &["tx=rollback, handling=strict"]), false);
    assert_eq!(preferences.transaction, None);
    assert_eq!(preferences.applied(READ).as_deref(), Some("handling=strict"));
    assert!(preferences.check().is_ok());
}

#[test]
fn strict_handling() {
    #[track_caller]
    fn check(values: &[&str], expected: Option<&str>) {
        let found = Preferences::read(&headers("prefer", values), true).check();
        let details = found.err().map(|fault| {
            assert_eq!((fault.status.as_u16(), fault.code), (400, "PGRST122"));
            fault.details.unwrap().as_str().unwrap().to_owned()
        });
        assert_eq!(details.as_deref(), expected, "{values:?}");
    }
    check(&["handling=strict"], None);
    check(&["anything"], None);
    check(&["handling=lenient, anything"], None);
    check(&["handling=strict, anything"], Some("Invalid preferences: anything"));
    check(
        &["handling=strict, anything, something=0", "else"],
        Some("Invalid preferences: anything, something=0, else"),
    );
    check(&["handling=strict, count=none"], Some("Invalid preferences: count=none"));
    check(&["handling=strict, max-affected=x, timezone=Nowhere, tx=commit"], None);
}

#[test]
fn profiles() {
    #[track_caller]
    fn check(method: &Method, name: &str, value: &str, expected: Option<bool>) {
        assert_eq!(profile::negotiated(&headers(name, &[value]), method).ok(), expected, "{method} {name}: {value}");
    }
    assert!(!profile::negotiated(&HeaderMap::new(), &Method::GET).unwrap());
    check(&Method::GET, "accept-profile", "public", Some(true));
    check(&Method::HEAD, "accept-profile", "public", Some(true));
    check(&Method::GET, "accept-profile", "other", None);
    check(&Method::GET, "content-profile", "other", Some(false));
    for method in [Method::POST, Method::PATCH, Method::DELETE] {
        check(&method, "content-profile", "public", Some(true));
        check(&method, "content-profile", "other", None);
        check(&method, "accept-profile", "other", Some(false));
    }
    let fault = profile::negotiated(&headers("accept-profile", &["x"]), &Method::GET).unwrap_err();
    assert_eq!((fault.status.as_u16(), fault.code, fault.message.as_str()), (406, "PGRST106", "Invalid schema: x"));
}

#[test]
fn body_formats() {
    let check = |value: &str, expected: Result<BodyFormat, &str>| {
        let found = body_format(&headers("content-type", &[value]));
        assert_eq!(found.as_ref().map_err(String::as_str), expected.as_ref().map_err(|text| *text), "{value}");
    };
    assert_eq!(body_format(&HeaderMap::new()), Ok(BodyFormat::Json));
    check("application/json", Ok(BodyFormat::Json));
    check("application/json; charset=UTF-8", Ok(BodyFormat::Json));
    check("Application/Json", Ok(BodyFormat::Json));
    check("text/csv", Ok(BodyFormat::Csv));
    check("application/x-www-form-urlencoded", Ok(BodyFormat::Form));
    check("text/plain", Err("text/plain"));
    check("application/jwt; x=y", Err("application/jwt"));
}
