//! The API page at `/docs` and its assets. Swagger UI comes out of a vendored archive inside the binary: nothing is downloaded,
//! at build time or by the browser. The archive's compressed bytes are sent as they are, wrapped as gzip.

use crate::server::PageAsset;
use bytes::Bytes;
use flate2::read::DeflateDecoder;
use http::header::{ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, LOCATION, VARY};
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use std::io::{Cursor, Read as _};
use std::sync::OnceLock;
use utoipa_swagger_ui_vendored::SWAGGER_UI_VENDORED;
use zip::ZipArchive;
use zip::result::ZipError;

/// A file of the archive, still compressed (raw DEFLATE).
struct Packed {
    deflated: Bytes,
    gzipped: Bytes,
    size: usize,
}

/// The answer for what follows `/docs`; `None` when there is nothing.
#[must_use]
pub fn page(path: &str, headers: &HeaderMap) -> Option<Response<Bytes>> {
    static BUNDLE: OnceLock<Option<Packed>> = OnceLock::new();
    static STYLE: OnceLock<Option<Packed>> = OnceLock::new();
    const JS: &str = "text/javascript; charset=utf-8";
    const CSS: &str = "text/css; charset=utf-8";
    match path {
        "" => Some(own("text/html; charset=utf-8", include_bytes!("../../assets/docs.html"))),
        "/" => Some(moved("/docs")),
        "/docs.js" => Some(own(JS, include_bytes!("../../assets/docs.js"))),
        "/docs.css" => Some(own(CSS, include_bytes!("../../assets/docs.css"))),
        "/page.css" => Some(own(CSS, include_bytes!("../../assets/page.css"))),
        "/icon.svg" => Some(own("image/svg+xml", include_bytes!("../../assets/icon.svg"))),
        "/swagger-ui-bundle.js" => packed(&BUNDLE, "dist/swagger-ui-bundle.js", JS, headers),
        "/swagger-ui.css" => packed(&STYLE, "dist/swagger-ui.css", CSS, headers),
        _ => None,
    }
}

fn own(media_type: &'static str, body: &'static [u8]) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from_static(body));
    let out = response.headers_mut();
    out.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    out.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response.extensions_mut().insert(PageAsset);
    response
}

fn moved(to: &'static str) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = StatusCode::PERMANENT_REDIRECT;
    response.headers_mut().insert(LOCATION, HeaderValue::from_static(to));
    response
}

fn packed(
    cell: &'static OnceLock<Option<Packed>>,
    name: &str,
    media_type: &'static str,
    headers: &HeaderMap,
) -> Option<Response<Bytes>> {
    let file = cell.get_or_init(|| unpack(name).ok()).as_ref()?;
    let accepts_gzip = headers.get_all(ACCEPT_ENCODING).iter().any(|value| {
        value.to_str().is_ok_and(|text| text.split(',').any(|item| item.trim_ascii().eq_ignore_ascii_case("gzip")))
    });
    let mut response = own(media_type, b"");
    if accepts_gzip {
        response.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        *response.body_mut() = file.gzipped.clone();
    } else {
        let mut plain = Vec::with_capacity(file.size);
        DeflateDecoder::new(&*file.deflated).read_to_end(&mut plain).ok()?;
        *response.body_mut() = Bytes::from(plain);
    }
    let out = response.headers_mut();
    out.insert(VARY, HeaderValue::from_static("Accept-Encoding"));
    // The same for everybody until the binary changes.
    out.insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=3600"));
    Some(response)
}

/// Finds a file whose name ends with `/name` and wraps its DEFLATE bytes as gzip (RFC 1952).
fn unpack(name: &str) -> Result<Packed, ZipError> {
    let mut archive = ZipArchive::new(Cursor::new(SWAGGER_UI_VENDORED))?;
    let wanted = |full: &str| full.split_once('/').is_some_and(|(_, rest)| rest == name);
    let position = archive.file_names().position(wanted).ok_or(ZipError::FileNotFound)?;
    let mut file = archive.by_index_raw(position)?;
    let (crc, size) = (file.crc32(), file.size());
    let mut gzipped = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    let header = gzipped.len();
    file.read_to_end(&mut gzipped)?;
    let end = gzipped.len();
    gzipped.extend_from_slice(&crc.to_le_bytes());
    // The field is the size modulo 2^32.
    gzipped.extend_from_slice(&size.to_le_bytes()[..4]);
    let gzipped = Bytes::from(gzipped);
    Ok(Packed { deflated: gzipped.slice(header..end), gzipped, size: usize::try_from(size).unwrap_or(0) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::read::GzDecoder;

    fn get(path: &str, encoding: &'static str) -> Option<Response<Bytes>> {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static(encoding));
        page(path, &headers)
    }

    #[test]
    fn vendored_files_are_whole() {
        for path in ["/swagger-ui-bundle.js", "/swagger-ui.css"] {
            let zipped = get(path, "br, gzip").unwrap();
            assert_eq!(zipped.headers()[CONTENT_ENCODING], "gzip");
            let mut unzipped = Vec::new();
            // The decoder checks length and checksum of the trailer.
            GzDecoder::new(&**zipped.body()).read_to_end(&mut unzipped).unwrap();
            let plain = get(path, "identity").unwrap();
            assert!(!plain.headers().contains_key(CONTENT_ENCODING));
            assert!(unzipped == **plain.body() && unzipped.len() > 100_000, "{path}");
        }
    }

    #[test]
    fn every_asset_of_a_page_is_there() {
        let pages = [include_str!("../../assets/docs.html"), include_str!("../../assets/landing.html")];
        let mut found = 0;
        for text in pages {
            for part in text.split(['"']).filter(|part| part.starts_with("/docs")) {
                assert!(get(part.strip_prefix("/docs").unwrap(), "").is_some(), "{part}");
                found += 1;
            }
            for outside in ["http://", "https://", "//cdn", "style=", "onclick", "<style", "<script>"] {
                assert!(!text.contains(outside), "{outside} would break the content policy");
            }
        }
        assert!(found >= 6);
    }

    #[test]
    fn nothing_else() {
        for path in ["/../Cargo.toml", "/swagger-ui-bundle.js.map", "/x", "//", "/index.html", "/%2e%2e/x"] {
            assert!(get(path, "gzip").is_none(), "{path}");
        }
    }
}
