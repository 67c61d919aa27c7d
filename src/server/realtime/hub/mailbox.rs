//! The instructions that wait for a connection's task.
//!
//! Kept apart from what is written to the socket: that needs no task at all as long as the socket
//! takes it. The task takes what has come at once, so that nothing it does next is out of date; what
//! it cannot do yet still counts towards the bound. The box keeps the task's waker beside its
//! contents, under the lock it takes anyway. A closed box keeps its first reason and takes nothing
//! more.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::{Mutex, MutexGuard};
use std::task::{Poll, Waker};

use super::instruction::Stamped;
use crate::protocol::codes::Disconnect;
use crate::server::realtime::lock;

/// What a connection's task is to do, put in by others, in order.
#[derive(Debug, Default)]
pub struct Mailbox(Mutex<Contents>);

#[derive(Debug, Default)]
struct Contents {
    waiting: VecDeque<Stamped>,
    bytes: usize,
    /// Taken, and still to be done.
    held: usize,
    /// The task is to look at its socket.
    is_poked: bool,
    closed: Option<Disconnect>,
    /// The connection's task, while it waits. It is the only one that does.
    waker: Option<Waker>,
}

impl Mailbox {
    /// Adds an instruction. False if more than `limit` bytes would wait, here or with the task.
    pub fn push(&self, stamped: Stamped, limit: usize) -> bool {
        let mut contents = self.lock();
        if contents.closed.is_some() {
            return true;
        }
        let bytes = contents.bytes + stamped.instruction.bytes();
        if bytes + contents.held > limit {
            return false;
        }
        contents.bytes = bytes;
        contents.waiting.push_back(stamped);
        wake(contents);
        true
    }

    /// Wakes the task for the sake of its socket.
    pub fn poke(&self) {
        let mut contents = self.lock();
        contents.is_poked = true;
        wake(contents);
    }

    /// Closes the box: the connection ends with this code.
    pub fn close(&self, disconnect: Disconnect) {
        let mut contents = self.lock();
        if contents.closed.is_some() {
            return;
        }
        contents.closed = Some(disconnect);
        contents.waiting = VecDeque::new();
        wake(contents);
    }

    /// Waits until there is something to do.
    pub async fn ready(&self) {
        poll_fn(|context| {
            let mut contents = self.lock();
            let is_ready = std::mem::take(&mut contents.is_poked)
                || contents.closed.is_some()
                || !contents.waiting.is_empty();
            if is_ready {
                return Poll::Ready(());
            }
            match &mut contents.waker {
                Some(waker) => waker.clone_from(context.waker()),
                none => *none = Some(context.waker().clone()),
            }
            Poll::Pending
        })
        .await;
    }

    /// Takes everything that waits.
    ///
    /// # Errors
    /// Why the box was closed.
    pub fn take(&self) -> Result<VecDeque<Stamped>, Disconnect> {
        let mut contents = self.lock();
        contents.bytes = 0;
        match &contents.closed {
            Some(disconnect) => Err(disconnect.clone()),
            None => Ok(std::mem::take(&mut contents.waiting)),
        }
    }

    /// How many bytes of what was taken are still to be done.
    pub fn hold(&self, bytes: usize) {
        self.lock().held = bytes;
    }

    fn lock(&self) -> MutexGuard<'_, Contents> {
        lock(&self.0)
    }
}

/// Wakes who waits, without the lock in hand.
fn wake(mut contents: MutexGuard<'_, Contents>) {
    let waker = contents.waker.take();
    drop(contents);
    if let Some(waker) = waker {
        waker.wake();
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use std::sync::Arc;

    use super::*;
    use crate::protocol::codes::DisconnectCode;
    use crate::protocol::frame::raw;
    use crate::server::realtime::hub::instruction::{Generation, Instruction};

    fn told(instruction: Instruction) -> Stamped {
        Stamped {
            generation: Generation::default(),
            instruction: Arc::new(instruction),
        }
    }

    fn message(bytes: usize) -> Stamped {
        let text = "x".repeat(bytes - 2);
        told(Instruction::Message(raw(&text).unwrap()))
    }

    #[tokio::test]
    async fn there_is_room_for_so_much_and_taking_makes_room() {
        let mailbox = Mailbox::default();
        for _ in 0..3 {
            assert!(mailbox.push(message(6), 10));
            assert!(!mailbox.push(message(6), 10));
            mailbox.ready().await;
            assert_eq!(mailbox.take().unwrap().len(), 1);
        }
    }

    #[tokio::test]
    async fn the_first_reason_to_close_counts_and_nothing_is_taken_after_it() {
        let mailbox = Mailbox::default();
        mailbox.push(told(Instruction::CheckDeadlines), 10);
        mailbox.close(DisconnectCode::Shutdown.into());
        mailbox.close(DisconnectCode::Slow.into());
        mailbox.push(told(Instruction::CheckDeadlines), 10);
        mailbox.ready().await;
        assert_eq!(mailbox.take().unwrap_err(), DisconnectCode::Shutdown.into());
    }

    #[tokio::test]
    async fn what_was_taken_and_is_not_done_takes_room() {
        let mailbox = Mailbox::default();
        assert!(mailbox.push(message(6), 10));
        mailbox.take().unwrap();
        mailbox.hold(6);
        assert!(!mailbox.push(message(6), 10));
        mailbox.hold(0);
        assert!(mailbox.push(message(6), 10));
    }

    #[tokio::test]
    async fn a_poke_wakes_once() {
        let mailbox = Mailbox::default();
        mailbox.poke();
        mailbox.ready().await;
        assert!(mailbox.ready().now_or_never().is_none());
    }
}
