//! Who is calling. In: facts that were verified elsewhere. Out: the role set a plan depends on, and the values a statement binds.

use serde_json::{Map, Value};
use std::net::IpAddr;
use std::sync::Arc;

/// The caller of a request.
#[derive(Debug, Clone)]
pub struct Principal {
    /// What the credential says; shared by every request that carries it.
    pub identity: Arc<Identity>,
    /// Client address.
    pub ip: Option<IpAddr>,
    /// HTTP method, upper case.
    pub method: &'static str,
    /// Which protocol.
    pub api: Api,
}

/// What a verified credential says.
#[derive(Debug, Clone)]
pub struct Identity {
    /// The role set; plans are cached by it.
    pub roles: RoleSet,
    /// `auth.uid`: the token's `sub`.
    pub uid: Option<String>,
    /// Every claim of the token.
    pub claims: Map<String, Value>,
}

/// What a plan depends on besides the request's shape.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RoleSet {
    /// The wire role.
    pub wire: WireRole,
    /// Application roles (`app_metadata.role`, `app_metadata.roles`, or a declared role in `role`), sorted, without duplicates.
    pub application: Vec<String>,
}

/// The role of the credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum WireRole {
    /// `anon`: no credential, or the anonymous key.
    Anonymous,
    /// `authenticated`: a signed-in caller; rules call it `user`.
    Authenticated,
    /// `service_role`: bypasses every rule.
    Service,
}

/// Protocols, as `request.api` names them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Api {
    /// `'REST'`
    Rest,
    /// `'GRAPHQL'`
    Graphql,
    /// `'GRPC'`
    Grpc,
    /// `'REALTIME'`
    Realtime,
    /// `'FUNCTION'`
    Function,
}

impl RoleSet {
    /// A caller without credentials.
    #[must_use]
    pub fn anonymous() -> Self {
        Self { wire: WireRole::Anonymous, application: Vec::new() }
    }

    /// The role that bypasses every rule.
    #[must_use]
    pub fn service() -> Self {
        Self { wire: WireRole::Service, application: Vec::new() }
    }
}

impl Principal {
    /// A caller with these roles and nothing else known.
    #[must_use]
    pub fn with_roles(roles: RoleSet) -> Self {
        let identity = Arc::new(Identity { roles, uid: None, claims: Map::new() });
        Self { identity, ip: None, method: "GET", api: Api::Rest }
    }
}
