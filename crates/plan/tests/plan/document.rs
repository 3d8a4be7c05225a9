//! Limits of a query document: what is at a limit passes, one more is refused by the limit's name.

use backstay_plan::Refusal;
use backstay_plan::limits::{DocumentLimits, DocumentMeasure};

/// Each limit another number, so that none stands for another.
const LIMITS: DocumentLimits = DocumentLimits {
    bytes_max: 100,
    tokens_max: 90,
    depth_max: 3,
    introspection_depth_max: 4,
    aliases_max: 5,
    root_fields_max: 6,
    directives_max: 7,
    complexity_max: 80,
    batch_max: 8,
    variables_bytes_max: 200,
    answer_bytes_max: 300,
    time_ms_max: 1,
};

#[track_caller]
fn check(admit: impl Fn(u64) -> Result<(), Refusal>, what: &'static str, max: u64) {
    for passes in [0, 1, max - 1, max] {
        assert_eq!(admit(passes), Ok(()), "{what}: {passes}");
    }
    for fails in [max + 1, max * 2] {
        assert_eq!(admit(fails), Err(Refusal::LimitExceeded { what, max }), "{what}: {fails}");
    }
}

fn size(count: u64) -> usize {
    usize::try_from(count).expect("a small number")
}

#[test]
fn what_a_document_asks_for() {
    let none = DocumentMeasure::default();
    let admit = |measure: DocumentMeasure| LIMITS.admit(&measure);
    check(|depth| admit(DocumentMeasure { depth, ..none }), "levels of fields", 3);
    check(|introspection_depth| admit(DocumentMeasure { introspection_depth, ..none }), "levels of introspection", 4);
    check(|aliases| admit(DocumentMeasure { aliases, ..none }), "aliases", 5);
    check(|root_fields| admit(DocumentMeasure { root_fields, ..none }), "root fields", 6);
    check(|directives| admit(DocumentMeasure { directives, ..none }), "directives", 7);
    check(|fields| admit(DocumentMeasure { fields, ..none }), "complexity", 80);
}

#[test]
fn texts_costs_and_batches() {
    check(|bytes| LIMITS.admit_text(size(bytes), 90), "bytes of the document", 100);
    check(|tokens| LIMITS.admit_text(100, size(tokens)), "tokens", 90);
    check(|cost| LIMITS.admit_cost(cost), "complexity", 80);
    check(|bytes| LIMITS.admit_variables(size(bytes)), "bytes of variables", 200);
    check(|requests| LIMITS.admit_batch(size(requests)), "requests in a batch", 8);
    check(|bytes| LIMITS.admit_answer(size(bytes)), "bytes of answer", 300);
}
