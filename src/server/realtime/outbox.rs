//! What waits to be written to one socket, and the writing of it.
//!
//! Anybody may put a frame in, and nobody waits; whoever comes to write takes everything that has
//! piled up and hands it to the socket in one go, so that under load many messages leave together.
//! The bound is in bytes: a reader that lets more pile up is too slow. Once stopped, an outbox
//! takes nothing but what ends the connection, and drops what it held, except the rest of a frame
//! that has begun to leave.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, IoSlice};
use std::sync::{Arc, Mutex, MutexGuard};

use super::lock;
use super::wire::{Frame, Wire};

/// Frames handed to the socket at a time.
const FRAMES: usize = 64;
/// What an idle connection keeps of the room that a busy one needed.
const SPARE_FRAMES: usize = 16;

/// See the module's text.
#[derive(Debug)]
pub struct Outbox {
    wire: Arc<dyn Wire>,
    limit: usize,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    frames: VecDeque<Frame>,
    /// In all of them, whether or not a part of the first has left.
    bytes: usize,
    /// How much of the first has left.
    left: usize,
    stage: Stage,
    flow: Flow,
}

#[derive(Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    #[default]
    Open,
    /// Nothing is taken any more, but what belongs to the closing handshake.
    Stopped,
    /// The last frame is in, or the socket is broken.
    Ended,
}

#[derive(Debug, Default, PartialEq, Eq)]
enum Flow {
    /// Nobody will come to write.
    #[default]
    Idle,
    /// Somebody was asked to.
    Due,
    /// The socket takes nothing now. The connection's task waits until it does.
    Full,
}

