//! What GraphQL answers, document by document: reads, filters, orders, pages, aggregates, writes, nested writes. On each database.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test stops where it fails")]

#[path = "stores/place.rs"]
mod place;
#[path = "graphql/written.rs"]
mod written;

use backstay_edge::graphql::{Graphql, Naming, Service, Settings, handle};
use backstay_engine::{Engine, migrate};
use backstay_plan::Principal;
use backstay_plan::principal::{Api, Identity, RoleSet, WireRole};
use backstay_schema::{Source, parse};
use bytes::Bytes;
use http::Request;
use place::{Place, Store};
use serde_json::{Value, json};
use std::sync::Arc;
use written::{choices_of_decimals, edits_of_checked_json, nested_inserts_over_unique_columns};

const SCHEMA: &str = r#"
enum Role @role { admin }
type Author @model(table: "authors") @access(ops: [READ], when: "shown") @access(roles: ["admin"], ops: [ALL]) {
  id: Int! @id(auto: INCREMENT)
  name: String! @unique
  shown: Boolean! @default(value: true)
  secret: String @readable(when: "id == 1")
  rank: Int
  books: [Book!]
}
type Book @model(table: "books") @access(ops: [ALL]) {
  id: Int! @id(auto: INCREMENT)
  title: String! @length(min: 1, max: 20)
  pages: Int
  sold: BigInt
  price: Decimal
  info: JSON
  tags: [String!]
  authorId: Int
  author: Author @relation(fields: ["authorId"], references: ["id"])
  shelves: [Shelf!] @manyToMany
}
type Shelf @model(table: "shelves") @access(ops: [ALL]) {
  id: Int! @id(auto: INCREMENT)
  name: String! @unique
  books: [Book!] @manyToMany
}
type Press @model(table: "presses") @access(ops: [ALL]) @unique(fields: ["weight", "day", "ratio", "large"]) {
  id: Int! @id(auto: INCREMENT)
  name: String! @unique
  code: UUID! @unique @default(expr: "uuid()")
  spare: BigInt @unique
  secret: UUID @unique @default(expr: "uuid()") @readable(roles: ["admin"])
  weight: Decimal
  day: DateTime
  ratio: Float
  large: Boolean
  stamps: [Stamp!] @relation(name: "by_code")
  seals: [Stamp!] @relation(name: "by_secret")
  marks: [Stamp!] @relation(name: "by_spare")
  prints: [Stamp!] @relation(name: "by_weight")
}
type Stamp @model(table: "stamps") @access(ops: [ALL]) {
  id: Int! @id(auto: INCREMENT)
  note: String
  code: UUID
  press: Press @relation(name: "by_code", fields: ["code"], references: ["code"])
  secret: UUID
  sealer: Press @relation(name: "by_secret", fields: ["secret"], references: ["secret"])
  spare: BigInt
  marker: Press @relation(name: "by_spare", fields: ["spare"], references: ["spare"])
  weight: Decimal
  day: DateTime
  ratio: Float
  large: Boolean
  printer: Press @relation(name: "by_weight", fields: ["weight", "day", "ratio", "large"], references: ["weight", "day", "ratio", "large"])
}
input Shape { sides: Int  tags: [String!] }
type Kit @model(table: "kits") @access(ops: [ALL]) {
  id: Int! @id
  shape: Shape
  number: JSON @schema(json: "{\"type\": \"object\", \"required\": [\"n\"], \"properties\": {\"n\": {\"type\": \"number\"}}}")
  grade: Decimal @oneOf(values: [1, 2.5, -0.10])
  grades: [Decimal!] @oneOf(values: [1, 2.50])
  ratios: [Float!] @oneOf(values: [1.0, 2.5])
}
extend type Query {
  longer(than: Int!): [Book!] @readable @query(sql: {sqlite: "SELECT * FROM books WHERE pages > :than", postgres: "SELECT * FROM books WHERE pages > :than", mysql: "SELECT * FROM books WHERE pages > :than"})
  total: Int @readable @query(sql: {sqlite: "SELECT count(*) FROM books", postgres: "SELECT count(*)::int FROM books", mysql: "SELECT count(*) FROM books"})
}
"#;

struct World {
    engine: Engine,
    graphql: Graphql,
    _place: Place,
}

impl World {
    async fn new(store: Store) -> Self {
        let parsed = parse(&[Source { name: "schema.graphql".to_owned(), text: SCHEMA.to_owned() }]);
        assert!(parsed.schema.is_some(), "{:#?}", parsed.diagnostics);
        let schema = Arc::new(parsed.schema.unwrap());
        let place = Place::new(store);
        let engine = Engine::open(Arc::clone(&schema), place.options()).unwrap();
        let plan = migrate::plan(&engine, schema).await.unwrap();
        migrate::apply(&engine, plan, migrate::Permission::AdditiveOnly).await.unwrap();
        let world = Self { engine, graphql: Graphql::new(Settings::default()), _place: place };
        let seed = "mutation { insert_authors(objects: [{name: \"Ana\", secret: \"a\", rank: 2}, {name: \"Bo\", secret: \"b\"}, \
             {name: \"Cy\", shown: false, rank: 1}]) { affected_rows } insert_books(objects: [\
             {title: \"One\", pages: 10, authorId: 1, info: {a: 1, list: [1, 2]}, tags: [\"x\", \"y\"]}, \
             {title: \"Two\", pages: 30, authorId: 1, tags: []}, {title: \"Three\", pages: 20, authorId: 2}, \
             {title: \"Four\", authorId: 3}, {title: \"Five\"}]) { affected_rows } }";
        assert_eq!(
            world.ask(WireRole::Service, seed, json!({})).await,
            json!({"data": {"insert_authors": {"affected_rows": 3}, "insert_books": {"affected_rows": 5}}})
        );
        world
    }

