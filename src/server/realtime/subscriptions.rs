//! The subscriptions of one connection: where each stands, and what may be passed on.
//!
//! Pure bookkeeping, owned by the connection's task, so that the promise of no hole and no double
//! can be tested without a socket. A subscription begins as *pending*: it is registered with the
//! hub, and what is published meanwhile is kept. Once history has been read it goes *live* at a
//! position: kept publications at or below it are dropped as doubles, the rest follow. From then
//! on each offset must be the next one; anything else means state was lost.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::time::Instant;

use super::queue::{ChannelId, Encoded};
use crate::protocol::frame::Raw;

/// All subscriptions of a connection.
#[derive(Debug)]
pub struct Subscriptions {
    by_name: HashMap<Arc<str>, ChannelId>,
    /// By the channel's id: there are few, and each publication looks one up.
    states: Vec<(ChannelId, State)>,
    /// Bytes that may be kept for one pending subscription.
    limit: usize,
}

#[derive(Debug)]
struct State {
    name: Arc<str>,
    origin: Origin,
    progress: Progress,
    /// Whether to tell who joins and leaves.
    hears_members: bool,
    info: Option<Raw>,
    deadline: Option<Instant>,
}

#[derive(Debug)]
enum Progress {
    Pending {
        kept: Vec<Arc<Encoded>>,
        bytes: usize,
    },
    /// The last offset passed on; `None` where offsets do not count.
    Live(Option<u64>),
}

/// Who asked for a subscription: the limits differ, and what happens when it is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    Client,
    Server,
}

/// What to do with a publication.
#[derive(Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Write it.
    Pass,
    /// It was kept, is a double, or nobody subscribes any more.
    Skip,
    /// Something before it is missing.
    Gap,
    /// More has piled up than may be kept.
    Flood,
}

/// How a subscription goes live.
#[derive(Debug, Default)]
pub struct Terms {
    /// The last offset the client has; `None` where offsets do not count.
    pub position: Option<u64>,
    pub hears_members: bool,
    pub info: Option<Raw>,
    pub deadline: Option<Instant>,
}

/// A subscription that has ended.
#[derive(Debug)]
pub struct Ended {
    pub origin: Origin,
    /// What others saw of it, if it had gone live.
    pub entered: Option<Option<Raw>>,
}

impl Subscriptions {
    pub fn new(limit: usize) -> Self {
        Self {
            by_name: HashMap::new(),
            states: Vec::new(),
            limit,
        }
    }

    /// Begins a subscription. False if there is one already.
    pub fn begin(&mut self, name: &str, id: ChannelId, origin: Origin) -> bool {
        if self.by_name.contains_key(name) {
            return false;
        }
        let name: Arc<str> = name.into();
        self.by_name.insert(name.clone(), id);
        let state = State {
            name,
            origin,
            progress: Progress::Pending {
                kept: Vec::new(),
                bytes: 0,
            },
            hears_members: false,
            info: None,
            deadline: None,
        };
        if let Err(at) = self.place(id) {
            self.states.insert(at, (id, state));
        }
        true
    }

    /// Goes live on these terms. Gives what was kept and must now be written, or nothing if the
    /// kept part does not join on.
    pub fn go_live(&mut self, id: ChannelId, terms: Terms) -> Option<Vec<Arc<Encoded>>> {
        let state = self.get_mut(id)?;
        state.hears_members = terms.hears_members;
        state.info = terms.info;
        state.deadline = terms.deadline;
        let live = Progress::Live(terms.position);
        let mut kept = match std::mem::replace(&mut state.progress, live) {
            Progress::Pending { kept, .. } => kept,
            Progress::Live(_) => Vec::new(),
        };
        // Before the first subscriber was let in, the hub did not know what comes next.
        kept.sort_by_key(|publication| publication.offset);
        let mut passed = Vec::new();
        for publication in kept {
            match self.judge(&publication) {
                Verdict::Pass => passed.push(publication),
                Verdict::Skip => {}
                Verdict::Gap | Verdict::Flood => return None,
            }
        }
        Some(passed)
    }

