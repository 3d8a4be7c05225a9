//! The yardstick: axum over rusqlite (group commit, `synchronous=FULL`) or tokio-postgres by hand, the same SQL, verified tokens cached.
//! Arguments: listen address, database file or `postgres://` address, JWT secret. It serves the four measured workloads and `/health/ready`.

mod postgres;
mod store;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use std::collections::HashMap;
use std::sync::{Arc, RwLock};
use store::{Post, Store};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Tokens remembered at the most.
const TOKENS_MAX: usize = 10_000;

/// Where the posts are.
enum Posts {
    Sqlite(Store),
    Postgres(postgres::Store),
}

impl Posts {
    async fn insert(&self, post: Post) -> anyhow::Result<()> {
        match self {
            Self::Sqlite(store) => store.insert(post).await,
            Self::Postgres(store) => store.insert(post).await,
        }
    }

    async fn by_id(&self, id: i64) -> anyhow::Result<String> {
        match self {
            Self::Sqlite(store) => store.by_id(id),
            Self::Postgres(store) => store.by_id(id).await,
        }
    }

    async fn list(&self, limit: i64) -> anyhow::Result<String> {
        match self {
            Self::Sqlite(store) => store.list(limit),
            Self::Postgres(store) => store.list(limit).await,
        }
    }

    async fn list_with_author(&self, limit: i64) -> anyhow::Result<String> {
        match self {
            Self::Sqlite(store) => store.list_with_author(limit),
            Self::Postgres(store) => store.list_with_author(limit).await,
        }
    }
}

struct App {
    store: Posts,
    key: jsonwebtoken::DecodingKey,
    verified: RwLock<HashMap<String, u64>>,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut args = std::env::args().skip(1);
    let (Some(listen), Some(path), Some(secret)) = (args.next(), args.next(), args.next()) else {
        anyhow::bail!("usage: bench-peer ADDRESS DATABASE SECRET");
    };
    let app = Arc::new(App {
        store: if path.starts_with("postgres://") {
            Posts::Postgres(postgres::Store::open(&path).await?)
        } else {
            Posts::Sqlite(Store::open(&path)?)
        },
        key: jsonwebtoken::DecodingKey::from_secret(secret.as_bytes()),
        verified: RwLock::default(),
    });
    let router = Router::new()
        .route("/health/ready", get(|| async { "ok" }))
        .route("/rest/v1/posts", get(read).post(insert))
        .with_state(app);
    let listener = tokio::net::TcpListener::bind(&listen).await?;
    axum::serve(listener, router).await?;
    Ok(())
}

/// Checks the token, or finds it among those that were checked and have not expired.
fn is_verified(app: &App, headers: &HeaderMap) -> bool {
    #[derive(serde::Deserialize)]
    struct Claims {
        exp: u64,
    }
    let Some(token) =
        headers.get(header::AUTHORIZATION).and_then(|v| v.to_str().ok()).and_then(|v| v.strip_prefix("Bearer "))
    else {
        return false;
    };
    let now = jsonwebtoken::get_current_timestamp();
    if app.verified.read().is_ok_and(|tokens| tokens.get(token).is_some_and(|exp| *exp > now)) {
        return true;
    }
    let rules = jsonwebtoken::Validation::new(jsonwebtoken::Algorithm::HS256);
    let Ok(data) = jsonwebtoken::decode::<Claims>(token, &app.key, &rules) else { return false };
    if let Ok(mut tokens) = app.verified.write() {
        if tokens.len() >= TOKENS_MAX {
            tokens.clear();
        }
        tokens.insert(token.to_owned(), data.claims.exp);
    }
    true
}

#[derive(serde::Deserialize)]
struct Reading {
    id: Option<String>,
    select: Option<String>,
    limit: Option<i64>,
}

async fn read(State(app): State<Arc<App>>, headers: HeaderMap, Query(query): Query<Reading>) -> Response {
    if !is_verified(&app, &headers) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let rows = match (query.id.as_deref().and_then(|id| id.strip_prefix("eq.")), query.select.as_deref()) {
        (Some(id), _) => match id.parse() {
            Ok(id) => app.store.by_id(id).await,
            Err(_) => return StatusCode::BAD_REQUEST.into_response(),
        },
        (None, Some(select)) if select.contains("author") => {
            app.store.list_with_author(query.limit.unwrap_or(20)).await
        }
        (None, _) => app.store.list(query.limit.unwrap_or(20)).await,
    };
    match rows {
        Ok(body) => ([(header::CONTENT_TYPE, "application/json; charset=utf-8")], body).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

async fn insert(State(app): State<Arc<App>>, headers: HeaderMap, body: Bytes) -> Response {
    if !is_verified(&app, &headers) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let Ok(post) = serde_json::from_slice::<Post>(&body) else { return StatusCode::BAD_REQUEST.into_response() };
    match app.store.insert(post).await {
        Ok(()) => StatusCode::CREATED.into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
