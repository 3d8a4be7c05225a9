//! Statuses and headers of answers.

use super::*;
use backstay_engine::answer::Timings;

fn answer(rows: u64, total: Option<u64>) -> Answer {
    Answer {
        body: Bytes::from_static(b"[{\"a\":1,\"b\":null}]"),
        rows,
        total,
        affected: rows,
        inserted: rows,
        cache: None,
        timings: Timings::default(),
    }
}

fn frame(media: Media) -> Frame {
    Frame { media, profile: false, applied: None, renamed: Vec::new() }
}

fn text(response: &Response<Bytes>) -> String {
    let header = |name: HeaderName| response.headers().get(name).map_or("-", |value| value.to_str().unwrap());
    let body = String::from_utf8_lossy(response.body());
    format!("{} {} {} {body}", response.status().as_u16(), header(CONTENT_RANGE), header(CONTENT_TYPE))
}

#[test]
fn reads() {
    #[track_caller]
    fn check(rows: u64, total: Option<u64>, first: i64, expected: &str) {
        let window = Window { first, limit: None };
        let response = read(&answer(rows, total), window, &frame(Media::Array), Vec::new);
        let found = text(&response);
        let found = found.split(" application").next().unwrap();
        assert_eq!(found, expected);
    }
    check(3, None, 0, "200 0-2/*");
    check(0, None, 0, "200 */*");
    check(3, None, 2, "200 2-4/*");
    check(3, Some(3), 0, "200 0-2/3");
    check(2, Some(3), 0, "206 0-1/3");
    check(0, Some(0), 0, "200 */0");
    check(0, Some(15), 15, "206 */15");
    check(0, Some(15), 0, "206 */15");
    check(0, Some(0), 1, "416 */0");
    check(0, Some(15), 16, "416 */15");
    check(0, None, 100, "200 */*");
}

#[test]
fn an_offset_behind_the_end_says_so() {
    let response = read(&answer(0, Some(2)), Window { first: 5, limit: None }, &frame(Media::Array), Vec::new);
    let body: serde_json::Value = serde_json::from_slice(response.body()).unwrap();
    assert_eq!(body["code"], "PGRST103");
    assert_eq!(body["details"], "An offset of 5 was requested, but there are only 2 rows.");
}

#[test]
fn media_types() {
    #[track_caller]
    fn check(media: Media, expected: &str) {
        let columns = || vec![Column { key: "a".into(), kind: Kind::Scalar }];
        assert_eq!(text(&read(&answer(1, None), Window { first: 0, limit: None }, &frame(media), columns)), expected);
    }
    check(Media::Array, "200 0-0/* application/json; charset=utf-8 [{\"a\":1,\"b\":null}]");
    check(Media::ArrayStripped, "200 0-0/* application/vnd.pgrst.array+json;nulls=stripped; charset=utf-8 [{\"a\":1}]");
    check(Media::Object, "200 0-0/* application/vnd.pgrst.object+json; charset=utf-8 {\"a\":1,\"b\":null}");
    check(Media::ObjectStripped, "200 0-0/* application/vnd.pgrst.object+json;nulls=stripped; charset=utf-8 {\"a\":1}");
    check(Media::Csv, "200 0-0/* text/csv; charset=utf-8 a,b\n1,");
}

#[test]
fn writes() {
    #[track_caller]
    fn check(written: Written, affected: u64, rows: bool, count: bool, expected: &str) {
        let response = write(&answer(affected, None), written, Wants { rows, count }, &frame(Media::Array), Vec::new);
        assert_eq!(text(&response), expected);
    }
    let body = "application/json; charset=utf-8 [{\"a\":1,\"b\":null}]";
    let inserted = Written::Inserted { merged: false };
    let merged = Written::Inserted { merged: true };
    check(inserted, 1, false, false, "201 */* - ");
    check(inserted, 2, false, true, "201 */2 - ");
    check(inserted, 1, true, false, &format!("201 */* {body}"));
    check(inserted, 0, false, false, "201 */* - ");
    check(merged, 0, false, false, "200 */* - ");
    check(merged, 1, false, true, "201 */1 - ");
    check(Written::Updated, 2, false, false, "204 0-1/* - ");
    check(Written::Updated, 0, false, false, "204 */* - ");
    check(Written::Updated, 2, false, true, "204 0-1/2 - ");
    check(Written::Updated, 0, false, true, "204 */0 - ");
    check(Written::Updated, 1, true, false, &format!("200 0-0/* {body}"));
    check(Written::Deleted, 2, false, false, "204 */* - ");
    check(Written::Deleted, 2, false, true, "204 */2 - ");
    check(Written::Deleted, 1, true, true, &format!("200 */1 {body}"));
}

#[test]
fn values_of_operations() {
    let scalar = Answer { body: Bytes::from_static(b"42"), ..answer(1, None) };
    assert_eq!(
        text(&value(&scalar, &frame(Media::Array), false, Vec::new)),
        "200 0-0/* application/json; charset=utf-8 42"
    );
    assert_eq!(text(&value(&scalar, &frame(Media::Array), true, Vec::new)), "204 0-0/* - ");
}

#[test]
fn headers_of_the_frame() {
    let frame = Frame {
        media: Media::Array,
        profile: true,
        applied: Some("count=exact".into()),
        renamed: vec![("tasks".into(), "the_tasks".into())],
    };
    let response = read(&answer(1, None), Window { first: 0, limit: None }, &frame, Vec::new);
    let header = |name: &str| response.headers().get(name).unwrap().to_str().unwrap().to_owned();
    assert_eq!(header("preference-applied"), "count=exact");
    assert_eq!(header("content-profile"), "public");
    assert_eq!(
        header("warning"),
        "299 backstay \"Embedded resource was referenced by relation name even though it has an alias. This is deprecated and \
         will stop working in a future release. Update `tasks` to `the_tasks` in query string filters, orders or limits.\""
    );
}
