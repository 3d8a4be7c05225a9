//! Several servers on one database.

use super::existing::Scratch;
use super::{LONG, Server, Shell, key};
use std::time::Instant;

#[test]
fn a_schema_that_one_node_applies_is_taken_over_by_the_others() {
    let scratch = Scratch::new("");
    let shell = Shell::new();
    let url = scratch.both();
    let environment = [("BACKSTAY_DATABASE_URL", url.as_str())];
    let node = || Server::start_with(&shell, &["serve", "--data", "data"], &environment);
    let first = node();
    let service = key(&shell, "data", "service");
    let asked = |server: &Server| server.request("GET", "/rest/v1/books?select=id,pages", &service, "").unwrap().0;
    assert_eq!(asked(&first), 400);
    let more = super::SCHEMA.replace("  year: Int\n", "  year: Int\n  pages: Int\n");
    shell.write("schema.graphql", &more);
    let second = node();
    assert_eq!(asked(&second), 200);
    let until = Instant::now() + LONG;
    while asked(&first) != 200 {
        assert!(Instant::now() < until, "the first node did not take the schema over: {:?}", first.said());
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    let row = r#"{"id":1,"title":"Emma","pages":474}"#;
    assert_eq!(first.request("POST", "/rest/v1/books", &service, row).unwrap().0, 201);
    assert_eq!(second.request("GET", "/rest/v1/books?select=pages", &service, "").unwrap().1, r#"[{"pages" : 474}]"#);
}
