//! The data API from request to response, over a database: status, headers that matter, body.

#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

use backstay_edge::rest::{Service, handle};
use backstay_engine::{Engine, OpenOptions, migrate};
use backstay_plan::Principal;
use backstay_plan::limits::Limits;
use backstay_plan::principal::RoleSet;
use backstay_schema::{Source, parse};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, Request, Response};
use std::fmt::Write as _;
use std::sync::Arc;

const SCHEMA: &str = r#"
type Author @model(table: "authors") @access(ops: [ALL]) {
  id: Int! @id(auto: NONE)
  name: String! @unique
}
type Book @model(table: "books") @access(ops: [ALL]) {
  id: Int! @id(auto: NONE)
  title: String!
  tags: [String]
  meta: JSON
  done: Boolean
  author_id: Int
  author: Author @relation(fields: ["author_id"], references: ["id"])
}
type Log @model(table: "logs") @access(ops: [READ, CREATE]) {
  _key: ID! @id @private
  line: String
}
extend type Query {
  add(a: Int!, b: Int = 2): Int @readable @query(sql: {sqlite: "select :a + :b"})
  titled(word: String!): [Book!] @readable @query(sql: {sqlite: "select * from books where title like '%' || :word || '%'"})
}
"#;

struct Api {
    engine: Engine,
    limits: Limits,
    _data: tempfile::TempDir,
}

impl Api {
    async fn open() -> Self {
        let parsed = parse(&[Source { name: "schema.graphql".to_owned(), text: SCHEMA.to_owned() }]);
        assert!(parsed.schema.is_some(), "{:#?}", parsed.diagnostics);
        let schema = Arc::new(parsed.schema.unwrap());
        let data = tempfile::tempdir().unwrap();
        let engine = Engine::open(Arc::clone(&schema), OpenOptions::new(data.path().join("test.db"))).unwrap();
        let plan = migrate::plan(&engine, schema).await.unwrap();
        migrate::apply(&engine, plan, migrate::Permission::AdditiveOnly).await.unwrap();
        let api = Self { engine, limits: Limits::default(), _data: data };
        for (path, body) in [
            ("authors", r#"[{"id":1,"name":"Ana"},{"id":2,"name":"Ben"}]"#),
            (
                "books",
                r#"[{"id":1,"title":"One","tags":["a","b c"],"meta":{"n":1},"done":true,"author_id":1},
                    {"id":2,"title":"Two","tags":[],"meta":null,"done":false,"author_id":1},
                    {"id":3,"title":"Three, \"3\"","tags":null,"meta":[1],"done":null,"author_id":null}]"#,
            ),
        ] {
            let response = api.send(&format!("POST /{path}"), body).await;
            assert_eq!(response.status(), 201, "{response:?}");
        }
        api
    }

    /// `METHOD /path`, then a header a line.
    async fn send(&self, head: &str, body: &str) -> Response<Bytes> {
        let mut lines = head.lines().map(str::trim);
        let (method, path) = lines.next().unwrap().split_once(' ').unwrap();
        let mut request = Request::new(());
        *request.method_mut() = method.parse::<Method>().unwrap();
        *request.uri_mut() = path.parse().unwrap();
        for line in lines {
            let (name, value) = line.split_once(": ").unwrap();
            request.headers_mut().append(HeaderName::try_from(name).unwrap(), HeaderValue::try_from(value).unwrap());
        }
        let (parts, ()) = request.into_parts();
        let service = Service {
            engine: &self.engine,
            limits: &self.limits,
            tx_override: true,
            server_timing: false,
            strict_embed_names: false,
        };
        let who = Principal::with_roles(RoleSet::anonymous());
        let path = parts.uri.path().to_owned();
        handle(service, &parts, Bytes::from(body.to_owned()), who, &path).await
    }

    /// Status, the headers below that are there, and the body; every request is rolled back.
    #[track_caller]
    fn check<'a>(&'a self, head: &'a str, body: &'a str, expected: &'a str) -> impl Future<Output = ()> + 'a {
        let place = std::panic::Location::caller();
        async move {
            let response = self.send(&format!("{head}\nPrefer: tx=rollback"), body).await;
            let mut found = response.status().as_u16().to_string();
            for name in ["content-range", "content-type", "preference-applied", "location", "allow", "warning"] {
                for value in response.headers().get_all(name) {
                    let value = value.to_str().unwrap().replace("tx=rollback", "").replace("; charset=utf-8", "");
                    let value = value.trim_matches([',', ' ']);
                    if !value.is_empty() && value != "application/json" {
                        write!(found, " [{value}]").unwrap();
                    }
                }
            }
            write!(found, " {}", String::from_utf8_lossy(response.body())).unwrap();
            assert_eq!(found, expected, "{place}");
        }
    }

