//! HTTPS by files: real clients, versions, protocols, replaced certificates, clients that stall, and the port that redirects.

#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

use backstay_auth::{Verifier, VerifierOptions};
use backstay_edge::server::{self, Sockets};
use backstay_edge::tls::{Certificates, Reloaded, TlsError, TlsFiles, Validity};
use backstay_edge::{App, Config};
use backstay_engine::{Engine, OpenOptions, migrate};
use backstay_schema::{Source, parse};
use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion, version};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsConnector;
use tokio_util::sync::CancellationToken;

const SCHEMA: &str = r#"type Note @model @access(ops: [READ]) { id: ID! @id title: String! }"#;

/// Longest wait for anything in these tests.
const PATIENCE: Duration = Duration::from_secs(20);
const HEADER_TIMEOUT: Duration = Duration::from_millis(300);

struct Running {
    address: SocketAddr,
    redirect: SocketAddr,
    certificates: Arc<Certificates>,
    files: TlsFiles,
    stop: CancellationToken,
    task: JoinHandle<std::io::Result<()>>,
    data: tempfile::TempDir,
}

/// A self-signed certificate for localhost and its key, in PEM.
fn certificate(from_year: i32, to_year: i32) -> (String, String) {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec!["localhost".to_owned(), "127.0.0.1".to_owned()]).unwrap();
    params.not_before = date_time_ymd(from_year, 1, 1);
    params.not_after = date_time_ymd(to_year, 1, 1);
    (params.self_signed(&key).unwrap().pem(), key.serialize_pem())
}

fn write(files: &TlsFiles, (cert, key): &(String, String)) {
    std::fs::write(&files.cert, cert).unwrap();
    std::fs::write(&files.key, key).unwrap();
}

fn files_in(folder: &Path) -> TlsFiles {
    TlsFiles { cert: folder.join("fullchain.pem"), key: folder.join("privkey.pem") }
}

async fn start(pair: &(String, String)) -> Running {
    let schema = Arc::new(parse(&[Source { name: "s".to_owned(), text: SCHEMA.to_owned() }]).schema.unwrap());
    let data = tempfile::tempdir().unwrap();
    let engine = Engine::open(Arc::clone(&schema), OpenOptions::new(data.path().join("test.db"))).unwrap();
    let plan = migrate::plan(&engine, schema).await.unwrap();
    migrate::apply(&engine, plan, migrate::Permission::AdditiveOnly).await.unwrap();
    let config = Config {
        hsts: true,
        header_timeout: HEADER_TIMEOUT,
        external_url: Some("https://api.example.org".to_owned()),
        ..Config::default()
    };
    let app = Arc::new(App::new(engine, Verifier::new(VerifierOptions::default()), config));
    let files = files_in(data.path());
    write(&files, pair);
    let certificates = Arc::new(Certificates::load(files.clone()).unwrap());
    let api = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let redirect = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, redirect_address) = (api.local_addr().unwrap(), redirect.local_addr().unwrap());
    let stop = CancellationToken::new();
    let sockets = Sockets { api, tls: Some(Arc::clone(&certificates)), redirect: Some(redirect) };
    let task = tokio::spawn(server::serve(app, sockets, stop.clone()));
    Running { address, redirect: redirect_address, certificates, files, stop, task, data }
}

impl Running {
    async fn end(self) {
        self.stop.cancel();
        tokio::time::timeout(PATIENCE, self.task).await.unwrap().unwrap().unwrap();
        drop(self.data);
    }

    /// A client of the wire's own kind, which trusts `root` alone.
    fn client(&self, root: &str, one: bool) -> reqwest::Client {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let root = reqwest::Certificate::from_pem(root.as_bytes()).unwrap();
        let builder = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .tls_certs_only([root])
            .resolve("localhost", self.address)
            .timeout(PATIENCE);
        if one { builder.http1_only() } else { builder }.build().unwrap()
    }

    fn url(&self, path: &str) -> String {
        format!("https://localhost:{}{path}", self.address.port())
    }

