//! One of the two databases, and a way to ask it. Nothing of an answer is left out or evened out: time and keys repeat.

use crate::generate::Ask;
use crate::place::{Place, Store};
use crate::worlds::World;
use backstay_edge::docs::{OpenApiOptions, openapi, sdl, typescript};
use backstay_edge::graphql::{self, Graphql};
use backstay_edge::rest::{Service, handle};
use backstay_engine::clock::FixedClock;
use backstay_engine::{Engine, OpenOptions, migrate};
use backstay_plan::Principal;
use backstay_plan::access::View;
use backstay_plan::limits::Limits;
use backstay_plan::principal::{Api as Door, RoleSet};
use backstay_schema::{Source, parse};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, Request, Response};
use std::sync::Arc;

/// 2024-02-29T12:00:00Z
const NOW_US: i64 = 1_709_208_000_000_000;

/// Which of the two databases.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    First,
    Second,
}

pub(crate) struct Api {
    engine: Engine,
    graphql: Graphql,
    limits: Limits,
    who: Principal,
    /// Whom `"me"` stands for in bodies.
    uid: &'static str,
    _place: Place,
}

/// A caller from whom nothing is hidden.
pub(crate) fn service() -> Principal {
    Principal::with_roles(RoleSet::service())
}

/// An empty database of a world's schema, whose clock stands, and its place.
pub(crate) async fn database(world: &World, schema: &str, store: Store) -> (Engine, Place) {
    let schema = match store {
        Store::Sqlite => schema.to_owned(),
        // What operations say is the same on all.
        Store::Postgres => schema.replace("{sqlite: ", "{postgres: "),
        Store::Mysql => schema.replace("{sqlite: ", "{mysql: "),
    };
    let parsed = parse(&[Source { name: "schema.graphql".to_owned(), text: schema }]);
    assert!(parsed.schema.is_some(), "{}: {:#?}", world.name, parsed.diagnostics);
    let schema = Arc::new(parsed.schema.unwrap());
    let place = Place::new(store);
    let options = OpenOptions { clock: Arc::new(FixedClock(NOW_US)), ..place.options() };
    let engine = Engine::open(Arc::clone(&schema), options).unwrap();
    let plan = migrate::plan(&engine, schema).await.unwrap();
    migrate::apply(&engine, plan, migrate::Permission::AdditiveOnly).await.unwrap();
    (engine, place)
}

impl Drop for Api {
    fn drop(&mut self) {
        // Its place goes next.
        self.engine.close();
    }
}

impl Api {
    /// The world's database on one of the stores, to be asked as `who`.
    pub(crate) async fn open_on(store: Store, world: &World, (schema, side): (&str, Side), who: Principal) -> Self {
        let (engine, place) = database(world, schema, store).await;
        let graphql = Graphql::new(graphql::Settings::default());
        let mut api =
            Self { engine, graphql, limits: Limits::default(), who: service(), uid: world.uid, _place: place };
        let more = if side == Side::Second { world.only_second } else { &[] };
        for (path, body) in world.rows.iter().chain(more) {
            let fill = |body: String, (hole, first, second): &(&str, &str, &str)| {
                body.replace(hole, if side == Side::First { first } else { second })
            };
            let body = world.holes.iter().rev().fold((*body).to_owned(), fill);
            let response = api.send(&Ask::new("POST", path).with_body(&body)).await;
            assert_eq!(response.status(), 201, "{} {path}: {response:?}", world.name);
        }
        api.who = who;
        api
    }

    pub(crate) async fn send(&self, ask: &Ask) -> Response<Bytes> {
        let mut request = Request::new(());
        *request.method_mut() = ask.method.parse::<Method>().unwrap();
        *request.uri_mut() = ask.encoded_path().parse().unwrap();
        for (name, value) in &ask.headers {
            let name = HeaderName::try_from(name.as_str()).unwrap();
            request.headers_mut().append(name, HeaderValue::try_from(value).unwrap());
        }
        let (parts, ()) = request.into_parts();
        let service = Service {
            engine: &self.engine,
            limits: &self.limits,
            tx_override: true,
            server_timing: false,
            strict_embed_names: false,
        };
        let path = parts.uri.path().to_owned();
        let who = Principal { method: ask.method, ..self.who.clone() };
        let body = ask.body.replace("\"me\"", &format!("\"{}\"", self.uid));
        handle(service, &parts, Bytes::from(body), who, &path).await
    }

    /// Asks through GraphQL.
    pub(crate) async fn graphql(&self, body: &serde_json::Value) -> Response<Bytes> {
        let request = Request::builder().method("POST").uri("/graphql").header("content-type", "application/json");
        let (parts, body) = request.body(Bytes::from(body.to_string())).unwrap().into_parts();
        let who = Principal { method: "POST", api: Door::Graphql, ..self.who.clone() };
        let service = graphql::Service { engine: &self.engine, graphql: &self.graphql };
        graphql::handle(service, &parts, body, &who, "").await
    }

    /// The schema in use.
    pub(crate) fn schema(&self) -> Arc<backstay_schema::Schema> {
        self.engine.schema()
    }

    /// The caller's roles.
    pub(crate) fn roles(&self) -> &RoleSet {
        &self.who.identity.roles
    }

    /// What the documents tell the caller.
    pub(crate) fn documents(&self) -> String {
        let schema = self.engine.schema();
        let view = View::new(&schema, &self.who.identity.roles);
        let document = openapi(&schema, &view, &OpenApiOptions::default());
        format!("{document}\n{}\n{}", typescript(&schema, &view), sdl(&schema, &view))
    }
}

/// Status, headers and body.
pub(crate) fn shown(response: &Response<Bytes>) -> String {
    format!("{} {:?}\n{}", response.status(), response.headers(), String::from_utf8_lossy(response.body()))
}
