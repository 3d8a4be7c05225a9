//! Writes a small answer as one piece. Hyper hands over head and body side by side; the system's call for several pieces costs more
//! than copying two kilobytes. Larger answers go as they are.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Largest answer that is copied, head and all.
const BYTES_MAX: usize = 2048;

/// A connection whose small answers are written as one piece.
pub(crate) struct Whole<S> {
    stream: S,
}

impl<S> Whole<S> {
    /// Wraps a stream.
    pub(crate) fn new(stream: S) -> Self {
        Self { stream }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Whole<S> {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, into)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Whole<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, from: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, from)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        from: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let mut room = [0_u8; BYTES_MAX];
        let mut taken = 0;
        for piece in from {
            let end = taken + piece.len();
            let Some(place) = room.get_mut(taken..end) else {
                return Pin::new(&mut self.stream).poll_write_vectored(context, from);
            };
            place.copy_from_slice(piece);
            taken = end;
        }
        Pin::new(&mut self.stream).poll_write(context, room.get(..taken).unwrap_or_default())
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::poll_fn;

    /// Counts what is written, and in how many pieces at once.
    #[derive(Default)]
    struct Counted {
        bytes: Vec<u8>,
        pieces: Vec<usize>,
    }

    impl AsyncWrite for Counted {
        fn poll_write(mut self: Pin<&mut Self>, _: &mut Context<'_>, from: &[u8]) -> Poll<io::Result<usize>> {
            self.bytes.extend_from_slice(from);
            self.pieces.push(1);
            Poll::Ready(Ok(from.len()))
        }

        fn poll_write_vectored(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
            from: &[IoSlice<'_>],
        ) -> Poll<io::Result<usize>> {
            from.iter().for_each(|piece| self.bytes.extend_from_slice(piece));
            self.pieces.push(from.len());
            Poll::Ready(Ok(from.iter().map(|piece| piece.len()).sum()))
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    #[tokio::test]
    async fn small_answers_are_one_piece_and_large_ones_are_not_copied() {
        for (head, body, pieces) in
            [(600, 100, 1), (0, 0, 1), (BYTES_MAX - 1, 1, 1), (BYTES_MAX, 1, 2), (1, BYTES_MAX, 2), (600, 1 << 20, 2)]
        {
            let (head, body) = (vec![b'h'; head], vec![b'b'; body]);
            let mut stream = Whole::new(Counted::default());
            let from = [IoSlice::new(&head), IoSlice::new(&body)];
            let written = poll_fn(|context| Pin::new(&mut stream).poll_write_vectored(context, &from)).await.unwrap();
            assert_eq!(written, head.len() + body.len());
            assert!(stream.stream.bytes == [head.clone(), body.clone()].concat());
            assert_eq!(stream.stream.pieces, [pieces], "{} and {}", head.len(), body.len());
        }
    }
}
