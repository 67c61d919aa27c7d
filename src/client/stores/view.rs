//! What of a timeline is on the screen: a window of at most 200 messages, in one stretch.
//!
//! For the view "no hole" is the invariant: it never spans two stretches. It follows the end as long
//! as one is there, and stays where it is otherwise, whatever arrives. Towards either edge it grows
//! by a step, and lets go at the other side of what is more than may be drawn; what is not known yet
//! is asked for.

use super::timeline::{Need, Stretch, Timeline};
use crate::protocol::{Message, Seq};

/// Messages drawn at once at most.
pub const MOST: usize = 200;
/// Messages it begins with.
const FIRST: usize = 60;
/// Messages by which it grows.
const STEP: usize = 50;

/// The part of a timeline that is drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct View {
    /// The end is in it, and stays in it.
    follows: bool,
    first: Seq,
    last: Seq,
    /// What was asked for, to go on when it comes.
    wanted: Option<Wanted>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wanted {
    Older,
    Newer,
    At(Seq),
}

/// What is beyond the view.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Edges {
    pub is_loaded: bool,
    /// There are older messages.
    pub has_older: bool,
    /// There are newer messages that are not drawn.
    pub has_newer: bool,
}

impl Default for View {
    fn default() -> Self {
        Self {
            follows: true,
            first: Seq::START,
            last: Seq::START,
            wanted: None,
        }
    }
}