    /// A TLS connection of one version and these protocols.
    async fn connect(
        &self,
        root: &str,
        only: &'static SupportedProtocolVersion,
        alpn: &[&str],
    ) -> tokio_rustls::client::TlsStream<TcpStream> {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(root.as_bytes()).unwrap()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[only])
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
        let stream = TcpStream::connect(self.address).await.unwrap();
        TlsConnector::from(Arc::new(config)).connect(ServerName::try_from("localhost").unwrap(), stream).await.unwrap()
    }

    /// What a plain connection gets, up to its end.
    async fn plain(&self, address: SocketAddr, bytes: &[u8]) -> String {
        let exchange = async {
            let mut stream = TcpStream::connect(address).await.unwrap();
            stream.write_all(bytes).await.unwrap();
            let mut answer = Vec::new();
            let _ = stream.read_to_end(&mut answer).await;
            String::from_utf8_lossy(&answer).into_owned()
        };
        tokio::time::timeout(PATIENCE, exchange).await.unwrap()
    }
}

#[tokio::test]
async fn clients_get_http_2_and_1() {
    let pair = certificate(2024, 2100);
    let server = start(&pair).await;
    for (one, version) in [(false, http::Version::HTTP_2), (true, http::Version::HTTP_11)] {
        let client = server.client(&pair.0, one);
        for (path, status) in [("/health/live", 200), ("/rest/v1/notes", 200), ("/rest/v1/nothing", 404)] {
            let answer = client.get(server.url(path)).send().await.unwrap();
            assert_eq!((answer.status().as_u16(), answer.version()), (status, version), "{path}");
            assert!(answer.headers()["strict-transport-security"].to_str().unwrap().starts_with("max-age=31536000"));
        }
    }
    for only in [&version::TLS12, &version::TLS13] {
        for alpn in [&[][..], &["http/1.1"], &["http/1.1", "h2"]] {
            let mut stream = server.connect(&pair.0, only, alpn).await;
            assert_eq!(stream.get_ref().1.protocol_version(), Some(only.version));
            if alpn.contains(&"h2") {
                assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]), "the server's order counts");
                continue;
            }
            let request = b"GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
            stream.write_all(request).await.unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).await.unwrap();
            assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        }
    }
    server.end().await;
}

#[tokio::test]
async fn a_replaced_certificate_is_used_and_a_broken_one_is_not() {
    let (first, second) = (certificate(2024, 2100), certificate(2024, 2101));
    let server = start(&first).await;
    let old = server.client(&first.0, false);
    assert!(old.get(server.url("/health/live")).send().await.is_ok());
    assert_eq!(server.certificates.reload().unwrap(), Reloaded::Unchanged);
    // Half of the pair is there: the one before stays.
    std::fs::write(&server.files.cert, &second.0).unwrap();
    assert!(matches!(server.certificates.reload(), Err(TlsError::KeyMismatch { .. })));
    assert!(server.client(&first.0, true).get(server.url("/health/live")).send().await.is_ok());
    std::fs::write(&server.files.key, &second.1).unwrap();
    assert_eq!(server.certificates.reload().unwrap(), Reloaded::Replaced);
    assert!(server.client(&second.0, false).get(server.url("/health/live")).send().await.is_ok());
    assert!(
        server.client(&first.0, false).get(server.url("/health/live")).send().await.is_err(),
        "the old one is gone"
    );
    assert!(old.get(server.url("/health/live")).send().await.is_ok(), "open connections live on");
    std::fs::remove_file(&server.files.key).unwrap();
    assert!(matches!(server.certificates.reload(), Err(TlsError::Unreadable { .. })));
    assert!(server.client(&second.0, true).get(server.url("/health/live")).send().await.is_ok());
    server.end().await;
}

#[tokio::test]
async fn who_says_nothing_is_cut_off() {
    let pair = certificate(2024, 2100);
    let server = start(&pair).await;
    let begin = Instant::now();
    // Nothing at all; the begin of a handshake; a handshake and then nothing; half a request.
    assert_eq!(server.plain(server.address, b"").await, "");
    server.plain(server.address, &[0x16, 3, 1, 2, 0, 1]).await;
    let mut silent = server.connect(&pair.0, &version::TLS13, &[]).await;
    let mut half = server.connect(&pair.0, &version::TLS13, &[]).await;
    half.write_all(b"GET / HT").await.unwrap();
    let mut rest = Vec::new();
    let ends = async {
        let _ = silent.read_to_end(&mut rest).await;
        let _ = half.read_to_end(&mut rest).await;
    };
    tokio::time::timeout(PATIENCE, ends).await.unwrap();
    assert!(begin.elapsed() >= HEADER_TIMEOUT);
    let answer = server.client(&pair.0, true).get(server.url("/metrics")).send().await.unwrap().text().await.unwrap();
    let failed = answer.lines().find(|line| line.starts_with("backstay_tls_handshakes_failed_total")).unwrap();
    assert_eq!(failed, "backstay_tls_handshakes_failed_total 2");
    server.end().await;
}

