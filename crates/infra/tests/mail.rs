//! Every way to send mail, through one suite: what arrives, at whom, under which headers, and how failures are sorted.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a failed step is a failed test")]

#[path = "support/http_server.rs"]
mod http_server;
#[path = "support/smtp_server.rs"]
mod smtp_server;

use backstay_infra::http_out::HttpOutOptions;
use backstay_infra::mail::message::{DisplayName, EmailAddress, ExtraHeader, InvalidPart, Mailbox, MessageId, Subject};
use backstay_infra::mail::{self, InvalidMailUrl, MailUrl, Mailer, Message, Retry, SendError, SmtpTls};
use mail_parser::MessageParser;
use serde_json::Value;
use smtp_server::Offer;
use std::collections::HashMap;
use std::path::PathBuf;
use std::time::{Duration, UNIX_EPOCH};

/// A mail as the other side has it.
#[derive(Debug, Clone, PartialEq)]
struct Received {
    /// Whom it was handed over for.
    envelope: Vec<String>,
    from: String,
    from_name: String,
    to: Vec<String>,
    to_name: String,
    subject: String,
    text: String,
    html: String,
    message_id: String,
    /// Names of the headers in lower case, sorted, without those that only some ways have.
    headers: Vec<String>,
    auto_submitted: String,
}

/// One way to send mail, and how to look at what came.
struct Adapter {
    name: &'static str,
    mailer: Box<dyn Mailer>,
    received: Box<dyn Fn() -> Vec<Received>>,
    /// Kept so that its folder is.
    _folder: Option<tempfile::TempDir>,
}

fn open(url: &str) -> Box<dyn Mailer> {
    mail::open(&MailUrl::parse(url).unwrap(), HttpOutOptions::default()).unwrap()
}

async fn adapters() -> Vec<Adapter> {
    let plain = smtp_server::Server::start(Offer::default()).await;
    let offered =
        smtp_server::Server::start(Offer { starttls: true, login: Some(("ana", "p@ss/word")), ..Offer::default() })
            .await;
    let wrapped = smtp_server::Server::start(Offer { wrapped: true, ..Offer::default() }).await;
    let certificate = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/mail/localhost.pem");
    let sendgrid = http_server::Server::start(|_| http_server::answer(202, "", "X-Message-Id: sg-1\r\n")).await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mail/below");
    let urls = [
        ("smtp", format!("smtp://127.0.0.1:{}", plain.port)),
        ("starttls", format!("smtp://ana:p%40ss%2Fword@localhost:{}?tls=required&ca={certificate}", offered.port)),
        ("smtps", format!("smtps://localhost:{}?ca={certificate}", wrapped.port)),
        ("sendgrid", format!("sendgrid://SG.key-1@127.0.0.1:{}", sendgrid.port)),
        ("dir", format!("dir:{}", path.display())),
    ];
    let [smtp, starttls, smtps, grid, dir] = urls.map(|(name, url)| (name, open(&url)));
    let from_smtp = |server: smtp_server::Server, encrypted: bool| -> Box<dyn Fn() -> Vec<Received>> {
        Box::new(move || {
            let mails = server.mails();
            assert!(mails.iter().all(|mail| mail.encrypted == encrypted));
            mails.iter().map(|mail| parsed(&mail.data, mail.to.clone())).collect()
        })
    };
    let adapter = |(name, mailer), received| Adapter { name, mailer, received, _folder: None };
    vec![
        adapter(smtp, from_smtp(plain, false)),
        adapter(starttls, from_smtp(offered, true)),
        adapter(smtps, from_smtp(wrapped, true)),
        adapter(grid, Box::new(move || sendgrid.requests().iter().map(|request| posted(request)).collect())),
        Adapter { _folder: Some(folder), ..adapter(dir, Box::new(move || files(&path))) },
    ]
}

fn files(path: &PathBuf) -> Vec<Received> {
    let mut names: Vec<PathBuf> = std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.sort();
    assert!(names.iter().all(|name| name.extension().unwrap() == "eml"), "{names:?}");
    names.iter().map(|name| parsed(&std::fs::read(name).unwrap(), Vec::new())).collect()
}

