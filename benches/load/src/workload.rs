//! What is done to a server. Each module is one kind of load; none knows which server it is for.

pub mod crowd;
pub mod fanout;
pub mod pages;
pub mod posts;
pub mod storm;

use std::time::{Duration, Instant};

use anyhow::Result;

use crate::server::process::{self, Process};

/// Connections that may be entering at the same time, when that is not the point.
pub const AT_ONCE: usize = 64;

/// How long to wait, after the last post, for what is still under way.
pub const DRAIN: Duration = Duration::from_secs(20);

/// How long to run before measuring, and how long to measure.
#[derive(Clone, Copy, Debug)]
pub struct Span {
    pub warm: Duration,
    pub measure: Duration,
}

/// What happened between two moments.
#[derive(Clone, Copy, Debug, Default)]
pub struct Usage {
    pub seconds: f64,
    /// Processor time of the server.
    pub cpu_seconds: f64,
    /// Processor time of whatever is neither the server nor the generator: a database server, or
    /// something that disturbs the measurement.
    pub others_seconds: f64,
}

impl Usage {
    /// Per cent of one processor.
    pub fn cpu_percent(self) -> f64 {
        100.0 * self.cpu_seconds / self.seconds
    }

    /// That of others, likewise.
    pub fn others_percent(self) -> f64 {
        100.0 * self.others_seconds / self.seconds
    }
}

/// A measurement that has begun.
#[derive(Debug)]
pub struct Meter {
    begun: Instant,
    server: Duration,
    generator: Duration,
    machine: Duration,
}

impl Meter {
    pub fn start(process: &Process) -> Result<Self> {
        Ok(Self {
            begun: Instant::now(),
            server: process.cpu()?,
            generator: process::own_cpu()?,
            machine: process::machine_cpu()?,
        })
    }

    pub fn read(&self, process: &Process) -> Result<Usage> {
        let server = process.cpu()?.saturating_sub(self.server);
        let generator = process::own_cpu()?.saturating_sub(self.generator);
        let machine = process::machine_cpu()?.saturating_sub(self.machine);
        Ok(Usage {
            seconds: self.begun.elapsed().as_secs_f64(),
            cpu_seconds: server.as_secs_f64(),
            others_seconds: machine.saturating_sub(server + generator).as_secs_f64(),
        })
    }
}

/// What each reader has received: how much, and whether anything was missing in between.
#[derive(Debug)]
pub struct Tally {
    counts: Vec<u32>,
    last: Vec<u64>,
    gaps: u64,
}

impl Tally {
    pub fn new(readers: usize) -> Self {
        Self {
            counts: vec![0; readers],
            last: vec![0; readers],
            gaps: 0,
        }
    }

    /// A reader has received something. `place` counts up by one in an unbroken stream; zero where
    /// the stream has no places. Returns false for somebody who is not one of the readers.
    pub fn note(&mut self, reader: usize, place: u64) -> bool {
        let Some(count) = self.counts.get_mut(reader) else {
            return false;
        };
        *count += 1;
        let last = std::mem::replace(&mut self.last[reader], place);
        if last != 0 && place != last + 1 {
            self.gaps += 1;
        }
        true
    }

    pub fn gaps(&self) -> u64 {
        self.gaps
    }

    pub fn total(&self) -> u64 {
        self.counts.iter().map(|&count| u64::from(count)).sum()
    }
}
