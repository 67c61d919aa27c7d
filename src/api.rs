//! Server functions: signatures shared by both sides, one delegating line each.
//!
//! The browser calls them as functions. A form without JavaScript is posted to the same addresses
//! and answered with a page (`server::http::forms`). Their bodies live in `server::functions`, so
//! changing one recompiles no WebAssembly.

// Each fails with what its `ApiError` says.
#![allow(clippy::missing_errors_doc)]

use leptos::server;
use serde::{Deserialize, Serialize};

use crate::protocol::codec::Json;
use crate::protocol::forward::Forward;
use crate::protocol::scheduled::Schedule;
use crate::protocol::settings::{self, Changed};
use crate::protocol::{
    ApiError, Content, HistoryPage, HistoryRequest, Keep, Kept, Manage, NewThread, Revise, Seq,
    Shared, Thread, ThreadId, Timestamp, User, UserId,
};

/// Whether a form was taken. A refusal is an answer like any other and not a failure of the call,
/// which browsers would write into their log.
pub type FormOutcome = Told<()>;

/// An answer, or a refusal that is one.
pub type Told<T> = Result<T, ApiError>;

/// An answer, and whose it is: another tab may have signed in as somebody else meanwhile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mine<T> {
    pub me: UserId,
    pub answer: T,
}

/// Signs in.
#[server(prefix = "/api", endpoint = "login", output = Json)]
pub async fn login(username: String, password: String) -> Result<FormOutcome, ApiError> {
    crate::server::functions::login(username, password).await
}

/// Makes an account and signs in.
#[server(prefix = "/api", endpoint = "register", output = Json)]
pub async fn register(
    username: String,
    name: String,
    password: String,
    #[server(default)] invite: String,
) -> Result<FormOutcome, ApiError> {
    crate::server::functions::register(username, name, password, invite).await
}

/// Makes the first person of a server, and signs in.
#[server(prefix = "/api", endpoint = "setup", output = Json)]
pub async fn setup(
    code: String,
    server_name: String,
    thread_name: String,
    username: String,
    name: String,
    password: String,
) -> Result<FormOutcome, ApiError> {
    crate::server::functions::setup(code, server_name, thread_name, username, name, password).await
}

/// Changes something in the settings, for whoever it is asked for.
#[server(prefix = "/api", endpoint = "change", input = Json, output = Json)]
pub async fn change(
    me: UserId,
    change: settings::Change,
) -> Result<Mine<Result<Changed, ApiError>>, ApiError> {
    crate::server::functions::change(me, change).await
}

/// What a place shows, by its address.
#[server(prefix = "/api", endpoint = "content", output = Json)]
pub async fn content_of(place: String) -> Result<Mine<Result<Content, ApiError>>, ApiError> {
    crate::server::functions::content(place).await
}

/// What all places share.
#[server(prefix = "/api", endpoint = "shared", output = Json)]
pub async fn shared_state() -> Result<Shared, ApiError> {
    crate::server::functions::shared().await
}

/// A page of a thread's history.
#[server(prefix = "/api", endpoint = "thread_history", output = Json)]
pub async fn history(request: HistoryRequest) -> Result<Mine<HistoryPage>, ApiError> {
    crate::server::functions::history(request).await
}

/// Does something with a message: what it is then comes by the stream.
#[server(prefix = "/api", endpoint = "revise_message", input = Json, output = Json)]
pub async fn revise_message(
    me: UserId,
    thread: ThreadId,
    seq: Seq,
    what: Revise,
) -> Result<Told<()>, ApiError> {
    crate::server::functions::revise_message(me, thread, seq, what).await
}

/// Saves a message for whoever it is asked for, or reminds them of it, and says how it stands then.
#[server(prefix = "/api", endpoint = "keep_message", input = Json, output = Json)]
pub async fn keep_message(
    me: UserId,
    thread: ThreadId,
    seq: Seq,
    what: Keep,
) -> Result<Told<Kept>, ApiError> {
    crate::server::functions::keep_message(me, thread, seq, what).await
}

/// Whether a message is saved, and when somebody is to be reminded of it.
#[server(prefix = "/api", endpoint = "kept_message", input = Json, output = Json)]
pub async fn kept_message(me: UserId, thread: ThreadId, seq: Seq) -> Result<Told<Kept>, ApiError> {
    crate::server::functions::kept_message(me, thread, seq).await
}

/// Does something about what whoever it is asked for wants to be posted in a thread later.
#[server(prefix = "/api", endpoint = "schedule_message", input = Json, output = Json)]
pub async fn schedule_message(
    me: UserId,
    thread: ThreadId,
    what: Schedule,
) -> Result<Told<()>, ApiError> {
    crate::server::functions::schedule_message(me, thread, what).await
}

/// Passes a message on, for whoever it is asked for: the thread that it went to.
#[server(prefix = "/api", endpoint = "forward_message", input = Json, output = Json)]
pub async fn forward_message(
    me: UserId,
    thread: ThreadId,
    seq: Seq,
    what: Forward,
) -> Result<Told<Thread>, ApiError> {
    crate::server::functions::forward_message(me, thread, seq, what).await
}

/// The first message of a thread since a time, or its last one; nothing where nobody has said anything.
#[server(prefix = "/api", endpoint = "first_message", input = Json, output = Json)]
pub async fn first_message(
    me: UserId,
    thread: ThreadId,
    since: Timestamp,
) -> Result<Told<Option<Seq>>, ApiError> {
    crate::server::functions::first_message(me, thread, since).await
}

/// Makes a thread. Only whoever it is asked for as does so.
#[server(prefix = "/api", endpoint = "create_thread", input = Json, output = Json)]
pub async fn create_thread(me: UserId, new: NewThread) -> Result<Told<Thread>, ApiError> {
    crate::server::functions::create_thread(me, new).await
}

/// The direct thread of these people, by their usernames.
#[server(prefix = "/api", endpoint = "open_direct", input = Json, output = Json)]
pub async fn open_direct(me: UserId, people: String) -> Result<Told<Thread>, ApiError> {
    crate::server::functions::open_direct(me, people).await
}

/// Does something about a thread.
#[server(prefix = "/api", endpoint = "manage_thread", input = Json, output = Json)]
pub async fn manage_thread(
    me: UserId,
    thread: ThreadId,
    what: Manage,
) -> Result<Told<()>, ApiError> {
    crate::server::functions::manage_thread(me, thread, what).await
}

/// People whose names begin with that.
#[server(prefix = "/api", endpoint = "suggest_people", output = Json)]
pub async fn suggest_people(text: String) -> Result<Vec<User>, ApiError> {
    crate::server::functions::suggest_people(text).await
}

/// Threads in whose names that is.
#[server(prefix = "/api", endpoint = "suggest_threads", output = Json)]
pub async fn suggest_threads(text: String) -> Result<Vec<Thread>, ApiError> {
    crate::server::functions::suggest_threads(text).await
}
