//! What an engine does with each event: handlers and channel rules, registered in one place.
//!
//! One handler per event; an event without one is answered "not available". What concerns a
//! channel (subscribe, publish, history, presence) is registered with its rule.

pub mod events;
pub mod handler;
pub mod history;
pub mod interceptors;
pub mod memory;
pub mod pattern;
pub mod peer;
pub mod receipts;
pub mod rules;
pub mod whom;

use std::sync::Arc;

use self::events::{
    Accepted, Access, Confirmed, Connect, Disconnected, Granted, Publish, Published, Refresh,
    Refreshed, Rpc, RpcAnswer, Sent, SubRefresh, Subscribe,
};
use self::handler::{Around, Handler, Refusal};
use self::pattern::Params;
use self::receipts::{MemoryReceipts, Receipts};
use self::rules::Rule;
use crate::protocol::frame::Raw;

/// Everything an engine needs to know of the application.
#[derive(Clone)]
pub struct Registration<U> {
    pub(super) connect: Handler<Connect, Accepted<U>>,
    pub(super) confirm: Option<Handler<U, Vec<Confirmed>>>,
    pub(super) refresh: Option<Handler<Refresh<U>, Refreshed<U>>>,
    pub(super) rpc: Option<Handler<Rpc<U>, RpcAnswer>>,
    pub(super) message: Option<Handler<Sent<U>, Option<Raw>>>,
    pub(super) disconnected: Option<Handler<Disconnected<U>, ()>>,
    pub(super) receipts: Arc<dyn Receipts>,
    /// Shared, because each subscription keeps the rule it falls under.
    pub(super) rules: Vec<Arc<Rule<U>>>,
}

impl<U: Send + 'static> Registration<U> {
    /// Connections are accepted by this handler. Everything else is refused until it is registered.
    pub fn new(connect: Handler<Connect, Accepted<U>>) -> Self {
        Self {
            connect,
            confirm: None,
            refresh: None,
            rpc: None,
            message: None,
            disconnected: None,
            receipts: Arc::new(MemoryReceipts::default()),
            rules: Vec::new(),
        }
    }

    /// Asked once more when the connection can be closed from outside, so that a credential or a
    /// membership lost in between is noticed. Gives the server-side channels of that moment.
    #[must_use]
    pub fn confirm(mut self, handler: Handler<U, Vec<Confirmed>>) -> Self {
        self.confirm = Some(handler);
        self
    }

    /// Connections that expire may be refreshed.
    #[must_use]
    pub fn refresh(mut self, handler: Handler<Refresh<U>, Refreshed<U>>) -> Self {
        self.refresh = Some(handler);
        self
    }

    /// Clients may call methods.
    #[must_use]
    pub fn rpc(mut self, handler: Handler<Rpc<U>, RpcAnswer>) -> Self {
        self.rpc = Some(handler);
        self
    }

    /// Clients may send messages; what the handler gives goes back as a message.
    #[must_use]
    pub fn message(mut self, handler: Handler<Sent<U>, Option<Raw>>) -> Self {
        self.message = Some(handler);
        self
    }

    /// Told when a connection has ended. What it answers does not matter.
    #[must_use]
    pub fn disconnected(mut self, handler: Handler<Disconnected<U>, ()>) -> Self {
        self.disconnected = Some(handler);
        self
    }

    /// Where it is noted what was published under which key, if not in the memory of this process.
    #[must_use]
    pub fn receipts(self, receipts: Arc<dyn Receipts>) -> Self {
        Self { receipts, ..self }
    }

    /// Adds a rule. The first that matches a channel counts.
    #[must_use]
    pub fn rule(mut self, rule: Rule<U>) -> Self {
        self.rules.push(Arc::new(rule));
        self
    }

    /// Puts an interceptor around every handler registered so far.
    #[must_use]
    pub fn layer<L>(self, layer: &L) -> Self
    where
        L: Around<Connect, Accepted<U>>
            + Around<U, Vec<Confirmed>>
            + Around<Refresh<U>, Refreshed<U>>
            + Around<Rpc<U>, RpcAnswer>
            + Around<Sent<U>, Option<Raw>>
            + Around<Disconnected<U>, ()>
            + Around<Subscribe<U>, Granted>
            + Around<SubRefresh<U>, Granted>
            + Around<Publish<U>, Published>
            + Around<Access<U>, ()>,
    {
        Self {
            connect: self.connect.layer(layer),
            confirm: self.confirm.map(|handler| handler.layer(layer)),
            refresh: self.refresh.map(|handler| handler.layer(layer)),
            rpc: self.rpc.map(|handler| handler.layer(layer)),
            message: self.message.map(|handler| handler.layer(layer)),
            disconnected: self.disconnected.map(|handler| handler.layer(layer)),
            receipts: self.receipts,
            rules: self
                .rules
                .iter()
                .map(|rule| Arc::new(rule.layer(layer)))
                .collect(),
        }
    }

    /// Asks the handler whether somebody may connect.
    ///
    /// # Errors
    /// They may not.
    pub async fn connect(&self, event: Connect) -> Result<Accepted<U>, Refusal> {
        self.connect.call(event).await
    }

    /// Asks once more whether a connection may stay, and which server-side channels it has. Without
    /// a handler for that, it stays with the channels it was accepted with.
    ///
    /// # Errors
    /// It may not stay.
    pub async fn confirmed(&self, caller: U) -> Result<Option<Vec<Confirmed>>, Refusal> {
        match &self.confirm {
            Some(handler) => handler.call(caller).await.map(Some),
            None => Ok(None),
        }
    }

    /// The patterns of all rules.
    pub fn patterns(&self) -> impl Iterator<Item = &'static str> {
        self.rules.iter().map(|rule| rule.pattern())
    }

    /// The rule a channel falls under.
    pub fn find(&self, channel: &str) -> Option<(&Arc<Rule<U>>, Params)> {
        self.rules
            .iter()
            .find_map(|rule| Some((rule, rule.matches(channel)?)))
    }
}
