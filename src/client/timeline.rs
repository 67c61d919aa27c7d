//! The timeline of one thread: pages of history and live events merged into one stretch.
//!
//! It knows exactly one contiguous stretch of the thread's stream, `(after, through]`, and shows
//! nothing else, so it cannot have a hole. Live events extend it at the end, older pages at the
//! beginning; doubles are recognised by their sequence number. Events that come too early wait
//! until what is before them is there. When the stretch no longer joins on to the server's (too
//! much was missed, or the database is another), it asks for the newest page and starts afresh.

use std::collections::BTreeMap;

use crate::protocol::frame::SubscribeResult;
use crate::protocol::{ClientId, HistoryPage, Message, Seq, ThreadEvent, UserId};

/// What the timeline needs next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Need {
    Nothing,
    /// The newest page of history.
    Newest,
}

/// See the module's text.
#[derive(Clone, Debug, Default)]
pub struct Timeline {
    epoch: String,
    known: Option<Stretch>,
    messages: BTreeMap<Seq, Message>,
    /// Live events beyond the known stretch.
    early: BTreeMap<Seq, ThreadEvent>,
    /// The live stream went on from here without us: the next page that reaches so far replaces
    /// what is known.
    stale: Option<Position>,
}

/// A place in a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Position {
    epoch: String,
    seq: Seq,
}

/// All events after `after`, through `through`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stretch {
    after: Seq,
    through: Seq,
}

impl Timeline {
    /// A timeline that begins with a page.
    pub fn from_page(page: HistoryPage) -> Self {
        let mut timeline = Self::default();
        timeline.replace(page);
        timeline
    }

    /// Whether there is anything to show yet, even if it is only that nothing was said.
    pub fn is_loaded(&self) -> bool {
        self.known.is_some()
    }

    /// The messages, oldest first.
    pub fn messages(&self) -> impl DoubleEndedIterator<Item = &Message> {
        self.messages.values()
    }

    /// Whether a message of one's own has come back from the server.
    pub fn has(&self, author: UserId, client_id: &ClientId) -> bool {
        let is_it =
            |message: &Message| message.user.id == author && message.client_id == *client_id;
        self.messages.values().rev().any(is_it)
    }

    /// The sequence number before which older messages can be asked for, if there are any.
    pub fn older_than(&self) -> Option<Seq> {
        let known = self.known?;
        (known.after > Seq::START).then(|| known.after.next())
    }

    /// The position from which the live stream goes on.
    pub fn position(&self) -> Option<(&str, Seq)> {
        Some((&self.epoch, self.known?.through))
    }

    /// Takes a page of history, newer or older.
    pub fn on_page(&mut self, page: HistoryPage) -> Need {
        if let Some(from) = &self.stale
            && page.epoch == from.epoch
            && page.through < from.seq
        {
            // It was under way already when the stream went on.
            return Need::Newest;
        }
        match self.known {
            Some(known) if self.stale.is_none() && page.epoch == self.epoch => {
                let joins = page.after <= known.through && page.through >= known.after;
                if joins {
                    self.merge(known, page);
                } else if page.through > known.through {
                    self.replace(page);
                }
            }
            _ => self.replace(page),
        }
        self.catch_up()
    }

    /// Takes a live event.
    pub fn on_event(&mut self, seq: Seq, event: ThreadEvent) -> Need {
        match self.known {
            Some(known) if seq <= known.through => Need::Nothing,
            _ => {
                self.early.insert(seq, event);
                self.catch_up()
            }
        }
    }

    /// The live stream begins here, or goes on after an interruption.
    pub fn on_subscribed(&mut self, result: &SubscribeResult) -> Need {
        if result.recovered {
            // What was missed comes as events.
            return Need::Nothing;
        }
        let top = Seq::from_offset(result.offset);
        let joins = self
            .known
            .is_some_and(|known| known.through == top && self.epoch == result.epoch);
        if joins && self.stale.is_none() {
            return Need::Nothing;
        }
        self.early.retain(|seq, _| *seq > top);
        self.stale = Some(Position {
            epoch: result.epoch.clone(),
            seq: top,
        });
        Need::Newest
    }

    fn merge(&mut self, known: Stretch, page: HistoryPage) {
        self.known = Some(Stretch {
            after: known.after.min(page.after),
            through: known.through.max(page.through),
        });
        for message in page.messages {
            // What is here already may be newer than the page.
            self.messages.entry(message.seq).or_insert(message);
        }
    }

    fn replace(&mut self, page: HistoryPage) {
        if self.known.is_some() && page.epoch != self.epoch {
            // They were another database's.
            self.early.clear();
        }
        self.epoch = page.epoch;
        self.stale = None;
        self.known = Some(Stretch {
            after: page.after,
            through: page.through,
        });
        self.messages = page
            .messages
            .into_iter()
            .map(|message| (message.seq, message))
            .collect();
    }