fn parsed(data: &[u8], envelope: Vec<String>) -> Received {
    let mail = MessageParser::default().parse(data).unwrap();
    let from = mail.from().unwrap().clone().into_list();
    let to = mail.to().unwrap().clone().into_list();
    assert_eq!(from.len(), 1);
    let text = |value: Option<&str>| value.unwrap_or_default().to_owned();
    let mut headers: Vec<String> = mail.headers().iter().map(|header| header.name().to_ascii_lowercase()).collect();
    headers.sort();
    headers.retain(|name| !matches!(name.as_str(), "date" | "mime-version" | "content-type"));
    assert!(mail.date().is_some());
    let to_addresses: Vec<String> = to.iter().map(|one| text(one.address())).collect();
    Received {
        envelope: if envelope.is_empty() { to_addresses.clone() } else { envelope },
        from: text(from[0].address()),
        from_name: text(from[0].name()),
        to: to_addresses,
        to_name: text(to[0].name()),
        subject: text(mail.subject()),
        text: mail.body_text(0).unwrap().replace("\r\n", "\n"),
        html: mail.body_html(0).unwrap().replace("\r\n", "\n"),
        message_id: text(mail.message_id()),
        headers,
        auto_submitted: text(mail.header("Auto-Submitted").and_then(|value| value.as_text())),
    }
}

fn posted(request: &str) -> Received {
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    let head = head.to_ascii_lowercase();
    assert!(head.starts_with("post /v3/mail/send ") && head.contains("authorization: bearer sg.key-1"), "{head}");
    let body: Value = serde_json::from_str(body).unwrap();
    let text = |path: &str| body.pointer(path).and_then(Value::as_str).unwrap_or_default().to_owned();
    assert_eq!(body["personalizations"].as_array().unwrap().len(), 1);
    assert_eq!(body["personalizations"][0].as_object().unwrap().len(), 1);
    assert_eq!(body["tracking_settings"]["click_tracking"]["enable"], false);
    assert_eq!((text("/content/0/type"), text("/content/1/type")), ("text/plain".into(), "text/html".into()));
    let to: Vec<String> = body["personalizations"][0]["to"]
        .as_array()
        .unwrap()
        .iter()
        .map(|to| to["email"].as_str().unwrap().to_owned())
        .collect();
    let mut headers: Vec<String> =
        body["headers"].as_object().unwrap().keys().map(|name| name.to_ascii_lowercase()).collect();
    headers.extend(["from", "to", "subject"].map(str::to_owned));
    headers.sort();
    Received {
        envelope: to.clone(),
        from: text("/from/email"),
        from_name: text("/from/name"),
        to,
        to_name: text("/personalizations/0/to/0/name"),
        subject: text("/subject"),
        text: text("/content/0/value"),
        html: text("/content/1/value"),
        message_id: text("/headers/Message-ID").trim_matches(['<', '>']).to_owned(),
        headers,
        auto_submitted: text("/headers/Auto-Submitted"),
    }
}

fn message(id: &str) -> Message {
    Message {
        id: MessageId::parse(id).unwrap(),
        written_at: UNIX_EPOCH + Duration::from_millis(1_795_000_000_123),
        from: Mailbox::parse("Backstay <no-reply@example.org>").unwrap(),
        to: Mailbox { name: None, address: EmailAddress::parse("ana@example.net").unwrap() },
        subject: Subject::from_text("Your code"),
        text: "Code: 481516\n".to_owned(),
        html: "<p>Code: <b>481516</b></p>\n".to_owned(),
        headers: Vec::new(),
    }
}

const HEADERS: [&str; 6] = ["auto-submitted", "from", "message-id", "subject", "to", "x-entity-ref-id"];

