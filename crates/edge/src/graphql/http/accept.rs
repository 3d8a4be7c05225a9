//! `Accept`: which of GraphQL's media types an answer has. By quality; among equals the one that tells refusals apart.

use crate::fault::{Fault, GraphqlMedia, code};
use http::HeaderMap;
use http::header::ACCEPT;

/// What a client wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    /// `application/graphql-response+json`
    Response,
    /// `application/json`, or anything.
    Json,
    /// `text/html`: a person in a browser.
    Page,
}

impl Wanted {
    /// The media type of an answer.
    pub(super) fn media(self) -> GraphqlMedia {
        match self {
            Wanted::Response => GraphqlMedia::Response,
            Wanted::Json | Wanted::Page => GraphqlMedia::Json,
        }
    }
}

/// Chooses among what a client accepts; without `Accept` it is JSON.
pub(super) fn negotiate(headers: &HeaderMap) -> Result<Wanted, Fault> {
    let mut best: Option<(u16, u8, Wanted)> = None;
    let mut any = false;
    let lines: Vec<String> =
        headers.get_all(ACCEPT).iter().map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()).collect();
    for item in lines.iter().flat_map(|line| line.split(',')).map(str::trim).filter(|item| !item.is_empty()) {
        any = true;
        let mut parts = item.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default().to_ascii_lowercase();
        let (wanted, weight) = match name.as_str() {
            "application/graphql-response+json" => (Wanted::Response, 3),
            "application/json" => (Wanted::Json, 2),
            "text/html" | "application/xhtml+xml" => (Wanted::Page, 2),
            "*/*" | "application/*" => (Wanted::Json, 0),
            _ => continue,
        };
        let mut quality = 1000;
        let mut charset_fits = true;
        for (key, value) in parts.filter_map(|part| part.split_once('=')) {
            let value = value.trim().trim_matches('"');
            if key.trim().eq_ignore_ascii_case("q") {
                quality = thousandths(value);
            } else if key.trim().eq_ignore_ascii_case("charset") {
                charset_fits = value.eq_ignore_ascii_case("utf-8") || value.eq_ignore_ascii_case("utf8");
            }
        }
        if quality > 0 && charset_fits && best.is_none_or(|(of, by, _)| (quality, weight) > (of, by)) {
            best = Some((quality, weight, wanted));
        }
    }
    match best {
        Some((_, _, wanted)) => Ok(wanted),
        None if any => Err(unavailable(&lines.join(", "))),
        None => Ok(Wanted::Json),
    }
}

/// Nothing of what a client accepts can be had.
pub(super) fn unavailable(accepted: &str) -> Fault {
    Fault::new(code::MEDIA_TYPE, format!("None of these media types are available: {accepted}"))
}

/// A quality from 0 to 1; nonsense counts as 1.
fn thousandths(text: &str) -> u16 {
    let quality: f32 = text.parse().unwrap_or(1.0);
    if (0.0..=1.0).contains(&quality) { (quality * 1000.0).round() as u16 } else { 1000 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[track_caller]
    fn check(lines: &[&'static str], expected: Option<Wanted>) {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(ACCEPT, HeaderValue::from_static(line));
        }
        assert_eq!(negotiate(&headers).ok(), expected, "{lines:?}");
    }

    #[test]
    fn media_types() {
        check(&[], Some(Wanted::Json));
        check(&[""], Some(Wanted::Json));
        check(&["*/*"], Some(Wanted::Json));
        check(&["application/*"], Some(Wanted::Json));
        check(&["application/json"], Some(Wanted::Json));
        check(&["application/json; charset=utf-8"], Some(Wanted::Json));
        check(&["application/json; charset=iso-8859-1"], None);
        check(&["application/graphql-response+json"], Some(Wanted::Response));
        check(&["application/graphql-response+json; charset=UTF-8, application/json"], Some(Wanted::Response));
        check(&["application/json, application/graphql-response+json"], Some(Wanted::Response));
        check(&["application/json, application/graphql-response+json;q=0.9"], Some(Wanted::Json));
        check(&["application/json;q=0.4", "Application/GraphQL-Response+JSON;q=0.5"], Some(Wanted::Response));
        check(&["text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"], Some(Wanted::Page));
        check(&["application/json, text/html;q=0.5"], Some(Wanted::Json));
        check(&["text/event-stream"], None);
        check(&["application/json;q=0"], None);
        check(&["image/png, text/plain"], None);
    }
}
