//! Telling the server how far I have read: what was on a visible screen, once, and not too often.

use std::collections::HashMap;

use crate::protocol::{Seq, ThreadId};

/// How far threads are to be marked as read, and what of that is on its way to the server.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    /// How far each thread is to be marked.
    wanted: HashMap<ThreadId, Seq>,
    /// The marks under way, by their call.
    under_way: HashMap<u32, (ThreadId, Seq)>,
}

impl Reading {
    /// A thread was read up to there.
    pub fn has_read(&mut self, thread: ThreadId, seq: Seq) {
        let wanted = self.wanted.entry(thread).or_insert(seq);
        *wanted = seq.max(*wanted);
    }

    /// What is to be told now: one mark of a thread is under way at a time.
    pub fn due(&self) -> Vec<(ThreadId, Seq)> {
        let is_under_way = |thread| self.under_way.values().any(|(known, _)| *known == thread);
        let due = self
            .wanted
            .iter()
            .filter(|(thread, _)| !is_under_way(**thread));
        due.map(|(thread, seq)| (*thread, *seq)).collect()
    }

    /// A mark was handed to the connection as that call.
    pub fn sent(&mut self, call: u32, thread: ThreadId, seq: Seq) {
        self.under_way.insert(call, (thread, seq));
    }

    /// A call was answered, however. False if it was no mark.
    pub fn answered(&mut self, call: u32) -> bool {
        let Some((thread, seq)) = self.under_way.remove(&call) else {
            return false;
        };
        if self
            .wanted
            .get(&thread)
            .is_some_and(|wanted| *wanted <= seq)
        {
            self.wanted.remove(&thread);
        }
        true
    }

    /// The answers to these calls will not come.
    pub fn lost(&mut self, calls: &[u32]) {
        self.under_way.retain(|call, _| !calls.contains(call));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_mark_is_under_way_and_the_furthest_follows() {
        let thread = ThreadId(1);
        let mut reading = Reading::default();
        reading.has_read(thread, Seq(4));
        assert_eq!(reading.due(), [(thread, Seq(4))]);
        reading.sent(7, thread, Seq(4));
        reading.has_read(thread, Seq(6));
        reading.has_read(thread, Seq(5));
        assert!(reading.due().is_empty());
        assert!(reading.answered(7));
        assert_eq!(reading.due(), [(thread, Seq(6))]);
        reading.sent(8, thread, Seq(6));
        assert!(reading.answered(8));
        assert!(reading.due().is_empty());
        assert!(!reading.answered(9));
    }

    #[test]
    fn a_mark_that_was_lost_is_told_again() {
        let mut reading = Reading::default();
        reading.has_read(ThreadId(1), Seq(4));
        reading.sent(7, ThreadId(1), Seq(4));
        reading.lost(&[7]);
        assert_eq!(reading.due(), [(ThreadId(1), Seq(4))]);
    }
}
