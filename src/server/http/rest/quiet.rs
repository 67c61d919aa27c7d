//! Whether I am left in peace: a program (somebody's calendar, say) pauses what its owner is told, and
//! asks whether to tell them something itself. Hours and words are for the owner to choose, in the
//! settings.

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde::Deserialize;

use super::answer::{Answer, Body};
use super::{AppState, Me};
use crate::server::chat::quiet::{self, Told};

pub async fn told(State(app): AppState, Me(me): Me) -> Answer<Json<Told>> {
    Ok(Json(quiet::told(&app, &me).await?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pause {
    /// Without an end, if it is not said.
    minutes: Option<u32>,
}

pub async fn pause(
    State(app): AppState,
    Me(me): Me,
    Body(Pause { minutes }): Body<Pause>,
) -> Answer<StatusCode> {
    quiet::pause_for(&app, &me, minutes).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub async fn end_pause(State(app): AppState, Me(me): Me) -> Answer<StatusCode> {
    quiet::end_pause(&app, &me).await?;
    Ok(StatusCode::NO_CONTENT)
}
