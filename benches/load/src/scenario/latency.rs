//! Latency under a steady load: 100,000 deliveries a second to 1,000 readers.

use std::time::Duration;

use anyhow::Result;

use super::{Bench, deliveries};
use crate::report::Target::AtMost;
use crate::report::{Figure, OURS, Unit};
use crate::server::Service;
use crate::server::hubbub::Wishes;
use crate::workload::Span;
use crate::workload::fanout::{self, Pace, Plan, Until};

const SCENARIO: &str = "100,000 deliveries a second to 1,000 readers";

/// A hundred posts a second to a thousand readers.
pub const STEADY: Pace = Pace::Every(Duration::from_millis(10));
pub const READERS: usize = 1_000;

pub fn run(bench: &mut Bench) {
    eprintln!("  {SCENARIO}");
    let span = bench.span();
    bench.ours(SCENARIO, |bench| {
        let (service, _) = bench.hubbub(Wishes::default())?.serve()?;
        let figures = measure(&service, span)?;
        bench.report.add(SCENARIO, OURS, figures);
        Ok(())
    });
    let is_wanted = bench.is_comparable();
    bench.each_peer(SCENARIO, is_wanted, |report, peer, service| {
        report.add(SCENARIO, peer.name(), measure(service, span)?);
        Ok(())
    });
    for (name, most) in [("p50", 3.0), ("p99", 10.0)] {
        if let Some(value) = bench.report.find(SCENARIO, OURS, name) {
            let value = (value, Unit::Milliseconds);
            bench.report.check(SCENARIO, name, value, AtMost(most));
        }
    }
}

fn measure(service: &Service, span: Span) -> Result<Vec<Figure>> {
    let plan = Plan {
        readers: READERS,
        pace: STEADY,
        until: Until::Time(span),
        with_stalled: false,
    };
    let mut figures = deliveries::figures(&fanout::run(service, plan)?);
    // The rate is given here: what servers are compared by is how soon.
    figures[..3].rotate_left(1);
    Ok(figures)
}
