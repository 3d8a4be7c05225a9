//! A small HTTP server for tests. In: what to answer for the head of a request. Keeps what it was asked.

use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A server on a port of its own; ends with the test.
pub(crate) struct Server {
    pub(crate) port: u16,
    requests: Arc<Mutex<Vec<String>>>,
}

/// An answer with a body and further headers (lines that end in CR LF), after which the connection is closed.
pub(crate) fn answer(status: u16, body: &str, headers: &str) -> Vec<u8> {
    let length = body.len();
    format!("HTTP/1.1 {status} Status\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}")
        .into_bytes()
}

impl Server {
    /// Answers every request by its whole text.
    pub(crate) async fn start(reply: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static) -> Self {
        Self::at("127.0.0.1:0", reply).await
    }

    /// The same, at an address.
    pub(crate) async fn at(address: &str, reply: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind(address).await.unwrap();
        let server = Self { port: listener.local_addr().unwrap().port(), requests: Arc::default() };
        let (requests, reply) = (Arc::clone(&server.requests), Arc::new(reply));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&requests), Arc::clone(&reply)));
            }
        });
        server
    }

    /// What came, head and body.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

async fn serve<R: Fn(&str) -> Vec<u8>>(mut stream: TcpStream, requests: Arc<Mutex<Vec<String>>>, reply: Arc<R>) {
    while let Some(request) = read(&mut stream).await {
        let answer = reply(&request);
        requests.lock().unwrap().push(request);
        // The other side may have heard enough.
        if stream.write_all(&answer).await.is_err() || !answer.windows(14).any(|part| part == b"Content-Length") {
            return;
        }
        if answer.windows(5).any(|part| part == b"close") || answer.ends_with(b"half") {
            return;
        }
    }
}

/// One request; `None` when the other side is done.
async fn read(stream: &mut TcpStream) -> Option<String> {
    let mut text = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let request = String::from_utf8_lossy(&text).into_owned();
        if let Some((head, body)) = request.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| {
                let (name, value) = line.split_once(':')?;
                name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().unwrap_or(0))
            });
            if body.len() >= length.unwrap_or(0) {
                return Some(request);
            }
        }
        match stream.read(&mut buffer).await {
            Ok(0) | Err(_) => return None,
            Ok(count) => text.extend(&buffer[..count]),
        }
    }
}
