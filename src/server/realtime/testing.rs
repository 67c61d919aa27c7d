//! A socket for tests: it takes so many bytes until somebody reads them.

use std::io::{self, Cursor, ErrorKind, IoSlice};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use tungstenite::protocol::frame::FrameHeader;
use tungstenite::protocol::frame::coding::{Control, Data, OpCode};
use uuid::Uuid;

use super::hub::Hub;
use super::hub::link::Link;
use super::lock;
use super::transport::dialect::Dialect;
use super::transport::outbox::Outbox;
use super::transport::protobuf;
use super::transport::wire::Wire;
use crate::protocol::frame::to_line;

/// More than most tests write.
const WIDE: usize = 1 << 20;

/// One direction of a connection of bytes, with the room of a small socket buffer.
#[derive(Debug)]
pub struct Pipe {
    capacity: usize,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    bytes: Vec<u8>,
    /// Taken out since, but part of a frame that has not come in full.
    torn: Vec<u8>,
    writes: usize,
    close_code: Option<u16>,
    is_cut: bool,
    writer: Option<Waker>,
}

impl Pipe {
    pub fn new(capacity: usize) -> Self {
        Self {
            capacity,
            state: Mutex::default(),
        }
    }

    /// Reads all that has come: the texts of all whole frames. There is room again.
    pub fn texts(&self) -> Vec<String> {
        let mut state = lock(&self.state);
        let mut bytes = std::mem::take(&mut state.torn);
        bytes.append(&mut state.bytes);
        if let Some(writer) = state.writer.take() {
            writer.wake();
        }
        let mut texts = Vec::new();
        let mut at = 0;
        while let Some((opcode, payload, end)) = frame(&bytes, at) {
            match opcode {
                OpCode::Data(Data::Text) => texts.push(String::from_utf8(payload).unwrap()),
                // The same in the other words.
                OpCode::Data(Data::Binary) => {
                    let reply = protobuf::take_reply(&mut &payload[..]).unwrap().unwrap();
                    texts.push(to_line(&reply).unwrap());
                }
                OpCode::Control(Control::Close) => {
                    state.close_code = Some(u16::from_be_bytes([payload[0], payload[1]]));
                }
                other => panic!("{other:?}"),
            }
            at = end;
        }
        state.torn = bytes.split_off(at);
        texts
    }

    pub fn writes(&self) -> usize {
        lock(&self.state).writes
    }

    pub fn close_code(&self) -> Option<u16> {
        lock(&self.state).close_code
    }

    /// From now on every write fails.
    pub fn cut(&self) {
        lock(&self.state).is_cut = true;
    }

    pub fn poll_writable(&self, context: &mut Context<'_>) -> Poll<()> {
        let mut state = lock(&self.state);
        if state.is_cut || state.bytes.len() < self.capacity {
            return Poll::Ready(());
        }
        state.writer = Some(context.waker().clone());
        Poll::Pending
    }
}

/// The frame that begins there, if it has come in full, and where it ends.
fn frame(bytes: &[u8], at: usize) -> Option<(OpCode, Vec<u8>, usize)> {
    let mut cursor = Cursor::new(&bytes[at..]);
    let (header, length) = FrameHeader::parse(&mut cursor).unwrap()?;
    let start = at + usize::try_from(cursor.position()).unwrap();
    let end = start + usize::try_from(length).unwrap();
    let payload = bytes.get(start..end)?;
    Some((header.opcode, payload.to_vec(), end))
}

impl Wire for Pipe {
    fn try_write(&self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        let mut state = lock(&self.state);
        if state.is_cut {
            return Err(ErrorKind::BrokenPipe.into());
        }
        let room = self.capacity - state.bytes.len();
        if room == 0 {
            return Err(ErrorKind::WouldBlock.into());
        }
        let taken = slices.iter().flat_map(|slice| slice.iter()).take(room);
        let taken: Vec<u8> = taken.copied().collect();
        state.bytes.extend(&taken);
        state.writes += 1;
        Ok(taken.len())
    }
}

/// A connection whose other end is a pipe.
pub fn link(limit: usize) -> (Arc<Link>, Arc<Pipe>) {
    open(&Hub::default(), limit)
}

/// The same, with a pipe of that many bytes.
pub fn narrow(capacity: usize, limit: usize) -> (Arc<Link>, Arc<Pipe>) {
    let (outbox, pipe) = outbox(capacity, limit);
    (Hub::default().open(Uuid::nil(), outbox), pipe)
}

/// The same, on a hub.
pub fn open(hub: &Hub, limit: usize) -> (Arc<Link>, Arc<Pipe>) {
    let (outbox, pipe) = outbox(WIDE, limit);
    (hub.open(Uuid::nil(), outbox), pipe)
}

/// The same, with an id of the caller's choice: it decides who writes.
pub fn open_with_id(id: u64) -> (Arc<Link>, Arc<Pipe>) {
    let (outbox, pipe) = outbox(WIDE, 1024);
    let link = Link::new(id, Uuid::nil(), outbox);
    (Arc::new(link), pipe)
}

fn outbox(capacity: usize, limit: usize) -> (Outbox, Arc<Pipe>) {
    let pipe = Arc::new(Pipe::new(capacity));
    (Outbox::new(pipe.clone(), Dialect::SocketJson, limit), pipe)
}
