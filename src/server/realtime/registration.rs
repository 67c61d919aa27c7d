//! What an engine does with each event: handlers and channel rules, registered in one place.
//!
//! A handler is a Tower service from an event to its result, so an interceptor for one event or
//! for several is a Tower layer. A handler accepts, refuses with an error, or disconnects with a
//! code. A channel belongs to the first rule whose pattern matches; no rule, no channel. An event
//! without a handler is answered "not available".

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;

use tower::util::BoxCloneSyncService;
use tower::{Layer, Service, ServiceExt, service_fn};

use super::history::History;
use crate::protocol::codes::{DisconnectCode, ErrorCode, ReplyError};
use crate::protocol::frame::{ConnectRequest, Raw};

/// How a handler says no.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The command fails; the connection stays.
    Error(ReplyError),
    /// The connection ends.
    Disconnect(DisconnectCode),
}

impl From<ErrorCode> for Refusal {
    fn from(code: ErrorCode) -> Self {
        Self::Error(ReplyError::of(code))
    }
}

/// A Tower service from an event to its result.
#[derive(Debug)]
pub struct Handler<E, R>(BoxCloneSyncService<E, R, Refusal>);

impl<E, R> Clone for Handler<E, R> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<E: Send + 'static, R: Send + 'static> Handler<E, R> {
    pub fn new<F, Fut>(handle: F) -> Self
    where
        F: Fn(E) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = Result<R, Refusal>> + Send + 'static,
    {
        Self(BoxCloneSyncService::new(service_fn(handle)))
    }

    /// The same handler behind an interceptor.
    #[must_use]
    pub fn layer<L>(self, layer: &L) -> Self
    where
        L: Layer<BoxCloneSyncService<E, R, Refusal>>,
        L::Service: Service<E, Response = R, Error = Refusal> + Clone + Send + Sync + 'static,
        <L::Service as Service<E>>::Future: Send + 'static,
    {
        Self(BoxCloneSyncService::new(layer.layer(self.0)))
    }

    /// # Errors
    /// The handler, or an interceptor before it, refuses.
    pub async fn call(&self, event: E) -> Result<R, Refusal> {
        self.0.clone().oneshot(event).await
    }
}

/// Somebody wants to connect.
#[derive(Debug)]
pub struct Connect {
    pub request: ConnectRequest,
    /// What the HTTP route knew about the upgrade request.
    pub upgrade: http::Extensions,
}

/// Somebody may connect.
#[derive(Debug)]
pub struct Accepted<U> {
    pub identity: U,
    /// The label under which this connection can be closed when its credential is revoked.
    pub credential: String,
    pub data: Option<Raw>,
    /// Channels to subscribe to on the server's side.
    pub channels: Vec<String>,
}

/// A server-side channel that still holds.
#[derive(Clone, Debug)]
pub struct Confirmed {
    pub channel: String,
    /// The newest offset of its stream, if the application has it at hand: reading it for all
    /// channels at once is cheaper than asking for each.
    pub top: Option<u64>,
}

/// Somebody wants to subscribe.
#[derive(Debug)]
pub struct Subscribe<U> {
    pub identity: U,
    pub channel: String,
    pub params: Params,
}

/// Somebody calls a method.
#[derive(Debug)]
pub struct Rpc<U> {
    pub identity: U,
    pub method: String,
    pub data: Option<Raw>,
}

/// The values of a pattern's parameters.
pub type Params = BTreeMap<String, String>;

/// Permissions and options of the channels a pattern matches.
#[derive(Clone)]
pub struct Rule<U> {
    pattern: &'static str,
    /// Asked after the subscriber is registered, so that a right lost meanwhile is noticed.
    pub subscribe: Handler<Subscribe<U>, ()>,
    /// Makes the channel recoverable.
    pub history: Option<Arc<dyn History>>,
}

impl<U> Rule<U> {
    /// `thread:{id}` matches `thread:7` with `id` = `7`.
    pub fn new(pattern: &'static str, subscribe: Handler<Subscribe<U>, ()>) -> Self {
        Self {
            pattern,
            subscribe,
            history: None,
        }
    }

    #[must_use]
    pub fn history(mut self, history: Arc<dyn History>) -> Self {
        self.history = Some(history);
        self
    }

    pub fn pattern(&self) -> &'static str {
        self.pattern
    }
}

/// Everything an engine needs to know of the application.
#[derive(Clone)]
pub struct Registration<U> {
    pub connect: Handler<Connect, Accepted<U>>,
    /// Asked again once the connection can be closed from outside, so that a credential or a
    /// membership lost in between is noticed. Gives the server-side channels of that moment.
    pub confirm: Handler<U, Vec<Confirmed>>,
    pub rpc: Option<Handler<Rpc<U>, Raw>>,
    pub rules: Vec<Rule<U>>,
}

impl<U> Registration<U> {
    /// The rule a channel falls under.
    pub fn rule(&self, channel: &str) -> Option<(&Rule<U>, Params)> {
        self.rules
            .iter()
            .find_map(|rule| Some((rule, match_pattern(rule.pattern, channel)?)))
    }
}

/// A parameter takes one or more characters other than `:`.
fn match_pattern(pattern: &str, name: &str) -> Option<Params> {
    let mut params = Params::new();
    let (mut parts, mut values) = (pattern.split(':'), name.split(':'));
    loop {
        match (parts.next(), values.next()) {
            (None, None) => return Some(params),
            (Some(part), Some(value)) => {
                let param = part.strip_prefix('{').and_then(|p| p.strip_suffix('}'));
                match param {
                    Some(param) if !value.is_empty() => {
                        params.insert(param.to_owned(), value.to_owned());
                    }
                    None if part == value => {}
                    _ => return None,
                }
            }
            _ => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_gives_its_parameters() {
        let params = match_pattern("thread:{id}", "thread:7").unwrap();
        assert_eq!(params["id"], "7");
        assert!(match_pattern("chat", "chat").unwrap().is_empty());
    }

    #[test]
    fn a_pattern_does_not_match_more_or_less_than_it_says() {
        for name in ["thread:", "thread", "thread:7:8", "threads:7", "", ":7"] {
            assert!(match_pattern("thread:{id}", name).is_none(), "{name:?}");
        }
    }

    #[tokio::test]
    async fn an_interceptor_can_refuse_before_the_handler_is_reached() {
        let handler = Handler::new(|n: u32| async move { Ok(n * 2) });
        let guarded = handler.clone().layer(&tower::layer::layer_fn(|inner| {
            service_fn(move |n: u32| {
                let handler = Handler(BoxCloneSyncService::clone(&inner));
                async move {
                    if n > 10 {
                        return Err(Refusal::from(ErrorCode::PermissionDenied));
                    }
                    handler.call(n).await
                }
            })
        }));
        assert_eq!(guarded.call(4).await, Ok(8));
        assert_eq!(
            guarded.call(11).await,
            Err(ErrorCode::PermissionDenied.into())
        );
        assert_eq!(handler.call(11).await, Ok(22));
    }
}
