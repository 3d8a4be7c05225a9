//! Several servers on one database.

use super::existing::Scratch;
use super::{LONG, Server, Shell, key};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A Redis of a test's own, ended with it.
struct Redis {
    child: Child,
    url: String,
}

impl Redis {
    fn start(port: u16) -> Self {
        let mut command = Command::new("redis-server");
        command.args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]);
        let child = command.stdout(Stdio::null()).spawn().unwrap();
        let until = Instant::now() + LONG;
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(Instant::now() < until, "Redis does not listen");
            std::thread::sleep(Duration::from_millis(10));
        }
        Self { child, url: format!("redis://127.0.0.1:{port}/") }
    }

    fn command(&self, words: &[&str]) {
        let port = self.url.trim_end_matches('/').rsplit(':').next().unwrap();
        assert!(
            Command::new("redis-cli").args(["-p", port]).args(words).stdout(Stdio::null()).status().unwrap().success()
        );
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

const LIMITED: &str = r#"
type Book @model @rateLimit(per: "1h", max: 4, by: IP) @access(ops: [READ]) { id: Int! @id(auto: NONE) }
"#;

/// Of ten requests, sent to two nodes in turn, how many pass.
fn passed(one: &Server, other: &Server) -> usize {
    let status = |turn: usize| if turn.is_multiple_of(2) { one } else { other }.get("/rest/v1/books").unwrap().0;
    let all: Vec<u16> = (0..10).map(status).collect();
    assert!(all.iter().all(|status| [200, 429].contains(status)), "{all:?}");
    all.iter().filter(|status| **status == 200).count()
}

fn counted_alone(server: &Server, key: &str) -> bool {
    let metrics = server.request("GET", "/metrics", key, "").unwrap().1;
    metrics.lines().any(|line| line.starts_with("backstay_shared_counts_failed_total") && !line.ends_with(" 0"))
}

#[test]
fn requests_are_counted_over_all_nodes_in_the_database() {
    let scratch = Scratch::new("");
    let shell = Shell::empty();
    shell.write("schema.graphql", LIMITED);
    let url = scratch.both();
    let node = || Server::start_with(&shell, &["serve", "--data", "data"], &[("BACKSTAY_DATABASE_URL", url.as_str())]);
    assert_eq!(passed(&node(), &node()), 4);
}

/// One mail a minute to one address, whichever node is asked for it.
#[test]
fn sign_in_is_limited_over_all_nodes() {
    let scratch = Scratch::new("");
    let shell = Shell::empty();
    shell.write("schema.graphql", LIMITED);
    let url = scratch.both();
    let node = || Server::start_with(&shell, &["serve", "--data", "data"], &[("BACKSTAY_DATABASE_URL", url.as_str())]);
    let (one, other) = (node(), node());
    let anon = key(&shell, "data", "anon");
    let asked = |server: &Server, address: &str| {
        server.request("POST", "/auth/v1/recover", &anon, &format!(r#"{{"email":"{address}"}}"#)).unwrap()
    };
    assert_eq!(asked(&one, "ana@example.com").0, 200);
    let refused = asked(&other, "ana@example.com");
    assert!(refused.0 == 429 && refused.1.contains("over_email_send_rate_limit"), "{refused:?}");
    assert_eq!(asked(&other, "ben@example.com").0, 200);
    assert_eq!(asked(&one, "ben@example.com").0, 429);
}

#[test]
fn an_api_key_counts_on_every_node_and_no_longer_once_one_revoked_it() {
    let scratch = Scratch::new("");
    let shell = Shell::empty();
    shell.write("schema.graphql", r#"type Book @model @access(roles: ["user"], ops: [READ]) { id: Int! @id }"#);
    let url = scratch.both();
    let node = || Server::start_with(&shell, &["serve", "--data", "data"], &[("BACKSTAY_DATABASE_URL", url.as_str())]);
    let (one, other) = (node(), node());
    let service = key(&shell, "data", "service");
    let asked = r#"{"name":"export","kind":"secret"}"#;
    let made = one.request("POST", "/auth/v1/admin/api-keys", &service, asked).unwrap();
    assert_eq!(made.0, 200, "{made:?}");
    let made = super::json(&made.1);
    let (id, text) = (made["id"].as_str().unwrap(), made["api_key"].as_str().unwrap());
    let becomes = |status| {
        let until = Instant::now() + LONG;
        while other.request("GET", "/rest/v1/books", text, "").unwrap().0 != status {
            assert!(Instant::now() < until, "the other node goes on as before");
            std::thread::sleep(Duration::from_millis(50));
        }
    };
    becomes(200);
    assert_eq!(one.request("DELETE", &format!("/auth/v1/admin/api-keys/{id}"), &service, "").unwrap().0, 200);
    becomes(401);
}

#[test]
fn requests_are_counted_over_all_nodes_in_redis_and_by_each_while_it_is_gone() {
    let scratch = Scratch::new("");
    let shell = Shell::empty();
    shell.write("schema.graphql", LIMITED);
    let redis = Redis::start(super::free_address().rsplit(':').next().unwrap().parse().unwrap());
    let url = scratch.both();
    let environment = [("BACKSTAY_DATABASE_URL", url.as_str()), ("BACKSTAY_REDIS_URL", redis.url.as_str())];
    let node = || Server::start_with(&shell, &["serve", "--data", "data"], &environment);
    let (one, other) = (node(), node());
    let service = key(&shell, "data", "service");
    assert_eq!(passed(&one, &other), 4);
    assert!(!counted_alone(&one, &service) && !counted_alone(&other, &service));
    // What was counted is forgotten, and each node remembers what it counted itself.
    redis.command(&["FLUSHALL"]);
    assert!(passed(&one, &other) <= 4);
    drop((one, other));
    let (one, other) = (node(), node());
    drop(redis);
    // Each node lets through what it may by itself, and says that it counted alone.
    assert_eq!(passed(&one, &other), 8);
    assert!(counted_alone(&one, &service) && counted_alone(&other, &service));
}

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
    assert_eq!(second.request("GET", "/rest/v1/books?select=pages", &service, "").unwrap().1, r#"[{"pages":474}]"#);
}
