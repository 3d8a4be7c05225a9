//! Counts of requests that several nodes share, in Redis. In: a key, the time that one request stands for, and the time in which all
//! do. Out: what is taken of it, or how long to wait. Redis runs each as one script, by its own clock.

use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{Client, RedisError, Script};
use std::time::Duration;
use tokio::sync::OnceCell;

/// Longest wait for an answer; a request is not held up for longer.
const ANSWER_MAX: Duration = Duration::from_millis(250);
/// Longest pause between two attempts to reach it.
const PAUSE_MAX: Duration = Duration::from_secs(1);

/// Longest wait for the answer to somebody who only looks.
const LOOK_MAX: Duration = Duration::from_secs(3);

/// The moment until which requests are paid for is moved on by one request, unless that is too far ahead.
const TAKE: &str = "
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local each, per = tonumber(ARGV[1]), tonumber(ARGV[2])
local paid = tonumber(redis.call('GET', KEYS[1]) or now)
local next = math.max(paid, now) + each
if next - now > per then
  return {0, string.format('%.0f', next - per - now)}
end
redis.call('SET', KEYS[1], string.format('%.0f', next), 'PX', math.ceil((next - now) / 1000) + 1)
return {1, string.format('%.0f', next - now)}
";

/// Why Redis cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CountsError {
    /// The address is none.
    #[error("it is no address of Redis")]
    Address(#[source] RedisError),
    /// It cannot be reached, or does not take the password.
    #[error("{0}")]
    Refused(#[source] RedisError),
    /// It is silent.
    #[error("no answer within {wait_s} s")]
    Silent {
        /// How long it was waited for.
        wait_s: u64,
    },
}

/// What a count says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counted {
    /// The request passes; so much of the time is taken.
    Taken {
        /// Microseconds.
        micros: u64,
    },
    /// It does not, until so much later.
    Full {
        /// Microseconds.
        wait_micros: u64,
    },
}

/// Counts in Redis. Connects at the first request, and again by itself.
pub struct RedisCounts {
    client: Client,
    connection: OnceCell<ConnectionManager>,
    script: Script,
}

impl std::fmt::Debug for RedisCounts {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("RedisCounts").finish_non_exhaustive()
    }
}

impl RedisCounts {
    /// Counts at an address such as `redis://:password@host:6379/0` or `rediss://…`.
    ///
    /// # Errors
    /// It is no such address.
    pub fn open(url: &str) -> Result<Self, CountsError> {
        let client = Client::open(url).map_err(CountsError::Address)?;
        Ok(Self { client, connection: OnceCell::new(), script: Script::new(TAKE) })
    }

    /// Looks whether Redis answers, and changes nothing there.
    ///
    /// # Errors
    /// It does not.
    pub async fn answers(&self) -> Result<(), CountsError> {
        let asking = async {
            let mut connection = self.client.get_multiplexed_async_connection().await?;
            redis::cmd("PING").query_async::<String>(&mut connection).await
        };
        match tokio::time::timeout(LOOK_MAX, asking).await {
            Ok(answer) => answer.map(drop).map_err(CountsError::Refused),
            Err(_) => Err(CountsError::Silent { wait_s: LOOK_MAX.as_secs() }),
        }
    }

    /// Takes one request; `None` when Redis does not answer in time.
    pub async fn take(&self, key: u128, each_micros: u64, per_micros: u64) -> Option<Counted> {
        let taking = async {
            let config = ConnectionManagerConfig::new()
                .set_number_of_retries(1)
                .set_max_delay(PAUSE_MAX)
                .set_response_timeout(Some(ANSWER_MAX))
                .set_connection_timeout(Some(ANSWER_MAX));
            let connect = || ConnectionManager::new_with_config(self.client.clone(), config);
            let mut connection = self.connection.get_or_try_init(connect).await?.clone();
            let mut script = self.script.key(format!("backstay:rate:{key:032x}"));
            let (passes, micros): (u8, u64) =
                script.arg(each_micros).arg(per_micros).invoke_async(&mut connection).await?;
            let counted =
                if passes == 1 { Counted::Taken { micros } } else { Counted::Full { wait_micros: micros.max(1) } };
            Ok::<_, RedisError>(counted)
        };
        tokio::time::timeout(ANSWER_MAX, taking).await.ok()?.ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[expect(clippy::disallowed_methods, reason = "where a service listens is the machine's to say")]
    fn server() -> String {
        std::env::var("TEST_REDIS").unwrap_or_else(|_| "redis://127.0.0.1:6379/".to_owned())
    }

    #[tokio::test]
    async fn as_many_pass_as_may_whoever_counts() {
        let key = u128::from(std::process::id()) << 64 | u128::from(rand_like());
        let (one, other) = (RedisCounts::open(&server()).unwrap(), RedisCounts::open(&server()).unwrap());
        let mut passed = 0;
        for turn in 0..10 {
            let counts = if turn % 2 == 0 { &one } else { &other };
            match counts.take(key, 10_000_000, 50_000_000).await.unwrap() {
                Counted::Taken { micros } => {
                    passed += 1;
                    assert!(micros <= 50_000_000, "{micros}");
                }
                Counted::Full { wait_micros } => assert!((1..=10_000_000).contains(&wait_micros), "{wait_micros}"),
            }
        }
        assert_eq!(passed, 5);
        one.answers().await.unwrap();
    }

    /// A number that no other run has.
    fn rand_like() -> u64 {
        let bytes: Vec<u8> = std::fs::read("/proc/sys/kernel/random/uuid").unwrap();
        bytes.iter().fold(0, |sum, byte| sum * 31 % 0xffff_ffff + u64::from(*byte))
    }

    #[tokio::test]
    async fn a_server_that_is_not_there_is_not_waited_for() {
        let counts = RedisCounts::open("redis://127.0.0.1:1/").unwrap();
        let begun = std::time::Instant::now();
        assert_eq!(counts.take(1, 1, 1).await, None);
        assert!(begun.elapsed() < Duration::from_secs(1));
        assert!(matches!(counts.answers().await, Err(CountsError::Refused(_))));
        assert!(RedisCounts::open("http://x").is_err());
    }
}
