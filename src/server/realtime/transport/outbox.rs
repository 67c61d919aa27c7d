//! What waits to be written to one socket, and the writing of it.
//!
//! Anybody may put a frame in, and nobody waits; whoever comes to write takes everything that has
//! piled up and hands it to the socket in one go, so that under load many messages leave together.
//! What the other side has not asked for is bounded in bytes: a reader for whom more piles up, and
//! whose socket does not take it, is too slow. So is one whose socket takes nothing at all for as
//! long as a ping may go unanswered. Once stopped, an outbox takes nothing but what ends
//! the connection, and drops what it held, except the rest of a frame that has begun to leave.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, IoSlice};
use std::sync::{Arc, Mutex, MutexGuard};

use super::dialect::Dialect;
use super::wire::{Wire, WireBytes};
use crate::server::realtime::lock;

/// Frames handed to the socket at a time.
const FRAMES: usize = 64;
/// What an idle connection keeps of the room that a busy one needed.
const SPARE_FRAMES: usize = 16;

/// What is to be written to one socket, in order and bounded in bytes.
#[derive(Debug)]
pub struct Outbox {
    wire: Arc<dyn Wire>,
    dialect: Dialect,
    limit: usize,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<Waiting>,
    /// In those that count, whether or not a part of the first has left.
    bytes: usize,
    /// How much of the first has left.
    left: usize,
    phase: Phase,
    written_by: WrittenBy,
    /// Something has left since the last time somebody asked.
    has_moved: bool,
}

#[derive(Debug)]
struct Waiting {
    frame: WireBytes,
    /// Whether it counts towards the limit.
    counts: bool,
}

#[derive(Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    #[default]
    Open,
    /// Nothing is taken any more, but what belongs to the closing handshake.
    Stopped,
    /// The last frame is in.
    Ended,
    Broken,
}

/// Who comes to write.
#[derive(Debug, Default, PartialEq, Eq)]
enum WrittenBy {
    #[default]
    Nobody,
    /// A flusher, which was asked to.
    AFlusher,
    /// The connection's own: the socket takes nothing now, and it waits until there is room.
    TheTask,
}

/// What came of putting a frame in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Put {
    /// Somebody must be asked to write.
    Due,
    /// Somebody was asked already, or the outbox takes nothing any more.
    Done,
    /// The socket was found full, and the connection's task must know.
    Full,
    /// More would wait than may.
    TooMuch,
}

/// What came of writing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flushed {
    All,
    /// The socket is full.
    Partly,
}

impl Outbox {
    /// `limit` is in bytes.
    pub fn new(wire: Arc<dyn Wire>, dialect: Dialect, limit: usize) -> Self {
        Self {
            wire,
            dialect,
            limit,
            state: Mutex::default(),
        }
    }

    /// Puts in a frame that the other side has not asked for. Before it is refused, what waits is
    /// written as far as the socket takes it: who reads is not slow because much came at once.
    pub fn push(&self, frame: &WireBytes) -> Put {
        let mut state = self.lock();
        if state.phase != Phase::Open {
            return Put::Done;
        }
        let fits = |state: &State| state.bytes == 0 || state.bytes + frame.len() <= self.limit;
        let mut was_found_full = false;
        if !fits(&state) {
            let was_full = state.written_by == WrittenBy::TheTask;
            match state.flush(self.wire.as_ref()) {
                Ok(Flushed::All) => {}
                Ok(Flushed::Partly) => was_found_full = !was_full,
                // The connection's task is told the same.
                Err(_) => return Put::Full,
            }
            if !fits(&state) {
                return Put::TooMuch;
            }
        }
        state.add(frame.clone(), true);
        match state.written_by {
            WrittenBy::Nobody => {
                state.written_by = WrittenBy::AFlusher;
                Put::Due
            }
            WrittenBy::TheTask if was_found_full => Put::Full,
            WrittenBy::AFlusher | WrittenBy::TheTask => Put::Done,
        }
    }

    /// Puts in an answer, or what belongs to one. It does not count: how much is answered is up to
    /// the connection's task, which begins nothing while the socket is full, and comes to write.
    pub fn answer(&self, frame: WireBytes) {
        let mut state = self.lock();
        if state.phase == Phase::Open {
            state.add(frame, false);
        }
    }

    /// Puts in what the WebSocket library has to say: pongs, and its part of the closing handshake.
    pub fn control(&self, frame: WireBytes) {
        let mut state = self.lock();
        if state.phase < Phase::Ended {
            state.add(frame, false);
        }
    }

    /// Takes nothing more, and drops what waits.
    pub fn stop(&self) {
        let mut state = self.lock();
        if state.phase == Phase::Open {
            state.phase = Phase::Stopped;
            let kept = usize::from(state.left > 0);
            state.waiting.truncate(kept);
        }
    }

    /// Puts in the last frame.
    pub fn end(&self, frame: WireBytes) {
        let mut state = self.lock();
        if state.phase < Phase::Ended {
            state.add(frame, false);
            state.phase = Phase::Ended;
        }
    }

    /// Writes what waits, as far as the socket takes it now.
    ///
    /// # Errors
    /// The socket is broken, or was found broken before.
    pub fn flush(&self) -> io::Result<Flushed> {
        self.lock().flush(self.wire.as_ref())
    }

    /// Whether the socket takes nothing now.
    pub fn is_full(&self) -> bool {
        self.lock().written_by == WrittenBy::TheTask
    }

    /// Whether anything has left since this was asked for the last time.
    pub fn has_moved(&self) -> bool {
        std::mem::take(&mut self.lock().has_moved)
    }

    /// What is put in must be in this one.
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    pub fn limit(&self) -> usize {
        self.limit
    }

    /// It is held while writing, which never waits.
    fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

impl State {
    fn add(&mut self, frame: WireBytes, counts: bool) {
        if counts {
            self.bytes += frame.len();
        }
        self.waiting.push_back(Waiting { frame, counts });
    }

    fn flush(&mut self, wire: &dyn Wire) -> io::Result<Flushed> {
        if self.phase == Phase::Broken {
            return Err(ErrorKind::BrokenPipe.into());
        }
        while !self.waiting.is_empty() {
            match self.write(wire) {
                Ok(()) => {}
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    self.written_by = WrittenBy::TheTask;
                    return Ok(Flushed::Partly);
                }
                Err(error) => {
                    self.phase = Phase::Broken;
                    self.waiting = VecDeque::new();
                    return Err(error);
                }
            }
        }
        self.written_by = WrittenBy::Nobody;
        if self.waiting.capacity() > SPARE_FRAMES {
            self.waiting.shrink_to(SPARE_FRAMES);
        }
        Ok(Flushed::All)
    }

    fn write(&mut self, wire: &dyn Wire) -> io::Result<()> {
        let mut slices = [IoSlice::new(&[]); FRAMES];
        let count = self.waiting.len().min(FRAMES);
        for (slice, waiting) in slices.iter_mut().zip(&self.waiting) {
            *slice = IoSlice::new(&waiting.frame);
        }
        slices[0].advance(self.left);
        match wire.try_write(&slices[..count])? {
            0 => Err(ErrorKind::WriteZero.into()),
            written => {
                self.gone(written);
                Ok(())
            }
        }
    }

    /// That many bytes have left.
    fn gone(&mut self, written: usize) {
        self.has_moved = true;
        self.left += written;
        while let Some(first) = self.waiting.front()
            && first.frame.len() <= self.left
        {
            self.left -= first.frame.len();
            if first.counts {
                self.bytes -= first.frame.len();
            }
            self.waiting.pop_front();
        }
    }
}

#[cfg(test)]
mod tests;
