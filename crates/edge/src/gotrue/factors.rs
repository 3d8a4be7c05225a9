//! `/factors`: second factors of the bearer. In: what to enrol, prove or remove. Out: what to show, or a session of two factors.

use crate::gotrue::bearer::bearer;
use crate::gotrue::call::Call;
use crate::gotrue::{Stop, reply};
use backstay_auth::mfa::FactorProof;
use backstay_auth::refusal::{AuthError, Code};
use bytes::Bytes;
use http::{Method, Response};
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

#[derive(Deserialize)]
struct Enrol {
    factor_type: Option<String>,
    friendly_name: Option<String>,
    issuer: Option<String>,
}

#[derive(Deserialize)]
struct Verify {
    challenge_id: Option<String>,
    code: Option<String>,
}

/// `path` is what follows `/factors`.
pub(crate) async fn handle(call: &Call<'_>, path: &str) -> Result<Response<Bytes>, Stop> {
    let (post, delete) = (call.parts.method == Method::POST, call.parts.method == Method::DELETE);
    match path.strip_prefix('/').unwrap_or_default().split_once('/') {
        None if path.is_empty() && post => Ok(enrol(call).await?),
        None if path == "/recovery-codes" && post => Ok(recovery_codes(call).await?),
        None if path.len() > 1 && delete => Ok(remove(call, &path[1..]).await?),
        Some(("recovery-codes", "verify")) if post => Ok(recover(call).await?),
        Some((id, "challenge")) if post => Ok(challenge(call, id).await?),
        Some((id, "verify")) if post => Ok(verify(call, id).await?),
        Some((_, "challenge" | "verify")) => Err(Stop::Method("POST")),
        None if path.is_empty() || path == "/recovery-codes" => Err(Stop::Method("POST")),
        None => Err(Stop::Method("DELETE")),
        Some(_) => Err(Stop::NotFound),
    }
}

async fn enrol(call: &Call<'_>) -> Result<Response<Bytes>, AuthError> {
    let bearer = bearer(call).await?;
    let body: Enrol = call.json()?;
    match body.factor_type.as_deref() {
        Some("totp") => {}
        _ => return Err(AuthError::refused(Code::ValidationFailed, "factor_type needs to be totp")),
    }
    let enrolled = call.auth.enrol(&bearer, (body.friendly_name, body.issuer), &call.asker).await?;
    Ok(reply::json(&json!({
        "id": enrolled.id,
        "type": "totp",
        "friendly_name": enrolled.friendly_name,
        "totp": {"qr_code": enrolled.qr_code, "secret": enrolled.secret, "uri": enrolled.uri},
    })))
}

async fn challenge(call: &Call<'_>, id: &str) -> Result<Response<Bytes>, AuthError> {
    let bearer = bearer(call).await?;
    let (challenge, expires_at) = call.auth.challenge_factor(&bearer, factor(id)?, &call.asker).await?;
    Ok(reply::json(&json!({"id": challenge, "type": "totp", "expires_at": expires_at})))
}

async fn verify(call: &Call<'_>, id: &str) -> Result<Response<Bytes>, AuthError> {
    let bearer = bearer(call).await?;
    let body: Verify = call.json()?;
    let wrong = || AuthError::refused(Code::ValidationFailed, "challenge_id needs to be a UUID");
    let challenge_id = body.challenge_id.as_deref().and_then(|id| Uuid::parse_str(id).ok()).ok_or_else(wrong)?;
    let proof = FactorProof::Totp { factor_id: factor(id)?, challenge_id, code: body.code.unwrap_or_default() };
    Ok(reply::session(&call.auth.prove_factor(&bearer, &proof, &call.asker).await?))
}

async fn recover(call: &Call<'_>) -> Result<Response<Bytes>, AuthError> {
    let bearer = bearer(call).await?;
    let body: Verify = call.json()?;
    let proof = FactorProof::Recovery(body.code.unwrap_or_default());
    Ok(reply::session(&call.auth.prove_factor(&bearer, &proof, &call.asker).await?))
}

async fn recovery_codes(call: &Call<'_>) -> Result<Response<Bytes>, AuthError> {
    let bearer = bearer(call).await?;
    let codes = call.auth.new_recovery_codes(&bearer, &call.asker).await?;
    Ok(reply::json(&json!({"recovery_codes": codes})))
}

async fn remove(call: &Call<'_>, id: &str) -> Result<Response<Bytes>, AuthError> {
    let bearer = bearer(call).await?;
    let id = factor(id)?;
    call.auth.unenrol(&bearer, id, &call.asker).await?;
    Ok(reply::json(&json!({"id": id})))
}

fn factor(text: &str) -> Result<Uuid, AuthError> {
    Uuid::parse_str(text).map_err(|_| AuthError::refused(Code::ValidationFailedPath, "factor_id must be an UUID"))
}
