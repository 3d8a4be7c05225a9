//! Where a request to sign-in comes from. In: facts that the edge has checked. Out: [`Asker`], which audit rows and limits are made of.

use crate::cookie_mode::CookieMode;
use std::net::IpAddr;
use uuid::Uuid;

/// Longest user agent that is kept, bytes.
const USER_AGENT_BYTES_MAX: usize = 512;

/// Where a request comes from, and with which right.
#[derive(Debug, Clone)]
pub struct Asker {
    /// Client address: the socket's, or what a trusted proxy says.
    pub ip: Option<IpAddr>,
    /// What the client says it is; cut, without control characters.
    pub user_agent: Option<String>,
    /// Id of the request, as in the log.
    pub request_id: String,
    /// How the client wants to keep a session, when not itself.
    pub cookie_mode: Option<CookieMode>,
}

impl Asker {
    /// An asker; the user agent is cut to what is kept.
    #[must_use]
    pub fn new(ip: Option<IpAddr>, user_agent: Option<&str>, request_id: impl Into<String>) -> Self {
        let user_agent = user_agent.map(|text| {
            let mut kept: String = text.chars().filter(|c| !c.is_control()).collect();
            let end = (0..=USER_AGENT_BYTES_MAX.min(kept.len())).rev().find(|at| kept.is_char_boundary(*at));
            kept.truncate(end.unwrap_or(0));
            kept
        });
        Self { ip, user_agent, request_id: request_id.into(), cookie_mode: None }
    }
}

/// The user that a checked access token stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bearer {
    /// The account.
    pub user_id: Uuid,
    /// The session, which is alive.
    pub session_id: Uuid,
    /// `aal1` or `aal2`.
    pub aal: String,
    /// Application roles.
    pub roles: Vec<String>,
}
