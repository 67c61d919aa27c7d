//! The real-time engine: sockets, channels, subscriptions, recovery. It knows nothing of chat.
//!
//! An [`Engine`] is a [`Hub`] (who listens to what), a [`Broker`] (how what is published gets
//! there) and a [`Registration`] (what may happen, as handlers and channel rules). One task serves
//! one socket; the hub holds its subscriptions' positions; publications are encoded once, shared,
//! and written by a few tasks for all ([`flusher`]); each socket has a bounded outbox counted in
//! bytes, and a reader that falls behind is disconnected, never silently skipped.
//!
//! Invariant: what a subscriber receives on a recoverable channel is contiguous from the position
//! it was told. It is kept in one place, `hub::subscriber`, under the channel's lock.

pub mod admission;
pub mod broker;
pub mod connection;
pub mod engine;
pub mod events;
pub mod flusher;
pub mod handler;
pub mod history;
pub mod hub;
pub mod interceptors;
pub mod link;
pub mod mailbox;
pub mod memory;
pub mod order;
pub mod outbox;
mod recovery;
pub mod registration;
pub mod rules;
pub mod server_api;
mod socket;
pub mod subscriptions;
#[cfg(test)]
mod testing;
mod upgrade;
pub mod whom;
pub mod wire;

use std::sync::{Mutex, MutexGuard, PoisonError};

pub use admission::Ceilings;
pub use broker::{Broker, InProcess, Signal};
pub use engine::{Engine, Options};
pub use events::*;
pub use handler::{Handler, Refusal};
pub use history::History;
pub use hub::Hub;
pub use link::Identity;
pub use memory::MemoryHistory;
pub use registration::Registration;
pub use rules::{JoinLeave, Params, Rule};
pub use upgrade::Upgrade;
pub use whom::Whom;

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Every critical section leaves its data whole, even if it should panic.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
