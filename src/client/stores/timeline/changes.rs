//! What is done with messages after they were posted, in what is known of a thread.
//!
//! A change is an event of the stream, so whoever hears every event is up to date. Two things leave
//! that path: when the end of the stream moves on by a page (much was missed), and when a page comes
//! that was made before the last change that was heard. Then the timeline is *unchecked* since an
//! event: it asks which of its messages have changed after that, and until the answer is there
//! takes no reaction in that came later, since one that is put upon an older state would hide what is
//! missing.

use super::Timeline;
use crate::protocol::{
    HistoryPage, HistoryRequest, Message, Quote, Reacted, Seq, ThreadEvent, ThreadId,
};

/// What is known of changes.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Changes {
    /// The last one that was heard, or that may have happened unheard.
    last: Seq,
    /// What came after that event may be missing.
    unchecked: Option<Seq>,
}

impl Timeline {
    /// What to ask for, so that all messages are shown as they are.
    pub fn to_check(&self, thread: ThreadId) -> Option<HistoryRequest> {
        let since = self.changes.unchecked?;
        Some(HistoryRequest::changed(thread, since, self.first()?.prev()))
    }

    /// The first message that is shown, be it in an answer to it.
    fn first(&self) -> Option<Seq> {
        let quoted = self.messages.values();
        let quoted = quoted.filter_map(|message| Some(message.reply_to.as_ref()?.seq));
        self.messages.keys().copied().chain(quoted).min()
    }

    /// Whether a message is known to be gone.
    pub fn is_deleted(&self, seq: Seq) -> bool {
        self.messages.get(&seq).is_some_and(Message::is_deleted)
    }

    /// The messages that have changed after an event have come. What was asked when less was known
    /// does not answer for what has come to be known since.
    pub fn on_changes(&mut self, asked: &HistoryRequest, page: HistoryPage) {
        if page.epoch != self.epoch {
            return;
        }
        for message in page.messages {
            self.take_changed(message);
        }
        let is_about_all = asked.after < self.first();
        let unchecked = self.changes.unchecked;
        let is_answered = is_about_all && unchecked.is_some_and(|since| page.after <= since);
        if is_answered {
            let end = page.thread.last_seq.max(self.changes.last);
            self.changes.unchecked = (page.through < end).then_some(page.through);
        }
    }

    /// An event that changes a message. Others are none of our business here.
    pub(super) fn change(&mut self, seq: Seq, event: ThreadEvent) {
        match event {
            ThreadEvent::MessageChanged { message } => self.take_changed(message),
            ThreadEvent::Reacted { reacted } => self.react(seq, &reacted),
            _ => return,
        }
        self.changes.last = self.changes.last.max(seq);
    }

    /// The stream goes on after `end`, and what happened before that was not heard.
    pub(super) fn moves_on_to(&mut self, end: Seq) {
        let tail = self.tail().map(|tail| tail.through);
        if let Some(known) = tail.filter(|known| *known < end) {
            self.must_check(known);
        }
        if tail < Some(end) {
            self.changes.last = self.changes.last.max(end);
        }
    }

    /// What was known before may have changed after an event.
    fn must_check(&mut self, since: Seq) {
        if !self.messages.is_empty() {
            let earlier = self
                .changes
                .unchecked
                .map_or(since, |known| known.min(since));
            self.changes.unchecked = Some(earlier);
        }
    }

    /// A page was made when the thread had come so far.
    pub(super) fn was_made_at(&mut self, head: Seq) {
        if head < self.changes.last {
            self.must_check(head);
        }
    }

    fn take_changed(&mut self, message: Message) {
        for answer in self.messages.values_mut() {
            if let Some(quote) = &mut answer.reply_to
                && quote.seq == message.seq
            {
                quote.text = Quote::beginning(message.text.as_str());
            }
        }
        if self.stretch_of(message.seq).is_some() {
            self.insert(message);
        }
    }

