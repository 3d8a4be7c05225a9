//! GraphQL's settings as the server takes them. In: the configuration. Out: settings, or why a manifest cannot be read.

use crate::config::Config;
use crate::config::graphql::{ScalarNames, StatusMode, TypeNames};
use crate::problem::Problem;
use crate::sign_in::Server;
use backstay_edge::{fault, graphql};
use std::path::Path;

/// The settings of a server.
///
/// # Errors
/// A manifest of trusted documents that cannot be read.
pub(crate) fn settings(config: &Config, server: Server) -> Result<graphql::Settings, Problem> {
    let config = &config.graphql;
    let naming = graphql::Naming {
        types: match config.type_names {
            TypeNames::Schema => graphql::TypeNames::Schema,
            TypeNames::Relation => graphql::TypeNames::Relation,
        },
        scalars: match config.scalar_names {
            ScalarNames::Schema => graphql::ScalarNames::Schema,
            ScalarNames::Pg => graphql::ScalarNames::Postgres,
        },
        text_numbers: config.stringify_numeric,
    };
    Ok(graphql::Settings {
        enabled: config.enabled,
        naming,
        statuses: match config.status_mode {
            StatusMode::Audit => fault::StatusMode::Audit,
            StatusMode::Draft2026 => fault::StatusMode::Draft2026,
        },
        introspection: config.introspection.clone(),
        federation: config.federation,
        graphiql: config.graphiql.unwrap_or(server == Server::Development),
        persisted_bytes_max: config.persisted_max.bytes(),
        trusted: config.trusted_documents.as_deref().map(trusted).transpose()?,
    })
}

fn trusted(path: &Path) -> Result<graphql::TrustedDocuments, Problem> {
    let shown = path.display();
    let text = std::fs::read_to_string(path)
        .map_err(|error| Problem::new(format!("the setting `graphql.trusted_documents`: {shown}: {error}")))?;
    graphql::TrustedDocuments::parse(&text).map_err(|error| {
        Problem::new(format!("the setting `graphql.trusted_documents`: {shown}: {error}"))
            .help("an object from hash to document, or Apollo's persisted query manifest")
    })
}
