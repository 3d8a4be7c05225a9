//! `/callback/{provider}`: a provider sends the browser back, by `GET` or with a form. In: a code or an error, and the state.
//! Out: the way to the client, with a code, with a session in the fragment, or with an error in query and fragment.

use crate::gotrue::call::{Call, query};
use crate::gotrue::verify::{error_of, failed};
use crate::gotrue::{authorize, fault, reply};
use backstay_auth::oauth_callback::{Callback, Failed, Landing, Outcome};
use bytes::Bytes;
use http::{Method, Response, StatusCode};
use std::str;

pub(crate) async fn handle(call: &Call<'_>, provider: Option<&str>) -> Response<Bytes> {
    let posted = call.parts.method == Method::POST;
    let text = if posted { str::from_utf8(&call.body) } else { Ok(call.parts.uri.query().unwrap_or_default()) };
    let text = text.unwrap_or_default();
    let said = Callback {
        provider: provider.map(str::to_owned),
        state: query(text, "state"),
        code: query(text, "code"),
        error: query(text, "error"),
        error_description: query(text, "error_description"),
        issuer: query(text, "iss"),
        user: query(text, "user"),
        cookie: authorize::cookie(call).map(str::to_owned),
    };
    let Landing { target, outcome } = call.auth.finish_login(said, &call.asker).await;
    let to = match outcome {
        Ok(Outcome::Code(code)) => target.with_query(&[("code", &code.to_string())]),
        Ok(Outcome::Session(session, tokens)) => {
            let (life, end) = (session.expires_in.to_string(), session.expires_at.to_string());
            let mut pairs = vec![
                ("access_token", session.access_token.as_str()),
                ("expires_at", &end),
                ("expires_in", &life),
                ("provider_token", &tokens.access),
            ];
            pairs.extend(tokens.refresh.as_deref().map(|token| ("provider_refresh_token", token)));
            pairs.extend([("refresh_token", session.refresh_token.as_str()), ("sb", ""), ("token_type", "bearer")]);
            target.with_fragment(&pairs)
        }
        Err(Failed { error, oauth_error }) => {
            let (status, code, message) = fault::told(&error);
            failed(&target, true, (oauth_error.unwrap_or_else(|| error_of(status)), code, &message))
        }
    };
    // After a form the browser must ask with GET.
    reply::redirect(if posted { StatusCode::SEE_OTHER } else { StatusCode::FOUND }, &to)
}