    fn react(&mut self, seq: Seq, reacted: &Reacted) {
        if self.changes.unchecked.is_some_and(|since| seq > since) {
            return;
        }
        if let Some(message) = self.messages.get_mut(&reacted.to) {
            message.react(seq, reacted);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{event, message, page};
    use super::super::{Need, Stretch};
    use super::*;
    use crate::protocol::{Emoji, MessageText, User, UserId};

    fn edited(seq: i64, text: &str, by: i64) -> Message {
        Message {
            text: MessageText::parse(text).unwrap(),
            changed_seq: Some(Seq(by)),
            ..message(seq)
        }
    }

    fn reaction(to: i64) -> ThreadEvent {
        let user = User {
            id: UserId(2),
            ..message(1).user
        };
        let emoji = Emoji::parse("👍").unwrap();
        ThreadEvent::Reacted {
            reacted: Reacted {
                to: Seq(to),
                user,
                emoji,
                removed: false,
            },
        }
    }

    fn text(timeline: &Timeline, seq: i64) -> &str {
        timeline.messages[&Seq(seq)].text.as_str()
    }

    fn known(through: i64) -> Timeline {
        let mut timeline = Timeline::default();
        assert_eq!(timeline.on_page(page(0, through)), Need::Nothing);
        timeline
    }

    /// A page of changes after `after`, made when the thread had `head` events.
    fn changes(after: i64, head: i64, messages: Vec<Message>) -> HistoryPage {
        let mut answer = page(after, after);
        answer.thread.last_seq = Seq(head);
        answer.through = Seq(head);
        answer.messages = messages;
        answer
    }

    fn check(timeline: &mut Timeline, page: HistoryPage) {
        let asked = HistoryRequest::changed(ThreadId(1), page.after, Seq(0));
        timeline.on_changes(&asked, page);
    }

    fn is_unchecked_since(timeline: &Timeline) -> Option<i64> {
        let request = timeline.to_check(ThreadId(1))?;
        Some(request.changed_after?.0)
    }

    #[test]
    fn a_change_is_shown_where_its_message_is_and_makes_no_row() {
        let mut timeline = known(3);
        let message = edited(2, "better", 4);
        let _ = timeline.on_event(Seq(4), ThreadEvent::MessageChanged { message });
        let _ = timeline.on_event(Seq(5), reaction(3));
        assert_eq!(text(&timeline, 2), "better");
        assert_eq!(timeline.messages[&Seq(3)].reactions[0].by, [UserId(2)]);
        assert_eq!(timeline.messages.len(), 3);
        let tail = Stretch {
            after: Seq(0),
            through: Seq(5),
        };
        assert_eq!(timeline.tail(), Some(tail));
        assert_eq!(is_unchecked_since(&timeline), None);
    }

    #[test]
    fn an_answer_shows_what_it_answers_as_it_is_now() {
        let mut timeline = known(3);
        let mut answer = message(4);
        answer.reply_to = Some(Box::new(Quote {
            seq: Seq(2),
            thread_id: None,
            user: answer.user.clone(),
            text: "message 2".to_owned(),
        }));
        let _ = timeline.on_event(Seq(4), ThreadEvent::Posted { message: answer });
        let message = edited(2, "better", 5);
        let _ = timeline.on_event(Seq(5), ThreadEvent::MessageChanged { message });
        let quote = timeline.messages[&Seq(4)].reply_to.as_ref().unwrap();
        assert_eq!(quote.text, "better");
    }

    #[test]
    fn where_much_was_missed_it_is_asked_what_has_changed() {
        let mut timeline = known(3);
        // The newest page of a thread with 100 events: what happened to 1–3 is not in it.
        let _ = timeline.on_page(page(90, 100));
        assert_eq!(is_unchecked_since(&timeline), Some(3));
        // What is heard meanwhile is not put upon an older state.
        let _ = timeline.on_event(Seq(101), reaction(2));
        assert!(timeline.messages[&Seq(2)].reactions.is_empty());
        check(
            &mut timeline,
            changes(3, 100, vec![edited(1, "better", 50)]),
        );
        assert_eq!(text(&timeline, 1), "better");
        assert_eq!(
            is_unchecked_since(&timeline),
            Some(100),
            "101 was heard and not taken in"
        );
        let mut reacted = message(2);
        reacted.changed_seq = Some(Seq(101));
        check(&mut timeline, changes(100, 101, vec![reacted]));
        assert_eq!(is_unchecked_since(&timeline), None);
        assert_eq!(timeline.messages[&Seq(2)].version(), Seq(101));
    }

    #[test]
    fn a_page_that_was_under_way_while_something_changed_is_checked() {
        let mut timeline = known(0);
        let _ = timeline.on_page(page(10, 20));
        let message = edited(5, "better", 21);
        let _ = timeline.on_event(Seq(21), ThreadEvent::MessageChanged { message });
        assert!(!timeline.messages.contains_key(&Seq(5)), "it is not known");
        let mut late = page(0, 10);
        late.thread.last_seq = Seq(20);
        let _ = timeline.on_page(late);
        assert_eq!(is_unchecked_since(&timeline), Some(20));
        check(
            &mut timeline,
            changes(20, 21, vec![edited(5, "better", 21)]),
        );
        assert_eq!(text(&timeline, 5), "better");
        assert_eq!(is_unchecked_since(&timeline), None);
    }

    #[test]
    fn an_answer_that_is_only_a_part_is_followed_by_the_next_question() {
        let mut timeline = known(3);
        let _ = timeline.on_page(page(90, 100));
        let mut part = changes(3, 100, vec![edited(1, "better", 50)]);
        part.through = Seq(50);
        check(&mut timeline, part);
        assert_eq!(is_unchecked_since(&timeline), Some(50));
    }

    #[test]
    fn what_is_not_known_is_not_made_known_by_a_change() {
        let mut timeline = known(0);
        let _ = timeline.on_page(page(10, 20));
        check(&mut timeline, changes(0, 20, vec![edited(5, "better", 15)]));
        assert!(!timeline.messages.contains_key(&Seq(5)));
        assert_eq!(timeline.on_event(Seq(21), event(21)), Need::Nothing);
    }
}
