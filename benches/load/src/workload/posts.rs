//! Many writers, each of whom posts again as soon as the last post is acknowledged: how many posts
//! a second get onto the disk?
//!
//! A few readers follow, so that what is committed is also announced. Writers take the threads in
//! turn; each reader follows one of them.

use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use super::{AT_ONCE, DRAIN, Meter, Span, Tally, Usage};
use crate::clock;
use crate::dialect::Part;
use crate::histogram::Histogram;
use crate::net::poll::Patience;
use crate::payload::Payload;
use crate::server::Service;
use crate::swarm::{Listener, Swarm};

/// Ids below are those of commands said on entering.
const FIRST_POST: u32 = 1_000_000;

#[derive(Clone, Debug)]
pub struct Plan {
    pub writers: usize,
    pub readers: usize,
    pub threads: Vec<u32>,
    pub span: Span,
}

#[derive(Debug)]
pub struct Outcome {
    pub posts: u64,
    pub usage: Usage,
    /// From the post to its acknowledgement.
    pub latency: Histogram,
    /// Messages that reached writers, who have not subscribed to anything: work beyond the plan.
    pub overheard: u64,
}

/// Runs a plan.
///
/// # Errors
/// A post was refused, or a reader has not received everything.
pub fn run(service: &Service, plan: &Plan) -> Result<Outcome> {
    let mut swarm = service.swarm(Patience::Sleeps)?;
    let mut office = Office::new(plan);
    let writer = Rc::new(service.dialect.door(Part::Writer));
    for reader in 0..plan.readers {
        let thread = plan.threads[reader % plan.threads.len()];
        let door = Rc::new(service.dialect.door(Part::Reader { thread }));
        swarm.gather(&door, 1, AT_ONCE, &mut office)?;
    }
    swarm.gather(&writer, plan.writers, AT_ONCE, &mut office)?;
    office.free = (plan.readers..plan.readers + plan.writers).collect();

    office.work_for(&mut swarm, plan, plan.span.warm)?;
    let before = office.acknowledged;
    let meter = Meter::start(&service.process)?;
    office.is_measuring = true;
    office.work_for(&mut swarm, plan, plan.span.measure)?;
    office.is_measuring = false;
    let usage = meter.read(&service.process)?;
    let posts = office.acknowledged - before;

    office.drain(&mut swarm)?;
    swarm.all_there()?;
    office.check(plan)?;
    Ok(Outcome {
        posts,
        usage,
        latency: office.latency,
        overheard: office.overheard,
    })
}

struct Office {
    readers: usize,
    tally: Tally,
    /// Writers whose last post is acknowledged.
    free: Vec<usize>,
    /// When each writer's post under way left.
    left: Vec<u64>,
    posted: u32,
    acknowledged: u64,
    refused: u64,
    /// Deliveries the readers are to get in all.
    expected: u64,
    overheard: u64,
    is_measuring: bool,
    latency: Histogram,
}

impl Office {
    fn new(plan: &Plan) -> Self {
        Self {
            readers: plan.readers,
            tally: Tally::new(plan.readers),
            free: Vec::new(),
            left: vec![0; plan.writers],
            posted: 0,
            acknowledged: 0,
            refused: 0,
            expected: 0,
            overheard: 0,
            is_measuring: false,
            latency: Histogram::new(),
        }
    }

    fn work_for(&mut self, swarm: &mut Swarm, plan: &Plan, time: Duration) -> Result<()> {
        let until = Instant::now() + time;
        while Instant::now() < until {
            while let Some(writer) = self.free.pop() {
                self.post(swarm, plan, writer);
            }
            swarm.turn(Duration::from_millis(100), self)?;
            ensure!(self.refused == 0, "a post was refused");
        }
        Ok(())
    }

    fn post(&mut self, swarm: &mut Swarm, plan: &Plan, writer: usize) {
        let stamp = clock::now();
        self.posted += 1;
        self.left[writer - self.readers] = stamp;
        let nth = self.posted as usize % plan.threads.len();
        let payload = Payload {
            stamp,
            number: self.posted,
        };
        swarm.post(writer, self.posted + FIRST_POST, plan.threads[nth], payload);
        // Reader `r` follows thread `r` modulo the number of threads.
        self.expected += (nth..plan.readers).step_by(plan.threads.len()).count() as u64;
    }

    fn drain(&mut self, swarm: &mut Swarm) -> Result<()> {
        let until = Instant::now() + DRAIN;
        while self.is_busy() && Instant::now() < until {
            swarm.turn(Duration::from_millis(20), self)?;
        }
        Ok(())
    }

    fn is_busy(&self) -> bool {
        self.acknowledged < u64::from(self.posted) || self.tally.total() < self.expected
    }

    fn check(&self, plan: &Plan) -> Result<()> {
        let (posted, total) = (self.posted, self.tally.total());
        let missing = u64::from(posted) - self.acknowledged;
        ensure!(
            missing == 0,
            "{missing} of {posted} posts were not acknowledged"
        );
        ensure!(
            total == self.expected,
            "{} readers got {total} instead of {} deliveries",
            plan.readers,
            self.expected
        );
        ensure!(
            self.tally.gaps() == 0,
            "{} gaps in what readers got",
            self.tally.gaps()
        );
        Ok(())
    }
}

impl Listener for Office {
    fn post(&mut self, link: usize, _payload: Payload, offset: u64, _now: u64) {
        // Without offsets there is nothing to tell the order of several writers' posts by.
        if !self.tally.note(link, offset) {
            self.overheard += 1;
        }
    }

    fn answer(&mut self, link: usize, id: u32, is_refused: bool, _line: &[u8], now: u64) {
        if link < self.readers || id < FIRST_POST {
            return;
        }
        self.refused += u64::from(is_refused);
        self.acknowledged += 1;
        self.free.push(link);
        if self.is_measuring {
            self.latency.record(now - self.left[link - self.readers]);
        }
    }
}