/// Names and subjects that would like to be more than that, and what they become.
const HOSTILE: &[(&str, &str)] = &[
    ("plain", "plain"),
    ("", ""),
    ("a\r\nBcc: eve@evil.example", "a Bcc: eve@evil.example"),
    ("a\nBcc: eve@evil.example", "a Bcc: eve@evil.example"),
    ("a\rTo: eve@evil.example", "a To: eve@evil.example"),
    ("\r\n\r\n<script>alert(1)</script>", "<script>alert(1)</script>"),
    ("a\r\n .\r\n.\r\nMAIL FROM:<x@y.example>", "a . . MAIL FROM:<x@y.example>"),
    ("a\u{0}b", "a b"),
    ("a\u{2028}Bcc: x@y.example\u{2029}", "a Bcc: x@y.example"),
    ("a\u{85}Bcc: x@y.example", "a Bcc: x@y.example"),
    ("a\u{b}b\u{c}c", "a b c"),
    ("\u{202e}gro.elpmaxe", "gro.elpmaxe"),
    ("tab\there", "tab here"),
    ("eve@evil.example, ana", "eve@evil.example, ana"),
    ("Eve <eve@evil.example>", "Eve <eve@evil.example>"),
    ("\"quoted\" \\ back", "\"quoted\" \\ back"),
    ("=?utf-8?q?a=0D=0ABcc:_x@y.example?=", "= ?utf-8?q?a=0D=0ABcc:_x@y.example?="),
    ("Grüße aus Köln – 日本語 🎉", "Grüße aus Köln – 日本語 🎉"),
    (
        "Ελληνικά και русский текст, достаточно длинный для второй строки",
        "Ελληνικά και русский текст, достаточно длинный для второй строки",
    ),
    ("a,b;c:d", "a,b;c:d"),
    ("(comment) group: a@b.example;", "(comment) group: a@b.example;"),
];

#[tokio::test]
async fn every_way_to_send_conforms() {
    for adapter in adapters().await {
        conforms(&adapter).await;
    }
}

async fn conforms(adapter: &Adapter) {
    let name = adapter.name;
    let mut sent = Vec::new();
    for (index, (hostile, clean)) in HOSTILE.iter().enumerate() {
        let mut mail = message(&format!("subject-{index:02}"));
        mail.subject = Subject::from_text(hostile);
        sent.push((mail, (*clean).to_owned()));
    }
    for (index, (hostile, _)) in HOSTILE.iter().enumerate() {
        let mut mail = message(&format!("to-{index:02}"));
        mail.to.name = DisplayName::from_text(hostile);
        mail.from.name = DisplayName::from_text(hostile);
        sent.push((mail, "Your code".to_owned()));
    }
    let mut long = message("zz-long");
    long.text = format!(".\n..\n.dot\n{}\nFrom here\n{}\n", "word ".repeat(400).trim_end(), "x".repeat(3_000));
    long.html = format!("<p>.</p>\n.\n<p>{} é 日本</p>\n", "y".repeat(5_000));
    sent.push((long, "Your code".to_owned()));
    for (mail, _) in &sent {
        adapter.mailer.send(mail).await.unwrap_or_else(|error| panic!("{name}: {error}"));
    }
    let received = (adapter.received)();
    assert_eq!(received.len(), sent.len(), "{name}");
    for (mail, subject) in &sent {
        let message_id = format!("{}@example.org", mail.id.as_str());
        let found = received.iter().find(|mail| mail.message_id == message_id);
        let found = found.unwrap_or_else(|| panic!("{name}: no {message_id}"));
        let name_of = |mailbox: &Mailbox| mailbox.name.as_ref().map_or("", DisplayName::as_str).to_owned();
        let expected = Received {
            envelope: vec!["ana@example.net".to_owned()],
            from: "no-reply@example.org".to_owned(),
            from_name: name_of(&mail.from),
            to: vec!["ana@example.net".to_owned()],
            to_name: name_of(&mail.to),
            subject: subject.clone(),
            text: mail.text.clone(),
            html: mail.html.clone(),
            message_id,
            headers: HEADERS.map(str::to_owned).to_vec(),
            auto_submitted: "auto-generated".to_owned(),
        };
        assert_eq!(*found, expected, "{name}");
    }
    // Sent again after a crash: the same mail under the same id.
    let again = message("subject-00");
    assert!(!adapter.mailer.send(&again).await.unwrap().reference.is_empty(), "{name}");
    let received = (adapter.received)();
    let copies = received.iter().filter(|mail| mail.message_id == "subject-00@example.org").count();
    assert_eq!(copies, if name == "dir" { 1 } else { 2 }, "{name}");
    // A header of the caller's own.
    let mut mail = message("zz-own");
    mail.headers.push(ExtraHeader::new("X-Purpose", "größe").unwrap());
    adapter.mailer.send(&mail).await.unwrap();
    let received = (adapter.received)();
    let found = received.iter().find(|mail| mail.message_id == "zz-own@example.org").unwrap();
    assert!(found.headers.contains(&"x-purpose".to_owned()) && found.headers.len() == HEADERS.len() + 1, "{name}");
}

