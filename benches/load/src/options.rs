//! The arguments of `load run`, which `scripts/bench.sh` fills in.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};

use crate::report::Report;
use crate::scenario::{ALL, Bench};
use crate::server::hubbub::Database;
use crate::server::peers::Peers;

#[derive(Debug, Default)]
pub struct Options {
    /// Which to run; all if none is named.
    pub scenarios: Vec<String>,
    pub json: Option<PathBuf>,
    binary: PathBuf,
    work: PathBuf,
    peers: Option<PathBuf>,
    slow_fsync: Option<PathBuf>,
    psql: Option<String>,
    is_quick: bool,
}

impl Options {
    pub fn parse(arguments: &[&str]) -> Result<Self> {
        let mut options = Self::default();
        let mut rest = arguments.iter();
        while let Some(&argument) = rest.next() {
            let mut value = || {
                rest.next()
                    .with_context(|| format!("{argument} needs a value"))
            };
            match argument {
                "--quick" => options.is_quick = true,
                "--binary" => options.binary = absolute(value()?)?,
                "--work" => options.work = absolute(value()?)?,
                "--peers" => options.peers = Some(absolute(value()?)?),
                "--slow-fsync" => options.slow_fsync = Some(absolute(value()?)?),
                "--psql" => options.psql = Some((*value()?).to_owned()),
                "--json" => options.json = Some(PathBuf::from(value()?)),
                name if ALL.iter().any(|(known, _)| *known == name) => {
                    options.scenarios.push(name.to_owned());
                }
                unknown => bail!("{unknown:?} is not one of {}", names()),
            }
        }
        ensure!(options.binary.is_file(), "--binary must name the server");
        ensure!(options.work.is_dir(), "--work must name a folder");
        Ok(options)
    }

    pub fn bench(self) -> Bench {
        let set = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
        let postgres = match (set("TEST_POSTGRES_URL"), self.psql) {
            (Some(url), Some(psql)) => Some(Database::Postgres { url, psql }),
            _ => None,
        };
        let centrifugo = set("PEER_CENTRIFUGO");
        let mut report = Report {
            is_quick: self.is_quick,
            ..Report::default()
        };
        if centrifugo.is_none() {
            report.note("Centrifugo: PEER_CENTRIFUGO does not name its program".to_owned());
        }
        Bench {
            binary: self.binary,
            peers: self.peers.map(|dir| Peers { dir, centrifugo }),
            work: self.work,
            core: 0,
            is_quick: self.is_quick,
            postgres,
            slow_fsync: self.slow_fsync,
            report,
            folders: 0,
            has_failed: false,
        }
    }
}

fn names() -> String {
    ALL.map(|(name, _)| name).join(", ")
}

/// Servers run in folders of their own, so paths must hold from anywhere.
fn absolute(path: &str) -> Result<PathBuf> {
    std::path::absolute(Path::new(path)).with_context(|| format!("the path {path}"))
}
