//! `backstay token`: signs a token for tests. In: role, user, claims. Out: one line, the token.

use crate::cli::{Project, Token};
use crate::config::units::Interval;
use crate::problem::{self, Problem};
use crate::{project, terminal};
use serde_json::{Map, Value, json};
use std::path::PathBuf;

/// Prints a token.
pub(crate) fn run(arguments: &Token, config: Option<PathBuf>) -> Result<(), Problem> {
    let ttl = Interval::parse(&arguments.ttl).map_err(|reason| Problem::usage(format!("--ttl: {reason}")))?;
    let mut claims = claims_of(&arguments.role, arguments.sub.as_deref())?;
    let now = project::now_unix_s();
    let ttl_s = i64::try_from(ttl.duration().as_secs()).unwrap_or(i64::MAX);
    claims.insert("iat".to_owned(), json!(now));
    claims.insert("exp".to_owned(), json!(now.saturating_add(ttl_s)));
    if let Some(text) = &arguments.claims {
        merge(&mut claims, more_claims(text)?);
    }
    let place = Project { schema: None, data: arguments.data.clone() };
    let keys = project::keys(&project::settings(&place, config, None)?)?;
    let token = backstay_auth::sign(&keys.secret, &claims).map_err(|error| Problem::new(format!("{error}")))?;
    problem::output(terminal::data(format!("{token}\n")))
}

/// Wire roles stand in `role`; any other name is a role of the application and stands where rules read it.
fn claims_of(role: &str, sub: Option<&str>) -> Result<Map<String, Value>, Problem> {
    let mut claims = Map::new();
    if let Some(sub) = sub {
        claims.insert("sub".to_owned(), json!(sub));
    }
    match role {
        "anon" | "authenticated" | "service_role" => {
            claims.insert("role".to_owned(), json!(role));
        }
        "user" => {
            return Err(Problem::usage("the role of a signed-in caller is `authenticated` on the wire")
                .help("--role authenticated"));
        }
        "service" => {
            return Err(Problem::usage("the role of the service key is `service_role`").help("--role service_role"));
        }
        "" => return Err(Problem::usage("--role is empty")),
        application => {
            claims.insert("role".to_owned(), json!("authenticated"));
            claims.insert("app_metadata".to_owned(), json!({ "role": application }));
        }
    }
    if role != "anon" && role != "service_role" && sub.is_none() {
        return Err(Problem::usage(format!("a token with the role `{role}` is for a user")).help("say which: --sub ID"));
    }
    Ok(claims)
}

fn more_claims(text: &str) -> Result<Map<String, Value>, Problem> {
    let example = "for example --claims '{\"org\":\"blue\"}'";
    match serde_json::from_str(text) {
        Ok(Value::Object(claims)) => Ok(claims),
        Ok(Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_)) => {
            Err(Problem::usage("--claims is not a JSON object").help(example))
        }
        Err(error) => Err(Problem::usage(format!("--claims is not JSON: {error}")).help(example)),
    }
}

/// Later claims win; objects are merged, so that `app_metadata` keeps the role.
fn merge(claims: &mut Map<String, Value>, more: Map<String, Value>) {
    for (name, value) in more {
        match (claims.get_mut(&name), value) {
            (Some(Value::Object(known)), Value::Object(more)) => known.extend(more),
            (_, value) => {
                claims.insert(name, value);
            }
        }
    }
}
