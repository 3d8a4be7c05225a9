//! The server over real sockets: limits, framing, headers of every route, shutdown.

#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

use backstay_auth::{DeclaredRoles, Secret, Verifier, VerifierOptions, sign};
use backstay_edge::client_address::{ProxyHeader, TrustedProxies};
use backstay_edge::{App, Config, CorsOrigins, server};
use backstay_engine::{Engine, OpenOptions, migrate};
use backstay_infra::cidr::Cidr;
use backstay_schema::{Source, parse};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

const SCHEMA: &str = r#"
enum Role @role { learner admin }
type Note @model @access(roles: ["user"], ops: [ALL]) { id: ID! @id title: String! }
type Author @model @access(ops: [READ]) @cache(ttl: "30s") { id: ID! @id name: String! posts: [Post!] }
type Post @model @access(ops: [READ, CREATE]) @cache(ttl: "1m", scope: PUBLIC) {
  id: ID! @id title: String! author: Author remarks: [Remark!]
}
type Scarce @model @access(ops: [READ, CREATE]) @rateLimit(per: "1h", max: 2) { id: ID! @id text: String! }
type Mine @model(table: "mine") @access(ops: [READ]) @rateLimit(per: "1h", max: 1, by: USER) { id: ID! @id }
type Remark @model @access(ops: [READ]) { id: ID! @id text: String! post: Post! }
"#;
const SECRET: &str = "a-secret-of-this-test-that-is-long-enough";

/// Longest wait for anything in these tests.
const PATIENCE: Duration = Duration::from_secs(20);

struct Running {
    address: SocketAddr,
    stop: CancellationToken,
    task: JoinHandle<std::io::Result<()>>,
    _data: tempfile::TempDir,
}

