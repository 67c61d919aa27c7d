//! One connection: its socket, how far it has come, and the bytes that could not be dealt with yet.

use std::io::{ErrorKind, Read, Result as IoResult, Write};
use std::net::{SocketAddr, TcpStream};
use std::rc::Rc;

use anyhow::{Result, bail};
use memchr::memmem;

use crate::dialect::Door;
use crate::net::poll::{Interest, Poll};
use crate::net::socket;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    Connecting,
    Upgrading,
    Open,
}

#[derive(Debug)]
pub struct Link {
    /// Gone once the connection has ended.
    pub stream: Option<TcpStream>,
    pub stage: Stage,
    pub door: Rc<Door>,
    /// Answers to the greeting that are still to come.
    pub missing: u32,
    pub out: Vec<u8>,
    rest: Vec<u8>,
    wants_to_write: bool,
}

impl Link {
    pub fn new(stream: TcpStream, door: Rc<Door>) -> Self {
        Self {
            stream: Some(stream),
            stage: Stage::Connecting,
            missing: door.answers,
            door,
            out: Vec::new(),
            rest: Vec::new(),
            wants_to_write: true,
        }
    }

    /// The handshake. The key is always the same and its answer is not checked: nothing between
    /// here and there could mistake one protocol for the other.
    pub fn ask_for_upgrade(&mut self, host: SocketAddr) -> Result<()> {
        let path = self.door.path;
        self.stage = Stage::Upgrading;
        write!(
            self.out,
            "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        )?;
        Ok(())
    }

    /// Whether the server has agreed, and how many bytes its answer took.
    pub fn upgraded(&mut self, bytes: &[u8]) -> Result<Option<usize>> {
        let Some(end) = memmem::find(bytes, b"\r\n\r\n") else {
            return Ok(None);
        };
        if !bytes.starts_with(b"HTTP/1.1 101") {
            let head = String::from_utf8_lossy(&bytes[..end]);
            bail!("the server refused the socket: {head}");
        }
        self.stage = Stage::Open;
        Ok(Some(end + 4))
    }

    /// Fills the buffer with what was kept and what has arrived; returns how much that is, or
    /// nothing if nothing has.
    pub fn read(&mut self, buffer: &mut Vec<u8>) -> IoResult<Option<usize>> {
        let Some(stream) = &mut self.stream else {
            return Ok(None);
        };
        let kept = self.rest.len();
        if buffer.len() < 2 * kept {
            buffer.resize(4 * kept, 0);
        }
        match stream.read(&mut buffer[kept..]) {
            Ok(0) => Err(ErrorKind::UnexpectedEof.into()),
            Ok(count) => {
                buffer[..kept].copy_from_slice(&self.rest);
                Ok(Some(kept + count))
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Keeps half a frame until the other half arrives.
    pub fn keep(&mut self, rest: &[u8]) {
        self.rest.clear();
        self.rest.extend_from_slice(rest);
    }

    /// Writes as much as the socket takes. Returns whether that was all.
    pub fn flush(&mut self) -> IoResult<bool> {
        let Some(stream) = &mut self.stream else {
            return Ok(true);
        };
        let mut written = 0;
        while written < self.out.len() {
            match stream.write(&self.out[written..]) {
                Ok(count) => written += count,
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) => return Err(error),
            }
        }
        if written > 0 {
            socket::acknowledge_promptly(stream)?;
        }
        self.out.drain(..written);
        Ok(self.out.is_empty())
    }

    /// Asks to be told when the socket takes more, or no longer.
    pub fn want(&mut self, poll: &Poll, index: usize, to_write: bool) -> Result<()> {
        if self.wants_to_write == to_write {
            return Ok(());
        }
        self.wants_to_write = to_write;
        let interest = match to_write {
            true => Interest::ReadAndWrite,
            false => Interest::Read,
        };
        match &self.stream {
            Some(stream) => poll.change(stream, index, interest),
            None => Ok(()),
        }
    }

    /// Gives its memory back.
    pub fn forget(&mut self) {
        self.out = Vec::new();
        self.rest = Vec::new();
    }
}
