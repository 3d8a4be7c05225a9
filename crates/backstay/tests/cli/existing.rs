//! Databases that are there: `backstay init --from` describes them, and the server runs on them as they are.

use super::{Server, Shell, json, key};
use serde_json::Value;
use std::sync::atomic::{AtomicU32, Ordering};

/// Where the tests find a server; see `cargo xtask services`.
const DEFAULT_URL: &str = "postgres://postgres@127.0.0.1:5432/postgres";

/// Two schemas of a PostgreSQL database: one for tables that were there, one for ours. Removed in the end.
pub(crate) struct Scratch {
    name: String,
    url: String,
}

fn run(url: &str, sql: &str) -> Result<String, tokio_postgres::Error> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await?;
        let connected = tokio::spawn(connection);
        let rows = client.simple_query(sql).await?;
        drop(client);
        let _ = connected.await;
        let text = |message: &tokio_postgres::SimpleQueryMessage| {
            let tokio_postgres::SimpleQueryMessage::Row(row) = message else { return String::new() };
            row.get(0).unwrap_or_default().to_owned() + "\n"
        };
        Ok(rows.iter().map(text).collect())
    })
}

impl Scratch {
    pub(crate) fn new(sql: &str) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        #[expect(clippy::disallowed_methods, reason = "where a service listens is the machine's to say")]
        let server = std::env::var("TEST_POSTGRES").unwrap_or_else(|_| DEFAULT_URL.to_owned());
        let name = format!("there{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let scratch = Self { name, url: server };
        let name = &scratch.name;
        run(&scratch.url, &format!("CREATE SCHEMA {name}; CREATE SCHEMA {name}_own; SET search_path = {name}; {sql}"))
            .unwrap();
        scratch
    }

    /// Only what was there.
    fn theirs(&self) -> String {
        format!("{}?options=-c%20search_path%3D{}", self.url, self.name)
    }

    /// Ours first, so that what is made is made there.
    pub(crate) fn both(&self) -> String {
        format!("{}?options=-c%20search_path%3D{}_own,{}", self.url, self.name, self.name)
    }

    /// Everything that the catalogue says of the schema that was there.
    fn description(&self) -> String {
        let of = format!("(SELECT oid FROM pg_namespace WHERE nspname = '{}')", self.name);
        let sql = format!(
            "SELECT concat_ws('|', c.relname, c.relkind, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, pg_get_expr(d.adbin, d.adrelid)) \
             FROM pg_class AS c LEFT JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 \
             LEFT JOIN pg_attrdef AS d ON d.adrelid = c.oid AND d.adnum = a.attnum WHERE c.relnamespace = {of} \
             UNION ALL SELECT concat_ws('|', conname, pg_get_constraintdef(oid)) FROM pg_constraint WHERE connamespace = {of} \
             UNION ALL SELECT concat_ws('|', proname) FROM pg_proc WHERE pronamespace = {of} ORDER BY 1"
        );
        run(&self.url, &sql).unwrap()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let name = &self.name;
        let _ = run(&self.url, &format!("DROP SCHEMA {name}, {name}_own CASCADE"));
    }
}

const AWKWARD: &str = r#"
CREATE TYPE mood AS ENUM ('glad', 'sad');
CREATE TYPE grade AS ENUM ('A+', 'B-');
CREATE DOMAIN year AS integer CHECK (VALUE > 1900);
CREATE TABLE "order" (
  "select" integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  "parent order" integer REFERENCES "order",
  "mood" mood NOT NULL DEFAULT 'glad', "moods" mood[], grade grade, released year,
  "it's" varchar(20) NOT NULL DEFAULT 'it''s', tags text[], weird point, at timestamp NOT NULL DEFAULT now(),
  total numeric(8,2), doubled numeric GENERATED ALWAYS AS (total * 2) STORED, CHECK (total >= 0)
);
CREATE INDEX ON "order" (lower("it's"));
CREATE TABLE "line of" ("order" integer REFERENCES "order" ON DELETE CASCADE, no smallint, note text, "has""quote" text,
  partner_order integer, partner_no smallint, PRIMARY KEY ("order", no),
  FOREIGN KEY (partner_order, partner_no) REFERENCES "line of" ("order", no));
