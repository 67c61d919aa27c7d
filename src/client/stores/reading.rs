//! How far I have read: what the server is to be told of it, and where I had left off.
//!
//! What was on a visible screen is read, once, and not told too often. What is marked as unread by
//! hand stays so until one comes to its thread again, whatever is on the screen. The line above what
//! is new stays in its place as long as one is in the thread.

use crate::protocol::{ReadPosition, ReadRequest, ReadSeveral, Seq, ThreadId};

/// How far threads are to be marked as read, and what of that is on its way to the server.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    /// How far each thread is to be marked. Lists here are short.
    wanted: Vec<ReadRequest>,
    /// The marks under way, each with its call.
    under_way: Vec<(u32, ReadRequest)>,
    /// Several marks at once, and the call they were made with.
    several: Vec<ReadRequest>,
    several_sent: Option<(u32, Vec<ReadRequest>)>,
    /// Where threads stood before all were marked, as long as that may be taken back.
    before: Vec<(ThreadId, ReadPosition)>,
    /// The thread one is in.
    at: Option<ThreadId>,
    /// The last event there that I had read when I came, if there was more.
    left_off: Option<Seq>,
    /// One has just come, and is to be shown where one had left off.
    has_just_come: bool,
    /// What was marked as unread stays so for now.
    is_held: bool,
}

impl Reading {
    /// One comes to a thread, where so much was read and something is unread. Nothing changes if
    /// one is there already.
    pub fn come(&mut self, thread: ThreadId, left_off: Option<Seq>) {
        if self.at != Some(thread) {
            self.at = Some(thread);
            self.left_off = left_off;
            self.has_just_come = left_off.is_some();
            self.is_held = false;
        }
    }

    /// One is in no thread.
    pub fn leave(&mut self) {
        self.at = None;
    }

    /// The event after which the line stands that says what is new.
    pub fn line(&self, thread: ThreadId) -> Option<Seq> {
        self.left_off.filter(|_| self.at == Some(thread))
    }

    /// The line, if one has just come and has not been shown it.
    pub fn to_show(&self, thread: ThreadId) -> Option<Seq> {
        self.line(thread).filter(|_| self.has_just_come)
    }

    pub fn has_shown(&mut self) {
        self.has_just_come = false;
    }

    /// Something new has come while nobody looked, and everything before it was read up to there.
    pub fn looked_away(&mut self, thread: ThreadId, seq: Seq) {
        if self.at == Some(thread) {
            self.left_off = Some(seq);
        }
    }

    /// What follows an event is unread again, by an act of mine on any device.
    pub fn went_back(&mut self, thread: ThreadId, seq: Seq) {
        if self.at == Some(thread) {
            self.left_off = Some(seq);
            self.is_held = true;
        }
    }

    /// Whoever writes in a thread has come back to it.
    pub fn has_written(&mut self, thread: ThreadId) {
        self.is_held &= self.at != Some(thread);
    }

    /// A thread was read up to there, by what was on the screen. False if that does not count.
    pub fn has_read(&mut self, thread: ThreadId, seq: Seq) -> bool {
        let is_held = self.is_held && self.at == Some(thread);
        let known = self.wanted.iter().find(|wanted| wanted.id == thread);
        let is_unread = known.is_some_and(|wanted| wanted.unread);
        let is_further = known.is_none_or(|wanted| wanted.seq < seq);
        if !is_held && !is_unread && is_further {
            let unread = false;
            let id = thread;
            self.want(ReadRequest { id, seq, unread });
        }
        !is_held && !is_unread
    }

    /// What follows an event is to be unread.
    pub fn mark_unread(&mut self, id: ThreadId, seq: Seq) {
        let unread = true;
        self.want(ReadRequest { id, seq, unread });
        self.went_back(id, seq);
    }

    fn want(&mut self, request: ReadRequest) {
        self.wanted.retain(|wanted| wanted.id != request.id);
        self.wanted.push(request);
    }

    /// Threads are marked as read up to their end; each as it was before and as it is then.
    pub fn read_all(&mut self, threads: &[(ThreadId, ReadPosition, Seq)]) {
        self.before = threads.iter().map(|(id, was, _)| (*id, *was)).collect();
        let to = threads.iter().map(|(id, _, end)| (*id, *end));
        self.move_several(to.collect());
    }

    /// That is taken back: where each thread stands again.
    pub fn undo(&mut self) -> Vec<(ThreadId, ReadPosition)> {
        let before = std::mem::take(&mut self.before);
        self.move_several(before.iter().map(|(id, was)| (*id, was.seq)).collect());
        before
    }

    pub fn can_undo(&self) -> bool {
        !self.before.is_empty()
    }

    /// It was not taken back.
    pub fn settle(&mut self) {
        self.before.clear();
    }

    fn move_several(&mut self, to: Vec<(ThreadId, Seq)>) {
        let unread = true;
        self.several = to
            .into_iter()
            .take(ReadSeveral::MOST)
            .map(|(id, seq)| ReadRequest { id, seq, unread })
            .collect();
    }

    /// What is to be told now: one mark of a thread is under way at a time.
    pub fn due(&self) -> Vec<ReadRequest> {
        let is_under_way = |id| self.under_way.iter().any(|(_, sent)| sent.id == id);
        let due = self.wanted.iter().copied();
        due.filter(|wanted| !is_under_way(wanted.id)).collect()
    }

    /// Several marks that are to be told now.
    pub fn several_due(&self) -> Option<ReadSeveral> {
        let is_due = !self.several.is_empty() && self.several_sent.is_none();
        is_due.then(|| ReadSeveral {
            threads: self.several.clone(),
        })
    }

