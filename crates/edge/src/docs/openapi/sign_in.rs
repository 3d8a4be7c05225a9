//! The paths of sign-in, which every application has alike. In: the caller's role set. Out: path items and the shapes that they answer.
//! A table of what `gotrue` routes; a wire test asks every endpoint of it.

use super::paths::security;
use super::reference;
use backstay_plan::principal::{RoleSet, WireRole};
use serde_json::{Map, Value, json};

/// Who may ask.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Needs {
    /// Anybody: browsers come by links.
    Nothing,
    /// Whoever has the application's key.
    Key,
    /// A signed-in person.
    Person,
    /// An administrator.
    Admin,
}

/// What is answered.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Gives {
    /// A session.
    Session,
    /// An account.
    User,
    /// An account, or a session where nothing is to be proven.
    UserOrSession,
    /// An object that the summary names.
    Object,
    /// A list.
    List,
    /// Nothing, 204.
    Nothing,
    /// The way to another place.
    Redirect(&'static str),
}

/// One endpoint.
struct Endpoint {
    path: &'static str,
    verb: &'static str,
    id: &'static str,
    summary: &'static str,
    needs: Needs,
    gives: Gives,
    /// Parameters of the query.
    query: &'static str,
    /// Members of the body with their types; those with a `!` are needed.
    body: &'static str,
}

const fn endpoint(
    (verb, path): (&'static str, &'static str),
    (id, summary): (&'static str, &'static str),
    (needs, gives): (Needs, Gives),
    (query, body): (&'static str, &'static str),
) -> Endpoint {
    Endpoint { path, verb, id, summary, needs, gives, query, body }
}

