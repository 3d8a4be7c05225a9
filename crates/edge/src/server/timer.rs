//! The timer of one connection. Its deadline moves with every request and hardly ever passes, so the runtime is told of it only
//! when the one it knows has passed: each telling and each taking back would cost a lock.

use hyper::rt::{Sleep, Timer};
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

/// What the runtime knows; nothing before the first wait.
type Alarm = Arc<Mutex<Option<Pin<Box<tokio::time::Sleep>>>>>;

/// Gives hyper the time until which a request head must be there.
#[derive(Debug, Clone, Default)]
pub(super) struct LazyTimer {
    alarm: Alarm,
}

impl Timer for LazyTimer {
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Sleep>> {
        self.sleep_until(Instant::now() + duration)
    }

    fn sleep_until(&self, deadline: Instant) -> Pin<Box<dyn Sleep>> {
        Box::pin(Until { deadline, alarm: Arc::clone(&self.alarm) })
    }
}

/// Ends at a deadline.
struct Until {
    deadline: Instant,
    alarm: Alarm,
}

impl Sleep for Until {}

impl Future for Until {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let deadline = self.deadline.into();
        let mut alarm = self.alarm.lock().unwrap_or_else(PoisonError::into_inner);
        let alarm = alarm.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(deadline)));
        if alarm.deadline() > deadline {
            alarm.as_mut().reset(deadline);
        }
        // Where an earlier deadline has passed meanwhile, this one may not have.
        while alarm.as_mut().poll(context).is_ready() {
            if alarm.deadline() >= deadline {
                return Poll::Ready(());
            }
            alarm.as_mut().reset(deadline);
        }
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn ends_at_the_deadline_whatever_was_waited_for_before() {
        let timer = LazyTimer::default();
        let begin = Instant::now();
        let at = |ms| begin + Duration::from_millis(ms);
        // Left before its end, as when a head arrives: the runtime still knows of it when the next one is waited for.
        let leave = async |until_ms, left_ms| {
            let wait = timer.sleep_until(at(until_ms));
            assert!(tokio::time::timeout_at(at(left_ms).into(), wait).await.is_err(), "{until_ms}");
        };
        leave(600_000, 1).await;
        leave(500_000, 2).await;
        for (left, ends) in [(None, 40), (None, 20), (Some(80), 120), (Some(600_000), 160)] {
            if let Some(until) = left {
                leave(until, until.min(130) - 5).await;
            }
            timer.sleep_until(at(ends)).await;
            assert!(Instant::now() >= at(ends), "{ends}");
        }
        assert!(Instant::now() < at(60_000));
    }
}
