//! The client for requests to the outside, against servers of this test: where it goes, what it takes, what it says when it fails.
#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

#[path = "support/http_server.rs"]
mod http_server;

use backstay_infra::http_out::address::{Network, network};
use backstay_infra::http_out::allow::AllowList;
use backstay_infra::http_out::{
    Blocked, EgressError, HttpOut, HttpOutOptions, Limits, LookupFn, Request, Response, Target,
};
use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode};
use http_server::{Server, answer};
use std::collections::VecDeque;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Answers every name from a list, one entry a lookup, the last one for ever; counts.
fn scripted(answers: &[&str]) -> (LookupFn, Arc<Mutex<Vec<String>>>) {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let answers: VecDeque<Vec<IpAddr>> =
        answers.iter().map(|line| line.split(' ').map(|address| address.parse().unwrap()).collect()).collect();
    let (answers, log) = (Arc::new(Mutex::new(answers)), Arc::clone(&asked));
    let lookup: LookupFn = Arc::new(move |host| {
        log.lock().unwrap().push(host);
        let mut answers = answers.lock().unwrap();
        let found = if answers.len() > 1 { answers.pop_front().unwrap() } else { answers[0].clone() };
        Box::pin(async move { Ok(found) })
    });
    (lookup, asked)
}

fn client(allow: &[&str], limits: Limits, lookup: LookupFn) -> HttpOut {
    HttpOut::new(HttpOutOptions { allow: AllowList::parse(allow).unwrap(), limits, lookup }).unwrap()
}

fn open_client(limits: Limits) -> HttpOut {
    client(&["127.0.0.0/8"], limits, scripted(&["127.0.0.1"]).0)
}

fn url(server: &Server, path: &str) -> String {
    format!("http://127.0.0.1:{}{path}", server.port)
}

async fn get(client: &HttpOut, url: &str) -> Result<Response, EgressError> {
    let request =
        Request { method: Method::GET, target: Target::parse(url)?, headers: HeaderMap::new(), body: Bytes::new() };
    client.send(request).await
}

#[track_caller]
fn is(address: &str, expected: Network) {
    assert_eq!(network(address.parse().unwrap()), expected, "{address}");
}

