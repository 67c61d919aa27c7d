//! The peers: small programs on the libraries people use, and the bare loop as the limit.

use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use anyhow::{Context, Result};

use super::Service;
use super::process::{Process, Start};
use crate::dialect::Dialect;
use crate::net::socket;

/// One program, with or without a database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Peer {
    /// This program's own loop: the most one core can do.
    Bare,
    Bun {
        is_durable: bool,
    },
    Ws {
        is_durable: bool,
    },
    SocketIo {
        is_durable: bool,
    },
    Centrifugo,
}

/// Where the peers' programs are.
#[derive(Clone, Debug)]
pub struct Peers {
    /// The folder with `bun.js`, its neighbours and their `node_modules`.
    pub dir: PathBuf,
    pub centrifugo: Option<String>,
}

impl Peer {
    /// All there are, the limit first.
    pub const ALL: [Self; 8] = [
        Self::Bare,
        Self::Bun { is_durable: false },
        Self::Bun { is_durable: true },
        Self::Ws { is_durable: false },
        Self::Ws { is_durable: true },
        Self::SocketIo { is_durable: false },
        Self::SocketIo { is_durable: true },
        Self::Centrifugo,
    ];

    /// As it is called in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bare => "bare loop (the limit)",
            Self::Bun { is_durable: false } => "bun",
            Self::Bun { is_durable: true } => "bun + SQLite",
            Self::Ws { is_durable: false } => "node ws",
            Self::Ws { is_durable: true } => "node ws + SQLite",
            Self::SocketIo { is_durable: false } => "Socket.IO",
            Self::SocketIo { is_durable: true } => "Socket.IO + SQLite",
            Self::Centrifugo => "Centrifugo",
        }
    }

    /// Whether ours is to be compared with it even when time is short.
    pub fn is_essential(self) -> bool {
        !matches!(self, Self::Ws { .. } | Self::Centrifugo)
    }

    /// Whether a message is on disk before it is acknowledged.
    pub fn is_durable(self) -> bool {
        match self {
            Self::Bare | Self::Centrifugo => false,
            Self::Bun { is_durable } | Self::Ws { is_durable } | Self::SocketIo { is_durable } => {
                is_durable
            }
        }
    }

    /// Starts it and waits until it listens.
    pub fn serve(self, peers: &Peers, dir: &Path, core: usize) -> Result<Service> {
        let addr = socket::free_address()?;
        let command = self.command(peers, dir, addr)?;
        let mut process = Process::start(Start {
            program: &command[0],
            args: command[1..].to_vec(),
            env: Vec::new(),
            dir,
            core,
            addr,
        })?;
        process.wait_until(|addr| TcpStream::connect(addr).is_ok())?;
        let dialect = match self {
            Self::Centrifugo => Dialect::Centrifugo,
            Self::SocketIo { .. } => Dialect::SocketIo,
            Self::Bare | Self::Bun { .. } | Self::Ws { .. } => Dialect::Plain,
        };
        let dialect = Rc::new(dialect);
        Ok(Service { process, dialect })
    }

    fn command(self, peers: &Peers, dir: &Path, addr: SocketAddr) -> Result<Vec<String>> {
        let script = |name: &str| peers.dir.join(name).display().to_string();
        let (runtime, program) = match self {
            Self::Bare => {
                let me = std::env::current_exe()?.display().to_string();
                return Ok(vec![me, "bare".to_owned(), addr.to_string()]);
            }
            Self::Centrifugo => return centrifugo(peers, dir, addr),
            Self::Bun { .. } => (script("node_modules/.bin/bun"), "bun.js"),
            Self::Ws { .. } => ("node".to_owned(), "ws.js"),
            Self::SocketIo { .. } => ("node".to_owned(), "socketio.js"),
        };
        let port = addr.port().to_string();
        let mut command = vec![runtime, script(program), "--port".to_owned(), port];
        if self.is_durable() {
            let file = dir.join("peer.db").display().to_string();
            command.extend(["--db".to_owned(), file]);
        }
        Ok(command)
    }
}

/// Anybody may connect, subscribe and publish; nothing is kept.
fn centrifugo(peers: &Peers, dir: &Path, addr: SocketAddr) -> Result<Vec<String>> {
    let binary = peers
        .centrifugo
        .clone()
        .context("PEER_CENTRIFUGO is not set")?;
    let port = addr.port();
    let config = serde_json::json!({
        "http_server": { "address": "127.0.0.1", "port": port.to_string() },
        "log": { "level": "error" },
        "client": { "allow_anonymous_connect_without_token": true },
        "channel": { "without_namespace": {
            "allow_subscribe_for_client": true,
            "allow_subscribe_for_anonymous": true,
            "allow_publish_for_client": true,
            "allow_publish_for_anonymous": true,
        } },
    });
    let file = dir.join("centrifugo.json");
    std::fs::write(&file, config.to_string())?;
    Ok(vec![binary, "-c".to_owned(), file.display().to_string()])
}
