//! Connections that do nothing: what does one cost in memory?

use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::Result;

use super::AT_ONCE;
use crate::dialect::Part;
use crate::net::poll::Patience;
use crate::server::Service;
use crate::swarm::Deaf;

#[derive(Clone, Copy, Debug)]
pub struct Outcome {
    /// Bytes of memory the server had before, and with all connections.
    pub before: u64,
    pub after: u64,
    /// What of the memory before was not the program's file.
    pub own_before: u64,
    pub connections: usize,
}

/// Connects so many, lets the server settle, and looks at its memory.
///
/// # Errors
/// Not all of them stay connected.
pub fn run(service: &Service, connections: usize, settle: Duration) -> Result<Outcome> {
    std::thread::sleep(settle / 2);
    let before = service.process.rss()?;
    let own_before = service.process.own_memory()?;
    let mut swarm = service.swarm(Patience::Spins)?;
    let door = Rc::new(service.dialect.door(Part::Idle));
    swarm.gather(&door, connections, AT_ONCE, &mut Deaf)?;
    let until = Instant::now() + settle;
    while Instant::now() < until {
        swarm.turn(Duration::from_millis(100), &mut Deaf)?;
    }
    swarm.all_there()?;
    Ok(Outcome {
        before,
        own_before,
        after: service.process.rss()?,
        connections,
    })
}
