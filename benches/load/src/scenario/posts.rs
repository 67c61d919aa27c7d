//! Durable posts: 256 writers who wait for their acknowledgements, in one thread and in 200.
//!
//! The two are asked for the same figure, and not compared: in one thread a reader gets all posts
//! of a commit with one write, in 200 every post is a write of its own.
//!
//! `PostgreSQL` is not confined to a core: it runs where the system finds room beside our server
//! and the generator. Its time on a processor is shown as that of others.

use anyhow::Result;

use super::Bench;
use crate::clock::milliseconds;
use crate::report::Target::AtLeast;
use crate::report::{self, Figure, OURS, Unit, figure};
use crate::server::Service;
use crate::server::hubbub::{Database, FIRST_THREAD, MADE_UP, Wishes};
use crate::server::peers::Peer;
use crate::workload::Span;
use crate::workload::posts::{self, Outcome, Plan};

const ONE: &str = "durable posts, one thread";
const MANY: &str = "durable posts, 200 threads";
const THREADS: u32 = 200;
const ON_POSTGRES: &str = "hubbub on PostgreSQL";

pub fn run(bench: &mut Bench) {
    for scenario in [ONE, MANY] {
        eprintln!("  {scenario}");
        ours(bench, scenario, OURS, Database::Sqlite);
        match bench.postgres.clone() {
            Some(postgres) => ours(bench, scenario, ON_POSTGRES, postgres),
            None => bench
                .report
                .note(format!("{scenario}: there is no PostgreSQL here")),
        }
    }
    let span = bench.span();
    bench.each_peer(ONE, Peer::is_durable, |report, peer, service| {
        let figures = measure(service, vec![FIRST_THREAD], span)?;
        report.add(ONE, peer.name(), figures);
        Ok(())
    });
    check(bench);
}

fn ours(bench: &mut Bench, scenario: &'static str, name: &str, database: Database) {
    let span = bench.span();
    bench.ours(scenario, |bench| {
        let is_one = scenario == ONE;
        let wishes = Wishes {
            database,
            threads: if is_one { 0 } else { THREADS },
            ..Wishes::default()
        };
        let threads = match is_one {
            true => vec![FIRST_THREAD],
            false => (MADE_UP..MADE_UP + THREADS).collect(),
        };
        let hubbub = bench.hubbub(wishes)?;
        let (mut service, _) = hubbub.serve()?;
        hubbub.writer_joins(&mut service, &threads)?;
        let figures = measure(&service, threads, span)?;
        bench.report.add(scenario, name, figures);
        Ok(())
    });
}

/// Posts a second, with all their cost.
pub fn measure(service: &Service, threads: Vec<u32>, span: Span) -> Result<Vec<Figure>> {
    let plan = Plan {
        writers: 256,
        readers: 200,
        threads,
        span,
    };
    let Outcome {
        posts,
        usage,
        latency,
        overheard,
    } = posts::run(service, &plan)?;
    let posts = posts as f64;
    let cost = 1e6 * usage.cpu_seconds / posts;
    let mut figures = vec![
        figure("posts", posts / usage.seconds, Unit::PerSecond),
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
        figure("cpu_per_post", cost, Unit::Microseconds),
    ];
    figures.extend(report::others(usage));
    if overheard > 0 {
        let each = overheard as f64 / posts;
        figures.push(figure("overheard_by_writers_per_post", each, Unit::Count));
    }
    Ok(figures)
}

fn check(bench: &mut Bench) {
    let report = &mut bench.report;
    for (name, label) in [(OURS, "SQLite"), (ON_POSTGRES, "PostgreSQL")] {
        for scenario in [ONE, MANY] {
            if let Some(rate) = report.find(scenario, name, "posts") {
                let value = (rate, Unit::PerSecond);
                report.check(
                    scenario,
                    format!("posts, {label}"),
                    value,
                    AtLeast(12_000.0),
                );
            }
        }
    }
}
