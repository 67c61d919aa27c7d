//! The limit: what one core can do when it does nothing but write to sockets.
//!
//! Each turn takes what has arrived on all connections, makes one run of bytes of it, and writes
//! that once to every reader. There is no protocol to speak of, no database, no limit on a slow
//! reader's queue; whatever is faster than this has cheated. It only understands the generator.

use std::collections::HashMap;
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use anyhow::{Result, bail};
use memchr::memmem;

use crate::net::frame;
use crate::net::poll::{Interest, Patience, Poll};

const LISTENER: usize = 0;
const BUFFER: usize = 64 * 1024;
/// The answer to the one key the generator uses.
const AGREED: &str = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                      Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

/// Serves until it is killed.
pub fn run(addr: SocketAddr) -> Result<()> {
    let mut bare = Bare::new(addr)?;
    loop {
        bare.turn()?;
    }
}

struct Bare {
    poll: Poll,
    listener: TcpListener,
    clients: HashMap<usize, Client>,
    next: usize,
    buffer: Vec<u8>,
    /// What every reader is to get at the end of the turn.
    news: Vec<u8>,
}

struct Client {
    stream: TcpStream,
    kind: Kind,
    rest: Vec<u8>,
    out: Vec<u8>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Unknown,
    Reader,
    Other,
}

impl Bare {
    fn new(addr: SocketAddr) -> Result<Self> {
        let listener = TcpListener::bind(addr)?;
        listener.set_nonblocking(true)?;
        let poll = Poll::new(Patience::Sleeps)?;
        poll.add(&listener, LISTENER, Interest::Read)?;
        Ok(Self {
            poll,
            listener,
            clients: HashMap::new(),
            next: LISTENER + 1,
            buffer: vec![0; BUFFER],
            news: Vec::new(),
        })
    }

    fn turn(&mut self) -> Result<()> {
        let count = self.poll.wait(Duration::from_mins(1))?;
        for index in 0..count {
            let ready = self.poll.event(index);
            match ready.token {
                LISTENER => self.accept()?,
                token => self.serve(token, ready.readable)?,
            }
        }
        self.spread();
        Ok(())
    }

    fn accept(&mut self) -> Result<()> {
        loop {
            match self.listener.accept() {
                Ok((stream, _)) => self.welcome(stream)?,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn welcome(&mut self, stream: TcpStream) -> Result<()> {
        stream.set_nonblocking(true)?;
        stream.set_nodelay(true)?;
        self.poll.add(&stream, self.next, Interest::Read)?;
        let client = Client {
            stream,
            kind: Kind::Unknown,
            rest: Vec::new(),
            out: Vec::new(),
        };
        self.clients.insert(self.next, client);
        self.next += 1;
        Ok(())
    }

    fn serve(&mut self, token: usize, is_readable: bool) -> Result<()> {
        let Some(client) = self.clients.get_mut(&token) else {
            return Ok(());
        };
        if is_readable && !client.hear(&mut self.buffer, &mut self.news)? {
            self.clients.remove(&token);
            return Ok(());
        }
        client.flush();
        let interest = client.interest();
        self.poll.change(&client.stream, token, interest)
    }

    /// One write to each reader, whatever the number of messages.
    fn spread(&mut self) {
        if self.news.is_empty() {
            return;
        }
        for (&token, client) in &mut self.clients {
            if client.kind == Kind::Reader && !client.give(&self.news) {
                self.poll
                    .change(&client.stream, token, Interest::ReadAndWrite)
                    .ok();
            }
        }
        self.news.clear();
    }
}

impl Client {
    /// Reads and understands. Returns whether the connection is still there.
    fn hear(&mut self, buffer: &mut [u8], news: &mut Vec<u8>) -> Result<bool> {
        match self.stream.read(buffer) {
            Ok(0) => return Ok(false),
            Ok(count) => self.rest.extend_from_slice(&buffer[..count]),
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(true),
            Err(_) => return Ok(false),
        }
        let rest = std::mem::take(&mut self.rest);
        let mut at = if self.kind == Kind::Unknown {
            self.upgrade(&rest)
        } else {
            0
        };
        while self.kind != Kind::Unknown
            && let Some(frame) = frame::first(&rest[at..])?
        {
            at += frame.length;
            match frame.opcode {
                frame::TEXT => self.publish(frame.payload, news)?,
                frame::CLOSE => return Ok(false),
                _ => {}
            }
        }
        self.rest.extend_from_slice(&rest[at..]);
        Ok(true)
    }

    fn upgrade(&mut self, bytes: &[u8]) -> usize {
        let Some(end) = memmem::find(bytes, b"\r\n\r\n") else {
            return 0;
        };
        self.kind = match bytes.starts_with(b"GET /read ") {
            true => Kind::Reader,
            false => Kind::Other,
        };
        self.out.extend_from_slice(AGREED.as_bytes());
        end + 4
    }

    /// `{"id":7,"text":"…"}` becomes everybody's news, and `{"ack":7}` for who sent it.
    fn publish(&mut self, command: &[u8], news: &mut Vec<u8>) -> Result<()> {
        let Some(comma) = memchr::memchr(b',', command) else {
            bail!("not a command: {}", String::from_utf8_lossy(command));
        };
        let mut message = b"{".to_vec();
        message.extend_from_slice(&command[comma + 1..]);
        frame::from_server(news, frame::TEXT, &message);
        let id = &command[6..comma];
        let ack = [&b"{\"ack\":"[..], id, b"}"].concat();
        frame::from_server(&mut self.out, frame::TEXT, &ack);
        Ok(())
    }

    /// Writes news, or queues what the socket does not take. Returns whether all of it went.
    fn give(&mut self, news: &[u8]) -> bool {
        if self.out.is_empty() {
            let written = self.stream.write(news).unwrap_or(0);
            self.out.extend_from_slice(&news[written..]);
        } else {
            self.out.extend_from_slice(news);
        }
        self.out.is_empty()
    }

    fn flush(&mut self) {
        if self.out.is_empty() {
            return;
        }
        let written = self.stream.write(&self.out).unwrap_or(0);
        self.out.drain(..written);
    }

    fn interest(&self) -> Interest {
        match self.out.is_empty() {
            true => Interest::Read,
            false => Interest::ReadAndWrite,
        }
    }
}
