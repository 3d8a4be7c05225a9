//! Makes the released binary smaller. Out: arguments for the linker; none for a build that is not optimised.

use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=CARGO_PROFILE_RELEASE_STRIP");
    if !is_set("PROFILE", "release") {
        return;
    }
    // As the profile says. Cargo forgets it where the package of the binary has settings of its own.
    if is_set("CARGO_CFG_TARGET_OS", "linux") && read("CARGO_PROFILE_RELEASE_STRIP").is_none() {
        println!("cargo::rustc-link-arg-bins=-Wl,--strip-all");
    }
    if links_with_lld() {
        // Generic code is compiled once for each type, and much of it comes out the same.
        println!("cargo::rustc-link-arg-bins=-Wl,--icf=all");
    }
}

/// Whether Rust's own linker is used: by default on 64-bit Linux with a toolchain that brings it, unless somebody chose another.
fn links_with_lld() -> bool {
    let target = ["CARGO_CFG_TARGET_OS", "CARGO_CFG_TARGET_ARCH", "CARGO_CFG_TARGET_ENV"];
    let here = target.iter().zip(["linux", "x86_64", "gnu"]).all(|(name, value)| is_set(name, value));
    let chosen =
        read("CARGO_ENCODED_RUSTFLAGS").is_some_and(|flags| flags.contains("link")) || read("RUSTC_LINKER").is_some();
    here && !chosen
        && sysroot().is_some_and(|root| {
            Path::new(&root).join("lib/rustlib/x86_64-unknown-linux-gnu/bin/gcc-ld/ld.lld").exists()
        })
}

fn sysroot() -> Option<String> {
    let output = Command::new(read("RUSTC")?).args(["--print", "sysroot"]).output().ok()?;
    String::from_utf8(output.stdout).ok().map(|root| root.trim().to_owned())
}

fn is_set(name: &str, value: &str) -> bool {
    read(name).is_some_and(|found| found == value)
}

#[expect(clippy::disallowed_methods, reason = "cargo speaks to build scripts by it")]
fn read(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