#[test]
fn addresses_are_told_apart() {
    for public in [
        "1.1.1.1",
        "8.8.8.8",
        "93.184.216.34",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "126.255.255.255",
        "128.0.0.1",
        "169.253.255.255",
        "169.255.0.0",
        "172.15.255.255",
        "172.32.0.0",
        "192.0.1.1",
        "192.167.255.255",
        "192.169.0.0",
        "198.17.255.255",
        "198.20.0.0",
        "223.255.255.255",
        "2606:4700::1111",
        "2a00:1450::1",
        "64:ff9b::808:808",
        "2002:808:808::1",
        "::ffff:8.8.8.8",
        "2001:200::1",
        "3ffe::1",
    ] {
        is(public, Network::Public);
    }
    for (address, expected) in [
        ("0.0.0.0", Network::Unspecified),
        ("0.1.2.3", Network::Unspecified),
        ("0.255.255.255", Network::Unspecified),
        ("10.0.0.0", Network::Private),
        ("10.255.255.255", Network::Private),
        ("100.64.0.0", Network::CarrierNat),
        ("100.127.255.255", Network::CarrierNat),
        ("100.100.100.200", Network::Metadata),
        ("127.0.0.1", Network::Loopback),
        ("127.255.255.254", Network::Loopback),
        ("168.63.129.16", Network::Metadata),
        ("169.254.0.1", Network::LinkLocal),
        ("169.254.169.254", Network::Metadata),
        ("169.254.170.2", Network::Metadata),
        ("172.16.0.1", Network::Private),
        ("172.31.255.255", Network::Private),
        ("192.0.0.1", Network::Reserved),
        ("192.0.0.192", Network::Metadata),
        ("192.0.2.1", Network::Documentation),
        ("192.88.99.1", Network::Tunnel),
        ("192.168.0.1", Network::Private),
        ("198.18.0.1", Network::Documentation),
        ("198.19.255.255", Network::Documentation),
        ("198.51.100.7", Network::Documentation),
        ("203.0.113.7", Network::Documentation),
        ("224.0.0.1", Network::Multicast),
        ("239.255.255.255", Network::Multicast),
        ("240.0.0.1", Network::Reserved),
        ("255.255.255.255", Network::Broadcast),
        ("::", Network::Unspecified),
        ("::1", Network::Loopback),
        ("::127.0.0.1", Network::Loopback),
        ("::ffff:127.0.0.1", Network::Loopback),
        ("::ffff:169.254.169.254", Network::Metadata),
        ("::ffff:0:10.0.0.1", Network::Private),
        ("64:ff9b::7f00:1", Network::Loopback),
        ("64:ff9b::a9fe:a9fe", Network::Metadata),
        ("64:ff9b:1::a00:1", Network::Tunnel),
        ("2002:7f00:1::", Network::Loopback),
        ("2002:a00:1::1", Network::Private),
        ("2002:a9fe:a9fe::1", Network::Metadata),
        ("2001::1", Network::Tunnel),
        ("2001:0:4136:e378:8000:63bf:3fff:fdd2", Network::Tunnel),
        ("2001:10::1", Network::Reserved),
        ("2001:20::1", Network::Reserved),
        ("2001:2::1", Network::Documentation),
        ("2001:db8::1", Network::Documentation),
        ("3fff::1", Network::Documentation),
        ("2606:4700::5efe:10.0.0.1", Network::Private),
        ("fe80::5efe:192.168.0.1", Network::LinkLocal),
        ("fe80::1", Network::LinkLocal),
        ("febf::1", Network::LinkLocal),
        ("fec0::1", Network::Private),
        ("fc00::1", Network::Private),
        ("fd12:3456::1", Network::Private),
        ("fd00:ec2::254", Network::Metadata),
        ("fd20:ce::254", Network::Metadata),
        ("ff02::1", Network::Multicast),
        ("100::1", Network::Reserved),
        ("5f00::1", Network::Reserved),
        ("4000::1", Network::Reserved),
    ] {
        is(address, expected);
    }
}

/// Every way to write an inner target that a URL knows. `localhost` and its like are names: the lookup answers them.
#[tokio::test]
async fn spellings_of_inner_targets_are_refused() {
    const SPELLINGS: &[&str] = &[
        "127.0.0.1",
        "127.0.0.1.",
        "127.1",
        "127.0.1",
        "127.00.0.01",
        "0177.0.0.1",
        "0x7f.0.0.1",
        "0x7f000001",
        "0X7F000001",
        "2130706433",
        "017700000001",
        "0x7f.1",
        "127.0x0.0.1",
        "127.0.0.0x1",
        "%31%32%37.0.0.1",
        "127%2E0%2E0%2E1",
        "127。0。0。1",
        "①②⑦.⓪.⓪.①",
        "１２７.0.0.1",
        "127.0.0.1:80",
        "user@127.0.0.1",
        "example.org@127.0.0.1",
        "example.org:80@127.0.0.1",
        "0",
        "0.0.0.0",
        "0x0",
        "00",
        "0.0",
        "0.0.0.0:80",
        "10.1",
        "0x0a000001",
        "167772161",
        "012.0.0.1",
        "169.254.169.254",
        "0xa9fea9fe",
        "2852039166",
        "0251.0376.0251.0376",
        "169.254.43518",
        "169.16689662",
        "100.100.100.200",
        "168.63.129.16",
        "192.168.1",
        "192.168.0.1",
        "0xc0a80001",
        "172.16.1",
        "100.64.1",
        "224.1",
        "255.255.255.255",
        "4294967295",
        "[::1]",
        "[::]",
        "[0:0:0:0:0:0:0:1]",
        "[0000::0001]",
        "[::127.0.0.1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[0:0:0:0:0:ffff:7f00:0001]",
        "[::ffff:0:127.0.0.1]",
        "[64:ff9b::127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "[fe80::1]",
        "[fc00::1]",
        "[fd00:ec2::254]",
        "[ff02::1]",
        "[2001:db8::1]",
        "localhost",
        "LOCALHOST",
        "localhost.",
        "localhost.localdomain",
        "app.localhost",
        "LocalHost:80",
        "metadata.google.internal",
        "instance-data",
        "127.0.0.1.nip.io",
        "ｌｏｃａｌｈｏｓｔ",
        "loc%61lhost",
        "a_b.example",
        "xn--e1afmkfd.example",
    ];
    assert!(SPELLINGS.len() >= 60);
    let (lookup, _) = scripted(&["127.0.0.1"]);
    let client = client(&[], Limits::default(), lookup);
    for spelling in SPELLINGS {
        for scheme in ["http", "https"] {
            let url = format!("{scheme}://{spelling}/");
            let outcome = get(&client, &url).await;
            assert!(matches!(outcome, Err(EgressError::Blocked(Blocked::Address { .. }))), "{url}: {outcome:?}");
        }
    }
}

