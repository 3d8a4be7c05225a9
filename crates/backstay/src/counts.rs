//! Counts of requests in Redis, as the engine asks for them.

use crate::problem::Problem;
use backstay_engine::rate::counts::{Answer, Asked, Counts, Taken};
use backstay_infra::counts::{Counted, RedisCounts};
use std::sync::Arc;
use std::time::Duration;

/// Redis.
#[derive(Debug)]
struct Redis(RedisCounts);

/// Counts at an address. Whether it answers is seen later: nothing depends on it.
///
/// # Errors
/// It is no address of Redis.
pub(crate) fn counts(url: &str) -> Result<Arc<dyn Counts>, Problem> {
    Ok(Arc::new(Redis(opened(url)?)))
}

/// Looks whether Redis answers at an address.
///
/// # Errors
/// It does not, or it is no address of Redis.
pub(crate) async fn answers(url: &str) -> Result<(), Problem> {
    opened(url)?.answers().await.map_err(|error| {
        Problem::new(format!("redis_url: {error}"))
            .help("start Redis, or mend its address; until then each node counts @rateLimit by itself")
    })
}

fn opened(url: &str) -> Result<RedisCounts, Problem> {
    RedisCounts::open(url).map_err(|error| {
        Problem::new(format!("redis_url cannot be used: {error}")).help("write it as redis://:PASSWORD@HOST:6379/0")
    })
}

impl Counts for Redis {
    fn take(&self, asked: Asked) -> Answer<'_> {
        Box::pin(async move {
            let (each, per) = asked.micros();
            Some(match self.0.take(asked.key, each, per).await? {
                Counted::Taken { micros } => asked.passed(micros),
                Counted::Full { wait_micros } => Taken::Refused { wait: Duration::from_micros(wait_micros) },
            })
        })
    }
}
