//! The subscriptions of one connection, as its task knows them: by which rule, who asked for each,
//! and when it ends. Where each stands in its channel is the hub's to know.
//!
//! The rule of a channel is looked up once, when a subscription begins, and kept with it. (The
//! values of the pattern's parameters are not: a map for each subscription takes more room than
//! finding them again.)

use std::collections::HashMap;
use std::sync::Arc;

use tokio::time::Instant;

use crate::protocol::frame::Raw;
use crate::server::realtime::hub::instruction::Generation;
use crate::server::realtime::registration::rules::Rule;

/// All subscriptions of a connection, by channel.
pub struct Subscriptions<U>(HashMap<Arc<str>, Subscription<U>>);

/// One subscription of a connection.
pub struct Subscription<U> {
    pub rule: Arc<Rule<U>>,
    pub side: Side,
    pub generation: Generation,
    pub state: State,
    deadline: Option<Instant>,
}

/// How far a subscription has come.
#[derive(Debug)]
pub enum State {
    /// The client does not know of it yet, nor do others.
    Pending,
    /// With what others see of the connection in the channel, beside its own info.
    Live(Option<Raw>),
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

impl<U> Subscription<U> {
    /// A subscription that is just beginning.
    pub fn new(rule: Arc<Rule<U>>, side: Side, generation: Generation) -> Self {
        Self {
            rule,
            side,
            generation,
            state: State::Pending,
            deadline: None,
        }
    }
}

impl<U> Default for Subscriptions<U> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<U> Subscriptions<U> {
    /// Begins a subscription. There must be none to that channel.
    pub fn begin(&mut self, channel: &str, subscription: Subscription<U>) {
        self.0.insert(channel.into(), subscription);
    }

    /// The client is told of a subscription.
    pub fn go_live(&mut self, channel: &str, terms: &Terms) {
        if let Some(subscription) = self.0.get_mut(channel) {
            subscription.state = State::Live(terms.info.clone());
            subscription.deadline = terms.deadline;
        }
    }

    /// Ends a subscription, if there is one.
    pub fn end(&mut self, channel: &str) -> Option<Subscription<U>> {
        self.0.remove(channel)
    }

    /// Moves the end of a subscription.
    pub fn set_deadline(&mut self, channel: &str, deadline: Option<Instant>) {
        if let Some(subscription) = self.0.get_mut(channel) {
            subscription.deadline = deadline;
        }
    }

    /// When the next subscription ends.
    pub fn next_deadline(&self) -> Option<Instant> {
        let deadlines = self.0.values().filter_map(|s| s.deadline);
        deadlines.min()
    }

    /// Those that have ended by now.
    pub fn expired(&self, now: Instant) -> Vec<Arc<str>> {
        let has_ended = |s: &Subscription<U>| s.deadline.is_some_and(|deadline| deadline <= now);
        let expired = self.0.iter().filter(|(_, s)| has_ended(s));
        expired.map(|(channel, _)| channel.clone()).collect()
    }

    pub fn get(&self, channel: &str) -> Option<&Subscription<U>> {
        self.0.get(channel)
    }

    pub fn contains(&self, channel: &str) -> bool {
        self.0.contains_key(channel)
    }

    /// What others see of this connection in a channel, beside its own info.
    pub fn info(&self, channel: &str) -> Option<Raw> {
        match &self.0.get(channel)?.state {
            State::Live(info) => info.clone(),
            State::Pending => None,
        }
    }

    pub fn count(&self, side: Side) -> usize {
        self.0.values().filter(|s| s.side == side).count()
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
    use crate::server::realtime::{Granted, Handler};

    fn pending() -> Subscription<()> {
        let anybody = Handler::new(|_| async { Ok(Granted::default()) });
        let rule = Arc::new(Rule::new("c", anybody));
        Subscription::new(rule, Side::Client, Generation::default())
    }

    #[test]
    fn one_that_was_never_live_was_never_seen() {
        let mut subscriptions = Subscriptions::default();
        subscriptions.begin("c", pending());
        assert!(subscriptions.contains("c"));
        let ended = subscriptions.end("c").unwrap();
        assert!(matches!(ended.state, State::Pending));
        assert!(subscriptions.end("c").is_none());
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
        subscriptions.begin("c", pending());
        subscriptions.go_live("c", &terms);
        let before = now - Duration::from_millis(1);
        assert!(subscriptions.expired(before).is_empty());
        assert_eq!(subscriptions.expired(now), ["c".into()]);
        let ended = subscriptions.end("c").unwrap();
        assert!(matches!(ended.state, State::Live(None)));
        assert_eq!(subscriptions.next_deadline(), None);
    }
}
