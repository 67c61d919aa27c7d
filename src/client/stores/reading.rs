//! How far I have read: what the server is to be told of it, and where I had left off.
//!
//! What was on a visible screen is read, once, and not told too often. What is marked as unread by
//! hand stays so until one comes to its thread again, whatever is on the screen. The line above what
//! is new stays in its place as long as one is in the thread.
//!
//! What I do about it waits in one list and is told in the order in which I did it: what was done
//! without a connection, or while the database was away, is not lost, and the last word is the last.

use crate::protocol::{ReadPosition, ReadRequest, ReadSeveral, Seq, ThreadId};

/// How far threads are to be marked as read, and what of that is on its way to the server.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    /// What is to be told, in order. Lists here are short.
    wanted: Vec<ReadRequest>,
    /// The call under way, and how many of the first it tells.
    under_way: Option<(u32, usize)>,
    /// The server asked for a pause.
    is_resting: bool,
    /// What the server said of threads while I had something to say of them too: it may be my own word
    /// that comes back, or the last one of another device.
    heard: Vec<Heard>,
    /// Where threads stood before all were marked, and where since, as long as that may be taken back.
    before: Vec<(ThreadId, ReadPosition, Seq)>,
    /// The thread one is in.
    at: Option<ThreadId>,
    /// The last event there that I had read when I came, if there was more.
    left_off: Option<Seq>,
    /// One has just come, and is to be shown where one had left off.
    has_just_come: bool,
    /// What was marked as unread stays so for now.
    is_held: bool,
}

