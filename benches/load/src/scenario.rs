//! The scenarios: which load on which servers, and what ours is to reach.
//!
//! Every server is started for one measurement and ends with it. Whatever goes wrong with one of
//! them is noted, and the rest goes on.

mod deliveries;
mod instructions;
mod latency;
mod memory;
mod pages;
mod posts;
mod slow_fsync;
mod stalled;
mod storm;

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::report::{OURS, Report};
use crate::server::Service;
use crate::server::hubbub::{Database, Hubbub, Wishes};
use crate::server::peers::{Peer, Peers};
use crate::workload::Span;

/// A scenario's name on the command line, and what it does.
pub type Scenario = (&'static str, fn(&mut Bench));

/// All of them, in the order in which they run.
pub const ALL: [Scenario; 9] = [
    ("deliveries", deliveries::run),
    ("latency", latency::run),
    ("posts", posts::run),
    ("memory", memory::run),
    ("pages", pages::run),
    ("stalled", stalled::run),
    ("storm", storm::run),
    ("slow-fsync", slow_fsync::run),
    ("instructions", instructions::run),
];

/// What the scenarios work with.
#[derive(Debug)]
pub struct Bench {
    pub binary: PathBuf,
    pub peers: Option<Peers>,
    /// A folder for databases and logs.
    pub work: PathBuf,
    /// The core servers run on. The generator has another, if there is one.
    pub core: usize,
    pub is_quick: bool,
    pub postgres: Option<Database>,
    /// The library that makes `fsync` slow.
    pub slow_fsync: Option<PathBuf>,
    pub report: Report,
    /// Folders made so far.
    pub folders: u32,
    /// Something of ours has failed.
    pub has_failed: bool,
}

impl Bench {
    /// How long to run, unless a quick answer is wanted.
    fn span(&self) -> Span {
        let (warm, measure) = if self.is_quick {
            (500, 2000)
        } else {
            (2000, 8000)
        };
        Span {
            warm: Duration::from_millis(warm),
            measure: Duration::from_millis(measure),
        }
    }

    /// Our server on a database of its own.
    fn hubbub(&mut self, wishes: Wishes) -> Result<Hubbub> {
        let dir = self.folder()?;
        Hubbub::prepare(&self.binary, dir, self.core, wishes)
    }

    /// Measures our server, noting what goes wrong.
    fn ours(&mut self, scenario: &str, measure: impl FnOnce(&mut Self) -> Result<()>) {
        if let Err(error) = measure(self) {
            self.has_failed = true;
            self.report.note(format!("{scenario}, {OURS}: {error:#}"));
        }
    }

    /// Whether a peer belongs where messages are spread. Without a database it does less than
    /// ours, which is shown only if there is time.
    fn is_comparable(&self) -> fn(Peer) -> bool {
        match self.is_quick {
            true => |peer| peer == Peer::Bare || peer.is_durable(),
            false => |_| true,
        }
    }

    /// Measures those peers that are here and wanted, noting what goes wrong.
    fn each_peer(
        &mut self,
        scenario: &'static str,
        is_wanted: impl Fn(Peer) -> bool,
        measure: impl Fn(&mut Report, Peer, &Service) -> Result<()>,
    ) {
        let Some(peers) = self.peers.clone() else {
            return;
        };
        for peer in Peer::ALL {
            let is_here = peer != Peer::Centrifugo || peers.centrifugo.is_some();
            if !is_here || !is_wanted(peer) || (self.is_quick && !peer.is_essential()) {
                continue;
            }
            let outcome = self
                .folder()
                .and_then(|dir| peer.serve(&peers, &dir, self.core))
                .and_then(|service| measure(&mut self.report, peer, &service));
            if let Err(error) = outcome {
                self.report
                    .note(format!("{scenario}, {}: {error:#}", peer.name()));
            }
        }
    }

    fn folder(&mut self) -> Result<PathBuf> {
        self.folders += 1;
        let dir = self.work.join(format!("run-{}", self.folders));
        fs::create_dir_all(&dir).context("making a folder")?;
        Ok(dir)
    }
}
