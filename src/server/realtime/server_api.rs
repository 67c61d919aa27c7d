//! The server API: `POST /api/publish` and its siblings, for an application's own backend.
//!
//! Requests and responses have Centrifugo's shapes, so that a backend written for it can talk to
//! us: `{"result": …}` or `{"error": {code, message}}`, both with status 200; 401 without a key
//! that holds, 400 for what is no JSON. A key comes as `X-API-Key` or as a bearer token; what
//! makes one good is up to the application.

mod batch;
mod requests;

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, StatusCode};
use serde::Serialize;

use super::engine::Engine;
use super::registration::handler::{Handler, Refusal};
use crate::protocol::codes::{ErrorCode, ReplyError};
use crate::protocol::frame::Raw;

use self::requests::BATCH;
pub use self::requests::METHODS;

/// Bytes in one request.
const BODY: usize = 1024 * 1024;

/// The key that a request brought.
#[derive(Debug)]
pub struct ApiKey(pub String);

/// The routes, behind a handler that decides which keys are good.
pub fn routes<S, U>(engine: Arc<Engine<U>>, authorise: Handler<ApiKey, ()>) -> Router<S>
where
    S: Clone + Send + Sync + 'static,
    U: Clone + Send + Sync + 'static,
{
    let mut router = Router::new();
    for method in METHODS {
        let answers = match method {
            BATCH => post(batch::call::<U>),
            _ => post(call::<U>),
        };
        router = router.route(&format!("/api/{method}"), answers);
    }
    router
        .layer(DefaultBodyLimit::max(BODY))
        .layer(from_fn_with_state(authorise, guard))
        .with_state(engine)
}

async fn guard(
    State(authorise): State<Handler<ApiKey, ()>>,
    request: Request,
    next: Next,
) -> Response {
    let Some(key) = key(request.headers()) else {
        return unauthorised();
    };
    match authorise.call(ApiKey(key.to_owned())).await {
        Ok(()) => next.run(request).await,
        Err(Refusal::Error(error)) if error.temporary => {
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
        Err(_) => unauthorised(),
    }
}

fn unauthorised() -> Response {
    let text = "an API key is needed, as X-API-Key or as a bearer token\n";
    (StatusCode::UNAUTHORIZED, text).into_response()
}

fn key(headers: &HeaderMap) -> Option<&str> {
    if let Some(key) = headers.get("x-api-key") {
        return key.to_str().ok();
    }
    let (scheme, key) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    let known = ["bearer", "apikey"];
    known
        .iter()
        .any(|known| scheme.eq_ignore_ascii_case(known))
        .then(|| key.trim())
}

async fn call<U: Clone + Send + Sync + 'static>(
    State(engine): State<Arc<Engine<U>>>,
    path: http::Uri,
    body: Bytes,
) -> Response {
    let method = path.path().rsplit('/').next().unwrap_or_default();
    match requests::answer(&engine, method, &body).await {
        Ok(result) => json(&Answer {
            result: Some(result),
            error: None,
        }),
        Err(NoResult::Refused(error)) => json(&Answer {
            result: None,
            error: Some(error),
        }),
        Err(NoResult::Malformed(reason)) => (StatusCode::BAD_REQUEST, reason).into_response(),
    }
}

/// Why a request has no result.
enum NoResult {
    Refused(ReplyError),
    /// What is wrong with the JSON, in words.
    Malformed(String),
}

impl From<Refusal> for NoResult {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Error(error) => Self::Refused(error),
            Refusal::Disconnect(_) => ErrorCode::PermissionDenied.into(),
        }
    }
}

impl From<ErrorCode> for NoResult {
    fn from(code: ErrorCode) -> Self {
        Self::Refused(ReplyError::of(code))
    }
}

#[derive(Serialize)]
struct Answer {
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<Raw>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<ReplyError>,
}

fn json(answer: &impl Serialize) -> Response {
    match serde_json::to_string(answer) {
        Ok(text) => ([(CONTENT_TYPE, "application/json")], text).into_response(),
        Err(error) => {
            tracing::error!(%error, "an answer could not be encoded");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