#[rustfmt::skip]
const ENDPOINTS: [Endpoint; 52] = [
    endpoint(("post", "/signup"), ("sign_up", "Make an account"), (Needs::Key, Gives::UserOrSession), ("redirect_to", "email password data:object code_challenge code_challenge_method")),
    endpoint(("post", "/token"), ("token", "Get a session: by password, refresh token, PKCE code or ID token"), (Needs::Key, Gives::Session), ("grant_type!", "email password refresh_token auth_code code_verifier provider id_token access_token nonce")),
    endpoint(("post", "/otp"), ("send_code", "Mail a code and a link to sign in with"), (Needs::Key, Gives::Object), ("redirect_to", "email! create_user:boolean data:object code_challenge code_challenge_method")),
    endpoint(("post", "/magiclink"), ("send_magic_link", "The same in its older form"), (Needs::Key, Gives::Object), ("redirect_to", "email! data:object code_challenge code_challenge_method")),
    endpoint(("post", "/recover"), ("recover", "Mail what opens a password reset"), (Needs::Key, Gives::Object), ("redirect_to", "email! code_challenge code_challenge_method")),
    endpoint(("post", "/resend"), ("resend", "Mail a confirmation once more"), (Needs::Key, Gives::Object), ("redirect_to", "type! email! code_challenge code_challenge_method")),
    endpoint(("post", "/verify"), ("verify", "Take a mailed code, or the token of a link"), (Needs::Key, Gives::Session), ("", "type! email token token_hash")),
    endpoint(("get", "/verify"), ("follow_link", "Follow a mailed link"), (Needs::Nothing, Gives::Redirect("303")), ("token! type! redirect_to", "")),
    endpoint(("get", "/authorize"), ("authorize", "Go to a sign-in provider"), (Needs::Nothing, Gives::Redirect("302")), ("provider! redirect_to scopes code_challenge code_challenge_method", "")),
    endpoint(("get", "/callback"), ("callback", "Come back from a sign-in provider"), (Needs::Nothing, Gives::Redirect("302")), ("state code error error_description", "")),
    endpoint(("post", "/callback"), ("callback_by_form", "Come back from a provider that sends a form"), (Needs::Nothing, Gives::Redirect("302")), ("", "")),
    endpoint(("get", "/callback/{provider}"), ("callback_of", "Come back from a sign-in provider to its own address"), (Needs::Nothing, Gives::Redirect("302")), ("state code error error_description iss", "")),
    endpoint(("post", "/callback/{provider}"), ("callback_of_by_form", "Come back to its own address by a form"), (Needs::Nothing, Gives::Redirect("302")), ("", "")),
    endpoint(("get", "/user"), ("show_user", "One's own account"), (Needs::Person, Gives::User), ("", "")),
    endpoint(("put", "/user"), ("change_user", "Change one's own account"), (Needs::Person, Gives::User), ("redirect_to", "email password current_password nonce data:object code_challenge code_challenge_method")),
    endpoint(("get", "/reauthenticate"), ("reauthenticate", "Mail a code that proves presence"), (Needs::Person, Gives::Object), ("", "")),
    endpoint(("post", "/logout"), ("sign_out", "End sessions"), (Needs::Person, Gives::Nothing), ("scope", "")),
    endpoint(("get", "/user/sessions"), ("list_sessions", "One's sessions"), (Needs::Person, Gives::Object), ("", "")),
    endpoint(("delete", "/user/sessions"), ("end_other_sessions", "End one's other sessions"), (Needs::Person, Gives::Nothing), ("", "")),
    endpoint(("delete", "/user/sessions/{id}"), ("end_session", "End one of one's sessions"), (Needs::Person, Gives::Nothing), ("", "")),
    endpoint(("get", "/user/identities/authorize"), ("link_identity", "Add a way to sign in"), (Needs::Person, Gives::Object), ("provider! redirect_to scopes skip_http_redirect code_challenge code_challenge_method", "")),
    endpoint(("delete", "/user/identities/{id}"), ("unlink_identity", "Remove a way to sign in"), (Needs::Person, Gives::Object), ("", "")),
    endpoint(("post", "/factors"), ("enrol_factor", "Begin to set up a second factor"), (Needs::Person, Gives::Object), ("", "factor_type! friendly_name issuer")),
    endpoint(("post", "/factors/{id}/challenge"), ("challenge_factor", "Ask a second factor"), (Needs::Person, Gives::Object), ("", "")),
    endpoint(("post", "/factors/{id}/verify"), ("verify_factor", "Prove a second factor"), (Needs::Person, Gives::Session), ("", "challenge_id! code!")),
    endpoint(("delete", "/factors/{id}"), ("remove_factor", "Remove a second factor"), (Needs::Person, Gives::Object), ("", "")),
    endpoint(("post", "/factors/recovery-codes"), ("make_recovery_codes", "Make codes for when a factor is lost"), (Needs::Person, Gives::Object), ("", "")),
    endpoint(("post", "/factors/recovery-codes/verify"), ("verify_recovery_code", "Take such a code"), (Needs::Person, Gives::Session), ("", "code!")),
    endpoint(("post", "/forgot-password"), ("forgot_password", "Mail the code of a password reset"), (Needs::Key, Gives::Object), ("", "email!")),
    endpoint(("post", "/verify-otp"), ("exchange_reset_code", "Exchange that code for a token"), (Needs::Key, Gives::Object), ("", "email! otp!")),
    endpoint(("post", "/reset-password"), ("reset_password", "Set a new password by the code or the token"), (Needs::Key, Gives::Object), ("", "email otp reset_token new_password!")),
    endpoint(("post", "/change-password"), ("change_password", "Change one's password"), (Needs::Person, Gives::Object), ("", "current_password! new_password!")),
    endpoint(("get", "/settings"), ("settings", "Which ways to sign in there are"), (Needs::Key, Gives::Object), ("", "")),
    endpoint(("get", "/health"), ("auth_health", "Which server this is"), (Needs::Nothing, Gives::Object), ("", "")),
    endpoint(("get", "/.well-known/jwks.json"), ("public_keys", "The keys that check tokens"), (Needs::Nothing, Gives::Object), ("", "")),
    endpoint(("post", "/invite"), ("invite", "Invite somebody by mail"), (Needs::Admin, Gives::User), ("redirect_to", "email! data:object")),
    endpoint(("get", "/admin/users"), ("list_users", "Accounts"), (Needs::Admin, Gives::Object), ("page per_page filter sort", "")),
    endpoint(("post", "/admin/users"), ("create_user", "Make an account for somebody"), (Needs::Admin, Gives::User), ("redirect_to", "email! password password_hash email_confirm:boolean user_metadata:object app_metadata:object ban_duration send id")),
    endpoint(("get", "/admin/users/{id}"), ("show_account", "An account"), (Needs::Admin, Gives::User), ("", "")),
    endpoint(("put", "/admin/users/{id}"), ("change_account", "Change an account"), (Needs::Admin, Gives::User), ("", "email password password_hash email_confirm:boolean user_metadata:object app_metadata:object ban_duration")),
    endpoint(("delete", "/admin/users/{id}"), ("remove_account", "Remove an account"), (Needs::Admin, Gives::Object), ("", "should_soft_delete:boolean")),
    endpoint(("post", "/admin/users/{id}/logout"), ("end_sessions_of_account", "End the sessions of an account"), (Needs::Admin, Gives::Nothing), ("", "")),
    endpoint(("get", "/admin/users/{id}/factors"), ("list_factors_of_account", "Second factors of an account"), (Needs::Admin, Gives::List), ("", "")),
    endpoint(("put", "/admin/users/{id}/factors/{factor}"), ("rename_factor_of_account", "Rename a second factor"), (Needs::Admin, Gives::Object), ("", "friendly_name")),
    endpoint(("delete", "/admin/users/{id}/factors/{factor}"), ("remove_factor_of_account", "Remove a second factor"), (Needs::Admin, Gives::Object), ("", "")),
    endpoint(("post", "/admin/generate_link"), ("generate_link", "Make a link without mailing it"), (Needs::Admin, Gives::Object), ("redirect_to", "type! email! password new_email data:object")),
    endpoint(("get", "/admin/audit"), ("read_audit", "The audit log"), (Needs::Admin, Gives::List), ("page per_page query", "")),
    endpoint(("get", "/admin/api-keys"), ("list_api_keys", "API keys"), (Needs::Admin, Gives::Object), ("", "")),
    endpoint(("post", "/admin/api-keys"), ("make_api_key", "Make an API key"), (Needs::Admin, Gives::Object), ("", "name! kind! role claims:object scopes:array expires_at")),
    endpoint(("delete", "/admin/api-keys/{id}"), ("revoke_api_key", "End an API key"), (Needs::Admin, Gives::Nothing), ("", "")),
    endpoint(("get", "/admin/signing-keys"), ("list_signing_keys", "The keys that sign tokens, without their secrets"), (Needs::Admin, Gives::List), ("", "")),
    endpoint(("post", "/admin/signing-keys/rotate"), ("rotate_signing_keys", "Change the key that signs tokens"), (Needs::Admin, Gives::List), ("", "now:boolean")),
];

