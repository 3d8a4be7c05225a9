//! Codes and links that work once. In: an account and a purpose. Out: steps that store a new pair, or that consume one.
//! A try is counted in a transaction of its own before the code is compared; a row that is consumed is gone.

use crate::asker::Asker;
use crate::code::{Code as Digits, LinkFlow, LinkToken, Purpose};
use crate::instant;
use crate::refusal::{AuthError, Code};
use crate::row::OneTimeRow;
use crate::service::Auth;
use backstay_engine::ask;
use backstay_engine::steps::Step;
use serde_json::json;
use uuid::Uuid;

const COLUMNS: &[&str] = &[
    "id",
    "user_id",
    "purpose",
    "code_hmac",
    "link_sha256",
    "sent_to",
    "flow_state_id",
    "attempts",
    "max_attempts",
    "drops_prior_credentials",
    "redirect_to",
    "created_at",
    "expires_at",
    "link_expires_at",
    "used_at",
];

/// What a code and link are for.
#[derive(Debug, Clone)]
pub(crate) struct Wanted<'a> {
    pub(crate) user_id: Uuid,
    pub(crate) purpose: Purpose,
    /// Where the mail goes.
    pub(crate) sent_to: &'a str,
    /// The flow that waits for it, with PKCE.
    pub(crate) flow_state_id: Option<Uuid>,
    /// Where the link leads.
    pub(crate) redirect_to: &'a str,
    /// Whether proving the address removes what was set before the proof.
    pub(crate) drops_prior_credentials: bool,
}

/// A code and link that were made. They are in the mail and nowhere else.
pub(crate) struct Issued {
    pub(crate) code: Digits,
    pub(crate) link: LinkToken,
    /// Stores them; what was there for the same account and purpose is dead.
    pub(crate) step: Step,
}

impl Auth {
    /// Makes a code and a link.
    pub(crate) fn issue(&self, wanted: &Wanted<'_>, asker: &Asker) -> Issued {
        let flow = if wanted.flow_state_id.is_some() { LinkFlow::Pkce } else { LinkFlow::Implicit };
        let (code, link) =
            self.with_rng(|rng| (Digits::generate(rng, self.code_length), LinkToken::generate(rng, flow)));
        let hash = code.hash(self.pepper.as_bytes(), wanted.purpose, wanted.user_id);
        let codes = &self.settings.codes;
        let row = ask::upsert("auth_one_time_tokens", &["user_id", "purpose"])
            .set("user_id", json!(wanted.user_id))
            .set("purpose", wanted.purpose.as_str())
            .set("code_hmac", hex(hash.as_bytes()))
            .set("link_sha256", hex(&link.hash()))
            .set("sent_to", wanted.sent_to)
            .set("flow_state_id", json!(wanted.flow_state_id))
            .set("attempts", 0)
            .set("max_attempts", codes.attempts)
            .set("drops_prior_credentials", wanted.drops_prior_credentials)
            .set("redirect_to", wanted.redirect_to)
            .set("created_at", ask::now())
            .set("expires_at", ask::after(codes.life))
            .set("link_expires_at", ask::after(codes.link_life))
            .set("used_at", json!(null))
            .set("ip", json!(asker.ip));
        Issued { code, link, step: Step::system(row) }
    }

    /// Checks a typed code of an account against the purposes in turn, and counts the try.
    ///
    /// Out: the row, which the caller consumes with [`consume`] in the transaction of what the code is for.
    ///
    /// # Errors
    /// `otp_expired`, whatever is wrong.
    pub(crate) async fn check_code(
        &self,
        user_id: Uuid,
        purposes: &[Purpose],
        typed: &str,
    ) -> Result<OneTimeRow, AuthError> {
        let typed = Digits::parse(typed);
        for purpose in purposes {
            let read = ask::read("auth_one_time_tokens")
                .columns(COLUMNS)
                .eq("user_id", json!(user_id))
                .eq("purpose", purpose.as_str());
            let Some(row) = self.rows::<OneTimeRow>(read).await?.into_iter().next() else { continue };
            let Some(stored) = row.code_hmac.clone() else { continue };
            let alive = row.used_at.is_none() && instant::is_ahead(&row.expires_at, self.now());
            if !alive || !self.count_try(&row, &stored).await? {
                continue;
            }
            let matches = typed.as_ref().is_some_and(|code| {
                unhex(&stored)
                    .is_some_and(|stored| code.hash(self.pepper.as_bytes(), *purpose, user_id).matches(&stored))
            });
            if matches {
                return Ok(row);
            }
        }
        Err(expired())
    }

    /// Counts a try at a code; `false` when it has none left or was replaced meanwhile.
    async fn count_try(&self, row: &OneTimeRow, stored: &str) -> Result<bool, AuthError> {
        let count = ask::update("auth_one_time_tokens")
            .add("attempts", 1)
            .eq("id", json!(row.id))
            .eq("code_hmac", stored)
            .lt("attempts", row.max_attempts)
            .is_null("used_at");
        match self.engine.run_steps(vec![Step::system(count).exactly_one()]).await {
            Ok(_) => Ok(true),
            Err(failure) if failure.unmet().is_some() => Ok(false),
            Err(failure) => Err(AuthError::store(failure)),
        }
    }

    /// The row of a link, when it is alive and of one of these purposes.
    ///
    /// # Errors
    /// `otp_expired`, whatever is wrong.
    pub(crate) async fn check_link(&self, purposes: &[Purpose], token: &str) -> Result<OneTimeRow, AuthError> {
        let link = LinkToken::parse(token).ok_or_else(expired)?;
        let read = ask::read("auth_one_time_tokens").columns(COLUMNS).eq("link_sha256", hex(&link.hash()));
        let row = self.rows::<OneTimeRow>(read).await?.into_iter().next().ok_or_else(expired)?;
        let fits = purposes.iter().any(|purpose| purpose.as_str() == row.purpose);
        let end = row.link_expires_at.as_ref().unwrap_or(&row.expires_at);
        if fits && row.used_at.is_none() && instant::is_ahead(end, self.now()) { Ok(row) } else { Err(expired()) }
    }
}

/// Whether the row is what a reset token opens: its code was exchanged. It opens nothing else, and nothing else opens a reset by token.
pub(crate) fn is_exchanged(row: &OneTimeRow) -> bool {
    row.code_hmac.is_none()
}

/// Consumes a row: the step is met by one request only, and only while the row is the one that was checked.
pub(crate) fn consume(row: &OneTimeRow) -> Step {
    let delete = ask::delete("auth_one_time_tokens")
        .eq("id", json!(row.id))
        .eq("created_at", row.created_at.as_str())
        .is_null("used_at");
    Step::system(delete).exactly_one()
}

/// Ends every code and link of an account.
pub(crate) fn clear(user_id: Uuid) -> Step {
    Step::system(ask::delete("auth_one_time_tokens").eq("user_id", json!(user_id)))
}

/// Wrong, used, expired, unknown: one answer.
pub(crate) fn expired() -> AuthError {
    AuthError::refused(Code::OtpExpired, "Token has expired or is invalid")
}

/// Bytes as text.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |value: u8| char::from(DIGITS[usize::from(value & 15)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(*byte)]).collect()
}

/// Text as bytes.
pub(crate) fn unhex(text: &str) -> Option<Vec<u8>> {
    let bytes = text.as_bytes();
    if !bytes.len().is_multiple_of(2) {
        return None;
    }
    let pair = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    bytes.chunks(2).map(pair).collect()
}