    /// Decides about a publication from the queue, and moves the position on.
    pub fn judge(&mut self, publication: &Arc<Encoded>) -> Verdict {
        let limit = self.limit;
        let Some(state) = self.get_mut(publication.channel) else {
            return Verdict::Skip;
        };
        match &mut state.progress {
            Progress::Pending { kept, bytes } => {
                *bytes += publication.frame.len();
                if *bytes > limit {
                    return Verdict::Flood;
                }
                kept.push(publication.clone());
                Verdict::Skip
            }
            Progress::Live(None) => Verdict::Pass,
            Progress::Live(Some(_)) if publication.offset == 0 => Verdict::Pass,
            Progress::Live(Some(position)) => {
                if publication.offset <= *position {
                    Verdict::Skip
                } else if publication.offset == *position + 1 {
                    *position = publication.offset;
                    Verdict::Pass
                } else {
                    Verdict::Gap
                }
            }
        }
    }

    /// Whether a subscriber wants to hear who joins and leaves.
    pub fn hears_members(&self, id: ChannelId) -> bool {
        self.get(id).is_some_and(|state| state.hears_members)
    }

    /// Ends a subscription, if there is one.
    pub fn end(&mut self, name: &str) -> Option<Ended> {
        let id = self.by_name.remove(name)?;
        let (_, state) = self.states.remove(self.place(id).ok()?);
        Some(Ended {
            origin: state.origin,
            entered: match state.progress {
                Progress::Live(_) => Some(state.info),
                Progress::Pending { .. } => None,
            },
        })
    }

    /// Moves the end of a subscription.
    pub fn set_deadline(&mut self, name: &str, deadline: Option<Instant>) {
        let id = self.by_name.get(name).copied();
        if let Some(state) = id.and_then(|id| self.get_mut(id)) {
            state.deadline = deadline;
        }
    }

    /// When the next subscription ends.
    pub fn next_deadline(&self) -> Option<Instant> {
        let deadlines = self.states.iter().filter_map(|(_, state)| state.deadline);
        deadlines.min()
    }

    /// Those that have ended by now.
    pub fn expired(&self, now: Instant) -> Vec<Arc<str>> {
        let has_ended = |state: &State| state.deadline.is_some_and(|deadline| deadline <= now);
        self.states
            .iter()
            .filter(|(_, state)| has_ended(state))
            .map(|(_, state)| state.name.clone())
            .collect()
    }

    /// Whether a subscription has begun, to the client's knowledge.
    pub fn is_live(&self, name: &str) -> bool {
        let id = self.by_name.get(name);
        let state = id.and_then(|id| self.get(*id));
        state.is_some_and(|state| matches!(state.progress, Progress::Live(_)))
    }

    pub fn contains(&self, name: &str) -> bool {
        self.by_name.contains_key(name)
    }

    /// Whether this very subscription still stands: a channel may have been left and entered again.
    pub fn holds(&self, id: ChannelId) -> bool {
        self.place(id).is_ok()
    }

    /// What others see of this connection in a channel, beside its own info.
    pub fn info(&self, name: &str) -> Option<Raw> {
        let id = self.by_name.get(name)?;
        self.get(*id)?.info.clone()
    }

    /// The name and origin of a subscription.
    pub fn describe(&self, id: ChannelId) -> Option<(Arc<str>, Origin)> {
        let state = self.get(id)?;
        Some((state.name.clone(), state.origin))
    }

    pub fn count(&self, origin: Origin) -> usize {
        let of_origin = |(_, state): &&(ChannelId, State)| state.origin == origin;
        self.states.iter().filter(of_origin).count()
    }

    /// The channels subscribed to.
    pub fn channels(&self) -> Vec<Arc<str>> {
        self.by_name.keys().cloned().collect()
    }
}

impl Subscriptions {
    fn place(&self, id: ChannelId) -> Result<usize, usize> {
        self.states.binary_search_by_key(&id, |(known, _)| *known)
    }