#[test]
fn addresses_are_checked() {
    for (raw, expected) in [
        ("ana@example.org", "ana@example.org"),
        ("  Ana.Silva+tag@Example.ORG ", "Ana.Silva+tag@example.org"),
        ("a@b", "a@b"),
        ("o'brien@x-y.example", "o'brien@x-y.example"),
        ("ana@bücher.example", "ana@xn--bcher-kva.example"),
    ] {
        assert_eq!(EmailAddress::parse(raw).unwrap().to_string(), expected);
    }
    for raw in [
        "",
        "ana",
        "@example.org",
        "ana@",
        "a b@example.org",
        "ana@exa mple.org",
        "ana@@example.org",
        "ana@example.org\r\nBcc: x@y.example",
        "ana\n@example.org",
        "ana@example.org\0",
        "ana@example.org,eve@evil.example",
        "ana@example.org>",
        "<ana@example.org>",
        "Ana <ana@example.org>",
        "\"a b\"@example.org",
        "ana@[127.0.0.1]",
        "ana@127.0.0.1",
        "ana@0x7f.1",
        ".ana@example.org",
        "ana.@example.org",
        "a..b@example.org",
        "ana@example..org",
        "ana@-example.org",
        "ana@example-.org",
        "ana@.org",
        "ana@example.org.",
        "anä@example.org",
        "ana(comment)@example.org",
        "ana@example.org/x",
        "ana@example.org?x",
        "ana@example.org:25",
        "ana@exam%70le.org",
        "ana;eve@example.org",
        "ana\u{2028}@example.org",
        "ana@exa\tmple.org",
        "ana\\@example.org",
    ] {
        assert!(matches!(EmailAddress::parse(raw), Err(InvalidPart::Address(_))), "{raw:?}");
    }
    let long = format!("{}@example.org", "a".repeat(65));
    assert!(
        EmailAddress::parse(&long).is_err() && EmailAddress::parse(&format!("a@{}", "a.".repeat(130) + "b")).is_err()
    );
    // Debug output is for logs: it does not tell who.
    assert!(!format!("{:?}", EmailAddress::parse("ana@example.org").unwrap()).contains("ana"));
}

#[test]
fn parts_are_checked() {
    for (raw, name, address) in [
        ("a@b.example", None, "a@b.example"),
        ("Ana <a@b.example>", Some("Ana"), "a@b.example"),
        ("\"Ana, of the team\" <a@b.example>", Some("Ana, of the team"), "a@b.example"),
        ("<a@b.example>", None, "a@b.example"),
    ] {
        let mailbox = Mailbox::parse(raw).unwrap();
        assert_eq!(
            (mailbox.name.as_ref().map(DisplayName::as_str), mailbox.address.to_string().as_str()),
            (name, address)
        );
    }
    for raw in [
        "",
        "Ana",
        "Ana a@b.example>",
        "Ana\r\n <a@b.example>",
        "A <x@y.example> <a@b.example>",
        "\"A\" \"B\" <a@b.example>",
    ] {
        assert!(Mailbox::parse(raw).is_err(), "{raw:?}");
    }
    assert_eq!(Subject::from_text(&"é".repeat(300)).as_str().chars().count(), 201);
    for (name, value, expected) in [
        ("X-Purpose", "sign-up", true),
        ("List-Unsubscribe", "<https://a.example>", true),
        ("Bcc", "x", false),
        ("to", "x", false),
        ("Content-Type", "x", false),
        ("Resent-To", "x", false),
        ("X:Y", "x", false),
        ("X Y", "x", false),
        ("", "x", false),
        ("X-Ä", "x", false),
        ("X-A\r\nBcc", "x", false),
        ("X-A", "a\r\nBcc: x", false),
        ("X-A", "a\0", false),
    ] {
        assert_eq!(ExtraHeader::new(name, value).is_ok(), expected, "{name:?} {value:?}");
    }
    for id in ["", "a b", "a@b", "a/b", "..", ".a", "a>", "ä", &"a".repeat(65)] {
        assert!(MessageId::parse(id).is_err(), "{id}");
    }
}

