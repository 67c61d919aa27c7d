//! A WebSocket over TCP: the library reads, our outbox writes.
//!
//! The library takes frames apart and answers pings and the closing handshake; what it has to say
//! goes through the same outbox as everything else, so that nothing is torn. The connection behind
//! an upgraded request is taken out of the HTTP server's wrapping, because whoever writes a
//! publication does so directly.

use std::fmt::Debug;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, ready};

use futures::{Stream, StreamExt};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use hyper_util::server::conn::auto;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tungstenite::protocol::{Role, WebSocketConfig};
use tungstenite::{Error, Message};

use super::close_code::FollowFrames;
use super::dialect::Dialect;
use super::wire::{Wire, WireBytes};

/// The library's defaults cost 135 KiB a connection.
const READ_BUFFER: usize = 1024;

/// A close code of the registry that the library does not know; it would answer it with 1002.
const BAD_GATEWAY: u16 = 1014;
const CLOSE_FRAME: u8 = 0x88;
const BAD_GATEWAY_FRAME: [u8; 4] = {
    let [high, low] = BAD_GATEWAY.to_be_bytes();
    [CLOSE_FRAME, 2, high, low]
};

/// What a connection needs of a socket. Tests put something else in its place.
pub trait Socket: Stream<Item = Result<Message, Error>> + Unpin + Send {
    /// The sending side.
    fn wire(&self) -> Arc<dyn Wire>;

    /// In which words it is spoken to.
    fn dialect(&self) -> Dialect;

    /// What the client names with what it sends elsewhere; nothing, if it all comes this way.
    fn session(&self) -> Option<&str> {
        None
    }

    /// Where the socket's own answers go.
    fn attach(&mut self, sink: Arc<dyn ControlSink>);

    /// Waits until the sending side may take more.
    fn poll_writable(&self, context: &mut Context<'_>) -> Poll<()>;

    /// Reads past what the library has given up on.
    fn poll_discard(&self, context: &mut Context<'_>) -> Poll<Discarded>;

    /// All is written. (A WebSocket has its own way to say so.)
    fn finish(&self) {}
}

/// Takes what the WebSocket library has to say: pongs, and its part of the closing handshake.
pub trait ControlSink: Debug + Send + Sync {
    fn control(&self, frame: WireBytes);

    /// Writes it. What the socket does not take now is somebody else's to write.
    fn flush(&self);
}

/// What was read and thrown away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Discarded {
    Some,
    /// There is no more.
    End,
}

/// The receiving side of a WebSocket; what it wants to say goes through the outbox.
#[derive(Debug)]
pub struct WebSocket {
    stream: WebSocketStream<Duplex>,
    dialect: Dialect,
}

impl WebSocket {
    /// Goes on where the HTTP server has left off. `ceiling` bounds a message, in bytes.
    ///
    /// # Errors
    /// The request did not come over plain TCP.
    pub async fn accept(
        upgraded: Upgraded,
        dialect: Dialect,
        ceiling: usize,
    ) -> Result<Self, Upgraded> {
        let (stream, begun) = take_apart(upgraded)?;
        let mut duplex = Duplex {
            stream: Arc::new(stream),
            sink: OnceLock::new(),
            frames: FollowFrames::default(),
            closes_with: None,
        };
        duplex.see(&begun);
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER)
            .write_buffer_size(0)
            .max_message_size(Some(ceiling))
            .max_frame_size(Some(ceiling));
        let stream =
            WebSocketStream::from_partially_read(duplex, begun, Role::Server, Some(config));
        Ok(Self {
            stream: stream.await,
            dialect,
        })
    }
}

/// The connection, and what was read of it already. Our own server gives it as it is, axum's wraps it.
fn take_apart(upgraded: Upgraded) -> Result<(TcpStream, Vec<u8>), Upgraded> {
    match auto::upgrade::downcast::<TokioIo<TcpStream>>(upgraded) {
        Ok(parts) => Ok((parts.io.into_inner(), parts.read_buf.to_vec())),
        Err(upgraded) => {
            let parts = upgraded.downcast::<TokioIo<TcpStream>>()?;
            Ok((parts.io.into_inner(), parts.read_buf.to_vec()))
        }
    }
}

impl Stream for WebSocket {
    type Item = Result<Message, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.stream.poll_next_unpin(context)
    }
}

impl Socket for WebSocket {
    fn wire(&self) -> Arc<dyn Wire> {
        self.stream.get_ref().stream.clone()
    }

    fn dialect(&self) -> Dialect {
        self.dialect
    }

    fn attach(&mut self, sink: Arc<dyn ControlSink>) {
        let _ = self.stream.get_mut().sink.set(sink);
    }

    fn poll_writable(&self, context: &mut Context<'_>) -> Poll<()> {
        // A broken socket counts as writable: the write that follows reports the error.
        let stream = &self.stream.get_ref().stream;
        stream.poll_write_ready(context).map(drop)
    }

    fn poll_discard(&self, context: &mut Context<'_>) -> Poll<Discarded> {
        let stream = &self.stream.get_ref().stream;
        loop {
            if ready!(stream.poll_read_ready(context)).is_err() {
                return Poll::Ready(Discarded::End);
            }
            match stream.try_read(&mut [0; READ_BUFFER]) {
                Ok(1..) => return Poll::Ready(Discarded::Some),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Ok(0) | Err(_) => return Poll::Ready(Discarded::End),
            }
        }
    }
}

/// What the library reads from and writes to.
#[derive(Debug)]
struct Duplex {
    stream: Arc<TcpStream>,
    sink: OnceLock<Arc<dyn ControlSink>>,
    frames: FollowFrames,
    /// With what the client closes, once it does.
    closes_with: Option<u16>,
}

impl Duplex {
    fn see(&mut self, bytes: &[u8]) {
        if self.closes_with.is_none() {
            self.closes_with = self.frames.follow(bytes);
        }
    }
}

impl AsyncRead for Duplex {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        loop {
            ready!(self.stream.poll_read_ready(context))?;
            match self.stream.try_read(buffer.initialize_unfilled()) {
                Ok(read) => {
                    let before = buffer.filled().len();
                    buffer.advance(read);
                    self.see(&buffer.filled()[before..]);
                    return Poll::Ready(Ok(()));
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }
}

impl AsyncWrite for Duplex {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let length = bytes.len();
        let bytes = match bytes.first() {
            Some(&CLOSE_FRAME) if self.closes_with == Some(BAD_GATEWAY) => {
                WireBytes::raw(&BAD_GATEWAY_FRAME)
            }
            _ => WireBytes::raw(bytes),
        };
        if let Some(sink) = self.sink.get() {
            sink.control(bytes);
        }
        Poll::Ready(Ok(length))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        if let Some(sink) = self.sink.get() {
            sink.flush();
        }
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
