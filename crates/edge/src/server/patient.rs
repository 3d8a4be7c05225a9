//! Ends a connection whose client takes nothing of what is written to it: its answer holds memory for as long as it lives.
//! In: a stream and a time. Out: the stream, whose writes fail once no byte could be written for that time.

use std::future::Future as _;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

/// A connection that waits for its client, but not for ever.
pub(crate) struct Patient<S> {
    stream: S,
    limit: Duration,
    /// Set while a write waits for the client.
    writing: Wait,
    /// Set while what was written waits: TLS takes in some of it before the client does.
    flushing: Wait,
}

/// When a wait is over; nothing while none is going on.
type Wait = Option<Pin<Box<Sleep>>>;

impl<S> Patient<S> {
    /// Wraps a stream.
    pub(crate) fn new(stream: S, limit: Duration) -> Self {
        Self { stream, limit, writing: None, flushing: None }
    }
}

/// What a step came to, or its failure when it has waited for too long.
fn judge<T>(
    step: Poll<io::Result<T>>,
    (wait, limit): (&mut Wait, Duration),
    context: &mut Context<'_>,
) -> Poll<io::Result<T>> {
    if step.is_ready() {
        *wait = None;
        return step;
    }
    let until = wait.get_or_insert_with(|| Box::pin(sleep(limit)));
    until.as_mut().poll(context).map(|()| Err(io::ErrorKind::TimedOut.into()))
}

impl<S: AsyncRead + Unpin> AsyncRead for Patient<S> {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, into)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Patient<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, from: &[u8]) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        let written = Pin::new(&mut this.stream).poll_write(context, from);
        judge(written, (&mut this.writing, this.limit), context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        from: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        let written = Pin::new(&mut this.stream).poll_write_vectored(context, from);
        judge(written, (&mut this.writing, this.limit), context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let flushed = Pin::new(&mut this.stream).poll_flush(context);
        judge(flushed, (&mut this.flushing, this.limit), context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::Patient;
    use std::io::ErrorKind;
    use std::time::Duration;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    #[tokio::test]
    async fn a_client_that_takes_nothing_is_given_up() {
        let (ours, _theirs) = tokio::io::duplex(100);
        let error = Patient::new(ours, Duration::from_millis(20)).write_all(&[0; 1_000]).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn the_time_counts_anew_for_each_byte_that_is_taken() {
        let (ours, mut theirs) = tokio::io::duplex(100);
        let mut patient = Patient::new(ours, Duration::from_secs(60));
        let mut taken = [0; 950];
        let (written, read) = tokio::join!(patient.write_all(&[0; 1_000]), theirs.read_exact(&mut taken));
        written.unwrap();
        assert_eq!(read.unwrap(), 950);
        assert!(patient.writing.is_none(), "nothing waits, so no time runs");
    }
}
