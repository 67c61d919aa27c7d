//! All connections are cut at once, messages go on, and all come back at once with their positions.
//!
//! Nobody may be refused, and everybody must be given exactly what was missed: that is checked in
//! every answer, after the clock has stopped.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::json;

use super::AT_ONCE;
use crate::clock;
use crate::dialect::{CENTRIFUGO_PATH, Door, Part};
use crate::net::poll::Patience;
use crate::payload::Payload;
use crate::server::Service;
use crate::swarm::{Listener, Swarm};

const PATIENCE: Duration = Duration::from_mins(1);

#[derive(Clone, Debug)]
pub struct Plan {
    pub connections: usize,
    /// Whose member has joined all of these, and no others.
    pub token: String,
    pub threads: Vec<u32>,
    /// Posts in each thread while nobody is there.
    pub missed: usize,
}

#[derive(Debug)]
pub struct Outcome {
    pub reconnected_seconds: f64,
    pub peak_rss: u64,
}

#[derive(Debug, Deserialize)]
struct Reply {
    connect: Connected,
}

#[derive(Debug, Deserialize)]
struct Connected {
    subs: BTreeMap<String, Subscribed>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Subscribed {
    epoch: String,
    offset: u64,
    recovered: bool,
    publications: Vec<IgnoredAny>,
}

/// Runs a plan.
///
/// # Errors
/// A connection was refused, or was not given exactly what it had missed.
pub fn run(service: &Service, plan: &Plan) -> Result<Outcome> {
    let mut swarm = service.swarm(Patience::Spins)?;
    let mut answers = Answers::default();
    let connect = json!({ "id": 1, "connect": { "token": plan.token } }).to_string();
    let door = Rc::new(enter(connect));
    swarm.gather(&door, plan.connections, AT_ONCE, &mut answers)?;
    let positions = positions(&answers, plan)?;
    swarm.cut();

    post_meanwhile(service, plan)?;

    let subs: serde_json::Map<_, _> = positions
        .into_iter()
        .map(|(channel, (epoch, offset))| {
            let resume = json!({ "recover": true, "epoch": epoch, "offset": offset });
            (channel, resume)
        })
        .collect();
    let connect = json!({ "id": 1, "connect": { "token": plan.token, "subs": subs } }).to_string();
    let door = Rc::new(enter(connect));
    let mut answers = Answers::default();
    let begun = Instant::now();
    swarm.gather(&door, plan.connections, plan.connections, &mut answers)?;
    let reconnected_seconds = begun.elapsed().as_secs_f64();
    let peak_rss = service.process.peak_rss()?;
    check(&answers, plan)?;
    Ok(Outcome {
        reconnected_seconds,
        peak_rss,
    })
}

fn enter(greeting: String) -> Door {
    Door {
        path: CENTRIFUGO_PATH,
        greeting,
        answers: 1,
    }
}

fn channels(plan: &Plan) -> impl Iterator<Item = String> {
    plan.threads.iter().map(|thread| format!("thread:{thread}"))
}

/// Where every thread stood when all were there. Nobody posted, so that is the same for all.
fn positions(answers: &Answers, plan: &Plan) -> Result<BTreeMap<String, (String, u64)>> {
    let first = answers.lines.first().context("nobody connected")?;
    let mut subs = parse(first)?.connect.subs;
    channels(plan)
        .map(|channel| {
            let sub = subs.remove(&channel);
            let sub = sub.with_context(|| format!("not subscribed to {channel}"))?;
            Ok((channel, (sub.epoch, sub.offset)))
        })
        .collect()
}

fn post_meanwhile(service: &Service, plan: &Plan) -> Result<()> {
    let mut swarm = service.swarm(Patience::Spins)?;
    let mut answers = Answers::default();
    let door = Rc::new(service.dialect.door(Part::Writer));
    swarm.gather(&door, 1, 1, &mut answers)?;
    let threads = plan.threads.iter().cycle();
    let posts = plan.missed * plan.threads.len();
    for (number, thread) in (1..=posts as u32).zip(threads) {
        let stamp = clock::now();
        swarm.post(0, 10 + number, *thread, Payload { stamp, number });
    }
    await_answers(&mut swarm, &mut answers, posts + 1)?;
    ensure!(answers.refused == 0, "a post was refused");
    Ok(())
}

fn await_answers(swarm: &mut Swarm, answers: &mut Answers, count: usize) -> Result<()> {
    let until = Instant::now() + PATIENCE;
    while answers.lines.len() < count {
        ensure!(Instant::now() < until, "no answer within a minute");
        swarm.turn(Duration::from_millis(100), answers)?;
    }
    Ok(())
}

fn check(answers: &Answers, plan: &Plan) -> Result<()> {
    ensure!(answers.refused == 0, "{} were refused", answers.refused);
    ensure!(answers.lines.len() == plan.connections, "not all came back");
    for line in &answers.lines {
        let mut subs = parse(line)?.connect.subs;
        for channel in channels(plan) {
            let sub = subs.remove(&channel).unwrap_or_default();
            let count = sub.publications.len();
            ensure!(
                sub.recovered && count == plan.missed,
                "{channel} was resumed with {count} of {} messages (recovered: {})",
                plan.missed,
                sub.recovered
            );
        }
    }
    Ok(())
}

fn parse(line: &[u8]) -> Result<Reply> {
    serde_json::from_slice(line)
        .with_context(|| format!("not a connect reply: {}", String::from_utf8_lossy(line)))
}

/// Keeps every answer, to be looked at later.
#[derive(Debug, Default)]
struct Answers {
    lines: Vec<Box<[u8]>>,
    refused: usize,
}

impl Listener for Answers {
    fn answer(&mut self, _link: usize, _id: u32, is_refused: bool, line: &[u8], _now: u64) {
        self.lines.push(line.into());
        self.refused += usize::from(is_refused);
    }
}
