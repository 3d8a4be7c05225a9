//! A keep-alive HTTP/1.1 client of the few lines that checks and measurements need. Not for use in the product.

use anyhow::{Context, Result, bail};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// One kept-alive connection.
pub(crate) struct Client {
    reader: BufReader<TcpStream>,
    token: String,
}

/// An answer.
pub(crate) struct Reply {
    /// Status code.
    pub(crate) status: u16,
    /// Header lines.
    pub(crate) head: String,
    /// Body.
    pub(crate) body: String,
}

impl Reply {
    /// The value of a header; `None` when it was not sent.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut fields = self.head.lines().filter_map(|line| line.split_once(':'));
        fields.find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    }
}

impl Client {
    /// Connects; every request carries `token`, unless it is empty.
    pub(crate) fn connect(address: SocketAddr, token: &str) -> Result<Self> {
        let stream = TcpStream::connect_timeout(&address, Duration::from_secs(2))?;
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        stream.set_nodelay(true)?;
        Ok(Self { reader: BufReader::new(stream), token: token.to_owned() })
    }

    /// Sends a request and reads its answer.
    pub(crate) fn send(&mut self, method: &str, path: &str, body: &str) -> Result<Reply> {
        self.send_with(method, path, &[("Content-Type", "application/json")], body)
    }

    /// The same with headers of one's own.
    pub(crate) fn send_with(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Result<Reply> {
        self.write(method, path, headers, body)?;
        self.read(method)
    }

    /// Sends a request without waiting for its answer, which [`Self::read`] takes.
    pub(crate) fn write(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Result<()> {
        let mut request = format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n", body.len());
        if !self.token.is_empty() {
            request.push_str(&format!("Authorization: Bearer {}\r\n", self.token));
        }
        for (name, value) in headers {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
        request.push_str("\r\n");
        request.push_str(body);
        self.reader.get_mut().write_all(request.as_bytes())?;
        Ok(())
    }

    /// The answer to a request of this method.
    pub(crate) fn read(&mut self, method: &str) -> Result<Reply> {
        let mut line = String::new();
        self.reader.read_line(&mut line)?;
        let status = line.split(' ').nth(1).and_then(|s| s.parse().ok()).context("no status line")?;
        let mut reply = Reply { status, head: String::new(), body: String::new() };
        loop {
            line.clear();
            if self.reader.read_line(&mut line)? == 0 {
                bail!("the connection closed inside the head");
            }
            if line.trim().is_empty() {
                break;
            }
            reply.head.push_str(&line);
        }
        if method == "HEAD" || status == 204 || status == 304 {
            return Ok(reply);
        }
        let bytes = if reply.header("transfer-encoding").is_some() {
            self.chunks()?
        } else {
            self.take(reply.header("content-length").unwrap_or("0").parse()?)?
        };
        reply.body = String::from_utf8(bytes)?;
        Ok(reply)
    }

    fn take(&mut self, length: usize) -> Result<Vec<u8>> {
        let mut bytes = vec![0; length];
        self.reader.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    /// A body in chunks.
    fn chunks(&mut self) -> Result<Vec<u8>> {
        let (mut bytes, mut line) = (Vec::new(), String::new());
        loop {
            line.clear();
            self.reader.read_line(&mut line)?;
            let length = usize::from_str_radix(line.split(';').next().unwrap_or_default().trim(), 16)?;
            bytes.extend(self.take(length)?);
            self.take("\r\n".len())?;
            if length == 0 {
                return Ok(bytes);
            }
        }
    }
}
