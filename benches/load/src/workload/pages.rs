//! One page over and over, on a few connections that are kept: how many a second, how soon?

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use super::{Meter, Span, Usage};
use crate::clock;
use crate::histogram::Histogram;
use crate::net::http;
use crate::net::poll::{Interest, Patience, Poll};
use crate::net::socket::{self, Appetite};
use crate::server::process::Process;

const BUFFER: usize = 256 * 1024;

#[derive(Clone, Debug)]
pub struct Plan {
    pub path: String,
    pub cookie: String,
    /// What must be in every page, or it is not the page that was meant.
    pub contains: String,
    pub connections: usize,
    pub span: Span,
}

#[derive(Debug)]
pub struct Outcome {
    pub pages: u64,
    pub bytes: usize,
    pub usage: Usage,
    pub latency: Histogram,
}

/// Runs a plan.
///
/// # Errors
/// An answer is not the page.
pub fn run(process: &Process, plan: &Plan) -> Result<Outcome> {
    let mut press = Press::new(process, plan)?;
    press.print_for(plan.span.warm)?;
    press.pages = 0;
    press.latency = Histogram::new();
    let meter = Meter::start(process)?;
    press.print_for(plan.span.measure)?;
    Ok(Outcome {
        pages: press.pages,
        bytes: press.bytes,
        usage: meter.read(process)?,
        latency: press.latency,
    })
}

struct Press<'a> {
    plan: &'a Plan,
    request: Vec<u8>,
    poll: Poll,
    visitors: Vec<Visitor>,
    buffer: Vec<u8>,
    pages: u64,
    bytes: usize,
    latency: Histogram,
}

struct Visitor {
    stream: TcpStream,
    asked: u64,
    answer: Vec<u8>,
}

impl<'a> Press<'a> {
    fn new(process: &Process, plan: &'a Plan) -> Result<Self> {
        let (path, host, cookie) = (&plan.path, process.addr, &plan.cookie);
        let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nCookie: {cookie}\r\n\r\n");
        let poll = Poll::new(Patience::Spins)?;
        let visitors = (0..plan.connections)
            .map(|index| {
                let stream = socket::dial(host, index, Appetite::Normal)?;
                poll.add(&stream, index, Interest::ReadAndWrite)?;
                Ok(Visitor {
                    stream,
                    asked: 0,
                    answer: Vec::new(),
                })
            })
            .collect::<Result<_>>()?;
        Ok(Self {
            plan,
            request: request.into_bytes(),
            poll,
            visitors,
            buffer: vec![0; BUFFER],
            pages: 0,
            bytes: 0,
            latency: Histogram::new(),
        })
    }

    fn print_for(&mut self, time: Duration) -> Result<()> {
        let until = Instant::now() + time;
        while Instant::now() < until {
            let count = self.poll.wait(Duration::from_millis(100))?;
            for index in 0..count {
                let ready = self.poll.event(index);
                if ready.writable {
                    // Connected. A request is small enough to be written at once from now on.
                    let visitor = &mut self.visitors[ready.token];
                    self.poll
                        .change(&visitor.stream, ready.token, Interest::Read)?;
                    visitor.ask(&self.request)?;
                } else if ready.readable {
                    self.read(ready.token)?;
                }
            }
        }
        Ok(())
    }

    fn read(&mut self, index: usize) -> Result<()> {
        let visitor = &mut self.visitors[index];
        match visitor.stream.read(&mut self.buffer) {
            Ok(count) => {
                ensure!(
                    count > 0,
                    "the server closed a connection that was to be kept"
                );
                visitor.answer.extend_from_slice(&self.buffer[..count]);
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
            Err(error) => return Err(error.into()),
        }
        let Some(answer) = http::first(&visitor.answer)? else {
            return Ok(());
        };
        self.latency.record(clock::now() - visitor.asked);
        ensure!(
            answer.status == 200,
            "a page came with status {}",
            answer.status
        );
        if self.pages == 0 {
            let page = String::from_utf8_lossy(&visitor.answer);
            ensure!(
                page.contains(&self.plan.contains),
                "{} is not the page that was meant",
                self.plan.path
            );
        }
        self.pages += 1;
        self.bytes = answer.length - answer.body;
        visitor.answer.clear();
        visitor.ask(&self.request)
    }
}

impl Visitor {
    fn ask(&mut self, request: &[u8]) -> Result<()> {
        self.asked = clock::now();
        self.stream.write_all(request)?;
        Ok(())
    }
}
