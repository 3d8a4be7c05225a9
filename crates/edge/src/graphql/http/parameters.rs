//! The parameters of a request, from its body or its query string. In: bytes. Out: [`Asked`], or one sentence about what is wrong.

use crate::fault::{Fault, code};
use crate::graphql::execute::Asked;
use crate::graphql::persisted::PersistedQuery;
use http::HeaderMap;
use http::header::CONTENT_TYPE;
use serde::Deserialize;
use serde_json::value::RawValue;
use url::form_urlencoded;

/// What a body holds.
#[derive(Debug)]
pub(super) enum Body {
    /// One request.
    One(Asked),
    /// Several, each by itself.
    Batch(Vec<Result<Asked, String>>),
}

/// Refuses what is not JSON: a page of another site can send other types without asking.
pub(super) fn content_type(headers: &HeaderMap) -> Result<(), Fault> {
    let text = headers.get(CONTENT_TYPE).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    let Some(text) = text else {
        return Err(refused("The request has no Content-Type"));
    };
    let mut parts = text.split(';').map(str::trim);
    let name = parts.next().unwrap_or_default();
    let charset =
        parts.filter_map(|part| part.split_once('=')).find(|(key, _)| key.trim().eq_ignore_ascii_case("charset"));
    let is_utf8 = charset.is_none_or(|(_, value)| {
        let value = value.trim().trim_matches('"');
        value.eq_ignore_ascii_case("utf-8") || value.eq_ignore_ascii_case("utf8")
    });
    if name.eq_ignore_ascii_case("application/json") && is_utf8 {
        Ok(())
    } else {
        Err(refused(&format!("Content-Type not acceptable: {text}")))
    }
}

fn refused(message: &str) -> Fault {
    Fault::new(code::CONTENT_TYPE, message).hint(Some("Send JSON as application/json.".to_owned()))
}

/// Members as they stand: other members are of no meaning here.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Members<'b> {
    #[serde(borrow, default)]
    query: Option<&'b RawValue>,
    #[serde(borrow, default)]
    operation_name: Option<&'b RawValue>,
    #[serde(borrow, default)]
    variables: Option<&'b RawValue>,
    #[serde(borrow, default)]
    extensions: Option<&'b RawValue>,
}

/// The requests of a body.
pub(super) fn of_body(body: &[u8]) -> Result<Body, String> {
    let text = std::str::from_utf8(body).map_err(|_| "The body is not UTF-8".to_owned())?;
    match text.trim_ascii_start().as_bytes().first() {
        None => Err("The request has no body".to_owned()),
        Some(b'[') => {
            let items: Vec<&RawValue> = serde_json::from_str(text).map_err(not_json)?;
            if items.is_empty() {
                return Err("The batch holds no request".to_owned());
            }
            Ok(Body::Batch(items.iter().map(|item| of_object(item.get())).collect()))
        }
        Some(_) => of_object(text).map(Body::One),
    }
}

fn not_json(error: serde_json::Error) -> String {
    format!("The body is not JSON: line {}, column {}", error.line(), error.column())
}

fn of_object(text: &str) -> Result<Asked, String> {
    if !text.trim_ascii_start().starts_with('{') {
        let any: Result<&RawValue, _> = serde_json::from_str(text);
        return Err(any.map_or_else(not_json, |_| "A request must be an object".to_owned()));
    }
    let members: Members<'_> = serde_json::from_str(text).map_err(not_json)?;
    Ok(Asked {
        query: string("query", members.query)?,
        operation_name: string("operationName", members.operation_name)?,
        variables: object("variables", members.variables)?,
        persisted: persisted(object("extensions", members.extensions)?.as_deref())?,
    })
}

/// The request of a query string.
pub(super) fn of_query(query: &str) -> Result<Asked, String> {
    let (mut asked, mut variables, mut extensions) = (Asked::default(), None, None);
    let raw = |name: &str, text: &str| {
        RawValue::from_string(text.to_owned()).map(Some).map_err(|_| format!("`{name}` is not JSON"))
    };
    for (key, value) in form_urlencoded::parse(query.as_bytes()) {
        match &*key {
            "query" => asked.query = Some(value.into_owned()),
            "operationName" if !value.is_empty() => asked.operation_name = Some(value.into_owned()),
            "variables" if !value.is_empty() => variables = raw("variables", &value)?,
            "extensions" if !value.is_empty() => extensions = raw("extensions", &value)?,
            _ => {}
        }
    }
    asked.variables = object("variables", variables.as_deref())?;
    asked.persisted = persisted(object("extensions", extensions.as_deref())?.as_deref())?;
    Ok(asked)
}

fn string(name: &str, value: Option<&RawValue>) -> Result<Option<String>, String> {
    match value.map(RawValue::get) {
        None | Some("null") => Ok(None),
        Some(text) => serde_json::from_str(text).map(Some).map_err(|_| format!("`{name}` must be a string")),
    }
}

