//! Seeing to what others say: muting a member of a thread, and reporting a message.

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde::Deserialize;

use super::answer::{Answer, At, Body};
use super::{AppState, Me};
use crate::protocol::picked::Moderated;
use crate::protocol::{Revise, Seq, ThreadId, UserId};
use crate::server::chat::{muting, revising, threads};

pub async fn mutes(
    State(app): AppState,
    Me(me): Me,
    At(thread): At<i64>,
) -> Answer<Json<Moderated>> {
    threads::find(&app, &me, ThreadId(thread)).await?;
    Ok(Json(muting::list(&app, &me, ThreadId(thread)).await?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mute {
    /// None: until it is lifted.
    minutes: Option<u32>,
}

pub async fn mute(
    State(app): AppState,
    Me(me): Me,
    At((thread, user)): At<(i64, i64)>,
    Body(mute): Body<Mute>,
) -> Answer<StatusCode> {
    muting::mute(&app, &me, ThreadId(thread), UserId(user), mute.minutes).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub async fn unmute(
    State(app): AppState,
    Me(me): Me,
    At((thread, user)): At<(i64, i64)>,
) -> Answer<StatusCode> {
    muting::unmute(&app, &me, ThreadId(thread), UserId(user)).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    #[serde(default)]
    reason: String,
}

pub async fn report(
    State(app): AppState,
    Me(me): Me,
    At((thread, seq)): At<(i64, i64)>,
    Body(Report { reason }): Body<Report>,
) -> Answer<StatusCode> {
    let what = Revise::Report { reason };
    revising::revise(&app, &me, ThreadId(thread), Seq(seq), &what).await?;
    Ok(StatusCode::NO_CONTENT)
}
