//! The methods that a client may call by their names; any other name is a route of the REST API
//! (see `chat::proxy`), or nothing.
//!
//! They stand in a list that decides what is a method, so that a test can go through all of them: one
//! that is not in it cannot be called.

use std::sync::Arc;

use axum::Router;
use serde::{Deserialize, Serialize};

use super::{Caller, internal, parse, refusal};
use crate::protocol::codes::{ErrorCode, ReplyError};
use crate::protocol::folders::{ArrangeFolder, InFolder};
use crate::protocol::frame::{Raw, raw};
use crate::protocol::{
    ActiveRequest, NotifyLevel, PostRequest, PresenceRequest, Revise, Seq, ThreadId,
};
use crate::server::auth::Identity;
use crate::server::chat::{
    favourites, folders, messages, presence, proxy, reading, revising, typing,
};
use crate::server::error::Result;
use crate::server::realtime::{Refusal, Rpc, RpcAnswer};
use crate::server::state::App;

/// What there is.
pub const METHODS: [&str; 13] = [
    "ping",
    "thread:history",
    "thread:publish",
    "thread:revise",
    "thread:read",
    "threads:read",
    "thread:notify",
    "threads:favourites",
    "threads:folders",
    "thread:folder",
    "thread:typing",
    "presence",
    "presence:active",
];

/// Answers a call.
pub(super) async fn call(
    app: Arc<App>,
    rest: Router,
    call: Rpc<Caller>,
) -> Result<RpcAnswer, Refusal> {
    let me = &call.caller.me;
    let data = call.data.as_ref();
    match METHODS.contains(&call.method.as_str()) {
        true => run(&app, me, &call.method, data).await,
        false => proxied(rest, me, &call.method, data).await,
    }
}

async fn run(
    app: &App,
    me: &Identity,
    method: &str,
    data: Option<&Raw>,
) -> Result<RpcAnswer, Refusal> {
    match method {
        "ping" => answer(Ok("pong")),
        "thread:history" => answer(messages::history(app, me, parse(data)?).await),
        "thread:publish" => publish(app, me, parse(data)?).await,
        "thread:revise" => {
            let Revising { id, seq, what } = parse(data)?;
            answer(revising::revise(app, me, id, seq, &what).await)
        }
        "thread:read" => answer(reading::read(app, me, parse(data)?).await),
        "threads:read" => answer(reading::read_several(app, me, parse(data)?).await),
        "thread:notify" => {
            let Notify { id, level } = parse(data)?;
            answer(reading::set_notify(app, me, id, level).await)
        }
        "threads:favourites" => answer(favourites::set(app, me, parse(data)?).await),
        "threads:folders" => {
            let (name, act) = parse::<ArrangeFolder>(data)?
                .read()
                .ok_or(ErrorCode::BadRequest)?;
            answer(folders::arrange(app, me, name, act).await)
        }
        "thread:folder" => {
            let InFolder { id, name } = parse(data)?;
            answer(folders::put(app, me, id, name).await)
        }
        "thread:typing" => {
            let Typing { id } = parse(data)?;
            answer(typing::typing(app, me, id).await)
        }
        "presence" => {
            let PresenceRequest { id } = parse(data)?;
            answer(presence::of(app, me, id).await)
        }
        "presence:active" => {
            let ActiveRequest { ago } = parse(data)?;
            presence::active(app, me, ago);
            answer(Ok(()))
        }
        _ => Err(not_found()),
    }
}

async fn proxied(
    rest: Router,
    me: &Arc<Identity>,
    method: &str,
    data: Option<&Raw>,
) -> Result<RpcAnswer, Refusal> {
    let target = proxy::target(method).ok_or_else(not_found)?;
    proxy::call(rest, me, target, data)
        .await
        .map(RpcAnswer::Now)
}

/// A post has its place in the order when this returns; the next one need not wait for the disk.
async fn publish(app: &App, me: &Identity, post: PostRequest) -> Result<RpcAnswer, Refusal> {
    let id = post.id.ok_or(ErrorCode::BadRequest)?;
    let posted = messages::submit(app, me, id, post);
    let posted = posted.await.map_err(refusal)?;
    Ok(RpcAnswer::Later(Box::pin(async move {
        raw(&posted.await.map_err(refusal)?).map_err(internal)
    })))
}

/// What to do with which message.
#[derive(Deserialize)]
struct Revising {
    id: ThreadId,
    seq: Seq,
    what: Revise,
}

/// What of a thread is to be told.
#[derive(Deserialize)]
struct Notify {
    id: ThreadId,
    level: NotifyLevel,
}

/// Where somebody is writing.
#[derive(Deserialize)]
struct Typing {
    id: ThreadId,
}

fn answer<T: Serialize>(outcome: Result<T>) -> Result<RpcAnswer, Refusal> {
    let data = raw(&outcome.map_err(refusal)?).map_err(internal)?;
    Ok(RpcAnswer::Now(data))
}

fn not_found() -> Refusal {
    Refusal::Error(ReplyError::new(404, "Not found"))
}
