//! Interceptors: Tower layers that fit around any handler.

use std::any::type_name;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::Instant;
use tower::{Layer, Service};

/// Logs handlers that take longer than they should.
#[derive(Clone, Copy, Debug)]
pub struct SlowWarning {
    pub after: Duration,
}

impl<S> Layer<S> for SlowWarning {
    type Service = Timed<S>;

    fn layer(&self, inner: S) -> Timed<S> {
        Timed {
            inner,
            after: self.after,
        }
    }
}

/// A handler whose calls are timed, and logged if they take too long.
#[derive(Clone, Debug)]
pub struct Timed<S> {
    inner: S,
    after: Duration,
}

impl<S, E> Service<E> for Timed<S>
where
    S: Service<E>,
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, event: E) -> Self::Future {
        let after = self.after;
        let began = Instant::now();
        let answer = self.inner.call(event);
        Box::pin(async move {
            let answer = answer.await;
            let took = began.elapsed();
            if took > after {
                tracing::warn!(event = type_name::<E>(), ?took, "slow handler");
            }
            answer
        })
    }
}
