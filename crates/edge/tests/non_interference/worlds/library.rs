//! Per-row masks, private columns, relations to one and to many, a table nobody may read, operations, words.

use crate::worlds::{ACCOUNT, Kind, Table, World};

pub(super) const WORLD: World = World {
    name: "library",
    schema: r#"
type Author @model(table: "authors") @access(roles: ["user"], ops: [READ, UPDATE], when: "shown == true") {
  id: Int! @id(auto: NONE)
  name: String!
  secret: String @private
  shown: Boolean!
  books: [Book!]
}
type Book @model(table: "books")
  @access(roles: ["user"], ops: [ALL], when: "owner == auth.uid") {
  id: Int! @id(auto: NONE)
  title: String! @searchable
  owner: String!
  rank: Int
  tags: [String]
  meta: JSON
  open: Boolean @writable(roles: ["admin"])
  draft: String @readable(when: "open == true") @searchable
  price: Int @readable(when: "open == true")
  secret: String @private
  author_id: Int
  author: Author @relation(fields: ["author_id"], references: ["id"])
}
type Vault @model(table: "vaults") @access(roles: ["admin"], ops: [ALL]) {
  id: Int! @id(auto: NONE)
  line: String
}
extend type Query {
  all_books: [Book!] @readable(roles: ["user"]) @query(sql: {sqlite: "SELECT * FROM books"})
  ranked(least: Int = 0): [Book!] @readable(roles: ["user"]) @query(sql: {sqlite: "SELECT * FROM books WHERE rank >= :least"})
  all_authors: [Author!] @readable(roles: ["user"]) @query(sql: {sqlite: "SELECT * FROM authors"})
}
"#,
    rows: &[
        (
            "/authors",
            r#"[{"id":1,"name":"Ana","secret":"$S","shown":true},{"id":2,"name":"Ben","secret":"$T","shown":true},
                {"id":3,"name":"$S","secret":"x","shown":false}]"#,
        ),
        (
            "/books",
            r#"[{"id":1,"title":"One","owner":"me","rank":1,"tags":["a","b"],"meta":{"n":1},"open":true,"draft":"d","price":5,"secret":"$S","author_id":1},
                {"id":2,"title":"Two","owner":"me","rank":1,"tags":[],"meta":null,"open":false,"draft":"$S","price":$N,"secret":"$T","author_id":1},
                {"id":3,"title":"Three","owner":"me","rank":null,"tags":null,"meta":[1],"open":null,"draft":"$T","price":$M,"secret":null,"author_id":2},
                {"id":4,"title":"Four","owner":"me","rank":2,"tags":["b"],"meta":{"n":"x"},"open":false,"draft":$Q,"price":$N,"secret":"$S","author_id":3},
                {"id":5,"title":"$S","owner":"other","rank":$N,"tags":["$T"],"meta":{"n":$M},"open":true,"draft":"$T","price":$N,"secret":"s","author_id":1},
                {"id":6,"title":"Six","owner":"other","rank":$M,"tags":["a"],"meta":{"n":1},"open":true,"draft":"d","price":$M,"secret":"s","author_id":2}]"#,
        ),
        ("/vaults", r#"[{"id":1,"line":"$S"}]"#),
    ],
    holes: &[("$S", "aaa", "zzz"), ("$T", "mmm", "d"), ("$N", "1", "77"), ("$M", "900", "-3"), ("$Q", "null", "\"d\"")],
    only_second: &[
        ("/authors", r#"[{"id":4,"name":"Cy","secret":"d","shown":false}]"#),
        (
            "/books",
            r#"[{"id":0,"title":"One","owner":"other","rank":1,"tags":["a"],"meta":{"n":1},"open":true,"draft":"d","price":5,"secret":"d","author_id":1},
                {"id":7,"title":"Two","owner":"other","rank":1,"tags":["b"],"meta":null,"open":true,"draft":"d","price":9,"secret":"d","author_id":4}]"#,
        ),
        ("/vaults", r#"[{"id":2,"line":"d"},{"id":3,"line":"d"}]"#),
    ],
    uid: ACCOUNT,
    claims: "{}",
    tables: &[&BOOKS, &BOOKS, &BOOKS, &BOOKS, &AUTHORS, &AUTHORS, &VAULTS],
    calls: &[
        ("/rpc/all_books", &BOOKS),
        ("/rpc/ranked", &BOOKS),
        ("/rpc/ranked?least=2", &BOOKS),
        ("/rpc/all_authors", &AUTHORS),
    ],
};