impl View {
    /// The messages that are drawn, oldest first.
    pub fn messages<'a>(
        &self,
        timeline: &'a Timeline,
    ) -> impl DoubleEndedIterator<Item = &'a Message> {
        timeline.messages(self.first, self.last)
    }

    pub fn first(&self) -> Seq {
        self.first
    }

    pub fn last(&self) -> Seq {
        self.last
    }

    pub fn follows(&self) -> bool {
        self.follows
    }

    /// Whether the live end is drawn.
    pub fn shows_end(&self, timeline: &Timeline) -> bool {
        timeline
            .tail()
            .is_some_and(|tail| self.last >= tail.through)
    }

    pub fn edges(&self, timeline: &Timeline) -> Edges {
        let stretch = self.stretch(timeline);
        Edges {
            is_loaded: timeline.is_loaded() || stretch.is_some(),
            has_older: stretch.is_some_and(|stretch| {
                stretch.after > Seq::START
                    || timeline
                        .messages(Seq::START.next(), self.first.prev())
                        .next()
                        .is_some()
            }),
            has_newer: !self.shows_end(timeline),
        }
    }

    /// Brings it up to date with what the timeline knows by now.
    pub fn refresh(&mut self, timeline: &Timeline) -> Need {
        let Some(tail) = timeline.tail() else {
            return Need::Nothing;
        };
        if let Some(Wanted::At(seq)) = self.wanted {
            return self.go_to(timeline, seq);
        }
        if self.stretch(timeline).is_none() {
            // What was looked at is gone, or nothing was looked at yet.
            self.follows = true;
        }
        if self.follows {
            if !timeline.is_loaded() {
                return Need::Newest;
            }
            self.follow(timeline, tail);
        }
        match self.wanted.take() {
            Some(Wanted::Older) => self.older(timeline),
            Some(Wanted::Newer) => self.newer(timeline),
            Some(Wanted::At(_)) | None => Need::Nothing,
        }
    }

    /// New messages at the end: they are drawn below what is read, as long as there is room.
    pub fn extend(&mut self, timeline: &Timeline, old_end: Option<Seq>) {
        let Some(tail) = timeline.tail() else { return };
        let showed_end = old_end.is_some_and(|end| self.last >= end) && tail.contains(self.first);
        if showed_end && count(timeline, self.first, tail.through) <= MOST {
            self.last = tail.through;
        }
    }

    /// The person looks at the newest messages.
    pub fn go_to_end(&mut self, timeline: &Timeline) -> Need {
        self.follows = true;
        self.wanted = None;
        self.first = Seq::START;
        self.last = Seq::START;
        self.refresh(timeline)
    }

    /// The person wants to see the message of an event.
    pub fn go_to(&mut self, timeline: &Timeline, seq: Seq) -> Need {
        let Some(stretch) = timeline.stretch_of(seq) else {
            let is_beyond = timeline.tail().is_some_and(|tail| seq > tail.through);
            if is_beyond && timeline.is_loaded() {
                return self.go_to_end(timeline);
            }
            self.wanted = Some(Wanted::At(seq));
            return Need::Around(seq);
        };
        self.wanted = None;
        let mut before = timeline.messages(stretch.after.next(), seq).rev();
        let mut after = timeline.messages(seq, stretch.through);
        self.first = nth_or(&mut before, FIRST / 2, stretch.after.next());
        self.last = nth_or(&mut after, FIRST / 2, stretch.through);
        self.follows = self.shows_end(timeline);
        Need::Nothing
    }

    /// The person has scrolled: whether they are at the very end of what is drawn.
    pub fn scrolled(&mut self, timeline: &Timeline, is_at_end: bool) {
        self.follows = is_at_end && self.shows_end(timeline);
    }

    /// The person is near the upper edge.
    pub fn older(&mut self, timeline: &Timeline) -> Need {
        let Some(stretch) = self.stretch(timeline) else {
            return Need::Nothing;
        };
        let mut above = timeline
            .messages(stretch.after.next(), self.first.prev())
            .rev();
        let Some(first) = up_to(&mut above, STEP) else {
            if stretch.after > Seq::START {
                self.wanted = Some(Wanted::Older);
                return Need::Before(stretch.after.next());
            }
            return Need::Nothing;
        };
        self.first = first;
        let mut shown = timeline.messages(self.first, self.last);
        if let Some(last) = shown.nth(MOST - 1) {
            self.last = last.seq;
            self.follows = self.follows && self.shows_end(timeline);
        }
        Need::Nothing
    }

    /// The person is near the lower edge.
    pub fn newer(&mut self, timeline: &Timeline) -> Need {
        let Some(stretch) = self.stretch(timeline) else {
            return Need::Nothing;
        };
        let mut below = timeline.messages(self.last.next(), stretch.through);
        let Some(last) = up_to(&mut below, STEP) else {
            if self.shows_end(timeline) {
                return Need::Nothing;
            }
            if timeline.tail() == Some(stretch) {
                // Nothing but events that are no messages.
                self.last = stretch.through;
                return Need::Nothing;
            }
            self.wanted = Some(Wanted::Newer);
            return Need::After(stretch.through);
        };
        self.last = match below.next() {
            Some(_) => last,
            None => stretch.through,
        };
        let mut shown = timeline.messages(self.first, self.last).rev();
        if let Some(first) = shown.nth(MOST - 1) {
            self.first = first.seq;
        }
        Need::Nothing
    }

    /// The stretch it is in.
    fn stretch(&self, timeline: &Timeline) -> Option<Stretch> {
        let tail = timeline.tail()?;
        // An empty thread has no event, and is known all the same.
        if tail.through == Seq::START && self.follows {
            return Some(tail);
        }
        let stretch = timeline.stretch_of(self.last)?;
        (stretch.after < self.first).then_some(stretch)
    }

    fn follow(&mut self, timeline: &Timeline, tail: Stretch) {
        self.last = tail.through;
        let is_here = tail.contains(self.first) || (self.first.0 == 1 && tail.after == Seq::START);
        if !is_here {
            let mut newest = timeline.messages(tail.after.next(), tail.through).rev();
            self.first = nth_or(&mut newest, FIRST - 1, tail.after.next());
        }
        // A burst pushes out at the top what is more than may be drawn, several at once.
        if count(timeline, self.first, self.last) > MOST {
            let mut newest = timeline.messages(self.first, self.last).rev();
            self.first = nth_or(&mut newest, MOST - STEP, self.first);
        }
    }
}