    /// Status and code of an error.
    #[track_caller]
    fn check_fault<'a>(
        &'a self,
        head: &'a str,
        body: &'a str,
        status: u16,
        code: &'a str,
    ) -> impl Future<Output = ()> + 'a {
        let place = std::panic::Location::caller();
        async move {
            let response = self.send(&format!("{head}\nPrefer: tx=rollback"), body).await;
            let found: serde_json::Value = serde_json::from_slice(response.body()).unwrap_or_default();
            let text = String::from_utf8_lossy(response.body());
            assert_eq!((response.status().as_u16(), found["code"].as_str()), (status, Some(code)), "{place}: {text}");
            assert_eq!(found.as_object().unwrap().len(), 4, "{place}");
            let named = response.headers()["proxy-status"].to_str().unwrap().to_owned();
            assert_eq!(named, format!("backstay; error={code}"), "{place}");
        }
    }
}

#[tokio::test]
async fn reads() {
    let api = Api::open().await;
    api.check(
        "GET /books?select=id,title&id=lt.3",
        "",
        "200 [0-1/*] [{\"id\":1,\"title\":\"One\"},{\"id\":2,\"title\":\"Two\"}]",
    )
    .await;
    api.check("GET /books?select=id&limit=1\nPrefer: count=exact", "", "206 [0-0/3] [count=exact] [{\"id\":1}]").await;
    api.check("GET /books?select=id&limit=1&offset=1", "", "200 [1-1/*] [{\"id\":2}]").await;
    api.check("GET /books?select=id\nRange: 1-1\nRange-Unit: items", "", "200 [1-1/*] [{\"id\":2}]").await;
    api.check("HEAD /books?select=id\nRange: 1-1", "", "200 [0-2/*] ").await;
    api.check("GET /books?id=eq.9\nPrefer: count=planned", "", "200 [*/0] [count=planned] []").await;
    api.check(
        "GET /books?select=id,author(name)&author.name=eq.Ana&author=not.is.null&order=id.desc",
        "",
        "200 [0-1/*] [{\"id\":2,\"author\":{\"name\":\"Ana\"}},{\"id\":1,\"author\":{\"name\":\"Ana\"}}]",
    )
    .await;
    api.check(
        "GET /authors?select=name,books(count)",
        "",
        "200 [0-1/*] [{\"name\":\"Ana\",\"books\":[{\"count\":2}]},{\"name\":\"Ben\",\"books\":[{\"count\":0}]}]",
    )
    .await;
    api.check("GET /b%6Foks?select=id&id=eq.1", "", "200 [0-0/*] [{\"id\":1}]").await;
    api.check_fault("GET /books?offset=9\nPrefer: count=exact", "", 416, "PGRST103").await;
    api.check_fault("GET /books?limit=-1", "", 416, "PGRST103").await;
    api.check_fault("GET /bookz", "", 404, "PGRST205").await;
    api.check_fault("GET /books/1", "", 404, "PGRST125").await;
    api.check_fault("GET /books?id=one", "", 400, "PGRST100").await;
    api.check_fault("GET /books?id=eq.one", "", 400, "22P02").await;
    for left_out in
        ["*,e:author()&e.id=eq.one", "e:author(),count()&e.id=in.(1,one)", "author(e:books())&author.e.id=gt.one"]
    {
        api.check_fault(&format!("GET /books?select={left_out}"), "", 400, "22P02").await;
    }
    for (write, body) in [
        ("POST /authors?", "{\"id\":9,\"name\":\"x\"}"),
        ("PATCH /authors?id=eq.9&", "{\"name\":\"x\"}"),
        ("DELETE /authors?id=eq.9&", ""),
    ] {
        let write = format!("{write}select=e:books()&e.id=eq.one\nPrefer: return=representation");
        api.check_fault(&write, body, 400, "22P02").await;
    }
    api.check_fault("GET /books?nope=eq.1", "", 400, "42703").await;
    api.check_fault("GET /books?author.id=eq.1", "", 400, "PGRST108").await;
    api.check_fault("GET /books?select=nope(id)", "", 400, "PGRST200").await;
    api.check_fault("GET /books?select=title.sum()", "", 404, "42883").await;
    api.check_fault("GET /books\nAccept-Profile: other", "", 406, "PGRST106").await;
    api.check_fault("GET /books\nPrefer: handling=strict, x", "", 400, "PGRST122").await;
}

