//! `backstay dev`: serves a project and follows its schema. On every save the schema is checked; with mistakes the old one goes on
//! serving, additions are applied at once, and what would lose data is shown and refused.

use crate::assemble;
use crate::cli::Dev;
use crate::config::{Config, Overrides};
use crate::problem::Problem;
use crate::sign_in::{self, Server};
use crate::terminal::{self, Tone};
use crate::watch::SchemaWatch;
use crate::{certificate, findings, listen, migration, project, recording, seed, telemetry};
use backstay_auth::DeclaredRoles;
use backstay_edge::app::App;
use backstay_edge::server;
use backstay_engine::Engine;
use backstay_plan::access::View;
use backstay_plan::principal::RoleSet;
use backstay_schema::model::Op;
use backstay_schema::{Schema, Severity};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// Serves until a signal ends it.
pub(crate) async fn run(arguments: &Dev, file: Option<PathBuf>) -> Result<(), Problem> {
    let mut config = settings(arguments, file)?;
    config.server.timing = true;
    telemetry::start(&config.log)?;
    let schema = assemble::schema_with_warnings(&config)?;
    let sockets = listen::open(&config).await?;
    let engine = assemble::engine(Arc::clone(&schema), &config)?;
    let is_new = migration::apply(&engine, &schema, arguments.allow_destructive, &config).await?;
    if is_new {
        seed::load(&engine, &schema, &config).await?;
    }
    let url = listen::url(&sockets, config.external_url.as_deref());
    let (app, auth) = assemble::app(engine.clone(), &config, &url, Server::Development).await?;
    let app = Arc::new(app);
    let stop = CancellationToken::new();
    listen::stop_on_signals(stop.clone())?;
    if let Some(certificates) = &sockets.tls {
        certificate::follow(Arc::clone(certificates), &config.server.tls, stop.clone())?;
    }
    let recorded = recording::start(engine.clone(), &config.data_dir, stop.clone());
    let mails = sign_in::send_mails(auth, &config, stop.clone())?;
    let watch = SchemaWatch::start(&config.schema)?;
    greet(&config, &url, &schema)?;
    if is_new && !sign_in::roles(&config, &schema).is_empty() {
        let data = config.data_dir.display();
        terminal::message(&format!(
            "  There is no administrator yet: backstay create-admin you@example.com --data {data}\n"
        ));
    }

    let follower = Follower {
        app: Arc::clone(&app),
        engine: engine.clone(),
        config,
        allow_destructive: arguments.allow_destructive,
    };
    let follow = tokio::spawn(follower.follow(watch, stop.clone()));
    let served = server::serve(app, sockets, stop.clone()).await;
    stop.cancel();
    follow.abort();
    sign_in::finish(mails).await;
    let _ = recorded.await;
    super::serve::close(engine).await;
    served.map_err(|error| Problem::new(format!("cannot serve: {error}")))
}

/// The project's folder is the one that is given, else the one of `--schema`, else the working directory.
fn settings(arguments: &Dev, file: Option<PathBuf>) -> Result<Config, Problem> {
    if let Some(dir) = &arguments.dir
        && !dir.is_dir()
    {
        let next = if dir.is_file() {
            format!("backstay dev --schema {}", dir.display())
        } else {
            format!("make it: backstay init {}", dir.display())
        };
        return Err(Problem::usage(format!("{} is not a folder", dir.display())).help(next));
    }
    let of_schema = arguments.project.schema.as_deref().and_then(Path::parent).map(Path::to_path_buf);
    project::load(&Overrides {
        file,
        project: arguments.dir.clone().or(of_schema),
        schema: arguments.project.schema.clone(),
        data_dir: arguments.project.data.clone(),
        listen: arguments.listen.clone(),
    })
}

/// Says where everything is, with the keys and a line to try.
fn greet(config: &Config, url: &str, schema: &Schema) -> Result<(), Problem> {
    let keys = project::keys(config)?;
    let line = |name: &str, value: &str| {
        terminal::message(&format!("  {}  {value}", terminal::paint(Tone::Strong, &format!("{name:<13}"))))
    };
    terminal::message("");
    line("REST", &format!("{url}/rest/v1"));
    if config.graphql.enabled {
        line("GraphQL", &format!("{url}/graphql"));
    }
    line("sign-in", &format!("{url}/auth/v1"));
    line("API docs", &format!("{url}/docs"));
    line("OpenAPI", &format!("{url}/openapi.json"));
    line("health", &format!("{url}/health/ready"));
    line("schema", &config.schema.display().to_string());
    line("data", &config.data_dir.display().to_string());
    line("anon key", &keys.anon);
    line("service key", &keys.service);
    let served = || schema.models.iter().filter(|model| model.doors.rest && !model.generated);
    let anonymous = RoleSet::anonymous();
    let view = View::new(schema, &anonymous);
    let open = served().find(|model| view.allows(model.id, Op::Read));
    let key = if open.is_some() { &keys.anon } else { &keys.service };
    let relation = open.or_else(|| served().next()).map_or("", |model| &model.table);
    terminal::message(&format!("\n  curl '{url}/rest/v1/{relation}?limit=3' -H 'apikey: {key}'\n"));
    Ok(())
}

/// Follows the schema file.
struct Follower {
    app: Arc<App>,
    engine: Engine,
    config: Config,
    allow_destructive: bool,
}

impl Follower {
    async fn follow(self, mut watch: SchemaWatch, stop: CancellationToken) {
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                changed = watch.changed() => if changed.is_none() { return },
            }
            if let Err(problem) = self.reload().await {
                problem.show();
                terminal::headed(Tone::Warning, "schema", "the one before goes on serving");
            }
        }
    }

    async fn reload(&self) -> Result<(), Problem> {
        let checked = assemble::check_here(&self.config)?;
        let Some(schema) = checked.schema.clone() else {
            assemble::show(&checked, Severity::Error);
            return Err(Problem::new(format!("the schema has {}", findings::summary(&checked.diagnostics))));
        };
        assemble::show(&checked, Severity::Warning);
        migration::apply(&self.engine, &schema, self.allow_destructive, &self.config).await?;
        self.engine
            .swap_schema(Arc::clone(&schema))
            .map_err(|error| Problem::new(format!("the schema cannot be used: {error}")))?;
        self.app.verifier.replace_roles(DeclaredRoles::of(&schema));
        terminal::headed(Tone::Good, "schema", "saved, checked and in use");
        Ok(())
    }
}
