//! Folders in one's list: what is in which, what is done with them, and putting a thread into one.

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde::Deserialize;

use super::answer::{Answer, At, Body, Refusal};
use super::{AppState, Me};
use crate::protocol::ThreadId;
use crate::protocol::folders::ArrangeFolder;
use crate::server::chat::folders::{self, Listed};

pub async fn list(State(app): AppState, Me(me): Me) -> Answer<Json<Vec<Listed>>> {
    Ok(Json(folders::list(&app, &me).await?))
}

pub async fn arrange(
    State(app): AppState,
    Me(me): Me,
    Body(wanted): Body<ArrangeFolder>,
) -> Answer<StatusCode> {
    let wanted = wanted.read();
    let (name, act) =
        wanted.ok_or_else(|| Refusal::bad_request("that is not done with folders"))?;
    folders::arrange(&app, &me, name, act).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize)]
pub struct Into {
    /// The folder of that name; none, if it is empty.
    #[serde(default)]
    name: String,
}

pub async fn put(
    State(app): AppState,
    Me(me): Me,
    At(thread): At<i64>,
    Body(Into { name }): Body<Into>,
) -> Answer<StatusCode> {
    folders::put(&app, &me, ThreadId(thread), name).await?;
    Ok(StatusCode::NO_CONTENT)
}
