//! What is picked out of a thread: what is pinned, the files, what is told of one message.

use axum::Json;
use axum::extract::{Query, State};
use serde::Deserialize;

use super::answer::{Answer, At, Refusal};
use super::{AppState, Me};
use crate::protocol::picked::{AboutMessage, Picked};
use crate::protocol::{Seq, ThreadId};
use crate::server::chat::picked;

pub async fn about(
    State(app): AppState,
    Me(me): Me,
    At((thread, seq)): At<(i64, i64)>,
) -> Answer<Json<AboutMessage>> {
    let about = picked::about(&app, &me, ThreadId(thread), Seq(seq)).await?;
    Ok(Json(about))
}

pub async fn pins(State(app): AppState, Me(me): Me, At(thread): At<i64>) -> Answer<Json<Picked>> {
    let picked = picked::pinned(&app, &me, ThreadId(thread)).await?;
    Ok(Json(picked))
}

#[derive(Deserialize)]
pub struct Before {
    before: Option<Seq>,
}

pub async fn files(
    State(app): AppState,
    Me(me): Me,
    At(thread): At<i64>,
    range: Result<Query<Before>, axum::extract::rejection::QueryRejection>,
) -> Answer<Json<Picked>> {
    let Query(Before { before }) =
        range.map_err(|error| Refusal::bad_request(error.body_text()))?;
    let page = picked::with_files(&app, &me, ThreadId(thread), before).await?;
    Ok(Json(page))
}
