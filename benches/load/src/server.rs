//! The servers under test: our own and its peers, each a child process on one core.

pub mod hubbub;
pub mod peers;
pub mod process;

use std::rc::Rc;

use anyhow::Result;

use crate::dialect::Dialect;
use crate::net::poll::Patience;
use crate::swarm::Swarm;
use process::Process;

/// A running server, and how to talk to it.
#[derive(Debug)]
pub struct Service {
    pub process: Process,
    pub dialect: Rc<Dialect>,
}

impl Service {
    /// Connections to it; none yet.
    pub fn swarm(&self, patience: Patience) -> Result<Swarm> {
        Swarm::new(self.process.addr, self.dialect.clone(), patience)
    }
}
