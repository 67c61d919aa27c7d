//! Server functions: signatures shared by both sides, one delegating line each.
//!
//! The browser calls them as functions. A form without JavaScript is posted to the same addresses
//! and answered with a page (`server::http::forms`). Their bodies live in `server::functions`, so
//! changing one recompiles no WebAssembly.

// Each fails with what its `ApiError` says.
#![allow(clippy::missing_errors_doc)]

use leptos::server;
use serde::{Deserialize, Serialize};

use crate::protocol::{
    ApiError, Content, HistoryPage, HistoryRequest, NotifyLevel, ReadRequest, Shared, Thread,
    ThreadId, UserId,
};

/// Whether a form was taken. A refusal is an answer like any other and not a failure of the call,
/// which browsers would write into their log.
pub type FormOutcome = Result<(), ApiError>;

/// An answer, and whose it is: another tab may have signed in as somebody else meanwhile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mine<T> {
    pub me: UserId,
    pub answer: T,
}

/// Signs in.
#[server(prefix = "/api", endpoint = "login")]
pub async fn login(username: String, password: String) -> Result<FormOutcome, ApiError> {
    crate::server::functions::login(username, password).await
}

/// Makes an account and signs in.
#[server(prefix = "/api", endpoint = "register")]
pub async fn register(
    username: String,
    name: String,
    password: String,
    #[server(default)] invite: String,
) -> Result<FormOutcome, ApiError> {
    crate::server::functions::register(username, name, password, invite).await
}

/// What a place shows, by its address.
#[server(prefix = "/api", endpoint = "content")]
pub async fn content_of(place: String) -> Result<Mine<Result<Content, ApiError>>, ApiError> {
    crate::server::functions::content(place).await
}

/// What all places share.
#[server(prefix = "/api", endpoint = "shared")]
pub async fn shared_state() -> Result<Shared, ApiError> {
    crate::server::functions::shared().await
}

/// A page of a thread's history.
#[server(prefix = "/api", endpoint = "thread_history")]
pub async fn history(request: HistoryRequest) -> Result<Mine<HistoryPage>, ApiError> {
    crate::server::functions::history(request).await
}

/// Makes a thread. Only whoever it is asked for as does so.
#[server(prefix = "/api", endpoint = "create_thread")]
pub async fn create_thread(me: UserId, name: String, private: bool) -> Result<Thread, ApiError> {
    crate::server::functions::create_thread(me, name, private).await
}

/// Marks a thread as read up to an event, or, if the request says so, as unread after it.
#[server(prefix = "/api", endpoint = "mark_read")]
pub async fn mark_read(me: UserId, request: ReadRequest) -> Result<(), ApiError> {
    crate::server::functions::mark_read(me, request).await
}

/// Marks all my threads as read.
#[server(prefix = "/api", endpoint = "mark_all_read")]
pub async fn mark_all_read(me: UserId) -> Result<(), ApiError> {
    crate::server::functions::mark_all_read(me).await
}

/// Chooses what of a thread I want to be told of.
#[server(prefix = "/api", endpoint = "set_notify")]
pub async fn set_notify(me: UserId, thread: ThreadId, level: NotifyLevel) -> Result<(), ApiError> {
    crate::server::functions::set_notify(me, thread, level).await
}
