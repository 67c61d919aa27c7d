//! What has happened that is for me.

use axum::Json;
use axum::extract::{Query, State};
use http::StatusCode;

use super::answer::Answer;
use super::saved::Before;
use super::{AppState, Me};
use crate::protocol::activity::ActivityPage;
use crate::server::chat::activity;

/// To ask is not to have seen it: that is said apart.
pub async fn list(
    State(app): AppState,
    Me(me): Me,
    Query(Before { before }): Query<Before>,
) -> Answer<Json<ActivityPage>> {
    Ok(Json(activity::page(&app, &me, before).await?))
}

pub async fn seen(State(app): AppState, Me(me): Me) -> Answer<StatusCode> {
    activity::visit(&app, &me).await?;
    Ok(StatusCode::NO_CONTENT)
}
