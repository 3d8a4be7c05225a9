//! A table that refers to itself by a key of two columns, soft deletion, denials, decimals, enums and times.

use crate::worlds::{Kind, Table, World};

pub(super) const WORLD: World = World {
    name: "tree",
    schema: r#"
enum Role @role { admin member }
enum Sort { leaf branch }
type Node @model(table: "nodes") @softDelete(field: "goneAt")
  @access(roles: ["user"], ops: [ALL], when: "team == auth.claims.team")
  @deny(roles: ["user"], ops: [READ, UPDATE, DELETE], when: "sealed == true") {
  team: String! @id(auto: NONE)
  n: Int! @id(auto: NONE)
  label: String!
  weight: Decimal @readable(when: "n < 2")
  sort: Sort @readable(when: "n != 2")
  at: DateTime @readable(when: "n < 4")
  sealed: Boolean! @default(value: false) @writable(roles: ["admin"])
  up_team: String
  up_n: Int
  up: Node @relation(name: "tree", fields: ["up_team", "up_n"], references: ["team", "n"])
  down: [Node!] @relation(name: "tree")
}
extend type Query {
  all_nodes: [Node!] @readable(roles: ["user"]) @query(sql: {sqlite: "SELECT * FROM nodes"})
  below(n: Int!): [Node!] @readable(roles: ["user"]) @query(sql: {sqlite: "SELECT * FROM nodes WHERE up_n = :n"})
}
"#,
    rows: &[(
        "/nodes",
        r#"[{"team":"a","n":1,"label":"root","weight":"1.50","sort":"branch","at":"2024-01-01T00:00:00Z","sealed":false,"up_team":null,"up_n":null},
            {"team":"a","n":2,"label":"d","weight":"$W","sort":"$K","at":"2019-01-01T00:00:00Z","sealed":false,"up_team":"a","up_n":1},
            {"team":"a","n":3,"label":"mmm","weight":"$W","sort":"leaf","at":null,"sealed":false,"up_team":"a","up_n":1},
            {"team":"a","n":4,"label":"one","weight":"$V","sort":"leaf","at":"$A","sealed":false,"up_team":"a","up_n":2},
            {"team":"a","n":5,"label":"$S","weight":"$V","sort":"leaf","at":"$A","sealed":true,"up_team":"a","up_n":1},
            {"team":"a","n":6,"label":"under","weight":"2","sort":"leaf","at":"$A","sealed":false,"up_team":"a","up_n":5},
            {"team":"b","n":1,"label":"$S","weight":"$W","sort":"$K","at":"$A","sealed":false,"up_team":"a","up_n":1},
            {"team":"a","n":7,"label":"far","weight":"3","sort":"branch","at":"2024-01-01T00:00:00Z","sealed":false,"up_team":"b","up_n":1}]"#,
    )],
    holes: &[
        ("$S", "aaa", "zzz"),
        ("$W", "1.00", "77.5"),
        ("$V", "900", "-3"),
        ("$K", "leaf", "branch"),
        ("$A", "2018-01-01T00:00:00Z", "2025-01-01T00:00:00Z"),
    ],
    only_second: &[(
        "/nodes",
        r#"[{"team":"b","n":2,"label":"d","weight":"1","sort":"leaf","at":null,"sealed":false,"up_team":"a","up_n":2},
            {"team":"a","n":0,"label":"d","weight":"1","sort":"leaf","at":null,"sealed":true,"up_team":"a","up_n":1},
            {"team":"a","n":-1,"label":"aaa","weight":"1","sort":"leaf","at":null,"sealed":true,"up_team":"a","up_n":4}]"#,
    )],
    uid: "me",
    claims: r#"{"team":"a","app_metadata":{"role":"member"}}"#,
    tables: &[&NODES],
    calls: &[("/rpc/all_nodes", &NODES), ("/rpc/below?n=1", &NODES), ("/rpc/below?n=2", &NODES)],
};

const NODES: Table = Table {
    name: "nodes",
    columns: &[
        ("n", Kind::Key),
        ("team", Kind::Word(&["eq.a", "neq.a", "eq.b", "in.(a,b)", "gt.a"])),
        ("label", Kind::Text),
        ("weight", Kind::Number),
        ("weight", Kind::Number),
        ("sort", Kind::Word(&["eq.leaf", "neq.leaf", "is.null", "in.(branch)", "gt.branch", "not.is.null"])),
        ("at", Kind::Time),
        ("sealed", Kind::Truth),
        ("up_n", Kind::Number),
    ],
    selects: &[
        "*",
        "n",
        "label",
        "weight",
        "sort",
        "at",
        "up(*)",
        "down(*)",
        "up!inner(label,weight)",
        "down!inner(n)",
        "...up(u:label)",
        "...down(d:weight)",
        "down(n,down(n,sort))",
        "up(up(weight))",
        "down(weight.sum(),count())",
        "weight::text",
    ],
    aggregates: &["count()", "weight.sum()", "weight.max()", "sort.min()", "at.max()", "n.avg()", "weight.count()"],
    inserts: &[
        ("", r#"{"team":"a","n":1000,"label":"New","up_team":"a","up_n":1}"#),
        ("on_conflict=team,n", r#"[{"team":"a","n":1,"label":"Again"},{"team":"a","n":1001,"label":"New"}]"#),
        ("", r#"{"team":"b","n":1000,"label":"New"}"#),
        ("", r#"{"team":"b","n":2,"label":"New"}"#),
        ("", r#"{"team":"a","n":1000,"label":"New","up_team":"a","up_n":9999}"#),
        ("on_conflict=n", r#"{"team":"a","n":1000,"label":"New"}"#),
        ("", r#"{"team":"a","n":1000,"label":"New","sort":"tree"}"#),
    ],
    patches: &[
        r#"{"label":"d"}"#,
        r#"{"weight":"1.00"}"#,
        r#"{"sort":"leaf"}"#,
        r#"{"up_team":"a","up_n":2}"#,
        r#"{"sealed":false}"#,
        r#"{"at":null}"#,
        r#"{"team":"b"}"#,
        r#"{"goneAt":null}"#,
    ],
    puts: &[
        ("team=eq.a&n=eq.2", r#"{"team":"a","n":2,"label":"Put"}"#),
        ("team=eq.a&n=eq.1010", r#"{"team":"a","n":1010,"label":"Put"}"#),
    ],
    removable: true,
    odd: &["nothing", "up.weight", "down(nothing)", "up(count)", "labels", "id"],
};
