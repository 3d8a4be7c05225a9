//! Sessions that a browser keeps in cookies, out of reach of scripts. In: headers of a request, sessions that begin. Out: the token of a
//! cookie, whether a write with it may be another site's doing, cookies to set. Off the same origin only listed origins get any.

use crate::app::Cookies;
use backstay_auth::Auth;
use backstay_auth::cookie_mode::CookieMode;
use backstay_auth::refusal::{AuthError, Code};
use backstay_auth::session::Session;
use http::header::{COOKIE, HeaderName, HeaderValue, ORIGIN, REFERER, SET_COOKIE};
use http::{HeaderMap, Method};
use serde_json::{Value, json};
use std::time::Duration;
use url::{Host, Url};
use uuid::Uuid;

/// What stands in a body in the place of a refresh token that a cookie holds.
pub(crate) const SENTINEL: &str = "cookie";

/// Repeats the value of the cookie against forged requests; on answers, tells it to pages of other hosts, which cannot read the cookie.
pub(crate) const CSRF_HEADER: HeaderName = HeaderName::from_static("x-csrf-token");

const USE_COOKIE: HeaderName = HeaderName::from_static("x-use-cookie");
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Life of the access token that scripts get with `auth.cookies.strict`.
const STRICT_LIFE: Duration = Duration::from_secs(60);

/// Longest life of a cookie that browsers keep, seconds.
const LIFE_MAX_S: i64 = 400 * 24 * 3_600;

/// Names of the cookies. The prefixes make browsers refuse what another host or an unencrypted answer sets.
#[derive(Debug)]
struct Names {
    access: &'static str,
    refresh: &'static str,
    csrf: &'static str,
    secure: &'static str,
}

const ENCRYPTED: Names =
    Names { access: "__Host-bs-at", refresh: "__Secure-bs-rt", csrf: "__Host-bs-csrf", secure: "; Secure" };

/// For development on one's own machine, which has no certificate.
const LOOPBACK: Names = Names { access: "bs-at", refresh: "bs-rt", csrf: "bs-csrf", secure: "" };

/// The rules of cookies of a server.
#[derive(Debug)]
pub(crate) struct CookieSessions {
    config: Cookies,
    /// The server's own origin.
    own: String,
    names: &'static Names,
}

impl CookieSessions {
    /// Of a server that is reached under `external_url`.
    pub(crate) fn new(config: &Cookies, external_url: &str) -> Self {
        let url = Url::parse(external_url).ok();
        let names = if url.as_ref().is_some_and(is_plain_loopback) { &LOOPBACK } else { &ENCRYPTED };
        let own = url.map(|url| url.origin().ascii_serialization()).unwrap_or_default();
        let origins = config.origins.iter().map(|origin| origin.trim_end_matches('/').to_owned()).collect();
        Self { config: Cookies { origins, ..config.clone() }, own, names }
    }

