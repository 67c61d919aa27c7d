//! A socket made of HTTP: a response that goes on, and requests beside it for what the client sends.
//!
//! For networks that swallow sockets. To a connection it is a socket like any other: the outbox
//! writes into a small passage, the HTTP server takes out of it what its own socket has room for, and
//! when that is nothing the passage is full, so a slow reader is found out in the same way.

use std::convert::Infallible;
use std::io::{self, ErrorKind, IoSlice};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use futures::Stream;
use tokio::sync::mpsc::Receiver;
use tungstenite::{Error, Message};

use super::admission::Admitted;
use super::dialect::Dialect;
use super::open_streams::Listed;
use super::socket::{ControlSink, Discarded, Socket};
use super::wire::Wire;
use crate::server::realtime::lock;

/// Bytes in the passage. The HTTP server has a buffer of its own behind it.
const PASSAGE: usize = 16 * 1024;

/// The connection's end of a stream.
#[derive(Debug)]
pub struct StreamSocket {
    dialect: Dialect,
    /// Until this is dropped the stream is found by its session.
    listed: Listed,
    incoming: Receiver<Message>,
    passage: Arc<Passage>,
}

/// The client's end: what the response consists of.
#[derive(Debug)]
pub struct Outflow {
    passage: Arc<Passage>,
    /// As long as the response goes on, it counts; also while its reader does not take the rest.
    _admitted: Admitted,
}

/// What has been written and was not taken yet.
#[derive(Debug, Default)]
struct Passage(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    bytes: Vec<u8>,
    /// Nothing more is written.
    is_ended: bool,
    /// Nobody takes anything any more.
    is_gone: bool,
    response: Option<Waker>,
    task: Option<Waker>,
}

/// Both ends of a stream.
pub fn stream(
    dialect: Dialect,
    (listed, incoming): (Listed, Receiver<Message>),
    admitted: Admitted,
) -> (StreamSocket, Outflow) {
    let passage = Arc::new(Passage::default());
    let outflow = Outflow {
        passage: passage.clone(),
        _admitted: admitted,
    };
    let socket = StreamSocket {
        dialect,
        listed,
        incoming,
        passage,
    };
    (socket, outflow)
}

impl Passage {
    fn end(&self) {
        let mut state = lock(&self.0);
        state.is_ended = true;
        wake(state.response.take());
    }

    fn poll_gone(&self, context: &Context<'_>) -> Poll<()> {
        let mut state = lock(&self.0);
        if state.is_gone {
            return Poll::Ready(());
        }
        state.task = Some(context.waker().clone());
        Poll::Pending
    }

    fn poll_writable(&self, context: &Context<'_>) -> Poll<()> {
        let mut state = lock(&self.0);
        if state.is_gone || state.bytes.len() < PASSAGE {
            return Poll::Ready(());
        }
        state.task = Some(context.waker().clone());
        Poll::Pending
    }
}

fn wake(waker: Option<Waker>) {
    if let Some(waker) = waker {
        waker.wake();
    }
}

impl Wire for Passage {
    fn try_write(&self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        let mut state = lock(&self.0);
        if state.is_gone {
            return Err(ErrorKind::BrokenPipe.into());
        }
        let before = state.bytes.len();
        if before >= PASSAGE {
            return Err(ErrorKind::WouldBlock.into());
        }
        for slice in slices {
            let room = PASSAGE - state.bytes.len();
            state
                .bytes
                .extend_from_slice(&slice[..slice.len().min(room)]);
        }
        wake(state.response.take());
        Ok(state.bytes.len() - before)
    }
}

impl Stream for Outflow {
    type Item = Result<Vec<u8>, Infallible>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let mut state = lock(&self.passage.0);
        if !state.bytes.is_empty() {
            wake(state.task.take());
            return Poll::Ready(Some(Ok(std::mem::take(&mut state.bytes))));
        }
        if state.is_ended {
            return Poll::Ready(None);
        }
        state.response = Some(context.waker().clone());
        Poll::Pending
    }
}

