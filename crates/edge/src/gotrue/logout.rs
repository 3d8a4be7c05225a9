//! `POST /logout?scope=global|local|others`: ends sessions of the bearer. Out: 204.

use crate::gotrue::bearer::bearer;
use crate::gotrue::call::Call;
use crate::gotrue::reply;
use backstay_auth::own_account::Scope;
use backstay_auth::refusal::{AuthError, Code};
use bytes::Bytes;
use http::Response;

pub(crate) async fn handle(call: &Call<'_>) -> Result<Response<Bytes>, AuthError> {
    let bearer = bearer(call).await?;
    let scope = match call.query("scope").as_deref() {
        None | Some("global") => Scope::Global,
        Some("local") => Scope::Local,
        Some("others") => Scope::Others,
        Some(_) => {
            return Err(AuthError::refused(
                Code::ValidationFailed,
                "Unsupported logout scope: use global, local or others",
            ));
        }
    };
    call.auth.sign_out(&bearer, scope, &call.asker).await?;
    Ok(reply::empty())
}
