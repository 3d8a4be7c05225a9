//! Status and public code of every refusal of sign-in, in one table, and the two shapes in which clients read them.
//! In: an [`AuthError`] and which shape the request asked for. Out: an answer.

use crate::fault::{Caller, Fault};
use crate::gotrue::unfit;
use backstay_auth::refusal::{AuthError, Code, Refusal};
use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER};
use http::{HeaderMap, Response, StatusCode};
use serde_json::{Value, json};

/// Version of the wire whose errors carry `code` as text.
const VERSION: &str = "2024-01-01";
const VERSION_HEADER: HeaderName = HeaderName::from_static("x-supabase-api-version");
const CODE_HEADER: HeaderName = HeaderName::from_static("x-sb-error-code");

/// Which of the two error shapes a client reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// `{"code": "<text>", "message"}`, with the version echoed.
    Dated,
    /// `{"code": <status>, "error_code", "msg"}`.
    Legacy,
}

impl Shape {
    /// The shape for a request. Versions are dates, so their text compares as they do.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let asked = headers.get(VERSION_HEADER).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let is_date = asked.len() == VERSION.len() && asked.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
        if is_date && asked >= VERSION { Self::Dated } else { Self::Legacy }
    }
}

/// The answer to a request that failed.
pub(crate) fn answer(error: &AuthError, shape: Shape) -> Response<Bytes> {
    if let AuthError::Refused(refusal) = error {
        return refused(refusal, shape);
    }
    let (status, code, message) = told(error);
    plain((status, code), &message, shape)
}

/// Status, code and text of a failure.
pub(crate) fn told(error: &AuthError) -> (StatusCode, &'static str, String) {
    let busy = || "The server is busy. Please try again.".to_owned();
    let broken = || (StatusCode::INTERNAL_SERVER_ERROR, "unexpected_failure", "Something went wrong.".to_owned());
    match error {
        AuthError::Refused(refusal) => {
            let (status, code) = status_of(refusal.code);
            (status, code, refusal.message.clone().into_owned())
        }
        AuthError::Busy => (StatusCode::SERVICE_UNAVAILABLE, "over_capacity", busy()),
        AuthError::Store(failure) => {
            let fault = Fault::of_failure(failure, Caller { anonymous: true, method: "POST" });
            match fault.status {
                StatusCode::SERVICE_UNAVAILABLE => (fault.status, "over_capacity", busy()),
                // What the profile's model says about what the person wrote.
                status if status.is_client_error() => {
                    let (status, code) = status_of(Code::ValidationFailed);
                    (status, code, unfit::message(failure))
                }
                _ => broken(),
            }
        }
        AuthError::Internal(what) => {
            tracing::error!(problem = what, "sign-in met what must not happen");
            broken()
        }
    }
}

pub(crate) fn plain(status: (StatusCode, &'static str), message: &str, shape: Shape) -> Response<Bytes> {
    respond(status, message, &[], shape)
}

fn refused(refusal: &Refusal, shape: Shape) -> Response<Bytes> {
    let mut response = respond(status_of(refusal.code), &refusal.message, &refusal.reasons, shape);
    if let Some(wait) = refusal.retry_after {
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds.max(1)));
    }
    response
}