/// What came of putting a frame in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Put {
    /// Somebody must be asked to write.
    Due,
    /// Somebody was asked already, or the outbox takes nothing any more.
    Done,
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
    pub fn new(wire: Arc<dyn Wire>, limit: usize) -> Self {
        Self {
            wire,
            limit,
            state: Mutex::default(),
        }
    }

    /// Puts in a frame that the other side has not asked for.
    pub fn push(&self, frame: &Frame) -> Put {
        let mut state = self.lock();
        if state.stage != Stage::Open {
            return Put::Done;
        }
        if state.bytes + frame.len() > self.limit {
            return Put::TooMuch;
        }
        state.add(frame.clone());
        match state.flow {
            Flow::Idle => {
                state.flow = Flow::Due;
                Put::Due
            }
            Flow::Due | Flow::Full => Put::Done,
        }
    }

    /// Puts in an answer. There is always room, since no more is answered while the socket is full.
    /// Whoever puts it in writes, too.
    pub fn answer(&self, frame: Frame) {
        let mut state = self.lock();
        if state.stage == Stage::Open {
            state.add(frame);
        }
    }

    /// Puts in what the WebSocket library has to say: pongs, and its part of the closing handshake.
    pub fn control(&self, frame: Frame) {
        let mut state = self.lock();
        if state.stage < Stage::Ended {
            state.add(frame);
        }
    }

    /// Takes nothing more, and drops what waits.
    pub fn stop(&self) {
        let mut state = self.lock();
        if state.stage == Stage::Open {
            state.stage = Stage::Stopped;
            state.forget();
        }
    }

    /// Puts in the last frame.
    pub fn end(&self, frame: Frame) {
        let mut state = self.lock();
        if state.stage < Stage::Ended {
            state.add(frame);
            state.stage = Stage::Ended;
        }
    }

    /// Writes what waits, as far as the socket takes it now.
    ///
    /// # Errors
    /// The socket is broken.
    pub fn flush(&self) -> io::Result<Flushed> {
        let mut state = self.lock();
        while !state.frames.is_empty() {
            match state.write(self.wire.as_ref()) {
                Ok(()) => {}
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    state.flow = Flow::Full;
                    return Ok(Flushed::Partly);
                }
                Err(error) => {
                    state.left = 0;
                    state.forget();
                    state.stage = Stage::Ended;
                    return Err(error);
                }
            }
        }
        state.flow = Flow::Idle;
        if state.frames.capacity() > SPARE_FRAMES {
            state.frames.shrink_to(SPARE_FRAMES);
        }
        Ok(Flushed::All)
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
    fn add(&mut self, frame: Frame) {
        self.bytes += frame.len();
        self.frames.push_back(frame);
    }

    /// Drops all frames of which nothing has left.
    fn forget(&mut self) {
        self.frames.truncate(usize::from(self.left > 0));
        self.bytes = self.frames.iter().map(|frame| frame.len()).sum();
    }

    fn write(&mut self, wire: &dyn Wire) -> io::Result<()> {
        let mut slices = [IoSlice::new(&[]); FRAMES];
        let count = self.frames.len().min(FRAMES);
        for (slice, frame) in slices.iter_mut().zip(&self.frames) {
            *slice = IoSlice::new(frame);
        }
        if let Some(first) = self.frames.front() {
            slices[0] = IoSlice::new(&first[self.left..]);
        }
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
        self.left += written;
        while let Some(first) = self.frames.front()
            && first.len() <= self.left
        {
            self.left -= first.len();
            self.bytes -= first.len();
            self.frames.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::realtime::testing::Pipe;

    fn outbox(capacity: usize, limit: usize) -> (Outbox, Arc<Pipe>) {
        let pipe = Arc::new(Pipe::new(capacity));
        (Outbox::new(pipe.clone(), limit), pipe)
    }

    fn frame(payload: &str) -> Frame {
        Frame::text(payload)
    }

    #[test]
    fn what_piled_up_leaves_in_one_write_and_only_the_first_asks_for_it() {
        let (outbox, pipe) = outbox(1000, 1000);
        assert_eq!(outbox.push(&frame("a")), Put::Due);
        assert_eq!(outbox.push(&frame("b")), Put::Done);
        outbox.answer(frame("c"));
        assert_eq!(outbox.flush().unwrap(), Flushed::All);
        assert_eq!(pipe.texts(), ["a", "b", "c"]);
        assert_eq!(pipe.writes(), 1);
        assert_eq!(outbox.push(&frame("d")), Put::Due);
    }

    #[test]
    fn a_full_socket_tears_frames_and_nothing_is_lost() {
        let (outbox, pipe) = outbox(7, 100_000);
        let sent: Vec<String> = (0..500).map(|n| n.to_string()).collect();
        for text in &sent {
            outbox.push(&frame(text));
        }
        let mut received = Vec::new();
        while outbox.flush().unwrap() == Flushed::Partly {
            assert_eq!(outbox.push(&frame("")), Put::Done, "the task sees to it");
            received.extend(pipe.texts());
        }
        received.extend(pipe.texts());
        received.retain(|text| !text.is_empty());
        assert_eq!(received, sent);
    }

    #[test]
    fn there_is_no_room_for_more_than_the_limit_until_something_has_left() {
        let (outbox, _) = outbox(1000, 10);
        assert_eq!(outbox.push(&frame("12345")), Put::Due);
        assert_eq!(outbox.push(&frame("12345")), Put::TooMuch);
        outbox.flush().unwrap();
        assert_eq!(outbox.push(&frame("12345")), Put::Due);
    }

    #[test]
    fn once_stopped_only_the_end_is_written_and_no_frame_is_torn() {
        let (outbox, pipe) = outbox(4, 1000);
        outbox.push(&frame("torn"));
        outbox.push(&frame("dropped"));
        assert_eq!(outbox.flush().unwrap(), Flushed::Partly);
        outbox.stop();
        assert_eq!(outbox.push(&frame("late")), Put::Done);
        outbox.answer(frame("late"));
        outbox.end(Frame::close(3000, "bye"));
        outbox.control(frame("too late"));
        let mut received = Vec::new();
        while outbox.flush().unwrap() == Flushed::Partly {
            received.extend(pipe.texts());
        }
        received.extend(pipe.texts());
        assert_eq!(received, ["torn"]);
        assert_eq!(pipe.close_code(), Some(3000));
    }

    #[test]
    fn a_broken_socket_is_told_once_and_keeps_nothing() {
        let (outbox, pipe) = outbox(1000, 1000);
        pipe.cut();
        outbox.push(&frame("a"));
        assert!(outbox.flush().is_err());
        assert_eq!(outbox.push(&frame("b")), Put::Done);
        assert_eq!(outbox.flush().unwrap(), Flushed::All);
    }
}
