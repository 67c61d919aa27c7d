//! Messages of one's own: what I have saved, and what I want to be reminded of.

use axum::Json;
use axum::extract::{Query, State};
use serde::Deserialize;

use super::answer::{Answer, At, Body};
use super::{AppState, Me};
use crate::protocol::saved::SavedPage;
use crate::protocol::{EntryId, Keep, Kept, Seq, ThreadId, Timestamp};
use crate::server::auth::Identity;
use crate::server::chat::saved;
use crate::server::state::App;

#[derive(Deserialize)]
pub struct Before {
    pub before: Option<EntryId>,
}

pub async fn list(
    State(app): AppState,
    Me(me): Me,
    Query(Before { before }): Query<Before>,
) -> Answer<Json<SavedPage>> {
    Ok(Json(saved::page(&app, &me, before).await?))
}

pub async fn find(
    State(app): AppState,
    Me(me): Me,
    At((thread, seq)): At<(i64, i64)>,
) -> Answer<Json<Kept>> {
    let kept = saved::find(&app, &me, ThreadId(thread), Seq(seq)).await?;
    Ok(Json(kept))
}

pub async fn save(State(app): AppState, Me(me): Me, At(at): At<(i64, i64)>) -> Answer<Json<Kept>> {
    keep(&app, &me, at, Keep::Save).await
}

pub async fn unsave(
    State(app): AppState,
    Me(me): Me,
    At(at): At<(i64, i64)>,
) -> Answer<Json<Kept>> {
    keep(&app, &me, at, Keep::Unsave).await
}

#[derive(Deserialize)]
pub struct Reminder {
    at: Timestamp,
}

pub async fn remind(
    State(app): AppState,
    Me(me): Me,
    At(at): At<(i64, i64)>,
    Body(reminder): Body<Reminder>,
) -> Answer<Json<Kept>> {
    keep(&app, &me, at, Keep::Remind { at: reminder.at }).await
}

pub async fn done(State(app): AppState, Me(me): Me, At(at): At<(i64, i64)>) -> Answer<Json<Kept>> {
    keep(&app, &me, at, Keep::Done).await
}

/// Does it, and answers with how it stands then.
async fn keep(
    app: &App,
    me: &Identity,
    (thread, seq): (i64, i64),
    what: Keep,
) -> Answer<Json<Kept>> {
    let kept = saved::keep(app, me, ThreadId(thread), Seq(seq), what).await?;
    Ok(Json(kept))
}