#[tokio::test]
async fn other_schemes_are_refused() {
    for url in [
        "file:///etc/passwd",
        "ftp://example.org/",
        "gopher://127.0.0.1:6379/_INFO",
        "data:,x",
        "unix:/run/x",
        "ws://example.org/",
    ] {
        let outcome = Target::parse(url);
        assert!(matches!(outcome, Err(EgressError::Blocked(Blocked::Scheme { .. }))), "{url}: {outcome:?}");
    }
    for url in [
        "",
        "//example.org",
        "http://",
        "http://[::1",
        "http://a b/",
        "/path",
        "http://127.0.0.1:99999/",
        "http://256.256.256.256/",
    ] {
        let outcome = Target::parse(url);
        assert!(matches!(outcome, Err(EgressError::Url { .. })), "{url}: {outcome:?}");
    }
}

#[tokio::test]
async fn one_inner_address_among_many_refuses_the_name() {
    let (lookup, asked) = scripted(&["93.184.216.34 10.0.0.1"]);
    let outcome = get(&client(&[], Limits::default(), lookup), "https://mixed.example/").await;
    let Err(EgressError::Blocked(Blocked::Address { host, network })) = outcome else { panic!("{outcome:?}") };
    assert_eq!((host.as_str(), network), ("mixed.example", Network::Private));
    assert_eq!(*asked.lock().unwrap(), ["mixed.example"]);
}

/// The name is allowed to lead to 127.0.0.2, and changes its mind.
#[tokio::test]
async fn a_name_that_flips_its_answer_gains_nothing() {
    let hidden = Server::at("127.0.0.1:0", |_| answer(200, "hidden", "")).await;
    let open = Server::at(&format!("127.0.0.2:{}", hidden.port), |_| answer(200, "open", "")).await;
    let (lookup, asked) = scripted(&["127.0.0.2", "127.0.0.1", "127.0.0.2", "127.0.0.2 127.0.0.1"]);
    let client = client(&["127.0.0.2"], Limits::default(), lookup);
    let flip = format!("http://flip.example:{}/", hidden.port);
    for expected in [Some("open"), None, Some("open"), None] {
        let outcome = get(&client, &flip).await;
        match (expected, outcome) {
            (Some(body), Ok(response)) => assert_eq!(response.body, body),
            (None, Err(EgressError::Blocked(Blocked::Address { .. }))) => {}
            (expected, outcome) => panic!("{expected:?}: {outcome:?}"),
        }
    }
    // One lookup a connection: what was checked is what was used.
    assert_eq!(asked.lock().unwrap().len(), 4);
    assert_eq!((hidden.requests().len(), open.requests().len()), (0, 2));
}