/// What the server has said of a thread: how far I have read it, and whether I have gone back to there.
pub type Heard = (ThreadId, ReadPosition, bool);

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

    /// Numbers mean something else from now on: what was to be told of them is void.
    pub fn begin_anew(&mut self) {
        *self = Self {
            at: self.at,
            ..Self::default()
        };
    }

    /// One is in no thread.
    pub fn leave(&mut self) {
        self.at = None;
    }

    pub fn is_at(&self, thread: ThreadId) -> bool {
        self.at == Some(thread)
    }

    /// The event after which the line stands that says what is new.
    pub fn line(&self, thread: ThreadId) -> Option<Seq> {
        self.left_off.filter(|_| self.is_at(thread))
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
        if self.is_at(thread) {
            self.left_off = Some(seq);
        }
    }

    /// What follows an event is unread again, by an act of mine on any device.
    pub fn went_back(&mut self, thread: ThreadId, seq: Seq) {
        if self.is_at(thread) {
            self.left_off = Some(seq);
            self.is_held = true;
        }
    }

    /// Whoever writes in a thread has come back to it.
    pub fn has_written(&mut self, thread: ThreadId) {
        self.is_held &= !self.is_at(thread);
    }

    /// A thread was read up to there, by what was on the screen. False if that does not count: one is
    /// not there any more, or has marked it as unread.
    pub fn has_read(&mut self, id: ThreadId, seq: Seq) -> bool {
        if !self.is_at(id) || self.is_held {
            return false;
        }
        self.up_to(id, seq);
        true
    }

    /// A thread is to be marked as read up to there.
    pub fn up_to(&mut self, id: ThreadId, seq: Seq) {
        let told = self.under_way.map_or(0, |(_, count)| count);
        let known = self.wanted.iter().rposition(|wanted| wanted.id == id);
        match known.and_then(|at| Some((at, self.wanted.get_mut(at)?))) {
            Some((at, wanted)) if at >= told && !wanted.unread => wanted.seq = wanted.seq.max(seq),
            Some((_, wanted)) if !wanted.unread && wanted.seq >= seq => {}
            _ => self.wanted.push(ReadRequest::up_to(id, seq)),
        }
    }

    /// What follows an event is to be unread.
    pub fn mark_unread(&mut self, id: ThreadId, seq: Seq) {
        self.wanted.push(ReadRequest::unread_after(id, seq));
        self.went_back(id, seq);
    }

    /// Threads are marked as read up to their end; each as it was before and as it is then.
    pub fn read_all(&mut self, threads: Vec<(ThreadId, ReadPosition, Seq)>) {
        let marks = threads.iter();
        self.wanted
            .extend(marks.map(|(id, _, end)| ReadRequest::up_to(*id, *end)));
        self.before = threads;
    }

    /// That is taken back: where each thread stands again, unless I have moved on in it.
    pub fn undo(&mut self) -> Vec<(ThreadId, ReadPosition, Seq)> {
        let before = std::mem::take(&mut self.before);
        let marks = before.iter().map(|(id, was, end)| ReadRequest {
            from: Some(*end),
            ..ReadRequest::unread_after(*id, was.seq)
        });
        self.wanted.extend(marks);
        before
    }

    pub fn can_undo(&self) -> bool {
        !self.before.is_empty()
    }

    /// It was not taken back.
    pub fn settle(&mut self) {
        self.before.clear();
    }

    /// Whether the server does not know yet how far I have read a thread.
    pub fn is_ahead(&self, thread: ThreadId) -> bool {
        self.wanted.iter().any(|wanted| wanted.id == thread)
    }

    pub fn is_anything_due(&self) -> bool {
        !self.wanted.is_empty()
    }

    /// What is to be told now: one call is under way at a time.
    pub fn due(&self) -> Option<ReadSeveral> {
        let is_due = self.under_way.is_none() && !self.is_resting && !self.wanted.is_empty();
        is_due.then(|| ReadSeveral {
            threads: self
                .wanted
                .iter()
                .take(ReadSeveral::MOST)
                .copied()
                .collect(),
        })
    }

    /// So many of the first are on their way.
    pub fn sent(&mut self, call: u32, count: usize) {
        self.under_way = Some((call, count));
    }

    /// The server has said how far I have read a thread, or back. False if I have a word of my own
    /// under way, which may be the later one: having read on does not count where I go back.
    pub fn hears(&mut self, thread: ThreadId, to: ReadPosition, went_back: bool) -> bool {
        self.heard.retain(|(heard, ..)| *heard != thread);
        let mine = self.wanted.iter().rfind(|wanted| wanted.id == thread);
        let counts = mine.is_none_or(|mine| !went_back && !mine.unread);
        if !counts {
            self.heard.push((thread, to, went_back));
        }
        counts
    }

    /// A call was answered, if it was that one: what another device has said meanwhile, after all that
    /// I had to say of a thread. What was refused for now is told again after a rest, and what was refused for good
    /// is not.
    pub fn answered(&mut self, call: u32, is_refused_for_now: bool) -> Option<Vec<Heard>> {
        let (_, count) = self
            .under_way
            .take_if(|(under_way, _)| *under_way == call)?;
        self.is_resting = is_refused_for_now;
        if is_refused_for_now {
            return Some(Vec::new());
        }
        let told: Vec<_> = self.wanted.drain(..count.min(self.wanted.len())).collect();
        let heard = std::mem::take(&mut self.heard);
        let (later, mut theirs): (Vec<_>, Vec<_>) = heard
            .into_iter()
            .partition(|(thread, ..)| self.is_ahead(*thread));
        self.heard = later;
        theirs.retain(|(thread, to, went_back)| {
            let mine = told.iter().rfind(|told| told.id == *thread);
            mine.is_none_or(|mine| !mine.unread || !went_back || mine.seq != to.seq)
        });
        Some(theirs)
    }

    pub fn rested(&mut self) {
        self.is_resting = false;
    }

    /// The answers to these calls will not come: what they told is told again. What was heard meanwhile
    /// comes with the list.
    pub fn lost(&mut self, calls: &[u32]) {
        self.under_way
            .take_if(|(under_way, _)| calls.contains(under_way));
        self.heard.clear();
        self.is_resting = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const THREAD: ThreadId = ThreadId(1);

    fn up_to(seq: i64) -> ReadRequest {
        ReadRequest::up_to(THREAD, Seq(seq))
    }

    fn unread_after(seq: i64) -> ReadRequest {
        ReadRequest::unread_after(THREAD, Seq(seq))
    }

    fn due(reading: &Reading) -> Vec<ReadRequest> {
        reading.due().map_or_else(Vec::new, |due| due.threads)
    }

    fn there() -> Reading {
        let mut reading = Reading::default();
        reading.come(THREAD, None);
        reading
    }

    #[test]
    fn of_another_history_nothing_is_told_and_what_is_read_from_then_on_is() {
        let mut reading = there();
        reading.has_read(THREAD, Seq(40));
        reading.begin_anew();
        assert_eq!(due(&reading), []);
        assert!(reading.has_read(THREAD, Seq(4)), "one is there still");
        assert_eq!(due(&reading), [up_to(4)]);
    }

    #[test]
    fn one_call_is_under_way_and_the_furthest_follows() {
        let mut reading = there();
        reading.has_read(THREAD, Seq(4));
        assert_eq!(due(&reading), [up_to(4)]);
        reading.sent(7, 1);
        reading.has_read(THREAD, Seq(4));
        reading.has_read(THREAD, Seq(6));
        reading.has_read(THREAD, Seq(5));
        assert_eq!(due(&reading), []);
        assert_eq!(reading.answered(7, false), Some(vec![]));
        assert_eq!(due(&reading), [up_to(6)]);
        reading.sent(8, 1);
        assert_eq!(reading.answered(8, false), Some(vec![]));
        assert_eq!(due(&reading), []);
        assert_eq!(reading.answered(9, false), None);
        assert!(!reading.is_ahead(THREAD));
    }

    #[test]
    fn what_was_lost_or_refused_for_now_is_told_again_and_what_was_refused_for_good_is_not() {
        let mut reading = there();
        reading.has_read(THREAD, Seq(4));
        reading.sent(7, 1);
        reading.lost(&[7]);
        assert_eq!(due(&reading), [up_to(4)]);
        reading.sent(8, 1);
        assert_eq!(reading.answered(8, true), Some(vec![]));
        assert_eq!(due(&reading), [], "the server asked for a pause");
        reading.rested();
        assert_eq!(due(&reading), [up_to(4)]);
        reading.sent(9, 1);
        assert_eq!(reading.answered(9, false), Some(vec![]));
        assert_eq!(due(&reading), []);
    }

    #[test]
    fn what_was_done_without_a_connection_is_told_in_its_order() {
        let mut reading = there();
        let was = ReadPosition::default();
        reading.read_all(vec![(THREAD, was, Seq(9))]);
        reading.mark_unread(THREAD, Seq(4));
        assert_eq!(due(&reading), [up_to(9), unread_after(4)]);
    }

    #[test]
    fn what_is_marked_as_unread_stays_so_until_one_comes_again() {
        let mut reading = there();
        assert!(reading.has_read(THREAD, Seq(9)));
        reading.sent(7, 1);
        reading.mark_unread(THREAD, Seq(4));
        assert!(
            !reading.has_read(THREAD, Seq(9)),
            "it is on the screen all the same"
        );
        assert!(
            reading.answered(7, false).is_some(),
            "of what was under way before"
        );
        assert_eq!(due(&reading), [unread_after(4)]);
        reading.sent(8, 1);
        assert_eq!(reading.answered(8, false), Some(vec![]));
        assert!(
            !reading.has_read(THREAD, Seq(10)),
            "nor what comes after it"
        );
        assert_eq!(reading.line(THREAD), Some(Seq(4)));
        reading.leave();
        assert_eq!(reading.line(THREAD), None);
        assert!(!reading.has_read(THREAD, Seq(10)), "one is not there");
        reading.come(THREAD, Some(Seq(4)));
        assert!(reading.has_read(THREAD, Seq(10)));
        assert_eq!(due(&reading), [up_to(10)]);
    }

    #[test]
    fn my_own_word_that_comes_back_changes_nothing_and_the_later_one_of_another_device_does() {
        let at = |seq| ReadPosition {
            seq: Seq(seq),
            number: seq,
        };
        let mut reading = there();
        reading.mark_unread(THREAD, Seq(4));
        reading.sent(7, 1);
        assert!(!reading.hears(THREAD, at(4), true));
        assert_eq!(reading.answered(7, false), Some(vec![]), "it was mine");
        assert!(reading.hears(THREAD, at(2), true), "and this is not");
        reading.mark_unread(THREAD, Seq(4));
        reading.sent(8, 1);
        reading.hears(THREAD, at(4), true);
        reading.hears(THREAD, at(3), true);
        let theirs = vec![(THREAD, at(3), true)];
        assert_eq!(reading.answered(8, false), Some(theirs), "it came after");
        reading.mark_unread(THREAD, Seq(2));
        reading.read_all(vec![(THREAD, at(2), Seq(9))]);
        reading.sent(9, 2);
        reading.hears(THREAD, at(2), true);
        reading.hears(THREAD, at(9), false);
        assert_eq!(reading.answered(9, false), Some(vec![]));
    }

    #[test]
    fn having_read_on_before_i_went_back_does_not_count_and_on_another_device_since_it_does() {
        let at = |seq| ReadPosition {
            seq: Seq(seq),
            number: seq,
        };
        let mut reading = there();
        reading.read_all(vec![(THREAD, at(2), Seq(9))]);
        reading.sent(7, 1);
        reading.undo();
        assert!(!reading.hears(THREAD, at(9), false), "I am back already");
        assert_eq!(reading.answered(7, false), Some(vec![]));
        reading.sent(8, 1);
        assert!(!reading.hears(THREAD, at(2), true));
        assert_eq!(reading.answered(8, false), Some(vec![]), "it was mine");
        reading.read_all(vec![(THREAD, at(2), Seq(9))]);
        reading.undo();
        reading.sent(9, 2);
        assert!(!reading.hears(THREAD, at(12), false));
        let theirs = vec![(THREAD, at(12), false)];
        assert_eq!(reading.answered(9, false), Some(theirs));
        assert!(reading.hears(THREAD, at(13), false), "nothing is under way");
        reading.mark_unread(THREAD, Seq(4));
        reading.sent(10, 1);
        reading.hears(THREAD, at(13), false);
        reading.lost(&[10]);
        reading.sent(11, 1);
        let none = Some(vec![]);
        assert_eq!(reading.answered(11, false), none, "it was told before");
    }

    #[test]
    fn whoever_writes_in_a_thread_reads_it_again() {
        let mut reading = there();
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
    fn all_are_marked_with_one_call_and_taken_back_only_where_nothing_was_read_since() {
        let was = ReadPosition {
            seq: Seq(2),
            number: 2,
        };
        let mut reading = Reading::default();
        assert!(!reading.can_undo());
        reading.read_all(vec![(THREAD, was, Seq(9))]);
        assert_eq!(due(&reading), [up_to(9)]);
        reading.sent(7, 1);
        assert!(reading.can_undo());
        assert_eq!(reading.undo(), [(THREAD, was, Seq(9))]);
        assert_eq!(due(&reading), [], "one after the other");
        assert_eq!(reading.answered(7, false), Some(vec![]));
        let back = ReadRequest {
            from: Some(Seq(9)),
            ..unread_after(2)
        };
        assert_eq!(due(&reading), [back]);
        reading.sent(8, 1);
        reading.lost(&[8]);
        assert_eq!(due(&reading), [back], "it is told again");
        assert!(!reading.can_undo());
    }
}
