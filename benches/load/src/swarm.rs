//! Thousands of connections to one server, driven by one thread.
//!
//! All of them are read into one buffer, and what is in it is understood in place; a connection
//! keeps bytes of its own only while half a frame has arrived. What is to be sent is collected and
//! written once per turn. The swarm greets, answers pings and reassembles; a [`Listener`] is told
//! of posts and answers.

mod link;
mod reading;

use std::collections::HashSet;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use crate::dialect::{Dialect, Door};
use crate::net::frame;
use crate::net::poll::{Interest, Patience, Poll};
use crate::net::socket::{self, Appetite};
use crate::payload::{Payload, Reader};
use link::{Link, Stage};

const BUFFER: usize = 256 * 1024;

/// What a scenario wants to know.
pub trait Listener {
    /// A message of the room has reached a connection.
    fn post(&mut self, _link: usize, _payload: Payload, _offset: u64, _now: u64) {}
    /// A command has been answered, with this line.
    fn answer(&mut self, _link: usize, _id: u32, _is_refused: bool, _line: &[u8], _now: u64) {}
    /// The server has ended a connection, with the code of its close frame if it sent one.
    fn closed(&mut self, _link: usize, _code: Option<u16>) {}
}

/// Somebody who only waits.
#[derive(Debug)]
pub struct Deaf;
impl Listener for Deaf {}

pub struct Swarm {
    target: SocketAddr,
    dialect: Rc<Dialect>,
    poll: Poll,
    links: Vec<Link>,
    reader: Reader,
    buffer: Vec<u8>,
    scratch: Vec<u8>,
    /// Connections that have something to write.
    dirty: Vec<usize>,
    /// Connections that have not been let in yet.
    entering: usize,
    /// Connections the server has ended.
    ended: HashSet<usize>,
}

impl Swarm {
    pub fn new(target: SocketAddr, dialect: Rc<Dialect>, patience: Patience) -> Result<Self> {
        Ok(Self {
            target,
            dialect,
            poll: Poll::new(patience)?,
            links: Vec::new(),
            reader: Reader::new(),
            buffer: vec![0; BUFFER],
            scratch: Vec::new(),
            dirty: Vec::new(),
            entering: 0,
            ended: HashSet::new(),
        })
    }

    /// Begins a connection and returns its index.
    pub fn dial(&mut self, door: Rc<Door>, appetite: Appetite) -> Result<usize> {
        let index = self.links.len();
        let stream = socket::dial(self.target, index, appetite)?;
        self.poll.add(&stream, index, Interest::ReadAndWrite)?;
        self.links.push(Link::new(stream, door));
        self.entering += 1;
        Ok(index)
    }

    /// Connects so many through the same door, not more than `at_once` at a time, and returns once
    /// all of them have been let in.
    pub fn gather(
        &mut self,
        door: &Rc<Door>,
        count: usize,
        at_once: usize,
        listener: &mut impl Listener,
    ) -> Result<()> {
        let until = Instant::now() + Duration::from_mins(1);
        let mut left = count;
        while left > 0 || self.entering > 0 {
            while left > 0 && self.entering < at_once {
                self.dial(door.clone(), Appetite::Normal)?;
                left -= 1;
            }
            self.turn(Duration::from_millis(100), listener)?;
            self.all_there()?;
            ensure!(
                Instant::now() < until,
                "only {} of {count} connections were let in within a minute",
                count - left - self.entering
            );
        }
        Ok(())
    }

    /// Fails if the server has ended any connection.
    pub fn all_there(&self) -> Result<()> {
        match self.ended.iter().next() {
            None => Ok(()),
            Some(link) => bail!(
                "the server ended {} connections (the first: number {link})",
                self.ended.len()
            ),
        }
    }

    pub fn entering(&self) -> usize {
        self.entering
    }

    /// Says something on a connection, at the end of this turn.
    pub fn say(&mut self, link: usize, words: &[u8]) {
        frame::from_client(&mut self.links[link].out, frame::TEXT, words);
        self.dirty.push(link);
    }

    /// Posts a message, at the end of this turn.
    pub fn post(&mut self, link: usize, id: u32, thread: u32, payload: Payload) {
        let mut scratch = std::mem::take(&mut self.scratch);
        scratch.clear();
        self.dialect.post(&mut scratch, id, thread, payload);
        self.say(link, &scratch);
        self.scratch = scratch;
    }

    /// Stops reading from a connection.
    pub fn stall(&mut self, link: usize) -> Result<()> {
        let stream = self.links[link].stream.as_ref().context("it has ended")?;
        self.poll.remove(stream)
    }

    /// Reads on.
    pub fn resume(&mut self, link: usize) -> Result<()> {
        let stream = self.links[link].stream.as_ref().context("it has ended")?;
        self.poll.add(stream, link, Interest::Read)
    }

    /// Cuts all connections off.
    pub fn cut(&mut self) {
        for link in self.links.drain(..) {
            if let Some(stream) = link.stream {
                socket::cut(stream);
            }
        }
        self.dirty.clear();
        self.ended.clear();
        self.entering = 0;
    }

    /// Writes what is to be written, waits for something to happen, and deals with it.
    pub fn turn(&mut self, timeout: Duration, listener: &mut impl Listener) -> Result<()> {
        self.flush(listener)?;
        let count = self.poll.wait(timeout)?;
        for index in 0..count {
            let ready = self.poll.event(index);
            if ready.writable {
                self.write(ready.token, listener)?;
            }
            if ready.readable {
                self.read(ready.token, listener)?;
            }
        }
        self.flush(listener)
    }

    fn flush(&mut self, listener: &mut impl Listener) -> Result<()> {
        while let Some(index) = self.dirty.pop() {
            self.write(index, listener)?;
        }
        Ok(())
    }

    fn write(&mut self, index: usize, listener: &mut impl Listener) -> Result<()> {
        let link = &mut self.links[index];
        if link.stage == Stage::Connecting {
            link.ask_for_upgrade(self.target)?;
        }
        if let Ok(is_all) = link.flush() {
            return link.want(&self.poll, index, !is_all);
        }
        self.end(index, None, listener);
        Ok(())
    }

    fn end(&mut self, index: usize, code: Option<u16>, listener: &mut impl Listener) {
        let link = &mut self.links[index];
        if let Some(stream) = link.stream.take() {
            drop(stream);
            link.forget();
            self.ended.insert(index);
            listener.closed(index, code);
        }
    }

    /// Forgets that the server has ended a connection, where that was to be expected.
    pub fn forgive(&mut self, link: usize) {
        self.ended.remove(&link);
    }
}

impl Drop for Swarm {
    fn drop(&mut self) {
        self.cut();
    }
}
