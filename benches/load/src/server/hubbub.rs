//! Our own server: a database made for one scenario, tokens for the parts connections play, and
//! the configuration a load needs.
//!
//! The only settings that differ from the defaults are the limits on what a connection, a person
//! and an address may do, which are meant for people, and where a scenario says so the length of a
//! slow reader's queue.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use super::Service;
use super::process::{Process, Start};
use crate::clock;
use crate::dialect::{Dialect, Part, Tokens};
use crate::net::poll::Patience;
use crate::net::{http, socket};
use crate::payload::Payload;
use crate::swarm::{Listener, Swarm};

/// Names of those who have a token.
const PEOPLE: [&str; 4] = ["reader", "writer", "idler", "stormy"];
/// The thread the demo comes with.
pub const FIRST_THREAD: u32 = 1;
/// The first of those made up, if any.
pub const MADE_UP: u32 = 2;

/// Where the server keeps its data.
#[derive(Clone, Debug)]
pub enum Database {
    Sqlite,
    /// A server's URL (ending in a database that exists), and its `psql`.
    Postgres {
        url: String,
        psql: String,
    },
}

/// What a scenario asks for.
#[derive(Clone, Debug)]
pub struct Wishes {
    pub database: Database,
    pub messages: u32,
    pub threads: u32,
    pub queue_bytes: Option<u32>,
    pub env: Vec<(String, String)>,
    /// A program to run the server in, with its arguments.
    pub within: Vec<String>,
}

impl Default for Wishes {
    fn default() -> Self {
        Self {
            database: Database::Sqlite,
            messages: 0,
            threads: 0,
            queue_bytes: None,
            env: Vec::new(),
            within: Vec::new(),
        }
    }
}

/// A database that is ready, and how to serve it.
#[derive(Debug)]
pub struct Hubbub {
    binary: PathBuf,
    dir: PathBuf,
    core: usize,
    wishes: Wishes,
    tokens: Tokens,
}

impl Hubbub {
    /// Makes a database in an empty directory.
    pub fn prepare(binary: &Path, dir: PathBuf, core: usize, wishes: Wishes) -> Result<Self> {
        let mut made = Self {
            binary: binary.to_owned(),
            dir,
            core,
            wishes,
            tokens: Tokens::of_one(""),
        };
        made.configure()?;
        made.seed()?;
        let [reader, writer, idle, storm] = PEOPLE.map(|name| made.person(name));
        made.tokens = Tokens {
            reader: reader?,
            writer: writer?,
            writer_threads: Vec::new(),
            idle: idle?,
            storm: storm?,
        };
        Ok(made)
    }

    pub fn tokens(&self) -> &Tokens {
        &self.tokens
    }

    /// Serves it, and waits until it is ready. Also returns how long that took.
    pub fn serve(&self) -> Result<(Service, Duration)> {
        let addr = socket::free_address()?;
        let mut command = self.wishes.within.clone();
        command.push(self.binary.display().to_string());
        command.extend(["serve".to_owned(), "--addr".to_owned(), addr.to_string()]);
        let mut env = self.env();
        env.extend(self.wishes.env.clone());
        let begun = Instant::now();
        let mut process = Process::start(Start {
            program: &command[0],
            args: command[1..].to_vec(),
            env,
            dir: &self.dir,
            core: self.core,
            addr,
        })?;
        process.wait_until(|addr| {
            http::ask(addr, "GET", "/readyz", "").is_ok_and(|(status, _)| status == 200)
        })?;
        let took = begun.elapsed();
        let dialect = Rc::new(Dialect::Hubbub(self.tokens.clone()));
        Ok((Service { process, dialect }, took))
    }

    /// Lets the writer join these threads, and from then on not listen to them.
    ///
    /// # Errors
    /// The server refuses.
    pub fn writer_joins(&self, service: &mut Service, threads: &[u32]) -> Result<()> {
        join(service, &self.tokens.writer, threads)?;
        let tokens = Tokens {
            writer_threads: threads.to_vec(),
            ..self.tokens.clone()
        };
        service.dialect = Rc::new(Dialect::Hubbub(tokens));
        Ok(())
    }