#[test]
fn urls_are_read() {
    let smtp = |text: &str| match MailUrl::parse(text).unwrap() {
        MailUrl::Smtp(url) => (url.host, url.port, url.credentials, url.tls),
        other @ (MailUrl::Sendgrid(_) | MailUrl::Dir(_)) => panic!("{other:?}"),
    };
    let login = |user: &str, password: &str| Some((user.to_owned(), password.to_owned()));
    assert_eq!(smtp("smtp://mail.example.org"), ("mail.example.org".into(), 587, None, SmtpTls::Opportunistic));
    assert_eq!(smtp("smtp://10.0.0.1:25?tls=none"), ("10.0.0.1".into(), 25, None, SmtpTls::None));
    // A password in the clear is asked for by name, or stays on this machine.
    assert_eq!(
        smtp("smtp://u:p@mail.example.org"),
        ("mail.example.org".into(), 587, login("u", "p"), SmtpTls::Required)
    );
    assert_eq!(smtp("smtp://u:p@h.example?tls=opportunistic").3, SmtpTls::Opportunistic);
    assert_eq!(smtp("smtp://u:p@localhost:1025").3, SmtpTls::Opportunistic);
    assert_eq!(smtp("smtp://u:p@[::1]:1025"), ("::1".into(), 1025, login("u", "p"), SmtpTls::Opportunistic));
    assert_eq!(
        smtp("smtps://a%40b.example:p%3A%2F@h.example/"),
        ("h.example".into(), 465, login("a@b.example", "p:/"), SmtpTls::Wrapped)
    );
    assert_eq!(MailUrl::parse("dir:./mail").unwrap(), MailUrl::Dir("./mail".into()));
    assert_eq!(MailUrl::parse("dir:///var/mail").unwrap(), MailUrl::Dir("/var/mail".into()));
    let endpoint = |text: &str| match MailUrl::parse(text).unwrap() {
        MailUrl::Sendgrid(url) => url.endpoint.url().to_string(),
        other @ (MailUrl::Smtp(_) | MailUrl::Dir(_)) => panic!("{other:?}"),
    };
    assert_eq!(endpoint("sendgrid://SG.aB-c_1"), "https://api.sendgrid.com/v3/mail/send");
    assert_eq!(endpoint("sendgrid://SG.a@api.eu.sendgrid.com"), "https://api.eu.sendgrid.com/v3/mail/send");
    assert_eq!(endpoint("sendgrid://SG.a@127.0.0.1:8025"), "http://127.0.0.1:8025/v3/mail/send");

    for (text, expected) in [
        ("", InvalidMailUrl::Scheme),
        ("mail.example.org:587", InvalidMailUrl::Scheme),
        ("http://mail.example.org", InvalidMailUrl::Scheme),
        ("smtp://", InvalidMailUrl::NoHost),
        ("smtp://hunter2@h.example", InvalidMailUrl::HalfCredentials),
        ("smtp://:hunter2@h.example", InvalidMailUrl::HalfCredentials),
        ("smtp://u:hunter2/@h.example", InvalidMailUrl::Syntax(url::ParseError::InvalidPort)),
        ("smtp://u:%ff@h.example", InvalidMailUrl::CredentialText),
        ("smtp://h.example/path", InvalidMailUrl::Path),
        ("smtp://h.example?tls=yes", InvalidMailUrl::Tls("yes".into())),
        ("smtp://h.example?tsl=required", InvalidMailUrl::Parameter("tsl".into())),
        ("smtps://h.example?tls=none", InvalidMailUrl::TlsTwice),
        ("sendgrid://", InvalidMailUrl::Key),
        ("sendgrid://a b", InvalidMailUrl::Key),
        ("sendgrid://k@h.example/v3", InvalidMailUrl::Path),
        ("dir:", InvalidMailUrl::Folder),
    ] {
        let error = MailUrl::parse(text).unwrap_err();
        assert_eq!(error, expected, "{text}");
        assert!(!error.to_string().contains("hunter2"), "{error}");
    }
    for secret in ["smtp://u:hunter2@h.example", "sendgrid://hunter2"] {
        assert!(!format!("{:?}", MailUrl::parse(secret).unwrap()).contains("hunter2"));
    }
}