impl Drop for Outflow {
    fn drop(&mut self) {
        let mut state = lock(&self.passage.0);
        state.is_gone = true;
        state.bytes = Vec::new();
        wake(state.task.take());
    }
}

impl Stream for StreamSocket {
    type Item = Result<Message, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.passage.poll_gone(context).is_ready() {
            return Poll::Ready(None);
        }
        self.incoming.poll_recv(context).map(|sent| sent.map(Ok))
    }
}

impl Socket for StreamSocket {
    fn wire(&self) -> Arc<dyn Wire> {
        self.passage.clone()
    }

    fn dialect(&self) -> Dialect {
        self.dialect
    }

    fn session(&self) -> Option<&str> {
        // Where nothing is sent beside it, nobody needs to know of it.
        (!self.dialect.is_one_way()).then(|| self.listed.session())
    }

    /// There is no library that has anything to say.
    fn attach(&mut self, _: Arc<dyn ControlSink>) {}

    fn poll_writable(&self, context: &mut Context<'_>) -> Poll<()> {
        self.passage.poll_writable(context)
    }

    fn poll_discard(&self, _: &mut Context<'_>) -> Poll<Discarded> {
        Poll::Ready(Discarded::End)
    }

    fn finish(&self) {
        self.passage.end();
    }
}

impl Drop for StreamSocket {
    /// Also when the task was cancelled: no response goes on without a connection.
    fn drop(&mut self) {
        self.passage.end();
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use futures::{FutureExt, StreamExt};

    use super::*;
    use crate::server::realtime::transport::admission::{Admission, Ceilings};
    use crate::server::realtime::transport::open_streams::OpenStreams;

    fn open() -> (StreamSocket, Outflow) {
        let here = IpAddr::from([127, 0, 0, 1]);
        let admitted = Admission::default().admit(here, &Ceilings::default());
        let listed = Arc::new(OpenStreams::default());
        let listed = listed.list("s".to_owned(), None, Message::text("first"));
        stream(Dialect::StreamJson, listed, admitted.unwrap())
    }

    fn write(socket: &StreamSocket, bytes: &[u8]) -> io::Result<usize> {
        socket.wire().try_write(&[IoSlice::new(bytes)])
    }

    #[test]
    fn what_is_written_comes_out_and_then_the_end() {
        let (socket, mut outflow) = open();
        assert!(outflow.next().now_or_never().is_none());
        assert_eq!(write(&socket, b"ab").unwrap(), 2);
        assert_eq!(write(&socket, b"c").unwrap(), 1);
        socket.finish();
        assert_eq!(
            outflow.next().now_or_never(),
            Some(Some(Ok(b"abc".to_vec())))
        );
        assert_eq!(outflow.next().now_or_never(), Some(None));
    }

    #[test]
    fn what_nobody_takes_fills_the_passage_and_taking_makes_room() {
        let (socket, mut outflow) = open();
        assert_eq!(write(&socket, &vec![0; 2 * PASSAGE]).unwrap(), PASSAGE);
        let full = write(&socket, b"x").unwrap_err();
        assert_eq!(full.kind(), ErrorKind::WouldBlock);
        let room = || std::future::poll_fn(|context| socket.poll_writable(context)).now_or_never();
        assert!(room().is_none());
        outflow.next().now_or_never().unwrap();
        assert!(room().is_some());
    }

    #[test]
    fn a_client_that_goes_away_ends_it() {
        let (mut socket, outflow) = open();
        let first = socket.next().now_or_never().unwrap().unwrap().unwrap();
        assert_eq!(first, Message::text("first"));
        assert!(socket.next().now_or_never().is_none());
        drop(outflow);
        assert!(matches!(socket.next().now_or_never(), Some(None)));
        let broken = write(&socket, b"x").unwrap_err();
        assert_eq!(broken.kind(), ErrorKind::BrokenPipe);
    }

    #[test]
    fn a_connection_that_is_gone_ends_the_response() {
        let (socket, mut outflow) = open();
        drop(socket);
        assert_eq!(outflow.next().now_or_never(), Some(None));
    }
}
