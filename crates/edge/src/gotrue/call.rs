//! One request to sign-in, as its endpoint reads it. In: an HTTP request whose body is read. Out: typed bodies, query keys, the bearer.
//! Which endpoint it is for is `gotrue.rs`'s business.

use crate::app::App;
use backstay_auth::Auth;
use backstay_auth::asker::Asker;
use backstay_auth::refusal::{AuthError, Code};
use bytes::Bytes;
use http::request::Parts;
use percent_encoding::percent_decode_str;
use serde::de::DeserializeOwned;
use std::borrow::Cow;

/// One request.
pub(crate) struct Call<'a> {
    /// The server.
    pub(crate) app: &'a App,
    /// Sign-in.
    pub(crate) auth: &'a Auth,
    /// Method, path, headers.
    pub(crate) parts: &'a Parts,
    /// The body.
    pub(crate) body: Bytes,
    /// Where it comes from.
    pub(crate) asker: Asker,
    /// Whether it is the operator's own, from the command line.
    pub(crate) is_operator: bool,
}

impl Call<'_> {
    /// The body as JSON; an empty body is an empty object. Members that nobody asks for are ignored.
    ///
    /// # Errors
    /// `bad_json` with the place of the mistake, never its text.
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T, AuthError> {
        let body = if self.body.trim_ascii().is_empty() { b"{}" } else { &*self.body };
        serde_json::from_slice(body).map_err(|error| {
            let (line, column) = (error.line(), error.column());
            let what = if error.is_data() { "a member has the wrong type" } else { "it is not JSON" };
            let message = format!("Could not parse request body as JSON: {what} (line {line}, column {column})");
            AuthError::refused(Code::BadJson, message)
        })
    }

    /// The value of a query key; the first one counts, and an empty one is none.
    pub(crate) fn query(&self, key: &str) -> Option<String> {
        query(self.parts.uri.query().unwrap_or_default(), key)
    }

    /// Every pair of the query, form-decoded.
    pub(crate) fn pairs(&self) -> Vec<(String, String)> {
        let text = self.parts.uri.query().unwrap_or_default();
        let pairs = text.split('&').filter_map(|pair| pair.split_once('='));
        pairs.map(|(name, value)| (decoded(name).into_owned(), decoded(value).into_owned())).collect()
    }

    /// Where the client wants to be led: query, header, then the page it comes from. Nothing of it is trusted yet.
    pub(crate) fn redirect_to(&self) -> Option<String> {
        let header = |name: &str| self.parts.headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        self.query("redirect_to").or_else(|| header("redirect_to")).or_else(|| header("referer"))
    }
}

/// The first value of a key in a query string, form-decoded; an empty one is none.
pub(crate) fn query(text: &str, key: &str) -> Option<String> {
    text.split('&').find_map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decoded(name) == key).then(|| decoded(value).into_owned()).filter(|value| !value.is_empty())
    })
}

fn decoded(text: &str) -> Cow<'_, str> {
    if text.contains('+') {
        let spaced = text.replace('+', " ");
        return Cow::Owned(percent_decode_str(&spaced).decode_utf8_lossy().into_owned());
    }
    percent_decode_str(text).decode_utf8_lossy()
}

#[cfg(test)]
mod tests {
    use super::query;

    #[track_caller]
    fn check(text: &str, key: &str, expected: Option<&str>) {
        assert_eq!(query(text, key).as_deref(), expected);
    }

    #[test]
    fn queries() {
        check("a=1&b=2", "b", Some("2"));
        check("a=1&a=2", "a", Some("1"));
        check("a=", "a", None);
        check("a", "a", None);
        check("", "a", None);
        check("redirect_to=http%3A%2F%2Fx%2F%3Fy%3D1%26z", "redirect_to", Some("http://x/?y=1&z"));
        check("a=b+c%2B", "a", Some("b c+"));
        check("%61=1", "a", Some("1"));
        check("a=%FF%zz", "a", Some("\u{fffd}%zz"));
    }
}
