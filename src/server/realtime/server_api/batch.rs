//! Several requests in one: each has its own answer, in the order of the requests.
//!
//! They are carried out one after the other, so that publications keep their order, unless the order is
//! said not to matter.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use futures::future::join_all;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::requests::{METHODS, answer};
use super::{NoResult, json};
use crate::protocol::codes::{ErrorCode, ReplyError};
use crate::server::realtime::engine::Engine;

#[derive(Deserialize)]
struct Batch<'a> {
    /// What each asks, by the name of its method.
    #[serde(borrow, default)]
    commands: Vec<BTreeMap<&'a str, &'a RawValue>>,
    /// Their order does not matter.
    #[serde(default)]
    parallel: bool,
}

/// Each has one entry: the method with what came of it, or `error`.
#[derive(Serialize)]
struct Replies<'a> {
    replies: Vec<BTreeMap<&'a str, Box<RawValue>>>,
}

pub(super) async fn call<U: Clone + Send + Sync + 'static>(
    State(engine): State<Arc<Engine<U>>>,
    body: Bytes,
) -> Response {
    let batch: Batch<'_> = match serde_json::from_slice(&body) {
        Ok(batch) => batch,
        Err(error) => return (StatusCode::BAD_REQUEST, format!("{error}\n")).into_response(),
    };
    let asked = batch.commands.iter().map(|command| reply(&engine, command));
    let replies = if batch.parallel {
        join_all(asked).await
    } else {
        let mut replies = Vec::with_capacity(batch.commands.len());
        for answer in asked {
            replies.push(answer.await);
        }
        replies
    };
    json(&Replies { replies })
}

async fn reply<'a, U: Clone + Send + Sync + 'static>(
    engine: &Arc<Engine<U>>,
    command: &BTreeMap<&'a str, &'a RawValue>,
) -> BTreeMap<&'a str, Box<RawValue>> {
    let mut asked = command.iter().filter(|(name, _)| METHODS.contains(name));
    let answered = match (asked.next(), asked.next()) {
        (Some((method, wanted)), None) => answer(engine, method, wanted.get().as_bytes())
            .await
            .map(|result| (*method, result)),
        (None, _) => Err(ErrorCode::MethodNotFound.into()),
        (Some(_), Some(_)) => Err(ErrorCode::BadRequest.into()),
    };
    let (name, told) = answered.unwrap_or_else(|no_result| ("error", refusal(no_result)));
    BTreeMap::from([(name, told)])
}

fn refusal(no_result: NoResult) -> Box<RawValue> {
    let error = match no_result {
        NoResult::Refused(error) => error,
        NoResult::Malformed(reason) => {
            ReplyError::new(ErrorCode::BadRequest as u32, reason.trim_end().to_owned())
        }
    };
    serde_json::value::to_raw_value(&error).unwrap_or_default()
}
