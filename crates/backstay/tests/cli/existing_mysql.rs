//! Databases of MariaDB that are there: `backstay init --from` describes them, and the server runs on them as they are.

use super::existing::body;
use super::{Server, Shell, json, key};
use mysql_async::prelude::Queryable as _;
use serde_json::Value;
use std::sync::atomic::{AtomicU32, Ordering};

/// Where the tests find a server; see `cargo xtask services`.
const DEFAULT_URL: &str = "mysql://root@127.0.0.1:3306/test";
/// What is ours beside tables that were there.
const OURS: &str = "NOT LIKE 'auth\\_%' AND %s NOT LIKE 'mail\\_%' AND %s NOT LIKE '\\_backstay%'";

/// A database to itself, removed in the end.
struct Scratch {
    name: String,
    url: String,
}

fn run(url: &str, sql: &str) -> Vec<String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut conn = mysql_async::Conn::from_url(url).await.unwrap();
        let mut found = conn.query_iter(sql).await.unwrap();
        let mut last = Vec::new();
        while !found.is_empty() {
            let rows: Vec<mysql_async::Row> = found.collect().await.unwrap();
            let text = |row: mysql_async::Row| row.get::<Option<String>, _>(0).flatten().unwrap_or_default();
            last = rows.into_iter().map(text).collect();
        }
        drop(found);
        conn.disconnect().await.unwrap();
        last
    })
}

impl Scratch {
    fn new(sql: &str) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        #[expect(clippy::disallowed_methods, reason = "where a service listens is the machine's to say")]
        let server = std::env::var("TEST_MYSQL").unwrap_or_else(|_| DEFAULT_URL.to_owned());
        let name = format!("there{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        run(
            &server,
            &format!("DROP DATABASE IF EXISTS {name}; CREATE DATABASE {name} CHARACTER SET utf8mb4; USE {name}; {sql}"),
        );
        let (base, _) = server.rsplit_once('/').unwrap();
        let url = format!("{base}/{name}");
        Self { name, url }
    }

    /// Everything that the catalogue says of the tables that were there.
    fn description(&self) -> Vec<String> {
        let theirs = |column: &str| format!("{column} {}", OURS.replace("%s", column));
        let sql = format!(
            "SELECT concat_ws('|', table_name, column_name, column_type, is_nullable, column_default, extra, generation_expression) \
             FROM information_schema.columns WHERE table_schema = database() AND {columns} \
             UNION ALL SELECT concat_ws('|', table_name, constraint_name, constraint_type) FROM information_schema.table_constraints \
             WHERE table_schema = database() AND {columns} \
             UNION ALL SELECT concat_ws('|', table_name, index_name, column_name) FROM information_schema.statistics \
             WHERE table_schema = database() AND {columns} ORDER BY 1",
            columns = theirs("table_name")
        );
        run(&self.url, &sql)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let (name, url) = (&self.name, &self.url);
        run(url, &format!("DROP DATABASE IF EXISTS {name}"));
    }
}

const AWKWARD: &str = r#"
CREATE TABLE `order` (
  `select` int unsigned AUTO_INCREMENT PRIMARY KEY, `parent order` int unsigned, KEY (`parent order`),
  mood enum('glad','sad') NOT NULL DEFAULT 'glad', grade enum('A+','B-'), tags set('x','y'), released year,
  `it's` varchar(20) NOT NULL DEFAULT 'it''s', big bigint unsigned, truth tinyint(1) NOT NULL DEFAULT 1, bits bit(1),
  weird point, at timestamp(3) NOT NULL DEFAULT current_timestamp(3), changed datetime DEFAULT NULL ON UPDATE current_timestamp,
  day date, hour time, total decimal(8,2), ratio float, data json, raw varbinary(10),
  doubled decimal(10,2) GENERATED ALWAYS AS (total * 2) STORED, tripled int GENERATED ALWAYS AS (total * 3) VIRTUAL,
  `has/slash` text, `tick``ed` varchar(5), UNIQUE KEY `by it` (`it's`), KEY part (`it's`(3)),
  CONSTRAINT positive CHECK (total >= 0), FOREIGN KEY (`parent order`) REFERENCES `order` (`select`)
);
CREATE TABLE `line of` (`order` int unsigned, no smallint, note text, partner_order int unsigned, partner_no smallint,
  PRIMARY KEY (`order`, no), FOREIGN KEY (`order`) REFERENCES `order` (`select`) ON DELETE CASCADE,
  CONSTRAINT partner FOREIGN KEY (partner_order, partner_no) REFERENCES `line of` (`order`, no));