CREATE TABLE a (id serial PRIMARY KEY, b_id integer UNIQUE);
CREATE TABLE b (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), a_id integer NOT NULL REFERENCES a, num integer UNIQUE);
ALTER TABLE a ADD FOREIGN KEY (b_id) REFERENCES b (num);
CREATE TABLE log (line text);
CREATE VIEW seen AS SELECT 1 AS one;
INSERT INTO "order" ("it's", tags, total, mood) VALUES ('first', '{x,y}', 1.50, 'sad');
INSERT INTO "line of" VALUES (1, 1, 'n', 'q', NULL, NULL), (1, 2, 'm', NULL, 1, 1);
INSERT INTO a DEFAULT VALUES;
"#;

pub(crate) fn body(answer: &Option<(u16, String)>) -> (u16, Value) {
    let (status, text) = answer.as_ref().unwrap();
    (*status, serde_json::from_str(text).unwrap_or(Value::Null))
}

#[test]
fn an_awkward_database_of_postgresql_is_served_as_it_is() {
    let scratch = Scratch::new(AWKWARD);
    let before = scratch.description();
    let shell = Shell::empty();
    let made = shell.run(&["init", "app", "--from", &scratch.theirs()]);
    assert_eq!(made.code, 0, "{}", made.err);
    for left in [
        "table \"log\": it has neither a primary key",
        "view \"seen\"",
        "\"order\".\"weird\" (point): its type has no counterpart",
        "\"line of\".\"has\"quote\" (text): its name holds a slash or a quote",
        "enum \"grade\", whose values are no names",
    ] {
        assert!(made.err.contains(left), "no `{left}` in {}", made.err);
    }
    let schema = std::fs::read_to_string(shell.path().join("app/schema.graphql")).unwrap();
    let check = shell.run(&["check", "app/schema.graphql"]);
    assert_eq!(check.code, 0, "{}\n{schema}", check.err);
    let url = scratch.both();
    let server = Server::start_with(
        &shell,
        &["serve", "--schema", "app/schema.graphql", "--data", "data"],
        &[("BACKSTAY_DATABASE_URL", &url)],
    );
    let service = key(&shell, "data", "service");
    let get = |path: &str| body(&server.request("GET", &format!("/rest/v1/{path}"), &service, ""));
    let rows =
        get("order?select=select,mood,it_s,tags,total,doubled,grade,line%20of(no,note)&mood=eq.sad&line%20of.order=no");
    assert_eq!(
        rows,
        (
            200,
            json(
                r#"[{"select":1,"mood":"sad","it_s":"first","tags":["x","y"],"total":1.50,"doubled":3.00,"grade":null,
           "line of":[{"no":1,"note":"n"},{"no":2,"note":"m"}]}]"#
            )
        )
    );
    let nested = get("line%20of?select=no,order2:order(select),lineOf(no)&no=eq.2");
    assert_eq!(nested, (200, json(r#"[{"no":2,"order2":{"select":1},"lineOf":{"no":1}}]"#)));
    let post = |path: &str, row: &str| body(&server.request("POST", &format!("/rest/v1/{path}"), &service, row));
    assert_eq!(
        post(
            "order",
            r#"{"mood":"glad","moods":["sad","glad"],"grade":"A+","released":1999,"total":2,"parent_order":1}"#
        )
        .0,
        201
    );
    let made = get("order?select=mood,moods,grade,released,it_s&moods=cs.%7Bsad%7D&order=mood&grade=eq.A%2B");
    assert_eq!(
        made,
        (200, json(r#"[{"mood":"glad","moods":["sad","glad"],"grade":"A+","released":1999,"it_s":"it's"}]"#))
    );
    assert_eq!(post("order", r#"{"mood":"angry"}"#).0, 400);
    assert_eq!(post("order", r#"{"grade":"Z"}"#).0, 400);
    assert_eq!(post("order", r#"{"total":-1}"#).0, 400);
    assert_eq!(post("order", r#"{"released":3}"#).0, 400);
    assert_eq!(post("order", r#"{"parent_order":99}"#).0, 409);
    assert_eq!(post("b", r#"{"a_id":1,"num":7}"#).0, 201);
    assert_eq!(post("b", r#"{"a_id":1,"num":7}"#).0, 409);
    let patched = server.request("PATCH", "/rest/v1/a?id=eq.1", &service, r#"{"b_id":7}"#);
    assert_eq!(body(&patched).0, 204);
    drop(server);
    assert_eq!(scratch.description(), before, "the tables were changed");
    // A second start finds it as it is; a table that is gone is named.
    let status = shell
        .command(&["migrate", "status", "--schema", "app/schema.graphql", "--data", "data"])
        .env("BACKSTAY_DATABASE_URL", &url)
        .output()
        .unwrap();
    assert!(status.status.success(), "{}", String::from_utf8_lossy(&status.stderr));
    run(&scratch.url, &format!("DROP TABLE {}.\"line of\"", scratch.name)).unwrap();
    let gone = shell
        .command(&["migrate", "status", "--schema", "app/schema.graphql", "--data", "data"])
        .env("BACKSTAY_DATABASE_URL", &url)
        .output()
        .unwrap();
    let words = String::from_utf8_lossy(&gone.stderr).into_owned();
    assert!(!gone.status.success() && words.contains("there is no table \"line of\" for the type LineOf"), "{words}");
}

/// A music shop as large as the Chinook sample.
const SHOP: &str = r#"
CREATE TABLE Artist (ArtistId INTEGER NOT NULL PRIMARY KEY, Name NVARCHAR(120));
CREATE TABLE Album (AlbumId INTEGER NOT NULL PRIMARY KEY, Title NVARCHAR(160) NOT NULL,
  ArtistId INTEGER NOT NULL REFERENCES Artist (ArtistId) ON DELETE NO ACTION);
CREATE TABLE Track (TrackId INTEGER PRIMARY KEY, Name NVARCHAR(200) NOT NULL, AlbumId INTEGER REFERENCES album,
  Milliseconds INTEGER NOT NULL, UnitPrice NUMERIC(10,2) NOT NULL DEFAULT 0.99, Data BLOB);
CREATE TABLE Playlist (PlaylistId INTEGER PRIMARY KEY AUTOINCREMENT, Name NVARCHAR(120) UNIQUE);
CREATE TABLE PlaylistTrack (PlaylistId INTEGER NOT NULL REFERENCES Playlist, TrackId INTEGER NOT NULL REFERENCES Track,
  PRIMARY KEY (PlaylistId, TrackId)) WITHOUT ROWID;
CREATE TABLE Employee (EmployeeId INTEGER PRIMARY KEY, LastName NVARCHAR(20) NOT NULL, ReportsTo INTEGER REFERENCES Employee,
  BirthDate DATETIME, Active BOOLEAN NOT NULL DEFAULT 1);
CREATE TABLE Customer (CustomerId INTEGER PRIMARY KEY, Email NVARCHAR(60) NOT NULL, "Support Rep" INTEGER REFERENCES Employee);
CREATE TABLE Invoice (InvoiceId INTEGER PRIMARY KEY, CustomerId INTEGER NOT NULL REFERENCES Customer, InvoiceDate DATETIME NOT NULL,
  Total NUMERIC(10,2) NOT NULL CHECK (Total >= 0), Cents INTEGER GENERATED ALWAYS AS (Total * 100) VIRTUAL);
CREATE TABLE InvoiceLine (InvoiceLineId INTEGER PRIMARY KEY, InvoiceId INTEGER NOT NULL REFERENCES Invoice, TrackId INTEGER NOT NULL REFERENCES Track);
CREATE INDEX IFK_InvoiceLineTrackId ON InvoiceLine (TrackId);
CREATE INDEX Loud ON Track (upper(Name));
CREATE VIEW Cheap AS SELECT * FROM Track WHERE UnitPrice < 1;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3503)
INSERT INTO Artist SELECT i, 'Artist ' || i FROM n WHERE i <= 275;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 347)
INSERT INTO Album SELECT i, 'Album ' || i, i % 275 + 1 FROM n;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3503)
INSERT INTO Track SELECT i, 'Track ' || i, i % 347 + 1, i * 1000, CASE WHEN i % 9 = 0 THEN 1.99 ELSE 0.99 END, x'00ff' FROM n;
INSERT INTO Playlist (Name) VALUES ('Music'), ('Movies');
INSERT INTO PlaylistTrack SELECT 1, TrackId FROM Track;
INSERT INTO Employee VALUES (1, 'Adams', NULL, '1962-02-18 00:00:00', 1), (2, 'Edwards', 1, NULL, 0);
INSERT INTO Customer SELECT ArtistId, 'c' || ArtistId || '@example.com', 2 FROM Artist WHERE ArtistId <= 59;
INSERT INTO Invoice SELECT TrackId, TrackId % 59 + 1, '2009-01-01 00:00:00', 1.98 FROM Track WHERE TrackId <= 412;
INSERT INTO InvoiceLine SELECT TrackId, TrackId % 412 + 1, TrackId FROM Track WHERE TrackId <= 2240;
"#;

#[test]
fn a_file_of_another_program_is_served_as_it_is() {
    let shell = Shell::empty();
    let path = shell.path().join("shop.db");
    rusqlite::Connection::open(&path).unwrap().execute_batch(SHOP).unwrap();
    let description = || {
        let conn = rusqlite::Connection::open(&path).unwrap();
        let mut statement = conn.prepare("SELECT name || coalesce(sql, '') FROM sqlite_schema ORDER BY name").unwrap();
        let all =
            statement.query_map([], |row| row.get::<_, String>(0)).unwrap().collect::<Result<Vec<_>, _>>().unwrap();
        let ours = |text: &String| {
            [
                "auth_",
                "mail_",
                "_backstay",
                "sqlite_autoindex_auth",
                "sqlite_autoindex_mail",
                "sqlite_autoindex__backstay",
                "sqlite_stat",
            ]
            .iter()
            .any(|prefix| text.starts_with(prefix))
        };
        all.into_iter().filter(|text| !ours(text)).collect::<Vec<_>>()
    };
    let before = description();
    let bytes = std::fs::read(&path).unwrap();
    let made = shell.run(&["init", "app", "--from", "sqlite:shop.db"]);
    assert_eq!(made.code, 0, "{}", made.err);
    assert!(made.err.contains("view \"Cheap\""), "{}", made.err);
    assert_eq!(std::fs::read(&path).unwrap(), bytes, "looking changed the file");
    shell.bad(&["init", "app", "--from", "sqlite:shop.db"], 1, &["schema.graphql exists"]);
    shell.bad(&["init", "other", "--from", "sqlite:none.db"], 1, &["there is no database at none.db"]);
    shell.bad(&["init", "other", "--from", "sqlite:app/backstay.toml"], 1, &["cannot be read"]);
    assert!(!shell.path().join("other").exists());
    let schema = std::fs::read_to_string(shell.path().join("app/schema.graphql")).unwrap();
    for expected in [
        "type PlaylistTrack @model(table: \"PlaylistTrack\", managed: false)",
        "  Support_Rep: BigInt @map(name: \"Support Rep\")",
        "  UnitPrice: Float! @default(value: 0.99)",
        "  # index Loud, over an expression or some rows",
        "  ReportsTo: BigInt\n",
    ] {
        assert!(schema.contains(expected), "no `{expected}` in {schema}");
    }
    let server = Server::start_with(
        &shell,
        &["serve", "--schema", "app/schema.graphql", "--data", "data"],
        &[("BACKSTAY_DATABASE_URL", "sqlite:shop.db")],
    );
    let service = key(&shell, "data", "service");
    let get = |path: &str| body(&server.request("GET", &format!("/rest/v1/{path}"), &service, ""));
    let track = get("Track?select=Name,UnitPrice,Data,Album(Title,Artist(Name))&TrackId=eq.9");
    assert_eq!(
        track,
        (
            200,
            json(
                r#"[{"Name":"Track 9","UnitPrice":1.99,"Data":"\\x00ff","Album":{"Title":"Album 10","Artist":{"Name":"Artist 11"}}}]"#
            )
        )
    );
    let list = get("Playlist?select=Name,PlaylistTrack(count)&order=Name");
    assert_eq!(list.1[1]["PlaylistTrack"][0]["count"], 3503, "{list:?}");
    let people = get("Employee?select=LastName,Active,BirthDate&order=EmployeeId");
    assert_eq!(
        people,
        (
            200,
            json(
                r#"[{"LastName":"Adams","Active":true,"BirthDate":"1962-02-18 00:00:00"},{"LastName":"Edwards","Active":false,"BirthDate":null}]"#
            )
        )
    );
    let post = |path: &str, row: &str| body(&server.request("POST", &format!("/rest/v1/{path}"), &service, row)).0;
    assert_eq!(post("Playlist", r#"{"Name":"New"}"#), 201);
    assert_eq!(post("Playlist", r#"{"Name":"New"}"#), 409);
    assert_eq!(post("Album", r#"{"Title":"x","ArtistId":9999}"#), 409);
    assert_eq!(post("Invoice", r#"{"CustomerId":1,"InvoiceDate":"2026-01-01 00:00:00","Total":-1}"#), 400);
    assert_eq!(server.stop(), 0);
    assert_eq!(description(), before, "the tables were changed");
}
