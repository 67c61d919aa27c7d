//! One reader among a thousand stops reading. The others must not notice; it must be closed.
//!
//! The server's queue for a slow reader is made short, so that it is full within a second or two
//! of this load: with the default it would take half a minute, and show nothing more.

use std::time::Duration;

use anyhow::Result;

use super::Bench;
use super::latency::{READERS, STEADY};
use crate::clock::milliseconds;
use crate::report::Target::AtMost;
use crate::report::{Report, Unit, figure};
use crate::server::hubbub::Wishes;
use crate::workload::Span;
use crate::workload::fanout::{self, Outcome, Plan, Stalled, Until};

const SCENARIO: &str = "a stalled reader among 1,000";
const WITHOUT: &str = "hubbub, nobody stalled";
const WITH: &str = "hubbub, one stalled";
const QUEUE: u32 = 64 * 1024;

/// Long enough to fill that queue, and the kernel's.
const LEAST: Duration = Duration::from_secs(6);

/// What a reader that is too slow is told.
const SLOW: i32 = 3008;

/// Rounds, of which the middle one counts: at the 99th percentile one hiccup of the machine shows.
const ROUNDS: usize = 3;

pub fn run(bench: &mut Bench) {
    eprintln!("  {SCENARIO}");
    bench.ours(SCENARIO, ours);
    check(&mut bench.report);
}

fn ours(bench: &mut Bench) -> Result<()> {
    let (mut without, mut with) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        without.push(measure(bench, false)?);
        with.push(measure(bench, true)?);
    }
    let codes: Vec<i32> = with.iter().filter_map(closed).collect();
    let kept = codes.iter().filter(|&&code| code != SLOW && code != 0);
    let kept = kept.count() as f64;
    let last = f64::from(codes.last().copied().unwrap_or_default());
    for (name, outcomes) in [(WITHOUT, without), (WITH, with)] {
        let mut figures = vec![
            figure("p99", middle(&outcomes, 0.99), Unit::Milliseconds),
            figure("p50", middle(&outcomes, 0.5), Unit::Milliseconds),
        ];
        if name == WITH {
            figures.push(figure("closed_with", last, Unit::Code));
            figures.push(figure("kept", kept, Unit::Count));
        }
        bench.report.add(SCENARIO, name, figures);
    }
    Ok(())
}

fn measure(bench: &mut Bench, with_stalled: bool) -> Result<Outcome> {
    let wishes = Wishes {
        queue_bytes: Some(QUEUE),
        ..Wishes::default()
    };
    let (service, _) = bench.hubbub(wishes)?.serve()?;
    let Span { warm, measure } = bench.span();
    let span = Span {
        warm,
        measure: measure.max(LEAST),
    };
    let plan = Plan {
        readers: READERS,
        pace: STEADY,
        until: Until::Time(span),
        with_stalled,
    };
    fanout::run(&service, plan)
}

fn middle(outcomes: &[Outcome], share: f64) -> f64 {
    let quantile = |outcome: &Outcome| outcome.latency.quantile(share);
    let mut values: Vec<u64> = outcomes.iter().map(quantile).collect();
    values.sort_unstable();
    milliseconds(values[values.len() / 2])
}

/// The code of the close frame; 0 if the connection ended without one (a socket whose other end
/// does not read may not take it), −1 if it did not end.
fn closed(outcome: &Outcome) -> Option<i32> {
    match outcome.stalled? {
        Stalled::Closed(code) => Some(i32::from(code.unwrap_or(0))),
        Stalled::Kept => Some(-1),
    }
}

fn check(report: &mut Report) {
    let p99 = |report: &Report, name| report.find(SCENARIO, name, "p99");
    if let (Some(without), Some(with)) = (p99(report, WITHOUT), p99(report, WITH)) {
        let value = (with / without, Unit::Times);
        report.check(SCENARIO, "the others' p99", value, AtMost(1.1));
    }
    if let Some(kept) = report.find(SCENARIO, WITH, "kept") {
        let what = "stalled readers not closed as slow";
        report.check(SCENARIO, what, (kept, Unit::Count), AtMost(0.0));
    }
}
