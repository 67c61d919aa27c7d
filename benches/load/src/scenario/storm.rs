//! 5,000 connections are cut at once and come back at once.

use anyhow::Result;

use super::Bench;
use crate::report::Target::AtMost;
use crate::report::{OURS, Unit, figure};
use crate::server::hubbub::{self, MADE_UP, Wishes};
use crate::workload::storm::{self, Plan};

const SCENARIO: &str = "5,000 reconnect at once, 20 messages behind in 3 threads";
const CONNECTIONS: usize = 5_000;

pub fn run(bench: &mut Bench) {
    eprintln!("  {SCENARIO}");
    bench.ours(SCENARIO, ours);
    // A failure is an error, and noted; so what is here to be checked went without one.
    let errors = f64::from(u8::from(
        bench.report.find(SCENARIO, OURS, "reconnected").is_none(),
    ));
    bench
        .report
        .check(SCENARIO, "errors", (errors, Unit::Count), AtMost(0.0));
}

fn ours(bench: &mut Bench) -> Result<()> {
    let wishes = Wishes {
        threads: 3,
        ..Wishes::default()
    };
    let hubbub = bench.hubbub(wishes)?;
    let (service, _) = hubbub.serve()?;
    let plan = Plan {
        connections: CONNECTIONS,
        token: hubbub.tokens().storm.clone(),
        threads: (MADE_UP..MADE_UP + 3).collect(),
        missed: 20,
    };
    hubbub::join(&service, &plan.token, &plan.threads)?;
    let before = service.process.rss()?;
    let outcome = storm::run(&service, &plan)?;
    let mib = |bytes: u64| bytes as f64 / 1024.0 / 1024.0;
    let figures = vec![
        figure("reconnected", outcome.reconnected_seconds, Unit::Seconds),
        figure("memory_before", mib(before), Unit::Mib),
        figure("memory_peak", mib(outcome.peak_rss), Unit::Mib),
    ];
    bench.report.add(SCENARIO, OURS, figures);
    Ok(())
}
