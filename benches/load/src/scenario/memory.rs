//! Memory of a server nobody uses, of one connection nobody uses, and how soon a server starts.

use std::time::Duration;

use anyhow::Result;

use super::Bench;
use crate::report::Target::AtMost;
use crate::report::{Figure, OURS, Unit, figure};
use crate::server::hubbub::{self, FIRST_THREAD, Wishes};
use crate::workload::crowd::{self, Outcome};

const IDLE: &str = "10,000 idle connections with three subscriptions";
const START: &str = "start on an existing database";
const CONNECTIONS: usize = 10_000;
const SETTLE: Duration = Duration::from_secs(4);
/// Starts, of which the middle one counts.
const STARTS: usize = 5;

pub fn run(bench: &mut Bench) {
    eprintln!("  {IDLE}");
    bench.ours(IDLE, ours);
    bench.each_peer(
        IDLE,
        |peer| !peer.is_durable(),
        |report, peer, service| {
            let outcome = crowd::run(service, CONNECTIONS, SETTLE)?;
            report.add(IDLE, peer.name(), figures(outcome));
            Ok(())
        },
    );
}

fn ours(bench: &mut Bench) -> Result<()> {
    let hubbub = bench.hubbub(Wishes::default())?;
    let (service, _) = hubbub.serve()?;
    // Their own channel, the directory, and this thread: three subscriptions.
    hubbub::join(&service, &hubbub.tokens().idle, &[FIRST_THREAD])?;
    service.process.stop()?;

    let mut starts = Vec::new();
    for _ in 0..STARTS {
        let (service, took) = hubbub.serve()?;
        service.process.stop()?;
        starts.push(took);
    }
    starts.sort_unstable();
    let start = 1e3 * starts[STARTS / 2].as_secs_f64();

    let (service, _) = hubbub.serve()?;
    let outcome = crowd::run(&service, CONNECTIONS, SETTLE)?;
    let report = &mut bench.report;
    report.add(IDLE, OURS, figures(outcome));
    report.add(
        START,
        OURS,
        vec![figure("start", start, Unit::Milliseconds)],
    );
    let each = (per_connection(outcome), Unit::Kib);
    report.check(IDLE, "memory per connection", each, AtMost(8.0));
    let idle = (mib(outcome.before), Unit::Mib);
    report.check(IDLE, "memory without connections", idle, AtMost(15.0));
    report.check(START, "start", (start, Unit::Milliseconds), AtMost(100.0));
    Ok(())
}

fn figures(outcome: Outcome) -> Vec<Figure> {
    vec![
        figure("memory_per_connection", per_connection(outcome), Unit::Kib),
        figure("memory_before", mib(outcome.before), Unit::Mib),
        figure("of_it_not_of_the_file", mib(outcome.own_before), Unit::Mib),
        figure("memory_after", mib(outcome.after), Unit::Mib),
    ]
}

fn per_connection(outcome: Outcome) -> f64 {
    let more = outcome.after.saturating_sub(outcome.before);
    more as f64 / outcome.connections as f64 / 1024.0
}

fn mib(bytes: u64) -> f64 {
    bytes as f64 / 1024.0 / 1024.0
}
