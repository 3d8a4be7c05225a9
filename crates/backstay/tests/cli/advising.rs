//! `backstay advise` from outside, after a server that was asked, on every database.

use super::existing::Scratch;
use super::{Server, Shell, json};
use mysql_async::prelude::Queryable as _;
use serde_json::Value;
use std::fmt::Write as _;

const SCHEMA: &str = r#"
type Order @model @access(ops: [READ]) @access(roles: ["user"], ops: [UPDATE], when: "ownerId == auth.uid") {
  id: Int! @id(auto: NONE)
  ownerId: String!
  customer: String!
  placedAt: DateTime!
}
"#;

/// Serves, asks, stops, and looks at the advice.
fn advises(database: Option<&str>) {
    let shell = Shell::empty();
    shell.write("schema.graphql", SCHEMA);
    let environment: Vec<(&str, &str)> = database.map(|url| ("BACKSTAY_DATABASE_URL", url)).into_iter().collect();
    let run = |arguments: &[&str]| {
        let output = shell.command(arguments).envs(environment.iter().copied()).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let mut rows = String::new();
    for id in 0..20_000 {
        let (owner, customer, minute, hour) = (id % 500, id % 1_000, id % 60, id / 60 % 24);
        writeln!(
            rows,
            r#"{{"id":{id},"ownerId":"u{owner}","customer":"c{customer}","placedAt":"2026-01-01T{hour:02}:{minute:02}:00Z"}}"#
        )
        .unwrap();
    }
    shell.write("rows.ndjson", &rows);
    run(&["import", "orders", "rows.ndjson", "--data", "data"]);
    let server = Server::start_with(&shell, &["serve", "--data", "data"], &environment);
    for customer in ["c7", "c8", "c9"] {
        let path = format!("/rest/v1/orders?customer=eq.{customer}&order=placedAt.desc&limit=5");
        assert_eq!(server.get(&path).unwrap().0, 200);
    }
    assert_eq!(server.get("/rest/v1/orders?id=eq.7").unwrap().0, 200);
    assert_eq!(server.stop(), 0);
    let kept = std::fs::read_to_string(shell.path().join("data/request-shapes.json")).unwrap();
    assert!(kept.contains("customer") && !kept.contains("c7"), "{kept}");

    let advice = json(&run(&["advise", "--data", "data", "--json"]));
    assert_eq!(advice["requestsRecorded"], 3, "{advice:#}");
    let missing = advice["missing"].as_array().unwrap();
    let found: Vec<&str> = missing.iter().filter_map(|one| one["directive"].as_str()).collect();
    assert_eq!(
        found,
        [r#"@index(fields: ["customer", "placedAt desc"])"#, r#"@index(fields: ["ownerId"])"#],
        "{advice:#}"
    );
    assert_eq!((&missing[0]["requests"], &missing[1]["requests"]), (&Value::from(3), &Value::from(0)));
    assert!(missing[1]["serves"][0].as_str().unwrap().contains("ownerId == auth.uid"), "{advice:#}");
    for one in missing {
        let measured = &one["measured"];
        assert_eq!((&measured["helps"], &measured["rows"]), (&Value::Bool(true), &Value::from(20_000)), "{advice:#}");
        let plan = measured["after"]["queryPlan"].to_string();
        assert!(plan.contains("bs_advised_idx"), "{plan}");
    }
    let text = run(&["advise", "--data", "data"]);
    assert!(text.contains("type Order  @index(fields: [\"ownerId\"])") && text.contains("it helps"), "{text}");
    // Nothing was changed, and with the indexes there is nothing left to say.
    let with =
        SCHEMA.replace("@model", r#"@model @index(fields: ["customer", "placedAt desc"]) @index(fields: ["ownerId"])"#);
    shell.write("schema.graphql", &with);
    let planned = run(&["migrate", "plan", "--data", "data"]);
    assert!(planned.contains("orders_customer_placedAt_idx") && planned.contains("orders_ownerId_idx"), "{planned}");
    let advice = json(&run(&["advise", "--data", "data", "--json", "--no-measure"]));
    assert_eq!(advice["missing"], Value::Array(Vec::new()), "{advice:#}");
}

#[test]
fn a_file() {
    advises(None);
    let shell = Shell::new();
    shell.bad(&["advise", "--rows", "0"], 2, &["--rows"]);
    shell.bad(&["advise", "--recorded", "none.json"], 2, &["there is no file none.json"]);
}

#[test]
fn postgresql() {
    let scratch = Scratch::new("");
    advises(Some(&scratch.both()));
}

#[test]
fn mariadb() {
    #[expect(clippy::disallowed_methods, reason = "where a service listens is the machine's to say")]
    let server = std::env::var("TEST_MYSQL").unwrap_or_else(|_| "mysql://root@127.0.0.1:3306/test".to_owned());
    let name = format!("backstay_advice_{}", std::process::id());
    let run = |sql: String| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut conn = mysql_async::Conn::from_url(&server).await.unwrap();
            conn.query_drop(sql).await.unwrap();
            conn.disconnect().await.unwrap();
        });
    };
    run(format!("DROP DATABASE IF EXISTS {name}; CREATE DATABASE {name}"));
    let url = format!("{}/{name}", server.rsplit_once('/').unwrap().0);
    let outcome = std::panic::catch_unwind(|| advises(Some(&url)));
    run(format!("DROP DATABASE {name}"));
    if let Err(panic) = outcome {
        std::panic::resume_unwind(panic);
    }
}