    /// A mark was handed to the connection as that call.
    pub fn sent(&mut self, call: u32, request: ReadRequest) {
        self.under_way.push((call, request));
    }

    pub fn several_sent(&mut self, call: u32) {
        self.several_sent = Some((call, std::mem::take(&mut self.several)));
    }

    /// A call was answered, however. False if it was no mark.
    pub fn answered(&mut self, call: u32) -> bool {
        if self
            .several_sent
            .take_if(|(sent, _)| *sent == call)
            .is_some()
        {
            return true;
        }
        let mut under_way = self.under_way.iter();
        let Some(at) = under_way.position(|(sent, _)| *sent == call) else {
            return false;
        };
        let (_, sent) = self.under_way.remove(at);
        // What was asked for since then is still to be told.
        self.wanted.retain(|wanted| *wanted != sent);
        true
    }

    /// The answers to these calls will not come.
    pub fn lost(&mut self, calls: &[u32]) {
        self.under_way.retain(|(call, _)| !calls.contains(call));
        let lost = self.several_sent.take_if(|(call, _)| calls.contains(call));
        if let Some((_, several)) = lost
            && self.several.is_empty()
        {
            self.several = several;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const THREAD: ThreadId = ThreadId(1);

    fn mark(seq: i64, unread: bool) -> ReadRequest {
        ReadRequest {
            id: THREAD,
            seq: Seq(seq),
            unread,
        }
    }

    #[test]
    fn one_mark_is_under_way_and_the_furthest_follows() {
        let mut reading = Reading::default();
        reading.has_read(THREAD, Seq(4));
        assert_eq!(reading.due(), [mark(4, false)]);
        reading.sent(7, mark(4, false));
        reading.has_read(THREAD, Seq(6));
        reading.has_read(THREAD, Seq(5));
        assert!(reading.due().is_empty());
        assert!(reading.answered(7));
        assert_eq!(reading.due(), [mark(6, false)]);
        reading.sent(8, mark(6, false));
        assert!(reading.answered(8));
        assert!(reading.due().is_empty());
        assert!(!reading.answered(9));
    }

    #[test]
    fn a_mark_that_was_lost_is_told_again() {
        let mut reading = Reading::default();
        reading.has_read(THREAD, Seq(4));
        reading.sent(7, mark(4, false));
        reading.lost(&[7]);
        assert_eq!(reading.due(), [mark(4, false)]);
    }

    #[test]
    fn what_is_marked_as_unread_stays_so_until_one_comes_again() {
        let mut reading = Reading::default();
        reading.come(THREAD, None);
        assert!(reading.has_read(THREAD, Seq(9)));
        reading.sent(7, mark(9, false));
        reading.mark_unread(THREAD, Seq(4));
        assert!(
            !reading.has_read(THREAD, Seq(9)),
            "it is on the screen all the same"
        );
        assert!(reading.answered(7), "of what was under way before");
        assert_eq!(reading.due(), [mark(4, true)]);
        reading.sent(8, mark(4, true));
        assert!(reading.answered(8));
        assert!(
            !reading.has_read(THREAD, Seq(10)),
            "nor what comes after it"
        );
        assert_eq!(reading.line(THREAD), Some(Seq(4)));
        reading.leave();
        assert_eq!(reading.line(THREAD), None);
        reading.come(THREAD, Some(Seq(4)));
        assert!(reading.has_read(THREAD, Seq(10)));
    }

    #[test]
    fn whoever_writes_in_a_thread_reads_it_again() {
        let mut reading = Reading::default();
        reading.come(THREAD, None);
        reading.went_back(THREAD, Seq(4));
        reading.has_written(ThreadId(2));
        assert!(!reading.has_read(THREAD, Seq(9)));
        reading.has_written(THREAD);
        assert!(reading.has_read(THREAD, Seq(9)));
    }

    #[test]
    fn the_line_is_shown_once_and_stays_while_one_is_there() {
        let mut reading = Reading::default();
        reading.come(THREAD, Some(Seq(3)));
        assert_eq!(reading.to_show(THREAD), Some(Seq(3)));
        reading.has_shown();
        assert_eq!(reading.to_show(THREAD), None);
        reading.come(THREAD, None);
        assert_eq!(reading.line(THREAD), Some(Seq(3)), "one is there already");
        assert_eq!(reading.line(ThreadId(2)), None);
        reading.looked_away(THREAD, Seq(8));
        assert_eq!(reading.line(THREAD), Some(Seq(8)));
        reading.come(ThreadId(2), None);
        reading.come(THREAD, None);
        assert_eq!(reading.line(THREAD), None, "everything was read");
    }

    #[test]
    fn all_are_marked_with_one_call_and_taken_back_with_another() {
        let was = ReadPosition {
            seq: Seq(2),
            number: 2,
        };
        let mut reading = Reading::default();
        assert!(!reading.can_undo());
        reading.read_all(&[(THREAD, was, Seq(9))]);
        assert_eq!(reading.several_due().unwrap().threads, [mark(9, true)]);
        reading.several_sent(7);
        assert_eq!(reading.several_due(), None);
        assert!(reading.can_undo());
        assert_eq!(reading.undo(), [(THREAD, was)]);
        assert_eq!(reading.several_due(), None, "one after the other");
        assert!(reading.answered(7));
        assert_eq!(reading.several_due().unwrap().threads, [mark(2, true)]);
        reading.several_sent(8);
        reading.lost(&[8]);
        assert!(reading.several_due().is_some(), "it is told again");
        assert!(!reading.can_undo());
    }
}
