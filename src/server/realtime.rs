//! The real-time engine: sockets, channels, subscriptions, recovery. It knows nothing of chat.
//!
//! An [`Engine`] is a [`Hub`] (who listens to what), a [`Broker`] (how what is published gets
//! there) and a [`Registration`] (what may happen, as handlers and channel rules). One task serves
//! one socket; the hub holds its subscriptions' positions; publications are encoded once for each
//! dialect, shared, and written by a few tasks for all ([`hub::flusher`]); each socket has a bounded
//! outbox counted in bytes, and a reader that falls behind is disconnected, never silently skipped.
//!
//! Invariant: what a subscriber receives on a recoverable channel is contiguous from the position
//! it was told. It is kept in one place, `hub::subscriber`, under the channel's lock.

mod accept;
pub mod broker;
pub mod connection;
pub mod engine;
pub mod hub;
pub mod registration;
pub mod server_api;
#[cfg(test)]
mod testing;
pub mod transport;

use std::sync::{Mutex, MutexGuard, PoisonError};

pub use accept::streams::Visit;
pub use broker::{Broker, InProcess};
pub use engine::options::Options;
pub use engine::{Engine, Keep, NodeInfo};
pub use hub::instruction::Instruction;
pub use hub::link::Deadlines;
pub use hub::{Counts, Hub, MemberChange};
pub use registration::Registration;
pub use registration::events::*;
pub use registration::handler::{Handler, Refusal};
pub use registration::history::{self, History};
pub use registration::interceptors;
pub use registration::memory::MemoryHistory;
pub use registration::pattern::{Glob, Params};
pub use registration::peer::Peer;
pub use registration::receipts::{self, Receipts};
pub use registration::rules::{JoinLeave, Rule};
pub use registration::whom::Whom;
pub use transport::admission::Ceilings;
pub use transport::protobuf;
pub use transport::upgrade::Upgrade;

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Every critical section leaves its data whole, even if it should panic.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