/// The path items for a role set; those of administration are for the service role's eyes.
pub(super) fn paths(roles: &RoleSet) -> Map<String, Value> {
    let mut paths = Map::new();
    for endpoint in ENDPOINTS.iter().filter(|each| each.needs != Needs::Admin || roles.wire == WireRole::Service) {
        let item = paths.entry(format!("/auth/v1{}", endpoint.path)).or_insert_with(|| json!({}));
        item[endpoint.verb] = operation(endpoint);
    }
    paths
}

fn operation(endpoint: &Endpoint) -> Value {
    let parts = endpoint.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let mut parameters: Vec<Value> = parts.map(|name| parameter(name, "path", true)).collect();
    parameters.extend(named(endpoint.query).map(|(name, _, needed)| parameter(name, "query", needed)));
    let mut operation = json!({
        "operationId": format!("auth_{}", endpoint.id),
        "summary": endpoint.summary,
        "tags": ["auth"],
        "security": match endpoint.needs {
            Needs::Nothing => json!([]),
            Needs::Key => security(false),
            Needs::Person | Needs::Admin => json!([{ "bearer": [] }]),
        },
        "parameters": parameters,
        "responses": responses(endpoint),
    });
    if !endpoint.body.is_empty() {
        let needed: Vec<&str> = named(endpoint.body).filter(|(.., needed)| *needed).map(|(name, ..)| name).collect();
        let mut schema = json!({ "type": "object", "properties": {} });
        for (name, kind, _) in named(endpoint.body) {
            schema["properties"][name] = json!({ "type": kind });
        }
        if !needed.is_empty() {
            schema["required"] = json!(needed);
        }
        operation["requestBody"] = json!({ "required": true, "content": { "application/json": { "schema": schema } } });
    }
    operation
}

