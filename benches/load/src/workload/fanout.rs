//! One writer, many readers, one room: how fast do messages spread?
//!
//! Closed loop: so many posts are under way at a time, each until it has been acknowledged and the
//! last reader has it. That asks for capacity. At a fixed rate: a post leaves when it is due,
//! whatever happened to those before it. That asks for latency, counted from when it was due, so a
//! server that makes the generator wait cannot hide it.

mod room;

use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};

use room::{RING, Room};

use super::{AT_ONCE, DRAIN, Meter, Span, Usage};
use crate::clock;
use crate::dialect::Part;
use crate::histogram::Histogram;
use crate::net::poll::Patience;
use crate::net::socket::Appetite;
use crate::payload::Payload;
use crate::server::Service;
use crate::server::hubbub::FIRST_THREAD;
use crate::swarm::Swarm;

#[derive(Clone, Copy, Debug)]
pub enum Pace {
    /// So many under way.
    Window(u32),
    /// One each time this has passed.
    Every(Duration),
}

#[derive(Clone, Copy, Debug)]
pub enum Until {
    Time(Span),
    Posts(u32),
}

#[derive(Clone, Copy, Debug)]
pub struct Plan {
    pub readers: usize,
    pub pace: Pace,
    pub until: Until,
    /// Whether one more reader stops reading.
    pub with_stalled: bool,
}

/// How the server dealt with the reader that stopped reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stalled {
    /// It was not closed.
    Kept,
    Closed(Option<u16>),
}

#[derive(Debug)]
pub struct Outcome {
    pub deliveries: u64,
    pub usage: Usage,
    pub latency: Histogram,
    pub stalled: Option<Stalled>,
}

/// Runs a plan.
///
/// # Errors
/// Something was lost, refused or out of order, or the server ended a connection.
pub fn run(service: &Service, plan: Plan) -> Result<Outcome> {
    let mut swarm = service.swarm(Patience::Spins)?;
    let mut room = Room::new(plan.readers);
    let reader = Rc::new(service.dialect.door(Part::Reader {
        thread: FIRST_THREAD,
    }));
    let writer = Rc::new(service.dialect.door(Part::Writer));
    swarm.gather(&reader, plan.readers, AT_ONCE, &mut room)?;
    swarm.gather(&writer, 1, 1, &mut room)?;
    let mut fanout = Fanout {
        room,
        writer: plan.readers,
        pace: plan.pace,
        due: clock::now(),
    };
    if plan.with_stalled {
        let stalled = swarm.dial(reader, Appetite::Small)?;
        while swarm.entering() > 0 {
            swarm.turn(Duration::from_millis(10), &mut fanout.room)?;
        }
        swarm.stall(stalled)?;
        fanout.room.stalled = Some((stalled, Stalled::Kept));
    }
    let (deliveries, usage) = match plan.until {
        Until::Time(span) => fanout.for_time(&mut swarm, service, span)?,
        Until::Posts(posts) => fanout.for_posts(&mut swarm, service, posts)?,
    };
    fanout.drain(&mut swarm)?;
    let stalled = fanout.resume_stalled(&mut swarm)?;
    swarm.all_there()?;
    fanout.room.check()?;
    Ok(Outcome {
        deliveries,
        usage,
        latency: fanout.room.latency,
        stalled,
    })
}

struct Fanout {
    room: Room,
    writer: usize,
    pace: Pace,
    /// When the next post is to leave, at a fixed rate.
    due: u64,
}

impl Fanout {
    fn for_time(
        &mut self,
        swarm: &mut Swarm,
        service: &Service,
        span: Span,
    ) -> Result<(u64, Usage)> {
        self.due = clock::now();
        self.spread_for(swarm, span.warm)?;
        let before = self.room.tally.total();
        let meter = Meter::start(&service.process)?;
        self.room.is_measuring = true;
        self.spread_for(swarm, span.measure)?;
        self.room.is_measuring = false;
        let usage = meter.read(&service.process)?;
        Ok((self.room.tally.total() - before, usage))
    }

    fn for_posts(
        &mut self,
        swarm: &mut Swarm,
        service: &Service,
        posts: u32,
    ) -> Result<(u64, Usage)> {
        let meter = Meter::start(&service.process)?;
        self.room.is_measuring = true;
        while self.room.posted < posts {
            self.step(swarm)?;
        }
        let usage = meter.read(&service.process)?;
        Ok((self.room.tally.total(), usage))
    }

    fn spread_for(&mut self, swarm: &mut Swarm, time: Duration) -> Result<()> {
        let until = Instant::now() + time;
        while Instant::now() < until {
            self.step(swarm)?;
        }
        Ok(())
    }

    /// Posts what is due and waits for what comes next.
    fn step(&mut self, swarm: &mut Swarm) -> Result<()> {
        let timeout = match self.pace {
            Pace::Window(size) => {
                while self.room.under_way < size {
                    self.post(swarm, clock::now());
                }
                Duration::from_millis(100)
            }
            Pace::Every(interval) => {
                while self.due <= clock::now() {
                    self.post(swarm, self.due);
                    self.due += clock::nanos(interval);
                }
                ensure!(
                    self.room.under_way < RING as u32,
                    "the server is thousands of posts behind"
                );
                Duration::from_nanos(self.due.saturating_sub(clock::now()))
            }
        };
        // A sleep overshoots by up to a millisecond, which would count against the server.
        let timeout = timeout.saturating_sub(Duration::from_millis(1));
        swarm.turn(timeout, &mut self.room)?;
        if self.room.refused > 0 {
            bail!("a post was refused");
        }
        Ok(())
    }

    fn post(&mut self, swarm: &mut Swarm, stamp: u64) {
        let number = self.room.begin();
        let payload = Payload { stamp, number };
        swarm.post(self.writer, number + 10, FIRST_THREAD, payload);
    }

    fn drain(&mut self, swarm: &mut Swarm) -> Result<()> {
        let until = Instant::now() + DRAIN;
        while self.room.under_way > 0 && Instant::now() < until {
            swarm.turn(Duration::from_millis(20), &mut self.room)?;
        }
        Ok(())
    }

    /// Lets the stalled reader read what is left for it, until the server's end is seen.
    fn resume_stalled(&mut self, swarm: &mut Swarm) -> Result<Option<Stalled>> {
        let Some((link, _)) = self.room.stalled else {
            return Ok(None);
        };
        swarm.resume(link)?;
        let until = Instant::now() + Duration::from_secs(5);
        while Instant::now() < until {
            swarm.turn(Duration::from_millis(20), &mut self.room)?;
            if let Some((_, Stalled::Closed(_))) = self.room.stalled {
                break;
            }
        }
        swarm.forgive(link);
        Ok(self.room.stalled.map(|(_, how)| how))
    }
}
