//! The state of one room: what is under way, and what everybody has received.

use anyhow::{Result, ensure};

use super::Stalled;
use crate::histogram::Histogram;
use crate::payload::Payload;
use crate::swarm::Listener;
use crate::workload::Tally;

/// More posts than are ever under way.
pub const RING: usize = 1 << 12;

/// What has been posted and who has it.
pub struct Room {
    readers: u32,
    pub tally: Tally,
    /// How many readers, and the acknowledgement, each post under way still lacks.
    lacking: Vec<u32>,
    pub posted: u32,
    pub under_way: u32,
    pub refused: u32,
    pub is_measuring: bool,
    pub latency: Histogram,
    pub stalled: Option<(usize, Stalled)>,
}

impl Room {
    pub fn new(readers: usize) -> Self {
        Self {
            readers: readers as u32,
            tally: Tally::new(readers),
            lacking: vec![0; RING],
            posted: 0,
            under_way: 0,
            refused: 0,
            is_measuring: false,
            latency: Histogram::new(),
            stalled: None,
        }
    }

    pub fn begin(&mut self) -> u32 {
        self.posted += 1;
        self.under_way += 1;
        self.lacking[self.posted as usize % RING] = self.readers + 1;
        self.posted
    }

    fn arrived(&mut self, number: u32) {
        let lacking = &mut self.lacking[number as usize % RING];
        *lacking = lacking.saturating_sub(1);
        if *lacking == 0 {
            self.under_way = self.under_way.saturating_sub(1);
        }
    }

    /// Everybody has everything, once and in order.
    pub fn check(&self) -> Result<()> {
        let (expected, total) = (
            u64::from(self.posted) * u64::from(self.readers),
            self.tally.total(),
        );
        ensure!(
            self.under_way == 0,
            "{} posts did not reach everybody",
            self.under_way
        );
        ensure!(
            total == expected,
            "{total} deliveries instead of {expected}"
        );
        ensure!(
            self.tally.gaps() == 0,
            "{} gaps in what readers got",
            self.tally.gaps()
        );
        Ok(())
    }
}

impl Listener for Room {
    fn post(&mut self, link: usize, payload: Payload, offset: u64, now: u64) {
        let place = if offset == 0 {
            u64::from(payload.number)
        } else {
            offset
        };
        if !self.tally.note(link, place) {
            return;
        }
        self.arrived(payload.number);
        if self.is_measuring {
            self.latency.record(now.saturating_sub(payload.stamp));
        }
    }

    fn answer(&mut self, link: usize, id: u32, is_refused: bool, _line: &[u8], _now: u64) {
        if link == self.readers as usize && id > 10 {
            self.refused += u32::from(is_refused);
            self.arrived(id - 10);
        }
    }

    fn closed(&mut self, link: usize, code: Option<u16>) {
        if let Some((stalled, how)) = &mut self.stalled
            && *stalled == link
        {
            *how = Stalled::Closed(code);
        }
    }
}
