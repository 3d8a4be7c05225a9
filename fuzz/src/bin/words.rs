//! Writes what libFuzzer cannot find by itself. In: a folder. Out: in it, a dictionary `TARGET.dict` of each target, and a folder
//! `TARGET` with inputs that no file of the corpus has to hold: generated rules.

use anyhow::{Context, Result};
use backstay_fuzz::{TARGETS, rules};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

fn main() -> Result<()> {
    let folder = std::env::args_os().nth(1).context("name the folder to write to")?;
    let folder = Path::new(&folder);
    for target in TARGETS {
        let inputs = folder.join(target.name);
        fs::create_dir_all(&inputs)?;
        let words = target.words.iter().fold(String::new(), |mut text, word| {
            let escaped: String = word.bytes().fold(String::new(), |mut text, byte| {
                let _ = write!(text, "\\x{byte:02x}");
                text
            });
            let _ = writeln!(text, "\"{escaped}\"");
            text
        });
        fs::write(folder.join(format!("{}.dict", target.name)), words)?;
        if target.name.starts_with("rule") {
            for (at, rule) in rules(1, 200).into_iter().enumerate() {
                fs::write(inputs.join(format!("generated-{at:03}")), rule)?;
            }
        }
    }
    Ok(())
}
