//! `backstay schema`: documents made from the schema, each as one role sees it.

use crate::cli::{Document, DocumentOf, Language, Project, Schema};
use crate::config::Config;
use crate::problem::{self, Problem};
use crate::{assemble, project, terminal};
use backstay_edge::docs;
use backstay_plan::access::View;
use backstay_plan::principal::{RoleSet, WireRole};
use backstay_schema::Schema as Model;
use std::path::PathBuf;
use std::sync::Arc;

/// Prints a document.
pub(crate) fn run(arguments: &Schema, config: Option<PathBuf>) -> Result<(), Problem> {
    let text = match &arguments.document {
        Document::Directives => backstay_schema::directives_sdl().to_owned(),
        Document::Sdl(of) => with_view(of, config, |schema, view, _| docs::sdl(schema, view))?,
        Document::Openapi(of) => with_view(of, config, |schema, view, external_url| {
            let options = docs::OpenApiOptions { external_url, sign_in: true, ..docs::OpenApiOptions::default() };
            format!("{:#}\n", docs::openapi(schema, view, &options))
        })?,
        Document::Types(types) => match types.lang {
            Language::Ts => with_view(&types.of, config, |schema, view, _| docs::typescript(schema, view))?,
        },
        Document::Postman(of) => postman(of, config)?,
    };
    problem::output(terminal::data(text))
}

/// A collection for the address of the settings.
fn postman(of: &DocumentOf, config: Option<PathBuf>) -> Result<String, Problem> {
    let config = settings(of, config)?;
    let schema: Arc<Model> = assemble::schema(&config.schema)?;
    let roles = role_set(&of.role, &schema)?;
    let view = View::new(&schema, &roles);
    let scheme = if config.server.tls.cert.is_some() { "https" } else { "http" };
    let address = config.external_url.unwrap_or_else(|| format!("{scheme}://{}", config.listen));
    Ok(format!("{:#}\n", docs::postman(&schema, &view, &roles, address.trim_end_matches('/'))))
}

fn settings(of: &DocumentOf, config: Option<PathBuf>) -> Result<Config, Problem> {
    project::settings(&Project { schema: of.schema.clone(), data: None }, config, None)
}

fn with_view<T>(
    of: &DocumentOf,
    config: Option<PathBuf>,
    make: impl FnOnce(&Model, &View<'_>, Option<String>) -> T,
) -> Result<T, Problem> {
    let config = settings(of, config)?;
    let schema: Arc<Model> = assemble::schema(&config.schema)?;
    let roles = role_set(&of.role, &schema)?;
    let view = View::new(&schema, &roles);
    Ok(make(&schema, &view, config.external_url))
}

/// The role set that a name on the command line stands for.
///
/// # Errors
/// A name that is no wire role and, where the schema lists the application's roles, none of those.
pub(crate) fn role_set(name: &str, schema: &Model) -> Result<RoleSet, Problem> {
    let declared: &[String] =
        schema.role_enum.and_then(|id| schema.enums.get(usize::from(id.0))).map_or(&[], |roles| &roles.values);
    match name {
        "anon" => Ok(RoleSet::anonymous()),
        "service_role" | "service" => Ok(RoleSet::service()),
        "authenticated" | "user" => Ok(RoleSet { wire: WireRole::Authenticated, application: Vec::new() }),
        _ if declared.is_empty() || declared.iter().any(|role| role == name) => {
            Ok(RoleSet { wire: WireRole::Authenticated, application: vec![name.to_owned()] })
        }
        _ => Err(Problem::usage(format!("there is no role `{name}`"))
            .help(format!("anon, authenticated, service_role, or one of the schema: {}", declared.join(", ")))),
    }
}