fn respond(
    (status, code): (StatusCode, &'static str),
    message: &str,
    reasons: &[&str],
    shape: Shape,
) -> Response<Bytes> {
    let mut body = match shape {
        // The one grant whose problems are told in the form of OAuth.
        _ if code.starts_with("invalid ") => json!({"error": code, "error_description": message}),
        Shape::Dated => json!({"code": code, "message": message}),
        Shape::Legacy => json!({"code": status.as_u16(), "error_code": code, "msg": message}),
    };
    if !reasons.is_empty() {
        body["weak_password"] = json!({"reasons": reasons});
    }
    let mut response = Response::new(Bytes::from(Value::to_string(&body)));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
    headers.insert(CODE_HEADER, HeaderValue::from_static(code));
    if shape == Shape::Dated {
        headers.insert(VERSION_HEADER, HeaderValue::from_static(VERSION));
    }
    if status == StatusCode::SERVICE_UNAVAILABLE {
        headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
    }
    response
}

/// Status and public code.
pub(crate) fn status_of(code: Code) -> (StatusCode, &'static str) {
    const BAD: StatusCode = StatusCode::BAD_REQUEST;
    const UNAUTHORIZED: StatusCode = StatusCode::UNAUTHORIZED;
    const FORBIDDEN: StatusCode = StatusCode::FORBIDDEN;
    const MISSING: StatusCode = StatusCode::NOT_FOUND;
    const UNFIT: StatusCode = StatusCode::UNPROCESSABLE_ENTITY;
    const MANY: StatusCode = StatusCode::TOO_MANY_REQUESTS;
    match code {
        Code::ApiKeyExpired => (UNAUTHORIZED, "api_key_expired"),
        Code::BadCodeVerifier => (BAD, "bad_code_verifier"),
        Code::BadJson => (BAD, "bad_json"),
        Code::BadJwt => (FORBIDDEN, "bad_jwt"),
        Code::BadOauthCallback => (BAD, "bad_oauth_callback"),
        Code::BadOauthState => (BAD, "bad_oauth_state"),
        Code::Conflict => (StatusCode::CONFLICT, "conflict"),
        Code::CsrfFailed => (FORBIDDEN, "csrf_failed"),
        Code::CurrentPasswordInvalid => (BAD, "current_password_invalid"),
        Code::CurrentPasswordRequired => (BAD, "current_password_required"),
        Code::EmailAddressInvalid => (BAD, "email_address_invalid"),
        Code::EmailAddressNotProvided => (BAD, "email_address_not_provided"),
        Code::EmailConflictIdentityNotDeletable => (UNFIT, "email_conflict_identity_not_deletable"),
        Code::EmailExists => (UNFIT, "email_exists"),
        Code::EmailNotConfirmed => (BAD, "email_not_confirmed"),
        Code::EmailProviderDisabled => (BAD, "email_provider_disabled"),
        Code::FeatureDisabled => (MISSING, "feature_disabled"),
        Code::FlowStateAlreadyUsed => (BAD, "flow_state_already_used"),
        Code::FlowStateExpired => (UNFIT, "flow_state_expired"),
        Code::FlowStateNotFound => (MISSING, "flow_state_not_found"),
        Code::AnonymousProviderDisabled => (UNFIT, "anonymous_provider_disabled"),
        Code::IdentityAlreadyExists => (UNFIT, "identity_already_exists"),
        Code::IdentityNotFound => (UNFIT, "identity_not_found"),
        Code::InsufficientAalEnrol => (FORBIDDEN, "insufficient_aal"),
        Code::InsufficientAalUnenrol => (UNFIT, "insufficient_aal"),
        Code::InsufficientAalUser => (UNAUTHORIZED, "insufficient_aal"),
        Code::InvalidCredentials => (BAD, "invalid_credentials"),
        Code::InvalidIdToken => (BAD, "invalid request"),
        Code::InvalidNonce => (BAD, "invalid nonce"),
        Code::InviteNotFound => (MISSING, "invite_not_found"),
        Code::LastAdmin => (UNFIT, "last_admin"),
        Code::ManualLinkingDisabled => (MISSING, "manual_linking_disabled"),
        Code::MfaChallengeExpired => (UNFIT, "mfa_challenge_expired"),
        Code::MfaFactorNameConflict => (UNFIT, "mfa_factor_name_conflict"),
        Code::MfaFactorNotFound => (MISSING, "mfa_factor_not_found"),
        Code::MfaVerificationFailed => (UNFIT, "mfa_verification_failed"),
        Code::MfaVerificationRejected => (FORBIDDEN, "mfa_verification_rejected"),
        Code::MfaVerifiedFactorExists => (UNFIT, "mfa_verified_factor_exists"),
        Code::TotpEnrolDisabled => (UNFIT, "mfa_totp_enroll_not_enabled"),
        Code::TotpVerifyDisabled => (UNFIT, "mfa_totp_verify_not_enabled"),
        Code::NoAuthorization => (UNAUTHORIZED, "no_authorization"),
        Code::NoAuthorizationAnonymous => (FORBIDDEN, "no_authorization"),
        Code::NotAdmin => (FORBIDDEN, "not_admin"),
        Code::OauthProviderNotSupported => (BAD, "oauth_provider_not_supported"),
        Code::OtpDisabled => (UNFIT, "otp_disabled"),
        Code::OtpExpired => (FORBIDDEN, "otp_expired"),
        Code::OverEmailSendRateLimit => (MANY, "over_email_send_rate_limit"),
        Code::OverRequestRateLimit => (MANY, "over_request_rate_limit"),
        Code::PasswordChangeRequired => (FORBIDDEN, "password_change_required"),
        Code::PhoneExists => (UNFIT, "phone_exists"),
        Code::PhoneProviderDisabled => (BAD, "phone_provider_disabled"),
        Code::ProviderDisabled => (BAD, "provider_disabled"),
        Code::ProviderUnavailable => (StatusCode::SERVICE_UNAVAILABLE, "provider_unavailable"),
        Code::ProviderEmailNeedsVerification => (UNFIT, "provider_email_needs_verification"),
        Code::ReauthenticationNeeded => (BAD, "reauthentication_needed"),
        Code::ReauthenticationNotValid => (UNFIT, "reauthentication_not_valid"),
        Code::RefreshTokenAlreadyUsed => (BAD, "refresh_token_already_used"),
        Code::RefreshTokenNotFound => (BAD, "refresh_token_not_found"),
        Code::RequestEntityTooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "request_entity_too_large"),
        Code::RequestTimeout => (StatusCode::GATEWAY_TIMEOUT, "request_timeout"),
        Code::SamePassword => (UNFIT, "same_password"),
        Code::SecretKeyInBrowser => (UNAUTHORIZED, "secret_key_in_browser"),
        Code::SessionExpired => (BAD, "session_expired"),
        Code::SessionNotFoundBearer => (FORBIDDEN, "session_not_found"),
        Code::SessionNotFoundPath => (MISSING, "session_not_found"),
        Code::SessionNotFoundRefresh => (BAD, "session_not_found"),
        Code::SignupDisabled => (UNFIT, "signup_disabled"),
        Code::SingleIdentityNotDeletable => (UNFIT, "single_identity_not_deletable"),
        Code::TooManyEnrolledFactors => (UNFIT, "too_many_enrolled_mfa_factors"),
        Code::UnexpectedAudience => (FORBIDDEN, "unexpected_audience"),
        Code::UnexpectedFailure => (StatusCode::INTERNAL_SERVER_ERROR, "unexpected_failure"),
        Code::UserBannedBearer => (FORBIDDEN, "user_banned"),
        Code::UserBannedGrant => (BAD, "user_banned"),
        Code::UserAlreadyExists => (UNFIT, "user_already_exists"),
        Code::UserNotFoundBearer => (FORBIDDEN, "user_not_found"),
        Code::UserNotFoundAdmin => (MISSING, "user_not_found"),
        Code::UserSsoManaged => (UNFIT, "user_sso_managed"),
        Code::ValidationFailed => (BAD, "validation_failed"),
        Code::ValidationFailedPath => (MISSING, "validation_failed"),
        Code::WeakPassword => (UNFIT, "weak_password"),
    }
}