const BOOKS: Table = Table {
    name: "books",
    columns: &[
        ("id", Kind::Key),
        ("title", Kind::Words),
        ("draft", Kind::Words),
        ("draft", Kind::Text),
        ("price", Kind::Number),
        ("price", Kind::Number),
        ("owner", Kind::Text),
        ("rank", Kind::Number),
        ("author_id", Kind::Number),
        ("open", Kind::Truth),
        ("tags", Kind::List),
        ("meta->n", Kind::Number),
        ("meta->>n", Kind::Text),
    ],
    selects: &[
        "*",
        "id",
        "title",
        "draft",
        "price",
        "rank",
        "author(*)",
        "author!inner(name)",
        "...author(name)",
        "price::text",
        "d:draft",
        "meta->n",
        "author(name,books(id,draft))",
        "author(n:id,books!inner(price))",
    ],
    aggregates: &["count()", "price.sum()", "price.max()", "draft.min()", "rank.avg()", "draft.max()", "price.count()"],
    inserts: &[
        ("", r#"{"id":1000,"title":"New","owner":"me","author_id":1}"#),
        ("", r#"[{"id":1000,"title":"New","owner":"me"},{"id":1001,"title":"New","owner":"other"}]"#),
        ("on_conflict=id", r#"[{"id":1,"title":"Again","owner":"me"},{"id":1002,"title":"New","owner":"me"}]"#),
        ("columns=id,title,owner", r#"{"id":1003,"title":"New","owner":"me","price":1}"#),
        ("", r#"{"id":1000,"title":"New","owner":"me","author_id":9999}"#),
        ("", r#"{"id":1000,"title":"New","owner":"me","secret":"d"}"#),
        ("", r#"{"title":"New"}"#),
        ("", r#"{"id":7,"title":"New","owner":"other"}"#),
        ("on_conflict=secret", r#"{"id":1000,"title":"New","owner":"me"}"#),
    ],
    patches: &[
        r#"{"title":"Changed"}"#,
        r#"{"rank":7}"#,
        r#"{"open":true}"#,
        r#"{"draft":"d"}"#,
        r#"{"price":1}"#,
        r#"{"secret":"d"}"#,
        r#"{"owner":"other"}"#,
        r#"{"author_id":2}"#,
        r#"{"rank":3,"tags":["x"]}"#,
        "{}",
        "[",
    ],
    puts: &[
        ("id=eq.1", r#"{"id":1,"title":"Put","owner":"me"}"#),
        ("id=eq.1010", r#"{"id":1010,"title":"Put","owner":"me"}"#),
        ("id=eq.2", r#"{"id":2,"title":"Put","owner":"other"}"#),
    ],
    removable: true,
    odd: &["secret", "nothing", "name", "author.name", "author(secret)", "books(count)", "drafts", "secre"],
};

const AUTHORS: Table = Table {
    name: "authors",
    columns: &[("id", Kind::Key), ("name", Kind::Text), ("shown", Kind::Truth)],
    selects: &[
        "*",
        "id",
        "name",
        "books(*)",
        "books(draft,price)",
        "books!inner(id)",
        "shown",
        "books(price.sum(),count())",
    ],
    aggregates: &["count()", "name.max()", "id.sum()"],
    inserts: &[("", r#"{"id":1000,"name":"New","shown":true}"#), ("", r#"{"id":1000,"title":"New"}"#)],
    patches: &[
        r#"{"name":"Changed"}"#,
        r#"{"shown":false}"#,
        r#"{"secret":"d"}"#,
        r#"{"name":null}"#,
        r#"{"name":"Ana","shown":true}"#,
    ],
    puts: &[("id=eq.1", r#"{"id":1,"name":"Put","shown":true}"#)],
    removable: false,
    odd: &["secret", "nothing", "title", "books.price", "books(secret)", "books(price.sum())"],
};

const VAULTS: Table = Table {
    name: "vaults",
    columns: &[("id", Kind::Key), ("line", Kind::Text)],
    selects: &["*", "id", "line"],
    aggregates: &["count()", "line.max()"],
    inserts: &[("", r#"{"id":1000,"line":"d"}"#), ("on_conflict=id", r#"{"id":1,"line":"d"}"#)],
    patches: &[r#"{"line":"d"}"#],
    puts: &[("id=eq.1", r#"{"id":1,"line":"d"}"#)],
    removable: true,
    odd: &["nothing", "books(*)"],
};
