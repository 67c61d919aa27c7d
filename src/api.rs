//! Server functions: signatures shared by both sides, one delegating line each.
//!
//! The browser calls them as functions, a form without JavaScript posts to the same addresses.
//! Their bodies live in `server::functions`, so changing one recompiles no WebAssembly.

// Each fails with what its `ApiError` says.
#![allow(clippy::missing_errors_doc)]

use leptos::server;

use crate::protocol::{ApiError, HistoryPage, Posted, Profile, Seq, Thread, ThreadId};

/// Whether a form was taken. A refusal is an answer like any other and not a failure of the call,
/// which browsers would write into their log.
pub type FormOutcome = Result<(), ApiError>;

/// Signs in and goes to the chat: to `next`, if that is a place in it.
#[server(prefix = "/api", endpoint = "login")]
pub async fn login(
    username: String,
    password: String,
    #[server(default)] next: String,
) -> Result<FormOutcome, ApiError> {
    crate::server::functions::login(username, password, next).await
}

/// Makes an account and goes to the chat.
#[server(prefix = "/api", endpoint = "register")]
pub async fn register(
    username: String,
    name: String,
    password: String,
    #[server(default)] invite: String,
) -> Result<FormOutcome, ApiError> {
    crate::server::functions::register(username, name, password, invite).await
}

/// Ends the session and goes to the sign-in form.
#[server(prefix = "/api", endpoint = "logout")]
pub async fn logout() -> Result<(), ApiError> {
    crate::server::functions::logout().await
}

/// Who is signed in.
#[server(prefix = "/api", endpoint = "who_am_i")]
pub async fn who_am_i() -> Result<Profile, ApiError> {
    crate::server::functions::who_am_i().await
}

/// The threads I may read, most recently active first.
#[server(prefix = "/api", endpoint = "list_threads")]
pub async fn list_threads() -> Result<Vec<Thread>, ApiError> {
    crate::server::functions::list_threads().await
}

/// Makes a thread and goes there. `private` is set by its check box.
#[server(prefix = "/api", endpoint = "create_thread")]
pub async fn create_thread(
    name: String,
    #[server(default)] private: bool,
) -> Result<Thread, ApiError> {
    crate::server::functions::create_thread(name, private).await
}

/// A page of a thread's history: the newest, or the one before or after a message.
#[server(prefix = "/api", endpoint = "thread_history")]
pub async fn history(
    thread: ThreadId,
    #[server(default)] before: Option<Seq>,
    #[server(default)] after: Option<Seq>,
) -> Result<HistoryPage, ApiError> {
    crate::server::functions::history(thread, before, after).await
}

/// Posts a message and goes back to its thread: the way without JavaScript.
#[server(prefix = "/api", endpoint = "post_message")]
pub async fn post_message(thread: ThreadId, text: String) -> Result<Posted, ApiError> {
    crate::server::functions::post_message(thread, text).await
}
