//! `backstay users` and `backstay create-admin`: accounts from the command line. In: addresses and ids. Out: lines, or JSON.

use crate::cli::{CreateAdmin, ListFormat, Users, UsersAction};
use crate::office::Office;
use crate::problem::{self, Problem};
use crate::{sign_in, terminal};
use http::Method;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value, json};
use std::fmt::Write as _;
use std::io::Read as _;
use std::path::PathBuf;

/// Does what the command line says about accounts.
pub(crate) async fn run(arguments: &Users, config: Option<PathBuf>) -> Result<(), Problem> {
    let (office, _) = Office::open(&arguments.project, config).await?;
    let done = act(&office, &arguments.action).await;
    office.close().await;
    problem::output(terminal::data(done?))
}

/// Makes the first administrator.
pub(crate) async fn create_admin(arguments: &CreateAdmin, config: Option<PathBuf>) -> Result<(), Problem> {
    let (office, config) = Office::open(&arguments.project, config).await?;
    let schema = crate::assemble::schema(&config.schema)?;
    let roles = sign_in::roles(&config, &schema);
    let role = arguments.role.clone().or_else(|| roles.into_iter().next()).ok_or_else(|| {
        Problem::usage("the application has no roles, so nobody can be its administrator")
            .help("give the schema an enum with @role, or list `auth.roles` in the settings")
    })?;
    let mut body = account(&arguments.email, arguments.profile.as_deref(), arguments.name.as_deref())?;
    body["app_metadata"] = json!({ "role": role });
    let made = made(&office, body, arguments.password_stdin).await;
    office.close().await;
    problem::output(terminal::data(made?))
}

async fn act(office: &Office, action: &UsersAction) -> Result<String, Problem> {
    match action {
        UsersAction::Create { email, role, name, profile, invite, password_stdin } => {
            let mut body = account(email, profile.as_deref(), name.as_deref())?;
            if let Some(role) = role {
                body["app_metadata"] = json!({ "role": role });
            }
            if *invite {
                body["send"] = json!("invite");
                let user = office.ask(Method::POST, "/admin/users", Some(&body)).await?;
                return Ok(format!("{}\n", line(&user)));
            }
            made(office, body, *password_stdin).await
        }
        UsersAction::List { filter, page, per_page, format } => {
            let filter = utf8_percent_encode(filter.as_deref().unwrap_or_default(), NON_ALPHANUMERIC);
            let path = format!("/admin/users?page={page}&per_page={per_page}&filter={filter}");
            let answer = office.ask(Method::GET, &path, None).await?;
            Ok(match format {
                ListFormat::Json => format!("{}\n", answer["users"]),
                ListFormat::Text => {
                    answer["users"].as_array().into_iter().flatten().map(|user| format!("{}\n", line(user))).collect()
                }
            })
        }
        UsersAction::Show { who } => Ok(format!("{:#}\n", found(office, who).await?)),
        UsersAction::Ban { who, r#for } => change(office, who, &json!({ "ban_duration": r#for })).await,
        UsersAction::Unban { who } => change(office, who, &json!({ "ban_duration": "none" })).await,
        UsersAction::SetRole { who, role } => change(office, who, &json!({"app_metadata": {"role": role}})).await,
        UsersAction::Delete { who, soft } => {
            let user = found(office, who).await?;
            let body = json!({ "should_soft_delete": soft });
            office.ask(Method::DELETE, &path_of(&user), Some(&body)).await?;
            Ok(format!("deleted {}\n", line(&user)))
        }
        UsersAction::ResetPassword { who } => {
            let user = found(office, who).await?;
            let body = json!({"type": "recovery", "email": user["email"]});
            let link = office.ask(Method::POST, "/admin/generate_link", Some(&body)).await?;
            let text = |key: &str| link[key].as_str().unwrap_or_default().to_owned();
            Ok(format!("link  {}\ncode  {}\n", text("action_link"), text("email_otp")))
        }
    }
}

/// A new account whose password is read, or made and printed.
async fn made(office: &Office, mut body: Value, password_stdin: bool) -> Result<String, Problem> {
    if password_stdin {
        let mut password = String::new();
        std::io::stdin()
            .read_to_string(&mut password)
            .map_err(|error| Problem::new(format!("no password can be read: {error}")))?;
        body["password"] = json!(password.trim_end_matches(['\r', '\n']));
        body["email_confirm"] = json!(true);
        body["send"] = json!("none");
    } else {
        body["send"] = json!("temp_password");
    }
    let user = office.ask(Method::POST, "/admin/users", Some(&body)).await?;
    let mut out = format!("{}\n", line(&user));
    if let Some(password) = user["temporary_password"].as_str() {
        let _ = writeln!(out, "password  {password}");
        terminal::message("It works for 24 hours, and must be changed at the first sign-in.");
    }
    Ok(out)
}

fn account(email: &str, data: Option<&str>, name: Option<&str>) -> Result<Value, Problem> {
    let mut said: Map<String, Value> = match data.map(serde_json::from_str) {
        None => Map::new(),
        Some(Ok(Value::Object(said))) => said,
        Some(_) => {
            return Err(
                Problem::usage("--profile is not a JSON object").help("for example --profile '{\"city\":\"Rome\"}'")
            );
        }
    };
    let local = || email.split('@').next().unwrap_or_default().to_owned();
    said.entry("name").or_insert_with(|| json!(name.map_or_else(local, str::to_owned)));
    Ok(json!({"email": email, "user_metadata": said}))
}

async fn change(office: &Office, who: &str, body: &Value) -> Result<String, Problem> {
    let user = found(office, who).await?;
    let user = office.ask(Method::PUT, &path_of(&user), Some(body)).await?;
    Ok(format!("{}\n", line(&user)))
}

/// The account of an id or an address.
async fn found(office: &Office, who: &str) -> Result<Value, Problem> {
    let filter = utf8_percent_encode(who, NON_ALPHANUMERIC);
    let answer = office.ask(Method::GET, &format!("/admin/users?per_page=1000&filter={filter}"), None).await?;
    let is = |user: &&Value| {
        let text = |key: &str| user[key].as_str().unwrap_or_default();
        text("id").eq_ignore_ascii_case(who) || text("email").eq_ignore_ascii_case(who)
    };
    answer["users"].as_array().into_iter().flatten().find(is).cloned().ok_or_else(|| {
        Problem::new(format!("there is no account `{who}`"))
            .help("name it by its id or its whole address; see them with: backstay users list")
    })
}

fn path_of(user: &Value) -> String {
    format!("/admin/users/{}", user["id"].as_str().unwrap_or_default())
}

/// Id, address, role, and what keeps it from signing in.
fn line(user: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut out = format!("{}  {}", text(&user["id"]), text(&user["email"]));
    if let Some(role) = user["app_metadata"]["role"].as_str() {
        let _ = write!(out, "  {role}");
    }
    if let Some(until) = user["banned_until"].as_str() {
        let _ = write!(out, "  banned until {until}");
    }
    if user["email_confirmed_at"].is_null() {
        out.push_str("  unconfirmed");
    }
    out
}