#[tokio::test]
async fn media_types() {
    let api = Api::open().await;
    let object = "GET /books?select=id,meta,done&id=eq.2\nAccept: application/vnd.pgrst.object+json";
    api.check(object, "", "200 [0-0/*] [application/vnd.pgrst.object+json] {\"id\":2,\"meta\":null,\"done\":false}")
        .await;
    api.check(
        &format!("{object};nulls=stripped"),
        "",
        "200 [0-0/*] [application/vnd.pgrst.object+json;nulls=stripped] {\"id\":2,\"done\":false}",
    )
    .await;
    api.check(
        "GET /books?select=id,title,tags,meta,done,author(name)&order=id\nAccept: text/csv",
        "",
        "200 [0-2/*] [text/csv] id,title,tags,meta,done,author\n1,One,\"{a,\"\"b c\"\"}\",\"{\"\"n\"\":1}\",t,\"{\"\"name\"\":\"\"Ana\"\"}\"\n\
         2,Two,{},,f,\"{\"\"name\"\":\"\"Ana\"\"}\"\n3,\"Three, \"\"3\"\"\",,[1],,",
    )
    .await;
    api.check("GET /books?id=eq.0\nAccept: text/csv", "", "200 [*/*] [text/csv] id,title,tags,meta,done,author_id")
        .await;
    api.check("GET /books?select=n:title,count()&id=eq.0\nAccept: text/csv", "", "200 [*/*] [text/csv] n,count").await;
    api.check_fault("GET /books\nAccept: application/vnd.pgrst.object+json", "", 406, "PGRST116").await;
    api.check_fault("GET /books\nAccept: image/png", "", 406, "PGRST107").await;
}