    /// The answer to a request. What only reads is asked twice: what was kept of the first time must not change the second.
    async fn ask(&self, wire: WireRole, query: &str, variables: Value) -> Value {
        let answer = self.ask_once(wire, query, variables.clone()).await;
        if !query.contains("mutation") {
            assert_eq!(self.ask_once(wire, query, variables.clone()).await, answer, "again: {query} {variables}");
        }
        answer
    }

    async fn ask_once(&self, wire: WireRole, query: &str, variables: Value) -> Value {
        let body = json!({ "query": query, "variables": variables }).to_string();
        let request = Request::builder().method("POST").uri("/graphql").header("content-type", "application/json");
        let (parts, body) = request.body(Bytes::from(body)).unwrap().into_parts();
        let application = if wire == WireRole::Authenticated { vec!["admin".to_owned()] } else { Vec::new() };
        let identity = Identity { roles: RoleSet { wire, application }, uid: None, claims: serde_json::Map::new() };
        let who = Principal { identity: Arc::new(identity), ip: None, method: "POST", api: Api::Graphql };
        let service = Service { engine: &self.engine, graphql: &self.graphql };
        let response = handle(service, &parts, body, &who, "").await;
        serde_json::from_slice(response.body()).unwrap()
    }

    /// The value of `data`, or the first error's code and message.
    async fn said(&self, wire: WireRole, query: &str, variables: Value) -> String {
        let answer = self.ask(wire, query, variables).await;
        match answer.get("errors") {
            None => answer["data"].to_string(),
            Some(errors) => {
                let first = &errors[0];
                let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
                format!("{}: {}", text(&first["extensions"]["code"]), text(&first["message"]))
            }
        }
    }

    /// A document of an anonymous caller.
    #[track_caller]
    fn check(&self, query: &str, expected: Value) -> impl Future<Output = ()> {
        let place = std::panic::Location::caller();
        let query = query.to_owned();
        async move {
            let found = self.said(WireRole::Anonymous, &query, json!({})).await;
            let text = if let Value::String(text) = &expected { text.clone() } else { expected.to_string() };
            // The members of a JSON column stand as its database keeps them.
            let json = |text: &str| query.contains("info").then(|| serde_json::from_str::<Value>(text).ok()).flatten();
            assert!(
                found == text || json(&found).is_some_and(|found| found == expected),
                "{found}\n{text}\n{query} at {place}"
            );
        }
    }
}

async fn reads(world: World) {
    for (query, expected) in [
        ("{ authors { id name } }", json!({"authors": [{"id": 1, "name": "Ana"}, {"id": 2, "name": "Bo"}]})),
        // Keys stand in the order of the document, fields of one key are one.
        (
            "{ b: books(limit: 1) { __typename t: title ...F author { id } } } fragment F on Book { author { name } id }",
            json!({"b": [{"__typename": "Book", "t": "One", "author": {"name": "Ana", "id": 1}, "id": 1}]}),
        ),
        (
            "query($no: Boolean = false) { authors { name @skip(if: true) id @include(if: $no) __typename } }",
            json!({"authors": [{"__typename": "Author"}, {"__typename": "Author"}]}),
        ),
        (
            "{ authors_by_pk(id: 1) { name } x: authors_by_pk(id: 3) { name } }",
            json!({"authors_by_pk": {"name": "Ana"}, "x": null}),
        ),
        // Masked where the rule fails.
        ("{ authors { secret } }", json!({"authors": [{"secret": "a"}, {"secret": null}]})),
        ("{ authors(where: {secret: {_eq: \"b\"}}) { id } }", json!({"authors": []})),
        (
            "{ books(where: {authorId: {_eq: 3}}) { title author { name } } }",
            json!({"books": [{"title": "Four", "author": null}]}),
        ),
        (
            "{ authors { name books(order_by: {pages: desc}, limit: 1) { title } } }",
            json!({"authors": [{"name": "Ana", "books": [{"title": "Two"}]}, {"name": "Bo", "books": [{"title": "Three"}]}]}),
        ),
        (
            "{ longer(than: 15) { title author { name } } total }",
            json!({
            "longer": [{"title": "Two", "author": {"name": "Ana"}}, {"title": "Three", "author": {"name": "Bo"}}], "total": 5}),
        ),
        ("{ __typename }", json!({"__typename": "Query"})),
    ] {
        world.check(query, expected).await;
    }
}

