//! `GET /reauthenticate`: mails a code that proves presence before a change. Out: `{}`.

use crate::gotrue::bearer::bearer;
use crate::gotrue::call::Call;
use crate::gotrue::reply;
use backstay_auth::refusal::AuthError;
use bytes::Bytes;
use http::Response;

pub(crate) async fn handle(call: &Call<'_>) -> Result<Response<Bytes>, AuthError> {
    let bearer = bearer(call).await?;
    call.auth.reauthenticate(&bearer, &call.asker).await?;
    Ok(reply::done())
}
