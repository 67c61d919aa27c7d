//! Health checks: `/healthz` says that the process answers, `/readyz` that it can do its work.
//!
//! Being ready is found out by trying: something is written on the way that posts take, through the
//! writer's queue to the disk. Not more than once a second, whoever asks.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::RETRY_AFTER;
use tokio::time::Instant;

use crate::server::db;
use crate::server::state::App;

/// How long the attempt may take.
const PATIENCE: Duration = Duration::from_secs(3);
/// How long an answer is good for.
const FRESH: Duration = Duration::from_secs(1);

/// What was found out last, and when.
#[derive(Debug, Default)]
pub struct Health(Mutex<Option<(Instant, Verdict)>>);

/// Why the server is not ready; nothing if it is.
type Verdict = Option<&'static str>;

pub async fn healthz() -> &'static str {
    "ok\n"
}

pub async fn readyz(State(app): State<Arc<App>>) -> Response {
    match verdict(&app).await {
        None => "ready\n".into_response(),
        Some(why) => {
            let again = [(RETRY_AFTER, "2")];
            (StatusCode::SERVICE_UNAVAILABLE, again, format!("{why}\n")).into_response()
        }
    }
}

async fn verdict(app: &Arc<App>) -> Verdict {
    if let Some(known) = app.health.known() {
        return known;
    }
    let db = app.db.clone();
    let trying = app.writer.in_order(async move { db.try_writing().await });
    let verdict = match tokio::time::timeout(PATIENCE, trying).await {
        Ok(Ok(())) => None,
        Ok(Err(error)) => {
            tracing::warn!(%error, "not ready");
            match db::is_full(&error) {
                true => Some("the disk is full"),
                false => Some("the database does not take anything"),
            }
        }
        Err(_) => Some("the database does not answer"),
    };
    app.health.found(verdict);
    verdict
}

impl Health {
    fn known(&self) -> Option<Verdict> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (at, verdict) = (*known)?;
        (at.elapsed() < FRESH).then_some(verdict)
    }

    fn found(&self, verdict: Verdict) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *known = Some((Instant::now(), verdict));
    }
}
