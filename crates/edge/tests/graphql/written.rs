//! Values that are checked as a whole, or taken into other rows: edits of JSON, choices of decimals, nested rows over unique columns.

use super::World;
use backstay_plan::principal::WireRole;
use serde_json::{Value, json};

/// Changes of a part of JSON whose rules are about the whole.
pub(super) async fn edits_of_checked_json(world: World) {
    let refused = |column: &str| {
        json!(format!(
            "constraint-violation: new row for relation \"kits\" violates check constraint \"kits_{column}_check\""
        ))
    };
    let there = json!({"kits": [{"id": 1, "shape": {"sides": 3}, "number": {"n": 1}}, {"id": 2, "shape": {"tags": []}, "number": {"n": 2, "of": "x"}},
         {"id": 3, "shape": null, "number": null}]});
    for (query, expected) in [
        (
            "mutation { insert_kits(objects: [{id: 1, shape: {sides: 3}, number: {n: 1}}, {id: 2, shape: {tags: []}, number: {n: 2, of: \"x\"}}, {id: 3}]) { affected_rows } }",
            json!({"insert_kits": {"affected_rows": 3}}),
        ),
        (
            "mutation { update_kits(where: {id: {_gt: 0}}, _append: {number: {n: \"x\"}}) { affected_rows } }",
            refused("number"),
        ),
        (
            "mutation { update_kits(where: {id: {_gt: 1}}, _delete_key: {number: \"n\"}) { returning { id } } }",
            refused("number"),
        ),
        (
            "mutation { update_kits(where: {id: {_gt: 0}}, _delete_at_path: {number: [\"n\"]}) { affected_rows } }",
            refused("number"),
        ),
        (
            "mutation { update_kits_by_pk(pk_columns: {id: 1}, _append: {shape: {corners: 3}}) { id } }",
            refused("shape"),
        ),
        (
            "mutation { update_kits_by_pk(pk_columns: {id: 1}, _append: {shape: {sides: \"x\"}}) { id } }",
            refused("shape"),
        ),
        ("mutation { update_kits_by_pk(pk_columns: {id: 1}, _append: {shape: [1]}) { id } }", refused("shape")),
        (
            "mutation { update_kits_by_pk(pk_columns: {id: 2}, _set: {grade: 1}, _append: {shape: {sides: 4}, number: {n: null}}) { id } }",
            refused("number"),
        ),
        ("{ kits(order_by: {id: asc}) { id shape number } }", there),
        (
            "mutation { update_kits(where: {id: {_gt: 0}}, _append: {shape: {sides: 4}}, _prepend: {number: {n: 0, of: 1}}) { affected_rows returning { shape number } } }",
            json!({"update_kits": {"affected_rows": 3, "returning": [{"shape": {"sides": 4}, "number": {"n": 1, "of": 1}},
                {"shape": {"tags": [], "sides": 4}, "number": {"n": 2, "of": "x"}}, {"shape": null, "number": null}]}}),
        ),
        (
            "mutation { update_kits(where: {id: {_eq: 2}}, _delete_key: {shape: \"tags\", number: \"of\"}) { returning { shape number } } }",
            json!({"update_kits": {"returning": [{"shape": {"sides": 4}, "number": {"n": 2}}]}}),
        ),
    ] {
        let found = world.said(WireRole::Service, query, json!({})).await;
        if let Value::String(text) = &expected {
            assert_eq!(found, *text, "{query}");
        } else {
            // The members of a JSON column stand as its database keeps them.
            assert_eq!(serde_json::from_str::<Value>(&found).unwrap_or_default(), expected, "{found} {query}");
        }
    }
}

/// A choice of decimals is one of numbers, however they are written.
pub(super) async fn choices_of_decimals(world: World) {
    for (given, taken) in [
        (json!({"grade": "2.5"}), true),
        (json!({"grade": "2.50"}), true),
        (json!({"grade": "1.000"}), true),
        (json!({"grade": "10e-1"}), true),
        (json!({"grade": "-0.1"}), true),
        (json!({"grade": "0.1"}), false),
        (json!({"grade": "2.500000000000000001"}), false),
        (json!({"grades": ["2.5", "1.0", "2.500"]}), true),
        (json!({"grades": ["2.500000000000000001"]}), false),
        (json!({"ratios": [1, 2.5, 1.0]}), true),
        (json!({"ratios": [2]}), false),
    ] {
        let mut row = given.clone();
        row["id"] = json!(1);
        let query = "mutation($row: kits_insert_input!) { insert_kits_one(object: $row) { id } delete_kits_by_pk(id: 1) { id } }";
        let found = world.said(WireRole::Anonymous, query, json!({"row": row})).await;
        assert_eq!(found.starts_with('{'), taken, "{given}: {found}");
    }
}

