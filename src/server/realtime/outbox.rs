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
    waiting: VecDeque<Waiting>,
    /// In those that count, whether or not a part of the first has left.
    bytes: usize,
    /// How much of the first has left.
    left: usize,
    phase: Phase,
    writer: Writer,
    /// Something has left since the last time somebody asked.
    has_moved: bool,
}

#[derive(Debug)]
struct Waiting {
    frame: Frame,
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
enum Writer {
    #[default]
    Nobody,
    /// A flusher.
    Asked,
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
    pub fn new(wire: Arc<dyn Wire>, limit: usize) -> Self {
        Self {
            wire,
            limit,
            state: Mutex::default(),
        }
    }

    /// Puts in a frame that the other side has not asked for. Before it is refused, what waits is
    /// written as far as the socket takes it: who reads is not slow because much came at once.
    pub fn push(&self, frame: &Frame) -> Put {
        let mut state = self.lock();
        if state.phase != Phase::Open {
            return Put::Done;
        }
        let fits = |state: &State| state.bytes == 0 || state.bytes + frame.len() <= self.limit;
        let mut was_found_full = false;
        if !fits(&state) {
            let was_full = state.writer == Writer::TheTask;
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
        match state.writer {
            Writer::Nobody => {
                state.writer = Writer::Asked;
                Put::Due
            }
            Writer::TheTask if was_found_full => Put::Full,
            Writer::Asked | Writer::TheTask => Put::Done,
        }
    }

    /// Puts in an answer, or what belongs to one. It does not count: how much is answered is up to
    /// the connection's task, which begins nothing while the socket is full, and comes to write.
    pub fn answer(&self, frame: Frame) {
        let mut state = self.lock();
        if state.phase == Phase::Open {
            state.add(frame, false);
        }
    }

    /// Puts in what the WebSocket library has to say: pongs, and its part of the closing handshake.
    pub fn control(&self, frame: Frame) {
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
    pub fn end(&self, frame: Frame) {
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
        self.lock().writer == Writer::TheTask
    }

    /// Whether anything has left since this was asked for the last time.
    pub fn has_moved(&self) -> bool {
        std::mem::take(&mut self.lock().has_moved)
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
    fn add(&mut self, frame: Frame, counts: bool) {
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
                    self.writer = Writer::TheTask;
                    return Ok(Flushed::Partly);
                }
                Err(error) => {
                    self.phase = Phase::Broken;
                    self.waiting = VecDeque::new();
                    return Err(error);
                }
            }
        }
        self.writer = Writer::Nobody;
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
    fn a_reader_whose_socket_takes_nothing_has_room_up_to_the_limit() {
        let (outbox, pipe) = outbox(1, 20);
        assert_eq!(outbox.push(&frame("12345")), Put::Due);
        assert_eq!(outbox.flush().unwrap(), Flushed::Partly);
        assert_eq!(outbox.push(&frame("12345")), Put::Done);
        assert_eq!(outbox.push(&frame("12345")), Put::TooMuch);
        for _ in 0..7 {
            pipe.texts();
            outbox.flush().unwrap();
        }
        assert_eq!(outbox.push(&frame("12345")), Put::Done);
    }

    #[test]
    fn a_socket_with_room_makes_nobody_slow_however_much_comes_at_once() {
        let (outbox, pipe) = outbox(100_000, 10);
        assert_eq!(outbox.push(&frame(&"x".repeat(50))), Put::Due);
        for _ in 0..100 {
            assert_ne!(outbox.push(&frame(&"x".repeat(50))), Put::TooMuch);
        }
        outbox.flush().unwrap();
        assert_eq!(pipe.texts().len(), 101);
    }

    #[test]
    fn whoever_finds_the_socket_full_says_so() {
        let (outbox, _) = outbox(24, 20);
        for expected in [
            Put::Due,
            Put::Done,
            // What waited has left.
            Put::Due,
            Put::Done,
            Put::Full,
            Put::TooMuch,
        ] {
            assert_eq!(outbox.push(&frame("12345")), expected);
        }
    }

    #[test]
    fn an_answer_takes_no_room_from_what_is_published() {
        let (outbox, pipe) = outbox(1, 20);
        outbox.answer(frame(&"x".repeat(100)));
        assert_eq!(outbox.flush().unwrap(), Flushed::Partly);
        assert_eq!(outbox.push(&frame("12345")), Put::Done);
        assert_eq!(outbox.push(&frame("12345")), Put::Done);
        let mut received = pipe.texts();
        while outbox.flush().unwrap() == Flushed::Partly {
            received.extend(pipe.texts());
        }
        received.extend(pipe.texts());
        assert_eq!(received.len(), 3);
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
    fn the_library_may_answer_while_stopped_and_splits_no_frame() {
        let (outbox, pipe) = outbox(4, 1000);
        outbox.push(&frame("torn"));
        assert_eq!(outbox.flush().unwrap(), Flushed::Partly);
        outbox.stop();
        outbox.control(frame("pong"));
        let mut received = Vec::new();
        while outbox.flush().unwrap() == Flushed::Partly {
            received.extend(pipe.texts());
        }
        received.extend(pipe.texts());
        assert_eq!(received, ["torn", "pong"]);
    }

    #[test]
    fn a_full_socket_tells_whether_anything_has_left_since() {
        let (outbox, pipe) = outbox(4, 1000);
        assert!(!outbox.is_full());
        outbox.answer(frame("0123456789"));
        outbox.flush().unwrap();
        assert!(outbox.is_full() && outbox.has_moved());
        assert!(!outbox.has_moved());
        pipe.texts();
        outbox.flush().unwrap();
        assert!(outbox.is_full() && outbox.has_moved());
        while outbox.flush().unwrap() == Flushed::Partly {
            pipe.texts();
        }
        assert!(!outbox.is_full());
    }

    #[test]
    fn a_broken_socket_stays_broken_whoever_asks() {
        let (outbox, pipe) = outbox(1000, 1000);
        pipe.cut();
        outbox.push(&frame("a"));
        assert!(outbox.flush().is_err());
        assert_eq!(outbox.push(&frame("b")), Put::Done);
        outbox.end(Frame::close(3000, "bye"));
        assert!(outbox.flush().is_err());
    }
}
