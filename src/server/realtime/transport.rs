//! The socket itself: the request that becomes one, what is read from it, what is written to it, and in
//! which dialect.
//!
//! Nothing here knows of channels or of hubs, so another transport can stand beside this one.

pub mod admission;
mod close_code;
pub mod dialect;
pub mod fossil;
pub mod open_streams;
pub mod outbox;
pub mod protobuf;
pub mod socket;
pub mod stream;
pub mod upgrade;
pub mod wire;
