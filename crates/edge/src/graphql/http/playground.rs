//! GraphiQL at `/graphql` for people in a browser, where the settings offer it. Its assets are in the binary, compressed once:
//! the page asks no other server for anything.

use crate::asset::{CSS, JS, gzipped, own};
use crate::graphql::Graphql;
use bytes::Bytes;
use http::{HeaderMap, Response};

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
