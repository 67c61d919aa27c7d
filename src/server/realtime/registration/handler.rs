//! A handler: a Tower service from an event to its result.
//!
//! So an interceptor for one event or for several is a Tower layer. A handler accepts, refuses
//! with an error, or disconnects with a code.

use std::fmt;
use std::future::Future;

use tower::util::BoxCloneSyncService;
use tower::{Layer, Service, ServiceExt, service_fn};

use crate::protocol::codes::{Disconnect, DisconnectCode, ErrorCode, ReplyError};

/// How a handler says no.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The command fails; the connection stays.
    Error(ReplyError),
    /// The connection ends.
    Disconnect(Disconnect),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Error(error) => write!(f, "{} {}", error.code, error.message),
            Self::Disconnect(why) => write!(f, "{} {}", why.code, why.reason),
        }
    }
}

impl From<ErrorCode> for Refusal {
    fn from(code: ErrorCode) -> Self {
        Self::Error(ReplyError::of(code))
    }
}

impl From<DisconnectCode> for Refusal {
    fn from(code: DisconnectCode) -> Self {
        Self::Disconnect(code.into())
    }
}

/// What is inside a handler, and what an interceptor is put around.
pub type Boxed<E, R> = BoxCloneSyncService<E, R, Refusal>;

/// What an application does for one kind of event, as a boxed Tower service.
#[derive(Debug)]
pub struct Handler<E, R>(Boxed<E, R>);

/// A Tower layer that can be put around a handler of that event.
pub trait Around<E, R>:
    Layer<
        Boxed<E, R>,
        Service: Service<E, Response = R, Error = Refusal, Future: Send>
                     + Clone
                     + Send
                     + Sync
                     + 'static,
    >
{
}

impl<E, R, L> Around<E, R> for L
where
    L: Layer<Boxed<E, R>>,
    L::Service: Service<E, Response = R, Error = Refusal> + Clone + Send + Sync + 'static,
    <L::Service as Service<E>>::Future: Send,
{
}

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
    pub fn layer(self, layer: &impl Around<E, R>) -> Self {
        Self(BoxCloneSyncService::new(layer.layer(self.0)))
    }

    /// # Errors
    /// The handler, or an interceptor before it, refuses.
    pub async fn call(&self, event: E) -> Result<R, Refusal> {
        self.0.clone().oneshot(event).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_interceptor_can_refuse_before_the_handler_is_reached() {
        let handler = Handler::new(|n: u32| async move { Ok(n * 2) });
        let guarded = handler.clone().layer(&tower::layer::layer_fn(|inner| {
            service_fn(move |n: u32| {
                let handler = Handler(Boxed::clone(&inner));
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