CREATE TABLE a (id int AUTO_INCREMENT PRIMARY KEY, b_num int UNIQUE);
CREATE TABLE b (id char(36) PRIMARY KEY DEFAULT uuid(), a_id int NOT NULL, num int UNIQUE, FOREIGN KEY (a_id) REFERENCES a (id));
ALTER TABLE a ADD FOREIGN KEY (b_num) REFERENCES b (num);
CREATE TABLE log (line text);
CREATE VIEW seen AS SELECT 1 AS one;
CREATE TRIGGER noted BEFORE INSERT ON a FOR EACH ROW SET @x = 1;
INSERT INTO `order` (`it's`, tags, total, mood, big, bits, at, day, hour, data, raw, released)
  VALUES ('first', 'x,y', 1.50, 'sad', 18446744073709551615, b'1', '2026-11-25 18:00:00.25', '2024-02-29', '12:30:00', '{"a": [1]}', x'00ff', 1999);
INSERT INTO `line of` VALUES (1, 1, 'n', NULL, NULL), (1, 2, 'm', 1, 1);
INSERT INTO a () VALUES ();
"#;

#[test]
fn an_awkward_database_of_mariadb_is_served_as_it_is() {
    let scratch = Scratch::new(AWKWARD);
    let before = scratch.description();
    let shell = Shell::empty();
    let made = shell.run(&["init", "app", "--from", &scratch.url]);
    assert_eq!(made.code, 0, "{}", made.err);
    for left in [
        "table \"log\": it has neither a primary key",
        "view \"seen\"",
        "\"order\".\"weird\" (point): its type has no counterpart",
        "\"order\".\"has/slash\" (text): its name holds a slash or a quote",
        "enum \"order_grade\", whose values are no names",
    ] {
        assert!(made.err.contains(left), "no `{left}` in {}", made.err);
    }
    assert_eq!(scratch.description(), before, "looking changed the tables");
    let schema = std::fs::read_to_string(shell.path().join("app/schema.graphql")).unwrap();
    for expected in [
        "enum OrderMood { glad sad }",
        "  # positive: CHECK (\"total\" >= 0)",
        "  # index part (btree), over parts of columns, expressions or words",
        "  select: BigInt! @id(auto: INCREMENT)",
        "  mood: OrderMood  # the database fills it: 'glad'",
        "  it_s: String! @default(value: \"it's\") @map(name: \"it's\")",
        "  truth: Boolean! @default(value: true)",
        "  at: DateTime! @default(expr: \"now()\")",
        "  data: JSON\n",
        "  raw: Bytes\n",
        "  doubled: Decimal  # the database derives it",
        "  tripled: Int  # the database derives it",
        "  @unique(fields: [\"it_s\"], name: \"by it\")",
        "references: [\"order\", \"no\"], name: \"partner\"",
        "onDelete: CASCADE",
        "  # trigger noted",
    ] {
        assert!(schema.contains(expected), "no `{expected}` in\n{schema}");
    }
    let check = shell.run(&["check", "app/schema.graphql"]);
    assert_eq!(check.code, 0, "{}\n{schema}", check.err);
    served(&shell, &scratch);
    assert_eq!(scratch.description(), before, "the tables were changed");
    // A second start finds it as it is; a table that is gone is named.
    let status = || {
        let mut command = shell.command(&["migrate", "status", "--schema", "app/schema.graphql", "--data", "data"]);
        command.env("BACKSTAY_DATABASE_URL", &scratch.url).output().unwrap()
    };
    let fits = status();
    assert!(fits.status.success(), "{}", String::from_utf8_lossy(&fits.stderr));
    run(&scratch.url, "DROP TABLE `line of`");
    let gone = status();
    let words = String::from_utf8_lossy(&gone.stderr).into_owned();
    assert!(!gone.status.success() && words.contains("there is no table \"line of\" for the type LineOf"), "{words}");
}

