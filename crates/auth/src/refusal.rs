//! Why sign-in says no: a closed set of codes with the facts a client is told. In: nothing. Out: [`Refusal`] and [`AuthError`].
//! No HTTP: the status of each code is chosen in one table of the edge.

use backstay_engine::Failure;
use std::borrow::Cow;
use std::time::Duration;

/// What a client is told by name. Two variants with the same name differ in where they are met, and so in their status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "each variant is the error code of the contract by the same name")]
pub enum Code {
    ApiKeyExpired,
    BadCodeVerifier,
    BadJson,
    BadJwt,
    BadOauthCallback,
    BadOauthState,
    Conflict,
    CsrfFailed,
    CurrentPasswordInvalid,
    CurrentPasswordRequired,
    EmailAddressInvalid,
    EmailAddressNotProvided,
    EmailConflictIdentityNotDeletable,
    EmailExists,
    EmailNotConfirmed,
    EmailProviderDisabled,
    FeatureDisabled,
    FlowStateAlreadyUsed,
    FlowStateExpired,
    FlowStateNotFound,
    AnonymousProviderDisabled,
    IdentityAlreadyExists,
    IdentityNotFound,
    /// Enrolling a second factor from a session that has not used the first.
    InsufficientAalEnrol,
    /// Removing a verified factor from a session that has not used it.
    InsufficientAalUnenrol,
    /// Changing an address or a password from a session that has not used the user's factor.
    InsufficientAalUser,
    InvalidCredentials,
    /// An ID token that does not hold; told in the form of OAuth.
    InvalidIdToken,
    /// A nonce that does not belong to an ID token; told in the form of OAuth.
    InvalidNonce,
    InviteNotFound,
    /// The last account that holds the protected role.
    LastAdmin,
    ManualLinkingDisabled,
    MfaChallengeExpired,
    MfaFactorNameConflict,
    MfaFactorNotFound,
    MfaVerificationFailed,
    MfaVerificationRejected,
    MfaVerifiedFactorExists,
    TotpEnrolDisabled,
    TotpVerifyDisabled,
    NoAuthorization,
    /// An anonymous user asks for what only people with an account have.
    NoAuthorizationAnonymous,
    NotAdmin,
    OauthProviderNotSupported,
    OtpDisabled,
    OtpExpired,
    OverEmailSendRateLimit,
    OverRequestRateLimit,
    PasswordChangeRequired,
    PhoneExists,
    PhoneProviderDisabled,
    ProviderDisabled,
    /// The sign-in provider does not answer.
    ProviderUnavailable,
    ProviderEmailNeedsVerification,
    ReauthenticationNeeded,
    ReauthenticationNotValid,
    RefreshTokenAlreadyUsed,
    RefreshTokenNotFound,
    RequestEntityTooLarge,
    RequestTimeout,
    SamePassword,
    SecretKeyInBrowser,
    SessionExpired,
    /// The session of an access token is gone.
    SessionNotFoundBearer,
    /// A session that its owner names and that is not there.
    SessionNotFoundPath,
    /// The session of a refresh token is gone.
    SessionNotFoundRefresh,
    SignupDisabled,
    SingleIdentityNotDeletable,
    TooManyEnrolledFactors,
    UnexpectedAudience,
    UnexpectedFailure,
    /// By the bearer of a token, or by a code or link.
    UserBannedBearer,
    /// By a password or a refresh token.
    UserBannedGrant,
    UserAlreadyExists,
    /// The account of an access token is gone.
    UserNotFoundBearer,
    /// An administrator names an account that is not there.
    UserNotFoundAdmin,
    UserSsoManaged,
    ValidationFailed,
    /// An identifier in the path that cannot be one.
    ValidationFailedPath,
    WeakPassword,
}

/// A request that sign-in refuses. Nothing of it was kept, but for what counts tries.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    /// By name.
    pub code: Code,
    /// One sentence for a person. Never holds a secret, and never tells whether an account exists where that is to be kept.
    pub message: Cow<'static, str>,
    /// When another try has a chance.
    pub retry_after: Option<Duration>,
    /// Why a password is weak: `length`, `characters`, `pwned`.
    pub reasons: Vec<&'static str>,
}

impl Refusal {
    /// A refusal without further facts.
    pub fn new(code: Code, message: impl Into<Cow<'static, str>>) -> Self {
        Self { code, message: message.into(), retry_after: None, reasons: Vec::new() }
    }

    /// The same with the time of the next try.
    #[must_use]
    pub fn after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait);
        self
    }
}

/// Why something of sign-in did not happen.
#[derive(Debug, thiserror::Error)]
pub enum AuthError {
    /// The caller's fault.
    #[error(transparent)]
    Refused(Refusal),
    /// The place where hashing happens is full; safe to try again.
    #[error("too many passwords are being checked")]
    Busy,
    /// The database, which says itself whether a retry is safe.
    #[error("the database failed")]
    Store(#[source] Box<Failure>),
    /// Something that must not happen; the text is for the log.
    #[error("{0}")]
    Internal(&'static str),
}

impl From<Refusal> for AuthError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl AuthError {
    /// A failure of the database.
    #[must_use]
    pub fn store(failure: Failure) -> Self {
        Self::Store(Box::new(failure))
    }

    /// A refusal of this code.
    pub fn refused(code: Code, message: impl Into<Cow<'static, str>>) -> Self {
        Self::Refused(Refusal::new(code, message))
    }
}
