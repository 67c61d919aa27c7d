//! As much HTTP/1.1 as it takes to ask a server for one thing, and to know where an answer ends.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use memchr::memmem;

const PATIENCE: Duration = Duration::from_secs(5);

/// A whole answer at the start of a buffer.
#[derive(Debug, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    /// Where the body (still in chunks, if it came so) begins.
    pub body: usize,
    /// Bytes it takes in the buffer.
    pub length: usize,
}

/// The answer a buffer begins with, once all of it has arrived.
///
/// # Errors
/// It is not HTTP, or does not say where it ends.
pub fn first(buffer: &[u8]) -> Result<Option<Answer>> {
    let Some(end) = memmem::find(buffer, b"\r\n\r\n") else {
        return Ok(None);
    };
    let head = std::str::from_utf8(&buffer[..end]).context("an answer's head is not text")?;
    let status = head.get(9..12).and_then(|code| code.parse().ok());
    let status = status.with_context(|| format!("no status in {head:?}"))?;
    let body = end + 4;
    let length = match (
        header(head, "content-length"),
        header(head, "transfer-encoding"),
    ) {
        (Some(length), _) => Some(length.parse().context("content-length")?),
        (None, Some("chunked")) => chunks(&buffer[body..])?,
        (None, _) => bail!("an answer does not say where it ends"),
    };
    Ok(length
        .map(|length: usize| body + length)
        .filter(|&length| length <= buffer.len())
        .map(|length| Answer {
            status,
            body,
            length,
        }))
}

/// Bytes of a body in chunks, with their sizes and the last, empty one.
fn chunks(body: &[u8]) -> Result<Option<usize>> {
    let mut at = 0;
    loop {
        let Some(line) = body.get(at..).and_then(|rest| memmem::find(rest, b"\r\n")) else {
            return Ok(None);
        };
        let size = std::str::from_utf8(&body[at..at + line])?;
        let size = usize::from_str_radix(size, 16).context("a chunk's size")?;
        at += line + 2 + size + 2;
        if size == 0 {
            return Ok((at <= body.len()).then_some(at));
        }
    }
}

fn header<'a>(head: &'a str, wanted: &str) -> Option<&'a str> {
    head.lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case(wanted))
        .map(|(_, value)| value.trim())
}

/// Asks for one thing and waits for the answer: its status and its body.
///
/// # Errors
/// Nobody answers within five seconds.
pub fn ask(addr: SocketAddr, method: &str, path: &str, json: &str) -> Result<(u16, String)> {
    let mut stream = TcpStream::connect_timeout(&addr, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: {addr}\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{json}",
        json.len()
    )?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let found = first(&answer)?.context("the answer ends too early")?;
    let body = String::from_utf8_lossy(&answer[found.body..found.length]);
    Ok((found.status, body.into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_with_a_length_ends_there() {
        let bytes = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhiHTTP";
        let answer = first(bytes).unwrap().unwrap();
        assert_eq!((answer.status, answer.length), (200, bytes.len() - 4));
        assert_eq!(first(&bytes[..30]).unwrap(), None);
    }

    #[test]
    fn an_answer_in_chunks_ends_with_the_empty_one() {
        let bytes = b"HTTP/1.1 404 x\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n";
        let answer = first(bytes).unwrap().unwrap();
        assert_eq!((answer.status, answer.length), (404, bytes.len()));
        for end in 0..bytes.len() {
            assert_eq!(first(&bytes[..end]).unwrap(), None);
        }
    }
}
