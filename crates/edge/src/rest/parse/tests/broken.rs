//! Query strings that break the grammar, and the column they break at.

use super::{check_broken, read};
use crate::rest::parse::{Keys, ParseError, query};
use backstay_plan::Refusal;
use backstay_plan::limits::Limits;

#[test]
fn select() {
    let what = "select parameter";
    check_broken("select=id,clients(name[])", what, 16);
    check_broken("select=data->>-78xy", what, 11);
    check_broken("select=data->>--34", what, 9);
    check_broken("select=data->>-xy-4", what, 9);
    check_broken("select=data->(!@%23$%25^%26*_d->>!@%23$%25^%26*_e::integer", what, 7);
    check_broken("select=name!hint", what, 5);
    check_broken("select=*!hint", what, 2);
    check_broken("select=name!hint!innerr(id)", what, 5);
    check_broken("select=x:name!hint!leftt(id)", what, 7);
    check_broken("select=name::", what, 7);
    check_broken("select=...rel->jsonpath(*)", what, 9);
    check_broken("select=...rel", what, 7);
    check_broken("select=alias:...rel(*)", what, 7);
    check_broken("select=:", what, 1);
    check_broken("select=a,", what, 3);
    check_broken("select=a,,b", what, 3);
    check_broken("select=a)", what, 2);
    check_broken("select=a(b", what, 4);
    check_broken("select=a(b))", what, 5);
    check_broken("select=a(b)c", what, 5);
    check_broken("select=\"a", what, 3);
    check_broken("select=a.sum", what, 6);
    check_broken("select=a.median()", what, 3);
    check_broken("select=(a)", what, 1);
}

#[test]
fn filters() {
    let what = "filter";
    check_broken("id=val", what, 1);
    check_broken("a=noop.0", what, 1);
    check_broken("id=fts().value", what, 5);
    check_broken("id=eq().value", what, 4);
    check_broken("id=is().value", what, 3);
    check_broken("id=in().value", what, 3);
    check_broken("id=", what, 1);
    check_broken("id=eq", what, 3);
    check_broken("id=not", what, 4);
    check_broken("id=not.", what, 5);
    check_broken("id=not.xx.1", what, 5);
    check_broken("id=eqx.1", what, 3);
    check_broken("id=gtee.1", what, 4);
    check_broken("id=EQ.1", what, 1);
    check_broken("id=neq(any).{1}", what, 4);
    check_broken("id=like(some).{1}", what, 6);
    check_broken("id=is.nil", what, 5);
    check_broken("id=is.ok", what, 4);
    check_broken("id=is.nullx", what, 8);
    check_broken("id=in.1,2", what, 4);
    check_broken("id=in.(1,2", what, 8);
    check_broken("id=in.(1,2)x", what, 9);
    check_broken("done=is.", what, 4);
}

#[test]
fn keys() {
    check_broken("age::text=eq.21", "tree path", 4);
    check_broken(":=eq.1", "tree path", 1);
    check_broken("=eq.1", "tree path", 1);
    check_broken("a..b=eq.1", "tree path", 3);
    check_broken("a.!.order=b", "tree path", 3);
    check_broken("a(b).or=(c.eq.1)", "logic path", 2);
}

#[test]
fn order() {
    let what = "order";
    check_broken("order=clients(name,id)", what, 8);
    check_broken("order=id.ac", what, 4);
    check_broken("order=id.descc", what, 8);
    check_broken("order=id.nulsfist", what, 4);
    check_broken("order=id.nullslasttt", what, 13);
    check_broken("order=id.smth34", what, 4);
    check_broken("order=id.asc.nlsfst", what, 8);
    check_broken("order=id.asc.nullslasttt", what, 17);
    check_broken("order=id.asc.smth34", what, 8);
    check_broken("order=", what, 1);
    check_broken("order=a,", what, 3);
    check_broken("order=a::int", what, 2);
}

#[test]
fn logic() {
    let what = "logic tree";
    check_broken("or=()", what, 4);
    check_broken("or=(id.in.1,2,id.eq.3)", what, 10);
    check_broken("or=)(", what, 3);
    check_broken("and=(ord(id.eq.1,id.eq.1),id.eq.2)", what, 7);
    check_broken("or=(id.eq.1,not.xor(id.eq.2,id.eq.3))", what, 16);
    check_broken("or=", what, 3);
    check_broken("not.or=", what, 7);
    check_broken("or=(id.eq.1", what, 11);
    check_broken("or=(id.eq.1,)", what, 12);
    check_broken("or=(id.eq.1)x", what, 12);
    check_broken("or=(id.xx.1)", what, 7);
    check_broken("or=(id)", what, 6);
}

