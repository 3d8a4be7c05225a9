//! Gives a body to the answers that hyper writes by itself when it cannot read a request (400, 414, 431): they are empty otherwise,
//! and a caller who left a `>` in a URL would learn nothing. Everything else passes through untouched.

use crate::fault::{Fault, code};
use bytes::{Buf, Bytes, BytesMut};
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// A connection whose unreadable requests are answered like every other error of the API.
pub(crate) struct Explained<S> {
    stream: S,
    /// What is still to be written in place of an empty answer.
    rest: Bytes,
    /// Whether `rest` stands for the buffer that is being written.
    replacing: bool,
}

impl<S> Explained<S> {
    /// Wraps a stream.
    pub(crate) fn new(stream: S) -> Self {
        Self { stream, rest: Bytes::new(), replacing: false }
    }
}

/// The answer in place of one of hyper's own; `None` for every answer of ours, which all carry a request id.
fn replacement(head: &[u8]) -> Option<Bytes> {
    let status = head.strip_prefix(b"HTTP/1.1 4")?.get(..2)?;
    let text = std::str::from_utf8(head).ok()?;
    if text.contains("x-request-id") || !text.contains("content-length: 0") || !text.ends_with("\r\n\r\n") {
        return None;
    }
    let fault = match status {
        b"00" => Fault::new(code::HTTP, "The request is not valid HTTP").hint(Some(
            "Characters such as <, >, \" and spaces must be percent-encoded in a URL; `curl -G --data-urlencode` does it."
                .to_owned(),
        )),
        b"14" => Fault::new(code::URL_TOO_LONG, "The URL is longer than the server accepts"),
        b"31" => Fault::new(code::HEADERS_TOO_LARGE, "The headers are larger than the server accepts"),
        _ => return None,
    };
    Some(written(text.lines().next().unwrap_or_default(), fault))
}

/// The answer to plain HTTP on the HTTPS port.
pub(crate) fn plain_on_tls() -> Bytes {
    let fault = Fault::new(code::HTTP, "This port speaks HTTPS, the request came in plain HTTP")
        .hint(Some("Write https:// in front of the address.".to_owned()));
    whole(fault)
}

/// The last answer on a connection, for one that no request of HTTP was read from.
pub(crate) fn whole(fault: Fault) -> Bytes {
    let status = fault.status;
    written(&format!("HTTP/1.1 {} {}", status.as_str(), status.canonical_reason().unwrap_or_default()), fault)
}

/// A whole answer as bytes.
fn written(status_line: &str, fault: Fault) -> Bytes {
    let response = fault.into_response();
    let mut bytes = BytesMut::from(status_line);
    bytes.extend_from_slice(
        format!("\r\nconnection: close\r\ncontent-length: {}\r\n", response.body().len()).as_bytes(),
    );
    for (name, value) in response.headers() {
        for part in [name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"] {
            bytes.extend_from_slice(part);
        }
    }
    bytes.extend_from_slice(b"\r\n");
    bytes.extend_from_slice(response.body());
    bytes.freeze()
}

impl<S: AsyncWrite + Unpin> Explained<S> {
    /// Writes what stands in place of `head`; `Ready` when it is all written, or when nothing stands in its place.
    fn replace(&mut self, context: &mut Context<'_>, head: &[u8]) -> Poll<io::Result<bool>> {
        if !self.replacing {
            let Some(bytes) = replacement(head) else { return Poll::Ready(Ok(false)) };
            (self.rest, self.replacing) = (bytes, true);
        }
        while self.rest.has_remaining() {
            let written = ready!(Pin::new(&mut self.stream).poll_write(context, &self.rest))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.rest.advance(written);
        }
        self.replacing = false;
        Poll::Ready(Ok(true))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Explained<S> {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, into)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Explained<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, from: &[u8]) -> Poll<io::Result<usize>> {
        if ready!(self.replace(context, from))? {
            return Poll::Ready(Ok(from.len()));
        }
        Pin::new(&mut self.stream).poll_write(context, from)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        from: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        // hyper writes such an answer as one slice.
        if let [only] = from
            && ready!(self.replace(context, only))?
        {
            return Poll::Ready(Ok(only.len()));
        }
        Pin::new(&mut self.stream).poll_write_vectored(context, from)
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
