//! Health checks: `/healthz` says that the process answers, `/readyz` that it can do its work.
//!
//! Being ready is found out by trying: something is written on the way that posts take, through the
//! writer's queue to the disk. Not more than once a second and one at a time, whoever asks: whoever
//! comes while it is tried waits for the same answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::RETRY_AFTER;
use tokio::sync::watch;
use tokio::time::Instant;

use crate::server::cluster::Cluster;
use crate::server::db::writer::Writer;
use crate::server::db::{self, Db};
use crate::server::state::App;

/// How long the attempt may take.
const PATIENCE: Duration = Duration::from_secs(3);
/// How long an answer is good for.
const FRESH: Duration = Duration::from_secs(1);

/// What was found out last, and when.
pub struct Health {
    db: Db,
    writer: Writer,
    cluster: Option<Arc<Cluster>>,
    known: watch::Sender<Option<(Instant, Verdict)>>,
    is_trying: AtomicBool,
}

impl Health {
    pub fn new(app: &App) -> Self {
        Self {
            db: app.db.clone(),
            writer: app.writer.clone(),
            cluster: app.cluster.clone(),
            known: watch::Sender::default(),
            is_trying: AtomicBool::default(),
        }
    }
}

/// Why the server is not ready; nothing if it is.
type Verdict = Option<&'static str>;

pub async fn healthz() -> &'static str {
    "ok\n"
}

pub async fn readyz(State(health): State<Arc<Health>>) -> Response {
    match verdict(&health).await {
        None => "ready\n".into_response(),
        Some(why) => {
            let again = [(RETRY_AFTER, "2")];
            (StatusCode::SERVICE_UNAVAILABLE, again, format!("{why}\n")).into_response()
        }
    }
}

async fn verdict(health: &Arc<Health>) -> Verdict {
    if let Some(cluster) = &health.cluster
        && !cluster.is_hearing()
    {
        return Some("cut off from the bus");
    }
    let mut news = health.known.subscribe();
    if let Some((at, verdict)) = *news.borrow_and_update()
        && at.elapsed() < FRESH
    {
        return verdict;
    }
    if !health.is_trying.swap(true, Ordering::AcqRel) {
        // It goes on when nobody waits any more: the next one is not begun before this has ended.
        tokio::spawn(find_out(health.clone()));
    }
    match tokio::time::timeout(PATIENCE, news.changed()).await {
        Ok(Ok(())) => news.borrow().and_then(|(_, verdict)| verdict),
        Ok(Err(_)) | Err(_) => Some("the database does not answer"),
    }
}

async fn find_out(health: Arc<Health>) {
    let db = health.db.clone();
    let trying = health
        .writer
        .in_order(async move { db.try_writing().await });
    let verdict = match trying.await {
        Ok(()) => None,
        Err(error) => {
            tracing::warn!(%error, "not ready");
            match db::is_full(&error) {
                true => Some("the disk is full"),
                false => Some("the database does not take anything"),
            }
        }
    };
    let now = Instant::now();
    health.is_trying.store(false, Ordering::Release);
    health.known.send_replace(Some((now, verdict)));
}
