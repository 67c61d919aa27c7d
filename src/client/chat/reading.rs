//! How far I have read: by what is on the screen, and by hand.

use super::{Chat, Effect, Input, Open};
use crate::protocol::codes::ReplyError;
use crate::protocol::frame::{Raw, raw};
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
        self.reading.come(thread, self.left_off(thread));
    }

    /// The last event of a thread that I had read, if there is more.
    fn left_off(&self, thread: ThreadId) -> Option<Seq> {
        let mine = self.directory.my(thread);
        mine.and_then(MyThread::first_unread).map(Seq::prev)
    }

    /// The line that one is shown in a thread: where one has just come to, or is about to.
    pub(super) fn line_to_show(&self, thread: ThreadId) -> Option<Seq> {
        match self.reading.is_at(thread) {
            true => self.reading.to_show(thread),
            false => self.left_off(thread),
        }
    }

    pub(super) fn has_read(&mut self, thread: ThreadId, seq: Seq) {
        let mine = self.directory.my(thread);
        let Some(mine) = mine.filter(|mine| mine.read.seq < seq) else {
            return;
        };
        // What the end is, is known: it counts at once, and is told as soon as that is possible.
        let end = end_of(mine);
        if self.reading.has_read(thread, seq) {
            if end.seq <= seq {
                self.directory.read(thread, end);
            }
            self.flush();
        }
    }

    /// The server says how far I have read a thread; or that I have gone back in it by hand.
    pub(super) fn was_read(&mut self, thread: ThreadId, to: ReadPosition, went_back: bool) {
        if self.reading.hears(thread, to, went_back) {
            self.has_moved_to(thread, to, went_back);
        }
    }

    fn has_moved_to(&mut self, thread: ThreadId, to: ReadPosition, went_back: bool) {
        match went_back {
            true => self.move_back(thread, to),
            false => self.directory.read(thread, to),
        }
    }

    fn move_back(&mut self, thread: ThreadId, to: ReadPosition) {
        self.directory.move_back(thread, to);
        self.went_back(thread, to.seq);
    }

    /// What follows is unread again, by an act of mine on any device.
    pub(super) fn went_back(&mut self, thread: ThreadId, seq: Seq) {
        self.reading.went_back(thread, seq);
        self.drawn += 1;
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
            self.directory.move_back(thread, to);
            self.reading.mark_unread(thread, to.seq);
            self.drawn += 1;
            self.flush();
        }
    }

    pub(super) fn read_all(&mut self) {
        let unread = self.directory.mine().iter();
        let unread: Vec<_> = unread
            .filter(|mine| mine.unread() > 0)
            .map(|mine| (mine.thread.id, mine.read, end_of(mine)))
            .collect();
        for (thread, _, end) in &unread {
            self.directory.read(*thread, *end);
        }
        let marks = unread.into_iter();
        self.reading.read_all(
            marks
                .map(|(thread, was, end)| (thread, was, end.seq))
                .collect(),
        );
        self.undo_until = self.moment.now.0 + i64::from(UNDO);
        self.tick_in(UNDO);
        self.flush();
    }

    /// Where I have read on since, it stays so.
    pub(super) fn undo_read_all(&mut self) {
        for (thread, was, end) in self.reading.undo() {
            let mine = self.directory.my(thread);
            if mine.is_some_and(|mine| mine.read.seq == end) {
                self.move_back(thread, was);
            }
        }
        self.flush();
    }

    /// What lasts for a while only may be over.
    pub(super) fn tick(&mut self) {
        self.is_ticking = false;
        self.typing.expire(self.moment.now);
        let left = self.undo_until - self.moment.now.0;
        if !(1..=i64::from(UNDO)).contains(&left) {
            self.reading.settle();
        }
        if self.typing.is_anybody() || self.reading.can_undo() {
            self.tick_in(1_000);
        }
    }

    /// It is looked at again in a while, once.
    pub(super) fn tick_in(&mut self, wait: u32) {
        if !std::mem::replace(&mut self.is_ticking, true) {
            self.effect(Effect::Later(wait.min(1_000), Input::Tick));
        }
    }

    /// What is to be said of it is sent, if there is a connection.
    pub(super) fn flush_reading(&mut self) {
        if let Some(due) = self.reading.due()
            && let Some(call) = self.call("threads:read", raw(&due))
        {
            self.reading.sent(call, due.threads.len());
            // A list that is under way may have been made before.
            for told in &due.threads {
                self.directory.has_moved(told.id);
            }
        }
    }

    /// The answer to a call, if it was one about reading.
    pub(super) fn reading_answered(&mut self, call: u32, answer: &Result<Raw, ReplyError>) -> bool {
        let error = answer.as_ref().err();
        let is_refused_for_now = error.is_some_and(|error| error.temporary);
        let Some(theirs) = self.reading.answered(call, is_refused_for_now) else {
            return false;
        };
        for (thread, to, went_back) in theirs {
            self.has_moved_to(thread, to, went_back);
        }
        if !self.reading.is_anything_due() && self.directory.was_early() {
            self.ask_for_list();
        }
        if is_refused_for_now {
            let wait = self.backoff.next(self.moment.random);
            self.effect(Effect::Later(wait, Input::Rested));
        }
        true
    }

    /// Chooses what of a thread one wants to be told of. It counts at once.
    pub(super) fn choose(&mut self, id: ThreadId, level: NotifyLevel) {
        #[derive(serde::Serialize)]
        struct Choice {
            id: ThreadId,
            level: NotifyLevel,
        }
        if let Ok(choice) = raw(&Choice { id, level }) {
            self.choices.add("thread:notify", choice);
            self.directory.notify(id, level);
            self.flush_choices();
        }
    }

    /// The next of my choices is sent, if there is a connection.
    pub(super) fn flush_choices(&mut self) {
        if let Some((method, data)) = self.choices.next()
            && let Some(call) = self.call(method, Ok(data))
        {
            self.choices.sent(call);
        }
    }

    /// The answer to a call, if it was one of my choices.
    pub(super) fn choice_answered(&mut self, call: u32, answer: &Result<Raw, ReplyError>) -> bool {
        let error = answer.as_ref().err();
        let is_refused_for_now = error.is_some_and(|error| error.temporary);
        let is_one = self.choices.answered(call, is_refused_for_now);
        if is_one && is_refused_for_now {
            let wait = self.backoff.next(self.moment.random);
            self.effect(Effect::Later(wait, Input::Rested));
        }
        is_one
    }

    /// Calls a method, if there is a connection.
    pub(super) fn call(&mut self, method: &str, data: serde_json::Result<Raw>) -> Option<u32> {
        let (call, action) = self.connection.call(method, data.ok()?)?;
        self.effect(Effect::Socket(action));
        Some(call)
    }
}

fn end_of(mine: &MyThread) -> ReadPosition {
    ReadPosition {
        seq: mine.thread.last_seq,
        number: mine.thread.message_count,
    }
}
