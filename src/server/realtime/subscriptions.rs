//! The subscriptions of one connection: where each stands, and what may be passed on.
//!
//! Pure bookkeeping, owned by the connection's task, so that the promise of no hole and no double
//! can be tested without a socket. A subscription begins as *pending*: it is registered with the
//! hub, and what is published meanwhile is kept. Once history has been read it goes *live* at a
//! position: kept publications at or below it are dropped as doubles, the rest follow. From then
//! on each offset must be the next one; anything else means state was lost.

use std::collections::HashMap;
use std::sync::Arc;

use super::queue::{ChannelId, Publication};

/// All subscriptions of a connection.
#[derive(Debug, Default)]
pub struct Subscriptions {
    by_name: HashMap<Arc<str>, ChannelId>,
    states: HashMap<ChannelId, State>,
}

#[derive(Debug)]
struct State {
    name: Arc<str>,
    origin: Origin,
    progress: Progress,
}

#[derive(Debug)]
enum Progress {
    Pending(Vec<Arc<Publication>>),
    /// The last offset passed on; `None` where offsets do not count.
    Live(Option<u64>),
}

/// Who asked for a subscription: the limits differ.
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
}

impl Subscriptions {
    /// Begins a subscription. False if there is one already.
    pub fn begin(&mut self, name: Arc<str>, id: ChannelId, origin: Origin) -> bool {
        if self.by_name.contains_key(&name) {
            return false;
        }
        self.by_name.insert(name.clone(), id);
        self.states.insert(
            id,
            State {
                name,
                origin,
                progress: Progress::Pending(Vec::new()),
            },
        );
        true
    }

    /// Goes live at a position (`None` where offsets do not count). Gives what was kept and must
    /// now be written, or nothing if the kept part does not join on.
    pub fn go_live(
        &mut self,
        id: ChannelId,
        position: Option<u64>,
    ) -> Option<Vec<Arc<Publication>>> {
        let state = self.states.get_mut(&id)?;
        let kept = match std::mem::replace(&mut state.progress, Progress::Live(position)) {
            Progress::Pending(kept) => kept,
            Progress::Live(_) => Vec::new(),
        };
        let mut passed = Vec::new();
        for publication in kept {
            match self.judge(&publication) {
                Verdict::Pass => passed.push(publication),
                Verdict::Skip => {}
                Verdict::Gap => return None,
            }
        }
        Some(passed)
    }

    /// Decides about a publication from the queue, and moves the position on.
    pub fn judge(&mut self, publication: &Arc<Publication>) -> Verdict {
        let Some(state) = self.states.get_mut(&publication.channel) else {
            return Verdict::Skip;
        };
        match &mut state.progress {
            Progress::Pending(kept) => {
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

    /// Ends a subscription; whether there was one.
    pub fn end(&mut self, name: &str) -> Option<ChannelId> {
        let id = self.by_name.remove(name)?;
        self.states.remove(&id);
        Some(id)
    }

    pub fn contains(&self, name: &str) -> bool {
        self.by_name.contains_key(name)
    }

    /// How many the client itself asked for.
    pub fn asked_for(&self) -> usize {
        self.states
            .values()
            .filter(|state| state.origin == Origin::Client)
            .count()
    }

    /// The channels subscribed to.
    pub fn channels(&self) -> impl Iterator<Item = (&Arc<str>, ChannelId)> {
        self.states.iter().map(|(id, state)| (&state.name, *id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHANNEL: ChannelId = ChannelId(1);

    fn publication(offset: u64) -> Arc<Publication> {
        Arc::new(Publication {
            channel: CHANNEL,
            offset,
            frame: offset.to_string().into(),
        })
    }

    fn pending() -> Subscriptions {
        let mut subscriptions = Subscriptions::default();
        assert!(subscriptions.begin("c".into(), CHANNEL, Origin::Client));
        subscriptions
    }

    fn offsets(publications: &[Arc<Publication>]) -> Vec<u64> {
        publications.iter().map(|p| p.offset).collect()
    }

    #[test]
    fn what_is_published_while_history_is_read_arrives_exactly_once() {
        let mut subscriptions = pending();
        for offset in 4..=6 {
            assert_eq!(subscriptions.judge(&publication(offset)), Verdict::Skip);
        }
        // History was read up to 5: 4 and 5 would be doubles.
        let kept = subscriptions.go_live(CHANNEL, Some(5)).unwrap();
        assert_eq!(offsets(&kept), [6]);
        assert_eq!(subscriptions.judge(&publication(6)), Verdict::Skip);
        assert_eq!(subscriptions.judge(&publication(7)), Verdict::Pass);
    }

    #[test]
    fn a_missing_offset_is_a_gap_and_never_passed_over() {
        let mut subscriptions = pending();
        subscriptions.go_live(CHANNEL, Some(5)).unwrap();
        assert_eq!(subscriptions.judge(&publication(7)), Verdict::Gap);
        assert_eq!(subscriptions.judge(&publication(6)), Verdict::Pass);
        assert_eq!(subscriptions.judge(&publication(7)), Verdict::Pass);
    }

    #[test]
    fn a_gap_among_what_was_kept_is_noticed() {
        let mut subscriptions = pending();
        subscriptions.judge(&publication(9));
        assert!(subscriptions.go_live(CHANNEL, Some(5)).is_none());
    }

    #[test]
    fn what_is_not_kept_has_no_offset_and_always_passes() {
        let mut subscriptions = pending();
        subscriptions.go_live(CHANNEL, Some(5)).unwrap();
        assert_eq!(subscriptions.judge(&publication(0)), Verdict::Pass);
        assert_eq!(subscriptions.judge(&publication(6)), Verdict::Pass);
    }

    #[test]
    fn after_the_end_nothing_passes() {
        let mut subscriptions = pending();
        subscriptions.go_live(CHANNEL, None).unwrap();
        assert_eq!(subscriptions.end("c"), Some(CHANNEL));
        assert_eq!(subscriptions.judge(&publication(1)), Verdict::Skip);
        assert_eq!(subscriptions.end("c"), None);
    }

    #[test]
    fn one_cannot_subscribe_twice() {
        assert!(!pending().begin("c".into(), CHANNEL, Origin::Server));
    }
}