#[tokio::test]
async fn a_request_and_its_answer() {
    let server =
        Server::start(|_| b"HTTP/1.1 418 I'm a teapot\r\nX-Kind: tea\r\nContent-Length: 3\r\n\r\npot".to_vec()).await;
    let client = client(&["tea.example"], Limits::default(), scripted(&["127.0.0.1"]).0);
    let mut headers = HeaderMap::new();
    headers.insert("x-sent", "yes".parse().unwrap());
    let request = Request {
        method: Method::POST,
        target: Target::parse(&format!("http://tea.example:{}/brew?n=1", server.port)).unwrap(),
        headers,
        body: Bytes::from_static(b"leaves"),
    };
    let response = client.send(request).await.unwrap();
    assert_eq!((response.status, &response.body[..]), (StatusCode::IM_A_TEAPOT, &b"pot"[..]));
    assert_eq!(response.headers["x-kind"], "tea");
    let seen = server.requests().remove(0).to_ascii_lowercase();
    assert!(seen.starts_with("post /brew?n=1 http/1.1\r\n") && seen.ends_with("\r\n\r\nleaves"), "{seen}");
    for line in
        ["x-sent: yes", &format!("host: tea.example:{}", server.port), "content-length: 6", "user-agent: backstay/"]
    {
        assert!(seen.contains(line), "no `{line}` in {seen}");
    }
    assert!(!seen.contains("accept-encoding"), "a compressed answer has no bound: {seen}");
}

/// Runs the test above in a process whose environment names a proxy that does not answer.
#[test]
fn proxies_of_the_environment_are_ignored() {
    let mut child = std::process::Command::new(std::env::current_exe().unwrap());
    for name in ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
        child.env(name, "http://127.0.0.1:9");
    }
    let run = child.args(["--exact", "a_request_and_its_answer"]).output().unwrap();
    let out = String::from_utf8_lossy(&run.stdout).into_owned();
    assert!(run.status.success() && out.contains("1 passed"), "{out}");
}

