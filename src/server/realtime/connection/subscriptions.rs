//! The subscriptions of one connection, as its task knows them: who asked for each, and when it
//! ends. Where each stands in its channel is the hub's to know (see [`crate::server::realtime::hub`]).

use std::collections::HashMap;
use std::sync::Arc;

use tokio::time::Instant;

use crate::protocol::frame::Raw;

/// All subscriptions of a connection.
#[derive(Debug, Default)]
pub struct Subscriptions(HashMap<Arc<str>, State>);

#[derive(Debug)]
struct State {
    side: Side,
    /// The client knows of it.
    is_live: bool,
    info: Option<Raw>,
    deadline: Option<Instant>,
}

/// Who asked for a subscription: the limits differ, and what happens when it is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Client,
    Server,
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
pub enum Ended {
    /// The client never knew of it, nor did others.
    Pending,
    /// With what others saw of it.
    Live(Option<Raw>),
}

impl Subscriptions {
    /// Begins a subscription. False if there is one already.
    pub fn begin(&mut self, name: &str, side: Side) -> bool {
        if self.contains(name) {
            return false;
        }
        let state = State {
            side,
            is_live: false,
            info: None,
            deadline: None,
        };
        self.0.insert(name.into(), state);
        true
    }

    /// The client is told of a subscription.
    pub fn go_live(&mut self, name: &str, terms: &Terms) {
        if let Some(state) = self.0.get_mut(name) {
            state.is_live = true;
            state.info.clone_from(&terms.info);
            state.deadline = terms.deadline;
        }
    }

    /// Ends a subscription, if there is one.
    pub fn end(&mut self, name: &str) -> Option<Ended> {
        let state = self.0.remove(name)?;
        Some(match state.is_live {
            true => Ended::Live(state.info),
            false => Ended::Pending,
        })
    }

    /// Moves the end of a subscription.
    pub fn set_deadline(&mut self, name: &str, deadline: Option<Instant>) {
        if let Some(state) = self.0.get_mut(name) {
            state.deadline = deadline;
        }
    }

    /// When the next subscription ends.
    pub fn next_deadline(&self) -> Option<Instant> {
        let deadlines = self.0.values().filter_map(|state| state.deadline);
        deadlines.min()
    }

    /// Those that have ended by now.
    pub fn expired(&self, now: Instant) -> Vec<Arc<str>> {
        let has_ended = |state: &State| state.deadline.is_some_and(|deadline| deadline <= now);
        let expired = self.0.iter().filter(|(_, state)| has_ended(state));
        expired.map(|(name, _)| name.clone()).collect()
    }

    pub fn contains(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// What others see of this connection in a channel, beside its own info.
    pub fn info(&self, name: &str) -> Option<Raw> {
        self.0.get(name)?.info.clone()
    }

    pub fn side(&self, name: &str) -> Option<Side> {
        Some(self.0.get(name)?.side)
    }

    pub fn count(&self, side: Side) -> usize {
        let of_side = |state: &&State| state.side == side;
        self.0.values().filter(of_side).count()
    }

    /// The channels subscribed to.
    pub fn channels(&self) -> Vec<Arc<str>> {
        self.0.keys().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn one_cannot_subscribe_twice_until_it_has_ended() {
        let mut subscriptions = Subscriptions::default();
        assert!(subscriptions.begin("c", Side::Client));
        assert!(!subscriptions.begin("c", Side::Server));
        assert!(matches!(subscriptions.end("c"), Some(Ended::Pending)));
        assert!(subscriptions.end("c").is_none());
        assert!(subscriptions.begin("c", Side::Server));
    }

    #[test]
    fn only_a_live_one_was_seen_and_expires() {
        let now = Instant::now();
        let terms = Terms {
            deadline: Some(now),
            ..Terms::default()
        };
        let mut subscriptions = Subscriptions::default();
        subscriptions.go_live("c", &terms);
        assert!(subscriptions.end("c").is_none(), "it has not begun");
        subscriptions.begin("c", Side::Client);
        subscriptions.go_live("c", &terms);
        assert!(
            subscriptions
                .expired(now - Duration::from_millis(1))
                .is_empty()
        );
        assert_eq!(subscriptions.expired(now), ["c".into()]);
        assert!(matches!(subscriptions.end("c"), Some(Ended::Live(None))));
        assert_eq!(subscriptions.next_deadline(), None);
    }
}
