//! Which part of the server a path belongs to. In: the path as sent. Out: a [`Route`]. One match, whatever the schema.

use crate::metrics::RouteClass;

/// Prefix of the REST API.
pub(crate) const REST: &str = "/rest/v1";

/// Prefix of sign-in.
const AUTH: &str = "/auth/v1";

/// Prefixes of GraphQL.
const GRAPHQL: [&str; 2] = ["/graphql", "/v1/graphql"];

/// Where a request goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Route<'p> {
    /// The REST API; what follows its prefix.
    Rest(&'p str),
    /// GraphQL; what follows its prefix.
    Graphql(&'p str),
    /// Sign-in; what follows its prefix.
    Auth(&'p str),
    /// The process lives.
    Live,
    /// The process takes requests.
    Ready,
    /// Meters.
    Metrics,
    /// The OpenAPI document.
    OpenApi,
    /// API pages; what follows `/docs`.
    Docs(&'p str),
    /// The landing page.
    Home,
    /// Nothing.
    Unknown,
}

impl<'p> Route<'p> {
    /// Finds the part of the server that a path belongs to. `alias` is a second prefix of the REST API.
    pub(crate) fn of(path: &'p str, alias: Option<&str>) -> Self {
        if let Some(rest) = below(path, REST) {
            return Route::Rest(rest);
        }
        if let Some(rest) = below(path, AUTH) {
            return Route::Auth(rest);
        }
        if let Some(rest) = GRAPHQL.iter().find_map(|prefix| below(path, prefix)) {
            return Route::Graphql(rest);
        }
        match path {
            "/" => return Route::Home,
            "/health/live" => return Route::Live,
            "/health/ready" => return Route::Ready,
            "/metrics" => return Route::Metrics,
            "/openapi.json" => return Route::OpenApi,
            _ => {}
        }
        if let Some(rest) = below(path, "/docs") {
            return Route::Docs(rest);
        }
        match alias.and_then(|alias| below(path, alias.trim_end_matches('/'))) {
            Some(rest) => Route::Rest(rest),
            None => Route::Unknown,
        }
    }

    /// Whether the route is for those who watch over the server, who must see most when there is no time for others.
    pub(crate) fn is_watch(self) -> bool {
        matches!(self, Route::Live | Route::Ready | Route::Metrics)
    }

    /// Label of the route.
    pub(crate) fn class(self) -> RouteClass {
        match self {
            Route::Rest(path) if path.starts_with("/rpc/") => RouteClass::Rpc,
            Route::Rest(_) => RouteClass::Rest,
            Route::Auth(_) => RouteClass::Auth,
            Route::Graphql(_) => RouteClass::Graphql,
            Route::Live | Route::Ready => RouteClass::Health,
            Route::Metrics => RouteClass::Metrics,
            Route::OpenApi => RouteClass::OpenApi,
            Route::Docs(_) => RouteClass::Docs,
            Route::Home => RouteClass::Home,
            Route::Unknown => RouteClass::Unknown,
        }
    }
}

/// What follows a prefix that ends at a segment's end.
fn below<'p>(path: &'p str, prefix: &str) -> Option<&'p str> {
    path.strip_prefix(prefix).filter(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(path: &str, alias: Option<&str>, expected: Route<'_>) {
        assert_eq!(Route::of(path, alias), expected);
    }

    #[test]
    fn routes() {
        check("/", None, Route::Home);
        check("/rest/v1", None, Route::Rest(""));
        check("/rest/v1/", None, Route::Rest("/"));
        check("/rest/v1/todos", None, Route::Rest("/todos"));
        check("/rest/v1/rpc/f", None, Route::Rest("/rpc/f"));
        check("/rest/v1/a/b", None, Route::Rest("/a/b"));
        check("/rest/v12", None, Route::Unknown);
        check("/rest", None, Route::Unknown);
        check("/REST/v1/todos", None, Route::Unknown);
        check("//rest/v1/todos", None, Route::Unknown);
        check("/docs", None, Route::Docs(""));
        check("/docs/x.js", None, Route::Docs("/x.js"));
        check("/docsx", None, Route::Unknown);
        check("/auth/v1/signup", None, Route::Auth("/signup"));
        check("/auth/v1/.well-known/jwks.json", None, Route::Auth("/.well-known/jwks.json"));
        check("/auth/v2/signup", None, Route::Unknown);
        check("/graphql", None, Route::Graphql(""));
        check("/v1/graphql", None, Route::Graphql(""));
        check("/graphql/schema.graphql", None, Route::Graphql("/schema.graphql"));
        check("/graphqlx", None, Route::Unknown);
        check("/health/live", None, Route::Live);
        check("/health/ready", None, Route::Ready);
        check("/health/live/", None, Route::Unknown);
        check("/metrics", None, Route::Metrics);
        check("/openapi.json", None, Route::OpenApi);
        check("/todos", None, Route::Unknown);
        check("/todos", Some(""), Route::Rest("/todos"));
        check("/todos", Some("/"), Route::Rest("/todos"));
        check("/api/todos", Some("/api"), Route::Rest("/todos"));
        check("/apis", Some("/api"), Route::Unknown);
        check("/metrics", Some(""), Route::Metrics);
        check("*", None, Route::Unknown);
        check("", None, Route::Unknown);
    }

    #[test]
    fn classes() {
        assert_eq!(Route::of("/rest/v1/rpc/f", None).class(), RouteClass::Rpc);
        assert_eq!(Route::of("/rest/v1/rpc", None).class(), RouteClass::Rest);
    }
}