    /// The access token of a request's cookie.
    pub(crate) fn access<'h>(&self, headers: &'h HeaderMap) -> Option<&'h str> {
        cookie(headers, self.names.access)
    }

    /// The refresh token of a request's cookie.
    pub(crate) fn refresh<'h>(&self, headers: &'h HeaderMap) -> Option<&'h str> {
        cookie(headers, self.names.refresh)
    }

    /// The value against forged requests in a request's cookie.
    pub(crate) fn csrf<'h>(&self, headers: &'h HeaderMap) -> Option<&'h str> {
        cookie(headers, self.names.csrf)
    }

    /// How a request wants its session kept.
    ///
    /// # Errors
    /// `validation_failed` for an unknown way, `csrf_failed` for a page that is not allowed cookies.
    pub(crate) fn wanted(&self, headers: &HeaderMap) -> Result<Option<CookieMode>, AuthError> {
        let Some(asked) = headers.get(USE_COOKIE) else {
            let listed = origin(headers).is_some_and(|origin| self.is_listed(&origin));
            return Ok((self.config.default && listed).then_some(CookieMode::Persistent));
        };
        let mode = asked.to_str().ok().and_then(CookieMode::parse).ok_or_else(|| {
            AuthError::refused(Code::ValidationFailed, "X-Use-Cookie must be `session` or `persistent`")
        })?;
        match origin(headers) {
            Some(origin) if !self.is_allowed(&origin) => Err(AuthError::refused(
                Code::CsrfFailed,
                "This origin gets no cookies: list it in auth.cookies.origins",
            )),
            Some(_) | None => Ok(Some(mode)),
        }
    }

    /// Why a request that a cookie authenticates may come from a page of somebody else; `None` when it does not.
    pub(crate) fn stranger(&self, headers: &HeaderMap) -> Option<&'static str> {
        let Some(origin) = origin(headers) else { return Some("it has neither Origin nor Referer") };
        if !self.is_allowed(&origin) {
            return Some("its Origin is not allowed; see auth.cookies.origins");
        }
        let site = headers.get(FETCH_SITE).map(HeaderValue::as_bytes);
        let is_near = matches!(site, None | Some(b"same-origin" | b"same-site" | b"none"));
        (!is_near && !self.is_listed(&origin)).then_some("it comes from another site")
    }

    /// Why a write with the cookie of a session is refused; `None` when it is not.
    pub(crate) fn forged(&self, auth: &Auth, session_id: Option<Uuid>, headers: &HeaderMap) -> Option<&'static str> {
        if let Some(reason) = self.stranger(headers) {
            return Some(reason);
        }
        let Some(header) = headers.get(CSRF_HEADER).and_then(|value| value.to_str().ok()) else {
            return Some("the header X-CSRF-Token is missing");
        };
        let holds = session_id.zip(self.csrf(headers)).is_some_and(|(id, cookie)| auth.csrf_holds(id, cookie, header));
        (!holds).then_some("X-CSRF-Token is not the value of the session's cookie")
    }

    /// Puts a session into cookies. In: the body it would be told in. Out: the body that scripts may see.
    ///
    /// # Errors
    /// The short token cannot be signed.
    pub(crate) fn keep(
        &self,
        auth: &Auth,
        (session, mode): (&Session, CookieMode),
        mut form: Value,
        out: &mut HeaderMap,
    ) -> Result<Value, AuthError> {
        let life = match mode {
            CookieMode::Session => None,
            CookieMode::Persistent => Some(session.kept.ends_in_s.clamp(0, LIFE_MAX_S)),
        };
        let csrf = auth.csrf_value(session.id);
        let names = self.names;
        self.set(
            out,
            (names.access, &session.access_token),
            "Path=/; HttpOnly; SameSite=Lax",
            Some(session.expires_in),
        );
        let place = "Path=/auth/v1; HttpOnly; SameSite=Strict";
        self.set(out, (names.refresh, &session.refresh_token), place, life);
        self.set(out, (names.csrf, &csrf), "Path=/; SameSite=Lax", life);
        if let Ok(value) = HeaderValue::try_from(csrf) {
            out.insert(CSRF_HEADER, value);
        }
        form["refresh_token"] = json!(SENTINEL);
        if self.config.strict {
            let short = auth.shortened(session, STRICT_LIFE)?;
            form["access_token"] = json!(short.access_token);
            form["expires_in"] = json!(short.expires_in);
            form["expires_at"] = json!(short.expires_at);
        }
        Ok(form)
    }

    /// Removes the cookies of a session from a browser.
    pub(crate) fn clear(&self, out: &mut HeaderMap) {
        self.set(out, (self.names.access, ""), "Path=/; HttpOnly; SameSite=Lax", Some(0));
        self.set(out, (self.names.refresh, ""), "Path=/auth/v1; HttpOnly; SameSite=Strict", Some(0));
        self.set(out, (self.names.csrf, ""), "Path=/; SameSite=Lax", Some(0));
    }

    fn set(&self, out: &mut HeaderMap, (name, value): (&str, &str), place: &str, life_s: Option<i64>) {
        let life = life_s.map(|life_s| format!("; Max-Age={life_s}")).unwrap_or_default();
        // Tokens are base64url with dots: they fit into a header as they are.
        if let Ok(cookie) = HeaderValue::try_from(format!("{name}={value}; {place}{}{life}", self.names.secure)) {
            out.append(SET_COOKIE, cookie);
        }
    }

    fn is_listed(&self, origin: &str) -> bool {
        self.config.origins.iter().any(|listed| listed == origin)
    }

    fn is_allowed(&self, origin: &str) -> bool {
        origin == self.own || self.is_listed(origin)
    }
}

/// Whether a method only reads, so that a request which another site causes changes nothing.
pub(crate) fn is_safe(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

/// The origin of the page that a request comes from; `None` when the request does not say.
fn origin(headers: &HeaderMap) -> Option<String> {
    let mut said = headers.get_all(ORIGIN).iter();
    match (said.next(), said.next()) {
        (Some(origin), None) => Some(String::from_utf8_lossy(origin.as_bytes()).into_owned()),
        // Two of them are nobody's.
        (Some(_), Some(_)) => Some(String::new()),
        (None, _) => {
            let referer = headers.get(REFERER)?.to_str().ok()?;
            Some(Url::parse(referer).map(|url| url.origin().ascii_serialization()).unwrap_or_default())
        }
    }
}

/// The value of a cookie; the first one counts, and an empty one is none.
fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let texts = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = texts.flat_map(|text| text.split(';')).filter_map(|pair| pair.trim_ascii().split_once('='));
    pairs.find(|(found, _)| *found == name).map(|(_, value)| value).filter(|value| !value.is_empty())
}

