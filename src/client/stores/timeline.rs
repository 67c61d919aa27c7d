//! The timeline of one thread: what is known of its stream, and what is missing.
//!
//! Known are *stretches*, `(after, through]`, in which no event is missing, and the messages in them.
//! The last stretch is the tail: live events extend it, and it is there as soon as it is known where
//! the live stream goes on, even if nothing of it has been read yet. Pages of history are stretches
//! too; those that touch become one. So whoever reads further up keeps what they read, however much
//! was missed at the end, and a hole is simply the space between two stretches: a [`View`] shows one
//! of them. Every message carries the number of the last event that changed it; of two copies the
//! newer wins, whichever arrives first.
//!
//! [`View`]: super::view::View

mod changes;
#[cfg(test)]
mod model;

use std::collections::BTreeMap;

use self::changes::Changes;
use crate::protocol::frame::SubscribeResult;
use crate::protocol::{ClientId, HistoryPage, Message, Seq, ThreadEvent, Timestamp, UserId};

/// What the timeline needs next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Need {
    Nothing,
    /// The newest page of history.
    Newest,
    /// The page that ends before this event.
    Before(Seq),
    /// The page that begins after this event.
    After(Seq),
    /// The page with this event in its middle.
    Around(Seq),
}

/// All events after `after`, through `through`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    pub after: Seq,
    pub through: Seq,
}

impl Stretch {
    pub fn contains(self, seq: Seq) -> bool {
        self.after < seq && seq <= self.through
    }

    fn touches(self, other: Self) -> bool {
        self.after <= other.through && other.after <= self.through
    }
}

/// What is known of one thread: stretches of its stream, and the messages in them.
#[derive(Clone, Debug, Default)]
pub struct Timeline {
    epoch: String,
    /// In order, with space between them.
    stretches: Vec<Stretch>,
    messages: BTreeMap<Seq, Message>,
    /// Live events beyond the tail, in order: a few, and mostly none.
    early: Vec<(Seq, ThreadEvent)>,
    changes: Changes,
}

/// Messages kept on each side of what is looked at, and at the end.
const KEPT: usize = 400;
/// With more than that in all, the rest is let go.
const MOST: usize = 2_000;

impl Timeline {
    /// Whether there is anything to show yet, even if it is only that nothing was said.
    pub fn is_loaded(&self) -> bool {
        self.tail().is_some_and(|tail| !is_bare(tail))
    }

    /// The stretch at the live end.
    pub fn tail(&self) -> Option<Stretch> {
        self.stretches.last().copied()
    }

    /// The stretch an event is in.
    pub fn stretch_of(&self, seq: Seq) -> Option<Stretch> {
        let mut stretches = self.stretches.iter().copied();
        stretches.find(|stretch| stretch.contains(seq))
    }

    /// The messages of a range of events, oldest first.
    pub fn messages(&self, first: Seq, last: Seq) -> impl DoubleEndedIterator<Item = &Message> {
        // An empty range may not have its end before its beginning.
        let last = last.max(first.prev());
        let range = self.messages.range(first.prev()..=last);
        range
            .map(|(_, message)| message)
            .filter(move |message| message.seq >= first)
    }

    /// Whether a message of one's own has come back from the server.
    pub fn has(&self, author: UserId, client_id: &ClientId) -> bool {
        let is_it =
            |message: &Message| message.user.id == author && message.client_id == *client_id;
        self.messages.values().rev().any(is_it)
    }

    /// When somebody has posted last, as far as that is known.
    pub fn last_of(&self, author: UserId) -> Option<Timestamp> {
        let mut messages = self.messages.values().rev();
        let last = messages.find(|message| message.user.id == author)?;
        Some(last.created_at)
    }

    /// The position from which the live stream goes on.
    pub fn position(&self) -> Option<(&str, Seq)> {
        Some((&self.epoch, self.tail()?.through))
    }