#[tokio::test]
async fn inserts() {
    let api = Api::open().await;
    let rows = "\nPrefer: return=representation";
    api.check("POST /authors", r#"{"id":9,"name":"Cy"}"#, "201 [*/*] ").await;
    api.check(
        &format!("POST /authors{rows}"),
        r#"{"id":9,"name":"Cy"}"#,
        "201 [*/*] [return=representation] [{\"id\":9,\"name\":\"Cy\"}]",
    )
    .await;
    api.check(
        &format!("POST /authors?select=name{rows}, count=exact"),
        r#"[{"id":8,"name":"X"},{"id":9,"name":"Y"}]"#,
        "201 [*/2] [return=representation, count=exact] [{\"name\":\"X\"},{\"name\":\"Y\"}]",
    )
    .await;
    api.check(&format!("POST /authors{rows}"), "[]", "201 [*/*] [return=representation] []").await;
    api.check(
        "POST /authors\nPrefer: return=headers-only",
        r#"{"id":9,"name":"Cy"}"#,
        "201 [*/*] [return=headers-only] [/authors?id=eq.9] ",
    )
    .await;
    api.check("POST /logs\nPrefer: return=headers-only", r#"{"line":"x"}"#, "201 [*/*] [return=headers-only] ").await;
    api.check(&format!("POST /books{rows}\nContent-Type: text/csv"), "id,title,done\n7,\"a,b\",NULL", "201 [*/*] [return=representation] [{\"id\":7,\"title\":\"a,b\",\"tags\":null,\"meta\":null,\"done\":null,\"author_id\":null}]").await;
    api.check(
        &format!("POST /authors{rows}\nContent-Type: application/x-www-form-urlencoded"),
        "id=7&name=a+b",
        "201 [*/*] [return=representation] [{\"id\":7,\"name\":\"a b\"}]",
    )
    .await;
    let merge = "\nPrefer: resolution=merge-duplicates, return=representation";
    api.check(
        &format!("POST /authors{merge}"),
        r#"{"id":1,"name":"Eve"}"#,
        "200 [*/*] [resolution=merge-duplicates, return=representation] [{\"id\":1,\"name\":\"Eve\"}]",
    )
    .await;
    api.check(&format!("POST /authors{merge}"), r#"[{"id":1,"name":"Eve"},{"id":5,"name":"Flo"}]"#, "201 [*/*] [resolution=merge-duplicates, return=representation] [{\"id\":1,\"name\":\"Eve\"},{\"id\":5,\"name\":\"Flo\"}]").await;
    api.check(
        "POST /authors?on_conflict=name&columns=name,id\nPrefer: resolution=ignore-duplicates, return=representation",
        r#"[{"id":7,"name":"Ana"},{"id":8,"name":"Zoe"}]"#,
        "201 [*/*] [resolution=ignore-duplicates, return=representation] [{\"id\":8,\"name\":\"Zoe\"}]",
    )
    .await;
    api.check(&format!("POST /logs{merge}"), r#"{"line":"x"}"#, "201 [*/*] [return=representation] [{\"line\":\"x\"}]")
        .await;
    api.check_fault("POST /authors", r#"{"id":1,"name":"Cy"}"#, 409, "23505").await;
    api.check_fault("POST /authors", r#"{"id":9}"#, 400, "23502").await;
    api.check_fault("POST /books", r#"{"id":9,"title":"x","author_id":77}"#, 409, "23503").await;
    api.check_fault("POST /authors", r#"{"id":9,"nope":1}"#, 400, "PGRST204").await;
    api.check_fault("POST /authors?columns=nope", r#"{"id":9}"#, 400, "PGRST204").await;
    api.check_fault("POST /authors", "{", 400, "PGRST102").await;
    api.check_fault("POST /authors\nContent-Type: text/plain", "x", 400, "PGRST102").await;
    api.check_fault("POST /nope", "{}", 404, "PGRST205").await;
    api.check_fault(&format!("POST /authors{merge}"), r#"[{"id":1,"name":"x"},{"id":1,"name":"y"}]"#, 500, "21000")
        .await;
    api.check_fault(
        "POST /authors?on_conflict=id,name\nPrefer: resolution=merge-duplicates",
        r#"{"id":1,"name":"x"}"#,
        400,
        "42P10",
    )
    .await;
    api.check_fault(
        "POST /authors\nAccept: application/vnd.pgrst.object+json",
        r#"[{"id":8,"name":"x"},{"id":9,"name":"y"}]"#,
        406,
        "PGRST116",
    )
    .await;
}

#[tokio::test]
async fn updates_and_deletes() {
    let api = Api::open().await;
    let rows = "\nPrefer: return=representation";
    api.check("PATCH /books?id=lt.3", r#"{"done":null}"#, "204 [0-1/*] ").await;
    api.check("PATCH /books?id=lt.3\nPrefer: count=exact", r#"{"done":null}"#, "204 [0-1/2] [count=exact] ").await;
    api.check(
        &format!("PATCH /books?id=eq.1&select=id,done{rows}"),
        r#"[{"done":false},{"done":true}]"#,
        "200 [0-0/*] [return=representation] [{\"id\":1,\"done\":false}]",
    )
    .await;
    api.check(&format!("PATCH /books?id=eq.9{rows}"), r#"{"done":null}"#, "200 [*/*] [return=representation] []").await;
    api.check(&format!("PATCH /books?id=eq.1{rows}"), "{}", "200 [*/*] [return=representation] []").await;
    api.check("PATCH /books", "[]", "204 [*/*] ").await;
    api.check("DELETE /books?id=eq.1", "", "204 [*/*] ").await;
    api.check(
        &format!("DELETE /books?id=lt.3&select=id&order=id.desc{rows}, count=exact"),
        "",
        "200 [*/2] [return=representation, count=exact] [{\"id\":2},{\"id\":1}]",
    )
    .await;
    api.check(
        "DELETE /books?id=lt.3\nPrefer: handling=strict, max-affected=2",
        "",
        "204 [*/*] [handling=strict, max-affected=2] ",
    )
    .await;
    api.check_fault("DELETE /books?id=lt.3\nPrefer: handling=strict, max-affected=1", "", 400, "PGRST124").await;
    api.check_fault("PATCH /books", r#"{"done":true}"#, 400, "21000").await;
    api.check_fault("PATCH /books", "{", 400, "PGRST102").await;
    api.check_fault("PATCH /books", r#"{"nope":true}"#, 400, "PGRST204").await;
    api.check_fault("PATCH /nope", r#"{"done":true}"#, 404, "PGRST205").await;
    api.check_fault("DELETE /books", "", 400, "21000").await;
    api.check_fault("DELETE /authors?id=eq.1", "", 409, "23503").await;
    api.check_fault("DELETE /logs?line=eq.x", "", 401, "42501").await;
    api.check_fault(
        "PATCH /books?id=lt.3\nAccept: application/vnd.pgrst.object+json",
        r#"{"done":true}"#,
        406,
        "PGRST116",
    )
    .await;
}

#[tokio::test]
async fn upserts_of_one_row() {
    let api = Api::open().await;
    let rows = "\nPrefer: return=representation";
    api.check(
        &format!("PUT /authors?id=eq.1{rows}"),
        r#"{"id":1,"name":"Eve"}"#,
        "200 [return=representation] [{\"id\":1,\"name\":\"Eve\"}]",
    )
    .await;
    api.check(
        &format!("PUT /authors?id=eq.5{rows}"),
        r#"[{"id":5,"name":"Eve"}]"#,
        "201 [return=representation] [{\"id\":5,\"name\":\"Eve\"}]",
    )
    .await;
    api.check("PUT /authors?id=eq.5", r#"{"id":5,"name":"Eve"}"#, "204 ").await;
    api.check_fault("PUT /authors?id=eq.5", r#"{"id":6,"name":"Eve"}"#, 400, "PGRST115").await;
    api.check_fault("PUT /authors?id=eq.5", r#"{"name":"Eve"}"#, 400, "PGRST115").await;
    api.check_fault("PUT /authors?id=gt.5", r#"{"id":6,"name":"Eve"}"#, 405, "PGRST105").await;
    api.check_fault("PUT /authors?id=eq.5&name=eq.x", r#"{"id":5,"name":"Eve"}"#, 405, "PGRST105").await;
    api.check_fault("PUT /authors", r#"{"id":5,"name":"Eve"}"#, 405, "PGRST105").await;
    api.check_fault("PUT /authors?id=eq.5&limit=1", r#"{"id":5,"name":"Eve"}"#, 400, "PGRST114").await;
    api.check_fault("PUT /logs?line=eq.x", r#"{"line":"x"}"#, 405, "PGRST105").await;
}

#[tokio::test]
async fn operations() {
    let api = Api::open().await;
    api.check("GET /rpc/add?a=1", "", "200 [0-0/*] 3").await;
    api.check("GET /rpc/add?a=1&b=5", "", "200 [0-0/*] 6").await;
    api.check("POST /rpc/add", r#"{"a":1,"b":9}"#, "200 [0-0/*] 10").await;
    api.check("POST /rpc/add\nContent-Type: application/x-www-form-urlencoded", "a=4", "200 [0-0/*] 6").await;
    api.check("POST /rpc/add\nPrefer: return=minimal", r#"{"a":1}"#, "200 [0-0/*] 3").await;
    api.check("HEAD /rpc/add?a=1", "", "200 [0-0/*] ").await;
    api.check(
        "GET /rpc/titled?word=T&select=id&order=id.desc&limit=1\nPrefer: count=exact",
        "",
        "206 [0-0/2] [count=exact] [{\"id\":3}]",
    )
    .await;
    api.check(
        "POST /rpc/titled?select=id,author(name)&id=eq.2",
        r#"{"word":"w"}"#,
        "200 [0-0/*] [{\"id\":2,\"author\":{\"name\":\"Ana\"}}]",
    )
    .await;
    api.check("OPTIONS /rpc/add", "", "200 [OPTIONS,GET,HEAD,POST] ").await;
    api.check_fault("GET /rpc/add", "", 404, "PGRST202").await;
    api.check_fault("GET /rpc/add?a=1&z=2", "", 404, "PGRST202").await;
    api.check_fault("GET /rpc/nope", "", 404, "PGRST202").await;
    api.check_fault("GET /rpc/add?a=x", "", 400, "22P02").await;
    api.check_fault("POST /rpc/add", "{", 400, "PGRST102").await;
    api.check_fault("DELETE /rpc/add", "", 405, "PGRST101").await;
    api.check_fault("OPTIONS /rpc/nope", "", 404, "PGRST202").await;
}

#[tokio::test]
async fn what_a_relation_offers() {
    let api = Api::open().await;
    api.check("OPTIONS /books", "", "200 [OPTIONS,GET,HEAD,POST,PUT,PATCH,DELETE] ").await;
    api.check("OPTIONS /logs", "", "200 [OPTIONS,GET,HEAD,POST,PATCH,DELETE] ").await;
    api.check_fault("OPTIONS /nope", "", 404, "PGRST205").await;
    api.check_fault("TRACE /books", "", 405, "PGRST117").await;
}

#[tokio::test]
async fn an_embed_named_by_its_target_is_warned_about() {
    let api = Api::open().await;
    let response = api.send("GET /authors?select=id,works:books(id)&books.id=eq.2&books.order=id", "").await;
    assert_eq!(response.headers().get_all("warning").iter().count(), 1);
    assert_eq!(response.body(), &Bytes::from_static(br#"[{"id":1,"works":[{"id":2}]},{"id":2,"works":[]}]"#));
}
