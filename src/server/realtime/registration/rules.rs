//! Which channels there are: patterns, each with its permissions and options.
//!
//! A channel belongs to the first rule whose pattern matches; no rule, no channel.

use std::sync::Arc;

use super::events::{Access, Granted, Publish, Published, SubRefresh, Subscribe};
use super::handler::{Around, Handler};
use super::history::History;
use super::pattern::{Params, match_pattern};
use crate::server::clock::Clock;

/// Who hears that somebody joined or left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JoinLeave {
    Nobody,
    /// Subscriptions that ask for it.
    OnRequest,
    /// Every subscription.
    Everybody,
}

impl JoinLeave {
    /// Whether it is heard by a subscription that has asked for it, or has not.
    pub(in crate::server::realtime) fn is_heard(self, has_asked: bool) -> bool {
        match self {
            Self::Nobody => false,
            Self::OnRequest => has_asked,
            Self::Everybody => true,
        }
    }

    /// Whether anybody may hear it.
    pub(in crate::server::realtime) fn is_announced(self) -> bool {
        self != Self::Nobody
    }
}

/// Permissions and options of the channels a pattern matches.
pub struct Rule<U> {
    pub(in crate::server::realtime) pattern: &'static str,
    /// Asked after the subscriber is registered, so that a right lost meanwhile is noticed.
    pub(in crate::server::realtime) subscribe: Handler<Subscribe<U>, Granted>,
    pub(in crate::server::realtime) publish: Option<Handler<Publish<U>, Published>>,
    pub(in crate::server::realtime) sub_refresh: Option<Handler<SubRefresh<U>, Granted>>,
    pub(in crate::server::realtime) history: Option<Recoverable<U>>,
    pub(in crate::server::realtime) presence: Option<Handler<Access<U>, ()>>,
    pub(in crate::server::realtime) join_leave: JoinLeave,
    pub(in crate::server::realtime) following: Option<Handler<Access<U>, ()>>,
    pub(in crate::server::realtime) clock: Option<Clock>,
    pub(in crate::server::realtime) has_filters: bool,
    pub(in crate::server::realtime) has_patches: bool,
}

/// A channel's past, and who may read it. (Whoever may subscribe may recover.)
pub(in crate::server::realtime) struct Recoverable<U> {
    pub source: Arc<dyn History>,
    pub permission: Handler<Access<U>, ()>,
}

impl<U> Clone for Recoverable<U> {
    fn clone(&self) -> Self {
        Self {
            source: self.source.clone(),
            permission: self.permission.clone(),
        }
    }
}

impl<U> Rule<U> {
    /// `thread:{id}` matches `thread:7` with `id` = `7`; a `*` at the end matches anything.
    pub fn new(pattern: &'static str, subscribe: Handler<Subscribe<U>, Granted>) -> Self {
        Self {
            pattern,
            subscribe,
            publish: None,
            sub_refresh: None,
            history: None,
            presence: None,
            join_leave: JoinLeave::Nobody,
            following: None,
            clock: None,
            has_filters: false,
            has_patches: false,
        }
    }

    /// Those let through are to follow the channel: asked where the application's own instruction to
    /// subscribe may have been overtaken by one to end that, which between several processes it may.
    #[must_use]
    pub fn following(mut self, permission: Handler<Access<U>, ()>) -> Self {
        self.following = Some(permission);
        self
    }

    /// Clients may publish what this handler lets through.
    #[must_use]
    pub fn publish(mut self, handler: Handler<Publish<U>, Published>) -> Self {
        self.publish = Some(handler);
        self
    }

    /// Clients may refresh subscriptions that expire.
    #[must_use]
    pub fn sub_refresh(mut self, handler: Handler<SubRefresh<U>, Granted>) -> Self {
        self.sub_refresh = Some(handler);
        self
    }

    /// The channels have a past: they are recoverable, and those let through may read it.
    #[must_use]
    pub fn history(mut self, source: Arc<dyn History>, permission: Handler<Access<U>, ()>) -> Self {
        self.history = Some(Recoverable { source, permission });
        self
    }

    /// Those let through may ask who is subscribed.
    #[must_use]
    pub fn presence(mut self, permission: Handler<Access<U>, ()>) -> Self {
        self.presence = Some(permission);
        self
    }

    /// What the engine publishes says when that was. It costs 21 bytes of each publication, so it is
    /// told only where it is of use: what is published may well say so itself.
    #[must_use]
    pub fn timed(mut self, clock: Clock) -> Self {
        self.clock = Some(clock);
        self
    }

    /// Clients may ask for some of the publications only, by their tags. (That keeps nothing secret: who
    /// may subscribe may have all.)
    #[must_use]
    pub fn filters(mut self) -> Self {
        self.has_filters = true;
        self
    }

    /// Clients may ask for patches in the place of whole publications. It is of use where each
    /// publication is much like the one before.
    #[must_use]
    pub fn patches(mut self) -> Self {
        self.has_patches = true;
        self
    }

    #[must_use]
    pub fn join_leave(mut self, heard_by: JoinLeave) -> Self {
        self.join_leave = heard_by;
        self
    }

    /// The same rule with an interceptor around its handlers.
    pub(super) fn layer<L>(&self, layer: &L) -> Self
    where
        U: Send + 'static,
        L: Around<Subscribe<U>, Granted>
            + Around<SubRefresh<U>, Granted>
            + Around<Publish<U>, Published>
            + Around<Access<U>, ()>,
    {
        Self {
            pattern: self.pattern,
            subscribe: self.subscribe.clone().layer(layer),
            publish: self.publish.clone().map(|handler| handler.layer(layer)),
            sub_refresh: self.sub_refresh.clone().map(|handler| handler.layer(layer)),
            history: self.history.clone().map(|history| Recoverable {
                permission: history.permission.layer(layer),
                ..history
            }),
            presence: self.presence.clone().map(|handler| handler.layer(layer)),
            join_leave: self.join_leave,
            following: self.following.clone().map(|handler| handler.layer(layer)),
            clock: self.clock.clone(),
            has_filters: self.has_filters,
            has_patches: self.has_patches,
        }
    }

    pub fn pattern(&self) -> &'static str {
        self.pattern
    }

    pub(in crate::server::realtime) fn matches(&self, channel: &str) -> Option<Params> {
        match_pattern(self.pattern, channel)
    }

    pub(in crate::server::realtime) fn source(&self) -> Option<&Arc<dyn History>> {
        self.history.as_ref().map(|history| &history.source)
    }
}
