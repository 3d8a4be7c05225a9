//! Something that is told once and that every connection waits for. In: the telling. Out: a future that costs a connection one
//! load each time it is polled for another reason, where a cancellation token takes two locks.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Waker};
use tokio::sync::Notify;
use tokio::sync::futures::Notified;

/// Told or not.
#[derive(Debug, Default)]
pub(super) struct Signal {
    told: AtomicBool,
    waiting: Notify,
}

impl Signal {
    /// Tells everybody who waits, and whoever comes later.
    pub(super) fn tell(&self) {
        // Before they are woken, so that each finds it told.
        self.told.store(true, Ordering::Release);
        self.waiting.notify_waiters();
    }

    /// Waits until it is told.
    pub(super) fn wait(&self) -> Wait<'_> {
        Wait { signal: self, notified: Box::pin(self.waiting.notified()), known: None }
    }

    fn is_told(&self) -> bool {
        self.told.load(Ordering::Acquire)
    }
}

/// Ends when its [`Signal`] is told.
#[derive(Debug)]
pub(super) struct Wait<'a> {
    signal: &'a Signal,
    notified: Pin<Box<Notified<'a>>>,
    /// Who is woken; while it is the same, there is nothing to do.
    known: Option<Waker>,
}

impl Future for Wait<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.signal.is_told() {
            return Poll::Ready(());
        }
        if self.known.as_ref().is_some_and(|known| known.will_wake(context.waker())) {
            return Poll::Pending;
        }
        self.known = Some(context.waker().clone());
        self.notified.as_mut().poll(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[tokio::test]
    async fn tells_all() {
        let signal = Arc::new(Signal::default());
        let early = signal.wait();
        let waiting: Vec<_> = (0..3)
            .map(|_| {
                let signal = Arc::clone(&signal);
                tokio::spawn(async move { signal.wait().await })
            })
            .collect();
        tokio::task::yield_now().await;
        assert!(waiting.iter().all(|task| !task.is_finished()));
        signal.tell();
        for task in waiting {
            task.await.unwrap();
        }
        early.await;
        signal.wait().await;
    }

    #[tokio::test]
    async fn wakes_whoever_polled_last() {
        let signal = Arc::new(Signal::default());
        let mut wait = Box::pin(signal.wait());
        let nobody = &mut Context::from_waker(Waker::noop());
        assert!(wait.as_mut().poll(nobody).is_pending());
        tokio::join!(wait, async { signal.tell() });
    }
}