async fn filters(world: World) {
    for (filter, titles) in [
        ("{}", vec!["One", "Two", "Three", "Four", "Five"]),
        ("{pages: {_gt: 10, _lt: 30}}", vec!["Three"]),
        ("{pages: {_neq: 10}}", vec!["Two", "Three"]),
        ("{pages: {_nin: [10, 30]}}", vec!["Three"]),
        ("{pages: {_in: [10, 20]}}", vec!["One", "Three"]),
        ("{pages: {_is_null: true}}", vec!["Four", "Five"]),
        ("{_or: []}", vec![]),
        ("{_and: []}", vec!["One", "Two", "Three", "Four", "Five"]),
        ("{_or: [{title: {_like: \"T%\"}}, {_not: {pages: {_gte: 10}}}]}", vec!["Two", "Three"]),
        ("{title: {_nilike: \"t%\", _regex: \"e$\"}}", vec!["One", "Five"]),
        ("{info: {_contains: {a: 1}}}", vec!["One"]),
        ("{info: {_has_key: \"list\"}}", vec!["One"]),
        ("{info: {_has_keys_all: [\"a\", \"b\"]}}", vec![]),
        ("{info: {_has_keys_any: [\"a\", \"b\"]}}", vec!["One"]),
        ("{info: {_cast: {String: {_like: \"%list%\"}}}}", vec!["One"]),
        ("{tags: {_contains: [\"x\"]}}", vec!["One"]),
        ("{tags: {_overlaps: [\"y\", \"z\"]}}", vec!["One"]),
        ("{author: {name: {_eq: \"Bo\"}}}", vec!["Three"]),
        // A row that the caller may not read is not there.
        ("{author: {rank: {_eq: 1}}}", vec![]),
        ("{author: {}}", vec!["One", "Two", "Three"]),
        ("{author: {books_aggregate: {count: {predicate: {_gt: 1}}}}}", vec!["One", "Two"]),
        ("{author: {books: {pages: {_eq: 30}}}}", vec!["One", "Two"]),
    ] {
        let expected: Vec<Value> = titles.into_iter().map(|title| json!({ "title": title })).collect();
        world.check(&format!("{{ books(where: {filter}) {{ title }} }}"), json!({ "books": expected })).await;
    }
    for (query, expected) in [
        ("{ books(where: {pages: {_eq: null}}) { id } }", "validation-failed: unexpected null value for '_eq'"),
        ("{ books(limit: -1) { id } }", "validation-failed: 'limit' must be a whole number that is not negative"),
        ("{ books(where: {title: {_regex: \"(\"}}) { id } }", "data-exception: invalid regular expression: ("),
    ] {
        world.check(query, json!(expected)).await;
    }
    let by = "query($w: books_bool_exp, $o: [books_order_by!]) { books(where: $w, order_by: $o) { id } }";
    let variables = json!({"w": {"pages": {"_gte": 20}}, "o": [{"pages": "desc"}]});
    assert_eq!(world.said(WireRole::Anonymous, by, variables).await, r#"{"books":[{"id":2},{"id":3}]}"#);
}

async fn orders_and_pages(world: World) {
    for (order, ids) in [
        ("{pages: asc}", vec![1, 3, 2, 4, 5]),
        ("{pages: desc}", vec![4, 5, 2, 3, 1]),
        ("{pages: desc_nulls_last}", vec![2, 3, 1, 4, 5]),
        ("[{author: {name: desc}}, {id: desc}]", vec![5, 4, 3, 2, 1]),
        ("{author: {books_aggregate: {count: desc_nulls_last}}}", vec![1, 2, 3, 4, 5]),
    ] {
        let expected: Vec<Value> = ids.into_iter().map(|id| json!({ "id": id })).collect();
        world.check(&format!("{{ books(order_by: {order}) {{ id }} }}"), json!({ "books": expected })).await;
    }
    world
        .check(
            "{ books(distinct_on: [authorId], order_by: [{authorId: asc}, {pages: desc}]) { id } }",
            json!({"books": [{"id": 2}, {"id": 3}, {"id": 4}, {"id": 5}]}),
        )
        .await;
    world
        .check(
            "{ books(distinct_on: [authorId], order_by: {pages: desc}) { id } }",
            json!("validation-failed: SELECT DISTINCT ON expressions must match initial ORDER BY expressions"),
        )
        .await;
}

/// Walks a connection by its cursors, both ways, through nulls.
async fn connections(world: World) {
    let document = |arguments: &str| {
        format!(
            "{{ books_connection({arguments}, order_by: {{pages: desc_nulls_last}}) {{ totalCount \
             pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }} edges {{ cursor node {{ id }} }} nodes {{ id }} }} }}"
        )
    };
    let mut seen = Vec::new();
    let mut arguments = "first: 2".to_owned();
    loop {
        let answer = world.ask(WireRole::Anonymous, &document(&arguments), json!({})).await;
        let page = &answer["data"]["books_connection"];
        assert_eq!(page["totalCount"], 5, "{answer}");
        let ids: Vec<i64> = page["nodes"].as_array().unwrap().iter().map(|node| node["id"].as_i64().unwrap()).collect();
        let edges = page["edges"].as_array().unwrap();
        assert_eq!(edges.first().unwrap()["cursor"], page["pageInfo"]["startCursor"]);
        assert_eq!(edges.last().unwrap()["cursor"], page["pageInfo"]["endCursor"]);
        assert_eq!(page["pageInfo"]["hasPreviousPage"], !seen.is_empty());
        seen.extend(ids);
        if page["pageInfo"]["hasNextPage"] == false {
            break;
        }
        arguments = format!("first: 2, after: {}", page["pageInfo"]["endCursor"]);
    }
    assert_eq!(seen, [2, 3, 1, 4, 5]);
    let mut back = Vec::new();
    let mut arguments = "last: 2".to_owned();
    loop {
        let answer = world.ask(WireRole::Anonymous, &document(&arguments), json!({})).await;
        let page = &answer["data"]["books_connection"];
        let ids = page["nodes"].as_array().unwrap().iter().map(|node| node["id"].as_i64().unwrap());
        assert_eq!(page["pageInfo"]["hasNextPage"], !back.is_empty());
        back = ids.chain(back).collect();
        if page["pageInfo"]["hasPreviousPage"] == false {
            break;
        }
        arguments = format!("last: 2, before: {}", page["pageInfo"]["startCursor"]);
    }
    assert_eq!(back, [2, 3, 1, 4, 5]);
    let refused = "bad-request: The cursor cannot be read, or it is of another order";
    let first = world.ask(WireRole::Anonymous, &document("first: 1"), json!({})).await;
    let cursor = first["data"]["books_connection"]["pageInfo"]["endCursor"].clone();
    world.check(&format!("{{ books_connection(after: {cursor}) {{ nodes {{ id }} }} }}"), json!(refused)).await;
    world.check("{ books_connection(after: \"x\") { nodes { id } } }", json!(refused)).await;
    world
        .check(
            "{ books_connection(first: 1, last: 1) { nodes { id } } }",
            json!("validation-failed: 'first' and 'last' exclude each other"),
        )
        .await;
}

async fn aggregates(world: World) {
    for (query, expected) in [
        (
            "{ books_aggregate { __typename aggregate { __typename count s: sum { pages } avg { pages } max { title pages } } nodes { id } } }",
            json!({"books_aggregate": {"__typename": "books_aggregate", "aggregate": {"__typename": "books_aggregate_fields", "count": 5,
                "s": {"pages": 60}, "avg": {"pages": 20}, "max": {"title": "Two", "pages": 30}},
                "nodes": [{"id": 1}, {"id": 2}, {"id": 3}, {"id": 4}, {"id": 5}]}}),
        ),
        (
            "{ books_aggregate(where: {pages: {_gt: 10}}, order_by: {pages: desc}, limit: 1) { aggregate { count sum { pages } } nodes { id } } }",
            json!({"books_aggregate": {"aggregate": {"count": 1, "sum": {"pages": 30}}, "nodes": [{"id": 2}]}}),
        ),
        (
            "{ books_aggregate { aggregate { a: count(columns: [pages]) b: count(columns: [authorId], distinct: true) } } }",
            json!({"books_aggregate": {"aggregate": {"a": 3, "b": 3}}}),
        ),
        (
            "{ authors(limit: 5) { name books_aggregate(where: {pages: {_gt: 10}}) { aggregate { count } nodes { title } } } }",
            json!({"authors": [{"name": "Ana", "books_aggregate": {"aggregate": {"count": 1}, "nodes": [{"title": "Two"}]}},
                {"name": "Bo", "books_aggregate": {"aggregate": {"count": 1}, "nodes": [{"title": "Three"}]}}]}),
        ),
        (
            "{ authors_aggregate { aggregate { count max { secret } } } }",
            json!({"authors_aggregate": {"aggregate": {"count": 2, "max": {"secret": "a"}}}}),
        ),
    ] {
        world.check(query, expected).await;
    }
}

async fn writes(world: World) {
    for (query, expected) in [
        (
            "mutation { insert_books(objects: [{title: \"Six\"}, {title: \"Seven\", pages: 7}]) { affected_rows returning { id title pages } } }",
            json!({"insert_books": {"affected_rows": 2, "returning": [{"id": 6, "title": "Six", "pages": null}, {"id": 7, "title": "Seven", "pages": 7}]}}),
        ),
        (
            "mutation { insert_books_one(object: {id: 6, title: \"6\"}, on_conflict: {constraint: books_pkey, update_columns: [title]}) { title } }",
            json!({"insert_books_one": {"title": "6"}}),
        ),
        (
            "mutation { insert_books_one(object: {id: 6, title: \"no\"}, on_conflict: {constraint: books_pkey, update_columns: [title], where: {pages: {_gt: 1}}}) { title } }",
            json!({"insert_books_one": null}),
        ),
        (
            "mutation { insert_books_one(object: {id: 6, title: \"no\"}, on_conflict: {constraint: books_pkey}) { title } }",
            json!({"insert_books_one": null}),
        ),
        ("{ books_by_pk(id: 6) { title } }", json!({"books_by_pk": {"title": "6"}})),
        (
            "mutation { update_books(where: {id: {_lte: 2}}, _inc: {pages: 1}, _set: {tags: [\"n\"]}) { affected_rows returning { pages tags } } }",
            json!({"update_books": {"affected_rows": 2, "returning": [{"pages": 11, "tags": ["n"]}, {"pages": 31, "tags": ["n"]}]}}),
        ),
        (
            "mutation { update_books_by_pk(pk_columns: {id: 1}, _append: {info: {b: 2}}) { info } }",
            json!({"update_books_by_pk": {"info": {"a": 1, "list": [1, 2], "b": 2}}}),
        ),
        (
            "mutation { update_books_by_pk(pk_columns: {id: 1}, _delete_at_path: {info: [\"list\", \"0\"]}) { info } }",
            json!({"update_books_by_pk": {"info": {"a": 1, "list": [2], "b": 2}}}),
        ),
        (
            "mutation { update_books_by_pk(pk_columns: {id: 1}, _delete_key: {info: \"list\"}) { info } }",
            json!({"update_books_by_pk": {"info": {"a": 1, "b": 2}}}),
        ),
        (
            "mutation { update_books_by_pk(pk_columns: {id: 99}, _set: {title: \"x\"}) { id } }",
            json!({"update_books_by_pk": null}),
        ),
        (
            "mutation { update_books_many(updates: [{where: {id: {_eq: 1}}, _set: {pages: 1}}, {where: {id: {_eq: 99}}, _set: {pages: 1}}]) { affected_rows } }",
            json!({"update_books_many": [{"affected_rows": 1}, {"affected_rows": 0}]}),
        ),
        (
            "mutation { update_books(where: {author: {name: {_eq: \"Bo\"}}}, _set: {pages: 5}) { returning { id } } }",
            json!({"update_books": {"returning": [{"id": 3}]}}),
        ),
        (
            "mutation { delete_books(where: {id: {_gte: 6}}) { affected_rows returning { title author { id } } } }",
            json!({"delete_books": {"affected_rows": 2, "returning": [{"title": "6", "author": null}, {"title": "Seven", "author": null}]}}),
        ),
        ("mutation { delete_books_by_pk(id: 5) { title } }", json!({"delete_books_by_pk": {"title": "Five"}})),
    ] {
        world.check(query, expected).await;
    }
}

async fn refused_writes_change_nothing(world: World) {
    for (query, expected) in [
        ("mutation { delete_books(where: {}) { affected_rows } }", "validation-failed: DELETE requires a WHERE clause"),
        (
            "mutation { update_books(where: {_and: [{}]}, _set: {pages: 1}) { affected_rows } }",
            "validation-failed: UPDATE requires a WHERE clause",
        ),
        (
            "mutation { update_books(where: {id: {_eq: 1}}) { affected_rows } }",
            "validation-failed: an update of 'books' needs at least one operator, such as _set",
        ),
        (
            "mutation { delete_books(where: {id: {_gt: 0}}, max_affected: 1) { affected_rows } }",
            "limit-exceeded: Query result exceeds max-affected preference constraint",
        ),
        (
            "mutation { a: delete_books_by_pk(id: 1) { id } insert_books_one(object: {id: 2, title: \"x\"}) { id } }",
            "constraint-violation: duplicate key value violates unique constraint \"books_pkey\"",
        ),
        (
            "mutation { insert_books_one(object: {title: \"\"}) { id } }",
            "constraint-violation: new row for relation \"books\" violates check constraint \"books_title_check\"",
        ),
    ] {
        world.check(query, json!(expected)).await;
    }
    world.check("{ total }", json!({"total": 5})).await;
    let failed = world
        .ask(
            WireRole::Anonymous,
            "mutation { a: delete_books_by_pk(id: 1) { id } b: insert_books_one(object: {id: 2, title: \"x\"}) { id } }",
            json!({}),
        )
        .await;
    assert_eq!((&failed["data"], &failed["errors"][0]["path"]), (&Value::Null, &json!(["b"])));
}

async fn nested_inserts(world: World) {
    let admin = |query: &'static str| world.said(WireRole::Authenticated, query, json!({}));
    for (query, expected) in [
        (
            "mutation { insert_books_one(object: {title: \"In\", author: {data: {name: \"Di\", shown: false}}, shelves: {data: [{name: \"A\"}, {name: \"B\"}]}}) \
             { title author { name } shelves(order_by: {name: asc}) { name } } }",
            json!({"insert_books_one": {"title": "In", "author": {"name": "Di"}, "shelves": [{"name": "A"}, {"name": "B"}]}}),
        ),
        (
            "mutation { insert_authors(objects: [{name: \"Ed\", books: {data: [{title: \"E1\"}, {title: \"E2\"}]}}, {name: \"Fi\"}, \
             {name: \"Gu\", books: {data: {title: \"G1\"}}}]) { affected_rows returning { name books(order_by: {id: asc}) { title } } } }",
            json!({"insert_authors": {"affected_rows": 6, "returning": [
                {"name": "Ed", "books": [{"title": "E1"}, {"title": "E2"}]}, {"name": "Fi", "books": []},
                {"name": "Gu", "books": [{"title": "G1"}]}]}}),
        ),
        (
            "mutation { insert_books_one(object: {title: \"Up\", author: {data: {name: \"Ana\"}, \
             on_conflict: {constraint: authors_name_key, update_columns: [name]}}}) { authorId } }",
            json!({"insert_books_one": {"authorId": 1}}),
        ),
    ] {
        assert_eq!(admin(query).await, expected.to_string(), "{query}");
    }
    for (query, expected) in [
        (
            "mutation { insert_books_one(object: {title: \"x\", authorId: 1, author: {data: {name: \"y\"}}}) { id } }",
            "validation-failed: 'authorId' is given, and comes from a nested row too",
        ),
        (
            "mutation { insert_books_one(object: {title: \"x\", author: {data: {name: \"Ana\"}, on_conflict: {constraint: authors_name_key}}}) { id } }",
            "bad-request: The reference \"nested insert\" leads nowhere",
        ),
        (
            "mutation { insert_authors_one(object: {name: \"Hy\", books: {data: [{title: \"\"}]}}) { id } }",
            "constraint-violation: new row for relation \"books\" violates check constraint \"books_title_check\"",
        ),
    ] {
        assert_eq!(admin(query).await, expected, "{query}");
    }
    assert_eq!(admin("{ authors(where: {name: {_in: [\"Hy\", \"y\"]}}) { id } }").await, r#"{"authors":[]}"#);
    // A caller who may not insert an author may not nest one.
    world
        .check(
            "mutation { insert_books_one(object: {title: \"x\", author: {data: {name: \"y\"}}}) { id } }",
            json!("validation-failed: Field \"author\" is not defined by type \"books_insert_input\"."),
        )
        .await;
}

/// One document with variables of one shape and other values, one after the other: each answer is of its own values.
async fn values_are_put_in_anew(world: World) {
    let anon = WireRole::Anonymous;
    for (query, rows) in [
        (
            "query($n: Int!, $o: Int) { books(limit: $n, offset: $o, order_by: {id: asc}) { id } }",
            &[
                (json!({"n": 1}), r#"{"books":[{"id":1}]}"#),
                (json!({"n": 2}), r#"{"books":[{"id":1},{"id":2}]}"#),
                (json!({"n": 1, "o": 2}), r#"{"books":[{"id":3}]}"#),
                (json!({"n": 1, "o": null}), r#"{"books":[{"id":1}]}"#),
                (json!({"n": -1}), "validation-failed: 'limit' must be a whole number that is not negative"),
                (json!({"n": 2}), r#"{"books":[{"id":1},{"id":2}]}"#),
            ][..],
        ),
        (
            "query($w: books_bool_exp, $by: [books_order_by!]) { books(where: $w, order_by: $by, limit: 2) { id } }",
            &[
                (json!({"w": {"pages": {"_gt": 10}}, "by": [{"pages": "asc"}]}), r#"{"books":[{"id":3},{"id":2}]}"#),
                (json!({"w": {"pages": {"_gt": 20}}, "by": [{"pages": "asc"}]}), r#"{"books":[{"id":2}]}"#),
                (json!({"w": {"pages": {"_gt": 10}}, "by": [{"pages": "desc"}]}), r#"{"books":[{"id":2},{"id":3}]}"#),
                (
                    json!({"w": {"pages": {"_is_null": true}}, "by": [{"id": "asc"}]}),
                    r#"{"books":[{"id":4},{"id":5}]}"#,
                ),
                (
                    json!({"w": {"pages": {"_is_null": false}}, "by": [{"id": "asc"}]}),
                    r#"{"books":[{"id":1},{"id":2}]}"#,
                ),
                (json!({"w": {"_or": [{"id": {"_eq": 1}}, {"id": {"_eq": 5}}]}}), r#"{"books":[{"id":1},{"id":5}]}"#),
                (json!({"w": {"_or": [{"id": {"_eq": 4}}]}}), r#"{"books":[{"id":4}]}"#),
                (json!({"w": {"_or": []}}), r#"{"books":[]}"#),
                (json!({"w": {"pages": {"_gt": null}}}), "validation-failed: unexpected null value for '_gt'"),
            ][..],
        ),
        (
            "query($ids: [Int!]!, $t: String!, $j: JSON) { a: books(where: {id: {_in: $ids}}) { id } \
             b: books(where: {title: {_like: $t}}) { id } c: books(where: {info: {_contains: {a: $j}}}) { id } }",
            &[
                (
                    json!({"ids": [1, 3], "t": "T%", "j": 1}),
                    r#"{"a":[{"id":1},{"id":3}],"b":[{"id":2},{"id":3}],"c":[{"id":1}]}"#,
                ),
                (json!({"ids": [], "t": "F%", "j": 2}), r#"{"a":[],"b":[{"id":4},{"id":5}],"c":[]}"#),
                (json!({"ids": [5], "t": "\"%", "j": "1"}), r#"{"a":[{"id":5}],"b":[],"c":[]}"#),
            ][..],
        ),
        (
            "query($s: Boolean!, $k: Int!) { books_by_pk(id: $k) { id title @skip(if: $s) author @include(if: $s) { name } } }",
            &[
                (json!({"s": true, "k": 1}), r#"{"books_by_pk":{"id":1,"author":{"name":"Ana"}}}"#),
                (json!({"s": false, "k": 1}), r#"{"books_by_pk":{"id":1,"title":"One"}}"#),
                (json!({"s": true, "k": 3}), r#"{"books_by_pk":{"id":3,"author":{"name":"Bo"}}}"#),
                (json!({"s": true, "k": 9}), r#"{"books_by_pk":null}"#),
            ][..],
        ),
        (
            "query($n: Int!, $m: Int!) { authors(limit: $n) { books(limit: $m, order_by: {id: desc}) { id } } }",
            &[
                (json!({"n": 1, "m": 1}), r#"{"authors":[{"books":[{"id":2}]}]}"#),
                (json!({"n": 1, "m": 2}), r#"{"authors":[{"books":[{"id":2},{"id":1}]}]}"#),
                (json!({"n": 100, "m": 100}), "limit-exceeded: The request has more complexity than the limit of 5000"),
                (json!({"n": 1, "m": 1}), r#"{"authors":[{"books":[{"id":2}]}]}"#),
            ][..],
        ),
    ] {
        for (variables, expected) in rows {
            assert_eq!(world.said(anon, query, variables.clone()).await, *expected, "{query} {variables}");
        }
    }
    let insert = "mutation($b: [books_insert_input!]!, $m: Int) { insert_books(objects: $b) { affected_rows } \
                  update_books(where: {id: {_gte: 100}}, _inc: {pages: 1}, max_affected: $m) { returning { id pages tags } } }";
    for (variables, expected) in [
        (
            json!({"b": [{"id": 100, "title": "A", "pages": 1, "tags": ["a"]}], "m": 1}),
            r#"{"insert_books":{"affected_rows":1},"update_books":{"returning":[{"id":100,"pages":2,"tags":["a"]}]}}"#,
        ),
        (
            json!({"b": [{"id": 101, "title": "B", "pages": 7, "tags": []}], "m": 1}),
            "limit-exceeded: Query result exceeds max-affected preference constraint",
        ),
        (
            json!({"b": [{"id": 101, "title": "B", "pages": 7, "tags": []}], "m": 2}),
            r#"{"insert_books":{"affected_rows":1},"update_books":{"returning":[{"id":100,"pages":3,"tags":["a"]},{"id":101,"pages":8,"tags":[]}]}}"#,
        ),
    ] {
        assert_eq!(world.said(WireRole::Anonymous, insert, variables.clone()).await, expected, "{variables}");
    }
}

/// What is kept of a document is kept once for each shape of its variables, and not for each of their values.
async fn shapes_are_kept_once(world: World) {
    let query = "query($n: Int, $w: books_bool_exp) { books(limit: $n, where: $w) { id } }";
    for n in 1..20 {
        for variables in
            [json!({"n": n}), json!({"n": n, "w": {"id": {"_eq": n}}}), json!({"n": n, "w": {"id": {"_in": [n, 1]}}})]
        {
            world.said(WireRole::Anonymous, query, variables).await;
        }
    }
    let kept = format!("{:?}", world.graphql);
    // The rows of the world are one more.
    assert!(kept.contains("templates: 4"), "{kept}");
}

/// The rows that a write answers, under several names at once.
async fn rows_under_several_names(world: World) {
    for (query, expected) in [
        (
            "mutation { insert_books(objects: [{title: \"B\"}, {title: \"A\", authorId: 2}]) \
             { a: returning { title } affected_rows b: returning { t: title author { name } } } }",
            json!({"insert_books": {"a": [{"title": "B"}, {"title": "A"}], "affected_rows": 2,
                "b": [{"t": "B", "author": null}, {"t": "A", "author": {"name": "Bo"}}]}}),
        ),
        (
            "mutation { update_books(where: {id: {_lte: 2}}, _inc: {pages: 1}) { a: returning { id } b: returning { pages } } }",
            json!({"update_books": {"a": [{"id": 1}, {"id": 2}], "b": [{"pages": 11}, {"pages": 31}]}}),
        ),
        (
            "mutation { update_books(where: {id: {_eq: 99}}, _inc: {pages: 1}) { a: returning { id } b: returning { pages } } }",
            json!({"update_books": {"a": [], "b": []}}),
        ),
        (
            "mutation { delete_books(where: {id: {_eq: 3}}) { a: returning { id } b: returning { title author { name } } } }",
            json!({"delete_books": {"a": [{"id": 3}], "b": [{"title": "Three", "author": {"name": "Bo"}}]}}),
        ),
    ] {
        world.check(query, expected).await;
    }
    let nested = "mutation { insert_authors(objects: [{name: \"Ed\", books: {data: [{title: \"E\"}]}}]) \
                  { a: returning { name } b: returning { books { title } } } }";
    assert_eq!(
        world.said(WireRole::Authenticated, nested, json!({})).await,
        r#"{"insert_authors":{"a":[{"name":"Ed"}],"b":[{"books":[{"title":"E"}]}]}}"#
    );
}

/// What a gateway asks for by keys stands where it was asked for, and is one statement for each type.
async fn entities(world: World) {
    let world = World { graphql: Graphql::new(Settings { federation: true, ..Settings::default() }), ..world };
    let book = |id: Value| json!({"__typename": "Book", "id": id});
    let author = |id: Value| json!({"__typename": "Author", "id": id});
    let query = "query($r: [_Any!]!) { _entities(representations: $r) { __typename ... on Book { title } ... on Author { name } } }";
    let before = world.engine.statements().len();
    for (representations, expected) in [
        (
            json!([
                book(json!(3)),
                author(json!(2)),
                book(json!("1")),
                book(json!(99)),
                book(json!(3)),
                author(json!(3))
            ]),
            json!([{"__typename": "Book", "title": "Three"}, {"__typename": "Author", "name": "Bo"},
                {"__typename": "Book", "title": "One"}, null, {"__typename": "Book", "title": "Three"}, null]),
        ),
        (
            json!([author(json!(1)), author(json!(2)), book(json!(2)), book(json!(4))]),
            json!([{"__typename": "Author", "name": "Ana"}, {"__typename": "Author", "name": "Bo"},
                {"__typename": "Book", "title": "Two"}, {"__typename": "Book", "title": "Four"}]),
        ),
        (json!([]), json!([])),
    ] {
        let found = world.ask(WireRole::Anonymous, query, json!({"r": representations})).await;
        assert_eq!(found, json!({"data": {"_entities": expected}}), "{representations}");
    }
    assert_eq!(world.engine.statements().len() - before, 2);
    let one = world.ask(WireRole::Anonymous, query, json!({"r": [book(json!(5))]})).await;
    assert_eq!(one["data"]["_entities"], json!([{"__typename": "Book", "title": "Five"}]));
    for (representation, message) in [
        (json!({"id": 1}), "a representation needs '__typename'"),
        (json!({"__typename": "Book"}), "a representation of 'Book' needs 'id'"),
        (json!({"__typename": "Nothing", "id": 1}), "'Nothing' is no entity"),
        (book(json!("x")), "invalid input syntax for type integer: \"x\""),
        (book(json!(null)), "unexpected null value for 'id'"),
    ] {
        for representations in [json!([representation]), json!([representation, book(json!(1))])] {
            let found = world.ask(WireRole::Anonymous, query, json!({"r": representations})).await;
            assert_eq!(found["errors"][0]["message"], message, "{representations}");
        }
    }
}

/// What a double cannot hold is text, as it may come in.
async fn large_numbers(world: World) {
    let set = "mutation($n: BigInt) { update_books(where: {id: {_eq: 1}}, _set: {sold: $n}) { returning { sold } } }";
    for (given, expected) in [
        (json!(9_007_199_254_740_991_i64), json!(9_007_199_254_740_991_i64)),
        (json!("9007199254740992"), json!("9007199254740992")),
        (json!(-9_007_199_254_740_991_i64), json!(-9_007_199_254_740_991_i64)),
        (json!("-9223372036854775808"), json!("-9223372036854775808")),
        (json!("7"), json!(7)),
        (json!(null), json!(null)),
        (json!("9223372036854775807"), json!("9223372036854775807")),
    ] {
        let found = world.ask(WireRole::Anonymous, set, json!({ "n": given })).await;
        assert_eq!(found["data"]["update_books"]["returning"][0]["sold"], expected, "{given} {found}");
    }
    for (query, expected) in [
        ("{ books_by_pk(id: 1) { sold } }", json!({"books_by_pk": {"sold": "9223372036854775807"}})),
        (
            "{ books(where: {sold: {_gt: 1}}) { sold id } }",
            json!({"books": [{"sold": "9223372036854775807", "id": 1}]}),
        ),
        (
            "{ authors(limit: 1) { books(order_by: {id: asc}) { sold } } }",
            json!({"authors": [{"books": [{"sold": "9223372036854775807"}, {"sold": null}]}]}),
        ),
        (
            "{ books_aggregate { aggregate { max { sold } min { pages } sum { pages } } } }",
            json!({"books_aggregate": {"aggregate": {"max": {"sold": "9223372036854775807"}, "min": {"pages": 10}, "sum": {"pages": 60}}}}),
        ),
    ] {
        world.check(query, expected).await;
    }
}

/// Where every such number is to be text, sums and averages are too; those that fit into 32 bits stay numbers.
async fn numbers_as_text(mut world: World) {
    let naming = Naming { text_numbers: true, ..Naming::default() };
    world.graphql = Graphql::new(Settings { naming, ..Settings::default() });
    let set = "mutation { update_books(where: {id: {_lte: 2}}, _set: {sold: 7, price: \"1.21\"}) { returning { sold price pages } } }";
    let book = |pages: i64| json!({"sold": "7", "price": "1.21", "pages": pages});
    world.check(set, json!({"update_books": {"returning": [book(10), book(30)]}})).await;
    for (query, expected) in [
        (
            "{ books(order_by: {id: asc}, offset: 1, limit: 2) { p: price author { books(limit: 1) { sold } } } }",
            json!({"books": [{"p": "1.21", "author": {"books": [{"sold": "7"}]}}, {"p": null, "author": {"books": [{"sold": null}]}}]}),
        ),
        (
            "{ books_aggregate { aggregate { count sum { price sold pages } max { price sold pages } } } }",
            json!({"books_aggregate": {"aggregate": {"count": 5, "sum": {"price": "2.42", "sold": "14", "pages": "60"},
                "max": {"price": "1.21", "sold": "7", "pages": 30}}}}),
        ),
        (
            "{ books_connection(first: 1, where: {sold: {_eq: \"7\"}}) { totalCount nodes { sold } edges { node { price } } } }",
            json!({"books_connection": {"totalCount": 2, "nodes": [{"sold": "7"}], "edges": [{"node": {"price": "1.21"}}]}}),
        ),
    ] {
        world.check(query, expected).await;
    }
}

/// A module of tests for each database.
macro_rules! on_each_store {
    ($($test:ident),+ $(,)?) => {
        on_each_store!(@ sqlite Sqlite $($test),+);
        on_each_store!(@ postgres Postgres $($test),+);
        on_each_store!(@ mysql Mysql $($test),+);
    };
    (@ $module:ident $store:ident $($test:ident),+) => {
        mod $module {
            $(
                #[tokio::test]
                async fn $test() {
                    super::$test(super::World::new(super::Store::$store).await).await;
                }
            )+
        }
    };
}

on_each_store!(
    large_numbers,
    numbers_as_text,
    rows_under_several_names,
    entities,
    reads,
    filters,
    orders_and_pages,
    connections,
    aggregates,
    writes,
    refused_writes_change_nothing,
    nested_inserts,
    nested_inserts_over_unique_columns,
    edits_of_checked_json,
    choices_of_decimals,
    values_are_put_in_anew,
    shapes_are_kept_once
);
