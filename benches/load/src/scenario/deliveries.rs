//! Capacity: how many deliveries a second, with one and with sixteen posts under way.

use anyhow::Result;

use super::Bench;
use crate::clock::milliseconds;
use crate::report::Target::AtLeast;
use crate::report::{self, Figure, OURS, Unit, figure};
use crate::server::Service;
use crate::server::hubbub::Wishes;
use crate::workload::Span;
use crate::workload::fanout::{self, Outcome, Pace, Plan, Until};

const W1: &str = "deliveries, 1,000 readers, 1 under way";
const W16: &str = "deliveries, 1,000 readers, 16 under way";
const MANY: &str = "deliveries, 10,000 readers, 16 under way";

pub fn run(bench: &mut Bench) {
    compare(bench, W1, 1_000, 1);
    compare(bench, W16, 1_000, 16);
    compare(bench, MANY, 10_000, 16);
    check(bench);
}

fn compare(bench: &mut Bench, scenario: &'static str, readers: usize, window: u32) {
    eprintln!("  {scenario}");
    let span = bench.span();
    bench.ours(scenario, |bench| {
        let (service, _) = bench.hubbub(Wishes::default())?.serve()?;
        let figures = measure(&service, readers, window, span)?;
        bench.report.add(scenario, OURS, figures);
        Ok(())
    });
    let is_wanted = bench.is_comparable();
    bench.each_peer(scenario, is_wanted, |report, peer, service| {
        let figures = measure(service, readers, window, span)?;
        report.add(scenario, peer.name(), figures);
        Ok(())
    });
}

fn measure(service: &Service, readers: usize, window: u32, span: Span) -> Result<Vec<Figure>> {
    let plan = Plan {
        readers,
        pace: Pace::Window(window),
        until: Until::Time(span),
        with_stalled: false,
    };
    let outcome = fanout::run(service, plan)?;
    Ok(figures(&outcome))
}

/// How fast, how soon, at what cost.
pub fn figures(outcome: &Outcome) -> Vec<Figure> {
    let Outcome {
        deliveries,
        usage,
        latency,
        ..
    } = outcome;
    let deliveries = *deliveries as f64;
    let rate = deliveries / usage.seconds;
    let cost = 1e6 * usage.cpu_seconds / deliveries;
    let mut figures = vec![
        figure("deliveries", rate, Unit::PerSecond),
        figure(
            "p50",
            milliseconds(latency.quantile(0.5)),
            Unit::Milliseconds,
        ),
        figure(
            "p99",
            milliseconds(latency.quantile(0.99)),
            Unit::Milliseconds,
        ),
        figure("cpu", usage.cpu_percent(), Unit::Percent),
        figure("cpu_per_delivery", cost, Unit::Microseconds),
    ];
    figures.extend(report::others(*usage));
    figures
}

fn check(bench: &mut Bench) {
    let report = &mut bench.report;
    let rate = |report: &report::Report, scenario| report.find(scenario, OURS, "deliveries");
    if let Some(rate) = rate(report, W1) {
        let value = (rate, Unit::PerSecond);
        report.check(W1, "deliveries", value, AtLeast(150_000.0));
    }
    for (peer, least) in [("bun + SQLite", 0.8), ("Socket.IO + SQLite", 1.3)] {
        if let Some(ratio) = report.ratio(W1, peer) {
            let what = format!("compared with {peer}");
            report.check(W1, what, (ratio, Unit::Times), AtLeast(least));
        }
    }
    let thousand = rate(report, W16);
    if let Some(rate) = thousand {
        let value = (rate, Unit::PerSecond);
        report.check(W16, "deliveries", value, AtLeast(1_500_000.0));
    }
    if let (Some(thousand), Some(many)) = (thousand, rate(report, MANY)) {
        let value = (many / thousand, Unit::Times);
        report.check(MANY, "compared with 1,000 readers", value, AtLeast(0.7));
    }
}
