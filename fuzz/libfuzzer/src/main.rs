//! The fuzz targets under libFuzzer. In: an input, and the name of a target in `BACKSTAY_FUZZ_TARGET`. Out: an abort with the input
//! where something must never be. A panic on any thread is one too.

#![no_main]

use backstay_fuzz::{TARGETS, Target};
use libfuzzer_sys::fuzz_target;
use std::sync::OnceLock;

const VARIABLE: &str = "BACKSTAY_FUZZ_TARGET";

static CHOSEN: OnceLock<&'static Target> = OnceLock::new();

fn chosen() -> &'static Target {
    let name = std::env::var(VARIABLE).unwrap_or_default();
    TARGETS.iter().find(|target| target.name == name).unwrap_or_else(|| {
        let names: Vec<_> = TARGETS.iter().map(|target| target.name).collect();
        panic!("{VARIABLE} must be one of {}", names.join(", "))
    })
}

fuzz_target!(|data: &[u8]| {
    if let Err(finding) = (CHOSEN.get_or_init(chosen).run)(data) {
        panic!("{finding}");
    }
});
