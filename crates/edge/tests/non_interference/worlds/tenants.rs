//! Tenants by a claim, roles, rules that look through relations, unique keys of two columns, computed and versioned columns.

use crate::worlds::{Kind, Table, World};

pub(super) const WORLD: World = World {
    name: "tenants",
    schema: r#"
enum Role @role { boss clerk }
type Account @model(table: "accounts") @version @timestamps
  @access(roles: ["boss"], ops: [ALL])
  @access(roles: ["clerk"], ops: [READ, CREATE, UPDATE], when: "org == auth.claims.org", check: "org == auth.claims.org")
  @unique(fields: ["org", "name"]) {
  id: Int! @id(auto: NONE)
  org: String!
  name: String!
  owner: String @writable(roles: ["boss"])
  balance: Decimal @visible(to: ["boss"])
  alias: String @unique @visible(to: ["boss"])
  score: Int @readable(when: "owner == auth.uid")
  points: Int
  twice: Int @computed(expr: "points * 2")
  entries: [Entry!]
}
type Entry @model(table: "entries")
  @access(roles: ["boss"], ops: [ALL])
  @access(roles: ["clerk"], ops: [READ, CREATE, UPDATE, DELETE], when: "account.org == auth.claims.org && amount < 100") {
  id: Int! @id(auto: NONE)
  amount: BigInt!
  memo: String @readable(when: "account.owner == auth.uid") @searchable
  stars: [Int] @readable(when: "account.owner == auth.uid")
  account_id: Int!
  account: Account! @relation(fields: ["account_id"], references: ["id"])
  receipts: [Receipt!]
}
type Receipt @model(table: "receipts")
  @access(roles: ["boss"], ops: [ALL])
  @access(roles: ["clerk"], ops: [READ], when: "entry.account.owner == auth.uid || entry.amount == 7")
  @deny(roles: ["clerk"], ops: [READ], when: "entry.memo == 'd'") {
  id: Int! @id(auto: NONE)
  text: String!
  entry_id: Int!
  entry: Entry! @relation(fields: ["entry_id"], references: ["id"])
}
type Note @model(table: "notes")
  @access(roles: ["clerk"], ops: [READ, CREATE], when: "org == auth.claims.org", check: "org == auth.claims.org") {
  org: String! @id(auto: NONE)
  slug: String! @id(auto: NONE)
  text: String @readable(roles: ["clerk"], when: "loud == true")
  loud: Boolean @writable(roles: ["boss"])
}
extend type Query {
  all_accounts: [Account!] @readable(roles: ["clerk"]) @query(sql: {sqlite: "SELECT * FROM accounts"})
  all_entries: [Entry!] @readable(roles: ["clerk"]) @query(sql: {sqlite: "SELECT * FROM entries ORDER BY id"})
}
"#,
    rows: &[
        (
            "/accounts",
            r#"[{"id":1,"org":"x","name":"One","owner":"me","balance":"$W","alias":"$S1","score":5,"points":1},
                {"id":2,"org":"x","name":"Two","owner":"other","balance":"$W","alias":"$S2","score":$N,"points":2},
                {"id":3,"org":"x","name":"d","owner":null,"balance":null,"alias":null,"score":$M,"points":null},
                {"id":4,"org":"y","name":"$S","owner":"other","balance":"1","alias":"$S4","score":$N,"points":$N}]"#,
        ),
        (
            "/entries",
            r#"[{"id":1,"amount":7,"memo":"mmm","stars":[1],"account_id":1},{"id":2,"amount":50,"memo":"aaa one","stars":[1,2],"account_id":1},
                {"id":3,"amount":7,"memo":"$X","stars":[$N],"account_id":2},{"id":4,"amount":99,"memo":"$T","stars":$L,"account_id":3},
                {"id":5,"amount":$H,"memo":"d","stars":[1],"account_id":1},{"id":6,"amount":$N,"memo":"$T","stars":null,"account_id":4}]"#,
        ),
        (
            "/receipts",
            r#"[{"id":1,"text":"One","entry_id":1},{"id":2,"text":"Two","entry_id":2},{"id":3,"text":"$S","entry_id":4},{"id":4,"text":"$S","entry_id":6},
                {"id":5,"text":"Five","entry_id":3}]"#,
        ),
        (
            "/notes",
            r#"[{"org":"x","slug":"a","text":"d","loud":true},{"org":"x","slug":"b","text":"$S","loud":false},{"org":"x","slug":"c","text":"$T","loud":null},
                {"org":"y","slug":"a","text":"$S","loud":true}]"#,
        ),
    ],
    holes: &[
        ("$S", "aaa", "zzz"),
        ("$T", "mmm", "d"),
        ("$X", "aaa", "zzz"),
        ("$N", "1", "77"),
        ("$M", "900", "-3"),
        ("$W", "1.00", "99.5"),
        ("$L", "null", "[1,77]"),
        ("$H", "100", "9000000000"),
    ],
    only_second: &[
        (
            "/accounts",
            r#"[{"id":0,"org":"y","name":"One","owner":"other","balance":"1","alias":"d","score":1,"points":1}]"#,
        ),
        (
            "/entries",
            r#"[{"id":0,"amount":7,"memo":"d","stars":[1],"account_id":4},{"id":7,"amount":7,"memo":"d","stars":[1],"account_id":0},
                {"id":8,"amount":1000,"memo":"mmm","stars":[1],"account_id":1}]"#,
        ),
        ("/receipts", r#"[{"id":0,"text":"d","entry_id":0},{"id":6,"text":"One","entry_id":4}]"#),
        ("/notes", r#"[{"org":"y","slug":"b","text":"d","loud":true}]"#),
    ],
    uid: "me",
    claims: r#"{"org":"x","app_metadata":{"role":"clerk"}}"#,
    tables: &[&ACCOUNTS, &ACCOUNTS, &ENTRIES, &ENTRIES, &ENTRIES, &RECEIPTS, &NOTES],
    calls: &[("/rpc/all_accounts", &ACCOUNTS), ("/rpc/all_entries", &ENTRIES)],
};

