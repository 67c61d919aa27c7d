//! The browser's half of the chat.
//!
//! What decides is plain Rust without a clock, a socket or a document, tested natively: the
//! [`connection`] state machine, the [`timeline`] of a thread, the [`outbox`]. What touches the
//! browser is thin: [`browser`], [`socket`], [`storage`]. The [`session`] wires both to signals.
//! Nothing here has a `cfg`: on the server it compiles and is never reached.

pub mod backoff;
pub mod browser;
pub mod connection;
pub mod dates;
pub mod outbox;
pub mod place;
pub mod session;
#[cfg(test)]
mod simulation;
pub mod socket;
pub mod storage;
pub mod timeline;
