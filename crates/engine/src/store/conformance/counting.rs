//! Counting up: a cell is added to the value that is there, within the type, the rules of the column and those of the caller.

use super::{Who, count_up, expect, insert, read};
use crate::Engine;
use serde_json::json;

pub(crate) const METERS: &str = r#"
type Meter @model(table: "meters") @access(ops: [READ, CREATE]) @access(ops: [UPDATE], check: "new.n >= old.n") {
  id: Int! @id(auto: NONE)
  n: Int! @range(min: 0, max: 10)
  big: BigInt
  real: Float
  price: Decimal
  own: Int @readable(when: "id == 1")
  blind: Int @readable(roles: ["admin"])
  word: String
}"#;

/// Sums, their bounds, and who may ask for them.
pub(crate) async fn rows(engine: &Engine) {
    let meter = |id| json!({"id": id, "n": 1, "big": 1, "real": 1.5, "price": "0.10", "own": 1, "blind": 1});
    expect(engine.run(&insert("meters", &json!([meter(1), meter(2)]), ""), &Who::service()).await, "2/2 ");
    let nothing = json!({});
    let add = |added, tests, select| count_up("meters", (&nothing, &added), tests, select);
    let both = count_up("meters", (&json!({"word": "x"}), &json!({"n": 1})), "id=2", "n,word");
    let twice = count_up("meters", (&json!({"n": 1}), &json!({"n": 1})), "id=2", "n");
    for (request, expected) in [
        (
            add(json!({"n": 2, "real": 0.25, "price": "0.205"}), "id=1", "n,real,price"),
            r#"1/0 [{"n":3,"real":1.75,"price":0.305}]"#,
        ),
        (add(json!({"n": 1}), "", "n"), r#"2/0 [{"n":4},{"n":2}]"#),
        (both, r#"1/0 [{"n":3,"word":"x"}]"#),
        (
            add(json!({"n": 8}), "id=1", "n"),
            r#"check meters meters_n_check: The new row fails the check "meters_n_check"."#,
        ),
        (add(json!({"n": -1}), "id=1", "n"), "new row violates the row-level rule of meters"),
        (add(json!({"n": i32::MAX}), "id=1", "n"), "invalid value for type \"integer\""),
        (add(json!({"big": i64::MAX}), "id=1", "n"), "invalid value for type \"bigint\""),
        (add(json!({"big": -i64::MAX}), "id=1", "big"), r#"1/0 [{"big":-9223372036854775806}]"#),
        (add(json!({"real": f64::MAX}), "id=1", "id"), r#"1/0 [{"id":1}]"#),
        (add(json!({"real": f64::MAX}), "id=1", "id"), "invalid value for type \"double precision\""),
        (add(json!({"n": "x"}), "id=1", "n"), "invalid value for type \"integer\""),
        (add(json!({"n": null}), "id=1", "n"), "null value in column \"n\""),
        (add(json!({"word": "x"}), "id=1", "n"), "operator does not exist: text +"),
        (twice, "unsupported: multiple assignments to the column 'n'"),
        (add(json!({"own": 1}), "id=1", "own"), r#"1/0 [{"own":2}]"#),
        (add(json!({"own": 1}), "id=2", "own"), "new row violates the row-level rule of meters"),
        (add(json!({"blind": 1}), "id=1", "n"), "permission denied for column blind of meters"),
        (read("meters", "id,n,own", ""), r#"0/0 [{"id":1,"n":4,"own":2},{"id":2,"n":3,"own":null}]"#),
    ] {
        expect(engine.run(&request, &Who::anyone()).await, expected);
    }
}
