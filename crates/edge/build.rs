//! Takes the two files of Swagger UI that `/docs` serves out of their vendored archive, so that the binary carries no others.
//! In: the archive. Out: the files in `OUT_DIR`, as gzip; their bytes stay compressed on the way.

use std::error::Error;
use std::io::{Cursor, Read as _};
use std::path::Path;
use utoipa_swagger_ui_vendored::SWAGGER_UI_VENDORED;
use zip::ZipArchive;

const FILES: [&str; 2] = ["swagger-ui-bundle.js", "swagger-ui.css"];

#[expect(clippy::disallowed_methods, reason = "cargo speaks to build scripts by it")]
fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    let out = std::env::var("OUT_DIR")?;
    for name in FILES {
        std::fs::write(Path::new(&out).join(format!("{name}.gz")), gzipped(name)?)?;
    }
    Ok(())
}

/// Finds `dist/<name>` below the archive's only folder and wraps its DEFLATE bytes as gzip (RFC 1952).
fn gzipped(name: &str) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut archive = ZipArchive::new(Cursor::new(SWAGGER_UI_VENDORED))?;
    let wanted =
        |full: &str| full.split_once("/dist/").is_some_and(|(above, rest)| rest == name && !above.contains('/'));
    let position = archive.file_names().position(wanted).ok_or_else(|| format!("the archive has no {name}"))?;
    let mut file = archive.by_index_raw(position)?;
    let (crc, size) = (file.crc32(), file.size());
    let mut gzip = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    file.read_to_end(&mut gzip)?;
    gzip.extend_from_slice(&crc.to_le_bytes());
    // The field is the size modulo 2^32.
    gzip.extend_from_slice(&size.to_le_bytes()[..4]);
    Ok(gzip)
}