    /// Takes a page of history, from anywhere in the thread.
    pub fn on_page(&mut self, page: HistoryPage) -> Need {
        if page.epoch != self.epoch {
            self.begin_anew(page.epoch);
        }
        let end = page.thread.last_seq;
        self.moves_on_to(end);
        self.add(Stretch {
            after: page.after,
            through: page.through,
        });
        for message in page.messages {
            self.insert(message);
        }
        self.was_made_at(end);
        // The end of a page from further up is not the end of the thread.
        if self.tail().is_none_or(|tail| tail.through < end) {
            self.add(Stretch {
                after: end,
                through: end,
            });
        }
        self.catch_up()
    }

    /// Takes a live event.
    pub fn on_event(&mut self, seq: Seq, event: ThreadEvent) -> Need {
        match self.tail() {
            Some(tail) if seq <= tail.through => {
                // A double, or the answer to one's own post: at most it is newer.
                match event {
                    ThreadEvent::Posted { message } if self.stretch_of(seq).is_some() => {
                        self.insert(message);
                    }
                    ThreadEvent::Posted { .. } => {}
                    event => self.change(seq, event),
                }
                Need::Nothing
            }
            _ => {
                if let Err(at) = self.early.binary_search_by_key(&seq, |early| early.0) {
                    self.early.insert(at, (seq, event));
                }
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
        if result.epoch != self.epoch {
            self.begin_anew(result.epoch.clone());
        }
        let top = Seq::from_offset(result.offset);
        self.early.retain(|early| early.0 > top);
        self.moves_on_to(top);
        if self.tail().is_none_or(|tail| tail.through < top) {
            self.add(Stretch {
                after: top,
                through: top,
            });
        }
        self.catch_up()
    }

    /// Lets go of what is far from what is looked at and from the end.
    pub fn trim(&mut self, first: Seq, last: Seq) {
        if self.messages.len() <= MOST {
            return;
        }
        let Some(tail) = self.tail() else { return };
        let around = self.stretch_of(last).map(|stretch| {
            let before = self.messages(stretch.after.next(), first.prev()).rev();
            let after = self.messages(last.next(), stretch.through);
            Stretch {
                after: before
                    .map(|m| m.seq.prev())
                    .nth(KEPT)
                    .unwrap_or(stretch.after),
                through: after.map(|m| m.seq).nth(KEPT).unwrap_or(stretch.through),
            }
        });
        let newest = self.messages(tail.after.next(), tail.through).rev();
        let kept_from = newest.map(|m| m.seq.prev()).nth(KEPT);
        let at_end = Stretch {
            after: kept_from.unwrap_or(tail.after),
            through: tail.through,
        };
        self.stretches.clear();
        self.add(at_end);
        if let Some(around) = around {
            self.add(around);
        }
        let stretches = self.stretches.clone();
        let is_kept = |seq: &Seq| stretches.iter().any(|stretch| stretch.contains(*seq));
        self.messages.retain(|seq, _| is_kept(seq));
    }

    fn begin_anew(&mut self, epoch: String) {
        // What came early without any page may well be of the new one.
        if !self.stretches.is_empty() {
            self.early.clear();
        }
        self.stretches.clear();
        self.messages.clear();
        self.changes = Changes::default();
        self.epoch = epoch;
    }

    /// Adds a stretch, and joins it with those it touches.
    fn add(&mut self, mut new: Stretch) {
        self.stretches.retain(|known| {
            let joins = known.touches(new);
            if joins {
                new.after = new.after.min(known.after);
                new.through = new.through.max(known.through);
            }
            !joins
        });
        let at = self
            .stretches
            .partition_point(|known| known.after < new.after);
        self.stretches.insert(at, new);
    }

    fn insert(&mut self, message: Message) {
        let known = self.messages.get(&message.seq);
        if known.is_none_or(|known| known.version() < message.version()) {
            self.messages.insert(message.seq, message);
        }
    }

    /// Applies early events that now join on.
    fn catch_up(&mut self) -> Need {
        let Some(mut tail) = self.stretches.pop() else {
            return Need::Nothing;
        };
        let mut need = Need::Nothing;
        while let Some((seq, _)) = self.early.first() {
            if *seq > tail.through.next() {
                need = Need::Newest;
                break;
            }
            let (seq, event) = self.early.remove(0);
            tail.through = tail.through.max(seq);
            match event {
                ThreadEvent::Posted { message } => self.insert(message),
                // A change may be of a message that this very tail has just come to.
                event => {
                    self.stretches.push(tail);
                    self.change(seq, event);
                    self.stretches.pop();
                }
            }
        }
        self.stretches.push(tail);
        match is_bare(tail) {
            true => Need::Newest,
            false => need,
        }
    }
}

/// The stream goes on here, and nothing before that is known.
fn is_bare(tail: Stretch) -> bool {
    tail.after == tail.through && tail.after > Seq::START
}

#[cfg(test)]
pub(in crate::client) mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::protocol::{
        Description, DisplayName, MessageId, MessageText, Thread, ThreadId, ThreadKind, ThreadName,
        User, Username,
    };

    pub fn message(seq: i64) -> Message {
        Message {
            id: MessageId(seq + 1000),
            thread_id: ThreadId(1),
            seq: Seq(seq),
            number: seq,
            user: User {
                id: UserId(1),
                username: Username::parse("john").unwrap(),
                name: DisplayName::parse("John").unwrap(),
                avatar: None,
                guest: false,
                status: None,
                status_until: None,
            },
            text: MessageText::parse(&format!("message {seq}")).unwrap(),
            client_id: ClientId::parse(&format!("c{seq}")).unwrap(),
            created_at: Timestamp(seq * 1000),
            edited_at: None,
            deleted_at: None,
            pinned_at: None,
            calls: false,
            forwarded: None,
            reply_to: None,
            files: Vec::new(),
            reactions: Vec::new(),
            changed_seq: None,
        }
    }

    pub fn event(seq: i64) -> ThreadEvent {
        let message = message(seq);
        ThreadEvent::Posted { message }
    }

    /// The page a server with `top` events would give for `(after, through]`.
    pub fn page(after: i64, through: i64) -> HistoryPage {
        HistoryPage {
            thread: Thread {
                id: ThreadId(1),
                name: ThreadName::parse("First thread").unwrap(),
                description: Description::default(),
                kind: ThreadKind::Public,
                last_seq: Seq(through),
                message_count: through,
                active_at: Timestamp(0),
                archived_at: None,
                people: Vec::new(),
                for_everybody: false,
                announcements: false,
                slow_seconds: crate::protocol::Pause::default(),
            },
            messages: (after + 1..=through).map(message).collect(),
            after: Seq(after),
            through: Seq(through),
            epoch: "e".to_owned(),
        }
    }

    fn from_page(page: HistoryPage) -> Timeline {
        let mut timeline = Timeline::default();
        assert_eq!(timeline.on_page(page), Need::Nothing);
        timeline
    }

    /// The messages at the live end.
    fn seqs(timeline: &Timeline) -> Vec<i64> {
        let tail = timeline.tail().unwrap();
        let messages = timeline.messages(tail.after.next(), tail.through);
        messages.map(|message| message.seq.0).collect()
    }

    fn stretches(timeline: &Timeline) -> Vec<(i64, i64)> {
        let pairs = timeline.stretches.iter();
        pairs.map(|s| (s.after.0, s.through.0)).collect()
    }

    pub fn subscribed(offset: u64, recovered: bool) -> SubscribeResult {
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
        let mut timeline = from_page(page(0, 3));
        assert_eq!(timeline.on_event(Seq(4), event(4)), Need::Nothing);
        assert_eq!(timeline.on_event(Seq(4), event(4)), Need::Nothing);
        assert_eq!(timeline.on_event(Seq(2), event(2)), Need::Nothing);
        assert_eq!(seqs(&timeline), [1, 2, 3, 4]);
    }

    #[test]
    fn an_early_event_waits_until_it_joins_on() {
        let mut timeline = from_page(page(0, 3));
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
        let mut timeline = from_page(page(0, 3));
        assert_eq!(timeline.on_subscribed(&subscribed(9, false)), Need::Newest);
        assert_eq!(timeline.on_page(page(2, 5)), Need::Newest);
        assert_eq!(timeline.on_page(page(5, 9)), Need::Nothing);
        assert_eq!(seqs(&timeline), [1, 2, 3, 4, 5, 6, 7, 8, 9]);
    }

    #[test]
    fn an_older_page_extends_it_backwards_until_the_beginning() {
        let mut timeline = from_page(page(4, 7));
        assert_eq!(timeline.on_page(page(0, 4)), Need::Nothing);
        assert_eq!(seqs(&timeline), [1, 2, 3, 4, 5, 6, 7]);
        assert_eq!(stretches(&timeline), [(0, 7)]);
    }

    #[test]
    fn after_too_long_an_absence_what_was_read_stays_and_the_end_is_apart() {
        let mut timeline = from_page(page(0, 3));
        assert_eq!(
            timeline.on_subscribed(&subscribed(900, false)),
            Need::Newest
        );
        assert_eq!(stretches(&timeline), [(0, 3), (900, 900)]);
        assert!(!timeline.is_loaded());
        assert_eq!(timeline.on_event(Seq(901), event(901)), Need::Nothing);
        assert_eq!(timeline.on_page(page(850, 900)), Need::Nothing);
        assert_eq!(seqs(&timeline), (851..=901).collect::<Vec<_>>());
        assert_eq!(stretches(&timeline), [(0, 3), (850, 901)]);
    }

    #[test]
    fn another_database_replaces_everything() {
        let mut timeline = from_page(page(0, 9));
        let mut other = page(0, 2);
        other.epoch = "f".into();
        assert_eq!(timeline.on_page(other), Need::Nothing);
        assert_eq!(seqs(&timeline), [1, 2]);
    }

    #[test]
    fn of_two_copies_the_newer_wins_whichever_comes_first() {
        let changed = |text: &str, by: i64| Message {
            text: MessageText::parse(text).unwrap(),
            changed_seq: Some(Seq(by)),
            ..message(2)
        };
        let text = |timeline: &Timeline| {
            let mut messages = timeline.messages(Seq(2), Seq(2));
            messages.next().unwrap().text.as_str().to_owned()
        };
        let mut timeline = from_page(page(0, 3));
        let newer = ThreadEvent::Posted {
            message: changed("newer", 9),
        };
        assert_eq!(timeline.on_event(Seq(2), newer), Need::Nothing);
        assert_eq!(text(&timeline), "newer");
        let mut old = page(0, 3);
        old.messages[1] = changed("older", 5);
        assert_eq!(timeline.on_page(old), Need::Nothing);
        assert_eq!(text(&timeline), "newer");
    }

    #[test]
    fn what_is_far_away_is_let_go_and_what_is_looked_at_stays() {
        let mut timeline = from_page(page(0, 5_000));
        timeline.trim(Seq(1_000), Seq(1_100));
        assert_eq!(stretches(&timeline), [(598, 1_501), (4_599, 5_000)]);
        assert!(timeline.messages.len() < MOST);
        assert_eq!(timeline.position(), Some(("e", Seq(5_000))));
        let before = timeline.messages.len();
        timeline.trim(Seq(1_000), Seq(1_100));
        assert_eq!(
            timeline.messages.len(),
            before,
            "there is room for all of it"
        );
    }

    #[test]
    fn a_subscription_that_begins_where_the_page_ended_needs_nothing() {
        let mut timeline = from_page(page(0, 3));
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
            let mut timeline = from_page(newest(top));
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
                    Step::Older => {
                        let through = timeline.tail().unwrap().after.0;
                        timeline.on_page(page((through - PAGE).max(0), through))
                    }
                };
                if need == Need::Newest {
                    prop_assert_eq!(timeline.on_page(newest(top)), Need::Nothing);
                }
                let shown = seqs(&timeline);
                let contiguous = shown.windows(2).all(|pair| pair[1] == pair[0] + 1);
                prop_assert!(contiguous, "{:?}", shown);
                let (_, through) = timeline.position().unwrap();
                prop_assert_eq!(shown.last().copied().unwrap_or(0), through.0);
                for pair in timeline.stretches.windows(2) {
                    prop_assert!(pair[0].through < pair[1].after);
                }
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
