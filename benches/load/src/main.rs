//! The load generator of Hubbub's benchmarks.
//!
//! One thread, one epoll, no runtime: it has one core, the servers it measures have the other, and
//! it must always be the faster of the two. `load run` starts servers, loads them and reports;
//! `load bare` is the peer that does nothing but write. `scripts/bench.sh` calls it.

mod bare;
mod clock;
mod dialect;
mod histogram;
mod net;
mod options;
mod payload;
mod report;
mod scenario;
mod server;
mod swarm;
mod workload;

use std::path::Path;
use std::process::ExitCode;
use std::thread;

use anyhow::{Context, Result, bail};
use rustix::thread::CpuSet;

use options::Options;
use scenario::{ALL, Bench};

fn main() -> Result<ExitCode> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match *arguments {
        ["bare", addr] => bare::run(addr.parse()?).map(|()| ExitCode::SUCCESS),
        ["run", ref rest @ ..] => run(Options::parse(rest)?),
        _ => bail!("usage: load run [options] [scenario…] | load bare ADDR:PORT"),
    }
}

fn run(options: Options) -> Result<ExitCode> {
    net::socket::raise_file_limit()?;
    let json = options.json.clone();
    let names = options.scenarios.clone();
    let mut bench = options.bench();
    let cores = thread::available_parallelism().map_or(1, usize::from);
    eprintln!("  {}", report::machine());
    if cores > 1 {
        pin(1)?;
    } else {
        bench
            .report
            .note("one core only: generator and server disturb each other".to_owned());
    }
    for (name, scenario) in ALL {
        if names.is_empty() || names.iter().any(|wanted| wanted == name) {
            scenario(&mut bench);
        }
    }
    println!("{}", bench.report);
    if let Some(file) = json {
        save(&bench, &file)?;
    }
    Ok(match bench.has_failed {
        true => ExitCode::FAILURE,
        false => ExitCode::SUCCESS,
    })
}

/// Keeps this process, and what it starts without saying otherwise, on one core.
fn pin(core: usize) -> Result<()> {
    let mut cores = CpuSet::new();
    cores.set(core);
    rustix::thread::sched_setaffinity(None, &cores).context("choosing a core")
}

fn save(bench: &Bench, file: &Path) -> Result<()> {
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let json = serde_json::to_string_pretty(&bench.report.to_json())?;
    std::fs::write(file, json + "\n").with_context(|| format!("writing {}", file.display()))
}
