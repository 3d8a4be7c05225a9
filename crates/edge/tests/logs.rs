//! What the log says of a request, and what it never says. A process of its own: the subscriber sees every thread.

use backstay_auth::{Secret, Verifier, VerifierOptions, sign};
use backstay_edge::{App, Config, server};
use backstay_engine::{Engine, OpenOptions, migrate};
use backstay_schema::{Source, parse};
use serde_json::{Value, json};
use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

const SCHEMA: &str = r#"type Note @model @access(ops: [ALL]) { id: ID! @id title: String! @unique }"#;
const SECRET: &str = "canary-secret-that-no-log-line-may-hold";

/// Collects what a subscriber writes.
#[derive(Clone, Default)]
struct Sink(Arc<Mutex<Vec<u8>>>);

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn one_event_is_one_line_without_secrets() {
    let sink = Sink::default();
    let writer = sink.clone();
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || writer.clone())
        .init();

    let schema = Arc::new(parse(&[Source { name: "s".to_owned(), text: SCHEMA.to_owned() }]).schema.unwrap());
    let data = tempfile::tempdir().unwrap();
    let secret = Secret::parse(SECRET).unwrap();
    let token = sign(&secret, json!({"role": "authenticated", "sub": "canary-sub"}).as_object().unwrap()).unwrap();
    let verifier = Verifier::new(VerifierOptions { secret: Some(secret), ..VerifierOptions::default() });
    let engine = Engine::open(Arc::clone(&schema), OpenOptions::new(data.path().join("test.db"))).unwrap();
    let plan = migrate::plan(&engine, schema).await.unwrap();
    migrate::apply(&engine, plan, migrate::Permission::AdditiveOnly).await.unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let stop = CancellationToken::new();
    let app = Arc::new(App::new(engine, verifier, Config::default()));
    let task = tokio::spawn(server::serve(app, listener, stop.clone()));

    let body = r#"{"id":"1","title":"canary-body"}"#;
    let length = body.len();
    let requests = [
        format!("GET /rest/v1/notes?title=eq.canary-query HTTP/1.1\r\nAuthorization: Bearer {token}"),
        format!("POST /rest/v1/notes HTTP/1.1\r\napikey: {token}\r\nContent-Length: {length}\r\n\r\n{body}"),
        format!("POST /rest/v1/notes HTTP/1.1\r\napikey: {token}\r\nContent-Length: {length}\r\n\r\n{body}"),
        "GET /rest/v1/notes HTTP/1.1\r\nAuthorization: Bearer canary-token".to_owned(),
        "GET /rest/v1/notes HTTP/1.1\r\napikey: sb_secret_canary-key".to_owned(),
        "GET /no%0d%0a%1b[31mthing HTTP/1.1\r\nX-Request-Id: known-id-1".to_owned(),
        "GET /openapi.json HTTP/1.1\r\nCookie: canary-cookie".to_owned(),
    ];
    for request in &requests {
        let request = request.replacen("HTTP/1.1\r\n", "HTTP/1.1\r\nHost: t\r\nConnection: close\r\n", 1);
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(format!("{request}\r\n\r\n").as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        assert!(answer.starts_with(b"HTTP/1.1 "));
    }
    stop.cancel();
    task.await.unwrap().unwrap();

    let text = String::from_utf8(sink.0.lock().unwrap_or_else(PoisonError::into_inner).clone()).unwrap();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let ours: Vec<&Value> =
        lines.iter().filter(|line| line["target"].as_str().unwrap_or_default().starts_with("backstay")).collect();
    let access: Vec<&&Value> = ours.iter().filter(|line| line["target"] == "backstay::access").collect();
    assert_eq!(access.len(), requests.len(), "one line a request");
    let statuses: Vec<u64> = access.iter().map(|line| line["http.status"].as_u64().unwrap()).collect();
    assert_eq!(statuses, [200, 201, 409, 401, 401, 404, 200]);
    assert!(
        access
            .iter()
            .all(|line| line["message"] == "request" && line["request.id"].as_str().is_some_and(|id| id.len() >= 10))
    );
    assert!(access.iter().all(|line| line["client.address"] == "127.0.0.1"));
    assert_eq!(access[5]["request.id"], "known-id-1");
    assert_eq!(access[5]["http.path"], "/no%0d%0a%1b[31mthing");
    for line in &ours {
        assert!(!line.to_string().contains("canary"), "{line}");
    }
    assert!(!text.contains(&token), "no line of anybody holds a token");
}