    fn configure(&self) -> Result<()> {
        let mut text = "[limits]\n".to_owned();
        for limit in [
            "commands-per-second",
            "commands-burst",
            "posts-per-second",
            "posts-burst",
            "sockets-per-person",
            "sockets-per-address",
        ] {
            text.extend([limit, " = 4000000\n"]);
        }
        let queue = self.wishes.queue_bytes;
        let queue = queue.map(|bytes| format!("[realtime]\nqueue-bytes = {bytes}\n"));
        text.extend(queue);
        fs::write(self.dir.join("Leptos.toml"), text).context("writing the configuration")
    }

    /// The environment that names the data; nothing of the caller's own gets through.
    fn env(&self) -> Vec<(String, String)> {
        let url = match &self.wishes.database {
            Database::Sqlite => format!("sqlite://{}", self.dir.join("hubbub.db").display()),
            Database::Postgres { url, .. } => match url.rsplit_once('/') {
                Some((server, _)) => format!("{server}/{}", self.database_name()),
                None => url.clone(),
            },
        };
        let data = self.dir.display().to_string();
        [
            ("DATABASE_URL", url),
            ("HUBBUB_DATA_DIR", data),
            (
                "HUBBUB_CONFIG",
                self.dir.join("Leptos.toml").display().to_string(),
            ),
            ("HUBBUB_LOG", "warn".to_owned()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into()
    }

    /// Each scenario has a directory of its own, and so a database of that name.
    fn database_name(&self) -> String {
        let name = self.dir.file_name().unwrap_or_default();
        format!("bench_{}", name.to_string_lossy().replace('-', "_"))
    }

    fn seed(&self) -> Result<()> {
        if let Database::Postgres { url, psql } = &self.wishes.database {
            let create = format!("create database {}", self.database_name());
            let created = Command::new(psql).args([url, "-qc", &create]).status()?;
            ensure!(created.success(), "cannot create a database with {psql}");
        }
        let (threads, messages) = (&self.wishes.threads, &self.wishes.messages);
        let args = [
            "--threads",
            &threads.to_string(),
            "--messages",
            &messages.to_string(),
        ];
        self.run(&[&["seed"], &args[..]].concat(), "")?;
        Ok(())
    }

    /// Adds somebody and returns a token for them.
    fn person(&self, name: &str) -> Result<String> {
        self.run(&["user", "add", name], "a password nobody uses\n")?;
        let token = self.run(&["token", "create", "--user", name, "--name", "bench"], "")?;
        Ok(token.trim().to_owned())
    }

    fn run(&self, args: &[&str], input: &str) -> Result<String> {
        let mut child = Command::new(&self.binary)
            .args(args)
            .envs(self.env())
            .current_dir(&self.dir)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("starting {}", self.binary.display()))?;
        if let Some(mut stdin) = child.stdin.take() {
            stdin.write_all(input.as_bytes())?;
        }
        let output = child.wait_with_output()?;
        ensure!(output.status.success(), "hubbub {} failed", args.join(" "));
        Ok(String::from_utf8(output.stdout)?)
    }
}

/// Posts one message in each thread, with somebody's token: who has posted in a thread has joined it.
///
/// # Errors
/// The server refuses.
pub fn join(service: &Service, token: &str, threads: &[u32]) -> Result<()> {
    let dialect = Rc::new(Dialect::Hubbub(Tokens::of_one(token)));
    let door = Rc::new(dialect.door(Part::Writer));
    let mut swarm = Swarm::new(service.process.addr, dialect, Patience::Sleeps)?;
    let mut answers = Answers::default();
    swarm.gather(&door, 1, 1, &mut answers)?;
    answers.count = 0;
    for (id, thread) in (1000..).zip(threads) {
        let stamp = clock::now();
        swarm.post(0, id, *thread, Payload { stamp, number: 0 });
    }
    let until = Instant::now() + Duration::from_secs(10);
    while answers.count < threads.len() {
        ensure!(Instant::now() < until, "joining took too long");
        swarm.turn(Duration::from_millis(100), &mut answers)?;
    }
    ensure!(answers.refused == 0, "a post was refused");
    Ok(())
}

#[derive(Debug, Default)]
struct Answers {
    count: usize,
    refused: usize,
}

impl Listener for Answers {
    fn answer(&mut self, _link: usize, _id: u32, is_refused: bool, _line: &[u8], _now: u64) {
        self.count += 1;
        self.refused += usize::from(is_refused);
    }
}