async fn start(config: Config) -> Running {
    let parsed = parse(&[Source { name: "schema.graphql".to_owned(), text: SCHEMA.to_owned() }]);
    let schema = Arc::new(parsed.schema.unwrap());
    let data = tempfile::tempdir().unwrap();
    let verifier = Verifier::new(VerifierOptions {
        secret: Some(Secret::parse(SECRET).unwrap()),
        roles: DeclaredRoles::of(&schema),
        ..VerifierOptions::default()
    });
    let engine = Engine::open(Arc::clone(&schema), OpenOptions::new(data.path().join("test.db"))).unwrap();
    let plan = migrate::plan(&engine, schema).await.unwrap();
    migrate::apply(&engine, plan, migrate::Permission::AdditiveOnly).await.unwrap();
    let app = Arc::new(App::new(engine, verifier, config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let stop = CancellationToken::new();
    let task = tokio::spawn(server::serve(app, listener, stop.clone()));
    Running { address, stop, task, _data: data }
}

fn token(claims: &Value) -> String {
    sign(&Secret::parse(SECRET).unwrap(), claims.as_object().unwrap()).unwrap()
}

/// What came back on a raw connection, up to its end.
struct Answer {
    text: String,
}

impl Answer {
    fn status(&self) -> u16 {
        self.text.get(9..12).and_then(|status| status.parse().ok()).unwrap_or(0)
    }

    fn header(&self, name: &str) -> Option<&str> {
        let head = self.text.split("\r\n\r\n").next()?;
        head.lines().skip(1).find_map(|line| {
            let (found, value) = line.split_once(':')?;
            found.eq_ignore_ascii_case(name).then_some(value.trim())
        })
    }

    fn body(&self) -> &str {
        self.text.split_once("\r\n\r\n").map_or("", |(_, body)| body)
    }

    fn code(&self) -> String {
        let body: Value = serde_json::from_str(self.body()).unwrap_or_default();
        let keys: Vec<&str> =
            body.as_object().map(|body| body.keys().map(String::as_str).collect()).unwrap_or_default();
        assert_eq!(keys, ["code", "message", "details", "hint"], "{}", self.text);
        body["code"].as_str().unwrap_or_default().to_owned()
    }
}

impl Running {
    /// Sends bytes and reads until the server closes.
    async fn raw(&self, bytes: impl AsRef<[u8]>) -> Answer {
        let exchange = async {
            let mut stream = TcpStream::connect(self.address).await.unwrap();
            // The server may close before all is written.
            let _ = stream.write_all(bytes.as_ref()).await;
            let mut text = Vec::new();
            let _ = stream.read_to_end(&mut text).await;
            Answer { text: String::from_utf8_lossy(&text).into_owned() }
        };
        tokio::time::timeout(PATIENCE, exchange).await.unwrap()
    }

    /// Sends a request with these header lines and no body.
    async fn send(&self, method: &str, path: &str, lines: &[&str]) -> Answer {
        let mut head = format!("{method} {path} HTTP/1.1\r\nHost: t\r\nConnection: close\r\n");
        for line in lines {
            head.push_str(line);
            head.push_str("\r\n");
        }
        self.raw(head + "\r\n").await
    }

    async fn end(self) {
        self.stop.cancel();
        tokio::time::timeout(PATIENCE, self.task).await.unwrap().unwrap().unwrap();
    }
}

#[tokio::test]
async fn proxies_are_believed_only_when_trusted() {
    let trusting = |header| Config {
        trusted_proxies: TrustedProxies { networks: vec![Cidr::parse("127.0.0.0/8").unwrap()], header },
        ..Config::default()
    };
    let rows: [(Config, &[&str], &[u16]); 4] = [
        // One a caller: the second of an address is refused, whatever it says of itself.
        (Config::default(), &["X-Forwarded-For: 1.1.1.1", "X-Forwarded-For: 2.2.2.2"], &[200, 429]),
        (trusting(ProxyHeader::XForwardedFor), &["X-Forwarded-For: 1.1.1.1", "X-Forwarded-For: 2.2.2.2"], &[200, 200]),
        (
            trusting(ProxyHeader::XForwardedFor),
            &["X-Forwarded-For: 1.1.1.1, 6.6.6.6", "X-Forwarded-For: 2.2.2.2, 6.6.6.6", "Forwarded: for=3.3.3.3"],
            &[200, 429, 200],
        ),
        (trusting(ProxyHeader::Forwarded), &["Forwarded: for=1.1.1.1", "Forwarded: for=\"1.1.1.1:80\""], &[200, 429]),
    ];
    for (config, lines, statuses) in rows {
        let server = start(config).await;
        let mut found = Vec::new();
        for line in lines {
            found.push(server.send("GET", "/rest/v1/mine", &[line]).await.status());
            // What a proxy passes on is not from this machine.
            assert_eq!(server.send("GET", "/metrics", &[line]).await.status(), 403);
        }
        assert_eq!(found, statuses, "{lines:?}");
        server.end().await;
    }
}

#[tokio::test]
async fn routes() {
    let server = start(Config::default()).await;
    for (method, path, status, code) in [
        ("GET", "/", 200, ""),
        ("GET", "/health/live", 200, ""),
        ("GET", "/health/ready", 200, ""),
        ("GET", "/metrics", 200, ""),
        ("GET", "/openapi.json", 200, ""),
        ("GET", "/docs", 200, ""),
        ("GET", "/docs/docs.js", 200, ""),
        ("GET", "/docs/", 308, ""),
        ("GET", "/docs/nothing.js", 404, "PGRST125"),
        ("GET", "/nothing", 404, "PGRST125"),
        ("GET", "/rest/v2/notes", 404, "PGRST125"),
        ("GET", "/health/live/", 404, "PGRST125"),
        ("GET", "/%00", 404, "PGRST125"),
        ("POST", "/health/live", 405, "PGRST117"),
        ("DELETE", "/openapi.json", 405, "PGRST117"),
        ("PUT", "/", 405, "PGRST117"),
        ("TRACE", "/docs", 405, "PGRST117"),
        ("TRACE", "/metrics", 405, "PGRST117"),
        ("TRACE", "/rest/v1/rpc/f", 405, "PGRST117"),
        ("PROPFIND", "/rest/v1/notes", 405, "PGRST117"),
        ("DELETE", "/rest/v1/rpc/f", 405, "PGRST101"),
        ("OPTIONS", "/nothing", 404, "PGRST125"),
    ] {
        let answer = server.send(method, path, &[]).await;
        assert_eq!(answer.status(), status, "{method} {path}: {}", answer.text);
        if !code.is_empty() {
            assert_eq!(answer.code(), code);
            assert!(answer.header("Proxy-Status").unwrap().ends_with(&format!("error={code}")));
        }
        if status == 405 {
            assert!(answer.header("Allow").is_some_and(|allowed| allowed.starts_with("GET")), "{path}");
        }
    }
    let head = server.send("HEAD", "/nothing", &[]).await;
    assert_eq!((head.status(), head.body()), (404, ""));
    assert!(head.header("Proxy-Status").is_some());
    server.end().await;
}

#[tokio::test]
async fn headers_of_every_route_and_status() {
    let server = start(Config { hsts: true, ..Config::default() }).await;
    let expired = format!("Authorization: Bearer {}", token(&json!({"role": "anon", "exp": 1})));
    let requests = [
        ("GET", "/", "X-A: 1"),
        ("GET", "/docs", "X-A: 1"),
        ("GET", "/docs/swagger-ui.css", "Accept-Encoding: gzip"),
        ("GET", "/docs/swagger-ui-bundle.js", "X-A: 1"),
        ("GET", "/openapi.json", "X-A: 1"),
        ("GET", "/openapi.json", expired.as_str()),
        ("GET", "/health/live", "X-A: 1"),
        ("GET", "/health/ready", "X-A: 1"),
        ("GET", "/metrics", "X-A: 1"),
        ("GET", "/metrics", "X-Forwarded-For: 1.2.3.4"),
        ("GET", "/rest/v1/notes", "X-A: 1"),
        ("GET", "/rest/v1/notes", expired.as_str()),
        ("GET", "/rest/v1/nothing", "X-A: 1"),
        ("PATCH", "/rest/v1/a/b", "X-A: 1"),
        ("POST", "/rest/v1/notes", "Content-Encoding: gzip\r\nContent-Length: 1"),
        ("POST", "/rest/v1/notes", "Content-Length: 99999999"),
        ("GET", "/nothing", "X-A: 1"),
        ("POST", "/docs", "X-A: 1"),
    ];
    for (method, path, line) in requests {
        let answer = server.send(method, path, &[line, "Origin: https://app.test"]).await;
        let label = format!("{method} {path} {line}: {}", answer.text.get(..600).unwrap_or(&answer.text));
        let is = |name: &str, value: &str| assert_eq!(answer.header(name), Some(value), "{name} of {label}");
        is("X-Content-Type-Options", "nosniff");
        is("X-Frame-Options", "DENY");
        is("Referrer-Policy", "no-referrer");
        is("Cross-Origin-Opener-Policy", "same-origin");
        is("Strict-Transport-Security", "max-age=31536000; includeSubDomains");
        is("Access-Control-Allow-Origin", "*");
        let page = method == "GET" && (path == "/" || path.starts_with("/docs"));
        let of_pages = [
            ("Origin-Agent-Cluster", "?1"),
            ("X-Permitted-Cross-Domain-Policies", "none"),
            ("X-DNS-Prefetch-Control", "off"),
            ("X-Download-Options", "noopen"),
            ("X-XSS-Protection", "0"),
        ];
        for (name, value) in of_pages {
            assert_eq!(answer.header(name), page.then_some(value), "{name} of {label}");
        }
        is("Cross-Origin-Resource-Policy", if page { "same-origin" } else { "cross-origin" });
        let policy = answer.header("Content-Security-Policy").unwrap();
        assert!(policy.starts_with("default-src 'none';") && policy.contains("frame-ancestors 'none'"), "{label}");
        assert_eq!(policy.contains("script-src 'self'"), page, "{label}");
        assert!(!policy.contains("unsafe") && !policy.contains("http"), "{label}");
        assert!(answer.header("X-Request-Id").is_some_and(|id| id.len() == 24), "{label}");
        assert!(answer.header("Server").is_none() && answer.header("X-Powered-By").is_none(), "{label}");
        assert!(answer.header("Cache-Control").is_some(), "{label}");
        assert_eq!(answer.header("Retry-After").is_some(), answer.status() == 503, "{label}");
        assert_eq!(answer.header("WWW-Authenticate").is_some(), answer.status() == 401, "{label}");
        if answer.status() >= 400 {
            is("Content-Type", "application/json; charset=utf-8");
            is("Cache-Control", "no-store");
            answer.code();
        }
    }
    server.end().await;
}

#[tokio::test]
async fn cross_origin() {
    let preflight = [
        "Origin: https://app.test",
        "Access-Control-Request-Method: PATCH",
        "Access-Control-Request-Headers: apikey, x-client-info, authorization",
    ];
    let open = start(Config::default()).await;
    for path in ["/rest/v1/notes", "/rest/v1/rpc/f", "/openapi.json", "/nothing"] {
        let answer = open.send("OPTIONS", path, &preflight).await;
        assert_eq!((answer.status(), answer.body()), (200, ""), "{}", answer.text);
        assert_eq!(answer.header("Access-Control-Allow-Origin"), Some("*"));
        assert_eq!(answer.header("Access-Control-Allow-Methods"), Some("GET, POST, PATCH, PUT, DELETE, OPTIONS, HEAD"));
        assert_eq!(
            answer.header("Access-Control-Allow-Headers"),
            Some("Authorization, apikey, x-client-info, Accept, Accept-Language, Content-Language")
        );
        assert_eq!(answer.header("Access-Control-Max-Age"), Some("86400"));
    }
    let answer = open.send("GET", "/nothing", &["Origin: null"]).await;
    let exposed = answer.header("Access-Control-Expose-Headers").unwrap();
    for name in ["Content-Range", "Content-Location", "Location", "Preference-Applied", "Range-Unit"] {
        assert!(exposed.split(", ").any(|exposed| exposed == name), "{name}");
    }
    assert!(open.send("GET", "/nothing", &[]).await.header("Access-Control-Allow-Origin").is_none());
    open.end().await;

    let cors = CorsOrigins::Listed(vec!["https://app.test".to_owned()]);
    let listed = start(Config { cors, ..Config::default() }).await;
    let check = async |origin: &str, expected: Option<&str>| {
        let answer = listed.send("GET", "/nothing", &[&format!("Origin: {origin}")]).await;
        assert_eq!(answer.header("Access-Control-Allow-Origin"), expected, "{origin}");
        assert!(answer.header("Vary").unwrap().contains("Origin"));
        assert!(answer.header("Access-Control-Allow-Credentials").is_none());
    };
    check("https://app.test", Some("https://app.test")).await;
    for other in ["https://app.test.evil.test", "http://app.test", "https://evil.test", "null", "https://app.test:444"]
    {
        check(other, None).await;
    }
    listed.end().await;
}

#[tokio::test]
async fn timing_where_it_is_wanted() {
    let user = format!("apikey: {}", token(&json!({"role": "authenticated"})));
    for wanted in [true, false] {
        let server = start(Config { server_timing: wanted, ..Config::default() }).await;
        let answer = server.send("GET", "/rest/v1/notes", &[&user]).await;
        let stages = ["resolve;dur=", "authorize;dur=", "compile;dur=", "execute;dur=", "total;dur="];
        assert_eq!(stages.iter().all(|stage| answer.text.contains(stage)), wanted, "{}", answer.text);
        assert_eq!(answer.header("Server-Timing").is_some(), wanted);
        server.end().await;
    }
}

#[tokio::test]
async fn request_ids() {
    let server = start(Config::default()).await;
    for (given, kept) in [("abc-1.2:3_4", true), ("a b", false), ("<x>", false), (&*"x".repeat(200), false)] {
        let answer = server.send("GET", "/nothing", &[&format!("X-Request-Id: {given}")]).await;
        assert_eq!(answer.header("X-Request-Id") == Some(given), kept, "{given}");
    }
    server.end().await;
}

#[tokio::test]
async fn bodies_within_limits() {
    let server = start(Config { body_bytes_max: 1000, ..Config::default() }).await;
    let bearer = format!("Authorization: Bearer {}", token(&json!({"role": "authenticated", "sub": "u"})));
    let post = |lines: &str, body: &str| {
        format!("POST /rest/v1/notes HTTP/1.1\r\nHost: t\r\nConnection: close\r\n{bearer}\r\n{lines}\r\n\r\n{body}")
    };
    let long = "x".repeat(1001);
    for (lines, body, status, code) in [
        ("Content-Length: 1001".to_owned(), &*long, 413, "BSY413"),
        ("Content-Length: 9223372036854775807".to_owned(), "", 413, "BSY413"),
        ("Transfer-Encoding: chunked".to_owned(), &*format!("3e9\r\n{long}\r\n0\r\n\r\n"), 413, "BSY413"),
        ("Transfer-Encoding: chunked".to_owned(), "zz\r\n", 400, "PGRST102"),
        ("Transfer-Encoding: chunked".to_owned(), "ffffffffffffffffff\r\n", 400, "PGRST102"),
        ("Content-Length: 5\r\nContent-Encoding: gzip".to_owned(), "12345", 415, "BSY415"),
        ("Content-Length: 5\r\nContent-Encoding: br, gzip".to_owned(), "12345", 415, "BSY415"),
        ("Content-Length: 5\r\nContent-Encoding: identity, gzip".to_owned(), "12345", 415, "BSY415"),
    ] {
        let answer = server.raw(post(&lines, body)).await;
        assert_eq!(answer.status(), status, "{lines}: {}", answer.text);
        assert_eq!(answer.code(), code, "{lines}");
    }
    // The whole stream is not waited for when a declared length is too large already.
    let refused = server.raw(post("Content-Length: 10000000000", "only this")).await;
    assert_eq!(refused.status(), 413);
    // A bad credential is refused before the body is taken in.
    let head = "POST /rest/v1/notes HTTP/1.1\r\nHost: t\r\nConnection: close\r\nAuthorization: Bearer x\r\nContent-Length: 900\r\n\r\n";
    assert_eq!(server.raw(head).await.status(), 401);
    server.end().await;
}

#[tokio::test]
async fn bad_framing() {
    let server = start(Config::default()).await;
    let many: String = (0..200).map(|n| format!("X-{n}: 1\r\n")).collect();
    for (bytes, statuses) in [
        ("nonsense\r\n\r\n".to_owned(), &[400_u16][..]),
        ("GET / HTTP/1.1\r\nHost t\r\n\r\n".to_owned(), &[400]),
        ("GET / HTTP/9.9\r\nHost: t\r\n\r\n".to_owned(), &[400, 505]),
        ("GET /\0 HTTP/1.1\r\nHost: t\r\n\r\n".to_owned(), &[400]),
        ("GET / HTTP/1.1\r\nHost: t\r\nX: a\0b\r\n\r\n".to_owned(), &[400]),
        ("GET / HTTP/1.1\r\nHost: t\r\nContent-Length: -1\r\n\r\n".to_owned(), &[400]),
        ("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 18446744073709551615\r\n\r\n".to_owned(), &[413, 431]),
        ("GET / HTTP/1.1\r\nHost: t\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab".to_owned(), &[400]),
        ("GET / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: gzip\r\n\r\n".to_owned(), &[400]),
        ("POST / HTTP/1.0\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n".to_owned(), &[400]),
        (format!("GET / HTTP/1.1\r\nHost: t\r\n{many}\r\n"), &[431]),
        (format!("GET / HTTP/1.1\r\nHost: t\r\nX: {}\r\n\r\n", "y".repeat(70_000)), &[431]),
        (format!("GET /{} HTTP/1.1\r\nHost: t\r\n\r\n", "y".repeat(70_000)), &[414, 431]),
        ("\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}".to_owned() + &"\u{0}".repeat(600), &[400]),
    ] {
        let answer = server.raw(&bytes).await;
        assert!(statuses.contains(&answer.status()), "{:?}: {}", bytes.get(..60), answer.text);
        assert!(answer.code().starts_with("BSY4"), "{:?} is told why: {}", bytes.get(..60), answer.text);
    }
    let raw = "GET /rest/v1/notes?select=meta->>a HTTP/1.1\r\nHost: t\r\n\r\n";
    assert!(server.raw(raw).await.body().contains("percent-encoded"), "a URL that curl sends as it is gets a hint");
    // One request in, one answer out, whatever the two lengths say.
    let smuggled = "POST /nothing HTTP/1.1\r\nHost: t\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /health/live HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n";
    let answer = server.raw(smuggled).await;
    assert!(!answer.text.contains("\"ok\"") || answer.text.matches("HTTP/1.1 ").count() == 2, "{}", answer.text);
    assert_eq!(server.send("GET", "/health/live", &[]).await.status(), 200);
    server.end().await;
}

#[tokio::test]
async fn slow_clients_are_cut() {
    let limit = Duration::from_millis(300);
    let server = start(Config { header_timeout: limit, request_timeout: limit, ..Config::default() }).await;
    // Says nothing; says half a head; stays idle after an answer: each ends by the server's hand.
    for bytes in ["", "GET / HTTP/1.1\r\nHost: t\r\nX-Slow: ", "GET /health/live HTTP/1.1\r\nHost: t\r\n\r\n"] {
        server.raw(bytes).await;
    }
    let bearer = token(&json!({"role": "authenticated"}));
    let head = format!(
        "POST /rest/v1/notes HTTP/1.1\r\nHost: t\r\nConnection: close\r\nAuthorization: Bearer {bearer}\r\nContent-Length: 100\r\n\r\n[{{"
    );
    let answer = server.raw(head).await;
    assert_eq!((answer.status(), answer.code().as_str()), (408, "BSY408"));
    server.end().await;
}

#[tokio::test]
async fn too_many_connections_are_turned_away() {
    let server = start(Config { connections_max: 1, ..Config::default() }).await;
    let mut first = TcpStream::connect(server.address).await.unwrap();
    first.write_all(b"GET /health/live HTTP/1.1\r\nHost: t\r\n\r\n").await.unwrap();
    let mut buffer = [0_u8; 2048];
    assert!(first.read(&mut buffer).await.unwrap() > 0, "the first connection is served and stays open");
    let answer = server.raw("").await;
    assert_eq!(answer.status(), 503);
    assert_eq!(answer.header("Retry-After"), Some("1"));
    assert_eq!(answer.code(), "BSY503");
    assert_eq!(answer.header("Content-Length").unwrap(), answer.body().len().to_string());
    drop(first);
    server.end().await;
}

#[tokio::test]
async fn those_that_would_wait_too_long_are_turned_away() {
    // None at all may be under way, so that each would wait too long.
    let server = start(Config { requests_max: 0, ..Config::default() }).await;
    let long = format!("POST /rest/v1/notes HTTP/1.1\r\nHost: t\r\nContent-Length: 9000\r\n\r\n{}", "x".repeat(9_000));
    for first in ["GET /rest/v1/authors HTTP/1.1\r\nHost: t\r\n\r\n".to_owned(), long, "GET / HTTP/1.1\r\n".to_owned()]
    {
        let answer = server.raw(first).await;
        assert_eq!((answer.status(), answer.code().as_str()), (503, "BSY503"));
        assert_eq!(answer.header("Retry-After"), Some("1"));
        assert_eq!(answer.header("Connection"), Some("close"));
        assert_eq!(answer.header("Content-Length").unwrap(), answer.body().len().to_string());
    }
    // Who watches over the server is answered, and so is what else comes on such a connection, by a refusal that pages can read.
    for (path, status) in [("/health/live", 200), ("/health/ready", 200), ("/metrics", 200)] {
        assert_eq!(server.send("GET", path, &[]).await.status(), status, "{path}");
    }
    let both = "HEAD /health/live HTTP/1.1\r\nHost: t\r\n\r\nGET /rest/v1/authors HTTP/1.1\r\nHost: t\r\nOrigin: https://a.example\r\nConnection: close\r\n\r\n";
    let answer = server.raw(both).await;
    let (first, second) = answer.text.split_once("\r\n\r\n").unwrap();
    assert!(first.starts_with("HTTP/1.1 200"), "{first}");
    let second = Answer { text: second.to_owned() };
    assert_eq!((second.status(), second.code().as_str()), (503, "BSY503"));
    for name in ["Retry-After", "X-Request-Id", "Access-Control-Allow-Origin"] {
        assert!(second.header(name).is_some(), "{name}: {}", second.text);
    }
    let metrics = server.send("GET", "/metrics", &[]).await.text;
    for line in ["backstay_http_overload_refused_total 4", "backstay_http_requests_under_way 0"] {
        assert!(metrics.lines().any(|found| found == line), "{line} is not in\n{metrics}");
    }
    server.end().await;
}

#[tokio::test]
async fn stops_with_an_idle_connection_open() {
    let server = start(Config::default()).await;
    let mut idle = TcpStream::connect(server.address).await.unwrap();
    idle.write_all(b"GET /health/live HTTP/1.1\r\nHost: t\r\n\r\n").await.unwrap();
    let mut buffer = [0_u8; 2048];
    assert!(idle.read(&mut buffer).await.unwrap() > 0);
    let silent = TcpStream::connect(server.address).await.unwrap();
    server.end().await;
    assert_eq!(idle.read(&mut buffer).await.unwrap(), 0);
    drop(silent);
}

#[tokio::test]
async fn cuts_what_does_not_end() {
    let grace = Duration::from_millis(200);
    let server = start(Config { shutdown_grace: grace, ..Config::default() }).await;
    let mut stuck = TcpStream::connect(server.address).await.unwrap();
    let bearer = token(&json!({"role": "authenticated"}));
    let head = format!(
        "POST /rest/v1/notes HTTP/1.1\r\nHost: t\r\nAuthorization: Bearer {bearer}\r\nContent-Length: 100\r\nExpect: 100-continue\r\n\r\n"
    );
    stuck.write_all(head.as_bytes()).await.unwrap();
    let mut buffer = [0_u8; 2048];
    // The server says that it reads the body: the request is running.
    assert!(stuck.read(&mut buffer).await.unwrap() > 0);
    server.end().await;
    assert!(matches!(stuck.read(&mut buffer).await, Ok(0) | Err(_)));
}

#[tokio::test]
async fn metrics_are_for_the_machine_and_the_service_key() {
    let server = start(Config::default()).await;
    let service = format!("Authorization: Bearer {}", token(&json!({"role": "service_role"})));
    let user = format!("Authorization: Bearer {}", token(&json!({"role": "authenticated"})));
    let behind = "X-Forwarded-For: 203.0.113.9";
    assert_eq!(server.send("GET", "/metrics", &[behind]).await.status(), 403);
    assert_eq!(server.send("GET", "/metrics", &[behind, &user]).await.status(), 403);
    assert_eq!(server.send("GET", "/metrics", &[behind, &service]).await.status(), 200);
    server.send("GET", "/nothing", &[]).await;
    let text = server.send("GET", "/metrics", &[]).await.text;
    for line in [
        "backstay_ready 1",
        "backstay_http_requests_total{route=\"unknown\",status=\"404\"} 1",
        "backstay_http_requests_total{route=\"metrics\",status=\"403\"} 2",
        "backstay_panics_total 0",
        "backstay_writes_queued 0",
    ] {
        assert!(text.contains(line), "{line} is not in {text}");
    }
    server.end().await;
}

#[tokio::test]
async fn rows_go_in_and_out() {
    let server = start(Config { rest_alias: Some(String::new()), ..Config::default() }).await;
    let user = format!("Authorization: bearer {}", token(&json!({"role": "authenticated", "sub": "u"})));
    let body = r#"{"id":"1","title":"a"}"#;
    let lines = format!("{user}\r\nPrefer: return=representation\r\nContent-Length: {}", body.len());
    let made = server
        .raw(format!("POST /rest/v1/notes HTTP/1.1\r\nHost: t\r\nConnection: close\r\n{lines}\r\n\r\n{body}"))
        .await;
    assert_eq!((made.status(), made.body()), (201, r#"[{"id":"1","title":"a"}]"#), "{}", made.text);
    for (path, line) in [
        ("/rest/v1/notes", &*user),
        ("/notes", &*user),
        ("/rest/v1/notes", &*user.replace("Authorization: bearer", "apikey:")),
    ] {
        let read = server.send("GET", path, &[line]).await;
        assert_eq!((read.status(), read.body()), (200, r#"[{"id":"1","title":"a"}]"#), "{path}: {}", read.text);
        assert_eq!(read.header("Vary"), Some("Accept, Prefer, Range, Accept-Profile, Authorization, apikey, Cookie"));
    }
    let head = server.send("HEAD", "/rest/v1/notes", &[&user]).await;
    assert_eq!((head.status(), head.body()), (200, ""));
    let nobody = server.send("GET", "/rest/v1/notes", &[]).await;
    assert_eq!(
        (nobody.status(), nobody.code().as_str(), nobody.header("WWW-Authenticate")),
        (401, "42501", Some("Bearer"))
    );
    let root = server.send("GET", "/rest/v1/", &[]).await;
    assert_eq!(root.header("Content-Type"), Some("application/openapi+json; charset=utf-8"));
    server.end().await;
}

#[tokio::test]
async fn credentials() {
    let server = start(Config::default()).await;
    let key = |claims: Value| token(&claims);
    let user = key(json!({"role": "authenticated", "sub": "u"}));
    let expired = key(json!({"role": "authenticated", "exp": 1}));
    for (lines, status, code) in [
        (format!("Authorization: Bearer {user}"), 200, ""),
        (format!("authorization: BEARER   {user} "), 200, ""),
        (format!("apikey: {user}"), 200, ""),
        (format!("Authorization: Basic dTpw\r\napikey: {user}"), 200, ""),
        (format!("Authorization: Bearer {user}\r\napikey: nonsense"), 200, ""),
        (format!("Authorization: Bearer {expired}\r\napikey: {user}"), 401, "PGRST303"),
        ("Authorization: Bearer\r\napikey: x".to_owned(), 401, "PGRST301"),
        ("Authorization: Bearer ".to_owned(), 401, "PGRST301"),
        ("Authorization: Bearer a.b".to_owned(), 401, "PGRST301"),
        ("apikey: sb_secret_unknown".to_owned(), 401, "PGRST301"),
        (format!("Authorization: Bearer {}", key(json!({"role": "postgres"}))), 401, "22023"),
        (
            format!("Authorization: Bearer {}", key(json!({"role": "authenticated", "nbf": 99_999_999_999_u64}))),
            401,
            "PGRST303",
        ),
        (format!("Authorization: Bearer {user}\r\nAuthorization: Bearer {user}"), 401, "PGRST301"),
        (format!("apikey: {user}\r\napikey: x"), 401, "PGRST301"),
        ("Authorization: Bearer \u{e9}".to_owned(), 401, "PGRST301"),
        (String::from("X-A: 1"), 401, "42501"),
        ("apikey: ".to_owned(), 401, "42501"),
    ] {
        let answer = server.send("GET", "/rest/v1/notes", &[&lines]).await;
        assert_eq!(answer.status(), status, "{lines}: {}", answer.text);
        if status == 401 {
            assert_eq!(answer.code(), code, "{lines}");
            assert!(answer.header("WWW-Authenticate").unwrap().starts_with("Bearer"), "{lines}");
        }
        // What was sent is not told back.
        assert!(!answer.body().contains("eyJ") && !answer.body().contains("sb_secret"), "{lines}");
    }
    server.end().await;

    let closed = start(Config { anonymous: false, ..Config::default() }).await;
    let answer = closed.send("GET", "/rest/v1/notes", &[]).await;
    assert_eq!(
        (answer.status(), answer.code().as_str(), answer.header("WWW-Authenticate")),
        (401, "PGRST302", Some("Bearer"))
    );
    assert_eq!(closed.send("GET", "/health/ready", &[]).await.status(), 200);
    closed.end().await;
}

#[tokio::test]
async fn compressed_when_asked_and_worth_it() {
    let server = start(Config::default()).await;
    let plain = server.send("GET", "/openapi.json", &[]).await;
    assert!(plain.header("Content-Encoding").is_none() && plain.body().len() > 1024);
    let zipped = server.send("GET", "/openapi.json", &["Accept-Encoding: gzip, deflate, br"]).await;
    assert_eq!(zipped.header("Content-Encoding"), Some("gzip"));
    assert!(zipped.header("Vary").unwrap().contains("Accept-Encoding"));
    let length = |answer: &Answer| answer.header("Content-Length").unwrap().parse::<usize>().unwrap();
    assert!(length(&zipped) < length(&plain) / 2);
    let brotli = server.send("GET", "/openapi.json", &["Accept-Encoding: br"]).await;
    assert_eq!(brotli.header("Content-Encoding"), Some("br"));
    let small = server.send("GET", "/health/live", &["Accept-Encoding: gzip"]).await;
    assert!(small.header("Content-Encoding").is_none());
    server.end().await;
}

#[tokio::test]
async fn http2_with_prior_knowledge() {
    let server = start(Config::default()).await;
    // Preface, then an empty SETTINGS frame: the server answers with its own SETTINGS (type 4).
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").await.unwrap();
    let mut frame = [0_u8; 9];
    tokio::time::timeout(PATIENCE, stream.read_exact(&mut frame)).await.unwrap().unwrap();
    assert_eq!(frame[3], 4);
    drop(stream);
    server.end().await;
}

#[tokio::test]
async fn validators_and_lifetimes() {
    let server = start(Config::default()).await;
    for (path, expected) in [
        ("/rest/v1/posts", "public, max-age=60"),
        ("/rest/v1/posts?select=id,author(name)", "private, max-age=30"),
        ("/rest/v1/posts?select=id,remarks(text)", "no-store"),
        ("/rest/v1/posts?select=id,author()&author.name=eq.x", "private, max-age=30"),
        ("/rest/v1/remarks", "no-store"),
        ("/rest/v1/posts?select=nope", "no-store"),
        ("/rest/v1/posts?id=eq.not-there&order=nope", "no-store"),
    ] {
        let answer = server.send("GET", path, &[]).await;
        assert_eq!(answer.header("Cache-Control"), Some(expected), "{path}: {}", answer.text);
        assert_eq!(answer.header("ETag").is_some(), answer.status() == 200, "{path}: {}", answer.text);
    }
    let first = server.send("GET", "/rest/v1/posts", &[]).await;
    let tag = first.header("ETag").unwrap();
    let known = format!("If-None-Match: {tag}");
    for method in ["GET", "HEAD"] {
        let full = server.send(method, "/rest/v1/posts", &[]).await;
        assert_eq!((full.status(), full.header("ETag")), (200, Some(tag)), "{method}: {}", full.text);
        let held = server.send(method, "/rest/v1/posts", &[&known]).await;
        assert_eq!((held.status(), held.body()), (304, ""), "{method}: {}", held.text);
        assert_eq!(held.header("ETag"), Some(tag));
        assert_eq!(held.header("Cache-Control"), Some("public, max-age=60"));
        assert!(held.header("Vary").is_some_and(|vary| vary.contains("Authorization, apikey")));
        assert_eq!((held.header("Content-Type"), held.header("Content-Range")), (None, None));
    }
    let body = r#"{"title":"a"}"#;
    let lines = format!("Content-Length: {}\r\nIf-None-Match: *\r\nPrefer: return=representation", body.len());
    let made = server
        .raw(format!(
            "POST /rest/v1/posts?select=title HTTP/1.1\r\nHost: t\r\nConnection: close\r\n{lines}\r\n\r\n{body}"
        ))
        .await;
    assert_eq!((made.status(), made.header("ETag"), made.header("Cache-Control")), (201, None, Some("no-store")));
    let changed = server.send("GET", "/rest/v1/posts", &[&known]).await;
    assert_eq!(changed.status(), 200);
    assert_ne!(changed.header("ETag"), Some(tag));
    // What a caller may not see is not in the tag either: the same request, another answer.
    let user = format!("Authorization: Bearer {}", token(&json!({"role": "authenticated", "sub": "u"})));
    let refused = server.send("GET", "/rest/v1/notes", &["If-None-Match: *"]).await;
    assert_eq!((refused.status(), refused.header("ETag")), (401, None));
    assert_eq!(server.send("GET", "/rest/v1/notes", &[&user, "If-None-Match: *"]).await.status(), 304);
    server.end().await;
}

#[tokio::test]
async fn rate_limits() {
    let server = start(Config::default()).await;
    // A header that a client writes does not make another caller.
    for (left, status) in [(1, 200), (0, 200), (0, 429), (0, 429)] {
        let forged = format!("X-Forwarded-For: 10.0.0.{left}");
        let answer = server.send("GET", "/rest/v1/scarces", &[&forged]).await;
        assert_eq!(answer.status(), status, "{}", answer.text);
        assert_eq!(answer.header("RateLimit-Policy"), Some("\"ip-3600s\";q=2;w=3600"));
        let state = answer.header("RateLimit").unwrap();
        assert!(state.starts_with(&format!("\"ip-3600s\";r={left};t=")), "{state}");
        let wait: Option<u64> = answer.header("Retry-After").and_then(|wait| wait.parse().ok());
        assert_eq!(wait.is_some_and(|wait| (1790..=1800).contains(&wait)), status == 429, "{}", answer.text);
        if status == 429 {
            assert_eq!((answer.code().as_str(), answer.header("Cache-Control")), ("BSY429", Some("no-store")));
        }
    }
    let body = r#"{"text":"a"}"#;
    let head =
        format!("POST /rest/v1/scarces HTTP/1.1\r\nHost: t\r\nConnection: close\r\nContent-Length: {}", body.len());
    assert_eq!(server.raw(format!("{head}\r\n\r\n{body}")).await.status(), 429);
    let steps = r#"[{"method":"GET","path":"/scarces"}]"#;
    let lines = format!("Content-Type: application/json\r\nContent-Length: {}", steps.len());
    let together = format!("POST /rest/v1/ HTTP/1.1\r\nHost: t\r\nConnection: close\r\n{lines}\r\n\r\n{steps}");
    let together = server.raw(together).await;
    assert_eq!((together.status(), together.header("Retry-After").is_some()), (429, true), "{}", together.text);
    assert!(together.body().contains(r#""operation":0"#), "{}", together.text);
    let bearer = |claims: Value| format!("Authorization: Bearer {}", token(&claims));
    let service = bearer(json!({"role": "service_role"}));
    let kept = server.send("GET", "/rest/v1/scarces", &[&service]).await;
    assert_eq!((kept.status(), kept.body(), kept.header("RateLimit")), (200, "[]", None), "a refused write left a row");
    for (user, status) in [("a", 200), ("b", 200), ("a", 429), ("b", 429)] {
        let line = bearer(json!({"role": "authenticated", "sub": user}));
        assert_eq!(server.send("GET", "/rest/v1/mine", &[&line]).await.status(), status, "{user}");
    }
    let free = server.send("GET", "/rest/v1/posts", &[]).await;
    assert_eq!((free.status(), free.header("RateLimit")), (200, None));
    server.end().await;
}