/// Nested rows over foreign keys that refer to other unique columns than the key, of every type that may be one.
pub(super) async fn nested_inserts_over_unique_columns(world: World) {
    let admin = |query: &'static str| world.said(WireRole::Authenticated, query, json!({}));
    let wide = r#"{"weight":2.5,"day":"2024-02-03T04:05:06.789+00:00","ratio":0.30000000000000004,"large":true,"#;
    for (query, expected) in [
        (
            "mutation { insert_presses_one(object: {name: \"P\", spare: 9007199254740993, weight: 2.5, \
             day: \"2024-02-03T04:05:06.789Z\", ratio: 0.30000000000000004, large: true, \
             stamps: {data: [{note: \"c\"}, {note: \"d\", marker: {data: {name: \"Q\", spare: 8}}}]}, \
             marks: {data: {note: \"m\"}}, prints: {data: {note: \"w\"}}}) \
             { stamps(order_by: {id: asc}) { note spare press { name } marker { name } } marks { note spare } \
             prints { weight day ratio large note printer { name } } } }",
            format!(
                r#"{{"insert_presses_one":{{"stamps":[{{"note":"c","spare":null,"press":{{"name":"P"}},"marker":null}},{{"note":"d","spare":8,"press":{{"name":"P"}},"marker":{{"name":"Q"}}}}],"marks":[{{"note":"m","spare":"9007199254740993"}}],"prints":[{wide}"note":"w","printer":{{"name":"P"}}}}]}}}}"#
            ),
        ),
        (
            "mutation { insert_stamps(objects: [{note: \"x\", press: {data: {name: \"R\", secret: \"00000000-0000-4000-8000-000000000001\"}}, marker: {data: {name: \"S\", spare: 7}}}, \
             {note: \"y\", press: {data: {name: \"T\"}}}]) { affected_rows returning { press { name } marker { name } } } }",
            r#"{"insert_stamps":{"affected_rows":5,"returning":[{"press":{"name":"R"},"marker":{"name":"S"}},{"press":{"name":"T"},"marker":null}]}}"#
                .to_owned(),
        ),
        (
            "mutation { insert_stamps_one(object: {note: \"up\", marker: {data: {name: \"S\"}, \
             on_conflict: {constraint: presses_name_key, update_columns: [name]}}}) { spare } }",
            r#"{"insert_stamps_one":{"spare":7}}"#.to_owned(),
        ),
        (
            "mutation { insert_stamps_one(object: {note: \"set\", marker: {data: {name: \"T\", spare: 6}, \
             on_conflict: {constraint: presses_name_key, update_columns: [spare]}}}) { spare } }",
            r#"{"insert_stamps_one":{"spare":6}}"#.to_owned(),
        ),
        (
            "mutation { insert_stamps_one(object: {note: \"seal\", sealer: {data: {name: \"R\"}, \
             on_conflict: {constraint: presses_name_key, update_columns: [name]}}}) { secret } }",
            r#"{"insert_stamps_one":{"secret":"00000000-0000-4000-8000-000000000001"}}"#.to_owned(),
        ),
        (
            "mutation { insert_presses_one(object: {name: \"U\", marks: {data: {note: \"lost\"}}}) { id } }",
            "bad-request: The reference \"nested insert\" leads nowhere".to_owned(),
        ),
        (
            "mutation { insert_stamps_one(object: {note: \"lost\", marker: {data: {name: \"V\"}}}) { id } }",
            "bad-request: The reference \"nested insert\" leads nowhere".to_owned(),
        ),
        (
            "mutation { insert_presses_one(object: {name: \"W\", spare: 5, marks: {data: {note: \"lost\", spare: 4}}}) { id } }",
            "validation-failed: 'spare' is given, and comes from a nested row too".to_owned(),
        ),
        (
            "mutation { insert_presses_one(object: {name: \"X\", spare: 8, marks: {data: {note: \"lost\"}}}) { id } }",
            "constraint-violation: duplicate key value violates unique constraint \"presses_spare_key\"".to_owned(),
        ),
        (
            "{ stamps(where: {note: {_eq: \"lost\"}}) { id } presses(where: {name: {_in: [\"U\", \"V\", \"W\", \"X\"]}}) { id } }",
            r#"{"stamps":[],"presses":[]}"#.to_owned(),
        ),
    ] {
        assert_eq!(admin(query).await, expected, "{query}");
    }
    // What other rows would take from a row that is there is read, so who may not read it may not do that.
    let sealed = "mutation { insert_stamps_one(object: {note: \"lost\", sealer: {data: {name: \"R\"}, \
         on_conflict: {constraint: presses_name_key, update_columns: [name]}}}) { secret } }";
    world.check(sealed, json!("access-denied: permission denied for column \"secret\" of relation \"presses\"")).await;
    let new = "mutation { insert_stamps_one(object: {note: \"new\", sealer: {data: {name: \"Y\"}}}) { note } }";
    world.check(new, json!({"insert_stamps_one": {"note": "new"}})).await;
}
