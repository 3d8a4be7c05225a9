//! Documents generated from the schema: OpenAPI, a Postman collection, TypeScript types, SDL, and the page that shows the first.
//! Each says what one role set may see and nothing else.

mod example;
mod openapi;
mod page;
mod postman;
mod sdl;
mod typescript;

pub use openapi::{Documents, OpenApiOptions, openapi};
pub use page::page;
pub use postman::postman;
pub use sdl::sdl;
pub use typescript::typescript;

use crate::app::App;
use backstay_plan::principal::Principal;
use bytes::Bytes;

/// The OpenAPI document of what a caller may see, as JSON text.
#[must_use]
pub fn openapi_of(app: &App, who: &Principal) -> Bytes {
    let options = OpenApiOptions {
        external_url: app.config.external_url.clone(),
        sign_in: app.auth.is_some(),
        limits: *app.engine.limits(),
    };
    app.documents.openapi(&app.engine.schema(), who, &options)
}
