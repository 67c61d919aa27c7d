//! Who is writing in the thread that is open, and when I last said that I am.
//!
//! It is told and forgotten: nobody says that they have stopped, so it ends by itself.

use crate::protocol::{ThreadId, Timestamp, User, UserId};

/// So long somebody counts as writing after they have said so, in milliseconds.
pub const LASTS: u32 = 6_000;
/// So long I do not say it again.
const AGAIN_AFTER: i64 = 3_000;

/// Who is writing where one is.
#[derive(Clone, Debug, Default)]
pub struct Typing {
    people: Vec<(ThreadId, User, Timestamp)>,
    /// Where and when I have said it.
    said: Option<(ThreadId, Timestamp)>,
}

impl Typing {
    /// Somebody else has said that they are writing.
    pub fn heard(&mut self, thread: ThreadId, user: User, now: Timestamp) {
        self.ended(thread, user.id);
        let until = Timestamp(now.0 + i64::from(LASTS));
        self.people.push((thread, user, until));
    }

    /// Their message is there, or they have left.
    pub fn ended(&mut self, thread: ThreadId, user: UserId) {
        self.people
            .retain(|(at, known, _)| *at != thread || known.id != user);
    }

    /// Whoever has fallen silent. (A clock that was set back does not keep anybody writing.)
    pub fn expire(&mut self, now: Timestamp) {
        let latest = Timestamp(now.0 + i64::from(LASTS));
        self.people
            .retain(|(_, _, until)| *until > now && *until <= latest);
    }

    pub fn is_anybody(&self) -> bool {
        !self.people.is_empty()
    }

    /// What they are called who are writing in a thread.
    pub fn names(&self, thread: ThreadId) -> Vec<&str> {
        let there = self.people.iter().filter(|(at, _, _)| *at == thread);
        there.map(|(_, user, _)| user.name.as_str()).collect()
    }

    /// I am writing: whether to say so now.
    pub fn say(&mut self, thread: ThreadId, now: Timestamp) -> bool {
        let is_due = match self.said {
            Some((at, when)) => at != thread || now.0 - when.0 >= AGAIN_AFTER || now < when,
            None => true,
        };
        if is_due {
            self.said = Some((thread, now));
        }
        is_due
    }

    /// I have sent what I was writing: what I write next is said at once.
    pub fn sent(&mut self) {
        self.said = None;
    }
}

#[cfg(test)]
mod tests {
    use super::super::timeline::tests::message;
    use super::*;

    const THREAD: ThreadId = ThreadId(1);

    #[test]
    fn somebody_is_writing_until_their_message_comes_or_they_fall_silent() {
        let bill = message(1).user;
        let mut typing = Typing::default();
        typing.heard(THREAD, bill.clone(), Timestamp(0));
        typing.heard(THREAD, bill.clone(), Timestamp(3_000));
        assert_eq!(typing.names(THREAD), [bill.name.as_str()]);
        assert!(typing.names(ThreadId(2)).is_empty());
        typing.expire(Timestamp(6_001));
        assert_eq!(typing.names(THREAD).len(), 1, "they have said it again");
        typing.expire(Timestamp(9_000));
        assert!(typing.names(THREAD).is_empty());
        typing.heard(THREAD, bill.clone(), Timestamp(10_000));
        typing.ended(ThreadId(2), bill.id);
        assert_eq!(typing.names(THREAD).len(), 1);
        typing.ended(THREAD, bill.id);
        assert!(typing.names(THREAD).is_empty());
    }

    #[test]
    fn it_is_said_now_and_then_and_in_each_thread() {
        let mut typing = Typing::default();
        assert!(typing.say(THREAD, Timestamp(0)));
        assert!(!typing.say(THREAD, Timestamp(2_999)));
        assert!(typing.say(THREAD, Timestamp(3_000)));
        assert!(typing.say(ThreadId(2), Timestamp(3_001)));
        typing.sent();
        assert!(typing.say(ThreadId(2), Timestamp(3_002)));
        assert!(
            typing.say(ThreadId(2), Timestamp(0)),
            "a clock that was set back"
        );
    }
}