/// What a server says at which command, and what that means for the mail.
#[tokio::test]
async fn smtp_failures_are_sorted() {
    type Expected = fn(&SendError) -> bool;
    let rows: [(&str, &str, Expected); 14] = [
        ("CONNECT", "421 4.3.2 come back later", |error| matches!(error, SendError::Busy { .. })),
        ("CONNECT", "554 5.3.2 not for you", |error| matches!(error, SendError::Refused { .. })),
        ("MAIL", "451 4.3.0 try later", |error| matches!(error, SendError::Busy { .. })),
        ("MAIL", "530 5.7.0 authenticate first", |error| matches!(error, SendError::Settings { .. })),
        ("MAIL", "552 5.3.4 too big", |error| matches!(error, SendError::Refused { .. })),
        ("RCPT", "450 4.2.0 greylisted", |error| matches!(error, SendError::Busy { .. })),
        ("RCPT", "452 4.2.2 full", |error| matches!(error, SendError::Busy { .. })),
        ("RCPT", "550 5.1.1 no such user", |error| matches!(error, SendError::Recipient { .. })),
        ("RCPT", "553 5.1.3 bad name", |error| matches!(error, SendError::Recipient { .. })),
        ("RCPT", "554 5.7.1 relay denied", |error| matches!(error, SendError::Refused { .. })),
        ("DATA", "554 5.6.0 spam", |error| matches!(error, SendError::Refused { .. })),
        ("END", "451 4.3.0 disk", |error| matches!(error, SendError::Busy { .. })),
        ("RCPT", "", |error| matches!(error, SendError::Unreachable { .. })),
        ("DATA", "gibberish", |error| matches!(error, SendError::Unreachable { .. })),
    ];
    for (verb, reply, expected) in rows {
        let server =
            smtp_server::Server::start(Offer { replies: HashMap::from([(verb, reply)]), ..Offer::default() }).await;
        let error = open(&format!("smtp://127.0.0.1:{}", server.port)).send(&message("m")).await.unwrap_err();
        assert!(expected(&error), "{verb} {reply}: {error:?}");
        let is_for_ever = matches!(error, SendError::Recipient { .. } | SendError::Refused { .. });
        assert_eq!(error.retry() == Retry::Never, is_for_ever);
    }
}