/// Reads and writes of the awkward tables.
fn served(shell: &Shell, scratch: &Scratch) {
    let server = Server::start_with(
        shell,
        &["serve", "--schema", "app/schema.graphql", "--data", "data"],
        &[("BACKSTAY_DATABASE_URL", &scratch.url)],
    );
    let service = key(shell, "data", "service");
    let get = |path: &str| body(&server.request("GET", &format!("/rest/v1/{path}"), &service, ""));
    let check = |path: &str, expected: &str| assert_eq!(get(path), (200, json(expected)), "{path}");
    check(
        "order?select=select,mood,it_s,tags,total,doubled,tripled,grade,line%20of(no,note)&mood=eq.sad&line%20of.order=no",
        r#"[{"select":1,"mood":"sad","it_s":"first","tags":"x,y","total":1.50,"doubled":3,"tripled":5,"grade":null,
           "line of":[{"no":1,"note":"n"},{"no":2,"note":"m"}]}]"#,
    );
    check(
        "order?select=truth,bits,at,day,hour,data,raw,released&select=eq.1",
        r#"[{"truth":true,"bits":true,"at":"2026-11-25T18:00:00.25+00:00","day":"2024-02-29","hour":"12:30:00",
           "data":{"a":[1]},"raw":"\\x00ff","released":1999}]"#,
    );
    let large = server.request("GET", "/rest/v1/order?select=big", &service, "").unwrap().1;
    assert_eq!(large, r#"[{"big":18446744073709551615}]"#);
    for filter in [
        "mood=in.(sad,glad)",
        "it_s=like.f*",
        "it_s=in.(first)",
        "at=gte.2026-11-25T18:00:00.25Z",
        "data-%3E%3Ea=eq.[1]",
        "released=lt.2000",
        "bits=is.true",
        "truth=eq.true",
        "total=eq.1.5",
        "raw=eq.%5Cx00ff",
    ] {
        let rows = get(&format!("order?select=select&{filter}"));
        assert_eq!(rows, (200, json(r#"[{"select":1}]"#)), "{filter}");
    }
    check(
        "line%20of?select=no,order2:order(select),lineOf(no)&no=eq.2",
        r#"[{"no":2,"order2":{"select":1},"lineOf":{"no":1}}]"#,
    );
    let post = |path: &str, row: &str| body(&server.request("POST", &format!("/rest/v1/{path}"), &service, row)).0;
    let order = r#"{"it_s":"second","mood":"glad","grade":"A+","tags":"y","released":2001,"total":2,"parent_order":1,
                    "truth":false,"bits":false,"at":"2026-01-02T03:04:05+02:00","data":{"b":null},"raw":"\\x01"}"#;
    assert_eq!(post("order", order), 201);
    check(
        "order?select=select,it_s,mood,grade,tags,released,truth,bits,at,data,raw,total,parent:parent_order(it_s)&it_s=eq.second",
        r#"[{"select":2,"it_s":"second","mood":"glad","grade":"A+","tags":"y","released":2001,"truth":false,"bits":false,
           "at":"2026-01-02T01:04:05+00:00","data":{"b":null},"raw":"\\x01","total":2,"parent":{"it_s":"first"}}]"#,
    );
    for (path, row, status) in [
        ("order", r#"{"mood":"angry"}"#, 400),
        ("order", r#"{"it_s":"x","grade":"Z"}"#, 400),
        ("order", r#"{"it_s":"y","total":-1}"#, 400),
        ("order", r#"{"it_s":"z","released":30000}"#, 400),
        ("order", r#"{"it_s":"first"}"#, 409),
        ("order", r#"{"it_s":"w","parent_order":99}"#, 409),
        ("b", r#"{"id":"k","a_id":1,"num":7}"#, 201),
        ("b", r#"{"id":"l","a_id":1,"num":7}"#, 409),
        ("line%20of", r#"{"order":2,"no":1,"partner_order":1,"partner_no":2}"#, 201),
        ("line%20of", r#"{"order":2,"no":2,"partner_order":1,"partner_no":9}"#, 409),
    ] {
        assert_eq!(post(path, row), status, "{row}");
    }
    let patched = server.request("PATCH", "/rest/v1/a?id=eq.1", &service, r#"{"b_num":7}"#);
    assert_eq!(body(&patched).0, 204);
    let removed = server.request("DELETE", "/rest/v1/order?it_s=eq.second", &service, "");
    assert_eq!(body(&removed).0, 204);
    check("line%20of?select=no&order=no", r#"[{"no":1},{"no":2}]"#);
    assert_eq!(server.stop(), 0);
}

/// The help texts that come with the server: tables of another program, with its rows.
const HELP: [&str; 4] = ["help_category", "help_keyword", "help_relation", "help_topic"];

#[test]
fn tables_of_another_program_are_served_as_they_are() {
    let copy = |table: &&str| {
        format!("CREATE TABLE {table} LIKE mysql.{table}; INSERT INTO {table} SELECT * FROM mysql.{table};")
    };
    let scratch = Scratch::new(&HELP.iter().map(copy).collect::<String>());
    let before = scratch.description();
    let shell = Shell::empty();
    let made = shell.run(&["init", "app", "--from", &scratch.url]);
    assert_eq!(made.code, 0, "{}", made.err);
    let server = Server::start_with(
        &shell,
        &["serve", "--schema", "app/schema.graphql", "--data", "data"],
        &[("BACKSTAY_DATABASE_URL", &scratch.url)],
    );
    let service = key(&shell, "data", "service");
    for table in HELP {
        let rows = run(&scratch.url, &format!("SELECT CAST(count(*) AS CHAR) FROM {table}"));
        let counted = body(&server.request("GET", &format!("/rest/v1/{table}?select=count"), &service, ""));
        let counted = counted.1.pointer("/0/count").and_then(Value::as_u64);
        assert_eq!(counted, rows.first().and_then(|rows| rows.parse().ok()), "{table}");
    }
    let names = run(&scratch.url, "SELECT name FROM help_topic ORDER BY help_topic_id LIMIT 5");
    let listed =
        body(&server.request("GET", "/rest/v1/help_topic?select=name&order=help_topic_id&limit=5", &service, ""));
    let listed: Vec<&str> = listed.1.as_array().unwrap().iter().filter_map(|row| row["name"].as_str()).collect();
    assert_eq!(listed, names);
    assert_eq!(server.stop(), 0);
    assert_eq!(scratch.description(), before, "the tables were changed");
}
