//! The API page at `/docs` and its assets. Swagger UI comes out of a vendored archive at build time and is in the binary: nothing is
//! downloaded, at build time or by the browser.

use crate::asset::{CSS, JS, gzipped, own};
use bytes::Bytes;
use http::header::LOCATION;
use http::{HeaderMap, HeaderValue, Response, StatusCode};

/// A file of Swagger UI, as the build script has left it.
macro_rules! swagger_ui {
    ($name:literal) => {
        include_bytes!(concat!(env!("OUT_DIR"), "/", $name, ".gz"))
    };
}

/// The answer for what follows `/docs`; `None` when there is nothing.
#[must_use]
pub fn page(path: &str, headers: &HeaderMap) -> Option<Response<Bytes>> {
    match path {
        "" => Some(own("text/html; charset=utf-8", include_bytes!("../../assets/docs.html"))),
        "/" => Some(moved("/docs")),
        "/docs.js" => Some(own(JS, include_bytes!("../../assets/docs.js"))),
        "/docs.css" => Some(own(CSS, include_bytes!("../../assets/docs.css"))),
        "/page.css" => Some(own(CSS, include_bytes!("../../assets/page.css"))),
        "/icon.svg" => Some(own("image/svg+xml", include_bytes!("../../assets/icon.svg"))),
        "/swagger-ui-bundle.js" => gzipped(JS, swagger_ui!("swagger-ui-bundle.js"), headers),
        "/swagger-ui.css" => gzipped(CSS, swagger_ui!("swagger-ui.css"), headers),
        _ => None,
    }
}

fn moved(to: &'static str) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = StatusCode::PERMANENT_REDIRECT;
    response.headers_mut().insert(LOCATION, HeaderValue::from_static(to));
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::read::GzDecoder;
    use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING};
    use std::io::Read as _;

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