#[tokio::test]
async fn redirects_are_not_followed_unless_asked_for() {
    let server = Server::start(|head| {
        let path = head.split(' ').nth(1).unwrap_or_default();
        let location = match path {
            "/once" => "/there",
            "/loop" => "/loop",
            "/inner" => "http://10.0.0.1/",
            "/metadata" => "http://[::ffff:169.254.169.254]/latest",
            "/name" => "http://elsewhere.example/",
            "/file" => "file:///etc/passwd",
            _ => return answer(200, "there", ""),
        };
        format!("HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            .into_bytes()
    })
    .await;
    let plain = open_client(Limits::default());
    assert_eq!(get(&plain, &url(&server, "/inner")).await.unwrap().status, StatusCode::FOUND);

    let following =
        client(&["127.0.0.1"], Limits { redirects_max: 3, ..Limits::default() }, scripted(&["192.168.7.7"]).0);
    assert_eq!(get(&following, &url(&server, "/once")).await.unwrap().body, "there");
    let outcome = get(&following, &url(&server, "/loop")).await;
    assert!(matches!(outcome, Err(EgressError::Redirects { redirects_max: 3, .. })), "{outcome:?}");
    for path in ["/inner", "/metadata", "/name"] {
        let outcome = get(&following, &url(&server, path)).await;
        assert!(matches!(outcome, Err(EgressError::Blocked(Blocked::Address { .. }))), "{path}: {outcome:?}");
    }
    let outcome = get(&following, &url(&server, "/file")).await;
    assert!(outcome.is_err() || outcome.unwrap().status == StatusCode::FOUND);
}

fn chunked(chunks: usize, bytes: usize) -> Vec<u8> {
    let mut out = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
    for _ in 0..chunks {
        out.extend(format!("{bytes:x}\r\n{}\r\n", "a".repeat(bytes)).bytes());
    }
    out.extend(b"0\r\n\r\n");
    out
}

#[tokio::test]
async fn answers_are_bounded() {
    let limits = Limits { body_bytes_max: 1_000, header_bytes_max: 2_000, headers_max: 20, ..Limits::default() };
    let client = open_client(limits);
    let server = Server::start(|head| match head.split(' ').nth(1).unwrap_or_default() {
        "/fits" => answer(200, &"a".repeat(1_000), ""),
        "/announced" => b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n".to_vec(),
        "/long" => answer(200, &"a".repeat(1_001), ""),
        "/chunked" => chunked(3, 400),
        "/endless" => [b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n".to_vec(), vec![b'a'; 1 << 20]].concat(),
        "/headers" => format!("HTTP/1.1 200 OK\r\n{}Content-Length: 0\r\n\r\n", "X-A: b\r\n".repeat(30)).into_bytes(),
        "/header" => format!("HTTP/1.1 200 OK\r\nX-A: {}\r\nContent-Length: 0\r\n\r\n", "b".repeat(3_000)).into_bytes(),
        _ => b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf".to_vec(),
    })
    .await;
    assert_eq!(get(&client, &url(&server, "/fits")).await.unwrap().body.len(), 1_000);
    for path in ["/announced", "/long", "/chunked", "/endless"] {
        let outcome = get(&client, &url(&server, path)).await;
        assert!(matches!(outcome, Err(EgressError::BodyTooLarge { body_bytes_max: 1_000, .. })), "{path}: {outcome:?}");
    }
    let outcome = get(&client, &url(&server, "/header")).await;
    assert!(matches!(outcome, Err(EgressError::HeadTooLarge { .. })), "{outcome:?}");
    for path in ["/headers", "/cut"] {
        let outcome = get(&client, &url(&server, path)).await;
        assert!(matches!(outcome, Err(EgressError::Broken { .. })), "{path}: {outcome:?}");
    }
}

#[tokio::test]
async fn failures_are_told_apart_and_hold_no_secret() {
    let short = Limits { timeout: Duration::from_millis(300), ..Limits::default() };
    // Takes connections and says nothing; and a port where nobody listens.
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let silent_url = format!("http://{}/?key=hunter2", silent.local_addr().unwrap());
    let garbage = Server::start(|_| b"220 mail.example ESMTP\r\n".to_vec()).await;
    let closed = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let nowhere: LookupFn = Arc::new(|_| Box::pin(async { Ok(Vec::new()) }));
    for (client, url, expected, retry) in [
        (open_client(short), silent_url, "did not answer in 300 ms", true),
        (open_client(short), url(&garbage, "/?key=hunter2"), "broke off", true),
        (
            open_client(short),
            format!("http://u:hunter2@127.0.0.1:{closed}/hunter2"),
            "cannot connect to `127.0.0.1`",
            true,
        ),
        (
            client(&[], short, nowhere),
            "http://gone.example/hunter2".to_owned(),
            "`gone.example` cannot be looked up",
            true,
        ),
        (client(&[], short, scripted(&["10.0.0.1"]).0), "http://in.example/hunter2".to_owned(), "was not sent", false),
    ] {
        let error = get(&client, &url).await.unwrap_err();
        let mut text = error.to_string();
        let mut next = std::error::Error::source(&error);
        while let Some(cause) = next {
            text = format!("{text}: {cause}");
            next = cause.source();
        }
        assert!(text.contains(expected), "{text}");
        assert!(!text.contains("hunter2") && !format!("{error:?}").contains("hunter2"), "{text} {error:?}");
        assert_eq!(error.is_worth_retrying(), retry, "{text}");
    }
}

#[test]
fn allow_lists_are_read() {
    let list =
        AllowList::parse(&["Id.Example.org", "*.corp.example", "10.1.0.0/16", "fd00::/8", "[::1]", "192.168.1.5"])
            .unwrap();
    for (host, expected) in [
        ("id.example.org", true),
        ("ID.example.org.", true),
        ("x.id.example.org", false),
        ("a.corp.example", true),
        ("a.b.corp.example", true),
        ("corp.example", false),
        ("evilcorp.example", false),
    ] {
        assert_eq!(list.has_host(host), expected, "{host}");
    }
    for (address, expected) in [
        ("10.1.2.3", true),
        ("10.2.0.1", false),
        ("::ffff:10.1.2.3", true),
        ("fd12::1", true),
        ("::1", true),
        ("192.168.1.5", true),
        ("192.168.1.6", false),
    ] {
        assert_eq!(list.has_address(address.parse().unwrap()), expected, "{address}");
    }
    for (entry, words) in [
        ("", "is empty"),
        ("http://a.example", "is an address of a page"),
        ("a.example:80", "names a port"),
        ("10.0.0.0/33", "prefix length"),
        ("10.0.0/8", "is no network"),
        ("a..b", "is no host name"),
        ("*", "is no host name"),
        ("a b", "is no host name"),
    ] {
        let error = AllowList::parse(&[entry]).unwrap_err().to_string();
        assert!(error.contains(words) && error.contains("write a host"), "{error}");
    }
}