/// JSON text of an object; what is in it is read later, if at all.
fn object(name: &str, value: Option<&RawValue>) -> Result<Option<Box<RawValue>>, String> {
    match value.map(|value| (value, value.get().trim_ascii())) {
        None | Some((_, "null")) => Ok(None),
        Some((value, text)) if text.starts_with('{') => Ok(Some(value.to_owned())),
        Some(_) => Err(format!("`{name}` must be an object")),
    }
}

fn persisted(extensions: Option<&RawValue>) -> Result<Option<PersistedQuery>, String> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Extensions {
        #[serde(default)]
        persisted_query: Option<PersistedQuery>,
    }
    let Some(text) = extensions else { return Ok(None) };
    let read: Result<Extensions, _> = serde_json::from_str(text.get());
    read.map(|read| read.persisted_query).map_err(|_| "`extensions.persistedQuery` is malformed".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn shown(asked: &Asked) -> String {
        let variables = asked.variables.as_ref().map_or("", |text| text.get());
        let name = asked.operation_name.as_deref().unwrap_or("");
        format!("{}|{name}|{variables}|{}", asked.query.as_deref().unwrap_or(""), asked.persisted.is_some())
    }

    #[track_caller]
    fn body(text: &str, expected: Result<&str, &str>) {
        let found = match of_body(text.as_bytes()) {
            Ok(Body::One(asked)) => Ok(shown(&asked)),
            Ok(Body::Batch(batch)) => {
                let items: Vec<String> =
                    batch.iter().map(|item| item.as_ref().map_or_else(|error| error.clone(), shown)).collect();
                Ok(items.join(" & "))
            }
            Err(message) => Err(message),
        };
        assert_eq!(found, expected.map(str::to_owned).map_err(str::to_owned), "{text}");
    }

    #[test]
    fn bodies() {
        body(r#"{"query":"{a}"}"#, Ok("{a}|||false"));
        body(r#" {"query":"\u007ba}","operationName":"A","variables":{"b":1},"x":[]}"#, Ok(r#"{a}|A|{"b":1}|false"#));
        body(r#"{"query":null,"operationName":null,"variables":null,"extensions":null}"#, Ok("|||false"));
        body(r#"{"extensions":{"persistedQuery":{"version":1,"sha256Hash":"x"}}}"#, Ok("|||true"));
        body(r#"{"extensions":{"other":1}}"#, Ok("|||false"));
        body(
            r#"[{"query":"{a}"},{"query":1},2]"#,
            Ok("{a}|||false & `query` must be a string & A request must be an object"),
        );
        body("", Err("The request has no body"));
        body("[]", Err("The batch holds no request"));
        body("{", Err("The body is not JSON: line 1, column 1"));
        body("\"{a}\"", Err("A request must be an object"));
        body(r#"{"query":{}}"#, Err("`query` must be a string"));
        body(r#"{"query":["a"]}"#, Err("`query` must be a string"));
        body(r#"{"operationName":1}"#, Err("`operationName` must be a string"));
        body(r#"{"variables":"{}"}"#, Err("`variables` must be an object"));
        body(r#"{"variables":[]}"#, Err("`variables` must be an object"));
        body(r#"{"extensions":7}"#, Err("`extensions` must be an object"));
        body(r#"{"extensions":{"persistedQuery":{"version":"1"}}}"#, Err("`extensions.persistedQuery` is malformed"));
        body(r#"{"query":"{a}","query":"{b}"}"#, Err("The body is not JSON: line 1, column 22"));
    }

    #[test]
    fn query_strings() {
        for (text, expected) in [
            ("query=%7Ba%7D", Ok("{a}|||false")),
            ("query=%7B+a+%7D&operationName=A&variables=%7B%22b%22%3A1%7D", Ok(r#"{ a }|A|{"b":1}|false"#)),
            ("query=a&variables=&operationName=", Ok("a|||false")),
            ("", Ok("|||false")),
            ("query=a&variables=1", Err("`variables` must be an object")),
            ("query=a&variables=%7B", Err("`variables` is not JSON")),
            ("query=a&extensions=null", Ok("a|||false")),
        ] {
            let found = of_query(text).map(|asked| shown(&asked));
            assert_eq!(found, expected.map(str::to_owned).map_err(str::to_owned), "{text}");
        }
    }

    #[test]
    fn content_types() {
        for (text, fits) in [
            (Some("application/json"), true),
            (Some("Application/JSON; charset=utf-8"), true),
            (Some("application/json; charset=\"UTF-8\""), true),
            (Some("application/json; charset=utf-16"), false),
            (Some("text/plain"), false),
            (Some("application/x-www-form-urlencoded"), false),
            (Some("multipart/form-data; boundary=x"), false),
            (Some("application/graphql"), false),
            (None, false),
        ] {
            let mut headers = HeaderMap::new();
            if let Some(text) = text {
                headers.insert(CONTENT_TYPE, HeaderValue::from_static(text));
            }
            assert_eq!(content_type(&headers).is_ok(), fits, "{text:?}");
        }
    }
}
