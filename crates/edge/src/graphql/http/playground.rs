//! GraphiQL at `/graphql` for people in a browser, where the settings offer it. Its assets are in the binary, compressed once:
//! the page asks no other server for anything.

use crate::graphql::Graphql;
use crate::server::PageAsset;
use bytes::Bytes;
use flate2::read::GzDecoder;
use http::header::{ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, VARY};
use http::{HeaderMap, HeaderValue, Response};
use std::io::Read as _;

const JS: &str = "text/javascript; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";

/// The page, where it is offered.
pub(super) fn page(graphql: &Graphql) -> Option<Response<Bytes>> {
    let page = include_bytes!("../../../assets/graphiql/graphiql.html");
    graphql.settings().graphiql.then(|| own("text/html; charset=utf-8", page))
}

/// An asset of the page by what follows the mount point; `None` when there is no such, or the page is not offered.
pub(crate) fn asset(graphql: &Graphql, path: &str, headers: &HeaderMap) -> Option<Response<Bytes>> {
    if !graphql.settings().graphiql {
        return None;
    }
    match path {
        "/page.js" => Some(own(JS, include_bytes!("../../../assets/graphiql/page.js"))),
        "/page.css" => Some(own(CSS, include_bytes!("../../../assets/graphiql/page.css"))),
        "/graphiql.js" => gzipped(JS, include_bytes!("../../../assets/graphiql/graphiql.js.gz"), headers),
        "/graphiql.css" => gzipped(CSS, include_bytes!("../../../assets/graphiql/graphiql.css.gz"), headers),
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

fn gzipped(media_type: &'static str, body: &'static [u8], headers: &HeaderMap) -> Option<Response<Bytes>> {
    let accepts = headers.get_all(ACCEPT_ENCODING).iter().any(|value| {
        value.to_str().is_ok_and(|text| text.split(',').any(|item| item.trim_ascii().eq_ignore_ascii_case("gzip")))
    });
    let mut response = own(media_type, body);
    if accepts {
        response.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    } else {
        let mut plain = Vec::new();
        GzDecoder::new(body).read_to_end(&mut plain).ok()?;
        *response.body_mut() = Bytes::from(plain);
    }
    let out = response.headers_mut();
    out.insert(VARY, HeaderValue::from_static("Accept-Encoding"));
    // The same for everybody until the binary changes.
    out.insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=3600"));
    Some(response)
}