/// The names of a list with their types and whether each is needed.
fn named(list: &'static str) -> impl Iterator<Item = (&'static str, &'static str, bool)> {
    list.split_whitespace().map(|entry| {
        let (name, kind) = entry.split_once(':').unwrap_or((entry, "string"));
        let plain = name.trim_end_matches('!');
        (plain, kind, plain.len() < name.len())
    })
}

fn parameter(name: &str, place: &str, needed: bool) -> Value {
    json!({ "name": name, "in": place, "required": needed, "schema": { "type": "string" } })
}

fn responses(endpoint: &Endpoint) -> Value {
    let body = |description: &str, schema: Value| json!({ "description": description, "content": { "application/json": { "schema": schema } } });
    let (user, session) = (|| reference("schemas", "auth.User"), || reference("schemas", "auth.Session"));
    let (status, good) = match endpoint.gives {
        Gives::Session => ("200", body("A session.", session())),
        Gives::User => ("200", body("The account.", user())),
        Gives::UserOrSession => (
            "200",
            body("The account, or a session where nothing is to be proven.", json!({ "anyOf": [user(), session()] })),
        ),
        Gives::Object => ("200", body("Done.", json!({ "type": "object" }))),
        Gives::List => ("200", body("The entries.", json!({ "type": "array", "items": { "type": "object" } }))),
        Gives::Nothing => ("204", json!({ "description": "Done." })),
        Gives::Redirect(status) => (
            status,
            json!({ "description": "The way to where it goes on.", "headers": { "Location": { "schema": { "type": "string" } } } }),
        ),
    };
    json!({ status: good, "default": body("Refused; `code` says why.", reference("schemas", "auth.Error")) })
}

/// The shapes that are answered. No model can have such names.
pub(super) fn schemas() -> Map<String, Value> {
    let time = || json!({ "type": "string", "format": "date-time" });
    let id = || json!({ "type": "string", "format": "uuid" });
    let user = json!({
        "type": "object",
        "required": ["id", "aud", "role", "email", "phone", "app_metadata", "user_metadata", "identities", "created_at", "updated_at", "is_anonymous"],
        "properties": {
            "id": id(), "aud": { "type": "string" }, "role": { "type": "string" },
            "email": { "type": "string" }, "phone": { "type": "string" },
            "app_metadata": { "type": "object", "description": "What administrators write; `role` is the role of the application." },
            "user_metadata": { "type": "object", "description": "What the person writes; no rule should trust it." },
            "identities": { "type": "array", "items": { "type": "object" } },
            "factors": { "type": "array", "items": { "type": "object" } },
            "created_at": time(), "updated_at": time(), "email_confirmed_at": time(), "last_sign_in_at": time(),
            "is_anonymous": { "type": "boolean" },
        },
    });
    let session = json!({
        "type": "object",
        "required": ["access_token", "token_type", "expires_in", "expires_at", "refresh_token", "user"],
        "properties": {
            "access_token": { "type": "string" }, "token_type": { "const": "bearer" },
            "expires_in": { "type": "integer" }, "expires_at": { "type": "integer" },
            "refresh_token": { "type": "string", "description": "Used once; `cookie` where the session is in cookies." },
            "user": reference("schemas", "auth.User"),
        },
    });
    let error = json!({
        "type": "object",
        "description": "With `X-Supabase-Api-Version: 2024-01-01`, `code` is text and `message` the sentence; without, `code` is the status, `error_code` the text and `msg` the sentence.",
        "properties": {
            "code": { "type": ["string", "integer"] }, "message": { "type": "string" },
            "error_code": { "type": "string" }, "msg": { "type": "string" },
            "weak_password": { "type": "object" },
        },
    });
    [("auth.User", user), ("auth.Session", session), ("auth.Error", error)]
        .into_iter()
        .map(|(name, schema)| (name.to_owned(), schema))
        .collect()
}