#[tokio::test]
async fn plain_http_is_told_where_to_go() {
    let pair = certificate(2024, 2100);
    let server = start(&pair).await;
    let wrong = server.plain(server.address, b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
    assert!(wrong.starts_with("HTTP/1.1 400 Bad Request\r\n"), "{wrong}");
    assert!(
        wrong.contains("This port speaks HTTPS") && wrong.contains("\"hint\":\"Write https:// in front"),
        "{wrong}"
    );
    assert_eq!(server.plain(server.address, b"\0\0\0\0").await, "");

    let rows: [(&str, &str, &str); 5] = [
        ("GET /rest/v1/notes?x=1", "", "308 https://api.example.org/rest/v1/notes?x=1"),
        ("POST /rest/v1/notes", "Content-Length: 2\r\n", "308 https://api.example.org/rest/v1/notes"),
        ("GET /metrics", "", "308 https://api.example.org/metrics"),
        ("GET http://evil.example/x", "X-Forwarded-Host: evil.example\r\n", "308 https://api.example.org/x"),
        ("GET /health/live", "", "200 "),
    ];
    for (line, header, expected) in rows {
        let body = if header.starts_with("Content") { "{}" } else { "" };
        let request = format!("{line} HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n{header}\r\n{body}");
        let answer = server.plain(server.redirect, request.as_bytes()).await;
        let location = answer.lines().find_map(|line| line.strip_prefix("location: ")).unwrap_or_default();
        assert_eq!(format!("{} {location}", answer.get(9..12).unwrap_or_default()), expected, "{line}: {answer}");
        assert!(!answer.contains("evil.example"), "{answer}");
    }
    server.end().await;
}

#[test]
fn mistakes_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let files = files_in(folder.path());
    let (pair, other) = (certificate(2024, 2100), certificate(2024, 2100));
    let sealed = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n".to_owned();
    let broken = pair.0.replacen("-----END", "----END", 1);
    let rows: [((&str, &str), &str); 9] = [
        ((&pair.0, &other.1), "the key in privkey.pem does not belong to the certificate in fullchain.pem"),
        ((&pair.1, &pair.1), "fullchain.pem holds a private key, where a certificate in PEM is expected"),
        (
            (&pair.0, &pair.0),
            "privkey.pem holds a certificate, where a private key in PEM without a password is expected",
        ),
        (
            (&pair.0, &sealed),
            "privkey.pem holds a private key under a password, where a private key in PEM without a password is expected",
        ),
        (("", &pair.1), "fullchain.pem holds nothing, where a certificate in PEM is expected"),
        (("hello", &pair.1), "fullchain.pem holds something else, where a certificate in PEM is expected"),
        ((&broken, &pair.1), "fullchain.pem holds broken PEM, where a certificate in PEM is expected"),
        ((&pair.0, ""), "privkey.pem holds nothing, where a private key in PEM without a password is expected"),
        ((&pair.0, &pair.1), ""),
    ];
    for ((cert, key), expected) in rows {
        write(&files, &(cert.to_owned(), key.to_owned()));
        let message = Certificates::load(files.clone()).err().map(|error| error.to_string()).unwrap_or_default();
        assert_eq!(message.replace(&format!("{}/", folder.path().display()), ""), expected);
    }
    std::fs::remove_file(&files.cert).unwrap();
    let missing = Certificates::load(files.clone()).unwrap_err().to_string();
    assert!(missing.starts_with("cannot read ") && missing.contains("fullchain.pem"), "{missing}");
}

#[test]
fn dates_and_names_are_known() {
    let folder = tempfile::tempdir().unwrap();
    let files = files_in(folder.path());
    write(&files, &certificate(2024, 2026));
    let certificates = Certificates::load(files).unwrap();
    // 2024-01-01 and 2026-01-01.
    let (begin, end, day) = (1_704_067_200, 1_767_225_600, 86_400);
    for (now, expected) in [
        (begin - 1, Validity::NotYet(begin)),
        (begin + 1, Validity::Good),
        (end - 15 * day, Validity::Good),
        (end - 13 * day, Validity::EndsSoon(end)),
        (end + 1, Validity::Ended(end)),
    ] {
        assert_eq!(certificates.validity(now), expected);
    }
    for (host, fits) in [("localhost", true), ("127.0.0.1", true), ("example.org", false), ("", false)] {
        assert_eq!(certificates.is_for(host), fits, "{host}");
    }
}