const ACCOUNTS: Table = Table {
    name: "accounts",
    columns: &[
        ("id", Kind::Key),
        ("name", Kind::Text),
        ("score", Kind::Number),
        ("score", Kind::Number),
        ("points", Kind::Number),
        ("twice", Kind::Number),
        ("owner", Kind::Text),
        ("createdAt", Kind::Time),
    ],
    selects: &[
        "*",
        "id",
        "name",
        "score",
        "twice",
        "entries(*)",
        "entries(memo,receipts(text))",
        "entries!inner(amount)",
        "...entries(memo)",
        "entries(amount.sum(),count())",
        "version",
    ],
    aggregates: &["count()", "score.sum()", "score.max()", "score.count()", "twice.avg()", "name.max()"],
    inserts: &[
        ("", r#"{"id":1000,"org":"x","name":"New"}"#),
        ("on_conflict=org,name", r#"{"id":1000,"org":"x","name":"One","points":9}"#),
        (
            "on_conflict=org,name",
            r#"[{"id":1001,"org":"x","name":"New","points":9},{"id":1002,"org":"x","name":"d","points":8}]"#,
        ),
        ("", r#"{"id":1000,"org":"y","name":"New"}"#),
        ("", r#"{"id":1000,"org":"y","name":"One"}"#),
        ("on_conflict=org,name", r#"{"id":1000,"org":"y","name":"One"}"#),
        ("on_conflict=alias", r#"{"id":1000,"org":"x","name":"New"}"#),
        ("", r#"{"id":1000,"org":"x","name":"One"}"#),
        ("", r#"{"id":1000,"org":"x","name":"New","balance":1}"#),
    ],
    patches: &[
        r#"{"name":"d"}"#,
        r#"{"points":3}"#,
        r#"{"score":1}"#,
        r#"{"owner":"me"}"#,
        r#"{"org":"y"}"#,
        r#"{"alias":"d"}"#,
        r#"{"points":4,"name":"z"}"#,
    ],
    puts: &[("id=eq.2", r#"{"id":2,"org":"x","name":"Put"}"#)],
    removable: false,
    odd: &["balance", "alias", "nothing", "entries(nothing)", "entries.memo", "scores", "balanc"],
};

const ENTRIES: Table = Table {
    name: "entries",
    columns: &[
        ("id", Kind::Key),
        ("amount", Kind::Number),
        ("memo", Kind::Words),
        ("memo", Kind::Text),
        ("stars", Kind::Word(&["cs.{1}", "ov.{1,77}", "is.null", "not.is.null", "eq.{1}", "cd.{1,2}"])),
        ("account_id", Kind::Number),
    ],
    selects: &[
        "*",
        "id",
        "memo",
        "stars",
        "account(*)",
        "account(score)",
        "account!inner(name)",
        "...account(score,name)",
        "receipts(*)",
        "receipts!inner(text)",
        "...receipts(text)",
        "account(entries(memo,stars))",
        "receipts(count())",
    ],
    aggregates: &["count()", "amount.sum()", "memo.max()", "memo.count()", "amount.avg()"],
    inserts: &[
        ("", r#"{"id":1000,"amount":7,"account_id":1}"#),
        ("", r#"{"id":1000,"amount":700,"account_id":1}"#),
        ("on_conflict=id", r#"[{"id":1,"amount":8,"account_id":1},{"id":1001,"amount":8,"account_id":2}]"#),
        ("", r#"{"id":1000,"amount":7,"account_id":9999}"#),
        ("", r#"{"id":1000,"amount":7,"account_id":0}"#),
        ("", r#"{"id":8,"amount":700,"account_id":1}"#),
    ],
    patches: &[r#"{"amount":8}"#, r#"{"amount":8000}"#, r#"{"memo":"d"}"#, r#"{"account_id":2}"#, r#"{"stars":[9]}"#],
    puts: &[("id=eq.1", r#"{"id":1,"amount":9,"account_id":1}"#)],
    removable: false,
    odd: &["nothing", "account(balance)", "account.score", "receipts(nothing)", "memos", "account(alias)"],
};

const RECEIPTS: Table = Table {
    name: "receipts",
    columns: &[("id", Kind::Key), ("text", Kind::Text), ("entry_id", Kind::Number)],
    selects: &["*", "id", "text", "entry(*)", "entry(memo,account(score))", "entry!inner(id)", "...entry(memo,amount)"],
    aggregates: &["count()", "text.max()"],
    inserts: &[("", r#"{"id":1000,"text":"New","entry_id":1}"#)],
    patches: &[r#"{"text":"d"}"#],
    puts: &[("id=eq.1", r#"{"id":1,"text":"Put","entry_id":1}"#)],
    removable: true,
    odd: &["nothing", "entry(nothing)", "entry.memo", "entry(account(balance))"],
};

const NOTES: Table = Table {
    name: "notes",
    columns: &[
        ("org", Kind::Word(&["eq.x", "neq.x", "eq.y", "in.(x,y)"])),
        ("slug", Kind::Text),
        ("text", Kind::Text),
        ("text", Kind::Text),
        ("loud", Kind::Truth),
    ],
    selects: &["*", "org", "slug", "text", "loud", "t:text"],
    aggregates: &["count()", "text.max()", "text.count()", "slug.min()"],
    inserts: &[
        ("", r#"{"org":"x","slug":"new","text":"d"}"#),
        ("on_conflict=org,slug", r#"{"org":"x","slug":"a","text":"d"}"#),
        ("", r#"{"org":"y","slug":"new","text":"d"}"#),
        ("", r#"{"org":"y","slug":"b"}"#),
        ("", r#"[{"org":"x","slug":"new"},{"org":"x","slug":"a"}]"#),
    ],
    patches: &[r#"{"text":"d"}"#],
    puts: &[("org=eq.x&slug=eq.a", r#"{"org":"x","slug":"a","text":"d"}"#)],
    removable: true,
    odd: &["nothing", "id", "texts"],
};
