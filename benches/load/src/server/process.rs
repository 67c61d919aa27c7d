//! A child process on one core, its use of time and memory, and its certain end.
//!
//! What it costs is read from `/proc`. It dies with the generator, however that ends: the kernel
//! is asked to see to it (`setpriv --pdeathsig`), so that no server is left behind to disturb the
//! next measurement.

use std::fs::{self, File};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal};

/// How long a server may take to start, and to stop. Under valgrind both are slow.
const PATIENCE: Duration = Duration::from_mins(1);

#[derive(Debug)]
pub struct Process {
    pub addr: SocketAddr,
    child: Child,
    log: PathBuf,
}

/// What to run, and where.
#[derive(Debug)]
pub struct Start<'a> {
    pub program: &'a str,
    pub args: Vec<String>,
    pub env: Vec<(String, String)>,
    /// The current directory, and where the log is written.
    pub dir: &'a Path,
    pub core: usize,
    pub addr: SocketAddr,
}

impl Process {
    /// Starts it. It is not ready yet.
    pub fn start(start: Start<'_>) -> Result<Self> {
        let log = start.dir.join("server.log");
        let output = File::create(&log).context("creating the server's log")?;
        let child = Command::new("setpriv")
            .args(["--pdeathsig", "KILL", "taskset", "-c"])
            .arg(start.core.to_string())
            .arg(start.program)
            .args(&start.args)
            .envs(start.env)
            .current_dir(start.dir)
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output)
            .spawn()
            .with_context(|| format!("starting {}", start.program))?;
        Ok(Self {
            addr: start.addr,
            child,
            log,
        })
    }

    /// Waits until it answers, as the given question tells.
    pub fn wait_until(&mut self, is_ready: impl Fn(SocketAddr) -> bool) -> Result<()> {
        let until = Instant::now() + PATIENCE;
        while !is_ready(self.addr) {
            if self.child.try_wait()?.is_some() || Instant::now() > until {
                bail!("the server did not start; it said:\n{}", self.said());
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        Ok(())
    }

    /// Time it has spent on a processor since it started, all threads together.
    pub fn cpu(&self) -> Result<Duration> {
        cpu(&format!("/proc/{}/stat", self.child.id()))
    }

    /// Bytes of memory it has now.
    pub fn rss(&self) -> Result<u64> {
        self.status("VmRSS:")
    }

    /// Those of them that are its own: the rest is the program's file, which can be dropped.
    pub fn own_memory(&self) -> Result<u64> {
        self.status("RssAnon:")
    }

    /// The most bytes of memory it ever had.
    pub fn peak_rss(&self) -> Result<u64> {
        self.status("VmHWM:")
    }

    fn status(&self, key: &str) -> Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix(key));
        let kib = line.and_then(|line| line.trim().strip_suffix(" kB"));
        let kib: u64 = kib.with_context(|| format!("no {key}"))?.parse()?;
        Ok(kib * 1024)
    }

    /// Asks it to stop, waits, and returns what it has said.
    pub fn stop(mut self) -> Result<String> {
        let pid = Pid::from_raw(self.child.id().cast_signed()).context("no such process")?;
        rustix::process::kill_process(pid, Signal::TERM)?;
        let until = Instant::now() + PATIENCE;
        while self.child.try_wait()?.is_none() {
            if Instant::now() > until {
                bail!("the server did not stop when asked to");
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        Ok(self.said())
    }

    /// The end of its log.
    pub fn said(&self) -> String {
        let text = fs::read(&self.log).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(40)..].join("\n")
    }
}

/// Time this process has spent on a processor.
pub fn own_cpu() -> Result<Duration> {
    cpu("/proc/self/stat")
}

/// Time the machine's processors have worked for anybody, neither idle nor waiting.
pub fn machine_cpu() -> Result<Duration> {
    let stat = fs::read_to_string("/proc/stat")?;
    let fields = stat.lines().next().unwrap_or_default().split_whitespace();
    let ticks: Vec<u64> = fields.filter_map(|field| field.parse().ok()).collect();
    // User, nice, system; idle and waiting; interrupts, both kinds.
    Ok(from_ticks(
        [0, 1, 2, 5, 6].iter().filter_map(|&at| ticks.get(at)).sum(),
    ))
}

fn cpu(file: &str) -> Result<Duration> {
    let stat = fs::read_to_string(file)?;
    // The name, in brackets, may contain anything; what follows it is regular.
    let after = stat.rsplit_once(')').map_or("", |(_, after)| after);
    let fields = after.split_whitespace().skip(11).take(2);
    Ok(from_ticks(
        fields.filter_map(|field| field.parse::<u64>().ok()).sum(),
    ))
}

fn from_ticks(ticks: u64) -> Duration {
    Duration::from_secs_f64(ticks as f64 / rustix::param::clock_ticks_per_second() as f64)
}

impl Drop for Process {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
