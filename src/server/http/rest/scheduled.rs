//! Messages of mine that are to be posted later.

use axum::Json;
use axum::extract::State;
use serde::Serialize;

use super::answer::{Answer, At, Body};
use super::{AppState, Me};
use crate::protocol::scheduled::{ForLater, Schedule, Scheduled};
use crate::protocol::{ScheduledId, ThreadId};
use crate::server::auth::Identity;
use crate::server::chat::scheduled;
use crate::server::state::App;

#[derive(Serialize)]
pub struct List {
    scheduled: Vec<Scheduled>,
}

pub async fn list(State(app): AppState, Me(me): Me) -> Answer<Json<List>> {
    all(&app, &me).await
}

pub async fn add(
    State(app): AppState,
    Me(me): Me,
    At(thread): At<i64>,
    Body(later): Body<ForLater>,
) -> Answer<Json<List>> {
    let what = Schedule::Add(later);
    scheduled::schedule(&app, &me, ThreadId(thread), what).await?;
    all(&app, &me).await
}

pub async fn now(State(app): AppState, Me(me): Me, At(id): At<i64>) -> Answer<Json<List>> {
    let id = ScheduledId(id);
    about(&app, &me, Schedule::Now { id }).await
}

pub async fn cancel(State(app): AppState, Me(me): Me, At(id): At<i64>) -> Answer<Json<List>> {
    let id = ScheduledId(id);
    about(&app, &me, Schedule::Cancel { id }).await
}

/// What is about one that waits is about no thread.
async fn about(app: &App, me: &Identity, what: Schedule) -> Answer<Json<List>> {
    scheduled::schedule(app, me, ThreadId::default(), what).await?;
    all(app, me).await
}

/// What waits then.
async fn all(app: &App, me: &Identity) -> Answer<Json<List>> {
    let scheduled = scheduled::list(app, me, None).await?;
    Ok(Json(List { scheduled }))
}