    /// Applies early events that now join on.
    fn catch_up(&mut self) -> Need {
        let Some(mut known) = self.known else {
            return Need::Nothing;
        };
        while let Some(entry) = self.early.first_entry() {
            let seq = *entry.key();
            if seq > known.through.next() {
                self.known = Some(known);
                return Need::Newest;
            }
            let event = entry.remove();
            if seq == known.through.next() {
                known.through = seq;
                self.apply(seq, event);
            }
        }
        self.known = Some(known);
        Need::Nothing
    }

    fn apply(&mut self, seq: Seq, event: ThreadEvent) {
        match event {
            ThreadEvent::Posted { message } => {
                self.messages.insert(seq, message);
            }
            ThreadEvent::Unknown => {}
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::protocol::{
        DisplayName, MessageId, MessageText, Thread, ThreadId, ThreadKind, ThreadName, Timestamp,
        User, Username,
    };

    pub fn message(seq: i64) -> Message {
        Message {
            id: MessageId(seq + 1000),
            thread_id: ThreadId(1),
            seq: Seq(seq),
            user: User {
                id: UserId(1),
                username: Username::parse("john").unwrap(),
                name: DisplayName::parse("John").unwrap(),
            },
            text: MessageText::parse(&format!("message {seq}")).unwrap(),
            client_id: ClientId::parse(&format!("c{seq}")).unwrap(),
            created_at: Timestamp(seq * 1000),
            edited_at: None,
        }
    }

    fn event(seq: i64) -> ThreadEvent {
        let message = message(seq);
        ThreadEvent::Posted { message }
    }

    /// The page a server with `top` events would give for `(after, through]`.
    pub fn page(after: i64, through: i64) -> HistoryPage {
        HistoryPage {
            thread: Thread {
                id: ThreadId(1),
                name: ThreadName::parse("First thread").unwrap(),
                kind: ThreadKind::Public,
                last_seq: Seq(through),
                active_at: Timestamp(0),
            },
            messages: (after + 1..=through).map(message).collect(),
            after: Seq(after),
            through: Seq(through),
            epoch: "e".to_owned(),
        }
    }

    fn seqs(timeline: &Timeline) -> Vec<i64> {
        timeline.messages().map(|message| message.seq.0).collect()
    }

    fn subscribed(offset: u64, recovered: bool) -> SubscribeResult {
        SubscribeResult {
            epoch: "e".into(),
            offset,
            recovered,
            positioned: true,
            ..SubscribeResult::default()
        }
    }

    #[test]
    fn live_events_extend_it_and_doubles_do_not() {
        let mut timeline = Timeline::from_page(page(0, 3));
        assert_eq!(timeline.on_event(Seq(4), event(4)), Need::Nothing);
        assert_eq!(timeline.on_event(Seq(4), event(4)), Need::Nothing);
        assert_eq!(timeline.on_event(Seq(2), event(2)), Need::Nothing);
        assert_eq!(seqs(&timeline), [1, 2, 3, 4]);
    }

    #[test]
    fn an_early_event_waits_until_it_joins_on() {
        let mut timeline = Timeline::from_page(page(0, 3));
        assert_eq!(timeline.on_event(Seq(6), event(6)), Need::Newest);
        assert_eq!(seqs(&timeline), [1, 2, 3]);
        assert_eq!(timeline.on_page(page(2, 5)), Need::Nothing);
        assert_eq!(seqs(&timeline), [1, 2, 3, 4, 5, 6]);
    }

    #[test]
    fn events_before_the_first_page_are_kept_for_it() {
        let mut timeline = Timeline::default();
        assert_eq!(timeline.on_event(Seq(8), event(8)), Need::Nothing);
        assert!(!timeline.is_loaded());
        assert_eq!(timeline.on_page(page(4, 7)), Need::Nothing);
        assert_eq!(seqs(&timeline), [5, 6, 7, 8]);
    }

    #[test]
    fn a_page_that_was_made_before_the_stream_went_on_is_not_enough() {
        let mut timeline = Timeline::from_page(page(0, 3));
        assert_eq!(timeline.on_subscribed(&subscribed(9, false)), Need::Newest);
        assert_eq!(timeline.on_page(page(2, 5)), Need::Newest);
        assert_eq!(timeline.on_page(page(5, 9)), Need::Nothing);
        assert_eq!(seqs(&timeline), [6, 7, 8, 9]);
    }

    #[test]
    fn an_older_page_extends_it_backwards_until_the_beginning() {
        let mut timeline = Timeline::from_page(page(4, 7));
        assert_eq!(timeline.older_than(), Some(Seq(5)));
        assert_eq!(timeline.on_page(page(0, 4)), Need::Nothing);
        assert_eq!(seqs(&timeline), [1, 2, 3, 4, 5, 6, 7]);
        assert_eq!(timeline.older_than(), None);
    }

    #[test]
    fn after_too_long_an_absence_it_starts_afresh_instead_of_showing_a_hole() {
        let mut timeline = Timeline::from_page(page(0, 3));
        assert_eq!(
            timeline.on_subscribed(&subscribed(900, false)),
            Need::Newest
        );
        assert_eq!(timeline.on_page(page(850, 900)), Need::Nothing);
        assert_eq!(seqs(&timeline), (851..=900).collect::<Vec<_>>());
        assert_eq!(timeline.older_than(), Some(Seq(851)));
    }

    #[test]
    fn another_database_replaces_everything() {
        let mut timeline = Timeline::from_page(page(0, 9));
        let mut other = page(0, 2);
        other.epoch = "f".into();
        assert_eq!(timeline.on_page(other), Need::Nothing);
        assert_eq!(seqs(&timeline), [1, 2]);
    }

    #[test]
    fn a_subscription_that_begins_where_the_page_ended_needs_nothing() {
        let mut timeline = Timeline::from_page(page(0, 3));
        assert_eq!(timeline.on_subscribed(&subscribed(3, false)), Need::Nothing);
        assert_eq!(timeline.on_subscribed(&subscribed(3, true)), Need::Nothing);
    }

    /// What a network may do to a reader.
    #[derive(Clone, Debug)]
    enum Step {
        /// The server gets a new event; it reaches us, late or twice perhaps.
        Publish { delivered: bool, twice: bool },
        /// An event of any age arrives again.
        Replay(usize),
        /// The connection comes back: recovered, or with too much missed.
        Resubscribe { recoverable: bool },
        /// Scrolling up.
        Older,
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = prop_oneof![
            4 => (any::<bool>(), any::<bool>())
                .prop_map(|(delivered, twice)| Step::Publish { delivered, twice }),
            1 => (0usize..50).prop_map(Step::Replay),
            1 => any::<bool>().prop_map(|recoverable| Step::Resubscribe { recoverable }),
            1 => Just(Step::Older),
        ];
        proptest::collection::vec(step, 0..60)
    }

    proptest! {
        #[test]
        fn whatever_the_network_does_it_shows_one_stretch_without_holes_or_doubles(
            steps in steps(),
            start in 0i64..20,
        ) {
            const PAGE: i64 = 5;
            let mut top = start;
            let newest = |top: i64| page((top - PAGE).max(0), top);
            let mut timeline = Timeline::from_page(newest(top));
            for step in steps {
                let need = match step {
                    Step::Publish { delivered, twice } => {
                        top += 1;
                        let mut need = Need::Nothing;
                        for _ in 0..u8::from(delivered) + u8::from(delivered && twice) {
                            need = timeline.on_event(Seq(top), event(top));
                        }
                        need
                    }
                    Step::Replay(back) => {
                        let seq = top - i64::try_from(back).unwrap();
                        match seq > 0 {
                            true => timeline.on_event(Seq(seq), event(seq)),
                            false => Need::Nothing,
                        }
                    }
                    Step::Resubscribe { recoverable } => {
                        let offset = u64::try_from(top).unwrap();
                        let mut need = timeline.on_subscribed(&subscribed(offset, recoverable));
                        if recoverable {
                            let (_, through) = timeline.position().unwrap();
                            for seq in through.0 + 1..=top {
                                need = timeline.on_event(Seq(seq), event(seq));
                            }
                        }
                        need
                    }
                    Step::Older => match timeline.older_than() {
                        Some(before) => {
                            let through = before.0 - 1;
                            timeline.on_page(page((through - PAGE).max(0), through))
                        }
                        None => Need::Nothing,
                    },
                };
                if need == Need::Newest {
                    prop_assert_eq!(timeline.on_page(newest(top)), Need::Nothing);
                }
                let shown = seqs(&timeline);
                let contiguous = shown.windows(2).all(|pair| pair[1] == pair[0] + 1);
                prop_assert!(contiguous, "{:?}", shown);
                let (_, through) = timeline.position().unwrap();
                prop_assert_eq!(shown.last().copied().unwrap_or(0), through.0);
            }
            // After a last reconnect nothing is missing at the end.
            let offset = u64::try_from(top).unwrap();
            if timeline.on_subscribed(&subscribed(offset, false)) == Need::Newest {
                prop_assert_eq!(timeline.on_page(newest(top)), Need::Nothing);
            }
            prop_assert_eq!(seqs(&timeline).last().copied().unwrap_or(0), top);
        }
    }
}
