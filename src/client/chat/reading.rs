//! How far I have read: by what is on the screen, and by hand.

use super::{Chat, Effect, Input, Open};
use crate::client::stores::typing::LASTS;
use crate::protocol::frame::raw;
use crate::protocol::{MyThread, NotifyLevel, ReadPosition, Seq, ThreadId};

/// So long one may take back that all was marked as read, in milliseconds.
const UNDO: u32 = 8_000;

impl Chat {
    /// The event after which the line stands that says what is new.
    pub fn line(&self, thread: ThreadId) -> Option<Seq> {
        self.reading.line(thread)
    }

    /// Whether it may still be taken back that all was marked as read.
    pub fn can_undo(&self) -> bool {
        self.reading.can_undo()
    }

    /// One comes to a thread.
    pub(super) fn come_to(&mut self, thread: ThreadId) {
        let mine = self.directory.my(thread);
        let first = mine.and_then(MyThread::first_unread);
        self.reading.come(thread, first.map(Seq::prev));
    }

    pub(super) fn has_read(&mut self, thread: ThreadId, seq: Seq) {
        let mine = self.directory.my(thread);
        let Some(mine) = mine.filter(|mine| mine.read.seq < seq) else {
            return;
        };
        // What the end is, is known: it counts at once, and is told as soon as that is possible.
        let end = ReadPosition {
            seq: mine.thread.last_seq,
            number: mine.thread.message_count,
        };
        if self.reading.has_read(thread, seq) {
            if end.seq <= seq {
                self.directory.read(thread, end);
            }
            self.flush();
        }
    }

    /// How far I have read a thread is known from the server.
    pub(super) fn was_read(&mut self, thread: ThreadId, to: ReadPosition) {
        let before = self.directory.my(thread).map(|mine| mine.read.seq);
        if self.directory.read(thread, to) && before > Some(to.seq) {
            self.reading.went_back(thread, to.seq);
            self.drawn += 1;
        }
    }

    /// From this message on, everything is to be unread.
    pub(super) fn mark_unread(&mut self, thread: ThreadId, seq: Seq) {
        let Some(Open { timeline, .. }) = self.timelines.get(thread) else {
            return;
        };
        let Some(message) = timeline.messages(seq, seq).next() else {
            return;
        };
        let to = ReadPosition {
            seq: seq.prev(),
            number: message.number - 1,
        };
        if self.directory.my(thread).is_some() {
            self.directory.read(thread, to);
            self.reading.mark_unread(thread, to.seq);
            self.drawn += 1;
            self.flush();
        }
    }

    pub(super) fn read_all(&mut self) {
        let unread = self.directory.mine().iter();
        let unread: Vec<_> = unread
            .filter(|mine| mine.unread() > 0)
            .map(|mine| {
                let end = ReadPosition {
                    seq: mine.thread.last_seq,
                    number: mine.thread.message_count,
                };
                (mine.thread.id, mine.read, end)
            })
            .collect();
        for (thread, _, end) in &unread {
            self.directory.read(*thread, *end);
        }
        let marks: Vec<_> = unread
            .iter()
            .map(|(thread, was, end)| (*thread, *was, end.seq))
            .collect();
        self.reading.read_all(&marks);
        self.undo_until = self.moment.now.0 + i64::from(UNDO);
        self.effect(Effect::Later(UNDO, Input::Tick));
        self.flush();
    }

    pub(super) fn undo_read_all(&mut self) {
        for (thread, was) in self.reading.undo() {
            self.was_read(thread, was);
        }
        self.flush();
    }

    /// What lasts for a while only may be over.
    pub(super) fn tick(&mut self) {
        self.typing.expire(self.moment.now);
        if self.undo_until <= self.moment.now.0 {
            self.reading.settle();
        }
    }

    pub(super) fn tick_later(&mut self) {
        self.effect(Effect::Later(LASTS, Input::Tick));
    }

    /// What is to be said of it is sent, as far as there is a connection.
    pub(super) fn flush_reading(&mut self) {
        for request in self.reading.due() {
            match self.call("thread:read", &request) {
                Some(call) => self.reading.sent(call, request),
                None => return,
            }
        }
        if let Some(several) = self.reading.several_due()
            && let Some(call) = self.call("threads:read", &several)
        {
            self.reading.several_sent(call);
        }
    }

    /// Chooses what of a thread one wants to be told of. It counts at once; if there is no
    /// connection, the next list says how it is.
    pub(super) fn choose(&mut self, id: ThreadId, level: NotifyLevel) {
        #[derive(serde::Serialize)]
        struct Choice {
            id: ThreadId,
            level: NotifyLevel,
        }
        if self.call("thread:notify", &Choice { id, level }).is_some() {
            self.directory.notify(id, level);
        }
    }

    /// Calls a method, if there is a connection.
    pub(super) fn call(&mut self, method: &str, data: &impl serde::Serialize) -> Option<u32> {
        let data = raw(data).ok()?;
        let (call, action) = self.connection.call(method, data)?;
        self.effect(Effect::Socket(action));
        Some(call)
    }
}
