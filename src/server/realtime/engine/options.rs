//! The limits of an engine, with the values that suit most applications.

use std::time::Duration;

use governor::Quota;

use crate::server::realtime::hub::link::Deadlines;
use crate::server::realtime::transport::admission::Ceilings;

/// The limits of an engine.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    pub deadlines: Deadlines,
    /// Bytes that may wait for one connection.
    pub queue_bytes: usize,
    /// Bytes in one incoming frame.
    pub frame_bytes: usize,
    /// Channels a client may ask for.
    pub client_channels: usize,
    /// Channels the server may subscribe a client to.
    pub server_channels: usize,
    /// Publications and bytes that one reply may recover; beyond that, none.
    pub recovery_publications: u32,
    pub recovery_bytes: usize,
    /// Publications in one page of history.
    pub history_publications: u32,
    /// Bytes in what the server's side publishes: it must fit every recovery.
    pub publication_bytes: usize,
    /// Commands per connection.
    pub commands: Quota,
    /// Refusals for going too fast, after which the connection is closed.
    pub patience: u32,
    /// Sockets open at once.
    pub ceilings: Ceilings,
    /// How long a publication that came early waits for those before it.
    pub reordering: Duration,
    /// How often what has gone out is compared with what has come to be.
    pub comparing: Duration,
}

impl Default for Options {
    fn default() -> Self {
        let at_once = std::num::NonZeroU32::MIN;
        let seconds = Duration::from_secs;
        Self {
            deadlines: Deadlines {
                ping: seconds(25),
                pong: seconds(8),
                stale: seconds(10),
                grace: seconds(25),
            },
            queue_bytes: 1024 * 1024,
            frame_bytes: 64 * 1024,
            client_channels: 128,
            server_channels: 1000,
            recovery_publications: 300,
            recovery_bytes: 512 * 1024,
            history_publications: 300,
            publication_bytes: 256 * 1024,
            commands: Quota::per_second(at_once.saturating_add(99))
                .allow_burst(at_once.saturating_add(499)),
            patience: 100,
            ceilings: Ceilings::default(),
            reordering: seconds(1),
            comparing: seconds(3),
        }
    }
}