#[tokio::test]
async fn settings_that_do_not_fit_the_server_are_told() {
    let plain = smtp_server::Server::start(Offer::default()).await;
    let offered =
        smtp_server::Server::start(Offer { starttls: true, login: Some(("ana", "secret")), ..Offer::default() }).await;
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    for (url, is_settings) in [
        (format!("smtp://127.0.0.1:{}?tls=required", plain.port), true),
        (format!("smtp://ana:wrong@127.0.0.1:{}", offered.port), true),
        (format!("smtp://127.0.0.1:{}", offered.port), true),
        // Its certificate is nobody's: refused where encryption is asked for.
        (format!("smtp://ana:secret@127.0.0.1:{}?tls=required", offered.port), false),
        (format!("smtps://127.0.0.1:{}", plain.port), false),
        (format!("smtp://127.0.0.1:{closed}"), false),
    ] {
        let error = open(&url).send(&message("m")).await.unwrap_err();
        let kind = matches!(error, SendError::Settings { .. });
        assert!(
            kind == is_settings || matches!(error, SendError::Unreachable { .. } | SendError::Settings { .. }),
            "{url}: {error:?}"
        );
        if is_settings {
            assert!(kind, "{url}: {error:?}");
        }
        assert!(matches!(error.retry(), Retry::After(_)), "{url}");
        assert!(!error.to_string().contains("ana@") && !error.to_string().contains("wrong"), "{error}");
    }
    assert!(plain.mails().is_empty() && offered.mails().is_empty());
    // Where it is merely offered, the certificate is not looked at.
    open(&format!("smtp://ana:secret@127.0.0.1:{}", offered.port)).send(&message("m")).await.unwrap();
    assert!(offered.mails()[0].encrypted);
    assert_eq!(
        (offered.mails()[0].from.as_str(), &offered.mails()[0].to[..]),
        ("no-reply@example.org", &["ana@example.net".to_owned()][..])
    );
}

#[tokio::test]
async fn connections_are_kept() {
    let server = smtp_server::Server::start(Offer::default()).await;
    let mailer = open(&format!("smtp://127.0.0.1:{}", server.port));
    for index in 0..10 {
        mailer.send(&message(&format!("m{index}"))).await.unwrap();
    }
    // A connection goes back to the pool a moment after its mail: the next mail may have opened a second one by then.
    assert_eq!(server.mails().len(), 10);
    assert!(server.connections() <= 2, "{} connections", server.connections());
}

#[tokio::test]
async fn sendgrid_failures_are_sorted() {
    type Expected = fn(&SendError) -> bool;
    let recipient =
        r#"{"errors":[{"message":"Does not contain a valid address.","field":"personalizations.0.to.0.email"}]}"#;
    let refused = r#"{"errors":[{"message":"The from address does not match\r\n a verified Sender","field":"from"}]}"#;
    let after = |error: &SendError| matches!(error, SendError::Busy { after: Some(after), .. } if after.as_secs() == 7);
    let rows: [(u16, &str, Expected); 9] = [
        (400, recipient, |error| matches!(error, SendError::Recipient { .. })),
        (400, refused, |error| matches!(error, SendError::Refused { reason } if reason.contains("match a verified"))),
        (400, "not JSON", |error| matches!(error, SendError::Refused { .. })),
        (401, "{}", |error| matches!(error, SendError::Settings { .. })),
        (403, "{}", |error| matches!(error, SendError::Settings { .. })),
        (413, "{}", |error| matches!(error, SendError::Refused { .. })),
        (302, "", |error| matches!(error, SendError::Settings { .. })),
        (429, "{}", after),
        (503, "{}", after),
    ];
    for (status, body, expected) in rows {
        let server = http_server::Server::start(move |_| http_server::answer(status, body, "Retry-After: 7\r\n")).await;
        let error = open(&format!("sendgrid://SG.k@127.0.0.1:{}", server.port)).send(&message("m")).await.unwrap_err();
        assert!(expected(&error), "{status}: {error:?}");
        assert!(!error.to_string().contains("SG.k"), "{error}");
    }
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let error = open(&format!("sendgrid://SG.k@127.0.0.1:{closed}")).send(&message("m")).await.unwrap_err();
    assert!(
        matches!(error, SendError::Unreachable { .. }) && error.retry() == Retry::After(Duration::ZERO),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let error = open(&format!("dir:{}/below", file.display())).send(&message("m")).await.unwrap_err();
    assert!(error.to_string().contains("cannot write") && error.to_string().contains("below"), "{error}");
    assert!(
        mail::open(&MailUrl::parse("smtp://h.example?ca=/nowhere.pem").unwrap(), HttpOutOptions::default()).is_err()
    );
}