fn is_plain_loopback(url: &Url) -> bool {
    let is_loopback = match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    };
    url.scheme() == "http" && is_loopback
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, HeaderValue::from_str(value).unwrap());
        }
        headers
    }

    fn sessions(external_url: &str) -> CookieSessions {
        let origins = vec!["https://app.example.org".to_owned(), "https://other.example/".to_owned()];
        CookieSessions::new(&Cookies { origins, default: true, strict: false }, external_url)
    }

    #[test]
    fn cookies_are_found_by_their_whole_name() {
        let check = |lines: &[&str], expected: Option<&str>| {
            let lines: Vec<_> = lines.iter().map(|line| ("cookie", *line)).collect();
            assert_eq!(sessions("https://api.example.org").access(&headers(&lines)), expected, "{lines:?}");
        };
        check(&["__Host-bs-at=a.b.c"], Some("a.b.c"));
        check(&["x=1; __Host-bs-at=a.b.c;y=2"], Some("a.b.c"));
        check(&["x=1", "__Host-bs-at=a"], Some("a"));
        check(&["x__Host-bs-at=a", "bs-at=b", "__host-bs-at=c"], None);
        check(&["__Host-bs-at="], None);
        check(&["__Host-bs-at"], None);
        check(&[], None);
    }

    #[test]
    fn prefixes_are_dropped_on_plain_loopback_only() {
        for (url, is_loopback) in [
            ("http://127.0.0.1:8000", true),
            ("http://localhost:8000", true),
            ("http://[::1]:8000", true),
            ("https://localhost", false),
            ("http://api.example.org", false),
            ("http://127.0.0.1.example.org", false),
            ("", false),
        ] {
            assert_eq!(sessions(url).names.secure.is_empty(), is_loopback, "{url}");
        }
    }

    #[test]
    fn strangers() {
        #[track_caller]
        fn check(lines: &[(&'static str, &str)], is_refused: bool) {
            assert_eq!(sessions("https://api.example.org").stranger(&headers(lines)).is_some(), is_refused);
        }
        check(&[], true);
        check(&[("origin", "https://app.example.org")], false);
        check(&[("origin", "https://api.example.org")], false);
        check(&[("origin", "https://other.example"), ("sec-fetch-site", "cross-site")], false);
        check(&[("origin", "https://api.example.org"), ("sec-fetch-site", "cross-site")], true);
        check(&[("origin", "https://api.example.org"), ("sec-fetch-site", "same-origin")], false);
        check(&[("origin", "https://evil.example")], true);
        check(&[("origin", "https://app.example.org.evil.example")], true);
        check(&[("origin", "http://app.example.org")], true);
        check(&[("origin", "null")], true);
        check(&[("origin", "https://app.example.org"), ("origin", "https://evil.example")], true);
        check(&[("origin", "null"), ("referer", "https://app.example.org/")], true);
        check(&[("referer", "https://app.example.org/page?x")], false);
        check(&[("referer", "https://evil.example/https://app.example.org/")], true);
        check(&[("referer", "app.example.org")], true);
    }

    #[test]
    fn wanted() {
        #[track_caller]
        fn check(lines: &[(&'static str, &str)], expected: Result<Option<CookieMode>, Code>) {
            let found = sessions("https://api.example.org").wanted(&headers(lines)).map_err(|error| {
                let AuthError::Refused(refusal) = error else { panic!("{error}") };
                refusal.code
            });
            assert_eq!(found, expected);
        }
        check(&[], Ok(None));
        check(&[("x-use-cookie", "session")], Ok(Some(CookieMode::Session)));
        check(
            &[("x-use-cookie", "persistent"), ("origin", "https://api.example.org")],
            Ok(Some(CookieMode::Persistent)),
        );
        check(&[("x-use-cookie", "persistent"), ("origin", "https://evil.example")], Err(Code::CsrfFailed));
        check(&[("x-use-cookie", "yes")], Err(Code::ValidationFailed));
        check(&[("origin", "https://app.example.org")], Ok(Some(CookieMode::Persistent)));
        check(&[("origin", "https://evil.example")], Ok(None));
    }
}