    fn get(&self, id: ChannelId) -> Option<&State> {
        Some(&self.states[self.place(id).ok()?].1)
    }

    fn get_mut(&mut self, id: ChannelId) -> Option<&mut State> {
        let at = self.place(id).ok()?;
        Some(&mut self.states[at].1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHANNEL: ChannelId = ChannelId(1);

    fn publication(offset: u64) -> Arc<Encoded> {
        Arc::new(Encoded {
            channel: CHANNEL,
            offset,
            frame: offset.to_string().into(),
        })
    }

    fn pending() -> Subscriptions {
        let mut subscriptions = Subscriptions::new(20);
        assert!(subscriptions.begin("c", CHANNEL, Origin::Client));
        subscriptions
    }

    fn at(position: Option<u64>) -> Terms {
        Terms {
            position,
            ..Terms::default()
        }
    }

    fn offsets(publications: &[Arc<Encoded>]) -> Vec<u64> {
        publications.iter().map(|p| p.offset).collect()
    }

    #[test]
    fn what_is_published_while_history_is_read_arrives_exactly_once() {
        let mut subscriptions = pending();
        for offset in 4..=6 {
            assert_eq!(subscriptions.judge(&publication(offset)), Verdict::Skip);
        }
        // History was read up to 5: 4 and 5 would be doubles.
        let kept = subscriptions.go_live(CHANNEL, at(Some(5))).unwrap();
        assert_eq!(offsets(&kept), [6]);
        assert_eq!(subscriptions.judge(&publication(6)), Verdict::Skip);
        assert_eq!(subscriptions.judge(&publication(7)), Verdict::Pass);
    }

    #[test]
    fn a_missing_offset_is_a_gap_and_never_passed_over() {
        let mut subscriptions = pending();
        subscriptions.go_live(CHANNEL, at(Some(5))).unwrap();
        assert_eq!(subscriptions.judge(&publication(7)), Verdict::Gap);
        assert_eq!(subscriptions.judge(&publication(6)), Verdict::Pass);
        assert_eq!(subscriptions.judge(&publication(7)), Verdict::Pass);
    }

    #[test]
    fn what_was_kept_out_of_order_leaves_in_order() {
        let mut subscriptions = pending();
        for offset in [7, 6] {
            subscriptions.judge(&publication(offset));
        }
        let kept = subscriptions.go_live(CHANNEL, at(Some(5))).unwrap();
        assert_eq!(offsets(&kept), [6, 7]);
    }

    #[test]
    fn a_gap_among_what_was_kept_is_noticed() {
        let mut subscriptions = pending();
        subscriptions.judge(&publication(9));
        assert!(subscriptions.go_live(CHANNEL, at(Some(5))).is_none());
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let mut subscriptions = pending();
        for offset in 1..=20 {
            let verdict = subscriptions.judge(&publication(offset));
            let fits = offset <= 14; // nine of one digit, five of two: 19 bytes
            assert_eq!(verdict == Verdict::Skip, fits, "{offset}");
        }
    }

    #[test]
    fn what_is_not_kept_has_no_offset_and_always_passes() {
        let mut subscriptions = pending();
        subscriptions.go_live(CHANNEL, at(Some(5))).unwrap();
        assert_eq!(subscriptions.judge(&publication(0)), Verdict::Pass);
        assert_eq!(subscriptions.judge(&publication(6)), Verdict::Pass);
    }

    #[test]
    fn after_the_end_nothing_passes() {
        let mut subscriptions = pending();
        subscriptions.go_live(CHANNEL, at(None)).unwrap();
        assert!(subscriptions.end("c").unwrap().entered.is_some());
        assert_eq!(subscriptions.judge(&publication(1)), Verdict::Skip);
        assert!(subscriptions.end("c").is_none());
        assert!(!subscriptions.holds(CHANNEL));
    }

    #[test]
    fn one_cannot_subscribe_twice() {
        assert!(!pending().begin("c", CHANNEL, Origin::Server));
    }
}
