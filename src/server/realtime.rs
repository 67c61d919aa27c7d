//! The real-time engine: sockets, channels, subscriptions, recovery. It knows nothing of chat.
//!
//! An [`Engine`] is a [`Hub`] (who listens to what) and a [`Registration`] (what may happen, as
//! handlers and channel rules). One task serves one socket and owns its subscriptions' positions;
//! publications are encoded once and shared; each socket has a bounded queue counted in bytes,
//! and a reader that falls behind is disconnected, never silently skipped.
//!
//! Invariant: what a subscriber receives on a recoverable channel is contiguous from the position
//! it was told. It is kept in one place, [`subscriptions`], at the last moment before the write.

pub mod connection;
pub mod engine;
pub mod history;
pub mod hub;
pub mod queue;
mod recovery;
pub mod registration;
pub mod subscriptions;

pub use engine::{Engine, Options};
pub use history::History;
pub use hub::Hub;
pub use registration::{
    Accepted, Confirmed, Connect, Handler, Params, Refusal, Registration, Rpc, Rule, Subscribe,
};
