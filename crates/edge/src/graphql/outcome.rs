//! What becomes of one request: data and errors, or the stage that refused it. Statuses are `fault`'s.

use super::error::GraphqlError;
use super::front::Constants;
pub(crate) use crate::fault::Stage;
use backstay_engine::rate::Allowance;
use backstay_schema::model::CachePolicy;
use bytes::{BufMut as _, Bytes, BytesMut};

/// A request that was refused before it ran.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Refused {
    /// Where.
    pub(crate) stage: Stage,
    /// Why; never empty.
    pub(crate) errors: Vec<GraphqlError>,
}

impl Refused {
    pub(crate) fn new(stage: Stage, errors: Vec<GraphqlError>) -> Self {
        Self { stage, errors }
    }

    pub(crate) fn of(stage: Stage, error: GraphqlError) -> Self {
        Self { stage, errors: vec![error] }
    }
}

/// What becomes of one request.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// Where it was refused; `None` when it ran.
    pub(crate) refused: Option<Stage>,
    /// JSON of `data`; `None` is null when the request ran.
    pub(crate) data: Option<Bytes>,
    /// What went wrong.
    pub(crate) errors: Vec<GraphqlError>,
    /// What is left of the rate limits.
    pub(crate) allowances: Vec<Allowance>,
    /// For how long the answer may be kept.
    pub(crate) cache: Option<CachePolicy>,
    /// The answer as it is kept, when `data` is all of it and known without the database.
    pub(crate) whole: Option<Constants>,
}

impl From<Refused> for Outcome {
    fn from(Refused { stage, errors }: Refused) -> Self {
        Self { refused: Some(stage), errors, ..Self::default() }
    }
}

impl Outcome {
    /// The answer as it is kept, when it is all that there is to say.
    pub(crate) fn whole(&self) -> Option<&Constants> {
        self.whole.as_ref().filter(|_| self.data.is_some() && self.errors.is_empty() && self.refused.is_none())
    }

    /// The answer as JSON. A request that was refused has no `data`.
    pub(crate) fn body(&self) -> Bytes {
        if let Some(whole) = self.whole() {
            return whole.body.clone();
        }
        let errors: Vec<String> = self.errors.iter().map(|error| error.to_json().to_string()).collect();
        let data: &[u8] = self.data.as_deref().unwrap_or(b"null");
        let mut body = BytesMut::with_capacity(data.len() + errors.iter().map(String::len).sum::<usize>() + 32);
        body.put_u8(b'{');
        if !errors.is_empty() {
            body.put_slice(b"\"errors\":[");
            body.put_slice(errors.join(",").as_bytes());
            body.put_u8(b']');
        }
        if self.refused.is_none() {
            if !errors.is_empty() {
                body.put_u8(b',');
            }
            body.put_slice(b"\"data\":");
            body.put_slice(data);
        }
        body.put_u8(b'}');
        body.freeze()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies() {
        let error = || GraphqlError::new("bad-request", "no");
        let shown = r#"{"message":"no","extensions":{"code":"bad-request"}}"#;
        let data = Some(Bytes::from_static(b"{\"a\":1}"));
        for (outcome, body) in [
            (Outcome { data: data.clone(), ..Outcome::default() }, r#"{"data":{"a":1}}"#.to_owned()),
            (
                Outcome { data, errors: vec![error()], ..Outcome::default() },
                format!(r#"{{"errors":[{shown}],"data":{{"a":1}}}}"#),
            ),
            (
                Outcome { errors: vec![error(), error()], ..Outcome::default() },
                format!(r#"{{"errors":[{shown},{shown}],"data":null}}"#),
            ),
            (Refused::of(Stage::Validation, error()).into(), format!(r#"{{"errors":[{shown}]}}"#)),
        ] {
            assert_eq!(outcome.body(), body);
        }
    }
}
