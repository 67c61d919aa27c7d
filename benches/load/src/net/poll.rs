//! A thin layer over epoll, level-triggered: one read per event is enough, and what is left is
//! reported again.

use std::os::fd::{AsFd, OwnedFd};
use std::time::{Duration, Instant};

use anyhow::Result;
use rustix::buffer::spare_capacity;
use rustix::event::Timespec;
use rustix::event::epoll::{self, CreateFlags, Event, EventData, EventFlags};

/// Events taken at once.
const BATCH: usize = 1024;

pub struct Poll {
    epoll: OwnedFd,
    events: Vec<Event>,
    patience: Patience,
}

/// How to wait for something to happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Patience {
    /// Without ever sleeping: the generator has a core of its own. To wake a sleeping reader costs
    /// the *server* microseconds with each write, as often as the reader happens to be faster than
    /// the server; readers elsewhere on a network would cost it nothing of the kind.
    Spins,
    /// Asleep: where somebody else, such as a database, needs the core too.
    Sleeps,
}

/// What a socket is ready for.
#[derive(Clone, Copy, Debug)]
pub struct Ready {
    pub token: usize,
    pub readable: bool,
    pub writable: bool,
}

/// What to be told of besides data that arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interest {
    Read,
    ReadAndWrite,
}

impl Poll {
    pub fn new(patience: Patience) -> Result<Self> {
        Ok(Self {
            epoll: epoll::create(CreateFlags::CLOEXEC)?,
            events: Vec::with_capacity(BATCH),
            patience,
        })
    }

    pub fn add(&self, socket: impl AsFd, token: usize, interest: Interest) -> Result<()> {
        epoll::add(&self.epoll, socket, data(token), flags(interest))?;
        Ok(())
    }

    pub fn change(&self, socket: impl AsFd, token: usize, interest: Interest) -> Result<()> {
        epoll::modify(&self.epoll, socket, data(token), flags(interest))?;
        Ok(())
    }

    pub fn remove(&self, socket: impl AsFd) -> Result<()> {
        epoll::delete(&self.epoll, socket)?;
        Ok(())
    }

    /// Waits until something is ready or the time is over, and returns how much is.
    pub fn wait(&mut self, timeout: Duration) -> Result<usize> {
        if self.patience == Patience::Sleeps {
            return self.take(timeout);
        }
        let until = Instant::now() + timeout;
        loop {
            let count = self.take(Duration::ZERO)?;
            if count > 0 || Instant::now() >= until {
                return Ok(count);
            }
        }
    }

    fn take(&mut self, timeout: Duration) -> Result<usize> {
        let timeout = Timespec {
            tv_sec: timeout.as_secs().cast_signed(),
            tv_nsec: i64::from(timeout.subsec_nanos()),
        };
        self.events.clear();
        let room = spare_capacity(&mut self.events);
        match epoll::wait(&self.epoll, room, Some(&timeout)) {
            Ok(_) | Err(rustix::io::Errno::INTR) => Ok(self.events.len()),
            Err(error) => Err(error.into()),
        }
    }

    /// The event with that index of the last [`Poll::wait`].
    pub fn event(&self, index: usize) -> Ready {
        let Event { flags, data } = self.events[index];
        let ended = EventFlags::ERR | EventFlags::HUP;
        Ready {
            token: data.u64() as usize,
            readable: flags.intersects(EventFlags::IN | ended),
            writable: flags.intersects(EventFlags::OUT),
        }
    }
}

fn data(token: usize) -> EventData {
    EventData::new_u64(token as u64)
}

fn flags(interest: Interest) -> EventFlags {
    match interest {
        Interest::Read => EventFlags::IN,
        Interest::ReadAndWrite => EventFlags::IN | EventFlags::OUT,
    }
}