fn count(timeline: &Timeline, first: Seq, last: Seq) -> usize {
    timeline.messages(first, last).count()
}

fn nth_or<'a>(messages: &mut impl Iterator<Item = &'a Message>, n: usize, otherwise: Seq) -> Seq {
    messages.nth(n).map_or(otherwise, |message| message.seq)
}

/// The last of so many, or of as many as there are.
fn up_to<'a>(messages: &mut impl Iterator<Item = &'a Message>, n: usize) -> Option<Seq> {
    messages.by_ref().take(n).last().map(|message| message.seq)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::timeline::tests::{event, page, subscribed};
    use super::*;

    fn timeline(after: i64, through: i64) -> Timeline {
        let mut timeline = Timeline::default();
        assert_eq!(timeline.on_page(page(after, through)), Need::Nothing);
        timeline
    }

    fn shown(view: &View, timeline: &Timeline) -> Vec<i64> {
        view.messages(timeline).map(|m| m.seq.0).collect()
    }

    fn ends(view: &View, timeline: &Timeline) -> (i64, i64) {
        let shown = shown(view, timeline);
        (shown[0], shown[shown.len() - 1])
    }

    #[test]
    fn it_begins_at_the_end_and_follows_it() {
        let mut timeline = timeline(100, 300);
        let mut view = View::default();
        assert_eq!(view.refresh(&timeline), Need::Nothing);
        assert_eq!(ends(&view, &timeline), (241, 300));
        let _ = timeline.on_event(Seq(301), event(301));
        assert_eq!(view.refresh(&timeline), Need::Nothing);
        assert_eq!(ends(&view, &timeline), (241, 301));
    }

    #[test]
    fn a_burst_does_not_draw_more_than_it_may() {
        let mut timeline = timeline(0, 100);
        let mut view = View::default();
        for seq in 101..=900 {
            let _ = timeline.on_event(Seq(seq), event(seq));
            assert_eq!(view.refresh(&timeline), Need::Nothing);
            assert!(shown(&view, &timeline).len() <= MOST);
        }
        assert_eq!(ends(&view, &timeline).1, 900);
    }

    #[test]
    fn further_up_it_stays_where_it_is_whatever_arrives() {
        let mut timeline = timeline(0, 300);
        let mut view = View::default();
        let _ = view.refresh(&timeline);
        assert_eq!(view.older(&timeline), Need::Nothing);
        view.scrolled(&timeline, false);
        assert_eq!(ends(&view, &timeline), (191, 300));
        for seq in 301..=330 {
            let end = timeline.tail().map(|tail| tail.through);
            let _ = timeline.on_event(Seq(seq), event(seq));
            view.extend(&timeline, end);
            let _ = view.refresh(&timeline);
        }
        assert_eq!(ends(&view, &timeline), (191, 330), "below there is room");
        let _ = timeline.on_subscribed(&subscribed(9_000, false));
        let _ = timeline.on_page(page(8_950, 9_000));
        assert_eq!(view.refresh(&timeline), Need::Nothing);
        assert_eq!(
            ends(&view, &timeline),
            (191, 330),
            "missing much changes nothing here"
        );
        assert!(view.edges(&timeline).has_newer);
        assert_eq!(view.newer(&timeline), Need::After(Seq(330)));
        let _ = timeline.on_page(page(330, 380));
        assert_eq!(view.refresh(&timeline), Need::Nothing);
        assert_eq!(ends(&view, &timeline).1, 380, "and one can go on reading");
        assert_eq!(view.go_to_end(&timeline), Need::Nothing);
        assert_eq!(ends(&view, &timeline).1, 9_000);
    }

    #[test]
    fn it_opens_around_a_message_that_is_not_known_yet() {
        let mut timeline = timeline(900, 1_000);
        let mut view = View::default();
        assert_eq!(view.go_to(&timeline, Seq(400)), Need::Around(Seq(400)));
        let _ = timeline.on_page(page(375, 425));
        assert_eq!(view.refresh(&timeline), Need::Nothing);
        assert_eq!(ends(&view, &timeline), (376, 425));
        assert!(!view.follows());
        let edges = view.edges(&timeline);
        assert!(edges.has_older && edges.has_newer && edges.is_loaded);
    }

    #[test]
    fn an_empty_thread_is_loaded_and_has_no_edges() {
        let timeline = timeline(0, 0);
        let mut view = View::default();
        assert_eq!(view.refresh(&timeline), Need::Nothing);
        assert!(shown(&view, &timeline).is_empty());
        let edges = view.edges(&timeline);
        assert!(
            edges.is_loaded && !edges.has_older && !edges.has_newer,
            "{edges:?}"
        );
    }

    #[derive(Clone, Debug)]
    enum Step {
        Arrive(u8),
        Miss(u16),
        Older,
        Newer,
        End,
        GoTo(u16),
        Scrolled(bool),
        Trim,
    }

    proptest! {
        #[test]
        fn whatever_happens_it_has_no_hole_and_no_more_than_it_may(
            steps in proptest::collection::vec(prop_oneof![
                3 => (1u8..80).prop_map(Step::Arrive),
                1 => (300u16..2_000).prop_map(Step::Miss),
                4 => Just(Step::Older),
                4 => Just(Step::Newer),
                1 => Just(Step::End),
                1 => (1u16..3_000).prop_map(Step::GoTo),
                2 => any::<bool>().prop_map(Step::Scrolled),
                1 => Just(Step::Trim),
            ], 0..80)
        ) {
            let mut top = 120;
            let mut timeline = timeline(70, top);
            let mut view = View::default();
            let mut need = view.refresh(&timeline);
            for step in steps {
                match step {
                    Step::Arrive(count) => for _ in 0..count {
                        top += 1;
                        let end = timeline.tail().map(|tail| tail.through);
                        need = timeline.on_event(Seq(top), event(top));
                        view.extend(&timeline, end);
                    },
                    Step::Miss(count) => {
                        top += i64::from(count);
                        let offset = u64::try_from(top).unwrap();
                        need = timeline.on_subscribed(&subscribed(offset, false));
                    }
                    Step::Older => need = view.older(&timeline),
                    Step::Newer => need = view.newer(&timeline),
                    Step::End => need = view.go_to_end(&timeline),
                    Step::GoTo(seq) => need = view.go_to(&timeline, Seq(i64::from(seq))),
                    Step::Scrolled(end) => view.scrolled(&timeline, end),
                    Step::Trim => timeline.trim(view.first(), view.last()),
                }
                // What is needed comes, and may lead to the next need.
                for _ in 0..5 {
                    let page = match need {
                        Need::Nothing => break,
                        Need::Newest => page((top - 50).max(0), top),
                        Need::Before(seq) => page((seq.0 - 51).max(0), seq.0 - 1),
                        Need::After(seq) => page(seq.0, (seq.0 + 50).min(top)),
                        Need::Around(seq) => {
                            let middle = seq.0.min(top);
                            page((middle - 25).max(0), (middle + 25).min(top))
                        }
                    };
                    need = timeline.on_page(page);
                    let of_view = view.refresh(&timeline);
                    if need == Need::Nothing { need = of_view; }
                }
                let _ = view.refresh(&timeline);
                let shown = shown(&view, &timeline);
                prop_assert!(shown.len() <= MOST, "{}", shown.len());
                prop_assert!(!shown.is_empty());
                prop_assert!(shown.windows(2).all(|pair| pair[1] == pair[0] + 1), "{:?}", shown);
                if view.follows() {
                    prop_assert_eq!(shown.last().copied(), Some(top));
                }
            }
            let _ = view.go_to_end(&timeline);
            prop_assert_eq!(ends(&view, &timeline).1, top);
        }
    }
}