#[test]
fn name_lists() {
    check_broken("columns=", "columns parameter", 1);
    check_broken("columns=a,", "columns parameter", 3);
    check_broken("columns=a(b)", "columns parameter", 2);
    check_broken("on_conflict=", "on_conflict parameter", 1);
    check_broken("on_conflict=a b,", "on_conflict parameter", 5);
}

#[test]
fn embeds_that_are_not_selected() {
    #[track_caller]
    fn check(text: &str, target: &str) {
        match read(text) {
            Err(ParseError::Refused(Refusal::NotEmbedded { target: found, .. })) => assert_eq!(found, target, "{text}"),
            other => panic!("{text}: {other:?}"),
        }
    }
    check("a.id=eq.1", "a");
    check("select=a(id)&b.id=eq.1", "b");
    check("select=a(id)&a.b.id=eq.1", "b");
    check("select=x:a(id),y:a(id)&a.id=eq.1", "a");
    check("a.order=id", "a");
    check("a.limit=1", "a");
    check("a.offset=1", "a");
    check("a.or=(id.eq.1)", "a");
}

#[test]
fn limits() {
    #[track_caller]
    fn check(text: &str, what: &str) {
        match read(text) {
            Err(ParseError::Refused(Refusal::LimitExceeded { what: found, .. })) => assert_eq!(found, what),
            other => panic!("{other:?}"),
        }
    }
    check(&format!("select={}id{}", "a(".repeat(9), ")".repeat(9)), "levels of embedding");
    check(&format!("select={}", "a(".repeat(100_000)), "levels of embedding");
    check(&format!("select={}", vec!["a()"; 51].join(",")), "embeds");
    check(&format!("select={}", vec!["a"; 501].join(",")), "selected items");
    check(&vec!["a=eq.1"; 201].join("&"), "conditions");
    check(&format!("or={}a.eq.1{}", "(or".repeat(17), ")".repeat(17)), "levels of nested conditions");
    check(&format!("or=({}", "or(".repeat(100_000)), "levels of nested conditions");
    check(&format!("order={}", vec!["a"; 17].join(",")), "order terms");
    check(&format!("a=in.({})", vec!["1"; 10_001].join(",")), "list elements");
    check(&format!("a{}=eq.1", "->b".repeat(17)), "path steps");
    check(&format!("columns={}", (0..501).map(|n| format!("c{n}")).collect::<Vec<_>>().join(",")), "columns");
}

#[test]
fn values_that_are_no_array() {
    for text in ["a=eq(any).1", "a=eq(any).{1", "a=eq(any).{1,{2}}", "a=eq(any).{,}", "a=eq(any).{\"a}"] {
        assert!(matches!(read(text), Err(ParseError::Refused(Refusal::BadValue { .. }))), "{text}");
    }
}

#[test]
fn bytes_that_are_no_text() {
    assert!(matches!(read("a=eq.%FF"), Err(ParseError::Syntax { .. })));
    assert!(matches!(read("%FF=eq.1"), Err(ParseError::Syntax { .. })));
}

#[test]
fn arguments_of_operations() {
    #[track_caller]
    fn check(text: &str, arguments: &[(&str, &str)], filters: usize) {
        let query = query(text, &Keys::Arguments(&|key| key == "v"), 0, &Limits::default()).unwrap();
        let found: Vec<(&str, &str)> = query.arguments.iter().map(|(name, value)| (&**name, &**value)).collect();
        assert_eq!((found.as_slice(), query.filter.len()), (arguments, filters), "{text}");
    }
    check("v=1", &[("v", "1")], 0);
    check("v=eq.1", &[("v", "eq.1")], 0);
    check("v=1&id=eq.2", &[("v", "1")], 1);
    check("v={a,b}&v=c", &[("v", "{a,b}"), ("v", "c")], 0);
    check("w=1&select=id&order=id&limit=1", &[("w", "1")], 0);
}
